"""``case list`` and ``inbox``: filtered, sorted, by pages, and as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Callable

import pytest
from program import CASE, EXAMPLE, LANGUAGES, Place

_PROJECTS = (("A-1", "张店新居", "chezhan"), ("A-2", "安居苑", "nanding"), ("A-3", "=1+1", "nanding"))


@pytest.fixture
def several(office: Place) -> Place:
    """The sample project and three more."""
    sample = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    for number, (case, name, town) in enumerate(_PROJECTS):
        found = {
            "case": case, "project": name, "kind": "commodity_housing", "town": town, "households": 100,
            "parcel": f"37030310101{number}GB9100{number}", "happened_on": f"2020-08-0{number + 1}",
        }  # fmt: skip
        office.write("one.json", json.dumps(found))
        done = office.call("case", "open", "one.json", token="nr")
        assert done.exit == 0, done.text
    assert sample
    return office


def _numbers(place: Place, *words: str) -> list[str]:
    done = place.call("case", "list", *words, "--json")
    assert done.exit == 0, done.text
    return [line["case"] for line in done.json()]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), {"A-1", "A-2", "A-3", CASE}),
        (("--town", "nanding"), {"A-2", "A-3", CASE}),
        (("--town", "nanding", "--search", "ajy"), {"A-2"}),
        (("--search", "zdxj"), {"A-1"}),
        (("--search", "清禾"), {CASE}),
        (("--search", "a-"), {"A-1", "A-2", "A-3"}),
        (("--search", "qqqq"), set()),
        (("--stage", "in_use"), set()),
        (("--department", "health"), {"A-1", "A-2", "A-3", CASE}),
        (("--department", "state_assets"), set()),
        (("--department", "natural_resources", "--stage", "planning_joint_review"), {"A-1", "A-2", "A-3", CASE}),
        (("--blocked-by", "state_assets"), set()),
        (("--blocked-by", "health", "--search", "qhjy"), {CASE}),
    ],
)
def test_a_list_shows_what_is_wanted(words: tuple[str, ...], found: set[str], several: Place) -> None:
    assert set(_numbers(several, *words)) == found


def test_who_has_signed_is_not_waited_for(office: Place) -> None:
    assert _numbers(office, "--blocked-by", "health") == [CASE]
    assert office.call("sign", CASE, "--verdict", "agree", token="health").exit == 0
    assert _numbers(office, "--blocked-by", "health") == []
    assert _numbers(office, "--department", "health") == [CASE]


def test_a_list_has_an_order(several: Place) -> None:
    assert _numbers(several, "--sort", "case") == ["A-1", "A-2", "A-3", CASE]
    assert _numbers(several, "--sort", "since") == [CASE, "A-1", "A-2", "A-3"]
    assert _numbers(several, "--sort", "project") == ["A-3", "A-2", CASE, "A-1"]  # =1+1, an, qing, zhang
    most = several.call("case", "list", "--sort", "obstacles", "--json").json()
    counts = [line["obstacles"] for line in most]
    assert counts == sorted(counts, reverse=True)


def test_the_pages_together_are_the_list(several: Place) -> None:
    everything = _numbers(several)
    pages = [_numbers(several, "--per-page", "3", "--page", str(n)) for n in (1, 2)]
    assert pages[0] + pages[1] == everything
    assert [len(page) for page in pages] == [3, 1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_tells_how_to_see_the_next_and_that_command_works(lang: str, several: Place) -> None:
    words = ("case", "list", "--per-page", "2", "--town", "nanding", "--sort", "project", "--search", "A B' ")
    assert several.call(*words, lang=lang).exit == 0
    first = several.call(*words[:-2], lang=lang)
    command = shlex.split(re.sub(r" *\\\n *", " ", first.out).strip().splitlines()[-1])
    assert command[:3] == ["peijian", "case", "list"]
    second = several.call(*command[1:], lang=lang)
    assert second.exit == 0
    assert "peijian" not in second.out, "there is no third page"
    assert CASE in first.out + second.out


@pytest.mark.parametrize(("option", "value", "exit"), [("--page", "2", 5), ("--page", "0", 5), ("--per-page", "0", 2)])
def test_a_page_that_does_not_exist(option: str, value: str, exit: int, several: Place) -> None:
    assert several.call("case", "list", option, value).exit == exit


@pytest.mark.parametrize("option", ["--stage", "--town", "--department", "--blocked-by"])
def test_a_name_that_does_not_exist_is_answered_with_the_nearest(option: str, office: Place) -> None:
    done = office.call("case", "list", option, "nandin")
    assert done.exit == 5
    assert "nanding" in done.err or option == "--stage"


def _rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_csv_holds_the_whole_list_whatever_the_page(lang: str, several: Place) -> None:
    done = several.call("case", "list", "--csv", "-", "--per-page", "1", lang=lang)
    rows = _rows(done.out)
    assert [row[0] for row in rows[1:]] == ["A-1", "A-2", "A-3", CASE]
    assert rows[3][1] == "'=1+1"
    assert len({len(row) for row in rows}) == 1


def test_csv_goes_to_a_new_file_only(several: Place) -> None:
    assert several.call("case", "list", "--csv", "list.csv").exit == 0
    content = (several.folder / "list.csv").read_bytes()
    assert len(_rows(content.decode())) == 5
    again = several.call("case", "list", "--csv", "list.csv", "--search", "qhjy")
    assert again.exit == 7
    assert (several.folder / "list.csv").read_bytes() == content
    told = several.call("inbox", "--csv", "mine.csv", "--json", token="health")
    assert told.json() == {"path": "mine.csv", "rows": 1}
    assert several.call("case", "list", "--csv", "no/such/folder.csv").exit == 7


def test_csv_and_json_do_not_share_stdout(office: Place) -> None:
    assert office.call("case", "list", "--csv", "-", "--json").exit == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_inbox_names_the_facilities_and_what_to_type(lang: str, office_at: Callable[..., Place]) -> None:
    place = office_at("property_handover")
    done = place.call("inbox", lang=lang, token="education")
    kind = {"zh": "P1-F1 幼儿园", "en": "P1-F1 kindergarten"}[lang]
    assert done.out.count(kind) >= 3, "in the line of facilities and in each sentence"
    assert f"peijian facility hand-over {CASE} P1-F1 --deed" in done.out
    assert f"peijian sign {CASE}" in done.out


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_papers_of_a_case_go_to_csv(lang: str, office_at: Callable[..., Place]) -> None:
    place = office_at("in_use")
    rows = _rows(place.call("document", "list", CASE, "--csv", "-", lang=lang).out)
    papers = place.call("document", "list", CASE, "--json").json()
    assert [row[3] for row in rows[1:]] == [paper["reference"] for paper in papers]
