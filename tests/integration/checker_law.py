"""The law as the judge knows it, in its own words: stages, ways, who is asked, what decisions lift, standards.

Nothing of the program is imported. The least scales alone are read from the district's ``config.yaml``, because
they are the district's numbers and no rule.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

Row = dict[str, Any]

PLANNING, LAND = "planning_joint_review", "land_supply_joint_review"
AGREEMENT, PERMIT = "handover_agreement", "construction_permit"
PRESALE, BUILDING = "presale_consultation", "under_construction"
ACCEPTANCE, HANDOVER = "completion_joint_acceptance", "property_handover"
IN_USE, ENDED = "in_use", "terminated"

#: How far a project has come; a presale is asked for while it is built, and is not a step of its own.
FAR = {
    PLANNING: 1, LAND: 2, AGREEMENT: 3, PERMIT: 4, PRESALE: 5, BUILDING: 6, ACCEPTANCE: 7, HANDOVER: 8,
    IN_USE: 9, ENDED: 10,
}  # fmt: skip

NR, HOUSING, OFFICE, ASSETS = "natural_resources", "housing", "leading_group_office", "state_assets"
SIX = (NR, HOUSING, "education_sports", "civil_affairs", "health", "commerce")

#: Kind of facility -> its category, and who is competent for it (nobody for a canteen).
KINDS = {
    "kindergarten": ("education", "education_sports"),
    "primary_school": ("education", "education_sports"),
    "junior_middle_school": ("education", "education_sports"),
    "senior_middle_school": ("education", "education_sports"),
    "community_rooms": ("management", "civil_affairs"),
    "elderly_service_facility": ("elderly", "civil_affairs"),
    "elderly_day_care_centre": ("elderly", "civil_affairs"),
    "health_service_station": ("health", "health"),
    "health_service_centre": ("health", "health"),
    "convenience_market": ("commerce", "commerce"),
    "convenience_store": ("commerce", "commerce"),
    "sports_ground": ("sports", "education_sports"),
    "sports_hall": ("sports", "education_sports"),
    "fitness_facility": ("sports", "education_sports"),
    "community_canteen": ("canteen", None),
}
CATEGORIES = tuple(dict.fromkeys(category for category, _ in KINDS.values()))
WITH_PLAN = tuple(category for category in CATEGORIES if category != "canteen")

LEAD = {PLANNING: NR, LAND: NR, AGREEMENT: NR, PERMIT: HOUSING, PRESALE: HOUSING, BUILDING: HOUSING}
LEAD |= {ACCEPTANCE: HOUSING, ENDED: NR}
#: Who is asked before a stage can be left: the six, the competent, the asset body if anything is government-owned.
ASKED = {
    PLANNING: ("six", "competent"),
    LAND: ("six", "competent", "assets"),
    AGREEMENT: ("competent", "assets"),
    PERMIT: (HOUSING,),
    PRESALE: ("competent",),
    BUILDING: (),
    ACCEPTANCE: ("six", "competent"),
    HANDOVER: ("competent", "assets"),
}


@dataclass(frozen=True)
class Way:
    """How a command moves a case out of a stage (``to`` is the same stage where it stays)."""

    name: str
    to: str
    forward: bool = False
    papers: tuple[str, ...] = ()
    voids: tuple[str, ...] = ()


CONDITIONS = ("planning_conditions", "development_conditions", "land_supply_conditions")
CERTIFICATE = "comprehensive_acceptance_certificate"
WAYS = {
    (PLANNING, "case advance"): Way("conclude_planning", LAND, True, ("planning_conditions",)),
    (LAND, "case advance"): Way(
        "conclude_land_supply", AGREEMENT, True, ("development_conditions", "land_supply_conditions")
    ),
    (AGREEMENT, "case advance"): Way("conclude_agreement", PERMIT, True, ("handover_agreement", "land_contract")),
    (PERMIT, "case advance"): Way(
        "issue_permit", BUILDING, True, ("construction_planning_permit", "construction_permit")
    ),
    (BUILDING, "presale request"): Way("request_presale", PRESALE, False, ("presale_application",)),
    (PRESALE, "presale clear"): Way("clear_presale", BUILDING, True, (), ("presale_application",)),
    (PRESALE, "presale withdraw"): Way("withdraw_presale", BUILDING, False, (), ("presale_application",)),
    (BUILDING, "acceptance trigger"): Way(
        "trigger_acceptance", ACCEPTANCE, True, ("completion_acceptance_report", "completion_filing")
    ),
    (ACCEPTANCE, "acceptance certify"): Way("certify", HANDOVER, True, (CERTIFICATE, "completion_filing")),
    (HANDOVER, "acceptance revoke"): Way("revoke_certificate", ACCEPTANCE, False, (), (CERTIFICATE,)),
    (HANDOVER, "case advance"): Way("close", IN_USE, True),
    (LAND, "case reopen"): Way("reopen_planning", PLANNING, False, (), CONDITIONS),
    (AGREEMENT, "case reopen"): Way("reopen_planning_before_deal", PLANNING, False, (), CONDITIONS),
    (AGREEMENT, "case land-deal-failed"): Way(
        "land_deal_failed", AGREEMENT, False, (), ("deal_confirmation", "allocation_decision", "handover_agreement")
    ),
    (ACCEPTANCE, "acceptance order"): Way("order_rectification", ACCEPTANCE),
    (ACCEPTANCE, "acceptance report"): Way("report_rectification", ACCEPTANCE),
}
for _stage, _word in ((PLANNING, "planning"), (LAND, "land_supply"), (AGREEMENT, "agreement"), (PERMIT, "permit")):
    WAYS[_stage, "case return"] = Way(f"return_{_word}", _stage)
WAYS[PRESALE, "case return"] = Way("return_presale", PRESALE)
for _stage in ASKED:
    _paper = ("district_government_decision",) if FAR[_stage] >= FAR[PERMIT] else ()
    WAYS[_stage, "case terminate"] = Way(f"terminate_{_stage}", ENDED, False, _paper)

SCALES = ("gfa", "site", "classes", "seats", "beds")
#: What a requirement says, as against who wrote it down and when.
SAID = (
    *SCALES, "location", "design", "mode", "ownership", "ownership_reason", "ownership_basis", "handover",
    "recipient", "handover_days",
)  # fmt: skip
MAY_ONLY_BE_FILLED = ("location", "design", "ownership")
OPEN_AFTER_FREEZE = ("recipient", "handover_days")
KIND_OF_EVIDENCE = {
    "facility drawings": "drawings",
    "facility progress": "progress",
    "facility measure": "measurement",
    "facility hand-over": "hand_over",
    "facility register": "title",
    "facility asset-entry": "asset_entry",
}
TABLES = (
    "visits", "rounds", "facilities", "requirements", "evidence", "decisions", "sign_offs", "conditions",
    "hearings", "documents", "items", "suspensions", "paper_replies", "drafts", "changes", "consents", "exceptions",
    "extensions",
)  # fmt: skip
KEYS = ("district", "lifecycle", "subject", "division", "position")
JOURNAL_COLUMNS = (
    "district", "subject", "entry", "recorded_at", "happened_on", "actor", "organisation", "level", "action",
    "outcome", "params", "request_id", "result", "scheme", "digest", "previous", "hash",
)  # fmt: skip
#: The subject of entries that concern no case.
ELSEWHERE = "-"
#: A day that no agreement comes after.
NEVER = "9999-12-31"


# -- decisions: who may lift what, where -----------------------------------------------------------------

MISSING, STALE, OBJECTION, BELOW = "sign_off_missing", "sign_off_stale", "objection", "below_standard"
#: What a department's answer can be that a decision lifts.
ANSWERS = (MISSING, STALE, OBJECTION)


@dataclass(frozen=True)
class Rule:
    """``days``: how long a department must have been asked."""

    body: str
    lifts: tuple[str, ...]
    stages: tuple[str, ...]
    days: int = 0


#: All are taken by a leader; none reaches the permit, the acceptance or the handover.
DECISIONS = {
    "presale_objection": Rule(HOUSING, (OBJECTION,), (PRESALE,)),
    "silent_department": Rule(OFFICE, (MISSING, STALE), (PLANNING, LAND, AGREEMENT, PRESALE), 7),
    "standard_waiver": Rule(OFFICE, (BELOW,), (PLANNING, LAND)),
}
#: Within so many working days a department may contest a letter.
CONTEST_DAYS = 3
#: What only a leader does, everywhere; and what only a leader does where the departments' leaders sign.
OF_LEADERS = (
    "case terminate", "case adopt-config", "acceptance revoke", "change consent", "change apply", "decide",
    "limit extend",
)  # fmt: skip
OF_SIGNING_LEADERS = ("issue", "withdraw", "contest", "condition discharge")
#: How a deputy signs.
FOR = " 代 "


def kind_of_decision(code: str, stage: str) -> str | None:
    """The kind of decision that lifts an obstacle in a stage."""
    return next((k for k, rule in DECISIONS.items() if code in rule.lifts and stage in rule.stages), None)


def days_later(day: str, number: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


@cache
def _standards() -> tuple[Row, ...]:
    text = (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")
    section = text[text.index("\nstandards:") : text.index("\nlimits:")]
    return tuple(dict(found) for found in YAML(typ="safe", pure=True).load(section)["standards"])


def least(subtype: str, households: int, day: str) -> Iterator[tuple[str, int]]:
    """The least scales in force on a day for a kind of facility: (measure, minimum in the units of the rows)."""
    for rule in _standards():
        in_force = str(rule["effective_from"]) <= day <= str(rule.get("effective_to") or NEVER)
        if rule["subtype"] == subtype and households >= rule.get("households_from", 0) and in_force:
            exact = Decimal(str(rule["value"])) * (100 if rule["unit"].startswith("m2") else 1)
            if rule["unit"].endswith("per_100_households"):
                exact = exact * households / 100
            yield rule["measure"], math.ceil(exact)


# -- texts -----------------------------------------------------------------------------------------------


def canonical(value: object) -> str:
    """JSON as it is hashed: sorted keys, nothing escaped, no blanks."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def without_blanks(text: str | None) -> str:
    return "".join((text or "").split())


def said(params: Row) -> Row:
    """The particulars given by an action, in the units of the rows."""
    given: Row = {p: params[p] for p in SAID if p in params}
    for area in ("gfa", "site"):
        if f"{area}_m2" in params:
            given[area] = int(Decimal(params[f"{area}_m2"]) * 100)
    return given


def reference(paper: Row | None) -> Row | None:
    return paper and {"reference": paper["reference"], "file": paper["file"]}


def lacking(remit: Any, seen: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where what was seen is not what the remit holds; what is None may be left out."""
    if isinstance(remit, dict) and isinstance(seen, dict):
        for key, value in remit.items():
            yield from lacking(value, seen.get(key), f"{path}.{key}" if path else key)
    elif remit != seen and not (remit in (None, {}) and seen in (None, {})):
        yield path, seen, remit


def without_empty(value: Any) -> Any:
    """What was said, without what was left open."""
    if isinstance(value, dict):
        return {k: without_empty(v) for k, v in value.items() if v not in (None, [], {})}
    return [without_empty(v) for v in value] if isinstance(value, list) else value
