"""What a policy is asked, and the one shape in which policies answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from states.actions.base import Action
from states.errors import Obstacle
from states.facts import Actor, Case
from states.participants import leads
from states.project import Edge
from states.rules import Rules


@dataclass(frozen=True, slots=True)
class Question:
    """May this happen? ``action`` and ``actor`` are None when only the way ahead is asked for."""

    case: Case
    rules: Rules
    day: str
    edge: Edge | None = None
    action: Action | None = None
    actor: Actor | None = None
    #: the day on which it is recorded; ``day``, when it happened, unless given
    recorded_on: str = ""

    @property
    def today(self) -> str:
        """The day by which authority is judged, whenever the thing itself happened."""
        return self.recorded_on or self.day

    @property
    def lead(self) -> tuple[str, ...]:
        """Who can clear what nobody else can: the lead of the stage."""
        return leads(self.case, self.rules)

    @property
    def basis(self) -> str | None:
        """The clause behind the edge, else behind the stage."""
        own = self.rules.edges.get(self.edge.name) if self.edge else None
        return (own or self.rules.stages[self.case.stage]).basis

    def obstacle(
        self,
        code: str,
        subject: str = "",
        who: tuple[str, ...] | None = None,
        since: str | None = None,
        basis: str | None = None,
        **detail: object,
    ) -> Obstacle:
        """An obstacle that stands since the stage was entered and that the lead clears, unless said otherwise."""
        return Obstacle(
            code,
            subject,
            self.lead if who is None else who,
            since or self.case.entered_on,
            basis or self.basis,
            tuple((name, str(value)) for name, value in detail.items()),
        )

    def department_of(self, facility: str) -> tuple[str, ...]:
        """The competent department of a facility; the leading-group office where there is none."""
        department = self.rules.competent(self.case.facility(facility))
        return (department or self.acting(self.rules.roles.leading_group_office),)

    def acting(self, organisation: str) -> str:
        """The organisation itself, or who has succeeded it today."""
        return self.rules.acting(organisation, self.today)

    def lead_or_department(self, facility: str) -> tuple[str, ...]:
        """Who may record evidence of a facility, or fill what is still open in its requirement."""
        return tuple(dict.fromkeys((*self.lead, *self.department_of(facility))))


Policy = Callable[[Question], Iterator[Obstacle]]
