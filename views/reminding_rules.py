"""Duties and reminders as the configuration has them: parts of ``lifecycle rules``."""

from __future__ import annotations

from states.rules import Duty, Rung
from views.fields import clause, duration
from views.language import N_, _, ngettext
from views.names import Names, in_language
from views.page import Column, Page, Paragraph, Row, joined, quiet, say, section, strong, table

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
