"""Which periods of a case a limit measures: from when, until when, and whose they are.

The configuration names for each limit one of the clocks below (``clock:``) and its length; what starts and
ends a clock is law and stands here. Days are ISO text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from policies.limits.asked import in_round, waited
from policies.signing import Answer, answer_of
from states.facts import GOVERNMENT, Case, Condition, Facility, Round, SignOff, Visit, last
from states.participants import leads, required
from states.project import TERMINAL, Stage
from states.rules import COMPETENT, Clock, Limit, Rules

#: The party that is no organisation of ours: what it owes is asked of the lead.
DEVELOPER = "developer"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of a case that is limited.

    ``concern`` is the department, facility, item or condition it is about (empty: the stage itself);
    ``ended_on`` is None while it runs. ``fixed_on``: a due day that a document sets; ``days``: a length in
    calendar days that the requirement itself sets.
    """

    stage: str
    visit: int
    round: int
    concern: str
    party: str
    started_on: str
    ended_on: str | None = None
    fixed_on: str | None = None
    days: int | None = None


def periods(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """Every period of the case that the limit measures, ended ones included, oldest first."""
    if limit.clock:
        yield from _CLOCKS[limit.clock](case, limit, rules)


# -- rounds and visits ---------------------------------------------------------------------------------


def _answers(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """Each department asked: from the circulation until it has answered, again when its answer goes stale."""
    for asked in _rounds(case, limit.stage):
        for department in required(case, rules, limit.stage):
            yield from _answer(case, asked, department, rules)


def _reinspections(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """The rounds that a report opened: those whose items were reported look again."""
    for asked in _rounds(case, limit.stage):
        ordered = {i.department for i in case.items if i.visit == asked.visit and i.round < asked.round}
        for department in required(case, rules, limit.stage):
            if department in ordered:
                yield from _answer(case, asked, department, rules)


def _answer(case: Case, asked: Round, department: str, rules: Rules) -> Iterator[Period]:
    if found := waited(case, asked, department, rules):
        yield Period(asked.stage, asked.visit, asked.round, department, department, *found)


def _round(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From each circulation until that round closes: the lead's."""
    for asked in _rounds(case, limit.stage):
        yield Period(
            asked.stage, asked.visit, asked.round, "", _lead(case, limit, rules), asked.opened_on, asked.closed_on
        )


def _visit(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From entering the stage until it is left: the lead's."""
    for visit in _visits(case, limit.stage):
        yield Period(visit.stage, visit.visit, 0, "", _lead(case, limit, rules), visit.entered_on, visit.left_on)


def _rework(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From each return until the next circulation, or until the stage is left."""
    rounds = list(_rounds(case, limit.stage))
    for closed in rounds:
        if closed.closed_by is None or not closed.closed_by.startswith("return_") or closed.closed_on is None:
            continue
        again = next((r.opened_on for r in rounds if (r.visit, r.round) == (closed.visit, closed.round + 1)), None)
        left = next(v.left_on for v in _visits(case, limit.stage) if v.visit == closed.visit)
        party = _party(case, limit, rules)
        yield Period(closed.stage, closed.visit, closed.round, "", party, closed.closed_on, again or left)


def _conclusion(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From the day the last department agreed until the papers are issued, or the stage is left."""
    asked = required(case, rules, limit.stage)
    for visit in _visits(case, limit.stage):
        here = (visit.stage, visit.visit, "standing")
        given = [s for s in case.sign_offs if (s.stage, s.visit, s.status) == here and s.department in asked]
        present = visit is case.visits[-1]
        if not given or (present and not _all_agreed(case, rules)) or (not present and not visit.left_on):
            continue
        opened = max((r.opened_on for r in _rounds(case, limit.stage) if r.visit == visit.visit), default="")
        agreed, papers = max(opened, *(s.happened_on for s in given)), _filed(case, limit.until, visit)
        ended = min(filter(None, (papers, visit.left_on)), default=None)
        if ended is None or ended >= agreed:
            yield Period(visit.stage, visit.visit, 0, "", _lead(case, limit, rules), agreed, ended)


def _all_agreed(case: Case, rules: Rules) -> bool:
    asked = required(case, rules)
    return case.round_is_open and bool(asked) and all(answer_of(case, d, rules) is Answer.STANDS for d in asked)


# -- papers and works ----------------------------------------------------------------------------------


def _papers(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From one paper to another: ``after`` and ``until`` name the kinds."""
    first = last(d for d in case.documents if d.kind in limit.after and d.voided is None)
    if first is None:
        return
    second = min((d.issued_on for d in case.documents if d.kind in limit.until and d.voided is None), default=None)
    ended = max(second, first.issued_on) if second else None
    yield Period(limit.stage, 0, 0, "", _party(case, limit, rules), first.issued_on, ended)


def _works(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From the permit until works are first reported."""
    for paper in _papers(case, limit, rules):
        begun = min((e.happened_on for e in case.evidence if e.kind == "progress"), default=None)
        ended = min(filter(None, (begun, _built_until(case, limit.stage))), default=None)
        yield Period(
            limit.stage, paper.visit, 0, "", paper.party, paper.started_on, ended and max(ended, paper.started_on)
        )


def _inspections(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From the beginning of construction, and from each inspection, to the next."""
    visits = list(_visits(case, limit.stage))
    if not visits:
        return
    begun, over = visits[0].entered_on, _built_until(case, limit.stage)
    papers = (d.issued_on for d in case.documents if d.kind in limit.until and d.voided is None)
    seen = sorted({begun, *(day for day in papers if begun <= day <= (over or day))})
    ends: list[str | None] = [*seen[1:], over]
    for number, (started, ended) in enumerate(zip(seen, ends, strict=True), 1):
        yield Period(limit.stage, 0, 0, f"{number}", _lead(case, limit, rules), started, ended)


def _built_until(case: Case, stage: str) -> str | None:
    """When the construction was left for good; it goes on while a presale is asked for."""
    return next((v.left_on for v in _visits(case, stage) if v.left_by != "request_presale"), None)


# -- acceptance ----------------------------------------------------------------------------------------


def _opinion(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """From the first objection of a round until it is closed with the written rectification opinion."""
    for asked in _rounds(case, limit.stage):
        objections = [s.happened_on for s in case.sign_offs if in_round(s, asked) and _objects(s, asked)]
        if objections:
            started = min(objections)
            yield Period(
                asked.stage, asked.visit, asked.round, "", _lead(case, limit, rules), started, asked.closed_on
            )  # fmt: skip


def _objects(given: SignOff, asked: Round) -> bool:
    return given.verdict == "object" and (given.status == "standing" or asked.closed_on is not None)


def _rectification(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """Each item of a written rectification opinion: until the day that the opinion itself sets."""
    for item in case.items:
        visit = next(v for v in _visits(case, Stage.ACCEPTANCE) if v.visit == item.visit)
        yield Period(
            Stage.ACCEPTANCE, item.visit, item.round, f"{item.item}", DEVELOPER, item.issued_on,
            item.answered_on or visit.left_on, item.deadline,
        )  # fmt: skip


def _conditions(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """Each condition of an agreement: until the day that the department set."""
    for asked in case.conditions:
        here = (asked.stage, asked.visit, asked.round, asked.department)
        given = (s.happened_on for s in case.sign_offs if (s.stage, s.visit, s.round, s.department) == here)
        over = case.visits[-1].entered_on if case.stage in TERMINAL else None
        yield Period(
            asked.stage, asked.visit, asked.round, f"{asked.number}", _responsible(asked, rules),
            max(given, default=case.opened_on), asked.ended_on or over, asked.due_on,
        )  # fmt: skip


def _responsible(asked: Condition, rules: Rules) -> str:
    """The organisation that a condition names, by its id or any name it bears; the developer otherwise."""
    for name, body in rules.organisations.items():
        names = (name, body.name.zh, body.name.en, *(n for r in body.renamed for n in (r.zh, r.en)))
        if asked.responsible in names:
            return name
    return DEVELOPER


# -- handover ------------------------------------------------------------------------------------------


def _handover(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """Each government-owned facility: from the certificate until it is handed over."""
    certificate = case.document("comprehensive_acceptance_certificate")
    if certificate is None:
        return
    for facility in _of_government(case):
        days = case.requirement(facility.facility).handover_days
        ended = _recorded(case, facility, "hand_over")
        yield from _of_facility(case, limit, rules, facility, certificate.issued_on, ended, days)


def _registration(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """Each facility handed over: from then until its title, or its exemption, is recorded."""
    for facility in _of_government(case):
        if handed := _recorded(case, facility, "hand_over"):
            yield from _of_facility(case, limit, rules, facility, handed, _recorded(case, facility, "title"))


def _use(case: Case, limit: Limit, rules: Rules) -> Iterator[Period]:
    """Each facility with a title: from then until it is in the asset register and its user is known."""
    for facility in _of_government(case):
        if title := _recorded(case, facility, "title"):
            yield from _of_facility(case, limit, rules, facility, title, _recorded(case, facility, "asset_entry"))


def _of_government(case: Case) -> tuple[Facility, ...]:
    return tuple(f for f in case.owed() if case.requirement(f.facility).ownership == GOVERNMENT)


def _recorded(case: Case, facility: Facility, kind: str) -> str | None:
    found = case.latest(facility.facility, kind)
    return found.happened_on if found else None


def _of_facility(
    case: Case, limit: Limit, rules: Rules, facility: Facility, started: str, ended: str | None, days: int | None = None
) -> Iterator[Period]:
    """Until it ends, or the stage is left: a certificate that is revoked takes everything after it along."""
    if visit := last(_visits(case, limit.stage)):
        party = rules.competent(facility) or rules.roles.leading_group_office
        ended = ended or visit.left_on
        over = ended and max(ended, started)
        yield Period(limit.stage, visit.visit, 0, facility.facility, party, started, over, days=days)


# -- parts ---------------------------------------------------------------------------------------------


def _visits(case: Case, stage: str) -> Iterable[Visit]:
    return (v for v in case.visits if v.stage == stage)


def _rounds(case: Case, stage: str) -> Iterable[Round]:
    return (r for r in case.rounds if r.stage == stage)


def _filed(case: Case, kinds: tuple[str, ...], visit: Visit) -> str | None:
    papers = (d for d in case.documents if d.kind in kinds and (d.stage, d.visit) == (visit.stage, visit.visit))
    return min((d.issued_on for d in papers), default=None)


def _lead(case: Case, limit: Limit, rules: Rules) -> str:
    if case.stage == limit.stage:
        return leads(case, rules)[0]
    lead = rules.stages[limit.stage].lead
    return rules.leads[0] if lead == COMPETENT else lead


def _party(case: Case, limit: Limit, rules: Rules) -> str:
    return DEVELOPER if limit.who == DEVELOPER else _lead(case, limit, rules)


_CLOCKS: dict[Clock, Callable[[Case, Limit, Rules], Iterator[Period]]] = {
    "answers": _answers,
    "round": _round,
    "visit": _visit,
    "rework": _rework,
    "conclusion": _conclusion,
    "papers": _papers,
    "works": _works,
    "inspections": _inspections,
    "opinion": _opinion,
    "rectification": _rectification,
    "reinspections": _reinspections,
    "conditions": _conditions,
    "handover": _handover,
    "registration": _registration,
    "use": _use,
}
