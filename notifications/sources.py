"""The statements that find out what is to be told, and to whom: running limits, news, duties, accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, literal_column, select, update

from notifications.sql import LIMIT_KEY, NO_PROJECT, Row, columns, named, of, reads, table
from workflow.database import Transaction
from workflow.store import LIFECYCLE
from workflow.tables import CASES, Account, DutyReport, Installation, NewsItem, RunningLimit

#: How many limits, or how much news, one transaction takes up.
BATCH = 1000

_LIMITS, _NEWS, _ACCOUNTS, _CASES = table(RunningLimit), table(NewsItem), table(Account), table(CASES)
_NEWS_KEY = ("subject", "entry", "number")
_ABOUT_LIMIT = ("party", "lead", "started_on", "due_on", "remind_on")

# -- limits and news ------------------------------------------------------------------------------------------

_DUE_WHERE = [*of(_LIMITS), _LIMITS.c.remind_on <= bindparam("until")]
_DUE = (
    select(*columns(_LIMITS, (*LIMIT_KEY, *_ABOUT_LIMIT)))
    .where(*_DUE_WHERE)
    .order_by(_LIMITS.c.remind_on)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_ALL_DUE = select(*columns(_LIMITS, (*LIMIT_KEY, *_ABOUT_LIMIT))).where(*_DUE_WHERE).order_by(_LIMITS.c.remind_on)
_CLIMB = update(_LIMITS).where(*of(_LIMITS, *LIMIT_KEY)).values(remind_on=bindparam("remind_on"))
_ALL_UNTOLD = (
    select(*columns(_NEWS, (*_NEWS_KEY, "kind", "stage", "concern", "organisations", "recorded_at")))
    .where(*of(_NEWS), _NEWS.c.told == literal_column("0"))
    .order_by(_NEWS.c.recorded_at)
)
_UNTOLD = _ALL_UNTOLD.limit(BATCH).with_for_update(skip_locked=True)
_TOLD = update(_NEWS).where(*of(_NEWS, *_NEWS_KEY)).values(told=literal_column("1"))
_PEOPLE = select(_ACCOUNTS.c.organisation, _ACCOUNTS.c.account, _ACCOUNTS.c.level).where(
    *of(_ACCOUNTS), _ACCOUNTS.c.closed_at.is_(None)
)


def due_limits(tx: Transaction, district: str, until: str, whole: bool = False) -> list[Any]:
    """Limits with a rung by ``until``, as the key, party, lead, first day, due day and day of the next rung.

    A batch of them, held until the transaction ends; ``whole``: all of them, to be read.
    """
    return tx.rows(_ALL_DUE if whole else _DUE, of_district=district, until=until)


def climb(tx: Transaction, district: str, steps: Iterable[tuple[Sequence[Any], str | None]]) -> None:
    """Note the day of the next rung of each limit."""
    tx.run(
        _CLIMB,
        [
            {"of_district": district, **named(dict(zip(LIMIT_KEY, key, strict=False)), LIMIT_KEY), "remind_on": day}
            for key, day in steps
        ],
    )


def untold(tx: Transaction, district: str, whole: bool = False) -> list[Row]:
    """A batch of news that nobody was told of, held until the transaction ends; ``whole``: all of it, to be read."""
    shown = (*_NEWS_KEY, "kind", "stage", "concern", "organisations", "recorded_at")
    return [
        dict(zip(shown, row, strict=True)) for row in tx.rows(_ALL_UNTOLD if whole else _UNTOLD, of_district=district)
    ]


def mark_told(tx: Transaction, district: str, news: Iterable[Row]) -> None:
    tx.run(_TOLD, [{"of_district": district, **named(row, _NEWS_KEY)} for row in news])


def people(tx: Transaction, district: str) -> list[Any]:
    """Organisation, name and level of every open account."""
    return tx.rows(_PEOPLE, of_district=district)


# -- duties --------------------------------------------------------------------------------------------

_DUTIES = select(*columns(_LIMITS, ("code", "party", "concern", "due_on"))).where(
    *of(_LIMITS), reads(_LIMITS.c.subject, NO_PROJECT)
)
_INSTALLED = select(table(Installation).c.created_at).where(*of(table(Installation)))
_REPORTS = select(*columns(table(DutyReport), ("code", "organisation", "period"))).where(*of(table(DutyReport)))
_ADD_LIMIT = insert(_LIMITS)
_DROP_LIMIT = _LIMITS.delete().where(*of(_LIMITS, *LIMIT_KEY))


def duties(tx: Transaction, district: str) -> set[tuple[str, str, str, str]]:
    """The duties that run: code, organisation, period and due day."""
    rows = tx.rows(_DUTIES, of_district=district)
    return {(code, party, concern.partition("/")[0], due_on) for code, party, concern, due_on in rows}


def installed_on(tx: Transaction, district: str) -> str:
    """The day (ISO) since which duties are this installation's business."""
    row = tx.row(_INSTALLED, of_district=district)
    assert row is not None, "an office has its row"
    return str(row[0])[:10]


def duties_done(tx: Transaction, district: str) -> set[tuple[str, str, str]]:
    """Code, organisation and period of every duty that was reported done."""
    return {tuple(row) for row in tx.rows(_REPORTS, of_district=district)}


def replace_limits(tx: Transaction, gone: Sequence[Row], come: Sequence[Row]) -> None:
    tx.run(_DROP_LIMIT, [{"of_district": row["district"], **named(row, LIMIT_KEY)} for row in gone])
    tx.run(_ADD_LIMIT, come)


# -- accounts and projects ---------------------------------------------------------------------------------

_ADDRESS = select(_ACCOUNTS.c.address, _ACCOUNTS.c.closed_at).where(*of(_ACCOUNTS, "account"))
_IS_ACCOUNT = select(_ACCOUNTS.c.account).where(*of(_ACCOUNTS, "account"))
_PROJECT = select(_CASES.c.name).where(*of(_CASES, "id"), reads(_CASES.c.lifecycle, LIFECYCLE))


def is_account(tx: Transaction, district: str, account: str) -> bool:
    return tx.row(_IS_ACCOUNT, of_district=district, of_account=account) is not None


def projects(tx: Transaction, district: str, cases: Iterable[str]) -> dict[str, str]:
    """The names of cases by their numbers; what belongs to no case has none."""
    found = {case: tx.row(_PROJECT, of_district=district, of_id=case) for case in cases}
    return {case: str(row[0]) for case, row in found.items() if row}


def address(tx: Transaction, district: str, account: str) -> tuple[str | None, bool]:
    """The mailbox of an account, and whether it is open."""
    row = tx.row(_ADDRESS, of_district=district, of_account=account)
    return (row[0], row[1] is None) if row else (None, False)
