"""What the case looks like after an action: the second half of the pure core.

``after(case, action, stamp, rules)`` supposes that the identifiers are normal and the policies have
agreed; it decides nothing. The shell writes whatever differs between the case before and after. The modules
mirror ``states/actions``.
"""

from __future__ import annotations

from states.actions.base import Action
from states.effects import acceptance, changes, exceptions, limits, opinions  # noqa: F401 - they register their effects
from states.effects.base import Stamp, effect
from states.effects.cases import opened
from states.effects.lifecycle import take
from states.facts import Case
from states.project import edge_for
from states.rules import Rules

__all__ = ["Stamp", "after", "opened"]


def after(case: Case, action: Action, stamp: Stamp, rules: Rules) -> Case:
    """The case once ``action`` is done: its own effect, then the edge it takes, if it takes one."""
    changed = effect(action, case, stamp, rules)
    edge = edge_for(case.stage, action.name)
    return changed if edge is None else take(edge, changed, action, stamp)
