"""A row that the index on a cluster does not take: one dead letter, with the index's own reason, and its way back."""

import json

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from typer.testing import CliRunner

from connectors.parquet.views import connect
from connectors.search.opensearch.manage import ensure_index
from pipelines.commands.letters.verbs import dead_letters
from pipelines.ingest import write
from pipelines.options import IngestConfig
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from schemas.article_parts import SourceKind
from tests.builders import MORNING, an_article
from tests.builders_history import NOON
from tests.indexed import a_target, an_installation, held

POISON = "By Ann Example"


@pytest.fixture
def installation(index_server):
    """An index whose operator takes bylines for numbers, so that it refuses an article with a byline."""
    with an_installation(index_server.cluster) as (client, names):
        _take_bylines_for(client, names, {"byline": {"type": "long"}})
        yield client, names


def _take_bylines_for(client, names, properties):
    template = {"mappings": {"properties": properties}} if properties else {}
    client.ask("PUT", f"/_component_template/{names.custom_template}", {"template": template})


def mend(client, names):
    """The operator takes the mistake back; the month is made anew."""
    _take_bylines_for(client, names, {})
    client.ask("DELETE", f"/{names.generation('2026.03', 1)}")
    ensure_index(client, names)


def run_sinks(data, index, articles):
    register_coders()
    config = IngestConfig(data=data, as_of=NOON, run="sinks", index=index)
    with beam.Pipeline(runner=LocalRunner(), options=PipelineOptions([])) as pipeline:
        write(pipeline | beam.Create(articles), config)


def rows(count, **of_one):
    return [
        an_article(
            f"a{number:03}", offset=number, first_received=MORNING, **(of_one if number == count // 2 else {})
        )
        for number in range(count)
    ]


def ask(data, query):
    with connect(str(data), NOON) as database:
        return database.execute(query).fetchall()


def call(cluster, names, data, *arguments, code=0, index=True):
    named = ["--index", cluster.hosts[0], "--index-prefix", names.prefix] if index else []
    done = CliRunner().invoke(dead_letters, [*map(str, arguments), "--data", str(data), *named])
    assert done.exit_code == code, done.output
    return done


def test_one_poison_document_among_500_costs_one_dead_letter(tmp_path, index_server, installation):
    client, names = installation
    articles = rows(500, byline=POISON)

    run_sinks(tmp_path, a_target(index_server.cluster, names), articles)

    taken = {document["_id"] for document in held(client, names)}
    assert taken == {article.article_id for article in articles} - {"a250"}
    assert ask(tmp_path, "select count(*) from history") == [(500,)]
    [(kind, stage, reason, detail, payload)] = ask(
        tmp_path, "select kind, stage, reason_code, detail, payload from dead_letters"
    )
    assert (kind, stage, reason) == ("delivery", "WriteSearchIndex", "sink.rejected")
    assert detail.startswith(f"{names.month_alias('2026.03')}: failed to parse field [byline] of type [long]")
    assert POISON not in detail
    assert json.loads(payload)["byline"] == POISON


def test_the_same_run_again_adds_no_dead_letter(tmp_path, index_server, installation):
    _, names = installation
    for _ in range(2):
        run_sinks(tmp_path, a_target(index_server.cluster, names), rows(2, byline=POISON))

    assert ask(tmp_path, "select count(distinct dead_letter_id), count(*) from dead_letters") == [(1, 1)]


def test_what_the_index_did_not_take_is_written_again_once_that_is_mended(
    tmp_path, index_server, installation
):
    client, names = installation
    cluster = index_server.cluster
    run_sinks(tmp_path, a_target(cluster, names), rows(2, byline=POISON, source_kind=SourceKind.WIRE))
    [(letter,)] = ask(tmp_path, "select dead_letter_id from dead_letters where editors_only")
    shown = call(cluster, names, tmp_path, "show", letter, index=False)
    without = json.loads(call(cluster, names, tmp_path, "replay", "--json", index=False).stdout)
    refused = json.loads(call(cluster, names, tmp_path, "replay", "--yes", "--json", code=1).stdout)
    mend(client, names)
    outcome = json.loads(call(cluster, names, tmp_path, "replay", "--yes", "--json").stdout)

    assert f"replay {letter[:12]} --data {tmp_path} --index …" in " ".join(shown.output.split())
    assert (without["index"], without["stays"]) == (0, 1)
    assert (refused["index"], refused["delivered"]) == (1, 0)
    assert "failed to parse field [byline]" in refused["refused"][0]["why"]
    assert (outcome["delivered"], outcome["refused"]) == (1, [])
    assert [document["_source"]["byline"] for document in held(client, names)] == [POISON]
    assert ask(tmp_path, "select state from dead_letters") == [("settled",)]


def test_a_row_for_which_a_later_version_stands_is_done_with_and_not_written(
    tmp_path, index_server, installation
):
    client, names = installation
    target = a_target(index_server.cluster, names)
    [article] = rows(1, byline=POISON)
    run_sinks(tmp_path, target, [article])
    later = an_article(
        "a000", offset=9, first_received=MORNING, order_key=article.order_key + 1, headline="Over"
    )
    run_sinks(tmp_path, target, [later])
    before = held(client, names, written=True)

    outcome = json.loads(call(index_server.cluster, names, tmp_path, "replay", "--yes", "--json").stdout)

    assert outcome["delivered"] == 1
    assert held(client, names, written=True) == before
    assert before[0]["_source"]["headline"] == "Over"
