"""Tokens end, are stopped and replaced; whoever comes with one that is good no more is noted, and not too often."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from world import EDUCATION, HEALTH, NR, World, circulate

from states.errors import Invalid, NotAllowed, NotFound
from states.project import Stage
from workflow import administration, attempts, journal, queries


@pytest.fixture
def office(office_at: Callable[[str], World]) -> World:
    world = office_at(Stage.PLANNING)
    circulate(world)
    return world


def replaced(world: World, name: str, expires: str | None = None, by: str = "admin") -> str:
    return administration.replace_token(world.office, world.tokens[by], name, expires)[0]


def hired(world: World, expires: str, name: str = "new", level: str = "clerk") -> str:
    return administration.add_account(world.office, world.tokens["admin"], name, HEALTH, level, None, expires)


def sign(world: World, token: str) -> str:
    """The code of what came of a sign-off with this token."""
    world.tokens["x"] = token
    found = world.attempt("x", "sign", verdict="agree")
    return getattr(found, "code", "done")


def refused(world: World) -> list[tuple[str, str, str, str]]:
    """Every refusal in the office's chain: who, of which house, what, why."""
    entries = [entry for entry in queries.history(world.office, journal.OFFICE) if entry.outcome == "refused"]
    return [(e.actor, e.organisation, e.action, ",".join(e.params["refusals"])) for e in entries]


def today(world: World, days: int = 0) -> str:
    return (world.moment + timedelta(days=days)).date().isoformat()


def differing(world: World) -> set[str]:
    return {str(f.params.get("account")) for f in queries.verify(world.office).findings if "account" in f.code}


# -- ending, stopping, replacing ---------------------------------------------------------------------------


def test_a_token_is_good_through_its_last_day_and_not_a_day_longer(office: World) -> None:
    token = hired(office, today(office))
    assert sign(office, token) == "done"
    office.moment += timedelta(days=1)
    assert sign(office, token) == "token_expired"
    with pytest.raises(NotAllowed, match="token_expired"):
        queries.whoami(office.office, token)


def test_a_token_cannot_end_before_it_begins(office: World) -> None:
    for ends in (lambda: hired(office, today(office, -1)), lambda: replaced(office, HEALTH, today(office, -1))):
        with pytest.raises(Invalid, match="expires_in_the_past"):
            ends()


def test_a_new_token_ends_as_the_one_before_unless_it_is_said_when(office: World) -> None:
    def end() -> str | None:
        return {line.account: line.expires_on for line in queries.account_lines(office.office)}["new"]

    hired(office, today(office, 3))
    replaced(office, "new")
    assert end() == today(office, 3)
    replaced(office, "new", today(office, 5))
    assert end() == today(office, 5)
    office.moment += timedelta(days=6)
    with pytest.raises(Invalid, match="token_end_over"):
        replaced(office, "new")
    administration.replace_token(office.office, office.tokens["admin"], "new", no_expiry=True)
    assert end() is None
    replaced(office, "new")
    assert end() is None
    assert differing(office) == set()


def test_a_new_token_stops_the_old_one_at_once_and_the_account_goes_on(office: World) -> None:
    old = office.tokens[EDUCATION]
    new = replaced(office, EDUCATION)
    assert sign(office, old) == "bad_token"
    assert sign(office, new) == "done"
    assert queries.whoami(office.office, new).account == EDUCATION


def test_a_stopped_token_lets_nobody_in_until_there_is_another(office: World) -> None:
    old = office.tokens[EDUCATION]
    administration.revoke_token(office.office, office.tokens["admin"], EDUCATION)
    assert sign(office, old) == "token_revoked"
    with pytest.raises(Invalid, match="token_revoked_before"):
        administration.revoke_token(office.office, office.tokens["admin"], EDUCATION)
    assert sign(office, replaced(office, EDUCATION)) == "done"
    assert sign(office, old) == "bad_token"


def test_an_open_connection_of_another_process_sees_it_with_its_next_call(office: World) -> None:
    other = administration.open_office(f"sqlite:///{office.path}", office.config)
    other.now = lambda: office.moment
    assert queries.whoami(other, office.tokens[EDUCATION]).account == EDUCATION
    administration.revoke_token(office.office, office.tokens["admin"], EDUCATION)
    with pytest.raises(NotAllowed, match="token_revoked"):
        queries.whoami(other, office.tokens[EDUCATION])
    other.database.close()
    other.database.engine.dispose()


@pytest.mark.parametrize("level", ["clerk", "leader", "auditor"])
def test_only_the_administrator_gives_and_stops_tokens(level: str, office: World) -> None:
    office.tokens["somebody"] = administration.add_account(
        office.office, office.tokens["admin"], "somebody", EDUCATION, level
    )
    for attempt in (
        lambda: replaced(office, "somebody", by="somebody"),
        lambda: administration.revoke_token(office.office, office.tokens["somebody"], EDUCATION),
    ):
        with pytest.raises(NotAllowed, match="administrator_needed"):
            attempt()
    assert sign(office, office.tokens[EDUCATION]) == "done"


def test_no_account_no_token(office: World) -> None:
    administration.close_account(office.office, office.tokens["admin"], EDUCATION)
    for name in (EDUCATION, "nobody"):
        with pytest.raises(NotFound):
            replaced(office, name)
        with pytest.raises(NotFound):
            administration.revoke_token(office.office, office.tokens["admin"], name)


def test_there_is_always_an_administrator_whose_token_does_not_end(office: World) -> None:
    root, admin = "root", office.tokens["admin"]
    hired(office, today(office, 9), "second", "admin")
    for attempt in (
        lambda: administration.revoke_token(office.office, admin, root),
        lambda: administration.close_account(office.office, admin, root),
        lambda: replaced(office, root, today(office, 30)),
    ):
        with pytest.raises(Invalid, match="last_administrator"):
            attempt()
    administration.replace_token(office.office, admin, "second", no_expiry=True)
    administration.revoke_token(office.office, admin, root)


def test_the_list_tells_beginning_end_and_state_and_never_a_token(office: World) -> None:
    token = hired(office, today(office, 1))
    (line,) = [line for line in queries.account_lines(office.office) if line.account == "new"]
    assert (line.token_prefix, line.expires_on, line.state(today(office))) == (token[:8], today(office, 1), "in_use")
    assert line.state(today(office, 2)) == "expired"
    office.moment += timedelta(days=1)
    new = replaced(office, "new")
    (line,) = [line for line in queries.account_lines(office.office) if line.account == "new"]
    assert (line.token_prefix, line.expires_on, (line.token_at or "")[:10]) == (new[:8], today(office), today(office))
    with closing(sqlite3.connect(office.path)) as connection:
        everything = "\n".join(connection.iterdump())
    assert token not in everything
    assert new not in everything


# -- what the journal tells of it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", ["token_digest = 'x'", "token_prefix = 'x'", "expires_on = NULL", "revoked_at = 'x'"]
)
def test_a_token_exchanged_behind_the_program_is_found(change: str, office: World) -> None:
    hired(office, today(office, 9))
    replaced(office, "new", today(office, 10))
    assert differing(office) == set()
    with closing(sqlite3.connect(office.path)) as connection:
        connection.execute(f"UPDATE account SET {change} WHERE account = 'new'")
        connection.commit()
    assert differing(office) == {"new"}


def test_a_stopped_token_that_is_let_in_again_is_found(office: World) -> None:
    administration.revoke_token(office.office, office.tokens["admin"], EDUCATION)
    assert differing(office) == set()
    with closing(sqlite3.connect(office.path)) as connection:
        connection.execute("UPDATE account SET revoked_at = NULL")
        connection.commit()
    assert differing(office) == {EDUCATION}


def test_an_account_from_before_the_journal_knew_tokens_is_explained(office: World) -> None:
    with office.office.database.transaction(write=True) as tx:
        actor = office.office.actor(tx, office.tokens["admin"])
        params = {"account": "old", "organisation": HEALTH, "level": "clerk", "address": None}
        office.office.note(tx, actor, "account add", "done", params)
    with closing(sqlite3.connect(office.path)) as connection:
        connection.execute(
            "INSERT INTO account (district, account, organisation, level, token_digest, token_prefix, created_at)"
            " SELECT district, 'old', 'health', 'clerk', 'd', 'p', created_at FROM account WHERE account = 'root'"
        )
        connection.commit()
    assert differing(office) == set()


# -- refused attempts ----------------------------------------------------------------------------------------


def test_a_refused_attempt_names_whom_it_can_name(office: World) -> None:
    known = {name: office.tokens[name] for name in (EDUCATION, HEALTH)}
    expiring = hired(office, today(office))
    administration.close_account(office.office, office.tokens["admin"], EDUCATION)
    administration.revoke_token(office.office, office.tokens["admin"], HEALTH)
    office.moment += timedelta(days=1)
    for token in (known[EDUCATION], known[HEALTH], expiring, secrets.token_urlsafe(32)):
        assert sign(office, token) != "done"
    assert refused(office) == [
        (EDUCATION, "区教体局", "sign", "account_closed"),
        (HEALTH, "区卫健局", "sign", "token_revoked"),
        ("new", "区卫健局", "sign", "token_expired"),
        ("?", "", "sign", "bad_token"),
    ]


@pytest.mark.parametrize("again", [1, 50])
def test_who_knocks_again_and_again_is_noted_once_a_day_and_action(again: int, office: World) -> None:
    token = office.tokens[EDUCATION]
    administration.close_account(office.office, office.tokens["admin"], EDUCATION)
    for _ in range(again):
        sign(office, token)
        with pytest.raises(NotAllowed):
            administration.close_account(office.office, token, NR)
    assert [action for _, _, action, _ in refused(office)] == ["sign", "account close"]
    office.moment += timedelta(days=1)
    sign(office, token)
    assert len(refused(office)) == 3


def test_a_guesser_cannot_flood_the_journal(office: World) -> None:
    for _ in range(3 * attempts.UNKNOWN_A_DAY):
        sign(office, secrets.token_urlsafe(32))
    assert len(refused(office)) == attempts.UNKNOWN_A_DAY
    office.moment += timedelta(days=1)
    token = secrets.token_urlsafe(32)
    assert [sign(office, token) for _ in range(3)] == ["bad_token"] * 3
    assert len(refused(office)) == attempts.UNKNOWN_A_DAY + 1
    assert journal_params(office)[-1]["token_prefix"] == token[:8]


def journal_params(world: World) -> list[dict[str, str]]:
    return [entry.params for entry in queries.history(world.office, journal.OFFICE)]


@pytest.mark.parametrize("word", ["password", "我的密码", "\udce9\udcff", "a" * 100_000, "x\x1b[31m", "A" * 44])
def test_of_what_is_no_token_nothing_is_kept(word: str, office: World) -> None:
    assert sign(office, word) == "bad_token"
    assert journal_params(office)[-1] == {"refusals": ["bad_token"], "token_prefix": ""}
    assert word[:8] not in json.dumps(journal_params(office), ensure_ascii=False)


def test_a_question_a_dry_run_and_no_token_at_all_are_not_noted(office: World) -> None:
    from workflow import intake

    token = secrets.token_urlsafe(32)
    action = intake.build("sign", {"case": "ZDPT-2021-0001", "verdict": "agree"})
    for attempt in (
        lambda: queries.whoami(office.office, token),
        lambda: office.office.perform(action, token, dry_run=True),
        lambda: office.office.perform(action, None),
        lambda: office.office.perform(action, ""),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert refused(office) == []


def test_a_workbook_brought_with_a_dead_token_is_noted(office: World) -> None:
    from states.actions.cases import ImportCase

    token = office.tokens[EDUCATION]
    administration.close_account(office.office, office.tokens["admin"], EDUCATION)
    with pytest.raises(NotAllowed):
        office.office.open_all([], token, keep=False, progress=lambda *_: None)
    assert refused(office) == []
    with pytest.raises(NotAllowed):
        office.office.open_all([], token, keep=True, progress=lambda *_: None)
    assert [entry[2] for entry in refused(office)] == [ImportCase.name]


def test_the_migration_keeps_every_account_and_token(office: World, tmp_path: Path) -> None:
    """From 0005 on: the columns come empty, and everybody is let in as before."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(administration.__file__).parent / "migrations"))
    office.close()
    with office.office.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    office.close()
    with pytest.raises(Invalid, match="database_older"):
        administration.open_office(f"sqlite:///{office.path}", office.config)
    administration.initialise(f"sqlite:///{office.path}", office.config, "x", None, office.moment)
    assert queries.whoami(office.office, office.tokens[EDUCATION]).expires_on is None
    assert differing(office) == set()
