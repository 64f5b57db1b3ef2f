"""Running projects out of a workbook: a look at everything in it, and all of it registered; an empty one to fill in."""

from __future__ import annotations

from pydantic import Field

from service.base import Caller, File, Request, Target, sent
from service.papers import EXCEL
from service.shown import Shown
from states.errors import Misused
from views.imports import imported_page
from views.language import N_
from views.workbook import choices, template
from workflow import importing
from workflow.results import Imported


class CaseImport(Request):
    """Register a running project at the stage it has reached."""

    path = "case import"
    result = Imported
    arguments = ("source",)
    writes = True
    targets = (Target("--template", "FILE", N_("write an empty workbook to fill in"), "template"),)

    source: File | None = None
    confirm: bool = Field(False, description=N_("register all projects; without it they are only checked"))
    template: bool = False

    def answer(self, caller: Caller) -> Shown:
        """Without ``confirm`` nothing is written."""
        if (self.source is None) != self.template:
            raise Misused("workbook_or_template")
        if self.source is None:
            return sent("template.xlsx", EXCEL, template(caller.rules_on_file))
        office, rules = caller.office, caller.rules
        found = importing.read(office, self.source, choices(rules), caller.progress)
        done = importing.perform(office, found, caller.token, self.confirm, caller.progress)
        return caller.show(
            done, rules, lambda names: imported_page(done, asking=caller.interactive and not self.confirm)
        )
