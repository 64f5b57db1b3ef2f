"""The other records of a case: decisions, conditions, opinions heard, documents, rectification."""

from __future__ import annotations

from policies.building import is_open
from states.facts import Case, CategoryDecision, Condition, Document, Hearing, RectificationItem
from states.project import Stage
from views.labels import label, stage_label
from views.language import _
from views.names import Names
from views.page import (
    DONE,
    WAITING,
    Column,
    Line,
    Page,
    Row,
    Span,
    Table,
    good,
    joined,
    quiet,
    say,
    section,
    table,
    warn,
)
from views.steps import question
from workflow.results import CaseView


def decision_section(view: CaseView, names: Names) -> Page:
    """The seven categories; the last decision on each."""
    columns = (Column(_("category"), least=14, head=True), Column(_("decision")), Column(_("basis"), least=16))
    rows = [_decision(c, view.case.decision(c), names) for c in names.rules.categories]
    return section(_("Category decisions"), table(columns, rows))


def _decision(category: str, made: CategoryDecision | None, names: Names) -> Row:
    if made is None:
        return say(names.category(category)), say(warn(_("undecided"))), say()
    plan = _("special plan: ") + made.special_plan if made.special_plan else ""
    other = _("instead of a special plan: ") + made.substitute_basis if made.substitute_basis else ""
    basis = joined((made.link or "", made.basis or "", plan, other), _("; "))
    return say(names.category(category)), say(label(made.decision)), basis


def condition_section(view: CaseView, names: Names) -> Page:
    """The conditions of conditional agreements; those of replaced sign-offs stay visible."""
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("condition"), least=16, head=True),
        Column(_("set by"), least=8),
        Column(_("responsible"), least=8),
        Column(_("due"), least=10),
        Column(_("state"), least=8),
    )
    return section(_("Conditions"), table(columns, [_condition(c, names) for c in view.case.conditions]))


def _condition(found: Condition, names: Names) -> Row:
    style = {"open": "warn", "discharged": "good"}.get(found.status, "struck")
    body = "struck" if style == "struck" else ""
    state = say(Span(label(found.status), "quiet" if body else style), " ", quiet(found.ended_on or ""))
    return (
        say(str(found.number)),
        joined((Span(found.text, body), Span(found.note or "", "quiet")), _("; ")),
        say(names.organisation(found.department)),
        say(names.organisation(found.responsible)),
        joined((found.due_on, quiet(stage_label(found.due_stage))), "\n"),
        state,
    )


def hearing_section(view: CaseView, names: Names) -> Page:
    """Opinions of experts and the public, each with the reply."""
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("who was heard"), least=12, head=True),
        Column(_("opinion"), least=8),
        Column(_("content and reply"), least=20),
    )
    return section(_("Opinions of experts and the public"), table(columns, map(_hearing, view.case.hearings)))


def _hearing(found: Hearing) -> Row:
    who = _headed(label(found.kind), found.capacity)
    where = quiet(joined_text(stage_label(found.stage), found.happened_on))
    if found.disposition:
        reply = _headed(good(label(found.disposition)), found.reply or "")
    else:
        reply = say(warn(_("no reply yet")))
    return (
        say(str(found.number)),
        joined((who, where), "\n"),
        say(label(found.opinion)),
        joined((found.text or quiet(_("no remarks")), reply), "\n"),
    )


def _headed(word: str | Span, text: str) -> Line:
    """``expert: planning``; the word is not said twice where the text begins with it."""
    span = Span(word) if isinstance(word, str) else word
    if text.startswith(span.text):
        return say(Span(span.text, span.style), text.removeprefix(span.text))
    return say(span, _(": "), text)


def joined_text(*parts: str) -> str:
    """The parts that are not empty, with a dot between."""
    return _(" · ").join(part for part in parts if part)


def document_table(case: Case, names: Names) -> Table:
    """Every paper of the case; one that a later event ended is struck and says so."""
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("document"), least=12, head=True),
        Column(_("number"), least=26),
        Column(_("date")),
        Column(_("issuer"), least=10),
        Column(_("file"), least=8),
    )
    return table(columns, [_document(d, names) for d in case.documents])


def _document(found: Document, names: Names) -> Row:
    style = "struck" if found.voided else ""
    ended = _("ended: {why}").format(why=label(found.voided)) if found.voided else ""
    kind = joined((Span(names.document(found.kind), style), quiet(found.title or ""), warn(ended)), "\n")
    file = joined((found.filename or "", quiet(_size(found.size))), " ")
    return (
        say(str(found.number)),
        kind,
        say(Span(found.reference, style)),
        say(Span(found.issued_on, style)),
        say(Span(names.organisation(found.issuer), style)),
        file or say(quiet(_("number only"))),
    )


def _size(size: int | None) -> str:
    if size is None:
        return ""
    return f"{size} B" if size < 1024 else f"{size / 1024:.0f} KB" if size < 1024**2 else f"{size / 1024**2:.1f} MB"


def document_section(view: CaseView, names: Names) -> Page:
    return section(_("Documents"), document_table(view.case, names))


def item_section(view: CaseView, names: Names) -> Page:
    """The items of written rectification opinions and the developer's answers."""
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("facility"), least=10, head=True),
        Column(_("fact, requirement and answer"), least=20),
        Column(_("objected by"), least=10),
        Column(_("deadline")),
        Column(_("state")),
    )
    rows = [_item(item, view, names) for item in view.case.items]
    return section(_("Rectification"), table(columns, rows))


def _item(item: RectificationItem, view: CaseView, names: Names) -> Row:
    answered = _("answer of {day}: ").format(day=item.answered_on)
    lines = (
        say(item.fact),
        say(quiet(_("required: ")), item.requirement),
        say(quiet(_("basis: ")), item.basis),
        say(quiet(answered), item.answer) if item.answer else (),
    )
    return (
        say(str(item.item)),
        joined((names.facility(item.facility), quiet(item.reference)), "\n"),
        joined(lines, "\n"),
        say(names.organisation(item.department)),
        say(item.deadline),
        _item_state(item, view, names),
    )


def _item_state(item: RectificationItem, view: CaseView, names: Names) -> Line:
    """Open until the objector agrees; the items of an acceptance that was concluded are closed."""
    case = view.case
    answered = _("answered") if item.answer else _("not answered")
    if case.stage == Stage.ACCEPTANCE and item.visit == case.visit:
        still = is_open(question(view, names), item)
        return say(warn(f"{WAITING} {answered}")) if still else say(good(f"{DONE} "), _("closed"))
    concluded = any((v.stage, v.visit, v.left_by) == (Stage.ACCEPTANCE, item.visit, "certify") for v in case.visits)
    return say(good(f"{DONE} "), _("closed")) if concluded else say(quiet(answered))
