"""What people ask: a case, why it stands, the list of cases, what I must do, what happened."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

from policies.changes import consenting
from policies.decide import lifted_ahead, way_ahead
from policies.plan import PlannedStep, path_ahead
from policies.question import Question
from policies.requirements import entered_below_standard
from policies.signing import Answer, answer_of
from states import remit
from states.changes import documents_to_amend
from states.content import Content
from states.errors import unknown
from states.facts import Case, Document, PaperReply
from states.participants import leads, may_sign, own_facilities, required
from states.project import TERMINAL, Stage, forward_edge
from states.rules import Rules
from workflow import accounts, delegations, due, holdings, journal, limits, store
from workflow.inbox import tasks
from workflow.office import Office
from workflow.results import (
    AccountLine,
    CaseLine,
    CaseView,
    Change,
    ClockView,
    DelegationLine,
    DepartmentAnswer,
    Entry,
    Finding,
    Lifted,
    Task,
    Verification,
)
from workflow.searching import EVERY_CASE, Wanted, found_in, in_order
from workflow.transaction import Transaction
from workflow.what_if import suppose

#: What has a file of its own.
Filed = Document | PaperReply


def _load(tx: Transaction, office: Office, case: str) -> tuple[Case, Rules]:
    """A case and the rules it is pinned to. Raises NotFound with the nearest numbers."""
    found = store.load(tx, office.district, case)
    if found is None:
        raise unknown("case", case, store.ids(tx, office.district))
    return found, office.rules(tx, found.configuration)


def view(office: Office, case: str, suppositions: Sequence[str] = ()) -> tuple[CaseView, Rules]:
    """Everything about one case, as it is or as it would be (``workflow/what_if.py``)."""
    with office.database.transaction() as tx:
        facts, rules = _load(tx, office, case)
        facts = suppose(facts, suppositions, rules, office.now())
        return CaseView(
            case=facts,
            answers=tuple(_answers(tx, office, facts, rules)),
            competent={f.facility: rules.competent(f) for f in facts.owed()},
            next_action=_next_action(facts),
            obstacles=way_ahead(facts, _today(office), rules),
            lifted=tuple(
                Lifted(obstacle=obstacle, exception=decided.number)
                for obstacle, decided in lifted_ahead(facts, _today(office), rules)
            ),
            to_amend=documents_to_amend(facts),
            consenting={
                change.number: consenting(Question(facts, rules, _today(office)), change)
                for change in facts.changes
                if change.status == "proposed"
            },
            below_standard=entered_below_standard(facts, rules),
            on_parcel=store.on_parcel(tx, office.district, facts),
            configuration_is_current=facts.configuration == office.configurations.current_digest(),
            limits=due.running_lines(facts, rules, _today(office)),
        ), rules


def clock(office: Office, case: str, wanted: str | None = None) -> tuple[ClockView, Rules]:
    """The limits of a case and who has used its days; one of them day by day."""
    with office.database.transaction() as tx:
        facts, rules = _load(tx, office, case)
    return due.clock(facts, rules, _today(office), wanted), rules


def plan(office: Office, case: str) -> tuple[CaseView, tuple[PlannedStep, ...], Rules]:
    """The case, and every step that remains with what it will ask."""
    found, rules = view(office, case)
    return found, tuple(path_ahead(found.case, _today(office), rules)), rules


def _today(office: Office) -> str:
    return office.now().date().isoformat()


def _next_action(case: Case) -> str | None:
    edge = forward_edge(case.stage)
    return edge.action if edge else None


def _answers(tx: Transaction, office: Office, case: Case, rules: Rules) -> Iterator[DepartmentAnswer]:
    if case.stage in TERMINAL:
        return
    asked = required(case, rules)
    for department in may_sign(case, rules):
        given = case.sign_off(department)
        if given is None and department not in asked:
            continue
        state = answer_of(case, department, rules)
        yield DepartmentAnswer(
            department=department,
            asked=department in asked,
            state=state,
            verdict=given and given.verdict,
            text=given and (given.reason if given.verdict == "object" else given.text),
            round=given and given.round,
            signed_by=given and given.signed_by,
            happened_on=given and given.happened_on,
            letter=reply.letter if (reply := case.paper_reply(given)) else None,
            drafted_by=draft.drafted_by if (draft := case.draft(department)) else None,
            changes=tuple(_changes(tx, office, case, department, rules)) if state is Answer.STALE else (),
        )


def _changes(tx: Transaction, office: Office, case: Case, department: str, rules: Rules) -> Iterator[Change]:
    """What became different since the department signed."""
    given = case.sign_off(department)
    seen = given and store.snapshot(tx, office.district, given.remit)
    if given and seen:
        now = json.loads(remit.snapshot(case, department, rules, given.scheme))
        for path, before, after in remit.difference(json.loads(seen), now):
            yield Change(path=path, before=before, after=after)


def lines(office: Office, wanted: Wanted = EVERY_CASE) -> list[CaseLine]:
    """The cases that are wanted, each with who holds it up, in the order that is wanted.

    Raises NotFound with the nearest names for a stage, town or organisation that does not exist.
    """
    with office.database.transaction() as tx:
        rules, day = office.rules(tx), _today(office)
        _known(wanted, rules)
        last = wanted.due_by(day, rules.calendar)
        names = store.ids(tx, office.district) if last is None else due.subjects_due(tx, office.district, last)
        cases = (_load(tx, office, name) for name in names if name != journal.OFFICE)
        found = [_line(case, rules, day) for case, rules in cases if _is_wanted(case, rules, wanted)]
    return in_order([line for line in found if wanted.blocked_by in (None, *line.waiting_for)], wanted.sort)


def _known(wanted: Wanted, rules: Rules) -> None:
    towns = [o for o, body in rules.organisations.items() if body.kind == "town"]
    for kind, name, known in (
        ("stage", wanted.stage, list(Stage)),
        ("town", wanted.town, towns),
        ("organisation", wanted.department, list(rules.organisations)),
        ("organisation", wanted.blocked_by, list(rules.organisations)),
    ):
        if name is not None and name not in known:
            raise unknown(kind, name, known)


def _is_wanted(case: Case, rules: Rules, wanted: Wanted) -> bool:
    """Everything that can be told without asking what is in the way."""
    return (
        wanted.stage in (None, case.stage)
        and wanted.town in (None, case.town)
        and (wanted.department is None or _concerns(case, rules, wanted.department))
        and (wanted.search is None or found_in(case, wanted.search))
    )


def _concerns(case: Case, rules: Rules, organisation: str) -> bool:
    """Whether an organisation is asked, leads, or has a facility."""
    asked = () if case.stage in TERMINAL else (*required(case, rules), *leads(case, rules))
    return organisation in asked or bool(own_facilities(case, organisation, rules))


def _all(tx: Transaction, office: Office) -> Iterator[tuple[Case, Rules]]:
    for name in store.ids(tx, office.district):
        yield _load(tx, office, name)


def _line(case: Case, rules: Rules, day: str) -> CaseLine:
    obstacles = way_ahead(case, day, rules)
    waiting = [o for obstacle in obstacles for o in obstacle.who] or list(
        () if case.stage in TERMINAL else leads(case, rules)
    )
    return CaseLine(
        case=case.id,
        project=case.name,
        town=case.town,
        stage=case.stage,
        visit=case.visit,
        round=case.round,
        entered_on=case.entered_on,
        suspended=case.suspension is not None,
        waiting_for=tuple(dict.fromkeys(waiting)),
        obstacles=len(obstacles),
        exceptions=len(case.exceptions),
        active=bool(case.active),
        households=case.households,
        facilities=len(case.owed()),
        in_the_way=obstacles,
        limit=next(iter(due.running_lines(case, rules, day)), None),
    )


# -- the inbox -----------------------------------------------------------------------------------


def inbox(office: Office, organisation: str) -> list[Task]:
    """What an organisation must do now, the most urgent first; what has no limit comes last, longest waiting first."""
    with office.database.transaction() as tx:
        found = [task for case, rules in _all(tx, office) for task in tasks(case, rules, organisation, _today(office))]
    return sorted(found, key=lambda task: (due.urgency(task.limit), task.since, task.case))


# -- papers, journal, accounts -------------------------------------------------------------------


def document(office: Office, case: str, number: str, letter: bool = False) -> tuple[Filed, Content | None]:
    """One document, or one recorded letter, and the content of its file. Raises NotFound."""
    with office.database.transaction() as tx:
        facts, _ = _load(tx, office, case)
    rows: tuple[Filed, ...] = facts.paper_replies if letter else facts.documents
    for found in rows:
        if str(found.number) == number:
            return found, office.files.get(found.file) if found.file else None
    raise unknown("document", number, [str(d.number) for d in rows])


def history(office: Office, subject: str | None = None) -> list[Entry]:
    """The journal of one case, or of everything."""
    with office.database.transaction() as tx:
        known = journal.subjects(tx, office.district)
        if subject is not None and subject not in known:
            raise unknown("case", subject, known)
        wanted = known if subject is None else [subject]
        return [journal.shown(row) for name in wanted for row in journal.chain(tx, office.district, name)]


def verify(office: Office, checkpoint: dict[str, object] | None = None) -> Verification:
    """The chains, the rows, what sign-offs saw, the pinned configurations, and what stands beside the cases."""
    with office.database.transaction() as tx:
        found = journal.verify(tx, office.district, checkpoint)
        altered = [
            Finding(code="configuration_altered", params={"digest": d}) for d in office.configurations.altered(tx)
        ]
        beside = holdings.findings(tx, office.district, office.files)
        kept = () if altered else _limits(tx, office, {str(f.params.get("subject")) for f in found.findings})
        return found.model_copy(update={"findings": (*found.findings, *altered, *beside, *kept)})


def _limits(tx: Transaction, office: Office, damaged: Collection[str]) -> Iterator[Finding]:
    """The kept limits that are not what their case says; a case with damage of its own says nothing."""
    newest, day = office.configurations.newest(tx), _today(office)
    for name in store.ids(tx, office.district):
        if name not in damaged:
            case, rules = _load(tx, office, name)
            yield from limits.faults(tx, office.district, case, rules, newest, day)


def checkpoint(office: Office) -> dict[str, object]:
    with office.database.transaction() as tx:
        return journal.checkpoint(tx, office.district)


def delegation_lines(office: Office) -> list[DelegationLine]:
    with office.database.transaction() as tx:
        return delegations.listed(tx, office.district)


def account_lines(office: Office) -> list[AccountLine]:
    with office.database.transaction() as tx:
        return accounts.listed(tx, office.district)


def whoami(office: Office, token: str | None) -> AccountLine:
    """The account that asks. Raises NotAllowed."""
    with office.database.transaction() as tx:
        return accounts.holder(tx, office.district, token, _today(office))


def current_rules(office: Office) -> Rules:
    with office.database.transaction() as tx:
        return office.rules(tx)
