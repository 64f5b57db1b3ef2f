"""Reminders in a rehearsal: a real pass whose messages are caught, and what they say."""

from __future__ import annotations

from notifications.passing import run_pass
from notifications.senders import Message, Sender
from states.channels import AnyChannel
from workflow.office import Office


class _Caught:
    """A channel that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        self.messages.append(message)

    def check(self) -> None:
        """It always works."""

    def close(self) -> None:
        """It holds nothing open."""


def went_out(office: Office, case: str | None) -> tuple[str, ...]:
    """Go round once; returns what was told of the limits of a case, as ``account limit[:concern] due day``."""
    caught = _Caught()

    def opened(name: str, channel: AnyChannel) -> Sender:
        return caught

    run_pass(office, opened)
    told = (
        f"{message.recipient} {item['code']}{':' if item['concern'] else ''}{item['concern']} {item['due_on']}"
        for message in caught.messages
        for item in message.data["items"]
        if (item["kind"], item["subject"]) == ("limit", case)
    )
    return tuple(dict.fromkeys(told))
