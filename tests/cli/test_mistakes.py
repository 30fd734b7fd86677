"""What people type wrong: one Chinese message, what is wrong and where to look, and nothing done."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.home import make_home
from jishi.errors import ExitCode
from jishi.settings import Settings
from rehearsal.batch import write
from tests.command_line import answer


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return make_home(tmp_path / "home")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("intak",), "没有命令 intak，是不是 intake"),
        (("find", "--批次"), "没有选项 --批次"),
        (("show",), "缺少参数 档号"),
        (("file", "511000-2026-P003", "--filer", "周立"), "缺少选项 --acceptor"),
        (("sample", "x", "--people", "六"), "--people：“六”不是数"),
        (("sample", "x", "--people", "5000"), "--people：5000不在允许的范围内"),
        (("find", "--since", "三月"), "--since：“三月”不是日期，应如2026-03-18"),
        (("find", "--since", "2026-03-02", "--until", "2026-03-01"), "--since 晚于 --until"),
        (("intake", "没有.xml"), "“没有.xml”不存在"),
        (("catalogue", "多余"), "多出了“多余”"),
        (("reject", "0123abcd-000001", "--reason", " "), "--reason：不能是空白"),
        (("get", "J012-WS·XR·GR·2026·Y-0001", "--json"), "PDF须用 -o 另存为文件"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_wrong_command_line_is_told_in_chinese_with_the_way_on(
    home: Settings, words: tuple[str, ...], said: str
) -> None:
    code, told, data = answer(home.home, *words)
    assert code == ExitCode.USAGE
    assert "错误：" in told
    assert said in told
    assert "--help" in told
    assert not data


@pytest.mark.parametrize("name", ["记录.docx", "空文件夹"])
def test_what_holds_no_record_is_refused_and_not_passed_over_in_silence(
    home: Settings, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    if path.suffix:
        path.write_bytes(b"PK")
    else:
        path.mkdir()
    code, told, _ = answer(home.home, "intake", str(path))
    assert code == ExitCode.NOT_FOUND
    assert name in told
    assert "什么也没有收取" in told


def test_a_rehearsal_batch_is_not_written_over_another(home: Settings, tmp_path: Path) -> None:
    write(tmp_path / "drop", 1, scans=False)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "drop").rglob("*")}
    code, told, _ = answer(home.home, "sample", str(tmp_path / "drop"), "--people", "1")
    assert code == ExitCode.REFUSED
    assert "再写会盖掉它们" in told
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "drop").rglob("*")}
