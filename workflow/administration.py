"""What the administrator does: make or migrate the database, keep accounts, check the installation."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from states.actions.base import Line, Model
from states.actions.delegations import DelegationTerms
from states.channels import is_mailbox
from states.errors import Conflict, Invalid, unknown
from states.facts import IN_THE_PLACE_OF, Actor
from states.rules import Rules
from workflow import (
    accounts,
    calendars,
    config_files,
    delegations,
    files,
    holdings,
    intake,
    limits,
    postgres,
    recomputing,
    settings,
)
from workflow.database import SCHEMA, Database, journal_mode
from workflow.office import Office
from workflow.results import DelegationLine, Finding
from workflow.tables import Installation
from workflow.transaction import Transaction

_INSTALLATION: Any = Installation.__table__  # type: ignore[attr-defined]
_INSTALL = insert(_INSTALLATION)
_TOUCH = update(_INSTALLATION).values(rehearsal=_INSTALLATION.c.rehearsal)
_INSTALLED = select(_INSTALLATION.c.district, _INSTALLATION.c.rehearsal).order_by(_INSTALLATION.c.district)
#: The program's top-level modules; another package that brings one of these names overwrites it.
_OURS = ("cli", "commands", "service", "views", "notifications", "workflow", "policies", "states")
_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "glusterfs"})


def open_office(url: str, config: Path) -> Office:
    """The office of an existing database. Raises Invalid when it cannot be used."""
    database = Database(url)
    database.check()
    with database.transaction() as tx:
        installed = tx.row(_INSTALLED)
    if installed is None:
        raise Invalid("not_a_database", {"database": database.name})
    district, rehearsal = installed
    return Office(database, config, files.Files(files_folder(database)), district, bool(rehearsal))


def files_folder(database: Database) -> Path:
    """Where the documents' files lie: beside an SQLite database.

    Those of a server's lie in ``PEIJIAN_FILES``, which all who use it must share, or in the user's data folder.
    """
    if path := database.path:
        return path.with_name(path.name + ".files")
    if named := os.environ.get("PEIJIAN_FILES"):
        return Path(named)
    return config_files.data_folder(os.environ) / f"{database.url.host or 'local'}-{database.url.database}.files"


def data_folder(url: str) -> Path:
    """The folder from which relative paths of the configuration count. Raises Invalid for a bad address."""
    return files_folder(Database(url)).parent


def migrate(database: Database) -> None:
    """Bring the database to this program's schema, making it where there is none."""
    with migrated(database):
        pass


@contextmanager
def migrated(database: Database) -> Iterator[Connection]:
    """As :func:`migrate`, in a transaction that ends with the block: what it raises undoes the tables too."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with database.engine.begin() as connection:
            if not database.path:
                connection.exec_driver_sql(postgres.MIGRATING)
                connection.exec_driver_sql(postgres.waiting("", alone=True))
            config.attributes["connection"] = connection
            command.upgrade(config, SCHEMA)
            yield connection
    except (CommandError, DBAPIError, database.engine.dialect.loaded_dbapi.Error) as error:
        raise database.explained(error) from error


def initialise(
    url: str, config: Path, admin: str, organisation: str | None, now: datetime, rehearsal: bool = False
) -> str | None:
    """Make a database with its first administrator, or migrate an older one.

    Returns the administrator's token for a new database, None for one that existed.
    """
    rules = settings.load(config)
    founder = _checked(rules, admin, organisation or rules.roles.leading_group_office, "admin")
    database = Database(url)
    if database.path:
        refuse_network(database.path)
        database.path.parent.mkdir(parents=True, exist_ok=True)
    if database.is_filled():
        _migratable(database)
    migrate(database)
    with database.transaction(write=True) as tx:
        tx.hold(rules.district.code, alone=True)
        if installed := tx.row(_INSTALLED):
            calendars.complete(tx, installed[0], now)
            stored = files.Files(files_folder(database))
            recomputing.fill(tx, Office(database, config, stored, installed[0], bool(installed[1]), lambda: now))
            return None
        row = {"district": rules.district.code, "rehearsal": int(rehearsal), "created_at": now.isoformat()}
        tx.run(_INSTALL, [row | {"held_at": None}])
        calendars.complete(tx, rules.district.code, now)
        stored = files.Files(files_folder(database))
        office = Office(database, config, stored, rules.district.code, rehearsal, lambda: now)
        office.configurations.keep(tx, rules, now)
        return _add(tx, office, founder, founder)


def is_made(url: str) -> bool:
    """Whether there is an office in the database already; of an SQLite database, whether there is a file."""
    database = Database(url)
    if database.path:
        return database.path.exists()
    if database.version() is None:
        return False
    with database.transaction() as tx:
        return tx.row(_INSTALLED) is not None


def _migratable(database: Database) -> None:
    """Raises Invalid for what is no database of ours, or a newer one."""
    version = database.version()
    if version is None:
        raise Invalid("not_a_database", {"database": str(database.path or database.name)})
    if version > SCHEMA:
        database.check()


def add_account(
    office: Office,
    token: str | None,
    name: str,
    organisation: str,
    level: str,
    address: str | None = None,
    expires: str | None = None,
) -> str:
    """Make an account; returns its token, shown once, good up to the day ``expires``.

    Raises NotAllowed, NotFound, Invalid.
    """
    with office.administration(token, "account add") as (tx, admin):
        accounts.administrator(admin)
        new = _checked(office.rules(tx), name, organisation, level)
        return _add(tx, office, admin, new, _mailbox(address), _ahead(office, expires))


def replace_token(
    office: Office, token: str | None, name: str, expires: str | None = None, no_expiry: bool = False
) -> tuple[str, str | None]:
    """Give an account another token, and stop the one before. Raises as :func:`add_account`.

    Returns the token, shown once, and the last day on which it is good.
    """
    with office.administration(token, "account token") as (tx, admin):
        accounts.administrator(admin)
        ends = _ahead(office, expires)
        made, known = accounts.replace_token(tx, office.district, name, office.now(), ends, no_expiry)
        office.note(tx, admin, "account token", "done", {"account": name, **known})
    return made, known["expires_on"]


def revoke_token(office: Office, token: str | None, name: str) -> None:
    """Stop the token of an account that stays open. Raises NotAllowed, NotFound, Invalid."""
    with office.administration(token, "account token") as (tx, admin):
        accounts.administrator(admin)
        accounts.revoke_token(tx, office.district, name, office.now())
        office.note(tx, admin, "account token", "done", {"account": name, "revoked": True})


def _ahead(office: Office, day: str | None) -> str | None:
    """Raises Invalid for a day that is over."""
    today = office.now().date().isoformat()
    if day is not None and day < today:
        raise Invalid("expires_in_the_past", {"day": day, "today": today})
    return day


def set_address(office: Office, token: str | None, name: str, address: str | None) -> None:
    """Change the mailbox of an account, or take it away. Raises NotAllowed, NotFound, Invalid."""
    with office.administration(token, "account address") as (tx, admin):
        accounts.administrator(admin)
        accounts.set_address(tx, office.district, name, _mailbox(address))
        office.note(tx, admin, "account address", "done", {"account": name, "address": address})


def _mailbox(address: str | None) -> str | None:
    """Raises Invalid for what is no plain mailbox of a domain: no name before it, no second one behind it."""
    if address is not None and not (is_mailbox(address) and "." in address.partition("@")[2]):
        raise Invalid("bad_mailbox", {"value": address})
    return address


class _NewAccount(Model):
    account: Line
    level: Literal["clerk", "leader", "admin", "auditor"]


def _checked(rules: Rules, name: str, organisation: str, level: str) -> Actor:
    try:
        new = _NewAccount.model_validate({"account": name, "level": level})
    except ValidationError as error:
        raise intake.invalid(error) from error
    if IN_THE_PLACE_OF.strip() in new.account.split():
        raise Invalid("account_like_deputy", {"account": name})
    if organisation not in rules.organisations:
        raise unknown("organisation", organisation, rules.organisations)
    return Actor(new.account, organisation, new.level)


def _add(
    tx: Transaction, office: Office, admin: Actor, new: Actor, address: str | None = None, expires: str | None = None
) -> str:
    token, known = accounts.add(tx, office.district, new, office.now(), address, expires)
    params = {"account": new.name, "organisation": new.organisation, "level": new.level, "address": address}
    office.note(tx, admin, "account add", "done", {**params, **known})
    return token


def close_account(office: Office, token: str | None, name: str) -> None:
    """Close an account for good. Raises NotAllowed, NotFound, or Invalid for one that is closed."""
    with office.administration(token, "account close") as (tx, admin):
        accounts.administrator(admin)
        for line in accounts.listed(tx, office.district):
            if line.account == name and line.closed_at:
                raise Invalid("account_closed_before", {"account": name, "day": line.closed_at[:10]})
        accounts.close(tx, office.district, name, office.now())
        office.note(tx, admin, "account close", "done", {"account": name})


def accept_configuration(office: Office, token: str | None) -> Rules:
    """Put the text of the configuration file into force for new and adopting cases. Raises NotAllowed, Invalid."""
    with office.administration(token, "config accept") as (tx, admin):
        accounts.administrator(admin)
        rules = office.rules(tx)
        office.configurations.keep(tx, rules, office.now())
        limits.look_again(tx, office.district, office.now().date().isoformat())
        office.note(tx, admin, "config accept", "done", {"digest": rules.digest})
    return rules


def delegate(office: Office, token: str | None, fields: Mapping[str, Any]) -> DelegationLine:
    """Let a clerk take an absent leader's place. Raises NotAllowed, NotFound, Invalid."""
    try:
        terms = DelegationTerms.model_validate(fields)
    except ValidationError as error:
        raise intake.invalid(error) from error
    with office.administration(token, "delegation add") as (tx, by):
        line = delegations.add(tx, office.district, by, terms, office.now())
        office.note(tx, by, "delegation add", "done", line.model_dump(exclude={"recorded_at", "recorded_by"}))
    return line


def end_delegation(office: Office, token: str | None, number: int) -> DelegationLine:
    """End a delegation from today on. Raises NotAllowed, NotFound."""
    with office.administration(token, "delegation end") as (tx, by):
        line = delegations.end(tx, office.district, by, number, office.now().date().isoformat())
        office.note(tx, by, "delegation end", "done", {"number": number})
    return line


# -- doctor --------------------------------------------------------------------------------------


def doctor(url: str, config: Path) -> list[Finding]:
    """Everything wrong with the installation; an empty list when it is fit for use."""
    return [*_program(), *_configuration(config), *_database(url)]


def _program() -> Iterator[Finding]:
    brought = metadata.packages_distributions()
    owners = {package for module in _OURS for package in brought.get(module, ())}
    if owners - {"peijian"}:
        yield Finding(code="foreign_cli", params={"packages": sorted(owners - {"peijian"})})


def _configuration(config: Path) -> Iterator[Finding]:
    try:
        settings.load(config)
    except Invalid as error:
        yield Finding(code=error.code, params=error.params)


def _database(url: str) -> Iterator[Finding]:
    database = Database(url)
    try:
        if database.path:
            refuse_network(database.path)
            _refuse_closed_folder(database.path)
        else:
            yield from _server(database)
        database.check()
        with database.transaction(write=True) as tx:
            tx.run(_TOUCH, [{}])
        yield from _holdings(database)
    except (Invalid, Conflict) as error:
        yield Finding(code=error.code, params=error.params)
        return
    if database.path and journal_mode() == "DELETE":
        yield Finding(code="old_sqlite", params={"version": sqlite3.sqlite_version}, note=True)


def _server(database: Database) -> Iterator[Finding]:
    """What a PostgreSQL server must offer."""
    with database.transaction() as tx:
        about = tx.row(text(postgres.ABOUT))
    assert about is not None, "every server answers"
    version, encoding, durable = about
    if version < postgres.OLDEST:
        found = {"version": version // 10_000, "oldest": postgres.OLDEST // 10_000}
        yield Finding(code="postgres_too_old", params=found)
    if encoding != "UTF8":
        yield Finding(code="postgres_encoding", params={"encoding": encoding})
    if not durable:
        yield Finding(code="postgres_not_durable", params={})


def _holdings(database: Database) -> Iterator[Finding]:
    """Files, accounts and delegations, in short: ``journal verify`` names what does not fit."""
    stored = files.Files(files_folder(database))
    with database.transaction() as tx:
        for district, _ in tx.rows(_INSTALLED):
            if wrong := len(holdings.findings(tx, district, stored)):
                yield Finding(code="holdings_unsound", params={"count": wrong})
            if spare := holdings.unnamed(tx, district, stored):
                yield Finding(code="files_unnamed", params={"count": spare}, note=True)


def _refuse_closed_folder(path: Path) -> None:
    """SQLite writes its journal beside the database. Raises Invalid."""
    if path.exists() and not os.access(path.parent, os.W_OK):
        raise Invalid("database_read_only", {"database": str(path)})


def refuse_network(path: Path) -> None:
    """SQLite's locks do not hold on network file systems. Raises Invalid."""
    kind = _file_system(path.resolve())
    if kind in _NETWORK_FILE_SYSTEMS:
        raise Invalid("network_file_system", {"path": str(path), "kind": kind})


def _file_system(path: Path) -> str | None:
    """The type of the file system a path lies on, where the system tells (Linux)."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return None
    found = [(mount[1], mount[2]) for mount in mounts if path.is_relative_to(mount[1])]
    return max(found, key=lambda mount: len(mount[0]))[1] if found else None
