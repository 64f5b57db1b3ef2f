"""Offices for the integration tests: founded once, driven through once, and copied for every test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from crowd import WAYS, Opening
from servers import Server
from world import World, drive

from states.project import Stage

if TYPE_CHECKING:
    from authority_bench import Watched

#: Every stage a case can stand in without having been ended, in the order in which they are reached.
REACHED = (*(s for s in Stage if s not in (Stage.PRESALE, Stage.TERMINATED)), Stage.PRESALE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked ``both_databases`` runs on both; with ``long=True`` the second only in the long form."""
    mark = metafunc.definition.get_closest_marker("both_databases")
    if mark and "backend" in metafunc.fixturenames:
        long = bool(os.environ.get("PEIJIAN_LONG") or metafunc.config.getoption("--long", default=False))
        both = long or not mark.kwargs.get("long")
        metafunc.parametrize("backend", ("sqlite", "postgresql") if both else ("sqlite",))


@pytest.fixture
def backend() -> str:
    """On which database a test runs, where it does not say that it runs on both."""
    return "sqlite"


def _driven(folder: Path, server: Server | None = None) -> dict[str, World]:
    """An office by the stage in which its case stands; ``""``: an office without a case."""
    (folder / "new").mkdir()
    found = {"": World.founded(folder / "new", server=server)}
    running = found[""].copied(folder / "running")
    for stage in REACHED:
        if stage == Stage.PRESALE:
            running.close()
            running = found[Stage.CONSTRUCTION].copied(folder / "again")
        drive(running, upto=stage)
        found[stage] = running.copied(folder / stage)
    running.close()
    for world in found.values():
        world.close()
    return found


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, World]:
    return _driven(tmp_path_factory.mktemp("offices"))


@pytest.fixture(scope="session")
def shared_offices(tmp_path_factory: pytest.TempPathFactory, server: Server) -> dict[str, World]:
    return _driven(tmp_path_factory.mktemp("shared"), server)


@pytest.fixture(scope="session")
def sampled(offices: dict[str, World]) -> Iterator[dict[str, World]]:
    """The sample case of the authority matrix in every stage; thousands of refusals are written to it."""
    from authority_offices import hire, played

    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        new = offices[""].copied(Path(folder) / "peopled")
        hire(new)
        found = played(new, Path(folder))
        yield found
        for world in (new, *found.values()):
            world.close()


@pytest.fixture
def watched(sampled: dict[str, World], memory_folder: Path) -> Iterator[Callable[[str, str], Watched]]:
    """``watched(way, stage)``: an office of one's own at a stage of the authority matrix, whose every write is seen."""
    from authority_bench import watching

    made: list[Watched] = []
    until = ExitStack()

    def watch(way: str, stage: str) -> Watched:
        sampled[stage].close()
        made.append(watching(sampled[stage].copied(memory_folder / f"watched{len(made)}"), way, until))
        return made[-1]

    with until:
        yield watch
    for office in made:
        office.reader.close()
        office.world.close()


@pytest.fixture
def memory_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for thousands of commits: in memory where there is such a place, for a disk is waited for."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(params=["library", "http"])
def way_in(request: pytest.FixtureRequest) -> Opening:
    """A way into an office for processes of their own: ``with way_in(world) as door``."""
    return WAYS[request.param]


@pytest.fixture
def driven(request: pytest.FixtureRequest, backend: str) -> dict[str, World]:
    """The offices on the database that a test runs on, to be copied."""
    found: dict[str, World] = request.getfixturevalue("offices" if backend == "sqlite" else "shared_offices")
    return found


@pytest.fixture
def office_at(driven: dict[str, World], tmp_path: Path) -> Iterator[Callable[[str], World]]:
    """``office_at(stage)``: an office of one's own whose case stands in the stage; ``""``: no case yet."""
    made: list[World] = []

    def make(stage: str = "") -> World:
        made.append(driven[stage].copied(tmp_path / f"office{len(made)}"))
        return made[-1]

    yield make
    for world in made:
        world.drop()


@pytest.fixture
def new_database(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is not made yet."""
    if backend == "sqlite":
        yield str(tmp_path / "new.db")
        return
    server: Server = request.getfixturevalue("server")
    address = server.new()
    yield address
    server.drop(address)


@pytest.fixture
def world(office_at: Callable[[str], World]) -> World:
    """An office of one's own whose case stands at the planning review."""
    return office_at(Stage.PLANNING)
