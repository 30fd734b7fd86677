"""A second library looks at a file before it is handed out: it holds the pages asked for, and no other page or file."""

from __future__ import annotations

import io
from collections import Counter

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, IndirectObject

from jishi.errors import JishiError


class MoreThanAsked(JishiError):
    """A file that was made to be handed out is not what was asked for: a bug of ours; nothing was handed out."""


def refuse_surplus(data: bytes, pages: int, files: int) -> None:
    """Refuse a file whose objects, reachable or not, are more or fewer than was asked for.

    Args:
        data: the PDF that pikepdf wrote; pypdf reads it.
        pages: how many it must hold.
        files: how many embedded files it must hold.

    Raises:
        MoreThanAsked: it does not.
    """
    try:
        kinds = _kinds(data)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MoreThanAsked("取出的文件第二个程序读不出，没有交出；请把档号告诉系统管理员") from error
    found = kinds["/Page"], kinds["/EmbeddedFile"]
    if found != (pages, files):
        raise MoreThanAsked(
            f"取出的文件有{found[0]}页、{found[1]}个附件，要的是{pages}页、{files}个，没有交出；请把档号告诉系统管理员"
        )


def _kinds(data: bytes) -> Counter[str]:
    """Count a file's objects by what they say they are."""
    reader = PdfReader(io.BytesIO(data), strict=True)
    plain = {(number, generation) for generation, some in reader.xref.items() for number in some if number}
    numbers = plain | {(number, 0) for number in reader.xref_objStm}
    objects = (reader.get_object(IndirectObject(number, generation, reader)) for number, generation in numbers)
    return Counter(str(one.get("/Type", "")) for one in objects if isinstance(one, DictionaryObject))
