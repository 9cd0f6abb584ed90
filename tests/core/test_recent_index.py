import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.recent_index import RecentIndex

KEYS = st.integers(0, 2**32 - 1) | st.integers(0, 7)


@given(st.lists(KEYS | st.tuples(st.just("forget"), st.integers(0, 30)), max_size=200))
def test_entries_are_found_by_their_key_newest_first_until_they_are_forgotten(
    steps: list[int | tuple[str, int]],
) -> None:
    index, first = RecentIndex(), 0
    entries: list[int] = []
    for step in steps:
        if isinstance(step, tuple):
            first = max(first, min(step[1], len(entries)))
            index.forget_before(first)
        else:
            index.add(step)
            entries.append(step)

    for key in set(entries):
        numbers = [n for n, other in enumerate(entries) if other == key and n >= first]
        assert index.newest(key, 1_000) == numbers[::-1]
    assert len(index) == len(entries) - first


def test_an_index_that_grows_keeps_every_chain() -> None:
    index, small = RecentIndex(), 997
    for number in range(40_000):
        index.add(number * 2_654_435_761 % 2**32 if number % 10 else number % small)
    index.forget_before(20_000)

    for key in range(10):
        expected = [n for n in range(39_999, 19_999, -1) if n % 10 == 0 and n % small == key]
        assert [n for n in index.newest(key, 50) if n % 10 == 0] == expected[:50]


def test_a_heavy_key_costs_a_bounded_walk_and_shows_its_latest() -> None:
    index = RecentIndex()
    for _ in range(10_000):
        index.add(7)

    assert index.newest(7, 50) == list(range(9_999, 9_949, -1))
    assert index.newest(7 + 2**20, 50) == []


RUNS = st.lists(st.lists(KEYS, max_size=40) | st.integers(0, 30), max_size=8)


@given(RUNS, st.lists(KEYS, max_size=10))
def test_many_entries_at_once_are_as_one_after_the_other(
    steps: list[list[int] | int], after: list[int]
) -> None:
    index, single = RecentIndex(), RecentIndex()
    for step in steps:
        if isinstance(step, int):
            index.forget_before(step)
            single.forget_before(step)
        else:
            index.extend(np.array(step, np.uint32))
            add_each(single, step)
    add_each(index, after)
    add_each(single, after)

    keys = {key for step in steps if isinstance(step, list) for key in step} | set(after) | {0, 7}
    assert [index.newest(key, 50) for key in keys] == [single.newest(key, 50) for key in keys]
    assert len(index) == len(single)


def add_each(index: RecentIndex, keys: list[int]) -> None:
    for key in keys:
        index.add(key)


@pytest.mark.parametrize("sizes", [(0,), (1, 2_047, 1), (3_000, 70_000, 0, 5), (140_000,), (65_536, 65_536)])
def test_an_index_of_any_size_is_filled_at_once(sizes: tuple[int, ...]) -> None:
    chance = np.random.default_rng(5)
    index, single = RecentIndex(), RecentIndex()
    for size in sizes:
        keys = chance.integers(0, 50_000, size).astype(np.uint32)
        index.extend(keys)
        add_each(single, keys.tolist())
    index.forget_before(100)
    single.forget_before(100)

    assert [index.newest(key, 50) for key in range(50_000)] == [
        single.newest(key, 50) for key in range(50_000)
    ]
    assert index.nbytes == single.nbytes


def test_what_was_replaced_stays_so_when_the_index_grows_at_once() -> None:
    index = RecentIndex()
    index.add(7)
    index.add(8)
    index.replace(0, 7)
    index.extend(np.full(5_000, 9, np.uint32))

    assert index.newest(7, 10) == [2]
    assert index.newest(8, 10) == [1]


@given(st.lists(st.tuples(KEYS, st.booleans()), max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_an_index_is_made_again_of_its_entries(
    entries: list[tuple[int, bool]], forgotten: int, cut: int
) -> None:
    index = RecentIndex()
    add_each(index, [key for key, _ in entries])
    for number, (_, is_hidden) in enumerate(entries):
        if is_hidden:
            index.hide(number)
    index.forget_before(forgotten)
    again = RecentIndex(min(forgotten, len(entries)))
    for begin, end in ((0, cut), (cut, 100)):
        again.extend(*index.entries(begin, end))

    keys = [key for key, _ in entries]
    assert [again.newest(key, 50) for key in keys] == [index.newest(key, 50) for key in keys]
    assert len(again) == len(index)


@given(st.lists(KEYS, max_size=60), st.lists(KEYS, max_size=20), st.integers(0, 60))
def test_many_keys_are_looked_up_as_each_is(entries: list[int], keys: list[int], forgotten: int) -> None:
    index = RecentIndex()
    index.add_each(entries)
    index.forget_before(forgotten)
    places, numbers = index.pairs(np.array(keys, np.uint32))

    met = [numbers[places == place].tolist() for place in range(len(keys))]
    assert met == [index.newest(key, 100) for key in keys]
    assert index.newest_of_each(keys, 3) == [one for key in keys for one in index.newest(key, 3)]


def test_what_is_forgotten_already_is_hidden_already() -> None:
    index = RecentIndex()
    index.add_each([7, 8])
    index.forget_before(1)
    index.hide(0)

    assert (index.newest(7, 9), index.newest(8, 9)) == ([], [1])


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(0, 60))
def test_an_entry_that_is_replaced_is_found_no_more(keys: list[int], forgotten: int) -> None:
    index, newest = RecentIndex(), dict[int, int]()
    for number, key in enumerate(keys):
        if key in newest:
            index.replace(newest[key], key)
        else:
            index.add(key)
        newest[key] = number
    index.forget_before(forgotten)

    for key, number in newest.items():
        assert index.newest(key, 10) == ([number] if number >= forgotten else [])


def test_an_article_of_a_thousand_rows_hides_no_other() -> None:
    index, last = RecentIndex(), 0
    index.add(7 + 2**20)
    index.add(7)
    for number in range(2, 9_000):
        if number % 2:
            index.add(number * 2_654_435_761 % 2**32)
        else:
            index.replace(last or 1, 7)
            last = number

    assert index.newest(7, 10) == [last]
    assert index.newest(7 + 2**20, 10) == [0]
