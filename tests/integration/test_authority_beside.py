"""What concerns no case: every such command for every kind of actor, held against ``authority_matrix.yaml``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from authority import LEVELS, account, written
from authority_bench import Watch, Watched
from world import EDUCATION, NR, World

from notifications import parked
from states.errors import NotAllowed, PeijianError
from states.project import Stage
from workflow import administration, backup, calendar_import, duties, held

Command = Callable[[World, str | None], object]


def _delegated(world: World, token: str | None) -> object:
    day = world.moment.date()
    terms = {"from_on": day.isoformat(), "to_on": (day + timedelta(days=9)).isoformat(), "document": "示例1号"}
    return administration.delegate(
        world.office, token, {"absent": EDUCATION, "deputy": account(EDUCATION, "clerk"), **terms}
    )


def _calendar(world: World, token: str | None) -> object:
    path = world.path.with_name("year.yaml")
    path.write_text("year: 2022\nsource: 示例通知\nfinal: true\noff: []\nworked: []\n", encoding="utf-8")
    return calendar_import.import_year(world.office, token, path)


#: Of ``account token --revoke`` the journal knows the command alone.
COMMANDS: dict[str, Command] = {
    "account add": lambda w, t: administration.add_account(w.office, t, "new", EDUCATION, "clerk"),
    "account close": lambda w, t: administration.close_account(w.office, t, account(EDUCATION, "clerk")),
    "account token": lambda w, t: administration.replace_token(w.office, t, account(EDUCATION, "clerk")),
    "account token --revoke": lambda w, t: administration.revoke_token(w.office, t, account(EDUCATION, "clerk")),
    "account address": lambda w, t: administration.set_address(w.office, t, EDUCATION, "a@example.com"),
    "config accept": lambda w, t: administration.accept_configuration(w.office, t),
    "calendar import": _calendar,
    "backup": lambda w, t: backup.backup(w.office, t, w.path.with_name("backup.tar")),
    "remind retry": lambda w, t: parked.retry(w.office, t, None),
    "remind resume": lambda w, t: parked.resume(w.office, t),
    "delegation add": _delegated,
    "delegation end": lambda w, t: administration.end_delegation(w.office, t, _own_delegation(w)),
    "duty done": lambda w, t: duties.done(w.office, t, "L35", "示例教〔2021〕1号", None),
}


def _own_delegation(world: World) -> int:
    (row,) = world.rows("SELECT number FROM delegation WHERE deputy = ?", account(EDUCATION, "deputy"))
    return int(row[0])


def actors() -> Iterator[tuple[str, str]]:
    """Every kind of actor, of education_sports and of another."""
    for kind in (*written()["kinds"], *written()["never"]):
        for organisation in (EDUCATION, NR):
            yield organisation, kind


def may(command: str, organisation: str, kind: str) -> bool:
    """As it is written: ``clerk`` is every deputy, too."""
    acts_as = "leader" if kind == "leader" else "clerk" if kind in written()["kinds"] else kind
    own = f"own {acts_as}" if organisation == EDUCATION else acts_as
    return bool({own, acts_as} & set(written()["administration"][command]))


def test_no_command_beside_the_cases_is_left_out() -> None:
    assert set(COMMANDS) == set(written()["administration"])


@pytest.fixture
def office(watched: Watch) -> Watched:
    found = watched("library", Stage.PLANNING)
    with found.world.office.writing(alone=True) as tx:
        held.hold(tx, found.world.office.district, "2021-03-01T09:00:00+08:00")
    found.reader.execute("DELETE FROM touched")
    found.reader.commit()
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_what_concerns_no_case_is_done_by_whom_the_file_names(
    command: str, office: Watched, memory_folder: Path
) -> None:
    executed = 0
    for organisation, kind in actors():
        executed += 1
        if may(command, organisation, kind):
            office.world.close()
            copy = office.world.copied(memory_folder / f"{organisation}.{kind}")
            COMMANDS[command](copy, copy.tokens[account(organisation, kind)])
            copy.close()
        else:
            assert refused(office, command, organisation, kind) == []
    assert executed == 2 * 15


def refused(office: Watched, command: str, organisation: str, kind: str) -> list[str]:
    """What is wrong with a refusal."""
    wrong, entries, name = [], office.entries(), account(organisation, kind)
    try:
        COMMANDS[command](office.world, office.world.tokens[name] or None)
        wrong.append("done")
    except NotAllowed:
        pass
    except PeijianError as error:
        wrong.append(error.code)
    if touched := office.touched():
        wrong.append(f"wrote to {touched}")
    known = kind not in ("unknown_token", "no_token")
    if office.entries() - entries != (known or (kind == "unknown_token" and organisation == EDUCATION)):
        wrong.append("noted otherwise than once")
    elif known and office.last_entry()[:4] != ("-", command.removesuffix(" --revoke"), "refused", name):
        wrong.append(f"noted as {office.last_entry()}")
    return [f"{command} by {name}: {problem}" for problem in wrong]


def test_a_deputy_passes_the_place_on_to_nobody(office: Watched) -> None:
    """A delegation is good for the cases alone."""
    with pytest.raises(NotAllowed, match="leader_of_house_needed"):
        _delegated(office.world, office.world.tokens[account(EDUCATION, "deputy")])


@pytest.mark.parametrize("level", LEVELS)
def test_who_never_acts_has_no_duty(level: str, office: Watched) -> None:
    with pytest.raises(NotAllowed, match="department_needed"):
        COMMANDS["duty done"](office.world, office.world.tokens[account(EDUCATION, level)])
