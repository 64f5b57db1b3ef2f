"""The statements of the outbox, compiled once; what they are used for stands in the modules beside it.

A reminder is a row of ``notices`` before it is anything else, put there under a key that can exist only once. What
carries it is a row of ``messages``, one for each recipient, channel and day. Rows are amended and never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, literal_column, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite has the same clauses

from states.facts import FIRST_DIVISION
from workflow.database import Transaction
from workflow.store import LIFECYCLE
from workflow.tables import (
    CASES,
    TABLES,
    Account,
    DutyReport,
    Heartbeat,
    Installation,
    NewsItem,
    Notice,
    OutgoingMessage,
    RunningLimit,
)

#: For how long a message is one sender's: longer than any channel may take for a delivery.
LEASE = timedelta(minutes=5)
#: No message waits longer than this for its next attempt.
LONGEST_WAIT = timedelta(days=1)
#: How many limits, or how much news, one transaction takes up.
BATCH = 1000
#: Why a notice was dropped that may yet come true again, when its limit runs again with the same due day.
REVOCABLE = ("met", "changed", "suspended")

#: The subject of what belongs to no project.
NO_PROJECT = "-"

Row = dict[str, Any]


def _table(model: Any) -> Any:
    return model.__table__


_LIMITS, _NEWS, _NOTICES = _table(RunningLimit), _table(NewsItem), _table(Notice)
_MESSAGES, _ACCOUNTS, _HEARTBEAT = _table(OutgoingMessage), _table(Account), _table(Heartbeat)
_CASES, _SUSPENSIONS, _FACILITIES = _table(CASES), _table(TABLES["suspensions"]), _table(TABLES["facilities"])

LIMIT_KEY = ("subject", "code", "stage", "visit", "round", "concern")
_NEWS_KEY = ("subject", "entry", "number")
_NOTICE_KEY = (*LIMIT_KEY, "due_on", "rung", "organisation", "recipient")
_MESSAGE_KEY = ("organisation", "recipient", "channel", "day")
_ABOUT_LIMIT = ("party", "lead", "started_on", "due_on", "remind_on")


def _of(table: Any, *keys: str) -> list[Any]:
    return [table.c[key] == bindparam(f"of_{key}") for key in ("district", *keys)]


def _columns(table: Any, names: Iterable[str]) -> list[Any]:
    return [table.c[name] for name in names]


def _is(column: Any, value: str) -> Any:
    """With the value in the text: a partial index is used only for what stands there."""
    return column == literal_column(f"'{value}'")


def _named(row: Mapping[str, Any], keys: Iterable[str]) -> Row:
    return {f"of_{key}": row[key] for key in keys}


def stamp(moment: datetime) -> str:
    """Moments are compared as texts: they all have the one time zone of the district."""
    return moment.isoformat(timespec="seconds")


# -- scanning ------------------------------------------------------------------------------------------

_DUE_WHERE = [*_of(_LIMITS), _LIMITS.c.remind_on <= bindparam("until")]
_DUE = (
    select(*_columns(_LIMITS, (*LIMIT_KEY, *_ABOUT_LIMIT)))
    .where(*_DUE_WHERE)
    .order_by(_LIMITS.c.remind_on)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_ALL_DUE = select(*_columns(_LIMITS, (*LIMIT_KEY, *_ABOUT_LIMIT))).where(*_DUE_WHERE).order_by(_LIMITS.c.remind_on)
_CLIMB = update(_LIMITS).where(*_of(_LIMITS, *LIMIT_KEY)).values(remind_on=bindparam("remind_on"))
_UNTOLD = (
    select(*_columns(_NEWS, (*_NEWS_KEY, "kind", "stage", "concern", "organisations", "recorded_at")))
    .where(*_of(_NEWS), _NEWS.c.told == literal_column("0"))
    .order_by(_NEWS.c.recorded_at)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_TOLD = update(_NEWS).where(*_of(_NEWS, *_NEWS_KEY)).values(told=literal_column("1"))
_PUT = upsert(_NOTICES)
_PUT = _PUT.on_conflict_do_update(
    index_elements=_columns(_NOTICES, ("district", *_NOTICE_KEY)),
    set_={name: _PUT.excluded[name] for name in ("status", "reason", "digest_on", "created_at")},
    where=and_(
        _is(_PUT.excluded.status, "waiting"),
        _is(_NOTICES.c.status, "skipped"),
        or_(*(_is(_NOTICES.c.reason, reason) for reason in REVOCABLE)),
    ),
)
_PEOPLE = select(_ACCOUNTS.c.organisation, _ACCOUNTS.c.account, _ACCOUNTS.c.level).where(
    *_of(_ACCOUNTS), _ACCOUNTS.c.closed_at.is_(None)
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
            {"of_district": district, **_named(dict(zip(LIMIT_KEY, key, strict=False)), LIMIT_KEY), "remind_on": day}
            for key, day in steps
        ],
    )


def untold(tx: Transaction, district: str) -> list[Row]:
    """A batch of news that nobody was told of."""
    columns = (*_NEWS_KEY, "kind", "stage", "concern", "organisations", "recorded_at")
    return [dict(zip(columns, row, strict=True)) for row in tx.rows(_UNTOLD, of_district=district)]


def mark_told(tx: Transaction, district: str, news: Iterable[Row]) -> None:
    tx.run(_TOLD, [{"of_district": district, **_named(row, _NEWS_KEY)} for row in news])


def put(tx: Transaction, notices: Sequence[Row]) -> None:
    """Keep each notice once, whoever else puts it there; one that was dropped too early waits again."""
    tx.run(_PUT, notices)


def people(tx: Transaction, district: str) -> list[Any]:
    """Organisation, name and level of every open account."""
    return tx.rows(_PEOPLE, of_district=district)


# -- gathering -----------------------------------------------------------------------------------------

_RESTS = (
    select(literal_column("1"))
    .where(
        _SUSPENSIONS.c.district == _NOTICES.c.district,
        _is(_SUSPENSIONS.c.lifecycle, LIFECYCLE),
        _SUSPENSIONS.c.subject == _NOTICES.c.subject,
        _is(_SUSPENSIONS.c.division, FIRST_DIVISION),
        _SUSPENSIONS.c.to_on.is_(None),
    )
    .exists()
)
_SUBTYPE = (
    select(_FACILITIES.c.subtype)
    .where(
        _FACILITIES.c.district == _NOTICES.c.district,
        _is(_FACILITIES.c.lifecycle, LIFECYCLE),
        _FACILITIES.c.subject == _NOTICES.c.subject,
        _is(_FACILITIES.c.division, FIRST_DIVISION),
        _FACILITIES.c.facility == _NOTICES.c.concern,
    )
    .scalar_subquery()
)
_ABOUT_NOTICE = {
    "party": _LIMITS.c.party, "provisional": _LIMITS.c.provisional, "runs_until": _LIMITS.c.due_on,
    "runs": _LIMITS.c.subject.is_not(None), "rests": _RESTS, "project": _CASES.c.name, "subtype": _SUBTYPE,
}  # fmt: skip
_NOTICE_SHOWN = (*_NOTICE_KEY, "form", "planned_on", "digest_on", "status", "reason")
_CONTENTS = (
    select(*_columns(_NOTICES, _NOTICE_SHOWN), *(found.label(name) for name, found in _ABOUT_NOTICE.items()))
    .select_from(
        _NOTICES.outerjoin(_LIMITS, and_(*(_LIMITS.c[key] == _NOTICES.c[key] for key in ("district", *LIMIT_KEY))))
        .outerjoin(
            _CASES,
            and_(
                _CASES.c.district == _NOTICES.c.district,
                _is(_CASES.c.lifecycle, LIFECYCLE),
                _CASES.c.id == _NOTICES.c.subject,
            ),
        )
    )
    .order_by(_NOTICES.c.planned_on, *_columns(_NOTICES, LIMIT_KEY))
)  # fmt: skip
_WAITING = _CONTENTS.where(*_of(_NOTICES, "organisation", "recipient"), _is(_NOTICES.c.status, "waiting"))
_DIGESTED = _CONTENTS.where(
    *_of(_NOTICES, "organisation", "recipient", "digest_on"), _is(_NOTICES.c.status, "digested")
)
_ALL_WAITING = _CONTENTS.where(*_of(_NOTICES), _is(_NOTICES.c.status, "waiting"))
_EXPECTING = (
    select(_NOTICES.c.organisation, _NOTICES.c.recipient)
    .distinct()
    .where(*_of(_NOTICES), _is(_NOTICES.c.status, "waiting"))
)
_NEWS_CONCERN = select(_NEWS.c.concern).where(*_of(_NEWS, *_NEWS_KEY))
_SETTLE = (
    update(_NOTICES)
    .where(*_of(_NOTICES, *_NOTICE_KEY))
    .values({name: bindparam(name) for name in ("status", "reason", "digest_on")})
)
_HAS_MESSAGE = select(_MESSAGES.c.channel).where(*_of(_MESSAGES, "organisation", "recipient", "day")).limit(1)
_NEXT_NUMBER = select(func.coalesce(func.max(_MESSAGES.c.number), literal_column("0")) + literal_column("1")).where(
    *_of(_MESSAGES)
)
_QUEUE = (
    upsert(_MESSAGES)
    .on_conflict_do_nothing(index_elements=_columns(_MESSAGES, ("district", *_MESSAGE_KEY)))
    .returning(_MESSAGES.c.number)
)


def expecting(tx: Transaction, district: str) -> list[Any]:
    """Organisation and account of every recipient with a notice that waits."""
    return tx.rows(_EXPECTING, of_district=district)


def waiting(tx: Transaction, district: str, organisation: str, recipient: str) -> list[Row]:
    """What waits for a recipient: each notice with what is now known of its limit and its project."""
    return _contents(tx, district, _WAITING, of_organisation=organisation, of_recipient=recipient)


def everything_waiting(tx: Transaction, district: str) -> list[Row]:
    return _contents(tx, district, _ALL_WAITING)


def digested(tx: Transaction, district: str, message: Row) -> list[Row]:
    """What a message carries, likewise."""
    own = {"of_organisation": message["organisation"], "of_recipient": message["recipient"]}
    return _contents(tx, district, _DIGESTED, **own, of_digest_on=message["day"])


def _contents(tx: Transaction, district: str, statement: Any, **values: Any) -> list[Row]:
    columns = (*_NOTICE_SHOWN, *_ABOUT_NOTICE)
    rows = [dict(zip(columns, row, strict=True)) for row in tx.rows(statement, of_district=district, **values)]
    for row in rows:
        if row["rung"] == "news":
            row["about"] = _news_concern(tx, district, row)
    return rows


def news_concern(entry: int, number: int) -> str:
    """The concern of a notice that brings news."""
    return f"{entry}/{number}"


def _news_concern(tx: Transaction, district: str, row: Row) -> str:
    entry, _, number = row["concern"].partition("/")
    key = {"of_subject": row["subject"], "of_entry": int(entry), "of_number": int(number)}
    found = tx.row(_NEWS_CONCERN, of_district=district, **key)
    return str(found[0]) if found else ""


def settle(
    tx: Transaction, district: str, notices: Iterable[Row], status: str, reason: str | None, day: str | None
) -> None:
    """What became of notices; ``day``: of the digest that carries them."""
    own = {"of_district": district, "status": status, "reason": reason, "digest_on": day}
    tx.run(_SETTLE, [{**own, **_named(notice, _NOTICE_KEY)} for notice in notices])


def has_message(tx: Transaction, district: str, organisation: str, recipient: str, day: str) -> bool:
    own = {"of_organisation": organisation, "of_recipient": recipient, "of_day": day}
    return tx.row(_HAS_MESSAGE, of_district=district, **own) is not None


def queue(tx: Transaction, district: str, message: Row) -> bool:
    """Add a message; False where somebody else just has."""
    found = tx.row(_NEXT_NUMBER, of_district=district)
    assert found is not None, "a maximum has a row"
    new = {"attempts": 0, "lease_until": None, "claimed_by": None, "fence": 0, "sent_at": None, **message}
    return tx.row(_QUEUE, district=district, number=found[0], **new) is not None


# -- delivering ----------------------------------------------------------------------------------------

_MESSAGE_SHOWN = tuple(c.name for c in _MESSAGES.columns if c.name != "district")
_SELECT_MESSAGES = select(*_columns(_MESSAGES, _MESSAGE_SHOWN))
_FREE = (
    _SELECT_MESSAGES.where(
        *_of(_MESSAGES, "channel"),
        _is(_MESSAGES.c.status, "queued"),
        # what lies further ahead than it ever can was written before the clock was set back
        or_(_MESSAGES.c.next_at <= bindparam("now"), _MESSAGES.c.next_at > bindparam("latest_next")),
        or_(
            _MESSAGES.c.lease_until.is_(None),
            _MESSAGES.c.lease_until <= bindparam("now"),
            _MESSAGES.c.lease_until > bindparam("latest_lease"),
        ),
    )
    .order_by(_MESSAGES.c.next_at)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(_MESSAGES)
    .where(*_of(_MESSAGES, *_MESSAGE_KEY))
    .values({name: bindparam(name) for name in ("fence", "attempts", "lease_until", "claimed_by")})
)
_MARKED = ("status", "reason", "next_at", "sent_at")
_MARK = (
    update(_MESSAGES)
    .where(*_of(_MESSAGES, *_MESSAGE_KEY, "fence"), _is(_MESSAGES.c.status, "queued"))
    .values({**{name: bindparam(name) for name in _MARKED}, "lease_until": null(), "claimed_by": null()})
    .returning(_MESSAGES.c.number)
)
_SENT_BESIDE = select(_MESSAGES.c.channel).where(
    *_of(_MESSAGES, "organisation", "recipient", "day"), _is(_MESSAGES.c.status, "sent")
)
_ADDRESS = select(_ACCOUNTS.c.address, _ACCOUNTS.c.closed_at).where(*_of(_ACCOUNTS, "account"))
_QUEUED_CHANNELS = select(_MESSAGES.c.channel).distinct().where(*_of(_MESSAGES), _is(_MESSAGES.c.status, "queued"))
_STRAND = (
    update(_MESSAGES)
    .where(*_of(_MESSAGES, "channel"), _is(_MESSAGES.c.status, "queued"))
    .values(status=literal_column("'refused'"), reason=literal_column("'no_channel'"))
)


def claim(tx: Transaction, district: str, channel: str, now: datetime, by: str) -> Row | None:
    """The message of a channel that is due longest and nobody holds, now held by ``by``; None for none."""
    limits = {"latest_next": stamp(now + LONGEST_WAIT), "latest_lease": stamp(now + LEASE)}
    row = tx.row(_FREE, of_district=district, of_channel=channel, now=stamp(now), **limits)
    if row is None:
        return None
    found = dict(zip(_MESSAGE_SHOWN, row, strict=True))
    held = {
        "fence": found["fence"] + 1, "attempts": found["attempts"] + 1,
        "lease_until": stamp(now + LEASE), "claimed_by": by,
    }  # fmt: skip
    tx.run(_CLAIM, [{"of_district": district, **_named(found, _MESSAGE_KEY), **held}])
    return found | held


def mark(tx: Transaction, district: str, message: Row, **became: str | None) -> bool:
    """What became of a message that was claimed; False, and nothing, where somebody claimed it since."""
    values = {name: message[name] for name in _MARKED} | became
    key = _named(message, (*_MESSAGE_KEY, "fence"))
    return tx.row(_MARK, of_district=district, **key, **values) is not None


def sent_beside(tx: Transaction, district: str, message: Row) -> bool:
    """Whether the same digest has already reached its recipient by another channel."""
    return (
        tx.row(_SENT_BESIDE, of_district=district, **_named(message, ("organisation", "recipient", "day"))) is not None
    )


def address(tx: Transaction, district: str, account: str) -> tuple[str | None, bool]:
    """The mailbox of an account, and whether it is open."""
    row = tx.row(_ADDRESS, of_district=district, of_account=account)
    return (row[0], row[1] is None) if row else (None, False)


def strand(tx: Transaction, district: str, known: Iterable[str]) -> None:
    """Refuse what is queued for channels that are no longer configured, so that it is seen."""
    found = {row[0] for row in tx.rows(_QUEUED_CHANNELS, of_district=district)} - set(known)
    tx.run(_STRAND, [{"of_district": district, "of_channel": channel} for channel in sorted(found)])


# -- seeing and retrying -------------------------------------------------------------------------------

_REFUSED = _SELECT_MESSAGES.where(*_of(_MESSAGES), _is(_MESSAGES.c.status, "refused")).order_by(_MESSAGES.c.number)
_ALL_MESSAGES = _SELECT_MESSAGES.where(*_of(_MESSAGES)).order_by(_MESSAGES.c.number)
_AGAIN = (
    update(_MESSAGES)
    .where(*_of(_MESSAGES, "number"), _is(_MESSAGES.c.status, "refused"))
    .values(
        status=bindparam("status"), reason=bindparam("reason"), next_at=bindparam("next_at"),
        attempts=literal_column("0"),
    )
)  # fmt: skip
_READDRESS = upsert(_NOTICES)
_READDRESS = _READDRESS.from_select(
    tuple(c.name for c in _NOTICES.columns),
    select(
        *(
            {"recipient": bindparam("to_account"), "status": literal_column("'waiting'"), "digest_on": null()}.get(
                c.name, c
            )
            for c in _NOTICES.columns
        )
    ).where(*_of(_NOTICES, "organisation", "recipient", "digest_on"), _is(_NOTICES.c.status, "digested")),
).on_conflict_do_nothing(index_elements=_columns(_NOTICES, ("district", *_NOTICE_KEY)))
_LEAVE = (
    update(_NOTICES)
    .where(*_of(_NOTICES, "organisation", "recipient", "digest_on"), _is(_NOTICES.c.status, "digested"))
    .values({name: bindparam(name) for name in ("status", "reason")} | {"digest_on": null()})
)
_BEAT = upsert(_HEARTBEAT)
_BEAT = _BEAT.on_conflict_do_update(
    index_elements=_columns(_HEARTBEAT, ("district", "scheduler")),
    set_={name: _BEAT.excluded[name] for name in ("process", "started_at", "at")},
)
_LAST_BEAT = select(func.max(_HEARTBEAT.c.at)).where(*_of(_HEARTBEAT))


def messages(tx: Transaction, district: str, refused: bool) -> list[Row]:
    """Every message, or those that were refused, oldest first."""
    rows = tx.rows(_REFUSED if refused else _ALL_MESSAGES, of_district=district)
    return [dict(zip(_MESSAGE_SHOWN, row, strict=True)) for row in rows]


def again(tx: Transaction, district: str, message: Row, now: datetime) -> None:
    """Queue a refused message anew."""
    _became(tx, district, message, now, "queued", None)


def _became(tx: Transaction, district: str, message: Row, now: datetime, status: str, reason: str | None) -> None:
    values = {"status": status, "reason": reason, "next_at": stamp(now)}
    tx.run(_AGAIN, [{"of_district": district, "of_number": message["number"], **values}])


def readdress(tx: Transaction, district: str, message: Row, accounts: Iterable[str], now: datetime) -> None:
    """Let the notices of a message that went nowhere wait for these accounts of its organisation."""
    own = {"of_organisation": message["organisation"], "of_recipient": message["recipient"]}
    carried = {"of_district": district, **own, "of_digest_on": message["day"]}
    others = [account for account in accounts if account != message["recipient"]]
    tx.run(_READDRESS, [{**carried, "to_account": account} for account in others])
    left = {"status": "skipped", "reason": "readdressed"} if others else {"status": "waiting", "reason": None}
    tx.run(_LEAVE, [{**carried, **left}])
    _became(tx, district, message, now, "skipped", "readdressed")


def beat(tx: Transaction, district: str, scheduler: str, process: str, started_at: datetime, now: datetime) -> None:
    row = {"scheduler": scheduler, "process": process, "started_at": stamp(started_at), "at": stamp(now)}
    tx.run(_BEAT, [{"district": district, **row}])


def last_beat(tx: Transaction, district: str) -> str | None:
    """When any scheduler last went round."""
    row = tx.row(_LAST_BEAT, of_district=district)
    return row[0] if row else None


_IS_ACCOUNT = select(_ACCOUNTS.c.account).where(*_of(_ACCOUNTS, "account"))
_PROJECT = select(_CASES.c.name).where(*_of(_CASES, "id"), _is(_CASES.c.lifecycle, LIFECYCLE))


def is_account(tx: Transaction, district: str, account: str) -> bool:
    return tx.row(_IS_ACCOUNT, of_district=district, of_account=account) is not None


def projects(tx: Transaction, district: str, cases: Iterable[str]) -> dict[str, str]:
    """The names of cases by their numbers; what belongs to no case has none."""
    found = {case: tx.row(_PROJECT, of_district=district, of_id=case) for case in cases}
    return {case: str(row[0]) for case, row in found.items() if row}


# -- duties --------------------------------------------------------------------------------------------

_DUTIES = select(*_columns(_LIMITS, ("code", "party", "concern", "due_on"))).where(
    *_of(_LIMITS), _is(_LIMITS.c.subject, NO_PROJECT)
)
_INSTALLED = select(_table(Installation).c.created_at).where(*_of(_table(Installation)))
_REPORTS = select(*_columns(_table(DutyReport), ("code", "organisation", "period"))).where(*_of(_table(DutyReport)))
_ADD_LIMIT = insert(_LIMITS)
_DROP_LIMIT = _LIMITS.delete().where(*_of(_LIMITS, *LIMIT_KEY))


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
    tx.run(_DROP_LIMIT, [{"of_district": row["district"], **_named(row, LIMIT_KEY)} for row in gone])
    tx.run(_ADD_LIMIT, come)
