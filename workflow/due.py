"""The limits of cases as they are told: due when, how many working days are left, and who has used the days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from sqlalchemy import and_, bindparam, func, or_, outerjoin, select

from policies.limits.deadlines import Deadline, deadlines, derivation, left, overdue, running
from policies.limits.ledger import ledger
from policies.limits.periods import DEVELOPER
from states.calendar import Calendar
from states.errors import Invalid, NotFound, unknown
from states.facts import Case
from states.project import TERMINAL
from states.rules import Rules
from workflow import calendars
from workflow.office import Office
from workflow.results import CalendarItem, ClockView, Derivation, LimitLine
from workflow.tables import CASES, Journal, RunningLimit
from workflow.transaction import Transaction

_TABLE: Any = RunningLimit.__table__  # type: ignore[attr-defined]
_DUE = (
    select(_TABLE.c.subject)
    .where(_TABLE.c.district == bindparam("of_district"), _TABLE.c.due_on <= bindparam("of_day"))
    .distinct()
    .order_by(_TABLE.c.subject)
)
_CASES: Any = CASES.__table__  # type: ignore[attr-defined]
_JOURNAL: Any = Journal.__table__  # type: ignore[attr-defined]
_NAMED = ("subject", "code", "stage", "visit", "round", "concern", "due_on", "provisional")
_OWN = (_JOURNAL.c.district == _TABLE.c.district, _JOURNAL.c.subject == _TABLE.c.subject)
_OF_ORGANISATION = (
    select(
        *(_TABLE.c[name] for name in _NAMED),
        _CASES.c.name,
        select(func.max(_JOURNAL.c.entry)).where(*_OWN).scalar_subquery(),
        select(func.max(_JOURNAL.c.recorded_at)).where(*_OWN).scalar_subquery(),
    )
    .select_from(
        outerjoin(_TABLE, _CASES, and_(_CASES.c.district == _TABLE.c.district, _CASES.c.id == _TABLE.c.subject))
    )
    .where(
        _TABLE.c.district == bindparam("of_district"),
        _TABLE.c.due_on.is_not(None),
        or_(
            _TABLE.c.party == bindparam("of_party"),
            and_(_TABLE.c.party == DEVELOPER, _TABLE.c.lead == bindparam("of_lead")),
        ),
    )
    .order_by(_TABLE.c.due_on, _TABLE.c.subject, _TABLE.c.code, _TABLE.c.concern)
)

State = Literal["running", "due_today", "overdue", "in_time", "late"]


def standing(due_on: str, day: str, ended_on: str | None, calendar: Calendar) -> tuple[State, int]:
    """How a due day stands on ``day``, or stood when it was met, and the working days left then."""
    then = ended_on or day
    late, days = overdue(due_on, then), left(due_on, then, calendar)
    if ended_on:
        return "late" if late else "in_time", days
    return "overdue" if late else "due_today" if due_on == day else "running", days


def line(deadline: Deadline, calendar: Calendar, day: str) -> LimitLine:
    """A deadline as it stands on a day."""
    state: State | Literal["stopped"] = "in_time" if deadline.ended_on else "stopped"
    days = None
    if deadline.due_on:
        state, days = standing(deadline.due_on, day, deadline.ended_on, calendar)
    known = {name: getattr(deadline, name) for name in LimitLine.model_fields if hasattr(deadline, name)}
    return LimitLine(**known, state=state, left=days)


def urgency(limit: LimitLine | None) -> tuple[int, str]:
    """What sorts limits: by due day, so what is longest overdue comes first; then the stopped; then what has none."""
    if limit is None:
        return 2, ""
    return (0, limit.due_on) if limit.due_on else (1, "")


def running_lines(case: Case, rules: Rules, day: str) -> tuple[LimitLine, ...]:
    """The limits that run, the most urgent first."""
    return tuple(sorted((line(d, rules.calendar, day) for d in running(case, rules)), key=urgency))


def subjects_due(tx: Transaction, district: str, day: str) -> list[str]:
    """The cases with a running limit that is due on ``day`` or before, by the index of due days."""
    return [row[0] for row in tx.rows(_DUE, of_district=district, of_day=day)]


def of_organisation(office: Office, organisation: str) -> list[CalendarItem]:
    """The running limits that are an organisation's, or are asked of it as the lead: by due day.

    A revision counts what can move a day: the entries of the subject's journal, and the versions of the calendar.
    """
    with office.database.transaction() as tx:
        versions, imported_at = calendars.stamp(tx, office.district)
        named = {"of_district": office.district, "of_party": organisation, "of_lead": organisation}
        return [
            CalendarItem(
                **dict(zip(_NAMED, row[: len(_NAMED)], strict=True)),
                project=project or "",
                revision=(entry or 0) + versions,
                changed_at=max(filter(None, (recorded_at, imported_at)), default=office.now().isoformat()),
            )
            for *row, project, entry, recorded_at in tx.rows(_OF_ORGANISATION, **named)
        ]


def clock(case: Case, rules: Rules, day: str, wanted: str | None = None) -> ClockView:
    """All limits of a case and its ledger; ``wanted`` (``LIMIT[:CONCERN]``) is derived day by day."""
    found = deadlines(case, rules)
    charges = ledger(case, rules, day)
    totals: Counter[str] = Counter()
    for charge in charges:
        totals[charge.party] += charge.working_days
    over = case.entered_on if case.stage in TERMINAL else day
    return ClockView(
        case=case.id,
        project=case.name,
        stage=case.stage,
        day=day,
        kinds={f.facility: f.subtype for f in case.facilities},
        limits=tuple(line(deadline, rules.calendar, day) for deadline in found),
        extensions=case.extensions,
        charges=charges,
        totals=dict(totals),
        working_days=rules.calendar.working_days(case.opened_on, over),
        derivation=_derived(_chosen(found, wanted), case, rules, day) if wanted else None,
    )


def _chosen(found: Iterable[Deadline], wanted: str) -> Deadline:
    """The one that runs, or else the last. Raises NotFound, or Invalid where the concern must be named."""
    code, _colon, concern = wanted.partition(":")
    same = [d for d in found if d.code == code]
    if not same:
        raise unknown("limit", code, {d.code for d in found})
    meant = [d for d in same if d.concern == concern] if concern else same
    concerns = sorted({f"{code}:{d.concern}" for d in same if d.concern})
    if not meant:
        raise NotFound("unknown_limit", {"name": wanted, "near": concerns or [code]})
    if len({d.concern for d in meant}) > 1:
        raise Invalid("concern_needed", {"limit": code, "allowed": concerns})
    return next((d for d in reversed(meant) if d.ended_on is None), meant[-1])


def _derived(deadline: Deadline, case: Case, rules: Rules, day: str) -> Derivation:
    days = derivation(deadline, case, rules.limit(deadline.code), rules)
    return Derivation(limit=line(deadline, rules.calendar, day), days=tuple(days))
