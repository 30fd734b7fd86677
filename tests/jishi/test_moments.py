"""Moments and stretches of pages as people read them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from jishi.moments import moment_told, pages_told


@pytest.fixture(autouse=True)
def beijing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-22T02:51:07+00:00", "2026-11-22 10:51"),
        ("2026-11-22T10:51:07+08:00", "2026-11-22 10:51"),
        ("2026-11-22", "2026-11-22"),
        ("", ""),
        ("昨天", "昨天"),
    ],
)
def test_a_moment_is_told_in_local_time_without_offset(text: str, told: str) -> None:
    assert moment_told(text) == told


def test_a_single_page_is_told_once() -> None:
    assert pages_told(22, 22) == "22"
    assert pages_told("12", "14") == "12—14"
