"""What can be typed is read from a table, which must be the one that the models give."""

from __future__ import annotations

from commands import describing


def test_the_table_of_what_can_be_typed_is_that_of_the_models() -> None:
    kept = describing.TABLE.read_text(encoding="utf-8")
    assert kept == describing.written(), "models have changed: run `python -m commands.describing`"
