"""Requirements: how they begin, how they are amended until the freeze, and changed by request after it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from checker_answers import Answers
from checker_law import (
    AGREEMENT,
    ASSETS,
    CATEGORIES,
    HOUSING,
    KINDS,
    LAND,
    MAY_ONLY_BE_FILLED,
    NR,
    OFFICE,
    OPEN_AFTER_FREEZE,
    PLANNING,
    SAID,
    SCALES,
    Row,
    said,
    without_empty,
)


class Requirements(Answers):
    """What must be: versions that are added, and the ways to add one."""

    # -- until the freeze

    def _facility_add(self, params: Row) -> None:
        if self.frozen():
            self._say(f"{params['facility']} was added after the freeze")
        self._owe(params)

    def _owe(self, params: Row) -> None:
        row, version = self._next("facilities"), self._next("requirements")
        category = KINDS[params["subtype"]][0]
        expected = {"facility": params["facility"], "subtype": params["subtype"], "category": category}
        self._equal("the facility", {k: row[k] for k in expected}, expected)
        if params["facility"] in self.facilities:
            self._say(f"{params['facility']} was there already")
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

    def _version(self, params: Row, old: Row, row: Row) -> None:
        wanted = {particular: old[particular] for particular in SAID} | said(params)
        self._equal(f"the requirement of {params['facility']}", {p: row[p] for p in SAID}, wanted)
        marks = {"facility": params["facility"], "version": old["version"] + 1, "stage": self.stage}
        self._equal("the version", {k: row[k] for k in marks}, marks)
        self.terms[params["facility"]] = {**wanted, "version": row["version"]}

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
        self._settle(params)
        if self.stage != PLANNING and (self.frozen() or params["decision"] != "required"):
            self._say(f"{params['category']} became {params['decision']} after planning")

    def _settle(self, params: Row) -> None:
        """A decision on a category."""
        row = self._next("decisions")
        fields = ("category", "decision", "basis", "link", "special_plan", "substitute_basis")
        self._equal("the decision", [row[k] for k in fields], [params.get(k) for k in fields])
        self.decisions[params["category"]] = row

    def _decided(
        self, categories: Iterable[str] = CATEGORIES, gone: Iterable[str] = (), settled: Iterable[Row] = ()
    ) -> Iterator[str]:
        """Where decisions and list disagree; ``gone`` and ``settled``: once so much were removed and decided."""
        listed = {self.facilities[f]["category"] for f in self.owed() if f not in gone}
        decisions = self.decisions | {d["category"]: d for d in settled}
        for category in categories:
            decided = decisions.get(category)
            if decided is None or (decided["decision"] == "required") != (category in listed):
                yield f"{category} is {decided and decided['decision']}, the list says {category in listed}"

    def _complete(self, particulars: tuple[str, ...]) -> Iterator[str]:
        for facility in self.owed():
            if not any(self.terms[facility][scale] for scale in SCALES):
                yield f"{facility} has no scale"
            yield from (f"{facility} has no {p}" for p in particulars if not self.terms[facility][p])

    def _justified(self) -> Iterator[str]:
        for facility in self.owed():
            terms = self.terms[facility]
            if terms["ownership"] != "government" and not (terms["ownership_reason"] and terms["ownership_basis"]):
                yield f"{facility} goes to {terms['ownership']} without reason and basis"

    def _received(self) -> Iterator[str]:
        for facility in self.government_owned():
            yield from (f"{facility} has no {p}" for p in OPEN_AFTER_FREEZE if not self.terms[facility][p])

    # -- after the freeze

    def _change_propose(self, params: Row) -> None:
        row = self._next("changes")
        terms = {
            "facilities": {f["facility"]: said(f) for f in params.get("facilities", ())},
            "removals": list(params.get("removals", ())),
            "decisions": [without_empty(d) for d in params.get("decisions", ())],
            "project": {k: params[k] for k in ("developer", "developer_code") if k in params},
        }
        change = {**row, "status": "proposed", "terms": terms}
        expected = {"number": len(self.changes) + 1, "stage": self.stage, "visit": self.visit}
        expected |= {"reason": params["reason"], "document": params["document"]}
        self._equal("the change", {k: row[k] for k in expected}, expected)
        self._equal("what it says", without_empty(json.loads(row["terms"])), without_empty(terms))
        self._equal("what it stands on", json.loads(row["base"]), self._standing_on(change))
        self._led()
        self._changeable()
        for name, values in terms["facilities"].items():
            if all(self.terms[name][p] == value for p, value in values.items()):
                self._say(f"it changes nothing of {name}")
        self._coherent(terms)
        self.changes.append(change)

    def _coherent(self, terms: Row) -> None:
        """The list and the decisions that it touches agree afterwards."""
        concerned = {self.facilities[name]["category"] for name in terms["removals"]}
        concerned |= {decision["category"] for decision in terms["decisions"]}
        for text in self._decided(sorted(concerned), terms["removals"], terms["decisions"]):
            self._say(text)

    def _changeable(self) -> None:
        if not self.frozen():
            self._say("the requirements were not frozen")

    def _led(self) -> None:
        if self.actor not in self.leading():
            self._say(f"{self.actor} does not lead here")

    def _versions(self, facilities: Iterable[str]) -> dict[str, int]:
        return {name: self.terms[name]["version"] for name in facilities}

    def _standing_on(self, change: Row) -> dict[str, Any]:
        """What a change would replace: versions, decisions on categories, the developer."""
        base: dict[str, Any] = dict(self._versions(_touched(change)))
        for decision in change["terms"]["decisions"]:
            now = self.decisions.get(decision["category"])
            base[f"category {decision['category']}"] = now and now["number"]
        if change["terms"].get("project"):
            base["project"] = list(self.developer)
        return base

    def _open_change(self, number: int) -> Row:
        change = self.changes[number - 1]
        if change["status"] != "proposed":
            self._say(f"change {number} was {change['status']} already")
        return change

    def _up_to_date(self, change: Row) -> None:
        gone = [name for name in _touched(change) if self.facilities[name]["removed"]]
        if gone or json.loads(change["base"]) != self._standing_on(change):
            self._say(f"change {change['number']} was proposed on something else")

    def _change_consent(self, params: Row) -> None:
        row = self._next("consents")
        expected = {
            "number": len(self.consents) + 1, "change": params["change"], "department": self.actor,
            "verdict": params.get("verdict", "agree"), "signed_by": self.entry["actor"], "level": self.entry["level"],
        }  # fmt: skip
        self._equal("the consent", {k: row[k] for k in expected}, expected)
        change = self._open_change(params["change"])
        self._up_to_date(change)
        self._changeable()
        # Anybody may agree to more than it must; the office is a party by the numbers of the standards.
        if self.actor not in (*self.parties(change), OFFICE):
            self._say(f"{self.actor} is not concerned by change {params['change']}")
        self.consents.append(row)

    def parties(self, change: Row) -> tuple[str, ...]:
        """Who must consent: the two leads, and everybody whom the change touches."""
        terms = change["terms"]
        touched = self.owed() if terms["project"] else _touched(change)
        found = [NR, HOUSING, *(self.competent(f) or OFFICE for f in touched)]
        for name in touched:
            if "government" in (self.terms[name]["ownership"], terms["facilities"].get(name, {}).get("ownership")):
                found.append(ASSETS)
        for decision in terms["decisions"]:
            by_kind = {d for category, d in KINDS.values() if category == decision["category"] and d}
            found += [d for d in (*by_kind, *map(self.competent, self.owed())) if d and self._has(d, decision)]
        if any(self._too_small(name, values) for name, values in terms["facilities"].items()):
            found.append(OFFICE)
        return tuple(dict.fromkeys(found))

    def _has(self, department: str, decision: Row) -> bool:
        return decision["category"] in self._categories(department)

    def _too_small(self, facility: str, values: Row) -> bool:
        """Whether a scale that is amended falls below the standard in force."""
        before = self.terms[facility]
        self.terms[facility] = {**before, **values}
        short = [measure for measure, _, _ in self.below(facility)]
        self.terms[facility] = before
        return any(measure in values for measure in short)

    def _change_apply(self, params: Row) -> None:
        change = self._open_change(params["change"])
        self._led()
        self._changeable()
        self._up_to_date(change)
        for department in self.parties(change):
            given = [c for c in self.consents if (c["change"], c["department"]) == (change["number"], department)]
            if not given or given[-1]["verdict"] != "agree":
                self._say(f"{department} has not consented to change {change['number']}")
            elif given[-1]["happened_on"] > self.entry["happened_on"]:
                self._say(f"{department} consented to change {change['number']} afterwards")
        self._put_into_force(change)
        change["status"] = "applied"

    def _put_into_force(self, change: Row) -> None:
        """Exactly the proposed values, as new versions."""
        terms = change["terms"]
        self._coherent(terms)
        for name, values in terms["facilities"].items():
            row = self._next("requirements")
            self._version({"facility": name, **values}, self.terms[name], row)
            self._equal("the reason", row["reason"], change["reason"])
        for name in terms["removals"]:
            self.facilities[name]["removed"] = True
        for decision in terms["decisions"]:
            self._settle(decision)
        self.developer = (
            terms["project"].get("developer", self.developer[0]),
            terms["project"].get("developer_code", self.developer[1]),
        )

    def _change_withdraw(self, params: Row) -> None:
        change = self._open_change(params["change"])
        self._led()
        change["status"] = "withdrawn"


def _touched(change: Row) -> tuple[str, ...]:
    """The facilities that a change amends or removes."""
    return (*change["terms"]["facilities"], *change["terms"]["removals"])
