"""Requirement and evidence: versions are added, evidence is filed beside the version it answers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from states.actions import cases, facilities
from states.actions.base import Scale
from states.effects.base import Stamp, effect
from states.facts import Case, CategoryDecision, Evidence, Facility, Requirement, swap
from states.rules import Rules


def add_facility(case: Case, terms: cases.FacilityTerms, stamp: Stamp, rules: Rules, reason: str | None) -> Case:
    category = rules.category_of(terms.subtype)
    assert category is not None, "the shell refuses an unknown kind of facility"
    facility = Facility(terms.facility, category, terms.subtype)
    case = replace(case, facilities=(*case.facilities, facility))
    return new_version(case, Requirement(terms.facility, 0), terms.particulars(), stamp, reason)


def new_version(case: Case, base: Requirement, given: Mapping[str, Any], stamp: Stamp, reason: str | None) -> Case:
    version = replace(base, **given, version=base.version + 1, stage=case.stage, reason=reason, **stamp.marks())
    return replace(case, requirements=(*case.requirements, version))


@effect.register
def _(action: facilities.AddFacility, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return add_facility(case, action, stamp, rules, action.reason)


@effect.register
def _(action: facilities.AmendFacility, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return new_version(case, case.requirement(action.facility), action.particulars(), stamp, action.reason)


@effect.register
def _(action: facilities.RemoveFacility, case: Case, stamp: Stamp, rules: Rules) -> Case:
    facility = case.facility(action.facility)
    return replace(case, facilities=swap(case.facilities, facility, removed=action.reason))


def decide_category(case: Case, given: Mapping[str, Any], stamp: Stamp) -> Case:
    decision = CategoryDecision(number=len(case.decisions) + 1, **given, **stamp.marks())
    return replace(case, decisions=(*case.decisions, decision))


@effect.register
def _(action: facilities.DecideCategory, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return decide_category(case, action.model_dump(exclude={"case", "happened_on", "request_id"}), stamp)


@effect.register
def _(action: facilities.Designate, case: Case, stamp: Stamp, rules: Rules) -> Case:
    named = swap(
        case.facilities,
        case.facility(action.facility),
        designated=action.department,
        designation=action.document,
        designated_on=stamp.happened_on,
    )
    return replace(case, facilities=named)


def _evidence(case: Case, action: Any, kind: str, stamp: Stamp, **found: Any) -> Case:
    requirement = case.requirement(action.facility)
    number = sum(e.facility == action.facility and e.kind == kind for e in case.evidence) + 1
    if isinstance(action, Scale):
        found |= action.measures()
        found["location"] = action.location or requirement.location  # type: ignore[attr-defined]
    row = Evidence(action.facility, kind, number, requirement.version, **found, **stamp.marks())
    return replace(case, evidence=(*case.evidence, row))


@effect.register
def _(action: facilities.FileDrawings, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _evidence(case, action, "drawings", stamp, note=action.note)


@effect.register
def _(action: facilities.Measure, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _evidence(case, action, "measurement", stamp, note=action.note)


@effect.register
def _(action: facilities.ReportProgress, case: Case, stamp: Stamp, rules: Rules) -> Case:
    before = case.latest(action.facility, "progress")
    stays = bool(before and before.built) and action.percent == 100 and not action.not_built
    built = int(action.built or stays)
    return _evidence(case, action, "progress", stamp, percent=action.percent, built=built, note=action.note)


@effect.register
def _(action: facilities.HandOver, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _evidence(
        case, action, "hand_over", stamp,
        reference=action.deed, holder=action.recipient, user=action.user, note=action.note,
    )  # fmt: skip


@effect.register
def _(action: facilities.RegisterTitle, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _evidence(
        case, action, "title", stamp,
        reference=action.title,
        holder=action.holder, ownership=action.ownership, exemption=action.exemption,
    )  # fmt: skip


@effect.register
def _(action: facilities.EnterAsset, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _evidence(case, action, "asset_entry", stamp, reference=action.entry, note=action.note)
