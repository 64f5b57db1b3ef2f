"""Accounts: one person's key to one organisation. A token is shown once and kept as its SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from states.errors import Invalid, NotAllowed, unknown
from states.facts import Actor
from workflow.database import Transaction
from workflow.results import AccountLine
from workflow.tables import Account

_PREFIX = 8

_TABLE: Any = Account.__table__  # type: ignore[attr-defined]
_LISTED = tuple(AccountLine.model_fields)
_DISTRICT = _TABLE.c.district == bindparam("of_district")
_BY_TOKEN = select(_TABLE.c.account, _TABLE.c.organisation, _TABLE.c.level, _TABLE.c.closed_at).where(
    _DISTRICT, _TABLE.c.token_digest == bindparam("of_token")
)
_ALL = select(*(_TABLE.c[name] for name in _LISTED)).where(_DISTRICT).order_by(_TABLE.c.account)
_ADD = insert(_TABLE)
_CLOSE = (
    update(_TABLE)
    .where(_DISTRICT, _TABLE.c.account == bindparam("of_account"))
    .values(closed_at=bindparam("closed_at"))
)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def authenticate(tx: Transaction, district: str, token: str | None) -> Actor:
    """Who holds the token. Raises NotAllowed for none, an unknown or a closed one."""
    if not token:
        raise NotAllowed("no_account")
    row = tx.row(_BY_TOKEN, of_district=district, of_token=_digest(token))
    if row is None:
        raise NotAllowed("bad_token")
    name, organisation, level, closed_at = row
    if closed_at:
        raise NotAllowed("account_closed", {"account": name, "closed_at": closed_at})
    return Actor(name, organisation, level)


def administrator(actor: Actor) -> None:
    """Raises NotAllowed for anybody else."""
    if actor.level != "admin":
        raise NotAllowed("administrator_needed", {"account": actor.name})


def add(
    tx: Transaction, district: str, name: str, organisation: str, level: str, now: datetime, address: str | None = None
) -> str:
    """Make an account; returns its token, which nobody can read again. ``address`` is the mailbox for reminders."""
    if any(line.account == name for line in listed(tx, district)):
        raise Invalid("account_exists", {"account": name})
    token = secrets.token_urlsafe(32)
    row = {
        "district": district,
        "account": name,
        "organisation": organisation,
        "level": level,
        "token_digest": _digest(token),
        "token_prefix": token[:_PREFIX],
        "created_at": now.isoformat(timespec="seconds"),
        "closed_at": None,
        "address": address,
    }
    tx.run(_ADD, [row])
    return token


def close(tx: Transaction, district: str, name: str, now: datetime) -> None:
    """Close an account for good. Raises NotFound, or Invalid for the last administrator."""
    still_open = {line.account: line.level for line in listed(tx, district) if line.closed_at is None}
    if name not in still_open:
        raise unknown("account", name, still_open)
    if [account for account, level in still_open.items() if level == "admin"] == [name]:
        raise Invalid("last_administrator", {"account": name})
    values = {"of_district": district, "of_account": name, "closed_at": now.isoformat(timespec="seconds")}
    tx.run(_CLOSE, [values])


def listed(tx: Transaction, district: str) -> list[AccountLine]:
    """Every account, the closed ones included."""
    return [AccountLine(**dict(zip(_LISTED, row, strict=True))) for row in tx.rows(_ALL, of_district=district)]
