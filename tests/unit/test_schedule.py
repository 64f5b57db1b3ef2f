"""全区调度表, read back with openpyxl: every cell, no formula, ready to print."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from states.errors import Obstacle
from tests.builders import rules
from views.language import speaking
from views.names import Names
from views.schedule import schedule_file
from workflow.results import CaseLine

DAY = "2020-08-05"
HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "A<B & C>D", "{{x}}", "名" * 200, '=HYPERLINK("x")', "\x1b[31mred")


def line(**changes: Any) -> CaseLine:
    obstacles = tuple(Obstacle("sign_off_missing", d, (d,)) for d in ("health", "commerce"))
    given: dict[str, Any] = {
        "case": "ZDPT-2020-0001", "project": "清禾家园（示例）", "town": "nanding", "stage": "planning_joint_review",
        "visit": 1, "round": 1, "entered_on": "2020-07-20", "suspended": False, "waiting_for": ("health", "commerce"),
        "obstacles": 2, "active": True, "households": 1680, "facilities": 9, "exceptions": 1, "in_the_way": obstacles,
    }  # fmt: skip
    return CaseLine(**(given | changes))


def page(*lines: CaseLine, lang: str = "zh") -> Any:
    with speaking(lang):
        content = schedule_file(lines, Names(rules(), DAY))
    return load_workbook(io.BytesIO(content)).active


def test_every_cell_says_what_the_line_says() -> None:
    found = page(line(), line(case="ZDPT-2020-0002", suspended=True, in_the_way=(), obstacles=0, waiting_for=()))
    assert "2020-08-05" in found["A1"].value and "淄博市张店区" in found["A1"].value
    assert [c.value for c in found[3]] == [
        "ZDPT-2020-0001", "清禾家园（示例）", "南定镇", "规划联合审查", found["E3"].value, 16, "区卫健局、区商务局",
        "区卫健局尚未签署意见，请其尽快签署。\n区商务局尚未签署意见，请其尽快签署。", 1680, 9, 1,
    ]  # fmt: skip
    assert found["E3"].value.date() == date(2020, 7, 20)
    assert found["D4"].value.startswith("规划联合审查（") and found["H4"].value is None
    assert found.max_row == 4


@pytest.mark.parametrize("value", HOSTILE)
def test_no_text_becomes_a_formula(value: str) -> None:
    found = page(line(case=value, project=value, waiting_for=(value,), town=value))
    for place in ("A3", "B3", "C3", "G3"):
        assert found[place].data_type == "s"
        assert found[place].value == value.replace("\x1b", "\ufffd")
    assert bool(found["B3"].quotePrefix) == value.startswith(("=", "+", "-", "@"))


def test_what_blocks_is_shortened() -> None:
    many = tuple(Obstacle("objection", "health", ("health",), detail=(("reason", "面积不足" * 100),)) for _ in range(5))
    lines = page(line(in_the_way=many))["H3"].value.split("\n")
    assert [len(text) for text in lines[:3]] == [80, 80, 80]
    assert all(text.endswith("…") for text in lines[:3])
    assert "2" in lines[3] and len(lines) == 4


def test_the_page_is_ready_to_be_filtered_and_printed() -> None:
    found = page(line(), line(), line())
    assert found.freeze_panes == "C3"
    assert found.auto_filter.ref == "A2:K5"
    assert (found.page_setup.orientation, found.page_setup.paperSize) == ("landscape", 9)
    assert (found.page_setup.fitToWidth, found.page_setup.fitToHeight) == (1, 0)
    assert found.sheet_properties.pageSetUpPr.fitToPage
    assert found.print_title_rows == "$1:$2"
    assert all(found.column_dimensions[c].width for c in "ABCDEFGHIJK")


def test_the_page_speaks_the_language_of_the_reader() -> None:
    found = page(line(), lang="en")
    assert found["D3"].value == "Planning joint review"
    assert [c.value for c in found[2]][:3] == ["case", "project", "town or sub-district"]
