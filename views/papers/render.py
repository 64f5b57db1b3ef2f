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
from views.papers.about import about, asked
from views.papers.answers import answer_rows
from views.papers.department import department_paper
from workflow.results import CaseView

FOLDER = Path(__file__).parent / "templates"
#: What no XML may hold, and the characters in which docxtpl would see a command; intake refuses them all.
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def literal(value: object) -> Markup:
    """``value`` as it must stand in the XML; docxtpl would still turn ``{_{`` into ``{{`` behind our back."""
    text = str(escape(_UNFIT.sub("\ufffd", str(value))))
    return Markup(text.replace("_", "&#95;"))  # noqa: S704 - escaped above


def paper(kind: str, view: CaseView, names: Names, number: str | None, department: str | None) -> bytes:
    """A ``letter``, a ``form`` (both for one department, or for every one asked) or the ``sheet`` of the stage.

    Raises NotFound for a department that is not asked, Invalid where nobody is.
    """
    with speaking("zh"):
        names = names.of(view.case)
        departments = asked(view.case, names.rules, department, but_leads=kind == "letter")
        context = about(view, names, number)
        if kind == "sheet":
            return _filled(kind, {**context, "answers": answer_rows(view, names)})
        return _filled(kind, {**context, "papers": [department_paper(view, names, d) for d in departments]})


def _filled(kind: str, context: dict[str, Any]) -> bytes:
    template = DocxTemplate(FOLDER / f"{kind}.docx")
    strict = Environment(undefined=StrictUndefined, autoescape=True, finalize=literal)
    template.render(context, strict, autoescape=True)
    content = io.BytesIO()
    template.save(content)
    return content.getvalue()
