"""The service as it is reached: in this process, request by request, or over real sockets byte by byte."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import unquote

import uvicorn
from world import World

from service.guard import Guard
from service.rates import Rates
from service.web import Service, application

Headers = Iterable[tuple[str, str]]

_FOR_EVER = 3600
#: What every answer has to say, whatever it answers.
ON_EVERY_ANSWER = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True)
class Answer:
    """``headers``: names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the error; empty where there is none."""
        assert (self.status >= 400) == (self.headers["content-type"] == "application/problem+json"), self
        return str(self.json["error"]) if self.status >= 400 else ""


def guarded(world: World, per_second: float = 1e9, at_once: int = 10**9, **service: Any) -> Guard:
    """The application over an office; unless something else is said, nobody asks too often."""
    made = Service(world.url, world.config, **{"threads": 2, **service})
    return application(made, Rates(per_second, at_once, time.monotonic))


@dataclass
class Door:
    """The application on an event loop of its own. ``lines``: its log."""

    app: Guard
    lines: list[str] = field(default_factory=list)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.app.log = self.lines.append

    def ask(
        self,
        method: str,
        target: str,
        token: str | None = None,
        body: bytes | Iterable[bytes] = b"",
        headers: Headers = (),
        pause: float = 0,
    ) -> Answer:
        """``target``: path and query as on the wire. The body comes in pieces, each after a pause in seconds.

        Nothing is added to the headers but the token.
        """
        path, _, query = target.partition("?")
        given = [*headers, *([("Authorization", f"Bearer {token}")] if token is not None else [])]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given],
            "client": ("192.0.2.7", 40000),
            "server": ("127.0.0.1", 8642),
        }
        pieces = iter([body] if isinstance(body, bytes) else body)
        return self.runner.run(_asked(self.app, scope, pieces, pause))


async def _asked(app: Guard, scope: dict[str, Any], pieces: Iterator[bytes], pause: float) -> Answer:
    told: list[Any] = []
    whole = False

    async def receive() -> dict[str, Any]:
        nonlocal whole
        await asyncio.sleep(_FOR_EVER if whole else pause)
        piece = next(pieces, None)
        whole = piece is None
        return {"type": "http.request", "body": piece or b"", "more_body": not whole}

    async def send(message: Any) -> None:
        told.append(message)

    await app(scope, receive, send)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in told[0]["headers"]}
    return Answer(told[0]["status"], headers, b"".join(message["body"] for message in told[1:]))


@contextmanager
def served(app: Guard) -> Iterator[int]:
    """The same behind a real server, as ``peijian serve`` starts it; yields its port."""
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


def exchange(port: int, *pieces: bytes, pause: float = 0, leave: bool = False) -> bytes:
    """Everything that is said in answer to raw bytes, until the other side hangs up; nothing if we ``leave`` first."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        if leave:
            return b""
        said = bytearray()
        try:
            while more := connection.recv(65536):
                said += more
        except ConnectionResetError:
            pass
        return bytes(said)
