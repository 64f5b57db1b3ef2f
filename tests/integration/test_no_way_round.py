"""No sequence of actions gets a case out of a stage without everybody's present agreement.

A state machine drives the real stack with goals (finish the stage, ask again, order and report, presale loops) and
with malice (advance at random, sign for others, sign what is closed). After every step the judge of ``checker.py``,
which knows nothing of the program, must find nothing, and must agree with the office on whether the way is open.

That the judge would find something is shown by ``test_planted_bugs.py``.
"""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from checker import judge
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
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
    file_paper,
    lead,
    leave,
    letter,
    prepare,
    push,
    scales,
    sign,
    signature,
    survey,
)

from states.errors import PeijianError
from states.facts import Case
from states.project import Stage
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
            *(
                (by, "change consent", {"change": len(world.case().changes) + 1, "verdict": "agree"})
                for by in (*CONCERNED, OFFICE)
            ),
            (lead(world.case()), "change apply", {"change": len(world.case().changes) + 1}),
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
        self.before, self.idle = judge(self.world.stored).departures, 0

    def leave_it(self) -> None:
        self.probes["departures"] += (judge(self.world.stored).departures - self.before).total()
        case = self.case
        self.probes["decisions"] += len(case.exceptions)
        self.probes["letters"] += len(case.paper_replies)
        self.probes["contested"] += sum(p.contested_on is not None for p in case.paper_replies)
        self.probes["issued"] += sum(d.status == "issued" for d in case.drafts)
        self.probes["applied"] += sum(c.status == "applied" for c in case.changes)
        self.probes["extended"] += len(case.extensions)
        self.probes["rested"] += sum(s.to_on is not None and s.to_on > s.from_on for s in case.suspensions)
        self.probes["by deputies"] += sum(" 代 " in s.signed_by for s in case.sign_offs)
        self.world.drop()
        shutil.rmtree(self.world.path.parent)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.leave_it()

    @invariant()
    def nothing_got_round(self) -> None:
        found = judge(self.world.stored)
        assert found.violations == []
        assert (found.done, found.refused) == (self.world.done, self.world.refused)
        assert self.world.verified().findings == ()
        why = [o for o in self.world.why() if o.code != "letter_unsettled"]
        answers = {o.subject for o in why if o.code.startswith(("sign_off_", "objection"))}
        assert self.case.suspension or answers == found.unagreed[CASE]
        assert (not why) == (not found.ahead[CASE]), (self.world.keys(), found.ahead[CASE])
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

    # -- time

    @rule(days=st.sampled_from((0, 1, 5, 40)), again=st.booleans())
    def rest_for_days(self, days: int, again: bool) -> None:
        """The clocks stop and go on, twice where it is resting again."""
        for _ in range(1 + again):
            self.act(lead(self.case), "case suspend", reason="等待")
            self.world.moment += timedelta(days=days)
            self.act(lead(self.case), "case resume", reason="恢复")

    @rule(data=st.data(), by=st.sampled_from((None, None, None, COMMERCE)), more=st.sampled_from((1, 3, 10, 46)))
    def extend_a_limit(self, data: st.DataObject, by: str | None, more: int) -> None:
        """One of those that may be extended and run; another where there is none."""
        running = judge(self.world.stored).extendable[CASE] or [("L02", ""), ("L01", COMMERCE)]
        limit, concern = data.draw(st.sampled_from(running))
        about = {"concern": concern} if concern else {}
        terms = {"limit": limit, "by": more, "document": "示例延1号", "reason": "专家论证", **about}
        self.act(by or lead(self.case), "limit extend", **terms)

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


@pytest.mark.both_databases(long=True)
def test_no_sequence_of_actions_gets_a_case_past_a_missing_agreement(
    driven: dict[str, World], memory_folder: Path, long_form: bool
) -> None:
    Course.offices, Course.folder = driven, memory_folder
    Course.probes, Course.numbers = Counter(), itertools.count()
    form = settings(
        max_examples=600 if long_form else 110,
        stateful_step_count=60 if long_form else 40,
        derandomize=not long_form,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # a search that fails is made small by hand: shrinking one takes longer than all of it
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.target),
    )
    run_state_machine_as_test(Course, settings=form)
    # So that a test which no longer tries anything shows.
    least = {"judged": 600, "Done": 100, "Blocked": 100, "NotAllowed": 60, "pushes": 60, "goals": 80, "departures": 40,
             "applied": 5, "decisions": 1, "letters": 3, "extended": 1, "rested": 10}  # fmt: skip
    assert {name: Course.probes[name] for name in least if Course.probes[name] < least[name]} == {}
