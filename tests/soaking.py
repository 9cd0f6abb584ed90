"""A stream of very many small bundles, published as often as one beside a `run` is, and what it costs while it goes.

python -m tests.soaking DATA BOOTSTRAP_SERVERS TOPICS BUNDLES BUNDLES_A_MINUTE

TOPICS as JSON. Without waiting for the clock: each minute is so many bundles of one record. Prints samples as JSON.
"""

import json
import os
import sys
import threading
from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.dead_letter_record import DeadLetterTopics
from connectors.kafka.places import Stop, StopKind
from connectors.kafka.read import begin_reading, end_reading
from connectors.kafka.subscription import Subscription
from connectors.kafka.write import begin_writing, end_writing
from pipelines.commands.stream.publish_beside import PublishBeside, publish_command
from pipelines.core.article_topics import ArticleTopics
from pipelines.ingest import ingest, read
from pipelines.options import IngestConfig, Outlets, stream_config
from pipelines.runners.local import LocalRunner
from pipelines.transforms import remembering
from pipelines.transforms.coders import register_coders
from pipelines.transforms.sandbox_ahead import forget_foreseen, prepare_sandbox
from pipelines.transforms.sandbox_pool import close_shared_pools

SAMPLES = 24
_STATM = Path("/proc/self/statm")


class Soak:
    """How far the stream of this process is, and what it took on its way. DoFns are pickled: they find it by name."""

    data = Path()
    bundles = 0
    every = 1
    minute = 1
    samples: list[dict[str, float]]

    @classmethod
    def bundle_ended(cls) -> None:
        cls.bundles += 1
        if cls.bundles % cls.minute == 0:
            # The real thing: a process of its own.
            publishing = PublishBeside(command=publish_command(cls.data), is_due=lambda: True, every_s=60)
            assert publishing.publish(), publishing.figures().failure
        if cls.bundles % cls.every == 0:
            cls.samples.append(sample(cls.bundles))


def sample(bundles: int) -> dict[str, float]:
    """Bytes of this process without its memories, as they count themselves; its threads and open files."""
    resident = int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    memories = sum(held.memory.nbytes for held in remembering._held.values())
    return {
        "bundles": bundles,
        "resident": resident - memories,
        "memories": memories,
        "threads": threading.active_count(),
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "cpu_s": sum(os.times()[:2]),
    }


class _CountBundlesFn(beam.DoFn):
    """Behind the last sink."""

    def process(self, _article):
        return ()

    def finish_bundle(self):
        Soak.bundle_ended()


def run_counted(config: IngestConfig) -> None:
    """`pipelines.ingest.run`, with an eye on each bundle."""
    prepare_sandbox(config.workers)
    register_coders(plain=True)
    begin_reading()
    begin_writing()
    try:
        pipeline = beam.Pipeline(runner=LocalRunner(), options=PipelineOptions([]))
        _ = ingest(read(pipeline, config), config) | "CountBundles" >> beam.ParDo(_CountBundlesFn())
        pipeline.run().wait_until_finish()
    finally:
        close_shared_pools()
        forget_foreseen()
        end_reading()
        end_writing()


def main(data: str, servers: str, topics: str, bundles: str, bundles_a_minute: str) -> None:
    names = json.loads(topics)
    cluster = KafkaCluster(bootstrap_servers=(servers,))
    outlets = Outlets(
        cluster=cluster,
        articles=ArticleTopics(readers=names["articles"], editors=names["articles_restricted"]),
        dead_letters=DeadLetterTopics(
            open=names["dead_letters"], restricted=names["dead_letters_restricted"]
        ),
        patience_s=60,
    )
    subscription = Subscription(
        cluster=cluster,
        topics=(names["pages"], names["wire"]),
        group_id=names["wire"],
        stop=Stop(kind=StopKind.LATEST),
        max_bundle_records=1,
    )
    Soak.data, Soak.samples = Path(data), []
    Soak.minute, Soak.every = int(bundles_a_minute), max(1, int(bundles) // SAMPLES)
    run_counted(stream_config(subscription, outlets, data=Soak.data, workers=1))
    sys.stdout.write(json.dumps(Soak.samples))


if __name__ == "__main__":
    from tests import soaking  # noqa: PLW0406  under its own name, where DoFns look for it

    soaking.main(*sys.argv[1:])
