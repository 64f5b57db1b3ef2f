"""The statements of the outbox, compiled once; what they are used for stands in the modules beside it.

A reminder is a row of ``notices`` before it is anything else, put there under a key that can exist only once. What
carries it is a row of ``messages``, one for each recipient, channel and day. Rows are amended and never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, literal_column, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite has the same clauses

from notifications.sql import LIMIT_KEY, Row, columns, named, of, reads, stamp, table
from policies.limits.ladder import NEWS
from states.facts import FIRST_DIVISION
from workflow.store import LIFECYCLE
from workflow.tables import CASES, TABLES, Heartbeat, NewsItem, Notice, OutgoingMessage, RunningLimit
from workflow.transaction import Transaction

#: For how long a message is one sender's: longer than any channel may take for a delivery.
LEASE = timedelta(minutes=5)
#: No message waits longer than this for its next attempt.
LONGEST_WAIT = timedelta(days=1)
#: Why a notice was dropped that may yet come true again, when its limit runs again with the same due day.
REVOCABLE = ("met", "changed", "suspended")

_LIMITS, _NEWS, _NOTICES = table(RunningLimit), table(NewsItem), table(Notice)
_MESSAGES, _HEARTBEAT = table(OutgoingMessage), table(Heartbeat)
_CASES, _SUSPENSIONS, _FACILITIES = table(CASES), table(TABLES["suspensions"]), table(TABLES["facilities"])

_NEWS_KEY = ("subject", "entry", "number")
_NOTICE_KEY = (*LIMIT_KEY, "due_on", "rung", "organisation", "recipient")
_MESSAGE_KEY = ("organisation", "recipient", "channel", "day")


# -- notices ---------------------------------------------------------------------------------------------

_PUT = upsert(_NOTICES)
_PUT = _PUT.on_conflict_do_update(
    index_elements=columns(_NOTICES, ("district", *_NOTICE_KEY)),
    set_={name: _PUT.excluded[name] for name in ("status", "reason", "digest_on", "created_at")},
    where=and_(
        reads(_PUT.excluded.status, "waiting"),
        reads(_NOTICES.c.status, "skipped"),
        or_(*(reads(_NOTICES.c.reason, reason) for reason in REVOCABLE)),
    ),
)


def put(tx: Transaction, notices: Sequence[Row]) -> None:
    """Keep each notice once, whoever else puts it there; one that was dropped too early waits again."""
    tx.run(_PUT, notices)


# -- gathering -----------------------------------------------------------------------------------------

_RESTS = (
    select(literal_column("1"))
    .where(
        _SUSPENSIONS.c.district == _NOTICES.c.district,
        reads(_SUSPENSIONS.c.lifecycle, LIFECYCLE),
        _SUSPENSIONS.c.subject == _NOTICES.c.subject,
        reads(_SUSPENSIONS.c.division, FIRST_DIVISION),
        _SUSPENSIONS.c.to_on.is_(None),
    )
    .exists()
)
_LATER = _NOTICES.alias("later")
#: A newer reminder of the same limit has been put there for the same recipient, in this digest or another.
_SUPERSEDED = (
    select(literal_column("1"))
    .where(
        *(_LATER.c[key] == _NOTICES.c[key] for key in ("district", *LIMIT_KEY, "due_on", "organisation", "recipient")),
        _LATER.c.planned_on > _NOTICES.c.planned_on,
        or_(reads(_LATER.c.status, "waiting"), reads(_LATER.c.status, "digested")),
    )
    .exists()
)
_SUBTYPE = (
    select(_FACILITIES.c.subtype)
    .where(
        _FACILITIES.c.district == _NOTICES.c.district,
        reads(_FACILITIES.c.lifecycle, LIFECYCLE),
        _FACILITIES.c.subject == _NOTICES.c.subject,
        reads(_FACILITIES.c.division, FIRST_DIVISION),
        _FACILITIES.c.facility == _NOTICES.c.concern,
    )
    .scalar_subquery()
)
_ABOUT_NOTICE = {
    "party": _LIMITS.c.party, "provisional": _LIMITS.c.provisional, "runs_until": _LIMITS.c.due_on,
    "runs": _LIMITS.c.subject.is_not(None), "rests": _RESTS, "superseded": _SUPERSEDED,
    "project": _CASES.c.name, "subtype": _SUBTYPE,
}  # fmt: skip
_NOTICE_SHOWN = (*_NOTICE_KEY, "form", "planned_on", "digest_on", "status", "reason")
_CONTENTS = (
    select(*columns(_NOTICES, _NOTICE_SHOWN), *(found.label(name) for name, found in _ABOUT_NOTICE.items()))
    .select_from(
        _NOTICES.outerjoin(_LIMITS, and_(*(_LIMITS.c[key] == _NOTICES.c[key] for key in ("district", *LIMIT_KEY))))
        .outerjoin(
            _CASES,
            and_(
                _CASES.c.district == _NOTICES.c.district,
                reads(_CASES.c.lifecycle, LIFECYCLE),
                _CASES.c.id == _NOTICES.c.subject,
            ),
        )
    )
    .order_by(_NOTICES.c.planned_on, *columns(_NOTICES, LIMIT_KEY))
)  # fmt: skip
_WAITING = _CONTENTS.where(*of(_NOTICES, "organisation", "recipient"), reads(_NOTICES.c.status, "waiting"))
_DIGESTED = _CONTENTS.where(
    *of(_NOTICES, "organisation", "recipient", "digest_on"), reads(_NOTICES.c.status, "digested")
)
_ALL_WAITING = _CONTENTS.where(*of(_NOTICES), reads(_NOTICES.c.status, "waiting"))
_EXPECTING = (
    select(_NOTICES.c.organisation, _NOTICES.c.recipient)
    .distinct()
    .where(*of(_NOTICES), reads(_NOTICES.c.status, "waiting"))
)
_NEWS_CONCERN = select(_NEWS.c.concern).where(*of(_NEWS, *_NEWS_KEY))
_SETTLE = (
    update(_NOTICES)
    .where(*of(_NOTICES, *_NOTICE_KEY))
    .values({name: bindparam(name) for name in ("status", "reason", "digest_on")})
)
_HAS_MESSAGE = select(_MESSAGES.c.channel).where(*of(_MESSAGES, "organisation", "recipient", "day")).limit(1)
_NEXT_NUMBER = select(func.coalesce(func.max(_MESSAGES.c.number), literal_column("0")) + literal_column("1")).where(
    *of(_MESSAGES)
)
_QUEUE = (
    upsert(_MESSAGES)
    .on_conflict_do_nothing(index_elements=columns(_MESSAGES, ("district", *_MESSAGE_KEY)))
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
    shown = (*_NOTICE_SHOWN, *_ABOUT_NOTICE)
    rows = [dict(zip(shown, row, strict=True)) for row in tx.rows(statement, of_district=district, **values)]
    for row in rows:
        if row["rung"] == NEWS:
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
    tx.run(_SETTLE, [{**own, **named(notice, _NOTICE_KEY)} for notice in notices])


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
_SELECT_MESSAGES = select(*columns(_MESSAGES, _MESSAGE_SHOWN))
_FREE = (
    _SELECT_MESSAGES.where(
        *of(_MESSAGES, "channel"),
        reads(_MESSAGES.c.status, "queued"),
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
    .where(*of(_MESSAGES, *_MESSAGE_KEY))
    .values({name: bindparam(name) for name in ("fence", "attempts", "lease_until", "claimed_by")})
)
_MARKED = ("status", "reason", "next_at", "sent_at")
_MARK = (
    update(_MESSAGES)
    .where(*of(_MESSAGES, *_MESSAGE_KEY, "fence"), reads(_MESSAGES.c.status, "queued"))
    .values({**{name: bindparam(name) for name in _MARKED}, "lease_until": null(), "claimed_by": null()})
    .returning(_MESSAGES.c.number)
)
_SENT_BESIDE = select(_MESSAGES.c.channel).where(
    *of(_MESSAGES, "organisation", "recipient", "day"), reads(_MESSAGES.c.status, "sent")
)
_QUEUED_CHANNELS = select(_MESSAGES.c.channel).distinct().where(*of(_MESSAGES), reads(_MESSAGES.c.status, "queued"))
_STRAND = (
    update(_MESSAGES)
    .where(*of(_MESSAGES, "channel"), reads(_MESSAGES.c.status, "queued"))
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
    tx.run(_CLAIM, [{"of_district": district, **named(found, _MESSAGE_KEY), **held}])
    return found | held


def mark(tx: Transaction, district: str, message: Row, **became: str | None) -> bool:
    """What became of a message that was claimed; False, and nothing, where somebody claimed it since."""
    values = {name: message[name] for name in _MARKED} | became
    key = named(message, (*_MESSAGE_KEY, "fence"))
    return tx.row(_MARK, of_district=district, **key, **values) is not None


def sent_beside(tx: Transaction, district: str, message: Row) -> bool:
    """Whether the same digest has already reached its recipient by another channel."""
    return (
        tx.row(_SENT_BESIDE, of_district=district, **named(message, ("organisation", "recipient", "day"))) is not None
    )


def strand(tx: Transaction, district: str, known: Iterable[str]) -> None:
    """Refuse what is queued for channels that are no longer configured, so that it is seen."""
    found = {row[0] for row in tx.rows(_QUEUED_CHANNELS, of_district=district)} - set(known)
    tx.run(_STRAND, [{"of_district": district, "of_channel": channel} for channel in sorted(found)])


# -- seeing and retrying -------------------------------------------------------------------------------

_REFUSED = _SELECT_MESSAGES.where(*of(_MESSAGES), reads(_MESSAGES.c.status, "refused")).order_by(_MESSAGES.c.number)
_ALL_MESSAGES = _SELECT_MESSAGES.where(*of(_MESSAGES)).order_by(_MESSAGES.c.number)
_AGAIN = (
    update(_MESSAGES)
    .where(*of(_MESSAGES, "number"), reads(_MESSAGES.c.status, "refused"))
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
    ).where(*of(_NOTICES, "organisation", "recipient", "digest_on"), reads(_NOTICES.c.status, "digested")),
).on_conflict_do_nothing(index_elements=columns(_NOTICES, ("district", *_NOTICE_KEY)))
_LEAVE = (
    update(_NOTICES)
    .where(*of(_NOTICES, "organisation", "recipient", "digest_on"), reads(_NOTICES.c.status, "digested"))
    .values({name: bindparam(name) for name in ("status", "reason")} | {"digest_on": null()})
)
_BEAT = upsert(_HEARTBEAT)
_BEAT = _BEAT.on_conflict_do_update(
    index_elements=columns(_HEARTBEAT, ("district", "scheduler")),
    set_={name: _BEAT.excluded[name] for name in ("process", "started_at", "at")},
)
_LAST_BEAT = select(func.max(_HEARTBEAT.c.at)).where(*of(_HEARTBEAT))


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
    """Let the notices of a refused message wait for these accounts of its organisation."""
    _carry_over(tx, district, message, [account for account in accounts if account != message["recipient"]])
    _became(tx, district, message, now, "skipped", "readdressed")


def hand_on(tx: Transaction, district: str, message: Row, accounts: Sequence[str]) -> None:
    """Let the notices of a message to a closed account wait for its colleagues; for the organisation if it has none."""
    _carry_over(tx, district, message, accounts or ("",))


def _carry_over(tx: Transaction, district: str, message: Row, others: Sequence[str]) -> None:
    """The notices wait for the others, who may have the same already; without any, for the same recipient again."""
    own = {"of_organisation": message["organisation"], "of_recipient": message["recipient"]}
    carried = {"of_district": district, **own, "of_digest_on": message["day"]}
    tx.run(_READDRESS, [{**carried, "to_account": account} for account in others])
    left = {"status": "skipped", "reason": "readdressed"} if others else {"status": "waiting", "reason": None}
    tx.run(_LEAVE, [{**carried, **left}])


def beat(tx: Transaction, district: str, scheduler: str, process: str, started_at: datetime, now: datetime) -> None:
    row = {"scheduler": scheduler, "process": process, "started_at": stamp(started_at), "at": stamp(now)}
    tx.run(_BEAT, [{"district": district, **row}])


def last_beat(tx: Transaction, district: str) -> str | None:
    """When any scheduler last went round."""
    row = tx.row(_LAST_BEAT, of_district=district)
    return row[0] if row else None
