"""The duties that the notice dates itself, as deadlines of organisations; they belong to no project. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states.days import days_later, months_later
from states.rules import Duty, Rules

#: For how many days before its due day a duty is shown and reminded of.
_AHEAD = 60


@dataclass(frozen=True, slots=True)
class DueDuty:
    """One duty of one organisation. ``period``: the month reported on (``2020-05``), or the due day itself."""

    code: str
    organisation: str
    period: str
    started_on: str
    due_on: str


def concern_of(period: str, organisation: str) -> str:
    """What a duty is about, as the concern of a limit: whose it is, and for which period."""
    return f"{period}/{organisation}"


def period_of(concern: str) -> str:
    return concern.partition("/")[0]


def due_duties(rules: Rules, since: str, day: str) -> Iterator[DueDuty]:
    """The duties due after ``since`` that are already in sight on ``day``. A day the notice names stays (K34, K35)."""
    for duty in rules.duties:
        for period, started, due in _dates(duty):
            if since < due and started <= day:
                yield from (DueDuty(duty.code, body, period, started, due) for body in duty.who)


def _dates(duty: Duty) -> Iterator[tuple[str, str, str]]:
    if duty.on:
        yield duty.on, days_later(duty.on, -_AHEAD), duty.on
    if duty.monthly and duty.first and duty.final:
        month = duty.first
        while month <= duty.final:
            first = f"{month}-01"
            yield month, days_later(first, -1), f"{month}-{duty.monthly:02d}"
            month = months_later(first, 1)[:7]
