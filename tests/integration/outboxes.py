"""An outbox to look into from outside: what arrived, what its rows say, and workers that can be killed."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import sqlite3
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import servers
from world import World, opened

from notifications.passing import opener_of, run_pass
from notifications.senders import Message
from workflow.results import PassResult


@dataclass(frozen=True)
class Letter:
    """A message as it arrived in the folder."""

    id: str
    to: str
    subject: str
    text: str


def letters(world: World, but: frozenset[Path] = frozenset()) -> list[Letter]:
    """What lies in the folder, by the day and recipient in the files' names, but for what is known."""
    return [_letter(path) for path in sorted(files(world) - but)]


def files(world: World) -> frozenset[Path]:
    folder = world.path.parent / "outbox"
    return frozenset(folder.iterdir() if folder.is_dir() else ())


def _letter(path: Path) -> Letter:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    return Letter(mail["Message-ID"], mail["To"].addresses[0].display_name, mail["Subject"], body.get_content())


def rows(world: World, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return world.rows(sql, *values)


def change(world: World, sql: str, *values: Any) -> None:
    """Alter rows behind the program's back."""
    world.office.database.close()
    if world.server:
        with servers.connected(world.url) as connection:
            connection.execute(sql.replace("?", "%s"), values or None)
        return
    with closing(sqlite3.connect(world.path, timeout=30)) as connection:
        connection.execute(sql, values)
        connection.commit()


def at(world: World, moment: str) -> None:
    """Set the office's clock (ISO day and time)."""
    world.moment = datetime.fromisoformat(moment).replace(tzinfo=world.moment.tzinfo)


def go_round(world: World, opener: Any = None) -> PassResult:
    return run_pass(world.office, opener or opener_of(world.office))


# -- workers -------------------------------------------------------------------------------------------


class Log:
    """A sender that writes a line for each message that arrives, durably: id, recipient, process."""

    def __init__(self, path: Path, before: Callable[[], None] = lambda: None) -> None:
        self.path, self.before = path, before

    def send(self, message: Message) -> None:
        self.before()
        line = f"{message.id} {message.recipient} {os.getpid()}\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, line.encode())
        os.close(handle)

    def check(self) -> None: ...

    def close(self) -> None: ...

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.path.read_text().splitlines()] if self.path.exists() else []


def worker(world: World, moment: datetime, job: Callable[[Any], None]) -> int:
    """A process of its own with an office of its own on the common file; returns its id."""
    world.office.database.close()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        office = opened(world.url, world.config, world.path)
        office.now = lambda: moment
        job(office)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """The exit code of a worker; negative for the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(step: int) -> Callable[[], None]:
    """To be called at every step: kills the process at the given one."""
    steps = iter(range(1, step))

    def here() -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    return here


def many_reminders(world: World, organisations: list[str], people: int, day: str) -> None:
    """One limit of each organisation, due on ``day``, and so many clerks in each: a reminder to every one of them."""
    for place, body in enumerate(organisations):
        change(
            world,
            "INSERT INTO running_limits (district, subject, code, stage, visit, round, concern, party, lead,"
            " started_on, due_on, provisional, remind_on)"
            " SELECT district, ?, 'L01', 'planning_joint_review', 1, 1, ?, ?, ?, '2021-03-01', ?, 0, ?"
            " FROM installation",
            *(f"ZDPT-2021-9{place:03d}", body, body, body, day, day),
        )
        for number in range(people):
            change(
                world,
                "INSERT INTO account (district, account, organisation, level, token_digest, token_prefix,"
                " created_at) SELECT district, ?, ?, 'clerk', ?, '', created_at FROM installation",
                *(f"{body}.{number}", body, f"{body}.{number}"),
            )


LATER = timedelta(minutes=6)
