"""JSON from strangers is bounded before it is parsed."""

import tracemalloc
from time import perf_counter

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.core.decode.json_guard import MAX_DEPTH, load_object
from schemas.rejection import ReasonCode, Rejected

MIB = 1024 * 1024

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def reason_of(data: bytes, max_bytes: int = 16 * MIB) -> ReasonCode:
    with pytest.raises(Rejected) as caught:
        load_object(data, max_bytes)
    return caught.value.reason


@settings(max_examples=50)
@given(st.dictionaries(st.text(), json_values))
def test_what_json_can_say_comes_back(fields):
    document = load_object(orjson.dumps(fields), 16 * MIB)

    assert (document.fields, document.is_mended) == (fields, False)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]":,\\ud8nul1e', max_size=80).map(str.encode))
def test_any_bytes_are_an_object_or_a_rejection(data):
    try:
        assert isinstance(load_object(data, 16 * MIB).fields, dict)
    except Rejected as rejected:
        reason = rejected.reason
        assert reason.startswith(("json.", "encoding."))


@pytest.mark.parametrize(
    ("data", "fields", "is_mended"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}, False),
        ('{"a":"é"}'.encode("utf-16"), {"a": "é"}, False),
        ('{"a":"é"}'.encode("utf-32"), {"a": "é"}, False),
        (b'{"a":"\x93x\x94"}', {"a": "“x”"}, True),
        (rb'{"a":"\ud800 \ud83d\ude00 \\ud800 \udc00"}', {"a": "\ufffd 😀 \\ud800 \ufffd"}, True),
        (b'{"a":1,"a":2}', {"a": 2}, False),
        (b'{"a":"[[[[{{{{"}', {"a": "[[[[{{{{"}, False),
    ],
)
def test_what_a_careless_sender_gets_wrong_is_mended_and_said(data, fields, is_mended):
    document = load_object(data, 16 * MIB)

    assert (document.fields, document.is_mended) == (fields, is_mended)


def test_depth_is_counted_outside_strings_only():
    shallow = {"a": "[" * 1_000 + '"{', "b": [[]]}

    assert load_object(orjson.dumps(shallow), 16 * MIB).fields == shallow
    assert load_object(b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}", 16 * MIB)
    assert reason_of(b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}") is ReasonCode.JSON_TOO_DEEP


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":' * 100_000, ReasonCode.JSON_TOO_DEEP),
        (b"[" * 12_000_000, ReasonCode.JSON_TOO_DEEP),
        (b'{"a":[' + b"[]," * 4_000_000 + b"1]}", ReasonCode.SIZE_PAYLOAD),
        (b'{"a":"' + b"\\n" * 6_000_000, ReasonCode.JSON_MALFORMED),
        (b'{"a":"' + b'\\"[' * 4_000_000, ReasonCode.JSON_MALFORMED),
        (b'"' * 12_000_000 + b"[" * 100, ReasonCode.SIZE_PAYLOAD),
        (b'{"a":"' + rb"\ud83d\ude00" * 1_000_000 + rb"\ud83d" * 10, ReasonCode.JSON_MALFORMED),
        (b'"' + b"\\" * 12_000_001, ReasonCode.JSON_MALFORMED),
        (b"[" * 65 + b"]" * 12_000_000, ReasonCode.JSON_TOO_DEEP),
        (b"[]" * 100 + b"]" * 12_000_000, ReasonCode.JSON_MALFORMED),
        (b"\xff" * 12_000_000, ReasonCode.ENCODING_UNDECODABLE),
        (b"\xff" * 4_000_000, ReasonCode.JSON_MALFORMED),
    ],
    ids=[
        "objects",
        "arrays",
        "many",
        "unclosed",
        "escapes",
        "quotes",
        "pairs",
        "backslashes",
        "deep closed",
        "closed",
        "junk",
        "recoded",
    ],
)
def test_hostile_json_takes_bounded_time_and_memory(data, reason):
    tracemalloc.start()
    started = perf_counter()
    assert reason_of(data) is reason
    elapsed = perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert elapsed < 20  # measured: under 2 s each, half of it tracemalloc's
    assert peak < 200 * MIB


def test_a_string_of_12_mb_is_read():
    data = orjson.dumps({"a": "x\n" * 6_000_000})

    assert len(load_object(data, 20 * MIB).fields["a"]) == 12_000_000
