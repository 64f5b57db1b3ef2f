"""A project's way through the program, typed as people type it; and the rehearsals that tell it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from program import CASE, EXAMPLE, LANGUAGES, REPO, SCRIPT, Completed, Place
from test_docs import README, blocks

from states.project import Stage
from workflow import rehearsal

YUNLING = rehearsal.shipped()["yunling"]


# -- README ----------------------------------------------------------------------------------------------


def _shell(script: str, place: Place, *, keep_going: bool = False) -> Completed:
    """Lines of a shell, with the installed program in reach and the papers beside."""
    (place.folder / ".venv").mkdir()
    (place.folder / ".venv" / "bin").symlink_to(SCRIPT.parent)
    (place.folder / "docs").symlink_to(REPO / "docs")
    known = place.environment(lang=None)
    known.pop("PEIJIAN_DATABASE")
    done = subprocess.run(
        ["bash", *([] if keep_going else ["-e"]), "-c", script],
        capture_output=True,
        cwd=place.folder,
        env=known,
        text=True,
        timeout=120,
    )
    return Completed(done.returncode, done.stdout, done.stderr)


def test_the_first_steps_of_the_readme_run_word_for_word(nowhere: Place) -> None:
    steps = blocks(README, "sh")[2].replace("peijian case why", "echo before-why; peijian case why")
    steps = re.sub(r"(peijian case why \S+).*", r'\1 || echo "why: $?"', steps)
    done = _shell(steps, nowhere)
    assert done.exit == 0, done.text
    assert "Traceback" not in done.err
    shown = done.out.split("before-why")
    assert "why: 3" in shown[1]
    assert "has not signed off yet" in shown[1]
    assert "1 thing to do" in shown[1]
    assert "Sign-offs  1 of 6" in shown[1]
    assert (nowhere.folder / "try.db").exists()


def test_the_readme_s_demonstration_tells_the_projects_on_record(nowhere: Place) -> None:
    done = nowhere.run("demo")
    assert done.exit == 0
    assert done.err == ""
    flat = " ".join(done.out.split())
    turning_points = [
        "silence is never consent", "Education objects", "Only the sign-offs that the rework touched",
        "state assets must sign too", "from here the requirements are frozen", "Use supervision",
        "The land contract cannot come before the handover agreement", "Golden thread",
        "the department cannot agree even if it wants to", "334 steps of 2 scripts went as expected.",
    ]  # fmt: skip
    assert [point for point in turning_points if point not in flat] == []


def test_the_made_up_projects_tell_what_offices_meet_besides(nowhere: Place) -> None:
    done = nowhere.run("rehearse", "fengxi", "hubin", "--story")
    assert done.exit == 0
    flat = " ".join(done.out.split())
    turning_points = [
        "nobody's decision helps",
        "only the two objectors inspect again", "the recorded reply is void", "exactly the two sign-offs it touched",
        "256 steps of 2 scripts went as expected.",
    ]  # fmt: skip
    assert [point for point in turning_points if point not in flat] == []


def test_the_demonstration_speaks_chinese_by_itself(nowhere: Place) -> None:
    done = nowhere.call("demo", lang=None)
    assert done.exit == 0
    flat = "".join(done.out.split())
    for point in ("没有答复不等于同意", "需重新确认", "配建要求全程台账", "使用监管", "334步"):
        assert point in flat


# -- the journey -----------------------------------------------------------------------------------------


class Clerk:
    """Types commands; anything but the expected exit code ends the test."""

    def __init__(self, place: Place, lang: str) -> None:
        self.place, self.lang = place, lang

    def __call__(self, by: str, *words: str, exit: int = 0) -> str:
        done = self.place.call(*words, lang=self.lang, token=by)
        assert done.exit == exit, (words, done.text[-1500:])
        assert "Traceback" not in done.text
        return done.out if exit in (0, 3) and done.out else done.err


_SIX = ("natural_resources", "housing", "education_sports", "civil_affairs", "health", "commerce")


def test_a_project_gets_to_land_supply_through_the_console_script(nowhere: Place) -> None:
    """From an empty folder; what matters most in processes of their own."""

    def typed(by: str | None, *words: str, exit: int = 0, how: Callable[..., Completed] = nowhere.run) -> str:
        done = how(*words, token=by)
        assert done.exit == exit, (words, done.text[-1500:])
        assert "Traceback" not in done.text
        return done.out

    quickly = partial(typed, how=nowhere.call)
    nowhere.tokens["admin"] = typed(None, "init").strip()
    for organisation in (*_SIX, "leading_group_office"):
        made = quickly("admin", "account", "add", f"{organisation}.1", "--org", organisation, "--level", "leader")
        nowhere.tokens[organisation] = made.strip()
    nr = "natural_resources"
    typed(nr, "case", "open", str(EXAMPLE))
    assert "no competent department" in " ".join(typed(None, "case", "why", CASE, exit=3).split())
    quickly(nr, "case", "advance", CASE, exit=3)
    typed("health", "sign", CASE, "--verdict", "agree", exit=3)
    quickly(
        "leading_group_office", "facility", "designate", CASE, "P1-F9", "--department", "civil_affairs",
        "--document", "张配套办〔2020〕3号",
    )  # fmt: skip
    quickly(nr, "case", "amend", CASE, "--regulatory-plan", "南定片区控制性详细规划", "--reason", "补充")
    quickly(nr, "facility", "amend", CASE, "P1-F6", "--design", "首层临街", "--reason", "补充")
    for category in ("education", "management", "elderly", "health", "commerce", "sports", "canteen"):
        words = ("facility", "decide", CASE, category, "--decision", "required", "--substitute-basis", "GB 50180-2018")
        quickly(nr, *words)
    quickly(nr, "case", "circulate", CASE)
    for kind in ("expert", "public"):
        quickly(
            nr, "hear", CASE, "--kind", kind, "--capacity", "代表", "--opinion", "support",
            "--disposition", "noted", "--reply", "已记录",
        )  # fmt: skip
    for department in _SIX[:-1]:
        quickly(department, "sign", CASE, "--verdict", "agree")
    typed(_SIX[-1], "sign", CASE, "--verdict", "agree")
    nowhere.write("规划条件.pdf", b"%PDF-1.7 conditions")
    typed(
        nr, "document", "add", CASE, "planning_conditions", "张自然资条字〔2020〕901号", "--issued-on", "2020-08-14",
        "--file", "规划条件.pdf",
    )  # fmt: skip
    assert "Nothing is in the way" in typed(None, "case", "why", CASE)
    assert "Land-supply joint review" in typed(nr, "case", "advance", CASE)
    assert json.loads(typed(None, "case", "list", "--json"))[0]["stage"] == Stage.LAND_SUPPLY
    typed(None, "document", "get", CASE, "1", "--output", "copy.pdf")
    assert (nowhere.folder / "copy.pdf").read_bytes() == b"%PDF-1.7 conditions"
    checkpoint = nowhere.write("checkpoint.json", typed(None, "journal", "checkpoint"))
    assert "everything fits" in typed(None, "journal", "verify", "--checkpoint", checkpoint.name)
    assert "fit for use" in typed(None, "doctor")


def test_the_screens_follow_a_project_through_all_its_stages(moments: dict[str, Place]) -> None:
    for number, (moment, place) in enumerate(moments.items()):
        if moment == "new":
            continue
        clerk = Clerk(place, LANGUAGES[number % 2])
        blocked = place.call("case", "why", CASE).exit
        clerk("nr", "case", "why", CASE, exit=blocked)
        for screen in ("show", "history", "thread", "diagram"):
            assert clerk("nr", "case", screen, CASE).strip()
        assert CASE in clerk("nr", "case", "list")
        assert clerk("nr", "inbox").strip()
        if moment.endswith(":ready"):
            assert blocked == 0
        if moment in set(Stage) - {Stage.IN_USE}:
            assert blocked == 3


def test_a_checkpoint_notices_a_tail_that_was_cut_off(office: Place) -> None:
    office.write("checkpoint.json", office.call("journal", "checkpoint").out)
    last = max(row[2] for row in office.contents()["journal"] if CASE in row)
    office.execute("DELETE FROM journal WHERE subject = ? AND entry = ?", CASE, last)
    done = office.run("journal", "verify", "--checkpoint", "checkpoint.json")
    assert done.exit == 7
    assert CASE in done.out


def test_verifying_without_a_checkpoint_says_what_it_cannot_tell(office: Place) -> None:
    done = office.call("journal", "verify")
    assert done.exit == 0
    assert "cut off" in done.err


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_document_comes_back_as_it_was_filed(lang: str, office: Place) -> None:
    content = bytes(range(256)) * 100
    office.write("盖章 扫描件.pdf", content)
    office.call(
        "document", "add", CASE, "planning_conditions", "张自然资条字〔2020〕901号", "--issued-on", "2020-07-20",
        "--file", "盖章 扫描件.pdf", token="nr",
    )  # fmt: skip
    (office.folder / "盖章 扫描件.pdf").unlink()
    done = office.call("document", "get", CASE, "1", lang=lang)
    assert done.exit == 0
    assert done.out == "盖章 扫描件.pdf\n"
    assert (office.folder / "盖章 扫描件.pdf").read_bytes() == content


def test_repeating_a_request_does_nothing_again(office: Place) -> None:
    words = ("hear", CASE, "--kind", "public", "--capacity", "居民", "--opinion", "support", "--request-id", "r-1")
    first = office.call(*words, "--json", token="nr").json()
    before = office.contents()
    second = office.call(*words, "--json", token="nr")
    assert second.exit == 0
    assert second.json() == {**first, "repeated": True}
    assert office.contents() == before
    other = office.call("case", "return", CASE, "--reason", "x", "--request-id", "r-1", token="nr")
    assert other.exit == 7


# -- rehearsals ------------------------------------------------------------------------------------------


def altered() -> str:
    """The shipped script, in which one department, once, does not agree."""
    lines = YUNLING.read_text(encoding="utf-8").split("\n")
    plain = "with: {verdict: agree}"
    place = next(n for n, line in enumerate(lines) if line.strip() == plain and "expect" not in lines[n + 1])
    lines[place] = "    with: {verdict: not_involved, reason: 无本部门设施}"
    return "\n".join(lines)


def _step(script: Path) -> int:
    """Which step of a script differs from the shipped one."""
    pairs = zip(rehearsal.load(script).steps, rehearsal.load(YUNLING).steps, strict=True)
    return next(number for number, (mine, theirs) in enumerate(pairs, 1) if mine != theirs)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_rehearsal_with_one_sign_off_altered_fails_and_names_the_step(lang: str, nowhere: Place) -> None:
    script = nowhere.write("yunling.yaml", altered())
    assert _step(script)
    how = nowhere.run if lang == "en" else nowhere.call
    done = how("rehearse", "yunling.yaml", lang=lang)
    assert done.exit == 7
    assert done.out == ""
    named = re.search(r"(?:step|第)\s*([0-9]+)", done.err, re.IGNORECASE)
    assert named
    assert int(named[1]) >= _step(script)
    step = rehearsal.load(script).steps[int(named[1]) - 1]
    assert f"{step.at:%Y-%m-%d}" in "".join(done.err.split())


def test_a_rehearsal_that_differs_says_which_script_and_which_obstacles(nowhere: Place) -> None:
    nowhere.write("mine.yaml", altered())
    done = nowhere.call("rehearse", "mine.yaml")
    assert "mine.yaml" in done.flat() or rehearsal.load(YUNLING).title.en in " ".join(done.err.split())
    found = nowhere.call("rehearse", "mine.yaml", "--json").json()["params"]
    for key in (*found["missing"], *found["unexpected"]):
        assert key in done.flat()


def test_every_department_that_does_not_sign_stops_the_story(nowhere: Place) -> None:
    """Leave out any one of the first six sign-offs and the script cannot go on as written."""
    text = YUNLING.read_text(encoding="utf-8")
    steps = re.split(r"(?m)^(?=  - at: )", text)
    signs = [n for n, step in enumerate(steps) if "do: sign" in step and "expect" not in step][:6]
    assert len(signs) == 6
    for number, place in enumerate(signs):
        name = f"without{number}.yaml"
        nowhere.write(name, "".join(step for n, step in enumerate(steps) if n != place))
        assert nowhere.call("rehearse", name).exit == 7, steps[place]


def test_a_rehearsal_never_touches_the_real_database(office: Place) -> None:
    before = office.contents()
    assert office.call("rehearse", "yunling").exit == 0
    assert office.contents() == before
    again = office.call("rehearse", "yunling", "--database", "peijian.db")
    assert again.exit == 7
    assert office.contents() == before


def test_a_rehearsal_database_can_be_kept_and_looked_at(nowhere: Place) -> None:
    done = nowhere.call("rehearse", "yunling", "--database", "kept.db")
    assert done.exit == 0, done.text
    assert nowhere.call("case", "show", "ZDPT-2020-0002", "--database", "kept.db").exit == 0
    assert nowhere.call("journal", "verify", "--database", "kept.db").exit == 0


def test_both_samples_play_in_one_database(nowhere: Place) -> None:
    done = nowhere.call("rehearse", "qinghe", "yunling", "--database", "both.db", "--json")
    assert done.json() == {"scripts": 2, "steps": 334, "database": "both.db"}
    listed = nowhere.call("case", "list", "--database", "both.db", "--json").json()
    assert [(case["case"], case["stage"]) for case in listed] == [
        ("ZDPT-2020-0001", "in_use"), ("ZDPT-2020-0002", "in_use"),
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["", "elsewhere"])
def test_the_database_is_looked_for_where_the_paper_says(place: str, nowhere: Place) -> None:
    """--database, PEIJIAN_DATABASE, the configuration, the user's data folder."""
    text = (REPO / "config.yaml").read_text(encoding="utf-8")
    nowhere.write("config.yaml", text.replace("language: zh", "language: zh\ndatabase: configured.db"))
    environment = {"PEIJIAN_DATABASE": place} if place else {"PEIJIAN_DATABASE": ""}
    assert nowhere.call("init", env=environment).exit == 0
    assert (nowhere.folder / (place or "configured.db")).is_file()
    (nowhere.folder / "config.yaml").unlink()
    assert nowhere.call("init", env={"PEIJIAN_DATABASE": ""}).exit == 0
    assert (nowhere.folder / "data" / "peijian" / "peijian.db").is_file()
    assert os.listdir(nowhere.folder / "data" / "peijian")
