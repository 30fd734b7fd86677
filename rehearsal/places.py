"""Made-up units of a made-up city: bureaus, counties, townships, institutes."""

from __future__ import annotations

from dataclasses import dataclass

CITY = "岚江市"
PROVINCE = "云岭省"
ORG_DEPARTMENT = f"中共{CITY}委组织部"
COMMITTEE = f"中共{CITY}委员会"
DISCIPLINE = f"中共{CITY}纪律检查委员会"
SUPERIOR = f"中共{PROVINCE}委组织部"

_BUREAUS = [
    "水务",
    "财政",
    "林业和园林",
    "交通运输",
    "农业农村",
    "商务",
    "文化和旅游",
    "统计",
    "民政",
    "医疗保障",
    "教育体育",
    "城市管理",
    "住房和城乡建设",
    "审计",
    "应急管理",
    "科学技术",
    "市场监督管理",
    "退役军人事务",
    "自然资源",
    "人力资源和社会保障",
    "数据管理",
    "乡村振兴",
    "司法",
    "粮食和物资储备",
    "生态环境",
    "经济和信息化",
    "卫生健康",
    "行政审批",
    "机关事务管理",
    "金融发展服务",
]
_COUNTIES = [
    "云溪县",
    "鹿鸣县",
    "霜桥县",
    "雁滩区",
    "澄湖区",
    "枫渡县",
    "柏岩县",
    "鹭洲区",
    "望川县",
    "苔石县",
    "青梧县",
    "月洼区",
]
_TOWN_HEADS = [
    "松江",
    "晓渡",
    "竹垭",
    "石楼",
    "芦汀",
    "白榆",
    "银杏坝",
    "双泉",
    "栗坪",
    "回龙岗",
    "麦浪",
    "杏花湾",
    "半山",
    "云门",
    "清沙",
    "古柏",
    "长滩",
    "望月",
    "碧潭",
    "柳垭",
    "桐岭",
    "荷塘",
]
_INSTITUTES = [
    "农业科学",
    "规划设计",
    "水利勘测",
    "林业科学",
    "文物考古",
    "环境监测",
    "公路养护",
    "工业技术",
    "地质勘查",
    "疾病预防",
]
_TOWN_TAILS = ("镇", "乡", "街道")
_TOWNS = len(_COUNTIES) * len(_TOWN_HEADS) * len(_TOWN_TAILS)
DUAL_LED = ("生态环境", "统计", "审计", "自然资源")
"""Bureaus led jointly with the superior body, whose opinion is sought (双重管理)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit that has posts to fill."""

    index: int
    """Place among all units of this made-up city; staff keys are derived from it."""
    name: str
    kind: str
    """bureau | county | town | institute"""
    dual: bool = False

    @property
    def party_group(self) -> str:
        """What the unit's leading party body is called."""
        if self.kind == "county":
            return f"{short_county(self)[-1]}委"
        return "党组" if self.kind == "bureau" else "党委"

    @property
    def party_body(self) -> str:
        """The unit's leading party body by its full name; a county's committee is the unit itself."""
        return self.name if self.kind == "county" else f"{self.name}{self.party_group}"

    @property
    def standing_posts(self) -> tuple[str, str, str, str, str]:
        """The posts of those who answer for the unit: secretary, discipline, deputy, office, member."""
        if self.kind == "county":
            return "书记", "常委、纪委书记", "副书记", "常委、办公室主任", "常委"
        group = self.party_group
        return f"{group}书记", "纪检监察组组长", f"{group}副书记", "办公室主任", f"{group}成员"

    def within(self, title: str) -> str:
        """Return a full title without the unit, which is named beside it."""
        return title.removeprefix(f"{short_county(self)}委" if self.kind == "county" else self.name)


def bureau(number: int) -> Unit:
    """Return the city bureau with this number, counted round."""
    place = number % len(_BUREAUS)
    field = _BUREAUS[place]
    return Unit(place, f"{CITY}{field}局", "bureau", field in DUAL_LED)


def county(number: int) -> Unit:
    """Return the county or district with this number, counted round."""
    place = number % len(_COUNTIES)
    return Unit(100 + place, f"中共{_COUNTIES[place]}委员会", "county")


def institute(number: int) -> Unit:
    """Return the research institute with this number, counted round."""
    place = number % len(_INSTITUTES)
    return Unit(200 + place, f"{CITY}{_INSTITUTES[place]}研究院", "institute")


def town(number: int) -> Unit:
    """Return the township with this number, counted round; there are several hundred."""
    number %= _TOWNS
    place = number // len(_COUNTIES)
    head = _TOWN_HEADS[place % len(_TOWN_HEADS)]
    tail = _TOWN_TAILS[place // len(_TOWN_HEADS)]
    return Unit(300 + number, f"{_COUNTIES[number % len(_COUNTIES)]}{head}{tail}", "town")


def short_county(unit: Unit) -> str:
    """Return a county's plain name, without its committee."""
    return unit.name.removeprefix("中共").removesuffix("委员会")
