"""Every fault in a procedure's folder that its schema cannot see alone, and those it sees, in Chinese sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from jishi.dossier_numbers import DossierNumbers
from jishi.errors import SettingsInvalid
from jishi.findings import Finding
from jishi.procedure_file import NAMESPACE, Procedure, read_procedure
from jishi.record_types import NAMESPACE as RECORD
from jishi.record_types import schemas_folder
from jishi.schema_faults import data_fault, data_file_faults
from jishi.steps import Deed, Says

_C = f"{{{NAMESPACE}}}"
_XS = "{http://www.w3.org/2001/XMLSchema}"
_MANY = frozenset({Deed.KEEPS_MINUTES, Deed.FOLLOWS_PROBATION})
"""What several steps of a procedure may do."""
_NEEDS = {
    Deed.OPENS: (Says.START,),
    Deed.ENROLS: (Says.POST, Says.CHANGE),
    Deed.KEEPS_MINUTES: (Says.BOOK, Says.FIRST_PAGE, Says.LAST_PAGE),
    Deed.DECIDES: (Says.PROBATION,),
    Deed.APPOINTS: (Says.PROBATION,),
    Deed.WAIVES: (Says.WAIVED, Says.REASON),
    Deed.EXCUSES: (Says.RULES,),
    Deed.REGISTERS_NOTEBOOKS: (Says.BOOK,),
}
"""What a step's records must say for it to do something."""


def procedure_faults(folder: Path) -> list[Finding]:
    """Return everything that is wrong with a procedure's folder, each with its line; what can be read is looked at.

    Args:
        folder: it holds procedure.xml, types.xsd and a folder for each record type.
    """
    path = folder / "procedure.xml"
    root, faults = data_file_faults(path, schemas_folder() / "procedure.xsd")
    if root is None or faults:
        return faults
    try:
        found = read_procedure(folder)
    except SettingsInvalid as error:
        return [data_fault(error.message, path)]
    check = _Check(folder, root)
    return [*check.numbers(found), *check.steps()]


class _Check:
    """Looks at what a procedure.xml says beside the folder it stands in."""

    def __init__(self, folder: Path, root: etree._Element) -> None:
        self._folder, self._path, self._root = folder, folder / "procedure.xml", root
        self._types = {node.get("name", ""): node for node in _elements(folder / "types.xsd")}

    def _fault(self, message: str, node: etree._Element) -> Finding:
        return data_fault(message, self._path, node)

    # Numbers

    def numbers(self, found: Procedure) -> Iterator[Finding]:
        """Yield where the numbers do not fit together, or are not those types.xsd lets into a record."""
        node = next(self._root.iter(f"{_C}dossier"))
        try:
            wrong = list(_number_faults(found.numbers))
        except (re.error, KeyError, ValueError):
            yield self._fault(
                "dossier的ids、people、places或part的pattern写法不对：花括号里应是part的name，pattern应是正则", node
            )
            return
        yield from (self._fault(message, node) for message in wrong)
        for kind, number in () if wrong else _sample_numbers(found):
            if not self._allows(kind, number):
                yield self._fault(f"types.xsd的{kind}不收“{number}”；两处的式样须一致", node)

    def _allows(self, kind: str, text: str) -> bool:
        pattern = next(iter(self._types[kind].iter(f"{_XS}pattern")), None) if kind in self._types else None
        return pattern is None or re.fullmatch(pattern.get("value", ""), text, re.ASCII) is not None

    # Steps

    def steps(self) -> Iterator[Finding]:
        """Yield what is wrong with steps: folders, deeds, roles, fields and paths."""
        nodes = [*self._root.iter(f"{_C}step"), *self._root.iter(f"{_C}supplement")]
        deeds = Counter(deed for node in nodes for deed in node.get("deeds", "").split())
        known = {node.get("id", "") for node in nodes}
        for stray in sorted({path.parent.name for path in self._folder.glob("*/record.xsd")} - known):
            yield self._fault(f"有记录类型文件夹{stray}，procedure.xml里没有这一步", self._root)
        if Deed.OPENS not in deeds:
            yield self._fault("没有一步的deeds写明opens：不知道哪件记录开始一个批次（档）", self._root)
        for node in nodes:
            for deed in node.get("deeds", "").split():
                if deeds[deed] > 1 and deed not in _MANY:
                    yield self._fault(f"{node.get('id')}的deeds“{deed}”不止一步有，只能有一步", node)
                yield from self._needs(node, deed)
            yield from self._signers(node)
            yield from self._fields(node)

    def _needs(self, node: etree._Element, deed: str) -> Iterator[Finding]:
        said = {field.get("is") for field in node.iterfind(f"{_C}field")}
        for need in _NEEDS.get(Deed(deed), ()):
            if need not in said:
                yield self._fault(f"{node.get('id')}的deeds有“{deed}”，却没有写明field“{need}”在记录的哪里", node)

    def _signers(self, node: etree._Element) -> Iterator[Finding]:
        roles = {one.get("value") for one in self._types["Role"].iter(f"{_XS}enumeration")}
        for signer in node.iterfind(f"{_C}signer"):
            if signer.get("role") not in roles:
                yield self._fault(f"{node.get('id')}的责任角色{signer.get('role')}不在types.xsd的Role之中", signer)
            for name in ("when", "among"):
                if (path := signer.get(name)) and not _is_xpath(path):
                    yield self._fault(f"{node.get('id')}的signer的{name}“{path}”不是正确的XPath", signer)

    def _fields(self, node: etree._Element) -> Iterator[Finding]:
        file = self._folder / node.get("id", "") / "record.xsd"
        if not file.is_file():
            yield self._fault(f"{node.get('id')}没有记录类型：缺少{file}", node)
            return
        paths = set(_paths(next(one for one in _elements(file) if one.get("name") == "content")))
        said = [(one, one.get("at", "")) for one in node.iterfind(f"{_C}field")]
        for tells in node.iterfind(f"{_C}tells"):
            said += [(tells, name) for name in (*tells.get("fields", "").split(), tells.get("people", "")) if name]
        for one, path in said:
            if path not in paths:
                yield self._fault(f"{node.get('id')}的记录里没有{path}这一项", one)
        doubled = Counter(field.get("is") for field in node.iterfind(f"{_C}field"))
        yield from (
            self._fault(f"{node.get('id')}的field“{name}”写了两次", node) for name, n in doubled.items() if n > 1
        )


def _number_faults(numbers: DossierNumbers) -> Iterator[str]:
    """Yield where the example is no number; raises what a wrong layout or pattern makes re and str raise."""
    if not numbers.told or not numbers.record.pattern or not numbers.person.pattern:
        yield "dossier没有写明编号的式样"
    if numbers.dossier.fullmatch(numbers.example) is None:
        yield f"dossier的example“{numbers.example}”不合ids的式样"
    elif numbers.people and numbers.person.fullmatch(f"{numbers.example}-001") is None:
        yield "dossier的people应容得下001"
    elif not re.fullmatch(numbers.places, "001", re.ASCII):
        yield "dossier的places应容得下001"


def _sample_numbers(found: Procedure) -> Iterator[tuple[str, str]]:
    """Yield a number of every kind, with the type that is to let it in."""
    example = found.numbers.example
    owners = (example, f"{example}-001") if found.numbers.people else (example,)
    yield "BatchId", example
    yield from (("PersonNo", owner) for owner in owners[1:])
    for step in found.all_types:
        yield "TypeId", step
        yield from (("RecordId", f"{owner}/{step}/001") for owner in owners)
    yield from (("StepId", step) for step in found.steps)


def _elements(path: Path) -> list[etree._Element]:
    return [node for node in etree.parse(path).getroot() if isinstance(node.tag, str)]


def _paths(node: etree._Element, above: str = "") -> Iterator[str]:
    """Yield the path of every element below one, from the content, those of shared types too."""
    for child in node.iterfind(f"{_XS}complexType/{_XS}sequence/{_XS}element"):
        path = f"{above}{child.get('name')}"
        yield path
        if kind := child.get("type"):
            yield from (f"{path}/{inner}" for inner in _inside(kind))
        yield from _paths(child, f"{path}/")


def _inside(kind: str) -> Iterator[str]:
    """Yield the names of the elements a shared type holds."""
    for node in _elements(schemas_folder() / "types.xsd"):
        if node.get("name") == kind:
            yield from (one.get("name", "") for one in node.iterfind(f"{_XS}sequence/{_XS}element"))


def _is_xpath(path: str) -> bool:
    try:
        etree.XPath(path, namespaces={"r": RECORD})
    except etree.XPathSyntaxError:
        return False
    return True
