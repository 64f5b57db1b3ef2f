"""The administrator's commands: the database, the installation, the accounts."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import click

from commands.frame import Day, Own, Settings, argument, needs
from commands.output import note, present, say
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
    from views.chronicle import doctor_page
    from workflow import administration

    found = [
        *administration.doctor(shared.database_address(), shared.config_path()),
        *_channel_faults(shared),
        *_of_reminders(shared),
    ]
    present(shared, found, None, partial(doctor_page, found))
    if any(not finding.note for finding in found):
        raise SystemExit(7)


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


def _config_accept(shared: Settings) -> None:
    from workflow import administration

    rules = administration.accept_configuration(shared.office(), shared.token)
    text = _("The configuration is in force: {digest}").format(digest=rules.digest[:12])
    say(shared, {"configuration": rules.digest}, text)


def _account_add(
    shared: Settings, name: str, organisation: str, level: str, address: str | None, expires: str | None
) -> None:
    from views.naming import Meanings
    from workflow import administration, queries

    office = shared.office()
    organisation = Meanings(queries.current_rules(office)).meant("organisation", organisation)
    token = administration.add_account(office, shared.token, name, organisation, level, address, expires)
    note(_("Made the account “{name}”. Its token, shown only now:").format(name=name))
    told = {"account": name, "organisation": organisation, "level": level, "expires_on": expires, "token": token}
    say(shared, told, token)


def _account_token(shared: Settings, name: str, expires: str | None, revoke: bool) -> None:
    from workflow import administration

    if revoke and expires:
        raise click.UsageError(_("--revoke and --expires do not go together."))
    if revoke:
        administration.revoke_token(shared.office(), shared.token, name)
        text = _("The token of “{name}” is good for nothing any more; the account stays open.")
        say(shared, {"account": name, "revoked": True}, text.format(name=name))
        return
    token = administration.replace_token(shared.office(), shared.token, name, expires)
    note(_("“{name}” has a new token, shown only now; the one before is good for nothing any more:").format(name=name))
    say(shared, {"account": name, "expires_on": expires, "token": token}, token)


def _account_list(shared: Settings) -> None:
    from views.lists import accounts_page
    from workflow import queries

    office = shared.office()
    found = queries.account_lines(office)
    today = office.now().date().isoformat()
    present(shared, found, queries.current_rules(office), partial(accounts_page, found, today))


def _whoami(shared: Settings) -> None:
    from views.lists import whoami_page
    from workflow import queries

    office = shared.office()
    found = queries.whoami(office, shared.token)
    present(shared, found, queries.current_rules(office), partial(whoami_page, found))


def _account_address(shared: Settings, name: str, address: str | None) -> None:
    from workflow import administration

    administration.set_address(shared.office(), shared.token, name, address)
    text = _("Reminders of “{name}” go to {address}.") if address else _("“{name}” has no mailbox any more.")
    say(shared, {"account": name, "address": address}, text.format(name=name, address=address))


def _account_close(shared: Settings, name: str) -> None:
    from workflow import administration

    administration.close_account(shared.office(), shared.token, name)
    say(shared, {"account": name, "closed": True}, _("Closed the account “{name}”.").format(name=name))


def _org() -> click.Parameter:
    return click.Option(["--org", "organisation"], metavar=_("TEXT"), required=True, help=_("organisation"))


def _expires() -> click.Parameter:
    return click.Option(["--expires"], type=Day(), metavar=_("DATE"), help=_("last day on which the token is good"))


def _address() -> click.Parameter:
    return click.Argument(["address"], metavar=_("[ADDRESS]"), required=False)


_NAME = argument("name")

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
    "config accept": (_config_accept, needs()),
    "doctor": (_doctor, needs()),
    "account add": (
        _account_add,
        needs(
            _NAME,
            _org,
            lambda: click.Option(
                ["--level"], type=click.Choice(["clerk", "leader", "admin", "auditor"]), required=True, help=_("level")
            ),
            lambda: click.Option(["--address"], metavar=_("ADDRESS"), help=_("mailbox for reminders")),
            _expires,
        ),
    ),
    "account token": (
        _account_token,
        needs(
            _NAME,
            _expires,
            lambda: click.Option(["--revoke"], is_flag=True, help=_("stop the token, and make no other")),
        ),
    ),
    "whoami": (_whoami, needs()),
    "account list": (_account_list, needs()),
    "account address": (_account_address, needs(_NAME, _address)),
    "account close": (_account_close, needs(_NAME)),
}
