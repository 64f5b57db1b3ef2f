"""Reminders under ``kill -9``, under many schedulers at once, and told to stop.

The hypothesis is the same before and after each fault: every reminder stands in the outbox once, and every recipient
gets it at least once, under one Message-ID; twice only where a process was killed between sending and marking.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from outboxes import LATER, Log, at, change, ended, many_reminders, rows, worker
from spoils import dying
from world import ASSETS, CIVIL, COMMERCE, DESIGNATED, EDUCATION, HEALTH, HOUSING, NR, OFFICE, TOWN, World

from notifications import scheduler
from notifications.deliver import deliver
from notifications.passing import run_pass
from states.errors import Conflict

pytestmark = pytest.mark.both_databases()

BODIES = [NR, HOUSING, EDUCATION, COMMERCE, HEALTH, CIVIL, ASSETS, OFFICE, TOWN, DESIGNATED]
DAY = "2021-03-15"


@pytest.fixture
def busy(driven: dict[str, World], memory_folder: Path, long_form: bool) -> Iterator[World]:
    """An office with a thousand reminders (a hundred in the short form) due this morning, and nothing else."""
    world = driven[""].copied(memory_folder / "busy")
    at(world, f"{DAY}T09:00")
    many_reminders(world, BODIES, 100 if long_form else 10, DAY)
    change(world, "UPDATE account SET closed_at = 'x' WHERE level != 'clerk' OR account LIKE '%.clerk'")
    change(world, "UPDATE installation SET created_at = '2099-01-01T00:00:00+08:00'")  # no duties
    yield world
    world.drop()


def expected(world: World) -> set[str]:
    return {account for (account,) in rows(world, "SELECT account FROM account WHERE closed_at IS NULL")}


def holds(world: World, log: Log, twice_at_most: int) -> None:
    """The hypothesis."""
    people = expected(world)
    queued = rows(world, "SELECT recipient, status FROM notices WHERE rung = 'R4'")
    assert sorted(queued) == sorted((person, "digested") for person in people)
    assert set(rows(world, "SELECT status FROM messages")) == {("sent",)}
    arrived = defaultdict(list)
    for id_, recipient, _ in log.lines():
        arrived[recipient].append(id_)
    assert arrived.keys() == people
    assert all(len(set(ids)) == 1 for ids in arrived.values())
    assert len({ids[0] for ids in arrived.values()}) == len(people)
    assert sum(len(ids) - 1 for ids in arrived.values()) <= twice_at_most


def finished(world: World, log: Log, moment: datetime) -> datetime:
    """Let a process that nobody disturbs do the rest, once the last leases are over."""
    moment += LATER
    assert ended(worker(world, moment, lambda office: run_pass(office, lambda *_: log))) == 0
    return moment


def breaking(step: int, log: Log) -> Callable[[Any], None]:
    """A pass that dies at the given step: at a row it writes, at a commit, before or after a message goes out."""

    def job(office: Any) -> None:
        here = dying(step)
        noted = Log(log.path, here)
        send = noted.send

        def sent(message: Any) -> None:
            send(message)
            here()

        noted.send = sent  # type: ignore[method-assign]
        run_pass(office, lambda *_: noted)

    return job


#: What anybody could take up at once.
_LEFT = """SELECT (SELECT count(*) FROM messages WHERE status = 'queued' AND lease_until IS NULL)
    + (SELECT count(*) FROM notices WHERE status = 'waiting')
    + (SELECT count(*) FROM running_limits WHERE remind_on <= '2021-03-15')"""


def test_killed_at_any_step_nothing_is_lost(busy: World, memory_folder: Path, long_form: bool) -> None:
    log = Log(memory_folder / "arrived")
    assert rows(busy, "SELECT count(*) FROM notices") == [(0,)]
    chance, kills = random.Random(20210315), 0
    steps = [*range(1, 13)]
    while kills < (250 if long_form else 30):
        step = steps.pop(0) if steps else chance.randrange(1, 20)
        kills += ended(worker(busy, busy.moment, breaking(step, log))) == -signal.SIGKILL
        if rows(busy, _LEFT) == [(0,)]:
            busy.moment += LATER  # what is left is held by those who were killed
    finished(busy, log, busy.moment)
    holds(busy, log, kills)


def test_two_schedulers_and_four_senders_at_once_queue_and_send_each_reminder_once(
    busy: World, memory_folder: Path
) -> None:
    log = Log(memory_folder / "arrived")

    def again(job: Callable[[], Any]) -> None:
        """Whoever finds the database busy tries again at his next tick."""
        for _ in range(20):
            try:
                job()
            except Conflict:
                time.sleep(0.05)

    def whole(office: Any) -> None:
        again(lambda: run_pass(office, lambda *_: log))

    def sender(office: Any) -> None:
        again(lambda: (deliver(office, lambda *_: log, lambda: False), time.sleep(0.02)))

    children = [worker(busy, busy.moment, job) for job in (whole, whole, sender, sender, sender, sender)]
    assert [ended(child) for child in children] == [0] * 6
    finished(busy, log, busy.moment)
    holds(busy, log, 0)
    assert len({process for _, _, process in log.lines()}) >= 2


def test_told_to_stop_the_scheduler_finishes_the_message_in_hand(busy: World, memory_folder: Path) -> None:
    log = Log(memory_folder / "arrived", lambda: time.sleep(0.5))

    def job(office: Any) -> None:
        scheduler.run(office, lambda *_: log, 5, lambda outcome: None)

    child = worker(busy, busy.moment, job)
    deadline = time.monotonic() + 30
    while not rows(busy, "SELECT 1 FROM messages WHERE lease_until IS NOT NULL") and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(child, signal.SIGTERM)
    assert ended(child) == 0
    sent = rows(busy, "SELECT recipient FROM messages WHERE status = 'sent'")
    assert [recipient for _, recipient, _ in log.lines()] == [recipient for (recipient,) in sent]
    assert 1 <= len(sent) < len(expected(busy))
    assert rows(busy, "SELECT count(*) FROM messages WHERE lease_until IS NOT NULL") == [(0,)]
    assert rows(busy, "SELECT count(*) FROM heartbeat") == [(1,)]
    log.before = lambda: None
    finished(busy, log, busy.moment)
    holds(busy, log, 0)
