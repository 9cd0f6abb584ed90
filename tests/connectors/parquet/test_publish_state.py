"""publish.json: what the last complete run has noted, and nothing that only looks like it."""

import orjson
import pytest

from connectors.parquet.publish_state import NAME, read_state
from schemas.article_parts import ChangeType
from tests.builders_history import a_version, arrive, publish_at, published_bytes


@pytest.fixture
def published(tmp_path):
    arrive(tmp_path, a_version(1, ChangeType.NEW))
    publish_at(tmp_path)
    return tmp_path


def test_a_run_is_noted(published):
    state = read_state(published)

    assert state is not None
    assert len(state.history) == 1


@pytest.mark.parametrize("text", [b"[]", b"null", b"7", b'"x"', b"{}", b"", b"{", b"\xff\x00"])
def test_what_is_no_account_of_a_run_is_none_and_the_next_run_builds_all_anew(published, text):
    before = published_bytes(published)
    (published / NAME).write_bytes(text)
    assert read_state(published) is None

    publish_at(published)

    assert read_state(published) is not None
    assert published_bytes(published) == before


@pytest.mark.parametrize(
    "broken",
    [
        {"as_of": None},
        {"as_of": "2026-03-02T12:00:00"},
        {"as_of": "noon"},
        {"holds_until": 7},
        {"history": []},
        {"history": {"a": 1}},
        {"history": {"a": [1, 2, 3]}},
        {"outputs": None},
        {"outputs": {"a": ["x", 1]}},
        {"owed_to_topic": "strike"},
        {"owed_to_topic": [1]},
    ],
    ids=str,
)
def test_an_account_with_a_field_of_another_form_is_none(published, broken):
    document = orjson.loads((published / NAME).read_bytes())
    (published / NAME).write_bytes(orjson.dumps(document | broken))

    assert read_state(published) is None


def test_an_account_that_lacks_a_field_is_none(published):
    document = orjson.loads((published / NAME).read_bytes())
    for name in document:
        (published / NAME).write_bytes(orjson.dumps({key: document[key] for key in document if key != name}))

        assert read_state(published) is None, name
