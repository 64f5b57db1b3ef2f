"""Real workbooks for the import: a project as a row of fields, written by openpyxl."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from openpyxl import Workbook

from workflow.spreadsheet import DECISIONS, FACILITIES, FIRST_ROW, PROJECTS, SHEETS

Fields = Mapping[str, Any]


class Formula(str):
    """Written as a formula; any other text that begins with = stays text."""


def project(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A project at the construction permit, complete."""
    fields = {
        "case": f"ZDPT-2021-{number:05d}", "project": f"示例家园{number}", "kind": "商品住房", "town": "马尚街道",
        "parcel": f"370303009012GB{number:05d}", "stage": "施工许可", "happened_on": date(2021, 5, 6),
        "households": 1600, "population": 4200, "developer": "示例置业有限公司",
        "developer_code": "91370303TEXT00010B", "regulatory_plan": "马尚片区控制性详细规划", "land_area_m2": 50000.5,
    }  # fmt: skip
    return fields | changes


def facility(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Its kindergarten."""
    fields = {
        "case": f"ZDPT-2021-{number:05d}", "facility": "F1", "subtype": "幼儿园", "gfa_m2": 3240.5, "site_m2": 5400,
        "classes": 9, "location": "地块西南角", "design": "不超过三层", "mode": "建设单位建设，无偿移交",
        "ownership": "government", "handover": "三十日内无偿移交", "recipient": "区教体局", "handover_days": 30,
    }  # fmt: skip
    return fields | changes


def decisions(number: int = 1) -> list[dict[str, Any]]:
    """All seven categories."""
    others = ("management", "elderly", "health", "commerce", "sports", "canteen")
    case, plan = f"ZDPT-2021-{number:05d}", {"substitute_basis": "GB 50180-2018"}
    return [
        {"case": case, "category": "education", "decision": "required", **plan},
        *({"case": case, "category": c, "decision": "not_required", "basis": "周边已有", **plan} for c in others),
    ]


def book(
    projects: Iterable[Fields] | None = None,
    facilities: Iterable[Fields] | None = None,
    choices: Iterable[Fields] | None = None,
    change: Callable[[Workbook], object] = lambda _: None,
) -> bytes:
    """A workbook as it comes back from the departments; ``change`` spoils it before it is saved."""
    made = Workbook()
    made.remove(made.active)
    rows: dict[str, list[Fields]] = {
        PROJECTS: list(projects or [project()]),
        FACILITIES: [facility()] if facilities is None else list(facilities),
        DECISIONS: decisions() if choices is None else list(choices),
    }
    for name, fields in SHEETS.items():
        sheet = made.create_sheet(name)
        sheet.append([f"栏目{n}" for n, _ in enumerate(fields)])
        sheet.append(list(fields))
        for number, row in enumerate(rows[name], FIRST_ROW):
            for field, value in row.items():
                cell = sheet.cell(number, fields.index(field) + 1, value)
                if isinstance(value, str) and not isinstance(value, Formula):
                    cell.data_type = "s"
    change(made)
    return saved(made)


def saved(made: Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def many(count: int, first: int = 1) -> bytes:
    """``count`` projects, each with a facility and its seven decisions."""
    numbers = range(first, first + count)
    return book(map(project, numbers), map(facility, numbers), [d for n in numbers for d in decisions(n)])


def at(sheet: str, field: str, row: int = FIRST_ROW) -> str:
    """The place of a field: ``项目!A3``."""
    return f"{sheet}!{chr(65 + SHEETS[sheet].index(field))}{row}"
