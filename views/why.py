"""``case why``: everything in the way, under the name of who can clear it, with the command to type."""

from __future__ import annotations

from states.errors import Obstacle
from views.commands import command_for
from views.exceptions import lifted_blocks
from views.facilities import standard_section
from views.labels import action_label, stage_label
from views.language import _, ngettext
from views.names import Names
from views.page import Block, Command, Gap, Heading, Line, Page, Paragraph, Title, good, joined, quiet, say, strong
from views.steps import ending, step_blocks
from views.wording import clause, either, obstacle_text
from workflow.results import CaseView


def why_page(view: CaseView, names: Names) -> Page:
    """What stands between the case and its next stage."""
    names = names.of(view.case)
    case = view.case
    title = Title(say(strong(case.name)), say(strong(case.id)))
    if view.next_action is None:
        return (title, Paragraph(say(ending(view))))
    if not view.obstacles:
        free = _("Nothing is in the way of: {action}").format(action=action_label(view.next_action))
        beside = (*lifted_blocks(view, names), *standard_section(view, names))
        return (title, Paragraph(say(good(free))), *beside, *step_blocks(view, names))
    count = len(view.obstacles)
    blocked = ngettext(
        "{stage}: {n} thing is in the way of “{action}”",
        "{stage}: {n} things are in the way of “{action}”",
        count,
    ).format(n=count, stage=stage_label(case.stage), action=action_label(view.next_action))
    found = obstacle_blocks(view.obstacles, case.id, names)
    return (title, Paragraph(say(blocked)), *found, *lifted_blocks(view, names), *standard_section(view, names))


def obstacle_blocks(obstacles: tuple[Obstacle, ...], case: str, names: Names) -> Page:
    """The obstacles, grouped by who can clear them, in the order in which they were found."""
    parties = dict.fromkeys(o.who for o in obstacles)
    found: list[Block] = []
    for party in parties:
        mine = [o for o in obstacles if o.who == party]
        usual = _ground(mine[0]) if len({_ground(o) for o in mine}) == 1 else ()
        who = either(names.organisation(o) for o in party) or _("Nobody can clear this here")
        found += [Gap(), Heading(who, say(quiet(str(len(mine))), quiet(_(" · ") if usual else ""), usual))]
        for obstacle in mine:
            found += _item(obstacle, case, names, usual)
    return tuple(found)


def _ground(obstacle: Obstacle) -> Line:
    """Since when, and by which clause."""
    since = _("since {day}").format(day=obstacle.since) if obstacle.since else ""
    return joined((quiet(since), quiet(clause(obstacle.basis))), _(" · "))


def _item(obstacle: Obstacle, case: str, names: Names, usual: Line) -> list[Block]:
    """The sentence; its ground unless the heading gives it; the command."""
    blocks: list[Block] = [Paragraph(say("- ", obstacle_text(obstacle, names)), 2, 2)]
    if not usual:
        blocks.append(Paragraph(_ground(obstacle), 4))
    command = command_for(case, obstacle)
    return [*blocks, Command(command, 4)] if command else blocks
