"""Files to records: content tells what a file is, and damage costs only what it damaged."""

import gzip
import io
import json
import random
import tracemalloc
from hashlib import sha256

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.contents import is_ndjson, read_contents
from connectors.files.decompress import READ_BYTES, Damage, plain_chunks
from connectors.files.gathered import MAX_RECORD_BYTES, Content

LINES = [b'{"n": %d}' % number for number in range(100)]
NDJSON = b"\n".join(LINES) + b"\n"


@pytest.fixture
def read(tmp_path):
    def read_file(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content)
        return list(read_contents(path))

    return read_file


def values(contents):
    return [content.value for content in contents]


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress])
def test_an_ndjson_file_holds_one_record_a_line_compressed_or_not(read, compress):
    assert values(read(compress(NDJSON))) == LINES


@pytest.mark.parametrize("name", ["a.html", "a.ndjson", "a.json.gz", "a"])
def test_a_file_name_says_nothing(read, name):
    assert values(read(NDJSON, name)) == LINES


@pytest.mark.parametrize(
    "document",
    [
        b"<!doctype html><html><body><p>One</p>\n<p>Two</p></body></html>",
        b"A headline\n\nA first paragraph.\nA second paragraph.\n",
        b'{\n  "uri": "urn:a",\n  "headlines": [\n    {"value": "x"}\n  ]\n}\n',
        b'[{"uri": "urn:a"},\n {"uri": "urn:b"}]',
        b"function () {\n  {a: 1}\n}",
        b"function () {\n{}\n}",
        b'load(\n{"a": 1}\n);',
        b"A headline\n\nAn empty object is written\n{}\nin JSON.",
        b'<html><script type="application/ld+json">\n{"url": "https://a.example/"}\n</script></html>',
        b'{\n"a": [\n{"b": 1}\n,\n{"c": 2}\n]\n}',
        b'[\n  {"uri": "urn:a"},\n  {"uri": "urn:b"}\n]\n',
    ],
)
def test_any_other_file_is_one_record(read, document):
    assert values(read(document)) == [document]


def test_bad_lines_are_records_like_their_neighbours(read):
    lines = [LINES[0], b"not json", b"{broken", b"", LINES[1]]

    assert values(read(b"\n".join(lines))) == [LINES[0], b"not json", b"{broken", LINES[1]]


@given(
    st.recursive(
        st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
        max_leaves=20,
    ),
    st.sampled_from([(", ", ": "), (",", ":"), ("\n,", "\n:\n"), (",\n", ":\n")]),
    st.sampled_from([0, 1, 4]),
)
def test_a_document_printed_over_several_lines_is_one_record(value, separators, indent):
    document = json.dumps({"key": [value, {"b": 1}]}, indent=indent, separators=separators).encode()

    assert not is_ndjson(document)


@pytest.mark.parametrize("count", [1, 3, 200])
@pytest.mark.parametrize(
    "line", [b"Connection reset, retrying:", b"# capture 7", b"{}", b'"x"', b'{"cut": "of']
)
def test_lines_that_are_no_records_never_turn_a_file_of_records_into_a_page(read, line, count):
    assert values(read(b"\n".join([line] * count + LINES[:2]))) == [line] * count + LINES[:2]


def test_a_first_record_longer_than_what_is_looked_at_is_a_record_behind_a_bad_line(read):
    long = b'{"html": "%s"}' % (b"x" * 400_000)

    assert values(read(b"garbage\n" + long + b"\n" + LINES[0])) == [b"garbage", long, LINES[0]]


@pytest.mark.parametrize("first", [b"garbage", b'{"cut":'])
def test_a_bad_first_line_does_not_make_the_file_another_kind(read, first):
    assert values(read(first + b"\n" + NDJSON)) == [first, *LINES]


def test_an_empty_file_is_a_record_too_so_that_it_is_accounted_for(read):
    assert values(read(b"")) == [b""]


def test_crlf_blank_lines_and_a_byte_order_mark_are_no_records(read):
    assert is_ndjson(b"\xef\xbb\xbf" + NDJSON)
    assert values(read(b"\r\n\r\n".join(LINES[:3]))) == LINES[:3]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_truncated_member_keeps_what_came_before_and_says_so(read, compress):
    noise = random.Random(7)
    lines = [b'{"n": "%s"}' % noise.randbytes(200).hex().encode() for _ in range(3000)]
    whole = compress(b"\n".join(lines))
    contents = read(whole[: len(whole) // 2])

    assert [content.damage is None for content in contents] == [True] * (len(contents) - 1) + [False]
    assert values(contents)[:-1] == lines[: len(contents) - 1]
    assert len(contents) > 100


def test_after_a_damaged_member_the_next_one_goes_on(read):
    first = gzip.compress(b"\n".join(LINES))
    contents = read(first[:-20] + gzip.compress(NDJSON))

    assert any(content.damage for content in contents)
    assert values(contents)[-100:] == LINES


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("compress", "checksum"),
    [(gzip.compress, -8), (zstandard.ZstdCompressor(write_checksum=True).compress, -1)],
    ids=["gzip", "zstd"],
)
def test_a_wrong_checksum_costs_no_line(read, compress, checksum):
    lines = [line + b"\n" for line in LINES[:60]]
    first = compress(b"".join(lines[:30]))
    contents = read(flipped(first, len(first) + checksum) + compress(b"".join(lines[30:])))

    assert values([content for content in contents if content.damage is None]) == LINES[:60]
    assert [bool(content.damage) for content in contents].count(True) == 1


@pytest.mark.parametrize(
    "compress", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress], ids=["gzip", "zstd"]
)
def test_damage_in_the_middle_keeps_every_line_before_it(read, compress):
    noise = random.Random(7)
    lines = [b'{"n": "%s"}' % noise.randbytes(200).hex().encode() for _ in range(3000)]
    whole = compress(b"\n".join(lines))
    middle = len(whole) // 2
    contents = read(whole[:middle] + b"\xff\xff\xff\xff" + whole[middle + 4 :])
    kept = [content.value for content in contents if content.damage is None]
    (damage,) = (content.damage for content in contents if content.damage is not None)

    # zstd gives a block of 128 KiB or nothing of it.
    assert kept[: 1500 - 330] == lines[: 1500 - 330]
    assert "damaged" in damage


def test_a_stretch_of_broken_members_is_one_damage():
    broken = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff" * 1_000
    chunks = list(plain_chunks(io.BytesIO(gzip.compress(NDJSON) + broken + gzip.compress(NDJSON))))

    assert [chunk for chunk in chunks if isinstance(chunk, bytes)] == [NDJSON, NDJSON]
    assert len(chunks) == 3


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("cut", [3, 20, 300, 5_000])
def test_a_cut_member_never_takes_the_next_one_with_it(compress, cut):
    noise = random.Random(cut).randbytes(READ_BYTES - 64)
    for size in range(READ_BYTES - 64 - 6, READ_BYTES - 64, 3):
        first = compress(noise[:size])[:-cut]
        chunks = list(plain_chunks(io.BytesIO(first + compress(NDJSON))))

        assert chunks[-1] == NDJSON
        assert sum(isinstance(chunk, Damage) for chunk in chunks) == 1


def test_many_false_members_one_inside_another_are_read_twice_at_most():
    stored = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\x00\xff\xff\0\0"
    hostile = stored * 20_000
    plain = sum(len(chunk) for chunk in plain_chunks(io.BytesIO(hostile)) if isinstance(chunk, bytes))

    assert plain <= 2 * len(hostile)


def test_members_one_after_another_are_one_file(read):
    assert values(read(b"".join(gzip.compress(line + b"\n") for line in LINES))) == LINES
    assert values(read(gzip.compress(NDJSON) + b"\0" * 600 + gzip.compress(NDJSON))) == LINES * 2


@pytest.mark.parametrize("compress", [lambda data: gzip.compress(data, 9), zstandard.compress])
def test_a_bomb_costs_one_record_and_bounded_memory(read, compress):
    bomb = compress(b"\0" * (MAX_RECORD_BYTES * 8))
    tracemalloc.start()
    contents = read(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [(content.value, content.oversize_bytes) for content in contents] == [(b"", MAX_RECORD_BYTES * 8)]
    assert peak < MAX_RECORD_BYTES * 2


def test_an_oversize_line_costs_only_itself(read):
    huge = b'{"x": "' + b"y" * MAX_RECORD_BYTES + b'"}'

    contents = read(LINES[0] + b"\n" + huge + b"\n" + LINES[1])

    assert contents == [
        Content(LINES[0], is_line=True),
        Content(b"", oversize_bytes=len(huge), oversize_sha256=sha256(huge).hexdigest(), is_line=True),
        Content(LINES[1], is_line=True),
    ]


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"]))
def test_any_bytes_come_to_an_end_without_an_error(data, magic):
    for chunk in plain_chunks(io.BytesIO(magic + data)):
        assert isinstance(chunk, bytes | Damage)


@given(st.lists(st.binary(min_size=1, max_size=2000), min_size=1, max_size=5), st.integers(1, 50))
def test_compressed_members_give_their_bytes_back(parts, cut):
    for compress in (gzip.compress, zstandard.compress):
        stream = io.BytesIO(b"".join(map(compress, parts)))

        assert b"".join(plain_chunks(stream)) == b"".join(parts)
