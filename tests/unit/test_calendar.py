"""The working days of every day from 2020 to 2026, against a judge that was typed and counts by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from states.calendar import WEEKENDS, Calendar, Year
from states.errors import Invalid
from tests import working_days as judge
from workflow import calendar_files, calendars

SHIPPED = {year.year: year for year in calendar_files.read_all(calendars.SHIPPED)}
CALENDAR = Calendar(SHIPPED)
BACK, AHEAD = 10, 60
DAYS = [date(2020, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2020, 1, 1)).days)]


def differences(calendar: Calendar, days: list[date] = DAYS) -> Iterator[str]:
    """Where a calendar does not say what the judge says."""
    for day in days:
        start = day.isoformat()
        if calendar.works(start) != judge.works(day):
            yield f"{start} works"
        for n, then in enumerate(judge.counted(day, AHEAD)):
            if calendar.later(start, n) != then.isoformat():
                yield f"{start} +{n}"
        for n, then in enumerate(judge.counted(day, -BACK)):
            if calendar.earlier(start, n) != then.isoformat():
                yield f"{start} -{n}"


# -- the judge ---------------------------------------------------------------------------------------------


def test_every_day_of_the_shipped_years_counts_as_the_notices_say() -> None:
    assert len(DAYS) == 2557
    assert next(differences(CALENDAR), None) is None


@pytest.mark.parametrize("year", SHIPPED)
@pytest.mark.parametrize("key", ["off", "worked"])
def test_no_day_of_the_shipped_years_can_be_lost_unseen(year: int, key: str) -> None:
    days = [day for day in DAYS if day.year == year]
    for lost in getattr(SHIPPED[year], key):
        planted = replace(SHIPPED[year], **{key: getattr(SHIPPED[year], key) - {lost}})
        assert next(differences(Calendar({**SHIPPED, year: planted}), days), None), lost


@pytest.mark.parametrize("key", ["off", "worked"])
def test_a_day_too_many_is_seen(key: str) -> None:
    surplus = {"off": "2023-08-16", "worked": "2023-08-19"}[key]
    planted = replace(SHIPPED[2023], **{key: getattr(SHIPPED[2023], key) | {surplus}})
    assert next(differences(Calendar({**SHIPPED, 2023: planted})), None)


def test_working_days_between_two_days_are_those_that_a_loop_counts() -> None:
    ends = [day for day in DAYS if day.day in (1, 10, 18, 31)]
    for first in ends[::7]:
        running, day = 0, first
        for last in ends:
            if last <= first:
                assert CALENDAR.working_days(first.isoformat(), last.isoformat()) == 0
                continue
            while day < last:
                day += judge.DAY
                running += judge.works(day)
            assert CALENDAR.working_days(first.isoformat(), last.isoformat()) == running, (first, last)


def test_the_nearest_working_day_is_the_day_itself_or_the_next_or_the_last() -> None:
    for day in DAYS:
        start = day.isoformat()
        after = start if judge.works(day) else judge.later(start, 1)
        before = start if judge.works(day) else judge.later(start, -1)
        assert (CALENDAR.on_or_after(start), CALENDAR.on_or_before(start)) == (after, before)


# -- the days that the notice of the programme names (B.7, K34, K35) ---------------------------------------


@pytest.mark.parametrize(
    ("day", "works", "before"),
    [
        ("2020-04-18", False, "2020-04-17"), ("2020-05-10", False, "2020-05-09"), ("2020-10-10", True, "2020-10-09"),
        ("2021-01-10", False, "2021-01-08"), ("2021-04-10", False, "2021-04-09"), ("2021-07-10", False, "2021-07-09"),
        ("2021-10-10", False, "2021-10-09"),
    ],
)  # fmt: skip
def test_the_days_of_the_programme(day: str, works: bool, before: str) -> None:
    assert CALENDAR.works(day) == works
    assert CALENDAR.earlier(day, 1) == before


# -- what is not known -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "number", "last"),
    [("2021-06-15", 3, "2021-06-18"), ("2021-06-17", 3, "2021-06-22"), ("2021-06-18", 1, "2021-06-21"),
     ("2021-06-19", 1, "2021-06-21"), ("2021-06-15", 0, "2021-06-15"), ("2026-12-31", 1, "2027-01-01")],
)  # fmt: skip
def test_a_year_that_is_not_known_is_counted_on_weekends_alone(day: str, number: int, last: str) -> None:
    assert WEEKENDS.later(day, number) == last


@pytest.mark.parametrize(
    ("start", "end", "provisional"),
    [
        ("2026-12-01", "2026-12-31", False), ("2026-12-01", "2027-01-01", True), ("2026-12-31", "2026-12-31", False),
        ("2019-12-31", "2020-01-01", False), ("2019-12-30", "2020-01-02", True), ("2027-01-02", "2027-01-01", False),
        ("2020-01-01", "2026-12-31", False), ("2020-01-01", "2028-06-30", True),
    ],
)  # fmt: skip
def test_what_is_counted_into_an_unpublished_year_is_provisional(start: str, end: str, provisional: bool) -> None:
    assert CALENDAR.provisional(start, end) == provisional


def test_a_year_that_is_not_final_counts_and_stays_provisional() -> None:
    draft = Year(2027, 1, False, "草案（示例）", frozenset({"2027-01-01"}), frozenset())
    calendar = Calendar({**SHIPPED, 2027: draft})
    assert calendar.later("2026-12-31", 1) == "2027-01-04"
    assert calendar.provisional("2026-12-31", "2027-01-04")
    assert (calendar.published("2026-12-31"), calendar.published("2027-01-04")) == (True, False)


# -- files -------------------------------------------------------------------------------------------------

GOOD = """\
year: 2027
source: 示例通知
final: true
off: [2027-01-01]
worked: [2027-01-02]
"""


def written(folder: Path, text: str | bytes, name: str = "year.yaml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_shipped_years_would_pass_as_files_and_name_their_notices(tmp_path: Path) -> None:
    for year in SHIPPED.values():
        given = {"year": year.year, "source": year.source, "final": year.final}
        text = json.dumps({**given, "off": sorted(year.off), "worked": sorted(year.worked)}, indent=1)
        assert calendar_files.read(written(tmp_path, text, f"{year.year}.json"), 2026)[0] == year
        assert year.final
        assert f"国务院办公厅关于{year.year}年部分节假日安排的通知（国办发明电〔{year.year - 1}〕" in year.source
    assert "延长2020年春节假期" in SHIPPED[2020].source


BAD: dict[str, tuple[str | bytes, str, int, str, str]] = {
    "a day of another year": (GOOD.replace("[2027-01-01]", "[2026-01-02]"), "calendar_day", 4, "off.1", "outside_year"),
    "off on a weekend": (GOOD.replace("[2027-01-01]", "[2027-01-03]"), "calendar_day", 4, "off.1", "weekend_anyway"),
    "worked on a weekday": (GOOD.replace("2027-01-02", "2027-01-05"), "calendar_day", 5, "worked.1", "weekday_anyway"),
    "off and worked": (GOOD.replace("2027-01-02", "2027-01-01"), "calendar_day", 5, "worked.1", "off_and_worked"),
    "twice": (GOOD.replace("[2027-01-02]", "\n- 2027-01-02\n- 2027-01-02"), "calendar_day", 7, "worked.2", "day_twice"),
    "too far ahead": (GOOD.replace("2027", "2029"), "calendar_day", 1, "year", "year_far_away"),
    "too long ago": (GOOD.replace("2027", "1999"), "calendar_day", 1, "year", "year_far_away"),
    "no source": (GOOD.replace("source: 示例通知\n", ""), "config_missing_key", 1, "source", ""),
    "a source without a word": (GOOD.replace(" 示例通知", ""), "config_missing_key", 2, "source", ""),
    "an empty source": (GOOD.replace("示例通知", '""'), "config_value", 2, "source", ""),
    "a number as source": (GOOD.replace("示例通知", "7"), "config_value", 2, "source", ""),
    "final as a word": (GOOD.replace("true", "maybe"), "config_value", 3, "final", ""),
    "no such day": (GOOD.replace("2027-01-01", "2027-02-30"), "config_value", 4, "off.1", ""),
    "a day in other words": (GOOD.replace("2027-01-01", "20270101"), "config_value", 4, "off.1", ""),
    "a week": (GOOD.replace("2027-01-01", "2027-W01-1"), "config_value", 4, "off.1", ""),
    "a moment": (GOOD.replace("2027-01-01", "2027-01-01T00:00:00"), "config_value", 4, "off.1", ""),
    "nothing in the list": (GOOD.replace("2027-01-01", "null"), "config_value", 4, "off.1", ""),
    "no list": (GOOD.replace("[2027-01-01]", "2027-01-01"), "config_value", 4, "off", ""),
    "the year as text": (GOOD.replace("year: 2027", 'year: "2027"'), "config_value", 1, "year", ""),
    "yes as a year": (GOOD.replace("year: 2027", "year: true"), "config_value", 1, "year", ""),
    "an unknown key": (f"{GOOD}hours: 8\n", "config_unknown_key", 6, "hours", ""),
    "a key twice": (f"{GOOD}final: false\n", "config_duplicate_key", 6, "final", ""),
    "an alias": (GOOD.replace("[2027-01-01]", "&a [2027-01-01]"), "config_alias", 4, "off", ""),
    "broken": (GOOD.replace("[2027-01-01]", "[2027-01-01"), "config_syntax", 5, "", ""),
    "a list": ("- 2027-01-01\n", "not_a_mapping", 0, "", ""),
    "a word": ("2027", "not_a_mapping", 0, "", ""),
    "empty": (" \n", "empty_file", 0, "", ""),
    "not UTF-8": (GOOD.encode("gb18030"), "not_utf8", 0, "", ""),
    "a control character": (GOOD.replace("示例", '"\\e[31m"'), "config_syntax", 2, "", ""),
    "too large": (f"{GOOD}#{'长' * 50_000}", "file_too_large", 0, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    text, code, line, key, reason = BAD[name]
    with pytest.raises(Invalid) as caught:
        calendar_files.read(written(tmp_path, text), 2026)
    found = caught.value.params
    assert caught.value.code == code
    assert (found.get("line", 0), found.get("key", ""), found.get("reason", "")) == (line, key, reason)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        calendar_files.read(tmp_path / "none.yaml", 2026)
    assert caught.value.code == "file_unreadable"


def test_every_problem_is_counted_and_the_first_one_told(tmp_path: Path) -> None:
    text = GOOD.replace("[2027-01-01]", "[2027-01-01, 2027-01-03, 2027-01-09]")
    with pytest.raises(Invalid) as caught:
        calendar_files.read(written(tmp_path, text), 2026)
    assert (caught.value.params["value"], caught.value.params["more"]) == ("2027-01-03", 1)
