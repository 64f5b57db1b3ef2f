"""What the papers say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from program import REPO, Place, command_paths, group_paths

from commands.catalogue import COMMANDS
from policies.authority import PERMISSIONS
from service.door import requests
from states.actions import ACTIONS
from workflow import rehearsal

README = (REPO / "README.md").read_text(encoding="utf-8")
CHINESE_README = (REPO / "README.zh-CN.md").read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> list[str]:
    """The code blocks of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _bare(block: str) -> list[str]:
    """The commands of a block, without remarks and empty lines."""
    lines = (re.sub(r"\s+#.*", "", line).strip() for line in block.splitlines())
    return [line for line in lines if line]


# -- README ----------------------------------------------------------------------------------------------


def test_the_readme_s_test_command_is_the_one_the_pipeline_runs() -> None:
    _demo, test = (block.strip() for block in blocks(README, "sh")[:2])
    script = (REPO / ".ci" / "run").read_text(encoding="utf-8")
    assert f"\n{test} " in script


def test_the_readme_s_two_commands_install_alike() -> None:
    demo, test = (block.strip().split(" && ") for block in blocks(README, "sh")[:2])
    assert demo[:-1] == [part.replace("-e '.[test]'", "-e .") for part in test[:-1]]
    assert demo[-1] == ".venv/bin/peijian demo"
    assert test[-1].startswith(".venv/bin/pytest")


def test_both_readmes_give_the_same_commands() -> None:
    english, chinese = ([_bare(block) for block in blocks(text, "sh")] for text in (README, CHINESE_README))
    english[2][0] = english[2][0].replace(" PEIJIAN_LANG=en", "")
    assert english == chinese


@pytest.mark.parametrize(("text", "lang"), [(README, "en"), (CHINESE_README, "zh")], ids=["README", "README.zh-CN"])
def test_the_picture_in_the_readme_is_the_lifecycle(text: str, lang: str, nowhere: Place) -> None:
    assert blocks(text, "mermaid") == [nowhere.call("lifecycle", "diagram", lang=lang).out]


def test_every_link_of_the_papers_leads_somewhere() -> None:
    papers = [*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md"), *(REPO / "benchmarks").glob("*.md")]
    for paper in papers:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", paper.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (paper.parent / target).exists(), (paper.name, target)


def test_the_readme_names_every_exit_code() -> None:
    for text in (README, CHINESE_README):
        paragraph = next(p for p in text.split("\n\n") if p.startswith(("Exit codes", "退出码")))
        assert re.findall(r"(?<![0-9])([0-7]) ", paragraph) == list("01234567")


def test_every_command_in_the_papers_exists(nowhere: Place) -> None:
    known = set(command_paths()) | set(group_paths())
    papers = [*REPO.glob("*.md"), REPO / "docs" / "rehearsal.md", REPO / "docs" / "authority.md"]
    for paper in papers:
        for words in re.findall(r"`peijian ([a-z][a-z -]*[a-z])", paper.read_text(encoding="utf-8")):
            path = words.split(" --")[0]
            assert path in known or path.split()[0] in known, (paper.name, path)


# -- docs ------------------------------------------------------------------------------------------------


def test_the_authority_table_is_the_one_the_program_obeys() -> None:
    text = (REPO / "docs" / "authority.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| `[a-z -]+` \|", line)]
    expected = [
        f"| `{p.action}` | {', '.join(p.stages)} | {', '.join(p.parties)} | {p.level} |" for p in PERMISSIONS.values()
    ]
    assert rows == expected


def test_the_authority_table_is_the_one_the_program_prints(nowhere: Place) -> None:
    printed = nowhere.call("lifecycle", "actions", "--json").json()
    assert [(p["action"], p["stages"], p["parties"], p["level"]) for p in printed] == [
        (p.action, list(p.stages), list(p.parties), p.level) for p in PERMISSIONS.values()
    ]


def test_every_action_has_a_permission_and_a_command() -> None:
    assert set(PERMISSIONS) == set(ACTIONS)
    assert set(ACTIONS) <= set(COMMANDS)


def test_the_example_of_the_rehearsal_paper_plays(nowhere: Place) -> None:
    text = (REPO / "docs" / "rehearsal.md").read_text(encoding="utf-8")
    example = blocks(text, "yaml")[-1]
    path = nowhere.write("example.yaml", example)
    assert len(rehearsal.load(path).steps) == 4
    done = nowhere.call("rehearse", "example.yaml")
    assert done.exit == 0, done.text


def test_the_rehearsal_paper_names_the_shipped_scripts() -> None:
    text = (REPO / "docs" / "rehearsal.md").read_text(encoding="utf-8")
    named = {Path(name).stem for name in re.findall(r"`workflow/rehearsals/(\w+)\.yaml`", text)}
    assert named == set(rehearsal.shipped())


# -- help ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", command_paths())
def test_every_command_says_what_it_does(path: str, nowhere: Place) -> None:
    text = nowhere.call(*path.split(), "--help").out
    said = " ".join(text.partition("Options:")[0].split())
    assert COMMANDS[path].help in said
    assert COMMANDS[path].help.endswith(".")


@pytest.mark.parametrize("path", [*ACTIONS, *requests()])
def test_a_command_s_help_is_the_first_line_of_its_model(path: str) -> None:
    said = ((ACTIONS | requests())[path].__doc__ or "").strip().splitlines()[0]
    assert said.endswith(".")
    assert path not in COMMANDS or COMMANDS[path].help == said


def test_every_group_lists_its_commands(nowhere: Place) -> None:
    for group in group_paths():
        text = nowhere.call(*group.split(), "--help").out
        prefix = f"{group} " if group else ""
        for path in command_paths():
            if path.startswith(prefix):
                assert f"  {path.removeprefix(prefix).split()[0]} " in text


def test_required_options_are_marked_as_such(nowhere: Place) -> None:
    """What must be given can be seen before it is missed."""
    unmarked = []
    for path, model in ACTIONS.items():
        text = re.sub(r"\n {10,}", " ", nowhere.call(*path.split(), "--help").out)
        for name, field in model.model_fields.items():
            flag = "--" + name.replace("_", "-")
            line = next((line for line in text.splitlines() if line.startswith(f"  {flag} ")), "")
            if field.is_required() and line and "required" not in line:
                unmarked.append(f"{path} {flag}")
    assert not unmarked
