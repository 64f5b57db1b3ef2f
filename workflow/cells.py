"""What stands in a cell to what a field wants: numbers, days and choices as people write them in Excel.

What can be read without guessing is read; the rest is :class:`WrongCell`, with the kind of mistake and its facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, NamedTuple

from workflow.workbooks import Cell

#: Number fields; all others that are not named here hold text.
NUMBERS = frozenset({
    "households", "population", "land_area_m2", "plot_ratio", "aboveground_gfa_m2", "residential_gfa_m2",
    "gfa_m2", "site_m2", "classes", "seats", "beds", "handover_days",
})  # fmt: skip
DAYS = frozenset({"happened_on"})
#: Fields whose ASCII form is meant, whatever the keyboard gave.
IDENTIFIERS = frozenset({"case", "facility"})

_NARROW = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
#: Households and population in one cell (K48).
_PAIR = re.compile(r"[\\/、]")
_SHOWN = 40


class Choice(NamedTuple):
    """One thing that can be chosen: its id, its names in both languages, and what else it is or was called."""

    id: str
    zh: str
    en: str
    others: tuple[str, ...] = ()


class Options:
    """The choices of one field, found by id or by any name."""

    def __init__(self, choices: Iterable[Choice]) -> None:
        self.choices = tuple(choices)
        self._by_id = {_key(c.id): c for c in self.choices}
        self._by_name: dict[str, list[Choice]] = {}
        for choice in self.choices:
            for name in {_key(n) for n in (choice.id, choice.zh, choice.en, *choice.others)}:
                self._by_name.setdefault(name, []).append(choice)

    def find(self, typed: Any) -> Choice | None:
        """What has this id, or else the only one that is called so."""
        key = _key(typed)
        named = self._by_name.get(key, [])
        return self._by_id.get(key) or (named[0] if len(named) == 1 else None)

    def near(self, typed: Any) -> list[Choice]:
        """What may have been meant."""
        similar = get_close_matches(_key(typed)[:_SHOWN], self._by_name, n=3, cutoff=0.5)
        return list(dict.fromkeys(choice for name in similar for choice in self._by_name[name]))


#: By the name of the field.
FieldOptions = Mapping[str, Options]


class WrongCell(Exception):
    """What a cell holds cannot be what its column wants."""

    def __init__(self, kind: str, **facts: Any) -> None:
        self.kind, self.facts = kind, facts
        super().__init__(kind)


def read(field: str, cell: Cell, choices: FieldOptions) -> Any:
    """The value of a field, for the action's own validation. Raises WrongCell."""
    if cell.type == "f":
        raise WrongCell("formula_cell")
    if cell.type == "e":
        raise WrongCell("error_cell", value=str(cell.value))
    if field in choices:
        return _chosen(cell, choices[field])
    if field in DAYS:
        return _day(cell)
    if field in NUMBERS:
        return _number(cell)
    if not isinstance(cell.value, str):
        raise WrongCell("number_for_text" if cell.type == "n" else "string_type")
    return narrowed(cell.value) if field in IDENTIFIERS else cell.value.strip()


def pair(cell: Cell) -> tuple[Cell, Cell] | None:
    """Two numbers in one cell, such as ``1200\\3900``; None where there is one."""
    parts = _PAIR.split(cell.value) if isinstance(cell.value, str) and cell.type == "s" else ()
    return (Cell(_plain(parts[0]), "s"), Cell(_plain(parts[1]), "s")) if len(parts) == 2 else None


def narrowed(text: str) -> str:
    """Full-width letters and digits made narrow, blanks around removed."""
    return text.translate(_NARROW).strip()


def shown(value: Any) -> str:
    """A value for a message: not the megabyte that somebody pasted."""
    text = str(value).strip()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _number(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongCell("not_a_number", value=shown(value))
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() else repr(value)
    text = _plain(value)
    if not _NUMBER.fullmatch(text):
        raise WrongCell("not_a_number", value=shown(value))
    return text


def _plain(number: str) -> str:
    """Without blanks and thousands separators, in narrow digits."""
    text = "".join(narrowed(number).split())
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _day(cell: Cell) -> date:
    value = cell.value
    if isinstance(value, datetime):
        if value.time() != time():
            raise WrongCell("date_from_datetime_inexact")
        return value.date()
    if isinstance(value, date):
        return value
    parts = _DAY.fullmatch(narrowed(value)) if isinstance(value, str) else None
    try:
        if parts:
            return date(*(int(part) for part in parts.groups()))
    except ValueError:
        pass
    raise WrongCell("date_parsing")


def _chosen(cell: Cell, options: Options) -> str:
    choice = options.find(cell.value)
    if choice is None:
        near = [(c.zh, c.en) for c in options.near(cell.value) or options.choices[:8]]
        raise WrongCell("not_a_choice", value=shown(cell.value), near=near)
    return choice.id


def _key(name: Any) -> str:
    return "".join(narrowed(str(name)).lower().split())
