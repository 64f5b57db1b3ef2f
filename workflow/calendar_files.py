"""The text of a calendar file into years, with the line of whatever is wrong in it.

A file is YAML or JSON and holds one year: ``year``, ``source`` (the notice), ``final``, ``off`` (weekdays off) and
``worked`` (weekend days worked), days as ISO text. What comes with the program has several under ``years``.

``Invalid`` codes: file_unreadable, file_too_large, empty_file, not_utf8, not_a_mapping, calendar_day, and those of
``workflow/config_reading.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from states.calendar import WEEKENDS, Year
from states.days import is_day
from states.errors import Invalid
from workflow.config_reading import ConfigText, Fault, Where, fault, shown, wrong_value
from workflow.files import GivenFile, Unfit, read_whole

_MAX_BYTES = 100_000
_FIRST_YEAR, _YEARS_AHEAD = 2000, 2
#: The keys of a year: what each must be.
_KEYS: dict[str, tuple[type, list[str]]] = {
    "year": (int, ["whole number"]),
    "source": (str, ["text"]),
    "final": (bool, ["true", "false"]),
    "off": (list, ["list"]),
    "worked": (list, ["list"]),
}


def read_all(path: Path) -> list[Year]:
    """The years of a file that holds several, each as its first version; nothing is checked but their form."""
    return [_year(found) for found in ConfigText(str(path)).read(path.read_text(encoding="utf-8"))["years"]]


def read(path: GivenFile, this_year: int) -> tuple[Year, bytes]:
    """The year in a file, as its first version, and the bytes it was read from. Raises Unfit."""
    try:
        content = read_whole(path, _MAX_BYTES)
        return _fitting(path, _text(path, content), this_year), content
    except Invalid as error:
        raise Unfit(error.code, error.params) from error


def _fitting(path: GivenFile, text: str, this_year: int) -> Year:
    written = ConfigText(str(path))
    found = written.read(text)
    if not isinstance(found, dict):
        raise Invalid("not_a_mapping", {"path": str(path)})
    written.refuse(_misfits(found))
    written.refuse(_misplaced(found, this_year))
    return _year(found)


def _text(path: GivenFile, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("not_utf8", {"path": str(path), "byte": error.start}) from error
    if not text.strip():
        raise Invalid("empty_file", {"path": str(path)})
    return text


def _year(found: dict[str, Any]) -> Year:
    return Year(found["year"], 1, found["final"], found["source"], frozenset(found["off"]), frozenset(found["worked"]))


def _misfits(found: dict[str, Any]) -> Iterator[Fault]:
    """Keys that are missing or empty, unknown, or have a value of another kind; and what is no day."""
    for key in (key for key in found if key not in _KEYS):
        yield fault("config_unknown_key", key, near=get_close_matches(key, _KEYS))
    for key, (kind, shapes) in _KEYS.items():
        if found.get(key) is None:
            yield fault("config_missing_key", key)
        elif type(found[key]) is not kind:
            yield wrong_value((key,), found[key], shapes)
        elif kind is list:
            days = enumerate(found[key])
            yield from (wrong_value((key, n), day, ["day"]) for n, day in days if not _is_day(day))


def _is_day(value: object) -> bool:
    return isinstance(value, str) and is_day(value)


def _misplaced(found: dict[str, Any], this_year: int) -> Iterator[Fault]:
    """What cannot be: days of another year, off or worked anyway, named twice; a year that is far away."""
    if not _FIRST_YEAR <= found["year"] <= this_year + _YEARS_AHEAD:
        yield _cannot(("year",), found["year"], "year_far_away")
    seen: dict[str, str] = {}
    for key in ("off", "worked"):
        for n, day in enumerate(found[key]):
            if day in seen:
                yield _cannot((key, n), day, "day_twice" if seen[day] == key else "off_and_worked")
            elif not day.startswith(f"{found['year']:04}-"):
                yield _cannot((key, n), day, "outside_year")
            elif WEEKENDS.works(day) == (key == "worked"):
                yield _cannot((key, n), day, "weekday_anyway" if key == "worked" else "weekend_anyway")
            seen.setdefault(day, key)


def _cannot(where: Where, value: object, reason: str) -> Fault:
    return fault("calendar_day", *where, value=shown(value), reason=reason)
