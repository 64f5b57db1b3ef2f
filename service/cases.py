"""Questions about cases: each asks one query and shows the answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from shlex import quote
from typing import Annotated

from pydantic import Field

from policies.plan import PlannedStep
from service.base import CSV, Caller, Case, Number, Option, Request, Target, sent, sheet
from service.lifecycle import diagram
from service.shown import Sent, Shown
from states.errors import NotFound
from states.facts import Document
from views.case import case_page
from views.chronicle import history_page
from views.ics import calendar_bytes
from views.language import N_, _
from views.limits import clock_page
from views.lists import Part, cases_page, cases_sheet, documents_page, documents_sheet, inbox_page, inbox_sheet
from views.names import Names
from views.page import Gap, Page
from views.plan import plan_page
from views.thread import thread_page
from views.why import why_page
from workflow import due, queries
from workflow.results import CaseLine, CaseView, ClockView, Entry, Task
from workflow.searching import Sort, Wanted

_PER_PAGE = 50
#: In working days: about a year.
_FARTHEST = 250

Organisation = Annotated[str | None, Option(metavar="ORGANISATION")]


class Inbox(Request):
    """What my organisation must do, the most urgent first."""

    path = "inbox"
    result = list[Task]
    targets = (
        CSV,
        Target(
            "--ics",
            "FILE",
            N_("write my organisation's limits as a calendar (iCalendar) to this new file; - for stdout"),
            "ics",
        ),
    )

    csv: bool = False
    ics: bool = False

    def answer(self, caller: Caller) -> Shown:
        office = caller.office
        organisation = queries.whoami(office, caller.token).organisation
        names = caller.names(caller.rules)
        if self.ics:
            limits = due.of_organisation(office, organisation)
            content = calendar_bytes(limits, names, organisation)
            return sent("limits.ics", "text/calendar; charset=utf-8", content, rows=len(limits))
        found = queries.inbox(office, organisation)
        if self.csv:
            return sheet("inbox.csv", inbox_sheet(found, names), len(found))
        page = partial(inbox_page, found, organisation=organisation, asking=caller.interactive)
        return caller.show(found, names.rules, page)


class CaseList(Request):
    """List the cases and who holds them up."""

    path = "case list"
    result = list[CaseLine]
    targets = (CSV,)

    stage: str | None = Field(None, description=N_("only cases in this stage"))
    town: str | None = Field(None, description=N_("only cases of this town"))
    department: Organisation = Field(
        None, description=N_("only cases in which this organisation is asked, leads or has a facility")
    )
    blocked_by: Organisation = Field(None, description=N_("only cases that wait for this organisation now"))
    search: str | None = Field(
        None, description=N_("only cases with this in number, project, developer or parcel; pinyin initials will do")
    )
    overdue: bool = Field(False, description=N_("only cases with a limit that is overdue"))
    due_within: Number | None = Field(
        None,
        ge=0,
        le=_FARTHEST,
        description=N_("only cases with a limit that is overdue or due within so many working days"),
    )
    sort: Sort = Field("case", description=N_("order of the list"))
    page: Number = Field(1, description=N_("which page to show"))
    per_page: Number = Field(_PER_PAGE, gt=0, description=N_("cases on a page"))
    csv: bool = False

    def answer(self, caller: Caller) -> Shown:
        """All cases that are wanted as a file, or a page of them."""
        wanted = self.model_dump(exclude={"page", "per_page", "csv"})
        found = queries.lines(caller.office, Wanted(**wanted))
        rules = caller.rules
        if self.csv:
            return sheet("cases.csv", cases_sheet(found, caller.names(rules)), len(found))
        part = _part(len(found), self.page, self.per_page, wanted)
        shown = found[(self.page - 1) * self.per_page : self.page * self.per_page]
        by_day = self.overdue or self.due_within is not None
        return caller.show(shown, rules, partial(cases_page, shown, part=part, due=by_day))


def _part(total: int, page: int, per_page: int, wanted: Mapping[str, object]) -> Part:
    """Raises NotFound for a page behind the last."""
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


class CaseShow(Request):
    """Show a case."""

    path = "case show"
    result = CaseView
    arguments = ("case",)

    case: Case

    def answer(self, caller: Caller) -> Shown:
        view, rules = queries.view(caller.office, self.case)
        return caller.show(view, rules, partial(case_page, view))


class CaseClock(Request):
    """Show the limits of a case, and who has used its working days."""

    path = "case clock"
    result = ClockView
    arguments = ("case",)

    case: Case
    days: Annotated[str | None, Option(metavar="LIMIT[:CONCERN]")] = Field(
        None, description=N_("count this limit out day by day, such as L17:1")
    )

    def answer(self, caller: Caller) -> Shown:
        view, rules = queries.clock(caller.office, self.case, self.days)
        return caller.show(view, rules, partial(clock_page, view))


class CaseWhy(Request):
    """Say everything that stands between a case and its next stage."""

    path = "case why"
    result = CaseView
    arguments = ("case",)

    case: Case
    suppositions: Annotated[tuple[str, ...], Option("--if")] = Field(
        (), description=N_("suppose this first; may be repeated (see the guides)")
    )

    def answer(self, caller: Caller) -> Shown:
        """Exits with 3 while the case is blocked."""
        view, rules = queries.view(caller.office, self.case, self.suppositions)
        supposed = _("Supposed only; nothing was recorded: {what}").format(what=", ".join(self.suppositions))
        return caller.show(
            view,
            rules,
            partial(why_page, view),
            notes=(supposed,) if self.suppositions else (),
            exit_code=3 if view.obstacles else 0,
        )


class CasePlan(Request):
    """Show the path ahead: what every remaining step will ask, and of whom."""

    path = "case plan"
    result = list[PlannedStep]
    arguments = ("case",)

    case: Case

    def answer(self, caller: Caller) -> Shown:
        view, steps, rules = queries.plan(caller.office, self.case)
        return caller.show(list(steps), rules, partial(plan_page, view, steps))


class CaseThread(Request):
    """Show each facility's requirement from planning to title."""

    path = "case thread"
    arguments = ("case", "facility")

    case: Case
    facility: str | None = None

    def answer(self, caller: Caller) -> Shown:
        view, rules = queries.view(caller.office, self.case)
        facts = view.case
        wanted = [facts.facility(self.facility)] if self.facility else facts.owed()
        found = {
            f.facility: {
                "requirements": [r for r in facts.requirements if r.facility == f.facility],
                "evidence": [e for e in facts.evidence if e.facility == f.facility],
            }
            for f in wanted
        }

        def page(names: Names) -> Page:
            return tuple(b for f in wanted for b in (*thread_page(facts, f.facility, names), Gap()))

        return caller.show(found, rules, page)


class CaseHistory(Request):
    """Show what happened to a case."""

    path = "case history"
    result = list[Entry]
    arguments = ("case",)

    case: Case

    def answer(self, caller: Caller) -> Shown:
        return history(caller, self.case)


def history(caller: Caller, case: str | None) -> Shown:
    """The entries of one case, or of all."""
    found = queries.history(caller.office, case)
    return caller.show(found, caller.rules, partial(history_page, found, several=case is None))


class CaseDiagram(Request):
    """Draw the lifecycle with the place of a case."""

    path = "case diagram"
    arguments = ("case",)

    case: Case

    def answer(self, caller: Caller) -> Shown:
        view, _rules = queries.view(caller.office, self.case)
        return diagram(view.case.stage)


class DocumentList(Request):
    """List the documents of a case."""

    path = "document list"
    result = list[Document]
    arguments = ("case",)
    targets = (CSV,)

    case: Case
    csv: bool = False

    def answer(self, caller: Caller) -> Shown:
        view, rules = queries.view(caller.office, self.case)
        if self.csv:
            rows = documents_sheet(view, caller.names(rules))
            return sheet(f"{self.case}-documents.csv", rows, len(view.case.documents))
        return caller.show(list(view.case.documents), rules, partial(documents_page, view))


class DocumentGet(Request):
    """Write a document's file to disk."""

    path = "document get"
    result = None
    arguments = ("case", "number")
    targets = (Target("--output", "FILE", N_("where to write it; - for stdout")),)

    case: Case
    number: Number
    letter: bool = Field(False, description=N_("the scan of a recorded letter, by its number"))

    def answer(self, caller: Caller) -> Shown:
        found, content = queries.document(caller.office, self.case, str(self.number), self.letter)
        if content is None or found.filename is None:
            raise NotFound("document_without_file", {"number": self.number})
        facts = {"size": content.size, "sha256": content.sha256}
        return Shown(file=Sent(found.filename, "application/octet-stream", content, facts))
