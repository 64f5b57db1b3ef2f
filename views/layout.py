"""Fitting a page into a width: the only place that knows how wide the terminal is.

Everything is made harmless here before it is measured, so nothing foreign reaches a terminal raw and
nothing is wider than it was thought to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from views.folding import fold, visible, width_of
from views.page import Block, Command, Flow, Gap, Heading, Line, Page, Paragraph, Span, Table, Title, say, strong
from views.tables import blocks, grid, widths

#: Below this nothing can be laid out; a narrower terminal wraps by itself.
LEAST = 20


def lay_out(page: Page, width: int) -> list[Line]:
    """The page in lines of at most ``width`` cells."""
    width = max(width, LEAST)
    return [line for block in page for line in _block(_harmless(block), width)]


def _block(block: Block, width: int) -> Iterator[Line]:
    match block:
        case Title():
            yield from _title(block, width)
        case Heading():
            yield from fold(say(strong(block.text), "  " if block.note else "", block.note), width)
        case Paragraph():
            yield from _indented(fold(block.line, width - block.indent, block.hang), block.indent, block.hang)
        case Flow():
            yield from _flow(block, width)
        case Command():
            yield from _command(block, width)
        case Table():
            fitting = widths(block, width)
            yield from grid(block, fitting) if fitting else blocks(block, width)
        case Gap():
            yield ()


def _title(block: Title, width: int) -> Iterator[Line]:
    free = width - width_of(block.left) - width_of(block.right)
    if free < 2:
        yield from fold(block.left, width)
        if block.right:
            yield from fold(block.right, width)
        return
    yield say(block.left, " " * free if block.right else "", block.right)


def _indented(lines: Iterable[Line], indent: int, hang: int) -> Iterator[Line]:
    for number, line in enumerate(lines):
        yield say(" " * (indent + (hang if number else 0)), line) if line else ()


def _flow(block: Flow, width: int) -> Iterator[Line]:
    """Items side by side; the gap stays at the end of a broken line, without its last blank."""
    free, row = width - block.indent, say()
    for number, item in enumerate(block.items):
        more = say(item, block.gap.rstrip() if number + 1 < len(block.items) else "")
        between = block.gap[len(block.gap.rstrip()) :] if row else ""
        if row and width_of(row) + len(between) + width_of(more) > free:
            yield say(" " * block.indent, row)
            row, between = say(), ""
        folded = fold(say(row, between, more), free)
        for line in folded[:-1]:
            yield say(" " * block.indent, line)
        row = folded[-1]
    if row:
        yield say(" " * block.indent, row)


#: A word of a command line, or an option with its value; what is quoted stays together.
_WORD = re.compile(r"(?:--\S+ (?!--))?(?:'[^']*'|\S)+")


def _command(block: Command, width: int) -> Iterator[Line]:
    """Continued with a backslash, so that the lines can be pasted into a shell together."""
    words = [say(Span(word, "command")) for word in _WORD.findall(block.text.replace("\n", " "))]
    indent = block.indent if max(map(width_of, words), default=0) + block.indent + 4 <= width else 0
    rows: list[Line] = []
    for word in words:
        free = width - indent - (2 if indent and len(rows) > 1 else 0) - 2
        if rows and width_of(rows[-1]) + 1 + width_of(word) <= free:
            rows[-1] = say(rows[-1], Span(" ", "command"), word)
        else:
            rows += fold(word, width - 2)
    for number, row in enumerate(rows):
        more = Span(" \\", "command") if number + 1 < len(rows) else ""
        yield say(" " * (indent + (2 if indent and number else 0)), row, more)


def _harmless(block: Block) -> Block:
    match block:
        case Title():
            return Title(_clean(block.left), _clean(block.right))
        case Heading():
            return Heading(visible(block.text), _clean(block.note))
        case Paragraph():
            return Paragraph(_clean(block.line), block.indent, block.hang)
        case Flow():
            return Flow(tuple(_clean(item) for item in block.items), block.gap, block.indent)
        case Command():
            return Command(visible(block.text), block.indent)
        case Table():
            groups = tuple(tuple(tuple(_clean(c) for c in row) for row in group) for group in block.groups)
            return Table(block.columns, groups, block.indent, block.spaced)
    return block


def _clean(line: Line) -> Line:
    return tuple(Span(visible(span.text), span.style) for span in line)
