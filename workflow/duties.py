"""The duties that the notice dates itself: what an organisation must still do, and its word that it has done it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, delete, insert, select

from policies.limits.duties import concern_of, due_duties
from states.actions.base import Line, Model
from states.errors import Invalid, NotAllowed, unknown
from states.facts import Actor
from states.rules import Rules
from workflow import due, intake, journal
from workflow.office import Office
from workflow.results import DutyLine
from workflow.tables import DutyReport, Installation, RunningLimit
from workflow.transaction import Transaction

_REPORTS: Any = DutyReport.__table__  # type: ignore[attr-defined]
_LIMITS: Any = RunningLimit.__table__  # type: ignore[attr-defined]
_INSTALLATION: Any = Installation.__table__  # type: ignore[attr-defined]
_SINCE = select(_INSTALLATION.c.created_at).where(_INSTALLATION.c.district == bindparam("of_district"))
_REPORTED = select(
    _REPORTS.c.code, _REPORTS.c.organisation, _REPORTS.c.period, _REPORTS.c.done_on, _REPORTS.c.document
).where(_REPORTS.c.district == bindparam("of_district"))
_REPORT = insert(_REPORTS)

_MET = delete(_LIMITS).where(
    _LIMITS.c.district == bindparam("of_district"),
    _LIMITS.c.subject == journal.OFFICE,
    _LIMITS.c.code == bindparam("of_code"),
    _LIMITS.c.concern == bindparam("of_concern"),
)


class Report(Model):
    """What an organisation says when it has done a duty; ``period`` may be left out while only one is open."""

    code: Line
    document: Line
    period: Line | None = None


# -- asking ----------------------------------------------------------------------------------------------


def lines(office: Office, organisation: str | None = None) -> list[DutyLine]:
    """What is in sight today, of one organisation or of all: the open ones first, then by due day."""
    day = office.now().date().isoformat()
    with office.database.transaction() as tx:
        rules = office.rules(tx)
        found = list(_lines(tx, office.district, rules, day))
    mine = [line for line in found if organisation in (None, line.organisation, rules.acting(line.organisation, day))]
    return sorted(mine, key=lambda line: (line.done_on is not None, line.due_on, line.code, line.organisation))


def _lines(tx: Transaction, district: str, rules: Rules, day: str) -> Iterator[DutyLine]:
    reports = reported(tx, district)
    for duty in due_duties(rules, installed_on(tx, district), day):
        done_on, document = reports.get((duty.code, duty.organisation, duty.period), (None, None))
        state, days = due.standing(duty.due_on, day, done_on, rules.calendar)
        yield DutyLine(
            code=duty.code,
            organisation=duty.organisation,
            period=duty.period,
            started_on=duty.started_on,
            due_on=duty.due_on,
            state=state,
            left=days,
            done_on=done_on,
            document=document,
        )


def installed_on(tx: Transaction, district: str) -> str:
    """The day the installation was made: what was due before it is not asked of anybody."""
    row = tx.row(_SINCE, of_district=district)
    assert row is not None, "an office has its row"
    return str(row[0])[:10]


def reported(tx: Transaction, district: str) -> dict[tuple[str, str, str], tuple[str, str]]:
    """The day and the document of every report, by code, organisation and period."""
    return {tuple(row[:3]): tuple(row[3:]) for row in tx.rows(_REPORTED, of_district=district)}


# -- reporting -------------------------------------------------------------------------------------------


def done(office: Office, token: str | None, code: str, document: str, period: str | None) -> DutyLine:
    """Record that the account's organisation has done a duty. Raises NotAllowed, NotFound or Invalid."""
    try:
        report = Report(code=code, document=document, period=period)
    except ValidationError as error:
        raise intake.invalid(error) from error
    now = office.now()
    day = now.date().isoformat()
    with office.administration(token, "duty done") as (tx, actor):
        rules = office.rules(tx)
        if actor.level not in ("clerk", "leader"):
            raise NotAllowed("department_needed", {"account": actor.name})
        line = _open(list(_lines(tx, office.district, rules, day)), report, actor, rules, day)
        row = {name: getattr(line, name) for name in ("code", "organisation", "period")}
        row |= {"done_on": day, "document": report.document}
        stamp = {"recorded_at": now.isoformat(timespec="seconds"), "recorded_by": actor.signature}
        tx.run(_REPORT, [{"district": office.district, **row, **stamp}])
        office.note(tx, actor, "duty done", "done", row)
        # The reminders made a limit of it; it is met now.
        met = {"of_code": line.code, "of_concern": concern_of(line.period, line.organisation)}
        tx.run(_MET, [{"of_district": office.district, **met}])
        return next(
            found
            for found in _lines(tx, office.district, rules, day)
            if (found.code, found.organisation, found.period) == (line.code, line.organisation, line.period)
        )


def _open(found: list[DutyLine], report: Report, actor: Actor, rules: Rules, day: str) -> DutyLine:
    """The one duty that is reported on. Raises NotFound, NotAllowed or Invalid.

    What a dissolved organisation owes, its successor reports, after what it owes itself (R-098).
    """
    who = {duty.code: duty.who for duty in rules.duties}
    if report.code not in who:
        raise unknown("duty", report.code, who)
    owed = {body for body in who[report.code] if actor.organisation in (body, rules.acting(body, day))}
    if not owed:
        raise NotAllowed("not_your_duty", {"code": report.code, "organisations": who[report.code]})
    theirs = [d for d in found if d.code == report.code and d.organisation in owed]
    theirs.sort(key=lambda d: (d.done_on is None, d.organisation == actor.organisation))
    mine = {d.period: d for d in theirs}
    still_open = [period for period, duty in mine.items() if duty.done_on is None]
    if report.period is None and len(still_open) > 1:
        raise Invalid("period_needed", {"code": report.code, "allowed": still_open})
    period = report.period or next(iter(still_open), "")
    if not period:
        raise Invalid("no_duty_open", {"code": report.code})
    if period not in mine:
        raise unknown("period", period, mine)
    if mine[period].done_on:
        raise Invalid("duty_done_already", {"code": report.code, "period": period, "day": mine[period].done_on})
    return mine[period]
