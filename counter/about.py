"""What settings, register, sample, render and doctor tell."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from archive.folders import folder_faults
from archive.register.opening import foreign_fault
from archive.register.register import Register
from counter.notices import (
    calendar_ends,
    fonds_changed,
    open_to_others,
    register_or_none,
    retention_unapproved,
    tell_notices,
)
from counter.output import Output, progress
from jishi.errors import ArchiveDamaged, JishiError, Refused, SettingsInvalid
from jishi.limits import low_limits
from jishi.mounts import file_system, is_network
from jishi.settings import SETTINGS_FILE, Settings, load
from jishi.toml_files import read_toml
from pipeline.intake.watchers import refuse_owned_drop


def print_settings(home: Path, output: Output) -> None:
    """Print every setting in force and where it comes from."""
    settings = load(home)
    written = read_toml(home / SETTINGS_FILE)
    rows = []
    for section, values in asdict(settings).items():
        if isinstance(values, dict):
            for key, value in values.items():
                rows.append({"key": f"{section}.{key}", "value": value, "origin": _origin(written, section, key)})
    columns = (("项", lambda r: r["key"]), ("值", lambda r: r["value"]), ("来自", lambda r: r["origin"]))
    output.table(rows, columns, str(settings.home))
    tell_notices(settings, register_or_none(settings), output)


def write_sample(folder: Path, people: int, seed: int, batch: str, supplement: bool, output: Output) -> None:
    """Write a rehearsal batch into a folder.

    Raises:
        Refused: papers of that batch lie there already; nothing was written.
    """
    from rehearsal.batch import write

    if not supplement and any(folder.glob(f"{batch}*")):
        raise Refused(f"{folder} 里已有批次 {batch} 的材料，再写会盖掉它们；请换一个文件夹，或先把它们移走")
    with progress("演练批次", None) as advance:
        count = write(folder, people, seed, batch=batch, supplement=supplement, progress=advance)
    output.say(f"已在 {folder} 写出 {people} 人的演练批次 {batch}，{count} 件记录（人名、单位均为虚构）")


def examine(home: Path, output: Output) -> None:
    """Look whether this machine has what the product needs, and say what stands in for what.

    Raises:
        SettingsInvalid: something would not work.
        ArchiveDamaged: the register is lost or damaged.
    """
    settings = load(home)
    sound = _register(settings)
    rows = [
        *_fonts(settings), *_papers(settings), *_rules(settings), *_data(), *_calendar(settings), *_disk(settings),
        *_folders(settings), *_lying(settings), *_access(settings), *_limits(settings), *_fonds(settings),
        *_approval(settings), sound,
    ]  # fmt: skip
    columns = (("检查", lambda r: r["what"]), ("结果", lambda r: r["state"]), ("说明", lambda r: r["detail"]))
    output.table(rows, columns)
    if bad := [row["what"] for row in rows if row["state"] in ("不行", "待升级")]:
        kind = ArchiveDamaged if sound["state"] == "不行" else SettingsInvalid
        raise kind("以下各项需要处理：" + "、".join(bad), told=output.as_json)


def _origin(written: dict[str, dict[str, object]], section: str, key: str) -> str:
    name = f"JISHI_{section}_{key}".upper()
    if name in os.environ:
        return f"环境变量 {name}"
    return "jishi.toml" if key in written.get(section, {}) else "默认"


def _fonts(settings: Settings) -> list[dict[str, str]]:
    from press.fonts import font_set

    found = font_set(settings.press.fonts)
    return [{"what": "字体", "state": "代用" if "代" in line else "好", "detail": line} for line in found.report()]


def _papers(settings: Settings) -> list[dict[str, str]]:
    """Look whether attachments are opened here: a good one, with Chinese text for which it brings no face, is drawn."""
    from pipeline.intake.attachments import AttachmentChecker, isolation_is_possible

    checker = AttachmentChecker(settings.intake.check_seconds, settings.intake.max_file_mb)
    try:
        checker.try_machine()
        opened = {"state": "好", "detail": "样件打得开，没有嵌入字体的中文用随产品的字体画出"}
    except JishiError as error:
        opened = {"state": "不行", "detail": error.message}
    finally:
        checker.close()
    apart = isolation_is_possible()
    words = "检查附件的进程不能联网" if apart else "本机不许建网络命名空间，检查附件的进程没有断网"
    return [{"what": "附件检查", **opened}, {"what": "附件隔离", "state": "好" if apart else "未隔离", "detail": words}]


def _rules(settings: Settings) -> list[dict[str, str]]:
    from pipeline.rules.profiles import in_force

    try:
        found, _ = in_force(settings)
    except JishiError as error:
        return [{"what": "规则", "state": "不行", "detail": error.message}]
    return [{"what": "规则", "state": "好", "detail": f"{found.id} {found.name}，规则集 {found.version[:16]}"}]


def _data() -> list[dict[str, str]]:
    """Look through what the procedures and the summaries say."""
    from jishi.procedure_check import procedure_faults
    from jishi.record_types import procedure_folders
    from press.facts_check import fact_faults, summaries

    faults = [fault for folder in procedure_folders() for fault in procedure_faults(folder)]
    faults += [] if faults else [fault for form in summaries() for fault in fact_faults(form)]
    return _row("业务数据", [str(fault) for fault in faults], "操作流程、记录类型和汇总表的写法都对")


def _register(settings: Settings) -> dict[str, str]:
    try:
        found = Register(settings.register_file)
        fault = found.damage() or foreign_fault(settings, found)
    except SettingsInvalid as error:
        return {"what": "目录库内容", "state": "待升级", "detail": error.message}
    except JishiError as error:
        fault = error.message
    words = f"{fault}；请从备份恢复" if fault and "备份" not in fault else fault
    return {"what": "目录库内容", "state": "不行" if fault else "好", "detail": words or "可以读，结构完整"}


def _row(what: str, faults: Sequence[str], fine: str, bad: str = "不行") -> list[dict[str, str]]:
    """Return one row for each fault, or one that says all is well."""
    return [{"what": what, "state": bad, "detail": fault} for fault in faults] or [
        {"what": what, "state": "好", "detail": fine}
    ]


def _calendar(settings: Settings) -> list[dict[str, str]]:
    today = dt.date.today()
    return _row("工作日历", list(calendar_ends(settings, today)), "今后几个月的节假日安排都有", "注意")


def _lying(settings: Settings) -> list[dict[str, str]]:
    """Tell how the folders lie: there, on one file system, the drop nobody else's."""
    faults = folder_faults(settings)
    if not faults:
        try:
            refuse_owned_drop(settings)
        except SettingsInvalid as error:
            faults.append(error.message)
    return _row("各文件夹", faults, "都在，可以互相改名，投递文件夹只归本库")


def _access(settings: Settings) -> list[dict[str, str]]:
    shared = f"和用户组 {settings.access.group} " if settings.access.group else ""
    return _row("访问权限", list(open_to_others(settings)), f"只有本用户{shared}能读写", "注意")


def _limits(settings: Settings) -> list[dict[str, str]]:
    return _row("系统限制", low_limits(settings.intake.max_file_mb), "打开文件数、内存、文件大小、处理器时间都够")


def _fonds(settings: Settings) -> list[dict[str, str]]:
    faults = list(fonds_changed(settings, register_or_none(settings)))
    return _row("全宗号", faults, f"{settings.unit.fonds}，与已立的卷一致", "注意")


def _approval(settings: Settings) -> list[dict[str, str]]:
    approved = f"已批准：{settings.unit.retention_approval}"
    return _row("归档范围和保管期限表", list(retention_unapproved(settings)), approved, "注意")


def _disk(settings: Settings) -> list[dict[str, str]]:
    free = shutil.disk_usage(settings.home).free // (1 << 20)
    state = "好" if free >= settings.intake.free_mb else "不行"
    return [{"what": "磁盘剩余", "state": state, "detail": f"{free} MiB，低于{settings.intake.free_mb} MiB时暂停接收"}]


def _folders(settings: Settings) -> list[dict[str, str]]:
    rows = []
    for what, path, remote_is_bad in (("目录库", settings.home, True), ("投递文件夹", settings.drop, False)):
        remote = is_network(path)
        state = "不行" if remote and remote_is_bad else "好"
        words = "网络盘，将用轮询" if remote else "本机磁盘"
        rows.append({"what": what, "state": state, "detail": f"{path}（{file_system(path) or '未知'}，{words}）"})
    return rows
