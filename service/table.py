"""What lies on the table of whoever fills in a form: who that is, the rules, and the case it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from states.calendar import Calendar
from states.rules import Rules
from workflow import settings
from workflow.results import CaseView


@dataclass(frozen=True)
class Table:
    """``waiting``: the cases in which something waits for the organisation, or else all, each with its project.

    ``today``: ISO day of the office.
    """

    organisation: str
    today: str
    rules: Rules
    waiting: Mapping[str, str]
    view: CaseView | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "organisation": self.organisation,
            "today": self.today,
            "rules": settings.dumps(self.rules),
            "calendar": _calendars().dump_python(self.rules.calendar, mode="json"),
            "waiting": dict(self.waiting),
            "view": self.view and self.view.model_dump(mode="json"),
        }

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Table:
        calendar = _calendars().validate_python(found["calendar"])
        return cls(
            organisation=found["organisation"],
            today=found["today"],
            rules=replace(settings.loads(found["rules"]), calendar=calendar),
            waiting=found["waiting"],
            view=CaseView.model_validate(found["view"]) if found["view"] else None,
        )


@cache
def _calendars() -> TypeAdapter[Calendar]:
    return TypeAdapter(Calendar)
