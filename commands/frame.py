"""What every command shares: settings, options, and a tree that imports a command's module only to build it.

Read at every start, so that nothing heavy may stand at its top.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.catalogue import COMMANDS, GROUPS
from views import language, terminal
from views.language import _

if TYPE_CHECKING:
    from service.shown import Shown
    from workflow.office import Office

#: What a module holds as ``OWN``: by path, the function to call and the maker of its parameters.
Own = dict[str, tuple[Callable[..., None], Callable[[], list[click.Parameter]]]]


class Settings:
    """What every command shares: which configuration, which database or server, and whether to print JSON."""

    def __init__(self) -> None:
        self.config: str | None = None
        self.database: str | None = None
        self.server: str | None = None
        #: one that is tried out; empty where nothing was typed
        self.typed_token: str | None = None
        #: told how far a long request is
        self.progress: Callable[[str, int, int], None] = lambda doing, done, of: None
        self.json = False

    def config_path(self) -> Path:
        from workflow import config_files

        return config_files.locate(self.config, os.environ)

    def database_address(self) -> str:
        """Raises UsageError where a server is meant."""
        from workflow import config_files

        if server := self.server_address():
            text = _("This is done where the database lies, and not over {server}; name a database with --database.")
            raise click.UsageError(text.format(server=server))

        named = self.database or os.environ.get("PEIJIAN_DATABASE") or config_files.peek(self.config_path(), "database")
        return named or str(config_files.data_folder(os.environ) / "peijian.db")

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

    def ask(self, path: str, fields: Mapping[str, Any], dry_run: bool = False) -> Shown:
        """Answer a request: a server does where one is named, else this machine. Raises PeijianError."""
        if server := self.server_address():
            from commands.remote import Server

            return Server(server, self.token).ask(path, fields, dry_run)
        from service.base import Caller
        from service.door import ask

        caller = Caller(self.config_path(), self.office, self.token, terminal.interactive(), self.progress)
        return ask(caller, path, fields, dry_run)

    def server_address(self) -> str | None:
        """The server that is named, by the one way to write its address. Raises UsageError."""
        scheme, mark, rest = (self._server() or "").partition("://")
        host, slash, path = rest.partition("/")
        return scheme.lower() + mark + host.lower() + (slash + path).rstrip("/") or None

    def _server(self) -> str | None:
        """What is named in the command counts first, then in the environment, then in the configuration.

        Raises UsageError where the command names both a server and a database.
        """
        from workflow import config_files

        if self.server and self.database:
            raise click.UsageError(_("--server and --database do not go together: say where the records lie."))
        if self.server or self.database:
            return self.server
        named = os.environ.get("PEIJIAN_SERVER")
        if named or os.environ.get("PEIJIAN_DATABASE"):
            return named
        return config_files.peek(self.config_path(), "server")

    def place(self) -> str:
        """What a token is kept for: a server, or a database, without its password."""
        if server := self.server_address():
            return server
        from workflow.database import shown

        return shown(self.database_address())

    @property
    def token(self) -> str | None:
        """That of the environment, or the one that ``peijian login`` kept for this server or database."""
        from commands import tokens

        if self.typed_token is not None:
            return self.typed_token
        named = None if self._server_lies_about() else os.environ.get("PEIJIAN_TOKEN")
        return named or tokens.kept(self.place())

    def _server_lies_about(self) -> bool:
        """Whether the server is named by nobody but a configuration in the present folder.

        Anybody may have put that there: it is not sent a token that was not kept for it.
        """
        named = self.server or self.config or os.environ.get("PEIJIAN_SERVER") or os.environ.get("PEIJIAN_CONFIG")
        return not named and bool(self.server_address())


def _share(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        setattr(context.ensure_object(Settings), str(parameter.name), value)


def _speak(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        language.use(value)


def shared_options() -> list[click.Parameter]:
    """What may be said with every command."""
    share: dict[str, Any] = {"expose_value": False, "callback": _share}
    return [
        click.Option(["--json"], is_flag=True, help=_("print one JSON document"), **share),
        click.Option(
            ["--lang"], type=click.Choice(["zh", "en"]), is_eager=True, expose_value=False, callback=_speak,
            help=_("language"),
        ),
        click.Option(["--config"], metavar=_("FILE"), help=_("configuration file"), **share),
        click.Option(["--database"], metavar=_("FILE"), help=_("database file or address"), **share),
        click.Option(["--server"], metavar=_("SERVER"), help=_("address of the server to ask instead"), **share),
    ]  # fmt: skip


class Context(click.Context):
    """Help in columns that fit Chinese."""

    def make_formatter(self) -> click.HelpFormatter:
        from views.help import HelpFormatter

        return HelpFormatter(width=self.terminal_width, max_width=self.max_content_width)


class Command(click.Command):
    context_class = Context


class Tree(click.Group):
    """A group whose commands are listed from the catalogue and built only when they are used."""

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
            return _built(path)
        if path not in GROUPS or self.path:
            return None
        return Tree(f"{path} ", help=_(GROUPS[path]), params=shared_options())

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each, without building a single command."""
        rows = [(name, self._line(name)) for name in self.list_commands(ctx)]
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)

    def _line(self, name: str) -> str:
        entry = COMMANDS.get(self.path + name)
        return _(entry.help if entry else GROUPS[name])


def _built(path: str) -> click.Command:
    """The command, from the module that holds it."""
    entry = COMMANDS[path]
    own: Own = import_module(f"commands.{entry.module}").OWN
    run, parameters = own[path]
    return Command(
        path.rpartition(" ")[2],
        params=[*parameters(), *shared_options()],
        callback=click.pass_obj(run),
        help=_(entry.help),
        options_metavar=_("[OPTIONS]"),
    )


def argument(name: str, **extra: Any) -> Callable[[], click.Parameter]:
    """The maker of an argument; the language is known only when it is made. What may be left out is in brackets."""
    form = "{name}" if extra.get("required", True) else "[{name}]"
    return lambda: click.Argument([name], metavar=form.format(name=_(name.upper())), **extra)


def needs(*parameters: Callable[[], click.Parameter]) -> Callable[[], list[click.Parameter]]:
    """The maker of all parameters of a command."""
    return lambda: [make() for make in parameters]
