"""Groups of records on their way to their verdicts; what an obstacle keeps from its verdict is held and tried again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from jishi.errors import ArchiveDamaged, TryLater, reason_of
from jishi.findings import Finding
from pipeline.intake.claiming import Groups
from pipeline.intake.claims import Claim, Claims
from pipeline.intake.examiner import Examined
from pipeline.intake.verdicts import Verdicts
from pipeline.intake.workers import Result, Workers

_log = logging.getLogger("jishi.intake")
_MANY = 16
"""So many records with an obstacle of their own are no accident: then nothing more is taken."""
_AGAIN_SECONDS = 600.0
"""So seldom is tried again what waits for the administrator."""


class HeldBack:
    """Examined records that could not be brought to their verdict now."""

    def __init__(self) -> None:
        self._ones: list[Examined] = []

    def __bool__(self) -> bool:
        return bool(self._ones)

    @property
    def tokens(self) -> frozenset[str]:
        """What stands in work/ for them."""
        return frozenset(one.claim.token for one in self._ones)

    @property
    def stops_all(self) -> bool:
        """Tell whether nothing more may be taken: the obstacle is not one record's own, or many have one."""
        return len(self._ones) >= _MANY or any(not one.obstacle for one in self._ones)

    def add(self, ones: Iterable[Examined]) -> None:
        """Keep records until the next try."""
        self._ones += ones

    def release(self) -> tuple[list[Claim], list[Examined]]:
        """Give everything back: claims to be examined again, and records that were examined and only not finished."""
        ones, self._ones = self._ones, []
        return [one.claim for one in ones if one.obstacle], [one for one in ones if not one.obstacle]


class GroupFlow:
    """Brings groups to their verdicts, one examined while the one before it is finished."""

    def __init__(
        self, work: Path, workers: Workers, verdicts: Verdicts, claims: Claims, stopping: Callable[[], bool]
    ) -> None:
        """Take note of who examines and who finishes; nothing is done yet.

        Args:
            work: the folder of claimed things.
            workers: examines.
            verdicts: finishes.
            claims: notes what waits for the administrator.
            stopping: tells whether the run is to end after the group in hand.
        """
        self.held = HeldBack()
        self._parked: dict[str, Examined] = {}
        self._parked_at = 0.0
        self._work = work
        self._workers = workers
        self._verdicts = verdicts
        self._claims = claims
        self._stopping = stopping

    @property
    def parked(self) -> tuple[Examined, ...]:
        """What waits for the administrator; it stops nothing and keeps no run going."""
        return tuple(self._parked.values())

    @property
    def in_hand(self) -> frozenset[str]:
        """Tokens of everything that waits here."""
        return self.held.tokens.union(self._parked)

    def work(self, groups: Groups, *, again: bool = False) -> None:
        """Examine one group while the group before it is finished; stop between groups."""
        before: Result | None = None
        try:
            for group in groups:
                earlier, before = before, self._workers.submit(group)
                if earlier is not None:
                    self._finish(earlier(), again)
                if self._stopping() or self.held.stops_all:
                    break
        finally:
            # Also where the next group could not be got: what was examined is not left lying.
            if before is not None:
                self._finish(before(), again)

    def _finish(self, group: Sequence[Examined], again: bool) -> None:
        for one in group:
            if one.waits:
                self._park(one)
        blocked = [one for one in group if one.obstacle and not one.waits]
        clear = [one for one in group if not one.obstacle]
        for one in blocked:
            _log.warning("%s 暂时不能检查：%s", one.claim.shown, one.obstacle)
        self.held.add(blocked)
        try:
            if clear:
                self._verdicts.finish(clear, again=again)
        except (TryLater, OSError) as error:
            _log.warning("暂时不能收入%d件：%s", len(clear), reason_of(error))
            self.held.add(clear)
        except ArchiveDamaged:
            # The register, not the records: all stay in work/ and are taken up once it is restored.
            raise
        except Exception:
            _log.exception("一组%d件未能收入，逐件再试", len(clear))
            for one in clear:
                self._finish_alone(one)

    def _park(self, one: Examined) -> None:
        """Let a record wait for the administrator, seen by everyone."""
        _log.warning("%s 等待系统管理员：%s", one.claim.shown, one.obstacle)
        self._parked[one.claim.token] = one
        self._parked_at = time.monotonic()
        with suppress(TryLater, OSError):
            self._claims.note_obstacle(one.claim, one.obstacle)

    def _finish_alone(self, one: Examined) -> None:
        """Finish one record of a group that failed by our fault: the one that causes it is refused, the others pass."""
        try:
            self._verdicts.finish([one], again=True)
        except (TryLater, OSError):
            self.held.add([one])
        except Exception:
            _log.exception("收入 %s 时程序出错", one.claim.shown)
            fault = Finding("P-BUG", "收入该记录时程序出错", file=one.claim.shown, remedy="请把本单和原件交系统管理员")
            with suppress(Exception):
                self._verdicts.finish([Examined(one.claim, one.record, one.sha256, None, (fault,))], again=True)

    def retry(self) -> None:
        """Try again what an obstacle held back."""
        claims, examined = self.held.release()
        if self._parked and time.monotonic() - self._parked_at > _AGAIN_SECONDS:
            self._workers.renew()
            claims += [one.claim for one in self.parked]
            self._parked.clear()
        if claims := [claim for claim in claims if (self._work / claim.token).exists()]:
            self._finish(self._workers.submit(claims)(), True)
        if examined:
            self._finish(examined, True)
