"""What actions and queries return: plain Pydantic models, the same in process, as JSON and over HTTP.

Codes and parameters only; texts are made where they are shown (``views/``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from policies.limits.deadlines import Counted
from policies.limits.ledger import Charge
from states.errors import Obstacle
from states.facts import Case, Extension
from states.rules import Name

#: Told how far something is: what is being done, how much of it is done, of how much (0 where nobody knows).
Progress = Callable[[str, int, int], None]


class Result(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Normalised(Result):
    """A value that was stored otherwise than it was typed."""

    field: str
    typed: str
    stored: str


class Placed(Normalised):
    """A cell of a workbook that was read otherwise than it was typed; ``place`` is ``sheet!cell``."""

    place: str


class OnParcel(Result):
    """Another case on the same parcel, and where it stands or how it ended."""

    case: str
    project: str
    stage: str
    opened_on: str
    recorded_at: str


class Done(Result):
    """An action that was carried out. ``entry`` and ``hash`` are those of its journal entry."""

    case: str
    action: str
    stage: str
    visit: int
    round: int
    entry: int
    hash: str
    #: the number of the row it made: a condition's, a hearing's, a document's
    number: int | None = None
    normalised: tuple[Normalised, ...] = ()
    #: whether a clerk's sign-off was left as a draft for the leader
    draft: bool = False
    #: whether nothing was recorded: this is what would have been done
    dry_run: bool = False
    #: codes of doubts: those that were confirmed, e.g. ``check_digit``, and what stops nothing, e.g. ``below_standard``
    warnings: tuple[str, ...] = ()
    #: the ended cases on the parcel of a case that was opened
    earlier: tuple[OnParcel, ...] = ()
    #: True when the request had been carried out before and this is its stored result
    repeated: bool = False


class Change(Result):
    """One difference between what a department signed and what now stands; ``path`` is dotted."""

    path: str
    before: Any
    after: Any


class DepartmentAnswer(Result):
    """One department in the row of sign-offs. ``state`` is a value of ``policies.signing.Answer``."""

    department: str
    asked: bool
    state: str
    verdict: str | None = None
    text: str | None = None
    round: int | None = None
    signed_by: str | None = None
    happened_on: str | None = None
    #: the number of the stamped letter that the lead recorded
    letter: str | None = None
    #: who prepared a draft that waits for the leader
    drafted_by: str | None = None
    changes: tuple[Change, ...] = ()


class Lifted(Result):
    """An obstacle that a decision lifts; ``exception`` is the number of the decision."""

    obstacle: Obstacle
    exception: int


class LimitLine(Result):
    """A limit of a case on a day; ``concern`` is the department, facility, item or condition it is about.

    ``left`` are the working days to the due day from that day, or from the day it was met: negative once it is overdue,
    or when it was met late; None while the clock is stopped. ``length`` counts in ``unit``, ``extended`` included.
    """

    code: str
    stage: str
    visit: int
    round: int
    concern: str
    party: str
    started_on: str
    ended_on: str | None
    due_on: str | None
    length: int
    unit: str
    extended: int
    provisional: bool
    state: Literal["stopped", "running", "due_today", "overdue", "in_time", "late"]
    left: int | None


class CaseView(Result):
    """A case as ``case show`` and ``case why`` show it: its facts, and what follows from them."""

    case: Case
    answers: tuple[DepartmentAnswer, ...]
    #: facility -> competent department, None where nobody is competent
    competent: dict[str, str | None]
    #: the command by which the case moves on, None at an end
    next_action: str | None
    #: everything in the way of that command
    obstacles: tuple[Obstacle, ...]
    #: what a decision lifts, that would otherwise be in the way
    lifted: tuple[Lifted, ...] = ()
    #: kinds of paper that state requirements as they were before the last change
    to_amend: tuple[str, ...] = ()
    #: change request -> who must consent to it
    consenting: dict[int, tuple[str, ...]] = {}
    #: what a project that entered late owes less than the standards of its planning conditions; stops nothing
    below_standard: tuple[Obstacle, ...] = ()
    #: the other cases on its parcel, oldest first
    on_parcel: tuple[OnParcel, ...] = ()
    #: whether the case follows the configuration now in force
    configuration_is_current: bool
    #: the limits that run, the most urgent first
    limits: tuple[LimitLine, ...] = ()


class CalendarItem(Result):
    """A running limit or duty as it enters a calendar; ``revision`` and ``changed_at`` grow with every change.

    ``subject`` is the case, or ``-`` for a duty.
    """

    subject: str
    project: str
    code: str
    stage: str
    visit: int
    round: int
    concern: str
    due_on: str
    provisional: bool
    revision: int
    changed_at: str


class Derivation(Result):
    """How the due day of a limit was counted, day by day."""

    limit: LimitLine
    days: tuple[Counted, ...]


class ClockView(Result):
    """The limits of a case, and who has used its working days: ``totals`` by party sum up to ``working_days``."""

    case: str
    project: str
    stage: str
    day: str
    kinds: dict[str, str]
    limits: tuple[LimitLine, ...]
    extensions: tuple[Extension, ...]
    charges: tuple[Charge, ...]
    totals: dict[str, int]
    working_days: int
    derivation: Derivation | None = None


class CaseLine(Result):
    """A case in a list."""

    case: str
    project: str
    town: str
    stage: str
    visit: int
    round: int
    entered_on: str
    suspended: bool
    #: the organisations that can clear what is in the way
    waiting_for: tuple[str, ...]
    obstacles: int
    #: how many decisions lifted something in this case, ever
    exceptions: int = 0
    #: whether it is under way: neither in use nor ended
    active: bool
    households: int
    #: how many facilities it owes
    facilities: int
    in_the_way: tuple[Obstacle, ...]
    #: the most urgent limit that runs
    limit: LimitLine | None = None


class Task(Result):
    """Something one organisation must do: clear an obstacle, or take an action that only the lead can."""

    case: str
    project: str
    stage: str
    since: str
    #: the organisation's own in this case
    facilities: tuple[str, ...]
    #: every facility of the case with its kind, for the sentence
    kinds: dict[str, str] = {}
    action: str | None = None
    obstacle: Obstacle | None = None
    #: the number of the change request that the action is about
    number: int | None = None
    #: the key of the obstacle that the action would lift
    lifts: str | None = None
    #: the limit by which it must be done, where it has one
    limit: LimitLine | None = None


class Entry(Result):
    """A journal entry."""

    subject: str
    entry: int
    recorded_at: str
    happened_on: str
    actor: str
    organisation: str
    level: str
    action: str
    outcome: str
    params: dict[str, Any]
    hash: str


class Finding(Result):
    """Something wrong with a journal or an installation; ``code`` names it, ``params`` say where.

    A ``note`` is worth knowing and no fault.
    """

    code: str
    params: dict[str, Any]
    note: bool = False


class Verification(Result):
    """``findings`` is empty when the chain holds and the rows fit its last digest."""

    subjects: int
    entries: int
    findings: tuple[Finding, ...]


class DelegationLine(Result):
    """A delegation; ``stages`` is empty where it holds in all, days are ISO text."""

    number: int
    organisation: str
    absent: str
    deputy: str
    from_on: str
    to_on: str
    stages: tuple[str, ...]
    document: str
    recorded_at: str
    recorded_by: str
    ended_on: str | None = None

    def runs(self, day: str, stage: str) -> bool:
        """Whether it holds on a day in a stage."""
        over = self.ended_on is not None and self.ended_on <= day
        return not over and self.from_on <= day <= self.to_on and (not self.stages or stage in self.stages)


class CalendarLine(Result):
    """The newest version of a year: ``off`` are weekdays off, ``worked`` weekend days worked, ISO text in order."""

    year: int
    version: int
    final: bool
    source: str
    off: tuple[str, ...]
    worked: tuple[str, ...]
    recorded_at: str
    recorded_by: str


class Moved(Result):
    """A running limit whose due day a new calendar moved."""

    case: str
    code: str
    concern: str
    party: str
    before: str | None
    after: str | None


class CalendarImported(Result):
    """A year that was put into force, or would be. ``off`` and ``worked``: the days that were otherwise before."""

    year: int
    version: int
    final: bool
    source: str
    off: tuple[str, ...]
    worked: tuple[str, ...]
    #: False where exactly this was in force already, and no version was added
    changed: bool
    dry_run: bool = False
    #: the running limits that are due on another day now
    moved: tuple[Moved, ...] = ()


class DutyLine(Result):
    """What the notice asks of an organisation by a day. ``state`` and ``left`` are as those of a limit."""

    code: str
    organisation: str
    period: str
    started_on: str
    due_on: str
    state: Literal["running", "due_today", "overdue", "in_time", "late"]
    left: int
    done_on: str | None = None
    document: str | None = None


class PassResult(Result):
    """What one pass of reminding did. ``found``: limits and news taken up; ``gathered``: recipients with a digest.

    ``closed``: it was outside the hours in which messages leave. ``held``: the database was restored, and nothing is
    done before the administrator says so.
    """

    found: int
    gathered: int
    sent: int
    deferred: int
    refused: int
    skipped: int
    closed: bool = False
    held: bool = False


class PlannedNotice(Result):
    """A reminder that would go out on the day ``on``; ``recipient`` is empty where the organisation itself is told.

    ``subject`` is the case, or ``-`` for a duty; ``channels`` is empty where no way leads to the recipient.
    """

    on: str
    organisation: str
    recipient: str
    subject: str
    project: str | None = None
    code: str
    title: Name
    concern: str
    rung: str
    form: str
    due_on: str
    planned_on: str
    channels: tuple[str, ...]


class MessageLine(Result):
    """A message of the outbox; ``status``: queued, sent, refused or skipped, for a ``reason``."""

    number: int
    day: str
    organisation: str
    recipient: str
    channel: str
    status: str
    reason: str | None = None
    attempts: int
    next_at: str
    sent_at: str | None = None
    message_id: str


class AccountLine(Result):
    """An account and its token; moments and days are ISO text."""

    account: str
    organisation: str
    level: str
    token_prefix: str
    created_at: str
    closed_at: str | None = None
    #: the mailbox for reminders
    address: str | None = None
    #: when the token was made, where it is not the first one
    token_at: str | None = None
    #: the last day on which the token is good, None where it has no end
    expires_on: str | None = None
    revoked_at: str | None = None

    def state(self, today: str) -> Literal["in_use", "closed", "revoked", "expired"]:
        """Whether the account lets anybody in on a day, and why not."""
        if self.closed_at:
            return "closed"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_on and self.expires_on < today else "in_use"


class Stored(Result):
    """A file of a backup: its SHA-256 and its size in bytes."""

    sha256: str
    size: int


class Manifest(Result):
    """What a backup says of itself: ``migration`` is that of its database, ``contents`` everything else in it.

    ``findings``: what was wrong with the records when it was made.
    """

    format: int
    district: str
    rehearsal: bool
    migration: str
    program: str
    made_at: str
    contents: dict[str, Stored]
    findings: tuple[Finding, ...]


class BackedUp(Result):
    """A backup that was made: the size and SHA-256 of the archive, how many files of documents and letters it holds."""

    path: str
    size: int
    sha256: str
    files: int
    findings: tuple[Finding, ...]


class Restored(Result):
    """A database that was made from a backup of the moment ``made_at``; ``findings`` as in its :class:`Manifest`."""

    database: str
    made_at: str
    files: int
    findings: tuple[Finding, ...]


class Imported(Result):
    """What a workbook of running projects opens, or would open. ``opened``: whether it did."""

    path: str
    opened: bool
    cases: tuple[Done, ...]
    #: by case, the row of its project
    places: dict[str, str]
    told: tuple[Placed, ...]
    #: columns that name no field, by their first cell
    left_aside: tuple[str, ...]
