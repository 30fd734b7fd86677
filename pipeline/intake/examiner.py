"""Examination of a claimed record: read, judge, look at the papers, look at the letters, print the Word form."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from lxml import etree

from archive.papers.looks import looks_of
from archive.register.admission import Admission, admission_of
from jishi import safe_xml
from jishi.durable import passing_or_same
from jishi.errors import CalendarUnknown, JishiError, PartMissing, RecordRejected, TryLater, reason_of
from jishi.findings import Finding, errors_among
from jishi.plain_files import open_plain
from jishi.procedure import procedure
from jishi.record_types import record_type, type_ids
from jishi.records import FORM_FILE, Attachment, Record, record_of
from jishi.settings import Settings
from jishi.steps import Deed
from jishi.workdays import FIRST_YEAR
from pipeline.intake.attachments import AttachmentChecker
from pipeline.intake.claims import ATTACHMENTS, Claim
from pipeline.intake.completing import completed, told_of
from pipeline.intake.followers import breaks_form, without_followers
from pipeline.intake.schema_faults import schema_of
from pipeline.intake.sent import keep_both, sent_file
from pipeline.intake.signed_sheets import SignedSheets
from pipeline.intake.slip import named
from pipeline.intake.submission import attachments_of, name_fault
from pipeline.intake.validate import RecordJudge, future_days
from pipeline.rules.profiles import in_force
from press.fonts import font_set, usual_character
from press.forms import STANDARD
from press.record_form import form_of
from press.word import word_form, word_template, word_template_names

_PROOFS = 16
T = TypeVar("T")
_log = logging.getLogger("jishi.intake")


@dataclass(frozen=True, slots=True)
class Examined:
    """What examination says of one claim: an admission to ask for, or findings, or an obstacle that may pass."""

    claim: Claim
    record: str = ""
    sha256: str = ""
    admission: Admission | None = None
    findings: tuple[Finding, ...] = ()
    obstacle: str = ""
    waits: bool = False
    """True where the obstacle is the administrator's to take away and trying again before is of no use."""


@dataclass(slots=True)
class _Open:
    """A record under examination."""

    claim: Claim
    folder: Path
    data: bytes
    root: etree._Element
    findings: list[Finding]
    sound: list[Attachment]
    """Attachments that look right from outside and are still to be opened."""
    told: tuple[str, ...] = ()
    """What was completed in the tree; empty where it is what the bytes say."""


class Examiner:
    """Examines claimed records; made once per process, its rules and templates compiled once."""

    def __init__(self, settings: Settings, today: Callable[[], dt.date] = dt.date.today) -> None:
        """Load rules, calendar, fonts and templates; nothing is examined yet.

        Args:
            settings: the home's settings.
            today: the day it is; nothing later can have happened yet.

        Raises:
            SettingsInvalid: profile, rules or calendar are wrong.
            PartMissing: the fonts or templates are not there.
        """
        settings.use_local_data()
        self._settings = settings
        self._today = today
        self._judge = RecordJudge(*in_force(settings))
        self._papers = AttachmentChecker(settings.intake.check_seconds, settings.intake.max_file_mb)
        self._sheets = SignedSheets(settings)
        self._fonts = font_set(settings.press.fonts)
        self._plain = bytes(code for code in range(128) if chr(code) in self._fonts.printable)

    def close(self) -> None:
        """Let the child that opens attachments go."""
        self._papers.close()

    def prove(self) -> None:
        """Judge and print a record that ships with the product, as often as shows that this process can work."""
        proof = procedure().that(Deed.OPENS)
        data = (record_type(proof).folder / "examples" / "valid.xml").read_bytes()
        for _ in range(_PROOFS):
            root = safe_xml.parse(data, proof)
            self._judge.judge(root, data)
            word_form(form_of(record_of(root, data)), unit=self._settings.unit)

    def examine(self, claims: Sequence[Claim]) -> list[Examined]:
        """Return what is to be said of some claimed records; the Word forms of those that may be admitted are written.

        Raises:
            PartMissing: the child that opens attachments cannot be started.
        """
        begun = [self._guarded(claim, partial(self._begin, claim)) for claim in claims]
        open_ones = [one for one in begun if isinstance(one, _Open)]
        for one, faults in zip(open_ones, self._papers.open([(x.folder / ATTACHMENTS, x.sound) for x in open_ones]),
                               strict=True):  # fmt: skip
            one.findings += faults
        return [
            one if isinstance(one, Examined) else self._guarded(one.claim, partial(self._end, one)) for one in begun
        ]

    def _guarded(self, claim: Claim, work: Callable[[], T]) -> T | Examined:
        """Do a piece of work on one record; whatever stops it stops this record only."""
        try:
            return work()
        except RecordRejected as error:
            return self._refused(claim, error.findings)
        except CalendarUnknown as error:
            if FIRST_YEAR <= error.year <= self._today().year + 1:
                return Examined(claim, obstacle=error.message, waits=True)
            return self._refused(claim, [_odd_year(error.year)])
        except MemoryError:
            return Examined(claim, obstacle="内存不足")
        except (TryLater, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.ELOOP:
                fault = Finding("N-LINK", "记录是链接或特殊文件，不收", remedy="请投递文件本身")
                return self._refused(claim, [fault])
            return Examined(claim, obstacle=reason_of(error))
        except PartMissing as error:
            return Examined(claim, obstacle=error.message, waits=True)
        except JishiError as error:
            fault = Finding("P-SETTINGS", error.message, remedy="请先核对记录中的年份等数值；无误的，请系统管理员处理")
            return self._refused(claim, [fault])
        except Exception:
            # Our own fault must not stop the others, nor keep this one coming back for ever.
            _log.exception("检查 %s 时程序出错", claim.shown)
            fault = Finding("P-BUG", "检查该记录时程序出错，不一定是材料的问题", remedy="请把本单和原件交系统管理员")
            return self._refused(claim, [fault])

    def _begin(self, claim: Claim) -> _Open:
        """Read and judge a record, and look at its attachments from outside."""
        folder = self._settings.work / claim.token
        data = _read(sent_file(folder), claim.shown)
        root = safe_xml.parse(data, claim.shown)
        judged = self._judge.judge(root, data, claim.shown)
        told: tuple[str, ...] = ()
        if breaks_form(judged):
            done = completed(root, folder / ATTACHMENTS, self._papers, self._settings)
            root, told = done.root, done.told
            judged = self._judge.judge(root, data, claim.shown) if told else judged
        faults, sound = self._papers.look(attachments_of(root), folder / ATTACHMENTS)
        letters = self._letters(root, b"&#" if told else data)
        own = [*_own_name(claim), *future_days(root, self._today())]
        return _Open(claim, folder, data, root, [*own, *judged, *letters, *faults], sound, told)

    def _end(self, one: _Open) -> Examined:
        """Print the Word form of a record without fault and word its admission; refuse it otherwise."""
        if errors_among(one.findings):
            return self._refused(one.claim, without_followers(one.findings), one.root)
        record = self._kept(one)
        seen = self._sheets.look(record, one.folder / ATTACHMENTS)
        one.findings += seen
        if errors_among(one.findings):
            return self._refused(one.claim, one.findings, one.root)
        docx = word_form(form_of(record), unit=self._settings.unit)
        _write(one.folder / FORM_FILE, docx)
        name = one.claim.shown
        found = named(one.findings, name, record.id)
        docx_sha256, claim_sha256 = (hashlib.sha256(data).hexdigest() for data in (docx, one.claim.written()))
        completion = [told_of(one.told, name, record.id)] if one.told else []
        told = (*completion, *named(seen, name, record.id))
        admission = admission_of(record, one.claim.token, name, docx_sha256, found, claim_sha256, told)
        if not one.told:
            return Examined(one.claim, record.id, record.sha256, admission, found)
        sent_sha256 = hashlib.sha256(one.data).hexdigest()
        return Examined(one.claim, record.id, sent_sha256, replace(admission, sent_sha256=sent_sha256), found)

    def _kept(self, one: _Open) -> Record:
        """Return the record as it will be kept: as it was sent, or completed, written beside what was sent."""
        if not one.told:
            return record_of(one.root, one.data)
        data = etree.tostring(one.root.getroottree(), xml_declaration=True, encoding="UTF-8")
        keep_both(one.folder, one.data, data)
        return record_of(safe_xml.parse(data, one.claim.shown), data)

    def _letters(self, root: etree._Element, data: bytes) -> Iterator[Finding]:
        """Yield one finding naming every character that could not be printed and read back."""
        # One pass in C over the source, which nearly always finds nothing, before the exact one.
        if not self._fonts.unprintable(self._source(root, data)):
            return
        values = (value for node in root.iter(etree.Element) for value in node.attrib.values())
        text = "".join([*(str(part) for part in root.itertext()), *(str(value) for value in values)])
        if bad := self._fonts.unprintable(text):
            shown = "、".join(_letter(char) for char in bad[:20])
            more = f"等{len(bad)}个" if len(bad) > 20 else ""
            remedy = "请改用规范汉字或常用符号；人名确需补字的，请管理员加装字体"
            yield Finding("X-GLYPH", f"有打印不出的字符：{shown}{more}", remedy=remedy)

    def _source(self, root: etree._Element, data: bytes) -> str:
        """Return a record's source with every character in it as itself; what surely is printed may be left out."""
        if b"&#" not in data and root.getroottree().docinfo.encoding == "UTF-8":
            return data.translate(None, self._plain).decode("utf-8")
        return etree.tostring(root, encoding="unicode")

    def _refused(self, claim: Claim, findings: Sequence[Finding], root: etree._Element | None = None) -> Examined:
        record = root.get("recordId", "") if root is not None else ""
        sha256 = ""
        with suppress(OSError):
            sha256 = looks_of(sent_file(self._settings.work / claim.token)).sha256
        return Examined(claim, record, sha256, None, named(findings, claim.shown, record))


def warm() -> None:
    """Compile what every examiner needs, whatever the settings, so that workers inherit it."""
    with suppress(JishiError, OSError):
        procedure()
        for type_id in type_ids():
            record_type(type_id)
            schema_of(type_id)
        for name in {STANDARD, *type_ids()}.intersection(word_template_names()):
            word_template(name)
        font_set("")


def _read(path: Path, name: str) -> bytes:
    with open_plain(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > safe_xml.MAX_BYTES:
            raise RecordRejected([Finding("X-SIZE", f"文件有{size}字节，超过上限{safe_xml.MAX_BYTES}字节", file=name,
                                          remedy="大件请作为附件投递")])  # fmt: skip
        return stream.read()


def _write(path: Path, data: bytes) -> None:
    """Write a file; what a crash leaves half of it, is written anew when its record is examined again."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise passing_or_same(error) from error


def _odd_year(year: int) -> Finding:
    return Finding("G03.year", f"记录中有{year}年的日期，没有那一年的工作日历可据以计算期限",
                   remedy="请核对年份；确系早年旧事的，请系统管理员在本地日历文件中补上该年")  # fmt: skip


def _own_name(claim: Claim) -> list[Finding]:
    fault = name_fault(claim.base)
    return [fault] if fault else []


def _letter(char: str) -> str:
    usual = usual_character(char)
    hint = f"，应写作“{usual}”" if usual else ""
    return f"“{char}”（U+{ord(char):04X}{hint}）" if char.isprintable() else f"U+{ord(char):04X}"
