"""The district's rules: what ``config.yaml`` says, as frozen data.

These classes are the schema of the configuration: ``workflow/config_reading.py`` holds the file
against them, key by key. ``basis`` names the clause of the notice (or the source) a value comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from states.calendar import WEEKENDS, Calendar
from states.channels import Channel, Folder
from states.facts import Case, Facility, Measure, Particular

_STRICT = {"extra": "forbid"}

#: Who signs at a stage, beside an organisation's own id.
STANDING, COMPETENT, STATE_ASSETS = "standing", "competent", "state_assets_if_government_owned"

#: The lead of the stage, where a rule may also name an organisation.
LEAD = "lead"

Level = Literal["clerk", "leader"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages."""

    __pydantic_config__ = _STRICT
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Renaming:
    """The name (and code) an organisation bears from ``on`` (ISO day) on."""

    __pydantic_config__ = _STRICT
    on: str
    zh: str
    en: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """A department, office or town. ``successor`` takes over when it is dissolved (R-098)."""

    __pydantic_config__ = _STRICT
    kind: Literal["department", "office", "town"]
    name: Name
    basis: str
    code: str | None = None
    renamed: tuple[Renaming, ...] = ()
    dissolved_on: str | None = None
    successor: str | None = None

    def on(self, day: str) -> tuple[Name, str | None]:
        """Name and code on a day (ISO)."""
        current: tuple[Name, str | None] = (self.name, self.code)
        for change in self.renamed:
            if change.on <= day:
                current = (Name(change.zh, change.en), change.code or current[1])
        return current


@dataclass(frozen=True, slots=True)
class Subtype:
    """A kind of facility within a category; its department, if other than the category's."""

    __pydantic_config__ = _STRICT
    name: Name
    basis: str
    scale: Measure
    competent_department: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """One of the seven categories (notice, 一). ``special_plan``: the notice orders a plan for it."""

    __pydantic_config__ = _STRICT
    name: Name
    basis: str
    competent_department: str | None
    special_plan: bool
    subtypes: dict[str, Subtype]


@dataclass(frozen=True, slots=True)
class Standard:
    """A least scale. ``value`` counts in ``unit``; the rule applies from ``households_from`` households on.

    The rule in force on the day of the planning conditions counts (K38). ``confirmed: false``: the
    number is not verified against the paper standard; it applies and is marked.
    """

    __pydantic_config__ = _STRICT
    subtype: str
    measure: Measure
    value: float
    unit: Literal["m2", "m2_per_100_households", "classes", "seats", "beds"]
    level: Literal["national", "provincial", "municipal", "district"]
    source: str
    effective_from: str
    confirmed: bool
    effective_to: str | None = None
    households_from: int = 0

    def minimum(self, households: int) -> int:
        """In the units of the facts: hundredths of m², or a count (rounded up)."""
        per = households / 100 if self.unit == "m2_per_100_households" else 1
        factor = 100 if self.unit.startswith("m2") else 1
        exact = round(self.value * per * factor, 6)
        return int(exact) + (exact > int(exact))

    def applies(self, subtype: str, households: int, day: str) -> bool:
        in_force = self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)
        return self.subtype == subtype and households >= self.households_from and in_force


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A paper. ``issuer``: organisations (or competent) that may file it beside the stage's lead."""

    __pydantic_config__ = _STRICT
    name: Name
    basis: str
    issuer: tuple[str, ...] = ()
    format: str | None = None
    file_required: bool = False


@dataclass(frozen=True, slots=True)
class StageRule:
    """Who leads a stage, who must and who may sign off there, and from which level on."""

    __pydantic_config__ = _STRICT
    lead: str
    basis: str
    sign_off: tuple[str, ...] = ()
    may_sign: tuple[str, ...] = ()
    signing_level: Level = "clerk"


@dataclass(frozen=True, slots=True)
class HearingRule:
    """How many experts and public representatives a stage hears (annex 2, 二(二)1)."""

    __pydantic_config__ = _STRICT
    expert: int
    public: int


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """What an edge asks of the papers and of every facility's requirement."""

    __pydantic_config__ = _STRICT
    basis: str
    documents: tuple[str, ...] = ()
    particulars: tuple[Particular, ...] = ()
    hearing: HearingRule | None = None


@dataclass(frozen=True, slots=True)
class ExceptionRule:
    """Who may lift which obstacles by a decision, and where. ``after_days``: how long a department was silent."""

    __pydantic_config__ = _STRICT
    name: Name
    body: str
    lifts: tuple[str, ...]
    stages: tuple[str, ...]
    basis: str
    level: Level = "leader"
    after_days: int = 0


@dataclass(frozen=True, slots=True)
class PaperReplyRule:
    """Whether the lead may record a stamped letter, and how long the department may contest it."""

    __pydantic_config__ = _STRICT
    allowed: bool
    contest_working_days: int
    basis: str


#: What starts and ends a limit; ``policies/limits/periods.py`` says what each means.
Clock = Literal[
    "answers", "round", "visit", "rework", "conclusion", "papers", "works", "inspections",
    "opinion", "rectification", "reinspections", "conditions", "handover", "registration", "use",
]  # fmt: skip
Unit = Literal["working_days", "calendar_days", "months"]


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """Who may extend a limit (``by``: lead or an organisation), how often and by how much each time, in its unit."""

    __pydantic_config__ = _STRICT
    by: str
    at_most: int
    basis: str
    times: int = 1
    level: Level = "leader"


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit of a stage: which period (``clock``), how long, and whose where the clock does not tell.

    Without a clock it is only shown.

    ``after`` and ``until`` are the kinds of paper between which a clock of papers runs. Where a document sets the
    day itself (rectification, conditions) ``length`` is only what is usual. ``warn_days``: a further reminder, in
    calendar days before. ``suspendable: false``: it runs on while the case is suspended.
    """

    __pydantic_config__ = _STRICT
    code: str
    name: Name
    stage: str
    length: int
    unit: Unit
    basis: str
    clock: Clock | None = None
    who: Literal["lead", "developer"] = "lead"
    after: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    extension: ExtensionRule | None = None
    warn_days: int | None = None
    suspendable: bool = True


Addressee = Literal["clerks", "leaders", "lead_clerks", "lead_leaders", "office"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder: ``on`` working days after the due day (before it, if negative), and who is told.

    ``least_length``: only for limits of at least so many working days. ``form``: what the office makes of it.
    """

    __pydantic_config__ = _STRICT
    code: str
    on: int
    to: tuple[Addressee, ...]
    form: Literal["notice", "overdue", "reminder_letter", "supervision_order", "bulletin"]
    basis: str
    least_length: int = 0


@dataclass(frozen=True, slots=True)
class ReminderRules:
    """When people are reminded: the ladder, and the hours (of working days) in which messages leave."""

    __pydantic_config__ = _STRICT
    ladder: tuple[Rung, ...]
    open_from: str
    open_until: str
    announce_to: tuple[Addressee, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What the notice itself asks by a date that it names, of organisations and not of a project.

    ``on``: the one day; or ``monthly``: the day of every month from ``first`` to ``final`` (``2020-05``).
    """

    __pydantic_config__ = _STRICT
    code: str
    name: Name
    who: tuple[str, ...]
    basis: str
    on: str | None = None
    monthly: int | None = None
    first: str | None = None
    final: str | None = None


#: Where the configuration does not speak of reminders nobody is reminded.
NO_REMINDERS = ReminderRules((), "09:00", "17:00", (), "")


@dataclass(frozen=True, slots=True)
class Roles:
    """Which organisations hold the offices that the rules speak of."""

    __pydantic_config__ = _STRICT
    leading_group_office: str
    state_assets: str
    standing: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class District:
    __pydantic_config__ = _STRICT
    code: str
    name: Name


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole configuration, validated.

    No keys of it: ``digest`` is the SHA-256 of its text, ``calendar`` the district's, which is none of a
    configuration's business and is attached where the rules are handed out.
    """

    __pydantic_config__ = _STRICT
    district: District
    language: Literal["zh", "en"]
    organisations: dict[str, Organisation]
    roles: Roles
    categories: dict[str, Category]
    construction_modes: dict[str, Name]
    project_kinds: dict[str, Name]
    documents: dict[str, DocumentKind]
    stages: dict[str, StageRule]
    edges: dict[str, EdgeRule]
    standards: tuple[Standard, ...]
    completion_filing: Literal["before_acceptance", "after_acceptance"]
    measured_tolerance_percent: float
    #: not allowed where the configuration does not speak of them
    paper_replies: PaperReplyRule = PaperReplyRule(False, 3, "")
    exceptions: dict[str, ExceptionRule] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    duties: tuple[Duty, ...] = ()
    reminders: ReminderRules = NO_REMINDERS
    #: where the configuration does not speak of them: a folder, so that nothing must be set up first
    channels: dict[str, Channel] = field(default_factory=lambda: {"folder": Folder()})
    database: str | None = None
    #: of the command lines elsewhere; it is read off its line before anything else (``workflow/config_files.py``)
    server: str | None = None
    digest: str = field(default="")
    calendar: Calendar = WEEKENDS

    @property
    def leads(self) -> tuple[str, str]:
        """The two lead departments of the notice: of the joint reviews, and of acceptance."""
        return self.stages["planning_joint_review"].lead, self.stages["completion_joint_acceptance"].lead

    def limit(self, code: str) -> Limit | None:
        return next((limit for limit in self.limits if limit.code == code), None)

    def duty(self, code: str) -> Duty | None:
        return next((duty for duty in self.duties if duty.code == code), None)

    def category_of(self, subtype: str) -> str | None:
        return next((c for c, category in self.categories.items() if subtype in category.subtypes), None)

    def competent(self, facility: Facility) -> str | None:
        """The department competent for a facility; None where there is none, or an unknown one (X-01)."""
        named = facility.designated or self.competent_by_kind(facility)
        return named if named in self.organisations else None

    def competent_by_kind(self, facility: Facility) -> str | None:
        """The department that the configuration itself names for a facility's kind or category."""
        category = self.categories.get(facility.category)
        subtype = category.subtypes.get(facility.subtype) if category else None
        named = (subtype and subtype.competent_department) or (category and category.competent_department)
        return named if named in self.organisations else None

    def competent_for_category(self, case: Case, category: str) -> set[str]:
        """Every department with a say in a category: its own, its sub-types', the designated."""
        rule = self.categories[category]
        own = {rule.competent_department, *(s.competent_department for s in rule.subtypes.values())}
        return {d for d in own | {f.designated for f in case.owed() if f.category == category} if d}

    def title(self, organisation: str, day: str) -> str:
        """The Chinese name the journal keeps; the id itself for an organisation not known here."""
        body = self.organisations.get(organisation)
        return body.on(day)[0].zh if body else organisation

    def acting(self, organisation: str, day: str) -> str:
        """The organisation itself, or who succeeds it once it is dissolved (R-098)."""
        body = self.organisations[organisation]
        gone = body.dissolved_on is not None and body.dissolved_on <= day
        return self.acting(body.successor, day) if gone and body.successor else organisation

    def subtype(self, facility: Facility) -> Subtype:
        """Raises KeyError for a kind of facility the configuration does not know: callers fail closed."""
        return self.categories[facility.category].subtypes[facility.subtype]

    def documents_asked(self, edge: str) -> tuple[str, ...]:
        """The papers an edge asks for.

        The completion filing stands where the district puts it (X-06); no certificate does without it, whatever
        configurations the case followed on its way. Raises KeyError for an edge the configuration does not know:
        callers fail closed.
        """
        early = edge == "trigger_acceptance" and self.completion_filing == "before_acceptance"
        extra = ("completion_filing",) if early or edge == "certify" else ()
        return self.edges[edge].documents + extra
