"""The lifecycle of a residential project, as a table an official can read.

The stages and edges of the notice (三(二)–(五), annex 2 part 二) are law and stand here as code; who
leads, who signs and which papers an edge asks for are locality and stand in ``config.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """A stage of a project, in the order in which a project passes them."""

    #: 规划联合审查
    PLANNING = "planning_joint_review"
    #: 供地联合审查
    LAND_SUPPLY = "land_supply_joint_review"
    #: 配套设施产权移交和使用管理协议
    AGREEMENT = "handover_agreement"
    #: 施工许可
    PERMIT = "construction_permit"
    #: 在建
    CONSTRUCTION = "under_construction"
    #: 预售征求意见: only if the developer asks before completion, and always back to 在建
    PRESALE = "presale_consultation"
    #: 竣工验收联合审核
    ACCEPTANCE = "completion_joint_acceptance"
    #: 产权移交及登记
    HANDOVER = "property_handover"
    #: 使用监管
    IN_USE = "in_use"
    #: 终止办理
    TERMINATED = "terminated"


ENTRY = Stage.PLANNING
OPTIONAL = frozenset({Stage.PRESALE})


class Way(StrEnum):
    """Where an edge leads, seen from the order of the stages."""

    #: on, past the sign-offs of the stage being left
    FORWARD = "forward"
    #: aside into an optional stage
    ASIDE = "aside"
    #: to an earlier stage, or out of an optional stage without its result
    BACK = "back"
    #: the stage stays; the round ends or begins
    STAY = "stay"
    #: the end without completion
    OUT = "out"


#: What every forward edge asks before anything of its own.
FORWARD_ASKS = ("competence_assigned", "signed_off", "letters_settled", "conditions_discharged")


@dataclass(frozen=True, slots=True)
class Edge:
    """One line of the lifecycle.

    ``action`` is the command that takes it; ``asks`` names policies, checked all together;
    ``voids`` are the kinds of document that end with it. Every edge closes the open round;
    ``opens_round`` opens the next.
    """

    name: str
    source: Stage
    target: Stage
    action: str
    way: Way
    asks: tuple[str, ...] = ()
    voids: tuple[str, ...] = ()
    opens_round: bool = False

    @property
    def policies(self) -> tuple[str, ...]:
        """Everything the edge asks, in the order in which it is shown."""
        return FORWARD_ASKS + self.asks if self.way is Way.FORWARD else self.asks


_CONDITIONS = ("planning_conditions", "development_conditions", "land_supply_conditions")
_DEAL = ("deal_confirmation", "allocation_decision", "handover_agreement")


def _returned(stage: Stage, name: str) -> Edge:
    return Edge(name, stage, stage, "case return", Way.STAY)


def _terminated(stage: Stage, *asks: str) -> Edge:
    return Edge(f"terminate_{stage}", stage, Stage.TERMINATED, "case terminate", Way.OUT, asks)


EDGES: tuple[Edge, ...] = (
    Edge(
        "conclude_planning", Stage.PLANNING, Stage.LAND_SUPPLY, "case advance", Way.FORWARD,
        ("regulatory_plan", "categories_decided", "special_plans", "particulars", "standards", "heard", "documents"),
    ),
    _returned(Stage.PLANNING, "return_planning"),
    Edge(
        "conclude_land_supply", Stage.LAND_SUPPLY, Stage.AGREEMENT, "case advance", Way.FORWARD,
        ("categories_decided", "particulars", "standards", "ownership_justified", "heard", "documents"),
    ),
    _returned(Stage.LAND_SUPPLY, "return_land_supply"),
    Edge("reopen_planning", Stage.LAND_SUPPLY, Stage.PLANNING, "case reopen", Way.BACK, ("no_land_deal",), _CONDITIONS),
    Edge(
        "conclude_agreement", Stage.AGREEMENT, Stage.PERMIT, "case advance", Way.FORWARD,
        ("land_deal", "documents", "agreement_before_contract", "recipients"),
    ),
    _returned(Stage.AGREEMENT, "return_agreement"),
    Edge(
        "reopen_planning_before_deal", Stage.AGREEMENT, Stage.PLANNING, "case reopen", Way.BACK,
        ("no_land_deal",), _CONDITIONS,
    ),
    Edge(
        "land_deal_failed", Stage.AGREEMENT, Stage.AGREEMENT, "case land-deal-failed", Way.STAY,
        ("no_land_contract",), _DEAL,
    ),
    Edge(
        "issue_permit", Stage.PERMIT, Stage.CONSTRUCTION, "case advance", Way.FORWARD,
        ("documents", "drawings_meet"),
    ),
    _returned(Stage.PERMIT, "return_permit"),
    Edge("request_presale", Stage.CONSTRUCTION, Stage.PRESALE, "presale request", Way.ASIDE, ("documents",)),
    Edge(
        "clear_presale", Stage.PRESALE, Stage.CONSTRUCTION, "presale clear", Way.FORWARD,
        (), ("presale_application",),
    ),
    _returned(Stage.PRESALE, "return_presale"),
    Edge(
        "withdraw_presale", Stage.PRESALE, Stage.CONSTRUCTION, "presale withdraw", Way.BACK,
        (), ("presale_application",),
    ),
    Edge(
        "trigger_acceptance", Stage.CONSTRUCTION, Stage.ACCEPTANCE, "acceptance trigger", Way.FORWARD,
        ("reported_built", "measured", "documents"),
    ),
    Edge(
        "order_rectification", Stage.ACCEPTANCE, Stage.ACCEPTANCE, "acceptance order", Way.STAY,
        ("round_open", "objections_itemised"),
    ),
    Edge(
        "report_rectification", Stage.ACCEPTANCE, Stage.ACCEPTANCE, "acceptance report", Way.STAY,
        ("items_answered",), opens_round=True,
    ),
    Edge(
        "certify", Stage.ACCEPTANCE, Stage.HANDOVER, "acceptance certify", Way.FORWARD,
        ("reported_built", "built_as_required", "rectified", "documents"),
    ),
    Edge(
        "revoke_certificate", Stage.HANDOVER, Stage.ACCEPTANCE, "acceptance revoke", Way.BACK,
        ("no_title_registered",), ("comprehensive_acceptance_certificate",),
    ),
    Edge("close", Stage.HANDOVER, Stage.IN_USE, "case advance", Way.FORWARD, ("facilities_closed",)),
    _terminated(Stage.PLANNING),
    _terminated(Stage.LAND_SUPPLY),
    _terminated(Stage.AGREEMENT),
    _terminated(Stage.PERMIT, "district_decision"),
    _terminated(Stage.PRESALE, "district_decision"),
    _terminated(Stage.CONSTRUCTION, "district_decision"),
    _terminated(Stage.ACCEPTANCE, "district_decision"),
    _terminated(Stage.HANDOVER, "district_decision"),
)  # fmt: skip


class BrokenLifecycle(ValueError):
    """The table contradicts itself; the message names the guilty stages or edges."""


def check_lifecycle(edges: tuple[Edge, ...], entry: Stage = ENTRY) -> None:
    """Refuse a table with doubled edges, an exit from an end, an unreachable stage or a trap.

    Raises BrokenLifecycle naming the culprits.
    """
    names = [e.name for e in edges]
    steps = [(e.source, e.action) for e in edges]
    _refuse("edge names used twice", {n for n in names if names.count(n) > 1})
    _refuse("two edges for one command", {f"{s}: {a}" for s, a in steps if steps.count((s, a)) > 1})
    _refuse("a stay must stay", {e.name for e in edges if (e.way is Way.STAY) != (e.source is e.target)})
    ends = {Stage.IN_USE, Stage.TERMINATED}
    _refuse("an end has an exit", {e.source for e in edges if e.source in ends})
    _refuse("not reachable", set(Stage) - _reach(edges, {entry}))
    backwards = tuple(Edge(e.name, e.target, e.source, e.action, e.way) for e in edges if e.way is not Way.OUT)
    _refuse("no way to completion", set(Stage) - ends - _reach(backwards, {Stage.IN_USE}))


def _refuse(what: str, culprits: set[Stage] | set[str]) -> None:
    if culprits:
        raise BrokenLifecycle(f"{what}: {', '.join(sorted(culprits))}")


def _reach(edges: tuple[Edge, ...], found: set[Stage]) -> set[Stage]:
    grown = found | {e.target for e in edges if e.source in found}
    return grown if grown == found else _reach(edges, grown)


check_lifecycle(EDGES)

_STEPS = {(e.source, e.action): e for e in EDGES}
#: The order of the main path. A presale interrupts the construction, which therefore still lies ahead of it.
_RANK: dict[Stage, float] = {stage: place for place, stage in enumerate(Stage)}
_RANK[Stage.PRESALE] = _RANK[Stage.CONSTRUCTION] - 0.5

#: Stages that nothing leaves, computed from the table.
TERMINAL = frozenset(set(Stage) - {e.source for e in EDGES})
#: Commands that are edges of the lifecycle.
EDGE_ACTIONS = frozenset(e.action for e in EDGES)


def edge_for(stage: str, action: str) -> Edge | None:
    """The edge that ``action`` takes from ``stage``, or None where it takes none."""
    return _STEPS.get((Stage(stage), action))


def forward_edge(stage: str) -> Edge | None:
    """The edge by which the main path leaves ``stage``; None at an end."""
    return next((e for e in EDGES if e.source == stage and e.way is Way.FORWARD), None)


def skipped(stage: str) -> tuple[Edge, ...]:
    """The edges of the main path that a case entering at ``stage`` has not taken."""
    path = (e for e in EDGES if e.way is Way.FORWARD and e.source not in OPTIONAL)
    return tuple(e for e in path if _RANK[e.source] < _RANK[Stage(stage)])


def skips(entry: str, policy: str) -> bool:
    """Whether a case that enters there has left behind every edge that asks a policy."""
    asking = {e.name for e in EDGES if policy in e.asks}
    return asking <= {e.name for e in skipped(entry)}


def after(stage: str) -> frozenset[Stage]:
    """The stages ahead of ``stage`` on the main path: neither optional nor an end."""
    ahead = (s for s in Stage if _RANK[s] > _RANK[Stage(stage)])
    return frozenset(s for s in ahead if s not in OPTIONAL and s not in TERMINAL)


def at_or_after(stage: str, due: str) -> bool:
    """Whether ``stage`` is ``due`` or lies beyond it."""
    return _RANK[Stage(stage)] >= _RANK[Stage(due)]
