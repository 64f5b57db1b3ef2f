"""A decision reaches its named obstacle, as it stood, in its visit, once: and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from core_fixtures import (
    DAY,
    EDU,
    HC,
    LGO,
    NR,
    RULES,
    SIGNING,
    ahead,
    alter,
    asked,
    blocked,
    clerk,
    complete,
    do,
    done,
    drop,
    leader,
    leave,
    objecting,
    obstacles,
    opinion,
    ready,
    refusal,
    require,
    sign,
    signed,
)

from policies.decide import lifted_ahead
from states.actions import ACTIONS, Action
from states.exceptions import LIFTABLE
from states.facts import Case, Suspension
from states.project import Stage


def act(name: str, **fields: object) -> Action:
    return ACTIONS[name].model_validate({"case": "C1", **fields})


def decide(obstacle: str) -> Action:
    return act("decide", obstacle=obstacle, document="张配套办〔2021〕6号", reason="统筹")


def objected(case: Case, department: str = EDU) -> Case:
    return sign(case, department, **objecting())


OBJECTION = f"objection:{EDU}"
MISSING = f"sign_off_missing:{EDU}"


# -- an objection to a presale -----------------------------------------------------------------------


def test_the_housing_bureau_decides_on_an_objection_to_a_presale() -> None:
    case = objected(ready(Stage.PRESALE))
    decided = do(case, decide(OBJECTION), leader(HC))

    assert obstacles(case) == {OBJECTION}
    assert obstacles(decided) == set()
    assert do(decided, *leave(Stage.PRESALE)).stage == Stage.CONSTRUCTION


@pytest.mark.parametrize(("actor", "code"), [(leader(LGO), "not_your_task"), (clerk(HC), "leader_needed")])
def test_nobody_but_the_body_and_level_that_the_configuration_names_decides(actor: object, code: str) -> None:
    assert refusal(objected(ready(Stage.PRESALE)), decide(OBJECTION), actor) == code  # type: ignore[arg-type]


def test_a_decision_reaches_no_other_departments_obstacle() -> None:
    case = objected(objected(ready(Stage.PRESALE)), "commerce")
    decided = do(case, decide(OBJECTION), leader(HC))

    assert obstacles(decided) == {"objection:commerce"}


def test_a_renewed_objection_is_another_objection() -> None:
    decided = do(objected(ready(Stage.PRESALE)), decide(OBJECTION), leader(HC))

    assert obstacles(objected(decided)) == {OBJECTION}


def test_a_decision_reaches_no_further_than_its_round_and_visit() -> None:
    decided = do(objected(ready(Stage.PRESALE)), decide(OBJECTION), leader(HC))
    returned = do(decided, act("case return", reason="补充材料"), leader(HC))
    circulated = do(returned, act("case circulate"), leader(HC))
    later = replace(decided, visit=2)

    assert OBJECTION in obstacles(circulated)
    assert lifted_ahead(later, DAY, RULES) == ()


def test_what_changed_after_the_decision_is_not_lifted() -> None:
    decided = do(objected(ready(Stage.PRESALE)), decide(OBJECTION), leader(HC))

    assert OBJECTION in obstacles(require(decided, "F1", gfa=290_000))


def test_a_decision_is_shown_with_what_it_lifts() -> None:
    decided = do(objected(ready(Stage.PRESALE)), decide(OBJECTION), leader(HC))
    ((obstacle, exception),) = lifted_ahead(decided, DAY, RULES)

    assert (obstacle.key, exception.number, exception.body) == (OBJECTION, 1, HC)
    assert [e.lifts for e in do(decided, *leave(Stage.PRESALE)).exceptions] == [OBJECTION]


# -- a silent department -----------------------------------------------------------------------------


def asked_on(case: Case, day: str) -> Case:
    """The department was asked on that day, and has not answered."""
    silent = drop(case, "sign_offs", department=EDU)
    return replace(silent, rounds=(*silent.rounds[:-1], replace(silent.rounds[-1], opened_on=day)))


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PRESALE])
def test_the_office_decides_on_a_silent_department_once_it_was_silent_long_enough(stage: str) -> None:
    early, due = asked_on(ready(stage), "2021-06-09"), asked_on(ready(stage), "2021-06-08")

    assert blocked(early, decide(MISSING), leader(LGO)) == {f"not_yet_silent:{EDU}"}
    assert obstacles(do(due, decide(MISSING), leader(LGO))) == set()


def test_nobody_is_silent_who_was_not_asked() -> None:
    asked = asked_on(ready(Stage.PLANNING), "2021-06-01")
    unasked = replace(asked, rounds=(), round=0)
    closed = replace(asked, rounds=(replace(asked.rounds[-1], closed_on="2021-06-10"),))

    for case in (unasked, closed):
        assert blocked(case, decide(MISSING), leader(LGO)) == {"round_closed"}


def test_a_department_that_speaks_after_all_is_heard() -> None:
    decided = do(asked_on(ready(Stage.PLANNING), "2021-06-01"), decide(MISSING), leader(LGO))

    assert obstacles(objected(decided)) == {OBJECTION}


def test_the_days_of_silence_count_from_the_departments_own_last_word() -> None:
    withdrawn = do(ready(Stage.PLANNING), act("withdraw", reason="再研究"), leader(EDU))

    assert blocked(withdrawn, decide(MISSING), leader(LGO)) == {f"not_yet_silent:{EDU}"}


def test_what_became_outdated_today_is_not_silence() -> None:
    stale = require(ready(Stage.PLANNING), "F1", gfa=290_000, recorded_at="2021-06-15T09:00:00+08:00")

    assert blocked(stale, decide(f"sign_off_stale:{EDU}"), leader(LGO)) == {f"not_yet_silent:{EDU}"}


def test_nobody_is_silent_while_the_case_rests() -> None:
    asked = asked_on(ready(Stage.PLANNING), "2021-06-01")
    rested = replace(asked, suspensions=(Suspension(1, "2021-06-02", "停", "2021-06-12", "复"),))

    assert blocked(rested, decide(MISSING), leader(LGO)) == {f"not_yet_silent:{EDU}"}


def test_a_decision_on_silence_does_not_outlive_the_departments_word() -> None:
    decided = do(asked_on(ready(Stage.PLANNING), "2021-06-01"), decide(MISSING), leader(LGO))
    withdrawn = do(objected(decided), act("withdraw", reason="再研究"), leader(EDU))

    assert obstacles(withdrawn) == {MISSING}


# -- a waiver of a standard --------------------------------------------------------------------------

BELOW = "below_standard:F1"


def small(stage: str = Stage.PLANNING) -> Case:
    """A kindergarten of five classes; the standard wants six."""
    return signed(require(complete(stage), "F1", classes=5))


def test_a_waiver_takes_effect_when_the_competent_department_and_the_leads_have_seen_it() -> None:
    waived = do(small(), decide(BELOW), leader(LGO))

    assert obstacles(small()) == {BELOW}
    assert obstacles(waived) == {f"sign_off_stale:{d}" for d in (NR, HC, EDU)}
    for department in (NR, HC, EDU):
        waived = do(waived, opinion(waived, department), leader(department))
    assert obstacles(waived) == set()


def test_a_waiver_holds_for_the_requirement_that_it_waived() -> None:
    waived = do(small(), decide(BELOW), leader(LGO))

    assert BELOW in obstacles(require(waived, "F1", classes=4))
    assert BELOW in obstacles(replace(waived, households=2400))


def test_the_consent_to_a_waiver_is_not_lifted_as_silence() -> None:
    waived = do(small(), decide(BELOW), leader(LGO))

    for department in (NR, HC, EDU):
        key = f"sign_off_stale:{department}"
        assert f"not_liftable:{key}" in blocked(waived, decide(key), leader(LGO))


# -- what nothing lifts ------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [s for s in SIGNING if s in (Stage.ACCEPTANCE, Stage.HANDOVER)])
@pytest.mark.parametrize("code", ["sign_off_missing", "objection", "measured_short", "not_handed_over", "x"])
def test_nothing_is_lifted_at_acceptance_and_handover(stage: str, code: str) -> None:
    assert blocked(objected(ready(stage)), decide(f"{code}:{EDU}"), leader(LGO)) == {f"not_liftable:{code}:{EDU}"}


def test_no_configuration_lifts_the_acceptance_of_a_facility_that_is_not_as_required() -> None:
    """Even rules that were never held against the loader."""
    everything = replace(
        RULES.exceptions["presale_objection"],
        lifts=(*LIFTABLE, "measured_short", "built_elsewhere"), stages=tuple(Stage),
    )  # fmt: skip
    rules = replace(RULES, exceptions={"everything": everything})
    short = alter(objected(ready(Stage.ACCEPTANCE)), "evidence", {"facility": "F1", "kind": "measurement"}, gfa=1)

    for key in ("measured_short:F1", OBJECTION):
        assert asked(short, decide(key), leader(HC), rules).obstacles[0].code == "not_liftable"


def test_a_row_planted_for_the_acceptance_lifts_nothing() -> None:
    case = objected(ready(Stage.ACCEPTANCE))
    at_presale = done(objected(ready(Stage.PRESALE)), decide(OBJECTION), leader(HC)).exceptions[0]
    planted = replace(at_presale, stage=str(Stage.ACCEPTANCE), visit=case.visit)

    assert OBJECTION in obstacles(replace(case, exceptions=(planted,)))


def test_nothing_is_lifted_in_advance() -> None:
    assert blocked(ready(Stage.PRESALE), decide(OBJECTION), leader(HC)) == {f"obstacle_not_there:{OBJECTION}"}


def test_the_law_names_what_can_be_lifted_and_where() -> None:
    silence = (Stage.PLANNING, Stage.LAND_SUPPLY, Stage.AGREEMENT, Stage.PRESALE)
    assert {
        "sign_off_missing": silence,
        "sign_off_stale": silence,
        "objection": (Stage.PRESALE,),
        "below_standard": (Stage.PLANNING, Stage.LAND_SUPPLY),
    } == LIFTABLE


# -- the path ahead ----------------------------------------------------------------------------------


def test_the_plan_asks_each_thing_once_and_every_department_in_every_stage() -> None:
    from policies.plan import path_ahead

    steps = list(path_ahead(complete(Stage.AGREEMENT), date(2021, 6, 15).isoformat(), RULES))

    assert [s.edge.source for s in steps] == [
        Stage.AGREEMENT, Stage.PERMIT, Stage.CONSTRUCTION, Stage.ACCEPTANCE, Stage.HANDOVER,
    ]  # fmt: skip
    assert {o.subject for o in steps[1].obstacles if o.code == "sign_off_missing"} == {HC}
    assert [o.key for o in steps[0].obstacles] == [o.key for o in ahead(complete(Stage.AGREEMENT))]
