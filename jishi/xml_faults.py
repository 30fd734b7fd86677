"""What is wrong with a file that is not well-formed XML, told in Chinese from the parser's error codes."""

from __future__ import annotations

import re

from lxml import etree

from jishi.findings import Finding

_CODES = etree.ErrorTypes
_I18N = range(6000, 6010)
"""libxml2's codes for bytes that do not fit the encoding named."""
_ENCODING = {
    _CODES.ERR_UNKNOWN_ENCODING,
    _CODES.ERR_UNSUPPORTED_ENCODING,
    _CODES.ERR_INVALID_ENCODING,
    _CODES.ERR_ENCODING_NAME,
    *_I18N,
}
_PAIRS = "请检查标签是否成对、次序是否相套"
_ESCAPE = "文字中的&应写作&amp;，<应写作&lt;"
_QUOTES = '属性值须用英文引号括起，如 role="chair"'
_EXPORT = "请以XML重新导出；空白记录可用 jishi blank 取得"

_TOLD = {
    _CODES.ERR_DOCUMENT_EMPTY: ("开头不是标签，可能是其他格式的文件改了扩展名", _EXPORT),
    _CODES.ERR_DOCUMENT_END: ("根元素结束之后还有内容", "一个文件只写一件记录，请删去多余的内容"),
    _CODES.ERR_INVALID_CHAR: ("有XML不允许的字符", "请删去该处的控制字符"),
    _CODES.ERR_ENTITYREF_SEMICOL_MISSING: ("“&”后面不是完整的转义写法", _ESCAPE),
    _CODES.ERR_LT_IN_ATTRIBUTE: ("属性值中有“<”，或属性值少了后引号", _QUOTES),
    _CODES.ERR_ATTRIBUTE_NOT_STARTED: ("属性值没有用英文引号括起", _QUOTES),
    _CODES.ERR_ATTRIBUTE_NOT_FINISHED: ("属性值少了后引号", _QUOTES),
    _CODES.ERR_COMMENT_NOT_FINISHED: ("注释没有结束", "注释须以-->结束"),
    _CODES.ERR_HYPHEN_IN_COMMENT: ("注释中有两个相连的短横", "请删去注释中的两个短横"),
    _CODES.ERR_CDATA_NOT_FINISHED: ("CDATA段没有结束", "CDATA段须以]]>结束"),
    _CODES.ERR_MISPLACED_CDATA_END: ("文字中有“]]>”", "文字中的>请写作&gt;"),
    _CODES.ERR_RESERVED_XML_NAME: ("XML声明不在文件开头", "请删去XML声明之前的空行和文字"),
    _CODES.ERR_SPACE_REQUIRED: ("标签里两项之间缺空格", "属性之间须有空格"),
    _CODES.ERR_GT_REQUIRED: ("标签没有用“>”结束", _PAIRS),
    _CODES.ERR_TAG_NAME_MISMATCH: ("开始标签与结束标签不一致", _PAIRS),
    _CODES.ERR_TAG_NOT_FINISHED: ("文件没有写完，还有标签没有结束", "请重新导出完整的文件后再投递"),
    _CODES.ERR_NAME_REQUIRED: ("标签或属性的名称有误", _PAIRS),
}  # fmt: skip
"""Error code → what it means and what to do, where names in the file add nothing."""

_NAMED = {
    _CODES.ERR_TAG_NAME_MISMATCH: (
        r"mismatch: (\S+) line (\d+) and ([^\s,]+)", "第{1}行的开始标签<{0}>应以</{0}>结束，这里却是</{2}>", _PAIRS,
    ),
    _CODES.ERR_TAG_NOT_FINISHED: (
        r"in tag (\S+) line (\d+)", "文件到此中断，第{1}行的开始标签<{0}>没有结束标签</{0}>",
        "请重新导出完整的文件后再投递",
    ),
    _CODES.ERR_GT_REQUIRED: (r"Tag (\S+) line (\d+)", "第{1}行的标签<{0}没有用“>”结束", _PAIRS),
    _CODES.ERR_UNDECLARED_ENTITY: (
        r"'([^']+)'", "用了没有定义的实体“&{0};”", "XML只认&amp;、&lt;、&gt;、&quot;、&apos;，其余请直接写出字符",
    ),
    _CODES.ERR_ATTRIBUTE_WITHOUT_VALUE: (r"attribute ([^\s,]+)", "属性“{0}”没有值", _QUOTES),
    _CODES.ERR_ATTRIBUTE_REDEFINED: (r"Attribute (\S+)", "属性“{0}”写了两次", "同一标签中每个属性只写一次"),
    _CODES.NS_ERR_UNDEFINED_NAMESPACE: (
        r"prefix (\S+)", "前缀“{0}:”没有声明命名空间", "请删去前缀，或按空白记录的写法声明命名空间",
    ),
}  # fmt: skip
"""Error code → where the parser's words hold the names, what to say with them, and what to do."""


def syntax_fault(error: Exception, data: bytes, name: str) -> Finding:
    """Return the finding for a file the parser refused.

    Args:
        error: what the parser raised.
        data: the file's bytes.
        name: the file's name.
    """
    code = getattr(error, "code", None) or 0
    line, column = getattr(error, "position", None) or (0, 0)
    place = f"第{column}列" if line else ""
    if "depth" in str(error).lower():
        return Finding("X-DEPTH", "XML层次过深", file=name, line=line, remedy="请检查生成该文件的程序")
    if code in _ENCODING or isinstance(error, (LookupError, UnicodeError)):
        message, remedy = "文字编码与声明不符，或声明的编码无法识别", "请以UTF-8保存后重新投递"
        return Finding("X-ENCODING", f"文字编码有误：{message}", file=name, line=line, place=place, remedy=remedy)
    message, remedy = _told(code, str(error), _before(data, line, column))
    return Finding("X-SYNTAX", f"不是格式正确的XML：{message}", file=name, line=line, place=place, remedy=remedy)


def _told(code: int, text: str, before: str) -> tuple[str, str]:
    """Return what is wrong and what to do."""
    if code in _NAMED:
        pattern, words, remedy = _NAMED[code]
        if found := re.search(pattern, text):
            return words.format(*found.groups()), remedy
    if code == _CODES.ERR_NAME_REQUIRED and before[-1:] in ("&", "<"):
        return f"“{before[-1]}”出现在文字中，没有转义", _ESCAPE
    return _TOLD.get(code, ("此处的写法不合XML的规定", "请对照空白记录（jishi blank）检查该处的写法"))


def _before(data: bytes, line: int, column: int) -> str:
    """Return the text of a line up to the place where the parser stopped."""
    lines = data.split(b"\n", line)
    return lines[line - 1].decode("utf-8", "replace")[: max(column - 1, 0)] if 0 < line <= len(lines) else ""
