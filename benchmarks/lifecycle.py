"""Committed actions per second of one whole case, beside the same rows written with plain sqlite3.

The actions are those of the shipped rehearsal ``qinghe``, each its own durable transaction. The floor
replays exactly the statements that wrote rows, grouped in the same transactions, on the same
pragmas: no reading, no deciding, no digests. Both run interleaved; the median of five counts.

Run: ``python benchmarks/lifecycle.py`` (after the README's installation).
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from notifications.rehearsing import went_out
from workflow import administration, intake, rehearsal, settings
from workflow.database import journal_mode
from workflow.office import Office
from workflow.transaction import Transaction

ROUNDS = 5


class Recorder:
    """Notes every writing statement, one list per transaction."""

    def __init__(self) -> None:
        self.transactions: list[list[tuple[str, list[Any]]]] = []

    def __enter__(self) -> Recorder:
        self._run = Transaction.run

        def run(tx: Transaction, statement: Any, rows: Any) -> None:
            if rows:
                calls = [tx._call(statement, row) for row in rows]
                self.transactions[-1].append((calls[0][0], [values for _, values in calls]))
            self._run(tx, statement, rows)

        Transaction.run = run  # type: ignore[method-assign]
        return self

    def __exit__(self, *failure: object) -> None:
        Transaction.run = self._run  # type: ignore[method-assign]


def prepare(folder: Path) -> tuple[Path, dict[str, str], list[tuple[Any, str, Any]]]:
    """A database with accounts, their tokens, and the script's successful actions with their moments."""
    script = rehearsal.load(rehearsal.shipped()["qinghe"])
    path = folder / "prepared.db"
    stage = rehearsal.Rehearsal(str(path), settings.locate(None, {}), script.steps[0].at, went_out)
    stage._admit(script)
    case = script.steps[0].fields["case"]
    actions = [
        (step.at, step.by, intake.build(step.do, {"case": case, **step.fields, **rehearsal._files(step)}))
        for step in script.steps
        if step.do not in rehearsal.QUESTIONS and step.expect.exit == 0
    ]
    stage.office.database.close()
    return path, stage._tokens, actions


def perform(path: Path, tokens: dict[str, str], actions: list[Any], recorder: Recorder | None = None) -> float:
    """Seconds for all actions; the number of journal entries must be the number of commits."""
    office: Office = administration.open_office(f"sqlite:///{path}", settings.locate(None, {}))
    entries = entries_in(path)
    begun = time.perf_counter()
    for moment, account, action in actions:
        office.now = lambda moment=moment: moment  # type: ignore[misc]
        if recorder:
            recorder.transactions.append([])
        office.perform(action, tokens[account])
    seconds = time.perf_counter() - begun
    office.database.close()
    assert entries_in(path) - entries == len(actions), "every commit has its journal entry"
    return seconds


def entries_in(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM journal").fetchone()[0])


def replay(path: Path, transactions: list[list[tuple[str, list[Any]]]]) -> float:
    """Seconds for the same rows with plain sqlite3."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (f"journal_mode={journal_mode()}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    begun = time.perf_counter()
    for statements in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for sql, rows in statements:
            connection.executemany(sql, rows)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - begun
    connection.close()
    return seconds


def lifecycle(folder: Path) -> None:
    prepared, tokens, actions = prepare(folder)

    def copy(name: str) -> Path:
        return Path(shutil.copy(prepared, folder / name))

    with Recorder() as recorder:
        perform(copy("recorded.db"), tokens, actions, recorder)
    ours, floor = [], []
    for number in range(ROUNDS):
        ours.append(perform(copy(f"ours{number}.db"), tokens, actions))
        floor.append(replay(copy(f"floor{number}.db"), recorder.transactions))
    rows = sum(len(r) for statements in recorder.transactions for _, r in statements)
    mine, plain = len(actions) / statistics.median(ours), len(actions) / statistics.median(floor)
    print(f"actions: {len(actions)}, rows written: {rows}, journal mode: {journal_mode()}, synchronous: FULL")
    print(f"peijian: {mine:.0f} committed actions/s; plain sqlite3: {plain:.0f}/s")
    print(f"ratio: {mine / plain:.2f}")


def start_up(folder: Path) -> None:
    """``peijian --help`` beside a bare click program, both from the same interpreter."""
    bare = folder / "bare.py"
    bare.write_text("import click\n@click.group()\ndef main(): pass\n@main.command()\ndef one(): pass\nmain()\n")
    program = Path(sys.executable).with_name("peijian")
    commands = {"bare": [sys.executable, str(bare), "--help"], "peijian": [str(program), "--help"]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(3 * ROUNDS):
        for name, command in commands.items():
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times[name].append(time.perf_counter() - begun)
    own, floor = statistics.median(times["peijian"]), statistics.median(times["bare"])
    print(f"peijian --help: {own * 1000:.0f} ms; bare click program: {floor * 1000:.0f} ms")
    print(f"help ratio: {own / floor:.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="peijian-benchmark-") as name:
        lifecycle(Path(name))
        start_up(Path(name))
