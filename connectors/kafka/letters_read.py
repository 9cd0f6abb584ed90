"""Dead letters as they stand on their topics, from the first to the last there is now."""

from collections.abc import Iterable, Iterator

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.consumed import ConsumedRecord
from connectors.kafka.dead_letter_record import NotADeadLetter, letter_of
from connectors.kafka.places import Start, StartKind, Stop, StopKind
from connectors.kafka.range_read import open_range
from schemas.dead_letter import DeadLetter
from schemas.record import Origin, Record


def letters_on_topics(cluster: KafkaCluster, topics: Iterable[str]) -> Iterator[DeadLetter | NotADeadLetter]:
    """The dead letters of these topics, each as often as it stands there; of records that are none, why.

    Raises:
        KafkaTrouble: the cluster does not answer, or has no such topic.
    """
    start, stop = Start(kind=StartKind.EARLIEST), Stop(kind=StopKind.LATEST)
    with open_range(cluster, topics, start=start, stop=stop) as found:
        for record in found.records():
            try:
                yield letter_of(_as_record(record))
            except NotADeadLetter as error:
                yield error


def _as_record(record: ConsumedRecord) -> Record:
    return Record(
        origin=Origin(source=record.topic, partition=record.partition, offset=record.offset),
        value=record.value or b"",
        key=record.key,
        headers=tuple((name, value or b"") for name, value in record.headers),
    )
