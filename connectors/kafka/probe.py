"""Whether a broker answers: an open port is not readiness, a record that went through is."""

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.reach import connects

PROBE = "copydesk.local.probe"
_WITHIN_MS = 5000
# A client that finds a broker not yet let in by its controller asks again only late: a fresh one is sooner.
_FIRST_ANSWER_MS = 2000
# Asked again soon: the default backs off to 30 s while the port is still shut.
_RECONNECT_MS = 200


def answers(cluster: KafkaCluster) -> bool:
    """Whether a record can be written and read again and a group's offset committed, all within seconds.

    The first answer has made the topic of the groups' offsets too, so that no reader waits for that.
    """
    if not connects(cluster.bootstrap_servers[0], _WITHIN_MS / 1000):
        return False
    settings = {
        **cluster.client_settings(),
        "bootstrap_timeout_ms": _WITHIN_MS,
        "request_timeout_ms": _WITHIN_MS,
        "reconnect_backoff_max_ms": _RECONNECT_MS,
    }
    try:
        _make_probe(settings)
        return _committed(settings, _written(settings))
    except (KafkaError, OSError):
        return False


def _make_probe(settings: dict[str, object]) -> None:
    with KafkaAdminClient(**settings | {"bootstrap_timeout_ms": _FIRST_ANSWER_MS}) as admin:
        if PROBE not in admin.list_topics():
            try:
                admin.create_topics([NewTopic(PROBE, num_partitions=1, replication_factor=1)])
            except TopicAlreadyExistsError:
                return


def _written(settings: dict[str, object]) -> int:
    with KafkaProducer(**settings, delivery_timeout_ms=_WITHIN_MS) as producer:
        offset: int = producer.send(PROBE, b"probe", partition=0).get(_WITHIN_MS / 1000).offset
        return offset


def _committed(settings: dict[str, object], offset: int) -> bool:
    place = TopicPartition(PROBE, 0)
    with KafkaConsumer(**settings, group_id=PROBE, enable_auto_commit=False) as consumer:
        consumer.assign([place])
        consumer.seek(place, offset)
        read = consumer.poll(_WITHIN_MS)
        if not read:
            return False
        consumer.commit({place: OffsetAndMetadata(offset + 1, "", -1)})
        return True
