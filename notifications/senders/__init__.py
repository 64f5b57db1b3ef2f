"""The senders: one small module for each kind of channel, loaded when a channel of that kind is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from notifications.senders.base import Deferred, Message, Refused, Sender, Undelivered
from states.channels import AnyChannel, Console, Folder, Smtp, WeCom
from states.errors import Invalid
from states.rules import Rules
from workflow.results import Finding

__all__ = ["Deferred", "Message", "Refused", "Sender", "Undelivered", "faults", "open_sender"]


def open_sender(channel: AnyChannel, *, base: Path, environment: Mapping[str, str]) -> Sender:
    """The sender of a channel; relative paths count from ``base``, the folder of the database.

    Opening connects nothing and reads no secret: what lacks is told by ``check`` and ``send``.
    """
    from notifications.senders.secret import Secret

    def secret(variable: str | None, file: str | None) -> Secret:
        return Secret(environment, variable, base / file if file else None)

    if isinstance(channel, Folder):
        from notifications.senders.folder import FolderSender

        return FolderSender(base / channel.path)
    if isinstance(channel, Console):
        from notifications.senders.console import ConsoleSender

        return ConsoleSender()
    if isinstance(channel, Smtp):
        from notifications.senders.smtp import SmtpSender

        ca_file = str(base / channel.ca_file) if channel.ca_file else None
        return SmtpSender(channel, secret(channel.password_env, channel.password_file), ca_file)
    if isinstance(channel, WeCom):
        from notifications.senders.wecom import WeComSender

        return WeComSender(channel, {name: secret(r.url_env, r.url_file) for name, r in channel.robots.items()})
    from notifications.senders.webhook import WebhookSender

    return WebhookSender(channel, secret(channel.secret_env, channel.secret_file))


def faults(rules: Rules, *, base: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong with each channel, tried one after the other; nothing is sent."""
    for name, channel in rules.channels.items():
        sender = open_sender(channel, base=base, environment=environment)
        try:
            sender.check()
        except Invalid as error:
            yield Finding(code=error.code, params={"channel": name, **error.params})
        finally:
            sender.close()
