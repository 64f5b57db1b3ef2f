"""Reminders from outside: who got what on which day, and what the rows say of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from outboxes import Letter, at, change, files, go_round, letters, rows
from world import CASE, COMMERCE, EDUCATION, HEALTH, NR, OFFICE, START, World, circulate, sign

from notifications import parked, scheduler
from notifications.passing import opener_of
from notifications.preview import preview
from notifications.senders import Deferred, Message, Refused
from states.channels import Folder, Smtp
from states.errors import Invalid, NotAllowed, NotFound
from states.project import Stage

pytestmark = pytest.mark.both_databases()

#: Circulated on Monday 2021-03-01: the departments' answers are due on 2021-03-08, five working days later.
DUE = "2021-03-08"


@pytest.fixture
def asked(office_at: Callable[[str], World]) -> World:
    """An office whose departments were asked this morning, and told of it."""
    world = office_at(Stage.PLANNING)
    at(world, f"{START.date()}T09:00")
    circulate(world)
    # the notice's monthly reports belong to other tests
    change(world, "UPDATE installation SET created_at = '2099-01-01T00:00:00+08:00'")
    go_round(world)
    return world


def days(first: str, number: int) -> Iterator[str]:
    start = date.fromisoformat(first)
    return ((start + timedelta(days=n)).isoformat() for n in range(number))


def rounds(world: World, first: str, number: int, time: str = "09:30") -> dict[str, list[Letter]]:
    """Go round once on each day; by day, what arrived."""
    found = {}
    for day in days(first, number):
        known = files(world)
        at(world, f"{day}T{time}")
        go_round(world)
        found[day] = letters(world, known)
    return found


def to(found: list[Letter], person: str, about: str = "") -> list[Letter]:
    return [letter for letter in found if letter.to == person and about in letter.text]


class Channel:
    """A sender that does as it is told, and notes what it was given."""

    def __init__(self, *outcomes: Exception | Callable[[], None]) -> None:
        self.outcomes, self.got = list(outcomes), list[Message]()

    def send(self, message: Message) -> None:
        self.got.append(message)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        if outcome:
            outcome()

    def check(self) -> None: ...

    def close(self) -> None: ...

    def __call__(self, *_: Any) -> Channel:
        return self


# -- the ladder ----------------------------------------------------------------------------------------


def test_new_work_is_told_at_once_with_the_command_that_does_it(asked: World) -> None:
    (letter,) = to(letters(asked), HEALTH)
    assert f"peijian sign {CASE}" in letter.text
    assert "清禾家园" in letter.text


def test_the_ladder_goes_out_day_by_day_to_whom_it_names(asked: World) -> None:
    found = rounds(asked, "2021-03-02", 24)
    answer = f"peijian sign {CASE}"
    # -3, -1, the day itself, +1 and +3 working days; the first rung is for longer limits
    assert [day for day in found if to(found[day], HEALTH, answer)] == [
        "2021-03-03", "2021-03-05", DUE, "2021-03-09", "2021-03-11",
    ]  # fmt: skip
    # a clerk is spared the reminder letter, which goes to leaders
    assert [day for day in found if to(found[day], f"{EDUCATION}.clerk", answer)] == [
        "2021-03-03", "2021-03-05", DUE, "2021-03-09",
    ]  # fmt: skip
    # +5: a draft of the supervision order, +10: the line for the bulletin
    office = {day: letter for day in found for letter in to(found[day], OFFICE, answer)}
    assert list(office) == ["2021-03-15", "2021-03-22"]
    assert "督办" in office["2021-03-15"].text and "通报" in office["2021-03-22"].text
    # nothing on days off, one a day, on time
    assert not any(found[day] for day in found if date.fromisoformat(day).weekday() >= 5)
    assert all(len(to(found[day], who)) <= 1 for day in found for who in (HEALTH, NR, OFFICE))
    assert not any("现予补发" in letter.text for day in found for letter in found[day])


def test_a_second_piece_of_news_waits_for_the_next_working_day(asked: World) -> None:
    at(asked, "2021-03-05T14:00")  # a Friday
    go_round(asked)
    asked.do(NR, "case suspend", reason="等待批复")
    known = len(to(letters(asked), HEALTH))
    go_round(asked)
    assert len(to(letters(asked), HEALTH)) == known
    found = rounds(asked, "2021-03-06", 3)
    assert [len(to(found[day], HEALTH)) for day in found] == [0, 0, 1]


@pytest.mark.parametrize("moment", ["2021-03-03T08:59", "2021-03-03T17:00", "2021-03-06T10:00"])
def test_outside_the_hours_nothing_leaves(asked: World, moment: str) -> None:
    known = len(letters(asked))
    at(asked, moment)
    assert go_round(asked).gathered == 0
    assert len(letters(asked)) == known


# -- what closes a reminder ----------------------------------------------------------------------------


def reasons(world: World, organisation: str, rung: str) -> set[tuple[str, str | None]]:
    sql = "SELECT status, reason FROM notices WHERE organisation = ? AND rung = ?"
    return set(rows(world, sql, organisation, rung))


def test_what_was_done_before_the_office_opens_is_not_reminded_of(asked: World) -> None:
    at(asked, "2021-03-03T08:00")
    go_round(asked)
    assert reasons(asked, HEALTH, "R2") == {("waiting", None)}
    sign(asked, HEALTH)
    at(asked, "2021-03-03T09:00")
    go_round(asked)
    assert reasons(asked, HEALTH, "R2") == {("skipped", "met")}
    assert reasons(asked, COMMERCE, "R2") == {("digested", None)}


def test_an_answer_that_is_withdrawn_is_reminded_of_after_all(asked: World) -> None:
    at(asked, "2021-03-03T08:00")
    go_round(asked)
    sign(asked, HEALTH)
    at(asked, "2021-03-03T09:00")
    go_round(asked)
    asked.do(HEALTH, "withdraw", reason="再核对")
    found = rounds(asked, "2021-03-04", 1)
    assert to(found["2021-03-04"], HEALTH, f"peijian sign {CASE}")


def test_a_suspended_case_reminds_nobody_and_a_resumed_one_by_its_new_days(asked: World) -> None:
    at(asked, "2021-03-03T08:00")
    go_round(asked)
    asked.do(NR, "case suspend", reason="等待批复")
    at(asked, "2021-03-03T09:00")
    go_round(asked)
    assert reasons(asked, HEALTH, "R2") == {("skipped", "suspended")}
    rested = rounds(asked, "2021-03-04", 7)
    assert not any(to(found, HEALTH, f"peijian sign {CASE}") for found in rested.values())
    at(asked, "2021-03-11T09:00")
    asked.do(NR, "case resume", reason="已批复")
    found = rounds(asked, "2021-03-12", 10)
    # six working days later than it was: due on Tuesday 2021-03-16
    assert [d for d in found if to(found[d], HEALTH, f"peijian sign {CASE}")] == [
        "2021-03-12",
        "2021-03-15",
        "2021-03-16",
        "2021-03-17",
        "2021-03-19",
    ]


# -- downtime ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [3, 400])
def test_after_downtime_everybody_gets_his_newest_reminder_once_and_the_rest_is_on_record(
    asked: World, number: int
) -> None:
    at(asked, "2021-03-07T09:00")
    go_round(asked)
    up = date.fromisoformat("2021-03-07") + timedelta(days=number)
    found = rounds(asked, up.isoformat(), 12)
    got = [letter for day in found for letter in to(found[day], HEALTH, f"peijian sign {CASE}")]
    assert len(got) == (1 if number == 400 else 2)  # after three days +3 was yet to come
    late = "现予补发"
    assert late in got[0].text
    # every rung is on record for everybody whom it names: sent, or skipped for the reason
    assert reasons(asked, HEALTH, "R4") == {("skipped", "superseded")}
    told = rows(
        asked, "SELECT rung, count(*) FROM notices WHERE code = 'L01' AND organisation = ? GROUP BY rung", HEALTH
    )
    assert dict(told) == {"R2": 1, "R3": 1, "R4": 1, "Y": 1, "O": 1}
    twice = """SELECT 1 FROM notices WHERE status = 'digested'
        GROUP BY subject, code, concern, due_on, rung, recipient HAVING count(*) > 1"""
    assert rows(asked, twice) == []


def test_an_older_reminder_that_a_leader_never_got_is_superseded_by_his_newest(asked: World) -> None:
    at(asked, "2022-03-01T10:00")
    go_round(asked)
    assert reasons(asked, HEALTH, "Y") == {("skipped", "superseded")}
    assert reasons(asked, HEALTH, "O") == {("digested", None)}
    clerk = (
        "SELECT rung, status FROM notices WHERE code = 'L01' AND concern = ? AND recipient = ? AND status = 'digested'"
    )
    assert rows(asked, clerk, EDUCATION, f"{EDUCATION}.clerk") == [("Y", "digested")]


def test_the_clock_set_back_an_hour_delays_nothing_and_doubles_nothing(asked: World) -> None:
    at(asked, "2021-03-03T11:00")
    busy = Channel(*[Deferred("server_busy")] * 20)
    assert go_round(asked, busy).deferred > 0
    # somebody had claimed the rest when the clock was wrong by two days
    change(asked, "UPDATE messages SET lease_until = '2021-03-05T11:00:00+08:00' WHERE status = 'queued'")
    at(asked, "2021-03-03T10:00")
    for minute in range(0, 130, 10):
        at(asked, f"2021-03-03T{10 + minute // 60}:{minute % 60:02d}")
        go_round(asked)
    assert set(rows(asked, "SELECT status FROM messages")) == {("sent",)}
    assert len(to(letters(asked), HEALTH, "2021")) == 2


def test_the_clock_set_forward_a_year_and_back_sends_nothing_twice(asked: World) -> None:
    at(asked, "2022-03-03T10:00")
    go_round(asked)
    forward = len(letters(asked))
    found = rounds(asked, "2021-03-03", 12)
    again = [letter for day in found for letter in to(found[day], HEALTH, f"peijian sign {CASE}")]
    assert again == []
    assert len(letters(asked)) >= forward
    assert rows(asked, "SELECT count(*) FROM messages WHERE status = 'queued'") == [(0,)]


# -- the fixed dates of the notice ---------------------------------------------------------------------


def test_the_fixed_dates_are_reminded_of_on_working_days_before(office_at: Callable[[str], World]) -> None:
    world = office_at("")
    change(world, "UPDATE installation SET created_at = '2020-03-20T09:00:00+08:00'")
    found = rounds(world, "2020-03-30", 43)
    # the rectification plan: Saturday 2020-04-18, so the last reminder is Friday's; then it is overdue
    plan = [day for day in found if to(found[day], HEALTH, "peijian duty done L32")]
    assert [day for day in plan if day <= "2020-04-18"][-1] == "2020-04-17"
    # the monthly report: Sunday 2020-05-10, and Saturday the 9th is worked
    report = [day for day in found if to(found[day], HEALTH, "peijian duty done L35 --period 2020-05")]
    assert [day for day in report if day <= "2020-05-10"][-1] == "2020-05-09"
    assert "2020-05-10" not in {day for day in found if found[day]}
    assert date.fromisoformat("2020-05-09").weekday() == 5


def test_a_duty_that_was_reported_done_reminds_nobody(office_at: Callable[[str], World]) -> None:
    world = office_at("")
    change(world, "UPDATE installation SET created_at = '2020-03-20T09:00:00+08:00'")
    rounds(world, "2020-04-13", 1)
    change(
        world,
        "INSERT INTO duty_reports"
        " SELECT district, 'L32', ?, '2020-04-18', '2020-04-14', 'A-1', '', '' FROM installation",
        HEALTH,
    )
    found = rounds(world, "2020-04-14", 5)
    assert not any(to(found[day], HEALTH, "L32 --period 2020-04-18") for day in found)
    assert any(to(found[day], COMMERCE, "L32 --period 2020-04-18") for day in found)


# -- sending -------------------------------------------------------------------------------------------


def state(world: World, recipient: str) -> tuple[Any, ...]:
    sql = "SELECT status, reason, attempts FROM messages WHERE recipient = ? ORDER BY number DESC LIMIT 1"
    return rows(world, sql, recipient)[0]


def test_what_is_refused_is_shown_and_retried_only_when_told_to(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    channel = Channel(*[Refused("mailbox_refused", "550 unknown")] * 3)
    assert go_round(asked, channel).refused == 3
    assert go_round(asked, channel).sent == 0
    shown = parked.listed(asked.office, refused=True)
    assert [line.reason for line in shown] == ["mailbox_refused: 550 unknown"] * 3
    assert [f.code for f in parked.findings(asked.office)] == ["messages_refused"]
    with pytest.raises(NotAllowed):
        parked.retry(asked.office, asked.tokens[HEALTH], None)
    with pytest.raises(NotFound):
        parked.retry(asked.office, asked.tokens["admin"], [shown[0].number, 999])
    parked.retry(asked.office, asked.tokens["admin"], [shown[0].number])
    assert go_round(asked, channel).sent == 1
    assert channel.got[-1].id == shown[0].message_id
    assert len(parked.listed(asked.office, refused=True)) == 2


def test_what_is_put_off_is_tried_again_and_given_up_after_three_days(asked: World) -> None:
    at(asked, "2021-03-03T09:00")
    busy = Channel(*[Deferred("server_busy")] * 9999)
    go_round(asked, busy)
    change(asked, "UPDATE running_limits SET remind_on = NULL")  # no newer reminder takes its place
    tried = [n for minute in range(120) if (n := _minute(asked, busy, minute))]
    assert len({m.id for m in busy.got}) >= 4 and len(tried) < 60
    assert state(asked, HEALTH)[0] == "queued"
    for day in days("2021-03-04", 3):
        for hour in range(9, 17):
            at(asked, f"{day}T{hour:02d}:00")
            go_round(asked, busy)
    at(asked, "2021-03-08T09:30")
    go_round(asked, busy)
    gone = rows(asked, "SELECT DISTINCT reason FROM messages WHERE day = '2021-03-03' AND status = 'refused'")
    assert gone == [("gave_up: server_busy",)]


def _minute(world: World, channel: Channel, minute: int) -> int:
    at(world, f"2021-03-03T{9 + minute // 60:02d}:{minute % 60:02d}")
    return go_round(world, channel).deferred


def test_a_channel_that_does_not_work_is_left_alone_until_the_next_round(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    down = Channel(*[Deferred("channel_unreachable")] * 99)
    assert go_round(asked, down).deferred == len(down.got) == 1


def test_a_message_that_crashes_its_sender_holds_up_no_other(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    channel = Channel(ZeroDivisionError("x"))
    done = go_round(asked, channel)
    assert done.refused == 1 and done.sent == len(channel.got) - 1 > 1


def test_a_sender_that_took_too_long_marks_nothing(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    other = Channel()

    def dawdle() -> None:
        at(asked, "2021-03-03T09:40")
        go_round(asked, other)
        at(asked, "2021-03-03T09:41")

    slow = Channel(dawdle)
    go_round(asked, slow)
    first = slow.got[0]
    assert first.id in {message.id for message in other.got}  # arrived twice, under one id
    assert rows(asked, "SELECT status, fence, sent_at FROM messages WHERE message_id = ?", first.id) == [
        ("sent", 2, "2021-03-03T09:40:00+08:00")
    ]


def test_an_organisation_without_an_account_is_seen_and_told_once_it_has_one(asked: World) -> None:
    change(asked, "UPDATE account SET closed_at = 'x' WHERE organisation = ?", HEALTH)
    at(asked, "2021-03-03T09:30")
    go_round(asked)
    (line,) = parked.listed(asked.office, refused=True)
    assert (line.organisation, line.recipient, line.reason) == (HEALTH, "", "no_account")
    assert parked.retry(asked.office, asked.tokens["admin"], None) == []
    asked.hire("newcomer", HEALTH, "clerk")
    parked.retry(asked.office, asked.tokens["admin"], [line.number])
    go_round(asked)
    (letter,) = to(letters(asked), "newcomer")
    assert f"peijian sign {CASE}" in letter.text
    assert parked.listed(asked.office, refused=True) == []


def test_a_channel_that_is_gone_from_the_configuration_refuses_what_it_had(asked: World) -> None:
    at(asked, "2021-03-03T09:30")
    go_round(asked, Channel(*[Deferred("server_busy")] * 99))
    text = asked.config.read_text(encoding="utf-8")
    asked.config.write_text(text.replace("folder: { kind: folder", "other: { kind: folder"), encoding="utf-8")
    go_round(asked)
    assert {line.reason for line in parked.listed(asked.office, refused=True)} == {"no_channel"}


def test_a_scheduler_that_fell_silent_is_told_of_in_working_hours(asked: World) -> None:
    def told(moment: str) -> list[str]:
        at(asked, moment)
        return [finding.code for finding in parked.findings(asked.office)]

    assert told("2021-03-03T09:00") == []  # whoever uses cron has no scheduler
    scheduler.once(asked.office, opener_of(asked.office))
    assert told("2021-03-03T09:15") == []
    assert told("2021-03-03T09:16") == ["scheduler_silent"]
    assert told("2021-03-03T17:16") == []


def test_a_rehearsal_sends_nothing_out_of_the_house(asked: World) -> None:
    rehearsed = replace(asked.office, rehearsal=True)
    mail = Smtp("smtp", "mail.example", 587, "starttls", "peijian@mail.example", "x")
    with pytest.raises(Invalid, match="rehearsal_channel"):
        opener_of(rehearsed)("mail", mail)
    assert opener_of(rehearsed)("folder", Folder())


# -- preview -------------------------------------------------------------------------------------------


def test_the_preview_tells_what_then_happens_and_writes_nothing(asked: World) -> None:
    at(asked, "2021-03-02T10:00")
    before = rows(asked, "SELECT * FROM running_limits"), rows(asked, "SELECT * FROM notices")
    told = [line for line in preview(asked.office, "2021-03-24") if line.on > "2021-03-02"]
    assert (rows(asked, "SELECT * FROM running_limits"), rows(asked, "SELECT * FROM notices")) == before
    rounds(asked, "2021-03-03", 22)
    sql = """SELECT digest_on, organisation, recipient, subject, code, rung FROM notices
        WHERE status = 'digested' AND rung != 'news'"""
    happened = sorted(row for row in rows(asked, sql) if row[0] > "2021-03-02")
    foreseen = sorted((n.on, n.organisation, n.recipient, n.subject, n.code, n.rung) for n in told)
    assert foreseen == happened != []
