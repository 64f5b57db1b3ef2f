"""The root of all actions, and the types their fields are made of."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from states.content import MAX_ATTACHMENT, Content

#: Controls, invisible and bidirectional marks, surrogates, unassigned, separators: no place in a record.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


def printable(text: str) -> str:
    """NFC text without what cannot be seen; line breaks may stay."""
    for character in text:
        if unicodedata.category(character) in _UNPRINTABLE and character != "\n":
            raise PydanticCustomError(
                "unprintable", "contains the character U+{code}", {"code": f"{ord(character):04X}"}
            )
    return unicodedata.normalize("NFC", text)


def _bare_name(name: str) -> str:
    if "/" in name or "\\" in name or name in (".", ".."):
        raise PydanticCustomError("file_name", "is not a plain file name")
    return name


def _no_number(given: Any) -> Any:
    try:
        float(given)
    except (TypeError, ValueError):
        return given
    raise PydanticCustomError("date_parsing", "must be a day")


def terms_of(value: Any) -> Any:
    """``key=value; key=value`` as typed on a command line, to a mapping; anything else unchanged.

    Raises PydanticCustomError for a key that is named twice.
    """
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.replace("；", ";").split(";") if part.strip()]
    found: dict[str, str] = {}
    for key, _, text in pairs:
        if key.strip() in found:
            raise PydanticCustomError("key_twice", "names {key} twice", {"key": key.strip()})
        found[key.strip()] = text.strip()
    return found


def terms(model: Any) -> Any:
    """A nested model that may also be written as ``key=value; key=value``."""
    return Annotated[model, BeforeValidator(terms_of)]


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000),
    AfterValidator(printable),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\n]*$"),
    AfterValidator(printable),
]
ID_FORM = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}$"
Identifier = Annotated[str, StringConstraints(strip_whitespace=True, pattern=ID_FORM)]
#: A day is never a number, which would be taken for seconds since 1970.
Day = Annotated[date, BeforeValidator(_no_number)]
#: Square metres, or a ratio: at most two decimals.
Area = Annotated[Decimal, Field(gt=0, le=Decimal("100000000"), decimal_places=2, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0, le=1_000_000)]
FileName = Annotated[Line, AfterValidator(_bare_name)]


def hundredths(area: Decimal | None) -> int | None:
    """Square metres to the unit of the facts."""
    return None if area is None else int(area * 100)


class Model(BaseModel):
    """Closed and frozen: an unknown field is an error, a value never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _content(given: Any) -> Any:
    return Content.of(given) if isinstance(given, bytes) else given


def _fitting(content: Content) -> Content:
    if not content.size:
        raise PydanticCustomError("bytes_too_short", "must not be empty")
    if content.size > MAX_ATTACHMENT:
        raise PydanticCustomError(
            "bytes_too_long", "must not be larger than {max_length} bytes", {"max_length": MAX_ATTACHMENT}
        )
    return content


class Attachment(Model):
    """A file that comes with an action; its content is stored by its SHA-256. Bytes will do as content."""

    name: FileName
    content: Annotated[
        InstanceOf[Content],
        BeforeValidator(_content),
        AfterValidator(_fitting),
        WithJsonSchema({"type": "string"}),
    ]


class Action(Model):
    """One thing done to one case."""

    name: ClassVar[str]
    arguments: ClassVar[tuple[str, ...]] = ("case",)
    #: the field that holds the file that comes with the action; empty where none can
    attached: ClassVar[str] = ""

    case: Identifier = Field(description="case number")
    happened_on: Day | None = Field(None, description="the day it happened; today if not given")
    request_id: Identifier | None = Field(None, description="repeating a command with the same id never acts twice")

    def attachment(self) -> Attachment | None:
        """The file that comes with the action, if one does."""
        return getattr(self, self.attached) if self.attached else None


class Reasoned(Action):
    """An action that says why."""

    reason: Text = Field(description="reason")


class Scale(Model):
    """What a scale is measured in; at least one for anything that exists."""

    gfa_m2: Area | None = Field(None, description="gross floor area in square metres")
    site_m2: Area | None = Field(None, description="site area in square metres")
    classes: Count | None = Field(None, description="number of classes")
    seats: Count | None = Field(None, description="number of seats")
    beds: Count | None = Field(None, description="number of beds")

    def measures(self) -> dict[str, int | None]:
        """By the names and in the units of the facts."""
        return {
            "gfa": hundredths(self.gfa_m2),
            "site": hundredths(self.site_m2),
            "classes": self.classes,
            "seats": self.seats,
            "beds": self.beds,
        }
