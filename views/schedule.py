"""全区调度表: every project under way on one Excel page, ready to be filtered and printed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, NamedStyle, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from states.errors import Obstacle
from views.folding import width_of
from views.labels import stage_label
from views.language import _, ngettext
from views.names import Names, in_language
from views.page import say
from views.wording import obstacle_text
from workflow.results import CaseLine

#: How many obstacles are written out, and how many characters of each.
_SHOWN, _LENGTH = 3, 80
#: Points to a line of text.
_LINE = 17
_FONT = "宋体"
_FORMULA = ("=", "+", "-", "@")
_EDGE = Side(style="thin", color="999999")
_FRAME = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)

Value = str | int | date


def schedule_file(lines: Sequence[CaseLine], names: Names) -> bytes:
    """The lines as an .xlsx file; ``names.day`` is the day they speak of."""
    rows = [_row(line, names) for line in lines]
    book = Workbook(write_only=True)
    page = book.create_sheet(_("schedule"))
    for style in _styles():
        book.add_named_style(style)
    _set_up(page, len(rows))
    columns = _columns()
    page.append([_cell(page, _title(names), "peijian title")])
    page.append([_cell(page, heading, "peijian heading") for heading, _width in columns])
    for number, row in enumerate(rows, 3):
        page.row_dimensions[number].height = _LINE * _lines(row, columns)
        page.append([_cell(page, value, "peijian day" if isinstance(value, date) else "peijian text") for value in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _title(names: Names) -> str:
    district = names.rules.district.name
    return _("{district}: schedule of community facilities, {day}").format(
        district=in_language(district), day=names.day
    )


def _columns() -> tuple[tuple[str, float], ...]:
    """Heading and width, in characters."""
    return (
        (_("case"), 16), (_("project"), 26), (_("town or sub-district"), 12), (_("stage"), 20), (_("since"), 12),
        (_("days"), 7), (_("waiting for"), 24), (_("in the way"), 64), (_("households"), 8), (_("facilities"), 8),
        (_("decisions on exceptions"), 8),
    )  # fmt: skip


def _row(line: CaseLine, names: Names) -> tuple[Value, ...]:
    since = date.fromisoformat(line.entered_on)
    stage = stage_label(line.stage)
    return (
        line.case,
        line.project,
        names.organisation(line.town),
        _("{stage} (suspended)").format(stage=stage) if line.suspended else stage,
        since,
        (date.fromisoformat(names.day) - since).days,
        names.organisations(line.waiting_for),
        "\n".join(_shortened(line.in_the_way, names)),
        line.households,
        line.facilities,
        line.exceptions,
    )


def _shortened(obstacles: Sequence[Obstacle], names: Names) -> Iterable[str]:
    for obstacle in obstacles[:_SHOWN]:
        text = obstacle_text(obstacle, names).replace("\n", " ")
        yield text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"
    if (more := len(obstacles) - _SHOWN) > 0:
        yield ngettext("and {n} more", "and {n} more", more).format(n=more)


def _lines(row: Sequence[Value], columns: Sequence[tuple[str, float]]) -> int:
    """How many lines the fullest cell of a row takes; not every program measures them when it opens the file."""
    return max(
        sum(1 + width_of(say(line)) // int(width) for line in str(value).split("\n"))
        for value, (_heading, width) in zip(row, columns, strict=True)
    )


def _styles() -> Iterable[NamedStyle]:
    top = Alignment(vertical="top", wrap_text=True)
    centre = Alignment(horizontal="center", vertical="center", wrap_text=True)
    yield NamedStyle("peijian title", font=Font(name=_FONT, bold=True, size=16), alignment=Alignment(horizontal="left"))
    yield NamedStyle("peijian heading", font=Font(name=_FONT, bold=True), alignment=centre, border=_FRAME)
    yield NamedStyle("peijian text", font=Font(name=_FONT), alignment=top, border=_FRAME)
    yield NamedStyle("peijian day", font=Font(name=_FONT), alignment=top, border=_FRAME, number_format="yyyy-mm-dd")


def _cell(page: Any, value: Value, style: str) -> WriteOnlyCell:
    """A cell; a text is never taken for a formula, also not when somebody edits it."""
    if not isinstance(value, str):
        cell = WriteOnlyCell(page, value)
        cell.style = style
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    cell = WriteOnlyCell(page, text)
    cell.style, cell.data_type = style, "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    return cell


def _set_up(page: Any, rows: int) -> None:
    """Frozen headings, a filter, widths; A4 landscape, as wide as one page."""
    columns = _columns()
    last = get_column_letter(len(columns))
    for number, (_heading, width) in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(number)].width = width
    page.freeze_panes = "C3"
    page.auto_filter.ref = f"A2:{last}{rows + 2}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:2"
    page.oddFooter.center.text = "&P / &N"
