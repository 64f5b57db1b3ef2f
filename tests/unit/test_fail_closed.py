"""No answer never means yes: whatever is missing, unknown, damaged or broken blocks.

Every test starts from a case that could go ahead and takes or spoils exactly one thing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from core_fixtures import (
    CIV,
    COM,
    EDU,
    HC,
    HEA,
    LGO,
    MKT,
    NR,
    RULES,
    RUNNING,
    SIGNING,
    STA,
    ahead,
    alter,
    asked,
    complete,
    conditional,
    drop,
    keys,
    leader,
    leave,
    obstacles,
    ready,
    sign,
    sign_off,
    signed,
    subjects,
)

from policies import decide as deciding
from policies.question import Question
from states import project
from states.actions import ACTIONS
from states.actions.cases import Advance
from states.errors import Obstacle
from states.facts import Case
from states.project import Stage, Way, forward_edge

SIX = {NR, HC, EDU, CIV, HEA, COM}
OWNERS = {EDU, CIV, COM, MKT}

#: Who must answer, stage by stage (design §3), in the case of ``core_fixtures``.
ASKED: dict[str, set[str]] = {
    "planning_joint_review": SIX | {MKT},
    "land_supply_joint_review": SIX | {MKT, STA},
    "handover_agreement": OWNERS | {STA},
    "construction_permit": {HC},
    "presale_consultation": OWNERS,
    "completion_joint_acceptance": SIX | {MKT},
    "property_handover": OWNERS | {STA},
}
SIGN_OFF_CODES = ("sign_off_missing", "sign_off_stale", "sign_off_invalid", "objection")
STANDING_STAGES = (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.ACCEPTANCE)


#: Each stage with each department it asks.
EVERYONE = [(stage, department) for stage in SIGNING for department in sorted(ASKED[stage])]


def spoil(case: Case, department: str, /, **columns: object) -> Case:
    """``case`` with one department's sign-off altered where it is stored."""
    return alter(case, "sign_offs", {"department": department}, **columns)


# -- nobody is forgotten -------------------------------------------------------------------------


@pytest.mark.parametrize("stage", RUNNING)
def test_the_case_that_everything_starts_from_could_go_ahead(stage: str) -> None:
    assert ahead(ready(stage)) == ()
    assert asked(ready(stage), *leave(stage)).agreed


@pytest.mark.parametrize("stage", SIGNING)
def test_without_any_answer_everybody_who_must_answer_is_named(stage: str) -> None:
    silent = replace(ready(stage), sign_offs=())

    assert obstacles(silent) == {f"sign_off_missing:{department}" for department in ASKED[stage]}
    assert all(o.who == (o.subject,) for o in ahead(silent))
    assert keys(asked(silent, *leave(stage)).obstacles) == obstacles(silent)


@pytest.mark.parametrize(("stage", "department"), EVERYONE)
def test_without_one_answer_exactly_that_department_is_named(stage: str, department: str) -> None:
    silent = drop(ready(stage), "sign_offs", department=department)

    assert obstacles(silent) == {f"sign_off_missing:{department}"}
    assert not asked(silent, *leave(stage)).agreed


@pytest.mark.parametrize(("stage", "department"), EVERYONE)
def test_an_objection_blocks_even_when_its_remit_has_changed_since(stage: str, department: str) -> None:
    objected = sign(ready(stage), department, verdict="object", reason="a", basis="b", requested_change="c")

    assert obstacles(objected) == {f"objection:{department}"}
    assert subjects(spoil(objected, department, remit="changed"), *SIGN_OFF_CODES) == {department}


# -- a damaged answer is no answer -----------------------------------------------------------------

_OTHER_STAGE = {s: SIGNING[i - 1].value for i, s in enumerate(SIGNING)}

#: What can be wrong with a stored sign-off: the column, and its damaged value (or how to make it).
DAMAGE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "unknown verdict": ("verdict", lambda v: "approve"),
    "empty verdict": ("verdict", lambda v: ""),
    "no verdict": ("verdict", lambda v: None),
    "verdict in capitals": ("verdict", str.upper),
    "verdict with a blank": ("verdict", lambda v: f" {v}"),
    "verdict in Chinese": ("verdict", lambda v: "同意"),
    "verdict of the other kind": ("verdict", lambda v: "object"),
    "scheme 0": ("scheme", lambda v: 0),
    "scheme 99": ("scheme", lambda v: 99),
    "negative scheme": ("scheme", lambda v: -1),
    "no scheme": ("scheme", lambda v: None),
    "scheme as text": ("scheme", str),
    "digest of nothing": ("remit", lambda v: ""),
    "no digest": ("remit", lambda v: None),
    "digest with another end": ("remit", lambda v: v[:-1] + ("0" if v[-1] != "0" else "1")),
    "half a digest": ("remit", lambda v: v[:32]),
    "digest in capitals": ("remit", lambda v: v.upper() + "A"),
    "replaced": ("status", lambda v: "replaced"),
    "withdrawn": ("status", lambda v: "withdrawn"),
    "contested": ("status", lambda v: "contested"),
    "draft": ("status", lambda v: "draft"),
    "empty status": ("status", lambda v: ""),
    "status in capitals": ("status", str.upper),
    "of the visit before": ("visit", lambda v: v - 1),
    "of the next visit": ("visit", lambda v: v + 1),
    "of nobody": ("department", lambda v: ""),
    "of a stranger": ("department", lambda v: "ghost"),
    "of a department in capitals": ("department", str.upper),
    "of another stage": ("stage", lambda v: _OTHER_STAGE[Stage(v)]),
    "of no stage": ("stage", lambda v: ""),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(("stage", "department"), EVERYONE)
def test_one_damaged_answer_blocks_and_names_its_department_alone(stage: str, department: str, damage: str) -> None:
    column, spoilt = DAMAGE[damage]
    stored = getattr(sign_off(ready(stage), department), column)
    case = spoil(ready(stage), department, **{column: spoilt(stored)})

    assert {o.subject for o in ahead(case)} == {department}
    assert {o.code for o in ahead(case)} <= set(SIGN_OFF_CODES)
    assert not asked(case, *leave(stage)).agreed


#: What can be wrong with the judgements of F1 (or whichever facility) at the acceptance.
JUDGEMENTS: dict[str, Callable[[str], str]] = {
    "no JSON": lambda f: "both fine",
    "empty": lambda f: "",
    "cut off": lambda f: f'{{"{f}":[true',
    "a list": lambda f: "[]",
    "null": lambda f: "null",
    "a number": lambda f: "1",
    "a text": lambda f: '"true"',
    "nothing judged": lambda f: "{}",
    "another facility judged": lambda f: '{"F9":[true,true]}',
    "not built in place": lambda f: json.dumps({f: [False, True]}),
    "below the standard": lambda f: json.dumps({f: [True, False]}),
    "both negative": lambda f: json.dumps({f: [False, False]}),
    "judged once": lambda f: json.dumps({f: [True]}),
    "judged three times": lambda f: json.dumps({f: [True, True, False]}),
    "not a pair": lambda f: json.dumps({f: True}),
    "texts": lambda f: json.dumps({f: ["true", "true"]}),
    "a text for the pair": lambda f: json.dumps({f: "true"}),
    "whole numbers": lambda f: json.dumps({f: [1, 1]}),
    "fractions": lambda f: json.dumps({f: [1.0, 1.0]}),
    "nulls": lambda f: json.dumps({f: [None, None]}),
    "empty pair": lambda f: json.dumps({f: []}),
}
_ONE_FACILITY = {EDU: "F1", COM: "F3", MKT: "F4"}


@pytest.mark.parametrize("damage", JUDGEMENTS)
@pytest.mark.parametrize("department", _ONE_FACILITY)
def test_judgements_that_are_not_two_times_yes_block_and_name_the_department(department: str, damage: str) -> None:
    case = spoil(ready(Stage.ACCEPTANCE), department, judgements=JUDGEMENTS[damage](_ONE_FACILITY[department]))

    assert {o.subject for o in ahead(case)} == {department}


@pytest.mark.parametrize("forgotten", ["F2", "F5"])
def test_a_department_with_two_facilities_judges_both(forgotten: str) -> None:
    judged = {f: [True, True] for f in ("F2", "F5") if f != forgotten}
    case = spoil(ready(Stage.ACCEPTANCE), CIV, judgements=json.dumps(judged))

    assert {o.subject for o in ahead(case)} == {CIV}


def test_a_damaged_answer_does_not_hide_those_that_are_missing() -> None:
    silent = replace(ready(Stage.ACCEPTANCE), sign_offs=(sign_off(ready(Stage.ACCEPTANCE), EDU),))
    case = spoil(silent, EDU, judgements="both fine")

    assert subjects(case, *SIGN_OFF_CODES) == ASKED["completion_joint_acceptance"]


@pytest.mark.parametrize(("stage", "department"), EVERYONE)
def test_uninvolved_is_only_who_has_no_facility_and_does_not_lead(stage: str, department: str) -> None:
    case = spoil(ready(stage), department, verdict="not_involved")

    assert {o.subject for o in ahead(case)} == ({department} - {HEA})


@pytest.mark.parametrize(("stage", "department"), EVERYONE)
def test_the_round_of_an_answer_does_not_matter_within_its_visit(stage: str, department: str) -> None:
    assert obstacles(spoil(ready(stage), department, round=7)) == set()


def _condition_due_now(status: str | None) -> Case:
    case = sign(ready(Stage.LAND_SUPPLY), HEA, **conditional("handover_agreement"))
    return alter(case, "conditions", {"number": 1}, due_stage="land_supply_joint_review", status=status)


@pytest.mark.parametrize("damage", ["open", "", "opened", "OPEN", None, "waived"])
def test_only_an_ended_condition_no_longer_blocks(damage: str | None) -> None:
    assert obstacles(_condition_due_now(damage)) == {"condition_open:1"}


@pytest.mark.parametrize("ended", ["discharged", "replaced", "withdrawn"])
def test_a_condition_that_has_ended_no_longer_blocks(ended: str) -> None:
    assert obstacles(_condition_due_now(ended)) == set()


@pytest.mark.parametrize("damage", ["", "someday", None])
def test_a_condition_due_at_an_unknown_stage_blocks(damage: str | None) -> None:
    case = sign(ready(Stage.PLANNING), HEA, **conditional("handover_agreement"))

    assert obstacles(case) == set()
    assert obstacles(alter(case, "conditions", {"number": 1}, due_stage=damage))


@pytest.mark.parametrize("damage", ["", "maybe", "Required", None])
def test_a_category_decision_of_unknown_kind_decides_nothing(damage: str | None) -> None:
    case = signed(alter(complete(Stage.PLANNING), "decisions", {"category": "health"}, decision=damage))

    assert {o.subject for o in ahead(case)} == {"health"}


# -- a broken rule is no permission ----------------------------------------------------------------


def _broken(q: Question) -> Iterator[Obstacle]:
    raise RuntimeError("a defect")
    yield


def _half_broken(q: Question) -> Iterator[Obstacle]:
    yield q.obstacle("first")
    raise RuntimeError("a defect")


def _silent(q: Question) -> Any:
    return None


#: Each stage with each policy of its way ahead.
POLICIES = [(stage, policy) for stage in RUNNING for policy in forward_edge(stage).policies]


@pytest.mark.parametrize("broken", [_broken, _half_broken, _silent])
@pytest.mark.parametrize(("stage", "policy"), POLICIES)
def test_a_policy_that_fails_blocks_and_is_named(
    monkeypatch: pytest.MonkeyPatch, stage: str, policy: str, broken: Any
) -> None:
    monkeypatch.setitem(deciding.POLICIES, policy, broken)

    assert obstacles(ready(stage)) == {f"policy_failed:{policy}"}
    assert not asked(ready(stage), *leave(stage)).agreed


@pytest.mark.parametrize(("stage", "policy"), POLICIES)
def test_a_policy_that_is_gone_blocks_and_is_named(monkeypatch: pytest.MonkeyPatch, stage: str, policy: str) -> None:
    monkeypatch.delitem(deciding.POLICIES, policy)

    assert obstacles(ready(stage)) == {f"policy_failed:{policy}"}
    assert not asked(ready(stage), *leave(stage)).agreed


def test_a_failing_policy_does_not_hide_the_other_obstacles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(deciding.POLICIES, "documents", _broken)
    case = drop(ready(Stage.PLANNING), "sign_offs", department=HEA)

    assert obstacles(case) == {"policy_failed:documents", "sign_off_missing:health"}


@pytest.mark.parametrize("stage", RUNNING)
def test_an_edge_that_names_an_unknown_policy_is_closed(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    def misspelt(edge: project.Edge) -> project.Edge:
        return replace(edge, asks=(*edge.asks, "signd_off")) if edge.way is Way.FORWARD else edge

    edges = tuple(misspelt(edge) for edge in project.EDGES)
    monkeypatch.setattr(project, "EDGES", edges)
    monkeypatch.setattr(project, "_STEPS", {(e.source, e.action): e for e in edges})

    assert obstacles(ready(stage)) == {"policy_failed:signd_off"}
    assert not asked(ready(stage), *leave(stage)).agreed


def test_policies_that_are_named_but_missing_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(deciding.POLICIES, "rectified")
    with pytest.raises(ValueError, match="rectified"):
        deciding._check_names()


# -- an unknown department is not satisfied --------------------------------------------------------


@pytest.mark.parametrize("nobody", [None, ""])
@pytest.mark.parametrize("stage", RUNNING)
def test_a_facility_without_competent_department_blocks_until_the_office_designates_one(
    stage: str, nobody: str | None
) -> None:
    case = alter(ready(stage), "facilities", {"facility": "F4"}, designated=nobody)
    found = {o.key: o.who for o in ahead(case)}

    assert found["no_competent_department:F4"] == (LGO,)
    assert not asked(case, *leave(stage)).agreed


@pytest.mark.parametrize("stage", RUNNING)
def test_a_facility_designated_to_a_department_that_does_not_exist_blocks(stage: str) -> None:
    case = signed(alter(complete(stage), "facilities", {"facility": "F4"}, designated="ghost"))
    case = drop(case, "sign_offs", department="ghost") if stage in ASKED and "ghost" in subjects_of(case) else case

    assert obstacles(case)


def subjects_of(case: Case) -> set[str]:
    return {s.department for s in case.sign_offs}


@pytest.mark.parametrize("stage", RUNNING)
def test_a_category_removed_from_the_configuration_leaves_its_facility_to_nobody(stage: str) -> None:
    rules = replace(RULES, categories={c: r for c, r in RULES.categories.items() if c != "education"})

    assert "no_competent_department:F1" in obstacles(ready(stage), rules)


@pytest.mark.parametrize("stage", RUNNING)
def test_a_facility_of_an_unknown_category_belongs_to_nobody(stage: str) -> None:
    case = alter(ready(stage), "facilities", {"facility": "F1"}, category="nonsense")

    assert "no_competent_department:F1" in obstacles(case)


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY])
def test_a_category_removed_from_the_configuration_stales_what_the_leads_had_seen(stage: str) -> None:
    rules = replace(RULES, categories={c: r for c, r in RULES.categories.items() if c != "canteen"})

    assert {"sign_off_stale:natural_resources", "sign_off_stale:housing"} <= obstacles(ready(stage), rules)


@pytest.mark.parametrize("stage", STANDING_STAGES)
def test_an_unknown_department_among_the_standing_is_waited_for(stage: str) -> None:
    rules = replace(RULES, roles=replace(RULES.roles, standing=(*RULES.roles.standing, "ghost")))

    assert obstacles(ready(stage), rules) == {"sign_off_missing:ghost"}


@pytest.mark.parametrize("stage", SIGNING)
def test_an_unknown_party_in_the_stage_table_is_waited_for(stage: str) -> None:
    rule = RULES.stages[stage]
    rules = replace(RULES, stages={**RULES.stages, stage: replace(rule, sign_off=(*rule.sign_off, "standng"))})

    assert obstacles(ready(stage), rules) == {"sign_off_missing:standng"}


@pytest.mark.parametrize("kind", ["planning_conditions", "handover_agreement", "construction_permit"])
def test_a_paper_of_a_kind_the_configuration_no_longer_knows_blocks(kind: str) -> None:
    stage = {
        "planning_conditions": Stage.PLANNING,
        "handover_agreement": Stage.AGREEMENT,
        "construction_permit": Stage.PERMIT,
    }[kind]
    rules = replace(RULES, documents={k: d for k, d in RULES.documents.items() if k != kind})

    assert obstacles(ready(stage), rules)


# -- the ends and the rest ---------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["in_use", "terminated"])
@pytest.mark.parametrize("organisation", [NR, HC, EDU])
def test_nothing_leaves_an_end(end: str, organisation: str) -> None:
    case = replace(ready(Stage.HANDOVER), stage=end, visit=1, active=0)

    assert not asked(case, Advance(case="C1"), leader(organisation)).agreed


@pytest.mark.parametrize("stage", SIGNING)
def test_every_edge_forward_asks_for_the_sign_offs(stage: str) -> None:
    edge = forward_edge(stage)

    assert edge
    assert {"competence_assigned", "signed_off", "conditions_discharged"} <= set(edge.policies)


def test_no_action_is_unknown_to_the_table_of_authority() -> None:
    assert set(ACTIONS) == set(deciding.PERMISSIONS)
