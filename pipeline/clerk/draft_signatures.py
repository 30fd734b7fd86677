"""Who signs a draft: as written in its row, else those named once for the role; and how they signed, once they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml import etree

from jishi.findings import Finding
from jishi.record_types import Field, role_labels, type_attributes
from jishi.records import R
from jishi.steps import Signer, Step
from pipeline.clerk.record_parts import PartsBuilder
from pipeline.clerk.workbook_columns import CONTENT, SIGNATURES
from pipeline.clerk.workbook_reading import PEOPLE_BETWEEN, RoleRow
from pipeline.clerk.written_record import Entry, Written
from pipeline.rules.xpath_functions import must_sign

SignersByRole = Mapping[tuple[str, str], RoleRow]
"""See FilledWorkbook.signers."""


def append_signatures(
    root: etree._Element,
    content: etree._Element,
    parts: PartsBuilder,
    entry: Entry,
    step: Step,
    signers: SignersByRole,
) -> None:
    """Append who must sign a record, and what is known of their signatures.

    Args:
        root: the record's draft.
        content: what it will hold; says whether a role must sign that signs only sometimes.
        parts: notes whom it refers to, and every fault.
        entry: the record as written; a row without role or name tells how all of them signed.
        step: whose signers the procedure names.
        signers: who holds a role, where the record does not say.
    """
    rows = entry.entries(SIGNATURES)
    everybody = next((row for row in rows if not row.text("role") and not row.text("ref")), Entry({}))
    work = _Signing(root, parts, entry, step, signers, everybody)
    record = etree.Element(f"{R}record")
    record.append(deepcopy(content))
    written = [(row, work.role_of(row)) for row in rows]
    for row, role in written:
        work.sign_as_written(row, role)
    for signer in step.signers:
        if signer.role not in (role for _, role in written):
            work.sign_by_default(signer, must_sign(record, signer))


@dataclass(frozen=True, slots=True)
class _Signing:
    """The signatures of one record."""

    root: etree._Element
    parts: PartsBuilder
    entry: Entry
    step: Step
    signers: SignersByRole
    everybody: Entry
    """How all of them signed, where a row of their own does not say."""

    def role_of(self, row: Entry) -> str:
        """Return the role a row names; a name without one is told."""
        written = row.written("role")
        if not written.text and row.text("ref"):
            self.parts.lacking(_fields()["role"], written)
        return self.parts.value(_fields()["role"], written)

    def sign_as_written(self, row: Entry, role: str) -> None:
        """Append those a row names, or all who hold its role."""
        names = [row.written("ref")] if row.text("ref") else list(self._holders(role))
        for name in names if role else ():
            self._append(role, name, row)

    def sign_by_default(self, signer: Signer, must: bool) -> None:
        """Append who holds a role that must sign, too few are told; of another whom the list names for the step."""
        named_here = (self.step.id, signer.role) in self.signers
        names = list(self._holders(signer.role)) if must or signer.on_summary or named_here else []
        for name in names:
            self._append(signer.role, name, Entry({}))
        if must and len(names) < signer.least:
            label = role_labels()[signer.role]
            words = f"{label}要{signer.least}人，现有{len(names)}人" if names else f"{label}没有指定是谁"
            remedy = f"在“责任人”表的{label}一行写姓名，或在本行的责任人签名中写明"
            finding = Finding("X-CELL", f"责任人签名：{words}", place=self.entry.place, remedy=remedy)
            self.parts.findings.append(finding)

    def _holders(self, role: str) -> Iterator[Written]:
        """Yield the names of those who hold a role: a field of that name in the record comes before the list."""
        own = self.entry.part(CONTENT).written(role)
        if own.text:
            yield from (Written(name, own.place) for name in PEOPLE_BETWEEN.split(own.text) if name)
        else:
            rows = (self.signers.get((step, role)) for step in (self.step.id, ""))
            yield from next((row.names for row in rows if row and row.names), ())

    def _append(self, role: str, name: Written, row: Entry) -> None:
        person = self.parts.person(replace(_fields()["ref"], label=role_labels()[role]), name)
        if person is None:
            return
        node = etree.SubElement(self.root, f"{R}{SIGNATURES}", role=role, ref=person.id)
        day = self._said("signedOn", row)
        if value := self.parts.value(_fields()["signedOn"], day):
            node.set("signedOn", value)
        if value := self.parts.value(_fields()["signKind"], self._said("signKind", row, role if value else "")):
            node.set("signKind", value)
        paper = self._said("signRef", row, role if day.text else "")
        if paper.text and (number := self.parts.paper(_fields()["signRef"], paper, paper.text)):
            node.set("signRef", number)

    def _said(self, key: str, row: Entry, role: str = "") -> Written:
        """Return what is said of a signature: by its row, for all of the record, or once for its role."""
        step = self.step.id
        once = [self.signers.get(one) for one in ((step, role), (step, ""), ("", role), ("", ""))] if role else []
        entries = [row, self.everybody, *(one.entry for one in once if one)]
        return next((one.written(key) for one in entries if one.text(key)), row.written(key))


def _fields() -> dict[str, Field]:
    return {one.key: one for one in type_attributes("Responsible")}
