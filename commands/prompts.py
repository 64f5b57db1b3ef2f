"""On a terminal an action that lacks something asks for it, shows what will be recorded, and only then does it.

Never elsewhere: a script gets the usage error. What is asked is what the model has (``commands/forms.py``);
a sign-off and the papers of a rectification are walked through (``commands/walks.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

from commands import dialogue, walks
from commands.choices import Ask, Desk, choices
from commands.forms import Fields, field_title, fill, order
from service.table import Table
from states.actions import ACTIONS, Action
from states.errors import Blocked, Conflict, Invalid, NotFound, Obstacle
from views import forms
from views.fields import field_label
from views.labels import stage_label
from views.language import _
from views.naming import FREE
from views.page import Gap, Line, say
from views.records import joined_text
from views.why import obstacle_blocks
from views.wording import error_text
from workflow import intake
from workflow.results import Done

#: The forms that are more than their fields: what is known, what was answered before -> all fields.
_WALKS: dict[str, Callable[[Desk, Fields, Fields], Fields]] = {
    "sign": walks.sign,
    "acceptance order": walks.order,
    "acceptance report": walks.report,
}

#: Forms before which the requirement of the facility is shown.
_ABOUT_A_FACILITY = frozenset(
    {"facility amend", "facility drawings", "facility measure", "facility progress", "facility hand-over",
     "facility register", "facility designate", "facility asset-entry", "facility remove"}
)  # fmt: skip


def filled(ask: Ask, path: str, given: Fields) -> Fields:
    """All fields of the action, confirmed.

    Raises Abort when they are not, Blocked when they cannot be carried out, Conflict when what is to be signed
    is no longer what was shown.
    """
    desk, known = _begun(ask, path, dict(given))
    fields = _answers(desk, path, known, {})
    while True:
        try:
            fields = desk.meanings.of(fields, path)
            action = intake.build(path, fields)
            tried = Done.model_validate(ask(path, fields, True).data)
        except (Invalid, NotFound) as error:
            fields = _mended(desk, path, known, fields, error)
            continue
        except Blocked as blocked:
            _say_what_stands_in_the_way(desk, blocked.obstacles)
            if not dialogue.agrees(_("Change the answers?"), True):
                raise
            fields = _answers(desk, path, known, fields)
            continue
        dialogue.show(forms.record_page(_rows(desk, action), tried.normalised))
        if not dialogue.agrees(_("Record this?"), False):
            dialogue.give_up()
        if path == "sign" and walks.outdated(desk):
            raise Conflict("changed_meanwhile")
        return fields


def _answers(desk: Desk, path: str, known: Fields, earlier: Fields) -> Fields:
    return _WALKS[path](desk, known, earlier) if path in _WALKS else fill(desk, ACTIONS[path], known, earlier)


def _mended(desk: Desk, path: str, known: Fields, fields: Fields, error: Invalid | NotFound) -> Fields:
    """Say what is wrong and ask again: for the guilty fields where they are named, else for all."""
    dialogue.tell(error_text(error, desk.names), "warn")
    if error.code == "check_digit" and dialogue.agrees(field_title(ACTIONS[path], "confirm_credit_code"), False):
        return {**fields, "confirm_credit_code": True}
    named = [str(p.get("field", "")).partition(".")[0] for p in error.params.get("problems", ())]
    guilty = tuple(dict.fromkeys([*named, error.params.get("field", "")]))
    wrong = tuple(name for name in guilty if name in ACTIONS[path].model_fields)
    if set(wrong) & known.keys():
        raise error
    if wrong and path not in _WALKS:
        right = {name: value for name, value in fields.items() if name not in wrong}
        return fill(desk, ACTIONS[path], right, {}, wrong)
    dialogue.tell(_("Please go through the answers again; Enter keeps what you had answered."))
    return _answers(desk, path, known, fields)


def _begun(ask: Ask, path: str, known: Fields) -> tuple[Desk, Fields]:
    """What the command is about: the case, then the other arguments; who may not do it hears so at once."""
    model = ACTIONS[path]
    about_case = "case" in model.arguments
    named = {"case": known["case"]} if about_case and "case" in known else {}
    table = Table.of_json(ask("form table", named, False).data)
    desk = Desk.laid(ask, table)
    if about_case and desk.view is None:
        known["case"] = _which_case(table)
        desk = desk.afresh(known["case"])
    dialogue.show(forms.opening_page(path, desk.view, desk.names, desk.organisation))
    known = fill(desk, model, known, {}, tuple(name for name in model.arguments if name != "case"))
    answered = {name: str(known[name]) for name in model.arguments if name in known}
    ask("form check", {"action": path, "known": answered}, False)
    if path in _ABOUT_A_FACILITY and desk.view:
        dialogue.show(forms.facility_page(desk.view, desk.names, (desk.view.case.facility(known["facility"]),)))
    return desk, known


def _which_case(table: Table) -> str:
    """One of those in which something waits for this organisation, or of all."""
    found = table.waiting
    if not found:
        raise NotFound("unknown_case", {"name": "-"})
    options = [(case, f"{case} {project}") for case, project in found.items()]
    chosen = dialogue.choose(_("Which project?"), options, default=next(iter(found)) if len(found) == 1 else None)
    assert chosen
    return chosen


def _say_what_stands_in_the_way(desk: Desk, obstacles: tuple[Obstacle, ...]) -> None:
    case = desk.view.case.id if desk.view else ""
    dialogue.tell(_("This cannot be recorded:"), "warn")
    dialogue.show((*obstacle_blocks(obstacles, case, desk.names), Gap()))


def _rows(desk: Desk, action: Action) -> Iterator[tuple[str, Line]]:
    """Who records it and where, then every field that was given, in the order in which it was asked."""
    model, view = type(action), desk.view
    yield field_label("organisation"), say(desk.names.organisation(desk.organisation))
    if view:
        yield field_label("case"), say(joined_text(action.case, view.case.name, stage_label(view.case.stage)))
    for name in order(model):
        value = getattr(action, name)
        if name not in action.model_fields_set or value in (None, ()) or (view and name == "case"):
            continue
        several = isinstance(value, tuple)
        for number, item in enumerate(value if several else (), 1):
            yield f"{field_label(name)} {number}", _item(desk, item)
        if not several:
            yield field_label(name), _value(desk, model, name, value)


def _item(desk: Desk, item: BaseModel | str) -> Line:
    if isinstance(item, str):
        return say(desk.names.facility(item))
    model = type(item)
    given = [name for name in order(model) if getattr(item, name) not in (None, ())]
    return forms.item_line((field_label(name), _value(desk, model, name, getattr(item, name))) for name in given)


def _value(desk: Desk, model: type[BaseModel], name: str, value: Any) -> Line:
    """A value by its name, where it has one."""
    if name == "facility":
        return say(desk.names.facility(value))
    named = {entry[0]: entry[1] for entry in choices(desk, model, name)}
    if name in FREE:
        return say(desk.names.organisation(value))
    return say(named[str(value)]) if str(value) in named else forms.value_line(value)
