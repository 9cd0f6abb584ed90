"""What dies is made up for: bundles, memories and whole runs, and the outputs are those of an undisturbed run."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq
import pytest

from benchmarks.shared_data import SHARED
from benchmarks.wire_stream import wire_articles
from connectors.files.listing import list_files
from connectors.files.read import records_of
from connectors.parquet.arrivals import append_rows
from connectors.parquet.audit import audit_folder
from connectors.parquet.remembered import HistoryRows
from connectors.parquet.views import connect
from connectors.parquet.write_history import HISTORY
from pipelines.commands.publish import publish_folder
from pipelines.core.clean import clean_text
from pipelines.core.compose import compose_article
from pipelines.core.credit.crediting import credit_agencies
from pipelines.core.decode.capture import open_record
from pipelines.core.decode.decoding import decode_record
from pipelines.core.language.tagging import tag_language
from pipelines.runners.local import LocalRunner
from pipelines.transforms import remembering
from pipelines.transforms.stages import ASSIGN_EVENT_IDS, FOLLOW_STORY, LINK_REPEATS
from schemas.article import Article
from schemas.codec import to_table
from schemas.rejection import Rejected
from tests.small_bundles import NOON, a_config, run_in_small_bundles

MORNING = Path(__file__).resolve().parents[1] / "examples" / "morning"
STAGES = (FOLLOW_STORY, LINK_REPEATS, ASSIGN_EVENT_IDS)
# The morning has 99 records: a dozen bundles, so that most points of a run lie between two of them.
RECORDS_A_BUNDLE = 8
FULL = bool(os.environ.get("COPYDESK_FULL"))
KILLS = 50 if FULL else 4
STREAM, CUTS = (5_000, 20) if FULL else (250, 3)
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def understood() -> list[Article]:
    """The articles of the morning before the first stage with memory."""
    articles = []
    for file in list_files([MORNING]):
        for record in records_of(file, None):
            with suppress(Rejected):
                articles += compose_article(decode_record(open_record(record)))
    return [credit_agencies(tag_language(clean_text(article))) for article in articles]


class Memories:
    """The memories of the three stages, by key, in one process."""

    def __init__(self) -> None:
        self._memories = {}

    def decide(self, article: Article) -> list[Article]:
        rows = [article]
        for stage in STAGES:
            rows = [out for row in rows for out in self._step(stage, row)]
        return rows

    def _step(self, stage, article):
        key = stage.key(article)
        memory = self._of(stage, key)
        outcome = stage.step(memory, article)
        for change in outcome.changes:
            memory.apply(stage.unpack(stage.pack(change)))
        return outcome.articles

    def _of(self, stage, key):
        name = (stage.label, key)
        if name not in self._memories:
            self._memories[name] = stage.new_memory(key)
        return self._memories[name]

    def recall(self, rows: list[Article]) -> None:
        """From rows of history, as they were when they were written."""
        for stage in STAGES:
            by_key = defaultdict(list)
            for row in rows:
                by_key[stage.key(row)].append(row)
            for key, of_key in by_key.items():
                of_key.sort(key=lambda row, order=stage.recall.order: getattr(row, order))
                table = to_table(Article, of_key).select([*stage.recall.columns])
                self._of(stage, key).recall(table)

    def recall_from(self, folder: Path) -> None:
        """From the files of history, as a process does at its start."""
        history = HistoryRows(str(folder))
        for stage in STAGES:
            recall = stage.recall
            since = history.first_day(recall.horizon)
            assert since is not None
            for key, table in history.rows(
                recall.columns,
                key_column=recall.key_column,
                key_of=stage.key_of,
                order=recall.order,
                since=since,
                horizon=recall.horizon,
                lasting=recall.lasting,
            ):
                self._of(stage, key).recall(table)

    def snapshot(self) -> "Memories":
        """The memories again, from snapshots of these."""
        other = Memories()
        for (label, key), memory in self._memories.items():
            stage = next(stage for stage in STAGES if stage.label == label)
            other._of(stage, key).restore(list(memory.snapshot()))
        return other


def undisturbed(articles: list[Article]) -> list[list[Article]]:
    memories = Memories()
    return [memories.decide(article) for article in articles]


def test_memories_that_are_recalled_at_any_cut_of_the_morning_decide_the_rest_alike(understood):
    expected = undisturbed(understood)
    for cut in range(1, len(understood)):
        memories = Memories()
        memories.recall([row for rows in expected[:cut] for row in rows])

        assert [memories.decide(article) for article in understood[cut:]] == expected[cut:], cut


@pytest.mark.parametrize("cut", [10, 37, 64, 90])
def test_memories_that_are_recalled_from_files_decide_the_rest_alike(tmp_path, understood, cut):
    expected = undisturbed(understood)
    for start in range(0, cut, 7):
        append_rows(
            tmp_path, HISTORY, [row for rows in expected[start : min(start + 7, cut)] for row in rows]
        )
    memories = Memories()
    memories.recall_from(tmp_path)

    assert [memories.decide(article) for article in understood[cut:]] == expected[cut:]


def test_memories_that_are_restored_from_a_snapshot_decide_the_rest_alike(understood):
    expected = undisturbed(understood)
    for cut in range(1, len(understood), 9):
        memories = Memories()
        for article in understood[:cut]:
            memories.decide(article)
        restored = memories.snapshot()

        assert [restored.decide(article) for article in understood[cut:]] == expected[cut:], cut


@pytest.mark.shared_data
def test_memories_that_are_recalled_at_random_cuts_of_a_long_stream_decide_the_rest_alike(tmp_path):
    if not (SHARED / "data").is_dir():
        pytest.skip("the evaluation data is not beside this checkout")
    articles = list(islice(wire_articles(SHARED), STREAM))
    expected = undisturbed(articles)
    cuts = sorted(random.Random(5).sample(range(1, STREAM), CUTS))
    written = 0
    for cut in cuts:
        append_rows(tmp_path, HISTORY, [row for rows in expected[written:cut] for row in rows])
        written = cut
        memories = Memories()
        memories.recall_from(tmp_path)

        assert [memories.decide(article) for article in articles[cut:]] == expected[cut:], cut


def outputs(data: Path) -> dict[str, object]:
    """Everything that stands in a folder of output: rows of the ledgers, files for readers, the index."""
    with connect(str(data), NOON) as database:
        ledgers = {
            name: database.execute(f"select * from {name} order by all").fetchall()
            for name in ("history", "dead_letters")
        }
    readers = {
        str(path.relative_to(data)): pq.read_table(path, partitioning=None)
        for name in ("articles", "events")
        for path in sorted((data / name).rglob("*.parquet"))
    }
    return ledgers | readers | {"index": index_of(data)}


def index_of(data: Path) -> list[tuple]:
    with sqlite3.connect(data / "search.sqlite") as database:
        return sorted(map(repr, database.execute("select * from document")))


@pytest.fixture(scope="module")
def undisturbed_outputs(tmp_path_factory) -> dict[str, object]:
    config = a_config([MORNING], tmp_path_factory.mktemp("undisturbed"))
    run_in_small_bundles(config, RECORDS_A_BUNDLE)
    publish_folder(config.data, config.as_of)
    return outputs(config.data)


@pytest.mark.parametrize("first", [1, 4])
def test_a_replay_in_two_parts_ends_as_one_of_the_whole(tmp_path, undisturbed_outputs, first):
    whole = a_config([MORNING], tmp_path)
    for files in (whole.files.files[:first], whole.files.files[first:]):
        part = replace(whole, files=replace(whole.files, files=files), run=f"part of {len(files)}")
        run_in_small_bundles(part, RECORDS_A_BUNDLE)
        publish_folder(whole.data, whole.as_of)

    assert outputs(tmp_path) == undisturbed_outputs


class FailOnce(beam.DoFn):
    """A sink that fails each bundle at its end, the first time."""

    failed: set[tuple[str, ...]] = set()  # noqa: RUF012  of the process: the instance is dropped with the bundle

    def start_bundle(self):
        self._ids = []

    def process(self, article):
        self._ids.append(f"{article.article_id} {article.order_key} {article.part}")

    def finish_bundle(self):
        if tuple(self._ids) not in self.failed:
            self.failed.add(tuple(self._ids))
            raise OSError("no space left on device")


class RetryingRunner(LocalRunner):
    """Beam's in-process runner as a cluster is: a bundle that failed is tried again, on the state before it."""

    retried = 0

    def _run_bundle_multiple_times_for_testing(self, context, bundles, *of_bundle):
        context.state_servicer.checkpoint()
        try:
            bundles.process_bundle(*of_bundle, dry_run=True)
        except OSError:
            self.retried += 1
        finally:
            context.state_servicer.restore()


@pytest.mark.parametrize("least_journal_bytes", [remembering._LEAST_JOURNAL_BYTES, 1_000])
def test_a_bundle_that_failed_after_the_memory_was_changed_leaves_no_trace(
    tmp_path, undisturbed_outputs, monkeypatch, least_journal_bytes
):
    monkeypatch.setattr(remembering, "_LEAST_JOURNAL_BYTES", least_journal_bytes)
    FailOnce.failed.clear()
    runner = RetryingRunner()
    config = a_config([MORNING], tmp_path)
    run_in_small_bundles(config, RECORDS_A_BUNDLE, runner=runner, after=FailOnce())
    publish_folder(config.data, config.as_of)

    assert runner.retried >= 10
    assert outputs(tmp_path) == undisturbed_outputs


def start(data: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.small_bundles", str(data), str(RECORDS_A_BUNDLE), str(MORNING)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def seconds(tmp_path_factory) -> tuple[float, float]:
    """How long a run takes until its first file of history stands, and until its end."""
    data = tmp_path_factory.mktemp("timed")
    started, first = time.monotonic(), 0.0
    run = start(data)
    while run.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            run.wait(0.05)
        if not first and any(data.glob("history/*/*.parquet")):
            first = time.monotonic() - started
    assert run.returncode == 0
    return first, time.monotonic() - started


def leftovers(data: Path) -> list[str]:
    return [str(path.relative_to(data)) for path in data.rglob("*") if path.suffix in (".tmp", ".pending")]


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_run_that_was_killed_and_run_again_leaves_the_outputs_of_an_undisturbed_one(
    tmp_path, undisturbed_outputs, seconds, seed
):
    points = random.Random(seed)
    first, last = seconds
    for _ in range(points.choice((1, 1, 2, 3))):
        run = start(tmp_path)
        try:
            run.wait(points.uniform(first * 0.8, last))
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
    config = a_config([MORNING], tmp_path)
    run_in_small_bundles(config, RECORDS_A_BUNDLE)
    publish_folder(config.data, config.as_of)

    assert outputs(tmp_path) == undisturbed_outputs
    assert leftovers(tmp_path) == []
    assert audit_folder(tmp_path).unaccounted == 0
