"""The presale consultation: the housing bureau asks the competent departments (notice, 三(三))."""

from __future__ import annotations

from pydantic import Field

from states.actions.base import Action, Count, Line, Reasoned


class RequestPresale(Action):
    """Consult the competent departments on a presale."""

    name = "presale request"

    buildings: Line = Field(description="buildings to be presold")
    households: Count = Field(description="households to be presold")


class ClearPresale(Action):
    """Conclude the presale consultation."""

    name = "presale clear"


class WithdrawPresale(Reasoned):
    """Record that the developer withdraws the presale application."""

    name = "presale withdraw"
