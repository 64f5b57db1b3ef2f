"""Duties: what the notice itself asks of organisations by a date."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from service.base import Caller, Option, Request
from service.shown import Shown
from views.duties import duties_page
from views.language import N_
from workflow import duties, queries
from workflow.results import DutyLine


class DutyList(Request):
    """What the notice asks of my organisation by a date."""

    path = "duty list"
    result = list[DutyLine]

    everybody: Annotated[bool, Option("--all")] = Field(False, description=N_("of every organisation"))

    def answer(self, caller: Caller) -> Shown:
        office = caller.office
        organisation = None if self.everybody else queries.whoami(office, caller.token).organisation
        found = duties.lines(office, organisation)
        return caller.show(found, caller.rules, partial(duties_page, found))


class DutyDone(Request):
    """Report that my organisation has done what was due."""

    path = "duty done"
    result = DutyLine
    arguments = ("code",)
    writes = True

    code: str
    document: Annotated[str, Option(metavar="NUMBER")] = Field(description=N_("number of the document that shows it"))
    period: str | None = Field(None, description=N_("month reported on, such as 2020-05, or the due day"))

    def answer(self, caller: Caller) -> Shown:
        line = duties.done(caller.office, caller.token, self.code, self.document, self.period)
        return caller.show(line, caller.rules, partial(duties_page, [line]))
