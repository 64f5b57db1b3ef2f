"""Help texts in columns that fit Chinese: click counts characters, a terminal counts cells."""

from __future__ import annotations

from collections.abc import Iterable

import click

from views.folding import fold, visible, width_of
from views.language import _
from views.page import say

_GAP = 2


class HelpFormatter(click.HelpFormatter):
    """Set as ``click.Context.formatter_class``."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The usage line; Chinese has no blank behind its colon."""
        super().write_usage(prog, args, _("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """A heading with the colon of its language."""
        self.write(f"{'':>{self.current_indent}}{heading}{_(': ').rstrip()}\n")

    def write_text(self, text: str) -> None:
        """Running text at the present indentation."""
        for line in self._folded(text, self.width - self.current_indent):
            self.write(f"{' ' * self.current_indent}{line}".rstrip() + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = _GAP) -> None:
        """Terms and what they mean; a long term has its line to itself."""
        rows = list(rows)
        widest = max((self._cells(term) for term, _meaning in rows), default=0)
        room = self.width - self.current_indent
        first = min(widest, col_max, room // 2) + col_spacing
        for term, meaning in rows:
            lines = self._folded(meaning, room - first) if meaning else []
            left = first - self._cells(term)
            if left < col_spacing and lines:
                self.write(f"{' ' * self.current_indent}{term}\n")
                head = " " * first
            else:
                head = term + " " * max(left, 0)
            self.write(f"{' ' * self.current_indent}{head}{lines[0] if lines else ''}".rstrip() + "\n")
            for line in lines[1:]:
                self.write(f"{' ' * (self.current_indent + first)}{line}\n")

    def _cells(self, text: str) -> int:
        return width_of(say(text))

    def _folded(self, text: str, width: int) -> list[str]:
        paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
        lines = [fold(say(visible(part)), width) for part in paragraphs]
        return ["".join(span.text for span in line) for found in lines for line in found]
