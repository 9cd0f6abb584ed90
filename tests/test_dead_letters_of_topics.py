"""Dead letters of a stream on the real broker: a stage is broken and mended, and all that it rejected comes out."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from connectors.kafka.dead_letter_record import DeadLetterTopics
from connectors.kafka.places import Stop, StopKind
from connectors.kafka.subscription import Subscription
from connectors.parquet.arrivals import append_rows
from connectors.parquet.audit import audit_folder
from connectors.parquet.write_dead_letters import dead_letter_ledger
from deploy.local.kafka import Broker
from pipelines.commands.letters import sent as dead_letters_sent
from pipelines.commands.letters.verbs import dead_letters
from pipelines.commands.publish import publish_folder
from pipelines.commands.sole_writer import sole_writer
from pipelines.commands.telling_readers import ReadersTeller
from pipelines.core.article_topics import ArticleTopics, article_records
from pipelines.core.compose import compose_article
from pipelines.core.dead_letters import DELIVERY_STAGE, dead_letter, undelivered_letter
from pipelines.ingest import run
from pipelines.options import Misuse, Outlets, stream_config
from pipelines.transforms import sandbox
from schemas.article import Article
from schemas.article_parts import ChangeType, PubStatus
from schemas.page import RawPage
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire
from tests.broker import consume_all, new_topic, produce, unique
from tests.builders import MORNING, a_record, an_origin
from tests.builders_history import a_copy, a_life, a_version, arrive
from tests.streamed import ask

BODY = (
    "Crews of the Saltmarsh ferries ended their strike number {} on Sunday night, their union said at noon, and the "
    "first boat to Grey Island sails at seven with mail, milk and the schoolteacher of the upper village."
)
COUNT = 30
BROKEN = Rejected(ReasonCode.JSON_MALFORMED, "told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Topics of one test's own, and where its output goes."""

    broker: Broker
    data: Path
    pages: str
    articles: ArticleTopics
    dead_letters: DeadLetterTopics
    group: str

    def stream(self) -> None:
        """Read on to the end of what there is, and publish."""
        cluster = self.broker.cluster
        subscription = Subscription(
            cluster=cluster, topics=(self.pages,), group_id=self.group, stop=Stop(kind=StopKind.LATEST)
        )
        outlets = Outlets(
            cluster=cluster, articles=self.articles, dead_letters=self.dead_letters, patience_s=30.0
        )
        run(stream_config(subscription, outlets, data=self.data, workers=0))
        publish_folder(self.data, datetime.now(UTC))

    def call(self, *arguments: object, data: Path | None = None, code: int = 0):
        """Run a verb of the command with this cluster and these topics; what it printed."""
        declared = self.data.with_name("topics.yaml")
        declared.write_text(
            "\n".join(
                f"{role}: {{name: {name}}}"
                for role, name in (
                    ("pages", self.pages),
                    ("articles", self.articles.readers),
                    ("articles_restricted", self.articles.editors),
                    ("dead_letters", self.dead_letters.open),
                    ("dead_letters_restricted", self.dead_letters.restricted),
                )
            )
        )
        servers = ",".join(self.broker.cluster.bootstrap_servers)
        options = ("--data", data or self.data, "--bootstrap-servers", servers, "--topics", declared)
        outcome = CliRunner().invoke(dead_letters, [str(one) for one in (*arguments, *options)])
        if isinstance(outcome.exception, Misuse):
            raise outcome.exception
        assert outcome.exit_code == code, (outcome.output, outcome.exception)
        return outcome


@pytest.fixture
def setting(broker, tmp_path):
    # Records are of another day: retention by time would take them away at once.
    readers, editors = (new_topic(broker, retention_ms=-1) for _ in range(2))
    return Setting(
        broker=broker,
        data=tmp_path / "out",
        pages=new_topic(broker, "news.pages", 3),
        articles=ArticleTopics(readers=readers, editors=editors),
        dead_letters=DeadLetterTopics(open=new_topic(broker), restricted=new_topic(broker)),
        group=unique("group"),
    )


def a_page(number: int) -> bytes:
    html = f"<html><body><article><h1>Strike {number} ends</h1><p>{BODY.format(number)}</p></article></body></html>"
    url = f"https://post.example/{number}"
    return orjson.dumps({"url": url, "fetched_at": "2026-03-02T08:00:00Z", "html": html})


def send_pages(setting: Setting, count: int = COUNT) -> None:
    keys = [f"post.example/{number}".encode() for number in range(count)]
    headers = [("trace", b"\xff\x00"), ("dlq-note", b"a sender's own word")]
    produce(setting.broker, setting.pages, map(a_page, range(count)), keys=keys, headers=headers)


def broken(raw: RawPage | RawWire) -> tuple[Article, ...]:
    """ComposeArticle with a defect: it gives up on every record at an even offset."""
    if raw.record.origin.offset % 2 == 0:
        raise Rejected(ReasonCode.HTML_UNPARSABLE, "a defect of ours")
    return compose_article(raw)


def stream_broken(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> int:
    """A run with the defect; how many dead letters it has left."""
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "compose_article", broken)
        setting.stream()
    [(count,)] = ask(setting.data, "select count(*) from dead_letters")
    return count


def test_what_a_broken_stage_rejected_comes_out_once_it_is_mended(setting, monkeypatch):
    send_pages(setting)
    rejected = stream_broken(setting, monkeypatch)
    sent = json.loads(setting.call("replay", "--yes", "--json").stdout)
    waiting = ask(setting.data, "select state, count(*) from dead_letters group by all")
    setting.stream()
    states = dict(ask(setting.data, "select state, count(*) from dead_letters group by all"))

    assert rejected >= COUNT // 3
    assert sent["sent"] == rejected
    assert waiting == [("waiting", rejected)]
    # A replay that comes to an even offset is fine now: the defect is mended.
    assert states == {"settled": rejected}
    assert ask(setting.data, "select count(*), count(distinct url) from articles") == [(COUNT, COUNT)]
    assert ask(setting.data, "select count(*), count(distinct article_id) from history") == [(COUNT, COUNT)]
    assert audit_folder(setting.data).unaccounted == 0
    assert json.loads(setting.call("replay", "--json").stdout)["topic"] == 0


def test_a_replay_has_its_own_key_value_and_headers_and_says_whose_it_is(setting, monkeypatch):
    send_pages(setting, 4)
    rejected = stream_broken(setting, monkeypatch)
    before = consume_all(setting.broker, setting.pages)
    setting.call("replay", "--yes")
    after = consume_all(setting.broker, setting.pages)
    places = {(record.partition, record.offset) for record in before}
    replays = [record for record in after if (record.partition, record.offset) not in places]
    ids = dict(ask(setting.data, "select dead_letter_id, decode(key) from dead_letters"))

    assert len(replays) == rejected
    for record in replays:
        headers = dict(record.headers)
        assert record.value in {original.value for original in before}
        assert set(headers) == {"trace", "dlq-note", "dlq-replay-of", "dlq-attempt"}
        assert headers["trace"] == b"\xff\x00"
        assert headers["dlq-attempt"] == b"1"
        assert ids[headers["dlq-replay-of"].decode()] == record.key.decode()


def test_what_is_sent_and_has_not_come_out_is_not_sent_twice(setting, monkeypatch):
    send_pages(setting, 6)
    rejected = stream_broken(setting, monkeypatch)
    setting.call("replay", "--yes")
    again = json.loads(setting.call("replay", "--json").stdout)
    asked = json.loads(setting.call("replay", "--again", "--json").stdout)

    assert (again["topic"], again["stays"]) == (0, rejected)
    assert asked["topic"] == rejected


class Killed(Exception):
    """The process ends here."""


def killed(*_arguments: object) -> None:
    raise Killed


def test_what_was_sent_by_a_replay_that_died_is_sent_again_and_doubles_no_article(setting, monkeypatch):
    send_pages(setting, 8)
    rejected = stream_broken(setting, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(dead_letters_sent, "append_handlings", killed)
        with pytest.raises(AssertionError, match="Killed"):
            setting.call("replay", "--yes")
    sent = json.loads(setting.call("replay", "--yes", "--json").stdout)["sent"]
    setting.stream()

    assert sent == rejected
    assert len(consume_all(setting.broker, setting.pages)) == 8 + 2 * rejected
    assert ask(setting.data, "select count(*), count(distinct url) from articles") == [(8, 8)]
    assert ask(setting.data, "select count(*) from history where not superseded") == [(8,)]
    assert ask(setting.data, "select distinct state from dead_letters") == [("settled",)]
    assert audit_folder(setting.data).unaccounted == 0


def test_what_fails_again_counts_its_attempts_until_it_stays(setting):
    produce(setting.broker, setting.pages, [b"{"], keys=[b"k"])
    setting.stream()
    for _ in range(2):
        setting.call("replay", "--yes", "--max-attempts", 3)
        setting.stream()
    stays = json.loads(setting.call("replay", "--yes", "--json", "--max-attempts", 3, code=1).stdout)
    letters = ask(setting.data, "select attempt, state from dead_letters order by 1")

    assert letters == [(1, "again"), (2, "again"), (3, "open")]
    assert "tried 3 times" in stays["stayed"][0]["told"]
    assert audit_folder(setting.data).unaccounted == 0


def test_without_a_folder_the_topics_are_read_and_replayed_from(setting, monkeypatch, tmp_path):
    send_pages(setting, 8)
    rejected = stream_broken(setting, monkeypatch)
    nowhere = tmp_path / "nowhere"
    listed = json.loads(setting.call("ls", "--json", data=nowhere).stdout)
    each = json.loads(setting.call("ls", "--each", "--json", data=nowhere).stdout)["lines"]
    shown = json.loads(setting.call("show", each[0]["dead_letter_id"], "--json", data=nowhere).stdout)
    sent = json.loads(setting.call("replay", "--yes", "--json", data=nowhere).stdout)
    setting.stream()

    assert listed["dead_letters"] == rejected
    assert {line["reason_code"] for line in listed["lines"]} == {"html.unparsable"}
    assert (shown["origin"]["source"], shown["state"]) == (setting.pages, "open")
    assert sent["sent"] == rejected
    assert ask(setting.data, "select distinct state from dead_letters") == [("settled",)]
    assert not nowhere.exists()


def test_a_row_that_its_topic_did_not_take_is_delivered_later(setting):
    narrow = new_topic(setting.broker, max_message_bytes=1_000, retention_ms=-1)
    narrowed = replace(setting, articles=ArticleTopics(readers=narrow, editors=setting.articles.editors))
    produce(setting.broker, setting.pages, [a_page(1)], keys=[b"1"])
    narrowed.stream()
    before = ask(setting.data, "select kind, state from dead_letters")
    refused = json.loads(narrowed.call("replay", "--yes", "--json", code=1).stdout)["refused"]
    delivered = json.loads(setting.call("replay", "--yes", "--json").stdout)["delivered"]
    [record] = consume_all(setting.broker, setting.articles.readers)

    assert before == [("delivery", "open")]
    assert "may have" in refused[0]["why"]
    assert delivered == 1
    assert orjson.loads(record.value)["headline"] == "Strike 1 ends"
    assert ask(setting.data, "select state from dead_letters") == [("settled",)]
    assert json.loads(setting.call("replay", "--json").stdout)["delivery"] == 0


def test_a_row_whose_article_has_a_later_version_is_not_delivered(setting):
    narrow = new_topic(setting.broker, max_message_bytes=1_000, retention_ms=-1)
    narrowed = replace(setting, articles=ArticleTopics(readers=narrow, editors=setting.articles.editors))
    later = orjson.loads(a_page(1)) | {"fetched_at": "2026-03-02T09:00:00Z"}
    later["html"] = later["html"].replace("ends", "is over")
    for page in (a_page(1), orjson.dumps(later)):
        produce(setting.broker, setting.pages, [page], keys=[b"1"])
    narrowed.stream()
    outcome = json.loads(setting.call("replay", "--yes", "--json", code=1).stdout)

    assert outcome["delivered"] == 1
    assert "a later version" in outcome["stayed"][0]["told"]
    [record] = consume_all(setting.broker, setting.articles.readers)
    assert orjson.loads(record.value)["headline"] == "Strike 1 is over"


def not_taken(setting: Setting, row: Article, *later: Article) -> str:
    """A folder with the dead letter of a row that its topic did not take, and what came later; the id of the letter."""
    arrive(setting.data, row)
    for one in later:
        arrive(setting.data, one)
    record = article_records(setting.articles, row)[0]
    for_readers = record.topic == setting.articles.readers
    letter = undelivered_letter(row, record, "too large", for_readers=for_readers)
    append_rows(setting.data, dead_letter_ledger(DELIVERY_STAGE), [letter])
    return letter.dead_letter_id


def told(setting: Setting, topic: str) -> list[tuple[str, str | None]]:
    """What a topic holds: type and headline of each record."""
    records = consume_all(setting.broker, topic)
    return [
        (dict(record.headers)["ce_type"].decode(), orjson.loads(record.value).get("headline"))
        for record in records
    ]


LATER = {"received": MORNING + timedelta(minutes=9), "origin": an_origin(9)}


def test_what_has_expired_is_delivered_without_its_text(setting):
    not_taken(setting, a_version(1, ChangeType.NEW, visible_until=MORNING + timedelta(hours=1)))
    setting.call("replay", "--yes")

    assert told(setting, setting.articles.readers) == [("news.article.withdrawn", None)]
    assert told(setting, setting.articles.editors) == []


def test_what_was_embargoed_is_delivered_to_readers_too_once_that_has_passed(setting):
    not_taken(setting, a_version(1, ChangeType.NEW, visible_from=MORNING + timedelta(hours=1)))
    setting.call("replay", "--yes")

    assert told(setting, setting.articles.readers) == [("news.article.released", "MARK1 Dock strike")]
    assert told(setting, setting.articles.editors) == [("news.article.restricted", "MARK1 Dock strike")]


def test_a_text_that_a_hold_of_the_same_order_hides_is_not_delivered(setting):
    hold = a_version(1, ChangeType.HOLD, pub_status=PubStatus.WITHHELD, was_public=True, **LATER)
    not_taken(setting, a_version(1, ChangeType.NEW), hold)
    plan = json.loads(setting.call("replay", "--json").stdout)
    outcome = json.loads(setting.call("replay", "--yes", "--json", code=1).stdout)

    assert (plan["delivery"], plan["stays"]) == (0, 1)
    assert "a later version" in outcome["stayed"][0]["told"]
    assert told(setting, setting.articles.readers) == []


def test_the_hold_of_the_same_order_is_delivered_without_text(setting):
    hold = a_version(1, ChangeType.HOLD, pub_status=PubStatus.WITHHELD, was_public=True, **LATER)
    not_taken(setting, hold, a_version(1, ChangeType.NEW))
    setting.call("replay", "--yes")

    assert told(setting, setting.articles.readers) == [("news.article.withdrawn", None)]
    assert told(setting, setting.articles.editors) == [("news.article.restricted", "MARK1 Dock strike")]


@pytest.mark.parametrize(("own", "delivered"), [("a", []), ("z", [("news.article.enriched", "own")])])
def test_of_two_texts_of_the_same_order_the_one_that_readers_see_is_delivered(setting, own, delivered):
    row = a_version(1, ChangeType.NEW, content_hash=own, headline="own")
    other = a_version(1, ChangeType.UPDATE, content_hash="m", headline="other", **LATER)
    not_taken(setting, row, other)
    setting.call("replay", "--yes", code=0 if delivered else 1)

    assert told(setting, setting.articles.readers) == delivered


def test_of_what_nobody_is_told_any_more_there_is_nothing_to_deliver(setting):
    row = a_version(1, ChangeType.NEW)
    not_taken(setting, row, replace(row, change_type=ChangeType.REPEAT))
    outcome = json.loads(setting.call("replay", "--yes", "--json", code=1).stdout)

    assert outcome["stayed"][0]["told"] == "nothing to deliver any more; discard it"


@pytest.mark.parametrize(("life", "named"), [(("new",), "strike"), (("new", "kill"), None)])
def test_what_is_delivered_names_nobody_whom_readers_do_not_see(setting, life, named):
    not_taken(setting, a_copy(), *(a_life()[version] for version in life))
    setting.call("replay", "--yes")
    [record] = consume_all(setting.broker, setting.articles.readers)

    assert orjson.loads(record.value)["dup_of"] == named


def test_what_is_replayed_here_is_on_the_readers_topic_too(setting, monkeypatch):
    send_pages(setting, 6)
    stream_broken(setting, monkeypatch)
    setting.call("replay", "--locally", "--yes", "--workers", 0)
    publish_folder(setting.data, datetime.now(UTC))
    on_topic = {record.key.decode() for record in consume_all(setting.broker, setting.articles.readers)}

    assert on_topic == {article_id for (article_id,) in ask(setting.data, "select article_id from articles")}
    assert len(on_topic) == 6


def test_without_a_cluster_nothing_is_replayed_here_that_a_topic_would_lack(setting, monkeypatch):
    send_pages(setting, 6)
    rejected = stream_broken(setting, monkeypatch)
    publish_folder(
        setting.data,
        datetime.now(UTC),
        ReadersTeller(cluster=setting.broker.cluster, topics=setting.articles),
    )
    arguments = ("replay", "--locally", "--yes", "--json", "--data", str(setting.data))
    outcome = CliRunner().invoke(dead_letters, arguments)

    assert outcome.exit_code == 1
    assert json.loads(outcome.stdout)["stays"] == rejected
    assert "give --bootstrap-servers" in json.loads(outcome.stdout)["stayed"][0]["told"]


def test_a_topic_that_is_gone_keeps_its_own_dead_letters_only(setting, monkeypatch):
    send_pages(setting, 6)
    rejected = stream_broken(setting, monkeypatch)
    gone = unique("news.pages.gone")
    letter = dead_letter(a_record(b"{", origin=an_origin(5, gone)), "DecodeRecord", BROKEN, is_wire=False)
    append_rows(setting.data, dead_letter_ledger("DecodeRecord"), [letter])
    plan = json.loads(setting.call("replay", "--json").stdout)
    outcome = json.loads(setting.call("replay", "--yes", "--json", code=1).stdout)

    assert (plan["topic"], plan["stays"]) == (rejected, 1)
    assert outcome["sent"] == rejected
    assert outcome["stayed"][0]["told"] == f"topic {gone} does not exist"


def test_nothing_is_sent_while_what_runs_here_has_to_wait_for_a_stream(setting, monkeypatch):
    send_pages(setting, 6)
    rejected = stream_broken(setting, monkeypatch)
    record = a_record(b"{", origin=an_origin(5, "file:morning.ndjson"))
    letter = dead_letter(record, "DecodeRecord", BROKEN, is_wire=False)
    append_rows(setting.data, dead_letter_ledger("DecodeRecord"), [letter])
    with sole_writer(setting.data), pytest.raises(Misuse, match="another run"):
        setting.call("replay", "--yes")

    assert ask(setting.data, "select state, count(*) from dead_letters group by all") == [
        ("open", rejected + 1)
    ]
    assert len(consume_all(setting.broker, setting.pages)) == 6
