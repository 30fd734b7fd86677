"""Ways to tamper with a home: every column of every table, every kind of ledger edit, every kind of file.

An insider with the file system in his hands does these; the guards of the database are put aside first and put back
afterwards, so that what notices is never the missing guard.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from archive.register.ledger import line_digest
from archive.register.tables import GUARDS, metadata
from jishi.settings import Settings

_REGISTER = ("catalogue.sqlite",)
_CHOICES = {"state": "void", "outcome": "waiting", "level": "蓝", "manner": "copy"}
"""Columns that take only some words."""


@dataclass(frozen=True, slots=True)
class Tampering:
    """One way, and which parts of the home it touches."""

    name: str
    do: Callable[[Path], None]
    touches: tuple[str, ...] = _REGISTER
    """Paths relative to the home, to be restored afterwards."""


def with_register(home: Path, work: Callable[[sqlite3.Connection], None]) -> None:
    """Edit a home's register with its guards put aside and then put back."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        work(raw)
        for guard in GUARDS:
            raw.execute(guard)
        raw.commit()


# Rows


def row_tamperings(home: Path) -> Iterator[Tampering]:
    """Yield edits of every column of a row of every table, and rows deleted and added."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as raw:
        for table in metadata.sorted_tables:
            names = [column.name for column in table.columns]
            ids = [row[0] for row in raw.execute(f'SELECT rowid FROM "{table.name}" ORDER BY rowid')]
            if table.name == "ledger" or not ids:
                continue
            middle = ids[len(ids) // 2]
            for column in names:
                yield _edit(f"{table.name}.{column} 第{middle}行", partial(alter_row, table.name, column, middle))
            yield _edit(f"{table.name} 删一行", partial(_run, f'DELETE FROM "{table.name}" WHERE rowid = {ids[-1]}'))
            yield _edit(f"{table.name} 添一行", partial(_double, table.name, names, ids[0]))


def random_tamperings(home: Path, count: int, chance: random.Random) -> Iterator[Tampering]:
    """Yield edits of random columns of random rows."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as raw:
        for _ in range(count):
            table = chance.choice([one for one in metadata.sorted_tables if one.name != "ledger"])
            column = chance.choice(list(table.columns)).name
            rowid = chance.choice([row[0] for row in raw.execute(f'SELECT rowid FROM "{table.name}"')])
            yield _edit(f"{table.name}.{column} 第{rowid}行", partial(alter_row, table.name, column, rowid))


def _edit(name: str, work: Callable[[sqlite3.Connection], None]) -> Tampering:
    return Tampering(name, partial(with_register, work=work))


def alter_row(table: str, column: str, rowid: int, raw: sqlite3.Connection) -> None:
    """Give one column of one row another value, of the kind it takes."""
    value = raw.execute(f'SELECT "{column}" FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()[0]
    if column in _CHOICES and not (table == "record" and column == "state"):
        new: Any = _CHOICES[column] if value != _CHOICES[column] else "filed"
    elif isinstance(value, int):
        new = 1 - value if value in (0, 1) and column in ("verified", "binding", "stands", "idle") else value + 1000
    else:
        new = "admitting" if column == "state" else f"{value or ''}改"
    raw.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (new, rowid))


def _double(table: str, names: Sequence[str], rowid: int, raw: sqlite3.Connection) -> None:
    row = raw.execute(f'SELECT * FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()
    changed = [value + 5000 if isinstance(value, int) else f"{value or ''}另" for value in row]
    places = ", ".join("?" * len(names))
    raw.execute(f'INSERT INTO "{table}" VALUES ({places})', changed)


def _run(statement: str, raw: sqlite3.Connection) -> None:
    raw.execute(statement)


# The register as a whole


def register_tamperings() -> Iterator[Tampering]:
    """Yield edits of the search index, of guards and indexes, and of the file itself."""
    yield _edit("查找索引清空", partial(_run, "INSERT INTO search(search) VALUES ('delete-all')"))
    yield _edit("查找索引添词", partial(_run, "INSERT INTO search(rowid, body) VALUES (3, '添 的 词')"))
    yield _edit("触发器添一个", partial(_run, "CREATE TRIGGER let AFTER INSERT ON verdict BEGIN SELECT 1; END"))
    yield _edit("索引删一个", partial(_run, "DROP INDEX ix_mention_name"))
    for guard in GUARDS:
        name = guard.split()[5]
        yield Tampering(f"触发器 {name} 删除", partial(_plain, f"DROP TRIGGER {name}"))
    yield Tampering("目录库 截去一半", partial(_on, "catalogue.sqlite", _truncate))
    yield Tampering("目录库 删除", partial(_on, "catalogue.sqlite", Path.unlink))
    yield Tampering("目录库 清空", partial(_on, "catalogue.sqlite", _empty))


def _plain(statement: str, home: Path) -> None:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as raw:
        raw.execute(statement)
        raw.commit()


# The ledger


_IN_THE_CHAIN = ("第3行的 before 改动", "第3行的 digest 改动")
"""What a chain written anew brings back as it was."""


def ledger_tamperings() -> Iterator[Tampering]:
    """Yield every kind of edit of the ledger, as it is and with the chain written anew behind it."""
    column_edits = {
        f"第3行的 {column} 改动": f"UPDATE ledger SET {column} = {column} || '改' WHERE seq = 3"
        for column in ("at", "actor", "event", "subject", "before", "digest")
    }
    edits = column_edits | {
        "第3行的 detail 改动": "UPDATE ledger SET detail = '{\"x\": 1}' WHERE seq = 3",
        "第3行的 seq 改动": "UPDATE ledger SET seq = seq + 100000 WHERE seq = 3",
        "清空": "DELETE FROM ledger",
        "截去末两行": "DELETE FROM ledger WHERE seq > (SELECT max(seq) - 2 FROM ledger)",
        "截去前五行": "DELETE FROM ledger WHERE seq <= 5",
        "抽去中间一行": "DELETE FROM ledger WHERE seq = 7",
        "去掉清单封记": "UPDATE ledger SET detail = json_remove(detail, '$.inventory') WHERE event = 'numbered'",
        "去掉记录封记": "UPDATE ledger SET detail = json_remove(detail, '$.form') WHERE event = 'admitted'",
        "验收人改名": "UPDATE ledger SET actor = '某人' WHERE event = 'accepted'",
        "上架的行都去掉": "DELETE FROM ledger WHERE event = 'filed'",
        "日期改早": "UPDATE ledger SET at = '2020-01-01T08:00:00+08:00' WHERE event = 'accepted'",
        "添一行": "INSERT INTO ledger(at, actor, event, subject, detail, before, digest) "
                 "SELECT at, actor, event, subject || '9', detail, 'b', 'd' FROM ledger WHERE seq = 4",
        "添一行没有的事": "INSERT INTO ledger(at, actor, event, subject, detail, before, digest) "
                        "SELECT at, actor, 'approved', subject, detail, 'b', 'd' FROM ledger WHERE seq = 4",
    }  # fmt: skip
    for name, statement in edits.items():
        yield _edit(f"台账 {name}", partial(_run, statement))
        if name not in _IN_THE_CHAIN:
            yield _edit(f"台账 {name}，校验码重算", partial(_run_and_rehash, statement))


def _run_and_rehash(statement: str, raw: sqlite3.Connection) -> None:
    raw.execute(statement)
    rehash(raw)


def rehash(raw: sqlite3.Connection) -> None:
    """Write the chain anew over the lines as they are, numbered without gaps."""
    lines = raw.execute("SELECT at, actor, event, subject, detail FROM ledger ORDER BY seq").fetchall()
    raw.execute("DELETE FROM ledger")
    before = "0" * 64
    for line in lines:
        digest = line_digest(before, *line)
        columns = "at, actor, event, subject, detail, before, digest"
        raw.execute(f"INSERT INTO ledger({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (*line, before, digest))  # fmt: skip
        before = digest


# Files


def file_tamperings(settings: Settings) -> Iterator[Tampering]:
    """Yield what can be done to one file of every kind the home keeps."""
    home = settings.home
    for path in _one_of_each_kind(home):
        name = path.relative_to(home).as_posix()
        touches = (_whole(name),)
        for words, do in (("改一字节", _flip), ("截短", _truncate), ("删除", Path.unlink), ("换成链接", _link),
                          ("旁边添一个文件", _add_beside), ("旁边添空文件夹", _add_folder),
                          ("换成另一个文件", _swap)):  # fmt: skip
            yield Tampering(f"{name} {words}", partial(_on, name, do), touches)
    for kind in ("shelf/J*", "cases/*/*/*", "cases/*/001", "cases/*", "waiting/*", "rejected/*", "duplicate/*/*"):
        folder = next(path for path in sorted(home.glob(kind)) if path.is_dir())
        name = folder.relative_to(home).as_posix()
        yield Tampering(f"{name}/ 移走", partial(_on, name, shutil.rmtree), (_whole(name),))
        yield Tampering(f"{name}/ 换成链接", partial(_on, name, _link), (_whole(name),))
    yield Tampering("shelf/ 移走", partial(_on, "shelf", shutil.rmtree), ("shelf",))
    yield Tampering("jishi.toml 改全宗号", partial(_on, "jishi.toml", _other_fonds), ("jishi.toml",))
    yield Tampering("jishi.toml 删除", partial(_on, "jishi.toml", Path.unlink), ("jishi.toml",))


_KINDS = (
    "shelf/0=*", "shelf/ocfl_layout.json", "shelf/*/0=*", "shelf/*/inventory.json", "shelf/*/inventory.json.sha512",
    "shelf/*/v1/inventory.json", "shelf/*/v1/inventory.json.sha512", "shelf/*/v1/content/volume.pdf",
    "shelf/*/v1/content/metadata.xml", "shelf/*/v1/content/items/*/record.xml", "shelf/*/v1/content/items/*/form.docx",
    "shelf/*/v1/content/items/*/attachments/*", "cases/*/*/*/record.xml", "cases/*/*/*/form.docx",
    "cases/*/*/*/claim.json", "cases/*/*/*/attachments/*", "cases/ledger.head", "waiting/*/record.xml",
    "waiting/*/form.docx", "waiting/*/claim.json", "waiting/*/attachments/*", "rejected/*/slip.html",
    "rejected/*/slip.json", "rejected/*/claim.json", "rejected/*/*/*.xml", "duplicate/*/*/record.xml",
    "duplicate/*/*/note.txt", "duplicate/*/*/attachments/*", "received/*/*.zip",
)  # fmt: skip


def _one_of_each_kind(home: Path) -> Iterator[Path]:
    for kind in _KINDS:
        if found := sorted(home.glob(kind)):
            yield found[0]


def kinds_missing(home: Path) -> list[str]:
    """Return the kinds of files that a home has none of, so that nothing is passed over without a word."""
    return [kind for kind in _KINDS if not any(home.glob(kind))]


def _whole(name: str) -> str:
    """Return the folder to restore after a file was touched."""
    return name.split("/")[0]


def _on(name: str, do: Callable[[Path], Any], home: Path) -> None:
    do(home / name)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = len(data) // 2
    data[place] ^= 1
    path.write_bytes(bytes(data))


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _link(path: Path) -> None:
    """Put a link in the place of a file or folder; what it points to is the same."""
    elsewhere = _outside(path)
    shutil.move(path, elsewhere)
    path.symlink_to(elsewhere)


def _outside(path: Path) -> Path:
    home = next(parent for parent in path.parents if (parent / "jishi.toml").exists())
    outside = home.parent / f"{home.name}-outside"
    outside.mkdir(exist_ok=True)
    return outside / hashlib.sha256(str(path).encode()).hexdigest()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _add_beside(path: Path) -> None:
    (path.parent / "另件.pdf").write_bytes(b"%PDF")


def _add_folder(path: Path) -> None:
    (path.parent / "空").mkdir()


def _swap(path: Path) -> None:
    """Put something of the same kind and as good in itself in a file's place."""
    others = [one for one in path.parent.parent.parent.rglob(path.name) if one.read_bytes() != path.read_bytes()]
    data = others[0].read_bytes() if others else path.read_bytes() + b"\n"
    path.write_bytes(data)


def _other_fonds(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('"J012"', '"Q777"'), "utf-8")
