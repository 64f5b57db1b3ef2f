"""Running projects out of a workbook: a look at everything in it, a question, and all of it registered."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Any

import click

from commands import asking
from commands.frame import Own, Settings
from commands.parameters import of_command
from views import terminal
from views.language import N_, _

_PATH = "case import"
_DOING = {"reading": N_("Reading"), "checking": N_("Checking"), "opening": N_("Registering")}
_WIDTH = 30
_SECONDS = 0.1


def _import(shared: Settings, **given: Any) -> None:
    """Without ``confirm`` nothing is written, unless somebody at the keyboard says yes."""
    meter = _Meter(hidden=shared.json)
    shared.progress = meter.show
    looks = bool(given["source"]) and not given["confirm"]
    try:
        asking.run(_PATH, shared, meter.clear, **given)
        asks = looks and not shared.json and terminal.interactive()
        if asks and click.confirm(_("Register all of them now?"), default=False, err=True):
            asking.run(_PATH, shared, meter.clear, **given | {"confirm": True})
    finally:
        meter.clear()


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


OWN: Own = {_PATH: (_import, partial(of_command, _PATH))}
