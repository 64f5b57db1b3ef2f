"""Every row of an office from one database into another, of whatever kind: models and migrations are the same."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, insert, select
from sqlmodel import SQLModel

import workflow.tables  # noqa: F401  (fills the metadata)
from workflow.transaction import Transaction


def _statements(table: Table) -> tuple[Any, Any, tuple[str, ...]]:
    return select(table).order_by(*table.primary_key), insert(table), tuple(table.columns.keys())


#: Every table after those that its rows refer to.
_TABLES = [_statements(table) for table in SQLModel.metadata.sorted_tables]


def copy(source: Transaction, target: Transaction) -> None:
    """What one transaction sees, into the empty tables of another; a batch at a time, so that memory stays bounded."""
    for read, write, columns in _TABLES:
        for rows in source.batches(read):
            target.run(write, [dict(zip(columns, row, strict=True)) for row in rows])
            target.flush()
