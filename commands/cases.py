"""Questions about cases: they ask one query and show the answer, and change nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.frame import CASE, NUMBER, Own, Settings, argument, needs
from commands.lifecycle import diagram
from commands.output import note, present, say, write_new
from views.language import _

if TYPE_CHECKING:
    from views.names import Names
    from views.page import Page


def _inbox(shared: Settings) -> None:
    from views.lists import inbox_page
    from workflow import queries

    office = shared.office()
    organisation = queries.whoami(office, shared.token)
    found = queries.inbox(office, organisation)
    page = partial(inbox_page, found, organisation=organisation)
    present(shared, found, queries.current_rules(office), page)


def _case_list(shared: Settings, stage: str | None, town: str | None) -> None:
    from views.lists import cases_page
    from workflow import queries

    office = shared.office()
    found = queries.lines(office, stage, town)
    present(shared, found, queries.current_rules(office), partial(cases_page, found))


def _case_show(shared: Settings, case: str) -> None:
    from views.case import case_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    present(shared, view, rules, partial(case_page, view))


def _case_why(shared: Settings, case: str, suppositions: tuple[str, ...]) -> None:
    """Exits with 3 while the case is blocked."""
    from views.why import why_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case, suppositions)
    if suppositions:
        note(_("Supposed only; nothing was recorded: {what}").format(what=", ".join(suppositions)))
    present(shared, view, rules, partial(why_page, view))
    if view.obstacles:
        raise SystemExit(3)


def _case_plan(shared: Settings, case: str) -> None:
    from views.plan import plan_page
    from workflow import queries

    view, steps, rules = queries.plan(shared.office(), case)
    present(shared, list(steps), rules, partial(plan_page, view, steps))


def _case_thread(shared: Settings, case: str, facility: str | None) -> None:
    from views.page import Gap
    from views.thread import thread_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    wanted = [view.case.facility(facility)] if facility else view.case.owed()
    facts = view.case
    found = {
        f.facility: {
            "requirements": [r for r in facts.requirements if r.facility == f.facility],
            "evidence": [e for e in facts.evidence if e.facility == f.facility],
        }
        for f in wanted
    }

    def page(names: Names) -> Page:
        return tuple(b for f in wanted for b in (*thread_page(facts, f.facility, names), Gap()))

    present(shared, found, rules, page)


def case_history(shared: Settings, case: str | None = None) -> None:
    """The entries of one case, or of all."""
    from views.chronicle import history_page
    from workflow import queries

    office = shared.office()
    found = queries.history(office, case)
    page = partial(history_page, found, several=case is None)
    present(shared, found, queries.current_rules(office), page)


def _case_diagram(shared: Settings, case: str) -> None:
    from workflow import queries

    view, _rules = queries.view(shared.office(), case)
    diagram(shared, view.case.stage)


def _document_list(shared: Settings, case: str) -> None:
    from views.lists import documents_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    present(shared, list(view.case.documents), rules, partial(documents_page, view))


def _document_get(shared: Settings, case: str, number: int, output: str | None) -> None:
    from states.errors import NotFound
    from workflow import queries

    found, content = queries.document(shared.office(), case, str(number))
    if content is None or found.filename is None:
        raise NotFound("document_without_file", {"number": number})
    path = Path(output or Path(found.filename).name)
    write_new(path, content)
    say(shared, {"path": str(path), "size": len(content), "sha256": found.file}, str(path))


OWN: Own = {
    "inbox": (_inbox, needs()),
    "case list": (
        _case_list,
        needs(
            lambda: click.Option(["--stage"], metavar=_("TEXT"), help=_("only cases in this stage")),
            lambda: click.Option(["--town"], metavar=_("TEXT"), help=_("only cases of this town")),
        ),
    ),
    "case show": (_case_show, needs(CASE)),
    "case why": (
        _case_why,
        needs(
            CASE,
            lambda: click.Option(
                ["--if", "suppositions"],
                metavar=_("TEXT"),
                multiple=True,
                help=_("suppose this first; may be repeated (see the guides)"),
            ),
        ),
    ),
    "case plan": (_case_plan, needs(CASE)),
    "case thread": (_case_thread, needs(CASE, argument("facility", required=False))),
    "case history": (case_history, needs(CASE)),
    "case diagram": (_case_diagram, needs(CASE)),
    "document list": (_document_list, needs(CASE)),
    "document get": (
        _document_get,
        needs(
            CASE,
            NUMBER,
            lambda: click.Option(["--output"], metavar=_("FILE"), help=_("where to write it")),
        ),
    ),
}
