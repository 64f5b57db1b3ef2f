"""The sample case of ``authority_matrix.yaml`` in every stage, its people, and what is typed to try each action."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from authority import account, written
from world import (
    CASE,
    CIVIL,
    DESIGNATED,
    DEVELOPER,
    EDUCATION,
    HEALTH,
    HOUSING,
    NR,
    OFFICE,
    PAPERS,
    SCAN,
    World,
    circulate,
    condition,
    file_paper,
    leave,
    letter,
    opening,
    prepare,
    scales,
    sign,
)

from states.project import Stage
from workflow import administration

#: Longer than any case, so that the real clock of the command line finds the same people in the same places.
FOR_EVER = 30_000
OTHER, OTHER_PARCEL = "ZDPT-2021-0002", "370303101012GB90002"


def hire(world: World) -> None:
    """Every kind of actor for every organisation; afterwards it is the next day."""
    for organisation in written()["organisations"]:
        for kind in ("clerk", *(kind for kind in written()["kinds"] if "deputy" in kind)):
            if account(organisation, kind) not in world.tokens:
                world.hire(account(organisation, kind), organisation, "clerk")
        _delegate(world, organisation)
        _shut_out(world, organisation)
    world.moment += timedelta(days=1)


def _delegate(world: World, organisation: str) -> None:
    def named(kind: str, first: int, last: int, *stages: str, absent: str = organisation) -> int:
        return world.delegate("admin", absent, account(organisation, kind), first, last, *stages).number

    gone = account(organisation, "gone")
    world.hire(gone, organisation, "leader")
    named("deputy", 0, FOR_EVER)
    named("lapsed_deputy", 0, 0)
    named("coming_deputy", FOR_EVER - 1, FOR_EVER)
    world.end_delegation("admin", named("ended_deputy", 0, FOR_EVER))
    named("orphaned_deputy", 0, FOR_EVER, absent=gone)
    named("deputy_in_planning", 0, FOR_EVER, Stage.PLANNING)
    administration.close_account(world.office, world.tokens["admin"], gone)


def _shut_out(world: World, organisation: str) -> None:
    """Those who never act, and leaders whose token is good no more."""
    admin, today = world.tokens["admin"], world.moment.date().isoformat()
    levels = {"administrator": "admin", "auditor": "auditor"}
    for kind in written()["never"]:
        name = account(organisation, kind)
        if kind in ("no_token", "unknown_token"):
            world.tokens[name] = "" if kind == "no_token" else "x" * 43
            continue
        world.hire(name, organisation, levels.get(kind, "leader"))
        if kind == "stopped_token":
            administration.revoke_token(world.office, admin, name)
        if kind == "closed_account":
            administration.close_account(world.office, admin, name)
        if kind == "expired_token":
            world.tokens[name] = administration.replace_token(world.office, admin, name, today)[0]


def played(new: World, folder: Path) -> dict[str, World]:
    """The sample case in every stage, where it has most to offer; ``new`` has only its people."""
    found: dict[str, World] = {}
    running = new.copied(folder / "running")

    def keep(stage: str) -> None:
        running.close()
        found[stage] = running.copied(folder / stage)

    _open(running)
    keep(Stage.PLANNING)
    running.moment += timedelta(days=8)  # no letter is contested any more
    for stage in (Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PERMIT, Stage.CONSTRUCTION, Stage.ACCEPTANCE):
        prepare(running)
        leave(running)
        prepare(running)
        if stage == Stage.LAND_SUPPLY:
            move = [{"facility": "F1", "location": "地块东南角"}]
            running.do(NR, "change propose", reason="方案调整", document="示例变〔2021〕1号", facilities=move)
        if stage == Stage.CONSTRUCTION:
            file_paper(running, "presale_application")
        keep(stage)
    leave(running)
    keep(Stage.HANDOVER)
    prepare(running)
    leave(running)
    keep(Stage.IN_USE)
    running.close()
    found[Stage.PRESALE] = found[Stage.CONSTRUCTION].copied(folder / Stage.PRESALE)
    _consult(found[Stage.PRESALE])
    found[Stage.TERMINATED] = found[Stage.LAND_SUPPLY].copied(folder / Stage.TERMINATED)
    found[Stage.TERMINATED].do(NR, "case terminate", reason="项目取消")
    return found


def _open(world: World) -> None:
    world.do(NR, "case open", **opening())
    world.do(OFFICE, "facility designate", facility="F3", department=DESIGNATED, document="张配套办〔2021〕3号")
    world.do(NR, "hear", kind="expert", capacity="规划专家", opinion="support")
    circulate(world)
    terms = condition(world, Stage.PLANNING, due=Stage.HANDOVER)
    sign(world, HEALTH, verdict="agree_with_conditions", conditions=[terms])
    world.do(NR, "sign", **letter(world, CIVIL))


def _consult(world: World) -> None:
    """A presale on which education_sports has been silent for long."""
    world.do(HOUSING, "presale request", buildings="1#、2#楼", households=120)
    circulate(world)
    world.moment += timedelta(days=8)


# -- what is typed -------------------------------------------------------------------------------------------

Fields = dict[str, Any]
REASON = {"reason": "原因"}
_AT = {"f1": "F1", "f2": "F2", "f3": "F3"}
_ITEM = {
    "facility": "F1", "department": EDUCATION, "fact": "面积不足", "basis": "供地条件", "requirement": "补足面积",
    "deadline": "2030-01-01",
}  # fmt: skip


def fields(world: World, action: str, about: str, stage: str, organisation: str) -> Fields:
    """What an organisation would type: as good as it can be in the stage."""
    if action in ("case open", "case import"):
        since = {"happened_on": world.moment.date().isoformat()} if action == "case import" else {}
        return {**_opened_at(stage), **since}
    given = _FIELDS.get(action, {})
    found: Fields = given(world, about, stage, organisation) if callable(given) else given
    return {"case": CASE, **found}


def _opened_at(stage: str) -> Fields:
    """Another project that enters at the stage."""
    facilities = [{"facility": "F1", "subtype": "kindergarten", "gfa_m2": "2200", "classes": 6, "location": "西南角",
                   "design": "独立出入口", "mode": "developer_builds_free_handover", "ownership": "government",
                   "handover": "建成后无偿移交", "recipient": "区教体局", "handover_days": 30}]  # fmt: skip
    plan = {"substitute_basis": "GB 50180-2018"}
    spare = ("management", "elderly", "health", "sports", "commerce", "canteen")
    decisions = [
        {"category": "education", "decision": "required", **plan},
        *({"category": name, "decision": "not_required", "basis": "周边已有", **plan} for name in spare),
    ]
    return opening(OTHER, OTHER_PARCEL, stage=stage, facilities=facilities, decisions=decisions, **DEVELOPER)


def _built(world: World, about: str, stage: str, organisation: str) -> Fields:
    facility = _AT.get(about, "F1")
    return {"facility": facility, "location_as_required": True, **scales(world.case(), facility)}


def _signature(world: World, about: str, stage: str, organisation: str) -> Fields:
    """Each judges its own facilities, and the lead records what a letter says."""
    absent = about.removeprefix("letter_of_") if about.startswith("letter_of_") else None
    own = {EDUCATION: "F1", "commerce": "F2", DESIGNATED: "F3"}.get(absent or organisation)
    found: Fields = {"verdict": "agree"}
    if own and stage == Stage.ACCEPTANCE:
        found["judgements"] = [{"facility": own, "built_in_place": True, "meets_standard": True}]
    if absent:
        paper = {"letter": "示例复函〔2021〕9号", "letter_on": world.moment.date().isoformat()}
        found |= {"on_behalf_of": absent, **paper, "scan": {"name": "复函.pdf", "content": SCAN + b"9"}}
    return found


def _registered(world: World, about: str, stage: str, organisation: str) -> Fields:
    owner = {"f1": "government", "f2": "investor"}[about]
    title = "鲁（2022）淄博张店区不动产权第0000009号"
    return {"facility": _AT[about], "title": title, "holder": "权利人", "ownership": owner}


def _handed_over(world: World, about: str, stage: str, organisation: str) -> Fields:
    return {"facility": _AT[about], "deed": "示例交接9", "recipient": "区教体局", "user": "使用单位"}


def _paper(world: World, about: str, stage: str, organisation: str) -> Fields:
    number = {"meeting_minutes": "示例纪要1"}.get(about) or PAPERS[about]
    found: Fields = {"kind": about, "reference": number, "issued_on": world.moment.date().isoformat()}
    return found | ({"file": {"name": "协议.txt", "content": b"x"}} if about == "handover_agreement" else {})


_OBSTACLES = {"silence": f"sign_off_missing:{EDUCATION}", "objection": f"objection:{EDUCATION}"}

_FIELDS: dict[str, Fields | Callable[[World, str, str, str], Fields]] = {
    "case amend": {**REASON, "population": 2500},
    "case return": REASON,
    "case reopen": REASON,
    "case land-deal-failed": REASON,
    "case suspend": REASON,
    "case resume": REASON,
    "case terminate": REASON,
    "case adopt-config": REASON,
    "facility add": {"facility": "F9", "subtype": "fitness_facility"},
    "facility amend": {**REASON, "facility": "F1", "design": "另行设计"},
    "facility remove": {**REASON, "facility": "F2"},
    "facility decide": {
        "category": "health", "decision": "not_required", "basis": "周边已有", "substitute_basis": "GB 50180-2018"
    },
    "facility designate": {"facility": "F3", "department": "civil_affairs", "document": "张配套办〔2021〕4号"},
    "facility drawings": _built,
    "facility progress": lambda world, about, *_: {"facility": _AT[about], "percent": 100, "built": True},
    "facility measure": _built,
    "facility hand-over": _handed_over,
    "facility register": _registered,
    "facility asset-entry": {"facility": "F1", "entry": "示例资产9"},
    "sign": _signature,
    "withdraw": REASON,
    "contest": REASON,
    "condition discharge": {"condition": 1, "note": "已落实"},
    "change propose": {
        **REASON, "document": "示例变〔2021〕2号", "facilities": [{"facility": "F2", "location": "8#楼首层"}]
    },
    "change consent": {"change": 1, "verdict": "agree"},
    "change apply": {"change": 1},
    "change withdraw": {**REASON, "change": 1},
    "decide": lambda world, about, *_: {**REASON, "obstacle": _OBSTACLES[about], "document": "示例决〔2021〕1号"},
    "limit extend": lambda world, about, stage, _: {
        **REASON, "limit": _LIMITS.get(stage, "L02"), "by": 5, "document": "示例延〔2021〕1号"
    },
    "hear": {"kind": "public", "capacity": "居民代表", "opinion": "support"},
    "answer": {"hearing": 1, "disposition": "noted", "reply": "已记录"},
    "document add": _paper,
    "presale request": {"buildings": "1#、2#楼", "households": 120},
    "presale withdraw": REASON,
    "acceptance order": {"reference": "张住建改字〔2021〕1号", "items": [_ITEM]},
    "acceptance report": {"answers": [{"item": 1, "answer": "已补足"}]},
    "acceptance revoke": REASON,
}  # fmt: skip
#: A limit that runs in the stage.
_LIMITS = {Stage.LAND_SUPPLY: "L05b", Stage.CONSTRUCTION: "L11", Stage.ACCEPTANCE: "L15b", Stage.HANDOVER: "L20"}
