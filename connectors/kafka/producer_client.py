"""One client of kafka-python's producer, made anew when it has died, and how long an outage is waited out.

Nothing here is asked twice of a cluster that refuses us: a wrong password or a missing right is raised at once.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    AuthorizationError,
    InvalidRecordError,
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)

from connectors.kafka.cluster import KafkaCluster, quiet_client_logs
from connectors.kafka.record_limits import MissingTopic, largest_record
from connectors.kafka.sink_figures import note_waiting
from connectors.kafka.trouble import KafkaTrouble, told
from schemas.topic_record import TopicRecord

# A broker's refusals of one record, whoever sends it.
OF_THE_RECORD = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidRecordError,
    InvalidTimestampError,
)
_OF_US = (AuthorizationError, SaslAuthenticationFailedError, UnsupportedSaslMechanismError)

# Source: research/kafka.md §4, the settings that were measured.
_LINGER_MS, _BATCH_BYTES, _REQUEST_TIMEOUT_MS = 10, 262_144, 15_000
# How long one look at the cluster may take before patience is asked again.
_LOOK_MS = 5_000
# From a client that gave up to the next one: a broker that starts takes 3 to 6 s (research/services.md §1).
_PAUSE_S = 0.25
_CLOSE_S = 5.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OutOfPatience(KafkaTrouble):
    """An outage lasted longer than it was to be waited for."""


class ProducerClient:
    """Hands records to a KafkaProducer. Idempotent, all in-sync replicas acknowledge, zstd, no topic is made by accident.

    Patience counts from the last call of `heard`.
    """

    def __init__(self, cluster: KafkaCluster, patience_s: float, max_bytes: int) -> None:
        self._cluster = cluster
        self._patience_s = patience_s
        self._max_bytes = max_bytes
        self._producer: KafkaProducer | None = None
        self._largest: dict[str, int] = {}
        self._heard = time.monotonic()

    def heard(self) -> None:
        """Something was acknowledged, or there is nothing to wait for."""
        self._heard = time.monotonic()
        note_waiting(None)

    def largest_in(self, topic: str) -> int:
        """Bytes that a record of this topic may have; what is larger than the whole bound would never have room."""
        while topic not in self._largest:
            try:
                self._largest[topic] = min(largest_record(self._cluster, topic), self._max_bytes)
            except MissingTopic:
                raise
            except KafkaTrouble as error:
                self.wait_out(error.__cause__ or error)
        return self._largest[topic]

    def send(self, record: TopicRecord) -> Any:
        """The future of a record; waits while no broker is known.

        Raises:
            ValueError: no record to the client: a partition that is not there, a header's name that is no text.
            MessageSizeTooLargeError: larger than the client takes.
            OutOfPatience, KafkaTrouble: as `wait_out`.
        """
        timestamp = record.timestamp
        while True:
            try:
                return self._connected().send(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    # The client takes no null for a value, though Kafka does (research/kafka.md §1).
                    headers=[(name, value or b"") for name, value in record.headers],
                    partition=record.partition,
                    timestamp_ms=None
                    if timestamp is None
                    else (timestamp - _EPOCH) // timedelta(milliseconds=1),
                )
            except OF_THE_RECORD:
                raise
            except KafkaError as error:
                self.wait_out(error)

    def wait(self, future: Any) -> None:
        """Wait until a record is acknowledged or has failed: its future says which.

        Raises:
            OutOfPatience: neither, for too long.
        """
        while not future.is_done:
            left = self._heard + self._patience_s - time.monotonic()
            try:
                future.get(timeout=max(min(left, _LOOK_MS / 1000), 0.0))
            except KafkaError as error:
                if future.is_done:
                    return
                if left <= 0:
                    raise self._out_of_patience(error) from error
                note_waiting("no acknowledgement")

    def wait_out(self, error: BaseException) -> None:
        """A moment's pause before another try.

        Raises:
            OutOfPatience: nothing was heard for too long.
            KafkaTrouble: the cluster refuses us, whatever we send.
        """
        if isinstance(error, _OF_US):
            raise KafkaTrouble(f"writing to {self._servers()}: {told(error)}") from error
        if time.monotonic() > self._heard + self._patience_s:
            raise self._out_of_patience(error) from error
        note_waiting(told(error))
        time.sleep(_PAUSE_S)

    def abandon(self) -> None:
        """Let go of the client: what it still holds is not sent any more."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            producer.close(timeout=0)
        except KafkaTimeoutError:
            # It flushes first, whatever the timeout, and leaves its thread to go on sending (kafka-python 3.0.12).
            sender = producer._sender  # noqa: SLF001
            sender.force_close()
            sender.join(_CLOSE_S)
            producer.close(timeout=0)

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            quiet_client_logs()
            self._producer = KafkaProducer(
                **self._cluster.client_settings(),
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                linger_ms=_LINGER_MS,
                batch_size=_BATCH_BYTES,
                max_request_size=self._max_bytes + _BATCH_BYTES,
                request_timeout_ms=_REQUEST_TIMEOUT_MS,
                # A batch never expires before patience does: those behind it would pass it.
                delivery_timeout_ms=2 * (int(self._patience_s * 1000) + _REQUEST_TIMEOUT_MS),
                max_block_ms=_LOOK_MS,
                bootstrap_timeout_ms=_LOOK_MS,
                reconnect_backoff_max_ms=1_000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        return self._producer

    def _out_of_patience(self, error: BaseException) -> OutOfPatience:
        return OutOfPatience(
            f"{self._servers()} has acknowledged nothing for {self._patience_s:g} s: {told(error)}"
        )

    def _servers(self) -> str:
        return ",".join(self._cluster.bootstrap_servers)


def is_of_a_record(failure: KafkaError) -> bool:
    """Whether a broker refused a record, this one or another of its batch: the others fail with the bare class."""
    return isinstance(failure, OF_THE_RECORD) or type(failure) is KafkaError
