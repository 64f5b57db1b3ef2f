"""The statements that find out what is to be told, and to whom: running limits, news, duties, accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, literal_column, select, update

from notifications.sql import LIMIT_KEY, NO_PROJECT, Row, columns, named, of, reads, table
from policies.limits.duties import period_of
from workflow.store import LIFECYCLE
from workflow.tables import CASES, Account, NewsItem, RunningLimit
from workflow.transaction import Transaction

#: How many limits, or how much news, one transaction takes up.
BATCH = 1000

_LIMITS, _NEWS, _ACCOUNTS, _CASES = table(RunningLimit), table(NewsItem), table(Account), table(CASES)
_NEWS_KEY = ("subject", "entry", "number")
_NEWS_SHOWN = (*_NEWS_KEY, "kind", "stage", "concern", "organisations", "recorded_at")


class DueLimit(NamedTuple):
    """A running limit by its key, whose it is, its days (ISO), and the day of its next rung."""

    subject: str
    code: str
    stage: str
    visit: int
    round: int
    concern: str
    party: str
    lead: str
    started_on: str
    due_on: str | None
    remind_on: str | None


# -- limits and news ------------------------------------------------------------------------------------------

_ALL_DUE = (
    select(*columns(_LIMITS, DueLimit._fields))
    .where(*of(_LIMITS), _LIMITS.c.remind_on <= bindparam("until"))
    .order_by(_LIMITS.c.remind_on)
)
_DUE = _ALL_DUE.limit(BATCH).with_for_update(skip_locked=True)
_CLIMB = update(_LIMITS).where(*of(_LIMITS, *LIMIT_KEY)).values(remind_on=bindparam("remind_on"))
_ALL_UNTOLD = (
    select(*columns(_NEWS, _NEWS_SHOWN))
    .where(*of(_NEWS), _NEWS.c.told == literal_column("0"))
    .order_by(_NEWS.c.recorded_at)
)
_UNTOLD = _ALL_UNTOLD.limit(BATCH).with_for_update(skip_locked=True)
_TOLD = update(_NEWS).where(*of(_NEWS, *_NEWS_KEY)).values(told=literal_column("1"))
_PEOPLE = select(_ACCOUNTS.c.organisation, _ACCOUNTS.c.account, _ACCOUNTS.c.level).where(
    *of(_ACCOUNTS), _ACCOUNTS.c.closed_at.is_(None)
)


def due_limits(tx: Transaction, district: str, until: str, whole: bool = False) -> list[DueLimit]:
    """Limits with a rung by ``until``: a batch, held until the transaction ends; ``whole``: all of them, to be read."""
    return [DueLimit(*row) for row in tx.rows(_ALL_DUE if whole else _DUE, of_district=district, until=until)]


def climb(tx: Transaction, district: str, steps: Iterable[tuple[DueLimit, str | None]]) -> None:
    """Note the day of the next rung of each limit."""
    own = {"of_district": district}
    tx.run(_CLIMB, [{**own, **named(limit._asdict(), LIMIT_KEY), "remind_on": day} for limit, day in steps])


def untold(tx: Transaction, district: str, whole: bool = False) -> list[Row]:
    """A batch of news that nobody was told of, held until the transaction ends; ``whole``: all of it, to be read."""
    rows = tx.rows(_ALL_UNTOLD if whole else _UNTOLD, of_district=district)
    return [dict(zip(_NEWS_SHOWN, row, strict=True)) for row in rows]


def mark_told(tx: Transaction, district: str, news: Iterable[Row]) -> None:
    tx.run(_TOLD, [{"of_district": district, **named(row, _NEWS_KEY)} for row in news])


def people(tx: Transaction, district: str) -> list[Any]:
    """Organisation, name and level of every open account."""
    return tx.rows(_PEOPLE, of_district=district)


def of_house(tx: Transaction, district: str, organisation: str) -> list[str]:
    """The open accounts of an organisation."""
    return [account for body, account, _ in people(tx, district) if body == organisation]


# -- duties --------------------------------------------------------------------------------------------

_DUTIES = select(*columns(_LIMITS, ("code", "party", "concern", "due_on"))).where(
    *of(_LIMITS), reads(_LIMITS.c.subject, NO_PROJECT)
)
_ADD_LIMIT = insert(_LIMITS)
_DROP_LIMIT = _LIMITS.delete().where(*of(_LIMITS, *LIMIT_KEY))


def duties(tx: Transaction, district: str) -> set[tuple[str, str, str, str]]:
    """The duties that run: code, organisation, period and due day."""
    rows = tx.rows(_DUTIES, of_district=district)
    return {(code, party, period_of(concern), due_on) for code, party, concern, due_on in rows}


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
