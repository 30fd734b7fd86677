"""Save a form as Word or PDF, by the ending of the file asked for."""

from __future__ import annotations

from pathlib import Path

from jishi.durable import write_durably
from jishi.errors import Refused
from jishi.settings import Settings
from press.forms import Form


def save_form(settings: Settings, form: Form, out: Path) -> None:
    """Write a form to a file.

    Raises:
        Refused: the file ends neither in .docx nor in .pdf, or is a folder.
    """
    refuse_folder(out)
    write_durably(out, _bytes_of(settings, form, out))


def refuse_folder(out: Path) -> None:
    """Refuse to write where a folder stands."""
    if out.is_dir():
        raise Refused(f"{out} 是文件夹；请写明文件名，如 {out / '件.pdf'}")


def _bytes_of(settings: Settings, form: Form, out: Path) -> bytes:
    if out.suffix.lower() == ".docx":
        from press.word import word_form

        return word_form(form, unit=settings.unit)
    if out.suffix.lower() == ".pdf":
        from press.typeset import typesetter_of

        return typesetter_of(settings).typeset_form(form)
    raise Refused(f"{out} 应以 .docx 或 .pdf 结尾")
