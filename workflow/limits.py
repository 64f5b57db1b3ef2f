"""The limits that run now, kept as rows beside the facts they are computed from.

A scan for what is due must not load cases (there may be a hundred thousand), so every action leaves behind the
limits of its case: which run, until when, and on which day the next reminder is due. They are computed anew each
time and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from policies.limits.deadlines import Deadline, running
from policies.limits.ladder import reminders
from states.facts import Case
from states.participants import leads
from states.project import TERMINAL
from states.rules import Rules
from workflow.database import Transaction
from workflow.tables import RunningLimit

_TABLE: Any = RunningLimit.__table__  # type: ignore[attr-defined]
KEY = ("code", "stage", "visit", "round", "concern")
_KEPT = ("party", "lead", "started_on", "due_on", "provisional")
_OF = (_TABLE.c.district == bindparam("of_district"), _TABLE.c.subject == bindparam("of_subject"))
_SAME = (*_OF, *(_TABLE.c[name] == bindparam(f"of_{name}") for name in KEY))
_STORED = select(*(_TABLE.c[name] for name in (*KEY, *_KEPT))).where(*_OF)
_ADD = insert(_TABLE)
_AMEND = update(_TABLE).where(*_SAME).values({name: bindparam(name) for name in (*_KEPT, "remind_on")})
_DROP = delete(_TABLE).where(*_SAME)

Row = tuple[Any, ...]


def keep(tx: Transaction, district: str, case: Case, rules: Rules, present: Rules) -> None:
    """Bring the stored limits of a case in line with its facts; ``present`` is whose ladder reminds.

    A limit that is as it was keeps its place on the ladder.
    """
    lead = leads(case, rules) if case.stage not in TERMINAL else ()
    now = {deadline.key: deadline for deadline in running(case, rules)}
    kept: dict[Row, Row] = {key: _kept(deadline, lead) for key, deadline in now.items()}
    place = {"of_district": district, "of_subject": case.id}
    stored: dict[Row, Row] = {row[: len(KEY)]: row[len(KEY) :] for row in map(tuple, tx.rows(_STORED, **place))}
    tx.run(_DROP, [{**place, **_named(key)} for key in stored.keys() - kept.keys()])
    for statement, keys in (
        (_ADD, kept.keys() - stored.keys()),
        (_AMEND, [key for key in kept.keys() & stored.keys() if kept[key] != stored[key]]),
    ):
        tx.run(
            statement, [_row(place, key, kept[key], _first_reminder(case, now[key], rules, present)) for key in keys]
        )


def _kept(deadline: Deadline, lead: tuple[str, ...]) -> Row:
    """At handover several lead, each its own facilities: whose the limit is leads it."""
    leading = deadline.party if deadline.party in lead else lead[0]
    return deadline.party, leading, deadline.started_on, deadline.due_on, int(deadline.provisional)


def _named(key: Row) -> dict[str, Any]:
    return {f"of_{name}": value for name, value in zip(KEY, key, strict=True)}


def _row(place: dict[str, Any], key: Row, kept: Row, remind_on: str | None) -> dict[str, Any]:
    own = {"district": place["of_district"], "subject": place["of_subject"]}
    named = zip((*KEY, *_KEPT), (*key, *kept), strict=True)
    return {**own, **place, **_named(key), **dict(named), "remind_on": remind_on}


def _first_reminder(case: Case, deadline: Deadline, rules: Rules, present: Rules) -> str | None:
    """A suspended case reminds nobody."""
    if deadline.due_on is None or case.suspension:
        return None
    limit = rules.limit(deadline.code)
    warn_days = limit.warn_days if limit else None
    found = reminders(deadline.started_on, deadline.due_on, present, warn_days)
    return found[0].on if found else None


def all_of(tx: Transaction, district: str, subject: str) -> Iterable[dict[str, Any]]:
    """The stored rows of a case."""
    place = {"of_district": district, "of_subject": subject}
    return [dict(zip((*KEY, *_KEPT), row, strict=True)) for row in tx.rows(_STORED, **place)]
