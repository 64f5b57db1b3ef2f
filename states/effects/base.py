"""What every effect is made of: the stamp of who and when, and the one function that actions register with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any

from states.actions.base import Action
from states.facts import Actor, Case
from states.rules import Rules


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who acted, on which day it happened and when it was recorded (ISO text)."""

    actor: Actor
    happened_on: str
    recorded_at: str

    @classmethod
    def of(cls, action: Action, actor: Actor, now: datetime) -> Stamp:
        day = action.happened_on or now.date()
        return cls(actor, day.isoformat(), now.isoformat(timespec="seconds"))

    def marks(self) -> dict[str, Any]:
        """The columns that say when and by whom."""
        return {
            "happened_on": self.happened_on,
            "recorded_at": self.recorded_at,
            "recorded_by": f"{self.actor.signature}@{self.actor.organisation}",
        }


@singledispatch
def effect(action: Action, case: Case, stamp: Stamp, rules: Rules) -> Case:
    """What an action does beside its edge; most edges do nothing else."""
    return case
