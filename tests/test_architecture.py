"""The house keeps its shape: layers, sizes, labels, words."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from connectors.kafka.cluster import KafkaCluster
from connectors.kafka.dead_letter_record import DeadLetterTopics
from connectors.kafka.subscription import Subscription
from connectors.search.opensearch.cluster import IndexCluster, IndexTarget
from connectors.search.opensearch.names import IndexNames
from pipelines.core.article_topics import ArticleTopics
from pipelines.ingest import ingest, read
from pipelines.options import IngestConfig, Outlets
from pipelines.runners.local import LocalRunner
from pipelines.transforms.coders import register_coders
from schemas.rejection import ReasonCode
from tests.builders import MORNING

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path for part in ("schemas", "pipelines", "connectors", "deploy") for path in (ROOT / part).rglob("*.py")
)
MAX_LINES = 300
REFUSED_NAMES = {"utils", "helpers", "helper", "common", "base", "manager", "misc", "processor"}
# One place may catch whatever a third-party parser raises.
PARSER_BORDER = ROOT / "pipelines" / "core" / "page" / "border.py"


def name(path):
    return str(path.relative_to(ROOT))


def test_the_import_contracts_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([lint, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_module_is_over_300_lines(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES


def test_no_module_is_named_for_nothing():
    assert not {path.stem for path in SOURCES} & REFUSED_NAMES


def test_only_the_parser_border_catches_everything():
    catching = [name(path) for path in SOURCES if _catches_everything(path)]

    assert catching == [name(PARSER_BORDER)]


def _catches_everything(path):
    handlers = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ExceptHandler))
    return any(
        node.type is None
        or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
        for node in handlers
    )


def test_every_reason_code_stands_in_the_tree_that_is_drawn():
    drawn = (ROOT / "schemas" / "rejection.py").read_text().split('"""')[1]

    assert [code for code in ReasonCode if code not in drawn] == []


CLUSTER = KafkaCluster(bootstrap_servers=("kafka.example:9092",))
REPLAY = IngestConfig(data=Path("out"), as_of=MORNING, run="labels")
STREAM = replace(
    REPLAY,
    subscription=Subscription(cluster=CLUSTER, topics=("news.wire.raw",), group_id="copydesk"),
    outlets=Outlets(
        cluster=CLUSTER,
        articles=ArticleTopics(readers="news.articles.enriched", editors="news.articles.restricted"),
        dead_letters=DeadLetterTopics(open="news.dead-letters", restricted="news.dead-letters.restricted"),
        patience_s=600.0,
    ),
)
INDEXED = replace(
    STREAM,
    index=IndexTarget(cluster=IndexCluster(hosts=("http://index.example:9200",)), names=IndexNames()),
)


def stage_labels(config=REPLAY):
    register_coders()
    pipeline = beam.Pipeline(runner=LocalRunner(), options=PipelineOptions([]))
    ingest(read(pipeline, config), config)
    labels = []

    class Collect(beam.pipeline.PipelineVisitor):
        def enter_composite_transform(self, node):
            self.visit_transform(node)

        def visit_transform(self, node):
            labels.append(node.full_label)

    pipeline.visit(Collect())
    # How Beam's own Create is made is Beam's business.
    not_ours = ("ReadRecords", "ReadFromKafka/Slots/")
    return [label for label in dict.fromkeys(labels) if label and not label.startswith(not_ours)]


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (REPLAY, "dataflow"),
        (STREAM, "dataflow_of_a_stream"),
        (INDEXED, "dataflow_with_an_index_on_a_cluster"),
    ],
)
def test_the_labels_of_the_dataflow_are_those_of_the_contract(config, name):
    """A changed label loses state when a running job is updated: change the snapshot and the changelog with it."""
    snapshot = ROOT / "tests" / "snapshots" / f"{name}.txt"

    assert stage_labels(config) == snapshot.read_text().splitlines()


def test_the_stages_of_the_design_stand_in_their_order():
    top = [label for label in stage_labels(INDEXED) if "/" not in label]
    beside = ("WriteDeadLetters", "SendDeadLetters", "RejectUndelivered", "RejectUnindexed", "Count")
    stages = [label for label in top if not label.startswith(beside)]

    assert stages == [
        "ReadFromKafka",
        "DecodeRecord",
        "SpreadRecords",
        "ComposeArticle",
        "CleanText",
        "TagLanguage",
        "CreditAgencies",
        "FollowStory",
        "LinkRepeats",
        "AssignEventIds",
        "WriteParquet",
        "WriteSearchIndex",
        "WriteToKafka",
    ]


def test_nothing_in_the_dataflow_waits_for_the_end_of_the_source():
    waiting = re.compile(r"GroupByKey|Reshuffle|Flatten|Combine|CoGroup")

    assert [label for label in stage_labels(INDEXED) if waiting.search(label)] == []


def test_every_guarantee_names_a_test_that_is_there():
    guarantees = (ROOT / "docs" / "guarantees.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", guarantees)
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / file).read_text()]

    assert len(named) > 20
    assert missing == []


def test_every_rejection_is_told_in_the_guarantees():
    guarantees = (ROOT / "docs" / "guarantees.md").read_text()

    assert [code for code in ReasonCode if f"`{code}`" not in guarantees] == []


def test_the_tree_of_the_readme_is_the_tree_on_disk():
    readme = (ROOT / "README.md").read_text()
    block = re.search(r"## Layout\n+```\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    folders = re.findall(r"^(\w+)/ ", block[1], re.MULTILINE)
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    on_disk = {line.split("/")[0] for line in listed.splitlines() if "/" in line and not line.startswith(".")}

    assert set(folders) == on_disk


def test_nothing_committed_names_a_machine_path():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    told = [
        line
        for line in listed.splitlines()
        if (ROOT / line).is_file()
        and re.search(rb"/(?:home|Users|work|root)/\w", (ROOT / line).read_bytes())
        and not line.startswith("examples/")
    ]

    assert [line for line in told if line != "tests/test_architecture.py"] == []
