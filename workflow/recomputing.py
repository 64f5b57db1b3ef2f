"""Limits counted anew for cases that nobody has touched: under a new calendar, or in an older database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, or_, select

from policies.limits.news import News
from policies.limits.periods import DEVELOPER
from states.facts import Case
from workflow import journal, limits, news, store
from workflow.office import Office
from workflow.results import Moved
from workflow.tables import CASES, RunningLimit
from workflow.transaction import Transaction

_TABLE: Any = RunningLimit.__table__  # type: ignore[attr-defined]
_CASES: Any = CASES.__table__  # type: ignore[attr-defined]
_COUNTED_IN = (
    select(_TABLE.c.subject)
    .where(
        _TABLE.c.district == bindparam("of_district"),
        _TABLE.c.subject != journal.OFFICE,
        _TABLE.c.started_on <= bindparam("of_last"),
        or_(_TABLE.c.due_on >= bindparam("of_first"), _TABLE.c.due_on.is_(None), _TABLE.c.provisional == 1),
    )
    .distinct()
    .order_by(_TABLE.c.subject)
)
_ACTIVE = (
    select(_CASES.c.id).where(_CASES.c.district == bindparam("of_district"), _CASES.c.active == 1).order_by(_CASES.c.id)
)


def counted_in(tx: Transaction, district: str, year: int) -> list[str]:
    """The cases with a running limit that is counted into a year, or is provisional."""
    days = {"of_first": f"{year}-01-01", "of_last": f"{year}-12-31"}
    return [row[0] for row in tx.rows(_COUNTED_IN, of_district=district, **days)]


def fill(tx: Transaction, office: Office) -> None:
    """Give every active case its rows: an older database comes without them."""
    for (subject,) in tx.rows(_ACTIVE, of_district=office.district):
        if case := store.load(tx, office.district, subject, lock=True):
            keep(tx, office, case)


def recompute(tx: Transaction, office: Office, subjects: Iterable[str]) -> tuple[Moved, ...]:
    """Count the limits of cases anew; whoever is due on another day now is told so."""
    found: list[Moved] = []
    for subject in subjects:
        case = store.load(tx, office.district, subject, lock=True)
        if case and (moved := keep(tx, office, case)):
            found += moved
            _tell(tx, office, case, moved)
    return tuple(found)


def keep(tx: Transaction, office: Office, case: Case) -> list[Moved]:
    """Bring the rows of a case in line; returns those that are due on another day."""
    today = office.now().date().isoformat()
    before = _due_days(tx, office, case)
    newest = office.configurations.newest(tx)
    limits.keep(tx, office.district, case, office.rules(tx, case.configuration), newest, today)
    return [
        Moved(
            case=case.id,
            code=key[0],
            concern=key[-1],
            party=lead if party == DEVELOPER else party,
            before=before[key][-1],
            after=due_on,
        )
        for key, (party, lead, due_on) in _due_days(tx, office, case).items()
        if key in before and before[key][-1] != due_on
    ]


def _due_days(tx: Transaction, office: Office, case: Case) -> dict[limits.Row, tuple[str, str, str | None]]:
    """Party, lead and due day by the key of the limit."""
    rows = limits.stored(tx, office.district, case)
    return {key: (party, lead, due_on) for key, (party, lead, _started, due_on, *_more) in rows.items()}


def _tell(tx: Transaction, office: Office, case: Case, moved: list[Moved]) -> None:
    """As news behind what the last entry of the case told: nobody has acted in it."""
    entry = journal.head(tx, office.district, case.id).entry
    items = [News("limits_moved", (m.party,), ":".join(filter(None, (m.code, m.concern)))) for m in moved]
    news.tell(tx, office.district, case, entry, items, office.now().isoformat(timespec="seconds"), behind=True)
