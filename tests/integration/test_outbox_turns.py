"""Reminders where something changes under them: the ladder, the accounts, the channels, a suspension, an outage."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from outboxes import at, change, files, go_round, letters, rows
from test_outbox import Channel, rounds, to
from world import CASE, COMMERCE, EDUCATION, HEALTH, NR, OFFICE, START, World, circulate, sign

from notifications import parked
from notifications.senders import Deferred
from states.errors import Invalid
from states.project import Stage
from workflow import administration, duties

ANSWER = f"peijian sign {CASE}"


@pytest.fixture
def asked(office_at: Callable[[str], World]) -> World:
    """An office whose departments were asked this morning and told of it: their answers are due on 2021-03-08."""
    world = office_at(Stage.PLANNING)
    at(world, f"{START.date()}T09:00")
    circulate(world)
    change(world, "UPDATE installation SET created_at = '2099-01-01T00:00:00+08:00'")
    go_round(world)
    return world


def reconfigured(world: World, before: str, after: str) -> None:
    text = world.config.read_text(encoding="utf-8")
    assert before in text
    world.config.write_text(text.replace(before, after), encoding="utf-8")


def test_a_ladder_with_more_rungs_reminds_of_the_limits_that_run(asked: World) -> None:
    text = asked.config.read_text(encoding="utf-8")
    few = text[: text.index("    - { code: R1,")] + text[text.index("    - { code: R4,") :]
    asked.config.write_text(few, encoding="utf-8")
    change(asked, "DELETE FROM running_limits")
    sign(asked, EDUCATION)  # which keeps the limits of the others anew, under the short ladder
    asked.config.write_text(text, encoding="utf-8")
    administration.accept_configuration(asked.office, asked.tokens["admin"])
    found = rounds(asked, "2021-03-02", 7)
    assert [day for day in found if to(found[day], HEALTH, ANSWER)] == ["2021-03-03", "2021-03-05", "2021-03-08"]


def test_what_waits_for_an_account_that_was_closed_goes_to_its_colleagues(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    go_round(asked, Channel(*[Deferred("server_busy")] * 99))
    asked.hire("newcomer", HEALTH, "clerk")
    administration.close_account(asked.office, asked.tokens["admin"], HEALTH)
    at(asked, "2021-03-03T10:00")
    go_round(asked)
    go_round(asked)
    assert ANSWER in to(letters(asked), "newcomer")[-1].text


def test_what_waits_for_the_only_account_is_seen_once_that_is_closed(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    go_round(asked, Channel(*[Deferred("server_busy")] * 99))
    administration.close_account(asked.office, asked.tokens["admin"], HEALTH)
    at(asked, "2021-03-03T10:00")
    go_round(asked)
    go_round(asked)
    (line,) = parked.listed(asked.office, refused=True)
    assert (line.organisation, line.recipient, line.reason) == (HEALTH, "", "no_account")


def test_an_overdue_case_that_rested_is_reminded_of_once_it_goes_on(asked: World) -> None:
    rounds(asked, "2021-03-02", 8)
    at(asked, "2021-03-09T15:00")
    asked.do(NR, "case suspend", reason="等待批复")
    rested = rounds(asked, "2021-03-10", 20)
    assert not any(to(found, HEALTH, ANSWER) for found in rested.values())
    at(asked, "2021-03-30T18:00")
    asked.do(NR, "case resume", reason="已批复")
    found = rounds(asked, "2021-03-31", 5)
    # each the newest that he has not had
    assert [day for day in found if to(found[day], HEALTH, ANSWER)] == ["2021-03-31"]
    assert [day for day in found if to(found[day], OFFICE, ANSWER)] == ["2021-03-31"]
    sql = "SELECT rung, status FROM notices WHERE code = 'L01' AND concern = ? AND organisation = ?"
    assert dict(rows(asked, sql, HEALTH, OFFICE)) == {"R": "skipped", "B": "digested"}


def test_after_an_outage_of_days_only_the_newest_reminder_of_a_limit_arrives(asked: World) -> None:
    for day in ("03", "04", "05", "08"):
        at(asked, f"2021-03-{day}T09:30")
        go_round(asked, Channel(*[Deferred("channel_unreachable")] * 99))
    known = files(asked)
    at(asked, "2021-03-09T09:30")
    go_round(asked)
    (letter,) = to(letters(asked, known), HEALTH)
    assert "逾期1个工作日" in letter.text
    sql = "SELECT rung, status, reason FROM notices WHERE code = 'L01' AND recipient = ? ORDER BY planned_on"
    superseded = [(rung, "skipped", "superseded") for rung in ("R2", "R3", "R4")]
    assert rows(asked, sql, COMMERCE) == [*superseded, ("Y", "digested", None)]


def test_what_was_for_a_channel_that_is_gone_leaves_by_another_when_it_is_retried(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    go_round(asked, Channel(*[Deferred("server_busy")] * 99))
    reconfigured(asked, "folder: { kind: folder", "other: { kind: folder")
    go_round(asked)
    parked.retry(asked.office, asked.tokens["admin"], None)
    known = files(asked)
    at(asked, "2021-03-04T09:30")
    go_round(asked)
    assert [letter for letter in to(letters(asked, known), HEALTH) if ANSWER in letter.text]
    assert parked.listed(asked.office, refused=True) == []


def test_a_day_that_the_notice_sets_is_never_provisional(office_at: Callable[[str], World]) -> None:
    world = office_at("")
    change(world, "UPDATE installation SET created_at = '2020-03-20T09:00:00+08:00'")
    change(world, "DELETE FROM calendar_years WHERE year >= 2020")
    at(world, "2020-04-13T09:30")
    go_round(world)
    assert set(rows(world, "SELECT provisional FROM running_limits WHERE subject = '-'")) == {(0,)}


def test_what_a_dissolved_organisation_owes_is_its_successors_to_report(office_at: Callable[[str], World]) -> None:
    world = office_at("")
    change(world, "UPDATE installation SET created_at = '2020-03-20T09:00:00+08:00'")
    text = world.config.read_text(encoding="utf-8")
    place = text.index("\n  commerce:")
    gone = '\n    dissolved_on: "2020-04-01"\n    successor: health'
    world.config.write_text(text[: place + 12] + gone + text[place + 12 :], encoding="utf-8")
    at(world, "2020-04-13T09:30")
    token = world.tokens[HEALTH]
    assert {d.organisation for d in duties.lines(world.office, HEALTH) if d.code == "L32"} == {HEALTH, COMMERCE}
    reported = [duties.done(world.office, token, "L32", "张卫〔2020〕1号", None).organisation for _ in range(2)]
    assert reported == [HEALTH, COMMERCE]
    with pytest.raises(Invalid):
        duties.done(world.office, token, "L32", "张卫〔2020〕1号", None)
