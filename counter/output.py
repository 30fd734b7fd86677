"""Data on stdout, talk on stderr; one JSON object instead of text when asked for."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counter.streams import for_a_reader
from jishi.errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jishi.findings import Finding


_log = logging.getLogger("jishi.counter")


@dataclass(frozen=True, slots=True)
class Output:
    """Prints what one command has to say: data on stdout, as text or as one JSON object, and talk on stderr."""

    as_json: bool = False

    def table(
        self, rows: Sequence[Any], columns: Sequence[tuple[str, Callable[[Any], object]]], title: str = ""
    ) -> None:
        """Print rows as a table, none as nothing; or as a JSON list of the rows themselves."""
        if self.as_json:
            self.value([plain(row) for row in rows])
            return
        if not rows:
            return
        from rich.console import Console
        from rich.table import Table

        class Screen(Console):
            def on_broken_pipe(self) -> None:
                # rich would leave with 1, which is our word for faults found.
                raise BrokenPipeError

        table = Table(title=title or None, show_edge=False, pad_edge=False)
        for label, _ in columns:
            table.add_column(label, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(reader(row)) for _, reader in columns))
        with for_a_reader():
            Screen(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)

    def value(self, value: Any, text: str | None = None) -> None:
        """Print one value: JSON when asked for, else the given text."""
        with for_a_reader():
            print(json.dumps(plain(value), ensure_ascii=False, indent=1) if self.as_json or text is None else text)

    def line(self, value: Any) -> None:
        """Print one JSON object on one line, for streams; where it cannot be written, the work goes on without."""
        try:
            print(json.dumps(plain(value), ensure_ascii=False), flush=True)
        except OSError as error:
            _log.warning("输出写不出去（%s），工作继续", reason_of(error))

    def say(self, text: str) -> None:
        """Say something to the person at the terminal, never to the data stream."""
        with suppress(OSError):
            print(text, file=sys.stderr, flush=True)

    def findings(self, findings: Iterable[Finding]) -> None:
        """Say every finding, one a line, errors first."""
        for finding in sorted(findings, key=lambda one: ("error", "warning", "info").index(one.severity.value)):
            self.say(f"{finding.severity.label} {finding}")


@contextmanager
def progress(words: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while at a terminal, nothing elsewhere; the yielded function advances it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(words, total=total)
        yield lambda count: bar.advance(task, count)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if hasattr(value, "as_json"):
        return value.as_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(part) for key, part in asdict(value).items()}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return str(value) if not isinstance(value, Path) else value.as_posix()


def _cell(value: object) -> str:
    # Square brackets would be read as markup.
    return str(value).replace("[", "\\[")
