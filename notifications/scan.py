"""The first step of a pass: what is due becomes notices, each exactly once.

Duties are brought in line first; then every limit with a rung whose day has come leaves its notices and climbs to the
next rung; then news. A batch is one transaction: notices are put there under their key together with the step up the
ladder, so that any number of scans at once, and a crash at any point, queue each reminder once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache

from notifications import outbox, sources
from notifications.sources import DueLimit
from notifications.sql import NO_PROJECT, Row, stamp
from policies.limits.duties import DueDuty, concern_of, due_duties
from policies.limits.ladder import NEWS, Place, Reminder, place, reminders
from policies.limits.telling import Person, Recipient, newest_first, recipients
from states.rules import Rules
from workflow import duties
from workflow.office import Office
from workflow.transaction import Transaction


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
        telling = Telling(tx, office)
        outbox.put(tx, [notice for row in rows for notice in telling.of_limit(row)])
        sources.climb(tx, office.district, ((row, telling.place_of(row).next_on) for row in rows))
    return len(rows)


def _news(office: Office) -> int:
    """One batch of news."""
    with office.writing() as tx:
        rows = sources.untold(tx, office.district)
        if not rows:
            return 0
        telling = Telling(tx, office)
        outbox.put(tx, [notice for row in rows for notice in telling.of_news(row)])
        sources.mark_told(tx, office.district, rows)
    return len(rows)


# -- who is told of what -------------------------------------------------------------------------------


class Telling:
    """Due limits and news to notices, at one moment. What many limits share is found out once."""

    def __init__(self, tx: Transaction, office: Office) -> None:
        now, rules, people = office.now(), office.rules(tx), defaultdict(list)
        for organisation, account, level in sources.people(tx, office.district):
            people[organisation].append(Person(account, level))
        told_in = groups(rules)
        today = self.today = now.date().isoformat()
        self._district, self._rules, self._created_at = office.district, rules, stamp(now)
        self._warnings = {limit.code: limit.warn_days for limit in rules.limits}
        ladder = cache(lambda started_on, due_on, warn_days: reminders(started_on, due_on, rules, warn_days))
        self._place = cache(lambda since, *facts: place(ladder(*facts), since, today))
        self._told = cache(lambda to, party, lead: recipients(to, party, lead, people, told_in, rules, today))

    def place_of(self, limit: DueLimit) -> Place:
        """Where a limit stands on its ladder; nowhere while its clock is stopped."""
        facts = limit.started_on, limit.due_on, self._warnings.get(limit.code)
        return self._place(limit.remind_on, *facts) if limit.due_on else Place()

    def of_limit(self, limit: DueLimit) -> Iterator[Row]:
        """A notice for everybody whom a rung names that has come; skipped for whom a newer one tells the same."""
        named = newest_first(self.place_of(limit).come, lambda rung: self._told(rung.to, limit.party, limit.lead))
        for rung, one, superseded in named:
            yield self._notice(limit, rung, one, *(("skipped", "superseded") if superseded else ("waiting", None)))

    def ahead(self, limit: DueLimit, until: str) -> Iterator[Row]:
        """The notices that are to come by ``until``, as things stand."""
        for rung in self.place_of(limit).ahead:
            if rung.on <= until:
                told = self._told(rung.to, limit.party, limit.lead)
                yield from (self._notice(limit, rung, one) for one in told)

    def of_news(self, row: Row) -> Iterator[Row]:
        """A notice for those who are told of news, in time until the working day after."""
        day = row["recorded_at"][:10]
        rung = Reminder(NEWS, self._rules.calendar.later(day, 1), self._rules.reminders.announce_to, NEWS)
        concern = outbox.news_concern(row["entry"], row["number"])
        for body in json.loads(row["organisations"]):
            about = DueLimit(row["subject"], row["kind"], row["stage"], 0, 0, concern, body, body, day, day, None)
            yield from (self._notice(about, rung, one) for one in self._told(rung.to, body, body))

    def _notice(
        self, limit: DueLimit, rung: Reminder, one: Recipient, status: str = "waiting", reason: str | None = None
    ) -> Row:
        return {
            "district": self._district, "subject": limit.subject, "code": limit.code, "stage": limit.stage,
            "visit": limit.visit, "round": limit.round, "concern": limit.concern, "due_on": limit.due_on,
            "rung": rung.code, "organisation": one.organisation, "recipient": one.account, "form": rung.form,
            "planned_on": rung.on, "created_at": self._created_at, "digest_on": None, "status": status,
            "reason": reason,
        }  # fmt: skip


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
    done = duties.reported(tx, office.district)
    in_sight = due_duties(rules, duties.installed_on(tx, office.district), day)
    wanted = {(d.code, d.organisation, d.period, d.due_on): d for d in in_sight}
    wanted = {key: duty for key, duty in wanted.items() if key[:3] not in done}
    present = sources.duties(tx, office.district)
    gone = [_key(office.district, *key[:3]) for key in sorted(present - wanted.keys())]
    return gone, [_limit(office.district, duty, rules) for key, duty in wanted.items() if key not in present]


def _key(district: str, code: str, organisation: str, period: str) -> Row:
    return {
        "district": district, "subject": NO_PROJECT, "code": code, "stage": "", "visit": 0, "round": 0,
        "concern": concern_of(period, organisation),
    }  # fmt: skip


def _limit(district: str, duty: DueDuty, rules: Rules) -> Row:
    ladder = reminders(duty.started_on, duty.due_on, rules)
    return {
        **_key(district, duty.code, duty.organisation, duty.period), "party": duty.organisation,
        "lead": "", "started_on": duty.started_on, "due_on": duty.due_on,
        "provisional": 0,  # the notice sets the day: no calendar moves it
        "remind_on": ladder[0].on if ladder else None,
    }  # fmt: skip
