"""Answers that do not come straight from a leader's hand: they count only when they may."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from core_fixtures import (
    EDU,
    HC,
    HEA,
    NOW,
    NR,
    RULES,
    TOWN,
    asked,
    blocked,
    clerk,
    complete,
    do,
    evidence,
    leader,
    objecting,
    obstacles,
    opinion,
    ready,
    refusal,
    sign,
)

from policies.decide import decide, way_ahead
from states.actions import ACTIONS, Action
from states.actions.base import Attachment
from states.effects import Stamp, after
from states.facts import Actor, Case
from states.participants import required
from states.project import Stage


def act(name: str, **fields: object) -> Action:
    return ACTIONS[name].model_validate({"case": "C1", **fields})


ISSUE = act("issue")


# -- drafts ------------------------------------------------------------------------------------------


def drafted(case: Case, department: str = EDU, **given: Any) -> Case:
    return do(case, opinion(case, department, **given), clerk(department))


def test_a_draft_counts_for_nothing_until_a_leader_issues_it() -> None:
    case = drafted(complete(Stage.ACCEPTANCE))

    assert f"sign_off_missing:{EDU}" in obstacles(case)
    assert case.sign_off(EDU) is None
    issued = do(case, ISSUE, leader(EDU))
    assert f"sign_off_missing:{EDU}" not in obstacles(issued)
    given, draft = issued.sign_off(EDU), issued.drafts[0]
    assert given and (given.signed_by, given.level, draft.status) == ("王五", "leader", "issued")


def test_a_drafted_objection_is_issued_as_it_was_drafted() -> None:
    issued = do(drafted(complete(Stage.ACCEPTANCE), **objecting()), ISSUE, leader(EDU))
    given = issued.sign_off(EDU)

    assert given and (given.verdict, given.reason, given.basis) == ("object", "面积不足", "标准")


def test_what_the_clerk_saw_must_still_stand() -> None:
    case = evidence(drafted(complete(Stage.ACCEPTANCE)), "F1", "measurement", gfa=280_001)

    assert blocked(case, ISSUE, leader(EDU)) == {f"draft_outdated:{EDU}"}


def test_there_must_be_a_draft_and_a_new_one_replaces_it() -> None:
    case = complete(Stage.ACCEPTANCE)
    twice = drafted(drafted(case, **objecting()))

    assert blocked(case, ISSUE, leader(EDU)) == {f"no_draft:{EDU}"}
    assert blocked(drafted(case), ISSUE, leader(HEA)) == {f"no_draft:{HEA}"}
    assert [d.status for d in twice.drafts] == ["replaced", "waiting"]


def test_the_leaders_own_word_ends_a_draft() -> None:
    case = drafted(complete(Stage.ACCEPTANCE), **objecting())
    signed = do(case, opinion(case, EDU), leader(EDU))

    assert signed.drafts[0].status == "replaced"
    assert blocked(signed, ISSUE, leader(EDU)) == {f"no_draft:{EDU}"}


def test_a_draft_does_not_outlive_its_round() -> None:
    case = drafted(sign(ready(Stage.ACCEPTANCE), HC, **objecting()))
    item = {
        "facility": "F1", "department": HC, "fact": "无", "basis": "无", "requirement": "无", "deadline": "2021-08-01",
    }  # fmt: skip
    case = do(case, act("acceptance order", reference="一号", items=[item]), leader(HC))
    case = do(case, act("acceptance report", answers=[{"item": 1, "answer": "已改"}]), leader(HC))

    assert blocked(case, ISSUE, leader(EDU)) == {f"no_draft:{EDU}"}


def test_a_deputy_signs_as_the_leader_whose_place_it_takes() -> None:
    deputy = Actor("李四", EDU, "leader", deputy_for="王五")
    case = do(complete(Stage.ACCEPTANCE), opinion(complete(Stage.ACCEPTANCE), EDU), deputy)
    given = case.sign_off(EDU)

    assert given and given.signed_by == "李四 代 王五"


# -- letters -----------------------------------------------------------------------------------------

SCAN = {"name": "函.pdf", "content": b"scan"}


def letter(case: Case, department: str = EDU, number: str = "张教函〔2021〕1号", **given: Any) -> Action:
    plain = opinion(case, department, **given).model_dump(exclude={"case", "scan"})
    return act(
        "sign", **plain | {"on_behalf_of": department, "letter": number, "letter_on": "2021-06-11", "scan": SCAN}
    )


def recorded(stage: str = Stage.PLANNING, **given: Any) -> Case:
    case = complete(stage)
    return do(case, letter(case, **given), clerk(NR if stage != Stage.ACCEPTANCE else HC))


def test_the_lead_records_a_stamped_letter_as_the_departments_answer() -> None:
    case = recorded()
    reply = case.paper_reply(case.sign_off(EDU))

    assert f"sign_off_missing:{EDU}" not in obstacles(case)
    assert reply and (reply.letter, reply.size) == ("张教函〔2021〕1号", 4)
    assert reply.recorded_by == f"李四@{NR}"


def test_nobody_else_records_it_and_for_nobody_who_is_not_asked() -> None:
    case = complete(Stage.PLANNING)

    assert refusal(case, letter(case), leader(HC)) == "not_your_task"
    assert refusal(case, letter(case), leader(EDU)) == "not_your_task"
    assert refusal(case, letter(case, NR), leader(NR)) == "not_your_task"
    assert refusal(case, letter(case, TOWN), leader(NR)) == "not_your_task"


def test_a_letter_is_bound_by_the_rules_of_the_departments_own_sign_off() -> None:
    case = evidence(complete(Stage.ACCEPTANCE), "F1", "measurement", gfa=1)

    assert blocked(case, letter(case), leader(HC)) == {"measured_short:F1"}


def test_a_district_may_forbid_it() -> None:
    rules = replace(RULES, paper_replies=replace(RULES.paper_replies, allowed=False))
    case = complete(Stage.PLANNING)

    assert [o.key for o in asked(case, letter(case), leader(NR), rules).obstacles] == ["paper_replies_forbidden"]


def test_no_letter_is_recorded_over_the_departments_own_answer() -> None:
    own = sign(complete(Stage.PLANNING), EDU)

    assert blocked(own, letter(own), leader(NR)) == {f"own_answer_stands:{EDU}"}
    again = recorded()
    assert blocked(again, letter(again, number="张教函〔2021〕2号"), leader(NR)) == set()


CONTEST = act("contest", reason="未出具该函")


def test_a_contested_letter_is_void_and_does_not_come_back() -> None:
    case = do(recorded(), CONTEST, leader(EDU))

    assert f"sign_off_missing:{EDU}" in obstacles(case)
    assert blocked(case, letter(case), leader(NR)) == {f"letter_contested:{EDU}"}
    later = letter(case, number="张教函〔2021〕2号").model_copy(
        update={"letter_on": date(2021, 6, 15), "scan": Attachment(name="二.pdf", content=b"second")}
    )
    assert blocked(case, later, leader(NR)) == set()
    assert case.paper_replies[0].contested_on == "2021-06-15"


def test_the_conditions_of_a_contested_letter_end_with_it() -> None:
    from core_fixtures import conditional

    case = recorded(**conditional("construction_permit"))
    assert case.conditions[0].status == "open"
    assert do(case, CONTEST, leader(EDU)).conditions[0].status == "contested"


def test_only_a_recorded_letter_is_contested() -> None:
    own = sign(complete(Stage.PLANNING), EDU)

    assert blocked(own, CONTEST, leader(EDU)) == {f"nothing_to_contest:{EDU}"}
    assert blocked(recorded(), CONTEST, leader(HEA)) == {f"nothing_to_contest:{HEA}"}


@pytest.mark.parametrize(("today", "late"), [("2021-06-18", False), ("2021-06-21", True)])
def test_a_letter_is_contested_within_three_working_days_of_its_recording(today: str, late: bool) -> None:
    """Recorded on Tuesday 15 June 2021."""
    found = decide(recorded(), CONTEST, leader(EDU), "2021-06-16", RULES, today).obstacles

    assert [o.code for o in found] == (["contest_too_late"] if late else [])


def test_a_letter_is_contested_though_the_lead_has_moved_the_case_on_meanwhile() -> None:
    case = recorded()
    later = replace(case, stage=str(Stage.CONSTRUCTION), visit=1, round=0, rounds=())
    contested = do(later, CONTEST, leader(EDU))

    assert contested.paper_replies[0].contested_on
    assert contested.sign_offs[0].status == "contested"
    assert refusal(later, CONTEST, leader(HEA)) == "not_your_task"


def test_a_letter_is_contested_though_the_lead_has_suspended_the_case_meanwhile() -> None:
    case = do(recorded(), act("case suspend", reason="停工"), leader(NR))

    assert do(case, CONTEST, leader(EDU)).sign_off(EDU) is None


def test_what_the_department_replaced_itself_is_not_contested() -> None:
    case = recorded()
    own = do(case, opinion(case, EDU), leader(EDU))

    assert blocked(own, CONTEST, leader(EDU)) == {f"nothing_to_contest:{EDU}"}


@pytest.mark.parametrize("spelt", ["张教函[2021]1号", "张教函〔2021〕 1 号", "张教函〔２０２１〕１号"])
def test_a_contested_letter_does_not_come_back_in_another_spelling(spelt: str) -> None:
    case = do(recorded(), CONTEST, leader(EDU))
    again = letter(case, number=spelt).model_copy(update={"scan": Attachment(name="另.pdf", content=b"other")})

    assert blocked(case, again, leader(NR)) == {f"letter_contested:{EDU}"}


def test_what_was_withdrawn_does_not_come_back_by_letter() -> None:
    withdrawn = do(recorded(), act("withdraw", reason="撤回"), leader(EDU))
    own = do(sign(complete(Stage.PLANNING), EDU), act("withdraw", reason="撤回"), leader(EDU))

    assert blocked(withdrawn, letter(withdrawn), leader(NR)) == {f"letter_contested:{EDU}"}
    assert blocked(own, letter(own), leader(NR)) == {f"letter_older_than_answer:{EDU}"}


def test_no_case_moves_on_over_a_letter_that_may_still_be_contested() -> None:
    case = complete(Stage.PLANNING)
    for department in required(case, RULES):
        case = case if department == EDU else sign(case, department)
    by_letter = do(case, letter(case), leader(NR))
    obstacle = next(o for o in way_ahead(by_letter, "2021-06-18", RULES))

    assert (obstacle.key, dict(obstacle.detail)["until"]) == (f"letter_unsettled:{EDU}", "2021-06-18")
    assert way_ahead(by_letter, "2021-06-19", RULES) == ()
    assert obstacles(do(by_letter, opinion(by_letter, EDU), leader(EDU))) == set()


def test_a_letter_leaves_the_departments_own_draft_alone() -> None:
    case = drafted(complete(Stage.ACCEPTANCE), **objecting())
    by_letter = do(case, letter(case), leader(HC))

    assert by_letter.draft(EDU) is not None
    assert do(by_letter, ISSUE, leader(EDU)).sign_off(EDU).verdict == "object"  # type: ignore[union-attr]


def test_a_letter_has_number_day_and_scan_and_is_somebodys() -> None:
    case = complete(Stage.PLANNING)
    whole = letter(case).model_dump()
    for name in ("letter", "letter_on", "scan"):
        with pytest.raises(ValueError, match="also needs"):
            act("sign", **{**whole, name: None})
    with pytest.raises(ValueError, match="for whom"):
        act("sign", verdict="agree", letter="一号")


def test_an_action_leaves_the_letters_of_others_alone() -> None:
    case = recorded()
    stamp = Stamp.of(CONTEST, leader(HEA), NOW)
    with pytest.raises(AssertionError):
        after(case, CONTEST, stamp, RULES)
