"""The lifecycle and the authority table as pages: what the program holds everybody to."""

from __future__ import annotations

from policies.authority import PERMISSIONS, Permission
from states.project import EDGES, TERMINAL, Edge, Stage, Way
from states.rules import Limit
from views.labels import action_label, label, stage_label
from views.language import LANGUAGES, _, current, speaking
from views.names import Names, in_language
from views.page import Column, Gap, Heading, Line, Page, Row, joined, quiet, say, section, strong, table
from views.rules_of_time import limit_rules
from views.wording import check_label, clause, duration, listed

#: How the edges that nobody should have to look for are told apart.
_RUNNING = tuple(s for s in Stage if s not in TERMINAL)


def lifecycle_page(names: Names) -> Page:
    """The stages with who leads, who signs and what limits there are; the edges and what each asks; the limits."""
    return (
        Heading(_("Stages")),
        table(_stage_columns(), (_stage(stage, names) for stage in Stage), spaced=True),
        Gap(),
        Heading(_("Steps between the stages")),
        table(_edge_columns(), (_edge(edge, names) for edge in EDGES if edge.way is not Way.OUT), spaced=True),
        *section(_("Limits"), limit_rules(names)),
    )


def _stage_columns() -> tuple[Column, ...]:
    return (
        Column(_("stage"), least=16, head=True),
        Column(_("led by"), least=12),
        Column(_("must sign off"), least=14),
        Column(_("limits"), least=20),
    )


def _stage(stage: Stage, names: Names) -> Row:
    rule = names.rules.stages[stage]
    optional = [_("{who} (may sign)").format(who=names.party(party)) for party in rule.may_sign]
    asked = [*map(say, map(names.party, rule.sign_off)), *map(say, map(quiet, optional))]
    limits = [_limit(limit) for limit in names.rules.limits if limit.stage == stage]
    return (
        joined((strong(stage_label(stage)), quiet(_elsewhere(stage))), "\n"),
        say("" if stage is Stage.TERMINATED else names.party(rule.lead)),
        joined(asked, "\n"),
        joined(limits, "\n"),
    )


def _elsewhere(stage: Stage) -> str:
    """The name of a stage in the other language."""
    other = next(language for language in LANGUAGES if language != current())
    with speaking(other):
        return stage_label(stage)


def _limit(limit: Limit) -> Line:
    name = in_language(limit.name)
    return say(
        quiet(limit.code),
        " ",
        name,
        _(": "),
        strong(duration(limit.length, limit.unit)),
        " ",
        quiet(clause(limit.basis)),
    )


def _edge_columns() -> tuple[Column, ...]:
    return (
        Column(_("from"), least=14, head=True),
        Column(_("step"), least=14, head=True),
        Column(_("to"), least=14),
        Column(_("asks"), least=24),
    )


def _edge(edge: Edge, names: Names) -> Row:
    asks = [say(check_label(policy)) for policy in edge.policies if policy != "documents"]
    told = edge.name in names.rules.edges
    papers = listed(map(names.document, names.rules.documents_asked(edge.name))) if told else ""
    asks += [say(quiet(_("documents: ")), papers)] if papers else []
    return (
        say(stage_label(edge.source)),
        joined((strong(action_label(edge.action)), quiet(f"peijian {edge.action}")), "\n"),
        say(quiet(_("stays")) if edge.target is edge.source else stage_label(edge.target)),
        joined(asks, "\n"),
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
