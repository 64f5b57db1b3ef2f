"""Many hands at once: processes that act through a way in as they are told, and may be killed.

A door is plain data: whoever unpickles it, in whatever process, can go in by it. Another way in needs another door and
nothing else here. What goes in is an order; what must not be done twice carries its ``request_id``.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from network import over_http
from spoils import Spoil, unspoiled
from world import CASE, World, opened

from states.errors import Conflict, PeijianError
from tests.ways_in import Library, Outcome, WayIn
from workflow import administration, journal

#: Forked, so that it begins at once; nobody holds a connection when it does.
_FORK = multiprocessing.get_context("fork")
#: How long anybody waits for anything that must come, in seconds.
PATIENCE = 60


# -- doors ---------------------------------------------------------------------------------------------------


class Door(Protocol):
    """Data that can be sent to another process, which goes in by it."""

    def way(self) -> AbstractContextManager[WayIn]: ...


@dataclass(frozen=True)
class LibraryDoor:
    """An office of the process's own on the common database, at one moment for everybody."""

    url: str
    config: Path
    path: Path
    moment: datetime
    spoil: Spoil = unspoiled

    @contextmanager
    def way(self) -> Iterator[WayIn]:
        _once(self.spoil)
        office = opened(self.url, self.config, self.path)
        office.now = lambda: self.moment
        try:
            yield Hands(office)
        finally:
            office.database.close()
            office.database.engine.dispose()


@cache
def _once(spoil: Spoil) -> None:
    spoil()


#: A door to an office for as long as the block lasts. Whoever opens one sees to it that the office is spoiled there.
Opening = Callable[..., AbstractContextManager[Door]]


@contextmanager
def library(world: World, spoil: Spoil = unspoiled) -> Iterator[LibraryDoor]:
    world.close()
    yield LibraryDoor(world.url, world.config, world.path, world.moment, spoil)


#: The ways in through which these tests go; their names stand in ``conftest.py``.
WAYS: dict[str, Opening] = {"library": library, "http": over_http}


#: What concerns no case, and so is no action.
_OTHERS: dict[str, Callable[..., object]] = {
    "account close": administration.close_account,
    "account token revoke": administration.revoke_token,
}


class Hands(Library):
    """The library, with what the administrator does."""

    def act(self, path: str, fields: Mapping[str, Any], token: str | None) -> Outcome:
        if path not in _OTHERS:
            return super().act(path, fields, token)
        try:
            _OTHERS[path](self.office, token, **fields)
        except PeijianError as error:
            return Outcome(error.code, error.exit_code)
        return Outcome()


@dataclass(frozen=True)
class Order:
    """What somebody is told to do."""

    path: str
    fields: Mapping[str, Any]
    token: str | None


def order(world: World, by: str, path: str, request: str, **fields: Any) -> Order:
    """An action on a case, under its request id."""
    return Order(path, {"case": CASE, "request_id": request, **fields}, world.tokens[by])


def tried(way: WayIn, told: Order) -> Outcome:
    """What came of it; an error that is none of ours is a bug, and is told as one."""
    try:
        return way.act(told.path, told.fields, told.token)
    except Exception as error:
        traceback.print_exc()
        return Outcome(f"crash {error!r}", 1)


def counted(world: World, told: Order, outcome: Outcome) -> None:
    """Keep what was acknowledged and refused, so that the journal can be held against it."""
    subject = told.fields.get("case", journal.OFFICE)
    if outcome.done and not outcome.body.get("repeated"):
        world.done[subject] += 1
    elif outcome.exit_code == 4:
        world.refused[subject if outcome.code == "not_allowed" else journal.OFFICE] += 1


# -- two that are released together ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What came of an order, and when by the clock that all processes share, in seconds."""

    outcome: Outcome
    began: float
    ended: float


class Pair:
    """Two processes that stay, and are released together again and again."""

    def __init__(self) -> None:
        barrier = _FORK.Barrier(2)
        self._pipes, self._processes = [], []
        for _ in range(2):
            mine, theirs = _FORK.Pipe()
            self._processes.append(_FORK.Process(target=_hand, args=(theirs, barrier), daemon=True))
            self._processes[-1].start()
            theirs.close()
            self._pipes.append(mine)

    def together(self, door: Door, orders: Sequence[Order], delays: Sequence[float]) -> tuple[Answer, Answer]:
        """Both orders at once, each held back by so many seconds."""
        for pipe, told, delay in zip(self._pipes, orders, delays, strict=True):
            pipe.send((door, told, delay))
        one, other = self._answers()
        return one, other

    def leave(self) -> None:
        """Let go of the office."""
        for pipe in self._pipes:
            pipe.send(_LEAVE)
        self._answers()

    def _answers(self) -> list[Any]:
        assert all(pipe.poll(PATIENCE) for pipe in self._pipes), "no answer"
        return [pipe.recv() for pipe in self._pipes]

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.send(None)
            process.join(PATIENCE)
            pipe.close()


#: Told to a hand that is to let go of its office: no door, no order, no delay.
_LEAVE = (None, None, 0.0)


def _hand(pipe: Any, barrier: Any) -> None:
    with ExitStack() as inside:
        known, way = None, None
        while told := pipe.recv():
            door, what, delay = told
            if door != known:
                inside.close()
                known, way = door, inside.enter_context(door.way()) if door else None
            if way is None:
                pipe.send(None)
                continue
            barrier.wait(PATIENCE)
            time.sleep(delay)
            began = time.monotonic()
            pipe.send(Answer(tried(way, what), began, time.monotonic()))


class Seesaw:
    """Holds back whoever was first, so that both orders come, and both by a hair's breadth."""

    def __init__(self) -> None:
        self.at, self.step, self.last = 0.0, 0.0005, -1

    def delays(self) -> tuple[float, float]:
        return max(self.at, 0.0), max(-self.at, 0.0)

    def saw(self, first: int) -> None:
        self.step = min(2 * self.step, 0.016) if first == self.last else 0.0005
        self.at += self.step if first == 0 else -self.step
        self.last = first


# -- many that work through their orders ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Ack:
    """What an order came to at last, and the codes of the times it was to be tried again."""

    told: Order
    outcome: Outcome
    again: tuple[str, ...] = ()


def insistently(way: WayIn, told: Order) -> Ack:
    """As a client does it: who is told to try again repeats the same request until it comes through."""
    again: list[str] = []
    until = time.monotonic() + PATIENCE / 2
    while True:
        outcome = tried(way, told)
        if outcome.exit_code != Conflict.exit_code or time.monotonic() > until:
            return Ack(told, outcome, tuple(again))
        again.append(outcome.code)
        time.sleep(min(0.005 * 2 ** len(again), 0.1))


def _stream(door: Door, orders: Iterable[Order], pipe: Any) -> None:
    with _entered(door) as way:
        for told in orders:
            pipe.send(insistently(way, told))


@contextmanager
def _entered(door: Door) -> Iterator[WayIn]:
    """In by the door, as soon as it lets anybody in."""
    until = time.monotonic() + PATIENCE / 2
    with ExitStack() as inside:
        while True:
            try:
                way = inside.enter_context(door.way())
                break
            except Conflict:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        yield way


@dataclass
class Worker:
    """One process, and what it has not acknowledged yet: the first of that may have been done."""

    left: list[Order]
    process: Any = None
    pipe: Any = None


@dataclass
class Crowd:
    """Processes that each work through a list of orders; one that was killed is followed by another."""

    door: Door
    lists: Sequence[Sequence[Order]]
    kills: int = 0
    working: list[Worker] = field(default_factory=list)

    def acks(self) -> Iterator[Ack]:
        """Every acknowledgement as it arrives, until there is nothing left to do."""
        self.working = [Worker(list(orders)) for orders in self.lists]
        for worker in self.working:
            self._start(worker)
        try:
            while self.working:
                yield from self._arrived()
        finally:
            for worker in self.working:
                worker.process.kill()

    def kill(self, number: int) -> None:
        """``kill -9`` one that is at work, whatever it is doing."""
        # through multiprocessing, which knows the one that ended in the meantime
        self.working[number % len(self.working)].process.kill()

    def _start(self, worker: Worker) -> None:
        worker.pipe, theirs = _FORK.Pipe(duplex=False)
        worker.process = _FORK.Process(target=_stream, args=(self.door, worker.left, theirs), daemon=True)
        worker.process.start()
        theirs.close()

    def _arrived(self) -> Iterator[Ack]:
        ready = wait([worker.pipe for worker in self.working], PATIENCE)
        assert ready, "nobody says anything any more"
        for worker in [worker for worker in self.working if worker.pipe in ready]:
            try:
                ack = worker.pipe.recv()
            except (EOFError, OSError):
                self._ended(worker)
            else:
                worker.left.pop(0)
                yield ack

    def _ended(self, worker: Worker) -> None:
        worker.pipe.close()
        worker.process.join(PATIENCE)
        killed = worker.process.exitcode == -signal.SIGKILL
        assert killed or (worker.process.exitcode == 0 and not worker.left), worker.process.exitcode
        self.kills += killed
        if worker.left:
            self._start(worker)
        else:
            self.working.remove(worker)


def faults(world: World, acks: Sequence[Ack], requests: int) -> list[str]:
    """What went wrong: errors, what was acknowledged and is not in the journal exactly once, and all the judges find.

    ``requests``: how many there were.
    """
    found = [f"{ack.told.fields['request_id']}: {ack.outcome.code}" for ack in acks if not ack.outcome.done]
    rows = world.rows("SELECT request_id, subject, entry, hash FROM journal WHERE request_id IS NOT NULL")
    stored = Counter(rows)
    said = {_as_stored(ack) for ack in acks if ack.outcome.done}
    asked = {ack.told.fields["request_id"] for ack in acks}
    found += [f"acknowledged and lost: {row}" for row in said - stored.keys()]
    found += [f"in the journal {number} times: {row}" for row, number in stored.items() if number > 1]
    found += [f"in the journal and never acknowledged: {row}" for row in stored.keys() - said if row[0] in asked]
    found += [f"{len(said)} requests were done of {requests}"] * (len(said) != requests)
    world.done.update(subject for _, subject, _, _ in said)
    return found + world.violations()


def _as_stored(ack: Ack) -> tuple[str, str, int, str]:
    done = ack.outcome.body
    return ack.told.fields["request_id"], done["case"], done["entry"], done["hash"]
