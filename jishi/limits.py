"""What the system lets this process use, where somebody set it lower than the work needs.

A child that dies of such a limit looks like a broken program or a broken paper; so the limit is told before anything
begins.
"""

from __future__ import annotations

import resource

from jishi.errors import TryLater

_MIB = 1 << 20
_FILES = 64
_MEMORY_MB = 2048
"""The child that opens attachments allows itself 1536 MiB; the binder's largest process takes some hundred."""
_SECONDS = 300


def low_limits(largest_mb: int) -> list[str]:
    """Return in words every limit of this process that is too low.

    Args:
        largest_mb: the largest file that may have to be written, in MiB.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    wanted = (
        (resource.RLIMIT_NOFILE, "打开文件数", 1, _FILES, "个", "ulimit -n；systemd 的 LimitNOFILE"),
        (resource.RLIMIT_AS, "内存（地址空间）", _MIB, _MEMORY_MB, " MiB", "ulimit -v；systemd 的 LimitAS"),
        (resource.RLIMIT_FSIZE, "单个文件大小", _MIB, largest_mb, " MiB", "ulimit -f；systemd 的 LimitFSIZE"),
        (resource.RLIMIT_CPU, "处理器时间", 1, used + _SECONDS, "秒", "ulimit -t；systemd 的 LimitCPU"),
    )
    found = []
    for kind, name, unit, least, measure, how in wanted:
        soft, _ = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY and soft // unit < least:
            found.append(f"{name}上限太低：{soft // unit}{measure}，至少要{least}{measure}（{how}）")
    return found


def refuse_low_limits(largest_mb: int) -> None:
    """Refuse to begin under a limit that would be laid on papers or programs later.

    Raises:
        TryLater: a limit is too low; every one is named.
    """
    if low := low_limits(largest_mb):
        raise TryLater("本机对程序的限制太低，没有开始：" + "；".join(low) + "；请管理员调高后再试")
