"""What departments, experts and the public say."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from states.actions.base import Action, Attachment, Count, Day, Identifier, Line, Model, Reasoned, Text, terms
from states.facts import Actor

Disposition = Literal["adopted", "partly_adopted", "not_adopted", "noted"]
Verdict = Literal["agree", "agree_with_conditions", "object", "not_involved"]


#: What each verdict cannot do without.
VERDICT_NEEDS: dict[Verdict, tuple[str, ...]] = {
    "agree": (),
    "agree_with_conditions": ("conditions",),
    "object": ("reason", "basis", "requested_change"),
    "not_involved": ("reason",),
}


class ConditionTerms(Model):
    """A condition: what, by whom, by when, and the stage that must not end without it."""

    text: Text
    responsible: Line
    due_on: Day
    due_stage: Identifier


class Judgement(Model):
    """The two questions of the acceptance (annex 2, 二(四)2) for one facility."""

    facility: Identifier
    built_in_place: bool
    meets_standard: bool
    note: Text | None = None


class Sign(Action):
    """Sign off for your department."""

    name = "sign"
    attached = "scan"

    verdict: Verdict = Field(description="verdict")
    text: Text | None = Field(None, description="opinion")
    reason: Text | None = Field(None, description="reason of an objection, or why not involved")
    basis: Text | None = Field(None, description="basis of an objection")
    requested_change: Text | None = Field(None, description="the change an objection asks for")
    conditions: tuple[terms(ConditionTerms), ...] = Field(  # type: ignore[valid-type]
        (), description="condition: text=…; responsible=…; due_on=…; due_stage=…"
    )
    judgements: tuple[terms(Judgement), ...] = Field(  # type: ignore[valid-type]
        (), description="judgement: facility=…; built_in_place=yes; meets_standard=yes"
    )

    on_behalf_of: Identifier | None = Field(None, description="department whose stamped letter the lead records")
    letter: Line | None = Field(None, description="number of the letter")
    letter_on: Day | None = Field(None, description="date of the letter")
    scan: Attachment | None = Field(None, description="scan of the letter")

    def department(self, actor: Actor) -> str:
        """Whose answer it is: the actor's own organisation, or the one whose letter is recorded."""
        return self.on_behalf_of or actor.organisation

    @model_validator(mode="after")
    def _letter_is_whole(self) -> Sign:
        letter = {"letter": self.letter, "letter_on": self.letter_on, "scan": self.scan}
        if self.on_behalf_of is None and any(letter.values()):
            raise PydanticCustomError("letter_of_nobody", "say for whom the letter is recorded")
        missing = [name for name, value in letter.items() if not value] if self.on_behalf_of else []
        if missing:
            raise PydanticCustomError("verdict_incomplete", "also needs: {fields}", {"fields": ", ".join(missing)})
        return self

    @model_validator(mode="after")
    def _complete(self) -> Sign:
        """The form of each verdict (domain C.4, ``opinion_form_valid``)."""
        missing = [name for name in VERDICT_NEEDS[self.verdict] if not getattr(self, name)]
        if missing:
            raise PydanticCustomError("verdict_incomplete", "also needs: {fields}", {"fields": ", ".join(missing)})
        if self.conditions and self.verdict != "agree_with_conditions":
            raise PydanticCustomError("conditions_without_verdict", "conditions need the verdict agree_with_conditions")
        judged = [j.facility for j in self.judgements]
        if len(set(judged)) < len(judged):
            raise PydanticCustomError("judged_twice", "a facility is judged twice")
        return self


class Withdraw(Reasoned):
    """Withdraw your department's sign-off while the round is open."""

    name = "withdraw"


class Issue(Action):
    """Issue your department's draft as its sign-off."""

    name = "issue"


class Contest(Reasoned):
    """Contest a paper reply that was recorded for your department; it is void then."""

    name = "contest"


class Discharge(Action):
    """Confirm that a condition of your department is met."""

    name = "condition discharge"
    arguments: ClassVar[tuple[str, ...]] = ("case", "condition")

    condition: Count = Field(description="number of the condition")
    note: Text = Field(description="how it was met")


class Hear(Action):
    """Record the opinion of an expert or a public representative."""

    name = "hear"

    kind: Literal["expert", "public"] = Field(description="expert or public representative")
    capacity: Line = Field(description="in which capacity; no personal name")
    opinion: Literal["support", "support_with_suggestions", "oppose"] = Field(description="opinion")
    text: Text | None = Field(None, description="what was said")
    disposition: Disposition | None = Field(None, description="whether it was adopted")
    reply: Text | None = Field(None, description="reply")

    @model_validator(mode="after")
    def _answered_whole(self) -> Hear:
        if (self.disposition is None) != (self.reply is None):
            raise PydanticCustomError("answer_incomplete", "disposition and reply go together")
        return self


class Answer(Action):
    """Answer an opinion that was heard."""

    name = "answer"
    arguments: ClassVar[tuple[str, ...]] = ("case", "hearing")

    hearing: Count = Field(description="number of the opinion heard")
    disposition: Disposition = Field(description="whether it was adopted")
    reply: Text = Field(description="reply")
