"""An independent judge of working days: the notices as they read, and a loop over the days.

Typed from the notices of the State Council's General Office, with the weekends that lie in a holiday; the program's
own table leaves them out. Nothing of the program is imported.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

#: The holidays of a notice, both days included; the Spring Festival of 2020 as it was extended.
HOLIDAYS = """
2020-01-01 2020-01-01   2020-01-24 2020-02-02   2020-04-04 2020-04-06   2020-05-01 2020-05-05
2020-06-25 2020-06-27   2020-10-01 2020-10-08
2021-01-01 2021-01-03   2021-02-11 2021-02-17   2021-04-03 2021-04-05   2021-05-01 2021-05-05
2021-06-12 2021-06-14   2021-09-19 2021-09-21   2021-10-01 2021-10-07
2022-01-01 2022-01-03   2022-01-31 2022-02-06   2022-04-03 2022-04-05   2022-04-30 2022-05-04
2022-06-03 2022-06-05   2022-09-10 2022-09-12   2022-10-01 2022-10-07
2022-12-31 2023-01-02   2023-01-21 2023-01-27   2023-04-05 2023-04-05   2023-04-29 2023-05-03
2023-06-22 2023-06-24   2023-09-29 2023-10-06
2024-01-01 2024-01-01   2024-02-10 2024-02-17   2024-04-04 2024-04-06   2024-05-01 2024-05-05
2024-06-10 2024-06-10   2024-09-15 2024-09-17   2024-10-01 2024-10-07
2025-01-01 2025-01-01   2025-01-28 2025-02-04   2025-04-04 2025-04-06   2025-05-01 2025-05-05
2025-05-31 2025-06-02   2025-10-01 2025-10-08
2026-01-01 2026-01-03   2026-02-15 2026-02-23   2026-04-04 2026-04-06   2026-05-01 2026-05-05
2026-06-19 2026-06-21   2026-09-25 2026-09-27   2026-10-01 2026-10-07
"""

#: The weekend days on which everybody works (上班).
WORKED = """
2020-01-19 2020-04-26 2020-05-09 2020-06-28 2020-09-27 2020-10-10
2021-02-07 2021-02-20 2021-04-25 2021-05-08 2021-09-18 2021-09-26 2021-10-09
2022-01-29 2022-01-30 2022-04-02 2022-04-24 2022-05-07 2022-10-08 2022-10-09
2023-01-28 2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08
2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""

DAY = timedelta(days=1)


@cache
def _days_off() -> frozenset[date]:
    days = [date.fromisoformat(day) for day in HOLIDAYS.split()]
    return frozenset(
        first + n * DAY
        for first, last in zip(days[::2], days[1::2], strict=True)
        for n in range((last - first).days + 1)
    )


@cache
def _days_worked() -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in WORKED.split())


def works(day: date) -> bool:
    """Weekends alone count in a year that is not typed above."""
    return day in _days_worked() or (day.isoweekday() < 6 and day not in _days_off())


def counted(start: date, furthest: int) -> list[date]:
    """``start``, then the working days after it one by one; before it where ``furthest`` is negative."""
    found, day, step = [start], start, DAY if furthest > 0 else -DAY
    while len(found) <= abs(furthest):
        day += step
        if works(day):
            found.append(day)
    return found


def later(day: str, number: int) -> str:
    return counted(date.fromisoformat(day), number)[number].isoformat() if number else day
