"""How wide a text runs in ems, and where it may break: reckoned by its characters.

Widths of columns and sizes of type ask no font, so that they are the same in every face. How many lines a text surely
takes, and whether a code must be broken, asks how wide the face draws letters and digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

_TITLE_LINE = 19.0
"""What fits one line of a title set in 二号, in ems."""
IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_OPENING = "（［｛＄〈《「『【〔“‘"
_LATIN = "0-9A-Za-z.:%/-"
_SURE = re.compile(rf"[{IDEOGRAPHS}\u2014\u3001-\u3011〔〕\uff01-\uff5e0-9A-Za-z.:%/ -]*")
"""Text whose width has a bound in a face: an ideograph is one em, a sign at most, letters and digits are known."""
_LONG_RUN = re.compile(r"[!-,.0-~·]{24,}")
_BREAK = "\u200b"
_CLOSING = frozenset("）】》〉」』”’、，。：；？！％%·…—")
_WORDS = (
    "一级 上次 上级 下一 临时 主体 主要 举报 争性 事前 事项 人事 人员 人选 任免 任职 优称 会议 "
    "例外 依据 党委 党组 公示 关系 关键 内容 决定 分歧 分管 列入 列席 判断 到任 前审 动议 单位 "
    "参加 另提 同意 名单 后备 启动 四项 回避 培训 基层 增列 声明 处分 处理 备案 复核 复议 子卷 "
    "学位 学历 审定 审批 审查 审核 审计 对象 岗位 工作 工资 干部 年度 年限 应到 廉政 廉洁 延长 "
    "建议 形式 征求 得票 德的 情况 情形 意见 成员 截止 所涉 执行 批复 承诺 报告 拟任 推荐 提交 "
    "提出 提拔 政治 整改 文书 文件 文号 方式 方案 方面 日期 时间 是否 有关 有效 有无 期间 期限 "
    "末位 末次 机构 条件 来源 查核 核定 核对 核查 格式 档案 正职 民主 法定 测评 涉规 现任 现配 "
    "理由 用期 电子 监察 监督 研究 破格 确定 票数 票率 离任 称率 程序 竞争 笔记 符合 签名 类别 "
    "素质 纪委 纪实 纪律 纪检 组织 结果 结论 综合 编号 编码 考察 考核 职位 职务 职数 自律 行政 "
    "补足 表决 表态 规则 讨论 记录 试用 说明 调整 谈话 负责 负面 责人 起始 转移 较大 达标 选举 选任 "
    "选拔 通知 通过 部门 重大 问题 集体 非后 非领 面率 预审 领导 首次"
)
"""Pairs of characters a broken label keeps on one line."""
_KEPT = re.compile(r"(\d+年(?:\d+月(?:\d+日)?)?|\d+月\d+日|[-+]?\d+(?:\.\d+)?%|[0-9A-Za-z]+(?:[-/:.][0-9A-Za-z]+)+)")
"""Dates, percentages and codes."""
_SLASHED = re.compile(r"(?<=/)")
_DATE_END = r"(?:(?<=\d)(?:年(?:\d+月(?:\d+日)?)?|月\d+日))?"
_UNBROKEN = re.compile(
    rf"[{_OPENING}]*(?:[0-9A-Za-z][{_LATIN}]*{_DATE_END}|.)"
    rf"(?:[^{IDEOGRAPHS}{_OPENING}{_LATIN}]|[.:%/-][{_LATIN}]*{_DATE_END})*"
)
"""What stands on one line, or more than that: a character, a date or a run of Latin, with the signs around it."""
_JOINED = re.compile(rf"[%％][{_OPENING}A-Za-z]|％\d")
"""Where a line does not break although it looks as if it might."""
_SIGNS = re.compile(rf"[^{IDEOGRAPHS}\x00-\xff]{{2,}}|—")
"""Signs side by side; a dash may be shorter than an ideograph by itself."""
_OPENS, _CLOSES = re.compile(f"[{_OPENING}]"), re.compile(rf"[^{IDEOGRAPHS}{_OPENING}\x00-\xff]")
_EXACT = 1e-9
"""What sums of widths may be off."""
_SLACK = 0.02
"""What a line may be shorter or longer than reckoned, in ems."""
_NEARLY = 0.95
"""What may be taken up of a line by text whose width is only about known."""
_PARTS = re.compile(r"(（[^（）]*）)|(?<=.)(?=关于)")


_FIGURES, _POINTS = frozenset(b"0123456789"), frozenset(b"-.:/ ")
_MOVED_FIGURE, _MOVED_LETTER = (0.03, 0.005), (0.15, 0.05)
"""How much narrower and wider than by itself a character may be beside another, in ems."""


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """How wide a face draws Latin characters, in ems by code point: bounds, since neighbours may be moved together."""

    least: tuple[float, ...]
    most: tuple[float, ...]

    @classmethod
    def of(cls, advances: Mapping[int, float]) -> Letters:
        """Return the bounds of a face that advances so many ems for these code points; others have those of any.

        Faces move some neighbours together or apart: letters far more than figures.
        """
        least, most = list(ANY.least), list(ANY.most)
        for point, advance in advances.items():
            closer, wider = _MOVED_FIGURE if point in _FIGURES | _POINTS else _MOVED_LETTER
            least[point], most[point] = advance - closer, advance + wider
        least[0x20] = 0.0  # at the end of a line
        return cls(tuple(least), tuple(most))


ANY = Letters(
    tuple(0.45 if point in _FIGURES else 0.0 if point == 0x20 else 0.15 for point in range(256)),
    tuple(0.65 if point in _FIGURES | _POINTS else 1.1 for point in range(256)),
)
"""What holds of any face."""


_PROPORTIONAL = (0.57, 0.19)
"""A Latin character in ems, and how much narrower a hyphen or slash is: in faces such as those shipped."""
HALF_WIDTH = (0.5, 0.17)
"""The same in Times New Roman, in which Word sets them beside the prescribed faces."""


@lru_cache(1 << 14)
def width_of(text: str, latin: tuple[float, float] = _PROPORTIONAL) -> float:
    """Return about how many ems a line of text runs: an ideograph is one, a Latin character as said."""
    full = 0 if text.isascii() else sum(map("\u02ff".__lt__, text))
    return full + latin[0] * (len(text) - full) - latin[1] * (text.count("-") + text.count("/"))


@lru_cache(1 << 13)
def most_width(text: str, letters: Letters = ANY) -> float:
    """Return the width in ems a line of text cannot exceed, or infinity where there is no such bound."""
    if not _SURE.fullmatch(text):
        return math.inf
    narrow = text.encode("latin-1", "ignore")
    return len(text) - len(narrow) + sum(map(letters.most.__getitem__, narrow))


def sure_lines(text: str, room: float, indent: float = 0.0, letters: Letters = ANY) -> int:
    """Return how many lines of so many ems a text surely takes, or 0 where its line breaks cannot be foretold.

    Lines are filled one by one with what does not break, so fewer places to break and wider characters never make
    fewer lines. Where the most that may come of it is also the least, it is known.

    Args:
        text: the text, its own line ends kept, and what kept_text adds.
        room: the ems of a line.
        indent: by how many ems the first line after each line end stands in.
        letters: how wide the face draws letters and digits.
    """
    counts = [_sure_lines(line, room, indent, letters) for line in text.split("\n")]
    return sum(counts) if all(counts) else 0


@lru_cache(1 << 13)
def _sure_lines(line: str, room: float, indent: float, letters: Letters) -> int:
    whole = line.replace(_BREAK, "")
    widest = indent + most_width(whole, letters)
    if widest <= room:
        return 1
    if widest == math.inf or _JOINED.search(whole):
        return 0
    most, filled = 1, indent
    for piece in (piece for part in line.split(_BREAK) for piece in _UNBROKEN.findall(part)):
        width = most_width(piece, letters)
        if width > room - _SLACK:
            return 0
        most, filled = (most, filled + width) if filled + width <= room - _SLACK else (most + 1, width)
    least = math.ceil((indent + _least_width(whole, letters)) / (room + _saved(whole) + _SLACK))
    return most if most == least else 0


def _least_width(line: str, letters: Letters) -> float:
    """Return the width in ems a line of known characters has at least; of signs side by side each may lose half."""
    narrow = line.encode("latin-1", "ignore")
    pressed = sum(map(len, _SIGNS.findall(line)))
    return len(line) - len(narrow) - 0.5 * pressed + sum(map(letters.least.__getitem__, narrow))


def _saved(line: str) -> float:
    """Return what the signs at the beginning and at the end of each line may lose, in ems."""
    return 0.5 * bool(_OPENS.search(line)) + 0.5 * bool(_CLOSES.search(line))


def breakable(text: str) -> str:
    """Return the text with break opportunities inside very long runs of Latin characters."""
    return _LONG_RUN.sub(lambda run: _BREAK.join(run[0]), text) if len(text) >= 24 else text


def kept_parts(text: str, room: float, letters: Letters = ANY) -> str | list[str]:
    """Return a text with break opportunities, in parts where it holds dates, percentages or codes that fit the room.

    Every second part then stays in one piece. A code too wide for the room is broken behind a slash.

    Args:
        text: the text, its own line ends kept.
        room: the ems of a line; a line that surely needs no more is left as it is.
        letters: how wide the face draws letters and digits.
    """
    if most_width(text, letters) <= room:
        return text
    parts = [""]
    for order, line in enumerate(text.split("\n")):
        first, *others = _kept_line(line, room, letters)
        parts[-1] += "\n" * bool(order) + first
        parts += others
    return parts[0] if len(parts) == 1 else parts


def _kept_line(line: str, room: float, letters: Letters) -> list[str]:
    if most_width(line, letters) <= room:
        return [line]
    if halves := _halved(line, room, letters):
        return ["\n".join(halves)]
    parts = [""]
    for order, found in enumerate(_KEPT.split(line)):
        wide = order % 2 and width_of(found) > _NEARLY * room
        for piece in _SLASHED.split(found) if wide else (found,):
            if order % 2 and piece and width_of(piece) <= _NEARLY * room:
                parts += [piece, ""]
            else:
                parts[-1] += piece
    return [part if at % 2 else breakable(part) for at, part in enumerate(parts)]


def _halved(line: str, room: float, letters: Letters) -> tuple[str, str] | None:
    """Return a code that stands alone and is too wide for one line in two, broken at the first slash that does."""
    if not _KEPT.fullmatch(line) or _least_width(line, letters) <= room:
        return None
    cuts = (place for place, sign in enumerate(line, 1) if sign == "/")
    halves = ((line[:cut], line[cut:]) for cut in cuts)
    return next((two for two in halves if max(most_width(half, letters) for half in two) <= room), None)


def kept_text(parts: str | Sequence[str]) -> str:
    """Return what kept_parts made of a text as text again, told where it may break between kept parts."""
    if isinstance(parts, str):
        return parts
    return parts[0] + "".join(part or _BREAK for part in parts[1:-1]) + parts[-1]


@lru_cache(4096)
def balanced(label: str, room: float) -> tuple[str, ...]:
    """Return a label in lines of about equal length, each of so many ems at most, words and brackets kept whole.

    One line more than it needs is taken where that saves a word. No line begins with a closing sign or ends with an
    opening one, and none has one character where all can have two.
    """
    fewest = max(1, math.ceil(width_of(label) / room))
    if fewest == 1:
        return (label,)
    counts = range(fewest, min(fewest + 2, len(label)) + 1)
    for least in (2, 1):
        ways = [(cost + 9 * count, lines) for count in counts for cost, lines in _ways(label, count, least, room)]
        if ways:
            return min(ways)[1]
    return (label,)


def _ways(label: str, count: int, least: int, room: float) -> Iterable[tuple[float, tuple[str, ...]]]:
    """Return the best division into so many lines, each of so many characters and ems, with its cost; or none."""
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    """Where the lines so far end → what they cost, and they."""
    costs, equal = _costs(label), len(label) / count
    ends = list(accumulate(map(width_of, label), initial=0.0))
    for left in range(count - 1, -1, -1):
        further: dict[int, tuple[float, tuple[str, ...]]] = {}
        for start, (cost, lines) in best.items():
            for end in range(start + least, len(label) + 1) if left else (len(label),):
                if ends[end] - ends[start] > room + _EXACT:
                    break
                if end - start >= least and ends[-1] - ends[end] <= left * room + _EXACT:
                    own = cost + (end - start - equal) ** 2 + costs[end]
                    further[end] = min(further.get(end, (math.inf, ())), (own, (*lines, label[start:end])))
        best = further
    return [best[len(label)]] if len(label) in best else []


@lru_cache(4096)
def _costs(label: str) -> tuple[float, ...]:
    return tuple(_cost(label, at) for at in range(len(label) + 1))


def _cost(label: str, at: int) -> float:
    """Return how ill a label breaks at a place, against how unequal its lines may be."""
    if at in (0, len(label)):
        return 0.0
    before, behind = label[at - 1], label[at]
    if behind in _CLOSING or before in _OPENING:
        return 1000.0
    inside = label.rfind("（", 0, at) > label.rfind("）", 0, at)
    whole = before + behind in _WORDS or (before + behind).isascii()
    good = before in "：、　" or behind in "（" or label.startswith("是否", at)
    return 20.0 * inside + 20.0 * whole - 3.0 * good - 0.01 * at


def title_lines(title: str) -> list[str]:
    """Return a title in its lines: broken by sense around brackets and before 关于, else into equal parts."""
    if width_of(title) <= _TITLE_LINE:
        return [title]
    return [line for part in _PARTS.split(title) if part for line in balanced(part, _TITLE_LINE)]
