"""Whatever comes in, what comes out is an article within its contract or a rejection."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.decode.capture import open_record
from pipelines.core.decode.decoding import decode_record
from pipelines.core.wire.compose import compose_wire
from schemas.article import Article
from schemas.generate import validator
from schemas.page import RawPage
from schemas.record import Feed, Record
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire
from tests.builders import a_record
from tests.builders_wire import GUID, ninjs

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "wire"

odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["canceled", "<p>x</p>", "2026-03-02", "KILL KILL KILL", "urn:x:1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["value", "role", "uri", "rel", "name", "href", "type", "contentType"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = sorted(
    {
        *ninjs(),
        "guid",
        "headline",
        "body_html",
        "body_text",
        "embargoed",
        "embargoedUntil",
        "pubStatus",
        "associations",
    }
    | {
        "links",
        "altids",
        "subjects",
        "ednote",
        "signals",
        "expires",
        "urgency",
        "genres",
        "keywords",
        "by",
        "slugline",
    }
    | {
        "renditions",
        "descriptions",
        "usageterms",
        "infosources",
        "digitalsourcetype",
        "standard",
        "eventDetails",
    }
)


def outcome(record: Record) -> RawPage | tuple[Article, ...] | Rejected:
    try:
        raw = decode_record(record)
        if isinstance(raw, RawPage):
            return raw
        articles = compose_wire(raw)
    except Rejected as rejected:
        return rejected
    for article in articles:
        assert validator(Article)(article) == ()
    return articles


@given(st.binary(max_size=400), st.sampled_from(list(Feed)))
def test_random_bytes_are_a_page_a_wire_message_or_rejected(value, feed):
    record = a_record(value, feed=feed)

    got = outcome(record)

    assert not (feed is Feed.PAGES and isinstance(got, tuple))
    assert open_record(record).value == value or feed is Feed.ANY


@given(
    st.dictionaries(
        st.sampled_from([*FIELDS, "topic", "offset", "value_base64", "url", "fetched_at", "html", "data"]),
        odd,
    )
)
def test_random_json_is_a_page_a_wire_message_or_rejected(fields):
    for feed in Feed:
        outcome(a_record(orjson.dumps(fields), feed=feed))


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS), odd, max_size=6))
def test_a_mutated_item_stays_within_its_contract(mutation):
    got = outcome(a_record(orjson.dumps(ninjs() | mutation), feed=Feed.WIRE))

    if isinstance(got, Rejected):
        assert got.reason in (
            ReasonCode.WIRE_NOT_NEWS,
            ReasonCode.WIRE_ID_MISSING,
            ReasonCode.TEXT_EMPTY,
            ReasonCode.SCHEMA_UNKNOWN,
        )


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                name
                for name in FIELDS
                if name.lower() not in ("uri", "guid", "pubstatus", "type", "eventdetails")
            ]
        ),
        odd,
    )
)
def test_no_mutation_loses_a_kill(mutation):
    kill = ninjs() | mutation | {"uri": GUID, "pubstatus": "canceled"}

    (article,) = outcome(a_record(orjson.dumps(kill), feed=Feed.WIRE))

    assert article.change_type == "kill"
    assert (article.headline, article.body_text) == (None, None)


@settings(max_examples=100)
@given(st.data())
def test_a_flipped_byte_is_at_most_one_rejection(data):
    value = bytearray(orjson.dumps(ninjs()))
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))

    outcome(a_record(bytes(value), feed=Feed.WIRE))


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation data is not beside the checkout")
def test_every_public_sample_ends_in_articles_or_a_closed_code():
    counted: dict[Any, int] = {}
    for path in sorted(path for path in SHARED.rglob("*.*") if path.is_file()):
        got = outcome(a_record(path.read_bytes(), feed=Feed.WIRE))
        kind = got.reason if isinstance(got, Rejected) else "articles"
        if path.parent.parent.name == "examples":
            counted[kind] = counted.get(kind, 0) + 1

    assert counted.get("articles", 0) >= 35
    assert ReasonCode.JSON_MALFORMED not in counted


def test_formats_that_are_not_read_yet_say_so():
    raw = decode_record(a_record(b"\x01mer0157 4 pl 55  Strike\r\n\x02text\x03", feed=Feed.WIRE))

    assert isinstance(raw, RawWire)
    with pytest.raises(Rejected) as caught:
        compose_wire(raw)
    assert caught.value.reason is ReasonCode.WIRE_FORMAT_UNSUPPORTED
