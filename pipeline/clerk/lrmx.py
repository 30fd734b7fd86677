"""任免表 .lrmx: the XML of the 干部任免审批表 editors, read and written so that nothing in it is lost.

Every element is kept, known or not, in place and order, with its attributes and the blanks between; what is known
is asked for by name. Processing instructions are not kept: none of the editors writes any.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from jishi import safe_xml
from jishi.errors import RecordRejected
from jishi.findings import Finding
from pipeline.clerk.lrmx_elements import LrmxElement, elements_by_name, lrmx_elements, only_element

ROOT = "Person"
_ITEM = "Item"
_COMMENT = "!--"
"""The name of a part that is a comment; no element can have it."""
_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'


@dataclass(frozen=True, slots=True)
class FormPart:
    """One element as the file has it, with all that is in it; or a comment."""

    name: str
    text: str = ""
    children: tuple[FormPart, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    tail: str = ""
    """The blanks, or stray words, that follow it."""

    def child(self, name: str) -> FormPart | None:
        """Return the first child of a name."""
        return next((one for one in self.children if one.name == name), None)

    def value(self, name: str) -> str:
        """Return the words of the first child of a name, without the blanks around them; empty where there is none."""
        child = self.child(name)
        return child.text.strip() if child else ""


@dataclass(frozen=True, slots=True)
class AppointmentForm:
    """One person's 任免表."""

    root: FormPart

    @property
    def name(self) -> str:
        """The person's name."""
        return self.value(only_element("name").name)

    def value(self, name: str) -> str:
        """Return what an element says, without the blanks around it; empty where the form has none."""
        return self.root.value(name)

    def relatives(self) -> tuple[FormPart, ...]:
        """Return the people of the family, rows that were left empty aside."""
        people = self.root.child(only_element("people").name)
        items = people.children if people else ()
        return tuple(one for one in items if one.name == _ITEM and any(part.text.strip() for part in one.children))

    @property
    def photo(self) -> bytes:
        """The picture; empty where there is none.

        Raises:
            RecordRejected: what stands there is no base64 (F-PHOTO).
        """
        try:
            return base64.b64decode(re.sub(r"\s+", "", self.value(only_element("photo").name)), validate=True)
        except ValueError:
            words = "照片不是完整的base64文字，读不出"
            raise RecordRejected([Finding("F-PHOTO", words, remedy="请用任免表编辑器重新放入照片并保存")]) from None

    def unknown(self) -> tuple[FormPart, ...]:
        """Return the elements of which we know nothing but that they are there."""
        return tuple(one for one in self.root.children if one.name not in elements_by_name() and one.name != _COMMENT)

    def with_values(self, values: Mapping[str, str]) -> AppointmentForm:
        """Return the form with some elements saying something else; one it lacks comes where editors write it."""
        root = self.root
        for name, text in values.items():
            root = _with_child(root, name, text)
        return AppointmentForm(root)


def read_lrmx(data: bytes, name: str = "") -> AppointmentForm:
    """Return the 任免表 a file holds.

    Args:
        data: the file's bytes; what holds for all XML holds for it, see safe_xml.parse.
        name: the file's name, for findings.

    Raises:
        RecordRejected: it is no harmless XML, or none of this kind (X-LRMX).
    """
    root = safe_xml.parse(data, name)
    if root.tag != ROOT:
        said = etree.QName(root).localname
        words = f"不是任免表：根元素应为{ROOT}，现为{said}"
        remedy = "请用干部任免审批表编辑器另存为.lrmx；旧的2.0版请选.lrm文件"
        raise RecordRejected([Finding("X-LRMX", words, file=name, remedy=remedy)])
    form = AppointmentForm(_part(root))
    if not form.name:
        raise RecordRejected(
            [Finding("X-LRMX", "任免表没有填姓名", file=name, remedy="请用编辑器打开，填好姓名后保存")]
        )
    return form


def write_lrmx(form: AppointmentForm) -> bytes:
    """Return a form as a file; what is read back from it is equal to the form."""
    return _DECLARATION + etree.tostring(_node(form.root), encoding="utf-8").removeprefix(b"\xef\xbb\xbf")


def new_form(values: Mapping[str, str], people: Iterable[Mapping[str, str]] = ()) -> AppointmentForm:
    """Return a form with the elements every editor writes, filled with what is known.

    Args:
        values: element → what it says.
        people: of each person of the family, element → what it says.
    """
    parts = []
    for element in lrmx_elements():
        if element.kind == "people":
            parts.append(_people_part(FormPart(element.name, tail="\n  "), people))
        elif element.version != "new" or values.get(element.name):
            parts.append(FormPart(element.name, values.get(element.name, ""), tail="\n  "))
    return AppointmentForm(FormPart(ROOT, "\n  ", _closed(tuple(parts), "\n")))


def with_people(form: AppointmentForm, people: Iterable[Mapping[str, str]]) -> AppointmentForm:
    """Return a form with another family.

    Args:
        form: the form.
        people: of each person, element → what it says.
    """
    name = only_element("people").name
    old = form.root.child(name) or FormPart(name, tail="\n")
    others = tuple(one for one in form.root.children if one is not old)
    place = next((at for at, one in enumerate(form.root.children) if one is old), len(others))
    children = (*others[:place], _people_part(old, people), *others[place:])
    return AppointmentForm(replace(form.root, children=children))


def _people_part(old: FormPart, people: Iterable[Mapping[str, str]]) -> FormPart:
    rows = (_leaf_parts(one, only_element("people").of, "\n      ") for one in people)
    items = tuple(FormPart(_ITEM, "\n      ", _closed(row, "\n    "), (), "\n    ") for row in rows)
    return replace(old, text="\n    " if items else "", children=_closed(items, "\n  "))


def picture_text(picture: bytes) -> str:
    """Return a picture as a form holds it."""
    return base64.b64encode(picture).decode("ascii")


def _leaf_parts(values: Mapping[str, str], elements: tuple[LrmxElement, ...], tail: str) -> tuple[FormPart, ...]:
    return tuple(FormPart(one.name, values.get(one.name, ""), tail=tail) for one in elements)


def _closed(parts: tuple[FormPart, ...], tail: str) -> tuple[FormPart, ...]:
    """Return parts of which the last is followed by what closes their parent."""
    return (*parts[:-1], replace(parts[-1], tail=tail)) if parts else ()


def _with_child(root: FormPart, name: str, text: str) -> FormPart:
    if (old := root.child(name)) is not None:
        new = replace(old, text=text, children=())
        return replace(root, children=tuple(new if one is old else one for one in root.children))
    order = [one.name for one in lrmx_elements()]
    later = order[order.index(name) + 1 :] if name in order else []
    place = next((at for at, one in enumerate(root.children) if one.name in later), len(root.children))
    tail = root.text if place < len(root.children) else ""
    return replace(root, children=(*root.children[:place], FormPart(name, text, tail=tail), *root.children[place:]))


def _part(node: etree._Element) -> FormPart:
    if isinstance(node, etree._Comment):
        return FormPart(_COMMENT, node.text or "", tail=node.tail or "")
    attributes = tuple((str(key), str(value)) for key, value in node.attrib.items())
    return FormPart(str(node.tag), node.text or "", tuple(map(_part, node)), attributes, node.tail or "")


def _node(part: FormPart) -> etree._Element:
    node = etree.Comment(part.text) if part.name == _COMMENT else etree.Element(part.name, dict(part.attributes))
    if part.name != _COMMENT:
        node.text = part.text or None
        node.extend(map(_node, part.children))
    node.tail = part.tail or None
    return node
