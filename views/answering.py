"""What to type for a limit that is due: one row for each clock of ``policies/limits/periods.py``.

The commands stand without what only the clerk knows; on a terminal they ask for it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from policies.limits.duties import period_of
from states.rules import Clock, Limit, Rules
from views.commands import command, without_blanks

#: What the concern of a limit or of news is.
About = Literal["", "organisation", "facility", "item", "condition", "change", "period"]


class Answer(NamedTuple):
    """The action that answers, and what the concern is."""

    action: str
    about: About = ""


ANSWERS: dict[Clock, Answer] = {
    "answers": Answer("sign", "organisation"),
    "round": Answer("case why"),
    "visit": Answer("case why"),
    "rework": Answer("case circulate"),
    "conclusion": Answer("document add"),
    "papers": Answer("document add"),
    "works": Answer("facility progress"),
    "inspections": Answer("document add"),
    "opinion": Answer("acceptance order"),
    "rectification": Answer("acceptance report", "item"),
    "reinspections": Answer("sign", "organisation"),
    "conditions": Answer("condition discharge", "condition"),
    "handover": Answer("facility hand-over", "facility"),
    "registration": Answer("facility register", "facility"),
    "use": Answer("facility asset-entry", "facility"),
}

#: What an action names beside the project.
_NAMED: dict[str, About] = {
    "condition discharge": "condition",
    "change consent": "change",
    "facility hand-over": "facility",
    "facility register": "facility",
    "facility asset-entry": "facility",
}


def answer_to(limit: Limit | None) -> Answer:
    """A case may follow a configuration whose limit the present one no longer knows."""
    return ANSWERS[limit.clock] if limit and limit.clock else Answer("case why")


def command_for_limit(rules: Rules, code: str, case: str, concern: str) -> str:
    """The command that meets a limit of a case."""
    limit = rules.limit(code)
    answer = answer_to(limit)
    if limit and answer.action == "document add" and len(limit.until) == 1:
        return _typed(answer.action, case, limit.until[0])
    return command_answering(answer, case, concern)


def command_answering(answer: Answer, case: str, concern: str) -> str:
    """The command of an answer, which names the concern where the action asks for it."""
    return _typed(answer.action, case, concern if _NAMED.get(answer.action) == answer.about else "")


def command_for_duty(code: str, concern: str) -> str:
    """The command that reports a duty."""
    return f"peijian duty done {code} --period {period_of(concern)}"


def _typed(action: str, case: str, named: str) -> str:
    return without_blanks(command(action, f"{case} {named}".rstrip()))
