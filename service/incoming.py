"""A request as it comes over the network, as the fields of its model: from the address, the query, the body."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from shutil import copyfileobj
from typing import Any, get_args, get_origin
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from service.addresses import FIELDS, JSON, KEY, PARTS
from service.endpoints import Endpoint
from service.guard import media_type
from service.shown import Upload
from states.errors import Invalid, Misused
from workflow.files import attached, unwritable

_MAX_FILES = 4
#: So much of what was sent is told again.
_SHOWN = 80
_DRY_RUN, _YES, _NO = "dry_run", ("true", "1", "yes"), ("false", "0", "no")
#: The field of an action that its key becomes.
_KEPT_AS = "request_id"
#: How many levels a body may have; the record of a project has not half as many.
_DEEPEST = 20


async def fields_of(request: Request, endpoint: Endpoint, folder: Path) -> tuple[dict[str, Any], bool]:
    """The fields, and whether the request is only tried. Files are put into ``folder``, which is the request's own.

    Raises Invalid or Misused.
    """
    fields, dry_run = _of_query(request.query_params, endpoint), False
    if endpoint.method == "POST":
        dry_run = endpoint.acts and _boolean(_DRY_RUN, fields.pop(_DRY_RUN, "false"))
        _none_of(fields)
        fields = await _of_body(request, endpoint, folder)
    given = {name: value for name, value in request.path_params.items() if name == endpoint.argument}
    if twice := given.keys() & fields.keys():
        raise Misused("field_twice", {"field": twice.pop()})
    if (key := request.headers.get(KEY)) is not None:
        if not endpoint.acts:
            raise Misused("key_not_kept", {"path": request.url.path})
        given[_KEPT_AS] = unquote(key)
    return {**fields, **given}, dry_run


def _none_of(names: Iterable[str]) -> None:
    """Raises Invalid naming what is no field here."""
    if names := sorted(names):
        raise _wrong(*((name, "extra_forbidden", {}) for name in names))


def _wrong(*problems: tuple[str, str, dict[str, str]]) -> Invalid:
    """(field, what is wrong with it, the facts of that) as one error."""
    told = [{"field": field, "type": kind, "ctx": ctx, "text": ""} for field, kind, ctx in problems]
    return Invalid("invalid_input", {"problems": told})


def _boolean(name: str, said: str) -> bool:
    """Yes or no, and nothing between: what is only to be tried must not be done for a slip of the pen."""
    if said.lower() not in (*_YES, *_NO):
        raise _wrong((name, "bool_parsing", {}))
    return said.lower() in _YES


def _of_query(query: QueryParams, endpoint: Endpoint) -> dict[str, Any]:
    """Each name once, but for a list."""
    several = {name for name, field in endpoint.fields.items() if _is_list(field.annotation)}
    found: dict[str, Any] = {}
    for name in query:
        values = query.getlist(name)
        if len(values) > 1 and name not in several:
            raise _wrong((name, "key_twice", {"key": name}))
        found[name] = values if name in several else values[0]
    return found


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(get_origin(part) is tuple for part in get_args(annotation))


async def _of_body(request: Request, endpoint: Endpoint, folder: Path) -> dict[str, Any]:
    kind, taken = media_type(request.headers), (JSON, PARTS) if endpoint.files else (JSON,)
    if kind and kind not in taken:
        raise Misused("wrong_media_type", {"kind": kind[:_SHOWN], "taken": ", ".join(taken)})
    if kind == PARTS:
        return await _of_parts(request, endpoint, folder)
    return _fields_alone(await request.body(), endpoint)


async def _of_parts(request: Request, endpoint: Endpoint, folder: Path) -> dict[str, Any]:
    try:
        async with request.form(max_files=_MAX_FILES, max_fields=1) as parts:
            return await _fields_and_files(parts, endpoint, folder)
    except (HTTPException, ValueError) as error:  # so Starlette calls a broken body
        raise Invalid("not_parts", {"reason": getattr(error, "detail", error)}) from error


async def _fields_and_files(parts: FormData, endpoint: Endpoint, folder: Path) -> dict[str, Any]:
    """The files by their fields, and what the part of the fields holds."""
    fields: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for name, value in parts.multi_items():
        if name in files:
            raise _wrong((name, "key_twice", {"key": name}))
        if isinstance(value, UploadFile) and name in endpoint.files:
            files[name] = await run_in_threadpool(_saved, value, endpoint, folder / name)
        elif name == FIELDS and isinstance(value, str):
            fields = _fields_alone(value.encode(), endpoint)
        else:
            _none_of([name])
    return {**fields, **files}


def _fields_alone(body: bytes, endpoint: Endpoint) -> dict[str, Any]:
    """Fields alone: no file is named among them, and the key of a request has its header."""
    found = _json_object(body)
    _none_of(found.keys() & {*endpoint.files, _KEPT_AS})
    return found


def _saved(file: UploadFile, endpoint: Endpoint, place: Path) -> Any:
    """A file on this machine, for as long as the request lasts."""
    name = file.filename or "file"
    try:
        with place.open("wb") as copy:
            copyfileobj(file.file, copy)
    except OSError as error:
        raise unwritable(place, error) from error
    if not endpoint.acts:
        return Upload(name, place)
    return attached(name, place)


def _json_object(body: bytes) -> dict[str, Any]:
    """A JSON object; nothing is an empty one."""
    if not body.strip():
        return {}
    try:
        found = json.loads(body, object_pairs_hook=_without_twins, parse_constant=_refused)
        if _depth(found) > _DEEPEST:
            raise RecursionError(f"deeper than {_DEEPEST}")
        # half a character, or a number beyond all: what cannot be written again
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise Invalid("not_json", {"reason": str(error)[:200]}) from error
    if not isinstance(found, dict):
        raise Invalid("not_json", {"reason": type(found).__name__})
    return found


def _depth(value: Any) -> int:
    """How many levels of groups and lists there are. Raises RecursionError for very many."""
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, within), default=0)


def _without_twins(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:_SHOWN]!r} twice")
        found[name] = value
    return found


def _refused(constant: str) -> Any:
    raise ValueError(constant)
