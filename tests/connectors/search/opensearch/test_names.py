"""What the indices of an installation are called, so that its template makes each of them."""

from datetime import UTC, datetime
from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.search.opensearch.names import MONTH, UNDATED, IndexNames, month_of


@given(st.none() | st.datetimes(timezones=st.just(UTC)))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
@example(datetime(3000, 1, 1, tzinfo=UTC))
def test_whenever_an_article_arrived_its_month_is_one_that_the_template_makes(first_received):
    names = IndexNames()
    month = month_of(first_received)
    index = names.generation(month, 1)

    assert month == UNDATED or MONTH.fullmatch(month)
    assert any(fnmatchcase(index, pattern) for pattern in names.template_patterns)
    assert names.generation_in(index) == (month, 1)


@pytest.mark.parametrize("year", [1, 1969, 3000, 9999])
def test_a_first_arrival_that_cannot_be_right_is_none(year):
    assert month_of(datetime(year, 6, 1, tzinfo=UTC)) == UNDATED
