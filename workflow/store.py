"""Rows to facts and facts to rows, by name alone.

A case is loaded in a fixed number of statements, and of a changed case only what changed is written.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, insert, literal_column, select, update

from states import remit
from states.facts import FIRST_DIVISION, Case
from states.rules import Rules
from workflow.database import Transaction
from workflow.tables import CASE_COLUMNS, CASES, KEY, LISTS, TABLES, Snapshot

LIFECYCLE = "project"
#: How the digest of a whole case is made: rows as lists in the order of the fact classes' fields.
DIGEST_SCHEME = 1

_OWN_KEY = ("district", "lifecycle", "id")
_COLUMNS = {name: tuple(f.name for f in fields(fact)) for name, (fact, _) in LISTS.items()}
_VALUES: dict[str, Any] = {name: attrgetter(*columns) for name, columns in _COLUMNS.items()}
_CASE_VALUES = attrgetter(*CASE_COLUMNS)


def _table(model: Any) -> Any:
    return model.__table__


def _where(table: Any, keys: tuple[str, ...]) -> list[Any]:
    return [table.c[key] == bindparam(f"key_{key}") for key in keys]


def _select(table: Any, columns: tuple[str, ...], keys: tuple[str, ...]) -> Any:
    return select(*(table.c[c] for c in columns)).where(*_where(table, keys))


def _update(table: Any, columns: tuple[str, ...], keys: tuple[str, ...]) -> Any:
    return update(table).where(*_where(table, keys)).values({c: bindparam(c) for c in columns})


_CASES = _table(CASES)
_LOAD_CASE = _select(_CASES, CASE_COLUMNS, _OWN_KEY)
_LOCK_CASE = _LOAD_CASE.with_for_update()
_ADD_CASE = insert(_CASES)
_AMEND_CASE = _update(_CASES, CASE_COLUMNS, _OWN_KEY)
_LOAD = {name: _select(_table(t), _COLUMNS[name], KEY[:4]).order_by(_table(t).c.position) for name, t in TABLES.items()}
_ADD = {name: insert(_table(t)) for name, t in TABLES.items()}
_AMEND = {name: _update(_table(t), _COLUMNS[name], KEY) for name, t in TABLES.items()}
_ACTIVE_ON_PARCEL = select(_CASES.c.id).where(
    _CASES.c.district == bindparam("district"),
    _CASES.c.parcel == bindparam("parcel"),
    _CASES.c.active == literal_column("1"),
)
_ALL_CASES = select(_CASES.c.id).where(_CASES.c.district == bindparam("district")).order_by(_CASES.c.id)
_SNAPSHOTS = _table(Snapshot)
_SNAPSHOT = select(_SNAPSHOTS.c.body).where(*_where(_SNAPSHOTS, ("district", "digest")))
_ADD_SNAPSHOT = insert(_SNAPSHOTS)


def load(tx: Transaction, district: str, case: str, lock: bool = False) -> Case | None:
    """The whole case, or None. ``lock`` holds its row until the transaction ends."""
    own = {"key_district": district, "key_lifecycle": LIFECYCLE}
    row = tx.row(_LOCK_CASE if lock else _LOAD_CASE, **own, key_id=case)
    if row is None:
        return None
    key = {**own, "key_subject": case, "key_division": FIRST_DIVISION}
    lists: dict[str, Any] = {
        name: tuple(LISTS[name][0](*found) for found in tx.rows(_LOAD[name], **key)) for name in LISTS
    }
    return Case(*row, **lists)


def save(tx: Transaction, district: str, before: Case | None, after: Case, rules: Rules) -> None:
    """Write what differs between the two, and what new sign-offs saw."""
    own = {"district": district, "lifecycle": LIFECYCLE}
    values = _CASE_VALUES(after)
    if before is None:
        tx.run(_ADD_CASE, [{**own, **dict(zip(CASE_COLUMNS, values, strict=True))}])
    elif values != _CASE_VALUES(before):
        key = {f"key_{k}": v for k, v in own.items()} | {"key_id": after.id}
        tx.run(_AMEND_CASE, [{**key, **dict(zip(CASE_COLUMNS, values, strict=True))}])
    key = {**own, "subject": after.id, "division": FIRST_DIVISION}
    for name in LISTS:
        _save_list(tx, name, key, getattr(before, name, ()), getattr(after, name))
    for given in after.sign_offs[len(before.sign_offs) if before else 0 :]:
        _save_snapshot(tx, district, remit.snapshot(after, given.department, rules, given.scheme), given.scheme)


def _save_list(tx: Transaction, name: str, key: dict[str, Any], before: Any, after: Any) -> None:
    if before is after:
        return
    rows = [
        (position, dict(zip(_COLUMNS[name], _VALUES[name](row), strict=True)))
        for position, row in enumerate(after, 1)
        if position > len(before) or row is not before[position - 1]
    ]
    tx.run(_ADD[name], [{**key, "position": p, **row} for p, row in rows if p > len(before)])
    changed = {f"key_{k}": v for k, v in key.items()}
    tx.run(_AMEND[name], [{**changed, "key_position": p, **row} for p, row in rows if p <= len(before)])


def _save_snapshot(tx: Transaction, district: str, body: str, scheme: int) -> None:
    digest = remit.digest(body)
    if snapshot(tx, district, digest) is None:
        tx.run(_ADD_SNAPSHOT, [{"district": district, "digest": digest, "scheme": scheme, "body": body}])


def snapshot(tx: Transaction, district: str, digest: str) -> str | None:
    """What a sign-off saw, as canonical JSON."""
    row = tx.row(_SNAPSHOT, key_district=district, key_digest=digest)
    return str(row[0]) if row else None


def active_on(tx: Transaction, district: str, parcel: str) -> str | None:
    """The active case on a parcel."""
    row = tx.row(_ACTIVE_ON_PARCEL, district=district, parcel=parcel)
    return str(row[0]) if row else None


def ids(tx: Transaction, district: str) -> list[str]:
    """Every case of the district."""
    return [str(row[0]) for row in tx.rows(_ALL_CASES, district=district)]


def digest(case: Case) -> str:
    """SHA-256 of the whole case under :data:`DIGEST_SCHEME`."""
    whole = [_CASE_VALUES(case), *([_VALUES[name](row) for row in getattr(case, name)] for name in LISTS)]
    return hashlib.sha256(remit.canonical(whole).encode()).hexdigest()
