"""Save what a person asked for under a name the person gave; the only place that does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jishi.access import OUTPUT_MODE
from jishi.durable import passing_or_same, write_durably
from jishi.errors import JishiError, Refused, reason_of
from jishi.settings import SETTINGS_FILE, Settings
from press.forms import Form


def save_form(settings: Settings, form: Form, out: Path) -> None:
    """Write a form as Word or PDF, by the ending of the file asked for.

    Raises:
        Refused: the file ends neither in .docx nor in .pdf, or may not be written (see `refuse_target`).
    """
    refuse_target(settings, out)
    save(settings, _bytes_of(settings, form, out), out)


def save(settings: Settings, data: bytes, out: Path) -> None:
    """Write bytes to a file that only its owner may read: whole or not at all.

    Where a device or pipe stands under the name, they go through it.

    Raises:
        Refused: the file may not be written (see `refuse_target`), or cannot be.
        TryLater: the disk is full or busy.
    """
    refuse_target(settings, out)
    with _worded(out):
        if out.exists() and not out.is_file():
            out.write_bytes(data)
        else:
            write_durably(out.resolve(), data, OUTPUT_MODE)


def refuse_target(settings: Settings, out: Path) -> None:
    """Refuse to write where a folder stands, or over what a home keeps.

    Raises:
        Refused: the target is a folder, or lies in a folder or is a file of the home's own.
    """
    with _worded(out):
        if out.is_dir():
            raise Refused(f"{out} 是文件夹；请写明文件名，如 {out / '件.pdf'}")
        target = out.resolve()
    if not (settings.home / SETTINGS_FILE).exists():
        return
    kept = (
        *settings.folders(),
        settings.local_rules,
        settings.local_calendar,
        *settings.own_files(),
    )
    if any(target.is_relative_to(path.resolve()) for path in kept if path is not None):
        raise Refused(f"{out} 是档案库自己的文件，或在它的文件夹里，不能写在那里；请换一个位置")


@contextmanager
def _worded(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        passing = passing_or_same(error)
        if isinstance(passing, JishiError):
            raise passing from error
        raise Refused(f"不能写到 {out}：{reason_of(error)}") from error
    except RuntimeError as error:
        raise Refused(f"不能写到 {out}：链接成环") from error


def _bytes_of(settings: Settings, form: Form, out: Path) -> bytes:
    if out.suffix.lower() == ".docx":
        from press.word import word_form

        return word_form(form, unit=settings.unit)
    if out.suffix.lower() == ".pdf":
        from press.typeset import typesetter_of

        return typesetter_of(settings).typeset_form(form)
    raise Refused(f"{out} 应以 .docx 或 .pdf 结尾")
