"""What a record says of its papers, completed by what they are in fact; a value that is there is never put right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from lxml import etree

from jishi.names import folded_name
from jishi.record_types import attribute_labels
from jishi.records import R
from pipeline.clerk.record_work import RecordWork
from pipeline.clerk.written_values import MEDIA

_PAPER_NAMES = ("file", "name", "kind")
PAPER_REFS = {"signRef": "Responsible", "att": "FileRef", "shownBy": "Attachment"}
"""Attributes that name a paper of the record → the shared type they stand in."""


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What a file is in fact."""

    media_type: str
    bytes: int
    sha256: str
    pages: int = 0
    """0 where they are not counted yet."""


def complete_papers(work: RecordWork, papers: Mapping[str, PaperFacts]) -> None:
    """Complete what a record says of its papers, by what they are in fact.

    Args:
        work: the record.
        papers: file name → what the file is.
    """
    nodes = list(work.root.iterfind(f"{R}attachment"))
    taken = {node.get("id", "") for node in nodes}
    for place, node in enumerate(nodes, start=1):
        if named := _same_stem(node.get("file", ""), papers):
            node.set("file", work.put("附件文件名", node.get("file", ""), named))
        label = f"附件“{node.get('file', '')}”"
        for key, value in _names_of(node, place, taken):
            work.fill(node, key, value, label)
        work.read_attribute(node, "mediaType", MEDIA, f"{label}的格式")
        work.read_attribute(node, "original", "boolean", f"{label}是否原件")
        if facts := papers.get(node.get("file", "")):
            work.fill(node, "mediaType", facts.media_type, f"{label}的格式")
            work.fill(node, "bytes", str(facts.bytes), f"{label}的字节数")
            work.fill(node, "sha256", facts.sha256, f"{label}的校验码")
            work.fill(node, "pages", str(facts.pages or ""), f"{label}的页数")
    _complete_paper_references(work, nodes)


def _complete_paper_references(work: RecordWork, papers: list[etree._Element]) -> None:
    """Put a paper's 附件编号 where somebody wrote its name, its kind or its file."""
    numbers = {node.get("id", "") for node in papers}
    for key, owner in PAPER_REFS.items():
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
