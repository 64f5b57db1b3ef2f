"""What would stand in the way if …: a case is changed in the mind, by the same actions, and nothing is written.

A supposition is ``sign:health``, ``object:health``, ``measure:F3=180``, ``drawings:F3=180``, ``built:F3``,
``document:planning_conditions`` or ``discharge:2``; several are separated by commas. Each must be possible as the
action that it stands for, else what is in its way is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from policies.decide import decide
from states.effects import Stamp, after
from states.errors import Blocked, Invalid, unknown
from states.facts import Actor, Case
from states.identifiers import FORMATS
from states.participants import issuers, leads, own_facilities, required
from states.project import Stage
from states.rules import Rules
from workflow import intake

_FORM = re.compile(r"(?P<what>[a-z]+):(?P<subject>[A-Za-z0-9_.\-]+)(=(?P<value>[0-9.]+))?")
_SUPPOSED = "?"

#: What an action is given for a supposition: its name, who takes it, and its fields.
_Supposed = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _About:
    """What a supposition is about: the case as it is by then, and the subject and value that were typed."""

    case: Case
    rules: Rules
    subject: str
    value: str | None
    day: str

    @property
    def lead(self) -> str:
        return leads(self.case, self.rules)[0]


def suppose(case: Case, texts: Iterable[str], rules: Rules, now: datetime) -> Case:
    """The case as it would be. Raises Invalid, NotFound, or Blocked with what keeps a supposition from happening."""
    parsed = [_parsed(part.strip()) for text in texts for part in text.split(",") if part.strip()]
    # Answers last: they are given to what the other suppositions make of the case.
    for what, subject, value in sorted(parsed, key=lambda found: found[0] in _ANSWERS):
        about = _About(case, rules, subject, value, now.date().isoformat())
        case = _done(case, *_KINDS[what](about), rules, now)
    return case


def _parsed(text: str) -> tuple[str, str, str | None]:
    found = _FORM.fullmatch(text)
    if found is None or found["what"] not in _KINDS or (found["what"] in _SCALED) != (found["value"] is not None):
        raise Invalid("bad_supposition", {"value": text, "allowed": sorted(_KINDS)})
    return found["what"], found["subject"], found["value"]


def _done(case: Case, name: str, by: str, fields: dict[str, Any], rules: Rules, now: datetime) -> Case:
    actor = Actor(_SUPPOSED, by, "leader")
    if name == "sign" and not case.round_is_open:
        case = _done(case, "case circulate", leads(case, rules)[0], {}, rules, now)
    action = intake.build(name, {"case": case.id, **fields})
    action, _changed, _doubts = intake.checked(action, case, rules, now.date())
    stamp = Stamp.of(action, actor, now)
    decision = decide(case, action, actor, stamp.happened_on, rules, now.date().isoformat())
    if not decision.agreed:
        raise Blocked((*decision.refusals, *decision.obstacles))
    return after(case, action, stamp, rules)


def _signing(about: _About) -> _Supposed:
    return "sign", about.subject, {"verdict": "agree", "judgements": _judged(about, True)}


def _objecting(about: _About) -> _Supposed:
    said = dict.fromkeys(("reason", "basis", "requested_change"), _SUPPOSED)
    return "sign", about.subject, {"verdict": "object", "judgements": _judged(about, False), **said}


def _judged(about: _About, good: bool) -> list[dict[str, Any]]:
    """Both questions of the acceptance for every own facility of the department. Raises NotFound."""
    if about.subject not in about.rules.organisations:
        raise unknown("organisation", about.subject, required(about.case, about.rules))
    accepting = about.case.stage == Stage.ACCEPTANCE
    own = own_facilities(about.case, about.subject, about.rules) if accepting else ()
    return [{"facility": f.facility, "built_in_place": good, "meets_standard": good} for f in own]


def _measured(about: _About) -> _Supposed:
    return "facility measure", about.lead, _placed(about)


def _drawn(about: _About) -> _Supposed:
    return "facility drawings", about.lead, _placed(about)


def _placed(about: _About) -> dict[str, Any]:
    """In the right place, of the scale supposed, and every other measure as required."""
    found, terms = about.case.facility(about.subject), about.case.requirement(about.subject)
    scales: dict[str, Any] = {
        "gfa": _metres(terms.gfa), "site": _metres(terms.site),
        "classes": terms.classes, "seats": terms.seats, "beds": terms.beds,
        about.rules.subtype(found).scale: about.value,
    }  # fmt: skip
    given = {_FIELDS.get(name, name): scale for name, scale in scales.items() if scale is not None}
    return {"facility": about.subject, "location_as_required": True, **given}


def _metres(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / 100


def _built(about: _About) -> _Supposed:
    return "facility progress", about.lead, {"facility": about.subject, "percent": 100, "built": True}


def _filed(about: _About) -> _Supposed:
    kinds = about.rules.documents
    if about.subject not in kinds:
        raise unknown("document", about.subject, kinds)
    kind = kinds[about.subject]
    by = (*issuers(about.case, about.rules, about.subject), about.lead)[0]
    number = FORMATS[kind.format].example if kind.format else _SUPPOSED
    file = {"file": {"name": _SUPPOSED, "content": b"?"}} if kind.file_required else {}
    return "document add", by, {"kind": about.subject, "reference": number, "issued_on": about.day, **file}


def _discharged(about: _About) -> _Supposed:
    known = {str(c.number): c for c in about.case.conditions}
    if about.subject not in known:
        raise unknown("condition", about.subject, known)
    fields = {"condition": int(about.subject), "note": _SUPPOSED}
    return "condition discharge", known[about.subject].department, fields


_FIELDS = {"gfa": "gfa_m2", "site": "site_m2"}
_ANSWERS = ("sign", "object")
_SCALED = ("measure", "drawings")
_KINDS: dict[str, Callable[[_About], _Supposed]] = {
    "sign": _signing,
    "object": _objecting,
    "measure": _measured,
    "drawings": _drawn,
    "built": _built,
    "document": _filed,
    "discharge": _discharged,
}
