"""A home whose case files grow by real records, edited where a test wants something amiss, and its alerts."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from lxml import etree

from archive.home import make_home
from archive.register.admission import Outcome, PutAway, Verdict
from archive.register.alert import Alert, Change
from archive.register.alert_book import Basis
from archive.register.case_folders import folder_of
from archive.register.cases import CaseFiles, admission_of
from archive.register.register import Register
from jishi.findings import Finding
from jishi.records import record_of
from jishi.settings import Settings
from pipeline.acceptance.dossier import DossierEntry, assemble
from pipeline.acceptance.judge import judge_batch
from pipeline.alerts.batch_alerts import BatchAlerts
from pipeline.alerts.case import AlertCase
from pipeline.alerts.causes import Reckoning, reckon
from pipeline.alerts.clocks import load_clocks
from tests.rule_cases import CALENDAR, NS, Records, edit, profile_of

BATCH = "511000-2026-P003"
QUIET = dt.date(2026, 5, 11)
"""A day on which nothing is due in the rehearsal batch."""
_tokens = count()


class AlertHome:
    """A home, what is admitted into it, and its alerts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.register = Register(settings.register_file)
        self.alerts = BatchAlerts(settings, self.register)
        self._files = CaseFiles(settings, self.register)

    def admit(self, *roots: etree._Element) -> None:
        """Admit records as they are; their papers are of no concern here."""
        asked = []
        for root in roots:
            data = etree.tostring(root, encoding="utf-8")
            token = f"a{next(_tokens):06d}"
            folder = self.settings.work / token
            folder.mkdir(parents=True)
            (folder / "record.xml").write_bytes(data)
            asked.append(admission_of(record_of(etree.fromstring(data), data), token, f"{token}.xml", "0" * 64))
        verdicts = self._files.admit(asked)
        assert {one.outcome for one in verdicts} == {Outcome.ADMITTED}, verdicts

    def correct(self, number: str, *edits: str) -> str:
        """Admit a correction of a record and return its number."""
        root = copy.deepcopy(self.record(number))
        head, _, place = number.rpartition("/")
        new = f"{head}/{int(place) + 1:03d}"
        root.set("recordId", new)
        root.set("occurrence", str(int(place) + 1))
        for name in ("correctionOf", "correctionReason"):
            for node in root.findall(f"r:{name}", NS):
                root.remove(node)
        edit(
            root,
            "knowers < <correctionReason>更正</correctionReason>",
            f"knowers < <correctionOf>{number}</correctionOf>",
            *edits,
        )
        self.admit(root)
        return new

    def record(self, number: str) -> etree._Element:
        """Return an admitted record, parsed."""
        return etree.parse(folder_of(self.settings, number) / "record.xml").getroot()

    def refuse(self, number: str, *findings: Finding) -> None:
        """Note that a submission was refused, as the intake does."""
        done = Verdict("t", "投递.xml", Outcome.REJECTED, number, "退回", findings)
        self._files.note([PutAway(done, hashlib.sha256().hexdigest(), f"rejected/{next(_tokens)}")])

    def refresh(self, today: dt.date = QUIET, batch: str = BATCH) -> dict[str, list[str]]:
        """Work the alerts out and return event → rules."""
        return told(self.alerts.refresh(batch, today))

    def line(self, rule: str) -> Alert:
        """Return the last line of a rule."""
        return [line for line in self.alerts.book.lines(closed=True) if line.rule == rule][-1]

    def lines(self, rule: str) -> list[Alert]:
        """Return all lines of a rule."""
        return [line for line in self.alerts.book.lines(closed=True) if line.rule == rule]

    def open(self) -> dict[str, str]:
        """Return rule → level of the open lines."""
        return {line.rule: line.level.value for line in self.alerts.book.lines()}


def reckoned(batch: Records, today: dt.date, profile: str = "CN") -> Reckoning:
    """Return what a batch calls for on a day, without a home."""
    number = next(iter(batch))[:16]
    judged_by = profile_of(profile)
    dossier = assemble(
        [DossierEntry(root, name) for name, root in batch.items()], batch=number, profile=judged_by, today=today
    )
    clocks = load_clocks(judged_by, CALENDAR)
    case = AlertCase(
        Basis(number, 0, 0, 0), judged_by, judge_batch(dossier, judged_by, CALENDAR), dossier,
        tuple(clocks.running(dossier)), clocks.holds, dict.fromkeys(batch, "2026-01-01T00:00:00+08:00"), {}, (), None,
    )  # fmt: skip
    return reckon(case, today, judged_by.version)


def told(changes: Iterable[Change]) -> dict[str, list[str]]:
    """Return event → the rules it happened to."""
    found: dict[str, list[str]] = {}
    for change in changes:
        found.setdefault(change.event, []).append(change.alert.rule)
    return found


def home_of(path: Path, roots: Iterable[etree._Element]) -> AlertHome:
    """Make a home and admit some records into it."""
    found = AlertHome(make_home(path))
    found.admit(*roots)
    return found
