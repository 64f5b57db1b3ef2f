"""What the administrator does with the calendar: put a year into force, and see whether one is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, select

from states.calendar import Calendar, Year
from states.errors import Invalid
from states.facts import Actor
from workflow import accounts, calendar_files, calendars, limits, recomputing
from workflow.files import GivenFile
from workflow.office import Office
from workflow.results import CalendarImported, CalendarLine, Finding, Moved
from workflow.tables import CASES
from workflow.transaction import Transaction

_CASES: Any = CASES.__table__  # type: ignore[attr-defined]
_FIRST_OPEN = select(func.min(_CASES.c.opened_on)).where(
    _CASES.c.district == bindparam("of_district"), _CASES.c.active == 1
)
_DECEMBER = 12


def import_year(office: Office, token: str | None, path: GivenFile, dry_run: bool = False) -> CalendarImported:
    """Put the year in a file into force as a new version; the same content again changes nothing.

    Raises NotAllowed, or Invalid for a file that cannot be used or that takes back a final year.
    """
    with office.administration(token, "calendar import") as (tx, admin):
        accounts.administrator(admin)
        given, content = calendar_files.read(path, office.now().year)
        before = calendars.of_district(tx, office.district)
        newest = before.years.get(given.year)
        if newest and newest.final and not given.final:
            raise Invalid("calendar_final", {"path": str(path), "year": given.year})
        year = replace(given, version=newest.version + 1 if newest else 1)
        changed = newest is None or replace(given, version=newest.version) != newest
        moved: tuple[Moved, ...] = ()
        if changed and not dry_run:
            moved = _put_into_force(tx, office, admin, year, hashlib.sha256(content).hexdigest())
    done = _imported(before, year if changed or newest is None else newest, changed, dry_run)
    return done.model_copy(update={"moved": moved})


def _put_into_force(tx: Transaction, office: Office, admin: Actor, year: Year, sha256: str) -> tuple[Moved, ...]:
    """The one place where a year changes under running cases; returns the limits that are due on another day now."""
    calendars.add(tx, office.district, year, office.now(), f"{admin.name}@{admin.organisation}")
    moved = recomputing.recompute(tx, office, recomputing.counted_in(tx, office.district, year.year))
    limits.look_again(tx, office.district, office.now().date().isoformat())
    params = {"year": year.year, "version": year.version, "source": year.source, "file": sha256}
    office.note(tx, admin, "calendar import", "done", {**params, "moved": len(moved)} if moved else params)
    return moved


def _imported(before: Calendar, year: Year, changed: bool, dry_run: bool) -> CalendarImported:
    """``off`` and ``worked`` are the days that are so from now on and were not before."""
    after = Calendar({**before.years, year.year: year})
    listed = before.years.get(year.year)
    named = year.off | year.worked | (listed.off | listed.worked if listed else frozenset())
    moved = sorted(day for day in named if before.works(day) != after.works(day))
    return CalendarImported(
        year=year.year,
        version=year.version,
        final=year.final,
        source=year.source,
        off=tuple(day for day in moved if not after.works(day)),
        worked=tuple(day for day in moved if after.works(day)),
        changed=changed,
        dry_run=dry_run,
    )


def lines(office: Office) -> list[CalendarLine]:
    """Every year that is known, in its newest version."""
    with office.database.transaction() as tx:
        return calendars.newest(tx, office.district)


def check(office: Office) -> list[Finding]:
    """What is missing of the years from the first open case to the next one."""
    today = office.now().date()
    with office.database.transaction() as tx:
        known = calendars.of_district(tx, office.district)
        first = tx.row(_FIRST_OPEN, of_district=office.district)
    since = int(first[0][:4]) if first and first[0] else today.year
    found = [finding for year in range(since, today.year + 1) for finding in _missing(known, year, note=False)]
    if today.month == _DECEMBER:
        found += _missing(known, today.year + 1, note=True)
    return found


def _missing(known: Calendar, year: int, note: bool) -> Iterator[Finding]:
    if not known.published(f"{year}-01-01"):
        code = "calendar_provisional" if year in known.years else "calendar_missing"
        yield Finding(code=code, params={"year": year}, note=note)
