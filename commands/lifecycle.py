"""The lifecycle and the configuration themselves, without any case or database."""

from __future__ import annotations

from commands.frame import Own, Settings, needs
from commands.output import present, say
from views.language import _


def _lifecycle_check(shared: Settings) -> None:
    from states.project import EDGES, Stage, check_lifecycle
    from workflow import settings

    check_lifecycle(EDGES)
    settings.load(shared.config_path())
    text = _("The lifecycle holds: {stages} stages, {edges} edges.").format(stages=len(Stage), edges=len(EDGES))
    say(shared, {"stages": len(Stage), "edges": len(EDGES)}, text)


def _lifecycle_diagram(shared: Settings) -> None:
    diagram(shared, None)


def diagram(shared: Settings, stage: str | None) -> None:
    """The lifecycle, with the place of a case when there is one."""
    from states.machine import mermaid
    from views.labels import action_label, stage_label

    drawn = mermaid(stage_label, action_label) + (
        f"  class {stage} here\n  classDef here stroke-width:4px\n" if stage else ""
    )
    say(shared, {"mermaid": drawn, "stage": stage}, drawn.rstrip())


def _lifecycle_table(shared: Settings) -> None:
    from states.project import EDGES
    from views.tables_of_law import lifecycle_page
    from workflow import settings

    rules = settings.load(shared.config_path())
    table = {"stages": rules.stages, "edges": list(EDGES), "limits": list(rules.limits)}
    present(shared, table, rules, lifecycle_page)


def _lifecycle_actions(shared: Settings) -> None:
    from policies.authority import PERMISSIONS
    from views.tables_of_law import authority_page
    from workflow import settings

    rules = settings.load(shared.config_path())
    present(shared, list(PERMISSIONS.values()), rules, authority_page)


def _lifecycle_rules(shared: Settings) -> None:
    from views.rules import rules_page
    from workflow import settings

    rules = settings.load(shared.config_path())
    present(shared, rules, rules, rules_page)


OWN: Own = {
    "lifecycle check": (_lifecycle_check, needs()),
    "lifecycle diagram": (_lifecycle_diagram, needs()),
    "lifecycle table": (_lifecycle_table, needs()),
    "lifecycle actions": (_lifecycle_actions, needs()),
    "lifecycle rules": (_lifecycle_rules, needs()),
}
