"""Results and errors as JSON: the same facts as on the screens, each obstacle with its sentence."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from states.errors import Obstacle, PeijianError
from views.commands import command_of
from views.wording import IDS, Namer, error_text, obstacle_text
from workflow.results import Task

_OBSTACLE = {field.name for field in fields(Obstacle)}


def as_json(result: Any, names: Namer = IDS) -> Any:
    """A result model, a fact, or a list of them, ready for ``json.dumps``.

    Every obstacle in it also has ``key`` and, in the current language, ``text``; a task its ``command``.
    """
    if isinstance(result, Task):
        return {**_told(result.model_dump(mode="json"), names), "command": command_of(result)}
    if isinstance(result, BaseModel):
        return _told(result.model_dump(mode="json"), names)
    if is_dataclass(result) and not isinstance(result, type):
        return _told(asdict(result), names)
    if isinstance(result, list | tuple):
        return [as_json(item, names) for item in result]
    if isinstance(result, dict):
        return {str(key): as_json(value, names) for key, value in result.items()}
    return result


def error_json(error: PeijianError, names: Namer = IDS) -> dict[str, Any]:
    """An error as JSON: its code, its exit code, its facts, the obstacles, and the text a person reads."""
    obstacles = getattr(error, "obstacles", None) or error.params.get("obstacles", ())
    params = {key: value for key, value in error.params.items() if key != "obstacles"}
    found: dict[str, Any] = {
        "error": error.code,
        "exit_code": error.exit_code,
        "params": as_json(params, names),
        "text": error_text(error, names),
    }
    shown = [as_json(o, names) for o in obstacles if isinstance(o, Obstacle)]
    return {**found, "obstacles": shown} if shown else found


def _told(value: Any, names: Namer) -> Any:
    if isinstance(value, dict):
        found = {key: _told(item, names) for key, item in value.items()}
        return {**found, **_texts(found, names)} if value.keys() == _OBSTACLE else found
    if isinstance(value, list | tuple):
        return [_told(item, names) for item in value]
    return value


def _texts(found: dict[str, Any], names: Namer) -> dict[str, str]:
    rows = {"who": tuple(found["who"]), "detail": tuple((str(k), str(v)) for k, v in found["detail"])}
    obstacle = Obstacle(**{**found, **rows})
    return {"key": obstacle.key, "text": obstacle_text(obstacle, names)}
