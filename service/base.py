"""The root of everything that is asked for beside the actions: a model of what may be said, and its answer.

``path`` is the command's, ``arguments`` are the fields given by position, and field descriptions are the help
texts, as with the actions of ``states/actions``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field, InstanceOf, WithJsonSchema, field_validator

from service.shown import Sent, Shown, Upload
from states.actions import base as actions
from states.actions.base import Model, printable
from states.content import Content
from states.rules import Rules
from views.data import as_json
from views.language import N_
from views.names import Names
from views.page import Page
from views.sheets import Sheet, csv_bytes
from workflow import clock, queries, settings
from workflow.office import Office
from workflow.results import Progress


def _silently(doing: str, done: int, of: int) -> None:
    """The progress that nobody watches."""


@dataclass
class Caller:
    """Who asks, of which office. ``interactive``: somebody sits at a terminal; ``progress`` is told how far it is."""

    config: Path
    opened: Callable[[], Office]
    token: str | None
    interactive: bool = False
    progress: Progress = field(default=_silently)

    @cached_property
    def office(self) -> Office:
        return self.opened()

    @property
    def rules(self) -> Rules:
        """Those now in force."""
        return queries.current_rules(self.office)

    @property
    def rules_on_file(self) -> Rules:
        """Those of the configuration's file, for what needs no database."""
        return settings.load(self.config)

    @property
    def today(self) -> str:
        return clock.today()

    def show(self, result: Any, rules: Rules | None, page: Callable[[Any], Page], **more: Any) -> Shown:
        """A result as JSON and as a page, with the names of ``rules``."""
        names = self.names(rules) if rules else None
        return Shown(as_json(result, names) if names else as_json(result), page(names), **more)

    def names(self, rules: Rules) -> Names:
        return Names(rules, self.today)


def sheet(name: str, rows: Sheet, count: int) -> Shown:
    """A list as CSV."""
    return sent(name, "text/csv; charset=utf-8", csv_bytes(rows), rows=count)


def sent(name: str, media_type: str, content: bytes, **facts: Any) -> Shown:
    """Bytes as a file."""
    return Shown(file=Sent(name, media_type, Content.of(content), facts))


@dataclass(frozen=True)
class Option:
    """How a field stands on the command line, where its name and type do not say it.

    ``typed``: what the command line itself checks, ``number``, ``day`` or ``file``.
    """

    flag: str = ""
    metavar: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Target:
    """An option of the command line that names the file to write the answer to.

    ``field``: the field of the request that asks for a file instead of the page; none where there is always one.
    """

    flag: str
    metavar: str
    help: str
    field: str = ""
    required: bool = False

    @property
    def name(self) -> str:
        return self.flag.removeprefix("--")


Case = Annotated[str, Field(description=N_("case number"))]
Number = Annotated[int, Option(metavar="NUMBER", typed="number")]
Day = Annotated[actions.Day, Option(metavar="DATE", typed="day")]
#: Only what the door itself made of a file: a path that is named from outside is none.
File = Annotated[InstanceOf[Upload], WithJsonSchema({"type": "string"}), Option(metavar="FILE", typed="file")]
CSV = Target("--csv", "FILE", N_("write the whole list as CSV for Excel to this new file; - for stdout"), "csv")


class Request(Model):
    """Something to ask for. ``writes``: whether it changes anything."""

    path: ClassVar[str]
    arguments: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[bool] = False
    targets: ClassVar[tuple[Target, ...]] = ()
    #: what the answer's data are, for the description of the service; None where it is always a file
    result: ClassVar[Any] = dict[str, Any]

    @field_validator("*")
    @classmethod
    def _printable(cls, value: Any) -> Any:
        """Texts as in the record: nothing else can be found there, and a database may refuse to look."""
        return printable(value) if isinstance(value, str) else value

    def answer(self, caller: Caller) -> Shown:
        """Raises any PeijianError."""
        raise NotImplementedError
