"""Accounts, and the configuration in force: what the administrator does at the office's own door."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from service.base import Caller, Day, Option, Request
from service.shown import Shown
from states.errors import Misused
from views.language import N_, _
from views.lists import accounts_page, whoami_page
from workflow import administration, queries
from workflow.results import AccountLine

Expires = Annotated[Day | None, Field(description=N_("last day on which the token is good"))]


class Whoami(Request):
    """Say whose token is in use, and how long it is good."""

    path = "whoami"
    result = AccountLine

    def answer(self, caller: Caller) -> Shown:
        found = queries.whoami(caller.office, caller.token)
        return caller.show(found, caller.rules, partial(whoami_page, found))


class AccountList(Request):
    """List the accounts."""

    path = "account list"
    result = list[AccountLine]

    def answer(self, caller: Caller) -> Shown:
        found = queries.account_lines(caller.office)
        return caller.show(found, caller.rules, partial(accounts_page, found, caller.today))


class AccountAdd(Request):
    """Make an account and print its token once."""

    path = "account add"
    arguments = ("name",)
    writes = True

    name: str
    organisation: Annotated[str, Option("--org")] = Field(description=N_("organisation"))
    level: Literal["clerk", "leader", "admin", "auditor"] = Field(description=N_("level"))
    address: Annotated[str | None, Option(metavar="ADDRESS")] = Field(None, description=N_("mailbox for reminders"))
    expires: Expires = None

    def answer(self, caller: Caller) -> Shown:
        given = self.model_dump(mode="json")
        token = administration.add_account(caller.office, caller.token, **given)
        told = {
            "account": self.name,
            "organisation": self.organisation,
            "level": self.level,
            "expires_on": given["expires"],
            "token": token,
        }
        note = _("Made the account “{name}”. Its token, shown only now:").format(name=self.name)
        return Shown(told, text=token, notes=(note,))


class AccountToken(Request):
    """Give an account a new token, or stop the one it has."""

    path = "account token"
    arguments = ("name",)
    writes = True

    name: str
    expires: Expires = None
    no_expiry: bool = Field(False, description=N_("let the new token have no end"))
    revoke: bool = Field(False, description=N_("stop the token, and make no other"))

    def answer(self, caller: Caller) -> Shown:
        if sum((self.revoke, self.no_expiry, self.expires is not None)) > 1:
            raise Misused("revoke_or_expires")
        if self.revoke:
            administration.revoke_token(caller.office, caller.token, self.name)
            text = _("The token of “{name}” is good for nothing any more; the account stays open.")
            return Shown({"account": self.name, "revoked": True}, text=text.format(name=self.name))
        expires = self.expires.isoformat() if self.expires else None
        token, ends = administration.replace_token(caller.office, caller.token, self.name, expires, self.no_expiry)
        note = _("“{name}” has a new token, shown only now; the one before is good for nothing any more:")
        until = _("It is good until {day}.").format(day=ends) if ends else _("It has no end.")
        told = {"account": self.name, "expires_on": ends, "token": token}
        return Shown(told, text=token, notes=(until, note.format(name=self.name)))


class AccountAddress(Request):
    """Set the mailbox to which an account's reminders go."""

    path = "account address"
    arguments = ("name", "address")
    writes = True

    name: str
    address: str | None = None

    def answer(self, caller: Caller) -> Shown:
        administration.set_address(caller.office, caller.token, self.name, self.address)
        text = _("Reminders of “{name}” go to {address}.") if self.address else _("“{name}” has no mailbox any more.")
        return Shown(
            {"account": self.name, "address": self.address}, text=text.format(name=self.name, address=self.address)
        )


class AccountClose(Request):
    """Close an account for good."""

    path = "account close"
    arguments = ("name",)
    writes = True

    name: str

    def answer(self, caller: Caller) -> Shown:
        administration.close_account(caller.office, caller.token, self.name)
        text = _("Closed the account “{name}”.").format(name=self.name)
        return Shown({"account": self.name, "closed": True}, text=text)


class ConfigAccept(Request):
    """Put the configuration file into force for new and adopting cases."""

    path = "config accept"
    writes = True

    def answer(self, caller: Caller) -> Shown:
        rules = administration.accept_configuration(caller.office, caller.token)
        text = _("The configuration is in force: {digest}").format(digest=rules.digest[:12])
        return Shown({"configuration": rules.digest}, text=text)
