"""A rehearsal told step by step: who did what on which day, and what stood in the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from states.errors import Blocked, Obstacle, PeijianError
from views import terminal
from views.labels import action_label, stage_label
from views.language import _, current, ngettext
from views.names import Names
from views.page import DONE, FAILED, WAITING, Block, Gap, Heading, Page, Paragraph, good, quiet, say, strong, warn
from views.wording import error_text, obstacle_text

#: How many obstacles of one step are told; the rest are counted.
_TOLD = 5
#: The question a script may ask beside the actions.
_WHY = "case why"


def tell(rehearsal: Any, script: Any, told: bool) -> int:
    """Play ``script`` in ``rehearsal`` (``workflow.rehearsal``), telling it if wanted; the number of steps."""
    if told:
        terminal.show((Paragraph(say(strong(_name(script.title)))),))
    steps, stage = 0, ""
    for played in rehearsal.play(script):
        steps += 1
        if told:
            terminal.show(_step(played, _names(rehearsal, played), stage))
        stage = played.case.stage if played.case else stage
    if told:
        terminal.show((Gap(),))
    return steps


def _name(name: Any) -> str:
    return str(name.zh if current() == "zh" else name.en)


def _names(rehearsal: Any, played: Any) -> Names:
    with rehearsal.office.database.transaction() as tx:
        rules = rehearsal.office.rules(tx, played.case.configuration if played.case else None)
    return Names(rules, played.step.at.date().isoformat(), played.case)


def _step(played: Any, names: Names, before: str) -> Page:
    """One step; a heading where the case has come to another stage."""
    step = played.step
    account = next(a for a in played.script.accounts if a.name == step.by)
    who = names.organisation(account.organisation)
    mark = warn(f"{WAITING if step.do == _WHY else FAILED} ") if played.error else good(f"{DONE} ")
    did = action_label(step.do) if step.do != _WHY else _("ask what stands in the way")
    line = say(quiet(step.at.date().isoformat() + "  "), mark, strong(did), "  ", who)
    blocks: list[Block] = [Paragraph(line, 2, 14)]
    if step.note:
        blocks.append(Paragraph(say(_name(step.note)), 16))
    if played.error:
        blocks += [Paragraph(say(quiet(text)), 16, 2) for text in _met(played.error, names)]
    if played.case and played.case.stage != before:
        return (*blocks, Gap(), Heading(stage_label(played.case.stage)))
    return tuple(blocks)


def _met(error: PeijianError, names: Names) -> Iterator[str]:
    """What the step was expected to meet."""
    found = error.obstacles if isinstance(error, Blocked) else error.params.get("obstacles", ())
    obstacles = [o for o in found if isinstance(o, Obstacle)]
    if not obstacles:
        yield error_text(error, names)
    for obstacle in obstacles[:_TOLD]:
        yield obstacle_text(obstacle, names)
    if (more := len(obstacles) - _TOLD) > 0:
        yield ngettext("and {n} more", "and {n} more", more).format(n=more)
