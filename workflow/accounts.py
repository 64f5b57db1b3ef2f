"""Accounts: one person's key to one organisation. A token is shown once and kept as its SHA-256."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from states.errors import Invalid, NotAllowed, unknown
from states.facts import Actor
from workflow.results import AccountLine
from workflow.tables import Account
from workflow.transaction import Transaction

_PREFIX = 8
#: What a token of ours looks like: 256 bits.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
#: Who stands in the journal where no account is known.
NOBODY = Actor("?", "", "unknown")
#: Why an account lets nobody in, by its state.
_REFUSALS = {"closed": "account_closed", "revoked": "token_revoked", "expired": "token_expired"}

_TABLE: Any = Account.__table__  # type: ignore[attr-defined]
_LISTED = tuple(AccountLine.model_fields)
_DISTRICT = _TABLE.c.district == bindparam("of_district")
_SHOWN = tuple(_TABLE.c[name] for name in _LISTED)
_BY_TOKEN = select(*_SHOWN).where(_DISTRICT, _TABLE.c.token_digest == bindparam("of_token"))
_ALL = select(*_SHOWN).where(_DISTRICT).order_by(_TABLE.c.account)
_ADD = insert(_TABLE)


def _set(*columns: str) -> Any:
    """The statement that writes these columns of one account."""
    found = update(_TABLE).where(_DISTRICT, _TABLE.c.account == bindparam("of_account"))
    return found.values({name: bindparam(name) for name in columns})


_CLOSE, _SET_ADDRESS, _REVOKE = _set("closed_at"), _set("address"), _set("revoked_at")
_REPLACE = _set("token_digest", "token_prefix", "token_at", "expires_on", "revoked_at")


class NotAdmitted(NotAllowed):
    """The token lets nobody in. ``actor`` is whose it is, as far as that is known; ``prefix`` its beginning."""

    def __init__(self, code: str, params: dict[str, Any], actor: Actor, prefix: str) -> None:
        super().__init__(code, params)
        self.actor, self.prefix = actor, prefix


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def _by_token(district: str, token: str) -> dict[str, str]:
    return {"of_district": district, "of_token": _digest(token)}


def prefetch(tx: Transaction, district: str, token: str | None) -> None:
    """What :func:`holder` will ask."""
    if token:
        tx.prefetch(_BY_TOKEN, **_by_token(district, token))


def holder(tx: Transaction, district: str, token: str | None, today: str) -> AccountLine:
    """Whose token it is. Raises NotAllowed for none, NotAdmitted for one that is unknown or good no more."""
    if not token:
        raise NotAllowed("no_account")
    row = tx.row(_BY_TOKEN, **_by_token(district, token))
    if row is None:
        # what is no token of ours may be anything, a password too: nothing of it is kept
        prefix = token[:_PREFIX] if _TOKEN.fullmatch(token) else ""
        raise NotAdmitted("bad_token", {}, NOBODY, prefix)
    line = _line(row)
    if refusal := _REFUSALS.get(line.state(today)):
        told = {"account": line.account, "closed_at": line.closed_at, "day": line.expires_on}
        params = {name: value for name, value in told.items() if value}
        raise NotAdmitted(refusal, params, _actor(line), line.token_prefix)
    return line


def authenticate(tx: Transaction, district: str, token: str | None, today: str) -> Actor:
    """Who holds the token. Raises as :func:`holder`."""
    return _actor(holder(tx, district, token, today))


def _actor(line: AccountLine) -> Actor:
    return Actor(line.account, line.organisation, line.level)


def _line(row: Iterable[Any]) -> AccountLine:
    return AccountLine(**dict(zip(_LISTED, row, strict=True)))


def administrator(actor: Actor) -> None:
    """Raises NotAllowed for anybody else."""
    if actor.level != "admin":
        raise NotAllowed("administrator_needed", {"account": actor.name})


def add(
    tx: Transaction, district: str, new: Actor, now: datetime, address: str | None = None, expires_on: str | None = None
) -> tuple[str, dict[str, Any]]:
    """Make an account. ``address`` is the mailbox for reminders, ``expires_on`` the last day its token is good.

    Returns the token, which nobody can read again, and what the journal keeps of it.
    """
    if any(line.account == new.name for line in listed(tx, district)):
        raise Invalid("account_exists", {"account": new.name})
    token, known = _made(expires_on)
    row = {
        "district": district,
        "account": new.name,
        "organisation": new.organisation,
        "level": new.level,
        **known,
        "created_at": now.isoformat(timespec="seconds"),
        "closed_at": None,
        "address": address,
        "token_at": None,
        "revoked_at": None,
    }
    tx.run(_ADD, [row])
    return token, known


def _made(expires_on: str | None) -> tuple[str, dict[str, Any]]:
    """A token, and what is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, {"token_digest": _digest(token), "token_prefix": token[:_PREFIX], "expires_on": expires_on}


def replace_token(
    tx: Transaction, district: str, name: str, now: datetime, expires_on: str | None, no_expiry: bool
) -> tuple[str, dict[str, Any]]:
    """Give an account another token; the one before stops at once.

    It ends as the one before, unless another end is named, or none. Returns as :func:`add`; raises as :func:`close`,
    and Invalid where that end is over.
    """
    line = _open(tx, district, name)
    if not expires_on and not no_expiry:
        expires_on = line.expires_on
        if expires_on and expires_on < now.date().isoformat():
            raise Invalid("token_end_over", {"account": name, "day": expires_on})
    if expires_on:
        _keep_an_administrator(tx, district, line)
    token, known = _made(expires_on)
    moments = {"token_at": now.isoformat(timespec="seconds"), "revoked_at": None}
    tx.run(_REPLACE, [{"of_district": district, "of_account": name, **known, **moments}])
    return token, known


def revoke_token(tx: Transaction, district: str, name: str, now: datetime) -> None:
    """Stop the token of an account, which stays open and waits for another. Raises as :func:`close`."""
    line = _open(tx, district, name)
    if line.revoked_at:
        raise Invalid("token_revoked_before", {"account": name, "day": line.revoked_at[:10]})
    _keep_an_administrator(tx, district, line)
    values = {"of_district": district, "of_account": name, "revoked_at": now.isoformat(timespec="seconds")}
    tx.run(_REVOKE, [values])


def close(tx: Transaction, district: str, name: str, now: datetime) -> None:
    """Close an account for good. Raises NotFound, or Invalid for the last administrator."""
    _keep_an_administrator(tx, district, _open(tx, district, name))
    values = {"of_district": district, "of_account": name, "closed_at": now.isoformat(timespec="seconds")}
    tx.run(_CLOSE, [values])


def _open(tx: Transaction, district: str, name: str) -> AccountLine:
    still_open = {line.account: line for line in listed(tx, district) if line.closed_at is None}
    if name not in still_open:
        raise unknown("account", name, still_open)
    return still_open[name]


def _keep_an_administrator(tx: Transaction, district: str, line: AccountLine) -> None:
    """Raises Invalid where afterwards no administrator had a token without an end: nobody could make another."""
    lasting = {
        other.account
        for other in listed(tx, district)
        if other.level == "admin" and not (other.closed_at or other.revoked_at or other.expires_on)
    }
    if line.level == "admin" and not lasting - {line.account}:
        raise Invalid("last_administrator", {"account": line.account})


def set_address(tx: Transaction, district: str, name: str, address: str | None) -> None:
    """Change the mailbox of an account, or take it away. Raises NotFound."""
    _open(tx, district, name)
    tx.run(_SET_ADDRESS, [{"of_district": district, "of_account": name, "address": address}])


def listed(tx: Transaction, district: str) -> list[AccountLine]:
    """Every account, the closed ones included."""
    return [_line(row) for row in tx.rows(_ALL, of_district=district)]
