"""What is in the outbox: to be seen, and to be tried again by the administrator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from notifications import outbox, sources
from notifications.gather import in_hours
from notifications.sql import Row
from states.errors import Invalid, unknown
from workflow import accounts, held
from workflow.office import Office
from workflow.results import Finding, MessageLine
from workflow.transaction import Transaction

#: A scheduler that has not gone round for so long does not run.
_SILENCE = timedelta(minutes=15)


def listed(office: Office, refused: bool = False, account: str | None = None) -> list[MessageLine]:
    """The messages, newest last; only those that were refused, or only those to an account. Raises NotFound."""
    with office.database.transaction() as tx:
        if account is not None and not sources.is_account(tx, office.district, account):
            raise unknown("account", account, (name for _, name, _ in sources.people(tx, office.district)))
        found = outbox.messages(tx, office.district, refused)
    return [_line(row) for row in found if account in (None, row["recipient"])]


def _line(row: Row) -> MessageLine:
    return MessageLine(**{name: row[name] for name in MessageLine.model_fields})


def retry(office: Office, token: str | None, numbers: Sequence[int] | None) -> list[MessageLine]:
    """Queue refused messages again, those named or all of them; returns them.

    What went to an organisation without an account is given to whoever has one by now, and waits on while nobody has.
    What was for a channel that is gone goes into the recipient's next digest.
    Raises NotAllowed, NotFound.
    """
    with office.administration(token, "remind retry") as (tx, admin):
        accounts.administrator(admin)
        refused = {row["number"]: row for row in outbox.messages(tx, office.district, refused=True)}
        for number in numbers or ():
            if number not in refused:
                raise unknown("message", str(number), map(str, refused))
        chosen = [refused[number] for number in (refused if numbers is None else dict.fromkeys(numbers))]
        done = [row for row in chosen if _again(tx, office, row)]
        office.note(tx, admin, "remind retry", "done", {"messages": [row["number"] for row in done]})
    return [_line(row) for row in done]


def resume(office: Office, token: str | None) -> str:
    """Let messages leave again after a restore; returns since when they waited. Raises NotAllowed, Invalid."""
    with office.administration(token, "remind resume") as (tx, admin):
        accounts.administrator(admin)
        waited = held.since(tx, office.district)
        if waited is None:
            raise Invalid("nothing_held")
        held.hold(tx, office.district, None)
        office.note(tx, admin, "remind resume", "done", {})
    return waited


def _again(tx: Transaction, office: Office, message: Row) -> bool:
    """Whether the message has anywhere to go now."""
    if message["channel"] in office.rules(tx).channels:
        outbox.again(tx, office.district, message, office.now())
        return True
    if outbox.sent_beside(tx, office.district, message):
        return False
    people = (
        [message["recipient"]]
        if message["recipient"]
        else sources.of_house(tx, office.district, message["organisation"])
    )
    if people:
        outbox.readdress(tx, office.district, message, people, office.now())
    return bool(people)


def findings(office: Office) -> Iterator[Finding]:
    """What ``doctor`` says of the reminders: messages nobody got, and schedulers that do not run."""
    with office.database.transaction() as tx:
        refused = outbox.messages(tx, office.district, refused=True)
        beat, now = outbox.last_beat(tx, office.district), office.now()
        working, waits = in_hours(tx, office), held.since(tx, office.district)
    if waits:
        yield Finding(code="messages_held", params={"at": waits}, note=True)
    if refused:
        yield Finding(code="messages_refused", params={"number": len(refused)}, note=True)
    if beat and working and now - datetime.fromisoformat(beat) > _SILENCE:
        yield Finding(code="scheduler_silent", params={"at": beat}, note=True)
