"""What each request looks like from outside, seen from its model: method, address, what may come along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from service.base import Request
from service.door import actions, requests
from service.shown import Upload
from states.actions import ACTIONS, Action


@dataclass(frozen=True)
class Endpoint:
    """``argument``: the field in the address; ``fields``: all others; ``files``: those among them that are files."""

    path: str
    model: type[Request] | type[Action]
    argument: str | None
    fields: dict[str, FieldInfo]
    files: frozenset[str]

    @property
    def acts(self) -> bool:
        """Whether it is an action on a case, which keeps its key and can be tried."""
        return self.path in actions()

    @property
    def method(self) -> str:
        writes = self.acts or getattr(self.model, "writes", False)
        return "POST" if writes or self.files or not all(_plain(f.annotation) for f in self.fields.values()) else "GET"


@cache
def endpoints() -> dict[str, Endpoint]:
    """Every request by the path of its command."""
    models: dict[str, Any] = {path: ACTIONS[path] for path in sorted(actions())}
    models |= dict(sorted(requests().items()))
    return {path: _endpoint(path, model) for path, model in models.items()}


def _endpoint(path: str, model: type[Request] | type[Action]) -> Endpoint:
    fields = {name: field for name, field in model.model_fields.items() if name != "request_id"}
    first = next(iter(model.arguments), None)
    argument = first if first and fields[first].is_required() and fields[first].annotation in (str, int) else None
    if argument:
        del fields[argument]
    attached = {model.attached} if issubclass(model, Action) and model.attached else set()
    files = attached | {name for name, field in fields.items() if _is_upload(field.annotation)}
    return Endpoint(path, model, argument, fields, frozenset(files))


def _is_upload(annotation: Any) -> bool:
    return annotation is Upload or any(_is_upload(part) for part in get_args(annotation))


def _plain(annotation: Any) -> bool:
    """Whether an address can hold it: a value, or a list of values."""
    return not isinstance(get_origin(annotation), type) or not issubclass(get_origin(annotation), Mapping)
