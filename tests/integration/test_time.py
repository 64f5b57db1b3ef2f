"""The limits of whole projects, as they are played: the stored rows, the ledger, what is reminded of."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from world import CASE, CONFIG, NR, World

from notifications.rehearsing import went_out
from policies.limits.deadlines import running
from policies.limits.ledger import ledger
from states.errors import Invalid
from states.facts import Case
from states.project import Stage
from tests import working_days
from workflow import administration, intake, rehearsal


def stored(path: Path, case: str) -> dict[tuple[str, int, int, str, str], tuple[str, str | None]]:
    """The running limits of a case as rows: key to party and due day."""
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT code, visit, round, concern, stage, party, due_on FROM running_limits WHERE subject = ?", (case,)
    ).fetchall()
    connection.close()
    return {tuple(row[:5]): (row[5], row[6]) for row in rows}


def worked_between(after: str, until: str) -> int:
    """Day by day, by the independent table."""
    first, last = date.fromisoformat(after), date.fromisoformat(until)
    return sum(working_days.works(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


@pytest.mark.parametrize("name", sorted(rehearsal.shipped()))
def test_rows_and_ledger_agree_with_the_case_after_every_step(name: str, tmp_path: Path) -> None:
    script = rehearsal.load(rehearsal.shipped()[name])
    path = tmp_path / "rehearsal.db"
    stage = rehearsal.Rehearsal(str(path), CONFIG, script.steps[0].at, went_out)
    seen = 0
    for played in stage.play(script):
        if played.case is None or played.done is None:
            continue
        case: Case = played.case
        with stage.office.database.transaction() as tx:
            rules = stage.office.rules(tx, case.configuration)
        now = {(d.code, d.visit, d.round, d.concern, d.stage): (d.party, d.due_on) for d in running(case, rules)}
        assert stored(path, case.id) == now
        day = played.step.at.date().isoformat()
        charges = ledger(case, rules, day)
        assert sum(c.working_days for c in charges) == worked_between(case.opened_on, day)
        assert all(one.until == other.after for one, other in itertools.pairwise(charges))
        seen += len(now)
    assert seen > 100
    assert stored(path, case.id) == {}


@pytest.mark.parametrize(
    ("do", "wrong"),
    [
        ("case clock", {"due": {"L07": "2020-11-07"}}),
        ("case clock", {"due": {"L99": "2020-11-06"}}),
        ("remind run", {"reminders": []}),
        ("remind run", {"reminders": ["education L01:education_sports 2020-07-29", "health L01:health 2020-07-29"]}),
    ],
)
def test_a_script_that_expects_another_day_or_another_reminder_is_told(
    do: str, wrong: dict[str, object], tmp_path: Path
) -> None:
    script = rehearsal.load(rehearsal.shipped()["qinghe"])
    place = next(n for n, step in enumerate(script.steps) if step.do == do)
    expected = rehearsal.Expected.model_validate(wrong)
    changed = script.steps[place].model_copy(update={"expect": expected})
    steps = (*script.steps[:place], changed)
    stage = rehearsal.Rehearsal(str(tmp_path / "r.db"), CONFIG, script.steps[0].at, went_out)
    with pytest.raises(Invalid, match="rehearsal_difference"):
        list(stage.play(script.model_copy(update={"steps": steps})))


def test_a_file_that_nobody_accepted_silences_no_reminder(office_at: Callable[[str], World], tmp_path: Path) -> None:
    world = office_at(Stage.PLANNING)
    text = CONFIG.read_text(encoding="utf-8")
    quiet = tmp_path / "quiet.yaml"
    quiet.write_text(re.sub(r"\n  ladder:\n(    - .*\n)+", "\n  ladder: []\n", text), encoding="utf-8")
    office = administration.open_office(f"sqlite:///{world.path}", quiet)
    office.now = world.office.now
    office.perform(intake.build("case circulate", {"case": CASE}), world.tokens[NR])
    connection = sqlite3.connect(world.path)
    assert connection.execute("SELECT count(*) FROM running_limits WHERE remind_on IS NULL").fetchall() == [(0,)]
    assert connection.execute("SELECT count(*) FROM running_limits").fetchall()[0][0] > 5
