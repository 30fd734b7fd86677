"""Made-up names: common and double surnames, one or two given characters, now and then a rare one."""

from __future__ import annotations

import random

_SURNAMES = (
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
_DOUBLE = ("欧阳", "上官", "司徒", "诸葛", "令狐", "端木", "慕容", "公孙")
_FIRST = "景承思若怀清砚疏映知以云屿书霁沐予时星修言秉凌泊青远岚松鹤临望照溪行舒棠野问简叙澄川庭希亦"
_SECOND = "舟岩渔樵砺铭桐朴衡远屹泽筠川林澈野苇岑帆峤序原曜竹阑章禾汀循廷汐麦荻乔蓁越微笙棣榕瑭阶渡埕槿"
_RARE = "㛃䶮𬭎堃喆翀彧玥暻燚珺祎甯頔㻬"
FORCED = ("𬭎", "㛃", "䶮")
"""The first three people of every batch carry one of these, so that glyph coverage is always tried."""


def name_from(source: random.Random) -> str:
    """Return a made-up name of two to four characters."""
    surname = source.choice(_DOUBLE) if source.random() < 0.02 else source.choice(_SURNAMES)
    if source.random() < 0.22:
        return surname + source.choice(_SECOND)
    last = source.choice(_RARE) if source.random() < 0.04 else source.choice(_SECOND)
    return surname + source.choice(_FIRST) + last


def rare_name_from(source: random.Random, rare: str) -> str:
    """Return a made-up name that ends with the given rare character."""
    return source.choice(_SURNAMES) + source.choice(_FIRST) + rare


def distinct_name(source: random.Random, used: set[str], rare: str = "") -> str:
    """Return a made-up name not used so far, and note it as used."""
    while True:
        name = rare_name_from(source, rare) if rare else name_from(source)
        if name not in used:
            used.add(name)
            return name
