"""Networks lose answers, and people mistype addresses: what was asked for is done once, or told not to be done."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from program import LANGUAGES, Completed, Place, added
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
)

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


def _says(text: bytes) -> Fate:
    def fate(client: socket.socket, ask: Callable[[bytes], bytes]) -> None:
        client.recv(65_536)
        client.sendall(text)

    return fate


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
