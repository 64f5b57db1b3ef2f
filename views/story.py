"""A rehearsal told as it is played: each stage, who blocked it and why, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from states.errors import Blocked, Obstacle, PeijianError
from states.rules import Name
from views.labels import action_label, stage_label
from views.language import _, current
from views.names import Names
from views.page import DONE, FAILED, Block, Gap, Heading, Line, Page, Paragraph, Title, bad, good, quiet, say, strong
from views.wording import error_text, listed, obstacle_text
from workflow.rehearsal import QUESTIONS, WHY, Played, Script

#: Obstacles told one by one; more are counted.
_TOLD = 4


def in_language(name: Name) -> str:
    return name.zh if current() == "zh" else name.en


def opening_page(script: Script) -> Page:
    """The title of a script and how long it is."""
    days = f"{script.steps[0].at:%Y-%m-%d} – {script.steps[-1].at:%Y-%m-%d}"
    steps = _("{n} steps").format(n=len(script.steps))
    return (Gap(), Title(say(strong(in_language(script.title))), say(quiet(f"{days} · {steps}"))))


def step_page(played: Played, before: str | None, names: Names, every: bool) -> Page:
    """One step, when it is worth telling: a new stage, something refused, a note, or ``every`` step."""
    case, step = played.case, played.step
    names = names.of(case) if case else names
    stage = case.stage if case else None
    blocks: list[Block] = []
    if stage and stage != before:
        blocks += [Gap(), Heading(stage_label(stage), say(quiet(f"{step.at:%Y-%m-%d}")))]
    if step.note:
        blocks.append(Paragraph(say(in_language(step.note)), 2, 2))
    if played.error is not None:
        blocks += _refused(played, played.error, names)
    elif every and step.do not in QUESTIONS:
        blocks.append(Paragraph(say(quiet(f"{played.number:>3} "), good(f"{DONE} "), _who_did(played, names)), 2, 6))
    return tuple(blocks)


def _who_did(played: Played, names: Names) -> Line:
    account = next(a for a in played.script.accounts if a.name == played.step.by)
    day = f"{played.step.at:%Y-%m-%d}"
    return say(quiet(day), " ", names.organisation(account.organisation), " · ", action_label(played.step.do))


def _refused(played: Played, error: PeijianError, names: Names) -> Iterator[Block]:
    asked = "" if played.step.do == WHY else _who_did(played, names)
    if not isinstance(error, Blocked):
        told = error_text(error, names).replace("\n", " ")
        yield Paragraph(say(bad(f"{FAILED} "), asked, _(": ") if asked else "", told), 2, 4)
        return
    count = _("{n} in the way").format(n=len(error.obstacles))
    yield Paragraph(say(bad(f"{FAILED} "), asked or _("Asked what is in the way"), quiet(f" · {count}")), 2, 4)
    for obstacle in _telling(error.obstacles):
        who = listed(names.organisation(o) for o in obstacle.who)
        yield Paragraph(say("- ", obstacle_text(obstacle, names), quiet(f"  ({who})") if who else ""), 4, 2)
    if len(error.obstacles) > _TOLD:
        yield Paragraph(say(quiet(_("… and {n} more").format(n=len(error.obstacles) - _TOLD))), 6)


def _telling(obstacles: Iterable[Obstacle]) -> list[Obstacle]:
    """The most telling first: objections, then what is stale, then the rest as found."""
    rank = {"objection": 0, "measured_short": 0, "sign_off_stale": 1, "rectification_open": 1}
    return sorted(obstacles, key=lambda o: rank.get(o.code, 2))[:_TOLD]
