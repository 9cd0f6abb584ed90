"""Dead letters of a stage that was broken and is mended: all of them come out, each once, and nothing else changes."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson

from connectors.parquet.audit import audit_folder
from connectors.parquet.chosen_letters import ChosenLetters, in_batches
from connectors.parquet.views import connect
from pipelines.commands.publish import publish_folder
from pipelines.core.compose import compose_article
from pipelines.ingest import run
from pipelines.options import NO_FILES, IngestConfig, ingest_config
from pipelines.transforms import sandbox
from schemas.article import Article
from schemas.page import RawPage
from schemas.rejection import ReasonCode, Rejected
from schemas.wire import RawWire

NOON = "2026-03-02T12:00:00Z"
BODY = (
    "Crews of the Saltmarsh ferries ended their strike number {} on Sunday night, their union said at noon, and the "
    "first boat to Grey Island sails at seven with mail, milk and the schoolteacher of the upper village."
)


def a_page_line(number: int) -> bytes:
    html = f"<html><body><article><h1>Strike {number} ends</h1><p>{BODY.format(number)}</p></article></body></html>"
    return orjson.dumps(
        {"url": f"https://post.example/{number}", "fetched_at": "2026-03-02T08:00:00Z", "html": html}
    )


def a_wire_line(number: int) -> bytes:
    return orjson.dumps(
        {
            "uri": f"urn:newsml:pressring.example:20260302:{number}",
            "type": "text",
            "version": "1",
            "versioncreated": "2026-03-02T07:30:00Z",
            "pubstatus": "usable",
            "language": "en",
            "headlines": [{"role": "main", "value": f"Strike {number} ends"}],
            "bodies": [{"role": "main", "contenttype": "text/plain", "value": BODY.format(number)}],
        }
    )


def a_morning(count: int) -> list[bytes]:
    """Pages and wire messages in turn, and one line that nobody can read."""
    lines = [a_wire_line(number) if number % 2 else a_page_line(number) for number in range(count)]
    return [*lines, b'{"url": "https://post.example/x", "html": ']


def broken(raw: RawPage | RawWire) -> tuple[Article, ...]:
    """ComposeArticle with a defect: it gives up on every third record."""
    if raw.record.origin.offset % 3 == 0:
        raise Rejected(ReasonCode.HTML_UNPARSABLE, "a defect of ours")
    return compose_article(raw)


def replay(folder: Path, lines: list[bytes], out: str = "out") -> IngestConfig:
    source = folder / "morning.ndjson"
    source.write_bytes(b"\n".join(lines) + b"\n")
    config = ingest_config([source], data=folder / out, as_of=NOON, received=None, runner="direct")
    run(config)
    publish_folder(config.data, config.as_of)
    return config


def replay_open(config: IngestConfig) -> int:
    """Replay all open dead letters through the pipeline of today; how many that were."""
    chosen = ask(
        config,
        "select dead_letter_id, payload_size from dead_letters where state = 'open' order by origin.offset",
    )
    letters = ChosenLetters(folder=str(config.data), batches=in_batches(chosen))
    run(replace(config, files=NO_FILES, letters=letters, run=f"{config.run}-again"))
    publish_folder(config.data, config.as_of)
    return len(chosen)


def ask(config: IngestConfig, query: str) -> list[tuple]:
    with connect(str(config.data), datetime.fromisoformat(NOON).astimezone(UTC)) as database:
        return database.execute(query).fetchall()


def readers(config: IngestConfig) -> list[tuple]:
    return ask(config, "select article_id, headline, body_text, version from articles order by all")


def test_what_a_broken_stage_rejected_comes_out_once_it_is_mended(tmp_path, monkeypatch):
    lines = a_morning(60)
    expected = readers(replay(tmp_path, lines, "expected"))
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "compose_article", broken)
        config = replay(tmp_path, lines)
    rejected = ask(config, "select count(*) from dead_letters where stage = 'ComposeArticle'")
    replayed = replay_open(config)

    assert rejected == [(20,)]
    assert replayed == 21
    assert readers(config) == expected
    assert ask(config, "select count(*), count(distinct origin) from history") == [(60, 60)]
    assert audit_folder(config.data).unaccounted == 0
    states = dict(ask(config, "select state, count(*) from dead_letters group by state"))
    assert states == {"settled": 20, "open": 1}


def test_what_is_rejected_again_counts_its_attempts_and_stays_one(tmp_path):
    config = replay(tmp_path, a_morning(0))
    for _ in range(2):
        replay_open(config)

    assert ask(config, "select attempt, state from dead_letters") == [(3, "open")]
    assert audit_folder(config.data).unaccounted == 0


def test_replaying_the_same_dead_letters_twice_changes_nothing(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "compose_article", broken)
        config = replay(tmp_path, a_morning(9)[:-1])
    letters = ask(config, "select dead_letter_id, payload_size from dead_letters")
    again = replace(
        config, files=NO_FILES, letters=ChosenLetters(folder=str(config.data), batches=in_batches(letters))
    )
    outcomes = []
    for name in ("once", "twice"):
        run(replace(again, run=name))
        publish_folder(config.data, config.as_of)
        outcomes.append(
            (
                readers(config),
                ask(config, "select * exclude (event_reason) from history order by origin.offset"),
            )
        )

    assert outcomes[0] == outcomes[1]


def test_dead_letters_come_in_bundles_of_bounded_size(tmp_path, monkeypatch):
    monkeypatch.setattr("connectors.parquet.chosen_letters.MAX_BATCH_LETTERS", 1)
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "compose_article", broken)
        config = replay(tmp_path, a_morning(12)[:-1])
    before = len(list((config.data / "history").rglob("*.parquet")))
    replay_open(config)

    assert ask(config, "select count(*) from history") == [(12,)]
    assert len(list((config.data / "history").rglob("*.parquet"))) == before + 4
