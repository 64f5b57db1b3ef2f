"""Every policy: what passes it, what it blocks, about what, and who can clear it.

Each test starts from a complete case that everybody has agreed to, takes one thing away and names the
*whole* list of obstacles: one too many fails as surely as one too few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from core_fixtures import (
    CIV,
    COM,
    DAY,
    EDU,
    GOV,
    HC,
    HEA,
    LGO,
    MKT,
    NR,
    RULES,
    RUNNING,
    SIGNING,
    STA,
    TOWN,
    ahead,
    alter,
    asked,
    blocked,
    clerk,
    complete,
    conditional,
    do,
    done,
    drop,
    evidence,
    judgements,
    leader,
    leave,
    objecting,
    obstacles,
    opinion,
    paper,
    placed,
    ready,
    refusal,
    require,
    sign,
    sign_off,
    signed,
)

from policies.decide import decide, decide_opening
from states.actions import ACTIONS
from states.actions.base import Action
from states.actions.cases import OpenCase
from states.effects import Stamp, opened
from states.facts import MEASURES, Actor, Case, Evidence
from states.project import Stage
from states.rules import Rules, Standard

Change = Callable[[Case], Case]


def act(name: str, **fields: object) -> Action:
    """An action by its command, on the case of the fixtures."""
    return ACTIONS[name].model_validate({"case": "C1", **fields})


def clearing(case: Case, rules: Rules = RULES) -> dict[str, tuple[str, ...]]:
    """Every obstacle on the way ahead, and who can clear it."""
    return {o.key: o.who for o in ahead(case, rules)}


def gate(stage: str, change: Change, rules: Rules = RULES) -> dict[str, tuple[str, ...]]:
    """The way ahead of a case that was changed before everybody agreed to it."""
    return clearing(signed(change(complete(stage)), rules), rules)


def details(case: Case, code: str, rules: Rules = RULES) -> list[dict[str, str]]:
    return [dict(o.detail) for o in ahead(case, rules) if o.code == code]


def having(facility: str, **columns: object) -> Change:
    return lambda case: require(case, facility, **columns)


def without(rows: str, **where: object) -> Change:
    return lambda case: drop(case, rows, **where)


def showing(facility: str, kind: str, **columns: object) -> Change:
    return lambda case: evidence(case, facility, kind, **columns)


def deciding(category: str, **columns: object) -> Change:
    return lambda case: alter(case, "decisions", {"category": category}, **columns)


def filing(kind: str, **columns: object) -> Change:
    return lambda case: alter(case, "documents", {"kind": kind}, **columns)


# -- requirements: complete and up to standard -----------------------------------------------------


@pytest.mark.parametrize("nothing", [None, ""])
def test_planning_is_not_concluded_without_a_regulatory_plan(nothing: str | None) -> None:
    case = replace(ready(Stage.PLANNING), regulatory_plan=nothing)

    assert clearing(case) == {"regulatory_plan_missing": (NR,)}
    assert obstacles(replace(ready(Stage.LAND_SUPPLY), regulatory_plan=nothing)) == set()


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
@pytest.mark.parametrize(
    ("change", "key"),
    [
        (without("decisions", category="health"), "category_undecided:health"),
        (deciding("health", decision="required"), "category_without_facility:health"),
        (deciding("education", decision="not_required"), "category_contradicted:education"),
        (deciding("education", decision="pooled", link="C2/F1"), "category_contradicted:education"),
        (deciding("health", decision="pooled"), "pooling_without_link:health"),
        (deciding("health", basis=None), "decision_without_basis:health"),
    ],
)
def test_each_of_the_seven_categories_is_decided_and_agrees_with_the_list(stage: str, change: Change, key: str) -> None:
    assert gate(stage, change) == {key: (NR,)}


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
def test_a_category_pooled_elsewhere_with_its_link_is_decided(stage: str) -> None:
    assert gate(stage, deciding("health", decision="pooled", link="C2/F1")) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (deciding("education", special_plan=None), {"special_plan_missing:education": (NR,)}),
        (deciding("health", special_plan=""), {"special_plan_missing:health": (NR,)}),
        (deciding("education", special_plan=None, substitute_basis="控规"), {}),
        (deciding("canteen", special_plan=None), {}),
    ],
)
def test_the_special_plan_or_its_substitute_is_named_where_the_notice_orders_a_plan(
    change: Change, expected: dict[str, tuple[str, ...]]
) -> None:
    assert gate(Stage.PLANNING, change) == expected


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (without("decisions", category="health"), "category_undecided:health"),
        (deciding("health", decision="required"), "category_without_facility:health"),
        (deciding("education", decision="not_required"), "category_contradicted:education"),
        (deciding("health", decision="pooled"), "pooling_without_link:health"),
        (deciding("health", basis=None), "decision_without_basis:health"),
        (deciding("health", special_plan=None), "special_plan_missing:health"),
        (lambda case: alter(case, "facilities", {"facility": "F4"}, designated=None), "no_competent_department:F4"),
    ],
)
def test_what_a_category_lacks_is_asked_for_by_the_clause_of_the_category(change: Change, key: str) -> None:
    clauses = {name: replace(category, basis=f"clause of {name}") for name, category in RULES.categories.items()}
    rules = replace(RULES, categories=clauses)
    found = {o.key: o.basis for o in ahead(change(ready(Stage.PLANNING)), rules)}
    category = "canteen" if key.endswith("F4") else key.partition(":")[2]

    assert found[key] == f"clause of {category}"


def missing_particulars(case: Case) -> list[str]:
    """What is missing; a scale may be called by its measure."""
    named = (d["particular"] for d in details(case, "particular_missing"))
    return ["scale" if name in MEASURES else name for name in named]


NO_SCALE: dict[str, object] = dict.fromkeys(MEASURES)


@pytest.mark.parametrize(
    ("stage", "columns", "missing"),
    [
        (Stage.PLANNING, NO_SCALE, "scale"),
        (Stage.PLANNING, {"location": None}, "location"),
        (Stage.PLANNING, {"design": None}, "design"),
        (Stage.PLANNING, {"mode": None, "ownership": None, "handover": None}, None),
        (Stage.LAND_SUPPLY, NO_SCALE, "scale"),
        (Stage.LAND_SUPPLY, {"location": ""}, "location"),
        (Stage.LAND_SUPPLY, {"mode": None}, "mode"),
        (Stage.LAND_SUPPLY, {"ownership": None}, "ownership"),
        (Stage.LAND_SUPPLY, {"handover": None}, "handover"),
    ],
)
def test_each_edge_asks_for_its_particulars_of_every_facility(
    stage: str, columns: dict[str, object], missing: str | None
) -> None:
    case = signed(require(complete(stage), "F3", **columns))

    assert clearing(case) == ({"particular_missing:F3": (NR,)} if missing else {})
    assert missing_particulars(case) == ([missing] if missing else [])


def test_a_facility_without_any_particular_is_told_all_of_them_at_once() -> None:
    bare = {**NO_SCALE, "location": None, "design": None, "mode": None, "ownership": None, "handover": None}
    case = signed(require(complete(Stage.LAND_SUPPLY), "F3", **bare))

    assert missing_particulars(case) == [
        "scale", "location", "design", "mode", "ownership", "handover",
    ]  # fmt: skip


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
@pytest.mark.parametrize(
    ("facility", "measure", "value", "minimum"),
    [("F1", "classes", 5, 6), ("F2", "gfa", 35_999, 36_000)],
)
def test_no_scale_lies_below_the_standard(stage: str, facility: str, measure: str, value: int, minimum: int) -> None:
    case = signed(require(complete(stage), facility, **{measure: value}))
    found = details(case, "below_standard")[0]

    assert clearing(case) == {f"below_standard:{facility}": (NR,)}
    assert (found["measure"], found["value"], found["minimum"]) == (measure, str(value), str(minimum))
    assert gate(stage, having(facility, **{measure: minimum})) == {}


def test_a_number_that_is_not_confirmed_applies_and_is_marked() -> None:
    case = signed(require(complete(Stage.PLANNING), "F2", gfa=1))

    assert details(case, "below_standard")[0]["confirmed"] == "False"


def test_more_households_ask_for_more() -> None:
    more = signed(replace(complete(Stage.PLANNING), households=1201))

    assert details(more, "below_standard")[0]["minimum"] == "36030"


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
def test_a_requirement_that_is_silent_on_the_measure_of_the_standard_does_not_meet_it(stage: str) -> None:
    silent = signed(require(complete(stage), "F1", classes=None))

    assert {o.subject for o in ahead(silent)} == {"F1"}


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
def test_a_standard_in_a_second_measure_is_met_only_by_a_requirement_that_states_it(stage: str) -> None:
    rules = replace(RULES, standards=(replace(RULES.standards[0], measure="beds", value=10),))

    assert list(gate(stage, having("F1", beds=10), rules)) == []
    assert list(gate(stage, having("F1", beds=9), rules)) == ["below_standard:F1"]
    assert {o.subject for o in ahead(signed(require(complete(stage), "F1", beds=None)), rules)} == {"F1"}


def _standard(value: float, **columns: object) -> Rules:
    rule = Standard("store", "gfa", value, "m2", "district", "C", "2019-01-01", True)
    return replace(RULES, standards=(replace(rule, **columns),))


@pytest.mark.parametrize(
    ("rules", "applies"),
    [
        (_standard(200), True),
        (_standard(200, effective_from="2021-01-05"), True),
        (_standard(200, effective_from="2021-01-06"), False),
        (_standard(200, effective_to="2021-01-05"), True),
        (_standard(200, effective_to="2021-01-04"), False),
        (_standard(200, households_from=1200), True),
        (_standard(200, households_from=1201), False),
        (_standard(100), False),
    ],
)
def test_the_standard_in_force_on_the_day_of_the_planning_conditions_counts(rules: Rules, applies: bool) -> None:
    assert gate(Stage.LAND_SUPPLY, lambda case: case, rules) == ({"below_standard:F3": (NR,)} if applies else {})


def test_before_there_are_planning_conditions_the_standard_of_today_counts() -> None:
    case = drop(ready(Stage.PLANNING), "documents", kind="planning_conditions")

    assert "below_standard:F3" in obstacles(case, _standard(200, effective_from=DAY))
    assert "below_standard:F3" not in obstacles(case, _standard(200, effective_from="2021-06-16"))


# -- requirements: heard ---------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
@pytest.mark.parametrize("kind", ["expert", "public"])
def test_an_expert_and_a_public_representative_are_heard_in_each_review(stage: str, kind: str) -> None:
    silent = drop(ready(stage), "hearings", stage=stage.value, kind=kind)

    assert clearing(silent) == {f"hearing_missing:{kind}": (NR,)}


def test_without_a_rule_one_of_each_is_heard_all_the_same() -> None:
    silent = replace(RULES.edges["conclude_planning"], hearing=None)
    rules = replace(RULES, edges={**RULES.edges, "conclude_planning": silent})
    unheard = drop(ready(Stage.PLANNING), "hearings", stage="planning_joint_review")

    assert clearing(ready(Stage.PLANNING), rules) == {}
    assert clearing(unheard, rules) == {"hearing_missing:expert": (NR,), "hearing_missing:public": (NR,)}


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
def test_everybody_heard_in_the_stage_is_answered(stage: str) -> None:
    number = {Stage.PLANNING: 1, Stage.LAND_SUPPLY: 3}[stage]
    case = alter(ready(stage), "hearings", {"number": number}, disposition=None, reply=None)

    assert clearing(case) == {f"hearing_unanswered:{number}": (NR,)}


def test_an_unanswered_opinion_of_another_stage_does_not_hold_up_this_one() -> None:
    case = alter(ready(Stage.PLANNING), "hearings", {"number": 3}, disposition=None, reply=None)

    assert obstacles(case) == set()


def test_they_are_heard_once_in_the_stage_and_not_again_after_a_reopening() -> None:
    reopened = do(ready(Stage.LAND_SUPPLY), act("case reopen", reason="规划条件有误"), leader(NR))

    assert reopened.visit == 2
    assert not {o for o in obstacles(reopened) if o.startswith("hearing")}


# -- requirements: frozen --------------------------------------------------------------------------


def amending(case: Case, facility: str = "F1", **particulars: object) -> list[tuple[str, str]]:
    """The obstacles to an amendment by the lead: code and particular."""
    action = act("facility amend", facility=facility, reason="调整", **particulars)
    decision = asked(case, action, leader(NR))
    assert not decision.refusals
    return [(o.code, dict(o.detail).get("particular", "")) for o in decision.obstacles]


#: Changes to F1 that take something away: shrink, move, redesign, change owner.
TAKING = {
    "gfa": {"gfa_m2": "2799.99"},
    "site": {"site_m2": "4499"},
    "classes": {"classes": 5},
    "seats": {"seats": 179},
    "beds": {"beds": 19},
    "location": {"location": "西北角"},
    "ownership": {"ownership": "investor"},
}
#: Changes to F1 that add to it.
ADDING = {
    "gfa": {"gfa_m2": "2800.01"},
    "site": {"site_m2": "4501"},
    "classes": {"classes": 9},
    "seats": {"seats": 181},
    "beds": {"beds": 21},
}


def in_land_supply() -> Case:
    """A case in the land-supply review whose conditions are not issued yet."""
    return drop(complete(Stage.LAND_SUPPLY), "documents", kind="land_supply_conditions")


@pytest.mark.parametrize("change", [*TAKING.values(), *ADDING.values(), {"design": "另行设计"}])
def test_in_planning_every_change_is_open(change: dict[str, Any]) -> None:
    assert amending(complete(Stage.PLANNING), **change) == []


@pytest.mark.parametrize("particular", TAKING)
def test_in_land_supply_shrinking_moving_and_changing_owner_need_a_reopening(particular: str) -> None:
    assert amending(in_land_supply(), **TAKING[particular]) == [("needs_reopening", particular)]


@pytest.mark.parametrize("change", ADDING.values())
def test_in_land_supply_a_facility_may_be_enlarged(change: dict[str, Any]) -> None:
    assert amending(in_land_supply(), **change) == []


@pytest.mark.parametrize(
    ("particular", "value"),
    [
        ("seats", 30),
        ("location", "2号楼"),
        ("design", "临街"),
        ("mode", "built_by_developer"),
        ("ownership", "investor"),
        ("handover", "自持"),
        ("recipient", "区商务局"),
    ],
)
def test_in_land_supply_what_is_still_open_may_be_filled(particular: str, value: object) -> None:
    case = require(in_land_supply(), "F3", **{particular: None})

    assert amending(case, "F3", **{particular: value}) == []


@pytest.mark.parametrize("particular", [*TAKING, *(f"more {p}" for p in ADDING)])
def test_once_the_land_supply_conditions_are_issued_nothing_changes_even_in_land_supply(
    particular: str,
) -> None:
    change = (ADDING if particular.startswith("more") else TAKING)[particular.removeprefix("more ")]
    voided = filing("land_supply_conditions", voided="reopen_planning")(complete(Stage.LAND_SUPPLY))

    assert [code for code, _ in amending(complete(Stage.LAND_SUPPLY), **change)] == ["requirement_frozen"]
    assert "requirement_frozen" not in [code for code, _ in amending(voided, **change)]


@pytest.mark.parametrize("particular", ["recipient", "handover_days"])
def test_after_the_freeze_recipient_and_limit_may_be_filled_once(particular: str) -> None:
    value: object = {"recipient": "区教体局", "handover_days": 60}[particular]
    open_case = require(complete(Stage.AGREEMENT), "F1", **{particular: None})
    filled = do(open_case, act("facility amend", facility="F1", reason="补", **{particular: value}), leader(NR))

    assert getattr(filled.requirement("F1"), particular) == value
    other: object = {"recipient": "区民政局", "handover_days": 90}[particular]
    assert amending(filled, **{particular: other}) == [("requirement_frozen", particular)]


@pytest.mark.parametrize("particular", [*TAKING, *(f"more {p}" for p in ADDING), "design", "mode", "handover"])
def test_after_the_freeze_nothing_else_changes_not_even_upwards(particular: str) -> None:
    name = particular.removeprefix("more ")
    others = {"design": {"design": "另"}, "mode": {"mode": "other"}, "handover": {"handover": "有偿"}}
    change = ADDING[name] if particular.startswith("more") else {**TAKING, **others}[name]

    assert amending(complete(Stage.AGREEMENT), **change) == [("requirement_frozen", name)]


@pytest.mark.parametrize("particular", ["seats", "beds"])
def test_after_the_freeze_nothing_new_is_asked_of_a_facility(particular: str) -> None:
    assert amending(complete(Stage.AGREEMENT), "F3", **{particular: 10}) == [("requirement_frozen", particular)]


def test_every_frozen_particular_of_one_amendment_is_named_at_once() -> None:
    found = amending(complete(Stage.AGREEMENT), gfa_m2=1, location="别处", recipient="他人", ownership="investor")

    assert sorted(found) == [("requirement_frozen", p) for p in ("gfa", "location", "ownership", "recipient")]


@pytest.mark.parametrize("stage", [Stage.PERMIT, Stage.PRESALE, Stage.CONSTRUCTION, Stage.ACCEPTANCE])
def test_from_the_permit_on_no_requirement_is_amended_at_all(stage: str) -> None:
    action = act("facility amend", facility="F1", reason="调整", recipient="他人")

    assert blocked(complete(stage), action, leader(HC)) == {f"not_in_this_stage:{stage}"}


def test_after_a_reopening_every_change_is_open_again() -> None:
    reopened = do(ready(Stage.LAND_SUPPLY), act("case reopen", reason="重新规划"), leader(NR))

    assert amending(reopened, gfa_m2=2000, location="别处", ownership="investor") == []


def test_the_list_grows_until_land_supply_and_shrinks_in_planning_only() -> None:
    add = act("facility add", facility="F6", subtype="store", gfa_m2=100)
    remove = act("facility remove", facility="F3", reason="取消")

    assert blocked(complete(Stage.PLANNING), add, leader(NR)) == set()
    assert blocked(complete(Stage.PLANNING), remove, leader(NR)) == set()
    assert blocked(in_land_supply(), add, leader(NR)) == set()
    assert blocked(in_land_supply(), remove, leader(NR)) == {"not_in_this_stage:land_supply_joint_review"}
    assert blocked(complete(Stage.AGREEMENT), add, leader(NR)) == {"not_in_this_stage:handover_agreement"}


def test_once_the_land_supply_conditions_are_issued_the_list_is_closed() -> None:
    add = act("facility add", facility="F6", subtype="store", gfa_m2=100)
    wanted = act("facility decide", category="health", decision="required")

    assert blocked(complete(Stage.LAND_SUPPLY), add, leader(NR)) == {"requirement_frozen:F6"}
    assert blocked(complete(Stage.LAND_SUPPLY), wanted, leader(NR)) == {"requirement_frozen:health"}
    assert blocked(complete(Stage.PLANNING), add, leader(NR)) == set()


def test_a_facility_number_is_given_once_even_to_one_that_was_struck_off() -> None:
    add = act("facility add", facility="F3", subtype="store", gfa_m2=100)
    removed = do(complete(Stage.PLANNING), act("facility remove", facility="F3", reason="取消"), leader(NR))

    assert blocked(complete(Stage.PLANNING), add, leader(NR)) == {"facility_exists:F3"}
    assert blocked(removed, add, leader(NR)) == {"facility_exists:F3"}


@pytest.mark.parametrize("decision", ["not_required", "pooled"])
def test_after_planning_a_category_may_only_become_required(decision: str) -> None:
    less = act("facility decide", category="health", decision=decision, basis="x", link="C2/F1")
    more = act("facility decide", category="health", decision="required")

    assert blocked(complete(Stage.PLANNING), less, leader(NR)) == set()
    assert blocked(in_land_supply(), less, leader(NR)) == {"needs_reopening:health"}
    assert blocked(in_land_supply(), more, leader(NR)) == set()


@pytest.mark.parametrize("stage", [Stage.LAND_SUPPLY, Stage.AGREEMENT])
def test_the_project_is_settled_in_planning_and_the_developer_becomes_known_later(stage: str) -> None:
    settled = act(
        "case amend",
        reason="更正",
        project="新名",
        households=1300,
        population=4000,
        regulatory_plan="控规04",
    )
    developer = act("case amend", reason="成交", developer="示例置业二期", developer_code="91370303MA3TEST01X")

    assert blocked(complete(Stage.PLANNING), settled, leader(NR)) == set()
    assert blocked(complete(stage), settled, leader(NR)) == {
        f"needs_reopening:{p}" for p in ("project", "households", "population", "regulatory_plan")
    }
    unsigned = drop(complete(stage), "documents", kind="handover_agreement")
    if stage == Stage.AGREEMENT:
        unsigned = drop(unsigned, "documents", kind="land_contract")
    assert blocked(unsigned, developer, leader(NR)) == set()
    assert blocked(complete(stage), developer, leader(NR)) == {"developer_bound:C1"}


# -- requirements: ownership and recipients --------------------------------------------------------


@pytest.mark.parametrize("facility", ["F3", "F4", "F5"])
@pytest.mark.parametrize("column", ["ownership_reason", "ownership_basis"])
def test_ownership_other_than_the_governments_has_a_reason_and_a_basis(facility: str, column: str) -> None:
    assert gate(Stage.LAND_SUPPLY, having(facility, **{column: None})) == {f"ownership_unjustified:{facility}": (NR,)}


@pytest.mark.parametrize(("facility", "department"), [("F1", EDU), ("F2", CIV)])
@pytest.mark.parametrize("particular", ["recipient", "handover_days"])
def test_what_the_government_will_own_has_a_recipient_and_a_limit(
    facility: str, department: str, particular: str
) -> None:
    case = signed(require(complete(Stage.AGREEMENT), facility, **{particular: None}))

    assert clearing(case) == {f"particular_missing:{facility}": (NR, department)}
    assert details(case, "particular_missing") == [{"particular": particular}]


# -- papers ----------------------------------------------------------------------------------------

#: Which papers each edge asks for, and who can file them: issuers, then the lead of the stage.
PAPERS = [
    (Stage.PLANNING, "planning_conditions", {NR}),
    (Stage.LAND_SUPPLY, "development_conditions", {HC, NR}),
    (Stage.LAND_SUPPLY, "land_supply_conditions", {NR}),
    (Stage.AGREEMENT, "handover_agreement", {NR, EDU, CIV, COM, MKT}),
    (Stage.AGREEMENT, "land_contract", {NR}),
    (Stage.AGREEMENT, "deal_confirmation", {NR}),
    (Stage.PERMIT, "construction_planning_permit", {NR, HC}),
    (Stage.PERMIT, "construction_permit", {HC}),
    (Stage.CONSTRUCTION, "completion_acceptance_report", {HC}),
    (Stage.CONSTRUCTION, "completion_filing", {HC}),
    (Stage.ACCEPTANCE, "comprehensive_acceptance_certificate", {HC}),
]
IDS = [kind for _, kind, _ in PAPERS]


@pytest.mark.parametrize(("stage", "kind", "who"), PAPERS, ids=IDS)
def test_a_paper_that_an_edge_asks_for_is_missed_and_its_issuer_and_the_lead_are_named(
    stage: str, kind: str, who: set[str]
) -> None:
    found = gate(stage, without("documents", kind=kind))

    assert {key: set(organisations) for key, organisations in found.items()} == {f"document_missing:{kind}": who}


@pytest.mark.parametrize(("stage", "kind", "who"), PAPERS, ids=IDS)
def test_those_named_for_a_missing_paper_are_those_who_may_file_it(stage: str, kind: str, who: set[str]) -> None:
    action = act("document add", kind=kind, reference="一号", issued_on="2021-06-01")

    assert {o for o in RULES.organisations if refusal(complete(stage), action, clerk(o)) is None} == who


@pytest.mark.parametrize(("stage", "kind", "who"), PAPERS, ids=IDS)
def test_a_paper_that_a_later_event_has_voided_is_missing(stage: str, kind: str, who: set[str]) -> None:
    assert list(gate(stage, filing(kind, voided="reopen_planning"))) == [f"document_missing:{kind}"]


def test_a_paper_that_needs_a_file_is_not_there_without_it() -> None:
    assert gate(Stage.AGREEMENT, filing("handover_agreement", file=None)) == {"file_missing:handover_agreement": (NR,)}


@pytest.mark.parametrize(
    ("setting", "stages"),
    [
        ("before_acceptance", {Stage.CONSTRUCTION, Stage.ACCEPTANCE}),
        ("after_acceptance", {Stage.ACCEPTANCE}),
    ],
)
def test_the_completion_filing_is_asked_where_the_district_puts_it(setting: str, stages: set[str]) -> None:
    rules = replace(RULES, completion_filing=setting)
    missing = {
        s
        for s in (Stage.CONSTRUCTION, Stage.ACCEPTANCE)
        if "document_missing:completion_filing" in gate(s, without("documents", kind="completion_filing"), rules)
    }

    assert missing == stages


def _allocated(case: Case) -> Case:
    case = replace(drop(case, "documents", kind="deal_confirmation"), developer=None, developer_code=None)
    return replace(case, documents=(*case.documents, paper(99, "allocation_decision")))


@pytest.mark.parametrize("column", ["developer", "developer_code"])
def test_a_land_deal_names_the_developer_and_its_credit_code(column: str) -> None:
    assert gate(Stage.AGREEMENT, lambda case: replace(case, **{column: None})) == {"developer_missing": (NR,)}


def test_allocated_land_needs_no_deal_and_no_developer() -> None:
    assert gate(Stage.AGREEMENT, _allocated) == {}


def test_without_deal_and_developer_both_are_named() -> None:
    case = drop(complete(Stage.AGREEMENT), "documents", kind="deal_confirmation")

    assert obstacles(signed(replace(case, developer=None))) == {
        "document_missing:deal_confirmation", "developer_missing",
    }  # fmt: skip


@pytest.mark.parametrize(("signed_on", "allowed"), [("2021-01-04", True), ("2021-01-05", True), ("2021-01-06", False)])
def test_the_agreement_is_not_later_than_the_land_contract(signed_on: str, allowed: bool) -> None:
    found = gate(Stage.AGREEMENT, filing("handover_agreement", issued_on=signed_on))

    assert found == ({} if allowed else {"contract_before_agreement": (NR,)})


@pytest.mark.parametrize(("day", "allowed"), [("2021-01-04", False), ("2021-01-05", True), ("2021-01-06", True)])
def test_a_land_contract_is_filed_only_behind_the_agreement(day: str, allowed: bool) -> None:
    contract = act("document add", kind="land_contract", reference="一号", issued_on=day)
    unsigned = drop(complete(Stage.AGREEMENT), "documents", kind="handover_agreement")

    found = blocked(complete(Stage.AGREEMENT), contract, leader(NR))
    assert found == (set() if allowed else {"contract_before_agreement"})
    assert blocked(unsigned, contract, leader(NR)) == {"document_missing:handover_agreement"}


REOPEN = act("case reopen", reason="规划条件有误")


def test_before_the_land_deal_planning_may_be_reopened_from_the_agreement() -> None:
    undealt = drop(complete(Stage.AGREEMENT), "documents", kind="deal_confirmation")
    undealt = drop(undealt, "documents", kind="land_contract")
    reopened = do(undealt, REOPEN, leader(NR))

    assert (reopened.stage, reopened.visit) == ("planning_joint_review", 2)
    assert not [reopened.document(k) for k in ("planning_conditions", "land_supply_conditions") if reopened.document(k)]


def test_once_the_land_is_sold_or_allocated_planning_is_not_reopened() -> None:
    sold = complete(Stage.AGREEMENT)
    unsigned = drop(sold, "documents", kind="land_contract")

    assert blocked(sold, REOPEN, leader(NR)) == {"land_deal_made:deal_confirmation", "land_deal_made:land_contract"}
    assert blocked(unsigned, REOPEN, leader(NR)) == {"land_deal_made:deal_confirmation"}
    assert blocked(_allocated(unsigned), REOPEN, leader(NR)) == {"land_deal_made:allocation_decision"}


def test_a_failed_deal_is_a_new_attempt_under_the_same_conditions() -> None:
    failed = act("case land-deal-failed", reason="流拍")
    unsigned = drop(ready(Stage.AGREEMENT), "documents", kind="land_contract")
    again = do(unsigned, failed, leader(NR))

    assert (again.stage, again.visit, again.attempt) == ("handover_agreement", 1, 2)
    assert again.document("land_supply_conditions")
    assert not again.document("deal_confirmation")
    assert again.requirements == unsigned.requirements
    assert blocked(complete(Stage.AGREEMENT), failed, leader(NR)) == {"land_contract_signed:land_contract"}


@pytest.mark.parametrize("stage", RUNNING)
def test_from_the_permit_on_only_the_district_government_ends_a_case(stage: str) -> None:
    end = act("case terminate", reason="开发商破产")
    undecided = drop(complete(stage), "documents", kind="district_government_decision")
    early = stage in (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT)

    assert blocked(undecided, end, leave(stage)[1]) == (
        set() if early else {"document_missing:district_government_decision"}
    )
    ended = do(complete(stage), end, leave(stage)[1])
    assert (ended.stage, ended.active) == ("terminated", 0)


# -- evidence held against the requirement ---------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (without("evidence", facility="F1", kind="drawings"), "drawings_missing:F1"),
        (showing("F1", "drawings", gfa=279_999), "drawings_short:F1"),
        (showing("F1", "drawings", classes=5), "drawings_short:F1"),
        (showing("F1", "drawings", seats=None), "drawings_short:F1"),
        (showing("F1", "drawings", location="西北角"), "drawings_moved:F1"),
        (showing("F1", "drawings", location=None), "drawings_moved:F1"),
        (having("F3", gfa=10_001), "drawings_short:F3"),
        (having("F3", location="3号楼"), "drawings_moved:F3"),
    ],
)
def test_the_approved_drawings_show_every_facility_at_least_as_required(change: Change, key: str) -> None:
    assert gate(Stage.PERMIT, change) == {key: (HC,)}


@pytest.mark.parametrize(
    "change", [showing("F1", "drawings", gfa=280_001), showing("F1", "drawings", location="东 南 角")]
)
def test_larger_drawings_and_other_spacing_are_no_obstacle(change: Change) -> None:
    assert gate(Stage.PERMIT, change) == {}


def test_the_tolerance_of_measuring_is_none_for_drawing() -> None:
    rules = replace(RULES, measured_tolerance_percent=3)

    assert list(gate(Stage.PERMIT, showing("F1", "drawings", gfa=279_999), rules)) == ["drawings_short:F1"]


def test_the_newest_drawings_count() -> None:
    old = evidence(complete(Stage.PERMIT), "F1", "drawings", gfa=1)
    new = replace(placed(old.requirement("F1"), "drawings"), number=2)

    assert obstacles(signed(replace(old, evidence=(*old.evidence, new)))) == set()


@pytest.mark.parametrize(
    "change",
    [
        without("evidence", facility="F1", kind="progress"),
        showing("F1", "progress", built=0),
        showing("F1", "progress", built=None),
    ],
)
def test_the_acceptance_begins_when_every_facility_is_reported_built(change: Change) -> None:
    assert gate(Stage.CONSTRUCTION, change) == {"not_reported_built:F1": (HC, EDU)}


def test_a_hundred_per_cent_is_not_a_report_that_it_is_built() -> None:
    assert gate(Stage.CONSTRUCTION, showing("F3", "progress", percent=100, built=0)) == {
        "not_reported_built:F3": (HC, COM)
    }


SURVEYS_WITHOUT = {
    "survey": without("evidence", facility="F1", kind="measurement"),
    "any scale": showing("F1", "measurement", **NO_SCALE),
    "location": showing("F1", "measurement", location=None),
}


@pytest.mark.parametrize("lacking", SURVEYS_WITHOUT)
def test_the_acceptance_begins_with_a_measured_scale_and_an_as_built_location(lacking: str) -> None:
    assert gate(Stage.CONSTRUCTION, SURVEYS_WITHOUT[lacking]) == {"measurement_missing:F1": (HC, EDU)}


def test_the_acceptance_begins_even_if_a_facility_is_measured_too_small() -> None:
    assert gate(Stage.CONSTRUCTION, showing("F1", "measurement", gfa=1, location="别处")) == {}


MEASURED = [
    (without("evidence", facility="F1", kind="measurement"), "measurement_missing:F1"),
    (showing("F1", "measurement", gfa=279_999), "measured_short:F1"),
    (showing("F1", "measurement", classes=5), "measured_short:F1"),
    (showing("F1", "measurement", site=None), "measured_short:F1"),
    (showing("F1", "measurement", location="西北角"), "built_elsewhere:F1"),
    (showing("F1", "measurement", location=None), "built_elsewhere:F1"),
]


@pytest.mark.parametrize(("change", "key"), MEASURED)
def test_nothing_is_certified_that_is_missing_smaller_or_elsewhere(change: Change, key: str) -> None:
    assert list(gate(Stage.ACCEPTANCE, change)) == [key]


@pytest.mark.parametrize(("change", "key"), MEASURED)
@pytest.mark.parametrize("verdict", [{"verdict": "agree"}, conditional("property_handover")])
def test_no_agreement_covers_what_is_measured_too_small_or_elsewhere(
    change: Change, key: str, verdict: dict[str, Any]
) -> None:
    case = change(complete(Stage.ACCEPTANCE))

    assert blocked(case, opinion(case, EDU, **verdict), leader(EDU)) == {key}
    assert blocked(case, opinion(case, EDU, **objecting()), leader(EDU)) == set()
    assert blocked(case, opinion(case, CIV, **verdict), leader(CIV)) == set()


@pytest.mark.parametrize(("gfa", "allowed"), [(271_600, True), (271_599, False), (300_000, True)])
def test_measuring_has_the_tolerance_of_the_configuration(gfa: int, allowed: bool) -> None:
    rules = replace(RULES, measured_tolerance_percent=3)
    case = evidence(complete(Stage.ACCEPTANCE), "F1", "measurement", gfa=gfa)
    expected = set() if allowed else {"measured_short:F1"}

    assert obstacles(signed(case, rules), rules) == expected
    assert blocked(case, opinion(case, EDU), leader(EDU), rules) == expected


def test_the_figures_of_what_is_too_small_are_given() -> None:
    case = evidence(ready(Stage.ACCEPTANCE), "F2", "measurement", gfa=29_000)

    assert details(case, "measured_short") == [{"measure": "gfa", "value": "29000", "minimum": "36000"}]


# -- handover --------------------------------------------------------------------------------------


def _exempt(facility: str) -> Change:
    return showing(facility, "title", reference=None, holder=None, exemption="人防工程，依据某文")


CLOSING = [
    ("F1", without("evidence", facility="F1", kind="hand_over"), "not_handed_over:F1", EDU),
    ("F1", showing("F1", "hand_over", user=None), "user_missing:F1", EDU),
    ("F1", without("evidence", facility="F1", kind="asset_entry"), "asset_entry_missing:F1", STA),
    ("F1", without("evidence", facility="F1", kind="title"), "title_missing:F1", EDU),
    ("F1", showing("F1", "title", ownership="investor"), "other_owner:F1", EDU),
    ("F3", without("evidence", facility="F3", kind="title"), "title_missing:F3", COM),
    ("F3", showing("F3", "title", ownership="government"), "other_owner:F3", COM),
    ("F3", showing("F3", "title", ownership=None), "other_owner:F3", COM),
    ("F4", without("evidence", facility="F4", kind="title"), "registration_note_missing:F4", MKT),
    ("F4", showing("F4", "title", ownership="investor"), "other_owner:F4", MKT),
]


@pytest.mark.parametrize(("facility", "change", "key", "who"), CLOSING, ids=[c[2] for c in CLOSING])
def test_a_case_ends_when_every_facility_is_closed_as_its_owner_demands(
    facility: str, change: Change, key: str, who: str
) -> None:
    assert gate(Stage.HANDOVER, change) == {key: (who,)}


@pytest.mark.parametrize("facility", ["F1", "F3"])
def test_an_exemption_takes_the_place_of_a_title(facility: str) -> None:
    assert gate(Stage.HANDOVER, _exempt(facility)) == {}


def test_an_exemption_is_no_registration_note_of_all_owners() -> None:
    assert gate(Stage.HANDOVER, _exempt("F4")) == {"registration_note_missing:F4": (MKT,)}


def test_a_facility_handed_over_to_somebody_else_than_required_is_not_closed() -> None:
    assert gate(Stage.HANDOVER, showing("F1", "hand_over", holder="某公司")) != {}


def test_everything_that_keeps_one_facility_open_is_named_at_once() -> None:
    case = replace(complete(Stage.HANDOVER), evidence=())

    assert set(clearing(signed(case))) == {
        "not_handed_over:F1", "asset_entry_missing:F1", "title_missing:F1",
        "not_handed_over:F2", "asset_entry_missing:F2", "title_missing:F2",
        "title_missing:F3", "registration_note_missing:F4", "title_missing:F5",
    }  # fmt: skip


def test_only_what_the_government_owns_is_entered_as_its_asset() -> None:
    def entering(facility: str) -> set[str]:
        return blocked(complete(Stage.HANDOVER), act("facility asset-entry", facility=facility, entry="1"), leader(STA))

    assert {f: entering(f) for f in ("F1", "F3", "F4")} == {
        "F1": set(), "F3": {"not_government_owned:F3"}, "F4": {"not_government_owned:F4"},
    }  # fmt: skip


REVOKE = act("acceptance revoke", reason="证明有误")


def test_a_certificate_is_revoked_only_while_no_title_is_registered() -> None:
    untitled = drop(complete(Stage.HANDOVER), "evidence", kind="title")
    one_exempt = replace(untitled, evidence=(*untitled.evidence, Evidence("F1", "title", 1, 1, exemption="人防")))

    assert blocked(complete(Stage.HANDOVER), REVOKE, leader(HC)) == {f"title_registered:F{n}" for n in range(1, 6)}
    assert blocked(untitled, REVOKE, leader(HC)) == set()
    assert blocked(one_exempt, REVOKE, leader(HC)) == set()


# -- signing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", SIGNING)
def test_without_a_round_nobody_signs_or_withdraws(stage: str) -> None:
    closed = alter(ready(stage), "rounds", {"stage": stage.value}, closed_on=DAY, closed_by="return")
    never = replace(complete(stage), round=0, rounds=())
    signer = HC if stage == Stage.PERMIT else EDU

    for case in (closed, never):
        assert blocked(case, opinion(case, signer), leader(signer)) == {"round_closed"}
    assert blocked(closed, act("withdraw", reason="有误"), leader(signer)) == {"round_closed"}


@pytest.mark.parametrize("stage", SIGNING)
def test_a_round_is_circulated_once(stage: str) -> None:
    lead = leave(stage)[1]
    closed = alter(complete(stage), "rounds", {"stage": stage.value}, closed_on=DAY, closed_by="return")

    assert blocked(complete(stage), act("case circulate"), lead) == {"round_open:1"}
    again = do(closed, act("case circulate"), lead)
    assert (again.round, again.round_is_open, again.visit) == (2, True, closed.visit)


def test_only_what_was_given_can_be_withdrawn() -> None:
    silent = complete(Stage.PLANNING)
    withdraw = act("withdraw", reason="有误")

    assert blocked(silent, withdraw, leader(EDU)) == {f"nothing_to_withdraw:{EDU}"}
    withdrawn = do(sign(silent, EDU), withdraw, leader(EDU))
    assert blocked(withdrawn, withdraw, leader(EDU)) == {f"nothing_to_withdraw:{EDU}"}


@pytest.mark.parametrize(("department", "allowed"), [(HEA, True), (NR, False), (HC, False), (EDU, False), (MKT, False)])
def test_only_a_department_without_facility_and_lead_is_not_involved(department: str, allowed: bool) -> None:
    for stage in (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.ACCEPTANCE):
        case = complete(stage)
        action = opinion(case, department, verdict="not_involved", reason="无相关设施")
        assert blocked(case, action, leader(department)) == (set() if allowed else {f"involved:{department}"})


def test_state_assets_is_involved_as_soon_as_something_is_the_governments() -> None:
    case = complete(Stage.LAND_SUPPLY)
    action = opinion(case, STA, verdict="not_involved", reason="无")

    assert blocked(case, action, leader(STA)) == {f"involved:{STA}"}


@pytest.mark.parametrize(
    ("stage", "due", "allowed"),
    [
        (Stage.PLANNING, "land_supply_joint_review", True),
        (Stage.PLANNING, "property_handover", True),
        (Stage.PLANNING, "under_construction", True),
        (Stage.PLANNING, "planning_joint_review", False),
        (Stage.PLANNING, "presale_consultation", False),
        (Stage.PLANNING, "in_use", False),
        (Stage.PLANNING, "terminated", False),
        (Stage.PLANNING, "someday", False),
        (Stage.AGREEMENT, "land_supply_joint_review", False),
        (Stage.AGREEMENT, "construction_permit", True),
        (Stage.PRESALE, "under_construction", True),
        (Stage.PRESALE, "construction_permit", False),
        (Stage.ACCEPTANCE, "property_handover", True),
        (Stage.ACCEPTANCE, "completion_joint_acceptance", False),
        (Stage.HANDOVER, "property_handover", False),
    ],
)
def test_a_condition_is_due_at_a_stage_ahead_neither_optional_nor_an_end(stage: str, due: str, allowed: bool) -> None:
    action = opinion(complete(stage), EDU, **conditional(due))

    assert blocked(complete(stage), action, leader(EDU)) == (set() if allowed else {f"due_stage_not_ahead:{due}"})


@pytest.mark.parametrize(("due_on", "allowed"), [("2021-06-14", False), ("2021-06-15", True)])
def test_a_condition_is_not_due_in_the_past(due_on: str, allowed: bool) -> None:
    asks = conditional("handover_agreement")
    asks["conditions"] = tuple(c.model_copy(update={"due_on": date.fromisoformat(due_on)}) for c in asks["conditions"])
    action = opinion(complete(Stage.PLANNING), EDU, **asks)

    assert blocked(complete(Stage.PLANNING), action, leader(EDU)) == (
        set() if allowed else {f"condition_due_past:{due_on}"}
    )


# -- the double judgement of the acceptance --------------------------------------------------------


def judging(department: str, verdict: dict[str, Any], *judged: tuple[str, bool, bool]) -> set[str]:
    """The obstacles to a verdict with these judgements at the acceptance."""
    given = tuple({"facility": f, "built_in_place": b, "meets_standard": m} for f, b, m in judged)
    case = complete(Stage.ACCEPTANCE)
    return blocked(case, opinion(case, department, **verdict, judgements=given), leader(department))


AGREE: dict[str, Any] = {"verdict": "agree"}
WITH_CONDITIONS = conditional("property_handover")
OBJECT = objecting()


@pytest.mark.parametrize("verdict", [AGREE, WITH_CONDITIONS, OBJECT])
def test_each_own_facility_is_judged_whatever_the_verdict(verdict: dict[str, Any]) -> None:
    assert judging(CIV, verdict, ("F2", True, True), ("F5", True, True)) == set()
    assert judging(CIV, verdict, ("F2", True, True)) == {"judgement_missing:F5"}
    assert judging(CIV, verdict) == {"judgement_missing:F2", "judgement_missing:F5"}


@pytest.mark.parametrize("answers", [(False, True), (True, False), (False, False)])
@pytest.mark.parametrize("verdict", [AGREE, WITH_CONDITIONS])
def test_no_agreement_hides_a_negative_judgement(verdict: dict[str, Any], answers: tuple[bool, bool]) -> None:
    assert judging(CIV, verdict, ("F2", *answers), ("F5", True, True)) == {"judgement_negative:F2"}
    assert judging(CIV, OBJECT, ("F2", *answers), ("F5", True, True)) == set()


def test_departments_without_facility_and_leads_judge_nothing() -> None:
    assert {d: judging(d, AGREE) for d in (HEA, NR, HC)} == {HEA: set(), NR: set(), HC: set()}


def test_nobody_judges_the_facility_of_another() -> None:
    case = complete(Stage.ACCEPTANCE)
    foreign = judgements(case, EDU) + judgements(case, COM)
    decision = asked(case, opinion(case, EDU, judgements=foreign), leader(EDU))

    assert [(o.key, o.who) for o in decision.refusals] == [("not_your_facility:F3", (COM,))]


@pytest.mark.parametrize("stage", [s for s in SIGNING if s not in (Stage.ACCEPTANCE, Stage.PERMIT)])
def test_judgements_are_not_asked_before_or_after_the_acceptance(stage: str) -> None:
    judged = judgements(complete(Stage.ACCEPTANCE), EDU)

    assert blocked(complete(stage), opinion(complete(stage), EDU, judgements=judged), leader(EDU)) == {
        "judgement_not_asked:F1"
    }


def test_the_town_may_add_its_opinion_at_the_acceptance_and_nothing_waits_for_it() -> None:
    case = ready(Stage.ACCEPTANCE)

    assert blocked(case, opinion(case, TOWN), leader(TOWN)) == set()
    assert obstacles(sign(case, TOWN, **objecting())) == set()


# -- conditions ------------------------------------------------------------------------------------


def moved(case: Case, stage: str) -> Case:
    """A ready case in ``stage`` that carries the conditions of ``case``."""
    return replace(ready(stage), conditions=case.conditions)


DUE_AT_AGREEMENT = sign(ready(Stage.PLANNING), HEA, **conditional("handover_agreement"))


@pytest.mark.parametrize("stage", RUNNING)
def test_a_condition_blocks_the_way_out_of_its_stage_and_of_every_later_one(stage: str) -> None:
    early = stage in (Stage.PLANNING, Stage.LAND_SUPPLY)

    assert clearing(moved(DUE_AT_AGREEMENT, stage)) == ({} if early else {"condition_open:1": (HEA,)})


@pytest.mark.parametrize("stage", RUNNING)
def test_its_own_department_discharges_a_condition_and_then_it_no_longer_blocks(stage: str) -> None:
    discharge = act("condition discharge", condition=1, note="已补交")
    case = moved(DUE_AT_AGREEMENT, stage)

    assert refusal(case, discharge, leader(EDU)) == "not_your_task"
    met = do(case, discharge, leader(HEA))
    assert obstacles(met) == set()
    assert blocked(met, discharge, leader(HEA)) == {"condition_not_open:1"}


@pytest.mark.parametrize("way", ["case return", "case reopen", "case land-deal-failed", "case terminate"])
def test_a_condition_does_not_block_the_way_back_or_out(way: str) -> None:
    case = moved(DUE_AT_AGREEMENT, Stage.AGREEMENT)
    case = drop(drop(case, "documents", kind="deal_confirmation"), "documents", kind="land_contract")

    assert blocked(case, act(way, reason="原因"), leader(NR)) == set()


def test_each_open_condition_is_named() -> None:
    case = sign(ready(Stage.PLANNING), HEA, **conditional("land_supply_joint_review", "handover_agreement"))
    case = sign(case, COM, **conditional("land_supply_joint_review"))

    assert clearing(moved(case, Stage.LAND_SUPPLY)) == {
        "condition_open:1": (HEA,),
        "condition_open:3": (COM,),
    }


def test_signing_again_replaces_the_answer_with_its_conditions_and_deletes_nothing() -> None:
    again = do(DUE_AT_AGREEMENT, opinion(DUE_AT_AGREEMENT, HEA), leader(HEA))

    assert [s.status for s in again.sign_offs if s.department == HEA] == ["replaced", "replaced", "standing"]
    assert [c.status for c in again.conditions] == ["replaced"]
    assert obstacles(moved(again, Stage.AGREEMENT)) == set()


def test_withdrawing_takes_the_conditions_along_and_leaves_the_department_missing() -> None:
    withdrawn = do(DUE_AT_AGREEMENT, act("withdraw", reason="有误"), leader(HEA))

    assert [c.status for c in withdrawn.conditions] == ["withdrawn"]
    assert clearing(withdrawn) == {f"sign_off_missing:{HEA}": (HEA,)}


def test_a_condition_of_an_earlier_stage_survives_a_new_answer_in_a_later_one() -> None:
    later = moved(DUE_AT_AGREEMENT, Stage.AGREEMENT)

    assert clearing(sign(later, EDU)) == {"condition_open:1": (HEA,)}


# -- visits and rounds -----------------------------------------------------------------------------

RETURN = act("case return", reason="补正")
CIRCULATE = act("case circulate")


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PERMIT, Stage.PRESALE])
def test_a_sign_off_stands_across_the_rounds_of_one_visit(stage: str) -> None:
    lead = leave(stage)[1]
    returned = do(ready(stage), RETURN, lead)
    again = do(returned, CIRCULATE, lead)

    assert (returned.round_is_open, again.round, again.visit) == (False, 2, returned.visit)
    assert [o.key for o in ahead(again) if o.code.startswith("sign_off")] == []


def test_in_the_next_round_only_those_whose_remit_was_reworked_are_asked_again() -> None:
    returned = do(ready(Stage.PLANNING), RETURN, leader(NR))
    reworked = do(returned, act("facility amend", facility="F1", reason="扩大", gfa_m2=3000), leader(NR))

    again = do(reworked, CIRCULATE, leader(NR))

    assert {o.key for o in ahead(again) if o.code.startswith("sign_off")} == {
        f"sign_off_stale:{d}" for d in (NR, HC, EDU)
    }


def test_a_second_presale_asks_everybody_again() -> None:
    cleared = do(ready(Stage.PRESALE), *leave(Stage.PRESALE))
    filed = replace(cleared, documents=(*cleared.documents, paper(50, "presale_application")))
    second = do(filed, act("presale request", buildings="5-8", households=200), leader(HC))

    assert (second.stage, second.visit, second.round) == ("presale_consultation", 2, 0)
    assert obstacles(second) == {f"sign_off_missing:{d}" for d in (EDU, CIV, COM, MKT)}
    circulated = do(second, CIRCULATE, leader(HC))
    assert obstacles(signed(circulated)) == set()


def test_a_presale_uses_up_its_application() -> None:
    cleared = do(ready(Stage.PRESALE), *leave(Stage.PRESALE))
    request = act("presale request", buildings="5-8", households=200)

    assert blocked(cleared, request, leader(HC)) == {"document_missing:presale_application"}


def test_a_withdrawn_presale_leaves_without_anybodys_agreement() -> None:
    withdrawn = do(complete(Stage.PRESALE), act("presale withdraw", reason="开发商撤回"), leader(HC))

    assert withdrawn.stage == "under_construction"


def test_an_acceptance_after_revocation_asks_everybody_again() -> None:
    certified = do(ready(Stage.ACCEPTANCE), *leave(Stage.ACCEPTANCE))
    untitled = drop(certified, "evidence", kind="title")
    revoked = do(untitled, REVOKE, leader(HC))

    assert (revoked.stage, revoked.visit) == ("completion_joint_acceptance", 2)
    assert obstacles(revoked) == {
        "document_missing:comprehensive_acceptance_certificate",
        *(f"sign_off_missing:{d}" for d in (NR, HC, EDU, CIV, HEA, COM, MKT)),
    }


def test_a_reopened_planning_asks_everybody_again() -> None:
    reopened = do(ready(Stage.LAND_SUPPLY), REOPEN, leader(NR))

    assert {o for o in obstacles(reopened) if o.startswith("sign_off")} == {
        f"sign_off_missing:{d}" for d in (NR, HC, EDU, CIV, HEA, COM, MKT)
    }


def test_an_answer_to_the_stage_before_is_no_answer_to_this_one() -> None:
    advanced = do(ready(Stage.PLANNING), *leave(Stage.PLANNING))

    assert advanced.stage == "land_supply_joint_review"
    assert {o for o in obstacles(advanced) if o.startswith("sign_off")} == {
        f"sign_off_missing:{d}" for d in (NR, HC, EDU, CIV, HEA, COM, MKT, STA)
    }


# -- rectification ---------------------------------------------------------------------------------


def order(*departments: str, deadline: str = "2021-08-01") -> Action:
    """A written rectification opinion with one item per department."""
    facility = {EDU: "F1", COM: "F3", CIV: "F2", MKT: "F4"}
    items = [
        {
            "facility": facility[d], "department": d, "fact": "面积不足", "basis": "规划条件",
            "requirement": "补足", "deadline": deadline,
        }
        for d in departments
    ]  # fmt: skip
    return act("acceptance order", reference="整改〔2021〕1号", items=items)


def report(*items: int) -> Action:
    return act("acceptance report", answers=[{"item": n, "answer": "已整改"} for n in items])


def objected(case: Case, *departments: str) -> Case:
    for department in departments:
        case = do(case, opinion(case, department, **objecting()), leader(department))
    return case


def ordered(*departments: str) -> Case:
    """A case whose objectors' written rectification opinion has just been issued."""
    return do(objected(ready(Stage.ACCEPTANCE), *departments), order(*departments), leader(HC))


def test_an_order_answers_objections_every_one_of_them() -> None:
    case = objected(ready(Stage.ACCEPTANCE), EDU, COM)

    assert blocked(ready(Stage.ACCEPTANCE), order(EDU), leader(HC)) == {
        "no_objection", f"item_without_objection:{EDU}",
    }  # fmt: skip
    assert blocked(case, order(EDU), leader(HC)) == {f"objection_without_item:{COM}"}
    assert blocked(case, order(EDU, COM, CIV), leader(HC)) == {f"item_without_objection:{CIV}"}
    assert blocked(case, order(EDU, COM), leader(HC)) == set()


@pytest.mark.parametrize(("deadline", "allowed"), [("2021-06-15", False), ("2021-06-16", True)])
def test_an_order_gives_time(deadline: str, allowed: bool) -> None:
    case = objected(ready(Stage.ACCEPTANCE), EDU)

    assert blocked(case, order(EDU, deadline=deadline), leader(HC)) == (set() if allowed else {"deadline_past:F1"})


def test_an_order_closes_the_round_and_only_the_report_opens_the_next() -> None:
    case = ordered(EDU)

    assert not case.round_is_open
    assert blocked(case, CIRCULATE, leader(HC)) == {"report_awaited"}
    assert blocked(case, opinion(case, EDU), leader(EDU)) == {"round_closed"}
    assert blocked(case, order(EDU), leader(HC)) == {"round_closed"}
    reported = do(case, report(1), leader(HC))
    assert (reported.round, reported.round_is_open, reported.visit) == (2, True, case.visit)


def test_a_report_answers_each_item_and_nothing_else() -> None:
    case = ordered(EDU, COM)

    assert blocked(case, report(1), leader(HC)) == {"item_unanswered:2"}
    assert blocked(case, report(1, 2, 3), leader(HC)) == {"item_not_waiting:3"}
    assert blocked(case, report(3), leader(HC)) == {
        "item_unanswered:1",
        "item_unanswered:2",
        "item_not_waiting:3",
    }
    assert blocked(case, report(1, 2), leader(HC)) == set()


def test_without_an_order_there_is_nothing_to_report() -> None:
    assert blocked(ready(Stage.ACCEPTANCE), report(1), leader(HC)) == {"no_order", "item_not_waiting:1"}


def test_after_the_report_only_the_failing_departments_are_asked_again() -> None:
    reported = do(ordered(EDU, COM), report(1, 2), leader(HC))

    assert clearing(reported) == {
        f"objection:{EDU}": (EDU,),
        f"objection:{COM}": (COM,),
        "rectification_open:1": (EDU,),
        "rectification_open:2": (COM,),
    }


def test_an_item_closes_when_its_own_objector_agrees() -> None:
    reported = do(ordered(EDU, COM), report(1, 2), leader(HC))
    one = do(reported, opinion(reported, EDU), leader(EDU))
    both = do(one, opinion(one, COM), leader(COM))

    assert set(clearing(one)) == {f"objection:{COM}", "rectification_open:2"}
    assert obstacles(both) == set()
    assert do(both, *leave(Stage.ACCEPTANCE)).stage == "property_handover"


def test_an_item_is_open_while_the_report_is_awaited() -> None:
    assert obstacles(ordered(EDU)) == {f"objection:{EDU}", "rectification_open:1"}


def test_an_item_opens_again_when_its_objector_takes_the_agreement_back() -> None:
    reported = do(ordered(EDU), report(1), leader(HC))
    agreed = do(reported, opinion(reported, EDU), leader(EDU))
    withdrawn = do(agreed, act("withdraw", reason="复查"), leader(EDU))

    assert obstacles(agreed) == set()
    assert obstacles(withdrawn) == {f"sign_off_missing:{EDU}", "rectification_open:1"}


def test_a_second_objection_is_a_second_order_and_one_agreement_closes_both_items() -> None:
    reported = do(ordered(EDU), report(1), leader(HC))
    again = do(objected(reported, EDU), order(EDU), leader(HC))

    assert [(i.item, i.round) for i in again.items] == [(1, 1), (2, 2)]
    assert blocked(again, report(1, 2), leader(HC)) == {"item_not_waiting:1"}
    third = do(again, report(2), leader(HC))
    assert set(clearing(third)) == {f"objection:{EDU}", "rectification_open:1", "rectification_open:2"}
    assert obstacles(do(third, opinion(third, EDU), leader(EDU))) == set()


def test_an_item_shows_what_is_required_until_when() -> None:
    found = next(o for o in ahead(ordered(EDU)) if o.code == "rectification_open")

    assert found.since is not None and found.since < "2021-08-01"
    assert dict(found.detail) == {"facility": "F1", "requirement": "补足", "deadline": "2021-08-01"}


def test_a_new_survey_in_the_rectification_asks_only_those_it_concerns_again() -> None:
    reported = do(ordered(EDU), report(1), leader(HC))
    larger = done(reported, act("facility measure", facility="F3", gfa_m2=101, location_as_required=True), leader(HC))

    assert set(clearing(larger)) == {f"objection:{EDU}", "rectification_open:1", f"sign_off_stale:{COM}"}


def test_an_objection_taken_back_before_the_order_leaves_nothing_to_rectify() -> None:
    case = objected(ready(Stage.ACCEPTANCE), EDU)

    assert obstacles(do(case, opinion(case, EDU), leader(EDU))) == set()


# -- suspension ------------------------------------------------------------------------------------

SUSPEND, RESUME = act("case suspend", reason="停工"), act("case resume", reason="复工")


@pytest.mark.parametrize("stage", RUNNING)
def test_a_resting_case_is_only_resumed_or_ended(stage: str) -> None:
    lead = leave(stage)[1]
    resting = do(ready(stage), SUSPEND, lead)

    assert [(o.key, lead.organisation in o.who) for o in ahead(resting)] == [("case_suspended", True)]
    assert blocked(resting, leave(stage)[0], lead) == {"case_suspended"}
    assert blocked(resting, SUSPEND, lead) == {"case_suspended"}
    assert blocked(resting, act("case terminate", reason="破产"), lead) == set()
    resumed = do(resting, RESUME, lead)
    assert (resumed.stage, resumed.visit, obstacles(resumed)) == (
        ready(stage).stage,
        ready(stage).visit,
        set(),
    )
    assert blocked(resumed, RESUME, lead) == {"not_suspended"}


# -- all obstacles at once -------------------------------------------------------------------------

EMPTY: dict[str, Any] = dict.fromkeys(("sign_offs", "documents", "evidence", "hearings", "decisions"), ())

#: Everything that stands in the way of a case with nothing but its list of facilities.
ALL_AT_ONCE = {
    Stage.PLANNING: {
        *(f"sign_off_missing:{d}" for d in (NR, HC, EDU, CIV, HEA, COM, MKT)),
        "regulatory_plan_missing",
        *(f"category_undecided:{c}" for c in RULES.categories),
        *(f"particular_missing:F{n}" for n in range(1, 6)),
        "hearing_missing:expert", "hearing_missing:public", "document_missing:planning_conditions",
    },
    Stage.LAND_SUPPLY: {
        *(f"sign_off_missing:{d}" for d in (NR, HC, EDU, CIV, HEA, COM, MKT)),
        *(f"category_undecided:{c}" for c in RULES.categories),
        *(f"particular_missing:F{n}" for n in range(1, 6)),
        "hearing_missing:expert", "hearing_missing:public",
        "document_missing:development_conditions", "document_missing:land_supply_conditions",
    },
    Stage.AGREEMENT: {
        *(f"sign_off_missing:{d}" for d in (EDU, CIV, COM, MKT)),
        "document_missing:deal_confirmation", "developer_missing",
        "document_missing:handover_agreement", "document_missing:land_contract",
    },
    Stage.PERMIT: {
        f"sign_off_missing:{HC}",
        "document_missing:construction_planning_permit", "document_missing:construction_permit",
        *(f"drawings_missing:F{n}" for n in range(1, 6)),
    },
    Stage.PRESALE: {*(f"sign_off_missing:{d}" for d in (EDU, CIV, COM, MKT))},
    Stage.CONSTRUCTION: {
        "document_missing:completion_acceptance_report", "document_missing:completion_filing",
        *(f"not_reported_built:F{n}" for n in range(1, 6)),
        *(f"measurement_missing:F{n}" for n in range(1, 6)),
    },
    Stage.ACCEPTANCE: {
        "document_missing:completion_filing", *(f"not_reported_built:F{n}" for n in range(1, 6)),
        *(f"sign_off_missing:{d}" for d in (NR, HC, EDU, CIV, HEA, COM, MKT)),
        "document_missing:comprehensive_acceptance_certificate",
        *(f"measurement_missing:F{n}" for n in range(1, 6)),
    },
    Stage.HANDOVER: {
        *(f"sign_off_missing:{d}" for d in (EDU, CIV, COM, MKT)),
        *(f"title_missing:F{n}" for n in range(1, 6)),
    },
}  # fmt: skip


def bare(stage: str) -> Case:
    """A case with the list of its facilities and nothing else: no particular, paper, answer or survey."""
    case = replace(complete(stage), **EMPTY, developer=None, developer_code=None, regulatory_plan=None)
    nothing = dict.fromkeys((*NO_SCALE, "location", "design", "mode", "ownership", "handover", "recipient"))
    for facility in case.owed():
        case = require(case, facility.facility, **nothing)
    return case


@pytest.mark.parametrize("stage", ALL_AT_ONCE)
def test_all_obstacles_are_named_at_once_and_no_other(stage: Stage) -> None:
    assert obstacles(bare(stage)) == ALL_AT_ONCE[stage]


@pytest.mark.parametrize("stage", ALL_AT_ONCE)
def test_every_obstacle_says_who_can_clear_it_since_when_and_by_which_clause(stage: Stage) -> None:
    for obstacle in ahead(bare(stage)):
        assert obstacle.who, obstacle.key
        assert set(obstacle.who) <= set(RULES.organisations)
        assert obstacle.since
        assert obstacle.basis


@pytest.mark.parametrize("stage", ALL_AT_ONCE)
def test_asking_why_and_doing_it_find_the_same(stage: Stage) -> None:
    assert asked(bare(stage), *leave(stage)).obstacles == ahead(bare(stage))


def test_since_when_is_the_day_of_the_answer_of_the_round_or_of_the_stage() -> None:
    case = ready(Stage.PLANNING)
    objection = sign(case, EDU, **objecting())
    silent = drop(case, "sign_offs", department=EDU)
    later = alter(silent, "rounds", {"stage": "planning_joint_review"}, opened_on="2021-03-03")
    uncirculated = replace(silent, round=0, rounds=())

    assert [o.since for o in ahead(objection)] == [DAY]
    assert [o.since for o in ahead(later)] == ["2021-03-03"]
    assert [o.since for o in ahead(uncirculated)] == [case.entered_on]


def test_an_objection_gives_its_reason() -> None:
    objection = sign(ready(Stage.PLANNING), EDU, **objecting(reason="班数不足"))

    assert [dict(o.detail) for o in ahead(objection)] == [{"reason": "班数不足"}]


# -- authority -------------------------------------------------------------------------------------

COMPETENT = {EDU, CIV, COM, MKT}
LEADS: dict[str, set[str]] = {
    Stage.PLANNING: {NR}, Stage.LAND_SUPPLY: {NR}, Stage.AGREEMENT: {NR}, Stage.PERMIT: {HC},
    Stage.PRESALE: {HC}, Stage.CONSTRUCTION: {HC}, Stage.ACCEPTANCE: {HC}, Stage.HANDOVER: COMPETENT,
}  # fmt: skip
SIX = {NR, HC, EDU, CIV, HEA, COM}
SIGNERS: dict[str, set[str]] = {
    Stage.PLANNING: SIX | {MKT}, Stage.LAND_SUPPLY: SIX | {MKT, STA}, Stage.AGREEMENT: COMPETENT | {STA},
    Stage.PERMIT: {HC}, Stage.PRESALE: COMPETENT, Stage.ACCEPTANCE: SIX | {MKT, TOWN},
    Stage.HANDOVER: COMPETENT | {STA},
}  # fmt: skip
REASON = {"reason": "原因"}

#: Who may do what, where (design §5): command, stage, organisations, and what the command is given.
POWERS: list[tuple[str, Stage, set[str], dict[str, Any]]] = [
    ("case amend", Stage.PLANNING, {NR}, {**REASON, "households": 1300}),
    ("case amend", Stage.AGREEMENT, {NR}, {**REASON, "developer": "某公司"}),
    *(("case circulate", s, LEADS[s], {}) for s in SIGNING),
    *(("case advance", s, LEADS[s], {}) for s in (*SIGNING[:4], Stage.HANDOVER)),
    *(("case return", s, LEADS[s], REASON) for s in SIGNING[:5]),
    ("case reopen", Stage.LAND_SUPPLY, {NR}, REASON),
    ("case reopen", Stage.AGREEMENT, {NR}, REASON),
    ("case land-deal-failed", Stage.AGREEMENT, {NR}, REASON),
    *(("case suspend", s, LEADS[s], REASON) for s in RUNNING),
    *(("case resume", s, LEADS[s], REASON) for s in RUNNING),
    *(("case terminate", s, LEADS[s], REASON) for s in RUNNING),
    *(("case adopt-config", s, LEADS[s], REASON) for s in RUNNING),
    ("facility add", Stage.PLANNING, {NR}, {"facility": "F6", "subtype": "store"}),
    ("facility add", Stage.LAND_SUPPLY, {NR}, {"facility": "F6", "subtype": "store"}),
    *(("facility amend", s, {NR}, {**REASON, "facility": "F1", "design": "另"}) for s in SIGNING[:3]),
    ("facility remove", Stage.PLANNING, {NR}, {**REASON, "facility": "F1"}),
    ("facility decide", Stage.PLANNING, {NR}, {"category": "health", "decision": "required"}),
    *(
        ("facility designate", s, {LGO}, {"facility": "F4", "department": COM, "document": "一号"})
        for s in RUNNING
    ),
    ("facility drawings", Stage.PERMIT, {HC}, {"facility": "F1", "location_as_required": True}),
    ("facility progress", Stage.CONSTRUCTION, {HC, EDU}, {"facility": "F1", "percent": 50}),
    ("facility progress", Stage.CONSTRUCTION, {HC, MKT}, {"facility": "F4", "percent": 50}),
    ("facility measure", Stage.ACCEPTANCE, {HC, EDU}, {"facility": "F1", "location_as_required": True}),
    ("facility hand-over", Stage.HANDOVER, {EDU}, {"facility": "F1", "deed": "一号", "recipient": "某局"}),
    (
        "facility register", Stage.HANDOVER, {EDU, STA},
        {"facility": "F1", "title": "一号", "holder": "区教体局", "ownership": "government"},
    ),
    ("facility asset-entry", Stage.HANDOVER, {STA}, {"facility": "F1", "entry": "一号"}),
    *(("sign", s, SIGNERS[s], {"verdict": "agree"}) for s in SIGNING),
    *(("withdraw", s, SIGNERS[s], REASON) for s in SIGNING),
    *(("condition discharge", s, {HEA}, {"condition": 1, "note": "已办"}) for s in RUNNING),
    ("hear", Stage.PLANNING, {NR}, {"kind": "expert", "capacity": "规划专家", "opinion": "support"}),
    ("hear", Stage.LAND_SUPPLY, {NR}, {"kind": "public", "capacity": "居民代表", "opinion": "oppose"}),
    ("answer", Stage.PLANNING, {NR}, {"hearing": 1, "disposition": "noted", "reply": "已阅"}),
    *(
        ("document add", s, LEADS[s], {"kind": "letter", "reference": "一号", "issued_on": "2021-06-01"})
        for s in RUNNING
    ),
    ("presale request", Stage.CONSTRUCTION, {HC}, {"buildings": "1-2", "households": 100}),
    ("presale clear", Stage.PRESALE, {HC}, {}),
    ("presale withdraw", Stage.PRESALE, {HC}, REASON),
    ("acceptance trigger", Stage.CONSTRUCTION, {HC}, {}),
    ("acceptance order", Stage.ACCEPTANCE, {HC}, {k: v for k, v in order(EDU).model_dump().items() if v}),
    *(("issue", s, SIGNERS[s], {}) for s in SIGNING),
    *(("contest", s, SIGNERS.get(s, set()), REASON) for s in RUNNING),
    *(
        ("change propose", s, LEADS[s], {**REASON, "document": "一号", "removals": ["F3"]})
        for s in RUNNING if s != Stage.PLANNING
    ),
    *(
        ("change consent", s, {NR, HC, EDU, STA}, {"change": 1, "verdict": "agree"})
        for s in RUNNING if s != Stage.PLANNING
    ),
    *(("change apply", s, LEADS[s], {"change": 1}) for s in RUNNING if s != Stage.PLANNING),
    *(("change withdraw", s, LEADS[s], {**REASON, "change": 1}) for s in RUNNING if s != Stage.PLANNING),
    ("decide", Stage.PRESALE, {HC}, {**REASON, "document": "一号", "obstacle": f"objection:{EDU}"}),
    ("decide", Stage.PRESALE, {LGO}, {**REASON, "document": "一号", "obstacle": f"sign_off_missing:{EDU}"}),
    ("decide", Stage.PLANNING, {LGO}, {**REASON, "document": "一号", "obstacle": "below_standard:F1"}),
    ("decide", Stage.PLANNING, {LGO, HC}, {**REASON, "document": "一号", "obstacle": f"objection:{EDU}"}),
    ("acceptance report", Stage.ACCEPTANCE, {HC}, {"answers": [{"item": 1, "answer": "已办"}]}),
    ("acceptance certify", Stage.ACCEPTANCE, {HC}, {}),
    ("acceptance revoke", Stage.HANDOVER, {HC}, REASON),
]  # fmt: skip
POWER_IDS = [f"{name} in {stage}" for name, stage, *_ in POWERS]
powers = pytest.mark.parametrize(("name", "stage", "may", "fields"), POWERS, ids=POWER_IDS)


def conditioned(stage: str) -> Case:
    """A ready case with an open condition of the health bureau."""
    case = moved(DUE_AT_AGREEMENT, stage)
    wider = act("change propose", **REASON, document="一号", facilities=[{"facility": "F1", "gfa_m2": "2900"}])
    return done(case, wider, leader(HC))


@powers
def test_an_action_is_taken_by_its_organisations_and_refused_to_every_other(
    name: str, stage: Stage, may: set[str], fields: dict[str, Any]
) -> None:
    case, action = conditioned(stage), act(name, **fields)
    strangers = (set(RULES.organisations) | {"ghost", ""}) - may

    assert {o for o in may if refusal(case, action, leader(o))} == set()
    for stranger in strangers:
        decision = asked(case, action, leader(stranger))
        assert [o.code for o in decision.refusals] == ["not_your_task"], stranger
        assert set(decision.refusals[0].who) == may
        assert decision.obstacles == ()


@powers
@pytest.mark.parametrize("level", ["admin", "auditor", "", "Leader", "boss"])
def test_administrators_auditors_and_unknown_levels_never_act(
    name: str, stage: Stage, may: set[str], fields: dict[str, Any], level: str
) -> None:
    for organisation in may:
        actor = Actor("管理员", organisation, level)
        assert refusal(conditioned(stage), act(name, **fields), actor) == "level_never_acts"


def test_the_table_of_powers_leaves_out_no_action() -> None:
    assert {name for name, *_ in POWERS} | {"case open", "case import"} == set(ACTIONS)


@pytest.mark.parametrize(
    ("name", "stage", "organisation", "fields"),
    [
        ("case terminate", Stage.PLANNING, NR, REASON),
        ("case terminate", Stage.HANDOVER, EDU, REASON),
        ("acceptance revoke", Stage.HANDOVER, HC, REASON),
        ("issue", Stage.ACCEPTANCE, HEA, {}),
        ("contest", Stage.ACCEPTANCE, HEA, REASON),
        ("change apply", Stage.PERMIT, HC, {"change": 1}),
        ("change consent", Stage.PERMIT, EDU, {"change": 1, "verdict": "agree"}),
        ("withdraw", Stage.ACCEPTANCE, HEA, REASON),
        ("condition discharge", Stage.ACCEPTANCE, HEA, {"condition": 1, "note": "已办"}),
    ],
)
def test_what_a_leader_must_do_a_clerk_cannot(
    name: str, stage: Stage, organisation: str, fields: dict[str, Any]
) -> None:
    case, action = conditioned(stage), act(name, **fields)

    assert refusal(case, action, clerk(organisation)) == "leader_needed"
    assert refusal(case, action, leader(organisation)) is None


@pytest.mark.parametrize("stage", [s for s in SIGNING if s != Stage.ACCEPTANCE])
def test_the_configuration_sets_the_level_that_signs(stage: Stage) -> None:
    rules = replace(RULES, stages={**RULES.stages, stage: replace(RULES.stages[stage], signing_level="leader")})
    signer = HC if stage == Stage.PERMIT else EDU
    action, withdrawing = opinion(complete(stage), signer), act("withdraw", **REASON)
    drafted = done(complete(stage), action, clerk(signer), rules)

    assert done(complete(stage), action, clerk(signer)).sign_off(signer)
    assert drafted.sign_off(signer) is None and drafted.draft(signer)
    assert refusal(complete(stage), withdrawing, clerk(signer)) is None
    assert refusal(complete(stage), withdrawing, clerk(signer), rules) == "leader_needed"


def test_who_may_not_act_is_not_told_what_else_is_missing() -> None:
    decision = asked(bare(Stage.PLANNING), act("case advance"), leader(HC))

    assert [o.key for o in decision.refusals] == [f"not_your_task:{HC}"]
    assert decision.obstacles == ()


def test_the_successor_of_a_dissolved_office_designates_in_its_place() -> None:
    office = replace(RULES.organisations[LGO], dissolved_on="2021-06-01", successor=GOV)
    rules = replace(RULES, organisations={**RULES.organisations, LGO: office})
    designate = act("facility designate", facility="F4", department=COM, document="一号")
    case = alter(ready(Stage.PLANNING), "facilities", {"facility": "F4"}, designated=None)

    assert refusal(case, designate, leader(LGO), rules) == "not_your_task"
    assert refusal(case, designate, leader(GOV), rules) is None
    assert clearing(case, rules)["no_competent_department:F4"] == (GOV,)
    recorded_later = decide(case, act("case advance"), leader(NR), "2021-05-31", rules, "2021-06-01").obstacles
    assert {o.key: o.who for o in recorded_later}["no_competent_department:F4"] == (GOV,)


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - {"case open", "case import"}))
def test_an_action_is_blocked_in_every_stage_that_is_not_its_own(name: str) -> None:
    fields = next(f for n, _, _, f in POWERS if n == name)
    action = act(name, **fields)
    for stage in (*RUNNING, Stage.IN_USE, Stage.TERMINATED):
        home = {s for n, s, _, _ in POWERS if n == name} | set(ALSO.get(name, ()))
        if stage in home:
            continue
        source = stage if stage in RUNNING else Stage.HANDOVER
        case = replace(conditioned(source), stage=stage.value)
        agreed = [o for o in RULES.organisations if asked(case, action, leader(o)).agreed]
        assert agreed == [], stage


#: Stages of an action that the table of powers does not spell out.
ALSO = {
    "case amend": (Stage.LAND_SUPPLY,),
    "facility decide": (Stage.LAND_SUPPLY,),
    "facility progress": (Stage.PRESALE, Stage.ACCEPTANCE),
    "facility measure": (Stage.CONSTRUCTION,),
    "answer": (Stage.LAND_SUPPLY,),
}


# -- opening ---------------------------------------------------------------------------------------

OPENING = {
    "case": "C9", "project": "示例家园", "kind": "new", "town": TOWN, "parcel": "370303-9",
    "households": 1200,
    "facilities": [{"facility": "F1", "subtype": "kindergarten", "classes": 6}],
    "decisions": [{"category": "education", "decision": "required"}],
}  # fmt: skip


def opening(organisation: str, taken: str | None = None) -> tuple[list[str], list[str]]:
    """Refusals and obstacles to opening a case."""
    action, actor = (
        OpenCase.model_validate({**OPENING, "happened_on": date(2021, 6, 15)}),
        leader(organisation),
    )
    case = opened(action, Stamp(actor, DAY, f"{DAY}T10:00:00+08:00"), RULES)
    decision = decide_opening(action, case, actor, DAY, RULES, taken)
    return [o.key for o in decision.refusals], [o.key for o in decision.obstacles]


def test_a_case_is_opened_by_the_lead_of_the_planning_review_and_nobody_else() -> None:
    assert opening(NR) == ([], [])
    for organisation in set(RULES.organisations) - {NR}:
        assert opening(organisation) == ([f"not_your_task:{organisation}"], [])


def test_a_parcel_with_an_active_case_is_taken() -> None:
    assert opening(NR, taken="C1") == ([], ["parcel_taken:C1"])


# -- the whole way ---------------------------------------------------------------------------------


def test_every_stage_leads_to_the_next_when_nothing_is_missing() -> None:
    left = {stage: do(ready(stage), *leave(stage)).stage for stage in RUNNING}

    assert left == {
        "planning_joint_review": "land_supply_joint_review",
        "land_supply_joint_review": "handover_agreement",
        "handover_agreement": "construction_permit",
        "construction_permit": "under_construction",
        "presale_consultation": "under_construction",
        "under_construction": "completion_joint_acceptance",
        "completion_joint_acceptance": "property_handover",
        "property_handover": "in_use",
    }


def test_a_sign_off_stores_what_it_saw_and_who_gave_it() -> None:
    case = complete(Stage.PLANNING)
    signed_by_clerk = do(case, opinion(case, EDU, text="无意见"), clerk(EDU))
    given = sign_off(signed_by_clerk, EDU)

    assert (given.stage, given.visit, given.round, given.status) == (
        "planning_joint_review",
        1,
        1,
        "standing",
    )
    assert (given.signed_by, given.level, given.department) == ("李四", "clerk", EDU)
    assert (given.happened_on, given.recorded_at) == (DAY, "2021-06-15T10:00:00+08:00")
    assert given.scheme >= 1
    assert len(given.remit) == 64
