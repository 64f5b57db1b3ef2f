"""The judge: reads the stored rows of a database file and says what the law does not allow.

It was written apart from the program and imports nothing of it. It knows the notice and the design in its own
words, replays the journal of every case from the first entry, holds each row against the action that made it, and
asks at every departure whether everybody who had to agree had agreed to exactly what then stood.

``check(path)`` returns the violations, an empty list when there are none.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, Any]

# -- the law, in its own words -------------------------------------------------------------------------

PLANNING, LAND = "planning_joint_review", "land_supply_joint_review"
AGREEMENT, PERMIT = "handover_agreement", "construction_permit"
PRESALE, BUILDING = "presale_consultation", "under_construction"
ACCEPTANCE, HANDOVER = "completion_joint_acceptance", "property_handover"
IN_USE, ENDED = "in_use", "terminated"

#: How far a project has come; a presale is asked for while it is built, and is not a step of its own.
FAR = {
    PLANNING: 1, LAND: 2, AGREEMENT: 3, PERMIT: 4, PRESALE: 5, BUILDING: 6, ACCEPTANCE: 7, HANDOVER: 8,
    IN_USE: 9, ENDED: 10,
}  # fmt: skip

NR, HOUSING, OFFICE, ASSETS = "natural_resources", "housing", "leading_group_office", "state_assets"
SIX = (NR, HOUSING, "education_sports", "civil_affairs", "health", "commerce")

#: Kind of facility -> its category, and who is competent for it (nobody for a canteen).
KINDS = {
    "kindergarten": ("education", "education_sports"),
    "primary_school": ("education", "education_sports"),
    "junior_middle_school": ("education", "education_sports"),
    "senior_middle_school": ("education", "education_sports"),
    "community_rooms": ("management", "civil_affairs"),
    "elderly_service_facility": ("elderly", "civil_affairs"),
    "elderly_day_care_centre": ("elderly", "civil_affairs"),
    "health_service_station": ("health", "health"),
    "health_service_centre": ("health", "health"),
    "convenience_market": ("commerce", "commerce"),
    "convenience_store": ("commerce", "commerce"),
    "sports_ground": ("sports", "education_sports"),
    "sports_hall": ("sports", "education_sports"),
    "fitness_facility": ("sports", "education_sports"),
    "community_canteen": ("canteen", None),
}
CATEGORIES = tuple(dict.fromkeys(category for category, _ in KINDS.values()))
WITH_PLAN = tuple(category for category in CATEGORIES if category != "canteen")

LEAD = {PLANNING: NR, LAND: NR, AGREEMENT: NR, PERMIT: HOUSING, PRESALE: HOUSING, BUILDING: HOUSING}
LEAD |= {ACCEPTANCE: HOUSING, ENDED: NR}
#: Who is asked before a stage can be left: the six, the competent, the asset body if anything is government-owned.
ASKED = {
    PLANNING: ("six", "competent"),
    LAND: ("six", "competent", "assets"),
    AGREEMENT: ("competent", "assets"),
    PERMIT: (HOUSING,),
    PRESALE: ("competent",),
    BUILDING: (),
    ACCEPTANCE: ("six", "competent"),
    HANDOVER: ("competent", "assets"),
}


@dataclass(frozen=True)
class Way:
    """How a command moves a case out of a stage (``to`` is the same stage where it stays)."""

    name: str
    to: str
    forward: bool = False
    papers: tuple[str, ...] = ()
    voids: tuple[str, ...] = ()


CONDITIONS = ("planning_conditions", "development_conditions", "land_supply_conditions")
CERTIFICATE = "comprehensive_acceptance_certificate"
WAYS = {
    (PLANNING, "case advance"): Way("conclude_planning", LAND, True, ("planning_conditions",)),
    (LAND, "case advance"): Way(
        "conclude_land_supply", AGREEMENT, True, ("development_conditions", "land_supply_conditions")
    ),
    (AGREEMENT, "case advance"): Way("conclude_agreement", PERMIT, True, ("handover_agreement", "land_contract")),
    (PERMIT, "case advance"): Way(
        "issue_permit", BUILDING, True, ("construction_planning_permit", "construction_permit")
    ),
    (BUILDING, "presale request"): Way("request_presale", PRESALE, False, ("presale_application",)),
    (PRESALE, "presale clear"): Way("clear_presale", BUILDING, True, (), ("presale_application",)),
    (PRESALE, "presale withdraw"): Way("withdraw_presale", BUILDING, False, (), ("presale_application",)),
    (BUILDING, "acceptance trigger"): Way(
        "trigger_acceptance", ACCEPTANCE, True, ("completion_acceptance_report", "completion_filing")
    ),
    (ACCEPTANCE, "acceptance certify"): Way("certify", HANDOVER, True, (CERTIFICATE, "completion_filing")),
    (HANDOVER, "acceptance revoke"): Way("revoke_certificate", ACCEPTANCE, False, (), (CERTIFICATE,)),
    (HANDOVER, "case advance"): Way("close", IN_USE, True),
    (LAND, "case reopen"): Way("reopen_planning", PLANNING, False, (), CONDITIONS),
    (AGREEMENT, "case reopen"): Way("reopen_planning_before_deal", PLANNING, False, (), CONDITIONS),
    (AGREEMENT, "case land-deal-failed"): Way(
        "land_deal_failed", AGREEMENT, False, (), ("deal_confirmation", "allocation_decision", "handover_agreement")
    ),
    (ACCEPTANCE, "acceptance order"): Way("order_rectification", ACCEPTANCE),
    (ACCEPTANCE, "acceptance report"): Way("report_rectification", ACCEPTANCE),
}
for _stage, _word in ((PLANNING, "planning"), (LAND, "land_supply"), (AGREEMENT, "agreement"), (PERMIT, "permit")):
    WAYS[_stage, "case return"] = Way(f"return_{_word}", _stage)
WAYS[PRESALE, "case return"] = Way("return_presale", PRESALE)
for _stage in ASKED:
    _paper = ("district_government_decision",) if FAR[_stage] >= FAR[PERMIT] else ()
    WAYS[_stage, "case terminate"] = Way(f"terminate_{_stage}", ENDED, False, _paper)

SCALES = ("gfa", "site", "classes", "seats", "beds")
#: What a requirement says, as against who wrote it down and when.
SAID = (
    *SCALES, "location", "design", "mode", "ownership", "ownership_reason", "ownership_basis", "handover",
    "recipient", "handover_days",
)  # fmt: skip
MAY_ONLY_BE_FILLED = ("location", "design", "ownership")
OPEN_AFTER_FREEZE = ("recipient", "handover_days")
KIND_OF_EVIDENCE = {
    "facility drawings": "drawings",
    "facility progress": "progress",
    "facility measure": "measurement",
    "facility hand-over": "hand_over",
    "facility register": "title",
    "facility asset-entry": "asset_entry",
}
TABLES = (
    "visits", "rounds", "facilities", "requirements", "evidence", "decisions", "sign_offs", "conditions",
    "hearings", "documents", "items", "suspensions",
)  # fmt: skip
KEYS = ("district", "lifecycle", "subject", "division", "position")
JOURNAL_COLUMNS = (
    "district", "subject", "entry", "recorded_at", "happened_on", "actor", "organisation", "level", "action",
    "outcome", "params", "request_id", "result", "scheme", "digest", "previous", "hash",
)  # fmt: skip
#: The subject of entries that concern no case.
ELSEWHERE = "-"
#: A day that no agreement comes after.
NEVER = "9999-12-31"


def canonical(value: object) -> str:
    """JSON as it is hashed: sorted keys, nothing escaped, no blanks."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def without_blanks(text: str | None) -> str:
    return "".join((text or "").split())


# -- what is stored ------------------------------------------------------------------------------------


class Stored:
    """Every row of the database, as it lies there."""

    def __init__(self, path: Path | str) -> None:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            names = ("cases", "journal", "snapshot", "account", "configuration", *TABLES)
            self.rows: dict[str, list[Row]] = {name: self._all(connection, name) for name in names}
        finally:
            connection.close()
        self.bodies = {row["digest"]: row["body"] for row in self.rows["snapshot"]}
        self.organisation = {row["account"]: row["organisation"] for row in self.rows["account"]}

    @staticmethod
    def _all(connection: sqlite3.Connection, table: str) -> list[Row]:
        order = {"journal": "subject, entry", **dict.fromkeys(TABLES, "subject, position")}.get(table, "rowid")
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]

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


@dataclass
class Judgement:
    """``departures``: how often cases went forward, by stage left; ``ahead``: what the law has against each going on
    now; ``unagreed``: who has not agreed to it as it stands; ``done``, ``refused``: journal entries by subject."""

    violations: list[str] = field(default_factory=list)
    departures: Counter[str] = field(default_factory=Counter)
    ahead: dict[str, list[str]] = field(default_factory=dict)
    unagreed: dict[str, set[str]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def check(
    path: Path | str, done: Mapping[str, int] | None = None, refused: Mapping[str, int] | None = None
) -> list[str]:
    """Every violation. ``done`` and ``refused``: how many actions the test saw acknowledged or refused, by subject."""
    found = judge(path)
    for what, counted, expected in (("done", found.done, done), ("refused", found.refused, refused)):
        if expected is not None and +Counter(counted) != +Counter(expected):
            found.violations.append(f"journal: {dict(counted)} entries {what}, but {dict(expected)} were seen")
    return found.violations


def judge(path: Path | str) -> Judgement:
    stored, found = Stored(path), Judgement()
    by_subject: dict[str, list[Row]] = {}
    for entry in stored.rows["journal"]:
        by_subject.setdefault(entry["subject"], []).append(entry)
        counter = found.done if entry["outcome"] == "done" else found.refused
        counter[entry["subject"]] += 1
    for subject, entries in by_subject.items():
        found.violations += [f"{subject}: {text}" for text in _chain(entries)]
    found.violations += _strays(stored, set(by_subject))
    for case in stored.rows["cases"]:
        replay = Replay(stored, case, by_subject.get(case["id"], []))
        found.violations += [f"{case['id']}: {text}" for text in replay.judged()]
        found.departures += replay.departures
        found.ahead[case["id"]] = replay.ahead()
        found.unagreed[case["id"]] = {d for d in replay.required() if any(replay.not_agreed(d, NEVER))}
    return found


def asked(path: Path | str, case: str) -> tuple[str, ...]:
    """Who must sign before the case can leave its present stage."""
    stored = Stored(path)
    row = next(row for row in stored.rows["cases"] if row["id"] == case)
    replay = Replay(stored, row, [e for e in stored.rows["journal"] if e["subject"] == case])
    replay.judged()
    return replay.required()


def _chain(entries: list[Row]) -> Iterator[str]:
    previous = ""
    for number, entry in enumerate(entries, 1):
        if set(entry) != set(JOURNAL_COLUMNS):
            yield f"journal: columns {sorted(entry)}"
        if entry["entry"] != number:
            yield f"journal: entry {number} is missing"
            return
        if entry["previous"] != previous:
            yield f"journal: entry {number} does not follow from the one before"
        if sha256(canonical({k: v for k, v in entry.items() if k != "hash"})) != entry["hash"]:
            yield f"journal: entry {number} has another hash"
        if entry["outcome"] not in ("done", "refused"):
            yield f"journal: entry {number} ended as {entry['outcome']}"
        previous = entry["hash"]


def _strays(stored: Stored, subjects: set[str]) -> Iterator[str]:
    """Rows that belong to nothing, and cases that stand in each other's way."""
    cases = {case["id"] for case in stored.rows["cases"]}
    for subject in sorted(subjects - cases - {ELSEWHERE}):
        yield f"{subject}: a journal without a case"
    for table in TABLES:
        for row in stored.rows[table]:
            if row["subject"] not in cases or (row["lifecycle"], row["division"]) != ("project", "1"):
                yield f"{table}: a row of {row['subject']}, division {row['division']}, belongs to no case"
    active = Counter(case["parcel"] for case in stored.rows["cases"] if case["active"])
    yield from (f"parcel {parcel}: {number} active cases" for parcel, number in active.items() if number > 1)
    for row in stored.rows["snapshot"]:
        if sha256(row["body"]) != row["digest"]:
            yield f"snapshot {row['digest'][:8]} has another content"
    for row in stored.rows["configuration"]:
        if sha256(row["text"]) != row["digest"]:
            yield f"configuration {row['digest'][:8]} has another text"


# -- the replay ----------------------------------------------------------------------------------------


class Replay:
    """One case, played again from its journal; each entry takes the rows it made, in the order of their positions."""

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
        self.visits: list[Row] = []
        self.rounds: list[Row] = []
        self.entry: Row = {}

    def judged(self) -> list[str]:
        try:
            self._play()
        except Exception as error:
            self.wrong.append(f"cannot be judged at entry {self.entry.get('entry')}: {error!r}")
        return self.wrong

    def ahead(self) -> list[str]:
        """What the law has against the case going on, whatever the day."""
        ways = [way for (stage, _), way in WAYS.items() if stage == self.stage and way.forward]
        resting = ["the case is resting"] if self.resting else []
        return resting + [text for way in ways for text in self.against(way, NEVER)]

    def _play(self) -> None:
        if not self.entries:
            self.wrong.append("a case without a journal")
            return
        for entry in self.entries:
            self.entry = entry
            if entry["outcome"] == "done":
                self._take(entry, json.loads(entry["params"]))
        self._ends_as_stored()

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

    @property
    def actor(self) -> str:
        """The organisation of the account that acted."""
        return str(self.stored.organisation.get(self.entry["actor"]))

    # -- entries

    def _take(self, entry: Row, params: Row) -> None:
        action = entry["action"]
        if action != "case open":
            if not self.entered:
                self._say("nothing was opened")
            if self.stage in (IN_USE, ENDED):
                self._say("the case had ended")
            if self.resting and action not in ("case resume", "case terminate"):
                self._say("the case was resting")
        way = WAYS.get((self.stage, action))
        self._own_effect(action, params)
        if way:
            self._follow(way, params)
        elif action in {name for _, name in WAYS}:
            self._say("there is no such way")
        result = json.loads(entry["result"])
        self._equal(
            "the result", [result.get(k) for k in ("stage", "visit", "round")], [self.stage, self.visit, self.round]
        )

    def _own_effect(self, action: str, params: Row) -> None:
        if action in KIND_OF_EVIDENCE:
            self._found(KIND_OF_EVIDENCE[action], params)
            return
        name = "_" + action.replace(" ", "_").replace("-", "_")
        if hasattr(self, name):
            getattr(self, name)(params)
        elif action not in {name for _, name in WAYS} and action != "case adopt-config":
            self._say("an unknown action")

    def _case_open(self, params: Row) -> None:
        self.entered = self.entry["happened_on"]
        self.households, self.plan = params["households"], params.get("regulatory_plan")
        self.developer = params.get("developer"), params.get("developer_code")
        self.visits.append({"stage": PLANNING, "visit": 1, "entered_on": self.entered})
        self._equal("who opened it", self.actor, NR)
        for terms in params.get("facilities", ()):
            self._facility_add(terms)
        for decision in params.get("decisions", ()):
            self._facility_decide(decision)

    def _case_amend(self, params: Row) -> None:
        self.households = params.get("households", self.households)
        self.plan = params.get("regulatory_plan", self.plan)
        self.developer = (
            params.get("developer", self.developer[0]),
            params.get("developer_code", self.developer[1]),
        )
        if self.stage != PLANNING and params.keys() & {"project", "households", "population", "regulatory_plan"}:
            self._say("the project's data were settled in planning")

    def _case_circulate(self, params: Row) -> None:
        last = self.rounds[-1] if self.rounds and self.round else {}
        if self.round_open:
            self._say("the round before was still open")
        if last.get("closed_by") == "order_rectification":
            self._say("only the report opens a round after an order")
        if self.stage == BUILDING:
            self._say("nobody is asked here")
        self._open_round()

    def _open_round(self) -> None:
        self.round, self.round_open = self.round + 1, True
        self.rounds.append(
            {"stage": self.stage, "visit": self.visit, "round": self.round, "opened_on": self.entry["happened_on"]}
        )

    def _case_suspend(self, params: Row) -> None:
        row = self._next("suspensions")
        self._equal("from_on", row["from_on"], self.entry["happened_on"])
        self.resting = True

    def _case_resume(self, params: Row) -> None:
        row = self.rows["suspensions"][self.used["suspensions"] - 1]
        self._equal("to_on", row["to_on"], self.entry["happened_on"])
        if not self.resting:
            self._say("the case was not resting")
        self.resting = False

    def _case_land_deal_failed(self, params: Row) -> None:
        self.attempt += 1

    def _document_add(self, params: Row) -> None:
        row = self._next("documents")
        expected = {"kind": params["kind"], "issued_on": params["issued_on"], "stage": self.stage, "visit": self.visit}
        expected |= {"number": len(self.papers) + 1, "file": params.get("file", {}).get("sha256")}
        self._equal("the document", {k: row[k] for k in expected}, expected)
        self.papers.append({**row, "voided": None})

    def paper(self, kind: str) -> Row | None:
        """The newest paper of a kind that still counts."""
        return next((p for p in reversed(self.papers) if p["kind"] == kind and p["voided"] is None), None)

    def _hear(self, params: Row) -> None:
        row = self._next("hearings")
        expected = {"kind": params["kind"], "stage": self.stage, "number": len(self.hearings) + 1}
        self._equal("the hearing", {k: row[k] for k in expected}, expected)
        self.hearings.append({**row, "disposition": params.get("disposition")})

    def _answer(self, params: Row) -> None:
        self.hearings[params["hearing"] - 1]["disposition"] = params["disposition"]

    # -- requirement

    def _facility_add(self, params: Row) -> None:
        row, version = self._next("facilities"), self._next("requirements")
        category = KINDS[params["subtype"]][0]
        expected = {"facility": params["facility"], "subtype": params["subtype"], "category": category}
        self._equal("the facility", {k: row[k] for k in expected}, expected)
        if params["facility"] in self.facilities:
            self._say(f"{params['facility']} was there already")
        if self.frozen():
            self._say(f"{params['facility']} was added after the freeze")
        self.facilities[params["facility"]] = {**expected, "designated": None, "removed": False}
        self._version(params, {"version": 0, **dict.fromkeys(SAID)}, version)

    def _facility_amend(self, params: Row) -> None:
        name = params["facility"]
        old, row = self.terms[name], self._next("requirements")
        self._version(params, old, row)
        for particular in SAID:
            if row[particular] != old[particular] and not self._may_change(
                particular, old[particular], row[particular]
            ):
                self._say(f"{particular} of {name} changed from {old[particular]!r} to {row[particular]!r}")

    def _may_change(self, particular: str, old: Any, new: Any) -> bool:
        if self.stage == PLANNING:
            return True
        if not self.frozen():
            if particular in SCALES:
                return old is None or (new is not None and new > old)
            return old is None or particular not in MAY_ONLY_BE_FILLED
        return self.stage in (LAND, AGREEMENT) and old is None and particular in OPEN_AFTER_FREEZE

    def frozen(self) -> bool:
        """Requirements are frozen once the land-supply conditions are issued."""
        return FAR[self.stage] > FAR[LAND] or (self.stage == LAND and self.paper("land_supply_conditions") is not None)

    def _version(self, params: Row, old: Row, row: Row) -> None:
        said = {particular: old[particular] for particular in SAID} | _said(params)
        self._equal(f"the requirement of {params['facility']}", {p: row[p] for p in SAID}, said)
        marks = {"facility": params["facility"], "version": old["version"] + 1, "stage": self.stage}
        self._equal("the version", {k: row[k] for k in marks}, marks)
        self.terms[params["facility"]] = {**said, "version": row["version"]}

    def _facility_remove(self, params: Row) -> None:
        self.facilities[params["facility"]]["removed"] = True
        if self.stage != PLANNING:
            self._say(f"{params['facility']} was removed after planning")

    def _facility_designate(self, params: Row) -> None:
        named = KINDS[self.facilities[params["facility"]]["subtype"]][1]
        self._equal(f"who was competent for {params['facility']} before it was designated", named, None)
        self.facilities[params["facility"]]["designated"] = params["department"]
        self._equal("who designated", self.actor, OFFICE)

    def _facility_decide(self, params: Row) -> None:
        row = self._next("decisions")
        fields = ("category", "decision", "basis", "link", "special_plan", "substitute_basis")
        self._equal("the decision", [row[k] for k in fields], [params.get(k) for k in fields])
        if self.stage != PLANNING and (self.frozen() or params["decision"] != "required"):
            self._say(f"{params['category']} became {params['decision']} after planning")
        self.decisions[params["category"]] = row

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

    # -- evidence

    def _found(self, kind: str, params: Row) -> None:
        row, name = self._next("evidence"), params["facility"]
        before = self.evidence.get((name, kind), {"number": 0})
        expected: Row = {"facility": name, "kind": kind, "number": before["number"] + 1}
        expected["version"] = self.terms[name]["version"]
        if kind in ("drawings", "measurement"):
            scales = _said(params)
            as_required = self.terms[name]["location"] if params.get("location_as_required") else None
            expected |= {scale: scales.get(scale) for scale in SCALES}
            expected["location"] = params.get("location") or as_required
        if kind == "progress":
            expected |= {"percent": params["percent"], "built": int(params.get("built", False))}
        if kind == "hand_over":
            expected |= {"reference": params["deed"], "holder": params["recipient"], "user": params.get("user")}
        if kind == "title":
            expected |= {"ownership": params["ownership"], "exemption": params.get("exemption")}
        self._equal(f"the {kind} of {name}", {k: row[k] for k in expected}, expected)
        self.evidence[name, kind] = row

    def _falls_short(self, facility: str, kind: str) -> Iterator[str]:
        found, terms = self.evidence.get((facility, kind)), self.terms[facility]
        if found is None:
            yield f"no {kind} of {facility}"
            return
        for scale in SCALES:
            if terms[scale] is not None and (found[scale] is None or found[scale] < terms[scale]):
                yield f"{kind} of {facility} falls short: {scale} {found[scale]} of {terms[scale]}"
        if without_blanks(found["location"]) != without_blanks(terms["location"]):
            yield f"{kind} of {facility} lies elsewhere: {found['location']}"

    # -- sign-offs

    def _sign(self, params: Row) -> None:
        row = self._next("sign_offs")
        judged = {j["facility"]: [j["built_in_place"], j["meets_standard"]] for j in params.get("judgements", ())}
        expected = {
            "stage": self.stage, "visit": self.visit, "round": self.round, "department": self.actor,
            "number": len(self.sign_offs) + 1, "verdict": params["verdict"], "judgements": canonical(judged),
            "signed_by": self.entry["actor"], "level": self.entry["level"], "happened_on": self.entry["happened_on"],
        }  # fmt: skip
        self._equal("the sign-off", {k: row[k] for k in expected}, expected)
        if not self.round_open:
            self._say(f"{self.actor} signed while no round was open")
        town = (self.case["town"],) if self.stage == ACCEPTANCE else ()
        if self.actor not in (*self.required(), *town):
            self._say(f"{self.actor} was not asked")
        if self.stage == ACCEPTANCE and row["level"] != "leader":
            self._say(f"a {row['level']} signed at the acceptance")
        self._end(row["department"], "replaced")
        self.sign_offs.append({**row, "status": "standing", "judged": judged})
        for text in self._seen_wrongly(self.sign_offs[-1]):
            self._say(text)
        for asks in params.get("conditions", ()):
            condition = self._next("conditions")
            wanted = {**asks, "department": self.actor, "stage": self.stage, "visit": self.visit, "round": self.round}
            wanted["number"] = len(self.conditions) + 1
            self._equal("the condition", {k: condition[k] for k in wanted}, wanted)
            self.conditions.append({**condition, "status": "open"})
            if FAR[asks["due_stage"]] <= FAR[self.stage] or asks["due_stage"] in (PRESALE, IN_USE, ENDED):
                self._say(f"a condition is due in {asks['due_stage']}")

    def _withdraw(self, params: Row) -> None:
        if not self.round_open:
            self._say("no round was open")
        if self.standing(self.actor) is None:
            self._say(f"{self.actor} had signed nothing")
        self._end(self.actor, "withdrawn")

    def _end(self, department: str, status: str) -> None:
        old = self.standing(department)
        if old is None:
            return
        old["status"] = status
        for condition in self.conditions:
            if condition["status"] == "open" and condition["department"] == department and self._is_here(condition):
                condition["status"] = status

    def _is_here(self, row: Row) -> bool:
        return (row["stage"], row["visit"]) == (self.stage, self.visit)

    def standing(self, department: str) -> Row | None:
        """The last sign-off of a department in this visit, if it was neither replaced nor withdrawn."""
        given = [s for s in self.sign_offs if s["department"] == department and self._is_here(s)]
        return given[-1] if given and given[-1]["status"] == "standing" else None

    def _condition_discharge(self, params: Row) -> None:
        condition = self.conditions[params["condition"] - 1]
        self._equal("who discharged it", self.actor, condition["department"])
        self._equal("the condition", condition["status"], "open")
        condition["status"] = "discharged"

    def _seen_wrongly(self, given: Row) -> Iterator[str]:
        """Whether a sign-off stands for what stands now."""
        department = given["department"]
        body = self.stored.bodies.get(given["remit"])
        if body is None or sha256(body) != given["remit"]:
            yield f"nobody can tell what {department} saw"
            return
        if given["scheme"] != 1:
            yield f"{department} signed under the unknown scheme {given['scheme']}"
            return
        seen, remit = json.loads(body), self.remit(department)
        if set(seen.get("requirements", {})) != set(remit["requirements"]):
            yield f"{department} saw the facilities {sorted(seen.get('requirements', {}))}"
        for path, then, now in _lacking(remit, seen):
            yield f"{department} saw {path} = {then!r}, but it is {now!r}"

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
        if self.stage == AGREEMENT:
            agreement = self.paper("handover_agreement")
            seen["agreement"] = agreement and agreement["file"]
        if self.stage == PERMIT:
            seen["drawings"] = self._placed(whole, "drawings", (*SCALES, "location"))
        if self.stage == PRESALE:
            scope = {k: self.visits[-1][k] for k in ("buildings", "households")}
            seen["application"] = {**(_reference(self.paper("presale_application")) or {}), **scope}
        if self.stage == ACCEPTANCE:
            seen["measured"] = self._placed(whole if town else own, "measurement", (*SCALES, "location"))
            if department == NR:
                seen["as_built"] = self._placed(whole, "measurement", ("location",))
        if self.stage == HANDOVER:
            seen["hand_over"] = self._placed(own, "hand_over", ("reference", "holder", "user"))
            seen["title"] = self._placed(own, "title", ("reference", "holder", "ownership", "exemption"))
            seen["asset_entry"] = self._placed(own, "asset_entry", ("reference",))
        return seen

    def _terms(self, facility: str) -> Row:
        return {"subtype": self.facilities[facility]["subtype"], **{p: self.terms[facility][p] for p in SAID}}

    def _categories(self, department: str) -> tuple[str, ...]:
        by_kind = {category for category, competent in KINDS.values() if competent == department}
        by_facility = {self.facilities[f]["category"] for f in self.owed() if self.competent(f) == department}
        return tuple(c for c in CATEGORIES if c in by_kind | by_facility)

    def _placed(self, facilities: Iterable[str], kind: str, fields: tuple[str, ...]) -> Row:
        found = ((f, self.evidence.get((f, kind))) for f in facilities)
        return {f: {k: row[k] for k in fields} for f, row in found if row}

    # -- rectification

    def _acceptance_order(self, params: Row) -> None:
        for terms in params["items"]:
            row = self._next("items")
            expected = {"visit": self.visit, "round": self.round, "item": len(self.items) + 1}
            expected |= {k: terms[k] for k in ("facility", "department", "fact", "basis", "requirement", "deadline")}
            self._equal("the item", {k: row[k] for k in expected}, expected)
            objection = self.standing(terms["department"])
            if objection is None or objection["verdict"] != "object":
                self._say(f"{terms['department']} did not object")
            self.items.append({**row, "answer": None})

    def _acceptance_report(self, params: Row) -> None:
        for answer in params["answers"]:
            self.items[answer["item"] - 1]["answer"] = answer["answer"]
        for item in self.items:
            if item["visit"] == self.visit and item["answer"] is None:
                self._say(f"item {item['item']} was not answered")

    # -- ways

    def _follow(self, way: Way, params: Row) -> None:
        leads = self._leads(way)
        if self.actor not in leads:
            self._say(f"{self.actor} does not lead here")
        for text in self.against(way, self.entry["happened_on"]):
            self._say(text)
        for paper in self.papers:
            if paper["kind"] in way.voids and paper["voided"] is None:
                paper["voided"] = way.name
        if self.round_open:
            closed = {"closed_on": self.entry["happened_on"], "closed_by": way.name, "reason": params.get("reason")}
            self.rounds[-1] |= closed
            self.round_open = False
        if way.name == "report_rectification":
            self._open_round()
        if way.to == self.stage:
            return
        if way.forward:
            self.departures[self.stage] += 1
        self.visits[-1] |= {"left_on": self.entry["happened_on"], "left_by": way.name}
        self.stage, self.round = way.to, 0
        self.visit = 1 + sum(v["stage"] == way.to for v in self.visits)
        self.visits.append({"stage": way.to, "visit": self.visit, "entered_on": self.entry["happened_on"]})
        if way.name == "request_presale":
            self.visits[-1] |= {"buildings": params["buildings"], "households": params["households"]}

    def _leads(self, way: Way) -> tuple[str, ...]:
        if way.name == "revoke_certificate":
            return (HOUSING,)
        if self.stage in (HANDOVER, IN_USE):
            return tuple(d for f in self.owed() if (d := self.competent(f)))
        return (LEAD[self.stage],)

    def against(self, way: Way, day: str) -> Iterator[str]:
        """What speaks against taking a way now."""
        for kind in way.papers:
            if self.paper(kind) is None:
                yield f"no {kind}"
        if way.name.startswith("reopen_planning") and any(
            self.paper(kind) for kind in ("deal_confirmation", "allocation_decision", "land_contract")
        ):
            yield "the land was sold"
        if way.name == "revoke_certificate":
            yield from (f"{f} has a title" for f in self.owed() if self.evidence.get((f, "title"), {}).get("reference"))
        if way.forward:
            yield from self._against_going_forward(day)
            yield from getattr(self, f"_before_{way.name}", lambda: ())()

    def _against_going_forward(self, day: str) -> Iterator[str]:
        for facility in self.owed():
            if self.competent(facility) is None:
                yield f"nobody is competent for {facility}"
        for department in self.required():
            yield from self.not_agreed(department, day)
        for condition in self.conditions:
            if condition["status"] == "open" and FAR[condition["due_stage"]] <= FAR[self.stage]:
                yield f"condition {condition['number']} of {condition['department']} is open"

    def not_agreed(self, department: str, day: str) -> Iterator[str]:
        given = self.standing(department)
        if given is None:
            yield f"{department} has not signed"
            return
        if given["happened_on"] > day:
            yield f"{department} signed on {given['happened_on']}, after the case had left on {day}"
        own = self.own(department)
        involved = own or department in (NR, HOUSING, LEAD.get(self.stage))
        if given["verdict"] not in ("agree", "agree_with_conditions", *(() if involved else ("not_involved",))):
            yield f"{department} answered {given['verdict']}"
        yield from self._seen_wrongly(given)
        if self.stage == ACCEPTANCE and given["verdict"] != "not_involved":
            for facility in own:
                if given["judged"].get(facility) != [True, True] or json.loads(given["judgements"]) != given["judged"]:
                    yield f"{department} judged {facility} as {given['judged'].get(facility)}"

    def _before_conclude_planning(self) -> Iterator[str]:
        if not self.plan:
            yield "no regulatory plan"
        for category in WITH_PLAN:
            decided = self.decisions.get(category)
            if decided and not (decided["special_plan"] or decided["substitute_basis"]):
                yield f"no special plan for {category}"
        yield from self._decided()
        yield from self._complete(("location", "design"))
        yield from self._heard()

    def _before_conclude_land_supply(self) -> Iterator[str]:
        yield from self._decided()
        yield from self._complete(("mode", "ownership", "handover"))
        yield from self._heard()
        for facility in self.owed():
            terms = self.terms[facility]
            if terms["ownership"] != "government" and not (terms["ownership_reason"] and terms["ownership_basis"]):
                yield f"{facility} goes to {terms['ownership']} without reason and basis"

    def _decided(self) -> Iterator[str]:
        listed = {self.facilities[f]["category"] for f in self.owed()}
        for category in CATEGORIES:
            decided = self.decisions.get(category)
            if decided is None or (decided["decision"] == "required") != (category in listed):
                yield f"{category} is {decided and decided['decision']}, the list says {category in listed}"

    def _complete(self, particulars: tuple[str, ...]) -> Iterator[str]:
        for facility in self.owed():
            if not any(self.terms[facility][scale] for scale in SCALES):
                yield f"{facility} has no scale"
            yield from (f"{facility} has no {p}" for p in particulars if not self.terms[facility][p])

    def _heard(self) -> Iterator[str]:
        here = [h for h in self.hearings if h["stage"] == self.stage]
        yield from (f"no {k} was heard" for k in ("expert", "public") if k not in {h["kind"] for h in here})
        yield from (f"hearing {h['number']} was not answered" for h in here if not h["disposition"])

    def _before_conclude_agreement(self) -> Iterator[str]:
        agreement, contract = self.paper("handover_agreement"), self.paper("land_contract")
        if agreement and contract and agreement["issued_on"] > contract["issued_on"]:
            yield "the contract was signed before the agreement"
        if agreement and not agreement["file"]:
            yield "the agreement has no file"
        sold = self.paper("deal_confirmation") and all(self.developer)
        if not sold and not self.paper("allocation_decision"):
            yield "the land was neither sold to a known developer nor allocated"
        for facility in self.government_owned():
            yield from (f"{facility} has no {p}" for p in OPEN_AFTER_FREEZE if not self.terms[facility][p])

    def _before_issue_permit(self) -> Iterator[str]:
        for facility in self.owed():
            yield from self._falls_short(facility, "drawings")

    def _before_trigger_acceptance(self) -> Iterator[str]:
        for facility in self.owed():
            if not self.evidence.get((facility, "progress"), {}).get("built"):
                yield f"{facility} is not reported built"
            if (facility, "measurement") not in self.evidence:
                yield f"{facility} is not measured"

    def _before_certify(self) -> Iterator[str]:
        for facility in self.owed():
            if not self.evidence.get((facility, "progress"), {}).get("built"):
                yield f"{facility} is not reported built"
            yield from self._falls_short(facility, "measurement")
        for item in self.items:
            asked = item["department"] in self.required()
            inspector = item["department"] if asked else self.competent(item["facility"])
            given = self.standing(inspector) if inspector else None
            later = given and given["verdict"] != "object" and given["round"] > item["round"]
            if item["visit"] == self.visit and not later:
                yield f"item {item['item']} of {item['department']} is open"

    def _before_close(self) -> Iterator[str]:
        for facility in self.owed():
            owner, title = self.terms[facility]["ownership"], self.evidence.get((facility, "title"))
            named = title and (title["reference"] or (owner != "all_owners" and title["exemption"]))
            if title is None or title["ownership"] != owner or not named:
                yield f"{facility} has no title for {owner}"
            if owner == "government":
                if title and title["reference"] and title["holder"] in (None, self.developer[0]):
                    yield f"{facility} is government-owned and not registered for a public holder"
                handed = self.evidence.get((facility, "hand_over"))
                if handed is None or not handed["user"]:
                    yield f"{facility} was not handed over to a user"
                if (facility, "asset_entry") not in self.evidence:
                    yield f"{facility} is not entered as an asset"

    # -- the end

    def _ends_as_stored(self) -> None:
        """What the journal leads to is what lies there."""
        own = {
            "stage": self.stage, "visit": self.visit, "round": self.round, "attempt": self.attempt,
            "active": int(self.stage not in (IN_USE, ENDED)), "households": self.households,
            "regulatory_plan": self.plan,
        }  # fmt: skip
        self._stored("the case", self.case, own)
        for table in set(TABLES) - {"visits", "rounds"}:
            if self.used[table] != len(self.rows[table]):
                self.wrong.append(f"{table} has {len(self.rows[table])} rows, the journal {self.used[table]}")
        blank_visit = dict.fromkeys(("left_on", "left_by", "buildings", "households"))
        blank_round = dict.fromkeys(("closed_on", "closed_by", "reason"))
        self._list("visits", [blank_visit | v for v in self.visits])
        self._list("rounds", [blank_round | r for r in self.rounds])
        self._list("sign_offs", [{"status": s["status"]} for s in self.sign_offs])
        self._list("conditions", [{"status": c["status"]} for c in self.conditions])
        self._list("documents", [{"voided": p["voided"]} for p in self.papers])
        self._list("items", [{"answer": i["answer"]} for i in self.items])
        self._list("hearings", [{"disposition": h["disposition"]} for h in self.hearings])
        self._list("facilities", [{"designated": f["designated"]} for f in self.facilities.values()])
        for row, facility in zip(self.rows["facilities"], self.facilities.values(), strict=False):
            self._stored(row["facility"], {"removed": row["removed"] is not None}, {"removed": facility["removed"]})
        resting = sum(row["to_on"] is None for row in self.rows["suspensions"])
        self._stored("the suspensions", {"open": resting}, {"open": int(self.resting)})
        if self.stored.digest(self.case) != self.entries[-1]["digest"]:
            self.wrong.append("the rows are not those of the last entry's digest")

    def _list(self, table: str, expected: list[Row]) -> None:
        if len(self.rows[table]) != len(expected):
            self.wrong.append(f"{table} has {len(self.rows[table])} rows, the journal {len(expected)}")
        for number, (row, wanted) in enumerate(zip(self.rows[table], expected, strict=False), 1):
            self._stored(f"{table} {number}", row, wanted)

    def _stored(self, what: str, row: Row, wanted: Row) -> None:
        found = {k: row[k] for k in wanted}
        if found != wanted:
            differing = {k: (found[k], wanted[k]) for k in wanted if found[k] != wanted[k]}
            self.wrong.append(f"{what}: stored and journalled differ: {differing}")


def _said(params: Row) -> Row:
    """The particulars given by an action, in the units of the rows."""
    given: Row = {p: params[p] for p in SAID if p in params}
    for area in ("gfa", "site"):
        if f"{area}_m2" in params:
            given[area] = int(Decimal(params[f"{area}_m2"]) * 100)
    return given


def _reference(paper: Row | None) -> Row | None:
    return paper and {"reference": paper["reference"], "file": paper["file"]}


def _lacking(remit: Any, seen: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where what was seen is not what the remit holds; what is None may be left out."""
    if isinstance(remit, dict) and isinstance(seen, dict):
        for key, value in remit.items():
            yield from _lacking(value, seen.get(key), f"{path}.{key}" if path else key)
    elif remit != seen and not (remit in (None, {}) and seen in (None, {})):
        yield path, seen, remit
