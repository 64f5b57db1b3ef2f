"""The OpenAPI description of the service, made from the models of the requests and of their results."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any

from pydantic import TypeAdapter

from service.addresses import EXIT_CODE, FACTS, FIELDS, HEALTH, KEY, PROBLEM, READY, address
from service.endpoints import Endpoint, endpoints
from states.actions.base import ID_FORM
from workflow.results import Done

_REF = "#/components/schemas/{model}"
_JSON = "application/json"
_BYTES = {"schema": {"type": "string", "format": "binary"}}
#: What is added to an obstacle and a task when they are shown (``views/data.py``).
_SHOWN = {"Obstacle": ("key", "text"), "Task": ("command",)}


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for endpoint in endpoints().values():
        place = address(endpoint.path, None) + (f"/{{{endpoint.argument}}}" if endpoint.argument else "")
        paths.setdefault(place, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Peijian", "version": metadata.version("peijian"), "description": __doc__},
        "paths": paths | _OPEN,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {"description": "What went wrong", "content": {PROBLEM: _of("Problem")}}},
        },
        "security": [{"token": []}],
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": endpoint.path.replace(" ", "_").replace("-", "_"),
        "summary": str(endpoint.model.__doc__).strip().partition("\n")[0],
        "parameters": list(_parameters(endpoint, schemas)),
        "responses": {"200": _answer(endpoint, schemas), "default": {"$ref": "#/components/responses/Problem"}},
    }
    if endpoint.method == "POST":
        found["requestBody"] = _body(endpoint, schemas)
    return found


def _parameters(endpoint: Endpoint, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    properties = _schema(endpoint.model, "validation", schemas)["properties"]
    found = []
    if endpoint.argument:
        found.append(
            {"name": endpoint.argument, "in": "path", "required": True, "schema": properties[endpoint.argument]}
        )
    if endpoint.method == "GET":
        for name, field in endpoint.fields.items():
            said = {"name": name, "in": "query", "required": field.is_required(), "schema": properties[name]}
            found.append({**said, "description": field.description or name})
    if endpoint.acts:
        found.append({"name": KEY, "in": "header", "schema": {"type": "string", "pattern": ID_FORM}})
        found.append({"name": "dry_run", "in": "query", "schema": {"type": "boolean"}})
    return found


def _body(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    """Fields as JSON; where a file may come along also in parts."""
    whole = _schema(endpoint.model, "validation", schemas)
    fields = {name: whole["properties"][name] for name in endpoint.fields if name not in endpoint.files}
    needed = [name for name in whole.get("required", ()) if name in endpoint.fields]
    schema: dict[str, Any] = {"type": "object", "properties": fields, "additionalProperties": False}
    if endpoint.path == "case open":
        fields["record"], needed = {"type": "object"}, []
    plain = [name for name in needed if name not in endpoint.files]
    said = {**schema, "required": plain} if plain else schema
    content: dict[str, Any] = {}
    if needed == plain:
        content[_JSON] = {"schema": said}
    if endpoint.files:
        files = {name: {"type": "string", "format": "binary"} for name in sorted(endpoint.files)}
        required = [name for name in needed if name in endpoint.files] + ([FIELDS] if plain else [])
        parts = {"type": "object", "properties": {FIELDS: said, **files}, "additionalProperties": False}
        content["multipart/form-data"] = {
            "schema": {**parts, "required": required} if required else parts,
            "encoding": {FIELDS: {"contentType": _JSON}},
        }
    return {"required": bool(needed), "content": content}


def _answer(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    result = Done if endpoint.acts else endpoint.model.result  # type: ignore[union-attr]
    content = {} if result is None else {_JSON: {"schema": _named(_schema(result, "serialization", schemas), schemas)}}
    headers = {EXIT_CODE: _header("exit code of the command, if not 0")}
    targets = () if endpoint.acts else endpoint.model.targets  # type: ignore[union-attr]
    if targets:
        content["*/*"] = _BYTES
        headers[FACTS] = _header("what is told of a file, as JSON")
    return {"description": "Done, or answered", "headers": headers, "content": content}


def _named(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A model of its own stands among the components, once."""
    if "properties" not in schema:
        return schema
    schemas.setdefault(schema["title"], schema)
    return {"$ref": _REF.format(model=schema["title"])}


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _schema(kind: Any, mode: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type; what it refers to goes among the components."""
    made = TypeAdapter(kind).json_schema(mode=mode, ref_template=_REF)
    for name, schema in made.pop("$defs", {}).items():
        schemas.setdefault(name, _as_shown(name, schema))
    return _as_shown(made.get("title", ""), made)


def _as_shown(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    more = _SHOWN.get(name, ())
    if not more:
        return schema
    properties = {**schema["properties"], **{key: {"type": "string"} for key in more}}
    return {**schema, "properties": properties, "required": [*schema.get("required", ()), *more]}


def _of(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(model=name)}}


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457, with the code, the facts and the obstacles that the command line shows as JSON.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "error": {"type": "string", "description": "code, the same in every language"},
        "exit_code": {"type": "integer", "description": "how the command would exit"},
        "params": {"type": "object"},
        "text": {"type": "string"},
        "obstacles": {"type": "array", "items": {"$ref": _REF.format(model="Obstacle")}},
    },
    "required": ["type", "title", "status", "detail", "error", "exit_code", "params", "text"],
}
_STATUS = {"schema": {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}}
_OPEN = {
    HEALTH: {"get": {"summary": "Whether the process runs", "security": [],
                        "responses": {"200": {"description": "It does", "content": {_JSON: _STATUS}}}}},
    READY: {"get": {"summary": "Whether it can work", "security": [],
                       "responses": {"200": {"description": "It can", "content": {_JSON: _STATUS}},
                                     "503": {"description": "It cannot", "content": {_JSON: _STATUS}}}}},
}  # fmt: skip
