"""An Excel workbook that somebody sent: looked at before it is unpacked, then read row by row.

Every way in which such a file can be unusable is one Invalid with a reason; nothing is taken on trust.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Any, NamedTuple, NoReturn
from xml.parsers import expat
from zipfile import ZipFile

from states.errors import Invalid
from workflow.files import GivenFile, read_whole
from workflow.results import Progress

_MAX_BYTES = 50_000_000
#: What the parts of a workbook may add up to once unpacked, as they declare it; ``zipfile`` reads no further.
_MAX_UNPACKED = 200_000_000
#: How far a part may shrink; the text of a sheet shrinks to a tenth or twentieth. Small workbooks may do more.
_MAX_RATIO, _RATIO_FROM = 200, 10_000_000
#: The last row of a sheet in Excel.
LAST_ROW = 1_048_576
#: How old workbooks and locked ones begin; a locked one names its content in its folder, in UTF-16.
_OLE, _LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "EncryptedPackage".encode("utf-16-le")


class Cell(NamedTuple):
    """What a cell holds. ``type``: ``s`` text, ``n`` number, ``d`` day or time, ``b`` yes/no, ``f`` formula,
    ``e`` error."""

    value: Any
    type: str


@dataclass
class Sheet:
    """The filled cells of a sheet by row and column (both from 1), rows in their order; and its merged ranges."""

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)


@contextmanager
def opened(path: GivenFile) -> Iterator[Any]:
    """The workbook, for :func:`sheets`.

    Raises Invalid where the file cannot be read, is no workbook, is locked, damaged, or would unpack to too much.
    """
    content = _content(path)
    with warnings.catch_warnings():
        # What openpyxl cannot show again does not concern a reader.
        warnings.simplefilter("ignore")
        try:
            _inspect(path, content)
            from openpyxl import load_workbook

            # Formulas are wanted as formulas, to be refused; a linked workbook is never opened.
            book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        except Invalid:
            raise
        except Exception as error:
            # A damaged workbook fails in openpyxl in more ways than anybody has listed.
            raise _unusable(path, "damaged_workbook") from error
        yield book


def read_sheet(path: GivenFile, book: Any, name: str, progress: Progress) -> Sheet:
    """All filled cells of a sheet. Raises Invalid where the sheet is damaged."""
    from openpyxl.worksheet._reader import WorkSheetParser

    sheet, source = Sheet(name), book[name]
    try:
        # Not ``iter_rows``: it drops rows that are out of order and invents rows and cells up to the last one.
        with source._get_source() as part:
            parser = WorkSheetParser(
                part, source._shared_strings,
                epoch=book.epoch, date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
            )  # fmt: skip
            for number, cells in parser.parse():
                filled = {c["column"]: Cell(c["value"], c["data_type"]) for c in cells if _filled(c["value"])}
                progress("reading", number, 0)
                if filled:
                    sheet.rows.setdefault(min(number, LAST_ROW), {}).update(filled)
            sheet.merged = [m.ref for m in parser.merged_cells.mergeCell] if parser.merged_cells else []
    except Exception as error:
        raise _unusable(path, "damaged_workbook") from error
    return sheet


def _filled(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _content(path: GivenFile) -> bytes:
    content = read_whole(path, _MAX_BYTES)
    if not content:
        raise Invalid("empty_file", {"path": str(path)})
    return content


def _inspect(path: GivenFile, content: bytes) -> None:
    """What can be known before anything is unpacked, and that no part declares entities."""
    if content.startswith(_OLE):
        raise _unusable(path, "locked_workbook" if _LOCKED in content else "old_workbook")
    if not content.startswith(b"PK"):
        raise _unusable(path, "not_a_workbook")
    with ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
        total = sum(part.file_size for part in parts)
        if total > _MAX_UNPACKED or (total > _RATIO_FROM and total > _MAX_RATIO * len(content)):
            raise _unusable(path, "unpacks_too_far")
        names = {part.filename for part in parts}
        if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
            raise _unusable(path, "not_a_workbook")
        for part in parts:
            with archive.open(part) as opened_part:
                if part.filename.endswith((".xml", ".rels", ".vml")) and _declares(opened_part):
                    raise _unusable(path, "declares_entities")


class _Begun(Exception):
    """Carries the answer out of the parser."""


def _declares(part: IO[bytes]) -> bool:
    """Whether a part has a document type, in which entities are declared; no workbook needs one."""
    parser = expat.ParserCreate()

    def begun(answer: bool) -> NoReturn:
        raise _Begun(answer)

    parser.StartDoctypeDeclHandler = lambda *_: begun(True)
    parser.StartElementHandler = lambda *_: begun(False)
    try:
        while piece := part.read(4096):
            parser.Parse(piece)
    except _Begun as answer:
        return bool(answer.args[0])
    return False


def _unusable(path: GivenFile, reason: str) -> Invalid:
    return Invalid("workbook_unusable", {"path": str(path), "reason": reason})
