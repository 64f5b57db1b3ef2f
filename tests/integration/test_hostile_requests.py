"""Requests that no honest client sends: each gets an error that says why, and changes nothing."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from doors import ON_EVERY_ANSWER, Answer, Door, exchange, guarded, served
from sqlalchemy.engine import make_url
from world import CASE, HOUSING, NR, World

from service.addresses import ROWS
from service.guard import MAX_BODY, MAX_FIELDS
from service.rates import Rates
from service.web import Service, application
from states.errors import Conflict

JSON = ("Content-Type", "application/json")
ADD = f"/v1/document/add/{CASE}"
SIGN = f"/v1/sign/{CASE}"
SHOW = f"/v1/case/show/{CASE}"
PAPER = {"kind": "planning_conditions", "reference": "示例〔2021〕7号", "issued_on": "2021-03-01"}


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    """A door to an office whose case stands at the planning review."""
    found = Door(guarded(world))
    yield found
    found.runner.close()


@pytest.fixture
def ask(door: Door, world: World) -> Callable[..., Answer]:
    """Ask as the lead of the planning review."""

    def asked(method: str, target: str, body: Any = b"", *headers: tuple[str, str], **more: Any) -> Answer:
        sent = body if isinstance(body, bytes | list) else json.dumps(body).encode()
        answer = door.ask(method, target, world.tokens[NR], sent, headers or (JSON,), **more)
        assert answer.status < 500, answer
        assert ON_EVERY_ANSWER.items() <= answer.headers.items()
        return answer

    return asked


@pytest.fixture
def unchanged(world: World) -> Iterator[None]:
    """Whatever the test does leaves every row and every file as it was."""
    before = (world.dump(), world.office.files.names())
    yield
    assert (world.dump(), world.office.files.names()) == before


def parts(*given: tuple[str, str | None, bytes], mark: str = "m") -> tuple[bytes, tuple[str, str]]:
    """A multipart body of (name, file name, content), and its header."""
    pieces = []
    for name, file, content in given:
        said = "" if file is None else f'; filename="{file}"'
        pieces.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"{said}\r\n\r\n'.encode() + content)
    body = b"\r\n".join([*pieces, f"--{mark}--\r\n".encode()])
    return body, ("Content-Type", f"multipart/form-data; boundary={mark}")


FIELDS = ("fields", None, json.dumps(PAPER).encode())


# -- JSON that is none ---------------------------------------------------------------------------------------

BROKEN = {
    "cut off": b'{"verdict": "agr',
    "not a number": b'{"note": NaN}',
    "endless": b'{"note": Infinity}',
    "endless when read": b'{"note": 1e999}',
    "twice": b'{"verdict": "agree", "verdict": "object"}',
    "twice within": b'{"note": {"a": 1, "a": 2}}',
    "deep lists": b"[" * 100_000,
    "deep groups": b'{"a":' * 100_000,
    "a list": b'["verdict"]',
    "a text": b'"verdict"',
    "nothing": b"null",
    "broken UTF-8": b'{"note": "\xff\xfe"}',
    "half a character": b'{"note": "\\ud800"}',
    "half a character as a name": b'{"\\udfff": 1}',
    "two documents": b"{}{}",
    "a very long number": b'{"note": ' + b"9" * 10_000 + b"}",
    "form": b"verdict=agree",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.usefixtures("unchanged")
def test_what_is_no_json_object_is_refused(ask: Callable[..., Answer], body: bytes) -> None:
    answer = ask("POST", SIGN, body)
    assert (answer.status, answer.code) == (422, "not_json")


@pytest.mark.parametrize("depth", [20, 200, 450, 800, 900, 980])
@pytest.mark.usefixtures("unchanged")
def test_whatever_can_be_read_can_be_answered(ask: Callable[..., Answer], depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    for target, name in ((SIGN, "note"), ("/v1/case/open", "record"), ("/v1/form/check", "known")):
        for body in (
            b'{"%s": %s}' % (name.encode(), deep),
            b'{"%s": %s}' % (name.encode(), b"[" * depth + b"]" * depth),
        ):
            assert ask("POST", target, body).status in (400, 404, 409, 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json"])
@pytest.mark.usefixtures("unchanged")
def test_a_body_of_another_kind_is_refused(ask: Callable[..., Answer], kind: str) -> None:
    answer = ask("POST", SIGN, {"verdict": "agree"}, ("Content-Type", kind))
    assert (answer.status, answer.code) == (415, "wrong_media_type")
    assert answer.json["text"] == f"请求正文的类型是 {kind}；此处可用的类型：application/json, multipart/form-data。"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON", None])
def test_json_may_be_called_json_in_every_way(ask: Callable[..., Answer], kind: str | None) -> None:
    headers = [("Content-Type", kind)] if kind else [("Accept", "*/*")]
    assert ask("POST", SIGN + "?dry_run=true", {"verdict": "nonsense"}, *headers).code == "invalid_input"


# -- how much, and how slowly --------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["-1", "abc", "1e3", "9" * 5000, "", "0x10", "１２"[:1].encode().decode("latin-1")])
@pytest.mark.usefixtures("unchanged")
def test_a_length_that_is_none(ask: Callable[..., Answer], said: str) -> None:
    answer = ask("POST", SIGN, b"{}", JSON, ("Content-Length", said))
    assert answer.status in (400, 413, 422)


@pytest.mark.usefixtures("unchanged")
def test_too_much_is_refused_announced_or_not(ask: Callable[..., Answer]) -> None:
    announced = ask("POST", SIGN, b"{}", JSON, ("Content-Length", str(MAX_FIELDS + 1)))
    assert (announced.status, announced.json["params"]) == (413, {"limit": MAX_FIELDS})
    pieces = [b" " * 100_000] * (MAX_FIELDS // 100_000 + 1)
    assert ask("POST", SIGN, pieces, JSON).status == 413
    parted = ("Content-Type", "multipart/form-data; boundary=m")
    assert ask("POST", ADD, b"", parted, ("Content-Length", str(MAX_BODY + 1))).status == 413


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=m", "multipart/json", "Multipart/x"])
def test_only_what_holds_files_may_be_as_large_as_a_file(ask: Callable[..., Answer], kind: str) -> None:
    answer = ask("POST", SIGN, [b" " * 500_000] * 4, ("Content-Type", kind))
    assert answer.status in (413, 415)


@pytest.mark.usefixtures("unchanged")
def test_a_field_in_parts_is_not_larger_than_fields_alone(ask: Callable[..., Answer]) -> None:
    body, kind = parts(("fields", None, b" " * (MAX_FIELDS * 2)))
    assert ask("POST", ADD, body, kind).status in (413, 422)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("language", "word"), [("en", "arrive"), ("zh", "秒")])
def test_who_drips_is_not_waited_for(world: World, language: str, word: str) -> None:
    door = Door(guarded(world, read_seconds=0.2))
    answer = door.ask("POST", SIGN, world.tokens[NR], [b" "] * 100, (JSON, ("Accept-Language", language)), pause=0.05)
    door.runner.close()
    assert (answer.status, answer.code) == (408, "request_too_slow")
    assert word in answer.json["text"]


@pytest.mark.parametrize(("language", "word"), [("en", "too large"), ("zh", "字节")])
def test_limits_speak_the_language_that_is_asked_for(door: Door, world: World, language: str, word: str) -> None:
    said = (JSON, ("Accept-Language", language))
    announced = door.ask("POST", SIGN, world.tokens[NR], b"{}", (*said, ("Content-Length", str(MAX_FIELDS + 1))))
    come = door.ask("POST", SIGN, world.tokens[NR], [b" " * MAX_FIELDS, b"  "], said)
    assert [word in answer.json["text"] for answer in (announced, come)] == [True, True]


# -- addresses -----------------------------------------------------------------------------------------------

ODD = [
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "a%00b",
    "%ff%fe",
    "%C0%AF",
    "a%2Fb",
    "..%5c..%5c",
    "%0d%0aX:%20y",
    "%E4%B8",
]


@pytest.mark.both_databases
@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", ODD)
def test_odd_ids_are_looked_up_and_not_found(ask: Callable[..., Answer], name: str) -> None:
    for way in ("case/show", "case/dossier", "paper/letter", "document/list", "journal/show"):
        target = f"/v1/{way}/{name}" if way != "journal/show" else f"/v1/{way}?case={name}"
        assert ask("GET", target).status in (200, 404, 422), target
    assert ask("GET", f"/v1/document/get/{name}?number=1").status in (404, 422)
    assert ask("POST", f"/v1/sign/{name}", {"verdict": "agree"}).status in (404, 422)


@pytest.mark.both_databases
@pytest.mark.parametrize("name", [unit for unit in ODD if "00" in unit or "ff" in unit])
def test_odd_texts_in_queries_and_fields(ask: Callable[..., Answer], world: World, name: str) -> None:
    assert ask("GET", f"/v1/case/list?search={name}&town={name}&department={name}").status in (200, 404, 422)
    assert ask("GET", f"/v1/remind/list?account={name}").status in (200, 404, 422)
    assert ask("GET", f"/v1/case/why/{CASE}?suppositions={name}").status in (404, 422)
    text = "a\0b"
    for target, fields in (
        ("/v1/account/add/x%00", {"organisation": NR, "level": "clerk"}),
        ("/v1/form/check", {"action": text, "known": {text: text}}),
        ("/v1/duty/done/x%00", {"document": text, "period": text}),
        (SIGN, {"verdict": "agree", "note": text}),
        (ADD, {**PAPER, "reference": text}),
    ):
        assert 400 <= ask("POST", target, fields).status < 500, target


@pytest.mark.parametrize(
    "target", ["/v1", "/v1/", "/v1/inbox/", "//v1/inbox", "/health/", "/v1/../health", "/", "/docs"]
)
def test_an_address_that_is_none_is_not_found(ask: Callable[..., Answer], target: str) -> None:
    """And nobody is sent elsewhere, least of all to a host that the request itself names."""
    answer = ask("GET", target, b"", ("Host", "evil.example"))
    assert (answer.status, answer.code) == (404, "no_such_address")
    assert "location" not in answer.headers


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "TRACE", "DELETE", "PATCH", "CONNECT", "BREW"])
def test_other_methods_are_refused(ask: Callable[..., Answer], method: str) -> None:
    for target, allowed in ((SHOW, {"GET", "HEAD"}), (SIGN, {"POST"}), ("/health", {"GET", "HEAD"})):
        answer = ask(method, target)
        assert (answer.status, answer.code) == (405, "wrong_method")
        assert {word.strip() for word in answer.headers["allow"].split(",")} == allowed


@pytest.mark.usefixtures("unchanged")
def test_the_head_of_an_answer(world: World, ask: Callable[..., Answer]) -> None:
    assert ask("HEAD", SHOW).status == 200
    assert ask("HEAD", SIGN, b"").status == 405
    with served(guarded(world)) as port:
        said = exchange(port, f"HEAD {SHOW} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 401 ") and said.endswith(b"\r\n\r\n")


# -- queries and headers -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchanged")
def test_a_field_is_named_once(ask: Callable[..., Answer]) -> None:
    for query in ("town=a&town=b", "town=a&tow%6E=a", "csv=true&csv=false"):
        assert ask("GET", f"/v1/case/list?{query}").code == "invalid_input"
    assert ask("POST", f"{SIGN}?verdict=agree", {}).code == "invalid_input"
    assert ask("POST", SIGN, {"verdict": "agree", "case": CASE}).code == "field_twice"
    assert ask("GET", f"{SHOW}?case={CASE}").code == "field_twice"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("query", ["dry_run=maybe", "dry_run=tru", "dry_run=", "dry_run=true&dry_run=false", "dry_run"])
def test_a_trial_that_is_not_clearly_one_is_refused(ask: Callable[..., Answer], query: str) -> None:
    """It would otherwise be done."""
    answer = ask("POST", f"/v1/case/circulate/{CASE}?{query}", {})
    assert (answer.status, answer.code) == (422, "invalid_input")


@pytest.mark.parametrize("query", ["dry_run=true", "dry_run=1", "dry_run=True"])
@pytest.mark.usefixtures("unchanged")
def test_a_trial_changes_nothing(ask: Callable[..., Answer], query: str) -> None:
    answer = ask("POST", f"/v1/case/circulate/{CASE}?{query}", {})
    assert (answer.status, answer.json["dry_run"]) == (200, True)


@pytest.mark.usefixtures("unchanged")
def test_a_key_where_none_is_kept(ask: Callable[..., Answer]) -> None:
    key = ("Idempotency-Key", "k1")
    assert ask("GET", SHOW, b"", key).code == "key_not_kept"
    assert ask("POST", "/v1/account/close/x", {}, JSON, key).code == "key_not_kept"
    for odd in ("", " ", "a b", "x" * 41, "a\xff", "../x"):
        assert ask("POST", f"/v1/case/circulate/{CASE}", {}, JSON, ("Idempotency-Key", odd)).code == "invalid_input"
    assert ask("POST", SIGN, {"verdict": "agree", "request_id": "k2"}, JSON, key).code in (
        "field_twice",
        "invalid_input",
    )


def test_a_key_belongs_to_one_request(ask: Callable[..., Answer], world: World, door: Door) -> None:
    key = ("Idempotency-Key", "k1")
    first = ask("POST", f"/v1/case/circulate/{CASE}", {}, JSON, key)
    again = ask("POST", f"/v1/case/circulate/{CASE}", {}, JSON, key)
    assert [first.json["repeated"], again.json["repeated"]] == [False, True]
    before = world.dump()
    assert (
        ask("POST", f"/v1/case/circulate/{CASE}", {"happened_on": "2021-03-01"}, JSON, key).code == "request_id_reused"
    )
    assert ask("POST", SIGN, {"verdict": "agree"}, JSON, key).code == "request_id_reused"
    other = door.ask("POST", f"/v1/case/circulate/{CASE}", world.tokens[HOUSING], b"{}", (JSON, key))
    assert other.status == 422
    assert world.dump() == before


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("width", ["0", "-5", "9" * 5000, "80.5", "", "\xb2", "80; interactive=7; width=2"])
def test_absurd_wishes_are_brought_into_bounds(ask: Callable[..., Answer], width: str) -> None:
    answer = ask("GET", SHOW, b"", ("Accept", f"{ROWS}; width={width}"))
    assert (answer.status, answer.headers["content-type"]) == (200, ROWS)


@pytest.mark.parametrize("language", ["", "*", "en;q=0, de", "\xff\xfe", "x" * 30_000, "zh-Hant;q=9e99", "e"])
def test_absurd_languages(ask: Callable[..., Answer], language: str) -> None:
    assert ask("GET", "/v1/case/show/none", b"", ("Accept-Language", language)).code == "unknown_case"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "day", [0, 86_400, "0", "1614556800", 1e-9, "1.2e-236", "inf", True, "2021-02-30", "2021-03-01T01:00"]
)
def test_a_day_is_not_a_number(ask: Callable[..., Answer], day: Any) -> None:
    given = [(f"/v1/case/circulate/{CASE}", {"happened_on": day}), (ADD, {**PAPER, "issued_on": day}),
             ("/v1/account/token/x", {"expires": day})]  # fmt: skip
    for target, fields in given:
        assert ask("POST", target, fields).code == "invalid_input", target
    assert ask("GET", f"/v1/remind/preview?until={day}").code == "invalid_input"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", ["¹", "0.³", "١", "a.0.¹", "…", "{0}", "%(x)s", "x" * 10_000])
def test_whatever_a_field_is_called(ask: Callable[..., Answer], name: str) -> None:
    assert ask("POST", f"/v1/case/circulate/{CASE}", {name: 1}).code == "invalid_input"
    assert ask("GET", f"/v1/case/list?{quote(name)}=1").code == "invalid_input"
    assert ask("POST", f"{SIGN}?{quote(name)}=1", {}).code == "invalid_input"


# -- tokens --------------------------------------------------------------------------------------------------


def test_a_token_stands_in_its_header_alone(door: Door, world: World) -> None:
    token = world.tokens[NR]
    for target in (
        f"/v1/whoami?token={token}",
        f"/v1/whoami?access_token={token}",
        f"/v1/whoami?Authorization={token}",
    ):
        assert door.ask("GET", target).code == "no_account"
    given = [
        ("Cookie", f"token={token}"), ("X-Token", token), ("Authorization", token), ("Authorization", f"Basic {token}"),
        ("Authorization", "Bearer"), ("Authorization", "Bearer "), ("Proxy-Authorization", f"Bearer {token}"),
    ]  # fmt: skip
    for header in given:
        assert door.ask("GET", "/v1/whoami", headers=[header]).code == "no_account", header
    assert door.ask("POST", "/v1/case/list", None, json.dumps({"token": token}).encode()).status in (401, 405)


@pytest.mark.parametrize("token", ["x" * 60_000, "\xe9\xff" * 20, "a b", "'; DROP TABLE account; --", "{0}", "%s"])
def test_tokens_that_are_none(door: Door, token: str) -> None:
    answer = door.ask("GET", SHOW, token)
    assert (answer.status, answer.code) == (401, "bad_token")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not {token, token[:8]} & set(answer.body.decode().split('"'))


def test_two_tokens_are_not_one(door: Door, world: World) -> None:
    """Whichever counts, it is one of them, and never both."""
    both = [("Authorization", "Bearer nonsense"), ("Authorization", f"Bearer {world.tokens[NR]}")]
    assert door.ask("GET", "/v1/whoami", headers=both).status in (200, 401)


def test_who_is_nobody_hears_nothing_else(door: Door, world: World) -> None:
    """Whatever is wrong with the request, and whether or not there is such a case."""
    wrong = [("GET", SHOW, b""), ("GET", "/v1/case/show/none", b""), ("POST", SIGN, b"{"), ("POST", SIGN, b"x" * 1000),
             ("GET", "/v1/case/list?nonsense=1", b""), ("POST", ADD, b"--m"),
             ("GET", "/v1/paper/letter/%00", b""), ("GET", "/v1/case/show/a%0Ab%0D", b"")]  # fmt: skip
    told = {door.ask(method, target, None, body, [JSON]).body for method, target, body in wrong}
    assert len(told) == 1
    assert json.loads(told.pop())["error"] == "no_account"


def test_a_very_long_address_is_not_told_again(door: Door) -> None:
    for method, target in (("GET", "/nowhere/" + "x" * 60_000), ("DELETE", SHOW + "x" * 60_000)):
        assert len(door.ask(method, target).body) < 2000
    assert max(map(len, door.lines)) < 2000


def test_what_is_wrong_with_the_server_is_told_to_its_log_alone(world: World, door: Door) -> None:
    """Where its database lies, and what the driver says of it, is nothing to anybody outside."""
    assert door.ask("GET", SHOW, world.tokens[NR]).status == 200
    world.close()
    broken = Door(guarded(replace(world, url=elsewhere(world))))
    for token in (None, "nonsense", world.tokens[NR]):
        told = broken.ask("GET", SHOW, token)
        assert told.status == 503 and told.code.startswith("database_")
        assert "elsewhere" not in told.body.decode()
        logged = json.loads(broken.lines[-1])["error"]
        assert logged["code"] == told.code and "elsewhere" in json.dumps(logged["params"])
    broken.runner.close()


def elsewhere(world: World) -> str:
    """An address at which there is no database."""
    url = make_url(world.url)
    return url.set(database=f"{url.database}-elsewhere").render_as_string(hide_password=False)


# -- how often -----------------------------------------------------------------------------------------------


def test_who_asks_too_often_is_told_when_to_come_again(world: World) -> None:
    door = Door(guarded(world, per_second=0.5, at_once=3))
    one, other = world.tokens[NR], world.tokens[HOUSING]
    assert [door.ask("GET", "/v1/whoami", one).status for _ in range(5)] == [200, 200, 200, 429, 429]
    late = door.ask("GET", "/v1/whoami", one, headers=[("Accept-Language", "en")])
    assert late.code == "too_many_requests" and "Too many" in late.json["text"]
    assert late.json["exit_code"] == Conflict.exit_code  # a script that tries again does right
    assert 1 <= int(late.headers["retry-after"]) <= 2
    assert ON_EVERY_ANSWER.items() <= late.headers.items()
    assert door.ask("GET", "/v1/whoami", other).status == 200
    assert [door.ask("GET", "/v1/whoami").status for _ in range(4)] == [401, 401, 401, 429]
    door.runner.close()


def test_who_watches_over_the_service_is_never_told_to_come_again(world: World) -> None:
    door = Door(guarded(world, per_second=0.01, at_once=1))
    assert [door.ask("GET", "/v1/whoami").status for _ in range(2)] == [401, 429]
    assert {door.ask("GET", path).status for path in ("/health", "/ready") * 3} == {200}
    door.runner.close()


def test_a_full_house_says_that_nothing_was_begun(world: World) -> None:
    service, free = Service(world.url, world.config, threads=1, answer_seconds=0.2), threading.Event()
    door = Door(application(service, Rates(1000, 1000, time.monotonic)))
    busy = service._pool.submit(free.wait)
    assert door.ask("GET", "/ready").status == 200  # it works as well as it can, and stays where it is
    told = door.ask("POST", f"/v1/account/close/{HOUSING}", world.tokens["admin"])
    assert (told.status, told.code, told.json["exit_code"]) == (503, "server_busy", Conflict.exit_code)
    free.set()
    assert busy.result()
    assert door.ask("GET", "/v1/whoami", world.tokens[HOUSING]).status == 200
    door.runner.close()


def test_the_journal_tells_nobody_the_digest_of_a_token(door: Door, world: World) -> None:
    told = door.ask("GET", "/v1/journal/show", world.tokens[NR])
    assert told.status == 200 and any(entry["action"] == "account add" for entry in told.json)
    assert b"token_digest" not in told.body


def test_whoever_guesses_tokens_does_not_begin_anew_with_each(world: World) -> None:
    """And keeps nobody out who was let in before."""
    door, good = Door(guarded(world, per_second=0.01, at_once=3)), world.tokens[NR]
    assert door.ask("GET", "/v1/whoami", good).status == 200
    guesses = [door.ask("GET", "/v1/whoami", secrets.token_urlsafe(32)).status for _ in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    assert [door.ask("GET", "/v1/whoami", good).status for _ in range(3)] == [200, 200, 429]
    door.runner.close()


# -- files ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("given", [
    "/etc/passwd", {"name": "a.pdf", "content": "/etc/passwd"}, {"name": "a.pdf", "content": {"path": "/etc/passwd"}},
    {"name": "a.pdf", "content": {"sha256": "0" * 64, "size": 1, "opened": "/etc/passwd"}},
    {"name": "/etc/passwd", "path": "/etc/passwd"}, ["/etc/passwd"], "file:///etc/passwd", None,
], ids=repr)  # fmt: skip
def test_a_file_is_never_named_in_json(ask: Callable[..., Answer], given: Any) -> None:
    """Neither in a body of fields alone, nor in the part that holds the fields."""
    fields = {**PAPER, "file": given}
    for target, name, more in (
        (ADD, "file", fields), ("/v1/calendar/import", "file", {"file": given}),
        ("/v1/case/import", "source", {"source": given}), ("/v1/journal/verify", "checkpoint", {"checkpoint": given}),
        (SIGN, "scan", {"verdict": "agree", "scan": given}),
    ):  # fmt: skip
        plain = ask("POST", target, more)
        body, kind = parts(("fields", None, json.dumps(more).encode()))
        parted = ask("POST", target, body, kind)
        for answer in (plain, parted):
            assert (answer.status, answer.code) == (422, "invalid_input"), target
            assert name in {problem["field"] for problem in answer.json["params"]["problems"]}
            assert b"root:" not in answer.body


NAMES = ["../../../etc/cron.d/x", "/etc/passwd", "..\\..\\x", "..", ".", "a\\b", "a\0b.pdf", "x" * 5000]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", NAMES, ids=[ascii(name[:12]) for name in NAMES])
def test_a_file_is_called_by_a_plain_name(ask: Callable[..., Answer], name: str) -> None:
    body, kind = parts(FIELDS, ("file", name, b"content"))
    answer = ask("POST", ADD, body, kind)
    assert (answer.status, answer.code) in ((422, "invalid_input"), (422, "not_parts"))


def test_a_file_keeps_its_name_and_puts_nothing_else_into_a_header(ask: Callable[..., Answer], world: World) -> None:
    name = "复函; filename=x.exe'%0d%0aSet-Cookie: a=b"
    body, kind = parts(FIELDS, ("file", name, b"content"))
    assert ask("POST", ADD, body, kind).status == 200
    number = world.case().documents[-1].number
    answer = ask("GET", f"/v1/document/get/{CASE}?number={number}")
    assert answer.body == b"content"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in answer.headers


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "content", [b"%PDF-1.4\n", b"year: [", b"year: 2026\n", b"\xff\xfe", b"", b"&a [*a]", b"PK\x03\x04"]
)
def test_a_file_that_is_not_what_it_should_be_is_the_senders_fault(
    ask: Callable[..., Answer], world: World, door: Door, content: bytes
) -> None:
    """What is said of a calendar is said of our own configuration, too, and that would be ours to mend."""
    given = (("/v1/calendar/import", "file"), ("/v1/case/import", "source"), ("/v1/journal/verify", "checkpoint"))
    for target, name in given:
        body, kind = parts((name, "a.xlsx", content))
        assert door.ask("POST", target, world.tokens["admin"], body, [kind]).status == 422, target


@pytest.mark.usefixtures("unchanged")
def test_parts_that_do_not_fit(ask: Callable[..., Answer]) -> None:
    file = ("file", "a.pdf", b"content")
    for given in ([FIELDS, file, file], [FIELDS, FIELDS, file], [FIELDS, ("other", "a.pdf", b"x")],
                  [FIELDS, ("file", None, b"content")], [("fields", "f.json", FIELDS[2]), file],
                  [FIELDS, *([file] * 6)], [FIELDS, ("case", None, CASE.encode())],
                  [FIELDS, ("", "a", b"x")]):  # fmt: skip
        body, kind = parts(*given)
        assert ask("POST", ADD, body, kind).status == 422, given
    body, kind = parts(FIELDS, file)
    assert ask("POST", SIGN, body, kind).status == 422


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "kind", ["", "; boundary=", "; boundary=other", "; boundary=" + "x" * 500, "; boundary=\xff", ";;"]
)
def test_parts_that_cannot_be_told_apart(ask: Callable[..., Answer], kind: str) -> None:
    body, _ = parts(FIELDS, ("file", "a.pdf", b"content"))
    answer = ask("POST", ADD, body, ("Content-Type", f"multipart/form-data{kind}"))
    assert (answer.status, answer.code) in ((422, "not_parts"), (422, "invalid_input"))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("body", [
    b"", b"--m", b"--m--\r\n", b"\r\n" * 1000, b"--m\r\n" * 1000, b"--m\r\n\r\n\r\n--m--",
    b"--m\r\nContent-Disposition: x\r\n\r\n",
    b"--m\r\nContent-Disposition: form-data\r\n\r\na\r\n--m--\r\n", b"--m\r\n[x]: y\r\n\r\n--m--\r\n",
    b"--m\r\n" + b"X-Y: z\r\n" * 2000 + b"\r\n--m--\r\n",
    b"--m\r\nContent-Disposition: form-data; name=\"\xff\xfe\"; filename=\"\xff\"\r\n\r\na\r\n--m--\r\n",
])  # fmt: skip
def test_broken_parts(ask: Callable[..., Answer], body: bytes) -> None:
    answer = ask("POST", ADD, body, ("Content-Type", "multipart/form-data; boundary=m"))
    assert (answer.status, answer.code) in ((422, "not_parts"), (422, "invalid_input"))


# -- over the wire -------------------------------------------------------------------------------------------


def request(method: str, target: str, token: str = "", *headers: str, body: bytes = b"") -> bytes:
    said = [f"{method} {target} HTTP/1.1", "Host: x", "Connection: close", *headers]
    said += [f"Authorization: Bearer {token}"] if token else []
    return "\r\n".join([*said, "", ""]).encode("latin-1") + body


def test_broken_requests_over_the_wire(world: World) -> None:
    token, lines = world.tokens[NR], []
    app = guarded(world, read_seconds=0.3)
    app.log = lines.append
    before = world.dump()
    with served(app) as port:
        for header in ("Content-Length: -1", "Content-Length: x", "Content-Length: 1, 2", "X y: z", "A: b\0c"):
            assert exchange(port, request("POST", SIGN, token, header)).startswith(b"HTTP/1.1 400 "), header
        huge = exchange(port, request("POST", SIGN, token, f"Content-Length: {10**15}"))
        assert huge.startswith(b"HTTP/1.1 413 ")
        chunk = b"%x\r\n%s\r\n" % (200_000, b" " * 200_000)
        head = request("POST", SIGN, token, "Transfer-Encoding: chunked", "Content-Type: application/json")
        assert b" 413 " in exchange(port, head, *[chunk] * 6).splitlines()[0]
        assert b" 408 " in exchange(port, head, b"1\r\n \r\n").splitlines()[0]
        exchange(port, head, b"1\r\n \r\n", leave=True)
        smuggled = request("GET", "/health", "", "X-Request-Id: a\r\n b", "X-Forwarded-For: <script>")
        assert b"\r\nX: y" not in exchange(port, smuggled)
        asked = exchange(port, request("GET", "/health", "", "X-Request-Id: mine"))
        assert asked.startswith(b"HTTP/1.1 200 ") and b"mine" not in asked
    assert world.dump() == before
    assert {json.loads(line)["status"] for line in lines} == {200, 408, 413, 499}


def test_who_asks_for_a_file_may_go_on_talking(ask: Callable[..., Answer], world: World) -> None:
    """A body that nobody wants does not break off the answer."""
    body, kind = parts(FIELDS, ("file", "a.bin", secrets.token_bytes(300_000)))
    assert ask("POST", ADD, body, kind).status == 200
    number = world.case().documents[-1].number
    chunk = b"%x\r\n%s\r\n" % (400_000, b" " * 400_000)
    with served(guarded(world)) as port:
        head = request(
            "GET", f"/v1/document/get/{CASE}?number={number}", world.tokens[NR], "Transfer-Encoding: chunked"
        )
        said = exchange(port, head, *[chunk] * 4)
    assert said.startswith(b"HTTP/1.1 200 ") and len(said) > 300_000


def test_who_leaves_in_the_middle_leaves_no_traceback(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    app, lines = guarded(world), []
    app.log = lines.append
    head = request("POST", SIGN, world.tokens[NR], "Content-Length: 1000", "Content-Type: application/json")
    with served(app) as port:
        exchange(port, head, b'{"verdict"', pause=0.3, leave=True)
        assert exchange(port, request("GET", "/health")).startswith(b"HTTP/1.1 200 ")
    told = capfd.readouterr()
    assert "Traceback" not in told.err + told.out
    assert 500 not in {json.loads(line)["status"] for line in lines}


# -- the log -------------------------------------------------------------------------------------------------


def test_the_log_holds_neither_token_nor_query_nor_body(door: Door, world: World) -> None:
    token, secret = world.tokens[NR], "geheim" + secrets.token_hex(8)
    mine = ("X-Request-Id", secret)
    door.ask("GET", f"/v1/case/list?search={secret}", token, headers=[mine])
    door.ask("GET", f"/v1/whoami?token={secret}", secret)
    door.ask("POST", SIGN, token, json.dumps({"verdict": secret}).encode(), [JSON, ("User-Agent", secret)])
    door.ask("POST", SIGN, token, b'{"%s' % secret.encode(), [JSON, ("Cookie", secret), ("Referer", secret)])
    door.ask("BREW", "/v1/nowhere?" + secret, token)
    assert len(door.lines) == 5
    assert not any(hidden in line for line in door.lines for hidden in (token, secret, token[:8]))
    assert [json.loads(line)["account"] for line in door.lines] == [NR, None, NR, NR, None]


def test_every_answer_has_a_number_that_stands_in_the_log(door: Door, world: World) -> None:
    asked = [("GET", "/health", None), ("GET", "/v1/nowhere", None), ("PUT", "/health", None), ("GET", SHOW, None),
             ("GET", SHOW, world.tokens[NR]), ("GET", "/openapi.json", None),
             ("GET", f"/v1/case/dossier/{CASE}", world.tokens[NR])]  # fmt: skip
    answers = [door.ask(method, target, token) for method, target, token in asked]
    assert [answer.status for answer in answers] == [200, 404, 405, 401, 200, 200, 200]
    assert all(ON_EVERY_ANSWER.items() <= answer.headers.items() for answer in answers)
    numbers = [answer.headers["x-request-id"] for answer in answers]
    assert numbers == [json.loads(line)["request"] for line in door.lines] and len(set(numbers)) == len(numbers)
    assert all("\n" not in line for line in door.lines)


def test_a_line_break_in_an_address_makes_no_second_line(door: Door) -> None:
    door.ask("GET", "/v1/%0a%7b%22status%22:200%7d%e2%80%a8")
    assert len(door.lines) == 1 and door.lines[0].isascii() and len(door.lines[0].splitlines()) == 1


# -- what goes wrong inside ----------------------------------------------------------------------------------


def test_a_mistake_of_the_server_is_told_without_its_inside(
    door: Door, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.web.ask", lambda *given: 1 / 0)
    answer = door.ask("GET", SHOW, world.tokens[NR], headers=[("Accept-Language", "en")])
    assert (answer.status, answer.code) == (500, "internal_error")
    assert answer.headers["x-request-id"] == answer.json["params"]["request"]
    assert b"Zero" not in answer.body and "ZeroDivisionError" in capsys.readouterr().err


def test_the_pages_of_the_description_hold_no_secret(door: Door, world: World) -> None:
    told = door.ask("GET", "/openapi.json").body.decode()
    assert str(Path(world.config).parent) not in told and world.tokens[NR] not in told
