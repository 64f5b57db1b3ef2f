"""Mail against real servers: what arrives, and what each way of failing is called."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from notifications.senders import Deferred, Refused, Sender, Undelivered, open_sender
from states.channels import Smtp
from states.errors import Invalid
from tests.far_ends import (
    AUTHORITY,
    PASSWORD,
    USER,
    dripping,
    hanging,
    listener,
    mail,
    message,
    post_office,
    script,
)

ENVIRONMENT = {"MAIL_PASSWORD": PASSWORD, "WRONG": "wr0ng-horse"}
LOGIN = {"username": USER, "password_env": "MAIL_PASSWORD"}


@pytest.fixture(autouse=True)
def nothing_is_left_open() -> Iterator[None]:
    """A socket that nobody closed is told by the collector: in the test that lost it, not in a later one."""
    yield
    gc.collect()


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return "ca.pem"


@contextmanager
def opened(channel: Smtp, base: Path = Path()) -> Iterator[Sender]:
    sender = open_sender(channel, base=base, environment=ENVIRONMENT)
    try:
        yield sender
    finally:
        sender.close()


def outcome(channel: Smtp, base: Path = Path(), **changes: Any) -> Undelivered:
    """How one message fails."""
    with opened(channel, base) as sender, pytest.raises(Undelivered) as caught:
        sender.send(message(**changes))
    return caught.value


def told(error: Undelivered) -> tuple[type[Undelivered], str]:
    return type(error), error.code


# -- what arrives ---------------------------------------------------------------------------------------


def test_a_mail_arrives_as_it_was_meant() -> None:
    with post_office() as room, opened(mail(room.port)) as sender:
        sender.send(message())
    (envelope,), (got,) = room.envelopes, room.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("peijian@office.example", ["housing@office.example"])
    assert got["From"].addresses[0].display_name == "配建管理"
    assert got["To"].addresses[0].display_name == "区住建局"
    assert got["Subject"] == message().subject
    assert got["Message-ID"] == "<r-20200805-17@peijian.invalid>"
    assert got["Date"].datetime == message().created_at
    assert got["Auto-Submitted"] == "auto-generated"
    assert got.get_content_type() == "multipart/alternative"
    text, html = got.iter_parts()
    assert text.get_content().splitlines() == message().text.splitlines()
    assert html.get_content().strip() == message().html
    assert (envelope.original_content or b"").isascii()


def test_a_second_attempt_is_the_same_mail_to_the_byte() -> None:
    with post_office() as room:
        for _ in range(2):
            with opened(mail(room.port)) as sender:
                sender.send(message())
    first, second = (envelope.original_content for envelope in room.envelopes)
    assert first == second


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_over_tls_with_a_password(security: str, ca_file: str, tmp_path: Path) -> None:
    with (
        post_office(security, login=True) as room,
        opened(mail(room.port, security=security, ca_file=ca_file, **LOGIN), tmp_path) as sender,
    ):
        sender.check()
        assert room.envelopes == []
        sender.send(message())
    assert len(room.mails) == 1 and room.authenticated


def test_a_batch_goes_over_one_connection_and_survives_a_refusal_in_between() -> None:
    with post_office() as room, opened(mail(room.port)) as sender:
        sender.send(message(id="1@x"))
        room.answers["RCPT"] = "550 no such user"
        with pytest.raises(Refused):
            sender.send(message(id="2@x"))
        del room.answers["RCPT"]
        sender.send(message(id="3@x"))
    assert [m["Message-ID"] for m in room.mails] == ["<1@x>", "<3@x>"]
    assert [e.rcpt_tos for e in room.envelopes] == [["housing@office.example"]] * 2
    assert room.greetings == 1


def test_a_connection_that_died_between_two_messages_is_made_anew() -> None:
    with post_office() as room, opened(mail(room.port)) as sender:
        sender.send(message(id="1@x"))
        sender._open.handle.shutdown(2)  # type: ignore[attr-defined]
        sender.send(message(id="2@x"))
    assert (len(room.mails), room.greetings) == (2, 2)


# -- what the server may say ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        ("RCPT", "550 5.1.1 no such user", (Refused, "recipient_refused")),
        ("RCPT", "450 4.2.0 greylisted", (Deferred, "recipient_deferred")),
        ("RCPT", "421 4.3.2 shutting down", (Deferred, "recipient_deferred")),
        ("DATA", "554 5.7.1 spam", (Refused, "message_refused")),
        ("DATA", "452 4.3.1 full", (Deferred, "message_deferred")),
        ("DATA", "421 4.3.2 shutting down", (Deferred, "message_deferred")),
        ("MAIL", "550 not you", (Refused, "sender_refused")),
        ("MAIL", "451 later", (Deferred, "sender_deferred")),
        ("MAIL", "530 5.7.0 authentication required", (Deferred, "channel_login")),
    ],
)
def test_five_is_final_and_four_is_not(step: str, answer: str, expected: tuple[type[Undelivered], str]) -> None:
    with post_office(**{step: answer}) as room:
        error = outcome(mail(room.port))
    assert told(error) == expected
    assert answer in error.text
    assert room.envelopes == []
    if step == "RCPT":
        assert "housing@office.example" in error.reason


def test_a_message_without_a_usable_address_is_refused_without_a_word_to_the_server() -> None:
    channel = mail(9)
    assert told(outcome(channel, address=None)) == (Refused, "no_address")
    for address in ("nobody", "a@b@c", "a b@c.cn", "a@c.cn>", "<a@c.cn", "a@c.cn\nRCPT TO:<x@y.cn>", "张@c.cn", "a@"):
        assert told(outcome(channel, address=address)) == (Refused, "bad_address")
    assert told(outcome(channel, id="a\r\nBcc: x@y.cn")) == (Refused, "bad_message_id")


# -- what is the channel's fault ----------------------------------------------------------------------------


GREETED = (b"220 hi\r\n", b"250 hi\r\n")
ACCEPTING = (*GREETED, b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")


def half_an_answer(connection: socket.socket, done: Event) -> None:
    """The beginning of a longer answer, which cut off reads like a whole one."""
    connection.sendall(b"250")
    done.wait(10)


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (hanging, "channel_silent"),
        (dripping(b"220-hello\r\n"), "channel_silent"),
        (dripping(b"2"), "channel_silent"),
        (script(*GREETED, dripping(b"250-ok\r\n")), "channel_silent"),
        (script(*ACCEPTING, dripping(b"250-ok\r\n")), "channel_silent"),
        (script(*ACCEPTING, hanging), "channel_silent"),
        (script(*ACCEPTING, half_an_answer), "channel_silent"),
        (script(lambda *_: None), "channel_dropped"),
        (script(*GREETED, lambda *_: None), "channel_dropped"),
        (script(*ACCEPTING, lambda *_: None), "channel_dropped"),
        (script(b"554 go away\r\n"), "channel_refuses"),
        (script(b"421 busy\r\n"), "channel_refuses"),
        (script(b"HTTP/1.1 400 Bad Request\r\n"), "channel_refuses"),
        (script(b"220 hi\r\n", b"500 what?\r\n", b"500 what?\r\n"), "channel_refuses"),
        (script(b"220 " + b"x" * 9000 + b"\r\n", hanging), "channel_refuses"),
    ],
)
def test_a_bad_server_is_the_channel_s_fault_and_costs_a_second(talk: Callable[..., None], code: str) -> None:
    with listener(talk) as port:
        begun = time.monotonic()
        error = outcome(mail(port, timeout_seconds=1))
        assert time.monotonic() - begun < 2.5
    assert told(error) == (Deferred, code)


@pytest.mark.parametrize("talk", [hanging, dripping(b"\x16\x03\x03\x40\x00" + b"\x02" * 40)])
def test_a_handshake_has_the_same_limit(talk: Callable[..., None]) -> None:
    with listener(talk) as port:
        begun = time.monotonic()
        error = outcome(mail(port, security="tls", timeout_seconds=1))
        assert time.monotonic() - begun < 2.5
    assert told(error) == (Deferred, "channel_silent")


def test_nobody_there() -> None:
    with listener(hanging) as port:
        pass
    assert told(outcome(mail(port))) == (Deferred, "channel_unreachable")
    assert told(outcome(mail(25, host="no-such-host.invalid"))) == (Deferred, "channel_unreachable")


def test_a_wrong_password_is_not_the_recipient_s_fault_and_is_not_repeated(ca_file: str, tmp_path: Path) -> None:
    with post_office("starttls", login=True) as room:
        channel = mail(room.port, security="starttls", ca_file=ca_file, username=USER, password_env="WRONG")
        error = outcome(channel, tmp_path)
    assert told(error) == (Deferred, "channel_login")
    assert "wr0ng" not in error.reason


def test_a_server_that_repeats_the_password_does_not_put_it_into_the_reason() -> None:
    offer = b"250-hi\r\n250 AUTH PLAIN\r\n"
    with listener(script(b"220 hi\r\n", offer, b"535 not " + PASSWORD.encode() + b"\r\n")) as port:
        error = outcome(mail(port, **LOGIN))
    assert told(error) == (Deferred, "channel_login")
    assert PASSWORD not in error.reason and "***" in error.reason


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_ends_it_before_the_password(security: str) -> None:
    with post_office(security, login=True) as room:
        error = outcome(mail(room.port, security=security, **LOGIN))
    assert told(error) == (Deferred, "channel_tls")
    assert room.envelopes == []


def test_a_certificate_for_another_host_does_not_do(ca_file: str, tmp_path: Path) -> None:
    with post_office("tls", certificate=AUTHORITY.issue_cert("elsewhere.example")) as room:
        error = outcome(mail(room.port, security="tls", ca_file=ca_file), tmp_path)
    assert told(error) == (Deferred, "channel_tls")


def test_a_server_that_offers_no_tls_gets_nothing() -> None:
    with post_office() as room:
        error = outcome(mail(room.port, security="starttls", **LOGIN))
    assert told(error) == (Deferred, "channel_tls")
    assert room.envelopes == []


def test_a_missing_ca_file_and_a_missing_secret_defer(tmp_path: Path) -> None:
    assert told(outcome(mail(9, security="tls", ca_file="none.pem"), tmp_path)) == (Deferred, "channel_tls")
    channel = mail(9, username=USER, password_env="NOT_SET")
    assert told(outcome(channel)) == (Deferred, "channel_secret_missing")


# -- the check -------------------------------------------------------------------------------------------------


def test_a_check_sends_nothing_and_says_what_is_wrong(tmp_path: Path) -> None:
    with post_office() as room, opened(mail(room.port)) as sender:
        sender.check()
        assert room.envelopes == []
    with opened(mail(room.port)) as sender, pytest.raises(Invalid) as caught:
        sender.check()
    assert caught.value.code == "channel_unreachable"
    assert caught.value.params["place"] == f"127.0.0.1:{room.port}"


@pytest.mark.parametrize(
    ("mode", "content", "code"),
    [
        (0o600, PASSWORD, None),
        (0o640, f"{PASSWORD}\n", None),
        (0o644, PASSWORD, "channel_secret_open"),
        (0o660, PASSWORD, "channel_secret_open"),
        (0o600, " \n", "channel_secret_missing"),
        (0o600, "密码", "channel_secret_unusable"),
        (0o600, "two\nlines", "channel_secret_unusable"),
        (None, "", "channel_secret_missing"),
    ],
)
def test_a_secret_in_a_file_is_for_its_owner_alone(
    mode: int | None, content: str, code: str | None, ca_file: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    if mode is not None:
        file.write_text(content, encoding="utf-8")
        file.chmod(mode)
    with post_office("tls", login=True) as room:
        channel = mail(room.port, security="tls", ca_file=ca_file, username=USER, password_file="password")
        with opened(channel, tmp_path) as sender:
            if code is None:
                sender.check()
                return
            with pytest.raises(Invalid) as caught:
                sender.check()
    assert caught.value.code == code
    assert content.strip() == "" or content not in str(caught.value)


def test_neither_the_sender_nor_its_secret_shows_what_it_holds() -> None:
    from notifications.senders.secret import Secret

    assert PASSWORD not in repr(Secret(ENVIRONMENT, "MAIL_PASSWORD", None))
