"""A backup is made while others work, and becomes the same office again; a damaged one becomes nothing at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import signal
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from archives import aged, altered, archived, holding_files, info, opened, pack, restored, rewritten, unpacked
from outboxes import at, change, ended, files, go_round, killed_at, worker
from world import CASE, EDUCATION, HOUSING, NR, START, World, circulate

from notifications import parked
from states.content import Content
from states.errors import Invalid, NotAllowed, PeijianError
from states.project import Stage
from workflow import administration, backup, journal, queries, restore
from workflow.database import SCHEMA


@pytest.fixture
def office(office_at: Callable[[str], World]) -> World:
    return holding_files(office_at)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """The empty place that is restored to."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder / "new.db"


def contents(path: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(db.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}


def stored(world: World) -> dict[str, bytes]:
    folder = world.office.files.folder
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sums(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as tar:
        return {m.name: hashlib.sha256(tar.extractfile(m).read()).hexdigest() for m in tar}  # type: ignore[union-attr]


# -- there and back ----------------------------------------------------------------------------------------


def test_what_comes_back_is_what_was_there_and_says_that_it_came_back(office: World, elsewhere: Path) -> None:
    archive = archived(office)
    before, kept = contents(office.path), stored(office)
    noted = before["journal"].pop(next(n for n, row in enumerate(before["journal"]) if "backup" in row))
    done = restored(archive, elsewhere, office)

    after = contents(elsewhere)
    told = [row for row in after["journal"] if "restore" in row]
    assert len(told) == 1
    after["journal"].remove(told[0])
    (installed,), (was,) = after.pop("installation"), before.pop("installation")
    assert (installed[:3], was[3]) == (was[:3], None)
    assert after == before
    assert hashlib.sha256(archive.read_bytes()).hexdigest() in str(noted)

    back = opened(elsewhere, office)
    assert stored(back) == kept and len(kept) == done.files == 2
    assert queries.verify(back.office).findings == ()
    assert sorted(path.name for path in elsewhere.parent.iterdir()) == ["new.db", "new.db.files"]
    assert sorted(p.name for p in office.path.parent.iterdir() if ".part" in p.name) == []
    back.close()


def test_people_work_on_in_the_restored_office_with_their_tokens(office: World, elsewhere: Path) -> None:
    restored(archived(office), elsewhere, office)
    back = opened(elsewhere, office)
    back.do(HOUSING, "case suspend", reason="等待批复")
    assert queries.verify(back.office).findings == ()
    back.close()


def test_the_archive_says_what_is_in_it_and_is_for_its_owner_alone(office: World) -> None:
    umask = os.umask(0)
    try:
        archive = archived(office)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with tarfile.open(archive) as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
        heads = json.loads(tar.extractfile("checkpoint.json").read())  # type: ignore[union-attr]
    found = sums(archive)
    found.pop("manifest.json")
    assert {name: kept["sha256"] for name, kept in manifest["contents"].items()} == found
    assert (manifest["migration"], manifest["district"]) == (SCHEMA, office.office.district)
    assert journal.is_checkpoint(heads)
    assert set(heads["heads"]) == {"-", CASE}


def test_no_token_and_no_secret_is_in_it(office: World) -> None:
    content = archived(office).read_bytes()
    assert [name for name, token in office.tokens.items() if token.encode() in content] == []


def test_a_backup_is_consistent_while_others_write(office: World, elsewhere: Path, tmp_path: Path) -> None:
    stop = tmp_path / "stop"

    def busy(other: Any) -> None:
        world = World(office.path, office.config, other, office.tokens)
        number = 0
        while not stop.exists():
            number += 1
            world.office.now = lambda: office.moment
            administration.add_account(other, office.tokens["admin"], f"busy{number}", "health", "clerk")
            other.files.put(Content.of(f"{number}".encode()))

    child = worker(office, office.moment, busy)
    try:
        made = [archived(office, f"{number}.tar") for number in range(5)]
    finally:
        stop.touch()
    assert ended(child) == 0
    counts = []
    for number, archive in enumerate(made):
        target = elsewhere.with_name(f"{number}.db")
        assert restored(archive, target, office).findings == ()
        counts.append(len(contents(target)["account"]))
    assert counts == sorted(counts)
    assert counts[-1] > counts[0], "nobody wrote meanwhile"
    assert queries.verify(office.office).findings == ()


def test_a_damaged_office_is_backed_up_as_it_is_and_says_so_both_times(office: World, elsewhere: Path) -> None:
    digest = next(d.file for d in office.case().documents if d.file)
    (office.office.files.folder / digest[:2] / digest).unlink()
    made = backup.backup(office.office, office.tokens["admin"], office.path.parent / "b.tar")
    assert [finding.code for finding in made.findings] == ["document_file_missing"]
    assert restored(office.path.parent / "b.tar", elsewhere, office).findings == made.findings


def test_even_an_office_that_cannot_be_read_to_the_end_is_backed_up(office: World, elsewhere: Path) -> None:
    change(office, "DELETE FROM configuration")
    office.config.write_text(office.config.read_text(encoding="utf-8") + "# newer\n", encoding="utf-8")
    office = opened(office.path, office)
    made = backup.backup(office.office, office.tokens["admin"], office.path.parent / "b.tar")
    assert [finding.code for finding in made.findings] == ["configuration_lost"]
    assert restored(office.path.parent / "b.tar", elsewhere, office).findings == made.findings


def test_an_older_backup_becomes_a_database_of_this_program(office: World, elsewhere: Path) -> None:
    archive = archived(office)
    restored(rewritten(archive, aged("0005"), migration="0005"), elsewhere, office)
    back = opened(elsewhere, office)
    assert queries.verify(back.office).findings == ()
    back.close()


# -- nothing by halves -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", range(1, 7))
def test_killed_at_any_moment_a_backup_leaves_no_half_one(
    step: int, office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    die = killed_at(step)
    for name in ("_stored", "_write", "_add", "_take"):
        monkeypatch.setattr(backup, name, _dying(getattr(backup, name), die))
    target = office.path.parent / "b.tar"
    child = worker(office, office.moment, lambda other: backup.backup(other, office.tokens["admin"], target))
    assert ended(child) == -signal.SIGKILL
    assert not target.exists()
    monkeypatch.undo()
    archived(office)
    assert queries.verify(office.office).findings == ()


def _dying(original: Callable[..., Any], die: Callable[[], None]) -> Callable[..., Any]:
    def run(*args: Any, **options: Any) -> Any:
        die()
        return original(*args, **options)

    return run


@pytest.mark.parametrize("step", range(1, 8))
def test_killed_at_any_moment_a_restore_leaves_no_half_office(
    step: int, office: World, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archived(office)
    die = killed_at(step)
    for name in ("_copied", "_whole", "_hold", "_refuse_taken"):
        monkeypatch.setattr(restore, name, _dying(getattr(restore, name), die))
    child = worker(office, office.moment, lambda _: restored(archive, elsewhere, office))
    assert ended(child) == -signal.SIGKILL
    assert not elsewhere.exists()
    monkeypatch.undo()
    restored(archive, elsewhere, office)


@pytest.mark.parametrize("part", ["backup", "restore"])
def test_a_full_disk_is_told_and_leaves_nothing(
    part: str, office: World, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archived(office)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*((backup, "_add") if part == "backup" else (restore, "_copied")), full)
    with pytest.raises(Invalid, match="disk_full"):
        archived(office, "c.tar") if part == "backup" else restored(archive, elsewhere, office)
    assert list(elsewhere.parent.iterdir()) == []
    assert not [p.name for p in office.path.parent.iterdir() if p.name.endswith((".part", "c.tar"))]


@pytest.mark.parametrize("part", ["backup", "restore"])
def test_a_real_limit_on_what_may_be_written_is_told(part: str, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    answer = elsewhere.parent.with_name("answer")

    def limited(other: Any) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            if part == "backup":
                backup.backup(other, office.tokens["admin"], office.path.parent / "c.tar")
            else:
                restored(archive, elsewhere, office)
        except PeijianError as error:
            answer.write_text(error.code)

    assert ended(worker(office, office.moment, limited)) == 0
    assert answer.read_text() in ("disk_full", "file_unwritable", "database_error")
    assert list(elsewhere.parent.iterdir()) == []
    assert not (office.path.parent / "c.tar").exists()


def test_a_backup_never_takes_the_place_of_anything(office: World) -> None:
    for name in ("file", "folder", "link"):
        path = office.path.parent / name
        {"file": path.touch, "folder": path.mkdir, "link": lambda path=path: path.symlink_to("nowhere")}[name]()
        with pytest.raises(Invalid, match="file_exists"):
            archived(office, name)


@pytest.mark.parametrize("who", [EDUCATION, f"{NR}.clerk", "nobody", ""])
def test_only_the_administrator_makes_one(who: str, office: World) -> None:
    with pytest.raises(NotAllowed):
        backup.backup(office.office, office.tokens.get(who, who), office.path.parent / "b.tar")
    assert not (office.path.parent / "b.tar").exists()


@pytest.mark.parametrize("end", ["", ".files", "-journal", "-wal", "-shm", " (link)"])
def test_a_restore_goes_into_an_empty_place_only(end: str, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    taken = elsewhere.with_name(elsewhere.name + end.removesuffix(" (link)"))
    taken.symlink_to("nowhere") if "link" in end else taken.write_bytes(b"x")
    with pytest.raises(Invalid, match=r"database_exists|file_exists"):
        restored(archive, elsewhere, office)
    assert [path.name for path in elsewhere.parent.iterdir()] == [taken.name]
    assert "link" in end or taken.read_bytes() == b"x"


# -- archives that are none --------------------------------------------------------------------------------


def no_restore(archive: Path, elsewhere: Path, world: World) -> PeijianError:
    """Why it is refused; nothing is left behind, here or anywhere near."""
    near = sorted(elsewhere.parent.parent.rglob("*"))
    with pytest.raises(Invalid) as refused:
        restored(archive, elsewhere, world)
    assert sorted(elsewhere.parent.parent.rglob("*")) == near
    return refused.value


@pytest.mark.parametrize("part", range(24))
def test_a_truncated_archive_is_refused(part: int, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) * part // 24])
    assert no_restore(archive, elsewhere, office).code in ("backup_unreadable", "backup_damaged")


@pytest.mark.parametrize("block", [1, 512 * 2, 512 * 5])
def test_a_cut_tail_is_refused_too(block: int, office: World, elsewhere: Path) -> None:
    """What ends with the last member is whole; a byte less is not."""
    archive = archived(office)
    with tarfile.open(archive) as tar:
        last = tar.getmembers()[-1]
    end = last.offset_data + last.size
    archive.write_bytes(archive.read_bytes()[: end - block])
    no_restore(archive, elsewhere, office)


@pytest.mark.parametrize("place", range(16))
def test_an_altered_byte_is_found(place: int, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    content = bytearray(archive.read_bytes())
    with tarfile.open(archive) as tar:
        spans = [(m.offset_data, m.size) for m in tar if m.size]
    first, size = spans[place % len(spans)]
    content[first + size * place // 16] ^= 0x01
    archive.write_bytes(content)
    assert no_restore(archive, elsewhere, office).code == "backup_damaged"


_OUTSIDE = "files/../../outside"
_HASH = hashlib.sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    "member",
    [
        info(_OUTSIDE),
        info("../outside"),
        info("/tmp/outside-of-the-archive"),
        info("files/ab/../../outside"),
        info(f"files/{_HASH[:2]}/{_HASH}\n"),
        info(f"files/00/{_HASH}"),
        info("database.db-journal"),
        info("database.db"),
        info("manifest.json"),
        info("files", type=tarfile.DIRTYPE),
        info(f"files/{_HASH[:2]}/{_HASH}", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        info(f"files/{_HASH[:2]}/{_HASH}", type=tarfile.LNKTYPE, linkname="database.db"),
        info(f"files/{_HASH[:2]}/{_HASH}", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
        info(f"files/{_HASH[:2]}/{_HASH}", type=tarfile.FIFOTYPE),
        info(f"files/{_HASH[:2]}/{_HASH}"),
        info("名称\x1b[31m"),
    ],
    ids=lambda info: ascii(f"{info.name} {info.type!r}"),
)
def test_what_does_not_belong_in_it_is_refused_and_leads_nowhere(
    member: tarfile.TarInfo, office: World, elsewhere: Path
) -> None:
    archive = archived(office)
    pack(archive, [*unpacked(archive), (member, b"x")])
    assert no_restore(archive, elsewhere, office).code == "backup_damaged"
    assert not Path("/tmp/outside-of-the-archive").exists()


@pytest.mark.parametrize("first", [True, False])
def test_a_link_in_the_place_of_the_database_is_not_followed(first: bool, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    members = [m for m in unpacked(archive) if not first or m[0].name != "database.db"]
    link = info("database.db", type=tarfile.SYMTYPE, linkname=str(office.path))
    pack(archive, [(link, b""), *members])
    no_restore(archive, elsewhere, office)


@pytest.mark.parametrize("name", ["manifest.json", "checkpoint.json", "database.db", "files/"])
def test_what_is_missing_is_missed(name: str, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    pack(archive, [member for member in unpacked(archive) if not member[0].name.startswith(name)])
    assert no_restore(archive, elsewhere, office).code == "backup_damaged"


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2"])
def test_a_packed_archive_is_not_unpacked(mode: str, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    pack(archive, unpacked(archive), mode)
    assert no_restore(archive, elsewhere, office).code == "backup_unreadable"


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"format": 1}',
        b'{"contents": {"../x": {"sha256": "", "size": 0}}}',
    ],
)
def test_a_manifest_that_is_none_is_refused(manifest: bytes, office: World, elsewhere: Path) -> None:
    archive = archived(office)
    others = [member for member in unpacked(archive) if member[0].name != "manifest.json"]
    pack(archive, [(info("manifest.json"), manifest), *others])
    assert no_restore(archive, elsewhere, office).code == "backup_damaged"


@pytest.mark.parametrize("said", [{"migration": "9999"}, {"format": 2}])
def test_what_a_newer_program_made_is_left_to_it(said: dict[str, Any], office: World, elsewhere: Path) -> None:
    assert no_restore(rewritten(archived(office), **said), elsewhere, office).code == "backup_newer"


def test_a_backup_of_another_district_is_refused(office: World, elsewhere: Path) -> None:
    archive = archived(office)
    assert no_restore(rewritten(archive, district="370302"), elsewhere, office).code == "backup_damaged"
    text = office.config.read_text(encoding="utf-8").replace('code: "370303"', 'code: "370302"')
    office.config.write_text(text, encoding="utf-8")
    assert no_restore(archive, elsewhere, office).code == "other_district"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE facilities SET removed = 1", "digest_differs"),
        ("UPDATE journal SET actor = 'x' WHERE entry = 2", "entry_altered"),
        ("DELETE FROM journal WHERE subject = '-' AND entry > 3", "tail_cut"),
        ("UPDATE account SET token_digest = 'x' WHERE account = 'health'", "account_differs"),
        ("UPDATE configuration SET text = text || '#'", "configuration_altered"),
    ],
)
def test_records_that_do_not_fit_their_journal_are_refused_whatever_the_manifest_says(
    statement: str, code: str, office: World, elsewhere: Path
) -> None:
    refused = no_restore(rewritten(archived(office), altered(statement)), elsewhere, office)
    assert refused.code == "backup_unsound"
    assert code in {finding["code"] for finding in refused.params["findings"]}


def test_a_database_that_is_none_is_refused(office: World, elsewhere: Path) -> None:
    def text(members: dict[str, bytes]) -> None:
        members["database.db"] = "这不是数据库".encode() * 500

    def foreign(members: dict[str, bytes]) -> None:
        with closing(sqlite3.connect(":memory:")) as db:
            db.execute("CREATE TABLE things (name TEXT)")
            members["database.db"] = db.serialize()

    archive = archived(office)
    assert no_restore(rewritten(archive, text), elsewhere, office).code == "backup_damaged"
    assert no_restore(rewritten(archive, foreign), elsewhere, office).code == "not_a_database"


@pytest.mark.parametrize("heads", [b"", b"[]", b"{", b'{"heads": 1}', b"[" * 100_000])
def test_heads_that_are_none_are_refused(heads: bytes, office: World, elsewhere: Path) -> None:
    def alter(members: dict[str, bytes]) -> None:
        members["checkpoint.json"] = heads

    assert no_restore(rewritten(archived(office), alter), elsewhere, office).code == "backup_damaged"


@pytest.mark.parametrize("source", ["none.tar", ".", "/dev/zero"])
def test_what_is_no_file_is_not_read(source: str, office: World, elsewhere: Path) -> None:
    path = office.path.parent / source
    assert no_restore(path, elsewhere, office).code == "file_unreadable"


# -- messages wait -----------------------------------------------------------------------------------------


def test_after_a_restore_nothing_leaves_until_the_administrator_says_so(
    office_at: Callable[[str], World], elsewhere: Path
) -> None:
    world = office_at(Stage.PLANNING)
    at(world, f"{START.date()}T09:00")
    circulate(world)
    change(world, "UPDATE installation SET created_at = '2099-01-01T00:00:00+08:00'")
    restored(archived(world), elsewhere, world)
    back = opened(elsewhere, world)

    rows = contents(elsewhere)
    assert go_round(back).held
    assert files(back) == frozenset()
    assert contents(elsewhere) == rows
    assert [f.code for f in parked.findings(back.office) if f.note] == ["messages_held"]
    with pytest.raises(NotAllowed):
        parked.resume(back.office, back.tokens[NR])
    assert go_round(back).held

    parked.resume(back.office, back.tokens["admin"])
    assert go_round(back).sent > 0
    assert len(files(back)) > 0
    assert list(parked.findings(back.office)) == []
    with pytest.raises(Invalid, match="nothing_held"):
        parked.resume(back.office, back.tokens["admin"])
    back.close()
