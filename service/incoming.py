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
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from service.addresses import FIELDS, KEY
from service.asked import Form
from service.shown import Upload
from states.errors import Invalid, Misused
from workflow.files import content_of

_MAX_FILES = 4
_DRY_RUN = "dry_run"


async def fields_of(request: Request, form: Form, folder: Path) -> tuple[dict[str, Any], bool]:
    """The fields, and whether the request is only tried. Files are put into ``folder``, which is the request's own.

    Raises Invalid or Misused.
    """
    query = request.query_params
    dry_run = form.acts and query.get(_DRY_RUN, "").lower() in ("true", "1", "yes")
    if form.method == "GET":
        fields = _of_query(query, form)
    else:
        asked = {name for name in query if not (form.acts and name == _DRY_RUN)}
        if asked:
            raise Invalid("invalid_input", {"problems": [_unknown(name) for name in sorted(asked)]})
        fields = await _of_body(request, form, folder)
    given = {name: value for name, value in request.path_params.items() if name == form.argument}
    if twice := given.keys() & fields.keys():
        raise Misused("field_twice", {"field": twice.pop()})
    if (key := request.headers.get(KEY)) is not None:
        if not form.acts:
            raise Misused("key_not_kept", {"path": request.url.path})
        given["request_id"] = unquote(key)
    return {**fields, **given}, dry_run


def _unknown(name: str) -> dict[str, Any]:
    return {"field": name, "type": "extra_forbidden", "ctx": {}, "text": ""}


def _of_query(query: QueryParams, form: Form) -> dict[str, Any]:
    """Each name once, but for a list."""
    several = {name for name, field in form.fields.items() if _is_list(field.annotation)}
    found: dict[str, Any] = {}
    for name in query:
        values = query.getlist(name)
        if len(values) > 1 and name not in several:
            raise Invalid("invalid_input", {"problems": [{"field": name, "type": "key_twice", "ctx": {"key": name}}]})
        found[name] = values if name in several else values[0]
    return found


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(get_origin(part) is tuple for part in get_args(annotation))


async def _of_body(request: Request, form: Form, folder: Path) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _of_parts(request, form, folder)
    found = _object(await request.body())
    if named := found.keys() & form.files:
        raise Invalid("invalid_input", {"problems": [_unknown(name) for name in sorted(named)]})
    return found


async def _of_parts(request: Request, form: Form, folder: Path) -> dict[str, Any]:
    try:
        async with request.form(max_files=_MAX_FILES, max_fields=1) as parts:
            return await _of_form(parts, form, folder)
    except (HTTPException, MultiPartException, ValueError) as error:
        raise Invalid("not_json", {"reason": str(error)[:200]}) from error


async def _of_form(parts: FormData, form: Form, folder: Path) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile) and name in form.files:
            fields[name] = await run_in_threadpool(_kept, value, form, folder / name)
        elif name == FIELDS and isinstance(value, str):
            fields = {**_object(value.encode()), **fields}
        else:
            raise Invalid("invalid_input", {"problems": [_unknown(name)]})
    return fields


def _kept(file: UploadFile, form: Form, place: Path) -> Any:
    """A file on this machine, for as long as the request lasts."""
    name = file.filename or "file"
    with place.open("wb") as copy:
        copyfileobj(file.file, copy)
    if not form.acts:
        return Upload(name, place)
    return {"name": name, "content": content_of(place, place.stat().st_size)}


def _object(body: bytes) -> dict[str, Any]:
    """A JSON object; nothing is an empty one."""
    if not body.strip():
        return {}
    try:
        found = json.loads(body, object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise Invalid("not_json", {"reason": str(error)[:200]}) from error
    if not isinstance(found, dict):
        raise Invalid("not_json", {"reason": type(found).__name__})
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:80]!r} twice")
        found[name] = value
    return found


def _refused(constant: str) -> Any:
    raise ValueError(constant)
