"""The program as people use it: the console script in a process of its own, or its ``main`` in this one.

A :class:`Place` is a private home with a database of its own. :meth:`Place.run` starts the installed script;
:meth:`Place.call` runs the same command here, which is much faster and what the wide tables use.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import cli
from commands.catalogue import COMMANDS, GROUPS
from states.errors import PeijianError
from states.project import Stage
from workflow import administration, intake, rehearsal, settings, store
from workflow.database import Database
from workflow.office import Office

REPO = Path(__file__).parents[2]
CONFIG = REPO / "config.yaml"
EXAMPLE = REPO / "docs" / "examples" / "qinghe.json"
SCRIPT = Path(sys.executable).with_name("peijian")
CASE = "ZDPT-2020-0001"
LANGUAGES = ("zh", "en")

#: The words of a command line; ``{case}`` and ``{folder}`` stand for the sample case and the folder it is typed in.
Command = tuple[str, ...]


#: Reading the shipped configuration takes longer than most commands; here its text is read once.
_parsed = cache(settings.parse)


@dataclass(frozen=True)
class Completed:
    """How a command ended and what it wrote."""

    exit: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def json(self) -> Any:
        """Stdout, which must be exactly one JSON document."""
        return json.loads(self.out)

    def flat(self) -> str:
        """Everything written, without blanks and line breaks: a message may be folded anywhere."""
        return "".join(self.text.split())


@dataclass
class Place:
    """A home of one's own with a database, and the tokens of the people in it."""

    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / "peijian.db"

    @property
    def files(self) -> Path:
        return self.folder / "peijian.db.files"

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the folder that commands are run in."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def environment(self, lang: str | None = "en", token: str | None = None, **extra: str) -> dict[str, str]:
        """``token`` is the name of an account, or a token."""
        known = {name: os.environ[name] for name in ("PATH", "TMPDIR", "SYSTEMROOT") if name in os.environ}
        home = {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data")}
        found = known | home | {"PEIJIAN_DATABASE": str(self.database), "LC_ALL": "C.UTF-8"}
        if lang:
            found["PEIJIAN_LANG"] = lang
        if token is not None:
            found["PEIJIAN_TOKEN"] = self.tokens.get(token, token)
        return found | extra

    def run(
        self,
        *command: str,
        lang: str | None = "en",
        token: str | None = None,
        env: Mapping[str, str] = {},
        stdin: str = "",
        before: Callable[[], None] | None = None,
    ) -> Completed:
        """The installed console script, in a process of its own; ``before`` runs in it first."""
        done = subprocess.run(
            [str(SCRIPT), *self._filled(command)],
            capture_output=True,
            cwd=self.folder,
            env=self.environment(lang, token) | dict(env),
            input=stdin.encode(),
            preexec_fn=before,
            timeout=60,
        )
        out, err = (text.decode(errors="surrogateescape") for text in (done.stdout, done.stderr))
        return Completed(done.returncode, out, err)

    def call(
        self, *command: str, lang: str | None = "en", token: str | None = None, env: Mapping[str, str] = {}
    ) -> Completed:
        """The same command in this process. An exception that escapes is shown as Python shows it: exit code 1."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
        environment = self.environment(lang, token) | dict(env)
        opened: list[Database] = []
        code: object = 0
        here = Path.cwd()
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch("sys.stdin", io.StringIO()),
            mock.patch.object(Database, "__init__", _noted(opened)),
            mock.patch.object(settings, "parse", _parsed),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            os.chdir(self.folder)
            try:
                cli.main(list(self._filled(command)))
            except SystemExit as end:
                code = end.code or 0
            except BaseException:
                traceback.print_exc()
                code = 1
            finally:
                os.chdir(here)
                for database in opened:
                    database.close()
                    database.engine.dispose()
        assert isinstance(code, int), code
        return Completed(code, *(_written(stream) for stream in (out, err)))

    def _filled(self, command: Iterable[str]) -> list[str]:
        return [word.replace("{case}", CASE).replace("{folder}", str(self.folder)) for word in command]

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, and the files: what must not change."""
        with closing(sqlite3.connect(self.database)) as db:
            names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found = {name: sorted(db.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}
        found["files"] = [(p.name, p.stat().st_size) for p in sorted(self.files.rglob("*")) if p.is_file()]
        return found

    def execute(self, statement: str, *values: object) -> None:
        """Change a row behind the program's back."""
        with closing(sqlite3.connect(self.database)) as db:
            db.execute(statement, values)
            db.commit()

    def copied(self, folder: Path) -> Place:
        folder.mkdir(parents=True, exist_ok=True)
        other = Place(folder, self.tokens)
        _copy_database(self.database, other.database)
        if self.files.is_dir():
            shutil.copytree(self.files, other.files, dirs_exist_ok=True)
        return other


def _copy_database(source: Path, target: Path) -> None:
    """Whatever the journal mode, everything committed is in the copy."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _noted(opened: list[Database]) -> Callable[[Database, str], None]:
    """``Database.__init__`` that remembers the database, so that it can be closed behind the command."""
    original = Database.__init__

    def init(self: Database, url: str) -> None:
        original(self, url)
        opened.append(self)

    return init


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(errors="surrogateescape")


def added(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The rows that are new or different, by table; a vanished row counts as different."""
    found = {
        name: [row for row in after.get(name, []) if row not in rows] + [row for row in rows if row not in after[name]]
        for name, rows in before.items()
    }
    return {name: rows for name, rows in found.items() if rows}


# -- offices at chosen moments ---------------------------------------------------------------------------


def _point(step: rehearsal.Step, stage: str, seen: Iterable[str]) -> Iterable[str]:
    """The names of the moments that a step of the sample project completes."""
    if step.fields.get("verdict") == "object":
        yield "objection"
    if step.do == "answer" and "objection" in seen:
        yield "stale"
    if step.do == "case circulate" or stage == Stage.CONSTRUCTION:
        yield stage


def founded(folder: Path) -> Place:
    """A new database with a leader in every organisation, the people of the sample scripts, and an auditor."""
    place, script = Place(folder), rehearsal.load(rehearsal.shipped()["qinghe"])
    folder.mkdir(parents=True, exist_ok=True)
    start = script.steps[0].at - timedelta(hours=1)
    admin = administration.initialise(f"sqlite:///{place.database}", CONFIG, "admin", None, start)
    assert admin
    place.tokens["admin"] = admin
    office = _opened(place)
    office.now = lambda: start
    people = [(name, name, "leader") for name in settings.load(CONFIG).organisations]
    people += [(a.name, a.organisation, a.level) for a in script.accounts if a.name not in place.tokens]
    people += [("auditor", "leading_group_office", "auditor"), ("gone", "health", "leader")]
    for name, organisation, level in people:
        if name not in place.tokens:
            place.tokens[name] = administration.add_account(office, admin, name, organisation, level)
    administration.close_account(office, admin, "gone")
    _closed(office)
    return place


def played(new: Place, folder: Path) -> dict[str, Place]:
    """The sample project, stage by stage: right after each (first) ``case circulate``, and before it moves on.

    ``planning_joint_review``, ``planning_joint_review:ready``, …, and the moments ``objection`` and ``stale``.
    """
    script, found = rehearsal.load(rehearsal.shipped()["qinghe"]), {"new": new}
    running = new.copied(folder / "running")
    office, stage = _opened(running), ""
    for step in script.steps:
        if step.do in rehearsal.QUESTIONS or step.expect.exit == 7:
            continue
        office.now = lambda moment=step.at: moment  # type: ignore[misc]
        fields = {"case": CASE, **step.fields}
        if isinstance(file := fields.get("file"), dict):
            fields["file"] = {"name": file["name"], "content": str(file["text"]).encode()}
        with suppress(PeijianError):
            office.perform(intake.build(step.do, fields), running.tokens[step.by])
        before, stage = stage, _stage(office)
        if before and stage != before:
            found[f"{before}:ready"] = found.pop("last")
        for name in _point(step, stage, found):
            if name not in found:
                found[name] = running.copied(folder / _folder(name))
        found["last"] = running.copied(folder / _folder(f"{stage}:ready"))
    found[Stage.IN_USE] = found.pop("last")
    _closed(office)
    return found


def _folder(name: str) -> str:
    return name.replace(":", "-")


def _stage(office: Office) -> str:
    with office.database.transaction() as tx:
        case = store.load(tx, office.district, CASE)
    return case.stage if case else ""


def _opened(place: Place) -> Office:
    return administration.open_office(f"sqlite:///{place.database}", CONFIG)


def _closed(office: Office) -> None:
    office.database.close()
    office.database.engine.dispose()


# -- what commands there are -----------------------------------------------------------------------------


def command_paths() -> list[str]:
    return list(COMMANDS)


def group_paths() -> list[str]:
    return ["", *GROUPS]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# -- what may be written ---------------------------------------------------------------------------------

_RAW = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def raw_characters(text: str) -> list[str]:
    """Characters that repaint a screen or reorder what is read, as ``U+001B``; line breaks are fine."""
    return [f"U+{ord(c):04X}" for c in text if c != "\n" and unicodedata.category(c) in _RAW]


CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]+")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")


@cache
def record_text() -> str:
    """Every Chinese text that is data and not the program's: configuration, samples, examples of identifiers."""
    from states.identifiers import FORMATS

    sources = [CONFIG, *rehearsal.shipped().values(), *EXAMPLE.parent.glob("*.json")]
    texts = [path.read_text(encoding="utf-8") for path in sources] + [f.example for f in FORMATS.values()]
    return "".join("\n".join(texts).split(" "))
