"""Ways round the rules that once stood open, each closed by the policy that the test names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from core_fixtures import (
    COM,
    EDU,
    HC,
    LGO,
    MKT,
    NR,
    RULES,
    ahead,
    alter,
    blocked,
    complete,
    do,
    done,
    drop,
    evidence,
    leader,
    objecting,
    obstacles,
    opinion,
    paper,
    ready,
    sign,
)

from states.actions import ACTIONS, Action
from states.errors import Invalid
from states.facts import Case
from states.project import Stage
from workflow import intake


def act(name: str, **fields: object) -> Action:
    return ACTIONS[name].model_validate({"case": "C1", **fields})


# -- designation (X-01) ------------------------------------------------------------------------------


def designate(facility: str, department: str) -> Action:
    return act("facility designate", facility=facility, department=department, document="张配套办〔2021〕9号")


def test_the_office_does_not_overrule_the_department_the_configuration_names() -> None:
    assert blocked(ready(Stage.PLANNING), designate("F3", MKT), leader(LGO)) == {"competence_given:F3"}


def test_the_office_designates_for_a_facility_without_a_department_and_may_think_again() -> None:
    nobody = alter(ready(Stage.PLANNING), "facilities", {"facility": "F4"}, designated=None)
    first = do(nobody, designate("F4", COM), leader(LGO))

    assert RULES.competent(first.facility("F4")) == COM
    assert blocked(first, designate("F4", MKT), leader(LGO)) == {"asked_keeps_facility:F4"}
    first = do(first, opinion(first, COM), leader(COM))
    assert RULES.competent(do(first, designate("F4", MKT), leader(LGO)).facility("F4")) == MKT


def test_a_facility_is_not_taken_from_the_department_that_objects() -> None:
    case = sign(complete(Stage.ACCEPTANCE), MKT, **objecting())

    assert blocked(case, designate("F4", COM), leader(LGO)) == {"objector_keeps_facility:F4"}


def ordered(facility: str, department: str) -> Case:
    """An acceptance whose round a rectification order closed, and the developer has answered."""
    item = {
        "facility": facility, "department": department, "fact": "面积不足", "basis": "规划条件",
        "requirement": "补足", "deadline": date(2021, 8, 1),
    }  # fmt: skip
    case = sign(ready(Stage.ACCEPTANCE), department, **objecting())
    case = do(case, act("acceptance order", reference="整改1", items=[item]), leader(HC))
    return do(case, act("acceptance report", answers=[{"item": 1, "answer": "已补足"}]), leader(HC))


def test_a_facility_is_not_taken_from_the_department_whose_item_is_open() -> None:
    case = ordered("F4", MKT)
    withdrawn = do(case, act("withdraw", reason="复核"), leader(MKT))

    assert blocked(withdrawn, designate("F4", COM), leader(LGO)) == {"objector_keeps_facility:F4"}


def test_the_item_of_a_department_that_is_no_longer_asked_waits_for_the_one_now_competent() -> None:
    """However a configuration came to name another department: the item does not vanish."""
    case = alter(ordered("F4", MKT), "facilities", {"facility": "F4"}, designated=COM)

    assert {o.who for o in ahead(case) if o.code == "rectification_open"} == {(COM,)}
    agreed = done(case, opinion(case, COM), leader(COM))
    assert "rectification_open:1" not in obstacles(agreed)


# -- reopening the planning review -------------------------------------------------------------------

REOPEN = act("case reopen", reason="规划条件有误")


@pytest.mark.parametrize("stage", [Stage.LAND_SUPPLY, Stage.AGREEMENT])
@pytest.mark.parametrize("kind", ["deal_confirmation", "allocation_decision", "land_contract"])
def test_no_reopening_once_land_papers_are_filed(stage: str, kind: str) -> None:
    case = complete(stage)
    for filed in ("deal_confirmation", "land_contract"):
        if case.document(filed):
            case = drop(case, "documents", kind=filed)

    assert blocked(case, REOPEN, leader(NR)) == set()
    dealt = replace(case, documents=(*case.documents, paper(99, kind)))
    assert blocked(dealt, REOPEN, leader(NR)) == {f"land_deal_made:{kind}"}


# -- the completion filing (X-06) --------------------------------------------------------------------


@pytest.mark.parametrize("order", ["before_acceptance", "after_acceptance"])
def test_the_certificate_always_asks_for_the_completion_filing(order: str) -> None:
    """So two configurations adopted at the right moments cannot leave it out."""
    rules = replace(RULES, completion_filing=order)  # type: ignore[arg-type]
    case = drop(ready(Stage.ACCEPTANCE), "documents", kind="completion_filing")

    assert obstacles(case, rules) == {"document_missing:completion_filing"}


# -- evidence ----------------------------------------------------------------------------------------


def test_a_facility_reported_unbuilt_again_blocks_the_certificate() -> None:
    case = evidence(ready(Stage.ACCEPTANCE), "F1", "progress", percent=80, built=0)

    assert obstacles(case) == {"not_reported_built:F1"}


def test_a_government_title_names_its_holder_and_not_the_developer() -> None:
    case = ready(Stage.HANDOVER)
    unnamed = evidence(case, "F1", "title", holder=None)
    developer = evidence(case, "F1", "title", holder=case.developer)

    assert "holder_missing:F1" in obstacles(unnamed)
    assert "held_by_developer:F1" in obstacles(developer)
    assert "held_by_developer:F3" not in obstacles(evidence(case, "F3", "title", holder=case.developer))


# -- amendments that change nothing --------------------------------------------------------------------


def test_an_amendment_changes_something() -> None:
    case = complete(Stage.PLANNING)
    same = act("facility amend", facility="F1", reason="核对", location="东南角", classes=6)
    other = act("facility amend", facility="F1", reason="核对", location="东南角", classes=9)
    empty = act("facility amend", facility="F1", reason="核对")

    assert blocked(case, same, leader(NR)) == {"nothing_changed:F1"}
    assert blocked(case, empty, leader(NR)) == {"nothing_changed:F1"}
    assert blocked(case, other, leader(NR)) == set()


def test_amended_project_data_change_something() -> None:
    case = complete(Stage.PLANNING)

    assert blocked(case, act("case amend", reason="核对", households=1200), leader(NR)) == {"nothing_changed:C1"}
    assert blocked(case, act("case amend", reason="核对", households=1201), leader(NR)) == set()


# -- issuers -----------------------------------------------------------------------------------------


def filing(kind: str, issuer: str | None = None) -> Action:
    return act("document add", kind=kind, reference="一号", issued_on=date(2021, 6, 1), issuer=issuer)


def test_nobody_claims_to_have_issued_the_paper_of_another() -> None:
    case = drop(complete(Stage.LAND_SUPPLY), "documents", kind="development_conditions")

    assert blocked(case, filing("development_conditions", NR), leader(NR)) == {"not_the_issuer:development_conditions"}
    assert blocked(case, filing("development_conditions", HC), leader(NR)) == set()
    assert blocked(case, filing("development_conditions"), leader(NR)) == set()


def test_a_paper_filed_by_the_lead_names_the_one_body_that_issues_its_kind() -> None:
    case = drop(complete(Stage.LAND_SUPPLY), "documents", kind="development_conditions")
    filed = do(case, filing("development_conditions"), leader(NR)).document("development_conditions")

    assert filed and filed.issuer == HC
    assert filed.recorded_by.endswith(f"@{NR}")


def test_where_several_bodies_issue_a_kind_the_lead_that_files_it_stands_for_them() -> None:
    case = complete(Stage.AGREEMENT)

    assert do(case, filing("handover_agreement"), leader(NR)).documents[-1].issuer == NR
    assert do(case, filing("handover_agreement", EDU), leader(NR)).documents[-1].issuer == EDU
    assert blocked(case, filing("handover_agreement", NR), leader(NR)) == {"not_the_issuer:handover_agreement"}


# -- days --------------------------------------------------------------------------------------------


def checked(case: Case, action: Action) -> str | None:
    """The code of the complaint about an action's days, or None."""
    try:
        intake.checked(action, case, RULES, date(2021, 12, 31))
    except Invalid as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("stage", "name", "fields", "first"),
    [
        (Stage.CONSTRUCTION, "facility measure", {"facility": "F1", "location_as_required": True}, "2021-01-01"),
        (Stage.CONSTRUCTION, "facility progress", {"facility": "F1", "percent": 5}, "2021-01-01"),
        (Stage.PERMIT, "facility drawings", {"facility": "F1", "location_as_required": True}, "2021-01-01"),
        (Stage.HANDOVER, "facility hand-over", {"facility": "F1", "deed": "一", "recipient": "某局"}, "2021-09-01"),
        (Stage.HANDOVER, "facility asset-entry", {"facility": "F1", "entry": "一"}, "2021-09-01"),
        (Stage.PLANNING, "facility amend", {"facility": "F1", "reason": "补", "classes": 9}, "2021-01-01"),
        (Stage.PLANNING, "facility decide", {"category": "health", "decision": "required"}, "2021-01-01"),
    ],
)
def test_nothing_happens_before_what_it_rests_on(stage: str, name: str, fields: dict[str, object], first: str) -> None:
    case = complete(stage)
    before = date.fromordinal(date.fromisoformat(first).toordinal() - 1)

    assert checked(case, act(name, **fields, happened_on=before)) == "before_stage"
    assert checked(case, act(name, **fields, happened_on=date.fromisoformat(first))) is None


def test_an_opinion_is_answered_after_it_was_heard() -> None:
    case = complete(Stage.PLANNING)
    case = alter(case, "hearings", {"number": 1}, happened_on="2021-02-10")
    early = act("answer", hearing=1, disposition="noted", reply="已阅", happened_on=date(2021, 2, 9))

    assert checked(case, early) == "before_stage"
    assert checked(case, early.model_copy(update={"happened_on": date(2021, 2, 10)})) is None


def test_a_condition_is_met_after_it_was_set() -> None:
    case = complete(Stage.PLANNING)
    from core_fixtures import conditional

    case = sign(case, EDU, **conditional("construction_permit"))
    early = act("condition discharge", condition=1, note="已补", happened_on=date(2021, 6, 14))

    assert checked(case, early) == "before_stage"
    assert checked(case, early.model_copy(update={"happened_on": date(2021, 6, 15)})) is None


def test_a_title_is_not_older_than_the_handover() -> None:
    case = complete(Stage.HANDOVER)
    early = act("facility register", facility="F3", title="示例", ownership="all_owners", happened_on=date(2021, 8, 31))

    assert checked(case, early) == "before_stage"
