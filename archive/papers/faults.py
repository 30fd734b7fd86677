"""What keeps a paper from being shown, in the words a clerk is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pikepdf

_AGAIN = "请重新扫描或重新导出该附件"
_FAULTS = {
    "encrypted": ("F-ENCRYPTED", "加了密码或权限限制", "请去掉密码后重新投递，并更新字节数和校验码"),
    "broken": ("F-BROKEN", "已损坏，不能可靠打开", _AGAIN),
    "counts": ("F-BROKEN", "页数说法不一，各种软件显示的页不同", "请用PDF软件另存一份，核对页数后投递"),
    "lost": ("F-LOST", "有内容显示不出", "请重新导出，嵌入字体，或打印后扫描"),
    "embedded": ("F-EMBEDDED", "内容在内嵌文件里，页面上看不到", "请另存为普通PDF，内嵌的文件各作一件附件投递"),
    "shape": ("F-SHAPE", "页面形状排不进卷页", "请分成几页（如逐屏截图、分页打印）后投递"),
    "ofd": ("F-TYPE", "不是完整的OFD文件", "请重新导出OFD；或只投递它的PDF"),
    "size": ("F-SHAPE", "页面尺寸超出PDF的上限", _AGAIN),
    "bomb": ("F-BOMB", "展开后过大", "请重新扫描，降低分辨率；不是扫描件的，请重新导出"),
    "many": ("F-BOMB", "页数过多", "请拆分该附件"),
    "memory": ("F-LIMIT", "打开时占用内存超过上限", "请重新导出该附件，或拆分后投递"),
    "time": ("F-LIMIT", "在时限内没有打开", "请重新导出该附件，或拆分后投递"),
    "crash": ("F-LIMIT", "使检查程序异常退出", "请重新导出该附件"),
}


class PaperFault(Exception):
    """A paper cannot be shown as it is.

    Args:
        kind: what is wrong, one of the kinds above.
        detail: where or how, in Chinese; may be empty.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    @property
    def code(self) -> str:
        """The stable code of the finding."""
        return _FAULTS[self.kind][0]

    @property
    def words(self) -> str:
        """What is wrong, to follow the paper's name."""
        return _FAULTS[self.kind][1] + (f"（{self.detail}）" if self.detail else "")

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return _FAULTS[self.kind][2]


@contextmanager
def unreadable(detail: str = "") -> Iterator[None]:
    """Turn whatever a reader stumbles over into the paper's fault; what readers say is English and stays inside.

    Args:
        detail: where, in Chinese.
    """
    try:
        yield
    except PaperFault:
        raise
    except pikepdf.PasswordError:
        raise PaperFault("encrypted") from None
    except (MemoryError, RecursionError) as error:
        raise PaperFault("memory" if isinstance(error, MemoryError) else "broken", detail) from None
    except OSError as error:
        # A number tells of the system; readers of pictures raise theirs without one.
        if error.errno is not None:
            raise
        raise PaperFault("broken", detail) from None
    except Exception:
        raise PaperFault("broken", detail) from None
