"""What pages draw: only that stays with them, so that nothing of other pages comes along under a name nobody uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from archive.pdf.composite_fonts import cut_down, is_identity
from jishi.errors import Refused

_KINDS = {
    "Tf": "/Font", "gs": "/ExtGState", "Do": "/XObject", "sh": "/Shading", "BDC": "/Properties", "DP": "/Properties",
    "cs": "/ColorSpace", "CS": "/ColorSpace", "scn": "/Pattern", "SCN": "/Pattern",
}  # fmt: skip
"""Operators that name a resource, and of which kind."""
_SHOWING = {"Tj", "TJ", "'", '"'}
_READ = " ".join((*_KINDS, *_SHOWING, "q", "Q", "BI", "ID", "EI"))
_KEPT = frozenset(
    """
    /Length /Filter /DecodeParms /Type /Subtype /Resources /BBox /Matrix /ColorSpace
    /FormType /Group
    /Width /Height /BitsPerComponent /Intent /ImageMask /Mask /Decode /Interpolate /SMask /SMaskInData /Matte
    /PatternType /PaintType /TilingType /XStep /YStep /Shading /ExtGState
    /ShadingType /Background /AntiAlias /Function /Domain /Extend /Coords /BitsPerCoordinate /BitsPerFlag
    /VerticesPerRow
    /BaseFont /Encoding /ToUnicode /DescendantFonts /FontDescriptor /FirstChar /LastChar /Widths /Name /FontBBox
    /FontMatrix /CharProcs
    /Font /LW /LC /LJ /ML /D /RI /OP /op /OPM /BG /BG2 /UCR /UCR2 /TR /TR2 /HT /FL /SM /SA /BM /CA /ca /AIS /TK
    /ActualText /Alt /E /Lang
    """.split()  # noqa: SIM905 - names of the standard, easier to read and compare like this
)
"""What something that is drawn says of its drawing: streams, forms, pictures, patterns, shadings, fonts, states, text.

All else (metadata, private data, structure) is left out.
"""

_Number = tuple[int, int]


@dataclass(eq=False, slots=True)
class _Scope:
    """Resources, and what is used of them."""

    owner: pikepdf.Object
    """What they belong to: a page, a form, a pattern, a font."""
    resources: pikepdf.Object
    used: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def get(self, kind: str, name: str) -> Any:
        """Return a resource and remember that it is used; None when there is none."""
        self.used[kind].add(name)
        return _dictionary(self.resources.get(kind)).get(name)

    def prune(self) -> None:
        """Leave in the owner's resources what is used."""
        kept = pikepdf.Dictionary()
        for kind, names in self.used.items():
            group = _dictionary(self.resources.get(kind))
            if found := {name: group[name] for name in names if name in group}:
                kept[kind] = pikepdf.Dictionary(found)
        self.owner.Resources = kept


def keep_drawn(pdf: pikepdf.Pdf, pages: Iterable[pikepdf.Page]) -> None:
    """Leave with some pages only what they draw: fonts with their letters, pictures, forms, colours.

    The file is changed in memory; its other pages are of no use afterwards.

    Args:
        pdf: whose pages they are.
        pages: those that will be taken out.

    Raises:
        Refused: what a page draws cannot be read, so that it is not known what else would come along.
    """
    drawn = _Drawn(pdf)
    try:
        for page in pages:
            drawn.read(page)
    except (pikepdf.PikepdfError, TypeError, ValueError) as error:
        raise Refused("这些页中有一页的内容读不懂，单独取出会带出别的页；请取整卷") from error
    for scope in drawn.scopes:
        scope.prune()
    for font, codes in drawn.shown.values():
        cut_down(pdf, font, codes)


class _Drawn:
    """Reads what pages draw, and what that draws in turn."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self.scopes: list[_Scope] = []
        self.shown: dict[_Number, tuple[pikepdf.Object, set[int]]] = {}
        """Composite fonts and the codes shown in them."""
        self._met: set[tuple[_Number, int]] = set()
        self._waiting: list[tuple[Any, _Scope, Any]] = []

    def read(self, page: pikepdf.Page) -> None:
        """Read what a page draws, and with it everything that draws in turn."""
        scope = self._scope(page.obj, page.resources)
        contents = page.obj.get("/Contents")
        for stream in contents if isinstance(contents, pikepdf.Array) else [contents]:
            _strip(stream)
        self._waiting.append((page, scope, None))
        # One after the other, not one within the other: a file may nest as deep as it likes.
        while self._waiting:
            self._read(*self._waiting.pop())

    def _scope(self, owner: pikepdf.Object, resources: pikepdf.Object) -> _Scope:
        scope = _Scope(owner, resources)
        scope.used["/ColorSpace"] |= {"/DefaultGray", "/DefaultRGB", "/DefaultCMYK"}
        fonts = _dictionary(resources.get("/Font"))
        for name in (name for name in set(fonts.keys()) if not fonts[name].is_indirect):
            fonts[name] = self._pdf.make_indirect(fonts[name])  # what is shown is noted by the number of its font
        self.scopes.append(scope)
        return scope

    def _read(self, content: Any, scope: _Scope, font: Any) -> None:
        """Read one content stream; fonts hold until the state they were chosen in ends."""
        outer: list[Any] = []
        for instruction in pikepdf.parse_content_stream(content, _READ):
            operator = str(instruction.operator)
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                scope.used["/ColorSpace"] |= _dictionary(scope.resources.get("/ColorSpace")).keys()
            elif operator == "q":
                outer.append(font)
            elif operator == "Q":
                font = outer.pop() if outer else font
            elif operator in _SHOWING:
                self._show(font, instruction.operands)
            else:
                for found in _named(scope, operator, instruction.operands):
                    font = self._use(found, operator, scope, font)

    def _use(self, found: Any, operator: str, scope: _Scope, font: Any) -> Any:
        """Take note of a resource that is used, and return the font chosen afterwards."""
        if operator == "Tf":
            self._use_font(found, scope)
            return found
        if operator in {"Do", "scn", "SCN"}:
            self._wait(found, scope, font)
        state = found if operator == "gs" else _dictionary(found.get("/ExtGState"))
        self._wait(_dictionary(state.get("/SMask")).get("/G"), scope, font)
        chosen = state.get("/Font")
        if operator != "gs" or not isinstance(chosen, pikepdf.Array) or not len(chosen):
            return font
        self._use_font(chosen[0], scope)
        return chosen[0]

    def _use_font(self, font: Any, scope: _Scope) -> None:
        """Read the drawings a font of drawings consists of."""
        if font.get("/Subtype") != "/Type3":
            return
        has_own = "/Resources" in font
        if self._knows(font, None if has_own else scope):
            return
        own = self._scope(font, font.Resources) if has_own else scope
        for stream in _dictionary(font.get("/CharProcs")).values():
            _strip(stream)
            self._waiting.append((stream, own, None))

    def _wait(self, found: Any, scope: _Scope, font: Any) -> None:
        """Have a form or tiling pattern read too; a picture draws nothing else."""
        if not isinstance(found, pikepdf.Stream):
            return
        _strip(found)
        if found.get("/Subtype") == "/Image":
            for mask in (found.get("/Mask"), found.get("/SMask")):
                _strip(mask)
            return
        resources = found.get("/Resources")
        if self._knows(found, None if isinstance(resources, pikepdf.Dictionary) else scope):
            return
        own = self._scope(found, resources) if isinstance(resources, pikepdf.Dictionary) else scope
        self._waiting.append((found, own, font))

    def _knows(self, found: pikepdf.Object, scope: _Scope | None) -> bool:
        """Tell whether something is read already: once in all, or once in each scope whose resources it uses."""
        key = (found.objgen, id(scope))
        known = found.is_indirect and key in self._met
        self._met.add(key)
        return known

    def _show(self, font: Any, operands: Any) -> None:
        if font is None or not font.is_indirect or not is_identity(font):
            return
        _, codes = self.shown.setdefault(font.objgen, (font, set()))
        last = operands[-1]
        for part in last if isinstance(last, pikepdf.Array) else [last]:
            if isinstance(part, pikepdf.String):
                letters = bytes(part)
                codes.update(map(int.from_bytes, zip(letters[::2], letters[1::2], strict=False)))


def _named(scope: _Scope, operator: str, operands: Any) -> Iterator[Any]:
    """Yield the resources that an operator names."""
    for operand in operands:
        if isinstance(operand, pikepdf.Name):
            found = scope.get(_KINDS[operator], str(operand))
            if isinstance(found, (pikepdf.Dictionary, pikepdf.Stream)):
                _strip(found)
                yield found


def _dictionary(found: Any) -> Any:
    """Return what should be a dictionary, or an empty one."""
    return found if isinstance(found, pikepdf.Dictionary) else pikepdf.Dictionary()


def _strip(found: Any) -> None:
    """Leave in what is drawn what its drawing needs."""
    if isinstance(found, (pikepdf.Dictionary, pikepdf.Stream)):
        for key in set(found.keys()) - _KEPT:
            del found[key]
