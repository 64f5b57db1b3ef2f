"""The housing bureau's consultations: presale, and the completion joint acceptance."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from states.actions.base import Action, Count, Identifier, Line, Model, Text, terms


class RequestPresale(Action):
    """Consult the competent departments on a presale."""

    name = "presale request"

    buildings: Line = Field(description="buildings to be presold")
    households: Count = Field(description="households to be presold")


class ClearPresale(Action):
    """Conclude the presale consultation."""

    name = "presale clear"


class WithdrawPresale(Action):
    """Record that the developer withdraws the presale application."""

    name = "presale withdraw"

    reason: Text = Field(description="reason")


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
    deadline: date


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


class Revoke(Action):
    """Revoke the comprehensive acceptance certificate."""

    name = "acceptance revoke"

    reason: Text = Field(description="reason")
