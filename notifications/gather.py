"""The second step of a pass: what waits for a recipient becomes one digest, at most one a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from notifications import outbox
from notifications.sql import Row, stamp
from policies.limits.ladder import NEWS
from policies.limits.telling import open_for_messages
from states.channels import WeCom
from states.rules import Rules
from workflow.office import Office
from workflow.transaction import Transaction


def gather(office: Office, stopping: Callable[[], bool]) -> int:
    """Make the digests of today, in the office's hours; returns for how many recipients there was one."""
    with office.database.transaction() as tx:
        found = outbox.expecting(tx, office.district) if in_hours(tx, office) else []
    return sum(_gathered(office, *recipient) for recipient in found if not stopping())


def in_hours(tx: Transaction, office: Office) -> bool:
    now = office.now()
    return open_for_messages(now.date().isoformat(), f"{now:%H:%M}", office.rules(tx))


def _gathered(office: Office, organisation: str, recipient: str) -> bool:
    """The messages of a recipient's digest and the notices they carry are one transaction, and numbered one by one."""
    now = office.now()
    day = now.date().isoformat()
    with office.writing(alone=True) as tx:
        alive = drop(tx, office.district, outbox.waiting(tx, office.district, organisation, recipient))
        if not alive or outbox.has_message(tx, office.district, organisation, recipient, day):
            return False
        for channel in channels(office.rules(tx), organisation, recipient) or ("",):
            message = _message(office.district, organisation, recipient, channel, day, stamp(now))
            if not outbox.queue(tx, office.district, message):
                return False
        outbox.settle(tx, office.district, alive, "digested", None, day)
    return True


def channels(rules: Rules, organisation: str, recipient: str) -> tuple[str, ...]:
    """By which channels a recipient is told: an account by those to persons, an organisation by its robots."""

    def leads_there(channel: Any) -> bool:
        return organisation in channel.robots and not recipient if isinstance(channel, WeCom) else bool(recipient)

    return tuple(name for name, channel in rules.channels.items() if leads_there(channel))


def _message(district: str, organisation: str, recipient: str, channel: str, day: str, now: str) -> Row:
    """A message to nowhere is refused at once, so that it is seen."""
    nowhere = None if channel else "no_channel" if recipient else "no_account"
    key = "/".join((district, organisation, recipient, channel, day))
    return {
        "organisation": organisation, "recipient": recipient, "channel": channel, "day": day,
        "message_id": f"{hashlib.sha256(key.encode()).hexdigest()[:40]}@{district}.peijian.invalid",
        "status": "refused" if nowhere else "queued", "reason": nowhere, "next_at": now, "created_at": now,
    }  # fmt: skip


# -- what is still true --------------------------------------------------------------------------------


def drop(tx: Transaction, district: str, notices: list[Row], reached: bool = False) -> list[Row]:
    """The notices that still say what is; the others are skipped, each for its reason.

    ``reached``: the others stay as they are, since they have come to their recipient by another way.
    """
    reasons = [(notice, outdated(notice)) for notice in notices]
    for notice, reason in reasons:
        if reason and not reached:
            outbox.settle(tx, district, [notice], "skipped", reason, None)
    return [notice for notice, reason in reasons if reason is None]


def outdated(notice: Row) -> str | None:
    """Why nobody needs to be told any more; None where the notice still holds. Pure.

    Of one limit only the newest reminder holds.
    """
    if notice["rung"] == NEWS:
        return None
    if not notice["runs"]:
        return "met"
    if notice["rests"] or notice["runs_until"] is None:
        return "suspended"
    if notice["runs_until"] != notice["due_on"]:
        return "changed"
    return "superseded" if notice["superseded"] else None
