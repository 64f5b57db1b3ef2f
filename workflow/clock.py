"""The one clock. Everything else is told what time it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment in Asia/Shanghai, to the second."""
    return datetime.now(ZONE).replace(microsecond=0)


def today() -> str:
    """The present day there, in ISO form; the day whose names are shown."""
    return now().date().isoformat()
