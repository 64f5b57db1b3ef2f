"""A workbook of running projects to the actions that open their cases, and everything that is wrong with it.

Three sheets: projects, their facilities, the decisions on their categories. The hidden second row of each
names the fields, so that headings may be reworded and columns moved; the records begin in the third.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from states.actions.cases import DecisionTerms, ImportCase, RequirementTerms
from states.errors import Invalid, Obstacle
from states.identifiers import BadIdentifier, check
from workflow import intake, workbooks
from workflow.cells import FieldOptions, WrongCell, pair, shown
from workflow.cells import read as read_cell
from workflow.files import GivenFile
from workflow.results import Placed, Progress
from workflow.workbooks import LAST_ROW, Cell, Sheet

PROJECTS, FACILITIES, DECISIONS = "项目", "设施", "类别决定"
#: The fields of each sheet, in the order of its columns.
SHEETS: dict[str, tuple[str, ...]] = {
    PROJECTS: (
        "case", "project", "kind", "town", "parcel", "stage", "happened_on", "households", "population",
        "developer", "developer_code", "confirm_credit_code", "regulatory_plan", "project_code",
        "land_area_m2", "plot_ratio", "aboveground_gfa_m2", "residential_gfa_m2",
    ),
    FACILITIES: ("case", "facility", "subtype", *RequirementTerms.model_fields),
    DECISIONS: ("case", *DecisionTerms.model_fields),
}  # fmt: skip
#: The row that names the fields, and the first that holds a record.
FIELD_ROW, FIRST_ROW = 2, 3
#: Fields without which no record is read, beside what the action itself demands.
REQUIRED: dict[str, tuple[str, ...]] = {
    PROJECTS: (*(n for n, f in ImportCase.model_fields.items() if f.is_required()), "stage", "happened_on"),
    FACILITIES: ("case", "facility", "subtype"),
    DECISIONS: ("case", "category", "decision"),
}
_FORMS = {"parcel": "parcel_code", "project_code": "project_code", "developer_code": "usc_code"}

Problem = dict[str, Any]


@dataclass
class Record:
    """One row: its place, the values read from it and the cells they stand in."""

    sheet: str
    number: int
    letters: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    #: whether a cell of it could not be read
    wrong: bool = False

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.number}"

    def cell(self, name: str) -> str:
        """Where a field stands; the row for a field that has no column."""
        return f"{self.sheet}!{self.letters[name]}{self.number}" if name in self.letters else self.place


@dataclass
class Project:
    """A project with its facilities and decisions; ``action`` is None where something is wrong with a row of it."""

    row: Record
    facilities: list[Record] = field(default_factory=list)
    decisions: list[Record] = field(default_factory=list)
    action: ImportCase | None = None

    def fields(self) -> dict[str, Any]:
        """The fields of ``case import``."""
        facilities, decisions = ([_without_case(r.values) for r in rows] for rows in (self.facilities, self.decisions))
        return {**self.row.values, "facilities": facilities, "decisions": decisions}

    def cell(self, path: str) -> str:
        """Where a field of the action stands, by its dotted path (``facilities.0.gfa_m2``)."""
        part, _, rest = path.partition(".")
        records: dict[str, list[Record]] = {"facilities": self.facilities, "decisions": self.decisions}
        number, _, name = rest.partition(".")
        if part in records and number.isdecimal():
            return records[part][int(number)].cell(name)
        return self.row.cell(part)

    def row_of(self, obstacle: Obstacle) -> str:
        """The row that an obstacle is about: of a facility, else of the project."""
        if obstacle.code == "parcel_taken":
            return self.row.cell("parcel")
        named = (record.place for record in self.facilities if record.values["facility"] == obstacle.subject)
        return next(named, self.row.place)


@dataclass
class Reading:
    """What a workbook holds. ``left_aside``: columns without a field name, by their first cell."""

    path: str
    projects: list[Project] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    told: list[Placed] = field(default_factory=list)
    left_aside: list[str] = field(default_factory=list)
    _named: set[tuple[str, str]] = field(default_factory=set)

    def complain(self, place: str, name: str, kind: str, **facts: Any) -> None:
        """Only the first thing that is wrong with a cell: the others follow from it."""
        if (place, name) not in self._named:
            self._named.add((place, name))
            self.problems.append({"place": place, "field": name, "type": kind, "ctx": facts})


def _without_case(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "case"}


def read(path: GivenFile, choices: FieldOptions, known: Container[str], today: date, progress: Progress) -> Reading:
    """Everything in the workbook, and everything wrong with it; ``known`` are the cases there are already.

    Raises Invalid where the file is no usable workbook or lacks sheets or columns.
    """
    found = Reading(str(path))
    with workbooks.opened(path) as book:
        names = {name.strip(): name for name in book.sheetnames}
        sheets = {n: workbooks.read_sheet(path, book, names[n], progress) for n in SHEETS if n in names}
    columns = {name: _columns(name, sheets.get(name), found) for name in SHEETS}
    if found.problems:
        raise Invalid("import_wrong", {"path": str(path), "problems": found.problems})
    reader = _Reader(choices, today, found)
    records = {name: reader.records(sheets[name], columns[name]) for name in SHEETS}
    if not records[PROJECTS]:
        found.complain(PROJECTS, "", "no_projects")
    found.projects = _projects(records, known, found)
    for project in found.projects:
        _build(project, found)
    return found


# -- sheets and columns ----------------------------------------------------------------------------


def _columns(name: str, sheet: Sheet | None, found: Reading) -> dict[int, str]:
    """Column -> field, from the row that names them; complains of what is missing, unknown or there twice."""
    if sheet is None:
        found.complain(name, "", "sheet_missing")
        return {}
    heads = {column: str(cell.value).strip() for column, cell in sorted(sheet.rows.get(FIELD_ROW, {}).items())}
    if not set(heads.values()) & set(SHEETS[name]):
        found.complain(f"{name}!{FIELD_ROW}", "", "fields_missing")
        return {}
    columns: dict[int, str] = {}
    for column, named in heads.items():
        place = f"{name}!{letter(column)}{FIELD_ROW}"
        if named not in SHEETS[name]:
            found.complain(place, "", "column_unknown", value=shown(named))
        elif named in columns.values():
            found.complain(place, "", "column_twice", value=named)
        else:
            columns[column] = named
    for named in SHEETS[name]:
        if named not in columns.values():
            found.complain(name, named, "column_missing", value=named)
    return columns


def letter(column: int) -> str:
    """The letters of a column, from 1 = A."""
    name = ""
    while column:
        column, last = divmod(column - 1, 26)
        name = chr(65 + last) + name
    return name


def _named(head: Cell | None) -> str:
    return f" {shown(head.value)}" if head else ""


def _last_row(ref: str) -> int:
    """The last row of a range such as ``B3:C4``."""
    digits = "".join(c for c in ref.rpartition(":")[2] if c.isdecimal())
    return int(digits or LAST_ROW)


# -- rows ------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Rows to records, each cell read as its field wants it."""

    choices: FieldOptions
    today: date
    found: Reading

    def records(self, sheet: Sheet, columns: dict[int, str]) -> list[Record]:
        """The rows that hold something."""
        for ref in sheet.merged:
            if _last_row(ref) >= FIRST_ROW:
                self.found.complain(f"{sheet.name}!{ref}", "", "merged_cells")
        heads = sheet.rows.get(1, {})
        spare = sorted({c for row in sheet.rows.values() for c in row} - columns.keys())
        self.found.left_aside += [f"{sheet.name}!{letter(c)}" + _named(heads.get(c)) for c in spare]
        letters = {name: letter(column) for column, name in columns.items()}
        records = []
        for number, row in sorted(sheet.rows.items()):
            cells = {columns[column]: cell for column, cell in row.items() if column in columns}
            if number >= FIRST_ROW and cells:
                record = Record(sheet.name, number, letters)
                self._fill(record, cells)
                records.append(record)
        return records

    def _fill(self, record: Record, cells: dict[str, Cell]) -> None:
        cells = self._parted(record, cells)
        for name, cell in cells.items():
            try:
                record.values[name] = read_cell(name, cell, self.choices)
            except WrongCell as wrong:
                self._complain(record, name, wrong.kind, **wrong.facts)
            else:
                if name not in self.choices and isinstance(cell.value, str):
                    self._tell(record, name, cell.value, str(record.values[name]))
        for name in REQUIRED[record.sheet]:
            if name not in cells:
                self._complain(record, name, "missing")
        self._check(record)

    def _parted(self, record: Record, cells: dict[str, Cell]) -> dict[str, Cell]:
        """Households and population, where both stand in the one cell, as two."""
        both = pair(cells["households"]) if "households" in cells else None
        if both is None:
            return cells
        if "population" in cells:
            self._complain(record, "households", "population_twice")
            return cells
        self._tell(record, "households", cells["households"].value, " / ".join(part.value for part in both))
        return {**cells, "households": both[0], "population": both[1]}

    def _check(self, record: Record) -> None:
        """What the office checks row by row and stops at: days to come, and the forms of identifiers."""
        day = record.values.get("happened_on")
        if day is not None and day > self.today:
            self._complain(record, "happened_on", "day_ahead")
        for name, form in _FORMS.items():
            if name not in record.values:
                continue
            try:
                found = check(form, record.values[name])
            except BadIdentifier as error:
                self._complain(record, name, "bad_form", example=error.example)
                continue
            if found.doubt and record.values.get("confirm_credit_code") != "true":
                self._complain(record, name, "check_digit")

    def _complain(self, record: Record, name: str, kind: str, **facts: Any) -> None:
        record.wrong = True
        self.found.complain(record.cell(name), name, kind, **facts)

    def _tell(self, record: Record, name: str, typed: str, stored: str) -> None:
        if typed.strip() != stored:
            self.found.told.append(Placed(place=record.cell(name), field=name, typed=shown(typed), stored=stored))


# -- projects --------------------------------------------------------------------------------------


def _projects(records: Mapping[str, list[Record]], known: Container[str], found: Reading) -> list[Project]:
    """The projects with what belongs to them; complains of what stands twice or belongs to nothing."""
    projects: dict[str, Project] = {}
    _once(records[PROJECTS], "case", lambda r: r.values.get("case"), found)
    _once(records[PROJECTS], "parcel", _parcel, found)
    for record in records[PROJECTS]:
        if (case := record.values.get("case")) in known:
            record.wrong = True
            found.complain(record.cell("case"), "case", "case_exists_already")
        projects.setdefault(case or record.place, Project(record))
    for sheet, key in ((FACILITIES, "facility"), (DECISIONS, "category")):
        _once(records[sheet], key, partial(_pair, key), found)
        for record in records[sheet]:
            project = projects.get(record.values.get("case", ""))
            if project:
                (project.facilities if sheet == FACILITIES else project.decisions).append(record)
            elif "case" in record.values:
                found.complain(record.cell("case"), "case", "project_unknown", value=shown(record.values["case"]))
    return list(projects.values())


def _pair(key: str, record: Record) -> tuple[str, str] | None:
    case, named = record.values.get("case"), record.values.get(key)
    return (case, named) if case and named else None


def _parcel(record: Record) -> str | None:
    """The parcel in its standard form; None where it has another."""
    try:
        return check("parcel_code", record.values["parcel"]).value
    except (BadIdentifier, KeyError):
        return None


def _once(records: list[Record], name: str, key: Callable[[Record], Any], found: Reading) -> None:
    """Complains of every record that has the same key as an earlier one."""
    first: dict[Any, Record] = {}
    for record in records:
        wanted = key(record)
        if wanted is not None and first.setdefault(wanted, record) is not record:
            record.wrong = True
            found.complain(record.cell(name), name, "twice", other=first[wanted].cell(name))


def _build(project: Project, found: Reading) -> None:
    """The action, or what its own validation says, by cell."""
    try:
        action = intake.build(ImportCase.name, project.fields())
    except Invalid as error:
        for problem in error.params["problems"]:
            name = problem["field"].rpartition(".")[2]
            found.complain(project.cell(problem["field"]), name, problem["type"], **problem["ctx"])
        return
    assert isinstance(action, ImportCase)
    if not any(record.wrong for record in (project.row, *project.facilities, *project.decisions)):
        project.action = action
