"""Forms that lead through what is known: a sign-off, a written rectification opinion, the developer's report on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from commands import dialogue
from commands.choices import Desk
from commands.dialogue import agrees, choose, show, tell
from commands.forms import Fields, field_title, fill, parser
from policies.signing import AGREEING, must_be_involved
from states.actions.acceptance import AnswerTerms, ItemTerms, OrderRectification
from states.actions.opinions import VERDICT_NEEDS, ConditionTerms, Judgement, Sign
from states.facts import Facility, SignOff
from states.participants import own_facilities
from states.project import Stage
from states.remit import snapshot
from views import forms
from views.labels import label
from views.language import _
from views.page import Gap, Paragraph, quiet, say, strong


def sign(desk: Desk, given: Fields, earlier: Fields) -> Fields:
    """The own facilities one by one, then the verdict and what it needs."""
    if absent := given.get("on_behalf_of"):
        desk = replace(desk, organisation=absent)
    case = desk.case.case
    own = own_facilities(case, desk.organisation, desk.rules)
    show(forms.changes_page(desk.case, desk.names, desk.organisation))
    if desk.organisation in (*desk.rules.leads, desk.rules.stages[case.stage].lead) or not own:
        show(forms.facility_page(desk.case, desk.names, case.owed()))
    judged = tuple(_looked_at(desk, own, earlier, "judgements" not in given))
    negative = any(not (j["built_in_place"] and j["meets_standard"]) for j in judged)
    fields = {**given, "judgements": judged} if judged else dict(given)
    fields["verdict"] = given.get("verdict") or _verdict(desk, negative, earlier.get("verdict"))
    asked = tuple(name for name in VERDICT_NEEDS[fields["verdict"]] if name != "conditions")
    paper = ("letter", "letter_on", "scan") if absent else ()
    fields = fill(desk, Sign, fields, earlier, (*paper, *(asked or ("text",))))
    if fields["verdict"] == "agree_with_conditions" and "conditions" not in given:
        fields["conditions"] = tuple(_conditions(desk, earlier.get("conditions", ())))
    return fields


def outdated(desk: Desk) -> bool:
    """Whether what the department would sign for is no longer what it was shown."""
    now = desk.afresh(desk.case.case.id)
    if now.case.case.stage != desk.case.case.stage:
        return True
    shown = snapshot(desk.case.case, desk.organisation, desk.rules)
    return snapshot(now.case.case, desk.organisation, now.rules) != shown


def _looked_at(desk: Desk, own: tuple[Facility, ...], earlier: Fields, judging: bool) -> Iterator[Fields]:
    """Each own facility with its requirement and evidence; at the acceptance, the two judgements."""
    before = {j["facility"]: j for j in earlier.get("judgements", ())}
    for number, facility in enumerate(own, 1):
        note = _("your facility {n} of {all}").format(n=number, all=len(own))
        show(forms.facility_page(desk.case, desk.names, (facility,), note))
        if judging and desk.case.case.stage == Stage.ACCEPTANCE:
            yield _judgement(facility.facility, before.get(facility.facility, {}))


def _judgement(facility: str, before: Fields) -> Fields:
    found: Fields = {"facility": facility}
    for name in ("built_in_place", "meets_standard"):
        found[name] = agrees("  " + _("{question}?").format(question=field_title(Judgement, name)), before.get(name))
    if not (found["built_in_place"] and found["meets_standard"]):
        note = dialogue.ask(_("  What is wrong (Enter: leave out): "), parser(Judgement.model_fields["note"]), True)
        found |= {"note": note} if note else {}
    return found


def _verdict(desk: Desk, negative: bool, earlier: str | None) -> str:
    """The form that follows from the judgements is proposed; one that would be refused is not offered."""
    if negative:
        tell(_("A judgement is negative, so the verdict is: {verdict}.").format(verdict=label("object")), "warn")
        return "object"
    offered = ["agree", "agree_with_conditions", "object"]
    if not must_be_involved(desk.case.case, desk.organisation, desk.rules):
        offered.append("not_involved")
    options = [(verdict, label(verdict)) for verdict in offered]
    chosen = choose(field_title(Sign, "verdict"), options, default=earlier if earlier in offered else "agree")
    return chosen or "agree"


def _conditions(desk: Desk, earlier: tuple[Fields, ...]) -> Iterator[Fields]:
    """At least one; those given before are kept."""
    number = 0
    while number == 0 or number < len(earlier) or agrees(_("Another condition?"), False):
        number += 1
        tell(_("Condition {n}").format(n=number), "strong")
        before = earlier[number - 1] if number <= len(earlier) else {}
        yield fill(desk, ConditionTerms, {}, before)


def order(desk: Desk, given: Fields, earlier: Fields) -> Fields:
    """One item for every objecting department and facility, filled with the objection."""
    fields = fill(desk, OrderRectification, given, earlier, ("reference",))
    before = {(i["department"], i["facility"]): i for i in earlier.get("items", ())}
    found = []
    for given_off, facility in _objections(desk):
        known = {"department": given_off.department, "facility": facility.facility}
        names = (desk.names.organisation(given_off.department), desk.names.facility(facility.facility))
        show((Gap(), Paragraph(say(strong(_(" · ").join(names))))))
        objection = {"fact": given_off.reason, "basis": given_off.basis, "requirement": given_off.requested_change}
        place = (given_off.department, facility.facility)
        found.append(fill(desk, ItemTerms, known, before.get(place, objection)))
    if not found:
        tell(_("No department objects on a facility: there is nothing to order."), "warn")
        dialogue.give_up()
    return {**fields, "items": tuple(found)}


def _objections(desk: Desk) -> Iterator[tuple[SignOff, Facility]]:
    """The objections that stand, each with the facilities it judges negatively, or else all of its own."""
    case = desk.case.case
    for answer in desk.case.answers:
        given = case.sign_off(answer.department)
        if given is None or given.verdict in AGREEING or given.verdict == "not_involved":
            continue
        judged = json.loads(given.judgements or "{}")
        bad = [f for f in case.owed() if f.facility in judged and not all(judged[f.facility])]
        for facility in bad or own_facilities(case, answer.department, desk.rules) or case.owed():
            yield given, facility


def report(desk: Desk, given: Fields, earlier: Fields) -> Fields:
    """The developer's answer to every item of the written opinion that closed the round."""
    before = {a["item"]: a for a in earlier.get("answers", ())}
    found = []
    case = desk.case.case
    for item in (i for i in case.items if (i.visit, i.round) == (case.visit, case.round)):
        asked = say(strong(f"{item.item} {desk.names.facility(item.facility)}"), "  ", item.fact)
        show((Gap(), Paragraph(asked, 0, 2), Paragraph(say(quiet(_("required: ")), item.requirement), 2, 2)))
        found.append(fill(desk, AnswerTerms, {"item": item.item}, before.get(item.item, {})))
    return {**given, "answers": tuple(found)}
