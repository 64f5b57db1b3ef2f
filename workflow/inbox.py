"""What one organisation must do about one case: clear what is in the way, move it on, answer what is offered."""

from __future__ import annotations

from collections.abc import Iterator

from policies.decide import decide, way_ahead
from policies.limits.deadlines import running
from policies.limits.measures import limit_of
from policies.next_step import CLEARED_BY_SIGNING, lead_action
from states.actions import Action
from states.actions.changes import ApplyChange, ConsentToChange
from states.actions.exceptions import Decide
from states.actions.opinions import Contest, Issue
from states.errors import Obstacle
from states.exceptions import kind_lifting
from states.facts import Actor, Case
from states.participants import leads, own_facilities
from states.project import TERMINAL
from states.rules import Rules
from workflow import due
from workflow.results import Task


def tasks(case: Case, rules: Rules, organisation: str, day: str) -> Iterator[Task]:
    if case.stage in TERMINAL:
        return
    found = list(_tasks(case, rules, organisation, day))
    limits = running(case, rules) if found else ()
    for task in found:
        limit = limit_of(task.obstacle or task.action or "", organisation, case.stage, limits, rules)
        yield task.model_copy(update={"limit": due.line(limit, rules.calendar, day)}) if limit else task


def _tasks(case: Case, rules: Rules, organisation: str, day: str) -> Iterator[Task]:
    obstacles = way_ahead(case, day, rules)
    if organisation in leads(case, rules) and (action := lead_action(case, obstacles, rules)):
        yield _task(case, rules, organisation, case.entered_on, action=action)
    yield from _offered(case, rules, organisation, day)
    yield from _silences(case, rules, organisation, day, obstacles)
    for obstacle in () if case.suspension else obstacles:
        if organisation in obstacle.who and (case.round_is_open or obstacle.code not in CLEARED_BY_SIGNING):
            yield _task(case, rules, organisation, obstacle.since or case.entered_on, obstacle=obstacle)


def _offered(case: Case, rules: Rules, organisation: str, day: str) -> Iterator[Task]:
    """What was prepared or recorded for the organisation and waits for its word, where it could be given now."""
    leader = Actor("", organisation, "leader")
    for action, since in _candidates(case, organisation):
        if decide(case, action, leader, day, rules, day).agreed:
            number = getattr(action, "change", None)
            yield _task(case, rules, organisation, since, action=action.name, number=number)


def _silences(case: Case, rules: Rules, organisation: str, day: str, obstacles: tuple[Obstacle, ...]) -> Iterator[Task]:
    """The departments that were silent for so long that the organisation may decide without their answer."""
    leader = Actor("", organisation, "leader")
    for obstacle in obstacles:
        kind = kind_lifting(obstacle.code, case.stage, rules)
        if kind is None or not rules.exceptions[kind].after_days:
            continue
        decision = Decide(case=case.id, obstacle=obstacle.key, document="?", reason="?")
        if decide(case, decision, leader, day, rules, day).agreed:
            since = obstacle.since or case.entered_on
            yield _task(case, rules, organisation, since, action=decision.name, lifts=obstacle.key)


def _candidates(case: Case, organisation: str) -> Iterator[tuple[Action, str]]:
    """The actions that answer an offer, each with the day since which it waits."""
    if draft := case.draft(organisation):
        yield Issue(case=case.id), draft.happened_on
    if letter := case.letter_of(organisation):
        yield Contest(case=case.id, reason="?"), letter.recorded_on
    for change in case.changes:
        if change.status == "proposed":
            yield ApplyChange(case=case.id, change=change.number), change.happened_on
            if case.consent(change.number, organisation) is None:
                consent = ConsentToChange(case=case.id, change=change.number, verdict="agree")
                yield consent, change.happened_on


def _task(
    case: Case,
    rules: Rules,
    organisation: str,
    since: str,
    action: str | None = None,
    obstacle: Obstacle | None = None,
    number: int | None = None,
    lifts: str | None = None,
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
        lifts=lifts,
    )
