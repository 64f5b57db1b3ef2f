"""Facts for tests: small, complete and legal, with everything changeable by name.

``case()`` stands at the planning review with one kindergarten; ``ready(stage)`` is a case with nothing
between it and its next stage. ``rules()`` are the shipped ones; ``changed`` alters one key of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from states import participants, remit
from states.actions.cases import OpenCase
from states.facts import (
    GOVERNMENT,
    Actor,
    Case,
    CategoryDecision,
    Document,
    Evidence,
    Facility,
    Hearing,
    Requirement,
    Round,
    SignOff,
    Visit,
)
from states.project import Stage
from states.rules import Rules
from workflow import settings

SHIPPED = Path(__file__).parents[1] / "config.yaml"

#: The day on which nothing in particular happens.
DAY = "2020-08-05"
MOMENT = f"{DAY}T09:00:00+08:00"

#: The papers of a project: the stage in which each is filed, its kind, number and day.
PAPERS = (
    (Stage.PLANNING, "planning_conditions", "张自然资条字〔2020〕901号", "2020-08-14"),
    (Stage.LAND_SUPPLY, "development_conditions", "张住建条字〔2020〕901号", "2020-08-27"),
    (Stage.LAND_SUPPLY, "land_supply_conditions", "张自然资供字〔2020〕901号", "2020-09-10"),
    (Stage.AGREEMENT, "deal_confirmation", "示例成交2020-901", "2020-10-28"),
    (Stage.AGREEMENT, "handover_agreement", "张配套协〔2020〕901号", "2020-11-05"),
    (Stage.AGREEMENT, "land_contract", "淄博01-2020-0901 / 3703032020B00901", "2020-11-09"),
    (Stage.PERMIT, "construction_planning_permit", "建字第370303202190001号", "2021-02-24"),
    (Stage.PERMIT, "construction_permit", "370303202103150101", "2021-03-15"),
    (Stage.CONSTRUCTION, "completion_acceptance_report", "示例竣验2022-901", "2022-10-14"),
    (Stage.CONSTRUCTION, "completion_filing", "ZDBA-2022-0901", "2022-10-26"),
    (Stage.ACCEPTANCE, "comprehensive_acceptance_certificate", "张住建综验〔2022〕901号", "2022-11-10"),
)
_ORDER = tuple(Stage)


# -- configuration -----------------------------------------------------------------------------------


@cache
def rules() -> Rules:
    """The shipped configuration, parsed once."""
    return settings.load(SHIPPED)


def changed(whole: Any, path: str, value: object) -> Any:
    """A copy in which the key at a dotted path (indices count from 0) has another value."""
    step, _, rest = path.partition(".")
    if is_dataclass(whole):
        new = changed(getattr(whole, step), rest, value) if rest else value
        return replace(whole, **{step: new})  # type: ignore[type-var]
    if isinstance(whole, tuple):
        n = int(step)
        return (*whole[:n], changed(whole[n], rest, value) if rest else value, *whole[n + 1 :])
    return {**whole, step: changed(whole[step], rest, value) if rest else value}


# -- facts -------------------------------------------------------------------------------------------


def actor(organisation: str = "natural_resources", level: str = "leader", name: str = "somebody") -> Actor:
    return Actor(name, organisation, level)


def facility(name: str = "F1", subtype: str = "kindergarten", **changes: Any) -> Facility:
    """A facility of the category that its kind belongs to."""
    category = changes.pop("category", None) or rules().category_of(subtype)
    assert category, f"no category has {subtype}"
    return Facility(name, category, subtype, **changes)


def requirement(name: str = "F1", **changes: Any) -> Requirement:
    """A complete requirement, up to standard for a kindergarten: built and handed over free of charge."""
    terms: dict[str, Any] = {
        "version": 1,
        "gfa": 324_000,
        "site": 540_000,
        "classes": 9,
        "location": "地块西南角",
        "design": "不超过三层，独立出入口",
        "mode": "developer_builds_free_handover",
        "ownership": GOVERNMENT,
        "handover": "综合验收后三十日内无偿移交",
        "recipient": "区教体局",
        "handover_days": 30,
        "stage": Stage.PLANNING.value,
        "happened_on": DAY,
        "recorded_at": MOMENT,
        "recorded_by": "somebody@natural_resources",
    }
    return Requirement(name, **(terms | changes))


def evidence(kind: str, name: str = "F1", **changes: Any) -> Evidence:
    """Evidence of a kind, exactly as ``requirement()`` asks."""
    required = requirement(name)
    placed = {m: getattr(required, m) for m in ("gfa", "site", "classes", "location")}
    terms: dict[str, dict[str, Any]] = {
        "drawings": placed,
        "measurement": placed,
        "progress": {"percent": 100, "built": 1},
        "hand_over": {"reference": "示例交接2022-901", "holder": "区教体局", "user": "示例幼儿园"},
        "title": {
            "reference": "鲁（2022）淄博张店区不动产权第0012345号",
            "holder": "区教体局",
            "ownership": GOVERNMENT,
        },
        "asset_entry": {"reference": "示例资产2022-901"},
    }
    marks = {"happened_on": DAY, "recorded_at": MOMENT, "recorded_by": "somebody@housing"}
    return Evidence(name, kind, **({"number": 1, "version": 1} | terms[kind] | marks | changes))


def decision(category: str, decided: str = "not_required", **changes: Any) -> CategoryDecision:
    """A category decision with its basis and the special plan that was checked."""
    terms: dict[str, Any] = {
        "number": 1,
        "basis": None if decided == "required" else "周边已有设施",
        "link": "相邻小区" if decided == "pooled" else None,
        "special_plan": "2020年版",
        "happened_on": DAY,
        "recorded_at": MOMENT,
        "recorded_by": "somebody@natural_resources",
    }
    return CategoryDecision(category, decision=decided, **(terms | changes))


def document(kind: str, **changes: Any) -> Document:
    """A paper of a kind, with a file, filed by the natural-resources branch."""
    stage, _, reference, day = next(p for p in (*PAPERS, (Stage.PLANNING, kind, "901", DAY)) if p[1] == kind)
    terms: dict[str, Any] = {
        "number": 1,
        "reference": reference,
        "issued_on": day,
        "issuer": "natural_resources",
        "stage": stage.value,
        "visit": 1,
        "file": remit.digest(kind),
        "filename": f"{kind}.pdf",
        "size": 4096,
        "recorded_at": MOMENT,
        "recorded_by": "somebody@natural_resources",
    }
    return Document(kind=kind, **(terms | changes))


def hearing(kind: str = "expert", stage: str = Stage.PLANNING, **changes: Any) -> Hearing:
    """An opinion that was heard, adopted and answered."""
    terms: dict[str, Any] = {
        "number": 1,
        "visit": 1,
        "round": 1,
        "capacity": {"expert": "规划专家", "public": "社区居民代表"}[kind],
        "opinion": "support_with_suggestions",
        "text": "建议靠近集中绿地",
        "disposition": "adopted",
        "reply": "已采纳",
        "happened_on": DAY,
        "answered_on": DAY,
    }
    return Hearing(kind=kind, stage=str(stage), **(terms | changes))


def case(stage: str = Stage.PLANNING, **changes: Any) -> Case:
    """A case in its first visit to ``stage``, the first round open, one kindergarten owed."""
    stage = str(stage)
    terms: dict[str, Any] = {
        "id": "ZDPT-2020-0901",
        "name": "示例家园",
        "kind": "commodity_housing",
        "town": "nanding",
        "parcel": "370303101012GB90001",
        "project_code": "2020-370303-70-03-900001",
        "developer": "淄博示例甲置业有限公司",
        "developer_code": "91370303TEXT00010B",
        "land_area": 7_842_650,
        "plot_ratio": 220,
        "aboveground_gfa": 17_253_830,
        "residential_gfa": 16_540_000,
        "households": 1680,
        "population": 5376,
        "regulatory_plan": "张店区控规 04-12 单元",
        "configuration": rules().digest,
        "entry_stage": Stage.PLANNING.value,
        "visit": 1,
        "round": 1,
        "attempt": 1,
        "active": 1,
        "opened_on": DAY,
        "recorded_at": MOMENT,
        "visits": (Visit(stage, 1, DAY),),
        "rounds": (Round(stage, 1, 1, DAY),),
        "facilities": (facility(),),
        "requirements": (requirement(),),
        "decisions": tuple(decision(c, "required" if c == "education" else "not_required") for c in rules().categories),
    }
    return Case(stage=stage, **(terms | changes))


def sign_off(signed: Case, department: str, under: Rules | None = None, **changes: Any) -> SignOff:
    """The department agrees to exactly what now stands, every own facility judged good."""
    under = under or rules()
    own = participants.own_facilities(signed, department, under)
    judged = {f.facility: [True, True] for f in own} if signed.stage == Stage.ACCEPTANCE else {}
    terms: dict[str, Any] = {
        "stage": signed.stage,
        "visit": signed.visit,
        "round": signed.round,
        "number": len(signed.sign_offs) + 1,
        "verdict": "agree",
        "text": None,
        "reason": None,
        "basis": None,
        "requested_change": None,
        "judgements": remit.canonical(judged),
        "scheme": remit.CURRENT_SCHEME,
        "remit": remit.digest(remit.snapshot(signed, department, under)),
        "status": "standing",
        "ended_on": None,
        "ended_reason": None,
        "signed_by": "somebody",
        "level": "leader",
        "happened_on": DAY,
        "recorded_at": MOMENT,
    }
    return SignOff(department=department, **(terms | changes))


def signed(by: Case, departments: Iterable[str] | None = None, under: Rules | None = None) -> Case:
    """The case once the departments (all that are asked, if not named) have agreed."""
    for department in participants.required(by, under or rules()) if departments is None else departments:
        by = replace(by, sign_offs=(*by.sign_offs, sign_off(by, department, under)))
    return by


def ready(stage: str = Stage.PLANNING, **changes: Any) -> Case:
    """A case with nothing between it and its next stage, unless ``changes`` put it there."""
    reached = _ORDER.index(Stage(stage))
    papers = tuple(document(kind) for at, kind, *_ in PAPERS if _ORDER.index(at) <= reached)
    kinds = {
        "drawings": Stage.PERMIT, "progress": Stage.CONSTRUCTION, "measurement": Stage.CONSTRUCTION,
        "hand_over": Stage.HANDOVER, "title": Stage.HANDOVER, "asset_entry": Stage.HANDOVER,
    }  # fmt: skip
    terms: dict[str, Any] = {
        "documents": tuple(replace(paper, number=n) for n, paper in enumerate(papers, 1)),
        "evidence": tuple(evidence(kind) for kind, at in kinds.items() if _ORDER.index(at) <= reached),
        "hearings": (hearing("expert", stage), hearing("public", stage, number=2)),
    }
    return signed(case(stage, **(terms | changes)))


def opening(**changes: Any) -> OpenCase:
    """The registration of the project that ``case()`` stands for, without facilities."""
    terms: dict[str, Any] = {
        "case": "ZDPT-2020-0901",
        "project": "示例家园",
        "kind": "commodity_housing",
        "town": "nanding",
        "parcel": "370303101012GB90001",
        "households": 1680,
    }
    return OpenCase(**(terms | changes))
