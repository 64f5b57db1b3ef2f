"""A page as HTML that stands alone: for a folder that is handed on, to be read in any browser and printed."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from views.folding import visible
from views.page import Block, Command, Flow, Gap, Heading, Line, Page, Paragraph, Span, Table, Title

#: The style of a span that names a file beside the page.
FILE = "file"
#: Of a longer name only the beginning is shown.
_LONGEST = 24

_CSS = """
body { font: 15px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin: 1.6em 0 .4em }
table { border-collapse: collapse; width: 100%; font-size: .92em }
th, td { border: 1px solid #bbb; padding: .25em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { background: #f2f2f2; white-space: nowrap } p { margin: .2em 0 } .quiet { color: #666 } .good { color: #176b2c }
.warn { color: #8a5a00 } .bad { color: #a31515 } .strong { font-weight: bold } .struck { text-decoration: line-through }
"""  # noqa: E501


def html(title: str, page: Page, language: str) -> str:
    """The whole document."""
    body = "\n".join(_block(block) for block in page)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{_text(title)}</title>\n'
        f"<style>{_CSS}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Title():
            return f"<h1>{_line(block.left)} {_line(block.right)}</h1>"
        case Heading():
            return f"<h2>{_text(block.text)} {_line(block.note)}</h2>"
        case Paragraph():
            return f"<p>{_line(block.line)}</p>"
        case Flow():
            return f"<p>{_text(block.gap).join(map(_line, block.items))}</p>"
        case Command():
            return f"<p><code>{_text(block.text)}</code></p>"
        case Table():
            return _table(block)
        case Gap():
            return ""


def _table(block: Table) -> str:
    head = _row("th", (_text(column.title) for column in block.columns))
    rows = (_row("td", (_line(cell) for cell in row)) for group in block.groups for row in group)
    return f"<table>\n<thead>{head}</thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def _row(kind: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in cells) + "</tr>"


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    if span.style == FILE:
        shown = span.text if len(span.text) <= _LONGEST else f"{span.text[: _LONGEST - 1]}…"
        return f'<a href="{quote(span.text)}">{_text(shown)}</a>'
    return f'<span class="{span.style}">{_text(span.text)}</span>' if span.style else _text(span.text)


def _text(text: str) -> str:
    return escape(visible(text)).replace("\n", "<br>")
