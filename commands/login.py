"""Keeping a token, so that it need not stand in the environment."""

from __future__ import annotations

import sys

import click

from commands import tokens
from commands.frame import Own, Settings, needs
from commands.output import say, show
from views.language import _


def _login(shared: Settings, forget: bool) -> None:
    """The token is asked for, or read from stdin; only one that lets somebody in is kept."""
    place = shared.place()
    if forget:
        tokens.keep(place, None)
        say(shared, {"place": place, "kept": False}, _("The token for {place} is forgotten.").format(place=place))
        return
    shared.typed_token = _typed()
    answer = shared.ask("whoami", {})
    tokens.keep(place, shared.typed_token)
    show(shared, answer)


def _typed() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return str(click.prompt(_("Token"), hide_input=True, err=True)).strip()


OWN: Own = {
    "login": (
        _login,
        needs(lambda: click.Option(["--forget"], is_flag=True, help=_("forget the token that was kept"))),
    ),
}
