"""Answers that do not come straight from a leader's hand: drafts, and letters that the lead records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from policies.building import agrees_with_measurement
from policies.question import Question
from policies.signing import judgements_fit, verdict_fits
from states import remit
from states.actions.opinions import Contest, Sign
from states.days import working_days_later
from states.drafts import drafted_sign
from states.errors import Obstacle


def draft_stands(q: Question) -> Iterator[Obstacle]:
    """The draft waits, what the clerk saw still stands, and it is a sign-off that could be given now."""
    assert q.actor
    department = q.actor.organisation
    draft = q.case.draft(department)
    if draft is None:
        yield q.obstacle("no_draft", department, (department,))
        return
    if remit.digest(remit.snapshot(q.case, department, q.rules, draft.scheme)) != draft.remit:
        yield q.obstacle("draft_outdated", department, (department,))
    signing = replace(q, action=drafted_sign(draft))
    for policy in (verdict_fits, judgements_fit, agrees_with_measurement):
        yield from policy(signing)


def letter_recordable(q: Question) -> Iterator[Obstacle]:
    """A letter is recorded where the district allows it, and never over the department's own answer."""
    assert isinstance(q.action, Sign)
    department = q.action.on_behalf_of
    if department is None:
        return
    if not q.rules.paper_replies.allowed:
        yield q.obstacle("paper_replies_forbidden", "", ())
    given = q.case.sign_off(department)
    if given and q.case.paper_reply(given) is None:
        yield q.obstacle("own_answer_stands", department, (department,))
    contested = (p for p in q.case.paper_replies if (p.department, p.letter) == (department, q.action.letter))
    if any(p.contested_on for p in contested):
        yield q.obstacle("letter_contested", department, (department,), letter=q.action.letter)


def letter_contestable(q: Question) -> Iterator[Obstacle]:
    """Only a letter that was recorded is contested, and within the days that the district gives."""
    assert isinstance(q.action, Contest) and q.actor
    department = q.actor.organisation
    reply = q.case.letter_of(department)
    if reply is None:
        yield q.obstacle("nothing_to_contest", department, ())
        return
    until = working_days_later(reply.recorded_on, q.rules.paper_replies.contest_working_days)
    if (q.today or q.day) > until:
        yield q.obstacle("contest_too_late", department, (), until=until, letter=reply.letter)
