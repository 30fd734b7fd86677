"""A procedure (业务) as its folder's procedure.xml says it: the whole of it as a value, read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

from jishi.dossier_numbers import DossierNumbers, NumberPart
from jishi.errors import SettingsInvalid
from jishi.steps import Deed, Item, Predecessor, Requirement, Says, Signer, Stage, Step, Tells

NAMESPACE = "urn:jishi:procedure:1"
_NS = {"c": NAMESPACE}


@dataclass(frozen=True)
class Procedure:
    """One procedure as data."""

    id: str
    name: str
    folder: Path
    numbers: DossierNumbers
    version: str
    changes: dict[str, str]
    """Change code → its Chinese name, P 提拔 …"""
    stages: tuple[Stage, ...]
    supplements: tuple[Step, ...]

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The 44 steps by id, in the order of the procedure."""
        return {step.id: step for stage in self.stages for item in stage.items for step in item.steps}

    @cached_property
    def all_types(self) -> dict[str, Step]:
        """The 44 steps and the supplements by id."""
        return self.steps | {step.id: step for step in self.supplements}

    def that(self, deed: Deed) -> str:
        """Return the id of the step that does something, the first where there are several, or ""."""
        return next(iter(self.steps_that(deed)), "")

    def steps_that(self, *deeds: Deed) -> tuple[str, ...]:
        """Return the ids of the steps and supplements that do one of some things, in the order of the procedure."""
        return tuple(step.id for step in self.all_types.values() if not step.deeds.isdisjoint(deeds))

    @cached_property
    def requirements(self) -> dict[str, Requirement]:
        """The 61 requirements by id."""
        return {need.id: need for step in self.steps.values() for need in step.requirements}

    @cached_property
    def change_codes(self) -> dict[str, str]:
        """Chinese name of a kind of change → its code."""
        return {name: code for code, name in self.changes.items()}

    def items(self) -> Iterator[Item]:
        """Yield the 36 items in order."""
        for stage in self.stages:
            yield from stage.items


def read_procedure(folder: Path) -> Procedure:
    """Return the procedure of a folder.

    Raises:
        SettingsInvalid: its procedure.xml cannot be read, or lacks what every procedure has.
    """
    file = folder / "procedure.xml"
    try:
        return _procedure(folder, etree.fromstring(file.read_bytes()))
    except (OSError, etree.XMLSyntaxError, KeyError, ValueError) as error:
        raise SettingsInvalid(
            f"{file} 读不出或写法不对，可用 jishi doctor 逐处查看；请改正，或放回安装时的文件"
        ) from error


def _procedure(folder: Path, root: etree._Element) -> Procedure:
    orders = {node.get("id"): place for place, node in enumerate(root.iterfind(".//c:step", _NS), start=1)}
    supplements = enumerate(root.iterfind("c:supplement", _NS))
    return Procedure(
        id=root.get("id", ""),
        name=root.get("name", ""),
        folder=folder,
        numbers=_numbers(root),
        version=root.get("version", ""),
        changes={node.get("code", ""): node.get("name", "") for node in root.iterfind("c:change", _NS)},
        stages=tuple(_stage(node, orders) for node in root.iterfind("c:stage", _NS)),
        supplements=tuple(_step(node, "", "", 100 + place) for place, node in supplements),
    )


def _numbers(root: etree._Element) -> DossierNumbers:
    node = root.find("c:dossier", _NS)
    if node is None:
        raise ValueError("no dossier")
    return DossierNumbers(
        name=node.get("name", ""),
        layout=node.get("ids", ""),
        parts=tuple(NumberPart(*(part.get(key, "") for key in ("name", "label", "pattern"))) for part in node),
        example=node.get("example", ""),
        people=node.get("people", ""),
        places=node.get("places", ""),
        steps=tuple(one.get("id", "") for one in root.iterfind(".//*[@id]") if one.get("scope")),
    )


def _stage(node: etree._Element, orders: dict[str | None, int]) -> Stage:
    stage = node.get("id", "")
    items = []
    for part in node.iterfind("c:item", _NS):
        item = part.get("id", "")
        steps = tuple(_step(step, stage, item, orders[step.get("id")]) for step in part.iterfind("c:step", _NS))
        items.append(Item(item, part.get("name", ""), stage, steps))
    return Stage(stage, node.get("name", ""), tuple(items))


def _step(node: etree._Element, stage: str, item: str, order: int) -> Step:
    form = node.find("c:form", _NS)
    if form is None:
        raise ValueError("no form")
    step_id = node.get("id", "")
    return Step(
        id=step_id,
        name=node.get("name", ""),
        stage=stage,
        item=item,
        scope=node.get("scope", ""),
        archive=node.get("archive", ""),
        retention=node.get("retention", ""),
        ballot_kind=node.get("ballotKind", ""),
        repeats=node.get("repeats", "recurs"),
        repetition=_text(node, "repetition"),
        notebook=node.get("notebook") == "true",
        form_title=form.get("title", ""),
        single_title=form.get("single", ""),
        documents=tuple(form.get("documents", "").split()),
        manner=form.get("manner", ""),
        signers=tuple(_signer(part) for part in node.iterfind("c:signer", _NS)),
        signers_text=_text(node, "signers"),
        after=tuple(
            Predecessor(a.get("step", ""), a.get("check", "both"), a.get("sameDay") == "true")
            for a in node.iterfind("c:after", _NS)
        ),
        applies={a.get("change", ""): a.get("need", "") for a in node.iterfind("c:applies", _NS)},
        necessity=_text(node, "necessity"),
        evidence=tuple(e.text or "" for e in node.iterfind("c:evidence", _NS)),
        requirements=tuple(
            Requirement(r.get("id", ""), r.text or "", r.get("severity", ""), r.get("machine", "yes"), step_id)
            for r in node.iterfind("c:requirement", _NS)
        ),
        order=order,
        deeds=frozenset(map(Deed, node.get("deeds", "").split())),
        called=node.get("called", node.get("name", "")),
        fields={Says(one.get("is", "")): one.get("at", "") for one in node.iterfind("c:field", _NS)},
        tells=tuple(_tells(one) for one in node.iterfind("c:tells", _NS)),
    )


def _signer(node: etree._Element) -> Signer:
    summary = node.get("on") == "summary"
    return Signer(node.get("role", ""), node.get("count", "1"), summary, node.get("when", ""), node.get("among", ""))


def _tells(node: etree._Element) -> Tells:
    return Tells(tuple(node.get("fields", "").split()), node.get("people", ""), node.get("as", ""))


def _text(node: etree._Element, name: str) -> str:
    return node.findtext(f"c:{name}", "", _NS)
