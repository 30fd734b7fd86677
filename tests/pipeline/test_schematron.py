"""Our small compiler says what lxml's own Schematron says, only faster, and tells what fired."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence

import pytest
from lxml import etree, isoschematron

from jishi.errors import SettingsInvalid
from pipeline.rules import xpath_functions
from pipeline.rules.schematron import NEEDS, SCHEMATRON, WHEN, RuleSheet, alternatives, literal, prefixes_of
from pipeline.rules.schematron_check import Vocabulary, faults_of, global_lets
from tests.rule_cases import CALENDAR, NS, pick, profile_of, records

S = f"{{{SCHEMATRON}}}"
HEAD = f'<sch:schema xmlns:sch="{SCHEMATRON}" xmlns:rule="urn:jishi:rule:1"><sch:ns prefix="a" uri="urn:a"/>'
NO_WORDS = Vocabulary(frozenset({"least"}), frozenset({"day"}), frozenset())


def _schema(body: str) -> etree._Element:
    return etree.fromstring(f"{HEAD}{body}</sch:schema>")


def _rule(*assertions: str, context: str = "a:x") -> str:
    return f'<sch:pattern><sch:rule context="{context}">{"".join(assertions)}</sch:rule></sch:pattern>'


def _assert(test: str) -> str:
    return f'<sch:assert id="A" test="{test}">m</sch:assert>'


def _sheet(body: str, **parameters: int) -> RuleSheet:
    return RuleSheet([_schema(body)], parameters, {}, "string(@n)")


def _document(body: str) -> etree._Element:
    return etree.fromstring(f"<d xmlns='urn:a'>{body}</d>")


def _told(sheet: RuleSheet, document: etree._Element, trace: bool = False) -> list[tuple[str, bool, str]]:
    return [(one.id, one.passed, one.subject) for one in sheet.run(document, trace)]


def test_only_failures_are_told_unless_asked() -> None:
    sheet = _sheet(_rule(_assert("@k")))
    document = _document('<x n="1" k=""/><x n="2"/>')
    assert _told(sheet, document) == [("A", False, "2")]
    assert _told(sheet, document, trace=True) == [("A", True, "1"), ("A", False, "2")]


def test_a_rule_that_never_fires_tells_nothing() -> None:
    sheet = _sheet(_rule(_assert("@k"), context="a:y"))
    assert _told(sheet, _document("<x/>"), trace=True) == []


def test_an_assertion_with_a_guard_fires_only_where_the_guard_holds() -> None:
    sheet = _sheet(
        '<sch:pattern><sch:rule context="a:x">'
        '<sch:assert id="A" rule:when="@k = 1" test="@m">m</sch:assert></sch:rule></sch:pattern>'
    )
    assert _told(sheet, _document('<x n="1" k="1"/><x n="2" k="2"/>'), trace=True) == [("A", False, "1")]


def test_the_first_rule_of_a_pattern_that_matches_speaks_alone() -> None:
    sheet = _sheet(
        '<sch:pattern><sch:rule context="a:x[@k]"><sch:assert id="A" test="false()">m</sch:assert></sch:rule>'
        '<sch:rule context="a:x"><sch:assert id="B" test="false()">m</sch:assert></sch:rule></sch:pattern>'
    )
    assert _told(sheet, _document('<x n="1" k=""/><x n="2"/>')) == [("A", False, "1"), ("B", False, "2")]


def test_a_report_fails_where_its_test_holds() -> None:
    sheet = _sheet(_rule('<sch:report id="A" test="@k">m</sch:report>'))
    assert _told(sheet, _document('<x n="1" k=""/><x n="2"/>'), trace=True) == [("A", False, "1"), ("A", True, "2")]


def test_lets_parameters_keys_and_messages_carry_the_figures() -> None:
    sheet = _sheet(
        '<xsl:key xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="by" match="a:x" use="@n"/>'
        '<sch:let name="all" value="count(//a:x)"/>'
        '<sch:pattern><sch:rule context="a:x"><sch:let name="same" value="count(key(\'by\', @n))"/>'
        '<sch:assert id="A" test="$same &gt; $P.least">有<sch:value-of select="$same"/>个，共'
        '<sch:value-of select="$all"/>个<sch:emph>（<sch:name/>）</sch:emph></sch:assert></sch:rule></sch:pattern>',
        least=1,
    )
    (found,) = sheet.run(_document('<x n="1"/><x n="2"/><x n="2"/>'))
    assert (found.subject, found.message) == ("1", "有1个，共3个（x）")


def test_an_element_of_a_larger_document_is_judged_as_a_document_of_its_own() -> None:
    sheet = _sheet(_rule(_assert("count(/a:x/a:y) = 1"), context="/a:x"))
    whole = _document('<x n="1"><y/></x>')
    assert _told(sheet, whole[0], trace=True) == [("A", True, "1")]
    assert _told(sheet, whole) == []


def test_a_failure_tells_its_line() -> None:
    sheet = _sheet(_rule(_assert("@k")))
    assert [one.place for one in sheet.run(_document("\n<x/>\n\n<x/>"))] == [2, 4]


def test_what_a_function_raises_reaches_the_caller() -> None:
    functions = xpath_functions.functions(CALENDAR)
    body = _rule(_assert("f:workdays(@n, @m) &gt; 0"))
    sheet = RuleSheet([_schema(body)], {}, functions)
    with pytest.raises(SettingsInvalid, match="2031"):
        sheet.run(_document('<x n="2031-01-05" m="2031-01-09"/>'))


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("a:x", ("a:x",)),
        ("a:x | a:y", ("a:x", "a:y")),
        ("a:x[b or c | d] | a:y", ("a:x[b or c | d]", "a:y")),
        ("a:x['|'] | key('k', 'a|b')", ("a:x['|']", "key('k', 'a|b')")),
    ],
)
def test_a_pattern_is_split_at_its_own_bars_only(pattern: str, parts: tuple[str, ...]) -> None:
    assert alternatives(pattern) == parts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (True, "true()"),
        (False, "false()"),
        ("甲", "'甲'"),
        ("it's", '"it\'s"'),
        (("甲", "乙"), "'|甲|乙|'"),
        ((), "'|'"),
    ],
)
def test_a_parameter_is_written_as_xpath(value: int | bool | str | tuple[str, ...], text: str) -> None:
    assert literal(value) == text


def test_a_text_xpath_cannot_write_is_refused() -> None:
    with pytest.raises(ValueError, match="both"):
        literal("both ' and \"")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_rule(_assert("count(")), "括号不配对"),
        (_rule(_assert("a b")), "XPath有误"),
        (_rule(_assert("$none")), "没有变量 $none"),
        (_rule(_assert("$P.none")), "没有参数 none"),
        (_rule(_assert("f:none()")), "没有函数 f:none"),
        (_rule(_assert("1"), context="b:x"), "没有声明前缀 b"),
        (_rule('<sch:extends rule="r"/>'), "不支持extends"),
        ('<sch:pattern><sch:rule context="key(\'k\', 1)"/><sch:rule context="a:x"/></sch:pattern>', "独占"),
    ],
)
def test_a_faulty_file_is_told_with_its_line(body: str, message: str) -> None:
    schema = _schema("\n" + body)
    (fault,) = faults_of(schema, NO_WORDS)
    assert message in fault.message
    assert fault.line == 2


def test_lets_of_the_file_are_known_words() -> None:
    schema = _schema(
        '<sch:let name="n" value="1"/><sch:pattern><sch:let name="m" value="2"/>'
        f'<sch:rule context="a:x">{_assert("$n = $m")}</sch:rule></sch:pattern>'
    )
    assert global_lets(schema) == ("n", "m")
    assert list(faults_of(schema, Vocabulary(frozenset(), frozenset(), frozenset({"n", "m"})))) == []


# The same verdicts as lxml.isoschematron


def _merged(schemas: Sequence[etree._Element]) -> etree._Element:
    """Return all schemas as one plain ISO Schematron schema, for other processors."""
    root = etree.Element(f"{S}schema", nsmap={"sch": SCHEMATRON, **prefixes_of(schemas)}, queryBinding="xslt")
    for prefix, uri in prefixes_of(schemas).items():
        etree.SubElement(root, f"{S}ns", prefix=prefix, uri=uri)
    for tag in ("{http://www.w3.org/1999/XSL/Transform}key", f"{S}let", f"{S}pattern"):
        for schema in schemas:
            root.extend([copy.deepcopy(part) for part in schema.iterfind(tag)])
    for node in root.iter(f"{S}assert", f"{S}report"):
        when = " and ".join(f"({node.attrib.pop(name)!s})" for name in (WHEN, NEEDS) if node.get(name))
        if when:
            guard = f"not({when}) or ({{}})" if node.tag == f"{S}assert" else f"({when}) and ({{}})"
            node.set("test", guard.format(node.get("test", "")))
    return root


@pytest.fixture(scope="module")
def reference() -> Iterator[isoschematron.Schematron]:
    """Return the record rules under CN, compiled by lxml."""
    profile = profile_of("CN")
    schema = _merged([part.root for part in profile.book.of("record", profile.line)])
    lets = [
        etree.Element(f"{S}let", name=f"P.{name}", value=literal(value)) for name, value in profile.parameters.items()
    ]
    schema[len(schema.findall(f"{S}ns")) : 0] = lets
    namespace = etree.FunctionNamespace("urn:jishi:functions")
    for name, function in xpath_functions.functions(CALENDAR).items():
        namespace[name] = function
    yield isoschematron.Schematron(schema, store_report=True)
    for name in xpath_functions.NAMES:
        del namespace[name]


def _mutations(count: int) -> Iterator[etree._Element]:
    """Yield records with one value changed or one element taken out, by chance but always the same."""
    chance = random.Random(7)
    numbers = list(records())
    for _ in range(count):
        root = records()[chance.choice(numbers)]
        leaves = [node for node in root.iter("*") if len(node) == 0]
        node = chance.choice(leaves)
        other = chance.choice(leaves)
        if chance.random() < 0.3:
            parent = node.getparent()
            assert parent is not None
            parent.remove(node)
        else:
            node.text = chance.choice(["0", "1", "99", "true", "false", "2020-01-01", "2026-12-31", other.text])
        yield root


def test_the_verdicts_are_those_of_lxml(reference: isoschematron.Schematron) -> None:
    rules = profile_of("CN").rule_set("record", CALENDAR)
    invalid = 0
    for root in _mutations(150):
        reference.validate(root)
        report = reference.validation_report
        theirs = sorted(node.get("id") for node in report.iter("{http://purl.oclc.org/dsdl/svrl}failed-assert"))
        ours = sorted(outcome.rule.id for outcome in rules.judge(root))
        assert ours == theirs
        invalid += bool(ours)
    assert invalid > 30


def test_record_rules_reach_every_type_of_record() -> None:
    rules = profile_of("CN").rule_set("record", CALENDAR)
    assert pick(records(), "S5-02").find("r:content", NS) is not None
    assert all(list(rules.judge(root, trace=True)) for root in records().values())
