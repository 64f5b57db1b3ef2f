"""What a reminder is about, and the command that answers it: rows of notices to the items of a digest.

Which command meets a limit, ``views/answering.py`` says; which answers news, the table here, one row for each kind of
``policies/limits/news.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from notifications.sql import NO_PROJECT
from policies.limits.deadlines import left
from policies.limits.duties import period_of
from policies.limits.ladder import NEWS
from policies.limits.news import Kind
from states.rules import Name, Rules
from views.answering import About, Answer, answer_to, command_answering, command_for_duty, command_for_limit
from views.language import LANGUAGES, N_, _, speaking


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a digest tells.

    ``subject`` is the project's number (``-``: a duty), ``project`` its name; ``code`` a limit, a duty or a kind of
    news. ``left`` counts working days from the digest's day to ``due_on``, negative once it is overdue; both are None
    for news. ``concern`` is an id or a number, of what ``about`` says; ``subtype``: of the facility, if it is one.
    ``late``: it should have gone out on ``planned_on``, which is past.
    """

    subject: str
    project: str
    code: str
    title: Name
    concern: str
    about: About
    kind: Literal["limit", "news"]
    form: str
    due_on: str | None
    left: int | None
    provisional: bool
    planned_on: str
    late: bool
    stage: str
    party: str
    command: str
    subtype: str = ""


class Told(NamedTuple):
    """A kind of news: its title, the action it calls for, and what the concern is."""

    title: str
    action: str
    about: About = ""


TOLD: dict[Kind, Told] = {
    "stage_entered": Told(N_("The project has entered a new stage"), "case circulate"),
    "circulated": Told(N_("Your sign-off is asked for"), "sign"),
    "returned": Told(N_("The round was closed, the project goes back for rework"), "case why"),
    "objection": Told(N_("A department has objected"), "case why", "organisation"),
    "stale": Told(N_("A sign-off must be confirmed again: what it saw has changed"), "case why", "organisation"),
    "ordered": Told(N_("A written rectification opinion was issued"), "case show"),
    "reported": Told(N_("The rectification was reported, a new round is open"), "sign"),
    "certified": Told(N_("The comprehensive acceptance certificate was issued"), "case show"),
    "revoked": Told(N_("The comprehensive acceptance certificate was revoked"), "case why"),
    "letter_recorded": Told(
        N_("A paper reply was recorded for your department; contest it if it is not yours"), "contest"
    ),
    "change_proposed": Told(N_("A change of the requirements was proposed"), "change consent", "change"),
    "condition_set": Told(N_("A department agreed with a condition"), "case show", "condition"),
    "limits_moved": Told(N_("A new calendar has moved a due day"), "case clock"),
    "suspended": Told(N_("The project is suspended"), "case show"),
    "resumed": Told(N_("The project is resumed"), "case why"),
    "ended": Told(N_("The project has left the procedure"), "case show"),
}


def items_of(
    rows: Iterable[Mapping[str, Any]], projects: Mapping[str, str], rules: Rules, day: str
) -> tuple[Item, ...]:
    """The items of a digest of ``day`` (ISO); ``projects``: number to name; ``rules``: those of the present.

    A row is a notice (subject, code, stage, concern, rung, form, due_on, planned_on). With a limit it also brings
    ``party`` and ``provisional`` of the running limit and, if it is about a facility, its ``subtype``; news
    (rung ``news``, its kind as ``code``) bring the news' own concern as ``about``.
    """
    return tuple(_item(row, projects.get(row["subject"], ""), rules, day) for row in rows)


def title_of(code: str, rules: Rules) -> Name:
    """The name of a limit or a duty, the title of a kind of news; the code of what is no longer known."""
    told = next((told for kind, told in TOLD.items() if kind == code), None)
    if told:
        return _in_both(told.title)
    found = rules.limit(code) or rules.duty(code)
    return found.name if found else Name(code, code)


def _item(row: Mapping[str, Any], project: str, rules: Rules, day: str) -> Item:
    return (_news if row["rung"] == NEWS else _limit)(row, project, rules, day)


def _limit(row: Mapping[str, Any], project: str, rules: Rules, day: str) -> Item:
    subject, code, concern = row["subject"], row["code"], row["concern"]
    if subject == NO_PROJECT:
        about: About = "period"
        concern, typed = period_of(concern), command_for_duty(code, concern)
    else:
        about, typed = answer_to(rules.limit(code)).about, command_for_limit(rules, code, subject, concern)
    return Item(
        subject, project, code, title_of(code, rules), concern, about, "limit", row["form"], row["due_on"],
        left(row["due_on"], day, rules.calendar), bool(row["provisional"]), row["planned_on"],
        row["planned_on"] < day, row["stage"], row["party"], typed, row.get("subtype") or "",
    )  # fmt: skip


def _news(row: Mapping[str, Any], project: str, rules: Rules, day: str) -> Item:
    title, action, about = TOLD[row["code"]]
    concern = row["about"]
    if action == "case circulate" and not rules.stages[row["stage"]].sign_off:
        action = "case why"  # nobody is asked there
    return Item(
        row["subject"], project, row["code"], _in_both(title), concern if about else "", about, "news", NEWS,
        None, None, False, row["planned_on"], row["planned_on"] < day, row["stage"], "",
        command_answering(Answer(action, about), row["subject"], concern),
    )  # fmt: skip


def _in_both(text: str) -> Name:
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = _(text)
    return Name(**found)
