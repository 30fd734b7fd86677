"""The standing people of the made-up city: committee, organisation department, units, counterparts."""

from __future__ import annotations

import random
from functools import cached_property

from rehearsal.actors import Actor
from rehearsal.names import name_from
from rehearsal.places import CITY, COMMITTEE, DISCIPLINE, ORG_DEPARTMENT, SUPERIOR, Unit

_COMMITTEE_POSTS = (
    "市委书记",
    "市委副书记、市长",
    "市委副书记",
    "市委常委、市纪委书记、市监委主任",
    "市委常委、组织部部长",
    "市委常委、常务副市长",
    "市委常委、宣传部部长",
    "市委常委、统战部部长",
    "市委常委、政法委书记",
    "市委常委、秘书长",
    "市委常委、岚江军分区政委",
)
_DEPARTMENT_POSTS = {
    "deputy": "常务副部长",
    "second": "副部长",
    "third": "副部长、市委编办主任",
    "council": "部务委员",
    "cadre": "干部一科科长",
    "supervision": "干部监督科科长",
    "office": "办公室主任",
    "handler": "干部一科三级主任科员",
    "handler_b": "干部一科四级主任科员",
    "reviewer": "干部监督科副科长",
    "auditor": "干部档案室主任",
    "auditor_b": "干部档案室二级主任科员",
    "tallier": "干部二科科长",
    "teller": "干部二科副科长",
    "teller_b": "人才科副科长",
    "scrutineer": "干部监督科二级主任科员",
    "scrutineer_b": "机关党委专职副书记",
    "seal": "办公室机要秘书",
    "filer": "干部一科一级科员",
    "acceptor": "干部档案室副主任",
}
DEPARTMENTS = {
    "公安": "岚江市公安局",
    "法院": "岚江市中级人民法院",
    "检察": "岚江市人民检察院",
    "信访": "岚江市信访局",
    "审计": "岚江市审计局",
    "税务": "岚江市税务局",
    "卫生健康": "岚江市卫生健康委员会",
    "综治": "中共岚江市委政法委员会",
    "生态": "岚江市生态环境局",
}
"""Departments asked for an opinion on everybody inspected, in the words of the record type."""


class Staff:
    """Everybody who is no candidate; the same seed gives the same people in every batch."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def actor(self, key: str, org: str, post: str) -> Actor:
        """Return the person with this key; the name depends on seed and key only."""
        return Actor(key, name_from(random.Random(f"{self._seed}/{key}")), org, post)

    @cached_property
    def committee(self) -> tuple[Actor, ...]:
        """The eleven members of the standing committee, the secretary first."""
        return tuple(
            self.actor(f"K-{place:04d}", COMMITTEE, post) for place, post in enumerate(_COMMITTEE_POSTS, start=1)
        )

    @property
    def secretary(self) -> Actor:
        """党委主要领导."""
        return self.committee[0]

    @property
    def org_head(self) -> Actor:
        """组织部长."""
        return self.committee[4]

    @property
    def relative(self) -> Actor:
        """The member who is kin of one candidate; sits in no meeting but the committee's."""
        return self.committee[7]

    @cached_property
    def _department(self) -> dict[str, Actor]:
        return {
            role: self.actor(f"K-{place:04d}", ORG_DEPARTMENT, post)
            for place, (role, post) in enumerate(_DEPARTMENT_POSTS.items(), start=21)
        }

    def of(self, role: str) -> Actor:
        """Return the member of the organisation department who does this work (deputy, cadre, handler …)."""
        return self._department[role]

    @cached_property
    def council(self) -> tuple[Actor, ...]:
        """The seven who make up the department's 部务会, the head first."""
        roles = ("deputy", "second", "third", "council", "cadre", "supervision")
        return (self.org_head, *(self.of(role) for role in roles))

    @cached_property
    def leaders(self) -> tuple[Actor, ...]:
        """Leaders in charge: two for the party's side, then four of the government's."""
        fields = ("农业农村", "城建交通", "科教文卫")
        deputies = (
            self.actor(f"K-{place:04d}", f"{CITY}人民政府", f"副市长（分管{field}）")
            for place, field in enumerate(fields, start=12)
        )
        return (self.committee[2], self.committee[8], self.committee[5], *deputies)

    def leaders_of(self, unit: Unit) -> tuple[Actor, Actor]:
        """Return the two leaders in charge of a unit: the party's and the government's."""
        return self.leaders[unit.index % 2], self.leaders[2 + unit.index % 4]

    @cached_property
    def discipline_head(self) -> Actor:
        """纪检监察机关负责人."""
        return self.actor("K-0016", DISCIPLINE, "市纪委副书记")

    @cached_property
    def observer(self) -> Actor:
        """The superior body's observer at the committee's meeting."""
        return self.actor("K-0017", SUPERIOR, "干部三处副处长")

    @cached_property
    def superior_desk(self) -> Actor:
        """Who takes in what is filed with the superior body."""
        return self.actor("K-0018", SUPERIOR, "干部监督处四级调研员")

    @cached_property
    def united_front(self) -> Actor:
        """Who answers for the united front department."""
        return self.actor("K-0019", "中共岚江市委统一战线工作部", "常务副部长")

    @cached_property
    def department_heads(self) -> dict[str, Actor]:
        """Department asked → the head who signs its answer."""
        return {
            dept: self.actor(f"K-{place:04d}", org, "主要负责人")
            for place, (dept, org) in enumerate(DEPARTMENTS.items(), start=51)
        }

    def unit(self, unit: Unit, slot: int) -> Actor:
        """Return a standing member of a unit: 0 secretary, 1 discipline, 2 deputy, 3 office head, 4 deputy."""
        return self.actor(f"K-3{unit.index:04d}{slot}", unit.name, unit.standing_posts[slot])

    def inspector(self, team: int, slot: int) -> Actor:
        """Return a member of an inspection team: 0 leads it, the others belong to it."""
        post = (
            "二级调研员（考察组组长）",
            "干部二科副科长（专职考察员）",
            "人才科一级主任科员",
            "干部一科二级主任科员",
        )[slot]
        return self.actor(f"K-2{team:04d}{slot}", ORG_DEPARTMENT, post)
