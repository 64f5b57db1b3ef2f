"""Whether the channels of a configuration can be used, as far as the file alone tells.

A reminder that leaves through a channel that does not work is a limit nobody sees, so mistakes are refused when the
file is loaded. What only the machine knows (a secret, a server, a folder) is tried by ``notifications.senders``.

``Invalid`` codes: config_missing_key, config_reference, config_unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from states.channels import Robot, Smtp, Webhook, WeCom, is_host, is_local, is_mailbox, is_web_address
from states.rules import Rules
from workflow.config_reading import Fault, Range, Where, fault, unsafe, wrong_value


def _is_variable(name: str) -> bool:
    return re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) is not None


_VARIABLE: Range = ("variable", _is_variable)
#: What single keys may hold, as in ``workflow/config_coherence.py``.
RANGES: dict[str, Range] = {
    "channels.*.host": ("host", is_host),
    "channels.*.port": ("1..65535", lambda number: 1 <= number <= 65535),
    "channels.*.timeout_seconds": ("1..600", lambda number: 1 <= number <= 600),
    "channels.*.from_address": ("mailbox", is_mailbox),
    "channels.*.url": ("https://…", is_web_address),
    "channels.*.password_env": _VARIABLE,
    "channels.*.secret_env": _VARIABLE,
    "channels.*.robots.*.url_env": _VARIABLE,
}


def faults(rules: Rules) -> Iterator[Fault]:
    """What no single key of the channels can tell."""
    if not rules.channels:
        yield unsafe("tells_nobody", ("channels",), {})
    for name, channel in rules.channels.items():
        where: Where = ("channels", name)
        if isinstance(channel, Smtp):
            yield from _mail(channel, where)
        elif isinstance(channel, Webhook):
            yield from _secret(channel, where, "secret")
        elif isinstance(channel, WeCom):
            yield from _robots(channel, where, rules)


def _mail(channel: Smtp, where: Where) -> Iterator[Fault]:
    """A password goes with a name, and over no wire on which others can read it."""
    if channel.username is not None:
        yield from _secret(channel, where, "password")
        if channel.security == "none" and not is_local(channel.host):
            yield unsafe("password_in_the_open", (*where, "security"), channel.security, "starttls", "tls")
    elif channel.password_env or channel.password_file:
        yield fault("config_missing_key", *where, "username")


def _robots(channel: WeCom, where: Where, rules: Rules) -> Iterator[Fault]:
    if not channel.robots:
        yield unsafe("tells_nobody", (*where, "robots"), {})
    for organisation, robot in channel.robots.items():
        place: Where = (*where, "robots", organisation)
        if organisation not in rules.organisations:
            yield wrong_value(place, organisation, rules.organisations, "config_reference")
        yield from _secret(robot, place, "url")


def _secret(holder: Smtp | Webhook | Robot, where: Where, what: str) -> Iterator[Fault]:
    """A secret is in one place."""
    places = [key for key in (f"{what}_env", f"{what}_file") if getattr(holder, key)]
    if not places:
        yield fault("config_missing_key", *where, f"{what}_env")
    if len(places) == 2:
        yield unsafe("two_places", (*where, places[1]), "")
