"""Drafts: where only a leader signs, what a clerk signs waits for the leader."""

from __future__ import annotations

import json

from states.actions.opinions import Sign
from states.facts import Actor, Case, Draft
from states.rules import Rules


def only_drafts(action: Sign, actor: Actor, case: Case, rules: Rules) -> bool:
    """Whether this sign-off is a draft. A recorded letter is none: its stamp is the leader's word."""
    return action.on_behalf_of is None and rules.stages[case.stage].signing_level == "leader" != actor.level


def drafted_sign(draft: Draft) -> Sign:
    """The sign-off that a draft prepares. Raises ValueError for a damaged one: callers fail closed."""
    return Sign.model_validate(json.loads(draft.terms))
