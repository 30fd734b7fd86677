"""The folders of a home: which are made when missing, and what must hold before anything is renamed between them."""

from __future__ import annotations

from archive.shelf import root_is_marked
from jishi.errors import SettingsInvalid, TryLater, reason_of
from jishi.mounts import mount_of
from jishi.settings import SETTINGS_FILE, Settings

_CALLED = {
    "work": "工作文件夹", "waiting": "等待文件夹", "rejected": "退回文件夹", "duplicate": "重复件文件夹",
    "received": "已收压缩包文件夹", "drafts": "送签文件夹", "cases": "案卷材料", "staging": "立卷暂存", "shelf": "书架",
}  # fmt: skip


def make_folders(settings: Settings, *, new: bool = False) -> None:
    """Make what is missing of a home's folders; never anew where papers belong that were put there before.

    Args:
        settings: the home's settings.
        new: the home is being made, so that case files and shelf are made too.

    Raises:
        SettingsInvalid: the drop folder is not there.
        TryLater: shelf or case files are not there, or a folder cannot be made now.
    """
    _refuse_missing_drop(settings)
    if not new:
        _refuse_missing(settings)
    made = [path for path in settings.folders() if not path.is_dir()]
    try:
        for path in made:
            path.mkdir(parents=True, exist_ok=True)
            settings.modes.give(path)
    except OSError as error:
        raise TryLater(f"不能建文件夹 {error.filename}：{reason_of(error)}") from error


def check_folders(settings: Settings) -> None:
    """Make what may be made of a home's folders, and refuse a home whose folders cannot be renamed between.

    Called before anything is taken or numbered; a rename that fails later would leave a number without its volume.

    Raises:
        SettingsInvalid: the drop folder overlaps another folder or is not there, or a folder lies on another disk.
        TryLater: shelf or case files are not there, or a folder cannot be made now.
    """
    make_folders(settings)
    _refuse_overlap(settings)
    _refuse_other_disks(settings)


def folder_faults(settings: Settings) -> list[str]:
    """Return what `check_folders` would refuse, one after the other; nothing is made."""
    faults = []
    for look in (_refuse_missing, _refuse_missing_drop, _refuse_overlap, _refuse_other_disks):
        try:
            look(settings)
        except (SettingsInvalid, TryLater) as error:
            faults.append(error.message)
    return faults


def _refuse_missing(settings: Settings) -> None:
    """Refuse where case files or shelf are gone: most likely a disk is not mounted."""
    gone = [path for path in (settings.cases, settings.shelf) if not path.is_dir()]
    if not gone and not root_is_marked(settings.shelf):
        gone = [settings.shelf]
    if gone:
        names = "、".join(f"{_CALLED[path.name]} {path}" for path in gone)
        raise TryLater(
            f"{names} 不在，或不是原来的那个（没有标记）；所在磁盘没有挂上的请先挂上，确实丢失的请从备份恢复，不要另建"
        )


def _refuse_missing_drop(settings: Settings) -> None:
    """Refuse a drop folder outside the home that is not there: mistyped, or a share that is not mounted."""
    drop = settings.drop
    if drop.is_dir() or drop.resolve().is_relative_to(settings.home):
        return
    raise SettingsInvalid(
        f"投递文件夹 {drop} 不在；写错的请改 [intake] drop，共享没有挂上的请先挂上，确是新的请先建好（mkdir）"
    )


def _refuse_overlap(settings: Settings) -> None:
    drop, home = settings.drop, settings.home.resolve()
    place = drop.resolve()
    if home.is_relative_to(place):
        raise SettingsInvalid(f"投递文件夹 {drop} 不能就是档案库或包含档案库；请改 [intake] drop")
    for folder in settings.own_folders():
        if place.is_relative_to(folder.resolve()) or folder.resolve().is_relative_to(place):
            raise SettingsInvalid(f"投递文件夹 {drop} 不能放在 {folder} 里，也不能包含它；请改 [intake] drop")
    for folder in (place, *place.parents):
        if folder != home and (folder / SETTINGS_FILE).exists():
            raise SettingsInvalid(f"投递文件夹 {drop} 在另一个档案库 {folder} 里；请改 [intake] drop")


def _refuse_other_disks(settings: Settings) -> None:
    """Refuse folders that a rename from work/ or staging/ does not reach."""
    here = mount_of(settings.home)
    away = [path for path in settings.own_folders() if path.is_dir() and mount_of(path) != here]
    if away:
        names = "、".join(f"{_CALLED[path.name]} {path}" for path in away)
        raise SettingsInvalid(
            f"{names} 与档案库 {settings.home} 不在同一个文件系统，上架、归位要靠改名，跨盘做不到；"
            "请把整个档案库放在一个文件系统上（容量不够的，把整个库移到大盘）"
        )
