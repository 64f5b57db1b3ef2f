"""The way in over HTTP for many hands: a service in a process of its own, which may be spoiled, and may die."""

from __future__ import annotations

import http.client
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from spoils import Spoil, unspoiled
from world import World

from states.errors import Conflict
from tests.serving import Http, served
from tests.ways_in import Outcome

_FORK = multiprocessing.get_context("fork")
_PATIENCE = 60
#: What is no action, as the requests of the service have it.
_OTHERS: dict[str, tuple[str, Mapping[str, Any]]] = {"account token revoke": ("account token", {"revoke": True})}
#: What a client says whose answer was lost: the same request again will tell.
LOST = "answer_lost"


class Caller(Http):
    """A client of the service, who may lose an answer."""

    def act(self, path: str, fields: Mapping[str, Any], token: str | None, dry_run: bool = False) -> Outcome:
        path, more = _OTHERS.get(path, (path, {}))
        try:
            return super().act(path, {**fields, **more}, token, dry_run)
        except (OSError, http.client.HTTPException):
            return Outcome(LOST, Conflict.exit_code)


@dataclass(frozen=True)
class HttpDoor:
    """Where a service listens."""

    host: str
    port: int

    @contextmanager
    def way(self) -> Iterator[Caller]:
        yield Caller(self.host, self.port)


@contextmanager
def over_http(world: World, spoil: Spoil = unspoiled) -> Iterator[HttpDoor]:
    """A service for an office as long as the block lasts; the spoil is the service's."""
    world.close()
    with serving(world, spoil) as (door, _process):
        yield door


@contextmanager
def serving(world: World, spoil: Spoil = unspoiled) -> Iterator[tuple[HttpDoor, Any]]:
    """The door of a service, and its process."""
    mine, theirs = _FORK.Pipe()
    process = _FORK.Process(target=_serve, args=(world, spoil, theirs), daemon=True)
    process.start()
    theirs.close()
    assert mine.poll(_PATIENCE), "the service did not start"
    try:
        yield HttpDoor(*mine.recv()), process
    finally:
        with suppress(OSError):  # it may have died
            mine.send(None)
        mine.close()
        process.join(_PATIENCE)


def _serve(world: World, spoil: Spoil, pipe: Any) -> None:
    """Until it is told to end. The files lie where the world has them, whatever the database."""
    os.environ["PEIJIAN_FILES"] = str(world.office.files.folder)
    spoil()
    with served(world.url, world.config, lambda: world.moment) as place:
        pipe.send(place)
        with suppress(EOFError):
            pipe.recv()
