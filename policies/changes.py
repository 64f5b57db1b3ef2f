"""Change requests: only after the freeze, coherent, and with the consent of everybody whom they touch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policies.question import Question
from policies.requirements import categories_decided, frozen, ownership_justified, recipients, standards
from states.actions.changes import ProposeChange
from states.changes import base_of, parties, terms_of
from states.effects import Stamp
from states.effects.changes import applied, proposed
from states.errors import Obstacle
from states.facts import Actor, Case, ChangeRequest
from states.project import Stage

#: Where a government-owned facility need not have its recipient and limit yet.
_BEFORE_RECIPIENTS = (Stage.LAND_SUPPLY, Stage.AGREEMENT)
_NOBODY = Stamp(Actor("", "", ""), "", "")


def consenting(q: Question, change: ChangeRequest) -> tuple[str, ...]:
    """Who must consent; below the standard the leading-group office too, which alone may waive one."""
    found = set(parties(q.case, change, q.rules))
    if _still_stands(q.case, change) and any(_falls_below(q, change)):
        found.add(q.acting(q.rules.roles.leading_group_office))
    return tuple(d for d in q.rules.organisations if d in found)


def _falls_below(q: Question, change: ChangeRequest) -> Iterator[Obstacle]:
    touched = terms_of(change).facilities
    after = replace(q, case=applied(q.case, change, _NOBODY))
    yield from (o for o in standards(after) if o.subject in touched)


def requirements_frozen(q: Question) -> Iterator[Obstacle]:
    """Before the freeze a requirement is amended, not changed by request."""
    if not frozen(q):
        yield q.obstacle("not_frozen")


def change_coherent(q: Question) -> Iterator[Obstacle]:
    """What is proposed alters something, and leaves the list and the category decisions in agreement."""
    change = _change(q)
    if not _can_be_applied(q, change):
        return
    terms = terms_of(change)
    for name, values in terms.facilities.items():
        now = q.case.requirement(name)
        if all(getattr(now, column) == value for column, value in values.items()):
            yield q.obstacle("nothing_changed", name)
    after = applied(q.case, change, _NOBODY)
    categories = {d["category"] for d in terms.decisions} | {q.case.facility(f).category for f in terms.removals}
    then = replace(q, case=after)
    yield from (o for o in categories_decided(then) if o.subject in categories)
    complete = (ownership_justified,) if q.case.stage in _BEFORE_RECIPIENTS else (ownership_justified, recipients)
    yield from (o for policy in complete for o in policy(then) if o.subject in terms.facilities)


def change_open(q: Question) -> Iterator[Obstacle]:
    """A change request ends once, and stands on the requirements it was proposed on."""
    change = _change(q)
    if change.status != "proposed":
        yield q.obstacle("change_closed", str(change.number), (), status=change.status)
    elif not _still_stands(q.case, change):
        yield q.obstacle("change_outdated", str(change.number))


def _can_be_applied(q: Question, change: ChangeRequest) -> bool:
    return change.status == "proposed" and _still_stands(q.case, change)


def _still_stands(case: Case, change: ChangeRequest) -> bool:
    owed = {f.facility for f in case.owed()}
    terms = terms_of(change)
    return owed.issuperset(terms.touched) and base_of(case, terms) == change.base


def change_not_ended(q: Question) -> Iterator[Obstacle]:
    """What is applied or withdrawn is not withdrawn any more; an outdated one may be."""
    change = _change(q)
    if change.status != "proposed":
        yield q.obstacle("change_closed", str(change.number), (), status=change.status)


def consents_given(q: Question) -> Iterator[Obstacle]:
    """Everybody touched has consented."""
    change = _change(q)
    if not _can_be_applied(q, change):
        return
    for department in consenting(q, change):
        given = q.case.consent(change.number, department)
        if given is None:
            yield q.obstacle("consent_missing", department, (department,), change.happened_on, change=change.number)
        elif given.verdict != "agree":
            yield q.obstacle(
                "consent_refused", department, (department,), given.happened_on,
                change=change.number, reason=given.reason,
            )  # fmt: skip


def _change(q: Question) -> ChangeRequest:
    if isinstance(q.action, ProposeChange):
        return proposed(q.action, q.case, _NOBODY)
    return q.case.change(getattr(q.action, "change", 0))
