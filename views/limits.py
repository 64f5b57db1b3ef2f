"""Time limits as people read them: due when, how many working days are left, and who has used the days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from policies.limits.deadlines import Counted
from policies.limits.ledger import Charge
from states.facts import Extension
from views.labels import label, stage_label
from views.language import N_, _, ngettext
from views.names import Names, in_language
from views.page import (
    Block,
    Column,
    Gap,
    Heading,
    Line,
    Page,
    Paragraph,
    Row,
    Span,
    Title,
    joined,
    quiet,
    say,
    section,
    strong,
    table,
)
from views.wording import duration
from workflow.results import CalendarItem, CaseView, ClockView, Derivation, LimitLine

_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))

#: Why a day of a derivation is not counted, or stands behind the last one.
_WHY = {
    "first_day": N_("first day, not counted"),
    "day_off": N_("day off"),
    "suspended": N_("suspended"),
    "moved_on": N_("the last day is a day off: moved on"),
}

_STYLES = {"overdue": "bad", "late": "warn", "due_today": "warn", "stopped": "warn", "in_time": "good"}


def limit_name(code: str, names: Names) -> str:
    """The code with the name that the configuration gives the limit or the duty."""
    rule = names.rules.limit(code) or names.rules.duty(code)
    return f"{code} {in_language(rule.name)}" if rule else code


def concern_text(limit: LimitLine | Extension | CalendarItem, code: str, names: Names) -> str:
    """What a limit is about: a department, a facility, an item or a condition; empty for the stage itself."""
    rule, concern = names.rules.limit(code), limit.concern
    clock = rule.clock if rule else None
    if not concern or clock == "inspections":
        return ""
    if clock in ("rectification", "conditions"):
        text = _("item {n}") if clock == "rectification" else _("condition {n}")
        return text.format(n=concern)
    return names.facility(concern) if concern in names.kinds else names.organisation(concern)


def party_text(party: str, names: Names) -> str:
    return label(party) if party in ("developer", "suspended") else names.organisation(party)


def day_text(limit: LimitLine) -> str:
    """The due day, with the mark of one that the calendar may still move."""
    mark = _(" (provisional)") if limit.provisional else ""
    return (limit.due_on or "") + mark


def standing(state: str, days: int | None) -> Span:
    """How a limit stands: what is left, overdue by how much, or met when it was due."""
    count = abs(days or 0)
    text = {
        "stopped": _("clock stopped"),
        "running": ngettext("{n} working day left", "{n} working days left", count),
        "due_today": _("due today"),
        "overdue": ngettext("overdue by {n} working day", "overdue by {n} working days", count),
        "in_time": _("met in time"),
        "late": ngettext("met {n} working day late", "met {n} working days late", count),
    }[state]
    if state in ("overdue", "late") and not count:  # only days off have gone by since
        text = _("overdue") if state == "overdue" else _("met late")
    return Span(text.format(n=count), _STYLES.get(state, ""))


def due_line(limit: LimitLine | None) -> Line:
    """``due 2020-08-12 (provisional), 3 working days left``; nothing where there is no limit."""
    if limit is None:
        return ()
    if limit.due_on is None:
        return say(standing(limit.state, limit.left))
    return say(_("due {day}, ").format(day=day_text(limit)), standing(limit.state, limit.left))


# -- a case ----------------------------------------------------------------------------------------------


def limit_section(view: CaseView, names: Names) -> Page:
    """``case show``: the limits that run, and the extensions there were."""
    return (*_limits(_("Limits"), view.limits, names), *_extensions(view.case.extensions, names))


def clock_page(view: ClockView, names: Names) -> Page:
    """``case clock``: every limit, then whose the days were; with a derivation only that."""
    names = names.of_kinds(view.kinds)
    title = Title(say(strong(view.project)), say(strong(view.case)))
    if view.derivation:
        return (title, *_derivation(view.derivation, names))
    none = () if view.limits else (Paragraph(say(_("No limit has run yet."))),)
    return (
        title,
        *none,
        *_limits(_("Limits"), view.limits, names, whole=True),
        *_extensions(view.extensions, names),
        *_ledger(view, names),
    )


def _limits(heading: str, limits: Sequence[LimitLine], names: Names, whole: bool = False) -> Page:
    """Those that are alike but for whose they are stand in one row."""
    columns = (
        Column(_("limit"), least=16, head=True),
        Column(_("for"), least=14),
        Column(_("began")),
        Column(_("due"), least=10),
        Column(_("state"), least=12),
    )
    groups: dict[object, list[LimitLine]] = {}
    for limit in limits:
        alike = {name: value for name, value in limit if name not in ("concern", "party")}
        groups.setdefault(tuple(alike.values()), []).append(limit)
    return section(heading, table(columns, [_limit(group, names, whole) for group in groups.values()]))


def _limit(group: list[LimitLine], names: Names, whole: bool) -> Row:
    limit = group[0]
    whose = dict.fromkeys(
        _(" · ").join(dict.fromkeys(filter(None, (party_text(one.party, names), concern_text(one, one.code, names)))))
        for one in group
    )
    ended = _("on {day}").format(day=limit.ended_on) if limit.ended_on else ""
    return (
        joined((limit_name(limit.code, names), quiet(_round(limit) if whole else "")), "\n"),
        say(_(", ").join(whose)),
        say(quiet(limit.started_on)),
        say(day_text(limit)),
        joined((standing(limit.state, limit.left), quiet(ended)), "\n"),
    )


def _round(limit: LimitLine) -> str:
    """Which visit and round of the stage, where it was not the first."""
    parts = [_("visit {n}").format(n=limit.visit)] if limit.visit > 1 else []
    return _(" · ").join([*parts, *([_("round {n}").format(n=limit.round)] if limit.round > 1 else [])])


def _extensions(extensions: Iterable[Extension], names: Names) -> Page:
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("extended"), least=16, head=True),
        Column(_("by whom"), least=12),
        Column(_("document and reason"), least=16),
    )
    return section(_("Extensions"), table(columns, [_extension(found, names) for found in extensions]))


def _extension(found: Extension, names: Names) -> Row:
    rule = names.rules.limit(found.limit)
    longer = _("by {length}").format(length=duration(found.by, rule.unit if rule else ""))
    return (
        say(str(found.number)),
        joined((limit_name(found.limit, names), concern_text(found, found.limit, names), longer), "\n"),
        joined((names.organisation(found.body), quiet(found.approved_by), quiet(found.happened_on)), "\n"),
        joined((found.document, quiet(found.reason)), "\n"),
    )


# -- the ledger ------------------------------------------------------------------------------------------


def _ledger(view: ClockView, names: Names) -> Page:
    """Every working day, charged to one party: as it went, then by stage and in all."""
    columns = (
        Column(_("stage"), least=14, head=True),
        Column(_("waited for"), least=12),
        Column(_("after and until")),
        Column(_("working days"), right=True),
    )
    went = [_charge(charge, names) for charge in view.charges if charge.working_days]
    return (
        *section(_("Who has used the working days"), table(columns, went)),
        *section(_("Working days in all"), *_totals(view, names), note=say(strong(str(view.working_days)))),
    )


def _charge(charge: Charge, names: Names) -> Row:
    return (
        say(stage_label(charge.stage)),
        say(party_text(charge.party, names)),
        say(quiet(f"{charge.after} – {charge.until}")),
        say(str(charge.working_days)),
    )


def _totals(view: ClockView, names: Names) -> Iterator[Block]:
    """By stage and by party; each sums up to the whole."""
    stages: Counter[str] = Counter()
    for charge in view.charges:
        stages[charge.stage] += charge.working_days
    by_stage = [(stage_label(stage), days) for stage, days in stages.items()]
    by_party = [(party_text(party, names), days) for party, days in Counter(view.totals).most_common()]
    for title, rows in ((_("stage"), by_stage), (_("waited for"), by_party)):
        columns = (Column(title, least=14, head=True), Column(_("working days"), right=True))
        yield table(columns, [(say(name), say(str(days))) for name, days in rows])
        yield Gap()


# -- day by day ------------------------------------------------------------------------------------------


def _derivation(found: Derivation, names: Names) -> Iterator[Block]:
    limit = found.limit
    about = dict.fromkeys((party_text(limit.party, names), concern_text(limit, limit.code, names)))
    yield Gap()
    yield Heading(limit_name(limit.code, names), joined(map(quiet, about), _(" · ")))
    length = duration(limit.length, limit.unit) + _("; ")
    yield Paragraph(say(length, due_line(limit)), 2, 2)
    columns = (Column(_("day")), Column(""), Column(_("count"), right=True), Column(_("remark"), least=16))
    yield table(columns, [_day(day) for day in found.days])


def _day(day: Counted) -> Row:
    counted = "" if day.number is None else str(day.number)
    why = _(_WHY[day.why]) if day.why else ""
    weekday = _(_WEEKDAYS[date.fromisoformat(day.day).weekday()])
    return say(day.day) if counted else say(quiet(day.day)), say(quiet(weekday)), say(counted), say(quiet(why))
