"""Who may do what, where: action -> edge or stage -> organisation -> level, as data.

``docs/authority.md`` shows this table; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from policies.changes import consenting
from policies.limits.extending import extension_rule
from policies.question import Question
from states.actions.cases import AddDocument
from states.actions.exceptions import Decide
from states.actions.limits import ExtendLimit
from states.actions.opinions import Discharge, Sign
from states.errors import Obstacle, unknown
from states.exceptions import kind_lifting
from states.participants import issuers, leads, may_sign, own_facilities
from states.project import EDGES, OPTIONAL, TERMINAL, Stage
from states.rules import COMPETENT, LEAD, ExtensionRule


class Party(StrEnum):
    """In which capacity an organisation acts."""

    #: leads the stage at which a case enters
    OPENER = "opener"
    #: leads the present stage
    LEAD = "lead"
    #: is asked for its sign-off (or may add an opinion)
    ASKED = "asked"
    #: is competent for the facility concerned
    FACILITY_DEPARTMENT = "facility_department"
    #: set the condition concerned
    CONDITION_DEPARTMENT = "condition_department"
    #: issues papers of the kind concerned
    ISSUER = "issuer"
    #: leads the completion joint acceptance, and so issues its certificate
    CERTIFIER = "certifier"
    #: must consent to the change request concerned
    CHANGE_PARTY = "change_party"
    #: is asked, or has a letter recorded in its name, in whatever stage
    LETTER_DEPARTMENT = "letter_department"
    #: may decide, by the configuration, what lifts the obstacle concerned
    DECIDER = "decider"
    #: may extend the limit concerned, by the configuration
    EXTENDER = "extender"
    STATE_ASSETS = "state_assets"
    LEADING_GROUP_OFFICE = "leading_group_office"


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of the table. ``level``: clerk, leader, or as the configuration says: of the stage (signing),
    of the kind of decision (deciding), of the limit (extending)."""

    action: str
    stages: tuple[Stage, ...]
    parties: tuple[Party, ...]
    level: str = "clerk"


#: Where a project is registered: a new one in planning, an older or other one where the housing bureau takes it up.
_ENTRIES = (Stage.PLANNING, Stage.PERMIT, Stage.ACCEPTANCE)
_RUNNING = tuple(s for s in Stage if s not in TERMINAL)
_REVIEWS = (Stage.PLANNING, Stage.LAND_SUPPLY)
_SIGNED = tuple(s for s in _RUNNING if s is not Stage.CONSTRUCTION)
_CHANGING = tuple(s for s in _RUNNING if s is not Stage.PLANNING)
_BUILDING = (Stage.CONSTRUCTION, Stage.PRESALE, Stage.ACCEPTANCE)


def _edge(action: str, *parties: Party, level: str = "clerk") -> Permission:
    return Permission(action, tuple(e.source for e in EDGES if e.action == action), parties or (Party.LEAD,), level)


PERMISSIONS: dict[str, Permission] = {
    p.action: p
    for p in (
        Permission("case open", _ENTRIES, (Party.OPENER,)),
        Permission("case import", tuple(s for s in _RUNNING if s not in OPTIONAL), (Party.OPENER,)),
        Permission("case amend", (*_REVIEWS, Stage.AGREEMENT), (Party.LEAD,)),
        Permission("case circulate", _SIGNED, (Party.LEAD,)),
        _edge("case advance"),
        _edge("case return"),
        _edge("case reopen"),
        _edge("case land-deal-failed"),
        Permission("case suspend", _RUNNING, (Party.LEAD,)),
        Permission("case resume", _RUNNING, (Party.LEAD,)),
        _edge("case terminate", level="leader"),
        Permission("case adopt-config", _RUNNING, (Party.LEAD,), "leader"),
        Permission("facility add", _REVIEWS, (Party.LEAD,)),
        Permission("facility amend", (*_REVIEWS, Stage.AGREEMENT), (Party.LEAD,)),
        Permission("facility remove", (Stage.PLANNING,), (Party.LEAD,)),
        Permission("facility decide", _REVIEWS, (Party.LEAD,)),
        Permission("facility designate", _RUNNING, (Party.LEADING_GROUP_OFFICE,)),
        Permission("facility drawings", (Stage.PERMIT,), (Party.LEAD,)),
        Permission("facility progress", _BUILDING, (Party.LEAD, Party.FACILITY_DEPARTMENT)),
        Permission("facility measure", (Stage.CONSTRUCTION, Stage.ACCEPTANCE), (Party.LEAD, Party.FACILITY_DEPARTMENT)),
        Permission("facility hand-over", (Stage.HANDOVER,), (Party.FACILITY_DEPARTMENT,)),
        Permission("facility register", (Stage.HANDOVER,), (Party.FACILITY_DEPARTMENT, Party.STATE_ASSETS)),
        Permission("facility asset-entry", (Stage.HANDOVER,), (Party.STATE_ASSETS,)),
        # A clerk signs too: where only a leader signs, it is a draft, which a leader issues.
        Permission("sign", _SIGNED, (Party.ASKED,)),
        Permission("issue", _SIGNED, (Party.ASKED,), "signing"),
        Permission("withdraw", _SIGNED, (Party.ASKED,), "signing"),
        Permission("contest", _RUNNING, (Party.LETTER_DEPARTMENT,), "signing"),
        Permission("condition discharge", _RUNNING, (Party.CONDITION_DEPARTMENT,), "signing"),
        Permission("change propose", _CHANGING, (Party.LEAD,)),
        Permission("change consent", _CHANGING, (Party.CHANGE_PARTY,), "leader"),
        Permission("change apply", _CHANGING, (Party.LEAD,), "leader"),
        Permission("change withdraw", _CHANGING, (Party.LEAD,)),
        Permission("decide", _RUNNING, (Party.DECIDER,), "deciding"),
        Permission("limit extend", _RUNNING, (Party.EXTENDER,), "extending"),
        Permission("hear", _REVIEWS, (Party.LEAD,)),
        Permission("answer", _REVIEWS, (Party.LEAD,)),
        Permission("document add", _RUNNING, (Party.ISSUER, Party.LEAD)),
        _edge("presale request"),
        _edge("presale clear"),
        _edge("presale withdraw"),
        _edge("acceptance trigger"),
        _edge("acceptance order"),
        _edge("acceptance report"),
        _edge("acceptance certify"),
        # The certificate is the acceptance lead's, although the stage it is revoked from is led by others.
        _edge("acceptance revoke", Party.CERTIFIER, level="leader"),
    )
}


def refusals(q: Question) -> Iterator[Obstacle]:
    """Why this account may not do this; empty when it may."""
    assert q.action and q.actor
    permission = PERMISSIONS[q.action.name]
    if q.actor.level not in ("clerk", "leader"):
        yield q.obstacle("level_never_acts", q.actor.level, ())
        return
    allowed = tuple(dict.fromkeys(o for party in permission.parties for o in _holders(party, q)))
    if q.actor.organisation not in allowed:
        yield q.obstacle("not_your_task", q.actor.organisation, allowed, action=q.action.name)
        return
    level = _level(permission, q)
    if level == "leader" and q.actor.level != "leader":
        yield q.obstacle("leader_needed", q.actor.organisation, (q.actor.organisation,))
    if isinstance(q.action, Sign):
        yield from _foreign_judgements(q, q.action)


def _level(permission: Permission, q: Question) -> str:
    if permission.level == "signing":
        return q.rules.stages[q.case.stage].signing_level
    if permission.level == "deciding":
        kind = _kind(q)
        return q.rules.exceptions[kind].level if kind else "leader"
    if permission.level == "extending":
        rule = _extension(q)
        return rule.level if rule else "leader"
    return permission.level


def _extension(q: Question) -> ExtensionRule | None:
    """What the configuration says about extending the limit that the action names."""
    assert isinstance(q.action, ExtendLimit)
    return extension_rule(q.rules, q.action.limit)


def _extenders(q: Question) -> tuple[str, ...]:
    """Who extends the limit; the lead is told so where nobody may."""
    rule = _extension(q)
    if rule is None or rule.by == LEAD:
        return leads(q.case, q.rules)
    return (q.acting(rule.by),)


def _kind(q: Question) -> str | None:
    """The kind of decision that lifts what the action names."""
    assert isinstance(q.action, Decide)
    return kind_lifting(q.action.code, q.case.stage, q.rules)


def _deciders(q: Question) -> tuple[str, ...]:
    """The body that decides; where nothing lifts the obstacle every body that decides anything is told so."""
    kind = _kind(q)
    bodies = [q.rules.exceptions[kind].body] if kind else [rule.body for rule in q.rules.exceptions.values()]
    return tuple(q.acting(body) for body in dict.fromkeys(bodies))


def _holders(party: Party, q: Question) -> tuple[str, ...]:
    """The organisations that act in a capacity, for this case and this action."""
    if party is Party.LEAD:
        return leads(q.case, q.rules)
    if party is Party.OPENER:
        lead = q.rules.stages[q.case.stage].lead
        return (lead,) if lead != COMPETENT else (q.rules.stages[Stage.ACCEPTANCE].lead,)
    if party is Party.CERTIFIER:
        return (q.rules.stages[Stage.ACCEPTANCE].lead,)
    if party is Party.ASKED:
        return _asked(q)
    if party is Party.LETTER_DEPARTMENT:
        return tuple(dict.fromkeys((*may_sign(q.case, q.rules), *(p.department for p in q.case.paper_replies))))
    if party is Party.CHANGE_PARTY:
        return consenting(q, q.case.change(getattr(q.action, "change", 0)))
    if party is Party.DECIDER:
        return _deciders(q)
    if party is Party.EXTENDER:
        return _extenders(q)
    if party is Party.FACILITY_DEPARTMENT:
        competent = q.rules.competent(q.case.facility(getattr(q.action, "facility", "")))
        return (competent,) if competent else ()
    if party is Party.CONDITION_DEPARTMENT:
        assert isinstance(q.action, Discharge)
        return (q.case.conditions[q.action.condition - 1].department,)
    if party is Party.ISSUER:
        assert isinstance(q.action, AddDocument)
        return issuers(q.case, q.rules, q.action.kind)
    office = {
        Party.STATE_ASSETS: q.rules.roles.state_assets,
        Party.LEADING_GROUP_OFFICE: q.rules.roles.leading_group_office,
    }[party]
    return (q.acting(office),)


def _asked(q: Question) -> tuple[str, ...]:
    """The departments asked; the lead in the place of another one whose letter it records."""
    asked = may_sign(q.case, q.rules)
    absent = q.action.on_behalf_of if isinstance(q.action, Sign) else None
    if absent is None:
        return asked
    if absent not in q.rules.organisations:
        raise unknown("organisation", absent, q.rules.organisations)
    return tuple(lead for lead in leads(q.case, q.rules) if absent in asked and absent != lead)


def _foreign_judgements(q: Question, action: Sign) -> Iterator[Obstacle]:
    assert q.actor
    own = {f.facility for f in own_facilities(q.case, action.department(q.actor), q.rules)}
    for judgement in action.judgements:
        if judgement.facility not in own:
            yield q.obstacle("not_your_facility", judgement.facility, q.department_of(judgement.facility))
