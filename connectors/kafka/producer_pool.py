"""Producers of this process, lent to whoever writes: a connection is made once and not in every bundle.

A producer is for one thread at a time, so it is lent and given back; who loses track of it gives nothing back. Nothing
here is pickled: a DoFn carries the cluster and borrows where it runs.
"""

import atexit
from collections import defaultdict
from functools import cache
from threading import Lock

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import BoundedProducer

_Terms = tuple[KafkaCluster, float]


class ProducerPool:
    """Idle producers by cluster and patience."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: dict[_Terms, list[BoundedProducer]] = defaultdict(list)

    def borrow(self, cluster: KafkaCluster, patience_s: float) -> BoundedProducer:
        """An idle producer, or a new one."""
        with self._lock:
            idle = self._idle[cluster, patience_s]
            if idle:
                return idle.pop()
        return BoundedProducer(cluster, patience_s=patience_s)

    def give_back(self, cluster: KafkaCluster, patience_s: float, producer: BoundedProducer) -> None:
        """Take a producer back of which everything has been acknowledged."""
        with self._lock:
            self._idle[cluster, patience_s].append(producer)

    def close(self) -> None:
        """Let go of all that are idle."""
        with self._lock:
            idle = [producer for producers in self._idle.values() for producer in producers]
            self._idle.clear()
        for producer in idle:
            producer.close()


@cache
def shared_pool() -> ProducerPool:
    """The pool of this process."""
    pool = ProducerPool()
    atexit.register(pool.close)
    return pool
