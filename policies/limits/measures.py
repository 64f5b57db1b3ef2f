"""Which running limit a thing to do must be done by. Pure.

One table says by which clocks an obstacle or a step is measured, and what their concern is; what stands in neither
part has no limit of its own, and is told none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from policies.limits.deadlines import Deadline
from states.errors import Obstacle
from states.rules import Clock, Limit, Rules


class Measure(NamedTuple):
    """``concern`` names what the limit must be about: the organisation, the subject of the obstacle, or anything.

    ``here``: only a limit of the stage the case is in.
    """

    clocks: tuple[Clock, ...]
    concern: str = "nothing"
    here: bool = True


_ANSWER = Measure(("answers", "reinspections"), "organisation")
_ROUND, _VISIT = Measure(("round",)), Measure(("visit", "round"))
_REWORK, _REPORT = Measure(("rework",)), Measure(("rectification",), "anything")
_HANDOVER = Measure(("handover",), "subject", here=False)
_TITLE = Measure(("registration",), "subject", here=False)

#: By the code of an obstacle or the path of a command.
MEASURES: dict[str, Measure] = {
    **dict.fromkeys(("sign_off_missing", "sign_off_stale", "sign_off_invalid", "rectification_open", "issue"), _ANSWER),
    **dict.fromkeys(("round_closed", "case circulate"), _REWORK),
    **dict.fromkeys(("report_awaited", "acceptance report"), _REPORT),
    **dict.fromkeys(("not_handed_over", "other_recipient", "user_missing"), _HANDOVER),
    **dict.fromkeys(("title_missing", "other_owner", "holder_missing", "held_by_developer"), _TITLE),
    "asset_entry_missing": Measure(("use",), "subject", here=False),
    "condition_open": Measure(("conditions",), "subject", here=False),
    "document_missing": Measure(("papers", "conclusion"), "paper", here=False),
    "case advance": Measure(("conclusion", "visit", "round")),
    "case return": _ROUND,
    "presale clear": _VISIT,
    "acceptance order": Measure(("opinion", "round")),
    "acceptance certify": Measure(("conclusion", "round")),
}


def limit_of(
    what: Obstacle | str, organisation: str, stage: str, running: Iterable[Deadline], rules: Rules
) -> Deadline | None:
    """The limit by which an organisation must clear an obstacle or take a step: the earliest, where several run."""
    code, subject = (what, "") if isinstance(what, str) else (what.code, what.subject)
    measure = MEASURES.get(code)
    if measure is None:
        return None
    found = [
        deadline
        for deadline in running
        if (limit := rules.limit(deadline.code))
        and limit.clock in measure.clocks
        and (not measure.here or deadline.stage == stage)
        and _CONCERNS[measure.concern](deadline, limit, organisation, subject)
    ]
    return min(found, key=lambda deadline: deadline.due_on or "9999", default=None)


_CONCERNS: dict[str, Callable[[Deadline, Limit, str, str], bool]] = {
    "nothing": lambda deadline, limit, organisation, subject: not deadline.concern,
    "anything": lambda deadline, limit, organisation, subject: True,
    "organisation": lambda deadline, limit, organisation, subject: deadline.concern == organisation,
    "subject": lambda deadline, limit, organisation, subject: deadline.concern == subject,
    "paper": lambda deadline, limit, organisation, subject: subject in limit.until,
}
