"""What Prometheus is told of a stream."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connectors.kafka.figures import Count
from pipelines.commands.stream.exposition import exposition
from pipelines.commands.stream.publish_beside import PublishFigures
from tests.commands.stream.stream_states import CLOCK, a_source, a_stream


def families(**told):
    text = exposition(lambda: a_stream(**told))().decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(metrics, sample, **labels):
    for family in metrics.values():
        for found in family.samples:
            if found.name == sample and found.labels == labels:
                return found.value
    return None


@pytest.mark.parametrize(
    ("sample", "labels", "expected"),
    [
        ("copydesk_records_total", {}, 1_200),
        ("copydesk_rows_total", {"change_type": "new"}, 1_000),
        ("copydesk_rows_total", {"change_type": "kill"}, 2),
        ("copydesk_repeats_total", {"kind": "copy"}, 40),
        ("copydesk_dead_letters_total", {"reason": "text.empty"}, 17),
        ("copydesk_dead_letters_total", {"reason": "http.status"}, 3),
        ("copydesk_quality_flags_total", {"flag": "kill_target_unknown"}, 1),
        ("copydesk_remembered_rows", {"stage": "FollowStory"}, 5_000),
        ("copydesk_remembered_bytes", {}, 2_000_000),
        ("copydesk_remembering_seconds", {}, 1.5),
        ("copydesk_source_lag_records", {"topic": "news.pages.raw", "partition": "3"}, 12),
        ("copydesk_source_partitions", {}, 2),
        ("copydesk_source_bytes_total", {}, 9_000_000),
        ("copydesk_source_lost_records_total", {}, 0),
        ("copydesk_source_newest_record_age_seconds", {}, 2),
        ("copydesk_sink_records_total", {}, 1_100),
        ("copydesk_index_written_total", {}, 1_050),
        ("copydesk_index_stale_total", {}, 3),
        ("copydesk_index_refused_total", {}, 0),
        ("copydesk_index_waiting", {}, 0),
        ("copydesk_publishes_total", {"outcome": "done"}, 9),
        ("copydesk_publish_age_seconds", {}, 20),
        ("copydesk_publish_failing", {}, 0),
        ("copydesk_up_seconds", {}, 600),
        ("copydesk_healthy", {}, 1),
        ("copydesk_phase", {"phase": "streaming"}, 1),
        ("copydesk_phase", {"phase": "draining"}, 0),
    ],
)
def test_a_figure_of_the_stream_has_a_name_a_unit_and_labels(sample, labels, expected):
    assert value(families(), sample, **labels) == pytest.approx(expected)


def test_what_has_not_been_is_told_as_nothing_and_not_as_zero():
    metrics = families(
        source=a_source(last_received=None, polled_at=None, seen_at=None),
        publish=PublishFigures(every_s=60.0),
    )

    assert value(metrics, "copydesk_source_newest_record_age_seconds") is None
    assert value(metrics, "copydesk_source_last_poll_age_seconds") is None
    assert value(metrics, "copydesk_source_brokers_away_seconds") is None
    assert value(metrics, "copydesk_publish_age_seconds") is None


def test_trouble_is_told():
    metrics = families(
        source=a_source(counts={Count.LOST: 7}, seen_at=CLOCK - 40, waiting_for=("news.wire.raw",)),
        publish=PublishFigures(every_s=60.0, failed=3, failure="disk full"),
    )

    assert value(metrics, "copydesk_source_lost_records_total") == 7
    assert value(metrics, "copydesk_source_brokers_away_seconds") == 40
    assert value(metrics, "copydesk_source_waiting_for_topic", topic="news.wire.raw") == 1
    assert value(metrics, "copydesk_publishes_total", outcome="failed") == 3
    assert value(metrics, "copydesk_publish_failing") == 1
    assert value(metrics, "copydesk_healthy") == 0


def test_what_runs_and_what_it_costs_is_told():
    metrics = families()

    assert value(metrics, "process_cpu_seconds_total") > 0
    assert value(metrics, "process_resident_memory_bytes") > 1_000_000
    [build] = metrics["copydesk_build_info"].samples
    assert set(build.labels) == {"version", "schema_version"}


def test_every_name_of_ours_ends_as_the_conventions_ask():
    for family in families().values():
        for sample in family.samples:
            if sample.name.startswith("copydesk_") and family.type == "counter":
                assert sample.name.endswith("_total")
            assert re.fullmatch(r"[a-z_]+", sample.name)
