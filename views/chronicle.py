"""The journal as people read it, and what a check of the journal or the installation found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from states.errors import code_and_subject
from states.rules import Rules
from views.differences import value_text
from views.fields import field_label, field_order
from views.labels import action_label, label
from views.language import _, ngettext
from views.names import Names
from views.page import (
    DONE,
    FAILED,
    WAITING,
    Column,
    Line,
    Page,
    Paragraph,
    Row,
    Span,
    bad,
    good,
    joined,
    quiet,
    say,
    strong,
    table,
    warn,
)
from views.wording import finding_text
from workflow.journal import OFFICE
from workflow.results import Entry, Finding, Verification

#: Parameters that say nothing to a reader.
_SILENT = frozenset({"case", "request_id", "happened_on", "content", "token_digest"})


def history_page(entries: Sequence[Entry], names: Names, several: bool = False) -> Page:
    """``case history`` and ``journal show``; ``several`` adds the case of each entry."""
    if not entries:
        return (Paragraph(say(_("No entries."))),)
    columns = (
        *((Column(_("case"), head=True),) if several else ()),
        Column(_("no."), head=True, right=True),
        Column(_("recorded"), head=True),
        Column(_("by"), least=12),
        Column(_("what"), least=22),
    )
    return (table(columns, [_entry(e, names, several) for e in entries], indent=0),)


def _entry(entry: Entry, names: Names, several: bool) -> Row:
    done = say(strong(action_label(entry.action)))
    if entry.outcome != "done":
        done = say(bad(f"{FAILED} "), done, " ", bad(label(entry.outcome)))
    if entry.happened_on != entry.recorded_at[:10]:
        done = say(done, " ", quiet(_("(happened on {day})").format(day=entry.happened_on)))
    by = joined((names.organisation(organisation_id(entry.organisation, names.rules)), quiet(_actor(entry))), "\n")
    subject = (say(strong(entry.subject) if entry.subject != OFFICE else ""),) if several else ()
    return (
        *subject,
        say(str(entry.entry)),
        say(entry.recorded_at[:16].replace("T", " ")),
        by,
        joined((done, params_line(entry, names)), "\n"),
    )


def _actor(entry: Entry) -> str:
    return _("{name} ({level})").format(name=entry.actor, level=label(entry.level))


def organisation_id(name: str, rules: Rules) -> str:
    """The id of an organisation that the journal recorded by its name of that time; else the name."""
    for key, body in rules.organisations.items():
        if name in (body.name.zh, *(change.zh for change in body.renamed)):
            return key
    return name


def params_line(entry: Entry, names: Names) -> Line:
    """What was asked, in the order in which the command asks it: ``floor area 3240.00 m²; reason …``."""
    order = field_order(entry.action)
    given = sorted(entry.params.items(), key=lambda param: order.get(param[0], len(order)))
    shown = (_param(entry.action, key, value, names) for key, value in given if key not in _SILENT)
    return joined(shown, _("; "))


def _param(action: str, key: str, value: Any, names: Names) -> Line:
    if value in (None, "", [], {}, False):
        return ()
    if isinstance(value, Mapping):
        text = str(value.get("name", len(value)))
    elif isinstance(value, list) and not all(isinstance(item, str) for item in value):
        text = str(len(value))
    elif isinstance(value, list):
        text = _(", ").join(label(code_and_subject(item)[0]) for item in value)
    else:
        text = _scalar(key, value, names)
    return say(quiet(field_label(key, action) + " "), text)


def _scalar(key: str, value: Any, names: Names) -> str:
    if value is True:
        return _("yes")
    if key in ("category", "department", "organisation", "issuer", "town", "subtype", "facility"):
        known = {"category": names.category, "subtype": names.subtype, "facility": names.facility}
        return known.get(key, names.organisation)(str(value))
    if key == "kind":
        return label(names.project_kind(names.document(str(value))))
    if key in ("verdict", "decision", "ownership", "opinion", "disposition", "level"):
        return label(str(value))
    return value_text(key, value, names) if key in ("mode", "handover_days") else str(value)


def verification_page(found: Verification, names: Names) -> Page:
    """``journal verify``."""
    scope = _("{subjects} journals with {entries} entries checked").format(
        subjects=found.subjects, entries=found.entries
    )
    if not found.findings:
        return (Paragraph(say(good(f"{DONE} "), scope, _(": "), good(_("everything fits")))),)
    return (Paragraph(say(scope)), *findings_blocks(found.findings, names))


def doctor_page(findings: Sequence[Finding], names: Names | None) -> Page:
    """``doctor``."""
    if not any(not f.note for f in findings):
        fit = Paragraph(say(good(f"{DONE} {_('The installation is fit for use.')}")))
        return (fit, *findings_blocks(findings, names))
    return findings_blocks(findings, names)


def findings_blocks(findings: Sequence[Finding], names: Names | None) -> Page:
    """Faults first, then what is merely worth knowing."""
    faults = sorted(findings, key=lambda f: f.note)
    count = sum(not f.note for f in findings)
    head = ngettext("{n} fault", "{n} faults", count).format(n=count)
    lines = [say(_mark(f), finding_text(f.code, f.params, *((names,) if names else ()))) for f in faults]
    blocks = tuple(Paragraph(line, 0, 2) for line in lines)
    return (Paragraph(say(bad(head))), *blocks) if count else blocks


def _mark(found: Finding) -> Span:
    return warn(f"{WAITING} ") if found.note else bad(f"{FAILED} ")
