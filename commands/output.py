"""What goes out: every command ends in one JSON document, a page, a line or a file; remarks stay beside the data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from views import terminal
from views.language import _

if TYPE_CHECKING:
    from commands.frame import Settings
    from service.shown import Sent, Shown
    from states.content import Content

_PIECE = 65_536
#: What comes packed and is laid down as a folder.
_FOLDER = "application/zip"


def show(shared: Settings, answer: Shown) -> None:
    """An answer. Raises SystemExit where it says more than that it was given."""
    for text in answer.notes:
        note(text)
    if shared.json:
        terminal.write_json(answer.data)
    elif answer.rows is not None:
        terminal.write(answer.rows)
    elif answer.text:
        click.echo("\n".join(terminal.clean(line) for line in answer.text.split("\n")))
    elif answer.page:
        terminal.show(answer.page)
    else:
        terminal.write_json(answer.data)
    if answer.exit_code:
        raise SystemExit(answer.exit_code)


def say(shared: Settings, data: Mapping[str, Any], text: str) -> None:
    """One small fact: as JSON, or as a line."""
    from service.shown import Shown

    show(shared, Shown(data, text=text))


def note(text: str) -> None:
    """A remark beside the data, on stderr."""
    terminal.tell(text)


def deliver(shared: Settings, option: str, target: str | None, file: Sent) -> None:
    """A file to its place, a new one, or under its own name; with ``-`` to stdout. Raises Invalid, UsageError."""
    if target == "-":
        _pour(shared, option, file)
        return
    place = target or Path(file.name).name
    if file.media_type == _FOLDER:
        _unpack(Path(place), file.content)
    else:
        _write_new(Path(place), file.content)
    say(shared, {"path": place, **file.facts}, place)


def not_stdout(named: str) -> click.UsageError:
    """What is said where ``-`` names no place."""
    return click.UsageError(_("{named}: this does not go to stdout; name a place for it.").format(named=named))


def _pour(shared: Settings, option: str, file: Sent) -> None:
    """A file to stdout, piece by piece. Raises UsageError, or Conflict where it was not whole."""
    from states.errors import Conflict

    with file.content.opened() as source:  # what is refused is closed as well
        _refuse_on_stdout(shared, option, file.media_type)
        sys.stdout.flush()
        if _copied(source, sys.stdout.buffer) != file.content.sha256:
            raise Conflict("changed_meanwhile")


def _refuse_on_stdout(shared: Settings, option: str, media_type: str) -> None:
    if shared.json:
        raise click.UsageError(_("{option} - and --json both want stdout.").format(option=option))
    if media_type == _FOLDER:
        raise not_stdout(f"{option} -")
    if sys.stdout.isatty() and not media_type.startswith("text/"):
        text = _("{option} -: this is no text for a terminal; name a file, or send it on with > or |.")
        raise click.UsageError(text.format(option=option))


def _write_new(path: Path, content: Content) -> None:
    """Write a file that was not there before: whole, or not at all."""
    from states.errors import Conflict, Invalid
    from workflow.files import unwritable

    try:
        with content.opened() as source, path.open("xb") as file:
            try:
                whole = _copied(source, file) == content.sha256
            except BaseException:
                path.unlink()
                raise
    except FileExistsError as error:
        raise Invalid("file_exists", {"path": str(path)}) from error
    except OSError as error:
        raise unwritable(path, error) from error
    if not whole:
        path.unlink()
        raise Conflict("changed_meanwhile")


def _copied(source: IO[bytes], file: IO[bytes]) -> str:
    """The SHA-256 of what was copied, piece by piece."""
    from hashlib import sha256

    found = sha256()
    while piece := source.read(_PIECE):
        found.update(piece)
        file.write(piece)
    return found.hexdigest()


def _unpack(folder: Path, content: Content) -> None:
    """The files of a dossier into a new folder, or an empty one: the whole folder, or nothing."""
    import os
    import shutil
    from tempfile import TemporaryFile
    from zipfile import ZipFile

    from states.errors import Conflict, Invalid
    from workflow.files import unwritable

    folder = folder.resolve()
    partial = folder.parent / f".{folder.name}.{os.getpid()}.part"
    with content.opened() as source:
        try:
            if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
                raise Invalid("folder_exists", {"path": str(folder)})
            partial.mkdir()
            with TemporaryFile(prefix="peijian-") as kept:
                if _copied(source, kept) != content.sha256:
                    raise Conflict("changed_meanwhile")
                with ZipFile(kept) as archive:
                    archive.extractall(partial)
            if folder.exists():
                folder.rmdir()
            partial.rename(folder)
        except OSError as error:
            raise unwritable(folder, error) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
