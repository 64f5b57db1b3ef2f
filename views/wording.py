"""Codes to sentences, in the current language: obstacles, errors, findings, validation problems.

Rendering never fails: an unknown code shows itself, a missing parameter shows as "not recorded". Names
(of departments, facilities, papers) come from a :class:`Namer`; before a configuration is loaded, ids do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from states.errors import Obstacle, PeijianError, code_and_subject
from views.errors import ERRORS, FINDINGS, REASONS, SHAPES, WARNINGS
from views.fields import amount, check_label, clause, column_label, duration, field_label, unverified
from views.labels import KNOWN, LABELS, action_label, label, stage_label
from views.language import _, current
from views.obstacles import OBSTACLES, SUBJECTS
from views.problems import PYDANTIC, problem_text

__all__ = [
    "ERRORS", "FINDINGS", "LABELS", "OBSTACLES", "PYDANTIC", "SUBJECTS", "WARNINGS", "Ids", "Namer",
    "action_label", "amount", "check_label", "clause", "duration", "error_text", "field_label", "finding_text",
    "label", "obstacle_text", "problem_text", "stage_label",
]  # fmt: skip


class Namer(Protocol):
    """Turns ids of the configuration and of a case into names."""

    def organisation(self, key: str) -> str: ...
    def facility(self, key: str) -> str: ...
    def category(self, key: str) -> str: ...
    def document(self, key: str) -> str: ...
    def subtype(self, key: str) -> str: ...
    def mode(self, key: str) -> str: ...
    def project_kind(self, key: str) -> str: ...
    def anything(self, key: str) -> str: ...


class Ids:
    """The :class:`Namer` without a configuration: every id stands for itself."""

    def organisation(self, key: str) -> str:
        return key

    facility = category = document = subtype = mode = project_kind = anything = organisation


class Facts(dict[str, Any]):
    """The facts of a template; what is missing or empty reads "not recorded"."""

    def __missing__(self, key: str) -> str:
        return _("not recorded")


IDS = Ids()


def obstacle_text(obstacle: Obstacle, names: Namer = IDS) -> str:
    """The sentence for an obstacle."""
    template = OBSTACLES.get(obstacle.code)
    if template is None:
        return _("{code}: not met.").format(code=obstacle.key)
    return _at(obstacle) + _capital(_(template).format_map(_facts(obstacle, names)))


def _at(obstacle: Obstacle) -> str:
    """The row of a workbook that an obstacle is about, before its sentence."""
    place = dict(obstacle.detail).get("place")
    return _("{place}: ").format(place=place) if place else ""


def obstacle_name(key: str, names: Namer = IDS) -> str:
    """An obstacle by its key (``objection:health``) in a few words, when the obstacle itself is not there."""
    code, subject = code_and_subject(key)
    named = _subject(SUBJECTS.get(code), names)(subject)
    return _("{what}: {subject}").format(what=label(code), subject=named) if code in KNOWN else named


def _capital(sentence: str) -> str:
    """English sentences begin with a capital, also where a name begins them."""
    return sentence[:1].upper() + sentence[1:]


def _facts(obstacle: Obstacle, names: Namer) -> Facts:
    detail = dict(obstacle.detail)
    coded = ("found", "required") if obstacle.code == "other_owner" else ()
    facts = Facts({key: _detail(key, value, detail, names) for key, value in detail.items() if _given(value)})
    facts |= {key: label(detail[key]) for key in coded if _given(detail.get(key, ""))}
    named = _subject(SUBJECTS.get(obstacle.code), names)
    facts["subject"] = named(obstacle.subject)
    if obstacle.code == "needs_reopening" and obstacle.subject == detail.get("particular"):
        facts["subject"] = _("project data")
    facts["who"] = either(names.organisation(o) for o in obstacle.who) or _("nobody at present")
    facts["mark"] = unverified(obstacle.basis, detail.get("confirmed") != "False")
    facts.setdefault("level", _("standard"))
    if obstacle.since:
        facts["since"] = obstacle.since
    if obstacle.basis:
        facts["basis"] = clause(obstacle.basis)
    return facts


def _given(value: str) -> bool:
    return value not in ("", "None")


def _subject(kind: str | None, names: Namer) -> Callable[[str], str]:
    known: dict[str, Callable[[str], str]] = {
        "organisation": names.organisation,
        "facility": names.facility,
        "category": names.category,
        "document": names.document,
        "anything": names.anything,
        "label": label,
        "check": check_label,
        "obstacle": lambda key: obstacle_name(key, names),
    }
    return known.get(kind or "", str)


def _detail(key: str, value: str, detail: Mapping[str, str], names: Namer) -> str:
    """One detail as it is read: amounts with their unit, codes as words, ids as names."""
    if key in ("value", "minimum"):
        return amount(detail.get("measure", ""), value)
    if key == "facility":
        return names.facility(value)
    if key in ("department", "named", "responsible"):
        return names.organisation(value)
    if key == "action":
        return action_label(value)
    if key == "ahead":
        return listed(stage_label(stage) for stage in value.split(", "))
    if key == "particular":
        return label(value) if value in KNOWN else field_label(value)
    if key in ("measure", "ownership", "status", "level"):
        return label(value)
    return value


def either(words: Iterable[str]) -> str:
    """``a or b or c``."""
    return _(" or ").join(dict.fromkeys(words))


def listed(words: Iterable[str]) -> str:
    """``a, b, c``."""
    return _(", ").join(words)


def error_text(error: PeijianError, names: Namer = IDS) -> str:
    """What went wrong and what to do; several lines where there are several problems."""
    obstacles: Iterable[Obstacle] = getattr(error, "obstacles", ()) or error.params.get("obstacles", ())
    lines = [_coded(ERRORS, error.code, error.params, names)]
    lines += [f"  {obstacle_text(o, names)}" for o in obstacles if isinstance(o, Obstacle)]
    problems = error.params.get("problems", ())
    lines += [f"  {_problem(p)}" for p in problems if isinstance(p, Mapping)]
    lines += [f"  {finding_text(f['code'], f['params'], names)}" for f in error.params.get("findings", ())]
    if cause := error.params.get("cause"):
        lines.append(f"  {error_text(PeijianError(**cause), names)}")
    return "\n".join(lines)


def _problem(found: Mapping[str, Any]) -> str:
    if "place" in found:
        return _cell_problem(found)
    context = dict(found.get("ctx") or {})
    if "fields" in context:
        context["fields"] = listed(field_label(name) for name in str(context["fields"]).split(", "))
    said = problem_text(str(found.get("type", "")), context, str(found.get("text", "")))
    path = str(found.get("field", ""))
    if not path:
        return said
    field = _("{id} ({name})").format(id=_named(path), name=path)
    return _("{field}: {problem}").format(field=field, problem=said)


def _cell_problem(found: Mapping[str, Any]) -> str:
    """What is wrong with a cell of a workbook, or with a row of it."""
    if error := found.get("error"):
        said = error_text(PeijianError(**error))
        return _("{place}: ").format(place=found["place"]) + said
    facts = dict(found.get("ctx") or {})
    if near := facts.get("near"):
        facts["near"] = listed(zh if current() == "zh" else en for zh, en in near)
    said = problem_text(str(found["type"]), facts, str(found.get("text", "")))
    if not found.get("field"):
        return _("{place}: {problem}").format(place=found["place"], problem=said)
    field = column_label(str(found["field"]))
    return _("{place} {field}: {problem}").format(place=found["place"], field=field, problem=said)


def _named(path: str) -> str:
    """A field in words; a key that has none is only pointed at."""
    name = field_label(path)
    return _("the entry") if current() == "zh" and _raw(name) else name


def _raw(name: str) -> bool:
    return any(part.isascii() and not part.isdigit() for part in name.split(_(" · ")))


def finding_text(code: str, params: Mapping[str, Any], names: Namer = IDS) -> str:
    """Something wrong with a journal or an installation."""
    return _coded({**ERRORS, **FINDINGS}, code, params, names)


def warning_text(code: str) -> str:
    """A doubt that was confirmed."""
    return _(WARNINGS.get(code, code))


def _coded(texts: Mapping[str, str], code: str, params: Mapping[str, Any], names: Namer) -> str:
    facts = Facts({key: _param(key, value, names) for key, value in params.items() if value not in (None, "")})
    text = _(texts[code]).format_map(facts) if code in texts else _bare(code, params)
    if allowed := params.get("allowed"):
        words = (_nearby(code, _(SHAPES.get(str(a), str(a))), names) for a in allowed)
        text += _(" Allowed: {allowed}.").format(allowed=_few(words))
    if near := params.get("near"):
        text += _(" Similar: {near}.").format(near=listed(_nearby(code, str(n), names) for n in near))
    if (key := params.get("request_id")) and code != "request_id_reused":
        text += _(" Or repeat the command with --request-id {request_id}: it is not done twice.").format(request_id=key)
    if more := params.get("more"):
        text += _(" Further problems: {more}.").format(more=more)
    return text


def _few(words: Iterable[str]) -> str:
    """At most a dozen of them."""
    found = list(words)
    return listed(found[:12]) + ("…" if len(found) > 12 else "")


def _bare(code: str, params: Mapping[str, Any]) -> str:
    return " ".join([code, *(f"{key}={value}" for key, value in params.items())])


def _param(key: str, value: Any, names: Namer) -> str:
    if key == "field":
        return field_label(str(value))
    if key == "action":
        return action_label(str(value))
    if key == "reason":
        return _(REASONS.get(str(value), str(value)))
    if isinstance(value, Mapping):
        return _("; ").join(f"{field_label(k)} {_param(k, v, names)}" for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return listed(str(v) for v in value)
    return str(value)


#: The kinds of things that have a name beside their id.
NAMED = ("organisation", "department_asked", "town", "category", "subtype", "mode", "document", "kind", "stage")


def naming(kind: str, names: Namer) -> Callable[[str], str]:
    """From id to name, for one of ``NAMED``."""
    if kind == "stage":
        return stage_label
    methods = {"town": "organisation", "department_asked": "organisation", "kind": "project_kind"}
    found: Callable[[str], str] = getattr(names, methods.get(kind, kind))
    return found


def _nearby(code: str, key: str, names: Namer) -> str:
    """An id that can be typed, with its name behind it where it has one."""
    kind = code.removeprefix("unknown_")
    name = naming(kind, names)(key) if kind in NAMED else key
    return key if name == key else _("{id} ({name})").format(id=key, name=name)
