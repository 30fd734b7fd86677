"""What is told of a stack of scans: each kind of finding once, with what to do."""

from __future__ import annotations

from collections.abc import Sequence

from archive.papers.faults import PaperFault
from archive.papers.kinds import PaperKind
from jishi.findings import Finding, Severity
from jishi.sheet_code import SheetCode, short_digest
from pipeline.sheets.seen import CellSeen, InkMark, ProofGrade, SheetPage
from press.draft import Draft, SheetCell

_SCAN_AGAIN = "请以200 dpi以上、彩色或灰度重新扫描这一页"


def no_stack(name: str, kind: PaperKind) -> Finding:
    """Return that a file is none that holds scans."""
    return Finding("S-TYPE", f"不是扫描件，而是{kind.name}", file=name, remedy="请投递PDF、TIFF、JPEG或PNG格式的扫描件")


def unread_stack(name: str, fault: PaperFault) -> Finding:
    """Return that a stack cannot be opened, or not to its end."""
    return Finding(fault.code, f"扫描件{fault.words}", file=name, remedy=fault.remedy)


def different_codes(name: str, place: int, codes: Sequence[SheetCode]) -> Finding:
    """Return that two prints lie on one page."""
    said = "、".join(dict.fromkeys(f"{code.record_id}第{code.page}页" for code in codes))
    remedy = "两张纸叠在一起扫描，或拼贴；请逐张重新扫描"
    return _of_page("S-MIXED", f"一页上有不同送签件的编码：{said}", name, place, "", remedy)


def foreign_page(name: str, place: int, code: SheetCode) -> Finding:
    """Return that a page belongs to no record at hand."""
    remedy = "请核对是否放错了批次；记录还没有投递的，先投递记录"
    return _of_page("S-FOREIGN", f"是记录{code.record_id}的送签件，没有这件记录", name, place, code.record_id, remedy)


def superseded_print(name: str, place: int, code: SheetCode, draft: Draft) -> Finding:
    """Return that a page was printed from other content than the record has now."""
    now = f"{short_digest(draft.digest)}、共{len(draft.sizes)}页"
    words = f"是第{code.page}页的旧稿：印出时内容摘要{code.digest}、共{code.pages}页，现为{now}"
    remedy = "记录在印出以后改过；请重印送签件重新签名，或恢复印出时的内容"
    return _of_page("S-OLD", words, name, place, code.record_id, remedy)


def doubled_page(name: str, place: int, code: SheetCode, first: int) -> Finding:
    """Return that a page came twice."""
    words = f"是送签件第{code.page}页，与扫描件第{first}页重复；以先到的为准"
    return _of_page("S-DOUBLE", words, name, place, code.record_id, "请核对哪一张是签过名的，只留一张重新扫描")


def page_without_code(name: str, place: int, face: int, *, blank: bool = False) -> Finding:
    """Return that a page has no code of ours.

    Args:
        name: of the stack's file.
        place: of the page.
        face: place of the coded page just before, 0 for none.
        blank: whether nothing is on it.
    """
    if blank:
        words, remedy = "是空白页，前面不是送签件的正面", "不需要的，不必处理"
        return _of_page("S-BLANK", words, name, place, "", remedy, Severity.INFO)
    back = f"，或是第{face}页的背面有内容" if face else ""
    words, remedy = (
        f"没有编码{back}",
        "不是送签件的，请作为附件另行登记；是送签件的，请检查两个编码是否都被遮住，分辨率是否低于150 dpi",
    )
    return _of_page("S-CODELESS", words, name, place, "", remedy, Severity.WARNING)


def coarse_page(name: str, place: int, _: int) -> Finding:
    """Return that a page has no code that can be read, and is coarse."""
    return _of_page("S-COARSE", "认不出编码，且分辨率低于150 dpi", name, place, "", _SCAN_AGAIN)


def missing_pages(name: str, draft: Draft, missing: Sequence[int]) -> Finding:
    """Return which pages of a print did not come."""
    pages = "、".join(f"第{number}页" for number in missing)
    words = f"送签件共{len(draft.sizes)}页，缺{pages}"
    return Finding("S-MISSING", words, file=name, record=draft.record_id, remedy="请补扫所缺的页")


def unlike_print(name: str, draft: Draft, page: SheetPage) -> Finding:
    """Return that a page does not look like its print."""
    words = f"与重印的送签件第{page.page}页套不上（相符{page.fit:.0%}），签名栏没有看"
    return _of_page("S-UNLIKE", words, name, page.place, draft.record_id, _SCAN_AGAIN)


def cell_words(name: str, draft: Draft, page: SheetPage, seen: CellSeen) -> Finding | None:
    """Return that a cell is empty or unclear, or None where there is a hand or seal."""
    if seen.mark == InkMark.SEEN:
        return None
    what = "印迹" if seen.cell.signatory.seals else "笔迹"
    if seen.mark == InkMark.NONE:
        remedy = "请补签后重新扫描；不能签的，由相应责任人说明理由"
        return _of_page("S-EMPTY", f"{seen.cell}没有{what}", name, page.place, draft.record_id, remedy)
    words = f"{seen.cell}看不清有没有{what}（{seen.ink:.1f}平方毫米）"
    remedy = f"请人工核对；{_SCAN_AGAIN}，确有签名的，把记录和扫描件一起投递"
    return _of_page("S-UNCLEAR", words, name, page.place, draft.record_id, remedy, Severity.WARNING)


def no_day(record: str, undated: Sequence[SheetCell]) -> Finding:
    """Return whose day of signing is not known: no machine reads it off the sheet."""
    whose = "、".join(f"{cell.signatory.label}{cell.signatory.name}" for cell in undated)
    remedy = "请在记录的XML中填写signedOn（不改内容摘要，不必重签），再用 jishi print 登记一次"
    return Finding("S-DAY", f"签名日期没有登记：{whose}", record=record, remedy=remedy)


def no_paper(record: str, files: Sequence[str]) -> Finding:
    """Return which papers of a record were not beside it when it was printed."""
    remedy = "请把附件放在记录的XML旁边，再用 jishi print 登记一次；或把记录、附件、扫描件一起投递"
    return Finding("S-PAPERS", f"记录引用的附件不在：{'、'.join(files)}", record=record, remedy=remedy)


def not_on_sheet(name: str, record: str, cell: SheetCell) -> Finding:
    """Return that a paper given for a signature has not the page where it should stand."""
    words = f"没有送签件第{cell.page}页，看不到{cell}"
    return Finding("S-MISSING", words, file=name, record=record, remedy="请补扫所缺的页，或改正signRef所引的附件")


def graded(record: str, grade: ProofGrade, whose: Sequence[str]) -> Finding:
    """Return how signatures were proved: looked into on our print, or by a scan that nothing vouches for."""
    plain = grade is ProofGrade.SCAN
    words = f"{grade}：{'、'.join(whose)}"
    remedy = "凭证不是本库印出的送签件，未经版面核对；请人工核对" if plain else "签名栏有笔迹，不说明是谁所签"
    return Finding("S-PLAIN" if plain else "S-SIGNED", words, Severity.WARNING if plain else Severity.INFO,
                   record=record, remedy=remedy)  # fmt: skip


def joined_pages(name: str, record: str, pages: Sequence[int], of: int) -> Finding:
    """Return which pages of a print a stack brought."""
    shown = "、".join(f"第{page}页" for page in pages)
    words = f"已归到记录{record}：送签件{shown}，共{of}页"
    return Finding("S-JOINED", words, Severity.INFO, file=name, record=record, remedy="已收的页不必再扫")


def kept_before(name: str, draft: Draft, page: SheetPage) -> Finding:
    """Return that a page came that was kept before and brings no hand that was not there."""
    words = f"送签件第{page.page}页先前已收，这一页没有新的笔迹；以先到的为准"
    return _of_page("S-DOUBLE", words, name, page.place, draft.record_id, "请核对；两份都签了名的，只收一份")


def _of_page(
    code: str, words: str, name: str, place: int, record: str, remedy: str, severity: Severity = Severity.ERROR
) -> Finding:  # fmt: skip
    return Finding(code, words, severity, file=name, record=record, place=f"扫描件第{place}页", remedy=remedy)
