"""Every action in every stage for every kind of actor, held against ``authority_matrix.yaml``.

What is refused is tried in earnest, because a refusal changes nothing but the journal; what is let pass is tried in a
dry run, so that one office of each stage is enough. That both answer alike is a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from authority import MAY, MAY_NOT, NOT_THERE, Cell, Row, cells, incomplete, rows, two, written
from authority_bench import WAYS, WHOLE, Watch, Watched, act
from world import CASE, World

from policies.authority import PERMISSIONS, Party
from states.actions import ACTIONS, Action
from states.facts import Actor
from states.project import Stage
from tests.ways_in import Library, Outcome
from workflow import accounts, delegations
from workflow.office import Office
from workflow.results import AccountLine, DelegationLine

STAGES = tuple(Stage)


# -- one cell ------------------------------------------------------------------------------------------------


def judged(office: Watched, cell: Cell) -> Iterator[str]:
    """What is wrong with a cell."""
    entries = office.entries()
    outcome = office.act(cell, dry_run=cell.expected == MAY)
    if problem := _answer(cell, outcome):
        yield problem
    if touched := office.touched():
        yield f"wrote to {touched}"
        office.reader.execute("DELETE FROM touched")
    if (written_now := office.entries() - entries) != (expected := _noted(office, cell)):
        yield f"{written_now} entries instead of {expected}"
    elif expected and (problem := _entry(cell, office.last_entry())):
        yield problem


def _answer(cell: Cell, outcome: Outcome) -> str | None:
    if cell.expected == MAY_NOT:
        reasons = outcome.keys or (outcome.code,)
        return None if (outcome.exit_code, reasons) == (4, (cell.refused_by,)) else f"not refused so: {outcome}"
    if cell.expected == NOT_THERE:
        return None if outcome.exit_code == 5 else f"not missing: {outcome}"
    if outcome.exit_code not in (0, 3):
        return f"not let pass: {outcome}"
    misplaced = any(key.startswith(("not_in_this_stage", "not_an_entry")) for key in outcome.keys)
    if misplaced == (cell.stage in cell.row.where) and "not_suspended" not in outcome.keys:
        return f"a place or none: {outcome}"
    return None


def _noted(office: Watched, cell: Cell) -> int:
    """How many entries the attempt leaves: one, but whoever is not let in is noted once a day and action."""
    if cell.expected != MAY_NOT or cell.kind == "no_token":
        return 0
    if cell.admitted:
        return 1
    key = ("", "") if cell.kind == "unknown_token" else (cell.by, cell.row.action)
    if key in office.noted:
        return 0
    office.noted.add(key)
    return 1


def _entry(cell: Cell, entry: tuple[str, ...]) -> str | None:
    opening = cell.row.action in ("case open", "case import")
    subject = CASE if cell.admitted and not opening else "-"
    by = "?" if cell.kind == "unknown_token" else cell.by
    wanted = (subject, cell.row.action, "refused", by, cell.refused_by)
    found = (*entry[:3], entry[3].split(" ")[0], entry[4])
    return None if found == wanted else f"noted as {entry}"


# -- the matrix ------------------------------------------------------------------------------------------------

#: Kinds of actor times organisations, as the file says: 4 kinds of all 13, 4 deputies and 7 outsiders of two each.
CELLS_A_ROW = 4 * 13 + 4 * 2 + 7 * 2
#: All 15 kinds, of two organisations each.
CELLS_A_ROW_IN_PART = 15 * 2


#: A workbook has no word for a stage at which nothing is imported: like every form it is invalid before anybody is
#: asked, so there these say nothing of authority.
FORMS = {("command line", "case import"), ("http", "case import")}


def chosen(stage: str, whole: bool) -> list[Row]:
    """The rows tried in a stage: all, or each in one of its places, in turn."""
    return [row for turn, row in enumerate(rows()) if whole or stage == _place(row, turn)]


def _place(row: Row, turn: int) -> str:
    places = sorted(row.where, key=STAGES.index)
    return places[turn % len(places)]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("way", WAYS)
def test_every_cell_is_as_it_was_written_down(way: str, stage: str, watched: Watch, long_form: bool) -> None:
    whole = way in WHOLE or long_form
    office, executed, wrong = watched(way, stage), 0, []
    trials = [row for row in chosen(stage, whole) if (way, row.action) not in FORMS or stage in row.where]
    before = office.digest()
    for cell in cells(stage, trials):
        if whole or cell.organisation in two(cell.row, stage):
            executed += 1
            wrong += [f"{cell}: {problem}" for problem in judged(office, cell)]
    assert wrong == []
    assert office.digest() == before
    assert office.world.verified().findings == ()
    assert len(rows()) >= 56
    assert executed == len(trials) * (CELLS_A_ROW if whole else CELLS_A_ROW_IN_PART)


def test_no_action_no_stage_and_no_row_is_left_out() -> None:
    assert incomplete(ACTIONS) == set()
    assert tuple(written()["stages"]) == STAGES
    assert [chosen(stage, whole=True) for stage in STAGES] == [list(rows())] * len(STAGES)
    assert sum(len(chosen(stage, whole=False)) for stage in STAGES) == len(rows())


def test_an_action_without_its_rows_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Vanish(Action):
        name = "case vanish"

    monkeypatch.setitem(ACTIONS, "case vanish", Vanish)
    assert incomplete(ACTIONS) == {"case vanish"}


def test_a_dry_run_answers_as_the_thing_itself(sampled: dict[str, World], memory_folder: Path) -> None:
    """What may be done is tried in a dry run and then in earnest, in a copy where it is done; a refusal likewise."""
    done = set()
    for stage in STAGES:
        for number, cell in enumerate(_leaders(stage)):
            world = sampled[stage]
            tried = act(world, Library(world.office), cell, dry_run=True)
            if tried.done:
                done.add(cell.row.name)
                world.close()
                world = world.copied(memory_folder / f"{stage}{number}")
            real = act(world, Library(world.office), cell, dry_run=False)
            assert (tried.code, tried.keys) == (real.code, real.keys), cell
            assert _lasting(tried) == _lasting(real), cell
            if tried.done:
                world.close()
    assert {row.name for row in rows()} - done == NEVER_DONE


def _leaders(stage: str) -> Iterator[Cell]:
    """Of every row the leaders who may, and one who may not."""
    for cell in cells(stage):
        if cell.kind == "leader" and (cell.expected == MAY or cell.organisation in two(cell.row, stage)):
            yield cell


def _lasting(outcome: Outcome) -> dict[str, object]:
    return {name: value for name, value in outcome.body.items() if name not in ("entry", "hash", "dry_run")}


#: Let pass and blocked wherever they have a place, because the sample case is in good order and on its way: nobody
#: objects, nothing rests, no draft waits, the land is sold, the change lacks its consents, a department is silent.
NEVER_DONE = {
    "acceptance order", "acceptance report", "case land-deal-failed", "case resume", "change apply",
    "decide (objection)", "issue", "presale clear",
}  # fmt: skip


# -- faults that must be seen ------------------------------------------------------------------------------------


def _permit(action: str, **changes: object) -> Callable[[pytest.MonkeyPatch], None]:
    from policies.authority import PERMISSIONS

    return lambda patch: patch.setitem(PERMISSIONS, action, replace(PERMISSIONS[action], **changes))  # type: ignore[arg-type]


#: What is broken, in which stage, and of which action and kinds the cells are that tell of it.
FAULTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, str, set[str]]] = {
    "a clerk ends a project": (
        _permit("case terminate", level="clerk"), Stage.PLANNING, "case terminate",
        {"clerk", "lapsed_deputy", "coming_deputy", "ended_deputy", "orphaned_deputy"},
    ),
    "only a leader suspends": (
        _permit("case suspend", level="leader"), Stage.PERMIT, "case suspend",
        {"clerk", "lapsed_deputy", "coming_deputy", "ended_deputy", "orphaned_deputy", "deputy_in_planning"},
    ),
    "the lead designates": (
        _permit("facility designate", parties=(Party.LEAD,)), Stage.CONSTRUCTION, "facility designate",
        {"leader", "clerk", "deputy", "lapsed_deputy", "coming_deputy", "ended_deputy", "orphaned_deputy",
         "deputy_in_planning"},
    ),
    "heard in the agreement, too": (
        _permit("hear", stages=(*PERMISSIONS["hear"].stages, Stage.AGREEMENT)), Stage.AGREEMENT, "hear",
        {"leader", "clerk", "deputy", "lapsed_deputy", "coming_deputy", "ended_deputy", "orphaned_deputy",
         "deputy_in_planning"},
    ),
    "a delegation has no days": (
        lambda patch: patch.setattr(DelegationLine, "runs", lambda line, day, stage: not line.stages),
        Stage.PLANNING, "case terminate", {"lapsed_deputy", "coming_deputy", "ended_deputy", "deputy_in_planning"},
    ),
    "a delegation has no stages": (
        lambda patch: patch.setattr(DelegationLine, "runs", lambda line, *_: bool(line.stages)),
        Stage.PERMIT, "case terminate", {"deputy", "deputy_in_planning"},
    ),
    "a leader who is gone is only absent": (
        lambda patch: patch.setattr(delegations, "_still_there", lambda *_: True),
        Stage.PLANNING, "case terminate", {"orphaned_deputy"},
    ),
    "a token is good for ever": (
        lambda patch: patch.setattr(AccountLine, "state", lambda line, today: "in_use"),
        Stage.PLANNING, "hear", {"stopped_token", "closed_account", "expired_token"},
    ),
    "an administrator acts as a leader": (
        lambda patch: patch.setattr(accounts, "_actor", _as_leader),
        Stage.PLANNING, "hear", {"administrator", "auditor"},
    ),
}  # fmt: skip


def _as_leader(line: AccountLine) -> Actor:
    return Actor(line.account, line.organisation, "leader" if line.level in ("admin", "auditor") else line.level)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_authority_is_seen_in_its_cells_and_in_no_other(
    fault: str, sampled: dict[str, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, stage, action, kinds = FAULTS[fault]
    way = Library(sampled[stage].office)
    trials = [row for row in rows() if row.action in (action, "facility add")]
    plant(monkeypatch)
    wrong = [cell for cell in cells(stage, trials) if _answer(cell, act(sampled[stage], way, cell, dry_run=True))]
    told = {cell.kind for cell in wrong if cell.row.action == action}
    assert told == kinds
    assert {cell.row.action for cell in wrong} == {action} or "token" in fault or "administrator" in fault


def test_what_a_refusal_writes_and_does_not_note_is_seen(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    office = watched("library", Stage.PLANNING)
    cell = next(c for c in cells(Stage.PLANNING) if c.expected == MAY_NOT and c.row.action == "hear")
    assert list(judged(office, cell)) == []
    monkeypatch.setattr(Office, "_record_refusal", lambda *_: None)
    assert list(judged(office, cell)) == ["0 entries instead of 1"]
    monkeypatch.setattr(Office, "_record_refusal", _touching)
    assert list(judged(office, cell)) == ["wrote to ['cases']", "0 entries instead of 1"]


def _touching(office: Office, *_: object) -> None:
    from sqlalchemy import text

    with office.writing() as tx:
        tx.run(text("UPDATE cases SET name = name"), [{}])
