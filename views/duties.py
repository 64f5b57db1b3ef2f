"""What the notice asks of organisations by a date: due, done or overdue."""

from __future__ import annotations

from collections.abc import Sequence

from views.language import _
from views.limits import limit_name, standing
from views.names import Names
from views.page import Column, Page, Paragraph, Row, good, joined, quiet, say, table
from workflow.results import DutyLine


def duties_page(lines: Sequence[DutyLine], names: Names) -> Page:
    """``duty list``."""
    if not lines:
        return (Paragraph(say(good(_("Nothing is due.")))),)
    columns = (
        Column(_("duty"), least=16, head=True),
        Column(_("organisation"), least=12),
        Column(_("period"), least=7),
        Column(_("due"), least=10),
        Column(_("state"), least=12),
    )
    return (table(columns, [_line(line, names) for line in lines], indent=0),)


def _line(line: DutyLine, names: Names) -> Row:
    done = _("on {day}").format(day=line.done_on) if line.done_on else ""
    return (
        say(limit_name(line.code, names)),
        say(names.organisation(line.organisation)),
        say(line.period),
        say(line.due_on),
        joined((standing(line.state, line.left), quiet(done), quiet(line.document or "")), "\n"),
    )
