"""Once reported built a facility stays so, until a report says otherwise; and what is taken back is said."""

from __future__ import annotations

import pytest
from core_fixtures import HC, do, evidence, leader, ready

from states.actions import ACTIONS, Action
from states.errors import Invalid
from states.facts import Case
from states.project import Stage
from views.facilities import progress_line
from views.language import speaking
from workflow import intake


def report(**fields: object) -> Action:
    return ACTIONS["facility progress"].model_validate({"case": "C1", "facility": "F1", **fields})


def reported(case: Case, **fields: object) -> Case:
    return do(case, report(**fields), leader(HC))


def built(case: Case) -> bool:
    found = case.latest("F1", "progress")
    return bool(found and found.built)


@pytest.fixture
def case() -> Case:
    return evidence(ready(Stage.CONSTRUCTION), "F1", "progress", percent=100, built=1)


def test_a_later_report_of_a_hundred_per_cent_leaves_it_built(case: Case) -> None:
    assert built(reported(case, percent=100, note="补充说明"))


@pytest.mark.parametrize("fields", [{"percent": 100, "not_built": True}, {"percent": 90}])
def test_a_report_that_says_otherwise_takes_it_back(case: Case, fields: dict[str, object]) -> None:
    after = reported(case, **fields)
    assert not built(after)
    assert not built(reported(after, percent=100)), "what was taken back is not built again by itself"
    assert built(reported(after, percent=100, built=True))


def test_a_hundred_per_cent_alone_is_not_built() -> None:
    before = evidence(ready(Stage.CONSTRUCTION), "F1", "progress", percent=60, built=0)
    assert not built(reported(before, percent=100))


@pytest.mark.parametrize("fields", [{"percent": 99, "built": True}, {"percent": 100, "built": True, "not_built": True}])
def test_a_report_does_not_contradict_itself(fields: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        intake.build("facility progress", {"case": "C1", "facility": "F1", **fields})
    assert [p["type"] for p in caught.value.params["problems"]] == ["built_contradicted"]


def test_what_was_taken_back_is_shown(case: Case) -> None:
    def shown(found: Case) -> str:
        return "".join(span.text for span in progress_line(found, found.evidence[-1]))

    with speaking("en"):
        assert shown(reported(case, percent=100)) == "100 % · built"
        assert shown(reported(case, percent=90)) == "90 % · no longer reported built"
        assert shown(reported(reported(case, percent=90), percent=95)) == "95 %"
