"""Which days are worked: weekends, less the holidays, plus the weekend days worked in exchange (调休). Pure.

The State Council publishes each year's arrangement late in the year before; a year that is not known is
counted on weekends alone, and what is counted into it is provisional (K32). Days are ISO text, and ``n`` is
a number of working days from 0 on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from states.days import days_later

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Year:
    """One year's arrangement. ``off``: weekdays off; ``worked``: weekend days worked; ``source``: by which notice."""

    year: int
    version: int
    final: bool
    source: str
    off: frozenset[str]
    worked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years that are known, each in its newest version.

    ``replaced``: the calendars that held before, oldest first, each with the day on which it was replaced.
    """

    years: Mapping[int, Year]
    replaced: tuple[tuple[str, Calendar], ...] = ()

    def works(self, day: str) -> bool:
        known = self.years.get(_year(day))
        weekend = date.fromisoformat(day).weekday() >= _SATURDAY
        return weekend == (known is not None and day in (known.worked if weekend else known.off))

    def published(self, day: str) -> bool:
        """Whether the year of a day is known for good."""
        known = self.years.get(_year(day))
        return known is not None and known.final

    def provisional(self, start: str, end: str) -> bool:
        """Whether a day after ``start`` and up to ``end`` lies in a year that is not known for good."""
        if end <= start:
            return False
        days = range(_year(days_later(start, 1)), _year(end) + 1)
        return not all(year in self.years and self.years[year].final for year in days)

    def later(self, day: str, n: int) -> str:
        """The ``n``-th working day after ``day``, which itself is not counted; ``day`` where ``n`` is 0."""
        if n <= 0:
            return day
        year = _year(day)
        days = self._worked(year)
        place = bisect_right(days, day) + n - 1
        while place >= len(days):
            place -= len(days)
            year += 1
            days = self._worked(year)
        return days[place]

    def earlier(self, day: str, n: int) -> str:
        """The ``n``-th working day before ``day``, which itself is not counted; ``day`` where ``n`` is 0."""
        if n <= 0:
            return day
        year = _year(day)
        days = self._worked(year)
        place = bisect_left(days, day) - n
        while place < 0:
            year -= 1
            days = self._worked(year)
            place += len(days)
        return days[place]

    def on_or_after(self, day: str) -> str:
        """The day itself where it is worked, or else the next one that is."""
        return day if self.works(day) else self.later(day, 1)

    def on_or_before(self, day: str) -> str:
        """The day itself where it is worked, or else the last one that was."""
        return day if self.works(day) else self.earlier(day, 1)

    def working_days(self, after: str, until: str) -> int:
        """How many working days there are after ``after`` and up to ``until``, which is counted; 0 for none."""
        if until <= after:
            return 0
        first, last = _year(after), _year(until)
        whole = sum(len(self._worked(year)) for year in range(first, last))
        return whole + bisect_right(self._worked(last), until) - bisect_right(self._worked(first), after)

    def _worked(self, year: int) -> tuple[str, ...]:
        known = self.years.get(year)
        return _listed(year, known.off, known.worked) if known else _listed(year, _NONE, _NONE)


_NONE: frozenset[str] = frozenset()

#: What is counted where nothing is known.
WEEKENDS = Calendar({})


def _year(day: str) -> int:
    return int(day[:4])


@lru_cache(maxsize=512)
def _listed(year: int, off: frozenset[str], worked: frozenset[str]) -> tuple[str, ...]:
    """The working days of a year, in order; a limit is counted in them and not day by day."""
    days = map(date.fromordinal, range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1))
    weekdays = {day.isoformat() for day in days if day.weekday() < _SATURDAY}
    return tuple(sorted(weekdays - off | worked))
