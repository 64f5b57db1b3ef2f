"""After the freeze only a change request alters a requirement, with the consent of everybody it touches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from core_fixtures import (
    CIV,
    COM,
    EDU,
    HC,
    LGO,
    MKT,
    NR,
    RULES,
    STA,
    alter,
    asked,
    blocked,
    complete,
    do,
    done,
    drop,
    leader,
    obstacles,
    ready,
    require,
)

from policies.changes import consenting
from policies.question import Question
from states.actions import ACTIONS, Action
from states.changes import documents_to_amend
from states.facts import Case, RectificationItem
from states.project import Stage


def act(name: str, **fields: object) -> Action:
    return ACTIONS[name].model_validate({"case": "C1", **fields})


def propose(**fields: Any) -> Action:
    return act("change propose", reason="规划调整", document="张自然资变〔2021〕1号", **fields)


SMALLER = propose(facilities=[{"facility": "F2", "gfa_m2": "360.00", "location": "2号楼一层"}])
POOLED = propose(
    removals=["F3"], decisions=[{"category": "commerce", "decision": "pooled", "basis": "统筹", "link": "北侧地块"}]
)


def consents(case: Case, *departments: str, change: int = 1) -> Case:
    for department in departments:
        case = do(case, act("change consent", change=change, verdict="agree"), leader(department))
    return case


def parties(case: Case, change: int = 1) -> set[str]:
    return set(consenting(Question(case, RULES, "2021-06-15"), case.change(change)))


# -- who must consent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proposal", "expected"),
    [
        (SMALLER, {NR, HC, CIV, STA}),
        (POOLED, {NR, HC, COM}),
        (propose(facilities=[{"facility": "F4", "design": "改"}]), {NR, HC, MKT}),
        (
            propose(
                facilities=[
                    {"facility": "F4", "ownership": "government", "recipient": "区民政局", "handover_days": 30},
                ]
            ),
            {NR, HC, MKT, STA},
        ),
        (propose(facilities=[{"facility": "F1", "classes": 5}]), {NR, HC, EDU, STA, LGO}),
        (propose(developer="新开发公司"), {NR, HC, EDU, CIV, COM, MKT, STA}),
    ],
    ids=["own", "pooled", "other", "to the government", "below the standard", "new developer"],
)
def test_everybody_whom_a_change_touches_must_consent(proposal: Action, expected: set[str]) -> None:
    assert parties(do(ready(Stage.PERMIT), proposal, leader(HC))) == expected


def test_a_change_is_applied_only_when_all_have_consented() -> None:
    case = do(ready(Stage.PERMIT), SMALLER, leader(HC))
    apply = act("change apply", change=1)

    assert blocked(case, apply, leader(HC)) == {f"consent_missing:{d}" for d in (NR, HC, CIV, STA)}
    case = consents(case, NR, HC, STA)
    assert blocked(case, apply, leader(HC)) == {f"consent_missing:{CIV}"}
    refused = do(case, act("change consent", change=1, verdict="object", reason="面积不足"), leader(CIV))
    assert blocked(refused, apply, leader(HC)) == {f"consent_refused:{CIV}"}
    assert blocked(consents(refused, CIV), apply, leader(HC)) == set()


def test_a_stranger_does_not_consent() -> None:
    case = do(ready(Stage.PERMIT), SMALLER, leader(HC))

    assert [o.code for o in asked(case, act("change consent", change=1, verdict="agree"), leader(EDU)).refusals] == [
        "not_your_task"
    ]


# -- what it does ------------------------------------------------------------------------------------


def applied(case: Case, proposal: Action, lead: str) -> Case:
    case = do(case, proposal, leader(lead))
    case = consents(case, *sorted(parties(case)))
    return do(case, act("change apply", change=1), leader(lead))


def test_an_applied_change_is_a_new_version_and_only_the_touched_confirm_again() -> None:
    case = applied(ready(Stage.AGREEMENT), SMALLER, NR)
    now = case.requirement("F2")

    assert (now.version, now.gfa, now.location, now.reason) == (2, 36_000, "2号楼一层", "规划调整")
    assert case.requirement("F1").version == 1
    assert {o for o in obstacles(case) if o.startswith("sign_off_stale")} == {
        f"sign_off_stale:{CIV}", f"sign_off_stale:{STA}",
    }  # fmt: skip
    assert case.change(1).status == "applied"


def test_a_facility_pooled_elsewhere_is_owed_no_more() -> None:
    case = applied(ready(Stage.PERMIT), POOLED, HC)

    assert "F3" not in {f.facility for f in case.owed()}
    decided = case.decision("commerce")
    assert decided and (decided.decision, decided.link) == ("pooled", "北侧地块")


def test_a_new_developer_assumes_the_agreement() -> None:
    case = applied(ready(Stage.CONSTRUCTION), propose(developer="新开发公司", developer_code="X1"), HC)

    assert (case.developer, case.developer_code) == ("新开发公司", "X1")


def test_papers_that_state_the_old_requirement_are_named_until_they_are_filed_anew() -> None:
    case = applied(ready(Stage.PERMIT), SMALLER, HC)
    assert documents_to_amend(ready(Stage.PERMIT)) == ()
    assert set(documents_to_amend(case)) == {
        "planning_conditions", "development_conditions", "land_supply_conditions", "handover_agreement",
        "land_contract", "construction_planning_permit",
    }  # fmt: skip

    anew = alter(case, "documents", {"kind": "land_contract"}, recorded_at="2021-06-15T10:00:01+08:00")
    assert "land_contract" not in documents_to_amend(anew)


def test_of_two_changes_of_the_developer_the_second_is_outdated() -> None:
    case = do(ready(Stage.PERMIT), propose(developer="甲公司", developer_code="A"), leader(HC))
    case = do(case, propose(developer="乙公司", developer_code="B"), leader(HC))
    everybody = (NR, HC, EDU, CIV, COM, MKT, STA)
    case = consents(consents(case, *everybody), *everybody, change=2)
    case = do(case, act("change apply", change=2), leader(HC))

    assert blocked(case, act("change apply", change=1), leader(HC)) == {"change_outdated:1"}


def test_a_new_owner_is_justified_and_a_new_recipient_named() -> None:
    private = propose(facilities=[{"facility": "F2", "ownership": "investor"}])
    public = propose(facilities=[{"facility": "F4", "ownership": "government"}])

    assert blocked(ready(Stage.PERMIT), private, leader(HC)) == {"ownership_unjustified:F2"}
    assert blocked(ready(Stage.PERMIT), public, leader(HC)) == {"particular_missing:F4"}


def test_the_item_of_a_facility_that_a_change_removed_is_closed() -> None:
    item = RectificationItem("整1", 1, 1, 1, "F3", COM, "无", "无", "无", "2021-12-01", "2021-06-01")
    case = replace(ready(Stage.ACCEPTANCE), items=(item,))

    assert "rectification_open:1" in obstacles(case)
    gone = replace(
        case, facilities=tuple(replace(f, removed="x") if f.facility == "F3" else f for f in case.facilities)
    )
    assert not [o for o in obstacles(gone) if o.startswith(("rectification", "policy"))]


# -- when it may not ---------------------------------------------------------------------------------


def test_before_the_freeze_requirements_are_amended_and_not_changed_by_request() -> None:
    open_ = drop(ready(Stage.LAND_SUPPLY), "documents", kind="land_supply_conditions")

    assert blocked(open_, SMALLER, leader(NR)) == {"not_frozen"}
    assert blocked(ready(Stage.LAND_SUPPLY), SMALLER, leader(NR)) == set()


def test_a_change_changes_something() -> None:
    same = propose(facilities=[{"facility": "F2", "location": "1号楼一层"}])

    assert blocked(ready(Stage.PERMIT), same, leader(HC)) == {"nothing_changed:F2"}


def test_list_and_decisions_agree_afterwards() -> None:
    silent = propose(removals=["F3"])
    contradicting = propose(decisions=[{"category": "commerce", "decision": "not_required", "basis": "已有"}])

    assert blocked(ready(Stage.PERMIT), silent, leader(HC)) == {"category_without_facility:commerce"}
    assert blocked(ready(Stage.PERMIT), contradicting, leader(HC)) == {"category_contradicted:commerce"}


def test_a_change_ends_once() -> None:
    case = applied(ready(Stage.PERMIT), SMALLER, HC)
    withdrawn = do(
        do(ready(Stage.PERMIT), SMALLER, leader(HC)), act("change withdraw", change=1, reason="撤"), leader(HC)
    )

    for ended in (case, withdrawn):
        assert blocked(ended, act("change apply", change=1), leader(HC)) == {"change_closed:1"}
        assert blocked(ended, act("change withdraw", change=1, reason="撤"), leader(HC)) == {"change_closed:1"}
        assert blocked(ended, act("change consent", change=1, verdict="agree"), leader(HC)) == {"change_closed:1"}


@pytest.mark.parametrize("second", [SMALLER, propose(facilities=[{"facility": "F2", "design": "精装"}])])
def test_a_change_stands_on_what_it_was_proposed_on(second: Action) -> None:
    case = done(do(ready(Stage.PERMIT), SMALLER, leader(HC)), second, leader(HC))
    case = consents(consents(case, NR, HC, CIV, STA), NR, HC, CIV, STA, change=2)
    case = do(case, act("change apply", change=1), leader(HC))

    assert blocked(case, act("change apply", change=2), leader(HC)) == {"change_outdated:2"}


def test_a_change_of_a_facility_that_another_change_removed_is_outdated() -> None:
    wider = propose(facilities=[{"facility": "F3", "design": "沿街"}])
    case = do(do(ready(Stage.PERMIT), POOLED, leader(HC)), wider, leader(HC))
    case = do(consents(case, NR, HC, COM), act("change apply", change=1), leader(HC))

    assert blocked(case, act("change apply", change=2), leader(HC)) == {"change_outdated:2"}
    assert blocked(case, act("change consent", change=2, verdict="agree"), leader(COM)) == {"change_outdated:2"}


def test_a_change_does_not_make_a_measured_shortfall_good_by_itself() -> None:
    case = require(complete(Stage.ACCEPTANCE), "F2", gfa=50_000)

    assert "measured_short:F2" in obstacles(do(case, SMALLER, leader(HC)))
