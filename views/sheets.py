"""Tables as CSV for a spreadsheet: UTF-8 with the mark by which Excel knows it, and no cell that Excel would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from views.folding import visible

#: What makes a spreadsheet take a text for a formula; the full-width marks too, which a Chinese Excel accepts.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

Sheet = Iterable[Sequence[object]]


def csv_bytes(rows: Sheet) -> bytes:
    """The rows, the first being the heads of the columns."""
    out = io.StringIO()
    csv.writer(out).writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> object:
    """A number stays one; a text is made harmless for the spreadsheet and for a terminal."""
    if isinstance(value, int):
        return value
    text = "" if value is None else str(value)
    return visible("'" + text if text.startswith(_FORMULA) else text)
