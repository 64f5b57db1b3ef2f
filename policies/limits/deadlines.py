"""When a limited period is due: the counting rules, pure.

The first day is not counted; a computed limit that ends on a day off moves on to the next working day (Civil Code,
Art. 201, 203); a day that a document sets stays where it is. A day on which the case is suspended is not counted:
with a suspension from Monday to Thursday, Tuesday to Thursday are not. A due day that was past when a calendar was
replaced keeps the day it had (K32).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.limits.periods import Period, periods
from states.calendar import Calendar
from states.days import days_between, days_later, months_later
from states.facts import Case, Extension, Suspension
from states.project import TERMINAL
from states.rules import Limit, Rules, Unit


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit at work in one case. Its key is everything up to ``concern``.

    ``due_on`` is None while the clock is stopped; ``length`` counts in ``unit``, ``extended`` included;
    ``provisional``: it reaches into a year whose calendar is not final.
    """

    code: str
    stage: str
    visit: int
    round: int
    concern: str
    party: str
    started_on: str
    ended_on: str | None
    due_on: str | None
    length: int
    unit: Unit
    extended: int = 0
    fixed: bool = False
    provisional: bool = False

    @property
    def key(self) -> tuple[str, str, int, int, str]:
        return self.code, self.stage, self.visit, self.round, self.concern


def deadlines(case: Case, rules: Rules) -> tuple[Deadline, ...]:
    """Every limit that runs or ran in a case, in the order of the configuration."""
    return tuple(
        _deadline(case, limit, period, rules) for limit in rules.limits for period in periods(case, limit, rules)
    )


def running(case: Case, rules: Rules) -> tuple[Deadline, ...]:
    """The limits that nobody has met yet."""
    if case.stage in TERMINAL:
        return ()
    here = replace(case, rounds=tuple(r for r in case.rounds if (r.stage, r.visit) == (case.stage, case.visit)))
    found = ((limit, period) for limit in rules.limits for period in periods(here, limit, rules))
    return tuple(_deadline(case, limit, period, rules) for limit, period in found if period.ended_on is None)


def left(due_on: str, day: str, calendar: Calendar) -> int:
    """Working days from ``day`` to the due day: 0 on the last day, negative once it is overdue."""
    return calendar.working_days(day, due_on) if day <= due_on else -calendar.working_days(due_on, day)


def overdue(due_on: str | None, day: str) -> bool:
    """Late is only what comes after the due day has ended (K35)."""
    return due_on is not None and due_on < day


def _deadline(case: Case, limit: Limit, period: Period, rules: Rules) -> Deadline:
    extended = sum(e.by for e in case.extensions if _reaches(e, limit.code, period))
    unit: Unit = "calendar_days" if period.days else limit.unit
    length = period.days or limit.length
    found = Deadline(
        limit.code, period.stage, period.visit, period.round, period.concern, period.party, period.started_on,
        period.ended_on or (case.entered_on if case.stage in TERMINAL else None),
        None, length + extended, unit, extended, period.fixed_on is not None,
    )  # fmt: skip
    if period.fixed_on:
        day = days_later(period.fixed_on, extended)
        return replace(found, due_on=day, length=days_between(period.started_on, day), unit="calendar_days")
    due = _due(found, case.suspensions if limit.suspendable else (), rules.calendar)
    return replace(found, due_on=due, provisional=rules.calendar.provisional(found.started_on, due or found.started_on))


def extensions_of(case: Case, deadline: Deadline) -> list[Extension]:
    """The extensions that have reached a deadline, oldest first."""
    return [e for e in case.extensions if _reaches(e, deadline.code, deadline)]


def _reaches(extension: Extension, code: str, period: Period | Deadline) -> bool:
    named = (extension.limit, extension.concern) == (code, period.concern)
    return named and period.started_on <= extension.happened_on <= (period.ended_on or extension.happened_on)


def _due(found: Deadline, rests: tuple[Suspension, ...], calendar: Calendar) -> str | None:
    """Under the calendar of each time, until the day was past."""
    day: str | None = None
    for replaced_on, known in (*calendar.replaced, ("9999", calendar)):
        day = _counted(found, rests, known)
        if day is not None and day < replaced_on:
            return day
    return day


def _counted(found: Deadline, rests: tuple[Suspension, ...], calendar: Calendar) -> str | None:
    working = found.unit == "working_days"
    day = _end(found.started_on, found.length, found.unit, calendar)
    for rest in rests:
        if rest.from_on >= day or (rest.to_on and rest.to_on <= found.started_on):
            continue
        if rest.to_on is None:
            return None
        begun = max(rest.from_on, found.started_on)
        stopped = calendar.working_days(begun, rest.to_on) if working else days_between(begun, rest.to_on)
        day = calendar.later(day, stopped) if working else days_later(day, stopped)
    return _moved(calendar.on_or_after(day), rests, calendar)


def _moved(day: str, rests: tuple[Suspension, ...], calendar: Calendar) -> str | None:
    """A day off moves the end on; where the case is suspended by then, until it goes on."""
    for rest in rests:
        if rest.from_on < day and (rest.to_on is None or day <= rest.to_on):
            return _moved(calendar.later(rest.to_on, 1), rests, calendar) if rest.to_on else None
    return day


def _end(day: str, length: int, unit: Unit, calendar: Calendar) -> str:
    if unit == "working_days":
        return calendar.later(day, length)
    return days_later(day, length) if unit == "calendar_days" else months_later(day, length)


# -- the derivation ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """One day of a derivation: ``number`` is its place in the count, None where ``why`` it is not counted."""

    day: str
    number: int | None
    why: str | None = None


def derivation(deadline: Deadline, case: Case, limit: Limit | None, rules: Rules) -> Iterator[Counted]:
    """Day by day from the start to the due day, or as far as the clock got before it was stopped."""
    rests = () if deadline.fixed or (limit and not limit.suspendable) else case.suspensions
    day, number, length = deadline.started_on, 0, deadline.length
    if deadline.unit == "months":
        length = days_between(day, months_later(day, length))
    stop = deadline.due_on or max((r.from_on for r in rests), default=day)
    yield Counted(day, None, "first_day")
    while day < stop:
        day = days_later(day, 1)
        why = _not_counted(day, deadline, rests, rules.calendar)
        number += why is None
        yield Counted(day, None if why else number, why or ("moved_on" if number > length else None))


def _not_counted(day: str, deadline: Deadline, rests: tuple[Suspension, ...], calendar: Calendar) -> str | None:
    if any(r.from_on < day and (r.to_on is None or day <= r.to_on) for r in rests):
        return "suspended"
    if deadline.unit == "working_days" and not calendar.works(day):
        return "day_off"
    return None
