"""A file that is not XML is told in Chinese what is wrong and where."""

import re

import pytest

from jishi.errors import RecordRejected
from jishi.findings import Finding
from jishi.safe_xml import parse

PLAIN = "此处的写法不合XML的规定"
ENGLISH = re.compile(r"[A-Za-z]{4,}")

FAULTS = {
    "mismatched tags": (b"<a>\n<b><when>x</b>\n</a>", 2, "第2行的开始标签<when>应以</when>结束，这里却是</b>"),
    "cut off in text": (b"<a>\n<b>\n<c>x</c>\n", 4, "第2行的开始标签<b>没有结束标签</b>"),
    "cut off in a tag": (b"<a>\n<b>\n<c", 3, "第3行的标签<c没有用“>”结束"),
    "not XML at all": ("会议记录".encode(), 1, "可能是其他格式的文件改了扩展名"),
    "control character": (b"<a>\n<b>\x08</b></a>", 2, "有XML不允许的字符"),
    "entity of HTML": (b"<a>\n<b>&nbsp;</b></a>", 2, "用了没有定义的实体“&nbsp;”"),
    "attribute without quotes": (b"<a>\n<b x=1/></a>", 2, "属性值没有用英文引号括起"),
    "Chinese quotes": ("<a>\n<b x=“1”/></a>".encode(), 2, "属性值没有用英文引号括起"),
    "quote not closed": (b'<a>\n<b x="1></b></a>', 2, "属性值少了后引号"),
    "attribute without value": (b"<a>\n<b x/></a>", 2, "属性“x”没有值"),
    "attribute twice": (b'<a>\n<b x="1" x="2"/></a>', 2, "属性“x”写了两次"),
    "lone ampersand": (b"<a>\n<b>x & y</b></a>", 2, "“&”出现在文字中"),
    "ampersand before a word": (b"<a>\n<b>x &y</b></a>", 2, "“&”后面不是完整的转义写法"),
    "lone less-than": (b"<a>\n<b>x < 3</b></a>", 2, "“<”出现在文字中"),
    "text after the root": (b"<a/>\ntext", 2, "根元素结束之后还有内容"),
    "declaration not first": (b'\n<?xml version="1.0"?><a/>', 2, "XML声明不在文件开头"),
    "comment not closed": (b"<a>\n<!-- a </a>", 2, "注释没有结束"),
    "no space between attributes": (b'<a>\n<b x="1"y="2"/></a>', 2, "标签里两项之间缺空格"),
    "prefix unknown": (b"<a>\n<x:b/></a>", 2, "前缀“x:”没有声明命名空间"),
    "anything else": (b"<?xml version=1.0?>\n<a/>", 1, PLAIN),
}  # fmt: skip


def refused(data: bytes) -> Finding:
    with pytest.raises(RecordRejected) as caught:
        parse(data, "记录.xml")
    (found,) = caught.value.findings
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_syntax_fault_is_told_in_chinese_with_its_place(name: str) -> None:
    data, line, words = FAULTS[name]
    found = refused(data)
    assert found.code == "X-SYNTAX"
    assert words in found.message
    assert found.line == line
    assert re.fullmatch(r"第\d+列", found.place)
    assert found.remedy


@pytest.mark.parametrize("name", FAULTS)
def test_a_syntax_fault_quotes_no_words_of_the_parser(name: str) -> None:
    message = refused(FAULTS[name][0]).message.replace("nbsp", "").replace("when", "")
    assert not ENGLISH.search(message)


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="UTF-8"?>\n<a>中</a>'.encode("gbk"),
        b'<?xml version="1.0" encoding="XX-99"?>\n<a/>',
    ],
)
def test_a_wrong_encoding_is_told_in_chinese(data: bytes) -> None:
    found = refused(data)
    assert found.code == "X-ENCODING"
    assert not ENGLISH.search(found.message)


def test_a_second_file_is_not_told_the_faults_of_the_first() -> None:
    refused(FAULTS["mismatched tags"][0])
    assert "属性“x”没有值" in refused(FAULTS["attribute without value"][0]).message
