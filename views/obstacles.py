"""The sentence for every obstacle: what is missing, and what to do next.

``{subject}`` and ``{who}`` are names; the other placeholders are details of the obstacle. One sentence
each, in the words the departments use; the tests hold this table against the policies.
"""

from __future__ import annotations

from views.language import N_

#: What the subject of an obstacle is, where it must be named before it is shown.
SUBJECTS: dict[str, str] = {
    **dict.fromkeys(
        (
            "sign_off_missing", "sign_off_stale", "objection", "sign_off_invalid", "nothing_to_withdraw", "involved",
            "consent_missing", "consent_refused", "no_draft", "draft_outdated", "own_answer_stands",
            "letter_contested", "letter_unsettled", "letter_older_than_answer",
            "nothing_to_contest", "contest_too_late", "not_yet_silent",
            "objection_without_item", "item_without_objection", "not_your_task", "leader_needed",
        ),
        "organisation",
    ),
    **dict.fromkeys(
        (
            "no_competent_department", "competence_given", "objector_keeps_facility", "asked_keeps_facility",
            "holder_missing",
            "held_by_developer", "judgement_not_asked", "judgement_missing", "judgement_negative",
            "particular_missing", "below_standard", "entered_below_standard", "ownership_unjustified",
            "drawings_missing", "drawings_short", "drawings_moved", "not_reported_built", "measurement_missing",
            "measured_short", "built_elsewhere", "deadline_past", "not_handed_over", "user_missing",
            "other_recipient",
            "asset_entry_missing", "registration_note_missing", "title_missing", "other_owner", "title_registered",
            "not_government_owned", "not_your_facility",
        ),
        "facility",
    ),
    **dict.fromkeys(
        (
            "category_undecided", "category_without_facility", "category_contradicted", "pooling_without_link",
            "decision_without_basis", "special_plan_missing",
        ),
        "category",
    ),
    **dict.fromkeys(("document_missing", "file_missing", "land_deal_made", "land_contract_signed"), "document"),
    **dict.fromkeys(("number_voided", "not_the_issuer"), "document"),
    "nothing_changed": "anything",
    **dict.fromkeys(("not_liftable", "obstacle_not_there"), "obstacle"),
    **dict.fromkeys(
        ("due_stage_not_ahead", "not_in_this_stage", "hearing_missing", "level_never_acts", "not_an_entry"), "label"
    ),
    "needs_reopening": "anything",
    "requirement_frozen": "anything",
    "policy_failed": "check",
}  # fmt: skip

OBSTACLES: dict[str, str] = {
    # -- sign-offs ------------------------------------------------------------------------------
    "sign_off_missing": N_("{subject} has not signed off yet: ask for its sign-off."),
    "sign_off_stale": N_("What {subject} signed has changed since: it must look again and sign anew."),
    "objection": N_("{subject} objects ({reason}): settle the objection, then {subject} signs anew."),
    "sign_off_invalid": N_("The answer of {subject} is not valid in this stage: it must sign anew."),
    "no_competent_department": N_("{subject} has no competent department: {who} must designate one by document."),
    "competence_given": N_("{department} is the competent department of {subject}: there is nothing to designate."),
    "asked_keeps_facility": N_(
        "{who} is asked about {subject} and has not agreed yet: nobody else is designated meanwhile."
    ),
    "objector_keeps_facility": N_("{who} objects on {subject}: settle the objection before designating another."),
    "condition_open": N_(
        "Condition {subject} is open ({text}; responsible: {responsible}; due {due_on}): once met, {who} confirms it."
    ),
    "round_closed": N_("No round of sign-offs is open: {who} must open one first."),
    "round_open": N_("Round {subject} is still open: conclude it or return the case before opening another."),
    "report_awaited": N_("The developer's rectification report is awaited: record it, and the next round opens."),
    "nothing_to_withdraw": N_("{subject} has no standing sign-off in this stage: there is nothing to withdraw."),
    "condition_not_open": N_("Condition {subject} is closed already ({status}): nothing is left to do."),
    "involved": N_("{subject} leads or has a facility here and cannot be “not involved”: choose another verdict."),
    "due_stage_not_ahead": N_("A condition cannot fall due in the stage “{subject}”: choose one of these: {ahead}."),
    "condition_due_past": N_("The due date {subject} of a condition has passed: give a later one."),
    "judgement_not_asked": N_("{subject} is not judged in this stage: leave its judgement out."),
    "judgement_missing": N_(
        "{subject} is not judged: say whether it is built in place and whether it meets the approved standard."
    ),
    "judgement_negative": N_(
        "{subject} is judged negatively, so agreement is excluded: object, with reason and basis."
    ),
    # -- requirements ---------------------------------------------------------------------------
    "regulatory_plan_missing": N_("The regulatory detailed plan is not named: add its unit and number to the project."),
    "category_undecided": N_("{subject}: not decided yet whether to provide them; decide the category."),
    "category_without_facility": N_("{subject} are to be provided but none is listed: add one or decide otherwise."),
    "category_contradicted": N_("{subject} are not to be provided but one is listed: remove it or decide otherwise."),
    "pooling_without_link": N_("{subject} are pooled elsewhere, but where is not said: name the facility or case."),
    "decision_without_basis": N_("{subject} are not provided here, but no basis is given: add the basis."),
    "special_plan_missing": N_(
        "{subject}: the special plan is not checked; give its version, or the basis used while there is none."
    ),
    "particular_missing": N_("{subject}: the requirement lacks its {particular}; complete it."),
    "below_standard": N_(
        "{subject}: {measure} of {value} is below the {level} of {minimum} ({basis}){mark}; raise it to the standard."
    ),
    "entered_below_standard": N_(
        "{subject}: {measure} of {value} is below the {level} of {minimum} that applied on {day} ({basis}){mark}; "
        "the project was registered so, and this stops nothing."
    ),
    "hearing_missing": N_(
        "Opinions heard in this stage ({subject}): {heard}, at least {needed} needed; hear more and record them."
    ),
    "hearing_unanswered": N_("Opinion {subject} ({capacity}) has no reply: record whether it was adopted, and why."),
    "ownership_unjustified": N_(
        "{subject} would not belong to the government but to: {ownership}; give the reason and the basis."
    ),
    "needs_reopening": N_(
        "{subject}: {particular} was settled in the planning joint review; reopen that review to change it this way."
    ),
    "requirement_frozen": N_(
        "{subject}: {particular} is frozen since the land-supply conditions were issued; build as required."
    ),
    "nothing_changed": N_("Everything given for {subject} stands already: there is nothing to amend."),
    "facility_exists": N_("The facility number {subject} was used in this case before: choose another."),
    # -- change requests ------------------------------------------------------------------------
    "developer_bound": N_("The developer has signed already; another one takes its place only by a change request."),
    "not_frozen": N_("The requirements are not frozen yet: amend them directly."),
    "change_closed": N_("Change request {subject} has ended ({status})."),
    "change_outdated": N_(
        "What change request {subject} touches was changed since it was proposed: withdraw it and propose it anew."
    ),
    "consent_missing": N_("{subject} has not consented to change request {change} yet: ask for its consent."),
    "consent_refused": N_(
        "{subject} objects to change request {change} ({reason}): settle the objection, or withdraw the change."
    ),
    # -- decisions on exceptions ----------------------------------------------------------------
    "not_liftable": N_("No decision lifts this here ({subject})."),
    "obstacle_not_there": N_("This is not in the way now ({subject}): a decision lifts nothing in advance."),
    "not_yet_silent": N_("{subject} is not silent yet: it must have been asked, and may answer until {until}."),
    # -- drafts and letters ---------------------------------------------------------------------
    "no_draft": N_("{subject} has no draft that waits: sign, or let a clerk prepare one."),
    "draft_outdated": N_("What {subject} drafted for has changed since: prepare the draft anew."),
    "paper_replies_forbidden": N_("This district does not record paper replies: the department signs itself."),
    "own_answer_stands": N_("{subject} has answered itself: no letter is recorded over its own answer."),
    "letter_contested": N_("{subject} has contested letter {letter}: it is void; ask {subject} itself."),
    "letter_unsettled": N_(
        "Letter {letter} of {subject} was recorded by the lead and may be contested until {until}: "
        "wait, or have {subject} sign itself."
    ),
    "letter_older_than_answer": N_(
        "{subject} has taken its answer back on {ended}: a letter from before that is no answer."
    ),
    "nothing_to_contest": N_("No letter of {subject} stands recorded in this stage: there is nothing to contest."),
    "contest_too_late": N_("Letter {letter} could be contested until {until}; {subject} may sign anew instead."),
    "not_an_entry": N_("A project is not registered at this stage: {subject}."),
    # -- documents ------------------------------------------------------------------------------
    "document_missing": N_("Missing document: {subject}; {who} files it with its number and date."),
    "file_missing": N_("{subject} {reference} was filed without its file: attach the scan."),
    "developer_missing": N_("The developer's name or credit code is missing: add both to the project."),
    "contract_before_agreement": N_(
        "The land contract ({contract}) is earlier than the handover agreement ({agreement}): "
        "the agreement comes first; check both dates."
    ),
    "number_voided": N_("{subject} {reference} has ended; file the new one under its own number."),
    "not_the_issuer": N_("{named} does not issue {subject}; {who} does."),
    "land_deal_made": N_(
        "The land deal is made ({subject} {reference}), so the planning joint review cannot be reopened; "
        "if the deal failed, record that first."
    ),
    "land_contract_signed": N_(
        "The land contract is signed ({reference}), so the deal has not failed; to end the project, terminate the case."
    ),
    # -- construction and acceptance ------------------------------------------------------------
    "drawings_missing": N_("{subject}: scale and location in the approved drawings are missing; record them."),
    "drawings_short": N_(
        "{subject}: {measure} is {value} in the drawings, required is {minimum}; correct them and record them anew."
    ),
    "drawings_moved": N_(
        "{subject} is drawn at “{found}”, required is “{required}”; have the drawings corrected and record them anew."
    ),
    "not_reported_built": N_("{subject} is not reported as built: report it once it is."),
    "measurement_missing": N_("{subject}: measured scale and as-built location are missing; record the survey."),
    "measured_short": N_(
        "{subject}: {measure} measured is {value}, {minimum} is required; it must be rectified and measured anew."
    ),
    "built_elsewhere": N_(
        "{subject} is built at “{found}”, required is “{required}”; it must be rectified and measured anew."
    ),
    "no_objection": N_("No department objects, so there is nothing to rectify: conclude the acceptance instead."),
    "objection_without_item": N_("The objection of {subject} has no item: add one for it."),
    "item_without_objection": N_("{subject} does not object: leave its item out."),
    "deadline_past": N_("{subject}: the deadline {deadline} is not in the future; set a later one."),
    "no_order": N_("No rectification item waits for an answer: there is nothing to report."),
    "item_unanswered": N_("Rectification item {subject} is not answered: answer every item."),
    "item_not_waiting": N_("Rectification item {subject} waits for no answer: leave it out."),
    "rectification_open": N_(
        "Rectification item {subject} is open ({facility}: {requirement}; deadline {deadline}): "
        "it closes once {who} has seen it and agrees."
    ),
    # -- handover -------------------------------------------------------------------------------
    "not_handed_over": N_("{subject} is not handed over: record the handover deed."),
    "other_recipient": N_(
        "{subject} was handed over to {found}, required is {required}: put it right and record it anew."
    ),
    "user_missing": N_("{subject} is handed over without a user: record who uses or runs it."),
    "asset_entry_missing": N_("{subject} is not in the asset register: {who} enters it."),
    "registration_note_missing": N_(
        "{subject} is owned by all owners and has no registration note: record it, or why there is none."
    ),
    "title_missing": N_("{subject} has no title certificate: record it, or the exemption with its basis."),
    "holder_missing": N_("The title of {subject} names no holder: record it again with the holder."),
    "held_by_developer": N_(
        "{subject} is government-owned, but registered in the name of the developer ({found}): have it corrected."
    ),
    "other_owner": N_(
        "{subject} is registered for the wrong owner ({found}), required is {required}: have it corrected."
    ),
    "title_registered": N_(
        "{subject} has a registered title ({reference}), so its certificate is not revoked here; "
        "take the legal procedure."
    ),
    "not_government_owned": N_("{subject} is not government-owned: it is not entered as a government asset."),
    # -- authority and stage --------------------------------------------------------------------
    "level_never_acts": N_("An account of the level “{subject}” never acts in a case: use a clerk's or a leader's."),
    "not_your_task": N_("{subject} may not do this ({action}): it is for {who}."),
    "leader_needed": N_("This needs a leader of {subject}: have it done with the leader's account."),
    "not_your_facility": N_("{subject} is judged by {who}: leave it out of your sign-off."),
    "parcel_taken": N_("Parcel {parcel} has an active case already, {subject}: carry on with that one."),
    "case_suspended": N_("The case is suspended since {since} ({reason}): {who} must resume it first."),
    "not_suspended": N_("The case is not suspended: there is nothing to resume."),
    "not_in_this_stage": N_(
        "The case stands in “{subject}”, where this cannot be done ({action}): wait for its stage."
    ),
    "policy_failed": N_(
        "The check “{subject}” could not be made ({error}): nothing passes until it can; tell the administrator."
    ),
}
