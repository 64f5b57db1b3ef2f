"""Help, version and completion answer at once: they load neither the tables nor the lifecycle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from program import CASE, LANGUAGES, REPO, Place, group_paths
from serving import Remote, Served, remote

#: Never for help, whatever command it is about.
HEAVY = (
    "sqlmodel", "sqlalchemy", "alembic", "sqlite3", "psycopg", "transitions", "apscheduler", "jinja2", "docx",
    "docxtpl", "openpyxl", "uvicorn", "starlette", "multipart",
)  # fmt: skip
#: Not even these where no command is built.
MODELS = ("pydantic", "notifications", "states.actions", "ruamel", "rich.console", "workflow.office")

_PROGRAM = """
import json, sys
import cli
try:
    cli.main(json.loads(sys.argv[1]))
except SystemExit:
    pass
watched = json.loads(sys.argv[2])
sys.stderr.write("\\nloaded:" + json.dumps([name for name in watched if name in sys.modules]))
"""


def loaded(place: Place, *command: str, **environment: str) -> tuple[list[str], str]:
    """Which of the watched modules a command brings with it, and what it prints."""
    words = [json.dumps(list(command)), json.dumps([*HEAVY, *MODELS])]
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *words],
        capture_output=True,
        check=True,
        cwd=place.folder,
        env=place.environment(**environment) | {"PYTHONPATH": str(REPO)},  # type: ignore[arg-type]
        text=True,
        timeout=60,
    )
    return json.loads(done.stderr.rpartition("loaded:")[2]), done.stdout


@pytest.mark.parametrize(
    "command", ["--help", "--version", "", *(f"{group} --help" for group in group_paths() if group)]
)
def test_help_without_a_command_loads_nothing(command: str, nowhere: Place) -> None:
    found, _ = loaded(nowhere, *command.split())
    assert found == []


@pytest.mark.parametrize(
    "command",
    [
        "serve --help",
        "login --help",
        "sign --help",
        "case open --help",
        "case import --help",
        "facility add --help",
        "case show --help",
        "paper letter --help",
    ],
)
def test_help_of_a_command_loads_no_database_and_no_lifecycle(command: str, nowhere: Place) -> None:
    found, text = loaded(nowhere, *command.split())
    assert not set(found) & set(HEAVY)
    assert "Usage" in text


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("peijian ", "lifecycle"),
        ("peijian ca", "case"),
        ("peijian case ci", "circulate"),
        ("peijian sign --ver", "--verdict"),
        ("peijian sign --verdict ", "agree_with_conditions"),
        ("peijian --lang ", "zh"),
    ],
)
def test_completion_loads_no_database_and_no_lifecycle(typed: str, offered: str, nowhere: Place) -> None:
    words = typed.split(" ")
    environment = {
        "_PEIJIAN_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(words) - 1),
    }
    found, text = loaded(nowhere, **environment)
    assert offered in text
    assert not set(found) & set(HEAVY)


def test_completion_of_a_command_group_loads_nothing(nowhere: Place) -> None:
    found, _ = loaded(nowhere, _PEIJIAN_COMPLETE="bash_complete", COMP_WORDS="peijian ca", COMP_CWORD="1")
    assert found == []


def test_the_installed_program_offers_completion(nowhere: Place) -> None:
    done = nowhere.run(env={"_PEIJIAN_COMPLETE": "bash_source"})
    assert done.exit == 0
    assert "_PEIJIAN_COMPLETE=bash_complete" in done.out


def test_the_version_is_the_distribution_s(nowhere: Place) -> None:
    done = nowhere.run("--version")
    assert done.exit == 0
    assert done.out.startswith("peijian 0.")


# -- through a server ------------------------------------------------------------------------------------

_NUMBER = "张自然资条字〔2020〕901号"
REMOTE = [
    "sign {case} --verdict agree --text 同意",
    "case show {case}",
    "case list --json",
    "case list --csv list.csv",
    "whoami",
    f"document add {{case}} planning_conditions {_NUMBER} --issued-on 2020-08-14 --file paper.txt",
    "document get {case} 1",
    "account list --json",
]


@pytest.fixture
def away(moments: dict[str, Place], served: Served, tmp_path: Path) -> Remote:
    served.lay(moments["planning_joint_review"])
    return remote(tmp_path, served)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("command", REMOTE)
def test_a_command_that_goes_to_a_server_loads_neither_database_nor_models(
    command: str, lang: str, away: Remote
) -> None:
    away.write("paper.txt", "规划条件（示例）")
    if command.startswith("document get"):
        assert away.call(*REMOTE[5].split(), token="nr").exit == 0
        (away.folder / "paper.txt").unlink()
    found, text = loaded(away, *command.replace("{case}", CASE).split(), token="nr", lang=lang)
    assert found == []
    assert text


def test_an_error_of_the_server_loads_neither_database_nor_models(away: Remote) -> None:
    found, _ = loaded(away, "case", "show", "ZDPT-2020-0010", token="nr")
    assert found == []


def test_a_prompt_through_a_server_loads_no_database(away: Remote) -> None:
    script = _PROGRAM.replace("import cli", "import cli, commands.prompts")
    # The lifecycle says what is asked next.
    watched = [json.dumps(["whoami"]), json.dumps([name for name in HEAVY if name != "transitions"])]
    done = subprocess.run(
        [sys.executable, "-c", script, *watched], capture_output=True, check=True, cwd=away.folder, text=True,
        env=away.environment(token="nr") | {"PYTHONPATH": str(REPO)}, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stderr.rpartition("loaded:")[2]) == []
