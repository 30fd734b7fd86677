"""The way of what was dropped, from the drop folder to its verdict.

Claimed: moved into work/ under a token, zips opened into their records (`claiming`). Examined: schema, rules, papers
opened, the Word form made, each group while the one before it is finished (`groups`, `workers`, `examiner`). Brought to
its verdict: made durable, admitted in one transaction, put away with a slip or note (`verdicts`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from archive.register.cases import CaseFiles
from archive.register.register import Register
from jishi.errors import JishiError, NotFound, TryLater, reason_of
from jishi.settings import Settings
from pipeline.intake.claiming import Claiming, holds_submissions
from pipeline.intake.claims import Claims
from pipeline.intake.drop_folder import Dropped, FolderScan, PendingSubmission, listed
from pipeline.intake.groups import GroupFlow, HeldBack
from pipeline.intake.stacks import Stacks
from pipeline.intake.submission import printable
from pipeline.intake.verdict_line import VerdictLine
from pipeline.intake.verdicts import Checkpoint, Verdicts
from pipeline.intake.workers import Workers

_log = logging.getLogger("jishi.intake")


class TakingIn:
    """Takes in what is ready: a claim, an examination and a verdict for each."""

    def __init__(
        self,
        settings: Settings,
        register: Register,
        report: Callable[[VerdictLine], None],
        stopping: Callable[[], bool],
        on_step: Checkpoint,
    ) -> None:
        """Take note of the home; nothing is taken yet.

        Args:
            settings: the home's settings.
            register: of the home.
            report: is told every verdict.
            stopping: tells whether the run is to end after the group in hand.
            on_step: is told every point passed, for tests.
        """
        self.workers = Workers(settings, stopping)
        self._cases = CaseFiles(settings, register)
        self._claims = Claims(settings, stopping)
        self._verdicts = Verdicts(settings, self._claims, self._cases, report, on_step)
        stacks = Stacks(settings, register, self._claims, self._verdicts, stopping, on_step)
        self.claiming = Claiming(settings, self._claims, self._verdicts, stacks, stopping, on_step)
        self._groups = GroupFlow(settings.work, self.workers, self._verdicts, self._claims, stopping)

    @property
    def held(self) -> HeldBack:
        """What an obstacle keeps from its verdict."""
        return self._groups.held

    def parked(self) -> list[PendingSubmission]:
        """Return what waits for the administrator."""
        return [PendingSubmission(one.claim.shown, one.obstacle, one.claim.at) for one in self._groups.parked]

    def take_all(
        self, ready: Sequence[Dropped], elsewhere: Sequence[Path], pending: Callable[[str, str], None]
    ) -> None:
        """Bring what is ready, and copies of paths outside the drop folder, to their verdicts.

        Args:
            ready: in the drop folder.
            elsewhere: records, zips, or folders of both; the originals stay.
            pending: is told (name, reason) of what cannot be taken.
        """
        self._groups.work(self.claiming.from_drop(ready))
        self._groups.work(self.claiming.from_paths(elsewhere, pending))
        self._groups.work(self.claiming.whole())

    def told_apart(self, scan: FolderScan) -> FolderScan:
        """Return a look at the drop in which scans of signed prints are ready, not papers that wait for a record."""
        stacks = self.claiming.stacks_among(scan.orphans)
        names = {printable(one.name) for one in stacks}
        waits = [one for one in scan.pending if one.name not in names]
        return replace(scan, ready=[*scan.ready, *stacks], pending=waits)

    def take(self, ready: Sequence[Dropped]) -> None:
        """Bring what is ready in the drop folder to its verdict; an obstacle or our fault lets the watcher go on."""
        try:
            self._groups.work(self.claiming.from_drop(ready))
            self._groups.work(self.claiming.whole())
        except (TryLater, OSError) as error:
            _log.warning("暂时不能收取：%s", reason_of(error))
        except JishiError:
            raise
        except Exception:
            _log.exception("收取时程序出错；未收的仍在投递文件夹或 work/ 中")

    def go_on(self) -> None:
        """Bring what a crash or an obstacle left to its verdict, and refuse what waited too long."""
        self._groups.retry()
        try:
            self._cases.settle()
            self._verdicts.expire()
            if not self.held.stops_all:
                self._groups.work(self.claiming.left_behind(self._groups.in_hand), again=True)
        except (TryLater, OSError) as error:
            _log.warning("暂时不能接续上次的工作：%s", reason_of(error))
        except JishiError:
            raise
        except Exception:
            _log.exception("接续上次的工作时程序出错；投递文件夹照常收取")

    def reject_waiting(self, tokens: Sequence[str], reason: str) -> None:
        """Refuse records that wait for another, because somebody says so."""
        self._verdicts.reject_waiting(tokens, reason)

    def rest(self) -> None:
        """Let workers go that have nothing to do."""
        self.workers.rest()

    def close(self) -> None:
        """Let workers and locks go."""
        self.workers.close()
        self._claims.close()


def refuse_empty(paths: Sequence[Path]) -> None:
    """Refuse paths somebody named that hold nothing to take.

    Raises:
        NotFound: one is a link or special file, or holds neither record nor zip.
    """
    if strange := [path for path in paths if path.is_symlink() or not (path.is_file() or path.is_dir())]:
        raise NotFound(f"{listed([str(path) for path in strange])} 是链接或特殊文件，不收；请给出文件本身")
    if empty := [path for path in paths if not holds_submissions(path)]:
        raise NotFound(
            f"{listed([str(path) for path in empty])} 里没有记录（.xml）或压缩包（.zip），什么也没有收取；"
            "附件随引用它的记录一起收，请给出记录、压缩包或它们所在的文件夹"
        )
