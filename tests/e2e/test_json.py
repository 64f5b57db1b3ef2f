"""With ``--json`` every command prints exactly one JSON document, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from examples import ENDLESS, EXAMPLES, perform
from mistakes import MISTAKES
from program import CASE, LANGUAGES, Completed, Place, command_paths, raw_characters


def _document(done: Completed) -> Any:
    """The one document, nothing before and nothing behind it."""
    assert done.out.endswith("\n")
    found, end = json.JSONDecoder().raw_decode(done.out)
    assert done.out[end:] == "\n"
    assert not raw_characters(done.out)
    return found


def _obstacles(value: object) -> Iterable[dict[str, Any]]:
    if isinstance(value, dict):
        if {"code", "subject", "who"} <= value.keys():
            yield value
        for item in value.values():
            yield from _obstacles(item)
    elif isinstance(value, list):
        for item in value:
            yield from _obstacles(item)


def test_every_command_has_an_example() -> None:
    assert list(EXAMPLES) == [path for path in command_paths() if path not in ENDLESS]


@pytest.mark.parametrize("path", EXAMPLES)
def test_every_command_prints_one_document(path: str, office_at: Callable[..., Place]) -> None:
    example = EXAMPLES[path]
    done = perform(example, office_at(example.moment), "--json")
    assert done.exit == example.exit, done.text[-1000:]
    found = _document(done)
    assert isinstance(found, dict | list)
    for obstacle in _obstacles(found):
        assert obstacle["text"]
        assert obstacle["key"] in (obstacle["code"], f"{obstacle['code']}:{obstacle['subject']}")


@pytest.mark.parametrize("path", ["case list", "case show", "sign", "doctor", "account list", "lifecycle table"])
def test_json_may_be_asked_for_before_the_command(path: str, office_at: Callable[..., Place]) -> None:
    example = EXAMPLES[path]
    done = office_at(example.moment).call("--json", *example.command, token=example.by)
    assert done.exit == example.exit
    _document(done)


def test_json_may_be_asked_for_in_the_middle(office: Place) -> None:
    done = office.call("case", "--json", "list")
    assert done.exit == 0, done.err
    _document(done)


@pytest.mark.parametrize("name", MISTAKES)
def test_every_error_is_one_document(name: str, office_at: Callable[..., Place]) -> None:
    mistake = MISTAKES[name]
    place = office_at(mistake.moment)
    mistake.prepared(place)
    done = place.call(*mistake.command, "--json", token=mistake.by)
    if name == "usage: option without value":
        pytest.skip("here --json is the value")
    assert done.exit == mistake.exit, done.text[-1000:]
    found = _document(done)
    assert found["exit_code"] == done.exit
    assert found["error"]
    assert found["text"].strip()
    for obstacle in found.get("obstacles", ()):
        assert obstacle["key"]
        assert obstacle["text"]
    if mistake.exit == 3:
        assert found["obstacles"]


def test_a_blocked_case_is_one_document_with_all_obstacles(office_at: Callable[..., Place]) -> None:
    place = office_at("objection")
    asked = place.call("case", "why", "{case}", "--json")
    tried = place.call("case", "advance", "{case}", "--json", token="nr")
    assert (asked.exit, tried.exit) == (3, 3)
    keys = [[o["key"] for o in _document(done)["obstacles"]] for done in (asked, tried)]
    assert keys[0] == keys[1]
    assert "objection:education_sports" in keys[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_shown_is_in_the_chosen_language_and_what_is_counted_on_is_not(lang: str, office: Place) -> None:
    found = _document(office.call("case", "why", "{case}", "--json", lang=lang))
    keys = {o["key"] for o in found["obstacles"]}
    texts = {o["text"] for o in found["obstacles"]}
    other = _document(office.call("case", "why", "{case}", "--json", lang=next(x for x in LANGUAGES if x != lang)))
    assert keys == {o["key"] for o in other["obstacles"]}
    assert not texts & {o["text"] for o in other["obstacles"]}


def test_hostile_names_are_escaped_and_come_back_unchanged(office: Place) -> None:
    name = "甲\u202e乙\x1b[31m丙\u2028丁\x9b戊"
    office.execute("UPDATE cases SET name = ?", name)
    done = office.call("case", "show", "{case}", "--json")
    assert _document(done)["case"]["name"] == name
    assert "\\u202e" in done.out


def test_chinese_stays_readable(office: Place) -> None:
    assert "清禾家园" in office.call("case", "show", "{case}", "--json").out


def test_the_installed_program_prints_one_document_and_talks_on_stderr(office: Place) -> None:
    done = office.run("account", "add", "x", "--org", "health", "--level", "clerk", "--json", token="admin")
    assert done.exit == 0
    assert _document(done)["account"] == "x"
    assert _document(done)["token"] not in done.err
    failed = office.run("sign", CASE, "--verdict", "maybe", "--json", token="health")
    assert failed.exit == 2
    assert _document(failed)["error"] == "usage"


def test_a_verification_that_finds_something_is_one_document(office: Place) -> None:
    office.execute("UPDATE journal SET actor = 'nobody' WHERE entry = 2")
    done = office.call("journal", "verify", "--json")
    assert done.exit == 7
    assert _document(done)["findings"]


def test_a_doctor_who_finds_something_is_one_document(office: Place) -> None:
    office.execute("UPDATE alembic_version SET version_num = '9999'")
    done = office.call("doctor", "--json")
    assert done.exit == 7
    assert "database_newer" in {finding["code"] for finding in _document(done)}


def test_a_rehearsal_that_differs_is_one_document(nowhere: Place) -> None:
    from test_journey import altered

    nowhere.write("mine.yaml", altered())
    done = nowhere.call("rehearse", "mine.yaml", "--json")
    assert done.exit == 7
    assert _document(done)["error"] == "rehearsal_difference"
