"""What departments, experts and the public say: answers stand, are replaced or withdrawn, never deleted."""

from __future__ import annotations

from dataclasses import replace

from states import remit
from states.actions import opinions
from states.drafts import drafted_sign, only_drafts
from states.effects.base import Stamp, effect
from states.facts import Case, Condition, Draft, Hearing, PaperReply, SignOff, swap
from states.rules import Rules


@effect.register
def _(action: opinions.Sign, case: Case, stamp: Stamp, rules: Rules) -> Case:
    if only_drafts(action, stamp.actor, case, rules):
        return _drafted(action, case, stamp, rules)
    return _signed(action, case, stamp, rules)


@effect.register
def _(action: opinions.Issue, case: Case, stamp: Stamp, rules: Rules) -> Case:
    draft = case.draft(stamp.actor.organisation)
    assert draft is not None, "the policies refuse to issue what is not there"
    return _signed(drafted_sign(draft), case, stamp, rules, "issued")


def _drafted(action: opinions.Sign, case: Case, stamp: Stamp, rules: Rules) -> Case:
    department = stamp.actor.organisation
    draft = Draft(
        number=len(case.drafts) + 1,
        stage=case.stage,
        visit=case.visit,
        round=case.round,
        department=department,
        terms=remit.canonical(action.model_dump(mode="json", exclude={"happened_on", "request_id"})),
        scheme=remit.CURRENT_SCHEME,
        remit=remit.digest(remit.snapshot(case, department, rules)),
        drafted_by=stamp.actor.signature,
        happened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
    )
    case = _end_draft(case, department, "replaced", stamp)
    return replace(case, drafts=(*case.drafts, draft))


def _end_draft(case: Case, department: str, status: str, stamp: Stamp) -> Case:
    draft = case.draft(department)
    if draft is None:
        return case
    return replace(case, drafts=swap(case.drafts, draft, status=status, ended_on=stamp.happened_on))


def _signed(action: opinions.Sign, case: Case, stamp: Stamp, rules: Rules, draft: str = "replaced") -> Case:
    """The department's answer in the place of its last; ``draft`` is what becomes of a waiting draft."""
    department = action.department(stamp.actor)
    if not action.on_behalf_of:  # a letter that the lead records leaves the department's own draft alone
        case = _end_draft(case, department, draft, stamp)
    case = _end_sign_off(case, department, "replaced", None, stamp)
    given = _sign_off(action, case, stamp, rules)
    asked = tuple(
        Condition(
            len(case.conditions) + n, case.stage, case.visit, case.round, department,
            terms.text, terms.responsible, terms.due_on.isoformat(), terms.due_stage,
        )
        for n, terms in enumerate(action.conditions, 1)
    )  # fmt: skip
    case = replace(case, sign_offs=(*case.sign_offs, given), conditions=case.conditions + asked)
    return _with_letter(case, action, stamp) if action.on_behalf_of else case


def _sign_off(action: opinions.Sign, case: Case, stamp: Stamp, rules: Rules) -> SignOff:
    department = action.department(stamp.actor)
    judged = {j.facility: [j.built_in_place, j.meets_standard] for j in action.judgements}
    return SignOff(
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
        signed_by=stamp.actor.signature,
        level=stamp.actor.level,
        happened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
    )


def _with_letter(case: Case, action: opinions.Sign, stamp: Stamp) -> Case:
    """The stamped letter behind the sign-off that was just recorded."""
    assert action.on_behalf_of and action.letter and action.letter_on and action.scan, "the form asks for all four"
    reply = PaperReply(
        number=len(case.paper_replies) + 1,
        sign_off=len(case.sign_offs),
        department=action.on_behalf_of,
        letter=action.letter,
        letter_on=action.letter_on.isoformat(),
        file=action.scan.content.sha256,
        filename=action.scan.name,
        size=action.scan.content.size,
        recorded_on=stamp.recorded_at[:10],
        recorded_by=stamp.marks()["recorded_by"],
    )
    return replace(case, paper_replies=(*case.paper_replies, reply))


def _end_sign_off(case: Case, department: str, status: str, reason: str | None, stamp: Stamp) -> Case:
    """End the standing sign-off of this visit, with the conditions it carried."""
    old = case.sign_off(department)
    return case if old is None else _ended(case, old, status, reason, stamp)


def _ended(case: Case, old: SignOff, status: str, reason: str | None, stamp: Stamp) -> Case:
    ended = swap(case.sign_offs, old, status=status, ended_on=stamp.happened_on, ended_reason=reason)
    conditions = tuple(
        replace(c, status=status, ended_on=stamp.happened_on)
        if (c.stage, c.visit, c.department, c.status) == (old.stage, old.visit, old.department, "open")
        else c
        for c in case.conditions
    )
    return replace(case, sign_offs=ended, conditions=conditions)


@effect.register
def _(action: opinions.Withdraw, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _end_sign_off(case, stamp.actor.organisation, "withdrawn", action.reason, stamp)


@effect.register
def _(action: opinions.Contest, case: Case, stamp: Stamp, rules: Rules) -> Case:
    reply = case.letter_of(stamp.actor.organisation)
    assert reply is not None, "the policies refuse to contest what is not there"
    contested = swap(case.paper_replies, reply, contested_on=stamp.happened_on, reason=action.reason)
    case = _ended(case, case.sign_offs[reply.sign_off - 1], "contested", action.reason, stamp)
    return replace(case, paper_replies=contested)


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
