"""Threads that share an office, as those of a service do, each in its own moment of the database."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from crowd import PATIENCE
from world import World

from workflow import calendars


def test_each_thread_is_given_the_rules_with_the_calendar_of_its_own_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year is imported while they ask: some still see the time before it."""
    own, wrong = threading.local(), list[object]()
    district, configurations = world.office.district, world.office.configurations
    pinned = world.case().configuration
    with world.office.database.transaction() as tx:
        whole = calendars.of_district(tx, district)
    seen = {number: type(whole)({year: whole.years[year] for year in (2021, 2022 + number)}) for number in range(2)}
    monkeypatch.setattr(calendars, "stamp", lambda *_: (own.number,))
    monkeypatch.setattr(calendars, "of_district", lambda *_: seen[own.number])
    digest = configurations.current_digest()
    monkeypatch.setattr(configurations, "current_digest", lambda: time.sleep(0.0005) or digest)

    def ask(first: int) -> None:
        for turn in range(100):
            own.number = (first + turn) % 2
            try:
                with world.office.database.transaction() as tx:
                    found = configurations.rules(tx, pinned if turn % 3 else None).calendar
            except Exception as error:
                wrong.append(error)
            else:
                wrong.extend([turn] * (found != seen[own.number]))
        world.office.database.close()

    threads: list[Any] = [threading.Thread(target=ask, args=(number % 2,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert wrong == []
