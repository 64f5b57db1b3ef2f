"""Who must do what next: one answer for every screen that gives one."""

from __future__ import annotations

from dataclasses import dataclass

from policies.next_step import CLEARED_BY_SIGNING, lead_action
from policies.question import Question
from states.errors import Obstacle
from states.participants import leads
from views.commands import command, command_for
from views.labels import action_label, stage_label
from views.language import _, ngettext
from views.names import Names
from views.page import Block, Command, Gap, Paragraph, quiet, say, strong
from views.wording import either, listed
from workflow.results import CaseView


@dataclass(frozen=True, slots=True)
class Step:
    """``who`` are names; ``command`` is None where there is nothing to type, or different things."""

    who: str
    what: str
    command: str | None = None


def question(view: CaseView, names: Names) -> Question:
    """The case as the policies see it."""
    return Question(view.case, names.rules, names.day)


def next_step(view: CaseView, names: Names) -> Step | None:
    """What must happen first; None at an end."""
    case, open_ = view.case, view.obstacles
    if view.next_action is None:
        return None
    action = lead_action(case, open_, names.rules)
    others = tuple(o for o in open_ if o.code not in CLEARED_BY_SIGNING)
    if case.suspension or not open_ or case.awaits_report:
        return _lead(action, view, names)
    if others and not case.round:
        return _first(others, view, names)
    if case.round_is_open and (answers := _answers(view, names)):
        return answers
    return _lead(action, view, names) if action else _first(others or open_, view, names)


def _lead(action: str | None, view: CaseView, names: Names) -> Step | None:
    who = either(names.organisation(o) for o in leads(view.case, names.rules))
    return Step(who, action_label(action), command(action, view.case.id)) if action else None


def _answers(view: CaseView, names: Names) -> Step | None:
    waiting = tuple(o for o in view.obstacles if o.code in CLEARED_BY_SIGNING and o.code != "objection")
    if not waiting:
        return None
    who = listed(dict.fromkeys(names.organisation(o.who[0]) for o in waiting))
    return Step(who, action_label("sign"), command("sign", view.case.id))


def _first(open_: tuple[Obstacle, ...], view: CaseView, names: Names) -> Step:
    """Those who can clear most of what is open, and how much that is."""
    parties = list(dict.fromkeys(o.who for o in open_))
    party = max(parties, key=lambda who: sum(o.who == who for o in open_))
    mine = [o for o in open_ if o.who == party]
    what = ngettext("clear {n} item that is in the way", "clear {n} items that are in the way", len(mine))
    only = command_for(view.case.id, mine[0]) if len(mine) == 1 else command("case why", view.case.id)
    return Step(either(names.organisation(o) for o in party) or _("nobody at present"), what.format(n=len(mine)), only)


def step_blocks(view: CaseView, names: Names) -> tuple[Block, ...]:
    """The closing line of a screen: who, what, and the command."""
    step = next_step(view, names)
    if step is None:
        return (Gap(), Paragraph(say(strong(_("Next")), "  ", ending(view))))
    said = say(strong(_("Next")), "  ", step.who, _(": "), strong(step.what))
    count = len(view.obstacles)
    if count and not view.case.suspension:
        more = ngettext("({n} thing in the way)", "({n} things in the way)", count).format(n=count)
        said = say(said, "  ", quiet(more))
    blocks: tuple[Block, ...] = (Gap(), Paragraph(said, 0, 2))
    return (*blocks, Command(step.command)) if step.command else blocks


def ending(view: CaseView) -> str:
    """What is to be said of a case that has come to its end."""
    return _("nothing; the case stands in “{stage}”").format(stage=stage_label(view.case.stage))
