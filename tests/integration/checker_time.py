"""Time: which limits run, of whom and until when, counted day by day; and what may be extended.

The lengths are the district's numbers and are read from the configuration of the case; what starts and ends a clock
is law and stands here in the judge's own words. ``running_limits`` is held against it, row by row.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from checker_changes import Requirements
from checker_law import (
    ACCEPTANCE,
    BUILDING,
    CERTIFICATE,
    ENDED,
    HANDOVER,
    IN_USE,
    LEAD,
    NEVER,
    PRESALE,
    STALE,
    Row,
)
from checker_record import Stored
from ruamel.yaml import YAML

from tests import working_days

#: The years whose working days are settled; beyond them a day is counted on weekends alone.
SETTLED = range(2020, 2027)
DEVELOPER = "developer"
#: What the rows keep without its day: whose answer goes stale by it is asked again, from a day not judged here.
UNDATED = ("case amend", "facility remove", "facility designate")


@dataclass(frozen=True)
class Running:
    """One limit that runs: what it is about, whose it is, since when; ``fixed``: the day that a document sets."""

    code: str
    visit: int
    round: int
    concern: str
    party: str
    started_on: str
    fixed: str | None = None
    #: Where it is not that of the limit.
    stage: str | None = None

    @property
    def key(self) -> tuple[str, int, int, str]:
        return self.code, self.visit, self.round, self.concern


# -- days ------------------------------------------------------------------------------------------------


def _after(day: str, number: int = 1) -> str:
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


def _works(day: str) -> bool:
    return working_days.works(date.fromisoformat(day))


def _months_later(day: str, number: int) -> str:
    """The same day of a later month, or the last one there is."""
    first = date.fromisoformat(day)
    year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])).isoformat()


class Rests:
    """When the case rested: the days after ``from_on`` up to and including ``to_on`` count for nothing."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = [(row["from_on"], row["to_on"]) for row in rows]

    def on(self, day: str) -> bool:
        return any(first < day <= (last or NEVER) for first, last in self.rows)

    def for_good(self, day: str) -> bool:
        return any(last is None and first < day for first, last in self.rows)

    def counted(self, start: str, number: int, only_worked: bool) -> str | None:
        """The last of ``number`` days after ``start``; None where the case rests before it comes."""
        day = start
        while number > 0:
            day = _after(day)
            if self.for_good(day):
                return None
            if not self.on(day) and (_works(day) or not only_worked):
                number -= 1
        return day

    def on_or_after(self, day: str) -> str | None:
        """The day, or the next one on which somebody works at the case."""
        return day if _works(day) and not self.on(day) else self.counted(day, 1, only_worked=True)


def due_day(start: str, limit: Row, more: int, rests: Rests, fixed: str | None = None) -> str | None:
    """When a limit ends; ``more``: by how much it was extended. None while its clock is stopped."""
    if fixed:
        return _after(fixed, more)
    if not limit.get("suspendable", True):
        rests = Rests([])
    length = limit["length"] + more
    if limit["unit"] == "working_days":
        return rests.counted(start, length, only_worked=True)
    if limit["unit"] == "months":
        length = (date.fromisoformat(_months_later(start, length)) - date.fromisoformat(start)).days
    last = rests.counted(start, length, only_worked=False)
    return last and rests.on_or_after(last)


def _unsettled(start: str, due: str | None) -> bool:
    return due is not None and any(y not in SETTLED for y in range(int(_after(start)[:4]), int(due[:4]) + 1))


@dataclass(frozen=True)
class District:
    """``limits`` by their codes, the rungs of the ``ladder``, and the organisations by every name they bore."""

    limits: dict[str, Row]
    ladder: list[Row]
    names: dict[str, str]


@cache
def _district(text: str) -> District:
    found = YAML(typ="safe", pure=True).load(text)
    names = {
        called[language]: organisation
        for organisation, known in found["organisations"].items()
        for called in (known["name"], *known.get("renamed", ()))
        for language in ("zh", "en")
    }
    limits = {limit["code"]: limit for limit in found["limits"] if "clock" in limit}
    return District(limits, found.get("reminders", {}).get("ladder", []), names)


# -- the clocks ------------------------------------------------------------------------------------------


class Time(Requirements):
    """What runs as far as the case has been played."""

    def __init__(self, stored: Stored, case: Row, entries: list[Row]) -> None:
        super().__init__(stored, case, entries)
        #: Since when each department is asked in this round, since when its answer is awaited, since when all agree.
        self.began: dict[str, str] = {}
        self.asked: dict[str, str] = {}
        self.undated: set[str] = set()
        self.agreed: str | None = None
        self.place: tuple[str, int, int] = (self.stage, 0, 0)
        #: The extensions, as they are stored.
        self.extended: list[Row] = []

    @property
    def district(self) -> District:
        texts = {row["digest"]: row["text"] for row in self.stored.rows["configuration"]}
        return _district(texts[self.case["configuration"]])

    # -- what is followed from entry to entry

    def _time_passes(self) -> None:
        """Who is asked and who has agreed, after an entry."""
        today, place = self.entry["happened_on"], (self.stage, self.visit, self.round)
        if self.place != place or not self.round_open:
            self.place, self.began, self.asked, self.undated, self.agreed = place, {}, {}, set(), None
        answers = {d: self._answer_of(d) for d in self.required()} if self.round_open else {}
        for department, (code, texts) in answers.items():
            self.began.setdefault(department, today)
            if self._answered(department, code, texts):
                self.asked.pop(department, None)
                self.undated.discard(department)
            elif code == STALE:
                if department not in self.asked and self.entry["action"] in UNDATED:
                    self.undated.add(department)
                self.asked.setdefault(department, today)
            else:
                self.asked[department] = self.began[department]
        self.asked = {d: since for d, since in self.asked.items() if d in answers}
        given = [self.standing(department) for department in answers]
        missing = not answers or any(texts for _, texts in answers.values())
        days = [self.rounds[-1]["opened_on"], *(s["happened_on"] for s in given if s)] if self.rounds else []
        self.agreed = None if missing else max(days)

    def _answered(self, department: str, code: str, texts: list[str]) -> bool:
        """By an answer of this round, or by an earlier one that agrees to what stands now."""
        given = self.standing(department)
        return given is not None and code != STALE and (not texts or given["round"] == self.round)

    # -- the clocks, by their names

    def running(self) -> list[Running]:
        if self.stage in (IN_USE, ENDED):
            return []
        return [
            found for limit in self.district.limits.values() for found in getattr(self, f"_of_{limit['clock']}")(limit)
        ]

    def _one(self, limit: Row, start: str, visit: int = 0, number: int = 0, concern: str = "") -> Running:
        party = DEVELOPER if limit.get("who") == DEVELOPER else LEAD[limit["stage"]]
        return Running(limit["code"], visit, number, concern, party, start)

    def _of_answers(self, limit: Row) -> Iterator[Running]:
        if limit["stage"] == self.stage and self.round_open:
            for department, since in self.asked.items():
                yield Running(limit["code"], self.visit, self.round, department, department, since)

    def _of_round(self, limit: Row) -> Iterator[Running]:
        if limit["stage"] == self.stage and self.round_open:
            yield self._one(limit, self.rounds[-1]["opened_on"], self.visit, self.round)

    def _of_visit(self, limit: Row) -> Iterator[Running]:
        if limit["stage"] == self.stage:
            yield self._one(limit, self.visits[-1]["entered_on"], self.visit)

    def _of_rework(self, limit: Row) -> Iterator[Running]:
        last = self.rounds[-1] if self.rounds and self.round else {}
        if limit["stage"] == self.stage and (last.get("closed_by") or "").startswith("return_"):
            yield self._one(limit, last["closed_on"], self.visit, self.round)

    def _of_conclusion(self, limit: Row) -> Iterator[Running]:
        if limit["stage"] == self.stage and self.agreed and not self._filed(limit):
            yield self._one(limit, self.agreed, self.visit)

    def _filed(self, limit: Row) -> bool:
        return any(self.paper(kind) for kind in limit["until"])

    def _newest(self, kinds: list[str]) -> Row | None:
        found = [p for p in map(self.paper, kinds) if p]
        return max(found, key=lambda p: p["number"]) if found else None

    def _of_papers(self, limit: Row) -> Iterator[Running]:
        first = self._newest(limit["after"])
        if first and not self._filed(limit):
            yield self._one(limit, first["issued_on"])

    def _of_works(self, limit: Row) -> Iterator[Running]:
        """Works have begun with the first progress that is reported."""
        permit = self._newest(limit["after"])
        if permit and not any(kind == "progress" for _, kind in self.evidence):
            yield self._one(limit, permit["issued_on"])

    def _of_inspections(self, limit: Row) -> Iterator[Running]:
        """From the begin of the construction, then from inspection to inspection; a presale interrupts nothing."""
        if self.stage not in (BUILDING, PRESALE):
            return
        began = next(v["entered_on"] for v in self.visits if v["stage"] == BUILDING)
        records = [p for p in self.papers if p["kind"] in limit["until"] and p["voided"] is None]
        days = sorted({began, *(p["issued_on"] for p in records if p["issued_on"] > began)})
        yield self._one(limit, days[-1], concern=str(len(days)))

    def _of_opinion(self, limit: Row) -> Iterator[Running]:
        given = [s for d in {s["department"] for s in self.sign_offs} if (s := self.standing(d))]
        objections = [s["happened_on"] for s in given if (s["verdict"], s["round"]) == ("object", self.round)]
        if self.stage == ACCEPTANCE and self.round_open and objections:
            yield self._one(limit, min(objections), self.visit, self.round)

    def _of_rectification(self, limit: Row) -> Iterator[Running]:
        for item in self._items_here():
            if item["answer"] is None:
                place = (item["visit"], item["round"], str(item["item"]))
                yield Running(limit["code"], *place, DEVELOPER, item["issued_on"], item["deadline"])

    def _items_here(self) -> list[Row]:
        return [i for i in self.items if self.stage == ACCEPTANCE and i["visit"] == self.visit]

    def _of_reinspections(self, limit: Row) -> Iterator[Running]:
        """Once everything was reported: each department looks again at what it had found."""
        if not (self.stage == ACCEPTANCE and self.round_open):
            return
        earlier = [i for i in self._items_here() if i["round"] < self.round]
        inspectors = dict.fromkeys(d for i in earlier if (d := self._inspector(i)))
        for department in inspectors:
            since = self.asked.get(department)
            if since is None and not self._looked_again(department, earlier):
                since = self.rounds[-1]["opened_on"]
            if since:
                yield Running(limit["code"], self.visit, self.round, department, department, since)

    def _looked_again(self, department: str, items: list[Row]) -> bool:
        found, given = [i for i in items if self._inspector(i) == department], self.standing(department)
        return given is not None and all(given["round"] > item["round"] for item in found)

    def _inspector(self, item: Row) -> str | None:
        return item["department"] if item["department"] in self.required() else self.competent(item["facility"])

    def _of_conditions(self, limit: Row) -> Iterator[Running]:
        for condition in self.conditions:
            if condition["status"] == "open":
                given = [s for s in self.sign_offs if _same(s, condition)]
                place = (condition["visit"], condition["round"], str(condition["number"]))
                who = self.district.names.get(condition["responsible"], DEVELOPER)
                since = given[-1]["happened_on"]
                yield Running(limit["code"], *place, who, since, condition["due_on"], condition["stage"])

    def _of_handover(self, limit: Row) -> Iterator[Running]:
        certificate = self.paper(CERTIFICATE)
        start = certificate["issued_on"] if certificate else self.visits[-1]["entered_on"]
        yield from self._by_facility(limit, start, "hand_over")

    def _of_registration(self, limit: Row) -> Iterator[Running]:
        yield from self._by_facility(limit, "hand_over", "title")

    def _of_use(self, limit: Row) -> Iterator[Running]:
        """Until it is entered as an asset, which is the last that is asked of a facility."""
        yield from self._by_facility(limit, "title", "asset_entry")

    def _by_facility(self, limit: Row, after: str, until: str) -> Iterator[Running]:
        """For every government-owned facility: from one thing that is done to the next."""
        if self.stage != HANDOVER:
            return
        for facility in self.government_owned():
            first = self.evidence.get((facility, after))
            start = first["happened_on"] if first else after
            by = self.competent(facility)
            if start[:1].isdigit() and (facility, until) not in self.evidence and by:
                yield Running(limit["code"], self.visit, 0, facility, by, start)

    # -- extensions

    def _limit_extend(self, params: Row) -> None:
        row = self._next("extensions")
        concern = params.get("concern") or ""
        expected = {
            "number": len(self.extended) + 1, "limit": params["limit"], "concern": concern, "by": params["by"],
            "reason": params["reason"], "document": params["document"], "body": self.actor,
            "level": self.entry["level"], "approved_by": self.entry["actor"],
            "happened_on": self.entry["happened_on"],
        }  # fmt: skip
        self._equal("the extension", {k: row[k] for k in expected}, expected)
        runs = [r for r in self.running() if (r.code, r.concern) == (params["limit"], concern)]
        rule = self.district.limits.get(params["limit"], {}).get("extension")
        if not runs or rule is None:
            self._say(f"{params['limit']} of {concern or 'the case'} was not running, or is never extended")
            return
        who = self.leading() if rule["by"] == "lead" else (rule["by"],)
        if self.actor not in who or self.entry["level"] != rule.get("level", "leader"):
            self._say(f"{self.actor} extended {params['limit']} as a {self.entry['level']}")
        if params["by"] > rule["at_most"]:
            self._say(f"{params['limit']} was extended by {params['by']}, more than {rule['at_most']}")
        if len(self._extensions(runs[0])) >= rule.get("times", 1):
            self._say(f"{params['limit']} of {concern or 'the case'} was extended once too often")
        self.extended.append(row)

    def extendable(self) -> list[tuple[str, str]]:
        limits = self.district.limits
        return [(found.code, found.concern) for found in self.running() if "extension" in limits[found.code]]

    def _extensions(self, found: Running) -> list[int]:
        """Those of this limit and concern, since it has been running."""
        named = [e for e in self.extended if (e["limit"], e["concern"]) == (found.code, found.concern)]
        return [e["by"] for e in named if e["happened_on"] >= found.started_on]

    # -- what is stored

    def _rows_of_time(self) -> None:
        """The running limits that are stored are those that run."""
        limits, ladder = self.district.limits, self.district.ladder
        rests = Rests(self.rows["suspensions"])
        wanted: dict[tuple[str, int, int, str], Row] = {}
        rungs: dict[tuple[str, int, int, str], list[str]] = {}
        for found in self.running():
            limit = limits[found.code]
            more = sum(self._extensions(found))
            own = self.terms[found.concern]["handover_days"] if limit["clock"] == "handover" else None
            due = due_day(found.started_on, limit | ({"length": own} if own else {}), more, rests, found.fixed)
            wanted[found.key] = {
                "stage": found.stage or limit["stage"], "party": found.party,
                "lead": found.party if found.party in self.leading() else self.leading()[0],
                "started_on": found.started_on,
                "due_on": due, "provisional": int(not found.fixed and _unsettled(found.started_on, due)),
            }  # fmt: skip
            if limit["clock"] in ("answers", "reinspections") and found.concern in self.undated:
                wanted[found.key] = {"party": found.party}
                continue
            if self._reaches_imported_year(found.started_on, due):
                wanted[found.key] = {"party": found.party, "started_on": found.started_on}
                continue
            rungs[found.key] = _rungs(found.started_on, due, limit, ladder) if due else []
        stored = {
            (r["code"], r["visit"], r["round"], r["concern"]): r
            for r in self.stored.rows["running_limits"]
            if r["subject"] == self.case["id"]
        }
        for key in sorted(wanted.keys() | stored.keys()):
            name = f"limit {key[0]} of {key[3] or 'the case'} ({key[1]}.{key[2]})"
            if key not in stored:
                self.wrong.append(f"{name} runs and is not stored: {wanted[key]}")
            elif key not in wanted:
                self.wrong.append(f"{name} is stored and does not run: {stored[key]}")
            else:
                self._stored(name, stored[key], wanted[key])
                self._reminding(name, stored[key]["remind_on"], rungs.get(key))

    def _reaches_imported_year(self, start: str, due: str | None) -> bool:
        """The judge knows the notices up to 2026; what an office imported besides it cannot count."""
        years = {r["year"] for r in self.stored.rows["calendar_years"] if r["recorded_by"] != "peijian"}
        return any(int(start[:4]) <= year <= int((due or NEVER)[:4]) for year in years)

    def _reminding(self, name: str, on: str | None, rungs: list[str] | None) -> None:
        """The next reminder is a rung of the ladder, and none that is still ahead is left out."""
        if rungs is None:
            return
        ahead = [day for day in rungs if day >= self.entry["recorded_at"][:10]]
        if (on not in rungs) if rungs else on is not None:
            self.wrong.append(f"{name} reminds on {on}, which is none of {rungs}")
        elif ahead and on is not None and on > ahead[0]:
            self.wrong.append(f"{name} reminds on {on}, and leaves out {ahead[0]}")


def _rungs(start: str, due: str, limit: Row, ladder: list[Row]) -> list[str]:
    """The days after ``start`` on which somebody is reminded, in their order."""
    length, day = 0, start
    while day < due:
        day = _after(day)
        length += _works(day)
    days = {_rung(due, rung["on"]) for rung in ladder if length >= rung.get("least_length", 0)}
    if "warn_days" in limit:
        days.add(_rung(_after(due, -limit["warn_days"]), 0))
    return sorted(day for day in days if day > start)


def _rung(due: str, number: int) -> str:
    """So many working days after a day (before it, where negative); on it, or the last working day before."""
    if number or not _works(due):
        return working_days.counted(date.fromisoformat(due), number or -1)[-1].isoformat()
    return due


def _same(given: Row, condition: Row) -> bool:
    return all(given[k] == condition[k] for k in ("stage", "visit", "round", "department"))
