"""Another organisation's things, guessed ids and mixed batches: refused whole, and nothing is written.

By hand from the design (§4): department A never signs for department B, evidence and conditions are each department's
own, and who may not act is told nothing of what was named. Each line through every way in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from authority_bench import WAYS, Watch, Watched
from authority_offices import OTHER, OTHER_PARCEL
from world import CASE, CIVIL, COMMERCE, DESIGNATED, EDUCATION, HEALTH, HOUSING, NR, SCAN, opening, sign

from states.project import Stage
from tests.e2e import sheets
from workflow import importing
from workflow.results import Imported

REASON = {"reason": "原因"}


@dataclass(frozen=True)
class Try:
    """What an organisation's leader types and what must come back: exit code, and code or key."""

    about: str
    by: str
    stage: str
    action: str
    fields: dict[str, Any]
    exit: int
    #: the code, or the key of an obstacle; it is not the organisation's task where nothing is said
    told: str = ""


def letter_for(department: str) -> dict[str, Any]:
    scan = {"name": "复函.pdf", "content": SCAN + b"9"}
    return {
        "verdict": "agree",
        "on_behalf_of": department,
        "letter": "示例9号",
        "letter_on": "2021-03-02",
        "scan": scan,
    }


def judged(*facilities: str) -> dict[str, Any]:
    good = {"built_in_place": True, "meets_standard": True}
    return {"verdict": "agree", "judgements": [{"facility": name, **good} for name in facilities]}


def item(facility: str, department: str = EDUCATION) -> dict[str, str]:
    said = {"fact": "面积不足", "basis": "供地条件", "requirement": "补足面积", "deadline": "2030-01-01"}
    return {"facility": facility, "department": department, **said}


def moved(*facilities: str, **more: Any) -> dict[str, Any]:
    terms = [{"facility": name, "location": "地块东南角"} for name in facilities]
    return {**REASON, "document": "示例变2号", "facilities": terms, **more}


def registered(**terms: Any) -> dict[str, Any]:
    """Another project; the terms of its one facility are spoilt."""
    facility = {"facility": "F1", "subtype": "kindergarten", "gfa_m2": "2200", "classes": 6, **terms}
    return opening(OTHER, OTHER_PARCEL, facilities=[facility])


TITLE = {"title": "鲁（2022）淄博张店区不动产权第0000009号", "holder": "权利人", "ownership": "government"}
DEED = {"deed": "示例交接9", "recipient": "区教体局"}
PAPER = {"kind": "planning_conditions", "reference": "张自然资条字〔2021〕909号", "issued_on": "2021-03-02"}
UNKNOWN = "F99"
#: A facility that only the other project has.
FOREIGN = "G1"

S = Stage
OF_OTHERS = [
    Try("a letter of another is recorded by the lead alone", EDUCATION, S.PLANNING, "sign", letter_for(HEALTH), 4),
    Try("no letter is recorded of oneself", NR, S.PLANNING, "sign", letter_for(NR), 4),
    Try("no letter of who is not asked", NR, S.PLANNING, "sign", letter_for("finance"), 4),
    Try("no letter over another's own answer", NR, S.PLANNING, "sign", letter_for(HEALTH), 3,
        "own_answer_stands:health"),
    Try("another's facility is not judged", HEALTH, S.ACCEPTANCE, "sign", judged("F1"), 4, "not_your_facility:F1"),
    Try("nor beside one's own", COMMERCE, S.ACCEPTANCE, "sign", judged("F2", "F1"), 4, "not_your_facility:F1"),
    Try("another's facility is not handed over", COMMERCE, S.HANDOVER, "facility hand-over", {"facility": "F1", **DEED},
        4),
    Try("nor registered", DESIGNATED, S.HANDOVER, "facility register", {"facility": "F1", **TITLE}, 4),
    Try("nor entered as an asset", EDUCATION, S.HANDOVER, "facility asset-entry",
        {"facility": "F1", "entry": "示例9"}, 4),
    Try("nor reported on", COMMERCE, S.CONSTRUCTION, "facility progress", {"facility": "F1", "percent": 50}, 4),
    Try("another's condition is not discharged", CIVIL, S.HANDOVER, "condition discharge",
        {"condition": 1, "note": "已落实"}, 4),
    Try("nor by the lead", NR, S.AGREEMENT, "condition discharge", {"condition": 1, "note": "已落实"}, 4),
    Try("another's letter is not contested", HEALTH, S.PLANNING, "contest", REASON, 3, "nothing_to_contest:health"),
    Try("nor by who is not asked", COMMERCE, S.CONSTRUCTION, "contest", REASON, 4),
    Try("another's sign-off is not withdrawn", EDUCATION, S.PLANNING, "withdraw", REASON, 3,
        "nothing_to_withdraw:education_sports"),
    Try("no consent to what touches others", COMMERCE, S.AGREEMENT, "change consent",
        {"change": 1, "verdict": "agree"}, 4),
    Try("no document in another's name", NR, S.PLANNING, "document add", {**PAPER, "issuer": EDUCATION}, 3,
        "not_the_issuer:planning_conditions"),
    Try("nor by who neither leads nor issues", EDUCATION, S.PLANNING, "document add", {**PAPER, "issuer": NR}, 4),
    Try("the branch is not the office that it hosts", NR, S.PLANNING, "facility designate",
        {"facility": "F3", "department": COMMERCE, "document": "示例9"}, 4),
]  # fmt: skip

GUESSED = [
    Try("a project", NR, S.PLANNING, "case amend", {**REASON, "case": "ZDPT-2099-0001", "population": 1}, 5,
        "unknown_case"),
    Try("a facility", NR, S.PLANNING, "facility amend", {**REASON, "facility": UNKNOWN, "design": "另"}, 5,
        "unknown_facility"),
    Try("another project's facility", NR, S.PLANNING, "facility amend", {**REASON, "facility": FOREIGN, "design": "另"},
        5, "unknown_facility"),
    Try("another project's, at the handover", EDUCATION, S.HANDOVER, "facility hand-over",
        {"facility": FOREIGN, **DEED},
        5, "unknown_facility"),
    Try("a condition", HEALTH, S.AGREEMENT, "condition discharge", {"condition": 2, "note": "已落实"}, 5,
        "unknown_condition"),
    Try("another project's condition", HEALTH, S.AGREEMENT, "condition discharge",
        {"case": OTHER, "condition": 1, "note": "已落实"}, 5, "unknown_condition"),
    Try("a change", HOUSING, S.PERMIT, "change consent", {"change": 2, "verdict": "agree"}, 5, "unknown_change"),
    Try("another project's change", NR, S.AGREEMENT, "change withdraw", {**REASON, "case": OTHER, "change": 1}, 5,
        "unknown_change"),
    Try("a hearing", NR, S.PLANNING, "answer", {"hearing": 9, "disposition": "noted", "reply": "x"}, 5,
        "unknown_hearing"),
    Try("another project's hearing", NR, S.PLANNING, "answer",
        {"case": OTHER, "hearing": 1, "disposition": "noted", "reply": "x"}, 5, "unknown_hearing"),
    Try("a department", NR, S.PLANNING, "sign", letter_for("ghosts"), 5, "unknown_organisation"),
    Try("a kind of paper", NR, S.PLANNING, "document add", {**PAPER, "kind": "ghost"}, 5, "unknown_document"),
    Try("a category", NR, S.PLANNING, "facility decide", {"category": "ghost", "decision": "required"}, 5,
        "unknown_category"),
    Try("a limit", NR, S.PLANNING, "limit extend", {**REASON, "limit": "L99", "by": 1, "document": "示例9"}, 5,
        "unknown_limit"),
    Try("a stranger learns of no facility", HEALTH, S.PLANNING, "facility amend",
        {**REASON, "facility": UNKNOWN, "design": "另"}, 4),
    Try("of no change", COMMERCE, S.AGREEMENT, "change apply", {"change": 2}, 4),
    Try("of no limit", COMMERCE, S.PLANNING, "limit extend",
        {**REASON, "limit": "L99", "by": 1, "document": "示例9"}, 4),
    Try("of no day", COMMERCE, S.PLANNING, "case suspend", {**REASON, "happened_on": "2098-01-01"}, 4),
    Try("of no parcel", COMMERCE, S.PLANNING, "case open", {**registered(), "parcel": "?"}, 4),
    Try("of no kind of facility", COMMERCE, S.PLANNING, "case open", registered(subtype="ghost"), 4),
    Try("an auditor learns of no condition", f"{HEALTH}.auditor", S.AGREEMENT, "condition discharge",
        {"condition": 2, "note": "已落实"}, 4, "level_never_acts:auditor"),
    Try("an administrator of no change", f"{HOUSING}.administrator", S.PERMIT, "change consent",
        {"change": 2, "verdict": "agree"}, 4, "level_never_acts:admin"),
]  # fmt: skip

MIXED = [
    Try("an order with another project's facility", HOUSING, S.ACCEPTANCE, "acceptance order",
        {"reference": "示例9", "items": [item("F1"), item(FOREIGN)]}, 5, "unknown_facility"),
    Try("an order with an item of who did not object", HOUSING, S.ACCEPTANCE, "acceptance order",
        {"reference": "示例9", "items": [item("F1"), item("F2", HEALTH)]}, 3, "item_without_objection:health"),
    Try("a change of one's own and an unknown facility", HOUSING, S.PERMIT, "change propose", moved("F2", UNKNOWN), 5,
        "unknown_facility"),
    Try("a change that removes another project's", HOUSING, S.PERMIT, "change propose",
        moved("F2", removals=[FOREIGN]), 5,
        "unknown_facility"),
    Try("a change with an unknown category", HOUSING, S.PERMIT, "change propose",
        moved("F2", decisions=[{"category": "ghost", "decision": "required"}]), 5, "unknown_category"),
    Try("a sign-off with an unknown stage in its second condition", EDUCATION, S.PLANNING, "sign",
        {"verdict": "agree_with_conditions", "conditions": [
            {"text": "补图", "responsible": "建设单位", "due_on": "2030-01-01", "due_stage": stage}
            for stage in (S.AGREEMENT, "ghost")
        ]}, 5, "unknown_stage"),
    Try("judgements of one's own and an unknown facility", COMMERCE, S.ACCEPTANCE, "sign", judged("F2", UNKNOWN), 5,
        "unknown_facility"),
    Try("a project with one facility of no kind", NR, S.PLANNING, "case open", registered(subtype="ghost"), 5,
        "unknown_subtype"),
    Try("a project whose facility is named twice", NR, S.PLANNING, "case open",
        {**registered(), "facilities": registered()["facilities"] * 2}, 7, "invalid_input"),
]  # fmt: skip


def begun(office: Watched) -> None:
    """The other project, with a facility of its own."""
    facility = {"facility": FOREIGN, "subtype": "kindergarten", "gfa_m2": "2200", "classes": 6}
    office.world.do(NR, "case open", **opening(OTHER, "370303101012GB90003", facilities=[facility]))
    office.reader.execute("DELETE FROM touched")
    office.reader.commit()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("line", [*OF_OTHERS, *GUESSED, *MIXED], ids=lambda line: line.about)
def test_what_is_anothers_or_does_not_exist_is_refused_whole(way: str, line: Try, watched: Watch) -> None:
    office = watched(way, line.stage)
    if line.action != "case open":
        begun(office)
    entries = office.entries()
    outcome = office.way.act(line.action, {"case": CASE, **line.fields}, office.world.tokens[line.by])
    told = line.told or f"not_your_task:{line.by}"
    assert (outcome.exit_code, told in (outcome.code, *outcome.keys)) == (line.exit, True), outcome
    assert office.touched() == []
    assert office.entries() - entries == (1 if line.exit == 4 else 0)


@pytest.mark.parametrize("way", WAYS)
def test_an_opinion_is_ordered_and_answered_whole(way: str, watched: Watch) -> None:
    office = watched(way, Stage.ACCEPTANCE)
    sign(office.world, EDUCATION, verdict="object", good=False)
    order = {"case": CASE, "reference": "示例9", "items": [item("F1"), item("F2", COMMERCE)]}
    answers = {"case": CASE, "answers": [{"item": number, "answer": "已补足"} for number in (1, 2)]}
    for action, mixed, told in (
        ("acceptance order", order, "item_without_objection:commerce"),
        ("acceptance report", answers, "item_not_waiting:2"),
    ):
        office.reader.execute("DELETE FROM touched")
        office.reader.commit()
        outcome = office.way.act(action, mixed, office.world.tokens[HOUSING])
        assert (outcome.exit_code, outcome.keys) == (3, (told,)), outcome
        assert office.touched() == []
        if action == "acceptance order":
            office.world.do(HOUSING, action, reference="示例9", items=[item("F1")])


# -- workbooks -----------------------------------------------------------------------------------------------------


#: What is wrong with the second of two projects, and what comes of it.
ROWS: dict[str, tuple[dict[str, Any], int]] = {
    "entered where another department registers": ({"stage": "规划联合审查"}, 4),
    "on a parcel that is taken": ({"parcel": "370303101012GB90001"}, 3),
    "of a town that there is not": ({"town": "无此镇"}, 7),
    "under a number that is taken": ({"case": CASE}, 7),
}


@pytest.mark.parametrize("way", ["library", "command line"])
@pytest.mark.parametrize("wrong", ROWS)
def test_a_workbook_with_one_bad_row_registers_nothing(way: str, wrong: str, watched: Watch) -> None:
    changes, expected = ROWS[wrong]
    office = watched(way, Stage.PLANNING)
    number = changes.get("case", "ZDPT-2021-00002")
    facilities = [sheets.facility(), sheets.facility(2, case=number)]
    decisions = [*sheets.decisions(), *({**row, "case": number} for row in sheets.decisions(2))]
    book = sheets.book([sheets.project(), sheets.project(2, **changes)], facilities, decisions)
    before = office.digest()
    assert _imported(office, way, book) == expected
    assert office.digest() == before
    assert office.touched() == []


def test_the_same_workbook_without_it_registers_both(watched: Watch) -> None:
    office = watched("library", Stage.PLANNING)
    book = sheets.book([sheets.project(), sheets.project(2)], [sheets.facility(), sheets.facility(2)],
                       [*sheets.decisions(), *sheets.decisions(2)])  # fmt: skip
    assert _imported(office, "library", book) == 0


def _imported(office: Watched, way: str, book: bytes) -> int:
    """The exit code of an import by housing."""
    from states.errors import PeijianError
    from views.workbook import choices
    from workflow import settings

    world = office.world
    world.moment += timedelta(days=100)  # the workbook is of May
    path = world.path.with_name("projects.xlsx")
    path.write_bytes(book)
    if way == "command line":
        from tests.e2e.program import Place

        return Place(path.parent).call("case", "import", path.name, "--confirm", token=world.tokens[HOUSING]).exit
    try:
        silent = lambda *_: None  # noqa: E731
        found = importing.read(world.office, path, choices(settings.load(world.config)), silent)
        done = importing.perform(world.office, found, world.tokens[HOUSING], True, silent)
    except PeijianError as error:
        return error.exit_code
    assert isinstance(done, Imported) and done.opened
    return 0
