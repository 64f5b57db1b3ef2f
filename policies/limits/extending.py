"""Whether a running limit may be extended, and by how much."""

from __future__ import annotations

from collections.abc import Iterator

from policies.limits.deadlines import extensions_of, running
from policies.question import Question
from states.actions.limits import ExtendLimit
from states.errors import Obstacle
from states.rules import ExtensionRule, Rules


def extension_rule(rules: Rules, code: str) -> ExtensionRule | None:
    limit = rules.limit(code)
    return limit.extension if limit else None


def limit_extendable(q: Question) -> Iterator[Obstacle]:
    """The limit runs, the configuration lets it be extended, and not more often or by more than it says."""
    assert isinstance(q.action, ExtendLimit)
    rule, concern = extension_rule(q.rules, q.action.limit), q.action.concern or ""
    if rule is None:
        yield q.obstacle("not_extendable", q.action.limit, ())
        return
    same = [d for d in running(q.case, q.rules) if d.code == q.action.limit]
    deadline = next((d for d in same if d.concern == concern), None)
    if deadline is None:
        code = "limit_not_named" if same else "limit_not_running"
        yield q.obstacle(code, q.action.limit, (), concerns=", ".join(d.concern for d in same))
        return
    if len(extensions_of(q.case, deadline)) >= rule.times:
        yield q.obstacle("extended_enough", q.action.limit, (), times=rule.times, basis=rule.basis)
    if q.action.by > rule.at_most:
        yield q.obstacle("extension_too_long", q.action.limit, (), at_most=rule.at_most, basis=rule.basis)
