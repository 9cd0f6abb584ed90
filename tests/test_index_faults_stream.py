"""A stream whose index goes away, takes no writes or refuses one document: it waits, says for what, and goes on by itself."""

import random
from contextlib import closing
from unicodedata import normalize

import apache_beam as beam
import pytest

from connectors.parquet.audit import audit_folder
from connectors.parquet.views import connect
from connectors.search.opensearch.client import IndexClient
from connectors.search.opensearch.cluster import IndexTarget
from connectors.search.opensearch.manage import ensure_index
from connectors.search.opensearch.months import ensure_month
from pipelines.ingest import write
from pipelines.options import IngestConfig
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from tests.broker import PATIENCE_S, committed, unique
from tests.builders import an_article
from tests.builders_stream import FIRST, MixedStream
from tests.index_server import unique_names
from tests.small_bundles import NOON
from tests.streams import Shown, Stream, history_files, is_full_size, new_topics, on_cluster, outcome

RECORDS, KILLS = (2_000, 10) if is_full_size() else (160, 1)
# A start takes 5 s and a pause at most 30; on whatever machine.
_BACK_S = 180


def index_options(url, names, *more):
    return ("--index", url, "--index-prefix", names.prefix, *more)


def secure_options(server, names):
    return index_options(
        server.secure_url,
        names,
        *("--index-username", server.secure_cluster.username),
        *("--index-password-file", str(server.login.password_file)),
        *("--index-cafile", str(server.login.ca_file)),
    )


def composed(shown):
    """As it is indexed."""
    return Shown(*(normalize("NFC", value) if isinstance(value, str) else value for value in shown))


def assert_all_are_in_the_index(data, cluster, names):
    """What readers find there is what the folder shows, and every document is one of its articles, once."""
    found = outcome(data)
    assert audit_folder(data).unaccounted == 0
    with IndexClient(cluster, patience_s=PATIENCE_S) as client:
        assert on_cluster(client, names) == {name: composed(one) for name, one in found.articles.items()}
        assert client.ask("GET", f"/{names.pattern}/_count")["count"] == len(found.versions)


def test_a_server_that_is_killed_while_it_writes_costs_no_article_and_no_stream(
    broker, own_index_server, tmp_path
):
    server, names, topics = own_index_server, unique_names(), new_topics(broker, tmp_path)
    data, group, moments = tmp_path / "data", unique("group"), random.Random(3)
    records = MixedStream(3).take(RECORDS)
    share = len(records) // (KILLS + 1)

    with Stream(topics, data, group, *secure_options(server, names)) as stream:
        places = topics.send(records[:share])
        for kill in range(1, KILLS + 1):
            before = len(history_files(data))
            places += topics.send(records[kill * share : (kill + 1) * share])
            # What is in the history is what is written to the index next.
            stream.wait_for(lambda before=before: len(history_files(data)) > before, poll_s=0.001)
            (server.crash if moments.random() < 0.5 else server.kill)()
            server.start()
        places += topics.send(records[(KILLS + 1) * share :])
        stream.wait_for(lambda: read_by(topics, group) == len(places), _BACK_S)
        assert stream.drain(_BACK_S) == 0, stream.told[-3_000:]

    assert outcome(data).told == set(places)
    assert_all_are_in_the_index(data, server.cluster, names)


def read_by(topics, group):
    """How many records the group has read."""
    return sum(
        offset
        for role in ("wire", "pages")
        for offset in committed(topics.broker, group, topics[role]).values()
    )


@pytest.fixture
def client(index_server):
    with IndexClient(index_server.cluster, patience_s=PATIENCE_S) as client:
        yield client


@pytest.fixture
def full_disk(client):
    """An installation whose months take no writes, as when the disk is full; and what frees the disk."""
    names = unique_names()
    ensure_index(client, names)
    ensure_month(client, names, f"{FIRST:%Y.%m}")
    _block(client, names, True)
    yield names, lambda: _block(client, names, None)
    _block(client, names, None)


def _block(client, names, value):
    settings = {"index.blocks.read_only_allow_delete": value}
    client.ask("PUT", f"/{names.pattern}/_settings", settings)


def test_a_full_disk_is_waited_for_with_the_reason_until_it_is_mended(
    broker, index_server, full_disk, tmp_path
):
    names, mend = full_disk
    topics, data, group = new_topics(broker, tmp_path), tmp_path / "data", unique("group")
    places = topics.send(MixedStream(5).take(20))
    options = ("--from", "earliest", *index_options(index_server.url, names))

    with Stream(topics, data, group, "--sink-patience", "1", *options) as impatient:
        code = impatient.ended(_BACK_S)
    with Stream(topics, data, group, *options) as stream:
        stream.wait_for(lambda: "the index waits: " in stream.told)
        read_meanwhile = read_by(topics, group)
        mend()
        stream.wait_for(lambda: read_by(topics, group) == len(places), _BACK_S)
        assert stream.drain(_BACK_S) == 0, stream.told[-3_000:]

    assert code == 3
    assert f"{index_server.url} could not be used for 1 s: " in impatient.told
    for told in (impatient.told, stream.told):
        assert "cluster_block_exception" in told
        assert "disk usage exceeded flood-stage watermark" in told
    assert read_meanwhile == 0
    assert_all_are_in_the_index(data, index_server.cluster, names)


def test_one_poison_document_among_500_is_one_dead_letter_and_499_are_found(index_server, client, tmp_path):
    names = unique_names()
    ensure_index(client, names)
    # The mapping takes no field that it does not know.
    poison = {"set": {"if": "ctx.article_id == 'a77'", "field": "mood", "value": "stormy"}}
    client.ask("PUT", f"/_ingest/pipeline/{names.prefix}", {"processors": [poison]})
    client.ask("PUT", f"/{names.pattern}/_settings", {"index.default_pipeline": names.prefix})
    rows = [an_article(f"a{number}", offset=number) for number in range(500)]
    target = IndexTarget(cluster=index_server.cluster, names=names, patience_s=PATIENCE_S)
    config = IngestConfig(data=tmp_path, as_of=NOON, run=names.prefix, index=target)

    register_coders()
    with beam.Pipeline(runner=LocalRunner()) as pipeline:
        write(pipeline | beam.Create(rows), config)

    client.ask("POST", f"/{names.pattern}/_refresh")
    with closing(connect(str(tmp_path), NOON)) as database:
        letters = database.execute("select kind, stage, detail, key from dead_letters").fetchall()
        kept = database.execute("select count(*) from history").fetchone()
    [(kind, stage, detail, key)] = letters
    assert (kind, stage, key) == ("delivery", "WriteSearchIndex", b"a77")
    assert "mapping set to strict, dynamic introduction of [mood]" in detail
    assert client.ask("GET", f"/{names.editors}/_count")["count"] == 499
    assert kept == (500,)
