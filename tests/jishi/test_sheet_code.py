"""What a code says is read back, and nothing else is taken for a code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jishi.sheet_code import Corner, SheetCode, short_digest

DIGEST = short_digest("0bf42b45dd697e8fb507abb14dd01259c46b47193035acce5e241fbd0b439424")


@given(st.integers(1, 9999), st.integers(0, 9), st.sampled_from(Corner), st.sampled_from(["-007", "", "-1234"]))
def test_a_code_is_read_back_as_it_was_written(pages: int, back: int, corner: Corner, person: str) -> None:
    code = SheetCode(f"511000-2026-P003{person}/S5-02/001", DIGEST, max(1, pages - back), pages, corner)
    assert SheetCode.read(str(code)) == code


def test_a_code_has_only_what_small_codes_hold() -> None:
    code = str(SheetCode("511000-2026-P003-001/S5-02/001", DIGEST, 1, 3, Corner.UPPER_LEFT))
    assert code == "JS1/511000-2026-P003-001/S5-02/001/0BF42B45DD697E8F/1-3/A"
    assert set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.invalid/",
        "JS1/x/S5-02/001/0BF42B45DD697E8F/1-3/A",
        "JS2/511000-2026-P003/S5-02/001/0BF42B45DD697E8F/1-3/A",
        "JS1/511000-2026-P003/S5-02/001/0BF42B45DD697E8F/4-3/A",
        "JS1/511000-2026-P003/S5-02/001/0BF42B45DD697E8F/0-3/A",
        "JS1/511000-2026-P003/S5-02/001/0bf42b45dd697e8f/1-3/A",
        "JS1/511000-2026-P003/S5-02/001/0BF42B45DD697E8F/1-3/C",
        "JS1/511000-2026-P003/S5-02/001/0BF42B45DD697E8F/1-3/A\n",
        "JS1/511000-2026-P003/../001/0BF42B45DD697E8F/1-3/A",
        "JS1/511000-2026-P003/S5-02/001/0BF42B45DD697E8F/\uff11-3/A",
    ],
)
def test_what_is_no_code_of_ours_is_none(text: str) -> None:
    assert SheetCode.read(text) is None
