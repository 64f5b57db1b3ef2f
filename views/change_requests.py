"""Change requests: what each alters, who has consented, which papers still state what was before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from states.changes import terms_of
from states.facts import ChangeRequest
from views.differences import particular_label, value_text
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
    bad,
    good,
    joined,
    quiet,
    say,
    section,
    table,
    warn,
)
from workflow.results import CaseView


def change_section(view: CaseView, names: Names) -> Page:
    """Every change request: what it alters, who has consented, what became of it."""
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("change"), least=18, head=True),
        Column(_("document and reason"), least=12),
        Column(_("consents"), least=16),
        Column(_("state"), least=8),
    )
    rows = [_change(found, view, names) for found in view.case.changes]
    kinds = _(", ").join(names.document(kind) for kind in view.to_amend)
    amend = _("papers that still state the requirements before the change: {kinds}").format(kinds=kinds)
    told = (Paragraph(say(warn(f"{WAITING} "), amend), 2, 2),) if view.to_amend else ()
    return section(_("Change requests"), table(columns, rows), *told) if rows else ()


def _change(found: ChangeRequest, view: CaseView, names: Names) -> Row:
    style = {"proposed": warn, "applied": good}.get(found.status, quiet)
    state = joined((style(label(found.status)), quiet(found.ended_on or found.happened_on)), "\n")
    return (
        say(str(found.number)),
        joined(_terms(found, names), "\n"),
        joined((found.document, quiet(found.reason)), "\n"),
        joined(_consents(found, view, names), "\n"),
        state,
    )


def _terms(found: ChangeRequest, names: Names) -> Iterator[Line]:
    terms = terms_of(found)
    for facility, values in terms.facilities.items():
        yield say(names.facility(facility), _(": "), quiet(_values(values, names)))
    for facility in terms.removals:
        yield say(names.facility(facility), _(": "), warn(_("no longer provided here")))
    for decision in terms.decisions:
        yield say(names.category(decision["category"]), _(": "), label(decision["decision"]))
    for field, value in terms.project.items():
        yield say(quiet(particular_label(field) + " "), value)


def _values(values: Mapping[str, Any], names: Names) -> str:
    return _("; ").join(f"{particular_label(name)} {value_text(name, value, names)}" for name, value in values.items())


def _consents(found: ChangeRequest, view: CaseView, names: Names) -> Iterator[Line]:
    given = {c.department: c for c in view.case.consents if c.change == found.number}
    for department in dict.fromkeys((*view.consenting.get(found.number, ()), *given)):
        consent = given.get(department)
        if consent is None:
            yield say(quiet(f"- {names.organisation(department)}"))
        elif consent.verdict == "agree":
            yield say(good(f"{DONE} "), names.organisation(department))
        else:
            yield say(bad(f"{FAILED} "), names.organisation(department), quiet(_(": ") + (consent.reason or "")))
