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


#: Every command. Those of ``asking`` go through the door; their line is the first of their model's docstring.
COMMANDS: dict[str, Entry] = {
    "demo": Entry("rehearsals", N_("Play the two projects on record and tell their story.")),
    "rehearse": Entry("rehearsals", N_("Play dated scripts into a new rehearsal database.")),
    "init": Entry("administration", N_("Create or migrate the database.")),
    "login": Entry("login", N_("Keep the token for this server or database in a file of one's own.")),
    "whoami": Entry("asking", N_("Say whose token is in use, and how long it is good.")),
    "serve": Entry("serving", N_("Answer other departments' command lines over the network, until stopped.")),
    "doctor": Entry("administration", N_("Check the installation.")),
    "inbox": Entry("asking", N_("What my organisation must do, the most urgent first.")),
    "remind preview": Entry("asking", N_("Show who would be reminded of what, and when; nothing is sent.")),
    "remind run": Entry("reminding", N_("Go round once: find what is due and send the reminders.")),
    "remind list": Entry("asking", N_("List the messages and what became of them.")),
    "remind retry": Entry("asking", N_("Send refused messages again (administrator).")),
    "remind resume": Entry("asking", N_("Let messages leave again after a restore (administrator).")),
    "scheduler": Entry("reminding", N_("Send reminders again and again, until stopped.")),
    "account add": Entry("asking", N_("Make an account and print its token once.")),
    "account list": Entry("asking", N_("List the accounts.")),
    "account address": Entry("asking", N_("Set the mailbox to which an account's reminders go.")),
    "account token": Entry("asking", N_("Give an account a new token, or stop the one it has.")),
    "account close": Entry("asking", N_("Close an account for good.")),
    "config accept": Entry("asking", N_("Put the configuration file into force for new and adopting cases.")),
    "backup": Entry("backups", N_("Write the database and its files into one archive, while others work.")),
    "restore": Entry("backups", N_("Make a new database from a backup.")),
    "calendar show": Entry("asking", N_("Show the working days of a year.")),
    "calendar import": Entry("asking", N_("Put the working days of a year into force from a file.")),
    "calendar check": Entry("asking", N_("Check that no year of the calendar is missing.")),
    "delegation add": Entry("asking", N_("Let a clerk take an absent leader's place.")),
    "delegation list": Entry("asking", N_("List the delegations.")),
    "delegation end": Entry("asking", N_("End a delegation from today on.")),
    "case open": Entry("asking", N_("Register a project.")),
    "case import": Entry("importing", N_("Register a running project at the stage it has reached.")),
    "case list": Entry("asking", N_("List the cases and who holds them up.")),
    "case show": Entry("asking", N_("Show a case.")),
    "case why": Entry("asking", N_("Say everything that stands between a case and its next stage.")),
    "case plan": Entry("asking", N_("Show the path ahead: what every remaining step will ask, and of whom.")),
    "case clock": Entry("asking", N_("Show the limits of a case, and who has used its working days.")),
    "case thread": Entry("asking", N_("Show each facility's requirement from planning to title.")),
    "case history": Entry("asking", N_("Show what happened to a case.")),
    "case dossier": Entry(
        "asking", N_("Write a project's dossier: one folder that can be checked without this program.")
    ),
    "case schedule": Entry("asking", N_("Write the projects under way on one Excel page.")),
    "case diagram": Entry("asking", N_("Draw the lifecycle with the place of a case.")),
    "case amend": Entry("asking", N_("Amend the data of the project.")),
    "case circulate": Entry("asking", N_("Open a round: ask the departments for their sign-offs.")),
    "case advance": Entry("asking", N_("Move the case to its next stage.")),
    "case return": Entry("asking", N_("Close the round and send the case back for rework.")),
    "case reopen": Entry("asking", N_("Go back to the planning joint review.")),
    "case land-deal-failed": Entry(
        "asking", N_("Record that the land deal failed: a new attempt, the same conditions.")
    ),
    "case suspend": Entry("asking", N_("Suspend the case.")),
    "case resume": Entry("asking", N_("Resume a suspended case.")),
    "case terminate": Entry("asking", N_("End the case without completion.")),
    "case adopt-config": Entry("asking", N_("Let a running case follow the configuration now in force.")),
    "facility add": Entry("asking", N_("Add a facility and its requirement.")),
    "facility amend": Entry("asking", N_("Amend a facility's requirement: a new version.")),
    "facility remove": Entry("asking", N_("Take a facility off the list, during the planning review.")),
    "facility decide": Entry("asking", N_("Decide a category: required, not required, or pooled elsewhere.")),
    "facility designate": Entry("asking", N_("Designate the department competent for a facility.")),
    "facility drawings": Entry("asking", N_("Record scale and location in the approved drawings.")),
    "facility progress": Entry("asking", N_("Report how far a facility is built.")),
    "facility measure": Entry("asking", N_("Record the measured scale and the as-built location.")),
    "facility hand-over": Entry("asking", N_("Record the handover of a facility.")),
    "facility register": Entry(
        "asking",
        N_("Record a title certificate, an exemption, or the registration note of an all-owners facility."),
    ),
    "facility asset-entry": Entry("asking", N_("Enter a government-owned facility in the asset register.")),
    "sign": Entry("asking", N_("Sign off for your department.")),
    "issue": Entry("asking", N_("Issue your department's draft as its sign-off.")),
    "contest": Entry("asking", N_("Contest a paper reply that was recorded for your department; it is void then.")),
    "decide": Entry("asking", N_("Lift one named obstacle of the case once, by document.")),
    "change propose": Entry("asking", N_("Propose a change of the requirements.")),
    "change consent": Entry("asking", N_("Consent to a change request for your department, or object to it.")),
    "change apply": Entry("asking", N_("Put a change request into force.")),
    "change withdraw": Entry("asking", N_("Withdraw a change request.")),
    "withdraw": Entry("asking", N_("Withdraw your department's sign-off while the round is open.")),
    "condition discharge": Entry("asking", N_("Confirm that a condition of your department is met.")),
    "limit extend": Entry("asking", N_("Extend a running limit of the case, by document.")),
    "duty list": Entry("asking", N_("What the notice asks of my organisation by a date.")),
    "duty done": Entry("asking", N_("Report that my organisation has done what was due.")),
    "hear": Entry("asking", N_("Record the opinion of an expert or a public representative.")),
    "answer": Entry("asking", N_("Answer an opinion that was heard.")),
    "document add": Entry("asking", N_("File a numbered document.")),
    "document list": Entry("asking", N_("List the documents of a case.")),
    "document get": Entry("asking", N_("Write a document's file to disk.")),
    "paper letter": Entry("asking", N_("Write the consultation letter as a Word file, in Chinese.")),
    "paper sheet": Entry("asking", N_("Write the sign-off sheet of the present stage as a Word file, in Chinese.")),
    "paper form": Entry("asking", N_("Write the departments' opinion forms as a Word file, in Chinese.")),
    "presale request": Entry("asking", N_("Consult the competent departments on a presale.")),
    "presale clear": Entry("asking", N_("Conclude the presale consultation.")),
    "presale withdraw": Entry("asking", N_("Record that the developer withdraws the presale application.")),
    "acceptance trigger": Entry("asking", N_("Begin the completion joint acceptance.")),
    "acceptance order": Entry("asking", N_("Issue the written rectification opinion and close the round.")),
    "acceptance report": Entry("asking", N_("Record the developer's answer to each item and open the next round.")),
    "acceptance certify": Entry("asking", N_("Conclude the acceptance with the comprehensive acceptance certificate.")),
    "acceptance revoke": Entry("asking", N_("Revoke the comprehensive acceptance certificate.")),
    "journal show": Entry("asking", N_("Show the journal.")),
    "journal verify": Entry("asking", N_("Verify the chain, and that the rows still fit it.")),
    "journal checkpoint": Entry("asking", N_("Print the head of every chain, to be kept elsewhere.")),
    "lifecycle check": Entry("asking", N_("Check the table of the lifecycle and the configuration.")),
    "lifecycle diagram": Entry("asking", N_("Draw the lifecycle as a Mermaid diagram.")),
    "lifecycle table": Entry("asking", N_("Print the stages, who leads them and who signs.")),
    "lifecycle actions": Entry("asking", N_("Print who may do what, where.")),
    "lifecycle rules": Entry("asking", N_("Print the organisations, facilities and standards of the configuration.")),
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
