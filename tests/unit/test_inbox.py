"""The inbox offers what could be done now, and nothing that would be refused."""

from __future__ import annotations

from dataclasses import replace

from core_fixtures import CIV, DAY, EDU, HC, NR, RULES, STA, clerk, complete, do, leader, opinion, ready

from states.actions import ACTIONS, Action
from states.facts import Case
from states.project import Stage
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
