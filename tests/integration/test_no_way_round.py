"""No sequence of actions gets a case out of a stage without everybody's present agreement.

A state machine drives the real stack with goals (finish the stage, ask again, order and report, presale loops) and
with malice (advance at random, sign for others, sign what is closed). After every step the judge of ``checker.py``,
which knows nothing of the program, must find nothing, and must agree with the office on whether the way is open.

That the judge would find something is shown by planting bugs into the program: each is run through the scenario
made for it, and the judge, not the program, must say what went wrong.
"""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from checker import check, judge
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from world import (
    ASSETS,
    CASE,
    CIVIL,
    COMMERCE,
    CONCERNED,
    DEALS,
    DESIGNATED,
    EDUCATION,
    HEALTH,
    HOUSING,
    NR,
    OFFICE,
    PAPERS,
    TOWN,
    Stuck,
    World,
    ask_for_presale,
    circulate,
    condition,
    consent,
    file_paper,
    lead,
    leave,
    letter,
    lift,
    opening,
    prepare,
    propose,
    push,
    scales,
    sign,
    signature,
    survey,
)

from policies import authority, changes, decide, exceptions, signing
from policies.authority import PERMISSIONS
from policies.question import Question
from policies.signing import Answer
from states import effects, participants, remit
from states.actions.changes import ApplyChange
from states.actions.opinions import Sign
from states.effects import changes as change_effects
from states.effects import exceptions as exception_effects
from states.effects import opinions as opinion_effects
from states.errors import Blocked, Invalid, NotAllowed, Obstacle, PeijianError
from states.facts import Actor, Case, last
from states.project import Stage
from states.rules import Rules
from workflow import delegations, journal, office, store
from workflow.results import DelegationLine, Done

Outcome = Done | DelegationLine | PeijianError
STARTS = tuple(s for s in Stage if s not in (Stage.IN_USE, Stage.TERMINATED))
FORWARD = ("case advance", "presale clear", "acceptance trigger", "acceptance certify")
PARTIES = (NR, HOUSING, EDUCATION, CIVIL, HEALTH, COMMERCE, DESIGNATED, ASSETS)
STRANGERS = (*PARTIES, OFFICE, TOWN, "finance", f"{EDUCATION}.clerk", f"{HOUSING}.clerk", "admin")
VERDICTS = ("agree", "agree", "agree_with_conditions", "object", "not_involved")
#: Changes that are asked for once the requirements are frozen.
CHANGES: tuple[dict[str, Any], ...] = (
    {"facilities": [{"facility": "F1", "gfa_m2": "2000"}]},
    {"facilities": [{"facility": "F1", "gfa_m2": "2200", "location": "地块东南角"}]},
    {"facilities": [{"facility": "F2", "ownership": "government", "recipient": "区商务局", "handover_days": 30}]},
    {"facilities": [{"facility": "F4", "gfa_m2": "90"}]},
    {"removals": ["F2"], "decisions": [
        {"category": "commerce", "decision": "pooled", "basis": "统筹", "link": "东侧", "substitute_basis": "规划"}
    ]},
    {"removals": ["F2"]},
    {"decisions": [{"category": "health", "decision": "required"}]},
    {"developer": "淄博示例乙置业有限公司", "developer_code": "91370303TEXT00010B"},
)  # fmt: skip


Step = tuple[str, str, dict[str, Any]]
Steps = list[Step]


def _signed(by: str, *verdict: str, good: bool = True, clerk: bool = False) -> Callable[[World], Steps]:
    def steps(world: World) -> Steps:
        fields = signature(world, by, CASE, *verdict, good=good)
        return [(by, "withdraw", {"reason": "重签"})] * clerk + [(f"{by}.clerk" if clerk else by, "sign", fields)]

    return steps


def _amended(**fields: Any) -> Callable[[World], Steps]:
    return lambda world: [(NR, "facility amend", {"facility": "F1", "reason": "调整", **fields})]


def _surveyed(command: str, **found: Any) -> Callable[[World], Steps]:
    """Surveyed anew, and everybody concerned signs again."""

    def steps(world: World) -> Steps:
        place = {} if "location" in found else {"location_as_required": True}
        fields = {"facility": "F1", **scales(world.case(), "F1"), **place, **found}
        again = [(by, "sign", signature(world, by)) for by in (NR, HOUSING, EDUCATION)]
        return [(HOUSING, command, fields), *again]

    return steps


REVIEWS = (Stage.PLANNING, Stage.LAND_SUPPLY)
BEFORE_THE_DEAL = (*REVIEWS, Stage.AGREEMENT)
SIGNED = tuple(s for s in STARTS if s != Stage.CONSTRUCTION)
AT = (Stage.ACCEPTANCE,)

#: What can be done to a case that lacks nothing, just before it moves on, and where it has a point.
SPOILS: dict[str, tuple[tuple[Stage, ...], Callable[[World], Steps]]] = {
    "withdraw": (SIGNED, lambda world: [(COMMERCE, "withdraw", {"reason": "签错了"})]),
    "object": (SIGNED, _signed(DESIGNATED, "object")),
    "not involved": (SIGNED, _signed(COMMERCE, "not_involved")),
    "judge badly": (AT, _signed(EDUCATION, "agree", good=False)),
    "a clerk signs instead": (AT, _signed(EDUCATION, clerk=True)),
    "shrink": (BEFORE_THE_DEAL, _amended(gfa_m2="1800")),
    "enlarge": (BEFORE_THE_DEAL, _amended(gfa_m2="2600")),
    "move": (BEFORE_THE_DEAL, _amended(location="地块东侧")),
    "another owner": (BEFORE_THE_DEAL, _amended(ownership="investor", ownership_reason="约定", ownership_basis="合同")),
    "measure short": (AT, _surveyed("facility measure", gfa_m2="100")),
    "measure elsewhere": (AT, _surveyed("facility measure", location="别处")),
    "measure again": (AT, lambda world: _surveyed("facility measure", gfa_m2="5000")(world)[:1]),
    "draw short": ((Stage.PERMIT,), _surveyed("facility drawings", gfa_m2="100")),
    "draw again": ((Stage.PERMIT,), lambda world: _surveyed("facility drawings", gfa_m2="5000")(world)[:1]),
    "designate another": (
        SIGNED,
        lambda world: [
            (OFFICE, "facility designate", {"facility": "F3", "department": HEALTH, "document": "张配套办〔2021〕7号"})
        ],
    ),
    "a new canteen": (
        REVIEWS,
        lambda world: [
            (NR, "facility add", {"facility": "F5", "subtype": "community_canteen", "gfa_m2": "90", "design": "排烟",
                                  "location": "9#楼", **DEALS["F3"]}),
            *((by, "sign", signature(world, by)) for by in (NR, HOUSING)),
        ],
    ),
    "no longer required": (
        (Stage.PLANNING,),
        lambda world: [
            (NR, "facility decide", {"category": "commerce", "decision": "not_required", "basis": "周边已有",
                                     "special_plan": "2021年版"}),
            *((by, "sign", signature(world, by)) for by in (NR, HOUSING, COMMERCE)),
        ],
    ),
    "a letter over it": (SIGNED, lambda world: [(lead(world.case()), "sign", letter(world, COMMERCE, "object"))]),
    "object and decide": (
        SIGNED,
        lambda world: [
            (COMMERCE, "sign", signature(world, COMMERCE, CASE, "object")),
            (HOUSING, "decide", {"obstacle": "objection:commerce", "document": "示例决1号", "reason": "已研究"}),
        ],
    ),
    "shrink by request": (
        (Stage.AGREEMENT, Stage.PERMIT, Stage.ACCEPTANCE, Stage.HANDOVER),
        lambda world: [
            (lead(world.case()), "change propose", {**CHANGES[0], "reason": "方案调整", "document": "示例变1号"}),
            *((by, "change consent", {"change": len(world.case().changes) + 1, "verdict": "agree"}) for by in (*CONCERNED, OFFICE)),
            (lead(world.case()), "change apply", {"change": len(world.case().changes) + 1, "verdict": "agree"}),
        ],
    ),
    "revoke": ((Stage.HANDOVER,), lambda world: [(HOUSING, "acceptance revoke", {"reason": "发错了"})]),
    "send back": (SIGNED, lambda world: [(lead(world.case()), "case return", {"reason": "退回"})]),
    "nothing": (STARTS, lambda world: []),
}  # fmt: skip


# -- other ways than a signature of the house -------------------------------------------------------------


def _by_letter(*then: str, verdict: str = "agree", number: str = "1") -> Callable[[World, str], Iterator[Step]]:
    """The lead records a letter; then the department contests it, or the lead records it once more."""

    def steps(world: World, department: str) -> Iterator[Step]:
        yield lead(world.case()), "sign", letter(world, department, verdict, number)
        for command in then:
            by = department if command == "contest" else lead(world.case())
            said = {"reason": "不是我局的意见"} if command == "contest" else letter(world, department)
            yield by, command, said

    return steps


def _over_the_silent(days: int, *then: tuple[str, str, dict[str, Any]]) -> Callable[[World, str], Iterator[Step]]:
    def steps(world: World, department: str) -> Iterator[Step]:
        world.moment += timedelta(days=days)
        yield OFFICE, "decide", _decided(f"sign_off_missing:{department}")
        yield from then
        for by in PARTIES:
            if then and by != department:
                yield by, "sign", signature(world, by)

    return steps


def _over_the_objection(by: str, again: bool = False) -> Callable[[World, str], Iterator[Step]]:
    def steps(world: World, department: str) -> Iterator[Step]:
        yield department, "sign", signature(world, department, CASE, "object")
        yield by, "decide", _decided(f"objection:{department}")
        if again:
            yield department, "sign", signature(world, department, CASE, "object")

    return steps


def _decided(obstacle: str) -> dict[str, str]:
    return {"obstacle": obstacle, "document": "示例决1号", "reason": "已研究"}


def _drafted(*then: str) -> Callable[[World, str], Iterator[Step]]:
    def steps(world: World, department: str) -> Iterator[Step]:
        yield f"{EDUCATION}.clerk", "sign", signature(world, EDUCATION)
        for command in then:
            found = {**scales(world.case(), "F1"), "gfa_m2": "4000", "location_as_required": True}
            yield (EDUCATION, command, {}) if command == "issue" else (HOUSING, command, {"facility": "F1", **found})

    return steps


def _by_a_deputy(first: int, last: int, *stages: str) -> Callable[[World, str], Iterator[Step]]:
    def steps(world: World, department: str) -> Iterator[Step]:
        with suppress(PeijianError):
            world.delegate(EDUCATION, EDUCATION, f"{EDUCATION}.clerk", first, last, *stages)
        yield f"{EDUCATION}.clerk", "sign", signature(world, EDUCATION)

    return steps


def _changed(change: dict[str, Any], but: str = "", times: int = 1) -> Callable[[World, str], Iterator[Step]]:
    def steps(world: World, department: str) -> Iterator[Step]:
        yield lead(world.case()), "change propose", {**change, "reason": "方案调整", "document": "示例变1号"}
        number = {"change": max(len(world.case().changes), 1)}
        yield from ((by, "change consent", {**number, "verdict": "agree"}) for by in (*PARTIES, OFFICE) if by != but)
        yield from ((lead(world.case()), "change apply", number) for _ in range(times))
        yield department, "sign", signature(world, department)

    return steps


_SILENT = (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PRESALE)
_FROZEN = tuple(s for s in STARTS if s not in REVIEWS)
OFFICE_WAYS: dict[str, tuple[tuple[Stage, ...], Callable[[World, str], Iterator[Step]]]] = {
    "by letter": (SIGNED, _by_letter()),
    "by letter, contested": (SIGNED, _by_letter("contest")),
    "by letter, contested, and again": (SIGNED, _by_letter("contest", "sign", number="2")),
    "over the silent": (_SILENT, _over_the_silent(7)),
    "over the silent, too early": (_SILENT, _over_the_silent(6)),
    "over the silent, then changed": (
        REVIEWS,
        _over_the_silent(7, (NR, "facility amend", {"facility": "F1", "gfa_m2": "3300", "reason": "增大"})),
    ),
    "over the silent at the acceptance": (AT, _over_the_silent(30)),
    "over the objection": ((*SIGNED, Stage.PRESALE, Stage.PRESALE), _over_the_objection(HOUSING)),
    "over the objection, renewed": ((Stage.PRESALE,), _over_the_objection(HOUSING, again=True)),
    "over the objection, by another": ((Stage.PRESALE,), _over_the_objection(OFFICE)),
    "a draft": (AT, _drafted()),
    "a draft issued": (AT, _drafted("issue")),
    "a draft outdated": (AT, _drafted("facility measure", "issue")),
    "by a deputy": (AT, _by_a_deputy(0, 2)),
    "by a deputy of tomorrow": (AT, _by_a_deputy(1, 2)),
    "by a deputy of another stage": (AT, _by_a_deputy(0, 2, Stage.HANDOVER)),
    "a change": (_FROZEN, _changed(CHANGES[0])),
    "another place": (_FROZEN, _changed(CHANGES[1])),
    "a change applied twice": (_FROZEN, _changed(CHANGES[1], times=2)),
    "a change without one": (_FROZEN, _changed(CHANGES[0], EDUCATION)),
    "another owner": (_FROZEN, _changed(CHANGES[2])),
    "a removal": (_FROZEN, _changed(CHANGES[4])),
    "another developer": (_FROZEN, _changed(CHANGES[7])),
}


# -- the state machine -----------------------------------------------------------------------------------


class Course(RuleBasedStateMachine):
    """One case, from wherever it stands, among people who want to get on and people who want to cheat."""

    offices: ClassVar[dict[str, World]]
    folder: ClassVar[Path]
    probes: ClassVar[Counter[str]]
    numbers: ClassVar[Iterator[int]]

    world: World

    @initialize(stage=st.sampled_from((*STARTS, Stage.PLANNING, Stage.ACCEPTANCE, Stage.ACCEPTANCE)))
    def begin(self, stage: str) -> None:
        self.starts = itertools.cycle(STARTS)
        self.enter(stage)

    def enter(self, stage: str) -> None:
        self.world = self.offices[stage].copied(self.folder / str(next(self.numbers)))
        self.before, self.idle = judge(self.world.path).departures, 0

    def leave_it(self) -> None:
        self.probes["departures"] += (judge(self.world.path).departures - self.before).total()
        case = self.case
        self.probes["decisions"] += len(case.exceptions)
        self.probes["letters"] += len(case.paper_replies)
        self.probes["contested"] += sum(p.contested_on is not None for p in case.paper_replies)
        self.probes["issued"] += sum(d.status == "issued" for d in case.drafts)
        self.probes["applied"] += sum(c.status == "applied" for c in case.changes)
        self.probes["by deputies"] += sum(" 代 " in s.signed_by for s in case.sign_offs)
        self.world.close()
        shutil.rmtree(self.world.path.parent)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.leave_it()

    @invariant()
    def nothing_got_round(self) -> None:
        found = judge(self.world.path)
        assert found.violations == []
        assert (found.done, found.refused) == (self.world.done, self.world.refused)
        assert self.world.verified().findings == ()
        answers = {o.subject for o in self.world.why() if o.code.startswith(("sign_off_", "objection"))}
        assert self.case.suspension or answers == found.unagreed[CASE]
        assert (not self.world.why()) == (not found.ahead[CASE]), (self.world.keys(), found.ahead[CASE])
        self.probes["judged"] += 1
        self.probes["at " + self.case.stage] += 1
        self.idle += self.case.stage in (Stage.IN_USE, Stage.TERMINATED)
        if self.idle > 3:
            self.leave_it()
            self.enter(next(self.starts))

    def act(self, by: str, command: str, /, **fields: Any) -> Outcome:
        outcome = self.world.attempt(by, command, **fields)
        self.probes[type(outcome).__name__] += 1
        return outcome

    def aim(self, goal: Callable[[], object]) -> None:
        """Something that takes many actions and may get stuck half way."""
        try:
            goal()
            self.probes["goals"] += 1
        except (PeijianError, Stuck) as error:
            self.probes[f"goal {type(error).__name__}"] += 1

    @property
    def case(self) -> Case:
        return self.world.case()

    def stands_in(*stages: str) -> Any:  # type: ignore[misc]
        return precondition(lambda self: self.case.stage in stages)

    # -- goals

    @rule()
    def finish_the_stage(self) -> None:
        def goal() -> None:
            prepare(self.world)
            leave(self.world)

        self.aim(goal)

    @rule(missing=st.sampled_from(PARTIES))
    def almost_finish_and_push(self, missing: str) -> None:
        self.aim(lambda: prepare(self.world, but={missing}))
        self.push_forward()

    def prepare_and_spoil_and_push(self, data: st.DataObject) -> None:
        """The moment before a case moves on is the one to cheat in."""
        self.aim(lambda: prepare(self.world))
        fitting = [name for name, (stages, _) in SPOILS.items() if self.case.stage in stages]
        if fitting:
            for by, command, fields in SPOILS[data.draw(st.sampled_from(fitting))][1](self.world):
                self.act(by, command, **fields)
            self.push_forward()

    # Five of some forty rules, because it is what matters most.
    cheat1 = rule(data=st.data())(prepare_and_spoil_and_push)
    cheat2 = rule(data=st.data())(prepare_and_spoil_and_push)
    cheat3 = rule(data=st.data())(prepare_and_spoil_and_push)
    cheat4 = rule(data=st.data())(prepare_and_spoil_and_push)
    cheat5 = rule(data=st.data())(prepare_and_spoil_and_push)

    def push_forward(self) -> None:
        self.probes["pushes"] += 1
        try:
            self.probes[type(push(self.world)).__name__] += 1
        except Stuck:
            self.probes["nothing to push"] += 1

    @stands_in(Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.ACCEPTANCE)
    @rule()
    def carry_a_condition_along(self) -> None:
        def goal() -> None:
            prepare(self.world)
            circulate(self.world)
            sign(self.world, EDUCATION, verdict="agree_with_conditions")
            leave(self.world)
            prepare(self.world, but={"condition_open"})

        self.aim(goal)
        self.push_forward()

    @rule()
    def prepare_everything(self) -> None:
        self.aim(lambda: prepare(self.world))

    @rule(code=st.sampled_from(("condition_open", "document_missing", "F1", "F2", "F3", "hearing_missing", "expert")))
    def prepare_but_for(self, code: str) -> None:
        self.aim(lambda: prepare(self.world, but={code}))

    @rule()
    def circulate(self) -> None:
        self.aim(lambda: circulate(self.world))

    @rule(by=st.sampled_from(PARTIES), verdict=st.sampled_from(VERDICTS), good=st.sampled_from((True, True, False)))
    def sign(self, by: str, verdict: str, good: bool) -> None:
        self.act(by, "sign", **signature(self.world, by, CASE, verdict, good))

    @rule(by=st.sampled_from(PARTIES), stage=st.sampled_from(STARTS))
    def sign_with_a_condition(self, by: str, stage: str) -> None:
        asks = condition(self.world, self.case.stage, stage)
        self.act(by, "sign", **signature(self.world, by, CASE, "agree_with_conditions", conditions=[asks]))

    @rule(by=st.sampled_from(PARTIES))
    def withdraw(self, by: str) -> None:
        self.act(by, "withdraw", reason="签错了")

    @rule(by=st.sampled_from((EDUCATION, COMMERCE, DESIGNATED)))
    def object_to_it(self, by: str) -> None:
        self.act(by, "sign", **signature(self.world, by, CASE, "object"))

    @rule()
    def discharge_a_condition(self) -> None:
        for number, found in enumerate(self.case.conditions, 1):
            if found.status == "open":
                self.act(found.department, "condition discharge", condition=number, note="已落实")
                return

    @rule(
        facility=st.sampled_from(("F1", "F2", "F3", "F4")),
        change=st.sampled_from(
            (
                {"gfa_m2": "2500"}, {"gfa_m2": "60"}, {"location": "地块北侧"}, {"ownership": "government"},
                {"ownership": "investor", "ownership_reason": "约定", "ownership_basis": "合同"},
                {"design": "首层"}, {"recipient": "区民政局"}, {"handover_days": 60}, {"classes": 9},
            )
        ),
    )  # fmt: skip
    def amend(self, facility: str, change: dict[str, Any]) -> None:
        self.act(NR, "facility amend", facility=facility, reason="调整", **change)

    @rule(change=st.sampled_from(({"households": 950}, {"regulatory_plan": "新控规"}, {"developer": "示例公司"})))
    def amend_the_project(self, change: dict[str, Any]) -> None:
        self.act(NR, "case amend", reason="更正", **change)

    @rule(to=st.sampled_from(PARTIES), facility=st.sampled_from(("F2", "F3", "F4")))
    def designate(self, to: str, facility: str) -> None:
        self.act(OFFICE, "facility designate", facility=facility, department=to, document="张配套办〔2021〕4号")

    @stands_in(Stage.PLANNING, Stage.LAND_SUPPLY)
    @rule(gone=st.booleans())
    def add_or_remove_a_facility(self, gone: bool) -> None:
        if gone:
            self.act(NR, "facility remove", facility="F4", reason="统筹")
        else:
            self.act(NR, "facility add", facility="F4", subtype="health_service_station", gfa_m2="180", reason="增配")

    @stands_in(Stage.PLANNING, Stage.LAND_SUPPLY)
    @rule(category=st.sampled_from(("health", "commerce")), decision=st.sampled_from(("required", "not_required")))
    def decide(self, category: str, decision: str) -> None:
        fields = {"category": category, "decision": decision, "basis": "重新核定", "special_plan": "2021年版"}
        self.act(NR, "facility decide", **fields)

    @rule(kind=st.sampled_from(tuple(PAPERS)))
    def file_a_paper(self, kind: str) -> None:
        self.aim(lambda: file_paper(self.world, kind))

    @rule()
    def send_it_back(self) -> None:
        self.act(lead(self.case), "case return", reason="退回修改")

    @stands_in(Stage.LAND_SUPPLY, Stage.AGREEMENT)
    @rule()
    def reopen(self) -> None:
        self.act(NR, "case reopen", reason="缩减规模")

    @stands_in(Stage.AGREEMENT)
    @rule()
    def the_land_deal_fails(self) -> None:
        self.act(NR, "case land-deal-failed", reason="流拍")

    @stands_in(Stage.CONSTRUCTION, Stage.PRESALE)
    @rule(withdrawn=st.booleans())
    def presale(self, withdrawn: bool) -> None:
        if self.case.stage == Stage.CONSTRUCTION:
            self.aim(lambda: ask_for_presale(self.world))
        else:
            self.act(HOUSING, *(("presale withdraw",) if withdrawn else ("presale clear",)), **_reason(withdrawn))

    @stands_in(Stage.PERMIT, Stage.CONSTRUCTION, Stage.ACCEPTANCE)
    @rule(
        facility=st.sampled_from(("F1", "F2", "F3")),
        found=st.sampled_from(({}, {"gfa_m2": "3000"}, {"gfa_m2": "50"}, {"location": "别处"})),
    )
    def survey_it(self, facility: str, found: dict[str, Any]) -> None:
        command = "facility drawings" if self.case.stage == Stage.PERMIT else "facility measure"
        fields = found | ({"location_as_required": False} if "location" in found else {})
        self.aim(lambda: survey(self.world, command, facility, **fields))

    @stands_in(Stage.ACCEPTANCE)
    @rule(by=st.sampled_from((EDUCATION, COMMERCE, NR)))
    def order(self, by: str) -> None:
        deadline = (self.world.moment + timedelta(days=30)).date().isoformat()
        objectors = [s.department for s in self.case.sign_offs if s.status == "standing" and s.verdict == "object"]
        item = {"facility": "F1", "fact": "未建成", "basis": "供地条件", "requirement": "补建", "deadline": deadline}
        items = [{**item, "department": d} for d in dict.fromkeys((*objectors, *(() if objectors else (by,))))]
        self.act(HOUSING, "acceptance order", reference="张住建改〔2021〕1号", items=items)

    @stands_in(Stage.ACCEPTANCE)
    @rule()
    def report(self) -> None:
        answers = [{"item": i.item, "answer": "已整改"} for i in self.case.items if i.answer is None]
        self.act(HOUSING, "acceptance report", answers=answers or [{"item": 1, "answer": "已整改"}])

    @stands_in(Stage.HANDOVER)
    @rule()
    def revoke(self) -> None:
        self.act(HOUSING, "acceptance revoke", reason="发错了")

    @rule(stay=st.sampled_from((False, False, True)))
    def rest(self, stay: bool) -> None:
        self.act(lead(self.case), "case suspend", reason="等待")
        self.push_forward()
        if not stay:
            self.act(lead(self.case), "case resume", reason="恢复")

    @precondition(lambda self: self.case.suspension)
    @rule()
    def resume(self) -> None:
        self.act(lead(self.case), "case resume", reason="恢复")

    @rule(sure=st.integers(0, 19))
    def terminate(self, sure: int) -> None:
        if sure == 7 or self.case.stage not in (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT):
            self.act(lead(self.case), "case terminate", reason="不再建设")

    @rule(days=st.sampled_from((1, 1, 8)))
    def days_pass(self, days: int) -> None:
        self.world.moment += timedelta(days=days)

    # -- how offices work

    @rule(by=st.sampled_from((None, None, None, COMMERCE)), department=st.sampled_from(PARTIES),
          verdict=st.sampled_from(VERDICTS), number=st.sampled_from("123"))  # fmt: skip
    def record_a_letter(self, by: str | None, department: str, verdict: str, number: str) -> None:
        self.act(by or lead(self.case), "sign", **letter(self.world, department, verdict, number))

    @rule(department=st.sampled_from((EDUCATION, HOUSING, NR)), wait=st.booleans())
    def draft(self, department: str, wait: bool) -> None:
        self.act(f"{department}.clerk", "sign", **signature(self.world, department))
        self.push_forward()
        if not wait:
            self.act(department, "issue")

    @rule(department=st.sampled_from((EDUCATION, HOUSING, NR)))
    def issue(self, department: str) -> None:
        self.act(department, "issue")

    @rule(absent=st.sampled_from((EDUCATION, HOUSING)), days=st.sampled_from(((0, 2), (1, 3), (-3, 0))),
          stages=st.sampled_from(((), (Stage.ACCEPTANCE,), (Stage.PLANNING,))))  # fmt: skip
    def delegate(self, absent: str, days: tuple[int, int], stages: tuple[str, ...]) -> None:
        self.aim(lambda: self.world.delegate(absent, absent, f"{absent}.clerk", *days, *stages))
        self.act(f"{absent}.clerk", "sign", **signature(self.world, absent))

    @rule(data=st.data(), by=st.sampled_from((OFFICE, OFFICE, HOUSING, HOUSING, NR)))
    def decide_over_it(self, data: st.DataObject, by: str) -> None:
        there = sorted(self.world.keys()) or ["sign_off_missing:commerce"]
        obstacle = data.draw(st.sampled_from(there))
        self.act(by, "decide", obstacle=obstacle, document="示例决1号", reason="已研究")

    @rule(change=st.sampled_from(CHANGES))
    def propose_a_change(self, change: dict[str, Any]) -> None:
        self.act(lead(self.case), "change propose", reason="方案调整", document="示例变1号", **change)

    @rule(by=st.sampled_from((*PARTIES, OFFICE)), number=st.integers(1, 3), agree=st.booleans())
    def consent_to_a_change(self, by: str, number: int, agree: bool) -> None:
        verdict = {"verdict": "agree"} if agree else {"verdict": "object", "reason": "不宜缩减"}
        self.act(by, "change consent", change=number, **verdict)

    @rule(number=st.integers(1, 3), withdraw=st.sampled_from((False, False, True)))
    def end_a_change(self, number: int, withdraw: bool) -> None:
        command, fields = ("change withdraw", _reason(True)) if withdraw else ("change apply", {})
        self.act(lead(self.case), command, change=number, **fields)

    def take_an_office_way(self, data: st.DataObject, missing: str) -> None:
        """A paper, a draft, a deputy, a decision or a change in the place of what one department did not sign."""
        self.aim(lambda: prepare(self.world, but={missing}))
        self.aim(lambda: circulate(self.world))
        fitting = [name for name, (stages, _) in OFFICE_WAYS.items() if self.case.stage in stages]
        if fitting:
            name = data.draw(st.sampled_from(fitting))
            for by, command, fields in OFFICE_WAYS[name][1](self.world, missing):
                self.act(by, command, **fields)
            self.push_forward()

    # As often as the cheats.
    way1 = rule(data=st.data(), missing=st.sampled_from((EDUCATION, EDUCATION, COMMERCE)))(take_an_office_way)
    way2 = rule(data=st.data(), missing=st.sampled_from((EDUCATION, EDUCATION, COMMERCE)))(take_an_office_way)
    way3 = rule(data=st.data(), missing=st.sampled_from((EDUCATION, EDUCATION, COMMERCE)))(take_an_office_way)
    way4 = rule(data=st.data(), missing=st.sampled_from((EDUCATION, EDUCATION, COMMERCE)))(take_an_office_way)
    way5 = rule(data=st.data(), missing=st.sampled_from((EDUCATION, EDUCATION, COMMERCE)))(take_an_office_way)

    # -- malice

    @rule(by=st.sampled_from(STRANGERS), command=st.sampled_from(FORWARD))
    def push_at_random(self, by: str, command: str) -> None:
        self.probes["pushes"] += 1
        self.act(by, command)

    @rule()
    def push(self) -> None:
        self.push_forward()

    @rule(by=st.sampled_from(STRANGERS))
    def sign_as_a_stranger(self, by: str) -> None:
        judged = [{"facility": "F1", "built_in_place": True, "meets_standard": True}]
        judgements = judged if self.case.stage == Stage.ACCEPTANCE else []
        self.act(by, "sign", verdict="agree", judgements=judgements)

    @rule(by=st.sampled_from(PARTIES), number=st.integers(1, 3))
    def send_the_same_request_twice(self, by: str, number: int) -> None:
        fields = {**signature(self.world, by, CASE, "agree"), "request_id": f"R-{by}-{self.case.stage}-{number}"}
        first, second = self.act(by, "sign", **fields), self.act(by, "sign", **fields)
        if isinstance(first, Done):
            assert isinstance(second, Done) and second.repeated and second.entry == first.entry

    @rule()
    def sign_after_the_round_is_closed(self) -> None:
        self.act(lead(self.case), "case return", reason="退回修改")
        for department in (EDUCATION, COMMERCE):
            self.act(department, "sign", **signature(self.world, department))


def _reason(given: bool) -> dict[str, str]:
    return {"reason": "开发企业撤回"} if given else {}


def test_no_sequence_of_actions_gets_a_case_past_a_missing_agreement(
    offices: dict[str, World], memory_folder: Path, long_form: bool
) -> None:
    Course.offices, Course.folder = offices, memory_folder
    Course.probes, Course.numbers = Counter(), itertools.count()
    form = settings(
        max_examples=600 if long_form else 40,
        stateful_step_count=60 if long_form else 40,
        derandomize=not long_form,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Course, settings=form)
    # So that a test which no longer tries anything shows.
    least = {"judged": 600, "Done": 100, "Blocked": 100, "NotAllowed": 60, "pushes": 60, "goals": 80, "departures": 40,
             "applied": 5, "decisions": 3, "letters": 3}  # fmt: skip
    assert {name: Course.probes[name] for name in least if Course.probes[name] < least[name]} == {}


# -- scenarios: each ends in steps that must be refused ------------------------------------------------------


def silent(world: World, department: str = COMMERCE) -> list[Outcome]:
    """Everybody has signed but one, and the lead has signed twice."""
    prepare(world, but={department})
    circulate(world)
    sign(world, NR)
    return [push(world)]


def silent_assets(world: World) -> list[Outcome]:
    return silent(world, ASSETS)


def silent_designated(world: World) -> list[Outcome]:
    fields = {"facility": "F3", "department": DESIGNATED, "document": "张配套办〔2021〕3号"}
    world.do(OFFICE, "facility designate", **fields)
    return silent(world, DESIGNATED)


def changed_after_signing(world: World) -> list[Outcome]:
    prepare(world)
    world.do(NR, "facility amend", facility="F1", gfa_m2="2000", reason="缩减")
    return [push(world)]


def withdrawn(world: World) -> list[Outcome]:
    prepare(world)
    world.do(COMMERCE, "withdraw", reason="签错了")
    return [push(world)]


def objected(world: World) -> list[Outcome]:
    prepare(world)
    sign(world, COMMERCE, verdict="object")
    return [push(world)]


def uninvolved(world: World) -> list[Outcome]:
    prepare(world, but={COMMERCE})
    answer = world.attempt(COMMERCE, "sign", verdict="not_involved", reason="无本部门设施")
    return [answer, push(world)]


def second_presale(world: World) -> list[Outcome]:
    prepare(world)
    leave(world)
    ask_for_presale(world)
    return [push(world)]


def condition_due(world: World) -> list[Outcome]:
    prepare(world)
    sign(world, EDUCATION, verdict="agree_with_conditions")
    leave(world)
    prepare(world, but={"condition_open"})
    return [push(world)]


def judged_bad(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    answer = world.attempt(EDUCATION, "sign", **signature(world, EDUCATION, good=False))
    return [answer, push(world)]


def measured(world: World, **found: Any) -> list[Outcome]:
    prepare(world)
    survey(world, "facility measure", "F1", **found)
    leave(world)
    prepare(world, but={"F1", EDUCATION})
    answer = world.attempt(EDUCATION, "sign", **signature(world, EDUCATION))
    return [answer, push(world)]


def measured_short(world: World) -> list[Outcome]:
    return measured(world, gfa_m2="2199.99")


def built_elsewhere(world: World) -> list[Outcome]:
    return measured(world, location="地块东北角", location_as_required=False)


def measured_again(world: World) -> list[Outcome]:
    prepare(world)
    survey(world, "facility measure", "F1", gfa_m2="2300")
    return [push(world)]


def drawn_short(world: World) -> list[Outcome]:
    prepare(world)
    survey(world, "facility drawings", "F1", gfa_m2="2100")
    sign(world, HOUSING)
    return [push(world)]


def shrunk(world: World) -> list[Outcome]:
    return [world.attempt(NR, "facility amend", facility="F1", gfa_m2="2000", reason="缩减")]


def moved(world: World) -> list[Outcome]:
    return [world.attempt(NR, "facility amend", facility="F1", location="地块北侧", reason="移位")]


def closed_round(world: World) -> list[Outcome]:
    circulate(world)
    world.do(NR, "case return", reason="退回")
    return [world.attempt(COMMERCE, "sign", verdict="agree")]


def nobody_competent(world: World) -> list[Outcome]:
    prepare(world, but={"no_competent_department"})
    return [push(world)]


def resting(world: World) -> list[Outcome]:
    prepare(world)
    world.do(NR, "case suspend", reason="等待")
    return [push(world)]


def not_closed(world: World) -> list[Outcome]:
    prepare(world, but={"F1"})
    return [push(world)]


def without_papers(world: World) -> list[Outcome]:
    prepare(world, but={"document_missing"})
    return [push(world)]


def reopened(world: World) -> list[Outcome]:
    world.do(NR, "case reopen", reason="调整")
    return without_papers(world)


def unheard(world: World) -> list[Outcome]:
    prepare(world, but={"hearing_missing"})
    return [push(world)]


def undecided(world: World) -> list[Outcome]:
    prepare(world)
    world.do(NR, "facility remove", facility="F2", reason="取消")
    for department in (NR, HOUSING, COMMERCE):
        sign(world, department)
    return [push(world)]


def clerk_at_acceptance(world: World) -> list[Outcome]:
    """What a clerk signs there waits for the leader."""
    prepare(world, but={EDUCATION})
    world.do(f"{EDUCATION}.clerk", "sign", **signature(world, EDUCATION))
    return [push(world)]


def stranger(world: World) -> list[Outcome]:
    prepare(world)
    return [world.attempt(COMMERCE, "case advance")]


def half_a_report(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    circulate(world)
    sign(world, EDUCATION, verdict="object")
    item = {
        "facility": "F1", "department": EDUCATION, "fact": "缺活动室", "basis": "供地条件", "requirement": "补建",
        "deadline": (world.moment + timedelta(days=30)).date().isoformat(),
    }  # fmt: skip
    world.do(HOUSING, "acceptance order", reference="张住建改〔2021〕1号", items=[item, {**item, "fact": "缺围墙"}])
    report = world.attempt(HOUSING, "acceptance report", answers=[{"item": 1, "answer": "已补建"}])
    return [report, push(world)]


def revoked_late(world: World) -> list[Outcome]:
    prepare(world)
    return [world.attempt(HOUSING, "acceptance revoke", reason="发错了")]


def reopened_late(world: World) -> list[Outcome]:
    file_paper(world, "deal_confirmation")
    return [world.attempt(NR, "case reopen", reason="缩减")]


def foreign_facility(world: World) -> list[Outcome]:
    """Commerce judges the kindergarten in the place of education."""
    prepare(world, but={EDUCATION})
    judged = [{"facility": f, "built_in_place": True, "meets_standard": True} for f in ("F1", "F2")]
    answer = world.attempt(COMMERCE, "sign", verdict="agree", judgements=judged)
    return [answer, push(world)]


# Decisions on what stands in the way.


def another_department(world: World) -> list[Outcome]:
    """Two object, and it is decided over one."""
    prepare(world, but={EDUCATION, COMMERCE})
    for department in (EDUCATION, COMMERCE):
        sign(world, department, verdict="object")
    lift(world, f"objection:{EDUCATION}")
    return [push(world)]


def next_visit(world: World) -> list[Outcome]:
    """It is decided over a silent department, and the next presale of the same buildings asks it again."""
    prepare(world, but={EDUCATION})
    world.moment += timedelta(days=7)
    lift(world, f"sign_off_missing:{EDUCATION}", OFFICE)
    leave(world)
    ask_for_presale(world)
    prepare(world, but={EDUCATION})
    return [push(world)]


def renewed_objection(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    sign(world, EDUCATION, verdict="object")
    lift(world, f"objection:{EDUCATION}")
    sign(world, EDUCATION, verdict="object")
    return [push(world)]


def silent_then_changed(world: World) -> list[Outcome]:
    """What was decided over a silent department is not what it would answer now."""
    prepare(world, but={EDUCATION})
    world.moment += timedelta(days=7)
    lift(world, f"sign_off_missing:{EDUCATION}", OFFICE)
    world.do(NR, "facility amend", facility="F1", gfa_m2="2100", reason="缩减")
    prepare(world, but={EDUCATION})
    return [push(world)]


def next_round(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.moment += timedelta(days=7)
    lift(world, f"sign_off_missing:{EDUCATION}", OFFICE)
    world.do(NR, "case return", reason="退回")
    circulate(world)
    prepare(world, but={EDUCATION})
    return [push(world)]


def lifted_at_acceptance(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.moment += timedelta(days=7)
    decided = world.attempt(
        OFFICE, "decide", obstacle=f"sign_off_missing:{EDUCATION}", document="示例决1号", reason="逾期未回复"
    )
    return [decided, push(world)]


def wrong_body(world: World, by: str = OFFICE) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    sign(world, EDUCATION, verdict="object")
    fields = {"obstacle": f"objection:{EDUCATION}", "document": "示例决1号", "reason": "已研究"}
    return [world.attempt(by, "decide", **fields), push(world)]


def clerk_decides(world: World) -> list[Outcome]:
    return wrong_body(world, f"{HOUSING}.clerk")


def not_silent_yet(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.moment += timedelta(days=5)
    fields = {"obstacle": f"sign_off_missing:{EDUCATION}", "document": "示例决1号", "reason": "逾期未回复"}
    return [world.attempt(OFFICE, "decide", **fields), push(world)]


def _small_station(world: World) -> None:
    """A health station below its standard, and everybody has signed."""
    station = {"facility": "F4", "subtype": "health_service_station", "gfa_m2": "100", "design": "首层"}
    world.do(NR, "facility add", location="5#楼首层", reason="增配", **station)
    world.do(NR, "facility decide", category="health", decision="required", special_plan="2021年版")
    prepare(world, but={"below_standard"})


def waived_unseen(world: World) -> list[Outcome]:
    """A waiver is part of what the competent department and the leads sign."""
    _small_station(world)
    lift(world, "below_standard:F4", OFFICE)
    return [push(world)]


def smaller_than_waived(world: World) -> list[Outcome]:
    _small_station(world)
    lift(world, "below_standard:F4", OFFICE)
    world.do(NR, "facility amend", facility="F4", gfa_m2="60", reason="缩减")
    prepare(world, but={"below_standard"})
    return [push(world)]


# Changes by request.


def without_one_consent(world: World) -> list[Outcome]:
    propose(world)
    consent(world, but={ASSETS})
    return [world.attempt(HOUSING, "change apply", change=1)]


def consent_taken_back(world: World) -> list[Outcome]:
    propose(world)
    consent(world)
    world.do(EDUCATION, "change consent", change=1, verdict="object", reason="学位不足")
    return [world.attempt(HOUSING, "change apply", change=1)]


def below_the_standard_without_the_office(world: World) -> list[Outcome]:
    """What falls below a standard needs the leading-group office too."""
    station = {"facility": "F4", "subtype": "health_service_station", "gfa_m2": "180", **DEALS["F4"]}
    world.do(NR, "facility add", design="首层", location="5#楼首层", reason="增配", **station)
    world.do(NR, "facility decide", category="health", decision="required", special_plan="2021年版")
    prepare(world)
    leave(world)
    propose(world, facilities=[{"facility": "F4", "gfa_m2": "100"}])
    for department in (NR, HOUSING, HEALTH, ASSETS):
        world.do(department, "change consent", change=1, verdict="agree")
    return [world.attempt(NR, "change apply", change=1)]


def applied_twice(world: World) -> list[Outcome]:
    propose(world)
    consent(world)
    world.do(HOUSING, "change apply", change=1)
    return [world.attempt(HOUSING, "change apply", change=1)]


def overtaken(world: World) -> list[Outcome]:
    """Two changes of one facility, and the first is in force."""
    propose(world)
    propose(world, facilities=[{"facility": "F1", "location": "地块东侧"}])
    consent(world)
    consent(world, 2)
    world.do(HOUSING, "change apply", change=1)
    return [world.attempt(HOUSING, "change apply", change=2)]


def changed_by_request(world: World) -> list[Outcome]:
    """Whoever signed what stood before must sign again."""
    prepare(world)
    propose(world)
    consent(world)
    world.do(NR, "change apply", change=1)
    return [push(world)]


def thawed(world: World) -> list[Outcome]:
    """A change that was agreed before the planning review was reopened does not shrink anything in land supply."""
    propose(world)
    consent(world)
    world.do(NR, "case reopen", reason="调整")
    prepare(world)
    leave(world)
    return [world.attempt(NR, "change apply", change=1)]


def contradicted_list(world: World) -> list[Outcome]:
    removal = {"removals": ["F2"], "reason": "取消", "document": "示例变1号"}
    return [world.attempt(HOUSING, "change propose", **removal)]


def amended_after_the_freeze(world: World) -> list[Outcome]:
    return [world.attempt(HOUSING, "facility amend", facility="F1", gfa_m2="2000", reason="缩减")]


def developer_after_the_agreement(world: World) -> list[Outcome]:
    return [world.attempt(HOUSING, "case amend", developer="淄博示例乙置业有限公司", reason="转让")]


# Letters, drafts, deputies, later entries.


def letter_by_another(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    recorded = world.attempt(COMMERCE, "sign", **letter(world, EDUCATION))
    return [recorded, push(world)]


def contested(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.do(NR, "sign", **letter(world, EDUCATION))
    world.do(EDUCATION, "contest", reason="不是我局的意见")
    again = world.attempt(NR, "sign", **letter(world, EDUCATION))
    return [again, push(world)]


def letter_over_an_answer(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    sign(world, EDUCATION, verdict="object")
    return [world.attempt(NR, "sign", **letter(world, EDUCATION)), push(world)]


def contested_too_late(world: World) -> list[Outcome]:
    """Recorded on a Monday; the last of three working days is the Thursday."""
    prepare(world, but={EDUCATION})
    world.moment += timedelta(days=-world.moment.weekday() % 7)
    world.do(NR, "sign", **letter(world, EDUCATION))
    world.moment += timedelta(days=4)
    return [world.attempt(EDUCATION, "contest", reason="不是我局的意见")]


def outdated_draft(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.do(f"{EDUCATION}.clerk", "sign", **signature(world, EDUCATION))
    survey(world, "facility measure", "F1", gfa_m2="2300")
    return [world.attempt(EDUCATION, "issue"), push(world)]


def _signed_by_a_clerk(world: World) -> list[Outcome]:
    """As a deputy, if it is one; else it is a draft."""
    world.do(f"{EDUCATION}.clerk", "sign", **signature(world, EDUCATION))
    return [push(world)]


def deputy_after_the_last_day(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.delegate(EDUCATION, EDUCATION, f"{EDUCATION}.clerk", 0, 1)
    world.moment += timedelta(days=2)
    return _signed_by_a_clerk(world)


def deputy_in_another_stage(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.delegate(EDUCATION, EDUCATION, f"{EDUCATION}.clerk", 0, 1, Stage.PLANNING, Stage.HANDOVER)
    return _signed_by_a_clerk(world)


def deputy_of_another_leader(world: World) -> list[Outcome]:
    prepare(world, but={EDUCATION})
    world.delegate(HOUSING, HOUSING, f"{HOUSING}.clerk", 0, 1)
    return _signed_by_a_clerk(world)


def deputy_of_another_house(world: World) -> list[Outcome]:
    try:
        return [world.delegate(EDUCATION, EDUCATION, f"{HOUSING}.clerk", 0, 1)]
    except PeijianError as error:
        return [error]


def delegated_by_another_house(world: World) -> list[Outcome]:
    try:
        return [world.delegate(COMMERCE, EDUCATION, f"{EDUCATION}.clerk", 0, 1)]
    except PeijianError as error:
        return [error]


def entered_half(world: World) -> list[Outcome]:
    """An older project enters with a list that says neither where nor whose."""
    return [world.attempt(HOUSING, "case open", **opening(stage=Stage.PERMIT))]


def entered_by_another(world: World) -> list[Outcome]:
    facilities = [{**f, "location": "东侧", **DEALS[f["facility"]]} for f in opening()["facilities"]]
    return [world.attempt(NR, "case open", **opening(stage=Stage.PERMIT, facilities=facilities))]


SCENARIOS: dict[str, tuple[str, Callable[[World], list[Outcome]]]] = {
    scenario.__name__: (stage, scenario)
    for stage, scenario in (
        (Stage.PLANNING, silent), (Stage.LAND_SUPPLY, silent_assets), (Stage.PLANNING, silent_designated),
        (Stage.PLANNING, changed_after_signing), (Stage.PLANNING, withdrawn), (Stage.PLANNING, objected),
        (Stage.PLANNING, uninvolved), (Stage.PRESALE, second_presale), (Stage.PLANNING, condition_due),
        (Stage.ACCEPTANCE, judged_bad), (Stage.CONSTRUCTION, measured_short), (Stage.CONSTRUCTION, built_elsewhere),
        (Stage.ACCEPTANCE, measured_again), (Stage.PERMIT, drawn_short), (Stage.AGREEMENT, shrunk),
        (Stage.LAND_SUPPLY, moved), (Stage.PLANNING, closed_round), (Stage.PLANNING, nobody_competent),
        (Stage.PLANNING, resting), (Stage.HANDOVER, not_closed), (Stage.PLANNING, without_papers),
        (Stage.LAND_SUPPLY, reopened), (Stage.PLANNING, unheard), (Stage.PLANNING, undecided),
        (Stage.ACCEPTANCE, clerk_at_acceptance), (Stage.PLANNING, stranger), (Stage.ACCEPTANCE, half_a_report),
        (Stage.HANDOVER, revoked_late), (Stage.AGREEMENT, reopened_late), (Stage.ACCEPTANCE, foreign_facility),
        (Stage.PRESALE, another_department), (Stage.PRESALE, next_visit), (Stage.PRESALE, renewed_objection),
        (Stage.PLANNING, silent_then_changed), (Stage.PLANNING, next_round), (Stage.ACCEPTANCE, lifted_at_acceptance),
        (Stage.PRESALE, wrong_body), (Stage.PRESALE, clerk_decides), (Stage.PLANNING, not_silent_yet),
        (Stage.PLANNING, waived_unseen), (Stage.PLANNING, smaller_than_waived), (Stage.PERMIT, without_one_consent),
        (Stage.PERMIT, consent_taken_back), (Stage.LAND_SUPPLY, below_the_standard_without_the_office),
        (Stage.PERMIT, applied_twice), (Stage.PERMIT, overtaken), (Stage.AGREEMENT, changed_by_request),
        (Stage.AGREEMENT, thawed), (Stage.PERMIT, contradicted_list), (Stage.PERMIT, amended_after_the_freeze),
        (Stage.PERMIT, developer_after_the_agreement), (Stage.PLANNING, letter_by_another),
        (Stage.PLANNING, contested), (Stage.PLANNING, letter_over_an_answer), (Stage.PLANNING, contested_too_late),
        (Stage.ACCEPTANCE, outdated_draft), (Stage.ACCEPTANCE, deputy_after_the_last_day),
        (Stage.ACCEPTANCE, deputy_in_another_stage), (Stage.ACCEPTANCE, deputy_of_another_leader),
        (Stage.ACCEPTANCE, deputy_of_another_house), (Stage.ACCEPTANCE, delegated_by_another_house),
        ("", entered_half), ("", entered_by_another),
    )
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_program_refuses_what_the_law_forbids_and_the_judge_agrees(
    name: str, office_at: Callable[[str], World]
) -> None:
    stage, scenario = SCENARIOS[name]
    world = office_at(stage)
    outcomes = scenario(world)
    assert outcomes and all(isinstance(outcome, Blocked | NotAllowed | Invalid) for outcome in outcomes), outcomes
    assert world.violations() == []


@pytest.mark.parametrize("stage", STARTS)
def test_an_honest_case_goes_through_and_the_judge_has_nothing_against_it(
    stage: str, office_at: Callable[[str], World]
) -> None:
    world = office_at(stage)
    steps = 0
    while world.case().stage != Stage.IN_USE:
        prepare(world)
        assert judge(world.path).ahead[CASE] == []
        leave(world)
        steps += 1
    path = [s for s in Stage if s not in (Stage.PRESALE, Stage.TERMINATED)]
    expected = 4 if stage == Stage.PRESALE else len(path) - 1 - path.index(Stage(stage))
    assert steps == expected
    assert world.violations() == []


# -- planted bugs ------------------------------------------------------------------------------------------


Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Bug:
    """``says``: what the judge says of it, in part."""

    plant: Plant
    scenario: str
    says: str


BUGS: dict[str, Bug] = {}


def bug(scenario: str, says: str) -> Callable[[Plant], Plant]:
    def enter(plant: Plant) -> Plant:
        BUGS[plant.__name__] = Bug(plant, scenario, says)
        return plant

    return enter


def off(*policies: str) -> Plant:
    """The policies answer nothing."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for name in policies:
            patch.setitem(decide.POLICIES, name, lambda q: iter(()))

    return plant


def switched_off(policies: str, scenario: str, says: str) -> None:
    BUGS[f"{policies.replace(' ', '_')}_never_asked"] = Bug(off(*policies.split()), scenario, says)


switched_off("signed_off", "silent", "commerce has not signed")
switched_off("conditions_discharged", "condition_due", "condition 1 of education_sports is open")
switched_off("competence_assigned", "nobody_competent", "nobody is competent for F3")
switched_off("documents", "without_papers", "no planning_conditions")
switched_off("heard", "unheard", "no expert was heard")
switched_off("categories_decided", "undecided", "commerce is required, the list says False")
switched_off("requirement_open", "shrunk", "gfa of F1 changed from 220000 to 200000")
switched_off("drawings_meet", "drawn_short", "drawings of F1 falls short")
switched_off("agrees_with_measurement built_as_required", "measured_short", "measurement of F1 falls short")
switched_off("facilities_closed", "not_closed", "F1 has no title")
switched_off("round_open", "closed_round", "signed while no round was open")
switched_off("no_title_registered", "revoked_late", "F1 has a title")
switched_off("no_land_deal", "reopened_late", "the land was sold")
switched_off("items_answered", "half_a_report", "item 2 was not answered")


@bug("silent", "commerce has not signed")
def one_department_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    def forgetful(case: Case, rules: Rules, stage: str | None = None) -> tuple[str, ...]:
        return tuple(d for d in participants.required(case, rules, stage) if d != COMMERCE)

    patch.setattr(signing, "required", forgetful)


@bug("silent", "commerce has not signed")
def only_existing_answers_are_asked(patch: pytest.MonkeyPatch) -> None:
    """The bug of the systems that we know: a loop over the answers that exist."""

    def lenient(q: Question) -> Iterator[Obstacle]:
        for given in {s.department for s in q.case.sign_offs if q.case.sign_off(s.department) is s}:
            answer = signing.answer_of(q.case, given, q.rules)
            if answer is not Answer.STANDS:
                yield q.obstacle(answer, given)

    patch.setitem(decide.POLICIES, "signed_off", lenient)


def _taken_for_standing(patch: pytest.MonkeyPatch, wrong: Answer) -> None:
    original = signing.answer_of

    def lenient(case: Case, department: str, rules: Rules) -> Answer:
        answer = original(case, department, rules)
        return Answer.STANDS if answer is wrong else answer

    patch.setattr(signing, "answer_of", lenient)


@bug("changed_after_signing", "saw requirements.F1.gfa = 220000, but it is 200000")
def stale_answers_stand(patch: pytest.MonkeyPatch) -> None:
    _taken_for_standing(patch, Answer.STALE)


@bug("objected", "commerce answered object")
def objections_pass(patch: pytest.MonkeyPatch) -> None:
    _taken_for_standing(patch, Answer.OBJECTION)


def _sign_off(patch: pytest.MonkeyPatch, counts: Callable[[Case, Any], bool]) -> None:
    def found(self: Case, department: str) -> Any:
        return last(s for s in self.sign_offs if s.department == department and counts(self, s))

    patch.setattr(Case, "sign_off", found)


@bug("withdrawn", "commerce has not signed")
def withdrawn_answers_count(patch: pytest.MonkeyPatch) -> None:
    _sign_off(patch, lambda case, s: (s.stage, s.visit) == (case.stage, case.visit) and s.status != "replaced")


@bug("second_presale", "education_sports has not signed")
def answers_of_an_earlier_visit_count(patch: pytest.MonkeyPatch) -> None:
    _sign_off(patch, lambda case, s: s.stage == case.stage and s.status == "standing")


@bug("silent_assets", "state_assets has not signed")
def state_assets_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(participants, "government_owned", lambda case: ())


@bug("silent_designated", "development_reform has not signed")
def designations_are_ignored(patch: pytest.MonkeyPatch) -> None:
    def by_kind(self: Rules, facility: Any) -> str | None:
        return self.categories[facility.category].competent_department or CIVIL

    patch.setattr(Rules, "competent", by_kind)


@bug("uninvolved", "commerce answered not_involved")
def a_department_may_be_uninvolved_in_its_own_facility(patch: pytest.MonkeyPatch) -> None:
    off("verdict_fits")(patch)
    _taken_for_standing(patch, Answer.INVALID)


@bug("judged_bad", "judged F1 as [False, False]")
def judgements_are_ignored(patch: pytest.MonkeyPatch) -> None:
    off("judgements_fit")(patch)
    _taken_for_standing(patch, Answer.INVALID)


@bug("foreign_facility", "education_sports has not signed")
def judging_a_facility_counts_for_its_department(patch: pytest.MonkeyPatch) -> None:
    refusals, original = decide.refusals, signing.answer_of
    patch.setattr(decide, "refusals", lambda q: (o for o in refusals(q) if o.code != "not_your_facility"))

    def lenient(case: Case, department: str, rules: Rules) -> Answer:
        own = {f.facility for f in participants.own_facilities(case, department, rules)}
        judged = any(own and all(f in s.judgements for f in own) for s in case.sign_offs if s.status == "standing")
        return Answer.STANDS if judged else original(case, department, rules)

    patch.setattr(signing, "answer_of", lenient)


@bug("built_elsewhere", "measurement of F1 lies elsewhere")
def places_are_not_compared(patch: pytest.MonkeyPatch) -> None:
    original = Case.latest

    def as_required(self: Case, facility: str, kind: str) -> Any:
        found = original(self, facility, kind)
        return found and replace(found, location=self.requirement(facility).location)

    patch.setattr(Case, "latest", as_required)


@bug("measured_again", "saw measured = None")
def what_was_measured_is_not_part_of_the_remit(patch: pytest.MonkeyPatch) -> None:
    current = remit.SCHEMES[remit.CURRENT_SCHEME]
    original = current[Stage.ACCEPTANCE]

    def blind(case: Case, department: str, rules: Rules) -> Any:
        return {k: v for k, v in original(case, department, rules).items() if k != "measured"}

    patch.setitem(current, Stage.ACCEPTANCE, blind)


@bug("moved", "location of F1 changed")
def land_supply_may_change_anything(patch: pytest.MonkeyPatch) -> None:
    original = decide.POLICIES["requirement_open"]
    lenient = lambda q: (o for o in original(q) if o.code != "needs_reopening")  # noqa: E731
    patch.setitem(decide.POLICIES, "requirement_open", lenient)


@bug("resting", "the case was resting")
def a_resting_case_goes_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "suspension", None)


@bug("reopened", "no planning_conditions")
def void_papers_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "document", lambda self, kind: last(d for d in self.documents if d.kind == kind))


@bug("clerk_at_acceptance", "a clerk signed at the acceptance")
def clerks_sign_where_leaders_should(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(opinion_effects, "only_drafts", lambda *asked: False)


@bug("stranger", "commerce does not lead here")
def anybody_may_do_anything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "refusals", lambda q: iter(()))


@bug("silent", "the sign-off is")
def the_lead_signs_for_others(patch: pytest.MonkeyPatch) -> None:
    original = office.after

    def usurping(case: Case, action: Any, stamp: effects.Stamp, rules: Rules) -> Case:
        silent_ones = [d for d in participants.required(case, rules) if case.sign_off(d) is None]
        if isinstance(action, Sign) and stamp.actor.organisation == NR and silent_ones:
            stamp = replace(stamp, actor=replace(stamp.actor, organisation=silent_ones[-1]))
        return original(case, action, stamp, rules)

    patch.setattr(office, "after", usurping)


@bug("condition_due", "conditions 1: stored and journalled differ")
def signing_ends_everybodys_conditions(patch: pytest.MonkeyPatch) -> None:
    original = office.after

    def sweeping(case: Case, action: Any, stamp: effects.Stamp, rules: Rules) -> Case:
        then = original(case, action, stamp, rules)
        if not isinstance(action, Sign) or case.stage == Stage.PLANNING:
            return then
        return replace(then, conditions=tuple(replace(c, status="replaced") for c in then.conditions))

    patch.setattr(office, "after", sweeping)


# Decisions, changes, letters, drafts, deputies.

switched_off("silence_lasted", "not_silent_yet", "education_sports was not silent yet")
switched_off("consents_given", "without_one_consent", "state_assets has not consented to change 1")
switched_off("change_open", "applied_twice", "change 1 was applied already")
switched_off("requirements_frozen", "thawed", "the requirements were not frozen")
switched_off("change_coherent", "contradicted_list", "commerce is required, the list says False")
switched_off("letter_recordable", "letter_over_an_answer", "over the answer of education_sports itself")
switched_off("letter_contestable", "contested_too_late", "education_sports contested after")
switched_off("draft_stands", "outdated_draft", "the remit of education_sports had changed since it was drafted")


@bug("another_department", "commerce answered object")
def a_decision_reaches_everybody(patch: pytest.MonkeyPatch) -> None:
    def lifted(q: Question, obstacle: Obstacle) -> Any:
        return next((e for e in q.case.exceptions if e.lifts.startswith(f"{obstacle.code}:")), None)

    patch.setattr(exceptions, "lifted_by", lifted)


@bug("next_visit", "education_sports has not signed")
def a_decision_reaches_the_next_visit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exceptions, "in_this_visit", lambda case: case.exceptions)


def _seen(patch: pytest.MonkeyPatch, what: Callable[[Case, str, Rules], str]) -> None:
    for module in (exceptions, exception_effects):
        patch.setattr(
            module, "seen", lambda case, key, rules, *more: f"{key} {what(case, key.partition(':')[2], rules)}"
        )


@bug("renewed_objection", "education_sports answered object")
def a_decision_reaches_what_comes_after(patch: pytest.MonkeyPatch) -> None:
    _seen(patch, lambda case, department, rules: remit.snapshot(case, department, rules))


@bug("silent_then_changed", "education_sports has not signed")
def a_decision_ignores_what_changes(patch: pytest.MonkeyPatch) -> None:
    _seen(patch, lambda case, department, rules: str(case.round))


@bug("next_round", "education_sports has not signed")
def a_decision_reaches_the_next_round(patch: pytest.MonkeyPatch) -> None:
    def ageless(case: Case, department: str, rules: Rules) -> str:
        return remit.snapshot(case, department, rules)

    _seen(patch, ageless)


@bug("smaller_than_waived", "F4 is below the standard: gfa 6000 of 12000")
def a_waiver_is_of_any_scale(patch: pytest.MonkeyPatch) -> None:
    _seen(patch, lambda case, facility, rules: facility)


@bug("lifted_at_acceptance", "nothing lifts sign_off_missing:education_sports here")
def silence_is_consent_at_the_acceptance(patch: pytest.MonkeyPatch) -> None:
    for module in (exceptions, authority, decide, exception_effects):
        patch.setattr(module, "kind_lifting", lambda code, stage, rules: "silent_department")


@bug("wrong_body", "leading_group_office decided what housing decides")
def anybody_decides(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(authority, "_deciders", lambda q: (q.actor.organisation,))


@bug("clerk_decides", "this is for a leader, not for a clerk")
def clerks_decide(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(authority, "_level", lambda permission, q: "clerk")


@bug("waived_unseen", "health saw waivers.F4 = None")
def waivers_are_not_part_of_the_remit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remit, "_waivers", lambda *asked: {})


@bug("consent_taken_back", "education_sports has not consented to change 1")
def the_first_consent_counts(patch: pytest.MonkeyPatch) -> None:
    def first(self: Case, change: int, department: str) -> Any:
        return next((c for c in self.consents if (c.change, c.department) == (change, department)), None)

    patch.setattr(Case, "consent", first)


@bug("below_the_standard_without_the_office", "leading_group_office has not consented to change 1")
def standards_are_nobodys_business(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changes, "_falls_below", lambda q, change: iter(()))


@bug("overtaken", "change 2 was proposed on another F1")
def outdated_changes_are_applied(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changes, "_still_stands", lambda case, change: True)


@bug("changed_by_request", "nobody can tell what education_sports saw")
def a_change_takes_the_sign_offs_along(patch: pytest.MonkeyPatch) -> None:
    original = office.after

    def keeping(case: Case, action: Any, stamp: effects.Stamp, rules: Rules) -> Case:
        then = original(case, action, stamp, rules)
        if not isinstance(action, ApplyChange):
            return then
        here = {s for s in then.sign_offs if (s.stage, s.visit) == (then.stage, then.visit)}
        renewed = (
            replace(s, remit=remit.digest(remit.snapshot(then, s.department, rules))) if s in here else s
            for s in then.sign_offs
        )
        return replace(then, sign_offs=tuple(renewed))

    patch.setattr(office, "after", keeping)


@bug("changed_by_request", "the requirement of F1 is")
def something_else_is_put_into_force(patch: pytest.MonkeyPatch) -> None:
    original = change_effects.new_version
    patch.setattr(
        change_effects, "new_version", lambda case, base, given, *more: original(case, base, {"gfa": 190000}, *more)
    )


def _everywhere(action: str) -> Plant:
    return lambda patch: patch.setitem(PERMISSIONS, action, replace(PERMISSIONS[action], stages=tuple(Stage)))


@bug("amended_after_the_freeze", "gfa of F1 changed from 220000 to 200000")
def requirements_are_amended_for_ever(patch: pytest.MonkeyPatch) -> None:
    _everywhere("facility amend")(patch)
    off("requirement_open")(patch)


@bug("developer_after_the_agreement", "the developer was amended after the agreement")
def the_developer_is_amended_for_ever(patch: pytest.MonkeyPatch) -> None:
    _everywhere("case amend")(patch)


@bug("letter_by_another", "commerce recorded a letter of education_sports")
def anybody_records_letters(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(authority, "_asked", lambda q: participants.may_sign(q.case, q.rules))


@bug("contested", "education_sports has not signed")
def contested_letters_count(patch: pytest.MonkeyPatch) -> None:
    statuses = {"standing", "contested"}
    _sign_off(patch, lambda case, s: (s.stage, s.visit) == (case.stage, case.visit) and s.status in statuses)


@bug("clerk_at_acceptance", "education_sports has not signed")
def drafts_count(patch: pytest.MonkeyPatch) -> None:
    original = signing.answer_of

    def lenient(case: Case, department: str, rules: Rules) -> Answer:
        return Answer.STANDS if case.draft(department) else original(case, department, rules)

    patch.setattr(signing, "answer_of", lenient)


def _in_force(patch: pytest.MonkeyPatch, runs: Callable[[DelegationLine, str, str], bool]) -> None:
    patch.setattr(DelegationLine, "runs", runs)


@bug("deputy_after_the_last_day", "education_sports.clerk does not stand in for education_sports")
def delegations_never_end(patch: pytest.MonkeyPatch) -> None:
    _in_force(patch, lambda self, day, stage: self.from_on <= day)


@bug("deputy_in_another_stage", "education_sports.clerk does not stand in for education_sports")
def delegations_hold_in_every_stage(patch: pytest.MonkeyPatch) -> None:
    _in_force(patch, lambda self, day, stage: self.from_on <= day <= self.to_on)


@bug("deputy_of_another_leader", "education_sports.clerk does not stand in for housing")
def any_clerk_is_a_deputy(patch: pytest.MonkeyPatch) -> None:
    def acting(tx: Any, district: str, actor: Actor, stage: str, today: str) -> Actor:
        absent = next((line.absent for line in delegations.listed(tx, district)), None)
        return replace(actor, level="leader", deputy_for=absent) if absent and actor.level == "clerk" else actor

    patch.setattr(delegations, "acting", acting)


@bug("deputy_of_another_house", "housing.clerk is not of the house of education_sports")
def deputies_come_from_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(delegations, "_problems", lambda *asked: iter(()))


@bug("delegated_by_another_house", "delegation 1 was made by commerce")
def anybody_delegates(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(delegations, "_allowed", lambda *asked: None)


@bug("entered_half", "F1 has no location")
def an_older_project_may_lack_anything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_ENTRY_ASKS", frozenset())


@bug("entered_by_another", "who opened it is 'natural_resources', not 'housing'")
def anybody_registers(patch: pytest.MonkeyPatch) -> None:
    original = authority._holders
    patch.setattr(
        authority, "_holders", lambda party, q: (NR,) if party is authority.Party.OPENER else original(party, q)
    )


# What the rows and the journal say of it, rather than who got through.


@bug("withdrawn", "stored and journalled differ: {'status': ('standing', 'withdrawn')}")
def withdrawals_are_not_stored(patch: pytest.MonkeyPatch) -> None:
    original = store.changes

    def lossy(before: Case | None, after: Case) -> Any:
        kept = before.sign_offs + after.sign_offs[len(before.sign_offs) :] if before else after.sign_offs
        return original(before, replace(after, sign_offs=kept))

    patch.setattr(store, "changes", lossy)


@bug("changed_after_signing", "nobody can tell what")
def snapshots_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    original = store.save

    def forgetful(tx: Any, *rest: Any) -> None:
        original(tx, *rest)
        tx.rows(text("DELETE FROM snapshot"))

    patch.setattr(store, "save", forgetful)


@bug("changed_after_signing", "the rows are not those of the last entry's digest")
def the_journal_digests_the_case_before(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "digest_after", lambda known, *changed: known)


@bug("changed_after_signing", "has another hash")
def the_hash_leaves_out_what_was_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(journal, "HASHED", tuple(c for c in journal.HASHED if c != "params"))


@bug("withdrawn", "stored and journalled differ")
def withdrawals_are_not_journalled(patch: pytest.MonkeyPatch) -> None:
    original = journal.append

    def silent_append(tx: Any, district: str, event: journal.Event, last: journal.Head) -> tuple[int, str]:
        return (0, "") if event.action == "withdraw" else original(tx, district, event, last)

    patch.setattr(journal, "append", silent_append)


@bug("changed_after_signing", "does not follow from the one before")
def entries_are_not_chained(patch: pytest.MonkeyPatch) -> None:
    original = journal.head
    patch.setattr(journal, "head", lambda *place: original(*place)._replace(hash=""))


#: Bugs that let nothing through: the judge finds them in what is stored.
LETS_NOTHING_THROUGH = {
    "snapshots_are_not_kept", "the_journal_digests_the_case_before", "the_hash_leaves_out_what_was_asked",
    "withdrawals_are_not_journalled", "entries_are_not_chained", "something_else_is_put_into_force",
}  # fmt: skip


@pytest.mark.parametrize("name", BUGS)
def test_the_judge_catches_a_planted_bug(
    name: str, office_at: Callable[[str], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = BUGS[name]
    stage, scenario = SCENARIOS[planted.scenario]
    world = office_at(stage)
    assert check(world.path, world.done, world.refused) == []
    planted.plant(monkeypatch)
    outcomes = scenario(world)
    got_through = any(isinstance(outcome, Done | DelegationLine) for outcome in outcomes)
    assert got_through == (name not in LETS_NOTHING_THROUGH), outcomes
    monkeypatch.undo()
    violations = check(world.path)
    assert any(planted.says in violation for violation in violations), violations


def test_every_scenario_has_its_bug_and_none_was_switched_off() -> None:
    assert len(BUGS) == 75
    assert set(SCENARIOS) == {planted.scenario for planted in BUGS.values()}
    assert len({planted.plant for planted in BUGS.values()}) == len(BUGS)
