"""An extension is recorded here; what it does to the due day is computed in ``policies/limits``."""

from __future__ import annotations

from dataclasses import replace

from states.actions.limits import ExtendLimit
from states.effects.base import Stamp, effect
from states.facts import Case, Extension
from states.rules import Rules


@effect.register
def _(action: ExtendLimit, case: Case, stamp: Stamp, rules: Rules) -> Case:
    extension = Extension(
        number=len(case.extensions) + 1,
        limit=action.limit,
        concern=action.concern or "",
        by=action.by,
        reason=action.reason,
        document=action.document,
        body=stamp.actor.organisation,
        level=stamp.actor.level,
        approved_by=stamp.actor.signature,
        happened_on=stamp.happened_on,
        recorded_at=stamp.recorded_at,
    )
    return replace(case, extensions=(*case.extensions, extension))
