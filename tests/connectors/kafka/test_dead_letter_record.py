"""A dead letter on its topic: the original record untouched, what went wrong beside it, and back without loss."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kafka.dead_letter_record import (
    DeadLetterTopics,
    NotADeadLetter,
    dead_letter_records,
    letter_of,
)
from schemas.codec import decode, encode, from_row, to_table
from schemas.dead_letter import DeadLetter, DeadLetterKind, Header
from schemas.record import Feed, Origin, Record
from schemas.rejection import ReasonCode
from schemas.topic_record import TopicRecord
from tests.builders import MORNING, a_record

TOPICS = DeadLetterTopics(open="dead", restricted="dead.restricted")


def a_letter(payload: bytes | None = b"broken", **fields: object) -> DeadLetter:
    letter = DeadLetter(
        dead_letter_id="ab" * 16,
        kind=DeadLetterKind.RECORD,
        reason_code=ReasonCode.JSON_MALFORMED,
        stage="DecodeRecord",
        detail="expected an object",
        origin=Origin(source="news.pages.raw", partition=3, offset=7, follows=5),
        payload_sha256="cd" * 32,
        payload_size=len(payload or b""),
        payload=payload,
        key=b"k",
        headers=(Header(key="h", value=b"1"), Header(key="h", value=b"")),
        received=MORNING,
    )
    return replace(letter, **fields)


def written(letter: DeadLetter) -> TopicRecord:
    (record,) = dead_letter_records(TOPICS, letter)
    return record


def read_back(record: TopicRecord) -> Record:
    return a_record(
        record.value or b"", key=record.key, headers=record.headers, origin=Origin(source=record.topic)
    )


def test_key_value_and_headers_of_the_record_are_untouched():
    record = written(a_letter())

    assert (record.topic, record.key, record.value) == ("dead", b"k", b"broken")
    assert record.headers[:2] == (("h", b"1"), ("h", b""))


def test_tools_that_know_kafka_connect_find_where_the_record_stood_and_what_went_wrong():
    told = dict(written(a_letter()).headers)

    assert told["__connect.errors.topic"] == b"news.pages.raw"
    assert (told["__connect.errors.partition"], told["__connect.errors.offset"]) == (b"3", b"7")
    assert told["__connect.errors.stage"] == b"DecodeRecord"
    assert told["__connect.errors.exception.message"] == b"json.malformed: expected an object"
    assert (told["dlq-error-code"], told["dlq-attempt"]) == (b"json.malformed", b"1")


def test_dead_letters_of_wire_copy_are_for_editors_only():
    assert written(a_letter(editors_only=True)).topic == "dead.restricted"


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
letters = st.builds(
    a_letter,
    payload=st.binary(max_size=200),
    key=st.none() | st.binary(max_size=20),
    headers=st.lists(
        st.builds(
            Header, key=text | st.sampled_from(["dlq-attempt", "dlq-item"]), value=st.binary(max_size=9)
        )
    ).map(tuple),
    kind=st.sampled_from(DeadLetterKind),
    reason_code=st.sampled_from(ReasonCode),
    detail=text,
    origin=st.builds(
        Origin,
        source=text,
        partition=st.integers(0, 99),
        offset=st.integers(0, 1 << 40),
        follows=st.none() | st.integers(0, 9),
        item=st.integers(0, 9),
    ),
    received=st.none() | st.datetimes(timezones=st.just(UTC)),
    attempt=st.integers(1, 9),
    exception_type=st.none() | text,
    editors_only=st.booleans(),
    is_kill_suspect=st.booleans(),
    provider=st.none() | text,
    guid=st.none() | text,
    replay_of=st.none() | st.just("ef" * 16),
    feed=st.none() | st.sampled_from(Feed),
)


@given(letter=letters)
def test_a_dead_letter_comes_back_from_its_topic_as_it_was(letter: DeadLetter):
    assert letter_of(read_back(written(letter))) == letter


@pytest.mark.parametrize("key", [b"k", None])
def test_of_a_record_too_large_for_the_topic_size_and_hash_are_told(key: bytes | None):
    letter = a_letter(b"x" * 2_001, key=key)

    record = written(letter).instead

    assert record is not None
    assert record.value == (None if key else b"")
    assert letter_of(read_back(record)) == replace(letter, payload=None)


def test_what_was_too_large_to_be_read_is_told_as_missing():
    letter = a_letter(b"", payload_size=9_000_000, reason_code=ReasonCode.SIZE_PAYLOAD)

    back = letter_of(read_back(written(letter)))

    assert (back.payload, back.payload_size) == (None, 9_000_000)


def test_a_record_that_was_a_dead_letter_before_keeps_its_old_headers_and_tells_the_new_ones():
    first = written(a_letter(attempt=1))
    again = a_letter(attempt=2, headers=tuple(Header(key=name, value=value) for name, value in first.headers))

    back = letter_of(read_back(written(again)))

    assert back == again


@pytest.mark.parametrize(
    "headers",
    [(), (("dlq-dead-letter-id", b"x"),), (("dlq-attempt", b"many"),)],
)
def test_a_record_of_another_pipeline_is_told_apart(headers: tuple[tuple[str, bytes], ...]):
    with pytest.raises(NotADeadLetter):
        letter_of(a_record(b"x", headers=headers))


foreign = st.binary(max_size=24) | st.sampled_from(
    [
        b"\xff",
        b"\xed\xa0\x80",
        b"-1",
        b"1_0",
        b"9" * 30,
        b"9223372036854775808",
        "\u0661".encode(),
        b"2026-01-01T00:00:00",
        b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59-23:59",
        b"9" * 5_000,
    ]
)
OWN = [name for name, _ in written(a_letter(provider="p", guid="g", feed=Feed.ANY)).headers]


@given(
    told=st.dictionaries(st.sampled_from([name for name in OWN if name.startswith("dlq-")]), foreign),
    others=st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=9)), max_size=3),
)
def test_whatever_headers_say_it_is_a_dead_letter_that_can_be_kept_or_none(told, others):
    headers = (*others, *written(a_letter()).headers, *told.items())

    try:
        letter = letter_of(a_record(b"x", headers=headers))
    except NotADeadLetter:
        return

    assert decode(DeadLetter, encode(letter)) == letter
    assert [from_row(DeadLetter, row) for row in to_table(DeadLetter, [letter]).to_pylist()] == [letter]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("payload", b"\xff"),
        ("received", b"\xff"),
        ("received", b"2026-01-01T00:00:00"),
        ("received", b"9999-12-31T23:59:59-23:59"),
        ("feed", b"\xff"),
        ("offset", b"9" * 30),
        ("detail", b"\xed\xa0\x80"),
        ("payload-size", b"-5"),
        ("original-headers", b"-1"),
        ("original-headers", b"99"),
        ("follows", b"1_0"),
    ],
)
def test_headers_that_say_what_none_of_ours_can_are_of_no_dead_letter(name: str, value: bytes):
    headers = (*written(a_letter()).headers, (f"dlq-{name}", value))

    with pytest.raises(NotADeadLetter):
        letter_of(a_record(b"x", headers=headers))


def test_a_dead_letter_of_a_later_release_is_told_apart():
    record = written(a_letter())
    headers = (*record.headers, ("dlq-error-code", b"new.reason"))

    with pytest.raises(NotADeadLetter, match=r"new\.reason"):
        letter_of(a_record(b"x", headers=headers))
