"""What goes out to a server behind the headers: fields as JSON, and files in parts, piece by piece.

Read at every start of the remote command line: nothing heavy.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from service.addresses import FIELDS
from service.shown import Upload

if TYPE_CHECKING:
    from states.errors import PeijianError

_PIECE = 65_536


class Body(NamedTuple):
    """What is sent behind the headers."""

    headers: Mapping[str, str] = {}
    content: bytes | Iterable[bytes] | None = None


def body_of(fields: Mapping[str, Any]) -> Body:
    """Fields as JSON; with files, in parts, and these piece by piece."""
    files = {name: file for name, value in fields.items() if (file := _as_file(value))}
    plain = json.dumps({name: value for name, value in fields.items() if name not in files}, default=str).encode()
    if not files:
        return Body({"Content-Type": "application/json"}, plain)
    mark = uuid.uuid4().hex
    heads = [_head(mark, FIELDS) + plain, *(_head(mark, name, file.name) for name, file in files.items())]
    end = f"\r\n--{mark}--\r\n".encode()

    def parts() -> Iterator[bytes]:
        yield heads[0]
        for head, file in zip(heads[1:], files.values(), strict=True):
            yield head
            yield from file.pieces()
        yield end

    size = sum(map(len, (*heads, end))) + sum(file.size for file in files.values())
    return Body({"Content-Type": f"multipart/form-data; boundary={mark}", "Content-Length": str(size)}, parts())


class _Going(NamedTuple):
    """A file on its way out."""

    name: str
    size: int
    opened: Callable[[], BinaryIO]

    def pieces(self) -> Iterator[bytes]:
        """As many bytes as were announced. Raises Conflict where there are others by now, Invalid where there are none.

        Neither is an error of the network, after which one would try again.
        """
        left = self.size
        try:
            with self.opened() as source:
                while piece := source.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except OSError as error:
            raise invalid("file_unreadable", path=self.name) from error
        if left:
            from states.errors import Conflict

            raise Conflict("changed_meanwhile")


def _as_file(value: Any) -> _Going | None:
    """A file, where the value of a field is one (``commands/asking.py``)."""
    if isinstance(value, Upload):
        if not value.is_file():
            raise invalid("file_unreadable", path=str(value))
        return _Going(str(value), value.path.stat().st_size, lambda: value.open("rb"))
    if isinstance(value, Mapping) and hasattr(value.get("content"), "opened"):
        return _Going(value["name"], value["content"].size, value["content"].opened)
    return None


def _head(mark: str, name: str, file: str | None = None) -> bytes:
    """The lines before a part. Raises Invalid for the name of a file that is more than a line; no record has one."""
    if file is not None and ("\n" in file or "\r" in file):
        problem = {"field": f"{name}.name", "type": "string_pattern_mismatch", "ctx": {}, "text": ""}
        raise invalid("invalid_input", problems=[problem])
    quoted = (file or "").replace("\\", "\\\\").replace('"', '\\"')
    said = f'; filename="{quoted}"' if file is not None else ""
    line = f'\r\n--{mark}\r\nContent-Disposition: form-data; name="{name}"{said}\r\n\r\n'
    return line.encode(errors="surrogateescape")


def invalid(code: str, **params: Any) -> PeijianError:
    from states.errors import Invalid

    return Invalid(code, params)
