"""What leaves the office as files: papers in Word, the schedule in Excel, a project's dossier."""

from __future__ import annotations

from pathlib import Path

import click

from commands.frame import CASE, Own, Settings, needs
from commands.output import say, today, write_new
from views.language import _


def _paper(kind: str, shared: Settings, case: str, department: str | None, number: str | None, output: str) -> None:
    from views.names import Names
    from views.papers import render
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    names = Names(rules, today())
    if kind == "sheet":
        content = render.sheet(view, names, number)
    else:
        content = {"letter": render.letter, "form": render.form}[kind](view, names, department, number)
    write_new(Path(output), content)
    say(shared, {"path": output, "size": len(content)}, output)


def _letter(shared: Settings, case: str, department: str | None, number: str | None, output: str) -> None:
    _paper("letter", shared, case, department, number, output)


def _form(shared: Settings, case: str, department: str | None, number: str | None, output: str) -> None:
    _paper("form", shared, case, department, number, output)


def _sheet(shared: Settings, case: str, number: str | None, output: str) -> None:
    _paper("sheet", shared, case, None, number, output)


def _department() -> click.Parameter:
    return click.Option(
        ["--department"], metavar=_("ORGANISATION"), help=_("only for this department; otherwise for every one asked")
    )


def _number() -> click.Parameter:
    return click.Option(
        ["--number"], metavar=_("NUMBER"), help=_("the number from the office's registry; left blank without it")
    )


def _output() -> click.Parameter:
    text = _("the new Word file; the paper is in Chinese, whatever the language")
    return click.Option(["--output"], metavar=_("FILE"), required=True, help=f"{text} [{_('required')}]")


OWN: Own = {
    "paper letter": (_letter, needs(CASE, _department, _number, _output)),
    "paper sheet": (_sheet, needs(CASE, _number, _output)),
    "paper form": (_form, needs(CASE, _department, _number, _output)),
}
