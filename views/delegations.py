"""Delegations: who takes whose place, from when to when."""

from __future__ import annotations

from collections.abc import Sequence

from views.labels import stage_label
from views.language import _
from views.names import Names
from views.page import Column, Page, Paragraph, Row, good, quiet, say, table
from workflow.results import DelegationLine


def delegations_page(lines: Sequence[DelegationLine], names: Names) -> Page:
    """``delegation list``."""
    if not lines:
        return (Paragraph(say(_("No delegations."))),)
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("who for whom"), least=12, head=True),
        Column(_("organisation"), least=12),
        Column(_("from and to")),
        Column(_("stages"), least=10),
        Column(_("document"), least=10),
        Column(_("state"), least=8),
    )
    return (table(columns, [_line(line, names) for line in lines], indent=0),)


def _line(line: DelegationLine, names: Names) -> Row:
    stages = _(", ").join(map(stage_label, line.stages)) or _("all")
    ended = _("ended on {day}").format(day=line.ended_on) if line.ended_on else ""
    return (
        say(str(line.number)),
        say(_("{deputy} for {absent}").format(deputy=line.deputy, absent=line.absent)),
        say(names.organisation(line.organisation)),
        say(f"{line.from_on} – {line.to_on}"),
        say(stages),
        say(line.document),
        say(quiet(ended)) if ended else say(good(_("running"))),
    )
