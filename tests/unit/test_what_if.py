"""What-if answers as the actions themselves would, and the case stays as it was."""

from __future__ import annotations

import pytest
from core_fixtures import EDU, HEA, NOW, RULES, complete, drop, evidence, obstacles, ready

from states.errors import Blocked, Invalid, NotFound
from states.facts import Case
from states.project import Stage
from workflow.what_if import suppose

#: After every stage of the fixtures was entered.
LATER = NOW.replace(month=12, day=31)


def supposed(case: Case, *texts: str) -> set[str]:
    return obstacles(suppose(case, texts, RULES, LATER))


def test_a_sign_off_is_supposed() -> None:
    case = drop(drop(ready(Stage.PLANNING), "sign_offs", department=EDU), "sign_offs", department=HEA)

    assert supposed(case, f"sign:{EDU}") == {f"sign_off_missing:{HEA}"}
    assert supposed(case, f"sign:{EDU},sign:{HEA}") == supposed(case, f"sign:{EDU}", f"sign:{HEA}") == set()
    assert supposed(case, f"object:{HEA}") == {f"sign_off_missing:{EDU}", f"objection:{HEA}"}


def test_a_survey_comes_before_the_answers_that_judge_it() -> None:
    case = evidence(complete(Stage.ACCEPTANCE), "F2", "measurement", gfa=1)

    assert "measured_short:F2" in obstacles(case)
    assert "measured_short:F2" not in supposed(case, "sign:civil_affairs,measure:F2=360")
    with pytest.raises(Blocked) as caught:
        supposed(case, "sign:civil_affairs")
    assert [o.key for o in caught.value.obstacles] == ["measured_short:F2"]


def test_drawings_progress_papers_and_conditions_are_supposed() -> None:
    drawn = evidence(ready(Stage.PERMIT), "F2", "drawings", gfa=1)
    unbuilt = evidence(ready(Stage.CONSTRUCTION), "F2", "progress", built=0)
    unfiled = drop(ready(Stage.PLANNING), "documents", kind="planning_conditions")

    assert obstacles(drawn) == {"drawings_short:F2", "sign_off_stale:housing"}
    assert supposed(drawn, "drawings:F2=360", "sign:housing") == set()
    assert supposed(unbuilt, "built:F2") == set()
    assert supposed(unfiled, "document:planning_conditions") == set()


def test_a_round_is_opened_in_the_mind_where_none_is_open() -> None:
    from dataclasses import replace

    case = replace(complete(Stage.PERMIT), round=0, rounds=())

    assert supposed(case, "sign:housing") == set()
    assert not case.round_is_open


@pytest.mark.parametrize("text", ["sign", "sign:", "dance:health", "measure:F1", "sign:health=3", "measure:F1=x", ";"])
def test_what_is_no_supposition_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        supposed(ready(Stage.ACCEPTANCE), text)
    assert caught.value.code == "bad_supposition"


@pytest.mark.parametrize("text", ["sign:nobody", "measure:F9=3", "document:diary", "discharge:7"])
def test_unknown_names_are_told(text: str) -> None:
    with pytest.raises(NotFound):
        supposed(ready(Stage.ACCEPTANCE), text)
