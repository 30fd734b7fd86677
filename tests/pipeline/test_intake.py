from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.home import make_home
from jishi.settings import Settings
from pipeline.intake.claims import Claims, read_claim
from pipeline.intake.drop_folder import DropFolder, FolderScan, Stability, pending
from pipeline.intake.listing import Look
from pipeline.intake.submission import Kind, Needs, needs_of

DAY = 86_400.0
NAMESPACE = "urn:jishi:record:1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_home(tmp_path / "home")


def record(path: Path, *files: str, step: str = "S1-04") -> Path:
    papers = "".join(f'<attachment file="{name}"/>' for name in files)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'<record xmlns="{NAMESPACE}" stepId="{step}">{papers}</record>', "utf-8")
    return path


def at_once(name: str, look: Look) -> bool:
    return True


def scan(settings: Settings, settled: Callable[[str, Look], bool] = at_once, days: float = 0.0) -> FolderScan:
    return DropFolder(settings, wall=lambda: time.time() + days * DAY).scan(settled)


def ready(found: FolderScan) -> list[str]:
    return [one.name for one in found.ready]


def messages(found: FolderScan) -> dict[str, str]:
    return {one.name: one.message for one in found.pending}


# Standing still


def test_a_thing_settles_only_after_the_whole_time_with_one_look() -> None:
    watch = Stability(2.0)
    assert not watch.settled("a", (1, 1), 10.0)
    assert not watch.settled("a", (1, 1), 11.9)
    assert watch.settled("a", (1, 1), 12.0)


@pytest.mark.parametrize("look", [(2, 1), (1, 2)])
def test_a_change_of_size_or_time_starts_the_wait_anew(look: Look) -> None:
    watch = Stability(2.0)
    watch.settled("a", (1, 1), 10.0)
    assert not watch.settled("a", look, 12.0)
    assert not watch.settled("a", look, 13.9)
    assert watch.settled("a", look, 14.0)


def test_a_thing_that_left_and_came_back_is_new() -> None:
    watch = Stability(2.0)
    watch.settled("a", (1, 1), 10.0)
    watch.forget_all_but(set())
    assert not watch.settled("a", (1, 1), 20.0)


@given(st.lists(st.tuples(st.integers(1, 192).map(lambda n: n / 64), st.integers(0, 1)), min_size=1, max_size=30))
def test_whatever_settles_was_seen_unchanged_for_the_whole_time(steps: list[tuple[float, int]]) -> None:
    watch = Stability(2.0)
    clock = 0.0
    seen: list[tuple[float, int]] = []
    for pause, size in steps:
        clock += pause
        seen.append((clock, size))
        if watch.settled("a", (size, 0), clock):
            start = max(place for place, (at, _) in enumerate(seen) if at <= clock - 2.0)
            assert {looked for _, looked in seen[start:]} == {size}


# What is ready, and what waits for what


def test_a_record_with_all_its_attachments_is_ready(settings: Settings) -> None:
    record(settings.drop / "r.xml", "a.pdf", "b.pdf")
    for name in ("a.pdf", "b.pdf"):
        (settings.drop / name).write_bytes(b"x")
    (one,) = scan(settings).ready
    assert (one.name, one.kind, tuple(one.files)) == ("r.xml", Kind.RECORD, ("a.pdf", "b.pdf"))


def test_a_record_waits_for_attachments_that_have_not_come(settings: Settings) -> None:
    record(settings.drop / "r.xml", "a.pdf", "b.pdf")
    (settings.drop / "a.pdf").write_bytes(b"x")
    found = scan(settings)
    assert ready(found) == []
    assert messages(found) == {"r.xml": "等待附件：b.pdf"}


def test_a_record_waits_for_attachments_that_are_still_being_written(settings: Settings) -> None:
    record(settings.drop / "r.xml", "a.pdf")
    (settings.drop / "a.pdf").write_bytes(b"x")
    found = scan(settings, lambda name, look: name != "a.pdf")
    assert ready(found) == []
    assert found.settling
    assert messages(found)["r.xml"] == "等待附件：a.pdf"


def test_an_attachment_under_a_temporary_name_has_not_come(settings: Settings) -> None:
    record(settings.drop / "r.xml", "a.pdf")
    (settings.drop / "a.pdf.part").write_bytes(b"x")
    found = scan(settings)
    assert ready(found) == []
    assert "传输未完成" in messages(found)["a.pdf.part"]


def test_a_file_nobody_names_is_told_and_refused_only_after_the_wait(settings: Settings) -> None:
    (settings.drop / "x.docx").write_bytes(b"x")
    assert messages(scan(settings)) == {"x.docx": "Word文件不能收，请导出或打印为PDF，随记录一起投递（没有记录引用）"}
    assert ready(scan(settings, days=6.9)) == []
    (one,) = scan(settings, days=7.1).ready
    assert (one.name, one.kind) == ("x.docx", Kind.PAPER)


def test_a_record_that_waited_too_long_is_taken_as_it_is(settings: Settings) -> None:
    record(settings.drop / "r.xml", "a.pdf", "b.pdf")
    (settings.drop / "a.pdf").write_bytes(b"x")
    (one,) = scan(settings, days=7.1).ready
    assert tuple(one.files) == ("a.pdf",)


def test_an_old_date_kept_by_a_copy_does_not_shorten_the_wait(settings: Settings) -> None:
    path = settings.drop / "x.docx"
    path.write_bytes(b"x")
    os.utime(path, (0, 0))
    assert ready(scan(settings)) == []


def test_openings_go_first_then_rosters(settings: Settings) -> None:
    for name, step in (("a.xml", "S5-04"), ("b.xml", "S1-08"), ("c.xml", "S1-01")):
        record(settings.drop / name, step=step)
    assert ready(scan(settings)) == ["c.xml", "b.xml", "a.xml"]


def test_a_folder_is_looked_into_only_when_all_of_it_stands_still(settings: Settings) -> None:
    record(settings.drop / "夹/里/r.xml", "a.pdf")
    (settings.drop / "夹/里/a.pdf").write_bytes(b"x")
    found = scan(settings, lambda name, look: name != "夹/")
    assert (ready(found), found.settling) == ([], True)
    assert ready(scan(settings)) == ["夹/里/r.xml"]


def test_a_change_anywhere_in_a_folder_changes_its_look(settings: Settings) -> None:
    looks: list[Look] = []

    def note(name: str, look: Look) -> bool:
        looks.append(look)
        return False

    record(settings.drop / "夹/r.xml")
    scan(settings, note)
    (settings.drop / "夹/a.pdf").write_bytes(b"")
    scan(settings, note)
    (settings.drop / "夹/a.pdf").write_bytes(b"x")
    scan(settings, note)
    assert len(set(looks)) == 3


def test_a_folder_with_an_unfinished_transfer_waits_as_a_whole(settings: Settings) -> None:
    record(settings.drop / "夹/r.xml")
    (settings.drop / "夹/a.pdf.part").write_bytes(b"x")
    found = scan(settings)
    assert ready(found) == []
    assert "传输未完成" in messages(found)["夹"]


def test_attachments_are_looked_for_in_the_records_own_folder_only(settings: Settings) -> None:
    record(settings.drop / "夹/r.xml", "a.pdf")
    (settings.drop / "a.pdf").write_bytes(b"x")
    assert messages(scan(settings)) == {"夹/r.xml": "等待附件：a.pdf", "a.pdf": "没有记录引用"}


def test_links_pipes_and_linked_folders_are_never_followed(settings: Settings, tmp_path: Path) -> None:
    record(tmp_path / "outside/r.xml")
    (settings.drop / "夹").symlink_to(tmp_path / "outside")
    (settings.drop / "r.xml").symlink_to(tmp_path / "outside/r.xml")
    os.mkfifo(settings.drop / "p.xml")
    assert {(one.name, one.kind) for one in scan(settings).ready} == {
        ("夹", Kind.PAPER),
        ("r.xml", Kind.PAPER),
        ("p.xml", Kind.PAPER),
    }


def test_a_linked_attachment_has_not_come(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    record(settings.drop / "r.xml", "a.pdf")
    (settings.drop / "a.pdf").symlink_to(tmp_path / "secret")
    assert "r.xml" not in ready(scan(settings))


def test_an_attachment_two_records_name_is_known_as_shared(settings: Settings) -> None:
    record(settings.drop / "r.xml", "a.pdf", "b.pdf")
    record(settings.drop / "s.xml", "a.pdf")
    for name in ("a.pdf", "b.pdf"):
        (settings.drop / name).write_bytes(b"x")
    assert {one.name: one.shared for one in scan(settings).ready} == {
        "r.xml": (("a.pdf", ("s.xml",)),),
        "s.xml": (("a.pdf", ("r.xml",)),),
    }


def test_a_record_is_read_again_only_when_it_changed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counting(path: Path) -> Needs:
        read.append(path.name)
        return needs_of(path)

    monkeypatch.setattr("pipeline.intake.drop_folder.needs_of", counting)
    path = record(settings.drop / "r.xml", "a.pdf")
    folder = DropFolder(settings)
    folder.scan(at_once)
    folder.scan(at_once)
    record(path, "other.pdf")
    assert messages(folder.scan(at_once)) == {"r.xml": "等待附件：other.pdf"}
    assert read == ["r.xml", "r.xml"]


def test_an_unreadable_record_waits_and_tells_why(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "权限不足", str(path))

    monkeypatch.setattr("pipeline.intake.drop_folder.needs_of", refuse)
    record(settings.drop / "r.xml")
    assert messages(scan(settings)) == {"r.xml": "暂时不能读取：没有权限"}


def test_a_folder_that_cannot_be_read_waits_and_harms_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(root: Path, top: object) -> None:
        raise PermissionError(13, "权限不足")

    monkeypatch.setattr("pipeline.intake.drop_folder.tree", refuse)
    record(settings.drop / "r.xml")
    record(settings.drop / "夹/s.xml")
    found = scan(settings)
    assert ready(found) == ["r.xml"]
    assert messages(found) == {"夹": "暂时不能读取：没有权限"}


def test_a_long_list_of_missing_attachments_is_told_short(settings: Settings) -> None:
    record(settings.drop / "r.xml", *(f"{number}.pdf" for number in range(3000)))
    message = messages(scan(settings))["r.xml"]
    assert message.endswith("等3000件")
    assert len(message) < 200


def test_pending_tells_everything_that_is_not_taken_yet(settings: Settings) -> None:
    record(settings.drop / "等.xml", "a.pdf")
    record(settings.drop / "好.xml")
    (settings.drop / "新.zip").write_bytes(b"x")
    (settings.drop / "x.part").write_bytes(b"x")
    later = time.time() + 10
    os.utime(settings.drop / "新.zip", (later, later))
    found = {one.name: one.message for one in pending(settings, wall=lambda: later)}
    assert found["等.xml"] == "等待附件：a.pdf"
    assert found["好.xml"] == "等待收取"
    assert "静置" in found["新.zip"]
    assert "传输未完成" in found["x.part"]
    assert all(one.since for one in pending(settings))


# Claims


def take(desk: Claims, path: Path, *files: str, shared: frozenset[str] = frozenset()) -> str:
    return desk.take(path, path.name, Kind.RECORD, {name: name for name in files}, shared).token


def test_a_claim_moves_record_and_attachments_under_one_token(settings: Settings) -> None:
    path = record(settings.drop / "记录.xml", "a.pdf")
    (settings.drop / "a.pdf").write_bytes(b"x")
    desk = Claims(settings)
    token = take(desk, path, "a.pdf")
    desk.close()
    folder = settings.work / token
    assert sorted(p.name for p in folder.rglob("*") if p.is_file()) == ["a.pdf", "claim.json", "record.xml"]
    assert list(settings.drop.iterdir()) == []
    claim = read_claim(folder)
    assert claim is not None
    assert (claim.name, claim.origin, claim.files) == ("记录.xml", "drop", ("a.pdf",))


def test_only_one_of_two_gets_a_record(settings: Settings) -> None:
    path = record(settings.drop / "r.xml")
    first, second = Claims(settings), Claims(settings)
    take(first, path)
    with pytest.raises(FileNotFoundError):
        take(second, path)
    assert len([one for one in settings.work.iterdir() if one.is_dir()]) == 1
    first.close()
    second.close()


def test_a_record_whose_attachment_vanished_goes_back(settings: Settings) -> None:
    path = record(settings.drop / "r.xml", "a.pdf", "b.pdf")
    (settings.drop / "a.pdf").write_bytes(b"x")
    desk = Claims(settings)
    with pytest.raises(FileNotFoundError):
        take(desk, path, "a.pdf", "b.pdf")
    desk.close()
    assert sorted(one.name for one in settings.drop.iterdir()) == ["a.pdf", "r.xml"]
    assert [one for one in settings.work.iterdir() if one.is_dir()] == []


def test_going_back_never_overwrites_what_came_meanwhile(settings: Settings) -> None:
    path = record(settings.drop / "r.xml")
    desk = Claims(settings)
    claim = desk.take(path, "r.xml", Kind.RECORD, {})
    path.write_bytes(b"newer")
    assert not desk.put_back(claim)
    desk.close()
    assert path.read_bytes() == b"newer"
    assert (settings.work / claim.token / "record.xml").exists()


def test_a_shared_attachment_is_copied_and_stays(settings: Settings) -> None:
    path = record(settings.drop / "r.xml", "a.pdf")
    (settings.drop / "a.pdf").write_bytes(b"x")
    desk = Claims(settings)
    token = take(desk, path, "a.pdf", shared=frozenset({"a.pdf"}))
    desk.close()
    assert (settings.work / token / "attachments/a.pdf").read_bytes() == b"x"
    assert (settings.drop / "a.pdf").exists()


def test_what_a_living_process_holds_is_not_left_behind(settings: Settings) -> None:
    first = Claims(settings)
    token = take(first, record(settings.drop / "r.xml"))
    second = Claims(settings)
    assert second.left_behind() == []
    first.close()
    assert second.left_behind() == [token]
    assert second.is_mine(token)
    third = Claims(settings)
    assert third.left_behind() == []
    second.close()
    third.close()


def test_a_folder_without_any_lock_is_left_behind(settings: Settings) -> None:
    first = Claims(settings)
    token = take(first, record(settings.drop / "r.xml"))
    first.close()
    for lock in settings.work.glob(".*.lock"):
        lock.unlink()
    second = Claims(settings)
    assert second.left_behind() == [token]
    second.close()


def test_locks_of_owners_with_nothing_left_go_away(settings: Settings) -> None:
    first = Claims(settings)
    first.close()
    assert list(settings.work.glob(".*.lock")) == []


def test_a_broken_claim_note_reads_as_none(settings: Settings) -> None:
    desk = Claims(settings)
    folder = settings.work / take(desk, record(settings.drop / "r.xml"))
    (folder / "claim.json").write_bytes(b'{"kind": "rec')
    assert read_claim(folder) is None
    desk.close()
