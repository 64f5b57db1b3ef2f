"""Question and answer on a terminal: one question at a time, asked again until the answer is usable.

Questions are written by ``input``, so that the line editor knows where the answer begins: it alone can take
back a Chinese character. Everything else goes to stderr. Ctrl-C and Ctrl-D end the command at any question.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import click

from views import terminal
from views.folding import width_of
from views.language import _
from views.page import Flow, Page, quiet, say, strong

Answer = TypeVar("Answer")
#: What is recorded, how it is called, and what else it is called.
Choices = Sequence[tuple[str, ...]]

#: Cells that leave room for an answer on the same line; a longer question has lines of its own.
_LONGEST = 60

_YES = frozenset({"y", "yes", "是", "对"})
_NO = frozenset({"n", "no", "否", "不"})


class Wrong(ValueError):
    """An answer that cannot be used; the text says what it must be."""


def show(page: Page) -> None:
    terminal.show(page, sys.stderr)


def tell(text: str, style: str = "") -> None:
    terminal.tell(text, style=style)


def ask(question: str, parse: Callable[[str], Answer], optional: bool = False) -> Answer | None:
    """The answer as ``parse`` understands it; None for an empty one where it is ``optional``."""
    while True:
        typed = _line(question).strip()
        if not typed and optional:
            return None
        try:
            if not typed:
                raise Wrong(_("must not be empty"))
            return parse(typed)
        except Wrong as wrong:
            tell(_("  This does not do: {problem}. Again, please.").format(problem=wrong), "warn")


def choose(question: str, choices: Choices, empty: str | None = None, default: str | None = None) -> str | None:
    """One of ``choices``, by its number, its id or one of its names; ``empty`` says what it means to choose none."""
    items = (say(strong(f"{n} "), name) for n, (_value, name, *_others) in enumerate(choices, 1))
    tell(question)
    show((Flow(tuple(items), "   ", 4),))
    usual = next((name for value, name, *_others in choices if value == default), None)
    hint = _(" (Enter: {usual})").format(usual=usual) if usual else empty or ""
    found = ask(_("  number{hint}: ").format(hint=hint), lambda typed: _picked(typed, choices), bool(hint))
    return default if found is None and usual else found


def _picked(typed: str, choices: Choices) -> str:
    plain = unicodedata.normalize("NFKC", typed)
    if plain.isdecimal() and 1 <= int(plain) <= len(choices):
        return choices[int(plain) - 1][0]
    meant = {words[0] for words in choices if plain.casefold() in (word.casefold() for word in words)}
    if typed in {words[0] for words in choices}:
        return typed
    if len(meant) == 1:
        return meant.pop()
    raise Wrong(_("must be a number from 1 to {n}").format(n=len(choices)))


def agrees(question: str, default: bool | None = None) -> bool:
    """Yes or no; Enter is ``default`` where there is one."""
    usual = {True: _(" (y/n, Enter: yes)"), False: _(" (y/n, Enter: no)"), None: _(" (y/n)")}[default]
    found = ask(_("{question}{hint}: ").format(question=question, hint=usual), _yes_or_no, default is not None)
    return bool(default) if found is None else found


def _yes_or_no(typed: str) -> bool:
    plain = unicodedata.normalize("NFKC", typed).casefold()
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise Wrong(_("must be y or n"))


def _line(question: str) -> str:
    with suppress(ImportError):
        import readline  # noqa: F401 - taken up by input(), where there is one
    prompt = terminal.clean(question)
    if width_of(say(prompt)) > _LONGEST:
        tell(prompt.rstrip())
        prompt = "  > "
    while True:
        try:
            return input(prompt)
        except UnicodeDecodeError:
            tell(_("  This does not do: {problem}. Again, please.").format(problem=_("must be text in UTF-8")), "warn")
        except (KeyboardInterrupt, EOFError):
            give_up()


def give_up() -> None:
    """End the command; what was answered is forgotten. Raises Abort."""
    click.echo(err=True)
    show((Flow((say(quiet(_("Nothing was recorded."))),)),))
    raise click.Abort
