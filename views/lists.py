"""Lists: the cases, what an organisation must do, the papers of a case, the accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from views.commands import command_of, without_blanks
from views.labels import action_label, label, stage_label
from views.language import _, ngettext
from views.limits import day_text, due_line, standing
from views.names import Names
from views.page import (
    Block,
    Column,
    Command,
    Gap,
    Heading,
    Line,
    Page,
    Paragraph,
    Row,
    Span,
    Title,
    good,
    joined,
    quiet,
    say,
    strong,
    table,
    warn,
)
from views.records import document_table
from views.sheets import Sheet
from views.wording import obstacle_name, obstacle_text
from workflow.results import AccountLine, CaseLine, CaseView, LimitLine, Task


@dataclass(frozen=True, slots=True)
class Part:
    """Which page of a long list is shown, and what to type for the next."""

    page: int
    pages: int
    total: int
    following: str | None = None


def cases_page(lines: Sequence[CaseLine], names: Names, part: Part | None = None, due: bool = False) -> Page:
    """``case list``: where each case stands and who is waited for; ``due``: with its most urgent limit."""
    if not lines:
        return (Paragraph(say(_("No cases."))),)
    columns = (
        Column(_("case"), head=True),
        Column(_("project"), least=14, head=True),
        Column(_("stage"), least=14),
        Column(_("due"), least=12) if due else Column(_("in the way"), right=True),
        Column(_("waiting for"), least=14),
    )
    rows = [_case(line, names, due) for line in lines]
    return (table(columns, rows, indent=0), *(_part(part) if part else ()))


def _part(part: Part) -> Iterator[Block]:
    """Nothing where all stands on one page."""
    if part.pages > 1:
        text = _("page {n} of {pages}, {total} cases in all")
        said = text.format(n=part.page, pages=part.pages, total=part.total)
        yield Gap()
        yield Paragraph(say(quiet(said), quiet(_(". The next page:") if part.following else "")))
    if part.following:
        yield Command(part.following)


def cases_sheet(lines: Sequence[CaseLine], names: Names) -> Sheet:
    """``case list --csv``: a row for each case."""
    yield (
        _("case"), _("project"), _("town or sub-district"), _("stage"), _("since (day)"), _("suspended"),
        _("in the way"), _("waiting for"), _("due"), _("overdue or left"), _("working days left"),
    )  # fmt: skip
    for line in lines:
        yield (
            line.case, line.project, names.organisation(line.town), stage_label(line.stage), line.entered_on,
            _("yes") if line.suspended else "", line.obstacles, names.organisations(line.waiting_for),
            *_due_cells(line.limit),
        )  # fmt: skip


def _due_cells(limit: LimitLine | None) -> tuple[object, object, object]:
    """Due day, how it stands, and the working days left (negative: overdue) as a number to sort by."""
    return (day_text(limit), standing(limit.state, limit.left).text, limit.left) if limit else ("", "", None)


def _case(line: CaseLine, names: Names, due: bool) -> Row:
    since = quiet(_("since {day}").format(day=line.entered_on))
    stage = joined((stage_label(line.stage), since, warn(_("suspended") if line.suspended else "")), "\n")
    return (
        say(strong(line.case)),
        joined((line.project, quiet(names.organisation(line.town))), "\n"),
        stage,
        _due(line.limit) if due else say(str(line.obstacles)) if line.obstacles else say(good("0")),
        say(names.organisations(line.waiting_for)),
    )


def _due(limit: LimitLine | None) -> Line:
    return joined((day_text(limit), standing(limit.state, limit.left)), "\n") if limit else ()


def inbox_page(tasks: Sequence[Task], names: Names, organisation: str, asking: bool = False) -> Page:
    """``inbox``: what an organisation must do, case by case, the most urgent first.

    ``asking``: commands ask for what they are not told, so that they are shown without it.
    """
    count = ngettext("{n} thing to do", "{n} things to do", len(tasks)).format(n=len(tasks))
    title = Title(say(strong(names.organisation(organisation))), say(quiet(count)))
    if not tasks:
        return (title, Paragraph(say(good(_("Nothing to do.")))))
    blocks: list[Block] = [title]
    for case in dict.fromkeys(task.case for task in tasks):
        blocks += _case_tasks([task for task in tasks if task.case == case], names, asking)
    if not asking:
        return tuple(blocks)
    hint = _("Type a command as it stands; it asks for what it needs, and before anything is recorded.")
    return (*blocks, Gap(), Paragraph(say(quiet(hint))))


def _case_tasks(tasks: list[Task], names: Names, asking: bool) -> Iterator[Block]:
    """A case: what is ours in it, then each thing to do, those with one command together."""
    first = tasks[0]
    commands = [without_blanks(command_of(task)) if asking else command_of(task) for task in tasks]
    yield Gap()
    yield Heading(first.project, joined((quiet(first.case), quiet(stage_label(first.stage))), _(" · ")))
    if first.facilities:
        yield Paragraph(say(quiet(_("your facilities: ")), _own(first, names)), 2, 2)
    for task, command, following in zip_longest(tasks, commands, commands[1:]):
        since = quiet(_("since {day}").format(day=task.since) + "  ")
        yield Paragraph(say(since, _task_text(task, names)), 2, 2)
        if due := due_line(task.limit):
            yield Paragraph(due, 4, 2)
        if command != following:
            yield Command(command, 4)


def _own(task: Task, names: Names) -> str:
    return _(", ").join(names.of_kinds(task.kinds).facility(facility) for facility in task.facilities)


def _task_text(task: Task, names: Names) -> str:
    """In the words of who must do it: nobody is asked to remind himself."""
    if task.lifts:
        return _("{what}; the time is over, it may be decided on").format(what=obstacle_name(task.lifts, names))
    if task.obstacle is None or task.obstacle.code == "sign_off_missing":
        return action_label(task.action or "sign")
    return obstacle_text(task.obstacle, names.of_kinds(task.kinds))


def inbox_sheet(tasks: Sequence[Task], names: Names) -> Sheet:
    """``inbox --csv``: a row for each thing to do."""
    yield (
        _("case"), _("project"), _("stage"), _("since (day)"), _("facilities"), _("what"), _("command"),
        _("due"), _("overdue or left"), _("working days left"),
    )  # fmt: skip
    for task in tasks:
        yield (
            task.case, task.project, stage_label(task.stage), task.since, _own(task, names), _task_text(task, names),
            command_of(task), *_due_cells(task.limit),
        )  # fmt: skip


def documents_page(view: CaseView, names: Names) -> Page:
    """``document list``."""
    names = names.of(view.case)
    title = Title(say(strong(view.case.name)), say(strong(view.case.id)))
    if not view.case.documents:
        return (title, Paragraph(say(_("No documents."))))
    return (title, Gap(), document_table(view.case, names))


def documents_sheet(view: CaseView, names: Names) -> Sheet:
    """``document list --csv``: a row for each paper, the ended ones too."""
    yield _("no."), _("document"), _("title"), _("number"), _("date"), _("issuer"), _("file"), _("state")
    for paper in view.case.documents:
        ended = _("ended: {why}").format(why=label(paper.voided)) if paper.voided else ""
        yield (
            paper.number, names.document(paper.kind), paper.title, paper.reference, paper.issued_on,
            names.organisation(paper.issuer), paper.filename, ended,
        )  # fmt: skip


def accounts_page(lines: Sequence[AccountLine], today: str, names: Names) -> Page:
    """``account list``; of a token only its beginning is known."""
    if not lines:
        return (Paragraph(say(_("No accounts."))),)
    columns = (
        Column(_("account"), least=8, head=True),
        Column(_("organisation"), least=14),
        Column(_("level"), least=6),
        Column(_("token begins with")),
        Column(_("made on")),
        Column(_("state"), least=10),
    )
    return (table(columns, [_account(line, today, names) for line in lines], indent=0),)


def _account(line: AccountLine, today: str, names: Names) -> Row:
    style = "struck" if line.closed_at else ""
    return (
        joined((Span(line.account, style or "strong"), quiet(line.address or "")), "\n"),
        say(Span(names.organisation(line.organisation), style)),
        say(Span(label(line.level), style)),
        say(quiet(line.token_prefix)),
        say((line.token_at or line.created_at)[:10]),
        _account_state(line, today),
    )


def _account_state(line: AccountLine, today: str) -> Line:
    state = line.state(today)
    if state == "closed":
        return say(quiet(_("closed on {day}").format(day=(line.closed_at or "")[:10])))
    if state == "revoked":
        return say(warn(_("token stopped on {day}").format(day=(line.revoked_at or "")[:10])))
    until = _("until {day}").format(day=line.expires_on) if line.expires_on else ""
    return joined((warn(_("token expired")) if state == "expired" else good(_("in use")), quiet(until)), "\n")


def whoami_page(line: AccountLine, names: Names) -> Page:
    """``whoami``."""
    until = _("token good until {day}").format(day=line.expires_on) if line.expires_on else _("token without an end")
    parts = (strong(line.account), names.organisation(line.organisation), label(line.level), quiet(until))
    return (Paragraph(joined(parts, _(" · "))),)
