"""Who takes an absent leader's place: by document, from one day to another, in all stages or some."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from states.actions.delegations import DelegationTerms
from states.errors import Invalid, NotAllowed, unknown
from states.facts import Actor
from states.project import Stage
from workflow import accounts
from workflow.results import AccountLine, DelegationLine
from workflow.tables import Delegation
from workflow.transaction import Transaction

_TABLE: Any = Delegation.__table__  # type: ignore[attr-defined]
_COLUMNS = tuple(c.name for c in _TABLE.columns if c.name != "district")
_DISTRICT = _TABLE.c.district == bindparam("of_district")
_ALL = select(*(_TABLE.c[name] for name in _COLUMNS)).where(_DISTRICT).order_by(_TABLE.c.number)
_ADD = insert(_TABLE)
_END = update(_TABLE).where(_DISTRICT, _TABLE.c.number == bindparam("of_number")).values(ended_on=bindparam("ended_on"))


def acting(tx: Transaction, district: str, actor: Actor, stage: str, today: str) -> Actor:
    """The account as it acts in a stage today: at the level of the absent leader whose place it takes."""
    if actor.level != "clerk":
        return actor
    for line in listed(tx, district):
        mine = (line.organisation, line.deputy) == (actor.organisation, actor.name)
        if mine and line.runs(today, stage) and _still_there(tx, district, line.absent):
            return replace(actor, level="leader", deputy_for=line.absent)
    return actor


def _still_there(tx: Transaction, district: str, leader: str) -> bool:
    """A leader whose account was closed is not absent but gone, and nobody takes the place."""
    return any(line.account == leader and line.closed_at is None for line in accounts.listed(tx, district))


def listed(tx: Transaction, district: str) -> list[DelegationLine]:
    """Every delegation, the ended ones included."""
    return [_line(row) for row in tx.rows(_ALL, of_district=district)]


def _line(row: Sequence[Any]) -> DelegationLine:
    named = dict(zip(_COLUMNS, row, strict=True))
    return DelegationLine(**{**named, "stages": tuple(json.loads(named["stages"]))})


def add(tx: Transaction, district: str, by: Actor, terms: DelegationTerms, now: datetime) -> DelegationLine:
    """Record a delegation. Raises NotFound, NotAllowed or Invalid."""
    known = {line.account: line for line in accounts.listed(tx, district) if line.closed_at is None}
    for name in (terms.absent, terms.deputy):
        if name not in known:
            raise unknown("account", name, known)
    for stage in terms.stages:
        if stage not in list(Stage):
            raise unknown("stage", stage, list(Stage))
    _allowed(by, known[terms.absent])
    if twin := next((line for line in listed(tx, district) if _same(line, terms)), None):
        raise Invalid("delegation_exists", {"number": twin.number, "absent": terms.absent, "deputy": terms.deputy})
    if problem := next(_problems(terms, known, now.date()), None):
        raise Invalid("delegation_unfit", {"reason": problem, "absent": terms.absent, "deputy": terms.deputy})
    row = {
        **terms.model_dump(mode="json"),
        "number": len(listed(tx, district)) + 1,
        "organisation": known[terms.absent].organisation,
        "stages": json.dumps(list(terms.stages)),
        "recorded_at": now.isoformat(timespec="seconds"),
        "recorded_by": f"{by.name}@{by.organisation}",
        "ended_on": None,
    }
    tx.run(_ADD, [{"district": district, **row}])
    return _line([row[name] for name in _COLUMNS])


def _same(line: DelegationLine, terms: DelegationTerms) -> bool:
    """Whether a delegation that was not ended says the same: a repeated request is no second one."""
    said = {name: getattr(line, name) for name in DelegationTerms.model_fields}
    return line.ended_on is None and DelegationTerms.model_validate(said) == terms


def _problems(terms: DelegationTerms, known: Mapping[str, AccountLine], today: date) -> Iterator[str]:
    absent, deputy = known[terms.absent], known[terms.deputy]
    if absent.organisation != deputy.organisation:
        yield "other_organisation"
    if absent.level != "leader" or deputy.level != "clerk":
        yield "leader_to_clerk"
    if terms.to_on < terms.from_on or terms.to_on < today:
        yield "days_over"


def end(tx: Transaction, district: str, by: Actor, number: int, today: str) -> DelegationLine:
    """End a delegation from today on. Raises NotFound, NotAllowed."""
    running = {str(line.number): line for line in listed(tx, district) if line.ended_on is None}
    if str(number) not in running:
        raise unknown("delegation", str(number), running)
    line = running[str(number)]
    levels = {found.account: found for found in accounts.listed(tx, district)}
    _allowed(by, levels[line.absent])
    tx.run(_END, [{"of_district": district, "of_number": number, "ended_on": today}])
    return line.model_copy(update={"ended_on": today})


def _allowed(by: Actor, absent: AccountLine) -> None:
    """A leader of the organisation, or the administrator where no leader is there to do it."""
    of_the_house = by.level == "leader" and by.organisation == absent.organisation
    if not of_the_house and by.level != "admin":
        raise NotAllowed("leader_of_house_needed", {"account": by.name})
