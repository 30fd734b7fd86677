"""Attachments against what their record says of them: there, unaltered, of the stated kind, sound, of so many pages."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jishi.errors import PartMissing
from jishi.findings import Finding
from jishi.records import Attachment
from pipeline.submission import doubled_names, name_fault, open_plain, printable

_SOURCE = "G06 附件齐全、未改动、格式合规"
_MIB = 1024 * 1024
_BLOCK = 256 * 1024
_MAGIC = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/tiff": (b"II*\0", b"MM\0*"),
}
_NAMES = {"application/pdf": "PDF", "image/jpeg": "JPEG图像", "image/png": "PNG图像", "image/tiff": "TIFF图像"}
_FAULTS = {
    "encrypted": ("F-ENCRYPTED", "加了密码或权限限制", "请去掉密码后重新投递，并更新字节数和校验码"),
    "broken": ("F-BROKEN", "已损坏，不能可靠打开", "请重新扫描或重新导出该附件"),
    "bomb": ("F-BOMB", "展开后过大，疑为恶意构造", "请重新扫描，降低分辨率"),
    "many": ("F-BOMB", "页数过多", "请拆分该附件"),
    "memory": ("F-LIMIT", "打开时占用内存超过上限", "请重新导出该附件，或拆分后投递"),
    "time": ("F-LIMIT", "在时限内没有打开", "请重新导出该附件，或拆分后投递"),
    "crash": ("F-LIMIT", "使检查程序异常退出", "请重新导出该附件"),
}
READY = b"ready\n"
_START_SECONDS = 60.0
Answer = dict[str, Any]
_CHILD = (sys.executable, "-I", str(Path(__file__).with_name("attachment_child.py")))


@dataclass(frozen=True, slots=True)
class Looks:
    """What a file is in fact."""

    size: int
    sha256: str
    head: bytes


def looks_of(path: Path) -> Looks:
    """Read a file once.

    Raises:
        OSError: it is not there, not a regular file, or cannot be read.
    """
    with open_plain(path) as stream:
        head = part = stream.read(_BLOCK)
        digest, size = hashlib.sha256(), 0
        while part:
            digest.update(part)
            size += len(part)
            part = stream.read(_BLOCK)
        return Looks(size, digest.hexdigest(), head[:16])


class AttachmentDesk:
    """Checks attachments, opening them in one child process that is replaced when it fails."""

    def __init__(self, seconds: float, max_mb: int, command: Sequence[str] = _CHILD) -> None:
        """Prepare to check; the child starts with the first paper it is needed for.

        Args:
            seconds: time limit for one paper.
            max_mb: largest paper, in MiB.
            command: the child's program.
        """
        self._seconds = seconds
        self._most = max_mb * _MIB
        self._command = tuple(command)
        self._child: subprocess.Popen[bytes] | None = None

    def check(self, papers: Sequence[Attachment], folder: Path) -> list[Finding]:
        """Return every fault of one record's attachments, see look and open."""
        findings, sound = self.look(papers, folder)
        return [*findings, *self.open([(folder, sound)])[0]]

    def look(self, papers: Sequence[Attachment], folder: Path) -> tuple[list[Finding], list[Attachment]]:
        """Return what is wrong with attachments from outside, and those that are still to be opened.

        Args:
            papers: what the record says.
            folder: where the files lie.

        Raises:
            OSError: a file that is there cannot be read now.
        """
        findings = list(doubled_names(paper.file for paper in papers))
        sound = []
        for paper in papers:
            faults = list(_outer_faults(paper, folder, self._most))
            findings += faults
            if not faults and paper.media_type in _MAGIC:
                sound.append(paper)
        return findings, sound

    def open(self, records: Sequence[tuple[Path, Sequence[Attachment]]]) -> list[list[Finding]]:
        """Return for each of some records what is wrong inside its attachments, all asked of the child at once.

        Args:
            records: (folder, attachments that look right from outside).

        Raises:
            PartMissing: the child cannot be started.
        """
        asked = [(folder / paper.file, paper.media_type) for folder, papers in records for paper in papers]
        answers = iter(self._opened(asked))
        return [[fault for paper in papers for fault in _inner_faults(paper, next(answers))] for _, papers in records]

    def close(self) -> None:
        """Let the child go."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    pipe.close()

    def _opened(self, papers: Sequence[tuple[Path, str]]) -> list[Answer]:
        """Return what the child says of each paper; where it dies over several, each is asked alone."""
        if not papers:
            return []
        said = self._ask(papers)
        if isinstance(said, list):
            return said
        return [{"fault": said}] if len(papers) == 1 else [self._opened([paper])[0] for paper in papers]

    def _ask(self, papers: Sequence[tuple[Path, str]]) -> list[Answer] | str:
        """Ask the child once and return its answers, or how it failed; a child that is late or dead is replaced."""
        child = self._child or self._start()
        assert child.stdin is not None
        asked = {"seconds": self._seconds, "papers": [(str(path), media_type) for path, media_type in papers]}
        try:
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            line = _line_within(child, self._seconds)
        except BrokenPipeError:
            line = b""
        if line is not None and line.endswith(b"\n"):
            return list(json.loads(line))
        self.close()
        return "time" if line is None else "crash"

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the child and wait until it is ready, so that what goes wrong later is a paper's doing."""
        child = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, cwd="/",
            env={"LANG": "C.UTF-8"},
        )  # fmt: skip
        self._child = child
        if _line_within(child, _START_SECONDS) != READY:
            self.close()
            raise PartMissing("检查附件的程序不能启动；请重新安装（pikepdf、pillow），或运行 jishi doctor")
        return child


def _outer_faults(paper: Attachment, folder: Path, most: int) -> Iterator[Finding]:
    """Yield what is wrong with a paper before it is opened."""
    if fault := name_fault(paper.file):
        yield Finding(fault.code, fault.message, place=_place(paper), remedy=fault.remedy, source=_SOURCE)
        return
    try:
        found = looks_of(folder / paper.file)
    except FileNotFoundError:
        yield _finding(paper, "F-MISSING", "没有随记录投递", "请把附件与记录放在同一文件夹一起投递，文件名须完全一致")
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        yield _finding(paper, "N-LINK", "是链接或特殊文件，不收", "请投递文件本身")
    else:
        yield from _differences(paper, found, most)


def _differences(paper: Attachment, found: Looks, most: int) -> Iterator[Finding]:
    if found.size > most:
        yield _finding(
            paper, "F-LARGE", f"有{found.size // _MIB} MiB，超过单件上限{most // _MIB} MiB", "请拆分或降低扫描分辨率"
        )
    if found.size != paper.bytes or found.sha256 != paper.sha256:
        yield _finding(
            paper, "F-DIGEST",
            f"与记录登记的不一致：登记{paper.bytes}字节、校验码{paper.sha256[:16]}…，"
            f"实际{found.size}字节、校验码{found.sha256[:16]}…",
            "附件在登记后被改动或投错；请核对后重新登记或重新投递",
        )  # fmt: skip
    if not found.head.startswith(_MAGIC.get(paper.media_type, (b"",))):
        stated = _NAMES.get(paper.media_type, paper.media_type)
        words = f"登记为{stated}，文件内容却是{_kind_of(found.head)}"
        yield _finding(paper, "F-TYPE", words, "请按实际格式登记，或转换格式后投递")


def _inner_faults(paper: Attachment, said: Answer) -> Iterator[Finding]:
    """Yield what is wrong with a paper by what the child said of it."""
    if fault := said.get("fault"):
        code, words, remedy = _FAULTS[fault]
        detail = f"（{said['detail']}）" if said.get("detail") else ""
        yield _finding(paper, code, words + detail, remedy)
    elif said["pages"] != paper.pages:
        yield _finding(paper, "F-PAGES", f"登记{paper.pages}页，实有{said['pages']}页", "请核对附件是否完整，更正页数")


def _line_within(child: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return the child's next line, what it said before it died, or None where it is late."""
    assert child.stdout is not None
    said = b""
    end = time.monotonic() + seconds
    poll = select.poll()
    poll.register(child.stdout, select.POLLIN)
    while not said.endswith(b"\n"):
        if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
            return None
        if not (part := os.read(child.stdout.fileno(), 65_536)):
            return said
        said += part
    return said


def _kind_of(head: bytes) -> str:
    if not head:
        return "空文件"
    for media_type, starts in _MAGIC.items():
        if head.startswith(starts):
            return _NAMES[media_type]
    if head.startswith(b"PK\x03\x04"):
        return "压缩包或Office文件"
    return "其他格式"


def _place(paper: Attachment) -> str:
    return f"凭证附件 {paper.id}"


def _finding(paper: Attachment, code: str, words: str, remedy: str) -> Finding:
    shown = printable(paper.file)
    return Finding(code, f"附件“{shown}”{words}", place=_place(paper), remedy=remedy, source=_SOURCE)


def media_type_of(head: bytes) -> str:
    """Return the media type the first bytes of a file say, or "" for none we take."""
    return next((kind for kind, starts in _MAGIC.items() if head.startswith(starts)), "")
