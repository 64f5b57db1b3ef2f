"""The dossier: whole or nothing, and its verifier, which stands alone, finds whatever was touched."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from program import CASE, REPO, Place

from states.facts import Case
from workflow import dossier_verifier, store
from workflow.tables import LISTS

OK = "✓"


def checked(folder: Path) -> tuple[int, str]:
    """The verifier as it is run: Python alone, without the packages that are installed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"], cwd=folder, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def made(moments: dict[str, Place], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dossier of the sample project, in use."""
    folder = tmp_path_factory.mktemp("dossier") / "dossier"
    done = moments["in_use"].call("case", "dossier", "{case}", "--output", str(folder))
    assert done.exit == 0, done.text
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    shutil.copytree(made, tmp_path / "卷宗")
    return tmp_path / "卷宗"


def summed(folder: Path) -> None:
    """Make the sums fit again, as somebody would who knows what he does."""
    names = sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS"
    )
    lines = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def edited(folder: Path, name: str, change: Callable[[Any], object]) -> None:
    found = json.loads((folder / name).read_text(encoding="utf-8"))
    change(found)
    (folder / name).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    summed(folder)


# -- what lies in it -------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["planning_joint_review", "stale", "completion_joint_acceptance", "in_use"])
def test_an_untouched_dossier_passes_at_every_stage(moment: str, moments: dict[str, Place], tmp_path: Path) -> None:
    done = moments[moment].call("case", "dossier", "{case}", "--output", str(tmp_path / "d"))
    assert done.exit == 0, done.text
    exit_, said = checked(tmp_path / "d")
    assert (exit_, OK in said, CASE in said) == (0, True, True), said


def test_it_holds_every_fact_file_snapshot_and_entry(made: Path, moments: dict[str, Place]) -> None:
    place = moments["in_use"]
    case = place.call("case", "show", "{case}", "--json").json()["case"]
    tables = json.loads((made / "facts.json").read_text(encoding="utf-8"))["tables"]
    assert set(tables) == {"cases", *LISTS} == {"cases", *(f.name for f in fields(Case) if f.name in LISTS)}
    for name, table in tables.items():
        rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
        assert rows == ([{k: case[k] for k in table["columns"]}] if name == "cases" else case[name])
    for document in case["documents"]:
        if document["file"]:
            suffix = Path(document["filename"]).suffix
            content = (made / "files" / f"documents-{document['number']:03d}{suffix}").read_bytes()
            assert hashlib.sha256(content).hexdigest() == document["file"]
    for given in case["sign_offs"]:
        content = (made / "snapshots" / f"{given['remit']}.json").read_bytes()
        assert hashlib.sha256(content).hexdigest() == given["remit"]
    entries = place.call("case", "history", "{case}", "--json").json()
    lines = (made / "journal.jsonl").read_bytes().split(b"\n")[:-1]
    assert [hashlib.sha256(line).hexdigest() for line in lines] == [e["hash"] for e in entries]


def test_the_index_leads_to_every_file_and_tells_the_case(made: Path) -> None:
    text = (made / "index.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'<a href="([^"]+)">', text))
    present = {p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file()}
    assert linked == present - {"index.html"}
    for word in ("清禾家园", CASE, "部门意见", "幼儿园", "竣工验收联合审核", "办理过程"):
        assert word in text


def test_a_hostile_name_stays_a_text_in_the_index_and_out_of_the_file_names(office: Place) -> None:
    hostile = "<script>alert(1)</script>…con:*?.PDF"
    office.write("x.pdf", "x")
    done = office.call(
        "document", "add", "{case}", "meeting_minutes", "<b>A&B</b>", "--issued-on", "2020-07-20", "--file", "x.pdf",
        "--title", "{{x}}", token="nr",
    )  # fmt: skip
    assert done.exit == 0, done.text
    office.execute("UPDATE documents SET filename = ? WHERE reference = '<b>A&B</b>'", hostile)
    assert office.call("case", "dossier", "{case}", "--output", "d").exit == 0
    text = (office.folder / "d" / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in text and "<b>" not in text
    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in text
    names = [p.name for p in (office.folder / "d").rglob("*")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in names)
    assert any(name.endswith(".pdf") for name in names)


# -- what is found ---------------------------------------------------------------------------------------


def test_any_byte_changed_in_any_file_is_found(folder: Path) -> None:
    chance = random.Random(7)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        before = path.read_bytes()
        for place in {0, len(before) - 1, *(chance.randrange(len(before)) for _ in range(3))}:
            altered = bytearray(before)
            altered[place] ^= 1 << chance.randrange(8)
            path.write_bytes(altered)
            # Where the verifier itself was altered, an untouched one must find it.
            problems = list(dossier_verifier.check(str(folder)))
            assert problems, (path.name, place)
        path.write_bytes(before)
    assert checked(folder)[0] == 0


def test_every_missing_file_is_found(folder: Path) -> None:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        path.unlink()
        if path.name != "verify.py":
            assert checked(folder)[0] == 1, path.name
        assert list(dossier_verifier.check(str(folder)))
        path.write_bytes(content)


def test_a_file_that_was_added_is_found(folder: Path) -> None:
    (folder / "files" / "more.txt").write_text("x")
    exit_, said = checked(folder)
    assert exit_ == 1 and "files/more.txt" in said


def _cut(number: int) -> Callable[[Path], None]:
    """Take out entry ``number`` (from the end, if negative) and make sums and index fit again."""

    def cut(folder: Path) -> None:
        path = folder / "journal.jsonl"
        lines = path.read_bytes().split(b"\n")[:-1]
        del lines[number]
        path.write_bytes(b"\n".join([*lines, b""]))
        last = hashlib.sha256(lines[-1]).hexdigest()
        edited(folder, "index.json", lambda index: index.update(last_entry=len(lines), last_hash=last))

    return cut


def _row(table: str, column: str, value: object) -> Callable[[Path], None]:
    def alter(facts: Any) -> None:
        found = facts["tables"][table]
        found["rows"][0][found["columns"].index(column)] = value

    return lambda folder: edited(folder, "facts.json", alter)


def _replaced(pattern: str) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        next(folder.glob(pattern)).write_text("something else")
        summed(folder)

    return replace


def _entry(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        path = folder / "journal.jsonl"
        lines = path.read_text(encoding="utf-8").split("\n")
        entry = json.loads(lines[5])
        change(entry)
        lines[5] = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        path.write_text("\n".join(lines), encoding="utf-8")
        summed(folder)

    return alter


#: What somebody does who makes the sums fit again, and the word by which it is found.
TAMPERED: dict[str, tuple[Callable[[Path], None], str]] = {
    "an entry taken from the middle": (_cut(5), "entry 6 is missing"),
    "the first entry": (_cut(0), "entry 1 is missing"),
    "the tail, the rows unchanged": (_cut(-1), "the facts are not those"),
    "an entry altered": (_entry(lambda e: e.update(actor="somebody")), "entry 7 does not follow"),
    "a row altered": (_row("requirements", "gfa", 1), "the facts are not those"),
    "the case's own row": (_row("cases", "households", 1), "the facts are not those"),
    "a document exchanged": (_replaced("files/*"), "not the file that the facts name"),
    "a snapshot exchanged": (_replaced("snapshots/*"), "is missing or altered"),
    "another case's index": (
        lambda folder: edited(folder, "index.json", lambda index: index.update(case="ZDPT-2020-0009")), "another case",
    ),
    "no tables": (lambda folder: edited(folder, "facts.json", lambda facts: facts.pop("tables")), "cannot be read"),
    "rows taken away": (
        lambda folder: edited(folder, "facts.json", lambda facts: facts["tables"]["sign_offs"]["rows"].pop()),
        "the facts are not those",
    ),
    "another scheme": (
        lambda folder: edited(folder, "facts.json", lambda facts: facts.update(scheme=9)), "a scheme",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found_although_the_sums_fit(name: str, folder: Path) -> None:
    tamper, word = TAMPERED[name]
    tamper(folder)
    exit_, said = checked(folder)
    assert exit_ == 1
    assert word in said
    assert "Traceback" not in said and "SHA256" not in said


def test_a_database_that_was_altered_gives_a_dossier_that_does_not_pass(office: Place) -> None:
    office.execute("UPDATE requirements SET gfa = gfa + 1 WHERE facility = 'P1-F1'")
    assert office.call("case", "dossier", "{case}", "--output", "d").exit == 0
    assert checked(office.folder / "d")[0] == 1


# -- whole or nothing ------------------------------------------------------------------------------------


def test_a_folder_with_something_in_it_is_refused(office: Place) -> None:
    office.write("d/mine.txt", "mine")
    done = office.call("case", "dossier", "{case}", "--output", "d")
    assert done.exit == 7
    assert [p.name for p in (office.folder / "d").iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(office: Place) -> None:
    (office.folder / "d").mkdir()
    assert office.call("case", "dossier", "{case}", "--output", "d/").exit == 0
    assert checked(office.folder / "d")[0] == 0


def test_a_lost_file_leaves_nothing_behind(office_at: Callable[..., Place]) -> None:
    place = office_at("in_use")
    before = set(place.folder.iterdir())
    next(p for p in place.files.rglob("*") if p.is_file()).unlink()
    done = place.call("case", "dossier", "{case}", "--output", "d")
    assert done.exit == 7
    assert set(place.folder.iterdir()) == before


def test_where_nothing_can_be_written_nothing_is_left(office: Place) -> None:
    office.write("file", "x")
    before = set(office.folder.iterdir())
    for target in ("file", "file/d", ".", "/", "no/such/folder"):
        assert office.call("case", "dossier", "{case}", "--output", target).exit == 7
    assert set(office.folder.iterdir()) == before


# -- the verifier itself ---------------------------------------------------------------------------------


def test_the_verifier_is_small_and_needs_nothing_but_an_old_python() -> None:
    source = (REPO / "workflow" / "dossier_verifier.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    assert names <= set(sys.stdlib_module_names)
    assert len(source.splitlines()) < 150


def test_the_verifier_adds_up_as_the_store_does(made: Path) -> None:
    assert dossier_verifier.MODULUS == store._MODULUS
    assert store.DIGEST_SCHEME == 1
