"""Every configuration that was ever in use, whole, by its SHA-256; a case is pinned to one of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, insert, select

from states.calendar import Calendar
from states.errors import Invalid
from states.rules import Rules
from workflow import calendars, settings
from workflow.tables import Configuration
from workflow.transaction import Transaction

_TABLE: Any = Configuration.__table__  # type: ignore[attr-defined]
_COMPILED = select(_TABLE.c.compiled).where(
    _TABLE.c.district == bindparam("of_district"), _TABLE.c.digest == bindparam("of_digest")
)
_ALL = select(_TABLE.c.digest, _TABLE.c.text, _TABLE.c.compiled).where(_TABLE.c.district == bindparam("of_district"))
_NEWEST = (
    select(_TABLE.c.digest)
    .where(_TABLE.c.district == bindparam("of_district"))
    .order_by(_TABLE.c.recorded_at.desc(), _TABLE.c.digest)
    .limit(1)
)
_KEEP = insert(_TABLE)


@dataclass
class Configurations:
    """``file`` is the configuration now in force; the others come out of the database.

    All of them carry the district's calendar as it stands in the transaction, since another process may import a
    year at any time. Threads share this: what one has read is kept by the moment that it saw, and never changed.
    """

    file: Path
    district: str
    _rules: dict[tuple[calendars.Stamp, str], Rules] = field(default_factory=dict)
    _calendars: dict[calendars.Stamp, Calendar] = field(default_factory=dict)

    def rules(self, tx: Transaction, pinned: str | None = None) -> Rules:
        """The rules a case is pinned to, or those of the file. Raises Invalid for a lost or unusable one."""
        stamp = calendars.stamp(tx, self.district)
        key = (stamp, pinned or self.current_digest())
        if key not in self._rules:
            row = tx.row(_COMPILED, of_district=self.district, of_digest=key[1])
            found = settings.loads(row[0]) if row else self._from_file(pinned)
            self._rules[key] = replace(found, calendar=self._calendar(tx, stamp))
        return self._rules[key]

    def _calendar(self, tx: Transaction, stamp: calendars.Stamp) -> Calendar:
        if stamp not in self._calendars:
            self._calendars[stamp] = calendars.of_district(tx, self.district)
        return self._calendars[stamp]

    def in_force(self, tx: Transaction) -> Rules:
        """The rules of the file, for a case that is pinned to them: only the administrator puts a text into force.

        Raises Invalid for a text that was never accepted, so that nobody brings rules of his own to a case.
        """
        rules = self.rules(tx)
        if tx.row(_COMPILED, of_district=self.district, of_digest=rules.digest) is None:
            raise Invalid("configuration_not_accepted", {"file": str(self.file)})
        return rules

    def prefetch(self, tx: Transaction) -> None:
        """What :meth:`rules` and :meth:`newest` will ask."""
        calendars.prefetch(tx, self.district)
        tx.prefetch(_NEWEST, of_district=self.district)

    def newest(self, tx: Transaction, known: Rules | None = None) -> Rules:
        """The rules that the administrator put into force last, whatever file this process was told to read.

        ``known``: rules that were read in this transaction.
        """
        row = tx.row(_NEWEST, of_district=self.district)
        if row and known and row[0] == known.digest:
            return known
        return self.rules(tx, row[0]) if row else self.rules(tx)

    def current_digest(self) -> str:
        """SHA-256 of the configuration file as it is now."""
        try:
            return hashlib.sha256(self.file.read_bytes()).hexdigest()
        except OSError as error:
            raise Invalid("config_unreadable", {"file": str(self.file), "reason": "missing"}) from error

    def _from_file(self, pinned: str | None) -> Rules:
        if pinned:
            raise Invalid("configuration_lost", {"digest": pinned})
        rules = settings.load(self.file)
        if rules.district.code != self.district:
            raise Invalid("other_district", {"file": str(self.file), "district": rules.district.code})
        return rules

    def keep(self, tx: Transaction, rules: Rules, now: datetime) -> None:
        """Store the full text of a configuration that comes into use."""
        if tx.row(_COMPILED, of_district=self.district, of_digest=rules.digest) is None:
            row = {
                "district": self.district,
                "digest": rules.digest,
                "text": self.file.read_bytes().decode(),
                "compiled": settings.dumps(rules),
                "recorded_at": now.isoformat(timespec="seconds"),
            }
            tx.run(_KEEP, [row])

    def altered(self, tx: Transaction) -> list[str]:
        """The digests of stored configurations that are not what was stored."""
        found = []
        for digest, text, compiled in tx.rows(_ALL, of_district=self.district):
            if hashlib.sha256(text.encode()).hexdigest() != digest or not _compiles_to(text, compiled):
                found.append(digest)
        return found


def _compiles_to(text: str, compiled: str) -> bool:
    try:
        return settings.parse(text, "configuration") == settings.loads(compiled)
    except Invalid:
        return False
