"""An OFD (GB/T 33190) as it is kept: as the original beside its PDF; neither its pages nor its seals are looked at."""

from __future__ import annotations

import zipfile
from pathlib import Path

from archive.papers.faults import PaperFault, unreadable
from archive.papers.kinds import OFD_ENTRY

_MANY_PARTS = 100_000
_MANY_BYTES = 8 * 1024 * 1024


def check_ofd(path: Path) -> None:
    """Refuse what is no OFD: a zip that can be read through, with the part OFD.xml in it.

    Raises:
        PaperFault: it is none.
    """
    try:
        with unreadable(), zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            main = packed.getinfo(OFD_ENTRY.decode())
            if len(parts) > _MANY_PARTS or main.file_size > _MANY_BYTES or main.flag_bits & 1:
                raise PaperFault("ofd")
            if b"OFD" not in packed.read(main):
                raise PaperFault("ofd", "OFD.xml不是OFD的首页")
    except PaperFault as fault:
        raise (fault if fault.kind == "ofd" else PaperFault("ofd", "压缩包读不出，或里面没有OFD.xml")) from None
