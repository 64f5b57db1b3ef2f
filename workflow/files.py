"""Documents' files, stored by the SHA-256 of their content in a folder beside the database."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
from pathlib import Path
from typing import Literal

from states.errors import Invalid


def read_whole(path: Path, limit: int) -> bytes:
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


#: The disk is full, or what one may have of it is.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def unwritable(path: Path, error: OSError) -> Invalid:
    """What the system says of a file that cannot be written, as one of our errors."""
    code = "disk_full" if error.errno in _NO_ROOM else "file_unwritable"
    return Invalid(code, {"path": str(path)})


def _write(path: Path, content: bytes) -> None:
    """Durably and whole, or not at all."""
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def path_of(folder: Path, digest: str) -> Path:
    """Where a file lies in its folder."""
    return folder / digest[:2] / digest


class Files:
    """A folder of files named by their digests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, digest: str) -> Path:
        return path_of(self.folder, digest)

    def put(self, content: bytes) -> str:
        """Store durably; returns the digest. The same content again is the same file, made whole if it was not.

        Raises Invalid where the disk refuses it.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        # others may store the same at this moment, in other processes and in other threads
        partial = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(partial, content)
            partial.replace(path)
        except OSError as error:
            raise unwritable(path, error) from error
        return digest

    def get(self, digest: str) -> bytes:
        """The content, checked against its digest.

        Raises Invalid when it is missing or altered.
        """
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Invalid("file_missing_on_disk", {"path": str(path)}) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise Invalid("file_altered_on_disk", {"path": str(path)})
        return content

    def fault(self, digest: str) -> Literal["missing", "altered"] | None:
        """What is wrong with a stored file, which is read piece by piece; None where it is whole."""
        path = self._path(digest)
        try:
            if not _DIGEST.fullmatch(digest) or not path.is_file():
                return "missing"
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return "missing"
        return None if found == digest else "altered"

    def names(self) -> set[str]:
        """What lies in the folder, whole files and what a crash left of others."""
        return {path.name for path in self.folder.glob("*/*")}
