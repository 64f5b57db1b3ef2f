"""Many running projects at once, from a workbook: looked at as a whole, and opened all or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from states.errors import Blocked, Invalid, NotAllowed, Obstacle, PeijianError
from workflow import spreadsheet, store
from workflow.cells import FieldOptions
from workflow.files import GivenFile
from workflow.office import Office
from workflow.results import Done, Imported, Placed, Progress
from workflow.spreadsheet import Project, Reading


def read(office: Office, path: GivenFile, choices: FieldOptions, progress: Progress) -> Reading:
    """The workbook with everything that is wrong with it. Raises Invalid where it is no usable workbook."""
    with office.database.transaction() as tx:
        known = frozenset(store.ids(tx, office.district))
    return spreadsheet.read(path, choices, known, office.now().date(), progress)


def perform(office: Office, found: Reading, token: str | None, keep: bool, progress: Progress) -> Imported:
    """Open what was read, in one transaction; without ``keep`` only say what would be opened.

    Raises Invalid with every problem by its cell, NotAllowed or Blocked with every obstacle by its row; then
    nothing is written.
    """
    ready = [(project, project.action) for project in found.projects if project.action]
    keep = keep and not found.problems
    outcomes = office.open_all([action for _, action in ready], token, keep, progress)
    projects = [project for project, _ in ready]
    _raise_any(found, list(zip(projects, outcomes, strict=True)))
    done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
    return Imported(
        path=found.path,
        opened=keep,
        cases=tuple(done),
        places={one.case: project.row.place for project, one in zip(projects, done, strict=True)},
        told=(
            *found.told,
            *(told for project, one in zip(projects, done, strict=True) for told in _told(project, one)),
        ),
        left_aside=tuple(found.left_aside),
    )


def _told(project: Project, done: Done) -> list[Placed]:
    return [Placed(place=project.row.cell(n.field), **n.model_dump()) for n in done.normalised]


def _raise_any(found: Reading, outcomes: list[tuple[Project, Done | PeijianError]]) -> None:
    problems: list[dict[str, Any]] = list(found.problems)
    refusals: list[Obstacle] = []
    obstacles: list[Obstacle] = []
    for project, outcome in outcomes:
        if isinstance(outcome, Blocked):
            obstacles += [_placed(o, project.row_of(o)) for o in outcome.obstacles]
        elif isinstance(outcome, NotAllowed):
            refusals += [_placed(o, project.row.place) for o in outcome.params["obstacles"]]
        elif isinstance(outcome, PeijianError) and outcome.code == "invalid_input":
            problems += [{**p, "place": project.cell(p["field"])} for p in outcome.params["problems"]]
        elif isinstance(outcome, PeijianError):
            error = {"code": outcome.code, "params": outcome.params}
            problems.append({"place": project.row.place, "field": "", "type": outcome.code, "error": error})
    if problems:
        raise Invalid("import_wrong", {"path": found.path, "problems": problems, "obstacles": refusals + obstacles})
    if refusals:
        raise NotAllowed("not_allowed", {"refusals": [o.key for o in refusals], "obstacles": refusals})
    if obstacles:
        raise Blocked(obstacles)


def _placed(obstacle: Obstacle, place: str) -> Obstacle:
    """The obstacle, with the row it is about."""
    return replace(obstacle, detail=(*obstacle.detail, ("place", place)))
