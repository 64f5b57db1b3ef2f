"""Calendar days, pure: ISO text in, ISO text out. Working days are counted in ``states/calendar.py``."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def days_later(day: str, number: int) -> str:
    """``number`` calendar days after ``day``."""
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


def months_later(day: str, number: int) -> str:
    """The same day ``number`` months on, or the last day of a shorter month."""
    start = date.fromisoformat(day)
    year, month = divmod(start.month - 1 + number, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1])).isoformat()


def days_between(first: str, second: str) -> int:
    """How many days ``second`` is after ``first``; negative when it is before."""
    return (date.fromisoformat(second) - date.fromisoformat(first)).days


def is_day(text: str) -> bool:
    """``2020-08-05``."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_month(text: str) -> bool:
    """``2020-08``."""
    return is_day(f"{text}-01")
