"""The reminder ladder: on which working days who is reminded of a limit, pure."""

from __future__ import annotations

from dataclasses import dataclass

from states.calendar import Calendar
from states.days import days_later
from states.rules import Addressee, Rules, Rung

#: The code of the further reminder that a limit itself asks for (``warn_days``).
WARNING = "W"
#: In the place of a rung's code, and the form, of news: they stand on no ladder.
NEWS = "news"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A rung of the ladder on its day."""

    code: str
    on: str
    to: tuple[Addressee, ...]
    form: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a limit stands on its ladder: the rungs whose day has come, and those ahead; each in the order of days."""

    come: tuple[Reminder, ...] = ()
    ahead: tuple[Reminder, ...] = ()

    @property
    def next_on(self) -> str | None:
        """The day of the next rung."""
        return self.ahead[0].on if self.ahead else None


def place(ladder: tuple[Reminder, ...], since: str, today: str) -> Place:
    """The rungs of ``since`` and later, parted by ``today``."""
    return Place(tuple(r for r in ladder if since <= r.on <= today), tuple(r for r in ladder if r.on > today))


def reminders(started_on: str, due_on: str, rules: Rules, warn_days: int | None = None) -> tuple[Reminder, ...]:
    """The ladder of one due day, in the order of its days, at most one rung a day.

    All days are working days: what would fall on a day off falls on the working day before it (K34, K35). A rung before
    or on the first day of the limit does not exist; where two fall on one day the later one goes out.
    """
    found: dict[str, Reminder] = {}
    length = rules.calendar.working_days(started_on, due_on)
    if warn_days:
        day = rules.calendar.on_or_before(days_later(due_on, -warn_days))
        found[day] = Reminder(WARNING, day, ("clerks", "leaders"), "notice")
    for rung in rules.reminders.ladder:
        if length >= rung.least_length:
            day = _day(rung, due_on, rules.calendar)
            found[day] = Reminder(rung.code, day, rung.to, rung.form)
    return tuple(reminder for day, reminder in sorted(found.items()) if day > started_on)


def _day(rung: Rung, due_on: str, calendar: Calendar) -> str:
    if rung.on < 0:
        return calendar.earlier(due_on, -rung.on)
    return calendar.later(due_on, rung.on) if rung.on else calendar.on_or_before(due_on)
