"""`copydesk replay --index`: what it says and how it ends."""

import pytest

from tests.commands.copydesk import copydesk
from tests.commands.test_replay import an_envelope
from tests.indexed import an_installation, held


@pytest.fixture
def news(tmp_path):
    path = tmp_path / "in.ndjson"
    path.write_text("\n".join(map(an_envelope, range(3))))
    return path


@pytest.fixture(scope="module")
def installation(index_server):
    with an_installation(index_server.cluster) as made:
        yield made


def replay(news, cluster, names, *options):
    where = ("--index", cluster.hosts[0], "--index-prefix", names.prefix, "--workers", 0)
    return copydesk("replay", news, "--data", news.parent / "out", *where, *options)


def test_articles_are_in_the_index_and_the_last_line_says_how_to_look(news, index_server, installation):
    client, names = installation
    told = replay(news, index_server.cluster, names)

    assert told.code == 0
    where = f"--index {index_server.url} --index-prefix {names.prefix}"
    assert f"copydesk search WORDS {where}" in " ".join(told.err.split())
    assert len(held(client, names)) == 3


def test_what_a_replay_wrote_is_found_when_it_has_ended(news, index_server):
    with an_installation(index_server.cluster) as (_, names):
        replay(news, index_server.cluster, names)
        where = ("--index", index_server.url, "--index-prefix", names.prefix)
        found = copydesk("search", "strike", "--copies", "--json", *where)

    assert found.json["total"] == 3


def test_a_bulk_load_ends_with_everything_found(news, index_server, installation):
    client, names = installation
    loaded = replay(news, index_server.cluster, names, "--bulk-load", "--json")
    alias = f"/{names.pattern}/_settings/index.refresh_interval"
    intervals = {one["settings"]["index"]["refresh_interval"] for one in client.ask("GET", alias).values()}
    found = copydesk(
        *("search", "strike", "--copies", "--json"),
        *("--index", index_server.url, "--index-prefix", names.prefix),
    )

    assert loaded.json["index_refused"] == 0
    assert intervals == {"5s"}
    assert found.json["total"] == 3


def test_what_the_index_does_not_take_is_counted(news, index_server):
    with an_installation(index_server.cluster) as (client, names):
        template = {"mappings": {"properties": {"extractor": {"type": "long"}}}}
        client.ask("PUT", f"/_component_template/{names.custom_template}", {"template": template})
        counted = replay(news, index_server.cluster, names, "--json", "--fail-on-dead-letters")
        told = replay(news, index_server.cluster, names)

    assert (counted.code, counted.json["rows"], counted.json["index_refused"]) == (1, 3, 3)
    assert told.code == 0
    assert "dead-letters ls --stage WriteSearchIndex" in told.err + told.out.decode()


def test_an_article_that_the_index_does_not_take_counts_once_and_each_replay_says_the_same(
    news, index_server, monkeypatch
):
    monkeypatch.setattr("connectors.search.write._FLUSH_CHARS", 1)
    later = an_envelope(0).replace("08:00:00", "09:00:00").replace("Strike", "The strike")
    news.write_text("\n".join([*map(an_envelope, range(2)), later]))
    with an_installation(index_server.cluster) as (client, names):
        template = {"mappings": {"properties": {"extractor": {"type": "long"}}}}
        client.ask("PUT", f"/_component_template/{names.custom_template}", {"template": template})
        told = [
            replay(news, index_server.cluster, names, "--json", *options)
            for options in ((), (), ("--fail-on-dead-letters",))
        ]

    assert told[0].json["rows"] == 3
    assert [(one.code, one.json["index_refused"]) for one in told] == [(0, 2), (0, 2), (1, 2)]


def test_an_index_that_does_not_answer_is_told_before_anything_is_read(news, monkeypatch):
    for module in ("kept_index", "cluster.reaching_index"):
        monkeypatch.setattr(f"pipelines.commands.{module}.PATIENCE_S", 0.1)
    away = copydesk("replay", news, "--data", news.parent / "out", "--index", "http://127.0.0.1:9")

    assert away.code == 3
    assert "127.0.0.1:9 could not be used for 0.1 s: Connection refused" in away.err
    assert not (news.parent / "out" / "history").exists()


def test_a_bulk_load_needs_an_index_on_a_cluster(news):
    told = copydesk("replay", news, "--data", news.parent / "out", "--bulk-load")

    assert told.code == 2
    assert "--bulk-load" in told.err
    assert "--index" in told.err
