"""A record as people write it, completed at intake from its papers and from whom the register knows.

Only a record that breaks its schema is looked at: one that keeps it is complete, and is judged and kept as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from lxml import etree

from archive.papers.kinds import TAKEN
from archive.papers.looks import looks_of
from archive.register.listed_people import listed_people
from jishi.case.ids import RecordId
from jishi.errors import JishiError, TryLater
from jishi.findings import Finding, Severity
from jishi.records import SENT_FILE, Person, R
from jishi.settings import Settings
from pipeline.clerk.completing import Completed, complete
from pipeline.clerk.completing_papers import PaperFacts
from pipeline.clerk.completing_people import names_in
from pipeline.intake.attachments import AttachmentChecker
from pipeline.intake.submission import name_fault

_MOST_TOLD = 200
_CODE = "X-COMPLETED"


def completed(root: etree._Element, folder: Path, checker: AttachmentChecker, settings: Settings) -> Completed:
    """Return a record completed from its papers and from whom the register knows; what was sent stays as it is.

    Args:
        root: what was sent.
        folder: where its papers lie.
        checker: counts their pages.
        settings: the home's, whose register is asked.

    Raises:
        OSError: a paper that is there cannot be read now.
        PartMissing: no paper can be opened on this machine.
    """
    return complete(root, facts_of(root, _papers(root, folder), checker), _known(root, settings))


def facts_of(root: etree._Element, paths: Iterable[Path], checker: AttachmentChecker) -> dict[str, PaperFacts]:
    """Return what papers are in fact; pages are counted only where the record does not say them.

    Args:
        root: the record that names them.
        paths: regular files.
        checker: opens them where papers are always opened, in a process apart.
    """
    looks = {path: looks_of(path) for path in paths}
    taken = {path: one for path, one in looks.items() if one.kind.media_type in TAKEN}
    nodes = root.iterfind(f"{R}attachment")
    lacking = {PurePath(node.get("file", "")).stem for node in nodes if not node.get("pages", "").strip()}
    unsaid = [path for path in taken if path.stem in lacking]
    pages = dict(zip(unsaid, checker.pages([(path, taken[path].kind.media_type) for path in unsaid]), strict=True))
    return {
        path.name: PaperFacts(one.kind.media_type, one.size, one.sha256, pages.get(path, 0))
        for path, one in taken.items()
    }


def _papers(root: etree._Element, folder: Path) -> Iterator[Path]:
    for name in dict.fromkeys(node.get("file", "") for node in root.iterfind(f"{R}attachment")):
        path = folder / name
        if name_fault(name) is None and path.is_file() and not path.is_symlink():
            yield path


def _known(root: etree._Element, settings: Settings) -> list[Person]:
    """Return whom the names in a record may mean; somebody's 纪实编号 holds in its own batch only."""
    if not (names := names_in(root)):
        return []
    try:
        found = listed_people(settings, names)
    except TryLater:
        raise
    except JishiError:
        return []  # no home, or a register that whoever admits will speak of
    batch = RecordId.of(root.get("recordId", "")).batch
    return [one if batch and one.no.startswith(f"{batch}-") else one._replace(no="") for one in found]


def told_of(told: tuple[str, ...], name: str, record: str) -> Finding:
    """Return what was completed as people read it at admission and ever after."""
    shown = "；".join(told[:_MOST_TOLD]) + (f"；另有{len(told) - _MOST_TOLD}处" if len(told) > _MOST_TOLD else "")
    remedy = f"核对补全的各项；投递的原件保存在记录旁边，名为 {SENT_FILE}"
    return Finding(
        _CODE, f"系统补全了{len(told)}处：{shown}", severity=Severity.INFO, file=name, record=record, remedy=remedy
    )
