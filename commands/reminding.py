"""Sending reminders: one round, or the scheduler.

``remind run`` and ``scheduler`` need no account: they run as a service that holds the database itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commands.frame import Own, Settings, needs
from commands.output import note, say
from commands.types import whole_number
from views.language import _

if TYPE_CHECKING:
    from states.errors import PeijianError
    from workflow.office import Office
    from workflow.results import PassResult

#: How often a scheduler goes round, in seconds.
_EVERY, _AT_LEAST, _AT_MOST = 60, 5, 86400


def _run(shared: Settings) -> None:
    from notifications import scheduler
    from notifications.passing import opener_of

    office = shared.office()
    done = scheduler.once(office, opener_of(office))
    say(shared, done.model_dump(), _sentence(done))


def _scheduler(shared: Settings, just_once: bool, every: int) -> None:
    from notifications import scheduler
    from notifications.passing import opener_of

    if not _AT_LEAST <= every <= _AT_MOST:
        text = _("--every: from {least} to {most} seconds.")
        raise click.UsageError(text.format(least=_AT_LEAST, most=_AT_MOST))
    if just_once:
        _run(shared)
        return
    if shared.json:
        raise click.UsageError(_("--json needs --once: a scheduler has no end."))
    office = shared.office()
    opener = opener_of(office)
    _ready(office)
    note(_("Going round every {seconds} seconds; Ctrl-C ends it.").format(seconds=every))
    scheduler.run(office, opener, every, _tell)


def _ready(office: Office) -> None:
    """A configuration that cannot be used stops the scheduler now and not at every tick; bad channels are told.

    So is that messages wait after a restore.
    """
    from notifications import senders
    from views.wording import finding_text
    from workflow import held

    with office.database.transaction() as tx:
        rules, waits = office.rules(tx), held.since(tx, office.district)
    if waits:
        note(finding_text("messages_held", {"at": waits}))
    for fault in senders.faults(rules, base=office.files.folder.parent, environment=os.environ):
        note(finding_text(fault.code, fault.params))


def _tell(outcome: PassResult | PeijianError) -> None:
    """A line for a round in which something happened."""
    from states.errors import PeijianError
    from views.wording import error_text

    if isinstance(outcome, PeijianError):
        note(error_text(outcome))
    elif any(outcome.model_dump(exclude={"closed", "held"}).values()):
        note(_sentence(outcome))


def _sentence(done: PassResult) -> str:
    text = _(
        "Taken up: {found}; digests: {gathered}; sent: {sent}; put off: {deferred}; refused: {refused}; "
        "no longer needed: {skipped}."
    )
    if done.held:
        return _("Restored from a backup: messages wait until the administrator types “peijian remind resume”.")
    closed = _("Messages leave on working days, in office hours.") if done.closed else ""
    return "\n".join(filter(None, (text.format(**done.model_dump()), closed)))


OWN: Own = {
    "remind run": (_run, needs()),
    "scheduler": (
        _scheduler,
        needs(
            lambda: click.Option(["--once", "just_once"], is_flag=True, help=_("go round once and end")),
            lambda: click.Option(
                ["--every"], type=whole_number(), default=_EVERY, metavar=_("SECONDS"),
                help=_("seconds between two rounds"),
            ),
        ),
    ),
}  # fmt: skip
