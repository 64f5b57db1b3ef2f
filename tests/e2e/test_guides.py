"""The guides are typed out, line by line, in an office where the project is at the stage they speak of.

In a guide, ``<!-- office: MOMENT -->`` says which prepared office comes next and ``<!-- before, as WHO: COMMAND -->``
what was done in it. In a block of commands ``# as: WHO`` says who types from there on, ``# answers: …`` what is
answered to the next command on a terminal, and a remark behind a command that it does not succeed.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest
import sheets
from examples import calendar_file
from program import REPO, SCRIPT, Place, command_paths, group_paths

FOLDER = REPO / "docs" / "guide"
ROLES = ("branch", "housing", "department", "office", "administrator")
PAGES = {"en": "{}.md", "zh": "{}.zh-CN.md"}

#: What a guide says of a command that is not to succeed, and its exit code.
_ENDS = {"blocked": 3, "not allowed": 4, "未满足条件": 3, "无权办理": 4}
_ANSWERS = re.compile(r"# (?:answers: |依次回答：)(.*)")
_BY = re.compile(r"# (?:as: |账号：)(\w+)")
_ENTER = frozenset({"Enter", "回车"})
_MARKED = re.compile(
    r"^<!-- office: (?P<office>\S+) -->$|^<!-- before, as (?P<by>\w+): (?P<command>[^\n]+) -->$"
    r"|^```sh\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """A command of a guide; ``office`` is the prepared office that it is the first one in."""

    command: str
    by: str
    exit: int = 0
    answers: tuple[str, ...] | None = None
    office: str | None = None


def page(role: str, lang: str) -> str:
    return (FOLDER / PAGES[lang].format(role)).read_text(encoding="utf-8")


def steps(text: str) -> Iterator[Step]:
    """What is typed, in order. A guide that names no office or nobody to type is a KeyError."""
    office: str | None = None
    by = ""
    for found in _MARKED.finditer(text):
        if found["office"]:
            office = found["office"]
            continue
        typed = [Step(found["command"], found["by"])] if found["command"] else _typed(found["block"], by)
        for step in typed:
            yield step._replace(office=office)
            office = None
            by = by if found["command"] else step.by


def _typed(block: str, by: str) -> Iterator[Step]:
    answers = None
    for line in block.splitlines():
        if found := _BY.fullmatch(line):
            by = found[1]
        elif found := _ANSWERS.fullmatch(line):
            answers = tuple("" if word in _ENTER else word for word in found[1].split(" / "))
        elif line and not line.startswith("#"):
            command, _, remark = line.partition(" # ")
            yield Step(command.strip(), by, _ENDS[remark.strip()] if remark else 0, answers)
            answers = None


def prepared(place: Place) -> Place:
    """An office with what the guides take for granted: two more clerks, and the files that lie on the desk."""
    for name, organisation in (("health_clerk", "health"), ("office_clerk", "leading_group_office")):
        added = place.call("account", "add", name, "--org", organisation, "--level", "clerk", token="admin")
        place.tokens = place.tokens | {name: added.out.strip()}
    place.write("scan.pdf", "盖章回复（示例）")
    place.write("projects.xlsx", sheets.book())
    place.write("2027.yaml", calendar_file(2027)["year.yaml"])
    place.write("qinghe.json", (REPO / "docs" / "examples" / "qinghe.json").read_bytes())
    return place


def typed(place: Place, step: Step, lang: str) -> tuple[int, str]:
    """How a command ended and what was seen: on a terminal where something is answered."""
    environment = place.environment(lang, step.by, TERM="xterm")
    environment["PATH"] = f"{SCRIPT.parent}:{environment['PATH']}"
    if step.answers is None:
        done = subprocess.run(
            ["bash", "-c", step.command], capture_output=True, text=True, cwd=place.folder, env=environment, timeout=60
        )
        return done.returncode, done.stdout + done.stderr
    child = pexpect.spawn(
        "bash", ["-c", step.command], cwd=place.folder, env=environment, dimensions=(24, 80), encoding="utf-8",
        codec_errors="replace", timeout=20
    )  # fmt: skip
    seen = ""
    for answer in (*step.answers, None):
        heard = child.expect([r"[:：] ?$", pexpect.EOF])
        seen += child.before + str(child.after if heard == 0 else "")
        assert heard == 0 or answer is None, f"nothing was asked that {answer!r} answers: {seen}"
        if answer is None or heard == 1:
            break
        child.sendline(answer)
    child.close()
    return int(child.exitstatus if child.exitstatus is not None else 1), seen


@pytest.mark.parametrize("role", ROLES)
def test_every_command_of_a_guide_does_what_the_guide_says(
    role: str, moments: dict[str, Place], tmp_path: Path
) -> None:
    place: Place | None = None
    for number, step in enumerate(steps(page(role, "zh"))):
        if step.office:
            place = prepared(moments[step.office].copied(tmp_path / str(number)))
        assert place, "the guide names no office"
        ended, seen = typed(place, step, "zh")
        assert ended == step.exit, (step, seen)


@pytest.mark.parametrize("role", ROLES)
def test_a_guide_gives_the_same_commands_in_both_languages(role: str) -> None:
    english, chinese = (list(steps(page(role, lang))) for lang in PAGES)
    assert english == chinese
    assert len(english) > 10


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_a_guide_is_a_page_and_names_only_commands_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 140
    known = {*command_paths(), *group_paths()}
    for words in re.findall(r"`peijian ([a-z][a-z -]*[a-z])", text):
        assert words.split(" --")[0] in known, words


def test_every_kind_of_supposition_is_explained() -> None:
    from workflow.what_if import _KINDS

    for lang in PAGES:
        for kind in _KINDS:
            assert any(f"`{kind}:" in page(role, lang) for role in ROLES), (lang, kind)


def test_the_index_leads_to_every_page_of_its_language() -> None:
    for lang, name in (("en", "README.md"), ("zh", "README.zh-CN.md")):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert all(f"]({PAGES[lang].format(role)})" in text for role in ROLES)


def test_a_guide_is_read_as_it_is_written() -> None:
    text = (
        "<!-- office: new -->\n<!-- before, as nr: peijian a -->\n```sh\n# as: health\npeijian b\n"
        "# answers: y / Enter\npeijian c  # blocked\n```\nwords\n```sh\npeijian d\n```\n"
    )
    assert list(steps(text)) == [
        Step("peijian a", "nr", 0, None, "new"),
        Step("peijian b", "health"),
        Step("peijian c", "health", 3, ("y", "")),
        Step("peijian d", "health"),
    ]
