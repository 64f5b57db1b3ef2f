"""The working-day calendar: shown to everybody, imported by the administrator."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from commands.frame import Own, Settings, argument, needs, whole_number
from commands.output import present
from views.language import _


def _show(shared: Settings, year: int | None) -> None:
    """The present year where none is named. Raises NotFound with those that are known."""
    from states.errors import unknown
    from views.calendar import calendar_page
    from workflow import calendar_import

    office = shared.office()
    known = {str(line.year): line for line in calendar_import.lines(office)}
    wanted = str(office.now().year if year is None else year)
    if wanted not in known:
        raise unknown("year", wanted, known)
    present(shared, known[wanted], None, partial(calendar_page, known[wanted]))


def _import(shared: Settings, file: str, dry_run: bool) -> None:
    from views.calendar import imported_year_page
    from workflow import calendar_import

    done = calendar_import.import_year(shared.office(), shared.token, Path(file), dry_run)
    present(shared, done, None, partial(imported_year_page, done))


def _check(shared: Settings) -> None:
    """Exits with 7 when a year is missing that cases are counted in."""
    from views.calendar import calendar_check_page
    from workflow import calendar_import

    found = calendar_import.check(shared.office())
    present(shared, found, None, partial(calendar_check_page, found))
    if any(not finding.note for finding in found):
        raise SystemExit(7)


def _year() -> click.Parameter:
    return click.Argument(["year"], metavar=_("[YEAR]"), type=whole_number(), required=False)


OWN: Own = {
    "calendar show": (_show, needs(_year)),
    "calendar import": (
        _import,
        needs(
            argument("file"),
            lambda: click.Option(["--dry-run"], is_flag=True, help=_("only say what would happen")),
        ),
    ),
    "calendar check": (_check, needs()),
}
