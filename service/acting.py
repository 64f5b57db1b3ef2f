"""An action from outside: named, built, carried out, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from service.base import Caller
from service.shown import Shown
from states.errors import PeijianError
from views.done import done_page, left_aside_text
from views.naming import Meanings
from workflow import intake, queries, records
from workflow.results import Done

#: Beside the fields of ``case open``: a project's record as the departments exchange it.
RECORD = "record"


def act(caller: Caller, path: str, fields: Mapping[str, Any], dry_run: bool = False) -> Shown:
    """Carry out the action called ``path``. Raises any PeijianError; then nothing was done."""
    fields, left_aside = _opening(caller, dict(fields)) if path == "case open" else (fields, [])
    action = intake.build(path, Meanings(caller.rules).of(fields, path))
    done = caller.office.perform(action, caller.token, dry_run)
    return _told(caller, done, (left_aside_text(left_aside),) if left_aside else ())


def _opening(caller: Caller, fields: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The fields that open a case; of a project's record those of the opening, and what was left aside."""
    record = fields.pop(RECORD, None)
    if not isinstance(record, dict):
        return fields, []
    opening, left_aside = records.opening(record, caller.rules)
    return opening | fields, left_aside


def _told(caller: Caller, done: Done, notes: tuple[str, ...]) -> Shown:
    """What was done and what comes next; what was done stands whatever keeps us from saying the second."""
    try:
        view, rules = queries.view(caller.office, done.case)
    except PeijianError:
        return caller.show(done, None, partial(done_page, done), notes=notes)
    return caller.show(done, rules, partial(done_page, done, view=view), notes=notes)
