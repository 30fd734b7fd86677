"""Examination of a claimed record: read, judge, look at the papers, look at the letters, print the Word form."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from archive.cases import Admission, admission_of
from jishi import safe_xml
from jishi.durable import passing_or_same, take
from jishi.errors import JishiError, PartMissing, RecordRejected, TryLater
from jishi.findings import Finding, errors_among
from jishi.records import record_of
from jishi.settings import Settings
from jishi.workdays import calendar_from
from pipeline.attachments import AttachmentDesk
from pipeline.claims import ATTACHMENTS, RECORD, Claim
from pipeline.profiles import load_profile
from pipeline.slip import named
from pipeline.submission import attachments_of, name_fault, open_plain
from pipeline.validate import RecordJudge
from press.fonts import font_set, usual_character
from press.forms import form_of
from press.word import word_form

FORM = "form.docx"
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


class Examiner:
    """Examines claimed records; made once per process, its rules and templates compiled once."""

    def __init__(self, settings: Settings) -> None:
        """Make ready to examine.

        Raises:
            SettingsInvalid: profile, rules or calendar are wrong.
            PartMissing: the fonts or templates are not there.
        """
        rules = settings.rules
        local = settings.under_home(rules.local) if rules.local else None
        calendar = calendar_from(settings.under_home(rules.calendar) if rules.calendar else None)
        self._settings = settings
        self._judge = RecordJudge(load_profile(rules.profile, local), calendar)
        self._papers = AttachmentDesk(settings.intake.check_seconds, settings.intake.max_file_mb)
        self._fonts = font_set(settings.press.fonts)

    def close(self) -> None:
        """Let the child that opens attachments go."""
        self._papers.close()

    def examine(self, claim: Claim) -> Examined:
        """Return what is to be said of one claimed record; its Word form is written where it may be admitted."""
        folder = self._settings.work / claim.token
        try:
            return self._examine(claim, folder)
        except RecordRejected as error:
            return _refused(claim, folder, error.findings)
        except (TryLater, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.ELOOP:
                return _refused(
                    claim, folder, [Finding("N-LINK", "记录是链接或特殊文件，不收", remedy="请投递文件本身")]
                )
            return Examined(claim, obstacle=str(error))
        except PartMissing:
            raise
        except JishiError as error:
            fault = Finding("P-SETTINGS", error.message, remedy="请先核对记录中的年份等数值；无误的，请系统管理员处理")
            return _refused(claim, folder, [fault])
        except Exception:
            # Our own fault must not stop the others, nor keep this one coming back for ever.
            _log.exception("检查 %s 时程序出错", claim.shown)
            fault = Finding("P-BUG", "检查该记录时程序出错，材料没有问题也会退回", remedy="请把本单和原件交系统管理员")
            return _refused(claim, folder, [fault])

    def _examine(self, claim: Claim, folder: Path) -> Examined:
        data = _read(folder / RECORD, claim.shown)
        root = safe_xml.parse(data, claim.shown)
        findings = [
            *_own_name(claim),
            *self._judge.judge(root, data, claim.shown),
            *self._papers.check(attachments_of(root), folder / ATTACHMENTS),
            *self._letters(root, claim.shown),
        ]
        if errors_among(findings):
            return _refused(claim, folder, findings, root)
        record = record_of(root, data)
        docx = word_form(form_of(record), unit=self._settings.unit)
        _write(folder / FORM, docx)
        found = named(findings, claim.shown, record.id)
        admission = admission_of(record, claim.token, claim.shown, hashlib.sha256(docx).hexdigest(), found)
        return Examined(claim, record.id, record.sha256, admission, found)

    def _letters(self, root: etree._Element, name: str) -> Iterator[Finding]:
        """Yield one finding naming every character that could not be printed and read back."""
        values = (value for node in root.iter(etree.Element) for value in node.attrib.values())
        text = "".join([*(str(part) for part in root.itertext()), *(str(value) for value in values)])
        if bad := self._fonts.unprintable(text):
            shown = "、".join(_letter(char) for char in bad[:20])
            more = f"等{len(bad)}个" if len(bad) > 20 else ""
            yield Finding("X-GLYPH", f"有打印不出的字符：{shown}{more}", file=name,
                          remedy="请改用规范汉字或常用符号；人名确需补字的，请管理员加装字体")  # fmt: skip


def _read(path: Path, name: str) -> bytes:
    with open_plain(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > safe_xml.MAX_BYTES:
            raise RecordRejected([Finding("X-SIZE", f"文件有{size}字节，超过上限{safe_xml.MAX_BYTES}字节", file=name,
                                          remedy="大件请作为附件投递")])  # fmt: skip
        return stream.read()


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all; it is made durable with its group."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(data)
        take(draft, path)
    except OSError as error:
        raise passing_or_same(error) from error


def _own_name(claim: Claim) -> list[Finding]:
    fault = name_fault(claim.base)
    return [fault] if fault else []


def _refused(claim: Claim, folder: Path, findings: Sequence[Finding], root: etree._Element | None = None) -> Examined:
    record = root.get("recordId", "") if root is not None else ""
    try:
        with open_plain(folder / RECORD) as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        sha256 = ""
    return Examined(claim, record, sha256, None, named(findings, claim.shown, record))


def _letter(char: str) -> str:
    usual = usual_character(char)
    hint = f"，应写作“{usual}”" if usual else ""
    return f"“{char}”（U+{ord(char):04X}{hint}）" if char.isprintable() else f"U+{ord(char):04X}"
