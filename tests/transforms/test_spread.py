"""SpreadRecords: a hop that spreads, keeps every item and the order of each key."""

from collections import Counter

import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to

from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import RawCoder, register_coders
from pipelines.transforms.spread import SHARDS, SpreadRecords, shard_of
from schemas.raw import Raw
from tests.builders import a_page, a_record

register_coders()

PAGES = [a_page(f"<p>{n}</p>", url=f"https://news.example/{n % 50}") for n in range(200)]


def test_items_come_out_as_they_went_in():
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        spread = pipeline | beam.Create(PAGES).with_output_types(Raw) | SpreadRecords()
        assert_that(spread, equal_to(PAGES))


def test_records_with_one_key_go_the_same_way():
    same = [a_page(str(n), record=a_record(str(n).encode(), key=b"k")) for n in range(9)]

    assert len({shard_of(page) for page in same}) == 1
    assert len({shard_of(page) for page in PAGES if page.url == PAGES[0].url}) == 1


def test_keys_spread_evenly():
    shards = Counter(shard_of(a_page(str(n), url=f"https://news.example/{n}")) for n in range(6400))

    assert len(shards) == SHARDS
    assert max(shards.values()) < 2 * 6400 / SHARDS


def test_a_raw_item_has_an_explicit_deterministic_coder():
    coder = beam.coders.registry.get_coder(Raw)

    assert isinstance(coder, RawCoder)
    assert coder.is_deterministic()
