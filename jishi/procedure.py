"""The procedures (业务) there are: the one that ships with the product, and which one a step belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jishi.errors import SettingsInvalid
from jishi.procedure_file import Procedure, read_procedure
from jishi.record_types import NAMESPACE, procedure_folders
from jishi.steps import Deed, Says, Step


@cache
def procedures(folders: tuple[Path, ...] = ()) -> Mapping[str, Procedure]:
    """Return every procedure by its id: those that ship with the product, then those of further folders; read once.

    Args:
        folders: each holds a procedure.xml.

    Raises:
        SettingsInvalid: one cannot be read, or two share an id or a step.
    """
    found: dict[str, Procedure] = {}
    for folder in (*procedure_folders(), *folders):
        one = read_procedure(folder)
        taken = {step: other.id for other in found.values() for step in other.all_types}
        if one.id in found:
            raise SettingsInvalid(f"{folder} 的业务代码 {one.id} 已为 {found[one.id].folder} 所用；请换一个代码")
        if doubled := [step for step in one.all_types if step in taken]:
            named = "、".join(f"{step}（{taken[step]}）" for step in doubled)
            raise SettingsInvalid(
                f"{folder} 的步骤代码 {named} 已为其他业务所用；各业务的步骤代码不能相同，请改用别的代码"
            )
        found[one.id] = one
    return found


def procedure() -> Procedure:
    """Return the procedure that ships with the product."""
    return next(iter(procedures().values()))


def procedure_of(step: str) -> Procedure | None:
    """Return the procedure that has a step, or None."""
    return next((one for one in procedures().values() if step in one.all_types), None)


def step_of(step: str) -> Step | None:
    """Return a step or supplement of whichever procedure has it, or None."""
    return _every_step().get(step)


def beside(step: str, deed: Deed) -> Step | None:
    """Return the step of the same procedure that does something, the first where there are several, or None."""
    found = procedure_of(step)
    return found.all_types.get(found.that(deed)) if found else None


def does(step: str, deed: Deed) -> bool:
    """Tell whether a step, by its id, does something."""
    found = step_of(step)
    return found is not None and deed in found.deeds


@cache
def said_at(step: str, what: Says) -> str:
    """Return where the records of a step say something, as a path from the record; "" where they do not."""
    found = step_of(step)
    return content_path(found.fields[what]) if found and what in found.fields else ""


@cache
def content_path(written: str) -> str:
    """Return a path within the content, as the procedure writes it, as a path from the record."""
    return "/".join(f"{{{NAMESPACE}}}{name}" for name in ("content", *written.split("/")))


@cache
def _every_step() -> Mapping[str, Step]:
    return {step.id: step for one in procedures().values() for step in one.all_types.values()}
