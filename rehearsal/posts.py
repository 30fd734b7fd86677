"""Posts to fill: taken from the made-up units kind by kind, shared by several people when the batch is large."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from rehearsal.places import Unit, bureau, county, institute, short_county, town

_COUNTY_POSTS = ("委常委、统战部部长", "委常委、宣传部部长", "委常委、政法委书记", "委常委、办公室主任")
_HEADS = 40
"""Heads among the posts of a batch; beyond them only deputies are appointed."""


@dataclass(slots=True)
class Post:
    """One post, with as many seats as people of the batch are meant for it."""

    index: int
    unit: Unit
    title: str
    level: str
    kind: str
    """职位类别 in the words of S1-01."""
    change: str
    """Code of the kind of change that fills it."""
    head: bool = False
    seats: int = 0

    @property
    def nominated(self) -> bool:
        """Whether it is filled by way of a democratic nomination."""
        return self.change in "PFC"

    @property
    def plenary(self) -> bool:
        """Whether the full committee votes on it."""
        return self.head


class Vacancies:
    """Deals out posts, one after the other, to the people of a batch."""

    def __init__(self, people: int) -> None:
        self.posts: list[Post] = []
        self._cap = 1 if people < 24 else max(2, -(-people // 200))
        self._open: dict[str, Post] = {}
        self._numbers = {change: count() for change in ("P", "F", "T", "C", "head")}
        self._heads = 0

    def take(self, change: str, head: bool = False) -> Post:
        """Return a post with a free seat for a person of this kind of change, and take the seat."""
        head = head and self._heads < _HEADS
        post = None if head else self._open.get(change)
        if post is None or post.seats >= self._cap:
            post = self._next_head() if head else self._next(change)
            self.posts.append(post)
        if not head:
            self._open[change] = post
        post.seats += 1
        return post

    def _next_head(self) -> Post:
        self._heads += 1
        number = next(self._numbers["head"])
        if number % 4 == 0:
            unit = county(number // 4)
            title = f"{short_county(unit)}委书记"
            return self._post(unit, title, "县处级正职", "县处级以上班子正职", "P", head=True)
        unit = bureau(number - number // 4 - 1)
        return self._post(unit, f"{unit.name}党组书记、局长", "县处级正职", "政府组成局正职", "P", head=True)

    def _next(self, change: str) -> Post:
        number = next(self._numbers[change])
        if change == "P":
            return self._bureau_post(2 * number, "P") if number < 15 else self._town_post(3 * number, "党委委员", "P")
        if change == "T":
            return (
                self._bureau_post(2 * number + 1, "T")
                if number < 15
                else self._town_post(3 * number + 2, "党委委员、武装部部长", "T")
            )
        if change == "F":
            return self._county_post(number) if number < 48 else self._town_post(3 * number + 1, "党委副书记", "F")
        return self._institute_post(number)

    def _bureau_post(self, number: int, change: str) -> Post:
        unit = bureau(number)
        return self._post(unit, f"{unit.name}副局长", "县处级副职", "部门班子副职", change)

    def _county_post(self, number: int) -> Post:
        unit = county(number)
        title = short_county(unit) + _COUNTY_POSTS[number // 12]
        return self._post(unit, title, "县处级副职", "县处级以上班子副职", "F")

    def _town_post(self, number: int, title: str, change: str) -> Post:
        unit = town(number)
        return self._post(unit, unit.name + title, "乡科级副职", "乡镇班子副职", change)

    def _institute_post(self, number: int) -> Post:
        unit = institute(number)
        title = ("副院长", "党委副书记")[number // 10 % 2]
        return self._post(unit, unit.name + title, "县处级副职", "其他", "C")

    def _post(self, unit: Unit, title: str, level: str, kind: str, change: str, head: bool = False) -> Post:
        return Post(len(self.posts), unit, title, level, kind, change, head)
