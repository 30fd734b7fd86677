"""What the rules reckon with beyond XPath 1.0: dates, working days, rates in whole numbers, signatures, names.

Dates go in as ISO texts, nodes or yyyymmdd numbers and come out as yyyymmdd numbers, so that rules compare them with
plain <, <= and =. A date that is missing is NaN, and every comparison with NaN is false: missing never passes.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from lxml import etree

from jishi.names import folded_name
from jishi.procedure import step_of
from jishi.record_types import NAMESPACE, role_labels
from jishi.records import tells_of_all
from jishi.steps import Signer
from jishi.workdays import WorkCalendar
from pipeline.rules.copied_text import copied

_R = f"{{{NAMESPACE}}}"
_NAN = math.nan
_MONTH = re.compile(r"(\d{4})\D?(\d{1,2})")
_BARS = str.maketrans("|=", "｜＝")
"""What keeps the signs of a list of copies out of the texts in it."""


def functions(calendar: WorkCalendar) -> dict[str, Callable[..., Any]]:
    """Return the functions rules call as f:<name>(…), bound to a calendar."""
    return {
        "day": lambda _, value: _number(_day(value)),
        "first": lambda _, values: _number(min(_days(values), default=None)),
        "last": lambda _, values: _number(max(_days(values), default=None)),
        "date": lambda _, value: _iso(_day(value)),
        "add-days": lambda _, value, count: _number(_moved(_day(value), days=int(count))),
        "add-months": lambda _, value, count: _number(_moved(_day(value), months=int(count))),
        "months": lambda _, start, end: _months(_day(start), _day(end)),
        "years": lambda _, start, end: (
            math.floor(_months(_day(start), _day(end)) / 12) if _day(start) and _day(end) else _NAN
        ),
        "workdays": lambda _, start, end: _counted(calendar.inclusive, _day(start), _day(end)),
        "workdays-after": lambda _, start, end: _counted(calendar.between, _day(start), _day(end)),
        "month": lambda _, value: _month(_text(value)),
        "copies": lambda _, parts, least: _copies(parts, int(least)),
        "distinct": lambda _, values: float(len({_text(value) for value in values})),
        "join": lambda _, values: "、".join(_text(value) for value in values),
        "spellings": lambda _, names: "、".join({folded_name(_text(name)): _text(name) for name in names}.values()),
        "matches": lambda _, value, pattern: re.fullmatch(_text(pattern), _text(value)) is not None,
        "rate-ok": lambda _, stored, votes, base: _rate_ok(_text(stored), _text(votes), _text(base)),
        "signed": lambda _, record, role: float(len(_signers(record[0], _text(role)))),
        "unsigned": lambda _, record: "、".join(_unsigned(record[0])),
        "role": lambda _, code: role_labels().get(_text(code), _text(code)),
        "step": lambda _, code: _step(_text(code), "name"),
        "item": lambda _, code: _step(_text(code), "item"),
        "stage": lambda _, code: _step(_text(code), "stage"),
        "scope": lambda _, code: _step(_text(code), "scope"),
    }


NAMES = frozenset(functions(WorkCalendar({})))
"""The names of all functions, for checking rule files."""


# Dates


def _text(value: Any) -> str:
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    if isinstance(value, etree._Element):
        return "".join(map(str, value.itertext())).strip()
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.0f}"
    return str(value).strip()


def _day(value: Any) -> dt.date | None:
    return _parsed(_text(value))


def _parsed(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text if text.isdigit() and len(text) == 8 else text[:10])
    except ValueError:
        return None


def _days(values: Any) -> list[dt.date]:
    return [day for value in values if (day := _day(value)) is not None]


def _number(day: dt.date | None) -> float:
    return _NAN if day is None else float(day.year * 10_000 + day.month * 100 + day.day)


def _iso(day: dt.date | None) -> str:
    return "（无日期）" if day is None else day.isoformat()


def _month(text: str) -> float:
    """Return the month a text begins with as yyyymm, however it is written: 2007-06-01, 2007年6月, 200706."""
    found = _MONTH.match(text)
    return float(int(found[1]) * 100 + int(found[2])) if found else _NAN


def _moved(day: dt.date | None, days: int = 0, months: int = 0) -> dt.date | None:
    """Move a date; a month ends on the same day number, or on the last day of a shorter month."""
    if day is None:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = dt.date(year, month + 1, 1)
    length = ((first + dt.timedelta(days=32)).replace(day=1) - first).days
    return first.replace(day=min(day.day, length)) + dt.timedelta(days=days)


def _months(start: dt.date | None, end: dt.date | None) -> float:
    """Count whole months; the day on which a month is full counts as full."""
    if start is None or end is None:
        return _NAN
    count = (end.year - start.year) * 12 + end.month - start.month
    moved = _moved(start, months=count)
    assert moved is not None
    return float(count if moved <= end else count - 1)


def _counted(count: Callable[[dt.date, dt.date], int], start: dt.date | None, end: dt.date | None) -> float:
    return _NAN if start is None or end is None else float(count(start, end))


# Texts


def _copies(parts: Iterable[etree._Element], least: int) -> str:
    """Return “|person=other person：passage|…” of the people whose records have a passage in common with another's."""
    papers: dict[str, list[str]] = {}
    for part in parts:
        record = next(part.iterancestors(f"{_R}record"))
        papers.setdefault(record.findtext(f"{_R}personId", ""), []).append(_text(part).translate(_BARS))
    return "|" + "".join(f"{key}={one.other}：{one.text}|" for key, one in copied(papers, least).items())


# Figures


def _rate_ok(stored: str, votes: str, base: str) -> bool:
    """Tell whether a stored percentage is votes of base, cut or rounded half up at two decimals."""
    try:
        hundredths = Decimal(stored) * 100
        count, whole = int(votes), int(base)
    except (InvalidOperation, ValueError):
        return False
    if whole <= 0:
        return hundredths == 0
    cut, rest = divmod(10_000 * count, whole)
    return hundredths in (cut, cut + (2 * rest >= whole))


# Signatures


def _signers(record: etree._Element, role: str) -> set[str]:
    """Return who signed in a role; a printed name, or one without date or proof, is no signature."""
    return {
        node.get("ref", "")
        for node in record.iterchildren(f"{_R}responsible")
        if node.get("role") == role
        and node.get("signedOn")
        and node.get("signRef")
        and node.get("signKind", "打印姓名") != "打印姓名"
    }


def _unsigned(record: etree._Element) -> list[str]:
    """Return the names of the roles whose signature is lacking, with how many are short."""
    step = step_of(record.get("stepId", ""))
    lacking = []
    for signer in step.signers if step else ():
        if not must_sign(record, signer):
            continue
        wanted = _wanted(record, signer)
        short = wanted - len(_signers(record, signer.role))
        if short > 0:
            label = role_labels().get(signer.role, signer.role)
            lacking.append(f"{label}（应{wanted}人，缺{short}人）" if wanted > 1 else label)
    return lacking


def must_sign(record: etree._Element, signer: Signer) -> bool:
    """Tell whether a role must sign this very record of its step."""
    if signer.on_summary and not tells_of_all(record):
        return False
    return not signer.when or bool(_path(f"boolean({signer.when})")(record))


def _wanted(record: etree._Element, signer: Signer) -> int:
    return max(1, int(float(str(_path(f"count({signer.among})")(record))))) if signer.among else signer.least


@cache
def _path(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces={"r": NAMESPACE})


# Names


def _step(code: str, name: str) -> str:
    step = step_of(code)
    return str(getattr(step, name)) if step else ""
