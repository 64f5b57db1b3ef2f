"""The way out: pages, sentences and JSON, to a terminal, a pipe or a file.

Colours appear on a terminal only (and not under ``NO_COLOR``), the width is the terminal's, 80 elsewhere
(or ``COLUMNS``). Whatever a record holds, control, escape and bidirectional characters arrive as visible
escapes: a name cannot repaint the screen of the person who reads it.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
import unicodedata
from typing import IO, TYPE_CHECKING, Any

from views.folding import visible
from views.layout import lay_out
from views.page import Line, Page, Paragraph, Span, say

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
    _tolerant(out)
    return Console(
        file=out,
        width=width or _width(out),
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=True,
    )


def _width(out: IO[str]) -> int | None:
    """None lets rich ask the terminal."""
    if out.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else _ELSEWHERE


#: For encodings such as GBK, which lack our marks.
_PLAINER = {"✓": "√", "✗": "×", "²": "2", "“": '"', "”": '"', "→": "->"}


def _replaced(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_PLAINER.get(c, "?") for c in error.object[error.start : error.end]), error.end


def _tolerant(out: IO[str]) -> None:
    """A stream in another encoding shows a plainer character, or ``?``, instead of failing half way."""
    if hasattr(out, "reconfigure") and (getattr(out, "encoding", "") or "").lower().replace("-", "") != "utf8":
        codecs.register_error("plainer", _replaced)
        out.reconfigure(errors="plainer")


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
    _tolerant(out)
    text = json.dumps(value, ensure_ascii=False, indent=2)
    out.write("".join(c if visible(c) == c else _escape(c) for c in text) + "\n")


def _escape(character: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16", "surrogatepass")[2:]).cast("H"))


def clean(text: str) -> str:
    """Text on one line, made harmless: for prompts and for what click prints."""
    return visible(unicodedata.normalize("NFC", text)).replace("\n", " ")
