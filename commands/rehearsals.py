"""Scripts played into a database of their own: for training, and to see what the program does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.frame import Own, Settings, argument, needs
from commands.output import say
from views.language import _

if TYPE_CHECKING:
    from workflow.rehearsal import Rehearsal, Script


def _demo(shared: Settings) -> None:
    """The two projects on record, told; at the end of each one thread from planning to title."""
    from workflow import rehearsal

    known = rehearsal.shipped()
    paths = [known[name] for name in rehearsal.ON_RECORD]
    _play(shared, paths, told=not shared.json, every=False, thread=not shared.json)


def _rehearse(shared: Settings, scripts: tuple[str, ...], story: bool) -> None:
    from states.errors import unknown
    from workflow import rehearsal

    known = rehearsal.shipped()
    for script in scripts:
        if script not in known and not Path(script).suffix:
            raise unknown("script", script, known)
    paths = [known.get(script, Path(script)) for script in scripts]
    _play(shared, paths, told=story and not shared.json, every=True, thread=False)


def _play(shared: Settings, paths: Sequence[Path], told: bool, every: bool, thread: bool) -> None:
    """Play scripts into a new database: the one named, or one that is thrown away; never behind a server."""
    import tempfile

    from notifications.rehearsing import went_out
    from workflow import rehearsal
    from workflow.database import shown

    if shared.server:
        shared.database_address()  # says that it is not done there
    scripts = [rehearsal.load(path) for path in paths]
    with tempfile.TemporaryDirectory(prefix="peijian-") as folder:
        address = shared.database or str(Path(folder) / "rehearsal.db")
        stage = rehearsal.Rehearsal(address, shared.config_path(), min(s.steps[0].at for s in scripts), went_out)
        for script in scripts:
            _play_one(shared, stage, script, told, every, thread)
    steps = sum(len(s.steps) for s in scripts)
    text = _("{steps} steps of {scripts} scripts went as expected.").format(steps=steps, scripts=len(scripts))
    named = shared.database and shown(shared.database)
    say(shared, {"scripts": len(scripts), "steps": steps, "database": named}, text)


def _play_one(shared: Settings, stage: Rehearsal, script: Script, told: bool, every: bool, thread: bool) -> None:
    from views import story, terminal
    from views.names import Names
    from views.page import Gap
    from views.thread import thread_page
    from workflow import clock, queries

    rules, case, before = queries.current_rules(stage.office), None, None
    if told:
        terminal.show(story.opening_page(script))
    with _progress(script, hidden=shared.json) as advance:
        for played in stage.play(script):
            advance(played.number)
            if told:
                names = Names(rules, played.step.at.date().isoformat())
                terminal.show(story.step_page(played, before, names, every))
            case = played.case
            before = case.stage if case else None
    if thread and case:
        terminal.show((Gap(), *thread_page(case, case.owed()[0].facility, Names(rules, clock.today()))))


@contextmanager
def _progress(script: Script, hidden: bool) -> Iterator[Callable[[int], None]]:
    """A counter on stderr, on a terminal only."""
    live = sys.stderr.isatty() and not hidden

    def advance(number: int) -> None:
        if live:
            sys.stderr.write(f"\r\x1b[K{number}/{len(script.steps)}")
            sys.stderr.flush()

    yield advance
    if live:
        sys.stderr.write("\r\x1b[K")


OWN: Own = {
    "demo": (_demo, needs()),
    "rehearse": (
        _rehearse,
        needs(
            argument("scripts", nargs=-1, required=True),
            lambda: click.Option(["--story"], is_flag=True, help=_("tell every step")),
        ),
    ),
}
