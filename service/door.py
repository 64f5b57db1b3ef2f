"""The one door: a request by its name and fields, an answer to show. Terminal, script and network come through here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from service.acting import act
from service.base import Caller, Request
from service.shown import Shown
from states.actions import ACTIONS
from states.errors import unknown
from views.naming import Meanings, kind_of
from workflow import intake

_MODULES = (
    "accounts", "calendars", "cases", "delegations", "duties", "forms", "importing", "journal", "lifecycle", "papers",
    "reminders",
)  # fmt: skip

#: An action that many requests in a workbook stand for; nobody names it alone.
_NOT_ALONE = "case import"


@cache
def requests() -> dict[str, type[Request]]:
    """Everything that can be asked for beside the actions, by its name."""
    modules = [import_module(f"service.{name}") for name in _MODULES]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    return {model.path: model for model in found if issubclass(model, Request) and model is not Request}


@cache
def actions() -> frozenset[str]:
    """The names of the actions that can be asked for."""
    return frozenset(ACTIONS) - {_NOT_ALONE}


def ask(caller: Caller, path: str, fields: Mapping[str, Any], dry_run: bool = False) -> Shown:
    """Answer a request. Raises NotFound for an unknown name, and any other PeijianError."""
    return act(caller, path, fields, dry_run) if path in actions() else _asked(caller, path, fields).answer(caller)


def _asked(caller: Caller, path: str, fields: Mapping[str, Any]) -> Request:
    if path not in requests():
        raise unknown("action", path, [*actions(), *requests()])
    if any(kind_of(name) for name in fields):
        fields = Meanings(caller.rules).of(fields)
    try:
        return requests()[path].model_validate(fields)
    except ValidationError as error:
        raise intake.invalid(error) from error
