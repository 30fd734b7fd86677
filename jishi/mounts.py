"""What kind of file system a folder lies on: events do not cross network mounts, and SQLite must not stand on one."""

from __future__ import annotations

import os
from pathlib import Path

_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs"}


def file_system(path: Path, table: Path = Path("/proc/mounts")) -> str:
    """Return the file-system type a path lies on, e.g. "ext4" or "nfs4"; "" where the mount table cannot be read."""
    try:
        lines = table.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    target = path.resolve()
    best, kind = -1, ""
    for line in lines:
        fields = line.split()
        if len(fields) < 3:
            continue
        mount = Path(fields[1].encode().decode("unicode_escape", "replace"))
        if (target == mount or mount in target.parents) and len(mount.parts) > best:
            best, kind = len(mount.parts), fields[2]
    return kind


def is_network(path: Path, table: Path = Path("/proc/mounts")) -> bool:
    """Tell whether a path lies on a network or FUSE mount, where kernel events and locks cannot be trusted."""
    kind = file_system(path, table)
    return kind in _NETWORK or kind.startswith("fuse.")


def mount_of(path: Path) -> tuple[int, str]:
    """Return what tells whether a rename between two folders can succeed: device, and mount where the system says it.

    The device alone does not tell: a folder bound to another place lies on the same one, and no rename reaches it.
    """
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        device = os.fstat(handle).st_dev
        try:
            told = Path(f"/proc/self/fdinfo/{handle}").read_text("ascii")
        except OSError:
            told = ""
    finally:
        os.close(handle)
    return device, next((line for line in told.splitlines() if line.startswith("mnt_id:")), "")
