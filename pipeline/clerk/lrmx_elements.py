"""What a 任免表 has, read from schemas/lrmx/elements.toml: elements, labels, columns of a 名册, places in a .lrm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jishi.data_files import schemas_folder
from jishi.toml_files import read_toml

LRMX_FOLDER = "lrmx"


@dataclass(frozen=True, slots=True)
class LrmxElement:
    """One element of a 任免表, or of one of its people."""

    name: str
    label: str
    kind: str = "text"
    """What it holds: text, name, post, date; photo and people are no plain text."""
    version: str = ""
    """"new" for what only newer editors write."""
    columns: tuple[str, ...] = ()
    """What the column of a 干部名册 that holds it may be called."""
    lrm: tuple[int, ...] = ()
    """Where a .lrm has it: which field, which part of it between @, which part of that between #."""
    of: tuple[LrmxElement, ...] = ()
    """The elements of one person, where it holds people."""


@cache
def lrmx_elements() -> tuple[LrmxElement, ...]:
    """Return every known element, in the order in which editors write them."""
    data = read_toml(schemas_folder() / LRMX_FOLDER / "elements.toml")
    return tuple(map(_element, data["element"]))


@cache
def elements_by_name() -> dict[str, LrmxElement]:
    """Return name → element, without those of its people."""
    return {one.name: one for one in lrmx_elements()}


def only_element(kind: str) -> LrmxElement:
    """Return the one element of a kind of which there is one: photo, people, name."""
    return next(one for one in lrmx_elements() if one.kind == kind)


def _element(row: dict[str, Any]) -> LrmxElement:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items() if key != "of"
    }
    return LrmxElement(**values, of=tuple(map(_element, row.get("of", []))))
