"""The settings of one archive home: jishi.toml, environment, defaults, and where each value comes from."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from jishi.access import Access, access_for
from jishi.errors import NotFound, Refused, SettingsInvalid
from jishi.setting_rules import (
    FONDS,
    NUMBER_GAP,
    as_typed,
    between,
    checked_value,
    one_named,
    one_of,
    or_empty,
    shown,
    spoken,
    written,
)
from jishi.toml_files import read_toml

SETTINGS_FILE = "jishi.toml"


@dataclass(frozen=True, slots=True)
class UnitSettings:
    """Whose archive this is."""

    name: Annotated[str, spoken()] = "岚江市委组织部"
    """立档单位名称."""
    fonds: Annotated[str, written(FONDS, "应为一位大写字母加三位数字")] = "J012"
    """全宗号: one capital letter and three digits."""
    fonds_name: Annotated[str, spoken()] = "岚江市委组织部"
    """全宗名称."""
    organ: Annotated[str, spoken()] = "中共岚江市委"
    """The deciding committee, printed in titles of volumes and on notices."""
    region: Annotated[str, written(r"[0-9]{6}", "应为六位数字")] = "511000"
    """区划代码, six digits."""
    retention_approval: str = ""
    """文号 by which the 同级档案主管部门 approved what is filed and for how long; empty while there is none."""


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How the drop folder is worked."""

    drop: Annotated[str, spoken()] = "drop"
    """The drop folder, absolute or under the home; outside the home it must exist."""
    settle_seconds: Annotated[float, between(0, 3600)] = 2.0
    """A file is taken only after its size and time stood still this long."""
    rescan_seconds: Annotated[float, between(0.1, 3600)] = 5.0
    """The folder is scanned at least this often, whatever the events say."""
    watcher: Annotated[str, one_of("auto", "native", "polling")] = "auto"
    """auto | native | polling; auto polls on network mounts."""
    wait_days: Annotated[int, between(0, 3650)] = 7
    """A record that waits for another longer than this many days is rejected."""
    max_file_mb: Annotated[int, between(1, 1_000_000)] = 200
    """Largest attachment, in MiB."""
    max_zip_mb: Annotated[int, between(1, 1_000_000)] = 1024
    """Largest unpacked zip, in MiB."""
    check_seconds: Annotated[float, between(0.1, 3600)] = 20.0
    """Time limit for opening one attachment in the child process."""
    free_mb: Annotated[int, between(0, 1_000_000_000)] = 200
    """Nothing is claimed while less than this is free, in MiB."""
    workers: Annotated[int, between(0, 1024)] = 0
    """Worker processes; 0 means one per core."""


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What records and batches are judged by."""

    profile: str = "CN"
    """Locality profile id."""
    local: str = ""
    """Folder with this locality's own profiles and rules; empty for none."""
    calendar: str = ""
    """Local calendar file (TOML: workdays, holidays); empty for none."""


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """How archive numbers are printed in volumes (DA/T 13-2022 by default).

    The register, file names and what commands tell keep the default, whatever a volume's paper shows.
    """

    rank_separator: Annotated[str, as_typed(NUMBER_GAP + "{1,3}", "应为一至三个标点")] = "-"
    part_separator: Annotated[str, as_typed(NUMBER_GAP + "{0,3}", "应为至多三个标点")] = "·"


def stamp_names() -> list[str]:
    """Return the names of the stamps there are: each is a file of templates/volume/stamps."""
    folder = files("templates") / "volume" / "stamps"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


@dataclass(frozen=True, slots=True)
class PressSettings:
    """What documents are printed with."""

    fonts: str = ""
    """Folder with the unit's own fonts (方正小标宋, 仿宋_GB2312 …); empty for none."""
    stamp: Annotated[str, or_empty(one_named(stamp_names))] = ""
    """归档章 (DA/T 22), 档号章 (GB/T 9705) or another of templates/volume/stamps; empty: profile or kind decides."""


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Who may read the home beside its owner."""

    group: str = ""
    """Name of a group of this machine that shares the home; empty for its owner alone."""


@lru_cache(128)
def _below(home: Path, name: str) -> Path:
    """Return a path below a home; asked several times for every record."""
    return home / name


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one home is set to."""

    home: Path
    unit: UnitSettings = UnitSettings()
    intake: IntakeSettings = IntakeSettings()
    rules: RuleSettings = RuleSettings()
    numbers: NumberSettings = NumberSettings()
    press: PressSettings = PressSettings()
    access: AccessSettings = AccessSettings()

    @property
    def modes(self) -> Access:
        """The modes of what the home keeps.

        Raises:
            SettingsInvalid: the group that shares it is not there.
        """
        return access_for(self.access.group)

    def under_home(self, name: str) -> Path:
        """Return a folder setting as a path, relative ones under the home."""
        return _below(self.home, name)

    @property
    def local_rules(self) -> Path | None:
        """The locality's own folder of profiles and rules."""
        return self.under_home(self.rules.local) if self.rules.local else None

    @property
    def local_calendar(self) -> Path | None:
        """The locality's own calendar file."""
        return self.under_home(self.rules.calendar) if self.rules.calendar else None

    @property
    def drop(self) -> Path:
        """投递文件夹: where submissions are dropped."""
        return self.under_home(self.intake.drop)

    @property
    def work(self) -> Path:
        """Where claimed submissions are worked on."""
        return _below(self.home, "work")

    @property
    def waiting(self) -> Path:
        """Where records stand that wait for another record."""
        return _below(self.home, "waiting")

    @property
    def rejected(self) -> Path:
        """退回: submissions that were not accepted, each with its slip."""
        return _below(self.home, "rejected")

    @property
    def duplicate(self) -> Path:
        """重复: submissions with content admitted before."""
        return _below(self.home, "duplicate")

    @property
    def received(self) -> Path:
        """Every zip whose records were taken out."""
        return _below(self.home, "received")

    @property
    def cases(self) -> Path:
        """The case files: one folder for every admitted record, by batch, person and step."""
        return _below(self.home, "cases")

    @property
    def staging(self) -> Path:
        """Volumes being built."""
        return _below(self.home, "staging")

    @property
    def shelf(self) -> Path:
        """The OCFL storage root."""
        return _below(self.home, "shelf")

    @property
    def register_file(self) -> Path:
        """The SQLite file of the register."""
        return _below(self.home, "catalogue.sqlite")

    @property
    def filing_lock(self) -> Path:
        """Held by the one process that files or recovers."""
        return _below(self.home, ".filing.lock")

    def own_files(self) -> tuple[Path, ...]:
        """Return the files a home keeps beside its folders."""
        register = [_below(self.home, self.register_file.name + end) for end in ("", "-wal", "-shm", "-journal")]
        return (_below(self.home, SETTINGS_FILE), self.filing_lock, *register)

    def folders(self) -> tuple[Path, ...]:
        """Return every folder `jishi init` makes."""
        return (self.drop, *self.own_folders())

    def own_folders(self) -> tuple[Path, ...]:
        """Return every folder of the home but the drop, which may lie elsewhere."""
        return (
            self.work, self.waiting, self.rejected, self.duplicate, self.received, self.cases, self.staging, self.shelf
        )  # fmt: skip


_SECTIONS = {"unit", "intake", "rules", "numbers", "press", "access"}


def load(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of a home: environment JISHI_<SECTION>_<KEY> before jishi.toml before defaults.

    Raises:
        NotFound: the folder is no archive home (no jishi.toml).
        Refused: this user may not look into it.
        SettingsInvalid: unknown keys or wrong values, all of them listed.
    """
    path = home / SETTINGS_FILE
    if not is_home(home):
        raise NotFound(f"{home} 不是纪实档案库（没有jishi.toml）；请先运行 jishi init {home}")
    table = read_toml(path)
    faults: list[str] = [f"未知的节 [{name}]{_guess(name, _SECTIONS)}" for name in table if name not in _SECTIONS]
    settings = Settings(home.resolve())
    source = os.environ if environment is None else environment
    for section in sorted(_SECTIONS):
        part = _read_section(getattr(settings, section), section, table.get(section, {}), source, faults)
        settings = replace(settings, **{section: part})
    faults += _lacking(table, source)
    faults += _drop_faults(settings)
    faults += _calendar_faults(settings)
    if faults:
        raise SettingsInvalid(f"{path} 有{len(faults)}处错误：" + "；".join(faults))
    return settings


def is_home(folder: Path) -> bool:
    """Tell whether a folder is an archive home.

    Raises:
        Refused: this user may not look into it.
    """
    try:
        return (folder / SETTINGS_FILE).exists()
    except PermissionError as error:
        raise Refused(f"本用户不能进入 {folder}：没有权限；请用档案库所属的用户或用户组运行") from error


def load_or_default(home: Path) -> Settings:
    """Return a home's settings, or the defaults where no home stands: for what can be told without one."""
    return load(home) if is_home(home) else Settings(home)


def _read_section(part: Any, section: str, table: Any, environment: Mapping[str, str], faults: list[str]) -> Any:
    if not isinstance(table, dict):
        faults.append(f"{section} 应为一节，写作 [{section}]")
        return part
    hints = get_type_hints(type(part), include_extras=True)
    known = {field.name for field in fields(part)}
    faults += [f"[{section}] 未知的项 {key}{_guess(key, known)}" for key in table if key not in known]
    values: dict[str, Any] = {key: value for key, value in table.items() if key in known}
    for key in known:
        name = f"JISHI_{section}_{key}".upper()
        if name in environment:
            values[key] = environment[name]
    checked = {}
    for key, value in values.items():
        try:
            checked[key] = checked_value(value, hints[key])
        except ValueError as error:
            faults.append(f"[{section}] {key} = {shown(value)} {error}")
    return replace(part, **checked)


def _lacking(table: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    """Tell when nobody said whose archive this is: an emptied file must not number volumes under a made-up 全宗号."""
    unit = table.get("unit", {})
    if isinstance(unit, dict) and "fonds" not in unit and "JISHI_UNIT_FONDS" not in environment:
        yield "缺少 [unit] fonds（全宗号）；文件可能被清空或截断，请从备份恢复，或补写本单位的全宗号"


def _calendar_faults(settings: Settings) -> Iterator[str]:
    if settings.local_calendar is not None and not settings.local_calendar.is_file():
        yield f"[rules] calendar = {shown(settings.rules.calendar)} 没有这个文件"


def _drop_faults(settings: Settings) -> Iterator[str]:
    """Tell when the drop folder stands where a file of ours is, or cannot be a folder."""
    try:
        drop = settings.drop.resolve()
        way = (drop, *drop.parents)
        usable = next(path for path in way if path.exists()).is_dir() and not set(way) & set(settings.own_files())
    except (OSError, RuntimeError):  # a circle of links is a RuntimeError
        usable = False
    if not usable:
        yield f"[intake] drop = {shown(settings.intake.drop)} 不能作文件夹"


def _guess(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"，是否指 {close[0]}？" if close else ""
