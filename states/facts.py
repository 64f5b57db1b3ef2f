"""The facts of one case, as frozen rows.

Each class below is one table: its fields are the table's columns, in order, so that a row can be
loaded, compared, digested and written by name alone. Units: areas are hundredths of a square
metre (``gfa``, ``site``), money is not stored, days are ISO text (``2020-07-20``), moments are ISO
text in Asia/Shanghai. Numbers count from 1 within their case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, get_args

from states.errors import unknown

#: What "scale" is measured in; an area is in hundredths of m², the others are counts.
Measure = Literal["gfa", "site", "classes", "seats", "beds"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
#: The particulars of a requirement that a clause can ask for.
Particular = Literal["scale", "location", "design", "mode", "ownership", "handover", "recipient", "handover_days"]

Ownership = Literal["government", "investor", "all_owners"]
GOVERNMENT, INVESTOR, ALL_OWNERS = get_args(Ownership)

CategoryChoice = Literal["required", "not_required", "pooled"]
CATEGORY_CHOICES: tuple[CategoryChoice, ...] = get_args(CategoryChoice)

FIRST_DIVISION = "1"
#: Between a deputy's name and the absent leader's.
IN_THE_PLACE_OF = " 代 "


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account of one organisation. ``level`` is clerk, leader, admin or auditor.

    ``deputy_for``: the absent leader whose place the account takes, by a delegation.
    """

    name: str
    organisation: str
    level: str
    deputy_for: str | None = None

    @property
    def signature(self) -> str:
        """As it is signed: ``X``, or ``X 代 Y`` for a deputy."""
        return f"{self.name}{IN_THE_PLACE_OF}{self.deputy_for}" if self.deputy_for else self.name


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of the case in a stage. ``buildings``/``households`` are the scope of a presale."""

    stage: str
    visit: int
    entered_on: str
    left_on: str | None = None
    left_by: str | None = None
    buildings: str | None = None
    households: int | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One circulation within a visit; sign-offs are given while it is open."""

    stage: str
    visit: int
    round: int
    opened_on: str
    closed_on: str | None = None
    closed_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility the case owes. ``designated``: competent by document, not by category (X-01)."""

    facility: str
    category: str
    subtype: str
    designated: str | None = None
    designation: str | None = None
    designated_on: str | None = None
    removed: str | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must be: one version of one facility's requirement (the golden thread)."""

    facility: str
    version: int
    gfa: int | None = None
    site: int | None = None
    classes: int | None = None
    seats: int | None = None
    beds: int | None = None
    location: str | None = None
    design: str | None = None
    mode: str | None = None
    ownership: str | None = None
    ownership_reason: str | None = None
    ownership_basis: str | None = None
    handover: str | None = None
    recipient: str | None = None
    handover_days: int | None = None
    stage: str = ""
    reason: str | None = None
    happened_on: str = ""
    recorded_at: str = ""
    recorded_by: str = ""


#: The part of a requirement that says what must be, as against who wrote it down and when.
REQUIRED = (
    *MEASURES, "location", "design", "mode", "ownership", "ownership_reason", "ownership_basis", "handover",
    "recipient", "handover_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is: drawings, progress, measurement, hand_over, title or asset_entry of a facility.

    ``version`` is the requirement version it answers to; ``reference`` the number of the deed, the
    title certificate or the asset entry; ``exemption`` why there is no title.
    """

    facility: str
    kind: str
    number: int
    version: int
    gfa: int | None = None
    site: int | None = None
    classes: int | None = None
    seats: int | None = None
    beds: int | None = None
    location: str | None = None
    percent: int | None = None
    built: int | None = None
    reference: str | None = None
    holder: str | None = None
    ownership: str | None = None
    exemption: str | None = None
    user: str | None = None
    note: str | None = None
    happened_on: str = ""
    recorded_at: str = ""
    recorded_by: str = ""


@dataclass(frozen=True, slots=True)
class CategoryDecision:
    """Whether a category is required, not required or pooled elsewhere (R-052); the last counts."""

    category: str
    number: int
    decision: str
    basis: str | None = None
    link: str | None = None
    special_plan: str | None = None
    substitute_basis: str | None = None
    happened_on: str = ""
    recorded_at: str = ""
    recorded_by: str = ""


@dataclass(frozen=True, slots=True)
class SignOff:
    """A department's answer, and the digest of exactly what it saw.

    ``status``: standing, replaced (signed again) or withdrawn. ``judgements`` is canonical JSON,
    ``{"F1": [built_in_place, meets_standard]}``.
    """

    stage: str
    visit: int
    round: int
    department: str
    number: int
    verdict: str
    text: str | None
    reason: str | None
    basis: str | None
    requested_change: str | None
    judgements: str
    scheme: int
    remit: str
    status: str
    ended_on: str | None
    ended_reason: str | None
    signed_by: str
    level: str
    happened_on: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What a conditional agreement asks; ``status``: open, discharged, replaced or withdrawn."""

    number: int
    stage: str
    visit: int
    round: int
    department: str
    text: str
    responsible: str
    due_on: str
    due_stage: str
    status: str = "open"
    ended_on: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """An opinion of an expert or a public representative (a capacity, never a name), and the reply."""

    number: int
    stage: str
    visit: int
    round: int
    kind: str
    capacity: str
    opinion: str
    text: str | None = None
    disposition: str | None = None
    reply: str | None = None
    happened_on: str = ""
    answered_on: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A numbered paper; ``file`` is the SHA-256 of its content. ``voided`` says what ended it."""

    number: int
    kind: str
    reference: str
    issued_on: str
    issuer: str
    stage: str
    visit: int
    title: str | None = None
    file: str | None = None
    filename: str | None = None
    size: int | None = None
    voided: str | None = None
    recorded_at: str = ""
    recorded_by: str = ""


@dataclass(frozen=True, slots=True)
class RectificationItem:
    """One item of a written rectification opinion (R-073), and the developer's answer."""

    reference: str
    item: int
    visit: int
    round: int
    facility: str
    department: str
    fact: str
    basis: str
    requirement: str
    deadline: str
    issued_on: str
    answer: str | None = None
    answered_on: str | None = None


@dataclass(frozen=True, slots=True)
class PaperReply:
    """The stamped letter behind a sign-off that the lead recorded; ``file`` is the SHA-256 of its scan.

    ``contested_on``: the day on which the department contested it, by which the sign-off became void.
    """

    number: int
    sign_off: int
    department: str
    letter: str
    letter_on: str
    file: str
    filename: str
    size: int
    recorded_on: str
    recorded_by: str
    contested_on: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A sign-off that a clerk prepared; it counts for nothing until a leader issues it.

    ``terms`` is the canonical JSON of the action; ``remit`` the digest of what the clerk saw.
    ``status``: waiting, issued or replaced.
    """

    number: int
    stage: str
    visit: int
    round: int
    department: str
    terms: str
    scheme: int
    remit: str
    drafted_by: str
    happened_on: str
    recorded_at: str
    status: str = "waiting"
    ended_on: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change of frozen requirements: what it alters, and on which versions it was proposed.

    ``terms`` is canonical JSON: ``{"facilities": {"F1": {"gfa": 28000}}, "removals": ["F3"], "decisions": [...],
    "project": {"developer": ...}}``; ``base`` the versions it was proposed on, ``{"F1": 2}``. ``status``:
    proposed, applied or withdrawn.
    """

    number: int
    stage: str
    visit: int
    terms: str
    base: str
    reason: str
    document: str
    happened_on: str
    recorded_at: str
    recorded_by: str
    status: str = "proposed"
    ended_on: str | None = None
    ended_at: str | None = None
    ended_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A party's answer to a change request; its last one counts."""

    number: int
    change: int
    department: str
    verdict: str
    reason: str | None
    signed_by: str
    level: str
    happened_on: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class ExceptionDecision:
    """A decision that lifts one named obstacle: ``lifts`` is its code and subject, ``saw`` what it was exactly.

    It reaches no further than that obstacle as it stood, in that visit (and, for an answer, that round).
    """

    number: int
    kind: str
    lifts: str
    saw: str
    stage: str
    visit: int
    round: int
    body: str
    level: str
    document: str
    reason: str
    decided_by: str
    happened_on: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """An interval in which the case rests."""

    number: int
    from_on: str
    reason: str
    to_on: str | None = None
    resumed_because: str | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A limit made longer by ``by`` of its units, by whom and on which document.

    It reaches the period of that limit and concern that ran on ``happened_on``.
    """

    number: int
    limit: str
    concern: str
    by: int
    reason: str
    document: str
    body: str
    level: str
    approved_by: str
    happened_on: str
    recorded_at: str


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Case:
    """One project's case: its own row, and the rows that belong to it, oldest first."""

    id: str
    name: str
    kind: str
    town: str
    parcel: str
    project_code: str | None
    developer: str | None
    developer_code: str | None
    land_area: int | None
    plot_ratio: int | None
    aboveground_gfa: int | None
    residential_gfa: int | None
    households: int
    population: int | None
    regulatory_plan: str | None
    configuration: str
    entry_stage: str
    stage: str
    visit: int
    round: int
    attempt: int
    active: int
    opened_on: str
    recorded_at: str
    visits: tuple[Visit, ...] = ()
    rounds: tuple[Round, ...] = ()
    facilities: tuple[Facility, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    decisions: tuple[CategoryDecision, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    conditions: tuple[Condition, ...] = ()
    hearings: tuple[Hearing, ...] = ()
    documents: tuple[Document, ...] = ()
    items: tuple[RectificationItem, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    paper_replies: tuple[PaperReply, ...] = ()
    drafts: tuple[Draft, ...] = ()
    changes: tuple[ChangeRequest, ...] = ()
    consents: tuple[Consent, ...] = ()
    exceptions: tuple[ExceptionDecision, ...] = ()
    extensions: tuple[Extension, ...] = ()

    @property
    def round_is_open(self) -> bool:
        return self.round > 0 and self.rounds[-1].closed_on is None

    @property
    def awaits_report(self) -> bool:
        """Whether a written rectification opinion closed the round and nobody has answered it yet."""
        return self.round > 0 and self.rounds[-1].closed_by == "order_rectification"

    @property
    def suspension(self) -> Suspension | None:
        last = self.suspensions[-1] if self.suspensions else None
        return last if last and last.to_on is None else None

    @property
    def entered_on(self) -> str:
        return self.visits[-1].entered_on

    def owed(self) -> tuple[Facility, ...]:
        """The facilities of the case, without those removed in planning."""
        return tuple(f for f in self.facilities if f.removed is None)

    def facility(self, name: str) -> Facility:
        """Raises NotFound with the nearest ids."""
        for facility in self.owed():
            if facility.facility == name:
                return facility
        raise unknown("facility", name, (f.facility for f in self.owed()))

    def requirement(self, facility: str) -> Requirement:
        """The version in force."""
        return next(r for r in reversed(self.requirements) if r.facility == facility)

    def latest(self, facility: str, kind: str) -> Evidence | None:
        """The newest evidence of a kind; later evidence replaces earlier."""
        return last(e for e in self.evidence if e.facility == facility and e.kind == kind)

    def decision(self, category: str) -> CategoryDecision | None:
        return last(d for d in self.decisions if d.category == category)

    def document(self, kind: str) -> Document | None:
        """The newest paper of a kind that no later event has voided."""
        return last(d for d in self.documents if d.kind == kind and d.voided is None)

    def sign_off(self, department: str) -> SignOff | None:
        """The department's standing sign-off of the present visit, whichever round it was given in."""
        return last(
            s
            for s in self.sign_offs
            if s.department == department and s.status == "standing" and (s.stage, s.visit) == (self.stage, self.visit)
        )

    def draft(self, department: str) -> Draft | None:
        """The department's draft that waits for its leader, in the present round."""
        here = (self.stage, self.visit, self.round, department, "waiting")
        return last(d for d in self.drafts if (d.stage, d.visit, d.round, d.department, d.status) == here)

    def paper_reply(self, sign_off: SignOff | None) -> PaperReply | None:
        """The letter behind a sign-off, where the lead recorded one."""
        return last(p for p in self.paper_replies if sign_off and p.sign_off == sign_off.number)

    def letter_of(self, department: str) -> PaperReply | None:
        """The last letter recorded for a department, while the sign-off behind it stands, in whatever stage."""
        reply = last(p for p in self.paper_replies if p.department == department)
        return reply if reply and self.sign_offs[reply.sign_off - 1].status == "standing" else None

    def change(self, number: int) -> ChangeRequest:
        """Raises NotFound for a number that is not given."""
        for change in self.changes:
            if change.number == number:
                return change
        raise unknown("change", str(number), (str(c.number) for c in self.changes))

    def consent(self, change: int, department: str) -> Consent | None:
        """The department's last answer to a change request."""
        return last(c for c in self.consents if (c.change, c.department) == (change, department))

    def visits_of(self, stage: str) -> int:
        return sum(v.stage == stage for v in self.visits)


def last(rows: Iterable[Row]) -> Row | None:
    """The last of ``rows``, or None."""
    return next(iter(deque(rows, maxlen=1)), None)


def swap(rows: tuple[Row, ...], old: Row, **changes: Any) -> tuple[Row, ...]:
    """``rows`` with ``old`` (found by identity) changed in the named fields."""
    return tuple(replace(row, **changes) if row is old else row for row in rows)  # type: ignore[type-var]
