"""The identifiers officials type: is each well formed, and how is it written properly?

Clerks copy numbers out of Word files, scans and chat messages, so the right number often arrives in
the wrong dress: full-width digits, another kind of bracket, small letters. What can be repaired without
guessing is repaired and reported as ``changed``; what cannot is a :class:`BadIdentifier`. A check digit
that does not fit is only a ``doubt``, because the registry has issued such codes.

Only the shape is judged here. Whether an area, a parcel or a contract exists is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from types import MappingProxyType

#: The only doubt there is: the last character does not follow from those before it.
CHECK_DIGIT = "check_digit"

_AREA = "[1-8][0-9]{5}"  # GB/T 2260: province, prefecture, county
_YEAR = "(?:19|20)[0-9]{2}"
_HAN = "[\u4e00-\u9fff]"
_OPEN, _CLOSE = r"[(\[（［〔【]", r"[)\]）］〕】]"
_PROVINCE = "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新]"
_PARCEL = f"{_AREA}[0-9]{{6}}[GJZ][A-Z][0-9]{{5}}"
_SUPERVISION = f"{_AREA}{_YEAR}[A-Z][0-9]{{5}}"
#: GB 32100: the digits and the letters that cannot be mistaken for one; a character's place is its value.
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: What NFKC does to these, and no more: it would also read a circled or raised 2 as a 2, and flatten （）.
_NARROW = str.maketrans({chr(ord(c) + 0xFEE0): c for c in ascii_letters + digits + "-/"} | {"\u3000": " "})
#: ASCII letters only: ``str.upper`` would also make an S of a long s and an I of a dotless i.
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))


#: Gives the identifier as it is properly written, or None when it has another form.
_Normalise = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Checked:
    """A well-formed identifier: as it is to be stored, and what the clerk should be told about it."""

    value: str
    changed: bool
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """A named format: one example of it, what normalises it, and its form in words."""

    name: str
    example: str
    function: _Normalise
    form: str


class BadIdentifier(ValueError):
    """What was typed has not the form it should have; the text says which one, with an example."""

    def __init__(self, expected: Format, value: str) -> None:
        super().__init__(expected, value)
        self.format = expected.name
        self.value = value
        self.example = expected.example
        self.form = expected.form

    def __str__(self) -> str:
        return f"{self.value!r} is not a valid {self.format}: expected {self.form}; example: {self.example}"


_formats: dict[str, Format] = {}
#: Every named format.
FORMATS: Mapping[str, Format] = MappingProxyType(_formats)


def check(format_name: str, typed: str) -> Checked:
    """Normalise ``typed``; :class:`BadIdentifier` when malformed, KeyError when no format has that name."""
    rule = FORMATS[format_name]
    value = rule.function(typed)
    if value is None:
        raise BadIdentifier(rule, typed)
    doubtful = format_name == "usc_code" and value[-1] != _credit_check_character(value)
    return Checked(value, changed=value != typed, doubt=CHECK_DIGIT if doubtful else None)


def _format(example: str, form: str) -> Callable[[_Normalise], _Normalise]:
    """Enter the decorated function in :data:`FORMATS` under its own name."""

    def register(function: _Normalise) -> _Normalise:
        name = function.__name__.lstrip("_")
        _formats[name] = Format(name, example, function, form)
        return function

    return register


def _folded(typed: str) -> str:
    """Full-width letters and digits made narrow, blanks around removed."""
    return typed.translate(_NARROW).strip()


def _code(typed: str) -> str:
    """Folded, in capitals, every dash a hyphen."""
    return _folded(typed).translate(_UPPER).translate(_HYPHENS)


def _if_match(pattern: str, text: str) -> str | None:
    return text if re.fullmatch(pattern, text) else None


@_format("张政办字〔2020〕13号", "issuer (2 to 20 Chinese characters), 〔year〕, serial not padded, 号")
def _official_document(typed: str) -> str | None:
    """GB/T 9704-2012: the year stands in hexagonal brackets (U+3014, U+3015)."""
    pattern = f"({_HAN}{{2,20}}){_OPEN}({_YEAR}){_CLOSE}([1-9][0-9]{{0,3}}号)"
    parts = re.fullmatch(pattern, _folded(typed))
    return "{}〔{}〕{}".format(*parts.groups()) if parts else None


@_format("91370303TEXT00010B", "18 digits and capitals without I, O, S, V and Z, the area at 3 to 8")
def _usc_code(typed: str) -> str | None:
    """GB 32100-2015: authority, kind, area (6), organisation code (9), check character."""
    return _if_match(f"[{_CREDIT}]{{2}}[0-9]{{6}}[{_CREDIT}]{{10}}", _code(typed))


def _credit_check_character(code: str) -> str:
    """GB 32100-2015: the weights are the powers of 3 modulo 31, and the weighted sum is 0 modulo 31."""
    total = sum(_CREDIT.index(c) * pow(3, place, 31) for place, c in enumerate(code[:17]))
    return _CREDIT[-total % 31]


@_format("370303004012GB90001", "area (6), zone and sub-zone (6), G, J or Z, a letter, serial (5)")
def _parcel_code(typed: str) -> str | None:
    """GB/T 37346-2019: a parcel of land."""
    return _if_match(_PARCEL, _code(typed))


@_format("2105-370303-04-01-123456", "year 2015 to 2020 or YYMM, then groups of 6, 2, 2 and 6 digits")
def _project_code(typed: str) -> str | None:
    """Year first until 2020, year and month first since (GB/T 40058-2021); no number can be both.

    Any six digits may follow: central bodies may register under a number that is no area.
    """
    time = "(?:201[5-9]|2020|[2-9][0-9](?:0[1-9]|1[0-2]))"
    return _if_match(f"{time}-[0-9]{{6}}-[0-9]{{2}}-[0-9]{{2}}-[0-9]{{6}}", _code(typed))


@_format("370303004012GB90001F00010001", "parcel code (19), F, L, Q or W, 8 digits, which are zeros after W")
def _real_estate_unit(typed: str) -> str | None:
    """GB/T 37346-2019: shown in groups, stored without blanks; W, bare land, has no building number."""
    text = "".join(_code(typed).split())
    if re.fullmatch(f"{_PARCEL}W", text):
        return text + "0" * 8
    return _if_match(f"{_PARCEL}(?:[FLQ][0-9]{{8}}|W0{{8}})", text)


@_format("鲁（2022）淄博张店区不动产权第0012345号", "province, （year）, place, 不动产权第, 7 digits, 号")
def _title_certificate(typed: str) -> str | None:
    """Certificate of title as issued since 2015 under the Provisional Regulations on Registration."""
    pattern = f"({_PROVINCE}){_OPEN}(20[0-9]{{2}}){_CLOSE}({_HAN}{{2,30}}不动产权第[0-9]{{7}}号)"
    parts = re.fullmatch(pattern, _folded(typed))
    return "{}（{}）{}".format(*parts.groups()) if parts else None


def _planning_permit(kind: str, typed: str) -> str | None:
    """Tolerant: serials differ by issuer, and electronic permits put letters (YG, GG) inside."""
    return _if_match(f"{kind}字第[0-9A-Z][0-9A-Z-]{{8,23}}[0-9A-Z]号", _code(typed))


@_format("地字第370303202000012号", "地字第, 10 to 25 digits, capitals and hyphens, 号")
def _land_use_planning_permit(typed: str) -> str | None:
    """Urban and Rural Planning Act, articles 37 and 38."""
    return _planning_permit("地", typed)


@_format("建字第370303202190001号", "建字第, 10 to 25 digits, capitals and hyphens, 号")
def _construction_planning_permit(typed: str) -> str | None:
    """Urban and Rural Planning Act, article 40."""
    return _planning_permit("建", typed)


@_format("370303202103150101", "area (6), calendar date (8), serial of the day (2), type 01 to 19 (2)")
def _construction_permit(typed: str) -> str | None:
    """The housing ministry's numbering; type 01 is ordinary industrial and civil building, 19 is other."""
    text = _if_match(f"{_AREA}{_YEAR}[0-9]{{6}}(?:0[1-9]|1[0-9])", _code(typed))
    return text if text and _is_date(text[6:14]) else None


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


@_format("3703032020B00901", "area (6), year (4), one letter, serial (5)")
def _e_supervision_number(typed: str) -> str | None:
    """The natural-resources ministry's number of a land contract or allocation, in its supervision system."""
    return _if_match(_SUPERVISION, _code(typed))


@_format("淄博01-2020-0901 / 3703032020B00901", "contract number, then perhaps / supervision number")
def _land_contract(typed: str) -> str | None:
    """The contract number is free text, the office's own; what follows the last slash is validated."""
    text = _folded(typed)
    contract, slash, supervision = (part.strip() for part in text.rpartition("/"))
    number = _e_supervision_number(supervision)
    if not text.isprintable() or (slash and not (contract and number)):
        return None
    return f"{contract} / {number}" if slash else text or None


@_format("370303", "6 digits, or 9 for a town or subdistrict")
def _area_code(typed: str) -> str | None:
    """GB/T 2260 down to the county, GB/T 10114 for the three digits of the town."""
    return _if_match(f"{_AREA}(?:[0-9]{{3}})?", _code(typed))
