"""What stands beside the cases and in no case's digest: the files of documents, accounts, delegations.

A file is held against the SHA-256 that its row names, an account or a delegation against what the journal tells of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import bindparam, select

from workflow import journal
from workflow.files import Files
from workflow.results import Finding
from workflow.tables import TABLES, Account, Delegation
from workflow.transaction import Transaction


def _select(model: Any, *columns: str) -> Any:
    table = model.__table__
    return select(*(table.c[name] for name in columns)).where(table.c.district == bindparam("of_district"))


#: What has files of its own: the rows that name them, and the codes of a missing and of an altered one.
_NAMING: dict[str, tuple[Any, dict[str, str]]] = {
    "document": (
        _select(TABLES["documents"], "subject", "number", "file"),
        {"missing": "document_file_missing", "altered": "document_file_altered"},
    ),
    "letter": (
        _select(TABLES["paper_replies"], "subject", "number", "file"),
        {"missing": "letter_file_missing", "altered": "letter_file_altered"},
    ),
}
_TOKEN = ("token_digest", "token_prefix", "expires_on")
_ACCOUNTS = _select(Account, "account", "organisation", "level", "address", *_TOKEN, "revoked_at", "closed_at")
_TERMS = ("organisation", "absent", "deputy", "from_on", "to_on", "document")
_DELEGATIONS = _select(Delegation, "number", *_TERMS, "stages", "ended_on")


def findings(tx: Transaction, district: str, files: Files) -> list[Finding]:
    """Every file that is missing or altered, every account and delegation that the journal tells otherwise."""
    return [*_files(tx, district, files), *_accounts(tx, district), *_delegations(tx, district)]


def unnamed(tx: Transaction, district: str, files: Files) -> int:
    """How many stored files no row names."""
    return len(files.names() - named(tx, district))


def named(tx: Transaction, district: str) -> set[str]:
    """The files that rows name, by their SHA-256."""
    found = {row[2] for rows, _ in _NAMING.values() for row in tx.rows(rows, of_district=district)}
    return found - {None}


def _files(tx: Transaction, district: str, files: Files) -> Iterator[Finding]:
    faults: dict[str | None, str | None] = {None: None}
    for kind, (rows, codes) in _NAMING.items():
        for subject, number, digest in sorted(tx.rows(rows, of_district=district)):
            if digest not in faults:
                faults[digest] = files.fault(digest)
            if fault := faults[digest]:
                yield Finding(code=codes[fault], params={"subject": subject, kind: number})


def _told(tx: Transaction, district: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """What was done to accounts and delegations: the action, its parameters, the day."""
    for row in journal.chain(tx, district, journal.OFFICE):
        params = _params(row["params"])
        if row["outcome"] == "done" and {"account", "number"} & params.keys():
            yield row["action"], params, row["happened_on"]


def _params(text: str) -> dict[str, Any]:
    """Empty where somebody spoilt the entry, which its hash tells."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _accounts(tx: Transaction, district: str) -> Iterator[Finding]:
    told: dict[str, dict[str, Any]] = {}
    for action, params, _ in _told(tx, district):
        name = str(params.get("account"))
        if action == "account add":
            told[name] = _account(params) | {"revoked_at": False, "closed_at": False}
        elif name in told:
            told[name] |= _account_change(action, params)
    rows: dict[str, dict[str, Any]] = {}
    for name, organisation, level, address, *token, revoked_at, closed_at in tx.rows(_ACCOUNTS, of_district=district):
        rows[name] = {"organisation": organisation, "level": level, "address": address}
        rows[name] |= dict(zip(_TOKEN, token, strict=True))
        rows[name] |= {"revoked_at": bool(revoked_at), "closed_at": bool(closed_at)}
    # an account made before the journal knew tokens has its first one unexplained
    known = {name: rows.get(name, {}) | said for name, said in told.items()}
    yield from _compared("account", known, rows, "account_unexplained", "account_differs")


def _account(params: Mapping[str, Any]) -> dict[str, Any]:
    """An account as it was made."""
    terms = {key: params.get(key) for key in ("organisation", "level", "address")}
    return terms | {key: params[key] for key in _TOKEN if key in params}


def _account_change(action: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says that became of an account."""
    if action == "account address":
        return {"address": params.get("address")}
    if action == "account close":
        return {"closed_at": True}
    if action == "account token" and params.get("revoked"):
        return {"revoked_at": True}
    if action == "account token":
        return {key: params.get(key) for key in _TOKEN} | {"revoked_at": False}
    return {}


def _delegations(tx: Transaction, district: str) -> Iterator[Finding]:
    told: dict[str, tuple[Any, ...]] = {}
    for action, params, day in _told(tx, district):
        number = str(params.get("number"))
        if action == "delegation add":
            told[number] = (*(params.get(name) for name in _TERMS), json.dumps(params.get("stages")), None)
        elif action == "delegation end" and number in told:
            told[number] = (*told[number][:-1], day)
    rows = {str(row[0]): tuple(row[1:]) for row in tx.rows(_DELEGATIONS, of_district=district)}
    yield from _compared("delegation", told, rows, "delegation_unexplained", "delegation_differs")


def _compared(
    kind: str, told: Mapping[str, object], rows: Mapping[str, object], unexplained: str, differs: str
) -> Iterator[Finding]:
    """A row without an entry; an entry whose row is gone or says something else."""
    for name in sorted(told.keys() | rows.keys()):
        if name not in told:
            yield Finding(code=unexplained, params={kind: name})
        elif rows.get(name) != told[name]:
            yield Finding(code=differs, params={kind: name})
