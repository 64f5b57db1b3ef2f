"""What a PostgreSQL server does otherwise than a file: connections break, writers wait, tables are divided."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import servers
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from checker import judge
from servers import Server, connected, cut
from sqlalchemy import text
from sqlmodel import SQLModel
from world import CASE, CONFIG, EDUCATION, NR, PARCEL, START, World, circulate, drive, opening, sign

from notifications.rehearsing import went_out
from states.errors import Blocked, Conflict, Invalid, NotAllowed, PeijianError
from states.project import Stage
from workflow import administration, calendar_import, calendars, intake, journal, postgres, rehearsal, store
from workflow.database import Database, shown
from workflow.transaction import Transaction

ADR = Path(__file__).parents[2] / "docs" / "adr" / "0015-postgresql.md"
TEXT = "character varying"


@pytest.fixture
def backend() -> str:
    return "postgresql"


def test_the_tests_of_the_server_are_run_and_never_skipped(server: Server) -> None:
    """A test that is collected for the server runs on one: its fixture fails where there is none."""
    here = Path(__file__).parent
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", str(here), "-p", "no:xdist"]
    listed = subprocess.run(command, capture_output=True, text=True, cwd=here.parents[1], check=True).stdout
    assert listed.count("[postgresql") >= 40
    asked = re.compile(r"importorskip|skipif|\.skip\(|xfail")
    assert [path.name for path in here.glob("*.py") if path != Path(__file__) and asked.search(path.read_text())] == []
    assert servers.rows(server.url, "SELECT version() AS name")[0]["name"].startswith("PostgreSQL")


# -- the schema ---------------------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_tables_of_the_models(world: World) -> None:
    with world.office.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_texts_are_ordered_by_their_bytes_and_numbers_have_64_bits(world: World) -> None:
    kinds = "SELECT data_type, collation_name FROM information_schema.columns WHERE table_schema = 'public'"
    found = {tuple(row.values()) for row in servers.rows(world.url, f"{kinds} AND table_name <> 'alembic_version'")}
    assert found == {(TEXT, "C"), ("bigint", None)}


def test_the_largest_area_that_may_be_entered_is_kept(world: World) -> None:
    world.do(NR, "case open", **opening("ZDPT-2021-0002", "370303101012GB90002", land_area_m2="100000000"))
    assert world.case("ZDPT-2021-0002").land_area == 10_000_000_000
    assert world.violations() == []


def test_migrating_again_changes_nothing_and_a_foreign_database_is_left_alone(world: World, server: Server) -> None:
    assert administration.initialise(world.url, world.config, "root", None, START) is None
    assert world.violations() == []
    other = server.new()
    with connected(other) as connection:
        connection.execute("CREATE TABLE recipes (name text)")
    with pytest.raises(Invalid, match="not_a_database"):
        administration.initialise(other, world.config, "root", None, START)
    tables = servers.rows(other, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert tables == [{"tablename": "recipes"}]
    server.drop(other)


@pytest.mark.parametrize(("version", "code"), [("0009", "database_newer"), ("0001", "database_older")])
def test_another_version_of_the_database_is_refused(version: str, code: str, world: World) -> None:
    with connected(world.url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (version,))
    with pytest.raises(Invalid, match=code):
        administration.open_office(world.url, world.config)


# -- writers wait -------------------------------------------------------------------------------------------


def impatient(world: World) -> Database:
    """The same database for somebody who does not wait long for a lock."""
    separator = "&" if "?" in world.url else "?"
    return Database(f"{world.url}{separator}options=-c%20lock_timeout%3D100ms")


@pytest.mark.parametrize("held", ["SELECT 1 FROM cases FOR UPDATE", postgres.waiting("370303", alone=True)])
def test_who_waits_too_long_for_a_lock_is_told_that_the_database_is_busy(held: str, world: World) -> None:
    kept = world.office.database
    world.office.database = impatient(world)
    with connected(world.url) as holder, holder.transaction():
        holder.execute(held)
        with pytest.raises(Conflict, match="database_busy"):
            world.do(NR, "case suspend", reason="等待")
        assert world.look() is not None
    assert world.do(NR, "case suspend", reason="等待").entry == 2
    world.close()
    world.office.database = kept
    assert world.violations() == []


def test_who_waited_for_a_case_sees_the_first_row_of_a_list_that_was_added_meanwhile(world: World) -> None:
    """The statement that waits for the row has looked at the lists before: what it saw of them must not count."""
    found: list[Any] = []

    def ask() -> None:
        with world.office.writing() as tx:
            found.append(store.load(tx, world.office.district, CASE, lock=True))
        world.office.database.close()

    thread = threading.Thread(target=ask)
    with connected(world.url) as holder, holder.transaction():
        holder.execute("SELECT 1 FROM cases FOR UPDATE")
        thread.start()
        _until(world, "wait_event_type = 'Lock'")
        holder.execute(
            "INSERT INTO suspensions (district, lifecycle, subject, division, position, number, from_on, reason)"
            " VALUES ('370303', 'project', %s, '1', 1, 1, '2021-03-01', '等待')",
            (CASE,),
        )
    thread.join(20)
    assert len(found[0].suspensions) == 1


def _until(world: World, condition: str) -> None:
    """Wait until a connection to the database is in a condition."""
    asked = f"SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND {condition}"
    for _ in range(400):
        if servers.rows(world.url, asked):
            return
        threading.Event().wait(0.025)
    raise TimeoutError(condition)


def test_an_account_that_is_closed_acts_no_more_not_even_where_it_was_waiting(world: World) -> None:
    told: list[object] = []

    def sign_late() -> None:
        told.append(world.attempt(EDUCATION, "sign", verdict="agree"))
        world.office.database.close()

    circulate(world)
    thread = threading.Thread(target=sign_late)
    with world.office.administration(world.tokens["admin"], "account close") as (tx, admin):
        thread.start()
        _until(world, "wait_event_type = 'Lock'")
        administration.accounts.close(tx, world.office.district, EDUCATION, world.moment)
        world.office.note(tx, admin, "account close", "done", {"account": EDUCATION})
    thread.join(20)
    assert isinstance(told[0], NotAllowed) and told[0].code == "account_closed"


def test_a_reader_sees_one_moment_and_cannot_write(world: World) -> None:
    count = text("SELECT count(*) FROM journal")
    with world.office.database.transaction() as tx:
        before = tx.row(count)
        with connected(world.url) as other:
            other.execute("UPDATE journal SET subject = 'X' WHERE subject = '-' AND entry = 1")
        assert tx.row(count) == before
        assert tx.row(text("SELECT count(*) FROM journal WHERE subject = 'X'")) == (0,)
    with pytest.raises(Invalid, match="database_read_only"), world.office.database.transaction() as tx:
        tx.run(text("UPDATE cases SET name = '别的'"), [{}])


def test_two_cases_that_cover_the_same_at_the_same_moment_share_what_was_seen(world: World) -> None:
    circulate(world)
    sign(world, EDUCATION)
    rows = servers.rows(world.url, "SELECT district, digest, scheme, body FROM snapshot")
    with world.office.writing() as tx:
        tx.run(store._ADD_SNAPSHOT, rows)
    assert servers.rows(world.url, "SELECT district, digest, scheme, body FROM snapshot") == rows


def test_many_cases_are_tried_and_then_opened_in_one_transaction(world: World) -> None:
    numbers = range(2, 7)
    names = [f"ZDPT-2021-000{number}" for number in numbers]
    given = [opening(name, f"370303101012GB9000{number}") for name, number in zip(names, numbers, strict=True)]
    actions: list[Any] = [intake.build("case open", one) for one in given]
    for keep in (False, True):
        outcomes = world.office.open_all(actions, world.tokens[NR], keep, lambda *_: None)
        assert [getattr(outcome, "case", outcome) for outcome in outcomes] == names
        assert [world.look(name) is not None for name in names] == [keep] * len(names)
    world.done.update(names)
    assert world.violations() == []


# -- connections break ----------------------------------------------------------------------------------------


def test_a_connection_that_was_cut_while_idle_is_made_anew(world: World) -> None:
    for entry in (2, 3):
        cut(world.url)
        assert world.do(NR, "case suspend" if entry == 2 else "case resume", reason="等待").entry == entry
    cut(world.url)
    assert world.case().stage == Stage.PLANNING
    assert world.violations() == []


@pytest.mark.parametrize("last", ["load", "save"])
def test_a_connection_that_is_cut_within_a_transaction_leaves_nothing_and_says_so_once(
    last: str, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = getattr(store, last)

    def done_and_cut(tx: Transaction, *args: Any, **options: Any) -> Any:
        found = original(tx, *args, **options)
        cut(world.url)
        for number in range(50):  # so that it comes out while they are sent
            tx.prefetch(text(f"SELECT {number}"))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(store, last, done_and_cut)
        with pytest.raises(Conflict, match="database_lost"):
            world.do(NR, "case suspend", reason="等待")
    assert caplog.records == []  # a library that complains does so on the screen
    assert world.case().suspensions == ()
    assert world.do(NR, "case suspend", reason="等待").entry == 2
    assert world.violations() == []


def test_a_transaction_that_did_nothing_for_too_long_is_lost_however_it_goes_on(world: World) -> None:
    def dawdle(write: bool) -> None:
        with world.office.database.transaction(write) as tx:
            tx.row(text("SELECT set_config('idle_in_transaction_session_timeout', '50ms', true)"))
            time.sleep(0.2)
            if write:
                tx.hold(world.office.district)
            tx.row(text("SELECT 1"))

    for write in (False, True):
        with pytest.raises(Conflict, match="database_lost"):
            dawdle(write)
    assert world.case().stage == Stage.PLANNING


def test_what_is_prefetched_again_is_asked_again(world: World) -> None:
    asked = text("SELECT households FROM cases")
    with world.office.database.transaction(write=True) as tx:
        tx.prefetch(asked)
        tx.row(text("SELECT 1"))
        tx.run(text("UPDATE cases SET households = 7"), [{}])
        tx.prefetch(asked)
        assert tx.row(asked) == (7,)
        tx.run(text("UPDATE cases SET households = 8"), [{}])
        assert tx.row(asked) == (8,)


SECRET = "geheim/@1"
ADDRESSES = {
    "postgresql+psycopg://root:{secret}@127.0.0.1:1/peijian": "database_unreachable",
    "postgresql+psycopg://root:{secret}@127.0.0.1:port/peijian": "bad_address",
    "postgresql+psycopg://127.0.0.1:1/peijian?user=root&password={secret}": "database_unreachable",
    "postgresql+nothing://root:{secret}@127.0.0.1/peijian": "bad_address",
    "mysql://root:{secret}@127.0.0.1/peijian": "bad_address",
    "postgresql+psycopg://root:{secret}@127.0.0.1": "bad_address",
}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("secret", ["geheim1", "geheim%2F%401"])
def test_an_address_that_leads_nowhere_is_told_without_its_password(address: str, secret: str, tmp_path: Path) -> None:
    full = address.format(secret=secret)
    for attempt in (
        lambda: administration.open_office(full, CONFIG),
        lambda: administration.initialise(full, CONFIG, "root", None, START),
        lambda: administration.data_folder(full) and Database(full).check(),
    ):
        with pytest.raises(PeijianError) as caught:
            attempt()
        assert caught.value.code == ADDRESSES[address]
        assert caught.value.exit_code in (6, 7)
        assert "geheim" not in f"{caught.value} {caught.value.params}"
    assert "geheim" not in shown(full)


def test_a_database_that_does_not_exist_is_another_matter_than_a_server_that_is_down(server: Server) -> None:
    with pytest.raises(Invalid, match="database_unreachable"):
        administration.open_office(server.at("nowhere"), CONFIG)


# -- the installation -----------------------------------------------------------------------------------------


def test_doctor_tells_what_a_server_lacks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def codes() -> set[str]:
        return {finding.code for finding in administration.doctor(world.url, world.config)} - {"foreign_cli"}

    assert codes() <= {"postgres_not_durable"}  # the tests' own server does not wait for its disk
    about = "SELECT 130000, 'SQL_ASCII', {}"
    monkeypatch.setattr(postgres, "ABOUT", about.format("true"))
    assert codes() == {"postgres_too_old", "postgres_encoding"}
    monkeypatch.setattr(postgres, "ABOUT", about.format("false"))
    assert codes() == {"postgres_too_old", "postgres_encoding", "postgres_not_durable"}


def test_doctor_tells_of_an_account_that_may_only_read(world: World, server: Server) -> None:
    role = f"reader_{world.url[-8:]}"
    with connected(world.url) as owner:
        owner.execute(f"CREATE ROLE {role}")  # type: ignore[arg-type]
        owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")  # type: ignore[arg-type]
    separator = "&" if "?" in world.url else "?"
    found = administration.doctor(f"{world.url}{separator}options=-c%20role%3D{role}", world.config)
    assert "database_read_only" in {finding.code for finding in found}
    with connected(world.url) as owner:
        owner.execute(f"DROP OWNED BY {role}")  # type: ignore[arg-type]
        owner.execute(f"DROP ROLE {role}")  # type: ignore[arg-type]


def test_the_files_of_a_server_lie_where_it_is_said(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEIJIAN_FILES", str(tmp_path / "files"))
    assert administration.open_office(world.url, world.config).files.folder == tmp_path / "files"
    monkeypatch.delenv("PEIJIAN_FILES")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert administration.open_office(world.url, world.config).files.folder.parent == tmp_path / "peijian"


def codes_of(world: World, checkpoint: dict[str, Any] | None = None) -> set[str]:
    return {finding.code for finding in world.verified(checkpoint).findings}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE cases SET households = households + 1", "digest_differs"),
        ("UPDATE sign_offs SET verdict = 'object' WHERE position = 1", "digest_differs"),
        ("UPDATE journal SET actor = 'somebody' WHERE entry = 2", "entry_altered"),
        ("UPDATE account SET level = 'admin' WHERE level = 'clerk'", "account_differs"),
        ("UPDATE snapshot SET body = '{}'", "snapshot_altered"),
        ("DELETE FROM journal WHERE subject = '-' AND entry > 3", "tail_cut"),
    ],
)
def test_what_is_altered_on_the_server_is_found(statement: str, code: str, office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.LAND_SUPPLY)
    with world.office.database.transaction() as tx:
        checkpoint = journal.checkpoint(tx, world.office.district)
    assert codes_of(world, checkpoint) == set()
    with connected(world.url) as owner:
        owner.execute(statement)  # type: ignore[arg-type]
    assert code in codes_of(world, checkpoint)


def test_a_year_is_imported_beside_people_at_work(world: World, tmp_path: Path) -> None:
    circulate(world)
    admin = world.tokens["admin"]
    with world.office.database.transaction() as tx:
        listed = {line.year: line for line in calendars.newest(tx, world.office.district)}[2021]
    off = sorted({*listed.off, "2021-03-05"})
    year = {"year": 2021, "final": True, "source": "示例", "off": off, "worked": list(listed.worked)}
    path = tmp_path / "2021.json"
    path.write_text(json.dumps(year), encoding="utf-8")
    done = calendar_import.import_year(world.office, admin, path)
    assert done.changed and {moved.case for moved in done.moved} == {CASE}
    world.done["-"] += 1
    sign(world, EDUCATION)
    assert codes_of(world) == set()


# -- divided by district --------------------------------------------------------------------------------------


def divide(address: str) -> None:
    """Run what the decision record shows."""
    block = re.search(r"```sql\n(.*?)```", ADR.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    with connected(address) as owner:
        owner.execute(block[1])  # type: ignore[arg-type]
    parents = servers.rows(address, "SELECT relname FROM pg_class WHERE relkind = 'p'")
    assert {row["relname"] for row in parents} == set(SQLModel.metadata.tables)


@pytest.mark.parametrize("name", ["yunling"])
def test_a_rehearsal_plays_on_tables_divided_by_district(name: str, new_database: str) -> None:
    administration.migrate(Database(new_database))
    divide(new_database)
    script = rehearsal.load(rehearsal.shipped()[name])
    stage = rehearsal.Rehearsal(new_database, CONFIG, script.steps[0].at, went_out)
    assert sum(1 for _ in stage.play(script)) == len(script.steps)
    stage.office.database.close()
    assert judge(new_database).violations == []
    assert servers.rows(new_database, "SELECT 1 FROM ONLY cases") == []
    assert servers.rows(new_database, "SELECT 1 FROM cases_370303") != []


def test_an_office_with_cases_is_divided_and_goes_on(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.AGREEMENT)
    before = world.case()
    world.close()
    divide(world.url)
    assert world.case() == before
    drive(world, upto=Stage.HANDOVER)
    with pytest.raises(Blocked):
        world.do(NR, "case open", **opening("ZDPT-2021-0002", PARCEL))
    with connected(world.url) as owner, pytest.raises(Exception, match="no partition"):
        owner.execute("INSERT INTO installation (district, rehearsal, created_at) VALUES ('370305', 0, '')")
    assert world.violations() == []
