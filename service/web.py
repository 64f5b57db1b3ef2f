"""The door over the network: a stateless HTTP service over the same requests as the command line.

Every request is answered in a thread of a pool; nothing is kept between two requests but how often was asked. TLS is
the business of the proxy in front (docs/server.md).
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from service.addresses import EXIT_CODE, FACTS, HEALTH, READY, ROWS, SHA256, address
from service.base import Caller
from service.door import ask
from service.endpoints import Endpoint, endpoints
from service.guard import Guard, language_of, token_of
from service.incoming import fields_of
from service.openapi import document
from service.problems import of_the_server, problem
from service.rates import Rates
from service.shown import Sent, Shown
from states.errors import Conflict, Invalid, Misused, NotFound, PeijianError
from views.data import as_json
from views.language import _, speaking
from views.names import Names
from views.terminal import laid_out
from views.wording import IDS, Namer
from workflow import clock, queries
from workflow.administration import open_office
from workflow.database import Database
from workflow.office import Office

_NARROWEST, _WIDEST, _USUAL = 20, 400, 80
_PIECE = 65_536
#: What the log says of whoever left before the request was whole; no answer reaches them.
_GONE = 499
#: So much of an address is told again.
_SHOWN = 200

Found = TypeVar("Found")


@dataclass
class Service:
    """One process that serves one district. ``threads``: how many requests are worked on at a time.

    ``read_seconds``: within which a request must have come in whole.
    """

    database: str
    config: Path
    threads: int = 8
    read_seconds: float = 60
    answer_seconds: float = 60
    _pool: ThreadPoolExecutor = field(init=False)
    #: so that however much there is to do, it can be said whether it can be done
    _watch: ThreadPoolExecutor = field(init=False)
    _opened: _Opened | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._pool, self._watch = ThreadPoolExecutor(self.threads, "answering"), ThreadPoolExecutor(1, "watching")

    @property
    def office(self) -> Office:
        """What all threads share, opened anew where another file lies in its place. Raises Invalid."""
        opened = self._opened
        if opened is None or opened.file != _file_of(opened.office.database):
            office = open_office(self.database, self.config)
            self._opened = opened = _Opened(office, _file_of(office.database))
        return opened.office

    async def in_thread(self, work: Callable[[], Found], pool: ThreadPoolExecutor | None = None) -> Found:
        """The result of ``work``.

        Raises Conflict where it takes too long: ``server_busy`` where it had not begun, and never will; else
        ``answer_too_slow``: it goes on, and may still be done.
        """
        done = (pool or self._pool).submit(work)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(done)), self.answer_seconds)
        except TimeoutError as error:
            code = "server_busy" if done.cancel() else "answer_too_slow"
            raise Conflict(code, {"seconds": self.answer_seconds}) from error

    # -- a request -----------------------------------------------------------------------------

    async def answer(self, endpoint: Endpoint, request: Request) -> Response:
        """Whoever holds no good token hears nothing but that."""
        token = token_of(request.headers)
        refusal: PeijianError
        try:
            request.scope["account"] = await self.in_thread(lambda: self.office.admitted(token, endpoint.path).name)
            with tempfile.TemporaryDirectory(prefix="peijian-") as folder:
                async with asyncio.timeout(self.read_seconds):
                    fields, dry_run = await fields_of(request, endpoint, Path(folder))
                return await self.in_thread(partial(self._asked, request, endpoint, fields, dry_run))
        except TimeoutError:
            refusal = Conflict("request_too_slow", {"seconds": self.read_seconds})
        except PeijianError as error:
            refusal = error
        except ClientDisconnect:
            return Response(status_code=_GONE)
        except Exception:
            traceback.print_exc()
            refusal = PeijianError("internal_error", {"request": request.scope["request"]})
        return _refusal(request, refusal)

    def _asked(self, request: Request, endpoint: Endpoint, fields: dict[str, Any], dry_run: bool) -> Response:
        office, shape = self.office, _Shape.of(request)
        caller = Caller(self.config, lambda: office, token_of(request.headers), shape.interactive)
        with speaking(language_of(request.headers)):
            try:
                return _response(ask(caller, endpoint.path, fields, dry_run), shape, office)
            except PeijianError as error:
                return _refusal(request, error, self._names())

    def _names(self) -> Namer:
        """Names from the configuration; the ids themselves where it cannot be read."""
        try:
            return Names(queries.current_rules(self.office), clock.today())
        except PeijianError:
            return IDS

    # -- what a proxy asks ---------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        """Whether the process runs."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Whether it can work: the database is there and the configuration can be used."""
        try:
            await self.in_thread(lambda: queries.current_rules(self.office), self._watch)
        except PeijianError as error:
            return JSONResponse({"status": "not ready", "error": error.code}, 503)
        return JSONResponse({"status": "ok"})


class _Opened(NamedTuple):
    """An office, and the file that its database is: device and number; None for one of a server."""

    office: Office
    file: tuple[int, int] | None


@dataclass(frozen=True)
class _Shape:
    """How the answer is wanted: as data, or as rows of a width for somebody at a terminal."""

    rows: bool
    width: int
    interactive: bool

    @classmethod
    def of(cls, request: Request) -> _Shape:
        kind, *said = request.headers.get("accept", "").split(";")
        wanted = dict(part.strip().partition("=")[::2] for part in said)
        width = wanted.get("width", "")
        columns = int(width) if width.isdecimal() and len(width) < 5 else _USUAL
        return cls(kind.strip() == ROWS, min(max(columns, _NARROWEST), _WIDEST), wanted.get("interactive") == "1")


def _file_of(database: Database) -> tuple[int, int] | None:
    """Which file lies in the place of the database. Raises Invalid where there is none."""
    if not database.path:
        return None
    try:
        found = database.path.stat()
    except OSError as error:
        raise Invalid("database_missing", {"database": database.name}) from error
    return found.st_dev, found.st_ino


def _refusal(request: Request, error: PeijianError, names: Namer = IDS) -> Response:
    """The answer to whoever asked; what is the server's own trouble, in full for its log."""
    if of_the_server(error):
        request.scope["error"] = {"code": error.code, "params": as_json(error.params)}
    with speaking(language_of(request.headers)):
        return problem(error, names)


def _response(shown: Shown, shape: _Shape, office: Office) -> Response:
    if shown.file:
        return _file(shown.file)
    headers = {EXIT_CODE: str(shown.exit_code)} if shown.exit_code else {}
    if not shape.rows:
        return JSONResponse(shown.data, headers=headers)
    notes = [_("This is a rehearsal database; nothing in it is real.")] if office.rehearsal else []
    body = {
        "data": shown.data,
        "rows": list(laid_out(shown.page, shape.width)) if shown.page else None,
        "text": shown.text,
        "notes": [*notes, *shown.notes],
    }
    return JSONResponse(body, headers=headers, media_type=ROWS)


def _file(file: Sent) -> Response:
    """Sent piece by piece; what is told of it goes in the headers."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Length": str(file.content.size),
        FACTS: json.dumps(file.facts),
        SHA256: file.content.sha256,
    }

    def pieces() -> Iterator[bytes]:
        with file.content.opened() as source:
            while piece := source.read(_PIECE):
                yield piece

    return StreamingResponse(pieces(), headers=headers, media_type=file.media_type)


def application(service: Service, rates: Rates) -> Guard:
    """The ASGI application: every request at its address, and what watches over all of them."""
    routes = [
        Route(HEALTH, service.health),
        Route(READY, service.ready),
        Route("/openapi.json", lambda request: JSONResponse(document())),
        *(
            Route(_pattern(endpoint), partial(service.answer, endpoint), methods=[endpoint.method])
            for endpoint in endpoints().values()
        ),
    ]
    handlers: Any = {404: _nowhere, 405: _nowhere}
    found = Starlette(routes=routes, exception_handlers=handlers)
    found.router.redirect_slashes = False  # it would send people to whatever host a request names
    return Guard(found, rates)


def _pattern(endpoint: Endpoint) -> str:
    return address(endpoint.path, None) + (f"/{{{endpoint.argument}:anything}}" if endpoint.argument else "")


class _Anything(StringConvertor):
    """What stands behind the words of a command, slashes and line breaks too: whoever asks is looked at first."""

    regex = r"[\s\S]*"


register_url_convertor("anything", _Anything())


async def _nowhere(request: Request, error: Exception) -> Response:
    """No such address, or another method."""
    path = request.url.path[:_SHOWN]
    with speaking(language_of(request.headers)):
        if isinstance(error, HTTPException) and error.status_code == 405:
            response = problem(
                Misused("wrong_method", {"path": path, "methods": (error.headers or {}).get("Allow", "")})
            )
            response.headers.update(error.headers or {})
            return response
        return problem(NotFound("no_such_address", {"path": path}))
