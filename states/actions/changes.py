"""Change requests: the only way to alter a requirement once the land-supply conditions are issued."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from states.actions.base import Action, Count, Identifier, Line, Reasoned, Text, terms
from states.actions.cases import DecisionTerms, Developer, RequirementTerms


class AmendmentTerms(RequirementTerms):
    """New values for the requirement of one facility; what is not named stays."""

    facility: Identifier = Field(description="facility number")


class ProposeChange(Reasoned, Developer):
    """Propose a change of the requirements."""

    name = "change propose"

    document: Line = Field(description="number of the document that asks for the change")
    facilities: tuple[terms(AmendmentTerms), ...] = Field(  # type: ignore[valid-type]
        (), description="new values: facility=…; location=…"
    )
    removals: tuple[Identifier, ...] = Field((), description="number of a facility that is waived or pooled elsewhere")
    decisions: tuple[terms(DecisionTerms), ...] = Field(  # type: ignore[valid-type]
        (), description="category decision: category=…; decision=…; basis=…; link=…"
    )

    @model_validator(mode="after")
    def _says_something(self) -> ProposeChange:
        if not (self.facilities or self.removals or self.decisions or self.developer or self.developer_code):
            raise PydanticCustomError("change_empty", "name what changes")
        named = [f.facility for f in self.facilities] + list(self.removals)
        if len(set(named)) < len(named):
            raise PydanticCustomError("facility_twice", "a facility number is used twice")
        return self


class _OfOneChange(Action):
    arguments: ClassVar[tuple[str, ...]] = ("case", "change")

    change: Count = Field(description="number of the change request")


class ConsentToChange(_OfOneChange):
    """Consent to a change request for your department, or object to it."""

    name = "change consent"

    verdict: Literal["agree", "object"] = Field(description="verdict")
    reason: Text | None = Field(None, description="reason of an objection")

    @model_validator(mode="after")
    def _explained(self) -> ConsentToChange:
        if self.verdict == "object" and not self.reason:
            raise PydanticCustomError("verdict_incomplete", "also needs: {fields}", {"fields": "reason"})
        return self


class ApplyChange(_OfOneChange):
    """Put a change request into force."""

    name = "change apply"


class WithdrawChange(_OfOneChange, Reasoned):
    """Withdraw a change request."""

    name = "change withdraw"
