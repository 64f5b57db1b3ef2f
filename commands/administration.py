"""What is done where the database lies: making it, and checking the installation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from commands.frame import Own, Settings, needs
from commands.output import note, say, show
from views.language import _

if TYPE_CHECKING:
    from workflow.results import Finding


def _init(shared: Settings, admin: str, organisation: str | None) -> None:
    from views.naming import Meanings
    from workflow import administration, clock, settings
    from workflow.database import shown

    if organisation:
        organisation = Meanings(settings.load(shared.config_path())).meant("organisation", organisation)
    url = shared.database_address()
    token = administration.initialise(url, shared.config_path(), admin, organisation, clock.now())
    url = shown(url)
    if token is None:
        say(shared, {"database": url, "token": None}, _("The database is up to date: {database}").format(database=url))
        return
    note(
        _("Made the database {database} and the administrator account “{name}”. Its token, shown only now:").format(
            database=url, name=admin
        )
    )
    say(shared, {"database": url, "account": admin, "token": token}, token)


def _doctor(shared: Settings) -> None:
    """Exits with 7 when the installation is not fit for use."""
    from service.shown import Shown
    from views.chronicle import doctor_page
    from views.data import as_json
    from workflow import administration

    found = [
        *administration.doctor(shared.database_address(), shared.config_path()),
        *_channel_faults(shared),
        *_of_reminders(shared),
    ]
    unfit = any(not finding.note for finding in found)
    show(shared, Shown(as_json(found), doctor_page(found, None), exit_code=7 if unfit else 0))


def _channel_faults(shared: Settings) -> list[Finding]:
    """What is wrong with the channels; nothing where the configuration or the address cannot even be read."""
    from notifications import senders
    from states.errors import Invalid
    from workflow import administration, settings

    try:
        rules = settings.load(shared.config_path())
        base = administration.data_folder(shared.database_address())
    except Invalid:
        return []
    return list(senders.faults(rules, base=base, environment=os.environ))


def _of_reminders(shared: Settings) -> list[Finding]:
    """What the outbox tells; nothing where the database cannot be used, which is told already."""
    from notifications import parked
    from states.errors import PeijianError
    from workflow import administration

    try:
        return list(parked.findings(administration.open_office(shared.database_address(), shared.config_path())))
    except PeijianError:
        return []


OWN: Own = {
    "init": (
        _init,
        needs(
            lambda: click.Option(
                ["--admin"], metavar=_("TEXT"), default="admin", help=_("name of the first administrator")
            ),
            lambda: click.Option(
                ["--org", "organisation"], metavar=_("TEXT"), help=_("organisation of the administrator")
            ),
        ),
    ),
    "doctor": (_doctor, needs()),
}
