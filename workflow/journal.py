"""The journal: one entry per action, chained by hashes, holding the digest of the case after it.

A chain alone cannot tell that its tail was cut; a checkpoint kept elsewhere can.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select

from states.facts import Actor
from states.remit import canonical, digest
from workflow import store
from workflow.results import Entry, Finding, Verification
from workflow.tables import Journal
from workflow.transaction import Transaction

#: The subject of what concerns no case: accounts, delegations, duties.
OFFICE = "-"

_TABLE: Any = Journal.__table__  # type: ignore[attr-defined]
COLUMNS = tuple(c.name for c in _TABLE.columns)
#: What the hash of an entry covers: everything but itself.
HASHED = tuple(c for c in COLUMNS if c != "hash")

_OF = (_TABLE.c.district == bindparam("of_district"), _TABLE.c.subject == bindparam("of_subject"))
_HEAD = select(_TABLE.c.entry, _TABLE.c.hash, _TABLE.c.digest).where(*_OF).order_by(_TABLE.c.entry.desc()).limit(1)
_CHAIN = select(_TABLE).where(*_OF).order_by(_TABLE.c.entry)
_BY_REQUEST = select(_TABLE).where(
    _TABLE.c.district == bindparam("of_district"), _TABLE.c.request_id == bindparam("of_request")
)
_SUBJECTS = (
    select(_TABLE.c.subject).where(_TABLE.c.district == bindparam("of_district")).distinct().order_by(_TABLE.c.subject)
)
_ADD = insert(_TABLE)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it has its place in the chain."""

    subject: str
    action: str
    outcome: str
    actor: Actor
    organisation: str
    now: datetime
    happened_on: str
    params: Mapping[str, Any]
    request_id: str | None
    result: str
    digest: str


def entry_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of everything in the entry but the hash."""
    return hashlib.sha256(canonical({name: row[name] for name in HASHED}).encode()).hexdigest()


class Head(NamedTuple):
    """The last entry of a subject's chain."""

    entry: int = 0
    hash: str = ""
    digest: str = ""


def prefetch(tx: Transaction, district: str, subject: str) -> None:
    """What :func:`head` will ask."""
    tx.prefetch(_HEAD, of_district=district, of_subject=subject)


def head(tx: Transaction, district: str, subject: str) -> Head:
    """Where a chain ends; entry 0 where it has not begun."""
    row = tx.row(_HEAD, of_district=district, of_subject=subject)
    return Head(*row) if row else Head()


def append(tx: Transaction, district: str, event: Event, last: Head) -> tuple[int, str]:
    """Add an entry behind the last of its subject; the caller holds the subject's lock.

    Returns its number and hash.
    """
    row: dict[str, Any] = {
        "district": district,
        "subject": event.subject,
        "entry": last.entry + 1,
        "recorded_at": event.now.isoformat(timespec="seconds"),
        "happened_on": event.happened_on,
        "actor": event.actor.signature,
        "organisation": event.organisation,
        "level": event.actor.level,
        "action": event.action,
        "outcome": event.outcome,
        "params": canonical(event.params),
        "request_id": event.request_id,
        "result": event.result,
        "scheme": store.DIGEST_SCHEME,
        "digest": event.digest,
        "previous": last.hash,
    }
    row["hash"] = entry_hash(row)
    tx.run(_ADD, [row])
    return row["entry"], row["hash"]


def by_request(tx: Transaction, district: str, request_id: str) -> dict[str, Any] | None:
    """The entry that an earlier request with this id wrote."""
    row = tx.row(_BY_REQUEST, of_district=district, of_request=request_id)
    return dict(zip(COLUMNS, row, strict=True)) if row else None


def chain(tx: Transaction, district: str, subject: str) -> list[dict[str, Any]]:
    """All entries of a subject, oldest first."""
    found = tx.rows(_CHAIN, of_district=district, of_subject=subject)
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def subjects(tx: Transaction, district: str) -> list[str]:
    return [str(row[0]) for row in tx.rows(_SUBJECTS, of_district=district)]


def shown(row: Mapping[str, Any]) -> Entry:
    """A row as a result model, without the digest of a token, which is for the verifier alone."""
    names = Entry.model_fields.keys() - {"params"}
    params = {name: value for name, value in json.loads(row["params"]).items() if name != "token_digest"}
    return Entry(params=params, **{name: row[name] for name in names})


def checkpoint(tx: Transaction, district: str) -> dict[str, Any]:
    """The head of every chain; kept elsewhere it makes a cut tail visible."""
    heads = {subject: head(tx, district, subject) for subject in subjects(tx, district)}
    return {"district": district, "heads": {s: {"entry": h.entry, "hash": h.hash} for s, h in heads.items()}}


def is_checkpoint(kept: Mapping[str, Any]) -> bool:
    """Whether it has the form that :func:`checkpoint` gives."""
    heads = kept.get("heads")
    return isinstance(heads, dict) and all(
        isinstance(head, dict) and isinstance(head.get("entry"), int) and isinstance(head.get("hash"), str)
        for head in heads.values()
    )


def verify(tx: Transaction, district: str, kept: Mapping[str, Any] | None = None) -> Verification:
    """Walk every chain and hold the last digest of each case against its rows.

    ``kept`` is a checkpoint: without one nobody can tell whether entries were cut off the end.
    """
    found: list[Finding] = []
    cases, known, entries = set(store.ids(tx, district)), subjects(tx, district), 0
    for subject in known:
        rows = chain(tx, district, subject)
        entries += len(rows)
        found += _broken_links(subject, rows)
        if subject != OFFICE:
            found += _differing_rows(tx, district, subject, rows[-1])
    found += [Finding(code="rows_without_journal", params={"subject": c}) for c in sorted(cases - set(known))]
    found += _cut_tails(tx, district, kept or {})
    return Verification(subjects=len(known), entries=entries, findings=tuple(found))


def _broken_links(subject: str, rows: list[dict[str, Any]]) -> Iterator[Finding]:
    previous = ""
    for number, row in enumerate(rows, 1):
        place = {"subject": subject, "entry": row["entry"]}
        if row["entry"] != number:
            yield Finding(code="entry_missing", params={"subject": subject, "entry": number})
            return
        if entry_hash(row) != row["hash"]:
            yield Finding(code="entry_altered", params=place)
        if row["previous"] != previous:
            yield Finding(code="chain_broken", params=place)
        previous = row["hash"]


def _differing_rows(tx: Transaction, district: str, subject: str, last: Mapping[str, Any]) -> Iterator[Finding]:
    case = store.load(tx, district, subject)
    if case is None or store.digest(case) != last["digest"]:
        yield Finding(code="digest_differs", params={"subject": subject, "entry": last["entry"]})
    for given in case.sign_offs if case else ():
        body = store.snapshot(tx, district, given.remit)
        if body is None or digest(body) != given.remit:
            yield Finding(code="snapshot_altered", params={"subject": subject, "number": given.number})


def _cut_tails(tx: Transaction, district: str, kept: Mapping[str, Any]) -> Iterator[Finding]:
    for subject, kept_head in kept.get("heads", {}).items():
        rows = {row["entry"]: row["hash"] for row in chain(tx, district, subject)}
        if rows.get(kept_head["entry"]) != kept_head["hash"]:
            yield Finding(code="tail_cut", params={"subject": subject, "entry": kept_head["entry"]})
