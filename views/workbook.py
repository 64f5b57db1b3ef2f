"""The workbook for running projects: what can be chosen in it, and the empty template, in the current language."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, get_args

from policies.authority import PERMISSIONS
from states.actions.cases import ImportCase
from states.facts import CATEGORY_CHOICES, Ownership
from states.rules import Rules
from views.fields import column_label
from views.language import N_, _, current, speaking
from views.naming import Meanings, labelled
from workflow.cells import DAYS, NUMBERS, Choice, FieldOptions, Options
from workflow.spreadsheet import FIELD_ROW, FIRST_ROW, REQUIRED, SHEETS, letter
from workflow.workbooks import LAST_ROW

_GUIDE = "填写说明"
_WIDTHS = {"project": 28, "developer": 28, "location": 28, "design": 28, "handover": 28, "regulatory_plan": 28}
_HOW = (
    N_("One row for each project in the first sheet; its facilities and category decisions in the two others."),
    N_("The case number joins the sheets. Headings with * must be filled. Leave the hidden second row as it is."),
    N_("Parcel codes and credit codes are text: a number cell loses digits. Formulas and merged cells are refused."),
    N_("The day of entry is the day on which the project came into its present stage."),
    N_("Households and planned population may stand in one cell, as 1200/3900."),
    N_("“peijian case import FILE” checks everything and writes nothing; with --confirm all projects are registered."),
)


def choices(rules: Rules) -> FieldOptions:
    """What each field with choices may hold, by id or name in either language."""
    named = Meanings(rules).options
    return {
        "kind": named("kind"),
        "town": named("town"),
        "stage": Options(labelled(PERMISSIONS[ImportCase.name].stages)),
        "confirm_credit_code": Options(_yes_or_no()),
        "subtype": named("subtype"),
        "mode": named("mode"),
        "ownership": Options(labelled(get_args(Ownership))),
        "category": named("category"),
        "decision": Options(labelled(CATEGORY_CHOICES)),
    }


def _yes_or_no() -> Iterator[Choice]:
    for code, text in (("true", N_("yes")), ("false", N_("no"))):
        with speaking("zh"):
            chinese = _(text)
        yield Choice(code, chinese, text)


# -- the template ----------------------------------------------------------------------------------


def template(rules: Rules) -> bytes:
    """An empty workbook to fill in."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    sheets = {name: book.create_sheet(name) for name in SHEETS}
    places = _guide(book.create_sheet(_GUIDE), choices(rules))
    for name, sheet in sheets.items():
        _head(name, sheet, places)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _head(name: str, sheet: Any, places: dict[str, str]) -> None:
    """Headings, the hidden row of field names, and what each column is to hold."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    for column, field in enumerate(SHEETS[name], 1):
        mark = " *" if field in REQUIRED[name] else ""
        head = sheet.cell(1, column, column_label(field) + mark)
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
        head.fill = PatternFill("solid", fgColor="FFE2EFDA" if mark else "FFEDEDED")
        sheet.cell(FIELD_ROW, column, field)
        dimension = sheet.column_dimensions[letter(column)]
        dimension.width, dimension.number_format = _WIDTHS.get(field, 18), _format(field)
        if field in places:
            # A warning only: an id, or a name in the other language, is right as well.
            rule = DataValidation("list", formula1=places[field], allow_blank=True, showErrorMessage=True)
            rule.errorStyle = "warning"
            rule.add(f"{letter(column)}{FIRST_ROW}:{letter(column)}{LAST_ROW}")
            sheet.add_data_validation(rule)
    sheet.row_dimensions[1].height = 32
    sheet.row_dimensions[FIELD_ROW].hidden = True
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 3)


def _format(field: str) -> str:
    """Text wherever digits must not be lost."""
    return "yyyy-mm-dd" if field in DAYS else "General" if field in NUMBERS else "@"


def _guide(sheet: Any, options: FieldOptions) -> dict[str, str]:
    """How to fill it in, and everything that can be chosen; returns where the choices of a field stand."""
    from openpyxl.styles import Font

    for row, text in enumerate(_HOW, 1):
        sheet.cell(row, 1, f"{row}. {_(text)}")
    row, places = len(_HOW) + 2, {}
    for column, head in enumerate((_("column"), _("name"), _("name in the other language"), _("id")), 1):
        sheet.cell(row, column, head).font = Font(bold=True)
    for field, found in options.items():
        places[field] = f"'{_GUIDE}'!$B${row + 1}:$B${row + len(found.choices)}"
        for choice in found.choices:
            row += 1
            for column, text in enumerate((column_label(field), *_names(choice), choice.id), 1):
                # A name that begins with = is still a name.
                sheet.cell(row, column, text).data_type = "s"
    for name, width in zip("ABCD", (24, 36, 48, 34), strict=True):
        sheet.column_dimensions[name].width = width
    return places


def _names(choice: Choice) -> tuple[str, str]:
    return (choice.zh, choice.en) if current() == "zh" else (choice.en, choice.zh)
