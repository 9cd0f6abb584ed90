"""A record that was a dead letter before says so, in its article or in its next dead letter."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.compose import compose_article
from pipelines.core.dead_letters import dead_letter
from pipelines.core.replays import read_again, replay_of, sent_again
from schemas.dead_letter import ATTEMPT_HEADER, REPLAY_OF_HEADER
from schemas.raw_codec import decode_record_bytes, encode_record
from schemas.record import Feed, Replay
from schemas.rejection import ReasonCode, Rejected
from tests.builders import a_page, a_record
from tests.builders_wire import a_wire, ninjs

LETTER = "0123456789abcdef0123456789abcdef"
REJECTED = Rejected(ReasonCode.TEXT_EMPTY, "told")
TEXT = "<html><body><article><p>The ferries to Grey Island sail again after nine days.</p></article></body></html>"


def headers(letter: str | bytes = LETTER, attempts: str | None = "1"):
    value = letter if isinstance(letter, bytes) else letter.encode()
    counted = () if attempts is None else ((ATTEMPT_HEADER, attempts.encode()),)
    return ((REPLAY_OF_HEADER, value), *counted)


@pytest.mark.parametrize(
    ("stated", "attempts"),
    [("1", 1), ("4", 4), (None, 1), ("", 1), ("0", 1), ("-1", 1), ("x", 1), ("9" * 30, 1), ("9999", 9999)],
)
def test_the_headers_of_a_replay_say_whose_it_is_and_how_often_it_was_tried(stated, attempts):
    record = a_record(headers=headers(attempts=stated))

    assert replay_of(record) == Replay(dead_letter_id=LETTER, attempts=attempts)


@pytest.mark.parametrize(
    "stated", [b"", b"0", LETTER.upper().encode(), LETTER.encode() + b"\n", b"\xff" * 32, b"a" * 1_000_000]
)
def test_what_is_no_name_of_a_dead_letter_is_no_replay(stated):
    assert replay_of(a_record(headers=headers(stated))) is None


def test_a_record_that_comes_for_the_first_time_is_no_replay():
    assert replay_of(a_record(headers=((ATTEMPT_HEADER, b"3"),))) is None


@given(st.lists(st.tuples(st.sampled_from([REPLAY_OF_HEADER, ATTEMPT_HEADER, "x"]), st.binary(max_size=40))))
def test_whatever_the_headers_are_reading_them_never_fails(some):
    replay = replay_of(a_record(headers=tuple(some)))

    assert replay is None or 1 <= replay.attempts < 10_000


@pytest.mark.parametrize("feed", [Feed.PAGES, Feed.WIRE])
def test_the_articles_of_a_replay_name_its_dead_letter(feed):
    body = orjson.dumps(ninjs()) if feed is Feed.WIRE else TEXT.encode()
    record = a_record(body, feed=feed, headers=headers())
    raw = replace(a_wire(body), record=record) if feed is Feed.WIRE else a_page(body, record=record)

    assert {article.replay_of for article in compose_article(raw)} == {LETTER}


def test_the_articles_of_other_records_name_none():
    assert [article.replay_of for article in compose_article(a_page(TEXT))] == [None]


def test_what_fails_again_is_another_dead_letter_that_counts_the_attempts():
    first = dead_letter(a_record(offset=1), "S", REJECTED, is_wire=False)
    record = a_record(offset=9, headers=headers(first.dead_letter_id, "1"))
    second = dead_letter(record, "S", REJECTED, is_wire=False)

    assert (first.attempt, first.replay_of) == (1, None)
    assert (second.attempt, second.replay_of) == (2, first.dead_letter_id)
    assert first.dead_letter_id != second.dead_letter_id


def test_what_fails_again_in_its_old_place_is_the_same_dead_letter_and_replays_none():
    first = dead_letter(a_record(), "S", REJECTED, is_wire=False)
    again = a_record(replay=Replay(dead_letter_id=first.dead_letter_id, attempts=first.attempt))
    second = dead_letter(again, "S", REJECTED, is_wire=False)

    assert second.dead_letter_id == first.dead_letter_id
    assert (second.attempt, second.replay_of) == (2, None)


def test_what_fails_in_another_stage_of_its_old_place_is_a_replay_of_the_first():
    first = dead_letter(a_record(), "DecodeRecord", REJECTED, is_wire=False)
    again = a_record(replay=Replay(dead_letter_id=first.dead_letter_id, attempts=2))
    second = dead_letter(again, "ComposeArticle", REJECTED, is_wire=False)

    assert (second.attempt, second.replay_of) == (3, first.dead_letter_id)


OF_THE_SENDER = (
    ("dlq-note", b"a word"),
    ("__connect.errors.topic", b"\xff"),
    ("trace", b""),
    ("trace", b"2"),
)


def test_what_is_sent_again_has_the_headers_of_its_sender_and_of_ours_the_latest():
    letter = dead_letter(
        a_record(headers=(*headers(attempts="2"), *OF_THE_SENDER)), "S", REJECTED, is_wire=False
    )
    own = (REPLAY_OF_HEADER, letter.dead_letter_id.encode()), (ATTEMPT_HEADER, b"3")

    assert sent_again(letter).headers == (*OF_THE_SENDER, *own)


def test_what_is_read_again_has_the_headers_that_it_came_with():
    record = a_record(headers=(*headers(attempts="2"), *OF_THE_SENDER))

    assert read_again(dead_letter(record, "S", REJECTED, is_wire=False)).headers == record.headers


def test_a_dead_letter_keeps_the_class_of_content_that_was_allowed():
    assert dead_letter(a_record(feed=Feed.LINES), "S", REJECTED, is_wire=False).feed is Feed.LINES


def test_that_a_record_is_a_replay_crosses_a_hop():
    record = a_record(replay=Replay(dead_letter_id=LETTER, attempts=3))

    assert decode_record_bytes(encode_record(record)) == record
