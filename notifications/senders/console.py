"""Messages on a stream, for a look at what would go out."""

from __future__ import annotations

import sys
from typing import TextIO

from notifications.senders.base import Deferred, Message, as_invalid, printable


class ConsoleSender:
    """Prints each message; to stderr, where data on stdout is not disturbed, unless told otherwise."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, message: Message) -> None:
        to = f"{message.name} <{message.address}>" if message.address else message.name
        # line by line: a message must not move the cursor of whoever reads it
        lines = [f"-> {to}", message.subject, *message.text.splitlines(), ""]
        self._print("\n".join(printable(line) if line.strip() else "" for line in lines) + "\n")

    def check(self) -> None:
        with as_invalid("console"):
            self._print("")

    def close(self) -> None:
        """The stream is not ours."""

    def _print(self, text: str) -> None:
        stream = self._stream or sys.stderr
        legible = text.encode(stream.encoding or "utf-8", "replace").decode(stream.encoding or "utf-8")
        try:
            stream.write(legible)
            stream.flush()
        except (OSError, ValueError) as error:
            raise Deferred("channel_console", str(error)) from error
