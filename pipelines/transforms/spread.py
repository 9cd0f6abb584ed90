"""SpreadRecords: a keyed hop, so that extraction uses every worker whatever the partitions of the topic.

A stateful DoFn that uses no state: it streams on every runner, shuffles on Flink, and keeps the order of each article,
because all records with one key go the same way. Source: research/slots.md, "keyed hop".
"""

from collections.abc import Iterator
from zlib import crc32

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from schemas.page import RawPage
from schemas.raw import Raw
from schemas.wire import RawWire

# Enough to fill any cluster this is meant for, few enough that a bundle touches each key more than once.
SHARDS = 64


def shard_of(raw: Raw) -> int:
    """The shard of an item: by its record's key, else its URL, else the bytes themselves."""
    assert isinstance(raw, RawPage | RawWire)
    key = raw.record.key
    if key is None and isinstance(raw, RawPage):
        key = (raw.final_url or raw.url or "").encode() or None
    return crc32(key if key is not None else raw.payload_sha256.encode()) % SHARDS


def _keyed(raw: Raw) -> tuple[int, Raw]:
    return shard_of(raw), raw


class _SpreadFn(beam.DoFn):
    UNUSED = ReadModifyWriteStateSpec("unused", BytesCoder())

    def process(
        self,
        keyed: tuple[int, Raw],
        unused: object = beam.DoFn.StateParam(UNUSED),  # noqa: ARG002  the state is what makes it a keyed hop
    ) -> Iterator[Raw]:
        yield keyed[1]


class SpreadRecords(beam.PTransform):
    """Raw items in, the same out, on the worker of their key. Bounded and unbounded; order per key kept; no state."""

    def expand(self, raws: beam.PCollection) -> beam.PCollection:
        return (
            raws
            | "Key" >> beam.Map(_keyed).with_output_types(tuple[int, Raw])
            | "Hop" >> beam.ParDo(_SpreadFn()).with_output_types(Raw)
        )
