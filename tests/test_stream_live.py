"""News that is sent while `copydesk run` is up comes out everywhere, all of it, within seconds."""

import statistics
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from connectors.parquet.audit import audit_folder
from connectors.parquet.views import connect
from connectors.search.sqlite.schema import open_for_reading
from pipelines.options import SEARCH
from tests.broker import PATIENCE_S, eventually, producer
from tests.builders_stream import MixedStream
from tests.streaming import Desk
from tests.streams import Topics, is_full_size, on_topic, outcome

RECORDS = 1_000 if is_full_size() else 150
PER_S = 50
# Pages and wires together: 24.
PARTITIONS = 12
P50_S, P95_S = 2.0, 5.0
_LOOK_S = 0.05


class IndexWatch(threading.Thread):
    """When the index first held a version of an article, by the clock; looked at twenty times a second."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.first: dict[tuple[str, int], float] = {}
        self._path = path
        self._ended = threading.Event()

    def run(self):
        with closing(open_for_reading(self._path)) as index:
            while not self._ended.wait(_LOOK_S):
                found = index.execute("select article_id, order_key from document").fetchall()
                now = time.monotonic()
                for version in found:
                    self.first.setdefault(version, now)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self.join()


def send(cluster, desk, records):
    """Send the records one after the other at the rate; where each came to stand, and when it was sent."""
    sent = []
    with producer(cluster) as client:
        began = time.monotonic()
        for number, record in enumerate(records):
            time.sleep(max(0.0, began + number / PER_S - time.monotonic()))
            topic = desk.wire if record.is_wire else desk.pages
            future = client.send(topic, value=record.value, key=record.key, headers=list(record.headers))
            sent.append((future, time.monotonic()))
        return {
            (written.topic, written.partition, written.offset): at
            for written, at in ((future.get(PATIENCE_S), at) for future, at in sent)
        }


def came_out(stream):
    """Rows and dead letters so far: of each record at least one of them."""
    return sum(stream.metric(name) or 0 for name in ("copydesk_rows_total", "copydesk_dead_letters_total"))


def waits(desk, sent, first):
    """How long each version took from its sending to the index; only those that the index takes up."""
    with closing(connect(str(desk.data), datetime.now(UTC))) as database:
        rows = database.execute(
            "select origin.source, origin.partition, origin.offset, article_id, order_key from history order by 1, 2, 3"
        ).fetchall()
    began: dict[tuple[str, int], float] = {}
    for topic, partition, offset, article_id, order_key in rows:
        if (topic, partition, offset) in sent:
            began.setdefault((article_id, order_key), sent[topic, partition, offset])
    return sorted(first[version] - at for version, at in began.items() if version in first)


@pytest.mark.quiet
@pytest.mark.parametrize("listener", ["PLAINTEXT", "SASL_SSL"])
def test_all_that_is_sent_comes_out_everywhere_within_seconds(broker, tmp_path, capsys, listener):
    desk = Desk(broker, tmp_path, partitions=PARTITIONS)
    cluster = broker.cluster if listener == "PLAINTEXT" else broker.secure_cluster
    stream_of_news = MixedStream(seed=7, embargoes=True)
    with desk.running("--workers", "2", "--publish-every", "15", cluster=cluster) as stream:
        # Models are loaded for the first of each kind, parsers in their processes: a stream that is up has done so.
        warm = send(cluster, desk, stream_of_news.take(30))
        eventually(lambda: came_out(stream) >= len(warm), told=stream.complained)
        before = stream.metric("process_cpu_seconds_total")
        with IndexWatch(str(desk.data / SEARCH)) as index:
            sent = send(cluster, desk, stream_of_news.take(RECORDS))
            stream.waits_for("copydesk_records_total", len(warm) + len(sent))
            stream.waits_for_nothing("copydesk_source_lag_records")
            cpu = stream.metric("process_cpu_seconds_total") - before
            summary = stream.end()

    took = waits(desk, sent, index.first)
    p50, p95 = statistics.median(took), took[int(0.95 * len(took))]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{listener}: {RECORDS} records at {PER_S}/s over {2 * PARTITIONS} partitions, {len(took)} versions in the"
            f" index: p50 {p50:.2f} s, p95 {p95:.2f} s, longest {took[-1]:.2f} s;"
            f" {cpu / len(sent) * 1000:.1f} ms of CPU a record, {summary['commits']} bundles\n"
        )
    shown = outcome(desk.data)
    assert shown.told == {*warm, *sent}
    assert not audit_folder(desk.data).gaps
    assert shown.articles == shown.index
    assert shown.articles == on_topic(Topics(broker=broker, declaration=desk.file, names=desk.names))
    assert summary["read"] == len(warm) + len(sent)
    assert len(took) > len(sent) / 2
    assert p50 < P50_S
    assert p95 < P95_S
