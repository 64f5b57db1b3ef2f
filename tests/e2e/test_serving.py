"""``peijian serve`` as a process: what a proxy asks of it, how it begins, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from program import LANGUAGES, SCRIPT, Completed, Place
from serving import Served, remote, serving

OfficeAt = Callable[..., Place]


@pytest.fixture
def own(office: Place) -> Iterator[Served]:
    """A server of one's own, which may be ended."""
    with serving(office) as found:
        yield found


def test_a_proxy_hears_whether_it_runs_and_can_work(own: Served) -> None:
    assert own.get("/health") == (200, b'{"status":"ok"}')
    assert own.get("/ready") == (200, b'{"status":"ok"}')


def test_without_its_database_it_runs_and_is_not_ready(own: Served) -> None:
    assert own.get("/ready")[0] == 200
    database = own.place.database.rename(own.place.folder / "elsewhere.db")
    assert own.get("/health")[0] == 200
    status, body = own.get("/ready")
    assert (status, json.loads(body)["error"]) == (503, "database_missing")
    done = remote(own.place.folder / "away", own).call("case", "list", "--json", token="health")
    assert (done.exit, done.json()["error"]) == (7, "database_missing")
    database.rename(own.place.database)
    assert own.get("/ready")[0] == 200


def test_another_database_in_the_same_place_is_the_one_that_is_asked(own: Served, moments: dict[str, Place]) -> None:
    away = remote(own.place.folder / "away", own)
    assert away.call("case", "list", "--json", token="health").json()
    other = moments["new"].copied(own.place.folder / "other")
    other.database.replace(own.place.database)
    assert away.call("case", "list", "--json", token="health").json() == []


def test_without_a_configuration_it_is_not_ready(own: Served) -> None:
    (own.place.folder / "served.yaml").write_text("district: [", encoding="utf-8")
    status, body = own.get("/ready")
    assert (status, json.loads(body)["error"]) == (503, "config_syntax")


# -- how it ends -----------------------------------------------------------------------------------------


class Slow:
    """A sign-off through the server, which waits for somebody else's write."""

    def __init__(self, own: Served) -> None:
        self.own, self.done = own, list[Completed]()
        self.other = sqlite3.connect(own.place.database, isolation_level=None, check_same_thread=False)
        self.other.execute("BEGIN IMMEDIATE")
        self.thread = threading.Thread(target=self._sign)
        self.thread.start()
        while not any(thread for thread in self._connections()):
            assert self.thread.is_alive()

    def _sign(self) -> None:
        away = remote(self.own.place.folder / "away", self.own)
        self.done.append(away.run("sign", "{case}", "--verdict", "agree", "--text", "同意", token="health"))

    def _connections(self) -> Iterator[str]:
        """Established connections to the server, the client's own side."""
        port = f":{self.own.port:04X}"
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _number, _here, there, state, *_more = line.split()
            if there.endswith(port) and state == "01":
                yield line

    def ends(self) -> Completed:
        self.other.execute("ROLLBACK")
        self.other.close()
        self.thread.join(30)
        return self.done[0]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_what_is_under_way_is_answered_before_it_ends(how: signal.Signals, own: Served) -> None:
    slow = Slow(own)
    own.process.send_signal(how)
    _until_nobody_listens(own.port)
    assert own.process.poll() is None
    done = slow.ends()
    assert done.exit == 0, done.text
    assert own.process.wait(20) == 0
    assert "Traceback" not in "".join(own.said)
    signed = own.place.call("case", "show", "{case}", "--json").json()["answers"]
    assert {answer["department"]: answer["state"] for answer in signed}["health"] == "stands"


def _until_nobody_listens(port: int) -> None:
    """What comes now is not taken."""
    for _attempt in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            return
        threading.Event().wait(0.05)
    raise AssertionError("it still takes connections")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_it_ends_well_when_it_is_told_to(how: signal.Signals, own: Served) -> None:
    assert own.get("/health")[0] == 200
    assert own.ended(how) == 0
    assert "Traceback" not in "".join(own.said)


# -- how it begins ---------------------------------------------------------------------------------------


def _refused(place: Place, *more: str, lang: str = "en") -> Completed:
    done = place.run("serve", *more, lang=lang)
    assert "Traceback" not in done.text
    return done


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_port_that_is_taken_is_named(lang: str, office: Place) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = _refused(office, "--port", port, lang=lang)
    assert done.exit == 7
    assert port in done.err and "--port" in done.err


@pytest.mark.parametrize(
    ("more", "exit_code"),
    [
        (("--port", "70000"), 7), (("--port", "-1"), 7), (("--port", "x"), 2), (("--host", "no..where"), 7),
        (("--host", "192.0.2.1"), 7), (("--per-second", "0"), 2), (("--at-once", "0"), 2), (("--json",), 2),
        (("--config", "none.yaml"), 7), (("--database", "none.db"), 7), (("--server", "http://127.0.0.1:1"), 2),
    ],
)  # fmt: skip
def test_what_it_cannot_begin_with_is_told(more: tuple[str, ...], exit_code: int, office: Place) -> None:
    assert _refused(office, *more).exit == exit_code


def test_it_says_where_it_listens_also_in_the_other_kind_of_network(office: Place) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with subprocess.Popen(
        [SCRIPT, "serve", "--host", "::1", "--port", "0"], cwd=office.folder, env=office.environment(),
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stderr
        said = process.stderr.readline().decode()
        process.terminate()
    assert re.search(r"http://\[::1\]:\d+", said), said


def test_its_log_holds_no_secret(own: Served) -> None:
    away = remote(own.place.folder / "away", own)
    assert away.call("account", "token", "health", token="admin").exit == 0
    assert own.ended() == 0
    lines = [json.loads(line) for line in own.said if line.startswith("{")]
    assert [(line["account"], line["path"], line["status"]) for line in lines] == [
        ("admin", "/v1/account/token/health", 200)
    ]
    assert not any(token in "".join(own.said) for token in own.place.tokens.values())
