"""What actions have to tell, written in their own transaction and taken up by the reminders later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from policies.limits.news import News
from states.facts import Case
from states.remit import canonical
from workflow.database import Transaction
from workflow.tables import NewsItem

_TABLE: Any = NewsItem.__table__  # type: ignore[attr-defined]
_ADD = insert(_TABLE)


def tell(tx: Transaction, district: str, case: Case, entry: int, items: Sequence[News], recorded_at: str) -> None:
    """Keep what an entry of the journal tells."""
    rows = [
        {
            "district": district,
            "subject": case.id,
            "entry": entry,
            "number": number,
            "kind": item.kind,
            "stage": case.stage,
            "concern": item.concern,
            "organisations": canonical(list(item.to)),
            "recorded_at": recorded_at,
            "told": 0,
        }
        for number, item in enumerate(items, 1)
    ]
    tx.run(_ADD, rows)
