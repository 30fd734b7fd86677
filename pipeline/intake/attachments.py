"""Attachments against what their record says of them: there, unaltered, of the stated kind, sound, of so many pages."""

from __future__ import annotations

import errno
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from archive.papers.faults import PaperFault
from archive.papers.kinds import OFD, PDF, TAKEN, name_of
from archive.papers.looks import Looks, looks_of
from archive.papers.specimen import READY, SPECIMEN
from jishi.errors import PartMissing
from jishi.findings import Finding
from jishi.records import Attachment
from pipeline.intake.submission import doubled_names, name_fault, printable

_SOURCE = "G06 附件齐全、未改动、格式合规"
_MIB = 1024 * 1024
_START_SECONDS = 60.0
Answer = dict[str, Any]
_CHILD = (sys.executable, "-I", "-m", "archive.papers.child")
_MAYBE_THE_MACHINE = {"time", "crash", "memory"}
"""Faults that a machine with tight limits lays on sound papers too."""


class AttachmentChecker:
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
            if not faults and paper.media_type in TAKEN:
                sound.append(paper)
        return [*findings, *_lacking_pages(papers)], sound

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

    def pages(self, papers: Sequence[tuple[Path, str]]) -> list[int]:
        """Return how many pages each paper has, (file, media type); 0 for one that cannot be shown or shows none.

        Raises:
            PartMissing: the child cannot be started.
        """
        return [int(answer.get("pages", 0)) for answer in self._opened(papers)]

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
        if not isinstance(said, list):
            if len(papers) > 1:
                return [self._opened([paper])[0] for paper in papers]
            said = [{"fault": said}]
        if any(answer.get("fault") in _MAYBE_THE_MACHINE for answer in said):
            self.try_machine()
        return said

    def try_machine(self) -> None:
        """See the child open a paper known to be good, so that no paper is blamed for what this machine lacks.

        Raises:
            PartMissing: it does not open it.
        """
        said = self._ask([(SPECIMEN, PDF)])
        if said != [{"pages": 1}]:
            raise PartMissing(
                "检查附件的程序在本机连一件完好的样件也打不开，没有因此退回任何材料；多半是处理器时间、内存或打开文件数的限额太小，"
                "请放宽后再试（ulimit -t、-v、-n，或系统服务的同类限制），再运行 jishi doctor"
            )

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


def isolation_is_possible() -> bool:
    """Tell whether the child can be cut off from every network on this machine, by trying it in another."""
    words = "from archive.papers.limits import isolate; raise SystemExit(0 if isolate() else 1)"
    return subprocess.run([sys.executable, "-I", "-c", words], capture_output=True).returncode == 0


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
    if paper.media_type in TAKEN and found.kind.media_type != paper.media_type:
        words = f"登记为{name_of(paper.media_type)}，文件内容却是{found.kind.name}"
        yield _finding(paper, "F-TYPE", words, found.kind.remedy)


def _lacking_pages(papers: Sequence[Attachment]) -> Iterator[Finding]:
    """Yield a finding for every OFD without the PDF that shows its pages."""
    pdfs = {paper.id for paper in papers if paper.media_type == PDF}
    for paper in papers:
        if paper.media_type == OFD and paper.shown_by not in pdfs:
            words = "是OFD，却没有指明显示其内容的PDF附件"
            remedy = "请用OFD阅读软件另存为PDF，作为另一件附件一同投递，并在OFD这一件上写shownBy，填那件PDF的附件编号"
            yield _finding(paper, "F-OFD", words, remedy)


def _inner_faults(paper: Attachment, said: Answer) -> Iterator[Finding]:
    """Yield what is wrong with a paper by what the child said of it."""
    if fault := said.get("fault"):
        found = PaperFault(fault, said.get("detail", ""))
        yield _finding(paper, found.code, found.words, found.remedy)
    elif paper.media_type != OFD and said["pages"] != paper.pages:
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


def _place(paper: Attachment) -> str:
    return f"凭证附件 {paper.id}"


def _finding(paper: Attachment, code: str, words: str, remedy: str) -> Finding:
    shown = printable(paper.file)
    return Finding(code, f"附件“{shown}”{words}", place=_place(paper), remedy=remedy, source=_SOURCE)
