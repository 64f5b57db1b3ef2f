"""Makes the Word templates: ``python -m views.papers.make_templates``; a test compares them with the shipped ones.

GB/T 9704-2012: A4, margins 37 mm above and 28 mm left, a text area of 156 x 225 mm holding 22 lines of 28
characters; title in 2号 小标宋, text in 3号 仿宋, first headings in 3号 黑体. Tables are smaller (五号), as the
standard leaves them. Every font is named for East Asian text too, or Word would choose one of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

FOLDER = Path(__file__).parent / "templates"

TITLE, TEXT, HEADING, LATIN = "方正小标宋简体", "仿宋", "黑体", "Times New Roman"
#: 2号, 3号, 四号, 五号, 小五, in points.
SIZE_2, SIZE_3, SIZE_4, SIZE_5, SMALL_5 = 22, 16, 14, 10.5, 9
#: 22 lines on 225 mm.
LINE = 28.95
CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT

#: A column: its heading, its width in mm, what stands in its cells.
Column = tuple[str, float, str]

_NUMBER: Column = ("序号", 10, "{{ row.number }}")
_JUDGED: tuple[Column, ...] = (
    _NUMBER, ("设施", 28, "{{ row.name }}"), ("审批要求", 48, "{{ row.requirement }}"),
    ("{{ paper.evidence }}", 40, "{{ row.evidence }}"),
    ("建设到位", 15, "{{ row.built_in_place }}"), ("符合审批标准", 15, "{{ row.meets_standard }}"),
)  # fmt: skip
_COMPARED: tuple[Column, ...] = (
    _NUMBER, ("设施", 32, "{{ row.name }}"), ("要求", 60, "{{ row.requirement }}"),
    ("{{ paper.evidence }}", 54, "{{ row.evidence }}"),
)  # fmt: skip
_REQUIRED: tuple[Column, ...] = (_NUMBER, ("设施", 40, "{{ row.name }}"), ("要求", 106, "{{ row.requirement }}"))
_ANSWERS: tuple[Column, ...] = (
    _NUMBER, ("部门", 27, "{{ row.department }}"), ("意见", 69, "{{ row.opinion }}"),
    ("签署人和日期", 26, "{{ row.signed }}"), ("盖章", 24, ""),
)  # fmt: skip
_CONDITIONS: tuple[Column, ...] = (
    ("条件", 72, "{{ row.text }}"), ("责任单位", 36, "{{ row.responsible }}"),
    ("完成期限", 22, "{{ row.due_on }}"), ("落实环节", 26, "{{ row.due_stage }}"),
)  # fmt: skip


def blank() -> Any:
    """An empty A4 paper with the margins, the fonts and the page number of the standard."""
    paper = Document()
    page = paper.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.left_margin = Mm(37), Mm(28)
    page.bottom_margin, page.right_margin = Mm(297 - 37 - 225), Mm(210 - 28 - 156)
    page.footer_distance = Mm(35 - 7 - 6)
    style = paper.styles["Normal"]
    _font(style, TEXT, SIZE_3)
    _spacing(style.paragraph_format)
    _page_number(page.footer.paragraphs[0])
    paper.core_properties.author = paper.core_properties.comments = ""
    return paper


def _font(holder: Any, name: str, size: float, bold: bool = False) -> None:
    holder.font.name, holder.font.size, holder.font.bold = LATIN, Pt(size), bold
    properties = holder.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), name)
    # Quotation marks and boxes are of either script; here they are Chinese.
    fonts.set(qn("w:hint"), "eastAsia")
    language = OxmlElement("w:lang")
    language.set(qn("w:eastAsia"), "zh-CN")
    properties.append(language)


def _spacing(shape: Any, line: float = LINE) -> None:
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)


def _page_number(paragraph: Any) -> None:
    """``— 1 —`` in 四号, the number as a field."""
    paragraph.alignment = CENTRE
    _font(paragraph.add_run("— "), "宋体", SIZE_4)
    run = paragraph.add_run()
    _font(run, "宋体", SIZE_4)
    for kind in ("begin", "PAGE", "end"):
        mark = OxmlElement("w:instrText" if kind == "PAGE" else "w:fldChar")
        if kind == "PAGE":
            mark.text = kind
        else:
            mark.set(qn("w:fldCharType"), kind)
        run._r.append(mark)
    _font(paragraph.add_run(" —"), "宋体", SIZE_4)


def write(
    paper: Any, text: str = "", font: str = TEXT, size: float = SIZE_3, at: Any = None, indent: bool = True
) -> Any:
    """A paragraph; running text is indented by two characters."""
    paragraph = paper.add_paragraph()
    paragraph.alignment = at
    if indent and at is None:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    _font(paragraph.add_run(text), font, size)
    return paragraph


def title(paper: Any, text: str) -> None:
    """In 2号 小标宋, with a line free below."""
    _spacing(write(paper, text, TITLE, SIZE_2, CENTRE).paragraph_format, 35)
    write(paper)


def heading(paper: Any, text: str, size: float = SIZE_3, indent: bool = True) -> None:
    write(paper, text, HEADING, size, indent=indent).paragraph_format.keep_with_next = True


def tag(paper: Any, text: str) -> None:
    """A paragraph that only steers the template and vanishes with it."""
    write(paper, f"{{%p {text} %}}", indent=False)


def listing(paper: Any, columns: tuple[Column, ...], rows: str, least: float | None = None) -> None:
    """A table with a heading that is repeated on every page, and a row for each of ``rows``; ``least`` mm high."""
    grid = _grid(paper, [width for _, width, _ in columns])
    _fill(grid.add_row(), [name for name, _, _ in columns], HEADING, CENTRE)
    head = OxmlElement("w:tblHeader")
    grid.rows[0]._tr.get_or_add_trPr().append(head)
    _fill(grid.add_row(), [f"{{%tr for row in {rows} %}}"] + [""] * (len(columns) - 1))
    _fill(grid.add_row(), [cell for _, _, cell in columns])
    if least:
        grid.rows[-1].height = Mm(least)
    _fill(grid.add_row(), ["{%tr endfor %}"] + [""] * (len(columns) - 1))


def pairs(paper: Any, rows: list[tuple[str, str, float]]) -> None:
    """A table of names and values that stays on one page; each row at least so many mm high."""
    grid = _grid(paper, [34, 122])
    for name, value, least in rows:
        row = grid.add_row()
        _fill(row, [name, value])
        row.height = Mm(least)
        row.cells[0].paragraphs[0].paragraph_format.keep_with_next = name != rows[-1][0]


def facts(paper: Any) -> None:
    """The project's data, as far as they are known."""
    grid = _grid(paper, [34, 122])
    for cells in (["{%tr for name, value in facts %}", ""], ["{{ name }}", "{{ value }}"], ["{%tr endfor %}", ""]):
        _fill(grid.add_row(), cells)


def _grid(paper: Any, widths: list[float]) -> Any:
    grid = paper.add_table(rows=0, cols=len(widths))
    grid.style, grid.alignment, grid.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(Mm(1).twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    grid._tbl.tblPr.append(margins)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    return grid


def _fill(row: Any, cells: list[str], font: str = TEXT, at: Any = None) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, text in zip(row.cells, cells, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = at
        _spacing(paragraph.paragraph_format, 16)
        _font(paragraph.add_run(text), font, SIZE_5)


def facilities(paper: Any, judged: bool) -> None:
    """The facility table in the form that the stage needs; where there is no facility, a line that says so."""
    tag(paper, "if not paper.facilities")
    write(paper, f"本项目当前未列入由{'填报部门' if judged else '贵单位'}负责的配套设施。")
    if judged:
        tag(paper, "elif paper.judged")
        listing(paper, _JUDGED, "paper.facilities")
    tag(paper, "elif paper.evidence")
    listing(paper, _COMPARED, "paper.facilities")
    tag(paper, "else")
    listing(paper, _REQUIRED, "paper.facilities")
    tag(paper, "endif")


def source(paper: Any) -> None:
    """From which state of the records the paper was made."""
    write(paper, "（{{ source }}）", size=SMALL_5, indent=False)


def letter() -> Any:
    """征求意见函: a letter to every department asked, each on pages of its own."""
    paper = blank()
    tag(paper, "for paper in papers")
    write(paper, "{{ number }}", at=RIGHT).paragraph_format.page_break_before = True
    write(paper)
    title(paper, "关于征求{{ project }}\n{{ matter }}意见的函")
    write(paper, "{{ paper.department }}：", indent=False)
    write(paper, "{{ introduction }}现就有关事项征求贵单位意见。")
    heading(paper, "一、配套设施及要求")
    facilities(paper, judged=False)
    heading(paper, "二、请贵单位办理的事项")
    write(paper, "{{ paper.request }}")
    write(
        paper,
        "意见分为同意、原则同意（附意见）、不同意、不涉及四种。原则同意（附意见）的，请写明条件、责任单位和完成期限；"
        "不同意的，请写明理由、依据和修改要求。",
    )
    heading(paper, "三、反馈要求")
    # No seal stands on a page without text (GB/T 9704, 7.3.5).
    closing = [
        write(paper, "{{ limit }}请填写部门意见表，经负责人签字并加盖公章。"),
        write(paper),
        write(paper, "附件：部门意见表"),
        write(paper),
        write(paper, "{{ sender }}（盖章）", at=RIGHT),
        write(paper, "　　　　年　　月　　日", at=RIGHT),
        write(paper, "（联系人：　　　　　　联系电话：　　　　　　　　）"),
    ]
    for paragraph in closing:
        paragraph.paragraph_format.keep_with_next = True
    source(paper)
    tag(paper, "endfor")
    return paper


def sheet() -> Any:
    """会签表: the whole project, every department that is asked."""
    paper = blank()
    write(paper, "{{ number }}", at=RIGHT)
    title(paper, "{{ project }}\n{{ matter }}部门意见会签表")
    facts(paper)
    write(paper)
    listing(paper, _ANSWERS, "answers", least=18)
    write(paper)
    pairs(paper, [("牵头部门\n{{ sender }}", "\n\n　　　　　　　　　　（盖章）　　　　年　　月　　日", 24)])
    source(paper)
    return paper


def form() -> Any:
    """部门意见表: one department's answer, blank or as it signed."""
    paper = blank()
    tag(paper, "for paper in papers")
    write(paper, "{{ number }}", at=RIGHT).paragraph_format.page_break_before = True
    title(paper, "{{ project }}\n{{ matter }}部门意见表")
    facts(paper)
    heading(paper, "填报部门：{{ paper.department }}", size=SIZE_4, indent=False)
    facilities(paper, judged=True)
    tag(paper, "if paper.remark")
    write(paper, "{{ paper.remark }}", size=SIZE_4)
    tag(paper, "endif")
    heading(paper, "部门意见", size=SIZE_4, indent=False)
    pairs(
        paper,
        [
            ("意见", "{{ paper.verdict }}", 9), ("意见内容", "{{ paper.text }}", 14),
            ("理由", "{{ paper.reason }}", 14),
            ("依据", "{{ paper.basis }}", 14), ("修改要求", "{{ paper.requested_change }}", 14),
        ],
    )  # fmt: skip
    heading(paper, "原则同意所附条件", size=SIZE_4, indent=False)
    listing(paper, _CONDITIONS, "paper.conditions", least=10)
    write(paper)
    pairs(
        paper,
        [
            ("签署人", "{{ paper.signer }}", 10), ("签署日期", "{{ paper.day }}", 10),
            ("负责人签字并盖章", "\n\n　　　　　　　　　　（盖章）　　　　年　　月　　日", 24),
        ],
    )  # fmt: skip
    source(paper)
    tag(paper, "endfor")
    return paper


TEMPLATES = {"letter": letter, "sheet": sheet, "form": form}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in TEMPLATES.items():
        make().save(str(FOLDER / f"{name}.docx"))
