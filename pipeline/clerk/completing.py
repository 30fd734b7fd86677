"""A record as people write it, completed by what the machine can know; everything completed is told in words.

Completed are: sizes, digests, pages and formats of papers; numbers that follow from the 记录编号; Chinese values, names
of roles, papers and known people in place of codes; codes in small letters; dates as people write them. What is unclear
stays as it was sent, and the schema names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import PurePath

from lxml import etree

from jishi.case.ids import RecordId
from jishi.errors import NotFound
from jishi.names import folded_name
from jishi.procedure import procedure
from jishi.record_types import Field, attribute_labels, header_fields, record_type, type_attributes
from jishi.records import Person, R, children_of
from pipeline.clerk.known_people import KnownPeople
from pipeline.clerk.written_days import Unclear
from pipeline.clerk.written_values import MEDIA, ROLE, canonical, canonical_of

_PEOPLE = ("id", "no", "name", "org", "post")
_PAPER_NAMES = ("file", "name", "kind")
_PAPER_REFS = {"signRef": "Responsible", "att": "FileRef", "shownBy": "Attachment"}
"""Attributes that name a paper of the record → the shared type they stand in."""
_NO_NOTES = etree.XPath("not(*)")


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What a file is in fact."""

    media_type: str
    bytes: int
    sha256: str
    pages: int = 0
    """0 where they are not counted yet."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A record that was completed, and what was completed in it."""

    root: etree._Element
    told: tuple[str, ...]
    """In Chinese, one thing each; empty where nothing was to be completed."""


@dataclass(slots=True)
class _Work:
    """A record being completed."""

    root: etree._Element
    people: KnownPeople
    told: list[str] = field(default_factory=list)

    def put(self, label: str, old: str, value: str) -> str:
        """Return a value, telling where it is another than what was sent."""
        if value != old:
            self.told.append(f"{label}：{f'“{old}”作' if old.strip() else '补'}“{value}”")
        return value


def complete(sent: etree._Element, papers: Mapping[str, PaperFacts], known: Iterable[Person] = ()) -> Completed:
    """Return a record completed; what was sent is left as it is.

    Args:
        sent: the root of a record, perhaps incomplete.
        papers: file name → what the file is; only files that lie with the record.
        known: people of the unit, for names instead of numbers.
    """
    if sent.tag != f"{R}record":
        return Completed(sent, ())
    root = deepcopy(sent)
    own = [Person(*(node.get(key, "") for key in _PEOPLE)) for node in root.iterfind(f"{R}people/{R}person")]
    work = _Work(root, KnownPeople([*(one for one in own if one.id), *known]))
    _complete_codes(work)
    _complete_numbers(work)
    _complete_header(work)
    _complete_papers(work, papers)
    _complete_content(work)
    _complete_people(work)
    return Completed(root, tuple(work.told))


def names_in(root: etree._Element) -> frozenset[str]:
    """Return whom a record names without saying their numbers, as far as its own 所涉人员 do not tell."""
    listed = list(root.iterfind(f"{R}people/{R}person"))
    told = {node.get(key, "") for node in listed if node.get("id") for key in ("id", "name")}
    said = {node.get("name", "") for node in listed if not node.get("id")}
    said |= {node.get("ref", "") for node in root.iter(etree.Element)}
    return frozenset(one.strip() for one in said - told if one.strip())


def _complete_codes(work: _Work) -> None:
    """Write the codes a record begins with as codes are written."""
    for one in header_fields():
        _attribute(work, work.root, one.key, one.kind, one.label)


def _complete_numbers(work: _Work) -> None:
    """Complete what the 记录编号 says already, and what the procedure says of the step."""
    root = work.root
    said = root.get("recordId", "").strip()
    number = RecordId.of(said) if RecordId.is_one(said) else RecordId()
    step = procedure().all_types.get(root.get("stepId") or number.step)
    follow = {"stepId": number.step, "occurrence": str(int(number.place)) if number.place else ""}
    follow |= {"itemId": step.item, "stageId": step.stage} if step else {}
    labels = {one.key: one.label for one in header_fields()}
    for key, value in follow.items():
        if value and not root.get(key):
            root.set(key, work.put(labels[key], "", value))
    for key, value in {"batch": number.batch, "personId": number.person_no}.items():
        if value and not root.findtext(f"{R}{key}", "").strip():
            _header(root, key).text = work.put(labels[key], "", value)


def _header(root: etree._Element, key: str) -> etree._Element:
    """Return a header element, put where the schema wants it if it is not there."""
    if (found := root.find(f"{R}{key}")) is not None:
        return found
    order = [f"{R}{one.key}" for one in header_fields()]
    later = {*order[order.index(f"{R}{key}") + 1 :], f"{R}content"}
    node = etree.Element(f"{R}{key}")
    place = next((at for at, one in enumerate(root) if one.tag in later), len(root))
    root.insert(place, node)
    return node


def _complete_header(work: _Work) -> None:
    for one in header_fields():
        for node in work.root.iterfind(f"{R}{one.key}"):
            if node.text and node.text.strip() and _NO_NOTES(node):
                _rewrite(work, node, one)
    for node in work.root.iterfind(f"{R}notebook"):
        _rewrite_attributes(work, node, next(one for one in header_fields() if one.key == "notebook"))
    for node in work.root.iterfind(f"{R}knowers/{R}role"):
        node.text = _read(work, "知悉范围", node.text or "", lambda text: canonical(ROLE, text))
    for node in work.root.iterfind(f"{R}responsible"):
        _attribute(work, node, "role", ROLE, "责任角色")
        _attribute(work, node, "signedOn", "date", "签名日期")
        _attribute(work, node, "signKind", "SignKind", "签名方式")


def _complete_content(work: _Work) -> None:
    content = work.root.find(f"{R}content")
    if content is None:
        return
    try:
        fields = record_type(work.root.get("stepId", "")).fields
    except NotFound:
        return
    _walk(work, content, fields)


def _walk(work: _Work, parent: etree._Element, fields: Iterable[Field]) -> None:
    nodes = children_of(parent)
    for one in fields:
        node = nodes.get(one.key)
        if node is None:
            continue
        if one.kind == "group":
            _walk(work, node, one.children)
        elif one.kind == "list":
            for entry in node.iterfind(f"{R}entry"):
                _walk(work, entry, one.children)
        elif one.kind == "enums":
            for value in node.iterfind(f"{R}value"):
                _rewrite(work, value, one)
        else:
            _rewrite_attributes(work, node, one)
            if node.text and node.text.strip() and _NO_NOTES(node):
                _rewrite(work, node, one)


def _rewrite_attributes(work: _Work, node: etree._Element, one: Field) -> None:
    for part in (part for part in type_attributes(one.kind) if part.key not in ("ref", *_PAPER_REFS)):
        _attribute(work, node, part.key, part.kind, f"{one.label}的{part.label}")


def _rewrite(work: _Work, node: etree._Element, one: Field) -> None:
    node.text = _read(work, one.label, node.text or "", lambda text: canonical_of(one, text))


def _attribute(work: _Work, node: etree._Element, key: str, kind: str, label: str) -> None:
    if old := node.get(key, ""):
        node.set(key, _read(work, label, old, lambda text: canonical(kind, text)))


def _read(work: _Work, label: str, old: str, reader: Callable[[str], str]) -> str:
    """Return a value as read, or as it was where it cannot be; blanks around it alone are not told."""
    try:
        value = reader(old)
    except Unclear:
        return old
    return old if value == old.strip() else work.put(label, old.strip(), value)


# Papers


def _complete_papers(work: _Work, papers: Mapping[str, PaperFacts]) -> None:
    nodes = list(work.root.iterfind(f"{R}attachment"))
    taken = {node.get("id", "") for node in nodes}
    for place, node in enumerate(nodes, start=1):
        if named := _same_stem(node.get("file", ""), papers):
            node.set("file", work.put("附件文件名", node.get("file", ""), named))
        label = f"附件“{node.get('file', '')}”"
        for key, value in _names_of(node, place, taken):
            _fill(work, node, key, value, label)
        _attribute(work, node, "mediaType", MEDIA, f"{label}的格式")
        _attribute(work, node, "original", "boolean", f"{label}是否原件")
        if facts := papers.get(node.get("file", "")):
            _fill(work, node, "mediaType", facts.media_type, f"{label}的格式")
            _fill(work, node, "bytes", str(facts.bytes), f"{label}的字节数")
            _fill(work, node, "sha256", facts.sha256, f"{label}的校验码")
            _fill(work, node, "pages", str(facts.pages or ""), f"{label}的页数")
    _complete_paper_references(work, nodes)


def _complete_paper_references(work: _Work, papers: list[etree._Element]) -> None:
    """Put a paper's 附件编号 where somebody wrote its name, its kind or its file."""
    numbers = {node.get("id", "") for node in papers}
    for key, owner in _PAPER_REFS.items():
        for node in work.root.iterfind(f".//*[@{key}]"):
            said = node.get(key, "")
            if said not in numbers and (meant := _paper_named(said, papers)):
                node.set(key, work.put(attribute_labels()[owner, key], said, meant))


def _paper_named(said: str, papers: list[etree._Element]) -> str:
    """Return the 附件编号 of the one paper a name can mean; of a number capitals make no difference."""
    wanted = folded_name(said).casefold()
    for keys in (("id",), _PAPER_NAMES):
        found = [one for one in papers if wanted in {folded_name(one.get(key, "")).casefold() for key in keys}]
        if len(found) == 1 and wanted:
            return found[0].get("id", "")
    return ""


def _same_stem(file: str, papers: Mapping[str, PaperFacts]) -> str:
    """Return the one file that has the name a record gives but for its ending, where that one is missing."""
    if not file or file in papers:
        return ""
    alike = [name for name in papers if PurePath(name).stem == PurePath(file).stem]
    return alike[0] if len(alike) == 1 else ""


def _names_of(node: etree._Element, place: int, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what an attachment is called where that was left out: by its kind, its name, or its file."""
    stem = PurePath(node.get("file", "")).stem
    yield "id", next(one for one in (f"att-{place}", *(f"att-{place}-{n}" for n in range(2, 999))) if one not in taken)
    yield "kind", node.get("name", "") or stem
    yield "name", node.get("kind", "") or stem


def _fill(work: _Work, node: etree._Element, key: str, value: str, label: str) -> None:
    if value and not node.get(key, "").strip():
        node.set(key, work.put(label, "", value))


# People


def _complete_people(work: _Work) -> None:
    """Complete the numbers of people who are named, and name in 所涉人员 everybody the record refers to."""
    for node in work.root.iterfind(f"{R}people/{R}person"):
        if not node.get("id", "").strip() and node.get("name", "").strip():
            _number_person(work, node)
    listed = {node.get("id", "") for node in work.root.iterfind(f"{R}people/{R}person")}
    for node in work.root.iter(etree.Element):
        said = node.get("ref", "")
        if said and said not in listed:
            _refer(work, node, said, listed)


def _number_person(work: _Work, node: etree._Element) -> None:
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


def _refer(work: _Work, node: etree._Element, said: str, listed: set[str]) -> None:
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
        etree.SubElement(_header(work.root, "people"), f"{R}person", values)
        more = "，".join(part for part in (person.org, person.post) if part)
        work.told.append(f"所涉人员：补“{person.name}”" + (f"（{more}）" if more else ""))
