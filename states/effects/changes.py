"""A change request: proposed, consented to, and put into force as new versions of what it touches."""

from __future__ import annotations

from dataclasses import replace

from states.actions import changes
from states.changes import base_of, parsed, terms_of, terms_text
from states.effects.base import Stamp, effect
from states.effects.facilities import decide_category, new_version
from states.facts import Case, ChangeRequest, Consent, swap
from states.rules import Rules


def proposed(action: changes.ProposeChange, case: Case, stamp: Stamp) -> ChangeRequest:
    """The change request that a proposal makes."""
    terms = terms_text(action)
    return ChangeRequest(
        number=len(case.changes) + 1,
        stage=case.stage,
        visit=case.visit,
        terms=terms,
        base=base_of(case, parsed(terms)),
        reason=action.reason,
        document=action.document,
        **stamp.marks(),
    )


def applied(case: Case, change: ChangeRequest, stamp: Stamp) -> Case:
    """The case with the terms of a change in force."""
    terms, reason = terms_of(change), change.reason
    for name, values in terms.facilities.items():
        case = new_version(case, case.requirement(name), values, stamp, reason)
    for name in terms.removals:
        case = replace(case, facilities=swap(case.facilities, case.facility(name), removed=reason))
    for decision in terms.decisions:
        case = decide_category(case, decision, stamp)
    return replace(case, **terms.project)  # type: ignore[arg-type]


@effect.register
def _(action: changes.ProposeChange, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return replace(case, changes=(*case.changes, proposed(action, case, stamp)))


@effect.register
def _(action: changes.ConsentToChange, case: Case, stamp: Stamp, rules: Rules) -> Case:
    given = Consent(
        number=len(case.consents) + 1,
        change=action.change,
        department=stamp.actor.organisation,
        verdict=action.verdict,
        reason=action.reason,
        signed_by=stamp.actor.signature,
        level=stamp.actor.level,
        happened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
    )
    return replace(case, consents=(*case.consents, given))


@effect.register
def _(action: changes.ApplyChange, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _end(applied(case, case.change(action.change), stamp), action.change, "applied", None, stamp)


@effect.register
def _(action: changes.WithdrawChange, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _end(case, action.change, "withdrawn", action.reason, stamp)


def _end(case: Case, number: int, status: str, reason: str | None, stamp: Stamp) -> Case:
    marks = {"ended_on": stamp.happened_on, "ended_at": stamp.recorded_at, "ended_reason": reason}
    ended = swap(case.changes, case.change(number), status=status, **marks)
    return replace(case, changes=ended)
