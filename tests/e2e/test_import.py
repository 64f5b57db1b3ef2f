"""Running projects from Excel: real workbooks, good, wrong and hostile, through the command line."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from program import CONFIG, SCRIPT, Place, raw_characters
from sheets import (
    DECISIONS,
    FACILITIES,
    PROJECTS,
    SHEETS,
    Formula,
    at,
    book,
    decisions,
    facility,
    many,
    project,
    saved,
)

from states.actions.cases import DecisionTerms, FacilityTerms, ImportCase
from views.problems import CELLS, PYDANTIC
from views.workbook import choices
from workflow import settings

OfficeAt = Callable[..., Place]
HOUSING = "housing"
FIRST = "ZDPT-2021-00001"


@pytest.fixture
def empty(office_at: OfficeAt) -> Place:
    """An office without a case."""
    return office_at("new")


def refused(place: Place, content: bytes, exit: int = 7, by: str = HOUSING) -> Any:
    """What the import says, as JSON; both languages say it without a traceback, and nothing is written."""
    place.write("in.xlsx", content)
    before = place.contents()
    texts = [place.call("case", "import", "in.xlsx", "--confirm", lang=lang, token=by) for lang in ("zh", "en")]
    for done in texts:
        assert done.exit == exit, done.text
        assert "Traceback" not in done.text and not raw_characters(done.text)
    assert texts[0].err != texts[1].err
    found = place.call("case", "import", "in.xlsx", "--json", token=by)
    assert found.exit == exit
    if exit != 4:
        assert place.contents() == before
    return found.json()


def problems(place: Place, content: bytes) -> list[tuple[str, str]]:
    """Place and kind of everything that is wrong."""
    return [(p["place"], p["type"]) for p in refused(place, content)["params"]["problems"]]


def opened(place: Place, content: bytes) -> Any:
    place.write("in.xlsx", content)
    done = place.call("case", "import", "in.xlsx", "--confirm", "--json", token=HOUSING)
    assert done.exit == 0, done.text
    return done.json()


def shown(place: Place, case: str = FIRST) -> Any:
    return place.call("case", "show", case, "--json").json()["case"]


def test_a_project_past_the_land_deal_names_its_developer_in_its_own_cells(empty: Place) -> None:
    unnamed = project(developer=None, developer_code=None, stage="竣工验收联合审核")
    assert problems(empty, book([unnamed])) == [
        (at(PROJECTS, "developer"), "missing"), (at(PROJECTS, "developer_code"), "missing"),
    ]  # fmt: skip
    empty.write("in.xlsx", book([unnamed | {"stage": "供地联合审查"}]))
    assert empty.call("case", "import", "in.xlsx", token="natural_resources").exit == 0


def test_an_imported_project_below_the_standard_of_its_day_is_shown_so(empty: Place) -> None:
    told = "not held against any standard until the planning conditions are filed"
    looked = empty.write("in.xlsx", book(facilities=[facility(gfa_m2=3000)])) and empty.call(
        "case", "import", "in.xlsx", "--confirm", token=HOUSING
    )
    assert f"1 project: {told}" in " ".join(looked.out.split())
    assert told in " ".join(empty.call("case", "show", FIRST).out.split())

    paper = ("planning_conditions", "张自然资条字〔2019〕901号", "--issued-on", "2019-05-06")
    filed = empty.call("document", "add", FIRST, *paper, token="natural_resources")
    assert filed.exit == 0 and "below a standard of the day of the planning conditions" in filed.out
    for command in ("show", "why"):
        shown_text = " ".join(empty.call("case", command, FIRST).out.split())
        assert "Below standard" in shown_text and "3000.00 m² is below" in shown_text, command
        assert told not in shown_text
        assert "低于2019-05-06适用的" in empty.call("case", command, FIRST, lang="zh").flat()
    found = empty.call("case", "why", FIRST, "--json").json()
    assert [o["code"] for o in found["below_standard"]] == ["entered_below_standard"]


def test_a_parcel_that_an_ended_project_had_is_told(empty: Place) -> None:
    opened(empty, book())
    decision = ("district_government_decision", "张政决〔2021〕901号", "--issued-on", "2021-05-06")
    assert empty.call("document", "add", FIRST, *decision, token=HOUSING).exit == 0
    assert empty.call("case", "terminate", FIRST, "--reason", "收回", token=HOUSING).exit == 0
    empty.write("in.xlsx", book([project(2, parcel=project()["parcel"])], [facility(2)], decisions(2)))
    for words in ((), ("--confirm",)):
        done = empty.call("case", "import", "in.xlsx", *words, token=HOUSING)
        assert done.exit == 0 and f"{FIRST} 示例家园1: Terminated" in done.out, done.text
    later, earlier = (empty.call("case", "show", case).out for case in (FIRST, "ZDPT-2021-00002"))
    assert "later on this parcel: ZDPT-2021-00002" in later
    assert f"earlier on this parcel: {FIRST}" in earlier


# -- the way it is meant -------------------------------------------------------------------------------


def test_a_template_is_filled_in_looked_at_and_imported_with_the_installed_program(empty: Place) -> None:
    assert empty.run("case", "import", "--template", "t.xlsx").exit == 0
    template = load_workbook(empty.folder / "t.xlsx")
    rows = {PROJECTS: [project()], FACILITIES: [facility()], DECISIONS: decisions()}
    for name, records in rows.items():
        ids = [cell.value for cell in template[name][2]]
        for number, record in enumerate(records, 3):
            for field, value in record.items():
                template[name].cell(number, ids.index(field) + 1, value)
    empty.write("in.xlsx", saved(template))

    before = empty.contents()
    looked = empty.run("case", "import", "in.xlsx", token=HOUSING)
    assert looked.exit == 0 and "nothing was written yet" in looked.out and FIRST in looked.out
    assert empty.contents() == before

    done = empty.run("case", "import", "in.xlsx", "--confirm", token=HOUSING)
    assert done.exit == 0 and "1 project registered" in done.out
    case = shown(empty)
    assert (case["stage"], case["entry_stage"], case["opened_on"]) == ("construction_permit",) * 2 + ("2021-05-06",)
    assert (case["town"], case["kind"], case["land_area"]) == ("mashang", "commodity_housing", 5_000_050)
    assert case["requirements"][0]["gfa"] == 324_050
    assert case["requirements"][0]["mode"] == "developer_builds_free_handover"
    assert len(case["decisions"]) == 7
    assert empty.run("journal", "verify").exit == 0
    again = empty.run("case", "import", "in.xlsx", "--confirm", "--json", token=HOUSING)
    assert [(p["place"], p["type"]) for p in again.json()["params"]["problems"]] == [("项目!A3", "case_exists_already")]


def test_without_confirm_nothing_is_written_and_json_says_what_would_be(empty: Place) -> None:
    empty.write("in.xlsx", many(3))
    before = empty.contents()
    found = empty.call("case", "import", "in.xlsx", "--json", token=HOUSING).json()
    assert (found["opened"], [c["case"] for c in found["cases"]]) == (False, [f"ZDPT-2021-0000{n}" for n in (1, 2, 3)])
    assert found["places"][FIRST] == "项目!3"
    assert empty.contents() == before


def test_several_hundred_projects_become_cases_with_a_journal_each(empty: Place) -> None:
    found = opened(empty, many(200))
    assert len(found["cases"]) == 200 and {c["entry"] for c in found["cases"]} == {1}
    assert len(empty.call("case", "list", "--per-page", "500", "--json").json()) == 200
    assert empty.call("journal", "verify").exit == 0


def test_the_last_row_wrong_and_nothing_is_written(empty: Place) -> None:
    rows = [project(n) for n in range(1, 40)] + [project(40, households=0)]
    assert problems(empty, book(rows, [], [])) == [(at(PROJECTS, "households", 42), "greater_than")]
    assert empty.call("case", "list", "--json").json() == []


# -- the template --------------------------------------------------------------------------------------


def test_the_sheets_have_a_column_for_every_field_of_the_action() -> None:
    parts = {"facilities", "decisions", "request_id"}
    assert set(SHEETS[PROJECTS]) == ImportCase.model_fields.keys() - parts
    assert set(SHEETS[FACILITIES]) == {"case", *FacilityTerms.model_fields}
    assert set(SHEETS[DECISIONS]) == {"case", *DecisionTerms.model_fields}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_the_template_offers_is_what_the_import_accepts(lang: str, empty: Place) -> None:
    assert empty.call("case", "import", "--template", "t.xlsx", lang=lang).exit == 0
    template, known = load_workbook(empty.folder / "t.xlsx"), choices(settings.load(CONFIG))
    assert template.sheetnames == [PROJECTS, FACILITIES, DECISIONS, "填写说明"]
    offered = {}
    for name, fields in SHEETS.items():
        sheet = template[name]
        assert [cell.value for cell in sheet[2]] == list(fields)
        assert sheet.row_dimensions[2].hidden
        for rule in sheet.data_validations.dataValidation:
            field = fields[ord(str(rule.sqref)[0]) - 65]
            cells = template["填写说明"][rule.formula1.partition("!")[2].replace("$", "")]
            offered[field] = [cell[0].value for cell in cells]
            assert [known[field].find(name) for name in offered[field]] == list(known[field].choices)
    assert offered.keys() == known.keys()
    head = template[PROJECTS].cell(1, 1).value
    assert head == ("项目编号 *" if lang == "zh" else "case number *")
    assert {template[PROJECTS].column_dimensions[c].number_format for c in "AEK"} == {"@"}


def test_an_empty_template_holds_no_project(empty: Place) -> None:
    assert empty.call("case", "import", "--template", "t.xlsx").exit == 0
    assert problems(empty, (empty.folder / "t.xlsx").read_bytes()) == [(PROJECTS, "no_projects")]


def test_a_template_overwrites_nothing(empty: Place) -> None:
    path = empty.write("t.xlsx", "mine")
    done = empty.call("case", "import", "--template", "t.xlsx")
    assert (done.exit, path.read_text()) == (7, "mine")
    assert empty.call("case", "import", "--template", "none/t.xlsx").exit == 7


def test_either_a_file_or_a_template(empty: Place) -> None:
    assert empty.call("case", "import").exit == 2
    assert empty.call("case", "import", "a.xlsx", "--template", "t.xlsx").exit == 2


# -- cells ---------------------------------------------------------------------------------------------

WRONG: list[tuple[str, Any, str]] = [
    ("case", None, "missing"),
    ("case", "ZDPT 2021", "string_pattern_mismatch"),
    ("case", 20210001, "number_for_text"),
    ("project", Formula("=1+1"), "formula_cell"),
    ("project", "长" * 201, "string_too_long"),
    ("project", "长" * 1_000_000, "string_too_long"),
    ("project", "a\u202eb", "unprintable"),
    ("project", "两\n行", "string_pattern_mismatch"),
    ("town", "无此镇", "not_a_choice"),
    ("stage", "预售征求意见", "not_a_choice"),
    ("stage", None, "missing"),
    ("happened_on", None, "missing"),
    ("happened_on", "五月", "date_parsing"),
    ("happened_on", "2021-02-30", "date_parsing"),
    ("happened_on", 20210506, "date_parsing"),
    ("happened_on", datetime.fromisoformat("2021-05-06T13:30"), "date_from_datetime_inexact"),
    ("happened_on", date.today() + timedelta(days=3), "day_ahead"),  # noqa: DTZ011 - whatever day it is
    ("parcel", 3.703030090125e17, "number_for_text"),
    ("parcel", "3703", "bad_form"),
    ("developer_code", 913703030000000000, "number_for_text"),
    ("developer_code", "91370303TEXT00010C", "check_digit"),
    ("households", "很多", "not_a_number"),
    ("households", 1600.5, "int_parsing"),
    ("households", "-5", "greater_than"),
    ("households", "1,60", "not_a_number"),
    ("households", datetime.fromisoformat("2021-05-06"), "not_a_number"),
    ("households", True, "not_a_number"),
    ("households", "1200/3900", "population_twice"),
    ("households", "1/2/3", "not_a_number"),
    ("households", Formula("=800*2"), "formula_cell"),
    ("land_area_m2", 50000.123, "decimal_max_places"),
    ("land_area_m2", "1e5", "not_a_number"),
    ("regulatory_plan", "#N/A", "error_cell"),
    ("confirm_credit_code", "也许", "not_a_choice"),
]


@pytest.mark.parametrize(("field", "value", "kind"), WRONG, ids=[f"{f}-{k}-{n}" for n, (f, _, k) in enumerate(WRONG)])
def test_a_wrong_cell_is_named(field: str, value: Any, kind: str, empty: Place) -> None:
    def error(made: Workbook) -> None:
        if value == "#N/A":
            made[PROJECTS][at(PROJECTS, field)[3:]].data_type = "e"

    content = book([project(**{field: value})], [], [], error)
    assert problems(empty, content) == [(at(PROJECTS, field), kind)]


def test_everything_wrong_is_said_at_once(empty: Place) -> None:
    found = problems(
        empty,
        book(
            [
                project(1, town="无此镇", households="很多", project=None),
                project(2, parcel="370303009012gb00003"),
                project(3, developer_code="91370303"),
                project(2, parcel="370303009012GB00009"),
            ],
            [
                facility(1, subtype="幼稚园", gfa_m2="大"),
                facility(3),
                facility(3),
                facility(7),
                facility(3, facility="F2", ownership="city", handover_days=0),
            ],
            [*decisions(3), decisions(3)[0], {"category": "sports"}],
        ),
    )
    assert sorted(found) == sorted([
        ("项目!B3", "missing"),
        (at(PROJECTS, "town"), "not_a_choice"),
        (at(PROJECTS, "households"), "not_a_number"),
        (at(PROJECTS, "parcel", 5), "twice"),
        (at(PROJECTS, "developer_code", 5), "bad_form"),
        (at(PROJECTS, "case", 6), "twice"),
        (at(FACILITIES, "subtype"), "not_a_choice"),
        (at(FACILITIES, "gfa_m2"), "not_a_number"),
        (at(FACILITIES, "facility", 5), "twice"),
        (at(FACILITIES, "case", 6), "project_unknown"),
        (at(FACILITIES, "ownership", 7), "not_a_choice"),
        (at(FACILITIES, "handover_days", 7), "greater_than"),
        (at(DECISIONS, "category", 10), "twice"),
        (at(DECISIONS, "case", 11), "missing"),
        (at(DECISIONS, "decision", 11), "missing"),
    ])  # fmt: skip


def test_the_sentence_names_sheet_cell_column_and_what_may_stand_there(empty: Place) -> None:
    empty.write("in.xlsx", book([project(town="马上街道")], [], []))
    place = at(PROJECTS, "town")
    chinese = empty.call("case", "import", "in.xlsx", lang="zh", token=HOUSING).flat()
    assert f"{place}（镇办）：“马上街道”不在可选范围内，可以是：马尚街道" in chinese
    english = empty.call("case", "import", "in.xlsx", lang="en", token=HOUSING).flat()
    assert f"{place}townorsub-district:“马上街道”isnotamongthechoices;possible:MashangSub-district" in english


@pytest.mark.parametrize("text", ["=1+1", "A<B & C>D", "{{x}}", "{place}", "长" * 200, "'; DROP TABLE cases; --", "@x"])
def test_hostile_text_is_text(text: str, empty: Place) -> None:
    opened(empty, book([project(project=text, regulatory_plan=text)], [facility(design=text)]))
    case = shown(empty)
    assert (case["name"], case["regulatory_plan"], case["requirements"][0]["design"]) == (text, text, text)


TOLD: list[tuple[str, Any, dict[str, Any]]] = [
    ("households", r"1200\3900", {"households": 1200, "population": 3900}),
    ("households", "1200/3900", {"households": 1200, "population": 3900}),
    ("households", "１，２００ 、3 900", {"households": 1200, "population": 3900}),
    ("households", "1,600", {"households": 1600}),
    ("households", "１６００", {"households": 1600}),
    ("households", " 1 600 ", {"households": 1600}),
    ("land_area_m2", "50,000.50", {"land_area": 5_000_050}),
    ("happened_on", "2021/5/6", {"opened_on": "2021-05-06"}),
    ("happened_on", "２０２１年５月６日", {"opened_on": "2021-05-06"}),
    ("case", "ＺＤＰＴ－２０２１－00001", {"id": FIRST}),
    ("parcel", "３７０３０３００９０１２gb00001", {"parcel": "370303009012GB00001"}),
]


@pytest.mark.parametrize(("field", "value", "stored"), TOLD, ids=[f"{f}-{n}" for n, (f, *_) in enumerate(TOLD)])
def test_what_is_read_otherwise_than_typed_is_told(
    field: str, value: Any, stored: dict[str, Any], empty: Place
) -> None:
    population = {} if "population" in stored else {"population": 4200}
    row = project() | {"population": None} | population | {field: value}
    found = opened(empty, book([row]))
    assert [told["place"] for told in found["told"]] == [at(PROJECTS, field)]
    case = shown(empty)
    assert {name: case[name] for name in stored} == stored


def test_a_town_is_found_by_old_new_and_english_name(empty: Place) -> None:
    names = ("马尚镇", "马尚街道", "mashang sub-district", "mashang")
    rows = [project(n, town=town) for n, town in enumerate(names, 1)]
    opened(empty, book(rows, map(facility, range(1, 5)), [d for n in range(1, 5) for d in decisions(n)]))
    lines = empty.call("case", "list", "--json").json()
    assert {line["town"] for line in lines} == {"mashang"} and len(lines) == 4


def test_a_wrong_check_digit_that_was_compared_is_accepted_and_told(empty: Place) -> None:
    found = opened(empty, book([project(developer_code="91370303TEXT00010C", confirm_credit_code="是")]))
    assert found["cases"][0]["warnings"] == ["check_digit", "standards_unknown"]


# -- rows, columns, sheets -----------------------------------------------------------------------------


def test_empty_rows_and_formatted_empty_cells_are_nothing(empty: Place) -> None:
    def change(made: Workbook) -> None:
        for row in (5, 6, 400, 1_048_576):
            for column in range(1, 60):
                made[PROJECTS].cell(row, column).number_format = "0.00"
        made[PROJECTS].cell(9, 2, "   ")
        for column, field in enumerate(SHEETS[PROJECTS], 1):
            made[PROJECTS].cell(500, column, project(2).get(field))

    content = book([project()], [facility(1), facility(2)], [*decisions(1), *decisions(2)], change)
    assert opened(empty, content)["places"] == {FIRST: "项目!3", "ZDPT-2021-00002": "项目!500"}


def test_columns_may_move_and_headings_may_be_reworded_and_own_columns_are_told(empty: Place) -> None:
    def change(made: Workbook) -> None:
        sheet = made[PROJECTS]
        sheet.insert_cols(1)
        sheet["A1"], sheet["A3"] = "备注", "老项目"
        sheet["B1"] = "编号（新）"

    assert opened(empty, book(change=change))["left_aside"] == ["项目!A 备注"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda b: b.remove(b[DECISIONS]), [(DECISIONS, "sheet_missing")]),
        (lambda b: b[PROJECTS].delete_rows(2), [("项目!2", "fields_missing")]),
        (lambda b: b[PROJECTS].delete_cols(5), [(PROJECTS, "column_missing")]),
        (lambda b: b[PROJECTS].delete_rows(2, 9), [("项目!2", "fields_missing")]),
        (lambda b: b[PROJECTS].cell(2, 30, "nonsense"), [("项目!AD2", "column_unknown")]),
        (lambda b: b[PROJECTS].cell(2, 30, "case"), [("项目!AD2", "column_twice")]),
        (lambda b: b[PROJECTS].merge_cells("C3:C4"), [("项目!C3:C4", "merged_cells")]),
        (lambda b: b[FACILITIES].merge_cells("B9:C10"), [("设施!B9:C10", "merged_cells")]),
    ],
)
def test_sheets_and_columns_must_be_those_of_the_template(
    change: Callable[[Workbook], object], expected: list[tuple[str, str]], empty: Place
) -> None:
    assert problems(empty, book(change=change)) == expected


def test_merged_headings_are_nobodys_concern(empty: Place) -> None:
    assert opened(empty, book(change=lambda b: b[PROJECTS].merge_cells("A1:B1")))["opened"]


# -- policies ------------------------------------------------------------------------------------------


def test_a_taken_parcel_blocks_and_names_the_row(empty: Place) -> None:
    opened(empty, many(1))
    content = book([project(2), project(3, parcel="370303009012GB00001")], [], [])
    found = refused(empty, content, exit=3)
    keyed = {o["key"]: dict(o["detail"]) for o in found["obstacles"]}
    assert keyed[f"parcel_taken:{FIRST}"]["place"] == at(PROJECTS, "parcel", 4)
    assert at(PROJECTS, "parcel", 4) in found["text"]


def test_problems_and_obstacles_are_said_together(empty: Place) -> None:
    opened(empty, many(1))
    content = book([project(2, town="无此镇"), project(3, parcel="370303009012GB00001")], [], [])
    found = refused(empty, content)
    assert [p["place"] for p in found["params"]["problems"]] == [at(PROJECTS, "town")]
    assert f"parcel_taken:{FIRST}" in [o["key"] for o in found["obstacles"]]


def test_who_does_not_lead_the_stage_imports_nothing_and_one_refusal_is_journalled(empty: Place) -> None:
    found = refused(empty, many(3), exit=4, by="health")
    assert [dict(o["detail"])["place"] for o in found["obstacles"]] == ["项目!3", "项目!4", "项目!5"]
    assert empty.call("case", "list", "--json").json() == []
    entries = empty.call("journal", "show", "--json", token="auditor").json()
    assert [e["outcome"] for e in entries if e["action"] == "case import"] == ["refused"] * 2


def test_one_row_of_another_s_stage_keeps_all_out(empty: Place) -> None:
    found = refused(empty, book([project(1), project(2, stage="规划联合审查")], [], []), exit=4)
    assert [dict(o["detail"])["place"] for o in found["obstacles"]] == ["项目!4"]


def test_without_an_account_nothing_is_imported(empty: Place) -> None:
    empty.write("in.xlsx", many(1))
    assert empty.call("case", "import", "in.xlsx").exit == 4


# -- files ---------------------------------------------------------------------------------------------


def _parts(content: bytes, **changed: bytes) -> bytes:
    """The workbook with parts replaced or added; ``sheet`` is the first sheet."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "extra": "xl/media/x.bin"}
    out = io.BytesIO()
    wanted = {names[key]: value for key, value in changed.items()}
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in wanted:
                new.writestr(part, old.read(part))
        for name, value in wanted.items():
            new.writestr(name, value)
    return out.getvalue()


def _declaring(content: bytes, size: int) -> bytes:
    """The first part of the archive claims to unpack to ``size`` bytes."""
    place = content.index(b"PK\x01\x02")
    return content[: place + 24] + struct.pack("<I", size) + content[place + 28 :]


_ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><worksheet>&d;</worksheet>'
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
UNUSABLE: dict[str, tuple[bytes, str]] = {
    "text": (b"project,parcel\n1,2\n", "not_a_workbook"),
    "another archive": (_parts(b"PK\x05\x06" + bytes(18), extra=b"x"), "not_a_workbook"),
    "old Excel": (_OLE, "old_workbook"),
    "locked": (_OLE + "EncryptedPackage".encode("utf-16-le"), "locked_workbook"),
    "cut short": (book()[:-900], "damaged_workbook"),
    "only its head": (book()[:40], "damaged_workbook"),
    "a broken sheet": (_parts(book(), sheet=b"<worksheet><sheetData><row"), "damaged_workbook"),
    "strange bytes": (_parts(book(), sheet=b"\xff\xfe\x00\x01"), "damaged_workbook"),
    "a strange cell": (
        _parts(
            book(),
            sheet=b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            b'<row r="x"><c r="A1" t="s"><v>99999</v></c></row></sheetData></worksheet>',
        ),
        "damaged_workbook",
    ),
    "bomb": (_parts(book(), extra=b"0" * 20_000_000), "unpacks_too_far"),
    "bomb by its own word": (_declaring(book(), 4_000_000_000), "unpacks_too_far"),
    "entities": (_parts(book(), sheet=_ENTITIES), "declares_entities"),
    "entities in UTF-16": (
        _parts(book(), sheet=_ENTITIES.replace(b'"1.0"', b'"1.0" encoding="UTF-16"').decode().encode("utf-16")),
        "declares_entities",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_is_refused_with_the_reason(name: str, empty: Place) -> None:
    content, reason = UNUSABLE[name]
    found = refused(empty, content)
    assert (found["error"], found["params"]["reason"]) == ("workbook_unusable", reason)


def test_a_file_that_is_not_there_a_folder_and_an_empty_file(empty: Place) -> None:
    empty.write("empty.xlsx", b"")
    for name in ("nowhere.xlsx", str(empty.folder), "empty.xlsx"):
        done = empty.call("case", "import", name, token=HOUSING)
        assert done.exit == 7 and "Traceback" not in done.text


def test_rows_out_of_order_and_far_away_lose_nothing(empty: Place) -> None:
    """Excel never writes such a sheet; other programs do."""
    head = zipfile.ZipFile(io.BytesIO(book())).read("xl/worksheets/sheet1.xml").decode()
    begin, end = head.index('<row r="3"'), head.index("</sheetData>")
    moved = head[: head.index("<row ")] + head[begin:end] + head[head.index("<row ") : begin] + head[end:]
    far = moved.replace("</sheetData>", '<row r="999999999"><c r="A999999999"/></row></sheetData>')
    assert opened(empty, _parts(book(), sheet=far.encode()))["places"] == {FIRST: "项目!3"}


def test_every_kind_of_problem_has_its_sentence() -> None:
    assert not CELLS.keys() & PYDANTIC.keys()
    used = "".join(Path(CONFIG.parent, "workflow", f"{m}.py").read_text() for m in ("cells", "spreadsheet"))
    assert all(f'"{kind}"' in used for kind in CELLS)


@pytest.mark.parametrize(("answer", "cases"), [("n", 0), ("y", 2)])
def test_at_a_terminal_it_shows_how_far_it_is_and_asks(answer: str, cases: int, empty: Place) -> None:
    empty.write("in.xlsx", many(2))
    said = at_a_terminal(empty, answer, "case", "import", "in.xlsx")
    assert "2/2" in said and "[y/N]" in said and "--confirm" not in said
    assert len(empty.call("case", "list", "--json").json()) == cases


def at_a_terminal(place: Place, answer: str, *command: str) -> str:
    """What the installed program says to somebody who types ``answer`` when it asks."""
    import pty

    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [SCRIPT, *command], stdin=theirs, stdout=theirs, stderr=theirs, cwd=place.folder,
        env=place.environment("en", HOUSING),
    )  # fmt: skip
    os.close(theirs)
    os.write(mine, f"{answer}\n".encode())
    said = b""
    # Linux reports the end of a terminal as an error.
    with suppress(OSError):
        while piece := os.read(mine, 65536):
            said += piece
    os.close(mine)
    assert process.wait(60) == 0
    return said.decode()
