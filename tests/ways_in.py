"""The ways in, alike for whoever tests them: an action goes in by its name and fields, an outcome comes back.

Judges of behaviour are written once and run through each way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from states.actions import ACTIONS
from states.errors import PeijianError
from tests.e2e import sheets
from tests.e2e.program import Completed, Place
from workflow import intake
from workflow.office import Office
from workflow.spreadsheet import PROJECTS, SHEETS


@dataclass(frozen=True)
class Outcome:
    """What came back: ``code`` and ``exit_code`` are empty and 0 where it was done."""

    code: str = ""
    exit_code: int = 0
    #: keys of the obstacles or of the reasons for a refusal
    keys: tuple[str, ...] = ()
    #: the result as JSON where it was done
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return not self.code


class WayIn(Protocol):
    """Acts as whoever holds the token (None: nobody)."""

    def act(self, path: str, fields: Mapping[str, Any], token: str | None, dry_run: bool = False) -> Outcome: ...


@dataclass
class Library:
    """Straight into the office, in this process."""

    office: Office

    def act(self, path: str, fields: Mapping[str, Any], token: str | None, dry_run: bool = False) -> Outcome:
        try:
            done = self.office.perform(intake.build(path, fields), token, dry_run)
        except PeijianError as error:
            obstacles = getattr(error, "obstacles", None) or error.params.get("obstacles", ())
            return Outcome(error.code, error.exit_code, tuple(sorted(o.key for o in obstacles)))
        return Outcome(body=done.model_dump(mode="json"))


@dataclass
class CommandLine:
    """The command as it is typed, with the fields in a file; ``place`` is the folder it is typed in."""

    place: Place
    _numbers: count[int] = field(default_factory=count)

    def act(self, path: str, fields: Mapping[str, Any], token: str | None, dry_run: bool = False) -> Outcome:
        if path == "case import":
            source = self._written("projects.xlsx", workbook(fields))
            words = ["case", "import", source, *([] if dry_run else ["--confirm"])]
        else:
            words = [*path.split(), *self._typed(path, dict(fields)), *(["--dry-run"] if dry_run else [])]
        return _outcome(self.place.call(*words, "--json", token=token))

    def _typed(self, path: str, fields: dict[str, Any]) -> list[str]:
        """Arguments and options. A file of fields, but for the one action whose ``--file`` is what it files."""
        model = ACTIONS[path]
        words = [str(fields.pop(name)) for name in model.arguments]
        if attached := fields.get(model.attached):
            fields[model.attached] = self._written(attached["name"], attached["content"])
        if "file" in model.model_fields:
            options = ((f"--{name.replace('_', '-')}", str(value)) for name, value in fields.items())
            return [*words, *(word for option in options for word in option)]
        return [*words, "--file", self._written("fields.json", json.dumps(fields, ensure_ascii=False))]

    def _written(self, name: str, content: str | bytes) -> str:
        """A file of its own for every call, as a relative path."""
        path = f"typed/{next(self._numbers)}/{name}"
        self.place.write(path, content)
        return path


def workbook(fields: Mapping[str, Any]) -> bytes:
    """The workbook that registers one running project."""
    case = {"case": fields["case"]}
    facilities, decisions = ([{**case, **row} for row in fields[name]] for name in ("facilities", "decisions"))
    project = {name: value for name, value in fields.items() if name in SHEETS[PROJECTS]}
    return sheets.book([project], facilities, decisions)


def _outcome(done: Completed) -> Outcome:
    assert done.exit in (0, 3, 4, 5, 6, 7), done.text
    told = done.json()
    if done.exit == 0:
        return Outcome(body=told)
    assert told["exit_code"] == done.exit, told
    return Outcome(told["error"], done.exit, tuple(sorted(o["key"] for o in told.get("obstacles", ()))))
