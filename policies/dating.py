"""The days an action may claim: none that is to come, and none before what it rests on (K47).

An action that claims another day is wrong, not merely too early: nobody can clear that, so it is an error, no obstacle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from states.actions.base import Action
from states.actions.exceptions import Decide
from states.actions.opinions import Answer, Discharge, Issue, Sign
from states.errors import Invalid
from states.exceptions import in_this_visit
from states.facts import Case
from states.project import EDGE_ACTIONS, ENTRY

#: Actions that happen within the present visit, so not before it began.
_WITHIN_VISIT = EDGE_ACTIONS | {
    "case circulate", "sign", "issue", "withdraw", "contest", "decide", "hear", "case suspend", "case resume",
    "facility hand-over", "facility register", "facility asset-entry",
}  # fmt: skip

Days = Iterable[str | None]


def impossible(action: Action, case: Case | None, today: str, by: str) -> Iterator[Invalid]:
    """Why the days that an action of the organisation ``by`` claims cannot be; nothing where they can."""
    for field in ("happened_on", "issued_on", "letter_on"):
        if (day := _claimed(action, field)) > today:
            yield Invalid("in_the_future", {"field": field, "day": day, "today": today})
    if case is None:
        return
    happened = _claimed(action, "happened_on") or today
    if action.name == "case circulate" and happened < today:
        yield Invalid("not_backdated", {"field": "happened_on", "today": today})
    asked, letter = case.rounds[-1].opened_on if case.round else "", _claimed(action, "letter_on")
    for field, day, begun in (("letter_on", letter, asked), ("happened_on", happened, earliest(action, case, by))):
        if day and day < begun:
            yield Invalid("before_stage", {"field": field, "day": day, "entered": begun})


def _claimed(action: Action, field: str) -> str:
    """A day that the action names; empty where it names none."""
    day = getattr(action, field, None)
    return day.isoformat() if day else ""


def earliest(action: Action, case: Case, by: str) -> str:
    """The day of the last thing the action rests on: visit, round, rest, sign-offs, papers, answers."""
    days = [*_begun(action.name, case), *_RESTS_ON.get(action.name, _nothing)(action, case, by)]
    return max((day for day in days if day), default="")


def _begun(action: str, case: Case) -> Days:
    """The days of what every such action rests on."""
    if action not in _WITHIN_VISIT:
        # What a project entered later brings with it, and a designation, may be older than its registration.
        return () if case.entry_stage != ENTRY or action == "facility designate" else (case.opened_on,)
    last_round = case.rounds[-1:] if case.round else ()
    intervals = [(r.opened_on, r.closed_on) for r in last_round] + [(s.from_on, s.to_on) for s in case.suspensions[-1:]]
    edge = _visit_so_far(case) if action in EDGE_ACTIONS else ()
    return [case.entered_on, *(day for interval in intervals for day in interval), *edge]


def _visit_so_far(case: Case) -> Days:
    """What a step rests on: everything that was said, filed and decided in the stage it leaves."""
    here = (case.stage, case.visit)
    yield from (s.happened_on for s in case.sign_offs if (s.stage, s.visit) == here)
    yield from (d.issued_on for d in case.documents if d.voided is None and (d.stage, d.visit) == here)
    yield from (e.happened_on for e in in_this_visit(case))
    yield from (h.answered_on for h in case.hearings if h.stage == case.stage)
    yield from (c.ended_on for c in case.conditions)


def _nothing(_action: Action, _case: Case, _by: str) -> Days:
    return ()


def _letter(action: Sign, _case: Case, _by: str) -> Days:
    return (_claimed(action, "letter_on"),)


def _draft(_action: Issue, case: Case, by: str) -> Days:
    draft = case.draft(by)
    return (draft.happened_on,) if draft else ()


def _overruled(action: Decide, case: Case, _by: str) -> Days:
    sign_off = case.sign_off(action.subject)
    return (sign_off.happened_on,) if sign_off else ()


def _change_and_consents(action: Any, case: Case, _by: str) -> Days:
    yield case.changes[action.change - 1].happened_on
    yield from (c.happened_on for c in case.consents if c.change == action.change)


def _heard(action: Answer, case: Case, _by: str) -> Days:
    return (h.happened_on for h in case.hearings if h.number == action.hearing)


def _setting(action: Discharge, case: Case, _by: str) -> Days:
    """The sign-off that set the condition."""
    rounds = [(c.stage, c.visit, c.round, c.department) for c in case.conditions if c.number == action.condition]
    return (s.happened_on for s in case.sign_offs if (s.stage, s.visit, s.round, s.department) in rounds)


#: What an action rests on of its own.
_RESTS_ON: dict[str, Callable[[Any, Case, str], Days]] = {
    "sign": _letter,
    "issue": _draft,
    "decide": _overruled,
    "change consent": _change_and_consents,
    "change apply": _change_and_consents,
    "change withdraw": _change_and_consents,
    "answer": _heard,
    "condition discharge": _setting,
}
