"""The phrases of a digest, in the current language: when something is due, what it concerns, drafts for the office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from notifications.items import Item
from notifications.sql import NO_PROJECT
from views.folding import visible
from views.labels import stage_label
from views.language import _, ngettext
from views.names import Names, in_language
from views.rules_of_time import FORMS


class Draft(NamedTuple):
    """What the leading-group office may make a paper of: a heading and paragraphs."""

    heading: str
    lines: tuple[str, ...]


def one_line(text: str) -> str:
    """What people wrote, on one line and with nothing in it that hides or reorders."""
    return visible(text).replace("\n", " ")


def capital(text: str) -> str:
    """English lines begin with a capital."""
    return text[:1].upper() + text[1:]


def long_day(day: str) -> str:
    """``2020年5月9日`` in Chinese, ``2020-05-09`` in English."""
    year, month, date = (int(part) for part in day.split("-"))
    return _("{year}-{month:02}-{date:02}").format(year=year, month=month, date=date)


def title(item: Item, names: Names) -> str:
    """The name of the limit or the news, with what it concerns in brackets."""
    name, concern = capital(in_language(item.title)), concern_of(item, names)
    return _("{title} ({concern})").format(title=name, concern=concern) if concern else name


def concern_of(item: Item, names: Names) -> str:
    if not item.concern:
        return ""
    match item.about:
        case "organisation":
            return names.organisation(item.concern)
        case "facility":
            return names.of_kinds({item.concern: item.subtype} if item.subtype else {}).facility(item.concern)
        case "item":
            return _("item {n}").format(n=item.concern)
        case "condition":
            return _("condition {n}").format(n=item.concern)
        case "change":
            return _("change request {n}").format(n=item.concern)
        case "period":
            return "" if item.concern == item.due_on else _month(item.concern)
        case _:
            return ""


def _month(period: str) -> str:
    year, month = (int(part) for part in period.split("-")[:2])
    return _("{year}-{month:02}").format(year=year, month=month)


def overdue(item: Item, day: str) -> bool:
    return item.due_on is not None and item.due_on < day


def time_left(item: Item, day: str) -> str:
    """``剩余3个工作日``, ``今日到期``, ``逾期2个工作日``.

    A day that a document sets may be no working day: on the last one before it, it is not due yet.
    """
    days = abs(item.left or 0)
    if overdue(item, day):
        if not days:
            return _("overdue")
        return ngettext("{n} working day overdue", "{n} working days overdue", days).format(n=days)
    if item.due_on == day:
        return _("due today")
    if not days:
        return _("today is the last working day before it")
    return ngettext("{n} working day left", "{n} working days left", days).format(n=days)


def due(item: Item, day: str) -> str:
    """The due day, how far it is, and whether it is provisional."""
    assert item.due_on is not None
    told = _("{day}, {left}").format(day=long_day(item.due_on), left=time_left(item, day))
    return told + provisional(item)


def provisional(item: Item) -> str:
    if not item.provisional or item.due_on is None:
        return ""
    text = _(" (provisional, computed anew once the arrangement of the holidays of {year} is published)")
    return text.format(year=item.due_on[:4])


def late(item: Item) -> str:
    """On which day it should have gone out, for what goes out late."""
    return _("This reminder should have gone out on {day}.").format(day=long_day(item.planned_on)) if item.late else ""


def form(item: Item) -> str:
    return _(FORMS.get(item.form, item.form))


def project(item: Item) -> str:
    """Number and name."""
    return one_line(f"{item.subject} {item.project}".rstrip())


def matter(item: Item, names: Names) -> str:
    """Project and limit, in one line."""
    about = title(item, names)
    return about if item.subject == NO_PROJECT else _("{project}: {what}").format(project=project(item), what=about)


def brief(item: Item) -> str:
    """What may leave the office by instant message: the project's number, the name of the limit, the due day."""
    name = capital(in_language(item.title))
    told = name if item.subject == NO_PROJECT else _("{project}: {what}").format(project=item.subject, what=name)
    return _("{what}, due on {day}").format(what=told, day=long_day(item.due_on)) if item.due_on else told


# -- drafts for the leading-group office ---------------------------------------------------------------


def drafts(items: Sequence[Item], names: Names, day: str) -> list[Draft]:
    """The draft of a supervision order for each item that has come to it, then what the next bulletin would list."""
    orders = [_order(item, names, day) for item in items if item.form == "supervision_order"]
    listed = tuple(_listed(item, names, day) for item in items if item.form == "bulletin")
    return [*orders, Draft(_("For the next bulletin"), listed)] if listed else orders


def _order(item: Item, names: Names, day: str) -> Draft:
    office = names.organisation(names.rules.acting(names.rules.roles.leading_group_office, day))
    heading = _("Supervision order (draft; {office} checks and signs it before it is issued)")
    lines = [
        _("To: {who}"),
        _("Matter: {matter}"),
        _("Stage: {stage}") if item.stage else "",
        _("Limit: {due}; {left} on {day}."),
        _("Please settle the matter by ________ and report the result in writing to {office}."),
    ]
    facts = {**_facts(item, names, day), "stage": stage_label(item.stage), "office": office}
    return Draft(heading.format(office=office), tuple(line.format(**facts) for line in lines if line))


def _listed(item: Item, names: Names, day: str) -> str:
    text = _("{matter} was to be done by {due}; {left} on {day}. Responsible: {who}.")
    return text.format(**_facts(item, names, day))


def _facts(item: Item, names: Names, day: str) -> dict[str, str]:
    assert item.due_on is not None
    return {
        "who": names.party(item.party),
        "matter": matter(item, names),
        "due": long_day(item.due_on),
        "left": time_left(item, day),
        "day": long_day(day),
    }
