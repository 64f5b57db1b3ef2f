"""A crowd that signs: nothing that was acknowledged is lost, and what is to be tried again comes through.

So many processes each sign so often, on as many cases as there are processes, chosen at random. A smaller crowd without
the locking must go wrong, or this would prove nothing. ``PEIJIAN_LOAD=16x200`` says how many and how often.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from crowd import PATIENCE, Ack, Crowd, Hands, Opening, Order, faults, order, tried
from spoils import Spoil, no_transaction, unspoiled
from world import CIVIL, COMMERCE, EDUCATION, HEALTH, HOUSING, NR, World, opening

from tests.ways_in import Outcome

pytestmark = pytest.mark.both_databases()

SIGNERS = (NR, HOUSING, EDUCATION, COMMERCE, HEALTH, CIVIL)


@pytest.fixture
def size(long_form: bool) -> tuple[int, int]:
    """How many processes, and how many sign-offs of each."""
    said = os.environ.get("PEIJIAN_LOAD") or ("64x1000" if long_form else "16x200")
    processes, each = map(int, said.split("x"))
    return processes, each


@pytest.fixture
def office(driven: dict[str, World], memory_folder: Path) -> Iterator[World]:
    """An office without a case."""
    world = driven[""].copied(memory_folder / "load")
    yield world
    world.drop()


def signing(world: World, processes: int, each: int, cases: int | None = None) -> list[list[Order]]:
    """What each process is to sign: in as many new cases as there are processes, unless it is said in how many."""
    names = [f"ZDPT-2021-{number:04d}" for number in range(1, (cases or processes) + 1)]
    for number, case in enumerate(names, 1):
        world.do(NR, "case open", **opening(case, f"370303101012GB{number:05d}"))
        world.do(NR, "case circulate", case=case)
    chance = random.Random(20210301)
    return [
        [
            order(world, SIGNERS[place % 6], "sign", f"r-{place}-{number}", case=chance.choice(names), verdict="agree")
            for number in range(each)
        ]
        for place in range(processes)
    ]


def signed(
    world: World, way_in: Opening, orders: list[list[Order]], spoil: Spoil = unspoiled
) -> tuple[list[Ack], float]:
    """Everything that was acknowledged, and how many seconds it took."""
    with way_in(world, spoil) as door:
        began = time.monotonic()
        return list(Crowd(door, orders).acks()), time.monotonic() - began


def test_a_crowd_loses_nothing(office: World, way_in: Opening, size: tuple[int, int]) -> None:
    processes, each = size
    acks, took = signed(office, way_in, signing(office, processes, each))
    again = Counter(code for ack in acks for code in ack.again)
    print(f"{processes} x {each}: {len(acks) / took:.0f} sign-offs a second, again: {dict(again)}")
    assert len(acks) == processes * each
    assert faults(office, acks, processes * each) == []
    assert set(again) <= {"database_busy"}  # who has the lock is not told that another was quicker


def test_a_crowd_without_the_locking_goes_wrong(office: World, way_in: Opening) -> None:
    acks, _ = signed(office, way_in, signing(office, 6, 10, cases=1), no_transaction)
    found = faults(office, acks, 60)
    print(f"{len(found)} faults")
    assert found != []


def test_many_threads_of_one_process_each_sign(office: World) -> None:
    """As a service does it, whose threads share an office."""
    number = 40
    orders = [told for (told,) in signing(office, number, 1, cases=2)]
    start, way, outcomes = threading.Barrier(number), Hands(office.office), list[Outcome]()

    def sign(told: Order) -> None:
        start.wait(PATIENCE)
        outcome = tried(way, told)
        start.wait(PATIENCE)  # nobody gives a connection back before the last has had one
        office.office.database.close()
        outcomes.append(outcome)

    threads = [threading.Thread(target=sign, args=(told,)) for told in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [outcome.code for outcome in outcomes] == [""] * number
    office.done.update(told.fields["case"] for told in orders)
    assert office.violations() == []
