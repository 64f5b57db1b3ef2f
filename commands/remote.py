"""The office behind a server: a request goes out as ``service/addresses.py`` says, its answer comes back to be shown.

Read at every start of the remote command line: nothing heavy, no database, no models.
"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

from commands.bodies import Body, body_of, invalid
from commands.parameters import described
from service.addresses import EXIT_CODE, FACTS, KEY, PROBLEM, ROWS, SHA256, address, split
from service.shown import Sent, Shown
from views import language, terminal

if TYPE_CHECKING:
    from states.errors import Obstacle, PeijianError

#: Seconds in which a server must be found, and without a byte before it counts as silent; it answers within two
#: minutes itself.
_FOUND, _SILENCE = 15, 150
_PIECE = 65_536
#: What stands before a body may have so many bytes: a server takes no more.
_LONGEST_HEAD = 15_000
#: Bytes that are no text go as they were typed, for the server to refuse.
_AS_TYPED = "surrogateescape"
#: What a proxy says whose server does not answer.
_NOT_BEHIND = (http.client.BAD_GATEWAY, http.client.SERVICE_UNAVAILABLE, http.client.GATEWAY_TIMEOUT)
#: How a connection ends that is lost.
_BROKEN = (OSError, http.client.HTTPException)


class _Request(NamedTuple):
    """What is sent. ``body``: made anew each time, since a file is read as it goes."""

    method: str
    place: str
    headers: Mapping[str, str]
    body: Callable[[], Body]

    def head_size(self) -> int:
        return len(self.place) + sum(map(len, self.headers.values()))


class Server:
    """A server by its address. ``token`` is None where nobody logged in."""

    def __init__(self, server: str, token: str | None) -> None:
        try:
            parts = urlsplit(server)
        except ValueError as error:
            raise invalid("bad_server", server=server) from error
        if (
            " " in parts.netloc
            or parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.query
            or parts.fragment
        ):
            raise invalid("bad_server", server=server)
        if parts.scheme == "http" and not _is_here(parts.hostname):
            raise invalid("server_in_the_open", server=server)
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._connecting = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname, _port(parts, server)
        self._under = quote(parts.path.rstrip("/"), safe="/%", errors=_AS_TYPED)
        self._token = token

    def ask(self, path: str, fields: Mapping[str, Any], dry_run: bool = False) -> Shown:
        """Answer a request.

        Raises the PeijianError that the server tells, or Conflict: ``server_unreachable`` where nothing was done,
        ``answer_lost`` where nobody knows.
        """
        request = self._request(path, fields, dry_run)
        if request.head_size() > _LONGEST_HEAD:
            raise invalid("request_too_large", limit=_LONGEST_HEAD)
        if request.method == "GET" or dry_run:
            return self._sent_with_retry(request)
        try:
            return self._sent_once(request)
        except _BROKEN as error:
            raise _conflict("answer_lost", self.name, error) from error

    def _request(self, path: str, fields: Mapping[str, Any], dry_run: bool) -> _Request:
        command = described(path)
        first, rest = split(fields, command.argument)
        place, headers = self._under + address(path, first), self._headers()
        if command.method == "GET":
            query = urlencode(rest, True, errors=_AS_TYPED)
            return _Request("GET", f"{place}?{query}" if query else place, headers, Body)
        if command.acts and (key := rest.pop("request_id", None)) is not None:
            headers[KEY] = quote(str(key), errors=_AS_TYPED)
        return _Request("POST", f"{place}?dry_run=true" if dry_run else place, headers, lambda: body_of(rest))

    def _headers(self) -> dict[str, str]:
        width, interactive = terminal.width_of(sys.stdout), int(terminal.interactive())
        found = {"Accept": f"{ROWS}; width={width}; interactive={interactive}", "Accept-Language": language.current()}
        return {**found, "Authorization": f"Bearer {quote(self._token, errors=_AS_TYPED)}"} if self._token else found

    def _sent_with_retry(self, request: _Request) -> Shown:
        """What changes nothing may be asked twice."""
        with suppress(*_BROKEN):
            return self._sent_once(request)
        try:
            return self._sent_once(request)
        except _BROKEN as error:
            raise _conflict("server_unreachable", self.name, error) from error

    def _connected(self) -> http.client.HTTPConnection:
        """Raises Conflict where nobody is there: then nothing can have been done."""
        connection = self._connecting(self._host, self._port, timeout=_FOUND)
        try:
            connection.connect()
        except OSError as error:
            raise _conflict("server_unreachable", self.name, error) from error
        except ValueError as error:  # a name that can be nobody's
            raise invalid("bad_server", server=self.name) from error
        connection.sock.settimeout(_SILENCE)
        return connection

    def _sent_once(self, request: _Request) -> Shown:
        body, connection = request.body(), self._connected()
        headers = {**request.headers, **body.headers, "Connection": "close"}
        with ExitStack() as open_:
            open_.callback(connection.close)
            # A server that refuses may answer, and hang up, before it has heard everything.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(request.method, request.place, body.content, headers)
            response = open_.enter_context(connection.getresponse())
            if response.status == http.client.OK and response.getheader(FACTS):
                return _file(response, self.name, open_.pop_all().close)
            content, kind = response.read(), response.headers.get_content_type()
        if response.status in _NOT_BEHIND and kind != PROBLEM:
            raise http.client.HTTPException(f"{response.status} {response.reason}")
        return self._parsed(response, kind, content)

    def _parsed(self, response: http.client.HTTPResponse, kind: str, content: bytes) -> Shown:
        try:
            if kind == PROBLEM:
                raise _error_from(json.loads(content))
            if response.status == http.client.OK and kind == ROWS:
                found, code = json.loads(content), int(response.getheader(EXIT_CODE) or 0)
                return Shown(found["data"], (), found["rows"], found["text"], tuple(found["notes"]), code)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise invalid("not_our_server", server=self.name, status=response.status) from error
        raise invalid("not_our_server", server=self.name, status=response.status)


def _conflict(code: str, server: str, error: object) -> PeijianError:
    from states.errors import Conflict

    return Conflict(code, {"server": server, "error": str(error) or type(error).__name__})


def _is_here(host: str) -> bool:
    """Whether what is sent there stays on this machine."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _port(parts: SplitResult, server: str) -> int | None:
    """Raises Invalid for one that cannot be."""
    try:
        port = parts.port
    except ValueError as error:
        raise invalid("bad_server", server=server) from error
    if port == 0:
        raise invalid("bad_server", server=server)
    return port


def _error_from(found: Mapping[str, Any]) -> PeijianError:
    """The error that a server tells, as it would have been raised here."""
    from states import errors

    shown = {name: found[name] for name in ("error", "exit_code", "params", "text", "obstacles") if name in found}
    obstacles = [_obstacle(one) for one in found.get("obstacles", ())]
    kinds = (errors.Misused, errors.NotAllowed, errors.NotFound, errors.Conflict, errors.Invalid)
    error: PeijianError
    if found["exit_code"] == errors.Blocked.exit_code:
        error = errors.Blocked(obstacles)
    else:
        kind = next((kind for kind in kinds if kind.exit_code == found["exit_code"]), errors.PeijianError)
        error = kind(found["error"], {**found["params"], **({"obstacles": obstacles} if obstacles else {})})
    error.told = shown
    return error


def _obstacle(found: Mapping[str, Any]) -> Obstacle:
    from states.errors import Obstacle

    detail = tuple((str(name), str(value)) for name, value in found["detail"])
    facts = {name: found[name] for name in ("code", "subject", "since", "basis")}
    return Obstacle(**facts, who=tuple(found["who"]), detail=detail)


def _file(response: http.client.HTTPResponse, server: str, hang_up: Callable[[], None]) -> Shown:
    """A file, whose content is read when it is written to its place."""
    from states.content import Content

    facts = json.loads(response.getheader(FACTS, ""))
    size, sha256 = int(response.getheader("Content-Length", "0")), response.getheader(SHA256, "")
    name = unquote(response.getheader("Content-Disposition", "").partition("UTF-8''")[2])
    content = Content(sha256, size, lambda: BufferedReader(_Arriving(response, server, hang_up), _PIECE))
    return Shown(file=Sent(name, response.headers.get_content_type(), content, facts))


class _Arriving(RawIOBase):
    """A file on its way in. Raises Conflict where it ends too soon."""

    def __init__(self, response: http.client.HTTPResponse, server: str, hang_up: Callable[[], None]) -> None:
        self._response, self._server, self._hang_up = response, server, hang_up

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count = self._response.readinto(buffer)
        except _BROKEN as error:
            raise _conflict("file_cut_off", self._server, error) from error
        if not count and self._response.length:
            raise _conflict("file_cut_off", self._server, f"-{self._response.length}")
        return count

    def close(self) -> None:
        self._hang_up()
        super().close()
