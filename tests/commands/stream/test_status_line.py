"""What a person sees of a stream, in one line."""

from connectors.kafka.figures import Count
from pipelines.commands.stream.publish_beside import PublishFigures
from pipelines.commands.stream.state import Phase
from pipelines.commands.stream.status_line import RecentRate, status_line
from tests.commands.stream.stream_states import CLOCK, a_sink, a_source, a_stream, an_index


def line(recent: float = 3.0, **told):
    return status_line(a_stream(**told), recent)


def test_the_line_tells_rates_counts_lag_and_age():
    assert line() == (
        "3.0/s now, 2.0/s overall · 1,200 read · 1,180 written · 43 repeats · "
        "20 dead letters (text.empty 17, http.status 3) · lag 12 in 2 partitions · newest 2 s old · 10 min 0 s"
    )


def test_only_the_commonest_reasons_of_dead_letters_are_named():
    counts = {f"rejected.reason.{name}": number for number, name in enumerate("abcde", start=1)}

    assert "15 dead letters (reason.e 5, reason.d 4, reason.c 3, …)" in line(counts=counts)


def test_a_start_tells_how_much_of_history_is_remembered():
    assert line(phase=Phase.STARTING, seconds=4.0) == "remembering 5,000 rows of history · 4 s"
    assert line(phase=Phase.STARTING, seconds=1.0, counts={}) == "starting · 1 s"


def test_a_drain_is_told_first():
    assert line(phase=Phase.DRAINING).startswith("draining (Ctrl-C again leaves at once) · ")


def test_what_keeps_the_stream_waiting_is_told():
    told = line(
        source=a_source(
            waiting_for=("news.wire.raw",), seen_at=CLOCK - 75, counts={Count.LOST: 1_000}, lag={}
        ),
        sink=a_sink(waiting_for="KafkaTimeoutError"),
        index=an_index(waiting_for="Connection refused"),
        publish=PublishFigures(every_s=60.0, failure="disk full"),
    )

    assert "waiting for topic news.wire.raw" in told
    assert "no broker answers since 1 min 15 s" in told
    assert "the sink waits: KafkaTimeoutError" in told
    assert "the index waits: Connection refused" in told
    assert "1,000 records lost" in told
    assert "publish fails" in told


def test_the_rate_now_is_that_of_the_last_seconds_and_not_of_the_whole_run():
    rate = RecentRate()
    for second in range(101):
        told = rate.at(float(second), min(second, 50) * 10)

    assert told == 0.0
