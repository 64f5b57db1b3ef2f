"""Identifiers are repaired where no guess is needed, refused where one would be, doubted in one case."""

from __future__ import annotations

import copy
import pickle
import unicodedata
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.identifiers import FORMATS, BadIdentifier, check

GENUINE_EXCEPTION = "91350203M0001QAY9B"


class Row(NamedTuple):
    good: tuple[str, ...]
    repaired: dict[str, str]
    bad: tuple[str, ...]


#: Per format: what passes as it is, what is repaired into what, what is refused.
TABLE = {
    "official_document": Row(
        good=(
            "张政办字〔2020〕13号",
            "张配套办〔2020〕3号",
            "淄办〔1999〕1号",
            "张" * 20 + "〔2020〕9999号",
        ),
        repaired={
            "张政办字[2020]13号": "张政办字〔2020〕13号",
            "张政办字(2020)13号": "张政办字〔2020〕13号",
            "张政办字（2020）13号": "张政办字〔2020〕13号",
            "张政办字【2020】13号": "张政办字〔2020〕13号",
            "张政办字［2020］13号": "张政办字〔2020〕13号",
            "张政办字(2020〕13号": "张政办字〔2020〕13号",
            "张政办字〔２０２０〕１３号": "张政办字〔2020〕13号",
            "\u3000张政办字〔2020〕13号\n": "张政办字〔2020〕13号",
        },
        bad=(
            "",
            "张〔2020〕13号",
            "张" * 21 + "〔2020〕13号",
            "ZD字〔2020〕13号",
            "张政办字2020-13号",
            "张政办字〕2020〔13号",
            "张政办字〔20〕13号",
            "张政办字〔1820〕13号",
            "张政办字〔2020〕013号",
            "张政办字〔2020〕0号",
            "张政办字〔2020〕10000号",
            "张政办字〔2020〕13",
            "张政办字〔2020〕②号",
            "张政办字〔2020〕13号附件",
            "张房预字〔2021〕第901号",
        ),
    ),
    "usc_code": Row(
        good=("91370303TEXT00010B", "91370303TEXT00020C"),
        repaired={
            "91370303text00010b": "91370303TEXT00010B",
            " 91370303TEXT00010B\t": "91370303TEXT00010B",
            "９１３７０３０３ＴＥＸＴ０００１０Ｂ": "91370303TEXT00010B",
            "９１３７０３０３ｔｅｘｔ０００１０ｂ": "91370303TEXT00010B",
        },
        bad=(
            "",
            "91370303TEXT00010",
            "91370303TEXT00010BB",
            "91370303TEXTO0010B",
            "91370303TEST00010B",
            "91370303TEIT00010B",
            "91370303TEVT00010B",
            "91370303TEZT00010B",
            "913703A3TEXT00010B",
            "9137 0303 TEXT 00010B",
            "91370303TEXT0001①B",
            "91370303TEXT0001٠B",
        ),
    ),
    "parcel_code": Row(
        good=("370303004012GB90001", "370303101012GB90001", "370303004007JC00001", "370303004007ZD00001"),
        repaired={
            "370303004012gb90001": "370303004012GB90001",
            "３７０３０３００４０１２ＧＢ９０００１": "370303004012GB90001",
            " 370303004012GB90001 ": "370303004012GB90001",
        },
        bad=(
            "370303004012GB9000",
            "370303004012GB900011",
            "370303004012XB90001",
            "370303004012G190001",
            "370303004012Gſ90001",
            "070303004012GB90001",
            "370303 004012 GB90001",
        ),
    ),
    "project_code": Row(
        good=(
            "2020-370303-70-03-900001",
            "2015-370303-47-01-000001",
            "2018-000052-48-01-000013",
            "2105-370303-04-01-123456",
            "2011-370303-04-01-123456",
            "2012-370303-04-01-123456",
            "9912-370303-04-01-123456",
        ),
        repaired={
            "２０２０－370303－70－03－900001": "2020-370303-70-03-900001",
            "2020\u2014370303\u201370\u221203-900001": "2020-370303-70-03-900001",
            "2105-370303-04-01-123456 ": "2105-370303-04-01-123456",
        },
        bad=(
            "2014-370303-70-03-900001",
            "2113-370303-04-01-123456",
            "2100-370303-04-01-123456",
            "1905-370303-04-01-123456",
            "2020370303700390000100",
            "2020-370303-70-03-90001",
            "2020-370303-A0-03-900001",
            "2020-370303-70-03-900001-1",
        ),
    ),
    "real_estate_unit": Row(
        good=(
            "370303004012GB90001F00010001",
            "370303004012GB90001L00000001",
            "370303004012GB90001Q00010001",
            "370303004012GB90001W00000000",
        ),
        repaired={
            "370303 004012 GB90001 F00010001": "370303004012GB90001F00010001",
            "370303\u00a0004012\u3000gb90001  f00010001": "370303004012GB90001F00010001",
            "370303004012GB90001W": "370303004012GB90001W00000000",
            "370303 004012 GB90001 w": "370303004012GB90001W00000000",
        },
        bad=(
            "370303004012GB90001",
            "370303004012GB90001F",
            "370303004012GB90001F0001001",
            "370303004012GB90001W00010001",
            "370303004012GB90001A00010001",
            "370303-004012-GB90001-F00010001",
        ),
    ),
    "title_certificate": Row(
        good=("鲁（2022）淄博张店区不动产权第0012345号", "京（2016）朝阳区不动产权第0000001号"),
        repaired={
            "鲁(2022)淄博张店区不动产权第0012345号": "鲁（2022）淄博张店区不动产权第0012345号",
            "鲁〔2022〕淄博张店区不动产权第0012345号": "鲁（2022）淄博张店区不动产权第0012345号",
            "鲁[2022]淄博张店区不动产权第0012345号": "鲁（2022）淄博张店区不动产权第0012345号",
            "鲁（２０２２）淄博张店区不动产权第００１２３４５号": "鲁（2022）淄博张店区不动产权第0012345号",
        },
        bad=(
            "（2022）淄博张店区不动产权第0012345号",
            "普（2022）淄博张店区不动产权第0012345号",
            "鲁2022淄博张店区不动产权第0012345号",
            "鲁（2022）不动产权第0012345号",
            "鲁（2022）淄博张店区不动产权第12345号",
            "鲁（2022）淄博张店区不动产权第00123456号",
            "鲁（2022）淄博张店区不动产证明第0012345号",
            "鲁（2022）淄博张店区不动产权第0012345",
        ),
    ),
    "land_use_planning_permit": Row(
        good=("地字第370303202000012号", "地字第3703032021YG0012345号", "地字第03-20-0012号"),
        repaired={
            "地字第３７０３０３２０２０００012号": "地字第370303202000012号",
            "地字第3703032021yg0012345号": "地字第3703032021YG0012345号",
            " 地字第03\u201320\u20130012号": "地字第03-20-0012号",
        },
        bad=(
            "建字第370303202000012号",
            "地字370303202000012号",
            "地字第370303202000012",
            "地字第370303202号",
            "地字第" + "1" * 26 + "号",
            "地字第-370303202000012号",
            "地字第----------号",
            "地字第370303 202000012号",
        ),
    ),
    "construction_planning_permit": Row(
        good=("建字第370303202190001号", "建字第370303202000034号", "建字第3703032021GG0012345号"),
        repaired={
            "建字第370303２０２1９0001号 ": "建字第370303202190001号",
            "建字第3703032021ｇｇ0012345号": "建字第3703032021GG0012345号",
        },
        bad=("地字第370303202190001号", "建字第370303202号", "建字第号", "建字第三七〇三〇三二〇二一九号"),
    ),
    "construction_permit": Row(
        good=("370303202103150101", "370303202002290101", "370303202105129919"),
        repaired={
            "３７０３０３２０２１０３１５０１０１": "370303202103150101",
            "370303202103150101\r\n": "370303202103150101",
        },
        bad=(
            "37030320210315010",
            "3703032021031501011",
            "370303202102290101",
            "370303202113150101",
            "370303202103320101",
            "370303202100000101",
            "370303182103150101",
            "370303202103150100",
            "370303202103150120",
            "370303202103150199",
            "37030320210315010A",
        ),
    ),
    "land_contract": Row(
        good=(
            "淄博01-2020-0901 / 3703032020B00901",
            "淄博01-2020-0901",
            "张国土合字（2010）第12号",
            "甲/乙-7 / 3703032020A00001",
        ),
        repaired={
            "淄博01-2020-0901/3703032020b00901": "淄博01-2020-0901 / 3703032020B00901",
            "淄博01-2020-0901　／　3703032020B00901": "淄博01-2020-0901 / 3703032020B00901",
            "淄博０１－２０２０－０９０１": "淄博01-2020-0901",
            " 淄博01-2020-0901 ": "淄博01-2020-0901",
        },
        bad=(
            "",
            " ",
            "/",
            "淄博01-2020-0901 /",
            " / 3703032020B00901",
            "淄博01-2020-0901 / 370303202000901",
            "淄博01-2020-0901 / 3703032020B0090",
            "淄博01-2020-0901/待补",
            "淄博01\n2020-0901",
            "淄博01\u200b-2020-0901",
        ),
    ),
    "e_supervision_number": Row(
        good=("3703032020B00901", "3703032020A00001", "3703032020B00123"),
        repaired={
            "3703032020b00901": "3703032020B00901",
            "３７０３０３２０２０Ｂ００９０１": "3703032020B00901",
        },
        bad=(
            "3703032020B0090",
            "3703032020B009011",
            "370303202000901",
            "3703032120B00901",
            "3703032020BB0901",
        ),
    ),
    "area_code": Row(
        good=("370303", "370303101", "370303004"),
        repaired={"３７０３０３": "370303", " 370303101": "370303101"},
        bad=("", "3703", "3703031", "3703031011", "070303", "A70303", "三七〇三〇三"),
    ),
}

#: Every numbered thing of the two sample projects that has a format, as it stands in the sample files.
SAMPLES = {
    "area_code": ("370303101", "370303004"),
    "project_code": ("2020-370303-70-03-900001", "2020-370303-47-03-900002"),
    "parcel_code": ("370303101012GB90001", "370303004007GB90002"),
    "usc_code": ("91370303TEXT00010B", "91370303TEXT00020C"),
    "official_document": (
        "张配套办〔2020〕3号",
        *(
            f"{issuer}〔2020〕{n}号"
            for n in (901, 902)
            for issuer in ("张自然资条字", "张住建条字", "张自然资供字", "张配套协")
        ),
        *(f"张住建综验〔2022〕{n}号" for n in (901, 902)),
    ),
    "land_contract": ("淄博01-2020-0901 / 3703032020B00901", "淄博01-2020-0902 / 3703032020B00902"),
    "construction_planning_permit": ("建字第370303202190001号", "建字第370303202190002号"),
    "construction_permit": ("370303202103150101", "370303202105120101"),
}

GOOD = [(name, value) for name, row in TABLE.items() for value in row.good]
REPAIRED = [(name, typed, value) for name, row in TABLE.items() for typed, value in row.repaired.items()]
BAD = [(name, typed) for name, row in TABLE.items() for typed in row.bad]

# The check character once more, spelt out from the tables printed in GB 32100 and not from our code.
LETTERS = "0123456789" + "ABCDEFGH" + "JKLMN" + "PQR" + "TU" + "WXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def checked_off(body: str) -> str:
    """``body``, 17 characters, with the check character behind it."""
    total = 0
    for character, weight in zip(body, WEIGHTS, strict=True):
        total += LETTERS.index(character) * weight
    return body + LETTERS[(31 - total % 31) % 31]


def texts(alphabet: str, size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=alphabet, min_size=size, max_size=size)


credit_codes = st.tuples(texts(LETTERS, 2), texts("0123456789", 6), texts(LETTERS, 9)).map("".join).map(checked_off)


def outcome(code: str) -> str:
    try:
        return check("usc_code", code).doubt or "fine"
    except BadIdentifier:
        return "bad"


def test_every_format_has_its_row_in_the_table() -> None:
    assert set(FORMATS) == set(TABLE)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_knows_its_own_name_and_its_example_passes(name: str) -> None:
    rule = FORMATS[name]
    assert rule.name == name
    assert rule.function(rule.example) == rule.example
    assert check(name, rule.example).doubt is None


@pytest.mark.parametrize(("name", "typed"), GOOD)
def test_a_well_formed_identifier_passes_as_it_is(name: str, typed: str) -> None:
    checked = check(name, typed)
    assert (checked.value, checked.changed, checked.doubt) == (typed, False, None)


@pytest.mark.parametrize(("name", "typed", "value"), REPAIRED)
def test_an_identifier_in_the_wrong_dress_is_repaired_and_says_so(name: str, typed: str, value: str) -> None:
    checked = check(name, typed)
    assert (checked.value, checked.changed, checked.doubt) == (value, True, None)


@pytest.mark.parametrize(("name", "typed"), BAD)
def test_what_would_need_a_guess_is_refused(name: str, typed: str) -> None:
    with pytest.raises(BadIdentifier):
        check(name, typed)


@pytest.mark.parametrize(("name", "typed"), [(name, typed) for name, row in SAMPLES.items() for typed in row])
def test_the_identifiers_of_the_sample_projects_pass_unchanged(name: str, typed: str) -> None:
    checked = check(name, typed)
    assert (checked.value, checked.changed, checked.doubt) == (typed, False, None)


def test_a_refusal_carries_the_facts_and_tells_the_form_with_an_example() -> None:
    with pytest.raises(BadIdentifier) as caught:
        check("construction_permit", "370303202102290101")
    refusal = caught.value
    assert isinstance(refusal, ValueError)
    assert (refusal.format, refusal.value) == ("construction_permit", "370303202102290101")
    assert refusal.example == FORMATS["construction_permit"].example
    assert "calendar date" in str(refusal)
    assert refusal.value in str(refusal)
    assert refusal.example in str(refusal)


def test_a_refusal_shows_characters_nobody_can_see() -> None:
    with pytest.raises(BadIdentifier, match=r"\\u200b"):
        check("area_code", "370303\u200b")


def test_a_refusal_survives_the_way_between_processes() -> None:
    with pytest.raises(BadIdentifier) as caught:
        check("area_code", "3703")
    for copied in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        assert str(copied) == str(caught.value)


def test_a_format_nobody_defined_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="presale_permit"):
        check("presale_permit", "张房预字〔2021〕第901号")


def test_the_table_of_formats_cannot_be_altered() -> None:
    with pytest.raises(TypeError):
        FORMATS["area_code"] = FORMATS["usc_code"]  # type: ignore[index]


@pytest.mark.parametrize("typed", [GENUINE_EXCEPTION, "91370303TEXT00010C", "91370303TEXT00010Y"])
def test_a_check_character_that_does_not_fit_is_a_doubt_and_no_error(typed: str) -> None:
    checked = check("usc_code", typed)
    assert (checked.value, checked.changed, checked.doubt) == (typed, False, "check_digit")


def test_a_code_can_be_repaired_and_doubted_at_once() -> None:
    checked = check("usc_code", GENUINE_EXCEPTION.lower())
    assert (checked.value, checked.changed, checked.doubt) == (GENUINE_EXCEPTION, True, "check_digit")


def test_a_doubt_is_raised_by_credit_codes_alone() -> None:
    doubted = {name for name, typed in GOOD if check(name, typed).doubt}
    assert doubted == set()
    assert check("usc_code", GENUINE_EXCEPTION).doubt


@given(credit_codes)
def test_any_code_with_the_right_check_character_is_fine(code: str) -> None:
    assert outcome(code) == "fine"


@given(credit_codes, st.integers(0, 16), st.sampled_from(LETTERS) | st.characters(codec="utf-8"))
def test_one_changed_character_is_always_noticed(code: str, place: int, other: str) -> None:
    changed = code[:place] + other + code[place + 1 :]
    # A small or full-width form of the very same character is a repair and not a change.
    same = unicodedata.normalize("NFKC", other).upper() == code[place]
    assert same or outcome(changed) in {"check_digit", "bad"}


@given(credit_codes, st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_always_noticed(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or outcome(swapped) in {"check_digit", "bad"}


@given(st.sampled_from(GOOD), st.integers(0, 30), st.text(max_size=3), st.integers(0, 2))
def test_a_damaged_identifier_is_either_refused_or_settled_at_once(
    good: tuple[str, str], place: int, inserted: str, lost: int
) -> None:
    """No other exception escapes, and what has been normalised needs no second time."""
    name, text = good
    try:
        first = check(name, text[:place] + inserted + text[place + lost :])
    except BadIdentifier:
        return
    assert check(name, first.value).value == first.value


@pytest.mark.parametrize(("name", "value"), sorted({(name, value) for name, _, value in REPAIRED}))
def test_a_repaired_identifier_needs_no_second_repair(name: str, value: str) -> None:
    assert not check(name, value).changed
