"""Which partitions there are: asked of the brokers again and again, as a read that assigns its own is never told.

An admin client is asked and no consumer: its answer is fresh, comes within a limit, and costs 1-2 ms; a consumer's
`partitions_for_topic` and `topics` wait for ever while all brokers are away.
"""

import logging
import time
from collections.abc import Iterable

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError

from connectors.kafka import figures
from connectors.kafka.subscription import Subscription

_LOG = logging.getLogger(__name__)
_ASK_TIMEOUT_MS = 5_000


class Discovery:
    """What a subscription selects, as the brokers last said.

    Raises:
        KafkaTimeoutError: no broker answers.
    """

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._admin = KafkaAdminClient(
            **subscription.cluster.client_settings(),
            request_timeout_ms=_ASK_TIMEOUT_MS,
        )
        self._asked_at: float | None = None
        self._told_of: tuple[str, ...] = ()
        self._ids: dict[str, str] = {}
        self._read_ids: dict[str, str] = {}
        self.answered_at: float | None = None
        self.partitions: frozenset[TopicPartition] = frozenset()

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask again."""
        return self._asked_at is None or time.monotonic() - self._asked_at >= self._subscription.discovery_s

    @property
    def is_answered(self) -> bool:
        """Whether the brokers answered when they were last asked."""
        return (
            self._asked_at is not None and self.answered_at is not None and self.answered_at >= self._asked_at
        )

    def ask(self) -> bool:
        """Ask the brokers; `True` if they answered. What they said before stands while they do not."""
        self._asked_at = time.monotonic()
        # All topics for a pattern; of named ones the others of a large cluster are nobody's business.
        names = None if self._subscription.pattern is not None else list(self._subscription.topics)
        try:
            topics = self._admin.describe_topics(names)
        except KafkaError as error:
            _LOG.debug("the brokers do not say which partitions there are: %r", error)
            return False
        answered = [topic for topic in topics if topic["error_code"] == 0]
        there = {topic["name"]: topic["partitions"] for topic in answered}
        self._ids = {topic["name"]: topic["topic_id"] for topic in answered}
        self._read_ids = self._ids | self._read_ids
        self.partitions = frozenset(
            TopicPartition(name, partition["partition_index"])
            for name, partitions in there.items()
            if self._subscription.selects(name)
            for partition in partitions
        )
        self.answered_at = time.monotonic()
        self._tell(tuple(name for name in self._subscription.topics if name not in there))
        return True

    @property
    def made_anew(self) -> frozenset[str]:
        """Topics that are others than those of their names that were told of first: deleted, and made again."""
        return frozenset(name for name, topic_id in self._ids.items() if self._read_ids[name] != topic_id)

    def begin_anew(self, topics: Iterable[str]) -> None:
        """These are read as they are now."""
        self._read_ids |= {name: self._ids[name] for name in topics}

    def _tell(self, missing: tuple[str, ...]) -> None:
        figures.note_topics(missing)
        for name in missing:
            if name not in self._told_of:
                _LOG.warning("topic %s does not exist, or may not be read: it is read once it does", name)
        self._told_of = missing

    def close(self) -> None:
        """Leave the cluster."""
        self._admin.close()
