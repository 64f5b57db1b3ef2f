"""The names of checks and of fields, and what a number is counted in."""

from __future__ import annotations

import re
from functools import cache

from views.language import N_, _, current, ngettext

#: What the edges ask, by the name of the policy.
CHECKS: dict[str, str] = {
    "requirements_frozen": N_("the requirements are frozen"),
    "change_coherent": N_("the change holds together"),
    "change_open": N_("the change request is open"),
    "change_not_ended": N_("the change request is open"),
    "consents_given": N_("everybody whom the change touches has consented"),
    "liftable": N_("somebody may lift this obstacle"),
    "obstacle_stands": N_("the obstacle is in the way"),
    "silence_lasted": N_("the department has been silent long enough"),
    "draft_stands": N_("the draft stands"),
    "letter_recordable": N_("the letter may be recorded"),
    "letters_settled": N_("no recorded letter may still be contested"),
    "letter_contestable": N_("the letter may be contested"),
    "designation_open": N_("the facility may be designated"),
    "issuer_fits": N_("the issuer issues this kind of document"),
    "number_not_voided": N_("a revoked certificate does not come back under its old number"),
    "competence_assigned": N_("every facility has a competent department"),
    "signed_off": N_("every department asked has agreed"),
    "conditions_discharged": N_("conditions due are met"),
    "round_open": N_("a round is open"),
    "round_closed": N_("no round is open"),
    "own_sign_off_given": N_("a sign-off was given"),
    "condition_is_open": N_("the condition is open"),
    "verdict_fits": N_("the verdict fits the department"),
    "judgements_fit": N_("every own facility is judged"),
    "regulatory_plan": N_("the regulatory detailed plan is named"),
    "categories_decided": N_("all categories are decided"),
    "special_plans": N_("special plans are checked"),
    "particulars": N_("every requirement is complete"),
    "standards": N_("no scale below the standard"),
    "heard": N_("experts and the public are heard and answered"),
    "ownership_justified": N_("ownership other than the government's is justified"),
    "recipients": N_("receiving bodies and handover limits are named"),
    "requirement_open": N_("the requirement may still change"),
    "list_open": N_("the list of facilities may still grow"),
    "decision_open": N_("the decision may still change"),
    "case_data_open": N_("the project data may still change"),
    "facility_is_new": N_("the facility number is new"),
    "documents": N_("the documents are filed"),
    "land_deal": N_("the land deal or allocation is recorded"),
    "agreement_before_contract": N_("the agreement is not later than the land contract"),
    "contract_follows_agreement": N_("the agreement is not later than the land contract"),
    "no_land_deal": N_("there is no land deal yet"),
    "no_land_contract": N_("there is no land contract yet"),
    "district_decision": N_("the district government has decided"),
    "drawings_meet": N_("the drawings meet the requirement"),
    "reported_built": N_("every facility is reported built"),
    "measured": N_("every facility is measured"),
    "built_as_required": N_("every facility is built as required"),
    "agrees_with_measurement": N_("the verdict agrees with the survey"),
    "objections_itemised": N_("every objection has its item"),
    "items_answered": N_("every item is answered"),
    "rectified": N_("no rectification item is open"),
    "facilities_closed": N_("every facility is handed over and registered"),
    "no_title_registered": N_("no title is registered"),
    "limit_extendable": N_("the limit may be extended"),
    "owned_by_government": N_("the facility is government-owned"),
}

#: Fields that carry no description of their own, or are stored under another name than they are typed.
FIELDS: dict[str, str] = {
    "case": N_("case number"),
    "happened_on": N_("day it happened"),
    "request_id": N_("request id"),
    "project": N_("name of the project"),
    "name": N_("name of the project"),
    "kind": N_("kind"),
    "category": N_("facility category"),
    "decision": N_("decision"),
    "basis": N_("basis"),
    "link": N_("the facility or case elsewhere that serves instead"),
    "special_plan": N_("version of the special plan that was checked"),
    "substitute_basis": N_("basis used while there is no approved special plan"),
    "text": N_("text"),
    "entry": N_("entry"),
    "document": N_("number of the document"),
    "conditions": N_("conditions"),
    "judgements": N_("judgements"),
    "items": N_("rectification items"),
    "answers": N_("answers"),
    "responsible": N_("responsible unit"),
    "due_on": N_("due date"),
    "due_stage": N_("stage by whose end it is due"),
    "built_in_place": N_("built in place"),
    "meets_standard": N_("meets the approved standard"),
    "fact": N_("fact"),
    "requirement": N_("rectification required"),
    "deadline": N_("deadline"),
    "item": N_("number of the item"),
    "answer": N_("answer"),
    "number": N_("number"),
    "reference": N_("document number"),
    "file": N_("file"),
    "content": N_("content of the file"),
    "gfa": N_("floor area"),
    "site": N_("site area"),
    "subtype": N_("kind of facility"),
    "holder": N_("registered holder"),
    "user": N_("who uses or runs the facility"),
    "exemption": N_("why there is no title, with the basis"),
    "buildings": N_("buildings to be presold"),
    "account": N_("account"),
    "organisation": N_("organisation"),
    "level": N_("level"),
    "refusals": N_("reason"),
    "town": N_("town or sub-district"),
    "exit": N_("exit code"),
    "obstacles": N_("obstacles"),
    "code": N_("error code"),
    "period": N_("period"),
    "address": N_("mailbox for reminders"),
    "moved": N_("limits moved"),
    "token_prefix": N_("token begins with"),
    "expires_on": N_("good until"),
    "revoked": N_("stopped"),
    "sha256": N_("SHA-256 of the archive"),
    "made_at": N_("backup made at"),
}

#: What a column of the workbook for running projects is called, where the field has another name or a long one.
COLUMNS: dict[str, str] = {
    "happened_on": N_("day of entry into the stage"),
    "stage": N_("present stage"),
    "kind": N_("kind of project"),
    "confirm_credit_code": N_("credit code compared with the original"),
    "developer_code": N_("credit code of the developer"),
    "gfa_m2": N_("gross floor area in square metres"),
    "site_m2": N_("site area in square metres"),
    "classes": N_("number of classes"),
    "seats": N_("number of seats"),
    "beds": N_("number of beds"),
    "handover_days": N_("handover limit in days"),
    "basis": N_("basis of the decision"),
}

_AREAS = frozenset({"gfa", "site"})


def check_label(policy: str) -> str:
    """What a policy makes sure of."""
    return _(CHECKS.get(policy, policy))


@cache
def _descriptions(action: str | None = None) -> dict[str, str]:
    """The help texts of an action's fields, or of all actions, which name what has no name above."""
    from states.actions import ACTIONS

    found: dict[str, str] = {}
    for model in ACTIONS.values() if action is None else filter(None, [ACTIONS.get(action)]):
        for name, field in model.model_fields.items():
            if field.description:
                found.setdefault(name, field.description)
    return found


@cache
def field_order(action: str) -> dict[str, int]:
    """The place of each field in the command of an action."""
    from states.actions import ACTIONS

    model = ACTIONS.get(action)
    named = dict.fromkeys((*model.arguments, *model.model_fields)) if model else {}
    return {name: place for place, name in enumerate(named)}


def field_label(path: str, action: str | None = None) -> str:
    """A field by its dotted path (``facilities.0.gfa_m2``), in words; as ``action`` calls it, if given."""
    return _(" · ").join(_part(part, action) for part in path.split(".") if part)


def column_label(name: str) -> str:
    """The heading of a column of the workbook for running projects."""
    return _(COLUMNS[name]) if name in COLUMNS else field_label(name)


def _part(name: str, action: str | None) -> str:
    if name.isdecimal():
        return _("no. {n}").format(n=int(name) + 1)
    own = _descriptions(action).get(name) if action else None
    return re.split("[:：]", _(own or FIELDS.get(name) or _descriptions().get(name, name)))[0]


def amount(measure: str, value: int | str | None) -> str:
    """A scale with its unit: areas are stored in hundredths of m², the others are counts."""
    if value in (None, "", "None"):
        return _("not recorded")
    number = int(value)
    if measure in _AREAS:
        return f"{number // 100}.{number % 100:02d} m²"
    return {
        "classes": ngettext("{n} class", "{n} classes", number),
        "seats": ngettext("{n} seat", "{n} seats", number),
        "beds": ngettext("{n} bed", "{n} beds", number),
    }.get(measure, "{n}").format(n=number)


def duration(length: int, unit: str) -> str:
    """A limit: working days, days or months."""
    return {
        "working_days": ngettext("{n} working day", "{n} working days", length),
        "calendar_days": ngettext("{n} day", "{n} days", length),
        "months": ngettext("{n} month", "{n} months", length),
    }.get(unit, "{n} " + unit).format(n=length)


def period(first: str, last: str | None) -> str:
    """From a day on, or from one to another."""
    return _("{first} to {last}").format(first=first, last=last) if last else _("since {day}").format(day=first)


#: The words of a clause that are not its own; everything else in it is a citation and stays.
_CITATION = (("notice ", "实施方案"), ("office practice", "办理惯例"), ("unverified", "未经核实"))


def clause(basis: str | None) -> str:
    """Where a rule comes from. The configuration cites in English; in Chinese its set words are Chinese."""
    if not basis or current() == "en":
        return basis or ""
    for english, chinese in _CITATION:
        basis = basis.replace(english, chinese)
    return basis.replace(", ", "，").replace("; ", "；")


def unverified(source: str | None, confirmed: bool) -> str:
    """The mark of a number that nobody compared with the paper, unless its source says so itself."""
    return "" if confirmed or "unverified" in (source or "") else _(" (unverified)")
