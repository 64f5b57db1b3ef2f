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
from core_fixtures import DAY, EDU, HC, NOW, NR, RULES, STA, complete, leader, placed

from policies import building, decide, signing
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
    built: int = 2
    open: bool = False
    awaiting: bool = False
    orders: int = 0
    application: bool = True
    certificate: bool = True
    answers: tuple[tuple[str, str, Any], ...] = ()
    conditions: tuple[tuple[str, int, str], ...] = ()

    @property
    def visit(self) -> int:
        return self.visits.count(self.stage)

    @property
    def reopened(self) -> bool:
        """The second time round the walk only tries what it followed the first time."""
        return self.visits.count(PLANNING) > 1

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
        return all(self.satisfied(d) for d in ASKED[self.stage]) and not due and built

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
        return replace(
            self, stage=stage, visits=(*self.visits, stage), open=False, awaiting=False, answers=()
        )


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


def act(name: str, **fields: object) -> Action:
    return ACTIONS[name].model_validate({"case": "C1", **fields})


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
            follows = verdict != "conditional" or not n.reopened
            yield Move(
                SAYS[verdict], department, action, may, n.answered(department, verdict) if follows else None
            )
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
    may = n.stage == LAND  # from the agreement only before the deal, and this land is sold
    again = n.entered(PLANNING) if n.visits.count(PLANNING) < 2 else None
    yield Move("reopens", LEADS[n.stage][0], act("case reopen", **REASON), may, again)


def amending(n: Notes) -> Iterator[Move]:
    lead = LEADS[n.stage][0]
    for index, facility in enumerate(("F1", "F2")):
        size = n.size[index]
        grown = replace(n, size=(2, n.size[1]) if index == 0 else (n.size[0], 2))
        for other in (1, 2):
            action = act("facility amend", facility=facility, gfa_m2=other, **REASON)
            may = n.stage == PLANNING or (n.stage in (LAND, AGREEMENT) and other == size)
            may = may or (n.stage == LAND and other > size)
            follows = other > size and not n.reopened and (n.stage == PLANNING or index == 0)
            yield Move(f"makes {facility} {other}", lead, action, may, grown if follows else None)
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
    withdrawn = replace(n.entered(CONSTRUCTION), application=False)
    yield Move("gives the presale up", HC, act("presale withdraw", **REASON), n.stage == PRESALE, withdrawn)
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


def _tiny_case(stage: str) -> Case:
    """A complete case of two facilities, each of one square metre and its investor's."""
    needs = tuple(
        Requirement(
            f, 1, gfa=100, location="1号楼", design="毛坯", mode="built_by_developer", ownership="investor",
            ownership_reason="自持", ownership_basis="供地条件", handover="自持",
        )
        for f in ("F1", "F2")
    )  # fmt: skip
    survey = tuple(replace(placed(r, kind), gfa=200) for r in needs for kind in ("drawings", "measurement"))
    rest = tuple(
        Evidence(r.facility, kind, 1, 1, **columns)
        for r in needs
        for kind, columns in (
            ("progress", {"percent": 100, "built": 1}),
            ("title", {"ownership": "investor", "exemption": "地下空间"}),
        )
    )
    case = complete(stage)
    start = case.visits[-1]
    return replace(
        case,
        visits=(replace(start, visit=1),),
        visit=1,
        round=0,
        rounds=(),
        facilities=(Facility("F1", "education", "kindergarten"), Facility("F2", "utilities", "pump_room")),
        requirements=needs,
        evidence=survey + rest,
        decisions=tuple(replace(case.decisions[0], category=c) for c in ("education", "utilities")),
    )


_UTILITIES = Category(
    Name("u", "u"), "test", HC, False, {"pump_room": Subtype(Name("p", "p"), "test", "gfa")}
)
_REVIEWS = ("conclude_planning", "conclude_land_supply")
TINY = replace(
    RULES,
    roles=replace(RULES.roles, standing=(NR, HC, EDU)),
    categories={"education": RULES.categories["education"], "utilities": _UTILITIES},
    standards=(),
    # What a reopening voids is not this walk's business: the reviews ask for no papers.
    edges={**RULES.edges, **{e: replace(RULES.edges[e], documents=()) for e in _REVIEWS}},
)


@dataclass(frozen=True)
class World:
    case: Case
    notes: Notes
    moves: Callable[[Notes, Case], Iterator[Move]]


FRONT = World(_tiny_case(PLANNING), Notes(PLANNING, (PLANNING,)), front_moves)
BACK = World(_tiny_case(CONSTRUCTION), Notes(CONSTRUCTION, (CONSTRUCTION,)), back_moves)


# -- the walk --------------------------------------------------------------------------------------


@dataclass
class Walk:
    """What a walk has seen: states, moves tried, stages, edges between states, the first complaint."""

    states: int = 0
    tried: int = 0
    stages: set[str] = field(default_factory=set)
    complaint: str = ""
    stuck: int = 0


def abstract(case: Case, notes: Notes) -> tuple[object, ...]:
    """The state, without numbers that only count up: the notes, and the engine's own view beside them."""
    answers = sorted(
        (s.department, s.verdict, s.remit)
        for s in case.sign_offs
        if s.status == "standing" and (s.stage, s.visit) == (case.stage, case.visit)
    )
    asked = tuple((c.stage, c.visit, c.due_stage) for c in case.conditions if c.status == "open")
    sizes = tuple(case.requirement(f).gfa for f in ("F1", "F2"))
    return (notes, case.stage, case.visit, case.round_is_open, tuple(answers), asked, sizes)


def attempt(case: Case, move: Move) -> tuple[str, bool]:
    """What is wrong with the engine's answer to a move, and whether it agreed."""
    decision = decide.decide(case, move.action, move.actor, DAY, TINY)
    if decision.agreed == move.may:
        return "", decision.agreed
    found = sorted({o.key for o in (*decision.refusals, *decision.obstacles)})
    return f"{move.by} {move.name}: " + ("allowed" if decision.agreed else f"blocked by {found}"), False


def explore(world: World) -> Walk:
    """Breadth first through every state, up to the first disagreement between engine and clerk."""
    walk = Walk()
    seen: dict[tuple[object, ...], tuple[str, ...]] = {abstract(world.case, world.notes): ()}
    queue = deque([(world.case, world.notes)])
    steps: dict[tuple[object, ...], set[tuple[object, ...]]] = {}
    while queue and not walk.complaint:
        case, notes = queue.popleft()
        here = abstract(case, notes)
        walk.states += 1
        walk.stages.add(notes.stage)
        steps[here] = set()
        try:
            walk.complaint = _asked_why(case, notes)
            for move in world.moves(notes, case):
                walk.tried += 1
                complaint, agreed = attempt(case, move)
                if complaint:
                    walk.complaint = f"{' / '.join((*seen[here], complaint))}"
                    break
                if agreed and move.then is not None:
                    stamp = effects.Stamp.of(move.action, move.actor, NOW)
                    result = effects.after(case, move.action, stamp, TINY), _forgetting(move, notes)
                    there = abstract(*result)
                    steps[here].add(there)
                    if there not in seen:
                        seen[there] = (*seen[here], f"{move.by} {move.name}")
                        queue.append(result)
        except Exception as error:
            walk.complaint = f"{' / '.join(seen[here])}: {error!r}"
    walk.stuck = len(steps) - len(_can_end(steps)) if not walk.complaint else -1
    return walk


def _forgetting(move: Move, notes: Notes) -> Notes:
    """The notes after a move; leaving a presale uses up its application."""
    assert move.then is not None
    left = notes.stage == PRESALE and move.then.stage == CONSTRUCTION
    return replace(move.then, application=False) if left else move.then


def _asked_why(case: Case, notes: Notes) -> str:
    """Asking why must find what doing it finds."""
    if notes.stage not in FORWARD:
        return ""
    free = decide.way_ahead(case, DAY, TINY) == ()
    return "" if free == notes.ready() else f"way_ahead says {free} in {notes}"


def _can_end(steps: dict[tuple[object, ...], set[tuple[object, ...]]]) -> set[tuple[object, ...]]:
    """The states from which some way leads to the last stage of the walk."""
    before: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    for here, theres in steps.items():
        for there in theres:
            before.setdefault(there, []).append(here)
    good = {state for state, ways in steps.items() if not ways}
    queue = deque(good)
    while queue:
        for state in before.get(queue.popleft(), []):
            if state not in good:
                good.add(state)
                queue.append(state)
    return good


def test_from_planning_to_the_permit_the_engine_agrees_exactly_when_everybody_has_agreed() -> None:
    walk = explore(FRONT)

    assert walk.complaint == ""
    assert walk.stages == {PLANNING, LAND, AGREEMENT, PERMIT, CONSTRUCTION}
    assert walk.states > 500
    assert walk.stuck == 0


def test_from_presale_to_use_the_engine_agrees_exactly_when_everybody_has_agreed() -> None:
    walk = explore(BACK)

    assert walk.complaint == ""
    assert walk.stages == {CONSTRUCTION, PRESALE, ACCEPTANCE, HANDOVER, IN_USE}
    assert walk.states > 500
    assert walk.stuck == 0


def test_asking_every_department_in_every_order_leaves_nobody_out() -> None:
    """The walk really tries what it claims: every stage, every department, every verdict."""
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
        return next(
            (s for s in reversed(case.sign_offs) if s.department == department and counts(case, s)), None
        )

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
        lambda case, s: (
            (s.stage, s.visit, s.round, s.status) == (case.stage, case.visit, case.round, "standing")
        ),
    )


def visits_are_not_counted(patch: Patch) -> None:
    patch.setattr(Case, "visits_of", lambda case, stage: 0)


def withdrawing_ends_nothing(patch: Patch) -> None:
    patch.setattr(effects, "_end_sign_off", lambda case, *rest: case)


def conditions_end_with_nothing(patch: Patch) -> None:
    honest = effects._end_sign_off
    patch.setattr(
        effects, "_end_sign_off", lambda case, *rest: replace(honest(case, *rest), conditions=case.conditions)
    )


def the_first_department_is_forgotten(patch: Patch) -> None:
    honest = participants.required
    patch.setattr(signing, "required", lambda *given: honest(*given)[1:])


def the_last_department_is_forgotten(patch: Patch) -> None:
    honest = participants.required
    patch.setattr(signing, "required", lambda *given: honest(*given)[:-1])


def only_the_standing_are_asked(patch: Patch) -> None:
    honest = participants._members
    patch.setattr(
        participants, "_members", lambda party, *rest: () if party == "competent" else honest(party, *rest)
    )


def conditions_are_forgotten(patch: Patch) -> None:
    _asks(patch, "conditions_discharged", _never)


def conditions_bind_one_stage_too_late(patch: Patch) -> None:
    patch.setattr(signing, "at_or_after", lambda stage, due: stage != due and project.at_or_after(stage, due))


def anybody_discharges_a_condition(patch: Patch) -> None:
    permission = decide.PERMISSIONS["condition discharge"]
    patch.setitem(
        decide.PERMISSIONS,
        "condition discharge",
        replace(permission, parties=(*permission.parties, "lead", "asked")),
    )


def a_closed_round_takes_answers(patch: Patch) -> None:
    _asks(patch, "round_open", _never)


def a_round_never_closes(patch: Patch) -> None:
    patch.setattr(effects, "_close_round", lambda case, *rest: case)


def a_remit_is_always_the_same(patch: Patch) -> None:
    patch.setattr(remit, "snapshot", lambda *given: "{}")


def everybody_answers_for_everything(patch: Patch) -> None:
    patch.setattr(remit, "own_facilities", lambda case, *rest: case.owed())


def the_leads_see_only_their_own(patch: Patch) -> None:
    patch.setattr(type(TINY), "leads", property(lambda rules: ()))


def measurements_are_nobodys(patch: Patch) -> None:
    honest = remit.SCHEMES[1]
    blind = {**honest, ACCEPTANCE: honest[Stage.AGREEMENT]}
    patch.setitem(remit.SCHEMES, 1, blind)


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


def a_revoked_certificate_still_stands(patch: Patch) -> None:
    patch.setattr(effects, "_void", lambda case, edge: case)


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
    only_the_standing_are_asked,
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
    a_revoked_certificate_still_stands,
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
