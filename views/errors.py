"""The text of every error and of every finding: what went wrong, where, and what to do next.

A parameter that an error does not carry is shown as "not recorded"; ``near`` and ``more`` are appended, and
the ``request_id`` under which what may have been done can be repeated.
"""

from __future__ import annotations

from views.language import N_

ERRORS: dict[str, str] = {
    # -- not found ------------------------------------------------------------------------------
    "no_such_page": N_("There is no page {page}: the list has {pages}."),
    "unknown_case": N_("There is no case {name}."),
    "unknown_facility": N_("The case has no facility {name}."),
    "unknown_organisation": N_("There is no organisation {name}."),
    "unknown_category": N_("There is no facility category {name}."),
    "unknown_subtype": N_("There is no kind of facility {name}."),
    "unknown_document": N_("There is no document {name}."),
    "unknown_town": N_("There is no town or sub-district {name}."),
    "unknown_kind": N_("There is no kind of project {name}."),
    "unknown_mode": N_("There is no construction mode {name}."),
    "unknown_script": N_("There is no script {name}."),
    "unknown_stage": N_("There is no stage {name}."),
    "unknown_condition": N_("The case has no condition {name}."),
    "unknown_hearing": N_("The case has no opinion heard under number {name}."),
    "unknown_account": N_("There is no account {name}."),
    "unknown_department_asked": N_("{name} is not asked in this stage."),
    "unknown_message": N_("There is no refused message {name}."),
    "unknown_action": N_("There is no action {name}."),
    "unknown_year": N_("The calendar has no year {name}; it is counted on weekends alone."),
    # -- rules and authority --------------------------------------------------------------------
    "blocked": N_("Blocked: not everything required is in place."),
    "not_allowed": N_("Not allowed for this account."),
    "no_account": N_("No account given: type “peijian login”, or put its token into PEIJIAN_TOKEN."),
    "no_token": N_("No token was given: type it, or put it into PEIJIAN_TOKEN, which needs no login."),
    "bad_token": N_(
        "The token (PEIJIAN_TOKEN, or “peijian login”) belongs to no account: check it, or ask the administrator for a"
        " new one."
    ),
    "account_closed": N_("The account {account} is closed: ask the administrator for another."),
    "account_closed_before": N_("The account {account} was closed on {day} already: nothing is left to do."),
    "token_revoked": N_("The token of {account} was stopped: ask the administrator for another."),
    "token_expired": N_("The token of {account} was good until {day}: ask the administrator for another."),
    "administrator_needed": N_("This is for the administrator; {account} is not one."),
    # -- input ----------------------------------------------------------------------------------
    "in_the_future": N_("{field}: {day} lies in the future; give a day up to today."),
    "bad_supposition": N_(
        "“{value}” is no supposition: it names what, of which department or facility, "
        "and the amount where there is one."
    ),
    "account_like_deputy": N_("An account cannot be called “{account}”: that is how a deputy signs."),
    "configuration_not_accepted": N_(
        "The administrator has not put the configuration {file} into force yet (peijian config accept)."
    ),
    "not_backdated": N_("{field}: departments are asked today ({today}), not in the past; their days count from then."),
    "delegation_exists": N_("{deputy} takes the place of {absent} on these days already: delegation {number}."),
    "delegation_unfit": N_("{deputy} cannot take the place of {absent}: {reason}"),
    "leader_of_house_needed": N_("Only a leader of that organisation, or the administrator, may do this."),
    "unknown_delegation": N_("There is no running delegation {name}."),
    "unknown_change": N_("There is no change request {name}."),
    "before_stage": N_("{field}: {day} is before what it rests on ({entered}); give a later day."),
    "bad_identifier": N_("{field}: “{value}” is not in the required form; a right one is {example}."),
    "check_digit": N_(
        "{field}: the check digit of “{value}” is wrong; compare it with the original, "
        "and if it is right add --confirm-credit-code."
    ),
    "not_a_checkpoint": N_("{path} is no checkpoint of a journal."),
    "last_administrator": N_("{account} is the last administrator with a token that does not end; make another first."),
    "expires_in_the_past": N_("{day} is over; a token is good until a day from today ({today}) on."),
    "token_revoked_before": N_("The token of {account} was stopped on {day} already: nothing is left to do."),
    "invalid_input": N_("The input is incomplete or wrong:"),
    "case_exists": N_("The case {case} exists already: choose another number."),
    "account_exists": N_("The account {account} exists already: choose another name."),
    "request_id_reused": N_("The request id {request_id} was used for something else: choose a new one."),
    "changed_meanwhile": N_("Somebody changed this meanwhile: look again and repeat."),
    "nobody_asked": N_("Nobody is asked for a sign-off in the stage “{stage}”, so there is no such paper."),
    "token_end_over": N_(
        "The token of {account} was good until {day}, which is over: say until when the new one is (--expires), or"
        " --no-expiry."
    ),
    "revoke_or_expires": N_("--revoke, --expires and --no-expiry do not go together."),
    "messages_or_all": N_("Name the messages, or say --all."),
    "workbook_or_template": N_("Give either the workbook to import, or --template FILE for an empty one."),
    # -- over the network -------------------------------------------------------------------------
    "bad_server": N_("{server} is no address of a server; a right one is https://peijian.example.gov.cn."),
    "server_in_the_open": N_("{server}: the token would go over the network for all to read; use https."),
    "server_unreachable": N_("The server {server} cannot be reached ({error}): check the address and the network."),
    "answer_lost": N_("The answer of the server {server} was lost ({error}). Look whether it was done."),
    "file_cut_off": N_("The file from {server} did not arrive whole ({error}), and is not kept: try again."),
    "cannot_listen": N_("Nobody can listen on {host}, port {port} ({error}): choose another with --host or --port."),
    "not_our_server": N_("What answers at {server} is no server of this program (status {status}): check the address."),
    "token_file_open": N_("Others can read {path}: take their rights away (chmod 600), or log in anew."),
    "token_file_unusable": N_("{path} cannot be read or written: check it, or remove it and log in anew."),
    "not_json": N_("The request must be a JSON object: {reason}."),
    "not_parts": N_("The parts of the request cannot be read: {reason}."),
    "wrong_media_type": N_("The body is {kind}; what is taken here: {taken}."),
    "no_such_address": N_("There is nothing at {path}; /openapi.json lists what there is."),
    "wrong_method": N_("{path} is asked with {methods}."),
    "field_twice": N_("{field} stands both in the address and in the body."),
    "key_not_kept": N_("{path} keeps no Idempotency-Key; only actions on a case do."),
    "request_too_large": N_("The request is too large: at most {limit} bytes."),
    "request_too_slow": N_("The request did not arrive within {seconds} seconds."),
    "too_many_requests": N_("Too many requests with this token or from this place: wait {seconds} seconds."),
    "server_busy": N_("The server is too busy: nothing was begun in {seconds} seconds, nothing was done. Try again."),
    "answer_too_slow": N_("There was no answer within {seconds} seconds. Look whether it was done."),
    "internal_error": N_("The server made a mistake (request {request}): tell the administrator."),
    # -- limits and duties ------------------------------------------------------------------------
    "unknown_limit": N_("There is no limit {name} here."),
    "unknown_duty": N_("The configuration names no duty {name}."),
    "unknown_period": N_("Nothing is due for the period {name}."),
    "concern_needed": N_("Limit {limit} runs for several; name one of them."),
    "period_needed": N_("Duty {code} is open for several periods; name one with --period."),
    "no_duty_open": N_("Nothing of duty {code} is open for your organisation now."),
    "duty_done_already": N_("Duty {code} was reported as done for {period} already, on {day}."),
    "not_your_duty": N_("Duty {code} is asked of others: {organisations}."),
    "department_needed": N_("{account} is no clerk and no leader; duties are reported with such an account."),
    "bad_mailbox": N_("“{value}” is no mailbox; a right one is office@example.com."),
    # -- files ----------------------------------------------------------------------------------
    "file_missing_on_disk": N_("A stored file is missing: {path}; restore it from the backup."),
    "file_altered_on_disk": N_("A stored file was altered: {path}; restore it from the backup."),
    "file_unreadable": N_("The file cannot be read: {path}; check that it exists and may be opened."),
    "file_unwritable": N_("The file cannot be written: {path}; check folder and permissions."),
    "document_without_file": N_("Document {number} was filed without a file."),
    "file_exists": N_("The file exists already: {path}; choose another name."),
    "folder_exists": N_("The folder exists and is not empty: {path}; choose another."),
    "file_too_large": N_("The file is too large: {path}; at most {limit} bytes."),
    "empty_file": N_("The file is empty: {path}."),
    "not_utf8": N_("The file is not in UTF-8: {path}; save it in that encoding."),
    "bad_yaml": N_("{path}, line {line}: not valid YAML; check indentation, colons and quotes."),
    "bad_json": N_("{path}, line {line}: not valid JSON; check commas, brackets and quotes."),
    "not_a_mapping": N_("{path}: the file must consist of names with values."),
    "workbook_unusable": N_("{path} cannot be imported: {reason}."),
    "import_wrong": N_("{path} cannot be imported; nothing was written:"),
    "backup_damaged": N_("{path} is no sound backup: {name} {reason}. Take another one; nothing was changed."),
    "backup_unreadable": N_("{path} is no backup, or only a part of one. Take another; nothing was changed."),
    "backup_newer": N_("The backup {path} was made by a newer program ({program}): update this one."),
    "backup_unsound": N_("{path}: the records in it do not fit their journal; nothing was changed:"),
    "nothing_held": N_("No messages wait: they leave as usual."),
    # -- database -------------------------------------------------------------------------------
    "bad_address": N_("{database} is no address of a database."),
    "disk_full": N_("The disk is full; nothing more can be written."),
    "database_missing": N_("There is no database {database}: make it with “peijian init”."),
    "database_exists": N_("The database exists already: {database}; choose another name."),
    "not_a_database": N_("{database} is not a database of this program: check the path."),
    "database_newer": N_("The database {database} is newer than this program: update the program."),
    "database_older": N_("The database {database} is older than this program: run “peijian init”."),
    "database_read_only": N_("The database cannot be written: {database}; check the permissions."),
    "database_busy": N_("The database is busy: try again in a moment."),
    "database_unreachable": N_(
        "The database {database} cannot be reached ({error}): check the address, the account and the server."
    ),
    "database_lost": N_("The connection to the database {database} was lost ({error}). Look whether it was done."),
    "database_error": N_("The database reports an error ({error}): tell the administrator."),
    "network_file_system": N_("{path} lies on a network drive ({kind}), where data can be lost: use a local disk."),
    "configuration_lost": N_(
        "The configuration of this case is missing in the database ({digest}): restore the backup."
    ),
    "other_district": N_("{file} is for the district {district}; this database belongs to another."),
    # -- configuration --------------------------------------------------------------------------
    "config_unreadable": N_("The configuration cannot be used: {file}; {reason}."),
    "config_syntax": N_("{file}, line {line}: not valid YAML; check indentation, colons and quotes."),
    "config_duplicate_key": N_("{file}, line {line}: {key} stands here twice; remove one."),
    "config_alias": N_("{file}, line {line}: anchors and aliases are not allowed; write the value out."),
    "config_unknown_key": N_("{file}, line {line}: the program knows no {key}; check the spelling."),
    "config_missing_key": N_("{file}, line {line}: {key} is missing; add it."),
    "config_value": N_("{file}, line {line}: {key} cannot be {value}."),
    "config_reference": N_("{file}, line {line}: {key} names {value}, which is defined nowhere."),
    "config_unsafe": N_("{file}, line {line}: {key} {reason}; it stands as {value}."),
    # -- calendar -------------------------------------------------------------------------------
    "calendar_day": N_("{file}, line {line}: {key} is {value}, which {reason}."),
    "calendar_final": N_("{path}: the year {year} is final already and cannot become provisional again."),
    "rehearsal_channel": N_(
        "The channel {channel} leads out of the house, and this is a rehearsal: only folder and console will do."
    ),
    # -- channels -------------------------------------------------------------------------------
    "channel_secret_missing": N_(
        "Channel {channel} ({place}): there is no secret in {problem}; set the variable, or fill the file."
    ),
    "channel_secret_open": N_(
        "Channel {channel} ({place}): others can read or change {problem}; take their rights away (chmod 600)."
    ),
    "channel_secret_unusable": N_("Channel {channel} ({place}): what stands in {problem} cannot be its secret."),
    "channel_unreachable": N_("Channel {channel}: {place} cannot be reached ({problem})."),
    "channel_silent": N_("Channel {channel}: {place} did not answer in time."),
    "channel_dropped": N_("Channel {channel}: {place} broke off the connection ({problem})."),
    "channel_tls": N_("Channel {channel}: no safe connection to {place} ({problem}); check certificate and port."),
    "channel_login": N_("Channel {channel}: {place} does not accept user name and password ({problem})."),
    "channel_refuses": N_("Channel {channel}: {place} refuses to work ({problem})."),
    "channel_folder": N_("Channel {channel}: nothing can be written to the folder {place} ({problem})."),
    "channel_console": N_("Channel {channel}: nothing can be printed ({problem})."),
    # -- rehearsal ------------------------------------------------------------------------------
    "rehearsal_difference": N_(
        "{script}: step {step} ({at}, {action}) did not go as expected: expected {expected}; found {found}."
    ),
    "rehearsal_format": N_("The script {path} cannot be played:"),
}

#: Why a configuration cannot be used: ``reason`` of config_unreadable and config_unsafe.
REASONS: dict[str, str] = {
    "missing": N_("the file does not exist"),
    "not_a_file": N_("it is not a file"),
    "not_permitted": N_("it may not be opened"),
    "not_utf8": N_("it is not in UTF-8"),
    "too_large": N_("it is too large"),
    "empty": N_("it is empty"),
    "damaged": N_("it is damaged; restore the backup"),
    "not_on_one_line": N_("must stand on one line, as a plain word"),
    "out_of_range": N_("is out of its range"),
    "seven_categories": N_("does not fit: there must be exactly the seven categories of the notice"),
    "lifts_nothing": N_("names nothing that it lifts"),
    "never_lifted": N_("names what no decision may lift: nothing lifts the acceptance of a facility not as required"),
    "lifted_twice": N_("lifts what another kind of decision lifts already"),
    "other_organisation": N_("they belong to different organisations"),
    "leader_to_clerk": N_("a clerk takes the place of a leader"),
    "days_over": N_("the days are over or in the wrong order"),
    "nobody_signs": N_("names nobody who signs, so that everything would pass"),
    "acceptance_asks_all": N_("must ask the standing participants and every competent department"),
    "certificate_issuer": N_("must be the lead of the acceptance, and nobody else"),
    "never_asked": N_("would never be asked at this step"),
    "nothing_asked": N_("says nothing, although this step asks it"),
    "reserved": N_("is a word with a meaning of its own"),
    "not_in_order": N_("is not in the order of time"),
    "not_a_workbook": N_("it is no Excel workbook (.xlsx)"),
    "old_workbook": N_("it is an old Excel workbook (.xls); save it as .xlsx"),
    "locked_workbook": N_("it is locked with a password; save it without one"),
    "damaged_workbook": N_("it is damaged; save it anew in Excel"),
    "unpacks_too_far": N_("it would unpack to far more than a list of projects"),
    "declares_entities": N_("it declares a document type, which no workbook does"),
    "circle": N_("leads round in a circle"),
    "outside_year": N_("does not lie in that year"),
    "weekend_anyway": N_("is a weekend day and off anyway"),
    "weekday_anyway": N_("is a weekday and worked anyway"),
    "day_twice": N_("stands there twice"),
    "off_and_worked": N_("stands among the days off, too"),
    "year_far_away": N_("is too far away: from 2000 to two years ahead"),
    "nothing_runs": N_("extends a limit that has no clock"),
    "one_of_two": N_("must name one day or a day of every month, and not both"),
    "asks_nobody": N_("asks nobody"),
    "tells_nobody": N_("names no way to tell anybody"),
    "password_in_the_open": N_("would send the password over the network for all to read"),
    "two_places": N_("names a second place for the secret; one must go"),
    "altered": N_("was altered or is damaged"),
    "incomplete": N_("is missing, or too much"),
    "not_ours": N_("does not belong into a backup"),
    "unit_and_measure": N_("does not fit the measure"),
}

#: What a value in a configuration must be, where it is not one of a few words.
SHAPES: dict[str, str] = {
    "text": N_("text"),
    "whole number": N_("whole number"),
    "number": N_("a number"),
    "list": N_("a list"),
    "mapping": N_("names with values"),
    "6 digits": N_("6 digits"),
    "day": N_("a day such as 2027-01-31"),
    "variable": N_("the name of an environment variable"),
    "host": N_("the name of a server"),
    "mailbox": N_("a mail address"),
}

FINDINGS: dict[str, str] = {
    "messages_held": N_(
        "Restored from a backup on {at}: messages wait until the administrator types “peijian remind resume”."
    ),
    "messages_refused": N_("{number} messages were refused: see “peijian remind list --failed”."),
    "scheduler_silent": N_("No scheduler has gone round since {at}: start “peijian scheduler”."),
    "configuration_altered": N_("The stored configuration {digest} was altered."),
    "chain_broken": N_("{subject}: entry {entry} does not follow from the one before it."),
    "digest_differs": N_("{subject}: the rows differ from what entry {entry} recorded."),
    "entry_altered": N_("{subject}: entry {entry} was altered."),
    "entry_missing": N_("{subject}: entry {entry} is missing."),
    "tail_cut": N_("{subject}: entries up to {entry}, which the checkpoint knows, are missing or different."),
    "rows_without_journal": N_("{subject}: the case has no journal."),
    "snapshot_altered": N_("{subject}: what sign-off {number} saw was altered or is missing."),
    "calendar_missing": N_(
        "The calendar has no year {year}, which is counted on weekends alone: import it (peijian calendar import)."
    ),
    "calendar_provisional": N_(
        "The year {year} of the calendar is provisional: import the final one (peijian calendar import)."
    ),
    "limit_differs": N_("{subject}: what is kept of limit {limit} {concern} is not what the case says."),
    "limit_silent": N_("{subject}: limit {limit} {concern} would remind nobody any more."),
    "document_file_missing": N_("{subject}: the file of document {document} is missing."),
    "document_file_altered": N_("{subject}: the file of document {document} was altered."),
    "letter_file_missing": N_("{subject}: the scan of letter {letter} is missing."),
    "letter_file_altered": N_("{subject}: the scan of letter {letter} was altered."),
    "account_unexplained": N_("Account {account} is not in the journal."),
    "account_differs": N_("Account {account} is not as the journal records it."),
    "delegation_unexplained": N_("Delegation {delegation} is not in the journal."),
    "delegation_differs": N_("Delegation {delegation} is not as the journal records it."),
    "holdings_unsound": N_(
        "Files, accounts or delegations are missing or were altered ({count}): peijian journal verify names them."
    ),
    "files_unnamed": N_("Stored files that no document or letter names: {count}."),
    "foreign_cli": N_(
        "Other packages bring modules named like ours: {packages}; install peijian in an environment of its own."
    ),
    "postgres_too_old": N_("PostgreSQL {version} is too old: version {oldest} or a later one is needed."),
    "postgres_encoding": N_("The database stores its text as {encoding}: make it anew with the encoding UTF8."),
    "postgres_not_durable": N_(
        "The server does not wait for its disk (fsync or synchronous_commit is off): a power cut loses what was done."
    ),
    "old_sqlite": N_("SQLite {version} can lose data in its faster mode, so the slower one is used; an update helps."),
}

#: Doubts that the person who typed has confirmed, and what stops nothing but must not happen unnoticed.
WARNINGS: dict[str, str] = {
    "check_digit": N_("the check digit does not fit; stored as confirmed"),
    "standards_unknown": N_("not held against any standard until the planning conditions are filed with their date"),
    "entered_below_standard": N_("below a standard of the day of the planning conditions: peijian case why names it"),
}
