"""Telling the topic that readers read what `publish` has found: releases, texts filled in, what has expired."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import BoundedProducer
from connectors.kafka.trouble import KafkaTrouble
from pipelines.core.article_topics import ArticleTopics, untold_record
from schemas.article import Article

# How long a cluster that is away is waited for: less than the minute until the next run (`run --publish-every`), which
# tells what this one could not, and about what it takes after a broker was killed, 10 to 25 s (research/slots.md).
_CLUSTER_ANSWERS_WITHIN_S = 20.0


@dataclass(slots=True, kw_only=True)
class ReadersTeller:
    """Tells a topic of articles, and keeps what came of it.

    `told` counts records that were acknowledged; `refused` says which the topic does not take, and why; `trouble` is what
    kept the cluster from taking them.
    """

    cluster: KafkaCluster
    topics: ArticleTopics
    told: int = 0
    refused: list[str] = field(default_factory=list)
    trouble: str | None = None

    def tell(self, rows: Sequence[Article]) -> frozenset[str]:
        """Write the records of these rows; the ids of the articles that the topic has not taken, whatever the reason."""
        producer = BoundedProducer(self.cluster, patience_s=_CLUSTER_ANSWERS_WITHIN_S)
        try:
            for row in rows:
                producer.send(untold_record(self.topics, row), mark=row.article_id)
            undelivered = producer.flush()
        except KafkaTrouble as error:
            self.trouble = str(error)
            return frozenset(row.article_id for row in rows)
        finally:
            producer.close()
        self.refused += [f"{one.mark}: {one.reason}" for one in undelivered]
        self.told += len(rows) - len(undelivered)
        return frozenset(str(one.mark) for one in undelivered)
