"""Errors as ``application/problem+json`` (RFC 9457): with the code, facts, obstacles and text of the command line."""

from __future__ import annotations

from copy import copy
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from starlette.responses import JSONResponse

from service.addresses import PROBLEM
from states.errors import Blocked, Conflict, Invalid, Misused, NotAllowed, NotFound, PeijianError
from views.data import error_json
from views.wording import IDS, Namer
from workflow.accounts import NotAdmitted
from workflow.files import Unfit

#: What is wrong on the server's side, by the beginning of its code: nobody who asks can mend it.
_OURS = ("database_", "config_", "configuration_lost", "disk_full", "file_missing_on_disk", "file_altered_on_disk",
         "file_unwritable", "not_a_database", "network_file_system", "other_district")  # fmt: skip
_IN_PLACE_OF = {"database": "peijian", "error": "…"}
_BY_CODE = {
    "no_account": HTTPStatus.UNAUTHORIZED,
    "no_such_address": HTTPStatus.NOT_FOUND,
    "wrong_media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "wrong_method": HTTPStatus.METHOD_NOT_ALLOWED,
    "request_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "request_too_slow": HTTPStatus.REQUEST_TIMEOUT,
    "too_many_requests": HTTPStatus.TOO_MANY_REQUESTS,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
}
_BY_KIND: tuple[tuple[type[PeijianError], HTTPStatus], ...] = (
    (NotAdmitted, HTTPStatus.UNAUTHORIZED),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (Blocked, HTTPStatus.CONFLICT),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.SERVICE_UNAVAILABLE),
    (Misused, HTTPStatus.BAD_REQUEST),
)
#: Seconds after which a request that met somebody else's may be repeated.
_AGAIN = "1"


def status_of(error: PeijianError) -> HTTPStatus:
    """The HTTP status that says most of an error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, Invalid) and not isinstance(error, Unfit) and error.code.startswith(_OURS):
        return HTTPStatus.SERVICE_UNAVAILABLE
    found = (status for kind, status in _BY_KIND if isinstance(error, kind))
    return next(found, HTTPStatus.UNPROCESSABLE_ENTITY)


def of_the_server(error: PeijianError) -> bool:
    """Whether whoever runs the server must look after it."""
    return status_of(error) == HTTPStatus.SERVICE_UNAVAILABLE


def _for_outside(error: PeijianError) -> PeijianError:
    """Where things lie on the server, and what its driver says, is nothing to anybody outside."""
    found = copy(error)
    found.params = {name: _IN_PLACE_OF.get(name, _name(value)) for name, value in error.params.items()}
    return found


def _name(value: Any) -> Any:
    return PurePath(value).name if isinstance(value, str) else value


def problem(error: PeijianError, names: Namer = IDS) -> JSONResponse:
    """The answer to a request that failed."""
    status = status_of(error)
    told = error_json(_for_outside(error) if of_the_server(error) else error, names)
    body: dict[str, Any] = {
        "type": f"urn:peijian:error:{error.code}",
        "title": status.phrase,
        "status": int(status),
        "detail": told["text"],
        **told,
    }
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers["Retry-After"] = str(error.params.get("seconds", _AGAIN))
    return JSONResponse(body, int(status), headers, media_type=PROBLEM)
