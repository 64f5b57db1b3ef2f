"""The facilities: what must be beside what is, and what closes each of them."""

from __future__ import annotations

from itertools import zip_longest

from states.comparison import in_place, suffices
from states.facts import MEASURES, Case, Evidence, Facility, Measure, Requirement
from states.project import Stage
from views.differences import scale
from views.labels import label
from views.language import _
from views.names import Names
from views.page import (
    DONE,
    FAILED,
    WAITING,
    Column,
    Line,
    Page,
    Paragraph,
    Row,
    Table,
    bad,
    good,
    joined,
    quiet,
    say,
    section,
    strong,
    table,
    warn,
)
from views.wording import amount, obstacle_text
from workflow.results import CaseView

_ORDER = tuple(Stage)


#: Evidence in its order, each with the stage from which on it is looked for.
_EVIDENCE = (("drawings", Stage.PERMIT), ("progress", Stage.CONSTRUCTION), ("measurement", Stage.CONSTRUCTION))


def facility_section(view: CaseView, names: Names) -> Page:
    """Requirement and evidence of every facility."""
    owed = view.case.owed()
    return section(_("Facilities"), facility_table(view, names, owed), note=say(quiet(str(len(owed)))))


def standard_section(view: CaseView, names: Names) -> Page:
    """What a project that entered late owes less than the standards of its planning conditions."""
    lines = [say(warn(f"{WAITING} "), obstacle_text(found, names)) for found in view.below_standard]
    return section(_("Below standard"), *(Paragraph(line, 2, 2) for line in lines)) if lines else ()


def facility_table(view: CaseView, names: Names, facilities: tuple[Facility, ...]) -> Table:
    """Requirement, drawings, progress and survey; columns appear once the case has come so far."""
    kinds = [kind for kind, stage in _EVIDENCE if _reached(view.case, kind, stage)]
    columns = (
        Column(_("facility"), least=12, head=True),
        Column(_("requirement"), least=19, by_row=True),
        *(Column(label(kind), least=8 if kind == "progress" else 13, by_row=kind != "progress") for kind in kinds),
    )
    return Table(columns, tuple(_group(facility, view, names, kinds) for facility in facilities), spaced=True)


def _reached(case: Case, kind: str, stage: Stage) -> bool:
    """Whether evidence of a kind exists, or is due in the present stage."""
    passed = case.stage != Stage.TERMINATED and _ORDER.index(Stage(case.stage)) >= _ORDER.index(stage)
    return passed or any(e.kind == kind for e in case.evidence)


def _group(facility: Facility, view: CaseView, names: Names, kinds: list[str]) -> tuple[Row, ...]:
    """One row per measure and one for the location; the facility's own data run down the first column."""
    required = view.case.requirement(facility.facility)
    measures = [m for m in MEASURES if getattr(required, m) is not None]
    asked = [scale(m, getattr(required, m)) for m in measures] or [say(warn(_("scale still open")))]
    columns = [_heads(facility, required, view, names), [*asked, _location(required)]]
    for kind in kinds:
        found = view.case.latest(facility.facility, kind)
        if found is None:
            columns.append([say(quiet(_("none yet")))])
        elif kind == "progress":
            columns.append([_progress(found)])
        else:
            tolerance = 0 if kind == "drawings" else names.rules.measured_tolerance_percent
            held = [_measure(found, required, m, tolerance) for m in measures] or [say()]
            columns.append([*held, _placed(found, required)])
    return tuple(zip_longest(*columns, fillvalue=()))


def _heads(facility: Facility, required: Requirement, view: CaseView, names: Names) -> list[Line]:
    department = view.competent.get(facility.facility)
    who = say(quiet(names.organisation(department))) if department else say(warn(_("nobody competent")))
    owner = say(quiet(label(required.ownership))) if required.ownership else say(warn(_("ownership still open")))
    return [say(strong(names.facility(facility.facility))), who, owner]


def _measure(found: Evidence, required: Requirement, measure: Measure, tolerance: float) -> Line:
    """The measure in the evidence, and whether it suffices."""
    value = getattr(found, measure)
    if not suffices(found, required, measure, tolerance):
        return say(bad(f"{FAILED} {amount(measure, value)}"))
    return say(good(f"{DONE} "), amount(measure, value))


def _location(required: Requirement) -> Line:
    return say(quiet(label("location") + " "), required.location or warn(_("still open")))


def _placed(found: Evidence, required: Requirement) -> Line:
    if in_place(found, required):
        return say(good(f"{DONE} "), _("as required"))
    return say(bad(f"{FAILED} {found.location or _('not recorded')}"))


def _progress(found: Evidence) -> Line:
    return say(good(f"{DONE} "), _("built")) if found.built else say(f"{found.percent or 0} %")


def progress_line(case: Case, row: Evidence) -> Line:
    """What a report of progress says: ``60 %``, built, or that it takes an earlier report of that back."""
    earlier = (row.facility, "progress", row.number - 1)
    taken_back = not row.built and any(e.built for e in case.evidence if (e.facility, e.kind, e.number) == earlier)
    word = good(_("built")) if row.built else warn(_("no longer reported built") if taken_back else "")
    return joined((f"{row.percent} %", word), _(" · "))


def closing_section(view: CaseView, names: Names, facilities: tuple[Facility, ...] | None = None) -> Page:
    """Handover, title and asset entry of all or of some facilities, once the case has come to them."""
    case = view.case
    if not any(_reached(case, kind, Stage.HANDOVER) for kind in ("hand_over", "title", "asset_entry")):
        return ()
    columns = (
        Column(_("facility"), least=12, head=True),
        *(Column(label(kind), least=16) for kind in ("hand_over", "title", "asset_entry")),
    )
    rows = [_closing(f, case, names) for f in (case.owed() if facilities is None else facilities)]
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
        return say(bad(f"{FAILED} {label(found.ownership or '')}"), " ", found.reference or "")
    text = found.reference or _("exempt: ") + (found.exemption or "")
    return say(good(f"{DONE} "), text, " ", quiet(found.happened_on))
