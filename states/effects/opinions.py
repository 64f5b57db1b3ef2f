"""What departments, experts and the public say: answers stand, are replaced or withdrawn, never deleted."""

from __future__ import annotations

from dataclasses import replace

from states import remit
from states.actions import opinions
from states.effects.base import Stamp, effect
from states.facts import Case, Condition, Hearing, SignOff, swap
from states.rules import Rules


@effect.register
def _(action: opinions.Sign, case: Case, stamp: Stamp, rules: Rules) -> Case:
    department = stamp.actor.organisation
    case = _end_sign_off(case, department, "replaced", None, stamp)
    judged = {j.facility: [j.built_in_place, j.meets_standard] for j in action.judgements}
    given = SignOff(
        stage=case.stage,
        visit=case.visit,
        round=case.round,
        department=department,
        number=len(case.sign_offs) + 1,
        verdict=action.verdict,
        text=action.text,
        reason=action.reason,
        basis=action.basis,
        requested_change=action.requested_change,
        judgements=remit.canonical(judged),
        scheme=remit.CURRENT_SCHEME,
        remit=remit.digest(remit.snapshot(case, department, rules)),
        status="standing",
        ended_on=None,
        ended_reason=None,
        signed_by=stamp.actor.name,
        level=stamp.actor.level,
        happened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
    )
    asked = tuple(
        Condition(
            len(case.conditions) + n, case.stage, case.visit, case.round, department,
            terms.text, terms.responsible, terms.due_on.isoformat(), terms.due_stage,
        )
        for n, terms in enumerate(action.conditions, 1)
    )  # fmt: skip
    return replace(case, sign_offs=(*case.sign_offs, given), conditions=case.conditions + asked)


def _end_sign_off(case: Case, department: str, status: str, reason: str | None, stamp: Stamp) -> Case:
    """End the standing sign-off of this visit, with the conditions it carried."""
    old = case.sign_off(department)
    if old is None:
        return case
    ended = swap(case.sign_offs, old, status=status, ended_on=stamp.happened_on, ended_reason=reason)
    conditions = tuple(
        replace(c, status=status, ended_on=stamp.happened_on)
        if (c.stage, c.visit, c.department, c.status) == (case.stage, case.visit, department, "open")
        else c
        for c in case.conditions
    )
    return replace(case, sign_offs=ended, conditions=conditions)


@effect.register
def _(action: opinions.Withdraw, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _end_sign_off(case, stamp.actor.organisation, "withdrawn", action.reason, stamp)


@effect.register
def _(action: opinions.Discharge, case: Case, stamp: Stamp, rules: Rules) -> Case:
    condition = case.conditions[action.condition - 1]
    met = swap(case.conditions, condition, status="discharged", ended_on=stamp.happened_on, note=action.note)
    return replace(case, conditions=met)


@effect.register
def _(action: opinions.Hear, case: Case, stamp: Stamp, rules: Rules) -> Case:
    heard = Hearing(
        len(case.hearings) + 1, case.stage, case.visit, case.round, action.kind, action.capacity,
        action.opinion, action.text, action.disposition, action.reply, stamp.happened_on,
        stamp.happened_on if action.reply else None,
    )  # fmt: skip
    return replace(case, hearings=(*case.hearings, heard))


@effect.register
def _(action: opinions.Answer, case: Case, stamp: Stamp, rules: Rules) -> Case:
    answered = swap(
        case.hearings,
        case.hearings[action.hearing - 1],
        disposition=action.disposition,
        reply=action.reply,
        answered_on=stamp.happened_on,
    )
    return replace(case, hearings=answered)
