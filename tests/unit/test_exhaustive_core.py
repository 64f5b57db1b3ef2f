"""Every state a tiny world can reach, judged by somebody who has never read the policies.

Three departments, two facilities, a dozen moves. The engine (``decide`` and ``after``) and an honest
clerk (``Notes``) walk side by side: in every state, for every move, the engine must agree exactly when
the clerk's notes say so. The clerk knows the design, keeps its own record of who said what about which
requirement, and imports nothing from ``policies`` or ``states.remit``.

The front world is the way from planning to the permit, the back world presale, acceptance and handover.
Planted bugs show that the walk would notice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from core_fixtures import DAY, EDU, HC, NOW, NR, RULES, STA, complete, drop, leader, placed

from policies import building, decide, signing
from policies.authority import Party
from states import effects, participants, project, remit
from states.actions import ACTIONS
from states.actions.base import Action
from states.facts import Actor, Case, Evidence, Facility, Requirement, SignOff
from states.project import Stage
from states.rules import Category, Name, Subtype

PLANNING, LAND, AGREEMENT = "planning_joint_review", "land_supply_joint_review", "handover_agreement"
PERMIT, PRESALE, CONSTRUCTION = "construction_permit", "presale_consultation", "under_construction"
ACCEPTANCE, HANDOVER, IN_USE = "completion_joint_acceptance", "property_handover", "in_use"

#: In which order the stages are passed, as far as a condition's due stage is concerned.
ORDER = [PLANNING, LAND, AGREEMENT, PERMIT, PRESALE, CONSTRUCTION, ACCEPTANCE, HANDOVER]
#: Who must sign (design §3): the standing are these three; F1 is education's, F2 housing's.
ASKED = {
    PLANNING: (NR, HC, EDU), LAND: (NR, HC, EDU), AGREEMENT: (HC, EDU), PERMIT: (HC,), CONSTRUCTION: (),
    PRESALE: (HC, EDU), ACCEPTANCE: (NR, HC, EDU), HANDOVER: (HC, EDU),
}  # fmt: skip
LEADS = {
    PLANNING: (NR,), LAND: (NR,), AGREEMENT: (NR,), PERMIT: (HC,), CONSTRUCTION: (HC,), PRESALE: (HC,),
    ACCEPTANCE: (HC,), HANDOVER: (HC, EDU),
}  # fmt: skip
#: The command that leaves a stage forward, and where it leads.
FORWARD = {
    PLANNING: ("case advance", LAND), LAND: ("case advance", AGREEMENT), AGREEMENT: ("case advance", PERMIT),
    PERMIT: ("case advance", CONSTRUCTION), PRESALE: ("presale clear", CONSTRUCTION),
    CONSTRUCTION: ("acceptance trigger", ACCEPTANCE), ACCEPTANCE: ("acceptance certify", HANDOVER),
    HANDOVER: ("case advance", IN_USE),
}  # fmt: skip
RETURNABLE = (PLANNING, LAND, AGREEMENT, PERMIT, PRESALE)
#: Where a condition given in a stage falls due.
DUE = {PLANNING: LAND, LAND: AGREEMENT, AGREEMENT: PERMIT, PRESALE: CONSTRUCTION, ACCEPTANCE: HANDOVER}


# -- the clerk -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notes:
    """What an honest clerk would have written down, and nothing the engine has computed.

    ``size`` is the requirement of F1 and F2, ``built`` the measured scale of F1. ``answers`` are those of
    the present visit: department, verdict, and the remit that was before it. ``conditions`` are the open
    ones: stage and visit they were given in, and where they are due.
    """

    stage: str
    visits: tuple[str, ...]
    size: tuple[int, int] = (1, 1)
    built: int = 3
    open: bool = False
    awaiting: bool = False
    orders: int = 0
    sold: bool = False
    application: bool = True
    certificate: bool = True
    answers: tuple[tuple[str, str, Any], ...] = ()
    conditions: tuple[tuple[str, int, str], ...] = ()

    @property
    def visit(self) -> int:
        return self.visits.count(self.stage)

    @property
    def again(self) -> bool:
        """Whether this is the second time round."""
        return self.visit > 1 or self.visits.count(PLANNING) > 1

    def said(self, department: str) -> tuple[str, Any] | None:
        return next(((verdict, seen) for d, verdict, seen in self.answers if d == department), None)

    def remit(self, department: str) -> Any:
        """What a department answers for (design §4), as far as this world can change it."""
        own = self.size[0] if department == EDU else self.size[1]
        return {
            PLANNING: own if department == EDU else self.size,
            LAND: own if department == EDU else self.size,
            AGREEMENT: own,
            PERMIT: self.size,
            PRESALE: own,
            ACCEPTANCE: (own, self.built) if department == EDU else self.size,
            HANDOVER: own,
        }[self.stage]

    def satisfied(self, department: str) -> bool:
        """The one sentence everything serves: its last answer agrees, and to what now stands."""
        answer = self.said(department)
        return bool(answer) and answer[0] in ("agree", "conditional") and answer[1] == self.remit(department)

    def ready(self) -> bool:
        """Whether nothing is between the case and its next stage."""
        due = any(ORDER.index(due) <= ORDER.index(self.stage) for *_, due in self.conditions)
        built = self.stage != ACCEPTANCE or (self.built >= self.size[0] and self.certificate)
        dealt = self.stage != AGREEMENT or self.sold
        return all(self.satisfied(d) for d in ASKED[self.stage]) and not due and built and dealt

    def answered(self, department: str, verdict: str | None) -> Notes:
        """With this answer in the place of the last, and the last one's conditions gone."""
        others = tuple(a for a in self.answers if a[0] != department)
        kept = tuple(c for c in self.conditions if department != EDU or c[:2] != (self.stage, self.visit))
        if verdict is None:
            return replace(self, answers=others, conditions=kept)
        given = tuple(sorted((*others, (department, verdict, self.remit(department))), key=str))
        asks = ((self.stage, self.visit, DUE[self.stage]),) if verdict == "conditional" else ()
        return replace(self, answers=given, conditions=kept + asks)

    def entered(self, stage: str) -> Notes:
        """In another stage: a new visit, in which nobody has said anything yet."""
        used_up = self.stage == PRESALE  # leaving a presale uses up its application
        return replace(
            self, stage=stage, visits=(*self.visits, stage), open=False, awaiting=False, answers=(),
            application=self.application and not used_up,
        )  # fmt: skip


# -- the moves -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One thing somebody tries. ``may``: whether the clerk's notes allow it; ``then``: the notes after it,
    or None where the walk does not follow (it would only go in circles)."""

    name: str
    by: str
    action: Action
    may: bool
    then: Notes | None = None

    @property
    def actor(self) -> Actor:
        return leader(self.by)


#: Moves that are tried everywhere but followed only here, the first time round: the walk stays small.
FOLLOWED = {
    "objects": (PLANNING, ACCEPTANCE),
    "agrees on condition": (PLANNING,),
    "withdraws": (LAND, ACCEPTANCE),
    "returns": (PLANNING, PRESALE),
    "makes F1 2": (PLANNING, LAND),
    "makes F2 2": (PLANNING,),
    "measures 1": (ACCEPTANCE,),
    "measures 2": (ACCEPTANCE,),
}


def followed(move: Move, n: Notes) -> Notes | None:
    """The notes after a move, where the walk goes on from there."""
    here = move.name not in FOLLOWED or (n.stage in FOLLOWED[move.name] and not n.again)
    return move.then if here else None


_MADE: dict[str, Action] = {}


def act(name: str, **fields: object) -> Action:
    """An action by its command, made once: actions are frozen, and the walk needs the same few for ever."""
    key = f"{name} {fields}"
    if key not in _MADE:
        _MADE[key] = ACTIONS[name].model_validate({"case": "C1", **fields})
    return _MADE[key]


REASON = {"reason": "原因"}
OBJECTION = {"verdict": "object", "reason": "不足", "basis": "标准", "requested_change": "补足"}


SAYS = {"agree": "agrees", "object": "objects", "conditional": "agrees on condition"}


def judged(department: str, good: bool) -> list[dict[str, object]]:
    facility = {EDU: "F1", HC: "F2"}.get(department)
    return [{"facility": facility, "built_in_place": good, "meets_standard": True}] if facility else []


def verdict_fields(n: Notes, department: str, verdict: str, good: bool = True) -> dict[str, object]:
    if verdict == "object":
        fields = dict(OBJECTION)
    elif verdict == "conditional":
        terms = {"text": "补交", "responsible": "建设单位", "due_on": DAY, "due_stage": DUE[n.stage]}
        fields = {"verdict": "agree_with_conditions", "conditions": [terms]}
    else:
        fields = {"verdict": verdict}
    judgements = judged(department, good and verdict != "object") if n.stage == ACCEPTANCE else []
    return {**fields, "judgements": judgements}


def answering(n: Notes, verdicts: dict[str, tuple[str, ...]]) -> Iterator[Move]:
    """Every department that is asked says everything it can say; a stranger tries too."""
    for department in ASKED[n.stage]:
        for verdict in verdicts[department]:
            too_small = n.stage == ACCEPTANCE and department == EDU and n.built < n.size[0]
            may = n.open and (verdict == "object" or not too_small)
            action = act("sign", **verdict_fields(n, department, verdict))
            yield Move(SAYS[verdict], department, action, may, n.answered(department, verdict))
        if n.stage == ACCEPTANCE and department != NR:
            hidden = act("sign", **verdict_fields(n, department, "agree", good=False))
            yield Move("agrees to what it judges bad", department, hidden, False)
        uninvolved = act("sign", verdict="not_involved", reason="无关")
        yield Move("is not involved", department, uninvolved, False)
    if n.stage != CONSTRUCTION:
        yield Move("agrees", STA, act("sign", verdict="agree"), False)


def withdrawing(n: Notes, departments: Iterable[str]) -> Iterator[Move]:
    for department in departments:
        if department in ASKED[n.stage]:
            may = n.open and n.said(department) is not None
            yield Move("withdraws", department, act("withdraw", **REASON), may, n.answered(department, None))


def rounds(n: Notes) -> Iterator[Move]:
    lead = LEADS[n.stage][0]
    if ASKED[n.stage]:
        may = not n.open and not n.awaiting
        yield Move("circulates", lead, act("case circulate"), may, replace(n, open=True))
    may = n.stage in RETURNABLE
    yield Move("returns", lead, act("case return", **REASON), may, replace(n, open=False))


def leaving(n: Notes) -> Iterator[Move]:
    command, target = FORWARD[n.stage]
    for lead in LEADS[n.stage]:
        yield Move("goes on", lead, act(command), n.ready(), n.entered(target))
    yield Move("goes on", STA, act(command), False)


def discharging(n: Notes, case: Case) -> Iterator[Move]:
    numbers = [c.number for c in case.conditions if c.status == "open"]
    if case.conditions:
        number = numbers[-1] if numbers else len(case.conditions)
        action = act("condition discharge", condition=number, note="已办")
        yield Move("discharges", EDU, action, bool(n.conditions), replace(n, conditions=n.conditions[:-1]))
        yield Move("discharges another's", HC, action, False)


def front_moves(n: Notes, case: Case) -> Iterator[Move]:
    """Planning to permit: requirements grow, planning is reopened once."""
    if n.stage == CONSTRUCTION:
        return
    verdicts = {NR: ("agree",), HC: ("agree", "object"), EDU: ("agree", "conditional")}
    if n.stage == PERMIT:
        verdicts[EDU] = ("agree",)
    yield from answering(n, verdicts)
    yield from withdrawing(n, (EDU,))
    yield from rounds(n)
    yield from leaving(n)
    yield from discharging(n, case)
    yield from amending(n)
    may = n.stage in (LAND, AGREEMENT) and not n.sold
    again = n.entered(PLANNING) if n.visits.count(PLANNING) < 2 else None
    if n.stage == AGREEMENT and not n.sold:
        yield Move("files the deal", NR, filed("deal_confirmation"), True, replace(n, sold=True))
    yield Move("reopens", LEADS[n.stage][0], act("case reopen", **REASON), may, again)


def amending(n: Notes) -> Iterator[Move]:
    lead = LEADS[n.stage][0]
    for index, facility in enumerate(("F1", "F2")):
        size = n.size[index]
        grown = replace(n, size=(2, n.size[1]) if index == 0 else (n.size[0], 2))
        for other in (1, 2):
            action = act("facility amend", facility=facility, gfa_m2=other, **REASON)
            may = other != size and (n.stage == PLANNING or (n.stage == LAND and other > size))
            yield Move(f"makes {facility} {other}", lead, action, may, grown if other > size else None)
            yield Move(f"makes {facility} {other}", EDU, action, False)


def back_moves(n: Notes, case: Case) -> Iterator[Move]:
    """Construction to use: two presales, surveys, rectification, one revocation."""
    if n.stage == IN_USE:
        return
    verdicts = {NR: ("agree",), HC: ("agree",), EDU: ("agree", "object")}
    yield from answering(n, verdicts)
    yield from withdrawing(n, (EDU,))
    yield from rounds(n)
    yield from leaving(n)
    yield from presale(n)
    yield from rectifying(n, case)
    may, visits = n.stage == HANDOVER, n.visits.count(ACCEPTANCE)
    back = replace(n.entered(ACCEPTANCE), certificate=False) if visits < 2 else None
    yield Move("revokes", HC, act("acceptance revoke", **REASON), may, back)


def filed(kind: str) -> Action:
    return act("document add", kind=kind, reference="一号", issued_on="2021-06-01")


def presale(n: Notes) -> Iterator[Move]:
    once_more = n.entered(PRESALE) if n.visits.count(PRESALE) < 2 else None
    request = act("presale request", buildings="1-2", households=10)
    yield Move("asks for a presale", HC, request, n.stage == CONSTRUCTION and n.application, once_more)
    withdraw = act("presale withdraw", **REASON)
    yield Move("gives the presale up", HC, withdraw, n.stage == PRESALE, n.entered(CONSTRUCTION))
    if n.stage == CONSTRUCTION and not n.application:
        again = replace(n, application=True)
        yield Move("files the application", HC, filed("presale_application"), True, again)


def rectifying(n: Notes, case: Case) -> Iterator[Move]:
    objected = (n.said(EDU) or ("",))[0] == "object"
    item = {
        "facility": "F1", "department": EDU, "fact": "小", "basis": "规划条件", "requirement": "补足",
        "deadline": "2021-12-31",
    }  # fmt: skip
    order = act("acceptance order", reference="整改1号", items=[item])
    ordered = replace(n, open=False, awaiting=True, orders=n.orders + 1) if n.orders < 2 else None
    yield Move("orders", HC, order, n.stage == ACCEPTANCE and n.open and objected, ordered)
    answers = [{"item": max(1, len(case.items)), "answer": "已办"}]
    report = act("acceptance report", answers=answers)
    reported = replace(n, open=True, awaiting=False)
    yield Move("reports", HC, report, n.awaiting, reported)
    if n.stage in (CONSTRUCTION, ACCEPTANCE):
        for size in (1, 2):
            survey = act("facility measure", facility="F1", gfa_m2=size, location_as_required=True)
            found = replace(n, built=size) if size != n.built else None
            yield Move(f"measures {size}", EDU, survey, True, found)
    if n.stage == ACCEPTANCE and not n.certificate:
        again = replace(n, certificate=True)
        yield Move("files the certificate", HC, filed("comprehensive_acceptance_certificate"), True, again)


# -- the worlds ------------------------------------------------------------------------------------


def _tiny_case(stage: str, size: int = 1) -> Case:
    """A complete case of two facilities, each its investor's and of this many square metres."""
    needs = tuple(
        Requirement(
            f, 1, gfa=100 * size, location="1号楼", design="毛坯", mode="built_by_developer",
            ownership="investor", ownership_reason="自持", ownership_basis="供地条件", handover="自持",
        )
        for f in ("F1", "F2")
    )  # fmt: skip
    survey = tuple(replace(placed(r, kind), gfa=300) for r in needs for kind in ("drawings", "measurement"))
    rest = tuple(
        Evidence(r.facility, kind, 1, 1, **columns)
        for r in needs
        for kind, columns in (
            ("progress", {"percent": 100, "built": 1}),
            ("title", {"ownership": "investor", "exemption": "地下空间"}),
        )
    )
    case = drop(complete(stage), "documents", kind="land_supply_conditions")
    start = case.visits[-1]
    return replace(
        case,
        visits=(replace(start, visit=1),),
        visit=1,
        round=0,
        rounds=(),
        facilities=(Facility("F1", "education", "school"), Facility("F2", "utilities", "pump_room")),
        requirements=needs,
        evidence=survey + rest,
        decisions=tuple(replace(case.decisions[0], category=c) for c in ("education", "utilities")),
    )


def _category(department: str, subtype: str) -> Category:
    return Category(Name("c", "c"), "test", department, False, {subtype: Subtype(Name("s", "s"), "test", "gfa")})


_REVIEWS = ("conclude_planning", "conclude_land_supply")
TINY = replace(
    RULES,
    roles=replace(RULES.roles, standing=(NR, HC, EDU)),
    categories={"education": _category(EDU, "school"), "utilities": _category(HC, "pump_room")},
    standards=(),
    # What a reopening voids is not this walk's business: the reviews ask for no papers.
    edges={**RULES.edges, **{e: replace(RULES.edges[e], documents=()) for e in (*_REVIEWS, "conclude_agreement")}},
)


@dataclass(frozen=True)
class World:
    case: Case
    notes: Notes
    moves: Callable[[Notes, Case], Iterator[Move]]
    end: str


FRONT = World(_tiny_case(PLANNING), Notes(PLANNING, (PLANNING,)), front_moves, CONSTRUCTION)
BACK = World(_tiny_case(CONSTRUCTION, 2), Notes(CONSTRUCTION, (CONSTRUCTION,), (2, 2)), back_moves, IN_USE)


# -- the walk --------------------------------------------------------------------------------------


State = tuple[Any, ...]


@dataclass
class Walk:
    """What a walk has seen: how it came to each state, where each leads, the first complaint."""

    paths: dict[State, tuple[str, ...]] = field(default_factory=dict)
    ways: dict[State, set[State]] = field(default_factory=dict)
    tried: int = 0
    complaint: str = ""

    @property
    def stages(self) -> set[str]:
        return {notes.stage for notes, *_ in self.paths}

    def stuck(self, end: str) -> int:
        """How many states have no way to the last stage."""
        came_from: dict[State, list[State]] = {}
        for here, theres in self.ways.items():
            for there in theres:
                came_from.setdefault(there, []).append(here)
        good = {state for state in self.ways if state[0].stage == end}
        queue = deque(good)
        while queue:
            new = set(came_from.get(queue.popleft(), ())) - good
            good |= new
            queue.extend(new)
        return len(self.ways) - len(good)


def abstract(case: Case, notes: Notes) -> State:
    """The state, without numbers that only count up: the notes, and the engine's own view beside them."""
    here = [s for s in case.sign_offs if (s.stage, s.visit) == (case.stage, case.visit)]
    answers = sorted({s.department: (s.department, s.verdict, s.remit, s.status) for s in here}.values())
    carried = any(s.status == "standing" and s.round < case.round for s in here)
    asked = tuple((c.stage, c.visit, c.due_stage) for c in case.conditions if c.status == "open")
    sizes = tuple(case.requirement(f).gfa for f in ("F1", "F2"))
    return (notes, case.stage, case.visit, case.round_is_open, tuple(answers), carried, asked, sizes)


def explore(world: World) -> Walk:
    """Breadth first through every state, up to the first disagreement between engine and clerk."""
    walk = Walk({abstract(world.case, world.notes): ()})
    queue = deque([(world.case, world.notes)])
    while queue and not walk.complaint:
        case, notes = queue.popleft()
        here = abstract(case, notes)
        walk.ways[here] = set()
        try:
            found = list(_tried(world, walk, case, notes))
        except Disagreement as disagreement:
            walk.complaint = " / ".join((*walk.paths[here], str(disagreement)))
            break
        for move, result in found:
            there = abstract(*result)
            walk.ways[here].add(there)
            if there not in walk.paths:
                walk.paths[there] = (*walk.paths[here], f"{move.by} {move.name}")
                queue.append(result)
    return walk


class Disagreement(Exception):
    """The engine does not say what the clerk's notes say."""


def _tried(world: World, walk: Walk, case: Case, notes: Notes) -> Iterator[tuple[Move, tuple[Case, Notes]]]:
    """Every move from a state: asked of the engine and of the notes, and taken where the walk follows."""
    _ask_why(case, notes)
    for move in world.moves(notes, case):
        walk.tried += 1
        decision = decide.decide(case, move.action, move.actor, DAY, TINY)
        if decision.agreed != move.may:
            why = sorted({o.key for o in (*decision.refusals, *decision.obstacles)})
            answer = f"blocked by {why}" if why else "allowed"
            raise Disagreement(f"{move.by} {move.name}: {answer}")
        then = followed(move, notes)
        if move.may and then is not None:
            stamp = effects.Stamp.of(move.action, move.actor, NOW)
            yield move, (effects.after(case, move.action, stamp, TINY), then)


def _ask_why(case: Case, notes: Notes) -> None:
    """Asking why finds what doing it finds."""
    if notes.stage in FORWARD:
        why = sorted(o.key for o in decide.way_ahead(case, DAY, TINY))
        if (not why) != notes.ready():
            raise Disagreement(f"asked why: {why or 'nothing'}")


def test_from_planning_to_the_permit_the_engine_agrees_exactly_when_everybody_has_agreed() -> None:
    walk = explore(FRONT)

    assert walk.complaint == ""
    assert walk.stages == {PLANNING, LAND, AGREEMENT, PERMIT, CONSTRUCTION}
    assert len(walk.paths) > 1500
    assert walk.stuck(FRONT.end) == 0


def test_from_presale_to_use_the_engine_agrees_exactly_when_everybody_has_agreed() -> None:
    walk = explore(BACK)

    assert walk.complaint == ""
    assert walk.stages == {CONSTRUCTION, PRESALE, ACCEPTANCE, HANDOVER, IN_USE}
    assert len(walk.paths) > 1500
    assert walk.stuck(BACK.end) == 0


def test_the_walk_tries_every_verdict_of_every_department_in_every_stage() -> None:
    tried = {(n.stage, m.by, m.name) for n, case in _some_states() for m in _moves(n, case)}

    for stage, asked in ASKED.items():
        assert {(stage, d, "agrees") for d in asked} <= tried
        assert (stage, STA, "goes on") in tried
    assert {name for _, _, name in tried} >= {
        "agrees on condition",
        "objects",
        "withdraws",
        "revokes",
        "orders",
        "reports",
    }


def _some_states() -> Iterator[tuple[Notes, Case]]:
    for stage in ORDER:
        yield Notes(stage, (stage,)), _tiny_case(Stage(stage))


def _moves(n: Notes, case: Case) -> Iterator[Move]:
    front = ORDER.index(n.stage) <= ORDER.index(PERMIT)
    yield from (front_moves if front else back_moves)(n, case)


# -- planted bugs ----------------------------------------------------------------------------------

Patch = pytest.MonkeyPatch


def _asks(patch: Patch, policy: str, instead: Callable[[Any], Any]) -> None:
    patch.setitem(decide.POLICIES, policy, instead)


def _never(q: Any) -> Iterator[Any]:
    return iter(())


def _answers(patch: Patch, of: signing.Answer) -> None:
    """One kind of answer counts as agreement."""
    honest = signing.answer_of

    def lenient(case: Case, department: str, rules: Any) -> signing.Answer:
        answer = honest(case, department, rules)
        return signing.Answer.STANDS if answer is of else answer

    patch.setattr(signing, "answer_of", lenient)


def _finds(patch: Patch, counts: Callable[[Case, SignOff], bool]) -> None:
    """Another way to find a department's answer among those stored."""

    def sign_off(case: Case, department: str) -> SignOff | None:
        return next((s for s in reversed(case.sign_offs) if s.department == department and counts(case, s)), None)

    patch.setattr(Case, "sign_off", sign_off)


def only_those_who_answered_are_looked_at(patch: Patch) -> None:
    def signed_off(q: Any) -> Iterator[Any]:
        for given in q.case.sign_offs:
            if given.verdict == "object" and given.status == "standing":
                yield q.obstacle("objection", given.department)

    _asks(patch, "signed_off", signed_off)


def one_agreement_is_enough(patch: Patch) -> None:
    honest = signing.signed_off

    def signed_off(q: Any) -> list[Any]:
        found = list(honest(q))
        return found if len(found) >= len(participants.required(q.case, q.rules)) else []

    _asks(patch, "signed_off", signed_off)


def sign_offs_are_not_asked_for_at_all(patch: Patch) -> None:
    patch.setattr(project, "FORWARD_ASKS", ("competence_assigned", "conditions_discharged"))


def a_stale_answer_counts(patch: Patch) -> None:
    _answers(patch, signing.Answer.STALE)


def an_objection_counts(patch: Patch) -> None:
    _answers(patch, signing.Answer.OBJECTION)


def silence_counts(patch: Patch) -> None:
    _answers(patch, signing.Answer.MISSING)


def a_withdrawn_answer_counts(patch: Patch) -> None:
    _finds(patch, lambda case, s: (s.stage, s.visit) == (case.stage, case.visit) and s.status != "replaced")


def an_answer_of_an_earlier_visit_counts(patch: Patch) -> None:
    _finds(patch, lambda case, s: s.stage == case.stage and s.status == "standing")


def an_answer_of_another_stage_counts(patch: Patch) -> None:
    _finds(patch, lambda case, s: s.visit == case.visit and s.status == "standing")


def only_answers_of_the_present_round_count(patch: Patch) -> None:
    _finds(
        patch,
        lambda case, s: (s.stage, s.visit, s.round, s.status) == (case.stage, case.visit, case.round, "standing"),
    )


def visits_are_not_counted(patch: Patch) -> None:
    patch.setattr(Case, "visits_of", lambda case, stage: 0)


def withdrawing_ends_nothing(patch: Patch) -> None:
    patch.setattr(effects.opinions, "_end_sign_off", lambda case, *rest: case)


def conditions_end_with_nothing(patch: Patch) -> None:
    honest = effects.opinions._end_sign_off
    patch.setattr(
        effects.opinions, "_end_sign_off", lambda case, *rest: replace(honest(case, *rest), conditions=case.conditions)
    )


def the_first_department_is_forgotten(patch: Patch) -> None:
    honest = participants.required
    patch.setattr(signing, "required", lambda *given: honest(*given)[1:])


def the_last_department_is_forgotten(patch: Patch) -> None:
    honest = participants.required
    patch.setattr(signing, "required", lambda *given: honest(*given)[:-1])


def only_the_standing_are_asked(patch: Patch) -> None:
    honest = participants._members
    patch.setattr(participants, "_members", lambda party, *rest: () if party == "competent" else honest(party, *rest))


def conditions_are_forgotten(patch: Patch) -> None:
    _asks(patch, "conditions_discharged", _never)


def conditions_bind_one_stage_too_late(patch: Patch) -> None:
    patch.setattr(signing, "at_or_after", lambda stage, due: stage != due and project.at_or_after(stage, due))


def anybody_discharges_a_condition(patch: Patch) -> None:
    permission = decide.PERMISSIONS["condition discharge"]
    patch.setitem(decide.PERMISSIONS, permission.action, replace(permission, parties=(Party.ASKED,)))


def a_closed_round_takes_answers(patch: Patch) -> None:
    _asks(patch, "round_open", _never)


def a_round_never_closes(patch: Patch) -> None:
    patch.setattr(effects.lifecycle, "_close_round", lambda case, *rest: case)


def a_remit_is_always_the_same(patch: Patch) -> None:
    patch.setattr(remit, "snapshot", lambda *given: "{}")


def everybody_answers_for_everything(patch: Patch) -> None:
    patch.setattr(remit, "own_facilities", lambda case, *rest: case.owed())


def the_leads_see_only_their_own(patch: Patch) -> None:
    patch.setattr(type(TINY), "leads", property(lambda rules: ()))


def measurements_are_nobodys(patch: Patch) -> None:
    honest = remit.SCHEMES[remit.CURRENT_SCHEME]
    blind = {**honest, ACCEPTANCE: honest[Stage.AGREEMENT]}
    patch.setitem(remit.SCHEMES, remit.CURRENT_SCHEME, blind)


def requirements_are_never_frozen(patch: Patch) -> None:
    _asks(patch, "requirement_open", _never)


def strangers_may_act(patch: Patch) -> None:
    patch.setattr(decide, "refusals", _never)


def a_lead_may_be_uninvolved(patch: Patch) -> None:
    _asks(patch, "verdict_fits", _never)


def agreement_hides_a_bad_judgement(patch: Patch) -> None:
    _asks(patch, "judgements_fit", _never)


def agreement_covers_what_is_too_small(patch: Patch) -> None:
    _asks(patch, "agrees_with_measurement", _never)


def an_order_needs_no_objection(patch: Patch) -> None:
    _asks(patch, "objections_itemised", _never)


def a_round_may_open_without_the_report(patch: Patch) -> None:
    def round_closed(q: Any) -> Iterator[Any]:
        if q.case.round_is_open:
            yield q.obstacle("round_open")

    _asks(patch, "round_closed", round_closed)


def a_report_needs_no_order(patch: Patch) -> None:
    _asks(patch, "items_answered", _never)


def an_item_never_closes(patch: Patch) -> None:
    patch.setattr(building, "is_open", lambda q, item: item.visit == q.case.visit)


def papers_outlive_what_ends_them(patch: Patch) -> None:
    patch.setattr(effects.lifecycle, "_void", lambda case, edge: case)


FRONT_BUGS = (
    only_those_who_answered_are_looked_at,
    one_agreement_is_enough,
    sign_offs_are_not_asked_for_at_all,
    a_stale_answer_counts,
    an_objection_counts,
    silence_counts,
    a_withdrawn_answer_counts,
    an_answer_of_an_earlier_visit_counts,
    an_answer_of_another_stage_counts,
    only_answers_of_the_present_round_count,
    visits_are_not_counted,
    withdrawing_ends_nothing,
    conditions_end_with_nothing,
    the_first_department_is_forgotten,
    the_last_department_is_forgotten,
    conditions_are_forgotten,
    conditions_bind_one_stage_too_late,
    anybody_discharges_a_condition,
    a_closed_round_takes_answers,
    a_round_never_closes,
    a_remit_is_always_the_same,
    everybody_answers_for_everything,
    the_leads_see_only_their_own,
    requirements_are_never_frozen,
    strangers_may_act,
    a_lead_may_be_uninvolved,
)
BACK_BUGS = (
    only_those_who_answered_are_looked_at,
    a_stale_answer_counts,
    an_answer_of_an_earlier_visit_counts,
    visits_are_not_counted,
    only_the_standing_are_asked,
    measurements_are_nobodys,
    agreement_hides_a_bad_judgement,
    agreement_covers_what_is_too_small,
    an_order_needs_no_objection,
    a_round_may_open_without_the_report,
    a_report_needs_no_order,
    an_item_never_closes,
    papers_outlive_what_ends_them,
    only_answers_of_the_present_round_count,
)
PLANTED = [
    pytest.param(world, bug, id=f"{name}: {bug.__name__}")
    for name, world, bugs in (("front", FRONT, FRONT_BUGS), ("back", BACK, BACK_BUGS))
    for bug in bugs
]


@pytest.mark.parametrize(("world", "bug"), PLANTED)
def test_a_planted_bug_is_caught(monkeypatch: Patch, world: World, bug: Callable[[Patch], None]) -> None:
    bug(monkeypatch)

    assert explore(world).complaint
