"""One engine, one visible transaction per action, and every database error as one of ours."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from states.errors import Conflict, Invalid, PeijianError
from workflow import postgres
from workflow.transaction import ServerTransaction, Transaction

#: The migration this program works with.
SCHEMA = "0006"
_BUSY_SECONDS = 10
#: SQLite before this version can lose commits in WAL mode (https://sqlite.org/wal.html#walresetbug).
_SAFE_WAL = (3, 51, 3)
_ALSO_SAFE = ((3, 44, 6), (3, 50, 7))


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """WAL where this SQLite is safe with it."""
    return "WAL" if version >= _SAFE_WAL or version in _ALSO_SAFE else "DELETE"


def shown(address: str) -> str:
    """An address as it may be shown: without its password, wherever it stands."""
    hidden = re.sub(r"(://[^/@:]*:).*(@)", r"\1***\2", address)
    return re.sub(r"([?&](?:ssl)?password=)[^&]*", r"\1***", hidden)


class Database:
    """A database by its address: an SQLite file's path, or a URL; see :meth:`transaction`."""

    def __init__(self, address: str) -> None:
        #: The address for people.
        self.name = shown(address)
        try:
            self.url = make_url(address) if "://" in address else URL.create("sqlite", database=address)
            self.engine = _engine(self.url)
        except (ArgumentError, ImportError, ValueError) as error:
            raise Invalid("bad_address", {"database": self.name}) from error
        if not self.url.database or self.engine.dialect.name not in ("sqlite", "postgresql"):
            raise Invalid("bad_address", {"database": self.name})
        self._local = threading.local()
        self._sqlite = self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database, also of one named as a ``file:`` address."""
        if not self._sqlite or not self.url.database:
            return None
        return Path(self.url.database.removeprefix("file:"))

    @contextmanager
    def transaction(self, write: bool = False) -> Iterator[Transaction]:
        """Commits at the end of the block, rolls back when it raises.

        Raises Conflict (busy, lost) or Invalid (not a database, read-only, missing) for what the driver reports.
        """
        connection, cursor = self._begun(write)
        try:
            transaction = (Transaction if self._sqlite else ServerTransaction)(connection, cursor)
            yield transaction
            transaction.commit()
        except self.engine.dialect.loaded_dbapi.Error as error:
            self.close()
            raise self.explained(error) from error
        except BaseException:
            self._roll_back(connection)
            raise

    def _begun(self, write: bool) -> tuple[Any, Any]:
        """A connection inside a new transaction, and its cursor.

        A server may have closed a connection that was kept: then, and only here where nothing has been done yet, a
        new one is made.
        """
        kept = hasattr(self._local, "connection")
        connection = self._connection()
        try:
            cursor = connection.cursor()
            if self._sqlite:
                cursor.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            else:
                cursor.execute(postgres.WRITING if write else postgres.READING)
        except self.engine.dialect.loaded_dbapi.Error as error:
            self.close()
            if kept and not self._sqlite:
                return self._begun(write)
            raise self.explained(error) from error
        return connection, cursor

    def _connection(self) -> Any:
        """This thread's connection, kept between transactions."""
        if not hasattr(self._local, "connection"):
            try:
                connection: Any = self.engine.raw_connection()
            except (DBAPIError, self.engine.dialect.loaded_dbapi.Error) as error:
                raise self.explained(error, connecting=True) from error
            if not self._sqlite:
                connection.driver_connection.autocommit = True  # our own BEGIN says what the transaction is for
            self._local.connection = connection
        return self._local.connection

    def _roll_back(self, connection: Any) -> None:
        """A connection that is lost has nothing to be rolled back; the next transaction makes another."""
        try:
            connection.rollback()
        except self.engine.dialect.loaded_dbapi.Error:
            self.close()

    def close(self) -> None:
        """Give this thread's connection back."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def explained(self, error: BaseException, connecting: bool = False) -> PeijianError:
        """A driver's complaint as one of ours."""
        params: dict[str, object] = {"database": self.name}
        if not self._sqlite:
            return postgres.explained(getattr(error, "orig", None) or error, connecting, params)
        text = str(error).lower()
        if "locked" in text or "busy" in text:
            return Conflict("database_busy", params)
        if "readonly" in text or "read-only" in text:
            return Invalid("database_read_only", params)
        if "unique" in text:
            return Conflict("changed_meanwhile", params)
        if "not a database" in text or "malformed" in text or "no such table" in text:
            return Invalid("not_a_database", params)
        if "disk is full" in text:
            return Invalid("disk_full", params)
        if "unable to open" in text:
            return Invalid("database_missing", params)
        return Invalid("database_error", {**params, "error": str(error)})

    def check(self) -> None:
        """Raises Invalid unless the database exists and stands at this program's migration."""
        if self.path and not self.path.is_file():
            raise Invalid("database_missing", {"database": str(self.path)})
        found, named = self.version(), {"database": str(self.path or self.name)}
        if found is None:
            raise Invalid("not_a_database", named)
        if found != SCHEMA:
            code = "database_newer" if found > SCHEMA else "database_older"
            raise Invalid(code, {**named, "found": found, "expected": SCHEMA})

    def version(self) -> str | None:
        """The migration the database stands at; None when it is not one of ours."""
        from sqlalchemy import text

        try:
            with self.transaction() as tx:
                found = tx.row(text("SELECT version_num FROM alembic_version"))
        except Invalid as error:
            if error.code == "not_a_database":
                return None
            raise
        return str(found[0]) if found else None

    def is_filled(self) -> bool:
        """Whether anything lies there already, ours or not."""
        if self.path:
            return self.path.is_file() and self.path.stat().st_size > 0
        from sqlalchemy import inspect

        try:
            return bool(inspect(self.engine).get_table_names())
        except (DBAPIError, self.engine.dialect.loaded_dbapi.Error) as error:
            raise self.explained(error, connecting=True) from error


def _engine(url: URL) -> Engine:
    """Each thread keeps its own connection: a pool would keep those that broke, and let only so many threads in.

    What is closed is not rolled back before: it may be lost, and of that SQLAlchemy would log a traceback.
    """
    pool: dict[str, Any] = {"poolclass": NullPool, "pool_reset_on_return": None}
    if url.get_backend_name() != "sqlite":
        own = {name: value for name, value in postgres.CONNECTING.items() if name not in url.query}
        # It warns of what it could not end on a connection that is lost; the loss itself is raised.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        return create_engine(url, connect_args=own, **pool)
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, **pool)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, record: object) -> None:
    """The driver's own transactions lose updates without an error; ours begin explicitly."""
    connection.isolation_level = None
    for pragma in (f"journal_mode={journal_mode()}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
