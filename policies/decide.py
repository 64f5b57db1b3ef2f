"""The one decision: may this actor do this to this case, and if not, everything that stands in the way.

"May I?" (``case why``, ``inbox``) and "do it" come through here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies import building, competence, papers, requirements, signing
from policies.authority import PERMISSIONS, refusals
from policies.question import Policy, Question
from states.actions.base import Action
from states.actions.cases import OpenCase
from states.errors import Obstacle
from states.facts import Actor, Case
from states.machine import legal
from states.project import EDGE_ACTIONS, EDGES, TERMINAL, edge_for, forward_edge
from states.rules import Rules

POLICIES: dict[str, Policy] = {
    policy.__name__: policy
    for policy in (
        competence.competence_assigned, competence.designation_open,
        signing.signed_off, signing.conditions_discharged, signing.round_open,
        signing.round_closed, signing.own_sign_off_given, signing.condition_is_open, signing.verdict_fits,
        signing.judgements_fit, requirements.regulatory_plan, requirements.categories_decided,
        requirements.special_plans, requirements.particulars, requirements.standards, requirements.heard,
        requirements.ownership_justified, requirements.recipients, requirements.requirement_open,
        requirements.decision_open, requirements.case_data_open, requirements.facility_is_new,
        requirements.list_open,
        papers.documents, papers.land_deal, papers.agreement_before_contract,
        papers.contract_follows_agreement,
        papers.number_not_voided, papers.issuer_fits, papers.no_land_deal, papers.no_land_contract,
        papers.district_decision, building.drawings_meet, building.reported_built, building.measured,
        building.built_as_required, building.agrees_with_measurement, building.objections_itemised,
        building.items_answered, building.rectified, building.facilities_closed, building.no_title_registered,
        building.owned_by_government,
    )
}  # fmt: skip

#: What an action asks beside the edge it takes.
ACTION_ASKS: dict[str, tuple[str, ...]] = {
    "case amend": ("case_data_open",),
    "case circulate": ("round_closed",),
    "facility add": ("facility_is_new", "list_open"),
    "facility amend": ("requirement_open",),
    "facility decide": ("decision_open", "list_open"),
    "facility designate": ("designation_open",),
    "facility asset-entry": ("owned_by_government",),
    "sign": ("round_open", "verdict_fits", "judgements_fit", "agrees_with_measurement"),
    "withdraw": ("round_open", "own_sign_off_given"),
    "condition discharge": ("condition_is_open",),
    "document add": ("contract_follows_agreement", "number_not_voided", "issuer_fits"),
}

#: What can be done to a resting case.
_WHILE_SUSPENDED = frozenset({"case resume", "case terminate"})


@dataclass(frozen=True, slots=True)
class Decision:
    """``refusals``: why this account may not; ``obstacles``: why nobody may yet."""

    refusals: tuple[Obstacle, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def agreed(self) -> bool:
        return not (self.refusals or self.obstacles)


def decide(case: Case, action: Action, actor: Actor, day: str, rules: Rules, today: str = "") -> Decision:
    """Authority first: who may not act is not told what else is missing. Then all obstacles at once."""
    question = Question(case, rules, day, edge_for(case.stage, action.name), action, actor, today)
    refused = tuple(refusals(question))
    return Decision(refused) if refused else Decision((), tuple(_obstacles(question, action.name)))


def decide_opening(action: OpenCase, case: Case, actor: Actor, day: str, rules: Rules, taken: str | None) -> Decision:
    """May this case be opened? ``case`` is what it would be; ``taken`` an active case on its parcel."""
    question = Question(case, rules, day, None, action, actor)
    refused = tuple(refusals(question))
    if refused:
        return Decision(refused)
    found = [] if case.stage in PERMISSIONS[action.name].stages else [question.obstacle("not_an_entry", case.stage)]
    if taken:
        found.append(question.obstacle("parcel_taken", taken, parcel=case.parcel))
    return Decision((), tuple(found))


def way_ahead(case: Case, day: str, rules: Rules) -> tuple[Obstacle, ...]:
    """Everything between the case and its next stage, whoever asks."""
    edge = forward_edge(case.stage)
    question = Question(case, rules, day, edge)
    return tuple(_obstacles(question, edge.action)) if edge else ()


def _obstacles(q: Question, action: str) -> Iterable[Obstacle]:
    resting = q.case.suspension
    if resting and action not in _WHILE_SUSPENDED:
        return (q.obstacle("case_suspended", since=resting.from_on, reason=resting.reason),)
    if action == "case resume" and not resting:
        return (q.obstacle("not_suspended"),)
    possible = legal(q.case.stage, action) if action in EDGE_ACTIONS else q.case.stage in PERMISSIONS[action].stages
    if not possible:
        return (q.obstacle("not_in_this_stage", q.case.stage, () if q.case.stage in TERMINAL else None, action=action),)
    asked = (*(q.edge.policies if q.edge else ()), *(ACTION_ASKS.get(action, ()) if q.action else ()))
    return [obstacle for name in asked for obstacle in _ask(name, q)]


def _ask(name: str, q: Question) -> list[Obstacle]:
    """A policy that does not exist or that fails blocks: no answer never means yes."""
    try:
        return list(POLICIES[name](q))
    except Exception as error:
        return [q.obstacle("policy_failed", name, error=repr(error))]


def _check_names() -> None:
    named = {p for e in EDGES for p in e.policies} | {p for asks in ACTION_ASKS.values() for p in asks}
    missing, idle = named - POLICIES.keys(), POLICIES.keys() - named
    if missing or idle:
        raise ValueError(f"policies named but missing: {sorted(missing)}; never asked: {sorted(idle)}")


_check_names()
