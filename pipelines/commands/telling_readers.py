"""Telling the topic that readers read what `publish` has found: releases, texts filled in, what has expired."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import BoundedProducer
from connectors.kafka.trouble import KafkaTrouble
from pipelines.core.article_topics import ArticleTopics, untold_record
from schemas.article import Article

# Less than the minute until the next run, which tells what this one could not.
_PATIENCE_S = 20.0


@dataclass(slots=True, kw_only=True)
class ReadersTeller:
    """Tells a topic of articles, and keeps what came of it.

    `told` counts records that were acknowledged; `refused` are the reasons of those that the topic does not take;
    `trouble` is what kept the cluster from taking them.
    """

    cluster: KafkaCluster
    topics: ArticleTopics
    told: int = 0
    refused: list[str] = field(default_factory=list)
    trouble: str | None = None

    def tell(self, rows: Sequence[Article]) -> bool:
        """Write the records of these rows; whether the cluster has taken all that its topic takes."""
        producer = BoundedProducer(self.cluster, patience_s=_PATIENCE_S)
        try:
            for row in rows:
                producer.send(untold_record(self.topics, row))
            undelivered = producer.flush()
        except KafkaTrouble as error:
            self.trouble = str(error)
            return False
        finally:
            producer.close()
        self.refused += [one.reason for one in undelivered]
        self.told += len(rows) - len(undelivered)
        return True
