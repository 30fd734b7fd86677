"""A 任免表 written from an admitted record: the map that fills a record from a form (lrmx.toml), read the other way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from jishi.errors import NotFound
from jishi.record_types import record_type
from jishi.records import R, Record
from pipeline.clerk.form_to_record import FormFill, fill_from, form_map
from pipeline.clerk.forms_folder import FoundForm
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.lrmx import AppointmentForm, new_form, picture_text, with_people
from pipeline.clerk.lrmx_elements import only_element
from pipeline.clerk.written_record import Entry, Written, WrittenValue

_OPEN_END = " " * 7
"""What stands for the end of a period that goes on; two blanks more part it from the words."""


def form_of_record(record: Record, picture: bytes = b"", original: FoundForm | None = None) -> AppointmentForm:
    """Return the 任免表 of the person a record is about.

    Args:
        record: of a type with a map.
        picture: the photo, where the record has one.
        original: the form the record was filled from; what the record does not gainsay stays as it is there.

    Raises:
        NotFound: records of this type say nothing a 任免表 holds.
    """
    if not form_map(record.step_id):
        raise NotFound(f"{record.id} 不是名册一类的记录，没有可导出为任免表的内容")
    values, people = _values(record, picture), list(_people(record))
    if original is None:
        return new_form(values, people)
    return _changed(record, original, values, people)


def _changed(
    record: Record, original: FoundForm, values: Mapping[str, str], people: Sequence[Mapping[str, str]]
) -> AppointmentForm:
    """Return the original with only what the record says otherwise."""
    fill = fill_from(original, record.step_id, KnownPeople(record.people.values()))
    other = {name: values[name] for name in _gainsaid(record, fill) if name in values}
    form = original.form.with_values(other)
    kept = all(_same_list(record, fill, key) for key in form_map(record.step_id).get("people", {}))
    return form if kept else with_people(form, people)


def _gainsaid(record: Record, fill: FormFill) -> Iterator[str]:
    """Yield the elements whose fields the record gives another value than the form does."""
    map_ = form_map(record.step_id)
    for key, name in map_["values"].items():
        if record.value(key) != _text(fill.values.get(key)):
            yield name
    for key, groups in map_.get("joined", {}).items():
        if record.value(key) != _text(fill.values.get(key)):
            yield from (name for group in groups for name in group)
    for section in ("periods", "years"):
        for key, said in map_.get(section, {}).items():
            if not _same_list(record, fill, key):
                yield said["element"]


def _same_list(record: Record, fill: FormFill, key: str) -> bool:
    entries = fill.values.get(key, ())
    found = entries if isinstance(entries, tuple) else ()
    return [_plain_entry(one) for one in record.entries(key)] == [_plain_written(one) for one in found]


def _plain_entry(node: etree._Element) -> dict[str, str]:
    return {child.tag[len(R) :]: child.text or "" for child in node.iterchildren(f"{R}*")}


def _plain_written(entry: Entry) -> dict[str, str]:
    return {key: _text(value) for key, value in entry.values.items()}


def _text(value: WrittenValue | None) -> str:
    return value.text if isinstance(value, Written) else ""


# From the record


def _values(record: Record, picture: bytes) -> dict[str, str]:
    map_ = form_map(record.step_id)
    kinds = record_type(record.step_id).kinds()
    values = {name: _shown(kinds[key], record.value(key)) for key, name in map_["values"].items()}
    for key, groups in map_.get("joined", {}).items():
        values |= _parted(groups, record.value(key))
    for key, said in map_.get("periods", {}).items():
        values[said["element"]] = "\n".join(_period(entry, said) for entry in record.entries(key))
    for key, said in map_.get("years", {}).items():
        results = (_plain_entry(one) for one in record.entries(key))
        values[said["element"]] = "；".join(f"{one[said['year']]}年{one[said['result']]}" for one in results)
    values |= {name: picture_text(picture) for name in map_.get("photo", {}).values()}
    return values | {name: _header(record, key) for name, key in map_.get("form", {}).items()}


def _shown(kind: str, value: str) -> str:
    return _month(value).replace(".", "") if kind in ("date", "BirthDate") else value


def _month(day: str) -> str:
    """Return the month of a day: 2001-08-16 is 2001.08."""
    return day[:7].replace("-", ".")


def _parted(groups: Sequence[Sequence[str]], text: str) -> dict[str, str]:
    """Return the elements that were joined: groups between ；, their parts between ，."""
    values: dict[str, str] = {}
    for group, words in zip(groups, text.split("；"), strict=False):
        values |= dict(zip(group, words.split("，"), strict=False))
    return values


def _period(entry: etree._Element, said: Mapping[str, str]) -> str:
    values = _plain_entry(entry)
    end = _month(values[said["to"]]) if values.get(said["to"]) else _OPEN_END
    return f"{_month(values[said['from']])}--{end}  {values[said['content']]}"


def _header(record: Record, key: str) -> str:
    if key == "personId":
        return record.subject.name if record.subject else ""
    return re.sub(r"\D", "", record.root.findtext(f"{R}{key}", "")[:10])


def _people(record: Record) -> Iterator[dict[str, str]]:
    map_: Mapping[str, Any] = form_map(record.step_id).get("people", {})
    birth = {one.name for one in only_element("people").of if one.kind == "date"}
    for key, fields in map_.items():
        for entry in map(_plain_entry, record.entries(key)):
            said = {element: entry.get(name, "") for name, element in fields.items()}
            yield {one: _month(text).replace(".", "") if one in birth else text for one, text in said.items()}
