"""What a form shows: a facility's requirement beside its evidence, and everything that is about to be recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from policies.next_step import CLEARED_BY_SIGNING
from states.facts import Facility
from views.differences import difference_lines
from views.facilities import closing_section, facility_table
from views.labels import action_label, stage_label
from views.language import _
from views.names import Names
from views.page import (
    WAITING,
    Block,
    Column,
    Gap,
    Heading,
    Line,
    Page,
    Paragraph,
    Title,
    joined,
    quiet,
    say,
    strong,
    table,
    warn,
)
from views.wording import obstacle_text
from workflow.results import CaseView, Normalised


def opening_page(action: str, view: CaseView | None, names: Names, organisation: str) -> Page:
    """The head of a form: what is done, by whom, in which case."""
    about = [names.organisation(organisation)]
    right = say()
    if view:
        about += [view.case.name, stage_label(view.case.stage)]
        right = say(strong(view.case.id))
    hint = _("Ctrl-C leaves at any time; nothing is recorded before you say so at the end.")
    return (
        Title(say(strong(action_label(action))), right),
        Paragraph(say(_(" · ").join(about))),
        Paragraph(say(quiet(hint))),
    )


def facility_page(view: CaseView, names: Names, facilities: tuple[Facility, ...], note: str = "") -> Page:
    """Requirement and evidence side by side, and what is known to be wrong."""
    case = view.case
    about = {f.facility for f in facilities}
    wrong = [o for o in view.obstacles if o.subject in about and o.code not in CLEARED_BY_SIGNING]
    heading = names.facility(facilities[0].facility) if len(facilities) == 1 else _("Facilities")
    return (
        Gap(),
        Heading(heading, say(quiet(note))),
        facility_table(view, names, facilities),
        *closing_section(view, names, facilities),
        *(Paragraph(say(warn(f"{WAITING} {obstacle_text(o, names)}")), 2, 2) for o in wrong),
        *_wishes(case.requirement(facilities[0].facility) if len(facilities) == 1 else None),
        Gap(),
    )


def _wishes(required: Any) -> Iterable[Block]:
    """The parts of a requirement that are sentences."""
    for field, title in (("design", _("design requirements")), ("handover", _("handover requirements"))):
        if text := getattr(required, field, None):
            yield Paragraph(say(quiet(title + _(": ")), text), 2, 2)


def changes_page(view: CaseView, names: Names, department: str) -> Page:
    """What became different since the department signed; nothing where nothing did."""
    answer = next((a for a in view.answers if a.department == department), None)
    lines = difference_lines(answer.changes, names) if answer else []
    if not lines:
        return ()
    return (Gap(), Heading(_("Changed since you signed")), *(Paragraph(line, 2, 2) for line in lines))


def record_page(rows: Iterable[tuple[str, Line]], notes: Iterable[Normalised] = ()) -> Page:
    """Everything that will be recorded, field by field."""
    columns = (Column(_("what will be recorded"), least=12, head=True), Column(_("content"), least=24))
    stored = _("“{typed}” is stored as “{stored}”")
    return (
        Gap(),
        table(columns, [(say(quiet(title)), text) for title, text in rows], indent=2),
        *(Paragraph(say(warn(stored.format(typed=n.typed, stored=n.stored))), 2, 2) for n in notes),
        Gap(),
    )


def plain_value(value: Any) -> str:
    """A value as it was typed, short enough for a question."""
    if isinstance(value, Mapping):
        return str(value.get("name", ""))
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def value_line(value: Any) -> Line:
    """A value of an action, where it has no name of its own."""
    if isinstance(value, bool):
        return say(_("yes") if value else _("no"))
    if isinstance(value, BaseModel) and hasattr(value, "content"):
        return say(f"{getattr(value, 'name', '')} ({value.content.size} B)")
    return say(f"{value:f}" if isinstance(value, Decimal) else str(value))


def item_line(parts: Iterable[tuple[str, Line]]) -> Line:
    """One of several: ``title: text; title: text``."""
    return joined((say(quiet(title + _(": ")), text) for title, text in parts), _("; "))
