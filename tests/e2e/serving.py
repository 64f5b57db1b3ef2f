"""A real ``peijian serve`` in a process of its own, and the command line that goes through it.

A :class:`Served` keeps one address for the whole session; what lies behind it is laid anew for every test, so that
hundreds of commands need one start. :class:`Cutting` stands before a server and loses what goes through it.
"""

from __future__ import annotations

import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from program import CONFIG, SCRIPT, Place

_SERVING = re.compile(r"http://127\.0\.0\.1:(\d+)")
#: More than any test asks for: how often may be asked has tests of its own.
UNLIMITED = ("--per-second", "100000", "--at-once", "100000")


@dataclass
class Served:
    """``place``: where its database lies. ``said``: what it wrote on stderr."""

    place: Place
    process: subprocess.Popen[bytes]
    address: str = ""
    said: list[str] = field(default_factory=list)

    @classmethod
    def started(cls, place: Place, *more: str) -> Served:
        """Waits until it listens."""
        config = place.folder / "served.yaml"
        shutil.copy(CONFIG, config)
        command = [SCRIPT, "serve", "--port", "0", "--config", config, *UNLIMITED, *more]
        process = subprocess.Popen(
            command, cwd=place.folder, env=place.environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        found = cls(place, process)
        assert process.stderr
        for line in process.stderr:
            found.said.append(line.decode())
            if address := _SERVING.search(found.said[-1]):
                found.address = address[0]
                break
        threading.Thread(target=found._listen, daemon=True).start()
        assert found.address, "".join(found.said)
        return found

    def _listen(self) -> None:
        assert self.process.stderr
        with suppress(ValueError):
            self.said += (line.decode() for line in self.process.stderr)

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def lay(self, source: Place) -> Place:
        """The rows, the files and the configuration of another place, where the server finds them."""
        own = source.folder / "config.yaml"
        shutil.copy(own if own.exists() else CONFIG, self.place.folder / "served.yaml")
        with closing(sqlite3.connect(source.database)) as old, closing(sqlite3.connect(self.place.database)) as new:
            old.backup(new)
        shutil.rmtree(self.place.files, ignore_errors=True)
        if source.files.is_dir():
            shutil.copytree(source.files, self.place.files)
        self.place.tokens = source.tokens
        return self.place

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.address + path, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def ended(self, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit code, after a signal."""
        self.process.send_signal(how)
        return self.process.wait(40)


@contextmanager
def serving(place: Place, *more: str) -> Iterator[Served]:
    server = Served.started(place, *more)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        server.process.wait(40)
        assert server.process.stderr
        server.process.stderr.close()


@dataclass
class Remote(Place):
    """A home without a database, whose commands go to a server; ``behind``: where that one keeps it."""

    server: str = ""
    behind: Place | None = None

    def environment(self, lang: str | None = "en", token: str | None = None, **extra: str) -> dict[str, str]:
        nowhere = {"PEIJIAN_DATABASE": str(self.folder / "none" / "never.db"), "PEIJIAN_SERVER": self.server}
        return super().environment(lang, token) | nowhere | extra

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        assert self.behind
        return self.behind.contents()


def remote(folder: Path, server: Served | str, tokens: dict[str, str] | None = None) -> Remote:
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(server, Served):
        return Remote(folder, server.place.tokens if tokens is None else tokens, server.address, server.place)
    return Remote(folder, tokens or {}, server)


#: What happens to a connection: given what the client sent, and how to ask the server, what the client hears.
Fate = Callable[[socket.socket, Callable[[bytes], bytes]], None]


class Cutting:
    """Stands before a server. ``fates`` befall the connections in turn, the last one all that follow."""

    def __init__(self, port: int, *fates: Fate) -> None:
        self.target, self.fates, self.count = port, list(fates), 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Cutting:
        return self

    def __exit__(self, *failure: object) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self._thread.join(10)

    def _run(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            fate = self.fates[min(self.count, len(self.fates) - 1)]
            self.count += 1
            with client, suppress(OSError):
                fate(client, self._asked)

    def _asked(self, request: bytes) -> bytes:
        """The server's whole answer."""
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            server.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            return b"".join(iter(lambda: server.recv(65_536), b""))


def request_of(client: socket.socket) -> bytes:
    """One whole request."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += client.recv(65_536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        piece = client.recv(65_536)
        found, body = found + piece, body + piece
    return found


def passes(client: socket.socket, ask: Callable[[bytes], Any]) -> None:
    client.sendall(ask(request_of(client)))


def cut_before(client: socket.socket, ask: Callable[[bytes], Any]) -> None:
    """Nothing is read."""


def cut_during(client: socket.socket, ask: Callable[[bytes], Any]) -> None:
    """The beginning of the request arrives at the server."""
    client.recv(40)


def cut_after(client: socket.socket, ask: Callable[[bytes], Any]) -> None:
    """It is done, and nobody hears of it."""
    ask(request_of(client))


def cut_within(client: socket.socket, ask: Callable[[bytes], Any]) -> None:
    """Half of the answer arrives."""
    answer = ask(request_of(client))
    client.sendall(answer[: len(answer) * 3 // 4])
