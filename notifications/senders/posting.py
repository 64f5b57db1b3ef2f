"""One HTTP POST: no redirects, no proxies, a small answer, a limit by the clock on the wall."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket
from urllib.parse import SplitResult, urlsplit

from notifications.senders.base import Deferred, as_invalid
from notifications.senders.wall_clock import WallClock, trusting

#: Nobody needs more to say yes or no.
_LONGEST_ANSWER = 65536
_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Status and beginning of the body, for a complaint."""
        return f"{self.status} {self.body[:200].decode('utf-8', 'replace')}"


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    """What the server answers. Raises Deferred: channel_unreachable, _tls, _silent, _dropped."""
    parts = urlsplit(url)
    with WallClock(seconds) as clock, _line(parts, clock) as line, _explained(clock):
        connection = http.client.HTTPConnection(*_address(parts))
        connection.sock = line
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        always = {"Host": parts.netloc, "User-Agent": "peijian", "Connection": "close"}
        connection.request("POST", target, body, {**always, **headers})
        answer = connection.getresponse()
        content = answer.read(_LONGEST_ANSWER)
        # names of headers are the same in any case
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)


def reachable(url: str, seconds: float) -> None:
    """Connect and shake hands, and say nothing. Raises Invalid."""
    parts = urlsplit(url)
    host, port = _address(parts)
    with as_invalid(f"{host}:{port}"), WallClock(min(seconds, _PATIENCE)) as clock, _line(parts, clock):
        pass


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


@contextmanager
def _line(parts: SplitResult, clock: WallClock) -> Iterator[socket]:
    """A connection to the server of a URL, guarded and closed afterwards."""
    host, port = _address(parts)
    connection, handle = clock.connect(host, port)
    with handle:
        if parts.scheme == "https":
            with _explained(clock):
                connection = clock.secured(connection, trusting(None), host)
        with connection:
            yield connection


@contextmanager
def _explained(clock: WallClock) -> Iterator[None]:
    try:
        yield
    except (http.client.HTTPException, ssl.SSLError, OSError, ValueError, Deferred) as error:
        if clock.over:
            raise Deferred("channel_silent") from error
        if isinstance(error, Deferred):
            raise
        raise Deferred("channel_dropped", str(error) or type(error).__name__) from error
