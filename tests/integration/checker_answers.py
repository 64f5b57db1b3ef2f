"""Answers: sign-offs, letters, drafts, and the decisions that lift what stands in the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from checker_law import (
    ACCEPTANCE,
    ANSWERS,
    BELOW,
    CONTEST_DAYS,
    DECISIONS,
    ENDED,
    FAR,
    HOUSING,
    IN_USE,
    LEAD,
    MISSING,
    NEVER,
    NR,
    OBJECTION,
    PRESALE,
    STALE,
    Row,
    canonical,
    days_later,
    kind_of_decision,
    lacking,
    sha256,
    without_empty,
)
from checker_record import Record

from tests import working_days


class Answers(Record):
    """What the departments say: themselves, by letter or by a draft; and what is decided over them."""

    # -- sign-offs

    def _sign(self, params: Row) -> None:
        behalf = params.get("on_behalf_of")
        if not self.round_open:
            self._say(f"{behalf or self.actor} signed while no round was open")
        town = (self.case["town"],) if self.stage == ACCEPTANCE else ()
        if (behalf or self.actor) not in (*self.required(), *town):
            self._say(f"{behalf or self.actor} was not asked")
        if behalf:
            self._letter(params, behalf)
        elif self.stage != ACCEPTANCE or self.entry["level"] == "leader":
            self._signed(params, self.actor)
        elif json.loads(self.entry["result"])["draft"]:
            self._drafted(params)
        else:
            self._say(f"a {self.entry['level']} signed at the acceptance")
            self._signed(params, self.actor)

    def _signed(self, params: Row, department: str, becomes: str = "replaced") -> None:
        """The department's answer in the place of its last; ``becomes`` is what a waiting draft becomes."""
        row = self._next("sign_offs")
        judged = {j["facility"]: [j["built_in_place"], j["meets_standard"]] for j in params.get("judgements", ())}
        expected = {
            "stage": self.stage, "visit": self.visit, "round": self.round, "department": department,
            "number": len(self.sign_offs) + 1, "verdict": params["verdict"], "judgements": canonical(judged),
            "signed_by": self.entry["actor"], "level": self.entry["level"], "happened_on": self.entry["happened_on"],
        }  # fmt: skip
        self._equal("the sign-off", {k: row[k] for k in expected}, expected)
        waiting = self.draft(department)
        if waiting and not params.get("on_behalf_of"):
            waiting["status"] = becomes
        self._end(department, "replaced")
        self.sign_offs.append({**row, "status": "standing", "judged": judged, "letter": None})
        for text in self._seen_wrongly(self.sign_offs[-1]):
            self._say(text)
        for asks in params.get("conditions", ()):
            self._condition(asks, department)

    def _condition(self, asks: Row, department: str) -> None:
        condition = self._next("conditions")
        wanted = {**asks, "department": department, "stage": self.stage, "visit": self.visit, "round": self.round}
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

    def standing(self, department: str) -> Row | None:
        """The last sign-off of a department in this visit, if nothing has ended it."""
        given = [s for s in self.sign_offs if s["department"] == department and self._is_here(s)]
        return given[-1] if given and given[-1]["status"] == "standing" else None

    def _condition_discharge(self, params: Row) -> None:
        condition = self.conditions[params["condition"] - 1]
        self._equal("who discharged it", self.actor, condition["department"])
        self._equal("the condition", condition["status"], "open")
        condition["status"] = "discharged"

    # -- letters

    def _letter(self, params: Row, department: str) -> None:
        """A stamped letter that the lead recorded: the department's answer until it contests it."""
        given, letter, today = self.standing(department), params["letter"], self.entry["recorded_at"][:10]
        if self.actor not in self.leading() or self.actor == department:
            self._say(f"{self.actor} recorded a letter of {department}")
        if given and not given["letter"]:
            self._say(f"a letter was recorded over the answer of {department} itself")
        if any((p["department"], p["letter"]) == (department, letter) and p["contested_on"] for p in self.letters):
            self._say(f"letter {letter} of {department} had been contested")
        if self.rounds and not self.rounds[-1]["opened_on"] <= params["letter_on"] <= today:
            self._say(f"letter {letter} is of {params['letter_on']}")
        self._signed(params, department)
        row = self._next("paper_replies")
        expected = {
            "number": len(self.letters) + 1, "sign_off": len(self.sign_offs), "department": department,
            "letter": letter, "letter_on": params["letter_on"], "file": params["file"]["sha256"],
            "filename": params["file"]["name"], "recorded_on": today,
            "recorded_by": f"{self.entry['actor']}@{self.actor}",
        }  # fmt: skip
        self._equal("the letter", {k: row[k] for k in expected}, expected)
        self.letters.append({**row, "contested_on": None})
        self.sign_offs[-1]["letter"] = self.letters[-1]

    def _contest(self, params: Row) -> None:
        lettered = [s for s in self.sign_offs if s["department"] == self.actor and s.get("letter")]
        given = lettered[-1] if lettered else None
        if given is None or given["status"] != "standing":
            self._say(f"no letter stands for {self.actor}")
            return
        last = working_days.later(given["letter"]["recorded_on"], CONTEST_DAYS)
        if self.entry["recorded_at"][:10] > last:
            self._say(f"{self.actor} contested after {last}")
        given["letter"]["contested_on"] = self.entry["happened_on"]
        if self.standing(self.actor) is given:
            self._end(self.actor, "contested")
        given["status"] = "contested"

    # -- drafts

    def draft(self, department: str) -> Row | None:
        """The draft that waits for the department's leader, in this round."""
        here = (department, self.round, "waiting")
        found = [d for d in self.drafts if self._is_here(d) and (d["department"], d["round"], d["status"]) == here]
        return found[-1] if found else None

    def _drafted(self, params: Row) -> None:
        row, before = self._next("drafts"), self.draft(self.actor)
        expected = {
            "number": len(self.drafts) + 1, "stage": self.stage, "visit": self.visit, "round": self.round,
            "department": self.actor, "drafted_by": self.entry["actor"], "happened_on": self.entry["happened_on"],
        }  # fmt: skip
        self._equal("the draft", {k: row[k] for k in expected}, expected)
        terms = without_empty(json.loads(row["terms"]))
        said = without_empty({"case": self.case["id"], **{k: v for k, v in params.items() if k != "happened_on"}})
        self._equal("what was drafted", terms, said)
        if before:
            before["status"] = "replaced"
        self.drafts.append({**row, "status": "waiting", "picture": self.remit(self.actor)})

    def _issue(self, params: Row) -> None:
        waiting = self.draft(self.actor)
        if not self.round_open:
            self._say(f"{self.actor} issued while no round was open")
        if waiting is None:
            self._say(f"no draft of {self.actor} was waiting")
            return
        if waiting["picture"] != self.remit(self.actor):
            self._say(f"the remit of {self.actor} had changed since it was drafted")
        if self.entry["happened_on"] < waiting["happened_on"]:
            self._say(f"{self.actor} issued before it was drafted")
        self._signed(without_empty(json.loads(waiting["terms"])), self.actor, "issued")
        self._equal("what the leader saw", self.sign_offs[-1]["remit"], waiting["remit"])

    # -- how an answer stands

    def _seen_wrongly(self, given: Row) -> Iterator[str]:
        """Whether a sign-off stands for what stands now."""
        department = given["department"]
        body = self.stored.bodies.get(given["remit"])
        if body is None or sha256(body) != given["remit"]:
            yield f"nobody can tell what {department} saw"
            return
        if given["scheme"] not in (1, 2):
            yield f"{department} signed under the unknown scheme {given['scheme']}"
            return
        seen, remit = json.loads(body), self.remit(department)
        if set(seen.get("requirements", {})) != set(remit["requirements"]):
            yield f"{department} saw the facilities {sorted(seen.get('requirements', {}))}"
        for path, then, now in lacking(remit, seen):
            yield f"{department} saw {path} = {then!r}, but it is {now!r}"

    def not_agreed(self, department: str, day: str) -> Iterator[str]:
        """What a department has against going on, unless a decision lifts it."""
        code, texts = self._answer_of(department)
        if texts and not self.lifted(code, department, day):
            yield from texts
        given = self.standing(department)
        # Judged where a case really moves on: what time alone settles is no entry of the journal.
        letter = given.get("letter") if given and day != NEVER else None
        if letter and self.entry["recorded_at"][:10] <= working_days.later(letter["recorded_on"], CONTEST_DAYS):
            yield f"{department} may still contest letter {letter['letter']}"
        if given and given["happened_on"] > day:
            yield f"{department} signed on {given['happened_on']}, after the case had left on {day}"

    def _answer_of(self, department: str) -> tuple[str, list[str]]:
        """What a department's answer is as an obstacle, and in words; no words where it is none."""
        given = self.standing(department)
        if given is None:
            return MISSING, [f"{department} has not signed"]
        if given["verdict"] == "object":
            return OBJECTION, [f"{department} answered object"]
        if stale := list(self._seen_wrongly(given)):
            return STALE, stale
        return "sign_off_invalid", list(self._badly_formed(given))

    def _badly_formed(self, given: Row) -> Iterator[str]:
        department, own = given["department"], self.own(given["department"])
        involved = own or department in (NR, HOUSING, LEAD.get(self.stage))
        if given["verdict"] not in ("agree", "agree_with_conditions", *(() if involved else ("not_involved",))):
            yield f"{department} answered {given['verdict']}"
        if self.stage == ACCEPTANCE and given["verdict"] != "not_involved":
            for facility in own:
                if given["judged"].get(facility) != [True, True] or json.loads(given["judgements"]) != given["judged"]:
                    yield f"{department} judged {facility} as {given['judged'].get(facility)}"

    # -- decisions

    def _decide(self, params: Row) -> None:
        row, lifts = self._next("exceptions"), params["obstacle"]
        code, _, subject = lifts.partition(":")
        kind = kind_of_decision(code, self.stage)
        expected = {
            "number": len(self.exceptions) + 1, "lifts": lifts, "stage": self.stage, "visit": self.visit,
            "round": self.round, "body": self.actor, "level": self.entry["level"], "document": params["document"],
            "reason": params["reason"], "decided_by": self.entry["actor"],
        }  # fmt: skip
        self._equal("the decision", {k: row[k] for k in expected}, expected)
        if kind is None:
            self._say(f"nothing lifts {lifts} here")
        else:
            self._equal("the kind of decision", row["kind"], kind)
            self._decidable(kind, code, subject)
        self.exceptions.append({**row, "picture": self._picture(code, subject)})

    def _decidable(self, kind: str, code: str, subject: str) -> None:
        rule = DECISIONS[kind]
        if self.actor != rule.body:
            self._say(f"{self.actor} decided what {rule.body} decides")
        if not self._in_the_way(code, subject):
            self._say(f"{code}:{subject} was not in the way")
        given = self.standing(subject)
        if given and given["happened_on"] > self.entry["happened_on"]:
            self._say(f"{self.actor} decided before {subject} had answered")
        if rule.days and (not self.round_open or self.entry["happened_on"] < self._silent_from(rule.days)):
            self._say(f"{subject} was not silent yet")

    def _silent_from(self, days: int) -> str:
        return days_later(self.rounds[-1]["opened_on"], days)

    def _in_the_way(self, code: str, subject: str) -> bool:
        if self.lifted(code, subject, self.entry["happened_on"]):
            return False
        if code == BELOW:
            return subject in self.owed() and bool(self.below(subject))
        now, texts = self._answer_of(subject)
        return subject in self.required() and code == now and bool(texts)

    def lifted(self, code: str, subject: str, day: str) -> bool:
        """Whether a decision of this visit reaches an obstacle: this one, and exactly as it stood."""
        if kind_of_decision(code, self.stage) is None:
            return False
        named = [e for e in self.exceptions if e["lifts"] == f"{code}:{subject}" and self._is_here(e)]
        now = self._picture(code, subject)
        return any(e["picture"] == now and e["happened_on"] <= day for e in named)

    def _picture(self, code: str, subject: str) -> Any:
        """Everything that stands behind an obstacle; who spoke and took it back is not as silent as who never spoke."""
        if code in ANSWERS:
            said = [
                (s["number"], s["status"]) for s in self.sign_offs if s["department"] == subject and self._is_here(s)
            ]
            return [self.round, said[-1:], self.remit(subject)]
        return code == BELOW and subject in self.owed() and [self._terms(subject), self.households, self.below(subject)]
