"""What stands beside the cases: documents' files, accounts, delegations. Altered from outside, it is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from world import CASE, CONFIG, EDUCATION, HOUSING, NR, World, circulate, letter

from notifications.rehearsing import went_out
from states.content import Content
from states.project import Stage
from workflow import administration, queries, rehearsal


@pytest.fixture
def office(office_at: Callable[[str], World]) -> Iterator[World]:
    """An office whose case holds the file of the agreement (a document) and the scan of a letter."""
    world = office_at(Stage.PRESALE)
    circulate(world)
    world.do(HOUSING, "sign", **letter(world, EDUCATION))
    world.delegate(EDUCATION, EDUCATION, f"{EDUCATION}.clerk", 1, 3)
    world.delegate(EDUCATION, EDUCATION, f"{EDUCATION}.clerk", 5, 6)
    world.end_delegation(EDUCATION, 2)
    administration.close_account(world.office, world.tokens["admin"], f"{NR}.clerk")
    yield world
    world.close()


def alter(world: World, statement: str) -> None:
    connection = sqlite3.connect(world.path)
    assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def named(world: World) -> set[str]:
    """Every finding as ``code:what``."""
    names = ("document", "letter", "account", "delegation")
    return {
        ":".join([f.code, *(str(f.params[n]) for n in names if n in f.params)])
        for f in queries.verify(world.office).findings
    }


def told(world: World) -> dict[str, int]:
    """What ``doctor`` says, with how many it counts; notes are in brackets."""
    found = administration.doctor(f"sqlite:///{world.path}", CONFIG)
    told = {f"({f.code})" if f.note else f.code: f.params.get("count", 0) for f in found}
    return {code: count for code, count in told.items() if code != "(old_sqlite)"}


def file_of(world: World, kind: str = "document") -> Path:
    rows = world.case().paper_replies if kind == "letter" else world.case().documents
    digest = next(row.file for row in rows if row.file)
    return world.office.files.folder / digest[:2] / digest


def number_of(world: World) -> int:
    return next(d.number for d in world.case().documents if d.file)


def test_an_untouched_office_is_sound(office: World) -> None:
    assert named(office) == set()
    assert told(office) == {}


def test_a_missing_file_is_named_with_its_case_and_document(office: World) -> None:
    file_of(office).unlink()

    (found,) = queries.verify(office.office).findings
    assert (found.code, found.params) == ("document_file_missing", {"subject": CASE, "document": number_of(office)})
    assert told(office) == {"holdings_unsound": 1}


@pytest.mark.parametrize("content", [b"", b"other", None])
def test_an_altered_or_truncated_file_is_named(content: bytes | None, office: World) -> None:
    path = file_of(office)
    path.write_bytes(path.read_bytes()[:-1] if content is None else content)

    assert named(office) == {f"document_file_altered:{number_of(office)}"}
    assert told(office) == {"holdings_unsound": 1}


def test_the_scan_of_a_letter_is_looked_at_too(office: World) -> None:
    path = file_of(office, "letter")
    path.write_bytes(path.read_bytes() + b"x")
    assert named(office) == {"letter_file_altered:1"}
    path.unlink()
    assert named(office) == {"letter_file_missing:1"}


def test_a_folder_in_the_place_of_a_file_is_no_file(office: World) -> None:
    path = file_of(office)
    path.unlink()
    path.mkdir()
    assert named(office) == {f"document_file_missing:{number_of(office)}"}


@pytest.mark.parametrize("digest", ["/dev/zero", "../peijian.db", "x", "' || char(0) || '"])
def test_a_row_that_names_no_digest_leads_nowhere(digest: str, office: World) -> None:
    alter(office, f"UPDATE documents SET file = '{digest}' WHERE number = {number_of(office)}")
    assert f"document_file_missing:{number_of(office)}" in named(office)


def test_a_file_that_nobody_names_is_only_mentioned_by_the_doctor(office: World) -> None:
    office.office.files.put(Content.of("无人引用".encode()))
    assert named(office) == set()
    assert told(office) == {"(files_unnamed)": 1}


# -- accounts and delegations ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE account SET level = 'leader' WHERE account = 'housing.clerk'", "account_differs:housing.clerk"),
        ("UPDATE account SET organisation = 'health' WHERE account = 'commerce'", "account_differs:commerce"),
        ("UPDATE account SET closed_at = NULL WHERE closed_at IS NOT NULL", f"account_differs:{NR}.clerk"),
        ("UPDATE account SET closed_at = '2021-03-01' WHERE account = 'commerce'", "account_differs:commerce"),
        ("DELETE FROM account WHERE account = 'civil_affairs'", "account_differs:civil_affairs"),
        (
            "INSERT INTO account (district, account, organisation, level, token_digest, token_prefix, created_at)"
            " SELECT district, 'planted', organisation, 'leader', 'd', 'p', created_at"
            " FROM account WHERE account = 'health'",
            "account_unexplained:planted",
        ),
        ("UPDATE delegation SET to_on = '2099-12-31' WHERE number = 1", "delegation_differs:1"),
        ("UPDATE delegation SET deputy = 'housing.clerk' WHERE number = 1", "delegation_differs:1"),
        ("UPDATE delegation SET stages = '[\"in_use\"]' WHERE number = 1", "delegation_differs:1"),
        ("UPDATE delegation SET stages = 'x' WHERE number = 1", "delegation_differs:1"),
        ("UPDATE delegation SET document = '另一文号' WHERE number = 1", "delegation_differs:1"),
        ("UPDATE delegation SET ended_on = '2021-03-01' WHERE number = 1", "delegation_differs:1"),
        ("UPDATE delegation SET ended_on = NULL WHERE number = 2", "delegation_differs:2"),
        ("DELETE FROM delegation WHERE number = 2", "delegation_differs:2"),
        (
            "INSERT INTO delegation SELECT district, 9, organisation, absent, deputy, from_on, to_on, stages,"
            " document, recorded_at, recorded_by, NULL FROM delegation WHERE number = 1",
            "delegation_unexplained:9",
        ),
    ],
)
def test_a_row_that_the_journal_does_not_explain_is_found(statement: str, finding: str, office: World) -> None:
    alter(office, statement)
    assert named(office) == {finding}
    assert told(office) == {"holdings_unsound": 1}


def test_an_entry_taken_from_the_journal_leaves_its_account_unexplained(office: World) -> None:
    alter(office, "UPDATE journal SET params = '[' WHERE subject = '-' AND action = 'account add' AND entry = 3")
    codes = {name.partition(":")[0] for name in named(office)}
    assert codes == {"entry_altered", "account_unexplained"}


def test_the_accounts_of_a_rehearsal_are_in_its_journal(tmp_path: Path) -> None:
    script = rehearsal.load(rehearsal.shipped()["hubin"])
    played = rehearsal.Rehearsal(str(tmp_path / "r.db"), CONFIG, script.steps[0].at, went_out)
    next(played.play(script))
    assert queries.verify(played.office).findings == ()
