"""Delegations: who takes an absent leader's place, and signs "X 代 Y"."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from commands.frame import NUMBER, Own, Settings, needs
from commands.output import present
from views.language import _


def _add(shared: Settings, **given: Any) -> None:
    from views.delegations import delegations_page
    from views.naming import Meanings
    from workflow import administration, queries

    office = shared.office()
    rules = queries.current_rules(office)
    fields = Meanings(rules).of({name: value for name, value in given.items() if value is not None})
    line = administration.delegate(office, shared.token, fields)
    present(shared, line, rules, partial(delegations_page, [line]))


def _list(shared: Settings) -> None:
    from views.delegations import delegations_page
    from workflow import queries

    office = shared.office()
    found = queries.delegation_lines(office)
    present(shared, found, queries.current_rules(office), partial(delegations_page, found))


def _end(shared: Settings, number: int) -> None:
    from views.delegations import delegations_page
    from workflow import administration, queries

    office = shared.office()
    line = administration.end_delegation(office, shared.token, number)
    present(shared, line, queries.current_rules(office), partial(delegations_page, [line]))


def _terms() -> list[click.Parameter]:
    """The options, as the terms of a delegation have them."""
    from states.actions.delegations import DelegationTerms

    flags = {"from_on": "--from", "to_on": "--to", "stages": "--stage"}
    return [
        click.Option(
            [flags.get(name, f"--{name}"), name], metavar=_("TEXT"), required=field.is_required(),
            multiple=name == "stages", help=_(field.description or ""),
        )
        for name, field in DelegationTerms.model_fields.items()
    ]  # fmt: skip


OWN: Own = {
    "delegation add": (_add, _terms),
    "delegation list": (_list, needs()),
    "delegation end": (_end, needs(NUMBER)),
}
