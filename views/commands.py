"""What to type to clear an obstacle: the whole command, with words in capitals for what only the clerk knows."""

from __future__ import annotations

import re

from states.errors import Obstacle
from views.language import N_, _
from workflow.results import Task

_SIGN = "sign {case} --verdict {VERDICT}"
_DECIDE = "facility decide {case} {subject} --decision {DECISION} --basis {TEXT}"
_PLACED = " --{scale} {AMOUNT} --location {TEXT}"
_HAND_OVER = "facility hand-over {case} {subject} --deed {NUMBER} --recipient {TEXT} --user {TEXT}"
_TITLE = "facility register {case} {subject} --ownership {OWNERSHIP} --title {NUMBER} --holder {TEXT}"

#: Obstacle code -> command; an obstacle that only a decision or a wait can clear has none.
COMMANDS: dict[str, str] = {
    "sign_off_missing": _SIGN,
    "sign_off_stale": _SIGN,
    "sign_off_invalid": _SIGN,
    "objection": _SIGN,
    "rectification_open": _SIGN,
    "no_competent_department": "facility designate {case} {subject} --department {ORGANISATION} --document {NUMBER}",
    "condition_open": "condition discharge {case} {subject} --note {TEXT}",
    "round_closed": "case circulate {case}",
    "report_awaited": "acceptance report {case} --answer {TEXT}",
    "regulatory_plan_missing": "case amend {case} --regulatory-plan {TEXT} --reason {TEXT}",
    "developer_missing": "case amend {case} --developer {TEXT} --developer-code {NUMBER} --reason {TEXT}",
    "category_undecided": _DECIDE,
    "category_contradicted": "facility decide {case} {subject} --decision required",
    "category_without_facility": "facility add {case} {NUMBER} {KIND}",
    "pooling_without_link": "facility decide {case} {subject} --decision pooled --link {TEXT} --basis {TEXT}",
    "decision_without_basis": _DECIDE,
    "special_plan_missing": "facility decide {case} {subject} --decision {DECISION} --special-plan {TEXT}",
    "particular_missing": "facility amend {case} {subject} --{option} {blank} --reason {TEXT}",
    "below_standard": "facility amend {case} {subject} --{scale} {AMOUNT} --reason {TEXT}",
    "ownership_unjustified": (
        "facility amend {case} {subject} --ownership-reason {TEXT} --ownership-basis {TEXT} --reason {TEXT}"
    ),
    "hearing_missing": "hear {case} --kind {subject} --capacity {TEXT} --opinion {OPINION}",
    "hearing_unanswered": "answer {case} {subject} --disposition {DISPOSITION} --reply {TEXT}",
    "document_missing": "document add {case} {subject} {NUMBER} --issued-on {DATE}",
    "file_missing": "document add {case} {subject} {reference} --issued-on {DATE} --file {FILE}",
    "drawings_missing": "facility drawings {case} {subject}" + _PLACED,
    "drawings_short": "facility drawings {case} {subject}" + _PLACED,
    "drawings_moved": "facility drawings {case} {subject}" + _PLACED,
    "not_reported_built": "facility progress {case} {subject} --percent 100 --built",
    "measurement_missing": "facility measure {case} {subject}" + _PLACED,
    "measured_short": "facility measure {case} {subject}" + _PLACED,
    "built_elsewhere": "facility measure {case} {subject}" + _PLACED,
    "not_handed_over": _HAND_OVER,
    "other_recipient": _HAND_OVER,
    "user_missing": _HAND_OVER,
    "asset_entry_missing": "facility asset-entry {case} {subject} --entry {NUMBER}",
    "title_missing": _TITLE,
    "registration_note_missing": _TITLE,
    "other_owner": _TITLE,
    "holder_missing": _TITLE,
    "held_by_developer": _TITLE,
    "consent_missing": "change consent {case} {change} --verdict {VERDICT}",
    "consent_refused": "change consent {case} {change} --verdict {VERDICT}",
    "letter_unsettled": _SIGN,
    "no_draft": _SIGN,
    "draft_outdated": _SIGN,
    "case_suspended": "case resume {case} --reason {TEXT}",
}

_BLANKS = {
    "TEXT": N_("TEXT"),
    "NUMBER": N_("NUMBER"),
    "AMOUNT": N_("AMOUNT"),
    "DATE": N_("DATE"),
    "FILE": N_("FILE"),
    "KIND": N_("KIND"),
    "ORGANISATION": N_("ORGANISATION"),
    "DECISION": N_("DECISION"),
    "OPINION": N_("OPINION"),
    "DISPOSITION": N_("DISPOSITION"),
    "OWNERSHIP": N_("OWNERSHIP"),
    "VERDICT": N_("VERDICT"),
}

#: A word of a command line; what is quoted stays together.
_WORD = re.compile(r"(?:'[^']*'|[^\s'])+")

#: What an action needs beside the case.
_NEEDS = {
    "sign": " --verdict {VERDICT}",
    "case return": " --reason {TEXT}",
    "case resume": " --reason {TEXT}",
    "contest": " --reason {TEXT}",
    "decide": " --document {NUMBER} --reason {TEXT}",
    "change consent": " --verdict {VERDICT}",
    "acceptance order": " --reference {NUMBER} --item {TEXT}",
    "acceptance report": " --answer {TEXT}",
}

_SCALES = {"gfa": "gfa-m2", "site": "site-m2"}


def command_for(case: str, obstacle: Obstacle) -> str | None:
    """The command with which the responsible party clears an obstacle, or None where no command does."""
    template = COMMANDS.get(obstacle.code)
    if template is None:
        return None
    detail = dict(obstacle.detail)
    measure, particular = detail.get("measure", "gfa"), detail.get("particular", "")
    scale = _SCALES.get(measure, measure)
    facts = {
        "case": case,
        "change": detail.get("change", ""),
        "subject": obstacle.subject,
        "scale": scale,
        "option": scale if particular == "scale" else _SCALES.get(particular, particular.replace("_", "-")),
        "blank": _(_BLANKS["OWNERSHIP" if particular == "ownership" else "TEXT"]),
        "reference": _quoted(detail.get("reference", "")),
    }
    return "peijian " + template.format(**facts, **_blanks())


def _blanks() -> dict[str, str]:
    return {blank: _(text) for blank, text in _BLANKS.items()}


def command(action: str, case: str) -> str:
    """An action on a case, with words in capitals for what only the clerk knows."""
    return f"peijian {action} {case}" + _NEEDS.get(action, "").format(**_blanks())


def command_of(task: Task) -> str:
    """The command with which an organisation does what it must."""
    found = command_for(task.case, task.obstacle) if task.obstacle else None
    subject = " ".join(str(part) for part in (task.case, task.number, task.lifts) if part is not None)
    return found or command(task.action or "case show", subject)


def without_blanks(text: str) -> str:
    """A command without the words in capitals and their options: on a terminal it asks for them itself."""
    blanks, kept = set(_blanks().values()), list[str]()
    for word in _WORD.findall(text):
        if word not in blanks:
            kept.append(word)
        elif kept[-1].startswith("--"):
            kept.pop()
    return " ".join(kept)


def _quoted(text: str) -> str:
    """As one word of a shell."""
    from shlex import quote

    return quote(text)
