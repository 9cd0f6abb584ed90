"""The records of captured files on their way to topics: how fast, how much, and what was not sent."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connectors.files.listing import NamedFile
from connectors.files.read import records_of
from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.producing import PATIENCE_S, BoundedProducer
from connectors.kafka.trouble import KafkaTrouble
from pipelines.commands.sending.routing import NotForTopic, Routing
from schemas.record import Record
from schemas.topic_record import TopicRecord

# So often it is asked what was refused: refused records are held until then, and may be as large as 32 MiB.
_FLUSH_RECORDS, _FLUSH_BYTES = 1_000, 64 * 1024 * 1024
# What is told one by one of what was not sent; beyond, only how many there are.
_TOLD_UNSENT = 100


class Pace:
    """At most so many records a second, evenly; `None` as fast as it goes. A pause is not made up for by a rush."""

    def __init__(
        self,
        records_per_s: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval_s = None if records_per_s is None else 1 / records_per_s
        self._clock = clock
        self._sleep = sleep
        self._due = clock()

    def wait(self) -> None:
        """Wait until the next record may go."""
        if self._interval_s is None:
            return
        now = self._clock()
        if now < self._due:
            self._sleep(self._due - now)
        self._due = max(now, self._due) + self._interval_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A record of a file that is on no topic, and why. `offset` is its ordinal in the file."""

    source: str
    offset: int
    reason: str


@dataclass(slots=True)
class SentCount:
    """What was sent so far, by topic, and what was not."""

    records: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    files: int = 0
    unsent: int = 0
    first_unsent: list[Unsent] = field(default_factory=list)

    def note(self, unsent: Iterable[Unsent]) -> None:
        """Count what was not sent, and keep the first of it to be told."""
        for one in unsent:
            self.unsent += 1
            if len(self.first_unsent) < _TOLD_UNSENT:
                self.first_unsent.append(one)

    def line(self, seconds: float) -> str:
        """How far it is, in one line."""
        sent = self.records.total()
        rate = sent / seconds if seconds else 0.0
        return (
            f"{sent:,} sent · {rate:,.0f}/s · {self.bytes / 1e6:,.0f} MB · {self.files:,} files ·"
            f" {self.unsent:,} not sent · {seconds:.0f} s"
        )


class Sender:
    """Sends the records of files, one file after the other; `count` is what came of it. To be closed.

    `routing` says where to. An outage is waited out for `patience_s`.
    """

    def __init__(
        self,
        cluster: KafkaCluster,
        routing: Routing,
        *,
        pace: Pace | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._cluster = cluster
        self._routing = routing
        self._pace = pace or Pace(None)
        self._patience_s = patience_s
        self._producer: BoundedProducer | None = None
        self.count = SentCount()

    def close(self) -> None:
        """Let go of the connection; the next file is sent over a new one."""
        if self._producer is not None:
            self._producer.close()
            self._producer = None

    def send_file(self, file: NamedFile) -> tuple[Unsent, ...]:
        """Send all records of a file and wait until each is acknowledged or refused; those that were not sent.

        At least once: what is called again after an error sends again what has arrived.

        Raises:
            OSError: the file cannot be read.
            KafkaTrouble: the cluster does not answer, refuses us, or has no such topic.
        """
        sending = _Sending(self._connected())
        try:
            for record in records_of(file, None):
                routed = self._routed(record)
                if isinstance(routed, Unsent):
                    sending.unsent.append(routed)
                    continue
                self._pace.wait()
                sending.send(record, routed)
            sending.flush()
        except (OSError, KafkaTrouble):
            # What is in flight belongs to this file, and must not be counted with the next.
            self.close()
            raise
        self._add(sending)
        return tuple(sending.unsent)

    def _connected(self) -> BoundedProducer:
        if self._producer is None:
            self._producer = BoundedProducer(self._cluster, patience_s=self._patience_s)
        return self._producer

    def _routed(self, record: Record) -> TopicRecord | Unsent:
        reason = _why_not(record)
        if reason is not None:
            return _unsent(record, reason)
        try:
            return self._routing.routed(record)
        except NotForTopic as refused:
            return _unsent(record, str(refused))

    def _add(self, sending: "_Sending") -> None:
        self.count.records.update(sending.records)
        self.count.bytes += sending.bytes
        self.count.files += 1
        self.count.note(sending.unsent)


def _why_not(record: Record) -> str | None:
    """Why a record is not sent: half of one would be taken for a whole."""
    if record.damage is not None:
        return record.damage
    if record.oversize_bytes is not None:
        return f"{record.oversize_bytes:,} bytes, more than a record may have"
    return None


def _unsent(record: Record, reason: str) -> Unsent:
    return Unsent(source=record.origin.source, offset=record.origin.offset, reason=reason)


class _Sending:
    """One file under way."""

    def __init__(self, producer: BoundedProducer) -> None:
        self._producer = producer
        self._sent: dict[int, tuple[TopicRecord, Record]] = {}
        self._sent_bytes = 0
        self.records: Counter[str] = Counter()
        self.bytes = 0
        self.unsent: list[Unsent] = []

    def send(self, record: Record, told: TopicRecord) -> None:
        self._producer.send(told)
        self._sent[id(told)] = told, record
        self._sent_bytes += len(record.value)
        if len(self._sent) >= _FLUSH_RECORDS or self._sent_bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        refused = {id(one.record): one.reason for one in self._producer.flush()}
        for name, (told, record) in self._sent.items():
            if name in refused:
                self.unsent.append(_unsent(record, refused[name]))
            else:
                self.records[told.topic] += 1
                self.bytes += len(told.value or b"")
        self._sent.clear()
        self._sent_bytes = 0
