"""The calendar: a year month by month, what an import changes, and which year is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from states.calendar import Calendar
from views.chronicle import findings_blocks
from views.language import _, ngettext
from views.names import Names
from views.page import (
    DONE,
    WAITING,
    Column,
    Gap,
    Line,
    Page,
    Paragraph,
    Row,
    Span,
    Title,
    good,
    quiet,
    say,
    section,
    strong,
    table,
    warn,
)
from workflow.calendars import year_of
from workflow.results import CalendarImported, CalendarLine, Finding


def calendar_page(line: CalendarLine, _names: Names | None) -> Page:
    """``calendar show``."""
    calendar = Calendar({line.year: year_of(line)})
    columns = (
        Column(_("month"), head=True),
        Column(_("weekdays off"), least=12),
        Column(_("weekend days worked"), least=12),
        Column(_("working days"), right=True),
    )
    recorded = _("recorded on {day} by {who}").format(day=line.recorded_at[:10], who=line.recorded_by)
    return (
        Title(say(strong(_("Working days of {year}").format(year=line.year))), say(_state(line.final))),
        Paragraph(say(line.source), 0, 2),
        Paragraph(say(quiet(_version(line.version)), quiet(_(" · ")), quiet(recorded)), 0, 2),
        Gap(),
        table(columns, [_month(line, calendar, month) for month in _months(line.year)]),
        Gap(),
        Paragraph(say(_working_days(calendar.working_days(f"{line.year - 1}-12-31", f"{line.year}-12-31")))),
    )


def _state(final: bool) -> Span:
    return good(_("final")) if final else warn(_("provisional"))


def _version(version: int) -> str:
    return _("version {n}").format(n=version)


def _working_days(count: int) -> str:
    return ngettext("{n} working day in the year", "{n} working days in the year", count).format(n=count)


def _months(year: int) -> list[str]:
    return [f"{year}-{month:02}" for month in range(1, 13)]


def _month(line: CalendarLine, calendar: Calendar, month: str) -> Row:
    count = sum(calendar.works(day.isoformat()) for day in _days_of(month))
    off, worked = ([day for day in days if day.startswith(month)] for days in (line.off, line.worked))
    return say(month), say(warn(_runs(off))), say(strong(_runs(worked))), say(str(count))


def _days_of(month: str) -> Iterable[date]:
    first = date.fromisoformat(f"{month}-01").toordinal()
    return (day for day in map(date.fromordinal, range(first, first + 31)) if day.isoformat().startswith(month))


def _runs(days: Sequence[str]) -> str:
    """Days of one month, those that follow each other as ``16–20``."""
    numbered = enumerate(int(day[8:]) for day in days)
    runs = [[day for _n, day in run] for _key, run in groupby(numbered, key=lambda item: item[1] - item[0])]
    return _(", ").join(f"{run[0]}–{run[-1]}" if run[1:] else str(run[0]) for run in runs)


def imported_year_page(done: CalendarImported, _names: Names | None) -> Page:
    """``calendar import``."""
    return (
        Paragraph(_headline(done), 0, 2),
        Paragraph(say(done.source), 2, 2),
        *_listed(_("Off from now on"), done.off),
        *_listed(_("Worked from now on"), done.worked),
    )


def _headline(done: CalendarImported) -> Line:
    told = {"year": done.year, "state": _state(done.final).text, "version": _version(done.version)}
    if not done.changed:
        text = _("{year} is in force exactly so already ({state}, {version}); nothing was added")
        return say(good(f"{DONE} "), strong(text.format(**told)))
    if done.dry_run:
        text = _("{year} can be put into force ({state}, {version})")
        return say(warn(f"{WAITING} "), strong(text.format(**told)), "  ", quiet(_("nothing was written yet")))
    return say(good(f"{DONE} "), strong(_("{year} is in force ({state}, {version})").format(**told)))


def _listed(heading: str, days: tuple[str, ...]) -> Page:
    return section(heading, Paragraph(say(_(", ").join(days)), 2)) if days else ()


def calendar_check_page(findings: Sequence[Finding], _names: Names | None) -> Page:
    """``calendar check``."""
    blocks = findings_blocks(findings, None)
    if any(not finding.note for finding in findings):
        return blocks
    return (Paragraph(say(good(f"{DONE} {_('No year is missing.')}"))), *blocks)
