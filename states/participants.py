"""Who must sign off: computed from the case each time, never stored."""

from __future__ import annotations

from states.facts import GOVERNMENT, Case, Facility
from states.rules import COMPETENT, STANDING, STATE_ASSETS, Rules


def government_owned(case: Case) -> tuple[Facility, ...]:
    return tuple(f for f in case.owed() if case.requirement(f.facility).ownership == GOVERNMENT)


def own_facilities(case: Case, department: str, rules: Rules) -> tuple[Facility, ...]:
    """The facilities a department answers for; state assets answers for the government-owned."""
    owned = government_owned(case) if department == rules.roles.state_assets else ()
    return tuple(f for f in case.owed() if rules.competent(f) == department or f in owned)


def required(case: Case, rules: Rules, stage: str | None = None) -> tuple[str, ...]:
    """The departments whose sign-off the stage needs, in the order of the configuration.

    A facility without a competent department adds nobody here; the policy
    ``competence_assigned`` blocks it.
    """
    found: dict[str, None] = {}
    for party in rules.stages[stage or case.stage].sign_off:
        found.update(dict.fromkeys(_members(party, case, rules)))
    return tuple(found)


def _members(party: str, case: Case, rules: Rules) -> tuple[str, ...]:
    if party == STANDING:
        return rules.roles.standing
    if party == COMPETENT:
        return tuple(d for f in case.owed() if (d := rules.competent(f)))
    if party == STATE_ASSETS:
        return (rules.roles.state_assets,) if government_owned(case) else ()
    return (party,)


def issuers(case: Case, rules: Rules, kind: str) -> tuple[str, ...]:
    """The organisations that issue papers of a kind, the competent departments among them where named."""
    named = rules.documents[kind].issuer
    departments = _members(COMPETENT, case, rules) if COMPETENT in named else ()
    return tuple(dict.fromkeys(d for d in (*named, *departments) if d != COMPETENT))


def issuer(case: Case, rules: Rules, kind: str, filed_by: str) -> str:
    """Who issued a paper when nobody is named: who files it, unless exactly one other body issues the kind."""
    known = issuers(case, rules, kind)
    return known[0] if len(known) == 1 else filed_by


def leads(case: Case, rules: Rules) -> tuple[str, ...]:
    """Who leads the present stage; at handover every competent department, each its own facilities.

    A case that owes no facility stays with the lead of the planning review.
    """
    lead = rules.stages[case.stage].lead
    if lead != COMPETENT:
        return (lead,)
    return _members(COMPETENT, case, rules) or (rules.leads[0],)


def may_sign(case: Case, rules: Rules) -> tuple[str, ...]:
    """Those who are asked, and those who may add an opinion that nothing waits for (the town)."""
    towns = {"town": case.town}
    invited = (towns.get(party, party) for party in rules.stages[case.stage].may_sign)
    return tuple(dict.fromkeys((*required(case, rules), *invited)))
