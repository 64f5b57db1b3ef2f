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

    def batches(self, statement: ClauseElement) -> Iterator[list[Any]]:
        """All rows, some at a time, for what may not fit into memory."""
        with closing(self._walking()) as cursor:
            cursor.execute(*self._call(statement, {}))
            while found := cursor.fetchmany(_BATCH):
                yield found

    def foresee(self, statement: ClauseElement, **values: Any) -> None:
        """That a question will be asked, before anything is written that its answer hangs on."""

    def run(self, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]) -> None:
        """The same statement for every row; nothing comes back."""
        calls = [self._call(statement, row) for row in rows]
        if calls:
            self._tell(calls[0][0], [values for _, values in calls])

    def hold(self, district: str, alone: bool = False) -> None:
        """Write in a district beside others, whom the rows of their cases keep in order, or ``alone``.

        What has no row to be locked is written alone: new cases, accounts, the calendar, the office's chain. SQLite
        lets everybody write alone from the beginning of the transaction.
        """

    def lock(self, statement: ClauseElement, **values: Any) -> None:
        """Hold rows until the transaction ends, in a statement of its own.

        A statement that waits for a row has looked at all other rows before it waited.
        """

    def send(self) -> None:
        """Let nothing that was told wait any longer: it would have to be kept in memory."""

    def commit(self) -> None:
        self._connection.commit()

    def _walking(self) -> Any:
        """A cursor that fetches what is asked for, and no more."""
        return self._connection.cursor()

    def _tell(self, sql: str, rows: list[Any]) -> None:
        if len(rows) == 1:
            self._cursor.execute(sql, rows[0])
        else:
            self._cursor.executemany(sql, rows)

    def _call(self, statement: ClauseElement, values: Mapping[str, Any]) -> Call:
        sql, pick, fixed = _compiled(statement, self._dialect)
        return sql, pick({**fixed, **values} if fixed else values)


class ServerTransaction(Transaction):
    """As few journeys to the server as there can be: each costs more than what is asked there.

    What gives nothing back waits for the next question or for the commit, foreseen questions go with the next one, and
    all of it leaves as one. The server does it in this order, each statement for itself.
    """

    _dialect = psycopg.dialect()  # type: ignore[no-untyped-call]

    def __init__(self, connection: Any, cursor: Any) -> None:
        super().__init__(connection.driver_connection, cursor)
        self._untold: list[tuple[str, list[Any]]] = []
        self._foreseen: dict[Hashable, Call] = {}
        self._answers: dict[Hashable, list[Any]] = {}

    def rows(self, statement: ClauseElement, **values: Any) -> list[Any]:
        call = self._call(statement, values)
        if _same(call) not in self._answers:
            self._ask({_same(call): call, **self._foreseen})
        return self._answers.pop(_same(call))

    def foresee(self, statement: ClauseElement, **values: Any) -> None:
        call = self._call(statement, values)
        self._foreseen[_same(call)] = call

    def hold(self, district: str, alone: bool = False) -> None:
        self._tell(postgres.waiting(district, alone), [None])

    def lock(self, statement: ClauseElement, **values: Any) -> None:
        sql, picked = self._call(statement, values)
        self._tell(sql, [picked])

    def send(self) -> None:
        self._told([])

    def commit(self) -> None:
        self._told([("COMMIT", None)])

    def _walking(self) -> Any:
        return self._connection.cursor("walking")

    def _tell(self, sql: str, rows: list[Any]) -> None:
        self._untold.append((sql, rows))

    def _ask(self, calls: dict[Hashable, Call]) -> None:
        self._foreseen = {}
        for same, cursor in zip(calls, self._told(list(calls.values())), strict=True):
            self._answers[same] = cursor.fetchall()

    def _told(self, calls: list[Call]) -> list[Any]:
        """Cursors that hold the answers to ``calls``, which come after all that was still to be told."""
        untold, self._untold = self._untold, []
        if not untold and len(calls) == 1:
            return [self._cursor.execute(*calls[0])]
        with self._connection.pipeline():
            for sql, rows in untold:
                super()._tell(sql, rows)
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
