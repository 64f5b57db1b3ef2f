"""Lists: the cases, what an organisation must do, the papers of a case, the accounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from views.commands import command_of
from views.labels import action_label, label, stage_label
from views.language import _, ngettext
from views.names import Names
from views.page import (
    Block,
    Column,
    Command,
    Gap,
    Heading,
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
from views.wording import obstacle_text
from workflow.results import AccountLine, CaseLine, CaseView, Task


def cases_page(lines: Sequence[CaseLine], names: Names) -> Page:
    """``case list``: where each case stands and who is waited for."""
    if not lines:
        return (Paragraph(say(_("No cases."))),)
    columns = (
        Column(_("case"), head=True),
        Column(_("project"), least=14, head=True),
        Column(_("stage"), least=14),
        Column(_("in the way"), right=True),
        Column(_("waiting for"), least=14),
    )
    return (table(columns, [_case(line, names) for line in lines], indent=0),)


def _case(line: CaseLine, names: Names) -> Row:
    since = quiet(_("since {day}").format(day=line.entered_on))
    stage = joined((stage_label(line.stage), since, warn(_("suspended") if line.suspended else "")), "\n")
    return (
        say(strong(line.case)),
        joined((line.project, quiet(names.organisation(line.town))), "\n"),
        stage,
        say(str(line.obstacles)) if line.obstacles else say(good("0")),
        say(names.organisations(line.waiting_for)),
    )


def inbox_page(tasks: Sequence[Task], names: Names, organisation: str) -> Page:
    """``inbox``: what an organisation must do, case by case, what waits longest first."""
    count = ngettext("{n} thing to do", "{n} things to do", len(tasks)).format(n=len(tasks))
    title = Title(say(strong(names.organisation(organisation))), say(quiet(count)))
    if not tasks:
        return (title, Paragraph(say(good(_("Nothing to do.")))))
    blocks: list[Block] = [title]
    for case in dict.fromkeys(task.case for task in tasks):
        blocks += _case_tasks([task for task in tasks if task.case == case], names)
    return tuple(blocks)


def _case_tasks(tasks: list[Task], names: Names) -> Iterable[Block]:
    first = tasks[0]
    about = joined((quiet(first.project), quiet(stage_label(first.stage))), _(" · "))
    yield Gap()
    yield Heading(first.case, about)
    for place, task in enumerate(tasks):
        yield Paragraph(say(quiet(task.since + "  "), _task_text(task, names)), 2, 12)
        command = command_of(task)
        if place + 1 == len(tasks) or command_of(tasks[place + 1]) != command:
            yield Command(command, 14)


def _task_text(task: Task, names: Names) -> str:
    return obstacle_text(task.obstacle, names) if task.obstacle else action_label(task.action or "")


def documents_page(view: CaseView, names: Names) -> Page:
    """``document list``."""
    names = names.of(view.case)
    title = Title(say(strong(view.case.name)), say(strong(view.case.id)))
    if not view.case.documents:
        return (title, Paragraph(say(_("No documents."))))
    return (title, Gap(), document_table(view.case, names))


def accounts_page(lines: Sequence[AccountLine], names: Names) -> Page:
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
    return (table(columns, [_account(line, names) for line in lines], indent=0),)


def _account(line: AccountLine, names: Names) -> Row:
    style = "struck" if line.closed_at else ""
    closed = _("closed on {day}").format(day=line.closed_at[:10]) if line.closed_at else ""
    return (
        say(Span(line.account, style or "strong")),
        say(Span(names.organisation(line.organisation), style)),
        say(Span(label(line.level), style)),
        say(quiet(line.token_prefix)),
        say(line.created_at[:10]),
        say(quiet(closed)) if closed else say(good(_("in use"))),
    )
