"""Many running projects at once, from a workbook: looked at as a whole, and opened all or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from states.errors import Blocked, Invalid, NotAllowed, Obstacle, PeijianError
from workflow import spreadsheet, store
from workflow.cells import Choices
from workflow.office import Office
from workflow.results import Done, Imported, Placed, Progress
from workflow.spreadsheet import Draft, Reading


def read(office: Office, path: Path, choices: Choices, progress: Progress) -> Reading:
    """The workbook with everything that is wrong with it. Raises Invalid where it is no usable workbook."""
    with office.database.transaction() as tx:
        known = frozenset(store.ids(tx, office.district))
    return spreadsheet.read(path, choices, known, office.now().date(), progress)


def perform(office: Office, found: Reading, token: str | None, keep: bool, progress: Progress) -> Imported:
    """Open what was read, in one transaction; without ``keep`` only say what would be opened.

    Raises Invalid with every problem by its cell, NotAllowed or Blocked with every obstacle by its row; then
    nothing is written.
    """
    ready = [(draft, draft.action) for draft in found.drafts if draft.action]
    keep = keep and not found.problems
    outcomes = office.open_all([action for _, action in ready], token, keep, progress)
    drafts = [draft for draft, _ in ready]
    _raise_any(found, list(zip(drafts, outcomes, strict=True)))
    done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
    return Imported(
        path=found.path,
        opened=keep,
        cases=tuple(done),
        places={one.case: draft.project.place for draft, one in zip(drafts, done, strict=True)},
        told=(*found.told, *(told for draft, one in zip(drafts, done, strict=True) for told in _told(draft, one))),
        left_aside=tuple(found.left_aside),
    )


def _told(draft: Draft, done: Done) -> list[Placed]:
    return [Placed(place=draft.project.cell(n.field), **n.model_dump()) for n in done.normalised]


def _raise_any(found: Reading, outcomes: list[tuple[Draft, Done | PeijianError]]) -> None:
    problems: list[dict[str, Any]] = list(found.problems)
    refusals: list[Obstacle] = []
    obstacles: list[Obstacle] = []
    for draft, outcome in outcomes:
        if isinstance(outcome, Blocked):
            obstacles += [_placed(o, draft.row_of(o)) for o in outcome.obstacles]
        elif isinstance(outcome, NotAllowed):
            refusals += [_placed(o, draft.project.place) for o in outcome.params["obstacles"]]
        elif isinstance(outcome, PeijianError) and outcome.code == "invalid_input":
            problems += [{**p, "place": draft.cell(p["field"])} for p in outcome.params["problems"]]
        elif isinstance(outcome, PeijianError):
            error = {"code": outcome.code, "params": outcome.params}
            problems.append({"place": draft.project.place, "field": "", "type": outcome.code, "error": error})
    if problems:
        raise Invalid("import_wrong", {"path": found.path, "problems": problems, "obstacles": refusals + obstacles})
    if refusals:
        raise NotAllowed("not_allowed", {"refusals": [o.key for o in refusals], "obstacles": refusals})
    if obstacles:
        raise Blocked(obstacles)


def _placed(obstacle: Obstacle, place: str) -> Obstacle:
    """The obstacle, with the row it is about."""
    return replace(obstacle, detail=(*obstacle.detail, ("place", place)))
