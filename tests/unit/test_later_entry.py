"""Projects that enter later: complete in what must be, and bound by everything from there on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from core_fixtures import DAY, EDU, HC, NOW, NR, RULES, TOWN, leader

from policies.decide import decide_opening, way_ahead
from states.actions import ACTIONS
from states.actions.cases import OpenCase
from states.effects import Stamp, opened
from states.facts import Case
from states.project import Stage

FACILITY = {
    "facility": "F1", "subtype": "kindergarten", "classes": 9, "location": "东南角", "design": "独立占地",
    "mode": "built_by_developer", "ownership": "government", "handover": "无偿移交", "recipient": "区教体局",
    "handover_days": 30,
}  # fmt: skip
DECISIONS = [
    {"category": c, "decision": "required" if c == "education" else "not_required", "basis": "控规"}
    for c in RULES.categories
]


def registration(stage: str | None, name: str = "case open", **changes: Any) -> OpenCase:
    terms: dict[str, Any] = {
        "case": "C2", "project": "旧项目", "kind": "new", "town": TOWN, "parcel": "370303-2", "households": 800,
        "stage": stage, "facilities": [FACILITY], "decisions": DECISIONS,
    }  # fmt: skip
    found = ACTIONS[name].model_validate(terms | changes)
    assert isinstance(found, OpenCase)
    return found


def entered(action: OpenCase, organisation: str = HC) -> Case:
    return opened(action, Stamp.of(action, leader(organisation), NOW), RULES)


def opening(action: OpenCase, organisation: str = HC) -> tuple[list[str], list[str]]:
    """The refusals of and the obstacles to a registration."""
    decision = decide_opening(action, entered(action), leader(organisation), DAY, RULES, None)
    return [o.key for o in decision.refusals], [o.key for o in decision.obstacles]


@pytest.mark.parametrize("stage", [Stage.PERMIT, Stage.ACCEPTANCE])
def test_the_housing_bureau_registers_an_older_project_where_it_takes_it_up(stage: str) -> None:
    assert opening(registration(stage)) == ([], [])
    assert opening(registration(stage), NR) == ([f"not_your_task:{NR}"], [])
    case = entered(registration(stage))
    assert (case.entry_stage, case.stage, [v.stage for v in case.visits]) == (stage, stage, [stage])


def test_a_new_project_is_registered_by_the_lead_of_the_planning_review() -> None:
    assert opening(registration(None), NR) == ([], [])
    assert opening(registration(None), HC) == ([f"not_your_task:{HC}"], [])


@pytest.mark.parametrize("stage", [Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.CONSTRUCTION, Stage.PRESALE])
def test_by_hand_nothing_is_registered_at_another_stage(stage: str) -> None:
    lead = RULES.stages[stage].lead
    assert opening(registration(stage), lead)[1] == [f"not_an_entry:{stage}"]


@pytest.mark.parametrize(
    ("stage", "lead"),
    [
        (Stage.PLANNING, NR), (Stage.LAND_SUPPLY, NR), (Stage.AGREEMENT, NR), (Stage.PERMIT, HC),
        (Stage.CONSTRUCTION, HC), (Stage.ACCEPTANCE, HC), (Stage.HANDOVER, HC),
    ],
)  # fmt: skip
def test_a_running_project_is_imported_at_any_stage_by_its_lead(stage: str, lead: str) -> None:
    action = registration(stage, "case import")
    assert opening(action, lead) == ([], [])
    assert opening(action, EDU)[0] == [f"not_your_task:{EDU}"]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"location": None}, {"particular_missing:F1"}),
        ({"ownership": None}, {"particular_missing:F1"}),
        ({"recipient": None}, {"particular_missing:F1"}),
        ({"ownership": "investor"}, {"ownership_unjustified:F1"}),
    ],
)
def test_what_must_be_is_complete_where_the_reviews_are_skipped(changes: dict[str, Any], missing: set[str]) -> None:
    action = registration(Stage.ACCEPTANCE, facilities=[FACILITY | changes])
    assert set(opening(action)[1]) == missing


def test_every_category_is_decided() -> None:
    action = registration(Stage.PERMIT, decisions=DECISIONS[1:])
    assert opening(action)[1] == ["category_undecided:education"]


def test_everything_from_the_entry_on_is_asked() -> None:
    found = {o.key for o in way_ahead(entered(registration(Stage.ACCEPTANCE)), DAY, RULES)}

    assert {f"sign_off_missing:{d}" for d in RULES.roles.standing} <= found
    assert {"not_reported_built:F1", "measurement_missing:F1", "document_missing:completion_filing"} <= found


def test_a_requirement_of_an_older_project_is_frozen() -> None:
    from policies.decide import decide

    case = replace(entered(registration(Stage.PERMIT)), id="C2")
    amend = ACTIONS["change propose"].model_validate(
        {"case": "C2", "reason": "调整", "document": "一号", "facilities": [{"facility": "F1", "classes": 8}]}
    )
    assert decide(case, amend, leader(HC), DAY, RULES).agreed
