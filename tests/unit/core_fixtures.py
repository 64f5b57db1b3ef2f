"""A small district and a complete case in every stage, for the tests of the pure core.

Eight departments, five facilities, every rule by hand: nothing here reads ``config.yaml``. The case
lacks nothing: in every stage ``way_ahead`` is empty, so that a test takes exactly one thing away.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from policies.decide import Decision, decide, way_ahead
from states.actions.acceptance import Certify, TriggerAcceptance
from states.actions.base import Action
from states.actions.cases import Advance
from states.actions.opinions import ConditionTerms, Judgement, Sign
from states.actions.presale import ClearPresale
from states.effects import Stamp, after
from states.errors import Obstacle
from states.facts import (
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
from states.participants import own_facilities, required
from states.project import Stage
from states.rules import (
    Category,
    District,
    DocumentKind,
    EdgeRule,
    ExceptionRule,
    HearingRule,
    Name,
    Organisation,
    PaperReplyRule,
    Roles,
    Rules,
    StageRule,
    Standard,
    Subtype,
)

NR, HC, EDU, CIV = "natural_resources", "housing", "education_sports", "civil_affairs"
HEA, COM, MKT, STA = "health", "commerce", "market_supervision", "state_assets"
LGO, GOV, TOWN = "leading_group_office", "district_government", "machine_town"
SIX = (NR, HC, EDU, CIV, HEA, COM)

DAY = "2021-06-15"
NOW = datetime(2021, 6, 15, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SIGNING = (
    Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PERMIT,
    Stage.PRESALE, Stage.ACCEPTANCE, Stage.HANDOVER,
)  # fmt: skip
RUNNING = (*SIGNING, Stage.CONSTRUCTION)


# -- the district --------------------------------------------------------------------------------


def _name(text: str) -> Name:
    return Name(text, text)


def _organisation(text: str) -> Organisation:
    kind = "office" if text in (LGO, GOV) else "town" if text == TOWN else "department"
    return Organisation(kind, _name(text), "test")


def _category(department: str | None, plan: bool, **subtypes: str) -> Category:
    kinds = {s: Subtype(_name(s), "test", scale) for s, scale in subtypes.items()}
    return Category(_name("category"), "test", department, plan, kinds)


def _paper(*issuer: str, file: bool = False) -> DocumentKind:
    return DocumentKind(_name("paper"), "clause of the paper", issuer, None, file)


def _stage(lead: str, *sign_off: str, may_sign: tuple[str, ...] = (), level: str = "clerk") -> StageRule:
    return StageRule(lead, "clause of the stage", sign_off, may_sign, level)


_ALL = ("standing", "competent")
_OWNERS = ("competent", "state_assets_if_government_owned")

RULES = Rules(
    district=District("370303", _name("district")),
    language="zh",
    organisations={o: _organisation(o) for o in (*SIX, MKT, STA, LGO, GOV, TOWN)},
    roles=Roles(LGO, STA, SIX, "test"),
    categories={
        "education": _category(EDU, True, kindergarten="classes"),
        "management": _category(CIV, True, community_rooms="gfa"),
        "elderly": _category(CIV, True, day_care="gfa"),
        "commerce": _category(COM, True, store="gfa"),
        "sports": _category(EDU, True, fitness="site"),
        "health": _category(HEA, True, health_station="gfa"),
        "canteen": _category(None, False, canteen="gfa"),
    },
    construction_modes={"built_by_developer": _name("mode")},
    project_kinds={"new": _name("kind")},
    documents={
        "planning_conditions": _paper(NR),
        "development_conditions": _paper(HC),
        "land_supply_conditions": _paper(NR),
        "deal_confirmation": _paper(NR),
        "allocation_decision": _paper(GOV),
        "handover_agreement": _paper("competent", file=True),
        "land_contract": _paper(NR),
        "construction_planning_permit": _paper(NR),
        "construction_permit": _paper(HC),
        "presale_application": _paper(HC),
        "completion_acceptance_report": _paper(HC),
        "completion_filing": _paper(HC),
        "comprehensive_acceptance_certificate": _paper(HC),
        "district_government_decision": _paper(GOV),
        "letter": _paper(),
    },
    stages={
        "planning_joint_review": _stage(NR, *_ALL),
        "land_supply_joint_review": _stage(NR, *_ALL, "state_assets_if_government_owned"),
        "handover_agreement": _stage(NR, *_OWNERS),
        "construction_permit": _stage(HC, HC),
        "under_construction": _stage(HC),
        "presale_consultation": _stage(HC, "competent"),
        "completion_joint_acceptance": _stage(HC, *_ALL, may_sign=("town",), level="leader"),
        "property_handover": _stage("competent", *_OWNERS),
        "in_use": _stage(HC),
        "terminated": _stage(NR),
    },
    edges={
        "conclude_planning": EdgeRule(
            "clause of planning", ("planning_conditions",), ("scale", "location", "design"), HearingRule(1, 1)
        ),
        "conclude_land_supply": EdgeRule(
            "clause of land supply", ("development_conditions", "land_supply_conditions"),
            ("scale", "location", "design", "mode", "ownership", "handover"), HearingRule(1, 1),
        ),
        "conclude_agreement": EdgeRule("clause of the agreement", ("handover_agreement", "land_contract")),
        "issue_permit": EdgeRule("clause of permit", ("construction_planning_permit", "construction_permit")),
        "request_presale": EdgeRule("clause of presale", ("presale_application",)),
        "trigger_acceptance": EdgeRule("clause of completion", ("completion_acceptance_report",)),
        "certify": EdgeRule("clause of acceptance", ("comprehensive_acceptance_certificate",)),
    },
    standards=(
        Standard("kindergarten", "classes", 6, "classes", "district", "A", "2019-01-01", True),
        Standard(
            "community_rooms", "gfa", 30, "m2_per_100_households", "district", "B", "2019-01-01", False
        ),
    ),
    completion_filing="before_acceptance",
    measured_tolerance_percent=0,
    paper_replies=PaperReplyRule(True, 3, "test"),
    exceptions={
        "presale_objection": ExceptionRule(_name("presale"), HC, ("objection",), (Stage.PRESALE,), "test"),
        "silent_department": ExceptionRule(
            _name("silent"), LGO, ("sign_off_missing", "sign_off_stale"),
            (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PRESALE), "test", after_days=7,
        ),
        "standard_waiver": ExceptionRule(
            _name("waiver"), LGO, ("below_standard",), (Stage.PLANNING, Stage.LAND_SUPPLY), "test"
        ),
    },
    digest="rules",
)  # fmt: skip


# -- the case ------------------------------------------------------------------------------------

FACILITIES = (
    Facility("F1", "education", "kindergarten"),
    Facility("F2", "management", "community_rooms"),
    Facility("F3", "commerce", "store"),
    Facility("F4", "canteen", "canteen", MKT, "张配套办〔2020〕3号", "2020-05-01"),
    Facility("F5", "elderly", "day_care"),
)
REQUIREMENTS = (
    Requirement(
        "F1", 1, gfa=280_000, site=450_000, classes=6, seats=180, beds=20, location="东南角",
        design="独立占地", mode="built_by_developer", ownership="government", handover="无偿移交",
        recipient="区教体局", handover_days=30,
    ),
    Requirement(
        "F2", 1, gfa=36_000, location="1号楼一层", design="毛坯", mode="built_by_developer",
        ownership="government", handover="无偿移交", recipient="区民政局", handover_days=30,
    ),
    Requirement(
        "F3", 1, gfa=10_000, location="2号楼一层", design="临街", mode="built_by_developer",
        ownership="investor", ownership_reason="市场经营", ownership_basis="供地条件", handover="自持",
    ),
    Requirement(
        "F4", 1, gfa=20_000, location="3号楼一层", design="燃气", mode="built_by_developer",
        ownership="all_owners", ownership_reason="业主共有", ownership_basis="供地条件", handover="交业主",
    ),
    Requirement(
        "F5", 1, gfa=30_000, location="4号楼一层", design="无障碍", mode="built_by_developer",
        ownership="investor", ownership_reason="社会办", ownership_basis="供地条件", handover="自持",
    ),
)  # fmt: skip


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def paper(number: int, kind: str, day: str = "2021-01-05") -> Document:
    return Document(number, kind, f"{kind}-1", day, NR, "planning_joint_review", 1, file=sha(kind))


def placed(requirement: Requirement, kind: str) -> Evidence:
    """Evidence that is exactly as required."""
    scale = {m: getattr(requirement, m) for m in ("gfa", "site", "classes", "seats", "beds")}
    return Evidence(requirement.facility, kind, 1, requirement.version, **scale, location=requirement.location)


def found(facility: str, kind: str, **columns: object) -> Evidence:
    return Evidence(facility, kind, 1, 1, **columns)


def _evidence(requirement: Requirement) -> tuple[Evidence, ...]:
    name = requirement.facility
    handed = (
        found(name, "hand_over", reference=f"deed-{name}", holder=requirement.recipient, user="街道"),
        found(name, "asset_entry", reference=f"asset-{name}"),
    )
    return (
        placed(requirement, "drawings"),
        found(name, "progress", percent=100, built=1),
        placed(requirement, "measurement"),
        *(handed if requirement.ownership == "government" else ()),
        found(name, "title", reference=f"title-{name}", holder="权利人", ownership=requirement.ownership),
    )


def _decisions() -> tuple[CategoryDecision, ...]:
    owed = {f.category for f in FACILITIES}
    return tuple(
        CategoryDecision(c, n, "required" if c in owed else "not_required", "控规第3条", special_plan="2020版")
        for n, c in enumerate(RULES.categories, 1)
    )


def _hearings() -> tuple[Hearing, ...]:
    heard = ((s, k) for s in (Stage.PLANNING, Stage.LAND_SUPPLY) for k in ("expert", "public"))
    return tuple(
        Hearing(n, s.value, 1, 1, k, "规划专家", "support", None, "noted", "已阅", "2020-06-01", "2020-06-01")
        for n, (s, k) in enumerate(heard, 1)
    )


_PATH = (
    Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PERMIT, Stage.CONSTRUCTION, Stage.PRESALE,
    Stage.CONSTRUCTION, Stage.ACCEPTANCE, Stage.HANDOVER,
)  # fmt: skip


def visits(stage: str) -> tuple[Visit, ...]:
    """The way of a project to ``stage``, the last visit still open."""
    last = len(_PATH) - 1 if stage == Stage.HANDOVER else _PATH.index(Stage(stage))
    path = _PATH[: last + 1]
    counts = [sum(s is stage_ for s in path[: i + 1]) for i, stage_ in enumerate(path)]
    scope = {Stage.PRESALE: {"buildings": "1-4", "households": 300}}
    return tuple(
        Visit(s.value, n, f"2021-0{i + 1}-01", None if i == last else f"2021-0{i + 2}-01", **scope.get(s, {}))
        for i, (s, n) in enumerate(zip(path, counts, strict=True))
    )


def filed(stage: str) -> tuple[str, ...]:
    """The kinds of paper a case has in ``stage``: those of the land deal come after the land-supply review."""
    reviews = stage in (Stage.PLANNING, Stage.LAND_SUPPLY)
    later = ("deal_confirmation", "land_contract") if reviews else ()
    return tuple(k for k in RULES.documents if k not in ("allocation_decision", *later))


@cache
def complete(stage: str) -> Case:
    """A case in ``stage`` with everything on file and nobody's answer yet; a round is open."""
    way = visits(stage)
    rounds = tuple(Round(v.stage, v.visit, 1, v.entered_on, v.left_on) for v in way if v.stage != Stage.CONSTRUCTION)
    signing = stage != Stage.CONSTRUCTION
    return Case(
        id="C1", name="示例家园", kind="new", town=TOWN, parcel="370303-1", project_code=None,
        developer="示例置业", developer_code="91370303MA3TEST01X", land_area=5_000_000, plot_ratio=200,
        aboveground_gfa=10_000_000, residential_gfa=9_000_000, households=1200, population=3840,
        regulatory_plan="张店控规03", configuration="rules", entry_stage="planning_joint_review",
        stage=str(stage),
        visit=way[-1].visit, round=1 if signing else 0, attempt=1, active=1, opened_on="2021-01-01",
        recorded_at="2021-01-01T09:00:00+08:00", visits=way, rounds=rounds if signing else (),
        facilities=FACILITIES, requirements=REQUIREMENTS,
        evidence=tuple(e for r in REQUIREMENTS for e in _evidence(r)), decisions=_decisions(),
        hearings=_hearings(),
        documents=tuple(paper(n, k) for n, k in enumerate(filed(stage), 1)),
    )  # fmt: skip


# -- answering -----------------------------------------------------------------------------------


def leader(organisation: str) -> Actor:
    return Actor("王五", organisation, "leader")


def clerk(organisation: str) -> Actor:
    return Actor("李四", organisation, "clerk")


def objecting(**given: object) -> dict[str, object]:
    """The form of an objection."""
    return {"verdict": "object", "reason": "面积不足", "basis": "标准", "requested_change": "补足", **given}


def condition(due_stage: str, due_on: str = "2021-12-31") -> ConditionTerms:
    return ConditionTerms.model_validate(
        {"text": "补交图纸", "responsible": "建设单位", "due_on": due_on, "due_stage": due_stage}
    )


def conditional(*due_stages: str) -> dict[str, object]:
    """The form of an agreement with one condition per stage named."""
    return {"verdict": "agree_with_conditions", "conditions": tuple(condition(s) for s in due_stages)}


def judgements(case: Case, department: str, rules: Rules = RULES, good: bool = True) -> tuple[Judgement, ...]:
    """Both questions of the acceptance for each own facility; none where they are not asked."""
    asked = own_facilities(case, department, rules) if case.stage == Stage.ACCEPTANCE else ()
    return tuple(Judgement(facility=f.facility, built_in_place=good, meets_standard=good) for f in asked)


def opinion(case: Case, department: str, rules: Rules = RULES, **given: object) -> Sign:
    """The action by which a department signs; an agreement unless told otherwise."""
    given = {"verdict": "agree", **given}
    given.setdefault("judgements", judgements(case, department, rules, given["verdict"] != "object"))
    return Sign(case=case.id, **given)


def done(case: Case, action: Action, actor: Actor, rules: Rules = RULES) -> Case:
    """The case after ``action``, whether or not it would be allowed."""
    return after(case, action, Stamp.of(action, actor, NOW), rules)


def asked(case: Case, action: Action, actor: Actor, rules: Rules = RULES) -> Decision:
    return decide(case, action, actor, DAY, rules)


def do(case: Case, action: Action, actor: Actor, rules: Rules = RULES) -> Case:
    """The case after ``action``, which must be allowed."""
    decision = asked(case, action, actor, rules)
    assert decision.agreed, (action.name, [o.key for o in (*decision.refusals, *decision.obstacles)])
    return done(case, action, actor, rules)


def sign(case: Case, department: str, rules: Rules = RULES, **given: object) -> Case:
    """The case once a department has signed, allowed or not."""
    return done(case, opinion(case, department, rules, **given), leader(department), rules)


def signed(case: Case, rules: Rules = RULES) -> Case:
    """The case once every department asked has agreed to what now stands."""
    for department in required(case, rules):
        case = sign(case, department, rules)
    return case


@cache
def ready(stage: str) -> Case:
    """A case that could leave ``stage``: complete, and everybody has agreed."""
    return signed(complete(stage))


def leave(stage: str) -> tuple[Action, Actor]:
    """The action by which the main path leaves ``stage``, and somebody who may take it."""
    others = {
        Stage.PRESALE: ClearPresale,
        Stage.CONSTRUCTION: TriggerAcceptance,
        Stage.ACCEPTANCE: Certify,
    }
    reviews = (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT)
    lead = NR if stage in reviews else EDU if stage == Stage.HANDOVER else HC
    return others.get(Stage(stage), Advance)(case="C1"), leader(lead)


# -- changing ------------------------------------------------------------------------------------


def alter(case: Case, rows: str, where: dict[str, object], **columns: object) -> Case:
    """``case`` with other values in the rows of one kind that match ``where``; one at least must."""
    matching = [r for r in getattr(case, rows) if all(getattr(r, n) == v for n, v in where.items())]
    assert matching, f"no row of {rows} has {where}"
    return replace(case, **{rows: tuple(replace(r, **columns) if r in matching else r for r in getattr(case, rows))})


def drop(case: Case, rows: str, **where: object) -> Case:
    """``case`` without the rows of one kind that match ``where``; one at least must."""
    kept = tuple(r for r in getattr(case, rows) if not all(getattr(r, n) == v for n, v in where.items()))
    assert len(kept) < len(getattr(case, rows)), f"no row of {rows} has {where}"
    return replace(case, **{rows: kept})


def require(case: Case, facility: str, **columns: object) -> Case:
    """``case`` with another requirement in force for one facility."""
    return alter(case, "requirements", {"facility": facility}, **columns)


def evidence(case: Case, facility: str, kind: str, **columns: object) -> Case:
    """``case`` with other evidence of one kind for one facility."""
    return alter(case, "evidence", {"facility": facility, "kind": kind}, **columns)


def sign_off(case: Case, department: str) -> SignOff:
    """The last answer a department gave, whatever became of it."""
    return [s for s in case.sign_offs if s.department == department][-1]


# -- asking --------------------------------------------------------------------------------------


def ahead(case: Case, rules: Rules = RULES) -> tuple[Obstacle, ...]:
    return way_ahead(case, DAY, rules)


def keys(obstacles: tuple[Obstacle, ...]) -> set[str]:
    return {o.key for o in obstacles}


def obstacles(case: Case, rules: Rules = RULES) -> set[str]:
    """What stands between the case and its next stage, as ``code:subject``."""
    return keys(ahead(case, rules))


def subjects(case: Case, *codes: str, rules: Rules = RULES) -> set[str]:
    """The subjects of the obstacles with one of these codes."""
    return {o.subject for o in ahead(case, rules) if o.code in codes}


def refusal(case: Case, action: Action, actor: Actor, rules: Rules = RULES) -> str | None:
    """The code of the refusal for lack of authority, or None."""
    found = asked(case, action, actor, rules).refusals
    return found[0].code if found else None


def blocked(case: Case, action: Action, actor: Actor, rules: Rules = RULES) -> set[str]:
    """The obstacles to an action that the account may take."""
    decision = asked(case, action, actor, rules)
    assert not decision.refusals, keys(decision.refusals)
    return keys(decision.obstacles)
