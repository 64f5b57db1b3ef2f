"""Every code has its sentence, every sentence its Chinese, and the two say the same with the same facts."""

import ast
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Literal, get_args, get_origin

import click
import pytest
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from pydantic_core import core_schema

from commands.parameters import described, paths
from policies.authority import PERMISSIONS, Party
from policies.decide import POLICIES
from policies.signing import Answer
from states.actions import ACTIONS
from states.errors import Blocked, Invalid, NotAllowed, NotFound, Obstacle
from states.facts import MEASURES, REQUIRED, Particular
from states.project import EDGES, Stage
from views import commands, language, wording
from views.errors import REASONS
from views.fields import CHECKS
from views.labels import ACTIONS as ACTION_LABELS
from views.labels import KNOWN
from views.language import LANGUAGES, LOCALE, speaking

ROOT = Path(__file__).parents[2]
DOOR = (ROOT / "cli.py", *sorted((ROOT / "commands").glob("*.py")), *sorted((ROOT / "service").glob("*.py")))
CATALOGUE = LOCALE / "zh" / "LC_MESSAGES" / "messages"

#: Words in Latin letters that belong into Chinese texts: names of formats, programs and codes.
LATIN = {
    "JSON", "YAML", "CSV", "Excel", "Word", "xlsx", "xls", "UTF", "UUID", "SQLite", "Mermaid", "Bash",
    "PostgreSQL", "fsync", "synchronous_commit",
    "PEIJIAN_TOKEN", "peijian", "cli", "iCalendar", "L",
    "json", "csv", "chmod", "Ctrl", "C", "U", "n", "t", "y",
}  # fmt: skip


# -- collecting what the code says -----------------------------------------------------------------


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _messages(path: Path) -> Iterator[tuple[str, ...]]:
    """The texts marked for translation in a module; singular and plural together."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            texts = tuple(a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))
            if node.func.id in ("_", "N_", "gettext") and texts and texts[0]:
                yield texts[:1]
            elif node.func.id == "ngettext" and len(texts) == 2:
                yield texts


def _help_texts() -> Iterator[tuple[str, ...]]:
    """What the command line takes from the models: command help, option help, names of arguments."""
    for action in ACTIONS.values():
        assert action.__doc__
        yield (action.__doc__.strip().splitlines()[0],)
        yield from ((f.description,) for f in action.model_fields.values() if f.description)
    for path in paths():
        for parameter in described(path).parameters:
            yield from ((text,) for text in (parameter.metavar, parameter.help) if text)
    for node in (n for path in DOOR for n in ast.walk(_tree(path))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "argument":
            yield (str(getattr(node.args[0], "value", "")).upper(),)


def _needed() -> set[tuple[str, ...]]:
    ours = [*sorted((ROOT / "views").glob("*.py")), *sorted((ROOT / "notifications").glob("*.py")), *DOOR]
    theirs = sorted(Path(click.__file__).parent.glob("*.py"))
    found = {text for path in ours + theirs for text in _messages(path)}
    return found | set(_help_texts()) | {("required",)}


def _strings(node: ast.AST, function: ast.AST, module: ast.Module) -> Iterator[str]:
    """The strings an expression can be: itself, or what a name was assigned or is passed."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.Name):
        yield from _values_of(node.id, function, module)
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body, function, module)
        yield from _strings(node.orelse, function, module)


def _values_of(name: str, function: ast.AST, module: ast.Module) -> Iterator[str]:
    assert isinstance(function, ast.FunctionDef)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            if isinstance(node.value, ast.Call):
                yield from (answer.value for answer in Answer if answer is not Answer.STANDS)
            yield from _strings(node.value, function, module)
    parameters = [a.arg for a in function.args.args]
    for call in ast.walk(module) if name in parameters else ():
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == function.name:
            yield from _strings(call.args[parameters.index(name)], function, module)


def _obstacle_codes() -> dict[str, set[str]]:
    """Where in ``policies`` an obstacle is made -> the codes it can have there."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "policies").rglob("*.py")):
        module = _tree(path)
        for function in (n for n in ast.walk(module) if isinstance(n, ast.FunctionDef)):
            for node in ast.walk(function):
                made = isinstance(node, ast.Call) and (
                    getattr(node.func, "attr", "") == "obstacle" or getattr(node.func, "id", "") == "Obstacle"
                )
                if made and not (path.name == "question.py" and function.name == "obstacle"):
                    assert isinstance(node, ast.Call)
                    place = f"{path.name}:{node.lineno}"
                    found[place] = set(_strings(node.args[0], function, module))
    return found


ERROR_CLASSES = ("Invalid", "NotFound", "NotAllowed", "Conflict", "Finding", "_invalid", "fault", "unsafe")
#: Where a check of a channel gets its codes from.
SENDERS = ROOT / "notifications" / "senders"


def _error_codes() -> set[str]:
    """Codes of the errors and findings that are raised anywhere."""
    found: set[str] = set()
    paths = [*(ROOT / "workflow").glob("*.py"), *(ROOT / "states").rglob("*.py"), *DOOR]
    for node in (n for path in paths for n in ast.walk(_tree(path))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "code"), None)
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            if name == "unknown" or name == "_known":
                found.add(f"unknown_{first.value}")
            elif name in ERROR_CLASSES and name != "unsafe":
                found.add(first.value)
    return found


def _channel_codes() -> set[str]:
    """Codes of what can be wrong with a channel."""
    nodes = (n for path in SENDERS.glob("*.py") for n in ast.walk(_tree(path)) if isinstance(n, ast.Constant))
    return {n.value for n in nodes if isinstance(n.value, str) and re.fullmatch("channel_[a-z_]+", n.value)}


def _catalogue() -> Catalog:
    with CATALOGUE.with_suffix(".po").open("rb") as file:
        return pofile.read_po(file, locale="zh", domain="messages")


def _pairs() -> list[tuple[str, str]]:
    """Every text with its Chinese, plurals by their first form."""
    pairs = []
    for message in _catalogue():
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[-1]
            said = message.string or ""
            pairs.append((one, said if isinstance(said, str) else said[0]))
    return pairs


def _placeholders(text: str) -> set[str]:
    if "%(" in text:
        return set(re.findall(r"%\((\w+)\)", text))
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}


# -- the catalogue ---------------------------------------------------------------------------------


def test_every_text_has_its_chinese() -> None:
    translated = {
        message.id if isinstance(message.id, tuple) else (message.id,) for message in _catalogue() if message.string
    }
    singular = {texts[0] for texts in translated}
    missing = {texts for texts in _needed() if texts not in translated and (len(texts) > 1 or texts[0] not in singular)}
    assert not missing


def test_the_catalogue_holds_nothing_that_nobody_says() -> None:
    said = {texts[0] for texts in _needed()}
    held = {message.id if isinstance(message.id, str) else message.id[0] for message in _catalogue() if message.id}
    assert held - said == set()


def test_the_compiled_catalogue_is_up_to_date() -> None:
    compiled = io.BytesIO()
    mofile.write_mo(compiled, _catalogue())
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue()


def test_both_languages_use_the_same_facts() -> None:
    differing = [(en, zh) for en, zh in _pairs() if _placeholders(en) != _placeholders(zh)]
    assert not differing


def test_chinese_texts_hold_no_foreign_words() -> None:
    def foreign(zh: str) -> set[str]:
        typed = r"https?://[a-z0-9.]*|/openapi\.json|Idempotency-Key|peijian( [a-z-]+)*|--[a-z-]+|[a-z_]+=…?(yes)?"
        plain = re.sub(typed + r"|%?\(?\{[^}]*\}|%\(\w+\)s", " ", zh)
        return set(re.findall(r"[A-Za-z][A-Za-z_]*", plain)) - LATIN

    assert {zh: words for _en, zh in _pairs() if (words := foreign(zh))} == {}


def test_english_texts_hold_no_chinese() -> None:
    assert [texts for texts in _needed() for text in texts if re.search("[\u3000-\u9fff\uff00-\uffef]", text)] == []


@pytest.mark.parametrize("word", ["责令", "听证", "立案", "案件"])
def test_words_that_the_departments_do_not_use_here_never_appear(word: str) -> None:
    assert [zh for _en, zh in _pairs() if word in zh] == []


def test_a_sentence_keeps_its_final_stop() -> None:
    """An English sentence ends like its Chinese, so neither reads as if something were cut off."""
    ends = {".": "。.", ":": "：:", "?": "？", "!": "！"}
    sentences = [(en, zh) for en, zh in _pairs() if len(en) > 25 and en[-1] in ends]
    assert [(en, zh) for en, zh in sentences if zh[-1] not in ends[en[-1]] + "。"] == []


# -- codes -----------------------------------------------------------------------------------------


def test_every_place_that_makes_an_obstacle_was_understood() -> None:
    assert {place for place, codes in _obstacle_codes().items() if not codes} == set()


def test_every_obstacle_of_the_policies_has_its_sentence() -> None:
    made = set().union(*_obstacle_codes().values())
    assert made - wording.OBSTACLES.keys() == set()
    assert wording.OBSTACLES.keys() - made == set()


def test_every_error_that_is_raised_has_its_sentence() -> None:
    assert _error_codes() - wording.ERRORS.keys() - wording.FINDINGS.keys() == set()
    assert len(_channel_codes()) > 8
    assert _channel_codes() - wording.ERRORS.keys() == set()


def test_every_validation_error_of_ours_has_its_text() -> None:
    raised = {
        node.args[0].value
        for path in (*(ROOT / "states").rglob("*.py"), *(ROOT / "workflow").rglob("*.py"))
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "PydanticCustomError"
        and isinstance(node.args[0], ast.Constant)
    }
    assert raised
    assert raised - wording.PYDANTIC.keys() == set()
    known = set(get_args(core_schema.ErrorType))
    assert known
    assert wording.PYDANTIC.keys() - known - raised - {"facility_twice"} == set()


def test_every_reason_why_a_configuration_cannot_be_used_has_its_text() -> None:
    modules = [_tree(ROOT / "workflow" / name) for name in ("settings.py", "config_coherence.py")]
    given = {
        text
        for module in modules
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("unsafe", "_unreadable")
        for text in _strings(node.args[node.func.id == "_unreadable"], function, module)  # type: ignore[attr-defined]
    }
    assert len(given) > 10
    assert given - REASONS.keys() == set()


def test_every_code_of_the_tables_has_its_label() -> None:
    codes = {stage.value for stage in Stage} | {edge.name for edge in EDGES} | {party.value for party in Party}
    codes |= {answer.value for answer in Answer} | {permission.level for permission in PERMISSIONS.values()}
    codes |= {*MEASURES, *get_args(Particular), *REQUIRED}
    assert codes - KNOWN == set()


def test_every_action_and_every_policy_has_its_label() -> None:
    assert ACTIONS.keys() - ACTION_LABELS.keys() == set()
    assert POLICIES.keys() ^ CHECKS.keys() == set()


def test_every_literal_that_a_clerk_can_choose_has_its_label() -> None:
    chosen = {
        value
        for action in ACTIONS.values()
        for field in action.model_fields.values()
        for part in (field.annotation, *get_args(field.annotation))
        if get_origin(part) is Literal
        for value in get_args(part)
    }
    assert chosen
    assert chosen - KNOWN == set()


def test_a_code_has_one_meaning_wherever_it_appears() -> None:
    meanings: dict[str, set[str]] = {}
    for group in wording.LABELS.values():
        for code, text in group.items():
            meanings.setdefault(code, set()).add(text)
    assert {code for code, texts in meanings.items() if len(texts) > 1} == set()


@pytest.mark.parametrize("code", sorted(commands.COMMANDS))
def test_the_command_of_an_obstacle_exists_with_its_options(code: str) -> None:
    detail = (("measure", "site"), ("particular", "handover_days"), ("reference", "a b"), ("change", "2"))
    obstacle = Obstacle(code, "F1", detail=detail)
    typed = commands.command_for("C-1", obstacle)
    assert typed
    words = re.findall(r"(?:'[^']*'|\S)+", typed)[1:]
    name = next(n for n in (" ".join(words[:2]), words[0]) if n in ACTIONS)
    model, rest = ACTIONS[name], words[len(name.split()) :]
    options = {word[2:].replace("-", "_") for word in rest if word.startswith("--")}
    shortened = {"answer": "answers", "item": "items"}
    assert {shortened.get(option, option) for option in options} <= model.model_fields.keys()
    positional = rest[: next((n for n, word in enumerate(rest) if word.startswith("--")), len(rest))]
    assert len(positional) == len(model.arguments)


# -- speaking --------------------------------------------------------------------------------------


class Named:
    """Names for a test: everything is in brackets."""

    def organisation(self, key: str) -> str:
        return f"[{key}]"

    facility = category = document = anything = organisation


def test_an_obstacle_names_what_is_missing_and_who_clears_it() -> None:
    obstacle = Obstacle("document_missing", "planning_conditions", ("natural_resources", "housing"))
    with speaking("zh"):
        assert (
            wording.obstacle_text(obstacle, Named())
            == "缺少[planning_conditions]，请[natural_resources]或[housing]登记文号和日期。"
        )
    with speaking("en"):
        assert "[natural_resources] or [housing]" in wording.obstacle_text(obstacle, Named())


def test_areas_are_shown_in_square_metres_and_counts_with_their_unit() -> None:
    with speaking("zh"):
        assert wording.amount("gfa", "324000") == "3240.00 m²"
        assert wording.amount("site", 5) == "0.05 m²"
        assert wording.amount("classes", 9) == "9班"
    with speaking("en"):
        assert (wording.amount("beds", 1), wording.amount("beds", 2)) == ("1 bed", "2 beds")
        assert wording.amount("seats", None) == "not recorded"


@pytest.mark.parametrize(("language_", "mark"), [("zh", "（未经核实）"), ("en", "(unverified)")])
def test_a_standard_that_nobody_verified_is_marked_once(language_: str, mark: str) -> None:
    detail = (("measure", "gfa"), ("value", "100"), ("minimum", "200"), ("confirmed", "False"))
    plain = Obstacle("below_standard", "F1", basis="GB 50180-2018", detail=detail)
    told = Obstacle("below_standard", "F1", basis="GB 50180-2018, unverified", detail=detail)
    with speaking(language_):
        assert mark in wording.obstacle_text(plain)
        assert wording.obstacle_text(told).count(mark.strip("（）()")) == 1


def test_a_shortfall_says_whose_standard_it_is() -> None:
    detail = (("measure", "gfa"), ("value", "100"), ("minimum", "200"))
    whose = Obstacle("below_standard", "F1", basis="GB 1", detail=(*detail, ("level", "provincial")))
    nobodys = Obstacle("below_standard", "F1", basis="GB 1", detail=detail)
    with speaking("zh"):
        assert "低于省标准2.00 m²" in wording.obstacle_text(whose)
        assert "低于标准2.00 m²" in wording.obstacle_text(nobodys)
    with speaking("en"):
        assert "below the provincial standard of 2.00 m²" in wording.obstacle_text(whose)


@pytest.mark.parametrize("language_", LANGUAGES)
@pytest.mark.parametrize("code", [*wording.OBSTACLES, "something_new"])
def test_every_obstacle_can_be_said_even_without_its_details(code: str, language_: str) -> None:
    with speaking(language_):
        text = wording.obstacle_text(Obstacle(code, "x"))
    assert text
    assert "{" not in text


@pytest.mark.parametrize("language_", LANGUAGES)
@pytest.mark.parametrize("code", [*wording.ERRORS, "something_new"])
def test_every_error_can_be_said_even_without_its_facts(code: str, language_: str) -> None:
    with speaking(language_):
        assert "{" not in wording.error_text(Invalid(code))


def test_braces_in_a_record_stay_what_they_are() -> None:
    obstacle = Obstacle("objection", "health", detail=(("reason", "{who} {0} {x!r}"),))
    assert "{who} {0} {x!r}" in wording.obstacle_text(obstacle)


def test_an_unknown_name_is_answered_with_the_nearest_ones() -> None:
    error = NotFound("unknown_organisation", {"name": "helth", "near": ["health"]})
    with speaking("zh"):
        assert wording.error_text(error, Named()) == "没有名称或代码为helth的单位。相近的有：health（[health]）。"


def test_a_refusal_and_a_blockade_list_their_obstacles() -> None:
    leader = Obstacle("leader_needed", "health", ("health",))
    with speaking("zh"):
        for error in (Blocked([leader]), NotAllowed("not_allowed", {"obstacles": (leader,)})):
            assert "须由health负责人办理" in wording.error_text(error)


def test_every_wrong_field_is_named_with_its_problem() -> None:
    problems = [
        {"field": "gfa_m2", "type": "greater_than", "ctx": {"gt": 0}},
        {"field": "facilities.0.beds", "type": "int_parsing"},
        {"field": "", "type": "verdict_incomplete", "ctx": {"fields": "reason, basis"}},
        {"field": "x", "type": "never_heard_of", "text": "odd"},
    ]
    with speaking("zh"):
        text = wording.error_text(Invalid("invalid_input", {"problems": problems}))
    assert "建筑面积（平方米）（gfa_m2）：应大于0" in text
    assert "配套设施 · 第1项 · 床位数（facilities.0.beds）：应为整数" in text
    assert "理由、依据" in text
    assert "odd" in text


def test_a_configuration_fault_says_where_and_what_is_allowed() -> None:
    facts = {
        "file": "config.yaml",
        "line": 7,
        "key": "stages.in_use.lead",
        "value": "helth",
        "allowed": ["health"],
        "more": 2,
    }
    with speaking("en"):
        text = wording.error_text(Invalid("config_reference", facts))
    assert text.startswith("config.yaml, line 7: stages.in_use.lead names helth")
    assert text.endswith("Allowed: health. Further problems: 2.")


def test_the_languages_do_not_leak_into_each_other() -> None:
    with speaking("en"):
        assert wording.label("agree") == "agree"
        with speaking("zh"):
            assert wording.label("agree") == "同意"
        assert wording.label("agree") == "agree"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no such language"):
        language.use("de")


def test_click_speaks_the_language_of_the_process() -> None:
    script = (
        "import click, sys; from views import language; language.use(sys.argv[1]);"
        "sys.exit(click.Command('x', params=[click.Option(['--n'], type=int)]).main(['--n', 'a']))"
    )
    said = {
        spoken: subprocess.run([sys.executable, "-c", script, spoken], cwd=ROOT, capture_output=True, text=True).stderr
        for spoken in LANGUAGES
    }
    assert "Error: Invalid value for '--n'" in said["en"]
    assert "错误：'--n'的值有误" in said["zh"]


def test_the_words_load_without_anything_heavy() -> None:
    script = (
        "import sys; before = set(sys.modules); import views.wording;"
        "print(*sorted({m.partition('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["states", "views"]
