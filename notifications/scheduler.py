"""The scheduler: a clock that ticks, and a pass at each tick. All it knows stands in the database.

Any number of schedulers may run at once, on any number of machines. Told to stop (SIGTERM, SIGINT) it finishes the
message in hand; killed at any moment it loses nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from notifications import outbox
from notifications.deliver import Opener
from notifications.passing import run_pass
from states.errors import PeijianError
from workflow import clock
from workflow.office import Office
from workflow.results import PassResult

#: Hears what came of each round.
Told = Callable[[PassResult | PeijianError], None]


def once(office: Office, opener: Opener) -> PassResult:
    """One round, as a scheduler goes it; told to stop, it ends after the message in hand. Raises what a pass raises."""
    with _asked_to_stop() as stop:
        return _round(office, opener, stop, office.now())


def run(office: Office, opener: Opener, every: int, told: Told) -> None:
    """Go round at once and then every so many seconds, until told to stop.

    APScheduler only ticks: what is due is found in the database, so that no tick can be lost.
    """
    from apscheduler.events import EVENT_SCHEDULER_STARTED
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.blocking import BlockingScheduler

    started_at, ticker = office.now(), BlockingScheduler(
        executors={"default": ThreadPoolExecutor(1)}, timezone=clock.ZONE
    )  # fmt: skip

    def tick() -> None:
        try:
            told(_round(office, opener, stop, started_at))
        except PeijianError as error:
            told(error)

    with _asked_to_stop() as stop:
        job = ticker.add_job(
            tick, "interval", seconds=every, next_run_time=clock.now(), coalesce=True, max_instances=1,
            misfire_grace_time=every,
        )  # fmt: skip
        # a thread of its own ends the ticker: it waits for the pass in hand, which a signal's handler must not
        watcher = threading.Thread(target=_watch, args=(ticker, job, every, stop))
        ticker.add_listener(lambda event: watcher.start(), EVENT_SCHEDULER_STARTED)
        ticker.start()
        watcher.join()


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Set once the process is told to stop."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(ticker: Any, job: Any, every: int, stop: threading.Event) -> None:
    """End the ticker when asked to; where the clock was set back, let it not wait until its time comes again."""
    while not stop.wait(every):
        if job.next_run_time - clock.now() > timedelta(seconds=2 * every):
            job.modify(next_run_time=clock.now())
    ticker.shutdown()


def _round(office: Office, opener: Opener, stop: threading.Event, started_at: datetime) -> PassResult:
    with office.writing() as tx:
        name, process = socket.gethostname(), f"{socket.gethostname()}:{os.getpid()}"
        outbox.beat(tx, office.district, name, process, started_at, office.now())
    return run_pass(office, opener, stop.is_set)
