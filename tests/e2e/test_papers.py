"""The Word papers, read back with a reader and held cell by cell against the case."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from program import CONFIG, LANGUAGES, Completed, Place

from views.papers import make_templates
from workflow import settings

FORMS = ("letter", "sheet", "form")
#: Values that a template engine, an XML writer or a spreadsheet would like to understand.
HOSTILE = (
    "=1+1", "A<B & C>D", "{{x}}", "{% raw %}", "{%p if x %}", "{#x#}", "{_{x}_} {_% x %_}", "&lt;b&gt; ]]>",
    "名" * 200, "一\n二\n\n三", "</w:t></w:r>", "\\n {{ 7*7 }} “引号”", "a_b {{_}}",
)  # fmt: skip
#: The words of a requirement as they are read, told apart from the program's own.
SCALES = {
    "gfa": "建筑面积：{:.2f} m²", "site": "用地面积：{:.2f} m²", "classes": "班数：{}班", "seats": "座位数：{}座",
    "beds": "床位数：{}床",
}  # fmt: skip
TERMS = {
    "location": "位置：{}", "design": "设计要求：{}", "mode": "建设方式：{}", "ownership": "产权归属：{}",
    "ownership_reason": "不归政府所有的理由：{}", "ownership_basis": "不归政府所有的依据：{}",
    "handover": "移交要求：{}", "recipient": "接收单位：{}", "handover_days": "移交时限：出具综合验收证明文件后{}日内",
}  # fmt: skip
OWNERS = {"government": "归政府", "investor": "归投资方", "all_owners": "归全体业主"}
VERDICTS = {
    "agree": "同意",
    "agree_with_conditions": "原则同意（附意见）",
    "object": "不同意",
    "not_involved": "不涉及",
}

Table = list[list[str]]


def written(place: Place, kind: str, *options: str, **how: Any) -> tuple[Any, Completed]:
    done = place.call("paper", kind, "{case}", "--output", "paper.docx", *options, **how)
    assert done.exit == 0, done.text[-2000:]
    return Document(str(place.folder / "paper.docx")), done


def tables(paper: Any) -> list[Table]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]


def table(paper: Any, head: str) -> Table:
    """The rows below the first table whose second heading is ``head``."""
    return next(t[1:] for t in tables(paper) if t[0][1] == head)


def text(paper: Any) -> str:
    return "\n".join(p.text for p in paper.paragraphs)


def facts(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = place.call("case", "show", "{case}", "--json").json()
    return found


def required(case: dict[str, Any], facility: str) -> str:
    """The requirement in force in words, made from the facts alone."""
    terms = [r for r in case["requirements"] if r["facility"] == facility][-1]
    modes = {key: name.zh for key, name in settings.load(CONFIG).construction_modes.items()}
    lines = scaled(terms)
    for name, words in TERMS.items():
        value = terms[name]
        if value:
            lines.append(words.format({"mode": modes, "ownership": OWNERS}.get(name, {}).get(value, value)))
    return "\n".join(lines)


def scaled(row: dict[str, Any]) -> list[str]:
    return [
        words.format(row[name] / 100 if name in ("gfa", "site") else row[name])
        for name, words in SCALES.items()
        if row[name] is not None
    ]


def named(case: dict[str, Any], facility: str) -> str:
    subtype = next(f["subtype"] for f in case["facilities"] if f["facility"] == facility)
    found = next(c.subtypes[subtype] for c in settings.load(CONFIG).categories.values() if subtype in c.subtypes)
    return f"{facility} {found.name.zh}"


def owed_by(view: dict[str, Any], department: str) -> list[str]:
    owed = [f["facility"] for f in view["case"]["facilities"] if f["removed"] is None]
    return [f for f in owed if view["competent"][f] == department]


# -- the letter ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("department", ["health", "civil_affairs", "education_sports"])
@pytest.mark.parametrize(
    ("stage", "limit"),
    [("planning_joint_review", "5个工作日内"), ("land_supply_joint_review", "5个工作日内"),
     ("handover_agreement", "请及时反馈"), ("completion_joint_acceptance", "7个工作日内")],
)  # fmt: skip
def test_a_letter_names_its_department_its_facilities_and_the_limit(
    stage: str, limit: str, department: str, office_at: Callable[..., Place]
) -> None:
    place = office_at(stage)
    paper, _ = written(place, "letter", "--department", department)
    view = facts(place)
    rows = table(paper, "设施")
    name = settings.load(CONFIG).organisations[department].name.zh
    assert f"{name}：" in [p.text for p in paper.paragraphs]
    assert [row[:3] for row in rows] == [
        [str(n), named(view["case"], f), required(view["case"], f)] for n, f in enumerate(owed_by(view, department), 1)
    ]
    assert limit in text(paper)
    assert view["case"]["name"] in text(paper)


def test_at_the_acceptance_the_survey_stands_beside_the_requirement(office_at: Callable[..., Place]) -> None:
    place = office_at("completion_joint_acceptance")
    paper, _ = written(place, "letter", "--department", "civil_affairs")
    view = facts(place)
    assert [row[3] for row in table(paper, "设施")] == [
        surveyed(view["case"], f) for f in owed_by(view, "civil_affairs")
    ]


def surveyed(case: dict[str, Any], facility: str) -> str:
    last = [e for e in case["evidence"] if e["facility"] == facility and e["kind"] == "measurement"][-1]
    return "\n".join([*scaled(last), f"位置：{last['location']}"])


def test_without_a_department_every_one_but_the_lead_gets_a_letter(office: Place) -> None:
    paper, _ = written(office, "letter")
    rules = settings.load(CONFIG)
    addressed = [p.text for p in paper.paragraphs if p.text.endswith("局：")]
    others = [d for d in rules.roles.standing if d != "natural_resources"]
    assert addressed == [f"{rules.organisations[d].name.zh}：" for d in others]
    assert sum("市自然资源局张店分局（盖章）" in p.text for p in paper.paragraphs) == len(others)


@pytest.mark.parametrize("kind", FORMS)
def test_a_number_is_printed_only_when_it_is_given(kind: str, office: Place) -> None:
    blank, _ = written(office, kind)
    assert blank.paragraphs[0].text == "〔　　　　〕　　　号"
    (office.folder / "paper.docx").unlink()
    numbered, _ = written(office, kind, "--number", "张自然资函〔2020〕12号")
    assert numbered.paragraphs[0].text == "张自然资函〔2020〕12号"


# -- the sheet -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["planning_joint_review", "objection", "stale", "completion_joint_acceptance:ready"])
def test_the_sheet_holds_every_answer_as_it_stands(moment: str, office_at: Callable[..., Place]) -> None:
    place = office_at(moment)
    paper, _ = written(place, "sheet")
    view, rules = facts(place), settings.load(CONFIG)
    rows = table(paper, "部门")
    assert [row[1] for row in rows] == [rules.organisations[a["department"]].name.zh for a in view["answers"]]
    for row, answer in zip(rows, view["answers"], strict=True):
        opinion, signed, stamp = row[2:]
        assert stamp == ""
        if answer["verdict"] is None:
            assert (opinion, signed) == ("尚未签署", "")
            continue
        assert VERDICTS[answer["verdict"]] in opinion
        assert (answer["text"] or "") in opinion
        assert opinion.startswith("需重新确认") == (answer["state"] == "sign_off_stale")
        assert signed.startswith(answer["signed_by"])
        assert signed.endswith(answer["happened_on"])


def test_the_sheet_prints_conditions_and_what_an_objection_asks(office_at: Callable[..., Place]) -> None:
    place = office_at("objection")
    paper, _ = written(place, "sheet")
    case = facts(place)["case"]
    opinions = "\n".join(row[2] for row in table(paper, "部门"))
    against = next(s for s in case["sign_offs"] if s["verdict"] == "object")
    for wanted in (
        f"理由：{against['reason']}",
        f"依据：{against['basis']}",
        f"修改要求：{against['requested_change']}",
    ):
        assert wanted in opinions
    assert case["conditions"]
    for condition in case["conditions"]:
        assert f"条件：{condition['text']}（{condition['responsible']}，{condition['due_on']}）" in opinions


# -- the form --------------------------------------------------------------------------------------------


def test_a_form_is_blank_before_the_department_has_signed(office_at: Callable[..., Place]) -> None:
    paper, _ = written(office_at("completion_joint_acceptance"), "form", "--department", "civil_affairs")
    values = {row[0]: row[1] for t in tables(paper) if len(t[0]) == 2 for row in t}
    assert values["意见"] == "　".join(f"□{word}" for word in VERDICTS.values())
    assert [values[k] for k in ("意见内容", "理由", "依据", "修改要求", "签署人", "签署日期")] == [""] * 6
    assert {tuple(row[4:]) for row in table(paper, "设施")} == {("□是\n□否", "□是\n□否")}


def test_a_form_is_filled_with_the_standing_sign_off(office_at: Callable[..., Place]) -> None:
    place = office_at("completion_joint_acceptance:ready")
    paper, _ = written(place, "form", "--department", "civil_affairs")
    view = facts(place)
    given = next(s for s in view["case"]["sign_offs"][::-1] if s["department"] == "civil_affairs")
    values = {row[0]: row[1] for t in tables(paper) if len(t[0]) == 2 for row in t}
    day = date.fromisoformat(given["happened_on"])
    assert values["意见"] == "　".join(
        f"{'☑' if verdict == given['verdict'] else '□'}{word}" for verdict, word in VERDICTS.items()
    )
    assert values["意见内容"] == (given["text"] or "")
    assert values["签署人"] == f"{given['signed_by']}（负责人）"
    assert values["签署日期"] == f"{day.year}年{day.month}月{day.day}日"
    judged = json.loads(given["judgements"])
    assert judged
    for row, facility in zip(table(paper, "设施"), owed_by(view, "civil_affairs"), strict=True):
        yes = ["☑是\n□否" if good else "□是\n☑否" for good in judged[facility]]
        assert row == [row[0], named(view["case"], facility), required(view["case"], facility),
                       surveyed(view["case"], facility), *yes]  # fmt: skip


def test_a_stale_answer_leaves_the_form_blank_and_says_so(office_at: Callable[..., Place]) -> None:
    place = office_at("stale")
    stale = next(a["department"] for a in facts(place)["answers"] if a["state"] == "sign_off_stale")
    paper, _ = written(place, "form", "--department", stale)
    assert "原意见需重新确认" in text(paper)
    assert "☑" not in "".join(cell for t in tables(paper) for row in t for cell in row)


# -- what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMS)
def test_an_existing_file_is_never_overwritten(kind: str, office: Place) -> None:
    kept = office.write("paper.docx", "mine")
    done = office.call("paper", kind, "{case}", "--output", "paper.docx")
    assert done.exit == 7
    assert kept.read_text() == "mine"


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("moment", ["under_construction", "in_use"])
def test_where_nobody_is_asked_there_is_no_paper(kind: str, moment: str, office_at: Callable[..., Place]) -> None:
    place = office_at(moment)
    done = place.call("paper", kind, "{case}", "--output", "paper.docx")
    assert done.exit == 7, done.text
    assert not (place.folder / "paper.docx").exists()


@pytest.mark.parametrize("department", ["finance", "helth"])
def test_a_department_that_is_not_asked_gets_no_paper(department: str, office: Place) -> None:
    done = office.call("paper", "letter", "{case}", "--department", department, "--output", "paper.docx")
    assert done.exit == 5
    assert not (office.folder / "paper.docx").exists()


# -- hostile texts, languages, templates -----------------------------------------------------------------


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_stay_exactly_what_they_are(value: str, office: Place) -> None:
    amended = office.call("facility", "amend", "{case}", "P1-F4", "--design", value, "--reason", "x", token="nr")
    signed = office.call(
        "sign", "{case}", "--verdict", "object", "--reason", value, "--basis", value, "--requested-change", value,
        "--text", value, token="health",
    )  # fmt: skip
    assert (amended.exit, signed.exit) == (0, 0), amended.text + signed.text
    paper, _ = written(office, "form", "--department", "health", "--number", value.replace("\n", " "))
    values = {row[0]: row[1] for t in tables(paper) if len(t[0]) == 2 for row in t}
    assert [values[k] for k in ("意见内容", "理由", "依据", "修改要求")] == [value] * 4
    assert table(paper, "设施")[0][2].partition("设计要求：")[2] == value
    assert paper.paragraphs[0].text == value.replace("\n", " ")
    (office.folder / "paper.docx").unlink()
    sheet, _ = written(office, "sheet")
    opinion = next(row[2] for row in table(sheet, "部门") if row[1] == "区卫健局")
    assert opinion == f"不同意\n理由：{value}\n依据：{value}\n修改要求：{value}"


def test_papers_are_chinese_in_either_language(office: Place) -> None:
    found = []
    for lang in LANGUAGES:
        paper, _ = written(office, "letter", lang=lang)
        found.append((text(paper), tables(paper)))
        (office.folder / "paper.docx").unlink()
    assert found[0] == found[1]


@pytest.mark.parametrize("name", make_templates.TEMPLATES)
def test_the_shipped_templates_are_the_ones_that_are_made(name: str, tmp_path: Path) -> None:
    made, shipped = tmp_path / f"{name}.docx", make_templates.FOLDER / f"{name}.docx"
    make_templates.TEMPLATES[name]().save(str(made))
    parts = [{part.partname: part.blob for part in Document(str(p)).part.package.iter_parts()} for p in (made, shipped)]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("kind", FORMS)
def test_every_text_names_its_east_asian_font(kind: str, office: Place) -> None:
    paper, _ = written(office, kind)
    page = paper.sections[0]
    measures = (page.page_width, page.page_height, page.top_margin, page.left_margin)
    assert [round(m.mm) for m in measures] == [210, 297, 37, 28]
    runs = [r for p in paper.paragraphs for r in p.runs]
    runs += [r for t in paper.tables for row in t.rows for c in row.cells for p in c.paragraphs for r in p.runs]
    east = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia"
    fonts = {r._r.rPr.rFonts.get(east) for r in runs if r.text}
    assert fonts <= {"方正小标宋简体", "仿宋", "黑体"} and {"方正小标宋简体", "仿宋"} <= fonts
