"""What of a 任免表 fills a record: which field from which element is data beside the record type (lrmx.toml)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jishi.errors import RecordRejected
from jishi.findings import Finding, Severity
from jishi.record_types import Field, RecordType, record_type
from jishi.toml_files import read_toml
from pipeline.clerk.forms_folder import FoundForm
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.lrmx_elements import LrmxElement, elements_by_name, only_element
from pipeline.clerk.photo import photo_findings, photo_kind
from pipeline.clerk.written_days import Unclear, WrittenDay, written_day
from pipeline.clerk.written_record import Entry, Written, WrittenValue

_DAYS = ("date", "BirthDate")
_BY_MONTH = "任免表只写到月，按当月1日填"
_PERIOD = re.compile(r"\s*(\d{4}[.．年/]\d{1,2})月?\s*[-—－–~～至]+\s*(?:(\d{4}[.．年/]\d{1,2})月?|至?今)?\s*(.*)")
_IDENTITY = re.compile(r"\d{6}(\d{8})\d{3}[\dXx]")
_YEAR = r"\d{4}\s*年?度?"
_BETWEEN_YEARS = r"[\s、，,和及]*"


@dataclass(frozen=True, slots=True)
class FormFill:
    """What a 任免表 says of a record's fields."""

    values: dict[str, WrittenValue]
    findings: tuple[Finding, ...]
    """What the form says that could not be taken over as it stands."""
    picture: bytes = b""
    """The photo, where it is a picture that may be taken."""
    picture_field: str = ""


@dataclass(slots=True)
class _Reading:
    """A form being read for a record type."""

    found: FoundForm
    kind: RecordType
    findings: list[Finding] = field(default_factory=list)

    def written(self, element: LrmxElement, text: str) -> Written:
        return Written(text, f"{self.found.path.name}的{element.label}")

    def remark(self, element: LrmxElement, words: str, remedy: str, severity: Severity = Severity.WARNING) -> None:
        file, place = self.found.path.name, element.label
        self.findings.append(Finding("X-LRMX", words, severity, file=file, place=place, remedy=remedy))


@cache
def form_map(type_id: str) -> Mapping[str, Any]:
    """Return what of a 任免表 fills which field of a record type; empty for types it says nothing of."""
    path = record_type(type_id).folder / "lrmx.toml"
    return read_toml(path) if path.exists() else {}


def fill_from(found: FoundForm, type_id: str, known: KnownPeople) -> FormFill:
    """Return what a 任免表 says of the fields of a record type.

    Args:
        found: the form.
        type_id: of a record type with a map, see form_map.
        known: the people of the batch; those of the family who are among them are 回避亲属.
    """
    map_, reading = form_map(type_id), _Reading(found, record_type(type_id))
    values: dict[str, WrittenValue] = {}
    for key, name in map_["values"].items():
        if one := _plain(reading, key, name, map_.get("days", {}).get(key, "")):
            values[key] = one
    for key, groups in map_.get("joined", {}).items():
        if text := "；".join(filter(None, ("，".join(filter(None, map(found.form.value, group))) for group in groups))):
            values[key] = reading.written(elements_by_name()[groups[0][0]], text)
    for key, fields in map_.get("people", {}).items():
        values[key] = tuple(_people(reading, key, fields))
    for key, fields in map_.get("kin", {}).items():
        values[key] = tuple(_kin(reading, fields, known))
    for key, said in map_.get("periods", {}).items():
        values[key] = tuple(_periods(reading, said))
    for key, said in map_.get("years", {}).items():
        values[key] = tuple(_years(reading, reading.kind.field(key), said))
    picture, picture_field = _picture(reading, map_.get("photo", {}))
    return FormFill(values, tuple(reading.findings), picture, picture_field)


def _plain(reading: _Reading, key: str, name: str, identity: str) -> Written | None:
    element, text = elements_by_name()[name], reading.found.form.value(name)
    if not text:
        return None
    if reading.kind.field(key).kind in _DAYS:
        return _day(reading, element, text, reading.found.form.value(identity) if identity else "")
    return reading.written(element, re.sub(r"\s*\n\s*", "", text))


def _day(reading: _Reading, element: LrmxElement, text: str, identity: str = "") -> Written | None:
    """Return a day of a form; what else stands beside it, such as a second party (200108；民建), is told."""
    parts = [part for part in re.split(r"[；;、，,\s]+", text) if part]
    days = [found for part in parts if (found := _read_day(part))]
    if others := [part for part in parts if not _read_day(part)]:
        said = "、".join(others)
        reading.remark(element, f"“{said}”不是日期，没有填入", "需要的，请在工作簿中另填", Severity.INFO)
    if not days:
        return None
    day = days[0]
    if not day.day and (whole := _identity_day(identity)):
        if (whole.year, whole.month) == (day.year, day.month):
            day = whole
        else:
            reading.remark(element, f"“{text}”与身份证号中的{whole.iso}不一致", "请与干部人事档案核对")
    if not day.day:
        reading.remark(element, f"“{text}”：{_BY_MONTH}", "知道是哪一日的，请在工作簿中填写", Severity.INFO)
    return reading.written(element, day.iso)


def _read_day(text: str) -> WrittenDay | None:
    try:
        return written_day(text)
    except Unclear:
        return None


def _identity_day(text: str) -> WrittenDay | None:
    found = _IDENTITY.fullmatch(text.strip())
    return _read_day(found[1]) if found else None


def _people(reading: _Reading, key: str, fields: Mapping[str, str]) -> Iterator[Entry]:
    elements = {one.name: one for one in only_element("people").of}
    kinds = {one.key: one.kind for one in reading.kind.field(key).children}
    by_month = False
    for person in reading.found.form.relatives():
        values: dict[str, WrittenValue] = {}
        for name, element in fields.items():
            text = person.value(element)
            day = _read_day(text) if kinds[name] in _DAYS else None
            if text and (day or kinds[name] not in _DAYS):
                values[name] = reading.written(elements[element], day.iso if day else text)
            by_month = by_month or bool(day and not day.day)
            if text and kinds[name] in _DAYS and not day:
                reading.remark(elements[element], f"“{text}”不是日期，没有填入", "请在工作簿中另填")
        yield Entry(values)
    if by_month:
        reading.remark(only_element("people"), f"出生日期：{_BY_MONTH}", "不必改，印出时只印到月", Severity.INFO)


def _kin(reading: _Reading, fields: Mapping[str, str], known: KnownPeople) -> Iterator[Entry]:
    """Yield those of the family whose names are among the people of the batch; whether it is they must be seen."""
    element = only_element("people")
    for person in reading.found.form.relatives():
        name = person.value(only_element("name").name)
        if name and known.has(name):
            words = f"家庭成员“{name}”与本批人员同名，已列入回避亲属"
            reading.remark(element, words, "请核对；不是同一人的，在印稿前删去这一项")
            yield Entry({key: reading.written(element, person.value(one)) for key, one in fields.items()})


def _periods(reading: _Reading, said: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the periods of a 简历: 1991.01--2000.01 and what was done; lines without a period go on with the last."""
    element = elements_by_name()[said["element"]]
    found: list[list[str]] = []
    for line in filter(str.strip, reading.found.form.value(said["element"]).splitlines()):
        if period := _PERIOD.fullmatch(line):
            found.append([period[1], period[2] or "", period[3].strip()])
        elif found:
            found[-1][2] += line.strip()
        else:
            reading.remark(
                element, f"“{line.strip()[:30]}”没有起止年月，没有填入", "格式如1991.01--2000.01  某单位职务"
            )
    for start, end, words in found:
        days = {said["from"]: _read_day(start), said["to"]: _read_day(end) if end else None}
        if any(text and not day for text, day in zip((start, end), days.values(), strict=True)):
            reading.remark(element, f"“{start}--{end}”不是年月，没有填入", "请改正后重新导入")
            continue
        dated = {key: reading.written(element, day.iso) for key, day in days.items() if day}
        yield Entry(dated | {said["content"]: reading.written(element, words)})


def _years(reading: _Reading, one: Field, said: Mapping[str, str]) -> Iterator[Entry]:
    """Yield what each year's 考核 came to, the latest first: 2023年优秀；2024、2025年均为称职."""
    element, text = elements_by_name()[said["element"]], reading.found.form.value(said["element"])
    results = _longest_first(next(child for child in one.children if child.key == said["result"]).choices)
    pattern = re.compile(rf"({_YEAR}(?:{_BETWEEN_YEARS}{_YEAR})*)[^\d；;。]*?({'|'.join(results)})")
    years = {year: found[2] for found in pattern.finditer(text) for year in re.findall(r"\d{4}", found[1])}
    if left := sorted(set(re.findall(r"\d{4}", text)) - set(years)):
        reading.remark(
            element, f"看不出{'、'.join(left)}年的等次", f"可用的等次：{'、'.join(results)}；请在工作簿中另填"
        )
    for year in sorted(years, reverse=True):
        result = reading.written(element, years[year])
        yield Entry({said["year"]: reading.written(element, year), said["result"]: result})


def _longest_first(words: Sequence[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)


def _picture(reading: _Reading, said: Mapping[str, str]) -> tuple[bytes, str]:
    for key in said:
        try:
            picture = reading.found.form.photo
        except RecordRejected as error:
            reading.findings += error.findings
            continue
        faults = list(photo_findings(picture, reading.found.path.name))
        reading.findings += faults
        if photo_kind(picture) and not any(fault.severity is Severity.ERROR for fault in faults):
            return picture, key
    return b"", ""
