"""What leaves the office as files: papers in Word, the schedule in Excel, a project's dossier."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from commands.frame import CASE, Own, Settings, needs
from commands.output import say, today, write_new
from views.language import _


def _paper(
    kind: str, shared: Settings, case: str, number: str | None, output: str, department: str | None = None
) -> None:
    from views.names import Names
    from views.naming import Meanings
    from views.papers import render
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    asked = department and Meanings(rules).meant("organisation", department)
    content = render.paper(kind, view, Names(rules, today()), number, asked)
    write_new(Path(output), content)
    say(shared, {"path": output, "size": len(content)}, output)


def _dossier(shared: Settings, case: str, output: str) -> None:
    from states.errors import Conflict
    from views.dossier import index
    from views.names import Names
    from workflow import dossier, queries

    office = shared.office()
    files = dossier.contents(office, case)
    view, rules = queries.view(office, case)
    entries = queries.history(office, case)
    if entries[-1].hash.encode() not in files[dossier.HEAD]:
        raise Conflict("changed_meanwhile")
    files[dossier.INDEX] = index(view, entries, Names(rules, today()))
    dossier.write(Path(output), files)
    say(shared, {"path": output, "files": len(files) + 1}, output)


def _schedule(shared: Settings, output: str) -> None:
    from views.names import Names
    from views.schedule import schedule_file
    from workflow import queries

    office = shared.office()
    lines = [line for line in queries.lines(office) if line.active]
    write_new(Path(output), schedule_file(lines, Names(queries.current_rules(office), today())))
    say(shared, {"path": output, "rows": len(lines)}, output)


def _department() -> click.Parameter:
    return click.Option(
        ["--department"], metavar=_("ORGANISATION"), help=_("only for this department; otherwise for every one asked")
    )


def _number() -> click.Parameter:
    return click.Option(
        ["--number"], metavar=_("NUMBER"), help=_("the number from the office's registry; left blank without it")
    )


def _output() -> click.Parameter:
    return _new(_("FILE"), _("the new Word file; the paper is in Chinese, whatever the language"))


def _new(kind: str, text: str) -> click.Parameter:
    return click.Option(["--output"], metavar=kind, required=True, help=text)


OWN: Own = {
    "case dossier": (_dossier, needs(CASE, lambda: _new(_("FOLDER"), _("the new folder, or an empty one")))),
    "case schedule": (_schedule, needs(lambda: _new(_("FILE"), _("the new Excel file")))),
    "paper letter": (partial(_paper, "letter"), needs(CASE, _department, _number, _output)),
    "paper sheet": (partial(_paper, "sheet"), needs(CASE, _number, _output)),
    "paper form": (partial(_paper, "form"), needs(CASE, _department, _number, _output)),
}
