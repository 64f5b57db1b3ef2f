"""The way out: pages, sentences and JSON, to a terminal, a pipe or a file.

Colours appear on a terminal only (and not under ``NO_COLOR``), the width is the terminal's, 80 elsewhere
(or ``COLUMNS``). Whatever a record holds, control, escape and bidirectional characters arrive as visible
escapes: a name cannot repaint the screen of the person who reads it.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from typing import IO, TYPE_CHECKING, Any

from views.folding import visible
from views.layout import lay_out
from views.page import Line, Page, Paragraph, Span, say
from views.streams import tolerate

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    "": "",
    "strong": "bold",
    "quiet": "dim",
    "good": "green",
    "warn": "yellow",
    "bad": "red",
    "struck": "dim strike",
    "command": "cyan",
}
_ELSEWHERE = 80


def console(file: IO[str] | None = None, width: int | None = None) -> Console:
    """A rich console that neither guesses nor decorates: no markup, no emoji, no highlighting."""
    from rich.console import Console

    out = file or sys.stdout
    tolerate(out)
    made = Console(
        file=out,
        width=width or _width(out),
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=True,
    )
    made.on_broken_pipe = _broken_pipe  # type: ignore[method-assign]
    return made


def _broken_pipe() -> None:
    """Rich would leave at once; the door knows what to do when the reader has gone."""
    raise BrokenPipeError


def _width(out: IO[str]) -> int | None:
    """None lets rich ask the terminal."""
    if out.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else _ELSEWHERE


def show(page: Page, file: IO[str] | None = None, width: int | None = None) -> None:
    """Print a page; nothing on a line exceeds the width."""
    out = console(file, width)
    for line in lay_out(page, out.width):
        out.print(_text(line))


def _text(line: Line) -> Any:
    from rich.text import Text

    return Text.assemble(*((span.text, _STYLES[span.style]) for span in line), no_wrap=True)


def plain(page: Page, width: int = _ELSEWHERE) -> str:
    """A page as text without colours, for files, mails and tests."""
    return "".join("".join(span.text for span in line) + "\n" for line in lay_out(page, width))


def tell(text: str, file: IO[str] | None = None, style: str = "") -> None:
    """A message, by default on stderr; its own line breaks and leading blanks are kept."""
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    page = tuple(
        Paragraph(say(Span(line.strip(), style)), indent, 2) for line, indent in zip(lines, indents, strict=True)
    )
    show(page, file or sys.stderr)


def write_json(value: Any, file: IO[str] | None = None) -> None:
    """One JSON document. Unsafe characters are escaped as JSON escapes them, so the value is unchanged."""
    out = file or sys.stdout
    tolerate(out)
    text = json.dumps(value, ensure_ascii=False, indent=2)
    out.write("".join(c if visible(c) == c else _escape(c) for c in text) + "\n")


def _escape(character: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16", "surrogatepass")[2:]).cast("H"))


def answers() -> bool:
    """Whether somebody sits there who can be asked: whatever comes in and goes out is a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def clean(text: str) -> str:
    """Text on one line, made harmless: for prompts and for what click prints."""
    return visible(unicodedata.normalize("NFC", text)).replace("\n", " ")
