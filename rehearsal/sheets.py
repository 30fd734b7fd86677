"""Ballots, blank ballot forms and sign-in sheets: what is printed on them, and what hands put there."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache

from PIL import ImageDraw

from rehearsal.drafts import BALLOTS, NAMES
from rehearsal.ink import LEFT, TOP, askew, canvas, font, mask_of, stroke
from rehearsal.names import name_from
from rehearsal.pdf import Mask

_A_COLUMN = NAMES // 2
_ROW = 44
_VOTES = ("同意", "不同意", "弃权")
_GRADES = ("优秀", "称职", "基本称职", "不称职")
_QUALITIES = ("总体评价", "德", "能", "勤", "绩", "廉")
_PEOPLE = tuple(f"人选{number}" for number in range(1, 6))

Drawing = Callable[[ImageDraw.ImageDraw, str, random.Random, int], None]


def on_sheet(look: str, holds: int, number: int) -> int:
    """Return how many ballots or names stand on a sheet: the last one carries the rest only.

    Args:
        look: ballots or signin.
        holds: how many there are in all; 0 where the paper does not say, so that its sheets are full.
        number: of the sheet, from 0.
    """
    most = BALLOTS if look == "ballots" else NAMES
    return min(most, holds - number * most) if holds else most


def sort_of(kind: str, look: str = "ballots", number: int = 0) -> str:
    """Return what a drawing hangs on besides: the sort of vote (测评, 表决, else 推荐), or a list's sheet number."""
    if look == "signin":
        return str(number)
    return next((sort for sort in ("测评", "表决") if sort in kind), "推荐")


@lru_cache(maxsize=256)
def printed(kind: str, look: str, sort: str, variant: int, many: int) -> Mask:
    """Return what is printed on a sheet; without a kind it has no heading."""
    image = canvas(kind)
    source = _chance(look, sort, variant, many)
    _PRINTED[look](ImageDraw.Draw(image), sort, source, many)
    return mask_of(askew(image, _chance(look, sort, variant, many)))


@lru_cache(maxsize=256)
def handwritten(look: str, sort: str, variant: int, many: int) -> Mask:
    """Return the ticks on ballots or the hands on a sign-in sheet, as askew as the sheet itself."""
    image = canvas("")
    source = _chance("hand", look, sort, variant, many)
    _WRITTEN[look](ImageDraw.Draw(image), sort, source, many)
    return mask_of(askew(image, _chance(look, sort, variant, many)))


def _chance(*parts: object) -> random.Random:
    return random.Random("/".join(map(str, parts)))


# Ballots


def _quarter(place: int) -> tuple[int, int]:
    return 90 + place % 2 * 340, TOP + place // 2 * 400


def _ballots(draw: ImageDraw.ImageDraw, sort: str, _: random.Random, many: int) -> None:
    for place in range(many):
        left, top = _quarter(place)
        draw.rectangle((left, top, left + 310, top + 360), outline=0, width=2)
        draw.text((left + 155, top + 30), f"{sort}票", font=font(22), fill=0, anchor="mm")
        if sort == "表决":
            rows = [["姓名", *_VOTES], *([person, "", "", ""] for person in _PEOPLE)]
            _table(draw, (left + 10, top + 60), (86, 66, 72, 66), 46, rows, 18)
        else:
            rows = [[row, ""] for row in (_GRADES if sort == "测评" else _PEOPLE)]
            _table(draw, (left + 10, top + 60), (190, 100), 52, rows, 20)


def _ticks(draw: ImageDraw.ImageDraw, sort: str, source: random.Random, many: int) -> None:
    for place in range(many):
        left, top = _quarter(place)
        if sort == "表决":
            for row in range(1, len(_PEOPLE) + 1):
                column = source.choices((0, 1, 2), (94, 3, 3))[0]
                _tick(draw, left + 124 + column * 70, top + 66 + row * 46)
        else:
            weights = (74, 22, 3, 1) if sort == "测评" else (60, 25, 8, 4, 3)
            row = source.choices(range(len(weights)), weights)[0]
            _tick(draw, left + 236, top + 70 + row * 52)


def _tick(draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
    draw.line((left, top + 16, left + 10, top + 30, left + 32, top), fill=0, width=4)


def _ballot_form(draw: ImageDraw.ImageDraw, sort: str, _: random.Random, __: int) -> None:
    """Draw one empty ballot as it is put before the meeting."""
    if sort == "推荐":
        rows = [["序号", "推荐人选", "现任职务"], *([str(number), "", ""] for number in range(1, 6))]
        widths, note = [80, 220, 310], "说明：在推荐人选栏内填写姓名，可以另提人选；超过职数名额的无效。"
    else:
        columns, first = (_GRADES, _QUALITIES) if sort == "测评" else (_VOTES, _PEOPLE)
        rows = [["项目" if sort == "测评" else "姓名", *columns], *([row, *[""] * len(columns)] for row in first)]
        widths = [170, *[440 // len(columns)] * len(columns)]
        note = "说明：在相应的栏内画“√”，每行只选一项；多选的该行无效，不选的为弃权。"
    _table(draw, (LEFT, TOP), widths, 60, rows, 22)
    draw.text((LEFT, TOP + 60 * len(rows) + 24), note, font=font(18), fill=0)


# Sign-in sheets


def _column(place: int) -> tuple[int, int]:
    return LEFT + place // _A_COLUMN * 315, TOP + (place % _A_COLUMN + 1) * _ROW


def _names(draw: ImageDraw.ImageDraw, sheet: str, source: random.Random, many: int) -> None:
    for first in range(0, many, _A_COLUMN):
        places = range(first, min(first + _A_COLUMN, many))
        rows = [[str(int(sheet) * NAMES + place + 1), name_from(source), ""] for place in places]
        left, top = _column(first)
        _table(draw, (left, top - _ROW), (50, 110, 145), _ROW, [["序号", "姓名", "签到"], *rows], 19)


def _hands(draw: ImageDraw.ImageDraw, _: str, source: random.Random, many: int) -> None:
    for place in range(many):
        left, top = _column(place)
        for part in range(5):
            points = [(x, top + 3 + y * 0.62) for x, y in stroke(source, left + 170 + part * 16, 62)]
            draw.line(points, fill=0, width=2, joint="curve")


def _table(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], widths: Sequence[int], height: int,
    rows: Sequence[Sequence[str]], size: int,
) -> None:  # fmt: skip
    """Draw a ruled table, its words in the middle of their cells."""
    top = at[1]
    for row in rows:
        left = at[0]
        for width, words in zip(widths, row, strict=True):
            draw.rectangle((left, top, left + width, top + height), outline=0)
            draw.text((left + width / 2, top + height / 2), words, font=font(size), fill=0, anchor="mm")
            left += width
        top += height


_PRINTED: dict[str, Drawing] = {"ballots": _ballots, "ballot": _ballot_form, "signin": _names}
_WRITTEN: dict[str, Drawing] = {"ballots": _ticks, "signin": _hands}
LOOKS = frozenset(_PRINTED)
