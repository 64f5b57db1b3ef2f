"""The auditor's questions: the journal read, verified, and its heads taken out of the house."""

from __future__ import annotations

from functools import partial

from pydantic import Field

from service.base import Caller, Case, File, Request
from service.cases import history
from service.shown import Shown
from states.errors import Invalid
from views.chronicle import verification_page
from views.language import N_, _
from workflow import journal, queries, records
from workflow.results import Entry, Verification


class JournalShow(Request):
    """Show the journal."""

    path = "journal show"
    result = list[Entry]
    arguments = ("case",)

    case: Case | None = None

    def answer(self, caller: Caller) -> Shown:
        return history(caller, self.case)


class JournalVerify(Request):
    """Verify the chain, and that the rows still fit it."""

    path = "journal verify"
    result = Verification

    checkpoint: File | None = Field(None, description=N_("a checkpoint that was kept elsewhere"))

    def answer(self, caller: Caller) -> Shown:
        """Exits with 7 when something does not hold."""
        kept = records.read(self.checkpoint) if self.checkpoint else None
        if self.checkpoint and not (kept is not None and journal.is_checkpoint(kept)):
            raise Invalid("not_a_checkpoint", {"path": self.checkpoint.name})
        found = queries.verify(caller.office, kept)
        blind = _("Without a checkpoint nobody can tell whether entries were cut off the end.")
        return caller.show(
            found,
            caller.rules,
            partial(verification_page, found),
            notes=() if self.checkpoint else (blind,),
            exit_code=7 if found.findings else 0,
        )


class JournalCheckpoint(Request):
    """Print the head of every chain, to be kept elsewhere."""

    path = "journal checkpoint"

    def answer(self, caller: Caller) -> Shown:
        return Shown(queries.checkpoint(caller.office))
