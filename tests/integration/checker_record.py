"""What is stored, and one case as it is played again: its rows, its requirement, who is asked and must see what."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from checker_law import (
    ACCEPTANCE,
    AGREEMENT,
    ASKED,
    ASSETS,
    BELOW,
    CATEGORIES,
    FAR,
    FOR,
    HANDOVER,
    HOUSING,
    KEYS,
    KINDS,
    LAND,
    LEAD,
    NR,
    OF_LEADERS,
    OF_SIGNING_LEADERS,
    PERMIT,
    PLANNING,
    PRESALE,
    SAID,
    SCALES,
    SIX,
    TABLES,
    Row,
    least,
    reference,
)
from psycopg.rows import dict_row

#: By what the rows of a table are put in order; those without an order of their own by their keys.
ORDER = {
    "journal": "subject, entry",
    **dict.fromkeys(TABLES, "subject, position"),
    "cases": "recorded_at, id", "snapshot": "digest", "account": "created_at, account", "delegation": "number",
    "configuration": "recorded_at, digest", "running_limits": "subject, code, stage, visit, round, concern",
    "calendar_years": "year, version",
}  # fmt: skip


def _of_file(path: str, tables: dict[str, str]) -> dict[str, list[Row]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        return {name: [dict(row) for row in connection.execute(_all(name, by))] for name, by in tables.items()}


def _of_server(url: str, tables: dict[str, str]) -> dict[str, list[Row]]:
    with psycopg.connect(url.replace("+psycopg", ""), row_factory=dict_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return {name: connection.execute(_all(name, by)).fetchall() for name, by in tables.items()}


def _all(table: str, order: str) -> Any:
    return f"SELECT * FROM {table} ORDER BY {order}"


class Stored:
    """Every row of the database, as it lies there."""

    def __init__(self, place: Path | str) -> None:
        names = ("cases", "journal", "snapshot", "account", "configuration", "delegation")
        names += ("running_limits", "calendar_years", *TABLES)
        read = _of_server if "://" in str(place) else _of_file
        self.rows: dict[str, list[Row]] = read(str(place), {name: ORDER[name] for name in names})
        self.bodies = {row["digest"]: row["body"] for row in self.rows["snapshot"]}
        self.accounts = {row["account"]: row for row in self.rows["account"]}
        #: When each delegation was ended, by its number.
        self.ended = {
            json.loads(e["params"])["number"]: e["recorded_at"]
            for e in self.rows["journal"]
            if (e["subject"], e["action"], e["outcome"]) == ("-", "delegation end", "done")
        }

    def of(self, table: str, case: str) -> list[Row]:
        return [row for row in self.rows[table] if row["subject"] == case]

    def digest(self, case: Row) -> str:
        """The digest of a whole case under scheme 1: the sum of the hashes of its rows, its own row first."""
        own = [value for name, value in case.items() if name not in ("district", "lifecycle")]
        total = _weight("cases", 1, own)
        for table in TABLES:
            for row in self.of(table, case["id"]):
                total += _weight(table, row["position"], [v for k, v in row.items() if k not in KEYS])
        return f"{total % 2**2048:0512x}"


def _weight(table: str, position: int, values: list[Any]) -> int:
    text = json.dumps([table, position, values], ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(hashlib.shake_256(text.encode()).digest(256), "big")


class Record:
    """One case as far as it has been played; each entry takes the rows it made, in the order of their positions."""

    def __init__(self, stored: Stored, case: Row, entries: list[Row]) -> None:
        self.stored, self.case, self.entries = stored, case, entries
        self.rows = {table: stored.of(table, case["id"]) for table in TABLES}
        self.used: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.departures: Counter[str] = Counter()
        self.stage, self.visit, self.round, self.round_open, self.resting = PLANNING, 1, 0, False, False
        self.attempt, self.entered = 1, ""
        self.households: int | None = None
        self.plan: str | None = None
        self.developer: tuple[Any, Any] = (None, None)
        self.facilities: dict[str, Row] = {}
        self.terms: dict[str, Row] = {}
        self.evidence: dict[tuple[str, str], Row] = {}
        self.decisions: dict[str, Row] = {}
        self.sign_offs: list[Row] = []
        self.conditions: list[Row] = []
        self.hearings: list[Row] = []
        self.papers: list[Row] = []
        self.items: list[Row] = []
        self.letters: list[Row] = []
        self.drafts: list[Row] = []
        self.changes: list[Row] = []
        self.consents: list[Row] = []
        self.exceptions: list[Row] = []
        self.visits: list[Row] = []
        self.rounds: list[Row] = []
        self.entry: Row = {}

    def _say(self, text: str) -> None:
        self.wrong.append(f"entry {self.entry['entry']}, {self.entry['action']}, in {self.stage}: {text}")

    def _equal(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self._say(f"{what} is {found!r}, not {expected!r}")

    def _next(self, table: str) -> Row:
        """The row that the present entry made."""
        number = self.used[table]
        self.used[table] += 1
        if number >= len(self.rows[table]):
            raise LookupError(f"{table} has no row {number + 1}")
        row = self.rows[table][number]
        self._equal(f"position of {table}", row["position"], number + 1)
        return row

    # -- who acts

    @property
    def signer(self) -> str:
        """The account that acted; a deputy's own."""
        return str(self.entry["actor"].partition(FOR)[0])

    @property
    def actor(self) -> str:
        """The organisation of the account that acted."""
        return str(self.stored.accounts.get(self.signer, {}).get("organisation"))

    def leading(self) -> tuple[str, ...]:
        """Who leads the present stage; a case that owes nothing stays with the planning bureau."""
        if self.stage in LEAD:
            return (LEAD[self.stage],)
        return tuple(d for f in self.owed() if (d := self.competent(f))) or (NR,)

    def _may_act(self) -> None:
        """Whether who acted had the level that is written down, and the level that it takes."""
        known, level = self.stored.accounts.get(self.signer), self.entry["level"]
        _, _, absent = self.entry["actor"].partition(FOR)
        if known is None or (not absent and known["level"] != level):
            self._say(f"{self.entry['actor']} acted as {level}, but is {known and known['level']}")
        elif absent and not any(self._stands_in(line, known, absent) for line in self.stored.rows["delegation"]):
            self._say(f"{self.signer} does not stand in for {absent}")
        if level not in ("clerk", "leader"):
            self._say(f"a {level} acted")
        of_leaders = (*OF_LEADERS, *(OF_SIGNING_LEADERS if self.stage == ACCEPTANCE else ()))
        if self.entry["action"] in of_leaders and level != "leader":
            self._say(f"this is for a leader, not for a {level}")

    def _stands_in(self, line: Row, deputy: Row, absent: str) -> bool:
        """Whether a delegation holds at this moment, in this stage, in the house of both."""
        now, stages = self.entry["recorded_at"], json.loads(line["stages"])
        parties = (line["deputy"], line["absent"], line["organisation"])
        house = self.stored.accounts.get(absent, {}).get("organisation")
        return (
            parties == (deputy["account"], absent, deputy["organisation"])
            and house == deputy["organisation"]
            and line["from_on"] <= now[:10] <= line["to_on"]
            and line["recorded_at"] <= now <= self.stored.ended.get(line["number"], now)
            and (not stages or self.stage in stages)
            and self.entry["level"] == "leader"
        )

    # -- what the case owes, and to whom

    def paper(self, kind: str) -> Row | None:
        """The newest paper of a kind that still counts."""
        return next((p for p in reversed(self.papers) if p["kind"] == kind and p["voided"] is None), None)

    def frozen(self) -> bool:
        """Requirements are frozen once the land-supply conditions are issued."""
        return FAR[self.stage] > FAR[LAND] or (self.stage == LAND and self.paper("land_supply_conditions") is not None)

    def owed(self) -> list[str]:
        return [name for name, facility in self.facilities.items() if not facility["removed"]]

    def competent(self, facility: str) -> str | None:
        known = self.facilities[facility]
        return known["designated"] or KINDS[known["subtype"]][1]

    def government_owned(self) -> list[str]:
        return [f for f in self.owed() if self.terms[f]["ownership"] == "government"]

    def own(self, department: str) -> list[str]:
        """The facilities a department answers for."""
        mine = [f for f in self.owed() if self.competent(f) == department]
        assets = self.government_owned() if department == ASSETS else []
        return [f for f in self.owed() if f in mine or f in assets]

    def required(self) -> tuple[str, ...]:
        """Who must have agreed before the stage is left."""
        members = {
            "six": SIX,
            "competent": tuple(d for f in self.owed() if (d := self.competent(f))),
            "assets": (ASSETS,) if self.government_owned() else (),
        }
        found = [d for party in ASKED.get(self.stage, ()) for d in members.get(party, (party,))]
        return tuple(dict.fromkeys(found))

    def _is_here(self, row: Row) -> bool:
        return (row["stage"], row["visit"]) == (self.stage, self.visit)

    def remit(self, department: str) -> Row:
        """What a department answers for in the present stage, in our own words."""
        lead = department in (NR, HOUSING)
        own, whole = self.own(department), self.owed()
        town = department == self.case["town"]
        everything = self.stage == PERMIT or town or (lead and self.stage in (PLANNING, LAND, ACCEPTANCE))
        seen: Row = {"requirements": {f: self._terms(f) for f in (whole if everything else own)}}
        if self.stage in (PLANNING, LAND):
            seen["households"] = self.households
            categories = CATEGORIES if lead else self._categories(department)
            fields = ("decision", "basis", "link", "special_plan", "substitute_basis")
            found = ((c, self.decisions.get(c)) for c in categories)
            seen["decisions"] = {c: {k: d[k] for k in fields} for c, d in found if d}
            seen["waivers"] = self._waivers(whole if lead else own)
        if self.stage == AGREEMENT:
            agreement = self.paper("handover_agreement")
            seen["agreement"] = agreement and agreement["file"]
        if self.stage == PERMIT:
            seen["drawings"] = self._placed(whole, "drawings", (*SCALES, "location"))
        if self.stage == PRESALE:
            scope = {k: self.visits[-1][k] for k in ("buildings", "households")}
            seen["application"] = {**(reference(self.paper("presale_application")) or {}), **scope}
        if self.stage == ACCEPTANCE:
            seen["measured"] = self._placed(whole if town else own, "measurement", (*SCALES, "location"))
            if department == NR:
                seen["as_built"] = self._placed(whole, "measurement", ("location",))
        if self.stage == HANDOVER:
            seen["hand_over"] = self._placed(own, "hand_over", ("reference", "holder", "user"))
            seen["title"] = self._placed(own, "title", ("reference", "holder", "ownership", "exemption"))
            seen["asset_entry"] = self._placed(own, "asset_entry", ("reference",))
        return seen

    def _waivers(self, facilities: list[str]) -> Row:
        """The papers by which the standard was waived in this visit."""
        found: dict[str, list[str]] = {}
        for decided in self.exceptions:
            facility = decided["lifts"].removeprefix(f"{BELOW}:")
            if facility in facilities and facility != decided["lifts"] and self._is_here(decided):
                found.setdefault(facility, []).append(decided["document"])
        return found

    def below(self, facility: str) -> list[tuple[str, Any, int]]:
        """Where a requirement is less than the standard in force: (measure, required, least)."""
        conditions, terms = self.paper("planning_conditions"), self.terms[facility]
        day = conditions["issued_on"] if conditions else self.entry["happened_on"]
        known = least(self.facilities[facility]["subtype"], self.households or 0, day)
        return [(measure, terms[measure], minimum) for measure, minimum in known if (terms[measure] or 0) < minimum]

    def _terms(self, facility: str) -> Row:
        return {"subtype": self.facilities[facility]["subtype"], **{p: self.terms[facility][p] for p in SAID}}

    def _categories(self, department: str) -> tuple[str, ...]:
        by_kind = {category for category, competent in KINDS.values() if competent == department}
        by_facility = {self.facilities[f]["category"] for f in self.owed() if self.competent(f) == department}
        return tuple(c for c in CATEGORIES if c in by_kind | by_facility)

    def _placed(self, facilities: Iterable[str], kind: str, fields: tuple[str, ...]) -> Row:
        found = ((f, self.evidence.get((f, kind))) for f in facilities)
        return {f: {k: row[k] for k in fields} for f, row in found if row}
