"""At a real terminal an action asks for what it lacks, and records nothing before it is confirmed; elsewhere never."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest
from examples import OBJECTION
from program import CASE, LANGUAGES, SCRIPT, Place, raw_characters
from serving import Served, remote
from test_terminal import _poisoned
from test_terminal import _too_wide as too_wide

OfficeAt = Callable[..., Place]
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


#: At the database, and through a server.
both_ways = pytest.mark.parametrize("office_at", ["here", "away"], indirect=True)


@pytest.fixture(params=["here"])
def office_at(request: pytest.FixtureRequest, moments: dict[str, Place], tmp_path: Path) -> OfficeAt:
    if request.param == "here":
        return lambda moment="planning_joint_review": moments[moment].copied(tmp_path / "home")
    served: Served = request.getfixturevalue("served")

    def lay(moment: str = "planning_joint_review") -> Place:
        served.lay(moments[moment])
        return remote(tmp_path / "home", served)

    return lay


class Talk:
    """A command on a terminal of 80 columns, and somebody who answers it."""

    def __init__(self, place: Place, *words: str, token: str, lang: str = "en") -> None:
        environment = place.environment(lang, token) | {"TERM": "dumb"}
        self.place, self.before = place, place.contents()
        self.child: Any = pexpect.spawn(
            str(SCRIPT), list(words), cwd=place.folder, env=environment, dimensions=(24, 80), encoding="utf-8",
            timeout=30,
        )  # fmt: skip
        self.seen = ""

    def hears(self, text: str) -> Talk:
        """Wait until the program says ``text``."""
        try:
            self.child.expect_exact(text)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise AssertionError(f"{text!r} was not said after {self.child.before!r}") from None
        self.seen += self.child.before + text
        return self

    def says(self, text: str = "") -> Talk:
        self.child.sendline(text)
        return self

    def interrupts(self) -> Talk:
        """Press Ctrl-C, and again where the program was about to wait and is deaf to the first, as Python is then."""
        for _ in range(6):
            self.child.sendintr()
            if self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=5) == 0:
                self.seen += self.child.before
                break
        return self

    def ends(self) -> int:
        """The exit code."""
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        assert "Traceback" not in self.seen, self.seen[-2000:]
        return int(self.child.exitstatus)

    @property
    def changed(self) -> bool:
        return self.place.contents() != self.before

    @property
    def text(self) -> str:
        return _ESCAPE.sub("", self.seen).replace("\r", "")


def _sign_off(place: Place, department: str) -> dict[str, Any]:
    case = place.call("case", "show", CASE, "--json", token="auditor").json()["case"]
    return next(s for s in reversed(case["sign_offs"]) if s["department"] == department)


# -- signing ---------------------------------------------------------------------------------------------


@both_ways
def test_a_department_agrees_at_the_planning_review(office: Place) -> None:
    talk = Talk(office, "sign", CASE, token="health")
    talk.hears("P1-F4 community health station").hears("180.00 m²").hears("5#楼首层")
    talk.hears("number (Enter: agree): ").says().hears("opinion (Enter: leave out)").says("同意。")
    talk.hears("what will be recorded").hears("同意。").hears("Record this?").says("y")
    assert talk.ends() == 0
    given = _sign_off(office, "health")
    assert (given["verdict"], given["text"], given["judgements"]) == ("agree", "同意。", "{}")


@both_ways
def test_conditions_are_asked_one_by_one_and_a_wrong_date_again(office: Place) -> None:
    talk = Talk(office, "sign", CASE, token="health")
    talk.hears("number (Enter: agree): ").says("2").hears("opinion").says()
    talk.hears("text: ").says().hears("must not be empty").hears("text: ").says("补充图纸")
    talk.hears("responsible unit: ").says("建设单位")
    talk.hears("due date").says("2020-13-01").hears("must be a day").hears("due date").says("2019-01-01")
    talk.hears("must not lie in the past").hears("due date").says("２０３０-01-01")
    talk.hears("3 Construction permit").hears("number: ").says("99").hears("from 1 to").hears("number: ").says("3")
    talk.hears("Another condition?").says().hears("2030-01-01").hears("Record this?").says("y")
    assert talk.ends() == 0
    conditions = office.call("case", "show", CASE, "--json", token="auditor").json()["case"]["conditions"]
    mine = [c for c in conditions if c["department"] == "health"]
    assert [(c["text"], c["due_on"], c["due_stage"]) for c in mine] == [
        ("补充图纸", "2030-01-01", "construction_permit")
    ]


def _judges(talk: Talk, facility: str, built: str, meets: str) -> None:
    talk.hears(f"{facility} ").hears("survey")
    talk.hears("built in place? (y/n): ").says(built).hears("meets the approved standard? (y/n): ").says(meets)


@both_ways
def test_at_the_acceptance_every_own_facility_is_judged_twice(office_at: OfficeAt) -> None:
    place = office_at("completion_joint_acceptance")
    talk = Talk(place, "sign", CASE, token="education")
    for facility in ("P1-F1", "P1-F7", "P1-F8"):
        _judges(talk, facility, "y", "yes")
    talk.hears("number (Enter: agree): ").says().hears("opinion").says().hears("Record this?").says("y")
    assert talk.ends() == 0
    given = _sign_off(place, "education_sports")
    assert given["verdict"] == "agree"
    assert given["judgements"].count("[true,true]") == 3


def test_a_negative_judgement_leaves_only_the_objection(office_at: OfficeAt) -> None:
    place = office_at("completion_joint_acceptance")
    talk = Talk(place, "sign", CASE, token="health")
    _judges(talk, "P1-F4", "y", "n")
    talk.hears("What is wrong").says("面积偏小").hears("the verdict is: object")
    talk.hears("reason").says().hears("must not be empty").hears("reason").says("面积不足")
    talk.hears("basis").says("供地条件").hears("change").says("补足").hears("Record this?").says("y")
    assert talk.ends() == 0
    given = _sign_off(place, "health")
    assert (given["verdict"], given["reason"], given["requested_change"]) == ("object", "面积不足", "补足")
    assert "[true,false]" in given["judgements"]


def test_what_changed_since_the_signature_is_shown(office_at: OfficeAt) -> None:
    place = office_at("stale")
    assert place.call("case", "circulate", CASE, token="nr").exit == 0
    stale = [
        a["department"]
        for a in place.call("case", "show", CASE, "--json", token="auditor").json()["answers"]
        if a["changes"]
    ]
    assert stale
    token = {"natural_resources": "nr", "education_sports": "education", "civil_affairs": "civil"}
    talk = Talk(place, "sign", CASE, token=token.get(stale[0], stale[0]))
    talk.hears("Changed since you signed").hears("→").interrupts()
    assert talk.ends() == 130


@both_ways
def test_who_may_not_sign_hears_so_before_any_question(office: Place) -> None:
    talk = Talk(office, "sign", CASE, token="auditor")
    assert talk.ends() == 4
    assert not talk.changed


def test_a_closed_round_is_told_before_any_question(office_at: OfficeAt) -> None:
    place = office_at()
    assert place.call("case", "return", CASE, "--reason", "退回", token="nr").exit == 0
    talk = Talk(place, "sign", CASE, token="health")
    assert talk.ends() == 3
    assert "No round of sign-offs is open" in talk.text


@both_ways
def test_nobody_signs_for_what_he_was_not_shown(office: Place) -> None:
    talk = Talk(office, "sign", CASE, token="health")
    talk.hears("180.00 m²").hears("number (Enter: agree): ").says().hears("opinion").says().hears("Record this?")
    smaller = ("facility", "amend", CASE, "P1-F4", "--gfa-m2", "160", "--reason", "调整")
    assert office.call(*smaller, token="nr").exit == 0
    talk.says("y")
    assert talk.ends() == 6
    assert "Somebody changed this meanwhile" in talk.text
    answers = office.call("case", "show", CASE, "--json", token="auditor").json()["answers"]
    assert {a["department"]: a["state"] for a in answers}["health"] == "sign_off_missing"


def test_what_does_not_concern_a_department_does_not_stop_it(office: Place) -> None:
    talk = Talk(office, "sign", CASE, token="health")
    talk.hears("number (Enter: agree): ").says().hears("opinion").says().hears("Record this?")
    other = ("facility", "amend", CASE, "P1-F1", "--gfa-m2", "3240", "--reason", "调整")
    assert office.call(*other, token="nr").exit == 0
    talk.says("y")
    assert talk.ends() == 0


# -- leaving ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("leave", "lang"), [("interrupt", "zh"), ("end", "en"), ("no", "en"), ("enter", "zh")])
def test_who_leaves_records_nothing(leave: str, lang: str, office: Place) -> None:
    talk = Talk(office, "sign", CASE, token="health", lang=lang)
    talk.hears("P1-F4").hears("3 ").says("1")
    if leave in ("no", "enter"):
        talk.hears({"en": "opinion", "zh": "意见（回车略过）："}[lang]).says("同意")
        talk.hears({"en": "Record this?", "zh": "确认记录以上内容吗？"}[lang]).says("n" if leave == "no" else "")
    else:
        talk.hears({"en": "opinion", "zh": "意见（回车略过）："}[lang])
        talk.interrupts() if leave == "interrupt" else talk.child.sendeof()
    assert talk.ends() == 130
    assert {"en": "Aborted!", "zh": "已取消！"}[lang] in talk.text
    assert {"en": "Nothing was recorded.", "zh": "没有记录任何内容。"}[lang] in talk.text
    assert not talk.changed


# -- other forms -----------------------------------------------------------------------------------------


@both_ways
def test_a_project_is_registered_from_nothing(office_at: OfficeAt) -> None:
    place = office_at("new")
    talk = Talk(place, "case", "open", token="nr")
    talk.hears("case number: ").says("张店 1").hears("not in the required form").hears("case number: ").says("ZD-7")
    talk.hears("name of the project: ").says("示例花园")
    talk.hears("commodity").hears("number: ").says("1").hears("number: ").says("nanding")
    talk.hears("parcel code: ").says("123")
    for field in ("project code", "land area", "plot ratio", "above ground", "residential floor area"):
        talk.hears(field).hears("leave out)").says()
    talk.hears("households: ").says("many").hears("must be a whole number").hears("households: ").says("400")
    for field in ("planned population", "regulatory detailed plan", "older or other", "name of the developer"):
        talk.hears(field).hears("leave out)").says()
    talk.hears("facilities: enter one now?").says("y").hears("facility number: ").says("F1")
    talk.hears("kindergarten").hears("number: ").says("kindergarten").hears("gross floor area").says("3240")
    for field in ("site area", "classes", "seats", "beds", "location", "design requirements"):
        talk.hears(field).hears("leave out)").says()
    talk.hears("leave out)").says().hears("all owners").hears("leave out)").says("government")
    for field in ("handover requirements", "receiving body", "handover limit"):
        talk.hears(field).hears("leave out)").says()
    talk.hears("enter another?").says("n").hears("decisions: enter one now?").says()
    talk.hears("day it happened").says()
    talk.hears("parcel").hears("123").hears("parcel code").says("370303101012gb90001")
    talk.hears("F1").hears("is stored as “370303101012GB90001”").hears("Record this?").says("y")
    assert talk.ends() == 0
    case = place.call("case", "show", "ZD-7", "--json", token="auditor").json()["case"]
    assert (case["name"], case["town"], case["households"]) == ("示例花园", "nanding", 400)
    assert [(f["facility"], f["subtype"]) for f in case["facilities"]] == [("F1", "kindergarten")]
    assert (case["requirements"][0]["gfa"], case["requirements"][0]["ownership"]) == (324000, "government")


def test_another_department_s_clerk_is_not_led_through_a_registration(office_at: OfficeAt) -> None:
    talk = Talk(office_at("new"), "case", "open", token="health")
    assert talk.ends() == 4


def test_a_requirement_is_shown_before_it_is_amended(office: Place) -> None:
    talk = Talk(office, "facility", "amend", CASE, token="nr")
    talk.hears("P1-F2").hears("number: ").says("P1-F2").hears("560.00 m²").hears("standard of 600.00 m²")
    talk.hears("unchanged)").says("1,5").hears("must be a number").hears("unchanged)").says("650")
    for _field in range(11):
        talk.hears("unchanged)").says()
    talk.hears("reason: ").says("按国标调整").hears("today)").says().hears("650").hears("Record this?").says("y")
    assert talk.ends() == 0
    assert "650.00 m²" in office.call("case", "thread", CASE, "P1-F2").out


@both_ways
def test_only_what_the_requirement_measures_is_asked_of_the_survey(office_at: OfficeAt) -> None:
    place = office_at("completion_joint_acceptance")
    talk = Talk(place, "facility", "measure", CASE, "P1-F4", token="housing")
    talk.hears("180.00 m²").hears("gross floor area").says().hears("must not be empty")
    talk.hears("gross floor area").says("181.5").hears("word for word (y/n, Enter: yes)").says()
    talk.hears("note").says().hears("today)").says("2999-01-01").hears("must not lie in the future")
    talk.hears("today)").says().hears("Record this?").says("y")
    assert talk.ends() == 0
    assert "beds" not in talk.text
    found = place.call("case", "show", CASE, "--json", token="auditor").json()["case"]["evidence"][-1]
    assert (found["facility"], found["gfa"]) == ("P1-F4", 18150)


def test_a_form_as_a_whole_is_asked_again(office: Place) -> None:
    """What the model says of the whole: a category that is not required needs a basis, a pooled one a place."""
    talk = Talk(office, "facility", "decide", CASE, token="nr")
    talk.hears("number: ").says("canteen").hears("3 pooled elsewhere").hears("number: ").says("3")
    talk.hears("basis").says("").hears("must not be empty").hears("basis").says("周边已有")
    talk.hears("instead: ").says("F9").hears("leave out)").says().hears("leave out)").says("示例")
    talk.hears("today)").says().hears("pooled elsewhere").hears("Record this?").says("y")
    assert talk.ends() in (0, 3)


@both_ways
def test_a_paper_is_filed_with_its_scan(office: Place) -> None:
    office.write("规划 条件.pdf", b"%PDF")
    talk = Talk(office, "document", "add", CASE, "planning_conditions", token="nr")
    talk.hears("document number: ").says("张自然资条字〔2020〕901号").hears("date of the document").says("2020-08-14")
    talk.hears("leave out)").says().hears("title").says().hears("the scan or file").says("none.pdf")
    talk.hears("cannot be read").hears("the scan or file").says("'规划 条件.pdf'").hears("today)").says()
    talk.hears("规划 条件.pdf (4 B)").hears("Record this?").says("y")
    assert talk.ends() == 0
    assert office.call("document", "list", CASE, "--json", token="auditor").json()[-1]["size"] == 4


def test_an_opinion_is_heard(office: Place) -> None:
    talk = Talk(office, "hear", CASE, "--kind", "expert", token="nr")
    talk.hears("capacity").says("规划专家").hears("3 oppose").hears("number: ").says("1").hears("what was said").says()
    talk.hears("4 noted").hears("leave out)").says("1").hears("reply: ").says("已采纳").hears("today)").says()
    talk.hears("Record this?").says("y")
    assert talk.ends() == 0


@both_ways
def test_an_order_has_an_item_for_every_objection_filled_with_it(office_at: OfficeAt) -> None:
    place = office_at("completion_joint_acceptance")
    judged = ("--judgement", "facility=P1-F4; built_in_place=yes; meets_standard=no")
    assert place.call("sign", CASE, *OBJECTION, *judged, token="health").exit == 0
    talk = Talk(place, "acceptance", "order", CASE, token="housing")
    talk.hears("written rectification opinion: ").says("张住建改字〔2022〕1号").hears("P1-F4")
    talk.hears("fact (Enter: 面积不足): ").says("实测面积不足").hears("(Enter: 供地条件): ").says().hears(
        "整改): "
    ).says()
    talk.hears("deadline").says("tomorrow").hears("must be a day").hears("deadline").says("2040-01-01")
    talk.hears("实测面积不足").hears("Record this?").says("y")
    assert talk.ends() == 0
    (item,) = place.call("case", "show", CASE, "--json", token="auditor").json()["case"]["items"]
    assert (item["department"], item["facility"], item["fact"], item["basis"], item["requirement"]) == (
        "health", "P1-F4", "实测面积不足", "供地条件", "整改",
    )  # fmt: skip
    talk = Talk(place, "acceptance", "report", CASE, token="housing")
    talk.hears("实测面积不足").hears("answer: ").says("已补足").hears("Record this?").says("y")
    assert talk.ends() == 0


def test_what_stands_in_the_way_is_said_before_it_is_recorded(office: Place) -> None:
    talk = Talk(office, "sign", CASE, token="housing")
    talk.hears("number (Enter: agree): ").says("3").hears("reason").says("a").hears("basis").says("b")
    talk.hears("change").says("c").hears("Record this?").says("y")
    assert talk.ends() == 0
    talk = Talk(office, "facility", "add", CASE, "P1-F1", "kindergarten", "--gfa-m2", "1", token="nr")
    assert talk.ends() == 3, "nothing is missing, nothing is asked"


# -- how it looks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_form_fits_the_terminal_and_shows_nothing_raw(lang: str, office: Place) -> None:
    _poisoned(office)
    talk = Talk(office, "sign", token="health", lang=lang)
    talk.hears(CASE).hears("1 ").says("1").hears("P1-F4").hears("3 ").says("1")
    talk.hears({"en": "opinion", "zh": "意见（回车略过）："}[lang]).says("好")
    talk.hears({"en": "Record this?", "zh": "确认记录以上内容吗？"}[lang]).says("n")
    assert talk.ends() == 130
    assert not raw_characters(talk.text.replace("\x07", ""))
    printed = [line for line in talk.text.splitlines() if "(Enter" not in line and "回车" not in line]
    assert not too_wide("\n".join(printed), 80)


def test_the_inbox_on_a_terminal_shows_commands_that_ask(office: Place) -> None:
    talk = Talk(office, "inbox", token="nr")
    assert talk.ends() == 0
    assert f"peijian sign {CASE}\n" in talk.text
    assert f"peijian hear {CASE} --kind expert\n" in talk.text
    asking = Talk(office, "hear", CASE, "--kind", "expert", token="nr")
    asking.hears("capacity").interrupts()
    assert asking.ends() == 130


# -- never elsewhere -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sign", CASE), "Missing option --verdict."),
        (("sign",), "Missing argument 'CASE'."),
        (("case", "open"), "Missing option"),
        (("facility", "amend", CASE), "Missing argument 'FACILITY'."),
    ],
)
def test_a_script_gets_the_usage_error(words: tuple[str, ...], message: str, office: Place) -> None:
    done = office.run(*words, token="nr", stdin="1\n1\n1\ny\n")
    assert done.exit == 2
    assert message in done.err


@pytest.mark.parametrize("piped", ["stdin", "stdout", "stderr"])
def test_one_pipe_is_enough_for_a_script(piped: str, office: Place) -> None:
    ours, theirs = pty.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs) | {piped: subprocess.DEVNULL}
    done = subprocess.run(
        [str(SCRIPT), "sign", CASE], cwd=office.folder, env=office.environment("en", "health"), timeout=60, **streams
    )
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("words", "code"), [(("sign", CASE, "--json"), 2), (("sign", "--json"), 2), (("sign", CASE, "--file", "f.yaml"), 2)]
)
def test_json_and_a_file_ask_nothing_even_on_a_terminal(words: tuple[str, ...], code: int, office: Place) -> None:
    office.write("f.yaml", "text: 同意\n")
    talk = Talk(office, *words, token="health")
    assert talk.ends() == code
    assert not talk.changed


@both_ways
def test_what_is_complete_is_not_asked(office: Place) -> None:
    talk = Talk(office, "sign", CASE, "--verdict", "agree", token="health")
    assert talk.ends() == 0
    assert "Record this?" not in talk.text


def test_a_facility_reported_built_is_asked_only_whether_it_is_not(office_at: OfficeAt) -> None:
    place = office_at("under_construction")
    words = ("facility", "progress", CASE, "P1-F4", "--percent", "100")
    assert place.call(*words, "--built", token="health").exit == 0
    kept = place.call(*words, token="health")
    assert kept.exit == 0 and "100 % · built" in kept.out
    talk = Talk(place, "facility", "progress", CASE, "P1-F4", token="health")
    talk.hears("progress in per cent").says("100").hears("is not built after all").says("y").hears("note").says()
    talk.hears("today").says().hears("Record this?").says("y").hears("100 % · no longer reported built")
    assert talk.ends() == 0
    assert "completely built" not in talk.text
