"""The house as it is drawn: who imports whom, one clock, one fence. ``lint-imports`` holds the packages;
``cli.py`` cannot be one of its roots and is held here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from commands.catalogue import COMMANDS, GROUPS

ROOT = Path(__file__).parents[2]
PACKAGES = ("states", "policies", "workflow", "notifications", "views", "service", "commands")
SOURCES = [ROOT / "cli.py", *(p for name in PACKAGES for p in sorted((ROOT / name).rglob("*.py")))]
PRODUCT = [p for p in SOURCES if "migrations" not in p.parts]


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_sources_were_found() -> None:
    assert len(PRODUCT) > 40


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_nothing_imports_the_door(path: Path) -> None:
    assert "cli" not in set(imported(path))


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_only_the_door_imports_the_commands(path: Path) -> None:
    knows = any(module.split(".")[0] == "commands" for module in imported(path))

    assert not knows or name(path) == "cli.py" or name(path).startswith("commands/")


@pytest.mark.parametrize("module", sorted({entry.module for entry in COMMANDS.values()}))
def test_a_module_holds_the_commands_that_the_catalogue_gives_it(module: str) -> None:
    given = {path for path, entry in COMMANDS.items() if entry.module == module}

    assert set(import_module(f"commands.{module}").OWN) == given


def test_the_groups_are_those_of_the_commands() -> None:
    assert set(GROUPS) == {path.split()[0] for path in COMMANDS if " " in path}


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_only_the_machine_knows_transitions(path: Path) -> None:
    knows = any(module.split(".")[0] == "transitions" for module in imported(path))

    assert knows == (name(path) == "states/machine.py")


@pytest.mark.parametrize("path", PRODUCT, ids=name)
def test_only_one_module_reads_the_clock(path: Path) -> None:
    calls = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow", "time"}
        and isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date", "time"}
    ]  # fmt: skip

    assert bool(calls) == (name(path) == "workflow/clock.py")


@pytest.mark.parametrize("path", ["cli.py", "commands/__init__.py", "commands/catalogue.py", "commands/frame.py"])
def test_what_every_start_reads_imports_nothing_heavy_at_its_top(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    top = {
        module
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }

    assert {module.split(".")[0] for module in top}.isdisjoint(
        {"pydantic", "sqlmodel", "sqlalchemy", "transitions", "rich", "workflow", "policies", "states"}
    )
    assert {module for module in top if module.split(".")[0] == "commands"} <= {"commands.catalogue", "commands.frame"}


def test_the_top_level_is_the_house_that_was_agreed() -> None:
    agreed = {
        "workflow", "states", "policies", "notifications", "views", "service", "commands", "cli.py", "config.yaml",
        "tests", "pyproject.toml", "constraints.txt", "README.md", "README.zh-CN.md", "ARCHITECTURE.md", "docs",
        "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "benchmarks",
    }  # fmt: skip
    left_by_tools = {"build", "dist", "__pycache__"}
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".") and not p.name.endswith(".egg-info")}

    assert agreed <= found
    assert found - left_by_tools <= agreed
