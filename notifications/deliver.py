"""The third step of a pass: each queued message is claimed, sent, and marked, one after the other.

Sending happens outside any transaction. Whoever sends holds the message for a while and marks it only while nobody else
has claimed it since; whoever dies between sending and marking leaves it to be sent again, under the same Message-ID.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from notifications import outbox, sources
from notifications.digest import Digest, render
from notifications.gather import drop, in_hours
from notifications.items import items_of
from notifications.senders import Deferred, Message, Refused, Sender
from notifications.sql import Row, stamp
from states.channels import AnyChannel
from states.rules import Rules
from views.names import Names
from workflow.office import Office
from workflow.transaction import Transaction

#: Opens a channel by its name.
Opener = Callable[[str, AnyChannel], Sender]
#: What is put off for so long and so often is given up, and shown.
_PATIENCE, _TRIES = timedelta(days=3), 8
_LONGEST_BACK_OFF = 60

#: How to make a message, or why it is not sent.
Letter = Callable[[], Message] | str
Marks = dict[str, str | None]


class Outcome(NamedTuple):
    """What became of a message, as it is counted and marked; ``channel_fails``: all others would fare alike."""

    became: str
    marks: Marks
    channel_fails: bool = False


def deliver(office: Office, opener: Opener, stopping: Callable[[], bool]) -> Counter[str]:
    """Send what is queued, in the office's hours; returns how many messages were sent, deferred, refused, skipped."""
    with office.database.transaction() as tx:
        configured = dict(office.rules(tx).channels)
    with office.writing() as tx:
        outbox.strand(tx, office.district, configured)
    counts: Counter[str] = Counter()
    for name, channel in configured.items():
        sender: Sender | None = None
        try:
            while not stopping() and (claimed := _claimed(office, name)):
                sender = sender or opener(name, channel)
                outcome = _sent(office, sender, *claimed)
                counts[outcome.became] += 1
                if outcome.channel_fails:
                    break
        finally:
            if sender:
                sender.close()
    return counts


def _claimed(office: Office, channel: str) -> tuple[Row, Letter] | None:
    """The next message with something to tell, and how to make it."""
    by = f"{socket.gethostname()}:{os.getpid()}"
    with office.writing() as tx:
        if not in_hours(tx, office):
            return None
        message = outbox.claim(tx, office.district, channel, office.now(), by)
        return (message, _letter(tx, office, message)) if message else None


def _sent(office: Office, sender: Sender, message: Row, letter: Letter) -> Outcome:
    """Send one message and mark it."""
    outcome = _tried(office, sender, message, letter)
    with office.writing() as tx:
        outbox.mark(tx, office.district, message, **outcome.marks)
    return outcome


def _tried(office: Office, sender: Sender, message: Row, letter: Letter) -> Outcome:
    if isinstance(letter, str):
        return Outcome("skipped", {"status": "skipped", "reason": letter})
    try:
        sender.send(letter())
    except Refused as error:
        return _refused(error.reason)
    except Deferred as error:
        return _deferred(message, error, office.now())
    except Exception as error:  # one message that cannot be made or sent must not hold up all others
        return _refused(f"failed: {type(error).__name__}: {error}"[:300])
    return Outcome("sent", {"status": "sent", "reason": None, "sent_at": stamp(office.now())})


def _refused(reason: str) -> Outcome:
    return Outcome("refused", {"status": "refused", "reason": reason})


def _deferred(message: Row, error: Deferred, now: datetime) -> Outcome:
    waited = now - datetime.fromisoformat(message["created_at"])
    if waited > _PATIENCE and message["attempts"] >= _TRIES:
        return _refused(f"gave_up: {error.reason}")
    wait = max(back_off(message["message_id"], message["attempts"]), timedelta(seconds=error.retry_after or 0))
    next_at = stamp(now + min(wait, outbox.LONGEST_WAIT))
    marks: Marks = {"status": "queued", "reason": error.reason, "next_at": next_at}
    return Outcome("deferred", marks, channel_fails=error.code.startswith("channel_"))


def back_off(message_id: str, attempts: int) -> timedelta:
    """1, 2, 4 … 60 minutes after so many attempts, and up to a quarter more: not all come back at once. Pure."""
    minutes = min(2 ** min(attempts - 1, 10), _LONGEST_BACK_OFF)
    drawn = int.from_bytes(hashlib.sha256(f"{message_id} {attempts}".encode()).digest()[:2])
    return timedelta(minutes=minutes * (1 + drawn / (1 << 18)))


# -- the message itself --------------------------------------------------------------------------------


def _letter(tx: Transaction, office: Office, message: Row) -> Letter:
    """How to make the message, from what is true now; or why it is not sent."""
    rules, now = office.rules(tx), office.now()
    mailbox, is_open = (
        sources.address(tx, office.district, message["recipient"]) if message["recipient"] else (None, True)
    )
    reached = outbox.sent_beside(tx, office.district, message)
    notices = outbox.digested(tx, office.district, message)
    if not is_open:
        if not reached:
            outbox.hand_on(tx, office.district, message, sources.of_house(tx, office.district, message["organisation"]))
        return "account_closed"
    alive = drop(tx, office.district, notices, reached=reached)
    if not alive:
        return "nothing_left"
    return lambda: _rendered(message, alive, mailbox, rules, now.date().isoformat())


def _rendered(message: Row, notices: list[Row], mailbox: str | None, rules: Rules, day: str) -> Message:
    recipient = message["recipient"] or message["organisation"]
    name = message["recipient"] or Names(rules, day).organisation(recipient)
    projects = {notice["subject"]: notice["project"] or "" for notice in notices}
    items = items_of(notices, projects, rules, day)
    digest = Digest(recipient, name, message["organisation"], day, items)
    subject, text, html, brief, data = render(digest, rules, rules.language)
    created_at = datetime.fromisoformat(message["created_at"])
    return Message(message["message_id"], recipient, name, mailbox, subject, text, html, brief, data, created_at)
