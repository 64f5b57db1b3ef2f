"""WeCom, webhook, folder and console: real servers and real files, and every answer that they can give."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import stat
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from notifications import senders
from notifications.senders import Deferred, Refused, Undelivered, open_sender
from notifications.senders.console import ConsoleSender
from notifications.senders.folder import FolderSender, file_name
from notifications.senders.secret import Secret
from notifications.senders.wecom import LONGEST, WeComSender, pieces
from states.channels import AnyChannel, Console, Folder, Robot, Webhook, WeCom
from states.errors import Invalid
from tests.builders import changed, rules
from tests.far_ends import AUTHORITY, dripping, hanging, listener, mail, message, script, site
from workflow import clock

KEY = "0123abcd-key-of-the-robot"
SHARED = "shared-with-the-province"


def deliver(channel: AnyChannel, environment: Mapping[str, str], base: Path = Path(), **changes: Any) -> None:
    sender = open_sender(channel, base=base, environment=environment)
    try:
        sender.send(message(**changes))
    finally:
        sender.close()


def told(deliver: Callable[[], None]) -> tuple[type[Undelivered], str]:
    with pytest.raises(Undelivered) as caught:
        deliver()
    assert KEY not in caught.value.reason and SHARED not in caught.value.reason
    return type(caught.value), caught.value.code


def hook(url: str, seconds: int = 5) -> Webhook:
    return Webhook("webhook", url, secret_env="HOOK", timeout_seconds=seconds)


def robot(url: str, seconds: int = 5) -> tuple[WeCom, dict[str, str]]:
    return WeCom("wecom", {"housing": Robot(url_env="ROBOT")}, seconds), {"ROBOT": f"{url}?key={KEY}"}


# -- webhook -------------------------------------------------------------------------------------------


def test_a_webhook_gets_signed_json_that_it_can_verify() -> None:
    with site() as there:
        deliver(hook(there.url), {"HOOK": SHARED})
    (got,) = there.requests
    assert json.loads(got.body) == message().data
    stamp = got.headers["x-peijian-timestamp"]
    signed = hmac.new(SHARED.encode(), stamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-peijian-signature"] == f"sha256={signed}"
    assert abs(int(stamp) - clock.now().timestamp()) < 60
    assert got.headers["idempotency-key"] == message().id
    assert got.headers["content-type"].startswith("application/json")
    assert got.headers["host"] == there.url.split("/")[2]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, (Refused, "redirected")), (302, (Refused, "redirected")), (307, (Refused, "redirected")),
        (400, (Refused, "server_refused")), (401, (Refused, "server_refused")), (404, (Refused, "server_refused")),
        (408, (Deferred, "server_busy")), (429, (Deferred, "server_busy")),
        (500, (Deferred, "server_busy")), (503, (Deferred, "server_busy")),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, expected: tuple[type[Undelivered], str]) -> None:
    with site() as elsewhere, site(status, headers={"Location": elsewhere.url}) as there:
        assert told(lambda: deliver(hook(there.url), {"HOOK": SHARED})) == expected
    assert elsewhere.requests == []


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_two_hundred_and_something_accepts(status: int) -> None:
    with site(status, body=b"") as there:
        deliver(hook(there.url), {"HOOK": SHARED})
    assert len(there.requests) == 1


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("7", 7, 7), ("in two minutes", 30, 121), ("999999999", 86400, 86400), ("Mon, 01 Jan 2001 00:00:00 GMT", 0, 0)],
)
def test_a_server_says_when_to_come_again(asked: str, least: float, most: float) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    headers = {"Retry-After": asked.replace("in two minutes", moment)}
    with site(503, headers=headers) as there, pytest.raises(Deferred) as caught:
        deliver(hook(there.url), {"HOOK": SHARED})
    assert caught.value.retry_after is not None and least <= caught.value.retry_after <= most


def test_nonsense_is_no_time() -> None:
    with site(503, headers={"Retry-After": "soon"}) as there, pytest.raises(Deferred) as caught:
        deliver(hook(there.url), {"HOOK": SHARED})
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    ("talk", "code"),
    [
        (hanging, "channel_silent"),
        (dripping(b"HTTP/1.1 200 OK\r\n"[:5]), "channel_silent"),
        (script(lambda *_: None), "channel_dropped"),
        (script(b"SSH-2.0-OpenSSH\r\n", lambda *_: None), "channel_dropped"),
    ],
)
def test_a_bad_web_server_costs_a_second(talk: Callable[..., None], code: str) -> None:
    with listener(talk) as port:
        begun = time.monotonic()
        url = f"http://127.0.0.1:{port}/"
        assert told(lambda: deliver(hook(url, 1), {"HOOK": SHARED})) == (Deferred, code)
        assert time.monotonic() - begun < 2.5


def test_an_answer_without_end_is_not_read_to_the_end() -> None:
    with site(404, body=b"x" * 5_000_000) as there:
        assert told(lambda: deliver(hook(there.url), {"HOOK": SHARED})) == (Refused, "server_refused")


def test_https_with_a_certificate_that_somebody_vouches_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with site(secure=True) as there:
        assert told(lambda: deliver(hook(there.url), {"HOOK": SHARED})) == (Deferred, "channel_tls")
        AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        deliver(hook(there.url), {"HOOK": SHARED})
    assert len(there.requests) == 1


def test_without_a_secret_nothing_is_posted() -> None:
    with site() as there:
        assert told(lambda: deliver(hook(there.url), {})) == (Deferred, "channel_secret_missing")
    assert there.requests == []


# -- WeCom -----------------------------------------------------------------------------------------------


def test_a_robot_is_told_the_brief_lines_and_nothing_else() -> None:
    with site() as there:
        channel, environment = robot(there.url)
        deliver(channel, environment, text="秘密", html="秘密", subject="秘密", name="秘密")
    (got,) = there.requests
    assert got.path == f"/hook?key={KEY}"
    content = "ZDPT-2020-0901\n会签\n2020-08-10"
    assert json.loads(got.body) == {"msgtype": "text", "text": {"content": content}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"errcode":45009,"errmsg":"api freq out of limit"}', (Deferred, "too_often")),
        (b'{"errcode":-1,"errmsg":"system busy"}', (Deferred, "server_busy")),
        (b'{"errcode":93000,"errmsg":"invalid webhook url"}', (Refused, "robot_refused")),
        (b'{"errcode":40058,"errmsg":"invalid Request Parameter"}', (Refused, "robot_refused")),
        (b'{"errcode":93000,"errmsg":"bad ' + KEY.encode() + b'"}', (Refused, "robot_refused")),
        (b"<html>maintenance</html>", (Deferred, "channel_refuses")),
        (b"[]", (Deferred, "channel_refuses")),
        (b"{}", (Deferred, "channel_refuses")),
        (b"", (Deferred, "channel_refuses")),
    ],
)
def test_the_robot_s_answer_stands_inside_http_200(body: bytes, expected: tuple[type[Undelivered], str]) -> None:
    with site(body=body) as there:
        channel, environment = robot(there.url)
        assert told(lambda: deliver(channel, environment)) == expected


@pytest.mark.parametrize(("status", "code"), [(502, "server_busy"), (429, "server_busy"), (404, "channel_refuses")])
def test_a_robot_s_server_out_of_order(status: int, code: str) -> None:
    with site(status) as there:
        channel, environment = robot(there.url)
        assert told(lambda: deliver(channel, environment)) == (Deferred, code)


def test_an_organisation_without_a_robot_is_refused() -> None:
    channel, environment = robot("http://127.0.0.1:9")
    assert told(lambda: deliver(channel, environment, recipient="health")) == (Refused, "no_robot")


def test_a_robot_takes_twenty_a_minute() -> None:
    now = [1000.0]
    with site() as there:
        channel, environment = robot(there.url)
        sender = WeComSender(channel, {"housing": Secret(environment, "ROBOT", None)}, lambda: now[0])
        for n in range(20):
            now[0] += 1
            sender.send(message(id=f"{n}@x"))
        with pytest.raises(Deferred) as caught:
            sender.send(message())
        assert (caught.value.code, caught.value.retry_after) == ("too_often", 60 - 19)
        now[0] += 60 - 19
        sender.send(message())
    assert len(there.requests) == 21


@pytest.mark.parametrize(
    "lines",
    [
        ("a",), ("中" * 3000,), ("a" * 2048, "b"), ("中" * 682, "x", "y"), ("😀" * 600, "é" * 1500), ("",), (),
        tuple(f"第{n}项 会签 2020-08-10" for n in range(300)), ("a" + "中" * 2000,),
    ],
)  # fmt: skip
def test_a_text_is_split_by_bytes_and_loses_nothing(lines: tuple[str, ...]) -> None:
    found = list(pieces(lines))
    assert all(0 < len(piece.encode()) <= LONGEST for piece in found)
    assert "".join(found).replace("\n", "") == "".join(lines)
    if all(len(line.encode()) <= LONGEST for line in lines):
        assert "\n".join(found).split("\n") == list(lines) or not any(lines)
    assert len(found) <= sum(len(line.encode()) + 1 for line in lines) // 1000 + 1


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("http://qyapi.example/send?key=1", "channel_secret_unusable"), ("not a key", "channel_secret_unusable"),
        ("https://", "channel_secret_unusable"), ("abc/../x?y", "channel_secret_unusable"),
        ("https://user:word@qyapi.example/send", "channel_secret_unusable"), ("", "channel_secret_missing"),
    ],
)  # fmt: skip
def test_a_robot_s_secret_is_a_key_or_a_safe_url(secret: str, code: str) -> None:
    sender = open_sender(robot("http://127.0.0.1:9")[0], base=Path(), environment={"ROBOT": secret})
    with pytest.raises(Invalid) as caught:
        sender.check()
    assert caught.value.code == code
    assert not secret or secret not in str(caught.value)


# -- folder ----------------------------------------------------------------------------------------------


def test_a_folder_holds_one_whole_file_for_each_message(tmp_path: Path) -> None:
    sender = FolderSender(tmp_path / "a" / "outbox")
    sender.send(message())
    sender.send(message())
    sender.send(message(id="another@x", address=None, recipient="王/../五\n"))
    found = sorted((tmp_path / "a" / "outbox").iterdir())
    assert len(found) == 2
    assert all(path.name.startswith("2020-08-05_") and path.suffix == ".eml" for path in found)
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]
    assert {m["Message-ID"] for m in mails} == {f"<{message().id}>", "<another@x>"}
    assert {m["To"].addresses[0].domain for m in mails} == {"office.example", "peijian.invalid"}


def test_the_day_of_a_file_is_the_office_s_whatever_zone_the_moment_is_told_in() -> None:
    utc = message(created_at=message().created_at.astimezone(UTC))
    assert file_name(utc) == file_name(message())
    assert file_name(message(created_at=datetime(2020, 8, 5, 17, tzinfo=UTC))).startswith("2020-08-06_")


def test_many_senders_at_once_leave_whole_files_and_no_rest(tmp_path: Path) -> None:
    def work() -> None:
        for n in range(30):
            FolderSender(tmp_path).send(message(id=f"{n}@x"))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.iterdir())) == 30
    assert all(path.read_bytes().endswith(b"_=--\r\n") for path in tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_defers_and_a_check_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    sender = FolderSender(tmp_path / "file" / "outbox")
    assert told(lambda: sender.send(message())) == (Deferred, "channel_folder")
    with pytest.raises(Invalid, match="channel_folder"):
        sender.check()
    FolderSender(tmp_path / "new").check()
    assert not (tmp_path / "new").exists()


def test_a_file_is_its_owner_s(tmp_path: Path) -> None:
    FolderSender(tmp_path).send(message())
    (path,) = tmp_path.iterdir()
    assert os.name != "posix" or stat.S_IMODE(path.stat().st_mode) == 0o600


# -- console ---------------------------------------------------------------------------------------------


def test_the_console_shows_the_message_and_obeys_nothing_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    deliver(Console("console"), {}, subject="a\x1b[2J", text="b\r\x1b]0;evil\x07\nc")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["-> 区住建局 <housing@office.example>", "a [2J", "b", "]0;evil", "c", ""]


def test_a_closed_stream_and_a_narrow_one() -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    ConsoleSender(narrow).send(message())
    narrow.close()
    assert told(lambda: ConsoleSender(narrow).send(message())) == (Deferred, "channel_console")


# -- all of them -------------------------------------------------------------------------------------------


def test_every_broken_channel_is_found_and_none_stops_the_others(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with listener(hanging) as port:
        pass
    channels: dict[str, AnyChannel] = {
        "files": Folder(path="file/outbox"),
        "mail": mail(port),
        "locked": mail(port, username="u", password_env="NOT_SET"),
        "groups": WeCom("wecom", {"housing": Robot(url_file="missing")}),
        "province": hook(f"http://127.0.0.1:{port}/"),
        "screen": Console("console"),
        "good": Folder(),
    }
    found = list(senders.faults(changed(rules(), "channels", channels), base=tmp_path, environment={"HOOK": SHARED}))
    assert [(f.params["channel"], f.code) for f in found] == [
        ("files", "channel_folder"), ("mail", "channel_unreachable"), ("locked", "channel_secret_missing"),
        ("groups", "channel_secret_missing"), ("province", "channel_unreachable"),
    ]  # fmt: skip
    assert SHARED not in str(found)
