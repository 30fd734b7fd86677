"""Kinds of volume (卷种) and periods they are kept (保管期限), as read from the procedure: the only list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from lxml import etree

from jishi.procedure_file import NAMESPACE
from jishi.record_types import procedure_folder
from jishi.steps import Step

CLASS_MARK = "·"
"""Stands between the parts of a 类别号 where no setting says otherwise."""
MANNERS = {"original": "原件", "extract": "摘录", "copy": "副本", "made": "编制", "ballots": "原票"}
"""How something became an item of a volume, in words."""
_NS = {"c": NAMESPACE}
_OF_ONE = frozenset({"report"})


@dataclass(frozen=True, slots=True)
class RetentionPeriod:
    """One 保管期限."""

    code: str
    """As archive numbers have it."""
    name: str
    full: str
    """As covers have it: 定期30年."""


@dataclass(frozen=True, slots=True)
class ItemRule:
    """How something becomes an item (件) of a volume."""

    manner: str
    """A key of MANNERS."""
    document: str = ""
    """Which document, where it is made at filing."""
    retention: str = ""
    """How long a made document is kept; a record says that of itself."""
    of: str = ""
    """person | dossier: only records of a person, or of the dossier as a whole; empty for all."""
    scopes: frozenset[str] = frozenset()
    """Only records of steps of this scope; empty for all."""
    archives: frozenset[str] = frozenset()
    """Only records of steps that say so of their place; empty for all."""
    note: str = ""
    """Printed under the title of the form."""
    remark: str = ""
    """备注 in the contents."""
    apart: str = ""
    """备注 of a record whose sealed ballots are kept elsewhere."""

    @property
    def of_one(self) -> bool:
        """Tell whether it makes a document that tells of one person."""
        return self.document in _OF_ONE

    def fits(self, step: Step, personal: bool) -> bool:
        """Tell whether it takes the records of a step: a person's, or the dossier's."""
        return (
            self.of in ("", "person" if personal else "dossier")
            and (not self.scopes or step.scope in self.scopes)
            and (not self.archives or step.archive in self.archives)
            and (self.manner != "ballots" or bool(step.ballot_kind))
        )


@dataclass(frozen=True, slots=True)
class VolumeKind:
    """One 卷种: what a volume of it is called, holds and looks like."""

    code: str
    name: str
    parents: str
    """门类·类目, which stand before the code in the 类别号."""
    parents_name: str
    per: str
    """person | dossier: whose volume it is."""
    retention: str
    stamp: str
    matter: str
    """机构或问题, in the stamp."""
    elsewhere: str
    """Where a record stands that the volume cites and does not hold."""
    sealed: bool
    label: str
    """Pattern of a line for cover and box; most have none."""
    titles: tuple[tuple[str, str], ...]
    """Kind of change, or "" for all others → pattern of the 案卷题名."""
    parts: tuple[tuple[ItemRule, ...], ...]
    """In their order: one made document, or rules of which the first that fits takes a record."""

    @property
    def personal(self) -> bool:
        """Tell whether every person has one."""
        return self.per == "person"

    @property
    def class_code(self) -> str:
        """类别号, such as WS·XR·GR."""
        return f"{self.parents}{CLASS_MARK}{self.code}"

    @property
    def class_name(self) -> str:
        """类目名称, as the cover has it."""
        return f"{self.parents_name}·{self.name}"

    def title(self, change: str = "") -> str:
        """Return the pattern of the title for people of a kind of change."""
        titles = dict(self.titles)
        return titles.get(change, titles[""])

    def rules_for(self, step: Step) -> tuple[ItemRule, ...]:
        """Return how it takes the records of a step."""
        return tuple(rule for part in self.parts for _, rule in taken_by(part, step))

    def kept(self, retention: str) -> str:
        """Return how long an item is kept in it that alone would be kept so long: never longer than the volume."""
        order = list(retention_periods())
        return max(retention, self.retention, key=order.index)


def taken_by(part: Sequence[ItemRule], step: Step) -> tuple[tuple[bool, ItemRule], ...]:
    """Return how a part of a volume takes a step's records: whether a person's, and by which rule."""
    found = ((personal, _first(part, step, personal)) for personal in (False, True) if step.has_records(personal))
    return tuple((personal, rule) for personal, rule in found if rule is not None)


def _first(part: Sequence[ItemRule], step: Step, personal: bool) -> ItemRule | None:
    return next((rule for rule in part if not rule.document and rule.fits(step, personal)), None)


@cache
def retention_periods() -> Mapping[str, RetentionPeriod]:
    """Return code → 保管期限, the longest first."""
    nodes = [dict(node.attrib) for node in _root().iterfind("c:retention", _NS)]
    return {str(node["code"]): RetentionPeriod(**node) for node in nodes}


@cache
def volume_kinds() -> Mapping[str, VolumeKind]:
    """Return code → kind of volume, every one there is, also those that no dossier is filed in now."""
    return {kind.code: kind for kind in map(_kind, _root().iterfind("c:volumes/c:volume", _NS))}


@cache
def usual_kinds() -> tuple[VolumeKind, ...]:
    """Return the kinds a dossier is filed in where no profile chooses others, in the order they are numbered."""
    usual = _root().xpath("string(c:volumes/@usual)", namespaces=_NS)
    return tuple(volume_kinds()[code] for code in str(usual).split())


def places_of(step: Step, kinds: Iterable[VolumeKind]) -> str:
    """Return in words which volumes a step's records go to, sealed ballots apart."""
    if step.archive == "own":
        return "随所述步骤"
    taking = (kind for kind in kinds if any(rule.manner != "ballots" for rule in kind.rules_for(step)))
    return "和".join(kind.name for kind in taking)


def ballot_kinds(step: Step, kinds: Iterable[VolumeKind]) -> tuple[VolumeKind, ...]:
    """Return the kinds of volume that hold a step's sealed ballots."""
    return tuple(kind for kind in kinds if any(rule.manner == "ballots" for rule in kind.rules_for(step)))


@cache
def _root() -> etree._Element:
    return etree.fromstring((procedure_folder() / "procedure.xml").read_bytes())


def _kind(node: etree._Element) -> VolumeKind:
    return VolumeKind(
        code=node.get("code", ""),
        name=node.get("name", ""),
        parents=node.get("class", ""),
        parents_name=node.get("className", ""),
        per=node.get("per", ""),
        retention=node.get("retention", ""),
        stamp=node.get("stamp", ""),
        matter=node.get("matter", ""),
        elsewhere=node.get("elsewhere", ""),
        sealed=node.get("sealed") == "true",
        label=node.get("label", ""),
        titles=tuple((title.get("change", ""), title.text or "") for title in node.iterfind("c:title", _NS)),
        parts=tuple(_part(part) for part in node.iterfind("*") if etree.QName(part).localname != "title"),
    )


def _part(node: etree._Element) -> tuple[ItemRule, ...]:
    return (_rule(node),) if node.get("document") else tuple(map(_rule, node.iterfind("*")))


def _rule(node: etree._Element) -> ItemRule:
    return ItemRule(
        manner=etree.QName(node).localname,
        document=node.get("document", ""),
        retention=node.get("retention", ""),
        of=node.get("of", ""),
        scopes=frozenset(node.get("scope", "").split()),
        archives=frozenset(node.get("archive", "").split()),
        note=node.get("note", ""),
        remark=node.get("remark", ""),
        apart=node.get("apart", ""),
    )
