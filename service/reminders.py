"""Reminders: what would go out, and what became of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from notifications import parked
from notifications.preview import preview
from service.base import Caller, Day, Option, Request
from service.shown import Shown
from states.errors import Misused
from views.language import N_, _
from views.reminders import messages_page, preview_page
from workflow.results import MessageLine, PlannedNotice


class RemindPreview(Request):
    """Show who would be reminded of what, and when; nothing is sent."""

    path = "remind preview"
    result = list[PlannedNotice]

    until: Day | None = Field(None, description=N_("last day to look at (the next working day)"))

    def answer(self, caller: Caller) -> Shown:
        rules = caller.rules
        today = caller.office.now().date().isoformat()
        until = self.until.isoformat() if self.until else rules.calendar.later(today, 1)
        found = preview(caller.office, until)
        return caller.show(found, rules, partial(preview_page, found))


class RemindList(Request):
    """List the messages and what became of them."""

    path = "remind list"
    result = list[MessageLine]

    failed: bool = Field(False, description=N_("only those that were refused"))
    account: Annotated[str | None, Option("--to", metavar="ACCOUNT")] = Field(
        None, description=N_("only those to this account")
    )

    def answer(self, caller: Caller) -> Shown:
        found = parked.listed(caller.office, self.failed, self.account)
        return caller.show(found, caller.rules, partial(messages_page, found))


class RemindRetry(Request):
    """Send refused messages again (administrator)."""

    path = "remind retry"
    result = list[MessageLine]
    arguments = ("numbers",)
    writes = True

    numbers: Annotated[tuple[int, ...], Option(metavar="NUMBER", typed="number")] = ()
    everything: Annotated[bool, Option("--all")] = Field(False, description=N_("every message that was refused"))

    def answer(self, caller: Caller) -> Shown:
        if bool(self.numbers) == self.everything:
            raise Misused("messages_or_all")
        found = parked.retry(caller.office, caller.token, None if self.everything else self.numbers)
        return caller.show(found, caller.rules, partial(messages_page, found))


class RemindResume(Request):
    """Let messages leave again after a restore (administrator)."""

    path = "remind resume"
    writes = True

    def answer(self, caller: Caller) -> Shown:
        waited = parked.resume(caller.office, caller.token)
        text = _("Messages leave again; they had waited since {at}.").format(at=waited[:16].replace("T", " "))
        return Shown({"held_since": waited, "resumed": True}, text=text)
