"""Offices for the end-to-end tests: founded once, the sample project played once, copied for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program import Place, founded, played
from serving import Served, serving

OfficeAt = Callable[..., Place]


@pytest.fixture(scope="session")
def served(moments: dict[str, Place], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for many tests, each of which lays its own rows behind it."""
    with serving(moments["new"].copied(tmp_path_factory.mktemp("served"))) as found:
        yield found


@pytest.fixture(scope="session")
def moments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    """An office at every moment of the sample project; ``new`` has only accounts."""
    folder = tmp_path_factory.mktemp("e2e")
    return played(founded(folder / "new"), folder)


@pytest.fixture
def office_at(moments: dict[str, Place], tmp_path: Path) -> OfficeAt:
    """``office_at(moment)``: an office of one's own at a moment of the sample project."""
    return lambda moment="planning_joint_review": moments[moment].copied(tmp_path / "home")


@pytest.fixture
def office(office_at: OfficeAt) -> Place:
    """An office of one's own in the first round of the planning review."""
    return office_at()


@pytest.fixture
def nowhere(tmp_path: Path) -> Place:
    """A home without a database."""
    folder = tmp_path / "home"
    folder.mkdir()
    return Place(folder)
