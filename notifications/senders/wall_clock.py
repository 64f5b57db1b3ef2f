"""A limit on a whole conversation, by the clock on the wall.

A socket's own timeout begins anew with every byte, so a server that drips one byte a second is never late, and the
outbox behind it stands still. Here a timer shuts the connection down under whoever waits for it: every read and
write then ends at once. What is shut down is a duplicate of the plain socket, because wrapping a socket in TLS takes
the original out of our hands in the middle of the handshake.

Only the system's resolver cannot be interrupted; its own limits hold (``man resolv.conf``).
"""

from __future__ import annotations

import socket
import ssl
from threading import Lock, Timer
from time import monotonic
from types import TracebackType

from notifications.senders.base import Deferred


class WallClock:
    """``with WallClock(seconds) as clock``: what ``clock`` guards is cut when the time is up."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._end = seconds, monotonic() + seconds
        self._lock = Lock()
        self._guarded: socket.socket | None = None
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> WallClock:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._guarded = None

    @property
    def left(self) -> float:
        """Seconds left; never nothing, which for a socket would mean something else."""
        return max(self._end - monotonic(), 0.001)

    @property
    def over(self) -> bool:
        return monotonic() >= self._end

    def guard(self, connection: socket.socket) -> None:
        """Cut this connection when the time is up; at once if it is up already."""
        with self._lock:
            self._guarded = connection
        if self.over:
            self._cut()

    def connect(self, host: str, port: int) -> tuple[socket.socket, socket.socket]:
        """A connection and its guarded duplicate, which the caller closes. Raises Deferred: channel_unreachable."""
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Deferred("channel_unreachable", _said(error)) from error
        problem: OSError = TimeoutError("timed out")
        for address in addresses:
            try:
                connection = socket.create_connection((str(address[4][0]), port), timeout=self.left)
            except OSError as error:
                problem = error
                continue
            handle = connection.dup()
            connection.settimeout(self._seconds)
            self.guard(handle)
            return connection, handle
        raise Deferred("channel_unreachable", _said(problem)) from problem

    def secured(self, connection: socket.socket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
        """The connection in TLS. Raises Deferred: channel_tls."""
        try:
            return context.wrap_socket(connection, server_hostname=host)
        except (OSError, ValueError) as error:
            connection.close()
            raise Deferred("channel_tls", _said(error)) from error

    def _cut(self) -> None:
        with self._lock:
            if self._guarded is not None:
                try:
                    self._guarded.shutdown(socket.SHUT_RDWR)
                except OSError:
                    self._guarded = None  # it is closed already


def trusting(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies certificates and host names. Raises Deferred: channel_tls."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise Deferred("channel_tls", f"{ca_file}: {_said(error)}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _said(error: Exception) -> str:
    verified = getattr(error, "verify_message", "")
    return verified or getattr(error, "strerror", None) or str(error) or type(error).__name__
