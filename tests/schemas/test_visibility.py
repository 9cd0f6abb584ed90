"""Who may see what: the rule in Python and its rendering in SQL are one rule."""

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.article import Article
from schemas.article_parts import ItemKind, PubStatus
from schemas.codec import to_table
from schemas.visibility import readable, readable_sql
from tests.builders import MORNING, an_article

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"pub_status": PubStatus.WITHHELD}, False),
        ({"pub_status": PubStatus.CANCELED}, False),
        ({"restricted": True}, False),
        ({"item_kind": ItemKind.ADVISORY}, False),
        ({"item_kind": ItemKind.DAYBOOK}, False),
        ({"item_kind": ItemKind.FLASH}, True),
        ({"visible_from": MORNING + HOUR}, False),
        ({"visible_from": MORNING}, True),
        ({"visible_until": MORNING}, False),
        ({"visible_until": MORNING + HOUR}, True),
        ({"expires": MORNING - HOUR}, True),
        ({"usage_terms": "no archive"}, True),
        ({"embargoed_until": MORNING + HOUR, "visible_from": MORNING + HOUR}, False),
    ],
)
def test_what_readers_may_see(fields, expected):
    assert readable(an_article(**fields), MORNING) is expected


@given(
    st.fixed_dictionaries(
        {
            "pub_status": st.sampled_from(PubStatus),
            "item_kind": st.sampled_from(ItemKind),
            "restricted": st.booleans(),
            "visible_from": st.sampled_from([None, MORNING - HOUR, MORNING, MORNING + HOUR]),
            "visible_until": st.sampled_from([None, MORNING - HOUR, MORNING, MORNING + HOUR]),
        }
    )
)
def test_the_sql_decides_as_the_function(fields):
    article = replace(an_article(), **fields)
    rows = to_table(Article, [article])  # noqa: F841  DuckDB finds it by name
    query = f"select {readable_sql('$1')} from rows"

    with duckdb.connect() as database:
        assert database.execute(query, [MORNING]).fetchone() == (readable(article, MORNING),)
