"""Who sits at the terminal, and what there is to choose from: names instead of ids, numbers instead of typing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from pydantic import BaseModel

from commands.dialogue import Choices
from policies.limits.extending import extension_rule
from states.exceptions import kind_lifting
from states.project import Stage, after
from states.rules import Rules
from views.labels import label, stage_label
from views.limits import concern_text, limit_name
from views.names import Names, in_language
from views.wording import obstacle_text
from workflow.office import Office
from workflow.results import CaseView


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits there, and what lies on the table. ``view`` is None while no case is known."""

    office: Office
    token: str | None
    organisation: str
    names: Names
    view: CaseView | None = None

    @property
    def rules(self) -> Rules:
        return self.names.rules

    @property
    def case(self) -> CaseView:
        assert self.view
        return self.view


def choices(desk: Desk, model: type[BaseModel], name: str) -> Choices:
    """What a field may hold, where that is a list; else nothing."""
    rules, names, path = desk.rules, desk.names, getattr(model, "name", "")
    annotation = model.model_fields[name].annotation
    literal = [get_args(part) for part in (annotation, *get_args(annotation)) if get_origin(part) is Literal]
    if literal:
        return [(value, label(value)) for value in literal[0]]
    if name == "kind":
        if path == "document add":
            return [(kind, in_language(rule.name)) for kind, rule in rules.documents.items()]
        return [(kind, in_language(name)) for kind, name in rules.project_kinds.items()]
    if name == "town":
        return [(o, names.organisation(o)) for o, body in rules.organisations.items() if body.kind == "town"]
    if name in ("department", "issuer"):
        return [(o, names.organisation(o)) for o in rules.organisations]
    if name == "subtype":
        return [(s, in_language(t.name)) for c in rules.categories.values() for s, t in c.subtypes.items()]
    if name == "category":
        return [(key, in_language(category.name)) for key, category in rules.categories.items()]
    if name == "mode":
        return [(mode, in_language(named)) for mode, named in rules.construction_modes.items()]
    return _of_the_case(desk, path, name) if desk.view else ()


def _of_the_case(desk: Desk, path: str, name: str) -> Choices:
    case = desk.case.case
    if name == "facility" and path and path != "facility add":
        return [(f.facility, desk.names.facility(f.facility)) for f in case.owed()]
    if name == "obstacle":
        liftable = [o for o in desk.case.obstacles if kind_lifting(o.code, case.stage, desk.rules)]
        return [(o.key, obstacle_text(o, desk.names)) for o in liftable]
    if path == "limit extend" and name in ("limit", "concern"):
        running = [found for found in desk.case.limits if extension_rule(desk.rules, found.code)]
        if name == "limit":
            return [(code, limit_name(code, desk.names)) for code in dict.fromkeys(found.code for found in running)]
        told = {found.concern: concern_text(found, found.code, desk.names) for found in running if found.concern}
        return list(told.items())
    if name == "change":
        return [(str(c.number), c.reason) for c in case.changes if c.status == "proposed"]
    if name == "due_stage":
        ahead = after(case.stage)
        return [(str(stage), stage_label(stage)) for stage in Stage if stage in ahead]
    if name == "condition":
        return [(str(c.number), c.text) for c in case.conditions if c.status == "open"]
    if name == "hearing":
        return [(str(h.number), f"{label(h.kind)} {h.capacity}") for h in case.hearings if h.disposition is None]
    return ()
