"""WriteSearchIndex to an index on a cluster, on Beam's in-process runner."""

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from connectors.search.opensearch.bulk import RefusedWrite
from connectors.search.opensearch.cluster import IndexCluster, IndexTarget
from connectors.search.opensearch.index_figures import forget_index_figures
from connectors.search.opensearch.names import IndexNames
from connectors.search.opensearch.trouble import IndexUnreachable
from connectors.search.write import WriteSearchIndex
from pipelines.commands.sink_trouble import naming_sink_trouble
from pipelines.runners.local import LocalRunner
from schemas.article_parts import PubStatus
from tests.builders import MORNING, an_article
from tests.connectors.search.test_write import ReadStampFn, StampFn
from tests.indexed import a_target, an_installation, held


@pytest.fixture(scope="module")
def installation(index_server):
    with an_installation(index_server.cluster) as made:
        yield made


class ReadRefusedFn(beam.DoFn):
    """Tells what was refused, and the timestamp that it came with."""

    def process(self, pair, timestamp=beam.DoFn.TimestampParam):
        article, failure = pair
        assert isinstance(failure, RefusedWrite)
        yield article.article_id[:4], failure.kind, int(timestamp)


def write(target, articles, *, indexed, unindexed=()):
    pipeline = beam.Pipeline(runner=LocalRunner())
    rows = pipeline | beam.Create(articles) | beam.ParDo(StampFn())
    written, refused = rows | "WriteSearchIndex" >> WriteSearchIndex(target, MORNING)
    assert_that(written | "Stamps" >> beam.ParDo(ReadStampFn()), equal_to(indexed), "indexed")
    assert_that(refused | "Refusals" >> beam.ParDo(ReadRefusedFn()), equal_to(list(unindexed)), "unindexed")
    result = pipeline.run()
    result.wait_until_finish()
    return result


def test_every_row_is_handed_on_with_its_timestamp_the_unwritten_and_the_refused_too(
    index_server, installation
):
    client, names = installation
    too_long = "long" * 200
    rows = [
        an_article("w1", offset=1),
        an_article("w2", offset=2, superseded=True),
        an_article("w3", offset=3, pub_status=PubStatus.CANCELED),
        an_article(too_long, offset=4),
    ]

    write(
        a_target(index_server.cluster, names),
        rows,
        indexed=[("w1", 1), ("w2", 2), ("w3", 3), (too_long, 4)],
        unindexed=[("long", "action_request_validation_exception", 4)],
    )

    assert [one["_id"] for one in held(client, names, beginning="w")] == ["w1", "w3"]


def test_what_was_written_and_refused_is_counted_in_beam(index_server, installation):
    _, names = installation
    forget_index_figures()

    result = write(
        a_target(index_server.cluster, names),
        [an_article("c1", offset=1), an_article("c2", offset=2)],
        indexed=[("c1", 1), ("c2", 2)],
    )

    counters = result.metrics().query()["counters"]
    told = {
        one.key.metric.name: one.committed for one in counters if one.key.metric.namespace == "index_sink"
    }
    assert told["written"] == 2
    assert told["bytes"] > 1_000


def test_an_outage_beyond_patience_ends_the_pipeline_and_says_which():
    away = IndexTarget(
        cluster=IndexCluster(hosts=("http://127.0.0.1:9",)), names=IndexNames(), patience_s=0.2
    )
    told = r"^http://127\.0\.0\.1:9 could not be used for 0\.2 s: Connection refused$"

    with pytest.raises(IndexUnreachable, match=told), naming_sink_trouble():
        write(away, [an_article()], indexed=[])
