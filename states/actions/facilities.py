"""Requirement and evidence of one facility, from the planning review to the title certificate."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from states.actions.base import Action, Identifier, Line, Reasoned, Scale, Text
from states.actions.cases import DecisionTerms, FacilityTerms, RequirementTerms
from states.facts import Ownership


class _OneFacility(Action):
    arguments: ClassVar[tuple[str, ...]] = ("case", "facility")

    facility: Identifier = Field(description="facility number")


class AddFacility(Action, FacilityTerms):
    """Add a facility and its requirement."""

    name = "facility add"
    arguments: ClassVar[tuple[str, ...]] = ("case", "facility", "subtype")

    reason: Text | None = Field(None, description="reason")


class AmendFacility(_OneFacility, Reasoned, RequirementTerms):
    """Amend a facility's requirement: a new version."""

    name = "facility amend"


class RemoveFacility(_OneFacility, Reasoned):
    """Take a facility off the list, during the planning review."""

    name = "facility remove"


class DecideCategory(Action, DecisionTerms):
    """Decide a category: required, not required, or pooled elsewhere."""

    name = "facility decide"
    arguments: ClassVar[tuple[str, ...]] = ("case", "category")

    @model_validator(mode="after")
    def _explained(self) -> DecideCategory:
        if self.decision != "required" and self.basis is None:
            raise PydanticCustomError("basis_needed", "a basis is needed")
        if self.decision == "pooled" and self.link is None:
            raise PydanticCustomError("link_needed", "name the facility or case elsewhere")
        return self


class Designate(_OneFacility):
    """Designate the department competent for a facility."""

    name = "facility designate"

    department: Identifier = Field(description="department")
    document: Line = Field(description="number of the designating document")


class _Placed(_OneFacility, Scale):
    location: Line | None = Field(None, description="location")
    location_as_required: bool = Field(False, description="the location is the one required, word for word")
    note: Text | None = Field(None, description="note")

    @model_validator(mode="after")
    def _located(self) -> _Placed:
        if (self.location is None) == (not self.location_as_required):
            raise PydanticCustomError("location_needed", "give the location, or say that it is as required")
        return self


class FileDrawings(_Placed):
    """Record scale and location in the approved drawings."""

    name = "facility drawings"


class Measure(_Placed):
    """Record the measured scale and the as-built location."""

    name = "facility measure"


class ReportProgress(_OneFacility):
    """Report how far a facility is built."""

    name = "facility progress"

    percent: int = Field(ge=0, le=100, description="progress in per cent")
    built: bool = Field(False, description="the facility is completely built")
    not_built: bool = Field(False, description="the facility is not built after all, although it was reported so")
    note: Text | None = Field(None, description="note")

    @model_validator(mode="after")
    def _says_one_thing(self) -> ReportProgress:
        if self.built and (self.not_built or self.percent < 100):
            raise PydanticCustomError("built_contradicted", "built means 100 per cent and nothing less")
        return self


class HandOver(_OneFacility):
    """Record the handover of a facility."""

    name = "facility hand-over"

    deed: Line = Field(description="number of the handover deed")
    recipient: Line = Field(description="receiving body")
    user: Line | None = Field(None, description="who uses or runs the facility")
    note: Text | None = Field(None, description="note")


class RegisterTitle(_OneFacility):
    """Record a title certificate, an exemption, or the registration note of an all-owners facility."""

    name = "facility register"

    title: Line | None = Field(None, description="number of the title certificate or registration note")
    holder: Line | None = Field(None, description="registered holder")
    ownership: Ownership = Field(description="ownership")
    exemption: Text | None = Field(None, description="why there is no title, with the basis")

    @model_validator(mode="after")
    def _one_of_two(self) -> RegisterTitle:
        if (self.title is None) == (self.exemption is None):
            raise PydanticCustomError("title_or_exemption", "give either a title or an exemption")
        return self


class EnterAsset(_OneFacility):
    """Enter a government-owned facility in the asset register."""

    name = "facility asset-entry"

    entry: Line = Field(description="number of the asset entry")
    note: Text | None = Field(None, description="note")
