"""A real broker on this machine: it starts, answers, keeps what it acknowledged, and lets in whom it should."""

from tests.broker import (
    consume_all,
    new_topic,
    produce,
)


def test_what_was_acknowledged_is_there_after_a_kill(own_broker):
    topic = new_topic(own_broker, partitions=3)
    places = produce(own_broker, topic, [f"{number}".encode() for number in range(300)])

    own_broker.kill()
    assert own_broker.pid is None
    own_broker.start()

    kept = consume_all(own_broker, topic)
    assert sorted(int(record.value) for record in kept) == list(range(300))
    assert sorted((record.partition, record.offset) for record in kept) == sorted(places)
