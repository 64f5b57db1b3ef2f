"""The text of a configuration into the classes of ``states/rules.py``, with the line of every key.

Officials keep ``config.yaml``, so a complaint must name the line and the key (items of a list count from 1)
and say what would be right. A YAML reader gives data or lines, not both, and the classes know neither; so
this module notes the lines off the nodes, makes plain data of them, and turns whatever is not plain YAML or
does not fit the classes into faults that have a place. The first by line is raised; ``more`` counts the
others of the same sieve. Whether what fits holds together is asked in ``workflow/config_coherence.py``.

``Invalid`` codes: config_syntax, config_alias, config_duplicate_key, config_unknown_key,
config_missing_key, config_value.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from states.channels import KINDS, AnyChannel
from states.errors import Invalid
from states.rules import Rules

_MAX_DEPTH = 12

#: The path of a key; an item of a list has its index in it.
Where = tuple[str | int, ...]
#: What a value must be, in a few words, and whether it is.
Range = tuple[str, Callable[[Any], bool]]


# -- complaints --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """One complaint about the key at ``where``; ``facts`` join the error's parameters."""

    code: str
    where: Where
    facts: Mapping[str, object]


def fault(code: str, *where: str | int, **facts: object) -> Fault:
    """A fault of the key at a path."""
    return Fault(code, where, facts)


def wrong_value(where: Where, value: object, allowed: Iterable[object], code: str = "config_value") -> Fault:
    """The key at ``where`` has a value that is none of ``allowed``."""
    return fault(code, *where, value=_quoted(where, value), allowed=[str(a) for a in allowed])


def unsafe(reason: str, where: Where, value: object, *allowed: object) -> Fault:
    """The key at ``where`` is well-formed, and the rules could not be used with it."""
    return fault("config_unsafe", *where, reason=reason, value=_quoted(where, value), allowed=list(allowed))


def _quoted(where: Where, value: object) -> str:
    """A value for a complaint. None of ``channels``: it may be a password put in the wrong place."""
    return "***" if where[:1] == ("channels",) else shown(value)


def shown(value: object) -> str:
    """A value as a complaint quotes it: short, and with nothing hidden in it."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)[:80]
    return text if text.isprintable() else ascii(text)


class ConfigText:
    """A configuration text: where each of its keys stands, and how a complaint about one is raised."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines: dict[Where, int] = {(): 1}

    def line(self, where: Where) -> int:
        """The line of a key, or of the nearest one around it."""
        return next(self.lines[where[:n]] for n in range(len(where), -1, -1) if where[:n] in self.lines)

    def refuse(self, faults: Iterable[Fault]) -> None:
        """Raises Invalid for the first of ``faults``, if there are any."""
        found = sorted(faults, key=lambda f: self.line(f.where))
        if found:
            first = found[0]
            key = ".".join(str(step + 1 if isinstance(step, int) else step) for step in first.where)
            raise self._invalid(first.code, self.line(first.where), key, len(found) - 1, **first.facts)

    def _invalid(self, code: str, line: int, key: str = "", more: int = 0, **facts: object) -> Invalid:
        return Invalid(code, {"file": self.source, "line": line, "key": key, "more": more, **facts})

    # -- first sieve: plain YAML

    def read(self, text: str) -> Any:
        """Plain data, every line noted. No aliases, tags, directives or doubled keys."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            odd = list(self._scan(YAML(typ="safe", pure=True).scan(text)))
            root = YAML(typ="safe", pure=True).compose(text)
            doubled = list(self._note(root, (), set()))
        except (YAMLError, ValueError) as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0))
            raise self._broken(line + 1, str(getattr(error, "problem", error))) from error
        self.refuse([*(fault("config_alias", *self._around(line)) for line in odd), *doubled])
        data = _plain(root)
        self.refuse(_illegible(data))
        return data

    def _broken(self, line: int, problem: str) -> Invalid:
        return self._invalid("config_syntax", line, problem=problem)

    def _scan(self, tokens: Iterable[Any]) -> Iterator[int]:
        """Lines with what may not stand in a configuration; too deep a nest is not even built."""
        depth = 0
        for token in tokens:
            kind, line = type(token).__name__, token.start_mark.line + 1
            depth += kind.endswith("StartToken") - kind.endswith("EndToken")
            if depth > _MAX_DEPTH:
                raise self._broken(line, "nested too deeply")
            merge = kind == "ScalarToken" and token.plain and token.value == "<<"
            if merge or kind in ("AliasToken", "AnchorToken", "TagToken", "DirectiveToken"):
                yield line

    def _note(self, node: Any, where: Where, seen: set[int]) -> Iterator[Fault]:
        """Note the line of every key and item; a doubled key is a fault where it stands again."""
        pairs = node.value if isinstance(getattr(node, "value", None), list) and id(node) not in seen else []
        seen.add(id(node))
        for n, pair in enumerate(pairs):
            key, value = pair if isinstance(pair, tuple) else (None, pair)
            if key is not None and not isinstance(key.value, str):
                raise self._broken(key.start_mark.line + 1, "a key is one word")
            place = (*where, n if key is None else key.value)
            first, self.lines[place] = self.lines.get(place), (key or value).start_mark.line + 1
            if first:
                yield fault("config_duplicate_key", *place, first=first)
            yield from self._note(value, place, seen)

    def _around(self, line: int) -> Where:
        """The outermost key that begins on a line, or nearest above it."""
        above = (where for where, at in self.lines.items() if where and at <= line)
        return max(above, key=lambda where: (self.lines[where], -len(where)), default=())


def _plain(node: Any) -> Any:
    """Data out of a node. A day stays the text it was written as; so does a number nobody can read."""
    if node is None or isinstance(node.value, str):
        return _scalar(node.tag.rpartition(":")[2], node.value) if node else None
    if node.value and isinstance(node.value[0], tuple):
        return {key.value: _plain(value) for key, value in node.value}
    return [_plain(item) for item in node.value] or ([] if node.tag.endswith("seq") else {})


def _scalar(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        return int(text) if kind == "int" else float(text) if kind == "float" else text
    except ValueError:
        return text


def leaves(data: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    """Every single value with the path of its key; what is empty has none."""
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(value, (*where, key))
    elif data is not None:
        yield where, data


def _illegible(data: Any) -> Iterator[Fault]:
    for where, text in leaves(data):
        hidden = isinstance(text, str) and any(unicodedata.category(c).startswith("C") for c in text)
        if hidden or str(text).isspace() or text == "":
            yield wrong_value(where, text, ["text"])


# -- second sieve: the classes -----------------------------------------------------------------------


@cache
def _schema() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Rules)


def compiled(text: str) -> Rules:
    """The rules in a JSON text. Raises ValueError (pydantic's) where it is not exactly of their types."""
    rules: Rules = _schema().validate_json(text, strict=True)
    return rules


def fitted(text: ConfigText, data: Any) -> Rules:
    """The rules in the data of a text. Raises Invalid for the first key that does not fit."""
    from pydantic import ValidationError

    if isinstance(data, dict):
        text.refuse(fault("config_unknown_key", key, near=[]) for key in ("digest", "calendar") if key in data)
    try:
        return compiled(json.dumps(data))
    except ValidationError as error:
        text.refuse([_misfit(e["type"], e["loc"], e["input"]) for e in error.errors(include_url=False)])
        raise


def _misfit(kind: str, path: Where, value: object) -> Fault:
    """The fault of a validation error; ``path`` has a step for the kind of a channel, which no file has."""
    where = path[:2] + path[3:] if path[:1] == ("channels",) else path
    if kind == "missing":
        return fault("config_missing_key", *where)
    if kind == "unexpected_keyword_argument":
        known = [f.name for f in fields(_type_at(path[:-1]))]
        return fault("config_unknown_key", *where, near=get_close_matches(str(where[-1]), known))
    if kind == "union_tag_not_found":
        return fault("config_missing_key", *where, "kind")
    if kind == "union_tag_invalid":
        return wrong_value((*where, "kind"), value, KINDS)
    return wrong_value(where, value, _allowed(_type_at(path)))


def _type_at(path: Where) -> Any:
    """The type that the classes give the key at ``path``."""
    kind: Any = Rules
    for step in path:
        arguments = get_args(kind)
        if is_dataclass(kind):
            kind = get_type_hints(kind)[str(step)]
        else:
            kind = KINDS[str(step)] if kind is AnyChannel else arguments[get_origin(kind) is dict]
        if NoneType in get_args(kind):
            kind = get_args(kind)[0]
    return kind


def _allowed(kind: Any) -> Collection[object]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    words = {str: ["text"], int: ["whole number"], float: ["number"], bool: ["true", "false"]}
    return words.get(kind) or (["list"] if get_origin(kind) is tuple else ["mapping"])
