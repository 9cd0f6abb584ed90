import pickle
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.article import Article
from schemas.changed import changed
from tests.builders import an_article


def test_a_changed_copy_is_what_replace_makes() -> None:
    article = an_article("a1")

    assert changed(article, headline="Another", word_count=4) == replace(
        article, headline="Another", word_count=4
    )
    assert changed(article) == article
    assert article == an_article("a1")


def test_a_changed_copy_is_as_frozen_as_its_original() -> None:
    copy = changed(an_article("a1"))

    with pytest.raises(FrozenInstanceError):
        copy.headline = "Another"  # type: ignore[misc]


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        changed(an_article("a1"), no_such_field=1)


@given(st.dictionaries(st.sampled_from([field.name for field in fields(Article)]), st.text(max_size=3)))
def test_any_fields_may_change(values: dict[str, Any]) -> None:
    article = an_article("a1")

    copy = changed(article, **values)

    assert copy == replace(article, **values)
    assert type(copy) is Article
    assert pickle.loads(pickle.dumps(copy)) == copy
