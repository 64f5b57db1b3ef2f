"""Reminders on the screen: what would go out, and what became of what went out."""

from __future__ import annotations

from collections.abc import Sequence

from policies.limits.ladder import NEWS
from views.labels import label
from views.language import N_, _, ngettext
from views.names import Names, in_language
from views.page import Column, Line, Page, Paragraph, Row, bad, good, joined, quiet, say, strong, table, warn
from workflow.journal import OFFICE
from workflow.results import MessageLine, PlannedNotice


def preview_page(found: Sequence[PlannedNotice], names: Names) -> Page:
    """``remind preview``."""
    if not found:
        return (Paragraph(say(_("Nothing would go out."))),)
    columns = (
        Column(_("day"), head=True),
        Column(_("recipient"), least=12, head=True),
        Column(_("what"), least=20),
        Column(_("due"), least=10),
        Column(_("how"), least=8),
    )
    return (table(columns, [_planned(notice, names) for notice in found], indent=0),)


def _planned(notice: PlannedNotice, names: Names) -> Row:
    case = "" if notice.subject == OFFICE else notice.subject
    news = notice.rung == NEWS
    late = notice.planned_on < notice.on and not news
    return (
        say(notice.on),
        _recipient(notice.organisation, notice.recipient, names),
        joined((case, notice.project or "", in_language(notice.title), _concern(notice.concern, names)), " "),
        say("" if news else notice.due_on, quiet(_(" (late)")) if late else ""),
        _ways(notice.channels, names),
    )


def _concern(key: str, names: Names) -> str:
    return names.organisation(key) if key in names.rules.organisations else names.anything(key) if key else ""


def _ways(channels: tuple[str, ...], names: Names) -> Line:
    return say(_(", ").join(_channel(name, names) for name in channels) or bad(_("no way there")))


def _channel(name: str, names: Names) -> str:
    """By its kind, with the name where the configuration gives it another; one that is gone by its name."""
    found = names.rules.channels.get(name)
    if found is None or name == found.kind:
        return label(name)
    return _("{id} ({name})").format(id=name, name=label(found.kind))


def _recipient(organisation: str, account: str, names: Names) -> Line:
    return joined((strong(account) if account else "", names.organisation(organisation)), " ")


def messages_page(found: Sequence[MessageLine], names: Names) -> Page:
    """``remind list``, ``remind retry``."""
    if not found:
        return (Paragraph(say(_("No messages."))),)
    columns = (
        Column(_("no."), head=True, right=True),
        Column(_("day"), head=True),
        Column(_("recipient"), least=12),
        Column(_("how"), least=6),
        Column(_("state"), least=16),
    )
    count = ngettext("{n} message", "{n} messages", len(found)).format(n=len(found))
    return (table(columns, [_message(line, names) for line in found], indent=0), Paragraph(say(quiet(count))))


def _message(line: MessageLine, names: Names) -> Row:
    return (
        say(str(line.number)),
        say(line.day),
        _recipient(line.organisation, line.recipient, names),
        say(_channel(line.channel, names) if line.channel else "-"),
        joined((_state(line), _reason(line.reason) if line.reason else ""), " "),
    )


def _state(line: MessageLine) -> Line:
    if line.status == "sent":
        return say(good(_("sent")), f" {(line.sent_at or '')[:16].replace('T', ' ')}")
    if line.status == "refused":
        return say(bad(_("refused")))
    if line.status == "skipped":
        return say(quiet(_("no longer needed")))
    tried = ngettext("tried {n} time", "tried {n} times", line.attempts).format(n=line.attempts)
    return say(warn(_("queued")), f" {tried}" if line.attempts else "")


#: Why a message was refused, is late, or was never sent; whatever else the other side said is shown as it is.
REASONS = {
    "no_account": N_("nobody of the organisation has an account"),
    "no_channel": N_("no channel leads there"),
    "readdressed": N_("others are told instead"),
    "account_closed": N_("the account was closed"),
    "nothing_left": N_("nothing in it still holds"),
    "gave_up": N_("tried for three days"),
    "failed": N_("the message could not be made"),
    "no_address": N_("the account has no mailbox"),
    "bad_address": N_("the mailbox is no address"),
}


def _reason(reason: str) -> str:
    code, colon, rest = reason.partition(": ")
    return f"{_(REASONS.get(code, code))}{_(': ') if colon else ''}{rest}"
