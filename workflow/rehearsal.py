"""Dated scripts, played into a database made for rehearsal: for training, demonstration and tests.

The format stands in ``docs/rehearsal.md``. This is the only place where the clock can be set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from policies.decide import way_ahead
from policies.limits.deadlines import deadlines
from states.actions import ACTIONS
from states.errors import Blocked, Invalid, NotAllowed, Obstacle, PeijianError, unknown
from states.facts import Case
from states.rules import Name
from workflow import administration, intake, records, store
from workflow.clock import ZONE
from workflow.database import shown
from workflow.office import Office
from workflow.results import Done

#: What a script may ask beside the actions: what is in the way, when what is due, who is reminded of what.
WHY, CLOCK, REMIND = "case why", "case clock", "remind run"
QUESTIONS = (WHY, CLOCK, REMIND)
#: Goes round once and returns what was told of the limits of a case; the reminders lie above this module.
Remind = Callable[[Office, str | None], tuple[str, ...]]
#: What concerns an office and no case.
DELEGATE = "delegation add"
_MORNING = time(9, 0)


def _moment(value: Any) -> Any:
    """``2020-07-20`` or ``2020-07-20T10:30``, in Asia/Shanghai; a day alone means nine in the morning."""
    if isinstance(value, str):
        try:
            value = (date if len(value) == len("2020-07-20") else datetime).fromisoformat(value)
        except ValueError as error:
            raise PydanticCustomError("date_parsing", "must be a day, such as 2020-07-20") from error
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, _MORNING)
    return value.replace(tzinfo=ZONE) if isinstance(value, datetime) and value.tzinfo is None else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Part):
    """An exit code with the complete set of obstacle keys, or with the error's code.

    ``due``: the due days of some limits, by ``L07`` or ``L20:F1``; the last round's where there were several.
    ``reminders``: all that goes out on the limits of the case, as ``account L07 2020-11-06``.
    """

    exit: int = 0
    obstacles: tuple[str, ...] | None = None
    code: str | None = None
    due: dict[str, str] | None = None
    reminders: tuple[str, ...] | None = None


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
    """``source`` is the file it was read from."""

    source: str = ""
    title: Name
    accounts: tuple[ScriptAccount, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _playable(self) -> Script:
        """Steps follow each other in time, and each is by an account of the script."""
        known, previous = {a.name for a in self.accounts}, self.steps[0].at
        for number, step in enumerate(self.steps, 1):
            if step.by not in known:
                told = {"step": number, "name": step.by}
                raise PydanticCustomError("unknown_account", "step {step}: no account {name}", told)
            if step.at < previous:
                raise PydanticCustomError("back_in_time", "step {step} goes back in time", {"step": number})
            previous = step.at
        return self


@dataclass(frozen=True, slots=True)
class Played:
    """A step that went as expected. ``case`` is what it left; ``error`` what it was expected to meet."""

    script: Script
    number: int
    step: Step
    case: Case | None
    done: Done | None
    error: PeijianError | None


#: The scripts that follow a project's own record; the others are made up, to show what offices meet besides.
ON_RECORD = ("qinghe", "yunling")


def shipped() -> dict[str, Path]:
    """The scripts that come with the program, by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "rehearsals").glob("*.yaml"))}


def load(path: Path) -> Script:
    """A script from its file. Raises Invalid naming what is wrong with it."""
    found = records.read(path)
    try:
        return Script.model_validate({**found, "source": path.name})
    except ValidationError as error:
        raise Invalid("rehearsal_format", {"path": str(path), **intake.invalid(error).params}) from error


class Rehearsal:
    """A new rehearsal database and the accounts of its scripts. Raises Invalid if the database exists."""

    def __init__(self, address: str, config: Path, start: datetime, remind: Remind) -> None:
        if administration.is_made(address):
            raise Invalid("database_exists", {"database": shown(address)})
        self._admin = administration.initialise(address, config, "rehearsal", None, start, rehearsal=True)
        self.office: Office = administration.open_office(address, config)
        self._tokens: dict[str, str] = {}
        self._remind = remind

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
            told = self._remind(self.office, case) if step.do == REMIND else None
            update = {"due": self._due(case, step.expect.due), "reminders": told}
            found = _found(error).model_copy(update=update)
            if not _agree(step.expect, found):
                raise Invalid("rehearsal_difference", _difference(script, number, step, found, error))
            yield Played(script, number, step, self._look(case), done, error)

    def _admit(self, script: Script) -> None:
        now = script.steps[0].at
        self.office.now = lambda: now
        for account in script.accounts:
            if account.name not in self._tokens:
                self._tokens[account.name] = administration.add_account(
                    self.office, self._admin, account.name, account.organisation, account.level
                )

    def _take(self, step: Step, case: str | None) -> tuple[Done | None, PeijianError | None]:
        try:
            if step.do == WHY:
                self._ask(case)
                return None, None
            if step.do in (CLOCK, REMIND):
                return None, None
            if step.do == DELEGATE:
                administration.delegate(self.office, self._tokens[step.by], step.fields)
                return None, None
            action = intake.build(step.do, {"case": case, **step.fields, **_files(step)})
            return self.office.perform(action, self._tokens[step.by]), None
        except PeijianError as error:
            return None, error

    def _ask(self, case: str | None) -> None:
        facts = self._look(case)
        if facts is None:
            raise unknown("case", case or "", ())
        with self.office.database.transaction() as tx:
            rules = self.office.rules(tx, facts.configuration)
        if obstacles := way_ahead(facts, self.office.now().date().isoformat(), rules):
            raise Blocked(obstacles)

    def _due(self, case: str | None, asked: dict[str, str] | None) -> dict[str, str] | None:
        """The days on which the limits asked for are or were due; empty while the clock is stopped or never began."""
        facts = self._look(case)
        if asked is None or facts is None:
            return None
        with self.office.database.transaction() as tx:
            rules = self.office.rules(tx, facts.configuration)
        named = {f"{d.code}:{d.concern}" if d.concern else d.code: d.due_on for d in deadlines(facts, rules)}
        return {name: named.get(name) or "" for name in asked}

    def _look(self, case: str | None) -> Case | None:
        with self.office.database.transaction() as tx:
            return store.load(tx, self.office.district, case) if case else None


def _files(step: Step) -> dict[str, Any]:
    """A script gives a file's content as text."""
    name = ACTIONS[step.do].attached if step.do in ACTIONS else ""
    file = step.fields.get(name)
    if not isinstance(file, dict) or "text" not in file:
        return {}
    return {name: {"name": file.get("name"), "content": str(file["text"]).encode()}}


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
    if expected.due != found.due or sorted(expected.reminders or ()) != sorted(found.reminders or ()):
        return False
    return expected.obstacles is None or sorted(set(expected.obstacles)) == sorted(set(found.obstacles or ()))


def _difference(
    script: Script, number: int, step: Step, found: Expected, error: PeijianError | None
) -> dict[str, object]:
    told = not isinstance(error, Blocked | NotAllowed | None)
    wanted, got = set(step.expect.obstacles or ()), set(found.obstacles or ())
    return {
        "script": script.source,
        "step": number,
        "at": step.at.isoformat(timespec="minutes"),
        "action": step.do,
        "expected": step.expect.model_dump(exclude_none=True),
        "found": found.model_dump(exclude_none=True, exclude={"code"}),
        "cause": {"code": error.code, "params": error.params} if error and told else None,
        "missing": sorted(wanted - got),
        "unexpected": sorted(got - wanted),
    }
