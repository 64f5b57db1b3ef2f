"""What an action leaves on disk: once, with both its days, in its normal form; and what a refusal leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from world import (
    AGREEMENT_TEXT,
    CASE,
    CIVIL,
    COMMERCE,
    EDUCATION,
    HEALTH,
    HOUSING,
    NR,
    OFFICE,
    PAPERS,
    PARCEL,
    World,
    circulate,
    drive,
    file_paper,
    leave,
    opening,
    prepare,
    push,
    sign,
    signature,
)

from states.errors import Blocked, Invalid, NotAllowed, NotFound
from states.project import Stage
from workflow import administration, intake, journal, queries
from workflow.results import Done

pytestmark = pytest.mark.both_databases()

OTHER = "ZDPT-2021-0002"


def entries(world: World) -> int:
    return int(world.rows("SELECT count(*) FROM journal")[0][0])


def day(world: World, days: int = 0) -> str:
    return (world.moment + timedelta(days=days)).date().isoformat()


# -- request ids ----------------------------------------------------------------------------------------------


def test_a_retry_returns_the_stored_result_and_acts_once(world: World) -> None:
    circulate(world)
    first = world.do(EDUCATION, "sign", verdict="agree", request_id="r-1")
    written = entries(world)
    world.moment += timedelta(hours=3)
    again = world.do(EDUCATION, "sign", verdict="agree", request_id="r-1")
    assert again == first.model_copy(update={"repeated": True})
    assert entries(world) == written
    assert len(world.case().sign_offs) == 1
    assert world.violations() == []


def test_a_retry_is_answered_even_after_the_case_has_moved_on(world: World) -> None:
    prepare(world)
    first = world.do(NR, "case advance", request_id="r-1")
    again = world.do(NR, "case advance", request_id="r-1")
    assert (again.repeated, again.stage, again.entry) == (True, Stage.LAND_SUPPLY, first.entry)
    assert world.case().stage == Stage.LAND_SUPPLY


def test_a_retry_after_a_restart_is_answered_too(world: World) -> None:
    circulate(world)
    first = world.do(EDUCATION, "sign", verdict="agree", request_id="r-1")
    world.close()
    assert world.do(EDUCATION, "sign", verdict="agree", request_id="r-1") == first.model_copy(update={"repeated": True})


@pytest.mark.parametrize(
    ("by", "command", "fields"),
    [
        (EDUCATION, "sign", {"verdict": "agree", "text": "同意"}),
        (EDUCATION, "sign", {"verdict": "agree", "happened_on": "2021-03-01"}),
        (COMMERCE, "sign", {"verdict": "agree"}),
        (EDUCATION, "withdraw", {"reason": "签错了"}),
        (NR, "case open", opening(OTHER, "370303101012GB90002")),
    ],
    ids=["other content", "other day", "other account", "other action", "other case"],
)
def test_another_request_under_the_same_id_is_refused(
    by: str, command: str, fields: dict[str, Any], world: World
) -> None:
    circulate(world)
    world.do(EDUCATION, "sign", verdict="agree", request_id="r-1")
    written = entries(world)
    with pytest.raises(Invalid) as caught:
        world.do(by, command, **fields, request_id="r-1")
    assert caught.value.code == "request_id_reused"
    assert entries(world) == written


def test_a_request_that_was_blocked_may_be_sent_again_under_its_id(world: World) -> None:
    with pytest.raises(Blocked):
        world.do(EDUCATION, "sign", verdict="agree", request_id="r-1")
    circulate(world)
    assert not world.do(EDUCATION, "sign", verdict="agree", request_id="r-1").repeated


def test_a_request_with_a_file_is_the_same_only_with_the_same_content(world: World) -> None:
    fields = {"kind": "meeting_minutes", "reference": "纪要1", "issued_on": day(world), "request_id": "r-1"}
    world.do(NR, "document add", **fields, file={"name": "a.txt", "content": b"one"})
    assert world.do(NR, "document add", **fields, file={"name": "a.txt", "content": b"one"}).repeated
    with pytest.raises(Invalid):
        world.do(NR, "document add", **fields, file={"name": "a.txt", "content": b"two"})


# -- refusals and obstacles -------------------------------------------------------------------------------------


def test_a_refused_attempt_leaves_one_entry_that_changes_nothing(world: World) -> None:
    before = world.case()
    with pytest.raises(NotAllowed) as caught:
        world.do(COMMERCE, "case advance", request_id="r-1")
    assert caught.value.exit_code == 4
    assert world.case() == before
    found = queries.history(world.office, CASE)[-1]
    assert (found.action, found.outcome, found.actor) == ("case advance", "refused", COMMERCE)
    assert found.params == {"refusals": [f"not_your_task:{COMMERCE}"]}
    assert len(queries.history(world.office, CASE)) == 2
    assert world.violations() == []


def test_a_refused_opening_is_journalled_with_the_office(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.do(COMMERCE, "case open", **opening(OTHER, "370303101012GB90002"))
    assert world.look(OTHER) is None
    assert queries.history(world.office, "-")[-1].outcome == "refused"
    assert world.violations() == []


def test_obstacles_leave_nothing_at_all(world: World) -> None:
    world.close()
    before = world.dump()
    with pytest.raises(Blocked) as caught:
        world.do(NR, "case advance")
    assert caught.value.exit_code == 3
    assert world.dump() == before


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_everything_is_refused_and_nothing_left(token: str | None, world: World) -> None:
    world.close()
    before = world.dump()
    with pytest.raises(NotAllowed):
        world.office.perform(intake.build("case circulate", {"case": CASE}), token)
    assert world.dump() == before


@pytest.mark.parametrize("token", ["nobody", "x" * 500])
def test_an_unknown_token_is_refused_and_noted_for_the_office(token: str, world: World) -> None:
    before = world.case()
    with pytest.raises(NotAllowed):
        world.office.perform(intake.build("case circulate", {"case": CASE}), token)
    world.refused["-"] += 1
    assert world.case() == before
    assert world.violations() == []


def test_the_administrator_and_the_auditor_never_act(world: World) -> None:
    world.hire("auditor", NR, "auditor")
    for name in ("admin", "auditor"):
        with pytest.raises(NotAllowed):
            world.do(name, "case circulate")
    assert world.violations() == []


def test_an_unknown_case_is_not_found_and_leaves_nothing(world: World) -> None:
    written = entries(world)
    with pytest.raises(NotFound) as caught:
        world.do(NR, "case circulate", case="ZDPT-2021-0009")
    assert caught.value.exit_code == 5
    assert caught.value.params["near"] == [CASE]
    assert entries(world) == written


def test_an_organisation_that_the_pinned_configuration_does_not_know_is_refused_and_journalled(world: World) -> None:
    """A department founded after the case was opened is a stranger to it, and no crash."""
    rewrite(world, "  # The notice gives this body duties", NEW_DEPARTMENT + "  # The notice gives this body duties")
    world.hire("market", "market_supervision", "leader")
    with pytest.raises(NotAllowed):
        world.do("market", "sign", verdict="agree")
    assert queries.history(world.office, CASE)[-1].outcome == "refused"


# -- days ---------------------------------------------------------------------------------------------------


def test_nothing_happens_in_the_future(world: World) -> None:
    circulate(world)
    with pytest.raises(Invalid) as caught:
        world.do(EDUCATION, "sign", verdict="agree", happened_on=day(world, 1))
    assert caught.value.code == "in_the_future"
    with pytest.raises(Invalid):
        file_paper(world, "planning_conditions", issued_on=day(world, 1))


def test_nothing_in_a_round_happens_before_it_was_opened(world: World) -> None:
    world.moment += timedelta(days=5)
    circulate(world)
    world.moment += timedelta(days=5)
    with pytest.raises(Invalid) as caught:
        world.do(EDUCATION, "sign", verdict="agree", happened_on=day(world, -6))
    assert (caught.value.code, caught.value.exit_code) == ("before_stage", 7)
    assert world.do(EDUCATION, "sign", verdict="agree", happened_on=day(world, -5))


def test_both_days_are_kept_the_one_it_happened_and_the_one_it_was_recorded(world: World) -> None:
    circulate(world)
    happened = day(world)
    world.moment += timedelta(days=3)
    sign(world, EDUCATION, happened_on=happened)
    given = world.case().sign_offs[-1]
    assert given.happened_on == happened
    assert given.recorded_at == world.moment.isoformat(timespec="seconds")
    entry = queries.history(world.office, CASE)[-1]
    assert (entry.happened_on, entry.recorded_at) == (happened, world.moment.isoformat(timespec="seconds"))
    assert world.violations() == []


def test_a_case_does_not_leave_before_the_departments_had_signed(world: World) -> None:
    """The day of a departure may lie back, but not behind the agreements it rests on (K47)."""
    circulate(world)
    early = day(world)
    world.moment += timedelta(days=5)
    prepare(world)
    with pytest.raises((Blocked, Invalid)):
        world.do(NR, "case advance", happened_on=early)
    assert world.violations() == []


def _paper(world: World) -> None:
    prepare(world, but={"planning_conditions"})
    world.moment += timedelta(days=5)
    file_paper(world, "planning_conditions")


def _answer(world: World) -> None:
    prepare(world)
    number = world.do(NR, "hear", kind="public", capacity="居民", opinion="oppose", text="太远").number
    world.moment += timedelta(days=5)
    world.do(NR, "answer", hearing=number, disposition="noted", reply="已记录")


def _discharge(world: World) -> None:
    prepare(world)
    leave(world)
    prepare(world)
    condition = {"text": "补图", "responsible": "建设单位", "due_on": "2021-12-31", "due_stage": Stage.AGREEMENT}
    sign(world, EDUCATION, verdict="agree_with_conditions", conditions=[condition])
    leave(world)
    prepare(world, but={"condition_open"})
    world.moment += timedelta(days=5)
    world.do(EDUCATION, "condition discharge", condition=1, note="已补")


def _rest(world: World) -> None:
    prepare(world)
    world.do(NR, "case suspend", reason="等待")
    world.moment += timedelta(days=5)
    world.do(NR, "case resume", reason="恢复")


@pytest.mark.parametrize("last", [_paper, _answer, _discharge, _rest])
def test_a_case_does_not_leave_before_the_last_thing_it_waited_for(last: Callable[[World], None], world: World) -> None:
    last(world)
    assert world.keys() == set()
    with pytest.raises((Blocked, Invalid)):
        world.do(NR, "case advance", happened_on=day(world, -2))
    world.do(NR, "case advance", happened_on=day(world))


def test_a_round_is_not_opened_before_the_last_was_closed(world: World) -> None:
    circulate(world)
    early = day(world)
    world.moment += timedelta(days=5)
    world.do(NR, "case return", reason="退回")
    with pytest.raises((Blocked, Invalid)):
        world.do(NR, "case circulate", happened_on=early)


def test_a_rest_does_not_end_before_it_began(world: World) -> None:
    early = day(world)
    world.moment += timedelta(days=5)
    world.do(NR, "case suspend", reason="等待")
    with pytest.raises((Blocked, Invalid)):
        world.do(NR, "case resume", reason="恢复", happened_on=early)


# -- files --------------------------------------------------------------------------------------------------


def test_a_file_is_stored_by_its_digest_and_comes_back_as_it_was(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.AGREEMENT)
    file_paper(world, "handover_agreement")
    file_paper(world, "handover_agreement", reference="张配套协〔2021〕902号")
    digest = hashlib.sha256(AGREEMENT_TEXT).hexdigest()
    stored = [p for p in world.office.files.folder.rglob("*") if p.is_file()]
    assert [p.name for p in stored] == [digest]
    number = world.case().documents[-1].number
    found, content = queries.document(world.office, CASE, str(number))
    assert content is not None
    assert (found.file, found.filename, found.size, content.read()) == (
        digest,
        "协议.txt",
        len(AGREEMENT_TEXT),
        AGREEMENT_TEXT,
    )


@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_a_file_altered_or_lost_on_disk_is_noticed(harm: str, office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.AGREEMENT)
    number = file_paper(world, "handover_agreement").number
    assert number is not None
    path = next(p for p in world.office.files.folder.rglob("*") if p.is_file())
    if harm == "altered":
        path.write_bytes(AGREEMENT_TEXT + b".")
    else:
        path.unlink()
    with pytest.raises(Invalid) as caught:
        queries.document(world.office, CASE, str(number))
    assert caught.value.code == f"file_{harm}_on_disk"


def test_a_file_altered_on_disk_is_not_taken_for_the_one_that_is_filed_again(
    office_at: Callable[[str], World],
) -> None:
    world = office_at(Stage.AGREEMENT)
    file_paper(world, "handover_agreement")
    path = next(p for p in world.office.files.folder.rglob("*") if p.is_file())
    path.write_bytes(b"something else")
    number = file_paper(world, "handover_agreement", reference="张配套协〔2021〕902号").number
    assert number is not None
    content = queries.document(world.office, CASE, str(number))[1]
    assert content is not None
    assert content.read() == AGREEMENT_TEXT


def test_a_refused_document_leaves_no_file(world: World) -> None:
    file = {"name": "a.txt", "content": b"content"}
    with pytest.raises(NotAllowed):
        world.do(HEALTH, "document add", kind="planning_conditions", reference=PAPERS["planning_conditions"],
                 issued_on=day(world), file=file)  # fmt: skip
    assert not world.office.files.folder.exists()


# -- configuration --------------------------------------------------------------------------------------------

NEW_DEPARTMENT = """  market_supervision:
    kind: department
    name: { zh: "区市场监管局", en: "District Market Supervision Bureau" }
    basis: "test"

"""
PLANNING_SIGNERS = "  planning_joint_review:\n    lead: natural_resources\n    sign_off: [standing, competent]"


def rewrite(world: World, old: str, new: str) -> None:
    """Change the configuration file."""
    whole = world.config.read_text(encoding="utf-8")
    assert whole.count(old) == 1
    world.config.write_text(whole.replace(old, new), encoding="utf-8")


def ask_finance_too(world: World, accepted: bool = True) -> None:
    rewrite(world, PLANNING_SIGNERS, PLANNING_SIGNERS.replace("competent]", "competent, finance]"))
    if accepted:
        administration.accept_configuration(world.office, world.tokens["admin"])
        world.done[journal.OFFICE] += 1


def test_nobody_brings_rules_of_his_own_to_a_case(world: World) -> None:
    ask_finance_too(world, accepted=False)
    for command, fields in (
        ("case adopt-config", {"reason": "换"}),
        ("case open", opening(OTHER, "370303101012GB90002")),
    ):
        with pytest.raises(Invalid) as caught:
            world.do(NR, command, **fields)
        assert caught.value.code == "configuration_not_accepted"
    with pytest.raises(NotAllowed):
        administration.accept_configuration(world.office, world.tokens[NR])
    world.refused[journal.OFFICE] += 1
    assert len(world.rows("SELECT digest FROM configuration")) == 1


def test_a_running_case_keeps_its_configuration_until_it_adopts_the_newer(world: World) -> None:
    ask_finance_too(world)
    prepare(world)
    assert world.keys() == set()
    world.do(NR, "case open", **opening(OTHER, "370303101012GB90002"))
    assert "sign_off_missing:finance" in world.keys(OTHER)
    assert world.do(NR, "case adopt-config", reason="新增财政").action == "case adopt-config"
    assert world.keys() == {"sign_off_missing:finance"}
    with pytest.raises(Blocked):
        leave(world)
    sign(world, "finance")
    leave(world)
    stored = world.rows("SELECT digest, text FROM configuration")
    assert len(stored) == 2
    assert {digest for digest, _ in stored} == {hashlib.sha256(text.encode()).hexdigest() for _, text in stored}
    assert queries.verify(world.office).findings == ()


def test_only_a_leader_of_the_lead_adopts_a_configuration(world: World) -> None:
    ask_finance_too(world)
    for by in (HOUSING, f"{NR}.clerk"):
        with pytest.raises(NotAllowed):
            world.do(by, "case adopt-config", reason="新增财政")


def test_adopting_the_configuration_the_case_has_stores_no_second_text(world: World) -> None:
    world.do(NR, "case adopt-config", reason="核对")
    assert len(world.rows("SELECT digest FROM configuration")) == 1


@pytest.mark.parametrize("text", ["", "district: [", "stages: {}\n"])
def test_a_broken_configuration_stops_new_cases_and_no_running_one(text: str, world: World) -> None:
    world.config.write_text(text, encoding="utf-8")
    circulate(world)
    sign(world, EDUCATION)
    with pytest.raises(Invalid) as caught:
        world.do(NR, "case open", **opening(OTHER, "370303101012GB90002"))
    assert caught.value.exit_code == 7
    with pytest.raises(Invalid):
        world.do(NR, "case adopt-config", reason="新版")
    assert world.violations() == []


def test_the_configuration_of_another_district_is_refused(world: World) -> None:
    rewrite(world, 'code: "370303"\n  name: { zh: "淄博市张店区"', 'code: "370302"\n  name: { zh: "淄博市张店区"')
    with pytest.raises(Invalid) as caught:
        world.do(NR, "case open", **opening(OTHER, "370303101012GB90002"))
    assert caught.value.code == "other_district"


# -- identifiers ----------------------------------------------------------------------------------------------


def test_a_number_is_stored_in_its_normal_form_and_the_clerk_is_told(world: World) -> None:
    done = file_paper(world, "planning_conditions", reference=" 张自然资条字[２０２１]901号 ")
    assert world.case().documents[-1].reference == "张自然资条字〔2021〕901号"
    note = done.normalised[0].model_dump()
    assert note == {"field": "reference", "typed": "张自然资条字[２０２１]901号", "stored": "张自然资条字〔2021〕901号"}
    assert world.do(NR, "case circulate").normalised == ()


def test_a_malformed_number_is_refused_with_an_example(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        file_paper(world, "planning_conditions", reference="901号")
    assert caught.value.code == "bad_identifier"
    assert caught.value.params["example"]
    assert world.case().documents == ()


def test_a_doubtful_check_digit_is_taken_only_when_confirmed(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.AGREEMENT)
    fields = {"developer": "示例公司", "developer_code": "91370303TEXT000109", "reason": "受让"}
    with pytest.raises(Invalid) as caught:
        world.do(NR, "case amend", **fields)
    assert caught.value.code == "check_digit"
    assert world.case().developer_code is None
    done = world.do(NR, "case amend", **fields, confirm_credit_code=True)
    assert done.warnings == ("check_digit",)
    assert world.case().developer_code == "91370303TEXT000109"
    sound = world.do(NR, "case amend", developer_code="91370303text00010b", reason="更正")
    assert (sound.warnings, sound.normalised[0].stored) == ((), "91370303TEXT00010B")


# -- one active case on a parcel --------------------------------------------------------------------------------


@pytest.mark.parametrize("parcel", [PARCEL, PARCEL.lower(), f" {PARCEL} "])
def test_a_second_active_case_on_a_parcel_is_blocked_however_it_is_written(parcel: str, world: World) -> None:
    with pytest.raises(Blocked) as caught:
        world.do(NR, "case open", **opening(OTHER, parcel))
    assert [o.key for o in caught.value.obstacles] == [f"parcel_taken:{CASE}"]
    assert world.look(OTHER) is None


def test_a_parcel_is_free_again_once_its_case_is_ended(world: World) -> None:
    world.do(NR, "case terminate", reason="不再建设")
    assert world.do(NR, "case open", **opening(OTHER)).case == OTHER
    assert world.violations() == []


def test_a_parcel_is_free_again_once_its_case_is_in_use(office_at: Callable[[str], World]) -> None:
    world = office_at(Stage.IN_USE)
    assert world.do(NR, "case open", **opening(OTHER)).case == OTHER
    assert world.violations() == []


def test_a_case_number_is_given_once(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.do(NR, "case open", **opening(CASE, "370303101012GB90002"))
    assert caught.value.code == "case_exists"


# -- the whole way ------------------------------------------------------------------------------------------------


def test_every_acknowledged_action_has_its_entry_with_its_number_and_hash(world: World) -> None:
    acknowledged: list[Done] = []
    original = world.office.perform

    def listening(action: Any, token: str | None) -> Done:
        acknowledged.append(original(action, token))
        return acknowledged[-1]

    world.office.perform = listening  # type: ignore[method-assign]
    drive(world, upto=Stage.IN_USE)
    stored = world.rows("SELECT entry, hash, action, result FROM journal WHERE subject = ? AND entry > 1", CASE)
    assert [(e, h, a) for e, h, a, _ in stored] == [(d.entry, d.hash, d.action) for d in acknowledged]
    assert [json.loads(result)["stage"] for *_, result in stored] == [d.stage for d in acknowledged]
    assert len(acknowledged) > 70


def test_designating_another_department_asks_that_department(world: World) -> None:
    prepare(world)
    world.do(OFFICE, "facility designate", facility="F3", department=CIVIL, document="张配套办〔2021〕9号")
    assert world.keys() == {f"sign_off_stale:{CIVIL}"}
    with pytest.raises(Blocked):
        leave(world)
    sign(world, CIVIL)
    assert isinstance(push(world), Done)
    assert world.violations() == []


def test_an_account_closed_for_good_can_do_nothing_more(world: World) -> None:
    circulate(world)
    administration.close_account(world.office, world.tokens["admin"], EDUCATION)
    world.done["-"] += 1
    with pytest.raises(NotAllowed) as caught:
        world.do(EDUCATION, "sign", **signature(world, EDUCATION))
    assert caught.value.code == "account_closed"
    world.refused["-"] += 1
    assert world.violations() == []


@pytest.mark.parametrize("level", ["king", "", "Leader"])
def test_an_account_has_one_of_the_four_levels(level: str, world: World) -> None:
    with pytest.raises(Invalid):
        world.hire("somebody", HEALTH, level)
