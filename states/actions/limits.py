"""What is done to a time limit: it is extended, with a reason and by document."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from states.actions.base import Count, Identifier, Line, Reasoned


class ExtendLimit(Reasoned):
    """Extend a running limit of the case, by document."""

    name = "limit extend"
    arguments: ClassVar[tuple[str, ...]] = ("case", "limit")

    limit: Identifier = Field(description="limit: its code, such as L17")
    concern: Identifier | None = Field(
        None, description="concern: the department, facility, item or condition the limit is about"
    )
    by: Count = Field(description="how much longer: in the unit of the limit")
    document: Line = Field(description="number of the document that extends it")
