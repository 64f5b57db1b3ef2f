"""The ways in, alike for whoever tests them: an action goes in by its name and fields, an outcome comes back.

Judges of behaviour are written once and run through each way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from states.errors import PeijianError
from workflow import intake
from workflow.office import Office


@dataclass(frozen=True)
class Outcome:
    """What came back: ``code`` and ``exit_code`` are empty and 0 where it was done."""

    code: str = ""
    exit_code: int = 0
    #: keys of the obstacles or of the reasons for a refusal
    keys: tuple[str, ...] = ()
    #: the result as JSON where it was done
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return not self.code


class WayIn(Protocol):
    """Acts as whoever holds the token (None: nobody)."""

    def act(self, path: str, fields: Mapping[str, Any], token: str | None) -> Outcome: ...


@dataclass
class Library:
    """Straight into the office, in this process."""

    office: Office

    def act(self, path: str, fields: Mapping[str, Any], token: str | None) -> Outcome:
        try:
            done = self.office.perform(intake.build(path, fields), token)
        except PeijianError as error:
            obstacles = getattr(error, "obstacles", None) or error.params.get("obstacles", ())
            return Outcome(error.code, error.exit_code, tuple(sorted(o.key for o in obstacles)))
        return Outcome(body=done.model_dump(mode="json"))
