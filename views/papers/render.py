"""Papers as Word files: a template, filled with texts that stay exactly what they are."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from views.language import speaking
from views.names import Names
from views.papers.content import about, answer_rows, asked, department_paper
from workflow.results import CaseView

FOLDER = Path(__file__).parent / "templates"
#: What no XML may hold, and the characters in which docxtpl would see a command; intake refuses them all.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def literal(value: object) -> Markup:
    """``value`` as it must stand in the XML; docxtpl would still turn ``{_{`` into ``{{`` behind our back."""
    text = str(escape(_UNFIT.sub("\ufffd", str(value))))
    return Markup(text.replace("_", "&#95;"))  # noqa: S704 - escaped above


def letter(view: CaseView, names: Names, department: str | None, number: str | None) -> bytes:
    """The consultation letter, to one department or to every one asked but the lead itself.

    Raises NotFound for a department that is not asked, Invalid where nobody is.
    """
    return _departments("letter", view, names, asked(view.case, names.rules, department, but_leads=True), number)


def form(view: CaseView, names: Names, department: str | None, number: str | None) -> bytes:
    """The opinion form of one department, or of every one asked. Raises as :func:`letter`."""
    return _departments("form", view, names, asked(view.case, names.rules, department), number)


def sheet(view: CaseView, names: Names, number: str | None) -> bytes:
    """The sign-off sheet of the present stage. Raises Invalid where nobody is asked."""
    with speaking("zh"):
        names = names.of(view.case)
        asked(view.case, names.rules, None)
        return _filled("sheet", {**about(view, names, number), "answers": answer_rows(view, names)})


def _departments(kind: str, view: CaseView, names: Names, departments: tuple[str, ...], number: str | None) -> bytes:
    with speaking("zh"):
        names = names.of(view.case)
        papers = [department_paper(view, names, department) for department in departments]
        return _filled(kind, {**about(view, names, number), "papers": papers})


def _filled(kind: str, context: dict[str, Any]) -> bytes:
    paper = DocxTemplate(FOLDER / f"{kind}.docx")
    strict = Environment(undefined=StrictUndefined, autoescape=True, finalize=literal)
    paper.render(context, strict, autoescape=True)
    content = io.BytesIO()
    paper.save(content)
    return content.getvalue()
