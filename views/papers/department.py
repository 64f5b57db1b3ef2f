"""One department's paper: its facilities, what it is asked, and what it has answered.

It shows the facilities of the department's remit, so that nobody is asked about other things than a sign-off
stands for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from policies.signing import Answer, answer_of
from states import remit
from states.facts import MEASURES, REQUIRED, Case, Condition, Evidence, Facility, Requirement
from states.project import Stage
from states.rules import Rules
from views.differences import particular_label, value_text
from views.fields import amount
from views.labels import LABELS, label, stage_label
from views.names import Names
from views.papers.about import chinese_day
from views.papers.answers import conditions, signer, words
from workflow.results import CaseView

_EMPTY, _TICKED = "□", "☑"

#: What evidence a stage holds against the requirement.
_EVIDENCE: dict[str, tuple[str, ...]] = {
    Stage.PERMIT: ("drawings",),
    Stage.ACCEPTANCE: ("measurement",),
    Stage.HANDOVER: ("hand_over", "title", "asset_entry"),
}
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
        conditions=tuple(_condition_row(c, names) for c in conditions(case, given)) or (ConditionRow(),),
        signer=signer(given),
        day=chinese_day(given.happened_on) if given else "",
        **words(given),
    )


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


def _condition_row(condition: Condition, names: Names) -> ConditionRow:
    due = (chinese_day(condition.due_on), stage_label(condition.due_stage))
    return ConditionRow(condition.text, names.organisation(condition.responsible), *due)
