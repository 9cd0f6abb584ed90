"""`--workers`: how many processes extract pages, and that their number shows in nothing."""

import os

import pytest

from pipelines.options import MAX_WORKERS, Misuse, parse_workers


def test_by_default_there_is_a_worker_for_each_core_of_this_process():
    assert parse_workers(None) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("count", [0, 1, MAX_WORKERS])
def test_a_number_is_taken_as_it_is(count):
    assert parse_workers(count) == count


@pytest.mark.parametrize("count", [-1, MAX_WORKERS + 1])
def test_any_other_number_is_misuse(count):
    with pytest.raises(Misuse, match="--workers"):
        parse_workers(count)
