"""What every sender is given and how it answers.

``send`` returns when the other side has taken the message over; everything else is one of two exceptions, because the
outbox can only do two things: give up and show it, or try again. Delivery is *at least once*: where the answer got
lost, the message may have arrived and is sent again under the same id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from states.errors import Invalid


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient.

    ``id`` is the Message-ID without angle brackets, the same at every attempt; ``recipient`` an account's name, or an
    organisation's id for a group robot; ``name`` the recipient as people read it; ``address`` a person's mailbox;
    ``brief`` the only lines that may leave the office by instant message (project number, what is due, when); ``data``
    what a webhook gets; ``created_at`` is aware.
    """

    id: str
    recipient: str
    name: str
    address: str | None
    subject: str
    text: str
    html: str
    brief: tuple[str, ...]
    data: Mapping[str, Any]
    created_at: datetime


class Undelivered(Exception):
    """The message was not taken over. ``code`` is for programs, ``text`` what the other side said.

    Codes that begin with ``channel_`` speak of the channel itself: every message through it will fare alike.
    """

    def __init__(self, code: str, text: str = "") -> None:
        self.code, self.text = code, printable(text)[:300]
        super().__init__(self.reason)

    @property
    def reason(self) -> str:
        """Code and text in one line."""
        return f"{self.code}: {self.text}" if self.text else self.code


class Refused(Undelivered):
    """For good: the same message would be refused again, so it is parked and shown."""


class Deferred(Undelivered):
    """For now: try again, not before ``retry_after`` seconds where the other side asked for that."""

    def __init__(self, code: str, text: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, text)
        self.retry_after = retry_after


class Sender(Protocol):
    """A channel at work. One thread at a time; ``close`` may be called twice."""

    def send(self, message: Message) -> None:
        """Returns once the message is accepted. Raises Refused, Deferred."""

    def check(self) -> None:
        """Try everything short of sending a message. Raises Invalid with a code ``channel_…``."""

    def close(self) -> None:
        """Let go of connections."""


def printable(text: str) -> str:
    """A text as one line without anything that steers: no control characters, no separators of lines."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@contextmanager
def as_invalid(place: str) -> Iterator[None]:
    """What fails inside, as the fault of a channel at ``place`` (a server, a folder). Raises Invalid."""
    try:
        yield
    except Undelivered as error:
        raise Invalid(error.code, {"place": place, "problem": error.text}) from error
