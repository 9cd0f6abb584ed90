"""A file of lines is there whole or not at all, and its name says how it is compressed."""

import gzip

import pytest
import zstandard

from connectors.files.line_file import line_file

LINES = [b'{"a": 1}', b"", b'{"b": "\xc3\xa9"}']
WHOLE = b'{"a": 1}\n\n{"b": "\xc3\xa9"}\n'


def write(path):
    with line_file(path) as line:
        for each in LINES:
            line(each)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.ndjson", bytes),
        ("a.ndjson.gz", gzip.decompress),
        ("a.ndjson.zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
    ],
)
def test_the_name_says_the_compression(tmp_path, name, plain):
    write(tmp_path / name)

    assert plain((tmp_path / name).read_bytes()) == WHOLE


@pytest.mark.parametrize("name", ["a.ndjson", "a.gz", "a.zst"])
def test_the_same_lines_are_the_same_bytes(tmp_path, name):
    write(tmp_path / name)
    first = (tmp_path / name).read_bytes()
    write(tmp_path / name)

    assert (tmp_path / name).read_bytes() == first


def write_half(path):
    with line_file(path) as line:
        line(b"half")
        raise ZeroDivisionError


def test_what_ends_half_way_leaves_what_was_there(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b"of yesterday")
    with pytest.raises(ZeroDivisionError):
        write_half(tmp_path / "a.ndjson")

    assert [path.name for path in tmp_path.iterdir()] == ["a.ndjson"]
    assert (tmp_path / "a.ndjson").read_bytes() == b"of yesterday"
