"""``lifecycle rules``: the configuration as a page, so that nobody need read the file to know the rules.

Who there is, what counts as a facility and who judges it, which scale is the least, which papers exist;
each with the clause or the source it comes from. Stages, steps and limits stand on the page of the lifecycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from states.identifiers import FORMATS
from states.rules import Category, DocumentKind, ExceptionRule, Name, Organisation, PaperReplyRule, Standard
from views.fields import amount, clause, period, unverified
from views.labels import label, stage_label
from views.language import _, ngettext
from views.names import Names, in_language
from views.page import (
    Column,
    Line,
    Page,
    Paragraph,
    Row,
    Table,
    Title,
    joined,
    quiet,
    say,
    section,
    strong,
    table,
    warn,
)
from views.rules_of_time import duty_section, reminder_section


def rules_page(names: Names) -> Page:
    """The district, its organisations and roles, its facilities and standards, its papers, and the rest."""
    rules = names.rules
    return (
        Title(say(strong(in_language(rules.district.name))), say(rules.district.code)),
        *section(_("Organisations"), _organisations(names)),
        *section(_("Roles"), _roles(names), note=say(quiet(clause(rules.roles.basis)))),
        *section(_("Facility categories"), _categories(names)),
        *section(_("Kinds of facility"), _kinds(names)),
        *section(_("Standards"), _standards(names)),
        *section(_("Documents"), _documents(names)),
        *section(_("Decisions on exceptions"), _decisions(names)),
        *section(_("Construction modes"), _names(rules.construction_modes)),
        *section(_("Kinds of project"), _names(rules.project_kinds)),
        *section(
            _("Filing and tolerance"),
            Paragraph(say(_("completion filing: "), label(rules.completion_filing)), 2, 2),
            Paragraph(say(_("a measured area may fall short by: "), f"{rules.measured_tolerance_percent:g} %"), 2, 2),
            Paragraph(_replies(rules.paper_replies), 2, 2),
        ),
        *duty_section(names),
        *reminder_section(names),
    )


def _decisions(names: Names) -> Table:
    columns = (
        Column(_("decision"), least=14, head=True),
        Column(_("decided by"), least=10),
        Column(_("level"), least=6),
        Column(_("lifts"), least=12),
        Column(_("stages"), least=12),
        Column(_("basis"), least=12),
    )
    return table(columns, [_decision(key, rule, names) for key, rule in names.rules.exceptions.items()])


def _decision(key: str, rule: ExceptionRule, names: Names) -> Row:
    days = _("after {n} days").format(n=rule.after_days) if rule.after_days else ""
    lifts = _(", ").join(label(code) for code in rule.lifts)
    return (
        _called(in_language(rule.name), key),
        say(names.organisation(rule.body)),
        say(label(rule.level)),
        joined((lifts, days), _("; ")),
        say(_(", ").join(stage_label(stage) for stage in rule.stages)),
        _cited(rule.basis),
    )


def _replies(rule: PaperReplyRule) -> Line:
    text = _("recorded paper replies: allowed, may be contested within {n} working days")
    told = text.format(n=rule.contest_working_days) if rule.allowed else _("recorded paper replies: not allowed")
    return say(told, " ", quiet(clause(rule.basis)))


def _called(name: str, key: str) -> Line:
    """A name with the id by which commands and the file know it."""
    return say(strong(name), " ", quiet(key))


def _cited(basis: str) -> Line:
    return say(quiet(clause(basis)))


def _organisations(names: Names) -> Table:
    columns = (
        Column(_("organisation"), least=14, head=True),
        Column(_("kind"), least=8),
        Column(_("code"), least=9),
        Column(_("changes"), least=14),
        Column(_("basis"), least=14),
    )
    return table(columns, (_organisation(key, body, names) for key, body in names.rules.organisations.items()))


def _organisation(key: str, body: Organisation, names: Names) -> Row:
    code = body.on(names.day)[1]
    return (
        _called(names.organisation(key), key),
        say(label(body.kind)),
        say(code or ""),
        joined(_changes(body, names), "\n"),
        _cited(body.basis),
    )


def _changes(body: Organisation, names: Names) -> Iterator[str]:
    """What it was called, what it is called since when, and who comes after it."""
    if body.renamed:
        yield _("first {name}").format(name=_with_code(body.name, body.code))
    for change in body.renamed:
        called = _with_code(Name(change.zh, change.en), change.code)
        yield _("from {day}: {name}").format(day=change.on, name=called)
    if body.dissolved_on:
        yield _("dissolved on {day}").format(day=body.dissolved_on)
    if body.successor:
        yield _("succeeded by {name}").format(name=names.organisation(body.successor))


def _with_code(name: Name, code: str | None) -> str:
    return in_language(name) + (_(" ({code})").format(code=code) if code else "")


def _roles(names: Names) -> Table:
    roles = names.rules.roles
    held = {
        "leading_group_office": (roles.leading_group_office,),
        "state_assets": (roles.state_assets,),
        "standing_participants": roles.standing,
    }
    columns = (Column(_("role"), least=14, head=True), Column(_("held by"), least=14))
    return table(columns, ((say(strong(label(role))), say(names.organisations(who))) for role, who in held.items()))


def _categories(names: Names) -> Table:
    columns = (
        Column(_("category"), least=14, head=True),
        Column(_("competent department"), least=12),
        Column(_("special plan"), least=6),
        Column(_("basis"), least=14),
    )
    return table(columns, (_category(key, category, names) for key, category in names.rules.categories.items()))


def _category(key: str, category: Category, names: Names) -> Row:
    office = names.rules.acting(names.rules.roles.leading_group_office, names.day)
    nobody = warn(_("nobody yet: {office} designates one").format(office=names.organisation(office)))
    department = category.competent_department
    return (
        _called(in_language(category.name), key),
        say(names.organisation(department) if department else nobody),
        say(_("expected") if category.special_plan else quiet(_("not ordered"))),
        _cited(category.basis),
    )


def _kinds(names: Names) -> Table:
    """Grouped by category; a department only where it is not the category's."""
    columns = (
        Column(_("category"), least=12, head=True),
        Column(_("kind"), least=12, by_row=True),
        Column(_("competent department"), least=12, by_row=True),
        Column(_("measured by"), least=8, by_row=True),
        Column(_("basis"), least=14, by_row=True),
    )
    return Table(columns, tuple(_kinds_of(category, names) for category in names.rules.categories.values()))


def _kinds_of(category: Category, names: Names) -> tuple[Row, ...]:
    return tuple(
        (
            () if place else say(in_language(category.name)),
            _called(in_language(kind.name), key),
            say(names.organisation(kind.competent_department or "")),
            say(label(kind.scale)),
            _cited(kind.basis),
        )
        for place, (key, kind) in enumerate(category.subtypes.items())
    )


def _standards(names: Names) -> Table:
    """Grouped by the kind of facility they count for."""
    columns = (
        Column(_("kind of facility"), least=12, head=True),
        Column(_("at least"), least=12, by_row=True),
        Column(_("in projects from"), least=8, by_row=True),
        Column(_("level"), least=8, by_row=True),
        Column(_("in force"), least=14, by_row=True),
        Column(_("source"), least=14, by_row=True),
    )
    found: dict[str, list[Standard]] = {}
    for standard in names.rules.standards:
        found.setdefault(standard.subtype, []).append(standard)
    return Table(columns, tuple(_standards_of(kind, rows, names) for kind, rows in found.items()))


def _standards_of(kind: str, standards: list[Standard], names: Names) -> tuple[Row, ...]:
    return tuple(
        (
            () if place else say(strong(names.subtype(kind))),
            say(label(standard.measure), " ", _least(standard)),
            _households(standard.households_from),
            say(label(standard.level)),
            say(period(standard.effective_from, standard.effective_to)),
            say(quiet(clause(standard.source)), warn(unverified(standard.source, standard.confirmed))),
        )
        for place, standard in enumerate(standards)
    )


def _least(standard: Standard) -> str:
    least = amount(standard.measure, standard.minimum(100))
    each = standard.unit == "m2_per_100_households"
    return _("{amount} per 100 households").format(amount=least) if each else least


def _households(number: int) -> Line:
    if not number:
        return say(quiet(_("any size")))
    return say(ngettext("{n} household", "{n} households", number).format(n=number))


def _documents(names: Names) -> Table:
    columns = (
        Column(_("document"), least=16, head=True),
        Column(_("issuer"), least=12),
        Column(_("form of the number"), least=14),
        Column(_("file"), least=6),
        Column(_("basis"), least=14),
    )
    return table(columns, (_document(key, kind, names) for key, kind in names.rules.documents.items()))


def _document(key: str, kind: DocumentKind, names: Names) -> Row:
    example = FORMATS[kind.format].example if kind.format else ""
    return (
        _called(in_language(kind.name), key),
        joined(map(names.party, kind.issuer), "\n"),
        say(_("as {example}").format(example=example) if example else ""),
        say(_("must be attached") if kind.file_required else ""),
        _cited(kind.basis),
    )


def _names(named: Mapping[str, Name]) -> Table:
    columns = (Column("", least=14, head=True), Column("", least=14))
    return table(columns, ((say(strong(in_language(name))), say(quiet(key))) for key, name in named.items()))
