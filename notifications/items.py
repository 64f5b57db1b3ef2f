"""What a reminder is about, and the command that answers it: rows of notices to the items of a digest.

Two tables say which command: one row for each clock of ``policies/limits/periods.py``, one for each kind of
``policies/limits/news.py``. The commands stand without what only the clerk knows; on a terminal they ask for it.
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
from states.rules import Clock, Duty, Limit, Name, Rules
from views.commands import command, without_blanks
from views.language import LANGUAGES, N_, _, speaking

#: What the concern of a limit or of news is.
About = Literal["", "organisation", "facility", "item", "condition", "change", "period"]


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


class Answer(NamedTuple):
    """The action that answers, and what the concern is."""

    action: str
    about: About = ""


class Told(NamedTuple):
    """A kind of news: its title, the action it calls for, and what the concern is."""

    title: str
    action: str
    about: About = ""


ANSWERS: dict[Clock, Answer] = {
    "answers": Answer("sign", "organisation"),
    "round": Answer("case why"),
    "visit": Answer("case why"),
    "rework": Answer("case circulate"),
    "conclusion": Answer("document add"),
    "papers": Answer("document add"),
    "works": Answer("facility progress"),
    "inspections": Answer("document add"),
    "opinion": Answer("acceptance order"),
    "rectification": Answer("acceptance report", "item"),
    "reinspections": Answer("sign", "organisation"),
    "conditions": Answer("condition discharge", "condition"),
    "handover": Answer("facility hand-over", "facility"),
    "registration": Answer("facility register", "facility"),
    "use": Answer("facility asset-entry", "facility"),
}

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

_PERIOD: About = "period"

#: What an action names beside the project.
_NAMED: dict[str, About] = {
    "condition discharge": "condition",
    "change consent": "change",
    "facility hand-over": "facility",
    "facility register": "facility",
    "facility asset-entry": "facility",
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
    concern = row["concern"]
    if row["subject"] == NO_PROJECT:
        concern = period_of(concern)
        found: Limit | Duty | None = rules.duty(row["code"])
        about, typed = _PERIOD, f"peijian duty done {row['code']} --period {concern}"
    else:
        found = limit = rules.limit(row["code"])
        about, typed = _answered(limit).about, _limit_command(row, limit)
    return Item(
        row["subject"], project, row["code"], found.name if found else Name(row["code"], row["code"]), concern,
        about, "limit", row["form"], row["due_on"], left(row["due_on"], day, rules.calendar),
        bool(row["provisional"]), row["planned_on"], row["planned_on"] < day, row["stage"], row["party"], typed,
        row.get("subtype") or "",
    )  # fmt: skip


def _answered(limit: Limit | None) -> Answer:
    """A case may follow a configuration whose limit the present one no longer knows."""
    return ANSWERS[limit.clock] if limit and limit.clock else Answer("case why")


def _limit_command(row: Mapping[str, Any], limit: Limit | None) -> str:
    action, about = _answered(limit)
    if limit and action == "document add" and len(limit.until) == 1:
        return _typed(action, row["subject"], limit.until[0])
    return _typed(action, row["subject"], row["concern"] if _NAMED.get(action) == about else "")


def _news(row: Mapping[str, Any], project: str, rules: Rules, day: str) -> Item:
    title, action, about = TOLD[row["code"]]
    concern = row["about"]
    if action == "case circulate" and not rules.stages[row["stage"]].sign_off:
        action = "case why"  # nobody is asked there
    return Item(
        row["subject"], project, row["code"], _in_both(title), concern if about else "", about, "news", NEWS,
        None, None, False, row["planned_on"], row["planned_on"] < day, row["stage"], "",
        _typed(action, row["subject"], concern if _NAMED.get(action) == about else ""),
    )  # fmt: skip


def _in_both(text: str) -> Name:
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = _(text)
    return Name(**found)


def _typed(action: str, case: str, named: str) -> str:
    return without_blanks(command(action, f"{case} {named}".rstrip()))
