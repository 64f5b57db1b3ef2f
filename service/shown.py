"""What a request takes along, and what it comes back with: facts for programs, a page for people, perhaps a file.

Nothing heavy at the top: the command line reads it at every start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

if TYPE_CHECKING:
    from states.content import Content
    from views.page import Page
    from views.terminal import Row


@dataclass(frozen=True)
class Upload:
    """A file that comes with a request: as it is called where it comes from, and where it lies on this machine."""

    name: str
    path: Path

    def __str__(self) -> str:
        return self.name

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix

    def is_file(self) -> bool:
        return self.path.is_file()

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        return self.path.open(mode)


@dataclass(frozen=True)
class Sent:
    """A file that goes to whoever asked. ``facts``: what is told of it beside its place, such as ``rows``."""

    name: str
    media_type: str
    content: Content
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """``data`` is ready for JSON; people see ``text`` as it is, or else ``page``; ``notes`` stand beside the data.

    ``rows``: the page laid out already, as it comes from a server.
    """

    data: Any = None
    page: Page = ()
    rows: Sequence[Row] | None = None
    text: str = ""
    notes: tuple[str, ...] = ()
    exit_code: int = 0
    file: Sent | None = None
