"""No key of the configuration is idle: each has a row here, with a behaviour that follows it.

A key added to ``states/rules.py`` without a row fails the first test. What people read, and nothing is
decided by, changes a page: ``lifecycle rules`` or ``lifecycle table``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from channel_keys import CHANNELS
from channel_keys import RULES as WITH_CHANNELS
from channel_keys import Row as ChannelRow

from policies.decide import decide, way_ahead
from policies.limits.deadlines import running as running_limits
from policies.limits.duties import due_duties
from policies.limits.ladder import reminders
from states import effects, participants
from states.actions import ACTIONS
from states.actions.base import Action
from states.actions.cases import AddDocument
from states.actions.facilities import AddFacility, Designate
from states.actions.opinions import Sign
from states.calendar import Calendar, Year
from states.drafts import only_drafts
from states.effects import Stamp, after
from states.errors import PeijianError
from states.facts import Case
from states.project import Stage
from states.rules import (
    NO_REMINDERS,
    Category,
    District,
    HearingRule,
    Name,
    Organisation,
    PaperReplyRule,
    Rules,
    Standard,
    Subtype,
)
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
    sign_off,
    signed,
)
from views import terminal
from views.language import speaking
from views.names import Names
from views.page import Page
from views.rules import rules_page
from views.tables_of_law import lifecycle_page
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


def read(page: Callable[[Names], Page], word: str) -> Callable[[Rules], object]:
    """The cells of the line of a page (in Chinese, wide enough for every row) on which a word stands first."""

    def seen(r: Rules) -> object:
        with speaking("zh"):
            lines = terminal.plain(page(Names(r, DAY)), 400).splitlines()
        return next((re.split(r" {2,}", line.strip()) for line in lines if word in line), None)

    return seen


def without_plan(category: str) -> Case:
    """A case in which the special plan of a category is not checked."""
    return ready(decisions=tuple(
        d if d.category != category else changed(d, "special_plan", None) for d in case().decisions
    ))  # fmt: skip


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
    case="ZDPT-2020-0901", kind="planning_conditions", reference="张自然资条字[2020]1号", issued_on=date(2020, 8, 5)
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

L01 = [
    "规划联合审查", "市自然资源局张店分局", "联审成员单位", "L01 规划联合审查部门反馈意见：5个工作日 办理惯例",
]  # fmt: skip


def limit(text: str) -> list[str]:
    """The line of the first limit, as it is read once the limit reads ``text``."""
    return [*L01[:3], text]


LIFTING = [
    "预售不同意见的处理决定 presale_objection", "区住建局", "负责人", "不同意", "预售征求意见",
    "实施方案三(三) (征求意见)；办理惯例",
]  # fmt: skip


def blocked(stands: Case, action: Action, organisation: str, day: str = DAY) -> Callable[[Rules], object]:
    """What stands in the way of an action that the account may take."""
    return lambda r: [o.key for o in decide(stands, action, actor(organisation), day, r, day).obstacles]


def _act(name: str, **fields: Any) -> Action:
    return ACTIONS[name].model_validate({"case": "ZDPT-2020-0901", **fields})


OBJECTED = signed(case(Stage.PRESALE), [])
OBJECTED = changed(OBJECTED, "sign_offs", (sign_off(OBJECTED, "education_sports", verdict="object", reason="不足"),))
LIFT = _act("decide", obstacle="objection:education_sports", document="一号", reason="统筹")
SILENT = case(Stage.PRESALE)
SPEAK_FOR = _act("decide", obstacle="sign_off_missing:education_sports", document="一号", reason="逾期")
UNSIGNED = case()
LETTER = _act(
    "sign", verdict="agree", on_behalf_of="education_sports", letter="张教函〔2020〕1号", letter_on="2020-08-05",
    scan={"name": "函.pdf", "content": b"scan"},
)  # fmt: skip
CONTEST = _act("contest", reason="未出具")
RECORDED = after(
    UNSIGNED, LETTER, Stamp(actor(), DAY, f"{DAY}T09:00:00+08:00"), RULES,
)  # fmt: skip
MONDAY_OFF = Calendar({2020: Year(2020, 1, True, "示例", frozenset({"2020-08-10"}), frozenset())})


def running(code: str, concern: str = "health", stands: Case | None = None) -> Callable[[Rules], object]:
    """The concerns and due days of a limit that runs."""
    case_ = stands or (WITH_CONDITIONS if code == "L06" else UNSIGNED)
    return lambda r: [(d.concern, d.due_on) for d in running_limits(case_, r) if (d.code, d.concern) == (code, concern)]


def due(code: str) -> Callable[[Rules], object]:
    """The due days of a duty that are in sight in July 2020."""
    return lambda r: sorted({d.due_on for d in due_duties(r, "2020-04-01", "2020-07-09") if d.code == code})


def rungs(r: Rules) -> object:
    """The first half of the ladder of a limit of ten working days."""
    return [f"{one.code} {one.on[5:]}" for one in reminders("2020-07-31", "2020-08-14", r) if one.on <= "2020-08-14"]


WITH_CONDITIONS = ready(Stage.LAND_SUPPLY)
RESTING = after(UNSIGNED, _act("case suspend", reason="等待批复"), Stamp(actor(), DAY, f"{DAY}T09:00:00+08:00"), RULES)
EXTEND = _act("limit extend", limit="L02", by=5, reason="需论证", document="一号")
EXTENDED = after(UNSIGNED, EXTEND, Stamp(actor(), DAY, f"{DAY}T09:00:00+08:00"), RULES)
RUNGS = ["R1 08-07", "R2 08-11", "R3 08-13", "R4 08-14"]
L32 = ["制定整改方案", "区教体局、区民政局、区商务局、区卫健局", "2020-04-18", "实施方案二(二)"]
R8 = ["B", "逾期10个工作日", "通报", "领导小组办公室", "实施方案四 (通报)；办理惯例"]


CORE = [
    # -- the district
    Row(
        "District.name", "the rules say whose they are", "district.name", Name("淄博市桓台县", "Huantai County"),
        read(rules_page, "淄博市"), ["淄博市张店区", "370303"], ["淄博市桓台县", "370303"],
    ),
    Row(
        "District.code", "the rules say for which code", "district.code", "370321",
        read(rules_page, "淄博市"), ["淄博市张店区", "370303"], ["淄博市张店区", "370321"],
    ),
    Row(
        "Rules.district", "the whole district", "district", District("370321", Name("淄博市桓台县", "Huantai County")),
        read(rules_page, "淄博市"), ["淄博市张店区", "370303"], ["淄博市桓台县", "370321"],
    ),
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
        "Organisation.basis", "where an organisation comes from is read with it", "organisations.housing.basis",
        "notice 五", read(rules_page, "区住建局 housing"),
        ["区住建局 housing", "部门", "实施方案三(三)，三(四)，附件1"], ["区住建局 housing", "部门", "实施方案五"],
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
        "Roles.basis", "where the roles come from is read above them", "roles.basis", "notice 五",
        read(rules_page, "职责"), ["职责", "实施方案三(二)，三(四)，三(五)，四"], ["职责", "实施方案五"],
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
        "Category.name", "a category is called by its name", "categories.canteen.name", NAME,
        read(rules_page, "canteen"), ["社区食堂 canteen", "暂无，由区领导小组办公室指定", "未要求", "实施方案一"],
        ["甲 canteen", "暂无，由区领导小组办公室指定", "未要求", "实施方案一"],
    ),
    Row(
        "Category.basis", "what is missing for a category is asked for by its clause", "categories.health.basis",
        "elsewhere", first("basis", without_plan("health")), "notice 一, 二(一), 附件2 二(一)3", "elsewhere",
    ),
    Row(
        "Category.competent_department", "this department judges a facility",
        "categories.education.competent_department", "health",
        lambda r: r.competent(facility()), "education_sports", "health",
    ),
    Row(
        "Category.special_plan", "a special plan is asked for where the notice orders one",
        "categories.canteen.special_plan", True,
        lambda r: [o.key for o in way_ahead(without_plan("canteen"), DAY, r)],
        [], ["special_plan_missing:canteen"],
    ),
    Row(
        "Category.subtypes", "a kind of facility belongs to the category that lists it",
        "categories.education.subtypes", {"nursery": NURSERY},
        lambda r: (r.category_of("kindergarten"), r.category_of("nursery")),
        ("education", None), (None, "education"),
    ),
    Row(
        "Subtype.name", "a kind is called by its name", "categories.education.subtypes.kindergarten.name", NAME,
        read(rules_page, "kindergarten"), ["社区教育设施", "幼儿园 kindergarten", "建筑面积", "实施方案一"],
        ["社区教育设施", "甲 kindergarten", "建筑面积", "实施方案一"],
    ),
    Row(
        "Subtype.basis", "where a kind comes from is read with it",
        "categories.education.subtypes.junior_middle_school.basis", "notice 五",
        read(rules_page, "junior_middle_school"), ["初中 junior_middle_school", "建筑面积", "实施方案一 (中学)"],
        ["初中 junior_middle_school", "建筑面积", "实施方案五"],
    ),
    Row(
        "Subtype.scale", "a kind is asked for its own measure", "categories.education.subtypes.kindergarten.scale",
        "beds", keys(), [], ["particular_missing:F1"],
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
        "DocumentKind.name", "a paper is called by its name", "documents.inspection_record.name", NAME,
        read(rules_page, "inspection_record"),
        ["过程监管检查记录 inspection_record", "区住建局", "实施方案三(三)，附件2 二(三)"],
        ["甲 inspection_record", "区住建局", "实施方案三(三)，附件2 二(三)"],
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
        "StageRule.signing_level", "below this level a sign-off is a draft",
        "stages.planning_joint_review.signing_level", "leader",
        lambda r: only_drafts(BY_CLERK, actor("health", "clerk"), case(), r), False, True,
    ),
    # -- edges
    Row(
        "Rules.edges", "an edge without a row lets nothing pass", "edges",
        without(RULES.edges, "issue_permit"), keys(Stage.PERMIT), [], ["policy_failed:documents"],
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
        "EdgeRule.hearing", "so many are heard of each kind", "edges.conclude_planning.hearing",
        HearingRule(2, 2), keys(), [], ["hearing_missing:expert", "hearing_missing:public"],
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
    Row(
        "Standard.level", "an obstacle tells whose standard it is", f"{GFA}.level", "municipal",
        lambda r: dict(way_ahead(SMALL, DAY, r)[-1].detail)["level"], "national", "municipal",
    ),
    # -- exceptions and letters
    Row(
        "Rules.exceptions", "what no decision lifts stays", "exceptions", {},
        refused(OBJECTED, LIFT, "housing"), [], ["not_your_task:housing"],
    ),
    Row(
        "ExceptionRule.name", "the decision is called so", "exceptions.presale_objection.name", NAME,
        read(rules_page, "presale_objection"), LIFTING,
        ["甲 presale_objection", *LIFTING[1:]],
    ),
    Row(
        "ExceptionRule.body", "this body decides", "exceptions.presale_objection.body", "commerce",
        refused(OBJECTED, LIFT, "commerce"), ["not_your_task:commerce"], [],
    ),
    Row(
        "ExceptionRule.level", "a leader decides", "exceptions.presale_objection.level", "clerk",
        refused(OBJECTED, LIFT, "housing", "clerk"), ["leader_needed:housing"], [],
    ),
    Row(
        "ExceptionRule.lifts", "it lifts this obstacle and no other", "exceptions.presale_objection.lifts",
        ("sign_off_stale",), blocked(OBJECTED, LIFT, "housing"), [], ["not_liftable:objection:education_sports"],
    ),
    Row(
        "ExceptionRule.stages", "in these stages", "exceptions.presale_objection.stages",
        ("handover_agreement",), blocked(OBJECTED, LIFT, "housing"),
        [], ["not_liftable:objection:education_sports"],
    ),
    Row(
        "ExceptionRule.after_days", "a department is silent after so many days",
        "exceptions.silent_department.after_days", 0,
        blocked(SILENT, SPEAK_FOR, "leading_group_office"), ["not_yet_silent:education_sports"], [],
    ),
    Row(
        "ExceptionRule.basis", "where it comes from", "exceptions.presale_objection.basis", "notice 五",
        read(rules_page, "presale_objection"), LIFTING, [*LIFTING[:-1], "实施方案五"],
    ),
    Row(
        "Rules.paper_replies", "whether letters are recorded", "paper_replies", PaperReplyRule(False, 3, "x"),
        blocked(UNSIGNED, LETTER, "natural_resources"), [], ["paper_replies_forbidden"],
    ),
    Row(
        "PaperReplyRule.allowed", "whether letters are recorded", "paper_replies.allowed", False,
        blocked(UNSIGNED, LETTER, "natural_resources"), [], ["paper_replies_forbidden"],
    ),
    Row(
        "PaperReplyRule.contest_working_days", "how long a letter may be contested",
        "paper_replies.contest_working_days", 2, blocked(RECORDED, CONTEST, "education_sports", day="2020-08-10"),
        [], ["contest_too_late:education_sports"],
    ),
    Row(
        "PaperReplyRule.basis", "where that comes from", "paper_replies.basis", "notice 五",
        read(rules_page, "代录"), ["书面意见代录：允许，3个工作日内可提出异议 办理惯例"],
        ["书面意见代录：允许，3个工作日内可提出异议 实施方案五"],
    ),
    # -- limits
    Row("Rules.limits", "a limit is read with its stage", "limits", (), read(lifecycle_page, "L01"), L01, None),
    Row(
        "Limit.code", "by its number", "limits.0.code", "L99", read(lifecycle_page, "规划联合审查部门反馈意见"),
        L01, limit("L99 规划联合审查部门反馈意见：5个工作日 办理惯例"),
    ),
    Row(
        "Limit.name", "by its name", "limits.0.name", NAME, read(lifecycle_page, "L01"),
        L01, limit("L01 甲：5个工作日 办理惯例"),
    ),
    Row(
        "Limit.stage", "with the stage that it limits", "limits.0.stage", "under_construction",
        read(lifecycle_page, "L01"), L01,
        ["在建", "区住建局", "L01 规划联合审查部门反馈意见：5个工作日 办理惯例"],
    ),
    Row(
        "Limit.length", "how long it is", "limits.0.length", 7, read(lifecycle_page, "L01"),
        L01, limit("L01 规划联合审查部门反馈意见：7个工作日 办理惯例"),
    ),
    Row(
        "Limit.unit", "what it is counted in", "limits.0.unit", "months", read(lifecycle_page, "L01"),
        L01, limit("L01 规划联合审查部门反馈意见：5个月 办理惯例"),
    ),
    Row(
        "Limit.basis", "where it comes from", "limits.0.basis", "notice 五", read(lifecycle_page, "L01"),
        L01, limit("L01 规划联合审查部门反馈意见：5个工作日 实施方案五"),
    ),
    Row("Limit.clock", "what it measures", "limits.0.clock", None, running("L01"), [("health", "2020-08-12")], []),
    Row(
        "Limit.who", "whose it is, where its clock does not tell", "limits.6.who", "developer",
        lambda r: next(d.party for d in running_limits(WITH_CONDITIONS, r) if d.code == "L06"),
        "natural_resources", "developer",
    ),
    Row(
        "Limit.after", "from which paper it runs", "limits.6.after", ("land_contract",),
        running("L06", ""), [("", "2021-08-16")], [],
    ),
    Row(
        "Limit.until", "to which paper it runs", "limits.6.until", ("planning_conditions",),
        running("L06", ""), [("", "2021-08-16")], [],
    ),
    Row(
        "Limit.suspendable", "whether its clock stops with the case", "limits.0.suspendable", False,
        running("L01", stands=RESTING), [("health", None)], [("health", "2020-08-12")],
    ),
    Row(
        "Limit.warn_days", "a further reminder before it is due", "limits.6.warn_days", 30,
        lambda r: reminders("2020-08-14", "2021-08-16", r, r.limit("L06").warn_days)[0].on, "2021-06-17", "2021-07-16",
    ),
    Row(
        "Limit.extension", "whether it may be extended", "limits.1.extension", None,
        blocked(UNSIGNED, EXTEND, "natural_resources"), [], ["not_extendable:L02"],
    ),
    Row(
        "ExtensionRule.by", "who extends it", "limits.1.extension.by", "housing",
        refused(UNSIGNED, EXTEND, "housing"), ["not_your_task:housing"], [],
    ),
    Row(
        "ExtensionRule.level", "on which level", "limits.1.extension.level", "clerk",
        refused(UNSIGNED, EXTEND, "natural_resources", "clerk"), ["leader_needed:natural_resources"], [],
    ),
    Row(
        "ExtensionRule.at_most", "by how much", "limits.1.extension.at_most", 3,
        blocked(UNSIGNED, EXTEND, "natural_resources"), [], ["extension_too_long:L02"],
    ),
    Row(
        "ExtensionRule.times", "how often", "limits.1.extension.times", 2,
        blocked(EXTENDED, EXTEND, "natural_resources"), ["extended_enough:L02"], [],
    ),
    Row(
        "ExtensionRule.basis", "by which clause", "limits.1.extension.basis", "notice 五",
        lambda r: dict(decide(EXTENDED, EXTEND, actor(), DAY, r, DAY).obstacles[0].detail).get("basis")
        or decide(EXTENDED, EXTEND, actor(), DAY, r, DAY).obstacles[0].basis,
        "office practice", "notice 五",
    ),
    # -- duties
    Row("Rules.duties", "what the notice asks by a date", "duties", (), due("L32"), ["2020-04-18"], []),
    Row("Duty.code", "by its number", "duties.1.code", "L99", due("L32"), ["2020-04-18"], []),
    Row("Duty.on", "on one day", "duties.1.on", "2020-04-20", due("L32"), ["2020-04-18"], ["2020-04-20"]),
    Row(
        "Duty.monthly", "on a day of every month", "duties.6.monthly", 15, due("L35"),
        ["2020-05-10", "2020-06-10", "2020-07-10"], ["2020-05-15", "2020-06-15", "2020-07-15"],
    ),
    Row(
        "Duty.first", "from a month on", "duties.6.first", "2020-06", due("L35"),
        ["2020-05-10", "2020-06-10", "2020-07-10"], ["2020-06-10", "2020-07-10"],
    ),
    Row(
        "Duty.final", "to a last month", "duties.6.final", "2020-06", due("L35"),
        ["2020-05-10", "2020-06-10", "2020-07-10"], ["2020-05-10", "2020-06-10"],
    ),
    Row(
        "Duty.who", "of whom", "duties.1.who", ("health",),
        lambda r: sorted(d.organisation for d in due_duties(r, "2020-04-01", "2020-07-20") if d.code == "L32"),
        ["civil_affairs", "commerce", "education_sports", "health"], ["health"],
    ),
    Row("Duty.name", "what it is called", "duties.1.name", NAME, read(rules_page, "2020-04-18"), L32, ["甲", *L32[1:]]),
    Row(
        "Duty.basis", "by which clause", "duties.1.basis", "notice 五", read(rules_page, "2020-04-18"),
        L32, [*L32[:3], "实施方案五"],
    ),
    # -- reminders
    Row("Rules.reminders", "when somebody is reminded", "reminders", NO_REMINDERS, rungs, RUNGS, []),
    Row("ReminderRules.ladder", "rung by rung", "reminders.ladder", (), rungs, RUNGS, []),
    Row("Rung.code", "each by its code", "reminders.ladder.0.code", "R0", rungs, RUNGS, ["R0 08-07", *RUNGS[1:]]),
    Row("Rung.on", "on its day", "reminders.ladder.0.on", -6, rungs, RUNGS, ["R1 08-06", *RUNGS[1:]]),
    Row("Rung.least_length", "for longer limits", "reminders.ladder.0.least_length", 11, rungs, RUNGS, RUNGS[1:]),
    Row(
        "Rung.to", "to these", "reminders.ladder.0.to", ("office",),
        lambda r: reminders("2020-07-31", "2020-08-14", r)[0].to, ("clerks",), ("office",),
    ),
    Row(
        "Rung.form", "in this form", "reminders.ladder.0.form", "bulletin",
        lambda r: reminders("2020-07-31", "2020-08-14", r)[0].form, "notice", "bulletin",
    ),
    Row(
        "Rung.basis", "by which clause", "reminders.ladder.7.basis", "notice 五", read(rules_page, "逾期10个工作日"),
        R8, [*R8[:4], "实施方案五"],
    ),
    Row(
        "ReminderRules.basis", "where the ladder comes from", "reminders.basis", "notice 五",
        read(rules_page, "提醒  "), ["提醒", "办理惯例"], ["提醒", "实施方案五"],
    ),
    Row(
        "ReminderRules.open_from", "from this hour on", "reminders.open_from", "08:30",
        read(rules_page, "发送"), ["工作日09:00至17:00发送"], ["工作日08:30至17:00发送"],
    ),
    Row(
        "ReminderRules.open_until", "to this hour", "reminders.open_until", "16:30",
        read(rules_page, "发送"), ["工作日09:00至17:00发送"], ["工作日09:00至16:30发送"],
    ),
    Row(
        "ReminderRules.announce_to", "news goes to these", "reminders.announce_to", ("leaders",),
        read(rules_page, "项目动态"), ["项目动态发给：本单位经办人、本单位负责人"], ["项目动态发给：本单位负责人"],
    ),
    # -- the rest
    Row(
        "Rules.completion_filing", "the filing is asked before the acceptance or with its certificate",
        "completion_filing", "after_acceptance",
        lambda r: (r.documents_asked("trigger_acceptance"), r.documents_asked("certify")),
        (
            ("completion_acceptance_report", "completion_filing"),
            ("comprehensive_acceptance_certificate", "completion_filing"),
        ),
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
    Row(
        "Rules.calendar", "what is a working day", "calendar", MONDAY_OFF,
        blocked(RECORDED, CONTEST, "education_sports", day="2020-08-11"), ["contest_too_late:education_sports"], [],
    ),
]  # fmt: skip

#: Read at start-up, before anything is parsed.
PEEKED = {
    "Rules.language": ("language", "zh", "en"),
    "Rules.database": ("database", None, "sqlite:///a.db"),
    "Rules.server": ("server", None, "https://peijian.example.gov.cn"),
}


def schema(kind: Any = Rules) -> Iterator[str]:
    """Every key of the configuration as ``Class.field``, walked from ``Rules`` down."""
    for inner in get_args(kind) if get_origin(kind) else ():
        yield from schema(inner)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in fields(kind):
            yield f"{kind.__name__}.{field.name}"  # type: ignore[union-attr]
            if hints[field.name] is not Calendar:  # the district's, and no key itself
                yield from schema(hints[field.name])


def test_every_key_of_the_schema_has_its_row() -> None:
    rows = [*(row.key for row in CORE), *PEEKED, *(row.key for row in CHANNELS)]
    assert sorted(rows) == sorted(set(schema()))


@pytest.mark.parametrize("row", CORE, ids=lambda row: f"{row.key}: {row.behaviour}")
def test_a_behaviour_follows_the_key(row: Row) -> None:
    assert row.seen(RULES) == row.before
    assert row.seen(changed(RULES, row.path, row.value)) == row.after


@pytest.mark.parametrize("row", CHANNELS, ids=lambda row: f"{row.key}: {row.behaviour}")
def test_a_channel_follows_its_key(row: ChannelRow) -> None:
    assert row.seen(WITH_CHANNELS) == row.before
    assert row.seen(changed(WITH_CHANNELS, row.path, row.value)) == row.after


@pytest.mark.parametrize("key", PEEKED)
def test_start_up_follows_the_key(tmp_path: Path, key: str) -> None:
    path, before, after = PEEKED[key]
    assert peeked(RULES, path, tmp_path) == before
    assert peeked(changed(RULES, path, after), path, tmp_path) == after


@pytest.mark.parametrize("stage", Stage)
def test_the_builders_make_a_case_with_nothing_in_its_way(stage: Stage) -> None:
    assert way_ahead(ready(stage), DAY, RULES) == ()
