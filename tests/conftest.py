"""What all tests share.

The long forms run with ``pytest --long``, or with ``PEIJIAN_LONG=1`` wherever pytest is started.
"""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", default=False, help="run the long forms of the tests")


@pytest.fixture(scope="session")
def long_form(pytestconfig: pytest.Config) -> bool:
    return bool(os.environ.get("PEIJIAN_LONG") or pytestconfig.getoption("--long", default=False))
