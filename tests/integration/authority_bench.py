"""The ways in that authority is tried by, and an office that is watched past the program."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from authority import Cell
from authority_offices import fields
from sqlmodel import SQLModel
from world import World

from tests.e2e.program import Place
from tests.serving import Http, served
from tests.ways_in import CommandLine, Library, Outcome, WayIn

#: A new way in is one line more.
WAYS: dict[str, Callable[[World, ExitStack], WayIn]] = {
    "library": lambda world, _: Library(world.office),
    "command line": lambda world, _: CommandLine(Place(world.path.parent)),
    "http": lambda world, until: Http(*until.enter_context(served(world.url, world.config, world.office.now))),
}
#: Those that try every cell; the others, where a call takes long, a systematic part of them but in the long form.
WHOLE = {"library"}

_TABLES = tuple(name for name in SQLModel.metadata.tables if name != "journal")


@dataclass
class Watched:
    """One office and its rows, read past the program. Every write but the journal's is noted by triggers."""

    world: World
    way: WayIn
    reader: sqlite3.Connection
    noted: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reader.execute("CREATE TABLE IF NOT EXISTS touched (name TEXT)")
        for name in _TABLES:
            for change in ("INSERT", "UPDATE", "DELETE"):
                noting = f"AFTER {change} ON {name} BEGIN INSERT INTO touched VALUES ('{name}'); END"
                self.reader.execute(f"CREATE TRIGGER IF NOT EXISTS {name}_{change} {noting}")

    def touched(self) -> list[str]:
        """The tables that were written to since the office was made."""
        return [row[0] for row in self.reader.execute("SELECT name FROM touched")]

    def digest(self) -> str:
        """Of every row of every table but the journal."""
        found = hashlib.sha256()
        for name in _TABLES:
            found.update(repr(self.reader.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()).encode())
        return found.hexdigest()

    def entries(self) -> int:
        return int(self.reader.execute("SELECT count(*) FROM journal").fetchone()[0])

    def last_entry(self) -> tuple[str, ...]:
        """Subject, action, outcome, actor and refusals of the newest entry."""
        columns = "subject, action, outcome, actor, params"
        row = self.reader.execute(f"SELECT {columns} FROM journal ORDER BY rowid DESC LIMIT 1").fetchone()
        return (*row[:4], ",".join(json.loads(row[4]).get("refusals", ())))

    def act(self, cell: Cell, dry_run: bool) -> Outcome:
        return act(self.world, self.way, cell, dry_run)


def act(world: World, way: WayIn, cell: Cell, dry_run: bool) -> Outcome:
    row = cell.row
    typed = fields(world, row.action, row.about, cell.stage, cell.organisation)
    return way.act(row.action, typed, world.tokens[cell.by] or None, dry_run)


def watching(world: World, way: str, until: ExitStack) -> Watched:
    """What the way in needs lasts as long as ``until``."""
    return Watched(world, WAYS[way](world, until), sqlite3.connect(world.path))


#: ``watch(way, stage)``: a copy of the office at a stage, and the way in.
Watch = Callable[[str, str], Watched]
