"""``peijian login`` keeps a token for a server or a database, where its owner alone can read it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pexpect
import pytest
from program import CONFIG, LANGUAGES, SCRIPT, Completed, Place
from serving import Remote, Served, remote


@pytest.fixture
def away(moments: dict[str, Place], served: Served, tmp_path: Path) -> Remote:
    served.lay(moments["planning_joint_review"])
    return remote(tmp_path, served)


def _kept(place: Place) -> Path:
    return place.folder / ".config" / "peijian" / "tokens.json"


def _login(place: Place, token: str, *more: str, **env: str) -> Completed:
    return place.run("login", *more, stdin=place.tokens.get(token, token) + "\n", env=env)


def test_the_token_is_read_from_stdin_and_let_in_from_then_on(away: Remote) -> None:
    assert away.run("whoami").exit == 4
    done = _login(away, "health")
    assert done.exit == 0, done.text
    assert "health" in done.out
    assert away.tokens["health"] not in done.text
    assert away.run("whoami", "--json").json()["account"] == "health"
    assert away.call("whoami", "--json").json()["account"] == "health"


def test_nobody_else_can_read_it(away: Remote) -> None:
    assert _login(away, "health").exit == 0
    assert _kept(away).stat().st_mode & 0o777 == 0o600
    assert _kept(away).parent.stat().st_mode & 0o777 == 0o700
    assert list(_kept(away).parent.iterdir()) == [_kept(away)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_that_others_can_read_is_refused(lang: str, away: Remote) -> None:
    assert _login(away, "health").exit == 0
    _kept(away).chmod(0o644)
    done = away.call("whoami", lang=lang)
    assert done.exit == 7
    assert "tokens.json" in done.flat() and "600" in done.flat()
    assert away.call("whoami", token="health").exit == 0


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', "\udcff"])
def test_a_file_that_is_broken_is_told(content: str, away: Remote) -> None:
    assert _login(away, "health").exit == 0
    _kept(away).write_bytes(content.encode(errors="surrogateescape"))
    done = away.call("whoami")
    assert done.exit in (4, 7)
    assert "Traceback" not in done.text


def test_each_server_and_database_has_its_own(away: Remote, office: Place) -> None:
    assert _login(away, "health").exit == 0
    assert _login(away, "nr", "--database", str(office.database)).exit == 0
    assert away.call("whoami", "--json").json()["account"] == "health"
    assert away.call("whoami", "--json", "--database", str(office.database)).json()["account"] == "nr"
    assert sorted(json.loads(_kept(away).read_text())) == sorted([away.server, str(office.database)])


@pytest.mark.parametrize(
    "written", ["{address}/", "HTTP:{rest}", "HTTP://LocalHost:{port}/", "http://localhost:{port}"]
)
def test_one_server_is_the_same_however_its_address_is_written(written: str, away: Remote) -> None:
    rest, port = away.server.removeprefix("http:"), away.server.rpartition(":")[2]
    named = written.format(address=away.server, rest=rest, port=port)
    usual = f"http://localhost:{port}" if "localhost" in named.lower() else away.server
    assert _login(away, "health", "--server", usual).exit == 0
    assert away.call("whoami", "--json", "--server", named).exit == 0
    assert away.call("login", "--forget", "--server", named).exit == 0
    assert _login(away, "health", "--server", named).exit == 0
    assert list(json.loads(_kept(away).read_text())) == [usual]


def test_the_environment_counts_more(away: Remote) -> None:
    assert _login(away, "health").exit == 0
    assert away.call("whoami", "--json", token="nr").json()["account"] == "nr"
    done = _login(away, "housing", PEIJIAN_TOKEN=away.tokens["nr"])
    assert done.exit == 0
    assert away.call("whoami", "--json").json()["account"] == "housing"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_that_the_environment_counts_more_is_said_at_once(lang: str, away: Remote) -> None:
    same = _login(away, "health", PEIJIAN_LANG=lang, PEIJIAN_TOKEN=away.tokens["health"])
    assert (same.exit, same.err) == (0, "")
    other = _login(away, "health", "--json", PEIJIAN_LANG=lang, PEIJIAN_TOKEN=away.tokens["nr"])
    assert (other.exit, other.json()["account"]) == (0, "health")
    assert "PEIJIAN_TOKEN" in other.err
    assert away.tokens["nr"] not in other.text and away.tokens["health"] not in other.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whoever_gives_no_token_hears_that(lang: str, away: Remote) -> None:
    done = away.run("login", "--json", lang=lang)
    assert (done.exit, done.json()["error"]) == (4, "no_token")
    assert "PEIJIAN_TOKEN" in done.text and "peijian login" not in done.text


@pytest.mark.parametrize("token", ["wrong", "", "令牌"])
def test_a_token_that_lets_nobody_in_is_not_kept(token: str, away: Remote) -> None:
    assert _login(away, "health").exit == 0
    before = _kept(away).read_bytes()
    assert _login(away, token).exit == 4
    assert _kept(away).read_bytes() == before


def test_the_token_of_an_account_that_is_closed_is_not_kept(away: Remote) -> None:
    assert _login(away, "gone").exit == 4
    assert not _kept(away).exists()


def test_a_token_is_forgotten(away: Remote) -> None:
    assert _login(away, "health").exit == 0
    done = away.run("login", "--forget", "--json")
    assert done.json() == {"place": away.server, "kept": False}
    assert away.call("whoami").exit == 4
    assert json.loads(_kept(away).read_text()) == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_not_kept_is_not_forgotten(lang: str, away: Remote) -> None:
    assert _login(away, "health").exit == 0
    first, second = (away.run("login", "--forget", lang=lang) for _ in range(2))
    assert (first.exit, second.exit) == (0, 0)
    assert {"en": "is forgotten", "zh": "已删除"}[lang] in first.out
    assert {"en": "No token is kept", "zh": "没有保存"}[lang] in second.out
    assert away.run("login", "--forget", "--json").json() == {"place": away.server, "kept": False}


def test_on_a_terminal_it_is_asked_for_and_not_shown(away: Remote) -> None:
    child: Any = pexpect.spawn(
        str(SCRIPT), ["login"], cwd=away.folder, env=away.environment(), encoding="utf-8", timeout=30
    )
    child.expect_exact("Token: ")
    child.sendline(away.tokens["health"])
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "health" in child.before
    assert away.tokens["health"] not in child.before
    assert away.call("whoami").exit == 0


def test_who_says_nothing_keeps_nothing(away: Remote) -> None:
    child: Any = pexpect.spawn(
        str(SCRIPT), ["login"], cwd=away.folder, env=away.environment(), encoding="utf-8", timeout=30
    )
    child.expect_exact("Token: ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert not _kept(away).exists()


# -- which server ----------------------------------------------------------------------------------------


def _configured(place: Place, line: str) -> dict[str, str]:
    place.write("config.yaml", CONFIG.read_text(encoding="utf-8") + f"\n{line}\n")
    return {"PEIJIAN_SERVER": "", "PEIJIAN_DATABASE": ""}


def test_the_configuration_names_the_server(away: Remote) -> None:
    none = _configured(away, f'server: "{away.server}"')
    named = none | {"PEIJIAN_CONFIG": str(away.folder / "config.yaml")}
    assert away.call("whoami", "--json", token="health", env=named).json()["account"] == "health"
    assert _login(away, "nr", **none).exit == 0
    assert away.call("whoami", "--json", env=none).json()["account"] == "nr"


def test_what_is_named_nearer_counts_more(away: Remote, office: Place) -> None:
    none = _configured(away, 'server: "http://127.0.0.1:1"')
    who = ("whoami", "--json")
    database = str(office.database)
    assert away.call(*who, token="health", env=none).exit == 6
    assert away.call(*who, token="health", env=none | {"PEIJIAN_SERVER": away.server}).exit == 0
    assert away.call(*who, token="health", env=none | {"PEIJIAN_DATABASE": database}).exit == 0
    assert away.call(*who, "--database", database, token="health", env=none).exit == 0
    wrong = {"PEIJIAN_SERVER": "http://127.0.0.1:1", "PEIJIAN_DATABASE": database}
    assert away.call(*who, token="health", env=none | wrong).exit == 6
    assert away.call(*who, "--server", away.server, token="health", env=none | wrong).exit == 0
    assert away.call(*who, "--database", database, token="health", env=none | wrong).exit == 0


def test_a_command_names_a_server_or_a_database(away: Remote, office: Place) -> None:
    for command in ("whoami", "case list", "init", "login --forget"):
        named = ("--server", away.server, "--database", str(office.database))
        done = away.call(*command.split(), *named, token="health")
        assert done.exit == 2
        assert "--server" in done.err and "--database" in done.err


LOCAL = {
    "init": ("init",),
    "doctor": ("doctor",),
    "backup": ("backup", "b.tar"),
    "restore": ("restore", "b.tar"),
    "scheduler": ("scheduler", "--once"),
    "remind run": ("remind", "run"),
    "serve": ("serve", "--port", "0"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", LOCAL)
def test_what_is_done_beside_the_database_says_so(path: str, lang: str, away: Remote) -> None:
    away.write("b.tar", "")
    if path == "backup":
        (away.folder / "b.tar").unlink()
    done = away.call(*LOCAL[path], token="admin", lang=lang)
    assert done.exit == 2, done.text
    assert away.server in done.flat() and "--database" in done.flat()
    assert not (away.folder / "data").exists()


@pytest.mark.parametrize("command", [("demo",), ("rehearse", "yunling")], ids=lambda words: words[0])
def test_a_rehearsal_is_played_here(command: tuple[str, ...], away: Remote, served: Served) -> None:
    before = served.place.contents()
    assert away.call(*command).exit == 0
    refused = away.call(*command, "--server", away.server)
    assert refused.exit == 2
    assert away.server in refused.flat()
    assert served.place.contents() == before


def test_the_environment_of_the_tests_holds_no_server() -> None:
    assert not {"PEIJIAN_SERVER", "PEIJIAN_TOKEN"} & os.environ.keys()


# -- a token goes where it belongs -----------------------------------------------------------------------------


def test_a_configuration_that_lies_about_does_not_get_the_token_of_the_environment(away: Remote) -> None:
    """Anybody may have put it into the folder; a server that it names hears only the token that was kept for it."""
    lying = away.write("config.yaml", f"server: {away.server}\n")
    nothing = {"PEIJIAN_SERVER": "", "PEIJIAN_DATABASE": ""}
    assert away.call("whoami", token="health", env=nothing).exit == 4
    assert away.call("whoami", token="health", env=nothing | {"PEIJIAN_CONFIG": str(lying)}).exit == 0
    assert _login(away, "health", **nothing).exit == 0
    assert away.call("whoami", env=nothing).exit == 0


def test_a_token_is_kept_for_a_database_without_its_password(office: Place) -> None:
    address = "postgresql+psycopg://clerk:secret@127.0.0.1:1/peijian"
    done = office.run("--database", address, "login", "--forget")
    assert done.exit == 0
    assert "secret" not in done.text and "***" in done.text
