"""No key of the configuration is idle: each has a row here, with a behaviour that follows it.

A key added to ``states/rules.py`` without a row fails the first test. ``SHOWN`` lists the keys that are
only shown, ``PROVENANCE`` those that people read in the file itself, ``IDLE`` those that nothing uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import pytest

from policies.decide import decide, way_ahead
from states import effects, participants
from states.actions.base import Action
from states.actions.cases import AddDocument
from states.actions.facilities import AddFacility, Designate
from states.actions.opinions import Sign
from states.errors import PeijianError
from states.facts import Case
from states.project import Stage
from states.rules import Category, DocumentKind, Limit, Name, Organisation, Rules, Standard, Subtype
from tests.builders import (
    DAY,
    actor,
    case,
    changed,
    evidence,
    facility,
    opening,
    ready,
    requirement,
    rules,
)
from workflow import intake, settings


class Row(NamedTuple):
    """``seen`` is ``before`` under the shipped rules, ``after`` once the key at ``path`` is ``value``."""

    key: str
    behaviour: str
    path: str
    value: Any
    seen: Callable[[Rules], object]
    before: object
    after: object


# -- what is seen ------------------------------------------------------------------------------------


def keys(stage: str = Stage.PLANNING, **changes: Any) -> Callable[[Rules], object]:
    """What stands in the way of a case that would be ready under the shipped rules."""
    stands = ready(stage, **changes)
    return lambda r: [o.key for o in way_ahead(stands, DAY, r)]


def first(field: str, stands: Case) -> Callable[[Rules], object]:
    """A field of the first obstacle."""
    return lambda r: getattr(way_ahead(stands, DAY, r)[0], field)


def refused(stands: Case, action: Action, organisation: str, level: str = "leader") -> Callable[[Rules], object]:
    """Why an account may not do something."""
    return lambda r: [o.key for o in decide(stands, action, actor(organisation, level), DAY, r).refusals]


def taken(action: Action, stands: Case | None = None) -> Callable[[Rules], object]:
    """Whether the door takes a name: ``taken``, or the code of the error."""

    def seen(r: Rules) -> object:
        try:
            intake.checked(action, stands, r, date(2020, 8, 6))
        except PeijianError as error:
            return error.code
        return "taken"

    return seen


def called(organisation: str, day: str) -> Callable[[Rules], object]:
    """Name and code of an organisation on a day."""

    def seen(r: Rules) -> object:
        name, code = r.organisations[organisation].on(day)
        return name.zh, name.en, code

    return seen


def short(**scale: Any) -> Callable[[Rules], object]:
    """What is below standard, and what the least is, when the kindergarten has this scale."""
    stands = case(requirements=(requirement(**scale),))

    def seen(r: Rules) -> object:
        below = (o for o in way_ahead(stands, DAY, r) if o.code == "below_standard")
        return [(dict(o.detail)["measure"], dict(o.detail)["minimum"]) for o in below]

    return seen


def peeked(r: Rules, key: str, folder: Path) -> str | None:
    """What start-up reads off a file with this key."""
    path = folder / "config.yaml"
    path.write_text(f"{key}: {getattr(r, key) or 'null'}\n", encoding="utf-8")
    return settings.peek(path, key)


AT = datetime.fromisoformat("2020-08-05T09:00:00+08:00")
#: The rules of a kindergarten's floor area, the first of the standards.
GFA = "standards.0"
UNDESIGNATED = case(facilities=(facility(subtype="community_canteen"),))
UNSIGNED_PERMIT = changed(ready(Stage.PERMIT), "sign_offs", ())
SMALL = ready(requirements=(requirement(gfa=300_000),))
BY_CLERK = Sign(case="ZDPT-2020-0901", verdict="agree")
DESIGNATE = Designate(case="ZDPT-2020-0901", facility="F1", department="civil_affairs", document="3")
PAPER = AddDocument(
    case="ZDPT-2020-0901", kind="planning_conditions", reference="张自然资条字[2020]1号", issued_on=date(2020, 8, 4)
)
REPORT = AddDocument(case="ZDPT-2020-0901", kind="inspection_record", reference="1", issued_on=date(2020, 8, 4))
SECOND = AddFacility(case="ZDPT-2020-0901", facility="F2", subtype="kindergarten", mode="developer_builds_and_holds")
MEASURED_SHORT = ready(Stage.ACCEPTANCE, evidence=(evidence("measurement", gfa=323_000),))


def normalised(r: Rules) -> object:
    return intake.checked(PAPER, case(), r, date(2020, 8, 6))[0].reference


def without(mapping: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in names}


RULES = rules()
NAME = Name("甲", "A")
BODY = Organisation("department", NAME, "office practice")
NURSERY = Subtype(NAME, "office practice", "gfa", "health")
EXTRA = Standard("kindergarten", "seats", 300, "seats", "district", "office practice", "2020-01-01", True)

CORE = [
    # -- organisations
    Row(
        "Organisation.name", "an organisation is called by its name", "organisations.housing.name", NAME,
        called("housing", DAY), ("区住建局", "District Housing and Urban-Rural Development Bureau", None),
        ("甲", "A", None),
    ),
    Row(
        "Name.zh", "in Chinese it is called so", "organisations.heping.name.zh", "甲",
        called("heping", DAY), ("和平街道", "Heping Sub-district", "370303004"),
        ("甲", "Heping Sub-district", "370303004"),
    ),
    Row(
        "Name.en", "in English it is called so", "organisations.heping.name.en", "A",
        called("heping", DAY), ("和平街道", "Heping Sub-district", "370303004"),
        ("和平街道", "A", "370303004"),
    ),
    Row(
        "Organisation.code", "a town has its code", "organisations.heping.code", "370303999",
        called("heping", DAY), ("和平街道", "Heping Sub-district", "370303004"),
        ("和平街道", "Heping Sub-district", "370303999"),
    ),
    Row(
        "Organisation.renamed", "a renamed town keeps its old name without the renaming",
        "organisations.mashang.renamed", (), called("mashang", DAY),
        ("马尚街道", "Mashang Sub-district", "370303009"), ("马尚镇", "Mashang Town", "370303100"),
    ),
    Row(
        "Renaming.on", "the new name counts from its day on", "organisations.mashang.renamed.0.on",
        "2020-08-06", called("mashang", DAY), ("马尚街道", "Mashang Sub-district", "370303009"),
        ("马尚镇", "Mashang Town", "370303100"),
    ),
    Row(
        "Renaming.zh", "the new Chinese name", "organisations.mashang.renamed.0.zh", "甲",
        called("mashang", DAY), ("马尚街道", "Mashang Sub-district", "370303009"),
        ("甲", "Mashang Sub-district", "370303009"),
    ),
    Row(
        "Renaming.en", "the new English name", "organisations.mashang.renamed.0.en", "A",
        called("mashang", DAY), ("马尚街道", "Mashang Sub-district", "370303009"),
        ("马尚街道", "A", "370303009"),
    ),
    Row(
        "Renaming.code", "a renaming without a code leaves the old one",
        "organisations.mashang.renamed.0.code", None, called("mashang", DAY),
        ("马尚街道", "Mashang Sub-district", "370303009"), ("马尚街道", "Mashang Sub-district", "370303100"),
    ),
    Row(
        "Organisation.kind", "a project lies in a town and in nothing else", "organisations.nanding.kind",
        "department", taken(opening()), "taken", "unknown_town",
    ),
    Row(
        "Organisation.dissolved_on", "the successor designates once the office is dissolved",
        "organisations.leading_group_office.dissolved_on", DAY,
        refused(UNDESIGNATED, DESIGNATE, "district_office"), ["not_your_task:district_office"], [],
    ),
    Row(
        "Organisation.successor", "this body acts for a dissolved one",
        "organisations.leading_group_office.successor", "finance",
        lambda r: changed(r, "organisations.leading_group_office.dissolved_on", DAY).acting(
            "leading_group_office", DAY
        ),
        "district_office", "finance",
    ),
    Row(
        "Rules.organisations", "an organisation that is not defined cannot be designated", "organisations",
        without(RULES.organisations, "civil_affairs"), taken(DESIGNATE, case()), "taken",
        "unknown_organisation",
    ),
    Row(
        "Roles.leading_group_office", "this office designates", "roles.leading_group_office",
        "district_office", first("who", UNDESIGNATED), ("leading_group_office",), ("district_office",),
    ),
    Row(
        "Roles.state_assets", "this body signs for what the government will own", "roles.state_assets",
        "finance", lambda r: participants.required(case(Stage.AGREEMENT), r),
        ("education_sports", "state_assets"), ("education_sports", "finance"),
    ),
    Row(
        "Roles.standing", "these sign at a joint review", "roles.standing", ("natural_resources",),
        lambda r: participants.required(case(), r),
        ("natural_resources", "housing", "education_sports", "civil_affairs", "health", "commerce"),
        ("natural_resources", "education_sports"),
    ),
    Row(
        "Rules.roles", "all roles at once", "roles",
        changed(RULES.roles, "standing", ("housing", "education_sports")),
        lambda r: participants.required(case(), r),
        ("natural_resources", "housing", "education_sports", "civil_affairs", "health", "commerce"),
        ("housing", "education_sports"),
    ),
    # -- facilities
    Row(
        "Rules.categories", "exactly these are to be decided", "categories",
        {**RULES.categories, "parking": Category(NAME, "office practice", None, False, {})},
        keys(), [], ["category_undecided:parking"],
    ),
    Row(
        "Category.competent_department", "this department judges a facility",
        "categories.education.competent_department", "health",
        lambda r: r.competent(facility()), "education_sports", "health",
    ),
    Row(
        "Category.special_plan", "a special plan is asked for where the notice orders one",
        "categories.canteen.special_plan", True,
        keys(decisions=tuple(
            d if d.category != "canteen" else changed(d, "special_plan", None) for d in case().decisions
        )),
        [], ["special_plan_missing:canteen"],
    ),
    Row(
        "Category.subtypes", "a kind of facility belongs to the category that lists it",
        "categories.education.subtypes", {"nursery": NURSERY},
        lambda r: (r.category_of("kindergarten"), r.category_of("nursery")),
        ("education", None), (None, "education"),
    ),
    Row(
        "Subtype.competent_department", "a kind may have a department of its own",
        "categories.education.subtypes.kindergarten.competent_department", "health",
        lambda r: r.competent(facility()), "education_sports", "health",
    ),
    Row(
        "Rules.construction_modes", "a mode that is not defined is not taken", "construction_modes",
        without(RULES.construction_modes, "developer_builds_and_holds"), taken(SECOND, case()),
        "taken", "unknown_mode",
    ),
    Row(
        "Rules.project_kinds", "a kind of project that is not defined is not taken", "project_kinds",
        without(RULES.project_kinds, "commodity_housing"), taken(opening()), "taken", "unknown_kind",
    ),
    # -- papers
    Row(
        "Rules.documents", "a kind of paper that is not defined is not taken", "documents",
        without(RULES.documents, "inspection_record"), taken(REPORT, case()), "taken", "unknown_document",
    ),
    Row(
        "DocumentKind.basis", "a missing paper is asked for by its clause",
        "documents.planning_conditions.basis", "elsewhere",
        first("basis", ready(documents=())), "notice 三(二), 附件2 二(二)2", "elsewhere",
    ),
    Row(
        "DocumentKind.issuer", "the issuer may file a paper", "documents.inspection_record.issuer",
        ("health",), refused(case(), REPORT, "health"), ["not_your_task:health"], [],
    ),
    Row(
        "DocumentKind.format", "a number with a format is brought into it",
        "documents.planning_conditions.format", None, normalised,
        "张自然资条字〔2020〕1号", "张自然资条字[2020]1号",
    ),
    Row(
        "DocumentKind.file_required", "the scan is asked for", "documents.land_contract.file_required", True,
        keys(Stage.AGREEMENT, documents=tuple(
            changed(d, "file",
            None) if d.kind == "land_contract" else d for d in ready(Stage.AGREEMENT).documents
        )),
        [], ["file_missing:land_contract"],
    ),
    # -- stages
    Row(
        "Rules.stages", "all stages at once", "stages",
        {**RULES.stages, "construction_permit": changed(RULES.stages["construction_permit"], "sign_off", ())},
        lambda r: participants.required(case(Stage.PERMIT), r), ("housing",), (),
    ),
    Row(
        "StageRule.lead", "this department leads a stage", "stages.construction_permit.lead", "finance",
        lambda r: participants.leads(case(Stage.PERMIT), r), ("housing",), ("finance",),
    ),
    Row(
        "StageRule.basis", "an obstacle cites the clause of its stage", "stages.property_handover.basis",
        "elsewhere", first("basis", case(Stage.HANDOVER)), "notice 三(五), 附件2 二(五)", "elsewhere",
    ),
    Row(
        "StageRule.sign_off", "these must sign", "stages.construction_permit.sign_off",
        ("housing", "finance"), keys(Stage.PERMIT), [], ["sign_off_missing:finance"],
    ),
    Row(
        "StageRule.may_sign", "the town may add its opinion", "stages.completion_joint_acceptance.may_sign",
        (), lambda r: "nanding" in participants.may_sign(case(Stage.ACCEPTANCE), r), True, False,
    ),
    Row(
        "StageRule.signing_level", "below this level nobody signs",
        "stages.planning_joint_review.signing_level", "leader",
        refused(case(), BY_CLERK, "health", "clerk"), [], ["leader_needed:health"],
    ),
    # -- edges
    Row(
        "Rules.edges", "an edge without a row asks for no paper", "edges",
        without(RULES.edges, "issue_permit"), keys(Stage.PERMIT, documents=()),
        ["document_missing:construction_planning_permit", "document_missing:construction_permit"], [],
    ),
    Row(
        "EdgeRule.basis", "an obstacle cites the clause of its edge", "edges.issue_permit.basis", "elsewhere",
        first("basis", UNSIGNED_PERMIT), "notice 三(三), 附件2 二(三)", "elsewhere",
    ),
    Row(
        "EdgeRule.documents", "these papers are asked for", "edges.issue_permit.documents",
        ("land_use_planning_permit",), keys(Stage.PERMIT), [], ["document_missing:land_use_planning_permit"],
    ),
    Row(
        "EdgeRule.particulars", "every facility has these particulars", "edges.conclude_planning.particulars",
        ("recipient",), keys(requirements=(requirement(recipient=None),)), [], ["particular_missing:F1"],
    ),
    Row(
        "EdgeRule.hearing", "without the rule nobody need be heard", "edges.conclude_planning.hearing", None,
        keys(hearings=()), ["hearing_missing:expert", "hearing_missing:public"], [],
    ),
    Row(
        "HearingRule.expert", "so many experts are heard", "edges.conclude_planning.hearing.expert", 2,
        keys(), [], ["hearing_missing:expert"],
    ),
    Row(
        "HearingRule.public", "so many public representatives are heard",
        "edges.conclude_planning.hearing.public", 2, keys(), [], ["hearing_missing:public"],
    ),
    # -- standards
    Row(
        "Rules.standards", "another standard is held against every facility of its kind", "standards",
        (*RULES.standards, EXTRA), short(seats=270), [], [("seats", "300")],
    ),
    Row(
        "Standard.subtype", "a standard counts for its kind", f"{GFA}.subtype", "primary_school",
        short(gfa=314_999), [("gfa", "315000")], [],
    ),
    Row(
        "Standard.measure", "a standard counts for its measure", f"{GFA}.measure", "site",
        short(gfa=314_999), [("gfa", "315000")], [],
    ),
    Row(
        "Standard.value", "the least scale", f"{GFA}.value", 3200, short(gfa=319_999),
        [], [("gfa", "320000")],
    ),
    Row(
        "Standard.unit", "counted for each hundred households", f"{GFA}.unit", "m2_per_100_households",
        short(gfa=314_999), [("gfa", "315000")], [("gfa", str(3150 * 1680))],
    ),
    Row(
        "Standard.source", "an obstacle cites the standard", f"{GFA}.source", "elsewhere",
        first("basis", SMALL), "GB 50180-2018 附录C, unverified", "elsewhere",
    ),
    Row(
        "Standard.effective_from", "not before its day", f"{GFA}.effective_from", "2020-08-06",
        short(gfa=1), [("gfa", "315000")], [],
    ),
    Row(
        "Standard.effective_to", "not after its day", f"{GFA}.effective_to", "2020-08-04",
        short(gfa=1), [("gfa", "315000")], [],
    ),
    Row(
        "Standard.households_from", "not for smaller projects", f"{GFA}.households_from", 1681,
        short(gfa=1), [("gfa", "315000")], [],
    ),
    Row(
        "Standard.confirmed", "an unconfirmed number is marked as one", f"{GFA}.confirmed", True,
        lambda r: dict(way_ahead(SMALL, DAY, r)[-1].detail)["confirmed"], "False", "True",
    ),
    # -- the rest
    Row(
        "Rules.completion_filing", "the filing is asked before the acceptance or with its certificate",
        "completion_filing", "after_acceptance",
        lambda r: (r.documents_asked("trigger_acceptance"), r.documents_asked("certify")),
        (("completion_acceptance_report", "completion_filing"), ("comprehensive_acceptance_certificate",)),
        (("completion_acceptance_report",), ("comprehensive_acceptance_certificate", "completion_filing")),
    ),
    Row(
        "Rules.measured_tolerance_percent", "a shortfall within the tolerance passes",
        "measured_tolerance_percent", 1.0,
        lambda r: [o.key for o in way_ahead(MEASURED_SHORT, DAY, r) if o.code == "measured_short"],
        ["measured_short:F1"], [],
    ),
    Row(
        "Rules.digest", "a new case is pinned to this configuration", "digest", "abc",
        lambda r: effects.opened(opening(), effects.Stamp.of(opening(), actor(), AT), r).configuration,
        RULES.digest, "abc",
    ),
]  # fmt: skip

#: Read at start-up, before anything is parsed.
PEEKED = {"Rules.language": ("language", "zh", "en"), "Rules.database": ("database", None, "sqlite:///a.db")}

#: Only shown to people; nothing is decided by them.
SHOWN = {
    "District.code": "every row of the database begins with it; compared when a database is opened",
    "Rules.district": "see its code",
    "Category.name": "shown",
    "Subtype.name": "shown",
    "DocumentKind.name": "shown",
    "Rules.limits": "shown by `lifecycle table`",
    "Limit.code": "shown by `lifecycle table`",
    "Limit.name": "shown by `lifecycle table`",
    "Limit.stage": "the stage with which it is shown",
    "Limit.length": "shown by `lifecycle table`",
    "Limit.unit": "shown by `lifecycle table`",
    "Limit.basis": "shown by `lifecycle table`",
}

#: Where an entry comes from, for those who read the file; obstacles cite papers, edges and stages.
PROVENANCE = ("Organisation.basis", "Roles.basis", "Category.basis", "Subtype.basis")

#: Nothing uses them. A row here is a defect that is known.
IDLE = {
    "Subtype.scale": "`particulars` takes any measure for the scale, not the one of the kind",
    "Standard.level": "no page shows the standards",
    "District.name": "no page shows the district",
}


def schema(kind: Any = Rules) -> Iterator[str]:
    """Every key of the configuration as ``Class.field``, walked from ``Rules`` down."""
    for inner in get_args(kind) if get_origin(kind) else ():
        yield from schema(inner)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in fields(kind):
            yield f"{kind.__name__}.{field.name}"  # type: ignore[union-attr]
            yield from schema(hints[field.name])


def test_every_key_of_the_schema_has_its_row() -> None:
    rows = [row.key for row in CORE] + [*PEEKED, *SHOWN, *PROVENANCE, *IDLE]
    assert sorted(rows) == sorted(set(schema()))


@pytest.mark.parametrize("row", CORE, ids=lambda row: f"{row.key}: {row.behaviour}")
def test_a_behaviour_follows_the_key(row: Row) -> None:
    assert row.seen(RULES) == row.before
    assert row.seen(changed(RULES, row.path, row.value)) == row.after


@pytest.mark.parametrize("key", PEEKED)
def test_start_up_follows_the_key(tmp_path: Path, key: str) -> None:
    path, before, after = PEEKED[key]
    assert peeked(RULES, path, tmp_path) == before
    assert peeked(changed(RULES, path, after), path, tmp_path) == after


def test_the_limits_are_there_to_be_shown() -> None:
    shown = RULES.limits[0]
    assert shown == Limit(
        "L01", Name("规划联合审查部门反馈意见", "opinions in the planning joint review"),
        "planning_joint_review", 5, "working_days", "office practice",
    )  # fmt: skip
    stages = {limit.stage for limit in RULES.limits}
    assert stages == {s.value for s in Stage} - {"terminated"}


def test_what_is_only_shown_has_something_to_show() -> None:
    kinds = [s for c in RULES.categories.values() for s in c.subtypes.values()]
    named: list[Category | Subtype | DocumentKind] = [*RULES.categories.values(), *kinds]
    named += RULES.documents.values()
    assert all(thing.name.zh and thing.name.en and thing.basis for thing in named)
    assert all(body.basis for body in RULES.organisations.values())
    assert RULES.roles.basis
    assert RULES.district.name == Name("淄博市张店区", "Zhangdian District, Zibo")
    assert RULES.district.code == "370303"


@pytest.mark.parametrize("stage", Stage)
def test_the_builders_make_a_case_with_nothing_in_its_way(stage: Stage) -> None:
    assert way_ahead(ready(stage), DAY, RULES) == ()
