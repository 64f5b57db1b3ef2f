"""Who is reminded, of which rung, and when messages leave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notifications.deliver import back_off
from notifications.gather import outdated
from policies.limits.ladder import Reminder, place, reminders
from policies.limits.telling import Person, Recipient, newest_first, next_open, open_for_messages, recipients
from states.calendar import Calendar
from states.rules import Rules
from workflow import calendar_files, calendars, settings

OFFICE = "leading_group_office"
PEOPLE = {
    "health": (Person("he", "clerk"), Person("li", "leader")),
    "housing": (Person("zhu", "clerk"), Person("zhang", "leader")),
    "civil_affairs": (Person("min", "leader"),),
    OFFICE: (Person("ban", "clerk"), Person("root", "admin")),
    "education_sports": (Person("jiao", "auditor"),),
}


@pytest.fixture(scope="module")
def rules() -> Rules:
    calendar = Calendar({year.year: year for year in calendar_files.read_all(calendars.SHIPPED)})
    return replace(settings.load(Path(__file__).parents[2] / "config.yaml"), calendar=calendar)


def told(
    rules: Rules, *to: Any, party: str = "health", lead: str = "housing", groups: tuple[str, ...] = ()
) -> list[str]:
    found = recipients(to, party, lead, PEOPLE, frozenset(groups), rules, "2021-03-01")
    return [f"{one.organisation}:{one.account}" for one in found]


# -- who -----------------------------------------------------------------------------------------------


def test_the_party_is_told_by_level_and_the_lead_and_the_office_beside_it(rules: Rules) -> None:
    assert told(rules, "clerks") == ["health:he"]
    assert told(rules, "clerks", "leaders", "lead_clerks") == ["health:he", "health:li", "housing:zhu"]
    assert told(rules, "lead_leaders") == ["housing:zhang"]
    assert told(rules, "office") == [f"{OFFICE}:ban"]


def test_nobody_is_told_twice(rules: Rules) -> None:
    assert told(rules, "clerks", "lead_clerks", party="housing") == ["housing:zhu"]


def test_what_the_developer_owes_is_asked_of_the_lead(rules: Rules) -> None:
    assert told(rules, "clerks", "lead_clerks", party="developer") == ["housing:zhu"]


def test_without_anybody_of_the_level_everybody_is_told(rules: Rules) -> None:
    assert told(rules, "clerks", party="civil_affairs") == ["civil_affairs:min"]
    assert told(rules, "leaders", party="education_sports") == ["education_sports:jiao"]


def test_without_anybody_at_all_the_organisation_is_told(rules: Rules) -> None:
    assert told(rules, "clerks", "leaders", party="commerce") == ["commerce:"]


def test_an_organisation_with_a_group_is_told_there_too(rules: Rules) -> None:
    assert told(rules, "clerks", groups=("health", "housing")) == ["health:he", "health:"]
    assert told(rules, "clerks", party="commerce", groups=("commerce",)) == ["commerce:"]


def test_a_successor_is_told_in_the_place_of_who_is_dissolved(rules: Rules) -> None:
    gone = replace(rules.organisations["commerce"], dissolved_on="2021-02-01", successor="health")
    later = replace(rules, organisations={**rules.organisations, "commerce": gone})
    assert told(later, "clerks", party="commerce") == ["health:he"]
    still = replace(gone, dissolved_on="2021-03-02")
    assert told(
        replace(rules, organisations={**rules.organisations, "commerce": still}), "clerks", party="commerce"
    ) == ["commerce:"]


def test_what_an_unknown_organisation_owes_is_told_to_the_office(rules: Rules) -> None:
    assert told(rules, "clerks", party="gone_from_the_configuration") == [f"{OFFICE}:ban"]


# -- which rungs ---------------------------------------------------------------------------------------


def test_the_ladder_is_parted_by_today(rules: Rules) -> None:
    ladder = reminders("2021-03-01", "2021-03-15", rules)
    assert [r.code for r in ladder] == ["R1", "R2", "R3", "R4", "Y", "O", "R", "B"]
    assert [r.on for r in ladder[:5]] == ["2021-03-08", "2021-03-10", "2021-03-12", "2021-03-15", "2021-03-16"]
    found = place(ladder, "2021-03-10", "2021-03-14")
    assert [r.code for r in found.come] == ["R2", "R3"]
    assert found.next_on == "2021-03-15"
    assert place(ladder, "2021-03-08", "2099-01-01").next_on is None


def test_a_newer_rung_supersedes_an_older_one_only_for_whom_it_tells() -> None:
    older, newer = Reminder("Y", "2021-03-16", ("clerks",), "overdue"), Reminder("O", "2021-03-18", ("leaders",), "x")
    he, li = Recipient("health", "he"), Recipient("health", "li")
    whom = {"Y": (he, li), "O": (li,)}
    found = [(r.code, one.account, gone) for r, one, gone in newest_first((older, newer), lambda r: whom[r.code])]
    assert found == [("O", "li", False), ("Y", "he", False), ("Y", "li", True)]


@pytest.mark.parametrize(
    ("due_on", "last"),
    [
        ("2020-05-10", "2020-05-09"),  # a Sunday; that Saturday was worked
        ("2020-04-18", "2020-04-17"),  # a Saturday
    ],
)
def test_the_last_reminder_of_a_day_off_goes_out_on_the_working_day_before(
    due_on: str, last: str, rules: Rules
) -> None:
    ladder = reminders("2020-03-20", due_on, rules)
    assert [r.on for r in ladder if r.on <= due_on][-1] == last
    assert all(rules.calendar.works(r.on) for r in ladder)


# -- when ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "time", "leaves"),
    [
        ("2021-03-01", "08:59", False),
        ("2021-03-01", "09:00", True),
        ("2021-03-01", "16:59", True),
        ("2021-03-01", "17:00", False),
        ("2021-03-06", "10:00", False),  # a Saturday
        ("2020-05-09", "10:00", True),  # a Saturday worked in exchange
        ("2020-05-01", "10:00", False),  # a holiday
    ],
)
def test_messages_leave_in_the_hours_of_working_days(day: str, time: str, leaves: bool, rules: Rules) -> None:
    assert open_for_messages(day, time, rules) is leaves


@pytest.mark.parametrize(
    ("day", "time", "on"),
    [
        ("2021-03-01", "08:00", "2021-03-01"),
        ("2021-03-01", "17:00", "2021-03-02"),
        ("2021-03-06", "10:00", "2021-03-08"),
    ],
)
def test_what_is_known_too_late_leaves_on_the_next_working_day(day: str, time: str, on: str, rules: Rules) -> None:
    assert next_open(day, time, rules) == on


def test_waiting_grows_to_an_hour_and_differs_between_messages() -> None:
    minutes = [back_off("m", attempt).total_seconds() / 60 for attempt in range(1, 12)]
    for found, least in zip(minutes, (1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60), strict=True):
        assert least <= found <= least * 1.25
    assert len({back_off(f"{number}", 3) for number in range(50)}) > 40


# -- what still holds ----------------------------------------------------------------------------------


def notice(**changes: Any) -> dict[str, Any]:
    known = {
        "subject": "C", "code": "L01", "stage": "s", "visit": 1, "round": 1, "concern": "health",
        "due_on": "2021-03-15", "rung": "R3", "planned_on": "2021-03-12",
        "runs": 1, "runs_until": "2021-03-15", "rests": 0, "superseded": 0,
    }  # fmt: skip
    return known | changes


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"runs": 0, "runs_until": None}, "met"),
        ({"runs_until": "2021-03-20"}, "changed"),
        ({"runs_until": None}, "suspended"),
        ({"rests": 1}, "suspended"),
        ({"superseded": 1}, "superseded"),
        ({"rung": "news", "runs": 0, "runs_until": None, "rests": 1}, None),
    ],
)
def test_a_notice_is_dropped_for_what_became_of_its_limit(changes: dict[str, Any], reason: str | None) -> None:
    assert outdated(notice(**changes)) == reason
