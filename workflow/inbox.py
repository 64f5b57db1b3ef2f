"""What one organisation must do about one case: clear what is in the way, move it on, answer what is offered."""

from __future__ import annotations

from collections.abc import Iterator

from policies.changes import consenting
from policies.decide import way_ahead
from policies.next_step import CLEARED_BY_SIGNING, lead_action
from policies.question import Question
from states.days import working_days_later
from states.errors import Obstacle
from states.facts import Case, ChangeRequest
from states.participants import leads, own_facilities
from states.project import TERMINAL
from states.rules import Rules
from workflow.results import Task


def tasks(case: Case, rules: Rules, organisation: str, day: str) -> Iterator[Task]:
    if case.stage in TERMINAL:
        return
    obstacles = way_ahead(case, day, rules)
    if organisation in leads(case, rules) and (action := lead_action(case, obstacles, rules)):
        yield _task(case, rules, organisation, case.entered_on, action=action)
    yield from _offered(case, rules, organisation, day)
    for obstacle in () if case.suspension else obstacles:
        if organisation in obstacle.who and (case.round_is_open or obstacle.code not in CLEARED_BY_SIGNING):
            yield _task(case, rules, organisation, obstacle.since or case.entered_on, obstacle=obstacle)


def _offered(case: Case, rules: Rules, organisation: str, day: str) -> Iterator[Task]:
    """What was prepared or recorded for the organisation, and waits for its word."""
    if draft := case.draft(organisation):
        yield _task(case, rules, organisation, draft.happened_on, action="issue")
    reply = case.letter_of(organisation)
    if reply and day <= working_days_later(reply.recorded_on, rules.paper_replies.contest_working_days):
        yield _task(case, rules, organisation, reply.recorded_on, action="contest")
    for change in case.changes:
        if change.status == "proposed":
            yield from _change_tasks(case, rules, organisation, day, change)


def _change_tasks(case: Case, rules: Rules, organisation: str, day: str, change: ChangeRequest) -> Iterator[Task]:
    awaited = [d for d in consenting(Question(case, rules, day), change) if not case.consent(change.number, d)]
    if organisation in awaited:
        yield _task(case, rules, organisation, change.happened_on, action="change consent", number=change.number)
    if organisation in leads(case, rules) and not awaited:
        yield _task(case, rules, organisation, change.happened_on, action="change apply", number=change.number)


def _task(
    case: Case,
    rules: Rules,
    organisation: str,
    since: str,
    action: str | None = None,
    obstacle: Obstacle | None = None,
    number: int | None = None,
) -> Task:
    return Task(
        case=case.id,
        project=case.name,
        stage=case.stage,
        since=since,
        facilities=tuple(f.facility for f in own_facilities(case, organisation, rules)),
        kinds={f.facility: f.subtype for f in case.owed()},
        action=action,
        obstacle=obstacle,
        number=number,
    )
