"""The completion joint acceptance, led by the housing bureau (notice, 三(四))."""

from __future__ import annotations

from pydantic import Field

from states.actions.base import Action, Count, Day, Identifier, Line, Model, Reasoned, Text, terms


class TriggerAcceptance(Action):
    """Begin the completion joint acceptance."""

    name = "acceptance trigger"


class ItemTerms(Model):
    """One item of a written rectification opinion; ``department`` is the one that objected."""

    facility: Identifier
    department: Identifier
    fact: Text
    basis: Text
    requirement: Text
    deadline: Day


class OrderRectification(Action):
    """Issue the written rectification opinion and close the round."""

    name = "acceptance order"

    reference: Line = Field(description="number of the written rectification opinion")
    items: tuple[terms(ItemTerms), ...] = Field(  # type: ignore[valid-type]
        min_length=1,
        description="item: facility=…; department=…; fact=…; basis=…; requirement=…; deadline=…",
    )


class AnswerTerms(Model):
    """The developer's answer to one item."""

    item: Count
    answer: Text


class ReportRectification(Action):
    """Record the developer's answer to each item and open the next round."""

    name = "acceptance report"

    answers: tuple[terms(AnswerTerms), ...] = Field(  # type: ignore[valid-type]
        min_length=1, description="answer: item=…; answer=…"
    )


class Certify(Action):
    """Conclude the acceptance with the comprehensive acceptance certificate."""

    name = "acceptance certify"


class Revoke(Reasoned):
    """Revoke the comprehensive acceptance certificate."""

    name = "acceptance revoke"
