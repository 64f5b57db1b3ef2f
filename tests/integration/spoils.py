"""What can be done to the process in which an office acts: that it thinks longer, does without its locks, or dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from outboxes import killed_at
from sqlalchemy import text

from workflow import database, journal, store
from workflow.database import Database
from workflow.transaction import ServerTransaction, Transaction

#: What is changed in a process, once and for good.
Spoil = Callable[[], None]
#: How long a process thinks between reading a case and writing it, in seconds.
THOUGHT = 0.002


def unspoiled() -> None:
    """Nothing is changed."""


def thinking() -> None:
    """Take a moment between reading a case and writing it, so that others do come in between."""
    store.load = _slow(store.load, THOUGHT)


def _slow(reading: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    def read(*args: Any, **options: Any) -> Any:
        found = reading(*args, **options)
        time.sleep(seconds)
        return found

    return read


def deferred() -> None:
    """Nobody waits for anybody: in a file every transaction begins as one that only reads, a server takes no lock."""
    database._BUSY_SECONDS = 1
    original = Database.transaction

    def transaction(self: Database, write: bool = False) -> Any:
        return original(self, write and not self.path)

    Database.transaction = transaction  # type: ignore[method-assign]
    ServerTransaction.lock = ServerTransaction.hold = lambda *_, **__: None  # type: ignore[method-assign,assignment]
    thinking()


def no_transaction() -> None:
    """Every statement for itself."""
    database._BUSY_SECONDS = 1
    original = Database.transaction

    @contextmanager
    def transaction(self: Database, write: bool = False) -> Iterator[Any]:
        with original(self) as tx:
            tx.run(text("COMMIT"), [{}])
            yield tx
            tx.run(text("BEGIN"), [{}])

    Database.transaction = transaction  # type: ignore[method-assign]
    thinking()
    journal.head = _slow(journal.head, 10 * THOUGHT)  # when a part is written and the entry is not


def dying(step: int) -> Callable[[], None]:
    """Kill this process at the given step: after a row that it writes, before a commit, or after one.

    Returns what is to be called at steps of other kinds.
    """
    here = killed_at(step)
    written, begun = Transaction.run, Database.transaction

    def run(tx: Transaction, statement: Any, values: Any) -> None:
        written(tx, statement, values)
        if values:
            here()

    @contextmanager
    def transaction(self: Database, write: bool = False) -> Iterator[Transaction]:
        with begun(self, write) as tx:
            yield tx
            if write:
                here()  # all is written and not committed
        if write:
            here()  # committed, and nobody knows

    Transaction.run = run  # type: ignore[method-assign]
    Database.transaction = transaction  # type: ignore[method-assign]
    return here


#: Ways to remove the locking.
UNLOCKED = {"deferred": deferred, "none": no_transaction}
