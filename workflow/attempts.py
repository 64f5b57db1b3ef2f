"""Attempts with a token that lets nobody in: noted in the office's chain, and never so many that they flood it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, select

from workflow import journal
from workflow.accounts import NOBODY, NotAdmitted
from workflow.tables import Journal
from workflow.transaction import Transaction

#: How many unknown tokens a day are noted: enough to see that somebody guesses.
UNKNOWN_A_DAY = 20

_TABLE: Any = Journal.__table__  # type: ignore[attr-defined]
_THAT_DAY = select(_TABLE.c.actor, _TABLE.c.action, _TABLE.c.params).where(
    _TABLE.c.district == bindparam("of_district"),
    _TABLE.c.subject == bindparam("of_subject"),
    _TABLE.c.happened_on == bindparam("of_day"),
    _TABLE.c.outcome == "refused",
)


def params(refusal: NotAdmitted) -> dict[str, Any]:
    """What the journal keeps of an attempt: why, and how the token begins."""
    return {"refusals": [refusal.code], "token_prefix": refusal.prefix}


def noted(tx: Transaction, district: str, day: str, action: str, refusal: NotAdmitted) -> bool:
    """Whether nothing is to be added: an account's token is noted once a day and action, an unknown one once a day."""
    found = tx.rows(_THAT_DAY, of_district=district, of_subject=journal.OFFICE, of_day=day)
    same = [(row[1], json.loads(row[2])) for row in found if row[0] == refusal.actor.signature]
    if refusal.actor != NOBODY:
        return (action, params(refusal)) in same
    return len(same) >= UNKNOWN_A_DAY or params(refusal) in (kept for _, kept in same)
