"""Dated scripts, played into a database made for rehearsal: for training, demonstration and tests.

The format stands in ``docs/rehearsal.md``. This is the only place where the clock can be set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from policies.decide import way_ahead
from states.errors import Blocked, Invalid, NotAllowed, Obstacle, PeijianError
from states.facts import Case
from states.rules import Name
from workflow import accounts, administration, intake, records, store
from workflow.clock import ZONE
from workflow.office import Office
from workflow.results import Done

#: The question a script may ask beside the actions.
WHY = "case why"
_MORNING = time(9, 0)


def _moment(value: Any) -> Any:
    """``2020-07-20`` or ``2020-07-20T10:30``, in Asia/Shanghai; a day alone means nine in the morning."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = date.fromisoformat(value)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, _MORNING)
    return value.replace(tzinfo=ZONE) if isinstance(value, datetime) and value.tzinfo is None else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Part):
    """An exit code with the complete set of obstacle keys, or with the error's code."""

    exit: int = 0
    obstacles: tuple[str, ...] | None = None
    code: str | None = None


def _expected(value: Any) -> Any:
    return {} if value == "done" else value


class ScriptAccount(_Part):
    name: str
    organisation: str
    level: Literal["clerk", "leader", "admin", "auditor"]


class Step(_Part):
    """One line of a script; see ``docs/rehearsal.md``."""

    at: Annotated[datetime, BeforeValidator(_moment)]
    by: str = Field(alias="as")
    do: str
    fields: dict[str, Any] = Field(default_factory=dict, alias="with")
    expect: Annotated[Expected, BeforeValidator(_expected)] = Expected()
    assumed: bool = False
    note: Name | None = None


class Script(_Part):
    title: Name
    accounts: tuple[ScriptAccount, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Played:
    """A step that went as expected. ``case`` is what it left; ``error`` what it was expected to meet."""

    script: Script
    number: int
    step: Step
    case: Case | None
    done: Done | None
    error: PeijianError | None


def shipped() -> dict[str, Path]:
    """The scripts that come with the program, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "rehearsals").glob("*.yaml"))}


def load(path: Path) -> Script:
    """A script from its file. Raises Invalid naming what is wrong with it."""
    found = records.read(path)
    try:
        script = Script.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Invalid("rehearsal_format", {"path": str(path), "key": place, "problem": first["msg"]}) from error
    _check(script, path)
    return script


def _check(script: Script, path: Path) -> None:
    known, previous = {a.name for a in script.accounts}, script.steps[0].at
    for number, step in enumerate(script.steps, 1):
        problem = None
        if step.by not in known:
            problem = f"unknown account {step.by}"
        elif step.at < previous:
            problem = "goes back in time"
        if problem:
            raise Invalid("rehearsal_format", {"path": str(path), "key": f"steps.{number}", "problem": problem})
        previous = step.at


class Rehearsal:
    """A new rehearsal database and the accounts of its scripts. Raises Invalid if the database exists."""

    def __init__(self, path: Path, config: Path, start: datetime) -> None:
        if path.exists():
            raise Invalid("database_exists", {"database": str(path)})
        url = f"sqlite:///{path}"
        administration.initialise(url, config, "rehearsal", None, start, rehearsal=True)
        self.office: Office = administration.open_office(url, config)
        self._tokens: dict[str, str] = {}

    def play(self, script: Script) -> Iterator[Played]:
        """Play every step, yielding each once it went as expected.

        Raises Invalid("rehearsal_difference") at the first that did not.
        """
        self._admit(script)
        case: str | None = None
        for number, step in enumerate(script.steps, 1):
            self.office.now = lambda moment=step.at: moment  # type: ignore[misc]
            case = step.fields.get("case", case)
            done, error = self._take(step, case)
            found = _found(error)
            if not _agree(step.expect, found):
                raise Invalid("rehearsal_difference", _difference(script, number, step, found))
            yield Played(script, number, step, self._look(case), done, error)

    def _admit(self, script: Script) -> None:
        now = script.steps[0].at
        with self.office.database.transaction(write=True) as tx:
            for account in script.accounts:
                if account.name not in self._tokens:
                    self._tokens[account.name] = accounts.add(
                        tx, self.office.district, account.name, account.organisation, account.level, now
                    )

    def _take(self, step: Step, case: str | None) -> tuple[Done | None, PeijianError | None]:
        try:
            if step.do == WHY:
                self._ask(case)
                return None, None
            action = intake.build(step.do, {"case": case, **step.fields, **_file(step)})
            return self.office.perform(action, self._tokens[step.by]), None
        except PeijianError as error:
            return None, error

    def _ask(self, case: str | None) -> None:
        facts = self._look(case)
        if facts is None:
            raise Invalid("rehearsal_format", {"key": WHY, "problem": "no case yet"})
        with self.office.database.transaction() as tx:
            rules = self.office.rules(tx, facts.configuration)
        if obstacles := way_ahead(facts, self.office.now().date().isoformat(), rules):
            raise Blocked(obstacles)

    def _look(self, case: str | None) -> Case | None:
        with self.office.database.transaction() as tx:
            return store.load(tx, self.office.district, case) if case else None


def _file(step: Step) -> dict[str, Any]:
    """A script gives a file's content as text."""
    file = step.fields.get("file")
    if not isinstance(file, dict) or "text" not in file:
        return {}
    return {"file": {"name": file.get("name"), "content": str(file["text"]).encode()}}


def _found(error: PeijianError | None) -> Expected:
    if error is None:
        return Expected(obstacles=())
    obstacles: tuple[Obstacle, ...] = ()
    if isinstance(error, Blocked):
        obstacles = error.obstacles
    elif isinstance(error, NotAllowed):
        obstacles = error.params.get("obstacles", ())
    return Expected(exit=error.exit_code, obstacles=tuple(o.key for o in obstacles), code=error.code)


def _agree(expected: Expected, found: Expected) -> bool:
    if expected.exit != found.exit or expected.code not in (None, found.code):
        return False
    return expected.obstacles is None or sorted(set(expected.obstacles)) == sorted(set(found.obstacles or ()))


def _difference(script: Script, number: int, step: Step, found: Expected) -> dict[str, object]:
    wanted, got = set(step.expect.obstacles or ()), set(found.obstacles or ())
    return {
        "script": script.title.zh,
        "step": number,
        "at": step.at.isoformat(timespec="minutes"),
        "action": step.do,
        "expected": step.expect.model_dump(exclude_none=True),
        "found": found.model_dump(exclude_none=True),
        "missing": sorted(wanted - got),
        "unexpected": sorted(got - wanted),
    }
