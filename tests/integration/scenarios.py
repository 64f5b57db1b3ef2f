"""Ways to cheat, each played to the point where it must be refused.

``SCENARIOS``: by name, the stage it begins in and what to do; it returns what the last steps were answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from world import (
    ASSETS,
    COMMERCE,
    DEALS,
    DESIGNATED,
    DEVELOPER,
    EDUCATION,
    HEALTH,
    HOUSING,
    NR,
    OFFICE,
    World,
    ask_for_presale,
    circulate,
    consent,
    file_paper,
    leave,
    letter,
    lift,
    opening,
    prepare,
    propose,
    push,
    sign,
    signature,
    survey,
)

from states.errors import PeijianError
from states.project import Stage
from workflow.results import DelegationLine, Done

Outcome = Done | DelegationLine | PeijianError

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


def silent_then_spoke(world: World) -> list[Outcome]:
    """Who spoke after all and takes it back is no longer the silent department that was decided on."""
    prepare(world, but={EDUCATION})
    world.moment += timedelta(days=7)
    lift(world, f"sign_off_missing:{EDUCATION}", OFFICE)
    sign(world, EDUCATION)
    world.do(EDUCATION, "withdraw", reason="再研究")
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
    return [world.attempt(HOUSING, "case open", **opening(stage=Stage.PERMIT, **DEVELOPER))]


def entered_by_another(world: World) -> list[Outcome]:
    facilities = [{**f, "location": "东侧", **DEALS[f["facility"]]} for f in opening()["facilities"]]
    return [world.attempt(NR, "case open", **opening(stage=Stage.PERMIT, facilities=facilities, **DEVELOPER))]


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
        (Stage.PLANNING, silent_then_changed), (Stage.PLANNING, silent_then_spoke), (Stage.PLANNING, next_round),
        (Stage.ACCEPTANCE, lifted_at_acceptance),
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
