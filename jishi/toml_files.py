"""Read TOML that people write, and tell in Chinese where it is wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from jishi.errors import SettingsInvalid, reason_of

_WORDS = (
    ("Invalid value", "值的写法不对：文字要加引号，真假写true或false"),
    ("Expected '='", "项名后面缺等号"),
    ("Expected newline", "一行写完后还有多余的内容"),
    ("Expected ']", "节名没有用方括号收住"),
    ("Invalid statement", "这一行既不是[节]也不是“项 = 值”；项名只用字母、数字、-、_"),
    ("Invalid initial character", "项名不对：只用字母、数字、-、_"),
    ("Cannot declare", "同一节写了两次"),
    ("Cannot overwrite", "同一项写了两次"),
    ("Cannot redefine", "同一节写了两次"),
    ("Cannot mutate", "不能再往这一项里加内容"),
    ("Duplicate", "同一项写了两次"),
    ("Unclosed array", "列表没有用 ] 收住"),
    ("Unclosed inline table", "没有用 } 收住"),
    ("Unterminated string", "引号没有收住"),
    ("Expected '", "引号没有收住"),
    ("Expected \"", "引号没有收住"),
    ("Illegal character", "有不允许的字符；引号可能没有收住"),
    ("Found invalid character", "有不允许的字符"),
    ("Unescaped", "反斜杠用得不对；路径请改用单引号，如 'D:\\夹'"),
    ("Invalid hex", "反斜杠用得不对；路径请改用单引号，如 'D:\\夹'"),
    ("Escaped character", "反斜杠用得不对；路径请改用单引号，如 'D:\\夹'"),
    ("Invalid date", "没有这个日期或时间"),
)  # fmt: skip
"""How a fault begins in the library's words → in ours."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file says.

    Raises:
        SettingsInvalid: it cannot be read or is not TOML; the message says where.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsInvalid(f"{path} 不是正确的TOML：不是UTF-8编码，请另存为UTF-8") from None
    except RecursionError:
        raise SettingsInvalid(f"{path} 不是正确的TOML：括号套得太深") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalid(f"{path} 不是正确的TOML：{toml_fault(error)}") from error
    except OSError as error:
        raise SettingsInvalid(f"{path} 读不出：{reason_of(error)}") from error


def toml_fault(error: tomllib.TOMLDecodeError) -> str:
    """Return in Chinese what is wrong with a TOML text, and where."""
    said = str(error)
    words = next((ours for theirs, ours in _WORDS if said.startswith(theirs)), "写法不对")
    place = re.search(r"\(at line (\d+), column (\d+)\)", said)
    return f"第{place[1]}行第{place[2]}列，{words}" if place else f"文件末尾，{words}"
