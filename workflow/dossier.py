"""履职卷宗: everything about a case in one folder that can be checked without this program.

The rows stand in it as the digest of the case counts them, and the journal as it was hashed, so that the
verifier in the folder needs nothing but Python. What a reader sees first, the index, comes from ``views``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from os import SEEK_END
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from states.content import Content
from states.errors import unknown
from states.facts import Case, SignOff
from states.remit import canonical
from workflow import journal, store
from workflow.office import Office
from workflow.tables import CASE_COLUMNS, LISTS
from workflow.transaction import Transaction

FACTS, JOURNAL, HEAD, SUMS, VERIFIER = "facts.json", "journal.jsonl", "index.json", "SHA256SUMS", "verify.py"
#: The index that people read.
INDEX = "index.html"
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")

#: The files of a dossier by their path in it: what was made for it, and what lies in the folder of files.
Contents = dict[str, bytes | Content]


def contents(office: Office, case: str) -> Contents:
    """Everything but the index that people read, and the sums.

    Raises NotFound with the nearest numbers, Invalid where a document's file is missing or altered.
    """
    with office.database.transaction() as tx:
        found = store.load(tx, office.district, case)
        if found is None:
            raise unknown("case", case, store.ids(tx, office.district))
        entries = journal.chain(tx, office.district, case)
        seen = _snapshots(tx, office.district, found)
    named = files_of(found)
    last = entries[-1] if entries else {"entry": 0, "hash": ""}
    head = {
        "format": 1,
        "district": office.district,
        "case": case,
        "project": found.name,
        "stage": found.stage,
        "made_at": office.now().isoformat(timespec="seconds"),
        "rehearsal": office.rehearsal,
        "last_entry": last["entry"],
        "last_hash": last["hash"],
        "files": named,
    }
    return {
        HEAD: _pretty(head),
        FACTS: _pretty({"scheme": store.DIGEST_SCHEME, "tables": _tables(found)}),
        JOURNAL: "".join(f"{_as_hashed(entry)}\n" for entry in entries).encode(),
        VERIFIER: (Path(__file__).parent / "dossier_verifier.py").read_bytes(),
        **seen,
        **{path: office.files.get(digest) for digest, path in named.items()},
    }


def last_hash(files: Contents) -> str:
    """Of the entry up to which a dossier tells the case."""
    head = files[HEAD]
    assert isinstance(head, bytes), "it is made for the dossier"
    found: str = json.loads(head)["last_hash"]
    return found


def files_of(case: Case) -> dict[str, str]:
    """Where each file that any fact of the case names stands in the dossier, by its SHA-256.

    Called after the place of the fact, because names are whatever somebody typed.
    """
    found: dict[str, str] = {}
    for name in LISTS:
        for position, row in enumerate(getattr(case, name), 1):
            if digest := getattr(row, "file", None):
                suffix = _SUFFIX.search(row.filename or "")
                found.setdefault(digest, f"files/{name}-{position:03d}{suffix.group().lower() if suffix else ''}")
    return found


def _tables(case: Case) -> dict[str, Any]:
    """Every table with its columns, and its rows in the order of their positions."""
    columns = {"cases": CASE_COLUMNS} | {name: tuple(f.name for f in fields(fact)) for name, (fact, _) in LISTS.items()}
    rows = {name: [change.new for change in changed] for name, changed in store.changes(None, case).items()}
    return {name: {"columns": columns[name], "rows": rows.get(name, [])} for name in columns}


def snapshot_path(given: SignOff) -> str:
    """Where stands what a sign-off saw: by its digest, since several may have seen the same."""
    return f"snapshots/{given.remit}.json"


def _snapshots(tx: Transaction, district: str, case: Case) -> Contents:
    """What the sign-offs saw; a lost one is left out, and the verifier misses it."""
    found = {snapshot_path(given): store.snapshot(tx, district, given.remit) for given in case.sign_offs}
    return {path: body.encode() for path, body in found.items() if body is not None}


def _as_hashed(entry: Mapping[str, Any]) -> str:
    """The line whose SHA-256 is the hash of the entry."""
    return canonical({name: entry[name] for name in journal.HASHED})


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def packed(files: Contents) -> Content:
    """A dossier and the sums of its files as a ZIP archive, which is on disk until it was read once."""
    whole = {name: body if isinstance(body, Content) else Content.of(body) for name, body in files.items()}
    whole[SUMS] = Content.of(_sums(whole))
    archive = TemporaryFile(prefix="peijian-")  # noqa: SIM115 - whoever reads it closes it
    with ZipFile(archive, "w", ZIP_DEFLATED) as out:
        for name, content in whole.items():
            with content.opened() as source, out.open(name, "w") as part:
                copyfileobj(source, part)
    size = archive.seek(0, SEEK_END)
    archive.seek(0)
    sha256 = hashlib.file_digest(archive, "sha256").hexdigest()
    archive.seek(0)
    return Content(sha256, size, lambda: archive)


def _sums(files: Mapping[str, Content]) -> bytes:
    """As ``sha256sum`` writes and checks them."""
    return "".join(f"{content.sha256}  {name}\n" for name, content in sorted(files.items())).encode()
