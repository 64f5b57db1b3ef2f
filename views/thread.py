"""The golden thread (配建要求全程台账): one facility from the planning review to its title, in order of time."""

from __future__ import annotations

from collections.abc import Iterator

from states.comparison import in_place, suffices
from states.facts import MEASURES, Case, Evidence, Facility, Requirement
from views.differences import particular_label, scale, value_text, version_lines
from views.facilities import progress_line
from views.labels import label, stage_label
from views.language import _
from views.names import Names
from views.page import (
    DONE,
    FAILED,
    Column,
    Gap,
    Line,
    Page,
    Paragraph,
    Row,
    Span,
    Title,
    joined,
    quiet,
    say,
    strong,
    table,
)
from views.records import joined_text

#: When, then what: the events of one facility.
_Event = tuple[str, Line, list[Line], str]


def thread_page(case: Case, facility: str, names: Names) -> Page:
    """Every version of the requirement and everything held against it. Raises NotFound."""
    names = names.of(case)
    found = case.facility(facility)
    department = names.rules.competent(found)
    title = Title(say(quiet(_("Golden thread") + "  "), strong(names.facility(facility))), say(strong(case.id)))
    about = joined_text(case.name, names.organisation(department) if department else _("nobody competent"))
    events = sorted(_events(case, found, names), key=lambda event: event[0])
    columns = (
        Column(_("day"), head=True),
        Column(_("what"), least=14, head=True),
        Column(_("content"), least=24),
        Column(_("recorded by"), least=10),
    )
    return (title, Paragraph(say(quiet(about))), Gap(), table(columns, map(_row, events), indent=0, spaced=True))


def _row(event: _Event) -> Row:
    day, what, lines, by = event
    return say(day), what, joined(lines, "\n"), say(quiet(by))


def _events(case: Case, facility: Facility, names: Names) -> Iterator[_Event]:
    versions = [r for r in case.requirements if r.facility == facility.facility]
    for old, new in zip([None, *versions], versions, strict=False):
        yield _version(old, new, names)
    if facility.designated:
        who = say(names.organisation(facility.designated), " ", quiet(facility.designation or ""))
        yield facility.designated_on or "", say(strong(_("competent department designated"))), [who], ""
    by_version = {r.version: r for r in versions}
    for row in case.evidence:
        if row.facility == facility.facility:
            yield _evidence(row, by_version[row.version], case, names)


def _version(old: Requirement | None, new: Requirement, names: Names) -> _Event:
    what = say(strong(_("requirement, version {n}").format(n=new.version)), "\n", quiet(stage_label(new.stage)))
    lines = version_lines(old, new, names)
    if new.reason:
        lines.append(say(quiet(_("reason: ")), new.reason))
    return new.happened_on, what, lines, new.recorded_by.partition("@")[0]


def _evidence(row: Evidence, required: Requirement, case: Case, names: Names) -> _Event:
    against = _("against version {n}").format(n=row.version)
    what = say(strong(label(row.kind)), "\n", quiet(against))
    return row.happened_on, what, list(_found(row, required, case, names)), row.recorded_by.partition("@")[0]


def _found(row: Evidence, required: Requirement, case: Case, names: Names) -> Iterator[Line]:
    """What the evidence says; where it can be compared, with a mark."""
    tolerance = names.rules.measured_tolerance_percent if row.kind == "measurement" else 0
    for measure in MEASURES:
        value = getattr(row, measure)
        if value is not None:
            yield say(_mark(suffices(row, required, measure, tolerance)), scale(measure, value))
    if row.location:
        yield say(_mark(in_place(row, required)), quiet(label("location") + " "), row.location)
    if row.percent is not None:
        yield progress_line(case, row)
    for field in ("reference", "holder", "user", "ownership", "exemption"):
        if value := getattr(row, field):
            yield say(quiet(_name(field, row.kind) + " "), value_text(field, value, names))
    if row.note:
        yield say(quiet(_("note: ")), row.note)


def _name(field: str, kind: str) -> str:
    if field == "holder" and kind == "hand_over":
        return label("recipient")
    return _("number") if field == "reference" else particular_label(field)


def _mark(fits: bool) -> Span:
    return Span(f"{DONE} ", "good") if fits else Span(f"{FAILED} ", "bad")
