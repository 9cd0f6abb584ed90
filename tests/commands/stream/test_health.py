"""What a supervisor is told of a stream: whether it moves or idles as it should, and else why not."""

import pytest

from pipelines.commands.stream.health import health
from pipelines.commands.stream.publish_beside import PublishFigures
from pipelines.commands.stream.state import Phase
from tests.commands.stream.stream_states import CLOCK, a_sink, a_source, a_stream, an_index


def reasons(**told):
    return " ".join(health(a_stream(**told)).reasons)


def test_a_stream_that_moves_is_healthy():
    state = health(a_stream())

    assert state.is_healthy
    assert state.status == "streaming"


def test_a_stream_that_idles_is_healthy_however_old_its_newest_record_is():
    assert health(a_stream(source=a_source(last_received=None, lag={}))).is_healthy


def test_a_stream_that_waits_for_a_topic_is_healthy():
    assert health(a_stream(source=a_source(waiting_for=("news.wire.raw",)))).is_healthy


def test_a_stream_that_asks_for_no_records_is_not_healthy():
    assert reasons(source=a_source(polled_at=CLOCK - 59)) == ""
    assert "no records were asked for in 61 s" in reasons(source=a_source(polled_at=CLOCK - 61))


def test_what_a_sink_waits_for_is_the_reason_that_nothing_is_read():
    told = reasons(source=a_source(polled_at=CLOCK - 90), sink=a_sink(waiting_for="KafkaTimeoutError"))

    assert told == "no records were asked for in 90 s; the sink waits: KafkaTimeoutError"


def test_an_index_that_takes_nothing_is_the_reason_that_nothing_is_read():
    told = reasons(source=a_source(polled_at=CLOCK - 90), index=an_index(waiting_for="Connection refused"))

    assert told == "no records were asked for in 90 s; the sink waits: Connection refused"


def test_brokers_that_are_silent_for_a_minute_are_a_reason_and_a_short_silence_is_none():
    assert reasons(source=a_source(seen_at=CLOCK - 59)) == ""
    assert reasons(source=a_source(seen_at=CLOCK - 61)) == "no broker has answered for 61 s"


def test_publishes_that_fail_for_some_minutes_are_a_reason_with_what_they_said():
    failing = PublishFigures(every_s=60.0, failed=6, current_at=CLOCK - 301, failure="disk full")

    assert reasons(publish=failing) == "no publish has succeeded for 301 s: disk full"


@pytest.mark.parametrize(
    "publish",
    [
        PublishFigures(every_s=60.0, failed=1, current_at=CLOCK - 299, failure="disk full"),
        PublishFigures(every_s=60.0, current_at=CLOCK - 1_700, running_since=CLOCK - 1_640),
        PublishFigures(every_s=300.0, current_at=CLOCK - 1_000),
        PublishFigures(every_s=0.0),
        PublishFigures(every_s=60.0),
    ],
)
def test_one_failure_a_long_publish_and_none_at_all_are_no_reason(publish):
    assert health(a_stream(publish=publish, seconds=120.0)).is_healthy


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.DRAINING, Phase.PUBLISHING])
def test_a_stream_that_starts_or_ends_says_so_and_is_healthy_however_long_it_takes(phase):
    state = health(a_stream(phase=phase, seconds=90_000.0, source=a_source(polled_at=CLOCK - 3_000)))

    assert state.is_healthy
    assert state.status == phase
