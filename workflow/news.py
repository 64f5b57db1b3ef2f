"""What actions have to tell, written in their own transaction and taken up by the reminders later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from policies.limits.news import News
from states.facts import Case
from states.remit import canonical
from workflow.tables import NewsItem
from workflow.transaction import Transaction

_TABLE: Any = NewsItem.__table__  # type: ignore[attr-defined]
_ADD = insert(_TABLE)
_LAST = select(func.max(_TABLE.c.number)).where(
    _TABLE.c.district == bindparam("of_district"),
    _TABLE.c.subject == bindparam("of_subject"),
    _TABLE.c.entry == bindparam("of_entry"),
)


def tell(
    tx: Transaction,
    district: str,
    case: Case,
    entry: int,
    items: Sequence[News],
    recorded_at: str,
    behind: bool = False,
) -> None:
    """Keep what an entry of the journal tells; ``behind``: after what it has told already."""
    row = tx.row(_LAST, of_district=district, of_subject=case.id, of_entry=entry) if behind else None
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
        for number, item in enumerate(items, 1 + ((row and row[0]) or 0))
    ]
    tx.run(_ADD, rows)
