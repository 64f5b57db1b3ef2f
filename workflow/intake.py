"""What comes in at the door: names that must exist, identifiers in their standard form, sensible days.

Nothing here is a policy: an action that fails here is wrong, not merely too early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import Any, TypeVar

from pydantic import ValidationError

from states.actions import ACTIONS
from states.actions.acceptance import OrderRectification
from states.actions.base import Action
from states.actions.cases import AddDocument, Circulate, OpenCase, RequirementTerms
from states.actions.changes import ApplyChange, ConsentToChange, ProposeChange, WithdrawChange
from states.actions.exceptions import Decide
from states.actions.facilities import DecideCategory, Designate, RegisterTitle
from states.actions.opinions import Answer, Discharge, Issue, Sign
from states.errors import Invalid, unknown
from states.exceptions import in_this_visit
from states.facts import ALL_OWNERS, Case
from states.identifiers import BadIdentifier, check
from states.project import EDGE_ACTIONS, ENTRY, Stage, at_or_after
from states.rules import Rules
from workflow.results import Normalised

#: Actions that happen within the present visit, so not before it began.
_WITHIN_VISIT = EDGE_ACTIONS | {
    "case circulate", "sign", "issue", "withdraw", "contest", "decide", "hear", "case suspend", "case resume",
    "facility hand-over", "facility register", "facility asset-entry",
}  # fmt: skip

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
    _days(action, case, today, by)
    changed: dict[str, str] = {}
    doubts: list[str] = []
    for field, form in _identifiers(action, rules):
        _normalise(action, field, form, changed, doubts)
    notes = tuple(
        Normalised(field=field, typed=getattr(action, field), stored=value) for field, value in changed.items()
    )
    return (action.model_copy(update=changed) if changed else action), notes, tuple(doubts)


def _days(action: Action, case: Case | None, today: date, by: str) -> None:
    for field in ("happened_on", "issued_on", "letter_on"):
        day = getattr(action, field) if field in action.model_fields_set else None
        if day is not None and day > today:
            raise Invalid("in_the_future", {"field": field, "day": day.isoformat(), "today": today.isoformat()})
    if case is not None and isinstance(action, Sign) and action.letter_on and case.round:
        asked = case.rounds[-1].opened_on
        if action.letter_on.isoformat() < asked:
            params = {"field": "letter_on", "day": action.letter_on.isoformat(), "entered": asked}
            raise Invalid("before_stage", params)
    if isinstance(action, Circulate) and action.happened_on and action.happened_on < today:
        raise Invalid("not_backdated", {"field": "happened_on", "today": today.isoformat()})
    if case is not None:
        day = (action.happened_on or today).isoformat()
        if day < (begun := _not_before(action, case, by)):
            raise Invalid("before_stage", {"field": "happened_on", "day": day, "entered": begun})


def _not_before(action: Action, case: Case, by: str) -> str:
    """The day of the last thing the action rests on: visit, round, rest, sign-offs, papers, answers (K47)."""
    if action.name not in _WITHIN_VISIT:
        # What a project entered later brings with it, and a designation, may be older than its registration.
        older = case.entry_stage != ENTRY or isinstance(action, Designate)
        return max("" if older else case.opened_on, *_rests_on(action, case))
    days: list[str | None] = [case.entered_on]
    if isinstance(action, Issue) and (draft := case.draft(by)):
        days.append(draft.happened_on)
    if isinstance(action, Decide) and (overruled := case.sign_off(action.obstacle.partition(":")[2])):
        days.append(overruled.happened_on)
    if isinstance(action, Sign) and action.letter_on:
        days.append(action.letter_on.isoformat())
    if case.round:
        days += (case.rounds[-1].opened_on, case.rounds[-1].closed_on)
    if case.suspensions:
        days += (case.suspensions[-1].from_on, case.suspensions[-1].to_on)
    if action.name in EDGE_ACTIONS:
        days += [s.happened_on for s in case.sign_offs if (s.stage, s.visit) == (case.stage, case.visit)]
        days += [
            d.issued_on for d in case.documents if d.voided is None and (d.stage, d.visit) == (case.stage, case.visit)
        ]
        days += [e.happened_on for e in in_this_visit(case)]
        days += [h.answered_on for h in case.hearings if h.stage == case.stage]
        days += [c.ended_on for c in case.conditions]
    return max(day for day in days if day)


def _rests_on(action: Action, case: Case) -> Iterator[str]:
    """What the action answers: the opinion that was heard, the sign-off that set the condition."""
    yield ""
    if isinstance(action, ConsentToChange | ApplyChange | WithdrawChange):
        yield case.changes[action.change - 1].happened_on
        yield from (c.happened_on for c in case.consents if c.change == action.change)
    if isinstance(action, Answer):
        yield from (h.happened_on for h in case.hearings if h.number == action.hearing)
    if isinstance(action, Discharge):
        of = ("stage", "visit", "round", "department")
        set_in = {attrgetter(*of)(c) for c in case.conditions if c.number == action.condition}
        yield from (s.happened_on for s in case.sign_offs if attrgetter(*of)(s) in set_in)


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
