"""How much of a block fits into a bundle, and how many records a poll may bring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kafka.blocks import PollSize, fitting


@given(st.lists(st.integers(0, 20)), st.integers(0, 12), st.integers(0, 60))
def test_what_fits_is_within_both_limits_and_one_more_record_is_not(sizes, most_records, most_bytes):
    count = fitting(sizes, most_records, most_bytes)

    assert count <= most_records
    assert sum(sizes[:count]) <= most_bytes
    assert count == len(sizes) or count == most_records or sum(sizes[: count + 1]) > most_bytes


@pytest.mark.parametrize(
    ("records", "size", "expected"),
    [(10, 20_000, 1_000), (10, 3_000_000, 111), (1, 40_000_000, 1), (5, -5, 1_000)],
    ids=["small", "large", "larger than a bundle", "null values"],
)
def test_a_poll_may_bring_about_the_bytes_of_a_bundle_by_the_records_that_came(records, size, expected):
    poll = PollSize(32 * 1024 * 1024)
    poll.note(records, size)

    assert poll.records == expected


def test_large_records_are_remembered_over_a_poll_of_small_ones():
    poll = PollSize(32 * 1024 * 1024)
    poll.note(100, 30_000_000)
    poll.note(100, 100)

    assert poll.records < 200

    for _ in range(100):
        poll.note(100, 100)

    assert poll.records == 1_000
