"""What fill does with a record as somebody wrote it: completed from its papers, and laid beside them to be dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePath

from lxml import etree

from counter.output import Output
from counter.printing import save
from jishi import safe_xml
from jishi.errors import NotFound, Refused, reason_of
from jishi.plain_files import open_plain
from jishi.records import R
from jishi.settings import load_or_default
from pipeline.clerk.completing import complete
from pipeline.intake.attachments import AttachmentChecker
from pipeline.intake.completing import facts_of
from pipeline.intake.submission import name_fault
from pipeline.intake.validate import record_faults


def complete_record(home: Path, path: Path, folder: Path, output: Output) -> None:
    """Write a record completed, with its papers beside it; what was sent is left as it is.

    Args:
        home: a home, for its limits; none is needed.
        path: the record; its papers lie in the same folder.
        folder: where both shall stand; made when missing.
        output: says what was completed, and what is still to be mended.

    Raises:
        NotFound: there is no such file.
        RecordRejected: it is no XML.
        Refused: the folder is the record's own, or something of the name is there already.
    """
    settings = load_or_default(home)
    root = safe_xml.parse(_bytes_of(path), path.name)
    with closing(AttachmentChecker(settings.intake.check_seconds, settings.intake.max_file_mb)) as checker:
        done = complete(root, facts_of(root, _named(root, path.parent), checker))
    names = [node.get("file", "") for node in done.root.iterfind(f"{R}attachment")]
    papers = [path.parent / name for name in names if not name_fault(name) and (path.parent / name).is_file()]
    targets = [folder / one.name for one in (path, *papers)]
    if there := [one for one in targets if one.exists()]:
        raise Refused(f"{there[0]} 已经在了，没有写；请换一个文件夹")
    folder.mkdir(parents=True, exist_ok=True)
    save(settings, etree.tostring(done.root.getroottree(), xml_declaration=True, encoding="UTF-8"), folder / path.name)
    for paper in papers:
        save(settings, paper.read_bytes(), folder / paper.name)
    output.value(list(done.told), "\n".join(done.told) or "没有要补全的")
    output.say(f"补全{len(done.told)}处，已写到 {folder / path.name}，附件{len(papers)}件在旁边；原件没有改动")
    if faults := record_faults(done.root, path.name):
        output.say(f"投递之前还有{len(faults)}处要补正：")
        output.findings(faults)


def _named(root: etree._Element, folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that a record names, whatever their ending is."""
    stems = {PurePath(node.get("file", "")).stem for node in root.iterfind(f"{R}attachment")}
    for one in sorted(folder.iterdir()):
        if one.stem in stems and one.suffix.lower() != ".xml" and one.is_file() and not name_fault(one.name):
            yield one


def _bytes_of(path: Path) -> bytes:
    try:
        with open_plain(path) as stream:
            return stream.read(safe_xml.MAX_BYTES + 1)
    except OSError as error:
        raise NotFound(f"{path} 读不出：{reason_of(error)}") from error
