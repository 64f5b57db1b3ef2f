"""Whoever names a server types the same commands: same output, same exit codes, same rows as where the database lies.

Every example and every mistake of the other tests is typed twice, beside the database and through a real
``peijian serve``, on two copies of the same rows. In the short form each is typed in one of four ways, chosen by its
name: in Chinese or English, as page or as JSON; the long form (``--long``) takes all four.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from examples import EXAMPLES, Example, _document_with_file
from mistakes import MISTAKES, Mistake
from program import Completed, Place, added
from serving import Remote, Served, remote

from commands.parameters import paths

OfficeAt = Callable[..., Place]
WAYS = [(lang, *more) for lang in ("zh", "en") for more in ((), ("--json",))]


def _path(command: tuple[str, ...]) -> str:
    """The command that goes through the door; empty for any other, and for one that does not exist."""
    words = [" ".join(command[:2]), command[0]]
    return next((path for path in words if path in set(paths())), "")


# -- what differs, and nothing else ----------------------------------------------------------------------

#: What is made at random: tokens, and the keys under which actions go over the network.
_RANDOM = {"account": ("token_digest", "token_prefix"), "journal": ("request_id",)}
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:\d\d|Z)")
#: Of the chain: what covers moments and keys.
_CHAINED = ("digest", "previous", "hash")
#: What the journal keeps of a new token.
_TOKEN = re.compile(r'"token_digest":"[0-9a-f]{64}","token_prefix":"[\w-]{8}"')


def _now(text: str) -> str:
    """A moment of the last minute by that name."""

    def named(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[0].replace("Z", "+00:00"))
        return "NOW" if abs(datetime.now(UTC) - moment) < timedelta(minutes=1) else found[0]

    return _MOMENT.sub(named, text)


def _secrets(place: Place) -> Iterator[tuple[str, str]]:
    """What is this database's own, by another name: its chain, and its tokens."""
    with closing(sqlite3.connect(place.database)) as db:
        for subject, entry, *chained in db.execute("SELECT subject, entry, digest, previous, hash FROM journal"):
            yield from ((value, f"{name} of {subject} {entry}") for name, value in zip(_CHAINED, chained, strict=True))


def _rows(place: Place, before: dict[str, list[Any]]) -> dict[str, list[str]]:
    """What a command wrote, table by table, with what may differ by another name."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(place.database)) as db:
        for table, rows in added(before, place.contents()).items():
            names = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
            hidden = {*_RANDOM.get(table, ()), *(_CHAINED if table == "journal" else ())}
            kept = (repr([cell for name, cell in _named(names, row) if name not in hidden]) for row in rows)
            found[table] = sorted(_TOKEN.sub("TOKEN", _now(row)) for row in kept)
    return found


def _named(names: list[str], row: tuple[Any, ...]) -> Iterable[tuple[str, Any]]:
    """The columns of a row; of a file, which is none, there are no names."""
    return zip(names or [""] * len(row), row, strict=True)


def _plain(done: Completed, place: Place) -> Completed:
    """What was printed, without what must differ."""
    printed = []
    for text in (done.out, done.err):
        for value, name in _secrets(place):
            text = text.replace(value, name).replace(value[:12], name) if value else text
        printed.append(_now(re.sub(r"(?<![\w-])[\w-]{43}(?![\w-])", "TOKEN", text)))
    return Completed(done.exit, *printed)


def _files(place: Place) -> dict[str, Any]:
    """What a command left in its folder."""
    kept = (path for path in place.folder.rglob("*") if path.is_file() and not path.is_relative_to(place.files))
    return {str(path.relative_to(place.folder)): _inside(path) for path in kept if "peijian.db" not in path.name}


def _inside(path: Path) -> Any:
    """What a file holds, but for the moment when it was made, and what covers that."""
    if path.suffix in (".docx", ".xlsx"):
        with ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"}
    text = path.read_bytes().decode(errors="surrogateescape")
    return re.sub(r"[0-9a-f]{64}", "", text) if path.name == "SHA256SUMS" else _now(text)


# -- both ways -------------------------------------------------------------------------------------------


def _both(
    place: Place, served: Served, command: tuple[str, ...], by: str | None, tmp_path: Path, lang: str, *more: str
) -> None:
    """The same command in the same folder, first beside the database and then through the server."""
    away, before = remote(tmp_path / "away", served), place.contents()
    _furnished(place, away)
    there = served.lay(place)
    here_done = place.call(*command, *more, lang=lang, token=by)
    local = Place(place.folder.rename(tmp_path / "done"), place.tokens)
    away = Remote(away.folder.rename(place.folder), place.tokens, served.address)
    away_done = away.call(*command, *more, lang=lang, token=by)
    assert _plain(away_done, there) == _plain(here_done, local)
    assert _rows(there, before) == _rows(local, before)
    assert _files(away) == _files(local)
    for folder in (away.folder, local.folder):
        shutil.rmtree(folder)


def _furnished(place: Place, away: Remote) -> None:
    """The same files in the folder that commands are typed in."""
    for path in place.folder.iterdir():
        if "peijian.db" not in path.name:
            (shutil.copytree if path.is_dir() else shutil.copy)(path, away.folder / path.name)


def _ways(name: str, long_form: bool) -> list[tuple[str, ...]]:
    return WAYS if long_form else [WAYS[zlib.crc32(name.encode()) % len(WAYS)]]


@pytest.mark.parametrize("name", [name for name, one in EXAMPLES.items() if name in set(paths())])
def test_an_example_does_the_same_through_a_server(
    name: str, moments: dict[str, Place], served: Served, tmp_path: Path, long_form: bool
) -> None:
    example = EXAMPLES[name]
    for lang, *more in _ways(name, long_form):
        place = moments[example.moment].copied(tmp_path / "here")
        command = _prepared(example, place)
        # Without a token a server answers nobody, so that somebody reads who needed none beside the database.
        _both(place, served, command, example.by or "auditor", tmp_path, lang, *more)


def _prepared(example: Example, place: Place) -> tuple[str, ...]:
    """The command, and everything before it done. A database that is restored first lies where the first one lay."""
    example.prepared(place)
    command = tuple(word.replace("{file}", str(_document_with_file(place))) for word in example.command)
    if "--database" not in command:
        return command
    where = command.index("--database")
    with (
        closing(sqlite3.connect(place.folder / command[where + 1])) as new,
        closing(sqlite3.connect(place.database)) as old,
    ):
        new.backup(old)
    return command[:where] + command[where + 2 :]


#: Mistakes that a server notices earlier: nothing so large is sent at all.
TOO_LARGE = ("text: a megabyte", "line: a megabyte", "account name: a megabyte")
#: Whoever comes to a server with a wrong token is in its journal, whatever he wanted.
JOURNALLED = ("wrong token: whoami",)


def _meets_a_server(mistake: Mistake) -> bool:
    """Not what is about a configuration or a database beside the command line: a server has its own."""
    return bool(_path(mistake.command)) and not {"--config", "--database"} & set(mistake.command)


_MEETING = [name for name, one in MISTAKES.items() if _meets_a_server(one)]


def _made(mistake: Mistake, moments: dict[str, Place], tmp_path: Path) -> Place:
    place = moments[mistake.moment].copied(tmp_path / "here")
    mistake.prepared(place)
    return place


@pytest.mark.parametrize("name", [name for name in _MEETING if name not in (*TOO_LARGE, *JOURNALLED)])
def test_a_mistake_is_told_the_same_through_a_server(
    name: str, moments: dict[str, Place], served: Served, tmp_path: Path, long_form: bool
) -> None:
    mistake = MISTAKES[name]
    # Without a token a server answers nobody: see above.
    by = mistake.by or (None if mistake.exit == 4 else "auditor")
    for lang, *more in _ways(name, long_form):
        place = _made(mistake, moments, tmp_path)
        _both(place, served, mistake.command, by, tmp_path, lang, *more)


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_to_be_sent_is_refused_by_its_size(
    name: str, moments: dict[str, Place], served: Served, tmp_path: Path
) -> None:
    mistake = MISTAKES[name]
    away = remote(tmp_path / "away", served)
    before = served.lay(_made(mistake, moments, tmp_path)).contents()
    done = away.call(*mistake.command, "--json", token=mistake.by)
    assert (done.exit, done.json()["error"]) == (mistake.exit, "request_too_large")
    assert served.place.contents() == before


@pytest.mark.parametrize("name", JOURNALLED)
def test_whoever_comes_with_a_wrong_token_is_in_the_journal(
    name: str, moments: dict[str, Place], served: Served, tmp_path: Path
) -> None:
    mistake = MISTAKES[name]
    place = _made(mistake, moments, tmp_path)
    away = remote(tmp_path / "away", served)
    before = served.lay(place).contents()
    assert away.call(*mistake.command, token=mistake.by) == place.call(*mistake.command, token=mistake.by)
    assert list(added(before, served.place.contents())) == ["journal"]
