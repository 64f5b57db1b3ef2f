"""Limits, duties and reminders as the configuration has them: parts of ``lifecycle table`` and ``lifecycle rules``."""

from __future__ import annotations

from collections.abc import Iterator

from states.rules import Duty, Limit, Rung
from views.fields import clause, duration
from views.labels import label
from views.language import N_, _, ngettext
from views.names import Names, in_language
from views.page import Column, Line, Page, Paragraph, Row, Table, joined, quiet, say, section, strong, table

#: What starts and ends a clock (``policies/limits/periods.py``), and whose it is where that is not the lead.
CLOCKS: dict[str, str] = {
    "answers": N_("each department asked: from the circulation to its answer"),
    "round": N_("from the circulation to the end of the round"),
    "visit": N_("from entering the stage to leaving it"),
    "rework": N_("from a return to the next circulation"),
    "conclusion": N_("from the last agreement to the document issued"),
    "papers": N_("from one document to the other"),
    "works": N_("from the permit to the start of works"),
    "inspections": N_("from one inspection to the next"),
    "opinion": N_("from the first objection to the written rectification opinion"),
    "rectification": N_("each item: to the day that the written rectification opinion sets"),
    "reinspections": N_("each department: from the report to its answer"),
    "conditions": N_("each condition: to the day that the department sets"),
    "handover": N_("each facility: from the certificate to the handover"),
    "registration": N_("each facility: from the handover to the title"),
    "use": N_("each facility: from the title to the asset register"),
}

#: Who is told.
ADDRESSEES: dict[str, str] = {
    "clerks": N_("its clerks"),
    "leaders": N_("its leaders"),
    "lead_clerks": N_("clerks of the lead"),
    "lead_leaders": N_("leaders of the lead"),
    "office": N_("leading-group office"),
}
#: What a rung of the ladder makes of a reminder.
FORMS: dict[str, str] = {
    "notice": N_("work reminder"),
    "overdue": N_("overdue notice"),
    "reminder_letter": N_("reminder letter"),
    "supervision_order": N_("supervision order"),
    "bulletin": N_("bulletin"),
}


def limit_rules(names: Names) -> Table:
    """``lifecycle table``: what starts and ends each limit, whose it is, and whether it can be extended."""
    columns = (
        Column(_("limit"), head=True),
        Column(_("runs"), least=24),
        Column(_("may be extended"), least=18),
    )
    return table(columns, [_rule(limit, names) for limit in names.rules.limits if limit.clock])


def _rule(limit: Limit, names: Names) -> Row:
    papers = _(", ").join(names.document(kind) for kind in (*limit.after, *limit.until))
    whose = _("the developer's") if limit.who == "developer" else ""
    warned = duration(limit.warn_days, "calendar_days") if limit.warn_days else ""
    more = _("a further reminder {days} before").format(days=warned) if warned else ""
    going_on = "" if limit.suspendable else _("runs on while the case is suspended")
    runs = _(CLOCKS[limit.clock or ""])
    return (
        say(strong(limit.code)),
        joined((runs, *map(quiet, (papers, whose, more, going_on))), "\n"),
        joined(_extending(limit, names), "\n"),
    )


def _extending(limit: Limit, names: Names) -> Iterator[Line]:
    if rule := limit.extension:
        length = duration(rule.at_most, limit.unit)
        text = ngettext("{n} time by at most {length}", "{n} times by at most {length} each", rule.times)
        yield say(text.format(n=rule.times, length=length))
        by = _("{who} ({level})").format(who=names.party(rule.by), level=label(rule.level))
        yield say(quiet(by))
        yield say(quiet(clause(rule.basis)))


def duty_section(names: Names) -> Page:
    columns = (
        Column(_("duty"), least=16, head=True),
        Column(_("of whom"), least=14),
        Column(_("when"), least=12),
        Column(_("basis"), least=12),
    )
    return section(_("Duties"), table(columns, [_duty(duty, names) for duty in names.rules.duties]))


def _duty(duty: Duty, names: Names) -> Row:
    every = _("every month on the {day}., {first} to {final}")
    when = duty.on or every.format(day=duty.monthly, first=duty.first, final=duty.final)
    return (
        joined((strong(in_language(duty.name)), quiet(duty.code)), "\n"),
        say(names.organisations(duty.who)),
        say(when),
        say(quiet(clause(duty.basis))),
    )


def reminder_section(names: Names) -> Page:
    """The ladder, and when messages leave; nothing where nobody is reminded."""
    rules = names.rules.reminders
    columns = (
        Column(_("no."), head=True),
        Column(_("when"), least=14),
        Column(_("what"), least=12),
        Column(_("to whom"), least=14),
        Column(_("basis"), least=12),
    )
    hours = _("messages leave on working days from {first} to {last}").format(
        first=rules.open_from, last=rules.open_until
    )
    news = _("news of a case goes to: {who}").format(who=_told(rules.announce_to))
    parts = (
        Paragraph(say(hours), 2, 2),
        Paragraph(say(news), 2, 2),
        table(columns, [_rung(rung) for rung in rules.ladder]),
    )
    return section(_("Reminders"), *parts, note=say(quiet(clause(rules.basis)))) if rules.ladder else ()


def _told(who: tuple[str, ...]) -> str:
    return _(", ").join(_(ADDRESSEES[one]) for one in who)


def _rung(rung: Rung) -> Row:
    count = abs(rung.on)
    when = {
        -1: ngettext("{n} working day before", "{n} working days before", count),
        0: _("on the due day"),
        1: ngettext("{n} working day after", "{n} working days after", count),
    }[(rung.on > 0) - (rung.on < 0)].format(n=count)
    least = duration(rung.least_length, "working_days")
    only = _("limits of {length} and more").format(length=least) if rung.least_length else ""
    return (
        say(strong(rung.code)),
        joined((when, quiet(only)), "\n"),
        say(_(FORMS[rung.form])),
        say(_told(rung.to)),
        say(quiet(clause(rung.basis))),
    )
