"""Who would get what, when, if nothing happened until then; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from notifications import outbox, sources
from notifications.gather import channels, drop
from notifications.items import TOLD, title_of
from notifications.scan import Telling, duty_rows
from notifications.sources import DueLimit
from notifications.sql import LIMIT_KEY, NO_PROJECT, Row
from policies.limits.duties import period_of
from policies.limits.telling import next_open
from workflow.office import Office
from workflow.results import PlannedNotice
from workflow.transaction import Transaction


def preview(office: Office, until: str) -> list[PlannedNotice]:
    """The reminders that would leave by ``until`` (ISO), in the order of their days."""
    now = office.now()
    with office.database.transaction() as tx:
        rules, telling = office.rules(tx), Telling(tx, office)
        first = next_open(telling.today, f"{now:%H:%M}", rules)
        planned = [(max(first, row["planned_on"]), row) for row in _ahead(tx, office, telling, until)]
        planned += [(first, row) for row in _now(tx, office, telling)]
        titles = cache(partial(title_of, rules=rules))
        names = sources.projects(tx, office.district, {row["subject"] for _, row in planned})
        found = (
            PlannedNotice(
                on=on, project=names.get(row["subject"]), title=titles(row["code"]),
                channels=channels(rules, row["organisation"], row["recipient"]),
                concern=_concern(row), **{name: row[name] for name in _SHOWN},
            )
            for on, row in planned
            if on <= until
        )  # fmt: skip
        return sorted(found, key=lambda n: (n.on, n.organisation, n.recipient, n.due_on, n.subject, n.code, n.concern))


def _concern(notice: Row) -> str:
    """What a notice is about: of a duty, its period alone."""
    found = str(notice["concern"])
    return period_of(found) if notice["subject"] == NO_PROJECT else found


_SHOWN = ("organisation", "recipient", "subject", "code", "rung", "form", "due_on", "planned_on")


def _limits(tx: Transaction, office: Office, until: str) -> Iterator[DueLimit]:
    """The limits that run, with the duties that will come into sight, less those that were reported done."""
    gone, come = duty_rows(tx, office, until)
    over = {tuple(row[key] for key in LIMIT_KEY) for row in gone}
    found = sources.due_limits(tx, office.district, until, whole=True)
    yield from (limit for limit in found if limit[: len(LIMIT_KEY)] not in over)
    yield from (DueLimit(*(row[name] for name in DueLimit._fields)) for row in come if row["remind_on"])


def _ahead(tx: Transaction, office: Office, telling: Telling, until: str) -> Iterator[Row]:
    for limit in _limits(tx, office, until):
        yield from telling.ahead(limit, until)


def _now(tx: Transaction, office: Office, telling: Telling) -> Iterator[Row]:
    """What the next pass would take up, and what waits already."""
    for limit in _limits(tx, office, telling.today):
        yield from (notice for notice in telling.of_limit(limit) if notice["status"] == "waiting")
    for news in sources.untold(tx, office.district, whole=True):
        yield from (notice | _told(notice, news["concern"]) for notice in telling.of_news(news))
    waiting = drop(tx, office.district, outbox.everything_waiting(tx, office.district), reached=True)
    for notice in waiting:
        yield notice | (_told(notice, notice["about"]) if "about" in notice else {})


def _told(notice: Row, concern: str) -> Row:
    """News with what it is about, where it is about anything, instead of its number in the journal."""
    return {"concern": concern if TOLD[notice["code"]].about else ""}
