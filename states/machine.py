"""The fence around ``transitions``: the only module that imports it.

It is asked one question, whether an edge is legal, and draws the diagram. It holds no model, no
callback and no condition: policies would stop at the first and give no reason.
"""

from __future__ import annotations

from collections.abc import Callable

from transitions import Machine

from states.project import EDGES, ENTRY, Edge, Stage, Way


def _trigger(action: str) -> str:
    return action.replace(" ", "_").replace("-", "_")


def build(edges: tuple[Edge, ...], initial: Stage) -> Machine:
    """A machine without model or ``to_*`` triggers, from the lifecycle table."""
    return Machine(
        model=None,
        states=[s.value for s in Stage],
        initial=initial.value,
        transitions=[{"trigger": _trigger(e.action), "source": e.source.value, "dest": e.target.value} for e in edges],
        auto_transitions=False,
    )


_MACHINE = build(EDGES, ENTRY)


def legal(stage: str, action: str) -> bool:
    """Whether the lifecycle has an edge for ``action`` from ``stage``."""
    return bool(_MACHINE.get_transitions(trigger=_trigger(action), source=stage))


def mermaid(stage_label: Callable[[str], str], action_label: Callable[[str], str]) -> str:
    """The lifecycle as a Mermaid state diagram: ASCII ids, labels from the two functions.

    Termination leaves every stage and would cover the picture, so it stands in a note.
    """
    lines = ["stateDiagram-v2"]
    lines += [f'  state "{stage_label(s)}" as {s.value}' for s in Stage]
    lines.append(f"  [*] --> {_MACHINE.initial}")
    lines += [
        f"  {e.source.value} --> {e.target.value}: {action_label(e.action)}" for e in EDGES if e.way is not Way.OUT
    ]
    lines += ["  in_use --> [*]", "  terminated --> [*]"]
    lines.append(f"  note right of terminated: {action_label('case terminate')}")
    return "\n".join(lines) + "\n"
