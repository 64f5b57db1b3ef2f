"""A project's record (JSON or YAML, as the departments exchange it) to the action that opens its case.

Only the case and its facilities are taken; what else the record holds happened later and is entered as it
happens. Which sections were left aside is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from states.errors import Invalid, unknown
from states.rules import Rules
from workflow.files import GivenFile, read_whole

_MAX_BYTES = 5_000_000
_MAX_DIGITS = 7
#: Record field -> field of OpenCase.
_CASE = {
    "case_no": "case",
    "name": "project",
    "project_kind": "kind",
    "parcel_code": "parcel",
    "project_code": "project_code",
    "land_area_m2": "land_area_m2",
    "plot_ratio": "plot_ratio",
    "aboveground_gfa_m2": "aboveground_gfa_m2",
    "residential_gfa_m2": "residential_gfa_m2",
    "households": "households",
    "planned_population": "population",
    "regulatory_plan": "regulatory_plan",
}
_FACILITY = {
    "id": "facility",
    "subtype": "subtype",
    "gfa_m2": "gfa_m2",
    "site_m2": "site_m2",
    "location": "location",
    "design_requirements": "design",
    "construction_mode": "mode",
}
_TAKEN = {*_CASE, "town", "town_code", "developer", "facilities", "ownership_exception", "not_required"}
_CAPACITY = re.compile(r"(\d+)\s*(classes|seats|beds)")


def read(path: GivenFile) -> dict[str, Any]:
    """A JSON or YAML file as a mapping.

    Raises Invalid naming the file (and line) when it is missing, empty, not UTF-8, too large or broken.
    """
    place = {"path": str(path)}
    content = read_whole(path, _MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("not_utf8", {**place, "byte": error.start}) from error
    if not text.strip():
        raise Invalid("empty_file", place)
    found = _json(text, place) if path.suffix.lower() == ".json" else _yaml(text, place)
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise Invalid("not_a_mapping", place)
    return found


def _json(text: str, place: dict[str, str]) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Invalid("bad_json", {**place, "line": error.lineno}) from error
    except (ValueError, RecursionError) as error:
        raise Invalid("bad_json", {**place, "line": 1}) from error


def _yaml(text: str, place: dict[str, str]) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Invalid("bad_yaml", {**place, "line": mark.line + 1 if mark else 1}) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise Invalid("bad_yaml", {**place, "line": 1}) from error


def is_record(found: Mapping[str, Any]) -> bool:
    """Whether this is a project's record, and not the fields of the action itself."""
    return "case_no" in found


def opening(record: Mapping[str, Any], rules: Rules) -> tuple[dict[str, Any], list[str]]:
    """The fields of ``case open``, and the sections of the record that were left aside.

    Raises Invalid where the record has another shape, NotFound for an unknown town.
    """
    fields = _renamed(record, _CASE)
    fields["town"] = _town(record, rules)
    developer = _section(record, "developer", {})
    fields["developer"], fields["developer_code"] = developer.get("name"), developer.get("usc_code")
    exception = _section(record, "ownership_exception", {})
    facilities = _section(record, "facilities", [])
    if not all(isinstance(facility, dict) for facility in facilities):
        raise _misshapen("facilities", "dict_type")
    fields["facilities"] = [_facility(facility, exception) for facility in facilities]
    fields["decisions"] = _section(record, "not_required", [])
    return {k: v for k, v in fields.items() if v is not None}, sorted(record.keys() - _TAKEN)


def _misshapen(field: str, kind: str) -> Invalid:
    return Invalid("invalid_input", {"problems": [{"field": field, "type": kind, "ctx": {}}]})


Section = TypeVar("Section", dict[str, Any], list[Any])


def _section(record: Mapping[str, Any], name: str, empty: Section) -> Section:
    """A part of the record, in the form of ``empty``; ``empty`` itself where there is none."""
    found = record.get(name)
    if found is None:
        return empty
    if not isinstance(found, type(empty)):
        raise _misshapen(name, "dict_type" if empty == {} else "list_type")
    return found


def _renamed(found: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {new: found[old] for old, new in names.items() if found.get(old) not in (None, "")}


def _town(record: Mapping[str, Any], rules: Rules) -> str:
    """A town by its id, its code or one of its names."""
    wanted = {str(record.get("town_code")), str(record.get("town"))}
    towns = {o: body for o, body in rules.organisations.items() if body.kind == "town"}
    for town, body in towns.items():
        known = {town, body.code, body.name.zh, body.name.en} | {
            text for change in body.renamed for text in (change.zh, change.en, change.code)
        }
        if known & wanted:
            return town
    raise unknown("town", str(record.get("town")), [body.name.zh for body in towns.values()])


def _facility(found: Mapping[str, Any], exception: Mapping[str, Any]) -> dict[str, Any]:
    fields = _renamed(found, _FACILITY)
    for count, unit in _CAPACITY.findall(str(found.get("capacity") or "")):
        if len(count) > _MAX_DIGITS:
            raise _misshapen("capacity", "int_parsing_size")
        fields[unit] = int(count)
    if ownership := found.get("ownership"):
        fields["ownership"] = str(ownership).lower()
    if found.get("id") in _section(exception, "facilities", []):
        fields |= {f"ownership_{part}": exception.get(part) for part in ("reason", "basis")}
    return fields
