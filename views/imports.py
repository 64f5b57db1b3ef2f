"""What a workbook of running projects opens: how many at which stage, the first of them, what was read otherwise."""

from __future__ import annotations

from collections import Counter

from views.case import parcel_text
from views.fields import column_label
from views.labels import stage_label
from views.language import _, ngettext
from views.page import (
    DONE,
    WAITING,
    Block,
    Column,
    Gap,
    Line,
    Page,
    Paragraph,
    good,
    quiet,
    say,
    section,
    strong,
    table,
    warn,
)
from views.wording import warning_text
from workflow.results import Imported

_FEW = 20
_OF_ALL = "standards_unknown"


def imported_page(found: Imported, asking: bool = False) -> Page:
    """The whole stands in ``--json``; a screen shows the first of everything. ``asking``: a question follows."""
    rows = [
        (say(one.case), say(quiet(found.places[one.case])), say(stage_label(one.stage))) for one in found.cases[:_FEW]
    ]
    columns = (Column(_("case number"), head=True), Column(_("row")), Column(_("present stage"), 10))
    changes = [
        _("{place} {field}: “{typed}” stored as “{stored}”").format(
            place=t.place, field=column_label(t.field), typed=t.typed, stored=t.stored
        )
        for t in found.told
    ]
    doubts = [
        f"{found.places[one.case]} {warning_text(code)}"
        for one in found.cases
        for code in one.warnings
        if code != _OF_ALL
    ]
    reused = [f"{found.places[one.case]} {parcel_text(other)}" for one in found.cases for other in one.earlier]
    return (
        Paragraph(_headline(found), 0, 2),
        *section(_("Stages"), *(Paragraph(say(line), 2, 2) for line in _by_stage(found))),
        *section(_("Projects"), table(columns, rows), *_more(len(found.cases))),
        *_listed(_("Read otherwise than typed"), changes),
        *_listed(_("Confirmed doubts"), doubts),
        *_listed(_("Parcels that were used before"), reused),
        *_unheld(found),
        *_listed(_("Left aside: columns that name no field"), list(found.left_aside)),
        *(() if found.opened or asking else _next()),
    )


def _unheld(found: Imported) -> Page:
    """Told once: it holds for nearly every project that is imported."""
    count = sum(_OF_ALL in one.warnings for one in found.cases)
    told = ngettext("{n} project: ", "{n} projects: ", count).format(n=count) + warning_text(_OF_ALL)
    return (Gap(), Paragraph(say(warn(f"{WAITING} {told}")), 0, 2)) if count else ()


def _headline(found: Imported) -> Line:
    count = len(found.cases)
    if found.opened:
        text = ngettext("{n} project registered", "{n} projects registered", count)
        return say(good(f"{DONE} "), strong(text.format(n=count)))
    text = ngettext("{n} project can be registered", "{n} projects can be registered", count)
    return say(warn(f"{WAITING} "), strong(text.format(n=count)), "  ", quiet(_("nothing was written yet")))


def _by_stage(found: Imported) -> list[str]:
    counted = Counter(one.stage for one in found.cases)
    return [_("{stage}: {n}").format(stage=stage_label(stage), n=n) for stage, n in counted.items()]


def _listed(heading: str, lines: list[str]) -> Page:
    return section(heading, *(Paragraph(say(line), 2, 2) for line in lines[:_FEW]), *_more(len(lines))) if lines else ()


def _more(count: int) -> tuple[Block, ...]:
    text = _("and {n} more; --json prints all of them")
    return (Paragraph(say(quiet(text.format(n=count - _FEW))), 2),) if count > _FEW else ()


def _next() -> Page:
    text = _("All or none of them are registered: repeat with --confirm.")
    return (Gap(), Paragraph(say(text), 0, 2))
