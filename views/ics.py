"""An organisation's limits as a calendar (RFC 5545): one all-day event for each, which an update replaces.

Nothing but the number and name of the project, what is due and what to type leaves the office.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from policies.limits.duties import period_of
from views.answering import command_for_duty, command_for_limit
from views.labels import stage_label
from views.language import _
from views.limits import concern_text, limit_name
from views.names import Names
from views.wording import clause
from workflow.journal import OFFICE
from workflow.results import CalendarItem


def calendar_bytes(items: Iterable[CalendarItem], names: Names, organisation: str) -> bytes:
    """The whole file."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//peijian//limits//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Limits: {who}").format(who=names.organisation(organisation)))
    for item in items:
        calendar.add_component(_event(item, names))
    return bytes(calendar.to_ical())


def _event(item: CalendarItem, names: Names) -> Any:
    from icalendar import Event

    event, day = Event(), date.fromisoformat(item.due_on)
    changed = datetime.fromisoformat(item.changed_at).astimezone(UTC)
    event.add("uid", _uid(item, names.rules.district.code))
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", item.revision)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", _summary(item, names))
    event.add("description", _description(item, names))
    event.add("transp", "TRANSPARENT")
    return event


def _uid(item: CalendarItem, district: str) -> str:
    """The same limit keeps it whatever happens to its day."""
    subject = "" if item.subject == OFFICE else item.subject
    parts = (district, subject, item.code, item.stage, item.visit, item.round, item.concern)
    return "-".join(str(part).replace("/", ".") for part in parts if part != "") + "@peijian"


def _summary(item: CalendarItem, names: Names) -> str:
    mark = _(" (provisional)") if item.provisional else ""
    about = "" if item.subject == OFFICE else item.subject
    return " ".join(filter(None, (about, limit_name(item.code, names)))) + mark


def _description(item: CalendarItem, names: Names) -> str:
    rule = names.rules.limit(item.code) or names.rules.duty(item.code)
    if item.subject == OFFICE:
        period = _("period {period}").format(period=period_of(item.concern))
        lines = [period, command_for_duty(item.code, item.concern)]
    else:
        lines = [item.project, stage_label(item.stage), concern_text(item, item.code, names)]
        lines.append(command_for_limit(names.rules, item.code, item.subject, item.concern))
    return "\n".join(filter(None, (*lines, clause(rule.basis) if rule else "")))
