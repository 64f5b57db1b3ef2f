"""A service in a thread of this process, at a port of its own, with whatever clock a test wants; and the way in."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn

from service.endpoints import endpoints
from service.rates import Rates
from service.web import Service, application
from tests.ways_in import Outcome, workbook
from workflow import clock
from workflow.administration import open_office
from workflow.office import Office

_BOUNDARY = "a-boundary-that-no-content-holds"


@dataclass
class Clocked(Service):
    """A service whose offices tell the time as the test wants."""

    now: Callable[[], datetime] = clock.now

    @cached_property
    def office(self) -> Office:
        found = open_office(self.database, self.config)
        found.now = lambda: self.now()  # type: ignore[method-assign]
        return found


@contextmanager
def served(
    database: str,
    config: Path,
    now: Callable[[], datetime] = clock.now,
    rates: Rates | None = None,
    answer_seconds: float = 60,
) -> Iterator[tuple[str, int]]:
    """Host and port of a service; it ends with the block."""
    service = Clocked(database, config, answer_seconds=answer_seconds, now=now)
    guard = application(service, rates or Rates(1e9, 10**9, time.monotonic))
    guard.log = lambda line: None
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(guard, lifespan="off", log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.005)
        yield door.getsockname()
        server.should_exit = True
        thread.join()


@dataclass
class Http:
    """Over the network; every call is a connection of its own."""

    host: str
    port: int

    def act(self, path: str, fields: Mapping[str, Any], token: str | None, dry_run: bool = False) -> Outcome:
        endpoint, rest = endpoints()[path], dict(fields)
        if path == "case import":
            rest = {"source": {"name": "projects.xlsx", "content": workbook(fields)}, "confirm": not dry_run}
        address = "/v1/" + path.replace(" ", "/")
        if endpoint.argument:
            address += "/" + quote(str(rest.pop(endpoint.argument)), safe="")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key := rest.pop("request_id", None):
            headers["Idempotency-Key"] = str(key)
        if dry_run and endpoint.acts:
            address += "?dry_run=true"
        kind, body = _body(rest)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(endpoint.method, address, body, {**headers, "Content-Type": kind})
            answer = connection.getresponse()
            found = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status == 200:
            return Outcome(body=found)
        assert answer.headers.get_content_type() == "application/problem+json", found
        keys = tuple(sorted(one["key"] for one in found.get("obstacles", ())))
        return Outcome(found["error"], found["exit_code"], keys)


def _body(fields: Mapping[str, Any]) -> tuple[str, bytes]:
    files = {name: value for name, value in fields.items() if isinstance(value, dict) and "content" in value}
    plain = json.dumps({name: value for name, value in fields.items() if name not in files}, default=str).encode()
    if not files:
        return "application/json", plain
    parts = [_part('name="fields"', plain)]
    parts += [_part(f'name="{name}"; filename="{file["name"]}"', file["content"]) for name, file in files.items()]
    return f"multipart/form-data; boundary={_BOUNDARY}", b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def _part(named: str, content: bytes) -> bytes:
    return f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {named}\r\n\r\n".encode() + content + b"\r\n"
