"""The row of departments: who has answered what, and what changed since."""

from __future__ import annotations

from states.facts import IN_THE_PLACE_OF, SignOff
from views.differences import difference_lines
from views.labels import label
from views.language import _
from views.names import Names
from views.page import (
    DONE,
    FAILED,
    NOTHING,
    WAITING,
    Column,
    Line,
    Page,
    Row,
    Span,
    joined,
    quiet,
    say,
    section,
    table,
    warn,
)
from workflow.results import CaseView, DepartmentAnswer

#: How an answer is marked and coloured.
MARKS: dict[str, tuple[str, str]] = {
    "stands": (DONE, "good"),
    "objection": (FAILED, "bad"),
    "sign_off_stale": (WAITING, "warn"),
    "sign_off_invalid": (FAILED, "bad"),
    "sign_off_missing": (NOTHING, "quiet"),
}


def sign_off_section(view: CaseView, names: Names) -> Page:
    """Every department asked, and the optional ones that answered."""
    columns = (
        Column("", head=True),
        Column(_("department"), least=14, head=True),
        Column(_("answer"), least=12),
        Column(_("day")),
        Column(_("remark"), least=16),
    )
    asked = [a for a in view.answers if a.asked]
    agreed = sum(a.state == "stands" for a in asked)
    note = _("{done} of {all}").format(done=agreed, all=len(asked))
    rows = [_row(answer, view, names) for answer in view.answers]
    return section(_("Sign-offs"), table(columns, rows), note=say(quiet(note)))


def _row(answer: DepartmentAnswer, view: CaseView, names: Names) -> Row:
    mark, style = MARKS.get(answer.state, (NOTHING, ""))
    return (
        say(Span(mark, style)),
        say(names.organisation(answer.department)),
        say(Span(state_text(answer), style)),
        say(quiet(answer.happened_on or "")),
        joined(_remarks(answer, view, names), "\n"),
    )


def state_text(answer: DepartmentAnswer) -> str:
    """The verdict where it stands, else what is wrong with it."""
    if answer.state == "stands" and answer.verdict:
        return label(answer.verdict)
    if answer.state == "sign_off_missing" and not answer.asked:
        return _("not signed (may sign)")
    return label(answer.state)


def _remarks(answer: DepartmentAnswer, view: CaseView, names: Names) -> list[Line]:
    """What was said and what it asks for; for a stale answer, what became different."""
    given = view.case.sign_off(answer.department)
    lines = [*_provenance(answer), *difference_lines(answer.changes, names)]
    said = say(answer.text or "")
    if given and given.verdict == "object":
        return lines + _objection(given)
    return lines + ([said] if said else [])


def _provenance(answer: DepartmentAnswer) -> list[Line]:
    """How an answer came here, where not straight from the department's leader."""
    lines = []
    if answer.letter:
        lines.append(say(warn(_("recorded from letter {letter}").format(letter=answer.letter))))
    if answer.drafted_by:
        lines.append(say(warn(_("draft of {name} waits for the leader").format(name=answer.drafted_by))))
    if answer.signed_by and IN_THE_PLACE_OF in answer.signed_by:
        lines.append(say(quiet(answer.signed_by)))
    return lines


def _objection(given: SignOff) -> list[Line]:
    parts = (("", given.reason), (_("basis: "), given.basis), (_("asks for: "), given.requested_change))
    return [say(quiet(name), text) for name, text in parts if text]
