"""A stateful stage: one memory a key and run, changed only by what its step has decided."""

from dataclasses import dataclass, field, replace

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipelines.core.step import Step
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from pipelines.transforms.remembering import Remember, StatefulStage, forget
from schemas.article import Article
from tests.builders import an_article

register_coders()


@dataclass
class Seen:
    ids: list[str] = field(default_factory=list)

    def apply(self, change):
        self.ids.append(change)


def number(memory, article):
    if article.headline == "bug":
        raise KeyError("ours")
    return Step((article.article_id,), (replace(article, story_seq=len(memory.ids)),))


STAGE = StatefulStage(
    label="Number", key_of=lambda article: article.source, new_memory=lambda key: Seen(), step=number
)


def run(run_name, articles, expected):
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        numbered = (
            pipeline
            | beam.Create(articles).with_output_types(Article)
            | Remember(run_name, STAGE)
            | beam.Map(lambda article: (article.source, article.story_seq))
        )
        assert_that(numbered, equal_to(expected))


def test_each_key_has_a_memory_of_its_own():
    articles = [an_article(str(n), source=source) for n, source in enumerate(["a", "b", "a", "a", "b"])]

    run("keys", articles, [("a", 0), ("b", 0), ("a", 1), ("a", 2), ("b", 1)])
    forget("keys")


def test_two_runs_in_one_process_know_nothing_of_each_other():
    run("one", [an_article("1", source="a")], [("a", 0)])
    run("two", [an_article("1", source="a")], [("a", 0)])
    run("one", [an_article("2", source="a")], [("a", 1)])
    forget("one")
    run("one", [an_article("3", source="a")], [("a", 0)])
    forget("one")
    forget("two")


def test_a_step_that_raises_leaves_no_trace_in_the_memory():
    run("bug", [an_article("1", source="a")], [("a", 0)])
    with pytest.raises(KeyError, match="ours"):
        run("bug", [an_article("2", source="a", headline="bug")], [])

    run("bug", [an_article("3", source="a")], [("a", 1)])
    forget("bug")
