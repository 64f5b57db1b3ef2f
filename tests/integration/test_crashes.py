"""Processes are killed, servers crash, connections break, disks are full: nothing that was acknowledged is lost.

What nobody answered may have been done or not; the same request again says which, and never acts twice. The hypothesis
is the same before and after each fault, and the judge reads what lies in the database.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import servers
from crowd import PATIENCE, Ack, Crowd, Door, Hands, Opening, Order, faults, insistently, library, order, tried
from network import LOST, over_http, serving
from servers import OwnServer
from spoils import dying
from sqlalchemy import event
from sqlalchemy.engine import make_url
from test_load import signing
from world import CASE, EDUCATION, NR, World, circulate, opening, prepare

from states.content import Content
from states.project import Stage
from tests.ways_in import Outcome
from workflow.files import Files

both = pytest.mark.both_databases()
#: What somebody may be told whose request is to be sent again.
AGAIN = {"database_lost", "database_unreachable", "database_busy"}


@pytest.fixture
def office(driven: dict[str, World], memory_folder: Path) -> Iterator[World]:
    """An office whose case stands at the planning review, and is asked of everybody."""
    world = driven[Stage.PLANNING].copied(memory_folder / "office")
    circulate(world)
    yield world
    world.drop()


@pytest.fixture
def empty(driven: dict[str, World], memory_folder: Path) -> Iterator[World]:
    """An office without a case."""
    world = driven[""].copied(memory_folder / "empty")
    yield world
    world.drop()


def signature(world: World, number: int) -> Order:
    return order(world, EDUCATION, "sign", f"sign-{number}", verdict="agree")


def readable(world: World) -> bool:
    return world.view().case.id == CASE and len(world.why()) > 0


# -- killed ------------------------------------------------------------------------------------------------------


def _open(world: World, number: int) -> Order:
    case, parcel = f"ZDPT-2021-{number:04d}", f"370303101012GB{number:05d}"
    return order(world, NR, "case open", f"open-{number}", **opening(case, parcel))


def _file(world: World, number: int) -> Order:
    paper = {"kind": "planning_conditions", "reference": f"张自然资条字〔2021〕{number}号", "issued_on": "2021-03-01"}
    scan = {"name": "规划条件.pdf", "content": f"示例{number}".encode()}
    return order(world, NR, "document add", f"file-{number}", **paper, file=scan)


def _advance(world: World, number: int) -> Order:
    if world.case().stage != Stage.PLANNING:
        world.do(NR, "case reopen", reason="调整")
    prepare(world)
    return order(world, NR, "case advance", f"advance-{number}")


ACTIONS = {"sign": signature, "case open": _open, "document add": _file, "case advance": _advance}


def killed(door: Door, told: Order, step: int) -> bool:
    """Let a process try it that dies at the step; whether it did."""
    child = os.fork()
    if not child:
        try:
            with door.way() as way:
                dying(step)
                tried(way, told)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


@both
@pytest.mark.parametrize("action", ACTIONS)
def test_killed_at_every_step_an_action_is_done_once_when_it_is_asked_again(action: str, office: World) -> None:
    repeated: list[bool] = []
    dead, step = True, 0
    while dead:
        step += 1
        told = ACTIONS[action](office, 100 + step)
        with library(office) as door:
            dead = killed(door, told, step)
        stored = office.rows("SELECT 1 FROM journal WHERE request_id = ?", told.fields["request_id"])
        outcome = tried(Hands(office.office), told)
        assert outcome.done, outcome
        assert outcome.body["repeated"] == (len(stored) == 1)
        repeated.append(outcome.body["repeated"])
        office.done[told.fields["case"]] += 1
    # some rows, the entry and the commit came too late, the moment after it and the answer did not
    assert repeated[-2:] == [True, True] and repeated[:-2] == [False] * (step - 2) and step >= 5
    assert office.violations() == []


def lost_to(world: World, told: Order, step: int) -> bool:
    """Let a service try it that dies at the step; whether it did."""
    with serving(world, lambda: dying(step)) as (door, process):
        with door.way() as way:
            lost = tried(way, told).code == LOST
        if lost:
            process.join(PATIENCE)
            assert process.exitcode == -signal.SIGKILL
        return lost


@both
@pytest.mark.parametrize("action", ACTIONS)
def test_a_service_killed_at_every_step_did_an_action_once_when_another_is_asked_again(
    action: str, office: World
) -> None:
    repeated: list[bool] = []
    dead, step = True, 0
    while dead:
        step += 1
        told = ACTIONS[action](office, 100 + step)
        office.close()
        dead = lost_to(office, told, step)
        stored = office.rows("SELECT 1 FROM journal WHERE request_id = ?", told.fields["request_id"])
        with over_http(office) as door, door.way() as way:
            outcome = tried(way, told)
        assert outcome.done, outcome
        assert outcome.body["repeated"] == (len(stored) == 1)
        repeated.append(outcome.body["repeated"])
        office.done[told.fields["case"]] += 1
    assert repeated[-2:] == [True, True] and repeated[:-2] == [False] * (step - 2) and step >= 5
    assert office.violations() == []


@both
def test_killed_at_any_moment_under_load_nothing_is_lost(empty: World, way_in: Opening, long_form: bool) -> None:
    each, kills = (200, 100) if long_form else (30, 10)
    orders, acks = signing(empty, 4, each), []
    with way_in(empty) as door:
        crowd = Crowd(door, orders)
        for ack in crowd.acks():
            acks.append(ack)
            if len(acks) % 7 == 0 and crowd.kills < kills:
                crowd.kill(len(acks) // 7)
    assert crowd.kills >= kills
    assert faults(empty, acks, 4 * each) == []


# -- a server that is gone -----------------------------------------------------------------------------------------


def worked(world: World, way_in: Opening, each: int, breaks: int, fault: Callable[[], object]) -> list[Ack]:
    """Everything that four processes had acknowledged while the fault came so often among them."""
    orders, acks = signing(world, 4, each), list[Ack]()
    done = 0
    with way_in(world) as door:
        for ack in Crowd(door, orders).acks():
            acks.append(ack)
            if done < breaks and len(acks) >= (done + 1) * 4 * each // (breaks + 1):
                fault()
                done += 1
    assert done == breaks
    return acks


def told_again(acks: list[Ack]) -> Counter[str]:
    return Counter(code for ack in acks for code in ack.again)


class TestOnAServer:
    """What only a server can suffer."""

    @pytest.fixture
    def backend(self) -> str:
        return "postgresql"

    def test_connections_that_are_cut_under_load_lose_nothing(
        self, empty: World, way_in: Opening, long_form: bool
    ) -> None:
        each, cuts = (500, 100) if long_form else (40, 10)
        acks = worked(empty, way_in, each, cuts, lambda: servers.cut(empty.url))
        assert faults(empty, acks, 4 * each) == []
        again = told_again(acks)
        assert set(again) <= AGAIN and again["database_lost"] >= 1

    @pytest.mark.parametrize("done", [False, True])
    def test_a_commit_that_nobody_answered_is_resolved_by_its_request_id(
        self, done: bool, office: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        with Between(office.url) as between, library(office) as door, replace(door, url=between.url).way() as way:
            for number in range(5):
                told = signature(office, number)
                between.cut = "before the answer" if done else "before the commit"
                lost = tried(way, told)
                assert (lost.code, lost.exit_code, between.cut) == ("database_lost", 6, "")
                again = tried(way, told)
                assert again.done and again.body["repeated"] == done
                office.done[CASE] += 1
        assert caplog.records == []  # a library that complains does so with a traceback, on the screen
        assert office.violations() == []

    def test_what_the_server_says_of_a_full_disk_is_told_as_one(self, office: World, way_in: Opening) -> None:
        full = (
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON journal EXECUTE FUNCTION full_disk()"
        )
        with servers.connected(office.url) as owner, way_in(office) as door, door.way() as way:
            owner.execute(full)  # type: ignore[arg-type]
            outcome = tried(way, signature(office, 1))
            assert (outcome.code, outcome.exit_code) == ("disk_full", 7)
            assert readable(office)
            owner.execute("DROP TRIGGER full_disk ON journal")
        comes_through(office, signature(office, 1))


#: What asks a server for the answers to all that was sent before (Sync of its protocol); a lone query needs none.
_ANSWER = b"S\0\0\0\4"


class Between:
    """Stands between clients and a server, and cuts where it is told to: at the next commit."""

    def __init__(self, address: str) -> None:
        self._server, self.cut, self._stack = make_url(address), "", ExitStack()

    def __enter__(self) -> Between:
        folder = self._stack.enter_context(TemporaryDirectory(prefix="peijian-between-"))
        self._listening = self._stack.enter_context(socket.socket(socket.AF_UNIX))
        self._listening.bind(f"{folder}/.s.PGSQL.5432")
        self._listening.listen()
        self.url = self._server.set(host=None, port=None, query={"host": folder}).render_as_string(hide_password=False)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._stack.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _connected(self) -> socket.socket:
        host, port = self._server.query.get("host") or self._server.host, self._server.port or 5432
        if str(host).startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        return socket.create_connection((host, port))

    def _relay(self, client: socket.socket) -> None:
        with suppress(OSError), client, self._connected() as server:
            here = client, server
            while True:
                for ready in select.select(here, [], [])[0]:
                    sent = ready.recv(1 << 16)
                    if not sent or (ready is client and self.cut and b"COMMIT\0" in sent and self._cuts(*here, sent)):
                        return
                    (server if ready is client else client).sendall(sent)

    def _cuts(self, client: socket.socket, server: socket.socket, sent: bytes) -> bool:
        if self.cut == "before the answer":
            server.sendall(sent)
            while _ANSWER not in sent and not sent.endswith(b"COMMIT\0"):
                sent = client.recv(1 << 16)
                server.sendall(sent)
            assert server.recv(1 << 16)
        self.cut = ""
        return True


@pytest.fixture(scope="module")
def own_server() -> Iterator[OwnServer]:
    """A server that waits for its disk, and is ours to stop."""
    with servers.own() as server:
        yield server


@pytest.fixture
def own_office(own_server: OwnServer, memory_folder: Path) -> Iterator[World]:
    world = World.founded(memory_folder, server=own_server)
    yield world
    world.drop()


def test_a_server_that_crashes_under_load_loses_nothing(
    own_server: OwnServer, own_office: World, way_in: Opening, long_form: bool
) -> None:
    def crash() -> None:
        own_server.crash()
        own_server.start()

    each, crashes = (400, 20) if long_form else (30, 2)
    acks = worked(own_office, way_in, each, crashes, crash)
    assert faults(own_office, acks, 4 * each) == []
    again = told_again(acks)
    assert set(again) <= AGAIN and again.total() >= crashes


def test_a_server_that_is_down_is_told_and_comes_back(own_server: OwnServer, own_office: World) -> None:
    own_office.do(NR, "case open", **opening())
    circulate(own_office)
    way, told = Hands(own_office.office), signature(own_office, 1)
    own_server.crash()
    try:
        outcomes = [tried(way, told) for _ in range(2)]
    finally:
        own_server.start()
    assert {(o.code, o.exit_code) for o in outcomes} <= {("database_lost", 6), ("database_unreachable", 6)}
    assert tried(way, told).body["repeated"] is False
    own_office.done[CASE] += 1
    assert own_office.violations() == []


# -- a disk that is full ---------------------------------------------------------------------------------------------


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Nobody who begins here writes a file beyond so many bytes; the system refuses it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def until_full(world: World, way: Hands) -> tuple[Order, Outcome]:
    """Sign until nothing more goes in."""
    for number in range(400):
        told = signature(world, number)
        outcome = tried(way, told)
        if not outcome.done:
            return told, outcome
        world.done[CASE] += 1
    raise AssertionError("never full")


def comes_through(world: World, told: Order) -> None:
    """What was refused goes in once there is room, and for the first time."""
    done = insistently(Hands(world.office), told).outcome
    assert done.done and done.body["repeated"] is False
    world.done[CASE] += 1
    assert world.violations() == []


def test_a_file_that_may_not_grow_is_told_and_still_read(office: World) -> None:
    pages = office.rows("PRAGMA page_count")[0][0] + 8
    office.close()

    def no_more(connection: Any, record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(office.office.database.engine, "connect", no_more)
    told, full = until_full(office, Hands(office.office))
    assert (full.code, full.exit_code) == ("disk_full", 7)
    assert readable(office)
    assert office.violations() == []
    office.close()
    event.remove(office.office.database.engine, "connect", no_more)
    comes_through(office, told)


def test_a_disk_that_refuses_to_write_is_told_and_still_read(office: World) -> None:
    size = office.path.stat().st_size + 40_000
    office.close()
    with limited(size):
        told, full = until_full(office, Hands(office.office))
        assert (full.code, full.exit_code) == ("database_error", 7)
        assert readable(office)
    assert office.violations() == []
    comes_through(office, told)


def test_a_server_whose_disk_is_full_says_so_and_is_still_read(own_server: OwnServer, own_office: World) -> None:
    """Its journal is filled up with another district's until it is as large as a file may be."""
    own_office.do(NR, "case open", **opening())
    circulate(own_office)
    own_office.close()
    with servers.connected(own_office.url) as owner:
        columns = "district, subject, recorded_at, happened_on, actor, organisation, level, action, outcome, params"
        rest = "result, scheme, digest, previous, hash"
        owner.execute(
            f"INSERT INTO journal (entry, {columns}, {rest})"  # type: ignore[arg-type]
            " SELECT n, '1', '-', '', '', '', '', '', '', '', '{}', repeat(md5(n::text), 12), 1, '', '', ''"
            " FROM generate_series(1, 45000) n"
        )
        owner.execute("CHECKPOINT")
        found = owner.execute("SELECT pg_relation_size('journal')").fetchone()
    assert found and found[0] > 17 << 20, "less than a file of the server's log"
    own_server.crash()
    with limited(found[0]):
        own_server.start()
    told, full = until_full(own_office, Hands(own_office.office))
    assert (full.code, full.exit_code) == ("database_error", 7)  # in the server's words: a limit is no full disk
    assert readable(own_office)
    own_server.crash()
    own_server.start()
    with servers.connected(own_office.url) as owner:
        owner.execute("DELETE FROM journal WHERE district = '1'")
    comes_through(own_office, told)


@both
def test_a_document_for_which_there_is_no_room_is_not_filed(office: World) -> None:
    told = _file(office, 1)
    told.fields["file"]["content"] = b"x" * 400_000
    way = Hands(office.office)
    with limited(300_000):
        full = tried(way, told)
    assert (full.code, full.exit_code) == ("disk_full", 7)
    assert office.office.files.names() == set()
    assert readable(office)
    comes_through(office, told)


def test_a_folder_that_takes_no_files_is_told(office: World) -> None:
    office.office.files.folder.write_text("在这里的是一个文件")
    refused = tried(Hands(office.office), _file(office, 1))
    assert (refused.code, refused.exit_code) == ("file_unwritable", 7)
    office.office.files.folder.unlink()
    assert office.violations() == []


def test_two_threads_file_the_same_content_at_once(tmp_path: Path) -> None:
    files, wrong = Files(tmp_path), []

    def put() -> None:
        for number in range(50):
            try:
                files.put(Content.of(f"示例{number}".encode()))
            except OSError as error:
                wrong.append(error)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert wrong == []
    assert len(files.names()) == 50
