"""An audit: every record between the first and the last is a row of history or a dead letter, by origin."""

import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.parquet.arrivals import append_rows
from connectors.parquet.audit import Gap, audit_folder
from connectors.parquet.write_dead_letters import dead_letter_ledger
from pipelines.core.dead_letters import dead_letter
from schemas.article import Article
from schemas.dead_letter import DeadLetter, DeadLetterKind
from schemas.generate import arrow_schema
from schemas.record import Origin
from schemas.rejection import ReasonCode, Rejected
from tests.builders import a_record, an_article
from tests.builders_history import arrive

TOPIC = "news.pages.raw"
FULL = os.environ.get("COPYDESK_FULL") == "1"


def a_row(offset: int, follows: int | None = None, *, item: int = 0, part: int = 0, **where) -> Article:
    origin = Origin(**({"source": TOPIC} | where), offset=offset, follows=follows, item=item)
    return replace(an_article(f"a{offset}"), origin=origin, part=part)


def a_letter(
    offset: int, follows: int | None = None, *, reason=ReasonCode.TEXT_EMPTY, **fields
) -> DeadLetter:
    origin = Origin(source=fields.pop("source", TOPIC), offset=offset, follows=follows)
    rejected = Rejected(reason, "told", item=fields.pop("item", 0))
    return replace(dead_letter(a_record(origin=origin), "DecodeRecord", rejected, is_wire=False), **fields)


def reject(folder: Path, *letters: DeadLetter) -> None:
    append_rows(folder, dead_letter_ledger("DecodeRecord"), letters)


def in_a_row(offsets, **where) -> list[Article]:
    """Rows of records that were read one after the other."""
    listed = list(offsets)
    return [a_row(offset, follows, **where) for follows, offset in zip([None, *listed], listed, strict=False)]


def gaps(folder: Path) -> list[tuple[int, int, int]]:
    return [(gap.first, gap.last, gap.count) for gap in audit_folder(folder).gaps]


def test_rows_and_dead_letters_account_for_records_alike(tmp_path):
    arrive(tmp_path, a_row(0), a_row(1, 0), a_row(3, 2))
    reject(tmp_path, a_letter(2, 1))
    found = audit_folder(tmp_path)

    assert (found.records, found.partitions, found.gaps, found.unaccounted) == (4, 1, (), 0)


def test_what_is_missing_between_two_records_is_one_range(tmp_path):
    arrive(tmp_path, *(row for row in in_a_row(range(10)) if row.origin.offset not in (3, 4, 5, 8)))

    assert gaps(tmp_path) == [(3, 5, 3), (8, 8, 1)]


def test_partitions_and_sources_are_apart(tmp_path):
    arrive(tmp_path, *in_a_row(range(3)), *in_a_row(range(7, 9), partition=1))
    arrive(tmp_path, a_row(2, 1, partition=2), a_row(5, 4, partition=2))

    assert audit_folder(tmp_path).gaps == (Gap(source=TOPIC, partition=2, first=3, last=4, count=2),)


def test_what_was_empty_when_it_was_read_is_no_record(tmp_path):
    arrive(tmp_path, a_row(2), a_row(5, 2), a_row(100, 5))

    assert gaps(tmp_path) == []


def test_empty_stretches_beside_a_missing_record_end_at_what_the_next_follows(tmp_path):
    arrive(tmp_path, a_row(2), a_row(9, 6))

    assert gaps(tmp_path) == [(3, 6, 4)]


def test_before_the_first_of_a_topic_and_where_a_read_starts_nothing_is_known(tmp_path):
    arrive(tmp_path, a_row(50, 49), a_row(70), a_row(71, 70))

    assert gaps(tmp_path) == []


def test_a_file_is_read_from_its_first_record(tmp_path):
    pages = in_a_row([2, 5, 8], source="file:crawl.warc.gz")
    arrive(tmp_path, *pages[1:])

    assert gaps(tmp_path) == [(0, 2, 3)]


def test_a_record_that_was_read_twice_follows_the_earlier(tmp_path):
    arrive(tmp_path, a_row(2), a_row(9, 2))
    arrive(tmp_path, a_row(9, 8))
    arrive(tmp_path, a_row(9))

    assert gaps(tmp_path) == []


def test_what_retention_took_is_accounted_for_by_its_dead_letter(tmp_path):
    arrive(tmp_path, a_row(2), a_row(10, 9))
    reject(tmp_path, a_letter(9, 2, reason=ReasonCode.SOURCE_LOST))

    assert gaps(tmp_path) == []


def test_a_dead_letter_of_a_delivery_accounts_for_nothing(tmp_path):
    arrive(tmp_path, a_row(0), a_row(2, 1))
    reject(tmp_path, a_letter(1, 0, kind=DeadLetterKind.DELIVERY, reason=ReasonCode.SINK_REJECTED))

    assert gaps(tmp_path) == [(1, 1, 1)]


@pytest.mark.parametrize(
    ("items", "missing"),
    [
        ([0], 0),
        ([0, 1, 2], 0),
        ([0, 0, 1], 0),
        ([0, 2], 1),
        ([1], 1),
        ([3], 3),
        ([61], 61),
        ([62], 62),
        (range(100), 0),
        ([*range(50), *range(52, 100)], 2),
    ],
)
def test_the_items_of_a_record_have_no_holes(tmp_path, items, missing):
    numbered = [a_row(7, item=item, part=part) for part, item in enumerate(items)]
    arrive(tmp_path, *numbered)
    found = audit_folder(tmp_path)

    assert [gap.items for gap in found.gaps] == [missing] * (missing > 0)
    assert found.unaccounted == (missing > 0)


@pytest.mark.parametrize("item", [0, 1])
def test_a_rejected_item_fills_its_hole(tmp_path, item):
    arrive(tmp_path, a_row(7), a_row(7, item=2))
    reject(tmp_path, a_letter(7, item=item))

    assert gaps(tmp_path) == []


def test_an_empty_output_has_nothing_unaccounted(tmp_path):
    (tmp_path / "history").mkdir()

    assert audit_folder(tmp_path).records == 0


@settings(max_examples=200 if FULL else 20, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.sets(st.integers(0, 12)))
def test_whatever_is_taken_away_between_first_and_last_is_listed(tmp_path_factory, steps, taken):
    folder = tmp_path_factory.mktemp("audit")
    rows = in_a_row(itertools.accumulate(steps))
    kept = [row for place, row in enumerate(rows) if place not in taken]
    (folder / "history").mkdir()
    arrive(folder, *kept)
    lost = {row.origin.offset for row in rows} - {row.origin.offset for row in kept}
    listed = {place for first, last, _ in gaps(folder) for place in range(first, last + 1)}

    assert listed & {row.origin.offset for row in kept} == set()
    assert {place for place in lost if kept and kept[0].origin.offset < place < kept[-1].origin.offset} == {
        place for place in listed if place in lost
    }
    assert bool(listed) == bool(listed & lost)


MEASURED = """
import sys
from pathlib import Path
from connectors.parquet.audit import audit_folder
found = audit_folder(Path(sys.argv[1]))
# Not `ru_maxrss`, which a process inherits from the one that started it.
(peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(found.records, found.unaccounted, int(peak.split()[1]) // 1024)
"""


def write_rows(folder: Path, count: int) -> None:
    """Rows of twelve partitions with nothing in them but their origin; one record of each thousand is missing."""
    schema = pa.schema([field.with_nullable(True) for field in arrow_schema(Article)])
    kind = schema.field("origin").type
    place = np.arange(count)
    place = place[place // 12 % 1000 != 500]
    offset = place // 12
    columns = {
        "source": pa.array([TOPIC] * len(place)),
        "partition": pa.array(place % 12),
        "offset": pa.array(offset),
        "follows": pa.array(np.maximum(offset - 1, 0)),
        "item": pa.array(np.zeros(len(place), dtype=np.int64)),
    }
    origin = pa.StructArray.from_arrays(
        [columns[field.name].cast(field.type) for field in kind], fields=list(kind)
    )
    table = pa.table(
        [origin if field.name == "origin" else pa.nulls(len(place), field.type) for field in schema],
        schema=schema,
    )
    (folder / "history").mkdir(parents=True)
    pq.write_table(table, folder / "history" / "rows.parquet")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_memory_does_not_grow_with_the_output(tmp_path):
    """10,000,000 rows at full size, 300,000 else. DuckDB may take 1 GB, and Python and its libraries 150 MB."""
    count = 10_000_000 if FULL else 300_000
    write_rows(tmp_path, count)
    root = Path(__file__).resolve().parents[3]
    outcome = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path)], capture_output=True, text=True, check=True, cwd=root
    )
    records, unaccounted, peak = map(int, outcome.stdout.split())

    assert records + unaccounted == count
    assert peak < (1_300 if FULL else 400)
