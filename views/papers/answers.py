"""The sign-off sheet: every department asked, with what it has answered."""

from __future__ import annotations

from dataclasses import dataclass

from policies.signing import Answer
from states.facts import Case, Condition, SignOff
from views.labels import label
from views.names import Names
from views.signs import state_text
from workflow.results import CaseView, DepartmentAnswer


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One line of the sign-off sheet."""

    number: int
    department: str
    opinion: str
    signed: str


def answer_rows(view: CaseView, names: Names) -> tuple[AnswerRow, ...]:
    """Every department asked, and the others that answered."""
    return tuple(_answer_row(n, answer, view.case, names) for n, answer in enumerate(view.answers, 1))


def _answer_row(number: int, answer: DepartmentAnswer, case: Case, names: Names) -> AnswerRow:
    given = case.sign_off(answer.department)
    return AnswerRow(
        number=number,
        department=names.organisation(answer.department),
        opinion="\n".join(_opinion(answer, given, case, names)),
        signed=f"{signer(given)}\n{given.happened_on}" if given else "",
    )


def _opinion(answer: DepartmentAnswer, given: SignOff | None, case: Case, names: Names) -> list[str]:
    """The verdict and everything said with it; before it, what keeps it from standing."""
    if given is None:
        return ["尚未签署"]
    bad = answer.state in (Answer.STALE, Answer.INVALID)
    said = words(given)
    if said["text"] == said["reason"]:
        del said["text"]
    heads = {"text": "", "reason": "理由：", "basis": "依据：", "requested_change": "修改要求："}
    return [
        *([state_text(answer)] if bad else []),
        ("原意见：" if bad else "") + label(given.verdict),
        *(heads[name] + text for name, text in said.items() if text),
        *([f"代录，书面意见{answer.letter}"] if answer.letter else []),
        *(f"条件：{c.text}（{names.organisation(c.responsible)}，{c.due_on}）" for c in conditions(case, given)),
    ]


def words(given: SignOff | None) -> dict[str, str]:
    """What was said with a verdict, empty where nothing was."""
    return {name: (given and getattr(given, name)) or "" for name in ("text", "reason", "basis", "requested_change")}


def conditions(case: Case, given: SignOff | None) -> list[Condition]:
    """The conditions that belong to a sign-off."""
    if given is None:
        return []
    place = (given.stage, given.visit, given.round, given.department)
    return [
        c
        for c in case.conditions
        if (c.stage, c.visit, c.round, c.department) == place and c.status in ("open", "discharged")
    ]


def signer(given: SignOff | None) -> str:
    """The account that signed, with its level."""
    return f"{given.signed_by}（{label(given.level)}）" if given else ""
