"""The office behind a server: a request goes out as ``service/addresses.py`` says, its answer comes back to be shown.

Read at every start of the remote command line: nothing heavy, no database, no models.
"""

from __future__ import annotations

import http.client
import json
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

from commands.parameters import described
from service.addresses import EXIT_CODE, FACTS, FIELDS, KEY, PROBLEM, ROWS, SHA256, address, split
from service.shown import Sent, Shown, Upload
from views import language, terminal

if TYPE_CHECKING:
    from states.errors import Obstacle, PeijianError

#: Seconds in which a server must be found, and without a byte before it counts as silent; it answers within two
#: minutes itself.
_FOUND, _SILENCE = 15, 150
#: An action whose answer was lost is asked for once more, under the same key.
_TRIES = 2
_PIECE = 65_536
#: What stands before a body may have so many bytes: a server takes no more.
_LONGEST_HEAD = 15_000
#: Bytes that are no text go as they were typed, for the server to refuse.
_AS_TYPED = "surrogateescape"
#: What a proxy says whose server does not answer.
_NOT_BEHIND = (http.client.BAD_GATEWAY, http.client.SERVICE_UNAVAILABLE, http.client.GATEWAY_TIMEOUT)


class Server:
    """A server by its address. ``token`` is None where nobody logged in."""

    def __init__(self, server: str, token: str | None) -> None:
        try:
            parts = urlsplit(server)
        except ValueError as error:
            raise _invalid("bad_server", server=server) from error
        if (
            " " in parts.netloc
            or parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.query
            or parts.fragment
        ):
            raise _invalid("bad_server", server=server)
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._connecting = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._under = parts.hostname, _port(parts, server), parts.path.rstrip("/")
        self._token = token

    def ask(self, path: str, fields: Mapping[str, Any], dry_run: bool = False) -> Shown:
        """Answer a request. Raises the PeijianError that the server tells, or Conflict where it cannot be reached."""
        command = described(path)
        first, rest = split(fields, command.argument)
        place, headers = self._under + address(path, first), self._headers()
        if command.acts:
            headers[KEY] = quote(str(rest.pop("request_id", uuid.uuid4())), errors=_AS_TYPED)
        query = (
            urlencode(rest, True, errors=_AS_TYPED) if command.method == "GET" else "dry_run=true" if dry_run else ""
        )
        place += f"?{query}" if query else ""
        if len(place) + sum(map(len, headers.values())) > _LONGEST_HEAD:
            raise _invalid("request_too_large", limit=_LONGEST_HEAD)
        if command.method == "GET":
            return self._answered("GET", place, headers, Body, safe=True)
        return self._answered("POST", place, headers, lambda: _body(rest), safe=command.acts or dry_run)

    def _headers(self) -> dict[str, str]:
        width, answers = terminal.width_of(sys.stdout), int(terminal.answers())
        found = {"Accept": f"{ROWS}; width={width}; answers={answers}", "Accept-Language": language.current()}
        return {**found, "Authorization": f"Bearer {quote(self._token, errors=_AS_TYPED)}"} if self._token else found

    def _answered(
        self, method: str, place: str, headers: Mapping[str, str], body: Callable[[], Body], safe: bool
    ) -> Shown:
        """``safe``: it may be asked twice, since it is done once."""
        for left in reversed(range(_TRIES if safe else 1)):
            connection = self._connected()
            try:
                return self._once(connection, method, place, headers, body())
            except (OSError, http.client.HTTPException) as error:
                if not left:
                    raise self._lost(error, method, headers.get(KEY)) from error
            finally:
                connection.close()  # what is read of a file is read from the answer itself
        raise AssertionError("at least one try")

    def _connected(self) -> http.client.HTTPConnection:
        """Raises Conflict where nobody is there: then nothing can have been done."""
        connection = self._connecting(self._host, self._port, timeout=_FOUND)
        try:
            connection.connect()
        except OSError as error:
            raise self._unreachable(error) from error
        except ValueError as error:  # a name that can be nobody's
            raise _invalid("bad_server", server=self.name) from error
        connection.sock.settimeout(_SILENCE)
        return connection

    def _once(
        self, connection: http.client.HTTPConnection, method: str, place: str, headers: Mapping[str, str], body: Body
    ) -> Shown:
        # A server that refuses may answer, and hang up, before it has heard everything.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, place, body.content, {**headers, **body.headers, "Connection": "close"})
        response = connection.getresponse()
        if response.status == http.client.OK and response.getheader(FACTS):
            return _file(response, self.name)
        with response:
            content, kind = response.read(), response.headers.get_content_type()
        if response.status in _NOT_BEHIND and kind != PROBLEM:
            raise http.client.HTTPException(f"{response.status} {response.reason}")
        return self._shown(response, kind, content)

    def _shown(self, response: http.client.HTTPResponse, kind: str, content: bytes) -> Shown:
        try:
            if kind == PROBLEM:
                raise _told(json.loads(content))
            if response.status == http.client.OK and kind == ROWS:
                found, code = json.loads(content), int(response.getheader(EXIT_CODE) or 0)
                return Shown(found["data"], (), found["rows"], found["text"], tuple(found["notes"]), code)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise _invalid("not_our_server", server=self.name, status=response.status) from error
        raise _invalid("not_our_server", server=self.name, status=response.status)

    def _lost(self, error: Exception, method: str, key: str | None) -> PeijianError:
        from states.errors import Conflict

        if method == "GET":
            return self._unreachable(error)
        told = {"server": self.name, "error": _reason(error)}
        if key is None:
            return Conflict("answer_lost", told)
        return Conflict("server_lost", {**told, "request_id": unquote(key)})

    def _unreachable(self, error: Exception) -> PeijianError:
        from states.errors import Conflict

        return Conflict("server_unreachable", {"server": self.name, "error": _reason(error)})


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _port(parts: SplitResult, server: str) -> int | None:
    """Raises Invalid for one that cannot be."""
    try:
        port = parts.port
    except ValueError as error:
        raise _invalid("bad_server", server=server) from error
    if port == 0:
        raise _invalid("bad_server", server=server)
    return port


def _invalid(code: str, **params: Any) -> PeijianError:
    from states.errors import Invalid

    return Invalid(code, params)


def _told(found: Mapping[str, Any]) -> PeijianError:
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
    error.told = shown  # type: ignore[misc]
    return error


def _obstacle(found: Mapping[str, Any]) -> Obstacle:
    from states.errors import Obstacle

    detail = tuple((str(name), str(value)) for name, value in found["detail"])
    facts = {name: found[name] for name in ("code", "subject", "since", "basis")}
    return Obstacle(**facts, who=tuple(found["who"]), detail=detail)


def _file(response: http.client.HTTPResponse, server: str) -> Shown:
    """A file, whose content is read when it is written to its place."""
    from states.content import Content

    facts = json.loads(response.getheader(FACTS, ""))
    size, sha256 = int(response.getheader("Content-Length", "0")), response.getheader(SHA256, "")
    name = unquote(response.getheader("Content-Disposition", "").partition("UTF-8''")[2])
    content = Content(sha256, size, lambda: BufferedReader(_Arriving(response, server), _PIECE))
    return Shown(file=Sent(name, response.headers.get_content_type(), content, facts))


class _Arriving(RawIOBase):
    """A file on its way in. Raises Conflict where it ends too soon."""

    def __init__(self, response: http.client.HTTPResponse, server: str) -> None:
        self._response, self._server = response, server

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count = self._response.readinto(buffer)
        except (OSError, http.client.HTTPException) as error:
            raise self._cut_off(_reason(error)) from error
        if not count and self._response.length:
            raise self._cut_off(f"-{self._response.length}")
        return count

    def _cut_off(self, error: str) -> PeijianError:
        from states.errors import Conflict

        return Conflict("file_cut_off", {"server": self._server, "error": error})

    def close(self) -> None:
        self._response.close()
        super().close()


# -- bodies ----------------------------------------------------------------------------------------------


class Body(NamedTuple):
    """What is sent behind the headers."""

    headers: Mapping[str, str] = {}
    content: bytes | Iterable[bytes] | None = None


def _body(fields: Mapping[str, Any]) -> Body:
    """Fields as JSON; with files, in parts, and these piece by piece."""
    files = {name: file for name, value in fields.items() if (file := _as_file(value))}
    plain = json.dumps({name: value for name, value in fields.items() if name not in files}, default=str).encode()
    if not files:
        return Body({"Content-Type": "application/json"}, plain)
    mark = uuid.uuid4().hex
    heads = [_head(mark, FIELDS) + plain, *(_head(mark, name, file.name) for name, file in files.items())]
    end = f"\r\n--{mark}--\r\n".encode()

    def parts() -> Iterator[bytes]:
        yield heads[0]
        for head, file in zip(heads[1:], files.values(), strict=True):
            yield head
            yield from file.pieces()
        yield end

    size = sum(map(len, (*heads, end))) + sum(file.size for file in files.values())
    return Body({"Content-Type": f"multipart/form-data; boundary={mark}", "Content-Length": str(size)}, parts())


class _Going(NamedTuple):
    """A file on its way out."""

    name: str
    size: int
    opened: Callable[[], BinaryIO]

    def pieces(self) -> Iterator[bytes]:
        """As many bytes as were announced. Raises Conflict where there are others by now, Invalid where there are none.

        Neither is an error of the network, after which one would try again.
        """
        left = self.size
        try:
            with self.opened() as source:
                while piece := source.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except OSError as error:
            raise _invalid("file_unreadable", path=self.name) from error
        if left:
            from states.errors import Conflict

            raise Conflict("changed_meanwhile")


def _as_file(value: Any) -> _Going | None:
    """A file, where the value of a field is one (``commands/asking.py``)."""
    if isinstance(value, Upload):
        if not value.is_file():
            raise _invalid("file_unreadable", path=str(value))
        return _Going(str(value), value.path.stat().st_size, lambda: value.open("rb"))
    if isinstance(value, Mapping) and hasattr(value.get("content"), "opened"):
        return _Going(value["name"], value["content"].size, value["content"].opened)
    return None


def _head(mark: str, name: str, file: str | None = None) -> bytes:
    """The lines before a part. Raises Invalid for the name of a file that is more than a line; no record has one."""
    if file is not None and ("\n" in file or "\r" in file):
        problem = {"field": f"{name}.name", "type": "string_pattern_mismatch", "ctx": {}, "text": ""}
        raise _invalid("invalid_input", problems=[problem])
    quoted = (file or "").replace("\\", "\\\\").replace('"', '\\"')
    said = f'; filename="{quoted}"' if file is not None else ""
    line = f'\r\n--{mark}\r\nContent-Disposition: form-data; name="{name}"{said}\r\n\r\n'
    return line.encode(errors=_AS_TYPED)
