"""The working-day calendar: shown to everybody, imported by the administrator."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from service.base import Caller, File, Option, Request
from service.shown import Shown
from states.errors import unknown
from views.calendar import calendar_check_page, calendar_page, imported_year_page
from views.language import N_
from workflow import calendar_import
from workflow.results import CalendarImported, CalendarLine, Finding


class CalendarShow(Request):
    """Show the working days of a year."""

    path = "calendar show"
    result = CalendarLine
    arguments = ("year",)

    year: Annotated[int | None, Option(typed="number")] = None

    def answer(self, caller: Caller) -> Shown:
        """The present year where none is named. Raises NotFound with those that are known."""
        known = {str(line.year): line for line in calendar_import.lines(caller.office)}
        wanted = str(caller.office.now().year if self.year is None else self.year)
        if wanted not in known:
            raise unknown("year", wanted, known)
        return caller.show(known[wanted], None, partial(calendar_page, known[wanted]))


class CalendarImport(Request):
    """Put the working days of a year into force from a file."""

    path = "calendar import"
    result = CalendarImported
    arguments = ("file",)
    writes = True

    file: File
    dry_run: bool = Field(False, description=N_("only say what would happen"))

    def answer(self, caller: Caller) -> Shown:
        done = calendar_import.import_year(caller.office, caller.token, self.file, self.dry_run)
        return caller.show(done, None, partial(imported_year_page, done))


class CalendarCheck(Request):
    """Check that no year of the calendar is missing."""

    path = "calendar check"
    result = list[Finding]

    def answer(self, caller: Caller) -> Shown:
        """Exits with 7 when a year is missing that cases are counted in."""
        found = calendar_import.check(caller.office)
        unfit = any(not finding.note for finding in found)
        return caller.show(found, None, partial(calendar_check_page, found), exit_code=7 if unfit else 0)
