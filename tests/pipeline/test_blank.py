from __future__ import annotations

import re

import pytest
from lxml import etree

from jishi.errors import NotFound
from jishi.procedure import procedure
from jishi.record_types import Field, header_fields, record_type, role_labels, shared_choices, type_ids, type_notes
from jishi.records import R
from jishi.safe_xml import parse
from pipeline.intake.schema_faults import schema_faults
from pipeline.rules.blank import blank

BATCH = "511000-2026-P003"
PERSON = f"{BATCH}-007"
BY_KIND = {
    "BatchId": BATCH, "PersonNo": PERSON, "Title": "示例单位干部选拔任用工作纪实记录", "date": "2026-03-18",
    "dateTime": "2026-03-18T17:20:00+08:00", "boolean": "true", "Count": "3", "PositiveCount": "3", "Percent": "62.50",
    "Year": "2026", "Line": "示例", "Text": "示例文字", "FormKinds": "表", "Secrecy": "内部", "StepId": "S1-04",
    "RecordId": f"{BATCH}/S1-01/001", "Absence": "true", "BirthDate": "1984-10-20",
}  # fmt: skip
BY_ATTRIBUTE = {
    "ref": "K-0001", "att": "att-1", "id": "att-1", "no": PERSON, "name": "示例", "org": "示例", "post": "示例",
    "signedOn": "2026-03-18", "signKind": "手写签名扫描", "signRef": "att-1", "role": "handler", "bookNo": "2026-01",
    "pageFrom": "1", "pageTo": "2", "kind": "凭证", "file": "a.pdf", "mediaType": "application/pdf", "bytes": "9",
    "sha256": "0" * 64, "pages": "1", "original": "true",
}  # fmt: skip


def filled(text: str) -> etree._Element:
    """Fill every placeholder of a blank record by its type."""
    root = parse(text.encode())
    step = root.get("stepId", "")
    owner = PERSON if root.find(f"{R}personId") is not None else BATCH
    root.set("recordId", f"{owner}/{step}/001")
    for node in root.iter(etree.Element):
        for name, value in node.attrib.items():
            if not value:
                node.set(name, BY_ATTRIBUTE[str(name)])
    for person in root.iterfind(f"{R}people/{R}person"):
        person.set("id", "K-0001")
    for field in header_fields():
        fill(field, root.find(f"{R}{field.key}"))
    content = root.find(f"{R}content")
    assert content is not None
    for field in record_type(step).fields:
        fill(field, content.find(f"{R}{field.key}"))
    return root


def fill(field: Field, node: etree._Element | None) -> None:
    if node is None:
        return
    if field.kind in ("list", "group"):
        holder = node.find(f"{R}entry") if field.kind == "list" else node
        assert holder is not None
        for inner in field.children:
            fill(inner, holder.find(f"{R}{inner.key}"))
    elif field.kind in ("enum", "PostLevel"):
        node.text = field.choices[0]
    elif field.kind == "Knowers":
        node[0].text = "handler"
    elif len(node):
        for child in node:
            if not child.attrib:
                child.text = (
                    field.choices[0] if field.choices else BY_KIND["StepId" if field.kind == "StepList" else "Line"]
                )
    elif not node.attrib:
        node.text = BY_KIND[field.kind]


@pytest.mark.parametrize("type_id", type_ids())
def test_a_blank_record_with_every_placeholder_filled_is_valid(type_id: str) -> None:
    assert list(schema_faults(filled(blank(type_id)))) == []


@pytest.mark.parametrize("type_id", type_ids())
def test_a_blank_record_left_blank_is_not_valid(type_id: str) -> None:
    assert list(schema_faults(parse(blank(type_id).encode())))


@pytest.mark.parametrize("type_id", type_ids())
def test_every_field_is_there_with_its_label_and_every_role_has_a_line(type_id: str) -> None:
    text = blank(type_id)
    root = parse(text.encode())
    for field in record_type(type_id).fields:
        assert root.find(f"{R}content/{R}{field.key}") is not None
        assert f"<!-- {field.label}〔{'必填' if field.required else '选填'}" in text
    roles = [node.get("role", "") for node in root.iterfind(f"{R}responsible")]
    for signer in procedure().all_types[type_id].signers:
        assert roles.count(signer.role) >= signer.least
        assert f"<!-- {role_labels()[signer.role]}" in text


def test_allowed_values_are_told() -> None:
    text = blank("S1-08")
    assert "、".join(shared_choices("Secrecy")) in text
    assert "、".join(record_type("S1-08").field("qualify").choices) in text


@pytest.mark.parametrize(
    ("type_id", "there", "needed"), [("S1-01", False, ""), ("S1-08", True, "必填"), ("NA", True, "选填")]
)
def test_the_person_is_asked_for_where_the_step_is_about_one(type_id: str, there: bool, needed: str) -> None:
    text = blank(type_id)
    assert ("<personId>" in text) is there
    assert not needed or f"<!-- 纪实编号〔{needed}〕" in text


def test_an_unknown_type_is_told() -> None:
    with pytest.raises(NotFound, match="S9-99"):
        blank("S9-99")


@pytest.mark.parametrize("type_id", type_ids())
def test_no_comment_names_a_type_by_its_english_name(type_id: str) -> None:
    said = "".join(re.findall("<!--.*?-->", blank(type_id), re.DOTALL))
    assert not re.findall(r"：[A-Z][a-z]+[A-Z][A-Za-z]*", said)
    assert not [name for name in type_notes() if re.search(rf"[：，]{name}\b", said)]


def test_attributes_are_told_with_their_labels() -> None:
    said = blank("S2-04")
    for words in ("name：姓名", "bytes：字节数", "original：是否原件", "id：附件编号"):
        assert words in said
