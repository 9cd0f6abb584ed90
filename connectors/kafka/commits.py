"""Committed offsets: where a group stands, and with which record before it.

Committed is what a bundle has handed to every sink; it is for the next start of a run and for whoever watches the lag.
On a cluster only the runner's checkpoints are truth.
"""

import logging
import re
import threading
import time
from collections.abc import Iterable, Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from connectors.kafka import figures
from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.places import ASK_TIMEOUT_MS, Place

_LOG = logging.getLogger(__name__)
# A bundle waits for its commit; a coordinator that is away must not hold all of them back.
_COMMIT_TIMEOUT_MS = 3_000
_BACK_OFF_S = 5.0
_METADATA = re.compile(r"1:last=(\d{0,19})")


def metadata_of(last_offset: int | None) -> str:
    """What is committed beside an offset: a version, and the last record before it.

    >>> metadata_of(5), metadata_of(None)
    ('1:last=5', '1:last=')
    """
    return f"1:last={'' if last_offset is None else last_offset}"


def last_of(offset: int, metadata: str | None) -> int | None:
    """The last record before a committed offset: as its metadata says, else, committed by others, the one before.

    >>> last_of(9, "1:last=5"), last_of(9, "1:last="), last_of(9, "theirs"), last_of(0, "")
    (5, None, 8, None)
    """
    match = _METADATA.fullmatch(metadata or "")
    if match is not None:
        return int(match[1]) if match[1] else None
    return offset - 1 if offset > 0 else None


def committed_places(
    consumer: KafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, Place]:
    """What the group of this consumer has committed of the partitions; those without are left out.

    Raises:
        KafkaError: the group's coordinator does not answer or does not allow it.
    """
    places = {}
    for partition in partitions:
        committed = consumer.committed(partition, metadata=True, timeout_ms=ASK_TIMEOUT_MS)
        if committed is not None and committed.offset >= 0:
            places[partition] = Place(
                topic=partition.topic,
                partition=partition.partition,
                next_offset=committed.offset,
                last_offset=last_of(committed.offset, committed.metadata),
            )
    return places


class Committer:
    """Commits offsets of one group, of each partition never backwards. One in a process for each group."""

    def __init__(self, cluster: KafkaCluster, group_id: str) -> None:
        self._client = KafkaConsumer(
            **cluster.client_settings(),
            group_id=group_id,
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        self._group_id = group_id
        self._guard = threading.Lock()
        self._committed: dict[TopicPartition, int] = {}
        self._waiting: dict[TopicPartition, Place] = {}
        self._not_before = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether offsets wait for another try."""
        return bool(self._waiting)

    def committed(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, Place]:
        """What the group has committed of the partitions; those without are left out."""
        with self._guard:
            return committed_places(self._client, partitions)

    def begin_at(self, offsets: Mapping[TopicPartition, int]) -> None:
        """These are read from here on: what lies beyond is not committed any more, and what is next may be lower.

        What waits and lies before has been read for good, though by a consumer that is gone: it is committed still.
        """
        with self._guard:
            for partition, offset in offsets.items():
                if self._committed.get(partition, -1) > offset:
                    del self._committed[partition]
                waiting = self._waiting.get(partition)
                if waiting is not None and waiting.next_offset > offset:
                    del self._waiting[partition]

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These are gone: what waits of them is not committed, and nothing is known of what was."""
        with self._guard:
            for partition in partitions:
                self._committed.pop(partition, None)
                self._waiting.pop(partition, None)

    def commit(self, places: Iterable[Place], *, is_last: bool = False) -> None:
        """Commit these and what waits; never raises: what fails is counted, and waits for a later call.

        After a failure 5 s pass before the next try, unless this `is_last`.
        """
        with self._guard:
            for place in places:
                partition = TopicPartition(place.topic, place.partition)
                if place.next_offset > self._committed.get(partition, -1):
                    self._waiting[partition] = place
            if self._waiting and (is_last or time.monotonic() >= self._not_before):
                self._try()

    def _try(self) -> None:
        offsets = {
            partition: OffsetAndMetadata(place.next_offset, metadata_of(place.last_offset), -1)
            for partition, place in self._waiting.items()
        }
        try:
            self._client.commit(offsets, timeout_ms=_COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            self._not_before = time.monotonic() + _BACK_OFF_S
            figures.count(figures.Count.COMMITS_FAILED)
            _LOG.warning(
                "offsets of group %s were not committed, a later try will: %r", self._group_id, error
            )
            return
        self._committed.update({partition: place.next_offset for partition, place in self._waiting.items()})
        self._waiting.clear()
        figures.count(figures.Count.COMMITS_SUCCEEDED)

    def close(self) -> None:
        """Leave the cluster; nothing more is committed."""
        with self._guard:
            self._client.close(autocommit=False)


_lock = threading.Lock()
_committers: dict[tuple[KafkaCluster, str], Committer] = {}


def committer_of(cluster: KafkaCluster, group_id: str) -> Committer:
    """The committer of a group, the same for all slots of this process."""
    with _lock:
        committer = _committers.get((cluster, group_id))
        if committer is None:
            committer = _committers[cluster, group_id] = Committer(cluster, group_id)
        return committer


def close_committers() -> None:
    """Close all committers of this process."""
    with _lock:
        for committer in _committers.values():
            committer.close()
        _committers.clear()
