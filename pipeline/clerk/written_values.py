"""Values as people write them, turned into what a record holds: by the kind of the field, and by nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from functools import cache

from lxml import etree

from archive.papers.kinds import TAKEN, name_of
from jishi.record_types import (
    NAMESPACE,
    Field,
    role_labels,
    shared_choices,
    type_notes,
    type_patterns,
    types,
)
from pipeline.clerk.written_days import Unclear, written_day, written_moment

ROLE, MEDIA = "Role", "MediaType"
_XS = "{http://www.w3.org/2001/XMLSchema}"
_YES = frozenset(("true", "1", "是", "有", "对", "√", "✓", "y", "yes"))
_NO = frozenset(("false", "0", "否", "无", "没有", "不是", "×", "n", "no"))
_BOOLEANS = {"boolean": (_YES, _NO), "Absence": ({"true", "无", "没有"}, {"false", "有"})}
"""Kind → words for true and for false; of what a field says is absent, 无 is true."""
_LISTS = {"FormKinds": "FormKind"}
"""Kind whose values stand in one text, with blanks between → the kind of one of them."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML can hold: such characters are left out where texts are read."""
BETWEEN = re.compile(r"[\s、，,；;+＋/]+")
"""What people put between several values in one place."""


def canonical(kind: str, text: str, choices: Sequence[str] = ()) -> str:
    """Return a value as records hold it.

    Args:
        kind: of the field, see Field.kind.
        text: as written.
        choices: the allowed values of an enumeration made on the spot.

    Raises:
        Unclear: it can be read in no way; the message says what may stand there.
    """
    plain = text.strip()
    if not plain:
        return plain
    if kind in _LISTS:
        one = _LISTS[kind]
        return " ".join(canonical(one, part) for part in BETWEEN.split(plain) if part)
    if reader := _READERS.get(kind):
        return reader(plain)
    if kind in _BOOLEANS:
        return _boolean(plain, *_BOOLEANS[kind], kind)
    if allowed := choices or shared_choices(kind):
        return _chosen(plain, allowed)
    return _code(kind, plain) if kind in _CODES else plain


def canonical_of(field: Field, text: str) -> str:
    """Return a field's value as records hold it; see canonical."""
    return canonical(field.kind, text, field.choices)


def checked(kind: str, text: str, choices: Sequence[str] = ()) -> str:
    """Return a value as records hold it, seen to be one the schema takes.

    Raises:
        Unclear: it is none; the message says what is wanted.
    """
    value = canonical(kind, text, choices)
    if (schema := _schema(kind)) is not None:
        node = etree.Element(f"{{{NAMESPACE}}}value")
        node.text = value
        if not schema.validate(node):
            wanted = type_notes().get(kind, "")
            raise Unclear(f"“{_short(text)}”不合要求", f"应为{wanted}" if wanted else "请对照说明改正")
    return value


def parted(text: str) -> list[str]:
    """Return several values that were written in one place."""
    return [part for part in BETWEEN.split(text.strip()) if part]


def shown(field: Field, value: str) -> str:
    """Return a value as people read and write it: the opposite of canonical_of."""
    if field.kind in _BOOLEANS and value in ("true", "false"):
        words = ("无", "有") if field.kind == "Absence" else ("是", "否")
        return words[value == "false"]
    return role_labels().get(value, value) if field.kind == ROLE else value


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


@cache
def _schema(kind: str) -> etree.XMLSchema | None:
    """Return a schema of one element of a shared type; none for other kinds."""
    known = types()
    if kind not in known or known[kind].tag != f"{_XS}simpleType":
        return None
    schema = etree.fromstring(f'<xs:schema xmlns:xs="{_XS[1:-1]}" xmlns="{NAMESPACE}" targetNamespace="{NAMESPACE}"/>')
    schema.extend(deepcopy(one) for one in known.values())
    etree.SubElement(schema, f"{_XS}element", name="value", type=kind)
    return etree.XMLSchema(schema)


def _code(kind: str, text: str) -> str:
    """Return a code without blanks and in usual width, and in capitals where only these are one of its kind."""
    plain = _folded(text)
    pattern = type_patterns()[kind]
    return plain.upper() if not re.fullmatch(pattern, plain) and re.fullmatch(pattern, plain.upper()) else plain


def _day(text: str) -> str:
    found = written_day(text)
    if not found.day:
        raise Unclear(f"“{text}”没有写明是哪一日", "补上日，如2026年3月5日")
    return found.iso


def _year(text: str) -> str:
    plain = _folded(text).removesuffix("年度").removesuffix("年")
    if not re.fullmatch(type_patterns()["Year"], plain):
        raise Unclear(f"“{text}”不是年度", "写四位年度，如2025")
    return plain


def _number(text: str) -> str:
    plain = _folded(text).replace(",", "")
    plain = re.sub(r"(?<=\d)(人|票|次|页|个|年|天|份|件|条|名|%)$", "", plain)
    if not re.fullmatch(r"\d+(\.\d+)?", plain):
        raise Unclear(f"“{text}”不是数", "只写数字")
    return plain


def _whole(text: str) -> str:
    return re.sub(r"^(\d+)\.0+$", r"\1", _number(text))


def _role(text: str) -> str:
    return text if text in role_labels() else _by_name(_roles_by_name(), text, role_labels().values())


def _media(text: str) -> str:
    return text if text in TAKEN else _by_name(_media_by_name(), text, (name_of(one) for one in sorted(TAKEN)))


def _boolean(text: str, yes: Iterable[str], no: Iterable[str], kind: str) -> str:
    plain = _folded(text).casefold()
    if plain in yes or plain in no:
        return "true" if plain in yes else "false"
    raise Unclear(f"“{text}”不是可用的值", "写无或有" if kind == "Absence" else "写是或否")


def _chosen(text: str, choices: Sequence[str]) -> str:
    wanted = _loose(text)
    if found := next((one for one in choices if _loose(one) == wanted), None):
        return found
    raise Unclear(f"“{text}”不在可用的值之中", f"可用的值：{'、'.join(choices)}")


def _by_name(known: dict[str, str], text: str, names: Iterable[str]) -> str:
    if found := known.get(_loose(text)):
        return found
    raise Unclear(f"“{text}”不在可用的值之中", f"可用的值：{'、'.join(names)}")


@cache
def _roles_by_name() -> dict[str, str]:
    return {_loose(name): code for code, name in role_labels().items()}


@cache
def _media_by_name() -> dict[str, str]:
    """Return what clerks call a format → the format; its last word alone will do (PDF, JPEG, jpg)."""
    named = {_loose(name_of(one)): one for one in TAKEN}
    short = {one.rpartition("/")[2]: one for one in TAKEN}
    return named | short | {"jpg": short["jpeg"], "tif": short["tiff"]}


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _loose(text: str) -> str:
    """Return a text so that blanks, width, brackets and capitals make no difference."""
    return re.sub(r"[\s()（）]+", "", unicodedata.normalize("NFKC", text)).casefold()


_READERS: dict[str, Callable[[str], str]] = {
    "date": _day, "BirthDate": _day, "dateTime": written_moment, "Year": _year,
    "Count": _whole, "PositiveCount": _whole, "Percent": _number, "FileBytes": _whole, "FilePages": _whole,
    "Ordinal": _whole, ROLE: _role, MEDIA: _media,
}  # fmt: skip
"""Kind → how a value of it is read."""
_CODES = frozenset(
    kind
    for kind in type_patterns()
    if kind in ("BatchId", "PersonNo", "RecordId", "StepId", "TypeId", "ItemId", "StageId", "PersonKey")
)
"""Kinds whose values are codes, in which neither blanks nor width mean anything."""


def note_of(field: Field) -> str:
    """Return in words what is to be written in a field."""
    reader_notes = {"date": "日期，如2026年3月5日", "BirthDate": "出生日期，写到日，如1984年10月20日",
                    "dateTime": "日期和时刻，如2026年3月5日 17:20"}  # fmt: skip
    if field.kind in _BOOLEANS:
        return "无或有" if field.kind == "Absence" else "是或否"
    return reader_notes.get(field.kind) or type_notes().get(field.kind, "")
