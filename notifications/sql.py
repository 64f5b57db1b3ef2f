"""What the statements of the outbox have in common. They are compiled once, when their module is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, literal_column

from workflow.journal import OFFICE
from workflow.limits import KEY

#: The key of a running limit, behind the district.
LIMIT_KEY = ("subject", *KEY)
#: The subject of what belongs to no project.
NO_PROJECT = OFFICE

Row = dict[str, Any]


def table(model: Any) -> Any:
    return model.__table__


def of(where: Any, *keys: str) -> list[Any]:
    """Conditions on the district and these columns of a table, each against a value named ``of_…``."""
    return [where.c[key] == bindparam(f"of_{key}") for key in ("district", *keys)]


def columns(where: Any, names: Iterable[str]) -> list[Any]:
    return [where.c[name] for name in names]


def reads(column: Any, value: str) -> Any:
    """With the value in the text: a partial index is used only for what stands there."""
    return column == literal_column(f"'{value}'")


def named(row: Mapping[str, Any], keys: Iterable[str]) -> Row:
    """The values of a row under the names of :func:`of`."""
    return {f"of_{key}": row[key] for key in keys}


def stamp(moment: datetime) -> str:
    """Moments are compared as texts: they all have the one time zone of the district."""
    return moment.isoformat(timespec="seconds")
