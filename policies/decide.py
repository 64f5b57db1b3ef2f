"""The one decision: may this actor do this to this case, and if not, everything that stands in the way.

"May I?" (``case why``, ``inbox``) and "do it" come through here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from policies import building, changes, competence, exceptions, papers, replies, requirements, signing
from policies.authority import PERMISSIONS, refusals
from policies.limits.extending import limit_extendable
from policies.question import Policy, Question
from states.actions.base import Action
from states.actions.cases import OpenCase
from states.actions.exceptions import Decide
from states.errors import NotFound, Obstacle
from states.exceptions import kind_lifting
from states.facts import Actor, Case, ExceptionDecision
from states.machine import legal
from states.project import EDGE_ACTIONS, EDGES, TERMINAL, Way, edge_for, forward_edge, skipped
from states.rules import Rules


def obstacle_stands(q: Question) -> Iterator[Obstacle]:
    """A decision lifts what is in the way now, and nothing in advance."""
    assert isinstance(q.action, Decide)
    if kind_lifting(q.action.code, q.case.stage, q.rules) is None:
        return
    if q.action.obstacle not in {o.key for o in way_ahead(q.case, q.day, q.rules)}:
        yield q.obstacle("obstacle_not_there", q.action.obstacle, ())


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
        building.owned_by_government, changes.requirements_frozen, changes.change_coherent, changes.change_open,
        changes.change_not_ended, changes.consents_given, exceptions.liftable, exceptions.silence_lasted,
        replies.draft_stands, replies.letters_settled,
        replies.letter_recordable, replies.letter_contestable, obstacle_stands, limit_extendable,
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
    "sign": ("round_open", "verdict_fits", "judgements_fit", "agrees_with_measurement", "letter_recordable"),
    "issue": ("round_open", "draft_stands"),
    # Not only while the round is open: the lead could close it behind a letter.
    "contest": ("letter_contestable",),
    "change propose": ("requirements_frozen", "change_coherent"),
    "change consent": ("requirements_frozen", "change_open"),
    "change apply": ("requirements_frozen", "change_open", "change_coherent", "consents_given"),
    "change withdraw": ("change_not_ended",),
    "decide": ("liftable", "obstacle_stands", "silence_lasted"),
    "limit extend": ("limit_extendable",),
    "withdraw": ("round_open", "own_sign_off_given"),
    "condition discharge": ("condition_is_open",),
    "document add": ("contract_follows_agreement", "number_not_voided", "issuer_fits"),
}

#: What can be done to a resting case; a letter is contested within days that go on.
_WHILE_SUSPENDED = frozenset({"case resume", "case terminate", "contest"})


@dataclass(frozen=True, slots=True)
class Decision:
    """``refusals``: why this account may not; ``obstacles``: why nobody may yet."""

    refusals: tuple[Obstacle, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def agreed(self) -> bool:
        return not (self.refusals or self.obstacles)


def barred(case: Case, action: Action, actor: Actor, day: str, rules: Rules, today: str) -> tuple[Obstacle, ...]:
    """Why this account may not, before anything is said about what the action names.

    Empty where that hangs on a name or number that does not exist: whoever asks must be told of that first.
    """
    edge = None if isinstance(action, OpenCase) else edge_for(case.stage, action.name)
    try:
        return tuple(refusals(Question(case, rules, day, edge, action, actor, today)))
    except (NotFound, LookupError):
        return ()


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
    found = list(_entering(question))
    if taken:
        found.append(question.obstacle("parcel_taken", taken, parcel=case.parcel))
    return Decision((), tuple(found))


#: What a case that enters later owes of the reviews it skips: the whole requirement, not their papers and hearings.
_ENTRY_ASKS = frozenset({"categories_decided", "particulars", "ownership_justified", "recipients"})


def _entering(q: Question) -> Iterator[Obstacle]:
    """A case enters where its kind of registration allows, with a complete requirement."""
    assert q.action
    if q.case.stage not in PERMISSIONS[q.action.name].stages:
        yield q.obstacle("not_an_entry", q.case.stage)
    asked = [(edge, name) for edge in skipped(q.case.stage) for name in edge.asks if name in _ENTRY_ASKS]
    found = (obstacle for edge, name in asked for obstacle in _ask(name, replace(q, edge=edge)))
    yield from {(obstacle.key, obstacle.detail): obstacle for obstacle in found}.values()


def way_ahead(case: Case, day: str, rules: Rules) -> tuple[Obstacle, ...]:
    """Everything between the case and its next stage, whoever asks."""
    edge = forward_edge(case.stage)
    question = Question(case, rules, day, edge)
    return tuple(_obstacles(question, edge.action)) if edge else ()


def lifted_ahead(case: Case, day: str, rules: Rules) -> tuple[tuple[Obstacle, ExceptionDecision], ...]:
    """What would stand between the case and its next stage, but for a decision; with that decision."""
    edge = forward_edge(case.stage)
    question = Question(case, rules, day, edge)
    asked = edge.policies if edge and case.exceptions else ()
    found = ((o, exceptions.lifted_by(question, o)) for name in asked for o in _ask(name, question))
    return tuple((obstacle, decided) for obstacle, decided in found if decided)


def _obstacles(q: Question, action: str) -> Iterable[Obstacle]:
    resting = q.case.suspension
    if resting and action not in _WHILE_SUSPENDED:
        return (q.obstacle("case_suspended", since=resting.from_on, reason=resting.reason),)
    if action == "case resume" and not resting:
        return (q.obstacle("not_suspended"),)
    possible = legal(q.case.stage, action) if action in EDGE_ACTIONS else q.case.stage in PERMISSIONS[action].stages
    if not possible:
        return (q.obstacle("not_in_this_stage", q.case.stage, () if q.case.stage in TERMINAL else None, action=action),)
    own = ACTION_ASKS.get(action, ()) if q.action else ()
    of_edge = (obstacle for name in (q.edge.policies if q.edge else ()) for obstacle in _ask(name, q))
    left = [obstacle for obstacle in of_edge if not _lifted(q, obstacle)]
    return [*left, *(obstacle for name in own for obstacle in _ask(name, q))]


def _lifted(q: Question, obstacle: Obstacle) -> bool:
    """Only on the way forward; whatever fails in finding out lifts nothing."""
    if not q.case.exceptions or q.edge is None or q.edge.way is not Way.FORWARD:
        return False
    try:
        return exceptions.lifted_by(q, obstacle) is not None
    except Exception:
        return False


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
