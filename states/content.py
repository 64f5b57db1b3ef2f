"""Files that go with an action or come out of a request, wherever they lie.

Nothing heavy at the top: a command line that sends a file away knows no models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

#: The largest file that comes with an action, in bytes.
MAX_ATTACHMENT = 50_000_000


@dataclass(frozen=True)
class Content:
    """The content of a file, wherever it lies: its SHA-256 as hexadecimal digits, its bytes, and how to read it."""

    sha256: str
    size: int
    opened: Callable[[], BinaryIO] = field(compare=False, repr=False)

    def read(self) -> bytes:
        with self.opened() as file:
            return file.read()

    @classmethod
    def of(cls, content: bytes) -> Content:
        return cls(hashlib.sha256(content).hexdigest(), len(content), lambda: BytesIO(content))
