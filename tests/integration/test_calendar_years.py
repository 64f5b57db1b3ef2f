"""The calendar of an office: which one the rules carry, whoever imported it, and what the journal says of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from world import CASE, EDUCATION, NR, World, circulate, letter

from states.errors import Blocked, Invalid, NotAllowed
from states.project import Stage
from states.rules import Rules
from tests import working_days
from workflow import administration, calendar_import, clock
from workflow import journal as journal_of
from workflow.office import Office


@pytest.fixture
def world(world: World) -> World:
    """In the days in which the next year's notice comes out."""
    world.moment = datetime(2026, 11, 26, 9, tzinfo=clock.ZONE)
    return world


def year_file(folder: Path, year: int = 2027, final: bool = True, off: str = "", worked: str = "") -> Path:
    path = folder / f"{year}.json"
    days = {"off": off.split(), "worked": worked.split()}
    path.write_text(json.dumps({"year": year, "source": "示例通知", "final": final, **days}), encoding="utf-8")
    return path


def put(world: World, path: Path, office: Office | None = None) -> int:
    """Import as the administrator; the version that is in force then."""
    return calendar_import.import_year(office or world.office, world.tokens["admin"], path).version


def rules(office: Office, pinned: str | None = None) -> Rules:
    with office.database.transaction() as tx:
        return office.rules(tx, pinned)


def journal(world: World) -> list[tuple[str, str, dict[str, object]]]:
    with closing(sqlite3.connect(world.path)) as db:
        rows = db.execute("SELECT action, outcome, params FROM journal WHERE action LIKE 'calendar%' ORDER BY entry")
        return [(action, outcome, json.loads(params)) for action, outcome, params in rows]


def versions(path: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT year, version FROM calendar_years ORDER BY year, version").fetchall()


def without_2026(world: World) -> None:
    """As if the program had come without the last year."""
    with closing(sqlite3.connect(world.path)) as db:
        db.execute("DELETE FROM calendar_years WHERE year = 2026")
        db.commit()


# -- where it comes from -----------------------------------------------------------------------------------


def test_a_new_office_knows_the_years_that_come_with_the_program(world: World) -> None:
    assert versions(world.path) == [(year, 1) for year in range(2020, 2027)]
    assert rules(world.office).calendar.later("2020-05-01", 10) == working_days.later("2020-05-01", 10)


def test_init_completes_an_office_and_leaves_the_years_it_has(world: World, tmp_path: Path) -> None:
    put(world, year_file(tmp_path, 2025, off="2025-01-02"))
    without_2026(world)
    assert administration.initialise(str(world.path), world.config, "root", None, clock.now()) is None
    assert versions(world.path) == [*((year, 1) for year in range(2020, 2026)), (2025, 2), (2026, 1)]
    assert rules(world.office).calendar.years[2025].off == {"2025-01-02"}


# -- importing ---------------------------------------------------------------------------------------------


def test_an_import_appends_a_version_and_is_journalled_with_the_file(world: World, tmp_path: Path) -> None:
    sums = []
    for number in (1, 2):
        path = year_file(tmp_path, final=number == 2, off="2027-01-01")
        assert put(world, path) == number
        sums.append(hashlib.sha256(path.read_bytes()).hexdigest())
    told = {"year": 2027, "source": "示例通知"}
    assert journal(world) == [("calendar import", "done", {**told, "version": n, "file": sums[n - 1]}) for n in (1, 2)]
    assert versions(world.path)[-2:] == [(2027, 1), (2027, 2)]
    assert rules(world.office).calendar.published("2027-05-01")
    world.done[journal_of.OFFICE] += 2
    assert world.violations() == []


def test_the_same_again_a_dry_run_and_a_stranger_add_nothing(world: World, tmp_path: Path) -> None:
    path = year_file(tmp_path, off="2027-01-01")
    assert calendar_import.import_year(world.office, world.tokens["admin"], path, dry_run=True).changed
    assert versions(world.path)[-1] == (2026, 1)
    put(world, path)
    before, entries = versions(world.path), journal(world)
    again = calendar_import.import_year(world.office, world.tokens["admin"], path)
    assert (again.changed, again.version, again.off) == (False, 1, ())
    with pytest.raises(NotAllowed):
        calendar_import.import_year(world.office, world.tokens[NR], year_file(tmp_path))
    assert versions(world.path) == before
    assert journal(world) == [*entries, ("calendar import", "refused", {})]


def test_a_final_year_is_corrected_and_never_taken_back(world: World, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="calendar_final"):
        put(world, year_file(tmp_path, 2026, final=False))
    done = calendar_import.import_year(world.office, world.tokens["admin"], year_file(tmp_path, 2026))
    assert (done.version, len(done.off), len(done.worked)) == (2, 6, 19)
    assert versions(world.path)[-2:] == [(2026, 1), (2026, 2)]


# -- the rules carry it ------------------------------------------------------------------------------------


def test_the_rules_of_a_running_office_follow_what_another_process_imports(world: World, tmp_path: Path) -> None:
    """Those of the file and those that a case is pinned to; and nothing is read again while nothing changed."""
    pinned = world.case().configuration
    before = rules(world.office), rules(world.office, pinned)
    assert {r.calendar.later("2026-12-31", 1) for r in before} == {"2027-01-01"}
    other = administration.open_office(str(world.path), world.config)
    put(world, year_file(tmp_path, off="2027-01-01"), other)
    other.database.close()
    now = rules(world.office), rules(world.office, pinned)
    assert {r.calendar.later("2026-12-31", 1) for r in now} == {"2027-01-04"}
    assert (rules(world.office), rules(world.office, pinned)) == now
    assert rules(world.office).calendar is now[0].calendar


def test_an_import_that_is_rolled_back_leaves_no_trace_in_the_rules(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = world.office.note

    def noted(*given: object) -> None:
        note(*given)  # type: ignore[arg-type]
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(world.office, "note", noted)
    with pytest.raises(RuntimeError):
        put(world, year_file(tmp_path, off="2027-01-01"))
    assert rules(world.office).calendar.later("2026-12-31", 1) == "2027-01-01"
    assert versions(world.path)[-1] == (2026, 1)


@pytest.mark.parametrize(("today", "over"), [("2021-04-08", False), ("2021-04-09", True)])
def test_a_letter_before_a_holiday_can_be_contested_after_it(
    today: str, over: bool, office_at: Callable[[str], World]
) -> None:
    """Recorded on Friday 2 April 2021; Monday is Tomb-sweeping Day, and the third working day is the 8th."""
    world = office_at(Stage.PLANNING)
    world.moment = datetime(2021, 4, 2, 10, tzinfo=clock.ZONE)
    circulate(world)
    world.do(NR, "sign", **letter(world, EDUCATION))
    world.moment = datetime.fromisoformat(f"{today}T10:00:00+08:00")
    if over:
        with pytest.raises(Blocked, match="contest_too_late"):
            world.do(EDUCATION, "contest", reason="未出具")
    else:
        assert world.do(EDUCATION, "contest", reason="未出具").case == CASE
    assert world.violations() == []


# -- checking ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "missing", "soon"),
    [
        ("2026-11-30", [], []), ("2026-12-01", [], [2027]), ("2027-01-01", [2027], []),
        ("2028-12-01", [2027, 2028], [2029]),
    ],
)  # fmt: skip
def test_a_year_that_cases_are_counted_in_is_missed(
    today: str, missing: list[int], soon: list[int], world: World
) -> None:
    world.moment = datetime.fromisoformat(f"{today}T09:00:00+08:00")
    found = calendar_import.check(world.office)
    assert {f.code for f in found} <= {"calendar_missing"}
    assert [[f.params["year"] for f in found if f.note == note] for note in (False, True)] == [missing, soon]


def test_a_provisional_year_is_missed_too_and_none_before_the_first_case(world: World, tmp_path: Path) -> None:
    world.moment = datetime(2027, 3, 1, 9, tzinfo=clock.ZONE)
    put(world, year_file(tmp_path, final=False))
    assert [(f.code, f.params["year"]) for f in calendar_import.check(world.office)] == [("calendar_provisional", 2027)]
    put(world, year_file(tmp_path))
    assert calendar_import.check(world.office) == []


# -- what it moves -----------------------------------------------------------------------------------------


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def due(world: World) -> dict[str, tuple[str, int]]:
    """By limit and concern: the due day that is kept, and whether it is provisional."""
    found = rows(world.path, "SELECT code, concern, due_on, provisional FROM running_limits WHERE subject <> '-'")
    return {f"{code}:{concern}": (day, provisional) for code, concern, day, provisional in found}


def circulated(office_at: Callable[[str], World], day: str) -> World:
    world = office_at(Stage.PLANNING)
    world.moment = datetime.fromisoformat(f"{day}T10:00:00+08:00")
    circulate(world)
    return world


def test_a_limit_that_reaches_into_a_new_year_is_moved_by_it_and_its_parties_are_told(
    office_at: Callable[[str], World], tmp_path: Path
) -> None:
    """Circulated on Monday 28 December 2026: until the year is known, New Year's Day counts."""
    world = circulated(office_at, "2026-12-28")
    assert due(world)[f"L01:{EDUCATION}"] == ("2027-01-04", 1)
    path = year_file(tmp_path, off="2027-01-01")
    done = calendar_import.import_year(world.office, world.tokens["admin"], path)
    moved = {f"{m.code}:{m.concern}": (m.case, m.party, m.before, m.after) for m in done.moved}
    assert moved[f"L01:{EDUCATION}"] == (CASE, EDUCATION, "2027-01-04", "2027-01-05")
    assert moved["L02:"] == (CASE, NR, "2027-01-11", "2027-01-12")
    assert due(world)[f"L01:{EDUCATION}"] == ("2027-01-05", 0)
    told = rows(world.path, "SELECT concern, organisations, told FROM news WHERE kind = 'limits_moved'")
    assert (f"L01:{EDUCATION}", f'["{EDUCATION}"]', 0) in told
    assert len(told) == len(moved)
    assert world.verified().findings == ()  # the judge has a calendar of its own, which ends before
    again = calendar_import.import_year(world.office, world.tokens["admin"], path)
    assert again.moved == ()


def test_what_was_provisional_and_stays_where_it_is_loses_its_mark_and_nobody_is_told(
    office_at: Callable[[str], World], tmp_path: Path
) -> None:
    world = circulated(office_at, "2026-12-28")
    before = due(world)
    done = calendar_import.import_year(world.office, world.tokens["admin"], year_file(tmp_path))
    assert done.moved == ()
    assert due(world) == {key: (day, 0) for key, (day, _provisional) in before.items()}
    assert rows(world.path, "SELECT * FROM news WHERE kind = 'limits_moved'") == []


def test_a_due_day_that_is_past_never_moves(office_at: Callable[[str], World], tmp_path: Path) -> None:
    """Due on Friday 25 December 2026, and only on the 28th the 24th is called a day off."""
    world = circulated(office_at, "2026-12-18")
    world.moment = datetime.fromisoformat("2026-12-28T10:00:00+08:00")
    before = due(world)
    assert before[f"L01:{EDUCATION}"][0] == "2026-12-25"
    days = {"off": ["2026-12-24"], "worked": []}
    path = tmp_path / "2026.json"
    path.write_text(json.dumps({"year": 2026, "source": "示例", "final": True, **days}), encoding="utf-8")
    done = calendar_import.import_year(world.office, world.tokens["admin"], path)
    assert {(m.code, m.before, m.after) for m in done.moved} == {("L02", "2027-01-01", "2027-01-04")}
    assert due(world)[f"L01:{EDUCATION}"] == before[f"L01:{EDUCATION}"]


def test_an_older_database_gets_the_limits_of_its_cases_when_it_is_brought_up_to_date(
    office_at: Callable[[str], World],
) -> None:
    world = circulated(office_at, "2026-11-16")
    before = rows(world.path, "SELECT * FROM running_limits ORDER BY code, concern")
    assert before
    with closing(sqlite3.connect(world.path)) as db:
        db.execute("DELETE FROM running_limits")
        db.commit()
    administration.initialise(str(world.path), world.config, "root", None, clock.now())
    assert rows(world.path, "SELECT * FROM running_limits ORDER BY code, concern") == before
