"""``case show``: everything about one case on one page, and at its end who must do what next."""

from __future__ import annotations

from states.facts import Case, Visit
from states.project import OPTIONAL, Stage, skips
from views.change_requests import change_section
from views.exceptions import exception_section, letter_section
from views.facilities import closing_section, facility_section, standard_section
from views.labels import label, stage_label
from views.language import _, ngettext
from views.limits import limit_section
from views.names import Names
from views.page import DONE, FAILED, Block, Flow, Gap, Line, Page, Paragraph, Title, joined, quiet, say, strong, warn
from views.records import condition_section, decision_section, document_section, hearing_section, item_section
from views.signs import sign_off_section
from views.steps import step_blocks
from views.wording import warning_text
from workflow.results import CaseView, OnParcel

#: The stages as a project passes them.
PATH = tuple(stage for stage in Stage if stage is not Stage.TERMINATED)


def case_page(view: CaseView, names: Names) -> Page:
    """The whole page."""
    names = names.of(view.case)
    return (
        *header(view.case, names),
        *_on_parcel(view),
        Gap(),
        strip(view.case),
        *_standing(view),
        *sign_off_section(view, names),
        *limit_section(view, names),
        *facility_section(view, names),
        *standard_section(view, names),
        *closing_section(view, names),
        *change_section(view, names),
        *decision_section(view, names),
        *exception_section(view, names),
        *letter_section(view, names),
        *condition_section(view, names),
        *hearing_section(view, names),
        *item_section(view, names),
        *document_section(view, names),
        *step_blocks(view, names),
    )


def header(case: Case, names: Names) -> Page:
    """Name, number, and what kind of project it is."""
    households = ngettext("{n} household", "{n} households", case.households).format(n=case.households)
    facts = (
        names.project_kind(case.kind),
        names.organisation(case.town),
        households,
        _("parcel {parcel}").format(parcel=case.parcel),
    )
    blocks: list[Block] = [
        Title(say(strong(case.name)), say(strong(case.id))),
        Flow(tuple(say(fact) for fact in facts), _(" · ")),
    ]
    more = [line for line in (_developer(case), _plan(case)) if line]
    return (*blocks, *(Paragraph(line, 0, 2) for line in more))


def _developer(case: Case) -> Line:
    if not case.developer:
        return ()
    code = _(" ({code})").format(code=case.developer_code) if case.developer_code else ""
    return say(quiet(_("developer ")), case.developer, code)


def _on_parcel(view: CaseView) -> Page:
    """The cases that had the parcel before and after this one, and how they stand."""
    own = (view.case.opened_on, view.case.recorded_at, view.case.id)
    lines = [
        (
            _("later on this parcel: ")
            if (other.opened_on, other.recorded_at, other.case) > own
            else _("earlier on this parcel: "),
            other,
        )
        for other in view.on_parcel
    ]
    return tuple(Paragraph(say(quiet(when), parcel_text(other)), 0, 2) for when, other in lines)


def parcel_text(other: OnParcel) -> str:
    """A case on the same parcel, by number and name, and where it stands or how it ended."""
    return _("{case} {project}: {stage}").format(case=other.case, project=other.project, stage=stage_label(other.stage))


def _plan(case: Case) -> Line:
    return say(quiet(_("regulatory detailed plan ")), case.regulatory_plan) if case.regulatory_plan else ()


def strip(case: Case) -> Flow:
    """All stages in a row: done, present, ahead; optional or skipped ones say so."""
    last = _last_stage(case)
    items = [_stage(stage, case, last) for stage in PATH if case.stage != Stage.TERMINATED or _seen(stage, case)]
    if case.stage == Stage.TERMINATED:
        items.append(say(warn(f"{FAILED} {stage_label(case.stage)}")))
    return Flow(tuple(items), " > ")


def _last_stage(case: Case) -> Stage:
    """Where the case stands; for a terminated one, where it stood."""
    if case.stage == Stage.TERMINATED and len(case.visits) > 1:
        return Stage(case.visits[-2].stage)
    return Stage(case.stage)


def _seen(stage: Stage, case: Case) -> bool:
    return any(v.stage == stage for v in case.visits)


def _stage(stage: Stage, case: Case, last: Stage) -> Line:
    name = stage_label(stage)
    if stage == case.stage:
        return say(strong(f"[{name}]"))
    if stage in OPTIONAL or PATH.index(stage) < PATH.index(Stage(case.entry_stage)):
        return _aside(stage, case, last, name)
    if PATH.index(stage) < PATH.index(last):
        return say(quiet(f"{DONE} {name}"))
    return say(name)


def _aside(stage: Stage, case: Case, last: Stage, name: str) -> Line:
    """An optional stage, or one before the case was opened."""
    if _seen(stage, case):
        return say(quiet(f"{DONE} {name}"))
    if stage in OPTIONAL and PATH.index(last) < PATH.index(stage):
        return say(quiet(_("{stage} (if asked for)").format(stage=name)))
    return say(quiet(_("{stage} (not applicable)").format(stage=name)))


def _standing(view: CaseView) -> Page:
    """Since when the case stands where it does, and anything unusual about it."""
    case = view.case
    lines = [_since(case, case.visits[-1])]
    if case.suspension:
        text = _("suspended since {day}: {reason}").format(day=case.suspension.from_on, reason=case.suspension.reason)
        lines.append(say(warn(text)))
    if case.attempt > 1:
        lines.append(say(_("land deal: attempt {n}").format(n=case.attempt)))
    if skips(case.entry_stage, "standards") and case.document("planning_conditions") is None:
        lines.append(say(warn(warning_text("standards_unknown"))))
    if not view.configuration_is_current:
        lines.append(say(quiet(_("follows an earlier configuration"))))
    return tuple(Paragraph(line) for line in lines)


def _since(case: Case, visit: Visit) -> Line:
    parts = [_("since {day}").format(day=visit.entered_on)]
    if visit.visit > 1:
        parts.append(_("visit {n}").format(n=visit.visit))
    if visit.buildings:
        parts.append(visit.buildings)
    if visit.households:
        parts.append(ngettext("{n} household", "{n} households", visit.households).format(n=visit.households))
    if case.round_is_open:
        parts.append(_("round {n} open since {day}").format(n=case.round, day=case.rounds[-1].opened_on))
    elif case.round:
        end = case.rounds[-1]
        parts.append(
            _("round {n} closed on {day}: {why}").format(
                n=case.round, day=end.closed_on, why=label(end.closed_by or "")
            )
        )
    return joined((quiet(part) for part in parts), _(" · "))
