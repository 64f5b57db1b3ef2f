"""One district's office: its database, its files, its configurations, and the one way to act.

``Office.perform`` is the path of every action: take the case's lock, load the facts, decide, write what
changed, write the journal entry, commit. A refusal for lack of authority leaves one entry of its own; a
refusal for obstacles leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from policies.decide import Decision, barred, decide, decide_opening
from policies.limits.news import news
from policies.requirements import entered_below_standard
from states.actions.base import Action
from states.actions.cases import AdoptConfiguration, ImportCase, OpenCase
from states.effects import Stamp, after, opened
from states.errors import Blocked, Invalid, NotAllowed, PeijianError, unknown
from states.facts import IN_THE_PLACE_OF, Actor, Case
from states.project import skips
from states.remit import canonical
from states.rules import Rules
from workflow import accounts, attempts, clock, delegations, intake, journal, limits, store
from workflow import news as told
from workflow.configurations import Configurations
from workflow.database import Database
from workflow.files import Files
from workflow.results import Done, Normalised, Progress
from workflow.transaction import Transaction


@dataclass
class Office:
    """Where actions happen. ``now`` is the clock; only a rehearsal brings another."""

    database: Database
    config: Path
    files: Files
    district: str
    rehearsal: bool = False
    now: Callable[[], datetime] = clock.now

    @cached_property
    def configurations(self) -> Configurations:
        return Configurations(self.config, self.district)

    def rules(self, tx: Transaction, pinned: str | None = None) -> Rules:
        """The rules a case is pinned to, or those now in force."""
        return self.configurations.rules(tx, pinned)

    @contextmanager
    def writing(self, alone: bool = False) -> Iterator[Transaction]:
        """A transaction that writes in this district, beside others or ``alone`` (``Transaction.hold``)."""
        with self.database.transaction(write=True) as tx:
            tx.hold(self.district, alone)
            yield tx

    # -- actions -------------------------------------------------------------------------------

    def perform(self, action: Action, token: str | None, dry_run: bool = False) -> Done:
        """Carry out one action, durably, or raise and change nothing.

        A dry run answers the same and changes nothing either way.

        Raises NotAllowed, NotFound, Invalid, Blocked or Conflict (``states/errors.py``).
        """
        now = self.now()
        try:
            with self.writing(alone=isinstance(action, OpenCase)) as tx:
                self._prefetch(tx, action, token)
                before = store.load(tx, self.district, action.case, lock=True)
                actor = self.actor(tx, token)
                if earlier := self._earlier(tx, action, actor):
                    return earlier
                agreed = self._agreed(tx, action, before, actor, now)
                return (
                    agreed.done.model_copy(update={"dry_run": True}) if dry_run else self._carried_out(tx, agreed, now)
                )
        except accounts.NotAdmitted as refusal:
            if not dry_run:
                self._record_attempt(action.name, refusal)
            raise
        except _Refused as refused:
            if not dry_run:
                self._record_refusal(refused, action, now)
            raise refused.error from None

    def _prefetch(self, tx: Transaction, action: Action, token: str | None) -> None:
        """What every action asks for, whatever else it does."""
        accounts.prefetch(tx, self.district, token)
        self.configurations.prefetch(tx)
        journal.prefetch(tx, self.district, action.case)
        limits.prefetch(tx, self.district, action.case)

    def open_all(
        self, actions: Sequence[OpenCase], token: str | None, keep: bool, progress: Progress
    ) -> list[Done | PeijianError]:
        """Open many cases in one transaction: all of them durably, or none.

        Returns for each action what was done, or would be done without ``keep``, or the error that keeps it from
        being done; with any error among them nothing was written.
        """
        now, total, refused = self.now(), len(actions), None
        outcomes: list[_Agreed | PeijianError] = []
        if keep:
            self.admitted(token, ImportCase.name)
        with self.writing(alone=True) if keep else self.database.transaction() as tx:
            actor, rules = self.actor(tx, token), self.configurations.in_force(tx)
            for number, action in enumerate(actions, 1):
                try:
                    before = store.load(tx, self.district, action.case)
                    outcomes.append(self._agreed(tx, action, before, actor, now, rules))
                except _Refused as refusal:
                    refused = refused or (refusal, action)
                    outcomes.append(refusal.error)
                except PeijianError as error:
                    outcomes.append(error)
                progress("checking", number, total)
            agreed = [outcome for outcome in outcomes if isinstance(outcome, _Agreed)]
            if keep and len(agreed) == total:
                done: list[Done | PeijianError] = []
                for number, one in enumerate(agreed, 1):
                    done.append(self._carried_out(tx, one, now))
                    progress("opening", number, total)
                return done
        if keep and refused:
            self._record_refusal(*refused, now)
        return [outcome.done if isinstance(outcome, _Agreed) else outcome for outcome in outcomes]

    def _agreed(
        self,
        tx: Transaction,
        asked: Action,
        before: Case | None,
        actor: Actor,
        now: datetime,
        known: Rules | None = None,
    ) -> _Agreed:
        """What the action would do, once everything has agreed to it; nothing is written. ``known``: its rules."""
        rules = known or self._rules_for(tx, asked, before)
        stage = before.stage if before else ""
        actor = delegations.acting(tx, self.district, actor, stage, now.date().isoformat())
        _refuse(asked, before, rules, Stamp.of(asked, actor, now))
        action, normalised, doubts = intake.checked(asked, before, rules, now.date(), actor.organisation)
        stamp = Stamp.of(action, actor, now)
        if isinstance(action, OpenCase):
            then, decision = self._opening(tx, action, before, stamp, rules)
        else:
            assert before is not None, "intake refuses an unknown case"
            decision = decide(before, action, actor, stamp.happened_on, rules, now.date().isoformat())
            then = after(before, action, stamp, rules) if decision.agreed else before
        if decision.refusals:
            raise _Refused(actor, before, rules, decision)
        if decision.obstacles:
            raise Blocked(decision.obstacles)
        doubts += tuple(_noticed(before, then, rules))
        done = _done(action, before, then, normalised, doubts)
        if before is None:
            done = done.model_copy(update={"earlier": store.on_parcel(tx, self.district, then)})
        return _Agreed(asked, action, stamp, rules, before, then, done)

    def _carried_out(self, tx: Transaction, agreed: _Agreed, now: datetime) -> Done:
        """Write what changed and the journal entry."""
        asked, action, stamp, rules, before, then, done = agreed
        if attached := action.attachment():
            self.files.put(attached.content)
        changed = store.changes(before, then)
        store.save(tx, self.district, then, changed, rules)
        last = journal.head(tx, self.district, then.id)
        event = _event(asked, stamp, now, rules, done, store.digest_after(last.digest, changed))
        entry, hash_ = journal.append(tx, self.district, event, last)
        limits.keep(tx, self.district, then, rules, self.configurations.newest(tx, rules), now.date().isoformat())
        told.tell(tx, self.district, then, entry, news(before, then, rules), stamp.recorded_at)
        return done.model_copy(update={"entry": entry, "hash": hash_})

    def _rules_for(self, tx: Transaction, action: Action, case: Case | None) -> Rules:
        """A running case follows the configuration it is pinned to until it adopts another."""
        if case is None and not isinstance(action, OpenCase):
            raise unknown("case", action.case, store.ids(tx, self.district))
        if case is None or isinstance(action, AdoptConfiguration):
            return self.configurations.in_force(tx)
        return self.rules(tx, case.configuration)

    def _opening(
        self, tx: Transaction, action: OpenCase, before: Case | None, stamp: Stamp, rules: Rules
    ) -> tuple[Case, Decision]:
        case = opened(action, stamp, rules)
        taken = store.active_on(tx, self.district, case.parcel)
        decision = decide_opening(action, case, stamp.actor, stamp.happened_on, rules, taken)
        if before is not None and not decision.refusals:
            raise Invalid("case_exists", {"case": action.case})
        return case, decision

    def _earlier(self, tx: Transaction, action: Action, actor: Actor) -> Done | None:
        """The stored result of the same request; another request under its id is an error."""
        if action.request_id is None:
            return None
        row = journal.by_request(tx, self.district, action.request_id)
        if row is None:
            return None
        signed_by = row["actor"].partition(IN_THE_PLACE_OF)[0]
        same = (row["subject"], row["action"], signed_by) == (action.case, action.name, actor.name)
        if not same or row["params"] != canonical(_params(action)):
            raise Invalid("request_id_reused", {"request_id": action.request_id})
        done = Done.model_validate_json(row["result"])
        return done.model_copy(update={"entry": row["entry"], "hash": row["hash"], "repeated": True})

    def _record_refusal(self, refused: _Refused, action: Action, now: datetime) -> None:
        """One entry in a transaction of its own: in the chain of the case, or of the office where there is none."""
        with self.writing(alone=refused.case is None) as tx:
            case = store.load(tx, self.district, action.case, lock=True)
            subject = action.case if case else journal.OFFICE
            last = journal.head(tx, self.district, subject)
            event = journal.Event(
                subject=subject,
                action=action.name,
                outcome="refused",
                actor=refused.actor,
                organisation=refused.rules.title(refused.actor.organisation, now.date().isoformat()),
                now=now,
                happened_on=now.date().isoformat(),
                params={"refusals": [o.key for o in refused.decision.refusals]},
                request_id=None,
                result="",
                digest=last.digest,
            )
            journal.append(tx, self.district, event, last)

    @contextmanager
    def administration(self, token: str | None, action: str) -> Iterator[tuple[Transaction, Actor]]:
        """A transaction for what concerns no case; that the block raises NotAllowed is journalled."""
        actor = self.admitted(token, action)
        try:
            with self.writing(alone=True) as tx:
                yield tx, self.actor(tx, token)
        except NotAllowed:
            with self.writing(alone=True) as tx:
                self.note(tx, actor, action, "refused", {})
            raise

    def actor(self, tx: Transaction, token: str | None) -> Actor:
        """Who holds the token now. Raises NotAllowed."""
        return accounts.authenticate(tx, self.district, token, self.now().date().isoformat())

    def admitted(self, token: str | None, action: str) -> Actor:
        """Who holds the token; that it lets nobody in is journalled."""
        try:
            with self.database.transaction() as tx:
                return self.actor(tx, token)
        except accounts.NotAdmitted as refusal:
            self._record_attempt(action, refusal)
            raise

    def _record_attempt(self, action: str, refusal: accounts.NotAdmitted) -> None:
        """Looked up before it is written: whoever guesses does not keep others from writing."""
        day = self.now().date().isoformat()
        for write in (False, True):
            with self.writing(alone=True) if write else self.database.transaction() as tx:
                if attempts.noted(tx, self.district, day, action, refusal):
                    return
                if write:
                    self.note(tx, refusal.actor, action, "refused", attempts.params(refusal))

    def note(self, tx: Transaction, actor: Actor, action: str, outcome: str, params: Mapping[str, Any]) -> None:
        """A journal entry that concerns no case."""
        last = journal.head(tx, self.district, journal.OFFICE)  # waits for whoever writes before it
        now = self.now()
        day = now.date().isoformat()
        event = journal.Event(
            subject=journal.OFFICE,
            action=action,
            outcome=outcome,
            actor=actor,
            organisation=self.rules(tx).title(actor.organisation, day),
            now=now,
            happened_on=day,
            params=params,
            request_id=None,
            result="",
            digest="",
        )
        journal.append(tx, self.district, event, last)


class _Agreed(NamedTuple):
    """An action that nothing stands in the way of: as asked and in its normal form, the case before and after."""

    asked: Action
    action: Action
    stamp: Stamp
    rules: Rules
    before: Case | None
    then: Case
    done: Done


class _Refused(Exception):
    """Carries a refusal out of the transaction that is rolled back."""

    def __init__(self, actor: Actor, case: Case | None, rules: Rules, decision: Decision) -> None:
        self.actor, self.case, self.rules, self.decision = actor, case, rules, decision
        refusals = [o.key for o in decision.refusals]
        self.error = NotAllowed("not_allowed", {"refusals": refusals, "obstacles": decision.refusals})
        super().__init__(str(refusals))


def _refuse(action: Action, case: Case | None, rules: Rules, stamp: Stamp) -> None:
    """Authority first: who may not act is not even told that what was typed cannot be. Raises _Refused."""
    about = case
    if isinstance(action, OpenCase):
        about = opened(action.model_copy(update={"facilities": (), "decisions": ()}), stamp, rules)
    if about is None:
        return
    refusals = barred(about, action, stamp.actor, stamp.happened_on, rules, stamp.recorded_at[:10])
    if refusals:
        raise _Refused(stamp.actor, case, rules, Decision(refusals))


def _params(action: Action) -> dict[str, Any]:
    """What was asked, as JSON; a file by its digest."""
    params = action.model_dump(mode="json", exclude={"case", "request_id", action.attached}, exclude_defaults=True)
    if attached := action.attachment():
        params["file"] = {"name": attached.name, "sha256": attached.content.sha256}
    return params


def _done(
    action: Action,
    before: Case | None,
    then: Case,
    changed: tuple[Normalised, ...],
    doubts: tuple[str, ...],
) -> Done:
    return Done(
        case=then.id,
        action=action.name,
        stage=then.stage,
        visit=then.visit,
        round=then.round,
        entry=0,
        hash="",
        number=_new_number(before, then),
        normalised=changed,
        warnings=doubts,
        draft=before is not None and len(then.drafts) > len(before.drafts),
    )


def _noticed(before: Case | None, then: Case, rules: Rules) -> Iterator[str]:
    """What stops nothing but must not happen unnoticed: a project that entered late and its standards."""
    if before is None and skips(then.entry_stage, "standards"):
        yield "standards_unknown"
    if before and set(entered_below_standard(then, rules)) - set(entered_below_standard(before, rules)):
        yield "entered_below_standard"


def _new_number(before: Case | None, then: Case) -> int | None:
    """The number of the row that the action made, where one can be named by it later."""
    for name in ("conditions", "hearings", "documents", "changes", "exceptions"):
        rows = getattr(then, name)
        if before is not None and len(rows) > len(getattr(before, name)):
            return int(rows[-1].number)
    return None


def _event(action: Action, stamp: Stamp, now: datetime, rules: Rules, done: Done, digest: str) -> journal.Event:
    return journal.Event(
        subject=done.case,
        action=action.name,
        outcome="done",
        actor=stamp.actor,
        organisation=rules.title(stamp.actor.organisation, stamp.happened_on),
        now=now,
        happened_on=stamp.happened_on,
        params=_params(action),
        request_id=action.request_id,
        result=done.model_dump_json(),
        digest=digest,
    )
