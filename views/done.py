"""What an action prints: what was done, where the case now stands, what to know, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from views.case import parcel_text
from views.facilities import progress_line
from views.fields import field_label
from views.labels import action_label, stage_label
from views.language import N_, _
from views.names import Names
from views.page import DONE, WAITING, Block, Line, Page, Paragraph, good, joined, quiet, say, strong, warn
from views.steps import step_blocks
from views.wording import listed, warning_text
from workflow.results import CaseView, Done


def done_page(done: Done, names: Names, view: CaseView | None = None) -> Page:
    """``view`` is the case after the action; without it nothing is said about what comes next."""
    blocks: list[Block] = [Paragraph(_headline(done, view), 0, 2), Paragraph(_place(done, view), 2)]
    if view and done.action == "facility progress" and not (done.dry_run or done.repeated):
        report = view.case.evidence[-1]
        told = say(names.of(view.case).facility(report.facility), _(": "), progress_line(view.case, report))
        blocks.append(Paragraph(told, 2, 2))
    if done.draft:
        blocks.append(Paragraph(say(warn(f"{WAITING} " + _("a draft; it counts once a leader issues it"))), 2, 2))
    for change in done.normalised:
        text = _("{field}: “{typed}” stored as “{stored}”").format(
            field=field_label(change.field), typed=change.typed, stored=change.stored
        )
        blocks.append(Paragraph(say(text), 2, 2))
    blocks += [Paragraph(say(warn(f"{WAITING} {warning_text(code)}")), 2, 2) for code in done.warnings]
    for other in done.earlier:
        used = _("the parcel was used before: {other}").format(other=parcel_text(other))
        blocks.append(Paragraph(say(warn(f"{WAITING} {used}")), 2, 2))
    if done.repeated:
        blocks.append(Paragraph(say(quiet(_("done before under this request id; nothing was done again"))), 2))
    if done.dry_run:
        return (*blocks, Paragraph(say(warn(f"{WAITING} " + _("only tried: nothing was recorded"))), 2))
    blocks.append(Paragraph(say(quiet(_("journal entry {n}, {hash}").format(n=done.entry, hash=done.hash[:12]))), 2))
    return (*blocks, *(step_blocks(view, names.of(view.case)) if view else ()))


def _headline(done: Done, view: CaseView | None) -> Line:
    number = _(" no. {n}").format(n=done.number) if done.number is not None else ""
    project = quiet(view.case.name) if view else quiet("")
    return say(good(f"{DONE} "), strong(action_label(done.action) + number), "  ", done.case, "  ", project)


def _place(done: Done, view: CaseView | None) -> Line:
    parts = [_("stage: {stage}").format(stage=stage_label(done.stage))]
    if done.round:
        # After a dry run the case is as it was before; what would become of the round is not said.
        closed = view and not done.dry_run and view.case.round == done.round and not view.case.round_is_open
        parts.append((_("round {n} closed") if closed else _("round {n}")).format(n=done.round))
    return joined(parts, _(" · "))


#: What a project's record may hold beside its registration.
_SECTIONS = {
    "rounds": N_("rounds of sign-offs"),
    "presale": N_("presale consultation"),
    "documents": N_("documents"),
    "milestones": N_("milestones"),
    "deadline_checks": N_("checks of time limits"),
    "final_state": N_("how it ended"),
    "phases": N_("building phases"),
    "designation": N_("designation of a competent department"),
    "other_commercial_gfa_m2": N_("other commercial floor area in square metres"),
}


def left_aside_text(sections: Iterable[str]) -> str:
    """What a record held that the registration does not take; a section unknown here by its own name."""
    words = listed(_(_SECTIONS.get(section, section)) for section in sections)
    return _("Left aside, to be entered as it happens: {sections}").format(sections=words)
