"""Delegations: who takes an absent leader's place, and signs "X 代 Y"."""

from __future__ import annotations

from functools import partial

from service.base import Caller, Number, Request
from service.shown import Shown
from states.actions.delegations import DelegationTerms
from views.delegations import delegations_page
from workflow import administration, queries
from workflow.results import DelegationLine


class DelegationAdd(Request, DelegationTerms):
    """Let a clerk take an absent leader's place."""

    path = "delegation add"
    result = DelegationLine
    writes = True

    def answer(self, caller: Caller) -> Shown:
        line = administration.delegate(caller.office, caller.token, self.model_dump())
        return caller.show(line, caller.rules, partial(delegations_page, [line]))


class DelegationList(Request):
    """List the delegations."""

    path = "delegation list"
    result = list[DelegationLine]

    def answer(self, caller: Caller) -> Shown:
        found = queries.delegation_lines(caller.office)
        return caller.show(found, caller.rules, partial(delegations_page, found))


class DelegationEnd(Request):
    """End a delegation from today on."""

    path = "delegation end"
    result = DelegationLine
    arguments = ("number",)
    writes = True

    number: Number

    def answer(self, caller: Caller) -> Shown:
        line = administration.end_delegation(caller.office, caller.token, self.number)
        return caller.show(line, caller.rules, partial(delegations_page, [line]))
