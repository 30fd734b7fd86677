"""What the dossier repeats of a record for its rules, as the procedure names it."""

from __future__ import annotations

from lxml import etree

from jishi.procedure import content_path, step_of
from pipeline.rules.rule import DOSSIER


def tell(node: etree._Element, record: etree._Element) -> None:
    """Write on a node of the dossier what a record says of itself: fields as attributes, people as elements."""
    step = step_of(record.get("stepId", ""))
    for part in step.tells if step else ():
        for name in part.fields:
            node.set(name, record.findtext(content_path(name), ""))
        for person in record.iterfind(content_path(part.people)) if part.people else ():
            etree.SubElement(node, f"{{{DOSSIER}}}{part.name}", ref=person.get("ref", ""))
