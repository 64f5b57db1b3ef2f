"""``case plan``: the path ahead, step by step, with what each will ask and of whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.plan import PlannedStep
from states.errors import Obstacle
from views.differences import particular_label
from views.labels import action_label, label, stage_label
from views.language import N_, _
from views.names import Names
from views.page import DONE, Block, Gap, Heading, Line, Page, Paragraph, Title, good, quiet, say, strong
from views.steps import ending
from views.wording import either, listed, obstacle_text
from workflow.results import CaseView

#: What many obstacles of one kind ask, in one phrase.
_PHRASES: dict[str, str] = {
    "sign_off_missing": N_("sign off"),
    "document_missing": N_("file: {what}"),
    "category_undecided": N_("decide the category: {what}"),
    "ownership_unjustified": N_("give reason and basis of the ownership: {what}"),
    "drawings_missing": N_("record the approved drawings: {what}"),
    "not_reported_built": N_("report as built: {what}"),
    "measurement_missing": N_("record the completion survey: {what}"),
    "not_handed_over": N_("record the handover: {what}"),
    "title_missing": N_("record the title: {what}"),
    "registration_note_missing": N_("record the registration note: {what}"),
    "asset_entry_missing": N_("enter in the asset register: {what}"),
    "hearing_missing": N_("hear: {what}"),
}


def plan_page(view: CaseView, steps: Sequence[PlannedStep], names: Names) -> Page:
    """Every step that remains; what is done already is not asked again."""
    names = names.of(view.case)
    title = Title(say(strong(view.case.name)), say(strong(view.case.id)))
    if not steps:
        return (title, Paragraph(say(ending(view))))
    return (title, *(block for number, step in enumerate(steps, 1) for block in _step(number, step, names)))


def _step(number: int, step: PlannedStep, names: Names) -> Iterator[Block]:
    way = _("{stage}: {action}").format(stage=stage_label(step.edge.source), action=action_label(step.edge.action))
    yield Gap()
    yield Heading(f"{number}. {way}", say(quiet(f"> {stage_label(step.edge.target)}")))
    if not step.obstacles:
        yield Paragraph(say(good(f"{DONE} "), _("nothing is in the way")), 2)
    for who in dict.fromkeys(o.who for o in step.obstacles):
        mine = [o for o in step.obstacles if o.who == who]
        party = either(names.organisation(o) for o in who) or _("nobody at present")
        yield Paragraph(say(strong(party), _(": "), *_asked(mine, names)), 2, 2)


def _asked(obstacles: Sequence[Obstacle], names: Names) -> Line:
    """What one party is asked, one phrase for each kind of obstacle."""
    phrases = [
        phrase
        for code in dict.fromkeys(o.code for o in obstacles)
        for phrase in _phrases(code, [o for o in obstacles if o.code == code], names)
    ]
    return say(_("; ").join(phrases))


def _phrases(code: str, obstacles: Sequence[Obstacle], names: Names) -> list[str]:
    if code == "particular_missing":
        return list(_particulars(obstacles, names))
    if code not in _PHRASES:
        return [obstacle_text(o, names).rstrip(".。") for o in obstacles]
    what = listed(dict.fromkeys(_subject(o, names) for o in obstacles))
    return [_(_PHRASES[code]).format(what=what)]


def _particulars(obstacles: Sequence[Obstacle], names: Names) -> Iterator[str]:
    """One phrase for all facilities whose requirements lack the same."""
    lacking: dict[str, list[str]] = {}
    for obstacle in obstacles:
        lacking.setdefault(obstacle.subject, []).append(dict(obstacle.detail)["particular"])
    for group in dict.fromkeys(map(tuple, lacking.values())):
        what = listed(names.facility(name) for name, found in lacking.items() if tuple(found) == group)
        yield _("complete {particulars}: {what}").format(particulars=listed(map(particular_label, group)), what=what)


def _subject(obstacle: Obstacle, names: Names) -> str:
    if obstacle.code == "document_missing":
        return names.document(obstacle.subject)
    return label(obstacle.subject) if obstacle.code == "hearing_missing" else names.anything(obstacle.subject)
