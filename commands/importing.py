"""Running projects out of a workbook: a template to fill in, a look at everything in it, and all of it opened."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.frame import Own, Settings, needs
from commands.output import present, say
from views.language import N_, _

if TYPE_CHECKING:
    from states.rules import Rules
    from workflow.results import Imported

_DOING = {"reading": N_("Reading"), "checking": N_("Checking"), "opening": N_("Registering")}
_WIDTH = 30
_SECONDS = 0.1


def _import(shared: Settings, source: str | None, template: str | None, confirm: bool) -> None:
    """Without ``confirm`` nothing is written, unless somebody at the keyboard says yes."""
    if (source is None) == (template is None):
        raise click.UsageError(_("Give either the workbook to import, or --template FILE for an empty one."))
    if source is None:
        _template(shared, Path(str(template)))
        return
    from views.workbook import choices
    from workflow import importing, queries

    office = shared.office()
    rules, meter = queries.current_rules(office), _Meter(hidden=shared.json)
    found = importing.read(office, Path(source), choices(rules), meter.show)
    try:
        done = importing.perform(office, found, shared.token, confirm, meter.show)
        meter.clear()
        if not done.opened and not shared.json and sys.stdin.isatty() and sys.stdout.isatty():
            _print(shared, done, rules, asking=True)
            if not click.confirm(_("Register all of them now?"), default=False, err=True):
                return
            done = importing.perform(office, found, shared.token, True, meter.show)
    finally:
        meter.clear()
    _print(shared, done, rules)


def _template(shared: Settings, path: Path) -> None:
    from views.workbook import write_template
    from workflow import settings

    write_template(path, settings.load(shared.config_path()))
    say(shared, {"path": str(path)}, str(path))


def _print(shared: Settings, done: Imported, rules: Rules, asking: bool = False) -> None:
    from views.imports import imported_page

    present(shared, done, rules, lambda names: imported_page(done, asking))


class _Meter:
    """How far it is, on stderr, on a terminal only, and not more often than one can see."""

    def __init__(self, hidden: bool) -> None:
        self.live = sys.stderr.isatty() and not hidden
        self.last = 0.0

    def show(self, doing: str, done: int, of: int) -> None:
        now = time.monotonic()
        if not self.live or (now - self.last < _SECONDS and done != of):
            return
        self.last = now
        full = _WIDTH * done // of if of else 0
        bar = f"[{'#' * full}{'-' * (_WIDTH - full)}] {done}/{of}" if of else str(done)
        sys.stderr.write(f"\r\x1b[K{_(_DOING[doing])} {bar}")
        sys.stderr.flush()

    def clear(self) -> None:
        if self.live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


OWN: Own = {
    "case import": (
        _import,
        needs(
            lambda: click.Argument(["source"], metavar=f"[{_('FILE')}]", required=False),
            lambda: click.Option(["--template"], metavar=_("FILE"), help=_("write an empty workbook to fill in")),
            lambda: click.Option(
                ["--confirm"], is_flag=True, help=_("register all projects; without it they are only checked")
            ),
        ),
    ),
}
