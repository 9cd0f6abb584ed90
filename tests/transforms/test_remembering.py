"""A stateful stage: one memory a key and run, changed only by what its step has decided."""

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.remembering import Remember, forget
from schemas.article import Article
from tests.builders import an_article
from tests.builders_memory import NUMBER

register_coders()


@pytest.fixture
def run_name(request):
    yield request.node.name
    forget(request.node.name)


def run(run_name, articles, expected):
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        numbered = (
            pipeline
            | beam.Create(articles).with_output_types(Article)
            | Remember(run_name, NUMBER)
            | beam.Map(lambda article: (article.source, article.story_seq))
        )
        assert_that(numbered, equal_to(expected))


def test_each_key_has_a_memory_of_its_own(run_name):
    articles = [an_article(str(n), source=source) for n, source in enumerate(["a", "b", "a", "a", "b"])]

    run(run_name, articles, [("a", 0), ("b", 0), ("a", 1), ("a", 2), ("b", 1)])


def test_an_article_that_is_known_changes_nothing(run_name):
    articles = [an_article(one, source="a") for one in ("1", "2", "1", "3")]

    run(run_name, articles, [("a", 0), ("a", 1), ("a", -1), ("a", 2)])


def test_a_memory_is_that_of_its_state_and_not_of_the_process(run_name):
    """The state of a pipeline dies with it; what the process still holds is then another lineage's."""
    run(run_name, [an_article("1", source="a")], [("a", 0)])

    run(run_name, [an_article("2", source="a")], [("a", 0)])


def test_a_step_that_raises_leaves_no_trace(run_name):
    with pytest.raises(KeyError, match="ours"):
        run(run_name, [an_article("1", source="a"), an_article("2", source="a", headline="bug")], [])

    run(run_name, [an_article("3", source="a")], [("a", 0)])
