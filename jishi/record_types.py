"""A record type as its folder says it: fields, labels, types, order, enumerations, all read from record.xsd.

Nothing about a field is written anywhere else: forms, slips, blank records and pages read it from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from jishi.data_files import local_files, of_data, schemas_folder
from jishi.errors import NotFound

_XS = "{http://www.w3.org/2001/XMLSchema}"
NAMESPACE = "urn:jishi:record:1"
_BUILT_IN = {"boolean": "true（是）或false（否）"}
"""XML Schema's own types → what they hold."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record, or of a group or list entry inside it."""

    key: str
    label: str
    kind: str
    """The XSD type's local name (Line, Text, date, Count, boolean, PersonRef, SomePeople, FileList …),
    or enum | enums | list | group for types made on the spot."""
    required: bool
    derived: bool
    """True for a value that is recomputed and never trusted (G09)."""
    choices: tuple[str, ...] = ()
    """The allowed values of an enumeration, in schema order."""
    children: tuple[Field, ...] = ()
    """The fields of a group, or of one entry of a list."""
    least: int = 0
    """For a list: how many entries it must have."""


@dataclass(frozen=True, slots=True)
class RecordType:
    """One record type: its id, its header and its own fields."""

    id: str
    name: str
    header: tuple[Field, ...]
    fields: tuple[Field, ...]
    folder: Path

    def field(self, key: str) -> Field:
        """Return the content field with this key."""
        return next(field for field in self.fields if field.key == key)

    def labels(self) -> dict[str, str]:
        """Return key → Chinese label for every element of this type, header included; the first one wins."""
        return {key: field.label for key, field in self.by_key().items()}

    def kinds(self) -> dict[str, str]:
        """Return key → kind for every element of this type, header included; the first one wins."""
        return {key: field.kind for key, field in self.by_key().items()}

    def by_key(self) -> dict[str, Field]:
        """Return key → field for every element of this type, header included; the first one wins."""
        found: dict[str, Field] = {}
        for field in _walk(self.header + self.fields):
            found.setdefault(field.key, field)
        return found


def _walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from _walk(field.children)


@of_data
@cache
def procedure_folders() -> tuple[Path, ...]:
    """Return the folders of the procedures there are: those that ship with the product, then the locality's own."""
    shipped = sorted(schemas_folder().glob("*/procedure.xml"))
    return tuple(path.parent for path in (*shipped, *local_files("*/procedure.xml")))


def procedure_folder() -> Path:
    """Return the folder of the procedure that ships with the product."""
    return procedure_folders()[0]


@of_data
@cache
def type_ids() -> tuple[str, ...]:
    """Return the ids of all record types: every folder of a procedure with a record.xsd."""
    return tuple(sorted(_type_folders()))


@of_data
@cache
def _type_folders() -> Mapping[str, Path]:
    shipped = (path for folder in procedure_folders() for path in sorted(folder.glob("*/record.xsd")))
    return {path.parent.name: path.parent for path in (*local_files("*/*/record.xsd"), *shipped)}


@of_data
@cache
def record_type(type_id: str) -> RecordType:
    """Return the record type of this id.

    Raises:
        NotFound: there is no such folder.
    """
    folder = _type_folders().get(type_id)
    if folder is None:
        raise NotFound(f"没有记录类型 {type_id}；可用 jishi catalogue 查看全部步骤")
    content = _element_named(etree.parse(folder / "record.xsd").getroot(), "content")
    return RecordType(
        id=type_id,
        name=_label(content),
        header=header_fields(),
        fields=tuple(_field(node) for node in _elements_of(content)),
        folder=folder,
    )


@of_data
@cache
def header_fields() -> tuple[Field, ...]:
    """Return the fields of the common header, the record's own attributes first."""
    record = _element_named(etree.parse(schemas_folder() / "record.xsd").getroot(), "record")
    attributes = [
        Field(node.get("name", ""), _label(node), _kind(node.get("type", "")), node.get("use") == "required", False)
        for node in record.iterfind(f"{_XS}complexType/{_XS}attribute")
    ]
    return (*attributes, *(_field(node) for node in _elements_of(record) if node.get("name")))


@of_data
@cache
def role_labels() -> dict[str, str]:
    """Return role code → Chinese name (chair → 主持人), of every procedure."""
    roles = (node for root in _type_files() for node in root if node.get("name") == "Role")
    return {value.get("value", ""): _label(value) for role in roles for value in role.iter(f"{_XS}enumeration")}


@of_data
@cache
def types() -> Mapping[str, etree._Element]:
    """Return every type a record may use by its name: those all procedures share, then those of each procedure."""
    found: dict[str, etree._Element] = {}
    for node in (node for root in _type_files() for node in root):
        if node.tag in (f"{_XS}simpleType", f"{_XS}complexType"):
            found.setdefault(node.get("name", ""), node)
    return found


def _type_files() -> Iterator[etree._Element]:
    return (etree.parse(folder / "types.xsd").getroot() for folder in (schemas_folder(), *procedure_folders()))


@of_data
@cache
def shared_choices(type_name: str) -> tuple[str, ...]:
    """Return the allowed values of a shared enumeration such as PostLevel, in schema order."""
    node = types().get(type_name)
    return (
        ()
        if node is None or node.tag != f"{_XS}simpleType"
        else tuple(v.get("value", "") for v in node.iter(f"{_XS}enumeration"))
    )


@of_data
@cache
def type_patterns() -> dict[str, str]:
    """Return shared type → the pattern its values keep to, as the schema has it."""
    patterns = ((node, node.find(f"{_XS}restriction/{_XS}pattern")) for node in types().values())
    return {node.get("name", ""): pattern.get("value", "") for node, pattern in patterns if pattern is not None}


@of_data
@cache
def type_notes() -> dict[str, str]:
    """Return type → what it holds: our words for XML Schema's own types, of shared ones what their annotation says."""
    return _BUILT_IN | {name: _label(node) for name, node in types().items()}


@of_data
@cache
def attribute_labels() -> dict[tuple[str, str], str]:
    """Return (shared type, attribute) → Chinese label; an element with a type of its own stands by its name."""
    found = {}
    for node in (attribute for owner in types().values() for attribute in owner.iter(f"{_XS}attribute")):
        owner = next(up for up in node.iterancestors() if up.get("name"))
        found[owner.get("name", ""), node.get("name", "")] = _label(node)
    return found


def parse_schema(path: Path) -> etree._ElementTree:
    """Return a schema file, parsed; it may include those that ship with the product as `jishi:record.xsd`."""
    parser = etree.XMLParser()
    parser.resolvers.add(_Shipped())
    return etree.parse(path, parser)


class _Shipped(etree.Resolver):
    """Finds the product's own schemas for files that stand elsewhere."""

    def resolve(self, system_url: str, public_id: str, context: object) -> object:  # type: ignore[override]
        scheme, _, name = system_url.rpartition("jishi:")
        return None if scheme or not name else self.resolve_filename(str(schemas_folder() / name), context)  # type: ignore[attr-defined]


@cache
def type_attributes(path: str) -> tuple[Field, ...]:
    """Return the attributes of a shared type, as fields, in schema order; none where it has none.

    Args:
        path: the type's name, such as NotebookPages; below it, after a slash, the name of an element in it.
    """
    name, _, inner = path.partition("/")
    node = types().get(name)
    if node is not None and inner:
        held = (one for one in node.iter(f"{_XS}element") if one.get("name") == inner)
        node = next((one.find(f"{_XS}complexType") for one in held), None)
    return () if node is None else tuple(_attribute_field(one) for one in node.iterfind(f"{_XS}attribute"))


def _attribute_field(node: etree._Element) -> Field:
    kind = _kind(node.get("type", ""))
    needed = node.get("use") == "required"
    return Field(node.get("name", ""), _label(node), kind, needed, False, shared_choices(kind))


def _element_named(schema: etree._Element, name: str) -> etree._Element:
    return next(node for node in schema.iterfind(f"{_XS}element") if node.get("name") == name)


def _elements_of(node: etree._Element) -> list[etree._Element]:
    return list(node.iterfind(f"{_XS}complexType/{_XS}sequence/{_XS}element"))


def _label(node: etree._Element) -> str:
    return node.findtext(f"{_XS}annotation/{_XS}documentation", "").strip()


def _kind(type_name: str) -> str:
    return type_name.rpartition(":")[2]


def _field(node: etree._Element) -> Field:
    base = (node.get("name", ""), _label(node))
    required = node.get("minOccurs", "1") != "0"
    derived = node.findtext(f"{_XS}annotation/{_XS}appinfo", "").strip() == "derived"
    if named := node.get("type"):
        kind = _kind(named)
        return Field(*base, kind, required, derived, shared_choices(kind))
    if (simple := node.find(f"{_XS}simpleType")) is not None:
        return Field(*base, "enum", required, derived, _values(simple))
    inner = _elements_of(node)
    if len(inner) == 1 and inner[0].get("maxOccurs") == "unbounded":
        return _list_field(base, inner[0], required, derived)
    return Field(*base, "group", required, derived, (), tuple(_field(child) for child in inner))


def _list_field(base: tuple[str, str], entry: etree._Element, required: bool, derived: bool) -> Field:
    least = int(entry.get("minOccurs", "1"))
    if entry.get("name") == "value":
        return Field(*base, "enums", required, derived, _values(entry), least=least)
    children = tuple(_field(child) for child in _elements_of(entry))
    return Field(*base, "list", required, derived, (), children, least)


def _values(node: etree._Element) -> tuple[str, ...]:
    return tuple(value.get("value", "") for value in node.iter(f"{_XS}enumeration"))
