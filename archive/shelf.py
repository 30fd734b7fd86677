"""The shelf: an OCFL 1.1 storage root. A volume is an object, a supplement its next version.

An object is built whole in staging and put on the shelf by one rename; a later version is renamed into the
object before the object's inventory is replaced, so that a crash leaves the last good version in force.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from jishi.durable import move, take, write_all_durably
from jishi.errors import ArchiveDamaged, reason_of

_ROOT_MARK = ("0=ocfl_1.1", b"ocfl_1.1\n")
_OBJECT_MARK = ("0=ocfl_object_1.1", b"ocfl_object_1.1\n")
_LAYOUT_FILE = "ocfl_layout.json"
_LAYOUT = {
    "extension": "0002-flat-direct-storage-layout",
    "description": "An object stands in the folder named by its id, the archive number with full stops for dots.",
}
_INVENTORY = ("inventory.json", "inventory.json.sha512")
_TYPE = "https://ocfl.io/1.1/spec/#inventory"


@dataclass(frozen=True, slots=True)
class Content:
    """One file of a version: its logical path and where its bytes come from."""

    path: str
    source: Path | bytes
    """The bytes, or a file in staging that becomes the stored one by being renamed."""


@dataclass(frozen=True, slots=True)
class VersionNote:
    """What the inventory says of a version."""

    created: str
    """ISO 8601 with offset."""
    message: str
    user: str


def make_root(shelf: Path) -> None:
    """Declare an empty folder as storage root; an existing root is left as it is."""
    name, mark = _ROOT_MARK
    if (shelf / name).exists():
        return
    write_all_durably([(shelf / _LAYOUT_FILE, _layout()), (shelf / name, mark)])


def build_object(folder: Path, object_id: str, contents: Iterable[Content], note: VersionNote) -> str:
    """Build version 1 of a new object in an empty staging folder.

    Args:
        folder: where the object is built; becomes the object by being renamed onto the shelf.
        object_id: the volume's number as a file name.
        contents: the files of the version.
        note: what the inventory says of it.

    Returns:
        The SHA-512 of the inventory.
    """
    folder.mkdir(parents=True)
    name, mark = _OBJECT_MARK
    (folder / name).write_bytes(mark)
    state = _write_contents(folder / "v1" / "content", contents)
    inventory = {
        "digestAlgorithm": "sha512",
        "head": "v1",
        "id": object_id,
        "manifest": {digest: [f"v1/content/{path}" for path in paths[:1]] for digest, paths in state.items()},
        "type": _TYPE,
        "versions": {"v1": _version(state, note)},
    }
    return _write_inventory(folder, folder / "v1", inventory)


def place_object(staged: Path, shelf: Path, object_id: str) -> Path:
    """Put a finished, synced new object on the shelf; a second call finds it there and does nothing.

    Raises:
        ArchiveDamaged: another object stands under this id.
    """
    target = shelf / object_id
    if target.exists():
        if staged.exists() and inventory_digest(staged) != inventory_digest(target):
            raise ArchiveDamaged(f"架上 {object_id} 已有另一份不同的卷；请停止立卷并报告管理员")
        return target
    move(staged, target)
    return target


def read_inventory(folder: Path) -> dict[str, Any]:
    """Return an object's inventory after checking it against its sidecar.

    Raises:
        ArchiveDamaged: the inventory is missing or differs from its sidecar.
    """
    try:
        data = (folder / "inventory.json").read_bytes()
        said = (folder / "inventory.json.sha512").read_text("utf-8").split()[0]
    except OSError as error:
        raise ArchiveDamaged(f"{folder.name} 缺少清单文件：{reason_of(error)}") from error
    except (IndexError, UnicodeDecodeError) as error:
        raise ArchiveDamaged(f"{folder.name} 的清单缺少校验码") from error
    if hashlib.sha512(data).hexdigest() != said:
        raise ArchiveDamaged(f"{folder.name} 的清单与其校验码不符")
    inventory: dict[str, Any] = {}
    with suppress(ValueError):
        inventory = json.loads(data)
    if not _is_inventory(inventory):
        raise ArchiveDamaged(f"{folder.name} 的清单缺少内容，不是OCFL清单")
    return inventory


def inventory_digest(folder: Path) -> str:
    """Return the SHA-512 of an object's inventory, which names every other file of it by digest.

    Raises:
        ArchiveDamaged: there is none.
    """
    try:
        return _sha512(folder / "inventory.json")
    except OSError as error:
        raise ArchiveDamaged(f"{folder.name} 缺少清单文件：{error}") from error


def stored_file(folder: Path, path: str) -> Path:
    """Return where the bytes of a logical path of the newest version stand.

    Raises:
        ArchiveDamaged: the object does not hold that path, or a link stands in its place.
    """
    inventory = read_inventory(folder)
    for digest, paths in inventory["versions"][inventory["head"]]["state"].items():
        if path in paths:
            stored = folder / str(inventory["manifest"][digest][0])
            if not stored.is_file():
                raise ArchiveDamaged(f"{folder.name} 的 {path} 不在架上；请从备份恢复该卷")
            if stored.resolve() != folder.parent.resolve() / stored.relative_to(folder.parent):
                raise ArchiveDamaged(f"{folder.name} 的 {path} 不是归档时的文件，而是链接；请停止使用并报告档案管理员")
            return stored
    raise ArchiveDamaged(f"{folder.name} 中没有 {path}")


def read_stored(folder: Path, path: str) -> bytes:
    """Return the bytes of a logical path of the newest version; a link is never followed.

    Raises:
        ArchiveDamaged: see `stored_file`, or the file cannot be read.
    """
    stored = stored_file(folder, path)
    try:
        with os.fdopen(os.open(stored, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
            return stream.read()
    except OSError as error:
        raise ArchiveDamaged(f"{folder.name} 的 {path} 读不出：{reason_of(error)}；请报告档案管理员") from error


def altered_files(folder: Path) -> list[str]:
    """Return the stored paths of an object whose bytes are missing or differ from the inventory."""
    inventory = read_inventory(folder)
    bad = []
    for digest, paths in inventory["manifest"].items():
        for path in paths:
            file = folder / path
            if file.is_symlink() or not file.is_file() or _sha512(file) != digest:
                bad.append(path)
    return sorted(bad)


def unsound_parts(folder: Path) -> list[str]:
    """Return what keeps an object from being a sound OCFL object beside its contents: marks, inventories, strays."""
    inventory = read_inventory(folder)
    name, mark = _OBJECT_MARK
    due = {name: mark} | {one: (folder / one).read_bytes() for one in _INVENTORY}
    due |= {f"{inventory['head']}/{one}": due[one] for one in _INVENTORY}
    bad = {path for path, data in due.items() if not _holds(folder / path, data)}
    earlier = {f"{version}/{one}" for version in inventory["versions"] for one in _INVENTORY}
    kept = {path for paths in inventory["manifest"].values() for path in paths}
    ours = due.keys() | earlier | kept
    stray = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()
    }
    folders = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()}
    # An earlier version may have brought nothing of its own, and then has no content.
    used = {str(parent) for path in ours for parent in PurePosixPath(path).parents}
    return sorted(bad | (stray - ours) | (folders - used))


def root_is_marked(shelf: Path) -> bool:
    """Tell whether the shelf still declares itself a storage root."""
    name, mark = _ROOT_MARK
    return _holds(shelf / name, mark)


def root_faults(shelf: Path) -> Iterator[str]:
    """Yield in words what is wrong with the files that declare the shelf a storage root."""
    if not root_is_marked(shelf):
        yield "书架的OCFL标记缺失或被改动"
    if not _holds(shelf / _LAYOUT_FILE, _layout()):
        yield f"书架的 {_LAYOUT_FILE} 缺失或被改动"


def root_strangers(shelf: Path, objects: Collection[str]) -> list[Path]:
    """Return what stands in the storage root beside its own files and the objects known."""
    ours = {_ROOT_MARK[0], _LAYOUT_FILE, *objects}
    return sorted(path for path in shelf.iterdir() if path.name not in ours)


def _layout() -> bytes:
    return json.dumps(_LAYOUT, ensure_ascii=False, indent=2).encode() + b"\n"


def _write_contents(content: Path, contents: Iterable[Content]) -> dict[str, list[str]]:
    """Write files below a version's content folder; return digest → logical paths, each digest stored once."""
    state: dict[str, list[str]] = {}
    made: set[Path] = set()
    for one in contents:
        target = content / one.path
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        digest = _store(one.source, target)
        state.setdefault(digest, []).append(one.path)
    if again := [path for paths in state.values() for path in paths[1:]]:
        for path in again:
            (content / path).unlink()
        _prune(content)
    return state


def _store(source: Path | bytes, target: Path) -> str:
    """Bring bytes to their place and return their SHA-512."""
    if isinstance(source, bytes):
        target.write_bytes(source)
        return hashlib.sha512(source).hexdigest()
    take(source, target)
    return _sha512(target)


def _version(state: Mapping[str, list[str]], note: VersionNote) -> dict[str, Any]:
    return {
        "created": note.created,
        "message": note.message,
        "state": dict(state),
        "user": {"name": note.user},
    }


def _write_inventory(folder: Path, version: Path, inventory: Mapping[str, Any]) -> str:
    data = json.dumps(inventory, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    digest = hashlib.sha512(data).hexdigest()
    sidecar = f"{digest}  inventory.json\n".encode()
    version.mkdir(parents=True, exist_ok=True)
    for place in (folder, version):
        (place / "inventory.json").write_bytes(data)
        (place / "inventory.json.sha512").write_bytes(sidecar)
    return digest


def _prune(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), key=lambda one: len(one.parts), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _is_inventory(found: Any) -> bool:
    try:
        state, manifest = found["versions"][found["head"]]["state"], found["manifest"]
        paths = [path for some in (*state.values(), *manifest.values()) for path in some]
        return state.keys() <= manifest.keys() and all(manifest.values()) and all(isinstance(one, str) for one in paths)
    except (AttributeError, KeyError, TypeError):
        return False


def _holds(path: Path, data: bytes) -> bool:
    return not path.is_symlink() and path.is_file() and path.read_bytes() == data


def _sha512(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
