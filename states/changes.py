"""What a change request says, whom it concerns, and which papers it leaves to be amended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from states.actions.changes import ProposeChange
from states.facts import GOVERNMENT, Case, ChangeRequest
from states.remit import canonical
from states.rules import Rules

#: Papers that state the requirements, in the order in which they are issued.
STATING = (
    "planning_conditions", "development_conditions", "land_supply_conditions", "handover_agreement", "land_contract",
    "construction_planning_permit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """``facilities``: facility -> new values by the names of the facts; ``project``: new data of the case."""

    facilities: Mapping[str, Mapping[str, Any]]
    removals: tuple[str, ...]
    decisions: tuple[Mapping[str, Any], ...]
    project: Mapping[str, str]

    @property
    def touched(self) -> tuple[str, ...]:
        """The facilities it amends or removes."""
        return (*self.facilities, *self.removals)


def terms_of(change: ChangeRequest) -> ChangeTerms:
    """The terms as they were stored."""
    return parsed(change.terms)


def parsed(text: str) -> ChangeTerms:
    """The terms in a text of :func:`terms_text`."""
    found = json.loads(text)
    return ChangeTerms(found["facilities"], tuple(found["removals"]), tuple(found["decisions"]), found["project"])


def terms_text(action: ProposeChange) -> str:
    """The terms of a proposal as canonical JSON."""
    project = {"developer": action.developer, "developer_code": action.developer_code}
    terms = {
        "facilities": {f.facility: f.particulars() for f in action.facilities},
        "removals": list(action.removals),
        "decisions": [decision.model_dump() for decision in action.decisions],
        "project": {name: value for name, value in project.items() if value is not None},
    }
    return canonical(terms)


def base_of(case: Case, terms: ChangeTerms) -> str:
    """What a change stands on, as canonical JSON: the versions, decisions and developer that it would replace."""
    base: dict[str, object] = {name: case.requirement(name).version for name in terms.touched}
    for decision in terms.decisions:
        now = case.decision(decision["category"])
        base[f"category {decision['category']}"] = now and now.number
    if terms.project:
        base["project"] = [case.developer, case.developer_code]
    return canonical(base)


def parties(case: Case, change: ChangeRequest, rules: Rules) -> tuple[str, ...]:
    """Who must consent: the departments it touches, both leads, state assets where anything is the government's.

    A new developer assumes the whole agreement, and so concerns every facility.
    """
    terms = terms_of(change)
    names = [f.facility for f in case.owed()] if terms.project else terms.touched
    known = {f.facility: f for f in case.facilities}
    found: dict[str, None] = dict.fromkeys(rules.leads)
    for name in names:
        found[rules.competent(known[name]) or rules.roles.leading_group_office] = None
        owners = {case.requirement(name).ownership, terms.facilities.get(name, {}).get("ownership")}
        if GOVERNMENT in owners:
            found[rules.roles.state_assets] = None
    for decision in terms.decisions:
        found.update(dict.fromkeys(sorted(rules.competent_for_category(case, decision["category"]))))
    return tuple(d for d in rules.organisations if d in found)


def documents_to_amend(case: Case) -> tuple[str, ...]:
    """The kinds of paper that state requirements as they stood before the last change was applied."""
    applied = max((c.ended_at for c in case.changes if c.status == "applied" and c.ended_at), default="")
    papers = ((kind, case.document(kind)) for kind in STATING)
    return tuple(kind for kind, paper in papers if paper and paper.recorded_at < applied)
