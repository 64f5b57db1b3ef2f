"""Compiled statements inside one database transaction.

They are compiled once and run on the driver's own cursor: the unit of work of an ORM would cost more than the work
(see ``benchmarks/README.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from operator import itemgetter
from typing import Any, ClassVar

from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.sql import ClauseElement

from workflow import postgres

#: A statement as the driver takes it, and its parameters.
Call = tuple[str, Any]
#: How many rows are in memory at once where there may be any number.
_BATCH = 1000


class Transaction:
    """One statement after the other, as it suits a file, where only one writes at a time."""

    _dialect: ClassVar[Any] = sqlite.dialect()

    def __init__(self, connection: Any, cursor: Any) -> None:
        self._connection, self._cursor = connection, cursor

    def rows(self, statement: ClauseElement, **values: Any) -> list[Any]:
        """All rows that a statement gives, as tuples."""
        self._cursor.execute(*self._call(statement, values))
        found: list[Any] = self._cursor.fetchall()
        return found

    def row(self, statement: ClauseElement, **values: Any) -> Any | None:
        found = self.rows(statement, **values)
        return found[0] if found else None

    def prefetch(self, statement: ClauseElement, **values: Any) -> None:
        """Say that ``rows`` will be asked for the same, once, before anything is written that the answer hangs on."""

    def batches(self, statement: ClauseElement) -> Iterator[list[Any]]:
        """All rows, some at a time, for what may not fit into memory."""
        with closing(self._streaming()) as cursor:
            cursor.execute(*self._call(statement, {}))
            while found := cursor.fetchmany(_BATCH):
                yield found

    def run(self, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]) -> None:
        """The same statement for every row; nothing comes back."""
        calls = [self._call(statement, row) for row in rows]
        if calls:
            self._write(calls[0][0], [values for _, values in calls])

    def hold(self, district: str, alone: bool = False) -> None:
        """Write in a district beside others, whom the rows of their cases keep in order, or ``alone``.

        What has no row to be locked is written alone: new cases, accounts, the calendar, the office's chain. SQLite
        lets everybody write alone from the beginning of the transaction.
        """

    def lock(self, statement: ClauseElement, **values: Any) -> None:
        """Hold rows until the transaction ends, in a statement of its own.

        A statement that waits for a row has looked at all other rows before it waited.
        """

    def flush(self) -> None:
        """Let nothing that is written wait any longer: it would have to be kept in memory."""

    def commit(self) -> None:
        self._connection.commit()

    def _streaming(self) -> Any:
        """A cursor that fetches what is asked for, and no more."""
        return self._connection.cursor()

    def _write(self, sql: str, rows: list[Any]) -> None:
        self._execute(sql, rows)

    def _execute(self, sql: str, rows: list[Any]) -> None:
        if len(rows) == 1:
            self._cursor.execute(sql, rows[0])
        else:
            self._cursor.executemany(sql, rows)

    def _call(self, statement: ClauseElement, values: Mapping[str, Any]) -> Call:
        sql, pick, fixed = _compiled(statement, self._dialect)
        return sql, pick({**fixed, **values} if fixed else values)


class ServerTransaction(Transaction):
    """As few journeys to the server as there can be: each costs more than what is asked there.

    What gives nothing back waits for the next question or for the commit, what is prefetched goes with the next
    question, and all of it leaves as one. The server does it in this order, each statement for itself.
    """

    _dialect = psycopg.dialect()  # type: ignore[no-untyped-call]

    def __init__(self, connection: Any, cursor: Any) -> None:
        super().__init__(connection.driver_connection, cursor)
        self._queued: list[tuple[str, list[Any]]] = []
        self._to_fetch: dict[Hashable, Call] = {}
        self._fetched: dict[Hashable, list[Any]] = {}

    def rows(self, statement: ClauseElement, **values: Any) -> list[Any]:
        call = self._call(statement, values)
        if _same(call) not in self._fetched:
            self._fetch(call)
        return self._fetched.pop(_same(call))

    def prefetch(self, statement: ClauseElement, **values: Any) -> None:
        call = self._call(statement, values)
        self._to_fetch[_same(call)] = call
        self._fetched.pop(_same(call), None)

    def hold(self, district: str, alone: bool = False) -> None:
        self._write(postgres.waiting(district, alone), [None])

    def lock(self, statement: ClauseElement, **values: Any) -> None:
        sql, picked = self._call(statement, values)
        self._write(sql, [picked])

    def flush(self) -> None:
        self._send([])

    def commit(self) -> None:
        self._send([("COMMIT", None)])

    def _streaming(self) -> Any:
        return self._connection.cursor("streaming")

    def _write(self, sql: str, rows: list[Any]) -> None:
        self._queued.append((sql, rows))

    def _fetch(self, call: Call) -> None:
        calls, self._to_fetch = {_same(call): call, **self._to_fetch}, {}
        for same, cursor in zip(calls, self._send(list(calls.values())), strict=True):
            self._fetched[same] = cursor.fetchall()

    def _send(self, calls: list[Call]) -> list[Any]:
        """Cursors that hold the answers to ``calls``, which come after all that was queued."""
        queued, self._queued = self._queued, []
        if not queued and len(calls) == 1:
            return [self._cursor.execute(*calls[0])]
        with self._connection.pipeline():
            for sql, rows in queued:
                self._execute(sql, rows)
            return [self._connection.execute(*call) for call in calls]


def _same(call: Call) -> Hashable:
    """Equal for equal questions."""
    sql, values = call
    return sql, tuple(values.items())


@cache
def _compiled(statement: ClauseElement, dialect: Any) -> tuple[str, Callable[[Any], Any], dict[str, Any]]:
    """The text, how the driver wants the parameters, and those that the statement fixes itself."""
    compiled: Any = statement.compile(dialect=dialect)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), _picker(compiled.positiontup), fixed


def _picker(order: Sequence[str] | None) -> Callable[[Any], Any]:
    """By position where the dialect counts, by name where it does not."""
    if order is None:
        return dict
    if len(order) > 1:
        return itemgetter(*order)
    return lambda values: tuple(values[name] for name in order)
