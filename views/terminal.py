"""The way out: pages, sentences and JSON, to a terminal, a pipe or a file.

Colours appear on a terminal only (and not under ``NO_COLOR``), the width is the terminal's, 80 elsewhere
(or ``COLUMNS``). Whatever a record holds, control, escape and bidirectional characters arrive as visible
escapes: a name cannot repaint the screen of the person who reads it.

Read at every start of the command line: what lays out and cleans is imported where it is needed.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

from views.streams import tolerate

if TYPE_CHECKING:
    from views.page import Page

#: A line as it is printed, and as it goes over the network: its pieces, each with its style.
Row = Sequence[tuple[str, str]]

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "strong": {"bold": True},
    "quiet": {"dim": True},
    "good": {"fg": "green"},
    "warn": {"fg": "yellow"},
    "bad": {"fg": "red"},
    "struck": {"dim": True, "strikethrough": True},
    "command": {"fg": "cyan"},
}
_ELSEWHERE = 80


def width_of(out: IO[str]) -> int:
    """In cells."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    if not out.isatty():
        return _ELSEWHERE
    import shutil

    return shutil.get_terminal_size((_ELSEWHERE, 24)).columns


def show(page: Page, file: IO[str] | None = None, width: int | None = None) -> None:
    """Print a page; nothing on a line exceeds the width."""
    out = file or sys.stdout
    write(laid_out(page, width or width_of(out)), out)


def laid_out(page: Page, width: int) -> Iterator[Row]:
    """The lines of a page of at most ``width`` cells."""
    from views.layout import lay_out

    return ([(span.text, span.style) for span in line] for line in lay_out(page, width))


def write(lines: Iterable[Row], file: IO[str] | None = None) -> None:
    """Print lines as they are."""
    out = file or sys.stdout
    tolerate(out)
    coloured = out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    for line in lines:
        out.write("".join(_styled(text, style) if coloured else text for text, style in line) + "\n")


def _styled(text: str, style: str) -> str:
    return click.style(text, **_STYLES[style]) if style else text


def plain(page: Page, width: int = _ELSEWHERE) -> str:
    """A page as text without colours, for files, mails and tests."""
    return "".join("".join(text for text, _style in row) + "\n" for row in laid_out(page, width))


def tell(text: str, file: IO[str] | None = None, style: str = "") -> None:
    """A message, by default on stderr; its own line breaks and leading blanks are kept."""
    show(message(text, style), file or sys.stderr)


def message(text: str, style: str = "") -> Page:
    """A page of the lines of a text, each with its leading blanks."""
    from views.page import Paragraph, Span, say

    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    return tuple(
        Paragraph(say(Span(line.strip(), style)), indent, 2) for line, indent in zip(lines, indents, strict=True)
    )


def write_json(value: Any, file: IO[str] | None = None) -> None:
    """One JSON document. Unsafe characters are escaped as JSON escapes them, so the value is unchanged."""
    import json

    from views.folding import visible

    out = file or sys.stdout
    tolerate(out)
    text = json.dumps(value, ensure_ascii=False, indent=2)
    out.write("".join(c if visible(c) == c else _escape(c) for c in text) + "\n")


def _escape(character: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16", "surrogatepass")[2:]).cast("H"))


def interactive() -> bool:
    """Whether somebody sits there who can be asked: whatever comes in and goes out is a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def clean(text: str) -> str:
    """Text on one line, made harmless: for prompts and for what click prints."""
    from views.folding import visible

    return visible(unicodedata.normalize("NFC", text)).replace("\n", " ")
