"""The written rectification opinion and the developer's answer to it."""

from __future__ import annotations

from dataclasses import replace

from states.actions import acceptance
from states.effects.base import Stamp, effect
from states.facts import Case, RectificationItem
from states.rules import Rules


@effect.register
def _(action: acceptance.OrderRectification, case: Case, stamp: Stamp, rules: Rules) -> Case:
    items = tuple(
        RectificationItem(
            action.reference, len(case.items) + n, case.visit, case.round, terms.facility,
            terms.department, terms.fact, terms.basis, terms.requirement, terms.deadline.isoformat(),
            stamp.happened_on,
        )
        for n, terms in enumerate(action.items, 1)
    )  # fmt: skip
    return replace(case, items=case.items + items)


@effect.register
def _(action: acceptance.ReportRectification, case: Case, stamp: Stamp, rules: Rules) -> Case:
    answers = {a.item: a.answer for a in action.answers}
    items = tuple(
        replace(i, answer=answers[i.item], answered_on=stamp.happened_on) if i.item in answers else i
        for i in case.items
    )
    return replace(case, items=items)
