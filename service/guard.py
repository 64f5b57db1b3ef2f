"""What stands before every request: how often, how much; and behind every answer: headers and a line in the log.

The log has one JSON object a line on stderr: no token, no query, no body.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.addresses import HEALTH, PARTS, READY
from service.problems import problem
from service.rates import Rates
from states.content import MAX_ATTACHMENT
from states.errors import Conflict, Invalid, PeijianError
from views.language import speaking
from workflow import clock

#: What a body may have at most, in bytes: the largest file and what comes with it; or fields alone.
MAX_BODY, MAX_FIELDS = MAX_ATTACHMENT + 1_000_000, 1_000_000
#: So much of an address is kept in the log.
_SHOWN = 200
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def token_of(headers: Headers) -> str | None:
    """The token in the header ``Authorization: Bearer``."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def language_of(headers: Headers) -> str:
    """Chinese, unless English is named first."""
    return "en" if headers.get("accept-language", "").strip().lower().startswith("en") else "zh"


def media_type(headers: Headers) -> str:
    """What the body says it is, without its parameters; empty where it says nothing."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass
class Guard:
    """Wraps the application. ``log`` takes a line."""

    app: ASGIApp
    rates: Rates
    log: Callable[[str], None] = field(default=lambda line: print(line, file=sys.stderr, flush=True))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, started = Headers(scope=scope), time.perf_counter()
        told: dict[str, Any] = {"status": 0, "sent": 0}
        scope["request"] = uuid.uuid4().hex[:16]

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                MutableHeaders(scope=message).update({**_HEADERS, "X-Request-Id": scope["request"]})
            told["sent"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._let_in(scope, headers, _counted(receive, told, headers), answered)
        finally:
            self.log(_line(scope, told, time.perf_counter() - started))

    async def _let_in(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        place, token = (scope.get("client") or ("",))[0], token_of(headers)
        limit = _limit(headers)
        refusal: PeijianError
        watching = scope["path"] in (HEALTH, READY)
        if wait := 0 if watching else self.rates.wait(token, place):
            refusal = Conflict("too_many_requests", {"seconds": ceil(wait)})
        elif not _fits(headers.get("content-length", "0"), limit):
            refusal = _too_large(limit)
        else:
            await self.app(scope, receive, send)
            if token and scope.get("account"):
                self.rates.admitted(token, place)
            return
        with speaking(language_of(headers)):
            response = problem(refusal)
        await response(scope, receive, send)


def _too_large(limit: int) -> Invalid:
    return Invalid("request_too_large", {"limit": limit})


def _fits(length: str, limit: int) -> bool:
    """Whether so much is taken; what is no number of bytes is not."""
    return length.isascii() and length.isdigit() and len(length) < 20 and int(length) <= limit


def _limit(headers: Headers) -> int:
    return MAX_BODY if media_type(headers) == PARTS else MAX_FIELDS


def _counted(receive: Receive, told: Mapping[str, Any], headers: Headers) -> Receive:
    """The body, which may come without its length. Raises Invalid for more than is taken.

    What still comes in while the answer goes out is nobody's.
    """
    taken, limit = 0, _limit(headers)

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit and not told["status"]:
            raise _too_large(limit)
        return message

    return counted


def _line(scope: Scope, told: Mapping[str, Any], seconds: float) -> str:
    client = scope.get("client") or ("", 0)
    return json.dumps(
        {
            "at": clock.now().isoformat(),
            "request": scope["request"],
            "client": client[0],
            "account": scope.get("account"),
            "method": scope["method"],
            "path": scope["path"][:_SHOWN],
            "status": told["status"],
            "error": scope.get("error"),
            "bytes": told["sent"],
            "ms": round(seconds * 1000, 1),
        },
        ensure_ascii=True,
    )
