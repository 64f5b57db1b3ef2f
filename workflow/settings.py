"""The configuration: found, read with its line numbers, checked, and kept compiled.

An official reads the complaints, so each names file, line and key (items of a list count from 1).
Three sieves: is it plain YAML, does it fit the classes of ``states/rules.py``, does it hold together.
The first complaint by line is raised; ``more`` counts the others of the same sieve.

``Invalid`` codes: config_unreadable, config_syntax, config_alias, config_duplicate_key,
config_unknown_key, config_missing_key, config_value, config_reference, config_unsafe.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from states.errors import Invalid
from states.identifiers import FORMATS
from states.project import EDGES, Stage
from states.rules import COMPETENT, STANDING, STATE_ASSETS, Rules

MAX_BYTES = 1_000_000
_MAX_DEPTH = 12

#: The path of a key; an item of a list has its index in it.
Where = tuple[str | int, ...]


def locate(explicit: str | None, environ: Mapping[str, str]) -> Path:
    """--config, PEIJIAN_CONFIG, ./config.yaml, then the one that comes with the program."""
    if named := explicit or environ.get("PEIJIAN_CONFIG"):
        return Path(named)
    packaged, source = Path(__file__).with_name("config.yaml"), Path(__file__).parents[1] / "config.yaml"
    here = Path("config.yaml")
    return here if here.exists() else packaged if packaged.exists() else source


def peek(path: Path, key: str) -> str | None:
    """A top-level text such as ``language`` off its line, unchecked; None where there is none.

    Start-up needs the language before it can say what is wrong with the file.
    """
    try:
        content = path.read_bytes()[:MAX_BYTES] if path.is_file() else b""
    except OSError:
        return None
    return _peek(content.decode("utf-8-sig", errors="replace"), key)


def _peek(text: str, key: str) -> str | None:
    value = r"""(?:'([^'\n]*)'|"([^"\\\n]*)"|([^\s'"|>&*!\[{#~].*?))"""
    found = re.search(rf"^{key}:[ \t]+{value}[ \t]*(?:[ \t]#.*)?\r?$", text, re.MULTILINE)
    text = next(filter(None, found.groups()), "") if found else ""
    return text if text and text not in ("null", "Null", "NULL") else None


def load(path: Path) -> Rules:
    """The rules in a file. Raises Invalid for whatever cannot be used as it is."""
    try:
        return parse(_content(path), str(path))
    except OSError as error:
        raise _unreadable(path, "not_permitted") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "not_utf8") from error


def _content(path: Path) -> str:
    if not path.is_file():
        raise _unreadable(path, "not_a_file" if path.exists() else "missing")
    if path.stat().st_size > MAX_BYTES:
        raise _unreadable(path, "too_large")
    return path.read_bytes().decode()


def _unreadable(source: object, reason: str) -> Invalid:
    return Invalid("config_unreadable", {"file": str(source), "reason": reason})


def parse(text: str, source: str) -> Rules:
    """The rules in a YAML text; ``digest`` is the SHA-256 of exactly this text. Raises Invalid."""
    if not text.strip("\ufeff \t\r\n"):
        raise _unreadable(source, "empty")
    page = _Page(source)
    data = page.read(text)
    rules = _fit(page, data)
    page.refuse(_incoherent(rules, data, page.lines, text))
    return replace(rules, digest=hashlib.sha256(text.encode()).hexdigest())


def dumps(rules: Rules) -> str:
    """The compiled rules as JSON, digest included, so that the YAML is parsed once."""
    return json.dumps(asdict(rules), ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Rules:
    """What ``dumps`` wrote. Raises Invalid if it was damaged."""
    try:
        return _validated(text)
    except ValueError as error:
        raise _unreadable("compiled", "damaged") from error


# -- complaints --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fault:
    """One complaint about the key at ``where``; ``facts`` join the error's parameters."""

    code: str
    where: Where
    facts: Mapping[str, object]


def _fault(code: str, *where: str | int, **facts: object) -> _Fault:
    return _Fault(code, where, facts)


def _value(where: Where, value: object, allowed: Iterable[object], code: str = "config_value") -> _Fault:
    return _fault(code, *where, value=_shown(value), allowed=[str(a) for a in allowed])


def _unsafe(reason: str, where: Where, value: object, *allowed: object) -> _Fault:
    return _fault("config_unsafe", *where, reason=reason, value=_shown(value), allowed=list(allowed))


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)[:80]
    return text if text.isprintable() else ascii(text)


class _Page:
    """A configuration text: where each of its keys stands, and how a complaint about one is raised."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines: dict[Where, int] = {(): 1}

    def line(self, where: Where) -> int:
        """The line of a key, or of the nearest one around it."""
        return next(self.lines[where[:n]] for n in range(len(where), -1, -1) if where[:n] in self.lines)

    def refuse(self, faults: Iterable[_Fault]) -> None:
        """Raises Invalid for the first of ``faults``, if there are any."""
        found = sorted(faults, key=lambda f: self.line(f.where))
        if found:
            first = found[0]
            key = ".".join(str(step + 1 if isinstance(step, int) else step) for step in first.where)
            raise self._invalid(first.code, self.line(first.where), key, len(found) - 1, **first.facts)

    def _invalid(self, code: str, line: int, key: str = "", more: int = 0, **facts: object) -> Invalid:
        return Invalid(code, {"file": self.source, "line": line, "key": key, "more": more, **facts})

    # -- first sieve: plain YAML

    def read(self, text: str) -> Any:
        """Plain data, every line noted. No aliases, tags, directives or doubled keys."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            odd = list(self._scan(YAML(typ="safe", pure=True).scan(text)))
            root = YAML(typ="safe", pure=True).compose(text)
            doubled = list(self._note(root, (), set()))
        except (YAMLError, ValueError) as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0))
            raise self._broken(line + 1, str(getattr(error, "problem", error))) from error
        self.refuse([*(_fault("config_alias", *self._around(line)) for line in odd), *doubled])
        data = _plain(root)
        self.refuse(_illegible(data))
        return data

    def _broken(self, line: int, problem: str) -> Invalid:
        return self._invalid("config_syntax", line, problem=problem)

    def _scan(self, tokens: Iterable[Any]) -> Iterator[int]:
        """Lines with what may not stand in a configuration; too deep a nest is not even built."""
        depth = 0
        for token in tokens:
            kind, line = type(token).__name__, token.start_mark.line + 1
            depth += kind.endswith("StartToken") - kind.endswith("EndToken")
            if depth > _MAX_DEPTH:
                raise self._broken(line, "nested too deeply")
            merge = kind == "ScalarToken" and token.plain and token.value == "<<"
            if merge or kind in ("AliasToken", "AnchorToken", "TagToken", "DirectiveToken"):
                yield line

    def _note(self, node: Any, where: Where, seen: set[int]) -> Iterator[_Fault]:
        """Note the line of every key and item; a doubled key is a fault where it stands again."""
        pairs = node.value if isinstance(getattr(node, "value", None), list) and id(node) not in seen else []
        seen.add(id(node))
        for n, pair in enumerate(pairs):
            key, value = pair if isinstance(pair, tuple) else (None, pair)
            if key is not None and not isinstance(key.value, str):
                raise self._broken(key.start_mark.line + 1, "a key is one word")
            place = (*where, n if key is None else key.value)
            first, self.lines[place] = self.lines.get(place), (key or value).start_mark.line + 1
            if first:
                yield _fault("config_duplicate_key", *place, first=first)
            yield from self._note(value, place, seen)

    def _around(self, line: int) -> Where:
        """The outermost key that begins on a line, or nearest above it."""
        above = (where for where, at in self.lines.items() if where and at <= line)
        return max(above, key=lambda where: (self.lines[where], -len(where)), default=())


def _plain(node: Any) -> Any:
    """Data out of a node. A day stays the text it was written as; so does a number nobody can read."""
    if node is None or isinstance(node.value, str):
        return _scalar(node.tag.rpartition(":")[2], node.value) if node else None
    if node.value and isinstance(node.value[0], tuple):
        return {key.value: _plain(value) for key, value in node.value}
    return [_plain(item) for item in node.value] or ([] if node.tag.endswith("seq") else {})


def _scalar(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        return int(text) if kind == "int" else float(text) if kind == "float" else text
    except ValueError:
        return text


def _leaves(data: Any, where: Where = ()) -> Iterator[tuple[Where, Any]]:
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _leaves(value, (*where, key))
    elif data is not None:
        yield where, data


def _illegible(data: Any) -> Iterator[_Fault]:
    for where, text in _leaves(data):
        hidden = isinstance(text, str) and any(unicodedata.category(c).startswith("C") for c in text)
        if hidden or str(text).isspace() or text == "":
            yield _value(where, text, ["text"])


# -- second sieve: the classes -----------------------------------------------------------------------


@cache
def _schema() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Rules)


def _validated(text: str) -> Rules:
    rules: Rules = _schema().validate_json(text, strict=True)
    return rules


def _fit(page: _Page, data: Any) -> Rules:
    from pydantic import ValidationError

    if isinstance(data, dict) and "digest" in data:
        page.refuse([_fault("config_unknown_key", "digest", near=[])])
    try:
        return _validated(json.dumps(data))
    except ValidationError as error:
        page.refuse([_misfit(e["type"], e["loc"], e["input"]) for e in error.errors(include_url=False)])
        raise


def _misfit(kind: str, where: Where, value: object) -> _Fault:
    if kind == "missing":
        return _fault("config_missing_key", *where)
    if kind == "unexpected_keyword_argument":
        known = [f.name for f in fields(_type_at(where[:-1]))]
        return _fault("config_unknown_key", *where, near=get_close_matches(str(where[-1]), known))
    return _value(where, value, _allowed(_type_at(where)))


def _type_at(where: Where) -> Any:
    """The type that the classes give the key at ``where``."""
    kind: Any = Rules
    for step in where:
        arguments = get_args(kind)
        kind = get_type_hints(kind)[str(step)] if is_dataclass(kind) else arguments[get_origin(kind) is dict]
        if NoneType in get_args(kind):
            kind = get_args(kind)[0]
    return kind


def _allowed(kind: Any) -> Collection[object]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    words = {str: ["text"], int: ["whole number"], float: ["number"], bool: ["true", "false"]}
    return words.get(kind) or (["list"] if get_origin(kind) is tuple else ["mapping"])


# -- third sieve: does it hold together? --------------------------------------------------------------

#: The seven of the notice (一): law, not locality.
CATEGORIES = ("education", "management", "elderly", "health", "commerce", "sports", "canteen")
_UNSIGNED = (Stage.CONSTRUCTION, Stage.IN_USE, Stage.TERMINATED)
_CERTIFICATE = "comprehensive_acceptance_certificate"
#: Kinds of paper that the policies name.
_KINDS = {kind for edge in EDGES for kind in edge.voids} | {
    "land_contract", "completion_filing", "district_government_decision",
}  # fmt: skip
#: Policy of an edge -> the key that tells it what to ask.
_ASKED = {"documents": "documents", "particulars": "particulars", "heard": "hearing"}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_DAY: tuple[str, Callable[[Any], bool]] = ("YYYY-MM-DD", _is_day)
_RANGES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "district.code": ("6 digits", lambda text: re.fullmatch("[1-8][0-9]{5}", text) is not None),
    "organisations.*.dissolved_on": _DAY,
    "organisations.*.renamed.*.on": _DAY,
    "standards.*.effective_from": _DAY,
    "standards.*.effective_to": _DAY,
    "standards.*.value": ("> 0", lambda number: 0 < number < 1e9),
    "standards.*.households_from": (">= 0", lambda number: number >= 0),
    "edges.*.hearing.*": (">= 1", lambda number: number >= 1),
    "limits.*.length": (">= 1", lambda number: number >= 1),
    "measured_tolerance_percent": ("0..3", lambda number: 0 <= number <= 3),
}


def _references(rules: Rules) -> dict[str, Collection[str]]:
    """Which names a key may hold. A town leads nothing: it is asked as the town of a case."""
    bodies = [name for name, body in rules.organisations.items() if body.kind != "town"]
    subtypes = [name for category in rules.categories.values() for name in category.subtypes]
    return {
        "organisations.*.successor": rules.organisations,
        "roles.leading_group_office": bodies,
        "roles.state_assets": bodies,
        "roles.standing.*": bodies,
        "categories.*.competent_department": bodies,
        "categories.*.subtypes.*.competent_department": bodies,
        "documents.*.issuer.*": [*rules.organisations, COMPETENT],
        "documents.*.format": FORMATS,
        f"stages.{Stage.HANDOVER}.lead": [*bodies, COMPETENT],
        f"stages.{Stage.IN_USE}.lead": [*bodies, COMPETENT],
        "stages.*.lead": bodies,
        "stages.*.sign_off.*": [*bodies, STANDING, COMPETENT, STATE_ASSETS],
        "stages.*.may_sign.*": [*bodies, "town"],
        "edges.*.documents.*": rules.documents,
        "standards.*.subtype": subtypes,
        "limits.*.stage": list(Stage),
    }


def _incoherent(rules: Rules, data: Any, lines: Iterable[Where], text: str) -> Iterator[_Fault]:
    for key in ("language", "database"):
        if _peek(text.removeprefix("\ufeff"), key) != getattr(rules, key):
            yield _unsafe("not_on_one_line", (key,), getattr(rules, key))
    for *around, name in filter(None, lines):
        if isinstance(name, str) and not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
            yield _value((*around, name), name, ["a-z 0-9 _"])
    references = _references(rules)
    for where, value in _leaves(data):
        allowed = _at(where, references)
        if allowed is not None and value not in allowed:
            yield _value(where, value, allowed, "config_reference")
        form, fits = _at(where, _RANGES) or ("", lambda _: True)
        if not fits(value):
            yield _unsafe("out_of_range", where, value, form)
    for check in (_rows, _signing, _asking, _bodies, _numbers):
        yield from check(rules)


def _at(where: Where, table: Mapping[str, Any]) -> Any:
    """The entry of the first pattern that fits a key."""
    for pattern, entry in table.items():
        steps = pattern.split(".")
        if len(steps) == len(where) and all(p in ("*", str(w)) for p, w in zip(steps, where, strict=True)):
            return entry
    return None


def _rows(rules: Rules) -> Iterator[_Fault]:
    """Rows for exactly the stages, edges and categories of the law, and for every paper it names."""
    asking = {edge.name for edge in EDGES if not _ASKED.keys().isdisjoint(edge.policies)}
    edges, stages = {edge.name for edge in EDGES}, {stage.value for stage in Stage}
    papers = set(rules.documents)
    for group, needed, known in (
        ("stages", stages, stages), ("edges", asking, edges), ("documents", _KINDS, _KINDS | papers),
    ):  # fmt: skip
        found = set(getattr(rules, group))
        yield from (_fault("config_missing_key", group, name) for name in sorted(needed - found))
        for name in sorted(found - known):
            yield _value((group, name), name, sorted(known), "config_reference")
    for name in sorted(rules.categories.keys() ^ set(CATEGORIES)):
        yield _unsafe("seven_categories", ("categories", name), name, *CATEGORIES)


def _signing(rules: Rules) -> Iterator[_Fault]:
    """Where nobody signs, everybody would have agreed."""
    if not rules.roles.standing:
        yield _unsafe("nobody_signs", ("roles", "standing"), [])
    for name, stage in rules.stages.items():
        if name not in _UNSIGNED and not stage.sign_off:
            yield _unsafe("nobody_signs", ("stages", name, "sign_off"), [])
    acceptance, certificate = rules.stages.get(Stage.ACCEPTANCE), rules.documents.get(_CERTIFICATE)
    if acceptance and not {STANDING, COMPETENT} <= set(acceptance.sign_off):
        where: Where = ("stages", Stage.ACCEPTANCE.value, "sign_off")
        yield _unsafe("acceptance_asks_all", where, acceptance.sign_off, STANDING, COMPETENT)
    if acceptance and certificate and certificate.issuer != (acceptance.lead,):
        where = ("documents", _CERTIFICATE, "issuer")
        yield _unsafe("certificate_issuer", where, certificate.issuer, acceptance.lead)


def _asking(rules: Rules) -> Iterator[_Fault]:
    """An edge is told what to ask exactly where it asks."""
    for edge in (edge for edge in EDGES if edge.name in rules.edges):
        for policy, key in _ASKED.items():
            told = getattr(rules.edges[edge.name], key)
            if bool(told) != (policy in edge.policies):
                reason = "never_asked" if told else "nothing_asked"
                yield _unsafe(reason, ("edges", edge.name, key), told and key)


def _bodies(rules: Rules) -> Iterator[_Fault]:
    """No id that stages use for something else; names in the order of their days; successions that end."""
    for name, body in rules.organisations.items():
        if name in (STANDING, COMPETENT, STATE_ASSETS, "town"):
            yield _unsafe("reserved", ("organisations", name), name)
        days = [change.on for change in body.renamed]
        if days != sorted(set(days)):
            yield _unsafe("not_in_order", ("organisations", name, "renamed"), days)
        last = body.successor
        for _ in rules.organisations:
            last = rules.organisations[last].successor if last in rules.organisations else None
        if last is not None:
            yield _unsafe("circle", ("organisations", name, "successor"), body.successor)


def _numbers(rules: Rules) -> Iterator[_Fault]:
    """What is counted once is there once; what begins does not end before."""
    once: list[Where] = [("limits", n, "code", limit.code) for n, limit in enumerate(rules.limits)]
    once += [("categories", c, "subtypes", s) for c, row in rules.categories.items() for s in row.subtypes]
    for n, where in enumerate(once):
        if (where[0], where[-1]) in ((other[0], other[-1]) for other in once[:n]):
            yield _fault("config_duplicate_key", *where[: 3 if where[0] == "limits" else 4], value=where[-1])
    for n, standard in enumerate(rules.standards):
        if standard.unit != standard.measure and not (
            standard.measure in ("gfa", "site") and standard.unit.startswith("m2")
        ):
            yield _unsafe("unit_and_measure", ("standards", n, "unit"), standard.unit)
        if standard.effective_to and standard.effective_to < standard.effective_from:
            yield _unsafe("not_in_order", ("standards", n, "effective_to"), standard.effective_to)
