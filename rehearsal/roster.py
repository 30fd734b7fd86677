"""The people of a batch: who they are, what they do now, what is meant for them."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from rehearsal.actors import Actor
from rehearsal.names import FORCED, distinct_name, name_from
from rehearsal.places import CITY, Unit, bureau, county, institute, short_county, town
from rehearsal.posts import Post, Vacancies

CHANGES = {"P": "提拔", "F": "进一步使用", "T": "平级转任交流", "C": "竞争性选拔", "X": "免职或到龄退出"}
_OPENING = "PFTXPPFPTPPC"
_CYCLE = "PPFTPXPFPTPFPPTPXPFC"
_HEAD_PLACES = (4, 10)
"""Places in the roster, and then every ninth, where a promotion is to a leading post."""
KIN, NON_PARTY, ACCUSED, CORRECTED = 5, 2, 4, 1
"""Places in the roster of the one with kin on the committee, the non-party one, the one complained of,
and the one with a corrected record."""

_TOWN_CHIEFS = {"镇": "党委副书记、镇长", "乡": "党委副书记、乡长", "道": "党工委副书记、办事处主任"}


@dataclass(frozen=True, slots=True)
class Stay:
    """One line of a career."""

    start: dt.date
    end: dt.date | None
    text: str


@dataclass(frozen=True, slots=True)
class Relative:
    """One member of a family."""

    relation: str
    name: str
    birth: dt.date
    party: str
    work: str


@dataclass(frozen=True, slots=True)
class Nominee:
    """One person of the batch."""

    index: int
    actor: Actor
    change: str
    """Code of the kind of change: P F T C X."""
    post: Post | None
    """The post meant for the person; none where somebody only leaves."""
    unit: Unit
    """The unit the person serves in now."""
    title: str
    """The present post in full, with its unit."""
    level: str
    leads: bool
    """Whether the person is the responsible head of the unit's work now, and so audited."""
    sex: str
    nation: str
    home: str
    birth: dt.date
    work_start: dt.date
    party_join: dt.date | None
    education: str
    since: dt.date
    level_since: dt.date
    career: tuple[Stay, ...]
    family: tuple[Relative, ...]
    inspected: bool
    """Whether an inspection (考察) is held, or recent results stand in for it."""

    @property
    def name(self) -> str:
        """The person's name."""
        return self.actor.name

    @property
    def nominated(self) -> bool:
        """Whether a democratic nomination precedes."""
        return self.change in "PFC"

    @property
    def published(self) -> bool:
        """Whether a notice to the public precedes the appointment."""
        return self.change in "PC"

    @property
    def probation(self) -> bool:
        """Whether the appointment is on probation."""
        return self.change == "P"

    @property
    def plenary(self) -> bool:
        """Whether the full committee votes on the person."""
        return self.post is not None and self.post.plenary

    @property
    def kin(self) -> bool:
        """Whether a member of the committee is kin."""
        return self.index == KIN and self.change == "P"

    @property
    def accused(self) -> bool:
        """Whether complaints came in, all of them unfounded."""
        return self.index == ACCUSED or self.index % 40 == 33

    @property
    def asked_departments(self) -> bool:
        """Whether the departments are asked: everybody inspected, and leaving heads for their audit."""
        return self.inspected or (self.change == "X" and self.leads)

    @property
    def target(self) -> str:
        """What is meant for the person, as agendas name it."""
        return self.post.title if self.post else f"免去{self.title}职务"


def change_of(index: int) -> str:
    """Return the kind of change of the person at this place in the roster."""
    return _OPENING[index] if index < len(_OPENING) else _CYCLE[(index - len(_OPENING)) % len(_CYCLE)]


def roster(people: int, seed: int, batch: str) -> tuple[list[Nominee], list[Post]]:
    """Return the people of a batch and the posts meant for them."""
    vacancies = Vacancies(people)
    used: set[str] = set()
    moves = 0
    found = []
    for index in range(people):
        change = change_of(index)
        head = change == "P" and (index in _HEAD_PLACES or (index > 12 and index % 9 == 4))
        post = None if change == "X" else vacancies.take(change, head)
        moves += change == "T"
        found.append(_candidate(index, change, post, seed, batch, used, _inspected(change, moves)))
    return found, vacancies.posts


def _inspected(change: str, moves: int) -> bool:
    """Tell who is inspected: not those who only leave, and every other one of those who move sideways."""
    return change != "X" and (change != "T" or moves % 2 == 1)


def _candidate(
    index: int, change: str, post: Post | None, seed: int, batch: str, used: set[str], inspected: bool
) -> Nominee:
    source = random.Random(f"{seed}/{batch}/{index}")
    year = int(batch.split("-")[1])
    unit, title, level, leads = _present(index, change, post)
    sex = source.choice("男男男女") if change != "X" else "男"
    birth = _birth(source, change, year)
    work_start = dt.date(birth.year + 22, 7, 1)
    since = dt.date(year - source.randint(6, 8), source.randint(1, 12), 1)
    level_since = since if source.random() < 0.5 else dt.date(since.year - source.randint(2, 3), since.month, 1)
    member = index != NON_PARTY
    name = distinct_name(source, used, FORCED[index] if index < len(FORCED) else "")
    key = f"K-{batch[9:11]}{batch[-3:]}{index + 1:04d}"
    return Nominee(
        index=index,
        actor=Actor(key, name, unit.name, unit.within(title), f"{batch}-{index + 1:03d}"),
        change=change,
        post=post,
        unit=unit,
        title=title,
        level=level,
        leads=leads,
        sex=sex,
        nation="汉族" if source.random() < 0.93 else source.choice(("彝族", "藏族", "羌族", "土家族")),
        home=f"云岭{CITY.removesuffix('市')}",
        birth=birth,
        work_start=work_start,
        party_join=dt.date(birth.year + 23, source.choice((6, 7, 12)), 1) if member else None,
        education=source.choice(("大学，管理学学士", "大学，工学学士", "在职研究生，公共管理硕士", "研究生，农学硕士")),
        since=since,
        level_since=level_since,
        career=_career(source, work_start, level_since, since, unit, title),
        family=_family(source, name, sex, birth),
        inspected=inspected,
    )


def _present(index: int, change: str, post: Post | None) -> tuple[Unit, str, str, bool]:
    if post is None:
        if index % 2:
            unit = institute(index // 2)
            return unit, f"{unit.name}院长", "县处级正职", True
        unit = bureau(index)
        return unit, f"{unit.name}副局长", "县处级副职", False
    if post.kind == "乡镇班子副职":
        unit = town(3 * index + 5)
        title = {"P": "农业综合服务中心主任", "F": "党委委员", "T": "党委委员、组织委员"}[change]
        return unit, unit.name + title, "股级" if change == "P" else "乡科级副职", False
    if change == "P" and not post.head and index % 3 == 0:
        unit = town(index)
        return unit, unit.name + _TOWN_CHIEFS[unit.name[-1]], "乡科级正职", True
    if change == "P" and not post.head:
        return post.unit, f"{post.unit.name}规划财务科科长", "乡科级正职", False
    if change == "P" and post.unit.kind == "county":
        return post.unit, f"{short_county(post.unit)}委副书记", "县处级副职", False
    unit = institute(index) if change == "C" else bureau(index + 7)
    if unit == post.unit:
        unit = institute(index + 1) if change == "C" else bureau(index + 8)
    return unit, f"{unit.name}{'总工程师' if change == 'C' else '副局长'}", "县处级副职", False


def _birth(source: random.Random, change: str, year: int) -> dt.date:
    if change == "X":
        return dt.date(year - 60, source.randint(1, 2), source.randint(1, 28))
    return dt.date(year - source.randint(42, 51), source.randint(1, 12), source.randint(1, 28))


def _career(
    source: random.Random, work_start: dt.date, level_since: dt.date, since: dt.date, unit: Unit, title: str
) -> tuple[Stay, ...]:
    first, second = town(source.randrange(200)), county(source.randrange(12))
    place = short_county(second)
    steps = [
        (work_start, f"{first.name}人民政府工作员"),
        (work_start.replace(year=work_start.year + 4), f"{place}委办公室科员、副科长"),
        (work_start.replace(year=work_start.year + 8), f"{place}发展服务中心副主任、主任"),
        (level_since, f"{CITY}重点项目推进办公室专职副主任（同级）"),
    ]
    steps = [step for step in steps if step[0] < since] + [(since, title)]
    ends = [start for start, _ in steps[1:]] + [None]
    return tuple(Stay(start, end, text) for (start, text), end in zip(steps, ends, strict=True))


def _family(source: random.Random, name: str, sex: str, birth: dt.date) -> tuple[Relative, ...]:
    spouse = "妻子" if sex == "男" else "丈夫"
    child = source.choice(("儿子", "女儿"))
    child_name = (name[0] + name_from(source)[1:]) if sex == "男" else name_from(source)
    mate_born = birth.replace(year=birth.year + source.randint(-2, 2), day=1)
    return (
        Relative(
            spouse,
            name_from(source),
            mate_born,
            source.choice(("群众", "中共党员")),
            f"{CITY}第{source.randint(2, 9)}中学教师",
        ),
        Relative(
            child, child_name, birth.replace(year=birth.year + source.randint(26, 30), day=1), "共青团员", "在校学生"
        ),
        Relative("父亲", name[0] + name_from(source)[1:], birth.replace(year=birth.year - 26, day=1), "群众", "退休"),
    )
