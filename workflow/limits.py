"""The limits that run now, kept as rows beside the facts they are computed from.

A scan for what is due must not load cases (there may be a hundred thousand), so every action leaves behind the
limits of its case: which run, until when, and on which day the next reminder is due. They are computed anew each
time and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, or_, select, update

from policies.limits.deadlines import Deadline, running
from policies.limits.ladder import reminders
from states.facts import Case
from states.participants import leads
from states.project import TERMINAL
from states.rules import Rules
from workflow.results import Finding
from workflow.tables import RunningLimit
from workflow.transaction import Transaction

_TABLE: Any = RunningLimit.__table__  # type: ignore[attr-defined]
KEY = ("code", "stage", "visit", "round", "concern")
_KEPT = ("party", "lead", "started_on", "due_on", "provisional")
_OF = (_TABLE.c.district == bindparam("of_district"), _TABLE.c.subject == bindparam("of_subject"))
_SAME = (*_OF, *(_TABLE.c[name] == bindparam(f"of_{name}") for name in KEY))
_STORED = select(*(_TABLE.c[name] for name in (*KEY, *_KEPT, "remind_on"))).where(*_OF)
_ADD = insert(_TABLE)
_AMEND = update(_TABLE).where(*_SAME).values({name: bindparam(name) for name in (*_KEPT, "remind_on")})
_LOOK_AGAIN = (
    update(_TABLE)
    .where(_OF[0], _TABLE.c.due_on.is_not(None))
    .where(or_(_TABLE.c.remind_on.is_(None), _TABLE.c.remind_on > bindparam("of_day")))
    .values(remind_on=bindparam("of_day"))
)
_DROP = delete(_TABLE).where(*_SAME)

Row = tuple[Any, ...]


def keep(tx: Transaction, district: str, case: Case, rules: Rules, present: Rules, day: str) -> None:
    """Bring the stored limits of a case in line with its facts on ``day``; ``present`` is whose ladder reminds.

    A limit that is as it was keeps its place on the ladder; one that moved goes on with the rungs ahead. At the end of
    the ladder it climbs once more: what was dropped while the case was suspended is told, what was told is not.
    """
    wanted, kept, place = _wanted(case, rules), stored(tx, district, case), _place(district, case.id)
    tx.run(_DROP, [{**place, **_named(key)} for key in kept.keys() - wanted.keys()])
    new = wanted.keys() - kept.keys()
    moved = [key for key in wanted.keys() & kept.keys() if wanted[key].kept != kept[key][:-1]]
    over = [key for key in wanted.keys() & kept.keys() if kept[key][-1] is None and key not in moved]
    for statement, keys, since in ((_ADD, new, ""), (_AMEND, moved, day), (_AMEND, over, "")):
        rungs = {key: _rungs(wanted[key].deadline, rules, present) for key in keys}
        tx.run(statement, [_row(place, key, wanted[key].kept, _next(rungs[key], since)) for key in keys])


def prefetch(tx: Transaction, district: str, case: str) -> None:
    """What :func:`stored` will ask."""
    tx.prefetch(_STORED, **_place(district, case))


def look_again(tx: Transaction, district: str, day: str) -> None:
    """Let the next scan place every limit anew on its ladder from ``day`` on: the rungs may stand on other days now."""
    tx.run(_LOOK_AGAIN, [{"of_district": district, "of_day": day}])


def faults(tx: Transaction, district: str, case: Case, rules: Rules, present: Rules, day: str) -> Iterator[Finding]:
    """The limits whose stored row is not what the case says, and those that remind nobody although a rung is ahead."""
    wanted, kept = _wanted(case, rules), stored(tx, district, case)
    for key in sorted(wanted.keys() | kept.keys()):
        row = kept.get(key)
        told = {"subject": case.id, "limit": key[0], "concern": key[-1]}
        if row is None or key not in wanted or wanted[key].kept != row[:-1]:
            yield Finding(code="limit_differs", params=told)
            continue
        ahead = _next([on for on in _rungs(wanted[key].deadline, rules, present) if on > day], "")
        if ahead and (row[-1] is None or row[-1] > ahead):
            yield Finding(code="limit_silent", params=told)


class _Wanted(NamedTuple):
    deadline: Deadline
    kept: Row


def _wanted(case: Case, rules: Rules) -> dict[Row, _Wanted]:
    leading = leads(case, rules) if case.stage not in TERMINAL else ()
    return {d.key: _Wanted(d, _kept(d, leading)) for d in running(case, rules)}


def _kept(deadline: Deadline, leading: tuple[str, ...]) -> Row:
    """At handover several lead, each its own facilities: whose the limit is leads it."""
    lead = deadline.party if deadline.party in leading else leading[0]
    return deadline.party, lead, deadline.started_on, deadline.due_on, int(deadline.provisional)


def stored(tx: Transaction, district: str, case: Case) -> dict[Row, Row]:
    """By key; the last column of a row is the day of its next reminder."""
    rows = map(tuple, tx.rows(_STORED, **_place(district, case.id)))
    return {row[: len(KEY)]: row[len(KEY) :] for row in rows}


def _place(district: str, case: str) -> dict[str, Any]:
    return {"of_district": district, "of_subject": case}


def _named(key: Row) -> dict[str, Any]:
    return {f"of_{name}": value for name, value in zip(KEY, key, strict=True)}


def _row(place: dict[str, Any], key: Row, kept: Row, remind_on: str | None) -> dict[str, Any]:
    own = {"district": place["of_district"], "subject": place["of_subject"]}
    named = zip((*KEY, *_KEPT), (*key, *kept), strict=True)
    return {**own, **place, **_named(key), **dict(named), "remind_on": remind_on}


def _rungs(deadline: Deadline, rules: Rules, present: Rules) -> list[str]:
    """The days of the ladder; a stopped clock has none. A suspension silences where it would be told."""
    if deadline.due_on is None:
        return []
    limit = rules.limit(deadline.code)
    found = reminders(deadline.started_on, deadline.due_on, present, limit.warn_days if limit else None)
    return [reminder.on for reminder in found]


def _next(rungs: list[str], since: str) -> str | None:
    """The first rung from ``since`` on; the last one where all are past."""
    return next((on for on in rungs if on >= since), rungs[-1] if rungs else None)
