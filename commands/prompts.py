"""On a terminal an action that lacks something asks for it, shows what will be recorded, and only then does it.

Never elsewhere: a script gets the usage error. What is asked is what the model has (``commands/forms.py``);
a sign-off and the papers of a rectification are walked through (``commands/walks.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click
from pydantic import BaseModel

from commands import dialogue, walks
from commands.choices import Desk, choices
from commands.forms import Fields, field_title, fill, order
from commands.frame import Settings
from commands.output import today
from states.actions import ACTIONS, Action
from states.errors import Blocked, Conflict, Invalid, NotFound, Obstacle
from views import forms, terminal
from views.fields import field_label
from views.labels import stage_label
from views.language import _
from views.names import Names
from views.naming import FREE
from views.page import Gap, Line, say
from views.records import joined_text
from views.why import obstacle_blocks
from views.wording import error_text
from workflow import foresight, intake, queries
from workflow.office import Office

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


#: What the model says of a form that is not wrong, but not complete.
_INCOMPLETE = frozenset(
    {"missing", "basis_needed", "link_needed", "location_needed", "title_or_exemption", "verdict_incomplete",
     "answer_incomplete", "too_short", "change_empty"}
)  # fmt: skip


def asks(shared: Settings, path: str, fields: Fields, from_file: bool) -> bool:
    """Whether something lacks and there is somebody to ask.

    Raises MissingParameter for an argument that lacks where there is nobody.
    """
    try:
        intake.build(path, fields)
    except Invalid as error:
        lacking = {p["field"] for p in error.params["problems"] if p["type"] in _INCOMPLETE}
        if len(lacking) == len({p["field"] for p in error.params["problems"]}):
            if terminal.answers() and not shared.json and not from_file:
                return True
            _arguments(path, lacking if not from_file else set())
    return False


def _arguments(path: str, lacking: set[str]) -> None:
    """Say of an argument what click says, which was told on a terminal that none is needed."""
    context = click.get_current_context()
    for parameter in context.command.params:
        if parameter.name in lacking and parameter.name in ACTIONS[path].arguments:
            raise click.MissingParameter(ctx=context, param=parameter)


def filled(office: Office, token: str | None, path: str, given: Fields) -> Fields:
    """All fields of the action, confirmed.

    Raises Abort when they are not, Blocked when they cannot be carried out, Conflict when what is to be signed
    is no longer what was shown.
    """
    desk = Desk(
        office, token, queries.whoami(office, token).organisation, Names(queries.current_rules(office), today())
    )
    desk, known = _begun(desk, path, dict(given))
    fields = _answers(desk, path, known, {})
    while True:
        try:
            fields = desk.meanings.of(fields, path)
            action = intake.build(path, fields)
            tried = office.perform(action, token, dry_run=True)
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


def _begun(desk: Desk, path: str, known: Fields) -> tuple[Desk, Fields]:
    """What the command is about: the case, then the other arguments; who may not do it hears so at once."""
    model = ACTIONS[path]
    if "case" in model.arguments:
        if "case" not in known:
            known["case"] = _which_case(desk)
        view, rules = queries.view(desk.office, known["case"])
        names = Names(rules, today()).of(view.case)
        desk = Desk(desk.office, desk.token, desk.organisation, names, view)
    dialogue.show(forms.opening_page(path, desk.view, desk.names, desk.organisation))
    known = fill(desk, model, known, {}, tuple(name for name in model.arguments if name != "case"))
    if obstacles := foresight.hopeless(desk.office, desk.token, path, known):
        raise Blocked(obstacles)
    if path in _ABOUT_A_FACILITY and desk.view:
        dialogue.show(forms.facility_page(desk.view, desk.names, (desk.view.case.facility(known["facility"]),)))
    return desk, known


def _which_case(desk: Desk) -> str:
    """The cases in which something waits for this organisation, or all of them."""
    waiting = {task.case: task.project for task in queries.inbox(desk.office, desk.organisation)}
    found = waiting or {line.case: line.project for line in queries.lines(desk.office)}
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
