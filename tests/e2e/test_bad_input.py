"""Whatever people get wrong, the program says what and where, changes nothing and never shows a traceback."""

from __future__ import annotations

import ctypes
import itertools
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mistakes import HOSTILE, MISTAKES, Mistake, record
from program import CASE, LANGUAGES, Completed, Place, added, digest, raw_characters

from workflow import database as workflow_database


def _message(done: Completed, *words: str) -> None:
    """The words stand in what was written, wherever the lines are folded."""
    written = done.flat().lower()
    missing = [word for word in words if "".join(word.split()).lower() not in written]
    assert not missing, f"not in the message: {missing}\n{done.text[-1500:]}"


def _decent(done: Completed) -> None:
    """No traceback, nothing that repaints a screen, no empty message, no endless one."""
    assert "Traceback" not in done.text, done.err[-1500:]
    assert not raw_characters(done.text)
    assert done.err.strip(), "a failure says nothing"
    assert len(done.err) < 6000, f"{len(done.err)} characters"


# -- the table -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_and_changes_nothing(name: str, office_at: Callable[..., Place]) -> None:
    mistake = MISTAKES[name]
    place = office_at(mistake.moment)
    mistake.prepared(place)
    before, listed = place.contents(), sorted(place.folder.iterdir())
    for number, lang in enumerate(LANGUAGES, 1):
        done = place.call(*mistake.command, lang=lang, token=mistake.by)
        _decent(done)
        assert done.exit == mistake.exit, done.text[-1500:]
        assert done.out == ""
        _message(done, *mistake.words, *(mistake.zh if lang == "zh" else mistake.en))
        _left_behind(before, place.contents(), mistake, number)
    assert sorted(place.folder.iterdir()) == listed


def _left_behind(before: dict[str, Any], after: dict[str, Any], mistake: Mistake, times: int) -> None:
    found = added(before, after)
    entries = found.pop("journal", [])
    assert not found
    assert len(entries) == mistake.entries * (1 if mistake.once else times)
    assert all("refused" in row for row in entries)


@pytest.mark.parametrize(
    "name",
    [
        "unknown case: case show", "area: negative", "sign-off: nobody asked this department",
        "file: case open truncated.yaml", "usage: invalid choice", "configuration: unknown key",
    ],
)  # fmt: skip
def test_the_installed_program_says_the_same(name: str, office_at: Callable[..., Place]) -> None:
    mistake = MISTAKES[name]
    place = office_at(mistake.moment)
    mistake.prepared(place)
    lang = LANGUAGES[len(name) % 2]
    here = place.call(*mistake.command, lang=lang, token=mistake.by)
    there = place.run(*mistake.command, lang=lang, token=mistake.by)
    assert there == here
    assert there.exit == mistake.exit


# -- what can be confirmed -------------------------------------------------------------------------------

_DOUBTFUL = {"name": "淄博示例甲置业有限公司", "usc_code": "91370303TEXT00010C"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_check_digit_can_be_confirmed_and_is_told(lang: str, office_at: Callable[..., Place]) -> None:
    place = office_at("new")
    place.write("p.json", record(developer=_DOUBTFUL))
    asked = place.call("case", "open", "p.json", lang=lang, token="nr")
    assert asked.exit == 7
    assert "confirm" in asked.err or "确认" in asked.err
    done = place.call("case", "open", "p.json", "--confirm-credit-code", lang=lang, token="nr")
    assert done.exit == 0, done.text
    assert ("校验" if lang == "zh" else "check digit") in done.out


def test_the_message_about_a_check_digit_names_the_option_that_confirms_it(office_at: Callable[..., Place]) -> None:
    place = office_at("new")
    place.write("p.json", record(developer=_DOUBTFUL))
    _message(place.call("case", "open", "p.json", token="nr"), "--confirm-credit-code")


# -- attachments -----------------------------------------------------------------------------------------


def _filed(place: Place, path: str) -> Completed:
    return place.call(
        "document", "add", "{case}", "planning_conditions", "张自然资条字〔2020〕901号",
        "--issued-on", "2020-07-20", "--file", path, token="nr",
    )  # fmt: skip


def test_an_attachment_from_another_folder_keeps_only_its_name(office: Place) -> None:
    office.write("elsewhere/plan.txt", "规划条件")
    (office.folder / "here").mkdir()
    assert _filed(office, "here/../elsewhere/plan.txt").exit == 0
    assert office.call("document", "list", "{case}", "--json").json()[0]["filename"] == "plan.txt"


@pytest.mark.parametrize("name", ["../../outside.txt", "/tmp/outside.txt", ".."])
def test_a_name_with_a_path_in_the_database_never_leaves_the_folder(name: str, office: Place) -> None:
    office.write("plan.txt", "规划条件")
    assert _filed(office, "plan.txt").exit == 0
    office.execute("UPDATE documents SET filename = ?", name)
    around = sorted(office.folder.parent.rglob("*"))
    (office.folder / "inside").mkdir()
    done = office.call("document", "get", "{case}", "1")
    assert "Traceback" not in done.err
    new = set(office.folder.parent.rglob("*")) - set(around)
    assert all(path.is_relative_to(office.folder) for path in new)
    assert not Path("/tmp/outside.txt").exists()


def test_a_file_is_never_overwritten(office: Place) -> None:
    office.write("plan.txt", "规划条件")
    assert _filed(office, "plan.txt").exit == 0
    done = office.call("document", "get", "{case}", "1")
    assert done.exit == 7
    _message(done, "plan.txt")
    assert (office.folder / "plan.txt").read_text(encoding="utf-8") == "规划条件"


@pytest.mark.parametrize(("damage", "exit_"), [("gone", 7), ("altered", 7)])
def test_a_stored_file_that_is_gone_or_altered_is_not_handed_out(damage: str, exit_: int, office: Place) -> None:
    office.write("plan.txt", "规划条件")
    assert _filed(office, "plan.txt").exit == 0
    stored = next(path for path in office.files.rglob("*") if path.is_file())
    assert stored.name == digest("规划条件".encode())
    stored.unlink() if damage == "gone" else stored.write_text("altered")
    done = office.call("document", "get", "{case}", "1", "--output", "out.txt")
    _decent(done)
    assert done.exit == exit_
    assert not (office.folder / "out.txt").exists()


# -- databases -------------------------------------------------------------------------------------------

#: A question, an action, the administrator's commands: each meets the database in its own way.
_COMMANDS: dict[str, tuple[str, ...]] = {
    "case list": ("case", "list"),
    "sign": ("sign", "{case}", "--verdict", "agree"),
    "account add": ("account", "add", "x", "--org", "health", "--level", "clerk"),
    "journal verify": ("journal", "verify"),
    "init": ("init",),
    "doctor": ("doctor",),
}


def _by(name: str) -> str:
    return "admin" if name == "account add" else "health"


def _overwritten(content: bytes) -> Callable[[Place], None]:
    return lambda place: (place.database.write_bytes(content), None)[1]


def _foreign(place: Place) -> None:
    place.database.unlink()
    with closing(sqlite3.connect(place.database)) as db:
        db.execute("CREATE TABLE things (name TEXT)")
        db.commit()


def _folder(place: Place) -> None:
    place.database.unlink()
    place.database.mkdir()


def _halved(place: Place) -> None:
    content = place.database.read_bytes()
    place.database.write_bytes(content[: len(content) // 2])


_DAMAGE: dict[str, Callable[[Place], None]] = {
    "newer": lambda place: place.execute("UPDATE alembic_version SET version_num = '9999'"),
    "text": _overwritten("这不是数据库。".encode() * 100),
    "another program's": _foreign,
    "a folder": _folder,
    "truncated": _halved,
}


@pytest.mark.parametrize("damage", _DAMAGE)
@pytest.mark.parametrize("command", _COMMANDS)
def test_a_database_that_cannot_be_used_is_named(command: str, damage: str, office: Place) -> None:
    _DAMAGE[damage](office)
    before = office.database.read_bytes() if office.database.is_file() else None
    for lang in LANGUAGES:
        done = office.call(*_COMMANDS[command], lang=lang, token=_by(command))
        assert "Traceback" not in done.text, done.err[-1500:]
        assert done.exit == 7, done.text[-1500:]
        _message(done, "peijian.db")
    assert before is None or office.database.read_bytes() == before


@pytest.mark.parametrize("command", ["case list", "sign", "journal verify", "doctor"])
def test_a_database_that_is_not_there_is_not_made_by_accident(command: str, nowhere: Place) -> None:
    done = nowhere.call(*_COMMANDS[command], token="x")
    assert done.exit == 7
    _message(done, "peijian.db", "peijian init")
    assert not nowhere.database.exists()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://nobody@127.0.0.1:1/none",
        "nonsense://x",
        "://",
        "mysql://x",
        "sqlite:///{folder}/none.db",
        "sqlite://",
    ],
)
@pytest.mark.parametrize("command", ["case list", "doctor", "init"])
def test_an_address_that_leads_nowhere_is_invalid_and_no_bug(command: str, address: str, office: Place) -> None:
    """A server that is down may be up again; ``doctor`` says what does not work now."""
    if command == "init" and address.startswith("sqlite:///"):
        pytest.skip("this one can be made")
    done = office.call(*_COMMANDS[command], "--database", address)
    assert "Traceback" not in done.text, done.err[-600:]
    assert done.exit == (6 if address.startswith("postgresql") and command != "doctor" else 7)


@pytest.mark.parametrize("name", ["a?b.db", "a#b.db", "a%20b.db", "数据 库.db"])
def test_a_database_stands_where_its_name_says(name: str, nowhere: Place) -> None:
    done = nowhere.call("init", "--database", name)
    assert done.exit == 0
    assert [path.name for path in nowhere.folder.glob("*") if path.is_file()] == [name]
    assert nowhere.call("case", "list", "--database", name).exit == 0


def test_init_with_an_unknown_organisation_leaves_no_database_without_an_administrator(nowhere: Place) -> None:
    wrong = nowhere.call("init", "--org", "helth")
    assert wrong.exit == 5
    _message(wrong, "helth", "health")
    again = nowhere.call("init")
    assert again.exit == 0
    assert again.out.strip(), "no token: nobody will ever be administrator of this database"
    added = nowhere.call("account", "add", "x", "--org", "health", "--level", "clerk", token=again.out.strip())
    assert added.exit == 0, added.text


@pytest.mark.parametrize("command", _COMMANDS)
def test_a_locked_database_asks_to_try_again(command: str, office: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow_database, "_BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(office.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = office.call(*_COMMANDS[command], token=_by(command))
    assert "Traceback" not in done.text, done.err[-1500:]
    assert done.exit in ((6, 7) if command == "doctor" else (6,)), done.text
    _message(done, "busy")


@pytest.mark.parametrize("command", ["sign", "account add"])
def test_a_writer_beside_us_asks_to_try_again(command: str, office: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow_database, "_BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(office.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = office.call(*_COMMANDS[command], token=_by(command))
    assert done.exit == 6, done.text[-1500:]


def _ordinary() -> None:
    """In the child: root may write anything, so give that privilege up (Linux; elsewhere nothing happens)."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)


@pytest.mark.skipif(os.name != "posix", reason="file permissions")
@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("command", ["sign", "doctor"])
def test_a_database_that_may_not_be_written_is_named(command: str, what: str, office: Place) -> None:
    closed = office.database if what == "file" else office.folder
    mode = closed.stat().st_mode
    before = office.contents()
    closed.chmod(0o444 if what == "file" else 0o555)
    try:
        done = office.run(*_COMMANDS[command], token=_by(command), before=_ordinary)
    finally:
        closed.chmod(mode)
    assert "Traceback" not in done.text, done.err[-1500:]
    assert done.exit == 7, done.text
    _message(done, "peijian.db", "cannot be written")
    assert office.contents() == before


@pytest.mark.skipif(os.name != "posix", reason="file permissions")
def test_a_database_that_may_only_be_read_can_be_read(office: Place) -> None:
    office.database.chmod(0o444)
    done = office.run("case", "show", CASE, before=_ordinary)
    assert done.exit == 0, done.text


@pytest.mark.skipif(os.name != "posix", reason="file permissions")
@pytest.mark.parametrize("command", ["sign", "init", "doctor"])
def test_a_database_that_may_not_even_be_read_is_named(command: str, office: Place) -> None:
    office.database.chmod(0o000)
    done = office.run(*_COMMANDS[command], token="health", before=_ordinary)
    assert "Traceback" not in done.text, done.err[-1500:]
    assert done.exit == 7, done.text
    _message(done, "peijian.db")


@pytest.mark.skipif(os.name != "posix", reason="file permissions")
def test_a_folder_that_may_not_be_written_takes_no_new_database(nowhere: Place) -> None:
    nowhere.folder.chmod(0o555)
    try:
        done = nowhere.run("init", before=_ordinary)
    finally:
        nowhere.folder.chmod(0o755)
    assert "Traceback" not in done.text, done.err[-1500:]
    assert done.exit == 7, done.text


# -- ways to lock oneself out ----------------------------------------------------------------------------


def test_the_last_administrator_cannot_be_closed(office: Place) -> None:
    done = office.call("account", "close", "admin", token="admin")
    assert done.exit != 0
    assert office.call("account", "add", "x", "--org", "health", "--level", "clerk", token="admin").exit == 0


def test_an_action_that_is_reported_as_failed_was_not_carried_out(office: Place) -> None:
    """Whatever goes wrong behind an action is found before it, or not called a failure."""
    before = office.contents()
    for words in (("--config", "none.yaml"), ("--config", "{folder}")):
        done = office.call("sign", "{case}", "--verdict", "agree", *words, token="education")
        if done.exit != 0:
            assert not added(before, office.contents()), done.err


# -- names that were never checked -----------------------------------------------------------------------


@pytest.mark.parametrize("name", [HOSTILE, "", "n" * 100_000])
def test_the_first_administrator_has_a_decent_name(name: str, nowhere: Place) -> None:
    done = nowhere.call("init", "--admin", name)
    assert done.exit == 7, done.text[:300]
    assert not nowhere.database.exists()


def test_every_exit_code_of_the_design_is_met_by_a_mistake() -> None:
    met = {mistake.exit for mistake in MISTAKES.values()}
    assert met == {2, 3, 4, 5, 7}, "0 and 6 are met above; 1 would be a bug"


def test_every_group_of_commands_has_its_mistakes() -> None:
    commands = {" ".join(itertools.islice(mistake.command, 1)) for mistake in MISTAKES.values()}
    assert commands >= {"case", "facility", "sign", "document", "account", "acceptance", "presale", "journal"}
