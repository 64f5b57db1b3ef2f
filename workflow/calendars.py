"""The working-day calendar of a district: each version of a year is appended, and the newest one counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from states.calendar import Calendar, Year
from workflow import calendar_files
from workflow.results import CalendarLine
from workflow.tables import CalendarYear
from workflow.transaction import Transaction

#: The years that come with the program.
SHIPPED = Path(__file__).with_name("calendar.yaml")
_BY_THE_PROGRAM = "peijian"

_TABLE: Any = CalendarYear.__table__  # type: ignore[attr-defined]
_COLUMNS = tuple(c.name for c in _TABLE.columns if c.name != "district")
_DISTRICT = _TABLE.c.district == bindparam("of_district")
_ALL = select(*(_TABLE.c[name] for name in _COLUMNS)).where(_DISTRICT).order_by(_TABLE.c.year, _TABLE.c.version)
_STAMP = select(func.count(), func.max(_TABLE.c.recorded_at)).select_from(_TABLE).where(_DISTRICT)
_ADD = insert(_TABLE)

#: How many versions there are, and when the last one came: as long as it is the same, so is the calendar.
Stamp = tuple[int, str | None]


def prefetch(tx: Transaction, district: str) -> None:
    """What :func:`stamp` will ask."""
    tx.prefetch(_STAMP, of_district=district)


def stamp(tx: Transaction, district: str) -> Stamp:
    found = tx.row(_STAMP, of_district=district)
    assert found is not None, "a count has a row"
    return (found[0], found[1])


def of_district(tx: Transaction, district: str) -> Calendar:
    """The calendar now in force, with those that it replaced since the first years were put in."""
    known: dict[int, Year] = {}
    replaced: list[tuple[str, Calendar]] = []
    lines = sorted(map(_line, tx.rows(_ALL, of_district=district)), key=lambda line: line.recorded_at)
    for line in lines:
        if line.recorded_at > lines[0].recorded_at:
            replaced.append((line.recorded_at[:10], Calendar(dict(known))))
        known[line.year] = year_of(line)
    return Calendar(known, tuple(replaced))


def newest(tx: Transaction, district: str) -> list[CalendarLine]:
    """The newest version of each year, the years in order."""
    lines = map(_line, tx.rows(_ALL, of_district=district))
    return list({line.year: line for line in lines}.values())


def _line(row: Sequence[Any]) -> CalendarLine:
    named = dict(zip(_COLUMNS, row, strict=True))
    days = {key: tuple(json.loads(named[key])) for key in ("off", "worked")}
    return CalendarLine(**{**named, **days, "final": bool(named["final"])})


def year_of(line: CalendarLine) -> Year:
    return Year(line.year, line.version, line.final, line.source, frozenset(line.off), frozenset(line.worked))


def add(tx: Transaction, district: str, year: Year, now: datetime, by: str) -> None:
    """Append a version of a year."""
    row = {
        "district": district,
        "year": year.year,
        "version": year.version,
        "final": int(year.final),
        "source": year.source,
        "off": json.dumps(sorted(year.off)),
        "worked": json.dumps(sorted(year.worked)),
        "recorded_at": now.isoformat(timespec="seconds"),
        "recorded_by": by,
    }
    tx.run(_ADD, [row])


def complete(tx: Transaction, district: str, now: datetime) -> None:
    """Add the years that come with the program and that the district has in no version."""
    known = of_district(tx, district).years
    for year in calendar_files.read_all(SHIPPED):
        if year.year not in known:
            add(tx, district, year, now, _BY_THE_PROGRAM)
