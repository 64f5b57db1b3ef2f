"""What people saw on their screens and took for something else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from program import CASE, EXAMPLE, LANGUAGES, Place
from test_prompts import Talk

OfficeAt = Callable[..., Place]


@pytest.fixture
def bare(office: Place) -> Place:
    """A project whose three facilities lack their particulars."""
    found = {
        "case": "A-1", "project": "张店新居", "kind": "commodity_housing", "town": "chezhan", "households": 100,
        "parcel": "370303101012GB91001", "happened_on": "2020-08-01",
        "facilities": [{"facility": f"F{n}", "subtype": "convenience_store"} for n in (1, 2, 3)],
    }  # fmt: skip
    office.write("one.json", json.dumps(found))
    assert office.call("case", "open", "one.json", token="nr").exit == 0
    amended = ("facility", "amend", "A-1", "F3", "--location", "东区", "--reason", "补充", "--gfa-m2", "90")
    assert office.call(*amended, token="nr").exit == 0
    return office


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_plan_names_facilities_that_lack_the_same_together(lang: str, bare: Place) -> None:
    shown = bare.call("case", "plan", "A-1", lang=lang).flat()
    both = {
        "zh": "规模、位置、设计要求：F1便利店、F2便利店",
        "en": "scale,location,designrequirements:F1conveniencestore,F2",
    }
    alone = {"zh": "设计要求：F3便利店", "en": "designrequirements:F3conveniencestore"}
    assert both[lang] in shown and alone[lang] in shown
    assert (
        shown.count({"zh": "作出设施类别决定：社区教育设施、", "en": "decidethecategory:communityeducation"}[lang]) == 1
    )
    assert {"zh": "的配建要求", "en": "therequirementlacksits"}[lang] not in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_returned_case_has_no_open_round(lang: str, office: Place) -> None:
    done = office.call("case", "return", CASE, "--reason", "返工", token="nr", lang=lang)
    assert done.exit == 0
    assert {"zh": "第1轮会签已结束", "en": "round 1 closed"}[lang].replace(" ", "") in done.flat()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_closed_account_is_not_an_unknown_one(lang: str, office: Place) -> None:
    before = office.contents()
    done = office.call("account", "close", "gone", token="admin", lang=lang)
    assert done.exit == 7
    assert {"zh": "已于", "en": "wasclosedon"}[lang] in done.flat() and "gone" in done.text
    assert office.contents() == before
    assert office.call("account", "close", "nobody", token="admin").exit == 5


def test_what_a_record_holds_besides_is_named_in_the_language(office: Place) -> None:
    record = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    record |= {"case_no": "A-2", "parcel_code": "370303101012GB91002", "presale": {}}
    office.write("two.json", json.dumps(record))
    done = office.call("case", "open", "two.json", token="nr", lang="zh")
    assert done.exit == 0, done.text
    left = record.keys() & {
        "rounds", "documents", "milestones", "deadline_checks", "final_state", "phases", "designation", "presale",
        "other_commercial_gfa_m2",
    }  # fmt: skip
    assert len(left) >= 8
    for name in left:
        assert name not in done.err
    for text in ("会签轮次", "文件", "办理节点"):
        assert text in done.flat()


def test_a_change_is_asked_from_its_reason_on(office_at: OfficeAt) -> None:
    place = office_at("under_construction")
    talk = Talk(place, "change", "propose", CASE, token="housing")
    talk.hears("reason").says("调整").hears("facilities: enter one now?").says("n")
    talk.hears("number of a facility").says().hears("category decision").says("n")
    talk.hears("document that asks").says("1号").hears("name of the developer")
    talk.interrupts()
    assert talk.ends() == 130


@pytest.mark.parametrize(("command", "shown"), [("case thread", "[设施编号]"), ("journal show", "[项目编号]")])
def test_an_argument_that_may_be_left_out_is_in_brackets(command: str, shown: str, nowhere: Place) -> None:
    assert shown in nowhere.call(*command.split(), "--help", lang="zh").out


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "words",
    [("change", "propose", CASE, "--reason", "x"), ("decide", CASE, "objection:health", "--reason", "x")],
)
def test_the_number_of_a_document_is_called_so(words: tuple[str, ...], lang: str, office: Place) -> None:
    done = office.call(*words, "--document", "x" * 201, token="nr", lang=lang)
    assert done.exit == 7
    assert {"zh": "指定", "en": "designating"}[lang] not in done.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_open_item_shows_its_deadline_as_one(lang: str, office_at: OfficeAt) -> None:
    place = office_at("completion_joint_acceptance")
    judged = "facility=P1-F4; built_in_place=yes; meets_standard=no"
    said = ("--reason", "面积不足", "--basis", "供地条件", "--requested-change", "补足")
    signed = place.call("sign", CASE, "--verdict", "object", "--judgement", judged, *said, token="health")
    assert signed.exit == 0, signed.text
    item = "facility=P1-F4; department=health; fact=a; basis=b; requirement=c; deadline=2035-01-01"
    ordered = place.call("acceptance", "order", CASE, "--reference", "整改1号", "--item", item, token="housing")
    assert ordered.exit == 0, ordered.text
    why = place.call("case", "why", CASE, lang=lang).flat()
    assert {"zh": "整改期限2035-01-01", "en": "deadline2035-01-01"}[lang] in why
    assert {"zh": "自2035", "en": "since2035"}[lang] not in why


def test_a_facility_to_be_waived_is_chosen(office_at: OfficeAt) -> None:
    place = office_at("under_construction")
    talk = Talk(place, "change", "propose", CASE, "--reason", "调整", "--document", "1号", token="housing")
    talk.hears("facilities: enter one now?").says("n").hears("waived or pooled elsewhere: enter one now?").says("y")
    talk.hears("P1-F8").hears("number: ").says("8").hears("enter another?").says("n")
    talk.hears("category decision").says("n").hears("name of the developer").says().hears("today").says()
    talk.hears("P1-F8").hears("Record this?").says("y")
    assert talk.ends() == 0
    assert json.loads(_shown(place)["changes"][-1]["terms"])["removals"] == ["P1-F8"]


def _shown(place: Place) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = place.call("case", "show", CASE, "--json").json()["case"]
    return found
