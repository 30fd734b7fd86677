"""A procedure's XML as it is in force here: as its folder says it, with what the locality adds to it."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from jishi.data_files import local_files

NAMESPACE = "urn:jishi:procedure:1"
ADDITION = "addition.xml"
_C = f"{{{NAMESPACE}}}"


def procedure_tree(folder: Path) -> etree._Element:
    """Return the root of a folder's procedure.xml, steps and kinds of volume of the locality's addition put in.

    Args:
        folder: of a procedure; the locality's addition to it stands in a folder of the same name.

    Raises:
        OSError, XMLSyntaxError, ValueError: a file cannot be read, or adds behind a step that is not there.
    """
    root = etree.fromstring((folder / "procedure.xml").read_bytes())
    for path in additions(folder):
        for node in etree.fromstring(path.read_bytes()):
            _add(root, node)
    return root


def additions(folder: Path) -> list[Path]:
    """Return the files that add to a procedure that ships with the product."""
    return [path for path in local_files(f"{folder.name}/{ADDITION}") if path.parent != folder]


def _add(root: etree._Element, node: etree._Element) -> None:
    if node.tag == f"{_C}step":
        behind = str(node.attrib.pop("behind", ""))
        place = next((step for step in root.iter(f"{_C}step") if step.get("id") == behind), None)
        if place is None:
            raise ValueError(f"no step {behind} to stand behind")
        place.addnext(node)
    elif node.tag == f"{_C}volume":
        next(root.iter(f"{_C}volumes")).append(node)
