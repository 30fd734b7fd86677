"""Finding: by number as anyone types it, by whole names of two characters, by words, dates, posts; pages as one PDF."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from archive.numbering import parse
from archive.reading.handing_out import hand_out
from archive.reading.retrieve import Reader, Search
from archive.reading.trace import trace, trace_form
from archive.register.case_folders import folder_of, read_record
from archive.register.register import Register
from archive.register.search import bigrams, holds, match_expression
from archive.register.tables import mention, person
from archive.shelf import stored_file
from jishi.case.secrecy import highest
from jishi.errors import NotFound
from jishi.names import DOTS, same_name
from jishi.settings import Settings
from pipeline.rules.xpath_functions import functions
from tests.filled_home import copy_home
from tests.rule_cases import CALENDAR

FIRST = "J012-WS·XR·GR·2026·Y-0001"


@pytest.fixture
def reader(filed: Settings) -> Reader:
    return Reader(filed, Register(filed.register_file))


def name_of(filed: Settings, no: str) -> str:
    with Register(filed.register_file).reading() as connection:
        return str(connection.scalar(select(person.c.name).where(person.c.no.endswith(no))))


@pytest.mark.parametrize(
    "typed", [FIRST + "-003", "ｊ０１２－ｗｓ．ｘｒ．ｇｒ．２０２６．ｙ－１－３", "J012 WS•XR•GR•2026•Y 0001 003"]
)
def test_an_item_is_found_by_its_number_however_typed(reader: Reader, typed: str) -> None:
    hits = reader.find(Search(words=typed))
    assert [hit.number for hit in hits] == [FIRST + "-003"]


def test_pages_of_a_volume_name_the_items_they_lie_in(reader: Reader) -> None:
    whole = reader.find(Search(words=FIRST))
    second = whole[1]
    hits = reader.find(Search(words=f"{FIRST}#{second.first_page}"))
    assert [hit.number for hit in hits] == [second.number]


def test_a_person_is_found_by_whole_name_in_own_volume_and_batch_only(reader: Reader, filed: Settings) -> None:
    hits = reader.find(Search(person=name_of(filed, "-001")), limit=1000)
    volumes = {hit.number[:-4] for hit in hits}
    assert FIRST in volumes
    assert not any(hit.manner == "extract" and not hit.number.startswith(FIRST) for hit in hits)
    assert "J012-WS·XR·ZH·2026·Y-0001" in volumes


def test_words_inside_a_record_find_it_also_two_characters(reader: Reader, filed: Settings) -> None:
    name = name_of(filed, "-001")
    assert any(hit.step == "S5-02" for hit in reader.find(Search(words=name[-2:]), limit=1000))
    assert all(hit.step == "S6-01" for hit in reader.find(Search(words="公示", step="s6-01")))
    with pytest.raises(NotFound, match="没有可查的字词"):
        reader.find(Search(words="。。。"))


def test_documents_made_at_filing_are_found_by_title_and_person(reader: Reader, filed: Settings) -> None:
    assert reader.find(Search(words="全程纪实报告表"))[0].number == FIRST + "-001"
    assert any(hit.record == "roster" for hit in reader.find(Search(words="人员名册")))
    assert reader.find(Search(person=name_of(filed, "-001")))[0].number == FIRST + "-001"


def text_of(filed: Settings, number: str) -> str:
    data = hand_out(filed, Register(filed.register_file), parse(number)).data
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).replace("\n", "")


def test_words_are_not_found_in_an_extract_that_leaves_them_out(reader: Reader, filed: Settings) -> None:
    name = name_of(filed, "-001")
    hits = reader.find(Search(words=name), limit=1000)
    extracts = [hit for hit in hits if hit.manner == "extract"]
    assert extracts
    assert all(hit.number.startswith(FIRST) for hit in extracts)
    assert name in text_of(filed, extracts[0].number)


def test_dates_narrow_on_both_ends(reader: Reader) -> None:
    hits = reader.find(Search(since="2026-03-01", until="2026-03-31"), limit=1000)
    assert hits
    assert {hit.date[:7] for hit in hits} == {"2026-03"}


def test_show_says_who_signed_and_on_which_pages(reader: Reader) -> None:
    shown = reader.show(parse(FIRST + "-002"))
    assert shown.signers
    assert shown.pages.split("—")[0].isdigit()
    assert reader.show(parse(FIRST)).items[0].record == "report"


def test_a_decision_is_traced_to_the_signers_of_each_step_with_page(reader: Reader, filed: Settings) -> None:
    chain = trace(filed, Register(filed.register_file), name_of(filed, "-001"))
    steps = [link.step for link in chain.links]
    assert steps == sorted(steps, key=lambda step: (step in ("NA", "EX", "NB"), step))
    assert {"S1-01", "S1-08", "S3-10", "S5-02", "S6-04"} <= set(steps)
    assert all(link.signers and all(one.signed_on for one in link.signers) for link in chain.links)
    assert all(link.numbers for link in chain.links)
    assert trace(filed, Register(filed.register_file), FIRST).person_no == chain.person_no
    assert chain.volumes
    assert not chain.faults


def test_a_chain_leaves_out_what_was_said_of_other_posts(filed: Settings) -> None:
    chain = trace(filed, Register(filed.register_file), name_of(filed, "-001"))
    talks = [link.record for link in chain.links if link.step == "S2-02"]
    posts = {read_record(folder_of(filed, talk)).value("post") for talk in talks}
    assert posts == {chain.target_post}
    assert chain.secrecy == highest(read_record(folder_of(filed, link.record)).secrecy for link in chain.links)


def test_a_chain_says_that_a_volume_it_cites_was_altered(filed: Settings, tmp_path: Path) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    pdf = stored_file(settings.shelf / FIRST.replace("·", "."), "volume.pdf")
    pdf.chmod(0o644)
    pdf.write_bytes(pdf.read_bytes() + b"\n")
    chain = trace(settings, Register(settings.register_file), FIRST)
    assert any(FIRST in fault.message for fault in chain.faults)
    told = dict(trace_form(chain, "2026-11-22").pairs())
    assert "不能作为依据" in told["所引案卷"]


def test_search_tokens_fold_width_and_pair_characters() -> None:
    assert bigrams("李㛃２０２６年") == "李㛃 2026 年"
    assert match_expression("市委组织部干部科") == '("市委 委组 组织 织部 部干 干部 部科")'


@pytest.mark.parametrize("written", ["贺　鹏", "贺 鹏", "贺\u00a0鹏", "贺鹏"])
@pytest.mark.parametrize("asked", ["贺　鹏", "贺 鹏", "贺鹏"])
def test_a_spaced_name_is_one_name_to_search_and_to_the_register(written: str, asked: str) -> None:
    assert holds(f"谈话人：{written}，记录人：韩一", asked)
    assert same_name(written, asked)


@pytest.mark.parametrize("dot", [*DOTS, "・", "･", ""])
def test_a_dotted_name_is_found_with_any_dot_or_none(dot: str) -> None:
    assert holds(f"买买提{dot}艾力同志", "买买提艾力")
    assert holds(f"买买提{dot}艾力同志", "买买提·艾力")
    assert same_name(f"买买提{dot}艾力", "买买提‧艾力")


def test_names_on_different_lines_are_no_word_together() -> None:
    assert not holds("姓名张\n三年", "张三")


def test_a_name_is_found_in_register_and_old_index_however_it_is_spaced(filed: Settings, tmp_path: Path) -> None:
    settings = copy_home(filed.home, tmp_path / "home")
    register = Register(settings.register_file)
    name, spelled = name_of(settings, "-001"), "贺　鹏"
    with register.writing() as connection:
        connection.execute(update(mention).where(mention.c.name == name).values(name=spelled))
        connection.execute(update(person).where(person.c.name == name).values(name=spelled))
        # As indexes held it before blanks were folded: two runs of one character.
        connection.exec_driver_sql("INSERT INTO search(rowid, body) VALUES (1, '谈话 话人 贺 鹏')")
    reader = Reader(settings, register)
    before = Reader(filed, Register(filed.register_file)).find(Search(person=name), limit=1000)
    for asked in ("贺鹏", "贺 鹏", spelled):
        assert len(reader.find(Search(person=asked), limit=1000)) == len(before)
        assert reader.find(Search(words=asked))
    assert trace(settings, register, "贺鹏").name == spelled


def test_part_of_a_name_is_answered_with_the_names_that_hold_it(reader: Reader, filed: Settings) -> None:
    name = name_of(filed, "-001")
    assert name in reader.suggestions(name[:-1]) or len(reader.suggestions(name[:-1])) == 5
    assert reader.suggestions("無此人") == []
    with pytest.raises(NotFound, match="是否指"):
        trace(filed, Register(filed.register_file), name[1:])


def test_spellings_of_one_name_are_told_apart_only_where_more_than_blanks_and_dots_differ() -> None:
    spellings = functions(CALENDAR)["spellings"]
    assert spellings(None, ["贺鹏", "贺　鹏", " 贺 鹏"]).count("、") == 0
    assert spellings(None, ["戴思㛃", "戴思佳", "戴思 佳"]).count("、") == 1
