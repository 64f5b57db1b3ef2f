"""A configuration is taken whole or refused with file, line and key; nothing in between."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from states.calendar import Calendar, Year
from states.errors import Invalid
from states.project import EDGES, TERMINAL, Stage
from states.rules import Rules
from tests.builders import SHIPPED, changed, rules
from workflow.settings import CATEGORIES, MAX_BYTES, dumps, load, loads, locate, parse, peek

TEXT = SHIPPED.read_text(encoding="utf-8")


def refusal(text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse(text, "district.yaml")
    return caught.value


def edited(old: str, new: str) -> str:
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def line_of(snippet: str, text: str) -> int:
    """The line on which the snippet begins."""
    assert text.count(snippet) == 1, (text.count(snippet), snippet)
    return text.count("\n", 0, text.index(snippet)) + 1


class Row(NamedTuple):
    """One damage to the shipped file: ``at`` begins on the line that the complaint must name."""

    old: str
    new: str
    at: str
    code: str
    key: str
    facts: Mapping[str, Any] = {}


BODIES = [name for name, body in rules().organisations.items() if body.kind != "town"]
HOUSING = "  housing:\n    kind: department\n"
PERMIT = "  construction_permit:\n    lead: housing\n"
ACCEPTANCE = "    lead: housing\n    sign_off: [standing, competent]\n"
KINDERGARTEN = "  - subtype: kindergarten\n    measure: gfa\n    value: 3150\n    unit: m2\n"
CONCLUDE = (
    "  conclude_planning:\n    documents: [planning_conditions]\n    particulars: [scale, location, design]\n"
    "    # The notice gives no number; one of each is the least that can be called taking part.\n"
)
HEARING = "    hearing: { expert: 1, public: 1 }\n"
TWELVE_DEEP = "[" * 14 + "]" * 14

NOT_YAML = [
    Row("language: zh", "language: zh: en", "language: zh: en", "config_syntax", ""),
    Row("language: zh", "language: [zh", "organisations:\n", "config_syntax", ""),
    Row("language: zh", "language: zh\n\tdatabase: x", "\tdatabase", "config_syntax", ""),
    Row("language: zh", "language: zh \x07", "language: zh \x07", "config_syntax", ""),
    Row("language: zh", f"deep: {TWELVE_DEEP}\nlanguage: zh", "deep: ", "config_syntax", ""),
    Row("language: zh", "language: zh\n? [a]\n: b", "? [a]", "config_syntax", ""),
    Row("language: zh", "language: &zh zh", "language: &zh", "config_alias", "language"),
    Row("language: zh", "language: !!str zh", "language: !!str", "config_alias", "language"),
    Row("language: zh", "language: ! zh", "language: ! zh", "config_alias", "language"),
    Row("district:\n  code", "district:\n  <<: {}\n  code", "  <<: {}", "config_alias", "district.<<"),
    Row("language: zh", "language: zh\nlanguage: en", "language: en", "config_duplicate_key", "language"),
    Row(
        HOUSING, f"{HOUSING}    kind: office\n", "    kind: office\n    name: { zh: \"区住建局\"",
        "config_duplicate_key", "organisations.housing.kind",
        {"first": TEXT[: TEXT.index(HOUSING)].count("\n") + 2},
    ),
]  # fmt: skip

NOT_THE_CLASSES = [
    Row(
        f"{ACCEPTANCE}    may_sign", f"{ACCEPTANCE}    may_sing", "    may_sing",
        "config_unknown_key", "stages.completion_joint_acceptance.may_sing", {"near": ["may_sign"]},
    ),
    Row("language: zh", "digest: abc\nlanguage: zh", "digest", "config_unknown_key", "digest", {"near": []}),
    Row("language: zh", "calendar: {}\nlanguage: zh", "calendar: {}", "config_unknown_key", "calendar", {"near": []}),
    Row("limits:\n", "limit:\n", "limit:\n", "config_unknown_key", "limit", {"near": ["limits"]}),
    Row(
        PERMIT, "  construction_permit:\n", "  construction_permit:\n    sign_off",
        "config_missing_key", "stages.construction_permit.lead",
    ),
    Row("language: zh\n", "", "# Peijian: the rules", "config_missing_key", "language"),
    Row(
        "{ expert: 1, public: 1 }", "{ expert: 1 }", "    hearing: { expert: 1 }",
        "config_missing_key", "edges.conclude_planning.hearing.public",
    ),
    Row(
        "kind: office", "kind: bureau", "    kind: bureau", "config_value",
        "organisations.leading_group_office.kind",
        {"value": "bureau", "allowed": ["department", "office", "town"]},
    ),
    Row("language: zh", "language: fr", "language: fr", "config_value", "language", {"value": "fr"}),
    Row(
        'code: "370303101"', "code: 370303101", "code: 370303101", "config_value",
        "organisations.nanding.code",
        {"value": "370303101", "allowed": ["text"]},
    ),
    Row(
        KINDERGARTEN, KINDERGARTEN.replace("3150", '"3150"'), '    value: "3150"', "config_value",
        "standards.1.value", {"allowed": ["number"]},
    ),
    Row("value: 3150", "value: .nan", "    value: .nan\n", "config_value", "standards.1.value",
        {"value": ".nan"}),
    Row("length: 5\n", "length: 0x5\n", "    length: 0x5\n", "config_value", "limits.1.length",
        {"value": "0x5"}),
    Row(
        "    confirmed: false", "    confirmed: no", "    confirmed: no", "config_value",
        "standards.1.confirmed",
        {"value": "no", "allowed": ["true", "false"]},
    ),
    Row(
        "length: 5\n", "length: 5.5\n", "    length: 5.5", "config_value", "limits.1.length",
        {"value": "5.5", "allowed": ["whole number"]},
    ),
    Row(
        "sign_off: [housing]", "sign_off: housing", "    sign_off: housing", "config_value",
        "stages.construction_permit.sign_off", {"value": "housing", "allowed": ["list"]},
    ),
    Row(
        'name: { zh: "区住建局", en: "District Housing and Urban-Rural Development Bureau" }',
        "name: 区住建局",
        "    name: 区住建局", "config_value", "organisations.housing.name", {"allowed": ["mapping"]},
    ),
    Row(
        "particulars: [scale, location, design]", "particulars: [scale, place, design]",
        "    particulars: [scale, place", "config_value", "edges.conclude_planning.particulars.2",
        {
            "value": "place",
            "allowed": [
                "scale", "location", "design", "mode", "ownership", "handover", "recipient", "handover_days",
            ],
        },
    ),
    Row(
        'basis: "office practice"', 'basis: " "', '    basis: " "', "config_value",
        "documents.consultation_letter.basis", {"value": " ", "allowed": ["text"]},
    ),
    Row(
        "区住建局", "区住\u200b建局", '    name: { zh: "区住\u200b', "config_value",
        "organisations.housing.name.zh",
        {"value": ascii("区住\u200b建局"), "allowed": ["text"]},
    ),
    Row(
        "  rental_housing:", "  Rental housing:", "  Rental housing:", "config_value",
        "project_kinds.Rental housing", {"allowed": ["a-z 0-9 _"]},
    ),
]  # fmt: skip

NOT_DEFINED = [
    Row(
        "successor: district_office", "successor: nobody", "    successor: nobody", "config_reference",
        "organisations.leading_group_office.successor", {"value": "nobody"},
    ),
    Row(
        "leading_group_office: leading_group_office", "leading_group_office: office",
        "  leading_group_office: office", "config_reference", "roles.leading_group_office",
        {"allowed": BODIES},
    ),
    Row(
        "state_assets: state_assets", "state_assets: assets", "  state_assets: assets", "config_reference",
        "roles.state_assets",
    ),
    Row(
        "standing: [natural_resources, housing,", "standing: [natural_resources, heping,",
        "  standing: [natural_resources, heping", "config_reference", "roles.standing.2", {"value": "heping"},
    ),
    Row(
        "competent_department: health", "competent_department: sanitation", "    competent_department: san",
        "config_reference", "categories.health.competent_department", {"allowed": BODIES},
    ),
    Row(
        '        basis: "notice 一 (中学)"\n',
        '        basis: "notice 一 (中学)"\n        competent_department: tiyuchang\n',
        "        competent_department: tiyuchang", "config_reference",
        "categories.education.subtypes.junior_middle_school.competent_department",
    ),
    Row(
        "issuer: [housing, competent]", "issuer: [housing, experts]", "    issuer: [housing, experts]",
        "config_reference", "documents.inspection_record.issuer.2",
    ),
    Row(
        "format: land_contract", "format: contract", "    format: contract", "config_reference",
        "documents.land_contract.format",
    ),
    Row(
        PERMIT, "  construction_permit:\n    lead: building\n", "    lead: building", "config_reference",
        "stages.construction_permit.lead", {"value": "building", "allowed": BODIES},
    ),
    Row(
        PERMIT, "  construction_permit:\n    lead: competent\n",
        "    lead: competent\n    sign_off: [housing]",
        "config_reference", "stages.construction_permit.lead", {"allowed": BODIES},
    ),
    Row(
        "sign_off: [housing]", "sign_off: [housing, town]", "    sign_off: [housing, town]",
        "config_reference",
        "stages.construction_permit.sign_off.2",
        {"allowed": [*BODIES, "standing", "competent", "state_assets_if_government_owned"]},
    ),
    Row(
        "may_sign: [town]", "may_sign: [standing]", "    may_sign: [standing]", "config_reference",
        "stages.completion_joint_acceptance.may_sign.1", {"allowed": [*BODIES, "town"]},
    ),
    Row(
        "documents: [presale_application]", "documents: [application]", "    documents: [application]",
        "config_reference", "edges.request_presale.documents.1",
    ),
    Row(
        "  - subtype: convenience_store", "  - subtype: shop", "  - subtype: shop", "config_reference",
        "standards.14.subtype", {"value": "shop"},
    ),
    Row(
        "stage: property_handover\n    clock: use", "stage: closed\n    clock: use", "    stage: closed",
        "config_reference", "limits.25.stage",
        {"allowed": [s.value for s in Stage]},
    ),
    Row(
        "until: [inspection_record]", "until: [report]", "    until: [report]", "config_reference",
        "limits.13.until.1", {"value": "report"},
    ),
    Row(
        "extension: { by: lead, at_most: 45", "extension: { by: nobody, at_most: 45", "    extension: { by: nobody",
        "config_reference", "limits.20.extension.by", {"allowed": ["lead", *BODIES]},
    ),
    Row(
        "who: [natural_resources, housing]\n", "who: [natural_resources, fujia]\n",
        "    who: [natural_resources, fujia]", "config_reference", "duties.3.who.2", {"allowed": BODIES},
    ),
    Row("    until: [inspection_record]\n", "", "  - code: L12\n", "config_missing_key", "limits.13.until"),
    Row("    first: \"2020-05\"\n", "", "  - code: L35\n", "config_missing_key", "duties.7.first"),
    Row(
        "  in_use:\n", "  used:\n    lead: housing\n    basis: \"x\"\n  in_use:\n", "  used:",
        "config_reference", "stages.used", {"allowed": sorted(s.value for s in Stage)},
    ),
    Row(
        "  certify:\n", "  finish:\n    basis: \"x\"\n  certify:\n", "  finish:", "config_reference",
        "edges.finish", {"allowed": sorted(e.name for e in EDGES)},
    ),
    Row(
        "  in_use:\n    lead: competent\n    signing_level: clerk\n"
        "    basis: \"notice 三(五), 附件2 二(五)\"\n", "",
        "stages:\n", "config_missing_key", "stages.in_use",
    ),
    Row(
        "  request_presale:\n    documents: [presale_application]\n"
        "    basis: \"notice 三(三), 附件2 二(三)\"\n", "",
        "edges:\n", "config_missing_key", "edges.request_presale",
    ),
    Row(
        "  allocation_decision:", "  allotment:", "documents:\n  planning", "config_missing_key",
        "documents.allocation_decision",
    ),
]  # fmt: skip

UNSAFE = [
    Row(
        "    sign_off: [housing]\n", "", "  construction_permit:\n    lead: housing\n    signing",
        "nobody_signs",
        "stages.construction_permit.sign_off",
    ),
    Row(
        "standing: [natural_resources, housing, education_sports, civil_affairs, health, commerce]",
        "standing: []", "  standing: []", "nobody_signs", "roles.standing",
    ),
    Row(
        ACCEPTANCE, "    lead: housing\n    sign_off: [housing, competent]\n",
        "    sign_off: [housing, competent]", "acceptance_asks_all",
        "stages.completion_joint_acceptance.sign_off", {"allowed": ["standing", "competent"]},
    ),
    Row(
        ACCEPTANCE, "    lead: housing\n    sign_off: [standing]\n", "    sign_off: [standing]\n",
        "acceptance_asks_all", "stages.completion_joint_acceptance.sign_off",
    ),
    Row(
        "    issuer: [housing]\n    format: official_document\n    basis: \"notice 附件2 二(四)2\"",
        "    issuer: [housing, finance]\n    format: official_document\n    basis: \"notice 附件2 二(四)2\"",
        "    issuer: [housing, finance]", "certificate_issuer",
        "documents.comprehensive_acceptance_certificate.issuer", {"allowed": ["housing"]},
    ),
    Row(
        "  canteen:\n", "  refectory:\n", "categories:\n", "seven_categories", "categories.canteen",
        {"allowed": list(CATEGORIES), "more": 1},
    ),
    Row(
        "  canteen:\n",
        "  parking:\n    name: { zh: 停车, en: parking }\n    competent_department: null\n"
        "    special_plan: false\n    basis: x\n    subtypes: {}\n  canteen:\n",
        "  parking:\n", "seven_categories", "categories.parking",
    ),
    Row(
        CONCLUDE + HEARING, CONCLUDE, "  conclude_planning:\n", "nothing_asked",
        "edges.conclude_planning.hearing",
    ),
    Row(
        "documents: [presale_application]", "documents: []", "    documents: []", "nothing_asked",
        "edges.request_presale.documents",
    ),
    Row(
        "documents: [presale_application]", "documents: [presale_application]\n    particulars: [recipient]",
        "    particulars: [recipient]", "never_asked", "edges.request_presale.particulars",
    ),
    Row(
        "hearing: { expert: 1, public: 1 }", "hearing: { expert: 1, public: 0 }",
        "    hearing: { expert: 1, public: 0 }", "out_of_range", "edges.conclude_planning.hearing.public",
        {"value": "0", "allowed": [">= 1"]},
    ),
    Row(
        'on: "2020-06-30"', 'on: "30.06.2020"', '      - { on: "30.06.2020"', "out_of_range",
        "organisations.mashang.renamed.1.on", {"value": "30.06.2020", "allowed": ["YYYY-MM-DD"]},
    ),
    Row(
        'effective_from: "2018-12-01"', 'effective_from: "20181201"', '    effective_from: "20181201"',
        "out_of_range", "standards.1.effective_from",
    ),
    Row(
        'effective_from: "2018-12-01"', "effective_from: 2018-02-30", "    effective_from: 2018-02-30",
        "out_of_range", "standards.1.effective_from", {"value": "2018-02-30"},
    ),
    Row(
        'effective_from: "2018-12-01"', 'effective_from: "2018-12-01"\n    effective_to: "2018-11-30"',
        '    effective_to: "2018-11-30"', "not_in_order", "standards.1.effective_to",
    ),
    Row(
        "measured_tolerance_percent: 0", "measured_tolerance_percent: 3.01",
        "measured_tolerance_percent: 3.01",
        "out_of_range", "measured_tolerance_percent", {"value": "3.01", "allowed": ["0..3"]},
    ),
    Row(
        "measured_tolerance_percent: 0", "measured_tolerance_percent: 1e999",
        "measured_tolerance_percent: 1e999",
        "out_of_range", "measured_tolerance_percent",
    ),
    Row("value: 3150", "value: 0", "    value: 0\n", "out_of_range", "standards.1.value",
        {"allowed": ["> 0"]}),
    Row("value: 3150", "value: 1e999", "    value: 1e999\n", "out_of_range", "standards.1.value"),
    Row(
        "households_from: 1500", "households_from: -1", "    households_from: -1", "out_of_range",
        "standards.1.households_from",
    ),
    Row("length: 5\n", "length: 0\n", "    length: 0\n", "out_of_range", "limits.1.length"),
    Row("warn_days: 60", "warn_days: 0", "    warn_days: 0", "out_of_range", "limits.7.warn_days"),
    Row("at_most: 45", "at_most: 0", "    extension: { by: lead, at_most: 0", "out_of_range",
        "limits.20.extension.at_most"),
    Row("times: 2", "times: 0", "    extension: { by: lead, times: 0", "out_of_range", "limits.12.extension.times"),
    Row('on: "2020-06-30"\n    basis: "notice 三(二), 三(四)"', 'on: "2020-06-31"\n    basis: x',
        '    on: "2020-06-31"', "out_of_range", "duties.3.on", {"allowed": ["YYYY-MM-DD"]}),
    Row("monthly: 10", "monthly: 31", "    monthly: 31", "out_of_range", "duties.7.monthly"),
    Row('first: "2020-05"', 'first: "2020-5"', '    first: "2020-5"', "out_of_range", "duties.7.first"),
    Row('final: "2021-12"', 'final: "2019-12"', '    final: "2019-12"', "not_in_order", "duties.7.final"),
    Row("    monthly: 10\n", '    monthly: 10\n    on: "2020-05-10"\n', '    on: "2020-05-10"\n', "one_of_two",
        "duties.7.on"),
    Row("    monthly: 10\n", "", "  - code: L35\n", "one_of_two", "duties.7.code"),
    Row("who: [natural_resources, housing]\n", "who: []\n", "    who: []", "asks_nobody", "duties.3.who"),
    Row("    clock: rectification\n", "", "    extension: { by: lead, at_most: 45", "nothing_runs",
        "limits.20.extension"),
    Row('open_from: "09:00"', 'open_from: "9:00"', '  open_from: "9:00"', "out_of_range", "reminders.open_from"),
    Row('open_until: "17:00"', 'open_until: "08:00"', '  open_until: "08:00"', "not_in_order",
        "reminders.open_until"),
    Row("code: R1, on: -5", "code: R1, on: -2", "  ladder:\n", "not_in_order", "reminders.ladder"),
    Row("code: R1, on: -5", "code: W, on: -5", "    - { code: W, on: -5", "reserved", "reminders.ladder.1.code"),
    Row("code: R1, on: -5", "code: news, on: -5", "    - { code: news, on: -5", "reserved", "reminders.ladder.1.code"),
    Row("code: R1, on: -5", "code: R1, on: -99", "    - { code: R1, on: -99", "out_of_range",
        "reminders.ladder.1.on"),
    Row("least_length: 10", "least_length: -1", "    - { code: R1", "out_of_range",
        "reminders.ladder.1.least_length"),
    Row('code: "370303"\n', 'code: "37030"\n', '  code: "37030"', "out_of_range", "district.code"),
    Row(
        KINDERGARTEN, KINDERGARTEN.replace("unit: m2", "unit: classes"),
        "    unit: classes\n    level: national\n"
        '    source: "GB', "unit_and_measure", "standards.1.unit",
    ),
    Row(
        HOUSING, f"  town:\n    kind: office\n    name: {{ zh: 镇, en: Town }}\n    basis: x\n{HOUSING}",
        "  town:\n",
        "reserved", "organisations.town",
    ),
    Row(
        "  district_office:\n    kind: office\n",
        "  district_office:\n    kind: office\n    successor: leading_group_office\n",
        "    successor: district_office", "circle", "organisations.leading_group_office.successor",
        {"more": 1},
    ),
    Row(
        '      - { on: "2020-06-30"',
        '      - { on: "2021-01-01", zh: 新马尚, en: New }\n      - { on: "2020-06-30"',
        "    renamed:\n", "not_in_order", "organisations.mashang.renamed",
    ),
    Row("language: zh", "language:\n  zh", "language:\n  zh", "not_on_one_line", "language"),
    Row("language: zh", 'language: zh\ndatabase: "C:\\\\data"', "database: \"C:", "not_on_one_line",
        "database"),
    Row("language: zh", "language: zh\nserver:\n  https://a.example", "server:\n  https", "not_on_one_line", "server"),
]  # fmt: skip

TWICE = [
    Row(
        "      sports_hall:\n", "      community_rooms:\n",
        "      community_rooms:\n        name: { zh: \"体育场馆\"",
        "config_duplicate_key", "categories.sports.subtypes.community_rooms",
    ),
    Row(
        "  - code: L02\n", "  - code: L01\n", "  - code: L01\n    name: { zh: \"规划联合审查本轮",
        "config_duplicate_key", "limits.2.code", {"value": "L01"},
    ),
    Row("code: R2,", "code: R1,", "    - { code: R1, on: -3", "config_duplicate_key", "reminders.ladder.2.code"),
    Row("  - code: L42\n", "  - code: L31\n", "  - code: L31\n    name: { zh: \"建立", "config_duplicate_key",
        "duties.3.code"),
]  # fmt: skip


def told(error: Invalid) -> tuple[str, object, object, object]:
    return error.code, error.params["file"], error.params["line"], error.params["key"]


@pytest.mark.parametrize(
    "row", NOT_YAML + NOT_THE_CLASSES + NOT_DEFINED + TWICE, ids=lambda row: f"{row.code}:{row.key}"
)
def test_a_fault_is_refused_with_its_line_and_key(row: Row) -> None:
    text = edited(row.old, row.new)
    error = refusal(text)
    assert told(error) == (row.code, "district.yaml", line_of(row.at, text), row.key)
    assert {name: error.params[name] for name in row.facts} == row.facts


@pytest.mark.parametrize("row", UNSAFE, ids=lambda row: f"{row.code}:{row.key}")
def test_what_no_configuration_may_say_is_refused_with_its_reason(row: Row) -> None:
    text = edited(row.old, row.new)
    error = refusal(text)
    assert told(error) == ("config_unsafe", "district.yaml", line_of(row.at, text), row.key)
    assert error.params["reason"] == row.code
    assert {name: error.params[name] for name in row.facts} == row.facts


def test_lines_are_counted_from_one() -> None:
    assert told(refusal("language: zh\n\nlanguage: en\n")) == (
        "config_duplicate_key", "district.yaml", 3, "language",
    )  # fmt: skip


def test_the_first_fault_by_line_is_told_and_the_others_are_counted() -> None:
    text = edited("stage: property_handover\n    clock: use", "stage: closed").replace(
        "format: land_contract", "format: contract"
    )
    text = text.replace("measured_tolerance_percent: 0", "measured_tolerance_percent: 9")
    error = refusal(text)
    assert error.params["key"] == "documents.land_contract.format"
    assert error.params["more"] == 2


def test_a_fault_further_up_is_told_first_whatever_its_kind() -> None:
    text = edited("language: zh", "language: fr").replace("length: 5\n", "length: five\n")
    assert refusal(text).params["key"] == "language"


def test_every_stage_but_three_needs_somebody_to_sign() -> None:
    unsigned = {s for s in Stage if not rules().stages[s].sign_off}
    assert unsigned == {Stage.CONSTRUCTION, Stage.IN_USE, Stage.TERMINATED}


@pytest.mark.parametrize("text", ["", " \n", "\ufeff", "\r\n\r\n"])
def test_an_empty_text_is_no_configuration(text: str) -> None:
    error = refusal(text)
    assert (error.code, error.params["reason"]) == ("config_unreadable", "empty")


@pytest.mark.parametrize(("text", "shown"), [("# only a comment\n", "null"), ("- a\n", '["a"]'), ("zh\n", "zh")])
def test_a_text_without_keys_is_refused_on_its_first_line(text: str, shown: str) -> None:
    error = refusal(text)
    assert told(error) == ("config_value", "district.yaml", 1, "")
    assert (error.params["value"], error.params["allowed"]) == (shown, ["mapping"])


@pytest.mark.parametrize("text", ["%YAML 1.1\n---\nlanguage: zh\n", "language: zh\n---\nlanguage: zh\n"])
def test_directives_and_second_documents_are_refused(text: str) -> None:
    assert refusal(text).code in ("config_alias", "config_syntax")


def test_a_thousandfold_alias_is_refused_before_it_grows() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    error = refusal("\n".join(rows))
    assert (error.code, error.params["line"], error.params["key"]) == ("config_alias", 1, "a0")


def test_dates_may_stand_without_quotes() -> None:
    plain = parse(TEXT.replace('"2018-12-01"', "2018-12-01"), "district.yaml")
    assert replace(plain, digest=rules().digest) == rules()


SMALL = """\
# a small one
district:
  code: "370303"   # quoted
  name: { zh: "张店", en: 'Zhangdian' }
language: zh
roles: {standing: [housing, health], basis: >
    folded
    text}
limits:
  - code: L01
    length: 5
standards: []
"""


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(SMALL)),
    st.integers(0, 6),
    st.text(alphabet="\t\n\r #&*!|>%@`'\"{}[],:?-~<\\\x00\x07\ud800\u2028é张0x.9eE+_", max_size=6),
)
def test_a_damaged_text_is_refused_and_nothing_else_happens(place: int, lost: int, inserted: str) -> None:
    error = refusal(SMALL[:place] + inserted + SMALL[place + lost :])
    assert error.code.startswith("config_")
    assert isinstance(error.params.get("line", 1), int)


# -- files -------------------------------------------------------------------------------------------


def unreadable(path: Path) -> object:
    with pytest.raises(Invalid) as caught:
        load(path)
    assert (caught.value.code, caught.value.params["file"]) == ("config_unreadable", str(path))
    return caught.value.params["reason"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert unreadable(tmp_path / "config.yaml") == "missing"


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    assert unreadable(tmp_path) == "not_a_file"


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes(TEXT.encode("gb18030"))
    assert unreadable(path) == "not_utf8"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_bytes(b"\n")
    assert unreadable(path) == "empty"


def test_a_file_of_more_than_a_megabyte_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert unreadable(path) == "too_large"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "closed.yaml"
    path.write_text(TEXT, encoding="utf-8")
    path.chmod(0)
    assert unreadable(path) == "not_permitted"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_windows_files_are_read_and_digested_byte_by_byte(tmp_path: Path, mark: str, ends: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes((mark + TEXT.replace("\n", ends)).encode())
    found = load(path)
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert replace(found, digest="") == replace(rules(), digest="")
    assert peek(path, "language") == "zh"


# -- the compiled form -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "configured",
    [
        rules(),
        changed(rules(), "database", "sqlite:///张店.db"),
        changed(rules(), "measured_tolerance_percent", 0.1 + 0.2),
        changed(rules(), "limits", ()),
    ],
    ids=["shipped", "database", "awkward number", "without limits"],
)
def test_compiled_rules_come_back_exactly(configured: Rules) -> None:
    assert loads(dumps(configured)) == configured
    assert dumps(loads(dumps(configured))) == dumps(configured)


def test_compiled_rules_leave_the_calendar_to_the_district() -> None:
    holiday = Calendar({2020: Year(2020, 1, True, "示例", frozenset({"2020-01-01"}), frozenset())})
    assert dumps(replace(rules(), calendar=holiday)) == dumps(rules())


def test_compiled_rules_carry_their_digest() -> None:
    assert loads(dumps(rules())).digest == hashlib.sha256(TEXT.encode()).hexdigest()


COMPILED = dumps(rules())


@pytest.mark.parametrize("text", ["", "{}", "null", COMPILED[:-2], COMPILED.replace('"language"', '"tongue"')])
def test_damaged_compiled_rules_are_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        loads(text)
    assert (caught.value.code, caught.value.params["reason"]) == ("config_unreadable", "damaged")


# -- start-up ----------------------------------------------------------------------------------------


def test_the_file_is_looked_for_in_four_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"PEIJIAN_CONFIG": "from-environment.yaml"}
    assert locate("explicit.yaml", environ) == Path("explicit.yaml")
    assert locate(None, environ) == Path("from-environment.yaml")
    assert locate(None, {"PEIJIAN_CONFIG": ""}).resolve() == SHIPPED.resolve()
    (tmp_path / "config.yaml").touch()
    assert locate(None, {}) == Path("config.yaml")


PEEKED = {
    "language: zh": "zh",
    "language:   en   ": "en",
    "language: en # English": "en",
    "language: 'zh'": "zh",
    'language: "zh"   # 中文': "zh",
    "language: zh\r": "zh",
    "\ufefflanguage: zh": "zh",
    "language: a#b": "a#b",
    "language: sqlite:///C:/data/a b.db": "sqlite:///C:/data/a b.db",
    "language:": None,
    "language: ": None,
    "language: null": None,
    "language: ~": None,
    'language: ""': None,
    "language: # nothing": None,
    "language: |": None,
    "language: [zh]": None,
    "languages: zh": None,
    "# language: zh": None,
    " language: zh": None,
    "": None,
}


@pytest.mark.parametrize("line", PEEKED)
@pytest.mark.parametrize("before", ["", "district: x\n"])
def test_a_peek_reads_one_line_and_checks_nothing(tmp_path: Path, before: str, line: str) -> None:
    path = tmp_path / "config.yaml"
    mark = "\ufeff" if line.startswith("\ufeff") else ""
    path.write_bytes((mark + before + line.removeprefix("\ufeff") + "\nother: [\n").encode())
    assert peek(path, "language") == PEEKED[line]


def test_a_peek_into_nothing_or_into_noise_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00language: zh")
    assert peek(tmp_path / "missing", "language") is None
    assert peek(tmp_path, "language") is None
    assert peek(tmp_path / "noise", "language") is None


@pytest.mark.parametrize("key", ["database", "server"])
@pytest.mark.parametrize("written", ["sqlite:///a.db", "'pg://h/d'", '"pg://h/d?a=b#c"', "null", "x # y"])
def test_what_is_peeked_is_what_is_parsed(tmp_path: Path, written: str, key: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(TEXT + f"\n{key}: {written}\n", encoding="utf-8")
    assert peek(path, key) == getattr(load(path), key)


def test_importing_and_peeking_load_neither_yaml_nor_pydantic() -> None:
    script = (
        "import sys; from pathlib import Path; from workflow import settings;"
        f"assert settings.peek(Path({str(SHIPPED)!r}), 'language') == 'zh';"
        "heavy = {'ruamel.yaml', 'pydantic', 'pydantic_core', 'transitions', 'sqlmodel'} & set(sys.modules);"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=SHIPPED.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


# -- the district that is shipped --------------------------------------------------------------------

TOWNS = {
    "nanding": ("南定镇", "370303101"),
    "fujia": ("傅家镇", "370303104"),
    "mashang": ("马尚街道", "370303009"),
    "fangzhen": ("房镇镇", "370303107"),
    "zhongbu": ("中埠镇", "370303105"),
    "fengshui": ("沣水镇", "370303102"),
    "chezhan": ("车站街道", "370303001"),
    "heping": ("和平街道", "370303004"),
    "gongyuan": ("公园街道", "370303002"),
    "keyuan": ("科苑街道", "370303005"),
    "tiyuchang": ("体育场街道", "370303006"),
    "hutian": ("湖田街道", "370303003"),
}

#: Facilities of the two sample projects of 2020: kind, floor area and site in hundredths of m², classes.
SAMPLES: dict[str, tuple[int, str, list[tuple[str, int | None, int | None, int | None]]]] = {
    "清禾家园": (
        1680,
        "2020-08-14",
        [
            ("kindergarten", 324_000, 540_000, 9),
            ("community_rooms", 62_000, None, None),
            ("elderly_day_care_centre", 42_000, None, None),
            ("health_service_station", 18_000, None, None),
            ("convenience_market", 100_000, None, None),
            ("convenience_store", 8_000, None, None),
            ("sports_ground", None, 81_000, None),
            ("fitness_facility", None, 32_000, None),
            ("community_canteen", 20_000, None, None),
        ],
    ),
    "云岭雅居": (
        612,
        "2020-10-10",
        [
            ("community_rooms", 20_000, None, None),
            ("elderly_service_facility", 35_000, None, None),
            ("health_service_station", 12_000, None, None),
            ("convenience_store", 9_000, None, None),
            ("fitness_facility", None, 26_000, None),
        ],
    ),
}


def minima(subtype: str, households: int, day: str) -> dict[str, int]:
    """The greatest minimum of each measure."""
    found: dict[str, int] = {}
    for standard in rules().standards:
        if standard.applies(subtype, households, day):
            found[standard.measure] = max(found.get(standard.measure, 0), standard.minimum(households))
    return found


def test_the_twelve_towns_bear_their_present_names_and_codes() -> None:
    bodies = rules().organisations
    today = {name: body.on("2020-07-01") for name, body in bodies.items() if body.kind == "town"}
    assert {name: (called.zh, code) for name, (called, code) in today.items()} == TOWNS
    assert rules().organisations["mashang"].on("2020-06-29")[0].zh == "马尚镇"


@pytest.mark.parametrize("project", SAMPLES)
def test_the_sample_projects_satisfy_the_standards_of_their_day(project: str) -> None:
    households, day, facilities = SAMPLES[project]
    for subtype, gfa, site, classes in facilities:
        given = {"gfa": gfa, "site": site, "classes": classes}
        for measure, least in minima(subtype, households, day).items():
            assert (given[measure] or 0) >= least, (subtype, measure)


def test_a_five_minute_neighbourhood_must_meet_these_scales() -> None:
    owed = [s for s, *_ in SAMPLES["清禾家园"][2]]
    assert {subtype: minima(subtype, 1680, "2020-08-14") for subtype in owed} == {
        "kindergarten": {"gfa": 315_000, "site": 524_000},
        "community_rooms": {"gfa": 60_000},
        "elderly_day_care_centre": {"gfa": 35_000},
        "health_service_station": {"gfa": 12_000},
        "convenience_market": {"gfa": 75_000},
        "convenience_store": {"gfa": 5_000},
        "sports_ground": {"site": 80_000},
        "fitness_facility": {"site": 15_000},
        "community_canteen": {},
    }


def test_a_neighbourhood_block_is_measured_by_its_households() -> None:
    assert minima("community_rooms", 612, "2020-10-10") == {"gfa": 18_360}
    assert minima("elderly_service_facility", 612, "2020-10-10") == {}
    assert minima("elderly_service_facility", 612, "2022-10-01") == {"gfa": 12_240}


def test_no_number_is_called_confirmed_that_nobody_has_compared_with_the_paper() -> None:
    assert {s.confirmed for s in rules().standards} == {False}
    assert all("unverified" in s.source for s in rules().standards)


def test_the_canteen_has_no_department_until_one_is_designated() -> None:
    canteen = rules().categories["canteen"]
    assert (canteen.competent_department, canteen.special_plan) == (None, False)


def test_only_the_agreement_must_come_with_its_file() -> None:
    assert [kind for kind, rule in rules().documents.items() if rule.file_required] == ["handover_agreement"]


def test_every_stage_that_is_not_an_end_has_a_limit() -> None:
    assert {limit.stage for limit in rules().limits} == {s.value for s in Stage if s not in TERMINAL}


#: The numbered parts of the notice: its body, and part 二 of its annex 2.
BODY = {"一", "二(一)", "二(二)", "二(三)", "三(一)", "三(二)", "三(三)", "三(四)", "三(五)", "四", "附件1"}
ANNEX_2 = {
    *(f"二(一){n}" for n in range(1, 6)), *(f"二(二){n}" for n in range(1, 5)), "二(三)",
    *(f"二(四){n}" for n in range(1, 4)), "二(五)",
}  # fmt: skip


def test_every_clause_that_is_cited_stands_in_the_notice() -> None:
    cited = re.findall(r'(?:basis|source): "notice ([^";]*)', TEXT)
    clauses = {re.sub(r" \(.*\)$", "", c) for text in cited for c in re.split(r",\s*", text)}
    assert len(cited) > 60
    assert {c.removeprefix("附件2 ") for c in clauses} <= BODY | ANNEX_2
    assert {c for c in clauses if c.startswith("附件2 ")} <= {f"附件2 {c}" for c in ANNEX_2}
