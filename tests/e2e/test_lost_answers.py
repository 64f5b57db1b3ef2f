"""Networks lose answers, and people mistype addresses: what was asked for is done once, or told not to be done."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from program import CONFIG, LANGUAGES, Completed, Place, added
from serving import (
    Cutting,
    Fate,
    Served,
    cut_after,
    cut_before,
    cut_during,
    cut_within,
    passes,
    remote,
    request_of,
)

from states.errors import Conflict
from tests.serving import served as slow
from workflow.office import Office
from workflow.results import Done

FATES: dict[str, Fate] = {
    "before": cut_before, "during": cut_during, "after the commit": cut_after, "within the answer": cut_within,
}  # fmt: skip
_SIGN = ("sign", "{case}", "--verdict", "agree", "--text", "同意")
_ADD = ("account", "add", "somebody", "--org", "health", "--level", "clerk")


def _entries(before: dict[str, list[object]], place: Place) -> int:
    return len(added(before, place.contents()).get("journal", []))


@pytest.fixture
def behind(moments: dict[str, Place], served: Served) -> Place:
    """What lies behind the server."""
    return served.lay(moments["planning_joint_review"])


@pytest.mark.parametrize("fate", FATES)
def test_an_action_whose_answer_was_lost_is_done_once(fate: str, behind: Place, served: Served, tmp_path: Path) -> None:
    before = behind.contents()
    with Cutting(served.port, FATES[fate], passes) as between:
        done = remote(tmp_path, between.address).call(*_SIGN, token=behind.tokens["health"])
    assert done.exit == 0, done.text
    assert between.count == 2
    assert _entries(before, behind) == 1


@pytest.mark.parametrize("fate", FATES)
def test_a_question_is_asked_again(fate: str, behind: Place, served: Served, tmp_path: Path) -> None:
    with Cutting(served.port, FATES[fate], passes) as between:
        done = remote(tmp_path, between.address).call("case", "list", "--json", token=behind.tokens["health"])
    assert done.exit == 0, done.text
    assert len(done.json()) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("fate", FATES)
def test_an_action_that_stays_unanswered_names_the_key_to_repeat_it_with(
    fate: str, lang: str, behind: Place, served: Served, tmp_path: Path
) -> None:
    before, away = behind.contents(), remote(tmp_path, served)
    with Cutting(served.port, FATES[fate]) as between:
        through = remote(tmp_path, between.address, behind.tokens)
        done = through.call(*_SIGN, "--request-id", "sign-1", lang=lang, token="health")
    assert done.exit == 6
    assert "sign-1" in done.flat() and "--request-id" in done.flat()
    assert away.call(*_SIGN, "--request-id", "sign-1", token="health").exit == 0
    assert _entries(before, behind) == 1


def test_the_key_that_is_named_is_the_one_that_was_sent(behind: Place, served: Served, tmp_path: Path) -> None:
    before = behind.contents()
    with Cutting(served.port, cut_after) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(*_SIGN, "--json", token="health")
    key = done.json()["params"]["request_id"]
    again = remote(tmp_path, served).call(*_SIGN, "--request-id", key, "--json", token="health")
    assert (again.exit, again.json()["repeated"]) == (0, True)
    assert _entries(before, behind) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("fate", "entries"), [("before", 0), ("during", 0), ("after the commit", 1)])
def test_what_may_not_be_done_twice_is_left_for_somebody_to_look(
    fate: str, entries: int, lang: str, behind: Place, served: Served, tmp_path: Path
) -> None:
    before = behind.contents()
    with Cutting(served.port, FATES[fate]) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(*_ADD, lang=lang, token="admin")
    assert done.exit == 6
    assert between.count == 1
    assert {"en": "Look whether it was done", "zh": "查看是否已办理"}[lang] in " ".join(done.err.split())
    assert _entries(before, behind) == entries


def test_an_attachment_is_sent_again_whole(behind: Place, served: Served, tmp_path: Path) -> None:
    away = remote(tmp_path, served)
    away.write("paper.pdf", "规划条件" * 50_000)
    before = behind.contents()
    with Cutting(served.port, cut_after, passes) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(
            "document", "add", "{case}", "planning_conditions", "张自然资条字〔2020〕901号",
            "--issued-on", "2020-07-20", "--file", "paper.pdf", token="nr",
        )  # fmt: skip
    assert done.exit == 0, done.text
    found = added(before, behind.contents())
    assert (len(found["documents"]), len(found["files"])) == (1, 1)
    assert away.call("document", "get", "{case}", "1", "--output", "back.pdf", token="nr").exit == 0
    assert (tmp_path / "back.pdf").read_bytes() == (tmp_path / "paper.pdf").read_bytes()


# -- somebody answers that nobody knows whether it was done -------------------------------------------------------


def _says(text: bytes) -> Fate:
    def fate(client: socket.socket, ask: Callable[[bytes], bytes]) -> None:
        client.recv(65_536)
        client.sendall(text)

    return fate


def _tells(code: str, done: bool = False, **params: object) -> Fate:
    """What a server tells that met an error, where it had done what it was asked for or not."""
    body = {"error": code, "exit_code": 6, "params": params, "text": "as the server says it"}
    head = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n\r\n"

    def fate(client: socket.socket, ask: Callable[[bytes], bytes]) -> None:
        request = request_of(client)
        if done:
            ask(request)
        client.sendall(head + json.dumps(body).encode())

    return fate


TOO_SLOW = _tells("answer_too_slow", True, seconds=60.0)
UNKNOWN: dict[str, Fate] = {
    "answer_lost": cut_after,
    "answer_too_slow": TOO_SLOW,
    "database_lost": _tells("database_lost", True, database="postgresql://db/peijian", error="closed"),
}


def _named_again(done: Completed, code: str) -> str:
    """The key that is named, in the facts and in the sentence."""
    assert done.exit == 6, done.text
    told = done.json()
    assert told["error"] == code
    assert f"--request-id {told['params']['request_id']}" in told["text"]
    return str(told["params"]["request_id"])


@contextmanager
def _held(place: Place, seconds: float | None = None) -> Iterator[None]:
    """Nobody else writes: for so long, or until the block ends."""
    with closing(sqlite3.connect(place.database, isolation_level=None, check_same_thread=False)) as db:
        db.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(seconds or 0, db.rollback)
        if seconds:
            timer.start()
        yield
        if seconds:
            timer.join()
        else:
            db.rollback()


@pytest.mark.parametrize("code", UNKNOWN)
def test_an_action_of_which_nobody_knows_whether_it_was_done_is_asked_for_again(
    code: str, behind: Place, served: Served, tmp_path: Path
) -> None:
    before = behind.contents()
    with Cutting(served.port, UNKNOWN[code], passes) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(*_SIGN, "--json", token="health")
    assert (done.exit, between.count) == (0, 2), done.text
    assert done.json()["repeated"]
    assert _entries(before, behind) == 1


@pytest.mark.parametrize(
    "second",
    [TOO_SLOW, cut_before, _tells("server_busy", seconds=60.0), _tells("database_busy"),
     _tells("too_many_requests", seconds=1)],
    ids=["too slow", "cut", "busy", "database busy", "too many"],
)  # fmt: skip
@pytest.mark.parametrize("code", UNKNOWN)
def test_what_stays_unknown_names_the_key_that_was_sent(
    code: str, second: Fate, behind: Place, served: Served, tmp_path: Path
) -> None:
    before = behind.contents()
    with Cutting(served.port, UNKNOWN[code], second) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(*_SIGN, "--json", token="health")
    key = _named_again(done, code)
    again = remote(tmp_path, served).call(*_SIGN, "--request-id", key, "--json", token="health")
    assert (again.exit, again.json()["repeated"]) == (0, True)
    assert _entries(before, behind) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", UNKNOWN)
def test_it_is_told_in_a_sentence(code: str, lang: str, behind: Place, served: Served, tmp_path: Path) -> None:
    with Cutting(served.port, UNKNOWN[code]) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(
            *_SIGN, "--request-id", "sign-1", lang=lang, token="health"
        )
    assert done.exit == 6
    assert {"en": "Look whether it was done", "zh": "查看是否已办理"}[lang] in " ".join(done.err.split())
    assert "--request-idsign-1" in done.flat()


def test_a_server_that_falls_silent_and_then_is_gone_may_have_done_it(
    behind: Place, served: Served, tmp_path: Path
) -> None:
    before, gone = behind.contents(), threading.Event()
    between = Cutting(served.port, lambda client, ask: (between.listening.close(), cut_after(client, ask), gone.set()))
    done = remote(tmp_path, between.address, behind.tokens).call(*_SIGN, "--json", token="health")
    assert gone.is_set()
    key = _named_again(done, "answer_lost")
    assert remote(tmp_path, served).call(*_SIGN, "--request-id", key, token="health").exit == 0
    assert _entries(before, behind) == 1


def test_what_cannot_have_been_done_names_no_key(behind: Place, served: Served, tmp_path: Path) -> None:
    with Cutting(served.port, _tells("server_busy", seconds=60.0)) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(*_SIGN, "--json", token="health")
    assert (done.exit, between.count, done.json()["params"]) == (6, 1, {"seconds": 60.0})


def test_a_trial_that_is_not_answered_did_nothing(behind: Place, served: Served, tmp_path: Path) -> None:
    before = behind.contents()
    with Cutting(served.port, cut_after) as between:
        done = remote(tmp_path, between.address, behind.tokens).call(*_SIGN, "--dry-run", "--json", token="health")
    assert (done.exit, done.json()["error"], between.count) == (6, "server_unreachable", 2)
    assert _entries(before, behind) == 0


@pytest.fixture
def alone(moments: dict[str, Place], tmp_path: Path) -> Place:
    return moments["planning_joint_review"].copied(tmp_path / "alone")


def test_a_server_that_waits_too_long_for_the_database_does_it_once(alone: Place, tmp_path: Path) -> None:
    before = alone.contents()
    with slow(str(alone.database), CONFIG, answer_seconds=2) as (host, port), _held(alone, 3):
        done = remote(tmp_path, f"http://{host}:{port}", alone.tokens).run(*_SIGN, token="health")
    assert done.exit == 0, done.text
    assert _entries(before, alone) == 1


def test_a_server_that_waits_for_ever_tells_how_to_repeat_it(alone: Place, tmp_path: Path) -> None:
    before = alone.contents()
    with slow(str(alone.database), CONFIG, answer_seconds=1) as (host, port):
        away = remote(tmp_path, f"http://{host}:{port}", alone.tokens)
        with _held(alone):
            key = _named_again(away.run(*_SIGN, "--json", token="health"), "answer_too_slow")
        assert away.run(*_SIGN, "--request-id", key, token="health").exit == 0
    assert _entries(before, alone) == 1


def _losing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """So often an action is done, and the connection lost before anybody says so."""
    perform, told = Office.perform, iter(range(times))

    def lost(*given: Any) -> Done:
        done = perform(*given)
        if next(told, None) is not None:
            raise Conflict("database_lost", {"database": "db", "error": "closed"})
        return done

    monkeypatch.setattr(Office, "perform", lost)


def test_beside_the_database_it_is_done_once_as_well(alone: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = alone.contents()
    _losing(monkeypatch, 1)
    done = alone.call(*_SIGN, "--json", token="health")
    assert done.exit == 0, done.text
    assert _entries(before, alone) == 1


def test_beside_the_database_the_key_is_named_as_well(alone: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = alone.contents()
    with monkeypatch.context() as losing:
        _losing(losing, 2)
        key = _named_again(alone.call(*_SIGN, "--json", token="health"), "database_lost")
    again = alone.call(*_SIGN, "--request-id", key, "--json", token="health")
    assert (again.exit, again.json()["repeated"]) == (0, True)
    assert _entries(before, alone) == 1


# -- nobody there, or somebody else ----------------------------------------------------------------------


class _Other(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def _website() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _decent(done: Completed, exit_code: int, error: str) -> None:
    assert "Traceback" not in done.text
    assert (done.exit, done.json()["error"]) == (exit_code, error), done.text


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.parametrize("command", [("case", "list"), _SIGN, _ADD], ids=["question", "action", "account"])
@pytest.mark.parametrize(
    ("address", "exit_code", "error"),
    [
        ("http://127.0.0.1:{free}", 6, "server_unreachable"),
        ("https://nobody.invalid", 6, "server_unreachable"),
        ("http://nobody.invalid", 7, "server_in_the_open"),
        ("https://no..where", 7, "bad_server"),
        ("https://a b", 7, "bad_server"),
        ("https://" + "a" * 70, 7, "bad_server"),
        ("http://127.0.0.1:99999", 7, "bad_server"),
        ("http://127.0.0.1:0", 7, "bad_server"),
        ("http://[::1", 7, "bad_server"),
        ("https://主机", 6, "server_unreachable"),
        ("ftp://127.0.0.1", 7, "bad_server"),
        ("127.0.0.1:8642", 7, "bad_server"),
        ("peijian.example", 7, "bad_server"),
        ("http://", 7, "bad_server"),
        ("http://127.0.0.1:{port}/nowhere", 5, "no_such_address"),
        ("http://127.0.0.1:{port}/路径/ a", 5, "no_such_address"),
        ("https://127.0.0.1:{port}", 6, "server_unreachable"),
    ],
)  # fmt: skip
def test_an_address_at_which_nobody_can_answer(
    address: str, exit_code: int, error: str, command: tuple[str, ...], behind: Place, served: Served, tmp_path: Path
) -> None:
    before = behind.contents()
    named = address.replace("{free}", str(_free_port())).replace("{port}", str(served.port))
    away = remote(tmp_path, named, behind.tokens)
    _decent(away.call(*command, "--json", token="admin"), exit_code, error)
    assert behind.contents() == before


@pytest.mark.parametrize("command", [("case", "list"), _SIGN, _ADD], ids=["question", "action", "account"])
def test_a_website_is_no_server_of_this_program(command: tuple[str, ...], tmp_path: Path) -> None:
    with _website() as address:
        _decent(remote(tmp_path, address).call(*command, "--json", token="x"), 7, "not_our_server")


@pytest.mark.parametrize(
    ("text", "exit_code", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", 6, "server_unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.peijian.rows+json\r\n\r\n<html>", 7, "not_our_server"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.peijian.rows+json\r\n\r\n{}", 7, "not_our_server"),
        (b"HTTP/1.1 502 Bad\r\nContent-Type: application/problem+json\r\n\r\n[]", 7, "not_our_server"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>", 6, "server_unreachable"),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://elsewhere.invalid/\r\n\r\n", 7, "not_our_server"),
    ],
)  # fmt: skip
def test_whatever_else_answers_is_told(text: bytes, exit_code: int, error: str, tmp_path: Path) -> None:
    with Cutting(0, _says(text)) as other:
        _decent(remote(tmp_path, other.address).call("case", "list", "--json", token="x"), exit_code, error)


def test_the_installed_program_says_it_in_a_sentence(tmp_path: Path) -> None:
    for lang in LANGUAGES:
        done = remote(tmp_path, f"http://127.0.0.1:{_free_port()}").run("case", "list", token="x", lang=lang)
        assert done.exit == 6
        assert "127.0.0.1" in done.err and "Traceback" not in done.err


@pytest.mark.parametrize("token", ["令牌", "a\nb", "a\udcff", " ", "x" * 30_000])
def test_a_token_that_is_none_lets_nobody_in(token: str, behind: Place, served: Served, tmp_path: Path) -> None:
    done = remote(tmp_path, served).call("case", "list", "--json", token=token)
    assert "Traceback" not in done.text
    assert done.exit == (7 if len(token) > 1000 else 4), done.text


@pytest.mark.parametrize(
    "command",
    [
        ("case", "show", "a\udcff"), ("case", "list", "--stage", "\udcff"), (*_SIGN[:-1], "甲\udcff"),
        ("case", "show", ".."), ("case", "show", ""), ("case", "show", "a?b#c"), ("case", "show", "%2e%2e"),
        ("case", "list", "--stage", "x" * 20_000), (*_SIGN, "--request-id", ""),
    ],
)  # fmt: skip
def test_strange_words_are_refused_there_as_here(
    command: tuple[str, ...], behind: Place, served: Served, tmp_path: Path, moments: dict[str, Place]
) -> None:
    here = moments["planning_joint_review"].call(*command, "--json", token="auditor")
    there = remote(tmp_path, served).call(*command, "--json", token="auditor")
    assert "Traceback" not in there.text
    assert here.exit in (5, 7)
    # What is no text, or too long to be an address, is not what was typed any more when it arrives.
    assert there.exit == here.exit or there.exit in (5, 7)
