"""Questions about cases: they ask one query and show the answer, and change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from commands.frame import CASE, NUMBER, Own, Settings, argument, needs, whole_number
from commands.lifecycle import diagram
from commands.output import deliver, export, note, present, say, today, write_new
from views.language import _

if TYPE_CHECKING:
    from views.lists import Part
    from views.names import Names
    from views.page import Page
    from workflow.office import Office

_PER_PAGE = 50
#: In working days: about a year.
_FARTHEST = 250
#: Those of ``workflow.searching``, which help shall not load; a test compares the two.
_SORTS = ("case", "project", "stage", "since", "obstacles", "due")


def _inbox(shared: Settings, csv: str | None, ics: str | None) -> None:
    from views import terminal
    from views.lists import inbox_page, inbox_sheet
    from views.names import Names
    from workflow import queries

    office = shared.office()
    organisation = queries.whoami(office, shared.token).organisation
    if ics:
        _limits_of(shared, office, organisation, ics)
        return
    found, rules = queries.inbox(office, organisation), queries.current_rules(office)
    if csv:
        export(shared, csv, inbox_sheet(found, Names(rules, today())), len(found))
    else:
        page = partial(inbox_page, found, organisation=organisation, asking=terminal.answers())
        present(shared, found, rules, page)


def _limits_of(shared: Settings, office: Office, organisation: str, target: str) -> None:
    """The limits and duties of an organisation as a calendar."""
    from views.ics import calendar_bytes
    from views.names import Names
    from workflow import due, queries

    found, rules = due.of_organisation(office, organisation), queries.current_rules(office)
    deliver(shared, "--ics", target, calendar_bytes(found, Names(rules, today()), organisation), len(found))


def _case_list(shared: Settings, page: int, per_page: int, csv: str | None, **wanted: Any) -> None:
    """All cases that are wanted into a file, or a page of them."""
    from views.lists import cases_page, cases_sheet
    from views.names import Names
    from views.naming import Meanings
    from workflow import queries
    from workflow.searching import Wanted

    if (within := wanted["due_within"]) is not None and not 0 <= within <= _FARTHEST:
        text = _("must not be less than {ge}") if within < 0 else _("must not be greater than {le}")
        raise click.BadParameter(text.format(ge=0, le=_FARTHEST), param_hint="--due-within")
    office = shared.office()
    rules = queries.current_rules(office)
    wanted = Meanings(rules).of(wanted)
    found = queries.lines(office, Wanted(**wanted))
    if csv:
        export(shared, csv, cases_sheet(found, Names(rules, today())), len(found))
        return
    part = _part(len(found), page, per_page, wanted)
    shown = found[(page - 1) * per_page : page * per_page]
    due = bool(wanted["overdue"]) or wanted["due_within"] is not None
    present(shared, shown, rules, partial(cases_page, shown, part=part, due=due))


def _part(total: int, page: int, per_page: int, wanted: Mapping[str, str | int | None]) -> Part:
    """Raises NotFound for a page behind the last."""
    from states.errors import NotFound
    from views.lists import Part

    if per_page < 1:
        raise click.BadParameter(_("must be greater than {gt}").format(gt=0), param_hint="--per-page")
    pages = max(1, -(-total // per_page))
    if not 1 <= page <= pages:
        raise NotFound("no_such_page", {"page": page, "pages": pages})
    given = {**wanted, "page": str(page + 1), "per_page": str(per_page)}
    usual = {"sort": "case", "per_page": str(_PER_PAGE)}
    words = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f" {quote(str(value))}")
        for name, value in given.items()
        if value not in (None, "", False) and value != usual.get(name)
    ]
    return Part(page, pages, total, " ".join(["peijian case list", *words]) if page < pages else None)


def _case_show(shared: Settings, case: str) -> None:
    from views.case import case_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    present(shared, view, rules, partial(case_page, view))


def _case_clock(shared: Settings, case: str, days: str | None) -> None:
    from views.limits import clock_page
    from workflow import queries

    view, rules = queries.clock(shared.office(), case, days)
    present(shared, view, rules, partial(clock_page, view))


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


def _document_list(shared: Settings, case: str, csv: str | None) -> None:
    from views.lists import documents_page, documents_sheet
    from views.names import Names
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    if csv:
        export(shared, csv, documents_sheet(view, Names(rules, today())), len(view.case.documents))
        return
    present(shared, list(view.case.documents), rules, partial(documents_page, view))


def _document_get(shared: Settings, case: str, number: int, letter: bool, output: str | None) -> None:
    from states.errors import NotFound
    from workflow import queries

    found, content = queries.document(shared.office(), case, str(number), letter)
    if content is None or found.filename is None:
        raise NotFound("document_without_file", {"number": number})
    path = Path(output or Path(found.filename).name)
    write_new(path, content.read())
    say(shared, {"path": str(path), "size": content.size, "sha256": found.file}, str(path))


def _csv() -> click.Parameter:
    return click.Option(
        ["--csv"], metavar=_("FILE"), help=_("write the whole list as CSV for Excel to this new file; - for stdout")
    )


OWN: Own = {
    "inbox": (
        _inbox,
        needs(
            _csv,
            lambda: click.Option(
                ["--ics"],
                metavar=_("FILE"),
                help=_("write my organisation's limits as a calendar (iCalendar) to this new file; - for stdout"),
            ),
        ),
    ),
    "case list": (
        _case_list,
        needs(
            lambda: click.Option(["--stage"], metavar=_("TEXT"), help=_("only cases in this stage")),
            lambda: click.Option(["--town"], metavar=_("TEXT"), help=_("only cases of this town")),
            lambda: click.Option(
                ["--department"],
                metavar=_("ORGANISATION"),
                help=_("only cases in which this organisation is asked, leads or has a facility"),
            ),
            lambda: click.Option(
                ["--blocked-by"],
                metavar=_("ORGANISATION"),
                help=_("only cases that wait for this organisation now"),
            ),
            lambda: click.Option(
                ["--search"],
                metavar=_("TEXT"),
                help=_("only cases with this in number, project, developer or parcel; pinyin initials will do"),
            ),
            lambda: click.Option(["--overdue"], is_flag=True, help=_("only cases with a limit that is overdue")),
            lambda: click.Option(
                ["--due-within"],
                type=whole_number(),
                metavar=_("NUMBER"),
                help=_("only cases with a limit that is overdue or due within so many working days"),
            ),
            lambda: click.Option(["--sort"], type=click.Choice(_SORTS), default="case", help=_("order of the list")),
            lambda: click.Option(
                ["--page"], type=whole_number(), default=1, metavar=_("NUMBER"), help=_("which page to show")
            ),
            lambda: click.Option(
                ["--per-page"], type=whole_number(), default=_PER_PAGE, metavar=_("NUMBER"), help=_("cases on a page")
            ),
            _csv,
        ),
    ),
    "case show": (_case_show, needs(CASE)),
    "case clock": (
        _case_clock,
        needs(
            CASE,
            lambda: click.Option(
                ["--days"], metavar=_("LIMIT[:CONCERN]"), help=_("count this limit out day by day, such as L17:1")
            ),
        ),
    ),
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
    "document list": (_document_list, needs(CASE, _csv)),
    "document get": (
        _document_get,
        needs(
            CASE,
            NUMBER,
            lambda: click.Option(["--letter"], is_flag=True, help=_("the scan of a recorded letter, by its number")),
            lambda: click.Option(["--output"], metavar=_("FILE"), help=_("where to write it")),
        ),
    ),
}
