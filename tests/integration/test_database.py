"""The file under the office: what it refuses, how it is opened, and that what comes out is what went in."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import event, text
from sqlmodel import SQLModel
from world import CASE, EDUCATION, NR, START, World, circulate, drive, leave, letter, opening, prepare, sign

from states import remit
from states.errors import Conflict, Invalid, NotFound, PeijianError
from states.project import Stage
from workflow import administration, database, intake, queries, store
from workflow.database import Database
from workflow.results import Done


def act(world: World, url: str | None = None) -> Done:
    """Open the database as a command does, and act."""
    office = administration.open_office(url or f"sqlite:///{world.path}", world.config)
    office.now = lambda: world.moment
    try:
        return office.perform(intake.build("case suspend", {"case": CASE, "reason": "等待"}), world.tokens[NR])
    finally:
        office.database.close()
        office.database.engine.dispose()


def initialise(world: World, path: Path) -> str | None:
    return administration.initialise(f"sqlite:///{path}", world.config, "root", None, START)


@contextmanager
def refused(kind: type[PeijianError], code: str, exit_code: int, file: Path | None = None) -> Iterator[None]:
    """The block raises exactly this error of ours and leaves the file as it was."""
    before = file.read_bytes() if file and file.is_file() else None
    with pytest.raises(PeijianError) as caught:
        yield
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert caught.value.exit_code == exit_code
    assert (file.read_bytes() if file and file.is_file() else None) == before


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    lines = list(connection.iterdump())
    connection.close()
    return lines


def at_version(world: World, version: str) -> Path:
    world.close()
    connection = sqlite3.connect(world.path)
    connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.commit()
    connection.close()
    return world.path


# -- what cannot be used ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["0009", "9999"])
def test_a_database_of_a_newer_program_is_refused(version: str, world: World) -> None:
    path = at_version(world, version)
    with refused(Invalid, "database_newer", 7, path):
        act(world)
    with refused(Invalid, "database_newer", 7, path):
        initialise(world, path)


def test_a_database_of_an_older_program_asks_to_be_migrated(world: World) -> None:
    path = at_version(world, "0000")
    with refused(Invalid, "database_older", 7, path):
        act(world)


def test_migrating_from_an_unknown_older_version_is_refused_as_one_of_our_errors(world: World) -> None:
    path = at_version(world, "0000")
    before = path.read_bytes()
    with pytest.raises(PeijianError):
        initialise(world, path)
    assert path.read_bytes() == before


def _text(path: Path, whole: bytes) -> None:
    path.write_text("这不是数据库。" * 500, encoding="utf-8")


def _empty(path: Path, whole: bytes) -> None:
    path.write_bytes(b"")


def _truncated(path: Path, whole: bytes) -> None:
    path.write_bytes(whole[: len(whole) // 2])


def _scribbled(path: Path, whole: bytes) -> None:
    path.write_bytes(whole[:100] + b"\xff" * 4000 + whole[4100:])


def _foreign(path: Path, whole: bytes) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()


BROKEN = {"text": _text, "empty": _empty, "truncated": _truncated, "scribbled": _scribbled, "foreign": _foreign}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_database_of_ours_is_refused_and_left_alone(kind: str, world: World, tmp_path: Path) -> None:
    world.close()
    path = tmp_path / "broken.db"
    BROKEN[kind](path, world.path.read_bytes())
    with refused(Invalid, "not_a_database", 7, path):
        act(world, f"sqlite:///{path}")


@pytest.mark.parametrize("kind", [kind for kind in BROKEN if kind != "empty"])
def test_init_does_not_touch_a_file_that_is_no_database_of_ours(kind: str, world: World, tmp_path: Path) -> None:
    world.close()
    path = tmp_path / "broken.db"
    BROKEN[kind](path, world.path.read_bytes())
    with refused(Invalid, "not_a_database", 7, path):
        initialise(world, path)


def test_init_makes_a_database_of_an_empty_file(world: World, tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert initialise(world, path)
    assert Database(f"sqlite:///{path}").version() == database.SCHEMA


def test_a_missing_database_is_refused_and_not_made(world: World, tmp_path: Path) -> None:
    path = tmp_path / "missing.db"
    with refused(Invalid, "database_missing", 7, path):
        act(world, f"sqlite:///{path}")
    assert not path.exists()


def test_a_directory_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        act(world, f"sqlite:///{tmp_path}")
    assert caught.value.exit_code == 7


def test_init_in_a_directory_of_that_name_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        initialise(world, tmp_path)


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_locked_database_says_busy_and_can_be_used_afterwards(
    lock: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    world.close()
    holder = sqlite3.connect(world.path, isolation_level=None)
    holder.execute(f"BEGIN {lock}")
    with refused(Conflict, "database_busy", 6, world.path):
        act(world)
    holder.execute("ROLLBACK")
    holder.close()
    assert act(world).entry == 2


def test_a_database_locked_while_the_office_is_open_says_busy_and_can_be_used_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.close()
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    office = administration.open_office(f"sqlite:///{world.path}", world.config)
    office.now = lambda: world.moment
    action = intake.build("case suspend", {"case": CASE, "reason": "等待"})
    holder = sqlite3.connect(world.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with refused(Conflict, "database_busy", 6, world.path):
        office.perform(action, world.tokens[NR])
    holder.execute("ROLLBACK")
    holder.close()
    assert office.perform(action, world.tokens[NR]).entry == 2
    office.database.close()
    office.database.engine.dispose()


def test_a_database_that_may_only_be_read_is_read_and_says_so_when_written(world: World) -> None:
    """By a pragma, because a super-user writes whatever the permissions say."""
    world.close()
    event.listen(world.office.database.engine, "connect", lambda c, _: c.execute("PRAGMA query_only = ON"))
    assert queries.view(world.office, CASE)[0].case.id == CASE
    with refused(Invalid, "database_read_only", 7, world.path):
        world.do(NR, "case suspend", reason="等待")


def test_a_database_opened_read_only_by_its_url_is_read_and_says_so_when_written(world: World) -> None:
    world.close()
    url = f"sqlite:///file:{world.path}?mode=ro&uri=true"
    office = administration.open_office(url, world.config)
    assert queries.view(office, CASE)[0].case.id == CASE
    office.database.close()
    with refused(Invalid, "database_read_only", 7, world.path):
        act(world, url)


def test_init_with_an_unknown_organisation_leaves_no_half_made_database(world: World, tmp_path: Path) -> None:
    """Without an administrator nobody could ever open an account."""
    path = tmp_path / "half.db"
    with pytest.raises(NotFound):
        administration.initialise(f"sqlite:///{path}", world.config, "root", "nowhere", START)
    token = initialise(world, path)
    assert token is not None
    office = administration.open_office(f"sqlite:///{path}", world.config)
    assert administration.add_account(office, token, "li", NR, "clerk")
    office.database.close()


def test_init_interrupted_before_its_administrator_can_be_done_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "half.db"
    with monkeypatch.context() as patch:
        patch.setattr(administration, "_add", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            initialise(world, path)
    assert initialise(world, path) is not None


# -- how it is opened ---------------------------------------------------------------------------------------


def test_the_pragmas_are_in_force_inside_every_transaction(world: World) -> None:
    wanted = {
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 10_000,
        "journal_mode": database.journal_mode().lower(),
    }
    for write in (False, True):
        with world.office.database.transaction(write) as tx:
            found = {name: tx.rows(text(f"PRAGMA {name}"))[0][0] for name in wanted}
        assert found == wanted


def test_wal_is_used_only_where_this_sqlite_is_safe_with_it() -> None:
    modes = {version: database.journal_mode(version) for version in ((3, 40, 1), (3, 44, 6), (3, 50, 7), (3, 51, 3))}
    assert modes == {(3, 40, 1): "DELETE", (3, 44, 6): "WAL", (3, 50, 7): "WAL", (3, 51, 3): "WAL"}


def test_foreign_keys_are_enforced(world: World) -> None:
    before = world.path.read_bytes()
    orphan = text("UPDATE visits SET subject = 'ZDPT-2021-9999'")
    with pytest.raises(PeijianError), world.office.database.transaction(write=True) as tx:
        tx.run(orphan, [{}])
    assert world.path.read_bytes() == before


def test_two_active_cases_on_one_parcel_are_refused_by_the_database_itself(world: World) -> None:
    other = opening("ZDPT-2021-0002", "370303101012GB90002")
    world.do(NR, "case open", **other)
    statement = text("UPDATE cases SET parcel = (SELECT min(parcel) FROM cases)")
    with pytest.raises(Conflict), world.office.database.transaction(write=True) as tx:
        tx.run(statement, [{}])


def test_an_exception_inside_a_transaction_rolls_everything_back(world: World) -> None:
    def interrupted() -> None:
        with world.office.database.transaction(write=True) as tx:
            tx.run(text("UPDATE cases SET name = '别的'"), [{}])
            raise ZeroDivisionError

    before = dump(world.path)
    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert dump(world.path) == before
    assert act(world).entry == 2


def test_a_writer_keeps_other_writers_out_from_its_first_statement(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    with world.office.database.transaction(write=True):
        other = sqlite3.connect(world.path, timeout=0.05, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


# -- the schema -----------------------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_tables_of_the_models(world: World) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{world.path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(world: World) -> None:
    drive(world, upto=Stage.LAND_SUPPLY)
    before = dump(world.path)
    administration.migrate(Database(f"sqlite:///{world.path}"))
    assert initialise(world, world.path) is None
    assert dump(world.path) == before
    assert world.violations() == []


#: What was not there before letters, drafts, changes, decisions and delegations, the calendar and the limits.
NEWER = {
    "delegation", "paper_replies", "drafts", "changes", "consents", "exceptions",
    "calendar_years", "running_limits", "news", "duty_reports", "extensions",
}  # fmt: skip


def older_database(world: World, path: Path) -> Path:
    """A database at the first migration, made by alembic, with the rows that the office had then."""
    older = Database(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(administration.__file__).parent / "migrations"))
    with older.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    older.close()
    older.engine.dispose()
    connection = sqlite3.connect(path)
    connection.execute("ATTACH ? AS office", (str(world.path),))
    tables = [row[0] for row in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    assert not NEWER & set(tables)
    for table in set(tables) - {"alembic_version"}:
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
        connection.execute(f"INSERT INTO main.{table} SELECT {columns} FROM office.{table}")
    connection.commit()
    connection.close()
    return path


def test_a_database_of_the_first_migration_is_migrated_with_everything_in_it(
    office_at: Callable[[str], World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = office_at(Stage.LAND_SUPPLY)
    with monkeypatch.context() as then:
        then.setattr(remit, "CURRENT_SCHEME", 1)
        then.setattr(remit.snapshot, "__defaults__", (1,))
        prepare(world, but={EDUCATION})
    before = world.case()
    assert {s.scheme for s in before.sign_offs if s.stage == Stage.LAND_SUPPLY} == {1}
    path = older_database(world, tmp_path / "older.db")
    with pytest.raises(Invalid, match="database_older"):
        administration.open_office(f"sqlite:///{path}", world.config)

    assert initialise(world, path) is None
    newer = World(path, world.config, administration.open_office(f"sqlite:///{path}", world.config), world.tokens)
    newer.moment, newer.done, newer.refused = world.moment, world.done.copy(), world.refused.copy()
    newer.office.now = lambda: newer.moment
    assert newer.case() == before
    assert newer.violations() == []
    assert newer.keys() == {f"sign_off_missing:{EDUCATION}"}
    with newer.office.database.transaction() as tx:
        assert sorted(newer.office.rules(tx, before.configuration).calendar.years) == list(range(2020, 2027))
    newer.do(NR, "sign", **letter(newer, EDUCATION))
    newer.moment += timedelta(days=7)
    leave(newer)
    assert newer.violations() == []
    newer.close()


def test_every_table_is_keyed_by_district_first(world: World) -> None:
    connection = sqlite3.connect(world.path)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    firsts = {
        table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5] == 1] for table in tables
    }
    connection.close()
    del firsts["alembic_version"]
    assert len(firsts) == 32
    assert set(map(tuple, firsts.values())) == {("district",)}


# -- what comes out is what went in -----------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [s for s in Stage if s != Stage.TERMINATED])
def test_a_case_survives_closing_and_opening_unchanged(stage: str, office_at: Callable[[str], World]) -> None:
    world = office_at(stage)
    before, view = world.case(), queries.view(world.office, CASE)[0]
    world.close()
    reopened = administration.open_office(f"sqlite:///{world.path}", world.config)
    reopened.now = world.office.now
    with reopened.database.transaction() as tx:
        assert store.load(tx, reopened.district, CASE) == before
    assert queries.view(reopened, CASE)[0] == view
    reopened.database.close()
    reopened.database.engine.dispose()


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.ACCEPTANCE, Stage.IN_USE])
def test_saving_what_was_loaded_writes_nothing(stage: str, office_at: Callable[[str], World]) -> None:
    world = office_at(stage)
    ran: list[str] = []
    world.close()
    event.listen(world.office.database.engine, "connect", lambda c, _: c.set_trace_callback(ran.append))
    with world.office.database.transaction(write=True) as tx:
        one, two = (store.load(tx, world.office.district, CASE) for _ in range(2))
        assert one is not None and two is not None and one == two
        changed = store.changes(one, two)
        store.save(tx, world.office.district, two, changed, world.office.rules(tx, two.configuration))
    assert ran and not [sql for sql in ran if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert changed == {}


def test_only_what_changed_is_written(world: World) -> None:
    circulate(world)
    world.close()
    ran: list[str] = []
    event.listen(world.office.database.engine, "connect", lambda c, _: c.set_trace_callback(ran.append))
    sign(world, EDUCATION)
    written = sorted(sql.split()[2 if sql.startswith("INSERT") else 1] for sql in ran if sql.startswith(("INS", "UPD")))
    assert written == ["journal", "sign_offs", "snapshot"]


def selects(world: World, case: str) -> int:
    """How many SELECTs load a case."""
    world.close()
    ran: list[str] = []

    def trace(connection: Any, _: object) -> None:
        connection.set_trace_callback(ran.append)

    event.listen(world.office.database.engine, "connect", trace)
    with world.office.database.transaction() as tx:
        assert store.load(tx, world.office.district, case) is not None
    event.remove(world.office.database.engine, "connect", trace)
    world.close()
    return sum(sql.startswith("SELECT") for sql in ran)


def test_a_case_is_loaded_in_at_most_one_statement_a_list_however_many_rows_it_has(
    office_at: Callable[[str], World],
) -> None:
    small, large = office_at(Stage.PLANNING), office_at(Stage.IN_USE)
    assert sum(len(getattr(large.case(), name)) for name in store.LISTS) > 80
    assert max(selects(small, CASE), selects(large, CASE)) <= 1 + len(store.LISTS)


def test_a_copy_of_the_file_is_a_whole_office(world: World, tmp_path: Path) -> None:
    """No state lives outside the file (and the folder of files beside it)."""
    drive(world, upto=Stage.PERMIT)
    world.close()
    for suffix in ("-wal", "-shm", "-journal"):
        assert not Path(f"{world.path}{suffix}").exists()
    shutil.copyfile(world.path, tmp_path / "copy.db")
    copy = World(
        tmp_path / "copy.db",
        world.config,
        administration.open_office(f"sqlite:///{tmp_path}/copy.db", world.config),
        world.tokens,
    )
    assert copy.case() == world.case()
    copy.close()
