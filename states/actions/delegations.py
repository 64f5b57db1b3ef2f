"""A delegation is of an office, not of a case: an absent leader's place is taken by a clerk of the house."""

from __future__ import annotations

from pydantic import Field

from states.actions.base import Day, Identifier, Line, Model


class DelegationTerms(Model):
    """What a delegation says; ``stages`` is empty where it holds in all."""

    absent: Line = Field(description="account of the absent leader")
    deputy: Line = Field(description="account of the clerk who takes the leader's place")
    from_on: Day = Field(description="first day")
    to_on: Day = Field(description="last day")
    stages: tuple[Identifier, ...] = Field((), description="only in this stage; may be repeated")
    document: Line = Field(description="number of the document")
