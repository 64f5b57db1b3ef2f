"""What people see and type about time: due days, the clock, lists by urgency, calendars, duties, mailboxes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from program import CASE, EXAMPLE, LANGUAGES, Place

from views.folding import width_of

OfficeAt = Callable[..., Place]


def events(place: Place, by: str = "health") -> dict[str, Any]:
    """The events of an organisation's calendar by their UID."""
    from icalendar import Calendar

    text = place.call("inbox", "--ics", "-", token=by).out
    return {str(event["UID"]): event for event in Calendar.from_ical(text).walk("VEVENT")}


# -- due days --------------------------------------------------------------------------------------------


def test_show_tells_what_is_due_and_how_late_it_is(office: Place) -> None:
    shown = office.call("case", "show", "{case}").out
    assert "L01 opinions in the" in shown
    assert "2020-07-29" in shown
    assert "overdue by" in shown
    limits = office.call("case", "show", "{case}", "--json").json()["limits"]
    assert {(limit["code"], limit["concern"]) for limit in limits} >= {("L01", "health"), ("L02", "")}
    assert [limit["due_on"] for limit in limits] == sorted(limit["due_on"] for limit in limits)


def test_a_suspended_case_says_that_its_clocks_are_stopped(office_at: OfficeAt) -> None:
    office = office_at("new")
    for command in (("open", str(EXAMPLE)), ("circulate", "{case}"), ("suspend", "{case}", "--reason", "等待批复")):
        assert office.call("case", *command, token="nr").exit == 0
    assert "暂停计时" in office.call("case", "show", "{case}", lang="zh").out
    limits = office.call("case", "show", "{case}", "--json").json()["limits"]
    assert {(limit["state"], limit["due_on"], limit["left"]) for limit in limits} == {("stopped", None, None)}
    assert office.call("case", "list", "--due-within", "250", "--json").json() == []
    assert office.call("case", "resume", "{case}", "--reason", "已批复", token="nr").exit == 0
    limits = office.call("case", "show", "{case}", "--json").json()["limits"]
    assert {limit["state"] for limit in limits} == {"running"}


def test_a_day_in_a_year_without_a_calendar_is_marked_provisional(office_at: OfficeAt) -> None:
    office = office_at("new")
    office.execute("DELETE FROM calendar_years")
    for command in (("open", str(EXAMPLE)), ("circulate", "{case}")):
        assert office.call("case", *command, token="nr").exit == 0
    for command in (("case", "show", "{case}"), ("case", "clock", "{case}"), ("case", "list", "--due-within", "250")):
        assert "（暂定）" in office.call(*command, lang="zh").out, command
    assert "（暂定）" in office.call("inbox", lang="zh", token="nr").out
    assert all(str(event["SUMMARY"]).endswith("(provisional)") for event in events(office).values())


def test_the_inbox_begins_with_what_is_most_urgent(office: Place) -> None:
    tasks = office.call("inbox", "--json", token="nr").json()
    dated = [task["limit"] is not None for task in tasks]
    assert dated == sorted(dated, reverse=True)
    assert tasks[0]["limit"]["code"] == "L01"
    assert "overdue by" in office.call("inbox", token="nr").out


# -- the clock -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("moment", ["planning_joint_review", "stale", "completion_joint_acceptance", "in_use"])
def test_the_ledger_sums_up_and_fits_the_screen(moment: str, lang: str, office_at: OfficeAt) -> None:
    office = office_at(moment)
    view = office.call("case", "clock", "{case}", "--json").json()
    assert sum(view["totals"].values()) == view["working_days"] > 0
    assert sum(charge["working_days"] for charge in view["charges"]) == view["working_days"]
    page = office.call("case", "clock", "{case}", lang=lang).out
    assert max(map(width_of_text, page.splitlines())) <= 80
    assert str(view["working_days"]) in page


def width_of_text(line: str) -> int:
    from views.page import say

    return width_of(say(line))


def test_a_limit_is_counted_out_day_by_day(office_at: OfficeAt) -> None:
    office = office_at("stale")
    days = office.call("case", "clock", "{case}", "--days", "L03", "--json").json()["derivation"]["days"]
    assert (days[0]["day"], days[0]["why"]) == ("2020-07-29", "first_day")
    assert (days[-1]["day"], days[-1]["number"]) == ("2020-08-12", 10)
    assert "day off" in office.call("case", "clock", "{case}", "--days", "L03").out


@pytest.mark.parametrize(("wanted", "code", "exit_"), [
    ("L99", "unknown_limit", 5), ("L01", "concern_needed", 7), ("L01:nobody", "unknown_limit", 5), ("", None, 0),
])  # fmt: skip
def test_a_limit_that_is_not_there_is_answered_with_those_that_are(
    wanted: str, code: str | None, exit_: int, office: Place
) -> None:
    done = office.call("case", "clock", "{case}", "--days", wanted, "--json")
    assert done.exit == exit_
    assert done.json().get("error") == code
    if code:
        assert "L01:health" in done.out or "L01" in done.out


def test_an_extension_moves_the_due_day_and_is_shown_everywhere(office: Place) -> None:
    extend = ("limit", "extend", "{case}", "L02", "--by", "5", "--reason", "需补充论证", "--document", "示例延1号")
    assert office.call(*extend, token="nr_clerk").exit == 4
    assert office.call(*extend, token="nr").exit == 0
    again = office.call(*extend, "--json", token="nr")
    assert (again.exit, [o["key"] for o in again.json()["obstacles"]]) == (3, ["extended_enough:L02"])
    limits = office.call("case", "show", "{case}", "--json").json()["limits"]
    assert [(x["due_on"], x["extended"], x["length"]) for x in limits if x["code"] == "L02"] == [("2020-08-12", 5, 15)]
    for command in ("show", "clock"):
        assert "示例延1号" in office.call("case", command, "{case}").out
    assert "extend a limit" in office.call("case", "history", "{case}").out


# -- lists -----------------------------------------------------------------------------------------------


def test_cases_are_listed_by_what_is_overdue_and_due_soon(office: Place) -> None:
    for flags in (("--overdue",), ("--due-within", "0"), ("--due-within", "250")):
        found = office.call("case", "list", *flags, "--json").json()
        assert [(line["case"], line["limit"]["state"]) for line in found] == [(CASE, "overdue")], flags
    assert "overdue by" in office.call("case", "list", "--overdue").out
    rows = list(csv.reader(io.StringIO(office.call("case", "list", "--overdue", "--csv", "-").out.lstrip("\ufeff"))))
    assert rows[0][-3:] == ["due", "overdue or left", "working days left"]
    assert (rows[1][-3], int(rows[1][-1]) < 0) == ("2020-07-29", True)


def test_a_case_without_a_limit_is_neither(office_at: OfficeAt) -> None:
    office = office_at("in_use")
    assert office.call("case", "list", "--due-within", "250", "--json").json() == []


@pytest.mark.parametrize("days", ["-1", "251", "x"])
def test_how_far_ahead_is_asked_is_a_number_of_working_days(days: str, office: Place) -> None:
    assert office.call("case", "list", "--due-within", days).exit == 2


# -- a calendar ------------------------------------------------------------------------------------------


def test_a_calendar_holds_one_all_day_event_for_each_running_limit(office: Place) -> None:
    (uid, event), *more = events(office).items()
    assert not more
    assert uid == f"370303-{CASE}-L01-planning_joint_review-1-1-health@peijian"
    assert (event.decoded("DTSTART").isoformat(), event.decoded("DTEND").isoformat()) == ("2020-07-29", "2020-07-30")
    assert CASE in event["SUMMARY"]
    assert f"peijian sign {CASE}" in event["DESCRIPTION"]
    assert "health" not in {str(event[name]) for name in ("SUMMARY", "DESCRIPTION")}


def test_an_event_that_moved_keeps_its_uid_under_a_higher_sequence(office: Place) -> None:
    before = {uid: event for uid, event in events(office, "nr").items() if "L02" in uid}
    done = office.call(
        "limit", "extend", "{case}", "L02", "--by", "5", "--reason", "需论证", "--document", "一号", token="nr"
    )
    assert done.exit == 0
    after = {uid: event for uid, event in events(office, "nr").items() if "L02" in uid}
    assert before.keys() == after.keys()
    for uid, event in before.items():
        assert after[uid]["SEQUENCE"] > event["SEQUENCE"]
        assert after[uid].decoded("DTSTART") > event.decoded("DTSTART")
        assert after[uid].decoded("LAST-MODIFIED") > event.decoded("LAST-MODIFIED")


def test_a_calendar_is_a_new_file_and_leaves_with_the_limit(office: Place) -> None:
    done = office.call("inbox", "--ics", "limits.ics", "--json", token="health")
    assert done.json() == {"path": "limits.ics", "rows": 1}
    assert b"\r\n" in (office.folder / "limits.ics").read_bytes()
    assert office.call("inbox", "--ics", "limits.ics", token="health").exit == 7
    assert office.call("inbox", "--ics", "-", "--json", token="health").exit == 2
    office.call("sign", "{case}", "--verdict", "agree", token="health")
    assert events(office) == {}


# -- duties ----------------------------------------------------------------------------------------------


def test_a_duty_is_done_once_by_those_of_whom_it_is_asked(office: Place) -> None:
    done = ("duty", "done", "L33", "--document", "张民〔2020〕9号", "--json")
    assert office.call(*done, token="health").json()["error"] == "not_your_duty"
    assert office.call(*done, token="auditor").json()["error"] == "department_needed"
    line = office.call(*done, token="civil_affairs").json()
    assert (line["code"], line["period"], line["document"]) == ("L33", "2020-12-31", "张民〔2020〕9号")
    assert line["state"] == "late"
    assert office.call(*done, token="civil_affairs").json()["error"] == "no_duty_open"
    named = office.call(*done, "--period", "2020-12-31", token="civil_affairs")
    assert (named.exit, named.json()["error"]) == (7, "duty_done_already")
    assert "report a duty as done" in office.call("journal", "show").out
    assert office.call("journal", "verify").exit == 0


def test_a_monthly_duty_is_done_month_by_month(office: Place) -> None:
    done = ("duty", "done", "L35", "--document", "一号", "--json")
    asked = office.call(*done, token="health")
    assert (asked.exit, asked.json()["error"]) == (7, "period_needed")
    assert "2020-09" in asked.json()["params"]["allowed"]
    assert office.call(*done, "--period", "2019-01", token="health").json()["error"] == "unknown_period"
    assert office.call(*done, "--period", "2020-09", token="health").json()["period"] == "2020-09"
    listed = office.call("duty", "list", "--json", token="health").json()
    assert {d["organisation"] for d in listed} == {"health"}
    assert [d["period"] for d in listed if d["done_on"]] == ["2020-09"]
    everybody = office.call("duty", "list", "--all", "--json").json()
    assert {d["organisation"] for d in everybody} > {"health", "civil_affairs"}


# -- mailboxes -------------------------------------------------------------------------------------------


def test_a_mailbox_is_set_changed_and_taken_away_by_the_administrator(office: Place) -> None:
    assert office.call("account", "address", "health", "a@example.com", token="nr").exit == 4
    assert office.call("account", "address", "health", "a@example.com", token="admin").exit == 0
    assert "a@example.com" in office.call("account", "list").out
    assert office.call("journal", "verify").exit == 0
    office.execute("UPDATE account SET address = 'thief@example.com' WHERE account = 'health'")
    assert office.call("journal", "verify").exit != 0
    assert office.call("account", "address", "health", token="admin").exit == 0
    listed = {line["account"]: line["address"] for line in office.call("account", "list", "--json").json()}
    assert listed["health"] is None
    add = ("account", "add", "new", "--org", "health", "--level", "clerk", "--address", "b.c@mail.example.com")
    assert office.call(*add, token="admin").exit == 0
    assert office.call("account", "address", "gone", "a@example.com", token="admin").exit == 5


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b", "@b.c", "a@b.c ", "a b@c.de", "a@b..c", "A <a@b.cn>", "a@b.cn,c@d.cn", "a@b.cn\nBcc: c@d.cn",
     "张@例.中国", "a" * 250 + "@b.cn"],
)  # fmt: skip
def test_what_is_no_mailbox_is_refused(address: str, office: Place) -> None:
    before = office.contents()
    done = office.call("account", "address", "health", address, "--json", token="admin")
    assert (done.exit, done.json()["error"]) == (7, "bad_mailbox")
    assert office.contents() == before


def test_what_was_reported_as_done_reminds_nobody_any_more(office: Place) -> None:
    """The pass of the reminders makes limits of the duties; they are in the calendar until they are done."""
    assert office.call("remind", "run").exit == 0
    mine = {uid for uid in events(office, "civil_affairs") if "L33" in uid}
    assert mine == {"370303-L33-0-0-2020-12-31.civil_affairs@peijian"}
    assert office.call("duty", "done", "L33", "--document", "一号", token="civil_affairs").exit == 0
    assert {uid for uid in events(office, "civil_affairs") if "L33" in uid} == set()
    assert office.call("remind", "run").exit == 0
    assert {uid for uid in events(office, "civil_affairs") if "L33" in uid} == set()
