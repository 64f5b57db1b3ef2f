"""The rows of the channels' keys for ``test_every_config_key.py``: what a channel does, tried on real servers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from notifications.senders import Undelivered, open_sender
from states.channels import Console, Folder, Robot, Smtp, Webhook, WeCom
from states.errors import Invalid
from states.rules import Rules
from tests.builders import changed, rules
from tests.far_ends import hanging, listener, message, post_office, site

ENVIRONMENT = {"ROBOT": "http://127.0.0.1:1/?key=1", "SECRET": "s3cret"}
#: Nobody listens on port 1.
RULES: Rules = changed(rules(), "channels", {
    "folder": Folder(),
    "screen": Console("console"),
    "mail": Smtp("smtp", "127.0.0.1", 1, "none", "peijian@office.example", "配建管理", timeout_seconds=1),
    "groups": WeCom("wecom", {"housing": Robot(url_env="ROBOT")}, timeout_seconds=1),
    "province": Webhook("webhook", "http://127.0.0.1:1/a", secret_env="SECRET", timeout_seconds=1),
})  # fmt: skip


class Row(NamedTuple):
    """``seen`` is ``before`` under the channels above, ``after`` once the key at ``path`` is ``value``."""

    key: str
    behaviour: str
    path: str
    value: Any
    seen: Callable[[Rules], object]
    before: object
    after: object


def kind(name: str) -> Callable[[Rules], object]:
    """What a channel is sent with."""
    return lambda r: type(open_sender(r.channels[name], base=Path(), environment={})).__name__


def complaint(name: str, *facts: str, **changes: Any) -> Callable[[Rules], object]:
    """What the check of a channel says."""

    def seen(r: Rules) -> object:
        channel = r.channels[name]
        for key, value in changes.items():
            channel = changed(channel, key, value)
        sender = open_sender(channel, base=Path("/nowhere"), environment=ENVIRONMENT)
        try:
            sender.check()
        except Invalid as error:
            return [error.code, *(error.params[fact] for fact in facts)]
        return "works"

    return seen


def mailed(r: Rules) -> object:
    """From whom a server gets a mail, or how it failed."""
    with post_office() as room:
        sender = open_sender(changed(r.channels["mail"], "port", room.port), base=Path(), environment={})
        try:
            sender.send(message())
        except Undelivered as error:
            return error.code
        finally:
            sender.close()
    return room.envelopes[0].mail_from, room.mails[0]["From"].addresses[0].display_name


def at_once(name: str) -> Callable[[Rules], object]:
    """Whether a server that says nothing costs less than a second."""

    def seen(r: Rules) -> object:
        with listener(hanging) as port:
            url = f"http://127.0.0.1:{port}/"
            mine = {"mail": ("port", port), "groups": ("robots", {"housing": Robot(url_env="URL")}),
                    "province": ("url", url)}[name]  # fmt: skip
            sender = open_sender(changed(r.channels[name], *mine), base=Path(), environment={"URL": url, **ENVIRONMENT})
            begun = time.monotonic()
            with suppress(Undelivered):
                sender.send(message())
            return time.monotonic() - begun < 1

    return seen


def hooked(r: Rules) -> object:
    """The path of a webhook that is asked."""
    with site() as there:
        channel = r.channels["province"]
        assert isinstance(channel, Webhook)
        url = there.url.replace("/hook", channel.url[len("http://127.0.0.1:1") :])
        open_sender(changed(channel, "url", url), base=Path(), environment=ENVIRONMENT).send(message())
    return there.requests[0].path


def filed(r: Rules) -> object:
    """The folder in which a message lies."""
    with TemporaryDirectory() as folder:
        open_sender(r.channels["folder"], base=Path(folder), environment={}).send(message())
        return next(Path(folder).rglob("*.eml")).parent.name


LOGIN = {"username": "peijian"}
CHANNELS = [
    Row(
        "Rules.channels", "these are the ways out", "channels", {"paper": Console("console")},
        lambda r: list(r.channels), ["folder", "screen", "mail", "groups", "province"], ["paper"],
    ),
    Row("Folder.kind", "it is a folder", "channels.folder", Console("console"), kind("folder"),
        "FolderSender", "ConsoleSender"),
    Row("Folder.path", "messages lie there", "channels.folder.path", "a/out", filed, "outbox", "out"),
    Row("Console.kind", "it is printed", "channels.screen", Folder(), kind("screen"), "ConsoleSender", "FolderSender"),
    Row("Smtp.kind", "it is mail", "channels.mail", Folder(), kind("mail"), "SmtpSender", "FolderSender"),
    Row("Smtp.host", "this server is called", "channels.mail.host", "127.0.0.2", complaint("mail", "place"),
        ["channel_unreachable", "127.0.0.1:1"], ["channel_unreachable", "127.0.0.2:1"]),
    Row("Smtp.port", "at this port", "channels.mail.port", 2, complaint("mail", "place"),
        ["channel_unreachable", "127.0.0.1:1"], ["channel_unreachable", "127.0.0.1:2"]),
    Row("Smtp.security", "nothing goes where TLS is asked for and not offered", "channels.mail.security", "starttls",
        mailed, ("peijian@office.example", "配建管理"), "channel_tls"),
    Row("Smtp.from_address", "the mail is from there", "channels.mail.from_address", "a@b.example", mailed,
        ("peijian@office.example", "配建管理"), ("a@b.example", "配建管理")),
    Row("Smtp.from_name", "and is called so", "channels.mail.from_name", "甲", mailed,
        ("peijian@office.example", "配建管理"), ("peijian@office.example", "甲")),
    Row("Smtp.username", "whoever logs in needs a password", "channels.mail.username", "peijian",
        complaint("mail", password_env="NONE"), ["channel_unreachable"], ["channel_secret_missing"]),
    Row("Smtp.password_env", "the password is in this variable", "channels.mail.password_env", "NONE",
        complaint("mail", "problem", **LOGIN, password_file="x"), ["channel_secret_missing",
        "/nowhere/x (No such file or directory)"], ["channel_secret_missing", "NONE"]),
    Row("Smtp.password_file", "or in this file", "channels.mail.password_file", "y",
        complaint("mail", "problem", **LOGIN), ["channel_secret_missing", ""],
        ["channel_secret_missing", "/nowhere/y (No such file or directory)"]),
    Row("Smtp.ca_file", "these authorities are trusted", "channels.mail.ca_file", "ca.pem",
        complaint("mail", security="tls"), ["channel_unreachable"], ["channel_tls"]),
    Row("Smtp.timeout_seconds", "so long is waited", "channels.mail.timeout_seconds", 0.2, at_once("mail"),
        False, True),
    Row("WeCom.kind", "it is a robot", "channels.groups", Folder(), kind("groups"), "WeComSender", "FolderSender"),
    Row("WeCom.robots", "each organisation has its own", "channels.groups.robots", {"health": Robot(url_env="NONE")},
        complaint("groups", "place"), ["channel_unreachable", "127.0.0.1:1"],
        ["channel_secret_missing", "health"]),
    Row("Robot.url_env", "its address is in this variable", "channels.groups.robots.housing.url_env", "NONE",
        complaint("groups", "problem"), ["channel_unreachable", "Connection refused"],
        ["channel_secret_missing", "NONE"]),
    Row("Robot.url_file", "or in this file", "channels.groups.robots.housing", Robot(url_file="y"),
        complaint("groups", "problem"), ["channel_unreachable", "Connection refused"],
        ["channel_secret_missing", "/nowhere/y (No such file or directory)"]),
    Row("WeCom.timeout_seconds", "so long is waited", "channels.groups.timeout_seconds", 0.2, at_once("groups"),
        False, True),
    Row("Webhook.kind", "it is a webhook", "channels.province", Folder(), kind("province"),
        "WebhookSender", "FolderSender"),
    Row("Webhook.url", "this address is asked", "channels.province.url", "http://127.0.0.1:1/b", hooked, "/a", "/b"),
    Row("Webhook.secret_env", "the secret is in this variable", "channels.province.secret_env", "NONE",
        complaint("province", "problem"), ["channel_unreachable", "Connection refused"],
        ["channel_secret_missing", "NONE"]),
    Row("Webhook.secret_file", "or in this file", "channels.province.secret_file", "y",
        complaint("province", "problem", secret_env=None), ["channel_secret_missing", ""],
        ["channel_secret_missing", "/nowhere/y (No such file or directory)"]),
    Row("Webhook.timeout_seconds", "so long is waited", "channels.province.timeout_seconds", 0.2, at_once("province"),
        False, True),
]  # fmt: skip
