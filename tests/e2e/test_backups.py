"""Tokens and backups as people meet them: the installed program, real files, and processes that are killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from program import CASE, LANGUAGES, SCRIPT, Place
from servers import Server

OfficeAt = Callable[..., Place]


def elsewhere(place: Place) -> Place:
    """The same people at the restored database."""
    other = Place(place.folder / "elsewhere", place.tokens)
    other.folder.mkdir(exist_ok=True)
    return other


def started(place: Place, *command: str, by: str = "admin", lang: str = "en") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(SCRIPT), *command], cwd=place.folder, env=place.environment(lang, by), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


# -- tokens ------------------------------------------------------------------------------------------------


def test_whoever_is_asked_says_who_he_is(office: Place) -> None:
    made = office.call("account", "add", "new", "--org", "health", "--level", "auditor", "--expires", "2099-12-31",
                       token="admin")  # fmt: skip
    told = office.run("whoami", "--json", token=made.out.strip()).json()
    assert (told["account"], told["organisation"], told["level"]) == ("new", "health", "auditor")
    assert told["expires_on"] == "2099-12-31"
    assert "token" not in told and made.out.strip() not in str(told)
    for name in ("admin", "health", "auditor", "nr_clerk"):
        assert office.call("whoami", token=name).exit == 0
    for token in (None, "", "x", "gone", "\udcff"):
        done = office.run("whoami", token=token)
        assert (done.exit, done.out) == (4, "")
        assert "Traceback" not in done.err


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_new_token_counts_from_the_next_call_on(lang: str, office: Place) -> None:
    new = office.run("account", "token", "education_sports", lang=lang, token="admin").out.strip()
    refused = office.run("sign", CASE, "--verdict", "agree", lang=lang, token="education_sports")
    assert refused.exit == 4
    assert office.run("sign", CASE, "--verdict", "agree", lang=lang, token=new).exit == 0
    assert office.run("account", "token", "education_sports", "--revoke", lang=lang, token="admin").exit == 0
    assert office.run("withdraw", CASE, "--reason", "x", lang=lang, token=new).exit == 4
    assert office.run("account", "list", lang=lang).exit == 0
    shown = office.call("journal", "show", lang=lang).out
    assert new[:8] in shown
    assert new not in shown
    assert office.call("journal", "verify").exit == 0


def test_an_exchanged_token_is_found_by_the_doctor(office: Place) -> None:
    assert office.call("doctor").exit == 0
    office.execute("UPDATE account SET token_digest = 'x' WHERE account = 'health'")
    assert office.call("doctor").exit == 7
    done = office.call("journal", "verify", "--json")
    assert [f["params"] for f in done.json()["findings"]] == [{"account": "health"}]


# -- backups -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_office_is_lost_and_comes_back(lang: str, office_at: OfficeAt) -> None:
    place = office_at("in_use")
    before = place.contents()
    made = place.run("backup", "backup.tar", lang=lang, token="admin")
    assert made.exit == 0, made.text
    archive = place.folder / "backup.tar"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    other = elsewhere(place)
    back = other.run("restore", str(archive), "--database", str(other.database), lang=lang)
    assert back.exit == 0, back.text
    after = other.contents()
    assert after.pop("files") == before.pop("files") != []
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"installation", "journal"}
    assert other.run("journal", "verify", lang=lang).exit == 0
    assert other.run("document", "list", CASE, lang=lang).out == place.run("document", "list", CASE, lang=lang).out
    again = other.run("restore", str(archive), "--database", str(other.database), lang=lang)
    assert again.exit == 7
    unchanged = other.contents()
    unchanged.pop("files")
    assert unchanged == after


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_office_moves_from_its_file_to_a_server_and_back(lang: str, office_at: OfficeAt, server: Server) -> None:
    place = office_at("in_use")
    other = elsewhere(place)
    address, files = server.new(), other.folder / "shared" / "files"
    there = {"PEIJIAN_DATABASE": address, "PEIJIAN_FILES": str(files)}
    assert place.run("backup", "b.tar", lang=lang, token="admin").exit == 0
    into = other.run("restore", str(place.folder / "b.tar"), lang=lang, env=there)
    assert into.exit == 0, into.text
    assert len([path for path in files.rglob("*") if path.is_file()]) == len(place.contents()["files"]) > 0
    again = other.run("restore", str(place.folder / "b.tar"), lang=lang, env=there)
    assert again.exit == 7
    assert "Traceback" not in again.err
    assert other.run("journal", "verify", lang=lang, env=there).exit == 0
    assert other.run("remind", "run", "--json", lang=lang, env=there).json()["held"] is True
    assert other.run("remind", "resume", lang=lang, token="admin", env=there).exit == 0

    made = other.run("backup", "c.tar", "--json", lang=lang, token="admin", env=there)
    assert (made.exit, made.json()["findings"]) == (0, []), made.text
    back = other.run("restore", "c.tar", lang=lang)
    assert back.exit == 0, back.text
    before, after = place.contents(), other.contents()
    assert {name for name in before if before[name] != after[name]} == {"installation", "journal", "heartbeat"}
    assert other.run("journal", "verify", lang=lang).exit == 0
    assert other.run("remind", "run", "--json", lang=lang).json()["held"] is True
    listed = [at.run("document", "list", CASE, lang=lang).out for at in (place, other)]
    assert listed[0] == listed[1] == other.run("document", "list", CASE, lang=lang, env=there).out
    server.drop(address)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everybody_is_told_that_messages_wait(lang: str, office: Place) -> None:
    assert office.call("backup", "b.tar", token="admin").exit == 0
    other = elsewhere(office)
    assert other.call("restore", str(office.folder / "b.tar"), lang=lang).exit == 0
    told = [other.run(*words, lang=lang) for words in (("remind", "run"), ("scheduler", "--once"), ("doctor",))]
    assert [done.exit for done in told] == [0, 0, 0]
    assert all("peijianremindresume" in done.flat() for done in told)
    assert other.run("remind", "run", "--json", lang=lang).json()["held"] is True
    daemon = started(other, "scheduler", "--every", "5", lang=lang)
    assert daemon.stderr
    first = os.read(daemon.stderr.fileno(), 65_536)  # it runs; the rest follows in a moment
    time.sleep(3)
    daemon.send_signal(signal.SIGTERM)
    _, err = daemon.communicate(timeout=20)
    assert "remind resume" in " ".join((first + err).decode().split()), err.decode()
    assert daemon.returncode == 0
    assert other.contents()["messages"] == office.contents()["messages"]
    assert not (other.folder / "outbox").exists()

    assert other.run("remind", "resume", lang=lang, token="health").exit == 4
    assert other.run("remind", "resume", lang=lang, token="admin").exit == 0
    assert other.run("remind", "run", "--json", lang=lang).json()["held"] is False
    assert other.run("journal", "verify", lang=lang).exit == 0
    shown = other.call("journal", "show", "--json").json()
    told_of = [(entry["action"], entry["outcome"]) for entry in shown if entry["subject"] == "-"]
    assert told_of[-3:] == [("restore", "done"), ("remind resume", "refused"), ("remind resume", "done")]


@pytest.mark.parametrize("after", [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4])
def test_killed_in_the_middle_it_leaves_no_half_backup(after: float, office_at: OfficeAt) -> None:
    place = office_at("in_use")
    target = place.folder / "b.tar"
    with closing(sqlite3.connect(place.database)) as db:  # something to copy: it takes a while
        db.execute("CREATE TABLE ballast (content BLOB)")
        db.executemany("INSERT INTO ballast VALUES (zeroblob(1000000))", [()] * 100)
        db.commit()
    running = started(place, "backup", "b.tar")
    time.sleep(after)
    running.kill()
    running.communicate()
    if not target.exists():
        assert place.call("backup", "b.tar", token="admin").exit == 0
    assert elsewhere(place).call("restore", str(target)).exit == 0
