"""What the case looks like after an action: the second half of the pure core.

``after(case, action, stamp, rules)`` supposes that the identifiers are normal and the policies have
agreed; it decides nothing. The shell writes whatever differs between the case before and after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import singledispatch
from typing import Any

from states import remit
from states.actions import acceptance, cases, facilities, opinions, presale
from states.actions.base import Action, Scale, hundredths
from states.facts import (
    Actor,
    Case,
    CategoryDecision,
    Condition,
    Document,
    Evidence,
    Facility,
    Hearing,
    RectificationItem,
    Requirement,
    Round,
    SignOff,
    Suspension,
    Visit,
    swap,
)
from states.project import ENTRY, TERMINAL, Edge, Way, edge_for
from states.rules import Rules


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who acted, on which day it happened and when it was recorded (ISO text)."""

    actor: Actor
    happened_on: str
    recorded_at: str

    @classmethod
    def of(cls, action: Action, actor: Actor, now: datetime) -> Stamp:
        day = action.happened_on or now.date()
        return cls(actor, day.isoformat(), now.isoformat(timespec="seconds"))

    def marks(self) -> dict[str, Any]:
        """The columns that say when and by whom."""
        return {
            "happened_on": self.happened_on,
            "recorded_at": self.recorded_at,
            "recorded_by": f"{self.actor.name}@{self.actor.organisation}",
        }


def after(case: Case, action: Action, stamp: Stamp, rules: Rules) -> Case:
    """The case once ``action`` is done: its own effect, then the edge it takes, if it takes one."""
    changed = effect(action, case, stamp, rules)
    edge = edge_for(case.stage, action.name)
    return changed if edge is None else _take(edge, changed, action, stamp)


def opened(action: cases.OpenCase, stamp: Stamp, rules: Rules) -> Case:
    """A new case at the first stage, with the facilities and decisions it was opened with."""
    case = Case(
        id=action.case,
        name=action.project,
        kind=action.kind,
        town=action.town,
        parcel=action.parcel,
        project_code=action.project_code,
        developer=action.developer,
        developer_code=action.developer_code,
        land_area=hundredths(action.land_area_m2),
        plot_ratio=hundredths(action.plot_ratio),
        aboveground_gfa=hundredths(action.aboveground_gfa_m2),
        residential_gfa=hundredths(action.residential_gfa_m2),
        households=action.households,
        population=action.population,
        regulatory_plan=action.regulatory_plan,
        configuration=rules.digest,
        entry_stage=ENTRY.value,
        stage=ENTRY.value,
        visit=1,
        round=0,
        attempt=1,
        active=1,
        opened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
        visits=(Visit(ENTRY.value, 1, stamp.happened_on),),
    )
    for terms in action.facilities:
        case = _add_facility(case, terms, stamp, rules, None)
    for decision in action.decisions:
        case = _decide(case, decision.model_dump(), stamp)
    return case


@singledispatch
def effect(action: Action, case: Case, stamp: Stamp, rules: Rules) -> Case:
    """What an action does beside its edge; most edges do nothing else."""
    return case


# -- the lifecycle ---------------------------------------------------------------------------


def _take(edge: Edge, case: Case, action: Action, stamp: Stamp) -> Case:
    reason = getattr(action, "reason", None)
    case = _void(case, edge)
    case = _close_round(case, edge.name, reason, stamp)
    if edge.way is Way.STAY:
        return _open_round(case, stamp) if edge.opens_round else case
    left = swap(case.visits, case.visits[-1], left_on=stamp.happened_on, left_by=edge.name)
    visit = Visit(edge.target.value, case.visits_of(edge.target) + 1, stamp.happened_on)
    if isinstance(action, presale.RequestPresale):
        visit = replace(visit, buildings=action.buildings, households=action.households)
    return replace(
        case,
        stage=edge.target.value,
        visit=visit.visit,
        round=0,
        active=int(edge.target not in TERMINAL),
        visits=(*left, visit),
    )


def _void(case: Case, edge: Edge) -> Case:
    documents = tuple(
        replace(d, voided=edge.name) if d.kind in edge.voids and d.voided is None else d for d in case.documents
    )
    return replace(case, documents=documents)


def _close_round(case: Case, by: str, reason: str | None, stamp: Stamp) -> Case:
    if not case.round_is_open:
        return case
    rounds = swap(case.rounds, case.rounds[-1], closed_on=stamp.happened_on, closed_by=by, reason=reason)
    return replace(case, rounds=rounds)


def _open_round(case: Case, stamp: Stamp) -> Case:
    opened = Round(case.stage, case.visit, case.round + 1, stamp.happened_on)
    return replace(case, round=opened.round, rounds=(*case.rounds, opened))


@effect.register
def _(action: cases.Circulate, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _open_round(case, stamp)


@effect.register
def _(action: cases.LandDealFailed, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return replace(case, attempt=case.attempt + 1, developer=None, developer_code=None)


@effect.register
def _(action: cases.Suspend, case: Case, stamp: Stamp, rules: Rules) -> Case:
    rest = Suspension(len(case.suspensions) + 1, stamp.happened_on, action.reason)
    return replace(case, suspensions=(*case.suspensions, rest))


@effect.register
def _(action: cases.Resume, case: Case, stamp: Stamp, rules: Rules) -> Case:
    last = case.suspensions[-1]
    ended = swap(case.suspensions, last, to_on=stamp.happened_on, resumed_because=action.reason)
    return replace(case, suspensions=ended)


@effect.register
def _(action: cases.AdoptConfiguration, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return replace(case, configuration=rules.digest)


@effect.register
def _(action: cases.AmendCase, case: Case, stamp: Stamp, rules: Rules) -> Case:
    given: dict[str, Any] = {
        "name": action.project,
        "households": action.households,
        "population": action.population,
        "regulatory_plan": action.regulatory_plan,
        "developer": action.developer,
        "developer_code": action.developer_code,
    }
    return replace(case, **{name: value for name, value in given.items() if value is not None})


@effect.register
def _(action: cases.AddDocument, case: Case, stamp: Stamp, rules: Rules) -> Case:
    file = action.file
    document = Document(
        number=len(case.documents) + 1,
        kind=action.kind,
        reference=action.reference,
        issued_on=action.issued_on.isoformat(),
        issuer=action.issuer or stamp.actor.organisation,
        stage=case.stage,
        visit=case.visit,
        title=action.title,
        file=hashlib.sha256(file.content).hexdigest() if file else None,
        filename=file.name if file else None,
        size=len(file.content) if file else None,
        recorded_at=stamp.recorded_at,
        recorded_by=stamp.marks()["recorded_by"],
    )
    return replace(case, documents=(*case.documents, document))


# -- requirement and evidence -------------------------------------------------------------------


def _add_facility(case: Case, terms: cases.FacilityTerms, stamp: Stamp, rules: Rules, reason: str | None) -> Case:
    category = rules.category_of(terms.subtype)
    assert category is not None, "the shell refuses an unknown kind of facility"
    facility = Facility(terms.facility, category, terms.subtype)
    case = replace(case, facilities=(*case.facilities, facility))
    return _new_version(case, Requirement(terms.facility, 0), terms.particulars(), stamp, reason)


def _new_version(case: Case, base: Requirement, given: Mapping[str, Any], stamp: Stamp, reason: str | None) -> Case:
    version = replace(base, **given, version=base.version + 1, stage=case.stage, reason=reason, **stamp.marks())
    return replace(case, requirements=(*case.requirements, version))


@effect.register
def _(action: facilities.AddFacility, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _add_facility(case, action, stamp, rules, action.reason)


@effect.register
def _(action: facilities.AmendFacility, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _new_version(case, case.requirement(action.facility), action.particulars(), stamp, action.reason)


@effect.register
def _(action: facilities.RemoveFacility, case: Case, stamp: Stamp, rules: Rules) -> Case:
    facility = case.facility(action.facility)
    return replace(case, facilities=swap(case.facilities, facility, removed=action.reason))


def _decide(case: Case, given: Mapping[str, Any], stamp: Stamp) -> Case:
    decision = CategoryDecision(number=len(case.decisions) + 1, **given, **stamp.marks())
    return replace(case, decisions=(*case.decisions, decision))


@effect.register
def _(action: facilities.DecideCategory, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _decide(case, action.model_dump(exclude={"case", "happened_on", "request_id"}), stamp)


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
    return _evidence(case, action, "progress", stamp, percent=action.percent, built=int(action.built), note=action.note)


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


# -- opinions ------------------------------------------------------------------------------------


@effect.register
def _(action: opinions.Sign, case: Case, stamp: Stamp, rules: Rules) -> Case:
    department = stamp.actor.organisation
    case = _end_sign_off(case, department, "replaced", None, stamp)
    judged = {j.facility: [j.built_in_place, j.meets_standard] for j in action.judgements}
    given = SignOff(
        stage=case.stage,
        visit=case.visit,
        round=case.round,
        department=department,
        number=len(case.sign_offs) + 1,
        verdict=action.verdict,
        text=action.text,
        reason=action.reason,
        basis=action.basis,
        requested_change=action.requested_change,
        judgements=remit.canonical(judged),
        scheme=remit.CURRENT_SCHEME,
        remit=remit.digest(remit.snapshot(case, department, rules)),
        status="standing",
        ended_on=None,
        ended_reason=None,
        signed_by=stamp.actor.name,
        level=stamp.actor.level,
        happened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
    )
    asked = tuple(
        Condition(
            len(case.conditions) + n, case.stage, case.visit, case.round, department,
            terms.text, terms.responsible, terms.due_on.isoformat(), terms.due_stage,
        )
        for n, terms in enumerate(action.conditions, 1)
    )  # fmt: skip
    return replace(case, sign_offs=(*case.sign_offs, given), conditions=case.conditions + asked)


def _end_sign_off(case: Case, department: str, status: str, reason: str | None, stamp: Stamp) -> Case:
    """End the standing sign-off of this visit, with the conditions it carried."""
    old = case.sign_off(department)
    if old is None:
        return case
    ended = swap(case.sign_offs, old, status=status, ended_on=stamp.happened_on, ended_reason=reason)
    conditions = tuple(
        replace(c, status=status, ended_on=stamp.happened_on)
        if (c.stage, c.visit, c.department, c.status) == (case.stage, case.visit, department, "open")
        else c
        for c in case.conditions
    )
    return replace(case, sign_offs=ended, conditions=conditions)


@effect.register
def _(action: opinions.Withdraw, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return _end_sign_off(case, stamp.actor.organisation, "withdrawn", action.reason, stamp)


@effect.register
def _(action: opinions.Discharge, case: Case, stamp: Stamp, rules: Rules) -> Case:
    condition = case.conditions[action.condition - 1]
    met = swap(case.conditions, condition, status="discharged", ended_on=stamp.happened_on, note=action.note)
    return replace(case, conditions=met)


@effect.register
def _(action: opinions.Hear, case: Case, stamp: Stamp, rules: Rules) -> Case:
    heard = Hearing(
        len(case.hearings) + 1, case.stage, case.visit, case.round, action.kind, action.capacity,
        action.opinion, action.text, action.disposition, action.reply, stamp.happened_on,
        stamp.happened_on if action.reply else None,
    )  # fmt: skip
    return replace(case, hearings=(*case.hearings, heard))


@effect.register
def _(action: opinions.Answer, case: Case, stamp: Stamp, rules: Rules) -> Case:
    answered = swap(
        case.hearings,
        case.hearings[action.hearing - 1],
        disposition=action.disposition,
        reply=action.reply,
        answered_on=stamp.happened_on,
    )
    return replace(case, hearings=answered)


# -- completion joint acceptance -----------------------------------------------------------------


@effect.register
def _(action: acceptance.OrderRectification, case: Case, stamp: Stamp, rules: Rules) -> Case:
    items = tuple(
        RectificationItem(
            action.reference, len(case.items) + n, case.visit, case.round, terms.facility,
            terms.department, terms.fact, terms.basis, terms.requirement, terms.deadline.isoformat(),
            stamp.happened_on,
        )
        for n, terms in enumerate(action.items, 1)
    )  # fmt: skip
    return replace(case, items=case.items + items)


@effect.register
def _(action: acceptance.ReportRectification, case: Case, stamp: Stamp, rules: Rules) -> Case:
    answers = {a.item: a.answer for a in action.answers}
    items = tuple(
        replace(i, answer=answers[i.item], answered_on=stamp.happened_on) if i.item in answers else i
        for i in case.items
    )
    return replace(case, items=items)
