"""Word files of forms: docxtpl compiles a template once per process, jinja2 renders it, static parts are copied.

docxtpl's own render parses and rewrites the whole template for every document; what it writes depends on the
values only through the compiled text, so the text is kept. The parts written here are byte-equal to docxtpl's.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from xml.sax.saxutils import escape

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined, Template
from jinja2.runtime import Context

from jishi.data_files import of_data, template_file, template_files
from jishi.errors import PartMissing
from jishi.settings import UnitSettings
from press.forms import STANDARD, Form
from press.package import PackedPart, pack, package_of
from press.word_values import values_of

_DECLARATION = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
_DOCUMENT = "word/document.xml"
_CORE = "docProps/core.xml"
_BREAKS = "\t\n\a\f"
"""What docxtpl words as Word elements inside a text: tab, line break, paragraph, page break."""
_TAG = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_NAME = re.compile(r"(?<![.\w'\"])[a-z_]+")
_PLACED = re.compile(r"\b(?:field|grids?|entries)(?:\.(\w+)|\['([\w.]+)'\])")
_CORE_XML = (
    _DECLARATION + "<cp:coreProperties "
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title>'
    "<dc:subject>{subtitle}</dc:subject><dc:identifier>{record_id}</dc:identifier><dc:language>zh-CN</dc:language>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">{day}T00:00:00Z</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">{day}T00:00:00Z</dcterms:modified></cp:coreProperties>'
)


@dataclass(frozen=True, slots=True)
class _TextPart:
    """A part that depends on the values."""

    name: str
    text: Template

    def written(self, context: Context, engine: DocxTemplate) -> PackedPart:
        xml = "".join(self.text.root_render_func(context))
        return pack(self.name, _as_saved(xml, engine).encode(), level=3)


class WordTemplate:
    """One form.docx, compiled."""

    def __init__(self, docx: bytes) -> None:
        """Compile a template.

        Args:
            docx: the bytes of form.docx, with docxtpl tags.
        """
        self._engine = DocxTemplate(io.BytesIO(docx))
        self._engine.init_docx()
        saved = _saved_parts(self._engine)
        texts = {name: text for name, text in _sources(self._engine, saved) if "{{" in text or "{%" in text}
        self._parts: tuple[PackedPart | _TextPart, ...] = tuple(
            _TextPart(name, _environment().from_string(texts[name])) if name in texts else pack(name, data)
            for name, data in saved.items()
            if name != _CORE
        )
        self.named = frozenset(
            name for text in texts.values() for tag in _TAG.findall(text) for name in _NAME.findall(tag)
        )
        """The names the template's tags speak of, values and its own loop names alike."""
        self._context_of = _environment().from_string("").new_context
        self.placed = frozenset(a or b for text in texts.values() for a, b in _PLACED.findall(text))
        """Keys of the fields and tables the template prints at a place of their own."""

    def render(self, values: Mapping[str, Any]) -> bytes:
        """Return the Word file of these values; the same values give the same bytes.

        Args:
            values: what the template's tags name; title, subtitle, record_id and day also go to the properties.

        Raises:
            jinja2.UndefinedError: the template names a value that is not given.
        """
        properties = {key: escape(str(values[key])) for key in ("title", "subtitle", "record_id", "day")}
        # One context for all parts: to make one costs as much as to write a page header.
        context = self._context_of(dict(values))
        parts = [part if isinstance(part, PackedPart) else part.written(context, self._engine) for part in self._parts]
        return package_of([*parts, pack(_CORE, _CORE_XML.format_map(properties).encode())])


@cache
def _environment() -> Environment:
    """Return the jinja2 environment of all Word templates: values escaped, a missing value is an error.

    Every value passes `_escaped` instead of jinja2's own autoescape, which makes a Markup of each and is the dearest
    part of a long table.
    """
    return Environment(autoescape=False, finalize=_escaped, undefined=StrictUndefined)


@lru_cache(1 << 13, typed=True)
def _escaped(value: object) -> str:
    """Return a value as XML text, as lxml would write it."""
    return escape(str(value))


@of_data
@cache
def word_template(name: str) -> WordTemplate:
    """Return the compiled templates/<name>/form.docx.

    Raises:
        PartMissing: there is no such template.
    """
    return WordTemplate(template_bytes(name))


def word_template_names() -> list[str]:
    """Return the names of all Word templates there are."""
    return sorted(path.parent.name for path in template_files("*/form.docx"))


def template_bytes(name: str) -> bytes:
    """Return the bytes of templates/<name>/form.docx.

    Raises:
        PartMissing: there is no such template.
    """
    file = template_file(f"{name}/form.docx")
    if not file.is_file():
        raise PartMissing(f"没有Word模板 templates/{name}/form.docx；请重新安装本程序")
    return file.read_bytes()


def word_form(form: Form, *, unit: UnitSettings | None = None) -> bytes:
    """Return the Word file of a form; the same form gives the same bytes.

    Args:
        form: what is printed.
        unit: whose form it is and in whose name it speaks; the default unit when left out.
    """
    template = word_template(template_name(form))
    return template.render(values_of(form, template.placed, unit or UnitSettings(), template.named))


def template_name(form: Form) -> str:
    """Return the folder whose form.docx prints a form: its step's own, else the one it names, else the standard."""
    step_id = form.record_id.rpartition("/")[0].rpartition("/")[2]
    names = (step_id, form.template) if form.template == STANDARD else (form.template,)
    return next((name for name in names if name and _has_word(name)), STANDARD)


@of_data
@cache
def _has_word(name: str) -> bool:
    return template_file(f"{name}/form.docx").is_file()


def _saved_parts(engine: DocxTemplate) -> dict[str, bytes]:
    """Return every part as python-docx writes it, in a fixed order."""
    stream = io.BytesIO()
    engine.docx.save(stream)
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}


def _sources(engine: DocxTemplate, saved: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Yield the parts that may hold tags, as text jinja2 understands."""
    body = re.sub("^<w:body[^>]*>", "<w:body>", engine.patch_xml(engine.get_xml()))
    frame = saved[_DOCUMENT].decode()
    yield _DOCUMENT, frame[: frame.index("<w:body")] + body + frame[frame.index("</w:body>") + len("</w:body>") :]
    for kind in (engine.HEADER_URI, engine.FOOTER_URI):
        for _, part in engine.get_headers_footers(kind):
            yield str(part.partname).lstrip("/"), _DECLARATION + engine.patch_xml(engine.get_part_xml(part))


def _as_saved(xml: str, engine: DocxTemplate) -> str:
    """Return rendered text as docxtpl, parsing and saving it once more, would leave it."""
    start = len(_DECLARATION)
    if any(xml.find(mark, start) >= 0 for mark in _BREAKS):
        xml = xml[:start] + engine.resolve_listing(xml[start:])
    if "\r" in xml:
        xml = xml.replace("\r\n", "\n").replace("\r", "\n")
    return xml.replace("></w:t>", "/>")
