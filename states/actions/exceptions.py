"""A decision that lifts one named obstacle of one case once; who may take it stands in the configuration."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from states.actions.base import Line, Reasoned
from states.errors import code_and_subject


class Decide(Reasoned):
    """Lift one named obstacle of the case once, by document."""

    name = "decide"
    arguments: ClassVar[tuple[str, ...]] = ("case", "obstacle")

    obstacle: Line = Field(description="code of the obstacle, as --json shows it")
    document: Line = Field(description="number of the document that decides")

    @property
    def code(self) -> str:
        return code_and_subject(self.obstacle)[0]

    @property
    def subject(self) -> str:
        return code_and_subject(self.obstacle)[1]
