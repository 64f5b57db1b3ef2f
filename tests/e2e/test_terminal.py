"""On a terminal: narrow ones, foreign encodings, hostile names, a reader that goes away."""

from __future__ import annotations

import os
import pty
import re
import shlex
import struct
import subprocess
import termios
from collections.abc import Callable
from fcntl import ioctl

import pytest
from examples import EXAMPLES, Example, perform
from mistakes import HOSTILE, MISTAKES
from program import CASE, LANGUAGES, SCRIPT, Completed, Place, raw_characters
from rich.cells import cell_len

from views.language import _, speaking

WIDTHS = (40, 80, 120)
_SCREENS: dict[str, tuple[str, ...]] = {
    "show": ("case", "show", "{case}"),
    "why": ("case", "why", "{case}"),
    "inbox": ("inbox",),
    "list": ("case", "list"),
    "history": ("case", "history", "{case}"),
    "thread": ("case", "thread", "{case}"),
    "documents": ("document", "list", "{case}"),
    "accounts": ("account", "list"),
    "table": ("lifecycle", "table"),
    "actions": ("lifecycle", "actions"),
    "rules": ("lifecycle", "rules"),
    "doctor": ("doctor",),
    "verify": ("journal", "verify"),
}


def _too_wide(text: str, width: int) -> list[str]:
    return [line for line in text.splitlines() if cell_len(line) > width]


# -- width -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("screen", _SCREENS)
def test_no_line_is_wider_than_the_terminal(screen: str, width: int, moments: dict[str, Place]) -> None:
    about_the_case = _SCREENS[screen][0] in ("case", "inbox", "document")
    chosen = ("objection", "construction_permit", "completion_joint_acceptance", "in_use")
    for moment in chosen if about_the_case else chosen[:1]:
        for lang in LANGUAGES:
            done = moments[moment].call(*_SCREENS[screen], lang=lang, token="housing", env={"COLUMNS": str(width)})
            assert done.exit in (0, 3), done.text[-1000:]
            assert not _too_wide(done.text, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["sign", "case circulate", "document add", "case open", "condition discharge"])
def test_what_was_done_fits_the_terminal(path: str, width: int, office_at: Callable[..., Place]) -> None:
    example = EXAMPLES[path]
    place = office_at(example.moment)
    example.prepared(place)
    done = place.call(*example.command, token=example.by, env={"COLUMNS": str(width)})
    assert done.exit == 0
    assert not _too_wide(done.text, width)


@pytest.mark.parametrize(
    "name",
    ["move: blocked", "unknown case: case show", "text: escape sequence", "credit code: wrong check digit",
     "usage: invalid choice", "usage: no such option", "sign-off: nobody asked this department",
     "configuration: unknown key", "script: strange day"],
)  # fmt: skip
@pytest.mark.parametrize("width", [40, 80])
def test_messages_fit_the_terminal(name: str, width: int, office_at: Callable[..., Place]) -> None:
    mistake = MISTAKES[name]
    place = office_at(mistake.moment)
    mistake.prepared(place)
    for lang in LANGUAGES:
        done = place.call(*mistake.command, lang=lang, token=mistake.by, env={"COLUMNS": str(width)})
        assert done.exit == mistake.exit
        assert not _too_wide(done.text, width)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("path", ["", "case", "sign", "facility add", "case open"])
def test_help_fits_the_terminal(path: str, width: int, nowhere: Place) -> None:
    for lang in LANGUAGES:
        done = nowhere.call(*path.split(), "--help", lang=lang, env={"COLUMNS": str(width)})
        wide = [line for line in _too_wide(done.out, width) if not re.fullmatch(r"  --\S+(?: \S+)?", line)]
        assert not wide


@pytest.mark.parametrize("width", [40, 80])
def test_a_broken_command_can_be_pasted_whole(width: int, moments: dict[str, Place]) -> None:
    """Every line of a command but its last ends with a backslash, and the whole is what a wide terminal shows."""
    for moment in ("planning_joint_review", "objection", "construction_permit", "property_handover"):
        place = moments[moment]
        narrow = _commands(place.call("case", "why", "{case}", env={"COLUMNS": str(width)}).out)
        wide = _commands(place.call("case", "why", "{case}", env={"COLUMNS": "1000"}).out)
        assert narrow == wide
        assert wide


def _commands(text: str) -> list[list[str]]:
    joined = re.sub(r" *\\\n *", " ", text)
    return [shlex.split(line) for line in joined.splitlines() if line.strip().startswith("peijian ")]


# -- commands to type ------------------------------------------------------------------------------------

#: What a clerk writes where a word in capitals stands.
_FILLED = {
    "OPINION": "support", "DISPOSITION": "noted", "DECISION": "required", "OWNERSHIP": "government",
    "DATE": "2020-07-01", "AMOUNT": "1", "VERDICT": "agree",
}  # fmt: skip


def _filled_in(command: tuple[str, ...], lang: str) -> list[str]:
    with speaking(lang):
        words = {_(blank): value for blank, value in _FILLED.items()}
    return [words.get(word, word) for word in command]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_that_is_offered_is_complete(lang: str, moments: dict[str, Place]) -> None:
    """What a screen tells people to type is understood: wrong usage is never what comes of it."""
    refused = {}
    for moment, place in moments.items():
        if moment == "new":
            continue
        screens = [
            place.call("case", screen, "{case}", lang=lang, env={"COLUMNS": "1000"}) for screen in ("why", "show")
        ]
        screens += [
            place.call("inbox", lang=lang, token=by, env={"COLUMNS": "1000"})
            for by in ("nr", "housing", "health", "civil", "education", "commerce", "state_assets")
        ]
        for command in {tuple(words) for done in screens for words in _commands(done.out)}:
            # An auditor types it, so that nothing is ever carried out.
            done = place.call(*_filled_in(command, lang)[1:], lang=lang, token="auditor")
            if done.exit == 2:
                refused[" ".join(command)] = done.err.strip().splitlines()[-1]
    assert not refused


# -- hostile names ---------------------------------------------------------------------------------------

_NAMES = {
    "cases": ("name", "developer", "regulatory_plan", "parcel"),
    "account": ("account",),
    "sign_offs": ("text", "reason", "basis", "signed_by"),
    "documents": ("reference", "filename", "title"),
    "hearings": ("capacity", "text", "reply"),
    "conditions": ("text", "responsible"),
    "requirements": ("location", "design", "reason", "recorded_by"),
    "journal": ("actor", "organisation"),
    "rounds": ("closed_by",),
}


def _poisoned(place: Place) -> None:
    for table, columns in _NAMES.items():
        for column in columns:
            place.execute(f'UPDATE "{table}" SET "{column}" = "{column}" || ? WHERE "{column}" IS NOT NULL', HOSTILE)


@pytest.mark.parametrize("screen", _SCREENS)
def test_no_name_repaints_the_screen(screen: str, office_at: Callable[..., Place]) -> None:
    place = office_at("objection")
    _poisoned(place)
    for width in (40, 120):
        for command in (_SCREENS[screen], (*_SCREENS[screen], "--json")):
            done = place.call(*command, token="nr", env={"COLUMNS": str(width)})
            assert "Traceback" not in done.text, done.err[-1000:]
            assert not raw_characters(done.text)


@pytest.mark.parametrize(
    "words",
    [
        (HOSTILE,), ("case", HOSTILE), ("case", "show", HOSTILE), ("case", "open", HOSTILE), ("--lang", HOSTILE),
        ("case", "list", "--config", HOSTILE), ("case", "list", "--database", HOSTILE), ("rehearse", HOSTILE),
        ("journal", "verify", "--checkpoint", HOSTILE), ("case", "list", f"--{HOSTILE}"), ("doctor", HOSTILE),
        ("case", "list", "--stage", HOSTILE), ("init", "--org", HOSTILE, "--database", "new.db"),
        ("init", "--database", f"{HOSTILE}.db"), ("account", "add", HOSTILE, "--org", "health", "--level", "clerk"),
        ("account", "close", HOSTILE), ("sign", CASE, "--verdict", HOSTILE), ("document", "get", CASE, HOSTILE),
        ("case", "return", CASE, "--reason", HOSTILE), ("case", "return", CASE, "--happened-on", HOSTILE),
    ],
)  # fmt: skip
def test_nothing_that_is_typed_comes_back_raw(words: tuple[str, ...], office: Place) -> None:
    for lang in LANGUAGES:
        done = office.call(*words, lang=lang, token="admin")
        assert "Traceback" not in done.text, done.err[-1000:]
        assert not raw_characters(done.text)


def test_a_key_of_a_record_does_not_come_back_raw(office_at: Callable[..., Place]) -> None:
    from mistakes import record

    place = office_at("new")
    place.write("p.json", record(**{HOSTILE: 1}))
    done = place.call("case", "open", "p.json", token="nr")
    assert done.exit == 0
    assert not raw_characters(done.text)


# -- a reader that goes away, a disk that is full --------------------------------------------------------


def _piped(place: Place, line: str, **settings: str) -> Completed:
    """A shell line; the exit code is the program's, not the reader's."""
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        cwd=place.folder,
        env=place.environment(**settings) | {"PATH": f"{SCRIPT.parent}:{os.environ['PATH']}"},  # type: ignore[arg-type]
        text=True,
        timeout=60,
    )
    return Completed(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "line",
    [f"peijian case show {CASE} | head -1", "peijian --help | true", f"peijian case show {CASE} --json | true",
     "peijian rehearse yunling --story | head -1", "peijian lifecycle diagram | true"],
)  # fmt: skip
def test_a_reader_that_goes_away_is_no_bug(line: str, office: Place) -> None:
    done = _piped(office, line)
    assert "Traceback" not in done.err
    assert "BrokenPipe" not in done.err
    assert done.exit in (0, 141), "1 means a bug"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", [f"case show {CASE}", "--help", f"case show {CASE} --json"])
def test_a_full_disk_is_told_without_a_traceback(command: str, office: Place) -> None:
    done = _piped(office, f"peijian {command} >/dev/full")
    assert done.exit != 0
    assert "Traceback" not in done.err


# -- encodings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "command"),
    [
        ("ascii", "--help"), ("ascii", f"case show {CASE}"), ("ascii", "nonsense"), ("ascii", "case show none"),
        ("latin-1", "--help"), ("latin-1", f"case show {CASE}"), ("latin-1", "lifecycle diagram"),
        ("gbk", f"case show {CASE}"), ("gbk", "case show"),
    ],
)  # fmt: skip
def test_a_terminal_in_another_encoding_shows_less_and_never_fails(encoding: str, command: str, office: Place) -> None:
    expected = office.call(*command.split(), lang="zh").exit
    done = office.run(*command.split(), lang="zh", env={"PYTHONIOENCODING": encoding})
    assert "Traceback" not in done.err.replace("\x00", "")
    assert done.exit == expected


def test_an_encoding_that_knows_chinese_shows_chinese(office: Place) -> None:
    done = office.run("case", "list", lang="zh", env={"PYTHONIOENCODING": "gbk"})
    assert "清禾家园" in done.out.encode(errors="surrogateescape").decode("gbk")


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_a_locale_that_knows_nothing_does_not_fail(locale: dict[str, str], office: Place) -> None:
    done = office.run("case", "show", "{case}", lang="zh", env=locale)
    assert "Traceback" not in done.err
    assert done.exit == 0


# -- a real terminal -------------------------------------------------------------------------------------

_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def _on_a_terminal(place: Place, columns: int, *words: str, **more: str) -> str:
    """What a terminal of that width receives."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = place.environment(lang="zh") | {"TERM": "xterm-256color"} | more
    running = subprocess.Popen([str(SCRIPT), *words], stdout=theirs, stderr=theirs, cwd=place.folder, env=environment)
    os.close(theirs)
    received = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        received += piece
    running.wait(timeout=60)
    os.close(ours)
    return received.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [40, 100])
def test_a_terminal_is_asked_for_its_width_and_gets_colours(columns: int, office: Place) -> None:
    text = _on_a_terminal(office, columns, "case", "show", CASE)
    assert "\x1b[" in text
    plain = _ESCAPE.sub("", text)
    assert not _too_wide(plain, columns)
    assert any(cell_len(line) > columns - 12 for line in plain.splitlines())
    assert not raw_characters(plain)


def test_no_color_is_respected(office: Place) -> None:
    text = _on_a_terminal(office, 80, "case", "show", CASE, NO_COLOR="1")
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?3[0-7]m", text)


def test_hostile_names_do_not_repaint_a_real_terminal(office: Place) -> None:
    _poisoned(office)
    assert not raw_characters(_ESCAPE.sub("", _on_a_terminal(office, 80, "case", "show", CASE)).replace("\r", ""))


# -- where things go -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES)
def test_data_stands_on_stdout(path: str, office_at: Callable[..., Place]) -> None:
    example: Example = EXAMPLES[path]
    done = perform(example, office_at(example.moment))
    assert done.exit == example.exit
    assert done.out.strip()


@pytest.mark.parametrize("path", ["init", "account add", "account token"])
def test_a_token_is_alone_on_stdout(path: str, office: Place) -> None:
    words = ("init", "--database", "new.db") if path == "init" else EXAMPLES[path].command
    done = office.call(*words, token="admin")
    assert done.exit == 0
    assert re.fullmatch(r"[A-Za-z0-9_-]{40,}\n", done.out)
    assert done.out.strip() not in done.err
