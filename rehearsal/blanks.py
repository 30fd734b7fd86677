"""Tiny attachments for benchmarks and tests: true PDFs with the right number of all but empty pages."""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.drafts import Paper
from rehearsal.pdf import PdfSheet, pdf_of

_SHEET = PdfSheet((0.97, 0.97, 0.95))


def blank(paper: Paper, record_id: str, title: str, signers: Sequence[str]) -> tuple[str, str, bytes]:
    """Return a paper as a PDF of empty pages, whatever it should show."""
    return ".pdf", "application/pdf", pdf_of([_SHEET] * paper.pages, f"{record_id} {paper.kind}")
