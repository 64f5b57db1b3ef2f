"""Unfolds the hand-written ``authority_matrix.yaml`` to its cells. Nothing here asks the program who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

EXPECTED = Path(__file__).with_name("authority_matrix.yaml")

MAY, MAY_NOT, NOT_THERE = "may", "may not", "not there"
#: Refused by the level, in the chain of the case; the others in ``never`` are not let in at all.
LEVELS = ("administrator", "auditor")


@cache
def written() -> Mapping[str, Any]:
    """The expectation file as it is written."""
    found: Mapping[str, Any] = YAML(typ="safe").load(EXPECTED)
    return found


@dataclass(frozen=True)
class Row:
    """What is written of one action, or of one thing that it can be about."""

    action: str
    about: str
    where: frozenset[str]
    who: tuple[str, ...]
    level: Literal["clerk", "leader", "signing"]
    #: stages in which what it names cannot exist
    not_there: frozenset[str] = frozenset()
    #: whether nobody's part can be told there
    for_all: bool = False

    @property
    def name(self) -> str:
        return f"{self.action} ({self.about})" if self.about else self.action

    def holders(self, stage: str) -> tuple[str, ...]:
        """The organisations that hold one of its capacities in a stage, in the order of the file."""
        capacities = (written()["capacities"][capacity] for capacity in self.who)
        named = [capacity.get("always") or capacity.get(stage, ()) for capacity in capacities]
        return tuple(o for o in written()["organisations"] if any(o in organisations for organisations in named))

    def needs_leader(self, stage: str) -> bool:
        return self.level == "leader" or (self.level == "signing" and stage in written()["signing_level"]["leader"])


@dataclass(frozen=True)
class Cell:
    """One kind of actor of one organisation tries one thing in one stage. ``by`` is the name of the account."""

    row: Row
    stage: str
    organisation: str
    kind: str
    expected: str
    #: the code or key that the refusal must give
    refused_by: str = ""

    @property
    def by(self) -> str:
        return account(self.organisation, self.kind)

    @property
    def admitted(self) -> bool:
        """Whether the token lets its holder in at all."""
        return self.kind in LEVELS or self.kind not in written()["never"]

    def __str__(self) -> str:
        return f"{self.row.name} in {self.stage} by {self.by}: {self.expected} {self.refused_by}".strip()


def account(organisation: str, kind: str) -> str:
    return organisation if kind == "leader" else f"{organisation}.{kind}"


def rows() -> tuple[Row, ...]:
    return tuple(row for action, said in written()["actions"].items() for row in _rows(action, said))


def _rows(action: str, said: Mapping[str, Any]) -> Iterator[Row]:
    for about, terms in ({"": said} if "where" in said else said).items():
        yield Row(
            action,
            about,
            _stages(terms["where"]),
            tuple(terms["who"]),
            terms["level"],
            _stages(terms.get("not_there")),
            terms.get("not_there_for") == "all",
        )


def _stages(place: str | None) -> frozenset[str]:
    return frozenset(written()["places"][place]) if place else frozenset()


def incomplete(actions: Iterable[str]) -> set[str]:
    """The actions without a row, and the rows without an action."""
    return set(actions) ^ set(written()["actions"])


def cells(stage: str, of: Iterable[Row] | None = None) -> Iterator[Cell]:
    """Every cell of a stage."""
    for row in rows() if of is None else of:
        for kind, terms in written()["kinds"].items():
            everywhere = terms["tried"] == "all"
            for organisation in written()["organisations"] if everywhere else two(row, stage):
                yield _cell(row, stage, organisation, kind)
        for kind, terms in written()["never"].items():
            for organisation in two(row, stage):
                yield Cell(row, stage, organisation, kind, MAY_NOT, terms["refused_by"])


def two(row: Row, stage: str) -> tuple[str, ...]:
    """An organisation that may and one that may not; two that may not where nobody may."""
    everybody, may = written()["organisations"], row.holders(stage)
    strangers = [organisation for organisation in everybody if organisation not in may]
    return (may[0], strangers[0]) if may else tuple(strangers[:2])


def _cell(row: Row, stage: str, organisation: str, kind: str) -> Cell:
    def cell(expected: str, refused_by: str = "") -> Cell:
        return Cell(row, stage, organisation, kind, expected, refused_by)

    terms = written()["kinds"][kind]
    leads = terms["acts_as"] == "leader" or stage in terms.get("leader_in", ())
    if stage in row.not_there and row.for_all:
        return cell(NOT_THERE)
    if organisation not in row.holders(stage):
        return cell(MAY_NOT, f"not_your_task:{organisation}")
    if row.needs_leader(stage) and not leads:
        return cell(MAY_NOT, f"leader_needed:{organisation}")
    return cell(NOT_THERE if stage in row.not_there else MAY)
