"""Keeping a token, so that it need not stand in the environment."""

from __future__ import annotations

import sys

import click

from commands import tokens
from commands.frame import Own, Settings, needs
from commands.output import note, say, show
from views.language import _


def _login(shared: Settings, forget: bool) -> None:
    """The token is asked for, or read from stdin; only one that lets somebody in is kept."""
    place = shared.place()
    if forget:
        _forget(shared, place)
        return
    token = shared.typed_token = _typed()
    answer = shared.ask("whoami", {})
    tokens.keep(place, token)
    show(shared, answer)
    shared.typed_token = None
    if shared.token != token:
        note(_("PEIJIAN_TOKEN is set and counts more than the token that is kept now: unset it to use this one."))


def _forget(shared: Settings, place: str) -> None:
    text = _("No token is kept for {place}.")
    if tokens.kept(place):
        tokens.keep(place, None)
        text = _("The token for {place} is forgotten.")
    say(shared, {"place": place, "kept": False}, text.format(place=place))


def _typed() -> str:
    """Raises NotAllowed where there is none."""
    from states.errors import NotAllowed

    at_terminal = sys.stdin.isatty()
    typed = click.prompt(_("Token"), hide_input=True, err=True) if at_terminal else sys.stdin.readline()
    if not (token := str(typed).strip()):
        raise NotAllowed("no_token")
    return token


OWN: Own = {
    "login": (
        _login,
        needs(lambda: click.Option(["--forget"], is_flag=True, help=_("forget the token that was kept"))),
    ),
}
