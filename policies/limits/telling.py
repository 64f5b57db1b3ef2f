"""Who is told, and when messages may leave, pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.limits.ladder import Reminder
from policies.limits.periods import DEVELOPER
from states.rules import Addressee, Rules


@dataclass(frozen=True, slots=True)
class Person:
    """An open account."""

    account: str
    level: str


#: The open accounts of each organisation.
People = Mapping[str, Sequence[Person]]


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account of an organisation; with ``account`` empty the organisation itself, by its group or on the screen."""

    organisation: str
    account: str


def recipients(
    to: Iterable[Addressee], party: str, lead: str, people: People, groups: frozenset[str], rules: Rules, day: str
) -> tuple[Recipient, ...]:
    """Who is told of what ``party`` owes, each once.

    ``groups``: the organisations that have a group to be told in. What the developer owes is asked of the lead.
    Where nobody has the level that is asked for, everybody of the organisation is told; where there is nobody the
    organisation itself is, so that what cannot be delivered is at least seen.
    """
    found = dict.fromkeys(one for addressee in to for one in _told(addressee, party, lead, people, rules, day))
    told_in = (Recipient(body, "") for body in dict.fromkeys(one.organisation for one in found) if body in groups)
    return tuple(dict.fromkeys((*found, *told_in)))


def _told(addressee: Addressee, party: str, lead: str, people: People, rules: Rules, day: str) -> Iterator[Recipient]:
    if addressee == "office":
        named, levels = rules.roles.leading_group_office, ["clerks", "leaders"]
    else:
        of_lead, _, *levels = addressee.rpartition("_")
        named = lead if of_lead or party == DEVELOPER else party
    body = _acting(named, rules, day)
    everybody = people.get(body, ())
    asked = [person for person in everybody if f"{person.level}s" in levels] or everybody
    yield from (Recipient(body, person.account) for person in asked)
    if not asked:
        yield Recipient(body, "")


def _acting(body: str, rules: Rules, day: str) -> str:
    """The organisation or its successor; the leading-group office where there is none that the configuration knows."""
    return rules.acting(body if body in rules.organisations else rules.roles.leading_group_office, day)


def newest_first(
    rungs: Sequence[Reminder], told: Callable[[Reminder], Iterable[Recipient]]
) -> Iterator[tuple[Reminder, Recipient, bool]]:
    """Of several rungs that have come, whom each one tells, and whether a newer one tells the same recipient.

    Superseded is what a recipient was to be told before; what only others are told supersedes nothing.
    """
    already: set[Recipient] = set()
    for rung in reversed(rungs):
        named = set(told(rung))
        yield from ((rung, one, one in already) for one in sorted(named, key=lambda r: (r.organisation, r.account)))
        already |= named


def next_open(day: str, time: str, rules: Rules) -> str:
    """The day (ISO) on which what is known at a time leaves at the earliest."""
    still = rules.calendar.works(day) and time < rules.reminders.open_until
    return day if still else rules.calendar.later(day, 1)


def open_for_messages(day: str, time: str, rules: Rules) -> bool:
    """Whether messages leave on a day (ISO) at a time (``09:00``): in the office's hours on working days."""
    hours = rules.reminders
    return rules.calendar.works(day) and hours.open_from <= time < hours.open_until
