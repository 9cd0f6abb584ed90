"""What is written between two stages can be read by every release, compressed or not."""

import pytest
from apache_beam import coders
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.dead_letters import dead_letter
from pipelines.transforms.coders import (
    ArticleCoder,
    DeadLetterCoder,
    PlainRawCoder,
    PlainRecordCoder,
    RawCoder,
    RecordCoder,
    register_coders,
)
from schemas.raw import Raw
from schemas.rejection import ReasonCode, Rejected
from tests.builders import a_page, a_record, an_article
from tests.builders_wire import a_wire, ninjs

LONG = b"<p>Crews of the Saltmarsh ferries ended their nine-day strike on Sunday night.</p>" * 400


def an_odd_letter():
    return dead_letter(
        a_record(LONG), "DecodeRecord", Rejected(ReasonCode.SCHEMA_UNKNOWN, "odd"), is_wire=False
    )


@given(value=st.binary(max_size=9_000))
def test_compressed_or_not_a_record_is_read_by_both(value):
    record = a_record(value)

    for written in (RecordCoder(), PlainRecordCoder()):
        for read in (RecordCoder(), PlainRecordCoder()):
            assert read.decode(written.encode(record)) == record


@pytest.mark.parametrize("raw", [a_page(LONG), a_page(b""), a_wire(ninjs())], ids=["long", "empty", "wire"])
def test_compressed_or_not_a_raw_item_is_read_by_both(raw):
    for written in (RawCoder(), PlainRawCoder()):
        for read in (RawCoder(), PlainRawCoder()):
            assert read.decode(written.encode(raw)) == raw


def test_a_page_is_compressed_unless_it_stays_on_this_machine():
    page = a_page(LONG)

    assert len(RawCoder().encode(page)) < len(LONG) / 10
    assert len(PlainRawCoder().encode(page)) > len(LONG)


def test_bytes_that_do_not_get_smaller_stay_as_they_are():
    noise = bytes((place * place * 2_654_435_761 >> 13) & 255 for place in range(5_000))
    record = a_record(noise)

    assert RecordCoder().decode(RecordCoder().encode(record)) == record


@pytest.mark.parametrize(
    ("coder", "element"),
    [
        (PlainRecordCoder(), a_record(LONG)),
        (PlainRawCoder(), a_page(LONG)),
        (PlainRawCoder(), a_wire(ninjs())),
        (ArticleCoder(), an_article(body_text="The ferry sailed again on Monday. " * 300)),
        (ArticleCoder(), an_article(body_text=None)),
        (DeadLetterCoder(), an_odd_letter()),
    ],
)
def test_a_size_is_estimated_without_writing_and_is_about_right(coder, element):
    assert 0.5 < coder.estimate_size(element) / len(coder.encode(element)) < 2


def test_the_coders_of_one_machine_are_used_where_they_are_asked_for():
    register_coders(plain=True)
    plain = coders.registry.get_coder(Raw)
    register_coders()

    assert isinstance(plain, PlainRawCoder)
    assert not isinstance(coders.registry.get_coder(Raw), PlainRawCoder)
