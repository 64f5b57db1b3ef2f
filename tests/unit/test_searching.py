"""Cases are found by what an official types, and spreadsheets get nothing they would run."""

import csv
import io
from typing import get_args

import pytest
from test_screens import planning

from commands.parameters import described
from states.facts import Case
from views.commands import command, without_blanks
from views.language import LANGUAGES, speaking
from views.sheets import csv_bytes
from workflow.searching import Sort, found_in


def _case(name: str) -> Case:
    case = planning(name).case
    assert case
    return case


@pytest.mark.parametrize(
    "search",
    ["清禾", "禾家", "qhjy", "QHJY", "hj", "ZDPT-2020", "zdpt-2020-0001", "gb90001", "qh jy", "清禾 家园", "2q"],
)
def test_a_project_is_found_by_number_name_parcel_or_initials(search: str) -> None:
    assert found_in(_case("清禾家园2期"), search)


@pytest.mark.parametrize("search", ["qhjz", "家清", "qjy", "ghjy", "370303101012GB90002"])
def test_what_is_not_in_it_is_not_found(search: str) -> None:
    assert not found_in(_case("清禾家园2期"), search)


@pytest.mark.parametrize("search", ["cqlj", "zqlj"])
def test_every_reading_of_a_character_counts(search: str) -> None:
    """重 is read chóng and zhòng."""
    assert found_in(_case("重庆路家园"), search)


def test_marks_between_the_characters_do_not_hinder() -> None:
    assert found_in(_case("清禾·家园（二期）"), "qhjyeq")


def test_a_search_for_nothing_but_marks_is_no_initials() -> None:
    assert not found_in(_case("清禾家园"), "%%")


def test_the_orders_offered_are_those_there_are() -> None:
    (offered,) = (one.choices for one in described("case list").parameters if one.name == "sort")
    assert get_args(Sort) == tuple(offered)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1+1"])
def test_no_cell_begins_a_formula(text: str) -> None:
    content = csv_bytes([(text, 3)])
    assert content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert row[0].startswith("'")
    assert row[1] == "3"


def test_a_cell_brings_no_control_character() -> None:
    assert b"\x1b" not in csv_bytes([("清\x1b[31m",)])


def test_quotes_commas_and_line_breaks_come_back() -> None:
    cells = ["a,b", 'c"d', "e\nf", "清禾"]
    assert next(csv.reader(io.StringIO(csv_bytes([cells]).decode("utf-8-sig"), newline=""))) == cells


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_command_without_blanks_keeps_what_is_known(lang: str) -> None:
    with speaking(lang):
        assert without_blanks(command("sign", "A-1")) == "peijian sign A-1"
        assert without_blanks(command("acceptance order", "A-1")) == "peijian acceptance order A-1"
        assert without_blanks("peijian facility progress A-1 F1 --percent 100 --built") == (
            "peijian facility progress A-1 F1 --percent 100 --built"
        )
