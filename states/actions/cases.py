"""Opening a case, moving it, and filing its papers."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from states.actions.base import (
    Action,
    Area,
    Attachment,
    Count,
    Day,
    Identifier,
    Line,
    Model,
    Reasoned,
    Scale,
    Text,
    terms,
)
from states.facts import CategoryChoice, Ownership


class DecisionTerms(Model):
    """What is decided on a category (R-052)."""

    category: Identifier = Field(description="facility category")
    decision: CategoryChoice = Field(description="decision")
    basis: Text | None = Field(None, description="basis of the decision")
    link: Line | None = Field(None, description="the facility or case elsewhere that serves instead")
    special_plan: Line | None = Field(None, description="version of the special plan that was checked")
    substitute_basis: Text | None = Field(None, description="basis used while there is no approved special plan")


class RequirementTerms(Scale):
    """The particulars of a requirement; what is not known yet stays open."""

    location: Line | None = Field(None, description="location")
    design: Text | None = Field(None, description="design requirements")
    mode: Identifier | None = Field(None, description="construction mode")
    ownership: Ownership | None = Field(None, description="ownership")
    ownership_reason: Text | None = Field(None, description="why not government-owned")
    ownership_basis: Text | None = Field(None, description="basis of an ownership other than the government's")
    handover: Text | None = Field(None, description="handover requirements")
    recipient: Line | None = Field(None, description="receiving body")
    handover_days: Count | None = Field(None, description="handover limit, in days after the certificate")

    def particulars(self) -> dict[str, object]:
        """By the names of the facts, in their units, only what is given."""
        named = {
            **self.measures(),
            **self.model_dump(include=set(RequirementTerms.model_fields) - set(Scale.model_fields)),
        }
        return {name: value for name, value in named.items() if value is not None}


class FacilityTerms(RequirementTerms):
    facility: Identifier = Field(description="facility number")
    subtype: Identifier = Field(description="kind of facility")


class Developer(Model):
    developer: Line | None = Field(None, description="name of the developer")
    developer_code: Line | None = Field(None, description="unified social credit code of the developer")
    confirm_credit_code: bool = Field(False, description="the credit code is right although its check digit is not")


class OpenCase(Action, Developer):
    """Register a project."""

    name = "case open"
    arguments: ClassVar[tuple[str, ...]] = ()

    project: Line = Field(description="name of the project")
    kind: Identifier = Field(description="kind of project")
    town: Identifier = Field(description="town or sub-district")
    parcel: Line = Field(description="parcel code")
    project_code: Line | None = Field(None, description="project code")
    land_area_m2: Area | None = Field(None, description="land area in square metres")
    plot_ratio: Area | None = Field(None, description="plot ratio")
    aboveground_gfa_m2: Area | None = Field(None, description="floor area above ground in square metres")
    residential_gfa_m2: Area | None = Field(None, description="residential floor area in square metres")
    households: Count = Field(description="households")
    population: Count | None = Field(None, description="planned population")
    regulatory_plan: Line | None = Field(None, description="regulatory detailed plan, unit and number")
    stage: Identifier | None = Field(None, description="stage at which an older or other project enters")
    facilities: tuple[terms(FacilityTerms), ...] = Field((), description="facilities")  # type: ignore[valid-type]
    decisions: tuple[terms(DecisionTerms), ...] = Field((), description="category decisions")  # type: ignore[valid-type]


class ImportCase(OpenCase):
    """Register a running project at the stage it has reached."""

    name = "case import"


class AmendCase(Reasoned, Developer):
    """Amend the data of the project."""

    name = "case amend"

    project: Line | None = Field(None, description="name of the project")
    households: Count | None = Field(None, description="households")
    population: Count | None = Field(None, description="planned population")
    regulatory_plan: Line | None = Field(None, description="regulatory detailed plan, unit and number")


class Circulate(Action):
    """Open a round: ask the departments for their sign-offs."""

    name = "case circulate"


class Advance(Action):
    """Move the case to its next stage."""

    name = "case advance"


class Return(Reasoned):
    """Close the round and send the case back for rework."""

    name = "case return"


class Reopen(Reasoned):
    """Go back to the planning joint review."""

    name = "case reopen"


class LandDealFailed(Reasoned):
    """Record that the land deal failed: a new attempt, the same conditions."""

    name = "case land-deal-failed"


class Suspend(Reasoned):
    """Suspend the case."""

    name = "case suspend"


class Resume(Reasoned):
    """Resume a suspended case."""

    name = "case resume"


class Terminate(Reasoned):
    """End the case without completion."""

    name = "case terminate"


class AdoptConfiguration(Reasoned):
    """Let a running case follow the configuration now in force."""

    name = "case adopt-config"


class AddDocument(Action):
    """File a numbered document."""

    name = "document add"
    arguments: ClassVar[tuple[str, ...]] = ("case", "kind", "reference")
    attached = "file"

    kind: Identifier = Field(description="kind of document")
    reference: Line = Field(description="document number")
    issued_on: Day = Field(description="date of the document")
    issuer: Identifier | None = Field(None, description="who issued it; your organisation if not given")
    title: Line | None = Field(None, description="title")
    file: Attachment | None = Field(None, description="the scan or file")
