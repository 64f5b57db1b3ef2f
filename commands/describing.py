"""The table of what can be typed behind each command, made from the models: ``python -m commands.describing``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from commands.parameters import Described, Parameter
from service.base import Option, Request
from service.door import actions, requests
from service.endpoints import endpoints
from states.actions import ACTIONS, Action
from views.language import N_

TABLE = Path(__file__).with_name("parameters.json")

#: Options of actions that are not called like their field: one of a list, or a word that Python keeps for itself.
_FLAGS = {
    "conditions": "--condition",
    "judgements": "--judgement",
    "items": "--item",
    "answers": "--answer",
    "facilities": "--facility",
    "decisions": "--decision",
    "removals": "--remove",
    "on_behalf_of": "--for",
    "from_on": "--from",
    "to_on": "--to",
    "stages": "--stage",
}


def table() -> dict[str, Described]:
    """Every command that goes through the door, by its name."""
    found = {path: _of_action(ACTIONS[path]) for path in sorted(actions())}
    return found | {path: _of_request(model) for path, model in sorted(requests().items())}


def written() -> str:
    """The table as it is kept: whatever is as usual is left out."""
    return json.dumps({path: _unusual(one) for path, one in table().items()}, ensure_ascii=False, indent=1) + "\n"


def _unusual(one: Described | Parameter) -> dict[str, Any]:
    usual = one._field_defaults
    found = {name: value for name, value in one._asdict().items() if name not in usual or value != usual[name]}
    if isinstance(one, Described):
        found["parameters"] = [_unusual(parameter) for parameter in one.parameters]
    return found


def _of_action(model: type[Action]) -> Described:
    fields = model.model_fields
    found = [_argument(name, needed=True, asked=True) for name in model.arguments]
    if model.name == "case open":
        found.append(_argument("source", metavar="FILE", typed="source"))
    for name, field in fields.items():
        if name not in model.arguments:
            file = {"typed": "file", "metavar": "FILE"} if name == model.attached else {}
            found.append(_option(name, field, marked=field.is_required(), **file))
    found.append(Parameter("dry_run", "--dry-run", N_("only say what would happen"), typed="flag"))
    if "file" not in fields:
        text = N_("take the fields from a JSON or YAML file")
        found.append(Parameter("source_file", "--file", text, "FILE", "source"))
    return _described(model.name, found, {})


def _of_request(model: type[Request]) -> Described:
    fields, targets = model.model_fields, {target.field for target in model.targets}
    found = [_argument(name, **_said(fields[name]), needed=fields[name].is_required()) for name in model.arguments]
    for name, field in fields.items():
        if name not in model.arguments and name not in targets:
            found.append(_option(name, field, needed=field.is_required(), asked=field.annotation is str))
    found += [Parameter(t.name, t.flag, t.help, t.metavar, "target", needed=t.required) for t in model.targets]
    return _described(model.path, found, {t.name: t.field for t in model.targets})


def _described(path: str, parameters: list[Parameter], targets: dict[str, str]) -> Described:
    endpoint = endpoints()[path]
    return Described(tuple(parameters), targets, endpoint.acts, endpoint.method, endpoint.argument)


def _argument(name: str, **more: Any) -> Parameter:
    return Parameter(name, **{"metavar": name.upper(), **more})


def _option(name: str, field: FieldInfo, **more: Any) -> Parameter:
    flag = _FLAGS.get(name, "--" + name.replace("_", "-"))
    usual = field.default if isinstance(field.default, int | str) and not isinstance(field.default, bool) else None
    said = {"flag": flag, "help": field.description or "", "default": usual}
    return Parameter(name, **{**said, **_said(field), **more})


def _said(field: FieldInfo) -> dict[str, Any]:
    """What the type of a field, and its :class:`Option`, say of it."""
    found: dict[str, Any] = {}
    kinds = list(_kinds(field.annotation))
    if bool in kinds:
        found["typed"] = "flag"
    if choices := [get_args(kind) for kind in kinds if get_origin(kind) is Literal]:
        found["choices"] = choices[0]
    if any(get_origin(kind) is tuple for kind in kinds):
        found["many"] = True
    for said in (*field.metadata, *kinds):
        if isinstance(said, Option):
            found |= {key: value for key, value in vars(said).items() if value}
    return found


def _kinds(annotation: Any) -> Iterator[Any]:
    """An annotation, what a union is made of, and what was said about each of them."""
    yield annotation
    if get_origin(annotation) is Annotated:
        for part in get_args(annotation):
            yield from _kinds(part) if not isinstance(part, Option) else (part,)
    elif get_origin(annotation) not in (tuple, Literal) and not (
        isinstance(annotation, type) and issubclass(annotation, BaseModel)
    ):
        for part in get_args(annotation):
            yield from _kinds(part)


if __name__ == "__main__":
    TABLE.write_text(written(), encoding="utf-8")
