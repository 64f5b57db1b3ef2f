"""The tables, through SQLModel.

A fact class of ``states/facts.py`` is a table: its fields are the columns, so the two cannot drift
apart. In front of them stand the key columns: the district first (so that a province can partition
by it), then lifecycle, subject (the case) and division (the construction phase), then the position of
the row in its case's list. Rows are appended and amended, never deleted or reordered.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast, get_type_hints

from pydantic import create_model
from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from states import facts

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

KEY = ("district", "lifecycle", "subject", "division", "position")


class Installation(SQLModel, table=True):
    """One row per district: whether this is a rehearsal, whose dates are played and not lived.

    ``held_at``: when it was restored from a backup, while its messages still wait for the administrator.
    """

    district: str = Field(primary_key=True)
    rehearsal: int = 0
    created_at: str
    held_at: str | None = None


class Configuration(SQLModel, table=True):
    """The full text of every configuration ever in use, and its compiled form, by its SHA-256."""

    district: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    text: str
    compiled: str
    recorded_at: str


class Account(SQLModel, table=True):
    """A person's key to one organisation; the token is kept as its SHA-256. ``address``: the mailbox for reminders.

    ``token_at``: when the first token was replaced by this one; ``expires_on``: the last day it is good for, if any.
    """

    district: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    organisation: str
    level: str
    token_digest: str
    token_prefix: str
    created_at: str
    closed_at: str | None = None
    address: str | None = None
    token_at: str | None = None
    expires_on: str | None = None
    revoked_at: str | None = None

    __table_args__ = (UniqueConstraint("district", "token_digest"),)


class Delegation(SQLModel, table=True):
    """Who takes the place of an absent leader: from when to when (ISO days), in which stages (JSON; [] is all)."""

    district: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    organisation: str
    absent: str
    deputy: str
    from_on: str
    to_on: str
    stages: str
    document: str
    recorded_at: str
    recorded_by: str
    ended_on: str | None = None


class CalendarYear(SQLModel, table=True):
    """One version of a year's working days (``states/calendar.py``); ``off`` and ``worked`` are JSON lists of days."""

    __tablename__ = "calendar_years"

    district: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    final: int
    source: str
    off: str
    worked: str
    recorded_at: str
    recorded_by: str


class Snapshot(SQLModel, table=True):
    """What a sign-off saw, by its SHA-256."""

    district: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    scheme: int
    body: str


class Journal(SQLModel, table=True):
    """Every action, chained by hashes per subject; append-only."""

    district: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    entry: int = Field(primary_key=True)
    recorded_at: str
    happened_on: str
    actor: str
    organisation: str
    level: str
    action: str
    outcome: str
    params: str
    request_id: str | None = None
    result: str
    scheme: int
    digest: str
    previous: str
    hash: str

    __table_args__ = (UniqueConstraint("district", "request_id"),)


class RunningLimit(SQLModel, table=True):
    """A limit that runs now, of a case or (subject ``-``) of a duty; computed from the facts with every action.

    ``remind_on`` is the day of the next rung of the ladder; empty while there is none. Of a duty, the concern is its
    period with the organisation behind it, since several owe the same: ``2020-05/health``.
    """

    __tablename__ = "running_limits"

    district: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    visit: int = Field(primary_key=True)
    round: int = Field(primary_key=True)
    concern: str = Field(primary_key=True)
    party: str
    lead: str
    started_on: str
    due_on: str | None = None
    provisional: int = 0
    remind_on: str | None = None

    __table_args__ = (
        Index(
            "ix_running_limits_remind_on", "district", "remind_on",
            sqlite_where=text("remind_on IS NOT NULL"), postgresql_where=text("remind_on IS NOT NULL"),
        ),
        Index("ix_running_limits_due_on", "district", "due_on"),
    )  # fmt: skip


class NewsItem(SQLModel, table=True):
    """What an action has to tell, written with it; ``told`` once the reminders have taken it up."""

    __tablename__ = "news"

    district: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    entry: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    kind: str
    stage: str
    concern: str
    organisations: str
    recorded_at: str
    told: int = 0

    __table_args__ = (
        Index(
            "ix_news_untold", "district", "recorded_at",
            sqlite_where=text("told = 0"), postgresql_where=text("told = 0"),
        ),
    )  # fmt: skip


class DutyReport(SQLModel, table=True):
    """That an organisation has done what the notice asks of it by a date."""

    __tablename__ = "duty_reports"

    district: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    done_on: str
    document: str
    recorded_at: str
    recorded_by: str


class Notice(SQLModel, table=True):
    """One reminder to one account, or (recipient empty) to an organisation itself: its group, or nobody at all.

    The key up to ``due_on`` is that of the limit; of news (rung ``news``) the code is its kind, the concern its entry
    and number in the journal, ``due_on`` its day. ``status``: waiting, digested (in the messages of ``digest_on``)
    or skipped, for a ``reason``. Days are ISO text.
    """

    __tablename__ = "notices"

    district: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    visit: int = Field(primary_key=True)
    round: int = Field(primary_key=True)
    concern: str = Field(primary_key=True)
    due_on: str = Field(primary_key=True)
    rung: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
    form: str
    planned_on: str
    created_at: str
    digest_on: str | None = None
    status: str
    reason: str | None = None

    __table_args__ = (
        Index(
            "ix_notices_waiting", "district", "organisation", "recipient",
            sqlite_where=text("status = 'waiting'"), postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_notices_digest", "district", "organisation", "recipient", "digest_on",
            sqlite_where=text("digest_on IS NOT NULL"), postgresql_where=text("digest_on IS NOT NULL"),
        ),
    )  # fmt: skip


class OutgoingMessage(SQLModel, table=True):
    """The digest of one recipient by one channel on one day (ISO); ``channel`` is empty where none leads to it.

    ``status``: queued, sent, refused or skipped, the last two for a ``reason``. Whoever sends it holds it until
    ``lease_until`` and may mark it only while ``fence``, which counts the claims, is what he was given.
    """

    __tablename__ = "messages"

    district: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    number: int
    message_id: str
    status: str
    reason: str | None = None
    attempts: int = 0
    next_at: str
    lease_until: str | None = None
    claimed_by: str | None = None
    fence: int = 0
    created_at: str
    sent_at: str | None = None

    __table_args__ = (
        UniqueConstraint("district", "number"),
        Index(
            "ix_messages_queued", "district", "channel", "next_at",
            sqlite_where=text("status = 'queued'"), postgresql_where=text("status = 'queued'"),
        ),
        Index(
            "ix_messages_refused", "district", "number",
            sqlite_where=text("status = 'refused'"), postgresql_where=text("status = 'refused'"),
        ),
    )  # fmt: skip


class Heartbeat(SQLModel, table=True):
    """When each scheduler last went round; ``process`` tells a person where to look for it."""

    __tablename__ = "heartbeat"

    district: str = Field(primary_key=True)
    scheduler: str = Field(primary_key=True)
    process: str
    started_at: str
    at: str


#: Each list of a case: its fact class, and what must be unique within the case.
LISTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "visits": (facts.Visit, ("stage", "visit")),
    "rounds": (facts.Round, ("stage", "visit", "round")),
    "facilities": (facts.Facility, ("facility",)),
    "requirements": (facts.Requirement, ("facility", "version")),
    "evidence": (facts.Evidence, ("facility", "kind", "number")),
    "decisions": (facts.CategoryDecision, ("number",)),
    "sign_offs": (facts.SignOff, ("number",)),
    "conditions": (facts.Condition, ("number",)),
    "hearings": (facts.Hearing, ("number",)),
    "documents": (facts.Document, ("number",)),
    "items": (facts.RectificationItem, ("item",)),
    "suspensions": (facts.Suspension, ("number",)),
    "paper_replies": (facts.PaperReply, ("number",)),
    "drafts": (facts.Draft, ("number",)),
    "changes": (facts.ChangeRequest, ("number",)),
    "consents": (facts.Consent, ("number",)),
    "exceptions": (facts.ExceptionDecision, ("number",)),
    "extensions": (facts.Extension, ("number",)),
}


#: The columns of a case's own row; its lists stand in tables of their own.
CASE_COLUMNS = tuple(f.name for f in fields(facts.Case) if f.name not in LISTS)


def _table(name: str, fact: type, columns: tuple[str, ...], keys: tuple[str, ...], *rules: Any) -> type[SQLModel]:
    """A SQLModel table: ``keys`` of its own, then ``columns`` of the fact class."""
    hints = get_type_hints(fact)
    key = {k: (int if k == "position" else str, Field(primary_key=True)) for k in keys}
    model: type[SQLModel] = create_model(
        f"{fact.__name__}Row",
        __base__=SQLModel,
        __module__=__name__,
        __cls_kwargs__={"table": True},
        __doc__=fact.__doc__,
        __tablename__=(str, name),
        __table_args__=(tuple[Any, ...], rules),
        **cast(Any, key | {c: (hints[c], Field(primary_key=c == "id")) for c in columns}),
    )
    return model


CASES = _table(
    "cases", facts.Case, CASE_COLUMNS, KEY[:2],
    ForeignKeyConstraint(["district", "configuration"], ["configuration.district", "configuration.digest"]),
    Index(
        "uq_cases_active_parcel", "district", "parcel", unique=True,
        sqlite_where=text("active = 1"), postgresql_where=text("active = 1"),
    ),
)  # fmt: skip

TABLES = {
    name: _table(
        name, fact, tuple(f.name for f in fields(fact)), KEY,
        ForeignKeyConstraint(KEY[:3], ["cases.district", "cases.lifecycle", "cases.id"]),
        UniqueConstraint(*KEY[:4], *unique),
    )
    for name, (fact, unique) in LISTS.items()
}  # fmt: skip

# Areas in hundredths of m² pass 32 bits; SQLite's integers have 64 anyway, under the one name it needs for keys.
for _column in (column for table in SQLModel.metadata.tables.values() for column in table.columns):
    if isinstance(_column.type, Integer):
        _column.type = BigInteger().with_variant(Integer(), "sqlite")
