"""Whether what a configuration says about limits, duties and reminders can be counted.

``Invalid`` codes: config_missing_key, config_duplicate_key, config_reference, config_unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from policies.limits.ladder import NEWS, WARNING
from states.days import is_day, is_month
from states.rules import LEAD, Rules
from workflow.config_reading import Fault, Range, Where, fault, unsafe

#: What a clock cannot run without (``policies/limits/periods.py``).
_NEEDS: dict[str, tuple[str, ...]] = {
    "papers": ("after", "until"),
    "works": ("after",),
    "inspections": ("until",),
    "conclusion": ("until",),
}


def _is_hour(text: str) -> bool:
    return re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text) is not None


_AT_LEAST_ONE: Range = (">= 1", lambda number: number >= 1)
_MONTH: Range = ("YYYY-MM", is_month)
_HOUR: Range = ("HH:MM", _is_hour)
#: What single keys may hold, as in ``workflow/config_coherence.py``.
RANGES: dict[str, Range] = {
    "limits.*.length": _AT_LEAST_ONE,
    "limits.*.warn_days": ("1..365", lambda number: 1 <= number <= 365),
    "limits.*.extension.at_most": _AT_LEAST_ONE,
    "limits.*.extension.times": _AT_LEAST_ONE,
    "duties.*.on": ("YYYY-MM-DD", is_day),
    "duties.*.monthly": ("1..28", lambda number: 1 <= number <= 28),
    "duties.*.first": _MONTH,
    "duties.*.final": _MONTH,
    "reminders.open_from": _HOUR,
    "reminders.open_until": _HOUR,
    "reminders.ladder.*.on": ("-60..60", lambda number: -60 <= number <= 60),
    "reminders.ladder.*.least_length": (">= 0", lambda number: number >= 0),
}


def references(rules: Rules, bodies: Collection[str]) -> dict[str, Collection[str]]:
    """Which names a key may hold."""
    return {
        "limits.*.after.*": rules.documents,
        "limits.*.until.*": rules.documents,
        "limits.*.extension.by": [LEAD, *bodies],
        "duties.*.who.*": bodies,
    }


def faults(rules: Rules) -> Iterator[Fault]:
    """What no single key can tell."""
    for check in (_clocks, _duties, _ladder):
        yield from check(rules)


def _clocks(rules: Rules) -> Iterator[Fault]:
    """A clock has what it runs between; one that nobody names makes a limit that is only shown."""
    for n, limit in enumerate(rules.limits):
        for key in _NEEDS.get(limit.clock or "", ()):
            if not getattr(limit, key):
                yield fault("config_missing_key", "limits", n, key)
        if limit.extension and not limit.clock:
            yield unsafe("nothing_runs", ("limits", n, "extension"), limit.extension.by)


def _duties(rules: Rules) -> Iterator[Fault]:
    """Due once or every month, of somebody, and under a code of its own."""
    taken = {limit.code for limit in rules.limits}
    for n, duty in enumerate(rules.duties):
        if duty.code in taken:
            yield fault("config_duplicate_key", "duties", n, "code", value=duty.code)
        taken.add(duty.code)
        if (duty.on is None) == (duty.monthly is None):
            key = "on" if duty.on else "code"
            yield unsafe("one_of_two", ("duties", n, key), duty.on or duty.code, "on", "monthly")
        if not duty.who:
            yield unsafe("asks_nobody", ("duties", n, "who"), [])
        if duty.monthly:
            yield from (fault("config_missing_key", "duties", n, k) for k in ("first", "final") if not getattr(duty, k))
            if duty.first and duty.final and duty.final < duty.first:
                yield unsafe("not_in_order", ("duties", n, "final"), duty.final)


def _ladder(rules: Rules) -> Iterator[Fault]:
    """Rung by rung later, each under a code of its own; an office that opens before it closes."""
    told, place = rules.reminders, ("reminders", "ladder")
    days, codes = [rung.on for rung in told.ladder], [rung.code for rung in told.ladder]
    if days != sorted(set(days)):
        yield unsafe("not_in_order", place, days)
    for n, code in enumerate(codes):
        where: Where = (*place, n, "code")
        if code in codes[:n]:
            yield fault("config_duplicate_key", *where, value=code)
        if code in (WARNING, NEWS):
            yield unsafe("reserved", where, code)
    if told.open_until <= told.open_from:
        yield unsafe("not_in_order", ("reminders", "open_until"), told.open_until)
