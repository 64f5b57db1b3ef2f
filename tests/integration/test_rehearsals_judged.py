"""What the shipped rehearsals leave behind, held against the law by the judge who knows nothing of the program."""

from __future__ import annotations

import pytest
from checker import judge
from world import CONFIG

from notifications.rehearsing import went_out
from workflow import rehearsal

SCRIPTS = rehearsal.shipped()


@pytest.mark.both_databases
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_judge_has_nothing_against_a_rehearsal(name: str, new_database: str) -> None:
    script = rehearsal.load(SCRIPTS[name])
    stage = rehearsal.Rehearsal(new_database, CONFIG, script.steps[0].at, went_out)
    assert sum(1 for _ in stage.play(script)) == len(script.steps)
    stage.office.database.close()
    # The accounts of a script are admitted without the administrator, and so without entries.
    assert judge(new_database).violations == []
