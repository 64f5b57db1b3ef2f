"""The fields of an action, asked for one by one: what its model says of a field is what is asked and checked."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from inspect import get_annotations
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from commands import dialogue
from commands.choices import Desk, choices, facilities
from commands.dialogue import Wrong
from states.actions.base import Attachment
from states.actions.opinions import VERDICT_NEEDS
from states.errors import Invalid
from views.fields import field_label
from views.forms import plain_value
from views.language import _
from views.problems import problem_text
from views.wording import error_text
from workflow.files import attached

Fields = dict[str, Any]


#: Never asked: the one is for programs, the other is asked when there is a doubt.
_UNASKED = frozenset({"request_id", "confirm_credit_code"})

#: What need not be asked, seen from the answers before it.
_NEEDLESS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "location_as_required": lambda v: "location" in v,
    "location": lambda v: "location_as_required" in v,
    "developer_code": lambda v: "developer" not in v,
    "ownership_reason": lambda v: v.get("ownership") in (None, "government"),
    "ownership_basis": lambda v: v.get("ownership") in (None, "government"),
    "link": lambda v: v.get("decision") != "pooled",
    "exemption": lambda v: "title" in v,
    "holder": lambda v: "title" not in v,
    "built": lambda v: v.get("percent") != 100,
    "not_built": lambda v: v.get("percent") != 100,
    "reply": lambda v: "disposition" not in v,
}

_PAST, _AHEAD = frozenset({"happened_on", "issued_on"}), frozenset({"due_on", "deadline"})

#: What must be answered although the model leaves it open, seen from the answers before it.
_NEEDED: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "basis": lambda v: v.get("decision") in ("not_required", "pooled") or _verdict_needs("basis", v),
    "link": lambda v: v.get("decision") == "pooled",
    "reason": lambda v: _verdict_needs("reason", v),
    "requested_change": lambda v: _verdict_needs("requested_change", v),
    "exemption": lambda v: "title" not in v,
    "reply": lambda v: "disposition" in v,
}


def _verdict_needs(name: str, answers: Mapping[str, Any]) -> bool:
    return name in VERDICT_NEEDS.get(answers.get("verdict", "agree"), ())


#: The measures of a form by the names of the facts.
_MEASURES = {"gfa_m2": "gfa", "site_m2": "site", "classes": "classes", "seats": "seats", "beds": "beds"}


#: What is asked first, where it is not what the model has first.
_FIRST = {"change propose": ("reason", "facilities", "removals", "decisions", "document")}


def order(model: type[BaseModel]) -> list[str]:
    """Arguments, then the model's own fields, then what it inherits; lists and the day at the end."""
    first = getattr(model, "arguments", ()) or tuple(name for name in ("case",) if name in model.model_fields)
    own = [name for name in get_annotations(model) if name in model.model_fields]
    measures = [name for name in _MEASURES if _compares(model)]
    easier = [name for name in ("location_as_required",) if _compares(model)]
    before = _FIRST.get(getattr(model, "name", ""), ())
    names = dict.fromkeys((*first, *before, *measures, *easier, *own, *model.model_fields))
    late = [n for n in names if n not in before and (n == "happened_on" or _inner(model.model_fields[n]))]
    return [name for name in names if name not in late and name not in _UNASKED] + late


def _compares(model: type[BaseModel]) -> bool:
    """Whether a form is evidence that is held against the requirement: drawings, the survey."""
    return "location_as_required" in model.model_fields


def fill(
    desk: Desk, model: type[BaseModel], given: Fields, earlier: Fields, only: tuple[str, ...] | None = None
) -> Fields:
    """``given`` and the answers to everything else; Enter keeps what was answered ``earlier``."""
    values = dict(given)
    for name in order(model) if only is None else only:
        if name in values or (name in _NEEDLESS and _NEEDLESS[name](values)):
            continue
        if name in ("built", "not_built") and _reported_built(desk, values) != (name == "not_built"):
            continue
        compared = _compares(model) and name in _MEASURES and desk.view is not None
        if compared and getattr(desk.case.case.requirement(values["facility"]), _MEASURES[name]) is None:
            continue
        needed = model.model_fields[name].is_required() or (name in _NEEDED and _NEEDED[name](values))
        needed = needed or compared or (name == "location" and _compares(model))
        answer = _asked(desk, model, name, earlier.get(name), not needed)
        if answer not in (None, False, ()):
            values[name] = answer
    return values


def _reported_built(desk: Desk, answers: Mapping[str, Any]) -> bool:
    """Whether the facility stands as built: then only the contrary is news."""
    found = desk.case.case.latest(answers["facility"], "progress") if desk.view else None
    return bool(found and found.built)


def _asked(desk: Desk, model: type[BaseModel], name: str, kept: Any, optional: bool) -> Any:
    field = model.model_fields[name]
    inner = _inner(field)
    title = field_title(model, name)
    if inner:
        return _several(desk, inner, title, kept or ())
    if field.annotation is bool:
        return dialogue.agrees(title, bool(kept) or name == "location_as_required")
    found = choices(desk, model, name)
    if found:
        return dialogue.choose(title, found, _empty(model) if optional else None, kept)
    hint = _hint(model, name, optional, kept)
    question = _("{question}{hint}: ").format(question=title, hint=hint)
    answer = dialogue.ask(question, _timely(name, parser(field), desk.names.day), optional or kept is not None)
    return kept if answer is None else answer


def _timely(name: str, parse: Callable[[str], Any], today: str) -> Callable[[str], Any]:
    """A day on the right side of today; what else is asked of it is asked of the whole form."""

    def parse_day(typed: str) -> Any:
        day = parse(typed)
        if name in _PAST and day.isoformat() > today:
            raise Wrong(_("must not lie in the future"))
        if name in _AHEAD and day.isoformat() < today:
            raise Wrong(_("must not lie in the past"))
        return day

    return parse_day


def _hint(model: type[BaseModel], name: str, optional: bool, kept: Any) -> str:
    if kept is not None:
        return _(" (Enter: {usual})").format(usual=plain_value(kept))
    if name == "happened_on":
        return _(" (such as 2020-07-20; Enter: today)")
    if _is_day(model.model_fields[name]):
        return _(" (such as 2020-07-20)")
    if not optional:
        return ""
    return _empty(model)


def _empty(model: type[BaseModel]) -> str:
    """What an empty answer means."""
    amends = getattr(model, "name", "") in ("facility amend", "case amend")
    return _(" (Enter: unchanged)") if amends else _(" (Enter: leave out)")


def _is_day(field: FieldInfo) -> bool:
    return "date" in str(field.annotation)


def field_title(model: type[BaseModel], name: str) -> str:
    """What a field is called in its own model; of a list without how it is typed."""
    field = model.model_fields[name]
    own = field.description and not _inner(field) and name != "happened_on"
    return _(field.description or "") if own else field_label(name)


def parser(field: FieldInfo) -> Callable[[str], Any]:
    """Text to a value, as the model would take it. The parser raises Wrong."""
    if Attachment in (field.annotation, *get_args(field.annotation)):
        return attachment
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
    is_text = str in (field.annotation, *map(_bare, get_args(field.annotation)))

    def parse(typed: str) -> Any:
        try:
            return adapter.validate_python(typed if is_text else unicodedata.normalize("NFKC", typed))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise Wrong(problem_text(first["type"], first.get("ctx"), first["msg"])) from error

    return parse


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def attachment(typed: str) -> Fields:
    """A file by its path, which may be quoted as a file manager quotes it."""
    path = Path(typed.strip("'\"")).expanduser()
    try:
        return attached(path.name, path)
    except Invalid as error:
        raise Wrong(error_text(error)) from error


def _one(desk: Desk, model: type[Any], title: str) -> Any:
    """One of several: a form of its own, or else a facility."""
    return fill(desk, model, {}, {}) if issubclass(model, BaseModel) else dialogue.choose(title, facilities(desk))


def _inner(field: FieldInfo) -> type[Any] | None:
    """What a field is a list of: a model, or text."""
    if get_origin(field.annotation) is not tuple:
        return None
    found: type[Any] = _bare(get_args(field.annotation)[0])
    return found


def _several(desk: Desk, model: type[Any], title: str, kept: tuple[Any, ...]) -> tuple[Any, ...]:
    found = list(kept)
    more = _("{title}: enter one now?") if not found else _("{title}: enter another?")
    while dialogue.agrees(more.format(title=title), False):
        found.append(_one(desk, model, title))
        more = _("{title}: enter another?")
    return tuple(found)
