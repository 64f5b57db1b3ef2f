"""Backups for the tests: made, opened again, and spoilt."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from alembic.config import Config
from servers import Server
from world import EDUCATION, HOUSING, World, circulate, letter

from states.project import Stage
from workflow import administration, backup, restore
from workflow.database import Database
from workflow.results import Restored

Members = list[tuple[tarfile.TarInfo, bytes]]


def archived(world: World, name: str = "b.tar") -> Path:
    target = world.path.parent / name
    backup.backup(world.office, world.tokens["admin"], target)
    return target


def restored(source: Path, target: Path | str, world: World) -> Restored:
    """``target``: a file, or the address of a database of a server."""
    return restore.restore(source, _address(target), world.config, world.moment)


def _address(target: Path | str) -> str:
    return target if isinstance(target, str) else f"sqlite:///{target}"


def opened(target: Path | str, world: World, server: Server | None = None) -> World:
    """A restored office, as the world that it was made from sees it; ``server``: where it lies on one."""
    office = administration.open_office(_address(target), world.config)
    path = world.path if isinstance(target, str) else target
    other = World(path, world.config, office, world.tokens, world.moment, server=server, url=_address(target))
    other.office.now = lambda: other.moment
    return other


def rewritten(archive: Path, alter: Callable[[dict[str, bytes]], None] = lambda _: None, **said: Any) -> Path:
    """An archive whose manifest fits what was made of its contents: only the records themselves can tell."""
    with tarfile.open(archive) as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]
    manifest = json.loads(members.pop("manifest.json"))
    alter(members)
    sums = {n: {"sha256": hashlib.sha256(c).hexdigest(), "size": len(c)} for n, c in members.items()}
    manifest |= {"contents": sums} | said
    found = archive.with_name("rewritten.tar")
    pack(found, [(info(name), content) for name, content in members.items()] + [listed(manifest)])
    return found


def listed(manifest: Any) -> tuple[tarfile.TarInfo, bytes]:
    return info("manifest.json"), json.dumps(manifest).encode()


def info(name: str, **fields: Any) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(found, field, value)
    return found


def pack(path: Path, members: Members, mode: str = "w") -> None:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for member, content in members:
            member.size = len(content) if member.type == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(content))


def unpacked(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        return [(info(m.name), tar.extractfile(m).read()) for m in tar]  # type: ignore[union-attr]


def altered(statement: str) -> Callable[[dict[str, bytes]], None]:
    def alter(members: dict[str, bytes]) -> None:
        with closing(sqlite3.connect(":memory:")) as db:
            db.deserialize(members["database.db"])
            assert db.execute(statement).rowcount > 0
            db.commit()
            members["database.db"] = db.serialize()

    return alter


def aged(migration: str) -> Callable[[dict[str, bytes]], None]:
    """The database as an older program made it."""

    def alter(members: dict[str, bytes]) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(administration.__file__).parent / "migrations"))
        with TemporaryDirectory() as folder:
            path = Path(folder, "older.db")
            path.write_bytes(members["database.db"])
            old = Database(str(path))
            with old.engine.begin() as connection:
                config.attributes["connection"] = connection
                command.downgrade(config, migration)
            old.engine.dispose()
            members["database.db"] = path.read_bytes()

    return alter


def holding_files(office_at: Callable[[str], World]) -> World:
    """An office whose case holds the file of the agreement and the scan of a letter."""
    world = office_at(Stage.PRESALE)
    circulate(world)
    world.do(HOUSING, "sign", **letter(world, EDUCATION))
    return world
