"""The inbox offers what could be done now, and nothing that would be refused."""

from __future__ import annotations

from dataclasses import replace

from core_fixtures import (
    CIV,
    DAY,
    EDU,
    HC,
    LGO,
    NR,
    RULES,
    STA,
    clerk,
    complete,
    do,
    drop,
    leader,
    objecting,
    opinion,
    ready,
)

from states.actions import ACTIONS, Action
from states.facts import Case
from states.project import Stage
from views.commands import command_of
from views.language import speaking
from views.lists import inbox_page
from views.names import Names
from views.terminal import plain
from workflow.inbox import tasks


def act(name: str, **fields: object) -> Action:
    return ACTIONS[name].model_validate({"case": "C1", **fields})


def offered(case: Case, organisation: str) -> set[tuple[str, int | None]]:
    names = {"issue", "contest", "change consent", "change apply"}
    found = tasks(case, RULES, organisation, DAY)
    return {(t.action, t.number) for t in found if t.action in names}  # type: ignore[misc]


SMALLER = act("change propose", reason="调整", document="一号", facilities=[{"facility": "F2", "gfa_m2": "360.5"}])


def consented(case: Case, *departments: str) -> Case:
    for department in departments:
        case = do(case, act("change consent", change=1, verdict="agree"), leader(department))
    return case


def test_a_draft_waits_for_its_leader_until_what_it_judged_changes() -> None:
    case = complete(Stage.ACCEPTANCE)
    drafted = do(case, opinion(case, EDU), clerk(EDU))
    measured = act("facility measure", facility="F1", gfa_m2="2900", location_as_required=True)

    assert offered(drafted, EDU) == {("issue", None)}
    assert offered(drafted, HC) == set()
    assert offered(do(drafted, measured, leader(HC)), EDU) == set()


def test_a_change_waits_for_each_party_and_then_for_the_lead() -> None:
    case = do(ready(Stage.PERMIT), SMALLER, leader(HC))

    assert {d for d in RULES.organisations if offered(case, d)} == {NR, HC, CIV, STA}
    assert offered(consented(case, CIV), CIV) == set()
    assert offered(consented(case, NR, HC, CIV, STA), HC) == {("change apply", 1)}


def test_a_refused_change_is_not_offered_to_the_lead() -> None:
    case = do(ready(Stage.PERMIT), SMALLER, leader(HC))
    refused = do(
        consented(case, NR, HC, STA), act("change consent", change=1, verdict="object", reason="不足"), leader(CIV)
    )

    assert offered(refused, HC) == set()


def test_an_outdated_change_and_a_resting_case_offer_nothing() -> None:
    case = do(ready(Stage.PERMIT), SMALLER, leader(HC))
    later = replace(case.requirement("F2"), version=2)

    assert offered(replace(case, requirements=(*case.requirements, later)), CIV) == set()
    assert offered(do(case, act("case suspend", reason="停工"), leader(HC)), CIV) == set()


def silent(asked_on: str) -> Case:
    """Education was asked on that day, and has not answered."""
    case = drop(ready(Stage.PLANNING), "sign_offs", department=EDU)
    return replace(case, rounds=(*case.rounds[:-1], replace(case.rounds[-1], opened_on=asked_on)))


def decidable(case: Case, organisation: str) -> list[tuple[str | None, str]]:
    return [(t.lifts, t.since) for t in tasks(case, RULES, organisation, DAY) if t.action == "decide"]


def test_a_department_that_is_silent_long_enough_waits_for_the_offices_decision() -> None:
    due, early = silent("2021-06-08"), silent("2021-06-09")

    assert decidable(due, LGO) == [(f"sign_off_missing:{EDU}", "2021-06-08")]
    assert {o for o in RULES.organisations if decidable(due, o)} == {LGO}
    assert decidable(early, LGO) == []


def test_what_was_decided_or_rests_is_not_offered_for_decision() -> None:
    due = silent("2021-06-08")
    decision = act("decide", obstacle=f"sign_off_missing:{EDU}", document="张配套办〔2021〕6号", reason="统筹")

    assert decidable(do(due, decision, leader(LGO)), LGO) == []
    assert decidable(do(due, act("case suspend", reason="停"), leader(NR)), LGO) == []


def test_an_objection_is_not_offered_for_decision() -> None:
    """It is no silence: whether to overrule it nobody is reminded."""
    case = ready(Stage.PRESALE)
    case = do(case, opinion(case, EDU, **objecting()), leader(EDU))

    assert {o for o in RULES.organisations if decidable(case, o)} == set()


def test_the_item_of_a_silent_department_says_what_to_type() -> None:
    (task,) = (t for t in tasks(silent("2021-06-08"), RULES, LGO, DAY) if t.action == "decide")

    typed = f"peijian decide C1 sign_off_missing:{EDU} --document NUMBER --reason TEXT"
    with speaking("en"):
        assert command_of(task) == typed
        assert "may be decided on" in plain(inbox_page([task], Names(RULES, DAY), LGO), 100)
