"""WARC files to records: each as it stands, numbered as they stand, and damage costs only what it damaged."""

import gzip
import itertools
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest
import zstandard
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.contents import read_contents
from connectors.files.gathered import MAX_RECORD_BYTES, Content, Passed
from connectors.files.listing import FileList, NamedFile
from connectors.files.read import ReadRecords, records_of
from connectors.files.warc import warc_contents
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from schemas.record import Feed
from tests.builders import MORNING
from tests.builders_warc import (
    URL,
    a_page_record,
    a_request,
    a_warc_record,
    a_warcinfo,
    an_answer,
    by_member,
)

register_coders()
PAGES = [a_page_record(number) for number in range(5)]
# What a crawler writes of a page: the request, the response, and what it has to say of both.
CRAWL = [
    a_warcinfo(),
    *(part for page in PAGES for part in (a_request(), page, a_warc_record(b"note: x\r\n", "metadata"))),
]
FULL = os.environ.get("COPYDESK_FULL") == "1"


@pytest.fixture
def read(tmp_path):
    def read_file(content, received=None):
        path = tmp_path / "file"
        path.write_bytes(content)
        return list(records_of(NamedFile(str(path), "file:file"), received))

    return read_file


def values(contents):
    return [content.value for content in contents]


def whole_gzip(records):
    return gzip.compress(b"".join(records))


def a_frame_each(records):
    return b"".join(map(zstandard.compress, records))


@pytest.mark.parametrize("pack", [b"".join, by_member, whole_gzip, a_frame_each])
@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
def test_the_pages_of_a_warc_are_records_as_they_stand_however_it_is_packed(read, pack, version):
    crawl = [record.replace(b"WARC/1.1", version.encode()) for record in CRAWL]

    assert values(read(pack(crawl))) == [page.replace(b"WARC/1.1", version.encode()) for page in PAGES]


def test_a_record_is_numbered_as_it_stands_and_follows_the_page_before_it(read):
    origins = [record.origin for record in read(b"".join(CRAWL))]

    assert [origin.offset for origin in origins] == [2, 5, 8, 11, 14]
    assert [origin.follows for origin in origins] == [None, 2, 5, 8, 11]


def test_a_record_was_received_when_it_was_captured(read):
    (record,) = read(PAGES[0], received=MORNING)

    assert record.received == datetime(2026, 3, 2, 7, 59, tzinfo=UTC)
    assert record.feed is Feed.ANY


@pytest.mark.parametrize("date", [None, "yesterday", "2026-02-30T00:00:00Z", "2026", ""])
def test_without_a_date_that_is_one_a_record_is_received_as_the_replay_says(read, date):
    (record,) = read(a_warc_record(WARC_Date=date), received=MORNING)

    assert record.received == MORNING


@pytest.mark.parametrize(
    ("record", "is_page"),
    [
        (a_warc_record(), True),
        (a_warc_record(kind="RESPONSE"), True),
        (a_warc_record(Content_Type=None), True),
        (a_warc_record(b"10.0.0.7", Content_Type="text/dns", WARC_Target_URI="dns:coastal.example"), False),
        (a_warc_record(kind="revisit"), False),
        (a_warc_record(kind="continuation"), False),
        (a_warc_record(kind="unheard-of"), False),
        (a_warc_record(WARC_Type=None), False),
        (a_warcinfo(), False),
        (a_request(), False),
        (a_warc_record(b"<p>x</p>", "resource", Content_Type="text/html; charset=utf-8"), True),
        (a_warc_record(b"<p>x</p>", "resource", Content_Type="application/xhtml+xml"), True),
        (a_warc_record(b"\x89PNG", "resource", Content_Type="image/png"), False),
        (a_warc_record(b"Ferries sail", "conversion", Content_Type="text/plain"), True),
        (a_warc_record(b"%PDF-", "conversion", Content_Type="application/pdf"), False),
    ],
)
def test_a_record_is_a_page_by_its_type_and_its_content_type(read, record, is_page):
    assert values(read(record)) == [record] * is_page


def test_a_record_may_hold_what_looks_like_others(read):
    tricky = a_warc_record(an_answer(b"<p>" + b"".join(PAGES) + b"</p>"))

    assert values(read(tricky + PAGES[0])) == [tricky, PAGES[0]]


@pytest.mark.parametrize("gap", [b"", b"\r\n", b"\n\n\n\r\n", b"\r\n" * 1000])
def test_any_number_of_line_ends_may_stand_between_records(read, gap):
    content = gap.join(record.removesuffix(b"\r\n\r\n") + b"\r\n" for record in PAGES)

    assert [value.strip() for value in values(read(content))] == [page.strip() for page in PAGES]


def test_bytes_that_are_no_record_cost_only_themselves(read):
    records = read(PAGES[0] + b"garbage\nWARC/\nmore" + b"\r\n" + PAGES[1])

    assert values(records) == [PAGES[0], b"garbage\nWARC/\nmore\r\n", PAGES[1]]
    assert [record.damage is not None for record in records] == [False, True, False]


@pytest.mark.parametrize("length", [None, "-1", "1e3", "many", "9" * 40])
def test_a_record_of_no_known_length_costs_only_itself(read, length):
    broken = a_warc_record(Content_Length=length)
    records = read(PAGES[0] + broken + PAGES[1])

    assert values(records) == [PAGES[0], broken, PAGES[1]]
    assert [record.damage is not None for record in records] == [False, True, False]


@pytest.mark.parametrize("half", [PAGES[1][:-200], a_request()[:-50]])
def test_half_a_record_of_a_killed_crawler_never_makes_one_page_of_two(read, half):
    records = read(PAGES[0] + half + PAGES[2] + PAGES[3])

    assert [record.value for record in records if record.damage is None] == [PAGES[0], PAGES[3]]
    assert b"".join(record.value for record in records) == PAGES[0] + half + PAGES[2] + PAGES[3]


@pytest.mark.parametrize("cut", [1, 60, 250, 700])
def test_a_file_that_ends_in_the_middle_of_a_record_keeps_what_there_is(read, cut):
    cut_off = PAGES[1][:cut]
    first, last = read(PAGES[0] + cut_off)

    assert first.value == PAGES[0]
    assert (last.value, last.damage is not None) == (cut_off, True)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_member_that_is_cut_or_damaged_costs_only_itself(read, pack):
    members = [pack(record) for record in PAGES]
    members[1] = members[1][: len(members[1]) // 2]
    members[3] = members[3][:40] + b"\xff\xff\xff\xff" + members[3][44:]
    records = read(b"".join(members))
    whole = [record.value for record in records if record.damage is None]

    assert [page for page in PAGES if page in whole] == [PAGES[0], PAGES[2], PAGES[4]]
    assert [record.damage is not None for record in records] == [False, True, False, True, False]


def test_a_cut_member_is_one_record_though_it_runs_into_the_next(read):
    cut = by_member([PAGES[1]])[:-100]
    first, damaged, last = read(by_member([PAGES[0]]) + cut + by_member([PAGES[2]]))

    assert (first.value, last.value) == (PAGES[0], PAGES[2])
    assert damaged.damage


def test_what_was_passed_over_and_is_damaged_is_told(read):
    request = gzip.compress(a_request())
    first, damaged, last = read(by_member([PAGES[0]]) + request[:60] + by_member([PAGES[1]]))

    assert (first.value, last.value) == (PAGES[0], PAGES[1])
    assert damaged.damage
    assert (damaged.origin.offset, last.origin.offset, last.origin.follows) == (1, 2, 1)


@pytest.mark.parametrize(
    "hostile",
    [
        b"WARC/1.0\nX: y\n",
        b"WARC/1.0\n\n",
        b"WARC/1.0\r\nContent-Length: 0\r\n\r\n",
        b"WARC/1.0\r\nContent-Length: 1\r\n\r\n",
        b"WARC/1.0\n" + b"\n" * 3 + b"\nWARC",
        b"WARC/1.0\nX: y\n" + b" z\n" * 20_000 + b"\n",
    ],
)
def test_a_hostile_file_takes_bounded_time(hostile):
    content = hostile * (500_000 // len(hostile))
    started = time.process_time()
    count = sum(1 for _ in warc_contents(iter([content])))

    assert count <= 500_000 // 10
    assert time.process_time() - started < 10


def test_an_open_file_goes_on_from_bundle_to_bundle(tmp_path, monkeypatch):
    """It is opened once, not once a bundle and read up to where the last one ended."""
    opened = []

    def counted(path):
        opened.append(path)
        return read_contents(path)

    monkeypatch.setattr("connectors.files.read.read_contents", counted)
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(by_member(CRAWL))
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        records = pipeline | ReadRecords(FileList((NamedFile(str(path), "file:x"),)), max_bundle_records=1)
        assert_that(
            records | beam.Map(offset_and_value), equal_to(list(zip([2, 5, 8, 11, 14], PAGES, strict=True)))
        )

    assert opened == [path]


def test_a_record_beyond_the_largest_is_only_hashed_and_the_next_goes_on(tmp_path):
    path = tmp_path / "big.warc.gz"
    big = a_warc_record(an_answer(b"x" * (MAX_RECORD_BYTES + 1)))
    path.write_bytes(by_member([big, PAGES[0]]))
    first, second = read_contents(path)

    assert isinstance(first, Content)
    assert (first.value, first.oversize_bytes) == (b"", len(big))
    assert isinstance(second, Content)
    assert second.value == PAGES[0]


@given(st.lists(st.integers(1, 400), max_size=30), st.integers(0, 2_000), st.binary(max_size=12))
def test_chunks_of_any_size_give_the_same_records_and_no_byte_of_a_page_is_lost(sizes, place, noise):
    whole = b"".join(CRAWL)
    content = whole[:place] + noise + whole[place:]
    cuts = [0]
    for size in sizes:
        cuts.append(min(len(content), cuts[-1] + size))
    chunks = [
        content[start:end] for start, end in zip(cuts, [*cuts[1:], len(content)], strict=True) if end > start
    ]
    in_pieces = list(warc_contents(iter(chunks)))

    assert in_pieces == list(warc_contents(iter([content])))
    assert in_pieces.count(Passed(0)) == 0


def test_a_bundle_ends_after_so_many_bytes_though_they_hold_no_page(tmp_path):
    path = tmp_path / "crawl.warc"
    note = a_warc_record(b"note: x\r\n" * 1_000, "metadata")
    path.write_bytes(PAGES[0] + note * 20 + PAGES[1] + note * 20)
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        records = pipeline | ReadRecords(FileList((NamedFile(str(path), "file:x"),)), max_bundle_bytes=20_000)
        assert_that(
            records | beam.Map(offset_and_value), equal_to([(0, PAGES[0]), (21, PAGES[1])]), label="records"
        )
        assert_that(records | beam.ParDo(_BundlesFn()), equal_to([1, 1]), label="bundles")


class _BundlesFn(beam.DoFn):
    """Emits the number of records of each bundle that has any."""

    def start_bundle(self):
        self._size = 0

    def process(self, record):
        self._size += 1

    def finish_bundle(self):
        if self._size:
            yield beam.utils.windowed_value.WindowedValue(
                self._size, 0, [beam.transforms.window.GlobalWindow()]
            )


def offset_and_value(record):
    return record.origin.offset, record.value


READ_ALL = """
import sys
from pathlib import Path
from connectors.files.listing import NamedFile
from connectors.files.read import records_of
count = sum(1 for _ in records_of(NamedFile(sys.argv[1], "file:x"), None))
# Not `ru_maxrss`, which a process inherits from the one that started it.
(peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(count, int(peak.split()[1]) // 1024)
"""


def peak_mib(path: Path) -> tuple[int, int]:
    root = Path(__file__).resolve().parents[3]
    outcome = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(path)], capture_output=True, text=True, check=True, cwd=root
    )
    count, peak = outcome.stdout.split()
    return int(count), int(peak)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_the_memory_of_a_reader_does_not_grow_with_the_file(tmp_path):
    """400 MB of records at full size, 20 else; a page of 100 KB each, a request before it."""
    page = a_page_record(0, b"<p>" + os.urandom(50_000).hex().encode() + b"</p>")
    member = by_member([a_request(), page])
    peaks = []
    for pages in (20, 4_000 if FULL else 200):
        with (tmp_path / "x.warc.gz").open("wb") as file:
            file.writelines(itertools.chain([by_member([a_warcinfo()])], itertools.repeat(member, pages)))
        count, peak = peak_mib(tmp_path / "x.warc.gz")
        peaks.append(peak)
        assert count == pages

    assert peaks[1] <= peaks[0] + 10


def test_the_address_of_a_page_is_its_own_and_not_the_readers_business(read):
    (record,) = read(a_warc_record(WARC_Target_URI=f"<{URL}>"))

    assert record.key is None
    assert record.headers == ()
