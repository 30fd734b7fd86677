"""Build one volume whole in staging: items with their papers, the bound PDF, metadata, the OCFL object."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from archive.papers.kinds import OFD
from archive.register.case_folders import copy_sealed, read_record, sealed_bytes
from archive.register.case_record import CaseRecord
from archive.shelf import Content, VersionNote, build_object
from archive.volume.bind import BoundVolume, bind
from archive.volume.facts import Acceptance, ItemFacts, ItemMatter, StoredFile, VolumeFacts, VolumeOrder
from archive.volume.items import BuiltItem, ballot_form, bound_item, signers
from archive.volume.metadata import volume_metadata
from archive.volume.parts import Values, is_part
from archive.volume.plan import PlannedItem, is_ballots
from archive.volume.scans import UnshownPaper, Watch
from archive.volume.titles import words_for
from archive.volume.volume_values import VolumeSheet
from jishi.case.secrecy import highest
from jishi.durable import sha256_of
from jishi.procedure import does, procedure
from jishi.record_types import role_labels
from jishi.records import FORM_FILE, RECORD_FILE, Record
from jishi.settings import Settings
from jishi.steps import Deed
from jishi.volume_kinds import VolumeKind
from press.case_records import Told
from press.forms import Form
from press.record_form import form_of
from press.summary import batch_roster, notebook_extract, person_report, roster_steps
from press.typeset import typesetter_of
from press.word import word_form

_NOTEBOOK_STEPS = frozenset(step.id for step in procedure().steps.values() if step.notebook)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Workshop:
    """Builds the volumes of one batch; one per process, so that fonts, forms and batch records load once."""

    def __init__(self, settings: Settings, batch: str, cases: Sequence[CaseRecord], acceptance: Acceptance) -> None:
        self._settings = settings
        self._batch = batch
        self._cases = cases
        self._sealed = {case.folder: case.sealed for case in cases}
        self._acceptance = acceptance
        self._superseded = frozenset(case.folder for case in cases if case.superseded)
        self.watch = Watch()
        """Bounds what a paper costs; knows papers of superseded records that cannot be shown."""
        self.typesetter = typesetter_of(settings)
        self._read: dict[str, Record] = {}

    def build(self, order: VolumeOrder, staging: Path) -> VolumeFacts:
        """Build a volume and return what is to be registered of it.

        Args:
            order: the plan and the number it is printed with.
            staging: folder of this filing run; the object is built in it under its id.
        """
        papers = staging / f"{order.number.file_name}.papers"
        made = list(self._with_papers_in(papers, self._made_items(order)))
        sheet = self._sheet(order, made)
        pdf = staging / f"{order.number.file_name}.pdf"
        pdf.parent.mkdir(parents=True, exist_ok=True)
        bound = self._bound(sheet, pdf)
        facts = self._facts(order, sheet, made, bound, pdf)
        self._store(facts, order.plan.kind, made, pdf, staging / order.number.file_name)
        shutil.rmtree(papers)
        return facts

    def _with_papers_in(self, papers: Path, made: Sequence[BuiltItem]) -> Iterator[BuiltItem]:
        """Bring every paper to where nobody else writes, so that what is bound and shelved is what was admitted."""
        shutil.rmtree(papers, ignore_errors=True)  # a builder that died may have begun it
        papers.mkdir(parents=True)
        for place, one in enumerate(made, 1):
            if not one.papers:
                yield one
                continue
            own, sealed = replace(one, papers_at=f"{papers}/{place:03d}-"), self._sealed[one.planned.folder]
            for paper in own.papers:
                digest = sealed.papers.get(paper.file, "")
                copy_sealed(Path(one.planned.folder), f"attachments/{paper.file}", own.path_of(paper), digest)
            yield own

    def _bound(self, sheet: VolumeSheet, pdf: Path) -> BoundVolume:
        """Bind a volume; a paper of a superseded record that cannot be shown stops nothing."""
        while True:
            try:
                return bind(sheet, self._set, pdf, watch=self.watch)
            except UnshownPaper as error:
                scan = error.scan
                if scan is None or not scan.superseded or scan.sha256 in self.watch.unshown:
                    raise
                self.watch.unshown[scan.sha256] = error.why

    def _set(self, values: Values, *, day: dt.date) -> bytes:
        """Set a volume; after each part of a large one the compiler forgets it, so that memory stays bounded."""
        setting = self.typesetter.typeset_volume(values, day=day)
        if is_part(values):
            self.typesetter.forget()
        return setting

    def sheet_of(self, order: VolumeOrder) -> VolumeSheet:
        """Return everything a volume's paper will show, without building it."""
        return self._sheet(order, self._made_items(order))

    def forms_of(self, order: VolumeOrder) -> list[Form]:
        """Return the forms a volume is set from, sealed ballots apart, which have scans and a cover sheet only."""
        return [one.form for one in self._made_items(order) if not one.planned.ballots]

    def _made_items(self, order: VolumeOrder) -> list[BuiltItem]:
        own = self._own(order.plan.person_no)
        return [self._make(planned, order.plan.kind, own) for planned in order.plan.items]

    def _own(self, person_no: str) -> dict[str, Told]:
        """Return a person's records by their folders, in words."""
        return {
            one.folder: Told(self._record(one.folder))
            for one in self._cases
            if person_no and one.person_no == person_no
        }

    def _make(self, planned: PlannedItem, kind: VolumeKind, own: Mapping[str, Told]) -> BuiltItem:
        case, rule = Path(planned.folder), planned.rule
        papers_at = f"{case}/attachments/"
        if rule.document:
            day = self._acceptance.accepted_at[:10].replace("-", "")
            return BuiltItem(planned, self._made_form(planned, own), None, (), kind.kept(rule.retention), day)
        told = own.get(planned.folder)
        record = told.record if told else self._record(planned.folder)
        kept, day = kind.kept(record.step.retention), record.occurred_on.strftime("%Y%m%d")
        if planned.ballots:
            papers = tuple(paper for paper in record.attachments if is_ballots(record, paper))
            form = ballot_form(record, papers)
            return BuiltItem(planned, form, record, papers, kind.retention, day, rule.remark, papers_at=papers_at)
        if rule.manner != "original":
            form = form_of(record, person_no=planned.person_no, note=rule.note)
            return BuiltItem(planned, form, record, (), kept, day, rule.remark)
        papers = tuple(paper for paper in record.attachments if not is_ballots(record, paper))
        remark = rule.apart if len(papers) < len(record.attachments) else rule.remark
        form = told.form if told else form_of(record)
        xml = sealed_bytes(case, RECORD_FILE, self._sealed[planned.folder].record)
        return BuiltItem(planned, form, record, papers, kept, day, remark, xml, papers_at)

    def _made_form(self, planned: PlannedItem, own: Mapping[str, Told]) -> Form:
        document = planned.rule.document
        if document == "roster":
            return batch_roster([*self._batch_records, *self._read_all(roster_steps())])
        if document == "notebook":
            return notebook_extract([*self._batch_records, *self._read_all(_NOTEBOOK_STEPS)])
        if document == "check" and self._acceptance.report_form is not None:
            return self._acceptance.report_form
        told = {one.record.id: one for one in (own or self._own(planned.person_no)).values()}
        records = [*(one for one in self._batch_records if not one.person_no), *(one.record for one in told.values())]
        # The report cites pages of this very volume; they are known only when all else of it is set.
        pages = {record.id: f"@{record.id}" for record in records}
        return person_report(records, planned.person_no, pages, ChainMap(told, self._told))

    @cached_property
    def _batch_records(self) -> list[Record]:
        """Everything said of the batch as a whole, and each person's roster entry."""
        return [self._record(one.folder) for one in self._cases if not one.person_no or does(one.step, Deed.ENROLS)]

    @cached_property
    def _told(self) -> dict[str, Told]:
        return {record.id: Told(record) for record in self._batch_records}

    def _read_all(self, steps: Collection[str]) -> Iterator[Record]:
        """Yield every person's records of some steps, read one by one."""
        return (self._record(one.folder) for one in self._cases if one.person_no and one.step in steps)

    def _record(self, folder: str) -> Record:
        """Read an admitted record; batch records are kept."""
        if folder not in self._read:
            found = read_record(folder, self._sealed[folder].record)
            if found.person_no and not does(found.step_id, Deed.ENROLS):
                return found
            self._read[folder] = found
        return self._read[folder]

    def _sheet(self, order: VolumeOrder, made: Sequence[BuiltItem]) -> VolumeSheet:
        unit, marks = self._settings.unit, self._settings.numbers
        items = tuple(
            bound_item(
                order.number.with_item(place).printed(marks), place, one, unit.name,
                one.planned.folder in self._superseded,
            )
            for place, one in enumerate(made, 1)
        )  # fmt: skip
        dates = sorted(one.date for one in made if one.record is not None)
        kind, words = order.plan.kind, words_for(unit, self._batch, self._entries, order.plan.person_no)
        return VolumeSheet(
            number=order.number.printed(marks),
            title=words.filled(kind.title(words.change)),
            label=words.filled(kind.label),
            fonds=order.number.fonds,
            fonds_name=unit.fonds_name,
            year=str(order.number.year),
            retention=order.number.retention,
            class_name=kind.class_name,
            class_code=order.number.printed_class(marks),
            sequence=f"{order.number.ordinal:04d}",
            secrecy=highest(item.secrecy for item in items),
            from_date=dates[0],
            to_date=dates[-1],
            filer=self._acceptance.filer,
            acceptor=self._acceptance.acceptor,
            filed_on=dt.date.fromisoformat(self._acceptance.accepted_at[:10]),
            remarks=(*self._remarks(order), *self._other_hands(made), *_sealed_elsewhere(made)),
            matter=kind.matter,
            stamp=self._settings.press.stamp or kind.stamp,
            elsewhere=kind.elsewhere,
            rules="，".join(self._grounds()),
            items=items,
        )

    def _grounds(self) -> Iterator[str]:
        """Tell what was judged by, and who approved how long it is kept."""
        yield f"规则配置 {self._acceptance.profile}"
        yield f"规则集 {self._acceptance.rules[:16]}"
        if approval := self._settings.unit.retention_approval:
            yield f"归档范围和保管期限表 {approval}"

    def _remarks(self, order: VolumeOrder) -> tuple[str, ...]:
        """Return what the 备考表 explains: all of it in a batch's volume, in a person's what names the person."""
        lines, no = self._acceptance.explanations, order.plan.person_no
        if order.plan.kind.sealed:
            return ()
        return tuple(line for line in lines if no in line)

    def _other_hands(self, made: Sequence[BuiltItem]) -> Iterator[str]:
        """Tell where the acceptance records name others than those who file and accept now."""
        now = {"filer": [self._acceptance.filer], "acceptor": [self._acceptance.acceptor]}
        signed = {role: names for role in now if (names := signers(made, role))}
        if any(now[role] != names for role, names in signed.items()):
            yield f"归档验收记录上{_hands(signed)}；本卷{_hands(now)}"

    @property
    def _entries(self) -> list[Record]:
        """The roster entry of everybody, later ones after those they correct."""
        return [one for one in self._batch_records if does(one.step_id, Deed.ENROLS)]

    def _facts(
        self, order: VolumeOrder, sheet: VolumeSheet, made: Sequence[BuiltItem], bound: BoundVolume, pdf: Path
    ) -> VolumeFacts:
        pages = {number: (first, count) for number, first, count in bound.item_pages}
        items = tuple(
            ItemFacts(
                number=item.number,
                record=one.planned.record,
                manner=one.planned.manner,
                title=item.title,
                responsible=item.responsible,
                doc_no=item.doc_no,
                date=item.date,
                secrecy=item.secrecy,
                retention=one.retention,
                first_page=pages[item.number][0],
                pages=pages[item.number][1],
            )
            for item, one in zip(sheet.items, made, strict=True)
        )
        return VolumeFacts(
            number=order.number,
            kind=order.number.kind,
            person_no=order.plan.person_no,
            batch=self._batch,
            title=sheet.title,
            secrecy=sheet.secrecy,
            retention=order.number.retention,
            version=1,
            pages=bound.pages,
            bytes=pdf.stat().st_size,
            sha256=sha256_of(pdf),
            staged=order.number.file_name,
            items=items,
            warnings=bound.warnings,
        )

    def _store(self, facts: VolumeFacts, kind: VolumeKind, made: Sequence[BuiltItem], pdf: Path, folder: Path) -> None:
        pages = {item.record: str(item.first_page) for item in facts.items}
        matters = [
            ItemMatter(one.record, tuple(self._files(item, one, pages, kind.elsewhere)))
            for item, one in zip(facts.items, made, strict=True)
        ]
        described = volume_metadata(facts, kind, matters, self._settings.unit, self._acceptance)
        contents = [Content("volume.pdf", pdf), Content("metadata.xml", described)]
        contents += [Content(file.path, file.source) for matter in matters for file in matter.files]
        note = VersionNote(self._acceptance.accepted_at, f"首次归档 {facts.number}", self._acceptance.filer)
        build_object(folder, facts.number.file_name, contents, note)

    def _files(self, item: ItemFacts, one: BuiltItem, pages: Mapping[str, str], elsewhere: str) -> Iterator[StoredFile]:
        """Yield what goes on the shelf beside the bound pages: the record, its Word form, its papers."""
        folder, manner = Path(one.planned.folder), one.planned.manner
        if manner == "original":
            word = sealed_bytes(folder, FORM_FILE, self._sealed[one.planned.folder].form)
            yield _stored(f"{item.folder}/{RECORD_FILE}", one.xml, "application/xml", "纪实记录")
            yield _stored(f"{item.folder}/{FORM_FILE}", word, _WORD, one.form.title)
        elif not one.planned.ballots:
            word = word_form(one.form.with_pages(pages, elsewhere), unit=self._settings.unit)
            yield _stored(f"{item.folder}/{FORM_FILE}", word, _WORD, one.form.title)
        for paper in one.papers:
            path, source = f"{item.folder}/attachments/{paper.file}", one.path_of(paper)
            yield StoredFile(path, source, paper.media_type, paper.name, source.stat().st_size, paper.sha256)


def _stored(path: str, data: bytes, media_type: str, title: str) -> StoredFile:
    return StoredFile(path, data, media_type, title, len(data), hashlib.sha256(data).hexdigest())


def _sealed_elsewhere(made: Sequence[BuiltItem]) -> Iterator[str]:
    """Tell of papers whose original is an OFD: kept with the item, its seal not looked at; the PDF is on the pages."""
    for number, one in enumerate(made, 1):
        for paper in one.papers:
            if paper.media_type == OFD:
                yield f"第{number}件附件《{paper.name}》原件为OFD，随本件保存，卷内为其PDF；电子印章未验证"


def _hands(names: Mapping[str, Sequence[str]]) -> str:
    return "，".join(f"{role_labels()[role]}为{'、'.join(some)}" for role, some in names.items())
