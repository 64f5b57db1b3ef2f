"""What a form needs before it can be filled in; the command line asks for it at a terminal."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from service.base import Caller, Request
from service.shown import Shown
from service.table import Table
from states.errors import Blocked
from views.language import N_
from workflow import foresight, queries


class FormTable(Request):
    """What the form of an action can be filled in with."""

    path = "form table"

    case: str | None = Field(None, description=N_("case number"))

    def answer(self, caller: Caller) -> Shown:
        office = caller.office
        organisation = queries.whoami(office, caller.token).organisation
        if self.case is None:
            waiting = {task.case: task.project for task in queries.inbox(office, organisation)}
            waiting = waiting or {line.case: line.project for line in queries.lines(office)}
            return Shown(Table(organisation, caller.today, caller.rules, waiting).as_json())
        view, rules = queries.view(office, self.case)
        return Shown(Table(organisation, caller.today, rules, {}, view).as_json())


class FormCheck(Request):
    """Whether the form of an action may be filled in."""

    path = "form check"

    action: str
    known: Mapping[str, str] = Field({})

    def answer(self, caller: Caller) -> Shown:
        """Nothing, where the form may be filled in. Raises NotAllowed, or Blocked whatever else would be answered."""
        if obstacles := foresight.hopeless(caller.office, caller.token, self.action, self.known):
            raise Blocked(obstacles)
        return Shown({})
