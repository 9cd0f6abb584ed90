"""Writing records to topics: one bounded producer for the sinks, for `send`, for replays of dead letters, for `publish`.

    send   ─▶ too large, not a record ─▶ what is to be written instead, or Undelivered, at once: it never reaches the client
           ─▶ in flight: bounded in records and bytes; beyond, it waits for the oldest
    flush  ─▶ all acknowledged; what was refused comes back as Undelivered

What kafka-python 3.0.12 does not do by itself (research/kafka.md §1): its producer has no bound of its own, and is dead
for good once a broker has refused one record. Then, and after whatever else loses a record (a new epoch, a sequence
that is out of order), the client is made anew and what was not acknowledged is sent again, in order.

At least once: what is sent again may have arrived before. Per key, the last record in the topic is the last that was
sent.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

from kafka.errors import KafkaError, MessageSizeTooLargeError

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producer_client import ProducerClient, is_of_a_record
from connectors.kafka.record_limits import size_of
from connectors.kafka.sink_figures import SinkCount, count_sink, note_in_flight, note_waiting
from connectors.kafka.trouble import told
from schemas.topic_record import TopicRecord

# Ten minutes: a broker's restart takes half a minute, a node's some minutes (DESIGN.md §7, `--sink-patience`).
PATIENCE_S = 600.0

# Source: research/kafka.md §6, decision 9; 5,000 records are a source's bundle.
MAX_IN_FLIGHT_BYTES = 32 << 20
MAX_IN_FLIGHT_RECORDS = 5_000

# A new client costs 0.11 s (its id is asked for), a portion that arrives 0.015 s: to find one of 900 records took
# 0.8 s by eighths and 1.5 s by halves.
_PORTIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A record that its topic does not take, whoever tries, and why: for a person, without its content.

    `mark` is what the record was sent with, for whoever has to know it again.
    """

    record: TopicRecord
    reason: str
    mark: object = None


@dataclass(frozen=True, slots=True)
class _ToSend:
    record: TopicRecord
    size: int
    mark: object


@dataclass(frozen=True, slots=True)
class _InFlight:
    sent: _ToSend
    future: Any


class BoundedProducer:
    """Sends records to the topics of one cluster. For one thread at a time; connects at the first record.

    An outage is waited out for `patience_s` without any acknowledgement.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        *,
        patience_s: float = PATIENCE_S,
        max_bytes: int = MAX_IN_FLIGHT_BYTES,
        max_records: int = MAX_IN_FLIGHT_RECORDS,
    ) -> None:
        self._client = ProducerClient(cluster, patience_s, max_bytes)
        self._max_bytes = max_bytes
        self._max_records = max_records
        self._in_flight: deque[_InFlight] = deque()
        self._bytes = 0
        self._undelivered: list[Undelivered] = []

    @property
    def in_flight_bytes(self) -> int:
        """Bytes that were sent and are not known to be acknowledged."""
        return self._bytes

    def send(self, record: TopicRecord, mark: object = None) -> None:
        """Send a record; waits while the bound is reached. `flush` tells what became of it, by its `mark`.

        Raises:
            MissingTopic: there is no such topic.
            OutOfPatience: nothing was acknowledged for too long.
            KafkaTrouble: the cluster refuses us, whatever we send.
        """
        if not self._in_flight:
            self._client.heard()
        size = size_of(record)
        one = _ToSend(record, size, mark)
        reason = self._refusal(one)
        if reason is not None:
            if record.instead is not None:
                self.send(record.instead, mark)
            else:
                self._refuse(one, reason)
            return
        if self._bytes + size > self._max_bytes or len(self._in_flight) >= self._max_records:
            # To the half, or each further record would wait for one acknowledgement.
            self._settle(min(self._max_bytes // 2, self._max_bytes - size), self._max_records // 2)
        self._dispatch(one)

    def flush(self) -> tuple[Undelivered, ...]:
        """Wait until every record is acknowledged or refused; those that were refused since the last call.

        Raises:
            OutOfPatience, KafkaTrouble: as `send`.
        """
        self._settle(0, 0)
        undelivered, self._undelivered = tuple(self._undelivered), []
        return undelivered

    def close(self) -> None:
        """Let go of the connection; what is still in flight may or may not arrive."""
        self._client.abandon()
        self._take_back()

    def _refusal(self, one: _ToSend) -> str | None:
        record = one.record
        largest = self._client.largest_in(record.topic)
        if one.size > largest:
            return f"{one.size:,} bytes, a record of {record.topic} may have {largest:,}"
        if record.key is None and record.value is None:
            return "neither key nor value"
        return None

    def _refuse(self, one: _ToSend, reason: str) -> None:
        instead = one.record.instead
        if instead is not None:  # what was measured by an older limit of the topic
            self._dispatch(_ToSend(instead, size_of(instead), one.mark))
            return
        self._undelivered.append(Undelivered(record=one.record, reason=reason, mark=one.mark))
        count_sink(SinkCount.FAILED)

    def _dispatch(self, one: _ToSend) -> None:
        try:
            future = self._client.send(one.record)
        except (ValueError, MessageSizeTooLargeError) as error:
            self._refuse(one, told(error))
            return
        self._in_flight.append(_InFlight(one, future))
        self._bytes += one.size
        note_in_flight(1, one.size)

    def _settle(self, bytes_left: int, records_left: int) -> None:
        """Wait for the oldest until no more than this is in flight."""
        while self._in_flight and (self._bytes > bytes_left or len(self._in_flight) > records_left):
            oldest = self._in_flight[0]
            self._client.wait(oldest.future)
            if oldest.future.exception is None:
                self._take_acknowledged()
            else:
                self._recover(oldest.future.exception)

    def _take_acknowledged(self) -> None:
        """Let go of all that have arrived, from the oldest on."""
        records = size = 0
        while self._in_flight and self._in_flight[0].future.succeeded():
            records, size = records + 1, size + self._in_flight.popleft().sent.size
        self._bytes -= size
        note_in_flight(-records, -size)
        _count_acknowledged(records, size)
        self._client.heard()

    def _recover(self, failure: KafkaError) -> None:
        """Make a new client; send again, in order, what was not acknowledged."""
        again = self._unsettled()
        self._make_anew(told(failure))
        if is_of_a_record(failure):
            again = self._without_culprit(again)
        else:
            self._client.wait_out(failure)
        for one in again:
            self._dispatch(one)

    def _unsettled(self) -> deque[_ToSend]:
        """What has not arrived, and what came after such a record under its key, so that the last stays the last."""
        lost: set[tuple[str, bytes | None]] = set()
        again: deque[_ToSend] = deque()
        arrived = []
        for one in self._in_flight:
            place = (one.sent.record.topic, one.sent.record.key)
            if place in lost or not one.future.succeeded():
                lost.add(place)
                again.append(one.sent)
            else:
                arrived.append(one.sent.size)
        _count_acknowledged(len(arrived), sum(arrived))
        return again

    def _make_anew(self, why: str) -> None:
        self._client.abandon()
        self._take_back()
        count_sink(SinkCount.REBUILT)
        note_waiting(why)

    def _without_culprit(self, records: deque[_ToSend]) -> deque[_ToSend]:
        """Send in ever smaller portions until a record is refused by itself; those behind it.

        A dead client fails all that it holds with the same error, and a batch fails as one: that is how to know whose
        fault it was.
        """
        size = max(len(records) // _PORTIONS, 1)
        while records:
            portion = [records.popleft() for _ in range(min(size, len(records)))]
            for one in portion:
                self._dispatch(one)
            failure = self._first_failure()
            if failure is None:
                continue
            again = self._unsettled()
            self._make_anew(told(failure))
            if not is_of_a_record(failure):
                self._client.wait_out(failure)
            elif len(portion) == 1:
                self._refuse(portion[0], told(failure))
                return records
            else:
                size = max(len(portion) // _PORTIONS, 1)
            records.extendleft(reversed(again))
        return records

    def _first_failure(self) -> KafkaError | None:
        """Wait for what is in flight, up to the first that fails; `None` when all has arrived."""
        while self._in_flight:
            future = self._in_flight[0].future
            self._client.wait(future)
            if future.exception is not None:
                return future.exception
            self._take_acknowledged()
        return None

    def _take_back(self) -> None:
        note_in_flight(-len(self._in_flight), -self._bytes)
        self._in_flight.clear()
        self._bytes = 0


def _count_acknowledged(records: int, size: int) -> None:
    count_sink(SinkCount.RECORDS, records)
    count_sink(SinkCount.BYTES, size)
