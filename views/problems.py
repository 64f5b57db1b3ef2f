"""What is wrong with a field, by the type of the validation error; the last part of a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from views.labels import KNOWN, label
from views.language import N_, _

PYDANTIC: dict[str, str] = {
    "missing": N_("is missing"),
    "none_required": N_("must stay empty"),
    "extra_forbidden": N_("is not a field here"),
    "literal_error": N_("must be one of these: {expected}"),
    "enum": N_("must be one of these: {expected}"),
    # -- text -----------------------------------------------------------------------------------
    "string_type": N_("must be text"),
    "string_unicode": N_("must be text in UTF-8"),
    "string_too_short": N_("must not be empty"),
    "string_too_long": N_("must not be longer than {max_length} characters"),
    "string_pattern_mismatch": N_("is not in the required form"),
    "unprintable": N_("contains the character U+{code}, which must not stand in a record"),
    "file_name": N_("must be a plain file name, without a path"),
    # -- numbers --------------------------------------------------------------------------------
    "int_type": N_("must be a whole number"),
    "int_parsing": N_("must be a whole number"),
    "int_parsing_size": N_("is too large"),
    "int_from_float": N_("must be a whole number"),
    "float_type": N_("must be a number"),
    "float_parsing": N_("must be a number"),
    "decimal_type": N_("must be a number"),
    "decimal_parsing": N_("must be a number"),
    "decimal_max_digits": N_("has more than {max_digits} digits"),
    "decimal_max_places": N_("has more than {decimal_places} decimals"),
    "decimal_whole_digits": N_("has more than {whole_digits} digits before the point"),
    "finite_number": N_("must be a finite number"),
    "greater_than": N_("must be greater than {gt}"),
    "greater_than_equal": N_("must not be less than {ge}"),
    "less_than": N_("must be less than {lt}"),
    "less_than_equal": N_("must not be greater than {le}"),
    "multiple_of": N_("must be a multiple of {multiple_of}"),
    "bool_type": N_("must be yes or no"),
    "bool_parsing": N_("must be yes or no"),
    # -- days -----------------------------------------------------------------------------------
    "date_type": N_("must be a day, such as 2020-07-20"),
    "date_parsing": N_("must be a day, such as 2020-07-20"),
    "date_from_datetime_parsing": N_("must be a day, such as 2020-07-20"),
    "date_from_datetime_inexact": N_("must be a day without a time"),
    # -- lists and groups -----------------------------------------------------------------------
    "dict_type": N_("must consist of names with values"),
    "mapping_type": N_("must consist of names with values"),
    "model_type": N_("must consist of names with values"),
    "model_attributes_type": N_("must consist of names with values"),
    "tuple_type": N_("must be a list"),
    "list_type": N_("must be a list"),
    "iterable_type": N_("must be a list"),
    "too_short": N_("needs at least {min_length}"),
    "too_long": N_("must not have more than {max_length}"),
    "bytes_type": N_("must be the content of a file"),
    "bytes_invalid_encoding": N_("must be the content of a file"),
    "bytes_too_short": N_("must not be empty"),
    "bytes_too_long": N_("must not be larger than {max_length} bytes"),
    "json_invalid": N_("is not valid JSON"),
    "value_error": N_("is not valid"),
    # -- ours -----------------------------------------------------------------------------------
    "built_contradicted": N_("built means 100 per cent, and cannot be said together with not built"),
    "basis_needed": N_("a basis is needed"),
    "key_twice": N_("names {key} twice"),
    "change_empty": N_("name what changes: new values, a removal, a decision or the developer"),
    "letter_of_nobody": N_("say for whom the letter is recorded (--for)"),
    "link_needed": N_("name the facility or case elsewhere"),
    "location_needed": N_("give the location, or say that it is as required"),
    "title_or_exemption": N_("give either a title or an exemption"),
    "verdict_incomplete": N_("this verdict also needs: {fields}"),
    "conditions_without_verdict": N_("conditions need the verdict “agree with conditions”"),
    "judged_twice": N_("a facility is judged twice"),
    "answer_incomplete": N_("whether it was adopted and the reply go together"),
    "back_in_time": N_("step {step} goes back in time"),
    "unknown_account": N_("step {step} is by {name}, who has no account in the script"),
    "invalid_key": N_("must have names that are text"),
    "facility_twice": N_("two facilities have the same number"),
}

#: What is wrong with a cell, a row or a sheet of a workbook.
CELLS: dict[str, str] = {
    "sheet_missing": N_("the sheet is missing; take a new template"),
    "fields_missing": N_("the hidden second row, which names the fields, is missing; take a new template"),
    "column_missing": N_("the column {value} is missing; take a new template"),
    "column_unknown": N_("there is no field {value}; leave the second row as it is in the template"),
    "column_twice": N_("the field {value} has two columns; remove one"),
    "merged_cells": N_("cells are merged; separate them and fill every one"),
    "no_projects": N_("there is no project in it"),
    "formula_cell": N_("holds a formula; put its result there as a value"),
    "error_cell": N_("holds an error ({value})"),
    "number_for_text": N_(
        "Excel took it for a number, so digits may be lost; format the cell as text and type it again"
    ),
    "not_a_number": N_("“{value}” is not a number"),
    "not_a_choice": N_("“{value}” is not among the choices; possible: {near}"),
    "population_twice": N_("holds two numbers although the population has a column of its own"),
    "day_ahead": N_("lies in the future; give a day up to today"),
    "bad_form": N_("is not in the required form; a right one is {example}"),
    "check_digit": N_("the check digit is wrong; compare with the original, and if it is right say so in its column"),
    "twice": N_("stands already at {other}"),
    "case_exists_already": N_("there is a case with this number already"),
    "project_unknown": N_("the first sheet has no project {value}"),
}


def problem_text(kind: str, context: Mapping[str, Any] | None = None, otherwise: str = "") -> str:
    """What is wrong, for an error type and its context; ``otherwise`` for a type without a text."""
    from views.wording import Facts

    known = PYDANTIC.get(kind) or CELLS.get(kind)
    if known is None:
        return otherwise or _("is not valid")
    facts = dict(context or {})
    if kind in ("literal_error", "enum"):
        facts["expected"] = _(", ").join(_choice(value) for value in re.findall(r"'([^']*)'", str(facts["expected"])))
    return _(known).format_map(Facts(facts))


def _choice(value: str) -> str:
    """A value as it is typed, with its word where it has one."""
    return _("{id} ({name})").format(id=label(value), name=value) if value in KNOWN else value
