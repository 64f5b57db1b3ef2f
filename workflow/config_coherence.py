"""Whether a configuration holds together: what no single key can tell.

Every value may be well-formed and the whole still let a project pass unseen: a stage where nobody signs,
a paper that no edge asks for, a department that does not exist. The law's part of the lifecycle stands in
the code (``states/project.py``), the district's in the file; here the two are held against each other, so
that a configuration is refused when it is loaded and not discovered when a case stands still.

``Invalid`` codes: config_missing_key, config_duplicate_key, config_value, config_reference, config_unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from states.days import is_day
from states.exceptions import LIFTABLE
from states.identifiers import FORMATS
from states.project import EDGES, Stage
from states.rules import COMPETENT, STANDING, STATE_ASSETS, Rules
from workflow import config_channels, config_time
from workflow.config_files import on_its_line
from workflow.config_reading import Fault, Range, Where, fault, leaves, unsafe, wrong_value

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


_DAY: Range = ("YYYY-MM-DD", is_day)
_RANGES: dict[str, Range] = {
    "district.code": ("6 digits", lambda text: re.fullmatch("[1-8][0-9]{5}", text) is not None),
    "organisations.*.dissolved_on": _DAY,
    "organisations.*.renamed.*.on": _DAY,
    "standards.*.effective_from": _DAY,
    "standards.*.effective_to": _DAY,
    "standards.*.value": ("> 0", lambda number: 0 < number < 1e9),
    "standards.*.households_from": (">= 0", lambda number: number >= 0),
    "edges.*.hearing.*": (">= 1", lambda number: number >= 1),
    "measured_tolerance_percent": ("0..3", lambda number: 0 <= number <= 3),
    "paper_replies.contest_working_days": ("1..30", lambda number: 1 <= number <= 30),
    "exceptions.*.after_days": ("0..365", lambda number: 0 <= number <= 365),
    **config_time.RANGES,
    **config_channels.RANGES,
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
        "exceptions.*.body": bodies,
        "standards.*.subtype": subtypes,
        "limits.*.stage": list(Stage),
        **config_time.references(rules, bodies),
    }


def incoherent(rules: Rules, data: Any, lines: Iterable[Where], text: str) -> Iterator[Fault]:
    """Whatever keeps rules from being used; ``data``, ``lines`` and ``text`` are what they were read from."""
    for key in ("language", "database", "server"):
        if on_its_line(text.removeprefix("\ufeff"), key) != getattr(rules, key):
            yield unsafe("not_on_one_line", (key,), getattr(rules, key))
    for *around, name in filter(None, lines):
        if isinstance(name, str) and not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
            yield wrong_value((*around, name), name, ["a-z 0-9 _"])
    references = _references(rules)
    for where, value in leaves(data):
        allowed = _at(where, references)
        if allowed is not None and value not in allowed:
            yield wrong_value(where, value, allowed, "config_reference")
        form, fits = _at(where, _RANGES) or ("", lambda _: True)
        if not fits(value):
            yield unsafe("out_of_range", where, value, form)
    for check in (_rows, _signing, _asking, _deciding, _bodies, _numbers, config_time.faults, config_channels.faults):
        yield from check(rules)


def _at(where: Where, table: Mapping[str, Any]) -> Any:
    """The entry of the first pattern that fits a key."""
    for pattern, entry in table.items():
        steps = pattern.split(".")
        if len(steps) == len(where) and all(p in ("*", str(w)) for p, w in zip(steps, where, strict=True)):
            return entry
    return None


def _rows(rules: Rules) -> Iterator[Fault]:
    """Rows for exactly the stages, edges and categories of the law, and for every paper it names."""
    asking = {edge.name for edge in EDGES if not _ASKED.keys().isdisjoint(edge.policies)}
    edges, stages = {edge.name for edge in EDGES}, {stage.value for stage in Stage}
    papers = set(rules.documents)
    for group, needed, known in (
        ("stages", stages, stages), ("edges", asking, edges), ("documents", _KINDS, _KINDS | papers),
    ):  # fmt: skip
        found = set(getattr(rules, group))
        yield from (fault("config_missing_key", group, name) for name in sorted(needed - found))
        for name in sorted(found - known):
            yield wrong_value((group, name), name, sorted(known), "config_reference")
    for name in sorted(rules.categories.keys() ^ set(CATEGORIES)):
        yield unsafe("seven_categories", ("categories", name), name, *CATEGORIES)


def _signing(rules: Rules) -> Iterator[Fault]:
    """Where nobody signs, everybody would have agreed."""
    if not rules.roles.standing:
        yield unsafe("nobody_signs", ("roles", "standing"), [])
    for name, stage in rules.stages.items():
        if name not in _UNSIGNED and not set(stage.sign_off) - {STATE_ASSETS}:
            yield unsafe("nobody_signs", ("stages", name, "sign_off"), list(stage.sign_off))
    acceptance, certificate = rules.stages.get(Stage.ACCEPTANCE), rules.documents.get(_CERTIFICATE)
    if acceptance and not {STANDING, COMPETENT} <= set(acceptance.sign_off):
        where: Where = ("stages", Stage.ACCEPTANCE.value, "sign_off")
        yield unsafe("acceptance_asks_all", where, acceptance.sign_off, STANDING, COMPETENT)
    if acceptance and certificate and certificate.issuer != (acceptance.lead,):
        where = ("documents", _CERTIFICATE, "issuer")
        yield unsafe("certificate_issuer", where, certificate.issuer, acceptance.lead)


def _asking(rules: Rules) -> Iterator[Fault]:
    """An edge is told what to ask exactly where it asks."""
    for edge in (edge for edge in EDGES if edge.name in rules.edges):
        for policy, key in _ASKED.items():
            told = getattr(rules.edges[edge.name], key)
            if bool(told) != (policy in edge.policies):
                reason = "never_asked" if told else "nothing_asked"
                yield unsafe(reason, ("edges", edge.name, key), told and key)


def _deciding(rules: Rules) -> Iterator[Fault]:
    """No decision lifts what the law does not let anybody lift, nor one obstacle in two ways."""
    taken: set[tuple[str, str]] = set()
    for name, rule in rules.exceptions.items():
        everywhere = sorted({str(stage) for stages in LIFTABLE.values() for stage in stages})
        for key, values, allowed in (("lifts", rule.lifts, sorted(LIFTABLE)), ("stages", rule.stages, everywhere)):
            where: Where = ("exceptions", name, key)
            if not values:
                yield unsafe("lifts_nothing", where, list(values), *allowed)
            yield from (unsafe("never_lifted", where, value, *allowed) for value in values if value not in allowed)
        for code in rule.lifts:
            here = LIFTABLE.get(code, tuple(rule.stages))
            if wrong := [stage for stage in rule.stages if stage in everywhere and stage not in here]:
                yield unsafe("never_lifted", ("exceptions", name, "stages"), wrong[0], *here)
        ways = {(code, stage) for code in rule.lifts for stage in rule.stages}
        if twice := ways & taken:
            yield unsafe("lifted_twice", ("exceptions", name, "lifts"), sorted(twice)[0][0])
        taken |= ways


def _bodies(rules: Rules) -> Iterator[Fault]:
    """No id that stages use for something else; names in the order of their days; successions that end."""
    for name, body in rules.organisations.items():
        if name in (STANDING, COMPETENT, STATE_ASSETS, "town"):
            yield unsafe("reserved", ("organisations", name), name)
        days = [change.on for change in body.renamed]
        if days != sorted(set(days)):
            yield unsafe("not_in_order", ("organisations", name, "renamed"), days)
        last = body.successor
        for _ in rules.organisations:
            last = rules.organisations[last].successor if last in rules.organisations else None
        if last is not None:
            yield unsafe("circle", ("organisations", name, "successor"), body.successor)


def _numbers(rules: Rules) -> Iterator[Fault]:
    """What is counted once is there once; what begins does not end before."""
    once: list[Where] = [("limits", n, "code", limit.code) for n, limit in enumerate(rules.limits)]
    once += [("categories", c, "subtypes", s) for c, row in rules.categories.items() for s in row.subtypes]
    for n, where in enumerate(once):
        if (where[0], where[-1]) in ((other[0], other[-1]) for other in once[:n]):
            yield fault("config_duplicate_key", *where[: 3 if where[0] == "limits" else 4], value=where[-1])
    for n, standard in enumerate(rules.standards):
        if standard.unit != standard.measure and not (
            standard.measure in ("gfa", "site") and standard.unit.startswith("m2")
        ):
            yield unsafe("unit_and_measure", ("standards", n, "unit"), standard.unit)
        if standard.effective_to and standard.effective_to < standard.effective_from:
            yield unsafe("not_in_order", ("standards", n, "effective_to"), standard.effective_to)
