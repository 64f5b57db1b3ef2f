"""The lifecycle and the authority table as pages: what the program holds everybody to."""

from __future__ import annotations

from policies.authority import PERMISSIONS, Permission
from states.project import EDGES, TERMINAL, Edge, Stage, Way
from states.rules import Limit
from views.labels import action_label, label, stage_label
from views.language import LANGUAGES, _, current, speaking
from views.names import Names
from views.page import Column, Gap, Heading, Line, Page, Row, Table, joined, quiet, say, strong, table
from views.wording import check_label, clause, duration, listed

#: How the edges that nobody should have to look for are told apart.
_RUNNING = tuple(s for s in Stage if s not in TERMINAL)


def lifecycle_page(names: Names) -> Page:
    """The stages with who leads, who signs and what limits there are; then the edges and what each asks."""
    return (
        Heading(_("Stages")),
        Table(_stage_columns(), tuple(_stage(stage, names) for stage in Stage)),
        Gap(),
        Heading(_("Steps between the stages")),
        Table(_edge_columns(), tuple(_edge(edge, names) for edge in EDGES if edge.way is not Way.OUT)),
    )


def _stage_columns() -> tuple[Column, ...]:
    return (
        Column(_("stage"), least=16, head=True),
        Column(_("led by"), least=12),
        Column(_("must sign off"), least=14),
        Column(_("limits"), least=20),
    )


def _stage(stage: Stage, names: Names) -> tuple[Row, ...]:
    rule = names.rules.stages[stage]
    terminal = stage in TERMINAL
    optional = [say(quiet(_("{who} (may sign)").format(who=names.party(p)))) for p in rule.may_sign]
    asked = [say(names.party(p)) for p in rule.sign_off] + optional
    limits = [_limit(limit, names) for limit in names.rules.limits if limit.stage == stage]
    heads = [say(strong(stage_label(stage))), say(quiet(_elsewhere(stage)))]
    lead = () if terminal and stage is Stage.TERMINATED else say(names.party(rule.lead))
    rows = max(len(heads), len(asked), len(limits))
    return tuple((_nth(heads, n), lead if n == 0 else (), _nth(asked, n), _nth(limits, n)) for n in range(rows))


def _elsewhere(stage: Stage) -> str:
    """The name of a stage in the other language."""
    other = next(language for language in LANGUAGES if language != current())
    with speaking(other):
        return stage_label(stage)


def _nth(lines: list[Line], n: int) -> Line:
    return lines[n] if n < len(lines) else ()


def _limit(limit: Limit, names: Names) -> Line:
    name = limit.name.zh if current() == "zh" else limit.name.en
    return say(name, _(": "), strong(duration(limit.length, limit.unit)), " ", quiet(clause(limit.basis)))


def _edge_columns() -> tuple[Column, ...]:
    return (
        Column(_("from"), least=14, head=True),
        Column(_("step"), least=14, head=True),
        Column(_("to"), least=14),
        Column(_("asks"), least=24),
    )


def _edge(edge: Edge, names: Names) -> tuple[Row, ...]:
    asks = [say(check_label(policy)) for policy in edge.policies if policy != "documents"]
    papers = names.rules.documents_asked(edge.name)
    if papers:
        asks.append(say(quiet(_("documents: ")), listed(names.document(kind) for kind in papers)))
    step = [say(strong(action_label(edge.action))), say(quiet(f"peijian {edge.action}"))]
    to = say(stage_label(edge.target)) if edge.target is not edge.source else say(quiet(_("stays")))
    rows = max(len(step), len(asks))
    return tuple(
        (say(stage_label(edge.source)) if n == 0 else (), _nth(step, n), to if n == 0 else (), _nth(asks, n))
        for n in range(rows)
    )


def authority_page(names: Names) -> Page:
    """Action, stages, who and which level, from the table the program itself obeys."""
    columns = (
        Column(_("action"), least=16, head=True),
        Column(_("command"), least=14),
        Column(_("in the stages"), least=20),
        Column(_("who"), least=14),
        Column(_("level"), least=8),
    )
    return (table(columns, [_permission(p) for p in PERMISSIONS.values()], indent=0),)


def _permission(permission: Permission) -> Row:
    everywhere = set(permission.stages) >= set(_RUNNING)
    stages = _("every stage under way") if everywhere else listed(stage_label(s) for s in permission.stages)
    level = label(permission.level)
    return (
        say(strong(action_label(permission.action))),
        say(quiet(permission.action)),
        say(stages),
        joined((label(party) for party in permission.parties), _(", ")),
        say(level if permission.level != "clerk" else quiet(level)),
    )
