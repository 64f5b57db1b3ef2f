"""The auditor's commands: the journal read, verified, and its heads taken out of the house."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from commands.cases import case_history
from commands.frame import Own, Settings, argument, needs
from commands.output import present
from views.language import _


def _journal_show(shared: Settings, case: str | None) -> None:
    case_history(shared, case)


def _journal_verify(shared: Settings, checkpoint: str | None) -> None:
    """Exits with 7 when something does not hold."""
    from states.errors import Invalid
    from views import terminal
    from views.chronicle import verification_page
    from workflow import journal, queries, records

    office = shared.office()
    kept = records.read(Path(checkpoint)) if checkpoint else None
    if kept is not None and not journal.is_checkpoint(kept):
        raise Invalid("not_a_checkpoint", {"path": checkpoint})
    found = queries.verify(office, kept)
    present(shared, found, queries.current_rules(office), partial(verification_page, found))
    if not checkpoint:
        terminal.tell(_("Without a checkpoint nobody can tell whether entries were cut off the end."))
    if found.findings:
        raise SystemExit(7)


def _journal_checkpoint(shared: Settings) -> None:
    from views import terminal
    from workflow import queries

    terminal.write_json(queries.checkpoint(shared.office()))


OWN: Own = {
    "journal show": (_journal_show, needs(argument("case", required=False))),
    "journal verify": (
        _journal_verify,
        needs(
            lambda: click.Option(["--checkpoint"], metavar=_("FILE"), help=_("a checkpoint that was kept elsewhere"))
        ),
    ),
    "journal checkpoint": (_journal_checkpoint, needs()),
}
