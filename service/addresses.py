"""Where each request is found: an address is the words of its command, and the first argument where it must have one.

``peijian facility amend ZDPT-2026-0001 F1 --gfa-m2 3240`` is ``POST /v1/facility/amend/ZDPT-2026-0001`` with
``{"facility": "F1", "gfa_m2": 3240}``; ``peijian case why ZDPT-2026-0001`` is ``GET /v1/case/why/ZDPT-2026-0001``.
What writes, or takes along more than plain values, is posted.

Nothing heavy at the top: the remote command line reads it at every start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

ROOT = "/v1/"
#: The header under which an action that is repeated is done once; quoted as in an address.
KEY = "Idempotency-Key"
#: What people see, laid out in lines for a width; ``interactive=1`` says that somebody sits at a terminal.
ROWS = "application/vnd.peijian.rows+json"
PROBLEM = "application/problem+json"
#: What a body may be: fields alone, or fields and files in parts.
JSON, PARTS = "application/json", "multipart/form-data"
#: How the command would have exited, where it is not 0.
EXIT_CODE = "Peijian-Exit-Code"
#: What is told of a file beside its content, as JSON.
FACTS = "Peijian-Facts"
#: The digest of a file, in hexadecimal digits.
SHA256 = "Peijian-SHA256"
#: What a proxy asks, as often as it likes.
HEALTH, READY = "/health", "/ready"
#: The part of a multipart body that holds the fields; each file is a part under the name of its field.
FIELDS = "fields"


def address(path: str, first: str | None) -> str:
    """The address of a request, with the value of its first argument."""
    words = ROOT + path.replace(" ", "/")
    return words if first is None else f"{words}/{quote(first, safe='', errors='surrogateescape')}"


def split(fields: Mapping[str, Any], argument: str | None) -> tuple[str | None, dict[str, Any]]:
    """What goes into the address, and what goes with it."""
    rest = dict(fields)
    return (None if argument is None else str(rest.pop(argument))), rest
