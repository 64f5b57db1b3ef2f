"""Sign-offs: who is still missing, whose answer no longer stands, and what may be signed.

Fail closed: the departments are computed from the case, and only an answer that is present, agreeing,
well-formed and given for exactly the present remit counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum

from policies.question import Question
from states import remit
from states.actions.opinions import Sign
from states.errors import Obstacle
from states.facts import Case, SignOff
from states.participants import own_facilities, required
from states.project import Stage, after, at_or_after
from states.rules import Rules

#: What a condition can end as; in any other state it is open.
ENDED = frozenset({"discharged", "replaced", "withdrawn", "contested"})
AGREEING = frozenset({"agree", "agree_with_conditions"})


class Answer(StrEnum):
    """How a department's answer stands at this moment."""

    #: nothing given, or withdrawn
    MISSING = "sign_off_missing"
    #: given, but the remit has changed since
    STALE = "sign_off_stale"
    #: the department objects
    OBJECTION = "objection"
    #: the stored answer is not one that could have been given
    INVALID = "sign_off_invalid"
    #: stands, and lets the case pass
    STANDS = "stands"


def answer_of(case: Case, department: str, rules: Rules) -> Answer:
    """The state of one department's answer in the present visit."""
    given = case.sign_off(department)
    if given is None:
        return Answer.MISSING
    if given.scheme not in remit.SCHEMES:
        return Answer.INVALID
    if given.verdict == "object":
        return Answer.OBJECTION
    if remit.digest(remit.snapshot(case, department, rules, given.scheme)) != given.remit:
        return Answer.STALE
    if remit.waived_unseen(case, department, rules, given.scheme):
        return Answer.STALE
    return Answer.STANDS if _well_formed(case, given, rules) else Answer.INVALID


def _well_formed(case: Case, given: SignOff, rules: Rules) -> bool:
    if given.verdict == "not_involved":
        return not must_be_involved(case, given.department, rules)
    if case.stage == Stage.ACCEPTANCE and not _all_judged_good(case, given, rules):
        return False
    return given.verdict in AGREEING


def _all_judged_good(case: Case, given: SignOff, rules: Rules) -> bool:
    try:
        judged = json.loads(given.judgements)
    except (TypeError, ValueError):
        return False
    own = own_facilities(case, given.department, rules)
    return isinstance(judged, dict) and all(_two_times_yes(judged.get(f.facility)) for f in own)


def _two_times_yes(judgement: object) -> bool:
    return isinstance(judgement, list) and len(judgement) == 2 and all(answer is True for answer in judgement)


def must_be_involved(case: Case, department: str, rules: Rules) -> bool:
    """Whether a department cannot say that it is not involved: a lead, or one with a facility (K17)."""
    return (
        department in rules.leads
        or department == rules.stages[case.stage].lead
        or bool(own_facilities(case, department, rules))
    )


def signed_off(q: Question) -> Iterator[Obstacle]:
    """Every department asked has agreed to exactly what now stands."""
    since = q.case.rounds[-1].opened_on if q.case.round else None
    for department in required(q.case, q.rules):
        answer = answer_of(q.case, department, q.rules)
        if answer is Answer.STANDS:
            continue
        given = q.case.sign_off(department)
        reason = {"reason": given.reason or ""} if given and answer is Answer.OBJECTION else {}
        yield q.obstacle(answer, department, (department,), given.happened_on if given else since, **reason)


def conditions_discharged(q: Question) -> Iterator[Obstacle]:
    """No condition due by this stage is open."""
    for condition in q.case.conditions:
        if condition.status not in ENDED and at_or_after(q.case.stage, condition.due_stage):
            yield q.obstacle(
                "condition_open", str(condition.number), (condition.department,), condition.due_on,
                text=condition.text, responsible=condition.responsible, due_on=condition.due_on,
            )  # fmt: skip


def round_open(q: Question) -> Iterator[Obstacle]:
    """There is a round to answer."""
    if not q.case.round_is_open:
        yield q.obstacle("round_closed")


def round_closed(q: Question) -> Iterator[Obstacle]:
    """A round is circulated once; after a rectification order only the report opens the next."""
    if q.case.round_is_open:
        yield q.obstacle("round_open", str(q.case.round))
    elif q.case.awaits_report:
        yield q.obstacle("report_awaited")


def own_sign_off_given(q: Question) -> Iterator[Obstacle]:
    """Only what was given can be withdrawn."""
    assert q.actor
    if q.case.sign_off(q.actor.organisation) is None:
        yield q.obstacle("nothing_to_withdraw", q.actor.organisation, (q.actor.organisation,))


def condition_is_open(q: Question) -> Iterator[Obstacle]:
    """A condition is discharged once."""
    number = getattr(q.action, "condition", 0)
    condition = q.case.conditions[number - 1]
    if condition.status in ENDED:
        yield q.obstacle("condition_not_open", str(number), (), status=condition.status)


def verdict_fits(q: Question) -> Iterator[Obstacle]:
    """A department with a facility, and a lead, cannot be uninvolved (K17); conditions lie ahead."""
    assert isinstance(q.action, Sign) and q.actor
    mine = (q.action.department(q.actor),)
    if q.action.verdict == "not_involved" and must_be_involved(q.case, *mine, q.rules):
        yield q.obstacle("involved", *mine, mine)
    ahead = sorted(after(q.case.stage))
    for terms in q.action.conditions:
        if terms.due_stage not in ahead:
            yield q.obstacle("due_stage_not_ahead", terms.due_stage, mine, ahead=", ".join(ahead))
        if terms.due_on.isoformat() < q.day:
            yield q.obstacle("condition_due_past", terms.due_on.isoformat(), mine)


def judgements_fit(q: Question) -> Iterator[Obstacle]:
    """At acceptance each own facility is judged, and no agreement hides a negative judgement (R-072)."""
    assert isinstance(q.action, Sign) and q.actor
    mine = (q.action.department(q.actor),)
    judged = {j.facility: j for j in q.action.judgements}
    if q.case.stage != Stage.ACCEPTANCE:
        for facility in judged:
            yield q.obstacle("judgement_not_asked", facility, mine)
        return
    for owned in own_facilities(q.case, *mine, q.rules):
        judgement = judged.get(owned.facility)
        if judgement is None:
            yield q.obstacle("judgement_missing", owned.facility, mine)
        elif q.action.verdict in AGREEING and not (judgement.built_in_place and judgement.meets_standard):
            yield q.obstacle("judgement_negative", owned.facility, mine)
