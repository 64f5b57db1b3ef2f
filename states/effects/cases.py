"""What opening, amending, circulating, resting and filing do to a case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from states.actions import cases
from states.actions.base import hundredths
from states.effects.base import Stamp, effect
from states.effects.facilities import add_facility, decide_category
from states.effects.lifecycle import open_round
from states.facts import Case, Document, Suspension, Visit, swap
from states.participants import issuer
from states.project import ENTRY
from states.rules import Rules


def opened(action: cases.OpenCase, stamp: Stamp, rules: Rules) -> Case:
    """A new case, with the facilities and decisions it was opened with; the stages before its first are skipped."""
    entry = action.stage or ENTRY.value
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
        entry_stage=entry,
        stage=entry,
        visit=1,
        round=0,
        attempt=1,
        active=1,
        opened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
        visits=(Visit(entry, 1, stamp.happened_on),),
    )
    for terms in action.facilities:
        case = add_facility(case, terms, stamp, rules, None)
    for decision in action.decisions:
        case = decide_category(case, decision.model_dump(), stamp)
    return case


@effect.register
def _(action: cases.Circulate, case: Case, stamp: Stamp, rules: Rules) -> Case:
    return open_round(case, stamp)


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
    return amended(case, action)


def amended(case: Case, action: cases.AmendCase) -> Case:
    """The case with the data that the action gives."""
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
        issuer=action.issuer or issuer(case, rules, action.kind, stamp.actor.organisation),
        stage=case.stage,
        visit=case.visit,
        title=action.title,
        file=file.content.sha256 if file else None,
        filename=file.name if file else None,
        size=file.content.size if file else None,
        recorded_at=stamp.recorded_at,
        recorded_by=stamp.marks()["recorded_by"],
    )
    return replace(case, documents=(*case.documents, document))
