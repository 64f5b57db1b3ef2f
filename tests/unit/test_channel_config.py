"""What a configuration may say about channels; whatever else it says is refused, and never repeated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.channels import KINDS, Folder, Smtp, is_host, is_local, is_mailbox, is_web_address
from states.errors import Invalid
from states.rules import Rules
from tests.builders import SHIPPED
from workflow.settings import dumps, loads, parse

TEXT = SHIPPED.read_text(encoding="utf-8").partition("\nchannels:\n")[0] + "\n"
START = TEXT.count("\n")
#: Stands wherever a secret could have been put by mistake.
SECRET = "hunter2-never-shown"

MAIL = (
    "channels:", "  mail:", "    kind: smtp", "    host: mail.example", "    port: 587", "    security: starttls",
    "    from_address: peijian@mail.example", "    from_name: 配建", "    username: peijian", "    password_env: MAIL",
)  # fmt: skip
HOOK = ("channels:", "  hook:", "    kind: webhook", "    url: https://a.example/b", "    secret_env: HOOK")
ROBOT = ("channels:", "  im:", "    kind: wecom", "    robots:", "      housing:", "        url_env: ROBOT")


def read(*lines: str) -> Rules:
    return parse(TEXT + "\n".join(lines) + "\n", "f.yaml")


def put(lines: tuple[str, ...], key: str, line: str | None) -> tuple[str, ...]:
    """The lines with the one of a key replaced, or removed, or added at the end."""
    found = [n for n, old in enumerate(lines) if old.strip().startswith(f"{key}:")]
    if not found:
        return (*lines, line or "")
    return (*lines[: found[0]], *([] if line is None else [line]), *lines[found[0] + 1 :])


@pytest.mark.parametrize("lines", [MAIL, HOOK, ROBOT])
def test_a_good_channel_is_taken_and_survives_being_kept(lines: tuple[str, ...]) -> None:
    taken = read(*lines)
    assert loads(dumps(taken)) == taken
    assert type(next(iter(taken.channels.values()))) is KINDS[lines[2].partition(": ")[2]]


def test_without_a_word_about_channels_there_is_a_folder() -> None:
    assert parse(TEXT, "f.yaml").channels == {"folder": Folder("folder", "outbox")}
    assert parse(SHIPPED.read_text(encoding="utf-8"), "f.yaml").channels == {"folder": Folder("folder", "outbox")}


@pytest.mark.parametrize(
    ("lines", "key", "line", "expected"),
    [
        (MAIL, "kind", "    kind: fax", ("config_value", "channels.mail.kind", 3)),
        (MAIL, "kind", None, ("config_missing_key", "channels.mail.kind", 2)),
        (MAIL, "kind", f"    kind: {SECRET}", ("config_value", "channels.mail.kind", 3)),
        (MAIL, "password", f"    password: {SECRET}", ("config_unknown_key", "channels.mail.password", 11)),
        (MAIL, "password_env", f"    password_env: {SECRET}", ("config_unsafe", "channels.mail.password_env", 10)),
        (MAIL, "password_env", "    password_env: 12345678", ("config_value", "channels.mail.password_env", 10)),
        (MAIL, "password_env", f"    password_env: [{SECRET}]", ("config_value", "channels.mail.password_env", 10)),
        (MAIL, "password_env", None, ("config_missing_key", "channels.mail.password_env", 2)),
        (MAIL, "username", None, ("config_missing_key", "channels.mail.username", 2)),
        (MAIL, "password_file", "    password_file: x", ("config_unsafe", "channels.mail.password_file", 11)),
        (MAIL, "security", "    security: none", ("config_unsafe", "channels.mail.security", 6)),
        (MAIL, "security", "    security: ssl", ("config_value", "channels.mail.security", 6)),
        (MAIL, "port", "    port: 0", ("config_unsafe", "channels.mail.port", 5)),
        (MAIL, "port", "    port: 65536", ("config_unsafe", "channels.mail.port", 5)),
        (MAIL, "port", '    port: "25"', ("config_value", "channels.mail.port", 5)),
        (MAIL, "host", "    host: mail..example", ("config_unsafe", "channels.mail.host", 4)),
        (MAIL, "host", "    host: https://mail.example", ("config_unsafe", "channels.mail.host", 4)),
        (MAIL, "from_address", "    from_address: 配建@a", ("config_unsafe", "channels.mail.from_address", 7)),
        (MAIL, "timeout_seconds", "    timeout_seconds: 0", ("config_unsafe", "channels.mail.timeout_seconds", 11)),
        (MAIL, "mail", f"  mail: smtp://u:{SECRET}@h", ("config_syntax", "", 3)),
        (HOOK, "url", "    url: http://a.example/b", ("config_unsafe", "channels.hook.url", 4)),
        (HOOK, "url", f"    url: https://u:{SECRET}@a.example/b", ("config_unsafe", "channels.hook.url", 4)),
        (HOOK, "url", "    url: https://a.example:99999/b", ("config_unsafe", "channels.hook.url", 4)),
        (HOOK, "url", "    url: ftp://a.example/b", ("config_unsafe", "channels.hook.url", 4)),
        (HOOK, "secret_env", None, ("config_missing_key", "channels.hook.secret_env", 2)),
        (HOOK, "secret_file", "    secret_file: x", ("config_unsafe", "channels.hook.secret_file", 6)),
        (ROBOT, "housing", "      fire:", ("config_reference", "channels.im.robots.fire", 5)),
        (ROBOT, "url_env", f"        url_env: https://q/{SECRET}", ("config_unsafe",
         "channels.im.robots.housing.url_env", 6)),
        (ROBOT, "url_env", f"        {SECRET}: x", ("config_unknown_key", f"channels.im.robots.housing.{SECRET}", 6)),
    ],
)  # fmt: skip
def test_a_bad_channel_is_refused_with_its_place_and_without_its_value(
    lines: tuple[str, ...], key: str, line: str | None, expected: tuple[str, str, int]
) -> None:
    with pytest.raises(Invalid) as caught:
        read(*put(lines, key, line))
    params: dict[str, Any] = caught.value.params
    assert (caught.value.code, params["key"], params["line"] - START) == expected
    assert SECRET not in str({**params, "key": ""})


@pytest.mark.parametrize("lines", [("channels: {}",), ("channels:", "  im: { kind: wecom, robots: {} }")])
def test_a_district_that_tells_nobody_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as caught:
        read(*lines)
    assert caught.value.params["reason"] == "tells_nobody"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", '"::1"'])
def test_a_password_may_go_to_this_machine_in_the_open(host: str) -> None:
    lines = put(put(MAIL, "host", f"    host: {host}"), "security", "    security: none")
    assert isinstance(read(*lines).channels["mail"], Smtp)


@given(st.text(max_size=40))
def test_no_text_makes_the_judges_of_addresses_fail(text: str) -> None:
    assert not (is_local(text) and not is_host(text))
    for found in (is_mailbox(text), is_web_address(text), is_host(text)):
        assert not found or (text.isascii() and text.isprintable() and " " not in text)
