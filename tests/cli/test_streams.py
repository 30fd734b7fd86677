"""Streams: a reader that leaves, a stream that is closed, an encoding that lacks a character."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jishi.errors import ExitCode
from jishi.settings import Settings
from tests.command_line import command, run
from tests.filled_home import BATCH


@pytest.mark.parametrize(
    "words", [("status", BATCH), ("catalogue",), ("catalogue", "--json"), ("find", "公示")], ids=" ".join
)
def test_a_reader_that_leaves_early_is_no_fault(filed: Settings, words: tuple[str, ...]) -> None:
    process = subprocess.Popen(command(filed.home, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(600) == ExitCode.OK
    assert "Exception" not in said
    assert "错误" not in said


def test_closed_streams_stop_no_command(filed: Settings) -> None:
    for closing in (">&-", "2>&-", "<&-"):
        line = f'exec "$0" "$@" {closing}'
        done = subprocess.run(["sh", "-c", line, *command(filed.home, "status")], check=False, capture_output=True)
        assert done.returncode == ExitCode.OK, (closing, done.stderr.decode())


def test_a_full_disk_behind_the_output_is_told_in_chinese(filed: Settings) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = run(filed.home, "status", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == ExitCode.TRY_LATER
    assert done.stderr.decode().strip() == "错误：输出：磁盘已满"


def test_an_encoding_without_rare_characters_stops_no_command(filed: Settings) -> None:
    done = run(filed.home, "find", "--batch", BATCH, env={**os.environ, "PYTHONIOENCODING": "gb2312"})
    assert done.returncode == ExitCode.OK, done.stderr


@pytest.mark.parametrize("words", [("find", "\udcff"), ("find", "--person", "\udcff"), ("trace", "\udcff")])
def test_words_that_are_no_text_are_refused_with_words(filed: Settings, words: tuple[str, ...]) -> None:
    done = run(filed.home, *words)
    assert done.returncode == ExitCode.USAGE
    assert "UTF-8" in done.stderr.decode()


def test_a_place_that_cannot_be_written_is_told_in_chinese(filed: Settings, tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("")
    done = run(filed.home, "catalogue", "--pdf", str(tmp_path / "文件" / "表.pdf"))
    assert done.returncode in (ExitCode.USAGE, ExitCode.REFUSED)
    assert done.stderr.decode().startswith("错误：")
    assert "程序" not in done.stderr.decode()


def test_questions_beyond_reason_are_refused_with_words(filed: Settings) -> None:
    for words in (("find", "公" * 20_000), ("find", "公示", "--limit", "9" * 30), ("alerts", "--due", "²")):
        assert run(filed.home, *words).returncode == ExitCode.USAGE
