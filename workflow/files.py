"""Documents' files, stored by the SHA-256 of their content in a folder beside the database."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from shutil import copyfileobj
from threading import get_ident
from typing import BinaryIO, Literal, Protocol

from states.actions.base import Content
from states.errors import Conflict, Invalid


class GivenFile(Protocol):
    """A file that somebody brought: a path, or what came over the network under the name it has elsewhere."""

    def __str__(self) -> str: ...

    @property
    def suffix(self) -> str: ...

    def is_file(self) -> bool: ...

    def open(self, mode: Literal["rb"]) -> BinaryIO: ...


class Unfit(Invalid):
    """A file that somebody brought is not as it must be; of our own configuration the same is said as Invalid."""


def read_whole(path: GivenFile, limit: int) -> bytes:
    """The content of a regular file of at most ``limit`` bytes.

    Raises Invalid for anything else: a device or a pipe may have no end.
    """
    place: dict[str, object] = {"path": str(path)}
    try:
        if not path.is_file():
            raise Invalid("file_unreadable", place)
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise Invalid("file_unreadable", place) from error
    if len(content) > limit:
        raise Invalid("file_too_large", {**place, "limit": limit})
    return content


def content_of(path: Path, limit: int) -> Content:
    """A regular file of at most ``limit`` bytes, read once for its digest. Raises Invalid for anything else."""
    place: dict[str, object] = {"path": str(path)}
    try:
        if not path.is_file():
            raise Invalid("file_unreadable", place)
        if path.stat().st_size > limit:
            raise Invalid("file_too_large", {**place, "limit": limit})
        return Content(_sha256_of(path), path.stat().st_size, lambda: path.open("rb"))
    except OSError as error:
        raise Invalid("file_unreadable", place) from error


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_DIGEST = re.compile(r"[0-9a-f]{64}")


def path_of(folder: Path, digest: str) -> Path:
    """Where a file lies in its folder."""
    return folder / digest[:2] / digest


class Files:
    """A folder of files named by their digests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, digest: str) -> Path:
        return path_of(self.folder, digest)

    def put(self, content: Content) -> None:
        """Store durably, piece by piece. The same content again is the same file, made whole if it was not.

        Raises Conflict where the file is no longer what it was when its digest was taken.
        """
        path = self._path(content.sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}-{get_ident()}.part")
        with content.opened() as source, part.open("wb") as file:
            copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
        if _sha256_of(part) != content.sha256:
            part.unlink()
            raise Conflict("changed_meanwhile")
        part.replace(path)

    def get(self, digest: str) -> Content:
        """The content, checked against its digest. Raises Invalid when it is missing or altered."""
        path = self._path(digest)
        if fault := self.fault(digest):
            raise Invalid(f"file_{fault}_on_disk", {"path": str(path)})
        return Content(digest, path.stat().st_size, lambda: path.open("rb"))

    def fault(self, digest: str) -> Literal["missing", "altered"] | None:
        """What is wrong with a stored file, which is read piece by piece; None where it is whole."""
        path = self._path(digest)
        try:
            if not _DIGEST.fullmatch(digest) or not path.is_file():
                return "missing"
            found = _sha256_of(path)
        except OSError:
            return "missing"
        return None if found == digest else "altered"

    def names(self) -> set[str]:
        """What lies in the folder, whole files and what a crash left of others."""
        return {path.name for path in self.folder.glob("*/*")}
