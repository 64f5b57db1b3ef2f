"""One digest: everything a recipient is told on a day, as subject, plain text, HTML, brief lines and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from notifications import phrases
from notifications.items import Item
from notifications.sql import NO_PROJECT
from states.rules import Rules
from views.folding import fold
from views.labels import stage_label
from views.language import _, ngettext, speaking
from views.names import Names
from views.page import Span

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Digest", "Item", "Rendered", "render"]

#: Cells of a line of plain text, after its indent.
_WIDTH = 75
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Digest:
    """What ``recipient`` (an account, or an organisation) is told on ``day`` (ISO).

    ``name`` is the recipient as people read it, ``organisation`` an id.
    """

    recipient: str
    name: str
    organisation: str
    day: str
    items: tuple[Item, ...]


class Rendered(NamedTuple):
    """``brief``: lines that may leave the office by instant message; ``data``: plain JSON."""

    subject: str
    text: str
    html: str
    brief: tuple[str, ...]
    data: dict[str, Any]


class _Group(NamedTuple):
    """Items under one heading; ``urgent``: they are overdue."""

    heading: str
    entries: list[dict[str, Any]]
    urgent: bool = False


def render(digest: Digest, rules: Rules, language: str) -> Rendered:
    """A digest in ``language`` (``zh``, ``en``): overdue limits first, the longest overdue before all, news last."""
    items = sorted(digest.items, key=_urgency)
    with speaking(language):
        names = Names(rules, digest.day)
        subject = _subject(items, digest.day)
        page = {**_page(digest, items, names), "title": subject, "language": language}
        text, html = (_environment().get_template(f"digest.{kind}.j2").render(page) for kind in ("txt", "html"))
        brief = tuple(map(phrases.brief, items))
    data = {
        "district": rules.district.code, "recipient": digest.recipient, "organisation": digest.organisation,
        "day": digest.day, "subject": subject, "items": [asdict(item) for item in items],
    }  # fmt: skip
    return Rendered(subject, text, html, brief, data)


def _urgency(item: Item) -> tuple[str, ...]:
    return item.due_on or "9999", item.kind, item.subject, item.code, item.concern


def _subject(items: list[Item], day: str) -> str:
    late, ahead, news = (len(part) for part in _parts(items, day))
    counts = [
        _("{n} overdue").format(n=late) if late else "",
        _("{n} due").format(n=ahead) if ahead else "",
        _("{n} new").format(n=news) if news else "",
    ]
    told = _(", ").join(filter(None, counts))
    return _("[Peijian] Work reminder {day}: {counts}").format(day=phrases.long_day(day), counts=told)


def _parts(items: list[Item], day: str) -> tuple[list[Item], list[Item], list[Item]]:
    """Overdue, not yet due, news."""
    limits = [item for item in items if item.kind == "limit"]
    late = [item for item in limits if phrases.overdue(item, day)]
    return late, [item for item in limits if item not in late], [item for item in items if item.kind == "news"]


def _page(digest: Digest, items: list[Item], names: Names) -> dict[str, Any]:
    """What the templates show: texts only."""
    late, ahead, news = _parts(items, digest.day)
    groups = [
        _Group(_headed(_("Overdue"), late), [_entry(i, digest, names) for i in late], urgent=True),
        _Group(_headed(_("Due soon"), ahead), [_entry(i, digest, names) for i in ahead]),
        _Group(_headed(_("News"), news), [_entry(i, digest, names) for i in news]),
    ]
    return {
        "to": _addressed(digest, names),
        "groups": [group for group in groups if group.entries],
        "drafts": phrases.drafts(items, names, digest.day),
        "hint": _("Type a command as it stands; it asks for what it needs, and before anything is recorded."),
        "foot": _("Sent by Peijian; answers to this message are not read."),
        "answer": _("Command: "),
    }


def _headed(heading: str, items: list[Item]) -> str:
    count = ngettext("{n} item", "{n} items", len(items)).format(n=len(items))
    return _("{title} ({concern})").format(title=heading, concern=count)


def _addressed(digest: Digest, names: Names) -> str:
    body, name = names.organisation(digest.organisation), phrases.one_line(digest.name)
    return body if name in (body, digest.organisation, "") else _("{body}, {name}").format(body=body, name=name)


def _entry(item: Item, digest: Digest, names: Names) -> dict[str, Any]:
    return {
        "project": "" if item.subject == NO_PROJECT else phrases.project(item),
        "title": phrases.title(item, names),
        "facts": [_fact(what, told) for what, told in _facts(item, digest, names)],
        "late": phrases.late(item),
        "command": item.command,
    }


def _fact(what: str, told: str) -> str:
    return phrases.capital(_("{what}: {subject}").format(what=what, subject=told))


def _facts(item: Item, digest: Digest, names: Names) -> Iterator[tuple[str, str]]:
    """What else is known, each with its label."""
    if item.due_on:
        yield _("due date"), phrases.due(item, digest.day)
    if item.stage:
        yield _("stage"), stage_label(item.stage)
    if item.party and item.party != digest.organisation and item.party != item.concern:
        yield _("responsible"), names.party(item.party)
    if item.kind == "limit" and item.form != "notice":
        yield _("form"), phrases.form(item)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=select_autoescape(("html.j2",)),
    )  # fmt: skip
    environment.filters["folded"] = _folded
    return environment


def _folded(text: str) -> str:
    """Broken where Chinese and English may be, for readers that break no lines; what follows hangs below."""
    return "\n   ".join("".join(span.text for span in line) for line in fold((Span(text),), _WIDTH))
