"""A backup is of one form, whatever the database: out of a server or a file, and back into either."""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import servers
from archives import aged, altered, archived, holding_files, opened, restored, rewritten
from outboxes import at, change, ended, files, go_round, killed_at, worker
from servers import Server
from sqlalchemy import text
from world import CASE, HOUSING, START, World, circulate

from notifications import parked
from states.content import Content
from states.errors import Conflict, PeijianError
from states.project import Stage
from workflow import administration, backup, copying, journal, queries, restore, transaction
from workflow.database import Database

SERVER = "postgresql"
#: Where a backup comes from and where it goes to: where a server is one of them.
WAYS = [(SERVER, SERVER), (SERVER, "sqlite"), ("sqlite", SERVER)]
#: What a restore adds to an office.
ADDED = {"installation", "journal"}

Empty = Callable[[str], "Path | str"]


@pytest.fixture
def backend() -> str:
    return SERVER


@pytest.fixture
def office(office_at: Callable[[str], World]) -> World:
    return holding_files(office_at)


@pytest.fixture
def empty(server: Server, tmp_path: Path) -> Iterator[Empty]:
    """``empty(kind)``: a place of that kind to restore to, where nothing is yet."""
    made: list[str] = []

    def make(kind: str = SERVER) -> Path | str:
        if kind == "sqlite":
            (tmp_path / "elsewhere").mkdir(exist_ok=True)
            return tmp_path / "elsewhere" / "new.db"
        made.append(server.new())
        return made[-1]

    yield make
    for address in made:
        server.drop(address)


def folder_of(address: Path | str) -> Path:
    return administration.files_folder(Database(str(address)))


def stored(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tables(address: str) -> list[str]:
    found = servers.rows(address, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return [row["tablename"] for row in found]


def untouched(address: Path | str) -> bool:
    """Whether a server's database and its folder are as empty as before."""
    return tables(str(address)) == [] and stored(folder_of(address)) == {}


# -- there and back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("backend", "kind"), WAYS)
def test_what_comes_back_is_what_was_there(kind: str, office: World, empty: Empty, server: Server) -> None:
    archive, target = archived(office), empty(kind)
    before, kept = office.dump(), stored(office.office.files.folder)
    done = restored(archive, target, office)
    back = opened(target, office, server if kind == SERVER else None)
    after = back.dump()
    assert {name for name in before if before[name] != after[name]} == ADDED
    told = [row for row in after["journal"] if row not in before["journal"]]
    assert [row for row in told if "'restore'" not in row] == []
    assert stored(back.office.files.folder) == kept
    assert (len(kept), done.files, done.findings) == (2, 2, ())
    assert queries.verify(back.office).findings == ()
    back.done.update({**office.done, journal.OFFICE: office.done[journal.OFFICE] + 1})
    back.refused.update(office.refused)
    assert back.violations() == []
    back.do(HOUSING, "case suspend", reason="等待批复")
    assert queries.verify(back.office).findings == ()
    back.close()


def test_a_restored_server_is_backed_up_again_as_the_same(office: World, empty: Empty, server: Server) -> None:
    target = empty(SERVER)
    restored(archived(office), target, office)
    back = opened(target, office, server)
    third = empty("sqlite")
    before = back.dump()
    restored(archived(back, "again.tar"), third, back)
    after = opened(third, back)
    assert {name for name, rows in after.dump().items() if rows != before[name]} <= ADDED
    back.close()
    after.close()


@pytest.mark.parametrize("kind", [SERVER, "sqlite"])
def test_the_heads_of_the_journals_come_back(kind: str, office: World, empty: Empty) -> None:
    heads = queries.checkpoint(office.office)
    target = empty(kind)
    restored(archived(office), target, office)
    back = opened(target, office)
    assert queries.verify(back.office, heads).findings == ()
    back.close()


def test_rows_come_in_batches(office: World, empty: Empty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "_BATCH", 2)
    longest = []
    write = transaction.Transaction._write

    def noted(self: Any, sql: str, rows: list[Any]) -> None:
        longest.append(len(rows))
        write(self, sql, rows)

    monkeypatch.setattr(transaction.Transaction, "_write", noted)
    archive = archived(office)
    target = empty(SERVER)
    restored(archive, target, office)
    assert max(longest) == 2
    back = opened(target, office)
    assert queries.verify(back.office).findings == ()
    back.close()


def test_a_backup_is_consistent_while_others_write(office: World, empty: Empty, tmp_path: Path) -> None:
    stop = tmp_path / "stop"

    def busy(other: Any) -> None:
        number = 0
        while not stop.exists():
            number += 1
            administration.add_account(other, office.tokens["admin"], f"busy{number}", "health", "clerk")
            other.files.put(Content.of(f"{number}".encode()))

    child = worker(office, office.moment, busy)
    try:
        made = [archived(office, f"{number}.tar") for number in range(4)]
    finally:
        stop.touch()
    assert ended(child) == 0
    whole = [row[0] for row in office.rows("SELECT hash FROM journal WHERE subject = '-' ORDER BY entry")]
    counts = []
    for number, archive in enumerate(made):
        target = tmp_path / f"{number}.db"
        assert restored(archive, target, office).findings == ()
        back = opened(target, office)
        chain = [row[0] for row in back.rows("SELECT hash FROM journal WHERE subject = '-' ORDER BY entry")]
        assert chain[:-1] == whole[: len(chain) - 1]
        counts.append(len(back.rows("SELECT account FROM account")))
        back.close()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0], "nobody wrote meanwhile"


def test_what_is_written_while_rows_are_copied_is_not_in_it(
    office: World, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copying.copy

    def late(source: Any, target: Any) -> None:
        source.row(text("SELECT 1 FROM cases"))

        def write() -> None:
            office.do(HOUSING, "case suspend", reason="等待批复")
            office.office.database.close()

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        copy(source, target)

    monkeypatch.setattr(copying, "copy", late)
    entries = "SELECT count(*) FROM journal WHERE subject = ?"
    before = office.rows(entries, CASE)
    archive = archived(office)
    monkeypatch.undo()
    assert office.rows(entries, CASE) != before
    target = empty("sqlite")
    assert restored(archive, target, office).findings == ()
    back = opened(target, office)
    assert back.rows(entries, CASE) == before
    back.close()


def test_a_damaged_office_is_backed_up_as_it_is_and_says_so_both_times(office: World, empty: Empty) -> None:
    digest = next(d.file for d in office.case().documents if d.file)
    (office.office.files.folder / digest[:2] / digest).unlink()
    change(office, "ALTER TABLE cases DROP CONSTRAINT fk_cases_configuration")
    change(office, "DELETE FROM configuration")
    made = backup.backup(office.office, office.tokens["admin"], office.path.parent / "b.tar")
    assert made.findings != ()
    assert restored(office.path.parent / "b.tar", empty("sqlite"), office).findings == made.findings


def test_an_older_backup_becomes_a_database_of_this_program_and_a_newer_one_none(office: World, empty: Empty) -> None:
    archive, target = archived(office), empty(SERVER)
    assert no_restore(rewritten(archive, migration="9999"), target, office).code == "backup_newer"
    restored(rewritten(archive, aged("0005"), migration="0005"), target, office)
    back = opened(target, office)
    assert queries.verify(back.office).findings == ()
    back.close()


# -- nothing by halves -------------------------------------------------------------------------------------


def no_restore(archive: Path, target: Path | str, world: World) -> PeijianError:
    """Why it is refused; what was there is as it was, and nothing is left behind."""
    near, kept, had = sorted(world.path.parent.rglob("*")), stored(folder_of(target)), tables(str(target))
    with pytest.raises(PeijianError) as refused:
        restored(archive, target, world)
    assert sorted(world.path.parent.rglob("*")) == near
    assert (stored(folder_of(target)), tables(str(target))) == (kept, had)
    return refused.value


def test_a_database_with_anything_in_it_is_left_alone(office: World, empty: Empty) -> None:
    archive, target = archived(office), str(empty(SERVER))
    with servers.connected(target) as connection:
        connection.execute("CREATE TABLE recipes (name text)")
    assert no_restore(archive, target, office).code == "database_exists"
    before = office.dump()
    assert no_restore(archive, office.url, office).code == "database_exists"
    assert office.dump() == before


def test_a_folder_with_anything_in_it_is_left_alone_and_an_empty_one_is_taken(office: World, empty: Empty) -> None:
    archive, target = archived(office), empty(SERVER)
    folder = folder_of(target)
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("x")
    assert no_restore(archive, target, office).code == "folder_exists"
    (folder / "notes.txt").unlink()
    (folder / ".files.1.part").mkdir()  # what a killed restore left
    restored(archive, target, office)
    assert len(stored(folder)) == 2


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE facilities SET removed = 1", "backup_unsound"),
        ("DELETE FROM journal WHERE subject = '-' AND entry > 3", "backup_unsound"),
    ],
)
def test_records_that_do_not_fit_their_journal_reach_no_server(
    statement: str, code: str, office: World, empty: Empty
) -> None:
    target = empty(SERVER)
    assert no_restore(rewritten(archived(office), altered(statement)), target, office).code == code
    assert untouched(target)


@pytest.mark.parametrize("part", range(0, 24, 5))
def test_a_truncated_archive_reaches_no_server(part: int, office: World, empty: Empty) -> None:
    archive, target = archived(office), empty(SERVER)
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) * part // 24])
    assert no_restore(archive, target, office).code in ("backup_unreadable", "backup_damaged")
    assert untouched(target)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE heartbeat SET process = 'a' || char(0) || 'b'", "database_error"),
        ("UPDATE heartbeat SET process = CAST(x'80' AS TEXT)", "backup_damaged"),
    ],
)
def test_what_a_server_does_not_take_leaves_nothing_there(
    statement: str, code: str, office: World, empty: Empty
) -> None:
    row = "'370303', 's', 'p', '2021-03-01T09:00:00+08:00', '2021-03-01T09:00:00+08:00'"
    change(office, f"INSERT INTO heartbeat VALUES ({row})")
    archive, target = rewritten(archived(office), altered(statement)), empty(SERVER)
    assert no_restore(archive, target, office).code == code
    assert untouched(target)
    restored(archived(office, "sound.tar"), target, office)


def test_a_server_that_is_lost_in_the_middle_has_nothing(
    office: World, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, target = archived(office), str(empty(SERVER))
    copy = copying.copy

    def lost(source: Any, into: Any) -> None:
        copy(source, into)
        servers.cut(target)
        into.flush()

    monkeypatch.setattr(copying, "copy", lost)
    assert no_restore(archive, target, office).code == "database_lost"
    monkeypatch.undo()
    assert untouched(target)
    restored(archive, target, office)


def test_a_server_that_is_lost_while_a_backup_is_made_leaves_none(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = copying.copy

    def lost(source: Any, into: Any) -> None:
        servers.cut(office.url)
        copy(source, into)

    monkeypatch.setattr(copying, "copy", lost)
    with pytest.raises(Conflict, match="database_lost"):
        archived(office)
    assert not [path.name for path in office.path.parent.iterdir() if path.name.endswith((".part", ".tar"))]


def test_a_server_that_is_down_is_told(office: World) -> None:
    with pytest.raises(Conflict, match="database_unreachable"):
        restored(archived(office), "postgresql+psycopg://nobody@127.0.0.1:1/x", office)


@pytest.mark.parametrize("name", ["_copied", "rename"])
def test_a_full_disk_is_told_and_leaves_nothing(
    name: str, office: World, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, target = archived(office), empty(SERVER)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((restore, "_copied") if name == "_copied" else (Path, "rename")), full)
    assert no_restore(archive, target, office).code == "disk_full"
    monkeypatch.undo()
    assert untouched(target)


@pytest.mark.parametrize("step", range(1, 8))
def test_killed_at_any_moment_a_restore_leaves_no_half_office(
    step: int, office: World, empty: Empty, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, target = archived(office), empty(SERVER)
    die = killed_at(step)

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            die()
            return original(*args, **options)

        return run

    for place, name in ((restore, "_hold"), (restore, "_fill"), (copying, "copy")):
        monkeypatch.setattr(place, name, dying(getattr(place, name)))
    monkeypatch.setattr(transaction.ServerTransaction, "flush", dying(transaction.ServerTransaction.flush))
    child = worker(office, office.moment, lambda _: restored(archive, target, office))
    assert ended(child) == -signal.SIGKILL
    assert tables(str(target)) == []
    monkeypatch.undo()
    restored(archive, target, office)


def test_of_two_restores_at_once_one_is_done(office: World, empty: Empty) -> None:
    archive, target = archived(office), str(empty(SERVER))
    outcomes: list[str] = []

    def run() -> None:
        try:
            restored(archive, target, office)
            outcomes.append("done")
        except PeijianError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 1, outcomes
    back = opened(target, office)
    assert queries.verify(back.office).findings == ()
    back.close()


# -- messages wait -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("backend", "kind"), WAYS)
def test_nothing_leaves_a_restored_office_until_the_administrator_says_so(
    kind: str, office_at: Callable[[str], World], empty: Empty, server: Server
) -> None:
    world = office_at(Stage.PLANNING)
    at(world, f"{START.date()}T09:00")
    circulate(world)
    target = empty(kind)
    restored(archived(world), target, world)
    back = opened(target, world, server if kind == SERVER else None)
    assert go_round(back).held
    assert files(back) == frozenset()
    parked.resume(back.office, back.tokens["admin"])
    assert go_round(back).sent > 0
    back.close()
