"""What a decision that lifts an obstacle reaches: that obstacle, exactly as it stood.

Which obstacles can be lifted at all is law: an answer that is missing, outdated or against, and a scale
below the standard, in the stages before the acceptance. Nothing lifts the acceptance of a facility that is not
built as required.
"""

from __future__ import annotations

from dataclasses import asdict

from states import remit
from states.comparison import standards_in_force
from states.errors import code_and_subject
from states.facts import REQUIRED, Case, ExceptionDecision, SignOff, last
from states.project import Stage
from states.rules import Rules

#: Answers of departments; the subject of such an obstacle is the department.
ANSWERS = frozenset({"sign_off_missing", "sign_off_stale", "objection"})
_REVIEWS = (Stage.PLANNING, Stage.LAND_SUPPLY)
_SILENCE = (*_REVIEWS, Stage.AGREEMENT, Stage.PRESALE)
#: Every obstacle that a configuration may let a body lift, with the stages in which it may: the notice only says
#: of the presale that the departments are consulted (征求意见), so only there an objection can be overruled.
LIFTABLE: dict[str, tuple[Stage, ...]] = {
    "sign_off_missing": _SILENCE,
    "sign_off_stale": _SILENCE,
    "objection": (Stage.PRESALE,),
    "below_standard": _REVIEWS,
}


def kind_lifting(code: str, stage: str, rules: Rules) -> str | None:
    """The kind of decision that lifts an obstacle in a stage; None where nothing does."""
    if stage not in LIFTABLE.get(code, ()):
        return None
    return next((kind for kind, rule in rules.exceptions.items() if code in rule.lifts and stage in rule.stages), None)


def in_this_visit(case: Case) -> tuple[ExceptionDecision, ...]:
    """The decisions that can still lift something: those of the present visit."""
    return tuple(e for e in case.exceptions if (e.stage, e.visit) == (case.stage, case.visit))


def last_answer(case: Case, department: str) -> SignOff | None:
    """What a department last said in this visit, whatever became of it."""
    here = (case.stage, case.visit, department)
    return last(s for s in case.sign_offs if (s.stage, s.visit, s.department) == here)


def seen(case: Case, key: str, rules: Rules, day: str) -> str:
    """The digest of what stands behind an obstacle on a day; when it changes, an earlier decision reaches it no more.

    Raises for an obstacle that nothing can lift: callers fail closed.
    """
    code, subject = code_and_subject(key)
    if code in ANSWERS:
        given = last_answer(case, subject)
        facts: object = [case.round, given and (given.number, given.status), remit.snapshot(case, subject, rules)]
    else:
        requirement = asdict(case.requirement(subject))
        in_force = standards_in_force(case, case.facility(subject), rules, day)
        asked = [(standard.measure, standard.minimum(case.households)) for standard in in_force]
        facts = [{name: requirement[name] for name in REQUIRED}, case.households, case.configuration, asked]
    return remit.digest(remit.canonical([key, facts]))
