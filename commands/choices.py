"""Who sits at the terminal, and what there is to choose from: names instead of ids, numbers instead of typing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from commands.dialogue import Choices
from policies.authority import PERMISSIONS
from policies.limits.extending import extension_rule
from service.shown import Shown
from service.table import Table
from states.exceptions import kind_lifting
from states.project import after
from states.rules import Rules
from views.labels import label
from views.limits import concern_text, limit_name
from views.names import Names
from views.naming import FREE, Meanings, kind_of
from views.wording import naming, obstacle_text
from workflow.results import CaseView

#: The way to the office: a request by its name and fields, and whether it is only tried.
Ask = Callable[[str, Mapping[str, Any], bool], Shown]


@dataclass(frozen=True)
class Desk:
    """Who sits there, and what lies on the table. ``view`` is None while no case is known."""

    ask: Ask
    organisation: str
    names: Names
    view: CaseView | None = None

    @classmethod
    def laid(cls, ask: Ask, table: Table) -> Desk:
        names = Names(table.rules, table.today)
        return cls(ask, table.organisation, names.of(table.view.case) if table.view else names, table.view)

    def afresh(self, case: str) -> Desk:
        """The same, with a case as it is now. Raises NotFound."""
        return Desk.laid(self.ask, Table.of_json(self.ask("form table", {"case": case}, False).data))

    @property
    def rules(self) -> Rules:
        return self.names.rules

    @cached_property
    def meanings(self) -> Meanings:
        return Meanings(self.rules)

    @property
    def case(self) -> CaseView:
        assert self.view
        return self.view


def choices(desk: Desk, model: type[BaseModel], name: str) -> Choices:
    """What a field may hold, where that is a list; else nothing."""
    path = getattr(model, "name", "")
    annotation = model.model_fields[name].annotation
    literal = [get_args(part) for part in (annotation, *get_args(annotation)) if get_origin(part) is Literal]
    if literal:
        return [(value, label(value)) for value in literal[0]]
    kind = None if name in FREE else kind_of(name, path)
    if kind is None:
        new = "subtype" in model.model_fields
        return facilities(desk) if name == "facility" and desk.view and not new else _of_the_case(desk, path, name)
    return [
        (choice.id, naming(kind, desk.names)(choice.id), choice.zh, choice.en, *choice.others)
        for choice in desk.meanings.options(kind).choices
        if kind != "stage" or choice.id in _stages(desk, path)
    ]


def _stages(desk: Desk, path: str) -> Collection[str]:
    """Those at which a project may enter; of a running one, those ahead."""
    return after(desk.case.case.stage) if desk.view else PERMISSIONS[path].stages


def facilities(desk: Desk) -> Choices:
    """Those of the case."""
    return [(f.facility, desk.names.facility(f.facility)) for f in desk.case.case.owed()]


def _of_the_case(desk: Desk, path: str, name: str) -> Choices:
    if desk.view is None:
        return ()
    case = desk.view.case
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
    if name == "condition":
        return [(str(c.number), c.text) for c in case.conditions if c.status == "open"]
    if name == "hearing":
        return [(str(h.number), f"{label(h.kind)} {h.capacity}") for h in case.hearings if h.disposition is None]
    return ()
