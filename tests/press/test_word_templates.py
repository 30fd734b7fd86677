"""The committed form.docx files are what their script writes, and open as Word files."""

from __future__ import annotations

import io
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from docx import Document

from press.word import template_bytes, word_template
from press.word_layout import KEPT

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """Return the parts of every template as the script makes them now."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    try:
        templates: dict[str, dict[str, str]] = import_module("make_word_forms").templates()
    finally:
        for name in ("make_word_forms", "word_package", "word_xml"):
            sys.modules.pop(name, None)
    return templates


def test_every_template_is_what_the_script_writes(written: dict[str, dict[str, str]]) -> None:
    for name, parts in written.items():
        with zipfile.ZipFile(io.BytesIO(template_bytes(name))) as archive:
            assert {part: archive.read(part).decode() for part in archive.namelist()} == parts, name


def test_every_form_docx_has_its_description(written: dict[str, dict[str, str]]) -> None:
    folders = {path.parent.name for path in (SCRIPTS.parent / "templates").glob("*/form.docx")}
    assert folders == set(written)


def test_templates_are_small_and_open_as_documents(written: dict[str, dict[str, str]]) -> None:
    for name in written:
        data = template_bytes(name)
        assert len(data) < 12_000
        assert Document(io.BytesIO(data)).sections
        assert word_template(name) is word_template(name)


def test_every_style_a_template_names_is_defined(written: dict[str, dict[str, str]]) -> None:
    for name, parts in written.items():
        defined = set(_between(parts["word/styles.xml"], 'w:styleId="'))
        used = {style for text in parts.values() for style in _between(text, '<w:pStyle w:val="')}
        assert used - {"{{ style }}", "{{ style }}Kept"} <= defined, name
        assert {*KEPT, *KEPT.values()} <= defined, name


def _between(text: str, start: str) -> list[str]:
    return [piece.partition('"')[0] for piece in text.split(start)[1:]]
