"""What leaves the office as files: papers in Word, the schedule in Excel, a project's dossier."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from service.base import Caller, Case, Option, Request, Target, sent
from service.shown import Sent, Shown
from states.errors import Conflict
from views.dossier import index
from views.language import N_
from views.papers import render
from views.schedule import schedule_file
from workflow import dossier, queries

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PAPER = Target(
    "--output", "FILE", N_("the new Word file; the paper is in Chinese, whatever the language"), required=True
)

Department = Annotated[
    str | None,
    Option(metavar="ORGANISATION"),
    Field(description=N_("only for this department; otherwise for every one asked")),
]
RegistryNumber = Annotated[
    str | None,
    Option(metavar="NUMBER"),
    Field(description=N_("the number from the office's registry; left blank without it")),
]


class PaperLetter(Request):
    """Write the consultation letter as a Word file, in Chinese."""

    path = "paper letter"
    result = None
    arguments = ("case",)
    targets = (_PAPER,)

    case: Case
    department: Department = None
    number: RegistryNumber = None

    def answer(self, caller: Caller) -> Shown:
        return _paper(caller, self.path.removeprefix("paper "), self.case, self.number, self.department)


class PaperSheet(Request):
    """Write the sign-off sheet of the present stage as a Word file, in Chinese."""

    path = "paper sheet"
    result = None
    arguments = ("case",)
    targets = (_PAPER,)

    case: Case
    number: RegistryNumber = None

    def answer(self, caller: Caller) -> Shown:
        return _paper(caller, "sheet", self.case, self.number, None)


class PaperForm(PaperLetter):
    """Write the departments' opinion forms as a Word file, in Chinese."""

    path = "paper form"


def _paper(caller: Caller, kind: str, case: str, number: str | None, department: str | None) -> Shown:
    view, rules = queries.view(caller.office, case)
    content = render.paper(kind, view, caller.names(rules), number, department)
    return sent(f"{case}-{kind}.docx", _WORD, content, size=len(content))


class CaseDossier(Request):
    """Write a project's dossier: one folder that can be checked without this program."""

    path = "case dossier"
    result = None
    arguments = ("case",)
    targets = (Target("--output", "FOLDER", N_("the new folder, or an empty one"), required=True),)

    case: Case

    def answer(self, caller: Caller) -> Shown:
        files = dossier.contents(caller.office, self.case)
        view, rules = queries.view(caller.office, self.case)
        entries = queries.history(caller.office, self.case)
        if entries[-1].hash != dossier.last_hash(files):
            raise Conflict("changed_meanwhile")
        files[dossier.INDEX] = index(view, entries, caller.names(rules))
        facts = {"files": len(files) + 1}
        return Shown(file=Sent(f"{self.case}.zip", "application/zip", dossier.packed(files), facts))


class CaseSchedule(Request):
    """Write the projects under way on one Excel page."""

    path = "case schedule"
    result = None
    targets = (Target("--output", "FILE", N_("the new Excel file"), required=True),)

    def answer(self, caller: Caller) -> Shown:
        lines = [line for line in queries.lines(caller.office) if line.active]
        content = schedule_file(lines, caller.names(caller.rules))
        return sent("schedule.xlsx", EXCEL, content, rows=len(lines))
