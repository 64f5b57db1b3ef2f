"""What can be typed behind each command, from a table that is read at every start instead of the models.

The table, ``parameters.json``, is made from the models by ``python -m commands.describing``; a test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click

from commands.types import Day, whole_number
from views import terminal
from views.language import _


class Parameter(NamedTuple):
    """An argument, or with a ``flag`` an option.

    ``typed``: ``text``, ``flag``, ``number``, ``day``; ``file``: one that goes along; ``source``: one that holds
    fields; ``target``: one to write the answer to. ``needed``: nothing goes without it, unless it is ``asked`` for on
    a terminal. ``marked``: help says that it is required, and the door refuses what lacks it.
    """

    name: str
    flag: str | None = None
    help: str = ""
    metavar: str = "TEXT"
    typed: str = "text"
    choices: tuple[str, ...] = ()
    many: bool = False
    needed: bool = False
    asked: bool = False
    marked: bool = False
    default: str | int | None = None

    @property
    def required(self) -> bool:
        return self.needed and not (self.asked and terminal.interactive())


class Described(NamedTuple):
    """A command that goes through the door. ``targets``: options that name a file, and the fields that ask for one.

    ``acts``: it is an action on a case, which has a form and can be tried. ``method`` and ``argument``: how a server
    is asked, and the parameter that stands in the address.
    """

    parameters: tuple[Parameter, ...]
    targets: Mapping[str, str] = {}
    acts: bool = False
    method: str = "POST"
    argument: str | None = None


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = json.loads(Path(__file__).with_name("parameters.json").read_bytes())
    return found


def paths() -> Iterable[str]:
    """The commands that go through the door."""
    return _table()


def described(path: str) -> Described:
    found = _table()[path]
    return Described(**{**found, "parameters": tuple(Parameter(**one) for one in found["parameters"])})


def of_command(path: str) -> list[click.Parameter]:
    """Arguments and options of a command."""
    return [_argument(one) if one.flag is None else _option(one) for one in described(path).parameters]


def _argument(one: Parameter) -> click.Argument:
    metavar = _(one.metavar) if one.needed else f"[{_(one.metavar)}]"
    return click.Argument(
        [one.name],
        metavar=metavar + ("..." if one.many else ""),
        required=one.required,
        nargs=-1 if one.many else 1,
        type=_type(one),
    )


def _option(one: Parameter) -> click.Option:
    text = _(one.help) + (f" [{_('required')}]" if one.marked else "")
    if one.typed == "flag":
        return click.Option([str(one.flag), one.name], is_flag=True, default=None, help=text)
    return click.Option(
        [str(one.flag), one.name],
        metavar=None if one.choices else _(one.metavar),
        multiple=one.many,
        required=one.required,
        default=one.default,
        type=_type(one),
        help=text,
    )


def _type(one: Parameter) -> click.types.ParamType[Any] | None:
    if one.choices:
        return click.Choice(one.choices)
    kinds = {"number": whole_number, "day": Day}
    return kinds[one.typed]() if one.typed in kinds else None
