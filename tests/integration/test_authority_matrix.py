"""Every action in every stage for every kind of actor, held against ``authority_matrix.yaml``.

What is refused is tried in earnest, because a refusal changes nothing but the journal; what is let pass is tried in a dry
run, so that one office of each stage is enough. That both answer alike is a test of its own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from authority import MAY, MAY_NOT, NOT_THERE, Cell, cells, incomplete, rows, written
from authority_offices import fields, hire, played
from sqlmodel import SQLModel
from world import CASE, World

from states.actions import ACTIONS
from states.project import Stage
from tests.e2e.program import Place
from tests.ways_in import CommandLine, Library, Outcome, WayIn

STAGES = tuple(Stage)
#: What a new way in has to add: how it acts upon an office, and whether it tries every cell or a systematic part.
WAYS: dict[str, Callable[[World], WayIn]] = {
    "library": lambda world: Library(world.office),
    "command line": lambda world: CommandLine(Place(world.path.parent)),
}
WHOLE = {"library"}


@pytest.fixture(scope="module")
def sampled(offices: dict[str, World]) -> Iterator[dict[str, World]]:
    """The sample case in every stage; thousands of refusals are written, so in memory where there is such a place."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        new = offices[""].copied(Path(folder) / "peopled")
        hire(new)
        found = played(new, Path(folder))
        yield found
        for world in (new, *found.values()):
            world.close()


@dataclass
class Watched:
    """One office and its rows, read past the program."""

    world: World
    way: WayIn
    reader: sqlite3.Connection
    noted: set[tuple[str, str]] = field(default_factory=set)

    def case_digest(self) -> str:
        return self._digest(name for name, table in _TABLES.items() if "lifecycle" in table.columns or name in _KEPT)

    def everything(self) -> str:
        return self._digest(name for name in _TABLES if name != "journal")

    def _digest(self, tables: Iterable[str]) -> str:
        found = hashlib.sha256()
        for name in tables:
            found.update(repr(self.reader.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()).encode())
        return found.hexdigest()

    def entries(self) -> int:
        return int(self.reader.execute("SELECT count(*) FROM journal").fetchone()[0])

    def last_entry(self) -> tuple[str, ...]:
        """Subject, action, outcome, actor and refusals of the newest entry."""
        columns = "subject, action, outcome, actor, params"
        row = self.reader.execute(f"SELECT {columns} FROM journal ORDER BY rowid DESC LIMIT 1").fetchone()
        return (*row[:4], ",".join(json.loads(row[4])["refusals"]))

    def act(self, cell: Cell, dry_run: bool) -> Outcome:
        row = cell.row
        typed = fields(self.world, row.action, row.about, cell.stage, cell.organisation)
        return self.way.act(row.action, typed, self.world.tokens[cell.by] or None, dry_run)


_TABLES = SQLModel.metadata.tables
#: What is kept of a case beside its facts.
_KEPT = ("running_limits", "news", "snapshot")


@pytest.fixture
def watched(sampled: dict[str, World]) -> Iterator[Callable[..., Watched]]:
    readers: list[sqlite3.Connection] = []

    def watch(stage: str, way: str, world: World | None = None) -> Watched:
        of = world or sampled[stage]
        readers.append(sqlite3.connect(of.path))
        return Watched(of, WAYS[way](of), readers[-1])

    yield watch
    for reader in readers:
        reader.close()


# -- one cell ------------------------------------------------------------------------------------------------


def judged(office: Watched, cell: Cell, before: str) -> Iterator[str]:
    """What is wrong with a cell; ``before`` is the digest of the case's rows."""
    entries = office.entries()
    outcome = office.act(cell, dry_run=cell.expected == MAY)
    if problem := _answer(cell, outcome):
        yield problem
    if office.case_digest() != before:
        yield "the case changed"
    if (written_now := office.entries() - entries) != (expected := _noted(office, cell)):
        yield f"{written_now} entries instead of {expected}"
    elif expected and (problem := _entry(cell, office.last_entry())):
        yield problem


def _answer(cell: Cell, outcome: Outcome) -> str | None:
    if cell.expected == MAY_NOT:
        reasons = outcome.keys or (outcome.code,)
        return None if (outcome.exit_code, reasons) == (4, (cell.refused_by,)) else f"not refused so: {outcome}"
    if cell.expected == NOT_THERE:
        return None if outcome.exit_code == 5 else f"not missing: {outcome}"
    if outcome.exit_code not in (0, 3):
        return f"not let pass: {outcome}"
    misplaced = any(key.startswith(("not_in_this_stage", "not_an_entry")) for key in outcome.keys)
    if misplaced == (cell.stage in cell.row.where) and "not_suspended" not in outcome.keys:
        return f"a place or none: {outcome}"
    return None


def _noted(office: Watched, cell: Cell) -> int:
    """How many entries the attempt leaves: one, but whoever is not let in is noted once a day and action."""
    if cell.expected != MAY_NOT or cell.kind == "no_token":
        return 0
    if cell.admitted:
        return 1
    key = ("", "") if cell.kind == "unknown_token" else (cell.by, cell.row.action)
    if key in office.noted:
        return 0
    office.noted.add(key)
    return 1


def _entry(cell: Cell, entry: tuple[str, ...]) -> str | None:
    opening = cell.row.action in ("case open", "case import")
    subject = CASE if cell.admitted and not opening else "-"
    by = "?" if cell.kind == "unknown_token" else cell.by
    wanted = (subject, cell.row.action, "refused", by, cell.refused_by)
    found = (*entry[:3], entry[3].split(" ")[0], entry[4])
    return None if found == wanted else f"noted as {entry}"


# -- the matrix ------------------------------------------------------------------------------------------------


def tried(stage: str, way: str, long_form: bool) -> list[Cell]:
    """All cells; where a call takes long, every row once in its first place, for one organisation that may and one not."""
    if way in WHOLE or long_form:
        return list(cells(stage))
    first = [row for row in rows() if stage == min(row.where, key=STAGES.index)]
    return [cell for cell in cells(stage, first) if cell.organisation in _two(cell)]


def _two(cell: Cell) -> tuple[str, ...]:
    from authority import two

    return two(cell.row, cell.stage)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("way", WAYS)
def test_every_cell_is_as_it_was_written_down(
    way: str, stage: str, watched: Callable[..., Watched], long_form: bool
) -> None:
    office = watched(stage, way)
    trials = tried(stage, way, long_form)
    before, everything = office.case_digest(), office.everything()
    wrong = [f"{cell}: {problem}" for cell in trials for problem in judged(office, cell, before)]
    assert wrong == []
    assert office.everything() == everything
    assert len(trials) == 0
