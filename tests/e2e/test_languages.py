"""One language at a time: in Chinese no Latin word but what is typed, in English no Chinese but what is quoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest
from examples import EXAMPLES, perform
from mistakes import HOSTILE, MISTAKES
from program import CHINESE, EXAMPLE, LANGUAGES, LATIN, Completed, Place, command_paths, group_paths, record_text

from states.project import Stage
from views.labels import stage_label
from views.language import speaking
from workflow import calendar_files, calendars, rehearsal, settings
from workflow.settings import locate

#: The Latin words that Chinese text may hold: the program's name, formats, standards, units.
ALLOWED = frozenset(
    [
        "peijian",
        "PEIJIAN_TOKEN",
        "JSON",
        "YAML",
        "CSV",
        "Excel",
        "Word",
        "UTF",
        "SQLite",
        "Mermaid",
        "iCalendar",
        "R",
        "Y",
        "O",
        "GB",
        "B",
        "m",
        "h",
        "U",
    ]
)
#: Things to type, which stay as they are in any language; they are cut out before words are looked at.
_TYPED = re.compile(
    "|".join(
        (
            r"“peijian[^”]*”",  # a command in a sentence
            r"^ *peijian .*(?:\\\n.*)*$",  # a command of its own, with its continued lines
            r"（[a-z][a-z0-9_.]*）",  # the name of a field behind its label
            r"(?<=行：)[a-z_.0-9]+|(?<=缺少)[a-z_.0-9]+|(?<=的)[a-z_]+\.[a-z_.0-9]+(?=处)",  # a key of a file
            r"--[a-z][a-z0-9-]*",  # an option
            r"(?<![A-Za-z0-9])[0-9a-f]{12,}(?![a-z])",  # a hash
            r"(?<![A-Za-z])[A-Z]*[-+#./A-Z]*[0-9][-+#./0-9A-Z]*[a-z]?(?![a-z])",  # a number or code
            r"附录[A-Z]|\\[xu][0-9a-f]{2,4}|\[31m",  # a citation; what is left of a hostile name
            r"(?:可选|相近的有|可以是|应为以下之一)：.*",  # what may be typed instead
        )
    ),
    re.MULTILINE,
)
_AGREEMENT = "清禾家园配套设施产权移交和使用管理协议（示例）.txt"
#: Wide enough that nothing is folded.
_WIDE = {"COLUMNS": "400"}


def latin(text: str, *known: str) -> list[str]:
    """The Latin words in Chinese text that nobody typed and nobody is to type."""
    for long in (True, False):
        for word in sorted(filter(None, known), key=len, reverse=True):
            if (len(word) > 7) is long:
                text = text.replace(word, " ")
        text = _TYPED.sub(" ", text)
    found = re.findall(r"[A-Za-z\u00c0-\u024f][A-Za-z_\u00c0-\u024f]*", text)
    return sorted({word for word in found if word not in ALLOWED})


def chinese(text: str, *known: str) -> list[str]:
    """The Chinese in English text that is neither typed nor data."""
    for word in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(word, " ")
    return sorted({run for run in CHINESE.findall(text) if run not in record_text()})


def _check(lang: str, text: str, *known: str) -> None:
    found = latin(text, *known) if lang == "zh" else chinese(text, *known)
    assert not found, f"{found}\n{text[:3000]}"


# -- help ------------------------------------------------------------------------------------------------

#: The first column of a help text: options with their values, commands.
_TERMS = re.compile(r"^  (?:--[a-z0-9-]+(?: \[[a-z_|]+\]| [\u4e00-\u9fff]+)?|[a-z-]+)(?=  |$)", re.MULTILINE)
#: How a compound option is written: keys that are typed.
_KEYS = re.compile(r"[a-z_]+=(?:…|yes)")
_PATHS = [*command_paths(), *filter(None, group_paths()), ""]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", _PATHS)
def test_every_help_text_speaks_one_language(path: str, lang: str, nowhere: Place) -> None:
    done = nowhere.call(*path.split(), "--help", lang=lang)
    assert done.exit == 0
    assert done.err == ""
    if lang == "en":
        assert not CHINESE.search(done.out)
        return
    _usage, _, rest = done.out.partition("\n\n")
    _check(lang, _KEYS.sub("", _TERMS.sub("", rest)), "admin")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_line_of_help_says_something(lang: str, nowhere: Place) -> None:
    """No option and no command stands without an explanation."""
    for path in _PATHS:
        text = nowhere.call(*path.split(), "--help", lang=lang).out
        lines = text.splitlines()
        bare = [
            line
            for line, following in zip(lines, [*lines[1:], ""], strict=True)
            if re.fullmatch(r"  --?\S+(?: \S+)?", line) and not following.startswith(" " * 10)
        ]
        assert not bare, (path, bare)


# -- errors ----------------------------------------------------------------------------------------------


def _told(name: str, lang: str, office_at: Callable[..., Place]) -> tuple[Completed, tuple[str, ...]]:
    mistake = MISTAKES[name]
    place = office_at(mistake.moment)
    mistake.prepared(place)
    done = place.call(*mistake.command, lang=lang, token=mistake.by, env=_WIDE)
    typed = [word for word in mistake.command if not word.startswith("{")]
    typed += [part for word in typed for part in re.split(r"[:;= ]+", word)]
    typed += [*mistake.files, str(place.folder), "peijian.db", HOSTILE.partition("\x1b")[0], "名称"]
    content = "".join(c if isinstance(c, str) else "" for c in mistake.files.values())
    quoted = [word for word in mistake.words if word in content]
    return done, (*typed, *quoted, mistake.by or "")


def _misplaced(text: str, *known: str) -> list[str]:
    """Commas, colons and full stops of the other script right behind a Chinese character."""
    for word in sorted(filter(None, known), key=len, reverse=True):
        text = text.replace(word, " ")
    return re.findall(r"[\u4e00-\u9fff]['’]?[,:;.!?](?![0-9])", text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", MISTAKES)
def test_every_error_speaks_one_language(name: str, lang: str, office_at: Callable[..., Place]) -> None:
    done, known = _told(name, lang, office_at)
    known = tuple(word for word in known if word not in ("case", "sign", "x"))
    usage = re.compile(r"^(?:用法：|Usage: ?) ?peijian.*$", re.MULTILINE)
    _check(lang, usage.sub("", done.err), *known)
    assert lang == "en" or not _misplaced(done.err, *known)


@pytest.mark.parametrize("line", ["--help", "case --help", "case show --help", "sign --help", "nonsense", "case show"])
def test_the_usage_line_speaks_chinese(line: str, nowhere: Place) -> None:
    done = nowhere.call(*line.split(), lang="zh")
    usage = next((line for line in done.text.splitlines() if "peijian" in line), "")
    words = [word for word in LATIN.findall(usage) if word.isupper()]
    assert not words, usage


def test_help_has_chinese_punctuation(nowhere: Place) -> None:
    for path in _PATHS:
        text = nowhere.call(*path.split(), "--help", lang="zh").out
        assert not re.findall(r"[\u4e00-\u9fff][,:;.!?](?![0-9.])", text), (path, text)


def test_an_error_names_the_field_and_not_its_help(office: Place) -> None:
    done = office.call(
        "case", "return", "{case}", "--reason", "x", "--happened-on", "2040-01-01", lang="zh", token="nr"
    )
    assert "不填" not in done.err
    done = office.call("case", "return", "{case}", "--reason", "x", "--request-id", "一 二", lang="zh", token="nr")
    assert "不会重复" not in done.err


# -- screens ---------------------------------------------------------------------------------------------

#: What a screen shows of things that are typed: the words of commands, ids of the configuration.
_SHOWS_COMMANDS = frozenset({"lifecycle table", "lifecycle actions"})
_SHOWS_IDS = frozenset({"lifecycle rules"})
_NO_PROSE = frozenset({"journal checkpoint", "lifecycle diagram", "case diagram"})
#: Looked at below, step by step.
_STORIES = frozenset({"demo", "rehearse"})
_PROSE = [path for path in EXAMPLES if path not in _NO_PROSE | _STORIES]


def _ids() -> Iterable[str]:
    rules = settings.load(locate(None, {}))
    yield from rules.organisations
    yield from rules.categories
    yield from rules.documents
    yield from rules.construction_modes
    yield from rules.project_kinds
    yield from rules.exceptions
    for category in rules.categories.values():
        yield from category.subtypes


def _known(path: str, place: Place, done: Completed, by: str | None, command: Iterable[str]) -> list[str]:
    """Names that people have given: accounts, files, tokens."""
    known = [*place.tokens, *command, "somebody", str(place.folder), "peijian.db", "paper.txt", _AGREEMENT]
    if path == "case open":
        known += re.findall(r'"(\w+)":', EXAMPLE.read_text(encoding="utf-8"))
    known += [token[:8] for token in place.tokens.values()]
    if path in ("init", "account add", "account token"):
        known += done.out.split()
    if path in _SHOWS_COMMANDS:
        known += [f"peijian {command}" for command in command_paths()] + command_paths()
    if path in _SHOWS_IDS:
        known += _ids()
    if path.startswith("calendar"):
        known += ["示例通知", *(year.source for year in calendar_files.read_all(calendars.SHIPPED))]
    if path == "document get":
        known += done.out.split()
    if path == "account list":
        known += [line.split()[3] for line in done.out.splitlines()[1:] if len(line.split()) > 3]
    return [word for word in known if word not in ("case", "document", "facility", "x")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", _PROSE)
def test_every_screen_speaks_one_language(path: str, lang: str, office_at: Callable[..., Place]) -> None:
    found = EXAMPLES[path]
    place = office_at(found.moment)
    done = perform(found, place, lang=lang, env=_WIDE)
    assert done.exit == found.exit, done.text[-1000:]
    text = done.text
    if path == "lifecycle table":
        text = _without_stages(text, next(other for other in LANGUAGES if other != lang))
    typed = (*found.command, *(word for _by, command in found.before for word in command))
    _check(lang, text, *_known(path, place, done, found.by, typed))


def _without_stages(text: str, lang: str) -> str:
    """The table names each stage in both languages, on purpose."""
    with speaking(lang):
        names = [stage_label(stage) for stage in Stage]
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    return text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("screen", ["case show", "case why", "inbox", "case list", "document list", "case thread"])
def test_every_screen_speaks_one_language_at_every_stage(
    screen: str, lang: str, moments: dict[str, Place], office_at: Callable[..., Place]
) -> None:
    for moment in moments:
        if moment == "new":
            continue
        place = moments[moment]
        case = () if screen in ("inbox", "case list") else ("{case}",)
        for by in ("nr", "housing", "health", "state_assets") if screen == "inbox" else (None,):
            done = place.call(*screen.split(), *case, lang=lang, token=by, env=_WIDE)
            assert done.exit in (0, 3), done.text[-1000:]
            _check(lang, done.text, *_known(screen, place, done, by, ()))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_in_json_speaks_one_language(lang: str, office_at: Callable[..., Place]) -> None:
    place = office_at("objection")
    for command in (("case", "why", "{case}"), ("case", "advance", "{case}"), ("inbox",)):
        found = place.call(*command, "--json", lang=lang, token="nr").json()
        for text in _texts(found):
            _check(lang, text)


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        yield from (text for key, text in value.items() if key == "text" and isinstance(text, str))
        yield from (text for item in value.values() for text in _texts(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in _texts(item))


@pytest.mark.parametrize("script", rehearsal.shipped())
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_story_speaks_one_language(script: str, lang: str, nowhere: Place) -> None:
    done = nowhere.call("rehearse", script, "--story", lang=lang, env=_WIDE)
    assert done.exit == 0
    _check(lang, done.text)


# -- which language --------------------------------------------------------------------------------------


def test_the_language_is_the_option_then_the_environment_then_the_configuration_then_chinese(nowhere: Place) -> None:
    nowhere.write("english.yaml", "language: en\n")
    chosen = {
        (): "选项",
        ("--config", "english.yaml"): "Options",
        ("--lang", "en"): "Options",
        ("--lang=en",): "Options",
    }
    for words, expected in chosen.items():
        assert expected in nowhere.call(*words, "--help", lang=None).out, words
    assert "选项" in nowhere.call("--help", lang="zh", env={"PEIJIAN_CONFIG": "english.yaml"}).out
    assert "Options" in nowhere.call("--lang", "en", "--help", lang="zh").out
    assert "选项" in nowhere.call("--help", lang="", env={}).out


def test_a_word_behind_an_option_is_not_taken_for_the_language(office: Place) -> None:
    done = office.call("case", "return", "{case}", "--reason", "--lang", lang="zh", token="nr")
    assert done.exit in (0, 2)
    assert CHINESE.search(done.text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_languages_name_every_stage(lang: str, nowhere: Place) -> None:
    drawn = nowhere.call("lifecycle", "diagram", lang=lang).out
    names = re.findall(r'state "(.+)" as (\w+)', drawn)
    assert {stage for _, stage in names} == set(Stage)
    for name, _ in names:
        assert bool(CHINESE.search(name)) == (lang == "zh")
