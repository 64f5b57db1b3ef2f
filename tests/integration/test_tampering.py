"""What was altered behind the program's back is found by ``journal verify``, and by the judge.

Whoever holds the file can alter it with any SQLite tool; that is what the tests do. What a chain cannot tell (a tail
cut off together with its rows, a chain computed anew) is only claimed with a checkpoint kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from checker import JOURNAL_COLUMNS, TABLES, canonical, check
from world import (
    CASE,
    COMMERCE,
    EDUCATION,
    HEALTH,
    HOUSING,
    NR,
    OFFICE,
    World,
    circulate,
    drive,
    leave,
    letter,
    lift,
    prepare,
    propose,
    sign,
    signature,
    survey,
)

from states.project import Stage
from workflow import queries


@pytest.fixture(scope="module")
def eventful(offices: dict[str, World], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An office whose case has rows in every table and stands at the acceptance, the round open."""
    world = offices[Stage.PLANNING].copied(tmp_path_factory.mktemp("eventful") / "office")
    world.do(NR, "case suspend", reason="等待")
    world.do(NR, "case resume", reason="恢复")
    circulate(world)
    sign(world, EDUCATION, verdict="agree_with_conditions")
    world.do(NR, "sign", **letter(world, HEALTH, verdict="not_involved"))
    world.moment += timedelta(days=7)
    lift(world, f"sign_off_missing:{COMMERCE}", OFFICE)
    drive(world, upto=Stage.PERMIT)
    propose(world)
    world.do(EDUCATION, "change consent", change=1, verdict="agree")
    drive(world, upto=Stage.CONSTRUCTION)
    survey(world, "facility measure", "F1")
    drive(world, upto=Stage.ACCEPTANCE)
    prepare(world, but={EDUCATION})
    world.delegate(EDUCATION, EDUCATION, f"{EDUCATION}.clerk", 1, 3)
    world.do(f"{EDUCATION}.clerk", "sign", **signature(world, EDUCATION))
    sign(world, EDUCATION, verdict="object")
    item = {"facility": "F1", "department": EDUCATION, "fact": "缺", "basis": "供地条件", "requirement": "补建"}
    world.do(HOUSING, "acceptance order", reference="改1号", items=[{**item, "deadline": "2021-12-01"}])
    circulate(world)
    world.do(HOUSING, "limit extend", limit="L15b", by=3, reason="专家论证", document="延1号")
    sign(world, EDUCATION)
    world.attempt(COMMERCE, "acceptance certify")
    yield world
    world.close()


@pytest.fixture
def office(eventful: World, tmp_path: Path) -> Iterator[World]:
    world = eventful.copied(tmp_path / "copy")
    yield world
    world.close()


def alter(world: World, *statements: str) -> int:
    """Run statements on the file from outside; returns how many rows they touched."""
    connection = sqlite3.connect(world.path)
    touched = sum(connection.execute(statement).rowcount for statement in statements)
    connection.commit()
    connection.close()
    return touched


def findings(world: World, checkpoint: dict[str, object] | None = None) -> set[str]:
    return {found.code for found in world.verified(checkpoint).findings}


def test_a_healthy_database_has_no_findings(office: World) -> None:
    checkpoint = queries.checkpoint(office.office)
    assert findings(office) == set()
    assert findings(office, checkpoint) == set()
    assert check(office.path, office.done, office.refused) == []
    verified = queries.verify(office.office, checkpoint)
    assert verified.findings == ()
    assert verified.entries == office.done.total() + office.refused.total()
    assert verified.subjects == 2
    leave(office)
    assert findings(office, checkpoint) == set()


def test_the_eventful_case_has_rows_in_every_table(office: World) -> None:
    connection = sqlite3.connect(office.path)
    counts = {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in (*TABLES, "snapshot")}
    connection.close()
    assert [table for table, count in counts.items() if count == 0] == []


# -- rows ------------------------------------------------------------------------------------------------

ALTERATIONS = {
    "the stage of the case": "UPDATE cases SET stage = 'property_handover'",
    "the visit of the case": "UPDATE cases SET visit = 2",
    "whether the case is active": "UPDATE cases SET active = 0",
    "the configuration the case follows": "UPDATE cases SET configuration = 'x'",
    "the name of the project": "UPDATE cases SET name = '别的项目'",
    "a verdict": "UPDATE sign_offs SET verdict = 'agree' WHERE verdict = 'object'",
    "the status of a sign-off": "UPDATE sign_offs SET status = 'standing' WHERE status = 'replaced'",
    "the department of a sign-off": "UPDATE sign_offs SET department = 'commerce' WHERE position = 1",
    "who signed": "UPDATE sign_offs SET signed_by = 'somebody' WHERE position = 1",
    "a judgement": "UPDATE sign_offs SET judgements = replace(judgements, 'true', 'false')",
    "what a sign-off saw": "UPDATE sign_offs SET remit = (SELECT min(digest) FROM snapshot) WHERE position = 9",
    "a facility's kind": "UPDATE facilities SET subtype = 'primary_school' WHERE facility = 'F1'",
    "a designation": "UPDATE facilities SET designated = 'commerce' WHERE facility = 'F3'",
    "a removal": "UPDATE facilities SET removed = '取消' WHERE facility = 'F2'",
    "a required area": "UPDATE requirements SET gfa = 100 WHERE facility = 'F1' AND version = 2",
    "an old version of a requirement": "UPDATE requirements SET gfa = 100 WHERE facility = 'F1' AND version = 1",
    "a required place": "UPDATE requirements SET location = '别处' WHERE facility = 'F1' AND version = 2",
    "an owner": "UPDATE requirements SET ownership = 'investor' WHERE ownership = 'government'",
    "a measured area": "UPDATE evidence SET gfa = 999999 WHERE kind = 'measurement'",
    "a reported progress": "UPDATE evidence SET built = 0 WHERE kind = 'progress'",
    "a category decision": "UPDATE decisions SET decision = 'pooled' WHERE position = 4",
    "the status of a condition": "UPDATE conditions SET status = 'open'",
    "an opinion heard": "UPDATE hearings SET opinion = 'oppose' WHERE position = 1",
    "the file of a document": "UPDATE documents SET file = 'x' WHERE kind = 'handover_agreement'",
    "the date of a document": "UPDATE documents SET issued_on = '2020-01-01' WHERE position = 1",
    "an item of a rectification": "UPDATE items SET deadline = '2099-01-01'",
    "a round": "UPDATE rounds SET opened_on = '2020-01-01' WHERE position = 1",
    "a visit": "UPDATE visits SET left_by = 'close' WHERE position = 1",
    "a suspension": "UPDATE suspensions SET to_on = NULL",
    "the order of two rows": "UPDATE hearings SET position = -position",
    "the scan of a letter": "UPDATE paper_replies SET file = 'x'",
    "whether a letter was contested": "UPDATE paper_replies SET contested_on = '2021-03-02'",
    "what a draft says": "UPDATE drafts SET terms = '{}'",
    "the status of a draft": "UPDATE drafts SET status = 'waiting'",
    "what a change says": "UPDATE changes SET terms = replace(terms, '200000', '100000')",
    "the status of a change": "UPDATE changes SET status = 'applied'",
    "a consent": "UPDATE consents SET verdict = 'object'",
    "who consented": "UPDATE consents SET department = 'housing'",
    "what a decision lifts": "UPDATE exceptions SET lifts = 'sign_off_missing:health'",
    "what a decision saw": "UPDATE exceptions SET saw = 'x'",
    "the visit of a decision": "UPDATE exceptions SET visit = 2",
    "the recorded moment of a sign-off": "UPDATE sign_offs SET recorded_at = '2020-01-01' WHERE position = 1",
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_an_altered_row_is_found(what: str, office: World) -> None:
    assert alter(office, ALTERATIONS[what]) > 0
    assert "digest_differs" in findings(office)
    assert check(office.path) != []


@pytest.mark.parametrize(
    "what", ["to_on = '2099-12-31'", "deputy = 'housing.clerk'", "stages = '[\"in_use\"]'", "ended_on = '2021-03-01'"]
)
def test_an_altered_delegation_is_found_by_the_judge(what: str, office: World) -> None:
    """Delegations, like accounts, are the office's and in no case's digest."""
    assert alter(office, f"UPDATE delegation SET {what}") == 1
    assert check(office.path) != []


@pytest.mark.parametrize("table", TABLES)
def test_a_deleted_row_is_found(table: str, office: World) -> None:
    last = f"(SELECT max(position) FROM {table})"
    assert alter(office, f"DELETE FROM {table} WHERE position = {last}") == 1
    assert "digest_differs" in findings(office)
    assert check(office.path) != []


@pytest.mark.parametrize("table", TABLES)
def test_an_inserted_row_is_found(table: str, office: World) -> None:
    """A copy of the last row under new numbers, as somebody would make it who adds an answer of his own."""
    connection = sqlite3.connect(office.path)
    connection.row_factory = sqlite3.Row
    row = dict(connection.execute(f"SELECT * FROM {table} ORDER BY position DESC").fetchone())
    for name in ("position", "number", "item", "version", "visit", "round"):
        if isinstance(row.get(name), int):
            row[name] += 1
    if table == "facilities":
        row["facility"] = "F9"
    marks = ", ".join("?" for _ in row)
    named = ", ".join(f'"{name}"' for name in row)
    connection.execute(f"INSERT INTO {table} ({named}) VALUES ({marks})", list(row.values()))
    connection.commit()
    connection.close()
    assert "digest_differs" in findings(office)
    assert check(office.path) != []


def test_a_deleted_case_is_found(office: World) -> None:
    assert alter(office, "DELETE FROM cases", *(f"DELETE FROM {table}" for table in TABLES)) > 0
    assert "digest_differs" in findings(office)
    assert check(office.path) != []


def test_a_case_without_a_journal_is_found(office: World) -> None:
    columns = [row[1] for row in sqlite3.connect(office.path).execute("PRAGMA table_info(cases)")]
    copied = ", ".join({"id": "'ZDPT-2021-0099'", "parcel": "'P'"}.get(c, c) for c in columns)
    alter(office, f"INSERT INTO cases ({', '.join(columns)}) SELECT {copied} FROM cases")
    assert findings(office) == {"rows_without_journal"}
    assert check(office.path) != []


def test_a_later_action_does_not_vouch_for_an_altered_row(office: World) -> None:
    alter(office, ALTERATIONS["an old version of a requirement"])
    office.do(HOUSING, "case suspend", reason="等待")
    office.do(HOUSING, "case resume", reason="恢复")
    assert "digest_differs" in findings(office)


def test_replacing_an_altered_row_does_not_hide_that_it_was_altered(office: World) -> None:
    alter(office, "UPDATE sign_offs SET verdict = 'object' WHERE department = 'commerce' AND status = 'standing'")
    office.do(COMMERCE, "sign", **signature(office, COMMERCE))
    assert "digest_differs" in findings(office)


def test_an_altered_snapshot_is_found(office: World) -> None:
    assert alter(office, "UPDATE snapshot SET body = replace(body, '220000', '100000')") > 0
    assert findings(office) == {"snapshot_altered"}
    assert check(office.path) != []


def test_a_deleted_snapshot_is_found(office: World) -> None:
    assert alter(office, "DELETE FROM snapshot WHERE digest = (SELECT min(digest) FROM snapshot)") == 1
    assert findings(office) == {"snapshot_altered"}
    assert check(office.path) != []


@pytest.mark.parametrize("column", ["text", "compiled"])
def test_an_altered_configuration_is_found(column: str, office: World) -> None:
    """Who must sign stands there: with it altered, a pinned case would pass without being asked for anybody."""
    assert alter(office, f"UPDATE configuration SET {column} = replace({column}, 'health', 'commerce')") == 1
    assert queries.verify(office.office).findings != ()


def test_a_stored_configuration_that_this_program_would_refuse_does_not_stop_the_verification(office: World) -> None:
    """Such as one of an older program, stored whole under its own digest and followed by no case."""
    text = "district: ["
    connection = sqlite3.connect(office.path)
    row = (hashlib.sha256(text.encode()).hexdigest(), text)
    connection.execute("INSERT INTO configuration VALUES ('370303', ?, ?, '{}', '2020-01-01T00:00:00+08:00')", row)
    connection.commit()
    connection.close()
    assert queries.verify(office.office).entries == office.done.total() + office.refused.total()


# -- the journal -------------------------------------------------------------------------------------------


def other(value: Any) -> Any:
    return 7777 if isinstance(value, int) else f"{value or ''}x"


@pytest.mark.parametrize("column", JOURNAL_COLUMNS)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_an_entry_altered_in_any_column_is_found(column: str, place: str, office: World) -> None:
    length = office.done[CASE] + office.refused[CASE]
    entry = {"first": 1, "middle": 9, "last": length}[place]
    # The last entry under another district is a tail cut off, which only a checkpoint shows.
    checkpoint = queries.checkpoint(office.office) if column == "district" else None
    connection = sqlite3.connect(office.path)
    where = "WHERE subject = ? AND entry = ?"
    old = connection.execute(f"SELECT {column} FROM journal {where}", (CASE, entry)).fetchone()[0]
    touched = connection.execute(f"UPDATE journal SET {column} = ? {where}", (other(old), CASE, entry)).rowcount
    connection.commit()
    connection.close()
    assert touched == 1
    assert findings(office, checkpoint) != set()
    if column != "district":
        assert check(office.path) != []


@pytest.mark.parametrize("entry", [1, 5, 20])
def test_an_entry_taken_out_of_the_middle_is_found(entry: int, office: World) -> None:
    assert alter(office, f"DELETE FROM journal WHERE subject = '{CASE}' AND entry = {entry}") == 1
    assert "entry_missing" in findings(office)
    assert check(office.path) != []


def test_an_entry_taken_out_and_the_rest_moved_up_is_found(office: World) -> None:
    alter(
        office,
        f"DELETE FROM journal WHERE subject = '{CASE}' AND entry = 5",
        f"UPDATE journal SET entry = -entry WHERE subject = '{CASE}' AND entry > 5",
        f"UPDATE journal SET entry = -entry - 1 WHERE subject = '{CASE}' AND entry < 0",
    )
    assert {"entry_altered", "chain_broken"} <= findings(office)
    assert check(office.path) != []


def test_an_entry_of_the_accounts_altered_is_found(office: World) -> None:
    assert alter(office, "UPDATE journal SET params = '{}' WHERE subject = '-' AND entry = 3") == 1
    assert findings(office) == {"entry_altered", "account_unexplained"}
    assert check(office.path) != []


def test_a_cut_tail_is_found_while_its_rows_are_there(office: World) -> None:
    cut = f"DELETE FROM journal WHERE subject = '{CASE}' AND entry > {office.done[CASE] - 5}"
    assert alter(office, cut) > 0
    assert findings(office) == {"digest_differs"}
    assert check(office.path) != []


def test_a_tail_cut_with_its_rows_is_found_with_a_checkpoint_and_only_then(office: World) -> None:
    earlier = office.path.with_name("earlier.db")
    office.office.database.close()
    shutil.copyfile(office.path, earlier)
    leave(office)
    checkpoint = json.loads(json.dumps(queries.checkpoint(office.office)))
    office.close()
    shutil.copyfile(earlier, office.path)
    assert findings(office, checkpoint) == {"tail_cut"}
    # Without one nobody can tell, and nobody claims it.
    assert findings(office) == set()


def test_a_refusal_cut_off_the_end_is_found_with_a_checkpoint(office: World) -> None:
    office.attempt(COMMERCE, "acceptance certify")
    checkpoint = queries.checkpoint(office.office)
    assert alter(office, f"DELETE FROM journal WHERE entry = {office.done[CASE] + office.refused[CASE]}") == 1
    assert findings(office, checkpoint) == {"tail_cut"}


def test_a_chain_computed_anew_is_found_with_a_checkpoint(office: World) -> None:
    """Somebody alters who signed first, and every hash after it."""
    checkpoint = queries.checkpoint(office.office)
    connection = sqlite3.connect(office.path)
    connection.row_factory = sqlite3.Row
    first = connection.execute("SELECT min(entry) FROM journal WHERE action = 'sign'").fetchone()[0]
    previous = ""
    for found in connection.execute("SELECT * FROM journal WHERE subject = ? ORDER BY entry", (CASE,)).fetchall():
        row = {**dict(found), "previous": previous}
        row["actor"] = "somebody" if row["entry"] == first else row["actor"]
        previous = hashlib.sha256(canonical({k: v for k, v in row.items() if k != "hash"}).encode()).hexdigest()
        connection.execute(
            "UPDATE journal SET actor = ?, previous = ?, hash = ? WHERE subject = ? AND entry = ?",
            (row["actor"], row["previous"], previous, CASE, row["entry"]),
        )
    connection.commit()
    connection.close()
    assert findings(office) == set()
    assert findings(office, checkpoint) == {"tail_cut"}
    # The judge holds the entries against the rows, and the rows still say who signed.
    assert any("somebody" in violation for violation in check(office.path))


def test_a_checkpoint_of_a_vanished_case_is_found(office: World) -> None:
    checkpoint = queries.checkpoint(office.office)
    alter(
        office,
        f"DELETE FROM journal WHERE subject = '{CASE}'",
        "DELETE FROM cases",
        *map("DELETE FROM {}".format, TABLES),
    )
    assert findings(office) == set()
    assert findings(office, checkpoint) == {"tail_cut"}


def test_nothing_is_found_in_any_stage_of_an_untouched_case(office_at: Callable[[str], World]) -> None:
    seen = 0
    for stage in Stage:
        if stage != Stage.TERMINATED:
            world = office_at(stage)
            assert world.violations() == []
            seen += 1
    assert seen == 9


# -- limits --------------------------------------------------------------------------------------------

FIRST = "rowid IN (SELECT min(rowid) FROM running_limits)"
COPIED = "stage, visit, round, concern, party, lead, started_on, due_on, provisional, remind_on"
LIMITS = {
    "a limit is gone": (f"DELETE FROM running_limits WHERE {FIRST}", "limit_differs"),
    "it is due later": (f"UPDATE running_limits SET due_on = '2099-01-01' WHERE {FIRST}", "limit_differs"),
    "another party": (f"UPDATE running_limits SET party = 'finance' WHERE {FIRST}", "limit_differs"),
    "a limit too many": (
        f"INSERT INTO running_limits (district, subject, code, {COPIED})"
        f" SELECT district, subject, 'L99', {COPIED} FROM running_limits LIMIT 1",
        "limit_differs",
    ),
    "nobody is reminded": ("UPDATE running_limits SET remind_on = NULL", "limit_silent"),
    "reminded too late": ("UPDATE running_limits SET remind_on = '2099-01-01'", "limit_silent"),
}


@pytest.mark.parametrize("what", LIMITS)
def test_a_kept_limit_that_was_altered_is_found(what: str, offices: dict[str, World], tmp_path: Path) -> None:
    world = offices[Stage.PLANNING].copied(tmp_path / "office")
    circulate(world)
    statement, code = LIMITS[what]
    assert not queries.verify(world.office).findings
    connection = sqlite3.connect(world.path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    assert {finding.code for finding in queries.verify(world.office).findings} == {code}
