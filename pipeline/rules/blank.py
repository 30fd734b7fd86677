"""Blank records: a commented skeleton of a record type, made from its schema and the procedure."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from lxml import etree

from jishi.procedure import procedure
from jishi.record_types import (
    NAMESPACE,
    Field,
    attribute_labels,
    header_fields,
    record_type,
    role_labels,
    shared_choices,
    type_notes,
    types,
)
from jishi.steps import Step

_XS = "{http://www.w3.org/2001/XMLSchema}"
_INDENT = "  "
_HEADER_ATTRIBUTES = ("recordId", "stepId", "itemId", "stageId", "occurrence")
_EMPTY_LIST = "没有时保留空的列表元素，删去其中的entry"


def blank(type_id: str) -> str:
    """Return the skeleton of a record: every field in order, said in Chinese in a comment before it, left empty.

    Args:
        type_id: a step, or a supplement beside the steps.

    Raises:
        PartMissing: there is no such record type.
    """
    kind = record_type(type_id)
    step = procedure().all_types[type_id]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *_opening(step), _root(step)]
    for field in header_fields():
        if field.key in _HEADER_ATTRIBUTES or (field.key == "personId" and step.scope == "batch"):
            continue
        if field.key == "attachment":
            lines += _content(kind.fields)
        lines += _responsible(step, field) if field.key == "responsible" else _element(field, 1, _needed(field, step))
    return "\n".join([*lines, "</record>"]) + "\n"


def _opening(step: Step) -> Iterator[str]:
    yield _comment(0, f"空白记录：{step.id} {step.name}（{_titles(step)}）")
    yield _comment(
        0, "用法：把每一项填在元素里；“选填”的项不用时整项删去；注释可以保留。一事一记，附件与本文件放在同一文件夹投递"
    )
    yield _comment(0, f"必须签名的责任人：{step.signers_text}；纪实方式：{step.manner or '见目录'}")
    if step.evidence:
        yield _comment(0, "应附凭证：" + "、".join(step.evidence))


def _titles(step: Step) -> str:
    """Return what the documents of a step are called."""
    return f"{step.single_title}；{step.form_title}" if step.single_title else step.form_title


def _root(step: Step) -> str:
    note = _comment(0, f"recordId：{type_notes()['RecordId']}；occurrence：同一步骤第几次，与recordId末段一致")
    values = {"xmlns": NAMESPACE, "recordId": "", "stepId": step.id}
    if step.item:
        values |= {"itemId": step.item, "stageId": step.stage}
    values["occurrence"] = "1"
    return note + "\n<record " + " ".join(f"{key}={quoteattr(value)}" for key, value in values.items()) + ">"


def _needed(field: Field, step: Step) -> str:
    if field.key == "personId":
        return "必填" if step.scope == "person" else "选填"
    return "必填" if field.required else "选填"


def _content(fields: tuple[Field, ...]) -> Iterator[str]:
    yield _comment(1, "以下是本步骤自己的内容")
    yield f"{_INDENT}<content>"
    for field in fields:
        yield from _element(field, 2)
    yield f"{_INDENT}</content>"


def _responsible(step: Step, field: Field) -> Iterator[str]:
    yield _said(
        field, 1, "必填", "一人一行；signedOn为签名日期，signRef为有签名的附件编号" + _options("signKind", "SignKind")
    )
    for signer in step.signers:
        label = role_labels().get(signer.role, signer.role)
        many = {"all": "，每人一行", "each": "，每单位一行"}.get(signer.count, "")
        yield _comment(1, f"{label}{many}")
        attributes = f'role="{signer.role}" ref="" signedOn="" signKind="" signRef=""'
        yield from [f"{_INDENT}<responsible {attributes}/>"] * signer.least
    if not step.signers:
        yield f'{_INDENT}<responsible role="" ref="" signedOn="" signKind="" signRef=""/>'


def _element(field: Field, depth: int, needed: str = "") -> Iterator[str]:
    needed = needed or ("必填" if field.required else "选填")
    pad = _INDENT * depth
    if field.kind in ("list", "group"):
        yield _said(field, depth, needed, _EMPTY_LIST if field.kind == "list" and not field.least else "")
        yield f"{pad}<{field.key}>"
        inner = depth + (2 if field.kind == "list" else 1)
        if field.kind == "list":
            yield f"{pad}{_INDENT}<entry>"
        for child in field.children:
            yield from _element(child, inner)
        if field.kind == "list":
            yield f"{pad}{_INDENT}</entry>"
        yield f"{pad}</{field.key}>"
    elif field.kind == "enums":
        yield _said(field, depth, needed, "可多项，每项一个value" + ("" if field.least else "；没有时删去value"))
        yield f"{pad}<{field.key}><value></value></{field.key}>"
    else:
        yield _said(field, depth, needed, _shared_note(field.kind))
        yield pad + _shared(field.key, field.kind)


def _said(field: Field, depth: int, needed: str, more: str = "") -> str:
    """Return the comment before a field: label, need, meaning of its type, allowed values."""
    parts = [f"{field.label}〔{needed}{'，由系统复算核对' if field.derived else ''}〕"]
    note = type_notes().get(field.kind, "")
    parts += [note] if note else []
    choices = field.choices or shared_choices(_listed(field.kind))
    parts += ["可用值：" + "、".join(choices)] if choices else []
    parts += [more] if more else []
    return _comment(depth, "；".join(parts))


def _comment(depth: int, text: str) -> str:
    # Two hyphens would end the comment.
    return f"{_INDENT * depth}<!-- {text.replace('--', '－－')} -->"


# Types of all record types


def _listed(kind: str) -> str:
    """Return the item type of a list type, else the type itself."""
    node = types().get(kind)
    inner = None if node is None else node.find(f".//{_XS}list")
    return kind if inner is None else inner.get("itemType", kind)


def _shared(key: str, kind: str) -> str:
    """Return an empty element of a shared type, on one line."""
    node = types().get(kind)
    if node is None or node.tag == f"{_XS}simpleType":
        return f"<{key}></{key}>"
    return _complex(key, node)


def _complex(key: str, node: etree._Element) -> str:
    # What few papers have stands in the comment only: left empty it would be wrong.
    named = (one for one in node.iterfind(f"{_XS}attribute") if key != "attachment" or one.get("use") == "required")
    attributes = "".join(f' {one.get("name")}=""' for one in named)
    inside = "".join(_child(one) for one in node.iterfind(f"./*/{_XS}element"))
    return f"<{key}{attributes}>{inside}</{key}>" if inside else f"<{key}{attributes}/>"


def _child(node: etree._Element) -> str:
    name = node.get("name", "")
    inline = node.find(f"{_XS}complexType")
    return _complex(name, inline) if inline is not None else _shared(name, node.get("type", ""))


def _shared_note(kind: str) -> str:
    """Return what is to be said of a shared type's attributes, and whether its entries repeat."""
    node = types().get(kind)
    if node is None or node.tag == f"{_XS}simpleType":
        return ""
    said = []
    if any(one.get("maxOccurs") == "unbounded" for one in node.iterfind(f".//{_XS}element")):
        said.append("可多项")
    for one in node.iterfind(f".//{_XS}attribute"):
        need = "" if one.get("use") == "required" else "（可省）"
        said.append(f"{one.get('name')}{need}：{_attribute_note(one)}")
    return "；".join(said)


def _attribute_note(node: etree._Element) -> str:
    """Return the label of a shared type's attribute and what may stand in it."""
    owner = next(up.get("name", "") for up in node.iterancestors() if up.get("name"))
    label, meaning = attribute_labels()[owner, node.get("name", "")], _meaning(node.get("type", ""))
    return meaning if meaning.startswith(label) else f"{label}，{meaning}"


def _meaning(type_name: str) -> str:
    kind = type_name.rpartition(":")[2]
    choices = shared_choices(kind)
    return "、".join(choices) if 0 < len(choices) < 12 else type_notes()[kind]


def _options(attribute: str, kind: str) -> str:
    return f"；{attribute}可用值：{'、'.join(shared_choices(kind))}"
