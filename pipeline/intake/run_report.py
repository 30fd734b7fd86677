"""What a run is told of and what it came to: every verdict once, everything that waits once per reason."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archive.register.cases import Outcome
from archive.register.register import now
from jishi.errors import ExitCode
from pipeline.intake.drop_folder import STILL, UNREADABLE, FolderScan
from pipeline.intake.verdict_line import VerdictLine

_PATIENCE = dt.timedelta(seconds=60)
_NOTHING: Mapping[str, str] = MappingProxyType({})
WORDS: Mapping[Outcome, str] = MappingProxyType(
    {Outcome.ADMITTED: "已收", Outcome.DUPLICATE: "重复", Outcome.REJECTED: "退回", Outcome.WAITING: "等待"}
)
"""What people are told of each outcome."""
_log = logging.getLogger("jishi.intake")
Report = Callable[[VerdictLine], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run came to."""

    admitted: int
    duplicate: int
    rejected: int
    waiting: int
    """Submissions seen in this run that still wait, in the drop folder or for another record."""
    seconds: float
    stopped: ExitCode = ExitCode.OK
    """What the run was told to end with before it was done, or 0."""

    @property
    def exit_code(self) -> ExitCode:
        """What it was stopped with, else 3 where anything was refused, else 0."""
        return self.stopped or (ExitCode.REJECTED if self.rejected else ExitCode.OK)


class RunReport:
    """Passes verdicts on to the log and the caller, and counts them."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._counts: Counter[Outcome] = Counter()
        self._waiting: set[str] = set()
        self._dropped: dict[str, str] = {}
        self._begun = time.monotonic()

    @property
    def summary(self) -> Summary:
        """What the run came to so far."""
        count, waiting = self._counts, len(self._waiting) + len(self._dropped)
        seconds = time.monotonic() - self._begun
        return Summary(count[Outcome.ADMITTED], count[Outcome.DUPLICATE], count[Outcome.REJECTED], waiting, seconds)

    def hear(self, line: VerdictLine) -> None:
        """Take note of a verdict."""
        if line.outcome is Outcome.WAITING:
            self._waiting.add(line.submission)
        else:
            self._counts[line.outcome] += 1
            self._waiting.discard(line.submission)
        _log.info("%s", "　".join(filter(None, (line.submission, WORDS[line.outcome], line.record, line.message))))
        self._report(line)

    def look(self, scan: FolderScan) -> None:
        """Tell of what waits in the drop, when it is quiet or has waited a while: a copy in progress is no news.

        What cannot be read is told at once.
        """
        quiet = not scan.settling and not scan.ready
        lately = dt.datetime.now().astimezone() - _PATIENCE
        before, self._dropped = self._dropped, {}
        for one in scan.pending:
            told = quiet or UNREADABLE in one.message
            if one.message != STILL and (told or dt.datetime.fromisoformat(one.since) < lately):
                self.wait(one.name, one.message, before)

    def wait(self, name: str, message: str, before: Mapping[str, str] = _NOTHING) -> None:
        """Tell that something in the drop waits, unless it was told before with the same reason."""
        self._dropped[name] = message
        if before.get(name) != message:
            _log.info("%s　%s　%s", name, WORDS[Outcome.WAITING], message)
            self._report(VerdictLine(now(), name, Outcome.WAITING, "", message))
