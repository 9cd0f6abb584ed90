"""How the work of a search grows: with what there is to look at, never with its square."""

from contextlib import closing
from datetime import timedelta
from time import thread_time

import pytest

from connectors.search.query import Facet, Query, Sort
from connectors.search.sqlite.schema import open_for_reading
from connectors.search.sqlite.search import search
from tests.builders import MORNING
from tests.builders_search import a_text, an_index, asked

# Four times as much to look at may take so many times the work: in proportion it is four, squared it is sixteen.
FOURFOLD_AT_MOST = 8


def a_family(members):
    return [
        a_text(f"c{age:05}", "dock", published=MORNING - timedelta(minutes=age), copy_family="f")
        for age in range(members)
    ]


def steps(folder, query):
    """How many hundred steps of SQLite's machine a search takes."""
    count = 0

    def step():
        nonlocal count
        count += 1

    with closing(open_for_reading(str(folder / "search.sqlite"))) as connection:
        connection.set_progress_handler(step, 100)
        search(connection, query, MORNING)
    return count


@pytest.mark.parametrize(
    "query",
    [
        Query(text="dock", size=100),
        Query(text="dock", size=100, sort=Sort.NEWEST),
        Query(size=100, facets=tuple(Facet)),
        Query(text="dock", size=1_000, copies=True),
    ],
    ids=["relevance", "newest", "facets", "copies"],
)
def test_a_copy_family_takes_work_in_proportion_to_its_members(tmp_path, query):
    work = []
    for members in (400, 1_600):
        folder = tmp_path / str(members)
        an_index(folder, *a_family(members))
        work.append(steps(folder, query))

    assert work[1] < FOURFOLD_AT_MOST * work[0]


def cpu_seconds(index, text):
    """The least of three, of this thread alone."""

    def once():
        start = thread_time()
        asked(index, text)
        return thread_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize("text", ["dock", "dock OR qu*", '"dock quay"'])
def test_a_long_text_takes_work_in_proportion_to_what_matches_in_it(tmp_path, text):
    work = []
    for words in (25_000, 100_000):
        index = an_index(tmp_path / str(words), a_text("a1", "dock quay " * (words // 2)))
        work.append(cpu_seconds(index, text))

    assert work[1] < FOURFOLD_AT_MOST * work[0]


def test_a_word_that_a_query_says_often_is_looked_for_once_in_a_snippet(tmp_path):
    index = an_index(tmp_path, a_text("a1", "dock " * 900))

    assert cpu_seconds(index, "dock " * 64) < 32 * cpu_seconds(index, "dock")
    assert asked(index, "dock " * 64).hits[0].snippet == asked(index, "dock").hits[0].snippet
