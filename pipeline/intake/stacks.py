"""Scans dropped alone: known by their codes, their pages kept beside what was printed, whole records put together."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from archive.register.register import Register
from archive.register.tables import record as record_table
from jishi.durable import move, sync_tree
from jishi.errors import PartMissing
from jishi.findings import Finding, Severity
from jishi.settings import Settings
from pipeline.intake.claims import ORIGINALS, Claim, Claims, copy_plain
from pipeline.intake.listing import Look
from pipeline.intake.submission import plain_stem
from pipeline.intake.verdicts import Checkpoint, Verdicts
from pipeline.sheets.drafts import Drafts, Reprints
from pipeline.sheets.putting_together import SignedDraft, signed_draft
from pipeline.sheets.recognise import holds_codes, recognise
from pipeline.sheets.seen import RecognisedSheet, Stray
from pipeline.sheets.sent import KeptPage, SentSheets
from pipeline.sheets.stack_words import joined_pages, kept_before
from press.draft import Draft

_COPY = "copy"
_MIB = 1024 * 1024
_log = logging.getLogger("jishi.intake")


class Stacks:
    """Takes stacks of signed prints apart and puts records together of their pages."""

    def __init__(
        self,
        settings: Settings,
        register: Register,
        claims: Claims,
        verdicts: Verdicts,
        stopping: Callable[[], bool],
        on_step: Checkpoint,
    ) -> None:
        """Take note of the home; nothing is looked at yet.

        Args:
            settings: the home's settings.
            register: tells which records were admitted.
            claims: this process's place in work/.
            verdicts: refuses what does not belong.
            stopping: tells whether the run is to end; a stack is then left for the next.
            on_step: is told every point passed.
        """
        self._settings = settings
        self._register = register
        self._claims = claims
        self._verdicts = verdicts
        self._stopping = stopping
        self._on_step = on_step
        self._sent = SentSheets(settings)
        self._prints = Reprints(settings)
        self._plain: dict[Path, Look] = {}
        """Files seen to hold no code of ours, as they looked."""
        self._known: dict[str, tuple[int, int]] = {}
        """What was sent, as it looked when it was last found not to be whole."""

    def is_stack(self, path: Path, look: Look) -> bool:
        """Tell whether a file no record names is a scan of prints: of one that is none it is remembered.

        Args:
            path: the file.
            look: how it looks now.
        """
        too_large = look[0] > self._settings.intake.max_file_mb * _MIB
        if self._plain.get(path) == look or too_large or not self._sent.looks():
            return False
        try:
            if holds_codes(path, stopping=self._stopping):
                return True
        except PartMissing as error:
            _log.warning("不能识别送签件，扫描件照旧等待引用它的记录：%s", error.message)
        self._plain[path] = look
        return False

    def take(self, claim: Claim, *, again: bool) -> None:
        """Keep the pages of a claimed stack where they belong, the stack itself among what was received, and tell.

        Raises:
            TryLater: not now; the stack stays in work/.
            PartMissing: the child that opens scans cannot be started.
        """
        folder = self._settings.work / claim.token
        stack = folder / ORIGINALS / claim.base
        drafts = Drafts(self._print_of)
        found = recognise(stack, drafts.of, cut=True, stopping=self._stopping)
        findings = [each.finding for each in found if isinstance(each, Stray)]
        for sheet in found:
            if isinstance(sheet, RecognisedSheet):
                findings += self._kept(claim, sheet, drafts)
        self._on_step("joined")
        joined = any(isinstance(each, RecognisedSheet) for each in found)
        told = any(finding.severity is not Severity.INFO for finding in findings)
        if joined:
            self._note_received(claim, folder, stack, stays=told)
        if told or not joined:
            self._verdicts.refuse(claim, findings, again=again)
        else:
            shutil.rmtree(folder)

    def whole(self) -> Iterator[Claim]:
        """Yield a claim for every record all of whose pages have come back signed."""
        looks = self._sent.looks()
        for record_id in self._admitted(list(looks)):
            self._sent.forget(record_id)
            del looks[record_id]
        for record_id in [one for one, look in looks.items() if self._known.get(one) != look]:
            self._known[record_id] = looks[record_id]
            if (claim := self._put_together(record_id)) is not None:
                yield claim

    def _print_of(self, record_id: str) -> Draft | None:
        found = self._sent.record(record_id)
        return None if found is None else self._prints.of(found)

    def _kept(self, claim: Claim, sheet: RecognisedSheet, drafts: Drafts) -> list[Finding]:
        """Keep what a sheet brings that was not there, and return what is to be said of its record."""
        draft, record = drafts.of(sheet.record_id), self._sent.record(sheet.record_id)
        assert draft is not None and record is not None
        before = self._sent.pages(draft)
        fresh, findings = [], []
        for seen in sheet.pages:
            page = KeptPage(sheet.stack, claim.base, seen, seen.pdf)
            old = before.get(seen.page)
            if old is None or page.signed > old.signed or old.stack == sheet.stack:
                fresh.append(page)
            else:
                findings.append(kept_before(claim.base, draft, seen))
        self._sent.keep(draft, fresh)
        if fresh:
            pages = [page.seen.page for page in fresh]
            findings.append(joined_pages(claim.base, draft.record_id, pages, len(draft.sizes)))
        findings += [one for one in sheet.findings if one.code == "S-UNLIKE"]
        lacks = list(self._signed(draft).lacks())
        self._sent.note_lacks(draft.record_id, [one.message for one in lacks])
        return findings + lacks

    def _signed(self, draft: Draft) -> SignedDraft:
        record = self._sent.record(draft.record_id)
        assert record is not None
        return signed_draft(self._sent, record, draft)

    def _note_received(self, claim: Claim, folder: Path, stack: Path, *, stays: bool) -> None:
        """Put a stack where received things are kept; where a slip goes out with it, a copy of it."""
        name = f"{plain_stem(claim.name)}-{claim.stamp}-{claim.token.replace('-', '')}{stack.suffix.lower()}"
        target = self._settings.received / claim.day / name
        source = stack
        if stays:
            source = folder / _COPY
            source.unlink(missing_ok=True)
            copy_plain(stack, source)
        self._verdicts.note_received(source, target)
        move(source, target)
        self._on_step("received")

    def _put_together(self, record_id: str) -> Claim | None:
        draft = self._print_of(record_id) if self._sent.has_pages(record_id) else None
        if draft is None:
            return None
        with self._claims.locks.alone():
            signed = self._signed(draft)
            if not signed.is_signed():
                self._sent.note_lacks(record_id, [one.message for one in signed.lacks()])
                return None
            data, pages = signed.together()
            papers = {name: self._sent.paper(record_id, name) for name in signed.papers}
            claim = self._claims.compose(f"{record_id.replace('/', '_')}.xml", data, {**papers, **pages})
            sync_tree(self._settings.work / claim.token)
            self._sent.let_go_of_pages(draft)
        _log.info("%s 的送签件已全部签回，连同扫描件投递", record_id)
        return claim

    def _admitted(self, ids: Sequence[str]) -> set[str]:
        if not ids:
            return set()
        with self._register.reading() as connection:
            return set(connection.scalars(select(record_table.c.id).where(record_table.c.id.in_(ids))))
