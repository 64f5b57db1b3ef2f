"""Which cases are wanted, and in what order: what ``case list`` may be asked for.

A project is found by what stands in its papers, or by the first letters of its pinyin, which is how
people in an office type a name: ``qhjy`` finds 清禾家园.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from states.calendar import Calendar
from states.days import days_later
from states.facts import Case
from states.project import Stage
from workflow.due import urgency
from workflow.results import CaseLine

Sort = Literal["case", "project", "stage", "since", "obstacles", "due"]

_STAGES = tuple(Stage)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Nothing given: every case, by its number.

    ``department``: is asked, leads or has a facility; ``blocked_by``: is waited for now; ``search``: in
    number, name, developer or parcel; ``due_within``: a limit is overdue or due within so many working days.
    """

    stage: str | None = None
    town: str | None = None
    department: str | None = None
    blocked_by: str | None = None
    search: str | None = None
    sort: Sort = "case"
    overdue: bool = False
    due_within: int | None = None

    def due_by(self, today: str, calendar: Calendar) -> str | None:
        """The last due day that is wanted, where only cases with a limit are."""
        if self.overdue:
            return days_later(today, -1)
        return None if self.due_within is None else calendar.later(today, self.due_within)


EVERY_CASE = Wanted()


def found_in(case: Case, search: str) -> bool:
    """Whether a case is meant by ``search``: part of a text whatever its capitals, or initials of a name."""
    wanted = "".join(search.casefold().split())
    texts = [text for text in (case.id, case.name, case.developer, case.parcel) if text]
    if any(wanted in "".join(text.casefold().split()) for text in texts):
        return True
    return wanted.isascii() and wanted.isalnum() and any(_begins(wanted, text) for text in texts[1:])


def _begins(letters: str, text: str) -> bool:
    """Whether ``letters`` are the initials of characters that follow one another in ``text``."""
    heads = [found for character in text if (found := _heads(character))]
    places = range(len(heads) - len(letters) + 1)
    return any(all(letter in heads[at + n] for n, letter in enumerate(letters)) for at in places)


@lru_cache(maxsize=8192)
def _heads(character: str) -> frozenset[str]:
    """The first letter of every reading of a character; a letter or digit reads as itself, a mark as nothing."""
    if character.isascii():
        return frozenset(character.casefold()) if character.isalnum() else frozenset()
    from pypinyin import Style, pinyin  # takes a quarter of a second to come

    readings = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return frozenset(reading[:1] for group in readings for reading in group if reading)


def in_order(lines: Sequence[CaseLine], sort: Sort) -> list[CaseLine]:
    """By number, by name as read, along the path, longest standing, most in the way or most urgent first."""
    key: dict[Sort, Callable[[CaseLine], Any]] = {
        "case": lambda line: "",
        "project": lambda line: _spoken(line.project),
        "stage": lambda line: _STAGES.index(Stage(line.stage)),
        "since": lambda line: line.entered_on,
        "obstacles": lambda line: -line.obstacles,
        "due": lambda line: urgency(line.limit),
    }
    return sorted(lines, key=lambda line: (key[sort](line), line.case))


def _spoken(name: str) -> list[str]:
    from pypinyin import lazy_pinyin

    return lazy_pinyin(name.casefold())
