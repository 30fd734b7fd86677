"""From a draft to the record's XML; order, names and types of the fields are read from the record type."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from jishi.procedure import procedure
from jishi.record_types import NAMESPACE, Field, record_type, shared_choices
from rehearsal.actors import Actor
from rehearsal.drafts import Draft, Pages, Paper, Sign
from rehearsal.schedule import workday

Rendered = tuple[str, str, bytes]
"""File name suffix, media type, bytes."""
Renderer = Callable[[Paper, str, str, Sequence[str]], Rendered]
"""Draws a paper, given the record's number, its title and the names of those who sign it."""

_UNNUMBERED = {"S1-01", "S1-02", "S1-03", "S1-04", "S1-05", "S1-06", "S1-07", "NB"}
_OPEN = {"S3-03", "S6-01"}
_SECRET = {"S2-05", "S3-08", "S4-04", "S5-01", "S5-02", "S5-03"}
_KNOWERS = ("org_head", "org_deputy", "cadre_section", "supervision_head", "handler")


class Composed:
    """One record put into words: number, XML, files."""

    def __init__(self, draft: Draft, batch: str, render: Renderer) -> None:
        self.draft = draft
        self.batch = batch
        owner = draft.subject.no if draft.subject else batch
        self.record_id = f"{owner}/{draft.step}/{draft.occurrence:03d}"
        self.files: list[tuple[str, bytes]] = []
        self._people: dict[str, Actor] = {}
        self._papers = {paper.kind: f"att-{place}" for place, paper in enumerate(draft.papers, start=1)}
        self._render = render
        self._spread = int(hashlib.sha256(self.record_id.encode()).hexdigest()[:6], 16)
        self._recorded_on = workday(draft.on, draft.lag or int(self._spread % 7 == 0))
        self.xml = self._compose()

    def _compose(self) -> bytes:
        draft = self.draft
        for actor in filter(None, (draft.subject, draft.recorder, *(sign.actor for sign in draft.signs), *draft.also)):
            self._ref(actor)
        content: list[str] = []
        for part in record_type(draft.step).fields:
            self._field(content, "    ", part, draft.content)
        out = [*self._head(), *self._people_lines(), *self._sign_lines(), *self._marks()]
        out += ["  <content>", *content, "  </content>", *self._attachment_lines(), "</record>", ""]
        return "\n".join(out).encode()

    def _head(self) -> list[str]:
        draft, step = self.draft, procedure().all_types[self.draft.step]
        place = f' itemId="{step.item}" stageId="{step.stage}"' if step.item else ""
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<record xmlns="{NAMESPACE}" recordId="{self.record_id}" stepId="{draft.step}"{place}'
            f' occurrence="{draft.occurrence}">',
            _line("batch", self.batch),
            _line("personId", draft.subject.no) if draft.subject else "",
            _line("title", fitting_title(draft.title)),
            _line("occurredOn", draft.on.isoformat()),
            _line("recordedOn", self._recorded()),
            _line("place", draft.place),
            f'  <recorder ref="{draft.recorder.key}"/>',
        ]
        return [line for line in lines if line]

    def _recorded(self) -> str:
        return f"{self._recorded_on.isoformat()}T{16 + self._spread % 3:02d}:{self._spread % 60:02d}:00+08:00"

    def _people_lines(self) -> list[str]:
        known = self._people.values()
        shown = (actor.unnumbered() for actor in known) if self.draft.step in _UNNUMBERED else known
        return ["  <people>", *(_person(actor) for actor in shown), "  </people>"]

    def _sign_lines(self) -> list[str]:
        return [self._sign(sign) for sign in self.draft.signs]

    def _sign(self, sign: Sign) -> str:
        day = self._recorded_on if self.draft.correction_of else self.draft.on
        return (
            f'  <responsible role="{sign.role}" ref="{sign.actor.key}" signedOn="{day.isoformat()}"'
            f' signKind="{sign.kind}" signRef="att-{sign.paper + 1}"/>'
        )

    def _marks(self) -> list[str]:
        draft = self.draft
        lines = [_line("formKind", draft.forms or forms_of(draft.step))]
        if draft.notebook:
            lines.append(f"  <notebook{_pages(draft.notebook)}/>")
        lines.append(_line("secrecy", _secrecy(draft.step)))
        lines += ["  <knowers>", *(f"    <role>{role}</role>" for role in _KNOWERS), "  </knowers>"]
        marks = {
            "correctionOf": draft.correction_of,
            "correctionReason": draft.correction_reason,
            "lateReason": draft.late_reason,
            "remarks": draft.remarks,
        }
        return lines + [_line(name, text) for name, text in marks.items() if text]

    def _attachment_lines(self) -> list[str]:
        return [self._attachment(place, paper) for place, paper in enumerate(self.draft.papers, start=1)]

    def _attachment(self, place: int, paper: Paper) -> str:
        names = list(dict.fromkeys(sign.actor.name for sign in self.draft.signs if sign.paper == place - 1))
        suffix, media, data = self._render(paper, self.record_id, self.draft.title, names)
        name = f"{self.record_id.replace('/', '_')}_{place}{paper.kind}{suffix}"
        self.files.append((name, data))
        return (
            f'  <attachment id="att-{place}" name={quoteattr(paper.kind)} kind={quoteattr(paper.kind)}'
            f' file={quoteattr(name)} mediaType="{media}" bytes="{len(data)}"'
            f' sha256="{hashlib.sha256(data).hexdigest()}" pages="{paper.pages}"'
            f' original="{"true" if paper.original else "false"}"/>'
        )

    def _ref(self, actor: Actor) -> str:
        self._people.setdefault(actor.key, actor)
        return f'ref="{actor.key}"'

    def _field(self, out: list[str], pad: str, part: Field, values: Mapping[str, Any]) -> None:
        if part.key not in values or values[part.key] is None:
            if part.required:
                raise KeyError(f"{self.record_id}: {part.key}")
            return
        value = values[part.key]
        if part.kind in ("group", "list") or part.kind in _CONTAINERS:
            lines = self._inside(pad, part, value)
            out += [f"{pad}<{part.key}>", *lines, f"{pad}</{part.key}>"] if lines else [f"{pad}<{part.key}/>"]
        elif attributes := self._attributes(part.kind, value):
            out.append(f"{pad}<{part.key} {attributes}/>")
        else:
            out.append(f"{pad}<{part.key}>{_plain(value)}</{part.key}>")

    def _attributes(self, kind: str, value: Any) -> str:
        if kind == "PersonRef":
            return self._ref(value)
        if kind == "FileRef":
            return f'att="{self._papers[value]}"'
        return _pages(value).strip() if kind == "NotebookPages" else ""

    def _inside(self, pad: str, part: Field, value: Any) -> list[str]:
        inner = f"{pad}  "
        if part.kind == "group":
            return self._entry(inner, part, value)
        if part.kind == "list":
            return [line for entry in value for line in self._list_entry(inner, part, entry)]
        if part.kind in ("SomePeople", "PersonList"):
            return [f"{inner}<person {self._ref(actor)}/>" for actor in value]
        if part.kind == "FileList":
            return [f'{inner}<file att="{self._papers[kind]}"/>' for kind in value]
        return [f"{inner}<value>{_plain(text)}</value>" for text in value]

    def _list_entry(self, pad: str, part: Field, entry: Mapping[str, Any]) -> list[str]:
        return [f"{pad}<entry>", *self._entry(f"{pad}  ", part, entry), f"{pad}</entry>"]

    def _entry(self, pad: str, part: Field, values: Mapping[str, Any]) -> list[str]:
        out: list[str] = []
        for child in part.children:
            self._field(out, pad, child, values)
        return out


_CONTAINERS = {"enums", "SomePeople", "PersonList", "FileList", "LineList", "AnyLines", "StepList"}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else escape(str(value))


def _pages(pages: Pages) -> str:
    return f' bookNo={quoteattr(pages.book)} pageFrom="{pages.first}" pageTo="{pages.last}"'


def _line(name: str, text: str) -> str:
    return f"  <{name}>{escape(text)}</{name}>"


def _person(actor: Actor) -> str:
    number = f' no="{actor.no}"' if actor.no else ""
    texts = f"name={quoteattr(actor.name)} org={quoteattr(actor.org)} post={quoteattr(actor.post)}"
    return f'    <person id="{actor.key}"{number} {texts}/>'


def _secrecy(step: str) -> str:
    return "公开" if step in _OPEN else "秘密" if step in _SECRET else "内部"


@cache
def forms_of(step: str) -> str:
    """Return the 纪实方式 words of a step, as its manner in the register tells them."""
    entry = procedure().all_types[step]
    parts = re.sub(r"（[^）]*）", "", entry.manner).split("＋")
    found = [kind for part in parts for kind in shared_choices("FormKind") if part.endswith(kind)]
    if entry.notebook and "笔记本" not in found:
        found.append("笔记本")
    return " ".join(dict.fromkeys(found))


def part_mark(number: int) -> str:
    """Return what tells the later parts of one event in several records apart; nothing for the first."""
    return f"（第{number}部分）" if number > 1 else ""


def fitting_title(text: str) -> str:
    """Return a title cut to the sixty characters a title may have."""
    return text if len(text) <= 60 else text[:59] + "…"


def rate(votes: int, base: int) -> str:
    """Return votes as a percentage of base with two digits, rounded half up, by integers only."""
    hundredths = (2 * 10000 * votes + base) // (2 * base) if base else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def unique(actors: Iterable[Actor]) -> list[Actor]:
    """Return the people once each, in order."""
    return list({actor.key: actor for actor in actors}.values())
