"""Calendar days, pure: ISO text in, ISO text out. Working days are counted in ``states/calendar.py``."""

from __future__ import annotations

from datetime import date, timedelta


def days_later(day: str, number: int) -> str:
    """``number`` calendar days after ``day``."""
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


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
