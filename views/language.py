"""The language this process speaks: Chinese unless told otherwise.

Every text stands in English in the code and in Chinese in ``locale/zh/LC_MESSAGES/messages.po``. The
domain is gettext's default, ``messages``, so that click's own texts, which call ``gettext.gettext``, come
out of the same catalogue. After a change to the catalogue: ``pybabel compile -d views/locale``; the
tests name every text that has no translation and notice a catalogue that was not compiled.
"""

from __future__ import annotations

import gettext as _stdlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")
DOMAIN = "messages"
LOCALE = Path(__file__).parent / "locale"

_of_process = "zh"
_for_now: ContextVar[str | None] = ContextVar("language", default=None)


def use(language: str) -> None:
    """Speak ``language`` from now on, click included. Raises ValueError for any but ``zh`` and ``en``."""
    global _of_process
    _known(language)
    _stdlib.bindtextdomain(DOMAIN, str(LOCALE))
    _stdlib.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language
    _of_process = language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak ``language`` within the block, in this thread alone: for a mail or a page in the other language."""
    _known(language)
    token = _for_now.set(language)
    try:
        yield
    finally:
        _for_now.reset(token)


def current() -> str:
    """``zh`` or ``en``."""
    return _for_now.get() or _of_process


def _(text: str) -> str:
    """``text`` in the current language; the empty text (gettext's header) stays empty."""
    return _catalogue(current()).gettext(text) if text else ""


def ngettext(one: str, many: str, number: int) -> str:
    """``one`` or ``many``, as the current language counts."""
    return _catalogue(current()).ngettext(one, many, number)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


@cache
def _catalogue(language: str) -> _stdlib.NullTranslations:
    return _stdlib.translation(DOMAIN, str(LOCALE), [language], fallback=language == "en")


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language!r}")
