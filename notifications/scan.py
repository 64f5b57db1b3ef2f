"""The first step of a pass: what is due becomes notices, each exactly once.

Duties are brought in line first; then every limit with a rung whose day has come leaves its notices and climbs to the
next rung; then news. A batch is one transaction: notices are put there under their key together with the step up the
ladder, so that any number of scans at once, and a crash at any point, queue each reminder once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from notifications import outbox, sources
from notifications.sql import NO_PROJECT, stamp
from policies.limits.duties import Due as DueDuty
from policies.limits.duties import due_duties
from policies.limits.ladder import Due, Reminder, due, reminders
from policies.limits.telling import Person, Recipient, newest_first, recipients
from states.rules import Rules
from workflow.database import Transaction
from workflow.office import Office

#: The rung of a notice that brings news.
NEWS = "news"

Row = dict[str, Any]


def scan(office: Office, stopping: Callable[[], bool]) -> int:
    """Take up all that is due and all news; returns how many limits and news that was."""
    _align_duties(office)
    found = 0
    for take in (_limits, _news):
        taken = sources.BATCH
        while taken == sources.BATCH and not stopping():
            taken = take(office)
            found += taken
    return found


def _limits(office: Office) -> int:
    """One batch of limits."""
    with office.writing() as tx:
        rows = sources.due_limits(tx, office.district, office.now().date().isoformat())
        if not rows:
            return 0
        telling = Telling.of(tx, office)
        outbox.put(tx, [notice for row in rows for notice in telling.of_limit(row)])
        sources.climb(tx, office.district, ((row, telling.ladder_of(row).next_on) for row in rows))
    return len(rows)


def _news(office: Office) -> int:
    """One batch of news."""
    with office.writing() as tx:
        rows = sources.untold(tx, office.district)
        if not rows:
            return 0
        telling = Telling.of(tx, office)
        outbox.put(tx, [notice for row in rows for notice in telling.of_news(row)])
        sources.mark_told(tx, office.district, rows)
    return len(rows)


# -- who is told of what -------------------------------------------------------------------------------


@dataclass
class Telling:
    """Due limits and news to notices, at one moment. What many rows share is found out once."""

    district: str
    rules: Rules
    people: dict[str, list[Person]]
    today: str
    created_at: str
    groups: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = groups(self.rules)
        warnings = {limit.code: limit.warn_days for limit in self.rules.limits}
        ladder = cache(lambda *facts: reminders(facts[0], facts[1], self.rules, facts[2]))
        climbed = cache(lambda since, *facts: due(ladder(*facts), since, self.today))
        self.ladder_of: Callable[[Any], Due] = lambda row: _on(row, warnings, climbed)
        self.told: Callable[..., tuple[Recipient, ...]] = cache(
            lambda to, party, lead: recipients(to, party, lead, self.people, self.groups, self.rules, self.today)
        )

    @classmethod
    def of(cls, tx: Transaction, office: Office) -> Telling:
        people = defaultdict(list)
        for organisation, account, level in sources.people(tx, office.district):
            people[organisation].append(Person(account, level))
        now = office.now()
        return cls(office.district, office.rules(tx), people, now.date().isoformat(), stamp(now))

    def of_limit(self, row: Any) -> Iterator[Row]:
        """A notice for everybody whom a rung names that has come; skipped for whom a newer one tells the same."""
        party, lead = row[6:8]
        named = newest_first(self.ladder_of(row).come, lambda rung: self.told(rung.to, party, lead))
        for rung, one, superseded in named:
            yield self.notice(row, rung, one, *(("skipped", "superseded") if superseded else ("waiting", None)))

    def ahead(self, row: Any, until: str) -> Iterator[Row]:
        """The notices that are to come by ``until``, as things stand."""
        party, lead = row[6:8]
        for rung in self.ladder_of(row).ahead:
            if rung.on <= until:
                yield from (self.notice(row, rung, one) for one in self.told(rung.to, party, lead))

    def notice(
        self, row: Any, rung: Reminder, one: Recipient, status: str = "waiting", reason: str | None = None
    ) -> Row:
        subject, code, stage, visit, round_, concern, _, _, _, due_on, _ = row
        return {
            "district": self.district, "subject": subject, "code": code, "stage": stage, "visit": visit,
            "round": round_, "concern": concern, "due_on": due_on, "rung": rung.code,
            "organisation": one.organisation, "recipient": one.account, "form": rung.form, "planned_on": rung.on,
            "created_at": self.created_at, "digest_on": None, "status": status, "reason": reason,
        }  # fmt: skip

    def of_news(self, row: Row) -> Iterator[Row]:
        """A notice for those who are told of news, in time until the working day after."""
        day = row["recorded_at"][:10]
        planned_on = self.rules.calendar.later(day, 1)
        rung = Reminder(NEWS, planned_on, self.rules.reminders.announce_to, NEWS)
        key = (row["subject"], row["kind"], row["stage"], 0, 0, outbox.news_concern(row["entry"], row["number"]))
        for body in json.loads(row["organisations"]):
            told = self.told(rung.to, body, body)
            yield from (self.notice((*key, body, body, day, day, None), rung, one) for one in told)


def _on(row: Any, warnings: dict[str, int | None], climbed: Callable[..., Due]) -> Due:
    """Where a limit stands on its ladder; nowhere while its clock is stopped."""
    _, code, _, _, _, _, _, _, started_on, due_on, remind_on = row
    return climbed(remind_on, started_on, due_on, warnings.get(code)) if due_on else Due()


def groups(rules: Rules) -> frozenset[str]:
    """The organisations that have a group to be told in."""
    return frozenset(body for channel in rules.channels.values() for body in getattr(channel, "robots", ()))


# -- duties --------------------------------------------------------------------------------------------


def _align_duties(office: Office) -> None:
    """Let run as limits exactly the duties in sight that nobody reported done."""
    with office.database.transaction() as tx:
        if duty_rows(tx, office) == ([], []):
            return
    with office.writing(alone=True) as tx:
        sources.replace_limits(tx, *duty_rows(tx, office))


def duty_rows(tx: Transaction, office: Office, until: str | None = None) -> tuple[list[Row], list[Row]]:
    """The running limits of duties that are to go, and those that are to come, by ``until`` (today)."""
    rules, day = office.rules(tx), until or office.now().date().isoformat()
    done = sources.duties_done(tx, office.district)
    duties = due_duties(rules, sources.installed_on(tx, office.district), day)
    wanted = {(d.code, d.organisation, d.period, d.due_on): d for d in duties}
    wanted = {key: duty for key, duty in wanted.items() if key[:3] not in done}
    present = sources.duties(tx, office.district)
    gone = [_key(office.district, *key[:3]) for key in sorted(present - wanted.keys())]
    return gone, [_limit(office.district, duty, rules) for key, duty in wanted.items() if key not in present]


def _key(district: str, code: str, organisation: str, period: str) -> Row:
    return {
        "district": district, "subject": NO_PROJECT, "code": code, "stage": "", "visit": 0, "round": 0,
        "concern": f"{period}/{organisation}",
    }  # fmt: skip


def _limit(district: str, duty: DueDuty, rules: Rules) -> Row:
    ladder = reminders(duty.started_on, duty.due_on, rules)
    return {
        **_key(district, duty.code, duty.organisation, duty.period), "party": duty.organisation,
        "lead": "", "started_on": duty.started_on, "due_on": duty.due_on,
        "provisional": int(rules.calendar.provisional(duty.started_on, duty.due_on)),
        "remind_on": ladder[0].on if ladder else None,
    }  # fmt: skip
