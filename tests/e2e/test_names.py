"""Names are typed where ids are asked: in either language, old or new; what nobody is called finds the nearest."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from program import CASE, CONFIG, LANGUAGES, Place
from test_prompts import Talk

from states.errors import NotFound, Obstacle
from views.language import speaking
from views.names import Names
from views.naming import Meanings
from views.wording import obstacle_text
from workflow import settings
from workflow.cells import Choice, Options

OfficeAt = Callable[..., Place]

_OPEN = {
    "case": "A-1", "project": "张店新居", "kind": "商品住房", "town": "马尚镇", "parcel": "370303101012GB91001",
    "households": 100, "happened_on": "2020-08-01",
    "facilities": [{"facility": "F1", "subtype": "幼儿园", "gfa_m2": 3200, "mode": "建设单位建设，无偿移交"}],
    "decisions": [{"category": "社区教育设施", "decision": "required"}],
}  # fmt: skip


def _shown(place: Place, case: str = CASE) -> Any:
    return place.call("case", "show", case, "--json").json()["case"]


@pytest.mark.parametrize(
    "words",
    [
        ("--stage", "规划联合审查"), ("--stage", "planning joint REVIEW"), ("--town", "南定镇"),
        ("--town", "Nanding Town"), ("--town", " nanding "), ("--department", "区卫健局"),
        ("--department", "district health bureau"),
        ("--blocked-by", "区卫健局"), ("--blocked-by", "District Health Bureau"),
    ],
)  # fmt: skip
def test_a_list_is_filtered_by_names(words: tuple[str, ...], office: Place) -> None:
    done = office.call("case", "list", *words, "--json")
    assert done.exit == 0, done.text
    assert [line["case"] for line in done.json()] == [CASE]


@pytest.mark.parametrize(
    ("option", "typed", "code"),
    [
        ("--town", "南订镇", "nanding"), ("--department", "区卫建局", "health"), ("--blocked-by", "卫健委", "health"),
        ("--department", "Distrct Health Buro", "health"), ("--stage", "规划会审", "planning_joint_review"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_misspelt_name_finds_the_nearest_with_its_id(
    option: str, typed: str, code: str, lang: str, office: Place
) -> None:
    done = office.call("case", "list", option, typed, lang=lang)
    assert done.exit == 5
    rules = settings.load(CONFIG)
    body = rules.organisations.get(code)
    stage = {"zh": "规划联合审查", "en": "Planning joint review"}
    name = (body.name.zh if lang == "zh" else body.name.en) if body else stage[lang]
    assert code in done.flat() and name.replace(" ", "") in done.flat(), done.text
    told = office.call("case", "list", option, typed, "--json", lang=lang).json()
    assert code in told["params"]["near"] and told["exit_code"] == 5


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("typed", ["qqq", "不相干"])
def test_where_nothing_is_similar_a_short_list_is_shown_whole(typed: str, lang: str, office: Place) -> None:
    done = office.call("case", "list", "--town", typed, lang=lang)
    towns = [(o, b.on("2026-01-01")[0]) for o, b in settings.load(CONFIG).organisations.items() if b.kind == "town"]
    assert len(towns) == 12
    for town, name in towns:
        assert town in done.flat() and (name.zh if lang == "zh" else name.en).replace(" ", "") in done.flat()
    assert {"zh": "可以是", "en": "Allowed"}[lang] in done.text
    assert {"zh": "相近", "en": "Similar"}[lang] not in done.text


def test_what_two_things_are_called_means_neither() -> None:
    two = Options([Choice("a", "南院", "South"), Choice("b", "南院", "Yard"), Choice("south", "北院", "North")])
    assert two.find("南院") is None
    assert [choice.id for choice in two.near("南院")][:2] == ["a", "b"]
    assert two.find("South").id == "south", "an id comes before a name"  # type: ignore[union-attr]
    assert two.find("yard").id == "b"  # type: ignore[union-attr]


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_project_is_registered_from_a_file_with_names(suffix: str, office: Place) -> None:
    office.write(f"one.{suffix}", json.dumps(_OPEN, ensure_ascii=False))  # JSON is YAML
    done = office.call("case", "open", f"one.{suffix}", token="nr")
    assert done.exit == 0, done.text
    found = _shown(office, "A-1")
    assert (found["kind"], found["town"]) == ("commodity_housing", "mashang")
    assert found["facilities"][0]["subtype"] == "kindergarten"
    assert found["requirements"][0]["mode"] == "developer_builds_free_handover"
    assert found["decisions"][0]["category"] == "education"


def test_options_and_arguments_take_names(office: Place) -> None:
    def did(*words: str, token: str = "nr") -> None:
        done = office.call(*words, token=token)
        assert done.exit == 0, done.text

    did("facility", "add", CASE, "F9", "Community Health Station", "--gfa-m2", "200", "--location", "东区")
    did("facility", "decide", CASE, "社区医疗卫生服务设施", "--decision", "required")
    did("document", "add", CASE, "会议纪要", "1号", "--issued-on", "2020-07-20", "--issuer", "区领导小组办公室")
    found = _shown(office)
    assert found["facilities"][-1]["subtype"] == "health_service_station"
    assert found["decisions"][-1]["category"] == "health"
    assert (found["documents"][-1]["kind"], found["documents"][-1]["issuer"]) == (
        "meeting_minutes", "leading_group_office",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "stored"), [("区住建局", "housing"), ("建设单位", "建设单位"), ("hoUsing", "housing")]
)
def test_a_condition_names_an_organisation_or_anybody_else(typed: str, stored: str, office: Place) -> None:
    terms = f"text=补图; responsible={typed}; due_on=2030-01-01; due_stage=施工许可"
    done = office.call("sign", CASE, "--verdict", "agree_with_conditions", "--condition", terms, token="health")
    assert done.exit == 0, done.text
    condition = _shown(office)["conditions"][-1]
    assert (condition["responsible"], condition["due_stage"]) == (stored, "construction_permit")
    name = {"housing": "区住建局"}.get(stored, stored)
    shown = office.call("case", "show", CASE, lang="zh").flat()
    assert name in shown and "housing" not in shown
    open_ = Obstacle("condition_open", "1", detail=(("responsible", condition["responsible"]),))
    with speaking("zh"):
        assert name in obstacle_text(open_, Names(settings.load(CONFIG), "2026-01-01"))


def test_the_journal_keeps_ids(office: Place) -> None:
    assert office.call("facility", "decide", CASE, "社区食堂", "--decision", "required", token="nr").exit == 0
    entries = office.call("case", "history", CASE, "--json").json()
    assert entries[-1]["params"]["category"] == "canteen"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_misspelt_name_in_an_action_changes_nothing(lang: str, office: Place) -> None:
    before = office.contents()
    done = office.call("facility", "add", CASE, "F9", "幼稚园", token="nr", lang=lang)
    assert done.exit == 5
    assert "kindergarten" in done.flat() and {"zh": "幼儿园", "en": "kindergarten"}[lang] in done.flat()
    item = "facility=P1-F1; department=区教育体育局; fact=a; basis=b; requirement=c; deadline=2030-01-01"
    assert office.call("acceptance", "order", CASE, "--reference", "1", "--item", item, token="housing").exit == 5
    assert office.contents() == before


def test_neither_nothing_nor_a_book_is_a_name(office: Place) -> None:
    empty = office.call("facility", "add", CASE, "F9", " ", token="nr")
    assert empty.exit == 7 and "required form" in empty.text
    book = office.call("case", "list", "--town", "长" * 100_000)
    assert book.exit == 5 and len(book.text) < 2_000


def test_the_administrator_may_say_organisations_by_name(office: Place) -> None:
    done = office.call("account", "add", "x", "--org", "区卫健局", "--level", "clerk", "--json", token="admin")
    assert done.exit == 0, done.text
    assert done.json()["organisation"] == "health"
    wrong = office.call("account", "add", "y", "--org", "区卫建局", "--level", "clerk", token="admin")
    assert wrong.exit == 5 and "health" in wrong.text


def test_a_database_is_made_for_an_organisation_by_name(nowhere: Place) -> None:
    done = nowhere.call("init", "--org", "区住建局", "--json")
    assert done.exit == 0, done.text
    listed = nowhere.call("account", "list", "--json", token=done.json()["token"]).json()
    assert listed[0]["organisation"] == "housing"


def test_a_letter_is_recorded_for_a_department_by_name(office: Place) -> None:
    office.write("scan.pdf", b"%PDF-1.4 letter")
    done = office.call(
        "sign", CASE, "--for", "区卫健局", "--verdict", "agree", "--letter", "张卫函〔2020〕1号",
        "--letter-on", "2020-07-23", "--scan", "scan.pdf", token="nr",
    )  # fmt: skip
    assert done.exit == 0, done.text
    assert _shown(office)["sign_offs"][-1]["department"] == "health"


def test_a_paper_is_for_a_department_by_name(office: Place) -> None:
    done = office.call("paper", "letter", CASE, "--department", "区卫健局", "--output", "a.docx")
    assert done.exit == 0, done.text


def test_a_delegation_holds_in_stages_by_name(office: Place) -> None:
    assert office.call("account", "add", "clerk", "--org", "health", "--level", "clerk", token="admin").exit == 0
    done = office.call(
        "delegation", "add", "--absent", "health", "--deputy", "clerk", "--from", "2026-01-01", "--to", "2030-01-01",
        "--stage", "规划联合审查", "--document", "1号", "--json", token="admin",
    )  # fmt: skip
    assert done.exit == 0, done.text
    assert done.json()["stages"] == ["planning_joint_review"]


def test_a_question_is_answered_with_a_name_in_either_language(office: Place) -> None:
    talk = Talk(office, "facility", "decide", CASE, token="nr", lang="zh")
    talk.hears("社区食堂").says("community canteen").hears("统筹配建").hears("请输入序号：")
    talk.interrupts()
    assert talk.ends() == 130


def test_an_old_name_still_means_its_town() -> None:
    meanings = Meanings(settings.load(CONFIG))
    assert {meanings.meant("town", name) for name in ("马尚镇", "马尚街道", "mashang town", "Mashang")} == {"mashang"}
    with pytest.raises(NotFound) as caught:
        meanings.meant("town", "区住建局")
    assert caught.value.code == "unknown_town"
