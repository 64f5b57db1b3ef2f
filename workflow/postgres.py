"""What is PostgreSQL's own: how it is connected to, how writers wait for each other, and what it complains of.

Peijian's texts are ordered by their bytes and its numbers have 64 bits, as in SQLite, whatever the server's locale is:
the two hooks at the end see to it in the migrations, which name the types of neither.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.ext.compiler import compiles

from states.errors import Conflict, Invalid, PeijianError

#: The oldest version that is tested against, as the server counts: major version times 10 000.
OLDEST = 140_000
#: What the address does not say itself. A server that is gone is noticed within a minute, also in the middle of a wait.
CONNECTING: dict[str, Any] = {
    "connect_timeout": 10,
    "application_name": "peijian",
    "client_encoding": "utf8",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "options": "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s",
}
#: Readers see one moment; writers take their locks first and then read what is there by then.
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
#: A migration may have to wait, and may take its time; so may what fills the tables that it made.
MIGRATING = (
    "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)
#: What ``doctor`` asks: version, encoding, and whether what is committed lies on the disk.
ABOUT = (
    "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),"
    " current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off'"
)

_BUSY = ("40001", "40P01", "55P03", "57014", "53300", "57P03")
_TAKEN = "23505"
_FULL = "53100"
_NO_TABLE = "42P01"
_READ_ONLY = ("25006", "42501")
#: Said while connecting, where the driver knows no code: waiting does not help against these.
_TURNED_AWAY = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")


def waiting(district: str, alone: bool) -> str:
    """Waits for a district's writers, until the transaction ends: for those that are ``alone``, or for all.

    The lock is the transaction's, never the session's, which would outlive it.
    """
    key = int.from_bytes(hashlib.sha256(f"peijian {district}".encode()).digest()[:8], signed=True)
    return f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}({key})"


def explained(error: BaseException, connecting: bool, params: dict[str, object]) -> PeijianError:
    """The server's or the driver's complaint as one of ours; ``params`` name the database."""
    state, text = getattr(error, "sqlstate", None) or "", str(error).strip()
    told = {**params, "error": text}
    if state in _BUSY:
        return Conflict("database_busy", params)
    if state == _TAKEN:
        return Conflict("changed_meanwhile", params)
    if state == _FULL:
        return Invalid("disk_full", params)
    if state == _NO_TABLE:
        return Invalid("not_a_database", params)
    if state in _READ_ONLY:
        return Invalid("database_read_only", params)
    if connecting:
        turned_away = any(words in text for words in _TURNED_AWAY)
        return (Invalid if turned_away else Conflict)("database_unreachable", told)
    if state.startswith(("08", "57P", "25P03")) or (not state and type(error).__name__ == "OperationalError"):
        return Conflict("database_lost", told)
    return Invalid("database_error", told)


@compiles(Integer, "postgresql")
def _wide(kind: Any, compiler: Any, **options: Any) -> str:
    return "BIGINT" if _COLUMN in options else "INTEGER"


@compiles(String, "postgresql")
def _by_bytes(kind: Any, compiler: Any, **options: Any) -> str:
    return 'VARCHAR COLLATE "C"' if _COLUMN in options else "VARCHAR"


#: Given for the type of a column that is made, and not for the type of a parameter.
_COLUMN = "type_expression"
