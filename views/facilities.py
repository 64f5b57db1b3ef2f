"""The facilities: what must be beside what is, and what closes each of them."""

from __future__ import annotations

from states.facts import MEASURES, Case, Evidence, Facility, Requirement
from states.project import Stage
from views.labels import label
from views.language import _
from views.names import Names
from views.page import (
    DONE,
    FAILED,
    Column,
    Line,
    Page,
    Row,
    Span,
    Table,
    good,
    quiet,
    say,
    section,
    strong,
    table,
    warn,
)
from views.wording import amount
from workflow.results import CaseView

_ORDER = tuple(Stage)


def facility_section(view: CaseView, names: Names) -> Page:
    """Requirement, drawings, progress and survey; columns appear once the case has come so far."""
    case = view.case
    columns = [Column(_("facility"), least=12, head=True), Column(_("requirement"), least=16, by_row=True)]
    kinds = [
        kind
        for kind, stage in (("drawings", Stage.PERMIT), ("measurement", Stage.CONSTRUCTION))
        if _reached(case, kind, stage)
    ]
    columns += [Column(label(kind), least=12, by_row=True) for kind in kinds]
    built = _reached(case, "progress", Stage.CONSTRUCTION)
    columns += [Column(label("progress"))] if built else []
    groups = tuple(_group(facility, view, names, kinds, built) for facility in case.owed())
    return section(_("Facilities"), Table(tuple(columns), groups), note=_count(len(groups)))


def _count(number: int) -> Line:
    return say(quiet(str(number)))


def _reached(case: Case, kind: str, stage: Stage) -> bool:
    """Whether evidence of a kind exists, or is due in the present stage."""
    passed = case.stage != Stage.TERMINATED and _ORDER.index(Stage(case.stage)) >= _ORDER.index(stage)
    return passed or any(e.kind == kind for e in case.evidence)


def _group(facility: Facility, view: CaseView, names: Names, kinds: list[str], built: bool) -> tuple[Row, ...]:
    """One row per measure and one for the location; the facility's own data run down the first column."""
    required = view.case.requirement(facility.facility)
    heads = _heads(facility, required, view, names)
    found = [view.case.latest(facility.facility, kind) for kind in kinds]
    tolerances = [0.0 if kind == "drawings" else names.rules.measured_tolerance_percent for kind in kinds]
    facts = [
        (say(quiet(label(m) + " "), amount(m, getattr(required, m))),
         *(_measure(e, required, m, t) for e, t in zip(found, tolerances, strict=True)))
        for m in MEASURES if getattr(required, m) is not None
    ]  # fmt: skip
    if not facts:
        facts.append((say(warn(_("scale still open"))), *(say() for _kind in kinds)))
    facts.append((_location(required), *(_placed(e, required) for e in found)))
    progress = [_progress(view.case.latest(facility.facility, "progress"))] if built else []
    empty = tuple(say() for _kind in kinds)
    rows = []
    for n in range(max(len(heads), len(facts))):
        fact = facts[n] if n < len(facts) else (say(), *empty)
        last = tuple(progress if n == 0 else (say() for _line in progress))
        rows.append((heads[n] if n < len(heads) else say(), *fact, *last))
    return tuple(rows)


def _heads(facility: Facility, required: Requirement, view: CaseView, names: Names) -> list[Line]:
    department = view.competent.get(facility.facility)
    who = say(quiet(names.organisation(department))) if department else say(warn(_("nobody competent")))
    owner = say(quiet(label(required.ownership))) if required.ownership else say(warn(_("ownership still open")))
    return [say(strong(names.facility(facility.facility))), who, owner]


def _measure(found: Evidence | None, required: Requirement, measure: str, tolerance: float) -> Line:
    """The measure in the evidence, and whether it suffices."""
    if found is None:
        return say(quiet(_("none yet")))
    value, needed = getattr(found, measure), getattr(required, measure)
    if value is None or value < needed * (1 - tolerance / 100):
        return say(Span(f"{FAILED} {amount(measure, value)}", "bad"))
    return say(good(f"{DONE} "), amount(measure, value))


def _location(required: Requirement) -> Line:
    return say(quiet(label("location") + " "), required.location or warn(_("still open")))


def _placed(found: Evidence | None, required: Requirement) -> Line:
    if found is None:
        return say()
    if _words(found.location) == _words(required.location):
        return say(good(f"{DONE} "), _("as required"))
    return say(Span(f"{FAILED} {found.location or _('not recorded')}", "bad"))


def _words(text: str | None) -> str:
    return "".join((text or "").split())


def _progress(found: Evidence | None) -> Line:
    if found is None:
        return say(quiet(_("none yet")))
    built = say("  ", good(f"{DONE} "), _("built")) if found.built else say()
    return say(f"{found.percent or 0} %", built)


def closing_section(view: CaseView, names: Names) -> Page:
    """Handover, title and asset entry, once the case has come to them."""
    case = view.case
    if not any(_reached(case, kind, Stage.HANDOVER) for kind in ("hand_over", "title", "asset_entry")):
        return ()
    columns = (
        Column(_("facility"), least=12, head=True),
        *(Column(label(kind), least=16) for kind in ("hand_over", "title", "asset_entry")),
    )
    rows = [_closing(f, case, names) for f in case.owed()]
    return section(_("Handover and registration"), table(columns, rows))


def _closing(facility: Facility, case: Case, names: Names) -> Row:
    name = facility.facility
    ours = case.requirement(name).ownership == "government"
    return (
        say(strong(names.facility(name))),
        _paper(case.latest(name, "hand_over"), ours),
        _title(case.latest(name, "title"), case.requirement(name)),
        _paper(case.latest(name, "asset_entry"), ours),
    )


def _paper(found: Evidence | None, asked: bool) -> Line:
    if found is None:
        return say(quiet(_("none yet") if asked else _("not applicable")))
    user = say(_(", used by "), found.user) if found.user else say()
    return say(good(f"{DONE} "), found.reference or "", user, " ", quiet(found.happened_on))


def _title(found: Evidence | None, required: Requirement) -> Line:
    if found is None:
        return say(quiet(_("none yet")))
    if found.ownership != required.ownership:
        return say(Span(f"{FAILED} {label(found.ownership or '')}", "bad"), " ", found.reference or "")
    text = found.reference or _("exempt: ") + (found.exemption or "")
    return say(good(f"{DONE} "), text, " ", quiet(found.happened_on))
