"""What stops the work, and the exit code it carries.

JishiError
├── FaultsFound            1   a check was done and found faults
├── RecordRejected         3   a record breaks its schema or rules
├── PartMissing            4   something this machine needs is not there (font, engine, schema)
├── TryLater               5   busy, locked for the moment, disk full: may pass by itself
│   ├── RegisterBusy
│   └── WorkerLost
├── ArchiveDamaged         6   what is filed differs from what was recorded
│   └── RecordMissing
├── AnotherRunActive       7   another run holds the lock
├── SettingsInvalid        8   a settings, profile or rule file is wrong
│   └── CalendarUnknown
├── Refused                9   not allowed: second-person rule, acceptance missing
└── NotFound              10   no such batch, record, volume, item or page

click's own usage errors end with 2, an unforeseen exception (our bug) with 15,
Ctrl-C with 130, SIGTERM with 143.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jishi.findings import Finding


class ExitCode(IntEnum):
    """The codes a scheduler may rely on."""

    OK = 0
    FAULTS = 1
    USAGE = 2
    REJECTED = 3
    MISSING_PART = 4
    TRY_LATER = 5
    DAMAGED = 6
    LOCKED = 7
    SETTINGS = 8
    REFUSED = 9
    NOT_FOUND = 10
    BUG = 15
    INTERRUPTED = 130
    TERMINATED = 143


_REASONS = {
    errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.ENOENT: "不存在", errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ENOTEMPTY: "文件夹里已有材料",
    errno.EISDIR: "是文件夹", errno.EEXIST: "已经存在", errno.ENAMETOOLONG: "名称过长", errno.ELOOP: "链接成环",
    errno.ENOSPC: "磁盘已满", errno.EDQUOT: "超出磁盘限额", errno.EROFS: "磁盘只读", errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件过多", errno.ENFILE: "打开的文件过多", errno.EBUSY: "正被占用",
    errno.EPIPE: "接收输出的程序已退出", errno.EFBIG: "超过单个文件大小上限", errno.ENOMEM: "内存不足",
    errno.EXDEV: "不在同一个文件系统", errno.EINVAL: "系统不认此操作", errno.ESTALE: "网络文件已失效",
    errno.ENXIO: "设备不在",
}  # fmt: skip


TRANSIENT = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EFBIG,
    errno.ENOMEM, errno.EROFS,
})  # fmt: skip
"""What the system refuses now and may grant later."""


def reason_of(error: OSError | JishiError) -> str:
    """Return in Chinese what stands in the way: our own words, or why the system refused."""
    if isinstance(error, JishiError):
        return error.message
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


class JishiError(Exception):
    """Something stops the work; the message is Chinese and tells the way out."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, told: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.findings = tuple(findings)
        self.told = told
        """True where the data that shows the faults is already on stdout, so that nothing may be added there."""


class FaultsFound(JishiError):
    """The check was done and found faults."""

    exit_code = ExitCode.FAULTS


class RecordRejected(JishiError):
    """The record breaks its schema or the rules of its process."""

    exit_code = ExitCode.REJECTED

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0].message if findings else "未说明原因"
        super().__init__(f"共{len(findings)}处问题，第一处：{first}", findings)


class PartMissing(JishiError):
    """Something this machine needs is not there."""

    exit_code = ExitCode.MISSING_PART


class TryLater(JishiError):
    """The obstacle may pass by itself; nothing was lost."""

    exit_code = ExitCode.TRY_LATER


class RegisterBusy(TryLater):
    """Another process holds the register for longer than we wait."""


class WorkerLost(TryLater):
    """A process that worked for this one died, most likely for want of memory."""


class ArchiveDamaged(JishiError):
    """What is filed differs from what was recorded."""

    exit_code = ExitCode.DAMAGED


class RecordMissing(ArchiveDamaged, FileNotFoundError):
    """The files of an admitted record are gone; a missing file also to those who can do without it or wait."""


class AnotherRunActive(JishiError):
    """Another run holds the lock."""

    exit_code = ExitCode.LOCKED


class SettingsInvalid(JishiError):
    """A settings, profile or rule file is wrong; every fault is listed."""

    exit_code = ExitCode.SETTINGS


class CalendarUnknown(SettingsInvalid):
    """The working calendar does not know a year that is asked for: what needs it waits for the administrator."""

    def __init__(self, message: str, year: int = 0) -> None:
        super().__init__(message)
        self.year = year


class Refused(JishiError):
    """Not allowed by a rule of the house."""

    exit_code = ExitCode.REFUSED


class NotFound(JishiError):
    """No such batch, record, volume, item or page."""

    exit_code = ExitCode.NOT_FOUND
