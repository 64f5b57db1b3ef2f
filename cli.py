"""The door for people: the console script.

Chooses the language, runs the command that was typed and turns every error into an exit code. The commands
themselves stand in ``commands``; nothing heavy is imported before one of them runs.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

from commands.frame import Settings, Tree, shared_options
from views import language
from views.language import _
from views.streams import tolerate

if TYPE_CHECKING:
    from states.errors import PeijianError
    from views.wording import Namer

#: What a shell reports for a program whose reader went away (128 + SIGPIPE).
_READER_GONE = 141


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
        from commands.output import note

        note(_("The disk is full; nothing more can be written."))
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
    root.params += shared_options()
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
    from views import terminal

    if not isinstance(error, PeijianError):
        raise error
    told = error.told or _told(error, shared)
    if as_json:
        terminal.write_json(told)
    else:
        terminal.tell(told["text"])
    sys.exit(error.exit_code)


def _told(error: PeijianError, shared: Settings) -> Mapping[str, Any]:
    from views.data import error_json

    return error_json(error, _names_for_errors(shared))


def _names_for_errors(shared: Settings) -> Namer:
    """Names from the configuration; the ids themselves where it cannot be read."""
    from states.errors import PeijianError
    from views.names import Names
    from views.wording import IDS
    from workflow import clock, settings

    try:
        return Names(settings.load(shared.config_path()), clock.today())
    except PeijianError:
        return IDS


if __name__ == "__main__":
    main()
