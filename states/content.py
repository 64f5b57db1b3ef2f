"""Files that go with an action or come out of a request, wherever they lie.

Nothing heavy at the top: a command line that sends a file away knows no models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

#: The largest file that comes with an action, in bytes.
MAX_ATTACHMENT = 50_000_000


class Content:
    """The content of a file, wherever it lies: its SHA-256 as hexadecimal digits, its bytes, and how to read it.

    No dataclass, so that a model takes it as it is.
    """

    def __init__(self, sha256: str, size: int, opened: Callable[[], BinaryIO]) -> None:
        self.sha256, self.size, self.opened = sha256, size, opened

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def read(self) -> bytes:
        with self.opened() as file:
            return file.read()

    @classmethod
    def of(cls, content: bytes) -> Content:
        return cls(hashlib.sha256(content).hexdigest(), len(content), lambda: BytesIO(content))
