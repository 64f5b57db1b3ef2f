"""The door for people: parses, calls one action or query, prints.

Every action of ``states/actions`` is a command built from its model; the questions and the
administrator's commands stand below. Nothing heavy is imported before a command runs: help and
completion know neither the tables nor the lifecycle.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from views import language
from views.help import HelpFormatter
from views.language import N_, _
from views.streams import tolerate

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from states.actions import Action
    from states.rules import Rules
    from views.names import Names
    from views.page import Page
    from views.wording import Namer
    from workflow.office import Office
    from workflow.rehearsal import Rehearsal, Script
    from workflow.results import Done

#: Every command and what it does. An action's line is the first line of its model's docstring.
COMMANDS: dict[str, str] = {
    "demo": N_("Play the two sample projects and tell their story."),
    "rehearse": N_("Play dated scripts into a new rehearsal database."),
    "init": N_("Create or migrate the database."),
    "doctor": N_("Check the installation."),
    "inbox": N_("What my organisation must do, longest waiting first."),
    "account add": N_("Make an account and print its token once."),
    "account list": N_("List the accounts."),
    "account close": N_("Close an account for good."),
    "case open": N_("Register a project."),
    "case list": N_("List the cases and who holds them up."),
    "case show": N_("Show a case."),
    "case why": N_("Say everything that stands between a case and its next stage."),
    "case thread": N_("Show each facility's requirement from planning to title."),
    "case history": N_("Show what happened to a case."),
    "case diagram": N_("Draw the lifecycle with the place of a case."),
    "case amend": N_("Amend the data of the project."),
    "case circulate": N_("Open a round: ask the departments for their sign-offs."),
    "case advance": N_("Move the case to its next stage."),
    "case return": N_("Close the round and send the case back for rework."),
    "case reopen": N_("Go back to the planning joint review."),
    "case land-deal-failed": N_("Record that the land deal failed: a new attempt, the same conditions."),
    "case suspend": N_("Suspend the case."),
    "case resume": N_("Resume a suspended case."),
    "case terminate": N_("End the case without completion."),
    "case adopt-config": N_("Let a running case follow the configuration now in force."),
    "facility add": N_("Add a facility and its requirement."),
    "facility amend": N_("Amend a facility's requirement: a new version."),
    "facility remove": N_("Take a facility off the list, during the planning review."),
    "facility decide": N_("Decide a category: required, not required, or pooled elsewhere."),
    "facility designate": N_("Designate the department competent for a facility."),
    "facility drawings": N_("Record scale and location in the approved drawings."),
    "facility progress": N_("Report how far a facility is built."),
    "facility measure": N_("Record the measured scale and the as-built location."),
    "facility hand-over": N_("Record the handover of a facility."),
    "facility register": N_(
        "Record a title certificate, an exemption, or the registration note of an all-owners facility."
    ),
    "facility asset-entry": N_("Enter a government-owned facility in the asset register."),
    "sign": N_("Sign off for your department."),
    "withdraw": N_("Withdraw your department's sign-off while the round is open."),
    "condition discharge": N_("Confirm that a condition of your department is met."),
    "hear": N_("Record the opinion of an expert or a public representative."),
    "answer": N_("Answer an opinion that was heard."),
    "document add": N_("File a numbered document."),
    "document list": N_("List the documents of a case."),
    "document get": N_("Write a document's file to disk."),
    "presale request": N_("Consult the competent departments on a presale."),
    "presale clear": N_("Conclude the presale consultation."),
    "presale withdraw": N_("Record that the developer withdraws the presale application."),
    "acceptance trigger": N_("Begin the completion joint acceptance."),
    "acceptance order": N_("Issue the written rectification opinion and close the round."),
    "acceptance report": N_("Record the developer's answer to each item and open the next round."),
    "acceptance certify": N_("Conclude the acceptance with the comprehensive acceptance certificate."),
    "acceptance revoke": N_("Revoke the comprehensive acceptance certificate."),
    "journal show": N_("Show the journal."),
    "journal verify": N_("Verify the chain, and that the rows still fit it."),
    "journal checkpoint": N_("Print the head of every chain, to be kept elsewhere."),
    "lifecycle check": N_("Check the table of the lifecycle and the configuration."),
    "lifecycle diagram": N_("Draw the lifecycle as a Mermaid diagram."),
    "lifecycle table": N_("Print the stages, who leads them and who signs."),
    "lifecycle actions": N_("Print who may do what, where."),
    "lifecycle rules": N_("Print the organisations, facilities and standards of the configuration."),
}

GROUPS: dict[str, str] = {
    "account": N_("Accounts (administrator)."),
    "acceptance": N_("The completion joint acceptance (housing)."),
    "case": N_("Cases: open, move, show."),
    "condition": N_("Conditions of an agreement."),
    "document": N_("Numbered documents."),
    "facility": N_("Requirement and evidence of the facilities."),
    "journal": N_("The journal (auditor)."),
    "lifecycle": N_("The lifecycle itself."),
    "presale": N_("The presale consultation (housing)."),
}

# -- the door's own frame ------------------------------------------------------------------------


#: What a shell reports for a program whose reader went away (128 + SIGPIPE).
_READER_GONE = 141


class Settings:
    """What every command shares: which configuration, which database, and whether to print JSON."""

    def __init__(self) -> None:
        self.config: str | None = None
        self.database: str | None = None
        self.json = False

    def config_path(self) -> Path:
        from workflow import config_files

        return config_files.locate(self.config, os.environ)

    def database_address(self) -> str:
        from workflow import config_files

        named = self.database or os.environ.get("PEIJIAN_DATABASE") or config_files.peek(self.config_path(), "database")
        return named or str(_data_folder() / "peijian.db")

    def office(self) -> Office:
        from workflow import settings
        from workflow.administration import open_office

        config = self.config_path()
        if not config.is_file():
            settings.load(config)  # says what is wrong with it
        office = open_office(self.database_address(), config)
        if office.rehearsal:
            click.echo(_("This is a rehearsal database; nothing in it is real."), err=True)
        return office

    @property
    def token(self) -> str | None:
        return os.environ.get("PEIJIAN_TOKEN")


def _data_folder() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".local" / "share"
    return Path(home) / "peijian"


def _share(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        setattr(context.ensure_object(Settings), str(parameter.name), value)


def _speak(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        language.use(value)


def _shared_options() -> list[click.Parameter]:
    share: dict[str, Any] = {"expose_value": False, "callback": _share}
    return [
        click.Option(["--json"], is_flag=True, help=_("print one JSON document"), **share),
        click.Option(
            ["--lang"], type=click.Choice(["zh", "en"]), is_eager=True, expose_value=False, callback=_speak,
            help=_("language"),
        ),
        click.Option(["--config"], metavar=_("FILE"), help=_("configuration file"), **share),
        click.Option(["--database"], metavar=_("FILE"), help=_("database file or address"), **share),
    ]  # fmt: skip


class Context(click.Context):
    """Help in columns that fit Chinese."""

    formatter_class = HelpFormatter


class Command(click.Command):
    context_class = Context


class Tree(click.Group):
    """A group whose commands are listed from the table above and built only when they are used."""

    context_class = Context

    def __init__(self, path: str, **extra: Any) -> None:
        super().__init__(
            path.strip() or "peijian",
            options_metavar=_("[OPTIONS]"),
            subcommand_metavar=_("COMMAND [ARGS]..."),
            **extra,
        )
        self.path = path

    def list_commands(self, ctx: click.Context) -> list[str]:
        inside = [c.removeprefix(self.path).split()[0] for c in COMMANDS if c.startswith(self.path)]
        return list(dict.fromkeys(inside))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        path = f"{self.path}{cmd_name}"
        if path in COMMANDS:
            return _command(path)
        if path not in GROUPS or self.path:
            return None
        return Tree(f"{path} ", help=_(GROUPS[path]), params=_shared_options())

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without building a single command."""
        rows = [(name, _(COMMANDS.get(self.path + name) or GROUPS[name])) for name in self.list_commands(ctx)]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)


def _command(path: str) -> click.Command:
    own = _OWN.get(path)
    if own is None:
        return _action_command(path)
    run, parameters = own
    return Command(
        path.rpartition(" ")[2],
        params=[*parameters(), *_shared_options()],
        callback=click.pass_obj(run),
        help=_(COMMANDS[path]),
        options_metavar=_("[OPTIONS]"),
    )


# -- actions -------------------------------------------------------------------------------------


def _action_command(path: str) -> click.Command:
    """A command from an action's model: arguments, options, help."""
    from states.actions import ACTIONS

    model = ACTIONS[path]
    positional: list[click.Parameter] = [click.Argument([name], metavar=_(name.upper())) for name in model.arguments]
    if path == "case open":
        positional.append(click.Argument(["source"], metavar=f"[{_('FILE')}]", required=False))
    options = [_option(name, field) for name, field in model.model_fields.items() if name not in model.arguments]
    if "file" not in model.model_fields:
        options.append(
            click.Option(
                ["--file", "source_file"], metavar=_("FILE"), help=_("take the fields from a JSON or YAML file")
            )
        )
    return Command(
        path.rpartition(" ")[2],
        params=[*positional, *options, *_shared_options()],
        callback=click.pass_obj(partial(_act, path)),
        help=_(COMMANDS[path]),
        options_metavar=_("[OPTIONS]"),
    )


def _option(name: str, field: FieldInfo) -> click.Option:
    from typing import Literal, get_args, get_origin

    flag = "--" + name.replace("_", "-")
    text, kind = _(field.description or ""), field.annotation
    if field.is_required():
        text += f" [{_('required')}]"
    choices = [get_args(part) for part in (kind, *get_args(kind)) if get_origin(part) is Literal]
    if kind is bool:
        return click.Option([flag, name], is_flag=True, default=None, help=text)
    if choices:
        return click.Option([flag, name], type=click.Choice(choices[0]), help=text)
    many = get_origin(kind) is tuple
    shown = {"conditions": "--condition", "judgements": "--judgement", "items": "--item", "answers": "--answer"}
    return click.Option(
        [shown.get(name, flag), name], multiple=many, metavar=_("FILE" if name == "file" else "TEXT"), help=text,
    )  # fmt: skip


def _act(path: str, shared: Settings, **given: Any) -> None:
    """Build the action from options and file, perform it, say what was done."""
    from workflow import intake

    office = shared.office()
    fields, left_aside = _from_file(given.pop("source", None) or given.pop("source_file", None), path, office)
    given.pop("source_file", None)
    fields |= {name: value for name, value in given.items() if value not in (None, ())}
    if path == "document add" and "file" in fields:
        fields["file"] = _attachment(fields["file"])
    action = _built(intake.build, path, fields)
    done = office.perform(action, shared.token)
    _print_done(shared, office, done, left_aside)


def _built(build: Callable[[str, Mapping[str, Any]], Action], path: str, fields: Mapping[str, Any]) -> Action:
    """A missing option is wrong usage; a wrong value is invalid input."""
    from states.errors import Invalid

    try:
        return build(path, fields)
    except Invalid as error:
        missing = [p["field"] for p in error.params["problems"] if p["type"] == "missing" and "." not in p["field"]]
        if missing and len(missing) == len(error.params["problems"]):
            names = ", ".join("--" + name.replace("_", "-") for name in missing)
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
    from states.errors import Invalid

    try:
        return {"name": Path(name).name, "content": Path(name).read_bytes()}
    except OSError as error:
        raise Invalid("file_unreadable", {"path": name}) from error


# -- questions -----------------------------------------------------------------------------------


def _case_show(shared: Settings, case: str) -> None:
    from views.case import case_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    _print(shared, view, rules, partial(case_page, view))


def _case_why(shared: Settings, case: str) -> None:
    """Exits with 3 while the case is blocked."""
    from views.why import why_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    _print(shared, view, rules, partial(why_page, view))
    if view.obstacles:
        raise SystemExit(3)


def _case_thread(shared: Settings, case: str, facility: str | None) -> None:
    from views.page import Gap
    from views.thread import thread_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    wanted = [view.case.facility(facility)] if facility else view.case.owed()
    facts = view.case
    found = {
        f.facility: {
            "requirements": [r for r in facts.requirements if r.facility == f.facility],
            "evidence": [e for e in facts.evidence if e.facility == f.facility],
        }
        for f in wanted
    }

    def page(names: Names) -> Page:
        return tuple(b for f in wanted for b in (*thread_page(facts, f.facility, names), Gap()))

    _print(shared, found, rules, page)


def _case_list(shared: Settings, stage: str | None, town: str | None) -> None:
    from views.lists import cases_page
    from workflow import queries

    office = shared.office()
    found = queries.lines(office, stage, town)
    _print(shared, found, queries.current_rules(office), partial(cases_page, found))


def _case_history(shared: Settings, case: str | None = None) -> None:
    from views.chronicle import history_page
    from workflow import queries

    office = shared.office()
    found = queries.history(office, case)
    page = partial(history_page, found, several=case is None)
    _print(shared, found, queries.current_rules(office), page)


def _case_diagram(shared: Settings, case: str) -> None:
    from workflow import queries

    view, _rules = queries.view(shared.office(), case)
    _diagram(shared, view.case.stage)


def _inbox(shared: Settings) -> None:
    from views.lists import inbox_page
    from workflow import queries

    office = shared.office()
    organisation = queries.whoami(office, shared.token)
    found = queries.inbox(office, organisation)
    page = partial(inbox_page, found, organisation=organisation)
    _print(shared, found, queries.current_rules(office), page)


def _document_list(shared: Settings, case: str) -> None:
    from views.lists import documents_page
    from workflow import queries

    view, rules = queries.view(shared.office(), case)
    _print(shared, list(view.case.documents), rules, partial(documents_page, view))


def _document_get(shared: Settings, case: str, number: int, output: str | None) -> None:
    from states.errors import Invalid, NotFound
    from workflow import queries

    found, content = queries.document(shared.office(), case, str(number))
    if content is None or found.filename is None:
        raise NotFound("document_without_file", {"number": number})
    path = Path(output or Path(found.filename).name)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Invalid("file_exists", {"path": str(path)}) from error
    except OSError as error:
        raise Invalid("file_unwritable", {"path": str(path)}) from error
    _say(shared, {"path": str(path), "size": len(content), "sha256": found.file}, str(path))


# -- the journal and the lifecycle ---------------------------------------------------------------


def _journal_show(shared: Settings, case: str | None) -> None:
    _case_history(shared, case)


def _journal_verify(shared: Settings, checkpoint: str | None) -> None:
    """Exits with 7 when something does not hold."""
    from states.errors import Invalid
    from views import terminal
    from views.chronicle import verification_page
    from workflow import journal, queries, records

    office = shared.office()
    kept = records.read(Path(checkpoint)) if checkpoint else None
    if kept is not None and not journal.is_checkpoint(kept):
        raise Invalid("not_a_checkpoint", {"path": checkpoint})
    found = queries.verify(office, kept)
    _print(shared, found, queries.current_rules(office), partial(verification_page, found))
    if not checkpoint:
        terminal.tell(_("Without a checkpoint nobody can tell whether entries were cut off the end."))
    if found.findings:
        raise SystemExit(7)


def _journal_checkpoint(shared: Settings) -> None:
    from views import terminal
    from workflow import queries

    terminal.write_json(queries.checkpoint(shared.office()))


def _lifecycle_check(shared: Settings) -> None:
    from states.project import EDGES, Stage, check_lifecycle
    from workflow import settings

    check_lifecycle(EDGES)
    settings.load(shared.config_path())
    text = _("The lifecycle holds: {stages} stages, {edges} edges.").format(stages=len(Stage), edges=len(EDGES))
    _say(shared, {"stages": len(Stage), "edges": len(EDGES)}, text)


def _lifecycle_diagram(shared: Settings) -> None:
    _diagram(shared, None)


def _diagram(shared: Settings, stage: str | None) -> None:
    from states.machine import mermaid
    from views.labels import action_label, stage_label

    drawn = mermaid(stage_label, action_label) + (
        f"  class {stage} here\n  classDef here stroke-width:4px\n" if stage else ""
    )
    _say(shared, {"mermaid": drawn, "stage": stage}, drawn.rstrip())


def _lifecycle_table(shared: Settings) -> None:
    from states.project import EDGES
    from views.tables_of_law import lifecycle_page
    from workflow import settings

    rules = settings.load(shared.config_path())
    table = {"stages": rules.stages, "edges": list(EDGES), "limits": list(rules.limits)}
    _print(shared, table, rules, lifecycle_page)


def _lifecycle_actions(shared: Settings) -> None:
    from policies.authority import PERMISSIONS
    from views.tables_of_law import authority_page
    from workflow import settings

    rules = settings.load(shared.config_path())
    _print(shared, list(PERMISSIONS.values()), rules, authority_page)


def _lifecycle_rules(shared: Settings) -> None:
    from views.rules import rules_page
    from workflow import settings

    rules = settings.load(shared.config_path())
    _print(shared, rules, rules, rules_page)


# -- administration ------------------------------------------------------------------------------


def _init(shared: Settings, admin: str, organisation: str | None) -> None:
    from workflow import administration, clock

    url = shared.database_address()
    token = administration.initialise(url, shared.config_path(), admin, organisation, clock.now())
    if token is None:
        _say(shared, {"database": url, "token": None}, _("The database is up to date: {database}").format(database=url))
        return
    _note(
        _("Made the database {database} and the administrator account “{name}”. Its token, shown only now:").format(
            database=url, name=admin
        )
    )
    _say(shared, {"database": url, "account": admin, "token": token}, token)


def _doctor(shared: Settings) -> None:
    """Exits with 7 when the installation is not fit for use."""
    from views.chronicle import doctor_page
    from workflow import administration

    found = administration.doctor(shared.database_address(), shared.config_path())
    _print(shared, found, None, partial(doctor_page, found))
    if any(not finding.note for finding in found):
        raise SystemExit(7)


def _account_add(shared: Settings, name: str, organisation: str, level: str) -> None:
    from workflow import administration

    token = administration.add_account(shared.office(), shared.token, name, organisation, level)
    _note(_("Made the account “{name}”. Its token, shown only now:").format(name=name))
    _say(shared, {"account": name, "organisation": organisation, "level": level, "token": token}, token)


def _account_list(shared: Settings) -> None:
    from views.lists import accounts_page
    from workflow import queries

    office = shared.office()
    found = queries.account_lines(office)
    _print(shared, found, queries.current_rules(office), partial(accounts_page, found))


def _account_close(shared: Settings, name: str) -> None:
    from workflow import administration

    administration.close_account(shared.office(), shared.token, name)
    _say(shared, {"account": name, "closed": True}, _("Closed the account “{name}”.").format(name=name))


# -- rehearsal -----------------------------------------------------------------------------------


def _demo(shared: Settings) -> None:
    """Both samples, told; at the end one thread from planning to title."""
    from workflow import rehearsal

    _play(shared, list(rehearsal.shipped().values()), told=not shared.json, every=False, thread=not shared.json)


def _rehearse(shared: Settings, scripts: tuple[str, ...], story: bool) -> None:
    from states.errors import unknown
    from workflow import rehearsal

    known = rehearsal.shipped()
    for script in scripts:
        if script not in known and not Path(script).suffix:
            raise unknown("script", script, known)
    paths = [known.get(script, Path(script)) for script in scripts]
    _play(shared, paths, told=story and not shared.json, every=True, thread=False)


def _play(shared: Settings, paths: Sequence[Path], told: bool, every: bool, thread: bool) -> None:
    """Play scripts into a new database: the one named, or one that is thrown away."""
    import tempfile

    from workflow import rehearsal

    scripts = [rehearsal.load(path) for path in paths]
    with tempfile.TemporaryDirectory(prefix="peijian-") as folder:
        path = Path(shared.database or Path(folder) / "rehearsal.db")
        stage = rehearsal.Rehearsal(path, shared.config_path(), min(s.steps[0].at for s in scripts))
        for script in scripts:
            _play_one(shared, stage, script, told, every, thread)
    steps = sum(len(s.steps) for s in scripts)
    text = _("{steps} steps of {scripts} scripts went as expected.").format(steps=steps, scripts=len(scripts))
    _say(shared, {"scripts": len(scripts), "steps": steps, "database": shared.database}, text)


def _play_one(shared: Settings, stage: Rehearsal, script: Script, told: bool, every: bool, thread: bool) -> None:
    from views import story, terminal
    from views.names import Names
    from views.page import Gap
    from views.thread import thread_page
    from workflow import queries

    rules, case, before = queries.current_rules(stage.office), None, None
    if told:
        terminal.show(story.opening_page(script))
    with _progress(script, hidden=shared.json) as advance:
        for played in stage.play(script):
            advance(played.number)
            if told:
                names = Names(rules, played.step.at.date().isoformat())
                terminal.show(story.step_page(played, before, names, every))
            case = played.case
            before = case.stage if case else None
    if thread and case:
        terminal.show((Gap(), *thread_page(case, case.owed()[0].facility, Names(rules, _today()))))


@contextmanager
def _progress(script: Script, hidden: bool) -> Iterator[Callable[[int], None]]:
    """A counter on stderr, on a terminal only."""
    live = sys.stderr.isatty() and not hidden

    def advance(number: int) -> None:
        if live:
            sys.stderr.write(f"\r\x1b[K{number}/{len(script.steps)}")
            sys.stderr.flush()

    yield advance
    if live:
        sys.stderr.write("\r\x1b[K")


def _argument(name: str, **extra: Any) -> Callable[[], click.Parameter]:
    return lambda: click.Argument([name], metavar=_(name.upper()), **extra)


def _needs(*parameters: Callable[[], click.Parameter]) -> Callable[[], list[click.Parameter]]:
    return lambda: [make() for make in parameters]


_CASE = _argument("case")
_NAME = _argument("name")


def _number() -> click.Parameter:
    kind = click.types.IntParamType()
    kind.name = _("whole number")
    return click.Argument(["number"], metavar=_("NUMBER"), type=kind)


def _org() -> click.Parameter:
    return click.Option(["--org", "organisation"], metavar=_("TEXT"), required=True, help=_("organisation"))


_OWN: dict[str, tuple[Callable[..., None], Callable[[], list[click.Parameter]]]] = {
    "demo": (_demo, _needs()),
    "rehearse": (
        _rehearse,
        _needs(
            _argument("scripts", nargs=-1, required=True),
            lambda: click.Option(["--story"], is_flag=True, help=_("tell every step")),
        ),
    ),
    "init": (
        _init,
        _needs(
            lambda: click.Option(
                ["--admin"], metavar=_("TEXT"), default="admin", help=_("name of the first administrator")
            ),
            lambda: click.Option(
                ["--org", "organisation"], metavar=_("TEXT"), help=_("organisation of the administrator")
            ),
        ),
    ),
    "doctor": (_doctor, _needs()),
    "inbox": (_inbox, _needs()),
    "account add": (
        _account_add,
        _needs(
            _NAME,
            _org,
            lambda: click.Option(
                ["--level"], type=click.Choice(["clerk", "leader", "admin", "auditor"]), required=True, help=_("level")
            ),
        ),
    ),
    "account list": (_account_list, _needs()),
    "account close": (_account_close, _needs(_NAME)),
    "case list": (
        _case_list,
        _needs(
            lambda: click.Option(["--stage"], metavar=_("TEXT"), help=_("only cases in this stage")),
            lambda: click.Option(["--town"], metavar=_("TEXT"), help=_("only cases of this town")),
        ),
    ),
    "case show": (_case_show, _needs(_CASE)),
    "case why": (_case_why, _needs(_CASE)),
    "case thread": (_case_thread, _needs(_CASE, _argument("facility", required=False))),
    "case history": (_case_history, _needs(_CASE)),
    "case diagram": (_case_diagram, _needs(_CASE)),
    "document list": (_document_list, _needs(_CASE)),
    "document get": (
        _document_get,
        _needs(
            _CASE,
            _number,
            lambda: click.Option(["--output"], metavar=_("FILE"), help=_("where to write it")),
        ),
    ),
    "journal show": (_journal_show, _needs(_argument("case", required=False))),
    "journal verify": (
        _journal_verify,
        _needs(
            lambda: click.Option(["--checkpoint"], metavar=_("FILE"), help=_("a checkpoint that was kept elsewhere"))
        ),
    ),
    "journal checkpoint": (_journal_checkpoint, _needs()),
    "lifecycle check": (_lifecycle_check, _needs()),
    "lifecycle diagram": (_lifecycle_diagram, _needs()),
    "lifecycle table": (_lifecycle_table, _needs()),
    "lifecycle actions": (_lifecycle_actions, _needs()),
    "lifecycle rules": (_lifecycle_rules, _needs()),
}

# -- what goes out -------------------------------------------------------------------------------


def _say(shared: Settings, data: Mapping[str, Any], text: str) -> None:
    """One small fact: as JSON, or as a line."""
    from views import terminal

    if shared.json:
        terminal.write_json(data)
    else:
        click.echo("\n".join(terminal.clean(line) for line in text.split("\n")))


def _note(text: str) -> None:
    """A remark beside the data, on stderr."""
    from views import terminal

    terminal.tell(text)


def _print(shared: Settings, result: Any, rules: Rules | None, page: Callable[[Any], Page]) -> None:
    """A result: as one JSON document, or as a page."""
    from views import terminal
    from views.data import as_json
    from views.names import Names

    names = Names(rules, _today()) if rules else None
    if shared.json:
        terminal.write_json(as_json(result, names) if names else as_json(result))
    else:
        terminal.show(page(names))


def _today() -> str:
    from workflow import clock

    return clock.now().date().isoformat()


def _print_done(shared: Settings, office: Office, done: Done, left_aside: list[str]) -> None:
    """What was done and what comes next; what a record held beside the opening goes to stderr."""
    from states.errors import PeijianError
    from views.done import done_page
    from workflow import queries

    try:
        view, rules = queries.view(office, done.case)
        _print(shared, done, rules, partial(done_page, done, view=view))
    except PeijianError:
        # The action stands whatever keeps us from saying what comes next.
        _print(shared, done, None, partial(done_page, done))
    if left_aside:
        from views import terminal

        text = _("Left aside, to be entered as it happens: {sections}")
        terminal.tell(text.format(sections=", ".join(left_aside)))


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: sets the language, runs one command, turns every error into an exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        tolerate(stream)
    language.use(_wanted_language(given))
    try:
        try:
            _run(given)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _let_go(sys.stdout)
        sys.exit(_READER_GONE)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _let_go(sys.stdout)
        _note(_("The disk is full; nothing more can be written."))
        sys.exit(7)


def _run(given: list[str]) -> None:
    shared = Settings()
    try:
        _root().main(given, prog_name="peijian", obj=shared, standalone_mode=False)
    except (KeyboardInterrupt, click.Abort, EOFError):
        click.echo(_("Aborted!"), err=True)
        sys.exit(130)
    except click.ClickException as error:
        _fail_usage(error, "--json" in given)
    except BrokenPipeError:
        raise
    except SystemExit:
        # Click found the reader gone, put a dummy in the place of stdout and left with 1.
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            sys.exit(_READER_GONE)
        raise
    except Exception as error:
        _fail(error, shared, shared.json or "--json" in given)


def _let_go(stream: IO[str]) -> None:
    """Nothing more can be written there; the interpreter shall not try when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _root() -> click.Group:
    root = Tree("", help=_("Peijian keeps every community facility from planning review to title certificate."))
    root.params += [
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help=_("Show the version and exit."),
        )
    ]
    root.params += _shared_options()
    return root


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from importlib import metadata

        click.echo(f"peijian {metadata.version('peijian')}")
        context.exit()


def _wanted_language(given: Sequence[str]) -> str:
    """``--lang``, PEIJIAN_LANG, the configuration's ``language``, else Chinese."""
    from workflow import config_files

    for wanted in (_option_value(given, "--lang"), os.environ.get("PEIJIAN_LANG")):
        if wanted in language.LANGUAGES:
            return str(wanted)
    configured = config_files.peek(config_files.locate(_option_value(given, "--config"), os.environ), "language")
    return configured if configured in language.LANGUAGES else "zh"


def _option_value(given: Sequence[str], flag: str) -> str | None:
    for number, word in enumerate(given):
        if word == flag and number + 1 < len(given):
            return given[number + 1]
        if word.startswith(flag + "="):
            return word.partition("=")[2]
    return None


def _fail_usage(error: click.ClickException, as_json: bool) -> None:
    from views import terminal

    text = _quoted(error.format_message())
    if as_json:
        terminal.write_json({"error": "usage", "exit_code": error.exit_code, "text": text})
    elif isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
    else:
        if isinstance(error, click.UsageError) and error.ctx:
            click.echo(error.ctx.get_usage(), err=True)
        terminal.tell(_("Error: {message}").format(message=text))
    sys.exit(error.exit_code)


def _quoted(text: str) -> str:
    """Click quotes as Python does; Chinese has its own marks."""
    if language.current() != "zh":
        return text
    return re.sub(r"(?<=”), (?=“)", "、", re.sub(r"'([^']*)'", r"“\1”", text))


def _fail(error: Exception, shared: Settings, as_json: bool) -> None:
    """A known error is shown and exits with its code; an unknown one is a bug and shows its traceback."""
    from states.errors import PeijianError
    from views import data, terminal
    from views.wording import error_text

    if not isinstance(error, PeijianError):
        raise error
    names = _names_for_errors(shared)
    if as_json:
        terminal.write_json(data.error_json(error, names))
    else:
        terminal.tell(error_text(error, names))
    sys.exit(error.exit_code)


def _names_for_errors(shared: Settings) -> Namer:
    """Names from the configuration; the ids themselves where it cannot be read."""
    from states.errors import PeijianError
    from views.names import Names
    from views.wording import IDS
    from workflow import settings

    try:
        return Names(settings.load(shared.config_path()), _today())
    except PeijianError:
        return IDS


if __name__ == "__main__":
    main()
