"""What can be typed: every command with the module that holds it and what it does.

One table, read at every start: help and completion list the commands from it without importing the
modules that hold them.
"""

from __future__ import annotations

from typing import NamedTuple

from views.language import N_


class Entry(NamedTuple):
    """A command: the module beside this one that holds it, and its line of help."""

    module: str
    help: str


#: Every command. Those in ``acting`` are actions; their line is the first line of their model's docstring.
COMMANDS: dict[str, Entry] = {
    "demo": Entry("rehearsals", N_("Play the two projects on record and tell their story.")),
    "rehearse": Entry("rehearsals", N_("Play dated scripts into a new rehearsal database.")),
    "init": Entry("administration", N_("Create or migrate the database.")),
    "whoami": Entry("administration", N_("Say whose token is in use, and how long it is good.")),
    "doctor": Entry("administration", N_("Check the installation.")),
    "inbox": Entry("cases", N_("What my organisation must do, the most urgent first.")),
    "remind preview": Entry("reminding", N_("Show who would be reminded of what, and when; nothing is sent.")),
    "remind run": Entry("reminding", N_("Go round once: find what is due and send the reminders.")),
    "remind list": Entry("reminding", N_("List the messages and what became of them.")),
    "remind retry": Entry("reminding", N_("Send refused messages again (administrator).")),
    "remind resume": Entry("reminding", N_("Let messages leave again after a restore (administrator).")),
    "scheduler": Entry("reminding", N_("Send reminders again and again, until stopped.")),
    "account add": Entry("administration", N_("Make an account and print its token once.")),
    "account list": Entry("administration", N_("List the accounts.")),
    "account address": Entry("administration", N_("Set the mailbox to which an account's reminders go.")),
    "account token": Entry("administration", N_("Give an account a new token, or stop the one it has.")),
    "account close": Entry("administration", N_("Close an account for good.")),
    "config accept": Entry("administration", N_("Put the configuration file into force for new and adopting cases.")),
    "backup": Entry("backups", N_("Write the database and its files into one archive, while others work.")),
    "restore": Entry("backups", N_("Make a new database from a backup.")),
    "calendar show": Entry("calendar", N_("Show the working days of a year.")),
    "calendar import": Entry("calendar", N_("Put the working days of a year into force from a file.")),
    "calendar check": Entry("calendar", N_("Check that no year of the calendar is missing.")),
    "delegation add": Entry("delegations", N_("Let a clerk take an absent leader's place.")),
    "delegation list": Entry("delegations", N_("List the delegations.")),
    "delegation end": Entry("delegations", N_("End a delegation from today on.")),
    "case open": Entry("acting", N_("Register a project.")),
    "case import": Entry("importing", N_("Register a running project at the stage it has reached.")),
    "case list": Entry("cases", N_("List the cases and who holds them up.")),
    "case show": Entry("cases", N_("Show a case.")),
    "case why": Entry("cases", N_("Say everything that stands between a case and its next stage.")),
    "case plan": Entry("cases", N_("Show the path ahead: what every remaining step will ask, and of whom.")),
    "case clock": Entry("cases", N_("Show the limits of a case, and who has used its working days.")),
    "case thread": Entry("cases", N_("Show each facility's requirement from planning to title.")),
    "case history": Entry("cases", N_("Show what happened to a case.")),
    "case dossier": Entry(
        "papers", N_("Write a project's dossier: one folder that can be checked without this program.")
    ),
    "case schedule": Entry("papers", N_("Write the projects under way on one Excel page.")),
    "case diagram": Entry("cases", N_("Draw the lifecycle with the place of a case.")),
    "case amend": Entry("acting", N_("Amend the data of the project.")),
    "case circulate": Entry("acting", N_("Open a round: ask the departments for their sign-offs.")),
    "case advance": Entry("acting", N_("Move the case to its next stage.")),
    "case return": Entry("acting", N_("Close the round and send the case back for rework.")),
    "case reopen": Entry("acting", N_("Go back to the planning joint review.")),
    "case land-deal-failed": Entry(
        "acting", N_("Record that the land deal failed: a new attempt, the same conditions.")
    ),
    "case suspend": Entry("acting", N_("Suspend the case.")),
    "case resume": Entry("acting", N_("Resume a suspended case.")),
    "case terminate": Entry("acting", N_("End the case without completion.")),
    "case adopt-config": Entry("acting", N_("Let a running case follow the configuration now in force.")),
    "facility add": Entry("acting", N_("Add a facility and its requirement.")),
    "facility amend": Entry("acting", N_("Amend a facility's requirement: a new version.")),
    "facility remove": Entry("acting", N_("Take a facility off the list, during the planning review.")),
    "facility decide": Entry("acting", N_("Decide a category: required, not required, or pooled elsewhere.")),
    "facility designate": Entry("acting", N_("Designate the department competent for a facility.")),
    "facility drawings": Entry("acting", N_("Record scale and location in the approved drawings.")),
    "facility progress": Entry("acting", N_("Report how far a facility is built.")),
    "facility measure": Entry("acting", N_("Record the measured scale and the as-built location.")),
    "facility hand-over": Entry("acting", N_("Record the handover of a facility.")),
    "facility register": Entry(
        "acting",
        N_("Record a title certificate, an exemption, or the registration note of an all-owners facility."),
    ),
    "facility asset-entry": Entry("acting", N_("Enter a government-owned facility in the asset register.")),
    "sign": Entry("acting", N_("Sign off for your department.")),
    "issue": Entry("acting", N_("Issue your department's draft as its sign-off.")),
    "contest": Entry("acting", N_("Contest a paper reply that was recorded for your department; it is void then.")),
    "decide": Entry("acting", N_("Lift one named obstacle of the case once, by document.")),
    "change propose": Entry("acting", N_("Propose a change of the requirements.")),
    "change consent": Entry("acting", N_("Consent to a change request for your department, or object to it.")),
    "change apply": Entry("acting", N_("Put a change request into force.")),
    "change withdraw": Entry("acting", N_("Withdraw a change request.")),
    "withdraw": Entry("acting", N_("Withdraw your department's sign-off while the round is open.")),
    "condition discharge": Entry("acting", N_("Confirm that a condition of your department is met.")),
    "limit extend": Entry("acting", N_("Extend a running limit of the case, by document.")),
    "duty list": Entry("duties", N_("What the notice asks of my organisation by a date.")),
    "duty done": Entry("duties", N_("Report that my organisation has done what was due.")),
    "hear": Entry("acting", N_("Record the opinion of an expert or a public representative.")),
    "answer": Entry("acting", N_("Answer an opinion that was heard.")),
    "document add": Entry("acting", N_("File a numbered document.")),
    "document list": Entry("cases", N_("List the documents of a case.")),
    "document get": Entry("cases", N_("Write a document's file to disk.")),
    "paper letter": Entry("papers", N_("Write the consultation letter as a Word file, in Chinese.")),
    "paper sheet": Entry("papers", N_("Write the sign-off sheet of the present stage as a Word file, in Chinese.")),
    "paper form": Entry("papers", N_("Write the departments' opinion forms as a Word file, in Chinese.")),
    "presale request": Entry("acting", N_("Consult the competent departments on a presale.")),
    "presale clear": Entry("acting", N_("Conclude the presale consultation.")),
    "presale withdraw": Entry("acting", N_("Record that the developer withdraws the presale application.")),
    "acceptance trigger": Entry("acting", N_("Begin the completion joint acceptance.")),
    "acceptance order": Entry("acting", N_("Issue the written rectification opinion and close the round.")),
    "acceptance report": Entry("acting", N_("Record the developer's answer to each item and open the next round.")),
    "acceptance certify": Entry("acting", N_("Conclude the acceptance with the comprehensive acceptance certificate.")),
    "acceptance revoke": Entry("acting", N_("Revoke the comprehensive acceptance certificate.")),
    "journal show": Entry("journal", N_("Show the journal.")),
    "journal verify": Entry("journal", N_("Verify the chain, and that the rows still fit it.")),
    "journal checkpoint": Entry("journal", N_("Print the head of every chain, to be kept elsewhere.")),
    "lifecycle check": Entry("lifecycle", N_("Check the table of the lifecycle and the configuration.")),
    "lifecycle diagram": Entry("lifecycle", N_("Draw the lifecycle as a Mermaid diagram.")),
    "lifecycle table": Entry("lifecycle", N_("Print the stages, who leads them and who signs.")),
    "lifecycle actions": Entry("lifecycle", N_("Print who may do what, where.")),
    "lifecycle rules": Entry(
        "lifecycle", N_("Print the organisations, facilities and standards of the configuration.")
    ),
}

GROUPS: dict[str, str] = {
    "account": N_("Accounts (administrator)."),
    "acceptance": N_("The completion joint acceptance (housing)."),
    "calendar": N_("Working days, holidays and weekends that are worked."),
    "case": N_("Cases: open, move, show."),
    "config": N_("The configuration (administrator)."),
    "change": N_("Change requests, once the requirements are frozen."),
    "delegation": N_("Who takes an absent leader's place."),
    "condition": N_("Conditions of an agreement."),
    "document": N_("Numbered documents."),
    "duty": N_("What the notice asks of organisations by a date."),
    "facility": N_("Requirement and evidence of the facilities."),
    "journal": N_("The journal (auditor)."),
    "lifecycle": N_("The lifecycle itself."),
    "limit": N_("Time limits."),
    "paper": N_("Papers as Word files, in Chinese."),
    "remind": N_("Reminders: what goes out, and what became of it."),
    "presale": N_("The presale consultation (housing)."),
}
