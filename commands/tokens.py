"""Tokens that were kept by ``peijian login``: one for each server or database, in a file of their owner's alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

_MODE = 0o600


def path() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA") or Path.home() / ".config"
    return Path(home) / "peijian" / "tokens.json"


def kept(place: str) -> str | None:
    """The token for a server or a database. Raises Invalid for a file that others can read, or nobody."""
    return _read().get(place)


def keep(place: str, token: str | None) -> None:
    """Keep a token, or forget it. Raises Invalid where the file cannot be written."""
    from states.errors import Invalid

    known = {**_read(), place: token or ""}
    content = json.dumps({place: one for place, one in known.items() if one}, indent=1)
    partial = path().with_name(f"tokens.json.{os.getpid()}")
    try:
        path().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w", encoding="utf-8") as file:
            file.write(content)
        partial.replace(path())
    except OSError as error:
        raise Invalid("token_file_unusable", {"path": str(path())}) from error


def _read() -> dict[str, str]:
    try:
        if os.name == "posix" and path().stat().st_mode & 0o077:
            from states.errors import Invalid

            raise Invalid("token_file_open", {"path": str(path())})
        found = json.loads(path().read_text(encoding="utf-8"))
        return {str(place): str(token) for place, token in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        from states.errors import Invalid

        raise Invalid("token_file_unusable", {"path": str(path())}) from error
