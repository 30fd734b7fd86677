"""Made-up 任免表: as newer and older editors write them."""

from __future__ import annotations

import io

from PIL import Image

from pipeline.clerk.lrmx import AppointmentForm, new_form, picture_text, read_lrmx


def photo(width: int = 240, height: int = 300, kind: str = "JPEG") -> bytes:
    """Return a picture of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (180, 200, 220)).save(stream, kind)
    return stream.getvalue()


VALUES = {
    "XingMing": "马　简循", "XingBie": "女", "ChuShengNianYue": "198108", "MinZu": "羌族", "JiGuan": "云岭岚江",
    "ChuShengDi": "云岭岚江", "RuDangShiJian": "200412；民建", "CanJiaGongZuoShiJian": "200307",
    "JianKangZhuangKuang": "健康", "QuanRiZhiJiaoYu_XueLi": "大学", "QuanRiZhiJiaoYu_XueWei": "管理学学士",
    "XianRenZhiWu": "岚江市林业和园林局规划财务科科长",
    "NiRenZhiWu": "岚江市林业和园林局副局长", "ShenFenZheng": "511000198108162345",
    "JianLi": "2003.07--2007.07  望川县麦浪镇人民政府工作员\n2007.07--2019.08  月洼区委办公室科员\n"
              "（其间：2010.03--2010.06在市委党校学习）\n"
              "2019.08--         岚江市林业和园林局规划财务科科长",
    "NianDuKaoHeJieGuo": "2023年称职；2024、2025年均为优秀", "JiangChengQingKuang": "无", "Version": "3.2.1.16",
}  # fmt: skip
PEOPLE = (
    {"ChengWei": "丈夫", "XingMing": "廖疏微", "ChuShengRiQi": "198108", "ZhengZhiMianMao": "群众",
     "GongZuoDanWeiJiZhiWu": "岚江市第6中学教师"},
    {"ChengWei": "表兄", "XingMing": "邱映川", "ChuShengRiQi": "19790211", "ZhengZhiMianMao": "中共党员",
     "GongZuoDanWeiJiZhiWu": "中共岚江市委员会常委"},
)  # fmt: skip


def form(picture: bytes = b"", **values: str) -> AppointmentForm:
    """Return a made-up form with some elements saying something else."""
    return new_form(VALUES | {"ZhaoPian": picture_text(picture)} | values, PEOPLE)


def newer(data: bytes) -> AppointmentForm:
    """Return a form as a newer editor might write it: with what we know and what nobody has told us of."""
    extra = "<DaoLingNianYue>204108</DaoLingNianYue>\n  <XinYuanSu a='1'>x<Nei/>y</XinYuanSu>\n  <!-- 备注 -->\n  "
    return read_lrmx(data.replace(b"<JianKangZhuangKuang>", extra.encode() + b"<JianKangZhuangKuang>"))


def lrm_row(**fields: str) -> bytes:
    """Return a made-up form of version 2.0."""
    row = [""] * 33
    row[:9] = ["马简循", "女", "198108", "羌族", "云岭岚江", "200412", "健康", "云岭岚江", "200307"]
    row[9], row[10] = "大学#管理学学士@研究生#", "云岭大学#云岭大学@省委党校#"
    row[17] = "2003.07--2007.07  望川县麦浪镇人民政府工作员\r\n2007.07--         月洼区委办公室科员"
    row[20:25] = ["丈夫@女儿", "廖疏微@吴松棣", "198108@201108", "群众@", "岚江市第6中学教师@在校学生"]
    row[25] = fields.get("post", "岚江市林业和园林局规划财务科科长")
    return ('"' + '","'.join(row) + '"\r\n').encode("gb18030")
