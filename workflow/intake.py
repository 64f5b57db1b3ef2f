"""What comes in at the door: names that must exist, days that can be, identifiers in their standard form.

Nothing here is a policy: an action that fails here is wrong, not merely too early.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError

from policies import dating
from states.actions import ACTIONS
from states.actions.acceptance import OrderRectification
from states.actions.base import Action
from states.actions.cases import AddDocument, OpenCase, RequirementTerms
from states.actions.changes import ProposeChange
from states.actions.facilities import DecideCategory, Designate, RegisterTitle
from states.actions.limits import ExtendLimit
from states.actions.opinions import Answer, Discharge, Sign
from states.errors import Invalid, unknown
from states.facts import ALL_OWNERS, Case
from states.identifiers import BadIdentifier, check
from states.project import ENTRY, Stage, at_or_after
from states.rules import Rules
from workflow.results import Normalised

Checked = TypeVar("Checked", bound=Action)


def build(name: str, fields: Mapping[str, Any]) -> Action:
    """The action called ``name``.

    Raises NotFound for an unknown name, Invalid listing every field that is missing or wrong.
    """
    if name not in ACTIONS:
        raise unknown("action", name, ACTIONS)
    try:
        return ACTIONS[name].model_validate(fields)
    except ValidationError as error:
        raise invalid(error) from error


def invalid(error: ValidationError) -> Invalid:
    """Pydantic's complaints as one error of ours, every field in it."""
    problems = [
        {"field": ".".join(map(str, e["loc"])), "type": e["type"], "ctx": _plain(e.get("ctx", {})), "text": e["msg"]}
        for e in error.errors(include_url=False, include_input=False)
    ]
    return Invalid("invalid_input", {"problems": problems})


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can hold."""
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in context.items()}


def checked(
    action: Checked, case: Case | None, rules: Rules, today: date, by: str = ""
) -> tuple[Checked, tuple[Normalised, ...], tuple[str, ...]]:
    """The action of the organisation ``by`` in its normal form, what that changed, and the doubts that were confirmed.

    Raises NotFound for names that do not exist, Invalid for malformed identifiers and impossible days.
    """
    _names(action, case, rules)
    for error in dating.impossible(action, case, today.isoformat(), by):
        raise error
    changed: dict[str, str] = {}
    doubts: list[str] = []
    for field, form in _identifiers(action, rules):
        _normalise(action, field, form, changed, doubts)
    notes = tuple(
        Normalised(field=field, typed=getattr(action, field), stored=value) for field, value in changed.items()
    )
    return (action.model_copy(update=changed) if changed else action), notes, tuple(doubts)


def _known(kind: str, name: str | None, choices: Iterable[str]) -> None:
    if name is not None and name not in choices:
        raise unknown(kind, name, choices)


def _names(action: Action, case: Case | None, rules: Rules) -> None:
    if isinstance(action, OpenCase):
        _opening_names(action, rules)
    elif case is None:
        raise unknown("case", action.case, ())
    elif action.name != "facility add" and "facility" in action.model_fields_set:
        case.facility(action.facility)  # type: ignore[attr-defined]
    if isinstance(action, RequirementTerms):
        _requirement_names(action, rules)
    if isinstance(action, ProposeChange):
        _change_names(action, case, rules)
    if isinstance(action, DecideCategory):
        _known("category", action.category, rules.categories)
    if isinstance(action, Designate):
        _known("organisation", action.department, [o for o, b in rules.organisations.items() if b.kind == "department"])
    if isinstance(action, ExtendLimit):
        _known("limit", action.limit, [limit.code for limit in rules.limits])
    if isinstance(action, AddDocument):
        _known("document", action.kind, rules.documents)
        _known("organisation", action.issuer, rules.organisations)
    if case is not None:
        _numbers(action, case, rules)


def _change_names(action: ProposeChange, case: Case | None, rules: Rules) -> None:
    assert case is not None, "an unknown case is refused before"
    for terms in action.facilities:
        case.facility(terms.facility)
        _requirement_names(terms, rules)
    for name in action.removals:
        case.facility(name)
    for decision in action.decisions:
        _known("category", decision.category, rules.categories)


def _opening_names(action: OpenCase, rules: Rules) -> None:
    _known("town", action.town, [o for o, body in rules.organisations.items() if body.kind == "town"])
    _known("kind", action.kind, rules.project_kinds)
    _known("stage", action.stage, list(Stage))
    # By then the land is sold, and the buyer is known (C.4 developer_identified).
    sold = at_or_after(action.stage or ENTRY, Stage.PERMIT)
    if lacking := [name for name in ("developer", "developer_code") if sold and not getattr(action, name)]:
        raise Invalid("invalid_input", {"problems": [{"field": name, "type": "missing"} for name in lacking]})
    names = [f.facility for f in action.facilities]
    if len(set(names)) < len(names):
        raise Invalid("invalid_input", {"problems": [{"field": "facilities", "type": "facility_twice"}]})
    for facility in action.facilities:
        _requirement_names(facility, rules)
    for decision in action.decisions:
        _known("category", decision.category, rules.categories)


def _requirement_names(terms: RequirementTerms, rules: Rules) -> None:
    subtypes = [s for category in rules.categories.values() for s in category.subtypes]
    _known("subtype", getattr(terms, "subtype", None), subtypes)
    _known("mode", terms.mode, rules.construction_modes)


def _numbers(action: Action, case: Case, rules: Rules) -> None:
    """Numbers and names that must be among the case's own."""
    if isinstance(action, Discharge):
        _known("condition", str(action.condition), [str(c.number) for c in case.conditions])
    if "change" in type(action).arguments:
        _known("change", str(action.change), [str(c.number) for c in case.changes])  # type: ignore[attr-defined]
    if isinstance(action, Answer):
        _known("hearing", str(action.hearing), [str(h.number) for h in case.hearings])
    if isinstance(action, Sign):
        _known("organisation", action.on_behalf_of, rules.organisations)
        for judgement in action.judgements:
            case.facility(judgement.facility)
        for terms in action.conditions:
            _known("stage", terms.due_stage, list(Stage))
    if isinstance(action, OrderRectification):
        for item in action.items:
            case.facility(item.facility)


def _identifiers(action: Action, rules: Rules) -> Iterable[tuple[str, str]]:
    """The fields of an action that have a standard form, with its name."""
    if isinstance(action, AddDocument):
        form = rules.documents[action.kind].format
        return [("reference", form)] if form else []
    if isinstance(action, RegisterTitle):
        return [("title", "title_certificate")] if action.title and action.ownership != ALL_OWNERS else []
    forms = (("parcel", "parcel_code"), ("project_code", "project_code"), ("developer_code", "usc_code"))
    return [(field, form) for field, form in forms if field in action.model_fields_set and getattr(action, field)]


def _normalise(action: Any, field: str, form: str, changed: dict[str, str], doubts: list[str]) -> None:
    typed = getattr(action, field)
    try:
        found = check(form, typed)
    except BadIdentifier as error:
        raise Invalid("bad_identifier", {"field": field, "value": typed, "example": error.example}) from error
    if found.doubt:
        if not getattr(action, "confirm_credit_code", False):
            raise Invalid(found.doubt, {"field": field, "value": typed})
        doubts.append(found.doubt)
    if found.value != typed:
        changed[field] = found.value
