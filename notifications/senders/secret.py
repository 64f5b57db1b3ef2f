"""Secrets, read when they are needed and held by nobody but the sender.

They come from the environment or from a file that others cannot read. Neither a complaint nor a log has more of them
than the place where they were looked for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from notifications.senders.base import Deferred

_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is: the environment variable ``variable``, or else the file ``path``."""

    #: never shown: it holds secrets
    environment: Mapping[str, str] = field(repr=False)
    variable: str | None
    path: Path | None

    def read(self) -> str:
        """The secret. Raises Deferred: channel_secret_missing, channel_secret_open, channel_secret_unusable."""
        place = self.variable or str(self.path or "")
        text = self.environment.get(self.variable, "") if self.variable else self._content()
        if not text.strip():
            raise Deferred("channel_secret_missing", place)
        if not (text.strip().isascii() and text.strip().isprintable()):
            raise Deferred("channel_secret_unusable", place)
        return text.strip()

    def _content(self) -> str:
        if self.path is None:
            return ""
        try:
            with self.path.open("rb") as file:
                # group members may read it (a service's own group), the rest of the world may not
                if os.name == "posix" and os.fstat(file.fileno()).st_mode & (stat.S_IRWXO | stat.S_IWGRP):
                    raise Deferred("channel_secret_open", str(self.path))
                return file.read(_MAX_BYTES).decode("utf-8", errors="replace")
        except OSError as error:
            raise Deferred("channel_secret_missing", f"{self.path} ({error.strerror})") from error


def hidden(text: str, *secrets: str | None) -> str:
    """A server's answer without the secrets that it may have repeated."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return text
