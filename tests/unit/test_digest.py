"""Digests: what people are told, in both languages, with every command that answers."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, get_args, get_type_hints

import click
import pytest
from jinja2 import UndefinedError

from commands.catalogue import COMMANDS
from commands.frame import Tree
from notifications import digest as digests
from notifications.digest import Digest, Rendered, render
from notifications.items import TOLD, Item, items_of
from notifications.phrases import FORMS
from policies.limits.ladder import reminders
from policies.limits.news import Kind
from states.calendar import Calendar, Year
from states.rules import Clock, Limit, Rung
from tests.builders import rules
from views import terminal
from views.answering import ANSWERS
from views.language import LANGUAGES, speaking

CASE = "ZDPT-2020-0001"
#: A Saturday that is worked; the Sunday after it is not.
DAY = "2020-05-09"
_OFF = frozenset({"2020-05-01", "2020-05-04", "2020-05-05"})
RULES = replace(rules(), calendar=Calendar({2020: Year(2020, 1, True, "a notice", _OFF, frozenset({DAY}))}))
HOSTILE = (
    "<b>bold</b>",
    "{{ x }} {% for %}",
    "one\ntwo\r\nthree",
    "a" * 200,
    "长" * 200,
    "\u202egnp & 'quoted'",
    "{who} %s",
)
CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff00-\uffef]")


def limit_row(code: str, **given: Any) -> dict[str, Any]:
    limit = RULES.limit(code)
    return {
        "subject": CASE, "code": code, "stage": limit.stage if limit else "", "visit": 1, "round": 1, "concern": "",
        "rung": "R3", "form": "notice", "due_on": "2020-05-12", "planned_on": DAY, "party": "natural_resources",
        "provisional": 0, **given,
    }  # fmt: skip


def duty_row(code: str, period: str, due_on: str) -> dict[str, Any]:
    return limit_row(code, subject="-", concern=period, due_on=due_on, party="education_sports")


def news_row(kind: str, about: str = "", **given: Any) -> dict[str, Any]:
    return {
        "subject": CASE, "code": kind, "stage": "completion_joint_acceptance", "visit": 0, "round": 0,
        "concern": "12/1", "rung": "news", "form": "news", "due_on": "", "planned_on": DAY, "about": about, **given,
    }  # fmt: skip


def item(row: Mapping[str, Any], project: str = "") -> Item:
    return items_of([row], {CASE: project}, RULES, DAY)[0]


def rendered(
    rows: Iterable[Mapping[str, Any]], language: str, project: str = "", name: str = "", day: str = DAY
) -> Rendered:
    items = items_of(rows, {CASE: project}, RULES, day)
    return render(Digest("clerk-1", name, "leading_group_office", day, items), RULES, language)


def limit_of(clock: str) -> Limit:
    return next(limit for limit in RULES.limits if limit.clock == clock)


def clock_row(clock: str) -> dict[str, Any]:
    concern = {"organisation": "health", "facility": "F1", "item": "2", "condition": "3"}.get(ANSWERS[clock].about, "")  # type: ignore[index]
    return limit_row(limit_of(clock).code, concern=concern, subtype="kindergarten" if concern == "F1" else None)


def one_of_everything() -> list[dict[str, Any]]:
    """Every clock, every kind of news, every form, duties, a late and a provisional one."""
    forms = [limit_row("L02", round=n, form=form, due_on="2020-04-20") for n, form in enumerate(FORMS)]
    about = {"objection": "health", "stale": "health", "change_proposed": "2", "condition_set": "3"}
    return [
        *(clock_row(clock) for clock in ANSWERS),
        *(news_row(kind, about.get(kind, "")) for kind in TOLD),
        *forms,
        duty_row("L35", "2020-05", "2020-05-10"),
        duty_row("L32", "2020-05-09", "2020-05-09"),
        limit_row("L12", due_on="2021-02-10", provisional=1, party="developer", planned_on="2020-05-08"),
    ]


# -- the tables --------------------------------------------------------------------------------------


def test_every_clock_every_news_and_every_form_has_its_row() -> None:
    assert set(ANSWERS) == set(get_args(Clock))
    assert set(TOLD) == set(get_args(Kind))
    assert set(FORMS) == set(get_args(get_type_hints(Rung)["form"]))


def parsed(typed: str) -> str:
    """The path of a command that the real parser took, with nothing left over."""
    words = shlex.split(typed)
    assert words.pop(0) == "peijian"
    command: click.Command | None = Tree("")
    path: list[str] = []
    while isinstance(command, Tree):
        path.append(words.pop(0))
        command = command.get_command(click.Context(command), path[-1])
    assert command is not None, typed
    command.make_context(path[-1], words)
    return " ".join(path)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", one_of_everything(), ids=lambda row: f"{row['code']}-{row['form']}")
def test_the_command_of_every_item_is_one_that_can_be_typed(
    row: dict[str, Any], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "interactive", lambda: True)
    with speaking(language):
        typed = item(row).command
        if row["subject"] == "-" and "duty done" not in COMMANDS:
            assert typed == f"peijian duty done {row['code']} --period {row['concern']}"
            return
        assert parsed(typed) in COMMANDS
    assert row["subject"] in typed


@pytest.mark.parametrize(
    ("row", "typed"),
    [
        (clock_row("answers"), f"sign {CASE}"),
        (clock_row("papers") | {"code": "L08"}, f"document add {CASE} land_contract"),
        (clock_row("papers") | {"code": "L06"}, f"document add {CASE}"),
        (clock_row("conclusion"), f"document add {CASE} planning_conditions"),
        (clock_row("rectification"), f"acceptance report {CASE}"),
        (clock_row("conditions"), f"condition discharge {CASE} 3"),
        (clock_row("handover"), f"facility hand-over {CASE} F1"),
        (clock_row("registration"), f"facility register {CASE} F1"),
        (clock_row("use"), f"facility asset-entry {CASE} F1"),
        (limit_row("L99"), f"case why {CASE}"),
        (news_row("stage_entered"), f"case circulate {CASE}"),
        (news_row("stage_entered", stage="under_construction"), f"case why {CASE}"),
        (news_row("objection", "health"), f"case why {CASE}"),
        (news_row("stale", "health"), f"case why {CASE}"),
        (news_row("change_proposed", "2"), f"change consent {CASE} 2"),
        (duty_row("L35", "2020-05", "2020-05-10"), "duty done L35 --period 2020-05"),
        (duty_row("L99", "2020-05", "2020-05-10"), "duty done L99 --period 2020-05"),
    ],
)
def test_a_reminder_names_the_command_that_answers_it(row: dict[str, Any], typed: str) -> None:
    assert item(row).command == f"peijian {typed}"


# -- what is told ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due_on", "day", "zh", "en"),
    [
        ("2020-05-12", DAY, "剩余2个工作日", "2 working days left"),
        ("2020-05-11", DAY, "剩余1个工作日", "1 working day left"),
        (DAY, DAY, "今日到期", "due today"),
        ("2020-05-10", DAY, "今日为期限前最后一个工作日", "today is the last working day before it"),
        ("2020-05-08", DAY, "逾期1个工作日", "1 working day overdue"),
        ("2020-05-06", DAY, "逾期3个工作日", "3 working days overdue"),
        ("2020-05-09", "2020-05-10", "，已逾期", ", overdue"),
    ],
)
def test_how_much_time_is_left_is_said_in_working_days(due_on: str, day: str, zh: str, en: str) -> None:
    for language, told in (("zh", zh), ("en", en)):
        assert told in rendered([limit_row("L01", due_on=due_on)], language, day=day).text


def test_the_rungs_before_a_day_off_and_the_words_agree() -> None:
    """The ladder's last rung before Sunday 2020-05-10 is the worked Saturday, on which nothing is due yet."""
    assert DAY in {reminder.on for reminder in reminders("2020-04-09", "2020-05-10", RULES)}
    told = rendered([duty_row("L35", "2020-05", "2020-05-10")], "zh").text
    assert "每月工作进展报送（2020年5月）" in told
    assert "今日到期" not in told


def test_overdue_comes_first_the_longest_before_all_and_news_last() -> None:
    rows = [
        news_row("certified"),
        limit_row("L01", due_on="2020-05-20"),
        limit_row("L04", due_on="2020-05-08"),
        limit_row("L03", due_on="2020-05-11"),
        limit_row("L02", due_on="2020-04-20"),
    ]
    data = rendered(rows, "zh").data
    assert [i["code"] for i in data["items"]] == ["L02", "L04", "L03", "L01", "certified"]
    assert rendered(rows, "zh").subject == "【配建】工作提醒（2020年5月9日）：已逾期2项、即将到期2项、新事项1项"
    assert rendered(rows[:2], "en").subject == "[Peijian] Work reminder 2020-05-09: 1 due, 1 new"


def test_what_goes_out_late_says_on_which_day_it_should_have() -> None:
    for row in (limit_row("L01", planned_on="2020-05-08"), news_row("returned", planned_on="2020-05-08")):
        assert "本提醒应于2020年5月8日发出，现予补发。" in rendered([row], "zh").text
        assert "should have gone out on 2020-05-08" in rendered([row], "en").html
    assert "补发" not in rendered([limit_row("L01")], "zh").text


def test_a_provisional_day_is_marked_wherever_a_person_reads_it() -> None:
    row = limit_row("L12", due_on="2021-02-10", provisional=1)
    for told in rendered([row], "zh")[1:3]:
        assert "2021年2月10日" in told
        assert "（暂定，2021年节假日安排公布后重新计算）" in told.replace("\n   ", "")
    assert "(provisional, computed anew" in rendered([row], "en").text
    assert "暂定" not in rendered([row | {"provisional": 0}], "zh").text


def test_a_supervision_order_is_a_draft_for_the_office() -> None:
    row = limit_row("L20", concern="F1", subtype="kindergarten", party="education_sports", form="supervision_order",
                    due_on="2020-04-30")  # fmt: skip
    told = rendered([row], "zh", "清禾家园").text.replace("\n   ", "")
    assert "督办单（草稿，由区领导小组办公室审签后印发）" in told
    assert "主送单位：区教体局" in told
    assert "督办事项：ZDPT-2020-0001 清禾家园：综合验收后移交（F1 幼儿园）" in told
    assert "Supervision order (draft; Leading-Group Office checks and signs it before" in rendered([row], "en").text
    assert "督办事项：ZDPT-2020-0001：综合验收后移交" in rendered([row], "zh").text
    assert "草稿" not in rendered([row | {"form": "overdue"}], "zh").text


def test_what_the_next_bulletin_lists_stands_together() -> None:
    rows = [limit_row("L02", round=n, form="bulletin", due_on="2020-04-20", party="developer") for n in (1, 2)]
    told = rendered(rows, "zh").text.replace("\n   ", "")
    assert told.count("拟列入下期通报") == 1
    assert told.count("应于2020年4月20日前完成，截至2020年5月9日逾期") == 2
    assert "责任单位：建设单位。" in told


def test_instant_messages_hold_number_limit_and_day_and_nothing_else() -> None:
    rows = [
        limit_row("L20", concern="F1", subtype="kindergarten", provisional=1, planned_on="2020-05-08", form="overdue"),
        duty_row("L35", "2020-05", "2020-05-20"),
        news_row("objection", "health"),
    ]
    assert rendered(rows, "zh", "清禾家园", "经办甲").brief == (
        "ZDPT-2020-0001：综合验收后移交，期限2020年5月12日",
        "每月工作进展报送，期限2020年5月20日",
        "ZDPT-2020-0001：有部门不同意",
    )


def test_the_data_are_plain_json() -> None:
    data = rendered(one_of_everything(), "zh", HOSTILE[0]).data
    assert json.loads(json.dumps(data)) == data
    assert data["items"][0]["title"].keys() == {"zh", "en"}


# -- hostile names, languages, templates ---------------------------------------------------------------


class Strict(HTMLParser):
    """Refuses what is not closed and collects tags and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if self.open[-1:] != ["style"] else ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_project_is_called_it_is_shown_and_does_nothing(name: str, language: str) -> None:
    found = rendered(one_of_everything(), language, name, name)
    page, plain = Strict(found.html), Strict(rendered(one_of_everything(), language, "x", "x").html)
    shown = name.replace("\r", "\\x0d").replace("\n", " ").replace("\u202e", "\\u202e")
    assert page.tags == plain.tags
    assert f"{CASE} {shown}" in page.text
    assert shown.replace(" ", "") in re.sub(r"\s", "", found.text)
    assert found.subject.isprintable()
    assert not any(character in found.text + found.html for character in "\r\u202e")
    assert all(line.isprintable() for line in found.brief)
    assert name not in "".join(found.brief)


@pytest.mark.parametrize("part", ["subject", "text", "html", "brief"])
def test_no_language_leaks_into_the_other(part: str) -> None:
    def told(language: str, project: str, name: str) -> str:
        found = rendered(one_of_everything(), language, project, name)
        read = {
            "subject": found.subject,
            "text": found.text,
            "html": Strict(found.html).text,
            "brief": "".join(found.brief),
        }
        return read[part]

    assert CHINESE.findall(told("en", "Clear Rice Garden", "clerk")) == []
    chinese = re.sub(r"peijian [a-z0-9A-Z _-]+|ZDPT[-0-9]+|F1\b", "", told("zh", "清禾家园", "经办甲"))
    assert re.findall(r"[A-Za-z]+", chinese) == []


def test_lines_of_the_plain_text_fit_eighty_columns() -> None:
    from rich.cells import cell_len

    for language in LANGUAGES:
        for line in rendered(one_of_everything(), language, "长" * 200).text.splitlines():
            assert cell_len(line) <= 80, line


@pytest.mark.parametrize("template", ["digest.txt.j2", "digest.html.j2"])
def test_a_template_that_names_what_it_is_not_given_fails(template: str) -> None:
    with pytest.raises(UndefinedError):
        digests._environment().get_template(template).render(to="x")
    with pytest.raises(UndefinedError):
        digests._environment().from_string("{{ entry.nothing }}").render(entry={})
