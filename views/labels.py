"""The short words: stages, verdicts, measures, commands, checks, fields.

English here, Chinese in the catalogue; the Chinese terms are those of the notice and of ``docs``.
"""

from __future__ import annotations

from views.language import N_, _

#: Codes by what they belong to. A code means the same wherever it appears.
LABELS: dict[str, dict[str, str]] = {
    "stage": {
        "planning_joint_review": N_("Planning joint review"),
        "land_supply_joint_review": N_("Land-supply joint review"),
        "handover_agreement": N_("Title-handover and use-management agreement"),
        "construction_permit": N_("Construction permit"),
        "presale_consultation": N_("Presale consultation"),
        "under_construction": N_("Under construction"),
        "completion_joint_acceptance": N_("Completion joint acceptance"),
        "property_handover": N_("Title handover and registration"),
        "in_use": N_("Use supervision"),
        "terminated": N_("Terminated"),
    },
    "edge": {
        "conclude_planning": N_("planning joint review concluded"),
        "return_planning": N_("returned"),
        "conclude_land_supply": N_("land-supply joint review concluded"),
        "return_land_supply": N_("returned"),
        "reopen_planning": N_("planning joint review reopened"),
        "conclude_agreement": N_("agreement concluded"),
        "return_agreement": N_("returned"),
        "reopen_planning_before_deal": N_("planning joint review reopened"),
        "land_deal_failed": N_("land deal failed"),
        "issue_permit": N_("construction permit issued"),
        "return_permit": N_("returned"),
        "request_presale": N_("presale consultation begun"),
        "clear_presale": N_("presale consultation concluded"),
        "return_presale": N_("returned"),
        "withdraw_presale": N_("presale application withdrawn"),
        "trigger_acceptance": N_("completion joint acceptance begun"),
        "order_rectification": N_("written rectification opinion issued"),
        "report_rectification": N_("rectification reported"),
        "certify": N_("comprehensive acceptance certificate issued"),
        "revoke_certificate": N_("comprehensive acceptance certificate revoked"),
        "close": N_("title handover and registration concluded"),
        "terminate_planning_joint_review": N_("terminated"),
        "terminate_land_supply_joint_review": N_("terminated"),
        "terminate_handover_agreement": N_("terminated"),
        "terminate_construction_permit": N_("terminated"),
        "terminate_presale_consultation": N_("terminated"),
        "terminate_under_construction": N_("terminated"),
        "terminate_completion_joint_acceptance": N_("terminated"),
        "terminate_property_handover": N_("terminated"),
    },
    "verdict": {
        "agree": N_("agree"),
        "agree_with_conditions": N_("agree with conditions"),
        "object": N_("object"),
        "not_involved": N_("not involved"),
    },
    "answer": {
        "sign_off_missing": N_("not signed"),
        "sign_off_stale": N_("to be confirmed again"),
        "objection": N_("object"),
        "sign_off_invalid": N_("not valid"),
        "stands": N_("stands"),
    },
    "decision": {
        "required": N_("to be provided"),
        "not_required": N_("not to be provided"),
        "pooled": N_("pooled elsewhere"),
    },
    "ownership": {
        "government": N_("government"),
        "investor": N_("investor"),
        "all_owners": N_("all owners"),
    },
    "level": {
        "clerk": N_("clerk"),
        "leader": N_("leader"),
        "admin": N_("administrator"),
        "auditor": N_("auditor"),
        "signing": N_("as the stage demands"),
        "deciding": N_("as the decision demands"),
        "extending": N_("as the limit demands"),
    },
    "measure": {
        "gfa": N_("floor area"),
        "site": N_("site area"),
        "classes": N_("classes"),
        "seats": N_("seats"),
        "beds": N_("beds"),
    },
    "particular": {
        "scale": N_("scale"),
        "location": N_("location"),
        "design": N_("design requirements"),
        "mode": N_("construction mode"),
        "ownership": N_("ownership"),
        "ownership_reason": N_("reason of the ownership"),
        "ownership_basis": N_("basis of the ownership"),
        "handover": N_("handover requirements"),
        "recipient": N_("receiving body"),
        "handover_days": N_("handover limit"),
        "list": N_("the list of facilities"),
    },
    "evidence": {
        "drawings": N_("approved drawings"),
        "progress": N_("progress"),
        "measurement": N_("completion survey"),
        "hand_over": N_("handover"),
        "title": N_("title registration"),
        "asset_entry": N_("asset entry"),
    },
    "hearing": {
        "expert": N_("expert"),
        "public": N_("public representative"),
        "support": N_("support"),
        "support_with_suggestions": N_("support with suggestions"),
        "oppose": N_("oppose"),
        "adopted": N_("adopted"),
        "partly_adopted": N_("partly adopted"),
        "not_adopted": N_("not adopted"),
        "noted": N_("noted"),
    },
    "status": {
        "proposed": N_("proposed"),
        "applied": N_("applied"),
        "contested": N_("contested"),
        "waiting": N_("waits for the leader"),
        "issued": N_("issued"),
        "suspended": N_("suspended"),
        "below_standard": N_("below the standard"),
        "standing": N_("standing"),
        "replaced": N_("replaced"),
        "withdrawn": N_("withdrawn"),
        "open": N_("not met yet"),
        "discharged": N_("met"),
    },
    "channel": {
        "folder": N_("folder"),
        "console": N_("screen"),
        "smtp": N_("mail"),
        "wecom": N_("WeCom"),
        "webhook": N_("platform"),
    },
    "party": {
        "developer": N_("developer"),
        "opener": N_("lead of the stage at which it enters"),
        "lead": N_("lead of the stage"),
        "asked": N_("departments asked"),
        "facility_department": N_("competent department"),
        "condition_department": N_("department that set the condition"),
        "issuer": N_("issuer of the document"),
        "certifier": N_("lead of the completion joint acceptance"),
        "letter_department": N_("departments asked, or with a recorded letter"),
        "change_party": N_("parties of the change"),
        "decider": N_("the body that the configuration names"),
        "extender": N_("whoever may extend the limit, by the configuration"),
        "state_assets": N_("government asset-management body"),
        "leading_group_office": N_("leading-group office"),
        "standing_participants": N_("standing participants"),
        "competent": N_("competent departments"),
        "state_assets_if_government_owned": N_("asset-management body (if government-owned)"),
        "town": N_("town or sub-district"),
    },
    "body": {
        "department": N_("department"),
        "office": N_("office"),
    },
    "standard": {
        "national": N_("national standard"),
        "provincial": N_("provincial standard"),
        "municipal": N_("municipal standard"),
        "district": N_("district standard"),
    },
    "filing": {
        "before_acceptance": N_("asked for before the completion joint acceptance"),
        "after_acceptance": N_("asked for with the comprehensive acceptance certificate"),
    },
    "refusal": {
        "level_never_acts": N_("this level never acts in a case"),
        "not_your_task": N_("another organisation's task"),
        "leader_needed": N_("a leader is needed"),
        "not_your_facility": N_("another department's facility"),
    },
    "outcome": {
        "done": N_("done"),
        "refused": N_("refused: not allowed"),
    },
    "task": {
        "ready": N_("Everything is in place: move the case on."),
        "circulate": N_("Open a round: ask the departments for their sign-offs."),
    },
}

#: Commands by their path, named as what they do.
ACTIONS: dict[str, str] = {
    "case open": N_("register project"),
    "case import": N_("register a running project"),
    "case amend": N_("amend project data"),
    "case circulate": N_("open a round of sign-offs"),
    "case advance": N_("move to the next stage"),
    "case return": N_("return for rework"),
    "case reopen": N_("reopen the planning joint review"),
    "case land-deal-failed": N_("record a failed land deal"),
    "case suspend": N_("suspend"),
    "case resume": N_("resume"),
    "case terminate": N_("terminate"),
    "case adopt-config": N_("adopt the present configuration"),
    "facility add": N_("add facility"),
    "facility amend": N_("amend requirement"),
    "facility remove": N_("remove facility"),
    "facility decide": N_("decide category"),
    "facility designate": N_("designate competent department"),
    "facility drawings": N_("record approved drawings"),
    "facility progress": N_("report progress"),
    "facility measure": N_("record completion survey"),
    "facility hand-over": N_("record handover"),
    "facility register": N_("record title registration"),
    "facility asset-entry": N_("enter in the asset register"),
    "sign": N_("sign off"),
    "issue": N_("issue the draft"),
    "withdraw": N_("withdraw sign-off"),
    "contest": N_("contest the paper reply"),
    "decide": N_("decide on an exception"),
    "change propose": N_("propose a change"),
    "change consent": N_("consent to a change"),
    "change apply": N_("put a change into force"),
    "change withdraw": N_("withdraw a change request"),
    "delegation add": N_("let a clerk take a leader's place"),
    "delegation end": N_("end a delegation"),
    "condition discharge": N_("confirm that a condition is met"),
    "limit extend": N_("extend a limit"),
    "duty done": N_("report a duty as done"),
    "hear": N_("record expert or public opinion"),
    "answer": N_("answer expert or public opinion"),
    "document add": N_("file document"),
    "presale request": N_("begin presale consultation"),
    "presale clear": N_("conclude presale consultation"),
    "presale withdraw": N_("withdraw presale application"),
    "acceptance trigger": N_("begin completion joint acceptance"),
    "acceptance order": N_("issue written rectification opinion"),
    "acceptance report": N_("record rectification report"),
    "acceptance certify": N_("issue comprehensive acceptance certificate"),
    "acceptance revoke": N_("revoke comprehensive acceptance certificate"),
    "config accept": N_("put a configuration into force"),
    "calendar import": N_("put a year of the calendar into force"),
    "account add": N_("add account"),
    "account close": N_("close account"),
    "account address": N_("change the mailbox of an account"),
}

_BY_CODE = {code: text for group in LABELS.values() for code, text in group.items()}
#: Every code that has a label.
KNOWN = frozenset(_BY_CODE)


def label(code: str) -> str:
    """The word for a code in the current language; an unknown code is shown as it is."""
    return _(_BY_CODE[code]) if code in _BY_CODE else code


def stage_label(stage: str) -> str:
    """The official term of a stage."""
    return _(LABELS["stage"].get(stage, stage))


def action_label(action: str) -> str:
    """What a command does, as an imperative."""
    return _(ACTIONS.get(action, action))
