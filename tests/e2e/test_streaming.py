"""Files go to a server and come back piece by piece: whole or not at all, under their names, and never held whole."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from program import CASE, LANGUAGES, REPO, SCRIPT, Place, digest
from serving import Cutting, Remote, Served, cut_within, remote, request_of, serving

from commands import output
from states.content import MAX_ATTACHMENT

_ADD = ("document", "add", "{case}", "planning_conditions", "张自然资条字〔2020〕901号", "--issued-on", "2020-07-20")
_LARGE = 45_000_000
#: What a transfer may take beyond that of a small file, in bytes: some pieces, and what the heap does not give back.
_ALLOWED = 8_000_000

_MEASURED = """
import re, sys
import cli
try:
    cli.main(sys.argv[1:])
finally:
    sys.stderr.write("\\npeak:" + re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.fixture
def away(moments: dict[str, Place], served: Served, tmp_path: Path) -> Remote:
    served.lay(moments["planning_joint_review"])
    return remote(tmp_path, served)


def _large(path: Path, size: int) -> Path:
    """A file no two pieces of which are the same."""
    with path.open("wb") as file:
        left = size
        while left:
            piece = os.urandom(min(left, 1_000_000))
            file.write(piece)
            left -= len(piece)
    return path


def _peak(place: Place, *command: str) -> int:
    """The most memory that the command line took, in bytes."""
    words = [word.replace("{case}", "ZDPT-2020-0001") for word in command]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *words], cwd=place.folder, capture_output=True, check=True, text=True,
        env=place.environment(token="nr") | {"PYTHONPATH": str(REPO)}, timeout=120,
    )  # fmt: skip
    return int(done.stderr.rpartition("peak:")[2]) * 1024


def _peak_of(server: Served) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found
    return int(found[1]) * 1024


@pytest.fixture
def own(office: Place) -> Iterator[Served]:
    with serving(office) as found:
        yield found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured with Linux's /proc")
def test_a_large_file_goes_there_and_back_in_little_memory(own: Served, tmp_path: Path) -> None:
    away = remote(tmp_path / "away", own)
    small = away.write("small.pdf", b"x" * 1000)
    large = _large(away.folder / "large.pdf", _LARGE)
    up, down = _peak(away, *_ADD, "--file", small.name), _peak(away, "document", "get", "{case}", "1", "--output", "s")
    served = _peak_of(own)
    more = tuple(word.replace("901", "902") for word in _ADD)
    assert _peak(away, *more, "--file", large.name) - up < _ALLOWED
    assert _peak_of(own) - served < _ALLOWED
    listed = away.call("document", "list", "{case}", "--json", token="nr").json()
    number = next(str(paper["number"]) for paper in listed if paper["filename"] == "large.pdf")
    assert _peak(away, "document", "get", "{case}", number, "--output", "back.pdf") - down < _ALLOWED
    assert _peak_of(own) - served < _ALLOWED
    assert digest((away.folder / "back.pdf").read_bytes()) == digest(large.read_bytes())


def test_a_file_that_is_cut_off_is_not_kept(away: Remote, served: Served) -> None:
    _large(away.folder / "paper.pdf", 3_000_000)
    assert away.call(*_ADD, "--file", "paper.pdf", token="nr").exit == 0
    before = sorted(away.folder.iterdir())
    with Cutting(served.port, cut_within) as between:
        through = remote(away.folder, between.address, away.tokens)
        for lang, told in (("en", "did not arrive whole"), ("zh", "未能完整")):
            done = through.call("document", "get", "{case}", "1", "--output", "back.pdf", token="nr", lang=lang)
            assert done.exit == 6, done.text
            assert told in " ".join(done.err.split())
    assert sorted(away.folder.iterdir()) == before


def _keeps(client: socket.socket, ask: Callable[[bytes], bytes]) -> None:
    """A proxy that does not say that it hangs up."""
    client.sendall(ask(request_of(client)).replace(b"\r\nconnection: close", b"", 1))


def test_a_proxy_may_keep_the_connection(away: Remote, served: Served) -> None:
    large = _large(away.folder / "paper.pdf", 3_000_000)
    with Cutting(served.port, _keeps) as between:
        through = remote(away.folder, between.address, away.tokens)
        assert through.call(*_ADD, "--file", "paper.pdf", token="nr").exit == 0
        assert through.call("document", "get", "{case}", "1", "--output", "back.pdf", token="nr").exit == 0
    assert (away.folder / "back.pdf").read_bytes() == large.read_bytes()


def test_what_stands_there_is_not_overwritten_and_nothing_is_left_open(away: Remote) -> None:
    away.write("paper.pdf", "规划条件")
    assert away.call(*_ADD, "--file", "paper.pdf", token="nr").exit == 0
    done = away.call("document", "get", "{case}", "1", token="nr")
    assert done.exit == 7
    assert "paper.pdf" in done.flat()


def test_a_file_over_the_limit_is_refused_as_it_is_here(office: Place, served: Served, tmp_path: Path) -> None:
    away = remote(tmp_path / "away", served, office.tokens)
    before = served.lay(office).contents()
    _large(away.folder / "large.pdf", MAX_ATTACHMENT + 1)
    os.link(away.folder / "large.pdf", office.folder / "large.pdf")
    here, there = (place.call(*_ADD, "--file", "large.pdf", token="nr") for place in (office, away))
    assert there == here
    assert there.exit == 7
    assert served.place.contents() == before


def test_a_server_that_refuses_is_heard_before_everything_is_sent(away: Remote, served: Served) -> None:
    before = served.place.contents()
    _large(away.folder / "large.pdf", _LARGE)
    done = away.call(*_ADD, "--file", "large.pdf", "--json", token="gone")
    assert (done.exit, done.json()["error"]) == (4, "account_closed"), done.text
    after = served.place.contents()
    assert {name for name in before if before[name] != after[name]} <= {"journal"}


@pytest.mark.parametrize(
    "name",
    ["规划条件（示例）.pdf", 'a"b".pdf', "a\\b.pdf", "a\nb.pdf", "a\r\nX: y.pdf", "长" * 84 + ".p", "a;b=c.pdf",
     "'.pdf", " a .pdf", "é.pdf", "a%22b%0Ac.pdf", "a\u202eb.pdf", "-", "a\tb.pdf", "=?utf-8?q?a?=.pdf"],
)  # fmt: skip
def test_a_name_arrives_as_it_does_here_or_is_refused_as_it_is_here(
    name: str, office: Place, served: Served, tmp_path: Path
) -> None:
    away = remote(tmp_path / "away", served, office.tokens)
    served.lay(office)
    for place in (office, away):
        (place.folder / name).write_bytes(b"paper")
    command = (*_ADD, f"--file=./{name}")
    done, kept = away.call(*command, token="nr"), office.call(*command, token="nr")
    assert done.exit == kept.exit, (kept.text, done.text)
    if kept.exit:
        assert done == kept
        return
    listing = ("document", "list", "{case}", "--json")
    (there,), (here,) = (place.call(*listing, token="nr").json() for place in (away, office))
    assert there | {"recorded_at": ""} == here | {"recorded_at": ""}
    for place in (office, away):
        (place.folder / name).unlink()
        done = place.call("document", "get", "{case}", "1", token="nr")
        assert done.exit == 0, done.text
    (got,) = away.folder.iterdir()
    assert got.read_bytes() == b"paper" == (office.folder / got.name).read_bytes()


def test_a_name_that_leads_elsewhere_stays_in_the_folder(away: Remote, served: Served) -> None:
    away.write("paper.pdf", "规划条件")
    assert away.call(*_ADD, "--file", "paper.pdf", token="nr").exit == 0
    served.place.execute("UPDATE documents SET filename = ?", "../../outside.pdf")
    around = set(away.folder.parent.rglob("*"))
    done = away.call("document", "get", "{case}", "1", token="nr")
    assert "Traceback" not in done.text
    assert all(path.is_relative_to(away.folder) for path in set(away.folder.parent.rglob("*")) - around)


# -- to stdout -----------------------------------------------------------------------------------------------


@pytest.fixture(params=["here", "away"])
def at(request: pytest.FixtureRequest, office: Place, served: Served, tmp_path: Path) -> Place:
    """Beside the database, or through a server."""
    if request.param == "here":
        return office
    served.lay(office)
    return remote(tmp_path / "away", served)


def _lying(place: Place) -> set[str]:
    """What a command leaves in its folder."""
    return {path.name for path in place.folder.iterdir() if "peijian.db" not in path.name and path.name != ".config"}


_PAPER = b"\x00\xff" + "规划条件\r\n".encode() * 30_000


def test_a_file_goes_to_stdout_as_it_is(at: Place) -> None:
    (at.folder / "paper.pdf").write_bytes(_PAPER)
    assert at.call(*_ADD, "--file", "paper.pdf", token="nr").exit == 0
    get = ("document", "get", "{case}", "1", "--output", "-")
    done = at.call(*get, token="nr")
    assert (done.exit, done.err) == (0, "")
    assert done.out.encode(errors="surrogateescape") == _PAPER
    assert at.call(*get, "--json", token="nr").exit == 2
    assert _lying(at) == {"paper.pdf"}


@pytest.mark.parametrize(
    "command",
    ["case schedule --output -", "paper letter {case} --department health --output -", "case import --template -"],
)
def test_so_does_whatever_is_made(command: str, at: Place) -> None:
    done = at.call(*command.split(), token="nr")
    assert done.exit == 0, done.text
    assert done.out.startswith("PK")
    assert _lying(at) == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_folder_does_not_go_to_stdout(lang: str, at: Place) -> None:
    done = at.call("case", "dossier", "{case}", "--output", "-", lang=lang, token="nr")
    assert (done.exit, done.out) == (2, "")
    assert "--output" in done.err
    assert _lying(at) == set()


def test_neither_does_a_backup(office: Place) -> None:
    done = office.call("backup", "-", token="admin")
    assert (done.exit, done.out) == (2, "")
    assert _lying(office) == set()


def test_what_is_no_text_is_not_shown_on_a_terminal(at: Place) -> None:
    (at.folder / "paper.pdf").write_bytes(_PAPER)
    assert at.call(*_ADD, "--file", "paper.pdf", token="nr").exit == 0
    child: Any = pexpect.spawn(
        str(SCRIPT), ["document", "get", CASE, "1", "--output", "-"],
        cwd=at.folder, env=at.environment(token="nr"), timeout=30,
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert b"\x00" not in child.before and b"--output" in child.before


def test_what_was_altered_on_its_way_is_told_on_stdout_too(at: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    at.write("paper.pdf", "规划条件")
    assert at.call(*_ADD, "--file", "paper.pdf", token="nr").exit == 0
    monkeypatch.setattr(output, "_copied", lambda source, file: "0" * 64)
    done = at.call("document", "get", "{case}", "1", "--output", "-", token="nr")
    assert done.exit == 6
