"""What a sign-off stands for: the snapshot of a department's remit, its digest, its difference.

A snapshot is canonical JSON under a numbered scheme. When the contents of a remit change, a new
scheme is added and the old one stays: a sign-off is always checked with the scheme it was given under.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from states.facts import MEASURES, REQUIRED, Case, Facility
from states.participants import own_facilities
from states.project import Stage
from states.rules import Rules

Snapshot = dict[str, Any]

_PLACED = (*MEASURES, "location")
_CLOSING = {
    "hand_over": ("reference", "holder", "user"),
    "title": ("reference", "holder", "ownership", "exemption"),
    "asset_entry": ("reference",),
}


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: object) -> str:
    """JSON with sorted keys, no blanks, no escapes: equal values give equal text."""
    return _ENCODER.encode(value)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _requirements(case: Case, facilities: Iterable[Facility]) -> Snapshot:
    return {f.facility: {"subtype": f.subtype, **_picked(case.requirement(f.facility), REQUIRED)} for f in facilities}


def _picked(row: object, names: Iterable[str]) -> Snapshot:
    """The named fields of a row that are not empty."""
    return {name: value for name in names if (value := getattr(row, name)) is not None}


def _evidence(case: Case, facilities: Iterable[Facility], kind: str, names: tuple[str, ...]) -> Snapshot:
    found = ((f.facility, case.latest(f.facility, kind)) for f in facilities)
    return {name: _picked(row, names) for name, row in found if row is not None}


def _review(case: Case, department: str, rules: Rules) -> Snapshot:
    if department in rules.leads:
        mine, categories = case.owed(), set(rules.categories)
    else:
        mine = own_facilities(case, department, rules)
        categories = {c for c in rules.categories if department in rules.competent_for_category(case, c)}
    decided = ((c, case.decision(c)) for c in rules.categories if c in categories)
    fields = ("decision", "basis", "link", "special_plan", "substitute_basis")
    return {
        "requirements": _requirements(case, mine),
        "decisions": {c: _picked(d, fields) for c, d in decided if d},
        "households": case.households,
    }


def _agreement(case: Case, department: str, rules: Rules) -> Snapshot:
    agreement = case.document("handover_agreement")
    return {
        "requirements": _requirements(case, own_facilities(case, department, rules)),
        "agreement": agreement and agreement.file,
    }


def _permit(case: Case, department: str, rules: Rules) -> Snapshot:
    return {
        "requirements": _requirements(case, case.owed()),
        "drawings": _evidence(case, case.owed(), "drawings", _PLACED),
    }


def _presale(case: Case, department: str, rules: Rules) -> Snapshot:
    application, visit = case.document("presale_application"), case.visits[-1]
    return {
        "requirements": _requirements(case, own_facilities(case, department, rules)),
        "application": {
            "reference": application and application.reference,
            "file": application and application.file,
            "buildings": visit.buildings,
            "households": visit.households,
        },
    }


def _acceptance(case: Case, department: str, rules: Rules) -> Snapshot:
    mine = own_facilities(case, department, rules)
    whole = department in rules.leads or department == case.town
    seen = {
        "requirements": _requirements(case, case.owed() if whole else mine),
        "measured": _evidence(case, case.owed() if department == case.town else mine, "measurement", _PLACED),
    }
    if department == rules.leads[0]:
        seen["as_built"] = _evidence(case, case.owed(), "measurement", ("location",))
    return seen


def _handover(case: Case, department: str, rules: Rules) -> Snapshot:
    mine = own_facilities(case, department, rules)
    closing = {k: _evidence(case, mine, k, names) for k, names in _CLOSING.items()}
    return {"requirements": _requirements(case, mine), **closing}


_SCHEME_1: dict[str, Callable[[Case, str, Rules], Snapshot]] = {
    Stage.PLANNING: _review,
    Stage.LAND_SUPPLY: _review,
    Stage.AGREEMENT: _agreement,
    Stage.PERMIT: _permit,
    Stage.PRESALE: _presale,
    Stage.ACCEPTANCE: _acceptance,
    Stage.HANDOVER: _handover,
}


def waivers(case: Case, department: str, rules: Rules) -> dict[str, list[str]]:
    """The documents that waive a standard in this visit, by facility of the department (of the leads: by any)."""
    mine = case.owed() if department in rules.leads else own_facilities(case, department, rules)
    names = {f"below_standard:{f.facility}": f.facility for f in mine}
    found: dict[str, list[str]] = {}
    for decided in case.exceptions:
        if (decided.stage, decided.visit) == (case.stage, case.visit) and decided.lifts in names:
            found.setdefault(names[decided.lifts], []).append(decided.document)
    return found


def _review_with_waivers(case: Case, department: str, rules: Rules) -> Snapshot:
    return {**_review(case, department, rules), "waivers": waivers(case, department, rules)}


_SCHEME_2 = _SCHEME_1 | {Stage.PLANNING: _review_with_waivers, Stage.LAND_SUPPLY: _review_with_waivers}


def waived_unseen(case: Case, department: str, rules: Rules, scheme: int) -> bool:
    """Whether a waiver concerns a department whose sign-off is of the first scheme, which shows none."""
    return scheme == 1 and case.stage in (Stage.PLANNING, Stage.LAND_SUPPLY) and bool(waivers(case, department, rules))


SCHEMES = {1: _SCHEME_1, 2: _SCHEME_2}
CURRENT_SCHEME = 2


def snapshot(case: Case, department: str, rules: Rules, scheme: int = CURRENT_SCHEME) -> str:
    """The department's remit in the present stage, as canonical JSON.

    Raises KeyError for an unknown scheme or a stage where nobody signs: callers fail closed.
    """
    return canonical(SCHEMES[scheme][case.stage](case, department, rules))


def difference(before: Any, after: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Where two snapshots (parsed) differ: (dotted path, before, after), in order of path."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted(before.keys() | after.keys())
        return [
            found
            for key in keys
            for found in difference(before.get(key), after.get(key), f"{path}.{key}" if path else key)
        ]
    return [(path, before, after)]
