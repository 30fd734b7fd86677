"""Set forms and volumes with Typst: values in, PDF bytes out, the same values giving the same bytes."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import typst

from jishi.data_files import local_files
from jishi.errors import JishiError, PartMissing
from jishi.settings import Settings
from press.fonts import FontSet, font_set
from press.forms import Form
from press.layout import laid_out
from press.paper import ABOVE, FOOT, FOOT_BELOW, FOOT_SIZE, LYING, UPRIGHT

_KEPT_FOR = 10
"""Typst forgets what so many compilations made no use of."""
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_DAY = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)|(\d{4})年(\d+)月(\d+)日")


class TypesettingFailed(JishiError):
    """A document could not be set: a template is wrong, or its form shows no date."""


class Typesetter:
    """One warm Typst compiler; make one per process and keep it.

    Args:
        fonts: the faces to set in; nothing else is ever drawn with.
        organ: the deciding committee, printed as the head of notices (发文机关标志).
        unit: the unit that prints notices, named in their 版记.
    """

    def __init__(self, fonts: FontSet, organ: str = "", unit: str = "") -> None:
        self.fonts = fonts
        look = {
            "upright": asdict(UPRIGHT),
            "lying": asdict(LYING),
            "above": ABOVE,
            "foot": FOOT,
            "foot_below": FOOT_BELOW,
            "foot_size": FOOT_SIZE,
            "chains": fonts.chains,
            "bold-title": "小标宋" in fonts.stand_ins,
            "organ": organ,
            "unit": unit,
        }
        self._compiler = typst.Compiler(
            root=str(templates_folder()),
            font_paths=fonts.typst_fonts,
            ignore_system_fonts=True,
            sys_inputs={"look": json.dumps(look, ensure_ascii=False)},
        )

    def compile(self, template: str, values: Mapping[str, Any], *, document_date: dt.date) -> bytes:
        """Return the PDF/A-3b of a template filled with values.

        Args:
            template: a file under templates/ that defines `document(values)`, such as "volume/volume.typ".
            values: anything JSON can say; text is set as it is, never read as markup.
            document_date: the date of the document, written into the PDF instead of today's.

        Raises:
            TypesettingFailed: the template is wrong.
            PartMissing: no face draws a character; the message names it.
        """
        try:
            result = self._compiler.compile(
                input=_with_own_forms(_source(template, values, document_date)),
                format="pdf",
                pdf_standards=["a-3b"],
                timestamp=dt.datetime.combine(document_date, dt.time(), dt.UTC),
                pdf_tags=False,
            )
        except RuntimeError as error:  # TypstError is one of them
            raise _failure(template, error) from error
        if not isinstance(result, bytes):
            raise TypesettingFailed(f"{template} 排版没有结果")
        return result

    def typeset_form(self, form: Form) -> bytes:
        """Return the archive PDF of one form by itself, dated with its record's day.

        Raises:
            TypesettingFailed: see compile; also when the form shows no date.
            PartMissing: see compile.
        """
        values = laid_out(form.as_values(), self.fonts.letters)
        return self.compile("shared/single.typ", values, document_date=form_date(form))

    def typeset_volume(self, values: Mapping[str, Any], *, day: dt.date) -> bytes:
        """Return the archive PDF of a volume or of a part of it, empty places left for its scans.

        Args:
            values: what volume/volume.typ prints, the forms of its items as Form.as_values() has them.
            day: the day the document is dated with.

        Raises:
            TypesettingFailed: see compile.
            PartMissing: see compile.
        """
        items = [{**item, "form": laid_out(item["form"], self.fonts.letters)} for item in values["items"]]
        return self.compile("volume/volume.typ", {**values, "items": items}, document_date=day)

    def forget(self) -> None:
        """Let go of what was worked out for documents set so far, which Typst keeps for ten more compilations."""
        for _ in range(_KEPT_FOR):
            self._compiler.compile(input=b"", format="svg")


def typesetter_of(settings: Settings) -> Typesetter:
    """Return a new typesetter with a home's fonts, speaking in its unit's name."""
    return Typesetter(font_set(settings.press.fonts), settings.unit.organ, settings.unit.name)


def form_date(form: Form) -> dt.date:
    """Return the day a form's document is dated with: its occurredOn, else the first date it shows.

    Raises:
        TypesettingFailed: the form shows no date at all.
    """
    pairs = sorted(form.head, key=lambda pair: pair.key != "occurredOn")
    texts = [line for pair in pairs for line in pair.lines] + [mark.signed_on for mark in form.signatures]
    for text in texts:
        if found := _DAY.search(text):
            return dt.date(*(int(part) for part in found.groups() if part))
    raise TypesettingFailed(f"《{form.title}》没有日期，不能排版；请补上发生日期")


@cache
def templates_folder() -> Path:
    """Return the folder of the templates that ship with the product.

    Raises:
        PartMissing: it is not there.
    """
    with as_file(files("templates")) as folder:
        if not (folder / "shared" / "single.typ").is_file():
            raise PartMissing(f"缺少排版模板（应在 {folder}）；请重新安装")
        return folder


def _failure(template: str, error: RuntimeError) -> JishiError:
    """Return why a document could not be set: a missing glyph in Chinese, a template's fault as Typst says it."""
    text = str(getattr(error, "message", error))
    missing = _NO_GLYPH.search(text)
    if missing is None:
        return TypesettingFailed(f"{template} 排版失败：{text}")
    points = [f"U+{point.upper()}" for point in _ESCAPED.findall(missing[1])] or [f"“{missing[1]}”"]
    return PartMissing(f"没有字体能画出 {'、'.join(points)}；请在 [press] fonts 目录放入含该字的字体，或改用通用汉字")


def _with_own_forms(source: bytes) -> Any:
    """Return what is set: the main file, and the locality's own forms where there are any."""
    own = {f"/{'/'.join(path.parts[-2:])}": path.read_bytes() for path in local_files("templates/*/*.typ")}
    return {"main": source, **own} if own else source


def _source(template: str, values: Mapping[str, Any], day: dt.date) -> bytes:
    """Return the main file: the values as one JSON string literal, so that no value is ever read as markup."""
    data = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    literal = data.replace("\\", "\\\\").replace('"', '\\"')
    lines = (
        f'#import "/{template}": document as paper',
        f"#let day = datetime(year: {day.year}, month: {day.month}, day: {day.day})",
        f'#paper(json(bytes("{literal}")), day)',
    )
    return "\n".join(lines).encode()
