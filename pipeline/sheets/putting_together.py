"""A record put together from its draft and the pages of its print that came back signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from archive.papers.kinds import PDF
from jishi.findings import Finding
from jishi.record_types import NAMESPACE
from jishi.records import Record
from pipeline.sheets.seen import InkMark
from pipeline.sheets.sent import PAPERS, KeptPage, SentSheets
from pipeline.sheets.stack_words import cell_words, missing_pages, no_day, no_paper
from press.draft import Draft, SheetCell

_R = f"{{{NAMESPACE}}}"
_HAND, _SEAL = "手写签名扫描", "印章"
"""签名方式 of what was seen on our sheet; schemas/types.xsd lists them."""
_KIND = "送签件扫描件"
"""Kind of the paper where the draft foresees none for the signatures."""


@dataclass(frozen=True, slots=True)
class SignedDraft:
    """A record sent to be signed, with what of it came back."""

    record: Record
    draft: Draft
    pages: Mapping[int, KeptPage]
    papers: frozenset[str]
    """Names of the files that lay beside it when it was printed."""

    def lacks(self) -> Iterator[Finding]:
        """Yield what keeps it from being put together: pages, hands, days of signing, papers."""
        if missing := [page for page in range(1, len(self.draft.sizes) + 1) if page not in self.pages]:
            yield missing_pages(self._stack, self.draft, missing)
        for kept in self.pages.values():
            for seen in kept.seen.cells:
                if seen.cell in self.to_sign and (words := cell_words(kept.name, self.draft, kept.seen, seen)):
                    yield words
        if undated := [cell for cell in self.to_sign if not self._mark(cell).get("signedOn")]:
            yield no_day(self.record.id, undated)
        away = [one for one in self.record.attachments if one.file not in self.papers]
        if gone := [one.file for one in away if not self._is_scan(one.id)]:
            yield no_paper(self.record.id, gone)

    def is_signed(self) -> bool:
        """Tell whether all is there and every hand is seen for sure."""
        seen = {one.cell for kept in self.pages.values() for one in kept.seen.cells if one.mark is InkMark.SEEN}
        return not any(self.lacks()) and set(self.to_sign) <= seen

    @property
    def to_sign(self) -> Sequence[SheetCell]:
        """The cells whose signature is not given on a paper that lay beside the draft."""
        there = {paper.id for paper in self.record.attachments if paper.file in self.papers}
        return [cell for cell in self.draft.cells if self._mark(cell).get("signRef", "") not in there]

    def together(self) -> tuple[bytes, dict[str, bytes]]:
        """Return the record with its signatures, and the pages of its print as files by their names."""
        root = etree.fromstring(etree.tostring(self.record.root))
        foreseen = [node for node in root.findall(f"{_R}attachment") if self._is_scan(node.get("id", ""))]
        kind = foreseen[0].get("kind", _KIND) if foreseen else _KIND
        for node in foreseen:
            root.remove(node)
        taken = {node.get("id") for node in root.iterfind(f"{_R}attachment")}
        free = (f"att-{number}" for number in range(1, 10_000) if f"att-{number}" not in taken)
        papers, ids = {}, {}
        for number, kept in sorted(self.pages.items()):
            ids[number], name = next(free), f"{self.record.id.replace('/', '_')}-签字第{number}页.pdf"
            papers[name] = kept.pdf
            root.append(self._attachment(ids[number], name, kind, kept))
        marks = root.findall(f"{_R}responsible")
        for cell in self.to_sign:
            mark = marks[int(cell.signatory.id)]
            mark.set("signKind", _SEAL if cell.signatory.seals else _HAND)
            mark.set("signRef", ids[cell.page])
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8"), papers

    @property
    def _stack(self) -> str:
        return next((kept.name for kept in self.pages.values()), "")

    def _mark(self, cell: SheetCell) -> etree._Element:
        return self.record.root.findall(f"{_R}responsible")[int(cell.signatory.id)]

    def _is_scan(self, paper: str) -> bool:
        """Tell whether a paper of the draft stands for the scan to come: not there, and only signatures cite it."""
        there = {one.id for one in self.record.attachments if one.file in self.papers}
        signed = {mark.attachment for mark in self.record.signatures}
        cited = {node.get("att") for node in self.record.root.iter(etree.Element)}
        return paper in signed and paper not in there and paper not in cited

    def _attachment(self, id_: str, name: str, kind: str, kept: KeptPage) -> etree._Element:
        origin = f"原扫描件{kept.name}第{kept.seen.place}页，校验码{kept.stack[:16]}"
        told = f"{self.record.form_title}送签件第{kept.seen.page}页（{origin}）"
        values = {
            "id": id_, "name": told, "kind": kind, "file": name, "mediaType": PDF, "bytes": str(len(kept.pdf)),
            "sha256": hashlib.sha256(kept.pdf).hexdigest(), "pages": "1", "original": "true",
        }  # fmt: skip
        return etree.Element(f"{_R}attachment", values)


def signed_draft(sent: SentSheets, record: Record, draft: Draft) -> SignedDraft:
    """Return a record sent to be signed as it stands."""
    folder: Path = sent.folder(record.id) / PAPERS
    papers = frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()
    return SignedDraft(record, draft, sent.pages(draft), papers)
