"""What a decision that lifts an obstacle reaches: that obstacle, exactly as it stood.

Which obstacles can be lifted at all is law: an answer that is missing, outdated or against, and a scale
below the standard, in the stages before the acceptance. Nothing lifts the acceptance of a facility that is not
built as required.
"""

from __future__ import annotations

from dataclasses import asdict

from states import remit
from states.comparison import standards_in_force
from states.facts import REQUIRED, Case, ExceptionDecision
from states.project import Stage
from states.rules import Rules

#: Answers of departments; the subject of such an obstacle is the department.
ANSWERS = frozenset({"sign_off_missing", "sign_off_stale", "objection"})
#: Every obstacle that a configuration may let a body lift, and the stages in which it may.
LIFTABLE = ANSWERS | {"below_standard"}
STAGES = (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PERMIT, Stage.PRESALE)


def kind_lifting(code: str, stage: str, rules: Rules) -> str | None:
    """The kind of decision that lifts an obstacle in a stage; None where nothing does."""
    if code not in LIFTABLE or stage not in STAGES:
        return None
    return next((kind for kind, rule in rules.exceptions.items() if code in rule.lifts and stage in rule.stages), None)


def in_this_visit(case: Case) -> tuple[ExceptionDecision, ...]:
    """The decisions that can still lift something: those of the present visit."""
    return tuple(e for e in case.exceptions if (e.stage, e.visit) == (case.stage, case.visit))


def seen(case: Case, key: str, rules: Rules, day: str) -> str:
    """The digest of what stands behind an obstacle on a day; when it changes, an earlier decision reaches it no more.

    Raises for an obstacle that nothing can lift: callers fail closed.
    """
    code, _, subject = key.partition(":")
    if code in ANSWERS:
        given = case.sign_off(subject)
        facts: object = [case.round, given and given.number, remit.snapshot(case, subject, rules)]
    else:
        requirement = asdict(case.requirement(subject))
        in_force = standards_in_force(case, case.facility(subject), rules, day)
        asked = [(standard.measure, standard.minimum(case.households)) for standard in in_force]
        facts = [{name: requirement[name] for name in REQUIRED}, case.households, case.configuration, asked]
    return remit.digest(remit.canonical([key, facts]))
