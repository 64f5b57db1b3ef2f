"""Every way an action can fail, as data: a code, its facts, and the exit code a shell shows.

The English text of a code, and through the catalogues its Chinese, stands in ``views/wording.py``;
an error never carries rendered text, so it can be shown in either language or sent as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One unmet requirement: what is missing, who can clear it, and by which clause.

    ``code`` names the rule; ``subject`` is what it is about (a department, facility, document,
    category or number); ``who`` are the organisations that can clear it; ``since`` is an ISO date;
    ``detail`` holds the figures the text needs, as text.
    """

    code: str
    subject: str = ""
    who: tuple[str, ...] = ()
    since: str | None = None
    basis: str | None = None
    detail: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """``code`` or ``code:subject``, the form used in scripts and tests."""
        return f"{self.code}:{self.subject}" if self.subject else self.code


def code_and_subject(key: str) -> tuple[str, str]:
    """What the key of an obstacle is made of; the subject is empty where it has none."""
    code, _, subject = key.partition(":")
    return code, subject


@dataclass
class PeijianError(Exception):
    """The one root: ``code`` names the text, ``params`` are its facts."""

    exit_code: ClassVar[int] = 1
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    #: how a server told it, where it comes from one
    told: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.code} {self.params}"


class Misused(PeijianError):
    """What was said does not go together."""

    exit_code = 2


class Blocked(PeijianError):
    """The rules stand in the way; ``obstacles`` lists all of them."""

    exit_code = 3

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__("blocked", {"obstacles": [o.key for o in self.obstacles]})


class NotAllowed(PeijianError):
    """This account may not do this."""

    exit_code = 4


class NotFound(PeijianError):
    """There is no such case, facility, department or row; ``params['near']`` or ``['allowed']`` may help."""

    exit_code = 5


class Conflict(PeijianError):
    """Somebody else changed it meanwhile, or the database is busy: try again."""

    exit_code = 6


class Invalid(PeijianError):
    """The input, the configuration or the database is not usable as it is."""

    exit_code = 7


#: How many ids an error lists: one more than is shown, so that it can be seen that there are more.
_LISTED = 13


def unknown(kind: str, name: str, choices: Iterable[str], near: Iterable[str] = ()) -> NotFound:
    """A :class:`NotFound` naming the nearest of ``choices``, or what there is where none is near.

    ``near``: the nearest, where more is known of them than their ids.
    """
    from difflib import get_close_matches  # read at every start of the command line, needed here alone

    known = list(choices)
    similar = list(near) or get_close_matches(name, sorted(known), n=3, cutoff=0.4)
    help_ = {"near": similar} if similar else {"allowed": known[:_LISTED]}
    return NotFound(f"unknown_{kind}", {"name": name, **help_})
