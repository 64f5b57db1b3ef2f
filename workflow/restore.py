"""A backup becomes an office again: checked while it is unpacked, checked as a whole, and only then put in its place.

An archive is material from outside. What it may hold is known by name; nothing else is unpacked, and no path of its
own is followed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError
from sqlalchemy import select

from states.errors import Invalid
from workflow import administration, copying, held, journal, queries
from workflow.accounts import NOBODY
from workflow.backup import CHECKPOINT, DATABASE, FILES, FORMAT, MANIFEST, faults, settle, staging
from workflow.database import SCHEMA, Database
from workflow.files import Files, path_of
from workflow.office import Office
from workflow.results import Finding, Manifest, Restored, Stored
from workflow.tables import Installation
from workflow.transaction import ServerTransaction, Transaction

_FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
#: What an archive says of itself, and what was wrong with the records in it already.
_Checked = tuple[Manifest, tuple[Finding, ...]]
_INSTALLED = select(Installation.__table__)  # type: ignore[attr-defined]
#: What is read into memory at once, at most.
_LONGEST, _PIECE = 100_000_000, 1 << 20


def restore(source: Path, address: str, config: Path, now: datetime) -> Restored:
    """Make a database and its files from an archive, where nothing is yet: all of it, or nothing.

    Its messages wait until the administrator lets them leave. Raises Invalid for an archive that is damaged, altered,
    newer than this program or of another district, and for a place that is taken.
    """
    database = Database(address)
    files = administration.files_folder(database).absolute()
    if database.path is None:
        manifest, found = _into_server(source, database, files, config, now)
    else:
        manifest, found = _into_file(source, database.path.absolute(), files, config, now)
    name = str(database.path.absolute()) if database.path else database.name
    return Restored(database=name, made_at=manifest.made_at, files=len(manifest.contents) - 2, findings=found)


def _into_file(source: Path, target: Path, files: Path, config: Path, now: datetime) -> _Checked:
    administration.refuse_network(target)
    _refuse_taken(target, files)
    _make(target.parent)
    with staging(target) as folder:
        checked = _checked(source, folder, config, now)
        _refuse_taken(target, files)
        (folder / f"{DATABASE}.files").rename(files)
        (folder / DATABASE).rename(target)
    return checked


def _refuse_taken(target: Path, files: Path) -> None:
    """SQLite would take what a crash left beside another database for a part of this one."""
    beside = (target.with_name(target.name + end) for end in ("-journal", "-wal", "-shm"))
    if os.path.lexists(target):
        raise Invalid("database_exists", {"database": str(target)})
    for path in (files, *beside):
        if os.path.lexists(path):
            raise Invalid("file_exists", {"path": str(path)})


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid("file_unwritable", {"path": str(folder)}) from error


# -- a server --------------------------------------------------------------------------------------------


def _into_server(source: Path, database: Database, files: Path, config: Path, now: datetime) -> _Checked:
    """Unpacked on this machine, for the folder of the files may lie on another one."""
    _refuse_filled(database, files)
    with staging(Path(tempfile.gettempdir(), DATABASE)) as folder:
        checked = _checked(source, folder, config, now)
        _refuse_filled(database, files)
        _make(files)
        with staging(files / FILES) as brought:
            unpacked = Files(folder / f"{DATABASE}.files")
            for name in unpacked.names():
                Files(brought).put(unpacked.get(name))
            try:
                _fill(database, folder / DATABASE, brought, files)
            except sqlite3.Error as error:
                raise _damaged(source, "altered", DATABASE) from error
    return checked


def _refuse_filled(database: Database, files: Path) -> None:
    """The folder may be there, since whoever shares it made it first; a killed restore may have left its part."""
    if database.is_filled():
        raise Invalid("database_exists", {"database": database.name})
    try:
        if os.path.lexists(files) and any(path.suffix != ".part" for path in files.iterdir()):
            raise Invalid("folder_exists", {"path": str(files)})
    except OSError as error:
        raise Invalid("file_unwritable", {"path": str(files)}) from error


def _fill(database: Database, source: Path, brought: Path, files: Path) -> None:
    """Tables and rows in one transaction, which ends once the files lie in their place."""
    with administration.migrated(database) as connection, closing(sqlite3.connect(source)) as old:
        driver = connection.connection
        new = ServerTransaction(driver, driver.cursor())
        if new.row(_INSTALLED):  # somebody was faster
            raise Invalid("database_exists", {"database": database.name})
        copying.copy(Transaction(old, old.cursor()), new)
        for part in list(brought.iterdir()):
            part.rename(files / part.name)


# -- the archive -----------------------------------------------------------------------------------------


def _unpacked(source: Path, folder: Path) -> Manifest:
    """Everything that the manifest names, each held against its SHA-256."""
    if not source.is_file():
        raise Invalid("file_unreadable", {"path": str(source)})
    (folder / f"{DATABASE}.files").mkdir()
    try:
        with tarfile.open(source, "r:") as archive:
            members = _members(archive, source)
            manifest = _manifest(archive, members, source)
            for name, stored in manifest.contents.items():
                content = archive.extractfile(members[name])
                if content is None or _copied(content, _place(folder, name)) != stored.sha256:
                    raise _damaged(source, "altered", name)
    except PermissionError as error:
        raise Invalid("file_unreadable", {"path": str(source)}) from error
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise Invalid("backup_unreadable", {"path": str(source)}) from error
    return manifest


def _damaged(source: Path, reason: str, name: str) -> Invalid:
    return Invalid("backup_damaged", {"path": str(source), "reason": reason, "name": name})


def _members(archive: tarfile.TarFile, source: Path) -> dict[str, tarfile.TarInfo]:
    """Plain files under the names that a backup has, each once."""
    found: dict[str, tarfile.TarInfo] = {}
    for member in archive:
        plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
        ours = member.name in (MANIFEST, CHECKPOINT, DATABASE) or _FILE.fullmatch(member.name)
        if not (plain and ours) or member.name in found:
            raise _damaged(source, "not_ours", member.name)
        found[member.name] = member
    return found


def _manifest(archive: tarfile.TarFile, members: dict[str, tarfile.TarInfo], source: Path) -> Manifest:
    """What the archive says of itself, where it fits what is there and this program."""
    body = archive.extractfile(members[MANIFEST]) if MANIFEST in members else None
    if body is None:
        raise _damaged(source, "incomplete", MANIFEST)
    try:
        found = Manifest.model_validate_json(body.read(_LONGEST))
    except ValidationError as error:
        raise _damaged(source, "altered", MANIFEST) from error
    if found.format > FORMAT or found.migration > SCHEMA:
        raise Invalid("backup_newer", {"path": str(source), "program": found.program})
    expected = {CHECKPOINT, DATABASE, *found.contents, MANIFEST}
    if members.keys() != expected or MANIFEST in found.contents or not {CHECKPOINT, DATABASE} <= found.contents.keys():
        raise _damaged(source, "incomplete", ", ".join(sorted(members.keys() ^ expected)[:3]))
    for name, stored in found.contents.items():
        if not _fits(name, stored, members[name]):
            raise _damaged(source, "altered", name)
    return found


def _fits(name: str, stored: Stored, member: tarfile.TarInfo) -> bool:
    """A file is named by its SHA-256."""
    named = _FILE.fullmatch(name)
    return member.size == stored.size and (named is None or named[2] == stored.sha256)


def _place(folder: Path, name: str) -> Path:
    """Where a member is unpacked; made of what was matched, not of what was written."""
    if named := _FILE.fullmatch(name):
        return path_of(folder / f"{DATABASE}.files", named[2])
    return folder / (DATABASE if name == DATABASE else CHECKPOINT)


def _copied(content: IO[bytes], path: Path) -> str:
    """Write durably; returns the SHA-256 of what was written."""
    path.parent.mkdir(exist_ok=True)
    found = hashlib.sha256()
    with path.open("xb") as file:
        while piece := content.read(_PIECE):
            found.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return found.hexdigest()


# -- the records -----------------------------------------------------------------------------------------


def _checked(source: Path, folder: Path, config: Path, now: datetime) -> _Checked:
    """Unpack an archive and hold it against itself."""
    manifest = _unpacked(source, folder)
    return manifest, _sound(folder / DATABASE, source, manifest, config, now)


def _sound(path: Path, source: Path, manifest: Manifest, config: Path, now: datetime) -> tuple[Finding, ...]:
    """Hold the unpacked records against the journal and its heads, and let their messages wait.

    Returns what was wrong with them already when the backup was made.
    """
    _whole(path, source)
    if manifest.migration < SCHEMA:
        administration.initialise(str(path), config, "admin", None, now)
    office = administration.open_office(str(path), config)
    try:
        if (office.district, office.rehearsal) != (manifest.district, manifest.rehearsal):
            raise _damaged(source, "altered", MANIFEST)
        queries.current_rules(office)  # says when the configuration at hand is for another district
        found = faults(office, _heads(path.with_name(CHECKPOINT), source))
        if fresh := [finding for finding in found if finding not in manifest.findings]:
            raise Invalid("backup_unsound", {"path": str(source), "findings": [f.model_dump() for f in fresh]})
        _hold(office, manifest, now)
    finally:
        settle(office.database)
    return found


def _whole(path: Path, source: Path) -> None:
    """Whether SQLite finds every page of it in order."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise _damaged(source, "altered", DATABASE) from error
    if answer != "ok":
        raise _damaged(source, "altered", DATABASE)


def _heads(path: Path, source: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged(source, "altered", CHECKPOINT) from error
    if not isinstance(found, dict) or not journal.is_checkpoint(found):
        raise _damaged(source, "altered", CHECKPOINT)
    return found


def _hold(office: Office, manifest: Manifest, now: datetime) -> None:
    """Nobody is asked who he is: whoever restores holds the archive itself."""
    with office.database.transaction(write=True) as tx:
        held.hold(tx, office.district, now.isoformat(timespec="seconds"))
        office.note(tx, NOBODY, "restore", "done", {"made_at": manifest.made_at})
