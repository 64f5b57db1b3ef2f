"""Days, pure: ISO text in, ISO text out.

Working days are counted on weekends alone: the calendar of holidays and shifted weekends is not known here.
"""

from __future__ import annotations

from datetime import date, timedelta

_SATURDAY = 5


def days_later(day: str, number: int) -> str:
    """``number`` calendar days after ``day``."""
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


def days_between(first: str, second: str) -> int:
    """How many days ``second`` is after ``first``; negative when it is before."""
    return (date.fromisoformat(second) - date.fromisoformat(first)).days


def working_days_later(day: str, number: int) -> str:
    """The last of ``number`` working days; the first day is not counted."""
    while number:
        day = days_later(day, 1)
        number -= date.fromisoformat(day).weekday() < _SATURDAY
    return day
