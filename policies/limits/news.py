"""What an action brings to people who did not do it themselves: new work, and what became of theirs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policies.signing import Answer, answer_of
from states.facts import Case
from states.participants import leads, own_facilities, required
from states.project import TERMINAL, Stage
from states.rules import Rules

Kind = Literal[
    "stage_entered", "circulated", "returned", "objection", "stale", "ordered", "reported", "certified", "revoked",
    "letter_recorded", "change_proposed", "condition_set", "suspended", "resumed", "ended",
    "limits_moved",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened, and the organisations it concerns; ``concern`` is a department or a number."""

    kind: Kind
    to: tuple[str, ...]
    concern: str = ""


def news(before: Case | None, after: Case, rules: Rules) -> tuple[News, ...]:
    """What an action told by the case before and after it; what concerns nobody is no news."""
    return tuple(item for item in _news(before, after, rules) if item.to)


def _news(before: Case | None, after: Case, rules: Rules) -> Iterator[News]:
    if before is None or (before.stage, before.visit) != (after.stage, after.visit):
        yield _entered(before, after, rules)
    elif before.rounds is not after.rounds:
        yield from _of_round(before, after, rules)
    if before is None:
        return
    if len(after.suspensions) > len(before.suspensions):
        yield News("suspended", _involved(after, rules))
    elif before.suspension and not after.suspension:
        yield News("resumed", _involved(after, rules))
    if (before.stage, before.visit) == (after.stage, after.visit):
        yield from _of_answers(before, after, rules)
    for change in after.changes[len(before.changes) :]:
        yield News("change_proposed", _involved(after, rules), f"{change.number}")


def _entered(before: Case | None, after: Case, rules: Rules) -> News:
    if after.stage in TERMINAL:
        return News("ended", _involved(before or after, rules) if before else ())
    if before and (before.stage, after.stage) == (Stage.ACCEPTANCE, Stage.HANDOVER):
        return News("certified", _involved(after, rules))
    if before and (before.stage, after.stage) == (Stage.HANDOVER, Stage.ACCEPTANCE):
        return News("revoked", _involved(after, rules))
    return News("stage_entered", leads(after, rules))


def _of_round(before: Case, after: Case, rules: Rules) -> Iterator[News]:
    last = after.rounds[-1]
    if len(after.items) > len(before.items):
        yield News("ordered", _involved(after, rules))
    elif last.closed_on is not None:
        yield News("returned", _involved(after, rules))
    else:
        kind: Kind = "reported" if before.awaits_report else "circulated"
        yield News(kind, required(after, rules), f"{last.round}")


def _of_answers(before: Case, after: Case, rules: Rules) -> Iterator[News]:
    for given in after.sign_offs[len(before.sign_offs) :]:
        if given.verdict == "object":
            yield News("objection", leads(after, rules), given.department)
    for reply in after.paper_replies[len(before.paper_replies) :]:
        yield News("letter_recorded", (reply.department,), reply.department)
    for condition in after.conditions[len(before.conditions) :]:
        yield News("condition_set", leads(after, rules), f"{condition.number}")
    if _same_remits(before, after):
        return
    for department in required(after, rules):
        if _stale(after, department, rules) and not _stale(before, department, rules):
            yield News("stale", (department,), department)


#: What a remit is made of: where all of it is the same no answer can have gone stale.
_REMIT = (
    "facilities",
    "requirements",
    "evidence",
    "decisions",
    "documents",
    "exceptions",
    "changes",
    "items",
    "households",
    "visits",
)


def _same_remits(before: Case, after: Case) -> bool:
    return all(getattr(before, name) == getattr(after, name) for name in _REMIT)


def _stale(case: Case, department: str, rules: Rules) -> bool:
    return answer_of(case, department, rules) is Answer.STALE


def _involved(case: Case, rules: Rules) -> tuple[str, ...]:
    """The leads, whoever is asked, and every department with a facility."""
    owners = (d for d in rules.organisations if own_facilities(case, d, rules))
    asked = () if case.stage in TERMINAL else (*leads(case, rules), *required(case, rules))
    return tuple(dict.fromkeys((*asked, *owners)))
