"""Names to ids: what may be typed for a thing of the configuration, in either language.

An id means itself; a name, old or new, means the id where only one thing is or was called so. Whether the thing
fits is for the action to say; a text that can be no id is refused here, with what it may have meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from re import fullmatch
from typing import Any

from states.actions.base import ID_FORM, terms_of
from states.errors import unknown
from states.project import Stage
from states.rules import Name, Organisation, Rules
from views.labels import label
from views.language import speaking
from workflow.cells import Choice, Options, shown

#: Fields that hold the id of something, by the kind of thing; the kinds are those of the errors.
_KINDS = {
    "stage": "stage",
    "stages": "stage",
    "due_stage": "stage",
    "town": "town",
    **dict.fromkeys(
        ("organisation", "department", "blocked_by", "issuer", "on_behalf_of", "responsible"), "organisation"
    ),
    "category": "category",
    "subtype": "subtype",
    "mode": "mode",
}
#: What "kind" is of, by the action.
_KIND_OF = {"case open": "kind", "document add": "document"}
#: Fields that may also hold what has no id.
FREE = frozenset({"responsible"})


def kind_of(field: str, path: str = "") -> str | None:
    """The kind of thing whose id a field holds; None where it holds something else."""
    return _KIND_OF.get(path) if field == "kind" else _KINDS.get(field)


class Meanings:
    """What names mean under a configuration."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.options = cache(self._options)

    def _options(self, kind: str) -> Options:
        """Everything of a kind, by id or name."""
        return Options(_choices(kind, self._rules))

    def meant(self, kind: str, typed: str) -> str:
        """The id; nothing, and what could be the id of another configuration, stay as they are. Raises NotFound."""
        options = self.options(kind)
        if found := options.find(typed):
            return found.id
        if not typed.strip() or fullmatch(ID_FORM, typed.strip()):
            return typed
        raise unknown(kind, shown(typed), [c.id for c in options.choices], [c.id for c in options.near(typed)])

    def of(self, fields: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """Fields as they were typed or read from a file, with ids for names, in their lists too. Raises NotFound."""
        return {name: self._value(name, value, path) for name, value in fields.items()}

    def _value(self, name: str, value: Any, path: str) -> Any:
        if isinstance(value, list | tuple):
            return [self._item(name, item, path) for item in value]
        kind = kind_of(name, path)
        if kind is None or not isinstance(value, str):
            return value
        if name in FREE:
            found = self.options(kind).find(value)
            return found.id if found else value
        return self.meant(kind, value)

    def _item(self, name: str, item: Any, path: str) -> Any:
        """One of a list: a group of fields, which may be written as ``key=value; key=value``, or a value."""
        if isinstance(item, str) and "=" in item:
            try:
                item = terms_of(item)
            except ValueError:  # the model says what is wrong with it
                return item
        return self.of(item) if isinstance(item, Mapping) else self._value(name, item, path)


def _choices(kind: str, rules: Rules) -> Iterable[Choice]:
    bodies = rules.organisations.items()
    if kind == "organisation":
        return (_organisation(key, body) for key, body in bodies)
    if kind == "town":
        return (_organisation(key, body) for key, body in bodies if body.kind == "town")
    if kind == "stage":
        return labelled(Stage)
    names: dict[str, dict[str, Name]] = {
        "kind": rules.project_kinds,
        "mode": rules.construction_modes,
        "document": {key: paper.name for key, paper in rules.documents.items()},
        "category": {key: category.name for key, category in rules.categories.items()},
        "subtype": {key: sub.name for category in rules.categories.values() for key, sub in category.subtypes.items()},
    }
    return (Choice(key, name.zh, name.en) for key, name in names[kind].items())


def _organisation(key: str, body: Organisation) -> Choice:
    """By its newest name first; the older ones still find it."""
    newest = body.on("9999-12-31")[0]
    older = [body.name.zh, body.name.en, *(text for change in body.renamed for text in (change.zh, change.en))]
    return Choice(key, newest.zh, newest.en, tuple(older))


def labelled(codes: Iterable[str]) -> Iterator[Choice]:
    """Codes of the program by their words in both languages."""
    for code in codes:
        with speaking("zh"):
            chinese = label(code)
        with speaking("en"):
            yield Choice(str(code), chinese, label(code))
