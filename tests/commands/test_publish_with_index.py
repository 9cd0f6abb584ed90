"""`publish` with an index on a cluster: what a stream cannot write is there, what was lost too, and nothing is written twice."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from typer.testing import CliRunner

from connectors.search.opensearch.index import OpenSearchIndex
from connectors.search.opensearch.upsert import write_articles
from connectors.search.query import Query
from pipelines.__main__ import app
from pipelines.commands.index_upkeep import IndexUpkeep
from pipelines.commands.publish import publish_folder
from schemas.article_parts import ChangeType, ItemKind, PubStatus
from tests.builders import MORNING, an_article
from tests.builders_history import NOON, a_life, a_version, arrive
from tests.indexed import a_target, an_installation, held, refresh

HOUR = timedelta(hours=1)
LAST_YEAR = MORNING - timedelta(days=400)


class Published:
    """A folder of output and its index on a cluster."""

    def __init__(self, folder, cluster, client, names):
        self.folder, self.cluster, self.client, self.names = folder, cluster, client, names

    def in_folder(self, folder):
        return Published(folder, self.cluster, self.client, self.names)

    def stream(self, *rows, indexed=True):
        """The rows come one after the other, each a bundle."""
        for row in rows:
            arrive(self.folder, row)
            if indexed:
                write_articles(self.client, self.names, [row])

    def publish(self, as_of: datetime = NOON) -> IndexUpkeep:
        upkeep = IndexUpkeep(target=a_target(self.cluster, self.names), client=self.client, data=self.folder)
        publish_folder(self.folder, as_of, None, upkeep)
        return upkeep

    def held(self, *, written=False):
        return held(self.client, self.names, written=written)

    def texts(self):
        return {one["_id"]: one["_source"].get("headline") for one in self.held()}

    def seen(self, as_of: datetime = NOON):
        refresh(self.client, self.names)
        hits = OpenSearchIndex(self.client, self.names).search(Query(copies=True), as_of).hits
        return {hit.article_id: hit.headline for hit in hits}

    def lose(self):
        """Every index, and the templates."""
        self.client.ask("DELETE", f"/{self.names.pattern}")
        self.client.ask("DELETE", f"/_index_template/{self.names.index_template}")
        self.client.ask("DELETE", f"/_component_template/{self.names.mappings_template}")


@pytest.fixture
def published(index_server, tmp_path):
    with an_installation(index_server.cluster) as (client, names):
        yield Published(tmp_path / "out", index_server.cluster, client, names)


ROWS = [
    an_article("seen", offset=1, first_received=MORNING),
    an_article("old", offset=2, first_received=LAST_YEAR),
    an_article("embargoed", offset=3, first_received=MORNING, visible_from=NOON + HOUR),
    an_article("restricted", offset=4, first_received=MORNING, restricted=True),
    an_article("advisory", offset=5, first_received=MORNING, item_kind=ItemKind.ADVISORY),
    an_article("killed", offset=6, first_received=MORNING),
    an_article("killed", offset=7, first_received=MORNING, order_key=1 << 62, pub_status=PubStatus.CANCELED),
    an_article("undated", offset=8, received=None),
]


def test_what_publish_does_not_change_is_not_written_again(published):
    published.stream(*ROWS)
    before = published.held(written=True)

    published.publish()
    published.publish(NOON + 2 * HOUR)

    assert published.held(written=True) == before
    assert not list(published.folder.glob("search.sqlite*"))


def test_a_release_that_names_its_story_shows_the_text_once_published(published):
    life = a_life()
    published.stream(life["new"], life["hold"], life["release"])
    before = published.seen()

    published.publish()
    filled = published.held(written=True)
    published.publish()

    assert before == {}
    assert published.seen() == {"strike": "MARK4 Dock strike"}
    assert published.held(written=True) == filled


def test_a_row_that_came_without_an_event_has_that_of_its_article_also_after_a_replay(published):
    first, late = a_version(1, ChangeType.NEW), a_version(2, ChangeType.UPDATE, event_id=None)
    published.stream(first, late)
    published.publish()
    before = published.held(written=True)

    write_articles(published.client, published.names, [first, late])

    assert before[0]["_source"]["event_id"] == first.event_id
    assert published.held(written=True) == before


def test_what_history_knows_to_be_killed_leaves_the_index(published):
    published.stream(a_version(2, ChangeType.UPDATE))
    lost_kill = a_version(1, ChangeType.KILL, pub_status=PubStatus.CANCELED, superseded=True)
    published.stream(lost_kill)
    before = published.seen()

    published.publish()

    assert before == {"strike": "MARK2 Dock strike"}
    assert published.texts() == {"strike": None}


def test_every_order_of_a_life_is_one_index_once_published(published, tmp_path):
    lives = [("new", "hold", "release"), ("new", "correction", "release", "kill")]
    for number, life in enumerate(lives):
        states = []
        for turn, order in enumerate(list(permutations(life))[:: 2 * len(life) - 4]):
            name = f"{number}-{turn}"
            rows = [a_life()[one] for one in order]
            published.in_folder(tmp_path / name).stream(*(_renamed(row, name) for row in rows))
            published.in_folder(tmp_path / name).publish()
            states.append(_without_id(held(published.client, published.names, beginning=name)))

        assert len(states) > 2
        assert all(state == states[0] for state in states)


def _renamed(row, name):
    return replace(row, article_id=name)


def _without_id(documents):
    # The digest is of the id, too.
    return [
        {name: value for name, value in one["_source"].items() if name not in ("article_id", "digest")}
        for one in documents
    ]


def test_an_index_that_was_lost_is_made_whole_again(published):
    published.stream(*ROWS)
    published.publish()
    before = published.held()
    published.lose()

    published.publish()
    whole = published.held(written=True)
    published.publish()

    assert len(before) == 7
    assert published.held() == before
    assert published.held(written=True) == whole


def test_a_month_that_a_stream_has_made_anew_is_made_whole_again(published):
    published.stream(*ROWS)
    published.publish()
    before = published.held()
    published.client.ask("DELETE", f"/{published.names.generation('2026.03', 1)}")
    published.stream(ROWS[0])

    published.publish()

    assert published.held() == before


def test_a_folder_that_was_never_in_the_index_is_put_there(published, tmp_path):
    published.stream(ROWS[0])
    published.publish()
    other = published.in_folder(tmp_path / "other")
    other.stream(ROWS[3], an_article("another", offset=9, first_received=MORNING), indexed=False)

    other.publish()

    assert published.texts().keys() == {"seen", "another", "restricted"}


def test_a_month_that_was_deleted_for_its_age_stays_away_also_when_all_is_lost(published):
    published.stream(*ROWS)
    published.publish()
    published.client.ask("DELETE", f"/{published.names.generation('2025.01', 1)}")
    published.stream(an_article("news", offset=20, first_received=MORNING))
    published.publish()
    without = published.texts()
    published.lose()

    published.publish()

    assert "old" not in without
    assert published.texts() == without


def test_an_article_is_of_a_deleted_month_whichever_of_its_rows_names_it(published):
    published.stream(
        an_article("two", offset=21, first_received=LAST_YEAR, order_key=5),
        an_article("two", offset=22, first_received=MORNING, order_key=6),
        ROWS[0],
    )
    published.publish()
    published.client.ask("DELETE", f"/{published.names.generation('2025.01', 1)}")
    published.publish()
    published.lose()

    published.publish()

    assert published.texts().keys() == {"seen"}


def test_a_month_that_was_reindexed_is_not_compared_again(published):
    published.stream(ROWS[0])
    published.publish()
    names = published.names
    first, second = names.generation("2026.03", 1), names.generation("2026.03", 2)
    published.client.ask("PUT", f"/{second}")
    moves = [
        {"remove_index": {"index": first}},
        {"add": {"index": second, "alias": names.month_alias("2026.03"), "is_write_index": True}},
    ]
    published.client.ask("POST", "/_aliases", {"actions": moves})

    assert published.publish().is_whole()


def call(published, *options, code=0):
    named = ["--index", published.cluster.hosts[0], "--index-prefix", published.names.prefix]
    done = CliRunner().invoke(app, ["publish", "--data", str(published.folder), "--json", *named, *options])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def test_the_command_fills_the_index_and_says_what_it_does_not_take(published):
    client, names = published.client, published.names
    bylines = {"mappings": {"properties": {"byline": {"type": "long"}}}}
    client.ask("PUT", f"/_component_template/{names.custom_template}", {"template": bylines})
    published.stream(
        ROWS[0], an_article("poison", byline="By Ann Example", first_received=MORNING), indexed=False
    )

    done = call(published, code=1)

    assert json.loads(done.stdout)["index_refused"] == 1
    assert "not in the index: article poison: failed to parse field [byline]" in done.stderr
    assert published.texts().keys() == {"seen"}


def test_an_index_that_does_not_answer_leaves_the_publish_to_be_done(published, monkeypatch):
    monkeypatch.setattr("pipelines.commands.kept_index.PATIENCE_S", 0.1)
    published.stream(ROWS[0], indexed=False)
    options = ["--index", "http://127.0.0.1:9", "--index-prefix", published.names.prefix]
    away = CliRunner().invoke(app, ["publish", "--data", str(published.folder), *options])

    call(published)

    assert away.exit_code == 3
    assert "127.0.0.1:9 could not be used" in away.stderr
    assert published.texts().keys() == {"seen"}
