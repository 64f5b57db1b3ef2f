"""What a screen consists of, without knowing its width or its colours.

A page is a tuple of blocks, a line a tuple of spans. ``views/layout.py`` fits a page into a width,
``views/terminal.py`` prints it. Texts are whatever the records hold: they are made harmless in the layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A piece of text. ``style``: one of ``strong quiet good warn bad struck command``, or none."""

    text: str
    style: str = ""


Line = tuple[Span, ...]
Part = str | Span | Line


def say(*parts: Part) -> Line:
    """A line from texts, spans and lines; empty texts are dropped."""
    spans: list[Span] = []
    for part in parts:
        if isinstance(part, tuple):
            spans += part
        else:
            spans.append(Span(part) if isinstance(part, str) else part)
    return tuple(span for span in spans if span.text)


def joined(parts: Iterable[Part], gap: str) -> Line:
    """The parts that are not empty, with ``gap`` between them."""
    lines = [line for line in (say(part) for part in parts) if line]
    return say(*(piece for n, line in enumerate(lines) for piece in ((gap if n else ""), line)))


def strong(text: str) -> Span:
    return Span(text, "strong")


def quiet(text: str) -> Span:
    return Span(text, "quiet")


def good(text: str) -> Span:
    return Span(text, "good")


def warn(text: str) -> Span:
    return Span(text, "warn")


def bad(text: str) -> Span:
    return Span(text, "bad")


#: Marks of one column each, in every font and on every terminal that knows them.
DONE, WAITING, FAILED, NOTHING = "✓", "!", "✗", "-"


@dataclass(frozen=True)
class Title:
    """The head of a page: what it is about, and its number at the right."""

    left: Line
    right: Line = ()


@dataclass(frozen=True)
class Heading:
    """The head of a section, with something about it behind."""

    text: str
    note: Line = ()


@dataclass(frozen=True)
class Paragraph:
    """Running text; lines after the first are indented by ``hang`` more."""

    line: Line
    indent: int = 0
    hang: int = 0


@dataclass(frozen=True)
class Flow:
    """Items one after the other, never broken inside while they fit."""

    items: tuple[Line, ...]
    gap: str = "  "
    indent: int = 0


@dataclass(frozen=True)
class Command:
    """A command to type; broken so that it can still be pasted."""

    text: str
    indent: int = 2


@dataclass(frozen=True)
class Column:
    """A column. ``least``: the width below which it cannot shrink (None: it never shrinks).

    Where there is no room for the table each row becomes a block: ``head`` columns make its first line,
    the others follow as ``title: text``; with ``by_row`` they belong to one line of the row, not to all.
    """

    title: str
    least: int | None = None
    head: bool = False
    right: bool = False
    by_row: bool = False


Row = tuple[Line, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells; a group is what belongs together, one row or several."""

    columns: tuple[Column, ...]
    groups: tuple[tuple[Row, ...], ...]
    indent: int = 2
    #: whether an empty line stands between groups
    spaced: bool = False


@dataclass(frozen=True)
class Gap:
    """An empty line."""


Block = Title | Heading | Paragraph | Flow | Command | Table | Gap
Page = tuple[Block, ...]


def table(columns: Iterable[Column], rows: Iterable[Row], indent: int = 2, spaced: bool = False) -> Table:
    """A table in which every row stands for itself."""
    return Table(tuple(columns), tuple((row,) for row in rows), indent, spaced)


def section(heading: str, *blocks: Block, note: Line = ()) -> Page:
    """A heading with what belongs to it, or nothing where there is nothing."""
    filled = tuple(b for b in blocks if not isinstance(b, Table) or b.groups)
    return (Gap(), Heading(heading, note), *filled) if filled else ()
