"""Codecs: decode is the inverse of encode, and an unknown version is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.article import Article
from schemas.article_parts import Contribution, EventReason, RemovedLine, Subject
from schemas.codec import UnknownCodecVersion, decode, encode, from_row, to_row, to_table
from schemas.generate import arrow_schema
from schemas.page import RawPage
from schemas.raw_codec import decode_raw, decode_record_bytes, encode_raw, encode_record
from schemas.record import Feed, Origin, Record
from schemas.wire import RawWire, WireFormat
from tests.builders import MORNING, a_page, a_record, an_article

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
instants = st.integers(0, 4_102_444_800_000_000).map(lambda us: EPOCH + timedelta(microseconds=us))
articles = st.builds(
    lambda headline, keywords, published, sketch, share: an_article(
        headline=headline,
        keywords=tuple(keywords),
        published=published,
        repeat_sketch=sketch,
        dup_similarity=share,
        subjects=(Subject(uri="medtop:1", name=headline),),
        removed_lines=(RemovedLine(line=headline or "", reason="widget"),),
        event_reason=EventReason(
            nearest_article="a", contributions=(Contribution(feature="gap", value=share, weight=1.0),)
        ),
    ),
    st.none() | texts,
    st.lists(texts, max_size=3),
    st.none() | instants,
    st.none() | st.binary(max_size=40),
    st.floats(0, 1),
)


@given(articles)
def test_decode_is_the_inverse_of_encode(article):
    assert decode(Article, encode(article)) == article


@given(articles)
def test_a_row_of_parquet_gives_the_article_back(article):
    (row,) = to_table(Article, [article]).to_pylist()

    assert from_row(Article, row) == article


@given(st.lists(articles, max_size=4))
def test_a_table_made_by_columns_is_the_one_made_by_rows(some):
    some = [*some, *some[:1], an_article(event_reason=None)]

    by_rows = pa.Table.from_pylist([to_row(one) for one in some], schema=arrow_schema(Article))
    assert to_table(Article, some).equals(by_rows)
    to_table(Article, some).validate(full=True)


def test_a_table_of_nothing_has_every_column():
    assert to_table(Article, ()).schema.equals(arrow_schema(Article), check_metadata=True)
    assert to_table(Article, ()).num_rows == 0


def test_encoding_is_the_same_bytes_each_time():
    assert encode(an_article()) == encode(an_article())


def test_instants_come_back_in_utc_whatever_their_zone():
    local = MORNING.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert decode(Article, encode(an_article(published=local))).published == MORNING
    assert decode(Article, encode(an_article(published=local))).published.tzinfo == UTC


def test_an_unknown_version_byte_is_refused():
    for blob in (b"", b"\x09{}"):
        with pytest.raises(UnknownCodecVersion):
            decode(Article, blob)


def test_fields_of_a_later_minor_are_ignored_and_missing_ones_take_their_default():
    row = to_row(an_article()) | {"a_later_field": 1}
    del row["language"]

    assert from_row(Article, row) == replace(an_article(), language="und")


@given(
    st.builds(
        Record,
        origin=st.builds(Origin, source=texts, partition=st.integers(0, 9), offset=st.integers(0, 2**40)),
        value=st.binary(max_size=9000),
        key=st.none() | st.binary(max_size=9),
        headers=st.lists(st.tuples(texts, st.binary(max_size=9)), max_size=3).map(tuple),
        received=st.none() | instants,
        feed=st.sampled_from(Feed),
        damage=st.none() | texts,
        oversize_bytes=st.none() | st.integers(0, 2**40),
        oversize_sha256=st.none() | texts,
        lost_records=st.none() | st.integers(1, 2**40),
    )
)
def test_a_record_crosses_a_hop_unchanged(record):
    assert decode_record_bytes(encode_record(record)) == record


@pytest.mark.parametrize("size", [10, 100_000])
def test_raw_items_cross_a_hop_unchanged_large_or_small(size):
    body = b"<p>" + b"x" * size
    page = a_page(body, headers=(("content-type", "text/html"),), title="T")
    other_body = replace(page, body=b"decoded")
    wire = RawWire(record=a_record(body), body=body, wire_format=WireFormat.NINJS_3, payload_sha256="0" * 64)

    for raw in (page, other_body, wire):
        assert decode_raw(encode_raw(raw)) == raw
    assert isinstance(decode_raw(encode_raw(page)), RawPage)


def test_a_body_that_is_the_value_is_written_once_and_compressed():
    page = a_page(b"<p>paragraph</p>" * 10_000)

    assert len(encode_raw(page)) < 3_000


def test_an_unknown_version_of_a_raw_item_is_refused():
    with pytest.raises(UnknownCodecVersion):
        decode_record_bytes(b"\x63" + encode_record(a_record())[1:])
