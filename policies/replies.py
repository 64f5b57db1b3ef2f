"""Answers that do not come straight from a leader's hand: drafts, and letters that the lead records."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from policies.building import agrees_with_measurement
from policies.question import Question
from policies.signing import judgements_fit, verdict_fits
from states import remit
from states.actions.opinions import Contest, Sign
from states.drafts import drafted_sign
from states.errors import Obstacle
from states.exceptions import last_answer
from states.facts import PaperReply
from states.participants import required


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
    given, before = q.case.sign_off(department), last_answer(q.case, department)
    if given and q.case.paper_reply(given) is None:
        yield q.obstacle("own_answer_stands", department, (department,))
    elif any(_same_letter(p, q.action) and _taken_back(q, p) for p in q.case.paper_replies):
        yield q.obstacle("letter_contested", department, (department,), letter=q.action.letter)
    elif before and (before.ended_on or "") > str(q.action.letter_on):
        yield q.obstacle("letter_older_than_answer", department, (department,), ended=before.ended_on)


def _same_letter(reply: PaperReply, action: Sign) -> bool:
    """The same department's, by its number however it is spelt, or by its scan."""
    assert action.scan and action.letter
    scanned = action.scan.content.sha256
    same = _bare(reply.letter) == _bare(action.letter) or reply.file == scanned
    return reply.department == action.on_behalf_of and same


def _bare(number: str) -> str:
    """A number without brackets, blanks and the width of its characters."""
    return "".join(c for c in unicodedata.normalize("NFKC", number).casefold() if c.isalnum())


def _taken_back(q: Question, reply: PaperReply) -> bool:
    return q.case.sign_offs[reply.sign_off - 1].status in ("contested", "withdrawn")


def letters_settled(q: Question) -> Iterator[Obstacle]:
    """No case moves on over a letter that its department may still contest, unless it signs itself."""
    for department in required(q.case, q.rules):
        reply = q.case.paper_reply(q.case.sign_off(department))
        if reply and q.today <= (until := _contestable_until(q, reply)):
            yield q.obstacle(
                "letter_unsettled", department, (department,), reply.recorded_on, letter=reply.letter, until=until
            )


def _contestable_until(q: Question, reply: PaperReply) -> str:
    return q.rules.calendar.later(reply.recorded_on, q.rules.paper_replies.contest_working_days)


def letter_contestable(q: Question) -> Iterator[Obstacle]:
    """Only a letter that was recorded is contested, and within the days that the district gives."""
    assert isinstance(q.action, Contest) and q.actor
    department = q.actor.organisation
    reply = q.case.letter_of(department)
    if reply is None:
        yield q.obstacle("nothing_to_contest", department, ())
        return
    until = _contestable_until(q, reply)
    if q.today > until:
        yield q.obstacle("contest_too_late", department, (), until=until, letter=reply.letter)
