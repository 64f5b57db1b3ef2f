"""Which limit a thing to do must be done by, how it stands, and how it was counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.decide import decide
from policies.limits.deadlines import Deadline, derivation, running
from policies.limits.measures import MEASURES, limit_of
from policies.next_step import CLEARED_BY_SIGNING
from states.actions import ACTIONS
from states.actions.base import Action
from states.calendar import WEEKENDS
from states.effects import Stamp, after
from states.errors import Obstacle
from states.facts import Case, Suspension
from states.project import Stage
from tests.builders import DAY, actor, case, ready, rules
from views.commands import COMMANDS
from workflow import due
from workflow.inbox import tasks

RULES = rules()
NR, HEALTH, EDUCATION = "natural_resources", "health", "education_sports"


def deadline(code: str, due_on: str | None = "2020-08-12", **changes: object) -> Deadline:
    found = Deadline(code, Stage.PLANNING, 1, 1, "", NR, DAY, None, due_on, 5, "working_days")
    return replace(found, **changes)  # type: ignore[arg-type]


def act(name: str, **fields: object) -> Action:
    return ACTIONS[name].model_validate({"case": "ZDPT-2020-0901", **fields})


def performed(stands: Case, action: Action, day: str = DAY) -> Case:
    return after(stands, action, Stamp(actor(), day, f"{day}T09:00:00+08:00"), RULES)


# -- whose limit it is -------------------------------------------------------------------------------------


def test_a_sign_off_is_due_with_the_limit_of_its_own_department() -> None:
    found = (deadline("L01", concern="housing"), deadline("L01", "2020-08-13", concern=HEALTH), deadline("L02"))
    told = limit_of(Obstacle("sign_off_missing", HEALTH), HEALTH, Stage.PLANNING, found, RULES)
    assert told is found[1]
    assert limit_of(Obstacle("sign_off_missing", HEALTH), "commerce", Stage.PLANNING, found, RULES) is None


def test_of_two_limits_that_run_for_the_same_the_earlier_one_counts_and_a_stopped_one_last() -> None:
    here = {"stage": Stage.ACCEPTANCE, "concern": HEALTH}
    found = (deadline("L15a", "2022-11-09", **here), deadline("L18", "2022-11-07", **here))
    told = limit_of(Obstacle("rectification_open", "1"), HEALTH, Stage.ACCEPTANCE, found, RULES)
    assert told is found[1]
    stopped = (deadline("L15a", None, **here), found[0])
    assert limit_of("issue", HEALTH, Stage.ACCEPTANCE, stopped, RULES) is found[0]


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        ("planning_conditions", "L04"), ("deal_confirmation", "L06"), ("handover_agreement", "L07"),
        ("land_contract", "L08"), ("completion_filing", "L14"), ("comprehensive_acceptance_certificate", "L19"),
        ("presale_application", None),
    ],
)  # fmt: skip
def test_a_missing_document_is_due_with_the_limit_that_it_ends(paper: str, code: str | None) -> None:
    found = tuple(deadline(limit.code, stage=limit.stage) for limit in RULES.limits)
    told = limit_of(Obstacle("document_missing", paper), NR, Stage.LAND_SUPPLY, found, RULES)
    assert (told and told.code) == code


def test_a_facility_and_a_condition_have_the_limit_that_is_about_them() -> None:
    found = (deadline("L20", concern="F1"), deadline("L21", concern="F2"), deadline("L24", concern="3"))
    told = [
        limit_of(Obstacle(code, subject), HEALTH, Stage.HANDOVER, found, RULES)
        for code, subject in (
            ("not_handed_over", "F1"), ("not_handed_over", "F2"), ("title_missing", "F2"), ("condition_open", "3"),
            ("condition_open", "1"),
        )
    ]  # fmt: skip
    assert told == [found[0], None, found[1], found[2], None]


def test_what_no_clock_measures_has_no_limit() -> None:
    found = tuple(deadline(limit.code, stage=limit.stage, concern="F1") for limit in RULES.limits)
    for code in ("below_standard", "objection", "case_suspended", "hearing_missing", "consent_missing"):
        assert limit_of(Obstacle(code, "F1"), NR, Stage.PLANNING, found, RULES) is None


def test_a_limit_of_another_stage_is_no_limit_of_a_step() -> None:
    assert limit_of("case advance", NR, Stage.LAND_SUPPLY, (deadline("L02"),), RULES) is None
    assert limit_of("case advance", NR, Stage.PLANNING, (deadline("L02"),), RULES) == deadline("L02")


def test_the_table_speaks_of_obstacles_and_commands_that_there_are() -> None:
    assert set(MEASURES) <= {*COMMANDS, *ACTIONS}
    assert {"sign_off_missing", "sign_off_stale"} <= CLEARED_BY_SIGNING & MEASURES.keys()


def test_the_inbox_tells_each_department_its_own_due_day() -> None:
    for department in ("health", "commerce", "housing"):
        found = [t for t in tasks(case(), RULES, department, DAY) if t.obstacle]
        assert [(t.limit.code, t.limit.concern, t.limit.due_on) for t in found if t.limit] == [
            ("L01", department, "2020-08-12")
        ]


# -- how it stands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_on", "ended_on", "state", "left"),
    [
        ("2020-08-12", None, "running", 5), ("2020-08-05", None, "due_today", 0), ("2020-08-04", None, "overdue", -1),
        ("2020-07-31", None, "overdue", -3), (None, None, "stopped", None),
        ("2020-08-12", "2020-08-12", "in_time", 0), ("2020-08-12", "2020-08-17", "late", -3),
        ("2020-08-08", None, "running", 2),
    ],
)  # fmt: skip
def test_days_left_are_working_days_and_late_is_only_what_comes_after_the_due_day(
    due_on: str | None, ended_on: str | None, state: str, left: int | None
) -> None:
    line = due.line(deadline("L01", due_on, ended_on=ended_on), WEEKENDS, DAY)
    assert (line.state, line.left) == (state, left)


def test_a_due_day_before_a_weekend_is_overdue_on_it_by_no_working_day() -> None:
    line = due.line(deadline("L01", "2020-08-07"), WEEKENDS, "2020-08-08")
    assert (line.state, line.left) == ("overdue", 0)


def test_the_longest_overdue_comes_first_and_what_has_no_limit_last() -> None:
    lines = [due.line(deadline("L01", day), WEEKENDS, DAY) for day in ("2020-08-12", None, "2020-07-31", "2020-08-04")]
    found = sorted([None, *lines], key=due.urgency)
    assert [line and line.due_on for line in found] == ["2020-07-31", "2020-08-04", "2020-08-12", None, None]
    assert found[-1] is None


# -- day by day --------------------------------------------------------------------------------------------


def counted(code: str, stands: Case) -> list[tuple[str, int | None, str | None]]:
    found = next(d for d in running(stands, RULES) if d.code == code)
    return [(day.day[5:], day.number, day.why) for day in derivation(found, stands, RULES.limit(code), RULES)]


def test_a_derivation_names_every_day_and_ends_on_the_due_day() -> None:
    assert counted("L01", case()) == [
        ("08-05", None, "first_day"), ("08-06", 1, None), ("08-07", 2, None), ("08-08", None, "day_off"),
        ("08-09", None, "day_off"), ("08-10", 3, None), ("08-11", 4, None), ("08-12", 5, None),
    ]  # fmt: skip


def test_a_derivation_leaves_out_the_days_of_a_suspension_and_stops_where_the_clock_does() -> None:
    stopped = Suspension(1, "2020-08-06", "等待批复")
    resting = replace(case(), suspensions=(stopped,))
    assert counted("L01", resting) == [("08-05", None, "first_day"), ("08-06", 1, None)]
    resumed = replace(case(), suspensions=(replace(stopped, to_on="2020-08-10"),))
    days = counted("L01", resumed)
    assert [day for day, _number, why in days if why == "suspended"] == ["08-07", "08-08", "08-09", "08-10"]
    assert days[-1] == ("08-14", 5, None)


def test_a_derivation_in_months_says_where_it_moved_on() -> None:
    """From 2020-08-14 twelve months end on Saturday 2021-08-14."""
    days = counted("L06", ready(Stage.LAND_SUPPLY))
    assert [day for day in days if day[2]] == [
        ("08-14", None, "first_day"), ("08-15", 366, "moved_on"), ("08-16", 367, "moved_on")
    ]  # fmt: skip


# -- extending ---------------------------------------------------------------------------------------------

EXTEND = {"reason": "需论证", "document": "一号"}


def obstacles(action: Action, stands: Case, by: str = NR) -> list[str]:
    decision = decide(stands, action, actor(by), DAY, RULES, DAY)
    assert not decision.refusals
    return [o.key for o in decision.obstacles]


def test_a_limit_is_extended_once_by_what_the_configuration_allows() -> None:
    stands, action = case(), act("limit extend", limit="L02", by=10, **EXTEND)
    before, then = (next(d for d in running(c, RULES) if d.code == "L02") for c in (stands, performed(stands, action)))
    assert (before.due_on, then.due_on, then.extended, then.length) == ("2020-08-19", "2020-09-02", 10, 20)
    assert obstacles(action, stands) == []
    assert obstacles(action, performed(stands, action)) == ["extended_enough:L02"]
    assert obstacles(act("limit extend", limit="L02", by=11, **EXTEND), stands) == ["extension_too_long:L02"]


def test_a_limit_that_does_not_run_or_has_no_rule_is_not_extended() -> None:
    assert obstacles(act("limit extend", limit="L01", by=1, **EXTEND), case()) == ["not_extendable:L01"]
    assert obstacles(act("limit extend", limit="L20", by=1, **EXTEND), case()) == ["limit_not_running:L20"]
    handing = ready(Stage.HANDOVER)
    unhanded = replace(handing, evidence=tuple(e for e in handing.evidence if e.kind != "hand_over"))
    extend = act("limit extend", limit="L20", by=1, **EXTEND)
    assert obstacles(extend, handing, EDUCATION) == ["limit_not_running:L20"]
    assert obstacles(extend, unhanded, EDUCATION) == ["limit_not_named:L20"]
    named = act("limit extend", limit="L20", concern="F1", by=1, **EXTEND)
    assert obstacles(named, unhanded, EDUCATION) == []
