"""Documents: what an edge asks for, in which order the land papers stand, what must not be there yet."""

from __future__ import annotations

from collections.abc import Iterator

from policies.question import Question
from states.actions.cases import AddDocument
from states.errors import Obstacle
from states.participants import issuers


def _missing(q: Question, kind: str) -> Obstacle:
    who = tuple(dict.fromkeys((*issuers(q.case, q.rules, kind), *q.lead)))
    return q.obstacle("document_missing", kind, who, basis=q.rules.documents[kind].basis)


def documents(q: Question) -> Iterator[Obstacle]:
    """The numbered papers of the edge are filed, with a file where the kind needs one."""
    assert q.edge
    for kind in q.rules.documents_asked(q.edge.name):
        paper = q.case.document(kind)
        if paper is None:
            yield _missing(q, kind)
        elif q.rules.documents[kind].file_required and not paper.file:
            yield q.obstacle("file_missing", kind, reference=paper.reference)


def land_deal(q: Question) -> Iterator[Obstacle]:
    """The land was sold to a developer with a credit code, or allocated (K09)."""
    if q.case.document("allocation_decision"):
        return
    if not q.case.document("deal_confirmation"):
        yield _missing(q, "deal_confirmation")
    if not (q.case.developer and q.case.developer_code):
        yield q.obstacle("developer_missing")


def agreement_before_contract(q: Question) -> Iterator[Obstacle]:
    """The handover agreement is not later than the land contract (X-05)."""
    agreement, contract = q.case.document("handover_agreement"), q.case.document("land_contract")
    if agreement and contract and agreement.issued_on > contract.issued_on:
        yield q.obstacle("contract_before_agreement", agreement=agreement.issued_on, contract=contract.issued_on)


def contract_follows_agreement(q: Question) -> Iterator[Obstacle]:
    """A land contract is filed only behind an agreement that is not later (X-05)."""
    assert isinstance(q.action, AddDocument)
    if q.action.kind != "land_contract":
        return
    agreement, signed = q.case.document("handover_agreement"), q.action.issued_on.isoformat()
    if agreement is None:
        yield _missing(q, "handover_agreement")
    elif agreement.issued_on > signed:
        yield q.obstacle("contract_before_agreement", agreement=agreement.issued_on, contract=signed)


def number_not_voided(q: Question) -> Iterator[Obstacle]:
    """A revoked certificate does not come back under its old number."""
    assert isinstance(q.action, AddDocument)
    if q.action.kind != "comprehensive_acceptance_certificate":
        return
    same = (d for d in q.case.documents if (d.kind, d.reference) == (q.action.kind, q.action.reference))
    if any(d.voided for d in same):
        yield q.obstacle("number_voided", q.action.kind, reference=q.action.reference)


def issuer_fits(q: Question) -> Iterator[Obstacle]:
    """Nobody claims to have issued what is another's to issue."""
    assert isinstance(q.action, AddDocument)
    kind, named = q.action.kind, q.action.issuer
    known = issuers(q.case, q.rules, kind)
    if named and known and named not in known:
        yield q.obstacle("not_the_issuer", kind, known, named=named)


def no_land_deal(q: Question) -> Iterator[Obstacle]:
    """Once the land is sold or allocated the planning review cannot simply be reopened."""
    for kind in ("deal_confirmation", "allocation_decision", "land_contract"):
        if paper := q.case.document(kind):
            yield q.obstacle("land_deal_made", kind, (), reference=paper.reference)


def no_land_contract(q: Question) -> Iterator[Obstacle]:
    """A deal whose contract is signed has not failed."""
    if paper := q.case.document("land_contract"):
        yield q.obstacle("land_contract_signed", "land_contract", (), reference=paper.reference)


def district_decision(q: Question) -> Iterator[Obstacle]:
    """From the construction permit on, ending a case takes a decision of the district government."""
    if not q.case.document("district_government_decision"):
        yield _missing(q, "district_government_decision")
