"""What people get wrong, as a table: the command, its exit code, and what its message must name.

``words`` must stand in the message in either language; ``zh`` and ``en`` in one. Blanks do not count, because a
message may be folded anywhere. ``entries`` is how many journal entries the attempt leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from examples import BACKED_UP, CHANGE, DELEGATED, EXAMPLES, PROPOSED, SCAN, calendar_file
from program import CASE, CONFIG, EXAMPLE, Command, Place

from workflow import clock

SOON = (clock.now() + timedelta(days=2)).date().isoformat()
MEGABYTE = "长" * 350_000
#: A name that would repaint the screen and turn what follows around.
HOSTILE = "恶意\x1b[31m\u202e名称"


@dataclass(frozen=True)
class Mistake:
    name: str
    command: Command
    exit: int
    words: tuple[str, ...] = ()
    by: str | None = "nr"
    moment: str = "planning_joint_review"
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    before: tuple[tuple[str, Command], ...] = ()
    entries: int = 0
    #: whether the entries are the same however often it is tried on a day
    once: bool = False
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def prepared(self, place: Place) -> None:
        for name, content in self.files.items():
            place.write(name, content)
        for by, command in self.before:
            done = place.call(*command, token=by)
            assert done.exit == 0, (command, done.text)


def _m(name: str, line: str, exit: int, *words: str, **more: Any) -> Mistake:
    """``line`` is split at blanks, and ``options`` follow."""
    options = more.pop("options", ())
    return Mistake(name, (*line.split(), *options), exit, words, **more)


def record(**changes: Any) -> str:
    """The sample project's record with other values."""
    return json.dumps({**json.loads(EXAMPLE.read_text(encoding="utf-8")), **changes}, ensure_ascii=False)


def _another(**changes: Any) -> dict[str, str]:
    return {"other.json": record(**{"case_no": "ZDPT-2020-0009", "parcel_code": "370303101012GB90009", **changes})}


def _with_developer(code: str) -> dict[str, str]:
    return _another(developer={"name": "淄博示例甲置业有限公司", "usc_code": code})


# -- names that do not exist -----------------------------------------------------------------------------

_TAKES_A_CASE = [path for path, found in EXAMPLES.items() if "{case}" in found.command]


def _unknown_case(path: str) -> Mistake:
    """Every command that takes a case, with a number that is not one."""
    found = EXAMPLES[path]
    command = tuple(
        word.replace("{case}", "ZDPT-2020-0010").replace("{file}", "1") for word in found.command if word != "--file"
    )
    command = tuple(word for word in command if word != "paper.txt")
    near = (CASE,) if path != "document get" else ()
    return Mistake(f"unknown case: {path}", command, 5, ("ZDPT-2020-0010", *near), found.by, files=dict(found.files))


UNKNOWN = [
    *map(_unknown_case, _TAKES_A_CASE),
    _m("unknown case: journal show", "journal show ZDPT-2020-0010", 5, "ZDPT-2020-0010", CASE),
    _m("unknown facility: thread", "case thread {case} P1-F11", 5, "P1-F11", "P1-F1"),
    _m("unknown facility: amend", "facility amend {case} P1-F11 --gfa-m2 1 --reason x", 5, "P1-F11", "P1-F1"),
    _m("unknown facility: remove", "facility remove {case} F1 --reason x", 5, "F1", "P1-F1"),
    _m(
        "unknown facility: designate", "facility designate {case} P9-F9 --department health --document x", 5,
        "P9-F9", "P1-F9", by="leading_group_office",
    ),
    _m(
        "unknown facility: judged", "sign {case} --verdict agree", 5, "P1-F44", "P1-F4",
        by="health", moment="completion_joint_acceptance",
        options=("--judgement", "facility=P1-F44; built_in_place=yes; meets_standard=yes"),
    ),
    _m(
        "unknown department: designate", "facility designate {case} P1-F9 --department comerce --document x", 5,
        "comerce", "commerce", by="leading_group_office",
    ),
    _m(
        "unknown department: issuer",
        "document add {case} planning_conditions 张自然资条字〔2020〕9号 --issued-on 2020-07-01 --issuer housin", 5,
        "housin", "housing",
    ),
    _m("unknown department: account", "account add x --org helth --level clerk", 5, "helth", "health", by="admin"),
    _m("unknown category", "facility decide {case} educatin --decision required", 5, "educatin", "education"),
    _m("unknown kind of facility", "facility add {case} F9 kindergarden", 5, "kindergarden", "kindergarten"),
    _m(
        "unknown construction mode", "facility amend {case} P1-F1 --mode developer_builds --reason x", 5,
        "developer_builds", "developer_builds_and_holds",
    ),
    _m(
        "unknown kind of paper", "document add {case} planning_condition x --issued-on 2020-07-01", 5,
        "planning_condition", "planning_conditions",
    ),
    _m("unknown document", "document get {case} 77", 5, "77"),
    _m("unknown condition", "condition discharge {case} 77 --note x", 5, "77"),
    _m("unknown hearing", "answer {case} 77 --disposition noted --reply x", 5, "77"),
    _m(
        "unknown stage of a condition", "sign {case} --verdict agree_with_conditions", 5, "in_used", "in_use",
        by="education", options=("--condition", "text=甲; responsible=乙; due_on=2030-01-01; due_stage=in_used"),
    ),
    _m("unknown account", "account close somebody", 5, "somebody", by="admin"),
    _m("unknown stage of a list", "case list --stage planing_joint_review", 5, "planning_joint_review"),
    _m("unknown town of a list", "case list --town nandin", 5, "nanding"),
    _m("unknown town", "case open other.json", 5, "无此镇", files=_another(town="无此镇", town_code="370303999")),
    _m("unknown kind of project", "case open other.json", 5, "commodity", files=_another(project_kind="commodity")),
]  # fmt: skip

# -- values that cannot be -------------------------------------------------------------------------------

_AMEND = "facility amend {case} P1-F1 --reason 调整"
_FILE = "document add {case} planning_conditions"


def _area(name: str, value: str) -> Mistake:
    return _m(f"area: {name}", _AMEND, 7, "gfa_m2", zh=("建筑面积",), en=("floorarea",), options=(f"--gfa-m2={value}",))


def _day(name: str, value: str) -> Mistake:
    return _m(f"day: {name}", f"{_FILE} 张自然资条字〔2020〕9号", 7, "issued_on", options=(f"--issued-on={value}",))


def _text(name: str, value: str, *words: str) -> Mistake:
    return _m(f"text: {name}", "case return {case}", 7, "reason", *words, options=("--reason", value))


VALUES = [
    _area("negative", "-5"),
    _area("zero", "0"),
    _area("words", "three"),
    _area("empty", ""),
    _area("infinite", "inf"),
    _area("not a number", "nan"),
    _area("enormous", "1e400"),
    _area("too exact", "1.234"),
    _area("comma", "3,240"),
    _m("count: broken", _AMEND, 7, "classes", options=("--classes", "1.5")),
    _m("count: enormous", _AMEND, 7, "classes", options=("--classes", "9" * 5000)),
    _m("count: zero", _AMEND, 7, "seats", options=("--seats", "0")),
    _m("per cent over a hundred", "facility progress {case} P1-F4 --percent 101", 7, "percent", by="health"),
    _m("households", "case amend {case} --households many --reason x", 7, "households"),
    _m("number of a document", "document get {case} one", 2, "one", by=None),
    _m("number of a condition", "condition discharge {case} one --note x", 7, "condition"),
    _day("thirteenth month", "2020-13-01"),
    _day("thirtieth of February", "2020-02-30"),
    _day("word", "tomorrow"),
    _day("Chinese", "2020年7月1日"),
    _m("day: happened", "case return {case} --reason x --happened-on 20200701x", 7, "happened_on"),
    _m("future: happened", f"case return {{case}} --reason x --happened-on {SOON}", 7, SOON),
    _m("future: issued", f"{_FILE} 张自然资条字〔2020〕9号 --issued-on {SOON}", 7, SOON),
    _m("past: before the stage", "case return {case} --reason x --happened-on 2020-01-01", 7, "2020-01-01"),
    _m("case number", "case show", 5, "a/b", options=("a/b",), by=None),
    _m("case number of an action", "case circulate", 7, "case", options=("号 码",)),
    _m("request id", "case return {case} --reason x", 7, "request_id", options=("--request-id", "一 二")),
    _m("parcel code", "case open other.json", 7, "3703", "370303004012GB90001", files=_another(parcel_code="3703")),
    _m("project code", "case open other.json", 7, "2020-1", "2105-370303", files=_another(project_code="2020-1")),
    _m("credit code", "case open other.json", 7, "91370303", "91370303TEXT00010B", files=_with_developer("91370303")),
    _m("number of a paper", f"{_FILE} 九号 --issued-on 2020-08-01", 7, "九号", "张政办字〔2020〕13号"),
    _m(
        "number of a title", "facility register {case} P1-F4 --title 不动产 --ownership government", 7,
        "不动产权第0012345号", by="health", moment="property_handover",
    ),
    _m("credit code: wrong check digit", "case open other.json", 7, "91370303TEXT00010C",
       files=_with_developer("91370303TEXT00010C"), zh=("校验",), en=("checkdigit",)),
    _text("a megabyte", MEGABYTE, "4000"),
    _text("empty", ""),
    _text("blank", " \u3000 "),
    _text("escape sequence", "红\x1b[31m字", "U+001B"),
    _text("bell", "响\x07铃", "U+0007"),
    _text("turned around", "甲\u202e乙", "U+202E"),
    _text("isolated", "甲\u2066乙", "U+2066"),
    _text("line separator", "甲\u2028乙", "U+2028"),
    _text("C1 control", "甲\x9b31m乙", "U+009B"),
    _m("line: line break", "case amend {case} --reason x", 7, "project", options=("--project", "甲\n乙")),
    _m("line: a megabyte", "case amend {case} --reason x", 7, "project", options=("--project", MEGABYTE)),
    _m("account name: hostile", "account add", 7, by="admin", options=(HOSTILE, "--org", "health", "--level", "clerk")),
    _m("account name: empty", "account add", 7, by="admin", options=("", "--org", "health", "--level", "clerk")),
    _m(
        "account name: a megabyte", "account add", 7, by="admin",
        options=(MEGABYTE, "--org", "health", "--level", "clerk"),
    ),
    _m("account name: taken", "account add health --org health --level clerk", 7, "health", by="admin"),
    _m("objection without reason", "sign {case} --verdict object", 7, by="health", zh=("依据",), en=("basis",)),
    _m("pooled without link", "facility decide {case} canteen --decision pooled --basis x", 7),
    _m("no location", "facility measure {case} P1-F1 --gfa-m2 3240", 7, zh=("位置",), en=("location",)),
    _m("field nobody knows", "case return {case} --file fields.yaml", 7, "reasn", files={"fields.yaml": "reasn: 退回"}),
    _m("case exists", "case open docs.json", 7, CASE,
       files={"docs.json": record(parcel_code="370303101012GB90009")}),
]  # fmt: skip

# -- order, authority ------------------------------------------------------------------------------------

_CONTRACT = "document add {case} land_contract"
_NUMBER = ("淄博01-2020-0901 / 3703032020B00901", "--issued-on")

RULES = [
    _m(
        "contract without agreement", _CONTRACT, 3, moment="land_supply_joint_review",
        options=(*_NUMBER, "2020-08-20"), zh=("移交和使用管理协议",), en=("use-managementagreement",),
    ),
    _m(
        "contract before agreement", _CONTRACT, 3, "2020-11-01", moment="handover_agreement:ready",
        options=(*_NUMBER, "2020-11-01"), zh=("协议",), en=("agreement",),
    ),
    _m("second active case on the parcel", "case open other.json", 3, CASE,
       files={"other.json": record(case_no="ZDPT-2020-0009")}, zh=("宗地",), en=("parcel",)),
    _m("sign-off: nobody asked this department", "sign {case} --verdict agree", 4, by="state_assets", entries=1,
       zh=("政府资产管理机构",), en=("Asset-Management",)),
    _m("sign-off: closed round", "sign {case} --verdict agree", 3, by="health", moment="stale",
       zh=("会签",), en=("round",)),
    _m("sign-off: another department's facility", "sign {case} --verdict agree", 4, "P1-F1", by="health",
       moment="completion_joint_acceptance", entries=1,
       options=("--judgement", "facility=P1-F1; built_in_place=yes; meets_standard=yes")),
    _m("issue: a clerk where a leader is needed", "issue {case}", 4, by="housing_clerk",
       moment="completion_joint_acceptance", entries=1, zh=("负责人",), en=("leader",),
       before=(("housing_clerk", ("sign", "{case}", "--verdict", "agree")),)),
    _m("discharge: another department's condition", "condition discharge {case} 1 --note 已落实", 4, by="health",
       moment="objection", entries=1),
    _m("withdraw: nothing to withdraw", "withdraw {case} --reason x", 3, by="health"),
    _m("move: not the lead", "case advance {case}", 4, by="health", entries=1),
    _m("move: blocked", "case advance {case}", 3, zh=("区住建局", "市自然资源局张店分局", "规划条件"),
       en=("DistrictHealthBureau", "planningconditions")),
    _m("move: wrong stage", "acceptance certify {case}", 3, by="housing", moment="under_construction"),
    _m("circulate: round still open", "case circulate {case}", 3),
    _m("terminate: clerk", "case terminate {case} --reason x", 4, by="nr_clerk", entries=1),
    _m("open: not the branch", "case open other.json", 4, by="health", files=_another(), entries=1),
    _m("designate: the host of the office", "facility designate {case} P1-F9 --department health --document x", 4,
       entries=1, zh=("区领导小组办公室",), en=("Leading-GroupOffice",)),
    _m("administrator signs", "sign {case} --verdict agree", 4, by="admin", entries=1),
    _m("auditor acts", "case return {case} --reason x", 4, by="auditor", entries=1),
    _m("account: not the administrator", "account add x --org health --level leader", 4, "health", by="health",
       entries=1),
    _m("account closed", "sign {case} --verdict agree", 4, "gone", by="gone", entries=1, once=True),
    _m("no token", "sign {case} --verdict agree", 4, "PEIJIAN_TOKEN", by=None),
    _m("no token: inbox", "inbox", 4, "PEIJIAN_TOKEN", by=None),
    _m("no token: accounts", "account add x --org health --level leader", 4, "PEIJIAN_TOKEN", by=None),
    _m("wrong token", "sign {case} --verdict agree", 4, "PEIJIAN_TOKEN", by="not-a-token", entries=1, once=True),
    _m("wrong token: whoami", "whoami", 4, "PEIJIAN_TOKEN", by="not-a-token"),
    _m("no token: whoami", "whoami", 4, "PEIJIAN_TOKEN", by=None),
    _m("token stopped", "sign {case} --verdict agree", 4, "education_sports", by="education_sports", entries=1,
       once=True, before=(("admin", ("account", "token", "education_sports", "--revoke")),)),
    _m("token: not the administrator", "account token health --revoke", 4, "health", by="health", entries=1),
    _m("token: the last administrator's", "account token admin --revoke", 7, "admin", by="admin"),
    _m("token: ends for the last administrator", "account token admin --expires 2099-01-01", 7, "admin", by="admin"),
    _m("token: over", "account token health --expires 2020-01-01", 7, "2020-01-01", by="admin"),
    _m("token: of nobody", "account token helth", 5, "helth", "health", by="admin"),
    _m("token: of a closed account", "account token gone", 5, "gone", by="admin"),
    _m("token: no day", "account token health --expires soon", 2, "soon", "2026-01-31", by="admin"),
    _m("token: stopped and made", "account token health --revoke --expires 2099-01-01", 2, "--revoke", by="admin"),
    _m("account: token over", "account add x --org health --level clerk --expires 2020-01-01", 7, by="admin"),
    _m("backup: not the administrator", "backup b.tar", 4, "health", by="health", entries=1),
    _m("backup: the auditor", "backup b.tar", 4, "auditor", by="auditor", entries=1),
    _m("backup: no token", "backup b.tar", 4, "PEIJIAN_TOKEN", by=None),
    _m("backup: there is something", "backup b.tar", 7, "b.tar", by="admin", files={"b.tar": "x"}),
    _m("backup: a folder", "backup {folder}", 7, by="admin"),
    _m("backup: no folder for it", "backup none/b.tar", 7, "b.tar", by="admin"),
    _m("restore: not there", "restore none.tar --database new.db", 7, "none.tar", by=None),
    _m("restore: a folder", "restore {folder} --database new.db", 7, by=None),
    _m("restore: a text", "restore b.tar --database new.db", 7, "b.tar", by=None, files={"b.tar": "不是备份"}),
    _m("restore: empty", "restore b.tar --database new.db", 7, "b.tar", by=None, files={"b.tar": ""}),
    _m("restore: over the database", "restore b.tar", 7, "peijian.db", by=None, before=(BACKED_UP,), files={}),
    _m("preview: no day", "remind preview --until soon", 2, "soon", "2026-01-31", by=None),
    _m("resume: nothing waits", "remind resume", 7, by="admin"),
    _m("resume: not the administrator", "remind resume", 4, "health", by="health", entries=1),
]  # fmt: skip


# -- letters, drafts, decisions, changes, delegations -----------------------------------------------------

_LETTER = "sign {case} --verdict agree --for education_sports --letter 示例函1号"
_ON = ("--letter-on", "2020-08-01")
_BECAUSE = "--document 示例决1号 --reason 已研究"
_CHANGING: dict[str, Any] = {"by": "housing", "moment": "construction_permit"}
_PERSON = "delegation add --absent housing --deputy housing_clerk --document A-1"
_TERM = ("--from", "2026-01-01", "--to", "2099-12-31")


def _recorded(name: str, exit: int, *words: str, line: str = _LETTER, **more: Any) -> Mistake:
    return _m(f"letter: {name}", line, exit, *words, **{"files": SCAN, **more})


def _changing(name: str, line: str, exit: int, *words: str, **more: Any) -> Mistake:
    return _m(f"change: {name}", line, exit, *words, **{**_CHANGING, **more})


OFFICES = [
    _recorded("no scan", 7, options=_ON, files={}, zh=("扫描件",), en=("scan",)),
    _recorded("scan is not there", 7, "nowhere.pdf", options=(*_ON, "--scan", "nowhere.pdf")),
    _recorded("dated before the round", 7, "2020-07-01", options=("--letter-on", "2020-07-01", "--scan", "scan.pdf")),
    _recorded("dated in the future", 7, SOON, options=("--letter-on", SOON, "--scan", "scan.pdf")),
    _recorded("of nobody", 7, line="sign {case} --verdict agree --letter 示例函1号"),
    _recorded("own organisation", 4, line=_LETTER.replace("education_sports", "natural_resources"), entries=1,
              options=(*_ON, "--scan", "scan.pdf")),
    _recorded("department that is not asked", 4, line=_LETTER.replace("education_sports", "state_assets"), entries=1,
              options=(*_ON, "--scan", "scan.pdf")),
    _recorded("unknown department", 5, "educatoin", "education", line=_LETTER.replace("education_sports", "educatoin"),
              options=(*_ON, "--scan", "scan.pdf")),
    _recorded("not the lead", 4, by="commerce", entries=1, options=(*_ON, "--scan", "scan.pdf")),
    _recorded("over the department's own answer", 3, options=(*_ON, "--scan", "scan.pdf"),
              before=(("education", ("sign", "{case}", "--verdict", "agree")),),
              zh=("区教体局",), en=("DistrictEducation",)),
    _recorded("contested", 3, "示例函1号", options=(*_ON, "--scan", "scan.pdf"),
              before=(*EXAMPLES["contest"].before, ("education", ("contest", "{case}", "--reason", "不是")))),
    _m("contest: nothing to contest", "contest {case} --reason x", 3, by="education"),
    _m("issue: no draft", "issue {case}", 3, by="housing", moment="completion_joint_acceptance"),
    _m("decide: not there", f"decide {{case}} sign_off_stale:health {_BECAUSE}", 3, by="leading_group_office"),
    _m("decide: another body", f"decide {{case}} sign_off_missing:health {_BECAUSE}", 4, entries=1,
       zh=("区领导小组办公室",), en=("Leading-GroupOffice",)),
    _m("decide: no such obstacle", f"decide {{case}} something:health {_BECAUSE}", 3, by="leading_group_office"),
    _m("decide: nothing lifts a missing paper", f"decide {{case}} document_missing:planning_conditions {_BECAUSE}", 3,
       by="leading_group_office"),
    _m("decide: at the acceptance", f"decide {{case}} sign_off_missing:health {_BECAUSE}", 3,
       by="leading_group_office", moment="completion_joint_acceptance"),
    _m("decide: without a document", "decide {case} sign_off_missing:health --reason x", 2, "--document"),
    _changing("unknown number: consent", "change consent {case} 7 --verdict agree", 5, "7"),
    _changing("unknown number: apply", "change apply {case} 7", 5, "7"),
    _changing("unknown number: withdraw", "change withdraw {case} 7 --reason x", 5, "7"),
    _changing("number is a word", "change apply {case} one", 7, "change"),
    _changing("empty", "change propose {case} --reason x --document y", 7),
    _changing("changes nothing", "change propose {case} --reason x --document y", 3, "P1-F4",
              options=("--facility", "facility=P1-F4; gfa_m2=180")),
    _changing("unknown facility", "change propose {case} --reason x --document y", 5, "P1-F44", "P1-F4",
              options=("--facility", "facility=P1-F44; gfa_m2=180")),
    _changing("facility named twice", "change propose {case} --reason x --document y --remove P1-F4", 7,
              options=("--facility", "facility=P1-F4; gfa_m2=190")),
    _changing("unknown field", "change propose {case} --reason x --document y", 7, "gfa",
              options=("--facility", "facility=P1-F4; gfa=180")),
    _changing("the list contradicts the decision", "change propose {case} --reason x --document y --remove P1-F4", 3),
    _changing("not the lead", "change propose {case}", 4, options=CHANGE, by="health", entries=1),
    _changing("not concerned", "change consent {case} 1 --verdict agree", 4, by="health", before=(PROPOSED,),
              entries=1),
    _changing("consent missing", "change apply {case} 1", 3, before=(PROPOSED,),
              zh=("区商务局",), en=("DistrictCommerceBureau",)),
    _changing("a clerk applies", "change apply {case} 1", 4, by="housing_clerk", before=(PROPOSED,), entries=1),
    _changing("objection without reason", "change consent {case} 1 --verdict object", 7, before=(PROPOSED,)),
    _changing("withdrawn already", "change withdraw {case} 1 --reason x", 3, "1",
              before=(PROPOSED, ("housing", ("change", "withdraw", "{case}", "1", "--reason", "x")))),
    _m("change: before the freeze", "change propose {case}", 3, options=CHANGE, moment="land_supply_joint_review"),
    _m("change: in planning", "change propose {case}", 3, options=CHANGE),
    _m("delegation: days the wrong way round", _PERSON, 7, by="housing",
       options=("--from", "2099-12-31", "--to", "2099-12-01")),
    _m("delegation: days that are over", _PERSON, 7, by="housing",
       options=("--from", "2020-01-01", "--to", "2020-12-31")),
    _m("delegation: no day", _PERSON, 7, by="housing", options=("--from", "soon", "--to", "2099-12-31")),
    _m("delegation: two organisations", _PERSON.replace("housing_clerk", "nr_clerk"), 7, "nr_clerk", by="housing",
       options=_TERM),
    _m("delegation: to a leader", _PERSON.replace("housing_clerk", "housing"), 7, by="housing", options=_TERM),
    _m("delegation: unknown deputy", _PERSON.replace("housing_clerk", "housing_clrek"), 5, "housing_clrek",
       "housing_clerk", by="housing", options=_TERM),
    _m("delegation: account closed", _PERSON.replace("absent housing", "absent gone"), 5, "gone", by="admin",
       options=_TERM),
    _m("delegation: unknown stage", f"{_PERSON} --stage acceptance", 5, "acceptance", by="housing", options=_TERM),
    _m("delegation: another house", _PERSON, 4, options=_TERM, entries=1),
    _m("delegation: by the deputy", _PERSON, 4, by="housing_clerk", options=_TERM, entries=1),
    _m("delegation: no token", _PERSON, 4, "PEIJIAN_TOKEN", by=None, options=_TERM),
    _m("delegation: unknown number", "delegation end 7", 5, "7", by="housing"),
    _m("delegation: number is a word", "delegation end one", 2, "one", by="housing"),
    _m("delegation: ended by another house", "delegation end 1", 4, before=(DELEGATED,), entries=1),
    _m("delegation: nobody", "delegation add", 2, "--absent", by="housing"),
    _m("entry: half a requirement", "case open other.json --stage construction_permit", 3, by="housing",
       files=_another(category_decisions=[])),
    _m("entry: not the bureau of that stage", "case open other.json --stage construction_permit", 4,
       files=_another(), entries=1),
    _m("entry: no such stage", "case open other.json --stage permit", 5, "permit", "construction_permit",
       by="housing", files=_another()),
    _m("entry: not a stage to enter at", "case open other.json --stage handover_agreement", 3, files=_another()),
]  # fmt: skip


# -- files -----------------------------------------------------------------------------------------------

#: name -> content, line (where the message must name one)
_BROKEN: dict[str, tuple[str | bytes, int | None]] = {
    "empty.json": ("", None),
    "empty.yaml": ("", None),
    "blank.yaml": (" \n\n", None),
    "truncated.json": ('{"case_no": "X",\n "name": ', 2),
    "truncated.yaml": ("a: [1, 2\nb: 3\n", 2),
    "gbk.json": ('{"name": "项目"}'.encode("gbk"), None),
    "gbk.yaml": ("name: 项目".encode("gbk"), None),
    "binary.yaml": (b"\x00\xff\xfe\x01", None),
    "utf16.json": ('{"name": 1}'.encode("utf-16"), None),
    "list.json": ("[1, 2]", None),
    "scalar.yaml": ("just text", None),
    "object.yaml": ('a: !!python/object/apply:os.system ["true"]', 1),
    "twice.yaml": ("reason: 甲\nreason: 乙\n", 2),
    "digits.json": ('{"case_no": ' + "1" * 5000 + "}", None),
    "digits.yaml": ("case_no: " + "1" * 5000, None),
    "deep.json": ("[" * 100_000, None),
    "deep.yaml": ("[" * 1_000, None),
}


def _broken(command: str, name: str) -> Mistake:
    content, line = _BROKEN[name]
    where = {"zh": (f"第{line}行",), "en": (f"line{line}",)} if line else {}
    path, _, _option = command.partition(" --")
    return _m(f"file: {path} {name}", f"{command} {name}", 7, name, files={name: content}, **where)


def _unfit(title: str, *words: str, exit: int = 7, **changes: Any) -> Mistake:
    return _m(f"record: {title}", "case open other.json", exit, *words, files=_another(**changes))


FILES = [
    *(_broken("case open", name) for name in _BROKEN),
    *(_broken("case return {case} --file", name) for name in ("empty.yaml", "truncated.json", "gbk.yaml", "list.json")),
    *(
        _broken("journal verify --checkpoint", name)
        for name in ("empty.json", "truncated.json", "gbk.json", "list.json", "digits.json")
    ),
    *(_broken("rehearse", name) for name in ("empty.yaml", "truncated.yaml", "gbk.yaml", "list.json")),
    _m("file: not there", "case open nowhere.json", 7, "nowhere.json"),
    _m("file: a folder", "case open {folder}", 7),
    _m("file: key that is no word", "case open keys.yaml", 7, files={"keys.yaml": "2: 3\n"}),
    _m("file: not a checkpoint", "journal verify --checkpoint other.json", 7, "other.json",
       files={"other.json": '{"town": "nowhere"}'}),
    _m("attachment: not there", f"{_FILE} 张自然资条字〔2020〕9号 --issued-on 2020-07-01 --file nowhere.pdf", 7,
       "nowhere.pdf"),
    _m("attachment: a folder", f"{_FILE} 张自然资条字〔2020〕9号 --issued-on 2020-07-01 --file {{folder}}", 7),
    _m("attachment: empty", f"{_FILE} 张自然资条字〔2020〕9号 --issued-on 2020-07-01 --file empty.pdf", 7,
       files={"empty.pdf": ""}),
    _m("attachment: hostile name", f"{_FILE} 张自然资条字〔2020〕9号 --issued-on 2020-07-01 --file", 7, "U+001B",
       options=(HOSTILE,), files={HOSTILE: "x"}),
    _m("attachment: a path of another system", f"{_FILE} 张自然资条字〔2020〕9号 --issued-on 2020-07-01 --file", 7,
       options=(r"..\evil.pdf",), files={r"..\evil.pdf": "x"}),
    _unfit("facilities are no list", facilities=5),
    _unfit("facility is no mapping", facilities=["P1-F1"]),
    _unfit("developer is text", developer="甲"),
    _unfit("negative area", "gfa_m2", facilities=[{"id": "F1", "subtype": "kindergarten", "gfa_m2": -1}]),
    _unfit("enormous capacity", facilities=[{"id": "F1", "subtype": "kindergarten", "capacity": "9" * 5000 + "seats"}]),
    _unfit("facility twice", facilities=[{"id": "F1", "subtype": "kindergarten", "gfa_m2": 1}] * 2),
    _unfit("kind of facility unknown", "kindergarden", "kindergarten", exit=5,
           facilities=[{"id": "F1", "subtype": "kindergarden"}]),
    _unfit("name is a number", "project", name=5),
    _unfit("name turned around", "U+202E", name="甲\u202e乙"),
    _unfit("hostile number", case_no=HOSTILE),
]  # fmt: skip

# -- configuration ---------------------------------------------------------------------------------------


def _config(name: str, content: str | bytes, *words: str, line: int | None = None, **more: Any) -> Mistake:
    where = {"zh": (f"第{line}行",), "en": (f"line{line}",)} if line else {}
    command = more.pop("command", "lifecycle check")
    return _m(
        f"configuration: {name}", f"{command} --config mine.yaml", 7, "mine.yaml", *words,
        files={"mine.yaml": content}, **where, **more,
    )  # fmt: skip


_SHIPPED = CONFIG.read_text(encoding="utf-8")


def _line_of(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


CONFIGURATIONS = [
    _config("empty", ""),
    _config("truncated", _SHIPPED[: len(_SHIPPED) // 2]),
    _config("not UTF-8", "district: 张店".encode("gbk")),
    _config("syntax", "district: [1\nb: 2\n", line=2),
    _config("unknown key", _SHIPPED + "\nlimts: []\n", "limts", "limits", line=_SHIPPED.count("\n") + 2),
    _config("wrong language", _SHIPPED.replace("language: zh", "language: de"), "language", "de",
            line=_line_of(_SHIPPED, "language:")),
    _config("key twice", _SHIPPED + "\nlanguage: en\n", "language", line=_SHIPPED.count("\n") + 2),
    _config("empty, for a list", "", command="case list"),
    _m("configuration: missing, for an action", "sign {case} --verdict agree --config none.yaml", 7, "none.yaml",
       by="health", zh=("不存在",), en=("notexist",)),
    _m("configuration: missing", "lifecycle check --config none.yaml", 7, "none.yaml",
       zh=("不存在",), en=("notexist",)),
    _m("configuration: missing, for a list", "case list --config none.yaml", 7, "none.yaml",
       zh=("不存在",), en=("notexist",)),
    _m("configuration: a folder", "lifecycle check --config {folder}", 7),
]  # fmt: skip

# -- scripts ---------------------------------------------------------------------------------------------

_SCRIPT = """\
title: {zh: 甲, en: one}
accounts:
  - {name: nr, organisation: natural_resources, level: leader}
steps:
  - {at: 2020-07-20, as: nr, do: case why, expect: {exit: 0}}
"""


def _script(name: str, content: str, *words: str, **more: Any) -> Mistake:
    files = {"mine.yaml": content}
    return _m(f"script: {name}", "rehearse mine.yaml", 7, "mine.yaml", *words, files=files, by=None, **more)


SCRIPTS = [
    _m("script: not there", "rehearse qingho", 5, "qingho", by=None),
    _m("script: database exists", "rehearse yunling --database {folder}/peijian.db", 7, "peijian.db", by=None),
    _script("no title", _SCRIPT.replace("title", "titel"), "title", "titel"),
    _script("no steps", _SCRIPT.split("steps")[0] + "steps: []\n", "steps"),
    _script("strange account", _SCRIPT.replace("as: nr", "as: nobody"), "nobody"),
    _script("back in time", _SCRIPT + "  - {at: 2019-01-01, as: nr, do: case why}\n",
            zh=("第2步",), en=("step2",)),
    _script("strange day", _SCRIPT.replace("2020-07-20", "20th of July"), "steps.0.at"),
    _script("strange level", _SCRIPT.replace("leader", "boss"), "level"),
    _m("script: unknown organisation", "rehearse mine.yaml", 5, "natural", "natural_resources",
       files={"mine.yaml": _SCRIPT.replace("natural_resources", "natural")}, by=None),
    _m("script: differs", "rehearse mine.yaml", 7, by=None, zh=("mine.yaml", "第1步"), en=("mine.yaml", "step1"),
       files={"mine.yaml": _SCRIPT.replace("do: case why,", "do: sign, with: {case: X-1, verdict: agree},")}),
]  # fmt: skip

# -- wrong usage -----------------------------------------------------------------------------------------

USAGE = [
    _m("usage: two files for one answer", "inbox --csv a.csv --ics b.ics", 2, "--csv", "--ics", by="health"),
    _m("usage: no such command", "sgin", 2, "sgin"),
    _m("usage: no such command of a group", "case opne", 2, "opne"),
    _m("usage: no such option", "case list --jsn", 2, "--jsn", "--json"),
    _m("usage: missing argument", "case show", 2, zh=("项目编号",), en=("CASE",)),
    _m(
        "usage: due in the past", "case list --due-within -1", 2, "--due-within", zh=("不能小于0",), en=("less than 0",)
    ),
    _m("usage: a round too soon", "scheduler --every 4", 2, "--every", "5"),
    # further than a timer can wait: the scheduler could not even be stopped
    _m("usage: a round too late", "scheduler --every 86401", 2, "--every", "86400"),
    _m("usage: missing option", "sign {case}", 2, "--verdict"),
    _m("usage: several missing options", "document add {case} planning_conditions", 2),
    _m("usage: missing option of click's", "account add x --level clerk", 2, "--org"),
    _m("usage: invalid choice", "sign {case} --verdict maybe", 2, "maybe", "agree_with_conditions"),
    _m("usage: invalid level", "account add x --org health --level boss", 2, "boss", "leader"),
    _m("usage: extra argument", "case show {case} more", 2, "more"),
    _m("usage: extra arguments", "doctor one two", 2, "one", "two"),
    _m("usage: option without value", "case list --stage", 2, "--stage"),
    _m("usage: flag with a value", "case list --json=yes", 2, "--json"),
    _m("usage: no such language", "case list --lang de", 2, "de"),
    _m("usage: nothing to rehearse", "rehearse", 2, zh=("脚本",), en=("SCRIPT",)),
    _m("usage: hostile command", HOSTILE, 2),
    _m("usage: hostile option", f"case list --{HOSTILE}", 2),
]

# -- the calendar ----------------------------------------------------------------------------------------


def _year(name: str, written: dict[str, str], *words: str, year: int = 2027, **more: Any) -> Mistake:
    """A file that cannot be imported."""
    command = ("calendar", "import", "year.yaml")
    return Mistake(f"calendar: {name}", command, 7, words, "admin", files=calendar_file(year, **written), **more)


def _no_year(name: str, content: str | bytes) -> Mistake:
    return _m(f"calendar: {name}", "calendar import y.yaml", 7, "y.yaml", by="admin", files={"y.yaml": content})


CALENDAR = [
    _year("another year", {"off": "[2026-01-02]"}, "4", "off.1", "2026-01-02", zh=("不在这一年内",), en=("that year",)),
    _year("weekend off", {"off": "[2027-01-02]"}, "4", "off.1", "2027-01-02", zh=("周末",), en=("weekend",)),
    _year("weekday worked", {"worked": "[2027-01-04]"}, "5", "worked.1", zh=("不是周末",), en=("weekday",)),
    _year(
        "off and worked", {"off": "[2027-01-01]", "worked": "[2027-01-01]"}, "5", "worked.1",
        zh=("放假日",), en=("days off",),
    ),
    _year("a day twice", {"off": "[2027-01-01, 2027-01-01]"}, "4", "off.2", zh=("重复",), en=("twice",)),
    _year("long ago", {}, "1", "1999", year=1999, zh=("相距太远",), en=("too far away",)),
    _year("a century ahead", {}, "1", "2127", year=2127, zh=("相距太远",), en=("too far away",)),
    _year("no such day", {"off": "[2027-02-30]"}, "4", "2027-02-30", zh=("日期",), en=("a day",)),
    _year("hostile source", {"source": '"\\e[31m"'}, "2", "source"),
    _year("no source", {"source": ""}, "2", "source"),
    _year("a key too many", {"hours": "8"}, "6", "hours"),
    _year("final taken back", {"final": "false"}, "2026", year=2026, zh=("正式",), en=("final",)),
    _no_year("not UTF-8", "年".encode("gb18030")),
    _no_year("a workbook", b"PK\x03\x04\x00\xff"),
    _no_year("empty", ""),
    _no_year("a megabyte", MEGABYTE),
    _no_year("nested", "[" * 5000),
    _m("calendar: not there", "calendar import none.yaml", 7, "none.yaml", by="admin"),
    _m("calendar: a folder", "calendar import {folder}", 7, by="admin"),
    _m("calendar: by a leader", "calendar import year.yaml", 4, by="nr", files=calendar_file(2027), entries=1),
    _m("calendar: by nobody", "calendar import year.yaml", 4, by=None, files=calendar_file(2027)),
    _m("calendar: unknown year", "calendar show 2035", 5, "2035", "2025"),
    _m("calendar: a word as year", "calendar show soon", 2, "soon"),
]  # fmt: skip

MISTAKES: dict[str, Mistake] = {
    mistake.name: mistake
    for mistake in (*UNKNOWN, *VALUES, *RULES, *OFFICES, *FILES, *CONFIGURATIONS, *SCRIPTS, *USAGE, *CALENDAR)
}
