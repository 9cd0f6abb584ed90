"""What a stream has read, captured and replayed, comes out as it did: the same rows, of the same records."""

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime

from connectors.parquet.views import connect
from tests.broker import unique
from tests.builders_stream import MixedStream
from tests.streams import ROOT, is_full_size, new_topics, outcome, run_to_the_end

RECORDS = 5_000 if is_full_size() else 200


def copydesk(*words):
    """A verb that must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", *words], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3_000:]


def rows(data, table):
    """All rows as mappings from column to value, in the order of their origins."""
    order = "origin.source, origin.partition, origin.offset, origin.item"
    with closing(connect(str(data), datetime.now(UTC))) as database:
        found = database.execute(f"select * from {table} order by {order}, payload_sha256")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def differing(ours, theirs):
    """Names of the columns in which two lists of rows differ."""
    assert len(ours) == len(theirs)
    return {
        name
        for one, other in zip(ours, theirs, strict=True)
        for name in one.keys() | other.keys()
        if one[name] != other[name]
    }


def test_a_captured_topic_is_replayed_to_the_rows_that_the_stream_made(broker, tmp_path):
    topics = new_topics(broker, tmp_path)
    streamed, replayed, file = tmp_path / "streamed", tmp_path / "replayed", tmp_path / "wire.ndjson"
    topics.send(MixedStream(13, pages=False, embargoes=True).take(RECORDS))

    run_to_the_end(topics, streamed, unique("group"), "--topic", topics["wire"])
    address = ("--bootstrap-servers", broker.bootstrap_servers)
    copydesk("capture", topics["wire"], "--output", str(file), *address)
    copydesk("replay", str(file), "--data", str(replayed), "--memory", "none", "--workers", "0")

    assert len(rows(streamed, "history")) > RECORDS // 2
    for ledger in ("history", "dead_letters"):
        assert differing(rows(streamed, ledger), rows(replayed, ledger)) == set(), ledger
    assert outcome(streamed).articles == outcome(replayed).articles
    assert outcome(streamed).index == outcome(replayed).index
