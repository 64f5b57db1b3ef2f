"""Messages as ``.eml`` files in a folder: works out of the box, and every mail program opens them.

A file is whole or not there. Its name follows from the message, so that a second attempt overwrites its own file and
no other.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from notifications.senders.base import Deferred, Message, as_invalid
from notifications.senders.letter import letter
from states.channels import is_mailbox
from workflow.clock import ZONE

#: No such domain can ever exist (RFC 2606), so nobody answers into a stranger's mailbox.
_NOWHERE = "peijian.invalid"


class FolderSender:
    """Writes each message into a folder, which it makes. An address is not needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> None:
        address = message.address or f"{_mailbox(message.recipient)}@{_NOWHERE}"
        content = letter(message, "peijian", f"peijian@{_NOWHERE}", address).as_bytes()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(self._folder / file_name(message), content)
        except OSError as error:
            raise Deferred("channel_folder", f"{self._folder} ({error.strerror})") from error

    def check(self) -> None:
        # nothing is made: whoever only looks leaves no trace
        nearest = next(path for path in (self._folder, *self._folder.absolute().parents) if path.exists())
        with as_invalid(str(self._folder)):
            try:
                with tempfile.TemporaryFile(dir=nearest):
                    pass
            except OSError as error:
                raise Deferred("channel_folder", error.strerror or "") from error

    def close(self) -> None:
        """Nothing stays open between two messages."""


def file_name(message: Message) -> str:
    """Day in Asia/Shanghai, recipient, and what makes the name the message's own."""
    day = message.created_at.astimezone(ZONE).date().isoformat()
    recipient = re.sub(r"[^\w-]+", "_", message.recipient.encode("utf-8", "replace").decode())[:40] or "_"
    return f"{day}_{recipient}_{_digest(message.id)}.eml"


def _mailbox(recipient: str) -> str:
    return recipient if is_mailbox(f"{recipient}@{_NOWHERE}") else _digest(recipient)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:20]


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, also when the power fails."""
    handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
