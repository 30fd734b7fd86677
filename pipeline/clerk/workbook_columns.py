"""The columns of a workbook's sheets: one sheet per record type, its columns the fields of its schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from jishi.procedure import procedure
from jishi.record_types import Field, header_fields, record_type, type_attributes
from jishi.steps import Step

PEOPLE_SHEET, BATCH_SHEET, SIGNERS_SHEET = "人员", "批次", "责任人"
KEY_ROW, GROUP_ROW, LABEL_ROW, NOTE_ROW, FIRST_ROW = range(5)
"""Rows of a sheet, from 0: what each column is (hidden), what it belongs to, its label, a note, the clerk's first."""
CONTENT, ATTRIBUTES = "content", "attributes"
"""Where a step's own fields stand; the kind of a field whose parts are attributes."""
PEOPLE, SIGNATURES, PAPERS = "people", "responsible", "attachment"
OWNER, COUNT = "personId", "occurrence"
_MACHINE = frozenset(("recordId", "stepId", "itemId", "stageId", "batch"))
"""Header fields the machine knows by itself."""
_OF_PAPER = ("kind", "file", "original")
"""What only the clerk knows of a paper; the rest is in the file."""
_COMMON = ("place", "recorder", "formKind", "secrecy", "knowers")
"""Header fields that are often the same for a whole batch, or one step of it, and may be written once."""
NOTEBOOK, BOOK = "notebook", "bookNo"
"""The 专用笔记本 of a record, of which the number may be written once, too."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a sheet."""

    path: tuple[str, ...]
    """Keys from the record down, such as content, resume, from."""
    group: str
    """Label of the list or group it belongs to; empty for none."""
    field: Field
    needed: bool
    """True where a record without it is not complete, and nothing stands in for it."""


def sheet_fields(type_id: str) -> tuple[Field, ...]:
    """Return what is written in a type's sheet, as fields: header, content, signatures, papers."""
    step = procedure().all_types[type_id]
    header = [_header(one, step) for one in header_fields() if _written(one, step)]
    content = Field(CONTENT, "", "group", True, False, children=tuple(map(_parts, record_type(type_id).fields)))
    return (*(one for one in header if one.kind != "list"), content, *(one for one in header if one.kind == "list"))


@cache
def columns_of(type_id: str) -> tuple[SheetColumn, ...]:
    """Return the columns of a type's sheet, from left to right."""
    return tuple(_columns(sheet_fields(type_id), (), "", True))


def common_fields() -> tuple[Field, ...]:
    """Return what may be written once for the whole batch, or for one step of it."""
    book = next(one for one in type_attributes("NotebookPages") if one.key == BOOK)
    return (*(one for one in header_fields() if one.key in _COMMON), book)


def person_fields() -> tuple[Field, ...]:
    """Return what is written of a person in 人员: the name first."""
    fields = {one.key: one for one in type_attributes("People/person")}
    return tuple(fields[key] for key in ("name", "id", "org", "post", "no"))


def is_parted(field: Field) -> bool:
    """Tell whether a field is made of others, which have columns of their own."""
    return field.kind in ("group", "list", ATTRIBUTES)


def _written(field: Field, step: Step) -> bool:
    return field.key not in _MACHINE and not (field.key == OWNER and step.scope == "batch")


def _header(field: Field, step: Step) -> Field:
    """Return a header field as it is written in a sheet."""
    attributes = type_attributes(field.kind)
    if field.key == OWNER:
        return replace(field, label="本人（记录所记的人选）", kind="PersonRef", required=step.scope == "person")
    if field.key == PEOPLE:
        return replace(field, kind="PersonList", required=False)
    if field.key in (COUNT, "title", "recordedOn"):
        # A record about somebody is named after him; what one of the whole batch is called only the clerk knows.
        return replace(field, required=field.key == "title" and step.scope == "batch")
    if field.key in (SIGNATURES, PAPERS):
        chosen = [_named(one) for one in attributes if field.key == SIGNATURES or one.key in _OF_PAPER]
        return replace(
            field, kind="list", required=False, children=tuple(replace(one, required=False) for one in chosen)
        )
    if len(attributes) > 1:
        children = tuple(replace(one, required=one.required and one.key != BOOK) for one in attributes)
        return replace(field, kind=ATTRIBUTES, children=children)
    return replace(field, required=False) if field.key in _COMMON else field


def _named(field: Field) -> Field:
    """Return a part of a signature, called by what a clerk writes there instead of a number."""
    return replace(field, label="签名人") if field.key == "ref" else field


def _columns(fields: tuple[Field, ...], path: tuple[str, ...], group: str, needed: bool) -> Iterator[SheetColumn]:
    for field in fields:
        here = (*path, field.key)
        if is_parted(field):
            label = f"{group}·{field.label}" if group and field.label else field.label or group
            yield from _columns(field.children, here, label, needed and field.required and field.kind != "list")
        else:
            yield SheetColumn(here, group, field, needed and field.required)


def _parts(field: Field) -> Field:
    """Return a content field with every field of several attributes in it, such as NotebookPages, made of them."""
    if is_parted(field):
        return replace(field, children=tuple(map(_parts, field.children)))
    attributes = type_attributes(field.kind)
    return replace(field, kind=ATTRIBUTES, children=attributes) if len(attributes) > 1 else field
