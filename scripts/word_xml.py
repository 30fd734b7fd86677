"""WordprocessingML in small pieces: paragraphs, cells, rows, tables, with docxtpl's tags where values go."""

from __future__ import annotations

UNITS = 60
"""Columns of every table; each row divides them as it needs, so no row is ragged."""
ACROSS = 212
"""Width of a column on A4 across, in twentieths of a point; upright it is 147."""

KEPT = "Kept"
"""How the names of styles end whose rows stay on the page of the row below."""


def paragraph(style: str, text: str = "", extra: str = "") -> str:
    """Return one paragraph; extra goes before its text, such as a colspan tag in a run of its own."""
    run = f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{extra}{run}</w:p>'


def with_paragraphs(tag: str, content: str) -> str:
    """Return paragraphs and tables inside a docxtpl tag pair: a "for" or an "if"."""
    return _paragraph_tag(tag) + content + _paragraph_tag(f"end{tag.split()[0]}")


def either(condition: str, content: str, other: str) -> str:
    """Return the one or the other, whichever the condition says."""
    return with_paragraphs(f"if {condition}", content + _paragraph_tag("else") + other)


def _paragraph_tag(tag: str) -> str:
    return f"<w:p><w:r><w:t>{{%p {tag} %}}</w:t></w:r></w:p>"


def with_rows(tag: str, content: str) -> str:
    """Return rows inside a docxtpl tag pair."""
    return _row_tag(tag) + content + _row_tag(f"end{tag.split()[0]}")


def either_rows(condition: str, content: str, other: str) -> str:
    """Return the one or the other rows, whichever the condition says."""
    return with_rows(f"if {condition}", content + _row_tag("else") + other)


def _row_tag(tag: str) -> str:
    return f"<w:tr><w:tc><w:p><w:r><w:t>{{%tr {tag} %}}</w:t></w:r></w:p></w:tc></w:tr>"


def _cell_tag(tag: str) -> str:
    return f"<w:tc><w:p><w:r><w:t>{{%tc {tag} %}}</w:t></w:r></w:p></w:tc>"


def cell(span: int, content: str, merge: str = "", upright: bool = False, top: bool = False) -> str:
    """Return one cell of so many columns.

    Args:
        span: columns it takes.
        content: its paragraphs, at least one.
        merge: restart or continue of a merge downwards.
        upright: characters stand one below the other.
        top: text starts at the top instead of the middle.
    """
    marks = f'<w:tcW w:w="{span * 147}" w:type="dxa"/><w:gridSpan w:val="{span}"/>'
    marks += f'<w:vMerge w:val="{merge}"/>' if merge else ""
    marks += '<w:textDirection w:val="tbRlV"/>' if upright else ""
    marks += "" if top else '<w:vAlign w:val="center"/>'
    return f"<w:tc><w:tcPr>{marks}</w:tcPr>{content}</w:tc>"


def row(*cells: str, height: int = 482, keep: bool = True, head: bool = False) -> str:
    """Return one row; one that is kept is not divided between pages, a head is repeated on every page."""
    marks = ("<w:cantSplit/>" if keep else "") + f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>'
    return f"<w:tr><w:trPr>{marks}{'<w:tblHeader/>' if head else ''}</w:trPr>{''.join(cells)}</w:tr>"


def table(*rows: str, unit: int = 147) -> str:
    """Return a table of sixty columns."""
    grid = f'<w:gridCol w:w="{unit}"/>' * UNITS
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Form"/><w:tblW w:w="{unit * UNITS}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def lines(name: str, style: str) -> str:
    """Return every line of a list as a paragraph of its own."""
    return with_paragraphs(f"for line in {name}", paragraph(style, "{{ line }}"))


def loose_cells(name: str, kept: str = "") -> str:
    """Return the cells of a laid-out row or head, each as wide as the values say; kept ends the styles' names."""
    span = "<w:r><w:t>{% colspan span %}</w:t></w:r>"
    inner = with_paragraphs("for style, line in lines", paragraph("{{ style }}" + kept, "{{ line }}", span))
    one = f'<w:tc><w:tcPr><w:vAlign w:val="center"/></w:tcPr>{inner}</w:tc>'
    return _cell_tag(f"for span, lines in {name}") + one + _cell_tag("endfor")


def block(name: str, captioned: bool = True, unit: int = 147) -> str:
    """Return the table of a laid-out block, and the gap that keeps it from the next."""
    caption = row(cell(UNITS, paragraph("Caption", f"{{{{ {name}.caption }}}}")), head=True) if captioned else ""
    heads = with_rows(f"if {name}.heads", caption + row(loose_cells(f"{name}.heads", KEPT), head=True))
    kept, divided = row(loose_cells("item.cells")), row(loose_cells("item.cells"), keep=False)
    body = with_rows(f"for item in {name}.rows", either_rows("item.keep", kept, divided))
    return table(heads, body, unit=unit) + paragraph("Gap")


def blocks(name: str, unit: int = 147) -> str:
    """Return a list of blocks, one after the other."""
    return with_paragraphs(f"for block in {name}", block("block", unit=unit))


def block_if_any(key: str, unit: int = 147) -> str:
    """Return the table of a field, when it has rows."""
    return with_paragraphs(f"if grid['{key}'] is defined", block(f"grid['{key}']", unit=unit))


def label(key: str, span: int = 13, style: str = "Label") -> str:
    """Return the cell with the label of a field."""
    return cell(span, lines(f"field.{key}.heads", style))


def value(key: str, span: int, style: str = "Mid") -> str:
    """Return the cell with the value of a field."""
    return cell(span, lines(f"field.{key}.lines", style))


def one(key: str) -> str:
    """Return a row with one field."""
    return row(label(key), value(key, 47, "Value"))


def two(first: str, second: str) -> str:
    """Return a row with two fields."""
    return row(label(first), value(first, 17), label(second), value(second, 17))


def perhaps(keys: str, content: str) -> str:
    """Return rows that stand only when each of these fields has a value."""
    return with_rows("if " + " and ".join(f"field.{key} is defined" for key in keys.split()), content)


def tally(*keys: str) -> str:
    """Return numbers under their labels, side by side."""
    span = UNITS // len(keys)
    return row(*(label(key, span) for key in keys)) + row(*(value(key, span) for key in keys), height=567)
