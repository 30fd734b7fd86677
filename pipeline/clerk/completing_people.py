"""People a record names, completed by whom it lists itself and by whom else is known."""

from __future__ import annotations

from lxml import etree

from jishi.names import folded_name
from jishi.records import Person, R
from pipeline.clerk.record_work import RecordWork
from pipeline.clerk.written_days import Unclear

_PEOPLE = ("id", "no", "name", "org", "post")


def listed_in(root: etree._Element) -> list[Person]:
    """Return the 所涉人员 of a record, perhaps without numbers."""
    return [Person(*(node.get(key, "") for key in _PEOPLE)) for node in root.iterfind(f"{R}people/{R}person")]


def names_in(root: etree._Element) -> frozenset[str]:
    """Return whom a record names without saying their numbers, as far as its own 所涉人员 do not tell."""
    listed = list(root.iterfind(f"{R}people/{R}person"))
    told = {node.get(key, "") for node in listed if node.get("id") for key in ("id", "name")}
    said = {node.get("name", "") for node in listed if not node.get("id")}
    said |= {node.get("ref", "") for node in root.iter(etree.Element)}
    return frozenset(one.strip() for one in said - told if one.strip())


def complete_people(work: RecordWork) -> None:
    """Complete the numbers of people who are named, and name in 所涉人员 everybody the record refers to."""
    for node in work.root.iterfind(f"{R}people/{R}person"):
        if not node.get("id", "").strip() and node.get("name", "").strip():
            _number_person(work, node)
    listed = {node.get("id", "") for node in work.root.iterfind(f"{R}people/{R}person")}
    for node in work.root.iter(etree.Element):
        said = node.get("ref", "")
        if said and said not in listed:
            _refer(work, node, said, listed)


def _number_person(work: RecordWork, node: etree._Element) -> None:
    try:
        person = work.people.meant(node.get("name", ""))
    except Unclear:
        return
    if _contradicts(node, person):
        return
    for key, value in zip(_PEOPLE, person, strict=True):
        if value and not node.get(key, "").strip():
            node.set(key, value)
    work.told.append(f"人员“{person.name}”：补人员编号“{person.id}”")


def _contradicts(node: etree._Element, person: Person) -> bool:
    """Tell whether what a record says of somebody besides his name is another's, who may only bear the same name."""
    said = {"no": person.no, "org": person.org}
    return any(folded_name(node.get(key, "")) not in ("", folded_name(value)) for key, value in said.items() if value)


def _refer(work: RecordWork, node: etree._Element, said: str, listed: set[str]) -> None:
    try:
        person = work.people.meant(said)
    except Unclear:
        return
    node.set("ref", person.id)
    if said != person.id:
        work.told.append(f"人员“{said}”：作人员编号“{person.id}”")
    if person.id not in listed:
        listed.add(person.id)
        values = {key: value for key, value in zip(_PEOPLE, person, strict=True) if value}
        etree.SubElement(work.header("people"), f"{R}person", values)
        more = "，".join(part for part in (person.org, person.post) if part)
        work.told.append(f"所涉人员：补“{person.name}”" + (f"（{more}）" if more else ""))
