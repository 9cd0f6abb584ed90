"""One final state on both indices, in whatever order, number and batches versions come."""

import os
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.opensearch.upsert import write_articles
from connectors.search.query import Query
from schemas.article import Article
from schemas.article_parts import DupKind
from tests.builders import MORNING
from tests.builders_search import an_index
from tests.builders_versions import HOUR, LIFE, a_hold, a_kill, a_version, arrivals
from tests.indexed import an_installation, held

EXAMPLES = 300 if os.environ.get("COPYDESK_FULL") == "1" else 15
DECEMBER, JANUARY, FEBRUARY = (MORNING - timedelta(days=days) for days in (90, 60, 20))
RELATION = {"dup_kind": DupKind.REWRITE, "dup_similarity": 0.5, "dup_containment": 0.6}
# Each example has articles of its own in the same index.
_NUMBERS = count()
LIVES: list[Article] = [
    *LIFE,
    a_version(9, copy_family="f", **RELATION),
    a_version(4, first_received=FEBRUARY),
    a_version(10, first_received=JANUARY, visible_from=MORNING + 2 * HOUR),
    a_version(10, content_hash="zz", headline="Without embargo"),
    a_version(4, "a4", content_hash="aa", headline="Embargoed", visible_from=MORNING + HOUR),
    replace(a_kill("a2"), first_received=MORNING),
    a_version(6, "a2", first_received=DECEMBER),
    a_version(1, "a4", first_received=MORNING, copy_family="f"),
    a_version(2, "a4", first_received=FEBRUARY, event_id="evt-2", event_confidence=0.5),
    replace(a_hold(3, "a4"), first_received=JANUARY),
    a_version(4, "a4", first_received=MORNING, restricted=True, visible_until=MORNING + HOUR),
]


@pytest.fixture(scope="module")
def two_installations(index_server):
    """Two, so that the same rows come to both."""
    with an_installation(index_server.cluster) as one, an_installation(index_server.cluster) as other:
        yield one, other


def written(installation, batches, beginning, as_of):
    """What an index holds of articles once it was written to in these batches."""
    client, names = installation
    for batch in batches:
        assert not write_articles(client, names, batch, as_of=as_of).refused
    documents = held(client, names, beginning=beginning)
    for document in documents:
        del document["_version"]  # counts rewrites too
    return documents


def of_example(number, rows):
    """The rows as those of articles of their own."""
    return [
        replace(
            row,
            article_id=f"{number}-{row.article_id}",
            source=f"{number}.example",
            copy_family=row.copy_family and f"{number}-{row.copy_family}",
        )
        for row in rows
    ]


def shown(index, source, as_of):
    """What readers see of a source's articles, and which stands for which family."""
    query = Query(source=source, size=100)
    everything = [hit.article_id for hit in index.search(replace(query, copies=True), as_of).hits]
    families = [(hit.article_id, hit.copies) for hit in index.search(query, as_of).hits]
    texts = [index.get(article_id, as_of) for article_id in sorted(everything)]
    return sorted(everything), sorted(families), texts


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data(), hours=st.sampled_from([0, 1, 2]))
def test_every_order_repetition_and_batching_ends_in_one_state_that_both_show_alike(
    two_installations, data, hours
):
    one, other = two_installations
    as_of, number = MORNING + hours * HOUR, next(_NUMBERS)
    chosen, in_turn = data.draw(arrivals(LIVES))
    rows = of_example(number, chosen)

    at_once = written(one, [rows], f"{number}-", as_of)
    bit_by_bit = written(other, [of_example(number, batch) for batch in in_turn], f"{number}-", as_of)

    for document in at_once:
        document["_index"] = document["_index"].replace(one[1].prefix, other[1].prefix)
    assert bit_by_bit == at_once
    with TemporaryDirectory() as folder, an_index(Path(folder), *rows, as_of=as_of) as embedded:
        seen = shown(OpenSearchIndex(*other), f"{number}.example", as_of)
        assert seen == shown(embedded, f"{number}.example", as_of)
