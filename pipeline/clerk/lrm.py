"""任免表 of version 2.0 (.lrm): one row of quoted fields in GB18030, the photo in a .pic beside it; read only.

Where each field stands is data (schemas/lrmx/elements.toml); @ and # part a field again.
"""

from __future__ import annotations

from collections.abc import Sequence

from jishi.errors import RecordRejected
from jishi.findings import Finding
from jishi.safe_xml import MAX_BYTES
from pipeline.clerk.lrmx import AppointmentForm, new_form, picture_text
from pipeline.clerk.lrmx_elements import LrmxElement, lrmx_elements, only_element
from pipeline.clerk.written_values import NOT_XML

_RESAVE = "请用干部任免审批表编辑器打开，另存为.lrmx后再用"
_MOST_FIELDS = 200


def read_lrm(data: bytes, picture: bytes = b"", name: str = "") -> AppointmentForm:
    """Return the 任免表 an old file holds.

    Args:
        data: the file's bytes.
        picture: the bytes of the .pic of the same name; empty where there is none.
        name: the file's name, for findings.

    Raises:
        RecordRejected: it is none of this kind (X-LRM).
    """
    fields = _fields(data, name)
    values = {one.name: _value(fields, one.lrm) for one in lrmx_elements() if one.lrm}
    if not values[only_element("name").name].strip():
        raise _rejected("没有填姓名", name)
    values[only_element("photo").name] = picture_text(picture)
    return new_form(values, _people(fields, only_element("people").of))


def _fields(data: bytes, name: str) -> list[str]:
    if len(data) > MAX_BYTES:
        raise _rejected(f"有{len(data)}字节，超过上限{MAX_BYTES}字节", name)
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise _rejected("文字不是GB2312或GB18030编码", name) from None
    row = NOT_XML.sub("", text).replace("\r\n", "\n").strip()
    if len(row) < 2 or row[0] != '"' or row[-1] != '"':
        raise _rejected("内容不是一行加引号的栏目", name)
    fields = row[1:-1].split('","')
    needed = 1 + max(one.lrm[0] for one in lrmx_elements() if one.lrm)
    if not needed <= len(fields) <= _MOST_FIELDS:
        raise _rejected(f"有{len(fields)}项，2.0版应有{needed}项", name)
    return fields


def _value(fields: Sequence[str], place: Sequence[int]) -> str:
    """Return one field, or the part of it a place names; parts that are not there are empty."""
    text = fields[place[0]]
    for mark, at in zip("@#", place[1:], strict=False):
        parts = text.split(mark)
        text = parts[at] if at < len(parts) else ""
    return text


def _people(fields: Sequence[str], elements: Sequence[LrmxElement]) -> list[dict[str, str]]:
    """Return the people of the family: each field holds one thing of all of them, parted by @."""
    columns = {one.name: fields[one.lrm[0]].split("@") for one in elements}
    rows = max(map(len, columns.values()))
    people = [{key: parts[at] if at < len(parts) else "" for key, parts in columns.items()} for at in range(rows)]
    return [one for one in people if any(value.strip() for value in one.values())]


def _rejected(words: str, name: str) -> RecordRejected:
    return RecordRejected([Finding("X-LRM", f"不能当2.0版任免表（.lrm）读：{words}", file=name, remedy=_RESAVE)])
