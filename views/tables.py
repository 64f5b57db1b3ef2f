"""Tables: as columns where there is room, as blocks of ``title: text`` where there is not.

No rules and no frames: their widths differ between Chinese and Western terminals, and a calm table needs
none. A column shrinks only as far as it stays readable.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from views.folding import fold, widest_word, width_of
from views.language import _
from views.page import Column, Line, Row, Table, joined, quiet, say

_GAP = 2
#: A width at which nothing is broken but at its own line breaks.
_ENDLESS = 1_000_000
#: Words beyond this width may be broken.
_LONG_WORD = 24


def widths(table: Table, width: int) -> list[int] | None:
    """The width of every column, 0 for an empty one; None where the table would be unreadable."""
    natural = [_natural(table, n) for n in range(len(table.columns))]
    shown = [n for n, wide in enumerate(natural) if wide]
    free = width - table.indent - _GAP * (len(shown) - 1)
    if sum(natural) <= free:
        return natural
    least = [_least(table, n, wide) for n, wide in enumerate(natural)]
    if sum(least) > free:
        return None
    return _shared(natural, least, free)


def _least(table: Table, column: int, natural: int) -> int:
    """What a column cannot do without: what it asks for, and no word broken (unless it is monstrous)."""
    asked = table.columns[column].least
    if asked is None or not natural:
        return natural
    cells = [say(table.columns[column].title), *(row[column] for group in table.groups for row in group)]
    return min(natural, max(asked, min(_LONG_WORD, max(map(widest_word, cells)))))


def _natural(table: Table, column: int) -> int:
    """The width a column would like; 0 when no row has anything in it."""
    cells = [row[column] for group in table.groups for row in group]
    if not any(cells):
        return 0
    lines = [line for cell in cells for line in fold(cell, _ENDLESS)]
    return max(width_of(say(table.columns[column].title)), *(width_of(line) for line in lines))


def _shared(natural: list[int], least: list[int], free: int) -> list[int]:
    """Every column its least, and what is left to those that want more, the neediest last."""
    found, left = list(least), free - sum(least)
    wanting = sorted((n for n in range(len(natural)) if natural[n] > least[n]), key=lambda n: natural[n] - least[n])
    for place, column in enumerate(wanting):
        extra = min(natural[column] - least[column], left // (len(wanting) - place))
        found[column] += extra
        left -= extra
    return found


def grid(table: Table, fitting: list[int]) -> Iterator[Line]:
    """The table as columns, its titles above."""
    shown = [n for n, wide in enumerate(fitting) if wide]
    if any(table.columns[n].title for n in shown):
        yield from _row(tuple(say(quiet(c.title)) for c in table.columns), table, fitting, shown)
    for number, group in enumerate(table.groups):
        if table.spaced and number:
            yield ()
        for row in group:
            yield from _row(row, table, fitting, shown)


def _row(row: Row, table: Table, fitting: list[int], shown: list[int]) -> Iterator[Line]:
    cells = [fold(row[n], fitting[n]) for n in shown]
    for pieces in zip_longest(*cells, fillvalue=()):
        padded = [_padded(line, fitting[n], table.columns[n]) for n, line in zip(shown, pieces, strict=True)]
        yield _trimmed(say(" " * table.indent, joined_cells(padded)))


def joined_cells(cells: list[Line]) -> Line:
    """Cells side by side."""
    return say(*(piece for n, cell in enumerate(cells) for piece in (" " * _GAP if n else "", cell)))


def _padded(line: Line, width: int, column: Column) -> Line:
    blanks = " " * (width - width_of(line))
    return say(blanks, line) if column.right else say(line, blanks)


def _trimmed(line: Line) -> Line:
    """Without the blanks that pad the last cells."""
    spans = list(line)
    while spans and not spans[-1].text.strip() and not spans[-1].style:
        spans.pop()
    return tuple(spans)


def blocks(table: Table, width: int) -> Iterator[Line]:
    """Each group as a block: its head, what belongs to all of it, then row by row."""
    for number, group in enumerate(table.groups):
        if number:
            yield ()
        yield from _indented(_head(table, group), 0, table.indent, width)
        for n, column in enumerate(table.columns):
            if not column.head and not column.by_row:
                cells = [row[n] for row in group if row[n]]
                for place, cell in enumerate(cells):
                    yield from _named(column, cell, table.indent + 2, width, place == 0)
        yield from _by_row(table, group, width)


def _head(table: Table, group: tuple[Row, ...]) -> Line:
    heads = [n for n, c in enumerate(table.columns) if c.head]
    return joined((joined((row[n] for n in heads), " ") for row in group), _(" · "))


def _by_row(table: Table, group: tuple[Row, ...], width: int) -> Iterator[Line]:
    """The first such column leads each row, the others stand under it."""
    inner = [n for n, c in enumerate(table.columns) if c.by_row]
    for row in group if inner else ():
        if row[inner[0]]:
            yield from _indented(row[inner[0]], 0, table.indent + 2, width)
        for n in inner[1:]:
            if row[n]:
                yield from _named(table.columns[n], row[n], table.indent + 4, width)


def _named(column: Column, cell: Line, indent: int, width: int, first: bool = True) -> Iterator[Line]:
    """``title: text``; of several cells only the first bears the title."""
    name = say(quiet(column.title + _(": "))) if column.title and first else ()
    yield from _indented(say(name, cell), 2 if first else 0, indent if first else indent + 2, width)


def _indented(line: Line, hang: int, indent: int, width: int) -> Iterator[Line]:
    for number, piece in enumerate(fold(line, width - indent, hang)):
        yield say(" " * (indent + (hang if number else 0)), piece)
