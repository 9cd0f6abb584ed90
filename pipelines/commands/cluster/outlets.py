"""The topics that articles and dead letters go to, by the declared topics."""

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.dead_letter_record import DeadLetterTopics
from connectors.kafka.topics import Topics
from pipelines.core.article_topics import ArticleTopics
from pipelines.options import Outlets


def outlets_of(cluster: KafkaCluster, declared: Topics, patience_s: float) -> Outlets:
    """The outlets of a run on this cluster; an outage is waited out for `patience_s`."""
    return Outlets(
        cluster=cluster,
        articles=ArticleTopics(readers=declared.articles.name, editors=declared.articles_restricted.name),
        dead_letters=DeadLetterTopics(
            open=declared.dead_letters.name, restricted=declared.dead_letters_restricted.name
        ),
        patience_s=patience_s,
    )
