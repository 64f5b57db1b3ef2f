"""Breaking lines where Chinese and English may be broken, and making foreign text harmless.

rich breaks at blanks only, which leaves a Chinese sentence on a line of its own and lets a comma begin
the next. Widths are cells: a Chinese character takes two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from views.page import Line, Span

#: Categories that move the cursor, reorder what is read, hide in it, or are no characters at all.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})

_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)
_OPEN = "（【《〈「『〔“‘(\\["
_CLOSE = "，。、；：？！）】》〉」』〕”’,.;:?!)\\]"
#: What is never broken inside: a number with its unit or its measure word, one wide character, or a word;
#: with the brackets before and the punctuation behind it.
_CORE = rf"第?[0-9][0-9.]*(?: m²|[{_WIDE}])|[{_WIDE}]|[A-Z][a-z]+-(?=[A-Z])|[^\s{_WIDE}{_OPEN}]+"
_ATOM = re.compile(rf"\n|[{_OPEN}]*(?:{_CORE})?[{_CLOSE}]*[^\S\n]*")


def visible(text: str) -> str:
    """``text`` with everything that is not plainly readable as a visible escape; line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(c) if c != "\n" and unicodedata.category(c) in _UNSAFE else c for c in text)


def _shown(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width_of(line: Line) -> int:
    """Cells taken by a line."""
    from rich.cells import cell_len

    return sum(cell_len(span.text) for span in line)


def fold(line: Line, width: int, hang: int = 0) -> list[Line]:
    """``line`` in lines of at most ``width`` cells, after the first one ``hang`` less; at least one line."""
    if width_of(line) <= width and not any("\n" in span.text for span in line):
        return [_merged(_stripped(line))]
    lines: list[list[Span]] = [[]]
    free = width
    for atom in _atoms(line):
        if atom[0].text == "\n":
            lines.append([])
            free = width - hang
            continue
        needed = width_of(_stripped(atom))
        if needed > free and lines[-1]:
            lines.append([])
            free = width - hang
        for piece in _chopped(atom) if needed > free else (atom,):
            if width_of(_stripped(piece)) > free:
                lines.append([])
                free = width - hang
            lines[-1] += piece
            free -= width_of(piece)
    return [_merged(_stripped(tuple(found))) for found in lines]


def widest_word(line: Line) -> int:
    """The width of the widest piece that is not broken if there is room for it."""
    return max((width_of(_stripped(atom)) for atom in _atoms(line)), default=0)


def _atoms(line: Line) -> Iterator[Line]:
    """The unbreakable pieces of a line, each with the styles of its spans."""
    text = "".join(span.text for span in line)
    for match in _ATOM.finditer(text):
        if match.group():
            yield _cut(line, match.start(), match.end())


def _cut(line: Line, start: int, end: int) -> Line:
    found, at = [], 0
    for span in line:
        piece = span.text[max(start - at, 0) : max(end - at, 0)]
        if piece:
            found.append(Span(piece, span.style))
        at += len(span.text)
    return tuple(found)


def _chopped(atom: Line) -> Iterator[Line]:
    """An atom wider than any line, character by character."""
    for span in atom:
        for character in span.text:
            yield (Span(character, span.style),)


def _stripped(line: Line) -> Line:
    """Without blanks at the end."""
    spans = list(line)
    while spans and not spans[-1].text.rstrip():
        spans.pop()
    if spans:
        spans[-1] = Span(spans[-1].text.rstrip(), spans[-1].style)
    return tuple(spans)


def _merged(line: Line) -> Line:
    """Neighbouring spans of one style as one."""
    found: list[Span] = []
    for span in line:
        if found and found[-1].style == span.style:
            found[-1] = Span(found[-1].text + span.text, span.style)
        else:
            found.append(span)
    return tuple(found)
