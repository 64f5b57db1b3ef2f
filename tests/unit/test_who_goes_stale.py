"""Who must confirm again when what changes: ``stale_matrix.yaml``, cell by cell.

The matrix is written from the design's remit table; this file only knows how to make each change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from core_fixtures import (
    CIV,
    COM,
    DAY,
    EDU,
    HC,
    HEA,
    MKT,
    NR,
    RULES,
    SIGNING,
    STA,
    alter,
    complete,
    do,
    drop,
    evidence,
    leader,
    obstacles,
    ready,
    require,
    sha,
    sign,
    signed,
)
from ruamel.yaml import YAML

from policies.signing import Answer, answer_of
from states import remit
from states.actions.facilities import Designate
from states.facts import REQUIRED, Case, Evidence, Facility, Hearing, Requirement, Suspension, Visit
from states.participants import required
from states.project import Stage

MATRIX = YAML(typ="safe").load(Path(__file__).with_name("stale_matrix.yaml"))
DEPARTMENTS: dict[str, str] = MATRIX["departments"]
STAGES: dict[str, str] = MATRIX["stages"]


# -- how each change is made ---------------------------------------------------------------------


def other(value: object) -> Any:
    """Another value of the same kind."""
    if isinstance(value, int):
        return value + 1
    return "required" if value == "not_required" else "not_required" if value == "required" else f"{value}（改）"


def change_requirement(case: Case, facility: str, particular: str, value: str | None) -> Case:
    counts = particular in ("gfa", "site", "classes", "seats", "beds", "handover_days")
    old = getattr(case.requirement(facility), particular)
    new = value or (other(old) if old is not None else 7 if counts else "新增")
    return require(case, facility, **{particular: new})


def change_decision(case: Case, category: str, column: str) -> Case:
    return alter(case, "decisions", {"category": category}, **{column: other(getattr(case.decision(category), column))})


def change_evidence(case: Case, kind: str, facility: str, column: str) -> Case:
    """Newer evidence, other in one column than the evidence before, if there was any."""
    old = case.latest(facility, kind) or Evidence(facility, kind, 0, 1)
    value = getattr(old, column)
    new = other(value) if value is not None else 7 if column in ("gfa", "site", "classes") else "另"
    return replace(case, evidence=(*case.evidence, replace(old, number=old.number + 1, **{column: new})))


def change_document(case: Case, kind: str, column: str) -> Case:
    new = sha("another file") if column == "file" else "另一号"
    return alter(case, "documents", {"kind": kind}, **{column: new})


def change_presale(case: Case, column: str) -> Case:
    """Another scope of the presale; of an old one, where none is under way."""
    scope = {column: {"buildings": "5-8", "households": 500}[column]}
    if any(v.stage == Stage.PRESALE for v in case.visits):
        return alter(case, "visits", {"stage": "presale_consultation"}, **scope)
    return replace(case, visits=(Visit("presale_consultation", 1, "2020-01-01", "2020-02-01", **scope), *case.visits))


def add_facility(case: Case, facility: Facility, ownership: str) -> Case:
    requirement = Requirement("F6", 1, gfa=15_000, location="5号楼", design="毛坯", ownership=ownership)
    return replace(case, facilities=(*case.facilities, facility), requirements=(*case.requirements, requirement))


def add_a_store_of_an_investor(case: Case) -> Case:
    return add_facility(case, Facility("F6", "commerce", "store"), "investor")


def add_a_health_station_of_the_government(case: Case) -> Case:
    return add_facility(case, Facility("F6", "health", "health_station"), "government")


def nothing_for_the_government(case: Case) -> Case:
    return require(require(case, "F1", ownership="investor"), "F2", ownership="investor")


def _file_again(case: Case, kind: str, **columns: object) -> Case:
    paper = replace(next(d for d in complete(case.stage).documents if d.kind == kind), **columns)
    return replace(case, documents=(*case.documents, replace(paper, number=len(case.documents) + 1)))


def the_agreement_filed_again(case: Case) -> Case:
    """Under the same number, with another text."""
    return _file_again(case, "handover_agreement", file=sha("a second agreement"))


def a_document_of_another_kind(case: Case) -> Case:
    return _file_again(case, "letter", reference="函〔2021〕1号", file=sha("a letter"))


def no_agreement_yet(case: Case) -> Case:
    return drop(case, "documents", kind="handover_agreement")


def no_drawings_yet(case: Case) -> Case:
    return drop(case, "evidence", kind="drawings")


def measured_again_with_the_same_result(case: Case) -> Case:
    """On another day, by somebody else, with another note."""
    again = replace(case.latest("F1", "measurement"), number=2, happened_on=DAY, recorded_by="x", note="复测")
    return replace(case, evidence=(*case.evidence, again))


def a_hearing(case: Case) -> Case:
    heard = Hearing(9, case.stage, case.visit, case.round, "public", "居民", "oppose", "太小")
    return replace(case, hearings=(*case.hearings, heard))


def a_suspension(case: Case) -> Case:
    return replace(case, suspensions=(Suspension(1, "2021-05-01", "停工", "2021-05-20", "复工"),))


def designated(case: Case, facility: str, department: str | None) -> Case:
    return alter(case, "facilities", {"facility": facility}, designated=department)


def canteen_not_designated(case: Case) -> Case:
    return designated(case, "F4", None)


def the_designating_document(case: Case) -> Case:
    return alter(case, "facilities", {"facility": "F4"}, designation="张配套办〔2021〕9号", designated_on="2021-06-01")


NAMED: dict[str, Callable[[Case], Case]] = {
    change.__name__: change
    for change in (
        add_a_store_of_an_investor, add_a_health_station_of_the_government, nothing_for_the_government,
        the_agreement_filed_again, a_document_of_another_kind, no_agreement_yet, no_drawings_yet,
        measured_again_with_the_same_result, a_hearing, a_suspension, canteen_not_designated,
        the_designating_document,
    )
}  # fmt: skip

#: A change as the matrix writes it, and how it is made.
WORDS: tuple[tuple[str, Callable[..., Case]], ...] = (
    (r"(F\d)\.(\w+)(?:=(\w+))?", change_requirement),
    (r"(drawings|measurement|hand_over|title|asset_entry) of (F\d)\.(\w+)", change_evidence),
    (r"(progress) of (F1)", lambda case, *words: change_evidence(case, *words, "percent")),
    (r"the_agreement\.(\w+)", lambda case, column: change_document(case, "handover_agreement", column)),
    (r"the_application\.(\w+)", lambda case, column: change_document(case, "presale_application", column)),
    (r"presale\.(\w+)", change_presale),
    (r"(\w+)\.(decision|basis|link|special_plan|substitute_basis)", change_decision),
    (r"remove (F\d)", lambda case, f: alter(case, "facilities", {"facility": f}, removed="不再配建")),
    (r"designate (F\d) to (\w+)", designated),
    (r"(name|regulatory_plan|population|developer|developer_code|households)",
     lambda case, column: replace(case, **{column: other(getattr(case, column))})),
)  # fmt: skip


def changed(case: Case, change: str) -> Case:
    """``case`` after the change that the matrix writes as ``change``."""
    if change in NAMED:
        return NAMED[change](case)
    for pattern, make in WORDS:
        if match := re.fullmatch(pattern, change):
            return make(case, *match.groups())
    raise LookupError(f"stale_matrix.yaml: nobody knows how to make the change {change!r}")


# -- the matrix ----------------------------------------------------------------------------------


def _cells() -> Iterator[Any]:
    """One per change and stage."""
    for row in MATRIX["rows"]:
        for change in row["changes"]:
            for stage in STAGES:
                before = f" ({row['before']})" if "before" in row else ""
                yield pytest.param(row, change, stage, id=f"{stage}: {change}{before}")


CELLS = list(_cells())


@cache
def signed_before(stage: str, before: str | None) -> Case:
    """The case in which everybody asked has just agreed."""
    return signed(changed(complete(STAGES[stage]), before)) if before else ready(STAGES[stage])


def names(codes: list[str]) -> set[str]:
    return {DEPARTMENTS[code] for code in codes}


def answering(case: Case, answer: Answer) -> set[str]:
    return {d for d in required(case, RULES) if answer_of(case, d, RULES) is answer}


@pytest.mark.parametrize(("row", "change", "stage"), CELLS)
def test_exactly_those_named_in_the_cell_must_confirm_again(row: dict[str, Any], change: str, stage: str) -> None:
    before = signed_before(stage, row.get("before"))
    now = changed(before, change)
    asked = names(row.get("asked", MATRIX["asked"])[stage])
    stale, missing = names(row["stale"][stage]), names(row.get("missing", {}).get(stage, []))

    assert now != before
    assert set(required(now, RULES)) == asked
    assert answering(before, Answer.STANDS) == set(required(before, RULES))
    assert answering(now, Answer.STALE) == stale
    assert answering(now, Answer.MISSING) == missing
    assert answering(now, Answer.STANDS) == asked - stale - missing


def test_the_matrix_covers_every_stage_and_every_particular_and_cannot_shrink_unnoticed() -> None:
    changes = [change for row in MATRIX["rows"] for change in row["changes"]]

    assert list(STAGES.values()) == [s.value for s in SIGNING]
    assert all(set(row["stale"]) == set(STAGES) for row in MATRIX["rows"])
    assert {f"F1.{particular}" for particular in REQUIRED} <= {change.partition("=")[0] for change in changes}
    assert len(CELLS) == 7 * len(changes) == 749


@pytest.mark.parametrize("stage", STAGES)
def test_the_stale_are_named_among_the_obstacles_and_nobody_else_is(stage: str) -> None:
    now = changed(signed_before(stage, None), "F1.design")
    row = next(row for row in MATRIX["rows"] if "F1.design" in row["changes"])

    assert {o for o in obstacles(now) if o.startswith("sign_off")} == {
        f"sign_off_stale:{department}" for department in names(row["stale"][stage])
    }


# -- what a digest stands for ----------------------------------------------------------------------


@pytest.mark.parametrize("stage", SIGNING)
def test_a_change_that_is_taken_back_leaves_every_answer_standing(stage: str) -> None:
    before = ready(stage)

    assert answering(require(before, "F1", gfa=1), Answer.STALE)
    assert not answering(require(require(before, "F1", gfa=1), "F1", gfa=280_000), Answer.STALE)


@pytest.mark.parametrize("stage", SIGNING)
def test_one_confirmation_restores_one_department_and_no_other(stage: str) -> None:
    now = require(ready(stage), "F1", design="另行设计")
    stale = answering(now, Answer.STALE)
    for department in sorted(stale):
        now = sign(now, department)
        stale.remove(department)
        assert answering(now, Answer.STALE) == stale


@pytest.mark.parametrize("stage", [Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.HANDOVER])
def test_state_assets_with_the_canteen_still_answers_for_everything_owned(stage: str) -> None:
    before = signed(designated(complete(stage), "F4", STA))

    assert STA in answering(require(before, "F1", design="另行设计"), Answer.STALE)
    assert STA in answering(require(before, "F4", design="另行设计"), Answer.STALE)


@pytest.mark.parametrize(
    ("stage", "stale"), [(Stage.PLANNING, {CIV}), (Stage.PRESALE, {CIV}), (Stage.ACCEPTANCE, {CIV})]
)
def test_a_designation_made_by_the_office_makes_the_designated_confirm_again(stage: str, stale: set[str]) -> None:
    action = Designate(case="C1", facility="F4", department=CIV, document="张配套办〔2021〕9号")

    assert answering(do(ready(stage), action, leader("leading_group_office")), Answer.STALE) == stale


@pytest.mark.parametrize("verdict", ["agree", "not_involved"])
def test_a_department_that_gets_its_first_facility_confirms_again_whatever_it_had_said(verdict: str) -> None:
    before = complete(Stage.PLANNING)
    for department in required(before, RULES):
        if department != HEA:
            before = sign(before, department)
    before = sign(before, HEA, verdict=verdict, reason="无配套设施")

    assert answering(before, Answer.STANDS) == set(required(before, RULES))
    assert HEA in answering(add_a_health_station_of_the_government(before), Answer.STALE)


def test_each_answer_is_checked_with_the_scheme_it_was_given_under(monkeypatch: pytest.MonkeyPatch) -> None:
    only_the_name = {stage: lambda case, department, rules: {"name": case.name} for stage in remit.SCHEMES[2]}
    monkeypatch.setitem(remit.SCHEMES, 9, only_the_name)
    before = ready(Stage.PLANNING)
    seen = remit.digest(remit.snapshot(before, EDU, RULES, 9))
    before = alter(before, "sign_offs", {"department": EDU}, scheme=9, remit=seen)

    assert answering(replace(before, name="新名"), Answer.STALE) == {EDU}
    assert answering(require(before, "F1", gfa=1), Answer.STALE) == {NR, HC}


def test_a_department_without_facility_or_decision_is_not_disturbed_by_anybody_elses() -> None:
    before = ready(Stage.ACCEPTANCE)

    for facility in ("F1", "F2", "F3", "F4", "F5"):
        assert answer_of(evidence(before, facility, "measurement", gfa=1), HEA, RULES) is Answer.STANDS
    assert answer_of(require(before, "F4", gfa=1), COM, RULES) is Answer.STANDS
    assert answer_of(require(before, "F3", gfa=1), MKT, RULES) is Answer.STANDS
    assert answer_of(require(before, "F3", gfa=1), HC, RULES) is Answer.STALE
