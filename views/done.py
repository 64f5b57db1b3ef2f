"""What an action prints: what was done, where the case now stands, what to know, and what comes next."""

from __future__ import annotations

from views.case import parcel_text
from views.fields import field_label
from views.labels import action_label, stage_label
from views.language import _
from views.names import Names
from views.page import DONE, WAITING, Block, Line, Page, Paragraph, good, joined, quiet, say, strong, warn
from views.steps import step_blocks
from views.wording import warning_text
from workflow.results import CaseView, Done


def done_page(done: Done, names: Names, view: CaseView | None = None) -> Page:
    """``view`` is the case after the action; without it nothing is said about what comes next."""
    blocks: list[Block] = [Paragraph(_headline(done, view), 0, 2), Paragraph(_place(done), 2)]
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


def _place(done: Done) -> Line:
    parts = [_("stage: {stage}").format(stage=stage_label(done.stage))]
    if done.round:
        parts.append(_("round {n}").format(n=done.round))
    return joined(parts, _(" · "))
