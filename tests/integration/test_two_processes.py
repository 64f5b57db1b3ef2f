"""Two real processes on one file: nothing is lost, and nothing passes that should not.

The departments sign and withdraw while the lead tries to move the same case on. Between reading and writing each
process takes a moment to think, so that the two do get into each other's way. The same race without the lock must
go wrong, or this test would prove nothing.
"""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from spoils import THOUGHT, UNLOCKED, thinking
from world import (
    COMMERCE,
    DESIGNATED,
    EDUCATION,
    HOUSING,
    NR,
    World,
    ask_for_presale,
    circulate,
    opened,
    opening,
    signature,
)

from states.errors import Conflict, PeijianError
from states.project import Stage
from workflow.results import Done

pytestmark = pytest.mark.both_databases()

#: Attempts of each process; two of them make the 200 of the whole.
ATTEMPTS = 100
#: They start every ten attempts together, so that a faster one does not run ahead.
STEP = 10
#: How long the lead does something else now and then: a server lets those who wait take turns, one attempt each.
PAUSE = 0.1
#: Who signs (or withdraws) in turn.
TURNS = (
    (EDUCATION, True), (COMMERCE, True), (DESIGNATED, True), (EDUCATION, True), (EDUCATION, False),
    (EDUCATION, True), (COMMERCE, False), (COMMERCE, True), (DESIGNATED, False), (DESIGNATED, True),
)  # fmt: skip


@dataclass
class Told:
    """What one process was told: acknowledged and refused actions by case, and the errors by name."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    results: list[Any] = field(default_factory=list)


Part = Callable[[World, Told, Any], None]


def play(part: Part, place: tuple[Path, Path, str, dict[str, str]], locking: str, start: Any, answer: Any) -> None:
    """One process: an office of its own on the common file."""
    UNLOCKED.get(locking, thinking)()
    path, config, url, tokens = place
    world = World(path, config, opened(url, config, path), tokens, url=url)
    world.office.now = lambda: world.moment
    told = Told()
    start.wait(60)
    try:
        part(world, told, start)
    finally:
        told.done, told.refused = world.done, world.refused
        answer.send(told)
        world.close()


def tell(told: Told, world: World, by: str, command: str, **fields: Any) -> Any:
    """One attempt; without the lock even errors that are not ours may come out."""
    try:
        outcome = world.do(by, command, **fields)
        told.commands[command] += 1
    except PeijianError as error:
        told.errors[f"{type(error).__name__} {error.code}"] += 1
        return error
    except Exception as error:
        told.errors[f"crash {type(error).__name__}"] += 1
        return error
    return outcome


def the_lead(world: World, told: Told, start: Any, pause: float = 0) -> None:
    """Clear the presale; when it is cleared, begin the next."""
    for number in in_step(start):
        time.sleep(pause * (number % 3 == 0))
        if isinstance(tell(told, world, HOUSING, "presale clear"), Done):
            _quietly(told, lambda: ask_for_presale(world))
            _quietly(told, lambda: circulate(world))


def the_patient_lead(world: World, told: Told, start: Any) -> None:
    the_lead(world, told, start, PAUSE)


def in_step(start: Any) -> Iterator[int]:
    for number in range(ATTEMPTS):
        if number % STEP == 0:
            start.wait(60)
        yield number
        time.sleep(THOUGHT)


def _quietly(told: Told, goal: Callable[[], object]) -> None:
    try:
        goal()
    except Exception as error:
        told.errors[f"{type(error).__name__} on the way"] += 1


def the_departments(world: World, told: Told, start: Any) -> None:
    """Sign, and change one's mind: now and then all three agree, for the time of an attempt or two."""
    turns = itertools.cycle(TURNS)
    for _ in in_step(start):
        department, signs = next(turns)
        if signs:
            tell(told, world, department, "sign", verdict="agree")
        else:
            tell(told, world, department, "withdraw", reason="再核对")


def race(world: World, parts: tuple[Part, Part], locking: str = "immediate") -> list[Told]:
    """Both parts at once, each in a process of its own."""
    world.close()
    spawn = multiprocessing.get_context("spawn")
    start, pipes, processes = spawn.Barrier(len(parts)), [spawn.Pipe(duplex=False) for _ in parts], []
    place = (world.path, world.config, world.url, world.tokens)
    for part, (_, sending) in zip(parts, pipes, strict=True):
        processes.append(spawn.Process(target=play, args=(part, place, locking, start, sending), daemon=True))
        processes[-1].start()
    told = [receiving.recv() if receiving.poll(90) else Told(errors=Counter(lost=1)) for receiving, _ in pipes]
    for process in processes:
        process.join(30)
    for receiving, sending in pipes:
        receiving.close()
        sending.close()
    for one in told:
        world.done.update(one.done)
        world.refused.update(one.refused)
    return told


def complaints(world: World, told: list[Told]) -> list[str]:
    """Losses, violations, and errors that a lock would have prevented."""
    found = [f"{number} times {name}" for one in told for name, number in one.errors.items() if not _is_answer(name)]
    return found + world.violations()


def _is_answer(name: str) -> bool:
    """The law said no; that is no error."""
    return name.startswith(("Blocked", "NotAllowed"))


def test_two_processes_lose_nothing_and_nothing_gets_past_them(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PRESALE)
    circulate(world)
    lead, departments = race(world, (the_patient_lead if world.server else the_lead, the_departments))
    assert complaints(world, [lead, departments]) == []
    # They did get into each other's way: cleared now and then, blocked in between, withdrawn behind the lead's back.
    assert lead.commands["presale clear"] >= 3
    assert lead.errors["Blocked blocked"] >= 20
    assert departments.commands["sign"] >= 20
    assert departments.commands["withdraw"] >= (1 if world.server else 3)
    assert (
        lead.commands.total() + lead.errors.total() + departments.commands.total() + departments.errors.total() == 200
    )


@pytest.mark.parametrize("locking", UNLOCKED)
def test_the_same_race_without_the_lock_goes_wrong(locking: str, office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PRESALE)
    circulate(world)
    told = race(world, (the_lead, the_departments), locking)
    assert complaints(world, told) != []


def sends_everything_twenty_times(world: World, told: Told, start: Any) -> None:
    for number in range(20):
        start.wait(60)
        told.results.append(tell(told, world, EDUCATION, "sign", verdict="agree", request_id=f"r-{number}"))


def test_a_request_sent_by_two_processes_acts_once(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PLANNING)
    circulate(world)
    one, other = race(world, (sends_everything_twenty_times, sends_everything_twenty_times))
    assert one.errors == other.errors == Counter()
    for mine, yours in zip(one.results, other.results, strict=True):
        assert mine.repeated != yours.repeated
        assert mine.model_copy(update={"repeated": False}) == yours.model_copy(update={"repeated": False})
    assert len(world.case().sign_offs) == 20
    assert world.violations() == []


def _opens_on(name: str, world: World, told: Told, start: Any) -> None:
    for number in range(15):
        start.wait(60)
        fields = opening(f"ZDPT-2021-1{number:02d}{name}", f"3703031010{number:02d}GB90001")
        told.results.append(tell(told, world, NR, "case open", **fields))


def opens_as_a(world: World, told: Told, start: Any) -> None:
    _opens_on("A", world, told, start)


def opens_as_b(world: World, told: Told, start: Any) -> None:
    _opens_on("B", world, told, start)


def test_of_two_openings_on_one_parcel_one_wins(office_at: Callable[[str], World]) -> None:
    world = office_at("")
    one, other = race(world, (opens_as_a, opens_as_b))
    for mine, yours in zip(one.results, other.results, strict=True):
        assert isinstance(mine, Done) != isinstance(yours, Done)
        loser = yours if isinstance(mine, Done) else mine
        assert isinstance(loser, PeijianError) and not isinstance(loser, Conflict)
    assert one.errors + other.errors == Counter({"Blocked blocked": 15})
    assert world.violations() == []


def moves_the_case_on(world: World, told: Told, start: Any) -> None:
    start.wait(60)
    told.results.append(tell(told, world, HOUSING, "acceptance certify"))


def revises_the_answer(world: World, told: Told, start: Any) -> None:
    start.wait(60)
    told.results.append(tell(told, world, EDUCATION, "sign", **signature(world, EDUCATION, verdict="object")))


def test_a_certificate_and_an_objection_at_the_same_moment_never_both_succeed(
    office_at: Callable[[str], World],
) -> None:
    from world import prepare

    outcomes: Counter[str] = Counter()
    for _ in range(3):
        world = office_at(Stage.ACCEPTANCE)
        prepare(world)
        certified, objected = race(world, (moves_the_case_on, revises_the_answer))
        assert certified.commands.total() + objected.commands.total() == 1
        outcomes["certified" if certified.commands else "objected"] += 1
        assert world.violations() == []
    assert outcomes.total() == 3
