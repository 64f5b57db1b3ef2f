"""What stands in every paper: project, stage, who asks whom, until when. Nothing is made up.

Numbers come from the office's registry, days and stamps from hands; a limit is printed only where one is known.
"""

from __future__ import annotations

from typing import Any

from states.errors import Invalid, unknown
from states.facts import Case
from states.participants import leads, may_sign, required
from states.project import TERMINAL, Stage
from states.rules import Rules
from views.fields import duration
from views.labels import stage_label
from views.names import Names
from workflow.results import CaseView

#: Where the registry's number will stand.
NO_NUMBER = "〔　　　　〕　　　号"
#: The limit for the answer of a department; the codes are those of the configuration.
_LIMITS = {Stage.PLANNING: "L01", Stage.LAND_SUPPLY: "L05a", Stage.PRESALE: "L13a", Stage.ACCEPTANCE: "L15a"}


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
