"""The restriction of a slot: nothing is left out between a bundle and its residual, and its bytes are a contract."""

from pathlib import Path

import pytest
from apache_beam.utils.timestamp import MIN_TIMESTAMP, Timestamp
from hypothesis import given
from hypothesis import strategies as st
from kafka import TopicPartition

from connectors.kafka.slots import Cursor, Positions, PositionsCoder, Slot, SlotCoder, WatermarkCoder
from connectors.kafka.tracker import Mark, Rewound, SlotPositions, SlotTracker

GOLDEN = Path(__file__).parents[2] / "snapshots" / "kafka_source.txt"
OFFSETS = st.integers(min_value=0, max_value=2**63 - 2)
PARTITIONS = st.builds(
    TopicPartition, st.sampled_from(["news.wire.raw", "news.pages.raw", "ü"]), st.integers(0, 23)
)
CURSORS = st.builds(
    lambda partition, next_offset, stop, last: Cursor(
        partition=partition, next_offset=next_offset, stop_offset=stop, last_offset=last
    ),
    PARTITIONS,
    OFFSETS,
    st.none() | OFFSETS,
    st.none() | OFFSETS,
)
POSITIONS = st.builds(
    lambda cursors, is_started: Positions(
        cursors=tuple(sorted(cursors, key=lambda cursor: cursor.partition)), is_started=is_started
    ),
    st.lists(CURSORS, max_size=24, unique_by=lambda cursor: cursor.partition),
    st.booleans(),
)
WIRE = TopicPartition("news.wire.raw", 0)
PAGES = TopicPartition("news.pages.raw", 1)


def cursor(next_offset, stop=None, last=None, partition=WIRE):
    return Cursor(partition=partition, next_offset=next_offset, stop_offset=stop, last_offset=last)


def tracker(*cursors, is_started=True):
    return SlotTracker(Positions(cursors=cursors, is_started=is_started))


@given(POSITIONS)
def test_positions_come_back_from_their_bytes(positions):
    assert PositionsCoder().decode(PositionsCoder().encode(positions)) == positions


@given(st.integers(0, 2**31 - 1), st.integers(1, 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_slots_come_back_from_their_bytes(number, count, salt):
    assert SlotCoder().decode(SlotCoder().encode(Slot(number, count, salt))) == Slot(number, count, salt)


def golden_lines():
    positions = Positions(cursors=(cursor(7, 9, 5), cursor(3, partition=PAGES)), is_started=True)
    return [
        f"slot       {SlotCoder().encode(Slot(1, 4, 77)).hex()}",
        f"positions  {PositionsCoder().encode(positions)!r}",
        f"beginning  {PositionsCoder().encode(Positions())!r}",
        f"watermark  {WatermarkCoder().encode(Timestamp(micros=1_000_001)).hex()}",
    ]


def test_the_bytes_are_those_of_the_contract():
    """A savepoint of a released version must be readable: only add versions, and keep reading the old."""
    assert golden_lines() == GOLDEN.read_text().splitlines()


@pytest.mark.parametrize("coder", [SlotCoder(), PositionsCoder(), WatermarkCoder()])
@pytest.mark.parametrize("encoded", [b"", b"\x02rest", b"\x00"])
def test_bytes_of_an_unknown_version_are_refused(coder, encoded):
    with pytest.raises(ValueError, match="unknown here"):
        coder.decode(encoded)


@pytest.mark.parametrize("watermark", [MIN_TIMESTAMP, Timestamp(5)])
def test_a_watermark_comes_back(watermark):
    assert WatermarkCoder().decode(WatermarkCoder().encode(watermark)) == watermark


@given(POSITIONS)
def test_positions_are_never_falsy(positions):
    """Beam drops a residual that is: the source then ends and says nothing."""
    assert positions
    assert Positions()


@given(st.integers(1, 7), st.sets(PARTITIONS))
def test_each_partition_is_of_one_slot(count, partitions):
    slots = [Slot(number, count) for number in range(count)]

    assert all(sum(slot.owns(partition) for slot in slots) == 1 for partition in partitions)


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_partitions_are_dealt_evenly(count):
    dealt = [
        sum(Slot(number, count).owns(TopicPartition("t", each)) for each in range(24))
        for number in range(count)
    ]

    assert set(dealt) == {24 // count}


@given(st.lists(st.integers(1, 100), max_size=10), st.integers(0, 10))
def test_the_residual_begins_where_the_claims_end(steps, split_after):
    tracked = tracker(cursor(0), cursor(5, partition=PAGES))
    offset = 0
    for place, step in enumerate(steps):
        if place == split_after:
            break
        offset += step
        assert tracked.try_claim(cursor(offset, last=offset - 1))

    primary, residual = tracked.try_split(0)

    assert {each.partition: each.next_offset for each in residual.cursors} == {WIRE: offset, PAGES: 5}
    assert residual.is_started
    assert all(each.is_done for each in primary.cursors)
    assert not tracked.try_claim(cursor(offset + 1))
    assert tracked.check_done()


@pytest.mark.parametrize("fraction", [0.1, 0.5, 1.0])
def test_a_slot_is_never_cut_in_two(fraction):
    assert tracker(cursor(0)).try_split(fraction) is None


def test_a_bundle_that_stops_without_a_checkpoint_is_refused():
    with pytest.raises(ValueError, match="no checkpoint"):
        tracker(cursor(0)).check_done()
    with pytest.raises(ValueError, match="no checkpoint"):
        tracker(is_started=False).check_done()
    with pytest.raises(ValueError, match="no checkpoint"):
        tracker(cursor(4, 5), cursor(9, 9, partition=PAGES)).check_done()


def test_a_slot_without_partitions_goes_on():
    tracked = tracker()

    assert not tracked.is_bounded()
    assert tracked.try_split(0) == (Positions(is_started=True), Positions(is_started=True))


def test_a_slot_at_its_stops_is_done_and_leaves_no_residual():
    tracked = tracker(cursor(4, 5), cursor(9, 9, partition=PAGES))
    tracked.try_claim(cursor(5, 5, 4))

    assert tracked.check_done()
    assert tracked.try_split(0) is None


def test_a_drained_slot_is_done_and_claims_nothing_more():
    tracked = tracker(cursor(4))
    tracked.try_claim(Mark.DRAINED)

    assert tracked.check_done()
    assert not tracked.try_claim(cursor(5))
    assert tracked.try_split(0) is None


@pytest.mark.parametrize(
    ("claimed", "said"), [(cursor(4), "increase"), (cursor(3), "increase"), (cursor(9), "beyond")]
)
def test_claims_go_forwards_and_not_beyond_the_stop(claimed, said):
    tracked = tracker(cursor(4, 8))

    with pytest.raises(ValueError, match=said):
        tracked.try_claim(claimed)


def test_a_log_that_begins_anew_may_be_claimed_from_further_back():
    tracked = tracker(cursor(400))
    tracked.try_claim(Rewound(cursor(0)))
    tracked.try_claim(cursor(3, last=2))

    _, residual = tracked.try_split(0)

    assert residual.cursors == (cursor(3, last=2),)


def test_partitions_enter_and_the_start_is_marked():
    tracked = tracker(is_started=False)
    for claim in (cursor(3), cursor(7, partition=PAGES), Mark.STARTED):
        assert tracked.try_claim(claim)

    _, residual = tracked.try_split(0)

    assert residual == Positions(cursors=(cursor(7, partition=PAGES), cursor(3)), is_started=True)


def test_a_drain_of_the_runner_reads_a_bounded_slot_to_its_end_and_no_other_further():
    provider = SlotPositions()
    bounded = Positions(cursors=(cursor(3, 9),), is_started=True)
    endless = Positions(cursors=(cursor(3),), is_started=True)

    assert provider.truncate(Slot(0, 1), bounded) == bounded
    assert provider.truncate(Slot(0, 1), endless) is None
