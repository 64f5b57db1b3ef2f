"""The program refuses every way to cheat, and the judge agrees; and with a bug planted, the judge says what went wrong.

Each bug is run through the scenario made for it: the judge, not the program, must find it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from checker import check, judge
from scenarios import SCENARIOS
from sqlalchemy import text
from world import (
    CASE,
    CIVIL,
    COMMERCE,
    NR,
    World,
    leave,
    prepare,
)

from policies import authority, changes, decide, exceptions, signing
from policies.authority import PERMISSIONS
from policies.question import Question
from policies.signing import Answer
from states import effects, participants, remit
from states.actions.changes import ApplyChange
from states.actions.opinions import Sign
from states.effects import changes as change_effects
from states.effects import exceptions as exception_effects
from states.effects import opinions as opinion_effects
from states.errors import Blocked, Invalid, NotAllowed, Obstacle
from states.facts import Actor, Case, last
from states.project import Stage
from states.rules import Rules
from workflow import delegations, journal, office, store
from workflow.results import DelegationLine, Done

pytestmark = pytest.mark.both_databases(long=True)

STARTS = tuple(s for s in Stage if s not in (Stage.IN_USE, Stage.TERMINATED))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_program_refuses_what_the_law_forbids_and_the_judge_agrees(
    name: str, office_at: Callable[[str], World]
) -> None:
    stage, scenario = SCENARIOS[name]
    world = office_at(stage)
    outcomes = scenario(world)
    assert outcomes and all(isinstance(outcome, Blocked | NotAllowed | Invalid) for outcome in outcomes), outcomes
    assert world.violations() == []


@pytest.mark.parametrize("stage", STARTS)
def test_an_honest_case_goes_through_and_the_judge_has_nothing_against_it(
    stage: str, office_at: Callable[[str], World]
) -> None:
    world = office_at(stage)
    steps = 0
    while world.case().stage != Stage.IN_USE:
        prepare(world)
        assert judge(world.stored).ahead[CASE] == []
        leave(world)
        steps += 1
    path = [s for s in Stage if s not in (Stage.PRESALE, Stage.TERMINATED)]
    expected = 4 if stage == Stage.PRESALE else len(path) - 1 - path.index(Stage(stage))
    assert steps == expected
    assert world.violations() == []


# -- planted bugs ------------------------------------------------------------------------------------------


Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Bug:
    """``says``: what the judge says of it, in part."""

    plant: Plant
    scenario: str
    says: str


BUGS: dict[str, Bug] = {}


def bug(scenario: str, says: str) -> Callable[[Plant], Plant]:
    def enter(plant: Plant) -> Plant:
        BUGS[plant.__name__] = Bug(plant, scenario, says)
        return plant

    return enter


def off(*policies: str) -> Plant:
    """The policies answer nothing."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for name in policies:
            patch.setitem(decide.POLICIES, name, lambda q: iter(()))

    return plant


def switched_off(policies: str, scenario: str, says: str) -> None:
    BUGS[f"{policies.replace(' ', '_')}_never_asked"] = Bug(off(*policies.split()), scenario, says)


switched_off("signed_off", "silent", "commerce has not signed")
switched_off("conditions_discharged", "condition_due", "condition 1 of education_sports is open")
switched_off("competence_assigned", "nobody_competent", "nobody is competent for F3")
switched_off("documents", "without_papers", "no planning_conditions")
switched_off("heard", "unheard", "no expert was heard")
switched_off("categories_decided", "undecided", "commerce is required, the list says False")
switched_off("requirement_open", "shrunk", "gfa of F1 changed from 220000 to 200000")
switched_off("drawings_meet", "drawn_short", "drawings of F1 falls short")
switched_off("agrees_with_measurement built_as_required", "measured_short", "measurement of F1 falls short")
switched_off("facilities_closed", "not_closed", "F1 has no title")
switched_off("round_open", "closed_round", "signed while no round was open")
switched_off("no_title_registered", "revoked_late", "F1 has a title")
switched_off("no_land_deal", "reopened_late", "the land was sold")
switched_off("items_answered", "half_a_report", "item 2 was not answered")


@bug("silent", "commerce has not signed")
def one_department_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    def forgetful(case: Case, rules: Rules, stage: str | None = None) -> tuple[str, ...]:
        return tuple(d for d in participants.required(case, rules, stage) if d != COMMERCE)

    patch.setattr(signing, "required", forgetful)


@bug("silent", "commerce has not signed")
def only_existing_answers_are_asked(patch: pytest.MonkeyPatch) -> None:
    """The bug of the systems that we know: a loop over the answers that exist."""

    def lenient(q: Question) -> Iterator[Obstacle]:
        for given in {s.department for s in q.case.sign_offs if q.case.sign_off(s.department) is s}:
            answer = signing.answer_of(q.case, given, q.rules)
            if answer is not Answer.STANDS:
                yield q.obstacle(answer, given)

    patch.setitem(decide.POLICIES, "signed_off", lenient)


def _taken_for_standing(patch: pytest.MonkeyPatch, wrong: Answer) -> None:
    original = signing.answer_of

    def lenient(case: Case, department: str, rules: Rules) -> Answer:
        answer = original(case, department, rules)
        return Answer.STANDS if answer is wrong else answer

    patch.setattr(signing, "answer_of", lenient)


@bug("changed_after_signing", "saw requirements.F1.gfa = 220000, but it is 200000")
def stale_answers_stand(patch: pytest.MonkeyPatch) -> None:
    _taken_for_standing(patch, Answer.STALE)


@bug("objected", "commerce answered object")
def objections_pass(patch: pytest.MonkeyPatch) -> None:
    _taken_for_standing(patch, Answer.OBJECTION)


def _sign_off(patch: pytest.MonkeyPatch, counts: Callable[[Case, Any], bool]) -> None:
    def found(self: Case, department: str) -> Any:
        return last(s for s in self.sign_offs if s.department == department and counts(self, s))

    patch.setattr(Case, "sign_off", found)


@bug("withdrawn", "commerce has not signed")
def withdrawn_answers_count(patch: pytest.MonkeyPatch) -> None:
    _sign_off(patch, lambda case, s: (s.stage, s.visit) == (case.stage, case.visit) and s.status != "replaced")


@bug("second_presale", "education_sports has not signed")
def answers_of_an_earlier_visit_count(patch: pytest.MonkeyPatch) -> None:
    _sign_off(patch, lambda case, s: s.stage == case.stage and s.status == "standing")


@bug("silent_assets", "state_assets has not signed")
def state_assets_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(participants, "government_owned", lambda case: ())


@bug("silent_designated", "development_reform has not signed")
def designations_are_ignored(patch: pytest.MonkeyPatch) -> None:
    def by_kind(self: Rules, facility: Any) -> str | None:
        return self.categories[facility.category].competent_department or CIVIL

    patch.setattr(Rules, "competent", by_kind)


@bug("uninvolved", "commerce answered not_involved")
def a_department_may_be_uninvolved_in_its_own_facility(patch: pytest.MonkeyPatch) -> None:
    off("verdict_fits")(patch)
    _taken_for_standing(patch, Answer.INVALID)


@bug("judged_bad", "judged F1 as [False, False]")
def judgements_are_ignored(patch: pytest.MonkeyPatch) -> None:
    off("judgements_fit")(patch)
    _taken_for_standing(patch, Answer.INVALID)


@bug("foreign_facility", "education_sports has not signed")
def judging_a_facility_counts_for_its_department(patch: pytest.MonkeyPatch) -> None:
    refusals, original = decide.refusals, signing.answer_of
    patch.setattr(decide, "refusals", lambda q: (o for o in refusals(q) if o.code != "not_your_facility"))

    def lenient(case: Case, department: str, rules: Rules) -> Answer:
        own = {f.facility for f in participants.own_facilities(case, department, rules)}
        judged = any(own and all(f in s.judgements for f in own) for s in case.sign_offs if s.status == "standing")
        return Answer.STANDS if judged else original(case, department, rules)

    patch.setattr(signing, "answer_of", lenient)


@bug("built_elsewhere", "measurement of F1 lies elsewhere")
def places_are_not_compared(patch: pytest.MonkeyPatch) -> None:
    original = Case.latest

    def as_required(self: Case, facility: str, kind: str) -> Any:
        found = original(self, facility, kind)
        return found and replace(found, location=self.requirement(facility).location)

    patch.setattr(Case, "latest", as_required)


@bug("measured_again", "saw measured = None")
def what_was_measured_is_not_part_of_the_remit(patch: pytest.MonkeyPatch) -> None:
    current = remit.SCHEMES[remit.CURRENT_SCHEME]
    original = current[Stage.ACCEPTANCE]

    def blind(case: Case, department: str, rules: Rules) -> Any:
        return {k: v for k, v in original(case, department, rules).items() if k != "measured"}

    patch.setitem(current, Stage.ACCEPTANCE, blind)


@bug("moved", "location of F1 changed")
def land_supply_may_change_anything(patch: pytest.MonkeyPatch) -> None:
    original = decide.POLICIES["requirement_open"]
    lenient = lambda q: (o for o in original(q) if o.code != "needs_reopening")  # noqa: E731
    patch.setitem(decide.POLICIES, "requirement_open", lenient)


@bug("resting", "the case was resting")
def a_resting_case_goes_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "suspension", None)


@bug("reopened", "no planning_conditions")
def void_papers_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "document", lambda self, kind: last(d for d in self.documents if d.kind == kind))


@bug("clerk_at_acceptance", "a clerk signed at the acceptance")
def clerks_sign_where_leaders_should(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(opinion_effects, "only_drafts", lambda *asked: False)


@bug("stranger", "commerce does not lead here")
def anybody_may_do_anything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "refusals", lambda q: iter(()))


@bug("silent", "the sign-off is")
def the_lead_signs_for_others(patch: pytest.MonkeyPatch) -> None:
    original = office.after

    def usurping(case: Case, action: Any, stamp: effects.Stamp, rules: Rules) -> Case:
        silent_ones = [d for d in participants.required(case, rules) if case.sign_off(d) is None]
        if isinstance(action, Sign) and stamp.actor.organisation == NR and silent_ones:
            stamp = replace(stamp, actor=replace(stamp.actor, organisation=silent_ones[-1]))
        return original(case, action, stamp, rules)

    patch.setattr(office, "after", usurping)


@bug("condition_due", "conditions 1: stored and journalled differ")
def signing_ends_everybodys_conditions(patch: pytest.MonkeyPatch) -> None:
    original = office.after

    def sweeping(case: Case, action: Any, stamp: effects.Stamp, rules: Rules) -> Case:
        then = original(case, action, stamp, rules)
        if not isinstance(action, Sign) or case.stage == Stage.PLANNING:
            return then
        return replace(then, conditions=tuple(replace(c, status="replaced") for c in then.conditions))

    patch.setattr(office, "after", sweeping)


# Decisions, changes, letters, drafts, deputies.

switched_off("silence_lasted", "not_silent_yet", "education_sports was not silent yet")
switched_off("consents_given", "without_one_consent", "state_assets has not consented to change 1")
switched_off("change_open", "applied_twice", "change 1 was applied already")
switched_off("requirements_frozen", "thawed", "the requirements were not frozen")
switched_off("change_coherent", "contradicted_list", "commerce is required, the list says False")
switched_off("letter_recordable", "letter_over_an_answer", "over the answer of education_sports itself")
switched_off("letter_contestable", "contested_too_late", "education_sports contested after")
switched_off("draft_stands", "outdated_draft", "the remit of education_sports had changed since it was drafted")


@bug("another_department", "commerce answered object")
def a_decision_reaches_everybody(patch: pytest.MonkeyPatch) -> None:
    def lifted(q: Question, obstacle: Obstacle) -> Any:
        return next((e for e in q.case.exceptions if e.lifts.startswith(f"{obstacle.code}:")), None)

    patch.setattr(exceptions, "lifted_by", lifted)


@bug("next_visit", "education_sports has not signed")
def a_decision_reaches_the_next_visit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exceptions, "in_this_visit", lambda case: case.exceptions)


def _seen(patch: pytest.MonkeyPatch, what: Callable[[Case, str, Rules], str]) -> None:
    for module in (exceptions, exception_effects):
        patch.setattr(
            module, "seen", lambda case, key, rules, *more: f"{key} {what(case, key.partition(':')[2], rules)}"
        )


@bug("renewed_objection", "education_sports answered object")
def a_decision_reaches_what_comes_after(patch: pytest.MonkeyPatch) -> None:
    _seen(patch, lambda case, department, rules: remit.snapshot(case, department, rules))


@bug("silent_then_changed", "education_sports has not signed")
def a_decision_ignores_what_changes(patch: pytest.MonkeyPatch) -> None:
    _seen(patch, lambda case, department, rules: str(case.round))


@bug("silent_then_spoke", "education_sports has not signed")
def a_decision_outlives_the_departments_word(patch: pytest.MonkeyPatch) -> None:
    _seen(patch, lambda case, department, rules: f"{case.round} {case.sign_off(department)}")


@bug("next_round", "education_sports has not signed")
def a_decision_reaches_the_next_round(patch: pytest.MonkeyPatch) -> None:
    def ageless(case: Case, department: str, rules: Rules) -> str:
        return remit.snapshot(case, department, rules)

    _seen(patch, ageless)


@bug("smaller_than_waived", "F4 is below the standard: gfa 6000 of 12000")
def a_waiver_is_of_any_scale(patch: pytest.MonkeyPatch) -> None:
    _seen(patch, lambda case, facility, rules: facility)


@bug("lifted_at_acceptance", "nothing lifts sign_off_missing:education_sports here")
def silence_is_consent_at_the_acceptance(patch: pytest.MonkeyPatch) -> None:
    for module in (exceptions, authority, decide, exception_effects):
        patch.setattr(module, "kind_lifting", lambda code, stage, rules: "silent_department")


@bug("wrong_body", "leading_group_office decided what housing decides")
def anybody_decides(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(authority, "_deciders", lambda q: (q.actor.organisation,))


@bug("clerk_decides", "this is for a leader, not for a clerk")
def clerks_decide(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(authority, "_level", lambda permission, q: "clerk")


@bug("waived_unseen", "health saw waivers.F4 = None")
def waivers_are_not_part_of_the_remit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remit, "waivers", lambda *asked: {})


@bug("consent_taken_back", "education_sports has not consented to change 1")
def the_first_consent_counts(patch: pytest.MonkeyPatch) -> None:
    def first(self: Case, change: int, department: str) -> Any:
        return next((c for c in self.consents if (c.change, c.department) == (change, department)), None)

    patch.setattr(Case, "consent", first)


@bug("below_the_standard_without_the_office", "leading_group_office has not consented to change 1")
def standards_are_nobodys_business(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changes, "_falls_below", lambda q, change: iter(()))


@bug("overtaken", "change 2 was proposed on something else")
def outdated_changes_are_applied(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changes, "_still_stands", lambda case, change: True)


@bug("changed_by_request", "nobody can tell what education_sports saw")
def a_change_takes_the_sign_offs_along(patch: pytest.MonkeyPatch) -> None:
    original = office.after

    def keeping(case: Case, action: Any, stamp: effects.Stamp, rules: Rules) -> Case:
        then = original(case, action, stamp, rules)
        if not isinstance(action, ApplyChange):
            return then
        here = {s for s in then.sign_offs if (s.stage, s.visit) == (then.stage, then.visit)}
        renewed = (
            replace(s, remit=remit.digest(remit.snapshot(then, s.department, rules))) if s in here else s
            for s in then.sign_offs
        )
        return replace(then, sign_offs=tuple(renewed))

    patch.setattr(office, "after", keeping)


@bug("changed_by_request", "the requirement of F1 is")
def something_else_is_put_into_force(patch: pytest.MonkeyPatch) -> None:
    original = change_effects.new_version
    patch.setattr(
        change_effects, "new_version", lambda case, base, given, *more: original(case, base, {"gfa": 190000}, *more)
    )


def _everywhere(action: str) -> Plant:
    return lambda patch: patch.setitem(PERMISSIONS, action, replace(PERMISSIONS[action], stages=tuple(Stage)))


@bug("amended_after_the_freeze", "gfa of F1 changed from 220000 to 200000")
def requirements_are_amended_for_ever(patch: pytest.MonkeyPatch) -> None:
    _everywhere("facility amend")(patch)
    off("requirement_open")(patch)


@bug("developer_after_the_agreement", "the developer was amended after the agreement")
def the_developer_is_amended_for_ever(patch: pytest.MonkeyPatch) -> None:
    _everywhere("case amend")(patch)
    off("case_data_open")(patch)


@bug("letter_by_another", "commerce recorded a letter of education_sports")
def anybody_records_letters(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(authority, "_asked", lambda q: participants.may_sign(q.case, q.rules))


@bug("contested", "education_sports has not signed")
def contested_letters_count(patch: pytest.MonkeyPatch) -> None:
    off("letters_settled")(patch)
    statuses = {"standing", "contested"}
    _sign_off(patch, lambda case, s: (s.stage, s.visit) == (case.stage, case.visit) and s.status in statuses)


@bug("clerk_at_acceptance", "education_sports has not signed")
def drafts_count(patch: pytest.MonkeyPatch) -> None:
    original = signing.answer_of

    def lenient(case: Case, department: str, rules: Rules) -> Answer:
        return Answer.STANDS if case.draft(department) else original(case, department, rules)

    patch.setattr(signing, "answer_of", lenient)


def _in_force(patch: pytest.MonkeyPatch, runs: Callable[[DelegationLine, str, str], bool]) -> None:
    patch.setattr(DelegationLine, "runs", runs)


@bug("deputy_after_the_last_day", "education_sports.clerk does not stand in for education_sports")
def delegations_never_end(patch: pytest.MonkeyPatch) -> None:
    _in_force(patch, lambda self, day, stage: self.from_on <= day)


@bug("deputy_in_another_stage", "education_sports.clerk does not stand in for education_sports")
def delegations_hold_in_every_stage(patch: pytest.MonkeyPatch) -> None:
    _in_force(patch, lambda self, day, stage: self.from_on <= day <= self.to_on)


@bug("deputy_of_another_leader", "education_sports.clerk does not stand in for housing")
def any_clerk_is_a_deputy(patch: pytest.MonkeyPatch) -> None:
    def acting(tx: Any, district: str, actor: Actor, stage: str, today: str) -> Actor:
        absent = next((line.absent for line in delegations.listed(tx, district)), None)
        return replace(actor, level="leader", deputy_for=absent) if absent and actor.level == "clerk" else actor

    patch.setattr(delegations, "acting", acting)


@bug("deputy_of_another_house", "housing.clerk is not of the house of education_sports")
def deputies_come_from_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(delegations, "_problems", lambda *asked: iter(()))


@bug("delegated_by_another_house", "delegation 1 was made by commerce")
def anybody_delegates(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(delegations, "_allowed", lambda *asked: None)


@bug("entered_half", "F1 has no location")
def an_older_project_may_lack_anything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_ENTRY_ASKS", frozenset())


@bug("entered_by_another", "who opened it is 'natural_resources', not 'housing'")
def anybody_registers(patch: pytest.MonkeyPatch) -> None:
    original = authority._holders
    patch.setattr(
        authority, "_holders", lambda party, q: (NR,) if party is authority.Party.OPENER else original(party, q)
    )


# What the rows and the journal say of it, rather than who got through.


@bug("withdrawn", "stored and journalled differ: {'status': ('standing', 'withdrawn')}")
def withdrawals_are_not_stored(patch: pytest.MonkeyPatch) -> None:
    original = store.changes

    def lossy(before: Case | None, after: Case) -> Any:
        kept = before.sign_offs + after.sign_offs[len(before.sign_offs) :] if before else after.sign_offs
        return original(before, replace(after, sign_offs=kept))

    patch.setattr(store, "changes", lossy)


@bug("changed_after_signing", "nobody can tell what")
def snapshots_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    original = store.save

    def forgetful(tx: Any, *rest: Any) -> None:
        original(tx, *rest)
        tx.run(text("DELETE FROM snapshot"), [{}])

    patch.setattr(store, "save", forgetful)


@bug("changed_after_signing", "the rows are not those of the last entry's digest")
def the_journal_digests_the_case_before(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "digest_after", lambda known, *changed: known)


@bug("changed_after_signing", "has another hash")
def the_hash_leaves_out_what_was_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(journal, "HASHED", tuple(c for c in journal.HASHED if c != "params"))


@bug("withdrawn", "stored and journalled differ")
def withdrawals_are_not_journalled(patch: pytest.MonkeyPatch) -> None:
    original = journal.append

    def silent_append(tx: Any, district: str, event: journal.Event, last: journal.Head) -> tuple[int, str]:
        return (0, "") if event.action == "withdraw" else original(tx, district, event, last)

    patch.setattr(journal, "append", silent_append)


@bug("changed_after_signing", "does not follow from the one before")
def entries_are_not_chained(patch: pytest.MonkeyPatch) -> None:
    original = journal.head
    patch.setattr(journal, "head", lambda *place: original(*place)._replace(hash=""))


#: Bugs that let nothing through: the judge finds them in what is stored.
LETS_NOTHING_THROUGH = {
    "snapshots_are_not_kept", "the_journal_digests_the_case_before", "the_hash_leaves_out_what_was_asked",
    "withdrawals_are_not_journalled", "entries_are_not_chained", "something_else_is_put_into_force",
}  # fmt: skip


@pytest.mark.parametrize("name", BUGS)
def test_the_judge_catches_a_planted_bug(
    name: str, office_at: Callable[[str], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = BUGS[name]
    stage, scenario = SCENARIOS[planted.scenario]
    world = office_at(stage)
    assert check(world.stored, world.done, world.refused) == []
    planted.plant(monkeypatch)
    outcomes = scenario(world)
    got_through = any(isinstance(outcome, Done | DelegationLine) for outcome in outcomes)
    assert got_through == (name not in LETS_NOTHING_THROUGH), outcomes
    monkeypatch.undo()
    violations = check(world.stored)
    assert any(planted.says in violation for violation in violations), violations


def test_every_scenario_has_its_bug_and_none_was_switched_off() -> None:
    assert len(BUGS) == 76
    assert set(SCENARIOS) == {planted.scenario for planted in BUGS.values()}
    assert len({planted.plant for planted in BUGS.values()}) == len(BUGS)
