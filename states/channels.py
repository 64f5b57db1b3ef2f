"""The ways by which messages leave the program: ``channels`` of ``config.yaml``, as frozen data.

A channel is one of the classes below, told apart by ``kind``. No secret stands in one: ``*_env`` names the
environment variable that holds it, ``*_file`` the file. Relative paths count from the folder of the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

_STRICT = {"extra": "forbid"}

#: ASCII alone: what every server takes without an extension. No quoted local parts, no comments.
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_MAILBOX = rf"[A-Za-z0-9_+=-]+(\.[A-Za-z0-9_+=-]+)*@{_LABEL}(\.{_LABEL})*"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:]*"


@dataclass(frozen=True, slots=True)
class Folder:
    """Each message becomes an ``.eml`` file in a folder."""

    __pydantic_config__ = _STRICT
    kind: Literal["folder"] = "folder"
    path: str = "outbox"


@dataclass(frozen=True, slots=True)
class Console:
    """Each message is printed."""

    __pydantic_config__ = _STRICT
    kind: Literal["console"]


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. ``timeout_seconds`` is the time for a whole delivery, by the clock on the wall.

    ``ca_file``: certificates (PEM) to trust instead of the system's, for an office's own authority.
    """

    __pydantic_config__ = _STRICT
    kind: Literal["smtp"]
    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    from_address: str
    from_name: str
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    timeout_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Robot:
    """A WeCom robot; it speaks in one group. The secret is its whole URL, or the key in it."""

    __pydantic_config__ = _STRICT
    url_env: str | None = None
    url_file: str | None = None


@dataclass(frozen=True, slots=True)
class WeCom:
    """WeCom group robots, by organisation. Only the brief lines of a message go there."""

    __pydantic_config__ = _STRICT
    kind: Literal["wecom"]
    robots: dict[str, Robot]
    timeout_seconds: int = 15


@dataclass(frozen=True, slots=True)
class Webhook:
    """Another authority's platform, which gets each message as signed JSON."""

    __pydantic_config__ = _STRICT
    kind: Literal["webhook"]
    url: str
    secret_env: str | None = None
    secret_file: str | None = None
    timeout_seconds: int = 15


class _ByKind:
    """Tells pydantic, which is not imported before a file is parsed, that ``kind`` says which class it is."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import Field

        return handler.generate_schema(Annotated[source, Field(discriminator="kind")])


AnyChannel: TypeAlias = Folder | Console | Smtp | WeCom | Webhook
Channel: TypeAlias = Annotated[AnyChannel, _ByKind()]
#: Class of a channel by its ``kind``.
KINDS: dict[str, Any] = {
    "folder": Folder, "console": Console, "smtp": Smtp, "wecom": WeCom, "webhook": Webhook,
}  # fmt: skip


def is_mailbox(text: str) -> bool:
    """Whether a text is a plain mail address (RFC 5321), in ASCII."""
    return len(text) <= 254 and len(text.partition("@")[0]) <= 64 and re.fullmatch(_MAILBOX, text) is not None


def is_host(text: str) -> bool:
    """Whether a text can be the name or address of a host."""
    return re.fullmatch(_HOST, text) is not None and ".." not in text


def is_local(host: str) -> bool:
    """Whether a host is this machine, so that nobody listens between."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None


def is_web_address(text: str) -> bool:
    """Whether a text is an https URL (http to this machine), with a host and nobody's password in it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_local(parts.hostname or ""))
    plain = re.fullmatch(r"[!-~]+", text) is not None and "@" not in parts.netloc and not parts.fragment
    return safe and plain and is_host(parts.hostname or "") and port != 0
