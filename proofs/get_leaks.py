"""Nothing leaves with what is handed out but the pages asked for: every item of every volume, and random pages.

The product writes with pikepdf; here the files are walked with pypdf, their fonts looked into with fontTools, their
pages drawn and read with PDFium. `python -m proofs.get_leaks [home]` makes a batch of twenty people, or takes a home
whose batches are filed, and prints `n of n`.
"""

from __future__ import annotations

import hashlib
import io
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject, TextStringObject
from sqlalchemy import select

from archive.numbering import parse
from archive.reading.handing_out import HandedOut, hand_out
from archive.reading.retrieve import Hit, Reader
from archive.register.case_folders import folder_of
from archive.register.register import Register
from archive.register.tables import person, volume
from archive.shelf import stored_file
from jishi.settings import Settings, load

PEOPLE, RANGES, LONGEST = 20, 200, 40
_ROOT = {
    "/Type", "/Pages", "/Metadata", "/Lang", "/ViewerPreferences", "/PageLabels", "/OutputIntents", "/Names", "/AF",
}  # fmt: skip
_PAGE = {
    "/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group", "/Contents", "/Resources", "/Annots",
}  # fmt: skip
_LINK = {"/Type", "/Subtype", "/Rect", "/Border", "/F", "/Dest"}
_NOWHERE = {
    "/PieceInfo", "/Thumb", "/StructParent", "/StructParents", "/StructTreeRoot", "/AcroForm", "/B", "/Threads",
    "/Outlines", "/OpenAction", "/AA", "/A", "/JS", "/OCProperties", "/Dests", "/Alternates", "/OPI", "/Ref",
}  # fmt: skip
_HEX = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
_INVISIBLE = re.compile(r"[\s\u00ad\ufffe\uffff\x00-\x1f]")


@dataclass(frozen=True)
class Bound:
    """A volume on the shelf, its pages as PDFium sees them, and what is said in it."""

    settings: Settings
    number: str
    data: bytes
    items: tuple[Hit, ...]
    names: frozenset[str]
    """All people of all batches."""

    @cached_property
    def _document(self) -> Any:
        return pdfium.PdfDocument(self.data)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {self._document.get_page_label(place): place for place in range(len(self._document))}

    @cached_property
    def _known(self) -> dict[int, tuple[str, str]]:
        return {}

    def page(self, number: int) -> tuple[str, str]:
        """Return what the page with this 卷页号 says, and a digest of how it looks."""
        if number not in self._known:
            self._known[number] = _sight(self._document[self._places[str(number)]])
        return self._known[number]

    @property
    def pages(self) -> int:
        """Return the last 卷页号."""
        return self.items[-1].first_page + self.items[-1].pages - 1


def bound(settings: Settings, register: Register) -> list[Bound]:
    """Return all volumes of a home."""
    with register.reading() as connection:
        rows = connection.execute(select(volume).order_by(volume.c.seq)).all()
        names = frozenset(connection.scalars(select(person.c.name)))
    reader = Reader(settings, register)
    return [
        Bound(
            settings,
            row.number,
            stored_file(settings.shelf / row.object_id, "volume.pdf").read_bytes(),
            tuple(reader.items(parse(row.number))),
            names,
        )
        for row in rows
    ]


def faults_of(got: HandedOut, origin: Bound) -> list[str]:
    """Return everything in a file that was not asked for, or that differs from what was."""
    return [*structural_faults(PdfReader(io.BytesIO(got.data), strict=True), got), *_seen(got, origin)]


def structural_faults(reader: PdfReader, got: HandedOut) -> Iterator[str]:
    """Walk every object of the file, whether anything leads to it or not."""
    objects = dict(_objects(reader))
    reached = {reference.idnum for reference in _references(reader.trailer)}
    waiting = list(reached)
    while waiting:
        new = {reference.idnum for reference in _references(objects[waiting.pop()])} - reached
        reached |= new
        waiting += new
    count = got.last_page - got.first_page + 1
    pages = [number for number, found in objects.items() if _type(found) == "/Page"]
    if not len(pages) == count == len(reader.pages):
        yield f"{len(pages)} page objects, {len(reader.pages)} pages, {count} asked for"
    for number in objects.keys() - reached:
        if _type(objects[number]) not in ("/ObjStm", "/XRef"):
            yield f"object {number} is not reached: {str(objects[number])[:80]}"
    for holder in (inner for found in objects.values() for inner in _dictionaries(found)):
        if strange := holder.keys() & _NOWHERE:
            yield f"{sorted(strange)} in {str(holder)[:80]}"
    root: Any = reader.trailer["/Root"].get_object()
    if strange := (root.keys() - _ROOT) | (root.get("/Names", {}).keys() - {"/EmbeddedFiles"}):
        yield f"the catalog has {sorted(strange)}"
    for page in reader.pages:
        yield from _page_faults(page, set(pages))
    if reader.page_labels != [str(number) for number in range(got.first_page, got.last_page + 1)]:
        yield f"page labels {reader.page_labels}"


def _page_faults(page: Any, pages: set[int]) -> Iterator[str]:
    if strange := page.keys() - _PAGE:
        yield f"a page has {sorted(strange)}"
    for note in page.get("/Annots", ()):
        link = note.get_object()
        if link.keys() - _LINK or link["/Subtype"] != "/Link" or link["/Dest"].get_object()[0].idnum not in pages:
            yield f"an annotation: {link}"


def _seen(got: HandedOut, origin: Bound) -> Iterator[str]:
    """Compare every page with the volume's, and look for letters and words that stand on none of them."""
    document = pdfium.PdfDocument(got.data)
    texts = []
    for place, number in enumerate(range(got.first_page, got.last_page + 1)):
        text, look = _sight(document[place])
        texts.append(text)
        if text != origin.page(number)[0]:
            yield f"page {number} says something else"
        if look != origin.page(number)[1]:
            yield f"page {number} looks otherwise"
    reader = PdfReader(io.BytesIO(got.data))
    yield from _embedded_faults(reader, got, origin)
    letters = set("".join(texts))
    for found in (found for _, found in _objects(reader) if _type(found) == "/Font" and "/ToUnicode" in found):
        told = _HEX.findall(found["/ToUnicode"].get_object().get_data())
        said = {letter for _, text in told for letter in bytes.fromhex(text.decode()).decode("utf-16-be")}
        if strange := {letter for letter in said if not _INVISIBLE.match(letter)} - letters:
            yield f"a font tells of {''.join(sorted(strange))}"
        if (drawn := _glyphs(found["/DescendantFonts"][0].get_object()["/FontDescriptor"])) > len(told) + 1:
            yield f"a font draws {drawn} letters, {len(told)} of which are shown"
    yield from _words_of_others(reader, "".join(texts), got, origin)


def _words_of_others(reader: PdfReader, text: str, got: HandedOut, origin: Bound) -> Iterator[str]:
    """Look for the titles of other items and the names of people who are named on none of these pages."""
    own = "".join((text, str(reader.metadata), got.number))
    embedded = [data for some in reader.attachments.values() for data in some]
    # The record that comes with its own item may mention people whom its pages do not print.
    said = [_told(found) for _, found in _objects(reader) if _unpacked(found) not in embedded]
    for words in {item.title for item in origin.items} | origin.names:
        codes = [words.encode(code) for code in ("utf-8", "utf-16-be", "gb18030")]
        if words not in own and any(code in told for told in said for code in codes):
            yield f"“{words}” stands in it"


def _embedded_faults(reader: PdfReader, got: HandedOut, origin: Bound) -> Iterator[str]:
    """With a whole item comes the record it was made from, and nothing else."""
    item = next((item for item in origin.items if item.number == got.number), None)
    due = {}
    if item and item.manner == "original":
        record = folder_of(origin.settings, item.record) / "record.xml"
        due = {f"{item.number[-3:]}-record.xml": [record.read_bytes()]}
    if dict(reader.attachments) != due:
        yield f"embedded files {sorted(reader.attachments)}, due {sorted(due)}"


def _glyphs(descriptor: Any) -> int:
    """Return how many glyphs of a font program draw something."""
    if "/FontFile3" in descriptor:
        fonts = CFFFontSet()
        fonts.decompile(io.BytesIO(descriptor["/FontFile3"].get_object().get_data()), None)
        strings = fonts[0].CharStrings
        return sum(len(strings[name].bytecode or b"") > 1 for name in strings.keys())  # noqa: SIM118 - no plain mapping
    font = TTFont(io.BytesIO(descriptor["/FontFile2"].get_object().get_data()))
    return sum(font["glyf"][name].numberOfContours != 0 for name in font.getGlyphOrder())


def _objects(reader: PdfReader) -> Iterator[tuple[int, Any]]:
    """Yield all objects of a file with their numbers, as its cross-reference table has them."""
    plain = {(number, generation) for generation, some in reader.xref.items() for number in some if number}
    for number, generation in sorted(plain | {(number, 0) for number in reader.xref_objStm}):
        yield number, reader.get_object(IndirectObject(number, generation, reader))


def _dictionaries(found: Any) -> Iterator[Any]:
    """Yield the dictionaries an object consists of, not following references."""
    if isinstance(found, DictionaryObject):
        yield found
    inner = found.values() if isinstance(found, DictionaryObject) else found if isinstance(found, ArrayObject) else ()
    for value in inner:
        yield from _dictionaries(value)


def _references(found: Any) -> Iterator[IndirectObject]:
    if isinstance(found, IndirectObject):
        yield found
        return
    # Their own ways of reading follow references.
    if isinstance(found, DictionaryObject):
        found = list(dict.values(found))
    for value in list.__iter__(found) if isinstance(found, list) else ():
        yield from _references(value)


def _told(found: Any) -> bytes:
    """Return what an object says, strings in UTF-8, streams unpacked."""
    strings = [value for inner in _dictionaries(found) for value in inner.values()]
    return _unpacked(found) + "\n".join(value for value in strings if isinstance(value, TextStringObject)).encode()


def _unpacked(found: Any) -> bytes:
    """Return the bytes of a stream that is no picture."""
    data: bytes = found.get_data() if isinstance(found, StreamObject) and found.get("/Subtype") != "/Image" else b""
    return data


def _type(found: Any) -> str:
    return str(found.get("/Type", "")) if isinstance(found, DictionaryObject) else ""


def _sight(page: Any) -> tuple[str, str]:
    """Return what a page says, and a digest of how it looks."""
    look = hashlib.sha256(page.render(scale=0.5).to_pil().tobytes()).hexdigest()
    return _INVISIBLE.sub("", page.get_textpage().get_text_range()), look


def questions(volumes: list[Bound], ranges: int) -> Iterator[tuple[Bound, str]]:
    """Yield every item of every volume and so many random stretches of pages."""
    for one in volumes:
        yield from ((one, item.number) for item in one.items)
    chance = random.Random(1)
    for _ in range(ranges):
        one = chance.choice(volumes)
        first = chance.randint(1, one.pages)
        yield one, f"{one.number}#{first}-{min(one.pages, first + chance.randrange(LONGEST))}"


def main() -> int:
    """Make or take a home, ask for everything, and tell."""
    from archive.filing import FilingRun, file_batch
    from tests.filled_home import BATCH, acceptance, fill

    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            settings = load(Path(sys.argv[1]))
            register = Register(settings.register_file)
        else:
            settings = fill(Path(folder) / "home", PEOPLE, scans=True)
            register = Register(settings.register_file)
            file_batch(FilingRun(settings, register, BATCH, acceptance(settings)))
        clean = asked = 0
        for origin, number in questions(bound(settings, register), RANGES):
            got = hand_out(settings, register, parse(number))
            faults = [*faults_of(got, origin), *got.faults]
            asked += 1
            clean += not faults
            for fault in faults:
                print(f"{number}: {fault}")
    print(f"{clean} of {asked} files hold what was asked for and nothing else")
    return int(clean != asked)


if __name__ == "__main__":
    sys.exit(main())
