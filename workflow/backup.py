"""A backup: one archive of the database as it was at one moment, with the files that it names.

The database is copied while others write; out of one on a server comes a file too, so that an archive has one form.
What stands in it is named in its manifest with its SHA-256; the heads of all journals go with it, and what was wrong
with the records at that moment, so that a restore is held against both.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from states.errors import Invalid, PeijianError
from states.remit import canonical
from workflow import accounts, administration, copying, holdings, journal, queries
from workflow.database import SCHEMA, Database
from workflow.files import path_of, unwritable
from workflow.office import Office
from workflow.results import BackedUp, Finding, Manifest, Stored
from workflow.transaction import Transaction

MANIFEST, CHECKPOINT, DATABASE, FILES = "manifest.json", "checkpoint.json", "database.db", "files"
#: The form of the archive, counted up when an older program could not read it.
FORMAT = 1


def backup(office: Office, token: str | None, target: Path) -> BackedUp:
    """Write the archive: whole under its name, or not at all; for its owner's eyes only.

    Raises NotAllowed, or Invalid where there is something already and where it cannot be written.
    """
    with office.administration(token, "backup") as (_, admin):
        accounts.administrator(admin)
    target = target.absolute()
    if os.path.lexists(target):
        raise Invalid("file_exists", {"path": str(target)})
    with staging(target) as folder:
        archive = folder / "archive.tar"
        manifest = _packed(office, folder, archive)
        with archive.open("rb") as made:
            sha256 = hashlib.file_digest(made, "sha256").hexdigest()
        with office.administration(token, "backup") as (tx, admin):
            accounts.administrator(admin)
            office.note(tx, admin, "backup", "done", {"sha256": sha256})
        size = archive.stat().st_size
        _take(archive, target)
    files = len(manifest.contents) - 2
    return BackedUp(path=str(target), size=size, sha256=sha256, files=files, findings=manifest.findings)


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A folder of one's own beside the target, gone afterwards. What the disk refuses is raised as Invalid."""
    try:
        folder = Path(tempfile.mkdtemp(".part", f".{target.name}.", target.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise unwritable(target, error) from error


def _take(archive: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise Invalid("file_exists", {"path": str(target)})
    archive.rename(target)


def _copied(office: Office, target: Path) -> Office:
    """The same office on a file of its own, as it was at one moment."""
    (_from_file if office.database.path else _from_server)(office.database, target)
    copy = Database(str(target))
    return Office(copy, office.config, office.files, office.district, office.rehearsal, office.now)


def _from_file(database: Database, target: Path) -> None:
    try:
        with closing(sqlite3.connect(str(database.path))) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise database.explained(error) from error


def _from_server(database: Database, target: Path) -> None:
    """The migrations make the tables, one snapshot fills them."""
    copy = Database(str(target))
    administration.migrate(copy)
    settle(copy)
    try:
        # a connection of its own minds no row without the one it refers to: an office is kept as it is
        with database.transaction() as tx, closing(sqlite3.connect(target)) as new:
            copying.copy(tx, Transaction(new, new.cursor()))
            new.commit()
    except sqlite3.Error as error:
        raise copy.explained(error) from error


def _packed(office: Office, folder: Path, archive: Path) -> Manifest:
    database = folder / DATABASE
    copy = _copied(office, database)
    try:
        found = faults(copy)
        with copy.database.transaction() as tx:
            heads = canonical(journal.checkpoint(tx, office.district)).encode()
            named = sorted(holdings.named(tx, office.district))
    finally:
        settle(copy.database)
    whole = [digest for digest in named if office.files.fault(digest) is None]
    places = {f"{FILES}/{digest[:2]}/{digest}": path_of(office.files.folder, digest) for digest in whole}
    contents = {DATABASE: _stored(database), CHECKPOINT: Stored(sha256=_sha256(heads), size=len(heads))}
    contents |= {name: Stored(sha256=path.name, size=path.stat().st_size) for name, path in places.items()}
    manifest = Manifest(
        format=FORMAT,
        district=office.district,
        rehearsal=office.rehearsal,
        migration=SCHEMA,
        program=metadata.version("peijian"),
        made_at=office.now().isoformat(timespec="seconds"),
        contents=contents,
        findings=found,
    )
    _write(archive, manifest, heads, {DATABASE: database, **places})
    return manifest


def faults(office: Office, heads: dict[str, Any] | None = None) -> tuple[Finding, ...]:
    """What is wrong with the records, also where it is so much that they cannot be walked to the end."""
    try:
        return queries.verify(office, heads).findings
    except PeijianError as error:
        return (Finding(code=error.code, params=error.params),)


def settle(database: Database) -> None:
    """Close a database so that it is one file with nothing beside it."""
    database.close()
    database.engine.dispose()
    with closing(sqlite3.connect(str(database.path))) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _stored(path: Path) -> Stored:
    with path.open("rb") as file:
        return Stored(sha256=hashlib.file_digest(file, "sha256").hexdigest(), size=path.stat().st_size)


def _write(archive: Path, manifest: Manifest, heads: bytes, places: dict[str, Path]) -> None:
    listed = manifest.model_dump_json(indent=1).encode()
    with (
        open(archive, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out,
        tarfile.open(fileobj=out, mode="w") as tar,
    ):
        for name, content in ((MANIFEST, listed), (CHECKPOINT, heads)):
            _add(tar, name, len(content), io.BytesIO(content))
        for name, path in places.items():
            with path.open("rb") as file:
                _add(tar, name, os.fstat(file.fileno()).st_size, file)
        tar.close()
        out.flush()
        os.fsync(out.fileno())


def _add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)
