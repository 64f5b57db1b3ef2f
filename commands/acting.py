"""Every action of ``states/actions`` is a command made from its model, so that a field is written down once.

Arguments, options and help come from the model; the fields may come from a file; what was done is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import click

from commands.frame import Own, Settings
from commands.output import note, present
from states.actions import ACTIONS, Action
from states.actions.base import MAX_ATTACHMENT
from views import terminal
from views.language import _

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from workflow.office import Office
    from workflow.results import Done


def _parameters(path: str) -> list[click.Parameter]:
    """Arguments and options as the action's model has them."""
    model = ACTIONS[path]
    # On a terminal what is missing is asked for; ``prompts.asks`` says what lacks elsewhere.
    needed = not terminal.answers()
    positional: list[click.Parameter] = [
        click.Argument([name], metavar=_(name.upper()), required=needed) for name in model.arguments
    ]
    if path == "case open":
        positional.append(click.Argument(["source"], metavar=f"[{_('FILE')}]", required=False))
    options = [
        _option(name, field, name == model.attached)
        for name, field in model.model_fields.items()
        if name not in model.arguments
    ]
    options.append(click.Option(["--dry-run"], is_flag=True, help=_("only say what would happen")))
    if "file" not in model.model_fields:
        options.append(
            click.Option(
                ["--file", "source_file"], metavar=_("FILE"), help=_("take the fields from a JSON or YAML file")
            )
        )
    return [*positional, *options]


#: Options that are not called like their field: one of a list, or a word that Python keeps for itself.
_FLAGS = {
    "conditions": "--condition",
    "judgements": "--judgement",
    "items": "--item",
    "answers": "--answer",
    "facilities": "--facility",
    "decisions": "--decision",
    "removals": "--remove",
    "on_behalf_of": "--for",
}


def _option(name: str, field: FieldInfo, is_file: bool) -> click.Option:
    flag = _FLAGS.get(name, "--" + name.replace("_", "-"))
    text, kind = _(field.description or ""), field.annotation
    if field.is_required():
        text += f" [{_('required')}]"
    choices = [get_args(part) for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
    if kind is bool:
        return click.Option([flag, name], is_flag=True, default=None, help=text)
    if choices:
        return click.Option([flag, name], type=click.Choice(choices[0]), help=text)
    many = get_origin(kind) is tuple
    metavar = _("FILE" if is_file else "TEXT")
    return click.Option([flag, name], multiple=many, metavar=metavar, help=text)


def _act(path: str, shared: Settings, dry_run: bool, **given: Any) -> None:
    """Build the action from options and file, perform it, say what was done."""
    from commands import prompts
    from views.naming import Meanings
    from workflow import intake, queries

    office = shared.office()
    if given.get("on_behalf_of"):  # what comes with a letter is its scan, not the fields
        given["scan"] = given.get("scan") or given.pop("source_file", None)
    source = given.pop("source", None) or given.get("source_file")
    fields, left_aside = _from_file(source, path, office)
    given.pop("source_file", None)
    fields |= {name: value for name, value in given.items() if value not in (None, ())}
    attached = ACTIONS[path].attached
    if isinstance(fields.get(attached), str):  # the name of a file; of anything else the model says what is wrong
        fields[attached] = _attachment(fields[attached])
    fields = Meanings(queries.current_rules(office)).of(fields, path)
    if prompts.asks(shared, path, fields, source is not None):
        fields = prompts.filled(office, shared.token, path, fields)
    action = _built(intake.build, path, fields)
    done = office.perform(action, shared.token, dry_run)
    _print_done(shared, office, done, left_aside)


def _built(build: Callable[[str, Mapping[str, Any]], Action], path: str, fields: Mapping[str, Any]) -> Action:
    """A missing option is wrong usage; a wrong value is invalid input."""
    from states.errors import Invalid

    try:
        return build(path, fields)
    except Invalid as error:
        missing = [p["field"] for p in error.params["problems"] if p["type"] == "missing" and "." not in p["field"]]
        if missing and len(missing) == len(error.params["problems"]):
            names = ", ".join(_FLAGS.get(name, "--" + name.replace("_", "-")) for name in missing)
            raise click.UsageError(_("Missing option {names}.").format(names=names)) from error
        raise


def _from_file(source: str | None, path: str, office: Office) -> tuple[dict[str, Any], list[str]]:
    """The fields in a file; of a project's record the opening, and what was left aside."""
    if source is None:
        return {}, []
    from workflow import queries, records

    found = records.read(Path(source))
    if path == "case open" and records.is_record(found):
        return records.opening(found, queries.current_rules(office))
    return found, []


def _attachment(name: str) -> dict[str, Any]:
    from workflow.files import read_whole

    return {"name": Path(name).name, "content": read_whole(Path(name), MAX_ATTACHMENT)}


def _print_done(shared: Settings, office: Office, done: Done, left_aside: list[str]) -> None:
    """What was done and what comes next; what a record held beside the opening goes to stderr."""
    from states.errors import PeijianError
    from views.done import done_page, left_aside_text
    from workflow import queries

    try:
        view, rules = queries.view(office, done.case)
        present(shared, done, rules, partial(done_page, done, view=view))
    except PeijianError:
        # The action stands whatever keeps us from saying what comes next.
        present(shared, done, None, partial(done_page, done))
    if left_aside:
        note(left_aside_text(left_aside))


#: ``case import`` reads many projects from a workbook: see ``commands/importing.py``.
OWN: Own = {path: (partial(_act, path), partial(_parameters, path)) for path in ACTIONS if path != "case import"}
