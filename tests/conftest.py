"""What all tests share.

The long forms run with ``pytest --long``, or with ``PEIJIAN_LONG=1`` wherever pytest is started.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from servers import Server, running


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", default=False, help="run the long forms of the tests")


@pytest.fixture(scope="session")
def long_form(pytestconfig: pytest.Config) -> bool:
    return bool(os.environ.get("PEIJIAN_LONG") or pytestconfig.getoption("--long", default=False))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real PostgreSQL server; files of documents lie in a folder of the tests."""
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch, running() as found:
        patch.setenv("PEIJIAN_FILES", "")
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield found
