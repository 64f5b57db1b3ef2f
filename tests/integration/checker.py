"""The judge: reads the stored rows of a database file and says what the law does not allow.

It was written apart from the program and imports nothing of it. It knows the notice and the design in its own
words, replays the journal of every case from the first entry, holds each row against the action that made it, and
asks at every departure whether everybody who had to agree had agreed to exactly what then stood.

``check(path)`` returns the violations, an empty list when there are none. The law itself stands in ``checker_law``;
``checker_record`` holds a case as it is played, ``checker_answers`` what departments and bodies say of it,
``checker_changes`` what it must be, ``checker_time`` which limits run of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checker_law import (
    ACCEPTANCE,
    AGREEMENT,
    BELOW,
    BUILDING,
    ELSEWHERE,
    ENDED,
    FAR,
    HANDOVER,
    HOUSING,
    IN_USE,
    JOURNAL_COLUMNS,
    KIND_OF_EVIDENCE,
    LAND,
    LEAD,
    NEVER,
    NR,
    PERMIT,
    PLANNING,
    PRESALE,
    SCALES,
    TABLES,
    WAYS,
    WITH_PLAN,
    Row,
    Way,
    canonical,
    said,
    sha256,
    without_blanks,
)
from checker_record import Stored
from checker_time import Time


@dataclass
class Judgement:
    """``departures``: how often cases went forward, by stage left; ``ahead``: what the law has against each going on
    now; ``unagreed``: who has not agreed to it as it stands; ``extendable``: which limits run that may be made longer,
    each with its concern; ``done``, ``refused``: journal entries by subject."""

    violations: list[str] = field(default_factory=list)
    departures: Counter[str] = field(default_factory=Counter)
    ahead: dict[str, list[str]] = field(default_factory=dict)
    unagreed: dict[str, set[str]] = field(default_factory=dict)
    extendable: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
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
    found.violations += _delegations(stored, by_subject.get(ELSEWHERE, []))
    for case in stored.rows["cases"]:
        replay = Replay(stored, case, by_subject.get(case["id"], []))
        wrong = replay.judged()
        found.violations += [f"{case['id']}: {text}" for text in wrong]
        found.departures += replay.departures
        found.ahead[case["id"]] = replay.ahead()
        found.extendable[case["id"]] = [] if wrong else replay.extendable()
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


def _delegations(stored: Stored, entries: list[Row]) -> Iterator[str]:
    """Whether each delegation is one house's own, made by its leader or the administrator, and journalled."""
    made = [e for e in entries if (e["action"], e["outcome"]) == ("delegation add", "done")]
    if len(made) != len(stored.rows["delegation"]):
        yield f"delegation has {len(stored.rows['delegation'])} rows, the journal {len(made)}"
    for row, entry in zip(stored.rows["delegation"], made, strict=False):
        said_of_it = json.loads(entry["params"])
        found = {**{k: row[k] for k in said_of_it}, "stages": json.loads(row["stages"]), "ended_on": None}
        if found != said_of_it:
            yield f"delegation {row['number']}: stored and journalled differ"
        absent, deputy, by = (stored.accounts[n] for n in (row["absent"], row["deputy"], entry["actor"]))
        if len({absent["organisation"], deputy["organisation"], row["organisation"]}) > 1:
            yield f"delegation {row['number']}: {row['deputy']} is not of the house of {row['absent']}"
        if (absent["level"], deputy["level"]) != ("leader", "clerk") or row["from_on"] > row["to_on"]:
            yield f"delegation {row['number']} is not of a leader to a clerk, from a day to a later one"
        if by["level"] != "admin" and (by["level"], by["organisation"]) != ("leader", absent["organisation"]):
            yield f"delegation {row['number']} was made by {entry['actor']}"
        ended = stored.ended.get(row["number"])
        if row["ended_on"] != (ended and ended[:10]):
            yield f"delegation {row['number']}: the day it ended is {row['ended_on']}"


# -- the replay ----------------------------------------------------------------------------------------


class Replay(Time):
    """One case, played again from its journal."""

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
                self._time_passes()
        self._ends_as_stored()
        self._rows_of_time()

    # -- entries

    def _take(self, entry: Row, params: Row) -> None:
        action = entry["action"]
        self._may_act()
        if action not in ("case open", "case import"):
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
        self._enter(params, {PLANNING: NR, PERMIT: HOUSING, ACCEPTANCE: HOUSING})

    def _case_import(self, params: Row) -> None:
        running = {stage: lead for stage, lead in LEAD.items() if stage not in (PRESALE, ENDED)}
        self._enter(params, running | {HANDOVER: HOUSING})

    def _enter(self, params: Row, doors: Mapping[str, str]) -> None:
        """A case begins in a stage, by who takes it up there, with everything that the stages before would ask."""
        self.stage, self.entered = params.get("stage") or PLANNING, self.entry["happened_on"]
        self.households, self.plan = params["households"], params.get("regulatory_plan")
        self.developer = params.get("developer"), params.get("developer_code")
        self.visits.append({"stage": self.stage, "visit": 1, "entered_on": self.entered})
        self._equal("the stage of entry", self.case["entry_stage"], self.stage)
        self._equal("who opened it", self.actor, doors.get(self.stage))
        for terms in params.get("facilities", ()):
            self._owe(terms)
        for decision in params.get("decisions", ()):
            self._settle(decision)
        for text in self._brought_along():
            self._say(text)

    def _brought_along(self) -> Iterator[str]:
        if FAR[self.stage] > FAR[PLANNING]:
            yield from self._decided()
            yield from self._complete(("location", "design"))
        if FAR[self.stage] > FAR[LAND]:
            yield from self._complete(("mode", "ownership", "handover"))
            yield from self._justified()
        if FAR[self.stage] > FAR[AGREEMENT]:
            yield from self._received()

    def _case_amend(self, params: Row) -> None:
        self.households = params.get("households", self.households)
        self.plan = params.get("regulatory_plan", self.plan)
        self.developer = (
            params.get("developer", self.developer[0]),
            params.get("developer_code", self.developer[1]),
        )
        if self.stage != PLANNING and params.keys() & {"project", "households", "population", "regulatory_plan"}:
            self._say("the project's data were settled in planning")
        if FAR[self.stage] > FAR[AGREEMENT]:
            self._say("the developer was amended after the agreement")

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
        self.attempt, self.developer = self.attempt + 1, (None, None)

    def _document_add(self, params: Row) -> None:
        row = self._next("documents")
        expected = {"kind": params["kind"], "issued_on": params["issued_on"], "stage": self.stage, "visit": self.visit}
        expected |= {"number": len(self.papers) + 1, "file": params.get("file", {}).get("sha256")}
        self._equal("the document", {k: row[k] for k in expected}, expected)
        self.papers.append({**row, "voided": None})

    def _hear(self, params: Row) -> None:
        row = self._next("hearings")
        expected = {"kind": params["kind"], "stage": self.stage, "number": len(self.hearings) + 1}
        self._equal("the hearing", {k: row[k] for k in expected}, expected)
        self.hearings.append({**row, "disposition": params.get("disposition")})

    def _answer(self, params: Row) -> None:
        self.hearings[params["hearing"] - 1]["disposition"] = params["disposition"]

    # -- evidence

    def _found(self, kind: str, params: Row) -> None:
        row, name = self._next("evidence"), params["facility"]
        before = self.evidence.get((name, kind), {"number": 0})
        expected: Row = {"facility": name, "kind": kind, "number": before["number"] + 1}
        expected["version"] = self.terms[name]["version"]
        if kind in ("drawings", "measurement"):
            scales = said(params)
            as_required = self.terms[name]["location"] if params.get("location_as_required") else None
            expected |= {scale: scales.get(scale) for scale in SCALES}
            expected["location"] = params.get("location") or as_required
        if kind == "progress":
            kept = before.get("built") and params["percent"] == 100 and not params.get("not_built")
            expected |= {"percent": params["percent"], "built": int(bool(params.get("built") or kept))}
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
        return (HOUSING,) if way.name == "revoke_certificate" else self.leading()

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

    def _before_conclude_planning(self) -> Iterator[str]:
        if not self.plan:
            yield "no regulatory plan"
        for category in WITH_PLAN:
            decided = self.decisions.get(category)
            if decided and not (decided["special_plan"] or decided["substitute_basis"]):
                yield f"no special plan for {category}"
        yield from self._decided()
        yield from self._complete(("location", "design"))
        yield from self._large_enough()
        yield from self._heard()

    def _before_conclude_land_supply(self) -> Iterator[str]:
        yield from self._decided()
        yield from self._complete(("location", "design", "mode", "ownership", "handover"))
        yield from self._large_enough()
        yield from self._heard()
        yield from self._justified()

    def _large_enough(self) -> Iterator[str]:
        for facility in self.owed():
            if not self.lifted(BELOW, facility, self.entry["happened_on"]):
                for measure, found, minimum in self.below(facility):
                    yield f"{facility} is below the standard: {measure} {found} of {minimum}"

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
        yield from self._received()

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
            "regulatory_plan": self.plan, "developer": self.developer[0], "developer_code": self.developer[1],
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
        self._list("paper_replies", [{"contested_on": p["contested_on"]} for p in self.letters])
        self._list("drafts", [{"status": d["status"]} for d in self.drafts])
        self._list("changes", [{"status": c["status"]} for c in self.changes])
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
