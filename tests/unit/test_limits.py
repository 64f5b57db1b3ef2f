"""Limits, hand-counted: when they are due, what stops and moves them, whose the days are, who is reminded when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.limits.deadlines import Counted, Deadline, deadlines, derivation, left, overdue, running
from policies.limits.duties import due_duties
from policies.limits.extending import extension_rule
from policies.limits.ladder import reminders
from policies.limits.ledger import ledger
from policies.limits.news import news
from policies.limits.periods import DEVELOPER
from states.calendar import Calendar, Year
from states.facts import Case, Condition, Extension, RectificationItem, Round, Suspension, Visit
from states.project import Stage
from states.rules import Limit, Name, Rules
from tests import builders
from tests.working_days import counted, later
from workflow import calendar_files, calendars

CALENDAR = Calendar({year.year: year for year in calendar_files.read_all(calendars.SHIPPED)})
RULES = replace(builders.rules(), calendar=CALENDAR)
SIX = RULES.roles.standing


def due(case: Case, rules: Rules = RULES) -> dict[str, str | None]:
    """The running limits of a case: ``L01:health`` to the due day."""
    return {f"{d.code}:{d.concern}" if d.concern else d.code: d.due_on for d in running(case, rules)}


def one(case: Case, code: str, rules: Rules = RULES) -> Deadline:
    """The only limit of a code that runs or ran."""
    (found,) = (d for d in deadlines(case, rules) if d.code == code)
    return found


def limited(unit: Any, length: int, **more: Any) -> Rules:
    """Rules with one limit: of the visit to the planning review."""
    limit = Limit("T", Name("", ""), Stage.PLANNING.value, length, unit, "test", "visit", **more)
    return replace(RULES, limits=(limit,))


def entered(day: str, **changes: Any) -> Case:
    """A case that entered the planning review on ``day``, nothing circulated."""
    visits = (Visit(Stage.PLANNING, 1, day),)
    return builders.case(visits=visits, opened_on=day, rounds=(), round=0, **changes)


def rests(*days: tuple[str, str | None]) -> tuple[Suspension, ...]:
    return tuple(Suspension(n, begun, "等待", ended) for n, (begun, ended) in enumerate(days, 1))


# -- counting ------------------------------------------------------------------------------------------

COUNTED = [
    # unit, length, start, suspensions, due. Hand-counted on the calendars of 2020 and 2021.
    ("working_days", 5, "2020-07-22", (), "2020-07-29"),
    ("working_days", 7, "2020-10-28", (), "2020-11-06"),
    ("working_days", 5, "2020-09-23", (), "2020-09-29"),  # 27 September is a working Sunday
    ("working_days", 1, "2020-09-30", (), "2020-10-09"),  # the holiday of 1 to 8 October
    ("working_days", 2, "2020-09-30", (), "2020-10-10"),  # and a working Saturday after it
    ("working_days", 3, "2020-07-24", (("2020-07-24", "2020-07-27"),), "2020-07-30"),  # Monday is not counted
    ("working_days", 5, "2020-07-20", (("2020-07-21", "2020-07-23"),), "2020-07-29"),  # Wednesday, Thursday are not
    ("working_days", 5, "2020-07-20", (("2020-07-21", None),), None),
    ("working_days", 5, "2020-07-20", (("2020-07-27", None),), "2020-07-27"),  # already due when it was suspended
    ("working_days", 5, "2020-07-20", (("2020-07-10", "2020-07-16"),), "2020-07-27"),  # over before it began
    ("working_days", 5, "2020-07-20", (("2020-07-20", "2020-07-22"), ("2020-07-28", "2020-07-30")), "2020-07-31"),
    ("calendar_days", 30, "2022-11-10", (), "2022-12-12"),  # 10 December is a Saturday
    ("calendar_days", 15, "2022-10-14", (), "2022-10-31"),
    ("calendar_days", 10, "2020-09-24", (), "2020-10-09"),
    ("calendar_days", 10, "2020-07-20", (("2020-07-22", "2020-07-25"),), "2020-08-03"),  # 2 August is a Sunday
    ("months", 12, "2020-08-14", (), "2021-08-16"),
    ("months", 3, "2021-03-15", (), "2021-06-15"),
    ("months", 1, "2021-01-31", (), "2021-03-01"),  # 28 February is a Sunday
    ("months", 6, "2019-08-31", (), "2020-03-02"),  # 29 February 2020 is a Saturday
]  # fmt: skip


@pytest.mark.parametrize(("unit", "length", "start", "rested", "expected"), COUNTED)
def test_a_limit_is_due_on_the_day_that_a_hand_counts(
    unit: str, length: int, start: str, rested: tuple[tuple[str, str | None], ...], expected: str | None
) -> None:
    case = entered(start, suspensions=rests(*rested))
    assert due(case, limited(unit, length)) == {"T": expected}


def test_a_limit_that_suspensions_do_not_stop_runs_on() -> None:
    case = entered("2020-07-20", suspensions=rests(("2020-07-21", None)))
    assert due(case, limited("working_days", 5, suspendable=False)) == {"T": "2020-07-27"}


_DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2022, 6, 30))


@given(start=_DAYS, length=st.integers(1, 40), rest=st.tuples(st.integers(0, 60), st.integers(0, 30)))
def test_working_days_of_a_suspension_are_given_back(start: Any, length: int, rest: tuple[int, int]) -> None:
    """The naive count: walk day by day, skip days off and suspended days, stop at the length."""
    ahead = counted(start, 200)
    begun = start.fromordinal(start.toordinal() + rest[0])
    resumed = start.fromordinal(begun.toordinal() + rest[1])
    kept = [day for day in ahead[1:] if not begun < day <= resumed]
    case = entered(start.isoformat(), suspensions=rests((begun.isoformat(), resumed.isoformat())))
    assert due(case, limited("working_days", length)) == {"T": kept[length - 1].isoformat()}


def test_a_day_that_a_document_sets_stays_on_a_day_off() -> None:
    item = RectificationItem(
        "整〔2022〕1号", 1, 1, 1, "F1", "health", "缺", "标准", "补", "2022-12-03", "2022-11-01"
    )  # fmt: skip
    case = builders.case(Stage.ACCEPTANCE, items=(item,))
    found = one(case, "L17")
    assert (found.due_on, found.party, found.fixed, found.concern) == ("2022-12-03", DEVELOPER, True, "1")
    assert not overdue(found.due_on, "2022-12-03")
    assert overdue(found.due_on, "2022-12-04")


def test_days_left_are_working_days() -> None:
    assert left("2020-10-10", "2020-09-30", CALENDAR) == 2
    assert left("2020-10-10", "2020-10-10", CALENDAR) == 0
    assert left("2020-09-30", "2020-10-10", CALENDAR) == -2


# -- the calendar of the time ---------------------------------------------------------------------------


def test_a_year_that_is_not_published_makes_a_provisional_day_and_moves_when_it_is() -> None:
    case = entered("2026-12-28")
    before = one(case, "T", limited("working_days", 5))
    assert (before.due_on, before.provisional) == ("2027-01-04", True)
    year = Year(2027, 1, True, "测试通知", frozenset({"2027-01-01", "2027-01-04"}), frozenset({"2027-01-02"}))
    known = Calendar({**CALENDAR.years, 2027: year}, (("2026-12-29", CALENDAR),))
    after = one(case, "T", replace(limited("working_days", 5), calendar=known))
    assert (after.due_on, after.provisional) == ("2027-01-05", False)


def test_a_due_day_that_is_past_never_moves() -> None:
    case = entered("2026-12-28")
    year = Year(2027, 1, True, "测试通知", frozenset({"2027-01-01", "2027-01-04"}), frozenset({"2027-01-02"}))
    late = Calendar({**CALENDAR.years, 2027: year}, (("2027-01-05", CALENDAR),))
    assert due(case, replace(limited("working_days", 5), calendar=late)) == {"T": "2027-01-04"}
    on_the_day = Calendar(late.years, (("2027-01-04", CALENDAR),))
    assert due(case, replace(limited("working_days", 5), calendar=on_the_day)) == {"T": "2027-01-05"}


# -- what starts and ends ------------------------------------------------------------------------------


def test_every_department_that_is_asked_has_its_days_and_the_lead_the_round() -> None:
    case = builders.case()
    assert due(case) == {**{f"L01:{d}": "2020-08-12" for d in SIX}, "L02": "2020-08-19"}


def test_who_has_answered_is_no_longer_waited_for() -> None:
    case = builders.signed(builders.case(), ["health", "commerce"])
    assert {key for key in due(case) if key.startswith("L01")} == {
        f"L01:{d}" for d in SIX if d not in ("health", "commerce")
    }
    ended = {d.concern: d.ended_on for d in deadlines(case, RULES) if d.code == "L01"}
    assert (ended["health"], ended["housing"]) == (builders.DAY, None)


def test_a_withdrawn_answer_is_waited_for_again_from_the_circulation() -> None:
    case = builders.signed(builders.case(), ["health"])
    gone = replace(case, sign_offs=tuple(replace(s, status="withdrawn", ended_on="2020-08-07") for s in case.sign_offs))
    assert due(gone)["L01:health"] == "2020-08-12"


def test_a_stale_answer_has_its_days_again_from_the_change() -> None:
    case = builders.signed(builders.case(), SIX)
    assert not any(key.startswith("L01") for key in due(case))
    changed = builders.requirement(
        version=2, gfa=400_000, happened_on="2020-08-10", recorded_at="2020-08-10T09:00:00+08:00"
    )
    stale = replace(case, requirements=(*case.requirements, changed))
    assert due(stale)["L01:education_sports"] == "2020-08-17"
    assert "L01:health" not in due(stale)


def test_after_a_return_the_lead_reworks_and_only_who_has_not_agreed_is_asked_again() -> None:
    case = builders.signed(builders.case(), ["health"])
    closed = replace(case.rounds[0], closed_on="2020-08-10", closed_by="return_planning")
    returned = replace(case, rounds=(closed,))
    assert due(returned) == {"L03": "2020-08-24"}
    again = replace(returned, rounds=(closed, Round(Stage.PLANNING, 1, 2, "2020-08-12")), round=2)
    assert "L01:health" not in due(again)
    assert due(again)["L01:housing"] == "2020-08-19"
    assert one(again, "L03").ended_on == "2020-08-12"


def test_when_all_have_agreed_the_papers_are_due() -> None:
    case = builders.signed(builders.case(), SIX)
    assert due(case)["L04"] == "2020-08-12"
    paper = builders.document("planning_conditions", stage=str(Stage.PLANNING), issued_on="2020-08-07")
    filed = replace(case, documents=(paper,))
    assert "L04" not in due(filed)
    assert due(filed)["L06"] == "2021-08-09"


def test_a_condition_runs_until_its_own_day_and_belongs_to_whom_it_names() -> None:
    asked = [
        Condition(1, Stage.PLANNING, 1, 1, "health", "补图", "区住建局", "2020-08-15", Stage.LAND_SUPPLY),
        Condition(
            2, Stage.PLANNING, 1, 1, "health", "补证", "某某公司", "2020-08-16", Stage.LAND_SUPPLY,
            "discharged", "2020-08-09",
        ),
    ]  # fmt: skip
    case = builders.signed(builders.case(conditions=tuple(asked)), ["health"])
    found = {d.concern: (d.party, d.due_on, d.ended_on) for d in deadlines(case, RULES) if d.code == "L24"}
    assert found == {"1": ("housing", "2020-08-15", None), "2": (DEVELOPER, "2020-08-16", "2020-08-09")}


def test_nothing_runs_once_a_case_has_ended() -> None:
    case = builders.case(Stage.TERMINATED, round=0, active=0)
    assert running(case, RULES) == ()


def test_an_extension_lengthens_the_limit_it_names_and_no_other() -> None:
    longer = Extension(
        1, "L02", "", 3, "专家论证", "延〔2020〕1号", "natural_resources", "leader", "甲", "2020-08-10", builders.MOMENT
    )
    case = builders.case(extensions=(longer,))
    assert (one(case, "L02").due_on, one(case, "L02").extended) == ("2020-08-24", 3)
    assert due(case)["L01:health"] == "2020-08-12"
    before = replace(longer, happened_on="2020-08-04")
    assert one(replace(case, extensions=(before,)), "L02").due_on == "2020-08-19"


def test_what_may_be_extended_stands_in_the_configuration() -> None:
    assert extension_rule(RULES, "L01") is None
    rule = extension_rule(RULES, "L11")
    assert rule is not None
    assert (rule.times, rule.at_most, rule.level) == (2, 3, "leader")


def test_the_derivation_numbers_the_days_that_count_and_says_why_the_others_do_not() -> None:
    case = entered("2020-09-29", suspensions=rests(("2020-10-09", "2020-10-10")))
    rules = limited("working_days", 3)
    found = list(derivation(one(case, "T", rules), case, rules.limits[0], rules))
    assert found[0] == Counted("2020-09-29", None, "first_day")
    assert [c.day for c in found if c.number] == ["2020-09-30", "2020-10-09", "2020-10-12"]
    assert {c.why for c in found if c.day in ("2020-10-01", "2020-10-08", "2020-10-11")} == {"day_off"}
    assert {c.why for c in found if c.day == "2020-10-10"} == {"suspended"}
    assert found[-1].day == one(case, "T", rules).due_on


def test_a_derivation_shows_the_days_by_which_the_end_moved() -> None:
    case, rules = entered("2022-11-10"), limited("calendar_days", 30)
    found = list(derivation(one(case, "T", rules), case, rules.limits[0], rules))
    assert [(c.day, c.number) for c in found[29:31]] == [("2022-12-09", 29), ("2022-12-10", 30)]
    assert [(c.day, c.why) for c in found[31:]] == [("2022-12-11", "moved_on"), ("2022-12-12", "moved_on")]


# -- the ladder ----------------------------------------------------------------------------------------


def ladder(started: str, due_on: str) -> dict[str, str]:
    return {r.on: r.code for r in reminders(started, due_on, RULES)}


def test_a_monthly_report_due_on_a_sunday_is_last_reminded_of_on_the_working_saturday() -> None:
    rungs = ladder("2020-04-30", "2020-05-10")
    assert max(day for day in rungs if day <= "2020-05-10") == "2020-05-09"
    assert rungs == {
        "2020-05-07": "R2", "2020-05-09": "R4",
        "2020-05-11": "Y", "2020-05-13": "O", "2020-05-15": "R", "2020-05-22": "B",
    }  # fmt: skip


def test_a_plan_due_on_a_saturday_is_last_reminded_of_on_the_friday() -> None:
    rungs = ladder("2020-02-18", "2020-04-18")
    assert max(day for day in rungs if day <= "2020-04-18") == "2020-04-17"
    assert {"2020-04-13": "R1", "2020-04-15": "R2", "2020-04-17": "R4"}.items() <= rungs.items()


def test_no_rung_stands_on_or_before_the_first_day() -> None:
    assert min(ladder("2020-07-22", "2020-07-24")) == "2020-07-23"


def test_a_short_limit_has_no_early_rung() -> None:
    assert "R1" not in ladder("2020-07-22", "2020-08-04").values()
    assert "R1" in ladder("2020-07-22", "2020-08-05").values()


def test_a_validity_warns_early_on_a_working_day() -> None:
    (first, *_) = reminders("2020-08-14", "2021-08-16", RULES, 60)
    assert (first.code, first.on) == ("W", "2021-06-17")


@given(start=_DAYS, length=st.integers(0, 90))
def test_rungs_fall_on_working_days_one_a_day(start: Any, length: int) -> None:
    due_on = start.fromordinal(start.toordinal() + length).isoformat()
    found = reminders(start.isoformat(), due_on, RULES)
    assert all(later(day, 1) > day and day in map(str, counted(start, 200)) for day in (r.on for r in found))
    assert len({r.on for r in found}) == len(found)


def test_the_duties_of_the_notice_are_due_on_the_days_it_names() -> None:
    found = {(d.code, d.period): d.due_on for d in due_duties(RULES, "2020-03-20", "2020-12-31")}
    assert found[("L31", "2020-04-08")] == "2020-04-08"
    assert found[("L32", "2020-04-18")] == "2020-04-18"
    assert found[("L35", "2020-05")] == "2020-05-10"
    assert ("L35", "2020-04") not in found
    assert ("L34", "2021-12-31") not in found


def test_a_duty_from_before_the_installation_is_nobodys() -> None:
    assert list(due_duties(RULES, "2026-11-26", "2026-12-31")) == []


# -- the ledger ----------------------------------------------------------------------------------------


def charges(case: Case, day: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for charge in ledger(case, RULES, day):
        found[charge.party] = found.get(charge.party, 0) + charge.working_days
    return found


def test_the_days_of_a_round_belong_to_whoever_answered_last() -> None:
    case = builders.case()
    answered = {
        "health": "2020-08-07",
        "commerce": "2020-08-06",
        "housing": "2020-08-12",
        "civil_affairs": "2020-08-07",
    }
    answered |= {"education_sports": "2020-08-11", "natural_resources": "2020-08-06"}
    for department, day in answered.items():
        given_on = builders.sign_off(case, department, happened_on=day)
        case = replace(case, sign_offs=(*case.sign_offs, given_on))
    assert charges(case, "2020-08-14") == {"housing": 5, "natural_resources": 2}


def test_suspended_days_are_charged_to_nobody() -> None:
    case = entered("2020-08-05", suspensions=rests(("2020-08-07", "2020-08-11")))
    assert charges(case, "2020-08-13") == {"natural_resources": 4, "suspended": 2}


def test_construction_is_the_developers() -> None:
    case = builders.case(Stage.CONSTRUCTION, rounds=(), round=0)
    assert charges(case, "2020-08-12") == {DEVELOPER: 5}


# -- news ----------------------------------------------------------------------------------------------


def test_an_objection_is_news_for_the_lead_alone() -> None:
    before = builders.case()
    objected = builders.sign_off(before, "health", verdict="object")
    after = replace(before, sign_offs=(objected,))
    assert [(n.kind, n.to, n.concern) for n in news(before, after, RULES)] == [
        ("objection", ("natural_resources",), "health")
    ]


def test_a_sign_off_gone_stale_is_news_for_its_department() -> None:
    before = builders.signed(builders.case(), SIX)
    changed = builders.requirement(version=2, gfa=400_000)
    after = replace(before, requirements=(*before.requirements, changed))
    told = {n.to[0] for n in news(before, after, RULES) if n.kind == "stale"}
    assert told == {"natural_resources", "housing", "education_sports"}


def test_a_round_is_news_for_everybody_who_is_asked() -> None:
    before = builders.case(rounds=(), round=0)
    after = replace(before, rounds=(Round(Stage.PLANNING, 1, 1, builders.DAY),), round=1)
    assert [(n.kind, set(n.to)) for n in news(before, after, RULES)] == [("circulated", set(SIX))]


# -- what the judge of the rows found --------------------------------------------------------------------


def test_a_presale_stops_neither_the_begin_of_works_nor_the_inspections() -> None:
    built = Visit(Stage.CONSTRUCTION, 1, "2021-03-15", "2021-04-01", "request_presale")
    permit = builders.document("construction_permit", issued_on="2021-03-15")
    case = builders.case(
        Stage.PRESALE, visits=(built, Visit(Stage.PRESALE, 1, "2021-04-01")), rounds=(), round=0, documents=(permit,)
    )
    assert {due(case)[code] for code in ("L11", "L12:1")} == {"2021-06-15"}
    again = replace(
        case,
        stage=Stage.CONSTRUCTION.value,
        visit=2,
        visits=(*case.visits, Visit(Stage.CONSTRUCTION, 2, "2021-04-09")),
    )
    assert {due(again)[code] for code in ("L11", "L12:1")} == {"2021-06-15"}
    accepted = (replace(built, left_by="trigger_acceptance"), Visit(Stage.ACCEPTANCE, 1, "2021-04-01"))
    assert not {"L11", "L12:1"} & due(replace(case, stage=Stage.ACCEPTANCE.value, visits=accepted)).keys()


def test_a_limit_that_would_move_into_a_suspension_waits_for_its_end() -> None:
    """Ten days end on Saturday, 1 August; the case is suspended on the Sunday."""
    case = entered("2020-07-22", suspensions=rests(("2020-08-02", "2020-08-05")))
    assert due(case, limited("calendar_days", 10)) == {"T": "2020-08-06"}
    assert due(replace(case, suspensions=rests(("2020-08-02", None))), limited("calendar_days", 10)) == {"T": None}


def test_the_papers_are_due_no_sooner_than_after_the_circulation_of_what_all_have_agreed_to() -> None:
    case = builders.signed(builders.case(), SIX)
    closed = replace(case.rounds[0], closed_on="2020-08-10", closed_by="return_planning")
    again = replace(case, rounds=(closed, Round(Stage.PLANNING, 1, 2, "2020-08-20")), round=2)
    assert one(again, "L04").started_on == "2020-08-20"


def test_an_opinion_that_nobody_asked_for_moves_no_limit() -> None:
    case = builders.signed(builders.case(Stage.ACCEPTANCE), [*SIX])
    late = replace(case, sign_offs=(*case.sign_offs, builders.sign_off(case, "nanding", happened_on="2020-08-11")))
    assert one(late, "L19").started_on == builders.DAY


def test_nothing_is_registered_once_the_certificate_was_revoked() -> None:
    handed = builders.evidence("hand_over", happened_on="2022-12-05")
    visits = (
        Visit(Stage.ACCEPTANCE, 1, "2022-10-01", "2022-11-10", "certify"),
        Visit(Stage.HANDOVER, 1, "2022-11-10", "2022-12-06", "revoke_certificate"),
        Visit(Stage.ACCEPTANCE, 2, "2022-12-06"),
    )
    case = builders.case(Stage.ACCEPTANCE, visit=2, visits=visits, rounds=(), round=0, evidence=(handed,))
    assert "L21:F1" not in due(case)
    assert one(case, "L21").ended_on == "2022-12-06"


def test_a_department_has_its_days_from_when_it_was_asked() -> None:
    canteen = builders.facility(
        "F2", "community_canteen", designated="development_reform", designation="示例1号", designated_on="2020-08-10"
    )
    case = builders.case(facilities=(builders.facility(), canteen))
    case = replace(case, requirements=(*case.requirements, builders.requirement("F2")))
    assert due(case)["L01:development_reform"] == "2020-08-17"
    assert due(case)["L01:health"] == "2020-08-12"


def test_what_is_recorded_later_gives_nobody_more_days_for_a_stale_answer() -> None:
    case = builders.signed(builders.case(), SIX)
    days = ("2020-08-10", "2020-08-12")
    changes = tuple(
        builders.requirement(version=n, gfa=400_000 + n, happened_on=day, recorded_at=f"{day}T09:00:00+08:00")
        for n, day in enumerate(days, 2)
    )
    stale = replace(case, requirements=(*case.requirements, *changes))
    assert one(stale, "L02").due_on == "2020-08-19"
    assert due(stale)["L01:education_sports"] == "2020-08-17"
    added = builders.requirement("F2", happened_on="2020-08-13", recorded_at="2020-08-13T09:00:00+08:00")
    more = replace(stale, facilities=(*case.facilities, builders.facility("F2")))
    more = replace(more, requirements=(*stale.requirements, added))
    assert due(more)["L01:education_sports"] == "2020-08-17"


def test_an_answer_that_stood_again_in_between_is_waited_for_from_the_last_change() -> None:
    case = builders.signed(builders.case(), SIX)
    seen = case.requirement("F1").gfa
    changes = tuple(
        builders.requirement(version=n, gfa=gfa, happened_on=day, recorded_at=f"{day}T09:00:00+08:00")
        for n, (day, gfa) in enumerate([("2020-08-10", 400_000), ("2020-08-12", seen), ("2020-08-14", 500_000)], 2)
    )
    assert "L01:education_sports" not in due(replace(case, requirements=(*case.requirements, *changes[:2])))
    stale = replace(case, requirements=(*case.requirements, *changes))
    assert due(stale)["L01:education_sports"] == "2020-08-21"


def stale_since(case: Case, department: str = "education_sports") -> str:
    return next(d.started_on for d in running(case, RULES) if (d.code, d.concern) == ("L01", department))


def recorded(day: str, **fields: Any) -> Any:
    """A version of a requirement that came on a day."""
    return builders.requirement(happened_on=day, recorded_at=f"{day}T09:00:00+08:00", **fields)


def test_what_was_added_and_removed_again_does_not_shorten_the_wait() -> None:
    """While the other kindergarten was there, the answer never stood, whatever became of the first."""
    case = builders.signed(builders.case(), SIX)
    seen = case.requirement("F1").gfa
    first, back, again = (
        recorded(day, version=version, gfa=gfa)
        for version, (day, gfa) in enumerate(
            [("2020-08-10", 400_000), ("2020-08-12", seen), ("2020-08-14", 500_000)], 2
        )
    )
    stale = replace(
        case,
        facilities=(*case.facilities, builders.facility("F9", removed="统筹")),
        requirements=(*case.requirements, first, recorded("2020-08-11", name="F9"), back, again),
    )
    assert stale_since(stale) == "2020-08-10"


def test_a_designation_makes_an_answer_stale_on_its_own_day() -> None:
    case = builders.signed(builders.case(), SIX)
    canteen = builders.facility("F2", "community_canteen")
    case = replace(
        case, facilities=(*case.facilities, canteen), requirements=(*case.requirements, builders.requirement("F2"))
    )
    case = builders.signed(replace(case, sign_offs=()), SIX)
    given = replace(canteen, designated="education_sports", designation="示例1号", designated_on="2020-08-14")
    designated = replace(case, facilities=(*case.facilities[:-1], given))
    other = builders.decision("health", happened_on="2020-08-11", recorded_at="2020-08-11T09:00:00+08:00")
    later = replace(other, happened_on="2020-08-18", recorded_at="2020-08-18T09:00:00+08:00")
    for decisions in ((), (other,), (later,), (other, later)):
        assert stale_since(replace(designated, decisions=(*case.decisions, *decisions))) == "2020-08-14"


def test_what_is_changed_in_the_second_of_the_answer_outdates_it_from_that_day() -> None:
    case = builders.signed(builders.case(), SIX)
    answer = case.sign_off("education_sports")
    assert answer is not None
    changed = builders.requirement(
        version=2, gfa=400_000, happened_on=answer.happened_on, recorded_at=answer.recorded_at
    )
    other = builders.decision("health", happened_on="2020-08-18", recorded_at="2020-08-18T09:00:00+08:00")
    stale = replace(case, requirements=(*case.requirements, changed))
    assert stale_since(replace(stale, decisions=(*case.decisions, other))) == answer.happened_on
