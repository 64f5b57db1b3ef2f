"""Screens at three widths, in two languages: nothing too wide, nothing missing, nothing raw."""

import codecs
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from rich.cells import cell_len

from policies.decide import way_ahead
from policies.signing import Answer, answer_of
from states import remit
from states.actions import ACTIONS
from states.effects import Stamp, after, opened
from states.errors import Blocked, Obstacle
from states.facts import Actor, Case, Visit, swap
from states.participants import may_sign, required
from states.project import TERMINAL, forward_edge
from states.rules import Rules
from views import terminal
from views.case import case_page, strip
from views.chronicle import doctor_page, history_page, verification_page
from views.data import as_json, error_json
from views.differences import difference_lines
from views.done import done_page
from views.folding import fold, visible, width_of
from views.help import HelpFormatter
from views.language import LANGUAGES, speaking
from views.layout import lay_out
from views.lists import accounts_page, cases_page, documents_page, inbox_page, whoami_page
from views.names import Names
from views.page import Column, Command, Page, Paragraph, Span, say, table
from views.rules import rules_page
from views.steps import next_step
from views.tables_of_law import authority_page, lifecycle_page
from views.thread import thread_page
from views.why import why_page
from workflow import settings
from workflow.results import (
    AccountLine,
    CaseLine,
    CaseView,
    Change,
    DepartmentAnswer,
    Done,
    Entry,
    Finding,
    Normalised,
    Task,
    Verification,
)

CASE = "ZDPT-2020-0001"
DAY = "2022-11-25"
WIDTHS = (40, 80, 120)
#: A name that repaints a terminal, reverses what is read, and hides a character.
HOSTILE = "清禾\x1b[31m\x1b]0;x\x07家园\u202e\u2066\u200b\x9b5m\x7f"


@cache
def rules() -> Rules:
    return settings.load(Path(__file__).parents[2] / "config.yaml")


# -- a case, told through its actions --------------------------------------------------------------


class Story:
    """A case to which things happen, without the policies."""

    def __init__(self) -> None:
        self.case: Case | None = None
        self.seen: dict[str, str] = {}

    def do(self, day: str, organisation: str, name: str, **fields: Any) -> "Story":
        action = ACTIONS[name].model_validate({"case": CASE, **fields})
        stamp = Stamp.of(
            action, Actor("李经办", organisation, "leader"), datetime.fromisoformat(f"{day}T09:30:00+08:00")
        )
        if self.case is None:
            assert action.name == "case open"
            self.case = opened(action, stamp, rules())  # type: ignore[arg-type]
            self.case = replace(self.case, stage=str(self.case.stage))
        else:
            if name == "sign":
                snapshot = remit.snapshot(self.case, organisation, rules())
                self.seen[remit.digest(snapshot)] = snapshot
            self.case = after(self.case, action, stamp, rules())
        return self

    def move(self, stage: str, day: str) -> "Story":
        """To another stage, whatever the policies think of it."""
        assert self.case
        left = swap(self.case.visits, self.case.visits[-1], left_on=day, left_by="certify")
        self.case = replace(self.case, visits=(*left, Visit(stage, 1, day)), stage=stage, visit=1, round=0)
        return self

    def view(self) -> CaseView:
        assert self.case
        edge = forward_edge(self.case.stage)
        return CaseView(
            case=self.case,
            answers=tuple(self._answers()),
            competent={f.facility: rules().competent(f) for f in self.case.owed()},
            next_action=edge.action if edge else None,
            obstacles=way_ahead(self.case, DAY, rules()),
            configuration_is_current=True,
        )

    def _answers(self) -> Iterator[DepartmentAnswer]:
        case = self.case
        assert case
        asked = () if case.stage in TERMINAL else required(case, rules())
        for department in () if case.stage in TERMINAL else may_sign(case, rules()):
            given = case.sign_off(department)
            if given is None and department not in asked:
                continue
            state = answer_of(case, department, rules())
            changes: tuple[Change, ...] = ()
            if given and state is Answer.STALE:
                now = json.loads(remit.snapshot(case, department, rules(), given.scheme))
                before = json.loads(self.seen[given.remit])
                changes = tuple(Change(path=p, before=b, after=a) for p, b, a in remit.difference(before, now))
            yield DepartmentAnswer(
                department=department,
                asked=department in asked,
                state=state,
                verdict=given and given.verdict,
                text=given and (given.reason if given.verdict == "object" else given.text),
                happened_on=given and given.happened_on,
                changes=changes,
            )


FACILITIES: tuple[dict[str, Any], ...] = (
    {
        "facility": "F1", "subtype": "kindergarten", "gfa_m2": "2800", "site_m2": "5400", "classes": 6,
        "location": "地块西南角，独立用地，紧邻集中绿地", "design": "不超过3层", "ownership": "government",
        "mode": "developer_builds_free_handover", "handover": "竣工后无偿移交",
    },
    {
        "facility": "F3", "subtype": "elderly_day_care_centre", "gfa_m2": "420", "beds": 20,
        "location": "3#楼裙房1层", "ownership": "government",
    },
    {"facility": "F4", "subtype": "health_service_station", "gfa_m2": "180", "location": "5#楼首层"},
    {"facility": "F7", "subtype": "sports_ground", "site_m2": "810", "ownership": "all_owners"},
    {"facility": "F9", "subtype": "community_canteen", "gfa_m2": "200", "seats": 80},
)  # fmt: skip


def planning(project: str = "清禾家园（示例）") -> Story:
    """An objection, a stale answer, a condition, opinions heard, a paper."""
    story = Story()
    story.do(
        "2020-07-20", "natural_resources", "case open", project=project, kind="commodity_housing", town="nanding",
        parcel="370303101012GB90001", households=1680, facilities=FACILITIES,
        decisions=[{"category": "education", "decision": "required", "special_plan": "2020年征求意见稿"}],
    )  # fmt: skip
    story.do("2020-07-22", "natural_resources", "case circulate")
    condition = {
        "text": "补充周边300米现状设施图", "responsible": project, "due_on": "2020-08-20",
        "due_stage": "land_supply_joint_review",
    }  # fmt: skip
    story.do("2020-07-23", "natural_resources", "sign", verdict="agree_with_conditions", conditions=[condition])
    story.do(
        "2020-07-28", "education_sports", "sign", verdict="object", reason=f"幼儿园规模不足{project}",
        basis="专项规划", requested_change="调整为9班",
    )  # fmt: skip
    story.do("2020-07-28", "health", "sign", verdict="agree", text="同意。")
    heard = {"kind": "expert", "capacity": "规划", "opinion": "support_with_suggestions", "text": "建议靠近绿地。"}
    story.do("2020-07-28", "natural_resources", "hear", **heard, disposition="adopted", reply="已调整。")
    story.do("2020-07-28", "natural_resources", "hear", kind="public", capacity=project, opinion="support")
    paper = {"kind": "planning_conditions", "reference": "张自然资条字〔2020〕901号", "issued_on": "2020-07-29"}
    story.do("2020-07-29", "natural_resources", "document add", **paper, file={"name": "规划条件.pdf", "content": b"x"})
    return story.do(
        "2020-08-05", "natural_resources", "facility amend", facility="F1", gfa_m2="3240", classes=9, reason=project
    )


def acceptance(project: str = "清禾家园（示例）") -> Story:
    """Drawings, progress, survey; one facility too small, one elsewhere; an order with an answer."""
    story = planning(project)
    assert story.case
    story.move("construction_permit", "2020-11-10")
    for facility in ("F1", "F3", "F4"):
        scale = {"F1": {"gfa_m2": "3240", "site_m2": "5400", "classes": 9}, "F3": {"gfa_m2": "420", "beds": 20}}
        found = {"location_as_required": True, **scale.get(facility, {"gfa_m2": "180"})}
        story.do("2021-02-20", "housing", "facility drawings", facility=facility, **found)
    story.move("under_construction", "2021-03-15")
    story.do("2021-06-01", "housing", "facility progress", facility="F1", percent=60)
    story.do("2022-09-16", "housing", "facility progress", facility="F3", percent=100, built=True)
    story.do(
        "2022-10-14", "housing", "facility measure", facility="F3", gfa_m2="400.10", beds=20, location_as_required=True
    )
    story.do("2022-10-14", "housing", "facility measure", facility="F4", gfa_m2="180", location=f"7#楼{project}")
    story.move("completion_joint_acceptance", "2022-10-31")
    story.do("2022-10-31", "housing", "case circulate")
    story.do(
        "2022-11-02",
        "civil_affairs",
        "sign",
        verdict="object",
        reason="面积不足",
        basis="供地条件",
        requested_change="补足",
    )
    item = {
        "facility": "F3", "department": "civil_affairs", "fact": "实测400.10平方米", "basis": "供地条件第3条",
        "requirement": "补足建筑面积", "deadline": "2022-12-01",
    }  # fmt: skip
    return story.do("2022-11-03", "housing", "acceptance order", reference="张住建整字〔2022〕1号", items=[item])


def handover(project: str = "清禾家园（示例）") -> Story:
    """A facility handed over, one registered for the wrong owner, one exempt."""
    story = acceptance(project).move("property_handover", "2022-12-01")
    deed = {"deed": "交接书〔2022〕1号", "recipient": "区教体局", "user": project}
    story.do("2022-12-05", "education_sports", "facility hand-over", facility="F1", **deed)
    title = {"title": "鲁（2022）淄博张店区不动产权第0012345号", "holder": "区教体局"}
    story.do("2022-12-19", "education_sports", "facility register", facility="F1", ownership="investor", **title)
    return story.do(
        "2022-12-20", "education_sports", "facility register", facility="F7", ownership="all_owners", exemption=project
    )


def ended(project: str = "清禾家园（示例）") -> Story:
    return planning(project).do("2020-08-10", "natural_resources", "case terminate", reason=project)


def resting(project: str = "清禾家园（示例）") -> Story:
    return planning(project).do("2020-08-10", "natural_resources", "case suspend", reason=project)


STORIES: dict[str, Callable[[str], Story]] = {s.__name__: s for s in (planning, acceptance, handover, ended, resting)}
NAMES = Names(rules(), DAY)


def _entries(project: str) -> list[Entry]:
    def entry(number: int, action: str, outcome: str, **params: Any) -> Entry:
        return Entry(
            subject=CASE, entry=number, recorded_at="2020-07-20T09:30:00+08:00", happened_on="2020-07-18",
            actor=project, organisation="市自然资源局张店分局", level="clerk", action=action, outcome=outcome,
            params=params, hash="ab" * 32,
        )  # fmt: skip

    return [
        entry(1, "case open", "done", project=project, kind="commodity_housing", town="nanding", facilities=[{}, {}]),
        entry(2, "facility amend", "done", facility="F1", gfa_m2="3240", reason=project),
        entry(3, "case advance", "refused", refusals=["not_your_task:health"]),
    ]


def _tasks(view: CaseView) -> list[Task]:
    made = [
        Task(
            case=CASE, project=view.case.name, stage=view.case.stage, since=o.since or "", facilities=(), obstacle=o,
        )
        for o in view.obstacles
    ]  # fmt: skip
    return [*made, made[0].model_copy(update={"action": "case advance", "obstacle": None})] if made else []


def _line(view: CaseView) -> CaseLine:
    case = view.case
    waiting = tuple(dict.fromkeys(who for o in view.obstacles for who in o.who))
    return CaseLine(
        case=case.id, project=case.name, town=case.town, stage=case.stage, visit=1, round=1,
        entered_on=case.entered_on, suspended=case.suspension is not None, waiting_for=waiting,
        obstacles=len(view.obstacles), active=True, households=case.households, facilities=len(case.owed()),
        in_the_way=view.obstacles,
    )  # fmt: skip


def _done(project: str) -> Done:
    changed = Normalised(field="reference", typed=project, stored="张自然资条字〔2020〕901号")
    return Done(
        case=CASE, action="document add", stage="planning_joint_review", visit=1, round=1, entry=17, hash="ab" * 32,
        number=3, normalised=(changed,), warnings=("check_digit",), repeated=True,
    )  # fmt: skip


def _accounts(project: str) -> list[AccountLine]:
    made: dict[str, Any] = {"organisation": "health", "level": "clerk", "token_prefix": "aB3d", "created_at": DAY}
    return [AccountLine(account=project, **made), AccountLine(account="x", closed_at=DAY, **made)]


def _verification(project: str) -> Verification:
    return Verification(
        subjects=3, entries=7, findings=(Finding(code="entry_altered", params={"subject": project, "entry": 7}),)
    )


def _screens(view: CaseView, project: str = "清禾家园（示例）") -> dict[str, Callable[[], Page]]:
    """Every screen there is; made where the language is known."""
    of_case = NAMES.of(view.case)
    return {
        "case": lambda: case_page(view, NAMES),
        "why": lambda: why_page(view, NAMES),
        "thread": lambda: tuple(b for f in view.case.owed() for b in thread_page(view.case, f.facility, NAMES)),
        "list": lambda: cases_page([_line(view)] * 2, NAMES),
        "inbox": lambda: inbox_page(_tasks(view), of_case, "natural_resources"),
        "documents": lambda: documents_page(view, NAMES),
        "history": lambda: history_page(_entries(project), of_case, several=True),
        "done": lambda: done_page(_done(project), NAMES, view),
        "accounts": lambda: accounts_page(_accounts(project), "2026-01-01", NAMES),
        "whoami": lambda: whoami_page(_accounts(project)[0], NAMES),
        "verification": lambda: verification_page(_verification(project), NAMES),
        "doctor": lambda: doctor_page(_verification(project).findings, None),
        "lifecycle": lambda: lifecycle_page(NAMES),
        "authority": lambda: authority_page(NAMES),
        "rules": lambda: rules_page(NAMES),
    }


def _text(page: Page, width: int) -> str:
    return terminal.plain(page, width)


def _unwrapped(text: str) -> str:
    """What was broken over lines, together again."""
    return "".join(text.split())


# -- the width -------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("story", STORIES)
def test_no_line_is_wider_than_the_console(story: str, width: int, spoken: str) -> None:
    with speaking(spoken):
        for name, screen in _screens(STORIES[story]("清禾家园（示例）").view()).items():
            lines = _text(screen(), width).splitlines()
            assert [(name, line) for line in lines if cell_len(line) > width] == []


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_very_long_name_breaks_nothing(width: int, spoken: str) -> None:
    with speaking(spoken):
        long = "很长的名称" * 12 + "ALongNameWithoutAnyBlank" * 3
        for screen in _screens(handover(long).view(), long).values():
            assert [line for line in _text(screen(), width).splitlines() if cell_len(line) > width] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_ends_in_blanks(width: int) -> None:
    with speaking("zh"):
        for screen in _screens(handover("清禾").view(), "清禾").values():
            assert [line for line in _text(screen(), width).splitlines() if line != line.rstrip()] == []


# -- hostile records -------------------------------------------------------------------------------


@pytest.mark.parametrize("story", STORIES)
def test_nothing_from_a_record_reaches_the_terminal_raw(story: str) -> None:
    with speaking("zh"):
        view = _smuggled(STORIES[story]("NAME").view(), "NAME", HOSTILE)
        for screen in _screens(view, HOSTILE).values():
            out = io.StringIO()
            terminal.show(screen(), out, 80)
            assert not set(out.getvalue()) & set("\x1b\x07\u202e\u2066\u200b\x9b\x7f")


def _smuggled(value: Any, old: str, new: str) -> Any:
    """A fact in which one text is another, as it would come out of a tampered database."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, tuple):
        return tuple(_smuggled(item, old, new) for item in value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={n: _smuggled(getattr(value, n), old, new) for n in type(value).model_fields})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _smuggled(getattr(value, f.name), old, new) for f in fields(value)})
    return value


def test_unsafe_characters_become_visible() -> None:
    assert visible("a\x1b[31m\u202eb\x9b\U000e0041") == "a\\x1b[31m\\u202eb\\x9b\\U000e0041"
    assert visible("清禾家园 m²\n第二行") == "清禾家园 m²\n第二行"


def test_markup_and_emoji_codes_in_a_name_are_only_text() -> None:
    out = io.StringIO()
    terminal.show((Paragraph(say("[red]清禾[/red] :smile: https://x.y")),), out, 80)
    assert out.getvalue() == "[red]清禾[/red] :smile: https://x.y\n"


def test_json_escapes_what_is_unsafe_and_means_the_same() -> None:
    out = io.StringIO()
    terminal.write_json({"name": HOSTILE, "tag": "\U000e0041", "half": "\ud800", "plain": "清禾"}, out)
    assert not set(out.getvalue()) & set("\x1b\x07\u202e\u2066\u200b\x9b\x7f\U000e0041\ud800")
    assert "清禾" in out.getvalue()
    assert json.loads(out.getvalue()) == {"name": HOSTILE, "tag": "\U000e0041", "half": "\ud800", "plain": "清禾"}


def test_a_terminal_in_another_encoding_gets_plainer_marks_instead_of_a_failure() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="gbk")
    terminal.show((Paragraph(say("✓ 3240.00 m² ✗ \U0001f600")),), out, 80)
    out.flush()
    assert codecs.decode(raw.getvalue(), "gbk") == "√ 3240.00 m2 × ?\n"


def test_no_colours_leave_for_a_file() -> None:
    out = io.StringIO()
    terminal.show((Paragraph(say(Span("x", "bad"))),), out)
    assert out.getvalue() == "x\n"


def test_a_message_goes_to_stderr_with_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.tell("第一行\n  - \x1b第二行")
    assert capsys.readouterr() == ("", "第一行\n  - \\x1b第二行\n")


# -- what the screens say --------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_a_case_shows_where_it_stands_and_who_must_act(width: int) -> None:
    with speaking("zh"):
        text = _unwrapped(_text(case_page(planning().view(), NAMES), width))
    for fact in (
        "清禾家园（示例）", CASE, "1680户", "[规划联合审查]>供地联合审查", "预售征求意见（视申请）",
        "需重新确认", "建筑面积2800.00m²→3240.00m²", "6班→9班", "不同意", "建议修改：调整为9班",
        "F9社区食堂", "尚无主管部门", "未决定", "未落实", "尚未答复",
        "张自然资条字〔2020〕901号", "下一步市自然资源局张店分局、", "：签署部门意见",
    ):  # fmt: skip
        assert fact in text


@pytest.mark.parametrize("width", WIDTHS)
def test_requirement_stands_beside_evidence(width: int) -> None:
    with speaking("zh"):
        text = _unwrapped(_text(case_page(acceptance().view(), NAMES), width))
    for fact in ("✗400.10m²", "✗7#楼清禾家园（示例）", "✓3240.00m²", "60%", "✓已建成", "!待答复", "登记整改报告"):
        assert fact in text


@pytest.mark.parametrize("width", WIDTHS)
def test_what_closes_a_facility_is_shown_with_its_owner(width: int) -> None:
    with speaking("zh"):
        text = _unwrapped(_text(case_page(handover().view(), NAMES), width))
    for fact in ("✓交接书〔2022〕", "✗归投资方", "✓免予登记：", "✓已办结"):
        assert fact in text


def test_the_columns_of_evidence_appear_when_the_case_has_come_so_far() -> None:
    with speaking("zh"):
        early, late = (_text(case_page(s().view(), NAMES), 120) for s in (planning, handover))
    assert "施工图纸" not in early
    assert "竣工实测" not in early
    assert "施工图纸" in late
    assert "资产入账" in late


def test_a_stage_that_was_skipped_is_never_shown_as_done() -> None:
    late = acceptance().case
    assert late
    with speaking("zh"):
        passed = _text((strip(late),), 200)
        late = replace(late, entry_stage="construction_permit", visits=late.visits[1:])
        skipped = _text((strip(late),), 200)
    assert "✓ 规划联合审查" in passed
    assert "预售征求意见（不适用）" in passed
    assert "规划联合审查（不适用）" in skipped
    assert "✓ 规划联合审查" not in skipped


def test_a_terminated_case_shows_how_far_it_came() -> None:
    with speaking("zh"):
        view = ended().view()
        text = _text((strip(view.case),), 200)
        assert text.startswith("✓ 规划联合审查 > ✗ 终止办理") or text.startswith("规划联合审查 > ✗ 终止办理")
        assert next_step(view, NAMES) is None


def test_a_suspended_case_says_that_it_must_be_resumed() -> None:
    with speaking("zh"):
        step = next_step(resting().view(), NAMES)
    assert step
    assert (step.who, step.command) == ("市自然资源局张店分局", f"peijian case resume {CASE} --reason 文字")


def test_before_the_round_opens_the_lead_circulates_or_completes() -> None:
    story = planning()
    story.do("2020-08-06", "natural_resources", "case return", reason="修改")
    with speaking("zh"):
        step = next_step(story.view(), NAMES)
    assert step
    assert step.command == f"peijian case circulate {CASE}"


def test_when_nothing_is_in_the_way_the_lead_moves_the_case_on() -> None:
    view = planning().view().model_copy(update={"obstacles": ()})
    with speaking("en"):
        step = next_step(view, NAMES)
        text = _text(why_page(view, NAMES), 80)
    assert step
    assert step.command == f"peijian case advance {CASE}"
    assert "Nothing is in the way" in text


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_why_shows_every_obstacle_once_under_those_who_can_clear_it(width: int, spoken: str) -> None:
    from views.wording import obstacle_text

    view = planning().view()
    with speaking(spoken):
        text = _unwrapped(_text(why_page(view, NAMES), width))
        for obstacle in view.obstacles:
            assert text.count(_unwrapped(obstacle_text(obstacle, NAMES.of(view.case)))) == 1
    assert text.count(_unwrapped(f"peijian document add {CASE}")) == sum(
        o.code == "document_missing" for o in view.obstacles
    )


def test_the_thread_tells_versions_and_evidence_in_order_of_time() -> None:
    with speaking("zh"):
        text = _text(thread_page(handover().view().case, "F1", NAMES), 120)
    order = ["配建要求第1版", "2800.00 m² → 3240.00 m²", "理由：清禾", "施工图纸", "60 %", "交接书", "不动产登记"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_a_voided_document_is_struck_and_says_why() -> None:
    story = planning()
    assert story.case
    voided = replace(story.case.documents[-1], voided="reopen_planning")
    view = story.view().model_copy(update={"case": replace(story.case, documents=(voided,))})
    with speaking("zh"):
        page = documents_page(view, NAMES)
        lines = lay_out(page, 80)
    assert any(span.style == "struck" and "张自然资" in span.text for line in lines for span in line)
    assert "已失效：重新开展规划联合审查" in _unwrapped(_text(page, 80))


def test_an_organisation_bears_the_name_it_had_on_the_day() -> None:
    renamed = next(o for o, body in rules().organisations.items() if body.renamed)
    change = rules().organisations[renamed].renamed[0]
    with speaking("zh"):
        assert Names(rules(), "1999-01-01").organisation(renamed) == rules().organisations[renamed].name.zh
        assert Names(rules(), change.on).organisation(renamed) == change.zh
    with speaking("en"):
        assert Names(rules(), change.on).organisation(renamed) == change.en


def test_an_unknown_id_is_shown_as_it_is() -> None:
    for name in (NAMES.organisation, NAMES.category, NAMES.subtype, NAMES.document, NAMES.mode, NAMES.facility):
        assert name("nothing-like-this") == "nothing-like-this"


def test_the_lifecycle_is_shown_in_both_languages_with_its_limits() -> None:
    with speaking("zh"):
        text = _text(lifecycle_page(NAMES), 200)
    assert "Planning joint review" in text
    assert "规划联合审查" in text
    assert "工作日" in text
    assert "peijian acceptance certify" in text


@pytest.mark.parametrize("width", [40, 300])
def test_the_rules_of_the_district_are_read_without_the_file(width: int) -> None:
    with speaking("zh"):
        text = _unwrapped(_text(rules_page(NAMES), width))
    for fact in (
        "淄博市张店区370303", "马尚街道mashang", "原为马尚镇（370303100）", "自2020-06-30起：马尚街道（370303009）",
        "撤销后由区政府办公室承接", "联审成员单位", "社区食堂canteen", "暂无，由区领导小组办公室指定",
        "日间照料中心elderly_day_care_centre", "商品房预售许可证presale_permit", "resettlement_housing",
        "建设单位建设并持有developer_builds_and_holds", "竣工验收备案：竣工验收联合审核前办理", "实测面积允许不足：0%",
    ):  # fmt: skip
        assert fact in text


def test_a_standard_is_read_with_its_unit_its_days_and_its_doubt() -> None:
    standard = rules().standards[0]
    shown = (
        replace(
            standard, level="district", source="区标准2021-1", effective_from="2021-01-01", effective_to="2022-01-01"
        ),
        replace(standard, measure="classes", unit="classes", value=6, households_from=0, confirmed=True),
        replace(standard, unit="m2_per_100_households", value=0.5, source="GB 1"),
    )
    with speaking("zh"):
        text = _text(rules_page(replace(NAMES, rules=replace(rules(), standards=shown))), 300)
    rows = text[text.index("不低于") :].splitlines()[1:4]
    assert [" ".join(row.split()) for row in rows] == [
        "幼儿园 建筑面积 3150.00 m² 1500户 区标准 2021-01-01至2022-01-01 区标准2021-1（未经核实）",
        "班数 6班 不限 国家标准 自2018-12-01起 GB 50180-2018 附录C，未经核实",
        "建筑面积 每百户0.50 m² 1500户 国家标准 自2018-12-01起 GB 1（未经核实）",
    ]


def test_a_department_of_its_own_and_a_dissolved_office_are_read() -> None:
    kinds = rules().categories["education"].subtypes
    own = replace(kinds["kindergarten"], competent_department="health")
    education = replace(rules().categories["education"], subtypes={**kinds, "kindergarten": own})
    office = replace(rules().organisations["leading_group_office"], dissolved_on="2022-01-01")
    altered = replace(
        rules(),
        categories={**rules().categories, "education": education},
        organisations={**rules().organisations, "leading_group_office": office},
        completion_filing="after_acceptance",
        measured_tolerance_percent=1.5,
    )
    with speaking("zh"):
        text = _text(rules_page(Names(altered, DAY)), 300)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "社区教育设施 幼儿园 kindergarten 区卫健局 建筑面积 实施方案一" in lines
    assert "2022-01-01撤销" in text
    assert "暂无，由区政府办公室指定" in text
    assert "与综合验收证明文件一并办理" in text
    assert "1.5 %" in text


def test_the_history_tells_what_was_asked_in_words() -> None:
    with speaking("zh"):
        text = _unwrapped(_text(history_page(_entries("清禾"), NAMES.of(planning().view().case)), 120))
    for fact in (
        "项目登记",
        "（发生于2020-07-18）",
        "设施编号F1幼儿园",
        "配套设施2",
        "✗转入下一环节",
        "属于其他单位的事项",
    ):
        assert fact in text


def test_changes_of_one_thing_stand_on_one_line() -> None:
    names = NAMES.of(planning().view().case)
    changes = (
        Change(path="requirements.F1.gfa", before=280000, after=324000),
        Change(path="requirements.F1.mode", before=None, after="developer_builds_free_handover"),
        Change(path="requirements.F9", before=None, after={"gfa": 1}),
        Change(path="decisions.canteen.decision", before="required", after="pooled"),
        Change(path="households", before=1680, after=1700),
        Change(path="agreement.file", before="ab" * 32, after="cd" * 32),
        Change(path="measured.F1.location", before="东", after="西"),
    )
    with speaking("zh"):
        lines = ["".join(span.text for span in line) for line in difference_lines(changes, names)]
    assert lines == [
        "F1 幼儿园：建筑面积 2800.00 m² → 3240.00 m²；建设方式 未登记 → 建设单位建设，无偿移交",
        "F9 社区食堂：新增",
        "社区食堂：决定 应配 → 统筹配建",
        "户数 1680 → 1700",
        "配套设施产权移交和使用管理协议：文件 abababababab → cdcdcdcdcdcd",
        "F1 幼儿园 竣工实测：位置 东 → 西",
    ]


# -- JSON ------------------------------------------------------------------------------------------


def test_json_gives_every_obstacle_its_sentence_in_the_language_asked_for() -> None:
    view = planning().view()
    for spoken, word in (("zh", "尚无主管部门"), ("en", "no competent department")):
        with speaking(spoken):
            found = as_json(view, NAMES.of(view.case))
        texts = {o["key"]: o["text"] for o in found["obstacles"]}
        assert len(texts) == len({o.key for o in view.obstacles})
        assert word in texts["no_competent_department:F9"]
        json.dumps(found)


def test_an_error_as_json_has_its_code_its_exit_code_and_its_text() -> None:
    error = Blocked([Obstacle("round_closed", "", ("health",))])
    with speaking("zh"):
        found = error_json(error, NAMES)
    assert (found["error"], found["exit_code"]) == ("blocked", 3)
    assert found["obstacles"][0]["text"] == "没有进行中的会签轮次，请区卫健局先发起会签。"


# -- folding and tables ----------------------------------------------------------------------------


def test_a_chinese_sentence_breaks_anywhere_but_before_its_punctuation() -> None:
    lines = ["".join(s.text for s in line) for line in fold(say("请区教体局确认，然后转入（下一环节）。"), 14)]
    assert lines == ["请区教体局确", "认，然后转入", "（下一环节）。"]


def test_a_number_stays_with_its_unit_and_words_stay_whole() -> None:
    lines = ["".join(s.text for s in line) for line in fold(say("建筑面积 3240.00 m² land supply"), 12)]
    assert lines == ["建筑面积", "3240.00 m²", "land supply"]


def test_styles_survive_folding() -> None:
    lines = fold(say(Span("红红红", "bad"), "绿绿"), 4)
    assert [[(s.text, s.style) for s in line] for line in lines] == [
        [("红红", "bad")],
        [("红", "bad"), ("绿", "")],
        [("绿", "")],
    ]


def test_a_table_without_room_becomes_blocks() -> None:
    columns = (Column("编号", head=True), Column("名称", least=20))
    rows = [(say("1"), say("很长的名称很长的名称"))]
    with speaking("zh"):
        wide, narrow = _text((table(columns, rows),), 40), _text((table(columns, rows),), 20)
    assert wide == "  编号  名称\n  1     很长的名称很长的名称\n"
    assert narrow == "  1\n    名称：很长的名称\n      很长的名称\n"


def test_a_column_with_nothing_in_it_is_left_out() -> None:
    columns = (Column("a", head=True), Column("b"), Column("c"))
    assert _text((table(columns, [(say("1"), (), say("3"))]),), 40) == "  a  c\n  1  3\n"


def test_a_folded_command_can_be_pasted() -> None:
    typed = "peijian document add ZDPT-2020-0001 planning_conditions 文号 --issued-on 日期 --file 'a b.pdf'"
    for width in WIDTHS:
        text = _text((Command(typed, 4),), width)
        assert " ".join(text.replace("\\\n", " ").split()) == typed


def test_help_stands_in_columns_also_in_chinese() -> None:
    formatter = HelpFormatter(width=40)
    formatter.indent()
    formatter.write_dl([("--text 文字", "意见内容"), ("--a-very-long-option-with-a-name TEXT", "很长很长的说明" * 3)])
    lines = formatter.getvalue().splitlines()
    column = cell_len(lines[0].partition("意见内容")[0])
    assert all(cell_len(line) <= 40 for line in lines)
    assert {cell_len(line) - cell_len(line.lstrip()) for line in lines[2:]} == {column}


def test_the_width_of_a_line_is_that_of_its_cells() -> None:
    assert width_of(say("面积", " m²")) == 7
