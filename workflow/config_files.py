"""Where the configuration lies, and the little that start-up must know before it is read.

Help and completion come through here: nothing is imported but what Python has loaded anyway.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

MAX_BYTES = 1_000_000

#: A text that stands whole behind its key: in quotes without escapes, or plain; then at most a comment.
_ON_ITS_LINE = r"""[ \t]+(?:'([^'\n]*)'|"([^"\\\n]*)"|([^\s'"|>&*!\[{#~].*?))[ \t]*(?:[ \t]#.*)?\r?$"""


def locate(explicit: str | None, environ: Mapping[str, str]) -> Path:
    """--config, PEIJIAN_CONFIG, ./config.yaml, then the one that comes with the program."""
    if named := explicit or environ.get("PEIJIAN_CONFIG"):
        return Path(named)
    packaged, source = Path(__file__).with_name("config.yaml"), Path(__file__).parents[1] / "config.yaml"
    here = Path("config.yaml")
    return here if here.exists() else packaged if packaged.exists() else source


def data_folder(environ: Mapping[str, str]) -> Path:
    """The user's folder for what no other place is named for."""
    home = environ.get("XDG_DATA_HOME") or environ.get("LOCALAPPDATA") or Path.home() / ".local" / "share"
    return Path(home) / "peijian"


def peek(path: Path, key: str) -> str | None:
    """A top-level text such as ``language`` off its line, unchecked; None where there is none.

    Start-up needs the language before it can say what is wrong with the file.
    """
    try:
        content = path.read_bytes()[:MAX_BYTES] if path.is_file() else b""
    except OSError:
        return None
    return on_its_line(content.decode("utf-8-sig", errors="replace"), key)


def on_its_line(text: str, key: str) -> str | None:
    """A top-level text off the line of its key, without reading the YAML; None where there is none."""
    found = re.search(f"^{key}:{_ON_ITS_LINE}", text, re.MULTILINE)
    value = found[found.lastindex or 0] if found else ""
    return None if value in ("", "null", "Null", "NULL") else value
