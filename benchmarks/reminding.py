"""One scan over 100 000 open cases with 600 000 awaited sign-offs, beside the bare indexed SQL of the same question.

The rows are planted directly. ``question`` is what plain ``sqlite3`` needs to read the limits that are due, through the
same index; ``written`` is what it needs to write the same notices and steps, in the same batches. ``scan`` does both
and finds out who is told of which rung. Each runs in a process of its own, on its own copy; peak memory is above that
of the same process before it began.

Run: ``python benchmarks/reminding.py [CASES]`` (after the README's installation).
"""

from __future__ import annotations

import itertools
import multiprocessing
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from notifications import scan, sources
from notifications.passing import run_pass
from states.facts import Actor
from workflow import accounts, administration, clock, config_files
from workflow.office import Office

ROUNDS = 5
NOW = datetime(2021, 3, 15, 9, 30, tzinfo=clock.ZONE)
BODIES = ("natural_resources", "housing", "education_sports", "commerce", "health", "civil_affairs")
#: Of so many awaited sign-offs one is due today.
ONE_IN = 15
NEVER = ("2099-01-01", "2098-12-25")
TODAY = ("2021-03-15", "2021-03-15")


def planted(folder: Path, cases: int) -> Path:
    """A database with so many open cases, each awaiting six sign-offs."""
    path = folder / "planted.db"
    administration.initialise(f"sqlite:///{path}", config_files.locate(None, {}), "root", None, NOW)
    office = opened(path)
    with office.database.transaction(write=True) as tx:
        for body, level in itertools.product(BODIES, ("clerk", "leader")):
            accounts.add(tx, office.district, Actor(f"{body}.{level}", body, level), NOW)
    office.database.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE installation SET created_at = '2099'")  # no duties
    due = itertools.cycle([TODAY, *[NEVER] * (ONE_IN - 1)])
    connection.executemany(
        "INSERT INTO running_limits VALUES ('370303', ?, 'L01', 'planning_joint_review', 1, 1, ?, ?,"
        " 'natural_resources', '2021-03-01', ?, 0, ?)",
        ((f"ZDPT-{n:07d}", body, body, *next(due)) for n in range(cases) for body in BODIES),
    )
    connection.commit()
    connection.close()
    return path


def opened(path: Path) -> Office:
    office = administration.open_office(f"sqlite:///{path}", config_files.locate(None, {}))
    office.now = lambda: NOW
    return office


# -- what is measured ----------------------------------------------------------------------------------


def whole_scan(path: Path) -> Callable[[], Any]:
    office = opened(path)
    return lambda: scan.scan(office, lambda: False)


def due_only(path: Path) -> Callable[[], Any]:
    """The same question, asked by the program: which limits are due."""
    office = opened(path)

    def ask() -> int:
        with office.database.transaction() as tx:
            return sum(1 for _ in sources.due_limits(tx, office.district, TODAY[0], True))

    return ask


def told_only(path: Path) -> Callable[[], Any]:
    """And what follows from the answer, without writing it: who is told of which rung."""
    office = opened(path)

    def ask() -> int:
        with office.database.transaction() as tx:
            telling = scan.Telling(tx, office)
            return sum(
                1 for row in sources.due_limits(tx, office.district, TODAY[0], True) for _ in telling.of_limit(row)
            )

    return ask


QUESTION = (
    "SELECT subject, code, stage, visit, round, concern, party, lead, started_on, due_on, remind_on FROM running_limits"
    " WHERE district = '370303' AND remind_on <= '2021-03-15' ORDER BY remind_on"
)


def bare_question(path: Path) -> Callable[[], Any]:
    connection = sqlite3.connect(path)
    return lambda: sum(1 for _ in connection.execute(QUESTION))


def bare_writing(path: Path) -> Callable[[], Any]:
    """The rows that the scan writes, made beforehand, on the same pragmas and in the same batches."""
    office = opened(path)
    with office.database.transaction() as tx:
        telling = scan.Telling(tx, office)
        due = sources.due_limits(tx, office.district, TODAY[0], True)
        batches = []
        for start in range(0, len(due), sources.BATCH):
            rows = due[start : start + sources.BATCH]
            notices = [tuple(notice.values()) for row in rows for notice in telling.of_limit(row)]
            batches.append((notices, [(telling.place_of(row).next_on, "370303", *row[:6]) for row in rows]))
    columns = list(next(telling.of_limit(due[0])))
    put = f"INSERT INTO notices ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) ON CONFLICT DO NOTHING"
    climb = (
        "UPDATE running_limits SET remind_on = ? WHERE district = ? AND subject = ? AND code = ? AND stage = ?"
        " AND visit = ? AND round = ? AND concern = ?"
    )
    office.database.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")

    def write() -> int:
        for notices, steps in batches:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(QUESTION + f" LIMIT {sources.BATCH}").fetchall()
            connection.executemany(put, notices)
            connection.executemany(climb, steps)
            connection.execute("COMMIT")
        return len(due)

    return write


def idle(path: Path) -> Callable[[], Any]:
    """A whole tick once everything is done."""
    office = opened(path)
    scan.scan(office, lambda: False)
    office.now = lambda: NOW.replace(hour=20)
    run_pass(office, lambda *_: None)  # type: ignore[arg-type,return-value]
    return lambda: [run_pass(office, lambda *_: None) for _ in range(50)]  # type: ignore[arg-type,return-value,misc]


def measured(make: Callable[[Path], Callable[[], Any]], path: Path) -> tuple[float, float]:
    """Seconds and MB, in a process of its own on a copy of its own."""
    spawn = multiprocessing.get_context("spawn")
    receiving, sending = spawn.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / path.name
        shutil.copyfile(path, own)
        child = spawn.Process(target=_measure, args=(make, own, sending))
        child.start()
        found = receiving.recv()
        child.join()
    return found  # type: ignore[no-any-return]


def _measure(make: Callable[[Path], Callable[[], Any]], path: Path, answer: Any) -> None:
    job = make(path)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak()
    started = time.perf_counter()
    job()
    seconds = time.perf_counter() - started
    answer.send((seconds, peak() - before))


def peak() -> float:
    """The most memory that this process has held, in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for number in (cases // 10, cases):
            path = planted(Path(folder), number)
            found: dict[str, list[tuple[float, float]]] = {}
            asked = (bare_question, due_only, told_only, bare_writing, whole_scan, idle)
            for _, make in itertools.product(range(ROUNDS), asked):
                found.setdefault(make.__name__, []).append(measured(make, path))
            path.unlink()
            for name, runs in found.items():
                seconds, peak = (statistics.median(values) for values in zip(*runs, strict=True))
                print(f"{number:>7} cases  {name:<14} {seconds * 1000:9.1f} ms  {peak:6.1f} MB")


if __name__ == "__main__":
    main()
