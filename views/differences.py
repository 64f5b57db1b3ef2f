"""Two states of one thing, side by side: what a sign-off saw and what now stands, one version and the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from states.facts import REQUIRED, Requirement
from views.fields import FIELDS, amount, field_label
from views.labels import KNOWN, LABELS, label
from views.language import _, ngettext
from views.names import Names
from views.page import Line, Span, joined, quiet, say
from workflow.results import Change

_MEASURES = frozenset(LABELS["measure"])
#: Measures that are counted, and so named by their unit.
_COUNTS = _MEASURES - {"gfa", "site"}
_FIELDS = frozenset((*REQUIRED, "reference", "file", "holder", "user", "exemption", "subtype", *FIELDS))
#: Where a change lies, for those that are not about a requirement.
_EVIDENCE = {
    "drawings": "drawings",
    "measured": "measurement",
    "as_built": "measurement",
    "hand_over": "hand_over",
    "title": "title",
    "asset_entry": "asset_entry",
}


def value_text(field: str, value: Any, names: Names) -> str:
    """A value of a requirement or of evidence, as it is read."""
    if value in (None, ""):
        return _("not recorded")
    if field in _MEASURES:
        return amount(field, value)
    if field == "handover_days":
        return ngettext("{n} day after the certificate", "{n} days after the certificate", int(value)).format(n=value)
    if field == "mode":
        return names.mode(str(value))
    if field == "subtype":
        return names.subtype(str(value))
    if field in ("ownership", "decision"):
        return label(str(value))
    return str(value)[:12] if field == "file" else str(value)


def particular_label(field: str) -> str:
    """The name of a part of a requirement."""
    return label(field) if field in KNOWN else field_label(field)


def difference_lines(changes: Iterable[Change], names: Names) -> list[Line]:
    """The differences, one line for everything that became different in one thing.

    ``F1 kindergarten: floor area 3240.00 m² → 2800.00 m²; 9 classes → 8 classes``.
    """
    found: dict[str, list[Line]] = {}
    for change in changes:
        where, field = _place(change.path, names)
        found.setdefault(where, []).append(_change(field, change, names))
    return [say(where, _(": ") if where else "", joined(lines, _("; "))) for where, lines in found.items()]


def _change(field: str, change: Change, names: Names) -> Line:
    if isinstance(change.before, dict) or isinstance(change.after, dict):
        return say(_("added") if change.before is None else _("removed") if change.after is None else _("changed"))
    return say(_heading(field), difference(field, change.before, change.after, names))


def _heading(field: str) -> Line:
    """The name of a field, unless its unit says it."""
    return say(quiet(particular_label(field) + " ")) if field and field not in _COUNTS else ()


def scale(measure: str, value: int | None) -> Line:
    """``floor area 3240.00 m²``, ``9 classes``."""
    return say(_heading(measure), amount(measure, value))


def difference(field: str, before: Any, after: Any, names: Names) -> Line:
    """``before → after``."""
    old, new = value_text(field, before, names), value_text(field, after, names)
    return say(quiet(old), " → ", Span(new, "strong"))


def _place(path: str, names: Names) -> tuple[str, str]:
    """What a dotted path is about, and the field; a facility's number may itself hold dots."""
    section, *rest = path.split(".")
    if not rest:
        return ("", section) if section == "households" else (_section(section, names), "")
    field = rest.pop() if rest[-1] in _FIELDS else ""
    subject = ".".join(rest)
    if section == "decisions":
        return names.category(subject), field
    if not subject:
        return _section(section, names), field
    kind = "" if section == "requirements" else f" {_section(section, names)}"
    return names.facility(subject) + kind, field


def _section(name: str, names: Names) -> str:
    papers = {"agreement": "handover_agreement", "application": "presale_application"}
    return names.document(papers[name]) if name in papers else label(_EVIDENCE.get(name, name))


def version_lines(old: Requirement | None, new: Requirement, names: Names) -> list[Line]:
    """What a version of a requirement says, or what it changes in the one before."""
    lines: list[Line] = []
    for field in REQUIRED:
        before, after = getattr(old, field) if old else None, getattr(new, field)
        if before == after:
            continue
        said = say(value_text(field, after, names)) if before is None else difference(field, before, after, names)
        lines.append(say(_heading(field), said))
    return lines
