"""Rows to facts and facts to rows, by name alone.

A case is loaded in a fixed number of statements, and of a changed case only what changed is written.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import bindparam, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite has the same clauses

from states import remit
from states.facts import FIRST_DIVISION, Case, SignOff
from states.rules import Rules
from workflow.results import OnParcel
from workflow.tables import CASE_COLUMNS, CASES, KEY, LISTS, TABLES, Snapshot
from workflow.transaction import Transaction

LIFECYCLE = "project"
#: How the digest of a whole case is made: rows as compact JSON lists in the order of the fact classes' fields.
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


def _filled(table: Any) -> Any:
    """Whether a list of the case has any row: most lists of most cases have none, and are not asked for."""
    own = (table.c.district == _CASES.c.district, table.c.lifecycle == _CASES.c.lifecycle)
    rows: Any = select(literal_column("1")).where(*own, table.c.subject == _CASES.c.id, table.c.division == _DIVISION)
    return rows.exists().label(f"has_{table.name}")


_DIVISION: Any = literal_column(f"'{FIRST_DIVISION}'")
_LOAD_CASE = _select(_CASES, CASE_COLUMNS, _OWN_KEY).add_columns(*(_filled(_table(t)) for t in TABLES.values()))
_LOCK_CASE = _select(_CASES, ("id",), _OWN_KEY).with_for_update()
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
_ON_PARCEL = (
    select(*(_CASES.c[name] for name in ("id", "name", "stage", "opened_on", "recorded_at")))
    .where(_CASES.c.district == bindparam("district"), _CASES.c.parcel == bindparam("parcel"))
    .order_by(_CASES.c.opened_on, _CASES.c.recorded_at, _CASES.c.id)
)
_ALL_CASES = select(_CASES.c.id).where(_CASES.c.district == bindparam("district")).order_by(_CASES.c.id)
_SNAPSHOTS = _table(Snapshot)
_SNAPSHOT = select(_SNAPSHOTS.c.body).where(*_where(_SNAPSHOTS, ("district", "digest")))
_ADD_SNAPSHOT = upsert(_SNAPSHOTS).on_conflict_do_nothing()


def load(tx: Transaction, district: str, case: str, lock: bool = False) -> Case | None:
    """The whole case, or None. ``lock`` holds its row until the transaction ends."""
    own = {"key_district": district, "key_lifecycle": LIFECYCLE}
    if lock:
        tx.lock(_LOCK_CASE, **own, key_id=case)
    row = tx.row(_LOAD_CASE, **own, key_id=case)
    if row is None:
        return None
    key = {**own, "key_subject": case, "key_division": FIRST_DIVISION}
    own_row, filled = row[: len(CASE_COLUMNS)], row[len(CASE_COLUMNS) :]
    there = [name for name, has in zip(LISTS, filled, strict=True) if has]
    for name in there:
        tx.prefetch(_LOAD[name], **key)
    lists: dict[str, Any] = {name: tuple([_fact(name, *row) for row in tx.rows(_LOAD[name], **key)]) for name in there}
    return Case(*own_row, **lists)


@lru_cache(maxsize=1 << 16)
def _fact(name: str, *row: Any) -> Any:
    """A row as its fact; equal rows, being immutable, are one object."""
    return LISTS[name][0](*row)


class Change(NamedTuple):
    """A row of a case, as the values of its columns, before and after; None where it was not there."""

    position: int
    old: tuple[Any, ...] | None
    new: tuple[Any, ...]


Changes = dict[str, list[Change]]


def changes(before: Case | None, after: Case) -> Changes:
    """By table, the rows that differ: the case's own row first, then those of its lists."""
    own = Change(1, _CASE_VALUES(before) if before else None, _CASE_VALUES(after))
    found = {"cases": [own]} if own.old != own.new else {}
    for name in LISTS:
        was, now = getattr(before, name, ()), getattr(after, name)
        if was is not now and (rows := _changed_rows(_VALUES[name], was, now)):
            found[name] = rows
    return found


def _changed_rows(values: Any, was: tuple[Any, ...], now: tuple[Any, ...]) -> list[Change]:
    kept = zip(was, now, strict=False)
    changed = [Change(n, values(old), values(new)) for n, (old, new) in enumerate(kept, 1) if old is not new]
    return changed + [Change(n, None, values(new)) for n, new in enumerate(now[len(was) :], len(was) + 1)]


def save(tx: Transaction, district: str, after: Case, changed: Changes, rules: Rules) -> None:
    """Write what changed, and what new sign-offs saw."""
    own = {"district": district, "lifecycle": LIFECYCLE}
    key = {**own, "subject": after.id, "division": FIRST_DIVISION}
    for name, rows in changed.items():
        if name == "cases":
            _save_own_row(tx, own, rows[0])
        else:
            _save_list(tx, name, key, rows)
    for row in changed.get("sign_offs", ()):
        if row.old is None:
            _save_snapshot(tx, district, after, after.sign_offs[row.position - 1], rules)


def _save_own_row(tx: Transaction, own: dict[str, Any], changed: Change) -> None:
    row = dict(zip(CASE_COLUMNS, changed.new, strict=True))
    if changed.old is None:
        tx.run(_ADD_CASE, [{**own, **row}])
    else:
        tx.run(_AMEND_CASE, [{**{f"key_{k}": v for k, v in own.items()}, "key_id": row["id"], **row}])


def _save_list(tx: Transaction, name: str, key: dict[str, Any], changed: list[Change]) -> None:
    rows = [(c, dict(zip(_COLUMNS[name], c.new, strict=True))) for c in changed]
    tx.run(_ADD[name], [{**key, "position": c.position, **row} for c, row in rows if c.old is None])
    where = {f"key_{k}": v for k, v in key.items()}
    tx.run(_AMEND[name], [{**where, "key_position": c.position, **row} for c, row in rows if c.old is not None])


def _save_snapshot(tx: Transaction, district: str, case: Case, given: SignOff, rules: Rules) -> None:
    if snapshot(tx, district, given.remit) is None:  # or another case writes the same just now
        body = remit.snapshot(case, given.department, rules, given.scheme)
        row = {"district": district, "digest": given.remit, "scheme": given.scheme, "body": body}
        tx.run(_ADD_SNAPSHOT, [row])


def snapshot(tx: Transaction, district: str, digest: str) -> str | None:
    """What a sign-off saw, as canonical JSON."""
    row = tx.row(_SNAPSHOT, key_district=district, key_digest=digest)
    return str(row[0]) if row else None


def active_on(tx: Transaction, district: str, parcel: str) -> str | None:
    """The active case on a parcel."""
    row = tx.row(_ACTIVE_ON_PARCEL, district=district, parcel=parcel)
    return str(row[0]) if row else None


def on_parcel(tx: Transaction, district: str, case: Case) -> tuple[OnParcel, ...]:
    """The other cases on the parcel of a case, oldest first."""
    rows = tx.rows(_ON_PARCEL, district=district, parcel=case.parcel)
    names = tuple(OnParcel.model_fields)
    return tuple(OnParcel(**dict(zip(names, row, strict=True))) for row in rows if row[0] != case.id)


def ids(tx: Transaction, district: str) -> list[str]:
    """Every case of the district."""
    return [str(row[0]) for row in tx.rows(_ALL_CASES, district=district)]


# -- the digest of a whole case ------------------------------------------------------------------

_MODULUS = 1 << 2048


def digest(case: Case) -> str:
    """The digest of everything a case holds, under :data:`DIGEST_SCHEME`: 512 hexadecimal digits.

    It is the sum, modulo 2**2048, of a hash of every row: an additive set hash, as in Bellare and
    Micciancio, "A new paradigm for collision-free hashing" (1997).
    """
    return digest_after(None, changes(None, case))


def digest_after(known: str | None, changed: Changes) -> str:
    """The digest once rows have changed, from the digest before and those rows alone.

    So an action never vouches for rows that somebody altered behind its back.
    """
    total = int(known, 16) if known else 0
    for name, rows in changed.items():
        for row in rows:
            total += _weight(name, row.position, row.new) - _weight(name, row.position, row.old)
    return f"{total % _MODULUS:0512x}"


def _weight(name: str, position: int, values: tuple[Any, ...] | None) -> int:
    """A row's hash as a number; nothing where there is no row."""
    if values is None:
        return 0
    return int.from_bytes(hashlib.shake_256(to_json([name, position, values])).digest(256))
