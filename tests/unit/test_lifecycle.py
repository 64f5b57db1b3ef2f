"""The lifecycle, edge by edge as the design's §3 lists it, and the guards that keep the table whole."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from states import machine
from states.actions import ACTIONS
from states.project import (
    EDGE_ACTIONS,
    EDGES,
    ENTRY,
    OPTIONAL,
    TERMINAL,
    BrokenLifecycle,
    Edge,
    Stage,
    Way,
    after,
    at_or_after,
    check_lifecycle,
    edge_for,
    forward_edge,
)

PLANNING, LAND, AGREEMENT = "planning_joint_review", "land_supply_joint_review", "handover_agreement"
PERMIT, PRESALE, CONSTRUCTION = "construction_permit", "presale_consultation", "under_construction"
ACCEPTANCE, HANDOVER = "completion_joint_acceptance", "property_handover"
IN_USE, TERMINATED = "in_use", "terminated"

#: Every edge of the design: from where, by which command, to where, and which way that is.
LIFECYCLE = {
    (PLANNING, "case advance"): (LAND, "forward"),
    (PLANNING, "case return"): (PLANNING, "stay"),
    (PLANNING, "case terminate"): (TERMINATED, "out"),
    (LAND, "case advance"): (AGREEMENT, "forward"),
    (LAND, "case return"): (LAND, "stay"),
    (LAND, "case reopen"): (PLANNING, "back"),
    (LAND, "case terminate"): (TERMINATED, "out"),
    (AGREEMENT, "case advance"): (PERMIT, "forward"),
    (AGREEMENT, "case return"): (AGREEMENT, "stay"),
    (AGREEMENT, "case reopen"): (PLANNING, "back"),
    (AGREEMENT, "case land-deal-failed"): (AGREEMENT, "stay"),
    (AGREEMENT, "case terminate"): (TERMINATED, "out"),
    (PERMIT, "case advance"): (CONSTRUCTION, "forward"),
    (PERMIT, "case return"): (PERMIT, "stay"),
    (PERMIT, "case terminate"): (TERMINATED, "out"),
    (CONSTRUCTION, "presale request"): (PRESALE, "aside"),
    (CONSTRUCTION, "acceptance trigger"): (ACCEPTANCE, "forward"),
    (CONSTRUCTION, "case terminate"): (TERMINATED, "out"),
    (PRESALE, "presale clear"): (CONSTRUCTION, "forward"),
    (PRESALE, "presale withdraw"): (CONSTRUCTION, "back"),
    (PRESALE, "case return"): (PRESALE, "stay"),
    (PRESALE, "case terminate"): (TERMINATED, "out"),
    (ACCEPTANCE, "acceptance order"): (ACCEPTANCE, "stay"),
    (ACCEPTANCE, "acceptance report"): (ACCEPTANCE, "stay"),
    (ACCEPTANCE, "acceptance certify"): (HANDOVER, "forward"),
    (ACCEPTANCE, "case terminate"): (TERMINATED, "out"),
    (HANDOVER, "case advance"): (IN_USE, "forward"),
    (HANDOVER, "acceptance revoke"): (ACCEPTANCE, "back"),
    (HANDOVER, "case terminate"): (TERMINATED, "out"),
}
STAGES = [
    PLANNING, LAND, AGREEMENT, PERMIT, CONSTRUCTION, PRESALE, ACCEPTANCE, HANDOVER, IN_USE, TERMINATED,
]  # fmt: skip
MAIN_PATH = [PLANNING, LAND, AGREEMENT, PERMIT, CONSTRUCTION, ACCEPTANCE, HANDOVER, IN_USE]
COMMANDS = sorted(set(ACTIONS) | {action for _, action in LIFECYCLE})

EVERY_PAIR = [(stage, action) for stage in STAGES for action in COMMANDS]


# -- the table -------------------------------------------------------------------------------------


def test_the_table_holds_the_edges_of_the_design_and_no_other() -> None:
    assert {(e.source, e.action): (e.target, e.way) for e in EDGES} == LIFECYCLE
    assert len(EDGES) == len(LIFECYCLE) == 29


def test_a_project_begins_in_planning_and_passes_the_stages_in_this_order() -> None:
    path = [ENTRY.value]
    while edge := forward_edge(path[-1]):
        path.append(edge.target.value)

    assert path == MAIN_PATH
    assert [s.value for s in Stage] == STAGES


def test_every_running_stage_has_exactly_one_edge_forward() -> None:
    forward = [e.source for e in EDGES if e.way is Way.FORWARD]

    assert sorted(forward) == sorted(set(STAGES) - {IN_USE, TERMINATED})


@pytest.mark.parametrize("edge", EDGES, ids=lambda e: e.name)
def test_what_every_edge_forward_asks_cannot_be_forgotten_by_one(edge: Edge) -> None:
    always = {"competence_assigned", "signed_off", "conditions_discharged"}

    assert always <= set(edge.policies) if edge.way is Way.FORWARD else not always & set(edge.policies)


def test_only_the_rectification_report_opens_the_next_round_by_itself() -> None:
    assert [e.name for e in EDGES if e.opens_round] == ["report_rectification"]


def test_edges_are_named_once_and_in_plain_ascii() -> None:
    assert len({e.name for e in EDGES}) == len(EDGES)
    assert all(re.fullmatch(r"[a-z_]+", e.name) for e in EDGES)


@pytest.mark.parametrize(("stage", "action"), EVERY_PAIR)
def test_an_edge_is_found_where_the_design_has_one_and_nowhere_else(stage: str, action: str) -> None:
    edge = edge_for(stage, action)

    assert (edge and (edge.target, edge.way)) == LIFECYCLE.get((stage, action))


# -- derived sets, pinned --------------------------------------------------------------------------


def test_the_derived_sets_are_these() -> None:
    assert {IN_USE, TERMINATED} == TERMINAL
    assert {PRESALE} == OPTIONAL
    assert {
        "case advance", "case return", "case reopen", "case land-deal-failed", "case terminate",
        "presale request", "presale clear", "presale withdraw",
        "acceptance trigger", "acceptance order", "acceptance report", "acceptance certify",
        "acceptance revoke",
    } == EDGE_ACTIONS  # fmt: skip


#: What lies ahead of each stage: neither optional nor an end.
AHEAD = {
    PLANNING: {LAND, AGREEMENT, PERMIT, CONSTRUCTION, ACCEPTANCE, HANDOVER},
    LAND: {AGREEMENT, PERMIT, CONSTRUCTION, ACCEPTANCE, HANDOVER},
    AGREEMENT: {PERMIT, CONSTRUCTION, ACCEPTANCE, HANDOVER},
    PERMIT: {CONSTRUCTION, ACCEPTANCE, HANDOVER},
    PRESALE: {CONSTRUCTION, ACCEPTANCE, HANDOVER},
    CONSTRUCTION: {ACCEPTANCE, HANDOVER},
    ACCEPTANCE: {HANDOVER},
    HANDOVER: set(),
    IN_USE: set(),
    TERMINATED: set(),
}


@pytest.mark.parametrize("stage", STAGES)
def test_what_lies_ahead_of_a_stage(stage: str) -> None:
    assert after(stage) == AHEAD[stage]


#: The stages in which something due at a stage is due or overdue.
REACHED = {
    LAND: {LAND, AGREEMENT, PERMIT, PRESALE, CONSTRUCTION, ACCEPTANCE, HANDOVER},
    AGREEMENT: {AGREEMENT, PERMIT, PRESALE, CONSTRUCTION, ACCEPTANCE, HANDOVER},
    PERMIT: {PERMIT, PRESALE, CONSTRUCTION, ACCEPTANCE, HANDOVER},
    CONSTRUCTION: {CONSTRUCTION, ACCEPTANCE, HANDOVER},
    ACCEPTANCE: {ACCEPTANCE, HANDOVER},
    HANDOVER: {HANDOVER},
}


@pytest.mark.parametrize("due", REACHED)
def test_where_something_due_at_a_stage_is_due(due: str) -> None:
    running = set(STAGES) - {IN_USE, TERMINATED}

    assert {stage for stage in running if at_or_after(stage, due)} == REACHED[due]


# -- a broken table cannot be loaded -----------------------------------------------------------------


def _without(*names: str) -> tuple[Edge, ...]:
    return tuple(e for e in EDGES if e.name not in names)


def _named(name: str) -> Edge:
    return next(e for e in EDGES if e.name == name)


def _with(*edges: Edge) -> tuple[Edge, ...]:
    return (*EDGES, *edges)


BROKEN = {
    "an edge name used twice": (
        _with(Edge("conclude_planning", Stage.PRESALE, Stage.PERMIT, "case shortcut", Way.BACK)),
        "edge names used twice: conclude_planning",
    ),
    "two edges for one command": (
        _with(Edge("leap", Stage.PLANNING, Stage.PERMIT, "case advance", Way.FORWARD)),
        "two edges for one command: planning_joint_review: case advance",
    ),
    "a stay that moves": (
        (*_without("return_planning"), replace(_named("return_planning"), target=Stage.PERMIT)),
        "a stay must stay: return_planning",
    ),
    "a move that stays": (
        (*_without("withdraw_presale"), replace(_named("withdraw_presale"), target=Stage.PRESALE)),
        "a stay must stay: withdraw_presale",
    ),
    "an exit from use": (
        _with(Edge("back_to_work", Stage.IN_USE, Stage.PLANNING, "case revive", Way.BACK)),
        "an end has an exit: in_use",
    ),
    "an exit from termination": (
        _with(Edge("revive", Stage.TERMINATED, Stage.PLANNING, "case revive", Way.BACK)),
        "an end has an exit: terminated",
    ),
    "a stage nothing leads to": (_without("request_presale"), "not reachable: presale_consultation"),
    "an end nothing leads to": (
        tuple(e for e in EDGES if e.way is not Way.OUT),
        "not reachable: terminated",
    ),
    "stages behind a gap": (
        _without("certify"),
        "not reachable: in_use, property_handover",
    ),
    "a trap one can only be terminated in": (
        _without("clear_presale", "withdraw_presale"),
        "no way to completion: presale_consultation",
    ),
    "two stages that only lead to each other": (
        (
            *_without("issue_permit", "clear_presale", "withdraw_presale"),
            replace(_named("issue_permit"), target=Stage.PRESALE),
            replace(_named("clear_presale"), target=Stage.PERMIT),
            Edge("leap", Stage.AGREEMENT, Stage.CONSTRUCTION, "case leap", Way.FORWARD),
        ),
        "no way to completion: construction_permit, presale_consultation",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_table_is_refused_and_names_the_culprits(fault: str) -> None:
    edges, message = BROKEN[fault]
    with pytest.raises(BrokenLifecycle) as refusal:
        check_lifecycle(edges)

    assert str(refusal.value) == message


def test_the_table_in_use_is_whole() -> None:
    check_lifecycle(EDGES)


# -- the machine behind the fence ------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "action"), EVERY_PAIR)
def test_the_machine_and_the_table_agree_on_every_stage_and_action(stage: str, action: str) -> None:
    assert machine.legal(stage, action) == ((stage, action) in LIFECYCLE)


def test_the_machine_leads_where_the_table_leads() -> None:
    built = machine.build(EDGES, ENTRY)
    found = {
        (transition.source, name): transition.dest
        for name, event in built.events.items()
        for transition in built.get_transitions(trigger=name)
    }

    assert found == {
        (source, action.replace(" ", "_").replace("-", "_")): target
        for (source, action), (target, _) in LIFECYCLE.items()
    }


def test_the_machine_has_no_trigger_that_bypasses_the_table() -> None:
    built = machine.build(EDGES, ENTRY)

    assert not [name for name in built.events if name.startswith(("to_", "to", "next_"))]
    assert not any(machine.legal(stage, f"to_{target}") for stage in STAGES for target in STAGES)


def test_the_machine_holds_no_case_and_has_no_effects() -> None:
    built = machine.build(EDGES, ENTRY)
    transitions = built.get_transitions()

    assert built.models == []
    assert not any((t.conditions, t.before, t.after, t.prepare) != ([], [], [], []) for t in transitions)
    assert not any(state.on_enter or state.on_exit for state in built.states.values())


# -- the diagram -----------------------------------------------------------------------------------


def _diagram() -> list[str]:
    return machine.mermaid(lambda stage: f"环节{stage}", lambda action: f"办理{action}").splitlines()


def test_the_diagram_draws_every_edge_but_termination_with_ascii_ids() -> None:
    drawn = [m.groups() for line in _diagram() if (m := re.fullmatch(r"  ([a-z_]+) --> ([a-z_]+): (.+)", line))]

    assert sorted(drawn) == sorted(
        (source, target, f"办理{action}") for (source, action), (target, way) in LIFECYCLE.items() if way != "out"
    )


def test_the_diagram_labels_every_stage_in_the_readers_language() -> None:
    labels = dict(m.groups()[::-1] for line in _diagram() if (m := re.fullmatch(r'  state "(.+)" as ([a-z_]+)', line)))

    assert labels == {stage: f"环节{stage}" for stage in STAGES}


def test_the_diagram_has_one_beginning_two_ends_and_nothing_unexpected() -> None:
    lines = _diagram()

    assert lines[0] == "stateDiagram-v2"
    assert [line.strip() for line in lines if "[*]" in line] == [
        f"[*] --> {PLANNING}", f"{IN_USE} --> [*]", f"{TERMINATED} --> [*]",
    ]  # fmt: skip
    assert len(lines) == 1 + len(STAGES) + 3 + 21 + 1
