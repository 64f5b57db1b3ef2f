"""What the papers say about a case: plain texts, ready to be put into a template. Chinese, whatever the language.

A department's paper shows the facilities of its remit, so that nobody is asked about other things than a
sign-off stands for. Nothing is made up: numbers come from the office's registry, days and stamps from hands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from policies.signing import Answer, answer_of
from states import remit
from states.errors import Invalid, unknown
from states.facts import MEASURES, REQUIRED, Case, Condition, Evidence, Facility, Requirement, SignOff
from states.participants import leads, may_sign, required
from states.project import TERMINAL, Stage
from states.rules import Rules
from views.changes import particular_label, value_text
from views.fields import amount, duration
from views.labels import LABELS, label, stage_label
from views.names import Names
from views.signs import state_text
from workflow.results import CaseView, DepartmentAnswer

#: Where the registry's number will stand.
NO_NUMBER = "〔　　　　〕　　　号"
_EMPTY, _TICKED = "□", "☑"

#: What evidence a stage holds against the requirement.
_EVIDENCE: dict[str, tuple[str, ...]] = {
    Stage.PERMIT: ("drawings",),
    Stage.ACCEPTANCE: ("measurement",),
    Stage.HANDOVER: ("hand_over", "title", "asset_entry"),
}
#: The limit for the answer of a department; the codes are those of the configuration.
_LIMITS = {Stage.PLANNING: "L01", Stage.LAND_SUPPLY: "L05a", Stage.PRESALE: "L13a", Stage.ACCEPTANCE: "L15a"}
_REQUESTS: dict[str, str] = {
    Stage.PLANNING: "请对上述配套设施的规模、位置、设计要求是否符合专项规划和配建标准提出意见。",
    Stage.LAND_SUPPLY: "请对上述配套设施的建设方式、产权归属、移交要求等供地条件提出意见。",
    Stage.AGREEMENT: "请对配套设施产权移交和使用管理协议中涉及上述设施的内容提出意见。",
    Stage.PERMIT: "请核对施工图纸中上述配套设施的规模、位置是否符合要求，并提出意见。",
    Stage.PRESALE: "请结合上述配套设施的建设要求，对本次预售申请提出意见。",
    Stage.ACCEPTANCE: (
        "请对照竣工实测逐项核实上述配套设施是否建设到位、是否符合审批标准，并分别作出判断；"
        "不同意的，请逐项写明事实、依据和整改要求。"
    ),
    Stage.HANDOVER: "请核实上述配套设施的移交、不动产登记和资产入账情况，并提出意见。",
}
_NOTHING_HERE = "请核实本项目是否应当配建由贵单位负责的配套设施；确不涉及的，请回复“不涉及”。"


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """One facility of a department: what must be, what is, and the two judgements as boxes."""

    number: int
    name: str
    requirement: str
    evidence: str
    built_in_place: str
    meets_standard: str


@dataclass(frozen=True, slots=True)
class ConditionRow:
    text: str = ""
    responsible: str = ""
    due_on: str = ""
    due_stage: str = ""


@dataclass(frozen=True, slots=True)
class DepartmentPaper:
    """What one department is asked, and what it has answered. ``evidence`` heads the column of it, if there is one."""

    department: str
    facilities: tuple[FacilityRow, ...]
    evidence: str
    judged: bool
    request: str
    remark: str
    verdict: str
    text: str
    reason: str
    basis: str
    requested_change: str
    conditions: tuple[ConditionRow, ...]
    signer: str
    day: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One line of the sign-off sheet."""

    number: int
    department: str
    opinion: str
    signed: str


def about(view: CaseView, names: Names, number: str | None) -> dict[str, Any]:
    """What stands in every paper: number, project, stage, who asks, until when, and the state of the records."""
    case, rules = view.case, names.rules
    stage = stage_label(case.stage)
    return {
        "number": number or NO_NUMBER,
        "project": case.name,
        "matter": stage.removesuffix("征求意见"),
        "facts": _facts(case, names),
        "introduction": _introduction(case, names, stage),
        "sender": "、".join(names.organisation(lead) for lead in leads(case, rules)),
        "limit": _limit(case, rules),
        "source": f"{case.id}　{_place(case)}　数据截至{chinese_day(names.day)}",
    }


def _introduction(case: Case, names: Names, stage: str) -> str:
    where = f"位于{names.organisation(case.town)}，宗地编号{case.parcel}，居住户数{case.households}户"
    visit = case.visits[-1]
    presale = f"申请预售{visit.buildings}（{visit.households}户），" if visit.buildings else ""
    return f"{case.name}（项目编号{case.id}）{where}，{presale}现处于{stage}环节。"


def _facts(case: Case, names: Names) -> list[tuple[str, str]]:
    visit = case.visits[-1]
    developer = "　".join(filter(None, (case.developer, case.developer_code)))
    presale = f"{visit.buildings}　{visit.households}户" if visit.buildings else ""
    found = [
        ("项目名称", case.name), ("项目编号", case.id), ("项目类型", names.project_kind(case.kind)),
        ("所属镇（街道）", names.organisation(case.town)), ("宗地编号", case.parcel),
        ("居住户数", f"{case.households}户"), ("建设单位", developer), ("控制性详细规划", case.regulatory_plan or ""),
        ("办理环节", f"{stage_label(case.stage)}　{_place(case)}"), ("申请预售", presale),
    ]  # fmt: skip
    return [(name, value) for name, value in found if value]


def _place(case: Case) -> str:
    return f"第{case.visit}次办理　第{case.round}轮征求意见" if case.round else f"第{case.visit}次办理"


def _limit(case: Case, rules: Rules) -> str:
    """Until when, where the configuration knows it."""
    code = _LIMITS.get(Stage(case.stage))
    limit = next((m for m in rules.limits if (m.code, m.stage) == (code, case.stage)), None)
    return f"请于收到本函之日起{duration(limit.length, limit.unit)}内反馈。" if limit else "请及时反馈。"


def chinese_day(day: str) -> str:
    """``2020年7月20日``, without padding (GB/T 9704)."""
    year, month, date = day.split("-")
    return f"{year}年{int(month)}月{int(date)}日"


# -- who is asked --------------------------------------------------------------------------------


def asked(case: Case, rules: Rules, department: str | None, but_leads: bool = False) -> tuple[str, ...]:
    """The department named, or all that are asked; ``but_leads``: a lead writes no letter to itself.

    Raises NotFound for a department that is not asked here, Invalid where nobody is.
    """
    known = () if case.stage in TERMINAL else may_sign(case, rules)
    if not known:
        raise Invalid("nobody_asked", {"stage": case.stage})
    if department is not None:
        if department not in known:
            raise unknown("department_asked", department, known)
        return (department,)
    everybody = required(case, rules)
    others = tuple(d for d in everybody if d not in leads(case, rules))
    return (others if but_leads else everybody) or everybody


# -- one department ------------------------------------------------------------------------------


def department_paper(view: CaseView, names: Names, department: str) -> DepartmentPaper:
    """A department's form. It is filled with its standing sign-off, and blank where that no longer stands."""
    case, rules = view.case, names.rules
    answer = answer_of(case, department, rules)
    stands = answer in (Answer.STANDS, Answer.OBJECTION)
    given = case.sign_off(department) if stands else None
    judged = json.loads(given.judgements) if given else {}
    mine = _remit(case, department, rules)
    rows = tuple(_row(n, f, judged.get(f.facility), case, names) for n, f in enumerate(mine, 1))
    return DepartmentPaper(
        department=names.organisation(department),
        facilities=rows,
        evidence="、".join(label(kind) for kind in _EVIDENCE.get(case.stage, ())),
        judged=case.stage == Stage.ACCEPTANCE,
        request=_REQUESTS.get(case.stage, "") if mine else _NOTHING_HERE,
        remark="" if stands or answer is Answer.MISSING else f"原意见{label(answer)}，请按上表重新签署。",
        verdict="　".join(_box(word, given is not None and given.verdict == verdict) for verdict, word in _verdicts()),
        conditions=tuple(_conditions(case, given)) or (ConditionRow(),),
        signer=_signer(given),
        day=chinese_day(given.happened_on) if given else "",
        **_words(given),
    )


def _words(given: SignOff | None) -> dict[str, str]:
    return {name: (given and getattr(given, name)) or "" for name in ("text", "reason", "basis", "requested_change")}


def _verdicts() -> list[tuple[str, str]]:
    return [(verdict, label(verdict)) for verdict in LABELS["verdict"]]


def _box(word: str, ticked: bool) -> str:
    return f"{_TICKED if ticked else _EMPTY}{word}"


def _remit(case: Case, department: str, rules: Rules) -> tuple[Facility, ...]:
    """The facilities of the case that the department's sign-off stands for."""
    seen = json.loads(remit.snapshot(case, department, rules))["requirements"]
    return tuple(f for f in case.owed() if f.facility in seen)


def _row(number: int, facility: Facility, judged: Any, case: Case, names: Names) -> FacilityRow:
    name = facility.facility
    found = [_evidence(case.latest(name, kind), kind) for kind in _EVIDENCE.get(case.stage, ())]
    in_place, meets = judged if judged else (None, None)
    return FacilityRow(
        number=number,
        name=names.facility(name),
        requirement="\n".join(_requirement(case.requirement(name), names)) or "待定",
        evidence="\n".join(found),
        built_in_place=_yes_or_no(in_place),
        meets_standard=_yes_or_no(meets),
    )


def _yes_or_no(judged: bool | None) -> str:
    return f"{_box('是', judged is True)}\n{_box('否', judged is False)}"


def _evidence(found: Evidence | None, kind: str) -> str:
    """What was recorded: scales and place, or the papers of the handover."""
    if found is None:
        return f"{label(kind)}：尚无"
    if kind in ("drawings", "measurement"):
        place = [f"{label('location')}：{found.location}"] if found.location else []
        return "\n".join([*_scales(found), *place])
    owner = label(found.ownership) if found.ownership else ""
    return f"{label(kind)}：" + "　".join(
        filter(None, (found.reference, found.exemption, found.holder, owner, found.user, found.happened_on))
    )


def _requirement(terms: Requirement, names: Names) -> list[str]:
    """Everything that is required, a line each."""
    others = [(name, value) for name in REQUIRED if name not in MEASURES and (value := getattr(terms, name))]
    return _scales(terms) + [f"{particular_label(name)}：{value_text(name, value, names)}" for name, value in others]


def _scales(row: Requirement | Evidence) -> list[str]:
    return [f"{label(m)}：{amount(m, value)}" for m in MEASURES if (value := getattr(row, m)) is not None]


def _conditions(case: Case, given: SignOff | None) -> Iterable[ConditionRow]:
    return [_condition_row(c) for c in _of(case, given)]


def _condition_row(condition: Condition) -> ConditionRow:
    due = (chinese_day(condition.due_on), stage_label(condition.due_stage))
    return ConditionRow(condition.text, condition.responsible, *due)


def _of(case: Case, given: SignOff | None) -> list[Condition]:
    """The conditions that belong to a sign-off."""
    if given is None:
        return []
    place = (given.stage, given.visit, given.round, given.department)
    return [
        c
        for c in case.conditions
        if (c.stage, c.visit, c.round, c.department) == place and c.status in ("open", "discharged")
    ]


def _signer(given: SignOff | None) -> str:
    return f"{given.signed_by}（{label(given.level)}）" if given else ""


# -- the sheet -----------------------------------------------------------------------------------


def answer_rows(view: CaseView, names: Names) -> tuple[AnswerRow, ...]:
    """Every department asked, and the others that answered."""
    return tuple(_answer_row(n, answer, view.case, names) for n, answer in enumerate(view.answers, 1))


def _answer_row(number: int, answer: DepartmentAnswer, case: Case, names: Names) -> AnswerRow:
    given = case.sign_off(answer.department)
    return AnswerRow(
        number=number,
        department=names.organisation(answer.department),
        opinion="\n".join(_opinion(answer, given, case)),
        signed=f"{_signer(given)}\n{given.happened_on}" if given else "",
    )


def _opinion(answer: DepartmentAnswer, given: SignOff | None, case: Case) -> list[str]:
    """The verdict and everything said with it; before it, what keeps it from standing."""
    if given is None:
        return ["尚未签署"]
    bad = answer.state in (Answer.STALE, Answer.INVALID)
    said = _words(given)
    if said["text"] == said["reason"]:
        del said["text"]
    heads = {"text": "", "reason": "理由：", "basis": "依据：", "requested_change": "修改要求："}
    return [
        *([state_text(answer)] if bad else []),
        ("原意见：" if bad else "") + label(given.verdict),
        *(heads[name] + text for name, text in said.items() if text),
        *(f"条件：{c.text}（{c.responsible}，{c.due_on}）" for c in _of(case, given)),
    ]
