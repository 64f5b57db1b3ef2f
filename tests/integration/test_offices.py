"""How offices work, on disk: deputies, drafts, dry runs, letters and their scans, decisions and changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from world import (
    ASSETS,
    CASE,
    COMMERCE,
    DEVELOPER,
    EDUCATION,
    HEALTH,
    HOUSING,
    NR,
    OFFICE,
    PAPERS,
    SCAN,
    World,
    circulate,
    consent,
    file_paper,
    lead,
    leave,
    letter,
    lift,
    opening,
    prepare,
    propose,
    push,
    sign,
    signature,
)

from states import remit
from states.errors import Blocked, Invalid, NotAllowed, NotFound, PeijianError
from states.facts import SignOff
from states.project import Stage
from workflow import administration, intake, journal, queries, store
from workflow.results import Done

pytestmark = pytest.mark.both_databases(long=True)

DEPUTY = f"{EDUCATION}.clerk"
AS_DEPUTY = f"{DEPUTY} 代 {EDUCATION}"


@pytest.fixture
def acceptance(office_at: Callable[[str], World]) -> World:
    """Everybody has signed at the acceptance, but for education."""
    world = office_at(Stage.ACCEPTANCE)
    prepare(world, but={EDUCATION})
    return world


def signed(world: World, by: str = DEPUTY, department: str = EDUCATION) -> tuple[bool, SignOff | None]:
    """Whether what ``by`` signs is a draft, and the sign-off that then stands."""
    done = world.do(by, "sign", **signature(world, department))
    return done.draft, world.case().sign_off(department)


def entries(world: World, subject: str = CASE) -> list[dict[str, Any]]:
    with world.office.database.transaction() as tx:
        return journal.chain(tx, world.office.district, subject)


def standing_in(world: World) -> set[str]:
    return world.keys()


def obstacles(outcome: object) -> set[str]:
    assert isinstance(outcome, Blocked), outcome
    return {o.key for o in outcome.obstacles}


# -- deputies --------------------------------------------------------------------------------------------


def test_a_deputy_signs_in_the_leaders_place(acceptance: World) -> None:
    acceptance.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    draft, given = signed(acceptance)
    assert not draft and given
    assert (given.signed_by, given.level) == (AS_DEPUTY, "leader")
    assert (entries(acceptance)[-1]["actor"], entries(acceptance)[-1]["level"]) == (AS_DEPUTY, "leader")
    assert leave(acceptance).stage == Stage.HANDOVER
    assert acceptance.violations() == []


def test_a_deputy_issues_what_another_clerk_drafted(acceptance: World) -> None:
    acceptance.hire("another", EDUCATION, "clerk")
    acceptance.delegate("admin", EDUCATION, DEPUTY, 0, 3)
    assert signed(acceptance, "another") == (True, None)
    acceptance.do(DEPUTY, "issue")
    given = acceptance.case().sign_off(EDUCATION)
    assert given and given.signed_by == AS_DEPUTY
    assert acceptance.violations() == []


def test_a_leader_signs_in_nobodys_place(acceptance: World) -> None:
    acceptance.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    _, given = signed(acceptance, EDUCATION)
    assert given and given.signed_by == EDUCATION


def before_it(world: World) -> None:
    world.delegate(EDUCATION, EDUCATION, DEPUTY, 1, 3)


def after_it(world: World) -> None:
    world.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    world.moment += timedelta(days=4)


def ended(world: World) -> None:
    world.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    world.end_delegation(EDUCATION, 1)


def leader_gone(world: World) -> None:
    world.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    administration.close_account(world.office, world.tokens["admin"], EDUCATION)
    world.done[journal.OFFICE] += 1


def another_stage(world: World) -> None:
    world.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3, Stage.PLANNING, Stage.HANDOVER)


def another_clerk(world: World) -> None:
    world.hire("another", EDUCATION, "clerk")
    world.delegate(EDUCATION, EDUCATION, "another", 0, 3)


def another_organisation(world: World) -> None:
    world.delegate(HOUSING, HOUSING, f"{HOUSING}.clerk", 0, 3)


@pytest.mark.parametrize(
    "terms", [leader_gone, before_it, after_it, ended, another_stage, another_clerk, another_organisation]
)
def test_outside_its_terms_a_deputy_only_drafts(terms: Callable[[World], None], acceptance: World) -> None:
    terms(acceptance)
    assert signed(acceptance) == (True, None)
    assert entries(acceptance)[-1]["actor"] == DEPUTY
    assert f"sign_off_missing:{EDUCATION}" in standing_in(acceptance)
    assert acceptance.violations() == []


@pytest.mark.parametrize(("first", "last"), [(0, 0), (-3, 0), (0, 3)])
def test_the_first_and_the_last_day_count(first: int, last: int, acceptance: World) -> None:
    acceptance.delegate(EDUCATION, EDUCATION, DEPUTY, first, last)
    draft, given = signed(acceptance)
    assert not draft and given


def test_what_a_deputy_signed_stands_when_the_delegation_has_ended(acceptance: World) -> None:
    acceptance.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    signed(acceptance)
    acceptance.end_delegation("admin", 1)
    acceptance.moment += timedelta(days=9)
    assert leave(acceptance).stage == Stage.HANDOVER
    assert acceptance.violations() == []


def test_a_deputy_decides_and_consents_where_the_leader_would(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PERMIT)
    world.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    propose(world)
    world.do(DEPUTY, "change consent", change=1, verdict="agree")
    assert world.case().consents[-1].signed_by == AS_DEPUTY
    with pytest.raises(NotAllowed):
        world.do(f"{HOUSING}.clerk", "change consent", change=1, verdict="agree")


@pytest.mark.parametrize("by", [COMMERCE, DEPUTY, f"{HOUSING}.clerk"])
def test_only_the_house_or_the_administrator_delegates(by: str, acceptance: World) -> None:
    with pytest.raises(NotAllowed):
        acceptance.delegate(by, EDUCATION, DEPUTY, 0, 3)
    acceptance.delegate("admin", EDUCATION, DEPUTY, 0, 3)
    with pytest.raises(NotAllowed):
        acceptance.end_delegation(by, 1)
    assert acceptance.violations() == []


def test_the_same_delegation_is_no_second_one(acceptance: World) -> None:
    first = acceptance.delegate("admin", EDUCATION, f"{EDUCATION}.clerk", 0, 2)
    with pytest.raises(Invalid, match="delegation_exists"):
        acceptance.delegate("admin", EDUCATION, f"{EDUCATION}.clerk", 0, 2)
    acceptance.delegate("admin", EDUCATION, f"{EDUCATION}.clerk", 0, 3)
    acceptance.end_delegation("admin", first.number)
    assert acceptance.delegate("admin", EDUCATION, f"{EDUCATION}.clerk", 0, 2).number == 3
    assert acceptance.violations() == []


def test_a_request_of_a_deputy_is_answered_again_after_the_delegation(acceptance: World) -> None:
    acceptance.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 0)
    fields = {**signature(acceptance, EDUCATION), "request_id": "R-1"}
    first = acceptance.do(DEPUTY, "sign", **fields)
    acceptance.moment += timedelta(days=1)
    again = acceptance.do(DEPUTY, "sign", **fields)
    assert again.repeated and again.entry == first.entry


def test_no_account_is_called_like_a_deputy(world: World) -> None:
    with pytest.raises(Invalid):
        world.hire(AS_DEPUTY, EDUCATION, "clerk")


# -- dry runs --------------------------------------------------------------------------------------------


def rows_and_files(world: World) -> tuple[dict[str, list[str]], list[Path]]:
    return world.dump(), sorted(world.office.files.folder.rglob("*"))


def tried(world: World, by: str, command: str, **fields: Any) -> Done | PeijianError:
    """A dry run, which must leave everything as it was."""
    before, action = rows_and_files(world), intake.build(command, {"case": CASE, **fields})
    try:
        return world.office.perform(action, world.tokens[by], dry_run=True)
    except PeijianError as error:
        return error
    finally:
        assert rows_and_files(world) == before


DRY: dict[str, tuple[str, str, str, Callable[[World], dict[str, Any]]]] = {
    "a sign-off": (Stage.PLANNING, EDUCATION, "sign", lambda w: signature(w, EDUCATION)),
    "a letter with its scan": (Stage.PLANNING, NR, "sign", lambda w: letter(w, EDUCATION)),
    "a draft": (Stage.ACCEPTANCE, DEPUTY, "sign", lambda w: signature(w, EDUCATION)),
    "a paper with its file": (
        Stage.AGREEMENT, NR, "document add",
        lambda w: {"kind": "handover_agreement", "reference": "协议9号", "issued_on": "2021-03-01",
                   "file": {"name": "协议.txt", "content": b"never written"}},
    ),
    "a change": (
        Stage.PERMIT, HOUSING, "change propose",
        lambda w: {"facilities": [{"facility": "F1", "gfa_m2": "2000"}], "reason": "调整", "document": "变1号"},
    ),
    "a return": (Stage.PLANNING, NR, "case return", lambda w: {"reason": "退回"}),
    "what is blocked": (Stage.PLANNING, NR, "case advance", lambda w: {}),
    "what is not one's task": (Stage.PLANNING, COMMERCE, "case advance", lambda w: {}),
    "a wrong day": (Stage.PLANNING, NR, "case return", lambda w: {"reason": "退回", "happened_on": "2020-01-01"}),
    "an unknown facility": (
        Stage.PLANNING, NR, "facility amend", lambda w: {"facility": "F9", "reason": "调整", "gfa_m2": "1"}
    ),
    "a number taken": (Stage.PLANNING, NR, "case open", lambda w: opening(parcel="370303101012GB90002")),
}  # fmt: skip


@pytest.mark.parametrize("what", DRY)
def test_a_dry_run_answers_the_same_and_writes_nothing(what: str, office_at: Callable[[str], World]) -> None:
    stage, by, command, fields = DRY[what]
    world = office_at(stage)
    circulate(world)
    if command == "case return":
        world.moment += timedelta(minutes=1)
    given = fields(world)
    answer = tried(world, by, command, **given)
    real = world.attempt(by, command, **given)
    assert type(answer) is type(real)
    if isinstance(answer, Done) and isinstance(real, Done):
        assert answer.dry_run and not real.dry_run
        same = {"dry_run", "entry", "hash"}
        assert answer.model_dump(exclude=same) == real.model_dump(exclude=same)
    elif isinstance(answer, PeijianError) and isinstance(real, PeijianError):
        assert (answer.code, answer.params) == (real.code, real.params)
    assert world.violations() == []


def test_a_dry_run_uses_up_no_request_id(world: World) -> None:
    circulate(world)
    fields = {**signature(world, EDUCATION), "request_id": "R-1"}
    assert isinstance(tried(world, EDUCATION, "sign", **fields), Done)
    assert not world.do(EDUCATION, "sign", **fields).repeated


# -- letters ---------------------------------------------------------------------------------------------


def test_the_scan_of_a_letter_is_stored_by_its_digest_and_comes_back(world: World) -> None:
    circulate(world)
    world.do(NR, "sign", **letter(world, EDUCATION))
    (reply,) = world.case().paper_replies
    assert reply.file == hashlib.sha256(SCAN).hexdigest()
    assert (reply.size, reply.filename, reply.letter) == (len(SCAN), "复函.pdf", "示例复函〔2021〕1号")
    assert world.office.files.get(reply.file).read() == SCAN
    assert reply.recorded_by == f"{NR}@{NR}"
    assert world.violations() == []


@pytest.mark.parametrize("by", [EDUCATION, HOUSING, DEPUTY])
def test_a_letter_that_is_refused_leaves_no_scan(by: str, world: World) -> None:
    circulate(world)
    assert isinstance(world.attempt(by, "sign", **letter(world, COMMERCE)), NotAllowed)
    assert list(world.office.files.folder.rglob("*.part")) == []
    assert not any(p.read_bytes() == SCAN for p in world.office.files.folder.rglob("*") if p.is_file())


def test_a_clerk_of_the_lead_records_a_letter_even_where_leaders_sign(acceptance: World) -> None:
    acceptance.do(f"{HOUSING}.clerk", "sign", **letter(acceptance, EDUCATION))
    given = acceptance.case().sign_off(EDUCATION)
    assert given and acceptance.case().paper_reply(given)
    assert {f"letter_unsettled:{EDUCATION}"} == obstacles(push(acceptance))
    acceptance.moment += timedelta(days=7)
    assert leave(acceptance).stage == Stage.HANDOVER
    assert acceptance.violations() == []


def test_a_contested_letter_is_void_with_its_conditions(world: World) -> None:
    circulate(world)
    world.do(NR, "sign", **letter(world, EDUCATION, "agree_with_conditions"))
    world.do(EDUCATION, "contest", reason="不是我局的意见")
    case = world.case()
    assert [s.status for s in case.sign_offs] == ["contested"]
    assert [c.status for c in case.conditions] == ["contested"]
    assert f"sign_off_missing:{EDUCATION}" in standing_in(world)
    again = world.attempt(NR, "sign", **letter(world, EDUCATION))
    assert obstacles(again) == {f"letter_contested:{EDUCATION}"}
    other = {"scan": {"name": "另一函.pdf", "content": b"another"}}
    world.do(NR, "sign", **letter(world, EDUCATION, number="2", **other))
    assert world.violations() == []


def test_the_department_itself_replaces_a_letter(world: World) -> None:
    circulate(world)
    world.do(NR, "sign", **letter(world, EDUCATION))
    sign(world, EDUCATION, verdict="object")
    assert obstacles(world.attempt(EDUCATION, "contest", reason="晚了")) == {f"nothing_to_contest:{EDUCATION}"}
    again = world.attempt(NR, "sign", **letter(world, EDUCATION))
    assert obstacles(again) == {f"own_answer_stands:{EDUCATION}"}
    assert world.violations() == []


@pytest.mark.parametrize(("weekday", "days", "possible"), [
    (0, 3, True), (0, 4, False), (2, 5, True), (2, 6, False), (4, 5, True), (4, 6, False), (5, 4, True), (5, 5, False),
])  # fmt: skip
def test_a_letter_is_contested_within_three_working_days(weekday: int, days: int, possible: bool, world: World) -> None:
    circulate(world)
    world.moment += timedelta(days=(weekday - world.moment.weekday()) % 7)
    world.do(NR, "sign", **letter(world, EDUCATION))
    world.moment += timedelta(days=days)
    outcome = world.attempt(EDUCATION, "contest", reason="不是我局的意见")
    assert isinstance(outcome, Done) == possible
    if not possible:
        assert obstacles(outcome) == {f"contest_too_late:{EDUCATION}"}
    assert world.violations() == []


def test_a_letter_is_contested_though_the_lead_has_closed_the_round(world: World) -> None:
    """Or the lead could record what it likes and close the round behind it."""
    circulate(world)
    world.do(NR, "sign", **letter(world, EDUCATION))
    world.do(NR, "case return", reason="退回")
    world.do(EDUCATION, "contest", reason="不是我局的意见")
    assert world.case().sign_off(EDUCATION) is None
    assert world.violations() == []


@pytest.mark.parametrize("day", [-1, 1])
def test_a_letter_is_neither_older_than_the_round_nor_of_tomorrow(day: int, world: World) -> None:
    circulate(world)
    dated = (world.moment + timedelta(days=day)).date().isoformat()
    with pytest.raises(Invalid):
        world.do(NR, "sign", **letter(world, EDUCATION, letter_on=dated))


# -- drafts ----------------------------------------------------------------------------------------------


def test_a_draft_counts_for_nothing_until_the_leader_issues_it(acceptance: World) -> None:
    assert signed(acceptance) == (True, None)
    assert f"sign_off_missing:{EDUCATION}" in standing_in(acceptance)
    acceptance.do(EDUCATION, "issue")
    given = acceptance.case().sign_off(EDUCATION)
    assert given and (given.signed_by, given.level) == (EDUCATION, "leader")
    assert [d.status for d in acceptance.case().drafts] == ["issued"]
    assert obstacles(acceptance.attempt(EDUCATION, "issue")) == {f"no_draft:{EDUCATION}"}
    assert leave(acceptance).stage == Stage.HANDOVER
    assert acceptance.violations() == []


def test_a_new_draft_replaces_the_waiting_one_and_the_leaders_own_answer_ends_it(acceptance: World) -> None:
    signed(acceptance)
    acceptance.do(DEPUTY, "sign", **signature(acceptance, EDUCATION, verdict="object"))
    assert [d.status for d in acceptance.case().drafts] == ["replaced", "waiting"]
    sign(acceptance, EDUCATION)
    assert [d.status for d in acceptance.case().drafts] == ["replaced", "replaced"]
    assert obstacles(acceptance.attempt(EDUCATION, "issue")) == {f"no_draft:{EDUCATION}"}
    assert acceptance.violations() == []


# -- decisions -------------------------------------------------------------------------------------------


def silent(world: World, department: str = EDUCATION, days: int = 7) -> None:
    prepare(world, but={department})
    circulate(world)
    world.moment += timedelta(days=days)


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PRESALE])
def test_a_decision_over_a_silent_department_opens_the_way(stage: str, office_at: Callable[[str], World]) -> None:
    world = office_at(stage)
    silent(world)
    lift(world, f"sign_off_missing:{EDUCATION}", OFFICE)
    assert world.keys() == set()
    again = world.attempt(OFFICE, "decide", obstacle=f"sign_off_missing:{EDUCATION}", document="决2号", reason="再次")
    assert obstacles(again) == {f"obstacle_not_there:sign_off_missing:{EDUCATION}"}
    leave(world)
    assert world.violations() == []


def test_a_late_objection_is_no_silence(world: World) -> None:
    silent(world)
    lift(world, f"sign_off_missing:{EDUCATION}", OFFICE)
    sign(world, EDUCATION, verdict="object")
    assert f"objection:{EDUCATION}" in standing_in(world)
    blocked = world.attempt(OFFICE, "decide", obstacle=f"objection:{EDUCATION}", document="决2号", reason="不当")
    assert obstacles(blocked) == {f"not_liftable:objection:{EDUCATION}"}
    assert world.violations() == []


@pytest.mark.parametrize("stage", [Stage.PERMIT, Stage.ACCEPTANCE, Stage.HANDOVER])
def test_nothing_is_lifted_in_the_other_stages(stage: str, office_at: Callable[[str], World]) -> None:
    world = office_at(stage)
    silent(world, HOUSING if stage == Stage.PERMIT else EDUCATION)
    for obstacle in sorted(world.keys()):
        for by in (OFFICE, HOUSING):
            outcome = world.attempt(by, "decide", obstacle=obstacle, document="决1号", reason="已研究")
            assert obstacles(outcome) == {f"not_liftable:{obstacle}"}
    assert world.violations() == []


def test_a_presale_objection_is_overruled_by_the_housing_bureau(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PRESALE)
    prepare(world)
    sign(world, COMMERCE, verdict="object")
    lift(world, f"objection:{COMMERCE}")
    leave(world)
    assert world.violations() == []


def test_a_case_does_not_leave_before_the_decision_that_opens_its_way(world: World) -> None:
    silent(world)
    yesterday = (world.moment - timedelta(days=1)).date().isoformat()
    lift(world, f"sign_off_missing:{EDUCATION}", OFFICE)
    with pytest.raises(Invalid):
        world.do(NR, "case advance", happened_on=yesterday)


def test_a_draft_is_not_issued_before_it_was_written(acceptance: World) -> None:
    yesterday = acceptance.moment.date().isoformat()
    acceptance.moment += timedelta(days=1)
    signed(acceptance)
    with pytest.raises(Invalid):
        acceptance.do(EDUCATION, "issue", happened_on=yesterday)


def test_an_objection_is_not_overruled_before_it_was_made(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PRESALE)
    prepare(world)
    yesterday = world.moment.date().isoformat()
    world.moment += timedelta(days=1)
    sign(world, COMMERCE, verdict="object")
    fields = {"obstacle": f"objection:{COMMERCE}", "document": "决1号", "reason": "已研究"}
    with pytest.raises(Invalid):
        world.do(HOUSING, "decide", happened_on=yesterday, **fields)


# -- waivers ---------------------------------------------------------------------------------------------


def small(world: World) -> None:
    """A health station below the standard, which everybody has signed."""
    terms = {"facility": "F4", "subtype": "health_service_station", "gfa_m2": "100", "design": "首层"}
    world.do(NR, "facility add", reason="增配", location="5#楼首层", **terms)
    world.do(NR, "facility decide", category="health", decision="required", special_plan="2021年版")
    prepare(world, but={"below_standard"})


def test_a_waiver_is_signed_by_whoever_it_concerns(world: World) -> None:
    small(world)
    assert world.keys() == {"below_standard:F4"}
    lift(world, "below_standard:F4", OFFICE)
    assert world.keys() == {f"sign_off_stale:{d}" for d in (NR, HOUSING, HEALTH)}
    for department in (NR, HOUSING, HEALTH):
        sign(world, department)
    leave(world)
    assert world.violations() == []


def test_a_waiver_of_planning_is_none_in_land_supply(world: World) -> None:
    small(world)
    lift(world, "below_standard:F4", OFFICE)
    prepare(world)
    leave(world)
    assert "below_standard:F4" in standing_in(world)


def test_a_waiver_reaches_no_standard_that_comes_into_force_afterwards(world: World) -> None:
    """From October 2022 on elderly care asks 20 m² per 100 households beside its least area."""
    world.do(NR, "case amend", households=3000, reason="更正")
    world.do(NR, "facility amend", facility="F1", gfa_m2="3300", site_m2="5300", reason="达标")
    world.moment = world.moment.replace(year=2022, month=9, day=20)
    station = {"facility": "F4", "subtype": "elderly_service_facility", "gfa_m2": "340", "design": "首层"}
    world.do(NR, "facility add", reason="增配", location="5#楼首层", **station)
    world.do(NR, "facility decide", category="elderly", decision="required", special_plan="2021年版")
    prepare(world, but={"below_standard", "document_missing"})
    lift(world, "below_standard:F4", OFFICE)
    assert "below_standard:F4" not in standing_in(world)
    world.moment = world.moment.replace(month=10, day=20)
    assert "below_standard:F4" in standing_in(world)
    assert world.violations() == []


def test_a_sign_off_of_the_first_scheme_does_not_cover_a_waiver(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given before the program was renewed, it says nothing of a waiver that came afterwards."""
    with monkeypatch.context() as older:
        older.setattr(remit, "CURRENT_SCHEME", 1)
        older.setattr(remit.snapshot, "__defaults__", (1,))
        small(world)
        assert {s.scheme for s in world.case().sign_offs} == {1}
    lift(world, "below_standard:F4", OFFICE)
    assert world.keys() == {f"sign_off_stale:{d}" for d in (NR, HOUSING, HEALTH)}
    assert world.violations() == []


# -- changes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stage", [Stage.AGREEMENT, Stage.PERMIT, Stage.CONSTRUCTION, Stage.PRESALE, Stage.ACCEPTANCE, Stage.HANDOVER]
)
def test_a_change_that_all_consent_to_is_put_into_force(stage: str, office_at: Callable[[str], World]) -> None:
    world = office_at(stage)
    before = world.case().requirement("F1")
    propose(world)
    missing = world.attempt(lead(world.case()), "change apply", change=1)
    assert obstacles(missing) == {f"consent_missing:{d}" for d in (NR, HOUSING, EDUCATION, ASSETS)}
    consent(world)
    world.do(lead(world.case()), "change apply", change=1)
    now = world.case().requirement("F1")
    assert (now.version, now.gfa, now.reason) == (before.version + 1, 200000, "方案调整")
    assert {n: getattr(now, n) for n in ("classes", "location", "ownership", "recipient")} == {
        n: getattr(before, n) for n in ("classes", "location", "ownership", "recipient")
    }
    assert world.violations() == []


def test_a_change_makes_exactly_those_stale_whose_remit_it_changed(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.AGREEMENT)
    prepare(world)
    propose(world)
    consent(world)
    world.do(NR, "change apply", change=1)
    assert {k for k in standing_in(world) if k.startswith("sign_off")} == {
        f"sign_off_stale:{d}" for d in (EDUCATION, ASSETS)
    }


def test_a_new_developer_concerns_everybody(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PERMIT)
    propose(world, developer="淄博示例乙置业有限公司", developer_code="91370303TEXT00010B")
    blocked = world.attempt(HOUSING, "change apply", change=1)
    assert obstacles(blocked) == {
        f"consent_missing:{d}" for d in (NR, HOUSING, EDUCATION, COMMERCE, "development_reform", ASSETS)
    }


@pytest.mark.parametrize("number", [0, 2, 99])
def test_an_unknown_change_is_not_found(number: int, office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PERMIT)
    propose(world)
    for command, verdict in (("change consent", {"verdict": "agree"}), ("change apply", {})):
        with pytest.raises(NotFound if number else Invalid):
            world.do(HOUSING, command, change=number, **verdict)


def test_before_the_freeze_nothing_is_changed_by_request(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.LAND_SUPPLY)
    terms = {"facilities": [{"facility": "F1", "gfa_m2": "2000"}], "reason": "调整", "document": "变1号"}
    assert obstacles(world.attempt(NR, "change propose", **terms)) == {"not_frozen"}
    file_paper(world, "land_supply_conditions")
    world.do(NR, "change propose", **terms)
    assert world.violations() == []


# -- later entries ---------------------------------------------------------------------------------------


def older(stage: str, **changes: Any) -> dict[str, Any]:
    from world import DEALS, PLACES

    facilities = [{**f, "location": PLACES[f["facility"]], **DEALS[f["facility"]]} for f in opening()["facilities"]]
    return opening(stage=stage, facilities=facilities, **{**DEVELOPER, **changes})


@pytest.fixture
def empty(office_at: Callable[[str], World]) -> Iterator[World]:
    """An office without a case."""
    return office_at("")  # type: ignore[return-value]


@pytest.mark.parametrize("stage", [Stage.PERMIT, Stage.ACCEPTANCE])
def test_an_older_project_enters_where_the_housing_bureau_takes_it_up(stage: str, empty: World) -> None:
    empty.do(HOUSING, "case open", **older(stage))
    case = empty.case()
    assert (case.stage, case.entry_stage, len(case.visits)) == (stage, stage, 1)
    assert empty.violations() == []
    with pytest.raises(Blocked):
        empty.do(HOUSING, "facility amend", facility="F1", gfa_m2="2000", reason="缩减")


@pytest.mark.parametrize("stage", [Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.CONSTRUCTION, Stage.HANDOVER])
def test_elsewhere_no_project_is_opened(stage: str, empty: World) -> None:
    for by in (NR, HOUSING):
        assert isinstance(empty.attempt(by, "case open", **older(stage)), Blocked | NotAllowed)


def test_an_entry_asks_the_whole_requirement(empty: World) -> None:
    bare = opening(stage=Stage.PERMIT, decisions=opening()["decisions"][:3], **DEVELOPER)
    keys = obstacles(empty.attempt(HOUSING, "case open", **bare))
    assert {key.partition(":")[0] for key in keys} >= {"category_undecided", "particular_missing"}
    no_recipient = older(Stage.ACCEPTANCE)
    del no_recipient["facilities"][0]["recipient"]
    assert obstacles(empty.attempt(HOUSING, "case open", **no_recipient)) == {"particular_missing:F1"}


@pytest.mark.parametrize("lacking", ["developer", "developer_code"])
@pytest.mark.parametrize("stage", [Stage.PERMIT, Stage.ACCEPTANCE])
def test_an_older_project_names_its_developer(stage: str, lacking: str, empty: World) -> None:
    refused = empty.attempt(HOUSING, "case open", **older(stage, **{lacking: None}))
    assert isinstance(refused, Invalid)
    assert refused.params["problems"] == [{"field": lacking, "type": "missing"}]


#: As many households as the national standard of 3150 m² for a kindergarten counts for; F1 has 2200.
NEIGHBOURHOOD = {"households": 1600}


def conditions(world: World, issued_on: str, reference: str = PAPERS["planning_conditions"]) -> Done:
    return world.do(NR, "document add", kind="planning_conditions", reference=reference, issued_on=issued_on)


def test_an_older_project_is_held_against_the_standards_of_its_planning_conditions(empty: World) -> None:
    assert empty.do(HOUSING, "case open", **older(Stage.PERMIT, **NEIGHBOURHOOD)).warnings == ("standards_unknown",)
    assert empty.view().below_standard == ()
    filed = conditions(empty, "2019-05-06")

    assert filed.warnings == ("entered_below_standard",)
    found = {(o.subject, dict(o.detail)["measure"]) for o in empty.view().below_standard}
    # The rule on classes is of August 2020.
    assert found == {("F1", "gfa"), ("F1", "site")}
    assert "entered_below_standard" not in {o.code for o in empty.why()}
    assert empty.do(HOUSING, "case suspend", reason="等待").warnings == ()


@pytest.mark.parametrize(("issued_on", "households"), [("2018-01-01", 1600), ("2019-05-06", 900)])
def test_an_older_project_is_not_held_against_what_did_not_apply(issued_on: str, households: int, empty: World) -> None:
    empty.do(HOUSING, "case open", **older(Stage.ACCEPTANCE, households=households))
    assert conditions(empty, issued_on).warnings == ()
    assert empty.view().below_standard == ()


def test_a_project_that_passed_the_reviews_is_asked_there_and_not_again(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.PLANNING)
    world.do(NR, "case amend", households=1600, reason="核实")
    assert conditions(world, "2021-03-01").warnings == ()
    assert {"below_standard"} <= {o.code for o in world.why()}
    assert world.view().below_standard == ()


def test_a_change_that_leaves_an_older_project_below_standard_does_not_go_unnoticed(empty: World) -> None:
    whole = older(Stage.PERMIT, **NEIGHBOURHOOD)
    whole["facilities"][0] |= {"gfa_m2": "3200", "site_m2": "5400"}
    empty.do(HOUSING, "case open", **whole)
    assert conditions(empty, "2019-05-06").warnings == ()
    propose(empty, facilities=[{"facility": "F1", "gfa_m2": "3000"}])
    consent(empty)
    empty.do(OFFICE, "change consent", change=1, verdict="agree")
    assert empty.do(HOUSING, "change apply", change=1).warnings == ("entered_below_standard",)
    assert [o.subject for o in empty.view().below_standard] == ["F1"]


# -- one parcel, several cases -----------------------------------------------------------------------------


SECOND = "ZDPT-2021-0002"


def test_a_case_on_the_parcel_of_an_ended_one_says_so(world: World) -> None:
    world.do(NR, "case terminate", reason="土地收回")
    tried = intake.build("case open", opening(SECOND))
    assert [e.case for e in world.office.perform(tried, world.tokens[NR], dry_run=True).earlier] == [CASE]
    done = world.do(NR, "case open", **opening(SECOND))

    assert [(e.case, e.stage) for e in done.earlier] == [(CASE, Stage.TERMINATED)]
    assert [e.case for e in world.view(SECOND).on_parcel] == [CASE]
    assert [e.case for e in world.view().on_parcel] == [SECOND]


def test_a_case_on_a_fresh_parcel_says_nothing(world: World) -> None:
    done = world.do(NR, "case open", **opening(SECOND, "370303101012GB90002"))
    assert done.earlier == ()
    assert world.view(SECOND).on_parcel == ()


def test_an_older_project_goes_through_to_its_use(empty: World) -> None:
    empty.do(HOUSING, "case open", **older(Stage.PERMIT))
    while empty.case().stage != Stage.IN_USE:
        prepare(empty)
        leave(empty)
    assert empty.violations() == []


def test_the_journal_names_a_deputy_in_both_columns(acceptance: World) -> None:
    acceptance.delegate(EDUCATION, EDUCATION, DEPUTY, 0, 3)
    signed(acceptance)
    assert acceptance.verified().findings == ()
    assert queries.view(acceptance.office, CASE)[0].case.sign_offs[-1].signed_by == AS_DEPUTY
    with acceptance.office.database.transaction() as tx:
        case = store.load(tx, acceptance.office.district, CASE)
    assert case and case.sign_offs[-1].signed_by == AS_DEPUTY
