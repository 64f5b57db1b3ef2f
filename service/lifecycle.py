"""The lifecycle and the configuration themselves, without any case or database."""

from __future__ import annotations

from policies.authority import PERMISSIONS, Permission
from service.base import Caller, Request
from service.shown import Shown
from states.machine import mermaid
from states.project import EDGES, Stage, check_lifecycle
from states.rules import Rules
from views.labels import action_label, stage_label
from views.language import _
from views.rules import rules_page
from views.tables_of_law import authority_page, lifecycle_page
from workflow import settings


class LifecycleCheck(Request):
    """Check the table of the lifecycle and the configuration."""

    path = "lifecycle check"

    def answer(self, caller: Caller) -> Shown:
        check_lifecycle(EDGES)
        settings.load(caller.config)  # says what is wrong with it
        text = _("The lifecycle holds: {stages} stages, {edges} edges.").format(stages=len(Stage), edges=len(EDGES))
        return Shown({"stages": len(Stage), "edges": len(EDGES)}, text=text)


class LifecycleDiagram(Request):
    """Draw the lifecycle as a Mermaid diagram."""

    path = "lifecycle diagram"

    def answer(self, caller: Caller) -> Shown:
        return diagram(None)


def diagram(stage: str | None) -> Shown:
    """The lifecycle, with the place of a case when there is one."""
    drawn = mermaid(stage_label, action_label) + (
        f"  class {stage} here\n  classDef here stroke-width:4px\n" if stage else ""
    )
    return Shown({"mermaid": drawn, "stage": stage}, text=drawn.rstrip())


class LifecycleTable(Request):
    """Print the stages, who leads them and who signs."""

    path = "lifecycle table"

    def answer(self, caller: Caller) -> Shown:
        rules = caller.rules_on_file
        table = {"stages": rules.stages, "edges": list(EDGES), "limits": list(rules.limits)}
        return caller.show(table, rules, lifecycle_page)


class LifecycleActions(Request):
    """Print who may do what, where."""

    path = "lifecycle actions"
    result = list[Permission]

    def answer(self, caller: Caller) -> Shown:
        return caller.show(list(PERMISSIONS.values()), caller.rules_on_file, authority_page)


class LifecycleRules(Request):
    """Print the organisations, facilities and standards of the configuration."""

    path = "lifecycle rules"
    result = Rules

    def answer(self, caller: Caller) -> Shown:
        rules = caller.rules_on_file
        return caller.show(rules, rules, rules_page)
