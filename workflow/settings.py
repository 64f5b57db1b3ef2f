"""The configuration: found, read, checked, and kept compiled.

These are the doors; everything outside comes through them. Behind them stand three sieves: is it plain
YAML, does it fit the classes of ``states/rules.py`` (``workflow/config_reading.py``), does it hold together
(``workflow/config_coherence.py``). Start-up comes through here before it knows its language, so nothing
heavy is imported until a file is parsed.

``Invalid`` codes: config_unreadable, and those of the two modules behind.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from states.calendar import WEEKENDS
from states.errors import Invalid
from states.rules import Rules
from workflow.config_coherence import CATEGORIES, incoherent
from workflow.config_files import MAX_BYTES, locate, peek
from workflow.config_reading import ConfigText, compiled, fitted

__all__ = ["CATEGORIES", "MAX_BYTES", "dumps", "load", "loads", "locate", "parse", "peek"]


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
    written = ConfigText(source)
    data = written.read(text)
    rules = fitted(written, data)
    written.refuse(incoherent(rules, data, written.lines, text))
    return replace(rules, digest=hashlib.sha256(text.encode()).hexdigest())


def dumps(rules: Rules) -> str:
    """The compiled rules as JSON, digest included and calendar left out, so that the YAML is parsed once."""
    found = asdict(replace(rules, calendar=WEEKENDS))
    del found["calendar"]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Rules:
    """What ``dumps`` wrote. Raises Invalid if it was damaged."""
    try:
        return compiled(text)
    except ValueError as error:
        raise _unreadable("compiled", "damaged") from error
