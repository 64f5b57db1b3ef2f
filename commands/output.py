"""What goes out: every command ends in one JSON document, a page or a line, and remarks stay beside the data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from views.language import _

if TYPE_CHECKING:
    from commands.frame import Settings
    from states.rules import Rules
    from views.page import Page
    from views.sheets import Sheet


def say(shared: Settings, data: Mapping[str, Any], text: str) -> None:
    """One small fact: as JSON, or as a line."""
    from views import terminal

    if shared.json:
        terminal.write_json(data)
    else:
        click.echo("\n".join(terminal.clean(line) for line in text.split("\n")))


def note(text: str) -> None:
    """A remark beside the data, on stderr."""
    from views import terminal

    terminal.tell(text)


def present(shared: Settings, result: Any, rules: Rules | None, page: Callable[[Any], Page]) -> None:
    """A result: as one JSON document, or as a page."""
    from views import terminal
    from views.data import as_json
    from views.names import Names

    names = Names(rules, today()) if rules else None
    if shared.json:
        terminal.write_json(as_json(result, names) if names else as_json(result))
    else:
        terminal.show(page(names))


def export(shared: Settings, target: str, rows: Sheet, count: int) -> None:
    """A list as CSV: to a new file, or with ``-`` to stdout. Raises Invalid where the file cannot be made."""
    from views.sheets import csv_bytes

    deliver(shared, "--csv", target, csv_bytes(rows), count)


def deliver(shared: Settings, option: str, target: str, content: bytes, count: int) -> None:
    """A list as a file: to a new one, or with ``-`` to stdout. Raises Invalid where the file cannot be made."""
    if target == "-":
        if shared.json:
            raise click.UsageError(_("{option} - and --json both want stdout.").format(option=option))
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    write_new(Path(target), content)
    say(shared, {"path": target, "rows": count}, target)


def today() -> str:
    """The day whose names are shown."""
    from workflow import clock

    return clock.now().date().isoformat()


def write_new(path: Path, content: bytes) -> None:
    """Write a file that was not there before. Raises Invalid where there is one, or where it cannot be written."""
    from states.errors import Invalid

    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Invalid("file_exists", {"path": str(path)}) from error
    except OSError as error:
        raise Invalid("file_unwritable", {"path": str(path)}) from error
