"""Streams in an encoding that lacks our characters."""

from __future__ import annotations

import codecs
from typing import IO

#: For encodings such as GBK, which lack our marks.
_PLAINER = {"✓": "√", "✗": "×", "²": "2", "“": '"', "”": '"', "→": "->"}


def _replaced(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_PLAINER.get(c, "?") for c in error.object[error.start : error.end]), error.end


def tolerate(out: IO[str]) -> None:
    """A stream in another encoding shows a plainer character, or ``?``, instead of failing half way."""
    if hasattr(out, "reconfigure") and (getattr(out, "encoding", "") or "").lower().replace("-", "") != "utf8":
        codecs.register_error("plainer", _replaced)
        out.reconfigure(errors="plainer")
