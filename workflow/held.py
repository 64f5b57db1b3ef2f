"""After a restore messages wait: some may have left since the backup was made, and only the administrator knows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, update

from workflow.tables import Installation
from workflow.transaction import Transaction

_TABLE: Any = Installation.__table__  # type: ignore[attr-defined]
_OF = _TABLE.c.district == bindparam("of_district")
_SINCE = select(_TABLE.c.held_at).where(_OF)
_HOLD = update(_TABLE).where(_OF).values(held_at=bindparam("held_at"))


def since(tx: Transaction, district: str) -> str | None:
    """When the database was restored, while messages wait; None where they leave as usual."""
    row = tx.row(_SINCE, of_district=district)
    return row[0] if row else None


def hold(tx: Transaction, district: str, at: str | None) -> None:
    """Let messages wait from a moment on, or with None leave again."""
    tx.run(_HOLD, [{"of_district": district, "held_at": at}])
