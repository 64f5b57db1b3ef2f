"""What was decided beside the rule and recorded from paper: shown for ever."""

from __future__ import annotations

from states.facts import Case, ExceptionDecision, PaperReply
from views.labels import label, stage_label
from views.language import _
from views.names import Names
from views.page import (
    WAITING,
    Column,
    Page,
    Paragraph,
    Row,
    bad,
    joined,
    quiet,
    say,
    section,
    table,
    warn,
)
from views.wording import obstacle_name, obstacle_text
from workflow.results import CaseView


def exception_section(view: CaseView, names: Names) -> Page:
    """Every decision that lifted an obstacle, whether or not it still reaches one."""
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("lifts"), least=18, head=True),
        Column(_("decided by"), least=12),
        Column(_("document and reason"), least=16),
    )
    effective = {lifted.exception for lifted in view.lifted}
    rows = [_exception(found, found.number in effective, names) for found in view.case.exceptions]
    return section(_("Decisions on exceptions"), table(columns, rows))


def _exception(found: ExceptionDecision, effective: bool, names: Names) -> Row:
    where = _("{stage}, visit {n}").format(stage=stage_label(found.stage), n=found.visit)
    rule = names.rules.exceptions.get(found.kind)
    kind = names.of_rule(rule.name) if rule else found.kind
    state = warn(f"{WAITING} " + _("takes effect")) if effective else quiet("")
    return (
        say(str(found.number)),
        joined((obstacle_name(found.lifts, names), quiet(kind), quiet(where), state), "\n"),
        joined((names.organisation(found.body), quiet(found.decided_by), quiet(found.happened_on)), "\n"),
        joined((found.document, quiet(found.reason)), "\n"),
    )


def letter_section(view: CaseView, names: Names) -> Page:
    """Every letter that a lead recorded, in whatever stage, and what became of it."""
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("department"), least=12, head=True),
        Column(_("letter"), least=16),
        Column(_("recorded by"), least=12),
        Column(_("state"), least=10),
    )
    rows = [_letter(found, view.case, names) for found in view.case.paper_replies]
    command = _("the scan: {command}").format(command=f"peijian document get {view.case.id} 1 --letter")
    return section(_("Recorded letters"), table(columns, rows), Paragraph(say(quiet(command)), 2)) if rows else ()


def _letter(found: PaperReply, case: Case, names: Names) -> Row:
    given = case.sign_offs[found.sign_off - 1]
    state = bad(label("contested")) if found.contested_on else quiet(label(given.status))
    who, _at, organisation = found.recorded_by.rpartition("@")
    return (
        say(str(found.number)),
        joined((names.organisation(found.department), quiet(stage_label(given.stage))), "\n"),
        joined((found.letter, quiet(found.letter_on), quiet(found.filename)), "\n"),
        joined((names.organisation(organisation), quiet(who), quiet(found.recorded_on)), "\n"),
        joined((label(given.verdict), state, quiet(found.contested_on or ""), quiet(found.reason or "")), "\n"),
    )


def lifted_blocks(view: CaseView, names: Names) -> Page:
    """``case why``: what would be in the way, but for a decision."""
    decided = {found.number: found for found in view.case.exceptions}
    lines = [
        say(
            warn(f"{WAITING} "),
            obstacle_text(lifted.obstacle, names),
            " ",
            quiet(
                _("lifted by decision {n} of {body}, {document}").format(
                    n=lifted.exception,
                    body=names.organisation(decided[lifted.exception].body),
                    document=decided[lifted.exception].document,
                )
            ),
        )
        for lifted in view.lifted
    ]
    return section(_("Lifted by decision"), *(Paragraph(line, 2, 2) for line in lines)) if lines else ()
