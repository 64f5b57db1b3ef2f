"""Every command that goes through the door: what was typed becomes a request, its answer is printed or written.

What is at the other side of the door, this machine's database or a server, makes no difference here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.catalogue import COMMANDS
from commands.frame import Own, Settings
from commands.output import deliver, show
from commands.parameters import Described, Parameter, described, of_command
from views import terminal
from views.language import _

if TYPE_CHECKING:
    from service.shown import Shown
    from states.errors import Invalid

Fields = dict[str, Any]

#: What is told where nobody knows whether it was done.
_UNKNOWN = frozenset({"answer_lost", "answer_too_slow", "database_lost"})


def run(path: str, shared: Settings, before_showing: Callable[[], None] = lambda: None, **given: Any) -> None:
    """Ask, and show the answer; what lacks is asked for where somebody sits at a terminal."""
    command = described(path)
    typed = {name: value for name, value in given.items() if value is not None and value is not False and value != ()}
    targets = {name: typed.pop(name) for name in command.targets if name in typed}
    if len(targets) > 1:
        raise click.UsageError(_("{options} do not go together.").format(options=", ".join(f"--{t}" for t in targets)))
    dry_run = command.acts and bool(typed.pop("dry_run", False))
    fields, from_file = _fields(path, command, typed)
    fields |= {field: True for name in targets if (field := command.targets[name])}
    answer = _answered(path, command, shared, fields, dry_run, from_file)
    before_showing()
    if answer.file:
        option, target = next(iter(targets.items()), ("output", None))
        deliver(shared, f"--{option}", target, answer.file)
    else:
        show(shared, answer)


def _answered(path: str, command: Described, shared: Settings, fields: Fields, dry_run: bool, from_file: bool) -> Shown:
    """The answer. Raises UsageError for a field that is missing where nobody can be asked."""
    from states.errors import Invalid

    asks = terminal.interactive() and not shared.json and not from_file
    needed = [one for one in command.parameters if one.needed and one.name not in command.targets]
    lacking = [one for one in needed if one.name not in fields]
    if lacking and not (asks and command.acts):
        fields |= _asked(lacking, asks)
        lacking = []
    try:
        if not lacking:
            return _asked_surely(command, path, shared, fields, dry_run)
    except Invalid as error:
        if not (command.acts and asks and _incomplete(error)):
            raise _misused(command, error) from error
    from commands import prompts

    return _asked_surely(command, path, shared, prompts.filled(shared.ask, path, fields), dry_run)


def _asked_surely(command: Described, path: str, shared: Settings, fields: Fields, dry_run: bool) -> Shown:
    """An action goes under an id, and once more where nobody knows whether it was done: it is never done twice.

    Raises Conflict with that id where it stays unknown.
    """
    from states.errors import Conflict

    if not command.acts or dry_run:
        return shared.ask(path, fields, dry_run)
    if fields.get("request_id") is None:
        fields = {**fields, "request_id": str(uuid.uuid4())}
    try:
        return shared.ask(path, fields)
    except Conflict as error:
        if error.code not in _UNKNOWN:
            raise
        unknown = Conflict(error.code, {**error.params, "request_id": fields["request_id"]})
    try:
        return shared.ask(path, fields)
    except Conflict as error:  # whatever keeps the second from an answer says nothing of the first
        raise unknown from error


#: What the door says of a request that is not wrong, but not complete.
_INCOMPLETE = frozenset(
    {"missing", "basis_needed", "link_needed", "location_needed", "title_or_exemption", "verdict_incomplete",
     "answer_incomplete", "too_short", "change_empty"}
)  # fmt: skip


def _incomplete(error: Invalid) -> bool:
    problems = error.params.get("problems", ())
    return bool(problems) and all(problem["type"] in _INCOMPLETE for problem in problems)


def _misused(command: Described, error: Invalid) -> Exception:
    """A missing option is wrong usage, and so is a number out of its range; another wrong value is invalid input."""
    from views.problems import problem_text

    problems = error.params.get("problems", ())
    numbers = {one.name: str(one.flag) for one in command.parameters if one.typed == "number"}
    if len(problems) == 1 and problems[0]["field"] in numbers:
        text = problem_text(problems[0]["type"], problems[0].get("ctx"), problems[0].get("text", ""))
        return click.BadParameter(text, param_hint=numbers[problems[0]["field"]])
    missing = [p["field"] for p in problems if p["type"] == "missing" and "." not in p["field"]]
    flags = {one.name: one.flag for one in command.parameters if one.flag}
    if not missing or len(missing) < len(problems) or not flags.keys() >= set(missing):
        return error
    names = ", ".join(str(flags[name]) for name in missing)
    return click.UsageError(_("Missing option {names}.").format(names=names))


def _asked(lacking: list[Parameter], asks: bool) -> Fields:
    """One line for each. Raises MissingParameter where nobody is asked."""
    from commands import dialogue

    context = click.get_current_context()
    for one in lacking:
        if not (asks and one.asked):
            parameter = next(p for p in context.command.params if p.name == one.name)
            raise click.MissingParameter(ctx=context, param=parameter)
    titles = {one.name: _("{field}: ").format(field=_(one.help) or _(one.metavar)) for one in lacking}
    return {name: dialogue.ask(title, str) for name, title in titles.items()}


def _fields(path: str, command: Described, typed: Fields) -> tuple[Fields, bool]:
    """The fields of the request, and whether they come from a file."""
    if "on_behalf_of" in typed and "scan" not in typed and "source_file" in typed:
        typed["scan"] = typed.pop("source_file")  # what comes with a letter is its scan, not the fields
    sources = [typed.pop(one.name) for one in command.parameters if one.typed == "source" and one.name in typed]
    fields = _read(path, sources[0]) if sources else {}
    fields |= {one.name: typed[one.name] for one in command.parameters if one.name in typed}
    # The name of a file; of anything else that stands there the model says what is wrong.
    named = [one.name for one in command.parameters if one.typed == "file" and isinstance(fields.get(one.name), str)]
    return {**fields, **{name: _file(command, fields[name]) for name in named}}, bool(sources)


def _file(command: Described, typed: str) -> Any:
    """A file that goes along: with an action as an attachment, else as it lies here."""
    from service.shown import Upload
    from workflow.files import attached

    if not command.acts:
        return Upload(typed, Path(typed))
    return attached(Path(typed).name, Path(typed))


def _read(path: str, source: str) -> Fields:
    """The fields in a file; a project's record stands whole for the opening of its case."""
    from workflow import records

    found = records.read(Path(source))
    return {"record": found} if path == "case open" and records.is_record(found) else found


#: ``case import`` asks once more before it writes: see ``commands/importing.py``.
OWN: Own = {
    path: (partial(run, path), partial(of_command, path)) for path, e in COMMANDS.items() if e.module == "asking"
}
