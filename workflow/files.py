"""Documents' files, stored by the SHA-256 of their content in a folder beside the database."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from pathlib import Path
from shutil import copyfileobj
from threading import get_ident
from typing import Any, BinaryIO, Literal, Protocol

from states.content import MAX_ATTACHMENT, Content
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


def attached(name: str, path: Path) -> dict[str, Any]:
    """A file as the attachment of an action takes it. Raises Invalid where it cannot be read, or is too large."""
    return {"name": name, "content": content_of(path, MAX_ATTACHMENT)}


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


#: The disk is full, or what one may have of it is.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def unwritable(path: Path, error: OSError) -> Invalid:
    """What the system says of a file that cannot be written, as one of our errors."""
    code = "disk_full" if error.errno in _NO_ROOM else "file_unwritable"
    return Invalid(code, {"path": str(path)})


def _write(path: Path, content: Content) -> None:
    """Durably, whole and as it was when its digest was taken, or not at all. Raises OSError or Conflict."""
    try:
        with content.opened() as source, path.open("wb") as file:
            copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
        if _sha256_of(path) != content.sha256:
            raise Conflict("changed_meanwhile")
    except (OSError, Conflict):
        path.unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """Make the name of a new file durable, where a folder can be waited for."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


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

        Raises Invalid where the disk refuses it, Conflict where it is no longer what its digest says.
        """
        path = self._path(content.sha256)
        # others may store the same at this moment, in other processes and in other threads
        part = path.with_suffix(f".{os.getpid()}.{get_ident()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(part, content)
            part.replace(path)
            _settle(path.parent)
        except OSError as error:
            raise unwritable(path, error) from error

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
