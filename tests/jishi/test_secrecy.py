"""密级: the highest counts, and a blank is not public."""

from __future__ import annotations

import pytest

from jishi.case.secrecy import highest


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        (["公开", "秘密", "内部"], "秘密"), (["公开", ""], "内部"), (["", "机密"], "机密"), (["公开"], "公开"),
        ([""], "内部"), ([], "内部"),
    ],
)  # fmt: skip
def test_the_highest_mark_counts_and_a_blank_is_internal(marks: list[str], found: str) -> None:
    assert highest(marks) == found
