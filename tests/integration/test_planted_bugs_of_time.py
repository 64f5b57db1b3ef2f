"""With a bug of time planted, the judge says which limit is wrong; without it, the same play has nothing wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from checker import check
from world import (
    COMMERCE,
    DESIGNATED,
    EDUCATION,
    HOUSING,
    NR,
    OFFICE,
    World,
    ask_for_presale,
    circulate,
    file_paper,
    prepare,
    sign,
)

from policies import authority, decide
from policies.limits import asked as waiting
from policies.limits import deadlines, periods
from policies.signing import Answer
from states.calendar import Calendar
from states.days import days_later
from states.errors import PeijianError
from states.project import Stage
from workflow import clock, limits

pytestmark = pytest.mark.both_databases(long=True)

Patch = pytest.MonkeyPatch
Play = Callable[[World], object]

# -- what is played; each begins on Monday, 1 March 2021 ------------------------------------------------------


def asks(world: World) -> None:
    circulate(world)


def rests(world: World) -> None:
    """From the day after the circulation for three days, one of which is a Friday."""
    circulate(world)
    world.moment += timedelta(days=1)
    world.do(NR, "case suspend", reason="等待")
    world.moment += timedelta(days=3)
    world.do(NR, "case resume", reason="恢复")


def stays_at_rest(world: World) -> None:
    circulate(world)
    file_paper(world, "planning_conditions")
    world.do(NR, "case suspend", reason="等待")


def files_on_friday(world: World) -> None:
    """A year from the fifth of March ends on a Saturday."""
    world.moment += timedelta(days=4)
    file_paper(world, "planning_conditions")


def answers(world: World) -> None:
    circulate(world)
    sign(world, COMMERCE)


def answers_again(world: World) -> None:
    """One has agreed, the lead sends it back and asks anew."""
    answers(world)
    world.do(NR, "case return", reason="退回")
    circulate(world)


def changes_twice(world: World) -> None:
    prepare(world)
    for area in ("2300", "2400"):
        world.moment += timedelta(days=1)
        world.do(NR, "facility amend", facility="F1", gfa_m2=area, reason="增大")


def designates(world: World) -> None:
    circulate(world)
    world.moment += timedelta(days=2)
    fields = {"facility": "F3", "department": DESIGNATED, "document": "张配套办〔2021〕3号"}
    world.do(OFFICE, "facility designate", **fields)


def orders(world: World) -> None:
    """Two items, until a Saturday."""
    prepare(world, but={EDUCATION})
    sign(world, EDUCATION, verdict="object")
    item = {"facility": "F1", "department": EDUCATION, "basis": "供地条件", "requirement": "补建"}
    items = [{**item, "fact": fact, "deadline": "2021-04-10"} for fact in ("缺活动室", "缺围墙")]
    world.do(HOUSING, "acceptance order", reference="张住建改〔2021〕1号", items=items)


def extends(world: World, by: str = HOUSING, limit: str = "L17", more: int = 10, **fields: Any) -> None:
    world.do(by, "limit extend", limit=limit, by=more, document="示例延1号", reason="材料到货晚", **fields)


def orders_and_extends(world: World) -> None:
    orders(world)
    extends(world, concern="1")


def crosses_the_year(world: World) -> None:
    world.moment = datetime(2026, 12, 28, 9, tzinfo=clock.ZONE)
    circulate(world)


def _extending(by: str = NR, more: int = 5, times: int = 1) -> Play:
    def play(world: World) -> None:
        circulate(world)
        for _ in range(times):
            extends(world, by, "L02", more)

    return play


# -- bugs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bug:
    """``says``: what the judge says of it, in part."""

    plant: Callable[[Patch], None]
    stage: str
    play: Play
    says: str
    honest: bool = True


BUGS: dict[str, Bug] = {}


def bug(stage: str, play: Play, says: str, honest: bool = True) -> Callable[[Callable[[Patch], None]], None]:
    """``honest``: whether the play is allowed where no bug is planted."""

    def enter(plant: Callable[[Patch], None]) -> None:
        BUGS[plant.__name__] = Bug(plant, stage, play, says, honest)

    return enter


@bug(
    Stage.PLANNING, asks, "L01 of commerce (1.1): stored and journalled differ: {'due_on': ('2021-03-07', '2021-03-08')"
)
def weekends_are_counted(patch: Patch) -> None:
    patch.setattr(Calendar, "later", lambda self, day, n: days_later(day, n))


@bug(
    Stage.PLANNING, asks, "L01 of commerce (1.1): stored and journalled differ: {'due_on': ('2021-03-05', '2021-03-08')"
)
def the_first_day_is_counted(patch: Patch) -> None:
    end = deadlines._end
    patch.setattr(deadlines, "_end", lambda day, *rest: end(days_later(day, -1), *rest))


@bug(
    Stage.PLANNING,
    files_on_friday,
    "L06 of the case (0.0): stored and journalled differ: {'due_on': ('2022-03-05', '2022-03-07')",
)
def an_end_on_a_day_off_stays(patch: Patch) -> None:
    patch.setattr(Calendar, "on_or_after", lambda self, day: day)


@bug(
    Stage.PLANNING,
    rests,
    "L01 of commerce (1.1): stored and journalled differ: {'due_on': ('2021-03-08', '2021-03-11')",
)
def a_suspension_is_not_given_back(patch: Patch) -> None:
    counted = deadlines._counted
    patch.setattr(deadlines, "_counted", lambda found, rests, calendar: counted(found, (), calendar))


@bug(
    Stage.PLANNING,
    rests,
    "L01 of commerce (1.1): stored and journalled differ: {'due_on': ('2021-03-12', '2021-03-11')",
)
def a_resumed_clock_starts_anew(patch: Patch) -> None:
    counted = deadlines._counted

    def anew(found: Any, rests: Any, calendar: Any) -> Any:
        resumed = [rest.to_on for rest in rests if rest.to_on]
        return counted(replace(found, started_on=resumed[-1]) if resumed else found, rests, calendar)

    patch.setattr(deadlines, "_counted", anew)


@bug(
    Stage.PLANNING,
    stays_at_rest,
    "L01 of commerce (1.1): stored and journalled differ: {'due_on': ('2021-03-08', None)",
)
def a_clock_runs_on_while_the_case_rests(patch: Patch) -> None:
    counted = deadlines._counted
    ended = lambda rests: tuple(rest for rest in rests if rest.to_on)  # noqa: E731
    patch.setattr(deadlines, "_counted", lambda found, rests, calendar: counted(found, ended(rests), calendar))


@bug(
    Stage.PLANNING,
    stays_at_rest,
    "L06 of the case (0.0): stored and journalled differ: {'due_on': (None, '2022-03-01')}",
)
def a_validity_is_stopped(patch: Patch) -> None:
    found = deadlines._deadline
    patch.setattr(
        deadlines, "_deadline", lambda case, limit, *rest: found(case, replace(limit, suspendable=True), *rest)
    )


@bug(
    Stage.PLANNING,
    stays_at_rest,
    "L02 of the case (1.1): stored and journalled differ: {'due_on': ('2021-03-15', None)",
)
def one_action_leaves_the_rows_as_they_were(patch: Patch) -> None:
    keep = limits.keep
    patch.setattr(limits, "keep", lambda tx, district, case, *rest: case.suspension or keep(tx, district, case, *rest))


@bug(
    Stage.ACCEPTANCE,
    orders_and_extends,
    "L17 of 2 (1.1): stored and journalled differ: {'due_on': ('2021-04-20', '2021-04-10')",
)
def an_extension_reaches_every_concern(patch: Patch) -> None:
    patch.setattr(deadlines, "_reaches", lambda extension, code, period: extension.limit == code)


@bug(
    Stage.ACCEPTANCE,
    orders_and_extends,
    "L17 of 1 (1.1): stored and journalled differ: {'due_on': ('2021-04-10', '2021-04-20')",
)
def an_extension_lengthens_nothing(patch: Patch) -> None:
    patch.setattr(deadlines, "_reaches", lambda *asked: False)


@bug(Stage.ACCEPTANCE, orders, "L17 of 1 (1.1): stored and journalled differ: {'due_on': ('2021-04-12', '2021-04-10')")
def the_day_of_a_document_is_moved(patch: Patch) -> None:
    found = deadlines._deadline

    def moved(case: Any, limit: Any, period: Any, rules: Any) -> Any:
        day = found(case, limit, period, rules)
        return replace(day, due_on=rules.calendar.on_or_after(day.due_on)) if day.fixed else day

    patch.setattr(deadlines, "_deadline", moved)


def _answered(patch: Patch, wrong: Answer, taken_for: Answer) -> None:
    answer = waiting.answer_of
    taken = lambda *asked: taken_for if answer(*asked) is wrong else answer(*asked)  # noqa: E731
    patch.setattr(waiting, "answer_of", taken)


@bug(Stage.PLANNING, changes_twice, "limit L01 of education_sports (1.1) runs and is not stored")
def a_stale_answer_is_not_asked_again(patch: Patch) -> None:
    _answered(patch, Answer.STALE, Answer.STANDS)


@bug(
    Stage.PLANNING,
    changes_twice,
    "L01 of education_sports (1.1): stored and journalled differ: {'started_on': ('2021-03-03', '2021-03-02')",
)
def a_stale_answer_has_its_days_from_the_last_change(patch: Patch) -> None:
    last = lambda case, *rest: max(r.happened_on for r in case.requirements)  # noqa: E731
    patch.setattr(waiting, "_stale_on", last)


@bug(Stage.PLANNING, answers_again, "limit L01 of commerce (1.2) is stored and does not run")
def who_has_agreed_is_asked_in_every_round(patch: Patch) -> None:
    patch.setattr(waiting, "_answered_before", lambda *asked: False)


@bug(
    Stage.PLANNING,
    designates,
    "L01 of development_reform (1.1): stored and journalled differ: {'started_on': ('2021-03-01', '2021-03-03')",
)
def who_is_asked_later_has_fewer_days(patch: Patch) -> None:
    patch.setattr(waiting, "_asked_on", lambda case, asked, *rest: asked.opened_on)


@bug(Stage.PLANNING, answers, "limit L01 of commerce (1.1) is stored and does not run")
def a_limit_that_is_met_runs_on(patch: Patch) -> None:
    found = periods._answer
    patch.setattr(periods, "_answer", lambda *asked: (replace(p, ended_on=None) for p in found(*asked)))


@bug(
    Stage.PLANNING,
    asks,
    "L01 of commerce (1.1): stored and journalled differ: {'party': ('natural_resources', 'commerce')",
)
def everything_is_the_leads(patch: Patch) -> None:
    kept = limits._kept
    patch.setattr(limits, "_kept", lambda deadline, lead: kept(replace(deadline, party=lead[0]), lead))


@bug(Stage.PLANNING, crosses_the_year, "L02 of the case (1.1): stored and journalled differ: {'provisional': (0, 1)}")
def what_is_provisional_is_not_marked(patch: Patch) -> None:
    patch.setattr(Calendar, "provisional", lambda *asked: False)


@bug(
    Stage.PLANNING,
    asks,
    "L01 of commerce (1.1) reminds on 2021-03-08, and leaves out 2021-03-03",
)
def nobody_is_reminded_before_the_day(patch: Patch) -> None:
    patch.setattr(limits, "_rungs", lambda deadline, *rest: [deadline.due_on])


@bug(Stage.CONSTRUCTION, ask_for_presale, "limit L12 of 1 (0.0) runs and is not stored")
def a_presale_ends_the_inspections(patch: Patch) -> None:
    patch.setattr(periods, "_built_until", lambda case, stage: case.entered_on)


@bug(Stage.PLANNING, _extending(more=11), "L02 was extended by 11, more than 10", honest=False)
def an_extension_has_no_end(patch: Patch) -> None:
    patch.setitem(decide.POLICIES, "limit_extendable", lambda q: iter(()))


@bug(Stage.PLANNING, _extending(times=2), "L02 of the case was extended once too often", honest=False)
def extensions_are_not_numbered(patch: Patch) -> None:
    patch.setitem(decide.POLICIES, "limit_extendable", lambda q: iter(()))


@bug(Stage.PLANNING, _extending(by=COMMERCE), "commerce extended L02 as a leader", honest=False)
def anybody_extends(patch: Patch) -> None:
    patch.setattr(authority, "_extenders", lambda q: (q.actor.organisation,))


@bug(Stage.PLANNING, _extending(by=f"{NR}.clerk"), "natural_resources extended L02 as a clerk", honest=False)
def clerks_extend(patch: Patch) -> None:
    patch.setattr(authority, "_level", lambda permission, q: "clerk")


@pytest.mark.parametrize("name", BUGS)
def test_the_judge_catches_a_planted_bug_of_time(
    name: str, office_at: Callable[[str], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = BUGS[name]
    world = office_at(planted.stage)
    planted.plant(monkeypatch)
    planted.play(world)
    monkeypatch.undo()
    violations = check(world.stored)
    assert any(planted.says in violation for violation in violations), violations


@pytest.mark.parametrize("name", BUGS)
def test_without_the_bug_the_judge_has_nothing_against_the_play(name: str, office_at: Callable[[str], World]) -> None:
    planted = BUGS[name]
    world = office_at(planted.stage)
    try:
        planted.play(world)
    except PeijianError:
        assert not planted.honest
    else:
        assert planted.honest
    assert world.violations() == []
